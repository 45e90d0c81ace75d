"""Why AWS throttled: from its datapoints to the command, the JSON interface, the pool's page and the alert's text."""

import csv
import io
import json
from urllib.parse import urlencode

import pytest

from support import configuration, programs, receivers, store, world
from support.browser import Browser
from support.daemon import run
from support.waiting import wait_for

REGION = world.SINGAPORE
MODEL = f"global.{world.SONNET}"
#: The applied quota of `world.QUOTAS`.
TOKENS_PER_MINUTE = 4_000_000
PICTURES = programs.ROOT / ".build" / "screenshots"
POOL = {"account": "test", "region": REGION, "scope": "global", "model": world.SONNET}
DRAWN = "document.body?.dataset.drawn === 'whole'"
CAUSES = {"unknown", "capacity", "reservation", "burst_within_minute", "tokens_per_minute"}


def put(cloud, ages, tokens, throttles=0, requests=100, latency=6_000, errors=0):
    """Minutes of these ages."""
    for age in ages:
        minute = world.this_minute() - 60 * age
        for metric, value in (("InputTokenCount", tokens), ("Invocations", requests), ("InvocationThrottles", throttles),
                              ("InvocationLatency", latency), ("InvocationServerErrors", errors)):
            if value:
                cloud.data.put(REGION, MODEL, metric, {minute: value})


@pytest.fixture(scope="module")
def daemon(module_workshop):
    """A daemon that has read a pool's throttling for four known reasons, and for one that the figures do not tell."""
    cloud = module_workshop.cloud()
    world.furnish(cloud.data, REGION)
    put(cloud, range(4, 300), tokens=200_000, requests=20)
    put(cloud, range(280, 284), tokens=4_100_000, throttles=900)
    put(cloud, range(230, 233), tokens=3_000_000, throttles=120)
    put(cloud, range(180, 186), tokens=400_000, throttles=300, latency=30_000)
    put(cloud, range(130, 135), tokens=300_000, throttles=1, errors=80)
    put(cloud, range(80, 82), tokens=2_100_000, throttles=60)
    daemon = module_workshop.daemon(
        configuration.settings([REGION], configuration.CACHED_POLLING | {"backfill": "6h"}), cloud)
    daemon.start().wait_until_ready()
    wait_for(lambda: {one["cause"] for one in episodes(daemon)} == CAUSES and all(one["settled"] for one in episodes(daemon)),
             lambda: f"episodes: {episodes(daemon)}; the log:\n{daemon.log()[-2000:]}")
    return daemon


@pytest.fixture(scope="module")
def browser():
    """One for all tests of the file."""
    browser = Browser()
    yield browser
    browser.close()


def episodes(daemon, **parameters):
    """What `/api/v1/throttles` answers."""
    return daemon.api("/api/v1/throttles?" + urlencode(parameters))["episodes"]


def command(daemon, *arguments, **variables):
    """The command's output over the daemon's store."""
    environment = configuration.environment(daemon.folder, **variables)
    return run(("throttles", f"--storage.path={daemon.store}", *arguments), environment, daemon.folder)


def test_each_episode_has_its_cause_with_figures_and_advice(daemon):
    by_cause = {one["cause"]: one for one in episodes(daemon)}
    full = by_cause["tokens_per_minute"]
    assert full["evidence"]["tokens_per_minute_ratio"] == 4_100_000 / TOKENS_PER_MINUTE
    assert full["evidence"]["tokens_per_minute_limit_source"] == "applied" and "more tokens per minute" in full["advice"]
    reserved = by_cause["reservation"]["evidence"]
    # 100 requests a minute of 30 s are 50 in flight, for which 3.6 million tokens were free; each used 4,000.
    assert (reserved["requests_in_flight"], reserved["reserved_tokens_per_request"], reserved["reservation_factor"]) == (50, 72_000, 18)
    assert "max_tokens" in by_cause["reservation"]["advice"]
    assert by_cause["unknown"]["evidence"]["doubt"] == "contradictory"
    assert {one["cause"] for one in episodes(daemon, cause="capacity")} == {"capacity"}
    nothing = daemon.api("/api/v1/throttles?start=-10m")
    assert nothing["episodes"] == [] and nothing["empty"] in ("no_throttles", "no_traffic") and nothing["left_out"] == 0
    assert daemon.api("/api/v1/throttles?start=2020-01-01&end=2020-01-02")["empty"] == "no_coverage"


@pytest.mark.parametrize("query, reason", [
    ("cause=heat", "is not a cause; allowed: tokens_per_minute"), ("step=1h", 'unknown parameter "step"'),
    ("model=acme.none", "is not in the store"), ("start=yesterday", "is not a time"), ("cause=capacity&cause=capacity", "twice"),
])
def test_a_question_that_makes_no_sense_is_refused_with_what_does(daemon, query, reason):
    answer = daemon.get(f"/api/v1/throttles?{query}")
    assert answer.status == 400 and reason in answer.json()["error"]


