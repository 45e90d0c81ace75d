"""The README's guide: its commands, configuration and scrape section, taken out of the text and used as they stand."""

import re

import pytest
import yaml

from support import configuration, programs, world
from support.daemon import run
from support.prometheus import prometheus
from support.receivers import recorder
from support.waiting import wait_for

FILE = "bedrock-quota-exporter.yml"
BINARY = ".build/release/bedrock-quota-exporter"
REGIONS = [world.SINGAPORE, "ap-southeast-7"]


@pytest.fixture(scope="module")
def blocks():
    """[(language, text)] of the guide's code blocks, in order."""
    readme = (programs.ROOT / "README.md").read_text()
    guide = re.search(r"^## Your account in five minutes$(.*?)^## ", readme, re.MULTILINE | re.DOTALL).group(1)
    return re.findall(r"^```(\w*)\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)


def commands(blocks):
    """The arguments of each call of the program."""
    lines = [line for language, text in blocks if not language for line in text.splitlines()]
    return [line.split()[1:] for line in lines if line.startswith(BINARY)]


def files(blocks):
    """The configuration and Prometheus's scrape section."""
    return [yaml.safe_load(text) for language, text in blocks if language == "yaml"]


def test_the_guide_from_first_look_to_prometheus(workshop, tmp_path, blocks):
    look, check, serve = commands(blocks)
    settings, scrape = files(blocks)
    cloud = workshop.cloud()
    for region in REGIONS:
        world.furnish(cloud.data, region)
        cloud.data.put(region, f"global.{world.SONNET}", "Invocations", world.steady(1))
    variables = {"AWS_REGION": world.SINGAPORE}
    environment = configuration.environment(tmp_path, cloud.url, **variables)

    first = run(look, environment, tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"{world.SINGAPORE} model ID global.{world.SONNET}: global {world.SONNET}" in first.stdout

    with recorder() as alertmanager:
        settings["alerts"]["receivers"][0]["url"] = alertmanager.url("")
        configuration.write(tmp_path / FILE, settings)
        second = run(check, environment, tmp_path)
        assert second.returncode == 0, second.stdout + second.stderr
        assert alertmanager.requests, "the test alert was sent"

        daemon = workshop.daemon(None, cloud, variables, command=serve)
        configuration.write(daemon.folder / FILE, settings)
        daemon.start().wait_until_ready()
        limits = daemon.metrics().matching("bedrock_quota_limit")
        assert {dict(labels)["region"] for labels in limits} == set(REGIONS)
        assert (daemon.folder / "data" / "usage.db").exists()

        job, = scrape["scrape_configs"]
        assert job["static_configs"] == [{"targets": ["127.0.0.1:9747"]}], "the address it listens on by default"
        job["static_configs"] = [{"targets": [daemon.address]}]
        with prometheus(tmp_path / "prometheus", {"global": {"scrape_interval": "1s"}, **scrape}) as server:
            server.wait_for_target()
            regions = wait_for(lambda: server.query("count by (region) (bedrock_quota_limit)"), "limits in Prometheus")
            assert {sample["metric"]["region"] for sample in regions} == set(REGIONS)


def test_what_the_guide_shows_of_a_check_is_how_it_reads(blocks):
    shown = [text for language, text in blocks if not language and text.startswith("ok ")]
    lines = [line for text in shown for line in text.splitlines()]
    assert len(lines) >= 4
    assert all(re.match(r"(ok   |warn |fail ) \S+ \S+", line) for line in lines)
