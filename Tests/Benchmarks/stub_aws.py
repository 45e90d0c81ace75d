"""A stub of AWS for benchmarks: answers out of memory, costs next to nothing, counts what it is asked.

Every model ID has ten metrics; each query gets a value for each minute of its window, in CloudWatch's JSON.
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

METRICS = [
    "Invocations", "InputTokenCount", "OutputTokenCount", "CacheReadInputTokenCount",
    "CacheWriteInputTokenCount", "InvocationClientErrors", "InvocationServerErrors",
    "InvocationThrottles", "EstimatedTPMQuotaUsage", "InvocationLatency",
]  # fmt: skip


class StubAWS:
    """`model_ids` series of ten metrics each, in every Region that is asked."""

    def __init__(self, model_ids):
        self.model_ids = [f"global.anthropic.claude-bench-{i}" for i in range(model_ids)]
        self.counts = {}
        self.bytes_sent = 0
        self.lock = threading.Lock()
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
        with self.lock:
            self.counts[operation] = self.counts.get(operation, 0) + 1
        if operation == "GetMetricData":
            payload = self.metric_data(body)
        elif operation == "ListMetrics":
            payload = self.list_metrics(json.loads(body))
        elif operation in ("ListServiceQuotas", "ListAWSDefaultServiceQuotas"):
            payload = b'{"Quotas":[]}'
        elif operation == "inference-profiles":
            payload = b'{"inferenceProfileSummaries":[]}'
        elif operation == "foundation-models":
            payload = b'{"modelSummaries":[]}'
        else:
            payload = b"{}"
        handler.send_response(200)
        handler.send_header("Content-Type", "application/x-amz-json-1.0")
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)
        handler.wfile.flush()
        self.bytes_sent += len(payload)

    def list_metrics(self, request):
        start = int(request.get("NextToken") or 0)
        names = [(model, metric) for model in self.model_ids for metric in METRICS]
        page = names[start : start + 500]
        answer = {
            "Metrics": [
                {"Namespace": "AWS/Bedrock", "MetricName": metric, "Dimensions": [{"Name": "ModelId", "Value": model}]}
                for model, metric in page
            ]
        }
        if start + 500 < len(names):
            answer["NextToken"] = str(start + 500)
        return json.dumps(answer).encode()

    def metric_data(self, body):
        request = json.loads(body)
        minutes = range(int(request["StartTime"]) // 60 * 60, int(request["EndTime"]), 60)
        stamps = ",".join(f"{minute}.0" for minute in reversed(minutes))
        values = ",".join(str(1000 + minute // 60 % 977) + ".0" for minute in reversed(minutes))
        results = ",".join(
            f'{{"Id":"{query["Id"]}","Label":"{query["Id"]}","Timestamps":[{stamps}],"Values":[{values}],"StatusCode":"Complete"}}'
            for query in request["MetricDataQueries"]
        )
        return f'{{"MetricDataResults":[{results}],"Messages":[]}}'.encode()


def region_of(headers):
    """The Region in a SigV4 credential scope."""
    match = re.search(r"/(\d{8})/([a-z0-9-]+)/", headers.get("Authorization", ""))
    return match.group(2) if match else "unknown"
