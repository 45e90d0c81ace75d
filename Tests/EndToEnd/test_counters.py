"""Counters and minutes when AWS changes its mind, and across a restart."""

from support import configuration, store, world
from support.fake_aws import faults
from support.waiting import wait_for

REGION = world.SINGAPORE
MODEL = f"global.{world.SONNET}"
METRIC = "InputTokenCount"


def counter(page):
    """Input tokens of the model."""
    return page.value("bedrock_input_tokens_total", account="test", region=REGION, model_id=MODEL)


def put(cloud, value, age=5):
    """What AWS says of a minute from now on."""
    cloud.data.put(REGION, MODEL, METRIC, {world.this_minute() - 60 * age: value})


def wait_until_stored(daemon, cloud):
    """Waits until the store equals AWS and a page has been made of it."""
    wait_for(lambda: store.minutes(daemon.store) == store.expected_minutes(cloud.data, "test", [REGION]),
             "a store that equals AWS")


def test_a_revision_is_stored_and_a_counter_never_goes_down(workshop):
    cloud = workshop.cloud()
    put(cloud, 100)
    daemon = workshop.daemon(configuration.settings([REGION]), cloud).start()
    daemon.wait_for_metrics(lambda page: counter(page) == 100, "the first value")

    put(cloud, 60)
    wait_until_stored(daemon, cloud)
    asked = len(cloud.requests)
    wait_for(lambda: len(cloud.requests) > asked + 20, "more polls")
    assert counter(daemon.metrics()) == 100, "revised to 60, and it must not go down"

    assert daemon.stop() == 0
    daemon.start()
    assert counter(daemon.wait_until_ready().metrics()) == 100, "a restart forgets nothing"

    put(cloud, 70, age=4)
    daemon.wait_for_metrics(lambda page: counter(page) == 130, "60 + 70")
    wait_until_stored(daemon, cloud)


def test_late_minutes_are_added(workshop):
    cloud = workshop.cloud()
    put(cloud, 100)
    daemon = workshop.daemon(configuration.settings([REGION]), cloud).start()
    daemon.wait_for_metrics(lambda page: counter(page) == 100, "the first value")
    put(cloud, 11, age=9)
    daemon.wait_for_metrics(lambda page: counter(page) == 111, "the late minute as well")
    wait_until_stored(daemon, cloud)


def test_a_restart_shows_counters_before_aws_has_answered(workshop):
    cloud = workshop.cloud()
    put(cloud, 100)
    daemon = workshop.daemon(configuration.settings([REGION]), cloud).start()
    daemon.wait_for_metrics(lambda page: counter(page) == 100, "the first value")
    assert daemon.stop() == 0
    cloud.fail(faults.hanging(cloud.closing))
    daemon.start()
    page = daemon.wait_for_metrics(lambda page: counter(page) is not None, "the stored counter")
    assert counter(page) == 100
    assert page.value("bedrock_exporter_up", account="test", region=REGION) == 0
    assert daemon.get("/-/ready").status == 503
