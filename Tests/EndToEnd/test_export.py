"""`export openmetrics` into a real Prometheus and VictoriaMetrics: what they then answer equals the store."""

import sqlite3
import subprocess
import time
from urllib.parse import urlencode

import pytest

from support import configuration, programs, world
from support.daemon import run
from support.remote_write import VictoriaMetrics
from support.waiting import wait_for
from support.web import fetch, free_port

REGION = world.SINGAPORE
MODEL = f"global.{world.SONNET}"
#: {column of the store: (name of the series, divisor)}; zero in covered minutes without datapoint
COUNTS = {
    "invocations": ("bedrock_minute_invocations", 1), "input_tokens": ("bedrock_minute_input_tokens", 1),
    "output_tokens": ("bedrock_minute_output_tokens", 1),
    "throttles": ("bedrock_minute_invocation_throttles", 1)}
#: The same; absent there
OTHERS = {
    "estimated_quota_tokens": ("bedrock_minute_estimated_quota_tokens", 1),
    "latency_ms": ("bedrock_minute_invocation_latency_seconds", 1000),
    "time_to_first_token_ms": ("bedrock_minute_time_to_first_token_seconds", 1000)}


@pytest.fixture(scope="module")
def store(module_workshop):
    """A store made by the daemon, its minutes moved back so far that Prometheus takes them without ado."""
    cloud = module_workshop.cloud()
    world.furnish(cloud.data, REGION)
    now = world.this_minute()
    for number, metric in enumerate(["Invocations", "InputTokenCount", "OutputTokenCount", "InvocationThrottles"]):
        cloud.data.put(REGION, MODEL, metric, {
            now - 60 * age: (age * 53 + number) % (10 if number == 3 else 5000)
            for age in range(4, 240) if (age + number) % 4})
    for number, metric in enumerate(["EstimatedTPMQuotaUsage", "InvocationLatency", "TimeToFirstToken"]):
        cloud.data.put(REGION, MODEL, metric, {
            now - 60 * age: age * 31 % 977 + number + (0.25 if number else 0)
            for age in range(4, 240) if (age + number) % 3})
    daemon = module_workshop.daemon(
        configuration.settings([REGION], configuration.CACHED_POLLING | {"backfill": "5h"}), cloud)
    daemon.start().wait_until_ready()

    def complete():
        with sqlite3.connect(f"file:{daemon.store}?mode=ro", uri=True) as database:
            return database.execute("SELECT min(start) FROM coverage").fetchone()[0] <= now - 60 * 240 \
                and database.execute("SELECT count(*) FROM minutes").fetchone()[0] > 200

    wait_for(complete, lambda: f"the whole past; its log:\n{daemon.log()[-3000:]}")
    assert daemon.stop() == 0
    with sqlite3.connect(daemon.store) as database:
        # Back-fill leaves the last three hours to the server's head.
        for table, columns in {"minutes": ["minute"], "coverage": ["start", '"end"'], "quota_values": ["seen_from"]}.items():
            for column in columns:
                database.execute(f"UPDATE {table} SET {column} = {column} - 86400")
        database.execute("UPDATE series SET first_covered = first_covered - 86400, first_known = first_known - 86400")
        # A gap: unknown, whatever its minutes hold.
        start, end = database.execute('SELECT start, "end" FROM coverage').fetchone()
        middle = (start + end) // 120 * 60
        database.execute('UPDATE coverage SET "end" = ?', (middle,))
        database.execute("INSERT INTO coverage SELECT series_id, ?, ? FROM coverage", (middle + 1200, end))
    return daemon


def export(daemon, *arguments):
    """The exported text."""
    result = run(["export", "openmetrics", "--start=-3d", *arguments, f"--storage.path={daemon.store}"],
                 configuration.environment(daemon.folder), daemon.folder)
    assert result.returncode == 0, result.stderr
    return result.stdout


def expected(path):
    """{(metric, second of the sample): value} of the covered minutes."""
    columns = COUNTS | OTHERS
    wanted = {}
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        stored = {row[0]: row[1:] for row in database.execute(f"SELECT minute, {', '.join(columns)} FROM minutes")}
        for start, end in database.execute('SELECT start, "end" FROM coverage'):
            for minute in range(start, end, 60):
                for column, value in zip(columns, stored.get(minute, [None] * len(columns))):
                    name, divisor = columns[column]
                    if value is not None or column in COUNTS:
                        wanted[name, minute + 60] = (value or 0) / divisor
    assert {name for name, _ in wanted} == {name for name, _ in columns.values()}
    return wanted


