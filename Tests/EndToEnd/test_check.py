"""`check`: a line for each thing that polling needs, and exit code 1 when one is missing."""

import json
from unicodedata import category

import pytest

from support import configuration, secrets, world
from support.daemon import run
from support.fake_aws import Identity, faults

REGIONS = [world.SINGAPORE, world.JAKARTA]
PERMISSIONS = {
    "cloudwatch:ListMetrics": "ListMetrics",
    "cloudwatch:GetMetricData": "GetMetricData",
    "servicequotas:ListServiceQuotas": "ListServiceQuotas",
    "servicequotas:ListAWSDefaultServiceQuotas": "ListAWSDefaultServiceQuotas",
    "bedrock:ListInferenceProfiles": "ListInferenceProfiles",
    "bedrock:ListFoundationModels": "ListFoundationModels",
}
#: Those without which something stays unknown and everything else works.
OPTIONAL = {"bedrock:ListModelInvocationJobs": "ListModelInvocationJobs"}


@pytest.fixture
def cloud(workshop):
    """An AWS with a mapped and an unmapped model ID in each Region."""
    cloud = workshop.cloud()
    for region in REGIONS:
        world.furnish(cloud.data, region)
        for model in (f"global.{world.SONNET}", "us.acme.future-model-v1"):
            cloud.data.put(region, model, "Invocations", world.steady(1))
    return cloud


def check(cloud, folder, settings=None, identity=configuration.IDENTITY):
    """Exit code and lines: [(verdict, subject and detail)]."""
    file = configuration.write(folder / "config.yaml", settings or configuration.settings(REGIONS))
    environment = configuration.environment(folder, cloud.url, identity, AWS_MAX_ATTEMPTS="1")
    ended = run(["check", f"--config.file={file}"], environment, folder)
    assert not secrets.found_in(ended.stdout + ended.stderr)
    return ended.returncode, [tuple(line.split(maxsplit=1)) for line in ended.stdout.splitlines()]


def verdict(lines, subject):
    """The verdict of the one line about a subject."""
    found = [word for word, text in lines if text.startswith(subject + ":")]
    assert len(found) == 1, f"{subject} in {lines}"
    return found[0]


def detail(lines, subject):
    """What the line about a subject says."""
    return next(text for _, text in lines if text.startswith(subject + ":"))


def test_as_a_document_it_says_the_same(cloud, tmp_path):
    cloud.fail(faults.denied(), "ListServiceQuotas")
    code, lines = check(cloud, tmp_path)
    environment = configuration.environment(tmp_path, cloud.url, AWS_MAX_ATTEMPTS="1")
    ended = run(["check", "--format=json", f"--config.file={tmp_path / 'config.yaml'}"], environment, tmp_path)
    assert not secrets.found_in(ended.stdout + ended.stderr)
    document = json.loads(ended.stdout)
    assert set(document) == {"passed", "checks"} and document["passed"] is False
    assert ended.returncode == code == 1
    assert all(set(one) == {"verdict", "subject", "detail"} for one in document["checks"])
    assert [(one["verdict"], f"{one['subject']}: {one['detail']}") for one in document["checks"]] == lines


def test_all_is_well(cloud, tmp_path):
    code, lines = check(cloud, tmp_path)
    assert code == 0, lines
    assert verdict(lines, "configuration") == "ok"
    assert verdict(lines, "credentials test") == "ok"
    assert "111122223333" in detail(lines, "credentials test")
    for region in REGIONS:
        for permission in [*PERMISSIONS, *OPTIONAL]:
            assert verdict(lines, f"{region} {permission}") == "ok"
        applied = sum(quota.applied is not None for quota in world.QUOTAS)
        assert f"{applied} quotas" in detail(lines, f"{region} servicequotas:ListServiceQuotas")
        mapped = f"{region} model ID global.{world.SONNET}"
        assert verdict(lines, mapped) == "ok"
        assert all(word in detail(lines, mapped) for word in ("global", "4,000,000", "applied", "L-7BEE40FB"))
        unmapped = f"{region} model ID us.acme.future-model-v1"
        assert verdict(lines, unmapped) == "warn"
        assert "unmapped" in detail(lines, unmapped)


