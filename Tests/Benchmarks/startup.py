"""Measures the start on stores of a day, a month and a year: from exec to the first scrape that shows stored counters.

usage: startup.py BINARY HISTORY_BENCH [--model-ids 20]

Writes .build/bench/startup.json. Figures are of one run on one machine; compare ratios.
"""

import argparse
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from measuring import cpu_seconds, resident_kib, stub_aws, write_results

DAYS = [1, 30, 365]
STARTS = 5
LIMIT_SECONDS = 60


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def page(port, path="/metrics"):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read() if answer.status == 200 else b""
    except (ConnectionError, http.client.HTTPException):
        return b""
    finally:
        connection.close()


def start(binary, stub, folder):
    """One start: seconds until a scrape succeeds, until it shows a counter out of the store, until all is polled."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "AKIABENCH", "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_ENDPOINT_URL": stub.url, "AWS_EC2_METADATA_DISABLED": "true", "HOME": folder,
    }  # fmt: skip
    began = time.monotonic()
    process = subprocess.Popen(
        [binary, f"--config.file={folder}/bench.yml", f"--web.listen-address=127.0.0.1:{port}",
         f"--storage.path={folder}/usage.db"],
        env=environment, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    seconds = {}
    cpu = None
    try:
        while len(seconds) < 3:
            elapsed = time.monotonic() - began
            if elapsed > LIMIT_SECONDS or process.poll() is not None:
                sys.exit(f"the daemon did not come up: {seconds}, exit code {process.poll()}")
            shown = page(port)
            if shown:
                seconds.setdefault("first_scrape", time.monotonic() - began)
            if b"\nbedrock_input_tokens_total{" in shown and "first_figures" not in seconds:
                seconds["first_figures"] = time.monotonic() - began
                cpu = cpu_seconds(process.pid)
            if "first_figures" in seconds and page(port, "/-/ready"):
                seconds["all_polled"] = time.monotonic() - began
            time.sleep(0.002)
        return {**{f"{name}_seconds": value for name, value in seconds.items()}, "cpu_seconds": cpu,
                "resident_kib": resident_kib(process.pid)}  # fmt: skip
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def measure(binary, filler, model_ids, days):
    with stub_aws(model_ids) as stub, tempfile.TemporaryDirectory() as folder:
        # Up to an hour ago: the first poll has a gap to fill, as after a restart.
        first = int(time.time()) // 60 - 60 - days * 1440
        filled = json.loads(
            subprocess.check_output([filler, "fill", folder, str(model_ids), str(days), str(first)]))  # fmt: skip
        with open(f"{folder}/bench.yml", "w") as file:
            file.write("accounts: [{ name: bench, regions: [ap-southeast-1] }]\n")
        starts = [start(binary, stub, folder) for _ in range(STARTS)]
    row = {"model_ids": model_ids, "days": days, "store_bytes": filled["bytes"], "rows": filled["rows"],
           "ingest_seconds": filled["ingest_seconds"]}  # fmt: skip
    return row | {key: statistics.median(one[key] for one in starts) for key in starts[0]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("filler")
    parser.add_argument("--model-ids", type=int, default=20)
    arguments = parser.parse_args()
    rows = []
    for days in DAYS:
        rows.append(measure(arguments.binary, arguments.filler, arguments.model_ids, days))
        row = rows[-1]
        print(
            f"{row['model_ids']} model IDs, {days} days, {row['store_bytes'] / 1e6:.1f} MB: scrape after "
            f"{row['first_scrape_seconds']:.2f} s, stored counters after {row['first_figures_seconds']:.2f} s, "
            f"all polled after {row['all_polled_seconds']:.2f} s"
        )
        sys.stdout.flush()
    write_results("startup", rows)


if __name__ == "__main__":
    main()
