"""Every endpoint, tier and context window: each pool has what was put in for it, and nothing twice."""

import time

import pytest

from support import configuration, world
from support.waiting import wait_for
from support.world import JAKARTA, SINGAPORE, SONNET

MANTLE = "AWS/BedrockMantle"
GPT = "openai.gpt-5.5"
FREE = "qwen.qwen3-32b"
PROFILE = f"global.{SONNET}"
LONG = "anthropic.claude-sonnet-4-5-20250929-v1:0"
ON_DEMAND_TOKENS = {"InputTokenCount": 10_000, "OutputTokenCount": 5_000, "CacheWriteInputTokenCount": 500}
REQUESTS = 100


def split(data, model, dimensions, share, requests=True):
    """A share of the traffic once more under further dimensions."""
    metrics = ON_DEMAND_TOKENS | ({"Invocations": REQUESTS} if requests else {})
    for metric, value in metrics.items():
        data.put_series(SINGAPORE, metric, {"ModelId": model} | dimensions, world.steady(int(value * share)))


@pytest.fixture(scope="module")
def cloud(module_workshop):
    """An AWS with all of it, and with every dimension set that tells the same traffic again."""
    cloud = module_workshop.cloud()
    data = cloud.data
    for region in (SINGAPORE, JAKARTA):
        world.furnish(data, region)
    data.add_model(SINGAPORE, LONG, "Claude Sonnet 4.5", "Anthropic")
    arns = [world.foundation_arn(LONG, SINGAPORE), world.foundation_arn(LONG, "")]
    data.add_profile(SINGAPORE, f"global.{LONG}", arns)
    tokens = "Global cross-region model inference tokens per minute for Anthropic Claude Sonnet 4.5 V1"
    data.add_quota(SINGAPORE, "L-27C57EE8", tokens, 500_000)
    data.add_quota(SINGAPORE, "L-4B26E44A", f"{tokens} 1M Context Length", 100_000)
    for kind, value in (("Input", 50_000), ("Output", 8_000)):
        name = f"[bedrock-mantle endpoint] {kind} tokens per minute for GPT-5.5"
        data.add_quota(SINGAPORE, {"Input": "L-2555C05B", "Output": "L-8A643E07"}[kind], name, value)
    for model in (PROFILE, f"global.{LONG}"):
        for metric, value in (ON_DEMAND_TOKENS | {"Invocations": REQUESTS}).items():
            data.put(SINGAPORE, model, metric, world.steady(value))
            data.put_series(SINGAPORE, metric, {}, world.steady(2 * value))
            data.put_series(SINGAPORE, metric, {"ModelId": model, "ServiceTier": "reserved"}, world.steady(value))
            data.put_series(SINGAPORE, metric, {"ModelId": model, "Project": "default"}, world.steady(value))
    tiers = (("reserved", "reserved", 0.5), ("reserved", "default", 0.1), ("default", "default", 0.4))
    for asked, resolved, share in tiers:
        split(data, PROFILE, {"ServiceTier": asked, "ResolvedServiceTier": resolved}, share)
    split(data, f"global.{LONG}", {"ContextWindow": "1M"}, 0.2, requests=False)
    split(data, f"global.{LONG}", {"ContextWindow": "200k"}, 0.8, requests=False)
    for model, share in ((GPT, 1), (FREE, 0.5)):
        mantle(data, model, share)
    data.put_series(SINGAPORE, "NumberOfRecordsPendingProcessing", {"ModelId": PROFILE}, world.steady(7),
                    "AWS/Bedrock/Batch")
    return cloud


def mantle(data, model, share):
    """Usage of bedrock-mantle at all four levels, each of which tells the same requests."""
    figures = {"Inferences": 40, "TotalInputTokens": 20_000, "TotalOutputTokens": 6_000, "InferenceClientErrors": 2}
    for metric, value in figures.items():
        value = int(value * share)
        for dimensions in ({"Model": model}, {}, {"Project": "default"}, {"Model": model, "Project": "default"}):
            data.put_series(SINGAPORE, metric, dimensions, world.steady(value), MANTLE)
        single = metric.removeprefix("Total")
        data.put_series(SINGAPORE, single, {"Model": model, "Project": "default"}, world.steady(value), MANTLE)
    data.put_series(SINGAPORE, "BurnDownConsumed", {"Model": model, "Project": "default"}, world.steady(9), MANTLE)


