"""A Region that fails says so, gets back on its feet, and disturbs nothing of the other."""

import re
import subprocess

import pytest

from support import configuration, programs, secrets, store, world
from support.fake_aws import Identity, faults
from support.waiting import wait_for
from support.web import free_port

BROKEN, SOUND = world.SINGAPORE, world.JAKARTA
MODEL = f"global.{world.SONNET}"
OVERSIZE_BYTES = 33 << 20

#: {name: (operation, action, code under which the failure is counted)}
FAILURES = {
    "permission denied": ("GetMetricData", faults.denied(), "AccessDeniedException"),
    "listing denied": ("ListMetrics", faults.denied(), "AccessDeniedException"),
    "throttled": ("GetMetricData", faults.throttled(), "Throttling"),
    "server error": ("GetMetricData", faults.error(503, "ServiceUnavailable"), "ServiceUnavailable"),
    "server error without a body": ("GetMetricData", faults.raw(500, b""), "http_500"),
    "truncated": ("GetMetricData", faults.truncated(), "connection_failed"),
    "not JSON": ("GetMetricData", faults.raw(200, b"<html>It works!</html>"), "malformed_answer"),
    "empty": ("GetMetricData", faults.raw(200, b"", "application/x-amz-json-1.0"), "malformed_answer"),
    "other JSON": ("GetMetricData", faults.raw(200, b'{"MetricDataResults": 7}'), "malformed_answer"),
    "oversized": ("GetMetricData", faults.oversized(OVERSIZE_BYTES), "response_too_large"),
    "endless pages": ("GetMetricData", faults.token_loop(), "malformed_answer"),
    "results with an error": ("GetMetricData", faults.result_status("InternalError"), "query_failed"),
    "results forbidden": ("GetMetricData", faults.result_status("Forbidden"), "query_failed"),
}


def busy_cloud(workshop):
    """An AWS with quotas and steady traffic in both Regions."""
    cloud = workshop.cloud()
    # All of it within the window that every poll reads: what is older waits a minute after a failure.
    minutes = 10
    for region in (BROKEN, SOUND):
        world.furnish(cloud.data, region)
        for metric, value in (("Invocations", 100), ("InputTokenCount", 1_000_000), ("OutputTokenCount", 500_000)):
            cloud.data.put(region, MODEL, metric, world.steady(value, minutes, ahead=0))
    return cloud


def a_daemon(workshop, cloud, **options):
    """A daemon for both Regions that does not retry within a poll."""
    return workshop.daemon(
        configuration.settings([BROKEN, SOUND]), cloud, {"AWS_MAX_ATTEMPTS": "1"}, **options)


def up(page, region):
    """Whether the Region's last poll succeeded."""
    return page.value("bedrock_exporter_up", account="test", region=region)


def usage(page, region):
    """The golden 3,500,000 tokens per minute, when the Region shows them."""
    return page.value("bedrock_quota_usage", account="test", region=region, scope="global", model=world.SONNET,
                      quota="tokens_per_minute")


def check_sound_region(cloud, daemon):
    """The other Region is up, fresh, complete, and goes on."""
    page = daemon.wait_for_metrics(
        lambda page: usage(page, SOUND) == 3_500_000 and up(page, SOUND) == 1, "usage of the sound Region, which is up")
    name = "bedrock_exporter_last_successful_poll_timestamp_seconds"
    polled = page.value(name, account="test", region=SOUND)
    daemon.wait_for_metrics(lambda page: page.value(name, account="test", region=SOUND) > polled, "a further poll")
    stored = {key: value for key, value in store.minutes(daemon.store).items() if key[1] == SOUND}
    assert stored == store.expected_minutes(cloud.data, "test", [SOUND])


@pytest.mark.parametrize("name", FAILURES)
def test_a_failing_region_disturbs_no_other_and_recovers(workshop, name):
    operation, action, code = FAILURES[name]
    cloud = busy_cloud(workshop)
    fault = cloud.fail(action, operation, BROKEN)
    daemon = a_daemon(workshop, cloud).start()
    check_sound_region(cloud, daemon)
    page = daemon.wait_for_metrics(lambda page: failures(page, operation, code), f"a failure counted as {code}")
    assert fault.hits > 0
    assert up(page, BROKEN) == 0
    assert usage(page, BROKEN) is None
    stored = {key: value for key, value in store.minutes(daemon.store).items() if key[1] == BROKEN}
    assert stored.items() <= store.expected_minutes(cloud.data, "test", [BROKEN]).items()
    # A request is counted before its poll has ended.
    status = wait_for(lambda: next((region for region in daemon.api("/api/v1/status")["regions"]
                                    if region["region"] == BROKEN and region["failure"]), None), "a failure in the status")
    assert status["up"] is False

    cloud.heal()
    daemon.wait_for_metrics(
        lambda page: usage(page, BROKEN) == 3_500_000 and up(page, BROKEN) == 1, "usage after the failure")
    assert store.minutes(daemon.store) == store.expected_minutes(cloud.data, "test", [BROKEN, SOUND])


