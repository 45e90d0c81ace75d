"""A fleet of 14 accounts with five Regions and 1,050 pools (make bench has 10,000): documents that are ordered and cut, the page, metrics in parts."""

import random
import time
from contextlib import contextmanager

import pytest
import yaml

from support import programs
from support.browser import Browser
from support.exposition import Page
from support.many_accounts import ManyAccounts
from support.prometheus import prometheus
from support.waiting import wait_for
from test_page import CONTRAST, DRAWN, NAMELESS, PICTURES

ACCOUNTS, REGIONS, MODELS = 14, 5, 15
PARTS = programs.ROOT / "deploy" / "prometheus" / "scrape-parts.yml"
START_SECONDS = 240


@contextmanager
def running(workshop, accounts, regions, models, **web):
    """A daemon that has polled all of them."""
    aws = ManyAccounts(accounts, regions, models)
    keys = workshop.folder / f"credentials-{accounts}"
    keys.write_text(aws.fleet.credentials())
    daemon = workshop.daemon(
        {**aws.settings, "web": web}, None, {"AWS_SHARED_CREDENTIALS_FILE": str(keys)}, identity=None, flags=("--log.level=info",))
    try:
        daemon.start().wait_until_ready(START_SECONDS)
        wait_for(lambda: daemon.api("/api/v1/fleet?limit=0")["total"]["pools_known"] > aws.pools * 0.99,
                 lambda: daemon.log()[-2000:], START_SECONDS)
        yield daemon, aws
    finally:
        daemon.kill()
        aws.close()


@pytest.fixture(scope="module")
def fleet(module_workshop):
    """The daemon and its AWS."""
    with running(module_workshop, ACCOUNTS, REGIONS, MODELS) as both:
        yield both


@pytest.fixture(scope="module")
def browser():
    """One for all tests of the file."""
    browser = Browser()
    yield browser
    browser.close()


def key(pool):
    """What a pool is."""
    return pool["account"], pool["region"], pool["scope"], pool["model"]


def ratio(pool):
    """The highest of a pool's quotas, None where none is known."""
    return max((quota["utilization_ratio"] for quota in pool["quotas"] if quota["utilization_ratio"] is not None), default=None)


@pytest.mark.slow
def test_pages_of_pools_are_those_of_the_whole_document(fleet):
    daemon, aws = fleet
    whole = daemon.api("/api/v1/pools")
    assert whole["total"] == whole["matched"] == len(whole["pools"]) == aws.pools
    by_key = {key(pool): pool for pool in whole["pools"]}
    ratios = sorted((ratio(pool) for pool in whole["pools"] if ratio(pool) is not None), reverse=True)
    assert ratios[:10] == aws.highest(10)
    top = daemon.api("/api/v1/pools?sort=ratio&limit=25")
    assert [ratio(pool) for pool in top["pools"]] == ratios[:25]
    pick = random.Random(1)
    for _ in range(5):
        offset = pick.randrange(len(ratios) - 50)
        page = daemon.api(f"/api/v1/pools?sort=ratio&limit=50&offset={offset}")
        assert [ratio(pool) for pool in page["pools"]] == ratios[offset:offset + 50]
        assert (page["matched"], page["total"]) == (aws.pools, aws.pools)
        for pool in page["pools"]:
            assert set(pool) == set(by_key[key(pool)])
    found = daemon.api("/api/v1/pools?search=SOAK-7+model-4+southeast-3&sort=model&limit=1000")
    expected = [one for one in by_key if "soak-7" in one[0] and "model-4" in one[3] and one[1] == "ap-southeast-3"]
    assert [key(pool) for pool in found["pools"]] == sorted(expected, key=lambda one: one[3])
    one = daemon.api("/api/v1/pools?account=soak-3&account=soak-5&region=ap-east-2")
    assert {(pool["account"], pool["region"]) for pool in one["pools"]} == {("soak-3", "ap-east-2"), ("soak-5", "ap-east-2")}
    assert one["matched"] == 2 * MODELS