def quota_tokens(path):
    """{second of the sample: quota tokens} of the covered minutes, by AWS's estimate where there is one."""
    wanted = expected(path)
    tokens = {}
    for metric, second in wanted:
        if metric == "bedrock_minute_invocations":
            tokens[second] = wanted.get(
                ("bedrock_minute_estimated_quota_tokens", second),
                wanted["bedrock_minute_input_tokens", second] + 5 * wanted["bedrock_minute_output_tokens", second])
    return tokens


def test_the_text_is_sorted_and_complete(store):
    text = export(store)
    assert text.endswith("\n# EOF\n") and "\n\n" not in text and "\r" not in text
    seen, order, last, previous = {}, [], None, 0
    for line in text.split("\n")[:-2]:
        if line.startswith("#"):
            continue
        series, value, second = line.rsplit(" ", 2)
        if series != last:
            assert series not in order, f"split: {series}"
            order.append(series)
        else:
            assert int(second) > previous
        last, previous = series, int(second)
        if "model_id=" in series:
            assert f'{{account="test",region="{REGION}",model_id="{MODEL}"}}' in series
            seen[series.split("{")[0], int(second)] = float(value)
    assert seen == expected(store.store)


def test_prometheus_answers_what_the_store_holds(store, tmp_path):
    (tmp_path / "export.om").write_text(export(store))
    data = tmp_path / "data"
    subprocess.run([programs.required("promtool"), "tsdb", "create-blocks-from", "openmetrics", tmp_path / "export.om", data],
                   check=True, capture_output=True, timeout=60)
    (tmp_path / "prometheus.yml").write_text("global: {}\n")
    port = free_port()
    with open(tmp_path / "prometheus.log", "wb") as log:
        prometheus = subprocess.Popen(
            [programs.required("prometheus"), f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={data}",
             f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=10y"],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        base = f"http://127.0.0.1:{port}"

        def ready():
            try:
                return fetch(f"{base}/-/ready").status == 200
            except OSError:
                return False

        wait_for(ready, "a Prometheus that is ready")
        received = {}
        for metric in {name for name, _ in expected(store.store)}:
            # An instant query of a range gives the samples themselves.
            answer = fetch(f"{base}/api/v1/query?" + urlencode({"query": f"{metric}[4d]", "time": time.time()})).json()
            (series,) = answer["data"]["result"]
            assert series["metric"] == {"__name__": metric, "account": "test", "region": REGION, "model_id": MODEL}
            received |= {(metric, int(second)): float(value) for second, value in series["values"]}
        assert received == expected(store.store)
        ratio = fetch(f"{base}/api/v1/query?" + urlencode({
            "query": 'max_over_time(bedrock_minute_quota_utilization_ratio{quota="tokens_per_minute"}[4d])',
            "time": time.time()})).json()["data"]["result"]
        assert float(ratio[0]["value"][1]) == pytest.approx(max(quota_tokens(store.store).values()) / 4_000_000)
    finally:
        prometheus.terminate()
        prometheus.wait(timeout=60)


def test_victoria_metrics_holds_what_the_store_holds(store, tmp_path):
    victoria = VictoriaMetrics(tmp_path / "victoria")
    victoria.start()
    try:
        base = f"http://127.0.0.1:{victoria.port}"
        answer = fetch(f"{base}/api/v1/import/prometheus", method="POST", body=export(store).encode())
        assert answer.status == 204, answer.text
        received = {}
        for (name, labels), points in victoria.samples().items():
            if ("model_id", MODEL) in labels:
                received |= {(name, second): value for second, value in points}
            elif name == "bedrock_minute_quota_tokens":
                assert dict(points) == quota_tokens(store.store)
        assert received == expected(store.store)
    finally:
        victoria.kill()


def test_a_longer_step_for_promtool(store, tmp_path):
    result = run(["query", "--format=openmetrics", "--step=1h", "--start=-3d", f"--storage.path={store.store}"],
                 configuration.environment(store.folder), store.folder)
    assert result.returncode == 0
    assert 'bedrock_step_invocations{account="test",' in result.stdout and 'step="1h"' in result.stdout
    (tmp_path / "export.om").write_text(result.stdout)
    subprocess.run([programs.required("promtool"), "tsdb", "create-blocks-from", "openmetrics", tmp_path / "export.om",
                    tmp_path / "data"], check=True, capture_output=True, timeout=60)
