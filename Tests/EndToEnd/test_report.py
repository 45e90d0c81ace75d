"""`report` on the stores of a demo and of a daemon: JSON and Markdown agree, and a plan needs no store."""

import json
import re
import subprocess
import time

from support import configuration, programs, world
from support.waiting import PATIENCE_SECONDS, allow, wait_for


def run(*arguments):
    return subprocess.run([str(programs.exporter()), *arguments], capture_output=True, text=True, timeout=allow(PATIENCE_SECONDS))


def test_report_of_a_demo(workshop, tmp_path):
    store = tmp_path / "usage.db"
    demo = workshop.daemon(None, command=("demo",), identity=None, flags=(f"--storage.path={store}",))
    demo.start().wait_until_ready()
    assert demo.stop() == 0
    as_json = run("report", f"--storage.path={store}", "--format=json")
    assert as_json.returncode == 0, as_json.stderr
    document = json.loads(as_json.stdout)
    assert len(document["pools"]) >= 20
    quotas = [quota for pool in document["pools"] for quota in pool["quotas"]]
    assert any(quota["peak"] and quota["peak"] > 0.8 * quota["limit"] for quota in quotas)
    for quota in quotas:
        if quota["request_command"]:
            assert quota["needed_high"] > quota["limit"]
            assert quota["quota_code"] in quota["request_command"]
    # The classifier does not cache, the agents do.
    shares = {(pool["scope"], pool["model"]): pool["cache_read_share"] for pool in document["pools"]}
    assert shares["global", "anthropic.claude-haiku-4-5-20251001-v1:0"] is None
    assert 0.5 < shares["global", "anthropic.claude-sonnet-4-6"] < 1
    markdown = run("report", f"--storage.path={store}").stdout
    for pool in document["pools"]:
        assert f"## {pool['model']}, {pool['scope']}, {pool['region']}, account {pool['account']}" in markdown
    assert len(re.findall(r"^aws service-quotas ", markdown, re.M)) == sum(
        1 for quota in quotas if quota["request_command"]
    )


def test_plan_without_a_store(tmp_path):
    plan = "rpm=100,input=10000,output=5000,model=anthropic.claude-sonnet-4-6"
    answer = run("report", f"--plan={plan}", f"--storage.path={tmp_path}/none.db", "--format=json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["quota_tokens_per_minute"] == 3_500_000
    bad = run("report", "--plan=rpm=1,input=2,model=x")
    assert bad.returncode == 2
    assert "output is missing" in bad.stderr


def test_report_of_a_polled_store(workshop):
    """What CloudWatch showed is what the report says; the plan is set against the quota that was read."""
    cloud = workshop.cloud()
    world.furnish(cloud.data, world.SINGAPORE)
    model_id = f"global.{world.SONNET}"
    peak = world.this_minute() - 60 * 20
    for metric, value in {"Invocations": 10, "InputTokenCount": 100_000, "OutputTokenCount": 20_000}.items():
        points = world.past(value, 5, 60)
        points[peak] = 20 * value
        cloud.data.put(world.SINGAPORE, model_id, metric, points)
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE], configuration.CACHED_POLLING | {"backfill": "2h"}), cloud)
    daemon.start().wait_until_ready()

    def report(*arguments):
        answer = run("report", f"--storage.path={daemon.store}", "--format=json", *arguments)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def complete():
        pools = report()["pools"]
        return pools and pools[0]["requests"] == 10 * (56 + 19)

    wait_for(complete, lambda: f"the whole past; its log:\n{daemon.log()[-3000:]}")
    pool, = report()["pools"]
    assert (pool["account"], pool["region"], pool["scope"], pool["model"]) == ("test", world.SINGAPORE, "global", world.SONNET)
    assert (pool["burndown_rate"], pool["burndown_source"]) == (5, "table")
    assert (pool["input_tokens_per_request"], pool["output_tokens_per_request"]) == (10_000, 2_000)
    # CloudWatch lists no cache reads, so that nobody has asked for them.
    assert pool["cache_read_share"] is None and pool["cache_saved_quota_tokens"] is None
    tokens = {quota["quota"]: quota for quota in pool["quotas"]}["tokens_per_minute"]
    assert (tokens["limit"], tokens["quota_code"], tokens["adjustable"]) == (4_000_000, "L-7BEE40FB", True)
    assert tokens["steady_median"] == tokens["steady_p95"] == 200_000
    assert tokens["peak"] == 4_000_000
    assert tokens["peak_minute"] == time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(peak))
    assert 0 < tokens["share_above_100"] == tokens["share_above_70"] <= 1 / 56
    assert tokens["reaches_100"] == "already" and tokens["needed_high"] == 5_800_000 and tokens["needed_until"] is None
    assert tokens["request_command"] == (
        "aws service-quotas request-service-quota-increase --service-code bedrock --quota-code L-7BEE40FB"
        f" --desired-value 5800000 --region {world.SINGAPORE}")
    assert tokens["console_url"] == (
        f"https://{world.SINGAPORE}.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas/L-7BEE40FB")
    figures = {figure["quota"]: figure for figure in pool["questionnaire"]["figures"]}
    assert {name: (figure["steady_state"], figure["peak"]) for name, figure in figures.items()} == {
        "tokens_per_minute": (200_000, 4_000_000), "requests_per_minute": (10, 200)}
    assert figures["requests_per_minute"]["peak_minute"] == tokens["peak_minute"]
    answers = {line["question"]: line["answer"] for line in pool["questionnaire"]["answers"]}
    assert answers["Steady State TPM"] == "200,000" and answers["Average Output Tokens per Request"] == "2,000"
    assert answers["Model Lifecycle"] == "active" and pool["questionnaire"]["warning"] is None
    plan = report(f"--plan=rpm=100,input=10000,output=5000,model={model_id}")
    quotas = {quota["quota"]: quota["ratio"] for quota in plan["quotas"]}
    assert quotas == {"tokens_per_minute": 0.875, "requests_per_minute": 0.25}
