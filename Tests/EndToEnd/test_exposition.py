"""The metrics page in both formats, before and after the first poll, for promtool and for a real Prometheus."""

import sqlite3
import subprocess
import time

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from support import configuration, programs, world
from support.daemon import TEXT_FORMAT
from support.exposition import Page
from support.fake_aws import faults
from support.waiting import allow, wait_for
from support.web import fetch, free_port

OPENMETRICS_FORMAT = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROMETHEUS_2_ACCEPT = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
POLLING = configuration.default_reading(configuration.POLLING)
#: Odd, and quoted on the page.
ODD_MODEL = 'quote"backslash\\brace},comma'


@pytest.fixture(scope="module")
def before(module_workshop):
    """A daemon whose first poll never ends."""
    cloud = module_workshop.cloud()
    cloud.fail(faults.hanging(cloud.closing))
    return module_workshop.daemon(configuration.settings([world.SINGAPORE, world.JAKARTA], POLLING), cloud).start()


@pytest.fixture(scope="module")
def after(module_workshop):
    """A daemon with data."""
    cloud = module_workshop.cloud()
    for region in (world.SINGAPORE, world.JAKARTA):
        world.furnish(cloud.data, region)
        for model in (f"global.{world.SONNET}", f"us.{world.HAIKU}", ODD_MODEL):
            for metric in ("Invocations", "InputTokenCount", "OutputTokenCount", "InvocationLatency"):
                cloud.data.put(region, model, metric, world.steady(100))
    daemon = module_workshop.daemon(configuration.settings([world.SINGAPORE, world.JAKARTA], POLLING), cloud).start()
    daemon.wait_for_metrics(lambda page: len(page.matching("bedrock_quota_usage")) >= 6, "usage of both Regions")
    return daemon


@pytest.fixture(params=["before", "after"])
def daemon(request):
    """One after the other."""
    return request.getfixturevalue(request.param)


def openmetrics(daemon):
    """The page in OpenMetrics."""
    return daemon.get("/metrics", headers={"Accept": OPENMETRICS_FORMAT}).text


def test_promtool_has_nothing_to_say(daemon):
    checked = subprocess.run(
        [programs.required("promtool"), "check", "metrics"], input=daemon.get("/metrics").body, capture_output=True,
        timeout=60)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_families_are_whole_and_series_unique(daemon):
    page = daemon.metrics()
    assert page.value("bedrock_exporter_up", account="test", region=world.SINGAPORE) is not None
    assert page.only("process_start_time_seconds") > 0
    assert page.only("bedrock_exporter_build_info") == 1


def test_before_the_first_poll_nothing_is_claimed(before):
    page = before.metrics()
    assert set(page.matching("bedrock_exporter_up").values()) == {0}
    assert not [name for name, _ in page.samples if name.startswith("bedrock_quota")]


def test_openmetrics_is_understood_and_says_the_same(daemon):
    # A poll may come between two requests: then they are made again.
    def same_page():
        first = openmetrics(daemon)
        text = daemon.get("/metrics").text
        return (first, text) if openmetrics(daemon) == first else None

    strict, text = wait_for(same_page, "two equal pages in a row")
    assert strict.endswith("# EOF\n")
    samples = {}
    for family in text_string_to_metric_families(strict):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in samples, f"twice the same series: {key}"
            samples[key] = sample.value
    assert samples == Page(text).samples


@pytest.mark.parametrize(("accept", "expected"), [
    (None, TEXT_FORMAT),
    ("*/*", TEXT_FORMAT),
    ("text/plain", TEXT_FORMAT),
    ("text/plain;version=0.0.4", TEXT_FORMAT),
    ("application/json", TEXT_FORMAT),
    ("application/openmetrics-text", OPENMETRICS_FORMAT),
    ("application/openmetrics-text;version=1.0.0;q=0.2,text/plain;q=0.9", TEXT_FORMAT),
    ("application/openmetrics-text;version=2.0.0", TEXT_FORMAT),
    (PROMETHEUS_2_ACCEPT, OPENMETRICS_FORMAT),
])
def test_the_format_is_the_one_that_is_asked_for(after, accept, expected):
    response = after.get("/metrics", headers={"Accept": accept} if accept else {})
    assert response.headers["content-type"] == expected
    assert response.text.endswith("# EOF\n") == (expected == OPENMETRICS_FORMAT)


def test_head_has_the_same_headers_and_no_body(after):
    response = after.get("/metrics", "HEAD")
    assert (response.status, response.body) == (200, b"")
    assert response.headers["content-type"] == TEXT_FORMAT
    assert int(response.headers["content-length"]) > 1000


def test_invariant_7_a_scrape_waits_neither_for_aws_nor_for_the_store(workshop):
    cloud = workshop.cloud()
    cloud.data.put(world.SINGAPORE, world.SONNET, "Invocations", world.steady(1))
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE], POLLING), cloud).start()
    daemon.wait_for_metrics(lambda page: page.matching("bedrock_invocations_total"), "a counter")
    with sqlite3.connect(daemon.store, timeout=60) as database:
        database.execute("BEGIN EXCLUSIVE")
        cloud.fail(faults.hanging(cloud.closing))
        started = time.monotonic()
        for _ in range(100):
            assert daemon.metrics().matching("bedrock_invocations_total")
        # Each that waited for the store would take the seconds of its busy timeout.
        assert time.monotonic() - started < allow(60)
        database.rollback()


def test_an_odd_model_id_survives(after):
    page = after.metrics()
    labels = {"account": "test", "region": world.SINGAPORE, "model_id": ODD_MODEL}
    assert page.value("bedrock_invocations_total", **labels) >= 100
    families = {family.name: family for family in text_string_to_metric_families(openmetrics(after))}
    assert ODD_MODEL in {sample.labels["model_id"] for sample in families["bedrock_invocations"].samples}


def test_a_real_prometheus_scrapes_it(after, tmp_path):
    file = tmp_path / "prometheus.yml"
    file.write_text(
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
        "scrape_configs:\n- job_name: bedrock\n  honor_labels: true\n"
        f"  static_configs: [{{targets: ['{after.address}']}}]\n")
    url = f"http://127.0.0.1:{(port := free_port())}"
    with open(tmp_path / "prometheus.log", "wb") as log:
        process = subprocess.Popen(
            [programs.required("prometheus"), f"--config.file={file}", f"--storage.tsdb.path={tmp_path / 'tsdb'}",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log, cwd=tmp_path)

    def answer(path):
        assert process.poll() is None, (tmp_path / "prometheus.log").read_text()[-2000:]
        try:
            response = fetch(url + path)
        except ConnectionError:
            return None
        return response.json()["data"] if response.status == 200 else None

    def target_is_up():
        targets = (answer("/api/v1/targets") or {}).get("activeTargets", [])
        return targets and targets[0]["health"] == "up" and targets[0]

    try:
        assert wait_for(target_is_up, "a target that is up")["lastError"] == ""
        query = "bedrock_quota_utilization_ratio%7Bscope%3D%22global%22%7D"
        found = wait_for(lambda: (answer(f"/api/v1/query?query={query}") or {}).get("result"), "a query's answer")
        expected = after.metrics().matching("bedrock_quota_utilization_ratio", scope="global")
        assert {entry["metric"]["region"]: float(entry["value"][1]) for entry in found if
                entry["metric"]["quota"] == "tokens_per_minute"} == {
            dict(key)["region"]: value for key, value in expected.items() if
            dict(key)["quota"] == "tokens_per_minute"}
    finally:
        process.kill()
        process.wait(timeout=60)
