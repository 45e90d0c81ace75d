"""Accounts that nobody listed: found, named, read through a role each, followed while they come, move and go."""

import time
from collections import Counter
from contextlib import closing

import pytest

from support import configuration, organization, secrets, store, world
from support.browser import Browser
from support.fake_aws import faults
from support.fake_aws.data import ACCOUNT
from support.fake_aws.organizations import ROOT
from support.daemon import run
from support.organization import OLD, PROD, REGIONS, TEST, account_id, labels, settings, state
from support.waiting import wait_for


def ready(page, count):
    """Whether so many accounts are polled, each Region with success."""
    up = page.matching("bedrock_exporter_up")
    return len(up) == count * len(REGIONS) and set(up.values()) == {1}


def polls(cloud, since):
    """How often each Region of each account was asked for minutes since then."""
    return Counter((request.access_key, request.region) for request in cloud.seen("GetMetricData") if request.time >= since)


def logged(daemon, message):
    """The log's lines with a message."""
    return [line for line in daemon.log_lines() if line.get("msg") == message]


def test_thirty_accounts_are_found_and_followed_and_nobody_is_late(workshop):
    missing = {3, 13, 23}
    cloud = organization.organization(workshop, 30, without_role=missing)
    cloud.data.organization.empty_pages = 2
    cloud.data.organization.add(account_id(29), "team 28")
    cloud.data.organization.accounts[account_id(20)][0] = 'odd "name", \\ \x1b[31m'
    cloud.data.organization.accounts[account_id(21)][0] = account_id(22)
    daemon = workshop.daemon(settings(), cloud).start().wait_until_ready()
    page = daemon.wait_for_metrics(lambda page: ready(page, 27), "27 accounts up")
    assert (state(page, "read"), state(page, "failing"), state(page, "waiting"), state(page, "inactive")) == (27, 3, 0, 0)
    found = labels(page)
    assert {"monitoring", "team 1", f"team 28-{account_id(28)}", f"team 28-{account_id(29)}",
            f"{account_id(22)}-{account_id(21)}"} <= found
    assert not found & {"team 3", "team 13", "team 23", "team 28", account_id(22)}
    assert any(label.startswith('odd "name", \\ ') and "\x1b" not in label for label in found)
    assumed = cloud.seen("AssumeRole")
    assert {request.params["ExternalId"] for request in assumed} == {secrets.EXTERNAL_ID}
    assert ACCOUNT not in {request.params["RoleArn"].split(":")[4] for request in assumed}, "the own account needs no role"
    succeeded = [request.params["RoleArn"] for request in assumed if request.params["RoleArn"] in cloud.data.roles]
    assert len(succeeded) == len(set(succeeded)) == 26, "each role is assumed once an hour"
    status = daemon.api("/api/v1/status")["organization"]
    assert {entry["account_id"] for entry in status["failing_accounts"]} == {account_id(number) for number in missing}
    assert all("AccessDenied" in entry["failure"] for entry in status["failing_accounts"])

    # Now two are throttled, and Organizations is down.
    throttled = {account_id(number) for number in (7, 8)}
    for account in throttled:
        cloud.fail(faults.throttled(), access_key=organization.access_key(account))
    outage = [cloud.fail(faults.error(503, "ServiceUnavailable"), operation)
              for operation in ("ListAccounts", "ListAccountsForParent")]
    since = time.time()
    daemon.wait_for_metrics(
        lambda page: sorted(page.matching("bedrock_exporter_up").values()) == [0] * 4 + [1] * 50,
        "the throttled ones down, all others up")
    wait_for(lambda: outage[0].hits >= 3, "tries during the outage")
    failure = wait_for(lambda: daemon.api("/api/v1/status")["organization"]["failure"], "its failure")
    assert "ListAccounts" in failure and "ServiceUnavailable" in failure
    assert labels(daemon.metrics()) == found, "the last list goes on"
    sound = [(organization.access_key(account_id(number)), region) for number in range(1, 30) for region in REGIONS
             if number not in missing and account_id(number) not in throttled]
    wait_for(lambda: (counts := polls(cloud, since)) and min(counts[one] for one in sound) >= 3, "three polls of all others")
    told = logged(daemon, "Listing the organization's accounts failed; the last list goes on")
    assert len(told) == 1, told
    warned = logged(daemon, "Account cannot be read; its role is tried again")
    assert sorted(line["account_id"] for line in warned) == sorted(account_id(number) for number in missing), "once each"

    # All is well again; one role now exists, one account is new, one closed, one renamed, one moved.
    cloud.heal()
    organization.add_role(cloud, account_id(3))
    cloud.data.organization.add(account_id(30), "newcomer", PROD)
    organization.add_role(cloud, account_id(30))
    cloud.data.organization.accounts[account_id(10)][1:] = ["SUSPENDED", OLD]
    cloud.data.organization.accounts[account_id(11)][0] = "renamed"
    cloud.data.organization.accounts[account_id(12)][2] = PROD
    cloud.data.organization.accounts[account_id(13)][0] = "team 10"
    page = daemon.wait_for_metrics(
        lambda page: labels(page) == found - {"team 10"} | {"newcomer", "team 3"} and ready(page, 28),
        lambda: f"the changes; polled are {sorted(labels(daemon.metrics()) ^ found)}")
    assert (state(page, "read"), state(page, "failing"), state(page, "inactive")) == (28, 2, 1)
    renamed = {entry["account_id"]: entry for entry in daemon.api("/api/v1/status")["organization"]["renamed_accounts"]}
    assert renamed[account_id(11)] == {"account": "team 11", "account_id": account_id(11), "name": "renamed"}
    assert logged(daemon, "Account was renamed; its label stays")
    assert [line["account"] for line in logged(daemon, "Account appeared in the organization")] == ["newcomer"]
    assert [line["account"] for line in logged(daemon, "Account left what is read of the organization; its history stays")] \
        == ["team 10"]
    polling = logged(daemon, "Polling")
    assert len(polling) == len({line["account"] for line in polling}) == 29, "nobody was begun twice"
    usage = daemon.api("/api/v1/usage?start=-15m&step=1m&account=team%2010&by=account")
    assert sum(row["invocations"] or 0 for row in usage["rows"]), "the history of who left stays"
    daemon.stop()

    # Started while Organizations is down, it reads on with the stored list, under the same labels.
    cloud.fail(faults.error(503, "ServiceUnavailable"), "ListAccounts")
    before = len(cloud.seen("AssumeRole"))
    daemon.start().wait_until_ready()
    page = daemon.wait_for_metrics(lambda page: ready(page, 28), "28 accounts up")
    assert "team 11" in labels(page) and "renamed" not in labels(page)
    wait_for(lambda: daemon.api("/api/v1/status")["organization"]["failure"], "a failure")
    organization_status = daemon.api("/api/v1/status")["organization"]
    assert organization_status["list_age_seconds"] > 0
    assert organization_status["excluded"] is None, "nobody knows from an earlier run's list"
    tried = [request.params["RoleArn"] for request in cloud.seen("AssumeRole")[before:]]
    assert len([arn for arn in tried if arn in cloud.data.roles]) == 27


