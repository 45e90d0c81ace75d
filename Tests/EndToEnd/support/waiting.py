"""Waiting with a bound: it only ends a test that hangs, so that no verdict depends on how busy the machine is."""

import os
import time

_PAUSE_SECONDS = 0.05
#: What a quiet machine does in well under a second may take this long.
PATIENCE_SECONDS = 120.0
#: How much more time and memory the program may take; `make sanitize` raises it, because a sanitizer costs both.
_COST_FACTOR = float(os.environ.get("BQE_COST_FACTOR", "1"))


def allow(bound):
    """A bound in seconds or bytes, widened for a program that is built with a sanitizer."""
    return bound * _COST_FACTOR


def wait_for(condition, what, seconds=PATIENCE_SECONDS, pause=_PAUSE_SECONDS):
    """Calls `condition` until it gives something true, and returns that; fails with `what` when time is up."""
    seconds = allow(seconds)
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(pause)
