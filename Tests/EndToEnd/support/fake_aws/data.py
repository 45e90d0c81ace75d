"""What the fake AWS knows: plain data that a test fills and the services only read."""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass

ACCOUNT = "111122223333"


@dataclass(frozen=True)
class Identity:
    """Keys that the fake accepts, and whose they are."""

    access_key: str
    secret_key: str
    token: str | None = None
    account: str = ACCOUNT
    arn: str = f"arn:aws:iam::{ACCOUNT}:user/monitor"


@dataclass(frozen=True)
class Role:
    """A role that can be assumed, with the keys that the caller gets."""

    arn: str
    identity: Identity
    external_id: str | None = None


class AWSData:
    """The account's metrics, quotas, models and keys. Take `lock` for changes while a daemon polls."""

    def __init__(self):
        self.lock = threading.RLock()
        #: AWS's clock; tests may turn it.
        self.now = time.time
        #: {region: {(metric name, ((dimension, value), ...)): {epoch second of the minute: value}}}
        self.series = defaultdict(lambda: defaultdict(dict))
        #: {region: [quota]} in the form of the API's answers
        self.applied_quotas = defaultdict(list)
        self.default_quotas = defaultdict(list)
        #: {region: [summary]} in the form of the API's answers
        self.profiles = defaultdict(list)
        self.models = defaultdict(list)
        self.identities = {}
        self.roles = {}
        self.metrics_per_page = 500
        self.quotas_per_page = 100
        self.points_per_page = 100_800

    def put(self, region, model_id, metric, minutes):
        """Adds datapoints of one model ID: {epoch second of the minute: value}."""
        self.put_series(region, metric, {"ModelId": model_id}, minutes)

    def put_series(self, region, metric, dimensions, minutes):
        """Adds datapoints under any set of dimensions, also the empty one of the account-wide aggregate."""
        misplaced = [second for second in minutes if second % 60]
        if misplaced:
            raise ValueError(f"not the first second of a minute: {misplaced[:3]}")
        with self.lock:
            self.series[region][metric, tuple(sorted(dimensions.items()))].update(minutes)

    def usage(self, region):
        """The datapoints that count, of series with the one dimension ModelId: {model ID: {metric: {second: value}}}."""
        usage = defaultdict(dict)
        with self.lock:
            for (metric, dimensions), minutes in self.series[region].items():
                if [name for name, _ in dimensions] == ["ModelId"]:
                    usage[dimensions[0][1]][metric] = dict(minutes)
        return dict(usage)

    def add_identity(self, identity):
        """Makes the keys known."""
        self.identities[identity.access_key] = identity

    def add_role(self, role):
        """Makes the role known, and the keys that it gives."""
        self.roles[role.arn] = role
        self.add_identity(role.identity)

    def add_quota(self, region, code, name, default=None, applied=None):
        """Adds a quota to one or both of Service Quotas' lists."""
        for value, quotas in ((default, self.default_quotas), (applied, self.applied_quotas)):
            if value is not None:
                quotas[region].append(_quota(code, name, value))

    def add_profile(self, region, profile_id, model_arns, kind="SYSTEM_DEFINED"):
        """Adds an inference profile; of kind APPLICATION its ID is the last part of its ARN."""
        resource = "application-inference-profile" if kind == "APPLICATION" else "inference-profile"
        self.profiles[region].append({
            "inferenceProfileId": profile_id,
            "inferenceProfileName": profile_id,
            "inferenceProfileArn": f"arn:aws:bedrock:{region}:{ACCOUNT}:{resource}/{profile_id}",
            "models": [{"modelArn": arn} for arn in model_arns],
            "status": "ACTIVE",
            "type": kind,
        })

    def add_model(self, region, model_id, name, provider, types=("INFERENCE_PROFILE",)):
        """Adds a foundation model."""
        self.models[region].append({
            "modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model_id}",
            "modelId": model_id,
            "modelName": name,
            "providerName": provider,
            "inferenceTypesSupported": list(types),
        })


def _quota(code, name, value):
    return {
        "ServiceCode": "bedrock",
        "ServiceName": "Amazon Bedrock",
        "QuotaCode": code,
        "QuotaName": name,
        "Value": value,
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
    }
