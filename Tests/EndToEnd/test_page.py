"""The page for people in a real Chromium: main paths, states, keyboard, size, speed; and pictures to look at."""

import re
import subprocess
from urllib.parse import urlencode, urlsplit

import pytest

from support import many_pools, programs, secrets, world
from support.browser import Browser
from support.configuration import settings
from support.fake_aws import faults
from support.front import Front
from support.preload import TurnedClock
from support.waiting import wait_for

TROUBLE = "document.querySelector('#trouble')"
DRAWN = "document.body?.dataset.drawn === 'whole'"
PICTURES = programs.ROOT / ".build" / "screenshots"
BUDGET = 150_000


@pytest.fixture(scope="module")
def browser():
    """One for all tests of the file; each takes pages of its own."""
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def demo(module_workshop):
    """The demonstration with its 15 days of past."""
    temporary = module_workshop.folder / "tmp"
    temporary.mkdir()
    daemon = module_workshop.daemon(None, command=("demo",), identity=None, variables={"TMPDIR": str(temporary)})
    daemon.start()
    daemon.wait_until_ready()

    def has_past():
        trends = daemon.api("/api/v1/trends")["pools"]
        values = [value for pool in trends for value in pool["peak_ratio"].get("tokens_per_minute", [])]
        return len(trends) > 15 and sum(value is not None for value in values) > len(values) * 0.9

    wait_for(has_past, lambda: f"a past; its log:\n{daemon.log()[-2000:]}")
    return daemon


def url(daemon, path="/"):
    """An address of the daemon's."""
    return f"http://{daemon.address}{path}"


def pool_path(daemon):
    """The page of the pool that is used most."""
    pools = [pool for pool in daemon.api("/api/v1/pools")["pools"] if pool["scope"] in ("on_demand", "cross_region", "global")]
    most = max(pools, key=lambda pool: max((quota["peak_utilization_ratio"]["24h"] or 0 for quota in pool["quotas"]), default=0))
    return "/pool?" + urlencode({part: most[part] for part in ("account", "region", "scope", "model")})


#: Answers out of the store are given to few at a time; the page asks for a refused one again (api.js).
BUSY = re.compile(r"status of 503 .*/api/v1/(report|usage|latency|trends|callers|throttles)\b")


def assert_clean(page, daemon):
    """Nothing to complain of, and no request elsewhere."""
    assert [problem for problem in page.problems() if not BUSY.search(problem)] == []
    elsewhere = [address for address in page.requests() if urlsplit(address).netloc != daemon.address]
    assert elsewhere == [], "requests to other hosts"


@pytest.mark.slow
def test_the_overview_shows_pools_by_utilization_and_leads_to_their_pages(browser, demo):
    page = browser.page().open(url(demo))
    page.wait(DRAWN)
    pools = demo.api("/api/v1/pools")["pools"]
    ratios = page.value("[...document.querySelectorAll('#pools .ratio')].map((one) => one.textContent)")
    assert len(ratios) == len(pools)
    figures = [float(text.split()[0].replace(",", "")) for text in ratios if text[0].isdigit()]
    assert figures == sorted(figures, reverse=True) and len(figures) > 15
    sparks = page.value("[...document.querySelectorAll('#pools .spark-line')].filter((one) => one.getAttribute('d')).length")
    assert sparks > len(pools) * 0.8
    assert page.value("document.querySelectorAll('#regions [data-health=good]').length") == 5
    assert page.value("document.querySelector('#unmapped-list').textContent").count("What to do:") == 1

    page.follow("#pools a.model")
    page.wait("location.pathname === '/pool' && " + DRAWN)
    assert page.value("document.querySelectorAll('#charts .shape[d]').length") > 5
    page.follow("nav a")
    page.wait("location.pathname === '/' && " + DRAWN)
    assert_clean(page, demo)
    page.close()


@pytest.mark.slow
def test_filter_quota_and_order_are_kept_in_the_address(browser, demo):
    page = browser.page().open(url(demo))
    page.wait(DRAWN)
    page.key("/", "Slash", 191)
    assert page.value("document.activeElement.id") == "filter"
    page.type("southeast-7 sonnet")
    places = page.value("[...document.querySelectorAll('#pools .who')].map((one) => one.textContent)")
    assert places and all("ap-southeast-7" in place and "sonnet" in place for place in places)
    page.value("""{ const quota = document.querySelector('#quota'); quota.value = 'requests_per_minute';
        quota.dispatchEvent(new Event('change')); }""")
    kinds = page.value("[...document.querySelectorAll('#pools .limit .detail')].map((one) => one.textContent)")
    assert kinds and all(kind.startswith("requests per minute") for kind in kinds)
    assert "filter=southeast-7+sonnet&quota=requests_per_minute" in page.value("location.search")
    page.open(url(demo, "/" + page.value("location.search")))
    page.wait(DRAWN)
    assert page.value("document.querySelectorAll('#pools tr').length") == len(places)
    page.value("""{ const filter = document.querySelector('#filter'); filter.value = 'no such pool';
        filter.dispatchEvent(new Event('input')); }""")
    assert page.value("document.querySelector('#empty').textContent") == "No pool fits the filter."
    assert_clean(page, demo)
    page.close()


