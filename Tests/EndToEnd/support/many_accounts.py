"""AWS of many accounts, each with the soak's Regions and models and with a load of its own: quick, without checks."""

import json
from functools import cached_property

from support.quick_aws import QuickAWS
from support.soak.fleet import REGIONS, REQUESTS_PER_MINUTE, Fleet

_METRICS = ("Invocations", "InputTokenCount", "OutputTokenCount")
#: Input tokens of a request, so that requests are nearer to their quota than tokens.
_INPUT, _OUTPUT = 500, 40


def requests(account, region, model):
    """Of each minute; all parts are numbers. Below 997, of most pools far below, and 0 for some."""
    return ((account * 7919 + region * 104_729 + model * 1_299_709) % 997) ** 4 // 997 ** 3


class _Account(QuickAWS):
    """What one account's keys lead to."""

    def __init__(self, number, fleet, lists):
        super().__init__()
        self._number, self._fleet, self._lists = number, fleet, lists
        self._models = {model_id: place for place, model_id in enumerate(fleet.model_ids)}

    def answer(self, operation, target, region, body, now):
        """As the fleet lists it."""
        if operation == "GetMetricData":
            return self._metric_data(REGIONS.index(region), json.loads(body), now)
        if operation == "inference-profiles" and b"APPLICATION" in target:
            return b'{"inferenceProfileSummaries":[]}'
        return self._lists.get(operation, b"{}")

    def _metric_data(self, region, request, now):
        first, end = (int(request[name]) // 60 for name in ("StartTime", "EndTime"))
        minutes = range(max(first, now // 60 - 30), min(end, now // 60))
        times = ",".join(f"{minute * 60}.0" for minute in minutes)
        results = []
        for query in request["MetricDataQueries"]:
            metric = query["MetricStat"]["Metric"]
            model = self._models.get(metric["Dimensions"][0]["Value"]) if metric.get("Dimensions") else None
            value = 0 if model is None else requests(self._number, region, model) * {
                "Invocations": 1, "InputTokenCount": _INPUT, "OutputTokenCount": _OUTPUT}.get(metric["MetricName"], 0)
            values = ",".join([f"{value}.0"] * len(minutes))
            results.append(f'{{"Id":"{query["Id"]}","Label":"","Timestamps":[{times if value else ""}],'
                           f'"Values":[{values if value else ""}],"StatusCode":"Complete"}}')
        return f'{{"MetricDataResults":[{",".join(results)}],"Messages":[]}}'.encode()


class ManyAccounts:
    """So many accounts with so many Regions and models in each; one pool for each model."""

    def __init__(self, accounts, regions, models):
        self.fleet = Fleet(accounts, regions, models)
        self.pools = accounts * regions * models
        lists = {**self.fleet.lists(), "ListMetrics": json.dumps({"Metrics": [
            {"Namespace": "AWS/Bedrock", "MetricName": metric, "Dimensions": [{"Name": "ModelId", "Value": model_id}]}
            for model_id in self.fleet.model_ids for metric in _METRICS]}).encode()}
        self._accounts = [_Account(number, self.fleet, lists) for number in range(accounts)]
        for account in self._accounts:
            account.start()

    @cached_property
    def settings(self):
        """The program's configuration."""
        return {
            "accounts": [{"name": name, "profile": name, "regions": self.fleet.region_names, "endpoint_url": account.url}
                         for name, account in zip(self.fleet.account_names, self._accounts)],
            "polling": {"interval": "60s", "reread_window": "9m", "backfill": "1h"},
        }

    def highest(self, count):
        """The ratios of the pools that are nearest to their limits, by requests a minute."""
        fleet = self.fleet
        loads = (requests(account, region, model) for account in range(fleet.accounts) for region in range(fleet.regions)
                 for model in range(fleet.models))
        return sorted((load / REQUESTS_PER_MINUTE for load in loads), reverse=True)[:count]

    def close(self):
        """Takes no more connections."""
        for account in self._accounts:
            account.stop()
