"""Measures how long Chromium takes to draw the overview of 200 pools: in all, and in script, style and layout.

usage: pages.py BINARY

Writes .build/bench/pages.json. The proxy that serves the made documents is included in the time.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "EndToEnd"))

from measuring import write_results  # noqa: E402
from support import configuration, many_pools  # noqa: E402
from support.browser import Browser  # noqa: E402
from support.daemon import Daemon  # noqa: E402
from support.front import Front  # noqa: E402

POOLS = 200
LOADS = 7
OBSERVER = """new MutationObserver(() => {
    if (document.body?.dataset.drawn === 'whole' && !window.drawnAt) requestAnimationFrame(() => { window.drawnAt = performance.now(); });
}).observe(document, { subtree: true, childList: true, attributes: true });"""
WORK = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")


def load(browser, url):
    """One load with an empty cache."""
    page = browser.page()
    page.call("Performance.enable")
    page.call("Page.addScriptToEvaluateOnNewDocument", source=OBSERVER)
    drawn = page.open(url).wait("window.drawnAt")
    figures = {one["name"]: one["value"] for one in page.call("Performance.getMetrics")["metrics"]}
    page.close()
    return {"drawn_ms": drawn, "work_ms": 1000 * sum(figures[name] for name in WORK)}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.environ["BQE_BIN_DIR"] = str(Path(sys.argv[1]).parent)
    with tempfile.TemporaryDirectory() as folder:
        environment = configuration.environment(Path(folder)) | {"TMPDIR": folder}
        demo = Daemon(Path(folder), None, environment, command=("demo",))
        browser = Browser()
        try:
            demo.start().wait_until_ready()
            with Front(demo.address, documents=many_pools.documents(demo, POOLS)) as front:
                loads = [load(browser, front.url) for _ in range(LOADS)]
        finally:
            browser.close()
            demo.stop()
    row = {"pools": POOLS} | {key: statistics.median(one[key] for one in loads) for key in loads[0]}
    print(f"{POOLS} pools drawn after {row['drawn_ms']:.0f} ms, of which script, style and layout {row['work_ms']:.0f} ms")
    write_results("pages", row)


if __name__ == "__main__":
    main()
