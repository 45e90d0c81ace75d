"""Small C libraries that are loaded into the program under test: they turn its clock or break its disk."""

import os
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
        self._file.write_bytes(bytes(8))
        self.variables = {"LD_PRELOAD": str(library("turned_clock", folder)), "BQE_CLOCK_FILE": str(self._file)}
        self.seconds = 0
        self.turn(seconds)

    def now(self):
        """Unix time by this clock."""
        return time.time() + self.seconds

    def turn(self, seconds):
        """Moves the clock on, or back, by so much."""
        self.seconds += seconds
        # In place, because the file is mapped; eight bytes at once.
        with open(self._file, "r+b", buffering=0) as file:
            os.pwrite(file.fileno(), struct.pack("=q", int(self.seconds)), 0)


class FaultyDisk:
    """A disk of which a test says what fails; for the program's store only."""

    def __init__(self, folder):
        self._file = folder / "disk"
        self._file.write_bytes(bytes(24))
        self.variables = {"LD_PRELOAD": str(library("faulty_disk", folder)), "BQE_DISK_FILE": str(self._file)}
        self.heal()

    def fail(self, code, after=0):
        """After so many more writes, syncs and truncations all fail with this errno."""
        self._write(8, code, 0)
        self._write(0, after)

    def heal(self):
        """All succeed again."""
        self._write(0, -1)

    @property
    def failed(self):
        """How many have failed since `fail`."""
        return struct.unpack("=q", self._file.read_bytes()[16:24])[0]

    def _write(self, offset, *numbers):
        # In place, because the file is mapped.
        with open(self._file, "r+b", buffering=0) as file:
            os.pwrite(file.fileno(), struct.pack(f"={len(numbers)}q", *numbers), offset)
