"""What a soak's store holds, against what CloudWatch had."""

import sqlite3
from functools import lru_cache

from support.soak.fleet import METRICS

#: Bytes of a row as the fleet's figures are. A minute's by the file format
#: (https://www.sqlite.org/fileformat2.html, 2.1): header 15, key 2 + 4, counts 16, averages 16, length and pointer 3; its
#: pages are seven eighths full. Rollups as they were measured.
ROW_BYTES = {"minutes": 56 * 8 / 7, "series_hours": 145, "pool_hours": 92, "series_days": 153, "pool_days": 98}


def problems(path, fleet, first, end):
    """What is wrong with a range of minutes since 1970: rows, sums of each column, and coverage of every series."""
    columns = list(METRICS.values())
    sums = ", ".join(f"sum({column})" for column in columns)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60) as database:
        found = {(account, region, model_id): (rows, list(figures)) for account, region, model_id, rows, *figures in database.execute(
            f"SELECT account, region, model_id, count(*), {sums} FROM usage WHERE minute >= ? AND minute < ? "
            "GROUP BY account, region, model_id", (60 * first, 60 * end))}
        covered = set(database.execute(
            'SELECT account, region, model_id FROM series JOIN coverage ON series_id = id WHERE start <= ? AND "end" >= ?',
            (60 * first, 60 * end)))
    wrong = []
    for account in fleet.account_names:
        for place, region in enumerate(fleet.region_names):
            for model, model_id in enumerate(fleet.model_ids):
                key = account, region, model_id
                rows, figures = _expected(fleet, place, model, first, end)
                if key not in covered:
                    wrong.append(f"{key}: not covered from minute {first} to {end}")
                if found.get(key, (0, None))[0] != rows:
                    wrong.append(f"{key}: {found.get(key, (0,))[0]} minutes from {first} to {end} instead of {rows}")
                elif rows and not _alike(found[key][1], figures):
                    wrong.append(f"{key}: sums {found[key][1]} from {first} to {end} instead of {figures}")
    return wrong


@lru_cache(maxsize=1024)
def _expected(fleet, region, model, first, end):
    return fleet.sums(region, model, first, end)


def _alike(found, expected):
    """Sums of latencies are sums of fractions, in another order."""
    return all(
        a == b or (a is not None and b is not None and abs(a - b) < 1e-6 * abs(b)) for a, b in zip(found, expected))


def contents(path):
    """Rows of each large table, datapoints of minutes, bytes in use, and the bytes that so many rows should take."""
    points = " + ".join(f"count({column})" for column in METRICS.values())
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60) as database:
        def number(query):
            return database.execute(query).fetchone()[0]

        rows = {table: number(f"SELECT count(*) FROM {table}") for table in ROW_BYTES}
        datapoints = number(f"SELECT {points} FROM minutes")
        used = (number("PRAGMA page_count") - number("PRAGMA freelist_count")) * number("PRAGMA page_size")
    predicted = {table: round(count * ROW_BYTES[table]) for table, count in rows.items()}
    return {
        "rows": rows, "datapoints": datapoints, "used_bytes": used, "bytes_per_datapoint": round(used / datapoints, 2),
        "predicted_bytes": sum(predicted.values()), "predicted_rollup_bytes": sum(predicted.values()) - predicted["minutes"]}