@pytest.mark.slow
def test_application_profiles_are_there_by_name(browser, demo):
    page = browser.page().open(url(demo, "/?filter=customer-support-agent"))
    page.wait(DRAWN)
    assert page.value("[...document.querySelectorAll('#pools a.model')].map((one) => one.textContent)") == [
        "anthropic.claude-sonnet-4-6"]
    page.follow("#pools a.model")
    page.wait("location.pathname === '/pool' && " + DRAWN)
    names = page.value("[...document.querySelectorAll('#shares .id')].map((one) => one.innerText)")
    assert sorted(names) == ["customer-support-agent\nq7x2m9k4v1zd", "global.anthropic.claude-sonnet-4-6"]
    assert_clean(page, demo)
    page.close()


@pytest.mark.slow
def test_charts_are_walked_through_with_arrow_keys_and_have_tables(browser, demo):
    page = browser.page().open(url(demo, pool_path(demo)))
    page.wait(DRAWN)
    page.value("document.querySelector('#chart-tokens .plot').focus()")
    plot = "document.querySelector('#chart-tokens .plot')"
    last = int(page.value(f"{plot}.getAttribute('aria-valuenow')"))
    assert last == int(page.value(f"{plot}.getAttribute('aria-valuemax')"))
    page.key("ArrowLeft", virtual=37)
    page.key("ArrowLeft", virtual=37)
    assert int(page.value(f"{plot}.getAttribute('aria-valuenow')")) == last - 2
    spoken = page.value(f"{plot}.getAttribute('aria-valuetext')")
    assert re.search(r"Peak minute [\d,]+", spoken) and re.search(r"Quota [\d,]+", spoken)
    assert page.value("document.querySelector('#chart-tokens .tip').hidden") is False
    tips = page.value("""[...document.querySelectorAll('#charts .plot')].map((plot) => {
        plot.focus(); return plot.querySelector('.tip').innerText; })""")
    assert len(tips) >= 6 and not any("null" in tip for tip in tips), tips
    page.value("document.querySelector('#chart-tokens .plot').focus()")
    page.key("Home", virtual=36)
    assert page.value(f"{plot}.getAttribute('aria-valuenow')") == "0"
    page.value("document.querySelector('#chart-tokens summary').click()")
    page.wait("document.querySelectorAll('#chart-tokens tbody tr').length > 100")

    for name in ("1h", "7d", "1y"):
        page.value(f"[...document.querySelectorAll('#ranges button')].find((one) => one.textContent === '{name}').click()")
        page.wait(DRAWN)
        assert page.value("document.querySelectorAll('#charts .shape[d]').length") > 5, name
        assert f"range={name}" in page.value("location.search")
    # The store begins 15 days ago: most of the year is a gap, drawn as one, and no line crosses it.
    page.wait("document.querySelector('#chart-tokens .layer-gaps path').getAttribute('d')", "gaps that are drawn")
    page.wait("document.querySelectorAll('#report tbody tr').length > 10", "a report")
    assert page.value("document.querySelectorAll('#shares tbody tr').length") >= 1
    assert_clean(page, demo)
    page.close()


@pytest.mark.slow
def test_a_refresh_changes_nodes_in_place_and_keeps_the_focus(browser, demo):
    page = browser.page().open(url(demo))
    page.wait(DRAWN)
    page.value("""{ window.marked = document.querySelectorAll('#pools tr')[3]; window.scrollTo(0, 400);
        marked.querySelector('a').focus({ preventScroll: true });
        window.seen = performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/pools')).length; }""")
    page.wait("performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/pools')).length > seen")
    page.wait("document.querySelector('#fresh-text').textContent.startsWith('Updated 0 s ago')")
    assert page.value("marked.isConnected && marked.contains(document.activeElement)")
    # Not exactly where it was: the browser keeps what is in view, and an alert may have come above it.
    assert page.value("window.scrollY") > 0
    assert_clean(page, demo)
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("name, width, scheme", [("light", 1280, "light"), ("dark", 1280, "dark"), ("narrow", 360, "light")])
def test_pictures_to_look_at_fit_their_width_and_have_contrast(browser, demo, name, width, scheme):
    for kind, path in (("overview", "/"), ("pool", pool_path(demo))):
        page = browser.page(width=width, scheme=scheme).open(url(demo, path))
        page.wait(DRAWN)
        if kind == "pool":
            page.wait("document.querySelectorAll('#report tbody tr').length > 10", "a report")
        page.screenshot(PICTURES / f"{kind}-{name}.png")
        assert page.value("document.documentElement.scrollWidth") == width, f"{kind} scrolls sideways"
        assert page.value(CONTRAST) == [], f"{kind}: text of too little contrast"
        assert page.value(NAMELESS) == [], f"{kind}: what can be used has no name"
        assert_clean(page, demo)
        page.close()


