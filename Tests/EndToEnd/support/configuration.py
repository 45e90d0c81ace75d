"""Configuration files and environments for the program."""

import copy
import os

import yaml

from support import secrets
from support.fake_aws import Identity

ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
IDENTITY = Identity(ACCESS_KEY, secrets.SECRET_KEY)

#: Polls each second, so that tests need not wait; the windows stay those of production.
#: Data that a test does not go on with are no late data: silence is no traffic at once.
#: Everything is read at every poll, so that what a test changes shows at once; `default_reading` leaves that to the program.
POLLING = {"interval": "1s", "discovery_interval": "1s", "quota_interval": "1s", "silence_timeout": "1m", "adaptive": False}
#: As above, but what changes rarely is read once.
CACHED_POLLING = {**POLLING, "discovery_interval": "1h", "quota_interval": "1h"}


def default_reading(polling):
    """The same polling with the program's own choice of what is read when."""
    return {key: value for key, value in polling.items() if key != "adaptive"}



def settings(regions, polling=None, **sections):
    """A configuration for Regions of the account 'test'."""
    value = {"accounts": [{"name": "test", "regions": list(regions)}], "polling": dict(polling or POLLING)}
    value.update(copy.deepcopy(sections))
    return value


def write(path, value):
    """Writes a configuration; text goes out as it is."""
    path.write_text(value if isinstance(value, str) else yaml.safe_dump(value, sort_keys=False))
    return path


def environment(folder, endpoint=None, identity=IDENTITY, **changes):
    """An environment with nothing of the caller's but PATH; a change to None takes a variable out."""
    variables = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(folder),
        "TZ": "UTC",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if identity:
        variables["AWS_ACCESS_KEY_ID"] = identity.access_key
        variables["AWS_SECRET_ACCESS_KEY"] = identity.secret_key
        if identity.token:
            variables["AWS_SESSION_TOKEN"] = identity.token
    if endpoint:
        variables["AWS_ENDPOINT_URL"] = endpoint
    variables.update(changes)
    return {name: value for name, value in variables.items() if value is not None}
