"""What can go wrong on purpose. An action takes the request and a function that makes the good answer."""

import json
import time
from dataclasses import dataclass
from typing import Callable

from support.fake_aws.messages import Answer, ServiceError


@dataclass
class Fault:
    """An action for the requests of an operation and a Region; None stands for all."""

    action: Callable
    operation: str | None = None
    region: str | None = None
    #: How many requests it still meets; None for all.
    times: int | None = None
    hits: int = 0

    def meets(self, request):
        """Whether the request is to fail."""
        if self.times == 0 or self.operation not in (None, request.operation):
            return False
        return self.region in (None, request.region)

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
