"""What a gateway asks before it sends a request: how much of a model ID's quotas is left."""

import urllib.error
import urllib.request

import pytest

from support import configuration, world
from support.world import JAKARTA, SINGAPORE, SONNET


@pytest.fixture(scope="module")
def daemon(module_workshop):
    """A daemon of two Regions, one of them with hardly any traffic."""
    cloud = module_workshop.cloud()
    for region, tokens in ((SINGAPORE, 1_000_000), (JAKARTA, 40_000)):
        world.furnish(cloud.data, region)
        for metric, value in (("InputTokenCount", tokens), ("Invocations", 10)):
            cloud.data.put(region, f"global.{SONNET}", metric, world.steady(value))
    daemon = module_workshop.daemon(configuration.settings([SINGAPORE, JAKARTA]), cloud).start()
    daemon.wait_for_metrics(
        lambda page: all(page.matching("bedrock_quota_usage", region=region) for region in (SINGAPORE, JAKARTA)), "usage")
    return daemon


@pytest.mark.parametrize("model_id", [
    f"global.{SONNET}", f"bedrock/global.{SONNET}", f"bedrock/converse/global.{SONNET}",
    f"arn:aws:bedrock:{SINGAPORE}:111122223333:inference-profile/global.{SONNET}",
])
def test_what_is_left_and_where_there_is_more(daemon, model_id):
    answer = daemon.api(f"/api/v1/headroom?region={SINGAPORE}&model_id={model_id}")
    [pool] = answer["pools"]
    assert (pool["region"], pool["scope"], pool["model"]) == (SINGAPORE, "global", SONNET)
    tokens = next(quota for quota in pool["quotas"] if quota["quota"] == "tokens_per_minute")
    assert (tokens["limit"], tokens["used"], tokens["remaining"], tokens["ratio"]) == (4_000_000, 1_000_000, 3_000_000, 0.25)
    assert tokens["settled"] is True and tokens["throttled"] == 0 and tokens["as_of"]
    assert [other["region"] for other in answer["alternatives"]] == [JAKARTA]


def test_an_answer_can_be_asked_for_again_and_an_unknown_id_is_not_found(daemon):
    url = f"http://{daemon.address}/api/v1/headroom?model_id=global.{SONNET}"
    with urllib.request.urlopen(url, timeout=30) as response:
        assert "max-age=" in response.headers["Cache-Control"]
        assert response.headers["ETag"]
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"http://{daemon.address}/api/v1/headroom?model_id=us.acme.none", timeout=30)
    assert refusal.value.code == 404 and b"has no traffic" in refusal.value.read()
