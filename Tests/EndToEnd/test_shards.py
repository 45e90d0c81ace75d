"""Eight exporters share an organization: together they hold what one exporter alone holds, also when one was away."""

from support import organization, store
from support.organization import account_id
from support.preload import TurnedClock
from support.waiting import wait_for
from support.world import SINGAPORE, SONNET

SHARDS = 8
ACCOUNTS = 24
MODEL = f"global.{SONNET}"
POLLING = {**organization.POLLING, "backfill": "1h"}
HOUR = 3600


def minutes_between(daemon, begin, end):
    """The stored datapoints of these minutes."""
    return {key: value for key, value in store.minutes(daemon.store).items() if begin <= key[4] < end}


def covered(daemon, begin, end):
    """Accounts of which every minute was asked for and answered."""
    usage = daemon.api(f"/api/v1/usage?start={begin}&end={end}&step=1h&by=account")
    return {row["account"] for row in usage["rows"] if row["coverage"] == 1}


def put_own_figures(cloud, number, start):
    """Four hours of minutes that no other account has; returns the account's data."""
    data = organization.own_data(cloud, number, [SINGAPORE])
    for name, value in (("Invocations", 100), ("InputTokenCount", 1000), ("OutputTokenCount", 10)):
        data.put(SINGAPORE, MODEL, name, {
            second: value + 100 * number + second // 60 % 89 for second in range(start - 2 * HOUR, start + 2 * HOUR, 60)})
    return data


def test_eight_shards_hold_what_one_exporter_holds_also_after_one_was_away_for_ten_minutes(workshop):
    clock = TurnedClock(workshop.folder)
    cloud = organization.organization(workshop, ACCOUNTS)
    cloud.data.now = clock.now
    start = int(clock.now()) // 60 * 60
    names = ["monitoring", *(f"team {number}" for number in range(1, ACCOUNTS))]
    data_of = {name: put_own_figures(cloud, number, start) for number, name in enumerate(names)}
    settings = organization.settings(POLLING, regions=[SINGAPORE])
    shards = [workshop.daemon(settings, cloud, {**clock.variables, "BQE_SHARD": f"{number}/{SHARDS}"})
              for number in range(1, SHARDS + 1)]
    whole = workshop.daemon(settings, cloud, clock.variables)
    for daemon in (*shards, whole):
        daemon.start()
    accounts = set(names)
    parts = [organization.labels(daemon.wait_until_ready().metrics()) for daemon in shards]
    assert sum(map(len, parts)) == ACCOUNTS and set().union(*parts) == accounts
    away = shards[max(range(SHARDS), key=lambda index: len(parts[index]))]
    lost = organization.labels(away.metrics())
    wait_for(lambda: len(minutes_between(away, start - HOUR // 2, start - HOUR // 4)) >= len(lost) * 3 * 15, "its first minutes")
    away.kill()
    for _ in range(2):
        clock.turn(300)
        asked = len(cloud.seen("GetMetricData"))
        wait_for(lambda: len(cloud.seen("GetMetricData")) > asked + ACCOUNTS, "polls of the others")
    away.start()
    end = int(clock.now()) // 60 * 60 - 3 * 60
    begin = start - HOUR // 2

    wait_for(lambda: covered(whole, begin, end) == accounts, "one exporter's minutes")
    for daemon, part in zip(shards, parts):
        wait_for(lambda: covered(daemon, begin, end) == part, "a shard's minutes")
    together = {}
    for daemon in shards:
        held = minutes_between(daemon, begin, end)
        assert not held.keys() & together.keys(), "no account is read twice"
        together |= held
    assert together == minutes_between(whole, begin, end)
    expected = {key: value for name, data in data_of.items()
                for key, value in store.expected_minutes(data, name, [SINGAPORE]).items() if begin <= key[4] < end}
    assert together == expected
    polled = {request.access_key for request in cloud.seen("GetMetricData")}
    assert len(polled) == ACCOUNTS and organization.access_key(account_id(1)) in polled
