"""`report` on the store of a demo: JSON and Markdown agree, and a plan needs no store."""

import json
import re
import subprocess

from support import programs


def run(*arguments):
    return subprocess.run([str(programs.exporter()), *arguments], capture_output=True, text=True, timeout=60)


def test_report_of_a_demo(tmp_path):
    store = tmp_path / "usage.db"
    demo = run("demo", "--duration=20s", "--web.listen-address=127.0.0.1:0", f"--storage.path={store}")
    assert demo.returncode == 0, demo.stderr
    as_json = run("report", f"--storage.path={store}", "--format=json")
    assert as_json.returncode == 0, as_json.stderr
    document = json.loads(as_json.stdout)
    assert len(document["pools"]) >= 20
    quotas = [quota for pool in document["pools"] for quota in pool["quotas"]]
    assert any(quota["peak"] and quota["peak"] > 0.8 * quota["limit"] for quota in quotas)
    for quota in quotas:
        if quota["request_command"]:
            assert quota["needed_in_12_months"] > quota["limit"]
            assert quota["quota_code"] in quota["request_command"]
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
