"""Disks that fail, fill up, are read-only or damaged: told at once, never silently gone on with, and nothing is lost that
was stored before.
"""

import errno
import itertools
import subprocess

import pytest

from support import configuration, store, world
from support.preload import FaultyDisk
from support.programs import required
from support.waiting import PATIENCE_SECONDS, wait_for

REGION = world.SINGAPORE
MODEL = f"global.{world.SONNET}"
PAGE_BYTES = 4096


def put(cloud, requests):
    """Traffic in all minutes that polls read again."""
    for metric, each in (("Invocations", 1), ("InputTokenCount", 10_000), ("OutputTokenCount", 5_000)):
        cloud.data.put(REGION, MODEL, metric, world.steady(requests * each, 10, ahead=0))


def furnished(workshop):
    """An AWS with quotas and traffic."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    put(cloud, 100)
    return cloud


def usage(page):
    """Quota tokens of the newest settled minute."""
    return page.value("bedrock_quota_usage", account="test", region=REGION, scope="global", model=world.SONNET,
                      quota="tokens_per_minute")


def failures(page):
    """Operations of the store that failed."""
    return page.only("bedrock_exporter_storage_failures_total")


def is_whole(daemon, cloud):
    """The store equals AWS."""
    return store.minutes(daemon.store) == store.expected_minutes(cloud.data, "test", [REGION])


@pytest.mark.slow
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=["I/O error", "disk full"])
def test_the_nth_write_fails_and_later_ones_work_again(workshop, code):
    cloud = furnished(workshop)
    disk = FaultyDisk(workshop.folder)
    daemon = workshop.daemon(configuration.settings([REGION], configuration.CACHED_POLLING), cloud, disk.variables)
    daemon.start()
    daemon.wait_for_metrics(lambda page: usage(page) == 3_500_000, "usage")
    before = set(store.minutes(daemon.store))
    requests = itertools.count(101)
    for after in (0, 1, 3):
        counted = failures(daemon.metrics())
        disk.fail(code, after)
        put(cloud, next(requests))
        page = daemon.wait_for_metrics(lambda page: failures(page) > counted, f"write {after} that fails")
        assert disk.failed
        assert page.value("bedrock_exporter_up", account="test", region=REGION) in (0, 1)
        assert before <= set(store.minutes(daemon.store)), "readers go on"
        disk.heal()
        wait_for(lambda: is_whole(daemon, cloud), lambda: f"a whole store after write {after}:\n{daemon.log()[-2000:]}")
        page = daemon.wait_for_metrics(
            lambda page: page.value("bedrock_exporter_up", account="test", region=REGION) == 1, "success")
    assert [line for line in daemon.log_lines() if line.get("level") in ("WARN", "ERROR") and "usage.db" in str(line)]
    assert daemon.stop() == 0
    assert store.check_integrity(daemon.store) == "ok"


def test_a_disk_that_fails_while_the_program_starts(workshop):
    cloud = furnished(workshop)
    disk = FaultyDisk(workshop.folder)
    daemon = workshop.daemon(configuration.settings([REGION], configuration.CACHED_POLLING), cloud, disk.variables)
    for after in (0, 1, 3, 10):
        disk.fail(errno.EIO, after)
        daemon.start(wait=False)
        assert daemon.wait(PATIENCE_SECONDS) == 1, daemon.log()
        assert "usage.db" in daemon.log()
    disk.heal()
    daemon.start()
    daemon.wait_for_metrics(lambda page: usage(page) == 3_500_000, "usage")
    assert store.check_integrity(daemon.store) == "ok"


def filled(workshop, cloud):
    """A daemon that has stored some hundred pages and stopped."""
    for index in range(120):
        cloud.data.put(REGION, f"global.vendor.model-{index}", "Invocations", world.steady(index + 1, 600, ahead=0))
    daemon = workshop.daemon(configuration.settings([REGION], configuration.CACHED_POLLING), cloud).start()
    wait_for(lambda: is_whole(daemon, cloud), "a whole store")
    assert daemon.stop() == 0
    return daemon


def damage(path, page):
    """Writes over the middle of a page."""
    with open(path, "r+b") as file:
        file.seek((page - 1) * PAGE_BYTES + 8)
        file.write(b"\xff" * 600)


def pages_of(path, table):
    """The leaf pages of a table."""
    command = [required("sqlite3"), "-readonly", path, f"SELECT pageno FROM dbstat WHERE name = '{table}' AND pagetype = 'leaf'"]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    return [int(line) for line in output.split()]


@pytest.mark.slow
def test_a_damaged_page_is_refused_and_a_new_store_filled_as_the_readme_says(workshop):
    cloud = furnished(workshop)
    daemon = filled(workshop, cloud)
    leaves = pages_of(daemon.store, "minutes")
    assert len(leaves) > 100
    damage(daemon.store, leaves[len(leaves) // 2])
    damaged = daemon.store.read_bytes()
    for _ in range(2):
        daemon.start(wait=False)
        assert daemon.wait(PATIENCE_SECONDS) == 1
        assert "usage.db" in daemon.log() and ("damage" in daemon.log() or "malformed" in daemon.log()), daemon.log()
    assert daemon.store.read_bytes() == damaged, "it is left as it is"

    for path in daemon.folder.glob("usage.db*"):
        path.rename(path.with_name("damaged-" + path.name))
    daemon.start()
    wait_for(lambda: is_whole(daemon, cloud), "a new store with all that CloudWatch has")
    assert daemon.stop() == 0
    assert store.check_integrity(daemon.store) == "ok"


def test_a_folder_that_cannot_be_written(workshop):
    cloud = furnished(workshop)
    daemon = workshop.daemon(configuration.settings([REGION], configuration.CACHED_POLLING), cloud)
    disk = FaultyDisk(daemon.folder)
    daemon._environment.update(disk.variables)
    daemon.start()
    daemon.wait_for_metrics(lambda page: usage(page) == 3_500_000, "usage")
    disk.fail(errno.EROFS)
    put(cloud, 200)
    page = daemon.wait_for_metrics(lambda page: failures(page) > 0, "the read-only disk told")
    assert usage(page) == 3_500_000, "what was stored is shown"
    assert any("usage.db" in str(line) for line in daemon.log_lines() if line.get("level") in ("WARN", "ERROR"))
    disk.heal()
    daemon.wait_for_metrics(lambda page: usage(page) == 7_000_000, "the new figures")
