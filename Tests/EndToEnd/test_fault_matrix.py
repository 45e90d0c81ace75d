"""Every fault of `support/faults.py` in a Region of one account: nothing else is touched, nothing wrong is shown, memory
is bounded, and afterwards no minute is missing.
"""

import os
import time

import pytest

from support import configuration, faults, secrets, store, world
from support.fake_aws import Identity
from support.programs import ROOT
from support.waiting import PATIENCE_SECONDS, allow, wait_for

MODEL = f"global.{world.SONNET}"
OTHER = Identity("AKIAOTHERACCOUNT0000", secrets.ROLE_SECRET_KEY, account="222233334444")
SOUND = ["eu-west-1", "eu-west-2"]
SPARE = ["ap-east-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7",
         "us-east-1", "us-west-2", "eu-central-1"]
#: One minute's requests in the first Region; input and output tokens make 35,000 quota tokens of each.
REQUESTS = 100
#: As applied; AWS's default is another.
LIMIT = 4_000_000
#: Of a debug build with up to twenty pairs of account and Region, one of which is answered with 100 MB.
MEMORY_BYTES = allow(256 << 20)
#: Polls come each second; the machine that tests may be busy.
FRESH_SECONDS = allow(60)
DOCUMENT = ROOT / "Tests/README.md"


class Fleet:
    """Two accounts, the second of which is sound, in Regions with traffic of different heights."""

    def __init__(self, workshop, regions, attempts="1", polling=None):
        self.regions = regions
        self.cloud = workshop.cloud()
        self.cloud.data.add_identity(OTHER)
        self.requests = {region: REQUESTS * (1 + index) for index, region in enumerate(regions)}
        for region in regions:
            world.furnish(self.cloud.data, region)
        self.put()
        settings = configuration.settings(regions, polling or configuration.CACHED_POLLING)
        settings["accounts"].append({"name": "other", "regions": list(regions), "profile": "other"})
        variables = {"AWS_MAX_ATTEMPTS": attempts, "AWS_SHARED_CREDENTIALS_FILE": str(workshop.folder / "credentials")}
        (workshop.folder / "credentials").write_text(
            f"[other]\naws_access_key_id = {OTHER.access_key}\naws_secret_access_key = {OTHER.secret_key}\n")
        self.daemon = workshop.daemon(settings, self.cloud, variables).start()
        #: What the usage of a Region may be: the newest that CloudWatch has comes last.
        self.truths = {region: [35_000 * requests] for region, requests in self.requests.items()}
        # Before the first poll nothing is up.
        self.daemon.wait_until_ready()
        self.daemon.wait_for_metrics(lambda page: self.shows_truth(page, self.pairs()), "the first figures")

    def put(self):
        """Gives each Region its traffic in all minutes that polls read again."""
        for region, requests in self.requests.items():
            for metric, each in (("Invocations", 1), ("InputTokenCount", 10_000), ("OutputTokenCount", 5_000)):
                self.cloud.data.put(region, MODEL, metric, world.steady(each * requests, 10, ahead=0))

    def revise(self):
        """CloudWatch changes its mind about every minute."""
        for region in self.regions:
            self.requests[region] += 7
            self.truths[region].append(35_000 * self.requests[region])
        self.put()

    def check(self, page, faulty):
        """What holds on every page: sound Regions are up and fresh, no figure is one that never was true."""
        for account, region in self.pairs():
            shown = usage(page, account, region)
            assert shown is None or shown in self.truths[region], (account, region, shown)
            assert limit(page, account, region) in (None, LIMIT), (account, region)
            if (account, region) in faulty:
                continue
            assert page.value("bedrock_exporter_up", account=account, region=region) == 1, (account, region)
            polled = page.value("bedrock_exporter_last_successful_poll_timestamp_seconds", account=account, region=region)
            assert time.time() - polled < FRESH_SECONDS, (account, region)
        assert page.only("bedrock_exporter_storage_failures_total") == 0
        # No poll of this process has asked for more memory than that at any time.
        assert peak_memory(self.daemon) < MEMORY_BYTES

    def pairs(self):
        """Account and Region of all that is polled."""
        return [(account, region) for account in ("test", "other") for region in self.regions]

    def wait_for_truth(self, pairs, faulty, seconds=PATIENCE_SECONDS):
        """Until these show what CloudWatch has now; all that holds meanwhile is checked on every page."""

        def shown(page):
            self.check(page, faulty)
            return self.shows_truth(page, pairs)

        return self.daemon.wait_for_metrics(shown, "the figures of now", seconds)

    def shows_truth(self, page, pairs):
        """Whether these show what CloudWatch has now."""
        return all(usage(page, *pair) == self.truths[pair[1]][-1] for pair in pairs)