def test_the_table_fits_80_columns_and_says_what_to_do(daemon):
    done = command(daemon, "--start=-7d", COLUMNS="80")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 80, done.stdout
    assert lines[0] == f"{world.SONNET}, global, {REGION}, test"
    assert lines[1].split() == ["Start,", "UTC", "Min", "Throttles", "Cause", "Because"]
    for cause in CAUSES:
        assert cause in done.stdout and f"  {cause}: " in done.stdout
    assert "102 % of 4,000,000 TPM" in done.stdout and "18x reserved" in done.stdout
    assert command(daemon, "--cause=daily_quota").stdout.startswith("No throttling of cause daily_quota is known between ")
    refused = command(daemon, "--cause=heat")
    assert refused.returncode == 2 and "--cause: " in refused.stderr


def test_json_and_csv_say_the_same_as_the_interface(daemon):
    start = f"--start={episodes(daemon)[-1]['start']}"
    told = json.loads(command(daemon, start, "--format=json").stdout)["episodes"]
    assert told == episodes(daemon)
    rows = list(csv.DictReader(io.StringIO(command(daemon, start, "--format=csv").stdout)))
    answer = daemon.get(f"/api/v1/throttles?{start[2:]}&format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert list(csv.DictReader(io.StringIO(answer.text))) == rows
    assert [(row["start"], row["cause"], float(row["throttles"]), row["finding"]) for row in rows] == \
        [(one["start"], one["cause"], one["throttles"], one["finding"]) for one in told]


def test_a_restart_and_reading_again_change_nothing(daemon):
    kept = "SELECT * FROM throttle_episodes ORDER BY start"
    before = store.rows(daemon.store, kept)
    daemon.stop()
    daemon.start().wait_until_ready()
    assert len(before) >= len(CAUSES) and store.rows(daemon.store, kept) == before


@pytest.mark.slow
@pytest.mark.parametrize("name, width, scheme", [("light", 1280, "light"), ("dark", 1280, "dark"), ("narrow", 360, "light")])
def test_the_pools_page_says_why(daemon, browser, name, width, scheme):
    page = browser.page(width=width, scheme=scheme)
    page.open(f"http://{daemon.address}/pool?{urlencode(POOL | {'range': '24h'})}")
    page.wait(DRAWN)
    causes = page.value("[...document.querySelectorAll('#throttles tbody tr')].map((one) => one.dataset.cause)")
    assert causes == [one["cause"] for one in episodes(daemon, start="-24h")]
    text = page.value("document.querySelector('#throttles').textContent")
    assert "Set max_tokens near what answers need" in text and "Reserved by max_tokens" in text
    page.screenshot(PICTURES / f"throttles-{name}.png")
    assert page.value("document.documentElement.scrollWidth") == width, "scrolls sideways"
    assert page.problems() == []
    page.close()


@pytest.mark.slow
def test_a_pool_that_never_throttled_says_so(daemon, browser, workshop):
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    put(cloud, range(4, 90), tokens=200_000)
    calm = workshop.daemon(configuration.settings([REGION], configuration.CACHED_POLLING), cloud).start().wait_until_ready()
    page = browser.page().open(f"http://{calm.address}/pool?{urlencode(POOL)}")
    page.wait(DRAWN)
    assert page.value("document.querySelector('#throttles').textContent").startswith("No throttling is known over ")
    page.close()


def test_the_alert_names_the_cause_and_is_told_once(workshop):
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    put(cloud, range(9, 40), tokens=200_000, requests=20)
    put(cloud, range(4, 9), tokens=400_000, throttles=300, latency=30_000)
    with receivers.recorder() as recorder:
        hook = {"type": "webhook", "name": "hook", "url": recorder.url()}
        settings = configuration.settings([REGION], alerts={"for": "1s", "resolve_after": "1m", "receivers": [hook]})
        daemon = workshop.daemon(settings, cloud).start().wait_until_ready()

        def firing():
            return [alert for alert in recorder.alerts() if alert["labels"]["alertname"] == "BedrockThrottlingCritical"]

        wait_for(firing, lambda: f"an alert; the log:\n{daemon.log()[-3000:]}")
        [alert] = firing()
        assert alert["annotations"]["throttle_cause"] == "reservation"
        description = alert["annotations"]["description"]
        assert " Cause: tokens reserved by max_tokens. The highest minute took " in description
        assert description.endswith("72,000 tokens each, 18x what they used, would explain it.")
        assert alert["annotations"]["next_step"].startswith("Set max_tokens near what answers need")
        assert "reservation" not in alert["labels"].values(), "a cause may change, and an identity may not"

        # Revised: the minutes were full. The cause becomes another one, and nobody is told again.
        put(cloud, range(4, 9), tokens=4_100_000, throttles=300, latency=30_000)

        def cause():
            alerts = daemon.api("/api/v1/alerts")["alerts"]
            return {alert["annotations"].get("throttle_cause") for alert in alerts if alert["alert"] == "BedrockThrottlingCritical"}

        wait_for(lambda: cause() == {"tokens_per_minute"}, lambda: f"another cause than {cause()}; {daemon.log()[-2000:]}")
        assert len(firing()) == 1
