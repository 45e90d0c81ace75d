"""The runbooks: one for each alert, and what they tell people to run and to ask works as it stands."""

import os
import re
import subprocess

import pytest
import yaml

from support import configuration, helm, pools, programs, world
from support.documents import anchors, links
from support.receivers import recorder
from support.waiting import allow, wait_for

DEPLOY = programs.ROOT / "deploy"
FOLDER = DEPLOY / "runbooks"
INDEX = FOLDER / "README.md"
BASE = "https://git.example.com/quotas/runbooks"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path != INDEX)
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
MODEL_ID = f"global.{world.SONNET}"
#: Commands that have nothing to tell of a pool without logs and without throttling.
MAYBE_EMPTY = {"throttles", "callers"}


def shipped_rules():
    return [rule for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())["groups"]
            for rule in group["rules"]]


def daemon_alerts():
    """Out of the table of keys, which a test compares with the program."""
    return set(re.findall(r"Whether (Bedrock\w+) is raised", (programs.ROOT / "config" / "README.md").read_text()))


def blocks(language):
    """[(page, text)] of the pages' code blocks in a language."""
    return [(page, text) for page in PAGES
            for text in re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)]


def lines():
    """{command: a page that has it}."""
    return {line: page for page, text in blocks("sh") for line in text.splitlines()}


def test_each_alert_has_a_runbook_and_each_runbook_an_alert():
    assert len(daemon_alerts()) == 14
    alerts = daemon_alerts() | {rule["alert"] for rule in shipped_rules()}
    assert {page.stem for page in PAGES} == alerts
    assert {path.stem for path, _ in links(INDEX) if path.parent == FOLDER} - {"README"} == alerts, "the list of them"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_headings_links_and_blocks(page):
    text = page.read_text()
    assert re.findall(r"^(#+) (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE) == [
        ("#", page.stem), *(("##", heading) for heading in HEADINGS)]
    for section in re.split(r"^##? .*$", text, flags=re.MULTILINE)[2:]:
        assert section.strip(), "every section says something"
    for path, anchor in links(page):
        assert path.exists(), f"{path} does not exist"
        assert not anchor or anchor in anchors(path), f"{path} has no heading #{anchor}"
    # A command in a sentence would be tried by no test.
    assert not re.findall(r"`(?:curl|bedrock-quota-exporter) [^`]*`", text)
    assert set(re.findall(r"^```(\w*)$", text, re.MULTILINE)) <= {"", "sh", "promql"}


def test_the_index_sets_what_the_commands_take():
    block, = re.findall(r"^```sh\n(.*?)^```$", INDEX.read_text(), re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"(\w+)=", block)) == {name for line in lines() for name in re.findall(r"\$(\w+)", line)}


@pytest.fixture(scope="module")
def shell(module_workshop):
    """Runs a line as people do, beside a daemon with a pool that has traffic and a receiver of alerts."""
    cloud = pools.furnish(module_workshop.cloud())
    for metric, value in (("InputTokenCount", 3_000_000), ("OutputTokenCount", 1000), ("Invocations", 10)):
        cloud.data.put(pools.REGION, MODEL_ID, metric, world.steady(value))
    with recorder() as hook:
        settings = configuration.settings(
            [pools.REGION], configuration.CACHED_POLLING | {"backfill": "1h"},
            alerts={"receivers": [{"type": "webhook", "url": hook.url("/")}]})
        daemon = module_workshop.daemon(settings, cloud)
        config = configuration.write(
            daemon.folder / "runbook.yml", settings | {"storage": {"path": str(daemon.store)}})
        daemon.start().wait_until_ready()
        daemon.wait_for_metrics(lambda page: page.matching("bedrock_quota_usage", region=pools.REGION), "usage")
        variables = configuration.environment(
            daemon.folder, cloud.url, EXPORTER=f"http://{daemon.address}", CONFIG=str(config), ACCOUNT="test",
            REGION=pools.REGION, SCOPE="global", MODEL=world.SONNET, MODEL_ID=MODEL_ID,
            PATH=f"{programs.exporter().parent}{os.pathsep}{os.environ['PATH']}")
        yield lambda line: subprocess.run(
            ["bash", "-euc", line], env=variables, cwd=daemon.folder, capture_output=True, text=True, timeout=allow(120))


