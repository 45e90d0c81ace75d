"""Pools far from their limits are read less often, bounded by what the whole account had."""


from support import configuration, world
from support.waiting import wait_for

REGION = world.SINGAPORE
METRICS = ["Invocations", "InputTokenCount", "OutputTokenCount"]
MODELS = {world.SONNET: 4_000_000, world.HAIKU: 50_000, world.NOVA: 60_000}


def furnished(workshop, tokens):
    """An AWS with a few model IDs that have so many input tokens a minute, and with account-wide series."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    for model in MODELS:
        put(cloud, model, tokens)
    for metric in METRICS:
        cloud.data.put_series(REGION, metric, {}, world.steady(tokens * len(MODELS), ahead=15))
    return cloud


def put(cloud, model, tokens):
    """Steady traffic of one model ID."""
    for metric in METRICS:
        cloud.data.put(REGION, f"global.{model}", metric, world.steady(tokens, ahead=15))


def asked(request):
    """The model IDs that a request for data is about; None for the whole account."""
    queries = [query["MetricStat"]["Metric"] for query in request.params["MetricDataQueries"]]
    return {(q.get("Dimensions") or [{"Value": None}])[0]["Value"] for q in queries}


def watched(workshop, cloud):
    """A daemon whose first reads are done."""
    polling = {**configuration.default_reading(configuration.CACHED_POLLING), "backfill": "15m"}
    daemon = workshop.daemon(configuration.settings([REGION], polling), cloud).start().wait_until_ready()
    # Each poll begins with the account: only the next one's beginning tells that nothing else was asked for.
    wait_for(lambda: [asked(request) for request in cloud.seen("GetMetricData")[-2:]] == [{None}] * 2,
             "a poll that asks for the account alone")
    return daemon


def test_a_region_far_from_its_limits_costs_the_account_wide_series_alone(workshop):
    cloud = furnished(workshop, 1)
    daemon = watched(workshop, cloud)
    before = len(cloud.requests)
    wait_for(lambda: len(cloud.requests) >= before + 3, "three polls")
    later = cloud.requests[before:]
    assert {request.operation for request in later} == {"GetMetricData"}
    assert all(asked(request) == {None} and len(request.params["MetricDataQueries"]) <= 3 for request in later)
    assert daemon.metrics().value("bedrock_exporter_up", account="test", region=REGION) == 1
    assert len(daemon.metrics().matching("bedrock_quota_usage")) > 0, "figures stay while pools are not read"


def test_a_pool_that_comes_near_its_limit_is_read_by_the_same_poll(workshop):
    cloud = furnished(workshop, 1)
    daemon = watched(workshop, cloud)
    hot = f"global.{world.HAIKU}"
    with cloud.data.lock:
        before = len(cloud.seen("GetMetricData"))
        minutes = {world.this_minute() - 60 * age: 40_000 for age in range(0, 8)}
        cloud.data.put(REGION, hot, "InputTokenCount", minutes)
        cloud.data.put_series(REGION, "InputTokenCount", {}, {second: 40_002 for second in minutes})
    daemon.wait_for_metrics(
        lambda page: any(value > 0.75 for value in page.matching("bedrock_quota_utilization_ratio").values()),
        "the pool above 75 %")
    later = cloud.seen("GetMetricData")[before:]
    assert any(hot in asked(request) for request in later)
    assert not any(f"global.{world.SONNET}" in asked(request) for request in later), "pools far from it are left alone"