@pytest.mark.parametrize("permission", PERMISSIONS)
def test_a_missing_permission_is_named_and_hides_no_other(cloud, tmp_path, permission):
    cloud.fail(faults.denied(), PERMISSIONS[permission], world.JAKARTA)
    code, lines = check(cloud, tmp_path)
    assert code == 1
    verdicts = {(region, name): verdict(lines, f"{region} {name}") for region in REGIONS for name in PERMISSIONS}
    assert [key for key, word in verdicts.items() if word != "ok"] == [(world.JAKARTA, permission)]
    line = detail(lines, f"{world.JAKARTA} {permission}")
    assert "AccessDenied" in line


@pytest.mark.parametrize("permission", OPTIONAL)
def test_a_missing_optional_permission_is_a_warning(cloud, tmp_path, permission):
    cloud.fail(faults.denied(), OPTIONAL[permission], world.JAKARTA)
    code, lines = check(cloud, tmp_path)
    assert code == 0
    verdicts = {(region, name): verdict(lines, f"{region} {name}") for region in REGIONS for name in [*PERMISSIONS, *OPTIONAL]}
    assert {key: word for key, word in verdicts.items() if word != "ok"} == {(world.JAKARTA, permission): "warn"}
    line = detail(lines, f"{world.JAKARTA} {permission}")
    assert "AccessDenied" in line and "unknown" in line


LOGGING = "bedrock:GetModelInvocationLoggingConfiguration"
DELIVERED = {"textDataDeliveryEnabled": True, "imageDataDeliveryEnabled": False, "embeddingDataDeliveryEnabled": False,
             "videoDataDeliveryEnabled": False, "audioDataDeliveryEnabled": False}


def with_callers(**callers):
    """A configuration that reads callers in one Region."""
    value = configuration.settings([world.SINGAPORE])
    value["accounts"][0]["callers"] = {"enabled": True, **callers}
    return value


def test_where_invocation_logs_go_and_that_content_is_better_left_out(cloud, tmp_path):
    group = {"cloudWatchConfig": {"logGroupName": "/bedrock", "roleArn": "arn:aws:iam::111122223333:role/logging"}}
    cloud.data.invocation_logging = {
        world.SINGAPORE: {**group, "s3Config": {"bucketName": "logs"}, **DELIVERED},
        world.JAKARTA: {**group, **DELIVERED, "textDataDeliveryEnabled": False}}
    code, lines = check(cloud, tmp_path)
    assert code == 0 and {verdict(lines, f"{region} {LOGGING}") for region in REGIONS} == {"ok"}
    said = detail(lines, f"{world.SINGAPORE} {LOGGING}")
    assert "group /bedrock and S3 bucket logs, with the content of calls (text)" in said and "metadata only" in said
    assert detail(lines, f"{world.JAKARTA} {LOGGING}").endswith("group /bedrock, without content")
    assert not cloud.seen("StartQuery"), "nobody has asked for callers"
    cloud.data.logs.groups[world.SINGAPORE, "/bedrock"] = []
    code, lines = check(cloud, tmp_path, with_callers(by=["role", "metadata:team"]))
    assert code == 0 and verdict(lines, f"{world.SINGAPORE} {LOGGING}") == "warn"
    for operation in ("StartQuery", "GetQueryResults", "StopQuery"):
        assert verdict(lines, f"{world.SINGAPORE} logs:{operation}") == "ok"
    [(start, end)] = cloud.data.logs.scans()
    assert start == end


