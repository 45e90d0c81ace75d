"""Alerts through an SNS that we did not write, to a queue behind it."""

import json

import boto3
import pytest

from support import configuration, pools, world
from support.daemon import run
from support.moto import moto_server
from support.waiting import wait_for
from support.web import free_port

HAIKU = f"us.{world.HAIKU}"
NOVA = f"global.{world.NOVA}"
TOPICS = ["plain", "ordered.fifo"]


@pytest.fixture
def moto(tmp_path):
    """The URL of a fresh moto server."""
    with moto_server(tmp_path) as url:
        yield url


class Mailbox:
    """A topic and a queue that is told of its messages."""

    def __init__(self, url, name):
        keys = {"region_name": pools.REGION, "endpoint_url": url, "aws_access_key_id": configuration.ACCESS_KEY,
                "aws_secret_access_key": configuration.IDENTITY.secret_key}
        self._sqs = boto3.client("sqs", **keys)
        sns = boto3.client("sns", **keys)
        fifo = {"FifoTopic": "true"} if name.endswith(".fifo") else {}
        self.topic = sns.create_topic(Name=name, Attributes=fifo)["TopicArn"]
        self._queue = self._sqs.create_queue(
            QueueName=name, Attributes={"FifoQueue": "true"} if fifo else {})["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        self.letters = []

    def look(self):
        """All letters so far, as SNS wrapped them, each with the queue's own attributes."""
        answer = self._sqs.receive_message(
            QueueUrl=self._queue, MaxNumberOfMessages=10, AttributeNames=["All"])
        for message in answer.get("Messages", []):
            self.letters.append(json.loads(message["Body"]) | {"attributes": message["Attributes"]})
            self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return self.letters


@pytest.mark.slow
@pytest.mark.parametrize("name", TOPICS)
def test_messages_arrive(workshop, moto, name):
    mailbox = Mailbox(moto, name)
    cloud = pools.furnish(workshop.cloud())
    for model_id in (HAIKU, NOVA):
        pools.use(cloud, model_id, 0.75)
    receivers = [{"type": "sns", "topic_arn": mailbox.topic}]
    daemon = workshop.daemon(
        pools.settings(receivers), cloud, variables={"AWS_ENDPOINT_URL_SNS": moto}).start()
    wait_for(mailbox.look, daemon.log)
    daemon.reconfigure(pools.settings(receivers, {"overrides": [{"model": world.HAIKU, "enabled": False}]}))
    assert daemon.get("/-/reload", "POST").status == 200
    wait_for(lambda: len(mailbox.look()) == 2, daemon.log)
    beginning, end = mailbox.letters
    assert beginning["Type"] == "Notification" and beginning["TopicArn"] == mailbox.topic
    assert beginning["Subject"] == f"[FIRING:2] BedrockQuotaWarning test {pools.REGION}"
    assert end["Subject"] == f"[RESOLVED] BedrockQuotaWarning test {pools.REGION}"
    for model in (world.HAIKU, world.NOVA):
        assert f"model={model}" in beginning["Message"]
    assert beginning["Message"].startswith("FIRING: ") and "75 % of its tokens per minute" in beginning["Message"]
    assert end["Message"].startswith("RESOLVED: ") and f"model={world.HAIKU}" in end["Message"]
    if name.endswith(".fifo"):
        for letter in mailbox.letters:
            assert letter["attributes"]["MessageGroupId"] == f"test/{pools.REGION}"
        keys = [letter["attributes"]["MessageDeduplicationId"] for letter in mailbox.letters]
        assert len(set(keys)) == 2 and all(key.startswith("bedrock-quota-") for key in keys)
    page = daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_notifications_total", receiver="sns") == 2
        and page.value("bedrock_exporter_notification_queue_length", receiver="sns") == 0, "two messages")
    assert not page.matching("bedrock_exporter_notification_failures_total")
    assert daemon.stop() == 0


