"""Who used the quotas: from Bedrock's invocation logs over Logs Insights into the store, each window once."""

import copy
import json
import sqlite3
import time
from contextlib import closing

import pytest

from support import configuration, store, world
from support.fake_aws import faults
from support.waiting import wait_for

REGION = world.SINGAPORE
GROUP = "/bedrock/invocations"
MODEL = f"global.{world.SONNET}"
ROLE = "arn:aws:sts::111122223333:assumed-role/{}/{}"
ACCOUNT = "arn:aws:bedrock:ap-southeast-1:111122223333"
LOGGING = {
    "cloudWatchConfig": {"logGroupName": GROUP, "roleArn": "arn:aws:iam::111122223333:role/logging"},
    "textDataDeliveryEnabled": False, "imageDataDeliveryEnabled": False, "embeddingDataDeliveryEnabled": False,
    "videoDataDeliveryEnabled": False, "audioDataDeliveryEnabled": False,
}


def record(arn, model=MODEL, tokens=(100, 10), cache=None, metadata=None, body=None, error=None):
    """A record as Bedrock writes it; with content its counts come behind it."""
    given = {"inputContentType": "application/json"} | ({"inputBodyJson": body} if body else {})
    given["inputTokenCount"] = tokens[0]
    if cache:
        given["cacheReadInputTokenCount"], given["cacheWriteInputTokenCount"] = cache
    value = {
        "timestamp": "2026-11-29T00:00:00Z", "accountId": "111122223333", "region": REGION, "requestId": "r",
        "operation": "Converse", "modelId": model}
    if error:
        return value | {"errorCode": error, "identity": {"arn": arn}}
    value["input"] = given
    value["output"] = {"outputContentType": "application/json"} | ({"outputBodyJson": body} if body else {})
    value["output"]["outputTokenCount"] = tokens[1]
    value["identity"] = {"arn": arn}
    if metadata:
        value["requestMetadata"] = metadata
    return value | {"schemaType": "ModelInvocationLog", "schemaVersion": "1.0"}


def settled_windows(count):
    """The starts of the newest windows that are settled, ascending; another may come while a test runs."""
    edge = (int(time.time()) - 300) // 300 * 300
    return [edge - 300 * back for back in range(count, 0, -1)]


