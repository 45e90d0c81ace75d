"""Measures an organization of many accounts, mostly idle, against a local stub of AWS: processor, memory, descriptors.

usage: organization.py BINARY [--accounts N] [--regions N] [--busy PERCENT] [--missing PERCENT] [--seconds N]

Writes .build/bench/organization.json. Every account is found by Organizations and read through a role of its own; polls come
once a minute, as they do by default. Figures are of one run on one machine, over plain HTTP.
"""

import argparse
import json
import os
import re
import tempfile
import threading
import time

from measuring import cpu_seconds, daemon, resident_kib, series_of, wait_until, write_results
from stub_aws import StubAWS

REGIONS = ["ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2"]
OWN = "111122223333"
START_SECONDS = 1200
POLL_SECONDS = 60


class FleetAWS(StubAWS):
    """An organization: some accounts have the stub's model IDs, the others have no metrics; some have no role."""

    def __init__(self, accounts, model_ids, busy, missing):
        self.ids = [OWN] + [f"{500000000000 + number}" for number in range(1, accounts)]
        self.busy = set(self.ids[1 : 1 + accounts * busy // 100])
        self.missing = set(self.ids[len(self.ids) - accounts * missing // 100 :])
        self.caller = threading.local()
        super().__init__(model_ids)

    def _response(self, target, headers, body):
        key = re.search(rb"Credential=ASIA(\d{12})", headers.get(b"authorization", b""))
        self.caller.account = key[1].decode() if key else OWN
        return super()._response(target, headers, body)

    def answer(self, operation, target, region, body, now):
        if b"Action=" in body:
            return self.sts(body, now)
        if operation == "ListAccounts":
            start = int(json.loads(body).get("NextToken", 0))
            answer = {"Accounts": [{"Id": id, "Name": f"team {id[-4:]}", "State": "ACTIVE"} for id in self.ids[start : start + 20]]}
            if start + 20 < len(self.ids):
                answer["NextToken"] = str(start + 20)
            return json.dumps(answer).encode()
        if operation == "ListMetrics" and self.caller.account not in self.busy:
            return b'{"Metrics":[]}'
        if operation == "GetMetricData" and self.caller.account not in self.busy:
            return b'{"MetricDataResults":[],"Messages":[]}'
        return super().answer(operation, target, region, body, now)

    def sts(self, body, now):
        role = re.search(rb"role%2F|iam%3A%3A(\d{12})", body)
        account = re.search(rb"%3A(\d{12})%3A", body)
        name = "AssumeRole" if b"Action=AssumeRole" in body else "GetCallerIdentity"
        if name == "GetCallerIdentity":
            content = f"<Account>{self.caller.account}</Account><Arn>arn:aws:iam::{self.caller.account}:role/x</Arn>"
        else:
            account = account[1].decode() if role else OWN
            if account in self.missing:
                return b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
            end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
            content = (f"<Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>bench</SecretAccessKey>"
                       f"<SessionToken>bench</SessionToken><Expiration>{end}</Expiration></Credentials>")
        return f"<{name}Response><{name}Result>{content}</{name}Result></{name}Response>".encode()


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def measure(arguments):
    regions = REGIONS[: arguments.regions]
    stub = FleetAWS(arguments.accounts, 3, arguments.busy, arguments.missing)
    text = (f"organization: {{ external_id: benchmark, regions: [{', '.join(regions)}] }}\n"
            f"polling: {{ interval: {POLL_SECONDS}s, backfill: 15m }}\n")  # fmt: skip
    readable = (arguments.accounts - len(stub.missing)) * arguments.regions
    try:
        with tempfile.TemporaryDirectory() as folder, daemon(arguments.binary, stub, folder, text=text) as at_work:
            began = time.monotonic()
            wait_until(lambda: time.sleep(1) or at_work.is_ready(), START_SECONDS, "every Region was polled once")
            start_seconds, start_cpu = time.monotonic() - began, cpu_seconds(at_work.pid)
            # What was begun together is read once more before figures are taken.
            time.sleep(POLL_SECONDS + 5)
            before, asked, began = cpu_seconds(at_work.pid), sum(stub.counts.values()), time.monotonic()
            most_descriptors = resident = 0
            while time.monotonic() - began < arguments.seconds:
                most_descriptors = max(most_descriptors, descriptors(at_work.pid))
                resident = max(resident, resident_kib(at_work.pid))
                time.sleep(1)
            seconds = time.monotonic() - began
            cpu = cpu_seconds(at_work.pid) - before
            requests = sum(stub.counts.values()) - asked
            newest = at_work.samples("bedrock_exporter_last_successful_poll_timestamp_seconds")
            page = at_work.page()
            return {
                "accounts": arguments.accounts, "regions": arguments.regions, "busy_percent": arguments.busy,
                "missing_percent": arguments.missing, "polled_regions": len(newest), "expected_regions": readable,
                "start_seconds": start_seconds, "start_cpu_seconds": start_cpu, "seconds": seconds,
                "cpu_share": cpu / seconds, "resident_kib": resident, "descriptors": most_descriptors,
                "threads": threads(at_work.pid), "requests_per_second": requests / seconds,
                "oldest_poll_seconds": time.time() - min(newest), "page_bytes": len(page), "page_series": series_of(page),
                "store_bytes": os.path.getsize(os.path.join(folder, "usage.db")), "requests": dict(stub.counts),
            }  # fmt: skip
    finally:
        stub.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--regions", type=int, default=5)
    parser.add_argument("--busy", type=int, default=5)
    parser.add_argument("--missing", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=120)
    row = measure(parser.parse_args())
    print(
        f"{row['accounts']} accounts x {row['regions']} Regions: ready after {row['start_seconds']:.0f} s and "
        f"{row['start_cpu_seconds']:.0f} s of processor; then {100 * row['cpu_share']:.0f} % of one, "
        f"{row['resident_kib'] / 1024:.0f} MiB, {row['descriptors']} descriptors, {row['threads']} threads, "
        f"{row['requests_per_second']:.0f} requests/s, {row['page_series']} series of {row['page_bytes'] / 1e6:.1f} MB; "
        f"the Region polled longest ago: {row['oldest_poll_seconds']:.0f} s"
    )
    write_results("organization", row)


if __name__ == "__main__":
    main()