@pytest.mark.slow
def test_totals_of_accounts_are_sums_of_their_pools(fleet):
    daemon, aws = fleet
    pools = daemon.api("/api/v1/pools")["pools"]
    document = daemon.api("/api/v1/fleet?sort=account&limit=1000")
    assert document["accounts_total"] == len(document["accounts"]) == ACCOUNTS
    for account in document["accounts"]:
        own = [pool for pool in pools if pool["account"] == account["account"]]
        assert account["pools"] == len(own) and account["regions"] == REGIONS
        known = [pool for pool in own if ratio(pool) is not None]
        assert account["pools_known"] == len(known)
        assert account["pools_near"] == sum(ratio(pool) >= pool["warning"] for pool in known)
        assert account["highest"]["utilization_ratio"] == max(ratio(pool) for pool in known)
    assert document["total"]["pools"] == aws.pools and document["failing"] == []
    assert [one["utilization_ratio"] for one in document["nearest"]] == aws.highest(10)


@pytest.mark.slow
def test_documents_of_the_page_stay_small_and_quick(fleet):
    daemon, _ = fleet
    paths = ("fleet?limit=50", "pools?sort=ratio&limit=50", "pools?search=soak-1+global&sort=model&limit=50", "status?limit=0", "alerts?limit=50")
    for path in paths:
        begun = time.monotonic()
        answer = daemon.get(f"/api/v1/{path}")
        print(f"{path}: {len(answer.body)} bytes after {1000 * (time.monotonic() - begun):.0f} ms")
        assert answer.status == 200 and len(answer.body) < 150_000, path


# The page


ROWS = "[...document.querySelectorAll('#fleet-pools-rows tr')]"
NAMES = ROWS + ".map((row) => row.querySelector('.model').textContent)"
COUNT = "document.querySelector('#fleet-pools .count').textContent"


def click(page, selector):
    """As a pointer does."""
    page.value(f"document.querySelector({selector!r}).click()")


@pytest.mark.slow
def test_a_fleet_is_searched_ordered_and_paged(browser, fleet):
    daemon, aws = fleet
    begun = time.monotonic()
    page = browser.page().open(f"http://{daemon.address}/")
    page.wait(DRAWN)
    print(f"drawn after {1000 * (time.monotonic() - begun):.0f} ms")
    assert page.value("document.querySelector('#few-pools').hidden") is True
    assert page.value("document.querySelectorAll('.nearest li').length") == 10
    assert page.value(ROWS + ".length") == 50
    assert page.value(COUNT) == f"{aws.pools:,} pools, 1 to 50 shown"
    assert page.value("document.querySelector('#accounts .count').textContent") == f"{ACCOUNTS} accounts, 1 to 10 shown"
    first = page.value(NAMES)
    # The next page, with the focus where it was.
    page.value("document.querySelectorAll('#fleet-pools .pages button')[1].focus()")
    click(page, "#fleet-pools .pages button:last-child")
    page.wait(COUNT + f" === '{aws.pools:,} pools, 51 to 100 shown'")
    assert "page=2" in page.value("location.search")
    assert page.value("document.activeElement.textContent") == "Next"
    # An order by name, up and down.
    click(page, "#fleet-pools thead th:first-child button")
    page.wait("document.querySelector('#fleet-pools thead th').getAttribute('aria-sort') === 'ascending'")
    assert page.value(NAMES) == sorted(page.value(NAMES)) != first
    click(page, "#fleet-pools thead th:first-child button")
    page.wait("document.querySelector('#fleet-pools thead th').getAttribute('aria-sort') === 'descending'")
    assert "order=desc" in page.value("location.search") and "page=" not in page.value("location.search")
    # A search by keyboard.
    page.value("document.body.focus()")
    page.key("/", text="/")
    assert page.value("document.activeElement.id") == "fleet-pools-search"
    page.type("soak-12 model-1 east-2")
    page.wait(ROWS + ".length === 6")
    assert page.value(COUNT) == f"6 of {aws.pools:,} pools"
    assert page.value("document.activeElement.id") == "fleet-pools-search"
    shared = page.value("location.search")
    page.open(f"http://{daemon.address}/{shared}").wait(DRAWN)
    assert page.value(COUNT) == f"6 of {aws.pools:,} pools", "the address tells all"
    page.type("x")
    page.value("""{ const field = document.querySelector('#fleet-pools-search'); field.value = '<b>nothing';
        field.dispatchEvent(new Event('input')); }""")
    page.wait("!document.querySelector('#fleet-pools > .notice').hidden")
    assert page.value("document.querySelector('#fleet-pools > .notice').textContent") == "None of the pools fits."
    assert page.problems() == []
    page.close()


