"""A look into the store with SQLite's own shell library, as people would take it."""

import sqlite3

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


def _open(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
