"""Killed while history is read, by the command and by a daemon's first days: in the end the store equals that of a run that
nobody disturbed, and no datapoint was paid for twice but those of the request that a kill cut off.
"""

import random
import subprocess
import time

import pytest

from support import configuration, kills, pools, programs, store, world
from support.daemon import Daemon
from support.preload import FaultyDisk, StandingClock, together
from support.waiting import PATIENCE_SECONDS, wait_for

REGION = world.SINGAPORE
METRICS = ["Invocations", "InputTokenCount", "OutputTokenCount"]
HOUR, DAY = 3600, 24 * 3600
NOW = int(time.time()) // DAY * DAY + 10 * HOUR
#: In days: minutes, then 5 minutes, then hours.
LENGTH = 80
MODELS = [f"global.{world.SONNET}", f"us.{world.HAIKU}", "82ey7vcct4m3", f"global.{world.NOVA}"]
if kills.PER_PHASE < 10:
    MODELS = MODELS[:2]


def fill(data, dice):
    """Datapoints of all ages, more of those that CloudWatch keeps as minutes."""
    world.furnish(data, REGION)
    for model in MODELS:
        for metric in METRICS:
            ages = {*dice.sample(range(1, 14 * 1440), 400), *dice.sample(range(1440, LENGTH * 1440), 800)}
            data.put(REGION, model, metric, {NOW - 60 * age: dice.randrange(1, 10_000) for age in ages})


class Bill:
    """The windows that CloudWatch was asked for, and which of them a kill cut off."""

    def __init__(self, cloud, live_from):
        self._cloud = cloud
        self._live_from = live_from
        self._first = len(cloud.requests)
        self._cut_off = set()

    def note_kill(self):
        """Call it after each kill: the last request may not have been stored."""
        self._cloud.wait_until_left()
        requests = self.requests()
        if requests:
            self._cut_off.add(id(requests[-1]))

    def requests(self):
        """Those for datapoints so far, without those of the newest minutes, which each poll reads again."""
        return [request for request in self._cloud.requests[self._first:]
                if request.operation == "GetMetricData" and request.params["StartTime"] < self._live_from]

    def check(self, what):
        """Fails for a datapoint that was asked for again although the request before was not the one cut off. Returns the
        number of metrics that were paid for, without those of requests that were cut off.
        """
        asked, paid = {}, 0
        for request in self.requests():
            start, end = request.params["StartTime"], min(request.params["EndTime"], self._live_from)
            paid += len(request.params["MetricDataQueries"]) if id(request) not in self._cut_off else 0
            for query in request.params["MetricDataQueries"]:
                stat = query["MetricStat"]
                dimensions = tuple((part["Name"], part["Value"]) for part in stat["Metric"]["Dimensions"])
                before = asked.setdefault((stat["Metric"]["MetricName"], dimensions, stat["Period"]), [])
                twice = [other for other in before if other[0] < end and start < other[1] and other[2] not in self._cut_off]
                assert not twice, f"{what}: {stat} was asked for from {start} to {end} and {twice[0][:2]}"
                before.append((start, end, id(request)))
        return paid


class Command(Daemon):
    """The `backfill` command in the place of a daemon."""

    def start(self, wait=True):
        """Starts it; it does not listen."""
        configuration.write(self.config_file, self._settings)
        self._runs += 1
        with open(self._log_path("stderr"), "wb") as stderr, open(self._log_path("stdout"), "wb") as stdout:
            self.process = subprocess.Popen(
                [programs.exporter(), "backfill", "--yes", f"--start=-{LENGTH}d", f"--config.file={self.config_file}",
                 f"--storage.path={self.store}"],
                env=self._environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
        return self

    def finish(self, missing):
        """Lets it end."""
        assert self.wait(PATIENCE_SECONDS) == 0, self.log()

    def is_over(self, missing):
        """Whether it has ended."""
        return self.process.poll() is not None


class FirstDays(Daemon):
    """A daemon with a history to read."""

    def finish(self, missing):
        """Lets it read all, and stops it."""
        self.wait_until_listening()
        wait_for(lambda: missing(self.store) is False, lambda: f"all history:\n{self.log()}")
        assert self.stop() == 0

    def is_over(self, missing):
        """Whether it has died or has read all."""
        return self.process.poll() is not None or missing(self.store) is False


def missing(path):
    """Whether a series lacks something of its history; None while there is no store with the schema."""
    if not path.exists():
        return None
    tables = {"coverage": 14 * DAY, "five_minute_coverage": 40 * DAY, "hour_coverage": 10 * DAY}
    if not store.rows(path, "SELECT 1 FROM sqlite_schema WHERE name = 'hour_coverage'"):
        return None
    counted = [store.rows(path, f'SELECT series_id, sum("end" - start) FROM {table} GROUP BY 1') for table in tables]
    return not all(len(rows) == len(MODELS) and all(length > least for _, length in rows)
                   for rows, least in zip(counted, tables.values()))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Command, FirstDays], ids=["command", "daemon"])
