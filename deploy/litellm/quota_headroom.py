"""LiteLLM sends requests to the Amazon Bedrock deployments whose quotas have room, as bedrock-quota-exporter tells.

Put beside LiteLLM's config.yaml and name it there: `litellm_settings: {callbacks: [quota_headroom.quota_headroom]}`.
It only ever leaves deployments out while others have room: where nothing is known, LiteLLM routes as without it.
"""

import asyncio
import base64
import http.client
import json
import logging
import os
import re
import threading
import time
from collections import OrderedDict
from datetime import datetime
from urllib.parse import urlencode, urlsplit

try:
    from litellm.integrations.custom_logger import CustomLogger
except ImportError:  # Everything but the hook works without LiteLLM.
    CustomLogger = object

log = logging.getLogger("quota_headroom")

#: Deployments below the first bound are preferred to those below the second, and these to the rest.
BOUNDS = (0.7, 0.9)
#: A request waits at most so long for the exporter.
TIMEOUT_SECONDS = 0.25
#: After a failure the exporter is left alone, and nothing is known.
REST_SECONDS = 5.0
#: Older figures are no longer taken for what is now; CloudWatch itself is some minutes behind.
STALE_SECONDS = 900.0
#: How long an answer without Cache-Control is kept, and one that there is no quota.
KEPT_SECONDS = 10.0
UNKNOWN_SECONDS = 60.0
#: Answers that are kept, and bytes of one that are read.
MOST_ANSWERS = 1000
MOST_BYTES = 1 << 20

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}")


class Headroom:
    """What the exporter says of model IDs, kept for as long as it says; over one connection that stays open."""

    def __init__(self, url, user=None, password=None, timeout=TIMEOUT_SECONDS, now=time.time):
        self._url = urlsplit(url)
        self._timeout, self._now = timeout, now
        self._headers = {"Accept": "application/json"}
        if user:
            token = base64.b64encode(f"{user}:{password or ''}".encode()).decode()
            self._headers["Authorization"] = f"Basic {token}"
        self._connection = None
        self._asking = threading.Lock()
        self._rests_until = 0.0
        self._has_failed = False
        #: {question: (ratio or None, ETag, when to ask again)}, the newest last.
        self._answers = OrderedDict()

    def ratio(self, question):
        """The highest share of a quota in use, 1 for what is not permitted; None when it is not known."""
        ratio, _, until = self._answers.get(question, (None, None, 0.0))
        return ratio if self._now() < until else None

    async def refresh(self, questions):
        """Asks for what is not known any more. Never fails, and never takes longer than the timeout."""
        due = [one for one in dict.fromkeys(questions) if self._now() >= self._answers.get(one, (None, None, 0.0))[2]]
        if not due or self._now() < self._rests_until:
            return
        try:
            await asyncio.wait_for(asyncio.to_thread(self._ask, due), self._timeout)
        except TimeoutError:
            self._rests_until = self._now() + REST_SECONDS

    def _ask(self, questions):
        # One at a time: while another asks, this request goes on with what is known.
        if not self._asking.acquire(blocking=False):
            return
        try:
            for question in questions:
                self._take(question, *self._get(question))
            self._has_failed = False
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            self._rests_until = self._now() + REST_SECONDS
            self._close()
            if not self._has_failed:
                log.warning("the exporter does not answer, so its quotas are not looked at: %r", error)
            self._has_failed = True
        finally:
            self._asking.release()

    def _get(self, question):
        """Status, headers and body. A connection that the exporter has closed meanwhile is opened again."""
        names = ("model_id", "region", "account")
        query = urlencode({name: value for name, value in zip(names, question) if value})
        etag = self._answers.get(question, (None, None, 0.0))[1]
        headers = {**self._headers, **({"If-None-Match": etag} if etag else {})}
        for attempt in (1, 2):
            is_new = self._connection is None
            if is_new:
                kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
                self._connection = kind(self._url.hostname, self._url.port, timeout=self._timeout)
            try:
                self._connection.request("GET", f"{self._url.path.rstrip('/')}/api/v1/headroom?{query}", headers=headers)
                response = self._connection.getresponse()
                body = response.read(MOST_BYTES)
                if response.will_close or not response.isclosed():
                    self._close()
                return response.status, response.headers, body
            except (OSError, http.client.HTTPException):
                self._close()
                if is_new or attempt == 2:
                    raise

    def _close(self):
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _take(self, question, status, headers, body):
        now = self._now()
        if status == 304:
            old = self._answers[question]
            answer = (old[0], old[1], now + _max_age(headers))
        elif status == 404:
            answer = (None, None, now + UNKNOWN_SECONDS)
        elif status == 200:
            answer = (self._highest(json.loads(body)), headers.get("ETag"), now + _max_age(headers))
        else:
            raise ValueError(f"status {status}")
        self._answers[question] = answer
        self._answers.move_to_end(question)
        while len(self._answers) > MOST_ANSWERS:
            self._answers.popitem(last=False)

    def _highest(self, document):
        """Of several accounts or Regions the one with most room, for it is not known which of them LiteLLM uses."""
        pools = [self._of_pool(pool) for pool in document["pools"]]
        known = [ratio for ratio in pools if ratio is not None]
        return min(known) if len(known) == len(pools) and known else None

    def _of_pool(self, pool):
        ratios = []
        for quota in pool["quotas"]:
            if quota["limit"] == 0:
                return 1.0
            if quota["ratio"] is None or quota["as_of"] is None:
                continue
            age = self._now() - datetime.fromisoformat(quota["as_of"].replace("Z", "+00:00")).timestamp()
            if age <= STALE_SECONDS:
                ratios.append(float(quota["ratio"]))
        return max(ratios, default=None)