def failures(page, operation, code):
    """How often an operation failed with a code in the broken Region; None when never."""
    return page.value("bedrock_exporter_aws_request_failures_total", account="test", region=BROKEN,
                      operation=operation, code=code)


def test_a_region_that_hangs_disturbs_no_other(workshop):
    cloud = busy_cloud(workshop)
    cloud.fail(faults.hanging(cloud.closing), region=BROKEN)
    daemon = a_daemon(workshop, cloud).start()
    check_sound_region(cloud, daemon)
    assert up(daemon.metrics(), BROKEN) == 0


def test_what_is_not_yet_known_is_not_shown_as_zero(workshop):
    cloud = busy_cloud(workshop)
    cloud.fail(faults.result_status("PartialData"), "GetMetricData", BROKEN)
    daemon = a_daemon(workshop, cloud).start()
    check_sound_region(cloud, daemon)
    page = daemon.wait_for_metrics(lambda page: failures(page, "GetMetricData", "PartialData"), "partial data")
    assert usage(page, BROKEN) is None
    assert not page.matching("bedrock_quota_peak_utilization_ratio", region=BROKEN)
    cloud.heal()
    daemon.wait_for_metrics(lambda page: usage(page, BROKEN) == 3_500_000, "usage")


def test_usage_lives_on_without_quotas_and_profiles(workshop):
    cloud = busy_cloud(workshop)
    for operation in ("ListServiceQuotas", "ListAWSDefaultServiceQuotas", "ListInferenceProfiles",
                      "ListFoundationModels", "ListModelInvocationJobs"):
        cloud.fail(faults.denied(), operation, BROKEN)
    daemon = a_daemon(workshop, cloud).start()
    check_sound_region(cloud, daemon)
    labels = {"account": "test", "region": BROKEN, "model_id": MODEL}
    # A Region is up a moment before its usage is on the page.
    page = daemon.wait_for_metrics(
        lambda page: up(page, BROKEN) == 1 and page.value("bedrock_invocations_total", **labels), "the Region up")
    assert page.value("bedrock_invocations_total", **labels) == 1000
    assert usage(page, BROKEN) is None
    assert [dict(key)["model_id"] for key in page.matching("bedrock_unmapped_model_info", region=BROKEN)] == [MODEL]


def test_quotas_are_kept_while_they_cannot_be_read(workshop):
    cloud = busy_cloud(workshop)
    daemon = a_daemon(workshop, cloud).start()
    check_sound_region(cloud, daemon)
    fault = cloud.fail(faults.throttled(), "ListServiceQuotas")
    wait_for(lambda: fault.hits >= 4, "quotas that are refused")
    assert usage(daemon.metrics(), SOUND) == 3_500_000


def test_one_bad_metric_costs_no_other(workshop):
    cloud = busy_cloud(workshop)
    bad = "us.bad-model"
    cloud.data.put(BROKEN, bad, "Invocations", world.steady(1))
    cloud.fail(faults.refused_model(bad), "GetMetricData", BROKEN)
    daemon = a_daemon(workshop, cloud).start()
    page = daemon.wait_for_metrics(lambda page: usage(page, BROKEN) == 3_500_000, "usage beside the bad metric")
    assert page.value("bedrock_invocations_total", account="test", region=BROKEN, model_id=MODEL) == 1000
    assert failures(page, "GetMetricData", "ValidationError")
    check_sound_region(cloud, daemon)


def test_a_failure_after_success_keeps_what_is_known(workshop):
    cloud = busy_cloud(workshop)
    daemon = a_daemon(workshop, cloud).start()
    daemon.wait_for_metrics(lambda page: usage(page, BROKEN) == 3_500_000, "usage")
    cloud.fail(faults.throttled(), "GetMetricData", BROKEN)
    page = daemon.wait_for_metrics(lambda page: up(page, BROKEN) == 0, "the failure")
    assert usage(page, BROKEN) == 3_500_000, "the newest settled minute is not older than minutes"
    assert page.value("bedrock_invocations_total", account="test", region=BROKEN, model_id=MODEL) == 1000


