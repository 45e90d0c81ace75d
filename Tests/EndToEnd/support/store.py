"""A look into the store with SQLite's own shell library, as people would take it."""

import os
import sqlite3
from contextlib import closing, contextmanager

#: CloudWatch's names in the order of the columns; of the cache metrics either spelling.
COLUMNS = {
    "Invocations": "invocations",
    "InputTokenCount": "input_tokens",
    "OutputTokenCount": "output_tokens",
    "CacheReadInputTokenCount": "cache_read_input_tokens",
    "CacheReadInputTokens": "cache_read_input_tokens",
    "CacheWriteInputTokenCount": "cache_write_input_tokens",
    "CacheWriteInputTokens": "cache_write_input_tokens",
    "InvocationClientErrors": "client_errors",
    "InvocationServerErrors": "server_errors",
    "InvocationThrottles": "throttles",
    "EstimatedTPMQuotaUsage": "estimated_quota_tokens",
    "InvocationLatency": "latency_ms",
    "TimeToFirstToken": "time_to_first_token_ms",
}


def minutes(path):
    """Every stored datapoint: {(account, region, model ID, column, second of the minute): value}."""
    columns = list(dict.fromkeys(COLUMNS.values()))
    with _open(path) as database:
        rows = database.execute(f"SELECT account, region, model_id, minute, {', '.join(columns)} FROM usage")
        return {
            (account, region, model, column, second): value
            for account, region, model, second, *values in rows
            for column, value in zip(columns, values)
            if value is not None
        }


def expected_minutes(data, account, regions):
    """What `minutes` has to give for a fake AWS's data, in which each model has but one spelling with datapoints."""
    return {
        (account, region, model, COLUMNS[metric], second): value
        for region in regions
        for model, metrics in data.usage(region).items()
        for metric, points in metrics.items()
        for second, value in points.items()
    }


def check_integrity(path):
    """SQLite's answer about the file's state: "ok" or what is wrong."""
    with _open(path) as database:
        return "; ".join(row[0] for row in database.execute("PRAGMA integrity_check"))


def rows(path, query):
    """The rows of any query."""
    with _open(path) as database:
        return database.execute(query).fetchall()


@contextmanager
def _open(path):
    # A connection left open would make later ones of this process share its view, also of a file renamed since.
    # A program killed while it made the store leaves a journal, which only a connection that may write rolls back.
    mode = "rw" if os.path.exists(f"{path}-journal") else "ro"
    with closing(sqlite3.connect(f"file:{path}?mode={mode}", uri=True, timeout=60)) as database:
        yield database


def comparable_contents(path):
    """As `contents`, without what depends on how often a daemon was started: what retention notes of each series then, and
    what was spent, as a start asks AWS again.
    """
    found = contents(path, _NUMBERS | {("series", "retained_from")})
    return {table: rows for table, rows in found.items() if table != "spending"}


#: Numbers of rows, which say nothing by themselves.
_NUMBERS = {("series", "id"), ("pools", "id")}


def contents(path, without=frozenset(_NUMBERS)):
    """All tables, row for row: {table: [row]}, with names in place of numbers that depend on the order of insertion; nothing
    of a store that has not come to have all of them.
    """
    with _open(path) as database:
        database.execute("BEGIN")
        tables = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        if not {"series", "pools"} <= set(tables):
            return {}
        series = dict(_named(database, "series", "account, region, model_id"))
        pools = dict(_named(database, "pools", "account, region, scope, model"))
        known = {"series_id": series, "pool_id": pools,
                 "owner": pools | {-number: name for number, name in series.items()}}
        found = {}
        for table in tables:
            rows = database.execute(f'SELECT * FROM "{table}"')
            columns = [column for column, *_ in rows.description]
            replaced = [known.get(column) for column in columns]
            keep = [index for index, column in enumerate(columns) if (table, column) not in without]
            found[table] = sorted(
                (tuple(replaced[index][row[index]] if replaced[index] else row[index] for index in keep) for row in rows),
                key=repr)
        return found


def _named(database, table, columns):
    for number, *name in database.execute(f"SELECT id, {columns} FROM {table}"):
        yield number, tuple(name)


def difference(found, expected):
    """Where two answers of `contents` are not the same, in a few lines; empty when they are."""
    lines = []
    for table in sorted(found.keys() | expected.keys()):
        here, there = set(found.get(table, [])), set(expected.get(table, []))
        for sign, rows in (("+", here - there), ("-", there - here)):
            lines += [f"{sign} {table}: {row}" for row in sorted(rows, key=repr)[:3]]
            if len(rows) > 3:
                lines.append(f"{sign} {table}: {len(rows)} rows in all")
        if len(found.get(table, [])) != len(here):
            lines.append(f"! {table}: rows twice")
    return "\n".join(lines)
