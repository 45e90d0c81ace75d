"""The Security Token Service: who somebody is, and keys of roles."""

import time

from support.fake_aws.messages import ServiceError, xml_answer

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_SESSION_SECONDS = 3600


def get_caller_identity(data, request):
    """The account and ARN of the keys that signed."""
    identity = data.identities[request.access_key]
    return _answer("GetCallerIdentity", (
        f"<Arn>{identity.arn}</Arn><UserId>AIDAFAKE</UserId><Account>{identity.account}</Account>"))


def assume_role(data, request):
    """Keys of a role, if it is known and the external ID is the one that it asks for."""
    role = data.roles.get(request.params["RoleArn"])
    if role is None or request.params.get("ExternalId") != role.external_id:
        raise ServiceError(403, "AccessDenied", "User is not authorized to perform: sts:AssumeRole")
    seconds = data.now() + request.params.get("DurationSeconds", _SESSION_SECONDS)
    expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    keys = role.identity
    session = request.params["RoleSessionName"]
    return _answer("AssumeRole", (
        f"<AssumedRoleUser><Arn>{keys.arn}/{session}</Arn><AssumedRoleId>AROAFAKE:{session}</AssumedRoleId>"
        f"</AssumedRoleUser><Credentials><AccessKeyId>{keys.access_key}</AccessKeyId>"
        f"<SecretAccessKey>{keys.secret_key}</SecretAccessKey><SessionToken>{keys.token}</SessionToken>"
        f"<Expiration>{expiration}</Expiration></Credentials>"))


def _answer(operation, content):
    return xml_answer(
        f'<{operation}Response xmlns="{_NAMESPACE}"><{operation}Result>{content}</{operation}Result>'
        "<ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>"
        f"</{operation}Response>")
