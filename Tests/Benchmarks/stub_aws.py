"""A stub of AWS for benchmarks: answers out of memory, costs next to nothing, counts what it is asked.

Every model ID has the same metrics and a quota pool of its own with three quotas, in every Region that is asked. Each query
gets a value for each minute of the last hour, in CloudWatch's JSON; the newest two minutes say something else at every
poll, so that a poll writes as much as one of a minute's interval does.
"""

import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "EndToEnd"))

from support.quick_aws import QuickAWS  # noqa: E402

METRICS = [
    "Invocations", "InputTokenCount", "OutputTokenCount", "CacheReadInputTokenCount",
    "CacheWriteInputTokenCount", "InvocationClientErrors", "InvocationServerErrors",
    "InvocationThrottles", "EstimatedTPMQuotaUsage", "InvocationLatency",
]  # fmt: skip
FIVE_METRICS = ["Invocations", "InputTokenCount", "OutputTokenCount", "EstimatedTPMQuotaUsage", "InvocationLatency"]
QUOTAS = [("requests per minute", 60_000), ("tokens per minute", 1_000_000), ("tokens per day", 1_440_000_000)]
PAGE = 500
# Traffic is this old.
TRAFFIC_SECONDS = 3600
REVISED_MINUTES = 2
# A request of more minutes is no poll's live window but catches up.
LIVE_MINUTES = 20


def model_name(index):
    return f"anthropic.claude-bench-{index}"


class StubAWS(QuickAWS):
    """`model_ids` series of these metrics each, in every Region that is asked; each answer comes after `latency` seconds."""

    def __init__(self, model_ids, metrics=METRICS, latency=0.0):
        super().__init__()
        self.metrics, self.latency = metrics, latency
        self.model_ids = [f"global.{model_name(i)}" for i in range(model_ids)]
        self.live_requests = 0
        # Told of each live request, with the end of its window.
        self.on_live = lambda end: None
        self.last_catch_up = time.monotonic()
        self.bodies = {}
        self.quotas, self.models = self.listings(model_ids)
        self.start()

    def answer(self, operation, target, region, body, now):
        time.sleep(self.latency)
        if operation == "GetMetricData":
            return self.metric_data(body)
        if operation == "ListMetrics":
            return self.list_metrics(json.loads(body))
        if operation in ("ListServiceQuotas", "ListAWSDefaultServiceQuotas"):
            return self.page("Quotas", self.quotas, json.loads(body).get("NextToken"), 100)
        if operation == "inference-profiles":
            return b'{"inferenceProfileSummaries":[]}'
        return self.models if operation == "foundation-models" else b"{}"

    @staticmethod
    def listings(count):
        quotas = [
            {"QuotaCode": f"L-BENCH{index}X{kind}", "Value": value, "Adjustable": True,
             "QuotaName": f"Global cross-region model inference {text} for Anthropic Claude Bench {index}"}
            for index in range(count) for kind, (text, value) in enumerate(QUOTAS)
        ]  # fmt: skip
        models = [
            {"modelId": model_name(index), "modelName": f"Claude Bench {index}", "providerName": "Anthropic",
             "inferenceTypesSupported": ["INFERENCE_PROFILE"]}
            for index in range(count)
        ]  # fmt: skip
        return quotas, json.dumps({"modelSummaries": models}).encode()

    @staticmethod
    def page(key, items, token, size):
        start = int(token or 0)
        answer = {key: items[start : start + size]}
        if start + size < len(items):
            answer["NextToken"] = str(start + size)
        return json.dumps(answer).encode()

    def list_metrics(self, request):
        names = [
            {"Namespace": "AWS/Bedrock", "MetricName": metric, "Dimensions": [{"Name": "ModelId", "Value": model}]}
            for model in self.model_ids
            for metric in self.metrics
        ]
        return self.page("Metrics", names, request.get("NextToken"), PAGE)

    def metric_data(self, body):
        """The daemon numbers its queries from q0 in each request, so that one body answers many requests."""
        if b'"Id":"u0"' in body:  # metrics that are not listed: there are none
            return b'{"MetricDataResults":[],"Messages":[]}'
        start = int(re.search(rb'"StartTime":\s*(\d+)', body).group(1))
        end = int(re.search(rb'"EndTime":\s*(\d+)', body).group(1))
        queries = body.count(b'"MetricStat"')
        if f'"q{queries - 1}"'.encode() not in body:
            raise ValueError("queries are not numbered from q0")
        live = end - start <= LIVE_MINUTES * 60
        with self.lock:
            if live:
                self.live_requests += 1
                self.on_live(end)
            else:
                self.last_catch_up = time.monotonic()
        key = (start, end, queries, int(time.time()) if live else 0)
        payload = self.bodies.get(key)
        if payload is None:
            payload = self.metric_body(start, end, queries)
            self.bodies = {key: payload}
        return payload

    @staticmethod
    def metric_body(start, end, queries):
        first = max(start // 60 * 60, (int(time.time()) - TRAFFIC_SECONDS) // 60 * 60)
        minutes = range(first, end, 60)
        second = int(time.time())
        stamps = ",".join(f"{minute}.0" for minute in minutes)
        values = ",".join(
            str(1000 + minute // 60 % 977 + (second % 59 if minute >= end - REVISED_MINUTES * 60 else 0)) + ".0"
            for minute in minutes
        )
        results = ",".join(
            f'{{"Id":"q{query}","Label":"q{query}","Timestamps":[{stamps}],"Values":[{values}],"StatusCode":"Complete"}}'
            for query in range(queries)
        )
        return f'{{"MetricDataResults":[{results}],"Messages":[]}}'.encode()
