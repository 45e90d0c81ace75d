"""Measures an organization of many accounts, mostly idle, against a local stub of AWS: polls, minutes, processor, memory, bill.

usage: organization.py BINARY [--sizes N,N,…] [--regions N] [--minutes N] [--polling KEYS]

Every account is found by Organizations and read through a role of its own; all settings of polling are the defaults, or KEYS
beside them, such as `adaptive: false`. fleet_aws.py says who has what traffic. The page is scraped once a minute. In the end each
settled minute of each model ID is looked for in the store. The bill is set against that of a plain CloudWatch exporter, which asks
for each metric of each model ID once a minute. Pools far from their limits are read every five minutes, all about the same time
after a start, so that a bill is of whole five minutes. Writes .build/bench/organization.json. Figures are of one run on one
machine, over plain HTTP.
"""

import argparse
import os
import re
import sqlite3
import tempfile
import time
from collections import Counter

from fleet_aws import METRICS, REGIONS, FleetAWS
from measuring import cpu_seconds, daemon, exponent, memory_kib, resident_kib, series_of, wait_until, write_results

START_SECONDS = 1200
POLL_SECONDS = 60
RELAXED_MINUTES = 5
# A minute is compared that has settled and was read again after it was revised for the last time, by a relaxed read too.
SETTLED_SECONDS = 180 + (RELAXED_MINUTES + 2) * 60
PRICE_OF_METRIC = PRICE_OF_LISTING = 0.01 / 1000
DAY_MINUTES = 1440
COLUMNS = {
    "Invocations": "invocations", "InputTokenCount": "input_tokens", "OutputTokenCount": "output_tokens",
    "CacheReadInputTokenCount": "cache_read_input_tokens", "CacheWriteInputTokenCount": "cache_write_input_tokens",
    "EstimatedTPMQuotaUsage": "estimated_quota_tokens",
}  # fmt: skip
LAST_POLL = "bedrock_exporter_last_successful_poll_timestamp_seconds"


def wrong_minutes(store, stub, regions, first, end):
    """Minutes of model IDs with traffic that the store does not have as AWS has them, how many were looked at, and series
    that nobody has."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
        rows = {tuple(row[:3]): row[3] for row in database.execute("SELECT account, region, model_id, id FROM series")}
        looked_at = wrong = 0
        for account, models in stub.models_of.items():
            if account in stub.missing:
                continue
            for region in regions:
                for index, model in enumerate(stub.model_ids[:models]):
                    found = {row[0]: row[1:] for row in database.execute(
                        f"SELECT minute, {', '.join(COLUMNS.values())} FROM minutes WHERE series_id = ? AND minute >= ? AND minute < ?",
                        (rows.pop((stub.name_of(account), region, model), -1), first, end))}  # fmt: skip
                    for minute in range(first, end, 60):
                        looked_at += 1
                        true = stub.figures_of(account, region, index, minute)
                        wrong += found.get(minute) != tuple(true[metric] for metric in COLUMNS)
    return wrong, looked_at, len(rows)


def everything_a_day(stub, regions):
    """Dollars a day, by kind of account, where each model ID's listed metrics are asked for once a minute, whatever happens."""
    bill = Counter()
    for account, models in stub.models_of.items():
        if account not in stub.missing:
            bill[stub.kind_of(account)] += models * len(METRICS) * regions * DAY_MINUTES * PRICE_OF_METRIC
    return bill


def oldest_polls(page, stub, now):
    """How long ago the Region of a sound and of a throttled account was polled that was polled longest ago."""
    healths = {stub.name_of(account): stub.health_of(account) for account in stub.ids}
    oldest = {}
    for labels, value in re.findall(rf"^{LAST_POLL}{{(.*)}} (\S+)$", page.decode(), re.MULTILINE):
        health = healths[re.search(r'account="([^"]*)"', labels)[1]]
        oldest[health] = max(oldest.get(health, 0), now - float(value))
    return oldest


