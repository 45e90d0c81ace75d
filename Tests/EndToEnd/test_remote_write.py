"""Remote write into real receivers that are away for a while, with the daemon killed in between."""

import sqlite3
import time

import pytest

from support import configuration, secrets, world
from support.fake_aws.signature import Signature
from support.remote_write import (
    Gate, Prometheus, VictoriaMetrics, WindowedPrometheus, decode, is_label_name)
from support.waiting import wait_for
from support.world import NOVA, SINGAPORE, SONNET

POLLING = {**configuration.POLLING, "reread_window": "2m", "settle_delay": "1m", "backfill": "2h"}
LOOK_BACK_MINUTES = 60
GAPS = f"global.{SONNET}"
PAIR = [f"us.{SONNET}", f"eu.{SONNET}"]
UNMAPPED = "us.acme.future-model-v1"
#: {column of the store: name of the series}
COUNTS = {
    "invocations": "bedrock_minute_invocations",
    "input_tokens": "bedrock_minute_input_tokens",
    "output_tokens": "bedrock_minute_output_tokens",
    "cache_read_input_tokens": "bedrock_minute_cache_read_input_tokens",
    "throttles": "bedrock_minute_invocation_throttles",
}
OTHERS = {
    "estimated_quota_tokens": ("bedrock_minute_estimated_quota_tokens", 1),
    "latency_ms": ("bedrock_minute_invocation_latency_seconds", 1000),
}
METRICS = {
    "invocations": "Invocations", "input_tokens": "InputTokenCount", "output_tokens": "OutputTokenCount",
    "cache_read_input_tokens": "CacheReadInputTokenCount", "throttles": "InvocationThrottles",
    "estimated_quota_tokens": "EstimatedTPMQuotaUsage", "latency_ms": "InvocationLatency",
}
TRAFFIC = {
    GAPS: ["invocations", "input_tokens", "output_tokens", "throttles"],
    PAIR[0]: ["invocations", "input_tokens", "output_tokens", "cache_read_input_tokens", "latency_ms"],
    PAIR[1]: ["invocations", "input_tokens", "output_tokens"],
    f"us.{NOVA}": ["input_tokens", "output_tokens", "estimated_quota_tokens"],
    UNMAPPED: ["input_tokens"],
}


