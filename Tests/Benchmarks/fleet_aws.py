"""A stub of AWS for an organization of many accounts: each has figures of its own, and CloudWatch's account-wide series beside them.

Of a hundred accounts five have heavy traffic (ten model IDs in each Region) and twenty some (three), in every minute; the others
have none, and CloudWatch lists nothing of them. In a tenth of the heavy ones one pool uses 60 % of its limit. Of a hundred five have
no role, and of two AWS throttles a third of all calls.
"""

import json
import random
import re
import threading
import time
from collections import Counter

from stub_aws import METRICS, StubAWS

REGIONS = ["ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2"]
OWN = "111122223333"
HEAVY, SOME = 10, 3
HEAVY_PERCENT, SOME_PERCENT, MISSING_PERCENT, THROTTLED_PERCENT = 5, 20, 5, 2
THROTTLED_SHARE = 1 / 3
#: Of ten heavy accounts one has a pool near its limit, with so many input tokens a minute more.
NEAR_EACH, NEAR_TOKENS = 10, 600_000
TRAFFIC_SECONDS = 3600
#: A minute grows for so long, as it does at AWS.
GROWING_SECONDS = 120
#: A read of more minutes is one of a whole day.
DAY_READ_SECONDS = 20 * 3600
RATE = 5
#: Nothing of it happens, so that alerts are not what is measured.
TROUBLE = {"InvocationClientErrors", "InvocationServerErrors", "InvocationThrottles"}


def figures(own, minute, is_near=False):
    """What a model ID has in a minute that is revised no more, by CloudWatch's names; `own` tells all model IDs apart."""
    tick = minute // 60 % 977
    found = dict.fromkeys(TROUBLE, 0) | {
        "Invocations": 50 + own % 97, "InputTokenCount": 1000 + tick + own + is_near * NEAR_TOKENS,
        "OutputTokenCount": 200 + own % 89, "CacheReadInputTokenCount": 500 + own % 71,
        "CacheWriteInputTokenCount": 300 + tick % 61, "InvocationLatency": 900,
    }  # fmt: skip
    found["EstimatedTPMQuotaUsage"] = (
        found["InputTokenCount"] + found["CacheWriteInputTokenCount"] + RATE * found["OutputTokenCount"]
    )
    return found


