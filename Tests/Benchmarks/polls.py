"""Measures polls against a local stub of AWS: processor and wall time, memory, store and page, by metrics and Regions.

usage: polls.py BINARY [--polls N]

Writes .build/bench/polls.json. Figures are of one run on one machine; compare ratios.
"""

import argparse
import os
import subprocess
import statistics
import sys
import tempfile
import time

from measuring import cpu_seconds, daemon, resident_kib, series_of, stub_aws, wait_until, write_results
from stub_aws import METRICS

QUERIES_PER_REQUEST = 500
REGIONS = ["ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2"]
# Model IDs, Regions, polling interval in seconds: as short as an ordinary machine keeps up with.
SIZES = [(50, 1, 1), (200, 1, 2), (1000, 1, 8), (50, 2, 1), (50, 5, 2)]
CATCH_UP_SECONDS = 120


def settle(stub, at_work, interval):
    """Waits until every Region was polled and nothing older than the live window is asked for."""
    wait_until(at_work.is_ready, CATCH_UP_SECONDS, "the daemon is ready")
    quiet = 2 * interval + 1
    wait_until(lambda: time.monotonic() - stub.last_catch_up > quiet, CATCH_UP_SECONDS, "the daemon has caught up")


def measure(binary, model_ids, regions, interval, polls):
    with stub_aws(model_ids) as stub, tempfile.TemporaryDirectory() as folder:
        with daemon(binary, stub, folder, interval, REGIONS[:regions]) as at_work:
            settle(stub, at_work, interval)
            requests = -(-model_ids * len(METRICS) // QUERIES_PER_REQUEST)
            first, asked = stub.live_requests, sum(stub.counts.values())
            before, began = cpu_seconds(at_work.pid), time.monotonic()
            goal = first + polls * regions * requests
            walls = []

            def has_polled():
                walls.append(max(at_work.samples("bedrock_exporter_poll_duration_seconds")))
                time.sleep(interval / 2)
                return stub.live_requests >= goal

            wait_until(has_polled, 60 + 3 * polls * interval, f"{polls} polls")
            time.sleep(interval / 2)
            cpu, seconds = cpu_seconds(at_work.pid) - before, time.monotonic() - began
            done = (stub.live_requests - first) / requests
            others = sum(stub.counts.values()) - asked - done * requests
            page = at_work.page()
            resident = resident_kib(at_work.pid)
        store = os.path.getsize(os.path.join(folder, "usage.db"))
    metrics = model_ids * len(METRICS) * regions
    return {
        "metrics": metrics, "model_ids": model_ids, "regions": regions, "interval_seconds": interval,
        "polls": done, "seconds": seconds, "cpu_ms_per_poll": cpu / done * 1000,
        "cpu_ms_per_round": cpu / done * regions * 1000, "wall_ms_per_poll": statistics.median(walls) * 1000,
        "requests_per_poll": requests, "other_requests": others, "resident_kib": resident,
        "store_bytes": store, "page_bytes": len(page), "page_series": series_of(page),
    }  # fmt: skip


def sizes(binary):
    with tempfile.TemporaryDirectory() as folder:
        stripped = os.path.join(folder, "stripped")
        subprocess.run(["strip", "-o", stripped, binary], check=True)
        return {"bytes": os.path.getsize(binary), "stripped_bytes": os.path.getsize(stripped)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--polls", type=int, default=15)
    arguments = parser.parse_args()
    rows = []
    for model_ids, regions, interval in SIZES:
        polls = max(4, arguments.polls // interval)
        rows.append(measure(arguments.binary, model_ids, regions, interval, polls))
        row = rows[-1]
        print(
            f"{row['metrics']} metrics in {regions} Regions: {row['cpu_ms_per_poll']:.1f} ms of processor and "
            f"{row['wall_ms_per_poll']:.0f} ms a poll, {row['resident_kib'] / 1024:.1f} MiB, "
            f"{row['page_series']} series on the page"
        )
        sys.stdout.flush()
    write_results("polls", {"binary": sizes(arguments.binary), "rows": rows})


if __name__ == "__main__":
    main()
