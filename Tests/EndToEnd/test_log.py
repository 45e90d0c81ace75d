"""The log: formats and levels."""

import json

from support import configuration, logs, world
from support.waiting import wait_for


def test_every_line_of_logfmt_has_time_level_and_message(workshop):
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), workshop.cloud()).start().wait_until_ready()
    assert daemon.stop() == 0
    lines = daemon.log().splitlines()
    assert all({"time", "level", "msg"} <= logs.parse(line).keys() for line in lines), daemon.log()
    messages = [logs.parse(line)["msg"] for line in lines]
    assert messages[0] == "Starting bedrock-quota-exporter"
    assert "Listening on" in messages
    assert daemon.output() == "", "the log goes to standard error"


def test_json_is_json(workshop):
    cloud = workshop.cloud()
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), cloud, flags=["--log.format=json"])
    daemon.start(wait=False)
    wait_for(lambda: '"Listening on"' in daemon.log(), "listening")
    assert daemon.stop() == 0
    lines = [json.loads(line) for line in daemon.log().splitlines()]
    assert {"Starting bedrock-quota-exporter", "Listening on"} <= {line["msg"] for line in lines}


def test_a_level_hides_what_is_below_it(workshop):
    cloud = workshop.cloud()
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), cloud, flags=["--log.level=error"])
    daemon.start(wait=False)
    wait_for(lambda: cloud.requests, "a request")
    assert daemon.stop() == 0
    assert daemon.log() == ""