@pytest.fixture
def cloud(workshop):
    """An AWS with traffic that is logged without content."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    for metric in ("Invocations", "InputTokenCount", "OutputTokenCount"):
        cloud.data.put(REGION, MODEL, metric, world.steady(5))
    cloud.data.invocation_logging[REGION] = LOGGING
    cloud.data.logs.groups[REGION, GROUP] = []
    return cloud


def settings(**callers):
    """A configuration that reads callers."""
    value = configuration.settings([REGION], configuration.CACHED_POLLING)
    value["accounts"][0]["callers"] = {"enabled": True, **callers}
    return value


def windows(daemon, columns="start, \"end\", state, reason", until=10**12):
    """The windows in the store that end by a time, ascending, without the one that a test begins with."""
    return store.rows(
        daemon.store, f"SELECT {columns} FROM caller_windows WHERE asked_at > 0 AND \"end\" <= {until} ORDER BY start")


def used(daemon):
    """What the store says of callers: {(kind, caller, model ID, minute): counts}."""
    rows = store.rows(
        daemon.store, "SELECT kind, caller, model_id, minute, invocations, input_tokens, output_tokens, "
        "cache_read_input_tokens, cache_write_input_tokens FROM caller_usage")
    return {tuple(row[:4]): tuple(row[4:]) for row in rows}


def start_from(daemon, settings, first):
    """Makes a store whose newest window ends at a time, so that what follows is caught up, whenever the daemon starts."""
    plain = copy.deepcopy(settings)
    del plain["accounts"][0]["callers"]
    daemon.reconfigure(plain)
    daemon.start().wait_until_ready()
    assert daemon.stop() == 0
    with closing(sqlite3.connect(daemon.store)) as database, database:
        for table in ("caller_windows", "caller_minutes", "caller_totals", "log_spending"):
            database.execute(f"DELETE FROM {table}")
        database.execute(
            "INSERT INTO caller_windows VALUES ('test', ?, ?, ?, 'read', '[\"role\"]', NULL, 0, 0, NULL)",
            (REGION, first - 300, first))
    daemon.reconfigure(settings)
    return daemon


def wait_for_windows(daemon, expected):
    """Waits until the store has a window that ends then."""
    wait_for(lambda: any(end == expected and state != "asked" for _, end, state, _ in windows(daemon)),
             lambda: f"a window that ends at {expected}: {windows(daemon)}\n{daemon.log()[-3000:]}")


def test_who_used_what_is_stored_by_minute_role_session_and_metadata(workshop, cloud):
    [start] = settled_windows(1)
    logs = cloud.data.logs
    spellings = [MODEL, f"{ACCOUNT}:inference-profile/{MODEL}"]
    for index, model in enumerate(spellings):
        logs.write(REGION, GROUP, start + 61 + index, record(
            ROLE.format("app", "one"), model, (1000, 100), cache=(50, 7), metadata={"team": "search"}))
    logs.write(REGION, GROUP, start + 299.9, record(ROLE.format("app", "two"), tokens=(10, 1)))
    logs.write(REGION, GROUP, start + 300, record(ROLE.format("app", "two"), tokens=(1, 1)))
    logs.write(REGION, GROUP, start, record("arn:aws:iam::111122223333:user/alice", tokens=(3, 2)))
    logs.write(REGION, GROUP, start + 5, record("arn:aws:iam::111122223333:user/alice", error="ThrottlingException"))
    value = settings(by=["role", "session", "metadata:team"])
    daemon = start_from(workshop.daemon(value, cloud), value, start).start()
    wait_for_windows(daemon, start + 300)
    assert used(daemon) == {
        ("role", "app", MODEL, start + 60): (2, 2000, 200, 100, 14),
        ("session", "app/one", MODEL, start + 60): (2, 2000, 200, 100, 14),
        ("metadata:team", "search", MODEL, start + 60): (2, 2000, 200, 100, 14),
        ("role", "app", MODEL, start + 240): (1, 10, 1, 0, 0),
        ("session", "app/two", MODEL, start + 240): (1, 10, 1, 0, 0),
        ("metadata:team", "(none)", MODEL, start + 240): (1, 10, 1, 0, 0),
        ("role", "user/alice", MODEL, start): (1, 3, 2, 0, 0),
        ("session", "user/alice", MODEL, start): (1, 3, 2, 0, 0),
        ("metadata:team", "(none)", MODEL, start): (1, 3, 2, 0, 0),
    }
    # Weighed: input + cache write + 5 x output.
    totals = dict(store.rows(
        daemon.store, "SELECT kind || ' ' || caller, quota_tokens FROM caller_totals JOIN callers ON id = caller_id"))
    if totals:
        assert totals["role app"] == 2000 + 14 + 5 * 200 + 10 + 5
    labels = {"account": "test", "region": REGION}

    def scanned():
        """Bytes of all queries: another window may have come."""
        return sum(query.bytes for query in list(logs.queries.values()))

    page = daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_logs_scanned_bytes_total", **labels) == scanned(), "the bytes")
    shown = page.value("bedrock_exporter_logs_scanned_bytes_total", **labels)
    assert page.value("bedrock_exporter_logs_estimated_cost_dollars_total", **labels) == pytest.approx(shown * 5e-12)
    assert page.value("bedrock_exporter_caller_windows_total", **labels, state="read") >= 1

    def callers():
        [region] = daemon.api("/api/v1/status")["regions"]
        return region["callers"]

    assert callers()["problem"] is None and callers()["windows_read"] >= 1
    wait_for(lambda: callers()["month_scanned_bytes"] == scanned(), "the month's bytes")


def test_content_hides_no_counts_and_makes_none_up(workshop, cloud):
    [start] = settled_windows(1)
    hostile = {"inputTokenCount": 999_999, "outputTokenCount": 999_999, "cacheWriteInputTokenCount": 5,
               "identity": {"arn": "arn:aws:sts::1:assumed-role/forged/x"}, "requestMetadata": {"team": "forged"}}
    body = {"messages": [{f"field{index}": index} for index in range(300)], "forged": hostile}
    cloud.data.logs.write(REGION, GROUP, start + 1, record(
        ROLE.format("app", "s"), tokens=(700, 30), cache=(1, 2), metadata={"team": "search", "a": "b"}, body=body))
    value = settings(by=["role", "metadata:team"])
    daemon = start_from(workshop.daemon(value, cloud), value, start).start()
    wait_for_windows(daemon, start + 300)
    assert used(daemon) == {
        ("role", "app", MODEL, start): (1, 700, 30, 1, 2),
        ("metadata:team", "search", MODEL, start): (1, 700, 30, 1, 2),
    }


def test_what_was_missed_is_caught_up_each_window_once_and_what_is_older_is_given_up(workshop, cloud):
    starts = settled_windows(4)
    for start in starts:
        cloud.data.logs.write(REGION, GROUP, start + 10, record(ROLE.format("app", "s")))
    value = settings()
    daemon = start_from(workshop.daemon(value, cloud), value, starts[1])
    before = len(cloud.data.logs.scans())
    cloud.data.logs.looks = 1
    cloud.data.logs.rows_per_page = 1
    daemon.start()
    wait_for_windows(daemon, starts[-1] + 300)
    assert cloud.data.logs.scans()[before:][:3] == [(start, start + 300) for start in starts[1:]]
    assert [state for _, _, state, _ in windows(daemon, until=starts[-1] + 300)] == ["read"] * 3
    assert [minute for _, _, _, minute in sorted(used(daemon))] == starts[1:]
    # Older than what is caught up: said, and not asked for.
    daemon.stop()
    start_from(daemon, value, starts[-1] - 7 * 3600)
    cloud.data.logs.looks = 0
    daemon.start()
    wait_for_windows(daemon, starts[-1] + 300)
    [given, *others] = windows(daemon, until=starts[-1] + 300)
    assert given[2] == "unknown" and "older than 6 hours" in given[3] and given[1] == others[0][0]
    assert 6 * 3600 - 300 <= others[-1][1] - given[1] <= 6 * 3600 and {state for _, _, state, _ in others} == {"read"}


@pytest.mark.parametrize("fault", [faults.reset(), faults.truncated(), faults.error(500, "InternalFailure")])
def test_a_lost_answer_is_not_asked_for_again(workshop, cloud, fault):
    starts = settled_windows(2)
    for start in starts:
        cloud.data.logs.write(REGION, GROUP, start + 10, record(ROLE.format("app", "s")))
    value = settings()
    daemon = start_from(workshop.daemon(value, cloud), value, starts[0])
    asked = len(cloud.seen("StartQuery"))
    cloud.fail(fault, "StartQuery", times=1)
    daemon.start()
    wait_for_windows(daemon, starts[1] + 300)
    sent = [(r.params["startTime"], r.params["endTime"]) for r in cloud.seen("StartQuery")[asked:]]
    assert sent[:2] == [(start, start + 300) for start in starts] and len(sent) == len(set(sent))
    lost, read = windows(daemon, until=starts[1] + 300)
    assert lost[:3] == (starts[0], starts[0] + 300, "unknown") and "was lost" in lost[3]
    assert read[2] == "read" and {key[3] for key in used(daemon)} == {starts[1]}
    labels = {"account": "test", "region": REGION, "state": "unknown"}
    daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_caller_windows_total", **labels) == 1, "the window that stays unknown")


def test_killed_between_query_and_store_no_window_is_scanned_twice(workshop, cloud):
    starts = settled_windows(3)
    for start in starts:
        cloud.data.logs.write(REGION, GROUP, start + 10, record(ROLE.format("app", "s")))
    value = settings()
    daemon = start_from(workshop.daemon(value, cloud), value, starts[0])
    first = len(cloud.data.logs.scans())
    # Killed while the query runs: its answer is fetched after the restart.
    cloud.data.logs.looks = 10**9
    daemon.start()
    wait_for(lambda: any(state == "asked" and query for state, query in windows(daemon, "state, query_id")), "a query")
    daemon.kill()
    for query in cloud.data.logs.queries.values():
        query.looks = 0
    # Killed while StartQuery is answered: the window stays unknown.
    cloud.data.logs.looks = 0
    hanging = cloud.fail(faults.hanging(cloud.closing), "StartQuery", times=1)
    daemon.start()
    wait_for(lambda: hanging.hits == 1, "the start of the second window")
    wait_for(lambda: windows(daemon, "state")[-1] == ("asked",), "its mark")
    daemon.kill()
    cloud.heal()
    daemon.start()
    wait_for_windows(daemon, starts[-1] + 300)
    found = windows(daemon, until=starts[-1] + 300)
    assert [state for _, _, state, _ in found] == ["read", "unknown", "read"], found
    assert [start for start, *_ in found] == starts and "ended while StartQuery" in found[1][3]
    scans = cloud.data.logs.scans()[first:]
    assert len(scans) == len(set(scans))
    assert {start for start, _ in scans if start <= starts[-1]} <= set(starts)
    assert {key[3] for key in used(daemon)} == {starts[0], starts[2]}


def test_too_long_an_answer_is_asked_for_in_halves_and_a_minute_that_is_too_long_stays_unknown(workshop, cloud):
    [start] = settled_windows(1)
    for index in range(10_050):
        cloud.data.logs.write(REGION, GROUP, start + 120 + index % 60, record(ROLE.format("app", f"s{index}")))
    for minute in (0, 1, 3, 4):
        cloud.data.logs.write(REGION, GROUP, start + 60 * minute, record(ROLE.format("app", "s")))
    value = settings(by=["session"], keep=3)
    daemon = start_from(workshop.daemon(value, cloud), value, start).start()
    wait_for_windows(daemon, start + 300)
    found = windows(daemon, until=start + 300)
    assert found[0][0] == start and found[-1][1] == start + 300
    assert all(before[1] == after[0] for before, after in zip(found, found[1:])), "no gap is left"
    unknown = [window for window in found if window[2] == "unknown"]
    assert [window[:2] for window in unknown] == [(start + 120, start + 180)], unknown
    assert "more than 10000 combinations" in unknown[0][3]
    assert {key[3] for key in used(daemon)} == {start, start + 60, start + 180, start + 240}


def test_the_budget_ends_the_scanning_and_is_said_once(workshop, cloud):
    starts = settled_windows(4)
    cloud.data.logs.scanned_bytes = 2_000_000
    value = settings(monthly_budget_gigabytes=0.003)
    daemon = start_from(workshop.daemon(value, cloud), value, starts[0])
    daemon.start()
    wait_for_windows(daemon, starts[-1] + 300)
    found = windows(daemon, until=starts[-1] + 300)
    assert [state for _, _, state, _ in found] == ["read", "read", "unknown", "unknown"]
    assert "budget" in found[-1][3]
    said = [line for line in daemon.log_lines() if line.get("msg") == "Callers of a time stay unknown"]
    assert len(said) == 1 and "budget" in said[0]["reason"]
    [region] = daemon.api("/api/v1/status")["regions"]
    assert region["callers"]["month_scanned_bytes"] == 4_000_000 and "budget" in region["callers"]["problem"]


def test_a_hanging_logs_service_delays_no_poll(workshop, cloud):
    cloud.fail(faults.hanging(cloud.closing), "StartQuery")
    daemon = workshop.daemon(settings(), cloud).start()
    daemon.wait_until_ready()
    wait_for(lambda: cloud.seen("StartQuery"), "a query")
    before = len(cloud.seen("GetMetricData"))
    wait_for(lambda: len(cloud.seen("GetMetricData")) >= before + 4, "polls meanwhile")
    assert daemon.stop() == 0


@pytest.mark.parametrize("logging, says", [
    (None, "model invocation logging is off"),
    ({"s3Config": {"bucketName": "logs"}}, "do not go to CloudWatch Logs"),
])
def test_without_logs_nothing_is_asked_and_that_is_said(workshop, cloud, logging, says):
    [start] = settled_windows(1)
    cloud.data.invocation_logging = {} if logging is None else {REGION: logging}
    value = settings()
    daemon = start_from(workshop.daemon(value, cloud), value, start).start()
    wait_for_windows(daemon, start + 300)
    [window] = windows(daemon, until=start + 300)
    assert window[2] == "unknown" and says in window[3]
    assert not cloud.seen("StartQuery")


def test_a_missing_right_leaves_windows_to_be_read_later(workshop, cloud):
    cloud.fail(faults.denied(), "StartQuery")
    daemon = workshop.daemon(settings(log_group=GROUP), cloud).start()

    def problem():
        [region] = daemon.api("/api/v1/status")["regions"]
        return (region["callers"] or {}).get("problem") or ""

    wait_for(lambda: "AccessDenied" in problem(), "the problem")
    assert windows(daemon) == [] and not cloud.data.logs.scans()
    assert not cloud.seen("GetModelInvocationLoggingConfiguration")
    cloud.heal()
    wait_for(lambda: windows(daemon), "a window")
    wait_for(lambda: windows(daemon)[0][2] == "read", "its callers")


def test_only_so_many_callers_have_names(workshop, cloud):
    [start] = settled_windows(1)
    sizes = {f"app{index}": 1000 * (index + 1) for index in range(6)}
    for name, tokens in sizes.items():
        cloud.data.logs.write(REGION, GROUP, start + 10, record(ROLE.format(name, "s"), tokens=(tokens, 0)))
    value = settings(keep=2)
    daemon = start_from(workshop.daemon(value, cloud), value, start).start()
    wait_for_windows(daemon, start + 300)
    found = {caller: counts[1] for (_, caller, _, _), counts in used(daemon).items()}
    assert found == {"app5": 6000, "app4": 5000, "(other)": 1000 + 2000 + 3000 + 4000}


def test_counters_count_each_minute_once_over_restarts(workshop, cloud):
    starts = settled_windows(2)
    for start in starts:
        cloud.data.logs.write(REGION, GROUP, start + 10, record(ROLE.format("app", "s"), tokens=(100, 10)))
    value = settings()
    daemon = start_from(workshop.daemon(value, cloud), value, starts[0]).start()
    wait_for_windows(daemon, starts[1] + 300)
    query = "SELECT scope, model, caller, quota_tokens FROM caller_totals JOIN pools ON pools.id = pool_id JOIN callers ON callers.id = caller_id"
    expected = [("global", world.SONNET, "app", 2 * (100 + 5 * 10))]
    assert store.rows(daemon.store, query) == expected
    for _ in range(2):
        assert daemon.stop() == 0
        daemon.start().wait_until_ready()
    assert store.rows(daemon.store, query) == expected