#: Texts of less than 4.5 to 1 against what lies behind them (WCAG 2.2, 1.4.3); translucent backs are mixed.
CONTRAST = r"""(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (text) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const back = (node) => { const all = []; for (let n = node; n; n = n.parentElement) all.push(rgba(getComputedStyle(n).backgroundColor));
    return all.reverse().reduce((below, top) => over(top, below), [255, 255, 255]); };
  const poor = new Set();
  for (const node of document.querySelectorAll('body *')) {
    if (![...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim()) || !node.checkVisibility()) continue;
    if (node.closest('noscript, script, .skip')) continue;
    const style = getComputedStyle(node);
    const text = node.namespaceURI.endsWith('svg') ? style.fill : style.color;
    const behind = back(node), a = light(over(rgba(text), behind)), b = light(behind);
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) poor.add(`${node.tagName}.${node.className} ${node.textContent.slice(0, 20)} ${ratio.toFixed(2)}`);
  }
  return [...poor];
})()"""

#: What takes the focus or stands for a picture, and has no name that a screen reader could say; doubled ids.
NAMELESS = r"""(() => {
  const named = (n) => n.getAttribute('aria-label') || n.getAttribute('aria-labelledby') || n.textContent.trim()
    || n.labels?.length || n.getAttribute('alt') !== null;
  const nodes = [...document.querySelectorAll('a, button, input, select, summary, [tabindex], img, [role=img], [role=slider]')]
    .filter((n) => n.checkVisibility() && !named(n)).map((n) => n.outerHTML.slice(0, 80));
  const ids = [...document.querySelectorAll('[id]')].map((n) => n.id);
  return [...nodes, ...ids.filter((id, i) => ids.indexOf(id) !== i)];
})()"""


@pytest.mark.slow
def test_without_scripts_the_page_says_where_figures_are(browser, demo):
    page = browser.page(scripts=False)
    before = page.loads()
    page.open(url(demo))
    wait_for(lambda: browser.pump(0.1) or page.loads() > before, "the whole page")
    page.call("Emulation.setScriptExecutionDisabled", value=False)
    assert "bedrock-quota-exporter query" in page.value("document.querySelector('noscript').textContent")
    page.close()


def test_policy_and_size(demo):
    files = {path: demo.get(path) for path in ("/", "/pool")}
    todo = set()
    for answer in files.values():
        todo |= set(re.findall(r'(?:href|src)="(assets/[^"]+)"', answer.text))
    for name in sorted(todo):
        files[f"/{name}"] = demo.get(f"/{name}")
    # What scripts import is named in the pages as well, so that it is fetched at once.
    imports = {f"/assets/{name}" for answer in files.values() for name in re.findall(r'from "\./([^"]+)"', answer.text)}
    assert imports <= set(files)
    for path, answer in files.items():
        assert answer.status == 200, path
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = demo.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status, again.body) == (304, b"")
    total = sum(len(answer.body) for answer in files.values())
    print(f"all files of both pages: {total} bytes")
    assert total < BUDGET


