"""Measures an organization of many accounts, mostly idle, against a local stub of AWS: polls, minutes, processor, memory, bill.

usage: organization.py BINARY [--sizes N,N,…] [--regions N] [--minutes N]

Every account is found by Organizations and read through a role of its own; polls come once a minute, as they do by default.
Of a hundred accounts five have heavy traffic (ten model IDs in each Region) and twenty some (three); of five the role does not
exist, and of two AWS throttles a third of all calls. In the end each settled minute of each model ID is looked for in the
store. Writes .build/bench/organization.json. Figures are of one run on one machine, over plain HTTP.
"""

import argparse
import json
import os
import random
import re
import sqlite3
import tempfile
import threading
import time

from measuring import cpu_seconds, daemon, exponent, memory_kib, resident_kib, series_of, wait_until, write_results
from stub_aws import METRICS, StubAWS

REGIONS = ["ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2"]
OWN = "111122223333"
HEAVY, SOME = 10, 3
HEAVY_PERCENT, SOME_PERCENT, MISSING_PERCENT, THROTTLED_PERCENT = 5, 20, 5, 2
THROTTLED_SHARE = 1 / 3
START_SECONDS = 1200
POLL_SECONDS = 60
# A minute is compared that has settled and was read again after it was revised for the last time.
SETTLED_SECONDS = 480
# Nothing of it happens, so that alerts are not what is measured.
TROUBLE = {"InvocationClientErrors", "InvocationServerErrors", "InvocationThrottles"}
PRICE_OF_METRIC = 0.01 / 1000
DAY_MINUTES = 1440


def value(account, minute):
    """What every metric of every model ID of the account, but those of trouble, says of a minute that is revised no more."""
    return 1000 + minute // 60 % 977 + int(account[-3:])


