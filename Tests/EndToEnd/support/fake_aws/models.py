"""Finds a request's operation and parameters by botocore's service models, and tells what does not fit them."""

import functools
import json
from urllib.parse import parse_qsl

import botocore.session
from botocore.validate import ParamValidator

_SERVICES = {"monitoring": "cloudwatch", "servicequotas": "service-quotas", "bedrock": "bedrock", "sts": "sts",
             "logs": "logs", "organizations": "organizations", "oam": "oam"}


class ModelMismatch(Exception):
    """The request is none that the service's model knows."""


@functools.cache
def service_model(service):
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


def read(request, signing_name):
    """Fills in service, operation and parameters; returns problems, or raises `ModelMismatch`."""
    request.service = _SERVICES.get(signing_name, "")
    if not request.service:
        raise ModelMismatch(f"signed for a service that is not used: {signing_name!r}")
    model = service_model(request.service)
    readers = {"json": _read_json, "rest-json": _read_rest, "query": _read_query}
    operation, request.params = readers[model.resolved_protocol](request, model)
    request.operation = operation.name
    shape = operation.input_shape
    if shape is None:
        return [f"{operation.name} takes no parameters"] if request.params else []
    report = ParamValidator().validate(request.params, shape)
    problems = [report.generate_report()] if report.has_errors() else []
    return problems + list(_beyond_bounds(request.params, shape, operation.name))


def _operation(model, name):
    if name not in model.operation_names:
        raise ModelMismatch(f"{model.service_name} has no operation {name!r}")
    return model.operation_model(name)


def _read_json(request, model):
    prefix, _, name = request.headers.get("x-amz-target", "").partition(".")
    expected_type = f"application/x-amz-json-{model.metadata['jsonVersion']}"
    found = (request.method, request.target, prefix, request.headers.get("content-type"))
    expected = ("POST", "/", model.metadata["targetPrefix"], expected_type)
    if found != expected:
        raise ModelMismatch(f"{model.service_name}: {found} came, {expected} was expected")
    return _operation(model, name), json.loads(request.body)


def _read_rest(request, model):
    for name in model.operation_names:
        operation = model.operation_model(name)
        if (operation.http["method"], operation.http["requestUri"]) == (request.method, request.path):
            params = _query_members(request.query, operation.input_shape)
            return operation, params | _body_members(request, operation)
    raise ModelMismatch(f"{model.service_name} has no operation at {request.method} {request.path}")


def _body_members(request, operation):
    """What stands in the body: the members that have no other place."""
    placed = {name for name, member in operation.input_shape.members.items() if "location" in member.serialization}
    inside = set(operation.input_shape.members) - placed
    if not request.body:
        return {}
    if not inside or request.headers.get("content-type") != "application/json":
        raise ModelMismatch(f"{operation.name} with a body of type {request.headers.get('content-type')}")
    params = json.loads(request.body)
    if placed & params.keys():
        raise ModelMismatch(f"{operation.name} with {sorted(placed & params.keys())} in its body")
    return params


def _query_members(query, shape):
    members = {member.serialization["name"]: (name, member) for name, member in shape.members.items()
               if member.serialization.get("location") == "querystring"}
    params = {}
    for key, value in parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)):
        name, member = members.get(key, (key, None))
        params[name] = int(value) if member is not None and member.type_name == "integer" else value
    return params


def _read_query(request, model):
    content_type = request.headers.get("content-type", "").partition(";")[0]
    form = dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
    found = (request.method, request.target, content_type, form.pop("Version", None))
    expected = ("POST", "/", "application/x-www-form-urlencoded", model.metadata["apiVersion"])
    if found != expected:
        raise ModelMismatch(f"{model.service_name}: {found} came, {expected} was expected")
    operation = _operation(model, form.pop("Action", ""))
    members = operation.input_shape.members if operation.input_shape else {}
    integers = {name for name, member in members.items() if member.type_name == "integer"}
    return operation, {name: int(value) if name in integers else value for name, value in form.items()}


def _beyond_bounds(value, shape, name):
    """Upper bounds and enumerations, which botocore's validator leaves to the service."""
    limit = shape.metadata.get("max")
    if shape.type_name == "structure":
        for key in value.keys() & shape.members.keys():
            yield from _beyond_bounds(value[key], shape.members[key], f"{name}.{key}")
    elif shape.type_name == "list":
        if limit is not None and len(value) > limit:
            yield f"{name} has {len(value)} items, {limit} are allowed"
        for item in value:
            yield from _beyond_bounds(item, shape.member, f"{name}[]")
    elif shape.type_name == "string":
        if limit is not None and len(value) > limit:
            yield f"{name} has {len(value)} characters, {limit} are allowed"
        if value not in shape.metadata.get("enum", [value]):
            yield f"{name} is {value!r}, not one of {shape.metadata['enum']}"
    elif limit is not None and shape.type_name == "integer" and value > limit:
        yield f"{name} is {value}, {limit} is allowed"