def test_states_are_told_apart_in_words(browser, workshop):
    cloud = workshop.cloud()
    world.furnish(cloud.data, world.SINGAPORE)
    hostile = "<img/src=x/onerror=alert(1)>"
    put(cloud, f"global.{world.SONNET}", world.steady(3_400_000))
    put(cloud, f"global.{world.OPUS}", world.steady(100))
    put(cloud, hostile, world.steady(100))
    put(cloud, f"us.{world.HAIKU}", world.past(100, 120, 130))
    daemon = workshop.daemon(settings([world.SINGAPORE]), cloud).start().wait_until_ready()
    page = browser.page().open(url(daemon))
    page.wait(DRAWN)
    text = "document.querySelector('#pools').innerText"
    page.wait(f"{text}.includes('85.0 %')", "a critical utilization")
    assert page.value("document.querySelector('#pools tr').dataset.level") == "critical"
    page.wait(f"{text}.includes('Not permitted')", "a limit of 0")
    page.wait(f"{text}.includes('no traffic in this minute')", "an idle pool")
    page.wait("document.querySelector('#unmapped-list').textContent.includes('<img/src=x')", "the hostile model ID as text")
    assert page.value("document.querySelectorAll('main img').length") == 0
    assert_clean(page, daemon)

    daemon.stop()
    page.wait(f"{TROUBLE}.checkVisibility()", "a word on the exporter being away")
    assert "cannot be reached" in page.value(f"{TROUBLE}.textContent")
    assert page.value("document.body.dataset.fresh") == "bad"
    assert "85.0 %" in page.value(text), "the last figures stay"
    # Later they are no longer those of now, and say so.
    page.value("{ const now = Date.now; Date.now = () => now() + 1_200_000; }")
    page.wait("document.querySelector('#pools tr').dataset.level === 'old'", "figures that have aged")
    assert re.search(r"85\.0 %.*old.*of \d\d:\d\d, 2\d min old", page.value("document.querySelector('#pools tr').innerText"), re.DOTALL)
    assert page.value("document.querySelector('#tiles').innerText").count("unknown") >= 2, "no tile shows them either"
    page.close()


def test_figures_are_out_of_date_when_aws_is_dead(browser, workshop):
    cloud = workshop.cloud()
    world.furnish(cloud.data, world.SINGAPORE)
    put(cloud, f"global.{world.SONNET}", world.steady(3_400_000))
    clock = TurnedClock(workshop.folder)
    cloud.data.now = clock.now
    daemon = workshop.daemon(settings([world.SINGAPORE]), cloud, clock.variables).start().wait_until_ready()
    page = browser.page().open(url(daemon))
    page.wait("document.querySelector('#pools')?.innerText.includes('85.0 %')", "a figure of now")
    page.wait("document.body.dataset.fresh === 'good'")
    fault = cloud.fail(faults.denied(), operation="GetMetricData")
    # A poll that was under way when AWS died would end well, and after the turn of the clock.
    wait_for(lambda: fault.hits, "a request that fails")
    daemon.wait_for_metrics(
        lambda metrics: metrics.value("bedrock_exporter_up", account="test", region=world.SINGAPORE) == 0, "a poll that fails")
    clock.turn(1800)
    page.wait(f"{TROUBLE}.checkVisibility()", "a warning")
    assert re.fullmatch(
        r"The figures of ap-southeast-1 are out of date: last read at \d\d:\d\d, (29|30|31) min ago\.\n"
        r"Polling fails in ap-southeast-1 \(test\): .*AccessDenied.*",
        page.value(f"{TROUBLE}.textContent"))
    page.wait("document.querySelector('#pools').innerText.includes('Out of date')", "the pool")
    shown = page.value("document.querySelector('main').innerText")
    assert "85.0 %" not in shown.split("Pools by utilization")[1].split("peak")[0], "no old figure as one of now"
    assert "Failing, last good poll" in shown
    assert "data out of date" in page.value("document.querySelector('#fresh-text').textContent")

    page.follow("#pools a.model")
    page.wait("location.pathname === '/pool' && " + DRAWN)
    assert "are out of date" in page.value(f"{TROUBLE}.textContent")
    assert page.value("[...document.querySelectorAll('#quotas .ratio')].every((one) => one.textContent === 'Out of date')")
    assert_clean(page, daemon)
    page.close()


def test_a_pool_without_a_limit_and_thresholds_of_its_own(browser, demo):
    pools = demo.api("/api/v1/pools")
    one, other = pools["pools"][:2]
    for pool, ratio in ((one, None), (other, 0.5)):
        tokens = pool["quotas"][0]
        pool["quotas"] = [] if ratio is None else [{**tokens, "usage": ratio * tokens["limit"], "utilization_ratio": ratio}]
    other.update(warning=0.4, critical=0.9)
    pools["pools"] = [one, other]
    with Front(demo.address, documents={"/api/v1/pools": pools}) as front:
        page = browser.page().open(front.url)
        page.wait(DRAWN)
        levels = page.value("[...document.querySelectorAll('#pools tr')].map((row) => [row.dataset.level, row.innerText])")
        assert [level for level, _ in levels] == ["warning", "none"]
        assert "Limit unknown" in levels[1][1] and "Neither Service Quotas nor the configuration has a limit" in levels[1][1]
        assert page.value("document.querySelectorAll('#pools .bar')[1].dataset.known") == "no"
        tile = page.value("document.querySelectorAll('#tiles > div')[1].innerText")
        assert re.search(r"Near a limit\s+1\s+from 70 %, of 2 pools; 1 not known", tile)
        assert page.problems() == []
        page.close()