class FleetAWS(StubAWS):
    """An organization. What an account has is the same in each of its Regions."""

    def __init__(self, accounts):
        self.ids = [OWN] + [f"{500000000000 + number}" for number in range(1, accounts)]
        count = lambda percent: -(-accounts * percent // 100)  # noqa: E731
        heavy, some = count(HEAVY_PERCENT), count(SOME_PERCENT)
        self.models_of = dict.fromkeys(self.ids[1 : 1 + heavy], HEAVY)
        self.models_of.update(dict.fromkeys(self.ids[1 + heavy : 1 + heavy + some], SOME))
        missing, throttled = count(MISSING_PERCENT), count(THROTTLED_PERCENT)
        self.missing = set(self.ids[len(self.ids) - missing :])
        # Half of them with traffic, half idle.
        self.throttled = set(self.ids[1 + heavy : 1 + heavy + throttled // 2])
        self.throttled |= set(self.ids[len(self.ids) - missing - (throttled + 1) // 2 : len(self.ids) - missing])
        self.billed = 0
        self.dice = random.Random(1)
        self.caller = threading.local()
        super().__init__(HEAVY)

    def _response(self, target, headers, body):
        key = re.search(rb"Credential=ASIA(\d{12})", headers.get(b"authorization", b""))
        self.caller.account, self.caller.status = key[1].decode() if key else OWN, b"200 OK"
        return super()._response(target, headers, body).replace(b"200 OK", self.caller.status, 1)

    def answer(self, operation, target, region, body, now):
        if b"Action=" in body:
            return self.sts(body)
        account = self.caller.account
        if account in self.throttled and self.dice.random() < THROTTLED_SHARE:
            self.caller.status = b"400 Bad Request"
            return b'{"__type":"ThrottlingException","message":"Rate exceeded"}'
        if operation == "ListAccounts":
            accounts = [{"Id": id, "Name": f"team {id[-4:]}", "State": "ACTIVE"} for id in self.ids]
            return self.page("Accounts", accounts, json.loads(body).get("NextToken"), 20)
        if operation == "ListMetrics":
            return self.list_metrics(json.loads(body), self.models_of.get(account, 0))
        if operation == "GetMetricData":
            return self.minutes(account, body)
        return super().answer(operation, target, region, body, now)

    def list_metrics(self, request, models=HEAVY):
        names = [
            {"Namespace": "AWS/Bedrock", "MetricName": metric, "Dimensions": [{"Name": "ModelId", "Value": model}]}
            for model in self.model_ids[:models]
            for metric in METRICS
        ]
        if request.get("Namespace", "AWS/Bedrock") != "AWS/Bedrock":
            names = []
        return self.page("Metrics", names, request.get("NextToken"), 500)

    def minutes(self, account, body):
        """Every series of a model ID has traffic in each minute; what is asked for beside them is empty."""
        request = json.loads(body)
        queries = request["MetricDataQueries"]
        with self.lock:
            self.billed += len(queries)
        start, end, now = request["StartTime"], request["EndTime"], time.time()
        first = max(-(-start // 60) * 60, int(now) // 60 * 60 - 3600)
        minutes = range(first, min(end, int(now) // 60 * 60 + 60), 60) if account in self.models_of else []
        stamps = ",".join(map(str, minutes))
        # The newest two minutes grow, as they do at AWS.
        values = ",".join(
            str(value(account, minute) if minute < now - 120 else (int(now) - minute) * 8) for minute in minutes
        )
        zeros = ",".join("0" for _ in minutes)
        known = set(self.model_ids[: self.models_of.get(account, 0)])
        results = []
        for query in queries:
            metric = query["MetricStat"]["Metric"]
            has = [dimension["Value"] in known for dimension in metric["Dimensions"]] == [True] and metric["MetricName"] in METRICS
            shown = zeros if metric["MetricName"] in TROUBLE else values
            results.append(f'{{"Id":"{query["Id"]}","Label":"x","Timestamps":[{stamps if has else ""}],'
                           f'"Values":[{shown if has else ""}],"StatusCode":"Complete"}}')  # fmt: skip
        return f'{{"MetricDataResults":[{",".join(results)}],"Messages":[]}}'.encode()

    def sts(self, body):
        name = "AssumeRole" if b"Action=AssumeRole" in body else "GetCallerIdentity"
        if name == "GetCallerIdentity":
            content = f"<Account>{self.caller.account}</Account><Arn>arn:aws:iam::{self.caller.account}:role/x</Arn>"
        else:
            account = re.search(rb"%3A(\d{12})%3A", body)[1].decode()
            if account in self.missing:
                self.caller.status = b"403 Forbidden"
                return b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
            end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
            content = (f"<Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>bench</SecretAccessKey>"
                       f"<SessionToken>bench</SessionToken><Expiration>{end}</Expiration></Credentials>")
        return f"<{name}Response><{name}Result>{content}</{name}Result></{name}Response>".encode()


def wrong_minutes(store, stub, regions, first, end):
    """Minutes of model IDs with traffic that the store does not have as AWS has them, and how many were looked at."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as database:
        rows = dict(database.execute("SELECT account || '/' || region || '/' || model_id, id FROM series"))
        names = {f"team {id[-4:]}": id for id in stub.ids} | {id: id for id in stub.ids}
        accounts = {name.split("/")[0] for name in rows}
        labels = {names[label]: label for label in accounts if label in names}
        looked_at = wrong = 0
        for account, models in stub.models_of.items():
            if account in stub.missing:
                continue
            for region in regions:
                for model in stub.model_ids[:models]:
                    id = rows.get(f"{labels.get(account)}/{region}/{model}", -1)
                    found = dict(database.execute(
                        "SELECT minute, invocations || '/' || output_tokens FROM minutes WHERE series_id = ? AND minute >= ? AND minute < ?",
                        (id, first, end)))  # fmt: skip
                    for minute in range(first, end, 60):
                        looked_at += 1
                        true = value(account, minute)
                        wrong += found.get(minute) != f"{true}/{true}"
    return wrong, looked_at


def everything_a_day(stub, regions):
    """Dollars a day where each model ID's metrics are read once a minute, whatever happens."""
    metrics = sum(models for account, models in stub.models_of.items() if account not in stub.missing) * len(METRICS)
    return metrics * regions * DAY_MINUTES * PRICE_OF_METRIC


def measure(binary, accounts, regions, minutes):
    names = REGIONS[:regions]
    stub = FleetAWS(accounts)
    text = (f"organization: {{ external_id: benchmark, regions: [{', '.join(names)}] }}\n"
            f"polling: {{ interval: {POLL_SECONDS}s, backfill: 15m }}\n")  # fmt: skip
    readable = (accounts - len(stub.missing)) * regions
    last_poll = "bedrock_exporter_last_successful_poll_timestamp_seconds"
    try:
        with tempfile.TemporaryDirectory() as folder, daemon(binary, stub, folder, text=text) as at_work:
            began = time.monotonic()
            wait_until(lambda: time.sleep(1) or len(at_work.samples(last_poll)) == readable, START_SECONDS, "every Region was polled once")
            start_seconds, start_cpu = time.monotonic() - began, cpu_seconds(at_work.pid)
            # What was begun together is read once more before figures are taken.
            time.sleep(POLL_SECONDS + 5)
            before, asked, billed, began = cpu_seconds(at_work.pid), sum(stub.counts.values()), stub.billed, time.monotonic()
            counts = stub.counts.copy()
            first = int(time.time()) // 60 * 60
            descriptors = threads = resident = 0
            while time.monotonic() - began < 60 * minutes:
                descriptors = max(descriptors, len(os.listdir(f"/proc/{at_work.pid}/fd")))
                threads = max(threads, len(os.listdir(f"/proc/{at_work.pid}/task")))
                resident = max(resident, resident_kib(at_work.pid))
                time.sleep(1)
            seconds = time.monotonic() - began
            cpu = cpu_seconds(at_work.pid) - before
            requests = sum(stub.counts.values()) - asked
            bill = (stub.billed - billed) / seconds * 86400 * PRICE_OF_METRIC
            newest = at_work.samples(last_poll)
            page = at_work.page()
            end = int(time.time() - SETTLED_SECONDS) // 60 * 60
            wrong, looked_at = wrong_minutes(os.path.join(folder, "usage.db"), stub, names, first - 600, end)
            return {
                "accounts": accounts, "regions": regions, "polled_regions": len(newest), "expected_regions": readable,
                "start_seconds": start_seconds, "start_cpu_seconds": start_cpu, "seconds": seconds,
                "cpu_share": cpu / seconds, "resident_kib": resident, "anonymous_kib": memory_kib(at_work.pid, "RssAnon"),
                "descriptors": descriptors, "threads": threads, "requests_per_second": requests / seconds,
                "oldest_poll_seconds": time.time() - min(newest), "page_bytes": len(page), "page_series": series_of(page),
                "minutes_looked_at": looked_at, "minutes_wrong": wrong, "dollars_a_day": bill,
                "dollars_a_day_everything": everything_a_day(stub, regions),
                "store_bytes": os.path.getsize(os.path.join(folder, "usage.db")), "requests": dict(stub.counts - counts),
            }  # fmt: skip
    finally:
        stub.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--sizes", default="10,100,1000")
    parser.add_argument("--regions", type=int, default=5)
    parser.add_argument("--minutes", type=int, default=10)
    arguments = parser.parse_args()
    rows = []
    for accounts in map(int, arguments.sizes.split(",")):
        row = measure(arguments.binary, accounts, arguments.regions, arguments.minutes)
        rows.append(row)
        print(
            f"{row['accounts']} accounts x {row['regions']} Regions: all polled after {row['start_seconds']:.0f} s and "
            f"{row['start_cpu_seconds']:.1f} s of processor; then {100 * row['cpu_share']:.1f} % of one, "
            f"{row['resident_kib'] / 1024:.0f} MiB, {row['descriptors']} descriptors, {row['threads']} threads, "
            f"{row['requests_per_second']:.1f} requests/s, {row['page_series']} series of {row['page_bytes'] / 1e6:.1f} MB; "
            f"the Region polled longest ago: {row['oldest_poll_seconds']:.0f} s; {row['minutes_wrong']} of "
            f"{row['minutes_looked_at']} minutes wrong; {row['dollars_a_day']:.2f} USD a day, everything every minute "
            f"{row['dollars_a_day_everything']:.2f}",
            flush=True,
        )
        write_results("organization", rows)
    if len(rows) > 1:
        for key in ["start_cpu_seconds", "cpu_share", "resident_kib", "requests_per_second"]:
            print(f"{key}: exponent {exponent([(row['accounts'], row[key]) for row in rows]):.2f}")


if __name__ == "__main__":
    main()
