"""A pool whose burndown rate was measured: the metrics page, `query`, `export` and remote write weigh it alike."""

import json
import re

import pytest

from support import configuration, world
from support.daemon import run
from support.remote_write import Gate, decode
from support.waiting import wait_for
from support.world import SINGAPORE

#: AWS's page does not tell this model's rate, so the measured one counts; 5 is assumed before.
MODEL = "anthropic.claude-sonnet-4-9"
RATE = 7
LIMIT = 1_000_000
POLLING = {"interval": "1s", "discovery_interval": "1h", "quota_interval": "1h", "reread_window": "2m",
           "settle_delay": "1m", "backfill": "3h"}
POOL = {"account": "test", "region": SINGAPORE, "scope": "cross_region", "model": MODEL}


def furnish(cloud):
    """Every second minute has AWS's own count; the highest one has none."""
    world.furnish(cloud.data, SINGAPORE)
    cloud.data.add_model(SINGAPORE, MODEL, "Claude Sonnet 4.9", "Anthropic")
    cloud.data.add_profile(SINGAPORE, f"us.{MODEL}", [world.foundation_arn(MODEL, "us-east-1")])
    now = world.this_minute()
    minutes = {now + 60 * offset: (now // 60 + offset) % 701 + 300 for offset in range(-170, 15)}
    peak = now - 60 * 41
    minutes[peak] = 20_000
    for metric, weight in {"Invocations": 1, "InputTokenCount": 3, "OutputTokenCount": 2}.items():
        cloud.data.put(SINGAPORE, f"us.{MODEL}", metric, {at: weight * value for at, value in minutes.items()})
    cloud.data.put(SINGAPORE, f"us.{MODEL}", "EstimatedTPMQuotaUsage", {
        at: (3 + 2 * RATE) * value for at, value in minutes.items() if at // 60 % 2 != peak // 60 % 2})
    return {at + 60: (3 + 2 * RATE) * value for at, value in minutes.items()}


def settings(**more):
    """With a quota of its own for the pool."""
    quota = {"region": SINGAPORE, "scope": "cross_region", "model": MODEL, "tokens_per_minute": LIMIT}
    return configuration.settings([SINGAPORE], POLLING, quotas={"overrides": [quota]}, **more)


def answer(daemon, *arguments):
    """What a command prints about the store."""
    result = run([*arguments, "--start=-100m", f"--storage.path={daemon.store}"],
                 configuration.environment(daemon.folder), daemon.folder)
    assert result.returncode == 0, result.stderr
    return result.stdout


def exported(text):
    """{(name, labels): {second: value}} of OpenMetrics."""
    series = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value, second = re.fullmatch(r"(\w+){(.*)} (\S+) (\d+)", line).groups()
            key = name, tuple(sorted(re.findall(r'(\w+)="([^"]*)"', labels)))
            series.setdefault(key, {})[int(second)] = float(value)
    return series


def sent(requests):
    """The same of remote write; counts that are 0 throughout are left out, as they are in an export."""
    series = {}
    for request in requests:
        for labels, value, milliseconds in decode(request.body):
            pairs = dict(labels)
            key = pairs.pop("__name__"), tuple(sorted(pairs.items()))
            series.setdefault(key, {})[milliseconds // 1000] = value
    return {key: points for key, points in series.items() if any(points.values())}


def test_every_reader_weighs_with_the_measured_rate(workshop):
    gate = Gate()
    cloud = workshop.cloud()
    tokens = furnish(cloud)
    daemon = workshop.daemon(settings(), cloud)
    try:
        # A store with a past: read, and its rate measured, before anybody is told.
        daemon.start()
        daemon.wait_for_metrics(
            lambda page: any(
                {**POOL, "limit_source": "override", "burndown_rate": "7", "burndown_source": "measured"}.items()
                <= dict(labels).items() for labels in page.matching("bedrock_quota_info")), "a measured rate")
        assert daemon.stop() == 0
        daemon.reconfigure(settings(remote_write=[{"url": gate.url(), "name": "r", "start": "1d"}]))
        daemon.start()
        edge = world.this_minute() - 3 * 60
        wait_for(lambda: any(max(points) >= edge for points in sent(gate.requests).values()), daemon.log)
        page = daemon.wait_until_ready().metrics()
        assert daemon.stop() == 0

        remote = sent(gate.requests)
        labels = tuple(sorted(POOL.items()))
        weighed = remote["bedrock_minute_quota_tokens", labels]
        assert len(weighed) > 160
        assert weighed == {at: tokens.get(at, 0) for at in weighed}
        ratios = remote["bedrock_minute_quota_utilization_ratio",
                        tuple(sorted({**POOL, "quota": "tokens_per_minute"}.items()))]
        assert ratios == {at: value / LIMIT for at, value in weighed.items()}

        # An export of the same minutes holds the same series with the same values.
        export = exported(answer(daemon, "export", "openmetrics"))
        first, last = min(min(points) for points in export.values()), max(weighed)

        def part(series):
            return {key: {at: value for at, value in points.items() if first <= at <= last}
                    for key, points in series.items()}

        assert part(export) == part(remote)

        rows = json.loads(answer(daemon, "query", "--step=1m", "--format=json"))["rows"]
        known = [row["quota_tokens"] for row in rows if row["coverage"] == 1]
        assert len(known) > 90 and set(known) <= {0, *tokens.values()}
        peak = max(tokens.values()) / LIMIT
        assert peak == 20_000 * 17 / LIMIT
        assert max(row["quotas"]["tokens_per_minute"]["peak_ratio"] for row in rows if row["coverage"] == 1) == peak
        assert max(ratios.values()) == peak
        assert page.value("bedrock_quota_usage", **POOL, quota="tokens_per_minute") in tokens.values()
        assert page.value("bedrock_quota_peak_utilization_ratio", **POOL, quota="tokens_per_minute",
                          window="24h") == pytest.approx(peak, rel=1e-12)
    finally:
        gate.close()
