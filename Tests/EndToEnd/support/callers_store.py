"""A store with minutes of CloudWatch and what the invocation logs tell of their callers, filled by hand."""

import json
import math
import sqlite3
from dataclasses import dataclass

from support import filled_store, world

ACCOUNT = "test"
REGION = world.SINGAPORE
RATE = 5
GLOBAL, PROFILE = f"global.{world.SONNET}", "82ey7vcct4m3"
POOL = {"account": ACCOUNT, "region": REGION, "scope": "global", "model": world.SONNET}
PROFILE_NAME = "customer-support-agent"
TAGS = {"team": "support"}
#: {name: weight}; more than `callers` shows.
ROLES = {"api-gateway-prod": 34, "batch-summaries": 21, "=cmd|' /C calc'!A0": 3, "search-ranking": 9, "red \x1b[31mteam": 2,
         **{f"analyst-{number:02}": 1 for number in range(1, 14)}}
METADATA = {"payments": 50, "(none)": 14, "checkout": 29}
METRICS = ["invocations", "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_write_input_tokens"]
HOURS = 24
WINDOW = 300


@dataclass
class Logs:
    """Which windows were read, how many of 100 requests are in the logs, and in which minutes CloudWatch lacks a part."""

    kinds: tuple = ("role", "metadata:team")
    read_hours: int = 20
    unknown: range = range(0)
    logged: int = 94
    short_minutes: tuple = ()


def build(path, now, logs):
    """A store of one pool with two model IDs; with no logs read at all if `logs` is None."""
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("PRAGMA auto_vacuum = incremental")
        database.execute("PRAGMA journal_mode = wal")
        database.execute("BEGIN")
        filled_store.make(database, now)
        _add_usage(database, now, logs)
        filled_store.mark_all_stale(database)
        if logs:
            _add_logs(database, now, logs)
        database.execute("COMMIT")
    database.close()


def quota_tokens(row):
    """Input, cache write and weighted output of a row of `METRICS`."""
    return row[1] + row[4] + RATE * row[2]


def use(number, minute):
    """A model ID's minute: a day's wave with some noise, in whole requests."""
    wave = 60 + 40 * math.sin(minute / 86400 * 2 * math.pi)
    count = int(wave * (1 if number == 1 else 0.35)) + (minute // 60 * 7) % 11
    return [count, count * 1900, count * 640, count * 300, count * 120]


def _add_usage(database, now, logs):
    first = now - HOURS * 3600
    columns = ["series_id", "minute", "counted", *METRICS, "client_errors", "server_errors", "throttles"]
    for number, (model_id, name) in enumerate({GLOBAL: None, PROFILE: PROFILE_NAME}.items(), 1):
        database.execute("""INSERT INTO series (id, account, region, model_id, scope, model, profile_name, first_seen, last_seen)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            (number, ACCOUNT, REGION, model_id, POOL["scope"], POOL["model"], name, first, now))
        for metric in ("Invocations", "InputTokenCount", "CacheReadInputTokenCount"):
            database.execute("INSERT INTO discovered_metrics VALUES (?, ?, ?)", (number, metric, now))
        rows = []
        for minute in range(first, now, 60):
            counts = use(number, minute)
            if logs and minute in logs.short_minutes:
                counts = [count // 2 for count in counts]
            rows.append((number, minute, 1, *counts, 0, 0, 0))
        database.executemany(f"INSERT INTO minutes ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
        database.execute("INSERT INTO coverage VALUES (?, ?, ?)", (number, first, now))
    for quota, limit in (("tokens_per_minute", 4_000_000), ("requests_per_minute", 10_000)):
        database.execute("INSERT INTO quota_values VALUES (?, ?, ?, ?, ?, ?, ?, 'applied', 'L-1')",
                         (ACCOUNT, REGION, POOL["scope"], POOL["model"], quota, first, limit))
    profile = {"inferenceProfileId": PROFILE, "inferenceProfileName": PROFILE_NAME, "type": "APPLICATION", "tags": TAGS,
               "modelArns": [world.foundation_arn(world.SONNET, REGION)]}
    for kind, listed in (("quotas", []), ("models", []), ("profiles", [profile]), ("deployments", [])):
        database.execute("INSERT INTO inventory (account, region, kind, fetched_at, json) VALUES (?, ?, ?, ?, ?)",
                         (ACCOUNT, REGION, kind, now, json.dumps(listed)))


def _add_logs(database, now, logs):
    ids = {}
    for kind, names in (("role", ROLES), ("metadata:team", METADATA)):
        if kind not in logs.kinds:
            continue
        for name in names:
            cursor = database.execute("INSERT INTO callers (account, region, kind, caller) VALUES (?, ?, ?, ?)",
                                      (ACCOUNT, REGION, kind, name))
            ids[kind, name] = cursor.lastrowid
    first = (now - logs.read_hours * 3600) // WINDOW * WINDOW
    totals = {}
    for start in range(first, (now - WINDOW) // WINDOW * WINDOW, WINDOW):
        is_read = start not in logs.unknown
        database.execute("INSERT INTO caller_windows VALUES (?, ?, ?, ?, ?, ?, 'q', ?, 1000, ?)",
                         (ACCOUNT, REGION, start, start + WINDOW, "read" if is_read else "unknown", json.dumps(logs.kinds),
                          start + 600, None if is_read else "Logs Insights timed out"))
        for minute in range(start, start + WINDOW, 60) if is_read else ():
            for number in (1, 2):
                _add_minute(database, number, minute, logs, ids, totals)
    pool, = database.execute("SELECT id FROM pools").fetchone()
    database.executemany("INSERT INTO caller_totals VALUES (?, ?, ?)", [(pool, *total) for total in totals.items()])


def _add_minute(database, number, minute, logs, ids, totals):
    logged = [count * logs.logged // 100 for count in use(number, minute)]
    for kind, names in (("role", ROLES), ("metadata:team", METADATA)):
        if kind not in logs.kinds:
            continue
        whole = sum(names.values())
        left = list(logged)
        for position, (name, weight) in enumerate(names.items()):
            part = left if position == len(names) - 1 else [count * weight // whole for count in logged]
            left = [have - take for have, take in zip(left, part)]
            database.execute("INSERT INTO caller_minutes VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
                             (number, minute, ids[kind, name], *part))
            totals[ids[kind, name]] = totals.get(ids[kind, name], 0) + quota_tokens(part)