class Watch:
    """What is looked at while the daemon is at work."""

    def __init__(self, at_work, stub):
        self.at_work, self.stub = at_work, stub
        self.most = Counter()
        self.oldest_poll_seconds = {}
        self.page = b""

    def look(self):
        pid = self.at_work.pid
        for name, value in (("descriptors", len(os.listdir(f"/proc/{pid}/fd"))), ("threads", len(os.listdir(f"/proc/{pid}/task"))),
                            ("resident_kib", resident_kib(pid))):  # fmt: skip
            self.most[name] = max(self.most[name], value)

    def scrape(self):
        self.page = self.at_work.page()
        for health, seconds in oldest_polls(self.page, self.stub, time.time()).items():
            self.oldest_poll_seconds[health] = max(self.oldest_poll_seconds.get(health, 0), seconds)

    def go_on(self, seconds):
        began = time.monotonic()
        scraped = 0
        while time.monotonic() - began < seconds:
            if (time.monotonic() - began) // POLL_SECONDS >= scraped:
                self.scrape()
                scraped += 1
            self.look()
            time.sleep(1)
        self.scrape()


def bills(stub, before, listed, regions, seconds):
    """Dollars a day: the daemon's by reason and by kind of account, and those of a plain exporter."""
    a_day = 86_400 / seconds
    by_reason, by_kind = Counter(), Counter()
    for (kind, reason), metrics in (stub.billed - before).items():
        by_reason[reason] += metrics * a_day * PRICE_OF_METRIC
        by_kind[kind] += metrics * a_day * PRICE_OF_METRIC
    everything = everything_a_day(stub, regions)
    return {
        "dollars_a_day": sum(by_reason.values()), "dollars_a_day_by_reason": by_reason, "dollars_a_day_by_kind": by_kind,
        "dollars_a_day_everything": sum(everything.values()), "dollars_a_day_everything_by_kind": everything,
        # Those of the first million requests a month are free; here all are counted.
        "dollars_a_day_listings": listed * a_day * PRICE_OF_LISTING,
    }  # fmt: skip


def measure(binary, accounts, regions, minutes, polling):
    names = REGIONS[:regions]
    stub = FleetAWS(accounts)
    text = (f"organization: {{ external_id: benchmark, regions: [{', '.join(names)}] }}\n"
            f"polling: {{ {', '.join(filter(None, [f'interval: {POLL_SECONDS}s', 'backfill: 15m', polling]))} }}\n")  # fmt: skip
    readable = (accounts - len(stub.missing)) * regions
    try:
        with tempfile.TemporaryDirectory() as folder, daemon(binary, stub, folder, text=text) as at_work:
            began = time.monotonic()
            wait_until(lambda: time.sleep(1) or len(at_work.samples(LAST_POLL)) == readable, START_SECONDS, "every Region was polled once")
            start_seconds, start_cpu = time.monotonic() - began, cpu_seconds(at_work.pid)
            # What was begun together is read once more before figures are taken.
            time.sleep(POLL_SECONDS + 5)
            watch = Watch(at_work, stub)
            before, counts, billed, began = cpu_seconds(at_work.pid), stub.counts.copy(), stub.billed.copy(), time.monotonic()
            stub.longest_silence = {}
            first = int(time.time()) // 60 * 60
            watch.go_on(60 * minutes)
            seconds = time.monotonic() - began
            cpu, requests = cpu_seconds(at_work.pid) - before, stub.counts - counts
            end = int(time.time() - SETTLED_SECONDS) // 60 * 60
            store = os.path.join(folder, "usage.db")
            wrong, looked_at, nobodys = wrong_minutes(store, stub, names, first - 600, end)
            return {
                "accounts": accounts, "regions": regions, "polled_regions": len(at_work.samples(LAST_POLL)), "expected_regions": readable,
                "start_seconds": start_seconds, "start_cpu_seconds": start_cpu, "seconds": seconds,
                "cpu_share": cpu / seconds, **watch.most, "anonymous_kib": memory_kib(at_work.pid, "RssAnon"),
                "requests_per_second": sum(requests.values()) / seconds, "requests": dict(requests),
                "oldest_poll_seconds": watch.oldest_poll_seconds, "longest_silence_seconds": stub.longest_silence,
                "page_bytes": len(watch.page), "page_series": series_of(watch.page),
                "minutes_looked_at": looked_at, "minutes_wrong": wrong, "series_of_nobody": nobodys,
                **bills(stub, billed, requests["ListMetrics"], regions, seconds), "store_bytes": os.path.getsize(store),
            }  # fmt: skip
    finally:
        stub.stop()


