"""What the parts of the benchmark share: a daemon against the stub, its processor time and memory, results as JSON."""

import contextlib
import http.client
import json
import math
import os
import re
import signal
import subprocess
import sys
import time

from stub_aws import StubAWS

RESULTS = ".build/bench"
START_SECONDS = 60


def write_results(name, document):
    os.makedirs(RESULTS, exist_ok=True)
    path = f"{RESULTS}/{name}.json"
    with open(path + ".new", "w") as file:
        json.dump(document, file, indent=2)
    os.replace(path + ".new", path)
    print(f"{name}: {path}")


def cpu_seconds(pid):
    """User and system time of a process to the nanosecond, ended threads included: its own clock (clock_getcpuclockid(3))."""
    return time.clock_gettime(~pid << 3 | 2)


def memory_kib(pid, name="VmRSS"):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(rf"{name}:\s+(\d+)", file.read()).group(1))


def resident_kib(pid):
    return memory_kib(pid)


def exponent(pairs):
    """Of the power law that fits the pairs best by least squares of their logarithms."""
    logs = [(math.log(x), math.log(y)) for x, y in pairs]
    mean_x, mean_y = (sum(column) / len(logs) for column in zip(*logs))
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


class Daemon:
    """The daemon at work; its standard error goes into a file, because a pipe that nobody reads fills up."""

    def __init__(self, binary, folder, port, process):
        self.binary, self.folder, self.port, self.process = binary, folder, port, process

    @property
    def pid(self):
        return self.process.pid

    def get(self, path="/metrics", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers

    def page(self):
        return self.get()[1]

    def samples(self, name):
        """The values of a family on the page."""
        lines = self.page().decode().splitlines()
        return [float(line.rsplit(" ", 1)[1]) for line in lines if re.match(rf"{name}[ {{]", line)]

    def is_ready(self):
        return self.get("/-/ready")[0] == 200


def series_of(page):
    return sum(1 for line in page.splitlines() if line and not line.startswith(b"#"))


def wait_until(condition, limit, what):
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"not within {limit} s: {what}")
        time.sleep(0.02)


@contextlib.contextmanager
def daemon(binary, stub, folder, interval=60, regions=("ap-southeast-1",), text=None, backfill="1h"):
    """Starts the daemon on a store in the folder, with another configuration's text if given; stops it at the end."""
    configuration = os.path.join(folder, "bench.yml")
    with open(configuration, "w") as file:
        file.write(
            text
            or f"accounts: [{{ name: bench, regions: [{', '.join(regions)}] }}]\n"
            f"polling: {{ interval: {interval}s, reread_window: 9m, backfill: {backfill}, adaptive: false }}\n"
        )
    environment = {
        "PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": "AKIABENCH", "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_ENDPOINT_URL": stub.url, "AWS_EC2_METADATA_DISABLED": "true", "HOME": folder,
    }  # fmt: skip
    log = os.path.join(folder, "log")
    with open(log, "w") as stderr:
        process = subprocess.Popen(
            [binary, f"--config.file={configuration}", "--web.listen-address=127.0.0.1:0",
             f"--storage.path={folder}/usage.db"],
            env=environment, stderr=stderr,
        )  # fmt: skip

    def address():
        if process.poll() is not None:
            with open(log) as file:
                sys.exit(f"the daemon ended: {file.read()[-2000:]}")
        with open(log) as file:
            return re.search(r'msg="Listening on".*address=\S*:(\d+)', file.read())

    try:
        wait_until(address, START_SECONDS, "the daemon listens")
        yield Daemon(binary, folder, int(address().group(1)), process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def stub_aws(model_ids, **options):
    stub = StubAWS(model_ids, **options)
    try:
        yield stub
    finally:
        stub.stop()