def test_throttling_is_retried_within_a_poll(workshop):
    cloud = busy_cloud(workshop)
    fault = cloud.fail(faults.throttled(), "GetMetricData", BROKEN, times=1)
    daemon = workshop.daemon(configuration.settings([BROKEN]), cloud).start().wait_until_ready()
    page = daemon.metrics()
    assert fault.hits == 1 and up(page, BROKEN) == 1
    assert failures(page, "GetMetricData", "Throttling") == 1


def test_a_wrong_secret_key(workshop):
    cloud = busy_cloud(workshop)
    wrong = Identity(configuration.ACCESS_KEY, secrets.WRONG_SECRET_KEY)
    daemon = a_daemon(workshop, cloud, identity=wrong).start().wait_until_tried()
    page = daemon.metrics()
    assert (up(page, BROKEN), up(page, SOUND)) == (0, 0)
    assert failures(page, "ListMetrics", "SignatureDoesNotMatch")
    assert all("another signature" in problem for problem in cloud.take_problems())
    daemon.stop()
    cloud.wait_until_left()
    cloud.take_problems()


def test_keys_that_aws_does_not_know(workshop):
    cloud = busy_cloud(workshop)
    unknown = Identity("AKIANOBODYNOBODY0000", secrets.SECRET_KEY)
    daemon = a_daemon(workshop, cloud, identity=unknown).start().wait_until_tried()
    page = daemon.metrics()
    assert (up(page, BROKEN), up(page, SOUND)) == (0, 0)
    assert failures(page, "ListMetrics", "UnrecognizedClientException")


def test_no_credentials_at_all(workshop):
    cloud = busy_cloud(workshop)
    daemon = a_daemon(workshop, cloud, identity=None).start().wait_until_tried()
    assert set(daemon.metrics().matching("bedrock_exporter_up").values()) == {0}
    assert all("credentials" in region["failure"] for region in daemon.api("/api/v1/status")["regions"])
    assert cloud.requests == []
    assert daemon.get("/-/healthy").status == 200
    answer = daemon.get("/-/ready")
    assert answer.status == 503
    first, causes = answer.text.split("\n", 1)
    assert first == "bedrock-quota-exporter is not ready: 2 of 2 Regions not polled with success since the start."
    assert causes.startswith(f"test {BROKEN}, {SOUND}: ") and "no credentials" in causes, causes
    for command in (("health",), ("watch", "--once")):
        said = subprocess.run([programs.exporter(), *command, f"--web.url=http://{daemon.address}"],
                              capture_output=True, text=True, timeout=60)
        assert said.returncode == 1, command
        assert BROKEN in said.stdout and SOUND in said.stdout and "no credentials" in said.stdout, said


def test_one_failing_region_keeps_readiness_from_nobody_unseen(workshop):
    cloud = busy_cloud(workshop)
    cloud.fail(faults.denied(), "GetMetricData", BROKEN)
    daemon = a_daemon(workshop, cloud).start().wait_until_tried()
    daemon.wait_for_metrics(lambda page: up(page, SOUND) == 1 and usage(page, SOUND), "the sound Region's usage")
    # Ready a moment after it is on the page.
    wait_for(lambda: "1 of 2 Regions" in daemon.get("/-/ready").text, lambda: daemon.get("/-/ready").text)
    answer = daemon.get("/-/ready")
    assert answer.status == 503
    assert re.search(rf"^test {BROKEN}: .*AccessDenied", answer.text, re.MULTILINE) and SOUND not in answer.text
    once = subprocess.run([programs.exporter(), "watch", "--once", f"--web.url=http://{daemon.address}"],
                          capture_output=True, text=True, timeout=60)
    assert once.returncode == 1 and f"never polled with success: test {BROKEN}: " in once.stdout
    assert re.search(rf"{SOUND} .*TPM", once.stdout), "the other's pools are shown"
    cloud.heal()
    daemon.wait_until_ready()


def test_an_endpoint_where_nobody_listens(workshop):
    daemon = workshop.daemon(
        configuration.settings([BROKEN]), variables={"AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}",
                                                     "AWS_MAX_ATTEMPTS": "1"}).start().wait_until_tried()
    page = daemon.metrics()
    assert up(page, BROKEN) == 0
    assert failures(page, "ListMetrics", "cannot_connect")
    [status] = daemon.api("/api/v1/status")["regions"]
    assert "127.0.0.1" in status["failure"]
