"""Alerts at their receivers: what each is sent, how soon, and what happens when one is not there."""

import hashlib
import hmac
import json
import os
import stat
import time
from datetime import datetime

import pytest

from support import configuration, pools, secrets, world
from support.daemon import run
from support.receivers import Alertmanager, recorder, silent_server
from support.remote_write import Gate
from support.waiting import wait_for

HAIKU = f"us.{world.HAIKU}"
NOVA = f"global.{world.NOVA}"
NO_TIME = "0001-01-01T00:00:00Z"
PAGE = "https://quota.example.com/bedrock"
RUNBOOKS = "https://git.example.com/runbooks"


def seconds(text):
    """Unix seconds of an RFC 3339 time."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def names(alerts):
    """(alert name, model ID) of alerts."""
    return {(alert["labels"]["alertname"], pools.key(alert["labels"])) for alert in alerts}


def count(page, name, receiver, **labels):
    """A figure about a receiver."""
    return page.value(f"bedrock_exporter_{name}", receiver=receiver, **labels) or 0


@pytest.mark.slow
def test_alertmanager(workshop, tmp_path):
    """Fires, stays through resends, resolves; one down for a while is told afterwards, and keeps nobody waiting."""
    cloud = pools.furnish(workshop.cloud())
    # In the past, so that one settled minute more is enough to see the end; and within what each poll reads again.
    pools.use(cloud, HAIKU, minutes=world.past(75_000, 1, 5))
    away = Alertmanager(tmp_path / "away")
    with recorder() as told:
        here = Alertmanager(tmp_path / "here", told.url())
        gate = Gate(here)
        try:
            here.start()
            daemon = workshop.daemon(pools.settings([
                {"type": "alertmanager", "name": "here", "url": gate.url(""), "resend": "10s"},
                {"type": "alertmanager", "name": "away", "url": away.url, "resend": "10s"},
            ], {"page_url": PAGE, "runbook_base_url": RUNBOOKS, "minutes": {"at_least": 1, "of": 60}}), cloud).start()
            first, = wait_for(here.alerts, daemon.log)
            assert first["labels"] == {
                "alertname": "BedrockQuotaWarning", "severity": "warning", "account": "test", "region": pools.REGION,
                "scope": "cross_region", "model": world.HAIKU, "quota": "tokens_per_minute"}
            assert first["annotations"]["ratio"] == "0.75" and first["annotations"]["used"] == "75,000"
            assert first["annotations"]["dashboard_url"] == f"{PAGE}/" == first["generatorURL"]
            assert first["annotations"]["runbook_url"] == f"{RUNBOOKS}/BedrockQuotaWarning.md"
            # Four times the resend delay, which is longer than the poll's, from when it was sent.
            sent, = [request for request in gate.requests[:1]]
            assert 10 < seconds(json.loads(sent.body)[0]["endsAt"]) - sent.time <= 41
            wait_for(lambda: count(daemon.metrics(), "notification_failures_total", "away", reason="cannot_connect") >= 3,
                     "attempts at the one that is away")
            assert count(daemon.metrics(), "notification_queue_length", "away") == 1
            away.start()
            late, = wait_for(away.alerts, "the alert at the other, after its return")
            assert late["startsAt"] == first["startsAt"] and late["labels"] == first["labels"]
            wait_for(lambda: len(gate.requests) >= 3, "two resends")
            again, = here.alerts()
            assert again["startsAt"] == first["startsAt"] and again["endsAt"] > first["endsAt"]
            assert len(told.alerts()) == 1, "Alertmanager told people once"

            pools.use(cloud, HAIKU, minutes=world.steady(1, 12))
            # The minute in progress counts as active to its end, and a calm minute after it must settle.
            wait_for(lambda: not here.alerts() and not away.alerts(), "its end at both", 300)
            wait_for(lambda: len(told.alerts()) == 2, "told people of the end")
            assert [alert["status"] for alert in told.alerts()] == ["firing", "resolved"]
            assert seconds(told.alerts()[1]["endsAt"]) <= time.time()
            # Resolutions are repeated, too, and change nothing.
            before = len(gate.requests)
            wait_for(lambda: len(gate.requests) > before + 1, "resends of the end")
            assert not here.alerts() and len(told.alerts()) == 2
            page = daemon.wait_for_metrics(
                lambda page: count(page, "notifications_total", "here") == len(gate.requests), "every request counted")
            for name in ("here", "away"):
                assert count(page, "notifications_dropped_total", name) == 0
                assert count(page, "notification_queue_length", name) == 0
            assert daemon.stop() == 0
        finally:
            gate.close()
            here.kill()
            away.kill()


def test_an_outage_hides_neither_the_beginning_nor_the_end(workshop, tmp_path):
    """What fires and ends while a receiver is away is told afterwards, in order, and lives through a kill."""
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, HAIKU, 0.75)
    with recorder() as hook:
        hook.status = 503
        receivers = [{"type": "webhook", "url": hook.url()}]
        daemon = workshop.daemon(pools.settings(receivers), cloud).start()
        daemon.wait_for_metrics(lambda page: count(page, "notification_queue_length", "webhook") == 1, "the beginning")
        daemon.reconfigure(pools.settings(receivers, {"overrides": [{"model": world.HAIKU, "enabled": False}]}))
        assert daemon.get("/-/reload", "POST").status == 200
        daemon.wait_for_metrics(lambda page: count(page, "notification_queue_length", "webhook") == 2, "the end")
        daemon.kill()
        daemon.start().wait_until_ready()
        wait_for(lambda: len(hook.requests) > 3, "attempts")
        hook.status = 200
        wait_for(lambda: len(hook.alerts()) == 2, daemon.log)
        beginning, end = hook.alerts()
        assert (beginning["status"], end["status"]) == ("firing", "resolved")
        assert beginning["startsAt"] == end["startsAt"] and beginning["fingerprint"] == end["fingerprint"]
        assert end["annotations"]["resolved_because"] == "rule_removed"
        attempts = {request.headers["idempotency-key"] for request in hook.requests}
        assert len(attempts) == 2, "an attempt and its repetitions are one to a receiver that looks at the key"
        assert daemon.stop() == 0


def test_webhook_and_slack_as_documented(workshop, tmp_path):
    """Field by field what Alertmanager's manual and Slack's pages on incoming webhooks and attachments say."""
    cloud = pools.furnish(workshop.cloud())
    for model_id in (HAIKU, NOVA):
        pools.use(cloud, model_id, 0.75)
    key = tmp_path / "hmac"
    key.write_text(secrets.HMAC_KEY + "\n")
    with recorder() as hook, recorder() as chat:
        url = hook.url(f"/hook?token={secrets.HOOK_TOKEN}").replace("://", f"://user:{secrets.HOOK_PASSWORD}@")
        receivers = [
            {"type": "webhook", "url": url, "hmac_secret_file": str(key)},
            {"type": "slack", "url": chat.url(f"/services/{secrets.HOOK_PATH}")},
        ]
        daemon = workshop.daemon(pools.settings(receivers, {"page_url": PAGE}), cloud).start()
        wait_for(lambda: hook.bodies() and chat.bodies(), daemon.log)
        daemon.get("/config")
        request, body = hook.requests[0], hook.bodies()[0]
        assert request.target == f"/hook?token={secrets.HOOK_TOKEN}"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["authorization"].startswith("Basic dXNlcjpob29r")
        signature = hmac.new(secrets.HMAC_KEY.encode(), request.body, hashlib.sha256).hexdigest()
        assert request.headers["x-hub-signature-256"] == f"sha256={signature}"
        check_webhook(body)
        assert chat.requests[0].target == f"/services/{secrets.HOOK_PATH}"
        check_slack(chat.bodies()[0])
        assert daemon.stop() == 0


def check_webhook(body):
    """https://prometheus.io/docs/alerting/latest/configuration/#webhook_config."""
    assert set(body) == {
        "version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels",
        "commonAnnotations", "externalURL", "alerts"}
    assert body["version"] == "4" and body["status"] == "firing" and body["receiver"] == "webhook"
    assert body["truncatedAlerts"] == 0 and body["externalURL"] == PAGE
    group = {"alertname": "BedrockQuotaWarning", "account": "test", "region": pools.REGION}
    assert body["groupLabels"] == group
    assert body["groupKey"] == \
        f'{{}}:{{account="test", alertname="BedrockQuotaWarning", region="{pools.REGION}"}}'
    assert body["commonLabels"] == {**group, "severity": "warning", "quota": "tokens_per_minute"}
    assert names(body["alerts"]) == {("BedrockQuotaWarning", HAIKU), ("BedrockQuotaWarning", NOVA)}, \
        "what one poll finds in a Region is one message"
    assert body["commonAnnotations"] == {
        name: value for name, value in body["alerts"][0]["annotations"].items()
        if all(alert["annotations"].get(name) == value for alert in body["alerts"])}
    for alert in body["alerts"]:
        assert set(alert) == {"status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"}
        assert alert["status"] == "firing" and alert["endsAt"] == NO_TIME
        assert abs(seconds(alert["startsAt"]) - time.time()) < 600
        assert alert["generatorURL"] == f"{PAGE}/"
        assert len(alert["fingerprint"]) == 16 and int(alert["fingerprint"], 16)
        assert {"summary", "description", "since", "model_ids", "next_step"} <= set(alert["annotations"])
        assert all(isinstance(value, str) for value in [*alert["labels"].values(), *alert["annotations"].values()])


