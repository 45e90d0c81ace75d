"""`query` and `GET /api/v1/usage` against a plain computation over the store's file, which the daemon filled."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import sqlite3
import struct
import subprocess
import termios
import time
from collections import defaultdict
from urllib.parse import urlencode

import pytest

from support import configuration, programs, world
from support.daemon import run
from support.waiting import allow, wait_for

ACCOUNT = "test"
REGIONS = [world.SINGAPORE, world.JAKARTA]
MODELS = [f"global.{world.SONNET}", f"eu.{world.SONNET}", f"us.{world.SONNET}", f"global.{world.HAIKU}"]
COUNTS = {
    "Invocations": "invocations", "InputTokenCount": "input_tokens", "OutputTokenCount": "output_tokens",
    "CacheReadInputTokenCount": "cache_read_input_tokens", "CacheWriteInputTokenCount": "cache_write_input_tokens",
    "InvocationClientErrors": "client_errors", "InvocationServerErrors": "server_errors",
    "InvocationThrottles": "throttles",
}
RATE = 5
HOURS = 5


def fill(cloud):
    """Irregular traffic of the last hours, with idle minutes."""
    now = world.this_minute()
    for number, region in enumerate(REGIONS):
        world.furnish(cloud.data, region)
        for index, model in enumerate(MODELS):
            for position, metric in enumerate(COUNTS):
                seed = 7 * number + 13 * index + 31 * position
                points = {
                    now - 60 * age: (age * 37 + seed * 11) % (9000 if "Token" in metric else 60) + 1
                    for age in range(4, HOURS * 60) if (age * 7 + index) % 5 and (age + seed) % 3
                }
                cloud.data.put(region, model, metric, points)


@pytest.fixture(scope="module")
def daemon(module_workshop):
    """A daemon whose store has everything."""
    cloud = module_workshop.cloud()
    fill(cloud)
    daemon = module_workshop.daemon(
        configuration.settings(REGIONS, configuration.CACHED_POLLING | {"backfill": "6h"}), cloud)
    daemon.start().wait_until_ready()

    def complete():
        with sqlite3.connect(f"file:{daemon.store}?mode=ro", uri=True) as database:
            first, = database.execute("SELECT min(minute) FROM minutes").fetchone()
            covered, = database.execute("SELECT count(*) FROM coverage WHERE start <= ?", (first or 0,)).fetchone()
        return first and first <= world.this_minute() - 60 * (HOURS * 60 - 12) and covered >= len(REGIONS) * len(MODELS)

    wait_for(complete, lambda: f"the whole past; its log:\n{daemon.log()[-3000:]}")
    return daemon


@pytest.fixture(scope="module")
def window():
    """Start and end that do not move while the tests run: whole hours behind the settled minute."""
    end = (world.this_minute() - 600) // 300 * 300
    return end - 4 * 3600, end


def command(daemon, *arguments):
    """One run of the program on the daemon's store."""
    return run([*arguments, f"--storage.path={daemon.store}"], configuration.environment(daemon.folder), daemon.folder)


def query(daemon, *arguments):
    """The JSON answer."""
    result = command(daemon, "query", "--format=json", *arguments)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def minutes(path, start, end):
    """Every stored minute: [(account, region, model ID, scope, model, second, {metric: value})]."""
    names = list(COUNTS.values())
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        rows = database.execute(
            f"SELECT account, region, model_id, scope, model, minute, {', '.join(names)} FROM usage "
            "WHERE minute >= ? AND minute < ?", (start, end)).fetchall()
    return [(*row[:6], dict(zip(names, row[6:]))) for row in rows]


def limits(path):
    """The limits, which have not changed: {(account, region, scope, model, quota): value}."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return {tuple(row[:5]): row[5] for row in database.execute("SELECT account, region, scope, model, quota, value FROM quotas")}


def expected(path, start, end, step):
    """By pool and step: sums, quota tokens, peak and mean by tokens per minute."""
    sums, use = defaultdict(lambda: defaultdict(float)), defaultdict(lambda: defaultdict(float))
    for account, region, _, scope, model, second, values in minutes(path, start, end):
        pool, at = (account, region, scope, model), start + (second - start) // step * step
        for name, value in values.items():
            sums[at, pool][name] += value or 0
        weighted = (values["input_tokens"] or 0) + (values["cache_write_input_tokens"] or 0) + RATE * (values["output_tokens"] or 0)
        use[at, pool][second] += weighted
    known = limits(path)
    answers = {}
    for key, values in sums.items():
        at, pool = key
        limit = known.get((*pool, "tokens_per_minute"))
        length = min(step, end - at) // 60
        answers[key] = dict(values) | {
            "quota_tokens": sum(use[key].values()),
            "peak": limit and max(use[key].values()) / limit,
            "mean": limit and sum(use[key].values()) / length / limit,
        }
    return answers


def text(second):
    """A time as answers have it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))


