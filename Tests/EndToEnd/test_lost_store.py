"""A store that is taken away under the running program."""

import os
import shutil

import pytest

from support import configuration, pools, world
from support.waiting import PATIENCE_SECONDS, wait_for

MODEL = f"us.{world.HAIKU}"


def counter(page):
    """Input tokens counted so far."""
    return page.value("bedrock_input_tokens_total", account="test", region=pools.REGION, model_id=MODEL)


def delete(path):
    for suffix in ("", "-wal", "-shm"):
        os.unlink(f"{path}{suffix}")


def replace(path):
    shutil.copy(path, f"{path}.copy")
    os.rename(f"{path}.copy", path)


def rob(path):
    os.unlink(f"{path}-wal")


@pytest.mark.parametrize("harm", [delete, replace, rob])
def test_a_lost_store_is_noticed_at_once_and_not_begun_anew(workshop, harm):
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, MODEL, 0.5)
    settings = configuration.settings([pools.REGION], pools.POLLING)
    daemon = workshop.daemon(settings, cloud).start()
    before = counter(daemon.wait_for_metrics(counter, "a counter"))
    harm(daemon.store)
    left = {path.name: path.stat().st_ino for path in daemon.folder.glob("usage.db*")}

    def is_down(page):
        assert counter(page) >= before, "counters never fall"
        return page.value("bedrock_exporter_up", account="test", region=pools.REGION) == 0

    daemon.wait_for_metrics(is_down, "a poll that fails")
    alert, = wait_for(lambda: [alert for alert in daemon.api("/api/v1/alerts")["alerts"]
                               if alert["alert"] == "BedrockPollFailing" and alert["state"] == "firing"], daemon.log)
    assert "while in use" in alert["annotations"]["description"]
    assert "restart" in alert["annotations"]["next_step"]
    asked = len(cloud.seen("GetMetricData"))
    daemon.wait_for_metrics(lambda page: is_down(page) and page.only("bedrock_exporter_storage_failures_total") >= 2, "another")
    assert len(cloud.seen("GetMetricData")) == asked, "nothing is paid for that would be lost"
    assert {path.name: path.stat().st_ino for path in daemon.folder.glob("usage.db*")} == left, "nothing begun anew"
    assert daemon.stop() == 0


def test_another_name_of_the_store_lets_no_second_daemon_in(workshop):
    cloud = pools.furnish(workshop.cloud())
    daemon = workshop.daemon(configuration.settings([pools.REGION]), cloud).start()
    second = workshop.daemon(configuration.settings([pools.REGION]), cloud)
    os.link(daemon.store, second.store)
    second.start(wait=False)
    assert second.wait(PATIENCE_SECONDS) == 1
    assert "by another name" in second.log()
    daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_up", account="test", region=pools.REGION) == 1, "the first one's polls")
    assert daemon.stop() == 0