def check_slack(body):
    """https://api.slack.com/messaging/webhooks and https://api.slack.com/reference/messaging/attachments."""
    assert set(body) == {"text", "attachments"}
    assert body["text"] == f"[FIRING:2] BedrockQuotaWarning test {pools.REGION}"
    assert len(body["attachments"]) == 2
    for attachment in body["attachments"]:
        assert set(attachment) == {"color", "fallback", "title", "title_link", "text", "fields", "mrkdwn_in"}
        assert attachment["color"] == "warning" and attachment["title_link"] == f"{PAGE}/"
        assert "75 % of its tokens per minute" in attachment["title"] == attachment["fallback"]
        assert {field["title"] for field in attachment["fields"]} >= {"Since", "Model IDs"}
        for field in attachment["fields"]:
            assert set(field) == {"title", "value", "short"} and isinstance(field["short"], bool)


def test_command(workshop, tmp_path):
    """A program gets the body on its standard input; one that fails is asked again."""
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, HAIKU, 0.85)
    program = tmp_path / "page"
    program.write_text(
        f'#!/bin/sh\n[ -e {tmp_path}/tried ] || {{ touch {tmp_path}/tried; echo "not yet, $1" >&2; exit 1; }}\n'
        f'cat > {tmp_path}/$$.part && mv {tmp_path}/$$.part {tmp_path}/$$.json\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    daemon = workshop.daemon(
        pools.settings([{"type": "command", "command": [str(program), secrets.ARGUMENT]}]), cloud).start()
    wait_for(lambda: list(tmp_path.glob("*.json")), daemon.log)
    alerts = [alert for path in tmp_path.glob("*.json") for alert in json.loads(path.read_text())["alerts"]]
    assert names(alerts) == {("BedrockQuotaCritical", HAIKU)}, "its warning says nothing more"
    daemon.wait_for_metrics(
        lambda page: count(page, "notification_failures_total", "command", reason="exit_1") == 1, "a failure")
    assert any("not yet" in line.get("error", "") for line in daemon.log_lines())
    assert daemon.stop() == 0