@pytest.mark.parametrize("step", [60, 300, 3600, 7 * 60])
def test_query_equals_a_plain_computation(daemon, window, step):
    start, end = window
    answer = query(daemon, f"--start={text(start)}", f"--end={end}", f"--step={step // 60}m")
    assert (answer["start"], answer["end"], answer["step_seconds"]) == (text(start), text(end), step)
    wanted = expected(daemon.store, start, end, step)
    assert wanted
    rows = {(row["start"], row["account"], row["region"], row["scope"], row["model"]): row for row in answer["rows"]}
    assert len(rows) == len(answer["rows"])
    pools = {pool for _, pool in wanted}
    assert len(rows) == len(pools) * -(-(end - start) // step)
    for (at, pool), values in wanted.items():
        row = rows[(text(at), *pool)]
        for name in COUNTS.values():
            assert row[name] == values[name], (at, pool, name)
        assert row["quota_tokens"] == values["quota_tokens"]
        read = values["cache_read_input_tokens"]
        assert row["cache_saved_quota_tokens"] == read
        assert row["cache_read_share"] == pytest.approx(
            read / (values["input_tokens"] + read + values["cache_write_input_tokens"]))
        assert row["coverage"] == 1
        figures = row["quotas"]["tokens_per_minute"]
        assert figures["peak_ratio"] == pytest.approx(values["peak"])
        assert figures["mean_ratio"] == pytest.approx(values["mean"])
    for key in rows.keys() - {(text(at), *pool) for at, pool in wanted}:
        assert rows[key]["invocations"] == 0, "covered and nothing stored is zero"


@pytest.mark.parametrize("by", ["none", "account", "region,model_id", "scope", "model"])
def test_groupings_add_up(daemon, window, by):
    start, end = window
    answer = query(daemon, f"--start={start}", f"--end={end}", "--step=1h", f"--by={by}")
    total = sum(row["input_tokens"] for row in answer["rows"])
    assert total == sum(values["input_tokens"] or 0 for *_, values in minutes(daemon.store, start, end)) > 0
    keys = [] if by == "none" else by.split(",")
    for row in answer["rows"]:
        assert list(row)[:1 + len(keys)] == ["start", *keys]


def test_csv_and_http_say_the_same_as_json(daemon, window):
    start, end = window
    arguments = {"start": text(start), "end": text(end), "step": "30m", "region": world.SINGAPORE, "model_id": MODELS[0]}
    rows = query(daemon, *(f"--{name.replace('_', '-')}={value}" for name, value in arguments.items()))["rows"]
    assert daemon.api(f"/api/v1/usage?{urlencode(arguments)}")["rows"] == rows
    over_http = daemon.get(f"/api/v1/usage?{urlencode(arguments | {'format': 'csv'})}")
    assert over_http.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert over_http.headers["transfer-encoding"] == "chunked"
    by_hand = command(daemon, "query", "--format=csv", *(f"--{name.replace('_', '-')}={value}" for name, value in arguments.items()))
    assert over_http.text.replace("\r\n", "\n") == by_hand.stdout.replace("\r\n", "\n")
    table = list(csv.DictReader(io.StringIO(over_http.text, newline="")))
    assert len(table) == len(rows)
    for line, row in zip(table, rows):
        assert line["start"] == row["start"] and line["model"] == row["model"]
        assert float(line["invocations"]) == row["invocations"]
        assert float(line["tokens_per_minute_peak_ratio"]) == row["quotas"]["tokens_per_minute"]["peak_ratio"]
        assert line["tokens_per_day_limit"] == ""
        assert float(line["cache_saved_quota_tokens"]) == row["cache_saved_quota_tokens"]
        assert float(line["cache_read_share"]) == row["cache_read_share"]


def test_outside_coverage_is_unknown_and_the_answer_says_why(daemon):
    answer = query(daemon, "--start=2020-01-01", "--end=2020-01-02")
    assert answer["rows"] == [] and answer["empty"] == "no_coverage"
    table = command(daemon, "query", "--start=2020-01-01", "--end=2020-01-02")
    assert table.returncode == 0
    assert table.stdout.startswith("No coverage between 2020-01-01T00:00:00Z and 2020-01-02T00:00:00Z")


@pytest.mark.parametrize("path, status, message", [
    ("start=yesterday", 400, 'start: "yesterday" is not a time; allowed: '),
    ("step=90s", 400, 'step: "90s" is not a step; allowed: '),
    ("region=mars", 400, f'region: "mars" is not in the store; there: {world.SINGAPORE}, {world.JAKARTA}'),
    ("start=2001-01-01&step=1m", 400, "this asks for "),
    ("nonsense=1", 400, 'unknown parameter "nonsense"; the parameters are '),
])
def test_bad_questions_over_http(daemon, path, status, message):
    response = daemon.get(f"/api/v1/usage?{path}")
    assert response.status == status and response.headers["content-type"] == "application/json"
    assert response.json()["error"].startswith(message)


@pytest.mark.parametrize("arguments, code, message", [
    (["--account=nobody"], 2, '--account: "nobody" is not in the store; there: test'),
    (["--start=-1h", "--end=-2h"], 2, "is not before --end"),
    (["--format=xml"], 2, "allowed: table, csv, json, openmetrics"),
])
def test_bad_questions_on_the_command_line(daemon, arguments, code, message):
    result = command(daemon, "query", *arguments)
    assert result.returncode == code and result.stdout == "" and message in result.stderr


def test_a_store_that_does_not_exist_is_not_made(daemon, tmp_path):
    missing = tmp_path / "none.db"
    result = run(["query", f"--storage.path={missing}"], configuration.environment(tmp_path), tmp_path)
    assert result.returncode == 1 and "there is no such file" in result.stderr
    assert not missing.exists()


@pytest.mark.parametrize("width", [60, 100, 160])
def test_a_table_fits_its_terminal(daemon, width):
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(
        [programs.exporter(), "query", "--start=-3h", f"--storage.path={daemon.store}"], stdin=subprocess.DEVNULL,
        stdout=follower, stderr=subprocess.PIPE, env=configuration.environment(daemon.folder), cwd=daemon.folder)
    os.close(follower)
    received = b""
    try:
        while chunk := os.read(leader, 65536):
            received += chunk
    except OSError:
        pass  # The other side is closed: that is how a terminal ends.
    os.close(leader)
    assert process.wait(timeout=allow(60)) == 0, process.stderr.read()
    lines = received.decode().replace("\r\n", "\n").split("\n")
    assert max(len(line) for line in lines) <= width
    head = next(line for line in lines if line.startswith("Time (UTC)"))
    assert "TPM peak" in head and "Coverage" in head
    assert any(re.search(r"\d+\.\d %", line) for line in lines)


def test_a_table_in_a_pipe_leaves_nothing_out(daemon, window):
    start, end = window
    asked = ["query", f"--start={start}", f"--end={end}", f"--storage.path={daemon.store}"]
    whole = run(asked, configuration.environment(daemon.folder), daemon.folder)
    head = next(line for line in whole.stdout.splitlines() if line.startswith("Time (UTC)"))
    assert all(title in head for title in ("Requests", "Throttled", "Errors", "Input", "Cache read", "TPM limit", "TPM mean"))
    assert "…" not in whole.stdout
    narrow = configuration.environment(daemon.folder, COLUMNS="80")
    assert max(map(len, run(asked, narrow, daemon.folder).stdout.splitlines())) <= 80
    assert run([*asked, "--wide"], narrow, daemon.folder).stdout == whole.stdout


def test_a_reader_that_goes_away_is_no_error(daemon):
    shell = f"'{programs.exporter()}' query --step=1m --start=-5h --storage.path='{daemon.store}' | head -n 3; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=allow(60),
                            env=configuration.environment(daemon.folder))
    assert result.stderr == "" and result.stdout.splitlines()[-1] == "0"
