"""What AWS is asked: each request is signed and formed as botocore's models say, and there are no more than needed.

The fake AWS verifies every request; a test fails at its end when one does not fit.
"""

from collections import Counter

from support import configuration, secrets, store, world
from support.fake_aws import Identity, Role
from support.waiting import wait_for

REGIONS = [world.SINGAPORE, world.JAKARTA]
SESSION = Identity("ASIAIOSFODNN7EXAMPLE", secrets.SECRET_KEY, secrets.SESSION_TOKEN)
ROLE_ARN = "arn:aws:iam::444455556666:role/quota-monitor"
ROLE = Role(
    ROLE_ARN,
    Identity("ASIAROLEEXAMPLE00000", secrets.ROLE_SECRET_KEY, secrets.ROLE_TOKEN, "444455556666",
             "arn:aws:sts::444455556666:assumed-role/quota-monitor"),
    secrets.EXTERNAL_ID)
OPERATIONS = ["ListMetrics", "GetMetricData", "ListServiceQuotas", "ListAWSDefaultServiceQuotas",
              "ListInferenceProfiles", "ListFoundationModels", "ListModelInvocationJobs"]


def busy_cloud(workshop):
    """An AWS with quotas and steady traffic in both Regions."""
    cloud = workshop.cloud()
    for region in REGIONS:
        world.furnish(cloud.data, region)
        for metric in ("Invocations", "InputTokenCount", "OutputTokenCount"):
            cloud.data.put(region, f"global.{world.SONNET}", metric, world.steady(5, ahead=0))
    return cloud


def all_up(page):
    """Whether every Region's last poll succeeded."""
    return set(page.matching("bedrock_exporter_up").values()) == {1}


def test_every_operation_is_signed_with_the_session_token(workshop):
    cloud = busy_cloud(workshop)
    cloud.data.add_identity(SESSION)
    daemon = workshop.daemon({"accounts": [{"regions": REGIONS}]}, cloud, identity=SESSION).start()
    daemon.wait_for_metrics(all_up, "all Regions up")
    for region in REGIONS:
        for operation in OPERATIONS:
            assert cloud.seen(operation, region), f"{operation} was not asked in {region}"
        kinds = {request.params.get("typeEquals") for request in cloud.seen("ListInferenceProfiles", region)}
        assert kinds == {"SYSTEM_DEFINED", "APPLICATION"}
    assert len(cloud.seen("GetCallerIdentity")) == 1, "the identity is asked for once"
    assert {request.headers.get("x-amz-security-token") for request in cloud.requests} == {SESSION.token}
    assert {request.headers["user-agent"].split("/")[0] for request in cloud.requests} == {"bedrock-quota-exporter"}
    assert daemon.metrics().value("bedrock_exporter_up", account=SESSION.account, region=world.JAKARTA) == 1


def test_a_role_is_assumed_with_its_external_id(workshop):
    cloud = busy_cloud(workshop)
    cloud.data.add_role(ROLE)
    account = {"regions": REGIONS, "role_arn": ROLE_ARN, "external_id": secrets.EXTERNAL_ID}
    daemon = workshop.daemon({"accounts": [account]}, cloud).start()
    page = daemon.wait_for_metrics(all_up, "all Regions up")
    assumed = cloud.seen("AssumeRole")
    assert [(r.access_key, r.params["RoleArn"], r.params["ExternalId"]) for r in assumed] == [
        (configuration.ACCESS_KEY, ROLE_ARN, secrets.EXTERNAL_ID)]
    others = {request.access_key for request in cloud.requests if request.operation != "AssumeRole"}
    assert others == {ROLE.identity.access_key}
    assert page.value("bedrock_exporter_up", account="444455556666", region=world.SINGAPORE) == 1


