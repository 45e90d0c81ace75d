"""The program lives through hours, or with `make soak` a week, in minutes: nothing that it takes grows, nothing is missed.

A clock that leaps from timer to timer makes the time pass; all else is real: process, requests, scrapes, store, alerts.
"""

import json
import os
from dataclasses import dataclass

import pytest

from support.programs import ROOT
from support.soak.figures import figures
from support.soak.fleet import Fleet
from support.soak.run import Soak

#: `make soak` sets it.
DAYS = float(os.environ.get("BQE_SOAK_DAYS", "0"))
REPORT = ROOT / ".build/soak.json"
WAL_BYTES = 12 << 20
#: Lists of AWS, alerts, counters.
SMALL_TABLES_BYTES = 1 << 20


@dataclass(frozen=True)
class Scale:
    """A soak, and what it can tell from noise."""

    fleet: Fleet
    minutes: int
    interval_seconds: int
    reread_window: str
    backfill: str
    storage: dict
    #: Until caches are full.
    warm_minutes: int
    #: In a few hours the heap swings by a quarter of a megabyte, 500 bytes a poll: a short soak tells leaks of kilobytes a
    #: poll, the long one of a hundred bytes.
    heap_bytes_per_poll: float
    #: Resident memory swings by two MiB with what is asked, so only a long soak says something of it.
    rss_bytes_per_poll: float
    grain_seconds: float = 0


#: Retention deletes minutes, hours and days from the first hour on.
SHORT = Scale(
    Fleet(1, 2, 5), 480, 60, "15m", "2d", {"minute_retention": "2d", "rollup_retention": "2d"}, 240, 2048, 8192)
#: Polls every five minutes, so that a week fits in an hour. Minutes grow for a day, rollups for the whole week.
LONG = Scale(
    Fleet(5, 5, 20), round(DAYS * 1440), 300, "10m", "1d", {"minute_retention": "2d"}, 1440, 64, 256, grain_seconds=5)
SCALE = LONG if DAYS else SHORT


@pytest.fixture(scope="module")
def soak(module_workshop):
    """The soak, over."""
    polling = {"interval": f"{SCALE.interval_seconds}s", "reread_window": SCALE.reread_window, "backfill": SCALE.backfill}
    soak = Soak(module_workshop, SCALE.fleet, polling, SCALE.storage, SCALE.grain_seconds)
    try:
        soak.run(SCALE.minutes, write)
        write(soak)
        yield soak
    finally:
        soak.close()


@pytest.fixture(scope="module")
def shown(soak):
    """Its figures."""
    return figures(soak, SCALE.warm_minutes)


def write(soak):
    """The report of a long soak so far."""
    minute = soak.samples[-1]["minute"]
    if DAYS:
        report = {**figures(soak, min(SCALE.warm_minutes, minute // 3)), "problems": soak.problems[:100], "samples": soak.samples}
        REPORT.write_text(json.dumps(report, indent=1))


@pytest.mark.slow
def test_memory_does_not_grow(shown):
    assert abs(shown["heap_bytes_per_poll"]) < SCALE.heap_bytes_per_poll, shown["memory"]
    assert shown["rss_bytes_per_poll"] < SCALE.rss_bytes_per_poll, shown["memory"]


def test_descriptors_and_threads_stay_as_they_are(shown):
    # Connections to AWS come and go.
    for figure, swing in ((shown["descriptors"], 6), (shown["threads"], 6)):
        assert figure["highest"] - figure["lowest"] <= swing, figure
        assert abs(figure["last"] - figure["first"]) <= swing // 2, figure


def test_the_store_is_as_large_as_predicted(shown):
    store = shown["store"]
    assert store["used_bytes"] == pytest.approx(store["predicted_bytes"], rel=0.15, abs=SMALL_TABLES_BYTES), store
    # What retention deletes is used again; rollups are kept longer.
    grown = store["file"]["highest"] - 1.05 * store["file"]["lowest"]
    assert grown < store["predicted_rollup_bytes"], store
    assert store["highest_wal_bytes"] < WAL_BYTES, store


def test_every_minute_is_stored_to_the_last_token(soak, shown):
    assert soak.minutes_checked >= SCALE.minutes - 60
    assert soak.problems[:10] == []
    assert shown["failures"] == {}, "requests to AWS, storage and notifications"


def test_polls_keep_to_their_grid(shown):
    schedule = shown["schedule"]
    assert schedule["missing"] == 0, schedule
    # A pause after each poll instead of a place on the grid would add up to a minute a day.
    assert abs(schedule["drift_seconds_per_day"]) < (2 if DAYS else 30), schedule
    # The clock leaps by its grain or more, and a busy machine takes two leaps to send a request. Of a few hours nobody says
    # what is usual.
    assert not DAYS or schedule["late_seconds"]["p99"] < 3 * SCALE.grain_seconds + 5, schedule


def test_each_burst_is_told_once_and_ends_once(shown):
    told, expected = shown["alerts"], shown["alerts_expected"]
    assert {name: told.get(name) for name in expected} == expected
    for name in ("BedrockQuotaWarning", "BedrockThrottling"):
        began, ended = told.get(f"{name} firing", 0), told.get(f"{name} resolved", 0)
        assert began == ended <= expected[f"{name.removesuffix('Warning')}Critical firing"], told
    assert {name.split()[0] for name in told} <= {name.split()[0] for name in expected} | {
        "BedrockQuotaWarning", "BedrockThrottling"}


def test_the_log_tells_of_alerts_and_reloads_only(soak, shown):
    wrong = [line for line in soak.daemon.log_lines() if line["level"] != "INFO" and not line["msg"].startswith("Alert ")]
    assert wrong[:10] == []
    # Two lines for each alert and each warning beside it, some for each reload, and those of the start.
    allowed = 1600 * sum(shown["alerts_expected"].values()) + 2000 * shown["schedule"]["reloads"] + 10_000
    assert soak.samples[-1]["log_bytes"] < allowed


def test_scrapes_are_answered_in_time(shown):
    assert shown["scrapes"]["count"] == SCALE.minutes
    assert not DAYS or shown["scrapes"]["p99_ms"] < 500, shown["scrapes"]
