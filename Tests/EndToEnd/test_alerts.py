"""Alerts from AWS's datapoints to the JSON interface, the page, the log and the store, over restarts and kills."""

import os
import random
import time

import pytest

from support import configuration, store, world
from support.fake_aws import faults
from support.waiting import wait_for

REGION = world.SINGAPORE
MODEL = f"global.{world.SONNET}"
#: The applied quota of `world.QUOTAS`.
TOKENS_PER_MINUTE = 4_000_000
LABELS = {"account": "test", "region": REGION, "scope": "global", "model": world.SONNET, "quota": "tokens_per_minute"}
WARNING = {"alert": "BedrockQuotaWarning", "severity": "warning", **LABELS}
CRITICAL = {"alert": "BedrockQuotaCritical", "severity": "critical", **LABELS}
#: As short as the configuration allows, so that no test waits for minutes to pass.
ALERTS = {"for": "1s", "resolve_after": "1m"}
#: Nobody listens there: what is to be told stays in the store. An Alertmanager is told of everything.
DEAD_RECEIVERS = [{"type": "alertmanager", "name": "dead", "url": "http://127.0.0.1:9/"},
                  {"type": "webhook", "name": "hook", "url": "http://127.0.0.1:9/"}]
#: `make crash` raises it.
KILLS = int(os.environ.get("BQE_ALERT_CRASHES", "12"))
SEED = int(os.environ.get("BQE_SEED", random.randrange(1 << 32)))


def load(cloud, ratio, ages):
    """Lets the pool use a share of its quota in minutes of these ages."""
    minutes = {world.this_minute() - 60 * age: round(ratio * TOKENS_PER_MINUTE) for age in ages}
    cloud.data.put(REGION, MODEL, "InputTokenCount", minutes)


def raise_to(cloud, ratio):
    """Settled minutes, so that what they raise also resolves as soon as they are revised."""
    load(cloud, ratio, range(5, 9))


def calm(cloud):
    """Everything that is read again says that there was little traffic."""
    load(cloud, 0.1, range(13))


def furnished(workshop):
    """A cloud with quotas and a calm pool."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    load(cloud, 0.1, range(30))
    return cloud


def settings(**alerts):
    """A configuration with short times."""
    polling = configuration.default_reading(configuration.POLLING)
    return configuration.settings([REGION], polling, alerts={**ALERTS, **alerts})


def alerts_of(daemon, state="firing"):
    """The alerts of the JSON interface in a state: {(name, cause or None): alert}."""
    return {(alert["alert"], alert["labels"].get("cause")): alert
            for alert in daemon.api("/api/v1/alerts")["alerts"] if alert["state"] == state}


def wait_for_firing(daemon, *names):
    """Waits until these alerts fire and no others."""
    wait_for(lambda: sorted(name for name, _ in alerts_of(daemon)) == sorted(names),
             lambda: f"{names} firing instead of {alerts_of(daemon)}; the log:\n{daemon.log()[-3000:]}")
    return alerts_of(daemon)


def gauges(page):
    """The labels of each sample of bedrock_alert_firing."""
    samples = page.matching("bedrock_alert_firing")
    assert set(samples.values()) <= {1.0}
    return sorted(sorted(dict(key).items()) for key in samples)


def transitions(daemon):
    """The log's lines about alerts of this run: [(what, alert)]."""
    return [(line["msg"], line["alert"]) for line in daemon.log_lines() if line.get("msg", "").startswith("Alert ")]


