"""What can go wrong on purpose. An action takes the request and a function that makes the good answer."""

import itertools
import json
import time
from dataclasses import dataclass, replace
from typing import Callable

from support.fake_aws.messages import RESET, TRICKLE, Answer, ServiceError


@dataclass
class Fault:
    """An action for the requests of an operation, a Region and a holder of keys; None stands for all."""

    action: Callable
    operation: str | None = None
    region: str | None = None
    #: How many requests it still meets; None for all.
    times: int | None = None
    access_key: str | None = None
    hits: int = 0

    def meets(self, request):
        """Whether the request is to fail."""
        if self.times == 0 or self.operation not in (None, request.operation):
            return False
        return self.region in (None, request.region) and self.access_key in (None, request.access_key)

    def use(self):
        """Counts one request."""
        self.hits += 1
        if self.times is not None:
            self.times -= 1


def error(status, code, message="made to fail"):
    """An error in the form of the service's protocol."""

    def act(request, good):
        raise ServiceError(status, code, message)

    return act


def throttled():
    """CloudWatch's own form of throttling."""
    return error(400, "Throttling", "Rate exceeded")


def denied():
    """A permission that is missing."""
    return error(403, "AccessDeniedException", "User is not authorized to perform this operation")


def raw(status, body, content_type="text/html"):
    """Any bytes at all."""
    return lambda request, good: Answer(status, body, content_type)


def truncated():
    """The connection is cut in the middle of the body."""

    def act(request, good):
        answer = good()
        answer.sent_bytes = len(answer.body) // 2
        return answer

    return act


def oversized(size):
    """A body of blanks before the JSON, longer than any real answer."""

    def act(request, good):
        answer = good()
        answer.body = b" " * size + answer.body
        return answer

    return act


def delayed(seconds):
    """The good answer, late."""

    def act(request, good):
        time.sleep(seconds)
        return good()

    return act


def hanging(until):
    """No answer before the event is set."""

    def act(request, good):
        until.wait(timeout=120)
        return good()

    return act


def result_status(status):
    """GetMetricData with every result in the given state and without datapoints."""

    def act(request, good):
        answer = good()
        value = json.loads(answer.body)
        for result in value["MetricDataResults"]:
            result.update(StatusCode=status, Timestamps=[], Values=[])
        answer.body = json.dumps(value).encode()
        return answer

    return act


def now_and_then(action, every):
    """The fault for the first of so many requests, the good answer for the others."""
    requests = itertools.count()

    def act(request, good):
        return good() if next(requests) % every else action(request, good)

    return act


def reset():
    """The connection is reset instead of answered."""

    def act(request, good):
        return replace(good(), connection=RESET)

    return act


def trickling():
    """The good answer's bytes one by one, with pauses between them."""

    def act(request, good):
        return replace(good(), connection=TRICKLE)

    return act


def edited(edit):
    """The good answer after a change of its JSON."""

    def act(request, good):
        answer = good()
        value = json.loads(answer.body)
        edit(value)
        answer.body = json.dumps(value).encode()
        return answer

    return act


def values(value):
    """GetMetricData with the same value, of any JSON type, instead of each that is true."""

    def edit(answer):
        for result in answer["MetricDataResults"]:
            result["Values"] = [value] * len(result["Values"])

    return edited(edit)


def moved_times(seconds):
    """GetMetricData with each time moved."""

    def edit(answer):
        for result in answer["MetricDataResults"]:
            result["Timestamps"] = [second + seconds for second in result["Timestamps"]]

    return edited(edit)


def quota_values(value):
    """A list of quotas that gives the same value, of any JSON type, to all."""

    def edit(answer):
        for quota in answer["Quotas"]:
            quota["Value"] = value

    return edited(edit)


def odd_quota(value):
    """A list of quotas with one more, of which nothing is asked, that has such a value."""

    def edit(answer):
        answer["Quotas"].append({**answer["Quotas"][0], "QuotaCode": "L-0DD00000", "QuotaName": "odd", "Value": value})

    return edited(edit)


def new_tokens():
    """Pages without end, each with a token never seen before."""
    tokens = itertools.count(1)

    def act(request, good):
        request.params.pop("NextToken", None)
        answer = good()
        token = str(next(tokens)) if request.service == "service-quotas" else f"page:0{next(tokens)}"
        answer.body = json.dumps({**json.loads(answer.body), "NextToken": token}).encode()
        return answer

    return act


def token_loop():
    """A page that always names the same next page."""

    def act(request, good):
        answer = good()
        answer.body = json.dumps({**json.loads(answer.body), "NextToken": "page:0"}).encode()
        return answer

    return act


def refused_model(model_id):
    """GetMetricData is refused as a whole while it asks for this model ID."""

    def act(request, good):
        if model_id in json.dumps(request.params["MetricDataQueries"]):
            raise ServiceError(400, "ValidationError", "The value for a dimension is not valid")
        return good()

    return act
