"""What the fake AWS knows: plain data that a test fills and the services only read."""

import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from support.fake_aws.logs import LogsData

ACCOUNT = "111122223333"
NAMESPACE = "AWS/Bedrock"


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
        #: The same of other namespaces: {(region, namespace): …}
        self.others = defaultdict(lambda: defaultdict(dict))
        #: {region: [quota]} in the form of the API's answers
        self.applied_quotas = defaultdict(list)
        self.default_quotas = defaultdict(list)
        #: {region: [summary]} in the form of the API's answers
        self.profiles = defaultdict(list)
        self.models = defaultdict(list)
        self.deployments = defaultdict(list)
        self.custom_models = defaultdict(list)
        #: {ARN: {key: value}}
        self.tags = defaultdict(dict)
        self.batch_jobs = defaultdict(list)
        #: {region: loggingConfig}, off where there is none
        self.invocation_logging = {}
        self.logs = LogsData()
        #: `organizations.Organization`; None where the account is in none.
        self.organization = None
        self.identities = {}
        self.roles = {}
        #: Other accounts that have data of their own: {account ID: AWSData}
        self.accounts = {}
        #: Those that are linked to this monitoring account, with their labels: {account ID: label}
        self.links = {}
        self.metrics_per_page = 500
        self.quotas_per_page = 100
        self.deployments_per_page = 100
        self.jobs_per_page = 1000
        self.points_per_page = 100_800

    def add_account(self, account_id):
        """Data of another account, seen with keys of that account; returns it."""
        other = self.accounts[account_id] = AWSData()
        other.now = lambda: self.now()
        other.identities, other.roles = self.identities, self.roles
        return other

    def link(self, account_id, label):
        """Links another account to this one; returns its data."""
        other = self.accounts.get(account_id) or self.add_account(account_id)
        self.links[account_id] = label
        return other

    def put(self, region, model_id, metric, minutes):
        """Adds datapoints of one model ID: {epoch second of the minute: value}."""
        self.put_series(region, metric, {"ModelId": model_id}, minutes)

    def put_series(self, region, metric, dimensions, minutes, namespace=NAMESPACE):
        """Adds datapoints under any set of dimensions, also the empty one of the account-wide aggregate."""
        misplaced = [second for second in minutes if second % 60]
        if misplaced:
            raise ValueError(f"not the first second of a minute: {misplaced[:3]}")
        with self.lock:
            self.in_namespace(region, namespace)[metric, tuple(sorted(dimensions.items()))].update(minutes)

    def in_namespace(self, region, namespace):
        """The series of a namespace: {(metric name, ((dimension, value), ...)): minutes}."""
        return self.series[region] if namespace == NAMESPACE else self.others[region, namespace]

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

    def add_profile(self, region, profile_id, model_arns, kind="SYSTEM_DEFINED", name=None, tags=()):
        """Adds an inference profile; of kind APPLICATION its ID is the last part of its ARN."""
        resource = "application-inference-profile" if kind == "APPLICATION" else "inference-profile"
        arn = f"arn:aws:bedrock:{region}:{ACCOUNT}:{resource}/{profile_id}"
        self.tags[arn] = dict(tags)
        self.profiles[region].append({
            "inferenceProfileId": profile_id,
            "inferenceProfileName": name or profile_id,
            "inferenceProfileArn": arn,
            "models": [{"modelArn": arn} for arn in model_arns],
            "status": "ACTIVE",
            "type": kind,
        })

    def add_batch_job(self, region, model_id, status, age=3600, **counts):
        """Adds a batch job that was submitted some seconds ago, with counts such as `totalRecordCount`."""
        with self.lock:
            number = len(self.batch_jobs[region])
            self.batch_jobs[region].append({
                "jobArn": f"arn:aws:bedrock:{region}:{ACCOUNT}:model-invocation-job/job{number:09}",
                "jobName": f"job-{number}",
                "modelId": model_id,
                "roleArn": f"arn:aws:iam::{ACCOUNT}:role/batch",
                "status": status,
                "submitTime": datetime.fromtimestamp(self.now() - age, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://bucket/in"}},
                "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/out"}},
                "modelInvocationType": "InvokeModel",
                **counts,
            })

    def add_model(self, region, model_id, name, provider, types=("INFERENCE_PROFILE",), lifecycle=None):
        """Adds a foundation model; `lifecycle` as the API has it, by default active without times."""
        self.models[region].append({
            "modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model_id}",
            "modelId": model_id,
            "modelName": name,
            "providerName": provider,
            "inferenceTypesSupported": list(types),
            "modelLifecycle": lifecycle or {"status": "ACTIVE"},
        })


    def add_custom_model(self, region, model_id, base_arn, path):
        """Adds a custom model; its ARN, which it gives, holds the path that AWS made of its base."""
        arn = f"arn:aws:bedrock:{region}:{ACCOUNT}:custom-model/{path}/{model_id}"
        self.custom_models[region].append({
            "modelArn": arn,
            "modelName": f"model-{model_id}",
            "creationTime": "2026-11-01T00:00:00Z",
            "baseModelArn": base_arn,
            "baseModelName": "amazon.nova",
            "customizationType": "FINE_TUNING",
        })
        return arn

    def add_deployment(self, region, deployment_id, name, model_arn):
        """Adds a custom model deployment and gives its ARN, which is the model ID of its calls."""
        arn = f"arn:aws:bedrock:{region}:{ACCOUNT}:custom-model-deployment/{deployment_id}"
        self.deployments[region].append({
            "customModelDeploymentArn": arn,
            "customModelDeploymentName": name,
            "modelArn": model_arn,
            "createdAt": "2026-11-01T00:00:00Z",
            "status": "Active",
        })
        return arn


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