def put(cloud, model_id, minutes):
    """Input tokens of a model ID, and one request in each of the minutes."""
    cloud.data.put(world.SINGAPORE, model_id, "InputTokenCount", minutes)
    cloud.data.put(world.SINGAPORE, model_id, "Invocations", dict.fromkeys(minutes, 1))


def test_before_the_first_poll_it_says_so_and_asks_for_a_login(browser, workshop):
    cloud = workshop.cloud()
    fault = cloud.fail(faults.hanging(cloud.closing))
    web = {"basic_auth_users": {"scraper": secrets.PASSWORD_HASH}}
    daemon = workshop.daemon(settings([world.SINGAPORE], web=web), cloud).start()
    wait_for(lambda: fault.hits, "a poll that hangs")
    with Front(daemon.address, prefix="/quota") as front:
        page = browser.page(authorization=f"scraper:{secrets.PASSWORD}").open(front.url)
        page.wait(DRAWN)
        assert page.value("document.querySelector('#empty').textContent").startswith("Not polled yet")
        assert page.value("document.querySelectorAll('#regions [data-health=waiting]').length") == 1
        outside = [address for address in page.requests() if not address.startswith(front.url)]
        assert (outside, page.problems()) == ([], [])
        page.follow("#metrics-link")
        page.wait("document.body?.textContent.includes('bedrock_exporter_build_info')", "the metrics page")
        page.close()


POOLS = 200
PAGE = 50


def many(demo):
    """Documents of so many pools."""
    return many_pools.documents(demo, POOLS)


@pytest.mark.parametrize("path, name", [
    ("report", "these are 26 pools, and a report is made of 20 at most"), ("report?headroom=2", "headroom"),
    ("report?region=nowhere", "region"), ("latency?step=0m", "step"), ("latency?color=red", "color"),
    ("latency?start=tomorrow", "start"), ("usage?format=xml", "format"), ("usage?start=-365d&step=1m", "rows"),
])
def test_what_cannot_be_given_is_refused_in_words(demo, path, name):
    answer = demo.get(f"/api/v1/{path}")
    assert answer.status == 400 and answer.headers["content-type"].startswith("application/json")
    assert name in answer.json()["error"], answer.text


def test_two_hundred_pools_are_laid_out_as_often_as_twenty(browser, demo):
    layouts = {}
    for count in (20, 200):
        with Front(demo.address, documents=many_pools.documents(demo, count)) as front:
            page = browser.page()
            page.call("Performance.enable")
            page.open(front.url).wait(DRAWN)
            figures = {one["name"]: one["value"] for one in page.call("Performance.getMetrics")["metrics"]}
            layouts[count] = figures["LayoutCount"]
            assert page.value("document.querySelectorAll('#pools tr').length") == min(count, PAGE)
            page.close()
    # A frame more or less, but not one for each pool.
    assert layouts[200] < layouts[20] + 50, layouts


ROWS = "document.querySelectorAll('#pools tr').length"


def test_many_pools_come_in_parts_and_the_filter_finds_them_all(browser, demo):
    with Front(demo.address, documents=many(demo)) as front:
        page = browser.page().open(front.url)
        page.wait(DRAWN)
        assert page.value(ROWS) == PAGE
        assert page.value("document.querySelector('#count').textContent") == f"{POOLS} pools, the first {PAGE} shown"
        assert page.value("document.documentElement.scrollHeight") < 7000
        assert page.value("document.querySelector('#more-pools').textContent") == "Show 50 more"
        page.value("document.querySelector('#more-pools').click()")
        assert page.value(ROWS) == 2 * PAGE and "shown=100" in page.value("location.search")
        assert page.value("[...document.querySelectorAll('#pools tr')].indexOf(document.activeElement.closest('tr'))") == PAGE
        page.value("document.querySelector('#all-pools').click()")
        assert page.value(ROWS) == POOLS and page.value("document.querySelector('#more').hidden")
        page.value("""{ const filter = document.querySelector('#filter'); filter.value = 'number-199';
            filter.dispatchEvent(new Event('input')); }""")
        assert page.value(ROWS) == 1, "also what was not shown"
        assert page.value("document.querySelector('#count').textContent") == f"1 of {POOLS} pools"
        page.open(front.url + "?shown=150")
        page.wait(DRAWN)
        assert page.value(ROWS) == 150
        assert page.problems() == []
        page.screenshot(PICTURES / "many.png")
        page.close()


