"""Stores as older versions of the program left them: made of the migrations as they were released, and filled by hand."""

import sqlite3
from pathlib import Path

from support import world

_MIGRATIONS = sorted(Path(__file__).with_name("migrations").glob("version-*.sql"))
NEWEST_VERSION = len(_MIGRATIONS)
REGION = world.SINGAPORE
#: {model ID: (scope, model)}; the last one is not mapped.
SERIES = {
    f"us.{world.SONNET}": ("cross_region", world.SONNET), f"eu.{world.SONNET}": ("cross_region", world.SONNET),
    f"global.{world.SONNET}": ("global", world.SONNET), "82ey7vcct4m3": (None, None),
}
COUNTS = ["invocations", "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_write_input_tokens",
          "client_errors", "server_errors", "throttles"]
DAY = 24 * 3600


def build(path, version, now, days, minutes_a_day, dice):
    """A store of a version with minutes of the days before a time, and a thousand model IDs that were only listed."""
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("PRAGMA auto_vacuum = incremental")
        database.execute("PRAGMA journal_mode = wal")
        database.execute("BEGIN")
        _migrate(database, 1, now)
        _fill(database, now, days, minutes_a_day, dice)
        for number in range(2, version + 1):
            _migrate(database, number, now)
        if version > 1:
            _fill_periods(database, now, days, dice)
        database.execute("COMMIT")
    database.close()


def schema(version):
    """Every table, index and view that a store of a version has."""
    with sqlite3.connect(":memory:", isolation_level=None) as database:
        for number in range(1, version + 1):
            _migrate(database, number, 0)
        return objects(database)


def objects(database):
    """What there is in a database, each with its SQL but for the one table that Python makes in its own words."""
    return {(name, sql) for name, sql in database.execute("SELECT name, sql FROM sqlite_schema") if name != "migrations"}


def _migrate(database, version, now):
    script = _MIGRATIONS[version - 1].read_text()
    name = script.partition("\n")[0].removeprefix("-- ")
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.execute(statement)
            statement = ""
    database.execute("""CREATE TABLE IF NOT EXISTS migrations (
        version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)""")
    database.execute("INSERT INTO migrations VALUES (?, ?, ?)", (version, name, now - 30 * DAY))
    database.execute(f"PRAGMA application_id = {int.from_bytes(b'BQEX')}")
    database.execute(f"PRAGMA user_version = {version}")


def _fill(database, now, days, minutes_a_day, dice):
    first, columns = now - days * DAY, ["series_id", "minute", "counted", *COUNTS]
    for number, (model_id, pool) in enumerate(SERIES.items(), 1):
        _add_series(database, number, model_id, pool, now)
        rows = [(number, minute, 1, *(dice.choice([None, dice.randrange(100_000)]) for _ in COUNTS))
                for minute in sorted(dice.sample(range(first, now, 60), days * minutes_a_day))]
        database.executemany(
            f"INSERT INTO minutes ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
        for index, metric in enumerate(COUNTS):
            total = sum(row[3 + index] or 0 for row in rows)
            database.execute("INSERT INTO totals VALUES (?, ?, ?, ?)", (number, metric, total, total))
        # A gap in the middle, as after an outage.
        middle = first + days * DAY // 2
        database.executemany("INSERT INTO coverage VALUES (?, ?, ?)",
                             [(number, first, middle), (number, middle + 2 * 3600, now)])
    for number in range(len(SERIES) + 1, 1001):
        _add_series(database, number, f"model-{number}", ("on_demand", f"vendor.model-{number}"), now)
    for scope, model in sorted({pool for pool in SERIES.values() if pool[0]}):
        for age, limit in ((days, 400_000), (days // 2, 800_000)):
            database.execute(
                "INSERT INTO quota_values VALUES ('test', ?, ?, ?, 'tokens_per_minute', ?, ?, 'applied', 'L-1')",
                (REGION, scope, model, now - age * DAY, limit))


def _add_series(database, number, model_id, pool, now):
    database.execute("""INSERT INTO series (id, account, region, model_id, scope, model, first_seen, last_seen)
        VALUES (?, 'test', ?, ?, ?, ?, ?, ?)""", (number, REGION, model_id, *pool, now - 30 * DAY, now - 60))
    for name in ("Invocations", "InputTokenCount"):
        database.execute("INSERT INTO discovered_metrics VALUES (?, ?, ?)", (number, name, now - 60))


def _fill_periods(database, now, days, dice):
    """A day of 5 minutes before the minutes, and one of hours before it."""
    start = (now - days * DAY) // DAY * DAY
    for number in range(1, len(SERIES) + 1):
        for name, seconds, end in (("five_minute", 300, start), ("hour", 3600, start - DAY)):
            times = range(end - DAY, end, seconds)
            database.executemany(
                f"INSERT INTO {name}_periods (series_id, start, input_tokens) VALUES (?, ?, ?)",
                [(number, time, dice.randrange(1_000_000)) for time in times])
            database.execute(f"INSERT INTO {name}_coverage VALUES (?, ?, ?)", (number, end - DAY, end))
    database.execute("UPDATE stale_rollups SET start = ?", (start - 2 * DAY,))
