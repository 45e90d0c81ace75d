"""Custom model deployments share the quotas of their base model; imported models have none and say so."""

import pytest

from support import configuration, world
from support.daemon import run
from support.fake_aws import faults
from support.waiting import wait_for

REGION = world.SINGAPORE
BASE = "amazon.nova-micro-v1:0"
LISTS = {"ListCustomModels", "ListCustomModelDeployments"}
IMPORTED = f"arn:aws:bedrock:{REGION}:111122223333:imported-model/iiiiiiiiiiii"
QUOTA = "(Model customization) Sum of on demand custom model deployment {} for Amazon Nova Micro"


@pytest.fixture
def cloud(workshop):
    """Two deployments, one of a model that was made from another custom model, beside the base model itself."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    cloud.data.add_model(REGION, BASE, "Nova Micro", "Amazon", ("ON_DEMAND",))
    cloud.data.add_quota(REGION, "L-AA71BFED", QUOTA.format("tokens per minute"), 4_000_000, 4_000_000)
    cloud.data.add_quota(REGION, "L-531AA149", QUOTA.format("requests per minute"), 2000, 2000)
    cloud.data.add_quota(REGION, "L-CFA4FA0D", "On-demand model inference tokens per minute for Amazon Nova Micro", 1000, 1000)
    first = cloud.data.add_custom_model(REGION, "mmmmmmmmmmm1", world.foundation_arn(BASE, REGION) + ":128k", "x")
    second = cloud.data.add_custom_model(REGION, "mmmmmmmmmmm2", first, f"{BASE}:128k")
    cloud.deployments = [cloud.data.add_deployment(REGION, f"ddddddddddd{number}", f"tickets-{number}", model)
                         for number, model in enumerate([first, second])]
    cloud.data.deployments_per_page = 1
    for model_id, requests in zip([*cloud.deployments, BASE, f"global.{world.SONNET}", IMPORTED], [10, 20, 40, 80, 160]):
        for metric, value in {"Invocations": requests, "InputTokenCount": 100 * requests, "OutputTokenCount": requests}.items():
            cloud.data.put(REGION, model_id, metric, world.steady(value))
    return cloud


def started(workshop, cloud):
    daemon = workshop.daemon(configuration.settings([REGION], configuration.CACHED_POLLING), cloud).start()
    daemon.wait_until_ready()
    return daemon


def unmapped(daemon):
    return {model["model_id"]: model["reason"] for model in daemon.api("/api/v1/pools")["unmapped"]}


def test_deployments_of_one_base_model_share_its_quota(workshop, cloud):
    daemon = started(workshop, cloud)
    labels = {"account": "test", "region": REGION, "model": BASE}
    used = {"custom_model": 30 * 101, "on_demand": 40 * 101}
    daemon.wait_for_metrics(
        lambda page: {scope: page.value("bedrock_quota_usage", scope=scope, quota="tokens_per_minute", **labels) for scope in used}
        == used, "use of both pools")
    pool, = [pool for pool in daemon.api("/api/v1/pools")["pools"] if pool["scope"] == "custom_model"]
    assert (pool["model"], sorted(pool["model_ids"])) == (BASE, sorted(cloud.deployments))
    quotas = {quota["quota"]: (quota["limit"], quota["quota_code"], quota["usage"]) for quota in pool["quotas"]}
    assert quotas == {"tokens_per_minute": (4_000_000, "L-AA71BFED", 3030), "requests_per_minute": (2000, "L-531AA149", 30)}
    info = daemon.metrics().matching("bedrock_model_id_info", scope="custom_model")
    assert {(dict(key)["model_id"], dict(key)["profile_name"], dict(key)["profile_type"]) for key in info} == {
        (arn, f"tickets-{number}", "custom_model_deployment") for number, arn in enumerate(cloud.deployments)}
    assert unmapped(daemon) == {IMPORTED: "imported_model"}
    assert len(cloud.seen("ListCustomModels")) == len(cloud.seen("ListCustomModelDeployments")) == 2


def test_nothing_is_asked_where_no_deployment_has_traffic(workshop):
    cloud = workshop.cloud()
    world.furnish(cloud.data, REGION)
    for model_id in (f"global.{world.SONNET}", IMPORTED):
        cloud.data.put(REGION, model_id, "Invocations", world.steady(1))
    daemon = started(workshop, cloud)
    assert unmapped(daemon) == {IMPORTED: "imported_model"}
    assert not [request for request in cloud.requests if request.operation in LISTS]


@pytest.mark.parametrize("refused", sorted(LISTS))
def test_a_refusal_costs_the_deployments_alone(workshop, cloud, refused):
    cloud.fail(faults.denied(), refused)
    polling = {**configuration.CACHED_POLLING, "discovery_interval": "1s"}
    daemon = workshop.daemon(configuration.settings([REGION], polling), cloud).start()
    daemon.wait_until_ready()
    wait_for(lambda: len(cloud.seen(refused)) >= 3, "further tries")
    lines = [line for line in daemon.log_lines() if "custom model" in line.get("msg", "")]
    assert [line["level"] for line in lines] == ["WARN"] and refused in lines[0]["error"], lines
    page = daemon.metrics()
    assert page.value("bedrock_exporter_up", account="test", region=REGION) == 1
    assert page.value("bedrock_quota_usage", account="test", region=REGION, scope="global", model=world.SONNET,
                      quota="tokens_per_minute") == 80 * 105
    if refused == "ListCustomModelDeployments":
        assert unmapped(daemon) == {IMPORTED: "imported_model", **dict.fromkeys(cloud.deployments, "unknown_deployment")}
    else:
        # The ARN of the second model tells its base, that of the first does not.
        assert unmapped(daemon) == {IMPORTED: "imported_model", cloud.deployments[0]: "unknown_deployment"}
    cloud.heal()
    wait_for(lambda: unmapped(daemon) == {IMPORTED: "imported_model"}, "pools of all deployments")


def test_check_knows_the_optional_permissions(cloud, tmp_path):
    file = configuration.write(tmp_path / "config.yaml", configuration.settings([REGION]))

    def check():
        ended = run(["check", f"--config.file={file}"], configuration.environment(tmp_path, cloud.url, AWS_MAX_ATTEMPTS="1"), tmp_path)
        return ended.returncode, ended.stdout

    code, said = check()
    assert code == 0
    assert f"ok    {REGION} bedrock:ListCustomModels: 2 custom models\n" in said
    assert f"ok    {REGION} bedrock:ListCustomModelDeployments: 2 deployments\n" in said
    assert f"ok    {REGION} model ID {cloud.deployments[0]}: custom_model {BASE}, output x1 (table); " in said
    assert f"warn  {REGION} model ID {IMPORTED}: unmapped (imported_model): An imported model has no quota" in said
    cloud.fail(faults.denied(), "ListCustomModelDeployments")
    code, said = check()
    assert code == 0, "the permission is optional"
    assert f"warn  {REGION} bedrock:ListCustomModelDeployments: " in said and "AccessDenied" in said
    assert f"warn  {REGION} model ID {cloud.deployments[0]}: unmapped (unknown_deployment)" in said
