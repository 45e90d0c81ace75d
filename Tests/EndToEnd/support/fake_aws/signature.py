"""Checks Signature Version 4 with botocore's signer, from nothing but what arrived and the known secret key."""

import hashlib
import re
from datetime import datetime, timezone

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request,"
    r" ?SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
#: AWS refuses a signature that is older or newer.
_MAXIMUM_SKEW_SECONDS = 300


class Signature:
    """The parts of an Authorization header."""

    def __init__(self, match):
        self.access_key = match["key"]
        self.date = match["date"]
        self.region = match["region"]
        self.signing_name = match["service"]
        self.signed_headers = match["headers"].split(";")
        self.signature = match["signature"]

    @classmethod
    def of(cls, request):
        """The signature that a request carries, or None for an unsigned or unreadable one."""
        match = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        return cls(match) if match else None

    def problems(self, request, identity, now):
        """What AWS would refuse about the signature, in words."""
        headers = request.headers
        timestamp = headers.get("x-amz-date", "")
        problems = _time_problems(timestamp, self.date, now)
        unsigned = [name for name in headers if name.startswith("x-amz-") and name not in self.signed_headers]
        if unsigned or "host" not in self.signed_headers:
            problems.append(f"headers left out of the signature: {unsigned or ['host']}")
        if headers.get("x-amz-security-token") != identity.token:
            problems.append("the session token does not belong to the access key")
        digest = hashlib.sha256(request.body).hexdigest()
        if headers.get("x-amz-content-sha256", digest) != digest:
            problems.append("x-amz-content-sha256 is not the digest of the body")
        if not problems and self._expected(request, identity, timestamp) != self.signature:
            problems.append("botocore computes another signature for this request")
        return problems

    def _expected(self, request, identity, timestamp):
        signed = {name: request.headers[name] for name in self.signed_headers if name in request.headers}
        url = f"http://{request.headers['host']}{request.target}"
        rebuilt = AWSRequest(method=request.method, url=url, data=request.body, headers=signed)
        rebuilt.context["timestamp"] = timestamp
        credentials = Credentials(identity.access_key, identity.secret_key, identity.token)
        signer = SigV4Auth(credentials, self.signing_name, self.region)
        canonical = signer.canonical_request(rebuilt)
        return signer.signature(signer.string_to_sign(rebuilt, canonical), rebuilt)


def _time_problems(timestamp, scope_date, now):
    try:
        signed_at = datetime.strptime(timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        return [f"x-amz-date is no time: {timestamp!r}"]
    problems = []
    if abs(now - signed_at.timestamp()) > _MAXIMUM_SKEW_SECONDS:
        problems.append(f"signed for another time: {timestamp}")
    if timestamp[:8] != scope_date:
        problems.append(f"the scope's date {scope_date} is not that of x-amz-date {timestamp}")
    return problems
