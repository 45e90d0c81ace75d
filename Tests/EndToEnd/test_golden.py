"""Golden values through the whole line, from CloudWatch's datapoints to /metrics and /api/v1/pools."""

from datetime import datetime

import pytest

from support import configuration, world
from support.world import HAIKU, JAKARTA, NOVA, OPUS, SINGAPORE, SONNET

PROFILE = "82ey7vcct4m3"
DAILY_LIMIT = 10_000_000_000
POOL = ("account", "region", "scope", "model", "quota")

#: {model ID: {metric: value of every minute}}
TRAFFIC = {
    # 100 requests of 10,000 + 5,000 tokens: 3,500,000 quota tokens
    f"global.{SONNET}": {"InputTokenCount": 1_000_000, "OutputTokenCount": 500_000, "Invocations": 100},
    # 35,000, 6,041 and 8,847 quota tokens in one pool: two geographies and an application profile
    f"us.{SONNET}": {"InputTokenCount": 10_000, "OutputTokenCount": 5_000, "Invocations": 1},
    f"eu.{SONNET}": {"InputTokenCount": 26, "OutputTokenCount": 1_203, "Invocations": 2},
    PROFILE: {"InputTokenCount": 13, "CacheWriteInputTokenCount": 8_814, "OutputTokenCount": 4, "Invocations": 3},
    f"us.{HAIKU}": {"InputTokenCount": 26, "OutputTokenCount": 1_203, "CacheReadInputTokenCount": 1_000_000},
    f"global.{HAIKU}": {"InputTokenCount": 13, "CacheWriteInputTokens": 8_814, "OutputTokenCount": 4},
    f"us.{OPUS}": {"InputTokenCount": 10_000, "OutputTokenCount": 5_000},
    f"global.{OPUS}": {"InputTokenCount": 10, "OutputTokenCount": 1},
    f"us.{NOVA}": {"InputTokenCount": 100, "OutputTokenCount": 100, "EstimatedTPMQuotaUsage": 12_345},
    "us.acme.future-model-v1": {"InputTokenCount": 7},
    "not-a-model": {"InputTokenCount": 7},
}
#: {(scope, model, quota): (usage, limit, where the limit comes from)}
EXPECTED = {
    ("global", SONNET, "tokens_per_minute"): (3_500_000, 4_000_000, "applied"),
    ("global", SONNET, "requests_per_minute"): (100, 400, "default"),
    ("cross_region", SONNET, "tokens_per_minute"): (35_000 + 6_041 + 8_847, 5_000_000, "applied"),
    ("cross_region", SONNET, "requests_per_minute"): (6, 10_000, "applied"),
    ("cross_region", HAIKU, "tokens_per_minute"): (6_041, 100_000, "applied"),
    ("global", HAIKU, "tokens_per_minute"): (8_847, 50_000, "default"),
    ("cross_region", OPUS, "tokens_per_minute"): (35_000, 20_000, "default"),
    ("global", OPUS, "tokens_per_minute"): (15, 0, "applied"),
    ("cross_region", NOVA, "tokens_per_minute"): (12_345, 80_000, "default"),
}


@pytest.fixture(scope="module")
def cloud(module_workshop):
    """An AWS with the traffic above in one Region, and a hundredth of some of it in another."""
    cloud = module_workshop.cloud()
    data = cloud.data
    for region in (SINGAPORE, JAKARTA):
        world.furnish(data, region)
    data.add_quota(SINGAPORE, "L-248E47B7", f"{world.GLOBAL_TOKENS_PER_DAY} for Anthropic Claude Sonnet 4.6", DAILY_LIMIT)
    arns = [world.foundation_arn(SONNET, region) for region in ("us-east-1", "us-west-2")]
    data.add_profile(SINGAPORE, PROFILE, arns, "APPLICATION")
    for model, metrics in TRAFFIC.items():
        for metric, value in metrics.items():
            data.put(SINGAPORE, model, metric, world.steady(value))
            # The account-wide aggregate and the split by tier carry the same traffic a second and a third time.
            data.put_series(SINGAPORE, metric, {"ModelId": model, "ServiceTier": "default"}, world.steady(value))
            data.put_series(SINGAPORE, metric, {}, world.steady(value))
    # Never on its own, so not a model ID that is asked for.
    data.put_series(SINGAPORE, "InputTokenCount", {"ModelId": "us.acme.tiered", "ServiceTier": "flex"}, world.steady(7))
    # Busy half an hour ago, idle since.
    data.put(SINGAPORE, f"global.{NOVA}", "InputTokenCount", world.past(30_000, newest=20, oldest=40))
    data.put(JAKARTA, f"global.{SONNET}", "InputTokenCount", world.steady(10_000))
    data.put(JAKARTA, f"global.{SONNET}", "OutputTokenCount", world.steady(5_000))
    return cloud


