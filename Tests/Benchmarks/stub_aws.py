"""A stub of AWS for benchmarks: answers out of memory, costs next to nothing, counts what it is asked.

Every model ID has ten metrics and a quota pool of its own with three quotas, in every Region that is asked. Each query
gets a value for each minute of the last hour, in CloudWatch's JSON; the newest two minutes say something else at every
poll, so that a poll writes as much as one of a minute's interval does.
"""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

METRICS = [
    "Invocations", "InputTokenCount", "OutputTokenCount", "CacheReadInputTokenCount",
    "CacheWriteInputTokenCount", "InvocationClientErrors", "InvocationServerErrors",
    "InvocationThrottles", "EstimatedTPMQuotaUsage", "InvocationLatency",
]  # fmt: skip
QUOTAS = [("requests per minute", 60_000), ("tokens per minute", 1_000_000), ("tokens per day", 1_440_000_000)]
PAGE = 500
# Traffic is this old.
TRAFFIC_SECONDS = 3600
REVISED_MINUTES = 2
# A request of more minutes is no poll's live window but catches up.
LIVE_MINUTES = 20


def model_name(index):
    return f"anthropic.claude-bench-{index}"


class StubAWS:
    """`model_ids` series of ten metrics each, in every Region that is asked."""

    def __init__(self, model_ids):
        self.model_ids = [f"global.{model_name(i)}" for i in range(model_ids)]
        self.counts = {}
        self.live_requests = 0
        self.last_catch_up = time.monotonic()
        self.bytes_sent = 0
        self.lock = threading.Lock()
        self.bodies = {}
        self.quotas, self.models = self.listings(model_ids)
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def log_message(self, *_):
                pass

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                stub.answer(self, self.headers.get("X-Amz-Target", ""), body)

            def do_GET(self):
                stub.answer(self, self.path.split("?")[0], b"")

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler, target, body):
        operation = target.split(".")[-1].strip("/")
        if operation == "GetMetricData":
            payload = self.metric_data(body)
        elif operation == "ListMetrics":
            payload = self.list_metrics(json.loads(body))
        elif operation in ("ListServiceQuotas", "ListAWSDefaultServiceQuotas"):
            payload = self.page("Quotas", self.quotas, json.loads(body).get("NextToken"), 100)
        elif operation == "inference-profiles":
            payload = b'{"inferenceProfileSummaries":[]}'
        elif operation == "foundation-models":
            payload = self.models
        else:
            payload = b"{}"
        handler.send_response(200)
        handler.send_header("Content-Type", "application/x-amz-json-1.0")
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)
        handler.wfile.flush()
        with self.lock:
            self.counts[operation] = self.counts.get(operation, 0) + 1
            self.bytes_sent += len(payload)

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
            for metric in METRICS
        ]
        return self.page("Metrics", names, request.get("NextToken"), PAGE)

    def metric_data(self, body):
        """The daemon numbers its queries from q0 in each request, so that one body answers many requests."""
        start = int(re.search(rb'"StartTime":\s*(\d+)', body).group(1))
        end = int(re.search(rb'"EndTime":\s*(\d+)', body).group(1))
        queries = body.count(b'"MetricStat"')
        if f'"q{queries - 1}"'.encode() not in body:
            raise ValueError("queries are not numbered from q0")
        live = end - start <= LIVE_MINUTES * 60
        with self.lock:
            if live:
                self.live_requests += 1
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
