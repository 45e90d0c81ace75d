"""Killed between the decision about an alert and its delivery: nothing is lost, and people are told once."""

import json
import os
import random
import re
import stat
import time
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from support import kills, pools, secrets, store
from support.moto import moto_server
from support.preload import FaultyDisk
from support.receivers import Alertmanager, recorder
from support.remote_write import Gate
from support.waiting import wait_for
from test_alert_sns import Mailbox

#: `make crash` raises it.
KILLS = int(os.environ.get("BQE_ALERT_CRASHES", "8"))
SEED = kills.SEED
#: When the daemon dies: a request is under way and never arrives; it has arrived and the answer never does; the store is
#: being written; any time.
MOMENTS = ["before", "after", "write", "any"]
#: About as many as it takes to tick off the messages of one transition.
OPERATIONS = 20


class Assassin(Gate):
    """A way to a receiver on which the daemon can be killed."""

    def __init__(self, receiver=None):
        super().__init__(receiver)
        self._victim = None
        self._moment = None

    def aim(self, victim, moment):
        """Kills at the next request; None for the victim lets all pass."""
        self._victim, self._moment = victim, moment

    def pass_on(self, request):
        """The receiver's answer, if anybody is left to hear it."""
        with self.lock:
            victim, self._victim = self._victim, None
        if victim is not None and self._moment == "before":
            victim.kill()
            return 503, b""
        answer = super().pass_on(request)
        if victim is not None:
            victim.kill()
        return answer


class People:
    """Receivers of every kind, and what each was told."""

    def __init__(self, folder, moto, told_by_alertmanager):
        self._told = told_by_alertmanager
        self.alertmanager = Alertmanager(folder / "alertmanager", told_by_alertmanager.url())
        self.alertmanager.start()
        self._mailbox = Mailbox(moto, "ordered.fifo")
        topic = SimpleNamespace(port=urlsplit(moto).port, write_path="/")
        self.gates = {"alertmanager": Assassin(self.alertmanager), "webhook": Assassin(), "slack": Assassin(),
                      "sns": Assassin(topic)}
        self._pages = folder / "pages"
        self._pages.mkdir()
        self._program = folder / "page"
        self._program.write_text(
            f"#!/bin/sh\ncat > {self._pages}/$$.part && mv {self._pages}/$$.part {self._pages}/$(date +%s.%N).json\n")
        self._program.chmod(self._program.stat().st_mode | stat.S_IXUSR)

    def settings(self, quiet):
        """Alerts on every pool but the quiet ones."""
        overrides = [{"scope": pools.POOLS[m][0], "model": pools.POOLS[m][1], "enabled": False} for m in sorted(quiet)]
        return pools.settings([
            {"type": "alertmanager", "url": self.gates["alertmanager"].url(""), "resend": "10s"},
            {"type": "webhook", "url": self.gates["webhook"].url(f"/{secrets.HOOK_TOKEN}"), "group": False},
            {"type": "slack", "url": self.gates["slack"].url(f"/services/{secrets.HOOK_PATH}")},
            {"type": "sns", "topic_arn": self._mailbox.topic},
            {"type": "command", "command": [str(self._program)]},
        ], {"overrides": overrides})

    def told(self):
        """{receiver: {model ID: what it was told of that pool, in order}}, repetitions left out."""
        return {"people behind Alertmanager": by_pool((pools.key(a["labels"]), a["status"]) for a in self._told.alerts()),
                "webhook": delivered(self.gates["webhook"]),
                "slack": once(of_text(attachment["title"]) for body in self._bodies("slack") for attachment in body["attachments"]),
                "sns": once(of_text(letter["Message"].partition("\n")[0]) for letter in self._letters()),
                "command": once((pools.key(alert["labels"]), alert["status"]) for page in self._read_pages()
                                for alert in page["alerts"])}

    def close(self):
        """Ends all of them."""
        for gate in self.gates.values():
            gate.close()
        self.alertmanager.kill()

    def _bodies(self, name):
        with self.gates[name].lock:
            return [json.loads(request.body) for request in self.gates[name].requests]

    def _letters(self):
        return sorted(self._mailbox.look(), key=lambda letter: letter["Timestamp"])

    def _read_pages(self):
        return [json.loads(path.read_text()) for path in sorted(self._pages.glob("*.json"))]