def traffic(model, column, minutes=90, ahead=120):
    """Another value in each minute; one model ID has traffic in every third only."""
    now = world.this_minute()
    step = 3 if model == GAPS else 1
    return {
        now + 60 * offset: (now // 60 + offset) % 1009 * (list(METRICS).index(column) + 1) + len(model)
        for offset in range(-minutes, ahead, step)}


def fill(cloud):
    """Gives an AWS the traffic and quotas of the tests."""
    world.furnish(cloud.data, SINGAPORE)
    for model, columns in TRAFFIC.items():
        for column in columns:
            cloud.data.put(SINGAPORE, model, METRICS[column], traffic(model, column))
    return cloud


def rows(path, sql):
    """What a query answers about the store."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60) as database:
        return database.execute(sql).fetchall()


def cursors(path, receiver):
    """{stream: (first second, second after the last)}, without the receiver's own row."""
    found = rows(path, f"SELECT subject, start, next FROM remote_write_cursors WHERE receiver = '{receiver}'")
    return {subject: (start, end) for subject, start, end in found if subject}


def expected(path, receiver):
    """What the receiver must hold by the store: {(name, labels): [(second, value)]}."""
    columns = [*COUNTS, *OTHERS]
    stored = {(model, minute): dict(zip(columns, values)) for model, minute, *values in rows(
        path, f"SELECT model_id, minute, {', '.join(columns)} FROM usage")}
    begin, = {start for start, _ in cursors(path, receiver).values()}
    series = {}

    def add(name, labels, minute, value):
        pairs = {"account": "test", "region": SINGAPORE, "cluster": "eu", **labels}
        series.setdefault((name, tuple(sorted(pairs.items()))), []).append((minute + 60, value))

    for subject, (_, end) in sorted(cursors(path, receiver).items()):
        kind, _, name = subject.partition("/")
        if kind == "model_id":
            first = max(begin, min(minute for model, minute in stored if model == name and minute >= begin))
            for minute in range(first, end, 60):
                row = stored.get((name, minute), {})
                for column in TRAFFIC[name]:
                    if column in COUNTS:
                        add(COUNTS[column], {"model_id": name}, minute, row.get(column, 0))
                    elif row:
                        other, divisor = OTHERS[column]
                        add(other, {"model_id": name}, minute, row[column] / divisor)
    for scope, model, members, quotas in [
        ("cross_region", SONNET, PAIR, {"tokens_per_minute": 5_000_000, "requests_per_minute": 10_000}),
        ("global", SONNET, [GAPS], {"tokens_per_minute": 4_000_000, "requests_per_minute": 400}),
        ("cross_region", NOVA, [f"us.{NOVA}"], {"tokens_per_minute": 80_000}),
    ]:
        labels = {"scope": scope, "model": model}
        end = cursors(path, receiver)[f"pool/{scope}/{model}"][1]
        first = min(minute for name, minute in stored if name in members and minute >= begin)
        for minute in range(first, end, 60):
            found = [stored.get((name, minute), {}) for name in members]
            use = {
                "tokens_per_minute": sum(
                    row["estimated_quota_tokens"] or row["input_tokens"] + 5 * row["output_tokens"]
                    for row in found if row),
                "requests_per_minute": sum(row["invocations"] or 0 for row in found if row)}
            add("bedrock_minute_quota_tokens", labels, minute, use["tokens_per_minute"])
            for quota, limit in quotas.items():
                add("bedrock_minute_quota_limit", {**labels, "quota": quota}, minute, limit)
                ratio = use[quota] / limit
                add("bedrock_minute_quota_utilization_ratio", {**labels, "quota": quota}, minute, ratio)
    return series


def is_caught_up(path, receiver):
    """Whether every stream has reached what is settled, long enough before more is due: a receiver may have taken what a stop
    cuts off.
    """
    streams = cursors(path, receiver)
    edge = world.this_minute() - 2 * 60
    return len(streams) >= len(TRAFFIC) + 3 and all(end >= edge for _, end in streams.values()) and time.time() % 60 < 40


def failures(page, receiver, code):
    """Requests that a receiver did not accept."""
    return page.value("bedrock_exporter_remote_write_failed_requests_total", receiver=receiver, code=code) or 0


def settings(url, **extra):
    """One receiver."""
    receiver = {"url": url, "name": "r", "external_labels": {"cluster": "eu"}, "start": f"{LOOK_BACK_MINUTES}m"}
    return configuration.settings([SINGAPORE], POLLING, remote_write=[{**receiver, **extra}])


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Prometheus, VictoriaMetrics])
def test_outages_and_kills(workshop, tmp_path, kind):
    """The receiver is down twice, the daemon is killed after requests whose answer it never saw."""
    receiver = kind(tmp_path / "receiver")
    gate = Gate(receiver)
    cloud = fill(workshop.cloud())
    daemon = workshop.daemon(settings(gate.url()), cloud)
    try:
        # Nobody there: the daemon polls, and its minutes stay in the store.
        daemon.start()
        wait_for(lambda: len(gate.requests) > 1, "two attempts")
        daemon.wait_for_metrics(lambda page: failures(page, "r", "502") > 0, "failures on the page")
        daemon.kill()
        # Killed four times, each time while the receiver's answer was on its way.
        receiver.start()
        kills = iter([1, 7, 20, 23])
        next_kill = next(kills)

        def kill_at(number):
            if number == next_kill:
                daemon.kill()

        gate.after_taken = kill_at
        while next_kill is not None:
            daemon.start(wait=False)
            wait_for(lambda: daemon.process.poll() is not None, lambda: f"a kill at {next_kill}:\n{daemon.log()}")
            next_kill = next(kills, None)

        # The receiver goes down, too, and comes back on its data while the daemon waits.
        def die_at(number):
            if number == 40:
                receiver.go_down()

        gate.after_taken = die_at
        daemon.start()
        wait_for(lambda: any(line.get("msg") == "Remote write failed" for line in daemon.log_lines()), daemon.log)
        receiver.start()
        wait_for(lambda: is_caught_up(daemon.store, "r"), lambda: f"{cursors(daemon.store, 'r')}\n{daemon.log()}")
        page = daemon.metrics()
        assert page.value("bedrock_exporter_remote_write_dropped_samples_total", receiver="r") == 0
        assert page.value("bedrock_exporter_remote_write_skipped_minutes_total", receiver="r") == 0
        assert daemon.stop() == 0
        wanted, found = expected(daemon.store, "r"), receiver.samples()
        assert found.keys() == wanted.keys()
        for key, points in wanted.items():
            assert [at for at, _ in found[key]] == [at for at, _ in points], key
            assert [value for _, value in found[key]] == pytest.approx([value for _, value in points], rel=1e-12), key
        assert max(len(points) for points in wanted.values()) >= LOOK_BACK_MINUTES - 5
        check_requests(gate.requests)
    finally:
        gate.close()
        receiver.kill()


def check_requests(requests):
    """Headers and bodies by the specification, read with other people's libraries."""
    newest = 0
    for request in requests:
        assert request.headers["content-encoding"] == "snappy"
        assert request.headers["content-type"] == "application/x-protobuf"
        assert request.headers["x-prometheus-remote-write-version"] == "0.1.0"
        assert request.headers["user-agent"].startswith("bedrock-quota-exporter/")
        samples = decode(request.body)
        assert samples
        assert len({tuple(labels) for labels, _, _ in samples}) == len(samples), "a series twice in one request"
        for labels, _, milliseconds in samples:
            names = [name for name, _ in labels]
            assert names == sorted(names) and len(set(names)) == len(names)
            assert all(is_label_name(name) for name in names) and all(value for _, value in labels)
            assert milliseconds % 60_000 == 0
        # The order of time, over all series.
        assert samples[0][2] >= newest
        newest = samples[0][2]


