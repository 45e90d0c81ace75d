"""Service Quotas and Bedrock's control plane over the fake's lists."""

from support.fake_aws.messages import ServiceError, json_answer


def list_service_quotas(data, request):
    """A page of the values that the account has."""
    return _quota_page(data, request, data.applied_quotas)


def list_default_quotas(data, request):
    """A page of AWS's default values."""
    return _quota_page(data, request, data.default_quotas)


def list_inference_profiles(data, request):
    """The profiles of one type; without a type AWS lists its own only."""
    kind = request.params.get("typeEquals", "SYSTEM_DEFINED")
    profiles = [profile for profile in data.profiles[request.region] if profile["type"] == kind]
    return json_answer("bedrock", {"inferenceProfileSummaries": profiles})


def list_foundation_models(data, request):
    """Every base model of the Region."""
    return json_answer("bedrock", {"modelSummaries": data.models[request.region]})


def _quota_page(data, request, quotas):
    params = request.params
    if params["ServiceCode"] != "bedrock":
        raise ServiceError(400, "NoSuchResourceException", f"no service {params['ServiceCode']}")
    token = params.get("NextToken", "0")
    if not token.isdigit():
        raise ServiceError(400, "InvalidPaginationTokenException", "the token is not valid")
    listed = quotas[request.region]
    start, end = int(token), int(token) + min(params.get("MaxResults", 100), data.quotas_per_page)
    answer = {"Quotas": listed[start:end]}
    if end < len(listed):
        answer["NextToken"] = str(end)
    return json_answer("service-quotas", answer)
