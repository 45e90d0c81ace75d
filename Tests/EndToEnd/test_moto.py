"""Against moto's server, an AWS that we did not write: what boto3 puts in comes out, each datapoint once."""

import random

import boto3
import pytest
from botocore.config import Config

from support import configuration, store, world
from support.moto import moto_server

#: moto answers with it for any keys.
ACCOUNT = "123456789012"
REGIONS = [world.SINGAPORE, world.JAKARTA]
PROFILE = "82ey7vcct4m3"
MODELS = [f"global.{world.SONNET}", f"us.{world.HAIKU}", PROFILE]
PLAIN = ["Invocations", "InputTokenCount", "OutputTokenCount", "InvocationClientErrors", "InvocationThrottles"]
#: Both spellings in one account; the last model reports under both at once.
CACHE = {
    MODELS[0]: ["CacheReadInputTokens", "CacheWriteInputTokens"],
    MODELS[1]: ["CacheReadInputTokenCount", "CacheWriteInputTokenCount"],
    MODELS[2]: ["CacheReadInputTokenCount", "CacheReadInputTokens"],
}
COUNTERS = {
    "invocations": "bedrock_invocations_total",
    "input_tokens": "bedrock_input_tokens_total",
    "output_tokens": "bedrock_output_tokens_total",
    "cache_read_input_tokens": "bedrock_cache_read_input_tokens_total",
    "cache_write_input_tokens": "bedrock_cache_write_input_tokens_total",
    "client_errors": "bedrock_invocation_client_errors_total",
    "throttles": "bedrock_invocation_throttles_total",
}


@pytest.fixture
def moto(tmp_path):
    """The URL of a fresh moto server."""
    with moto_server(tmp_path) as url:
        yield url


def random_minutes(dice, share=0.5):
    """Counts for some of the minutes of the last two hours, none of them in the future."""
    now = world.this_minute()
    return {now - 60 * age: dice.randint(1, 100_000) for age in range(1, 121) if dice.random() < share}


def datapoints(metric, dimensions, minutes):
    """Minutes in the form of PutMetricData."""
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    return [{"MetricName": metric, "Dimensions": named, "Timestamp": second, "Value": value, "Unit": "Count"}
            for second, value in minutes.items()]


def fill(dice, region, cloudwatch):
    """Puts traffic into a Region; returns what has to be stored of it."""
    expected, data = {}, []
    for model in MODELS:
        for metric in PLAIN + CACHE[model]:
            column = store.COLUMNS[metric]
            minutes = expected.get((model, column)) or random_minutes(dice)
            expected[model, column] = minutes
            data += datapoints(metric, {"ModelId": model}, minutes)
            # The same traffic again, as AWS reports it beside: it must not be counted.
            data += datapoints(metric, {"ModelId": model, "ServiceTier": "default"}, minutes)
            data += datapoints(metric, {}, minutes)
    for start in range(0, len(data), 500):
        cloudwatch.put_metric_data(Namespace="AWS/Bedrock", MetricData=data[start:start + 500])
    return {(ACCOUNT, region, model, column, second): value
            for (model, column), minutes in expected.items() for second, value in minutes.items()}


def test_every_datapoint_is_stored_and_counted_once(workshop, moto):
    dice = random.Random(seed := random.randrange(1 << 32))
    expected = {}
    for region in REGIONS:
        cloudwatch = boto3.client(
            "cloudwatch", region_name=region, endpoint_url=moto, aws_access_key_id=configuration.ACCESS_KEY,
            aws_secret_access_key=configuration.IDENTITY.secret_key,
            # moto unpacks a large body twice.
            config=Config(disable_request_compression=True))
        expected |= fill(dice, region, cloudwatch)
    daemon = workshop.daemon(
        {"accounts": [{"regions": REGIONS}], "polling": {"interval": "5s", "backfill": "3h"}},
        variables={"AWS_ENDPOINT_URL": moto, "AWS_MAX_ATTEMPTS": "1"}).start()

    sums = {}
    for (account, region, model, column, _), value in expected.items():
        key = (COUNTERS[column], (("account", account), ("model_id", model), ("region", region)))
        sums[key] = sums.get(key, 0) + value
    # A Region is up a moment before its usage is on the page.
    page = daemon.wait_for_metrics(
        lambda page: all(page.value("bedrock_exporter_up", account=ACCOUNT, region=r) == 1 for r in REGIONS)
        and sums.items() <= page.samples.items(),
        "both Regions up, though Service Quotas and Bedrock do not answer")

    assert store.minutes(daemon.store) == expected, f"seed {seed}"
    names = set(COUNTERS.values())
    counted = {key: value for key, value in page.samples.items() if key[0] in names and value}
    assert counted == sums, f"seed {seed}"
    assert daemon.stop() == 0
