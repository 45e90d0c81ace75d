"""Killed while rollups are made and what is old is deleted: in the end the store equals that of a run that nobody
disturbed, row for row.
"""

import random
import sqlite3
import time

import pytest

from support import configuration, kills, filled_store, pools, store
from support.preload import FaultyDisk, StandingClock, together
from support.waiting import PATIENCE_SECONDS, allow, wait_for

PHASES = ["rollup", "retention"]
HOUR, DAY = 3600, 24 * 3600
#: A minute within an hour, so that the hour of the newest minute is open.
NOW = int(time.time()) // DAY * DAY + 10 * HOUR + 20 * 60
DAYS, MINUTES_A_DAY = 4, 600
KEPT_MINUTES, KEPT_ROLLUPS = 2, 3


def upkeep(path):
    """How much is left to do: (stale hours, rows to be deleted)."""
    minutes = (NOW - KEPT_MINUTES * DAY) // HOUR * HOUR
    rollups = (NOW - KEPT_ROLLUPS * DAY) // DAY * DAY
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60) as database:
        stale, = database.execute(
            f"SELECT coalesce(sum(min(\"end\", {NOW // HOUR * HOUR}) - start), 0) / {HOUR} FROM stale_rollups "
            f"WHERE start < {NOW // HOUR * HOUR}").fetchone()
        old = sum(database.execute(f"SELECT count(*) FROM {table} WHERE {column} < {cut}").fetchone()[0]
                  for table, column, cut in [
                      ("minutes", "minute", minutes), ("series_hours", "start", rollups), ("series_days", "start", rollups),
                      ("pool_hours", "start", rollups), ("pool_days", "start", rollups),
                      ("five_minute_periods", "start", rollups), ("hour_periods", "start", rollups),
                      ("throttle_episodes", "start", rollups)])
    return stale, old