class FleetAWS(StubAWS):
    """An organization of so many accounts, the exporter's own among them."""

    def __init__(self, accounts):
        self.ids = [OWN] + [f"{500000000000 + number}" for number in range(1, accounts)]
        self.numbers = {id: number for number, id in enumerate(self.ids)}
        count = lambda percent: -(-accounts * percent // 100)  # noqa: E731
        heavy, some = count(HEAVY_PERCENT), count(SOME_PERCENT)
        #: Accounts with traffic, and how many model IDs each has in a Region.
        self.models_of = dict.fromkeys(self.ids[1 : 1 + heavy], HEAVY)
        self.models_of.update(dict.fromkeys(self.ids[1 + heavy : 1 + heavy + some], SOME))
        self.near = set(self.ids[1 : 1 + heavy : NEAR_EACH])
        missing, throttled = count(MISSING_PERCENT), count(THROTTLED_PERCENT)
        self.missing = set(self.ids[len(self.ids) - missing :])
        # Half of them with traffic, half idle.
        self.throttled = set(self.ids[1 + heavy : 1 + heavy + throttled // 2])
        self.throttled |= set(self.ids[len(self.ids) - missing - (throttled + 1) // 2 : len(self.ids) - missing])
        #: Metrics asked for, by who was asked about and why.
        self.billed = Counter()
        self.last_asked = {}
        #: The longest time between two requests for minutes of a Region, of sound and of throttled accounts.
        self.longest_silence = {}
        self.dice = random.Random(1)
        self.caller = threading.local()
        super().__init__(HEAVY)

    def kind_of(self, account):
        return {HEAVY: "heavy", SOME: "some", 0: "idle"}[self.models_of.get(account, 0)]

    def health_of(self, account):
        return "throttled" if account in self.throttled else "sound"

    def name_of(self, account):
        return f"team {account[-4:]}"

    def figures_of(self, account, region, index, minute):
        """Of the model ID with this index."""
        own = (self.numbers[account] * len(REGIONS) + REGIONS.index(region)) * HEAVY + index
        return figures(own, minute, index == 0 and account in self.near)

    def _response(self, target, headers, body):
        key = re.search(rb"Credential=ASIA(\d{12})", headers.get(b"authorization", b""))
        self.caller.account, self.caller.status = key[1].decode() if key else OWN, b"200 OK"
        return super()._response(target, headers, body).replace(b"200 OK", self.caller.status, 1)

    def answer(self, operation, target, region, body, now):
        if b"Action=" in body:
            return self.sts(body)
        account = self.caller.account
        if operation == "GetMetricData":
            self.note_asked(account, region)
        if account in self.throttled and self.dice.random() < THROTTLED_SHARE:
            self.caller.status = b"400 Bad Request"
            return b'{"__type":"ThrottlingException","message":"Rate exceeded"}'
        if operation == "ListAccounts":
            accounts = [{"Id": id, "Name": self.name_of(id), "State": "ACTIVE"} for id in self.ids]
            return self.page("Accounts", accounts, json.loads(body).get("NextToken"), 20)
        if operation == "ListMetrics":
            return self.list_metrics(json.loads(body), self.models_of.get(account, 0))
        if operation == "GetMetricData":
            return self.minutes(account, region, json.loads(body))
        return super().answer(operation, target, region, body, now)

    def note_asked(self, account, region):
        now, health = time.monotonic(), self.health_of(account)
        with self.lock:
            silence = now - self.last_asked.get((account, region), now)
            self.longest_silence[health] = max(self.longest_silence.get(health, 0), silence)
            self.last_asked[account, region] = now

    def list_metrics(self, request, models=HEAVY):
        sets = [[{"Name": "ModelId", "Value": model}] for model in self.model_ids[:models]] + [[]] * (models > 0)
        names = [
            {"Namespace": "AWS/Bedrock", "MetricName": metric, "Dimensions": dimensions}
            for dimensions in sets
            for metric in METRICS
        ]
        if request.get("Namespace", "AWS/Bedrock") != "AWS/Bedrock":
            names = []
        return self.page("Metrics", names, request.get("NextToken"), 500)

    def minutes(self, account, region, request):
        """Every series of a model ID has traffic in each minute, the account-wide ones have the sums; others are empty."""
        queries = request["MetricDataQueries"]
        start, end, now = request["StartTime"], request["EndTime"], time.time()
        indices = {model: index for index, model in enumerate(self.model_ids[: self.models_of.get(account, 0)])}
        first = max(-(-start // 60) * 60, int(now - TRAFFIC_SECONDS) // 60 * 60)
        minutes = range(first, min(end, int(now) // 60 * 60 + 60), 60)
        stamps = ",".join(map(str, minutes))
        shares = [min(1, (now - minute) / GROWING_SECONDS) for minute in minutes]
        known = {}

        def values(indices, metric):
            total = [0] * len(minutes)
            for index in indices:
                if index not in known:
                    known[index] = [self.figures_of(account, region, index, minute) for minute in minutes]
                # Of an average of equal values the average is the same.
                parts = [int(found[metric] * share) for found, share in zip(known[index], shares)]
                total = parts if metric == "InvocationLatency" else [a + b for a, b in zip(total, parts)]
            return ",".join(map(str, total))

        billed, results = Counter(), []
        for query in queries:
            metric = query["MetricStat"]["Metric"]
            dimensions = [dimension["Value"] for dimension in metric.get("Dimensions", [])]
            asked = list(indices.values()) if not dimensions else [indices[d] for d in dimensions if d in indices]
            has = bool(asked) and metric["Namespace"] == "AWS/Bedrock" and metric["MetricName"] in METRICS
            shown = (stamps, values(asked, metric["MetricName"])) if has else ("", "")
            billed[self.kind_of(account), self.reason_of(account, query, dimensions, asked, end - start)] += 1
            results.append(f'{{"Id":"{query["Id"]}","Label":"x","Timestamps":[{shown[0]}],"Values":[{shown[1]}],"StatusCode":"Complete"}}')
        with self.lock:
            self.billed += billed
        return f'{{"MetricDataResults":[{",".join(results)}],"Messages":[]}}'.encode()

    def reason_of(self, account, query, dimensions, asked, seconds):
        """Why the daemon asks, by how it numbers its queries."""
        kind = query["Id"][0]
        if query["MetricStat"]["Metric"]["Namespace"] != "AWS/Bedrock":
            return "other namespaces"
        if kind == "u":
            return "metrics that are not listed"
        if kind == "a":
            return "single metrics of a pool" if dimensions else "account-wide series"
        if seconds > DAY_READ_SECONDS:
            return "whole days"
        return "pools near a limit" if asked == [0] and account in self.near else "pools far from their limits"

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
