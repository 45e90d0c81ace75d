"""The soak's AWS and receiver of alerts, in a process of its own: quick, without checks of what is asked.

usage: python -m support.soak.server ACCOUNTS REGIONS MODELS

It prints its port; GET /counts tells what it was asked for and what alerts it was told of.
"""

import calendar
import json
import re
import socket
import sys
import threading
import time
from collections import Counter

from support.soak.fleet import METRICS, REGIONS, Fleet

_HEADER = re.compile(rb"(?i)^(content-length|x-amz-target|x-amz-date|authorization): *(.*)$", re.MULTILINE)
_REGION = re.compile(rb"/\d{8}/([a-z0-9-]+)/")
#: Answers that several accounts ask for in the same minute.
_KEPT_ANSWERS = 2 * len(REGIONS)
_KEPT_MINUTES = 200


class Server:
    """Answers a fleet's program."""

    def __init__(self, fleet):
        self._fleet = fleet
        self._lists = fleet.lists()
        self._columns = {metric: number for number, metric in enumerate(METRICS)}
        self._models = {model_id: number for number, model_id in enumerate(fleet.model_ids)}
        self._lock = threading.Lock()
        self._answers = {}
        self._rows = {}
        self._requests = Counter()
        self._alerts = Counter()

    def serve(self):
        """For ever."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._converse, args=[connection], daemon=True).start()

    def _converse(self, connection):
        received = b""
        with connection:
            while True:
                while b"\r\n\r\n" not in received:
                    part = connection.recv(1 << 18)
                    if not part:
                        return
                    received += part
                head, _, received = received.partition(b"\r\n\r\n")
                headers = {name.lower(): value.strip() for name, value in _HEADER.findall(head)}
                length = int(headers.get(b"content-length", 0))
                while len(received) < length:
                    received += connection.recv(1 << 18)
                body, received = received[:length], received[length:]
                connection.sendall(self._response(head, headers, body))

    def _response(self, head, headers, body):
        # AWS's clock is the program's.
        now = _seconds(headers.get(b"x-amz-date"))
        date = time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT\r\n", time.gmtime(now)) if now else ""
        answer = self._answer(head.split(b" ", 2)[1], headers, body, now)
        return (f"HTTP/1.1 200 OK\r\n{date}Content-Type: application/x-amz-json-1.0\r\n"
                f"Content-Length: {len(answer)}\r\n\r\n").encode() + answer

    def _answer(self, target, headers, body, now):
        if target == b"/counts":
            with self._lock:
                return json.dumps({"requests": self._requests, "alerts": self._alerts}).encode()
        if target == b"/alerts":
            return self._take(json.loads(body))
        operation = headers.get(b"x-amz-target", target.split(b"?")[0]).rpartition(b".")[2].strip(b"/").decode()
        with self._lock:
            self._requests[operation] += 1
        if operation == "GetMetricData":
            region = REGIONS.index(_REGION.search(headers[b"authorization"])[1].decode())
            return self._metric_data(region, body, now // 60)
        if operation == "inference-profiles" and b"APPLICATION" in target:
            return b'{"inferenceProfileSummaries":[]}'
        return self._lists[operation]

    def _take(self, message):
        with self._lock:
            self._alerts.update(f"{alert['labels']['alertname']} {alert['status']}" for alert in message["alerts"])
        return b"{}"

    def _metric_data(self, region, body, now):
        key = region, now, body
        with self._lock:
            if key not in self._answers:
                while len(self._answers) >= _KEPT_ANSWERS:
                    del self._answers[next(iter(self._answers))]
                self._answers[key] = self._metric_results(region, json.loads(body), now)
            return self._answers[key]

    def _metric_results(self, region, request, now):
        minutes = range(int(request["EndTime"]) // 60 - 1, int(request["StartTime"]) // 60 - 1, -1)
        minutes = [minute for minute in minutes if minute <= now]
        rows = [self._row(region, minute, now) for minute in minutes]
        results = []
        for query in request["MetricDataQueries"]:
            metric = query["MetricStat"]["Metric"]
            # Series for the whole account, and metrics that the models never have, are empty.
            model = self._models.get(metric["Dimensions"][0]["Value"]) if metric.get("Dimensions") else None
            column = self._columns.get(metric["MetricName"])
            points = [] if model is None or column is None else [
                (minute, value) for minute, row in zip(minutes, rows) if (value := row[model][column])]
            times = ",".join(f"{minute * 60}.0" for minute, _ in points)
            values = ",".join(value for _, value in points)
            results.append(f'{{"Id":"{query["Id"]}","Label":"{metric["MetricName"]}","Timestamps":[{times}],'
                           f'"Values":[{values}],"StatusCode":"Complete"}}')
        return f'{{"MetricDataResults":[{",".join(results)}],"Messages":[]}}'.encode()

    def _row(self, region, minute, now):
        key = region, minute, max(minute - now, -2)
        if key not in self._rows:
            while len(self._rows) >= _KEPT_MINUTES:
                del self._rows[next(iter(self._rows))]
            rows = (self._fleet.row(region, model, minute, now) for model in range(self._fleet.models))
            self._rows[key] = [[value if value is None else str(float(value)) for value in row] for row in rows]
        return self._rows[key]


def _seconds(date):
    """Unix time of X-Amz-Date."""
    return calendar.timegm(time.strptime(date.decode(), "%Y%m%dT%H%M%SZ")) if date else 0


if __name__ == "__main__":
    Server(Fleet(*map(int, sys.argv[1:]))).serve()