def test_two_shards_are_the_whole_and_share_nothing(workshop):
    cloud = organization.organization(workshop, 20)
    daemons = [workshop.daemon(settings(), cloud, {"BQE_SHARD": f"quota-{ordinal}/2"}).start() for ordinal in (0, 1)]
    pages = [daemon.wait_until_ready().metrics() for daemon in daemons]
    first, second = map(labels, pages)
    assert first and second and not first & second
    assert first | second == {"monitoring", *(f"team {number}" for number in range(1, 20))}
    for page, other in zip(pages, (second, first)):
        assert state(page, "other_shard") == len(other)
    assert [daemon.api("/api/v1/status")["organization"]["shard"] for daemon in daemons] == ["1/2", "2/2"]
    keys = [request.access_key for request in cloud.seen("GetMetricData")]
    assert len(set(keys)) == 20


def test_units_are_walked_and_excluded(workshop):
    cloud = organization.organization(workshop, 12)
    found = cloud.data.organization
    found.per_page = 2
    found.unit_names[OLD] = "Attic"
    found.accounts[account_id(2)][2] = OLD
    daemon = workshop.daemon(
        settings(organizational_units=[TEST], exclude=[account_id(4)]), cloud).start().wait_until_ready()
    wait_for(lambda: labels(daemon.metrics()) == {"team 2", "team 6", "team 8", "team 10"}, "those of one unit")
    found.accounts[account_id(6)][2] = PROD
    found.accounts[account_id(8)][2] = OLD
    wait_for(lambda: labels(daemon.metrics()) == {"team 2", "team 8", "team 10"}, "one moved out")
    moved, = wait_for(lambda: logged(daemon, "Account moved within the organization"), "a line on the other")
    assert (moved["account"], moved["former_unit"], moved["unit"]) == ("team 8", TEST, OLD)
    units = {unit["unit"]: unit for unit in daemon.api("/api/v1/fleet")["units"]}
    assert {key: (unit["unit_name"], unit["accounts"]) for key, unit in units.items()} == {TEST: (None, 1), OLD: ("Attic", 2)}
    assert daemon.api("/api/v1/fleet?search=attic")["accounts_matched"] == 2
    daemon.reconfigure(settings(organizational_units=[TEST], exclude=[account_id(4), OLD]))
    assert daemon.get("/-/reload", method="POST").status == 200
    wait_for(lambda: labels(daemon.metrics()) == {"team 10"}, "a unit that is excluded")
    assert state(daemon.metrics(), "excluded") == 3


