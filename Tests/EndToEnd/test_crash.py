"""Killed at random moments under load: the store stays whole, counters never go down, no minute is lost or doubled."""

import os
import random
import threading
import time

import pytest

from support import configuration, store, world
from support.waiting import wait_for

REGIONS = [world.SINGAPORE, world.JAKARTA]
METRICS = ["Invocations", "InputTokenCount", "OutputTokenCount", "CacheReadInputTokenCount", "InvocationThrottles"]
#: `make crash` raises it.
KILLS = int(os.environ.get("BQE_CRASHES", "20"))
SEED = int(os.environ.get("BQE_SEED", random.randrange(1 << 32)))
#: Of the minutes that every poll reads again, so that each change is read before it grows old.
FRESH_MINUTES = 10


class Traffic(threading.Thread):
    """Traffic that goes on while the daemon dies: minutes grow, late ones come in, new model IDs turn up."""

    def __init__(self, data, dice):
        super().__init__(daemon=True)
        self._data = data
        self._dice = dice
        self._models = 0
        self._end = threading.Event()
        for region in REGIONS:
            for _ in range(20):
                self._add_model(region)

    def run(self):
        """Changes something every few milliseconds."""
        while not self._end.wait(0.005):
            region = self._dice.choice(REGIONS)
            if self._dice.random() < 0.005:
                self._add_model(region)
            self._grow(region)

    def stop(self):
        """From here on nothing changes."""
        self._end.set()
        self.join(timeout=60)

    def _add_model(self, region):
        model = f"global.vendor.model-{self._models}"
        self._models += 1
        minutes = {world.this_minute() - 60 * age: self._dice.randint(1, 1000) for age in range(FRESH_MINUTES)}
        for metric in METRICS:
            self._data.put(region, model, metric, minutes)

    def _grow(self, region):
        with self._data.lock:
            minutes = self._dice.choice(list(self._data.series[region].values()))
            second = world.this_minute() - 60 * self._dice.randrange(FRESH_MINUTES)
            minutes[second] = minutes.get(second, 0) + self._dice.randint(1, 1000)


def usage_counters(page):
    """The counters that go on across restarts."""
    return {key: value for key, value in page.counters().items()
            if not key[0].startswith(("bedrock_exporter_", "process_"))}


def scrape(daemon, highest):
    """One scrape; fails when a counter is lower than it ever was."""
    for key, value in usage_counters(daemon.metrics()).items():
        assert value >= highest.get(key, 0), f"{key} fell from {highest[key]} to {value} (seed {SEED})"
        highest[key] = value


def live_until(daemon, deadline, highest):
    """Scrapes as often as possible until a moment."""
    while time.monotonic() < deadline:
        scrape(daemon, highest)
        time.sleep(0.02)


@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing(workshop):
    dice = random.Random(SEED)
    cloud = workshop.cloud()
    traffic = Traffic(cloud.data, random.Random(SEED + 1))
    daemon = workshop.daemon(configuration.settings(REGIONS), cloud)
    highest = {}
    traffic.start()
    for kill in range(KILLS):
        started = time.monotonic()
        # Some die while they start, most of them in the middle of polls.
        if dice.random() < 0.2:
            daemon.start(wait=False)
            time.sleep(dice.uniform(0, 0.3))
        else:
            daemon.start()
            live_until(daemon, started + dice.uniform(0.3, 2.5), highest)
        daemon.kill()
        if daemon.store.exists():
            assert store.check_integrity(daemon.store) == "ok", f"after kill {kill} (seed {SEED})"
    traffic.stop()

    daemon.start()
    expected = store.expected_minutes(cloud.data, "test", REGIONS)
    wait_for(lambda: store.minutes(daemon.store) == expected, f"a store that equals AWS (seed {SEED})")
    daemon.wait_until_ready()
    wait_for(lambda: counted(daemon) == sums(expected), f"counters that equal AWS (seed {SEED})")
    scrape(daemon, highest)
    assert set(highest) <= set(usage_counters(daemon.metrics())), "no counter has vanished"
    assert daemon.stop() == 0
    assert store.check_integrity(daemon.store) == "ok"
    assert len(cloud.requests) > KILLS, "there was load"


def counted(daemon):
    """Input tokens by Region and model ID, as exposed."""
    samples = daemon.metrics().matching("bedrock_input_tokens_total")
    return {(dict(key)["region"], dict(key)["model_id"]): value for key, value in samples.items()}


def sums(minutes):
    """Input tokens by Region and model ID, as AWS has them."""
    totals = {}
    for (_, region, model, column, _), value in minutes.items():
        if column == "input_tokens":
            totals[region, model] = totals.get((region, model), 0) + value
    return totals
