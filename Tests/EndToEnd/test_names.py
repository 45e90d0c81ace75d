"""Model IDs by the names and tags of their profiles: labels, documents, history, and a team's share in a real Prometheus."""

import json
import re
import sqlite3
from urllib.parse import urlencode

import boto3
import pytest
import yaml

from support import configuration, programs, world
from support.daemon import run
from support.fake_aws import faults
from support.moto import moto_server
from support.prometheus import prometheus
from support.waiting import wait_for

REGION = world.SINGAPORE
GLOBAL = f"global.{world.SONNET}"
AGENT, SEARCH, REPORTS, UNTAGGED = "82ey7vcct4m3", "q7x2m9k4v1zd", "k3v9wq2n7xtp", "m5b8c1d4e7fg"
#: {profile ID: (name, tags)}
PROFILES = {
    AGENT: ("customer-support-agent", {"team": "red", "cost-center": "4711", "other": "x"}),
    SEARCH: ("search", {"team": "blue"}),
    REPORTS: ("reports", {"team": "red"}),
    UNTAGGED: ("no tags", {}),
}
UNMAPPED = "us.acme.future-model-v1"
MODELS = [GLOBAL, *PROFILES, UNMAPPED]
METRICS = ["Invocations", "InputTokenCount", "CacheWriteInputTokenCount", "OutputTokenCount"]
RATE = 5
DOCUMENT = programs.ROOT / "deploy/prometheus/README.md"
RULES = programs.ROOT / "deploy/prometheus/teams.yml"


def settings(**polling):
    """One account whose tags are shown."""
    value = configuration.settings([REGION], configuration.POLLING | {"backfill": "15m"} | polling)
    value["accounts"][0]["profile_tags"] = ["team", "cost-center"]
    return value


