"""Organizations fails for an hour, by a clock that a test turns: polls go on, and what changed meanwhile shows afterwards."""

import time

from support import organization, store
from support.fake_aws import faults
from support.fake_aws.organizations import ROOT
from support.organization import OLD, PROD, REGIONS, TEST, account_id, labels
from support.preload import StandingClock
from support.waiting import allow, wait_for
from support.world import SONNET, this_minute

ACCOUNTS = 12
MOVED, CLOSED = 4, 6
MODEL = f"global.{SONNET}"
STEP, HOUR = 300, 3600
POLLING = {**organization.POLLING, "interval": "2s"}
#: One poll in this time, on a machine that has other things to do as well.
LATE_SECONDS = 45
LAST_POLL = "bedrock_exporter_last_successful_poll_timestamp_seconds"


def put_own_figures(cloud, number, start):
    """Minutes from an hour before until the outage is over, as no other account or Region has them; returns the data."""
    data = organization.own_data(cloud, number)
    for index, region in enumerate(REGIONS):
        for name, value in (("Invocations", 10), ("InputTokenCount", 1000), ("OutputTokenCount", 100)):
            own = value + 200 * number + 100 * index
            data.put(region, MODEL, name, {second: own + second // 60 % 89
                                           for second in range(start - HOUR, start + 2 * HOUR, 60)})
    return data


def messages(daemon, message):
    """Of whom the log says so."""
    return [line["account"] for line in daemon.log_lines() if line.get("msg") == message]


def go_on(clock, daemon):
    """Turns the clock, and waits until every Region was polled after that."""
    clock.set(clock.start + STEP)

    def all_polled():
        polls = daemon.metrics().matching(LAST_POLL)
        return len(polls) == ACCOUNTS * len(REGIONS) and min(polls.values()) >= clock.start

    wait_for(all_polled, lambda: f"polls at {clock.start}; the log:\n{daemon.log()[-3000:]}")


def test_an_hour_without_organizations_costs_nobody_a_poll(workshop):
    start = this_minute()
    clock = StandingClock(workshop.folder, start + 20)
    cloud = organization.organization(workshop, ACCOUNTS)
    cloud.data.now = clock.now
    names = ["monitoring", *(f"team {number}" for number in range(1, ACCOUNTS))]
    data_of = {name: put_own_figures(cloud, number, start) for number, name in enumerate(names)}
    settings = organization.settings(POLLING, organizational_units=[ROOT])
    daemon = workshop.daemon(settings, cloud, clock.variables).start().wait_until_ready()
    wait_for(lambda: labels(daemon.metrics()) == set(names), "all accounts")
    go_on(clock, daemon)

    outage = [cloud.fail(faults.error(503, "ServiceUnavailable"), operation) for operation in (
        "ListAccounts", "ListAccountsForParent", "ListOrganizationalUnitsForParent")]
    members = cloud.data.organization.accounts
    members[account_id(MOVED)][2] = PROD
    members[account_id(CLOSED)][1:] = ["SUSPENDED", OLD]
    since = time.time()
    for _ in range(HOUR // STEP):
        go_on(clock, daemon)
        page = daemon.metrics()
        assert labels(page) == set(names) and set(page.matching("bedrock_exporter_up").values()) == {1}
    assert sum(fault.hits for fault in outage) > 1, "it was asked during the outage"
    silences = {(number, region): organization.longest_silence(cloud, account_id(number), region, since, time.time())
                for number in range(1, ACCOUNTS) for region in REGIONS}
    assert max(silences.values()) < allow(LATE_SECONDS), max(silences.items(), key=lambda item: item[1])
    told = daemon.api("/api/v1/status")["organization"]
    assert "ServiceUnavailable" in told["failure"] and told["list_age_seconds"] >= HOUR
    assert not messages(daemon, "Account moved within the organization")
    # Of the hour every minute of every account is stored, and nobody has another's.
    end = clock.start // 60 * 60 - 5 * 60
    begin = start + STEP
    held = {key: value for key, value in store.minutes(daemon.store).items() if begin <= key[4] < end}
    assert held == {key: value for name, data in data_of.items()
                    for key, value in store.expected_minutes(data, name, REGIONS).items() if begin <= key[4] < end}

    cloud.heal()
    clock.set(clock.start + STEP)
    left = f"team {CLOSED}"
    wait_for(lambda: labels(daemon.metrics()) == set(names) - {left}, "the closed account to leave")
    moved, = (line for line in daemon.log_lines() if line.get("msg") == "Account moved within the organization")
    assert (moved["account"], moved["former_unit"], moved["unit"]) == (f"team {MOVED}", TEST, PROD)
    assert messages(daemon, "Account left what is read of the organization; its history stays") == [left]
    assert daemon.api("/api/v1/status")["organization"]["failure"] is None
