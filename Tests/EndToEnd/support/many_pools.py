"""Documents of more pools than the demonstration has, for a page to draw."""

_STEPS = 48


def documents(demo, count):
    """Of so many pools, made from one of the demonstration's."""
    pools = demo.api("/api/v1/pools")
    model = pools["pools"][0]
    pools["pools"] = [{**model, "model": f"anthropic.claude-number-{index}"} for index in range(count)]
    trends = [{**{part: pool[part] for part in ("account", "region", "scope", "model")}, "invocations": 5, "throttles": 1,
               "client_errors": 0, "peak_ratio": {quota["quota"]: [step / 100 for step in range(_STEPS)] for quota in pool["quotas"]}}
              for pool in pools["pools"]]
    return {"/api/v1/pools": pools, "/api/v1/trends": {"start": "", "end": "", "step_seconds": 1800, "pools": trends}}