def test_a_program_that_hangs_keeps_nobody_waiting(workshop, tmp_path):
    """Neither a reload and its polls nor the stop wait for it; what it left unfinished is told again."""
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, HAIKU, 0.75)
    program = tmp_path / "hang"
    program.write_text(
        f'#!/bin/sh\nenv > {tmp_path}/part.$$ && mv {tmp_path}/part.$$ {tmp_path}/environment.$$\nexec sleep 300\n')
    program.chmod(0o755)

    def settings(*arguments):
        return pools.settings([{"type": "command", "command": [str(program), *arguments]}])

    daemon = workshop.daemon(settings("first"), cloud).start()
    wait_for(lambda: len(list(tmp_path.glob("environment.*"))) == 1, daemon.log)
    daemon.reconfigure(settings("second"))
    assert daemon.get("/-/reload", "POST").status == 200
    polls = len(cloud.seen("GetMetricData"))
    wait_for(lambda: len(cloud.seen("GetMetricData")) > polls, daemon.log)
    wait_for(lambda: len(list(tmp_path.glob("environment.*"))) == 2, daemon.log)
    page = daemon.metrics()
    # Its own time, 30 seconds, was never waited for.
    assert count(page, "notification_failures_total", "command", reason="timeout") == 0
    assert count(page, "notification_queue_length", "command") == 1
    assert daemon.stop() == 0
    for path in tmp_path.glob("environment.*"):
        assert "AWS_ENDPOINT_URL=" in path.read_text() and "AWS_SECRET" not in path.read_text()
        assert not secrets.found_in(path.read_text())


