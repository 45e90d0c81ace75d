"""Measures the daemon against a local stub of AWS: CPU and requests per poll, memory, scrape latency.

usage: bench.py BINARY [--polls N]

Prints a table and writes .build/bench.json. Figures are of one run on one machine; compare ratios.
"""

import argparse
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from stub_aws import StubAWS


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1))


def scrape(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/metrics")
    body = connection.getresponse().read()
    connection.close()
    return body


def start(binary, stub, folder, interval):
    configuration = os.path.join(folder, "bench.yml")
    with open(configuration, "w") as file:
        file.write(
            "accounts: [{ name: bench, regions: [ap-southeast-1] }]\n"
            f"polling: {{ interval: {interval}s, reread_window: 9m, backfill: 1h }}\n"
        )
    environment = {
        "PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "AKIABENCH", "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_ENDPOINT_URL": stub.url, "AWS_EC2_METADATA_DISABLED": "true", "HOME": folder,
    }  # fmt: skip
    # Into a file: a pipe that nobody reads fills up, and the daemon would wait for its reader.
    log = os.path.join(folder, "log")
    with open(log, "w") as stderr:
        process = subprocess.Popen(
            [binary, f"--config.file={configuration}", "--web.listen-address=127.0.0.1:0",
             f"--storage.path={folder}/usage.db"],
            env=environment, stderr=stderr,
        )  # fmt: skip
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and process.poll() is None:
        match = re.search(r'msg="Listening on".*address=\S*:(\d+)', open(log).read())
        if match:
            return process, int(match.group(1))
        time.sleep(0.02)
    process.kill()
    sys.exit("the daemon did not start")


def wait_for_polls(stub, count, limit=120):
    deadline = time.monotonic() + limit
    while stub.counts.get("GetMetricData", 0) < count:
        if time.monotonic() > deadline:
            sys.exit(f"no {count} polls within {limit} s: {stub.counts}")
        time.sleep(0.02)


def measure(binary, model_ids, polls, interval):
    stub = StubAWS(model_ids)
    requests_per_poll = -(-model_ids * 10 // 500)
    with tempfile.TemporaryDirectory() as folder:
        process, port = start(binary, stub, folder, interval)
        try:
            time.sleep(3 * interval + 2)
            before, asked = cpu_seconds(process.pid), dict(stub.counts)
            goal = asked["GetMetricData"] + polls * requests_per_poll
            wait_for_polls(stub, goal, limit=60 + polls * interval * 3)
            time.sleep(0.5 * interval)
            cpu = cpu_seconds(process.pid) - before
            done = (stub.counts["GetMetricData"] - asked["GetMetricData"]) / requests_per_poll
            others = sum(stub.counts.values()) - sum(asked.values()) - done * requests_per_poll
            resident = resident_kib(process.pid)
            times = []
            for _ in range(50):
                started = time.perf_counter()
                page = scrape(port)
                times.append((time.perf_counter() - started) * 1000)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)
            stub.stop()
    return {
        "metrics": model_ids * 10,
        "polls": done,
        "cpu_ms_per_poll": round(cpu / done * 1000, 1),
        "get_metric_data_requests_per_poll": requests_per_poll,
        "other_requests_during_polls": others,
        "resident_mib": round(resident / 1024, 1),
        "page_bytes": len(page),
        "page_series": sum(1 for line in page.splitlines() if line and not line.startswith(b"#")),
        "scrape_ms_median": round(statistics.median(times), 2),
        "scrape_ms_max": round(max(times), 2),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--polls", type=int, default=20)
    arguments = parser.parse_args()
    rows = [
        measure(arguments.binary, 50, arguments.polls, 1),
        measure(arguments.binary, 200, arguments.polls, 2),
        measure(arguments.binary, 1000, max(3, arguments.polls // 4), 10),
    ]
    os.makedirs(".build", exist_ok=True)
    with open(".build/bench.json", "w") as file:
        json.dump(rows, file, indent=2)
    for key in rows[0]:
        print(f"{key:36}" + "".join(f"{row[key]:>12}" for row in rows))


if __name__ == "__main__":
    main()