@pytest.mark.parametrize("kind", ["basic", "bearer", "sigv4"])
def test_authentication(workshop, tmp_path, kind):
    """Every request carries what the configuration's files and keys say, and nothing shows it."""
    gate = Gate()
    secret = tmp_path / "secret"
    secret.write_text(f"{secrets.PASSWORD}\n")
    path = "/workspaces/ws-1/api/v1/remote_write"
    extra = {
        "basic": {"basic_auth": {"username": "u", "password_file": str(secret)}},
        "bearer": {"bearer_token_file": str(secret)},
        "sigv4": {"sigv4": {"region": "us-west-2"}},
    }[kind]
    try:
        daemon = workshop.daemon(settings(gate.url(path), **extra), fill(workshop.cloud())).start()
        wait_for(lambda: len(gate.requests) > 5, daemon.log)
        daemon.get("/config")
        assert daemon.stop() == 0
        for request in list(gate.requests):
            assert request.path == path
            authorization = request.headers["authorization"]
            if kind == "basic":
                assert authorization == "Basic dTpjb3JyZWN0IGhvcnNlIGJhdHRlcnkgc3RhcGxl"
            elif kind == "bearer":
                assert authorization == f"Bearer {secrets.PASSWORD}"
            else:
                signature = Signature.of(request)
                assert (signature.signing_name, signature.region) == ("aps", "us-west-2")
                assert not signature.problems(request, configuration.IDENTITY, request.time)
    finally:
        gate.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Prometheus, WindowedPrometheus, VictoriaMetrics])
def test_minutes_that_change_after_they_were_sent(workshop, tmp_path, kind):
    """They are sent again: receivers that take old samples then hold what the store holds, others count as refusing."""
    receiver = kind(tmp_path / "receiver")
    cloud = fill(workshop.cloud())
    url = f"http://127.0.0.1:{receiver.port}{receiver.write_path}"
    daemon = workshop.daemon(settings(url), cloud)
    try:
        receiver.start()
        daemon.start()
        wait_for(lambda: is_caught_up(daemon.store, "r"), lambda: f"{cursors(daemon.store, 'r')}\n{daemon.log()}")
        assert daemon.stop() == 0
        before = receiver.samples()
        assert before == expected(daemon.store, "r")

        minute = world.this_minute() - 30 * 60
        cloud.data.put(SINGAPORE, PAIR[0], "InputTokenCount", {minute: 123_456})
        longer = settings(url)
        longer["polling"]["reread_window"] = "50m"
        daemon.reconfigure(longer)
        daemon.start()
        noted = "SELECT subject, start FROM remote_write_revisions"
        pool = f"pool/cross_region/{SONNET}"
        wait_for(lambda: sorted(rows(daemon.store, noted)) == [(f"model_id/{PAIR[0]}", minute), (pool, minute)],
                 lambda: f"{rows(daemon.store, noted)}\n{daemon.log()}")
        assert daemon.stop() == 0
        with sqlite3.connect(daemon.store) as database:
            # As if a quarter of an hour had passed.
            database.execute("UPDATE remote_write_revisions SET noted_at = noted_at - 1000")
        database.close()
        daemon.start()
        wait_for(lambda: not rows(daemon.store, noted), daemon.log)
        result = "refused" if kind is Prometheus else "corrected"
        page = daemon.wait_for_metrics(
            lambda page: page.value(
                "bedrock_exporter_remote_write_revised_minutes_total", receiver="r", result=result) == 2, result)
        assert daemon.stop() == 0
        held = receiver.samples()
        if kind is Prometheus:
            assert all(held[key][:len(points)] == points for key, points in before.items())
        else:
            assert held == expected(daemon.store, "r") != before
        assert page.value("bedrock_exporter_remote_write_dropped_samples_total", receiver="r") == 0
    finally:
        receiver.kill()


def test_a_dead_receiver_delays_no_other(workshop):
    """Two receivers, of which one never answers."""
    gate, dead = Gate(), Gate()
    dead.pass_on = lambda request: time.sleep(0.2) or (500, b"out of order")
    try:
        value = settings(gate.url())
        value["remote_write"].append({"url": dead.url(), "name": "dead", "start": "1h"})
        daemon = workshop.daemon(value, fill(workshop.cloud())).start()
        wait_for(lambda: is_caught_up(daemon.store, "r"), daemon.log)
        page = daemon.wait_for_metrics(
            lambda page: failures(page, "dead", "500") > 0
            and page.value("bedrock_exporter_remote_write_samples_total", receiver="r") > 1000, "failures and samples on the page")
        assert page.value("bedrock_exporter_remote_write_samples_total", receiver="dead") == 0
        assert daemon.stop() == 0
    finally:
        gate.close()
        dead.close()
