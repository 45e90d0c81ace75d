"""Accounts that are linked to a monitoring account (CloudWatch cross-account observability): their metrics are read through it,
their limits by a role where one works, else AWS's defaults stand in for them."""

import re
from collections import Counter

import pytest

from support import configuration, secrets, store, world
from support.browser import Browser
from support.daemon import run
from support.fake_aws.data import ACCOUNT
from support.organization import ROLE_NAME, add_role
from support.waiting import wait_for

REGION = world.SINGAPORE
METRICS = ["Invocations", "InputTokenCount", "OutputTokenCount"]
MODEL = f"global.{world.SONNET}"
#: Tokens a minute of each, all different, so that no figure can be taken for another account's.
TOKENS = {"111122223333": 1000, "500000000001": 2000, "500000000002": 4000, "500000000003": 8000}
NAMES = {"111122223333": "central", "500000000001": "orders", "500000000002": "search", "500000000003": "lab"}
LINKED = [account for account in TOKENS if account != ACCOUNT]
#: The account without a role.
ROLELESS = "500000000003"
LIMIT = {"applied": 4_000_000, "default": 400_000}


def put(data, account, minutes=30):
    """Steady traffic of an account."""
    for metric in METRICS:
        value = TOKENS[account] if metric != "Invocations" else TOKENS[account] // 1000
        data.put(REGION, MODEL, metric, world.steady(value, minutes))


def linked_cloud(workshop):
    """A monitoring account and three linked ones, two of them with a role."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    put(cloud.data, ACCOUNT)
    for account in LINKED:
        data = cloud.data.link(account, f"team {NAMES[account]}")
        put(data, account)
        if account != ROLELESS:
            world.furnish(data, REGION)
            add_role(cloud, account)
    return cloud


def accounts():
    """The configuration's accounts."""
    listed = [{"name": "central", "regions": [REGION]}]
    for account in LINKED:
        entry = {"name": NAMES[account], "regions": [REGION], "monitored_by": "central", "account_id": account}
        if account != ROLELESS:
            entry |= {"role_arn": f"arn:aws:iam::{account}:role/{ROLE_NAME}", "external_id": secrets.EXTERNAL_ID}
        listed.append(entry)
    return listed


def settings(**sections):
    """A configuration of the monitoring account and those linked to it."""
    return {"accounts": accounts(), "polling": {**configuration.POLLING, "discovery_interval": "1h", "quota_interval": "1h",
                                                 "backfill": "30m"}, **sections}


def up(page):
    """The labels of accounts whose last poll succeeded."""
    return {dict(key)["account"] for key, value in page.matching("bedrock_exporter_up").items() if value == 1}


def asked_accounts(request):
    """The accounts that a request for data is about, each with its number of queries."""
    return Counter(query.get("AccountId", ACCOUNT) for query in request.params["MetricDataQueries"])


@pytest.fixture(scope="module")
def cloud(module_workshop):
    """One for all tests that change nothing."""
    return linked_cloud(module_workshop)


@pytest.fixture(scope="module")
def daemon(module_workshop, cloud):
    """A daemon that has polled all of them."""
    daemon = module_workshop.daemon(settings(), cloud).start()
    daemon.wait_for_metrics(
        lambda page: up(page) == set(NAMES.values()) and len(page.matching("bedrock_quota_limit")) >= 2 * len(NAMES),
        "every account with its limits")
    return daemon


def test_every_figure_is_that_of_its_account(daemon, cloud):
    def is_whole(page):
        return all(page.matching("bedrock_quota_usage", account=name, quota="tokens_per_minute").values() for name in NAMES.values())

    page = daemon.wait_for_metrics(is_whole, "the use of every account")
    for account, name in NAMES.items():
        tokens = TOKENS[account]
        limit = LIMIT["default" if account == ROLELESS else "applied"]
        # Input and five times as much output.
        [usage] = page.matching("bedrock_quota_usage", account=name, quota="tokens_per_minute").values()
        [shown] = page.matching("bedrock_quota_limit", account=name, quota="tokens_per_minute").values()
        [info] = [dict(key) for key in page.matching("bedrock_quota_info", account=name, quota="tokens_per_minute")]
        assert (usage, shown) == (tokens * 6, limit), name
        assert info["limit_source"] == ("default" if account == ROLELESS else "applied"), name
    expected = {
        (NAMES[account], REGION, model, store.COLUMNS[metric], second): value
        for account in TOKENS
        for model, metrics in (cloud.data if account == ACCOUNT else cloud.data.accounts[account]).usage(REGION).items()
        for metric, minutes in metrics.items() for second, value in minutes.items()}
    rows = store.minutes(daemon.store)
    assert {key[0] for key in rows} == set(NAMES.values()) and rows == {key: expected[key] for key in rows}