def test_without_credentials_the_cause_stands_above_everything_whole(browser, workshop):
    daemon = workshop.daemon(
        settings([world.SINGAPORE, world.JAKARTA]), workshop.cloud(), {"AWS_EC2_METADATA_DISABLED": "true"}, identity=None)
    daemon.start().wait_until_tried()
    failure = daemon.api("/api/v1/status")["regions"][0]["failure"]
    assert "no credentials" in failure
    for width, height in ((1280, 900), (390, 844)):
        page = browser.page(width=width, height=height).open(url(daemon))
        page.wait(DRAWN)
        page.wait(f"{TROUBLE}.checkVisibility()", "the cause")
        text = page.value(f"{TROUBLE}.innerText")
        assert text.endswith("Polling fails in ap-southeast-1 (test), ap-southeast-3 (test): "
                             + failure.replace(" in ap-southeast-1: ", ": ")), "whole, and once for all Regions"
        first = "[...document.querySelectorAll('main > *')].filter((one) => one.checkVisibility())[0].id"
        assert page.value(first) == "trouble"
        assert page.value(f"{TROUBLE}.scrollHeight <= {TROUBLE}.clientHeight"), "nothing of it is cut"
        page.screenshot(PICTURES / f"no-credentials-{width}.png")
        assert_clean(page, daemon)
        page.close()


def alert(pool, name, severity, state="firing", **more):
    """An alert of the pool as the interface tells it."""
    labels = {part: pool[part] for part in ("account", "region", "scope", "model")}
    return {"alert": name, "severity": severity, "state": state, "since": "2026-11-24T14:00:00Z", "fired_at": None,
            "included_in": None, "labels": labels | more.pop("labels", {}),
            "annotations": {"summary": f"{name} of {pool['model']}"}, **more}


def test_a_chip_tells_the_worst_of_a_pool_and_alerts_are_counted_once(browser, demo):
    pools = demo.api("/api/v1/pools")
    first = next(pool for pool in pools["pools"] if pool["quotas"])
    pools["pools"] = [{**first, "model": f"a.model-{index}"} for index in range(4)]
    pools["batch"] = []
    for index, pool in enumerate(pools["pools"]):
        tokens = {**pool["quotas"][0], "utilization_ratio": 0.4 - index / 10}
        pool["quotas"] = [tokens]
    throttled, warned, noted, calm = pools["pools"]
    quota = {"labels": {"quota": "tokens_per_minute"}}
    alerts = [alert(throttled, "BedrockQuotaCritical", "critical", **quota),
              alert(throttled, "BedrockQuotaWarning", "warning", included_in="BedrockQuotaCritical", **quota),
              alert(warned, "BedrockQuotaWarning", "warning", **quota), alert(noted, "BedrockQuotaChanged", "info"),
              alert(calm, "BedrockQuotaCritical", "critical", state="pending", **quota)]
    runbook = "https://git.example.com/runbooks/BedrockQuotaCritical.md"
    alerts[0]["annotations"]["runbook_url"] = runbook
    alerts[2]["annotations"]["runbook_url"] = "javascript:alert(1)"
    documents = {"/api/v1/pools": pools, "/api/v1/alerts": {"alerts": alerts}}
    with Front(demo.address, documents=documents) as front:
        page = browser.page().open(front.url)
        page.wait(DRAWN)
        chips = page.value("[...document.querySelectorAll('#pools .ratio-line .badge')].map((one) => one.textContent)")
        assert chips == ["critical", "warning", "info", ""]
        assert page.value(CONTRAST) == []
        tile = page.value("document.querySelectorAll('#tiles > div')[2].innerText")
        assert re.search(r"Alerts firing\s+3\s+1 critical, 1 warning, 1 info", tile)
        assert page.value("document.querySelector('#included-alerts').textContent") == (
            "1 warning is left out: a critical alert of the same fires.")
        links = page.value("[...document.querySelectorAll('#alert-list li')].map((one) => "
                           "[...one.querySelectorAll('.detail a:not([hidden])')].map((link) => link.href))")
        assert links == [[runbook], [], [], []]
        watch = subprocess.run([programs.exporter(), "watch", "--once", f"--web.url={front.url.rstrip('/')}"],
                               capture_output=True, text=True, timeout=60)
        assert watch.stdout.count(" alert ") == 3, "the same three"
        page.close()