@pytest.fixture(scope="module")
def daemon(module_workshop, cloud):
    """A daemon that has read it all, with a reservation."""
    reservations = [{"scope": "global", "model": SONNET, "input_tokens_per_minute": 100_000,
                     "output_tokens_per_minute": 10_000}]
    daemon = module_workshop.daemon(
        configuration.settings([SINGAPORE, JAKARTA], quotas={"reservations": reservations}), cloud).start()
    scopes = ("mantle", "global", "global_reserved", "global_long_context")
    daemon.wait_for_metrics(
        lambda page: all(page.matching("bedrock_quota_usage", region=SINGAPORE, scope=scope) for scope in scopes),
        "usage of every scope")
    return daemon


def quota(page, name, scope, model, kind):
    return page.value(name, account="test", region=SINGAPORE, scope=scope, model=model, quota=kind)


@pytest.mark.parametrize(("scope", "model", "kind", "usage", "limit"), [
    ("mantle", GPT, "input_tokens_per_minute", 20_000, 50_000),
    ("mantle", GPT, "output_tokens_per_minute", 6_000, 8_000),
    # Half of it is reserved; what overflowed to the default tier counts.
    ("global", SONNET, "tokens_per_minute", (10_000 + 500 + 5 * 5_000) / 2, 4_000_000),
    ("global", SONNET, "requests_per_minute", 50, 400),
    ("global_reserved", SONNET, "input_tokens_per_minute", 5_250, 100_000),
    ("global_reserved", SONNET, "output_tokens_per_minute", 2_500, 10_000),
    ("global", LONG, "tokens_per_minute", (10_000 + 500 + 5 * 5_000) * 0.8, 500_000),
    ("global_long_context", LONG, "tokens_per_minute", (10_000 + 500 + 5 * 5_000) * 0.2, 100_000),
])
def test_each_pool_has_its_own_part(daemon, scope, model, kind, usage, limit):
    page = daemon.metrics()
    assert quota(page, "bedrock_quota_usage", scope, model, kind) == pytest.approx(usage)
    assert quota(page, "bedrock_quota_limit", scope, model, kind) == limit
    assert quota(page, "bedrock_quota_utilization_ratio", scope, model, kind) == pytest.approx(usage / limit)


def test_counters_of_bedrock_mantle_are_those_of_one_level(daemon, cloud):
    page = daemon.metrics()
    series = cloud.data.in_namespace(SINGAPORE, MANTLE)
    for name, metric in (("inferences", "Inferences"), ("input_tokens", "TotalInputTokens"),
                         ("output_tokens", "TotalOutputTokens"), ("client_errors", "InferenceClientErrors")):
        total = page.value(f"bedrock_mantle_{name}_total", account="test", region=SINGAPORE, model=GPT)
        minutes = series[metric, (("Model", GPT),)]
        steady = next(iter(minutes.values()))
        assert total % steady == 0 and 0 < total <= sum(minutes.values()), name
        assert not page.matching(f"bedrock_mantle_{name}_total", region=JAKARTA)
    labels = {model["model_id"] for model in map(dict, page.matching("bedrock_input_tokens_total", region=SINGAPORE))}
    assert labels == {PROFILE, f"global.{LONG}"}, "parts and other endpoints are no model IDs of bedrock-runtime"


def test_parts_are_not_counted_beside_their_wholes(daemon):
    page = daemon.metrics()
    for model in (PROFILE, f"global.{LONG}"):
        labels = {"account": "test", "region": SINGAPORE, "model_id": model}
        tokens = page.value("bedrock_input_tokens_total", **labels)
        requests = page.value("bedrock_invocations_total", **labels)
        assert tokens / requests == 100
        assert len(page.matching("bedrock_model_id_info", **labels)) == 1


def test_a_model_without_published_quota_is_shown_as_such_and_not_as_unmapped(daemon):
    answer = daemon.api("/api/v1/pools")
    [pool] = [pool for pool in answer["pools"] if pool["model"] == FREE]
    assert (pool["scope"], pool["quota_state"], pool["quotas"]) == ("mantle", "no_published_quota", [])
    assert pool["burndown_rate"] is None
    assert not [model for model in answer["unmapped"] if "mantle" in model["model_id"]]
    assert not [labels for labels in map(dict, daemon.metrics().matching("bedrock_unmapped_model_info"))
                if "mantle" in labels["model_id"] or "tier" in labels["model_id"]]


