"""`demo`: one command, no account, and there is something to see."""

import re
import subprocess
import time

import pytest

from support import programs
from support.waiting import PATIENCE_SECONDS, wait_for

#: Longer than a busy machine takes to show all that the test looks at.
SECONDS = 30


@pytest.mark.slow
def test_the_demo_shows_five_regions_and_ends_by_itself(workshop, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    daemon = workshop.daemon(
        None, command=("demo", f"--duration={SECONDS}s"), identity=None, variables={"TMPDIR": str(temporary)})
    started = time.monotonic()
    daemon.start()
    welcome = wait_for(daemon.output, "words of welcome")
    assert set(re.findall(r"http://[\d.:]+/[\w/]*", welcome)) >= {
        f"http://{daemon.address}{path}" for path in ("/", "/metrics", "/api/v1/pools")}

    page = daemon.wait_for_metrics(
        lambda page: len(regions(page, "bedrock_quota_utilization_ratio")) == 5, "utilization in five Regions")
    assert set(page.matching("bedrock_exporter_up").values()) == {1}
    ratios = page.matching("bedrock_quota_utilization_ratio").values()
    assert max(ratios) > 0
    assert max(page.matching("bedrock_input_tokens_total").values()) > 0
    pools = daemon.api("/api/v1/pools")
    assert len({pool["region"] for pool in pools["pools"]}) == 5
    checked = subprocess.run(
        [programs.required("promtool"), "check", "metrics"], input=daemon.get("/metrics").body, capture_output=True,
        timeout=60)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")

    assert daemon.wait(SECONDS + PATIENCE_SECONDS) == 0
    assert time.monotonic() - started >= SECONDS - 1
    assert list(temporary.iterdir()) == [], "the demo's folder is gone"


def regions(page, name):
    """The Regions that a family has samples of."""
    return {dict(key)["region"] for key in page.matching(name)}
