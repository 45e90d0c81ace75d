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


def list_custom_model_deployments(data, request):
    """A page of the account's custom model deployments."""
    return _page(request, "modelDeploymentSummaries", data.deployments[request.region], data.deployments_per_page)


def list_custom_models(data, request):
    """A page of the account's custom models."""
    return _page(request, "modelSummaries", data.custom_models[request.region], data.deployments_per_page)


def _page(request, key, listed, size):
    start = int(request.params.get("nextToken", "0"))
    end = start + min(request.params.get("maxResults", 100), size)
    answer = {key: listed[start:end]}
    if end < len(listed):
        answer["nextToken"] = str(end)
    return json_answer("bedrock", answer)


def list_model_invocation_jobs(data, request):
    """A page of the batch jobs that were submitted after a time, the newest first."""
    params = request.params
    after = params.get("submitTimeAfter", "")
    with data.lock:
        jobs = [job for job in reversed(data.batch_jobs[request.region]) if job["submitTime"] > after]
    token = params.get("nextToken", "0")
    if not token.isdigit():
        raise ServiceError(400, "ValidationException", "the token is not valid")
    start, end = int(token), int(token) + min(params.get("maxResults", 100), data.jobs_per_page)
    answer = {"invocationJobSummaries": jobs[start:end]}
    if end < len(jobs):
        answer["nextToken"] = str(end)
    return json_answer("bedrock", answer)


def get_invocation_logging(data, request):
    """Where invocation logs go; nothing where logging is off."""
    logging = data.invocation_logging.get(request.region)
    return json_answer("bedrock", {} if logging is None else {"loggingConfig": logging})


def list_tags_for_resource(data, request):
    """The tags of an inference profile."""
    arn = request.params["resourceARN"]
    with data.lock:
        if arn not in {profile["inferenceProfileArn"] for profile in data.profiles[request.region]}:
            raise ServiceError(404, "ResourceNotFoundException", f"no resource {arn}")
        tags = [{"key": key, "value": value} for key, value in data.tags[arn].items()]
    return json_answer("bedrock", {"tags": tags})


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
