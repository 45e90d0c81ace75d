"""A store with days of minutes that nobody has rolled up, made of the schema's text and filled by hand."""

import sqlite3
from pathlib import Path

from support import world

_SCHEMA = Path(__file__).with_name("migrations") / "version-10.sql"
REGION = world.SINGAPORE
#: {model ID: (scope, model)}; the last one is not mapped.
SERIES = {
    f"us.{world.SONNET}": ("cross_region", world.SONNET), f"eu.{world.SONNET}": ("cross_region", world.SONNET),
    f"global.{world.SONNET}": ("global", world.SONNET), "82ey7vcct4m3": (None, None),
}
COUNTS = ["invocations", "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_write_input_tokens",
          "client_errors", "server_errors", "throttles"]
DAY = 24 * 3600


def build(path, now, days, minutes_a_day, dice):
    """A store with minutes of the days before a time, and a thousand model IDs that were only listed."""
    with sqlite3.connect(path, isolation_level=None) as database:
        database.execute("PRAGMA auto_vacuum = incremental")
        database.execute("PRAGMA journal_mode = wal")
        database.execute("BEGIN")
        make(database, now)
        _fill(database, now, days, minutes_a_day, dice)
        _fill_periods(database, now, days, dice)
        mark_all_stale(database)
        database.execute("COMMIT")
    database.close()


def make(database, now):
    """The tables of the newest schema, empty."""
    script = _SCHEMA.read_text()
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.execute(statement)
            statement = ""
    database.execute("""CREATE TABLE migrations (
        version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)""")
    name, version = script.partition("\n")[0].removeprefix("-- "), int(_SCHEMA.stem.removeprefix("version-"))
    database.execute("INSERT INTO migrations VALUES (?, ?, ?)", (version, name, now - 30 * DAY))
    database.execute(f"PRAGMA application_id = {int.from_bytes(b'BQEX')}")
    database.execute(f"PRAGMA user_version = {version}")


def mark_all_stale(database):
    """Pools as series have them, and nothing rolled up from the first minute that is known to the last."""
    database.execute("""INSERT INTO pools (account, region, scope, model)
        SELECT DISTINCT account, region, scope, model FROM series WHERE scope IS NOT NULL""")
    database.execute("""UPDATE series SET
        first_covered = (SELECT min(start) FROM coverage WHERE series_id = series.id),
        first_known = (SELECT min(t) FROM (SELECT min(start) AS t FROM hour_coverage WHERE series_id = series.id
            UNION ALL SELECT min(start) FROM coverage WHERE series_id = series.id
            UNION ALL SELECT min(minute) FROM minutes WHERE series_id = series.id))""")
    database.execute("""INSERT INTO stale_rollups
        SELECT coalesce(p.id, -s.id), min(s.first_known) / 3600 * 3600, (max(c."end") + 3599) / 3600 * 3600
        FROM series AS s JOIN coverage AS c ON c.series_id = s.id LEFT JOIN pools AS p
            ON (p.account, p.region, p.scope, p.model) = (s.account, s.region, s.scope, s.model)
        GROUP BY 1""")


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
