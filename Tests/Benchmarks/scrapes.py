"""Measures scrapes beside nginx that serves the same bytes as a file: wrk, same connections, keep-alive, in turn.

usage: scrapes.py BINARY [--rounds N]

Writes .build/bench/scrapes.json. Figures are of one run on one machine; compare ratios.
"""

import argparse
import contextlib
import gzip
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile

from measuring import cpu_seconds, daemon, series_of, stub_aws, wait_until, write_results

# About 500 and 10,000 series on the page.
MODEL_IDS = [17, 369]
CONNECTIONS = [1, 8]
SECONDS = 1
NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type text/plain;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@contextlib.contextmanager
def nginx(page):
    """nginx with the page as a file; yields the port and the worker's process."""
    with tempfile.TemporaryDirectory() as folder:
        # The worker runs as another user.
        os.chmod(folder, 0o755)
        os.mkdir(f"{folder}/www")
        with open(f"{folder}/www/metrics", "wb") as file:
            file.write(page)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with open(f"{folder}/nginx.conf", "w") as file:
            file.write(NGINX.format(folder=folder, port=port))
        process = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log"])
        try:
            wait_until(lambda: listens(port), 10, "nginx listens")
            with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
                worker = int(file.read().split()[0])
            yield port, worker
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def listens(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def wrk(port, pid, connections):
    before = cpu_seconds(pid)
    text = subprocess.check_output(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", f"http://127.0.0.1:{port}/metrics"], text=True)  # fmt: skip
    cpu = cpu_seconds(pid) - before
    if re.search(r"Non-2xx|Socket errors", text):
        sys.exit(f"wrk met errors:\n{text}")
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    percentiles = {
        name: float(value) * UNITS[unit] for name, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", text)
    }
    return {"requests_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
            "median_ms": percentiles["50"], "p99_ms": percentiles["99"], "cpu_us_per_request": cpu / requests * 1e6}  # fmt: skip


def compare(ours, theirs, connections, rounds):
    """One after the other, several times; of each figure the median, and the median of the ratios pair by pair."""
    pairs = [(wrk(*ours, connections), wrk(*theirs, connections)) for _ in range(rounds)]
    row = {"connections": connections, "exporter": {}, "nginx": {}, "ratio": {}}
    for key in pairs[0][0]:
        row["exporter"][key] = statistics.median(mine[key] for mine, _ in pairs)
        row["nginx"][key] = statistics.median(other[key] for _, other in pairs)
        row["ratio"][key] = statistics.median(mine[key] / other[key] for mine, other in pairs if other[key] > 0)
    return row


def measure(binary, model_ids, rounds):
    with stub_aws(model_ids) as stub, tempfile.TemporaryDirectory() as folder:
        with daemon(binary, stub, folder) as at_work:
            wait_until(at_work.is_ready, 60, "the daemon is ready")
            page = at_work.page()
            encoding = at_work.get(headers={"Accept-Encoding": "gzip"})[2]["Content-Encoding"]
            with nginx(page) as (port, worker):
                runs = [compare((at_work.port, at_work.pid), (port, worker), c, rounds) for c in CONNECTIONS]
    return {"series": series_of(page), "page_bytes": len(page), "gzip_bytes": len(gzip.compress(page, 6)),
            "content_encoding_offered": encoding or "none", "runs": runs}  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    rows = [measure(arguments.binary, model_ids, arguments.rounds) for model_ids in MODEL_IDS]
    for row in rows:
        for run in row["runs"]:
            mine, ratio = run["exporter"], run["ratio"]
            print(
                f"{row['series']} series, {run['connections']} connections: {mine['requests_per_second']:.0f} a second, "
                f"{mine['median_ms']:.2f} ms; beside nginx {ratio['requests_per_second']:.2f} and "
                f"{ratio['median_ms']:.2f}, processor {ratio['cpu_us_per_request']:.2f}"
            )
    write_results("scrapes", rows)


if __name__ == "__main__":
    main()
