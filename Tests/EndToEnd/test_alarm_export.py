"""`export cloudwatch-alarms`: a CloudFormation template that cfn-lint accepts, with the figures of the store."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support import configuration, world
from support.daemon import run

REGIONS = [world.SINGAPORE, world.JAKARTA]
SHARES = {f"us.{world.SONNET}": 100, f"eu.{world.SONNET}": 900}


@pytest.fixture(scope="module")
def daemon(module_workshop):
    """A store with pools in two Regions; the daemon has stopped."""
    cloud = module_workshop.cloud()
    for region in REGIONS:
        world.furnish(cloud.data, region)
        for model_id, tokens in SHARES.items():
            for metric in ("InputTokenCount", "OutputTokenCount", "Invocations"):
                cloud.data.put(region, model_id, metric, world.steady(tokens))
        cloud.data.put(region, f"eu.{world.SONNET}", "CacheWriteInputTokens", world.steady(5))
        cloud.data.put(region, f"global.{world.HAIKU}", "InputTokenCount", world.steady(5))
    daemon = module_workshop.daemon(
        configuration.settings(REGIONS, alerts={"warning": 0.65, "minutes": {"at_least": 3, "of": 4}}), cloud)
    daemon.start().wait_until_ready()
    assert daemon.stop() == 0
    return daemon


def export(daemon, *arguments):
    """One run of the command."""
    return run(["export", "cloudwatch-alarms", *arguments, f"--config.file={daemon.config_file}",
                f"--storage.path={daemon.store}"], configuration.environment(daemon.folder), daemon.folder)


def lint(*files):
    """What cfn-lint says of templates, with AWS's schemas of the Region."""
    checked = subprocess.run(
        [Path(sys.executable).parent / "cfn-lint", "--regions", REGIONS[0], "--", *files],
        capture_output=True, text=True, timeout=120)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_one_region(daemon, tmp_path):
    result = export(daemon, f"--region={REGIONS[0]}")
    assert result.returncode == 0, result.stderr
    file = tmp_path / "alarms.json"
    file.write_text(result.stdout)
    lint(file)
    template = json.loads(result.stdout)
    assert REGIONS[0] in template["Description"] and REGIONS[1] not in result.stdout
    alarms = {alarm["Properties"]["AlarmName"]: alarm["Properties"] for alarm in template["Resources"].values()}
    # Two levels of each quota: tokens and requests of Sonnet, tokens of Haiku.
    assert len(alarms) == 6
    alarm = alarms[f"BedrockQuotaWarning {REGIONS[0]} cross_region {world.SONNET} tokens_per_minute"]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (0.65, 4, 3)
    ratio = alarm["Metrics"][-1]
    assert ratio["ReturnData"] is True
    # The busiest model ID first; the cache metric in the spelling that it has.
    assert ratio["Expression"] == \
        "(FILL(i1, 0) + 5 * FILL(o1, 0) + FILL(w1, 0) + FILL(i2, 0) + 5 * FILL(o2, 0)) / 5000000"
    named = {metric["Id"]: (metric["MetricStat"]["Metric"]["MetricName"],
                            metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"])
             for metric in alarm["Metrics"][:-1]}
    assert named == {
        "i1": ("InputTokenCount", f"eu.{world.SONNET}"), "o1": ("OutputTokenCount", f"eu.{world.SONNET}"),
        "w1": ("CacheWriteInputTokens", f"eu.{world.SONNET}"),
        "i2": ("InputTokenCount", f"us.{world.SONNET}"), "o2": ("OutputTokenCount", f"us.{world.SONNET}")}


def test_a_file_for_each_region(daemon, tmp_path):
    folder = tmp_path / "new"
    for _ in range(2):
        result = export(daemon, f"--directory={folder}")
        assert result.returncode == 0, result.stderr
        assert result.stdout == f"2 templates in {folder}\n"
        assert len(result.stderr.splitlines()) <= 1
    files = [folder / f"test-{region}.json" for region in REGIONS]
    assert sorted(folder.iterdir()) == sorted(files)
    lint(*files)


def test_what_cannot_be_done(daemon, tmp_path):
    several = export(daemon)
    assert several.returncode == 2 and "--directory" in several.stderr and REGIONS[1] in several.stderr
    assert not several.stdout
    nothing = export(daemon, "--region=us-west-1")
    assert nothing.returncode in (1, 2) and nothing.stderr and not nothing.stdout
    (tmp_path / "file").write_text("")
    for bad, why in ((tmp_path / "missing/deep", "No such file or directory"), (tmp_path / "file", "Not a directory")):
        refused = export(daemon, f"--directory={bad}")
        assert refused.returncode == 1 and str(bad) in refused.stderr and why in refused.stderr
        assert "NSCocoa" not in refused.stderr and "CocoaError" not in refused.stderr
