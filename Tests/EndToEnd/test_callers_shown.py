"""Who used a pool, as commands, the JSON interface, the metrics page and the pool's page show it, against a plain computation
over the store's tables."""

import csv
import functools
import io
import json
import re
import sqlite3
from datetime import datetime
from urllib.parse import urlencode

import pytest

from support import callers_store, configuration, programs, world
from support.browser import Browser
from support.callers_store import METRICS, POOL
from support.daemon import run
from test_page import CONTRAST, NAMELESS, assert_clean

PICTURES = programs.ROOT / ".build" / "screenshots"
DRAWN = "document.body?.dataset.drawn === 'whole'"
NOT_IN_LOGS, NOT_READ, OTHER = "(not in the logs)", "(not read)", "(other)"


@functools.cache
def store_times():
    """Now in whole hours, a stretch of it that the logs did not answer for, and a minute of which CloudWatch lacks half."""
    now = world.this_minute() // 3600 * 3600
    return now, range(now - 8 * 3600, now - 7 * 3600), now - 3 * 3600 + 120


def over(workshop):
    """A daemon, not started, of an account that has the application profile of the store."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, callers_store.REGION)
    models = [world.foundation_arn(world.SONNET, callers_store.REGION), world.foundation_arn(world.SONNET, "")]
    cloud.data.add_profile(callers_store.REGION, callers_store.PROFILE, models, "APPLICATION", callers_store.PROFILE_NAME,
                           callers_store.TAGS)
    settings = configuration.settings([callers_store.REGION], configuration.CACHED_POLLING)
    settings["accounts"][0]["profile_tags"] = ["team"]
    return workshop.daemon(settings, cloud)


@pytest.fixture(scope="module")
def daemon(module_workshop):
    """A daemon over a store with callers."""
    daemon = over(module_workshop)
    now, unknown, short = store_times()
    callers_store.build(daemon.store, now, callers_store.Logs(unknown=unknown, short_minutes=(short,)))
    return daemon.start().wait_until_ready()


@pytest.fixture(scope="module")
def browser():
    """One for all tests of the file."""
    browser = Browser()
    yield browser
    browser.close()


def command(daemon, *arguments, **variables):
    """One run of the program on the daemon's store."""
    environment = configuration.environment(daemon.folder) | variables
    done = run([*arguments, f"--storage.path={daemon.store}"], environment, daemon.folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


def expected(daemon, kind, start, end, step):
    """{(start of the step, caller): figures} out of the tables, minute by minute."""
    with sqlite3.connect(f"file:{daemon.store}?mode=ro", uri=True) as database:
        read = {minute for first, after, kinds in database.execute(
                    'SELECT start, "end", kinds FROM caller_windows WHERE state = \'read\'')
                if kind in json.loads(kinds) for minute in range(first, after, 60)}
        usage = database.execute(f"SELECT minute, {', '.join(METRICS)} FROM minutes WHERE minute >= ? AND minute < ?", (start, end))
        whole = [(minute, list(figures)) for minute, *figures in usage]
        named = [(minute, caller, list(figures)) for minute, caller, *figures in database.execute(
            f"""SELECT m.minute, c.caller, {', '.join('m.' + one for one in METRICS)} FROM caller_minutes AS m
            JOIN callers AS c ON c.id = m.caller_id WHERE c.kind = ? AND m.minute >= ? AND m.minute < ?""", (kind, start, end))]
    rows = {}

    def add(minute, caller, figures, sign=1):
        sums = rows.setdefault((start + (minute - start) // step * step, caller), [0] * len(METRICS))
        sums[:] = [have + sign * more for have, more in zip(sums, figures)]

    for minute, figures in whole:
        add(minute, NOT_IN_LOGS if minute in read else NOT_READ, figures)
    for minute, caller, figures in named:
        if minute in read:
            add(minute, caller, figures)
            add(minute, NOT_IN_LOGS, figures, -1)
    return rows


@pytest.mark.parametrize("kind, step", [("role", 60), ("role", 3600), ("metadata:team", 900)])
def test_the_rows_of_each_step_add_up_to_cloudwatchs(daemon, kind, step):
    now, unknown, short = store_times()
    start, end = unknown[0] - 3600, now
    wanted = expected(daemon, kind, start, end, step)
    place = {"start": start, "end": end, "step": step, "by": "caller", "caller_kind": kind}
    rows = daemon.api("/api/v1/usage?" + urlencode(place))["rows"]
    found = {}
    for row in rows:
        found[int(datetime.fromisoformat(row["start"]).timestamp()), row["caller"]] = row
    exceeding = 0
    for (time, caller), sums in wanted.items():
        row = found.pop((time, caller))
        assert [row[metric] for metric in METRICS] == [max(0, value) for value in sums], (time, caller)
        assert row["quota_tokens"] == max(0, callers_store.quota_tokens(sums)), (time, caller)
        if caller == NOT_IN_LOGS:
            exceeding += callers_store.quota_tokens(sums) < 0
            assert row["logs_exceed_quota_tokens"] == max(0, -callers_store.quota_tokens(sums))
    # What is left has no use at all.
    assert all(row["caller"] in (NOT_READ, NOT_IN_LOGS) and not row["quota_tokens"] for row in found.values())
    assert exceeding == (1 if step == 60 else 0)
    plain = {"start": start, "end": end, "step": step, "by": "none"}
    for total in daemon.api("/api/v1/usage?" + urlencode(plain))["rows"]:
        own = [row for row in rows if row["start"] == total["start"]]
        more = own[0]["logs_exceed_quota_tokens"]
        assert sum(row["quota_tokens"] for row in own) == total["quota_tokens"] + more
        for metric in METRICS if more == 0 else []:
            assert sum(row[metric] for row in own) == total[metric]
        assert sum(row["share"] or 0 for row in own) == pytest.approx(1)


def test_the_command_shows_the_largest_and_adds_up_the_others(daemon):
    now, unknown, _ = store_times()
    ranges = [f"--start={unknown[0] - 3600}", f"--end={now}"]
    every = {row["caller"]: row for row in json.loads(command(daemon, "callers", *ranges, "--top=100", "--format=json"))["rows"]}
    shown = json.loads(command(daemon, "callers", *ranges, "--top=3", "--format=json"))["rows"]
    assert [row["caller"] for row in shown] == ["api-gateway-prod", "batch-summaries", "search-ranking", OTHER, NOT_IN_LOGS, NOT_READ]
    assert every.keys() == {*callers_store.ROLES, NOT_IN_LOGS, NOT_READ}
    rest = every.keys() - {row["caller"] for row in shown}
    assert shown[3]["quota_tokens"] == sum(every[name]["quota_tokens"] for name in rest)
    assert sum(row["share"] for row in shown) == pytest.approx(1)
    # The windows that did not answer, and the newest minutes.
    assert 0.8 < shown[0]["log_coverage"] < 0.9
    stepped = json.loads(command(daemon, "callers", *ranges, "--top=2", "--step=1h", "--format=json"))["rows"]
    assert {row["caller"] for row in stepped} == {"api-gateway-prod", "batch-summaries", OTHER, NOT_IN_LOGS, NOT_READ}
    assert sum(row["quota_tokens"] for row in stepped) == pytest.approx(sum(row["quota_tokens"] for row in every.values()))
    answer = daemon.api("/api/v1/callers?" + urlencode({"start": unknown[0] - 3600, "end": now, "top": 3}))
    assert answer["rows"] == shown and answer["caller_kind"] == "role"
    assert answer["kinds"] == ["application_inference_profile", "metadata:team", "role", "tag:team"]
    assert answer["logs"]["windows_unknown"] == 12 and answer["logs"]["last_reason"] == "Logs Insights timed out"


def test_the_table_fits_80_columns_and_no_name_steers_the_terminal(daemon):
    now, unknown, _ = store_times()
    for more in ([], ["--step=6h", "--top=4"], ["--kind=application_inference_profile"], ["--kind=tag:team"]):
        text = command(daemon, "callers", f"--start={unknown[0]}", f"--end={now}", *more, COLUMNS="80")
        assert max(map(len, text.splitlines())) <= 80, text
        assert "\x1b" not in text
    text = command(daemon, "callers", f"--start={unknown[0]}", f"--end={now}", COLUMNS="80")
    assert r"red \u{1b}[31mteam" in text and "api-gateway-prod" in text and NOT_READ in text
    assert re.search(r"^api-gateway-prod +\d\d\.\d %", text, re.M)
    assert "12 stretches of the logs could not be read. The newest reason: Logs Insights" in text.replace("\n", " ")


def test_csv_makes_no_formula_of_a_callers_name(daemon):
    text = command(daemon, "callers", "--top=100", "--format=csv")
    names = [row["caller"] for row in csv.DictReader(io.StringIO(text))]
    assert "'=cmd|' /C calc'!A0" in names and not any(name.startswith("=") for name in names)
    row = next(csv.DictReader(io.StringIO(text)))
    assert row["caller"] == "api-gateway-prod" and 0 < float(row["share"]) < 1 and row["logs_exceed_quota_tokens"] == "0"


def test_profiles_need_no_logs_and_are_named_by_name_or_tag(daemon):
    now, _, _ = store_times()
    place = {"start": now - 6 * 3600, "end": now}
    whole, = daemon.api("/api/v1/usage?" + urlencode(place | {"step": "1d", "by": "none"}))["rows"]
    for kind, name in (("application_inference_profile", callers_store.PROFILE_NAME), ("tag:team", "support"), ("tag:owner", "(tags not known)")):
        rows = daemon.api("/api/v1/callers?" + urlencode(place | {"kind": kind}))["rows"]
        assert [row["caller"] for row in rows] == [name, "(no application profile)"]
        for metric in [*METRICS, "quota_tokens"]:
            assert sum(row[metric] for row in rows) == whole[metric]
        assert rows[0]["log_coverage"] is None and rows[0]["quotas"]["tokens_per_minute"]["peak_ratio"] > 0


def test_the_counter_is_what_the_store_counted_of_the_logs(daemon):
    with sqlite3.connect(f"file:{daemon.store}?mode=ro", uri=True) as database:
        totals = {(kind, caller): total for kind, caller, total in database.execute(
            "SELECT c.kind, c.caller, t.quota_tokens FROM caller_totals AS t JOIN callers AS c ON c.id = t.caller_id")}
    samples = daemon.metrics().matching("bedrock_caller_quota_tokens_total", **POOL)
    shown = {(labels["caller_kind"], labels["caller"]): value for labels, value in
             ((dict(key), value) for key, value in samples.items())}
    assert shown == totals and len(totals) > 20


@pytest.mark.parametrize("query, reason", [
    ("kind=roles", "is not a kind of caller"), ("top=0", "top: "), ("top=x", "top: "), ("by=model", "unknown parameter"),
    ("kind=role&kind=role", "given twice"), ("start=-300d&step=1m&top=100", "at most 100,000"), ("format=table", "is not a format"),
])
def test_what_cannot_be_answered_is_refused_with_the_reason(daemon, query, reason):
    answer = daemon.get(f"/api/v1/callers?{query}")
    assert answer.status == 400 and reason in answer.json()["error"]


def pool_url(daemon, **more):
    """The address of the pool's page."""
    return f"http://{daemon.address}/pool?{urlencode(POOL | more)}"


@pytest.mark.parametrize("name, width, scheme", [("light", 1280, "light"), ("dark", 1280, "dark"), ("narrow", 390, "light")])
def test_the_pools_page_shows_callers_over_time(browser, daemon, name, width, scheme):
    page = browser.page(width=width, scheme=scheme).open(pool_url(daemon))
    page.wait(DRAWN)
    rows = page.value("[...document.querySelectorAll('#caller-table tbody th')].map((one) => one.textContent)")
    assert rows[0] == "api-gateway-prod" and rows[-3:] == [OTHER, NOT_IN_LOGS, NOT_READ] and len(rows) == 8
    assert page.value("[...document.querySelectorAll('#chart-callers .legend li')].map((one) => one.textContent)") == rows
    assert page.value("document.querySelectorAll('#chart-callers .shape.stack[d]').length") == 8
    assert page.value("document.querySelectorAll('#caller-table tbody tr.muted').length") == 3
    note = page.value("document.querySelector('#callers-note').textContent")
    assert note.startswith("Part of the logs of this time could not be read. The newest reason: Logs Insights timed out.")
    page.value("document.querySelector('#chart-callers summary').click()")
    page.wait("document.querySelectorAll('#chart-callers tbody tr').length > 100", "the figures as a table")
    steps = page.value("[...document.querySelectorAll('#chart-callers tbody tr')].map((tr) => [...tr.cells].map((one) => one.textContent))")
    oldest, middle = steps[-1], steps[len(steps) // 2]
    assert oldest[1:-1] == ["unknown"] * 7 and oldest[-1] != "unknown", "without logs no caller is known to have used nothing"
    assert int(middle[1].replace(",", "")) > int(middle[3].replace(",", "")) > 0, "figures of callers, not of the stack"
    page.value("document.querySelector('#chart-callers summary').click()")
    page.wait("document.querySelectorAll('#report tbody tr').length > 10", "a report")
    page.screenshot(PICTURES / f"callers-{name}.png")
    assert page.value("document.documentElement.scrollWidth") == width, "scrolls sideways"
    assert page.value(CONTRAST) == [], "text of too little contrast"
    assert page.value(NAMELESS) == [], "what can be used has no name"
    assert_clean(page, daemon)
    page.close()


def test_a_kind_of_caller_can_be_chosen_and_stays_in_the_address(browser, daemon):
    page = browser.page().open(pool_url(daemon))
    page.wait(DRAWN)
    kinds = page.value("[...document.querySelectorAll('#caller-kinds button')].map((one) => one.textContent)")
    assert kinds == ["Application profile", "Request metadata team", "Role", "Profile tag team"]
    page.value("document.querySelectorAll('#caller-kinds button')[1].click()")
    page.wait(DRAWN)
    assert "kind=metadata%3Ateam" in page.value("location.search")
    assert page.value("document.querySelector('#caller-kinds [aria-pressed=true]').textContent") == "Request metadata team"
    names = page.value("[...document.querySelectorAll('#caller-table tbody th')].map((one) => one.textContent)")
    assert names == ["payments", "checkout", "(none)", NOT_IN_LOGS, NOT_READ]
    assert_clean(page, daemon)
    page.close()


def test_without_logs_the_page_says_how_to_have_them_read(browser, workshop):
    daemon = over(workshop)
    callers_store.build(daemon.store, store_times()[0], None)
    daemon.start().wait_until_ready()
    page = browser.page(width=900).open(pool_url(daemon))
    page.wait(DRAWN)
    note = page.value("document.querySelector('#callers-note').textContent")
    assert note.startswith("The invocation logs are not read, so only application profiles tell callers apart.")
    assert "where accounts[].callers.enabled is true in the configuration" in note
    names = page.value("[...document.querySelectorAll('#caller-table tbody th')].map((one) => one.textContent)")
    assert names == [callers_store.PROFILE_NAME, "(no application profile)"]
    page.screenshot(PICTURES / "callers-off.png")
    page.open(pool_url(daemon, kind="role"))
    page.wait(DRAWN)
    assert page.value("document.querySelector('#callers-note').textContent").startswith("Who made these requests is not known")
    assert page.value("document.querySelector('#caller-chart').hidden")
    page.screenshot(PICTURES / "callers-off-role.png")
    assert_clean(page, daemon)
    page.close()
