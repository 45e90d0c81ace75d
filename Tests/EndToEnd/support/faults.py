"""The fault matrix: what is made to fail in one Region of one account, and what has to come of it."""

import math
from dataclasses import dataclass
from typing import Callable

from support.fake_aws import faults

DATA, LISTING, QUOTAS = "GetMetricData", "ListMetrics", "ListServiceQuotas"
#: The figures of the Region while it fails: the last ones that were true, none, or those of now.
KEPT, ABSENT, CURRENT = "the last true ones", "absent, as the limits are", "current"
OVERSIZE_BYTES = 100 << 20


@dataclass(frozen=True)
class Case:
    """One fault; `action` makes it for a fake AWS."""

    action: Callable
    #: What is logged about it.
    log: str
    #: Under which failures are counted; None where that takes longer than the test, or nothing fails.
    code: str | None
    figures: str = KEPT
    operation: str | None = DATA
    #: `bedrock_exporter_up` of the Region meanwhile.
    up: bool = False


def _data(action, code, figures=KEPT, log="Poll failed"):
    return Case(lambda cloud: action, log, code, figures)


def _query(action, figures=KEPT):
    return _data(action, "query_failed", figures)


def _list(operation, what, action, code):
    return Case(lambda cloud: action, f"Listing {what} failed", code, CURRENT, operation, True)


def _used(operation, action, code):
    """An answer that is used as far as it can be."""
    return Case(lambda cloud: action, "", code, CURRENT, operation, True)


def _hanging(cloud):
    return faults.hanging(cloud.closing)


#: {group: {name: case}}; a group's faults happen at the same time, each in a Region of its own.
GROUPS = {
    "refusals": {
        "every call throttled": _data(faults.throttled(), "Throttling"),
        "status 500 without a body": _data(faults.raw(500, b""), "http_500"),
        "status 503": _data(faults.error(503, "ServiceUnavailable"), "ServiceUnavailable"),
        "a page of a proxy, status 502": _data(faults.raw(502, b"<html><h1>Bad Gateway</h1>"), "http_502"),
        "keys expired": _data(faults.error(403, "ExpiredTokenException"), "ExpiredTokenException"),
        "permission taken away": _data(faults.denied(), "AccessDeniedException"),
        "every query refused as invalid": _data(faults.error(400, "ValidationError"), "ValidationError"),
    },
    "retries": {
        "half of the calls throttled": Case(
            lambda cloud: faults.now_and_then(faults.throttled(), 2), "", "Throttling", CURRENT, up=True),
        "1 % of the calls throttled": Case(
            lambda cloud: faults.now_and_then(faults.throttled(), 100), "", "Throttling", CURRENT, up=True),
    },
    "connections": {
        "connection reset": _data(faults.reset(), "connection_failed"),
        "body cut in the middle": _data(faults.truncated(), "connection_failed"),
        "black hole": Case(_hanging, "", None),
        "a byte now and then": Case(lambda cloud: faults.trickling(), "", None),
        "100 MB": _data(faults.oversized(OVERSIZE_BYTES), "response_too_large"),
    },
    "answers": {
        "HTML with status 200": _data(faults.raw(200, b"<html>It works!</html>"), "malformed_answer"),
        "empty body": _data(faults.raw(200, b""), "malformed_answer"),
        "JSON of other types": _data(faults.raw(200, b'{"MetricDataResults": 7}'), "malformed_answer"),
        "values as text": _data(faults.values("7"), "malformed_answer"),
        "values null": _data(faults.values(None), "malformed_answer"),
        "values NaN": _data(faults.values(math.nan), "malformed_answer"),
        "values beyond a double": _data(faults.raw(200, (
            b'{"MetricDataResults": [{"Id": "q0", "StatusCode": "Complete", "Timestamps": [0], "Values": [1e999]}]}')),
            "malformed_answer"),
        "deeply nested JSON": _data(faults.raw(200, b"[" * 1_000_000), "malformed_answer"),
    },
    "results": {
        "values below zero": _query(faults.values(-1)),
        "values of 1e300": _query(faults.values(1e300)),
        "times of another day": _query(faults.moved_times(-86_400)),
        "times within a minute": _query(faults.moved_times(0.5)),
        "PartialData for ever": _data(faults.result_status("PartialData"), "PartialData"),
        "InternalError for ever": _query(faults.result_status("InternalError")),
        "results left out": _query(faults.edited(lambda answer: answer.update(MetricDataResults=[]))),
    },
    "pages": {
        "the same page for ever": _data(faults.token_loop(), "malformed_answer", CURRENT),
        "new pages for ever": _data(faults.new_tokens(), "page_limit", CURRENT),
        "metrics: new pages for ever": _used(LISTING, faults.new_tokens(), "page_limit"),
        "metrics: HTML with status 200": _list(LISTING, "metrics", faults.raw(200, b"<html>"), "malformed_answer"),
        "quotas: new pages for ever": _used(QUOTAS, faults.new_tokens(), "page_limit"),
        "quotas: throttled": _list(QUOTAS, "quotas", faults.throttled(), "Throttling"),
        "quotas: values below zero": _list(QUOTAS, "quotas", faults.quota_values(-1), "malformed_answer"),
        "quotas: one value below zero": _used(QUOTAS, faults.odd_quota(-1), "unusable_quota"),
        "quotas: values null": Case(
            lambda cloud: faults.quota_values(None), "", None, ABSENT, QUOTAS, True),
    },
}


def table():
    """The matrix as Markdown."""
    lines = ["| Fault in one Region | Operation | Failure counted as | `up` | Its figures | Log |",
             "|---|---|---|---|---|---|"]
    for cases in GROUPS.values():
        for name, case in cases.items():
            late = "" if case.up else "after 30 s"
            code = f"`{case.code}`" if case.code else late and f"`timeout`, {late}"
            log = case.log or late and f"Poll failed, {late}"
            lines.append(f"| {name} | {case.operation} | {code} | {int(case.up)} | {case.figures} | {log} |")
    return "\n".join(lines) + "\n"
