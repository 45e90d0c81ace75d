"""The examples in config/ and deploy/: every one is taken by the program, and says what it is meant to say."""

import json
import os
import subprocess

import pytest
import yaml

from support import programs

REFERENCE = "bedrock-quota-exporter.yml"
EXAMPLES = sorted((programs.ROOT / "config").glob("*.yml"))


def load(text):
    """The configuration as the program understands it: its own page, which shows every key."""
    tool = programs.ROOT / os.environ.get("BQE_BIN_DIR", ".build/debug") / "yaml-tree"
    run = subprocess.run([tool, "page"], input=text.encode() + b"\0", capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert "error" not in answer, answer["error"]
    return yaml.safe_load(answer["page"])


def example(name):
    return load((programs.ROOT / "config" / name).read_text())


def test_the_examples_are_these():
    assert [path.name for path in EXAMPLES] == [
        "amazon-managed-prometheus.yml", REFERENCE, "load-test.yml", "minimal.yml", "multi-account.yml", "organization.yml"]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_taken_and_explains_itself(path):
    text = path.read_text()
    assert load(text)
    assert text.startswith("# "), "it begins with what it is for"
    assert max(len(line) for line in text.splitlines()) <= 140


def test_all_but_the_reference_name_a_region():
    for path in EXAMPLES:
        if path.name != REFERENCE:
            assert all(account["regions"] for account in load(path.read_text())["accounts"]), path.name


def test_minimal():
    page = example("minimal.yml")
    assert page["accounts"][0]["name"] == "prod" and page["accounts"][0]["regions"] == ["ap-southeast-1"]
    assert [receiver["type"] for receiver in page["alerts"]["receivers"]] == ["alertmanager"]
    others = {key: value for key, value in page.items() if key not in ("accounts", "alerts")}
    reference = example(REFERENCE)
    assert others == {key: reference[key] for key in others}, "everything else is the default"


def test_multi_account():
    page = example("multi-account.yml")
    accounts = {account["name"]: account for account in page["accounts"]}
    assert list(accounts) == ["platform", "prod", "research", "sandbox"]
    assert [name for name, account in accounts.items() if account.get("role_arn")] == ["prod", "research"]
    assert all(accounts[name].get("external_id") for name in ("prod", "research"))
    assert accounts["sandbox"]["profile"] == "sandbox"
    assert len(page["quotas"]["overrides"]) == 1


def test_organization():
    page = example("organization.yml")
    organization = page["organization"]
    assert organization["external_id"] and organization["regions"] and organization["role_name"] == "bedrock-quota-monitor"
    assert [account["name"] for account in page["accounts"]] == ["research"] and page["shard"] == "1/1"


def test_load_test():
    page, reference = example("load-test.yml"), example(REFERENCE)
    assert page["polling"]["interval"] == "20s" and page["polling"] != reference["polling"]
    assert page["alerts"]["for"] == "1s"


def test_amazon_managed_prometheus():
    receiver, = example("amazon-managed-prometheus.yml")["remote_write"]
    assert receiver["sigv4"]["region"] == "ap-southeast-1"
    assert receiver["url"].startswith("https://aps-workspaces.ap-southeast-1.amazonaws.com")


def test_what_deploy_holds_is_taken_too():
    assert load((programs.ROOT / "deploy/docker/exporter.yml").read_text())["accounts"]
    manifest = yaml.safe_load((programs.ROOT / "deploy/kubernetes/configmap.yaml").read_text())
    assert load(manifest["data"]["config.yml"])["accounts"][0]["name"] == "prod"
