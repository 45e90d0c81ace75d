"""CloudWatch Observability Access Manager: the sink of a monitoring account and the accounts that are linked to it."""

from support.fake_aws.data import ACCOUNT
from support.fake_aws.messages import ServiceError, json_answer


def list_sinks(data, request):
    """One sink, where anybody is linked."""
    arn = _sink(request)
    return json_answer("oam", {"Items": [{"Arn": arn, "Id": arn.rpartition("/")[2], "Name": "monitoring"}] if data.links else []})


def list_attached_links(data, request):
    """A page of the links."""
    if request.params["SinkIdentifier"] != _sink(request):
        raise ServiceError(404, "ResourceNotFoundException", "no such sink")
    links = [
        {"Label": label, "LinkArn": f"arn:aws:oam:{request.region}:{account}:link/{account}",
         "ResourceTypes": ["AWS::CloudWatch::Metric", "AWS::Logs::LogGroup"]}
        for account, label in data.links.items()]
    # Who shares logs alone has no metrics to be read.
    links.append({"Label": "logs", "LinkArn": f"arn:aws:oam:{request.region}:999900001111:link/x", "ResourceTypes": ["AWS::Logs::LogGroup"]})
    start = int(request.params.get("NextToken", "0"))
    end = start + min(request.params.get("MaxResults", 5), 2)
    answer = {"Items": links[start:end]}
    if end < len(links):
        answer["NextToken"] = str(end)
    return json_answer("oam", answer)


def _sink(request):
    return f"arn:aws:oam:{request.region}:{ACCOUNT}:sink/11112222-3333-4444-5555-666677778888"