def test_a_topic_that_does_not_exist(workshop, moto):
    """SNS refuses it for good: said once, given up, counted."""
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, HAIKU, 0.75)
    topic = f"arn:aws:sns:{pools.REGION}:123456789012:missing"
    daemon = workshop.daemon(
        pools.settings([{"type": "sns", "topic_arn": topic}]), cloud, variables={"AWS_ENDPOINT_URL_SNS": moto}).start()
    page = daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_notifications_dropped_total", receiver="sns") == 1, "a refusal")
    assert page.value("bedrock_exporter_notification_failures_total", receiver="sns", reason="NotFound") == 1
    assert daemon.stop() == 0


def test_signed_with_a_profile(workshop, moto, tmp_path):
    """A receiver's own profile signs, not the credentials that poll."""
    mailbox = Mailbox(moto, "plain")
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws/credentials").write_text(
        "[alerts]\naws_access_key_id = AKIAALERTS\naws_secret_access_key = of-no-importance-here\n")
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, HAIKU, 0.75)
    receivers = [{"type": "sns", "topic_arn": mailbox.topic, "profile": "alerts"}]
    daemon = workshop.daemon(
        pools.settings(receivers), cloud, variables={"AWS_ENDPOINT_URL_SNS": moto, "HOME": str(home)}).start()
    wait_for(mailbox.look, daemon.log)
    assert daemon.stop() == 0
    missing = workshop.daemon(
        pools.settings([{"type": "sns", "topic_arn": mailbox.topic, "profile": "nobody"}]), cloud).start(wait=False)
    assert missing.wait(60) == 1 and "nobody" in missing.log(), "a profile that does not exist is said at the start"


def test_a_role_publishes(workshop, moto):
    """Assumed through STS; while STS is not there, the message waits."""
    mailbox = Mailbox(moto, "plain")
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, HAIKU, 0.75)
    receiver = {
        "type": "sns", "topic_arn": mailbox.topic, "role_arn": "arn:aws:iam::123456789012:role/publish-alerts"}
    dead = workshop.daemon(pools.settings([receiver]), cloud, variables={
        "AWS_ENDPOINT_URL_SNS": moto, "AWS_ENDPOINT_URL_STS": f"http://127.0.0.1:{free_port()}"}).start()
    page = dead.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_notification_failures_total", receiver="sns", reason="credentials"),
        "no credentials")
    assert page.value("bedrock_exporter_notification_queue_length", receiver="sns") == 1
    assert dead.stop() == 0 and not mailbox.look()
    alive = workshop.daemon(pools.settings([receiver]), cloud, variables={
        "AWS_ENDPOINT_URL_SNS": moto, "AWS_ENDPOINT_URL_STS": moto}).start()
    wait_for(mailbox.look, alive.log)
    assert alive.stop() == 0


def test_test_alerts(workshop, moto, tmp_path):
    """`check` says which topic took it, and what SNS says of the one that is not there."""
    cloud = pools.furnish(workshop.cloud())
    topics = {name: Mailbox(moto, name) for name in TOPICS}
    receivers = [{"type": "sns", "name": name.split(".")[0], "topic_arn": box.topic} for name, box in topics.items()]
    receivers.append({"type": "sns", "name": "missing", "topic_arn": topics["plain"].topic + "-missing"})
    file = configuration.write(tmp_path / "config.yaml", pools.settings(receivers))
    ended = run(["check", "--send-test-alert", f"--config.file={file}"], configuration.environment(
        tmp_path, cloud.url, AWS_ENDPOINT_URL_SNS=moto), tmp_path)
    lines = [line for line in ended.stdout.splitlines() if " receiver " in line]
    assert ended.returncode == 1 and [line.split()[0] for line in lines] == ["ok", "ok", "fail"], ended.stdout
    assert "NotFound" in lines[2]
    for box in topics.values():
        letter, = wait_for(box.look, "the test alert")
        assert "BedrockTestAlert" in letter["Subject"] and "This is a test" in letter["Message"]
