"""A monthly budget is kept: polls come later, and it is said why; what was spent survives a restart."""

import sqlite3
import time

from support import configuration, world
from support.waiting import wait_for

REGION = world.SINGAPORE
MODELS = [world.SONNET, world.HAIKU, world.NOVA]
#: Buys 1,000 metrics. A poll takes 9, so a poll every second spends it in two minutes.
CENT = 0.01
METRICS = ["Invocations", "InputTokenCount", "OutputTokenCount"]


def furnished(workshop):
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    for model in MODELS:
        for metric in METRICS:
            cloud.data.put(REGION, f"global.{model}", metric, world.steady(5, ahead=15))
    return cloud


def settings(budget):
    polling = {**configuration.CACHED_POLLING, "backfill": "15m", "monthly_budget": budget}
    return configuration.settings([REGION], polling)


def billed(cloud):
    """Metrics as AWS bills them."""
    return sum(len(request.params["MetricDataQueries"]) for request in cloud.seen("GetMetricData"))


def polled(daemon):
    return daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_up", account="test", region=REGION) == 1, "the Region up")


def test_polls_come_later_and_it_is_said_why(workshop):
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(CENT), cloud).start()
    polled(daemon)
    page = daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_budget_step") == 2, "the second step")
    assert page.value("bedrock_exporter_monthly_budget_dollars") == CENT
    assert 2 < page.value("bedrock_exporter_poll_interval_seconds") <= 86_400
    assert 0 < page.value("bedrock_exporter_month_cost_dollars") < CENT
    # Metrics that were looked for before the pace was decided come on top.
    assert page.value("bedrock_exporter_projected_month_cost_dollars") <= 1.01 * CENT
    before = billed(cloud)
    time.sleep(3)
    assert billed(cloud) == before, "no poll every second"
    assert len(daemon.metrics().matching("bedrock_quota_usage")) > 0
    status = daemon.api("/api/v1/status")
    assert status["budget"]["pace"] == "stretched"
    assert status["budget"]["note"].startswith("Slowed to keep the budget: every Region is polled once in ")
    assert status["settings"]["stale_after_seconds"] > status["settings"]["poll_interval_seconds"]
    assert "Polling slowed to keep the budget" in daemon.log()


def test_a_budget_that_is_raised_counts_at_once_and_a_restart_forgets_nothing(workshop):
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(CENT), cloud).start()
    polled(daemon)
    daemon.wait_for_metrics(lambda page: page.value("bedrock_exporter_budget_step") == 2, "the second step")
    daemon.reconfigure(settings(1_000_000))
    assert daemon.get("/-/reload", "POST").status == 200
    before = billed(cloud)
    wait_for(lambda: billed(cloud) > before + 9, "polls every second")
    daemon.stop()
    spent = billed(cloud)
    daemon.reconfigure(settings(CENT))
    daemon.start()
    page = daemon.wait_for_metrics(
        lambda page: page.matching("bedrock_exporter_month_cost_dollars"), "the month's cost")
    # The stop may have cut off one poll's request.
    assert page.value("bedrock_exporter_month_cost_dollars") * 100_000 >= spent - 9.5


def test_a_spent_budget_asks_for_nothing(workshop):
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(1_000_000), cloud).start()
    polled(daemon)
    daemon.stop()
    store = sqlite3.connect(daemon.store)
    with store:
        store.execute("UPDATE spending SET billed_metrics = 5000")
    store.close()
    daemon.reconfigure(settings(CENT))
    daemon.start()
    page = daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_budget_step") == 3
        and page.value("bedrock_exporter_up", account="test", region=REGION) == 0, "the last step")
    assert page.value("bedrock_exporter_month_cost_dollars") == 0.05
    # Nothing is up before the first poll either.
    wait_for(lambda: daemon.api("/api/v1/status")["regions"][0]["failure"], "a poll that asks for nothing")
    before = billed(cloud)
    time.sleep(3)
    assert billed(cloud) == before
    status = daemon.api("/api/v1/status")
    assert "polling.monthly_budget is spent" in status["regions"][0]["failure"]
    answer = daemon.get("/-/ready")
    assert answer.status == 503 and "polling.monthly_budget is spent" in answer.text
    assert daemon.api("/api/v1/usage?start=-1h")["rows"], "what is stored can be looked at"