def test_metrics_are_asked_for_once_and_by_the_monitoring_account_alone(daemon, cloud):
    for operation in ("ListMetrics", "GetMetricData"):
        assert {request.access_key for request in cloud.seen(operation)} == {configuration.ACCESS_KEY}
    listed = [(r.params["Namespace"], r.params.get("OwningAccount", ACCOUNT)) for r in cloud.seen("ListMetrics")]
    assert Counter(listed).most_common(1)[0][1] == 1 and {account for _, account in listed} == set(TOKENS)
    assert all(bool(r.params.get("IncludeLinkedAccounts")) == ("OwningAccount" in r.params) for r in cloud.seen("ListMetrics"))
    before = len(cloud.seen("GetMetricData"))
    wait_for(lambda: len(cloud.seen("GetMetricData")) >= before + 8, "some polls")
    wait_for(lambda: any(set(asked_accounts(request)) >= set(LINKED) for request in cloud.seen("GetMetricData")[before:]),
             "calls that linked accounts share")
    # Each poll asks for each metric once, but for what is looked for before it is listed.
    plain = [Counter((q.get("AccountId"), q["MetricStat"]["Metric"]["MetricName"]) for q in request.params["MetricDataQueries"]
                     if q["MetricStat"]["Metric"]["Dimensions"] and q["MetricStat"]["Metric"]["MetricName"] in METRICS)
             for request in cloud.seen("GetMetricData")[before:]]
    assert all(count == 1 for asked in plain for count in asked.values())


def test_limits_come_by_roles_and_the_defaults_once_for_all(daemon, cloud):
    applied = {cloud.data.identities[request.access_key].account for request in cloud.seen("ListServiceQuotas")}
    assert applied == set(TOKENS) - {ROLELESS}
    assert not [request for request in cloud.seen("AssumeRole") if ROLELESS in request.params["RoleArn"]]
    metrics = daemon.metrics()
    assert metrics.value("bedrock_exporter_aws_billed_metrics_total", account="central", region=REGION) > 0
    for name in set(NAMES.values()) - {"central"}:
        billed = metrics.matching("bedrock_exporter_aws_billed_metrics_total", account=name)
        assert not any(billed.values()), "AWS bills the monitoring account"


def test_what_figures_rest_on_is_told(daemon):
    regions = {region["account"]: region["basis"] for region in daemon.api("/api/v1/status")["regions"]}
    assert regions["central"] == {"monitoring_account": None, "limits": "account", "role_problem": None}
    assert regions["orders"] == {"monitoring_account": "central", "limits": "account", "role_problem": None}
    assert regions["lab"] == {"monitoring_account": "central", "limits": "aws_defaults", "role_problem": "no role is configured"}
    browser = Browser()
    try:
        page = browser.page()
        page.open(f"http://{daemon.address}/")
        page.wait("document.body?.dataset.drawn === 'whole'")
        text = re.sub(r"\s+", " ", page.value("document.querySelector('#regions').textContent"))
    finally:
        browser.close()
    assert "Metrics through central; limits are AWS's defaults: no role is configured" in text
    assert text.count("Metrics through central; limits are the account's own") == 2