@pytest.fixture(scope="module")
def daemon(module_workshop, cloud):
    """A daemon that has read it all."""
    overrides = [{"region": JAKARTA, "scope": "global", "model": SONNET, "tokens_per_minute": 70_000}]
    daemon = module_workshop.daemon(
        configuration.settings([SINGAPORE, JAKARTA], quotas={"overrides": overrides}), cloud).start()
    daemon.wait_for_metrics(
        lambda page: len(page.matching("bedrock_quota_usage", region=SINGAPORE)) >= len(EXPECTED)
        and page.matching("bedrock_quota_usage", region=JAKARTA),
        "usage of both Regions")
    return daemon


def sample(page, name, scope, model, quota, region=SINGAPORE, **labels):
    """The sample of one quota of a pool."""
    return page.value(name, account="test", region=region, scope=scope, model=model, quota=quota, **labels)


@pytest.mark.parametrize(("scope", "model", "quota"), EXPECTED)
def test_usage_limit_and_ratio(daemon, scope, model, quota):
    usage, limit, _ = EXPECTED[scope, model, quota]
    page = daemon.metrics()
    assert sample(page, "bedrock_quota_usage", scope, model, quota) == usage
    assert sample(page, "bedrock_quota_limit", scope, model, quota) == limit
    ratio = sample(page, "bedrock_quota_utilization_ratio", scope, model, quota)
    peaks = [sample(page, "bedrock_quota_peak_utilization_ratio", scope, model, quota, window=window)
             for window in ("5m", "1h", "24h")]
    if limit == 0:
        assert ratio is None and peaks == [None] * 3, "a limit of 0 means not permitted, there is no ratio to it"
    else:
        assert ratio == pytest.approx(usage / limit)
        assert peaks == pytest.approx([usage / limit] * 3)


@pytest.mark.parametrize(("scope", "model", "quota"), EXPECTED)
def test_provenance(daemon, scope, model, quota):
    labels = {"account": "test", "region": SINGAPORE, "scope": scope, "model": model, "quota": quota}
    [info] = daemon.metrics().matching("bedrock_quota_info", **labels)
    info = dict(info)
    assert info["limit_source"] == EXPECTED[scope, model, quota][2]
    assert info["quota_code"].startswith("L-")
    assert (info["burndown_rate"], info["burndown_source"]) == ("1" if model == NOVA else "5", "table")


def test_tokens_per_day_count_from_midnight(daemon, cloud):
    [pool] = [pool for pool in daemon.api("/api/v1/pools")["pools"]
              if (pool["region"], pool["scope"], pool["model"]) == (SINGAPORE, "global", SONNET)]
    [use] = [use for use in pool["quotas"] if use["quota"] == "tokens_per_day"]
    newest = int(datetime.fromisoformat(use["minute"]).timestamp())
    midnight = newest - newest % 86_400
    traffic = cloud.data.usage(SINGAPORE)[f"global.{SONNET}"]["InputTokenCount"]
    minutes = [second for second in traffic if midnight <= second <= newest]
    assert use["usage"] == 3_500_000 * len(minutes)
    assert use["utilization_ratio"] == pytest.approx(use["usage"] / DAILY_LIMIT)


def test_a_minute_without_traffic_is_zero_and_not_absent(daemon):
    page = daemon.metrics()
    key = ("global", NOVA, "tokens_per_minute")
    assert sample(page, "bedrock_quota_usage", *key) == 0
    assert sample(page, "bedrock_quota_utilization_ratio", *key) == 0
    peaks = {window: sample(page, "bedrock_quota_peak_utilization_ratio", *key, window=window)
             for window in ("5m", "1h", "24h")}
    assert peaks == {"5m": 0, "1h": 0.5, "24h": 0.5}


