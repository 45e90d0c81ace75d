"""Measures history against VictoriaMetrics on the same data, side by side in one run.

usage: history.py HISTORY_BENCH [--models 50] [--days 30]

Nine metrics of each model ID in each minute; some three times a day each is throttled for ten minutes. Beside it a year of
ten model IDs is asked for one pool's days, and polls are timed while 300 pools throttle for two hours. Prints a table and
writes .build/bench/history.json. Figures are of one run on one machine; compare ratios.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from measuring import resident_kib, write_results

METRICS = ["invocations", "input", "output", "cache_read", "cache_write", "client_errors", "server_errors",
           "throttles", "latency"]  # fmt: skip
YEAR_MODELS = 10
STORM_MODELS = 300


def noise(model, minute, salt):
    value = (minute * 1_000_003 + model * 7919 + salt * 104_729) & 0xFFFFFFFFFFFFFFFF
    value = ((value ^ (value >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
    return (value ^ (value >> 12)) % 1000


def traffic(model, minute):
    requests = 50 + noise(model, minute, 1) % 100
    throttles = noise(model, minute, 8) % 5 if noise(model, minute // 10, 8) < 20 else 0
    return [
        requests, requests * (800 + noise(model, minute, 2)), requests * (200 + noise(model, minute, 3) % 300),
        requests * noise(model, minute, 4), requests * (noise(model, minute, 5) % 200), noise(model, minute, 6) % 3,
        int(noise(model, minute, 7) == 0), throttles, 900 + noise(model, minute, 9),
    ]  # fmt: skip


def bench(program, mode, models, days, folder):
    first = (int(time.time()) // 86400 - days) * 1440
    return first, json.loads(
        subprocess.check_output([program, mode, folder, str(models), str(days), str(first)]))  # fmt: skip


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(folder) for name in names)


class VictoriaMetrics:
    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [shutil.which("victoria-metrics"), f"-storageDataPath={folder}", f"-httpListenAddr=127.0.0.1:{port}",
             "-retentionPeriod=5y", "-search.maxPointsPerTimeseries=1000000", "-search.disableCache"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for _ in range(200):
            try:
                urllib.request.urlopen(self.url + "/health", timeout=1).read()
                return
            except OSError:
                time.sleep(0.05)
        sys.exit("VictoriaMetrics did not start")

    def ask(self, expression, start, end, step):
        query = urllib.parse.urlencode({"query": expression, "start": start, "end": end, "step": step, "nocache": 1})
        times = []
        for _ in range(7):
            began = time.perf_counter()
            answer = urllib.request.urlopen(f"{self.url}/api/v1/query_range?{query}", timeout=60).read()
            times.append((time.perf_counter() - began) * 1000)
        return statistics.median(times), json.loads(answer)["data"]["result"]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def victoria(models, days, first, folder):
    server = VictoriaMetrics(folder)
    ingest = 0.0
    try:
        for model in range(models):
            minutes = range(first, first + days * 1440)
            rows = [traffic(model, minute) for minute in minutes]
            stamps = [minute * 60_000 for minute in minutes]
            lines = [
                json.dumps({"metric": {"__name__": f"b_{name}", "model": f"model-{model}"},
                            "values": [row[index] for row in rows], "timestamps": stamps})
                for index, name in enumerate(METRICS)
            ]  # fmt: skip
            body = "\n".join(lines).encode()
            began = time.perf_counter()
            urllib.request.urlopen(urllib.request.Request(server.url + "/api/v1/import", body), timeout=120).read()
            ingest += time.perf_counter() - began
        urllib.request.urlopen(server.url + "/internal/force_flush", timeout=60).read()
        urllib.request.urlopen(server.url + "/internal/force_merge", timeout=60).read()
        time.sleep(8)
        end = (first + days * 1440) * 60
        use = '(b_input{%s}+b_cache_write{%s}+b_output{%s})/1000000'
        one = use % (('model="model-7"',) * 3)
        hourly, answer = server.ask(f"max_over_time(({one})[1h:1m])", first * 60 + 3540, end - 60, 3600)
        peak = max(float(value) for _, value in answer[0]["values"])
        daily, _ = server.ask(f"max_over_time(({use % ('', '', '')})[1d:1m])", end - 365 * 86400 + 86340, end - 60, 86400)
        resident = resident_kib(server.process.pid)
    finally:
        server.stop()
    return {"ingest_seconds": ingest, "bytes": folder_bytes(folder), "one_pool_hourly_ms": hourly,
            "one_pool_peak": peak, "all_pools_daily_ms": daily, "resident_kib": resident}  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--models", type=int, default=50)
    parser.add_argument("--days", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
        first, store = bench(arguments.program, "ask", arguments.models, arguments.days, ours)
        # Both stopped, their logs written back.
        store["bytes_at_work"], store["bytes"] = store["bytes"], folder_bytes(ours)
        other = victoria(arguments.models, arguments.days, first, theirs)
    if abs(store["one_pool_peak"] - other["one_pool_peak"]) > 1e-9:
        sys.exit(f"the answers differ: {store['one_pool_peak']} and {other['one_pool_peak']}")
    with tempfile.TemporaryDirectory() as folder:
        _, year = bench(arguments.program, "ask", YEAR_MODELS, 365, folder)
    if year["one_pool_days"] != 365:
        sys.exit(f"a year by day has {year['one_pool_days']} rows")
    with tempfile.TemporaryDirectory() as folder:
        _, storm = bench(arguments.program, "storm", STORM_MODELS, 1, folder)
    samples = store["samples"]
    rows = [
        ("bytes a sample", store["bytes"] / samples, other["bytes"] / samples),
        ("million samples a second in", samples / store["ingest_seconds"] / 1e6, samples / other["ingest_seconds"] / 1e6),
        ("one pool, hourly peaks, ms", store["one_pool_hourly_ms"], other["one_pool_hourly_ms"]),
        ("all pools, a year by day, ms", store["all_pools_daily_ms"], other["all_pools_daily_ms"]),
        ("resident MiB", store["resident_kib"] / 1024, other["resident_kib"] / 1024),
    ]
    print(f"{samples} samples\n{'':32}{'store':>12}{'VictoriaMetrics':>18}{'ratio':>10}")
    for name, mine, theirs_value in rows:
        print(f"{name:32}{mine:12.2f}{theirs_value:18.2f}{mine / theirs_value:10.3f}")
    made = store["ingest_seconds"] + store["roll_seconds"]
    print(f"{store['rows'] / store['ingest_seconds']:,.0f} rows written a second, {store['rows'] / made:,.0f} with their "
          f"rollups, {store['rows'] / store['ingest_processor_seconds']:,.0f} written in a second of processor time\n"
          f"one pool of {YEAR_MODELS}, a year by day: {year['one_pool_daily_ms']:.2f} ms\n"
          f"a poll while {STORM_MODELS} pools throttle: {storm['poll_ms']:.0f} ms, after two hours "
          f"{storm['last_poll_ms']:.0f}")  # fmt: skip
    write_results("history", {"models": arguments.models, "days": arguments.days, "samples": samples, "store": store,
                              "victoria_metrics": other, "year_models": YEAR_MODELS, "year": year,
                              "storm_models": STORM_MODELS, "storm": storm})  # fmt: skip


if __name__ == "__main__":
    main()
