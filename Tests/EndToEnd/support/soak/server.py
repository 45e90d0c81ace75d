"""The soak's AWS and receiver of alerts, in a process of its own: quick, without checks of what is asked.

usage: python -m support.soak.server ACCOUNTS REGIONS MODELS

It prints its port; GET /counts tells what it was asked for and what alerts it was told of.
"""

import json
import sys
from collections import Counter

from support.quick_aws import QuickAWS
from support.soak.fleet import METRICS, REGIONS, Fleet

#: Answers that several accounts ask for in the same minute.
_KEPT_ANSWERS = 2 * len(REGIONS)
_KEPT_MINUTES = 200


class Server(QuickAWS):
    """Answers a fleet's program."""

    def __init__(self, fleet):
        super().__init__()
        self._fleet = fleet
        self._lists = fleet.lists()
        self._columns = {metric: number for number, metric in enumerate(METRICS)}
        self._models = {model_id: number for number, model_id in enumerate(fleet.model_ids)}
        self._answers = {}
        self._rows = {}
        self._alerts = Counter()

    def answer(self, operation, target, region, body, now):
        """Also of what is no question for AWS."""
        if target == b"/counts":
            with self.lock:
                requests = {name: count for name, count in self.counts.items() if name not in ("counts", "alerts")}
                return json.dumps({"requests": requests, "alerts": self._alerts}).encode()
        if target == b"/alerts":
            return self._take(json.loads(body))
        if operation == "GetMetricData":
            return self._metric_data(REGIONS.index(region), body, now // 60)
        if operation == "inference-profiles" and b"APPLICATION" in target:
            return b'{"inferenceProfileSummaries":[]}'
        return self._lists[operation]

    def _take(self, message):
        with self.lock:
            self._alerts.update(f"{alert['labels']['alertname']} {alert['status']}" for alert in message["alerts"])
        return b"{}"

    def _metric_data(self, region, body, now):
        key = region, now, body
        with self.lock:
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


if __name__ == "__main__":
    server = Server(Fleet(*map(int, sys.argv[1:])))
    print(server.port, flush=True)
    server.serve()