def test_late_data_are_told_by_region(browser, demo):
    status = demo.api("/api/v1/status")
    late, punctual, unknown, *_ = status["regions"]
    late["delivery_lag_seconds"], punctual["delivery_lag_seconds"], unknown["delivery_lag_seconds"] = 905, 180, None
    with Front(demo.address, documents={"/api/v1/status": status}) as front:
        page = browser.page().open(front.url)
        page.wait(DRAWN)
        cards = page.value("[...document.querySelectorAll('#regions li')].map((one) => [one.dataset.health, one.innerText])")
        assert cards[0][0] == "stale" and "CloudWatch delivers late: 15 min" in cards[0][1]
        assert "delivery lag 3 min" in cards[1][1] and "delivers late" not in cards[1][1]
        assert "delivery lag" not in cards[2][1]
        tile = page.value("document.querySelector('#tiles > div:last-child').innerText")
        assert f"late data in {late['region']}" in tile
        assert page.problems() == []
        page.close()


def test_on_a_phone_alerts_are_folded_and_wide_tables_say_so(browser, demo):
    pools = demo.api("/api/v1/pools")["pools"]
    alerts = [alert(pool, "BedrockThrottling", "warning") for pool in pools[:9]]
    alerts += [alert(pools[0], "BedrockQuotaCritical", "critical")]
    with Front(demo.address, documents={"/api/v1/alerts": {"alerts": alerts}}) as front:
        page = browser.page(width=390, height=844).open(front.url)
        page.wait(DRAWN)
        assert page.value("document.querySelectorAll('#alert-list > li').length") == 1
        assert page.value("document.querySelector('#alert-list > li').dataset.severity") == "critical"
        assert page.value("document.querySelector('#more-alerts').open") is False
        assert page.value("document.querySelector('#more-alerts summary').textContent") == "9 more: 9 warning"
        assert page.value("document.querySelector('#tiles').getBoundingClientRect().top") < 422, "below half of the screen"
        assert page.value("document.documentElement.scrollWidth") == 390
        page.screenshot(PICTURES / "overview-phone.png")
        page.close()
    page = browser.page(width=390, height=844).open(url(demo, pool_path(demo)))
    page.wait(DRAWN)
    page.wait("document.querySelectorAll('#report tbody tr').length > 10", "a report")
    hint = "getComputedStyle(document.querySelector('#shares'), '::before').content"
    page.wait("document.querySelector('#shares').scrollWidth > document.querySelector('#shares').clientWidth")
    page.wait("document.querySelector('#shares').dataset.clipped === 'yes'", "a hint that there is more")
    assert "Scroll sideways" in page.value(hint)
    page.screenshot(PICTURES / "pool-phone.png")
    page.resize(1280, 900)
    page.wait("!document.querySelector('#shares').dataset.clipped", "no hint where there is room")
    assert page.value(hint) == "none"
    assert_clean(page, demo)
    page.close()


def requests(page, name="/api/v1/status"):
    """How often a document was asked for."""
    return sum(urlsplit(address).path == name for address in page.requests())


def test_a_hidden_tab_rests_and_catches_up_when_it_is_seen(browser, workshop):
    cloud = workshop.cloud()
    world.furnish(cloud.data, world.SINGAPORE)
    daemon = workshop.daemon(settings([world.SINGAPORE]), cloud).start().wait_until_ready()
    page = browser.page().open(url(daemon))
    page.wait(DRAWN)
    seen = requests(page)
    wait_for(lambda: page.value("1") and requests(page) > seen, "a refresh while it is seen")
    page.hide(True)
    browser.pump(1)
    seen = requests(page)
    # The page asks each five seconds at this exporter's pace.
    browser.pump(12)
    assert requests(page) == seen, "asked while nobody looks"
    # Without timers only a refresh at once can come.
    page.value("(window.setTimeout = () => 0, true)")
    page.hide(False)
    wait_for(lambda: page.value("1") and requests(page) > seen, "a refresh at once")
    assert_clean(page, daemon)
    page.close()


def test_nothing_moves_for_who_wants_no_motion(browser, demo):
    moving = "[...document.querySelectorAll('*')].filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0).length"
    for motion, moves in (("no-preference", True), ("reduce", False)):
        for path in ("/", pool_path(demo)):
            page = browser.page(motion=motion).open(url(demo, path))
            page.wait(DRAWN)
            assert (page.value(moving) > 0) == moves, (motion, path)
            assert page.value("document.getAnimations().length") == 0 or moves
            page.close()


#: What has the focus: a word for it, whether it can be seen, and whether its outline can.
FOCUS = """(() => {
  const one = document.activeElement, box = one.getBoundingClientRect();
  const style = getComputedStyle(one);
  return { name: one.id || one.className || one.textContent.trim().slice(0, 30), tag: one.tagName,
    isSeen: one.checkVisibility({ contentVisibilityAuto: true }) && box.bottom > 0 && box.top < innerHeight && box.width > 1,
    hasOutline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 };
})()"""