def test_70_and_80_percent_fire_and_resolve(workshop):
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(page_url="https://quota.example"), cloud).start().wait_until_ready()
    assert daemon.api("/api/v1/alerts")["alerts"] == []
    assert gauges(daemon.metrics()) == []

    raise_to(cloud, 0.75)
    alert = wait_for_firing(daemon, "BedrockQuotaWarning")["BedrockQuotaWarning", None]
    assert alert["severity"] == "warning"
    assert alert["labels"] == {"alertname": "BedrockQuotaWarning", "severity": "warning", **LABELS}
    assert {"since", "fired_at"} <= alert.keys()
    annotations = alert["annotations"]
    # What is now, as the page shows it, and what was when it fired.
    assert annotations["ratio"] == "0.1" and annotations["used"] == "400,000" and annotations["limit"] == "4,000,000"
    assert annotations["when_fired"].startswith("75 % at ") and annotations["now"].startswith("10 % at ")
    assert annotations["model_ids"] == f"{MODEL} (100 %)" and annotations["quota_code"] == "L-7BEE40FB"
    assert annotations["dashboard_url"] == "https://quota.example/"
    assert {"summary", "description", "next_step", "since"} <= annotations.keys()
    daemon.wait_for_metrics(lambda page: gauges(page) == [sorted(WARNING.items())], "one gauge")

    raise_to(cloud, 0.85)
    wait_for_firing(daemon, "BedrockQuotaWarning", "BedrockQuotaCritical")
    expected = sorted([sorted(WARNING.items()), sorted(CRITICAL.items())])
    daemon.wait_for_metrics(lambda page: gauges(page) == expected, "two gauges")

    calm(cloud)
    wait_for_firing(daemon)
    daemon.wait_for_metrics(lambda page: gauges(page) == [], "no gauge")
    fired, resolved = "Alert fired", "Alert resolved"
    assert transitions(daemon)[:2] == [(fired, "BedrockQuotaWarning"), (fired, "BedrockQuotaCritical")]
    assert sorted(transitions(daemon)[2:]) == [(resolved, "BedrockQuotaCritical"), (resolved, "BedrockQuotaWarning")]
    line = next(line for line in daemon.log_lines() if line.get("alert") == "BedrockQuotaWarning")
    assert LABELS.items() <= line.items()
    assert (line["level"], line["severity"], line["from"], line["to"]) == ("WARN", "warning", "inactive", "firing")
    assert line["value"].startswith("75 % at ")
    assert daemon.stop() == 0


def test_a_raised_quota_resolves_and_is_reported(workshop):
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(), cloud).start().wait_until_ready()
    raise_to(cloud, 0.75)
    wait_for_firing(daemon, "BedrockQuotaWarning")
    with cloud.data.lock:
        quota = next(q for q in cloud.data.applied_quotas[REGION] if q["QuotaCode"] == "L-7BEE40FB")
        quota["Value"] = 10 * TOKENS_PER_MINUTE
    alert = wait_for_firing(daemon, "BedrockQuotaChanged")["BedrockQuotaChanged", None]
    assert alert["severity"] == "info"
    assert (alert["annotations"]["previous_limit"], alert["annotations"]["limit"]) == ("4,000,000", "40,000,000")


def test_throttles_and_model_ids_without_a_quota(workshop):
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(), cloud).start().wait_until_ready()
    # A throttle now and then is what retries are for.
    cloud.data.put(REGION, MODEL, "InvocationThrottles", {world.this_minute() - 60 * age: 3 for age in range(1, 20, 6)})
    # On the page when they have been set against the rules.
    daemon.wait_for_metrics(
        lambda page: sum(page.matching("bedrock_invocation_throttles_total").values()) >= 9, "throttles counted")
    assert alerts_of(daemon) == {} and transitions(daemon) == []
    cloud.data.put(REGION, MODEL, "Invocations", {world.this_minute() - 60 * age: 90 for age in range(1, 4)})
    cloud.data.put(REGION, MODEL, "InvocationThrottles", {world.this_minute() - 60 * age: 30 for age in range(1, 4)})
    cloud.data.put(REGION, "vendor.unheard-of-v1:0", "Invocations", {world.this_minute() - 120: 5})
    alerts = wait_for_firing(daemon, "BedrockThrottling", "BedrockThrottlingCritical", "BedrockUnmappedModel")
    for name, severity in (("BedrockThrottling", "warning"), ("BedrockThrottlingCritical", "critical")):
        throttling = alerts[name, "throttles"]
        assert throttling["severity"] == severity
        assert throttling["annotations"]["used"] == "30" and throttling["annotations"]["ratio"] == "0.25"
    assert alerts["BedrockUnmappedModel", None]["labels"]["model_id"] == "vendor.unheard-of-v1:0"


def test_polls_that_fail(workshop):
    cloud = furnished(workshop)
    rules = {"poll_failing": {"after": "1s"}}
    daemon = workshop.daemon(settings(rules=rules), cloud).start().wait_until_ready()
    cloud.fail(faults.denied(), "GetMetricData")
    alert = wait_for_firing(daemon, "BedrockPollFailing")["BedrockPollFailing", None]
    assert "AccessDenied" in alert["annotations"]["description"]
    assert alert["labels"] == {
        "alertname": "BedrockPollFailing", "severity": "warning", "account": "test", "region": REGION}
    pending = [line for line in daemon.log_lines() if line.get("msg") == "Alert pending"]
    assert [line["to"] for line in pending] == ["pending"]


