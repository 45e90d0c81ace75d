"""Killed between the decision about an alert and its delivery: nothing is lost, and people are told once."""

import json
import os
import random
import time

import pytest

from support import pools, secrets
from support.receivers import Alertmanager, recorder
from support.remote_write import Gate
from support.waiting import wait_for

#: `make crash` raises it.
KILLS = int(os.environ.get("BQE_ALERT_CRASHES", "8"))
SEED = int(os.environ.get("BQE_SEED", random.randrange(1 << 32)))
#: When the daemon dies: a request is under way and never arrives; it has arrived and the answer never does; any time.
MOMENTS = ["before", "after", "any"]


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


def settings(receivers, quiet):
    """Alerts on every pool but the quiet ones."""
    overrides = [{"scope": pools.POOLS[m][0], "model": pools.POOLS[m][1], "enabled": False} for m in sorted(quiet)]
    return pools.settings(receivers, {"overrides": overrides})


@pytest.mark.slow
def test_kills_between_decision_and_delivery(workshop, tmp_path):
    dice = random.Random(SEED)
    cloud = pools.furnish(workshop.cloud())
    for model_id in pools.POOLS:
        pools.use(cloud, model_id, 0.75)
    with recorder() as people:
        alertmanager = Alertmanager(tmp_path / "alertmanager", people.url())
        gates = [Assassin(alertmanager), Assassin()]
        try:
            alertmanager.start()
            receivers = [
                {"type": "alertmanager", "url": gates[0].url(""), "resend": "10s"},
                {"type": "webhook", "url": gates[1].url(f"/{secrets.HOOK_TOKEN}"), "group": False},
            ]
            quiet = set(pools.POOLS)
            daemon = workshop.daemon(settings(receivers, quiet), cloud)
            expected = {model_id: [] for model_id in pools.POOLS}
            killed = dict.fromkeys(MOMENTS, 0)
            for kill in range(KILLS):
                model_id = dice.choice(sorted(pools.POOLS))
                # What fires ends, what is quiet fires.
                quiet ^= {model_id}
                expected[model_id].append("resolved" if model_id in quiet else "firing")
                daemon.reconfigure(settings(receivers, quiet))
                killed[die(daemon, dice, gates)] += 1
                daemon.start()
                wait_for(lambda: seen(people) == expected and delivered(gates[1]) == expected,
                         lambda: f"kill {kill}, seed {SEED}: expected {expected},\npeople were told {seen(people)},\n"
                                 f"the webhook {delivered(gates[1])}\n{daemon.log()[-3000:]}", 20)
                daemon.kill()
            active = sorted(pools.key(alert["labels"]) for alert in alertmanager.alerts())
            assert active == sorted(set(pools.POOLS) - quiet), "each is there once"
            check_repetitions(gates[1], expected)
            print(f"seed {SEED}: {KILLS} kills ({killed}), {sum(map(len, expected.values()))} transitions, "
                  f"{len(gates[1].requests)} webhook requests, {len(gates[0].requests)} requests to Alertmanager")
        finally:
            for gate in gates:
                gate.close()
            alertmanager.kill()


def die(daemon, dice, gates):
    """Starts the daemon, which decides something new, and kills it; returns at which moment."""
    moment, gate = dice.choice(MOMENTS), dice.choice(gates)
    if moment != "any":
        gate.aim(daemon, moment)
    daemon.start(wait=False)
    if moment == "any":
        time.sleep(dice.uniform(0, 1.2))
        daemon.kill()
    wait_for(lambda: daemon.process.poll() is not None, lambda: f"the kill, seed {SEED}:\n{daemon.log()}", 20)
    return moment


def seen(people):
    """What Alertmanager told people, in order, by pool."""
    told = {model_id: [] for model_id in pools.POOLS}
    for alert in people.alerts():
        told[pools.key(alert["labels"])].append(alert["status"])
    return told


def delivered(gate):
    """What the webhook was told, by pool, a repetition with the same key left out."""
    told, keys = {model_id: [] for model_id in pools.POOLS}, set()
    with gate.lock:
        requests = list(gate.requests)
    for request in requests:
        if request.headers["idempotency-key"] not in keys:
            keys.add(request.headers["idempotency-key"])
            alert, = json.loads(request.body)["alerts"]
            told[pools.key(alert["labels"])].append(alert["status"])
    return told


def check_repetitions(gate, expected):
    """A message that came twice came in the same words."""
    bodies = {}
    for request in gate.requests:
        bodies.setdefault(request.headers["idempotency-key"], set()).add(request.body)
    assert all(len(forms) == 1 for forms in bodies.values()), "the same key, the same body"
    assert len(bodies) == sum(map(len, expected.values())), "a key for each transition"