def usage(page, account, region):
    """Quota tokens of the newest settled minute."""
    return page.value("bedrock_quota_usage", account=account, region=region, scope="global", model=world.SONNET,
                      quota="tokens_per_minute")


def limit(page, account, region):
    """The limit of the same."""
    return page.value("bedrock_quota_limit", account=account, region=region, scope="global", model=world.SONNET,
                      quota="tokens_per_minute")


def peak_memory(daemon):
    """The most that was resident since the process began."""
    status = open(f"/proc/{daemon.process.pid}/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def failures(page, region, case):
    """How often the case's failure was counted."""
    return page.value("bedrock_exporter_aws_request_failures_total", account="test", region=region,
                      operation=case.operation, code=case.code)


def up(page, region):
    """Whether the last poll of the first account's Region succeeded."""
    return page.value("bedrock_exporter_up", account="test", region=region)


def is_logged(daemon, region, case):
    """Whether a line of the log tells it of the Region."""
    return any(line.get("region") == region and line.get("msg") == case.log and line.get("error")
               for line in daemon.log_lines())


@pytest.mark.slow
@pytest.mark.parametrize("group", faults.GROUPS)
def test_faults_stay_where_they_are(workshop, group):
    cases = dict(zip(SPARE, faults.GROUPS[group].values()))
    names = dict(zip(SPARE, faults.GROUPS[group]))
    polling = configuration.POLLING if group == "pages" else None
    fleet = Fleet(workshop, SOUND + list(cases), "3" if group == "retries" else "1", polling)
    for region, case in cases.items():
        fleet.cloud.fail(case.action(fleet.cloud), case.operation, region, access_key=configuration.ACCESS_KEY)
    faulty = {("test", region) for region, case in cases.items()}
    fleet.revise()
    current = [pair for pair in fleet.pairs() if pair not in faulty or cases[pair[1]].figures == faults.CURRENT]
    fleet.wait_for_truth(current, faulty)

    missing = []

    def has_shown_itself(page):
        fleet.check(page, faulty)
        missing[:] = [names[region] for region, case in cases.items()
                      if case.code and (not failures(page, region, case) or up(page, region) != case.up)
                      or case.log and not is_logged(fleet.daemon, region, case)
                      or case.figures == faults.ABSENT and limit(page, "test", region)]
        return not missing

    page = fleet.daemon.wait_for_metrics(has_shown_itself, lambda: f"counted, logged and down or up: {missing}")
    for region, case in cases.items():
        shown = usage(page, "test", region)
        fitting = {faults.KEPT: fleet.truths[region][0], faults.ABSENT: None, faults.CURRENT: fleet.truths[region][1]}
        assert shown == fitting[case.figures], f"{names[region]}: {shown} is shown"
        assert limit(page, "test", region) == (None if case.figures == faults.ABSENT else LIMIT), names[region]

    fleet.cloud.heal()
    hanging = {("test", region) for region, case in cases.items() if not case.code and not case.up}
    fleet.wait_for_truth([pair for pair in fleet.pairs() if pair not in hanging], faulty)
    expected = {key: value for account in ("test", "other")
                for key, value in store.expected_minutes(fleet.cloud.data, account, fleet.regions).items()
                if key[:2] not in hanging}
    wait_for(lambda: {key: value for key, value in store.minutes(fleet.daemon.store).items()
                      if key[:2] not in hanging} == expected, "a store that equals AWS")


def test_the_table_of_faults_is_the_one_that_is_tested():
    begin = "<!-- faults: generated, compared by a test -->\n"
    text = DOCUMENT.read_text()
    before, rest = text.split(begin)
    after = rest[rest.index("<!-- end -->"):]
    wanted = before + begin + faults.table() + after
    if os.environ.get("UPDATE_GOLDEN"):
        DOCUMENT.write_text(wanted)
    assert DOCUMENT.read_text() == wanted, "UPDATE_GOLDEN=1 rewrites it"
