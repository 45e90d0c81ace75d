"""Pools far from their limits are read less often, bounded by what the whole account had."""


from support import configuration, organization, world
from support.organization import account_id
from support.preload import StandingClock
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


LAST_POLL = "bedrock_exporter_last_successful_poll_timestamp_seconds"
#: {account's number: (its model that becomes busy, tokens a minute then, the first and the last such minute of the test)}
BUSY = {
    1: (world.HAIKU, 36_000, 3, 8),     # 72 %
    2: (world.HAIKU, 41_000, 5, 7),     # 82 %
    3: (world.HAIKU, 34_500, 3, 9),     # 69 %: a closer look, and no alert
    4: (world.NOVA, 43_000, 7, 12),     # 72 %, when all was read a while ago
    5: (world.SONNET, 400_000, 4, 12),  # 10 % of its own limit, and more than the limits of the others
}
#: Throttled in these minutes.
THROTTLED, THROTTLES = 6, range(6, 8)
CALM = 7
MINUTES = 14


def put_minute(data_of, start, index):
    """What each account has in a minute, of the test or before it: with every figure its own."""
    second = start + 60 * index
    for number, data in data_of.items():
        model_busy, tokens, first, last = BUSY.get(number, (None, 0, 0, -1))
        throttles = 200 if number == THROTTLED and index in THROTTLES else 0
        whole = dict.fromkeys([*METRICS, "InvocationThrottles"], 0)
        for place, model in enumerate(MODELS):
            is_busy = model == model_busy and first <= index <= last
            figures = {"Invocations": 5 + number, "InputTokenCount": tokens + number if is_busy else 100 * number + place,
                       "OutputTokenCount": 3 + place, "InvocationThrottles": throttles if place == 0 else 0}
            for metric, value in figures.items():
                data.put(REGION, f"global.{model}", metric, {second: value})
                whole[metric] += value
        for metric, value in whole.items():
            data.put_series(REGION, metric, {}, {second: value})


def alerts_after(daemon, clock):
    """The alerts when every account was polled by what there is now: {(account, name, model, state)}."""
    # The first poll that ends may have begun before; the third shows that the second was judged.
    for _ in range(3):
        clock.set(clock.start + 5)

        def all_polled():
            polls = daemon.metrics().matching(LAST_POLL)
            return len(polls) == CALM + 1 and min(polls.values()) >= clock.start

        wait_for(all_polled, lambda: f"polls at {clock.start}; the log:\n{daemon.log()[-3000:]}")
    return {(alert["labels"]["account"], alert["alert"], alert["labels"].get("model"), alert["state"])
            for alert in daemon.api("/api/v1/alerts")["alerts"]}


def alerts_by_minute(workshop):
    """The alerts after each minute of an organization whose pools come near their limits, and its cloud."""
    clock = StandingClock(workshop.folder, 0)
    start = world.this_minute()
    clock.set(start)
    cloud = organization.organization(workshop, CALM + 1)
    cloud.data.now = clock.now
    cloud.data.series.clear()
    data_of = {number: organization.own_data(cloud, number, [REGION]) for number in range(CALM + 1)}
    for index in range(-20, 0):
        put_minute(data_of, start, index)
    settings = organization.settings({**organization.POLLING, "interval": "1s"}, regions=[REGION])
    daemon = workshop.daemon(settings, cloud, clock.variables).start().wait_until_ready()
    daemon.wait_for_metrics(lambda page: len(page.matching(LAST_POLL)) == CALM + 1, "all accounts")
    found = []
    for index in range(MINUTES):
        clock.set(start + 60 * index)
        put_minute(data_of, start, index)
        found.append(alerts_after(daemon, clock))
    daemon.stop()
    return found, cloud


def test_accounts_alert_in_the_second_minute_as_where_everything_is_read(workshop):
    """By the rules alone, without a look at what was read; `AttentionTests` compares with reading everything."""
    found, cloud = alerts_by_minute(workshop)
    begins = {("team 1", "BedrockQuotaWarning"): BUSY[1], ("team 2", "BedrockQuotaWarning"): BUSY[2],
              ("team 2", "BedrockQuotaCritical"): BUSY[2], ("team 4", "BedrockQuotaWarning"): BUSY[4]}
    expected = {(account, alert, model): first + 1 for (account, alert), (model, _, first, _) in begins.items()}
    expected |= {(f"team {THROTTLED}", alert, world.SONNET): THROTTLES[1]
                 for alert in ("BedrockThrottling", "BedrockThrottlingCritical")}
    # The calm minutes at the end are fewer than it takes to resolve.
    for index, alerts in enumerate(found):
        assert alerts == {(*alert, "firing") for alert, first in expected.items() if index >= first}, f"minute {index}"
    calm = [request for request in cloud.seen("GetMetricData") if request.access_key == organization.access_key(account_id(CALM))]
    assert sum(asked(request) == {None} for request in calm) > len(calm) / 2, "mostly the account-wide series alone"