def test_the_exit_of_a_program_decides(workshop, tmp_path):
    """One that leaves a child with its output behind has taken the alert, once."""
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, HAIKU, 0.75)
    program = tmp_path / "page"
    program.write_text(f'#!/bin/sh\nsleep 300 &\necho $! >> {tmp_path}/children\nexit 0\n')
    program.chmod(0o755)
    daemon = workshop.daemon(pools.settings([{"type": "command", "command": [str(program)]}]), cloud).start()
    try:
        page = daemon.wait_for_metrics(
            lambda page: count(page, "notifications_total", "command") == 1
            and count(page, "notification_queue_length", "command") == 0, "it taken")
        assert not page.value("bedrock_exporter_notification_failures_total", receiver="command", reason="timeout")
        assert any(line["msg"] == "Notification delivered" for line in daemon.log_lines())
        assert daemon.stop() == 0
    finally:
        for child in (tmp_path / "children").read_text().split():
            os.kill(int(child), 9)


@pytest.mark.slow
def test_from_cloudwatch_to_the_receiver(workshop):
    """By the first poll after the datapoint's appearance, wherever in the interval it appears."""
    interval = 5
    cloud = pools.furnish(workshop.cloud())
    for model_id in pools.POOLS:
        pools.use(cloud, model_id, 0.1)
    with recorder() as hook:
        daemon = workshop.daemon(
            pools.settings([{"type": "webhook", "url": hook.url()}],
                           polling={**pools.POLLING, "interval": f"{interval}s", "discovery_interval": "1m"}), cloud).start()
        daemon.wait_until_ready()
        for number, model_id in enumerate(pools.POOLS):
            time.sleep(interval * number / len(pools.POOLS))
            second = world.this_minute()
            pools.use(cloud, model_id, minutes={second: pools.POOLS[model_id][2] * 0.75})
            appeared = time.time()
            wait_for(lambda: any(request.time > appeared for request in cloud.seen("GetMetricData")), daemon.log)

            def arrived(model_id=model_id):
                return [request.time for request in list(hook.requests)
                        for alert in json.loads(request.body)["alerts"] if pools.key(alert["labels"]) == model_id]

            arrival = wait_for(arrived, daemon.log)[0]
            polls = [request.time for request in cloud.seen("GetMetricData") if appeared < request.time < arrival]
            # The next poll may have begun before a busy machine brought the message to its receiver; none need have, when one
            # was under way as the datapoint appeared.
            assert not polls or polls[-1] - polls[0] < 2 * interval, polls
        assert daemon.stop() == 0