def test_a_listed_account_wins_over_a_found_one(workshop):
    cloud = organization.organization(workshop, 4)
    role = f"arn:aws:iam::{account_id(1)}:role/{organization.ROLE_NAME}"
    value = settings()
    value["accounts"] = [
        {"name": "own", "regions": list(REGIONS)},
        {"name": "team-2", "regions": list(REGIONS), "role_arn": role, "external_id": secrets.EXTERNAL_ID}]
    cloud.data.organization.accounts[account_id(2)][0] = "own"
    daemon = workshop.daemon(value, cloud).start().wait_until_ready()
    page = daemon.wait_for_metrics(lambda page: ready(page, 4), "four accounts up")
    assert labels(page) == {"own", "team-2", f"own-{account_id(2)}", "team 3"}
    assert (state(page, "read"), state(page, "configured")) == (2, 2)


REFUSALS = {
    "in no organization": (lambda cloud: setattr(cloud.data, "organization", None), "is in no organization"),
    "no administrator": (lambda cloud: cloud.data.organization.administrators.clear(), "delegated administrators"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_why_there_is_no_list_is_told(workshop, name):
    cloud = organization.organization(workshop, 3)
    break_it, words = REFUSALS[name]
    break_it(cloud)
    daemon = workshop.daemon(settings(), cloud).start()
    wait_for(lambda: daemon.api("/api/v1/status")["organization"]["failure"], "a failure")
    assert words in daemon.api("/api/v1/status")["organization"]["failure"]
    answer = daemon.get("/-/ready")
    assert answer.status == 503 and "organization" in answer.text
    assert state(daemon.metrics(), "read") is None, "not known is not zero"


def test_the_past_of_found_accounts_is_read_by_command(workshop):
    cloud = organization.organization(workshop, 4, without_role={3})
    past = world.this_minute() - 6 * 3600
    cloud.data.put(world.JAKARTA, f"global.{world.SONNET}", "Invocations", {past: 77})
    daemon = workshop.daemon(settings(), cloud)

    def backfill(*flags):
        file = configuration.write(daemon.folder / "past.yaml", {**settings(), "storage": {"path": str(daemon.store)}})
        ended = run(["backfill", f"--config.file={file}", "--yes", "--start=-7h", *flags],
                    configuration.environment(daemon.folder, cloud.url), daemon.folder)
        assert not secrets.found_in(ended.stdout + ended.stderr)
        return ended

    assert "none was read by the daemon" in backfill().stderr
    daemon.start().wait_until_ready()
    daemon.wait_for_metrics(lambda page: ready(page, 3), "three accounts up")
    assert daemon.stop() == 0
    unknown = backfill("--account=team 3")
    assert unknown.returncode == 1 and "no account or Region fits" in unknown.stderr
    assert backfill("--account=team 1").returncode == 0
    key = world.JAKARTA, f"global.{world.SONNET}", "invocations", past
    assert {name for name, *rest in store.minutes(daemon.store) if tuple(rest) == key} == {"team 1"}
    assert backfill().returncode == 0
    assert {name for name, *rest in store.minutes(daemon.store) if tuple(rest) == key} == {"monitoring", "team 1", "team 2"}


@pytest.mark.slow
def test_a_page_with_organizational_units(workshop, tmp_path):
    """From 60 Regions on; a unit leads to its accounts."""
    cloud = organization.organization(workshop, 31)
    cloud.data.organization.unit_names.update({PROD: "Production", TEST: "<b>Test</b>"})
    daemon = workshop.daemon(settings(organizational_units=[ROOT]), cloud).start().wait_until_ready()
    daemon.wait_for_metrics(lambda page: ready(page, 31), "31 accounts up")
    with closing(Browser()) as browser:
        page = browser.page().open(f"http://{daemon.address}/")
        page.wait("document.body?.dataset.drawn === 'whole' && document.querySelectorAll('#units tbody tr').length === 3")
        names = "[...document.querySelectorAll('#units tbody .who')].map((cell) => cell.innerText)"
        found = {name.split("\n")[0]: name.split("\n")[1] for name in page.value(names)}
        assert found == {"Production": "15 accounts", "<b>Test</b>": "15 accounts", ROOT: "1 account"}
        page.screenshot(tmp_path / "units.png")
        page.value("[...document.querySelectorAll('#units a')].find((link) => link.textContent === 'Production').click()")
        page.wait("document.querySelector('#accounts .count').textContent.startsWith('15 of 31 accounts')")
        assert f"accounts={PROD}" in page.value("location.search")
        assert page.problems() == []


def check(cloud, folder, value, **variables):
    """Exit code and lines of one run of `check`."""
    file = configuration.write(folder / "config.yaml", value)
    ended = run(["check", f"--config.file={file}"],
                configuration.environment(folder, cloud.url, AWS_MAX_ATTEMPTS="1", **variables), folder)
    assert not secrets.found_in(ended.stdout + ended.stderr)
    return ended.returncode, ended.stdout.splitlines()


def test_check_says_which_accounts_can_be_read(workshop, tmp_path):
    cloud = organization.organization(workshop, 30, without_role={5, 6})
    cloud.data.organization.accounts[account_id(7)][1] = "PENDING_CLOSURE"
    code, lines = check(cloud, tmp_path, settings(exclude=[account_id(8)]))
    assert code == 0, lines
    assert lines[1:5] == [
        "ok    organization: 28 accounts to read, 1 excluded, 1 inactive",
        "warn  role bedrock-quota-monitor: 26 of 28 accounts can be read",
        *[next(line for line in lines if line.startswith(f"warn  account team {number} {account_id(number)}: "))
          for number in (5, 6)]]
    assert all("AccessDenied" in line for line in lines[3:5])
    assert "ok    credentials monitoring: account 111122223333, arn:aws:iam::111122223333:user/monitor" in lines
    assert sum(line.startswith("ok    credentials") for line in lines) == 1, "one account stands for all"
    code, lines = check(cloud, tmp_path, settings(), BQE_SHARD="x-0/2")
    assert code == 0 and any("for this exporter: shard 1/2" in line for line in lines)
    cloud.data.organization.administrators.clear()
    code, lines = check(cloud, tmp_path, settings())
    assert code == 1 and any(line.startswith("fail  organization:") and "delegated administrators" in line for line in lines)
