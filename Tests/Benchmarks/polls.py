"""Measures polls against a local stub of AWS: processor and wall time, memory, store and page, by metrics and Regions.

usage: polls.py BINARY [--polls N] [--minutes N]

A model ID has five metrics. Polls that bring a new minute are told from those that read the minutes of the poll before
again; the processor time of one is what the process takes from its first request to that of the next poll. Writes
.build/bench/polls.json. Figures are of one run on one machine; compare ratios.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

from measuring import cpu_seconds, daemon, memory_kib, resident_kib, series_of, stub_aws, wait_until, write_results
from stub_aws import FIVE_METRICS

QUERIES_PER_REQUEST = 500
REGIONS = ["ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2"]
# Model IDs, Regions, polling interval in seconds: as short as an ordinary machine keeps up with.
SIZES = [(100, 1, 3), (400, 1, 3), (2000, 1, 8), (100, 2, 2), (100, 5, 3)]
CATCH_UP_SECONDS = 120
# Of AWS, from another continent.
LATENCY = 0.08


class PollClock:
    """When each poll of one Region began, by the processor time of the daemon until then, and the end of what it asked for."""

    def __init__(self, stub, pid, interval):
        self.polls, self.last, self.pid, self.pause = [], 0.0, pid, interval / 2
        stub.on_live = self.note

    def note(self, end):
        now = time.monotonic()
        if now - self.last > self.pause:
            self.polls.append((cpu_seconds(self.pid), end))
            self.last = now

    def cpu_ms(self):
        """The processor time of each poll that brought a new minute, and of each other."""
        new, old = [], []
        for (_, before), (begun, end), (ended, _) in zip(self.polls, self.polls[1:], self.polls[2:]):
            (new if end > before else old).append(1000 * (ended - begun))
        return new, old


def settle(stub, at_work, interval):
    """Waits until every Region was polled and nothing older than the live window is asked for."""
    wait_until(at_work.is_ready, CATCH_UP_SECONDS, "the daemon is ready")
    quiet = 2 * interval + 1
    wait_until(lambda: time.monotonic() - stub.last_catch_up > quiet, CATCH_UP_SECONDS, "the daemon has caught up")


def watch_minutes(stub, at_work, interval, minutes):
    """Polls that nobody disturbs by scrapes, until so many brought a new minute, and one or more none."""
    clock = PollClock(stub, at_work.pid, interval)
    wait_until(
        lambda: len(clock.cpu_ms()[0]) >= minutes and clock.cpu_ms()[1], 60 * minutes + 120, f"{minutes} new minutes"
    )
    return clock.cpu_ms()


def measure(binary, model_ids, regions, interval, polls, minutes=0):
    """Of one Region, polls are watched until so many brought a new minute."""
    with stub_aws(model_ids, metrics=FIVE_METRICS) as stub, tempfile.TemporaryDirectory() as folder:
        # A whole day is read first, so that what is read again later brings nothing.
        with daemon(binary, stub, folder, interval, REGIONS[:regions], backfill="1d") as at_work:
            settle(stub, at_work, interval)
            requests = -(-model_ids * len(FIVE_METRICS) // QUERIES_PER_REQUEST)
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
            new, old = watch_minutes(stub, at_work, interval, minutes) if minutes else ([], [])
            resident, anonymous = resident_kib(at_work.pid), memory_kib(at_work.pid, "RssAnon")
        store = os.path.getsize(os.path.join(folder, "usage.db"))
    metrics = model_ids * len(FIVE_METRICS) * regions
    return {
        "metrics": metrics, "model_ids": model_ids, "regions": regions, "interval_seconds": interval,
        "polls": done, "seconds": seconds, "cpu_ms_per_poll": cpu / done * 1000,
        "cpu_ms_per_round": cpu / done * regions * 1000, "wall_ms_per_poll": statistics.median(walls) * 1000,
        "new_minute_cpu_ms": new, "old_minute_cpu_ms": old,
        "requests_per_poll": requests, "other_requests": others, "resident_kib": resident, "anonymous_kib": anonymous,
        "store_bytes": store, "page_bytes": len(page), "page_series": series_of(page),
    }  # fmt: skip


def measure_start(binary, model_ids):
    """Seconds until all model IDs are on the page of a daemon that begins with nothing."""
    with stub_aws(model_ids, metrics=FIVE_METRICS) as stub, tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        with daemon(binary, stub, folder) as at_work:
            wait_until(at_work.is_ready, CATCH_UP_SECONDS, "the daemon is ready")
            seconds, shown = time.monotonic() - began, len(at_work.samples("bedrock_invocations_total"))
            if shown != model_ids:
                sys.exit(f"{shown} of {model_ids} model IDs are on the page of the daemon that is ready")
            return {"model_ids": model_ids, "seconds": seconds, "cpu_seconds": cpu_seconds(at_work.pid)}


def measure_latency(binary, model_ids, interval, polls):
    """The wall time of polls of one Region far away."""
    with stub_aws(model_ids, metrics=FIVE_METRICS, latency=LATENCY) as stub, tempfile.TemporaryDirectory() as folder:
        with daemon(binary, stub, folder, interval) as at_work:
            settle(stub, at_work, interval)
            walls = []
            for _ in range(polls):
                time.sleep(interval)
                walls += at_work.samples("bedrock_exporter_poll_duration_seconds")
    return {"metrics": model_ids * len(FIVE_METRICS), "latency_ms": 1000 * LATENCY, "wall_ms": statistics.median(walls) * 1000}


def sizes(binary):
    with tempfile.TemporaryDirectory() as folder:
        stripped = os.path.join(folder, "stripped")
        subprocess.run(["strip", "-o", stripped, binary], check=True)
        return {"bytes": os.path.getsize(binary), "stripped_bytes": os.path.getsize(stripped)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--polls", type=int, default=15)
    parser.add_argument("--minutes", type=int, default=1)
    arguments = parser.parse_args()
    rows = []
    for model_ids, regions, interval in SIZES:
        polls = max(4, arguments.polls // interval)
        minutes = arguments.minutes if regions == 1 else 0
        row = measure(arguments.binary, model_ids, regions, interval, polls, minutes)
        rows.append(row)
        kinds = "".join(
            f", {name} {statistics.median(row[key]):.1f} ms" for name, key in
            [("with a new minute", "new_minute_cpu_ms"), ("without", "old_minute_cpu_ms")] if row[key]
        )  # fmt: skip
        print(
            f"{row['metrics']} metrics in {regions} Regions: {row['cpu_ms_per_poll']:.1f} ms of processor and "
            f"{row['wall_ms_per_poll']:.0f} ms a poll{kinds}; {row['resident_kib'] / 1024:.1f} MiB, "
            f"{row['anonymous_kib'] / 1024:.1f} of it anonymous, {row['page_series']} series on the page"
        )
        sys.stdout.flush()
    far = measure_latency(arguments.binary, SIZES[2][0], SIZES[2][2], 3)
    print(f"{far['metrics']} metrics, answers after {far['latency_ms']:.0f} ms: {far['wall_ms']:.0f} ms a poll")
    start = measure_start(arguments.binary, SIZES[2][0])
    print(f"{start['model_ids']} model IDs are on the page {start['seconds']:.2f} s after the start")
    write_results("polls", {"binary": sizes(arguments.binary), "rows": rows, "far": far, "start": start})


if __name__ == "__main__":
    main()