def told(row):
    """The figures of a row, for people."""
    of = lambda seconds: ", ".join(f"{health} {value:.0f} s" for health, value in sorted(seconds.items()))  # noqa: E731
    everything, by_kind = row["dollars_a_day_everything_by_kind"], row["dollars_a_day_by_kind"]
    yield (f"{row['accounts']} accounts x {row['regions']} Regions: all polled after {row['start_seconds']:.0f} s and "
           f"{row['start_cpu_seconds']:.1f} s of processor; then {100 * row['cpu_share']:.1f} % of one, "
           f"{row['resident_kib'] / 1024:.0f} MiB, {row['descriptors']} descriptors, {row['threads']} threads, "
           f"{row['requests_per_second']:.1f} requests/s, {row['page_series']} series of {row['page_bytes'] / 1e6:.1f} MB")  # fmt: skip
    yield f"  the Region polled longest ago, by the page: {of(row['oldest_poll_seconds'])}"
    yield f"  the longest between two requests for a Region's minutes: {of(row['longest_silence_seconds'])}"
    yield (f"  {row['minutes_wrong']} of {row['minutes_looked_at']} minutes wrong, {row['series_of_nobody']} series of nobody, "
           f"{row['polled_regions']} of {row['expected_regions']} Regions polled")  # fmt: skip
    yield (f"  {row['dollars_a_day']:.2f} USD a day, everything every minute {row['dollars_a_day_everything']:.2f}, "
           f"{row['dollars_a_day'] / row['dollars_a_day_everything']:.3f} of it; listings {row['dollars_a_day_listings']:.2f} if none were free")  # fmt: skip
    for reason, dollars in sorted(row["dollars_a_day_by_reason"].items(), key=lambda item: -item[1]):
        yield f"    {reason}: {dollars:.2f} USD, {dollars / row['dollars_a_day_everything']:.3f}"
    for kind, dollars in sorted(by_kind.items()):
        share = f", {dollars / everything[kind]:.3f} of its everything" if everything[kind] else ""
        yield f"    accounts with traffic of kind {kind}: {dollars:.2f} USD{share}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--sizes", default="10,100,1000")
    parser.add_argument("--regions", type=int, default=5)
    parser.add_argument("--minutes", type=int, default=10, help="a multiple of five, for a bill that holds")
    parser.add_argument("--polling", default="", help="further keys of `polling`")
    arguments = parser.parse_args()
    if arguments.minutes % RELAXED_MINUTES:
        parser.error(f"--minutes {arguments.minutes}: a multiple of {RELAXED_MINUTES} is allowed")
    rows = []
    for accounts in map(int, arguments.sizes.split(",")):
        row = measure(arguments.binary, accounts, arguments.regions, arguments.minutes, arguments.polling)
        rows.append(row)
        print("\n".join(told(row)), flush=True)
        write_results("organization", rows)
    if len(rows) > 1:
        for key in ["start_cpu_seconds", "cpu_share", "resident_kib", "requests_per_second"]:
            print(f"{key}: exponent {exponent([(row['accounts'], row[key]) for row in rows]):.2f}")


if __name__ == "__main__":
    main()
