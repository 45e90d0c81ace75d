"""The inhibit rules of deploy/docker/alertmanager.yml in a real Alertmanager: a critical alert, and not its warning as well."""

import json
import time
import urllib.request

import pytest
import yaml

from support import pools, programs, world
from support.receivers import Alertmanager, recorder
from support.waiting import wait_for

RULES = yaml.safe_load((programs.ROOT / "deploy/docker/alertmanager.yml").read_text())["inhibit_rules"]
HAIKU = f"us.{world.HAIKU}"
NOVA = f"global.{world.NOVA}"


@pytest.fixture
def people(tmp_path):
    """Those whom an Alertmanager with the rules tells, and the Alertmanager."""
    with recorder() as told:
        alertmanager = Alertmanager(tmp_path / "alertmanager", told.url(), RULES)
        try:
            alertmanager.start()
            yield told, alertmanager
        finally:
            alertmanager.kill()


def states(alertmanager):
    """{(alert name, model, model ID, cause): suppressed or active}."""
    return {(labels["alertname"], labels.get("model"), labels.get("model_id"), labels.get("cause")): alert["status"]["state"]
            for alert in alertmanager.alerts() for labels in [alert["labels"]]}


def names(told):
    """What people were told of: [(alert name, model or model ID, cause)], ordered."""
    return sorted((labels["alertname"], labels.get("model") or labels.get("model_id"), labels.get("cause"))
                  for alert in told.alerts() for labels in [alert["labels"]])


def test_the_daemons_alerts(workshop, people):
    told, alertmanager = people
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, HAIKU, 0.85)
    for metric, count in (("Invocations", 40), ("InvocationThrottles", 20)):
        cloud.data.put(pools.REGION, HAIKU, metric, world.steady(count))
    pools.use(cloud, NOVA, 0.75)
    rules = {rule: {"enabled": False} for rule in pools.OTHER_RULES if rule != "throttling"}
    daemon = workshop.daemon(pools.settings(
        [{"type": "alertmanager", "url": alertmanager.url, "resend": "10s"}], {"rules": rules}), cloud).start()
    expected = {
        ("BedrockQuotaCritical", world.HAIKU, None, None): "active",
        ("BedrockQuotaWarning", world.HAIKU, None, None): "suppressed",
        ("BedrockQuotaWarning", world.NOVA, None, None): "active",
        ("BedrockThrottlingCritical", world.HAIKU, None, "throttles"): "active",
        ("BedrockThrottling", world.HAIKU, None, "throttles"): "suppressed",
    }
    wait_for(lambda: states(alertmanager) == expected, lambda: f"{states(alertmanager)}\n{daemon.log()[-2000:]}")
    wait_for(lambda: len(told.alerts()) >= 3, "people told")
    # Longer than it takes to tell the others.
    time.sleep(3)
    assert names(told) == [("BedrockQuotaCritical", world.HAIKU, None), ("BedrockQuotaWarning", world.NOVA, None),
                           ("BedrockThrottlingCritical", world.HAIKU, "throttles")]
    assert daemon.stop() == 0


def test_the_alerts_of_the_rules_for_prometheus(people):
    told, alertmanager = people
    place = {"account": "a", "region": "r", "job": "j", "instance": "i"}
    alerts = [
        {"alertname": "BedrockQuotaWarning", "severity": "warning", "quota": "tokens_per_minute"},
        {"alertname": "BedrockQuotaCritical", "severity": "critical", "quota": "tokens_per_minute"},
        {"alertname": "BedrockQuotaWarning", "severity": "warning", "quota": "requests_per_minute"},
        {"alertname": "BedrockThrottling", "severity": "warning", "model_id": "bad", "cause": "throttles"},
        {"alertname": "BedrockThrottling", "severity": "warning", "model_id": "bad", "cause": "client_errors"},
        {"alertname": "BedrockThrottling", "severity": "warning", "model_id": "fair", "cause": "throttles"},
        {"alertname": "BedrockThrottlingCritical", "severity": "critical", "model_id": "bad", "cause": "throttles"},
    ]
    for labels in alerts:
        labels.update({"scope": "global", "model": "m"} if "quota" in labels else {}, **place)
    request = urllib.request.Request(
        f"{alertmanager.url}/api/v2/alerts", json.dumps([{"labels": labels} for labels in alerts]).encode(),
        {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200
    wait_for(lambda: len(told.alerts()) >= 5, "people told")
    time.sleep(3)
    assert names(told) == [
        ("BedrockQuotaCritical", "m", None), ("BedrockQuotaWarning", "m", None), ("BedrockThrottling", "bad", "client_errors"),
        ("BedrockThrottling", "fair", "throttles"), ("BedrockThrottlingCritical", "bad", "throttles")]
    suppressed = [alert["labels"] for alert in alertmanager.alerts() if alert["status"]["state"] == "suppressed"]
    assert sorted((labels["alertname"], labels.get("quota"), labels.get("model_id")) for labels in suppressed) == [
        ("BedrockQuotaWarning", "tokens_per_minute", None), ("BedrockThrottling", None, "bad")]
