"""Counts kills by the phase of the write path that they hit, and keeps the figures in .build/crash.json."""

import fcntl
import json
import os
import random
import shutil
from collections import Counter

from support import store
from support.programs import ROOT

#: Of each phase; `make crash` raises it.
PER_PHASE = int(os.environ.get("BQE_CRASHES_PER_PHASE", "2"))
SEED = int(os.environ.get("BQE_SEED", random.randrange(1 << 32)))

_SUMMARY = ROOT / ".build/crash.json"


class Tally:
    """The kills of one test. Only those count of which the store shows that the phase had begun and was not over."""

    def __init__(self, *phases, wanted=PER_PHASE):
        self._wanted = wanted
        self._inside = {phase: Counter() for phase in phases}
        self._outside = 0

    def note(self, phase, how):
        """One kill; None for the phase when it hit none of them."""
        if phase in self._inside:
            self._inside[phase][how] += 1
        else:
            self._outside += 1

    @property
    def rarest(self):
        """The phase that was hit least often, None when all were hit often enough."""
        phase = min(self._inside, key=lambda name: self._inside[name].total())
        return phase if self._inside[phase].total() < self._wanted else None

    @property
    def total(self):
        """All kills, those outside included."""
        return self._outside + sum(hits.total() for hits in self._inside.values())

    def save(self):
        """Adds the figures to the summary, and prints them."""
        with open(_SUMMARY, "a+") as file:
            # Several files of tests run at a time.
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            summary = json.loads(file.read() or '{"phases": {}, "outside": {}}')
            for phase, hits in self._inside.items():
                summary["phases"][phase] = {"inside": hits.total()} | dict(sorted(hits.items()))
            summary["outside"][", ".join(self._inside)] = self._outside
            summary["inside"] = sum(figures["inside"] for figures in summary["phases"].values())
            file.truncate(0)
            file.write(json.dumps(summary, indent=2) + "\n")
        print(f"seed {SEED}: {self._inside}, outside {self._outside}")


def killed(daemon, what, may_end=False):
    """Whether the process has been killed; fails when it has ended by itself, or when the store is not whole after it."""
    code = daemon.process.poll()
    if code is None or may_end and code == 0:
        return False
    assert code == -9, f"{what}: ended with {code}:\n{daemon.log()}"
    if daemon.store.exists() and daemon.store.stat().st_size:
        assert store.check_integrity(daemon.store) == "ok", what
    return True


def copy(source, target):
    """A store in another place, in place of what is there."""
    for suffix in ("", "-wal", "-shm"):
        path = target.with_name(target.name + suffix)
        path.unlink(missing_ok=True)
        if source.with_name(source.name + suffix).exists():
            shutil.copyfile(source.with_name(source.name + suffix), path)