@pytest.mark.parametrize("kind", ["overview", "pool"])
def test_everything_is_reached_by_keyboard_alone(browser, demo, kind):
    page = browser.page().open(url(demo, "/" if kind == "overview" else pool_path(demo)))
    page.wait(DRAWN)
    if kind == "pool":
        page.wait("document.querySelectorAll('#report tbody tr').length > 10", "a report")
    # Figures that come meanwhile may bring an alert and its link.
    wanted = page.value("[...document.querySelectorAll('a, button, input, select, summary, [tabindex=\"0\"]')].filter((one) => one.checkVisibility()).length")
    stops = []
    for _ in range(wanted + 10):
        page.tab()
        stop = page.value(FOCUS)
        if stop["tag"] == "BODY" or (stops and stop["name"] == stops[0]):
            break
        assert stop["isSeen"] and stop["hasOutline"], stop
        stops.append(stop["name"])
    assert wanted - 5 <= len(stops) <= wanted + 5, (wanted, stops)
    assert "skip" in stops[0]
    if kind == "overview":
        page.open(url(demo))
        page.wait(DRAWN)
        page.tab()
        page.key("Enter", virtual=13, text="\r")
        assert page.value("document.activeElement.id") == "pools-heading"
        for wanted in ("filter", "quota", "sort"):
            page.tab()
            assert page.value("document.activeElement.id") == wanted
        page.tab()
        page.key("Enter", virtual=13, text="\r")
        page.wait("location.pathname === '/pool' && " + DRAWN)
    assert_clean(page, demo)
    page.close()


#: Roles that mean something only with a name.
NAMED = {"link", "button", "textbox", "searchbox", "combobox", "slider", "img", "image", "row", "rowheader", "columnheader", "table",
         "heading", "region", "navigation", "search", "DisclosureTriangle"}


def test_a_screen_reader_is_told_what_is_there(browser, demo):
    page = browser.page().open(url(demo))
    page.wait(DRAWN)
    nodes = page.accessibility()
    roles = [role for role, _, _ in nodes]
    assert {"banner", "main", "contentinfo", "search", "table"} <= set(roles)
    pools = page.value("document.querySelectorAll('#pools tr').length")
    assert roles.count("columnheader") == 7 and roles.count("rowheader") == pools
    assert roles.count("row") == pools + 1, "rows out of sight are told as well"
    headings = [name for role, name, _ in nodes if role == "heading"]
    assert {"Bedrock quotas", "Alerts", "Pools by utilization", "Regions"} <= set(headings)
    assert ("searchbox", "Filter all pools by account, Region, scope, model, model ID, profile") in {(role, name) for role, name, _ in nodes}
    assert {name for role, name, _ in nodes if role == "combobox"} == {"Quota", "Sort by"}
    assert any(re.match(r"tokens per (minute|day) over 24 hours: highest minute [\d.,]+ %", name) for _, name, _ in nodes)
    assert_named(nodes)

    page.open(url(demo, pool_path(demo)))
    page.wait(DRAWN)
    page.wait("document.querySelectorAll('#report tbody tr').length > 10", "a report")
    nodes = page.accessibility()
    sliders = [name for role, name, _ in nodes if role == "slider"]
    assert len(sliders) >= 6 and all(name.endswith(": arrow keys move through time") for name in sliders)
    pressed = page.value("[...document.querySelectorAll('#ranges button')].map((one) => one.getAttribute('aria-pressed'))")
    assert pressed.count("true") == 1
    assert_named(nodes)
    page.close()


def assert_named(nodes):
    nameless = [role for role, name, is_focusable in nodes
                if not name.strip() and (role in NAMED - {"row"} or (is_focusable and role not in ("RootWebArea", "Iframe")))]
    assert nameless == []


def test_the_policy_stops_what_a_page_must_not_do(browser, demo):
    page = browser.page().open(url(demo))
    page.wait(DRAWN)
    page.value("""{ window.stopped = []; document.addEventListener('securitypolicyviolation', (event) => stopped.push(event.effectiveDirective));
        const inline = document.createElement('script'); inline.textContent = 'window.hasRun = true'; document.head.append(inline);
        document.body.append(Object.assign(document.createElement('img'), { src: 'http://127.0.0.1:1/elsewhere.png' }));
        fetch('http://127.0.0.1:1/elsewhere').catch(() => {}); document.body.setAttribute('style', 'color: red'); }""")
    page.wait("stopped.length >= 4")
    assert set(page.value("stopped")) == {"script-src-elem", "img-src", "connect-src", "style-src-attr"}
    assert page.value("window.hasRun === undefined")
    page.close()