def test_a_wrong_external_id_is_reported_without_showing_it(workshop):
    cloud = busy_cloud(workshop)
    cloud.data.add_role(Role(ROLE_ARN, ROLE.identity, "another external ID"))
    account = {"name": "test", "regions": REGIONS, "role_arn": ROLE_ARN, "external_id": secrets.EXTERNAL_ID}
    daemon = workshop.daemon({"accounts": [account]}, cloud).start().wait_until_tried()
    assert set(daemon.metrics().matching("bedrock_exporter_up").values()) == {0}
    failures = [region["failure"] for region in daemon.api("/api/v1/status")["regions"]]
    assert all("AssumeRole" in failure and "AccessDenied" in failure for failure in failures), failures


def test_a_poll_costs_two_round_trips_at_most_once_the_rest_is_cached(workshop):
    cloud = busy_cloud(workshop)
    polling = {**configuration.CACHED_POLLING, "backfill": "15m"}
    daemon = workshop.daemon(configuration.settings(REGIONS, polling), cloud).start()
    daemon.wait_for_metrics(all_up, "all Regions up")

    def polls():
        """How many polls of each Region have been made."""
        return Counter(line["region"] for line in daemon.log_lines() if line.get("msg") == "Read minutes")

    def asks_for_data_alone():
        return {request.operation for request in cloud.requests[-8:]} == {"GetMetricData"}

    wait_for(asks_for_data_alone, "the end of what is read once")
    before, made = len(cloud.requests), polls()
    wait_for(lambda: all(polls()[region] >= made[region] + 5 for region in REGIONS), "five polls of each Region")
    later, made = cloud.requests[before:], polls() - made
    assert {request.operation for request in later} == {"GetMetricData"}
    for region in REGIONS:
        count = sum(request.region == region for request in later)
        # A second request looks for metrics that are not listed yet.
        assert made[region] - 1 <= count <= 2 * made[region] + 2, f"{count} requests in {made[region]} polls of {region}"


def test_requests_and_billed_metrics_are_counted_as_aws_sees_them(workshop):
    cloud = busy_cloud(workshop)
    # With time between two polls, in which the page of the last one is made.
    intervals = dict.fromkeys(("interval", "discovery_interval", "quota_interval"), "10s")
    daemon = workshop.daemon(configuration.settings(REGIONS, configuration.POLLING | intervals), cloud).start()
    daemon.wait_for_metrics(all_up, "all Regions up")

    def agrees():
        """No poll may come between the two looks."""
        seen = len(cloud.requests)
        page = daemon.metrics()
        if len(cloud.requests) != seen:
            return False
        for region in REGIONS:
            labels = {"account": "test", "region": region}
            for operation in OPERATIONS:
                counted = page.value("bedrock_exporter_aws_requests_total", operation=operation, **labels)
                if counted != len(cloud.seen(operation, region)):
                    return False
            billed = sum(len(r.params["MetricDataQueries"]) for r in cloud.seen("GetMetricData", region))
            if page.value("bedrock_exporter_aws_billed_metrics_total", **labels) != billed:
                return False
            cost = page.value("bedrock_exporter_aws_estimated_cost_dollars_total", **labels)
            if abs(cost - billed / 1000 * 0.01) > 1e-9:
                return False
        return True

    wait_for(agrees, "counters that agree with the requests that came")


def test_all_pages_of_every_list_are_read(workshop):
    cloud = busy_cloud(workshop)
    cloud.data.metrics_per_page, cloud.data.quotas_per_page, cloud.data.points_per_page = 2, 3, 4
    daemon = workshop.daemon(configuration.settings(REGIONS), cloud).start()
    daemon.wait_for_metrics(all_up, "all Regions up")
    assert store.minutes(daemon.store) == store.expected_minutes(cloud.data, "test", REGIONS)
    pools = daemon.api("/api/v1/pools")["pools"]
    limits = {quota["quota_code"]: quota["limit"] for pool in pools for quota in pool["quotas"]}
    assert limits == {"L-7BEE40FB": 4_000_000, "L-F6E116D7": 400}
