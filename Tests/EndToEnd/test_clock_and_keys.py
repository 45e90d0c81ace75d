"""Clocks that are wrong, a Region that is dead for a day, and keys that expire, rotate or are taken away."""

import json
import time

import pytest

from support import configuration, secrets, store, world
from support.fake_aws import Identity, faults
from support.preload import TurnedClock
from support.waiting import wait_for

BROKEN, SOUND = world.SINGAPORE, world.JAKARTA
MODEL = f"global.{world.SONNET}"
DAY = 86_400


def put(cloud, region, requests, first, last):
    """Traffic of 35,000 quota tokens for each request, in all minutes of a time."""
    minutes = {second: 1 for second in range(int(first) // 60 * 60, int(last), 60)}
    for metric, each in (("Invocations", 1), ("InputTokenCount", 10_000), ("OutputTokenCount", 5_000)):
        cloud.data.put(region, MODEL, metric, {second: each * requests for second in minutes})


def usage(page, region, account="test"):
    """Quota tokens of the newest settled minute."""
    return page.value("bedrock_quota_usage", account=account, region=region, scope="global", model=world.SONNET,
                      quota="tokens_per_minute")


def up(page, region, account="test"):
    """Whether the Region's last poll succeeded."""
    return page.value("bedrock_exporter_up", account=account, region=region)


def furnished(workshop):
    """An AWS with quotas in both Regions."""
    cloud = workshop.cloud()
    for region in (BROKEN, SOUND):
        world.furnish(cloud.data, region)
    return cloud


@pytest.mark.parametrize("skew", [600, -600], ids=["ahead", "behind"])
def test_a_clock_that_is_ten_minutes_off(workshop, skew):
    cloud = furnished(workshop)
    now = time.time()
    for region in (BROKEN, SOUND):
        put(cloud, region, 100, now - 3600, now)
    clock = TurnedClock(workshop.folder, skew)
    daemon = workshop.daemon(configuration.settings([BROKEN, SOUND]), cloud, clock.variables).start()

    def shown(page):
        """Minutes that CloudWatch does not have yet must not pass for minutes without traffic."""
        figures = [usage(page, region) for region in (BROKEN, SOUND)]
        assert set(figures) <= {None, 3_500_000}, figures
        return figures == [3_500_000, 3_500_000] and [up(page, region) for region in (BROKEN, SOUND)] == [1, 1]

    for _ in range(2):
        daemon.wait_for_metrics(shown, "usage by AWS's clock")
        time.sleep(1.2)
    assert {line.get("cloudwatch_ahead_seconds", "")[:3] for line in daemon.log_lines()
            if line.get("msg", "").startswith("This machine's clock is wrong")} <= {
                str(seconds)[:3] for seconds in range(-skew - 9, -skew + 9)}
    assert any("clock is wrong" in line.get("msg", "") for line in daemon.log_lines())
    refused = cloud.take_problems()
    assert refused and all("signed for another time" in problem for problem in refused)
    wait_for(lambda: store.minutes(daemon.store) == store.expected_minutes(cloud.data, "test", [BROKEN, SOUND]),
             "a store that equals AWS")


def test_a_clock_that_jumps_ahead_while_the_program_runs(workshop):
    cloud = furnished(workshop)
    now = time.time()
    put(cloud, SOUND, 100, now - 3600, now)
    clock = TurnedClock(workshop.folder)
    settings = configuration.settings([SOUND], configuration.CACHED_POLLING)
    daemon = workshop.daemon(settings, cloud, clock.variables).start()
    daemon.wait_for_metrics(lambda page: usage(page, SOUND) == 3_500_000, "usage")
    polls = len(cloud.seen("GetMetricData"))
    clock.turn(600)

    def goes_on(page):
        assert usage(page, SOUND) in (None, 3_500_000)
        return usage(page, SOUND) and up(page, SOUND) and len(cloud.seen("GetMetricData")) > polls + 4

    daemon.wait_for_metrics(goes_on, "polls by AWS's clock")
    cloud.take_problems()
    wait_for(lambda: store.minutes(daemon.store) == store.expected_minutes(cloud.data, "test", [SOUND]),
             "a store that equals AWS")


@pytest.mark.slow
def test_a_region_that_is_dead_for_a_day_and_comes_back(workshop):
    clock = TurnedClock(workshop.folder, -DAY)
    cloud = furnished(workshop)
    cloud.data.now = clock.now
    begin = clock.now()
    for region, requests in ((BROKEN, 100), (SOUND, 60)):
        put(cloud, region, requests, begin - 3600, begin + DAY + 3600)
    polling = {**configuration.CACHED_POLLING, "backfill": "1h"}
    daemon = workshop.daemon(
        configuration.settings([BROKEN, SOUND], polling), cloud, {**clock.variables, "AWS_MAX_ATTEMPTS": "1"}).start()
    daemon.wait_for_metrics(lambda page: usage(page, BROKEN) == 3_500_000, "usage")
    cloud.fail(faults.reset(), region=BROKEN)
    counted = {"account": "test", "region": BROKEN, "model_id": MODEL}
    before = daemon.metrics().value("bedrock_invocations_total", **counted)
    for _ in range(6):
        clock.turn(DAY // 6)
        polls = len(cloud.seen("GetMetricData", SOUND))
        page = daemon.wait_for_metrics(
            lambda page: len(cloud.seen("GetMetricData", SOUND)) > polls + 1 and usage(page, SOUND) == 60 * 35_000
            and newest(page, SOUND) > clock.now() - 180 and up(page, BROKEN) == 0, "the sound Region's usage of now")
        assert up(page, SOUND) == 1
        assert usage(page, BROKEN) is None, "hours old"
        assert page.value("bedrock_invocations_total", **counted) == before
    cloud.heal()

    def is_complete():
        """Every minute of both Regions from the first read on."""
        edge = int(clock.now()) // 60 * 60 - 120
        expected = {key for key in store.expected_minutes(cloud.data, "test", [BROKEN, SOUND])
                    if begin - 3600 <= key[4] < edge}
        stored = {key for key in store.minutes(daemon.store) if begin - 3600 <= key[4] < edge}
        return len(expected) > 1440 and stored == expected

    wait_for(is_complete, "all minutes of the dead day")
    page = daemon.wait_for_metrics(lambda page: usage(page, BROKEN) == 3_500_000 and up(page, BROKEN) == 1, "usage")
    minutes = (clock.now() - begin) / 60
    assert page.value("bedrock_invocations_total", **counted) == pytest.approx(before + 100 * minutes, abs=300)


def newest(page, region):
    """The newest minute with a datapoint."""
    return page.value("bedrock_newest_datapoint_timestamp_seconds", account="test", region=region) or 0


class Keys:
    """Keys that a credential process gives out, and what AWS makes of them."""

    def __init__(self, folder, cloud):
        self._file = folder / "keys.json"
        self._cloud = cloud
        self._config = folder / "aws-config"
        self._config.write_text(f"[profile rotating]\ncredential_process = /bin/cat {self._file}\n")
        self._count = 0

    @property
    def variables(self):
        """For the program's environment."""
        return {"AWS_CONFIG_FILE": str(self._config), "AWS_MAX_ATTEMPTS": "1"}

    def rotate(self, seconds=3600):
        """Gives out new keys that expire after a time, and returns them."""
        self._count += 1
        keys = Identity(f"ASIAROTATING{self._count:08}", secrets.ROLE_SECRET_KEY, secrets.ROLE_TOKEN)
        expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps({
            "Version": 1, "AccessKeyId": keys.access_key, "SecretAccessKey": keys.secret_key,
            "SessionToken": keys.token, "Expiration": expiration}))
        temporary.rename(self._file)
        self._cloud.data.add_identity(keys)
        return keys

    def revoke(self, keys):
        """AWS knows them no longer."""
        del self._cloud.data.identities[keys.access_key]


def test_keys_that_rotate_are_revoked_and_expire(workshop):
    cloud = furnished(workshop)
    now = time.time()
    put(cloud, SOUND, 100, now - 3600, now)
    put(cloud, BROKEN, 60, now - 3600, now)
    keys = Keys(workshop.folder, cloud)
    first = keys.rotate()
    settings = configuration.settings([BROKEN], configuration.CACHED_POLLING)
    settings["accounts"] = [{"name": "test", "regions": [BROKEN], "profile": "rotating"},
                            {"name": "other", "regions": [SOUND]}]
    daemon = workshop.daemon(settings, cloud, keys.variables).start()

    def check(page):
        """The other account takes no notice, and no figure is wrong."""
        assert usage(page, SOUND, "other") == 3_500_000 and up(page, SOUND, "other") == 1
        assert usage(page, BROKEN) == 60 * 35_000

    daemon.wait_for_metrics(
        lambda page: usage(page, BROKEN) and usage(page, SOUND, "other"), "usage of both accounts")
    second = keys.rotate()
    keys.revoke(first)

    def uses(identity):
        def asks(page):
            check(page)
            assert up(page, BROKEN) == 1, "keys that are refused are replaced within the poll"
            return any(request.access_key == identity.access_key for request in cloud.seen("GetMetricData"))

        return asks

    daemon.wait_for_metrics(uses(second), "requests with the new keys")
    keys.revoke(second)
    page = daemon.wait_for_metrics(lambda page: up(page, BROKEN) == 0, "the refusal of revoked keys")
    check(page)
    [status] = [region for region in daemon.api("/api/v1/status")["regions"] if region["region"] == BROKEN]
    assert "UnrecognizedClientException" in status["failure"]
    third = keys.rotate(-60)
    page = daemon.wait_for_metrics(
        lambda page: "expired" in str(daemon.api("/api/v1/status")["regions"]), "the refusal of expired keys")
    check(page)
    assert not any(request.access_key == third.access_key for request in cloud.requests), "expired keys are not used"
    keys.rotate()
    page = daemon.wait_for_metrics(lambda page: up(page, BROKEN) == 1, "polls with good keys")
    check(page)


def test_a_query_that_is_always_refused_is_not_looked_for_at_every_poll(workshop):
    cloud = furnished(workshop)
    now = time.time()
    put(cloud, SOUND, 100, now - 3600, now)
    bad = "us.bad-model"
    cloud.data.put(SOUND, bad, "Invocations", world.steady(1, 10, ahead=0))
    for index in range(30):
        cloud.data.put(SOUND, f"us.vendor.model-{index}", "Invocations", world.steady(1, 10, ahead=0))
    cloud.fail(faults.refused_model(bad), "GetMetricData", SOUND)
    settings = configuration.settings([SOUND], configuration.CACHED_POLLING)
    daemon = workshop.daemon(settings, cloud).start()
    daemon.wait_for_metrics(lambda page: usage(page, SOUND) == 3_500_000, "usage beside the bad model")
    wait_for(lambda: len(cloud.seen("GetMetricData")) > 8, "the search for the bad query")

    def asks_whole():
        """The last polls needed one call each for what is listed, without the bad query."""
        # The smaller ones look for what is not listed yet.
        last = [request for request in cloud.seen("GetMetricData")[-6:] if len(request.params["MetricDataQueries"]) > 5]
        return all(len(request.params["MetricDataQueries"]) == 33 for request in last) and last

    last = wait_for(asks_whole, "polls of one call")
    assert not any(bad in json.dumps(request.params) for request in last)
    page = daemon.metrics()
    assert up(page, SOUND) == 1
    name = "bedrock_exporter_aws_request_failures_total"
    assert page.value(name, account="test", region=SOUND, operation="GetMetricData", code="ValidationError") < 20
    assert [line["model_id"] for line in daemon.log_lines() if line.get("msg", "").startswith("A query is refused")] == [bad]