class Bench:
    """A store without rollups, and what it becomes when nobody disturbs the program."""

    def __init__(self, workshop, dice):
        self.template = workshop.folder / "template.db"
        filled_store.build(self.template, NOW, DAYS, MINUTES_A_DAY, dice)
        self.daemon = workshop.straight
        kills.copy(self.template, self.daemon.store)
        disk, first = workshop.disk, workshop.disk.operations
        #: {phase: how long it takes}, {phase: how many operations there are until its end}
        self.seconds = dict.fromkeys(PHASES, 0.0)
        self.most = {}
        #: What there was to do of each phase when it began.
        self.total = [0, 0]
        self.daemon.start(wait=False)
        last, phase = time.monotonic(), PHASES[0]
        while phase:
            left = upkeep(self.daemon.store)
            self.total = [max(pair) for pair in zip(self.total, left)]
            now, done = time.monotonic(), disk.operations - first
            self.seconds[phase] += now - last
            self.most[phase] = done
            phase, last = self.phase(left), now
            assert self.daemon.process.poll() is None, self.daemon.log()
            assert self.seconds[phase or PHASES[0]] < allow(PATIENCE_SECONDS), f"{left}\n{self.daemon.log()}"
            time.sleep(0.002)
        self.daemon.wait_until_listening()
        assert self.daemon.stop() == 0
        self.expected = store.contents(self.daemon.store)
        check_by_hand(self.template, self.expected)

    @staticmethod
    def phase(left):
        """Which part of the work is under way, None when all is done."""
        return next((phase for phase, rest in zip(PHASES, left) if rest), None)

    def hit(self, left):
        """The phase that a kill has hit, which had begun."""
        phase = self.phase(left)
        return phase if phase and left[PHASES.index(phase)] < self.total[PHASES.index(phase)] else None

    def rest(self, phase, left):
        """About how many operations are left of a phase."""
        number = PHASES.index(phase)
        first, end = self.most[PHASES[number - 1]] if number else 0, self.most[phase]
        return max(1, (end - first) * left[number] // max(1, self.total[number]))


def check_by_hand(template, found):
    """The undisturbed run itself: rollups are the sums of the minutes, and what is old is gone, nothing else."""
    minutes = (NOW - KEPT_MINUTES * DAY) // HOUR * HOUR
    rollups = (NOW - KEPT_ROLLUPS * DAY) // DAY * DAY
    names = dict(store.rows(template, "SELECT id, model_id FROM series"))
    rows = store.rows(template, f"SELECT series_id, minute, {', '.join(filled_store.COUNTS)} FROM minutes")
    sums = {}
    for series, minute, *values in rows:
        sums.setdefault((names[series], minute // HOUR * HOUR), []).append([value or 0 for value in values])
    for (model_id, hour), values in list(sums.items()):
        sums[model_id, hour] = [sum(column) for column in zip(*values)]
    kept = {(names[series], minute, *values) for series, minute, *values in rows if minute >= minutes}
    assert {(name[2], minute, *values[:len(filled_store.COUNTS)]) for name, minute, _, *values in found["minutes"]} == kept
    hours = {(name[2], start): list(values[:len(filled_store.COUNTS)]) for name, start, *values in found["series_hours"]}
    wanted = {key: values for key, values in sums.items() if rollups <= key[1] < NOW // HOUR * HOUR}
    assert {key: hours.get(key) for key in wanted} == wanted
    assert min(start for _, start in hours) >= rollups


@pytest.mark.slow
def test_kills_during_rollups_and_retention(workshop):
    dice = random.Random(kills.SEED)
    tally = kills.Tally(*PHASES)
    polling = {"interval": "5m", "backfill": "1d"}
    settings = configuration.settings([filled_store.REGION], polling, storage={
        "minute_retention": f"{KEPT_MINUTES}d", "rollup_retention": f"{KEPT_ROLLUPS}d"}, alerts=pools.NO_ALERTS)
    clock, workshop.disk = StandingClock(workshop.folder, NOW), FaultyDisk(workshop.folder)
    variables = together(clock, workshop.disk) | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    workshop.straight = workshop.daemon(settings, variables=variables)
    daemon = workshop.daemon(settings, variables=variables)
    bench = Bench(workshop, dice)
    while tally.rarest:
        kills.copy(bench.template, daemon.store)
        for phase in [phase for phase in PHASES for _ in range(2)]:
            what = f"seed {kills.SEED}, kill {tally.total}"
            there = upkeep(daemon.store)
            if bench.phase(there) not in [*before(phase), phase]:
                continue
            how = die(daemon, workshop.disk, bench, phase, dice)
            left = upkeep(daemon.store)
            if kills.killed(daemon, what):
                tally.note(bench.hit(left), how)
            daemon.kill()
        finish(daemon, bench, what)
    print(bench.most, bench.seconds)
    tally.save()


def die(daemon, disk, bench, phase, dice):
    """Starts the daemon and has it killed in a phase, at an operation on the disk or a moment after it; returns how."""
    torn, by_time = dice.random() < 0.4, dice.random() < 0.3
    if by_time:
        # Most moments are those after an operation; the disk makes them longer.
        disk.slow_down(1000)
    if phase != PHASES[0]:
        daemon.start(wait=False)
        wait_for(lambda: daemon.process.poll() is not None or bench.phase(upkeep(daemon.store)) not in before(phase),
                 lambda: f"a beginning of {phase}: {upkeep(daemon.store)}\n{daemon.log()}", pause=0.002)
    target, first = dice.randrange(bench.rest(phase, upkeep(daemon.store))), disk.operations
    if not by_time:
        disk.kill(target, torn)
    if phase == PHASES[0]:
        daemon.start(wait=False)
    wait_for(lambda: by_time and disk.operations > first + target or daemon.process.poll() is not None
             or not bench.phase(upkeep(daemon.store)),
             lambda: f"an end of {phase}: {upkeep(daemon.store)}\n{daemon.log()}", pause=0.001)
    if by_time:
        time.sleep(dice.uniform(0, 0.03))
        daemon.kill()
    disk.slow_down(0)
    disk.heal()
    return "by time" if by_time else "in a write" if torn else "before a write"


def before(phase):
    """The phases that come before one."""
    return PHASES[:PHASES.index(phase)]


def finish(daemon, bench, what):
    """Lets the daemon do the rest, and compares."""
    daemon.start()
    wait_for(lambda: not bench.phase(upkeep(daemon.store)),
             lambda: f"{what}: {upkeep(daemon.store)}\n{daemon.log()}")
    found = store.contents(daemon.store)
    assert found == bench.expected, f"{what}: not what it is without kills:\n{store.difference(found, bench.expected)}"
    assert daemon.stop() == 0
    assert store.check_integrity(daemon.store) == "ok"

