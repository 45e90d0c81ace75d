"""Takes the pictures of README.md and dashboards/README.md anew: take.py PROGRAM

Of the program's own page, over `demo`, once it has read the demonstration's past; in Chromium, without a window.
"""

import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "Tests/EndToEnd"))

from support.browser import Browser  # noqa: E402
from support.waiting import wait_for  # noqa: E402
from support.web import fetch, free_port  # noqa: E402

#: In which the past is read, the first alerts fire, and a burst may begin.
SETTLING_SECONDS = 120
DRAWN = "document.body?.dataset.drawn === 'whole'"
#: A pool that throttles each hour.
POOL = {"account": "111122223333", "region": "ap-southeast-7", "scope": "global", "model": "anthropic.claude-haiku-4-5-20251001-v1:0",
        "range": "6h"}
WIDTH, HEIGHT, SCALE = 1280, 940, 1.5
#: Path of the page, what has to be there before the picture is taken, and the element at its top.
PICTURES = {
    "overview": ("/", "document.querySelectorAll('#pools tr').length > 10", "body"),
    "pool": (f"/pool?{urlencode(POOL)}", "document.querySelectorAll('#throttles tbody tr').length > 1", "#charts-heading"),
}


def ready(address):
    """Whether every Region was polled."""
    try:
        return fetch(f"{address}/-/ready").status == 200
    except ConnectionRefusedError:
        return False


def main(program):
    """Starts the demo, takes the pictures, ends it."""
    address = f"http://127.0.0.1:{free_port()}"
    demo = subprocess.Popen([program, "demo", f"--web.listen-address={address.removeprefix('http://')}", "--log.level=error"],
                            stdout=subprocess.DEVNULL)
    browser = Browser()
    try:
        wait_for(lambda: ready(address), "a demo that is ready")
        time.sleep(SETTLING_SECONDS)
        for name, (path, there, top) in PICTURES.items():
            page = browser.page(width=WIDTH, height=HEIGHT, scale=SCALE).open(address + path)
            page.wait(DRAWN)
            page.wait(there)
            page.value(f"document.querySelector('{top}').scrollIntoView(); scrollBy(0, -16)")
            page.screenshot(HERE / f"{name}.webp", whole=False)
            assert page.problems() == [], page.problems()
            page.close()
            print(f"Wrote {HERE / name}.webp")
    finally:
        browser.close()
        demo.terminate()
        demo.wait(timeout=60)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    main(sys.argv[1])
