"""Measures what a gateway waits for /api/v1/headroom of 10,000 pools, over kept connections, by wrk.

usage: headroom.py BINARY

Writes .build/bench/headroom.json. Every Region has every model, so that each answer weighs up twenty pools.
"""

import re
import subprocess
import sys
import tempfile

from measuring import daemon, stub_aws, wait_until, write_results

MODEL_IDS = 500
REGIONS = [f"{area}-{direction}-{number}" for area in ("us", "eu") for direction in ("east", "west") for number in range(1, 6)]
CONNECTIONS = [1, 8]
SECONDS = 5
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def wrk(url, connections):
    text = subprocess.check_output(["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", url], text=True)
    if re.search(r"Non-2xx|Socket errors", text):
        sys.exit(f"wrk met errors:\n{text}")
    found = {name: float(value) * UNITS[unit] for name, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", text)}
    return {"connections": connections, "median_ms": found["50"], "p99_ms": found["99"]}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with stub_aws(MODEL_IDS) as stub, tempfile.TemporaryDirectory() as folder:
        with daemon(sys.argv[1], stub, folder, regions=REGIONS) as at_work:
            path = "/api/v1/headroom?region=eu-west-2&model_id=global.anthropic.claude-bench-77"

            def is_known():
                return at_work.page().count(b"bedrock_quota_usage{") >= 2 * MODEL_IDS * len(REGIONS)

            wait_until(is_known, 300, "every pool is known")
            runs = [wrk(f"http://127.0.0.1:{at_work.port}{path}", connections) for connections in CONNECTIONS]
    pools = MODEL_IDS * len(REGIONS)
    for run in runs:
        print(f"{pools} pools, {run['connections']} connections: median {run['median_ms']:.2f} ms, 99 % {run['p99_ms']:.2f} ms")
    write_results("headroom", {"pools": pools, "runs": runs})


if __name__ == "__main__":
    main()