def test_history_adds_up_to_what_cloudwatch_has_for_model_ids(daemon):
    whole = daemon.api("/api/v1/usage?start=-10m&step=1m&by=model_id&region=" + SINGAPORE)
    known = [row for row in whole["rows"] if row["coverage"] == 1]
    for model, tokens in ((PROFILE, 10_000), (f"global.{LONG}", 10_000), (f"mantle/{GPT}", 20_000)):
        figures = {row["input_tokens"] for row in known if row["model_id"] == model}
        assert figures == {tokens}, model
    by_scope = daemon.api("/api/v1/usage?start=-10m&step=1m&by=scope&model=" + SONNET)
    known = [row for row in by_scope["rows"] if row["coverage"] == 1]
    assert {row["scope"]: row["input_tokens"] for row in known} == {"global": 5_000, "global_reserved": 5_000}
    assert {row["scope"]: row["quota_tokens"] for row in known} == {"global": 17_750, "global_reserved": None}


def test_accounts_without_bedrock_mantle_pay_one_list(daemon, cloud):
    lists = [request.params["Namespace"] for request in cloud.seen("ListMetrics", JAKARTA)]
    # Before nothing else is asked for, batch jobs are looked for in their own namespace, too.
    assert set(lists) == {"AWS/Bedrock", MANTLE, "AWS/Bedrock/Batch"}
    assert abs(lists.count("AWS/Bedrock") - lists.count(MANTLE)) <= 1, "as often as the other, but for the poll under way"
    assert not [request for request in cloud.seen("GetMetricData", JAKARTA) if MANTLE in str(request.params)]


@pytest.mark.parametrize("late", [PROFILE, f"mantle/{GPT}"])
def test_what_one_endpoint_delivers_makes_no_zeros_of_anothers_late_minutes(workshop, late):
    """Invariant 2: coverage and shown minute of a model ID go by its own namespace."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, SINGAPORE)
    ages = {model: 25 if model == late else 0 for model in (PROFILE, f"mantle/{GPT}")}
    last = {model: world.this_minute() - 60 * age for model, age in ages.items()}
    ahead = 15 * 60
    for metric, value in (ON_DEMAND_TOKENS | {"Invocations": REQUESTS}).items():
        cloud.data.put(SINGAPORE, PROFILE, metric, until(last[PROFILE] + (0 if late == PROFILE else ahead), value))
    for metric in ("Inferences", "TotalInputTokens", "TotalOutputTokens"):
        end = last[f"mantle/{GPT}"] + (ahead if late == PROFILE else 0)
        cloud.data.put_series(SINGAPORE, metric, {"Model": GPT}, until(end, 100), MANTLE)
    daemon = workshop.daemon(
        configuration.settings([SINGAPORE], configuration.POLLING | {"silence_timeout": "2h"}), cloud).start()

    def known(model):
        rows = daemon.api(f"/api/v1/usage?start=-30m&step=1m&by=model_id&region={SINGAPORE}")["rows"]
        return {row["start"]: row["input_tokens"] for row in rows if row["model_id"] == model and row["coverage"] == 1}

    timely = next(model for model in ages if model != late)
    daemon.wait_for_metrics(
        lambda page: page.matching("bedrock_mantle_inferences_total") and page.matching("bedrock_invocations_total"),
        "counters of both endpoints")
    wait_for(lambda: len(known(timely)) > 20 and known(late), "minutes of both")
    # Polls go on reading what is late; none of them may take silence for a zero.
    reads = len(cloud.seen("GetMetricData", SINGAPORE))
    wait_for(lambda: len(cloud.seen("GetMetricData", SINGAPORE)) > reads + 4, "more polls")
    assert all(tokens for tokens in known(late).values()), "a late minute was taken for no traffic"
    assert max(known(late)) <= store_time(last[late]) < max(known(timely))


def until(last, value):
    """The same value in the minutes of half an hour, up to this one."""
    return {last - 60 * age: value for age in range(46)}


def store_time(second):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))
