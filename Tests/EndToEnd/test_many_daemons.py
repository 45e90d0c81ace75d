"""Eight daemons write through one vmagent into two VictoriaMetrics: one place that has every account, right to the token."""

import sqlite3
import time

import pytest

from support import configuration, programs, world
from support.remote_write import Receiver, VictoriaMetrics
from support.waiting import wait_for
from support.web import fetch
from support.world import SINGAPORE, SONNET

DAEMONS = 8
PROFILE = f"global.{SONNET}"
POLLING = {**configuration.POLLING, "reread_window": "2m", "settle_delay": "1m", "backfill": "2h"}
LOOK_BACK_MINUTES = 60
RATE = 5


class VMAgent(Receiver):
    """vmagent, which keeps on disk what a store has not yet taken."""

    ready_path = "/health"

    def __init__(self, folder, stores):
        super().__init__(folder)
        self.stores = stores

    def command(self):
        """A queue of its own for each store."""
        return [
            programs.required("vmagent"), f"-httpListenAddr=127.0.0.1:{self.port}",
            f"-remoteWrite.tmpDataPath={self.folder / 'queues'}", "-remoteWrite.flushInterval=1s",
            *[f"-remoteWrite.url=http://127.0.0.1:{store.port}/api/v1/write" for store in self.stores]]

    def refused(self, store):
        """How often a store did not take what it was sent."""
        text = fetch(f"http://127.0.0.1:{self.port}/metrics").text
        name = "vmagent_remotewrite_retries_count_total"
        number = self.stores.index(store) + 1
        return next(float(line.rpartition(" ")[2]) for line in text.splitlines()
                    if line.startswith(name) and f'url="{number}:' in line)


def tokens(index, minute):
    """Input and output tokens of a daemon's account in a minute: another value each."""
    return (minute // 60 + 7 * index) % 1009 * 10 + index, (minute // 60) % 97 + index


def cloud_of(workshop, index):
    """An account of its own with two hours of traffic."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, SINGAPORE)
    minutes = [world.this_minute() + 60 * offset for offset in range(-90, 60)]
    cloud.data.put(SINGAPORE, PROFILE, "Invocations", {minute: 10 + index for minute in minutes})
    cloud.data.put(SINGAPORE, PROFILE, "InputTokenCount", {minute: tokens(index, minute)[0] for minute in minutes})
    cloud.data.put(SINGAPORE, PROFILE, "OutputTokenCount", {minute: tokens(index, minute)[1] for minute in minutes})
    return cloud


def sent(daemon):
    """The minutes of the pool that vmagent has taken: (first second, second after the last); nothing before the first."""
    with sqlite3.connect(f"file:{daemon.store}?mode=ro", uri=True, timeout=60) as database:
        found = database.execute(
            "SELECT start, next FROM remote_write_cursors WHERE subject = ?", [f"pool/global/{SONNET}"]).fetchall()
    return found[0] if found else None


def are_caught_up(daemons):
    """Whether all that is settled was sent."""
    edge = world.this_minute() - 2 * 60
    return all((sent(daemon) or (0, 0))[1] >= edge for daemon in daemons)


@pytest.mark.slow
def test_eight_daemons_in_one_place(workshop, tmp_path):
    """One store goes and comes back, one daemon is killed and replaced: nothing is lost and nothing doubled."""
    stores = [VictoriaMetrics(tmp_path / f"store-{number}") for number in (1, 2)]
    agent = VMAgent(tmp_path / "agent", stores)
    for store in stores:
        store.start()
    agent.start()
    url = f"http://127.0.0.1:{agent.port}/api/v1/write"
    daemons = []
    for index in range(DAEMONS):
        settings = configuration.settings(
            [SINGAPORE], POLLING, remote_write=[{"url": url, "name": "r", "start": f"{LOOK_BACK_MINUTES}m"}])
        settings["accounts"][0]["name"] = f"team-{index}"
        daemons.append(workshop.daemon(settings, cloud_of(workshop, index)))
    try:
        # All but one begin; the last one is on its way when a store goes.
        for daemon in daemons[:-1]:
            daemon.start()
        wait_for(lambda: are_caught_up(daemons[:-1]), "seven daemons' hours")
        stores[0].go_down()
        daemons[-1].start()
        wait_for(lambda: sent(daemons[-1]), "the eighth daemon's first request")
        daemons[-1].kill()
        daemons[-1].start()
        wait_for(lambda: are_caught_up(daemons), "the eighth daemon's hour, beside a store that is down")
        wait_for(lambda: agent.refused(stores[0]) > 0, "the store that is down missed")
        assert agent.refused(stores[1]) == 0
        stores[0].start()
        # What a stop cuts off may have been taken without its sender's knowledge.
        wait_for(lambda: are_caught_up(daemons) and time.time() % 60 < 30, "a time in which nothing is sent")
        for daemon in daemons:
            assert daemon.stop() == 0
        ranges = [sent(daemon) for daemon in daemons]
        for store in stores:
            wait_for(lambda: has_all(store, ranges), "what vmagent has kept")
            check(store, ranges)
    finally:
        for process in [*stores, agent]:
            process.kill()


def has_all(store, ranges):
    """Whether as many minutes of each account are there as were sent: what vmagent has kept comes in any order."""
    found = store.samples()
    return all(len(found.get(key(index), [])) >= (end - start) // 60 for index, (start, end) in enumerate(ranges))


def key(index):
    labels = (("account", f"team-{index}"), ("model", SONNET), ("region", SINGAPORE), ("scope", "global"))
    return "bedrock_minute_quota_tokens", labels


def check(store, ranges):
    """Every minute of every account is there once, and a query over all of them is right to the token."""
    found = store.samples()
    for index, (start, end) in enumerate(ranges):
        points = found[key(index)]
        assert [second for second, _ in points] == list(range(start + 60, end + 60, 60))
        assert [value for _, value in points] == [weighed(index, second - 60) for second, _ in points]
    end = min(end for _, end in ranges)
    begin = max(start for start, _ in ranges)
    minutes = range(begin, end, 60)
    answer = store.get(
        "/api/v1/query", query=f"sum(sum_over_time(bedrock_minute_quota_tokens[{(end - begin) // 60}m]))",
        time=f"{end}").json()
    assert float(answer["data"]["result"][0]["value"][1]) == sum(
        weighed(index, minute) for index in range(DAEMONS) for minute in minutes)


def weighed(index, minute):
    incoming, outgoing = tokens(index, minute)
    return incoming + RATE * outgoing
