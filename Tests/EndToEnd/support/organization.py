"""An organization with a role in most of its accounts, and the configuration that finds them."""

from support import configuration, secrets, world
from support.fake_aws import Identity, Role
from support.fake_aws.data import ACCOUNT
from support.fake_aws.organizations import ROOT, Organization

REGIONS = [world.SINGAPORE, world.JAKARTA]
ROLE_NAME = "bedrock-quota-monitor"
PROD, TEST, OLD = "ou-ab12-prod0000", "ou-ab12-test0000", "ou-ab12-old00000"
POLLING = {"interval": "5s", "discovery_interval": "1h", "quota_interval": "1h", "silence_timeout": "1m", "backfill": "15m"}


def account_id(number):
    """The ID of the account with this number, never the exporter's own."""
    return f"{500000000000 + number}"


def access_key(account):
    """That of the role in the account."""
    return f"ASIA{account}ROLE"


def add_role(cloud, account):
    """Makes the role exist."""
    identity = Identity(access_key(account), secrets.ROLE_SECRET_KEY, secrets.ROLE_TOKEN, account,
                        f"arn:aws:sts::{account}:assumed-role/{ROLE_NAME}")
    cloud.data.add_role(Role(f"arn:aws:iam::{account}:role/{ROLE_NAME}", identity, secrets.EXTERNAL_ID))


def organization(workshop, count, without_role=()):
    """A cloud with so many accounts, the exporter's own among them, half in each of two units."""
    cloud = workshop.cloud()
    found = cloud.data.organization = Organization(
        units={PROD: ROOT, TEST: ROOT, OLD: TEST}, administrators={ACCOUNT})
    found.add(ACCOUNT, "monitoring")
    for number in range(1, count):
        account = account_id(number)
        found.add(account, f"team {number}", PROD if number % 2 else TEST)
        if number not in without_role:
            add_role(cloud, account)
    for region in REGIONS:
        world.furnish(cloud.data, region)
        for metric in ("Invocations", "InputTokenCount", "OutputTokenCount"):
            cloud.data.put(region, f"global.{world.SONNET}", metric, world.steady(100, 10))
    return cloud


def own_data(cloud, number, regions=REGIONS):
    """Gives the account with this number data of its own, quotas and models without traffic so far; returns the data.

    The exporter's own account, number 0, has the cloud's.
    """
    if number == 0:
        return cloud.data
    data = cloud.data.add_account(account_id(number))
    for region in regions:
        world.furnish(data, region)
    return data


def settings(polling=None, **keys):
    """A configuration that names no account."""
    section = {"external_id": secrets.EXTERNAL_ID, "regions": REGIONS, "refresh": "2s", **keys}
    return {"organization": section, "polling": polling or POLLING}


def labels(page):
    """The accounts that are polled."""
    return {dict(key)["account"] for key in page.matching("bedrock_exporter_up")}


def longest_silence(cloud, account, region, since, until):
    """The longest time in which the account's Region was not asked for minutes."""
    times = [request.time for request in cloud.seen("GetMetricData", region)
             if request.access_key == access_key(account) and since <= request.time <= until]
    edges = [since, *times, until]
    return max(later - earlier for earlier, later in zip(edges, edges[1:]))


def state(page, name):
    """How many accounts are in a state."""
    return page.value("bedrock_exporter_accounts", state=name)