@pytest.mark.slow
def test_an_account_is_chosen_and_left_again(browser, fleet):
    daemon, aws = fleet
    page = browser.page().open(f"http://{daemon.address}/?accounts=soak-13")
    page.wait(DRAWN)
    assert page.value("document.querySelector('#accounts .count').textContent") == f"1 of {ACCOUNTS} accounts"
    assert page.value("document.querySelector('#regions').parentElement.hidden") is True
    click(page, "#accounts-rows .who a")
    page.wait(COUNT + f" === '{REGIONS * MODELS} of {aws.pools:,} pools, 1 to 50 shown'")
    assert page.value(f"new Set({ROWS}.map((row) => row.querySelector('.account').textContent)).size") == 1
    assert page.value("document.querySelectorAll('#regions > li').length") == REGIONS
    assert "account=soak-13" in page.value("location.search")
    page.value("history.back()")
    page.wait(COUNT + f" === '{aws.pools:,} pools, 1 to 50 shown'")
    page.open(f"http://{daemon.address}/?account=soak-13&page=99").wait(DRAWN)
    page.wait(COUNT + f" === '{REGIONS * MODELS} of {aws.pools:,} pools, 51 to 75 shown'", "a page behind the last is the last")
    click(page, ".chosen button")
    page.wait(COUNT + f" === '{aws.pools:,} pools, 1 to 50 shown'")
    assert page.problems() == []
    page.close()


@pytest.mark.slow
@pytest.mark.parametrize("name, width, scheme", [("light", 1280, "light"), ("dark", 1280, "dark"), ("narrow", 390, "light")])
def test_pictures_of_a_fleet_fit_their_width_and_have_contrast(browser, fleet, name, width, scheme):
    daemon, _ = fleet
    page = browser.page(width=width, scheme=scheme).open(f"http://{daemon.address}/")
    page.wait(DRAWN)
    page.screenshot(PICTURES / f"fleet-{name}.png")
    assert page.value("document.documentElement.scrollWidth") == width
    assert page.value(CONTRAST) == []
    assert page.value(NAMELESS) == []
    page.close()


@pytest.mark.slow
def test_a_refresh_keeps_rows_focus_and_place(browser, fleet):
    daemon, _ = fleet
    page = browser.page().open(f"http://{daemon.address}/")
    page.wait(DRAWN)
    page.value("""{ window.kept = document.querySelector('#fleet-pools-rows tr'); kept.querySelector('a').focus();
        scrollTo(0, 700); window.before = scrollY; document.body.dataset.drawn = 'no'; }""")
    page.hide(True)
    page.hide(False)
    page.value("document.querySelector('#fleet-quota').dispatchEvent(new Event('change'))")
    page.wait(DRAWN)
    assert page.value("kept.isConnected && document.activeElement === kept.querySelector('a')")
    assert page.value("Math.abs(scrollY - before)") <= 1
    page.close()


# Metrics in parts


def series(page):
    """Names with labels of everything on a page."""
    return {line.rsplit(" ", 1)[0] for line in page.splitlines() if line and not line.startswith("#")}


