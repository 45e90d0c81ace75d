"""Pools whose use of their tokens per minute is where a test wants it, and alerts on them that come and go quickly."""

from support import configuration, world

#: {model ID: (scope, model, tokens per minute)} of what `world.furnish` knows.
POOLS = {
    f"us.{world.SONNET}": ("cross_region", world.SONNET, 5_000_000),
    f"global.{world.SONNET}": ("global", world.SONNET, 4_000_000),
    f"us.{world.HAIKU}": ("cross_region", world.HAIKU, 100_000),
    f"global.{world.HAIKU}": ("global", world.HAIKU, 50_000),
    f"us.{world.OPUS}": ("cross_region", world.OPUS, 20_000),
    f"us.{world.NOVA}": ("cross_region", world.NOVA, 80_000),
    f"global.{world.NOVA}": ("global", world.NOVA, 60_000),
}
REGION = world.SINGAPORE
#: Every rule but the two of quotas, which tests of delivery have no use for.
OTHER_RULES = [
    "throttling", "exhaustion_forecast", "quota_changed", "data_stale", "poll_failing", "unmapped_model",
    "burndown_mismatch", "batch_quota_reached", "model_end_of_life", "daily_quota_exhausted",
]
#: The section of a configuration that raises none at all.
NO_ALERTS = {"rules": {rule: {"enabled": False} for rule in ["quota_warning", "quota_critical", *OTHER_RULES]}}
POLLING = {**configuration.POLLING, "settle_delay": "1s", "backfill": "1h"}


def furnish(cloud):
    """Gives an AWS the quotas of the pools."""
    world.furnish(cloud.data, REGION)
    return cloud


def use(cloud, model_id, ratio=0, minutes=None):
    """Sets how much of its tokens per minute a pool uses, in every minute from half an hour ago, or minute by minute."""
    tokens = POOLS[model_id][2] * ratio
    cloud.data.put(REGION, model_id, "InputTokenCount", minutes or world.steady(tokens))


def settings(receivers, alerts=None, polling=None, **sections):
    """A configuration whose alerts fire at the first minute at a threshold."""
    section = {
        "minutes": {"at_least": 1, "of": 5}, "for": "1s", "resolve_after": "1s",
        "rules": {rule: {"enabled": False} for rule in OTHER_RULES}, "receivers": receivers, **(alerts or {})}
    return configuration.settings([REGION], polling or POLLING, alerts=section, **sections)


def key(labels):
    """The model ID of POOLS that an alert's labels speak of."""
    place = labels["scope"], labels["model"]
    return next(model_id for model_id, pool in POOLS.items() if pool[:2] == place)
