"""Waiting with a bound."""

import time

_PAUSE_SECONDS = 0.05


def wait_for(condition, what, seconds=15.0, pause=_PAUSE_SECONDS):
    """Calls `condition` until it gives something true, and returns that; fails with `what` when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(pause)