def test_parts_are_the_page(workshop):
    with running(workshop, 3, 2, 4) as (daemon, aws):
        # Nothing is polled between the answers that are compared.
        names = [f"account={name}" for name in aws.fleet.account_names] + ["self=true"]
        parts = [series(daemon.get(f"/metrics?{name}").text) for name in names]
        whole = series(daemon.get("/metrics").text)
        assert set.union(*parts) == whole and sum(map(len, parts)) == len(whole)
        regions = [series(daemon.get(f"/metrics?region={name}").text) for name in aws.fleet.region_names]
        assert set.union(*regions, parts[-1]) == whole
        for path, status, words in (("account=nobody", 404, 'account: "nobody" is not polled'), ("region=mars-1", 404, "region: "),
                                    ("acount=a", 400, "is no parameter"), ("self=1", 400, "allowed: true")):
            answer = daemon.get(f"/metrics?{path}")
            assert answer.status == status and words in answer.text, answer.text
        part = daemon.get("/metrics?account=soak-1", headers={"Accept": "application/openmetrics-text;version=1.0.0"})
        assert part.headers["content-type"].startswith("application/openmetrics-text") and part.text.endswith("# EOF\n")


def test_prometheus_scrapes_parts_and_has_each_series_once(workshop, tmp_path):
    with running(workshop, 3, 2, 4) as (daemon, aws):
        scrape, = yaml.safe_load(PARTS.read_text())["scrape_configs"]
        host, port = daemon.host_and_port
        labels = [{"__param_self": "true"}] + [{"__param_account": name} for name in aws.fleet.account_names]
        assert [set(one["labels"]) for one in scrape["static_configs"][:2]] == [{"__param_self"}, {"__param_account"}]
        scrape["static_configs"] = [{"targets": [f"{host}:{port}"], "labels": one} for one in labels]
        # Also how long a scrape may take.
        scrape["scrape_interval"] = "5s"
        with prometheus(tmp_path / "prometheus", {"global": {"scrape_interval": "5s"}, "scrape_configs": [scrape]}) as server:
            def all_up():
                return len(server.targets()) == len(labels) and all(target["health"] == "up" for target in server.targets())

            wait_for(all_up, lambda: server.targets())

            def scraped():
                found = [one["metric"].items() for one in server.query('{__name__=~"(bedrock|process)_.+"}')]
                return [tuple(sorted(item for item in items if item[0] not in ("job", "instance", "part"))) for items in found]

            def whole():
                return {tuple(sorted((("__name__", name), *(label for label in labels if label[1])))) for name, labels in Page(daemon.get("/metrics").text).samples}

            # A series that begins at this moment is scraped later.
            wait_for(lambda: set(scraped()) == whole(), lambda: set(scraped()) ^ whole())
            names = scraped()
            assert len(set(names)) == len(names) > 300, "a series of two targets"
            assert len(server.query("up")) == len(labels) and all(one["value"][1] == "1" for one in server.query("up"))
            # As the alert of failing polls compares a Region with its exporter, which is another target.
            joined = server.query("bedrock_exporter_up * on (job, instance) group_left bedrock_exporter_poll_interval_seconds")
            assert len(joined) == 6
            dropped = server.query("scrape_samples_scraped - scrape_samples_post_metric_relabeling")
            assert all(one["value"][1] == "0" for one in dropped)


def test_limited_to_quotas_the_page_has_no_counters_by_model_id(workshop):
    with running(workshop, 2, 1, 4, metrics="quotas") as (daemon, _):
        text = daemon.get("/metrics").text
        assert "bedrock_quota_usage{" in text and "bedrock_quota_tokens_total{" in text and "process_cpu_seconds_total" in text
        assert "bedrock_newest_datapoint_timestamp_seconds{" in text
        assert "model_id=" not in text and "bedrock_mantle_" not in text
        assert "model_id=" not in daemon.get("/metrics?account=soak-0").text
