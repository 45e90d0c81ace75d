"""Killed while a poll is stored: beside a daemon that nobody disturbs, poll by poll, the store is the same, row for row."""

import random
import time
from http.client import HTTPException

import pytest

from support import configuration, kills, pools, store, world
from support.preload import FaultyDisk, StandingClock, together
from support.waiting import wait_for

REGIONS = [world.SINGAPORE, world.JAKARTA]
METRICS = ["Invocations", "InputTokenCount", "OutputTokenCount", "CacheReadInputTokenCount", "InvocationThrottles"]
#: Between two polls, so that hours end and their rollups are made.
STEP = 10 * 60
START = int(time.time()) // 3600 * 3600 - 24 * 3600
#: Minutes of which every poll looks for revisions.
REVISED = 15


class Traffic:
    """What CloudWatch and Service Quotas say at the time of each poll."""

    def __init__(self, data, dice):
        self._data, self._dice = data, dice
        self._models = {region: [f"global.{world.SONNET}", f"us.{world.HAIKU}"] for region in REGIONS}
        for region in REGIONS:
            world.furnish(data, region)

    def go_on(self, poll, now):
        """Minutes since the last poll, revised ones, at times a new model ID or another quota."""
        dice = self._dice
        for region in REGIONS:
            models = self._models[region]
            if dice.random() < 0.3:
                models.append(f"global.vendor.model-{poll}")
            for model in models:
                for metric in METRICS:
                    minutes = range(now - REVISED * 60, now + 60, 60)
                    self._data.put(region, model, metric, {
                        minute: dice.randrange(10_000) for minute in minutes if dice.random() < 0.6})
            if poll % 8 == 7:
                with self._data.lock:
                    dice.choice(self._data.applied_quotas[region])["Value"] = float(dice.randrange(1, 10**6))


def has_polled(daemon, now):
    """Whether a poll of each Region has ended, and nothing is left to be rolled up."""
    times = daemon.metrics().matching("bedrock_exporter_last_successful_poll_timestamp_seconds").values()
    if list(times) != [now] * len(REGIONS):
        return False
    newest = "(SELECT max(minute) FROM minutes) / 3600 * 3600"
    return not store.rows(daemon.store, f"SELECT 1 FROM stale_rollups WHERE start < {newest}")


def run_whole(daemon, now, what):
    """One start, one poll, one stop; returns what is stored then."""
    daemon.start()
    wait_for(lambda: has_polled(daemon, now), lambda: f"{what}:\n{daemon.log()[-3000:]}")
    assert daemon.stop() == 0
    return store.comparable_contents(daemon.store)


@pytest.mark.slow
def test_kills_while_polls_are_stored(workshop):
    dice = random.Random(kills.SEED)
    tally = kills.Tally("poll")
    cloud, clock, disk = workshop.cloud(), StandingClock(workshop.folder, START), FaultyDisk(workshop.folder)
    cloud.data.now = clock.now
    traffic = Traffic(cloud.data, dice)
    settings = configuration.settings(REGIONS, {"interval": "5m", "backfill": "2h"}, alerts=pools.NO_ALERTS)
    straight, broken = (workshop.daemon(settings, cloud, together(clock, disk)) for _ in range(2))
    poll, highest = 0, {}
    while tally.rarest:
        poll += 1
        clock.set(now := START + poll * STEP)
        traffic.go_on(poll, now)
        first, what = disk.operations, f"seed {kills.SEED}, poll {poll}"
        expected = run_whole(straight, now, what)
        operations = disk.operations - first
        for _ in range(dice.randint(1, 2)):
            die(broken, disk, operations, now, dice, tally, expected, what)
        found = run_whole(broken, now, what)
        assert found == expected, f"{what}: not what it is without kills:\n{store.difference(found, expected)}"
        exposed = {row[:2]: row[3] for row in found["totals"]}
        assert all(exposed[key] >= value for key, value in highest.items()), f"{what}: a counter fell"
        highest = exposed
    assert store.check_integrity(broken.store) == "ok"
    assert store.minutes(broken.store) == store.expected_minutes(cloud.data, "test", REGIONS)
    tally.save()


def is_over(daemon, now):
    """Whether the daemon has died or has come through its poll."""
    if daemon.process.poll() is not None:
        return True
    listening = next((line for line in daemon.log_lines() if line.get("msg") == "Listening on"), None)
    if not listening:
        return False
    daemon.address = listening["address"]
    try:
        return has_polled(daemon, now)
    except (ConnectionError, HTTPException):
        # It has just died.
        return False


def die(daemon, disk, operations, now, dice, tally, expected, what):
    """Starts the daemon and has it killed in the middle of its poll; one that came through is not counted."""
    first = disk.operations
    target, torn, by_time = dice.randrange(1, operations), dice.random() < 0.4, dice.random() < 0.3
    if by_time:
        # The death comes in the milliseconds after an operation, where most others are; the disk makes them longer.
        disk.slow_down(1000)
    else:
        disk.kill(target, torn)
    daemon.start(wait=False)
    if by_time:
        wait_for(lambda: disk.operations > first + target or is_over(daemon, now), daemon.log, pause=0.001)
        time.sleep(dice.uniform(0, 0.03))
        daemon.kill()
    else:
        wait_for(lambda: is_over(daemon, now), daemon.log)
    disk.slow_down(0)
    disk.heal()
    if kills.killed(daemon, what):
        inside = store.comparable_contents(daemon.store) != expected
        # The first poll's comes with the making of the store.
        how = "by time" if by_time else "in a write" if torn else "before a write"
        tally.note("poll" if inside and now > START + STEP else None, how)
    daemon.kill()