def test_a_restart_repeats_nothing_and_forgets_nothing(workshop):
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(receivers=DEAD_RECEIVERS), cloud).start().wait_until_ready()
    raise_to(cloud, 0.85)
    wait_for_firing(daemon, "BedrockQuotaWarning", "BedrockQuotaCritical")
    # No poll comes between, which may change an annotation.
    hanging = cloud.fail(faults.hanging(cloud.closing))
    wait_for(lambda: hanging.hits, "a poll that hangs")
    before = daemon.api("/api/v1/alerts")
    assert daemon.stop() == 0
    assert len(waiting(daemon)) == 2
    assert waiting(daemon, "hook") == [("fired", "BedrockQuotaCritical")]

    # Known at once, although AWS does not answer.
    daemon.start()
    assert daemon.api("/api/v1/alerts") == before
    assert len(gauges(daemon.metrics())) == 2
    assert daemon.stop() == 0

    cloud.heal()
    daemon.start().wait_until_ready()
    wait_for_firing(daemon, "BedrockQuotaWarning", "BedrockQuotaCritical")
    assert transitions(daemon) == []
    calm(cloud)
    wait_for_firing(daemon)
    assert [kind for kind, _ in waiting(daemon)] == ["fired", "fired", "resolved", "resolved"]
    assert waiting(daemon, "hook") == [("fired", "BedrockQuotaCritical"), ("resolved", "BedrockQuotaCritical")]


def test_a_reload_that_removes_a_rule_resolves_its_alerts(workshop):
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(), cloud).start().wait_until_ready()
    raise_to(cloud, 0.85)
    wait_for_firing(daemon, "BedrockQuotaWarning", "BedrockQuotaCritical")
    daemon.reconfigure(settings(rules={"quota_warning": {"enabled": False}}))
    assert daemon.get("/-/reload", "POST").status == 200
    wait_for_firing(daemon, "BedrockQuotaCritical")
    resolved = wait_for(lambda: [line for line in daemon.log_lines() if line.get("msg") == "Alert resolved"], "its line")
    assert [(line["alert"], line["reason"]) for line in resolved] == [("BedrockQuotaWarning", "rule_removed")]


def waiting(daemon, receiver="dead"):
    """What waits for a dead receiver, in the order in which it would be told: [(kind, alert)]."""
    return store.rows(daemon.store, f"SELECT kind, alert FROM waiting_notifications WHERE receiver = '{receiver}'"
                                    " ORDER BY message, transition_id")


@pytest.mark.slow
def test_crashes_at_random_moments_repeat_and_lose_no_notification(workshop):
    dice = random.Random(SEED)
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(receivers=DEAD_RECEIVERS), cloud)
    is_hot = False
    for kill in range(KILLS):
        daemon.start(wait=False)
        if dice.random() < 0.8:
            daemon.wait_until_listening()
            if dice.random() < 0.8:
                daemon.wait_until_ready()
            is_hot = not is_hot
            if is_hot:
                raise_to(cloud, 0.85)
            else:
                calm(cloud)
        time.sleep(dice.uniform(0, 1.5))
        daemon.kill()
        if daemon.store.exists():
            assert store.check_integrity(daemon.store) == "ok", f"after kill {kill} (seed {SEED})"
            check_story(daemon)
    daemon.start().wait_until_ready()
    raise_to(cloud, 0.85)
    wait_for_firing(daemon, "BedrockQuotaWarning", "BedrockQuotaCritical")
    calm(cloud)
    wait_for_firing(daemon)
    assert len(check_story(daemon)) >= 4
    assert daemon.stop() == 0


def check_story(daemon):
    """Each alert fires and resolves in turn, numbers have no gaps, and what fires is what was told last."""
    rows = store.rows(daemon.store, "SELECT transition_id, kind, alert FROM waiting_notifications"
                                    " WHERE receiver = 'dead' ORDER BY message, transition_id")
    firing = {row[0] for row in store.rows(daemon.store, "SELECT alert FROM alerts WHERE state = 'firing'")}
    numbers = sorted(row[0] for row in rows)
    assert numbers == list(range(1, len(rows) + 1)), f"gaps or repetitions in {numbers} (seed {SEED})"
    story = {}
    for _, kind, alert in rows:
        expected = "resolved" if story.get(alert) == "fired" else "fired"
        assert kind == expected, f"{alert} {kind} twice: {rows} (seed {SEED})"
        story[alert] = kind
    assert {alert for alert, kind in story.items() if kind == "fired"} == firing, f"seed {SEED}"
    check_distinct(daemon, firing)
    return rows


def check_distinct(daemon, firing):
    """A receiver without inhibition is told of a critical alert each time, and of its warning at most."""
    known = set()
    for kind, alert in waiting(daemon, "hook"):
        assert (alert in known) == (kind == "resolved"), f"{alert} {kind} twice (seed {SEED})"
        known ^= {alert}
    critical = {"BedrockQuotaCritical"}
    assert known <= firing and known & critical == firing & critical and bool(known) == bool(firing), f"seed {SEED}"