@pytest.mark.parametrize("line", sorted(lines()), ids=lambda line: re.sub(r"\W+", "-", line)[:70])
def test_its_commands_run(shell, line):
    programs.required("curl")
    command = re.match(r"bedrock-quota-exporter (\w+)", line)
    done = shell(line)
    assert done.returncode == 0, f"{lines()[line].name}: {line}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert done.stdout.strip()
    if "$MODEL" in line and command and command[1] not in MAYBE_EMPTY:
        assert world.SONNET in done.stdout, "it finds the alert's pool"


def test_its_expressions_are_promql_about_metrics_that_exist(tmp_path):
    expressions = blocks("promql")
    assert len(expressions) > len(PAGES)
    rules = [{"record": "x", "expr": text, "labels": {"n": str(number)}} for number, (_, text) in enumerate(expressions)]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "runbooks", "rules": rules}]}))
    checked = subprocess.run(
        [programs.required("promtool"), "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True,
        timeout=allow(60))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    # A test compares this table with the program.
    table = (DEPLOY / "prometheus" / "README.md").read_text()
    metrics = set(re.findall(r"^\| `(\w+)` \| (?:counter|gauge)", table, re.MULTILINE))
    assert "bedrock_quota_limit" in metrics
    for page, text in expressions:
        named = set(re.findall(r"\b(?:bedrock|process)_\w+", text))
        assert named <= metrics, f"{page.stem}: {named - metrics}"
        assert named or text.strip() == "up == 0", f"{page.stem}: {text} is about no metric"


def test_the_shipped_rules_link_to_them_once_it_is_known_where_they_are(tmp_path):
    """By the command that the files themselves show, and by the chart's value; without it no link leads nowhere."""
    source = DEPLOY / "prometheus" / "alerts.yml"
    assert all("runbook_url" not in rule["annotations"] for rule in shipped_rules())
    shown, = re.findall(r"^#   (sed -i .*) alerts.yml$", source.read_text(), re.MULTILINE)
    told, = re.findall(r"`(sed .*) deploy/prometheus/alerts.yml`", INDEX.read_text())
    assert told.replace("\\|", "|") == shown
    for file in (source, DEPLOY / "kubernetes" / "prometheusrule.yaml"):
        copy = tmp_path / file.name
        copy.write_text(file.read_text())
        subprocess.run(["bash", "-euc", f"{shown.replace('https://git.example.com/runbooks', BASE)} {copy}"], check=True)
        check_links(yaml.safe_load(copy.read_text()))
    rendered = helm.helm("template", "x", DEPLOY / "helm" / "bedrock-quota-exporter", "--set", "image.registry=r",
                         "--set", "prometheusRule.enabled=true", "--set", f"prometheusRule.runbookBaseUrl={BASE}/")
    rule, = [one for one in yaml.safe_load_all(rendered) if one and one["kind"] == "PrometheusRule"]
    check_links(rule)


def check_links(document):
    groups = document.get("spec", document)["groups"]
    found = [(rule["alert"], rule["annotations"]["runbook_url"]) for group in groups for rule in group["rules"]
             if "alert" in rule]
    assert len(found) == len(shipped_rules())
    assert all(url == f"{BASE}/{alert}.md" for alert, url in found)


def test_the_daemons_alerts_link_to_them(workshop):
    cloud = pools.furnish(workshop.cloud())
    pools.use(cloud, MODEL_ID, 0.75)
    with recorder() as hook, recorder() as chat:
        receivers = [{"type": "webhook", "url": hook.url("/")}, {"type": "slack", "url": chat.url("/services/x")}]
        daemon = workshop.daemon(pools.settings(receivers, {"runbook_base_url": f"{BASE}/"}), cloud).start()
        body = wait_for(hook.bodies, daemon.log)[0]
        expected = f"{BASE}/BedrockQuotaWarning.md"
        assert [alert["annotations"]["runbook_url"] for alert in body["alerts"]] == [expected]
        assert body["commonAnnotations"]["runbook_url"] == expected
        fields = wait_for(chat.bodies, daemon.log)[0]["attachments"][0]["fields"]
        assert {"title": "Runbook", "value": expected, "short": False} in fields
        alerts = daemon.api("/api/v1/alerts")["alerts"]
        assert [alert["annotations"]["runbook_url"] for alert in alerts] == [expected]
        assert f'runbook_base_url: "{BASE}"' in daemon.get("/config").body.decode()
