"""The fake AWS itself: boto3 gets on with it, and what is wrong does not pass."""

import json
import urllib.error
import urllib.request
from datetime import datetime, timezone

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from support import configuration, world
from support.fake_aws import Identity, faults


def client(cloud, service, identity=configuration.IDENTITY, **options):
    """A boto3 client without retries."""
    return boto3.client(
        service, region_name=world.SINGAPORE, endpoint_url=cloud.url, aws_access_key_id=identity.access_key,
        aws_secret_access_key=identity.secret_key, aws_session_token=identity.token,
        config=Config(retries={"total_max_attempts": 1}, **options))


def query(identifier, metric, model):
    """One query of GetMetricData."""
    dimensions = [{"Name": "ModelId", "Value": model}]
    named = {"Namespace": "AWS/Bedrock", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": identifier, "MetricStat": {"Metric": named, "Period": 60, "Stat": "Sum"}}


def test_boto3_reads_every_page_of_datapoints(workshop):
    cloud = workshop.cloud()
    cloud.data.points_per_page = 7
    cloud.data.put(world.SINGAPORE, world.SONNET, "Invocations", {60: 1, 120: 2})
    cloud.data.put(world.SINGAPORE, world.SONNET, "InputTokenCount", {60 * n: n for n in range(1, 30)})
    pages = client(cloud, "cloudwatch").get_paginator("get_metric_data").paginate(
        MetricDataQueries=[query("a", "Invocations", world.SONNET), query("b", "InputTokenCount", world.SONNET)],
        StartTime=datetime.fromtimestamp(0, timezone.utc), EndTime=datetime.fromtimestamp(1200, timezone.utc))
    values = {"a": [], "b": []}
    for page in pages:
        for result in page["MetricDataResults"]:
            values[result["Id"]] += result["Values"]
    assert values == {"a": [2, 1], "b": list(range(19, 0, -1))}


def test_boto3_understands_every_service(workshop):
    cloud = workshop.cloud()
    world.furnish(cloud.data, world.SINGAPORE)
    cloud.data.quotas_per_page = 3
    cloud.data.put(world.SINGAPORE, world.SONNET, "Invocations", world.steady(1))
    listed = client(cloud, "cloudwatch").list_metrics(Namespace="AWS/Bedrock", RecentlyActive="PT3H")["Metrics"]
    assert [metric["Dimensions"] for metric in listed] == [[{"Name": "ModelId", "Value": world.SONNET}]]
    quotas = client(cloud, "service-quotas").get_paginator("list_aws_default_service_quotas")
    pages = list(quotas.paginate(ServiceCode="bedrock"))
    assert [len(page["Quotas"]) for page in pages] == [3, 3, 3, 3]
    bedrock = client(cloud, "bedrock")
    assert len(bedrock.list_foundation_models()["modelSummaries"]) == 4
    assert bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"] == []
    cloud.data.add_profile(
        world.SINGAPORE, "82ey7vcct4m3", [], kind="APPLICATION", name="agent", tags={"team": "red"})
    profile, = bedrock.list_inference_profiles(typeEquals="APPLICATION")["inferenceProfileSummaries"]
    tags = bedrock.list_tags_for_resource(resourceARN=profile["inferenceProfileArn"])["tags"]
    assert (profile["inferenceProfileName"], tags) == ("agent", [{"key": "team", "value": "red"}])
    assert client(cloud, "sts").get_caller_identity()["Account"] == "111122223333"


def test_a_signature_made_with_another_secret_is_seen(workshop):
    cloud = workshop.cloud()
    liar = Identity(configuration.ACCESS_KEY, "another secret")
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        client(cloud, "sts", liar).get_caller_identity()
    assert "another signature" in cloud.take_problems()[0]


def test_a_changed_body_is_seen(workshop):
    cloud = workshop.cloud()
    client(cloud, "cloudwatch").list_metrics(Namespace="AWS/Bedrock")
    genuine = cloud.requests[0]
    body = json.dumps({"Namespace": "AWS/Bedrocks"}).encode()
    forged = urllib.request.Request(cloud.url, body, {k: v for k, v in genuine.headers.items() if k != "content-length"})
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(forged, timeout=60)
    assert "another signature" in cloud.take_problems()[0]


def test_parameters_that_the_model_does_not_know_are_seen(workshop):
    cloud = workshop.cloud()
    lax = client(cloud, "cloudwatch", parameter_validation=False)
    with pytest.raises(ClientError, match="ValidationError"):
        lax.get_metric_data(MetricDataQueries=[{"Id": "a", "MetricStat": {"Period": 60, "Stat": "Sum"}}],
                            StartTime=0, EndTime=60)
    assert "Metric" in cloud.take_problems()[0]


def test_faults_meet_only_what_they_name(workshop):
    cloud = workshop.cloud()
    fault = cloud.fail(faults.throttled(), "ListMetrics", world.SINGAPORE, times=1)
    cloudwatch = client(cloud, "cloudwatch")
    assert client(cloud, "sts").get_caller_identity()
    with pytest.raises(ClientError, match="Throttling"):
        cloudwatch.list_metrics(Namespace="AWS/Bedrock")
    assert cloudwatch.list_metrics(Namespace="AWS/Bedrock")["Metrics"] == []
    assert fault.hits == 1