def test_dead_receivers_delay_no_other_and_no_stop(workshop):
    """One that takes connections and never answers, one that answers with errors, one that refuses for good."""
    cloud = pools.furnish(workshop.cloud())
    with recorder() as hook, recorder() as failing, recorder() as refusing, silent_server() as port:
        failing.status, refusing.status = 500, 403
        daemon = workshop.daemon(pools.settings([
            {"type": "webhook", "name": "silent", "url": f"http://127.0.0.1:{port}/"},
            {"type": "webhook", "name": "failing", "url": failing.url()},
            {"type": "webhook", "name": "refusing", "url": refusing.url()},
            {"type": "alertmanager", "name": "nobody", "url": f"http://127.0.0.1:{port}"},
            {"type": "webhook", "name": "alive", "url": hook.url()},
        ]), cloud).start().wait_until_ready()
        for model_id in pools.POOLS:
            before = len(hook.requests)
            pools.use(cloud, model_id, 0.75)
            wait_for(lambda: len(hook.requests) > before, daemon.log)
        told = [(line.get("msg"), line.get("receiver")) for line in daemon.log_lines()]
        assert ("Notification delivered", "alive") in told
        given_up = ("Notification not delivered", "silent")
        assert given_up not in told[:told.index(("Notification delivered", "alive"))], "it waited for the silent one"
        everyone = len(pools.POOLS)
        page = daemon.wait_for_metrics(
            lambda page: count(page, "notifications_dropped_total", "refusing") == everyone
            and all(count(page, "notification_queue_length", name) == everyone for name in ("silent", "failing"))
            and count(page, "notification_queue_length", "alive") == 0, "queues and refusals")
        assert count(page, "notification_failures_total", "refusing", reason="403") == everyone
        assert count(page, "notification_failures_total", "failing", reason="500") > 0
        assert any(line.get("msg") == "Receiver refuses a notification, which is given up" and line["level"] == "ERROR"
                   for line in daemon.log_lines())
        assert daemon.stop() == 0


def test_reload_adds_and_removes_receivers(workshop):
    """A new receiver hears of what is decided from then on; one that is gone hears nothing more."""
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, HAIKU, 0.75)
    with recorder() as old, recorder() as new:
        first = {"type": "webhook", "name": "old", "url": old.url()}
        second = {"type": "webhook", "name": "new", "url": new.url()}
        daemon = workshop.daemon(pools.settings([first]), cloud).start()
        wait_for(old.alerts, daemon.log)
        for receivers in ([first, second], [second]):
            daemon.reconfigure(pools.settings(receivers))
            assert daemon.get("/-/reload", "POST").status == 200
            pools.use(cloud, NOVA if len(receivers) == 2 else f"us.{world.OPUS}", 0.75)
            wait_for(lambda: (len(old.alerts()), len(new.alerts())) == (2, 3 - len(receivers)), daemon.log)
        assert names(new.alerts()) == {("BedrockQuotaWarning", NOVA), ("BedrockQuotaWarning", f"us.{world.OPUS}")}
        assert names(old.alerts()) == {("BedrockQuotaWarning", HAIKU), ("BedrockQuotaWarning", NOVA)}
        assert len(old.alerts()) == 2, "a reload repeats nothing"
        page = daemon.metrics()
        assert page.value("bedrock_exporter_notification_queue_length", receiver="old") is None
        assert daemon.stop() == 0


def test_a_reload_repeats_nothing_that_is_under_way(workshop):
    """An answer that takes long is waited for over a reload; for a receiver that the reload changes, it is not."""
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, HAIKU, 0.75)
    with recorder() as slow:
        slow.status = lambda request: time.sleep(3) or 200
        receiver = {"type": "webhook", "url": slow.url()}
        daemon = workshop.daemon(pools.settings([receiver]), cloud).start()

        def under_way():
            return daemon.metrics().value("bedrock_exporter_notifications_total", receiver="webhook") == 1

        wait_for(under_way, daemon.log)
        daemon.reconfigure(pools.settings([receiver], {"critical": 0.9}))
        assert daemon.get("/-/reload", "POST").status == 200
        daemon.wait_for_metrics(lambda page: count(page, "notification_queue_length", "webhook") == 0, "delivery")
        assert len(slow.requests) == 1
        assert daemon.stop() == 0


