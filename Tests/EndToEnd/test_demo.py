"""`demo`: one command, no account, and there is something to see."""

import re
import subprocess
import time

import pytest

from support import programs
from support.waiting import PATIENCE_SECONDS, wait_for



@pytest.mark.slow
def test_the_demo_shows_five_regions_and_three_things_to_try(workshop, tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    daemon = workshop.daemon(None, command=("demo",), identity=None, variables={"TMPDIR": str(temporary)}).start()
    welcome = wait_for(daemon.output, "words of welcome")
    assert set(re.findall(r"http://[\d.:]+/[\w/]*", welcome)) >= {
        f"http://{daemon.address}{path}" for path in ("/", "/metrics", "/api/v1/pools")}

    page = daemon.wait_for_metrics(
        lambda page: len(regions(page, "bedrock_quota_utilization_ratio")) == 5
        and set(page.matching("bedrock_exporter_up").values()) == {1}, "utilization in five Regions, all of them up")
    ratios = page.matching("bedrock_quota_utilization_ratio").values()
    assert max(ratios) > 0
    assert max(page.matching("bedrock_input_tokens_total").values()) > 0
    pools = daemon.api("/api/v1/pools")
    assert len({pool["region"] for pool in pools["pools"]}) == 5
    checked = subprocess.run(
        [programs.required("promtool"), "check", "metrics"], input=daemon.get("/metrics").body, capture_output=True,
        timeout=60)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")

    # As they stand there; the second one would go on.
    address, watch, throttles = re.findall(r"^  [123]\. .*:\n     (.*)$", welcome, re.MULTILINE)
    assert welcome.rstrip().endswith(throttles), "the last thing that is said"
    assert address == f"http://{daemon.address}/" and daemon.get("/").status == 200
    assert "ap-southeast-7" in tried(f"{watch} --once")
    wait_for(lambda: re.search(r"tokens_per_minute .* TPM", tried(throttles)), "a cause, once the past has been read", pause=1)

    assert daemon.stop() == 0
    assert list(temporary.iterdir()) == [], "the demo's folder is gone"


def test_the_demo_ends_by_itself_after_its_duration(workshop, tmp_path):
    seconds = 5
    started = time.monotonic()
    daemon = workshop.daemon(
        None, command=("demo", f"--duration={seconds}s"), identity=None, variables={"TMPDIR": str(tmp_path)}).start(wait=False)
    assert daemon.wait(PATIENCE_SECONDS) == 0
    assert time.monotonic() - started >= seconds - 1
    assert not list(tmp_path.glob("bedrock-quota-exporter-*")), "the demo's folder is gone"


def tried(command):
    """What a command writes that somebody copies out of the words of welcome."""
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def regions(page, name):
    """The Regions that a family has samples of."""
    return {dict(key)["region"] for key in page.matching(name)}
