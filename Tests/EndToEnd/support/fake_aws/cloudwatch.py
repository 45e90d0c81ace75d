"""CloudWatch's ListMetrics and GetMetricData over the fake's series."""

from itertools import accumulate

from support.fake_aws.data import NAMESPACE
from support.fake_aws.messages import ServiceError, json_answer

#: `RecentlyActive=PT3H` may include what was active up to 50 minutes earlier.
_RECENTLY_ACTIVE_SECONDS = 3 * 3600 + 50 * 60
_MAXIMUM_QUERIES = 500
_MAXIMUM_POINTS = 100_800


def list_metrics(data, request):
    """A page of the metrics of a namespace, with those of linked accounts where they are asked for."""
    params = request.params
    namespace = params.get("Namespace", NAMESPACE)
    listed = []
    for owner, owned in _owners(data, request).items():
        with owned.lock:
            for (metric, dimensions), minutes in owned.in_namespace(request.region, namespace).items():
                if _is_listed(params, metric, minutes, data.now()):
                    listed.append((owner, _metric(namespace, metric, dimensions)))
    start = _page_start(params)
    end = start + data.metrics_per_page
    answer = {"Metrics": [metric for _, metric in listed[start:end]]}
    if params.get("IncludeLinkedAccounts"):
        answer["OwningAccounts"] = [owner for owner, _ in listed[start:end]]
    if end < len(listed):
        answer["NextToken"] = f"page:{end}"
    return json_answer("cloudwatch", answer)


def _owners(data, request):
    """Whose metrics are listed: {account ID: data}."""
    own = data.identities[request.access_key].account
    owning = request.params.get("OwningAccount")
    if not request.params.get("IncludeLinkedAccounts"):
        if owning:
            raise ServiceError(400, "InvalidParameterCombination", "OwningAccount without IncludeLinkedAccounts")
        return {own: data}
    owners = {own: data} | {account: data.accounts[account] for account in data.links}
    return {account: owned for account, owned in owners.items() if owning in (None, account)}


def get_metric_data(data, request):
    """A page of datapoints; a series that is cut goes on under its Id on the next page."""
    params = request.params
    _validate(params)
    own = data.identities[request.access_key].account
    results = [_result(_owner(data, own, query), request.region, query, params) for query in params["MetricDataQueries"]]
    skip = _page_start(params)
    room = min(params.get("MaxDatapoints", _MAXIMUM_POINTS), data.points_per_page)
    offsets = list(accumulate((len(result["Values"]) for result in results), initial=0))
    cut = (_cut(result, first, skip, room) for result, first in zip(results, offsets))
    answer = {"MetricDataResults": [part for part in cut if part], "Messages": []}
    if skip + room < offsets[-1]:
        answer["NextToken"] = f"page:{skip + room}"
    return json_answer("cloudwatch", answer)


def _owner(data, own, query):
    """Whose metric a query is about. How AWS refuses an account that is not linked is not documented: here as a whole."""
    account = query.get("AccountId", own)
    if account != own and account not in data.links:
        raise ServiceError(400, "ValidationError", f"The account {account} is not linked to this monitoring account")
    return data if account == own else data.accounts[account]


def _metric(namespace, metric, dimensions):
    return {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
    }


def _is_listed(params, metric, minutes, now):
    if params.get("MetricName", metric) != metric:
        return False
    return "RecentlyActive" not in params or any(s > now - _RECENTLY_ACTIVE_SECONDS for s in minutes)


def _page_start(params):
    token = params.get("NextToken", "page:0")
    if not token.startswith("page:"):
        raise ServiceError(400, "InvalidNextToken", f"Invalid token {token}")
    return int(token.removeprefix("page:"))


def _validate(params):
    ids = [query["Id"] for query in params["MetricDataQueries"]]
    if len(set(ids)) != len(ids):
        raise ServiceError(400, "ValidationError", "The values for parameter id in the queries are not unique")
    if len(ids) > _MAXIMUM_QUERIES:
        raise ServiceError(400, "ValidationError", f"The collection MetricDataQueries must have {_MAXIMUM_QUERIES}")
    if not params["StartTime"] < params["EndTime"]:
        raise ServiceError(400, "ValidationError", "The parameter StartTime must be less than the parameter EndTime")
    if any("MetricStat" not in query or query["MetricStat"]["Period"] % 60 for query in params["MetricDataQueries"]):
        raise ServiceError(400, "ValidationError", "Only MetricStat with a period of whole minutes is served here")


def _result(data, region, query, params):
    stat = query["MetricStat"]
    metric = stat["Metric"]
    dimensions = tuple(sorted((d["Name"], d["Value"]) for d in metric.get("Dimensions", [])))
    with data.lock:
        minutes = dict(data.in_namespace(region, metric["Namespace"]).get((metric["MetricName"], dimensions), {}))
    period = stat["Period"]
    buckets = {}
    for second, value in minutes.items():
        if params["StartTime"] <= second < params["EndTime"]:
            buckets.setdefault(second - second % period, []).append(value)
    descending = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    times = sorted(buckets, reverse=descending)
    return {
        "Id": query["Id"],
        "Label": metric["MetricName"],
        "Timestamps": times,
        "Values": [_statistic(stat["Stat"], buckets[second]) for second in times],
        "StatusCode": "Complete",
    }


def _statistic(name, values):
    if name == "Sum":
        return float(sum(values))
    if name == "Average":
        return sum(values) / len(values)
    raise ServiceError(400, "ValidationError", f"The statistic {name} is not served here")


def _cut(result, first, skip, room):
    """The part of a result, whose points are counted from `first`, that lies on the page of points from `skip` on."""
    count = len(result["Values"])
    start, end = max(first, skip) - first, min(first + count, skip + room) - first
    if not count:
        return result if skip == 0 else None
    if start >= end:
        return None
    return {
        **result,
        "Timestamps": result["Timestamps"][start:end],
        "Values": result["Values"][start:end],
        "StatusCode": "Complete" if end == count else "PartialData",
    }