def furnished(workshop):
    """An AWS in which application profiles share the global pool of Sonnet."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    for profile, (name, tags) in PROFILES.items():
        arns = [world.foundation_arn(world.SONNET, REGION), world.foundation_arn(world.SONNET, "")]
        cloud.data.add_profile(REGION, profile, arns, kind="APPLICATION", name=name, tags=tags)
    put(cloud, range(10, 30), 1000)
    return cloud


def put(cloud, ages, scale):
    """Traffic of every model ID in minutes of these ages: {model ID: (input and cache write, output)}, summed."""
    sums = {}
    with cloud.data.lock:
        for index, model in enumerate(MODELS, 1):
            values = [scale, scale * index, scale * (index % 3), scale * (7 - index)]
            for metric, value in zip(METRICS, values):
                cloud.data.put(REGION, model, metric, {world.this_minute() - 60 * age: value for age in ages})
            sums[model] = (len(ages) * (values[1] + values[2]), len(ages) * values[3])
    return sums


def asked(page, operation="GetMetricData"):
    """How many requests of an operation the page counts."""
    return page.value("bedrock_exporter_aws_requests_total", account="test", region=REGION, operation=operation) or 0


def keep_profiles(path, profiles):
    """Lists in the store as if AWS had listed them."""
    with sqlite3.connect(path) as database:
        for kind, items in (("quotas", []), ("models", []), ("profiles", profiles)):
            database.execute("REPLACE INTO inventory (account, region, kind, fetched_at, json) VALUES (?, ?, ?, ?, ?)",
                             ("test", REGION, kind, world.this_minute(), json.dumps(items)))
    database.close()


def infos(page):
    """The labels of each model ID."""
    return {labels["model_id"]: labels for labels in map(dict, page.matching("bedrock_model_id_info"))}


@pytest.fixture(scope="module")
def cloud(module_workshop):
    """For the tests that change nothing."""
    return furnished(module_workshop)


@pytest.fixture(scope="module")
def daemon(module_workshop, cloud):
    """A daemon that has read all tags."""
    daemon = module_workshop.daemon(settings(), cloud).start()
    daemon.wait_for_metrics(lambda page: infos(page).get(SEARCH, {}).get("tag_team") == "blue"
                            and infos(page).get(REPORTS, {}).get("tag_team") == "red"
                            and infos(page).get(AGENT, {}).get("tag_team") == "red", "tags")
    return daemon


def test_every_model_id_with_traffic_has_its_labels(daemon):
    labels = infos(daemon.metrics())
    assert set(labels) == set(MODELS)
    assert labels[AGENT] == {
        "account": "test", "region": REGION, "model_id": AGENT, "scope": "global", "model": world.SONNET,
        "profile_name": "customer-support-agent", "profile_type": "application", "tag_team": "red",
        "tag_cost_center": "4711"}
    found = {model: [one.get(name, "") for name in ("profile_name", "profile_type", "tag_team", "tag_cost_center")]
             for model, one in labels.items()}
    assert found[SEARCH] == ["search", "application", "blue", ""]
    assert found[UNTAGGED] == ["no tags", "application", "", ""]
    assert found[GLOBAL] == [GLOBAL, "system_defined", "", ""]
    assert found[UNMAPPED] == ["", "", "", ""]
    assert (labels[UNMAPPED]["scope"], labels[UNMAPPED]["model"]) == ("cross_region", "acme.future-model-v1")


def test_documents_and_history_have_the_names(daemon, tmp_path):
    pool, = [one for one in daemon.api("/api/v1/pools")["pools"] if AGENT in one["model_ids"]]
    profiles = {one["model_id"]: one for one in pool["profiles"]}
    assert profiles[AGENT] == {"model_id": AGENT, "profile_name": "customer-support-agent", "profile_type": "application",
                               "tags": {"team": "red", "cost-center": "4711"}}
    assert profiles[UNTAGGED]["tags"] == {}
    parameters = {"start": "-1h", "step": "1h", "by": "profile_name"}
    names = {GLOBAL, UNMAPPED, *(name for name, _ in PROFILES.values())}
    answer = daemon.api(f"/api/v1/usage?{urlencode(parameters)}")
    assert {row["profile_name"] for row in answer["rows"]} == names
    by_id = daemon.api(f"/api/v1/usage?{urlencode(parameters | {'by': 'model_id'})}")

    def tokens(rows, key):
        sums = {}
        for row in rows:
            sums[row[key]] = sums.get(row[key], 0) + (row["quota_tokens"] or 0)
        return sums

    named = {PROFILES[model][0] if model in PROFILES else model: value
             for model, value in tokens(by_id["rows"], "model_id").items()}
    assert tokens(answer["rows"], "profile_name") == named
    command = ["query", f"--storage.path={daemon.store}", "--by=profile_name,model_id", "--step=1h", "--start=-1h", "--format=json"]
    ended = run(command, configuration.environment(tmp_path), tmp_path)
    assert ended.returncode == 0, ended.stderr
    pairs = {(row["profile_name"], row["model_id"]) for row in json.loads(ended.stdout)["rows"]}
    assert {("customer-support-agent", AGENT), (GLOBAL, GLOBAL), (UNMAPPED, UNMAPPED)} <= pairs and len(pairs) == len(MODELS)


def test_tags_are_read_of_application_profiles_with_traffic_alone(daemon, cloud):
    asked = {request.params["resourceARN"].rsplit("/", 1)[1] for request in cloud.seen("ListTagsForResource")}
    assert asked == set(PROFILES)


def test_tags_are_read_once_an_interval_and_kept_over_a_restart(workshop):
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(discovery_interval="1h"), cloud).start()
    daemon.wait_for_metrics(lambda page: infos(page).get(SEARCH, {}).get("tag_team") == "blue", "tags")
    wait_for(lambda: len(cloud.seen("ListTagsForResource")) >= len(PROFILES), "all profiles")
    before = asked(daemon.metrics())
    daemon.wait_for_metrics(lambda page: asked(page) > before + 5, "polls")
    # A poll may have cut one off, which is then asked for again.
    assert len(cloud.seen("ListTagsForResource")) <= len(PROFILES) + 1
    assert daemon.stop() == 0
    cloud.fail(faults.denied(), "ListTagsForResource")
    daemon.start().wait_until_ready()
    assert infos(daemon.metrics())[AGENT]["tag_team"] == "red"


def test_a_refusal_leaves_labels_empty_and_nothing_else(workshop):
    cloud = furnished(workshop)
    cloud.fail(faults.denied(), "ListTagsForResource")
    daemon = workshop.daemon(settings(), cloud).start()
    daemon.wait_for_metrics(lambda page: page.value(
        "bedrock_exporter_aws_request_failures_total", account="test", region=REGION, operation="ListTagsForResource",
        code="AccessDeniedException") and infos(page), "a refusal")
    page = daemon.wait_for_metrics(lambda page: asked(page) > 5 and asked(page, "ListTagsForResource") > 3, "polls")
    labels = infos(page)
    assert labels[AGENT]["profile_name"] == "customer-support-agent"
    assert {one.get("tag_team", "") for one in labels.values()} == {""}
    assert page.value("bedrock_exporter_up", account="test", region=REGION) == 1
    lines = [line for line in daemon.log_lines() if line.get("level") == "WARN" and "tags" in line["msg"]]
    assert len(lines) == 1 and "AccessDenied" in lines[0]["error"], lines


def test_a_black_hole_delays_no_poll(workshop):
    cloud = furnished(workshop)
    cloud.fail(faults.hanging(cloud.closing), "ListTagsForResource")
    daemon = workshop.daemon(settings(), cloud).start()
    page = daemon.wait_for_metrics(lambda page: asked(page) > 5, "polls")
    assert cloud.seen("ListTagsForResource")
    assert page.value("bedrock_exporter_up", account="test", region=REGION) == 1


def test_check_tries_it_where_it_is_configured(workshop, tmp_path):
    cloud = furnished(workshop)
    environment = configuration.environment(tmp_path, cloud.url, AWS_MAX_ATTEMPTS="1")

    def lines(value):
        file = configuration.write(tmp_path / "config.yaml", value)
        ended = run(["check", f"--config.file={file}"], environment, tmp_path)
        return ended.returncode, [line for line in ended.stdout.splitlines() if "ListTagsForResource" in line]

    assert lines(configuration.settings([REGION])) == (0, [])
    code, [line] = lines(settings())
    assert code == 0 and line.startswith("ok ") and "[" in line, line
    cloud.fail(faults.denied(), "ListTagsForResource")
    code, [line] = lines(settings())
    assert code == 0 and line.startswith("warn") and "tag_team, tag_cost_center stay empty" in line and "AccessDenied" in line


def test_motos_bedrock_understands_the_request(workshop, tmp_path):
    with moto_server(tmp_path) as url:
        bedrock = boto3.client(
            "bedrock", region_name=REGION, endpoint_url=url, aws_access_key_id=configuration.ACCESS_KEY,
            aws_secret_access_key=configuration.IDENTITY.secret_key)
        # moto has no inference profiles, but resources with tags.
        arn = bedrock.create_model_customization_job(
            jobName="job", customModelName="custom", roleArn="arn:aws:iam::123456789012:role/r",
            baseModelIdentifier="amazon.titan-text-lite-v1", trainingDataConfig={"s3Uri": "s3://b/in"},
            outputDataConfig={"s3Uri": "s3://b/out"}, hyperParameters={"epochCount": "1"},
            jobTags=[{"key": "team", "value": "red"}, {"key": "else", "value": "x"}])["jobArn"]
        cloudwatch = boto3.client(
            "cloudwatch", region_name=REGION, endpoint_url=url, aws_access_key_id=configuration.ACCESS_KEY,
            aws_secret_access_key=configuration.IDENTITY.secret_key)
        cloudwatch.put_metric_data(Namespace="AWS/Bedrock", MetricData=[{
            "MetricName": "Invocations", "Dimensions": [{"Name": "ModelId", "Value": AGENT}],
            "Timestamp": world.this_minute() - 600, "Value": 1}])
        daemon = workshop.daemon(settings(), variables={"AWS_ENDPOINT_URL": url, "AWS_MAX_ATTEMPTS": "1"}).start()
        daemon.wait_until_ready()
        assert daemon.stop() == 0
        profile = {"inferenceProfileId": AGENT, "inferenceProfileName": "agent", "type": "APPLICATION",
                   "modelArns": [], "inferenceProfileArn": arn}
        keep_profiles(daemon.store, [profile])
        daemon.start()
        daemon.wait_for_metrics(lambda page: infos(page).get(AGENT, {}).get("tag_team") == "red", "moto's tags")


# Prometheus

def queries():
    """The examples of the page, in order."""
    section = DOCUMENT.read_text().split("\n## Teams\n")[1].split("\n## ")[0]
    return re.findall(r"```promql\n(.*?)```", section, re.DOTALL)


def test_a_teams_share_of_a_pool(workshop, tmp_path):
    cloud = furnished(workshop)
    daemon = workshop.daemon(settings(), cloud).start()
    daemon.wait_for_metrics(lambda page: infos(page).get(REPORTS, {}).get("tag_team") == "red"
                            and infos(page).get(SEARCH, {}).get("tag_team") == "blue"
                            and infos(page).get(AGENT, {}).get("tag_team") == "red", "tags")
    rules = yaml.safe_load(RULES.read_text())
    for group in rules["groups"]:
        group["interval"] = "1s"
    (tmp_path / "teams.yml").write_text(yaml.safe_dump(rules))
    host, port = daemon.host_and_port
    scrape = {"job_name": "exporter", "honor_labels": True, "static_configs": [{"targets": [f"{host}:{port}"]}]}
    with prometheus(tmp_path / "prometheus", {
            "global": {"scrape_interval": "1s"}, "scrape_configs": [scrape],
            "rule_files": [str(tmp_path / "teams.yml")]}) as server:
        server.wait_for_target()

        def tokens():
            return {one["metric"]["model_id"]: float(one["value"][1]) for one in server.query("bedrock_input_tokens_total")}

        first = wait_for(lambda: len(tokens()) == len(MODELS) and tokens(), "the first counters")
        sums = put(cloud, range(4, 8), 100)
        wait_for(lambda: all(tokens().get(model, 0) > first[model] for model in MODELS), "counters that moved")
        assert len(queries()) == 4

        def by_team(query):
            """The pool's figures by team; of other pools there are figures of no team."""
            found = {}
            for one in server.query(query):
                labels = one["metric"]
                if labels.get("model") == world.SONNET and labels.get("scope") == "global":
                    found[labels.get("tag_team", "")] = float(one["value"][1])
            return found

        teams = {"": [GLOBAL, UNTAGGED], "red": [AGENT, REPORTS], "blue": [SEARCH]}
        plain = {team: sum(sum(sums[model]) for model in models) for team, models in teams.items()}
        quota = {team: sum(sums[model][0] + RATE * sums[model][1] for model in models) for team, models in teams.items()}

        def shares(values):
            return {team: value / sum(values.values()) for team, value in values.items()}

        def agrees(query, expected):
            found = by_team(query)
            return found.keys() == expected.keys() and all(found[team] == pytest.approx(expected[team], rel=1e-6) for team in found)

        counted, share, of_quota_tokens, of_limit = queries()
        wait_for(lambda: agrees(share, shares(plain)), lambda: f"{shares(plain)}: {by_team(share)}")
        wait_for(lambda: agrees(of_quota_tokens, shares(quota)), lambda: f"{shares(quota)}: {by_team(of_quota_tokens)}")
        wait_for(lambda: by_team(counted).keys() == plain.keys() and min(by_team(counted).values()) > 0, lambda: by_team(counted))
        # Of one limit, so they differ as quota tokens do.
        wait_for(lambda: agrees(f"({of_limit}) / on () group_left sum({of_limit})", shares(quota)),
                 lambda: f"{shares(quota)}: {by_team(of_limit)}")