def test_a_bad_receiver_is_refused_with_its_place(workshop, tmp_path):
    """As all of the configuration."""
    cases = {
        "alerts:\n  receivers:\n    - type: pager\n": "3:13: alerts.receivers[0].type",
        "alerts:\n  receivers:\n    - { type: slack, url: hooks.slack.com/services/" + secrets.HOOK_PATH + " }\n":
            "3:27: alerts.receivers[0].url",
        "alerts:\n  warning: 1.5\n": "2:12: alerts.warning",
        "alerts:\n  warning: 0.9\n  critical: 0.8\n": "2:12: alerts.warning",
    }
    for text, place in cases.items():
        file = configuration.write(tmp_path / "config.yaml", text)
        ended = run(["serve", f"--config.file={file}"], configuration.environment(tmp_path), tmp_path)
        assert ended.returncode == 1 and place in ended.stderr, (text, ended.stderr)
        assert not secrets.found_in(ended.stderr)


def test_send_test_alert(workshop, tmp_path):
    """`check --send-test-alert` tells of each receiver in a line, and says in each message that it is a test."""
    cloud = pools.furnish(workshop.cloud())
    alertmanager = Alertmanager(tmp_path / "alertmanager")
    program = tmp_path / "page"
    program.write_text(f"#!/bin/sh\ncat > {tmp_path}/body.json\n")
    program.chmod(0o755)
    with recorder() as hook, recorder() as chat, recorder() as refusing:
        refusing.status = 404
        receivers = [
            {"type": "alertmanager", "url": alertmanager.url},
            {"type": "webhook", "url": hook.url(f"/{secrets.HOOK_TOKEN}")},
            {"type": "slack", "url_file": str(tmp_path / "chat")},
            {"type": "command", "command": [str(program), secrets.ARGUMENT]},
        ]
        (tmp_path / "chat").write_text(chat.url(f"/services/{secrets.HOOK_PATH}") + "\n")

        def check(receivers):
            file = configuration.write(tmp_path / "config.yaml", pools.settings(receivers))
            ended = run(["check", "--send-test-alert", f"--config.file={file}"],
                        configuration.environment(tmp_path, cloud.url), tmp_path)
            assert not secrets.found_in(ended.stdout + ended.stderr)
            lines = [line.split(maxsplit=2) for line in ended.stdout.splitlines()]
            return ended.returncode, [(verdict, rest) for verdict, about, rest in lines if about.startswith("receiver")]

        alertmanager.start()
        try:
            code, lines = check(receivers)
            assert code == 0 and [verdict for verdict, _ in lines] == ["ok"] * 4, lines
            alert, = alertmanager.alerts()
            assert alert["labels"] == {
                "alertname": "BedrockTestAlert", "severity": "info", "account": "test", "region": "test"}
            assert "test" in alert["annotations"]["summary"] and seconds(alert["endsAt"]) < time.time() + 300
            assert hook.alerts()[0]["labels"]["alertname"] == "BedrockTestAlert"
            assert "BedrockTestAlert" in chat.bodies()[0]["text"]
            assert json.loads((tmp_path / "body.json").read_text())["alerts"][0]["labels"] == alert["labels"]
        finally:
            alertmanager.kill()
        code, lines = check([*receivers, {"type": "webhook", "name": "gone", "url": refusing.url()}])
        assert code == 1 and [verdict for verdict, _ in lines] == ["fail", "ok", "ok", "ok", "fail"], lines
        assert "404" in lines[-1][1]
        assert check([])[0] == 1, "nobody to be told"