def test_callers_that_cannot_be_read_are_a_warning(cloud, tmp_path):
    code, lines = check(cloud, tmp_path, with_callers())
    assert code == 0 and verdict(lines, f"{world.SINGAPORE} {LOGGING}") == "warn"
    assert "off: callers stay unknown" in detail(lines, f"{world.SINGAPORE} {LOGGING}")
    cloud.data.invocation_logging = {world.SINGAPORE: {"s3Config": {"bucketName": "logs"}, **DELIVERED}}
    code, lines = check(cloud, tmp_path, with_callers())
    assert "S3 bucket logs: callers stay unknown" in detail(lines, f"{world.SINGAPORE} {LOGGING}")
    cloud.fail(faults.denied(), "GetModelInvocationLoggingConfiguration")
    code, lines = check(cloud, tmp_path)
    assert code == 0 and not [text for _, text in lines if LOGGING in text], "nobody needs the right"
    cloud.fail(faults.denied(), "StartQuery")
    code, lines = check(cloud, tmp_path, with_callers(log_group="/bedrock"))
    assert code == 0 and verdict(lines, f"{world.SINGAPORE} {LOGGING}") == "warn"
    assert verdict(lines, f"{world.SINGAPORE} logs:StartQuery") == "warn"
    assert "AccessDenied" in detail(lines, f"{world.SINGAPORE} logs:StartQuery")


def test_a_legacy_model_with_traffic_is_a_warning(cloud, tmp_path):
    model = next(one for one in cloud.data.models[world.SINGAPORE] if one["modelId"] == world.SONNET)
    model["modelLifecycle"] = {"status": "LEGACY", "legacyTime": "2026-05-01T00:00:00Z", "endOfLifeTime": "2027-01-15T00:00:00Z"}
    code, lines = check(cloud, tmp_path)
    subject = f"model ID global.{world.SONNET}"
    assert code == 0
    assert (verdict(lines, f"{world.SINGAPORE} {subject}"), verdict(lines, f"{world.JAKARTA} {subject}")) == ("warn", "ok")
    assert detail(lines, f"{world.SINGAPORE} {subject}").endswith("; legacy since 2026-05-01, end of life 2027-01-15")


def test_keys_that_aws_does_not_know(cloud, tmp_path):
    code, lines = check(cloud, tmp_path, identity=Identity("AKIANOBODYNOBODY0000", secrets.SECRET_KEY))
    assert code == 1
    assert verdict(lines, "credentials test") == "fail"
    assert "InvalidClientTokenId" in detail(lines, "credentials test")


def test_a_bad_configuration(cloud, tmp_path):
    code, lines = check(cloud, tmp_path, {"pollign": {}})
    assert code == 1
    assert verdict(lines, "configuration") == "fail"
    assert f"{tmp_path / 'config.yaml'}:1:1" in detail(lines, "configuration")


def test_a_profile_that_does_not_exist(cloud, tmp_path):
    code, lines = check(cloud, tmp_path, {"accounts": [{"name": "test", "profile": "nobody"}]})
    assert code == 1
    assert ("fail", "nobody") in [(word, "nobody") for word, text in lines if "nobody" in text]


HOSTILE = ["caf\u00e9", "cafe\u0301", "a\x1b]0;pwned\x07", "us.\u202eacme.model", "c1\x9b2J"]


def test_names_and_messages_do_not_steer_the_terminal(cloud, tmp_path):
    for model in HOSTILE:
        cloud.data.put(world.SINGAPORE, model, "Invocations", world.steady(1))
    cloud.fail(faults.error(403, "AccessDeniedException", "no \x1b[2J\u202e rights"), "ListInferenceProfiles", world.JAKARTA)
    code, lines = check(cloud, tmp_path)
    assert code == 1
    said = [text for word, text in lines if word == "warn" and "Bedrock cannot have" in text]
    assert len(said) == 1 and said[0].startswith(f"{world.SINGAPORE} cloudwatch:ListMetrics: {len(HOSTILE)} ")
    shown = "".join(text for _, text in lines)
    assert not any(category(character) in ("Cc", "Cf") for character in shown)


def test_traffic_elsewhere_is_proposed(cloud, tmp_path):
    cloud.data.put("eu-north-1", f"eu.{world.SONNET}", "Invocations", world.steady(1))
    code, lines = check(cloud, tmp_path)
    assert code == 0
    assert verdict(lines, "other Regions test") == "warn"
    assert f"regions: [{', '.join(REGIONS)}, eu-north-1]" in detail(lines, "other Regions test")
