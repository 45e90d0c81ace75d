"""A request as it came, an answer as it goes, and errors in the form of each protocol."""

import json
from dataclasses import dataclass, field
from xml.sax.saxutils import escape


#: Ways to mistreat the connection of an answer.
RESET, TRICKLE = "reset", "trickle"


@dataclass
class ReceivedRequest:
    """One request whole; what the checks find out about it is filled in later."""

    method: str
    path: str
    query: str
    headers: dict
    body: bytes
    time: float
    service: str = ""
    region: str = ""
    access_key: str | None = None
    operation: str = ""
    params: dict = field(default_factory=dict)

    @property
    def target(self):
        """Path and query as they stood on the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass
class Answer:
    """An answer; `sent_bytes` below the body's length cuts the connection after so many bytes of the body."""

    status: int
    body: bytes
    content_type: str
    headers: dict = field(default_factory=dict)
    sent_bytes: int | None = None
    connection: str | None = None


class ServiceError(Exception):
    """A refusal by a service, with AWS's code."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def json_answer(service, value):
    """A good answer of one of the JSON protocols."""
    return Answer(200, json.dumps(value).encode(), _json_type(service))


def xml_answer(text):
    """A good answer of the query protocol."""
    return Answer(200, text.encode(), "text/xml")


def error_answer(service, error):
    """The error as the service's protocol writes it."""
    if service == "sts":
        text = (
            '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
            f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message></Error>"
            "<RequestId>00000000-0000-0000-0000-000000000000</RequestId></ErrorResponse>"
        )
        return Answer(error.status, text.encode(), "text/xml")
    fault = "Sender" if error.status < 500 else "Receiver"
    body = json.dumps({"__type": f"com.amazonaws.fake#{error.code}", "message": error.message}).encode()
    headers = {"cloudwatch": {"x-amzn-query-error": f"{error.code};{fault}"},
               "bedrock": {"x-amzn-ErrorType": f"{error.code}:http://internal.amazon.com/"}}.get(service, {})
    return Answer(error.status, body, _json_type(service), headers)


def _json_type(service):
    versions = {"cloudwatch": "application/x-amz-json-1.0", "service-quotas": "application/x-amz-json-1.1",
                "logs": "application/x-amz-json-1.1", "organizations": "application/x-amz-json-1.1"}
    return versions.get(service, "application/json")
