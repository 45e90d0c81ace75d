"""A soak: the program lives through days that pass in minutes, is used as people use it, and is looked at all the time."""

import re
import socket
import subprocess
import sys
import time
from collections import defaultdict

from support import configuration
from support.preload import LeapingClock
from support.soak import measures, stored
from support.soak.fleet import START
from support.web import fetch

_POLL = re.compile(
    rb'^bedrock_exporter_(poll_duration_seconds|last_successful_poll_timestamp_seconds)'
    rb'\{account="([^"]+)",region="([^"]+)"\} (\S+)$', re.MULTILINE)
_FAILURES = re.compile(r"^(bedrock_exporter_\w*failures_total(?:\{[^}]*\})?) (\S+)$", re.MULTILINE)
_SUM = re.compile(rb"^bedrock_(?:invocations|input_tokens)_total\{[^}]*\} (\S+)$", re.MULTILINE)
#: Hours whose minutes have settled and been read by all.
_SETTLED_MINUTES = 20
SAMPLE_MINUTES = 10
#: In each six hours: while nothing bursts.
RELOAD_MINUTE = 300


class Soak:
    """One program, its AWS, and everything that was seen of them. Close it when done."""

    def __init__(self, workshop, fleet, polling, storage, grain_seconds=0):
        self.fleet = fleet
        self.interval_seconds = int(polling["interval"].removesuffix("s"))
        self._server = subprocess.Popen(
            [sys.executable, "-m", "support.soak.server", *map(str, (fleet.accounts, fleet.regions, fleet.models))],
            cwd=configuration.__file__.rpartition("/support/")[0], stdout=subprocess.PIPE, text=True)
        self._aws = f"http://127.0.0.1:{int(self._server.stdout.readline())}"
        self._clock = LeapingClock(workshop.folder, START, [self._server.pid], grain_seconds)
        keys = workshop.folder / "credentials"
        keys.write_text(fleet.credentials())
        settings = fleet.settings(f"{self._aws}/alerts", polling, storage)
        self.daemon = workshop.daemon(
            settings, None, {"AWS_ENDPOINT_URL": self._aws, "AWS_SHARED_CREDENTIALS_FILE": str(keys), **self._clock.variables},
            identity=None, flags=("--log.level=info",))
        self._process = None
        self._sum = 0.0
        #: Figures at simulated minutes since the start.
        self.samples = []
        #: {(account, region): {end: start}} of all polls seen, in seconds since the start.
        self.polls = defaultdict(dict)
        #: Seconds since the start.
        self.reloads = []
        #: Real seconds of each scrape.
        self.scrape_seconds = []
        #: What was wrong with the store's minutes.
        self.problems = []
        self.minutes_checked = 0
        self.page_bytes = 0
        self.wall_seconds = 0.0

    def close(self):
        """Ends the server; the workshop ends the rest."""
        self._server.kill()
        self._server.wait()
        self._server.stdout.close()

    def run(self, minutes, report=None):
        """Lives through so many minutes; `report` is called after each day."""
        begun = time.monotonic()
        self.daemon.start(wait=False)
        self._clock.begin()
        self.daemon.wait_until_listening()
        self._process = measures.Process(self.daemon.process.pid)
        for minute in range(1, minutes + 1):
            self._clock.go_to(START + 60 * minute - 15)
            if minute % SAMPLE_MINUTES == 0:
                self._sample(minute)
            self._scrape()
            if minute % 360 == RELOAD_MINUTE:
                self._reload()
            if minute % 60 == _SETTLED_MINUTES:
                self._look()
                self._check(minute - _SETTLED_MINUTES)
            self.wall_seconds = time.monotonic() - begun
            if report and minute % 1440 == 0:
                report(self)
                print(f"day {minute // 1440}: {self.wall_seconds:.0f} s, {self.samples[-1]}", flush=True)

    @property
    def leaps(self):
        """How often the clock leapt."""
        return self._clock.leaps

    def counts(self):
        """What AWS was asked for, and what the receiver of alerts was told."""
        return fetch(f"{self._aws}/counts").json()

    def failures(self):
        """What the program counted of failures: {sample: value}, without zeros."""
        page = fetch(f"http://{self.daemon.address}/metrics").text
        return {sample: float(value) for sample, value in _FAILURES.findall(page) if float(value)}

    # MARK: What people do

    def _scrape(self):
        begun = time.monotonic()
        with socket.create_connection(self.daemon.host_and_port, timeout=60) as connection:
            connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            page = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        self.scrape_seconds.append(time.monotonic() - begun)
        assert page.startswith(b"HTTP/1.1 200 ") and page.endswith(b"\n"), page[:200]
        self.page_bytes = len(page)
        found = defaultdict(dict)
        for figure, account, region, value in _POLL.findall(page):
            found[account.decode(), region.decode()][figure[:4]] = float(value)
        for place, figures in found.items():
            if figures.get(b"last"):
                end = figures[b"last"] - START
                self.polls[place][end] = end - figures[b"poll"]
        total = sum(map(float, _SUM.findall(page)))
        assert total >= self._sum, "counters went down"
        self._sum = total

    def _reload(self):
        self.reloads.append(self._clock_seconds())
        assert fetch(f"http://{self.daemon.address}/-/reload", "POST").status == 200

    def _clock_seconds(self):
        """The program's time since the start, as its own page has it."""
        now = fetch(f"http://{self.daemon.address}/api/v1/status").json()["now"]
        return measures.unix_seconds(now) - START

    def _look(self):
        for path in ("/", "/api/v1/pools", "/api/v1/alerts", "/api/v1/trends", "/api/v1/usage?start=-24h&step=1h"):
            assert fetch(f"http://{self.daemon.address}{path}").status == 200, path

    # MARK: What is measured

    def _sample(self, minute):
        store = self.daemon.store
        self.samples.append({
            "minute": minute, **self._process.figures(), "heap_bytes": self._clock.heap_bytes, "store_bytes": measures.size(store),
            "wal_bytes": measures.size(f"{store}-wal"),
            "log_bytes": sum(path.stat().st_size for path in store.parent.glob("run-*.stderr")),
            "wall_seconds": round(self.wall_seconds, 1),
        })

    def _check(self, minute):
        """Looks whether the hour before a minute is complete in the store, to the last token."""
        first = START // 60 + minute - 60
        if minute >= 60:
            self.problems += stored.problems(self.daemon.store, self.fleet, first, first + 60)
            self.minutes_checked += 60