@pytest.mark.parametrize("discovery, reason", [("1h", "is not linked"), ("1s", "no longer to be linked")])
def test_one_account_that_is_linked_no_longer_hides_nothing_of_the_others(workshop, discovery, reason):
    cloud = linked_cloud(workshop)
    value = settings()
    value["polling"]["discovery_interval"] = discovery
    daemon = workshop.daemon(value, cloud).start()
    daemon.wait_until_ready()
    with cloud.data.lock:
        del cloud.data.links["500000000002"]
    gone = {"search"}
    page = daemon.wait_for_metrics(lambda page: up(page) == set(NAMES.values()) - gone, "the others alone")
    before = dict(page.matching("bedrock_input_tokens_total"))
    assert len(before) == len(NAMES), "what was counted stays"
    refused = len(cloud.seen("GetMetricData"))
    wait_for(lambda: len(cloud.seen("GetMetricData")) >= refused + 10, "further polls")
    later = [asked_accounts(request) for request in cloud.seen("GetMetricData")[refused:]]
    assert all(set(asked) == {"500000000002"} for asked in later if "500000000002" in asked), "it asks alone then"

    def failures():
        return {region["account"]: region["failure"] for region in daemon.api("/api/v1/status")["regions"]}

    wait_for(lambda: reason in failures()["search"], lambda: failures())
    assert {name for name, failure in failures().items() if failure} == gone


def test_a_role_that_fails_leaves_defaults_until_it_works(workshop):
    cloud = linked_cloud(workshop)
    role = f"arn:aws:iam::500000000001:role/{ROLE_NAME}"
    known = cloud.data.roles.pop(role)
    polling = {**configuration.POLLING, "discovery_interval": "1s", "quota_interval": "1s", "backfill": "30m"}
    daemon = workshop.daemon({**settings(), "polling": polling}, cloud).start()

    def limit(page):
        return set(page.matching("bedrock_quota_limit", account="orders", quota="tokens_per_minute").values())

    daemon.wait_for_metrics(lambda page: limit(page) == {LIMIT["default"]}, "AWS's defaults")
    [basis] = [r["basis"] for r in daemon.api("/api/v1/status")["regions"] if r["account"] == "orders"]
    assert basis["limits"] == "aws_defaults" and "AssumeRole" in basis["role_problem"]
    daemon.wait_for_metrics(lambda page: up(page) == set(NAMES.values()), "use, also where a role fails")
    cloud.data.add_role(known)
    daemon.wait_for_metrics(lambda page: limit(page) == {LIMIT["applied"]}, "the account's own limits")


def test_check_says_what_each_account_rests_on(workshop):
    cloud = linked_cloud(workshop)
    folder = workshop.folder / "check"
    folder.mkdir()
    file = configuration.write(folder / "c.yml", settings())
    done = run(["check", f"--config.file={file}"], configuration.environment(folder, cloud.url), folder)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout
    assert any(line.startswith("ok    credentials orders: account 500000000001") and line.endswith("metrics through central") for line in lines)
    assert any(line.startswith("warn  credentials lab: account 500000000003, metrics through central; limits are AWS's defaults") for line in lines)
    assert any("tokens_per_minute 400,000 (default, L-7BEE40FB)" in line for line in lines), done.stdout


def test_linked_accounts_are_found(workshop):
    cloud = linked_cloud(workshop)
    found = {"monitored_by": "central", "found_by": "links", "regions": [REGION], "refresh": "2s",
             "external_id": secrets.EXTERNAL_ID}
    daemon = workshop.daemon(
        {"accounts": accounts()[:1], "organization": found, "polling": settings()["polling"]}, cloud).start()
    labels = {"central", "team orders", "team search", "team lab"}
    page = daemon.wait_for_metrics(
        lambda page: up(page) == labels and len(page.matching("bedrock_quota_limit", quota="tokens_per_minute")) == 4, "every account")
    limits = {dict(key)["account"]: value for key, value in page.matching("bedrock_quota_limit", quota="tokens_per_minute").items()}
    assert limits == {name: LIMIT["default" if name == "team lab" else "applied"] for name in labels}
    with cloud.data.lock:
        put(cloud.data.link("500000000004", "team new"), "500000000003")
    daemon.wait_for_metrics(lambda page: up(page) == labels | {"team new"}, "a newly linked account")
    with cloud.data.lock:
        cloud.data.links.clear()
    wait_for(lambda: "no account is linked" in (daemon.api("/api/v1/status")["organization"]["failure"] or ""), "the missing links")
    assert daemon.api("/api/v1/status")["organization"]["read"] == 4, "a list that is suddenly empty lets nobody leave"