def _max_age(headers):
    found = re.search(r"max-age=(\d+)", headers.get("Cache-Control") or "")
    return float(found[1]) if found else KEPT_SECONDS


def question_of(deployment):
    """(model ID, Region, account) of a Bedrock deployment of LiteLLM; None of another provider's.

    The account is `model_info.bedrock_account`, the exporter's name for it, where that is given.
    """
    parameters = deployment.get("litellm_params") or {}
    model = str(parameters.get("model") or "")
    if not model.startswith("bedrock/") and parameters.get("custom_llm_provider") != "bedrock":
        return None
    # bedrock/us-west-2/anthropic.x names the Region in the model.
    in_model = next((part for part in model.split("/")[1:-1] if _REGION.fullmatch(part)), None)
    region = in_model or parameters.get("aws_region_name") or os.environ.get("AWS_REGION_NAME") or os.environ.get("AWS_REGION")
    # The ARN of an application inference profile stands beside the model.
    model_id = str(parameters.get("model_id") or model)
    return model_id, region, (deployment.get("model_info") or {}).get("bedrock_account")


def with_room(deployments, ratio_of):
    """Those below the lowest bound that any is below; all when none is. What is not known counts as room."""
    rated = [(deployment, ratio_of(deployment)) for deployment in deployments]
    for bound in BOUNDS:
        fitting = [deployment for deployment, ratio in rated if ratio is None or ratio < bound]
        if fitting:
            return fitting
    return deployments


class QuotaHeadroom(CustomLogger):
    """The hook: LiteLLM's router asks it which of the healthy deployments of a model may be used."""

    def __init__(self, headroom=None, **options):
        super().__init__(**options)
        variables = os.environ
        self._headroom = headroom or Headroom(
            variables.get("BEDROCK_QUOTA_EXPORTER_URL", "http://127.0.0.1:9747"),
            variables.get("BEDROCK_QUOTA_EXPORTER_USER"), variables.get("BEDROCK_QUOTA_EXPORTER_PASSWORD"))

    async def async_filter_deployments(
        self, model, healthy_deployments, messages, request_kwargs=None, parent_otel_span=None
    ):
        """Never fails: whatever goes wrong, all deployments stay."""
        try:
            questions = {id(one): question_of(one) for one in healthy_deployments}
            await self._headroom.refresh([one for one in questions.values() if one])

            def ratio_of(deployment):
                question = questions[id(deployment)]
                return self._headroom.ratio(question) if question else None

            return with_room(healthy_deployments, ratio_of)
        except Exception:
            log.exception("quotas are not looked at for this request")
            return healthy_deployments


quota_headroom = QuotaHeadroom()
