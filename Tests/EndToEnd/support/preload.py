"""Small C libraries that are loaded into the program under test: they turn its clock or break its disk."""

import os
import socket
import struct
import subprocess
import time
from pathlib import Path

from support.programs import required

_SOURCES = Path(__file__).parent


def library(name, folder):
    """The library compiled from `name`.c, in a folder of the test."""
    path = folder / f"{name}.so"
    if not path.exists():
        command = [required("cc"), "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", path, _SOURCES / f"{name}.c", "-ldl"]
        subprocess.run(command, check=True, timeout=60)
    return path


class TurnedClock:
    """A wall clock that a test turns, for the program and for the fake AWS."""

    def __init__(self, folder, seconds=0):
        self._file = folder / "clock"
        self._file.write_bytes(bytes(24))
        self.variables = {"LD_PRELOAD": str(library("turned_clock", folder)), "BQE_CLOCK_FILE": str(self._file)}
        self.seconds = 0
        self.turn(seconds)

    def now(self):
        """Unix time by this clock."""
        return time.time() + self.seconds

    def turn(self, seconds):
        """Moves the clock on, or back, by so much."""
        self.seconds += seconds
        _write(self._file, 0, int(self.seconds))


class StandingClock:
    """A wall clock that is at the same second whenever the program starts, and stands still some seconds later."""

    def __init__(self, folder, start, runs=0):
        self._file = folder / "clock"
        self._file.write_bytes(struct.pack("=3q", 0, start, runs))
        self.variables = {"LD_PRELOAD": str(library("turned_clock", folder)), "BQE_CLOCK_FILE": str(self._file)}
        self.start = start

    def now(self):
        """For the fake AWS."""
        return self.start

    def set(self, start):
        """From the program's next start on; at once where it never runs."""
        self.start = start
        _write(self._file, 8, start)


class LeapingClock:
    """Clocks that leap from one timer of the program to its next while it, and its peers, have nothing to do.

    Times are seconds since 1970. Between two calls of `go_to` they run as all clocks do. With a grain, timers fire
    together that are less than that apart.
    """

    _PATIENCE_SECONDS = 300

    def __init__(self, folder, start, peers=(), grain=0):
        self._first = struct.pack("=qq", round(start * 1e9), round(grain * 1e9))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / "clock.socket"))
        self._listener.listen()
        self._listener.settimeout(self._PATIENCE_SECONDS)
        self._connection = None
        self.leaps = 0
        #: What the program had allocated when it last had nothing to do.
        self.heap_bytes = 0
        self.variables = {
            "LD_PRELOAD": str(library("leaping_clock", folder)),
            "BQE_CLOCK_SOCKET": str(folder / "clock.socket"), "BQE_CLOCK_PEERS": ",".join(map(str, peers))}

    def begin(self):
        """Waits for a program that was started with `variables`, and lets it begin."""
        if self._connection:
            self._connection.close()
        self._connection, _ = self._listener.accept()
        self._connection.settimeout(self._PATIENCE_SECONDS)
        self._connection.sendall(self._first)

    def go_to(self, seconds):
        """Leaps until this time, and returns when the program has done what was due."""
        self._connection.sendall(struct.pack("=q", round(seconds * 1e9)))
        answer = b""
        while len(answer) < 16:
            part = self._connection.recv(16 - len(answer))
            assert part, "the program has ended"
            answer += part
        leaps, self.heap_bytes = struct.unpack("=qq", answer)
        self.leaps += leaps


class FaultyDisk:
    """A disk of which a test says what fails; for the program's store only."""

    def __init__(self, folder):
        self._file = folder / "disk"
        self._file.write_bytes(bytes(40))
        self.variables = {"LD_PRELOAD": str(library("faulty_disk", folder)), "BQE_DISK_FILE": str(self._file)}
        self.heal()

    def fail(self, code, after=0):
        """After so many more writes, syncs and truncations all fail with this errno."""
        _write(self._file, 8, code, 0)
        _write(self._file, 0, after)

    def kill(self, after, torn=False):
        """After so many more operations the process dies, `torn` with half of the next one done."""
        self.fail(-2 if torn else -1, after)

    def heal(self):
        """All succeed again."""
        _write(self._file, 0, -1)

    def slow_down(self, microseconds):
        """Each operation takes so much longer; 0 for no longer."""
        _write(self._file, 32, microseconds)

    @property
    def failed(self):
        """How many have failed since `fail`."""
        return self._numbers[2]

    @property
    def operations(self):
        """How many there were since this was made."""
        return self._numbers[3]

    @property
    def _numbers(self):
        return struct.unpack("=5q", self._file.read_bytes())


def together(*libraries):
    """The environment of a program that loads several."""
    variables = {name: value for one in libraries for name, value in one.variables.items()}
    return variables | {"LD_PRELOAD": ":".join(one.variables["LD_PRELOAD"] for one in libraries)}


def _write(path, offset, *numbers):
    # In place, because the file is mapped.
    with open(path, "r+b", buffering=0) as file:
        os.pwrite(file.fileno(), struct.pack(f"={len(numbers)}q", *numbers), offset)