def test_kills_while_history_is_read(workshop, kind):
    dice = random.Random(kills.SEED)
    phase = f"backfill by the {'command' if kind is Command else 'daemon'}"
    tally = kills.Tally(phase)
    # A poll every five seconds, between which a daemon reads history, all in the same minute.
    clock = StandingClock(workshop.folder, NOW, 0 if kind is Command else 55)
    cloud, disk = workshop.cloud(), FaultyDisk(workshop.folder)
    cloud.data.now = clock.now
    fill(cloud.data, dice)
    polling = {"interval": "5s", "discovery_interval": "1h", "quota_interval": "1h", "backfill": f"{LENGTH}d"}
    settings = configuration.settings([REGION], polling, alerts=pools.NO_ALERTS)

    def new():
        folder = workshop.folder / f"life-{len(workshop._daemons)}"
        folder.mkdir()
        daemon = kind(folder, settings, configuration.environment(folder, cloud.url, **together(clock, disk)))
        workshop._daemons.append(daemon)
        return daemon

    straight, bill, first, started = new(), Bill(cloud, NOW - 20 * 60), disk.operations, time.monotonic()
    straight.start(wait=False).finish(missing)
    operations, seconds = disk.operations - first, time.monotonic() - started
    paid, expected = bill.check("without kills"), same(store.comparable_contents(straight.store))
    print(f"{len(bill.requests())} requests for {paid} metrics, {operations} operations in {seconds:.1f} s")
    while tally.rarest:
        daemon, bill = new(), Bill(cloud, NOW - 20 * 60)
        for _ in range(dice.randint(2, 4)):
            what = f"seed {kills.SEED}, kill {tally.total}"
            asked = len(bill.requests())
            how = die(daemon, disk, operations, dice)
            if kills.killed(daemon, what, may_end=kind is Command):
                bill.note_kill()
                inside = missing(daemon.store) and len(bill.requests()) > asked
                tally.note(phase if inside else None, how)
            daemon.kill()
        daemon.start(wait=False).finish(missing)
        found = same(store.comparable_contents(daemon.store))
        assert found == expected, f"{what}: not what it is without kills:\n{store.difference(found, expected)}"
        assert bill.check(what) <= paid, f"{what}: more was paid for than without kills"
        assert store.check_integrity(daemon.store) == "ok"
    tally.save()


def same(contents):
    """Without seconds of the minute in which all happens."""
    return {table: sorted((tuple(value // 60 if isinstance(value, int) and NOW <= value < NOW + 60 else value
                                 for value in row) for row in rows), key=repr) for table, rows in contents.items()}


def die(daemon, disk, operations, dice):
    """Starts it and has it killed in the middle; returns how."""
    first = disk.operations
    # More than once in a life, so each time a part of the whole.
    target, torn, by_time = dice.randrange(1, max(2, operations // 2)), dice.random() < 0.4, dice.random() < 0.3
    if by_time:
        # The death comes in the milliseconds after an operation, where most others are; the disk makes them longer.
        disk.slow_down(1000)
    else:
        disk.kill(target, torn)
    daemon.start(wait=False)
    wait_for(lambda: by_time and disk.operations > first + target or daemon.is_over(missing), daemon.log,
             pause=0.001 if by_time else 0.02)
    if by_time:
        time.sleep(dice.uniform(0, 0.03))
        daemon.kill()
    disk.slow_down(0)
    disk.heal()
    return "by time" if by_time else "in a write" if torn else "before a write"
