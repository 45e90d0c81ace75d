"""An account with models, profiles and quotas as AWS lists them, and traffic for it."""

import time
from dataclasses import dataclass

SONNET = "anthropic.claude-sonnet-4-6"
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
OPUS = "anthropic.claude-opus-4-5-20251101-v1:0"
NOVA = "amazon.nova-2-lite-v1:0"

SINGAPORE = "ap-southeast-1"
JAKARTA = "ap-southeast-3"


@dataclass(frozen=True)
class QuotaCode:
    """A quota as Service Quotas names it, with a value that tests can rely on."""

    code: str
    name: str
    default: float
    applied: float | None


GLOBAL_TOKENS_PER_DAY = "Global cross-region model inference tokens per day"
_MINUTE = "model inference {} per minute for {}"
QUOTAS = [
    QuotaCode("L-15B8E632", "Cross-region " + _MINUTE.format("tokens", "Anthropic Claude Sonnet 4.6"), 200_000, 5_000_000),
    QuotaCode("L-00FF3314", "Cross-region " + _MINUTE.format("requests", "Anthropic Claude Sonnet 4.6"), 200, 10_000),
    QuotaCode("L-7BEE40FB", "Global cross-region " + _MINUTE.format("tokens", "Anthropic Claude Sonnet 4.6"), 400_000, 4_000_000),
    QuotaCode("L-F6E116D7", "Global cross-region " + _MINUTE.format("requests", "Anthropic Claude Sonnet 4.6"), 400, None),
    QuotaCode("L-58BE175A", "Cross-region " + _MINUTE.format("tokens", "Anthropic Claude Haiku 4.5"), 100_000, 100_000),
    QuotaCode("L-CCA5DF70", "Cross-region " + _MINUTE.format("requests", "Anthropic Claude Haiku 4.5"), 100, 100),
    QuotaCode("L-9A11C666", "Global cross-region " + _MINUTE.format("tokens", "Anthropic Claude Haiku 4.5"), 50_000, None),
    QuotaCode("L-7007E9C9", "Cross-region " + _MINUTE.format("tokens", "Anthropic Claude Opus 4.5"), 20_000, None),
    QuotaCode("L-3ABF6ACC", "Global cross-region " + _MINUTE.format("tokens", "Anthropic Claude Opus 4.5"), 20_000, 0),
    QuotaCode("L-C6F5908D", "Cross-region " + _MINUTE.format("tokens", "Amazon Nova 2 Lite"), 80_000, None),
    QuotaCode("L-71C69B70", "Global cross-region " + _MINUTE.format("tokens", "Amazon Nova 2 Lite"), 60_000, None),
    QuotaCode("L-44FD86CF", "Minimum number of records per batch inference job for GLM 4.7 Flash", 100, 100),
]


def furnish(data, region):
    """Gives a Region the models, profiles and quotas above."""
    for quota in QUOTAS:
        data.add_quota(region, quota.code, quota.name, quota.default, quota.applied)
    names = {SONNET: "Claude Sonnet 4.6", HAIKU: "Claude Haiku 4.5", OPUS: "Claude Opus 4.5"}
    for model, name in names.items():
        data.add_model(region, model, name, "Anthropic")
        for prefix, regions in (("us", ["us-east-1", "us-west-2"]), ("eu", ["eu-west-1", "eu-north-1"])):
            data.add_profile(region, f"{prefix}.{model}", [foundation_arn(model, r) for r in regions])
        data.add_profile(region, f"global.{model}", [foundation_arn(model, region), foundation_arn(model, "")])
    data.add_model(region, NOVA, "Nova 2 Lite", "Amazon")
    data.add_profile(region, f"us.{NOVA}", [foundation_arn(NOVA, "us-east-1"), foundation_arn(NOVA, "us-west-2")])
    data.add_profile(region, f"global.{NOVA}", [foundation_arn(NOVA, region), foundation_arn(NOVA, "")])


def foundation_arn(model, region):
    """A model's ARN; without a Region that of a global profile."""
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"


def this_minute():
    """The first second of the minute in progress."""
    return int(time.time()) // 60 * 60


def past(value, newest, oldest):
    """The same value in the minutes of an age from `newest` to `oldest`."""
    return {this_minute() - 60 * age: value for age in range(newest, oldest + 1)}


def steady(value, minutes=30, ahead=15):
    """The same value in every minute, from some minutes ago until after the end of any test."""
    now = this_minute()
    return {now + 60 * offset: value for offset in range(-minutes, ahead)}