def test_an_override_replaces_the_limit(daemon):
    page = daemon.metrics()
    key = ("global", SONNET, "tokens_per_minute", JAKARTA)
    assert sample(page, "bedrock_quota_limit", *key) == 70_000
    assert sample(page, "bedrock_quota_usage", *key) == 35_000
    assert sample(page, "bedrock_quota_utilization_ratio", *key) == 0.5
    [info] = page.matching("bedrock_quota_info", region=JAKARTA, quota="tokens_per_minute")
    assert dict(info)["limit_source"] == "override"


def test_a_model_that_no_list_has_yet_finds_its_quota_by_the_words_of_its_id(workshop):
    cloud = workshop.cloud()
    world.furnish(cloud.data, SINGAPORE)
    name = "Global cross-region model inference tokens per minute for Anthropic Claude Sonnet 5.5"
    cloud.data.add_quota(SINGAPORE, "L-99999999", name, 1_000_000)
    for metric, value in (("Invocations", 1), ("InputTokenCount", 1000)):
        cloud.data.put(SINGAPORE, "global.anthropic.claude-sonnet-5-5", metric, world.steady(value))
    daemon = workshop.daemon(configuration.settings([SINGAPORE]), cloud).start()
    labels = {"account": "test", "region": SINGAPORE, "scope": "global", "model": "anthropic.claude-sonnet-5-5"}
    page = daemon.wait_for_metrics(lambda page: page.value("bedrock_quota_usage", quota="tokens_per_minute", **labels), "its use")
    [info] = page.matching("bedrock_quota_info", **labels)
    assert (dict(info)["matched_by"], dict(info)["quota_code"]) == ("derived", "L-99999999")
    assert page.value("bedrock_quota_utilization_ratio", quota="tokens_per_minute", **labels) == 0.001
    # Every stored minute is an input of 1,000 tokens.
    counted = page.value("bedrock_input_tokens_total", account="test", region=SINGAPORE,
                         model_id="global.anthropic.claude-sonnet-5-5")
    assert page.value("bedrock_quota_tokens_total", **labels) == counted > 0
    [pool] = [pool for pool in daemon.api("/api/v1/pools")["pools"] if pool["model"] == labels["model"]]
    assert {use["matched_by"] for use in pool["quotas"]} == {"derived"}
    assert not page.matching("bedrock_unmapped_model_info")


def test_models_without_a_quota_are_reported_by_name(daemon):
    page = daemon.metrics()
    reported = {dict(key)["model_id"] for key in page.matching("bedrock_unmapped_model_info")}
    assert reported == {"us.acme.future-model-v1", "not-a-model"}
    listed = daemon.api("/api/v1/pools")["unmapped"]
    assert {entry["model_id"] for entry in listed} == reported
    assert all(entry["reason"] and entry["account"] == "test" and entry["region"] == SINGAPORE for entry in listed)
    labels = {"account": "test", "region": SINGAPORE, "model_id": "not-a-model"}
    assert page.value("bedrock_input_tokens_total", **labels), "its traffic is counted all the same"


def test_pools_and_metrics_agree(daemon):
    document, page = daemon.api("/api/v1/pools"), daemon.metrics()
    listed, exposed = {}, {}
    for pool in document["pools"]:
        for use in pool["quotas"]:
            # What changes from minute to minute cannot be compared between two requests.
            if use["quota"] != "tokens_per_day":
                key = (pool["account"], pool["region"], pool["scope"], pool["model"], use["quota"])
                listed[key] = (use["limit"], use["usage"], use["utilization_ratio"])
    for key in page.matching("bedrock_quota_limit"):
        labels = dict(key)
        if labels["quota"] != "tokens_per_day":
            names = ("bedrock_quota_limit", "bedrock_quota_usage", "bedrock_quota_utilization_ratio")
            exposed[tuple(labels[name] for name in POOL)] = tuple(page.value(name, **labels) for name in names)
    assert listed == exposed
    members = {(pool["scope"], pool["model"]): set(pool["model_ids"]) for pool in document["pools"]
               if pool["region"] == SINGAPORE}
    assert members["cross_region", SONNET] == {f"us.{SONNET}", f"eu.{SONNET}", PROFILE}
    sources = {(pool["scope"], pool["model"], use["quota"]): use["usage_source"] for pool in document["pools"]
               for use in pool["quotas"]}
    assert sources["cross_region", NOVA, "tokens_per_minute"] == "aws_estimate"
    assert sources["cross_region", HAIKU, "tokens_per_minute"] == "weighted"
