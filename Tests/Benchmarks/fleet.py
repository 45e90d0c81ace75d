"""Measures a fleet of 10,000 pools: the documents of its page, /metrics whole and in parts, and how long Chromium takes to draw it.

usage: fleet.py BINARY

Writes .build/bench/fleet.json. Times are those of whole answers over new connections, one after the other.
"""

import statistics
import sys
import tempfile
import time

from measuring import daemon, series_of, stub_aws, wait_until, write_results
from stub_aws import FIVE_METRICS
from support.browser import Browser

MODEL_IDS = 500
REGIONS = [f"{area}-{direction}-{number}" for area in ("us", "eu") for direction in ("east", "west") for number in range(1, 6)]
REPEATS = 15
PATHS = {
    "all pools": "/api/v1/pools",
    "50 pools by utilization": "/api/v1/pools?sort=ratio&limit=50",
    "50 pools by model, from 5,000 on": "/api/v1/pools?sort=model&limit=50&offset=5000",
    "50 pools of a search": "/api/v1/pools?search=west-2+bench-77&sort=ratio&limit=50",
    "totals of accounts": "/api/v1/fleet?limit=50",
    "status without Regions": "/api/v1/status?limit=0",
    "metrics": "/metrics",
    "metrics of one Region": "/metrics?region=eu-west-2",
    "metrics of the exporter itself": "/metrics?self=true",
}
OBSERVER = """new MutationObserver(() => {
    if (document.body?.dataset.drawn === 'whole' && !window.drawnAt) requestAnimationFrame(() => { window.drawnAt = performance.now(); });
}).observe(document, { subtree: true, childList: true, attributes: true });"""


def timed(at_work, path):
    """Median and longest of whole answers, in milliseconds, and what they hold."""
    times = []
    for _ in range(REPEATS):
        begun = time.monotonic()
        status, body, _ = at_work.get(path)
        times.append(1000 * (time.monotonic() - begun))
        if status != 200:
            sys.exit(f"{path}: status {status}")
    return {"median_ms": statistics.median(times), "highest_ms": max(times), "bytes": len(body)}


def drawn(browser, url):
    page = browser.page()
    page.call("Page.addScriptToEvaluateOnNewDocument", source=OBSERVER)
    at = page.open(url).wait("window.drawnAt")
    page.close()
    return at


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with stub_aws(MODEL_IDS, metrics=FIVE_METRICS) as stub, tempfile.TemporaryDirectory() as folder:
        with daemon(sys.argv[1], stub, folder, regions=REGIONS) as at_work:
            def is_known():
                return at_work.page().count(b"bedrock_quota_usage{") >= 2 * MODEL_IDS * len(REGIONS)

            wait_until(is_known, 300, "every pool is known")
            rows = {name: timed(at_work, path) for name, path in PATHS.items()}
            series = series_of(at_work.page())
            browser = Browser()
            try:
                page_ms = statistics.median(drawn(browser, f"http://127.0.0.1:{at_work.port}/") for _ in range(7))
            finally:
                browser.close()
    pools = MODEL_IDS * len(REGIONS)
    for name, row in rows.items():
        print(f"{pools} pools, {name}: {row['median_ms']:.1f} ms, at most {row['highest_ms']:.1f} ms, {row['bytes']:,} bytes")
    print(f"{pools} pools, {series} series, the page drawn after {page_ms:.0f} ms")
    write_results("fleet", {"pools": pools, "series": series, "documents": rows, "page_drawn_ms": page_ms})


if __name__ == "__main__":
    main()
