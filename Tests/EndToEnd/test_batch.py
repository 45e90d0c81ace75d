"""Batch jobs and the end of models: from AWS's lists to /metrics, the JSON interface, alerts and reports."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from support import configuration, programs, world
from support.fake_aws import faults
from support.waiting import allow, wait_for

REGION = world.SINGAPORE
MODEL = f"global.{world.SONNET}"
ACCOUNT = "arn:aws:bedrock:ap-southeast-1:111122223333"
SUM = "Sum of in-progress and submitted  batch inference jobs using a {} model for {}."
PLACE = {"account": "test", "region": REGION}
BATCH = {**PLACE, "scope": "batch", "model": world.SONNET}


def days_ahead(days):
    """A time as AWS writes it."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def cloud(workshop):
    """An AWS with traffic, quotas of batch jobs, and two of three jobs in flight."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    for metric in ("Invocations", "InputTokenCount"):
        cloud.data.put(REGION, MODEL, metric, world.steady(5))
    cloud.data.add_quota(REGION, "L-BA7C0001", SUM.format("base", "Claude Sonnet 4.6"), 3, 3)
    cloud.data.add_quota(REGION, "L-BA7C0002", SUM.format("custom", "Nova 2 Lite"), 2, 2)
    cloud.data.add_batch_job(REGION, world.SONNET, "Submitted")
    cloud.data.add_batch_job(
        REGION, f"{ACCOUNT}:inference-profile/{MODEL}", "InProgress", totalRecordCount=1000, processedRecordCount=300,
        successRecordCount=290, errorRecordCount=10)
    cloud.data.add_batch_job(REGION, world.SONNET, "Completed", totalRecordCount=50, processedRecordCount=50,
                             successRecordCount=50, errorRecordCount=0)
    cloud.data.add_batch_job(REGION, world.HAIKU, "Failed", age=86_400 * 9)
    cloud.data.add_batch_job(REGION, f"{ACCOUNT}:custom-model/{world.NOVA}:300k/abcdefghijkl", "Validating")
    return cloud


def firing(daemon, name):
    """The alerts of a name that fire."""
    return [alert for alert in daemon.api("/api/v1/alerts")["alerts"] if (alert["alert"], alert["state"]) == (name, "firing")]


def test_jobs_stand_against_their_quota_apart_from_the_pools(workshop, cloud):
    cloud.data.jobs_per_page = 2
    daemon = workshop.daemon(configuration.settings([REGION]), cloud).start()
    page = daemon.wait_for_metrics(lambda page: page.matching("bedrock_batch_jobs"), "batch jobs")
    labels = {**BATCH, "quota": "batch_jobs"}
    assert page.value("bedrock_quota_limit", **labels) == 3
    assert page.value("bedrock_quota_usage", **labels) == 2
    assert page.value("bedrock_quota_utilization_ratio", **labels) == pytest.approx(2 / 3)
    custom = {**PLACE, "scope": "batch", "model": world.NOVA, "quota": "custom_model_batch_jobs"}
    assert page.value("bedrock_quota_usage", **custom) == 1 and page.value("bedrock_quota_limit", **custom) == 2
    statuses = {(dict(key)["model"], dict(key)["status"]): value for key, value in page.matching("bedrock_batch_jobs").items()}
    assert statuses == {(world.SONNET, "submitted"): 1, (world.SONNET, "in_progress"): 1, (world.SONNET, "completed"): 1,
                        (world.NOVA, "validating"): 1}
    records = {dict(key)["result"]: value for key, value in page.matching("bedrock_batch_records").items()}
    assert records == {"pending": 700, "success": 290, "error": 10}
    assert page.matching("bedrock_batch_listed_timestamp_seconds", **PLACE)
    # No job is in a pool, and no alert of pools speaks of one.
    document = daemon.api("/api/v1/pools")
    assert {pool["scope"] for pool in document["pools"]} == {"global"}
    assert not page.matching("bedrock_quota_peak_utilization_ratio", scope="batch")
    [region] = document["batch"]
    assert region["problem"] is None and [model["model"] for model in region["models"]] == [world.NOVA, world.SONNET]
    assert region["models"][1]["jobs_in_flight"] == 2
    assert not firing(daemon, "BedrockBatchQuotaReached")
    # None was asked for that could not be in flight any more.
    request = cloud.seen("ListModelInvocationJobs")[0]
    after = datetime.fromisoformat(request.params["submitTimeAfter"])
    assert timedelta(days=8) <= datetime.now(UTC) - after < timedelta(days=8, minutes=5)


def test_a_job_beyond_the_quota_is_announced_before_it_waits(workshop, cloud):
    cloud.data.add_batch_job(REGION, f"us.{world.SONNET}", "Scheduled")
    daemon = workshop.daemon(configuration.settings([REGION]), cloud).start()
    wait_for(lambda: firing(daemon, "BedrockBatchQuotaReached"), "the alert")
    [alert] = firing(daemon, "BedrockBatchQuotaReached")
    assert alert["severity"] == "warning"
    assert alert["labels"].items() >= {**BATCH, "quota": "batch_jobs"}.items()
    assert alert["annotations"]["summary"].startswith("3 of 3 batch jobs")
    assert not firing(daemon, "BedrockQuotaCritical") and not firing(daemon, "BedrockQuotaWarning")


def test_without_the_right_everything_else_goes_on_and_it_is_said_once(workshop, cloud):
    fault = cloud.fail(faults.denied(), "ListModelInvocationJobs")
    daemon = workshop.daemon(configuration.settings([REGION]), cloud).start()
    page = daemon.wait_for_metrics(lambda page: page.matching("bedrock_quota_usage"), "usage")
    wait_for(lambda: fault.hits >= 4, "jobs that are refused")
    assert set(page.matching("bedrock_exporter_up").values()) == {1}
    assert not any("batch" in str(key) for key in page.matching("bedrock_quota_limit"))
    assert not daemon.metrics().matching("bedrock_batch_listed_timestamp_seconds")
    [region] = daemon.api("/api/v1/pools")["batch"]
    assert region["listed_at"] is None and region["models"] == [] and "AccessDenied" in region["problem"]
    said = [line for line in daemon.log_lines() if "Listing batch jobs failed" in line.get("msg", "")]
    assert len(said) == 1
    cloud.heal()
    daemon.wait_for_metrics(lambda page: page.matching("bedrock_batch_jobs"), "batch jobs, once they may be listed")


@pytest.mark.parametrize("lifecycle, says", [
    ({"status": "LEGACY", "legacyTime": "2026-05-01T00:00:00Z"}, "legacy since 2026-05-01"),
    ({"status": "ACTIVE", "endOfLifeTime": days_ahead(30)}, f"end of life {days_ahead(30)[:10]}"),
], ids=["legacy", "end of life"])
def test_a_model_near_its_end_with_traffic_is_a_warning_and_a_line_of_reports(workshop, cloud, lifecycle, says):
    for model in cloud.data.models[REGION]:
        # One of them has no traffic.
        if model["modelId"] in (world.SONNET, world.HAIKU):
            model["modelLifecycle"] = lifecycle
    daemon = workshop.daemon(configuration.settings([REGION]), cloud).start()
    wait_for(lambda: firing(daemon, "BedrockModelEndOfLife"), "the alert")
    [alert] = firing(daemon, "BedrockModelEndOfLife")
    assert alert["severity"] == "warning" and alert["labels"]["model"] == world.SONNET
    assert says in alert["annotations"]["summary"]
    [pool] = daemon.api("/api/v1/pools")["pools"]
    assert pool["lifecycle"]["is_ending"] and pool["lifecycle"]["status"] == lifecycle["status"].lower()
    page = daemon.wait_until_ready().metrics()
    legacy = page.matching("bedrock_legacy_model_info")
    assert len(legacy) == (1 if lifecycle["status"] == "LEGACY" else 0)
    assert bool(page.matching("bedrock_model_end_of_life_timestamp_seconds")) == ("endOfLifeTime" in lifecycle)

    [reported] = daemon.api("/api/v1/report")["pools"]
    assert reported["lifecycle"]["status"] == lifecycle["status"].lower()
    [batch] = daemon.api("/api/v1/report")["batch"]
    assert (batch["limit"], batch["jobs_in_flight"]) == (3, 2)
    # What another process reads from the store: limits and lifecycles, but no jobs.
    command = [str(programs.exporter()), "report", f"--storage.path={daemon.store}"]
    text = subprocess.run(command, capture_output=True, text=True, timeout=allow(60), check=True).stdout
    status = "" if lifecycle["status"] == "LEGACY" else "active, "
    assert f"| Model Lifecycle | {status}{says} |" in text
    assert ("AWS grants no increases for legacy models" in text) == (lifecycle["status"] == "LEGACY")
    assert "| batch_jobs | 3 (applied, L-BA7C0001) | unknown here; the page tells |" in text
    as_json = subprocess.run([*command, "--format=json"], capture_output=True, text=True, timeout=allow(60), check=True)
    assert json.loads(as_json.stdout)["batch"][0]["jobs_in_flight"] is None

    # Kept over a restart while AWS's list cannot be read.
    daemon.stop()
    cloud.fail(faults.denied(), "ListFoundationModels")
    daemon.start()
    wait_for(lambda: [pool["lifecycle"] for pool in daemon.api("/api/v1/pools")["pools"]] == [pool["lifecycle"]], "the lifecycle")


def test_the_days_before_the_end_are_configurable(workshop, cloud):
    for model in cloud.data.models[REGION]:
        model["modelLifecycle"] = {"status": "ACTIVE", "endOfLifeTime": days_ahead(30)}
    rules = {"rules": {"model_end_of_life": {"days": 20}}}
    daemon = workshop.daemon(configuration.settings([REGION], alerts=rules), cloud).start()
    daemon.wait_for_metrics(lambda page: page.matching("bedrock_quota_usage"), "usage")
    [pool] = daemon.api("/api/v1/pools")["pools"]
    assert pool["lifecycle"]["is_ending"] is False
    assert not firing(daemon, "BedrockModelEndOfLife")


def test_a_lifecycle_that_cannot_be_read_is_not_known_and_said_once(workshop, cloud):
    for model in cloud.data.models[REGION]:
        model["modelLifecycle"] = {"status": "RETIRED", "endOfLifeTime": "soon"}
    daemon = workshop.daemon(configuration.settings([REGION]), cloud).start()
    daemon.wait_for_metrics(lambda page: page.matching("bedrock_quota_usage"), "usage")

    def lists():
        return len(cloud.seen("ListFoundationModels"))

    seen = lists()
    wait_for(lambda: lists() >= seen + 2, "the list is read again")
    said = [line for line in daemon.log_lines() if "lifecycle" in line.get("msg", "")]
    assert [line["level"] for line in said] == ["WARN"] and said[0]["count"] == str(2 * len(cloud.data.models[REGION]))
    [pool] = daemon.api("/api/v1/pools")["pools"]
    assert pool["lifecycle"] == {
        "status": None, "legacy_from": None, "extended_access_from": None, "end_of_life": None, "is_ending": None}
    [reported] = daemon.api("/api/v1/report")["pools"]
    assert {"question": "Model Lifecycle", "answer": "status not known"} in reported["questionnaire"]["answers"]
    assert not firing(daemon, "BedrockModelEndOfLife")
