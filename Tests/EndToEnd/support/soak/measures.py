"""What a process and its store take, and how that changes over time."""

import os
import re
import statistics
from datetime import datetime
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_KIB = re.compile(r"^(VmRSS|RssAnon):\s+(\d+) kB$", re.MULTILINE)
#: The clock's own thread is none of the program's.
CLOCK_THREAD = "leaping-clock"


class Process:
    """A running process, looked at from outside."""

    def __init__(self, pid):
        self._folder = Path(f"/proc/{pid}")

    def figures(self):
        """Memory in KiB, descriptors, threads and CPU seconds, each without what the clock adds."""
        memory = dict(_KIB.findall((self._folder / "status").read_text()))
        threads = list(self._threads())
        return {
            "rss_kib": int(memory["VmRSS"]),
            "anonymous_kib": int(memory["RssAnon"]),
            # The clock's socket, and the folder of each process that it watches.
            "descriptors": sum(not self._is_clocks(name) for name in os.listdir(self._folder / "fd")),
            "threads": len(threads),
            "cpu_seconds": sum(threads) / _TICKS + self._ended_seconds(threads),
        }

    def _is_clocks(self, descriptor):
        try:
            target = os.readlink(self._folder / "fd" / descriptor)
        except FileNotFoundError:
            return True
        return target.startswith("/proc/") and target.endswith("/task")

    def _threads(self):
        """CPU ticks of each thread but the clock's."""
        for thread in (self._folder / "task").iterdir():
            try:
                if (thread / "comm").read_text().strip() != CLOCK_THREAD:
                    yield _ticks((thread / "stat").read_text())
            except (FileNotFoundError, ProcessLookupError):
                continue

    def _ended_seconds(self, threads):
        """CPU time of threads that are no more."""
        clock = next(
            (_ticks((thread / "stat").read_text()) for thread in (self._folder / "task").iterdir()
             if (thread / "comm").read_text().strip() == CLOCK_THREAD), 0)
        return max(_ticks((self._folder / "stat").read_text()) - clock - sum(threads), 0) / _TICKS


def _ticks(stat):
    fields = stat.rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def slope(points):
    """The least-squares slope of (x, y) pairs."""
    xs, ys = zip(*points)
    return statistics.linear_regression(xs, ys).slope


def size(path):
    """Bytes of a file, 0 without one."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


def unix_seconds(text):
    """Of a time in RFC 3339."""
    return datetime.fromisoformat(text).timestamp()
