"""The accounts, Regions and models of a soak, and what CloudWatch knows of their traffic at any minute.

Every figure is a function of Region, model and minute, so that nothing is kept and everything can be checked.
"""

import json
from dataclasses import dataclass
from functools import cached_property

from support.fake_aws.data import ACCOUNT, AWSData
from support.store import COLUMNS

#: CloudWatch's metrics in the order of the store's columns; of the cache metrics one spelling.
METRICS = {metric: column for metric, column in COLUMNS.items() if not metric.endswith("InputTokens")}
REGIONS = ["ap-southeast-1", "ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2"]
#: A Wednesday, 00:00 UTC.
START = 20_600 * 86_400
TOKENS_PER_MINUTE = 1_000_000
REQUESTS_PER_MINUTE = 1_000

#: Every six hours some models use nine tenths of their tokens per minute for twenty minutes, one after the other.
PERIOD_MINUTES = 360
BURST_MINUTES = 20
_FIRST_BURST_MINUTE = 40
_BURST_INVOCATIONS = 580
#: A seventh of the requests.
_BURST_THROTTLES = 97
#: In a period, after its last burst is over and its alerts have resolved.
QUIET_MINUTE = 120


@dataclass(frozen=True)
class Fleet:
    """So many accounts, each with the same Regions and models."""

    accounts: int
    regions: int
    models: int

    #: Model IDs that burst, and of them those that are throttled then.
    bursting = range(4)
    throttled = range(1)

    @property
    def account_names(self):
        """Names of accounts and of the profiles with their keys."""
        return [f"soak-{number}" for number in range(self.accounts)]

    @property
    def region_names(self):
        """The Regions of each account."""
        return REGIONS[:self.regions]

    @cached_property
    def model_ids(self):
        """As CloudWatch's dimension spells them: half of them profiles of all Regions, then of some, then plain."""
        prefixes = ["global."] * (self.models // 2) + ["apac."] * (self.models // 4)
        prefixes += [""] * (self.models - len(prefixes))
        return [f"{prefix}vendor.model-{number}" for number, prefix in enumerate(prefixes)]

    def bursts(self, minutes):
        """How many bursts there are in so many minutes from the start on, in all Regions of all accounts, by model."""
        periods, rest = divmod(minutes, PERIOD_MINUTES)
        assert rest == 0 or rest >= QUIET_MINUTE, "the end lies among the bursts"
        return (periods + (rest > 0)) * self.accounts * self.regions

    # MARK: Traffic

    def invocations(self, region, model, minute):
        """Final requests of a minute since 1970, None where there was no traffic; Region and model are numbers."""
        if self.is_burst(region, model, minute):
            return _BURST_INVOCATIONS
        # A quarter of the models sleeps through every second half of a day.
        if model >= self.models * 3 // 4 and minute % 1440 >= 720:
            return None
        return 200 + (minute * 37 + model * 11 + region * 5) % 97

    def is_burst(self, region, model, minute):
        """Whether a model is near its quota."""
        return model in self.bursting and 0 <= self._burst_minute(region, model, minute) < BURST_MINUTES

    @staticmethod
    def _burst_minute(region, model, minute):
        return minute % PERIOD_MINUTES - _FIRST_BURST_MINUTE - 7 * model - 3 * region

    def row(self, region, model, minute, now=None):
        """The datapoints of a minute in the order of METRICS; two minutes before `now` they are not all there."""
        invocations = self.invocations(region, model, minute)
        if invocations is None:
            return (None,) * len(METRICS)
        if now is not None and minute >= now - 1:
            invocations = invocations * (5 if minute >= now else 8) // 10
        is_throttled = model in self.throttled and 5 <= self._burst_minute(region, model, minute) < 10
        return (
            invocations, invocations * 1200, invocations * 300, invocations * 2000, invocations * 50,
            2 if minute % 30 == model else 0, 1 if (minute + model) % 45 == 0 else None, _BURST_THROTTLES if is_throttled else None,
            invocations * 1550, 900.5 + 10 * (minute % 50), 300.25 + minute % 50)

    def sums(self, region, model, first, end):
        """Rows and the columns' sums of a range of minutes, None for a column without a datapoint."""
        rows = [row for minute in range(first, end) if (row := self.row(region, model, minute))[0] is not None]
        columns = [[value for value in column if value is not None] for column in zip(*rows)]
        return len(rows), [sum(column) if column else None for column in columns] or [None] * len(METRICS)

    # MARK: What AWS lists

    def lists(self):
        """Service Quotas' and Bedrock's answers, the same in every Region, by operation."""
        data = AWSData()
        kinds = {"global.": "Global cross-region model", "apac.": "Cross-region model", "": "On-demand model"}
        arn = "arn:aws:bedrock:{}::foundation-model/{}"
        for number, model_id in enumerate(self.model_ids):
            prefix, _, name = model_id.partition("vendor.")
            model = f"vendor.{name}"
            data.add_model("", model, f"Model {number}", "Vendor", ["INFERENCE_PROFILE" if prefix else "ON_DEMAND"])
            for unit, limit in (("tokens", TOKENS_PER_MINUTE), ("requests", REQUESTS_PER_MINUTE)):
                data.add_quota("", f"L-{unit.upper()}{number}",
                               f"{kinds[prefix]} inference {unit} per minute for Vendor Model {number}", limit, limit)
            if prefix == "global.":
                data.add_profile("", model_id, [arn.format("", model), arn.format(REGIONS[0], model)])
            elif prefix:
                data.add_profile("", model_id, [arn.format(region, model) for region in REGIONS])
        return {
            "ListServiceQuotas": json.dumps({"Quotas": data.applied_quotas[""]}).encode(),
            "ListAWSDefaultServiceQuotas": json.dumps({"Quotas": data.default_quotas[""]}).encode(),
            "inference-profiles": json.dumps({"inferenceProfileSummaries": data.profiles[""]}).encode(),
            "model-invocation-jobs": b'{"invocationJobSummaries": []}',
            "foundation-models": json.dumps({"modelSummaries": data.models[""]}).encode(),
            "ListMetrics": json.dumps({"Metrics": [
                {"Namespace": "AWS/Bedrock", "MetricName": metric,
                 "Dimensions": [{"Name": "ModelId", "Value": model_id}]}
                for model_id in self.model_ids for metric in METRICS]}).encode(),
        }

    # MARK: The program's part

    def credentials(self):
        """A file of AWS's with a profile for each account."""
        return "".join(
            f"[{name}]\naws_access_key_id = AKIA{ACCOUNT}\naws_secret_access_key = {name}\n" for name in self.account_names)

    def settings(self, receiver, polling, storage):
        """The program's configuration."""
        return {
            "accounts": [{"name": name, "profile": name, "regions": self.region_names} for name in self.account_names],
            "polling": polling, "storage": storage,
            "alerts": {"receivers": [{"type": "webhook", "url": receiver}]},
        }