@pytest.mark.slow
def test_kills_between_decision_and_delivery(workshop, tmp_path):
    dice = random.Random(SEED)
    tally = kills.Tally("outbox", wanted=KILLS)
    cloud, disk = pools.furnish(workshop.cloud()), FaultyDisk(workshop.folder)
    for model_id in pools.POOLS:
        pools.use(cloud, model_id, 0.75)
    with recorder() as told, moto_server(tmp_path) as moto:
        people = People(tmp_path, moto, told)
        try:
            quiet = set(pools.POOLS)
            daemon = workshop.daemon(people.settings(quiet), cloud, {
                **disk.variables, "AWS_ENDPOINT_URL_SNS": people.gates["sns"].url("")})
            expected = {model_id: [] for model_id in pools.POOLS}
            while tally.rarest:
                model_id = dice.choice(sorted(pools.POOLS))
                # What fires ends, what is quiet fires.
                quiet ^= {model_id}
                expected[model_id].append("resolved" if model_id in quiet else "firing")
                daemon.reconfigure(people.settings(quiet))
                what = f"seed {SEED}, kill {tally.total}"
                how = die(daemon, dice, people.gates, disk)
                if kills.killed(daemon, what):
                    tally.note("outbox" if is_waiting(daemon) else None, how)
                daemon.kill()
                daemon.start()
                wait_for(lambda: set(map(repr, people.told().values())) == {repr(expected)},
                         lambda: f"{what}, {how}: expected {expected},\ntold {people.told()}\n{daemon.log()[-3000:]}")
                daemon.kill()
            active = sorted(pools.key(alert["labels"]) for alert in people.alertmanager.alerts())
            assert active == sorted(set(pools.POOLS) - quiet), "each is there once"
            check_repetitions(people.gates["webhook"], expected)
            tally.save()
            print(f"{sum(map(len, expected.values()))} transitions, requests: "
                  f"{ {name: len(gate.requests) for name, gate in people.gates.items()} }")
        finally:
            people.close()


def die(daemon, dice, gates, disk):
    """Starts the daemon, which decides something new, and kills it; returns at which moment."""
    moment, how = dice.choice(MOMENTS), "by time"
    if moment in ("before", "after"):
        name = dice.choice(sorted(gates))
        gates[name].aim(daemon, moment)
        how = f"{moment} a request to {name}"
    else:
        # Long enough for a look at the outbox while messages are in it.
        disk.slow_down(2000)
    daemon.start(wait=False)
    if moment in ("write", "any"):
        try:
            wait_for(lambda: is_waiting(daemon), daemon.log, 5, 0.002)
        except AssertionError:
            # Missed on a busy machine; such a kill is not counted.
            pass
        if moment == "write":
            torn = dice.random() < 0.4
            how = "in a write" if torn else "before a write"
            disk.kill(dice.randrange(OPERATIONS), torn)
        # The last message may be gone before so many operations.
        wait_for(lambda: daemon.process.poll() is not None or moment == "any" or not is_waiting(daemon), daemon.log)
        time.sleep(dice.uniform(0, 0.05))
        daemon.kill()
    wait_for(lambda: daemon.process.poll() is not None, lambda: f"the kill, seed {SEED}:\n{daemon.log()}")
    disk.heal()
    disk.slow_down(0)
    return how


def is_waiting(daemon):
    """Whether a message has been decided on and not yet been ticked off."""
    return daemon.store.exists() and bool(
        store.rows(daemon.store, "SELECT 1 FROM sqlite_schema WHERE name = 'notifications'")
        and store.rows(daemon.store, "SELECT 1 FROM notifications LIMIT 1"))


def of_text(text):
    """The pool and the state that a message for people speaks of."""
    state, model, scope = re.match(r"(Resolved: |RESOLVED: |FIRING: |)(\S+) \((\w+)\) in ", text).groups()
    return pools.key({"scope": scope, "model": model}), "resolved" if state.upper() == "RESOLVED: " else "firing"


def by_pool(pairs):
    """What was told, in order, by pool."""
    told = {model_id: [] for model_id in pools.POOLS}
    for model_id, state in pairs:
        told[model_id].append(state)
    return told


def once(pairs):
    """The same, what was told twice in a row once, because nothing in it says that it is a repetition."""
    told = by_pool(pairs)
    return {model_id: [state for index, state in enumerate(states) if states[index - 1:index] != [state]]
            for model_id, states in told.items()}


def delivered(gate):
    """What the webhook was told, by pool, a repetition with the same key left out."""
    pairs, keys = [], set()
    with gate.lock:
        requests = list(gate.requests)
    for request in requests:
        if request.headers["idempotency-key"] not in keys:
            keys.add(request.headers["idempotency-key"])
            alert, = json.loads(request.body)["alerts"]
            pairs.append((pools.key(alert["labels"]), alert["status"]))
    return by_pool(pairs)


def check_repetitions(gate, expected):
    """A message that came twice came in the same words."""
    bodies = {}
    for request in gate.requests:
        bodies.setdefault(request.headers["idempotency-key"], set()).add(request.body)
    assert all(len(forms) == 1 for forms in bodies.values()), "the same key, the same body"
    assert len(bodies) == sum(map(len, expected.values())), "a key for each transition"
