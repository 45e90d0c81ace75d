"""The dashboards: well formed as Grafana's provisioning wants them, and no panel empty against the demo."""

import json
import re
import time

import pytest

import test_callers
from support import organization, programs, world
from support.preload import TurnedClock
from support.prometheus import prometheus
from support.waiting import wait_for

FILES = sorted((programs.ROOT / "dashboards").glob("*.json"))
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
UNITS = {"none", "short", "percentunit", "s", "bytes", "reqps", "reqpm", "currencyUSD"}
#: Parts of every Grafana; anything else would be a plug-in.
PANELS = {"row", "stat", "timeseries", "table", "bargauge", "piechart", "state-timeline"}
#: What all boards are told of the world around them: where the exporter's page and the runbooks are.
TEXTS = ["page", "runbooks"]
#: Boards of what the demo does not have, and the fixture with a Prometheus that has it.
ELSEWHERE = {"bedrock-quota-callers": "of_callers", "bedrock-quota-organization": "of_organization"}
#: Panels that rightly show nothing in the demo, and why.
EMPTY = {
    ("bedrock-quota-exporter-health", "Failures by code"): "no request fails in the demo",
    ("bedrock-quota-exporter-health", "Samples pushed"): "the demo has no receiver of remote write",
    ("bedrock-quota-exporter-health", "Age of the newest minute pushed"): "the demo has no receiver of remote write",
}
#: A pool of the demo that has all three kinds of quota, and traffic at every hour of the day.
POOL = {"account": "111122223333", "region": "ap-southeast-7", "scope": "global", "model": "anthropic.claude-haiku-4-5-20251001-v1:0"}
#: Also how long a scrape may take: one that is missed takes all series away until the next.
SCRAPE_SECONDS = 5
#: What Grafana would put in for $__rate_interval.
RATE_INTERVAL = "1m"
#: The shortest window of the boards' own choice: counters step once a poll.
WINDOW = "5m"


def load(path):
    return json.loads(path.read_text())


def panels(board):
    """All panels but rows, also those in folded rows."""
    for panel in board["panels"]:
        yield from panel.get("panels", [])
        if panel["type"] != "row":
            yield panel


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def board(request):
    return load(request.param)


def test_there_are_five_with_names_of_their_own():
    boards = [load(path) for path in FILES]
    assert [path.stem for path in FILES] == sorted(board["uid"] for board in boards)
    assert len(FILES) == 5
    assert len({board["title"] for board in boards}) == 5
    readme = (programs.ROOT / "dashboards/README.md").read_text()
    assert all(f"]({path.name})" in readme for path in FILES)


def test_the_board_is_classic_json_for_every_grafana(board):
    assert board["id"] is None
    assert re.fullmatch(r"[a-zA-Z0-9_-]{8,40}", board["uid"])
    assert board["schemaVersion"] >= 36
    assert "__inputs" not in board and "__requires" not in board
    assert board["editable"] is True and board["graphTooltip"] == 1
    assert board["title"] and board["description"] and board["refresh"] and board["time"]["to"] == "now"
    assert "bedrock-quota-exporter" in board["tags"], "the boards find each other by it"


def test_variables(board):
    first, *others = board["templating"]["list"]
    assert (first["type"], first["name"], first["query"]) == ("datasource", "datasource", "prometheus")
    assert others[0]["name"] == "job"
    window = others.pop()
    assert (window["type"], window["name"], window["auto"], window["auto_min"]) == ("interval", "window", True, WINDOW)
    assert window["query"].split(",")[0] == WINDOW and window["current"]["value"] == "$__auto_interval_window"
    texts = [others.pop() for _ in TEXTS][::-1]
    assert [(variable["type"], variable["name"]) for variable in texts] == [("textbox", name) for name in TEXTS]
    assert all(variable["query"] == variable["current"]["value"] and variable["description"] for variable in texts)
    for variable in others:
        assert variable["type"] == "query" and variable["datasource"] == DATASOURCE, variable["name"]
        assert variable["refresh"] == 2, "also when the time range changes"
        assert variable["multi"] == variable["includeAll"], variable["name"]
        if variable["includeAll"]:
            # All model IDs are those of the pool, which only a list tells from the others of the Region.
            assert variable["allValue"] == (None if variable["name"] == "model_id" else ".+"), variable["name"]
        assert re.fullmatch(r"label_values\(.+, \w+\)", variable["query"]["query"]), variable["name"]
    names = {variable["name"] for variable in board["templating"]["list"]}
    text = json.dumps(board["panels"])
    unknown = set(re.findall(r"\$\{?([a-z_]+)", text)) - names
    assert unknown <= {"__rate_interval", "__data", "__url_time_range"}, unknown
    known = {name for name in names if re.search(rf"\$\{{?{name}\b", json.dumps(board))}
    assert names == known, "a variable that nothing uses"


def test_every_panel_and_target_names_the_datasource_variable(board):
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in board["panels"]:
        assert panel["type"] in PANELS, panel["title"]
    for panel in panels(board):
        title = panel["title"]
        assert title and panel["datasource"] == DATASOURCE, title
        assert panel["targets"], title
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, title
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references), title
        for target in panel["targets"]:
            assert target["datasource"] == DATASOURCE, title
            assert 'job=~"$job"' in target["expr"], title
            for name, window in re.findall(r"rate\((\w+)[^\[]*\[([^\]]+)\]", target["expr"]):
                # What steps once a poll saws in a window of a few scrapes.
                assert window in (("$__rate_interval",) if name.startswith("process_") else ("$window", "1h")), title
                assert window != "$window" or "rate window" in panel["description"], title


def test_links_lead_somewhere(board):
    """To other boards that are there, to pages that the exporter has, to runbooks that are written."""
    boards, *others = board["links"]
    assert (boards["type"], boards["tags"], boards["includeVars"]) == ("dashboards", ["bedrock-quota-exporter"], True)
    urls = [link["url"] for link in others] + re.findall(r'"url": "([^"]+)"', json.dumps(board["panels"]))
    assert {"${page}/", "${runbooks}/README.md"} <= set(urls)
    for url in urls:
        place, _, asked = url.partition("?")
        if place.startswith("/d/"):
            assert (programs.ROOT / "dashboards" / f"{place.removeprefix('/d/')}.json").is_file(), url
        elif place.startswith("${runbooks}/"):
            name = place.removeprefix("${runbooks}/").replace("${__data.fields.alert}", "BedrockThrottling")
            assert (programs.ROOT / "deploy/runbooks" / name).is_file(), url
        else:
            assert place in ("${page}/", "${page}/pool"), url
            names = {part.split("=")[0] for part in asked.split("&") if part}
            assert names in (set(), {"account", "filter"}, {"account", "region", "scope", "model"}), url


def test_nothing_overlaps_and_nothing_hangs_over(board):
    cells = {}
    for panel in board["panels"]:
        place = panel["gridPos"]
        assert place["w"] > 0 and place["h"] > 0 and 0 <= place["x"] and place["x"] + place["w"] <= 24, panel["title"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                other = cells.setdefault((x, y), panel["title"])
                assert other == panel["title"], f"{panel['title']} lies over {other}"


def test_metrics_exist(board):
    """Against the program's own list."""
    readme = (programs.ROOT / "deploy/prometheus/README.md").read_text()
    names = set(re.findall(r"\b(?:bedrock|process)_[a-z_0-9]+", " ".join(
        target["expr"] for panel in panels(board) for target in panel["targets"])))
    assert names and {name for name in names if f"| `{name}` |" not in readme} == set()


@pytest.fixture(scope="module")
def clock(module_workshop):
    """The clock of the demonstration, its simulated AWS included."""
    return TurnedClock(module_workshop.folder)


@pytest.fixture(scope="module")
def demo(module_workshop, clock):
    """The demonstration; the workshop ends it."""
    demo = module_workshop.daemon(None, command=("demo",), identity=None, variables=clock.variables)
    return demo.start().wait_until_ready()


def scraping(daemon, tmp_path_factory):
    """A Prometheus that scrapes the daemon."""
    settings = {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"},
        "scrape_configs": [{
            "job_name": "bedrock", "honor_labels": True, "static_configs": [{"targets": [daemon.address]}]}],
    }
    return prometheus(tmp_path_factory.mktemp("prometheus") / "server", settings)


@pytest.fixture(scope="module")
def server(demo, clock, tmp_path_factory):
    """A Prometheus that has scraped the demo for some seconds."""
    with scraping(demo, tmp_path_factory) as server:
        server.wait_for_target()
        # A counter moves between two scrapes once a minute has gone by and the pool is read, which is after five at the latest.
        clock.turn(300)
        series = f'region="{POOL["region"]}", model_id="global.{POOL["model"]}"'
        moved = f"rate(bedrock_invocations_total{{{series}}}[{WINDOW}]) > 0"
        wait_for(lambda: server.query(moved), "a minute that comes in between two scrapes", 600)
        time.sleep(SCRAPE_SECONDS)
        yield server


def overload(cloud, region):
    """Traffic near its limit, with throttles."""
    cloud.data.add_quota(region, "L-00000001", f"{world.GLOBAL_TOKENS_PER_DAY} for Anthropic Claude Sonnet 4.6", 10**10, 10**10)
    for metric, value in (("Invocations", 100), ("InputTokenCount", 3_000_000), ("OutputTokenCount", 1000),
                          ("InvocationThrottles", 7), ("InvocationServerErrors", 1)):
        cloud.data.put(region, f"global.{world.SONNET}", metric, world.steady(value, ahead=60))


def wait_for_all(server, *expressions):
    """Waits until each of them has a result."""
    server.wait_for_target()
    for expression in expressions:
        wait_for(lambda one=expression: server.query(one), f"a result of {expression}", 300)


@pytest.fixture(scope="module")
def of_callers(module_workshop, tmp_path_factory):
    """A Prometheus that scrapes an exporter which reads invocation logs."""
    cloud = module_workshop.cloud()
    world.furnish(cloud.data, test_callers.REGION)
    overload(cloud, test_callers.REGION)
    cloud.data.invocation_logging[test_callers.REGION] = test_callers.LOGGING
    # Read one after the other, and slowly, so that counters move between two scrapes.
    starts = test_callers.settled_windows(12)
    cloud.data.logs.groups[test_callers.REGION, test_callers.GROUP] = []
    cloud.data.logs.looks = 2
    for start in starts:
        for index, name in enumerate(("app", "batch", "lab")):
            cloud.data.logs.write(test_callers.REGION, test_callers.GROUP, start + 10 + index, test_callers.record(
                test_callers.ROLE.format(name, "s"), tokens=(1000 * (index + 1), 10), metadata={"team": name}))
    settings = test_callers.settings(by=["role", "metadata:team"])
    daemon = test_callers.start_from(module_workshop.daemon(settings, cloud), settings, starts[0]).start()
    with scraping(daemon, tmp_path_factory) as server:
        wait_for_all(
            server, *(f"rate({name}[{WINDOW}]) > 0" for name in (
                "bedrock_caller_quota_tokens_total", "bedrock_quota_tokens_total", "bedrock_invocation_throttles_total")),
            "bedrock_alert_firing")
        yield server


@pytest.fixture(scope="module")
def of_organization(module_workshop, tmp_path_factory):
    """A Prometheus that scrapes an exporter which reads an organization, one account of which lets it not in."""
    cloud = organization.organization(module_workshop, 4, without_role={3})
    for region in organization.REGIONS:
        overload(cloud, region)
    daemon = module_workshop.daemon(organization.settings(), cloud).start().wait_until_ready()
    with scraping(daemon, tmp_path_factory) as server:
        wait_for_all(server, f"count_over_time(bedrock_quota_tokens_total[{WINDOW}]) > 1", "bedrock_alert_firing")
        yield server


@pytest.fixture
def answering(request, board):
    """The Prometheus that has what the board shows."""
    return request.getfixturevalue(ELSEWHERE.get(board["uid"], "server"))


def values(server, query, chosen):
    """What Grafana would list for `label_values(selector, label)`."""
    selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", substitute(query, chosen)).groups()
    return server.get(f"/api/v1/label/{label}/values", **{"match[]": selector})


def substitute(text, chosen):
    """The text as Grafana sends it."""
    text = text.replace("$__rate_interval", RATE_INTERVAL)
    return re.sub(r"\$\{?([a-z_]+)\}?", lambda match: chosen[match[1]], text)


def every(variable, offered):
    """What Grafana sends for "All": the value given for it, else all that is on offer."""
    return variable["allValue"] or "({})".format("|".join(re.escape(one) for one in offered).replace("\\", "\\\\"))


def choices(server, board, wanted):
    """A value for each variable: all where there is an "All", else the wanted one, which has to be on offer."""
    chosen = {}
    for variable in board["templating"]["list"][1:]:
        name = variable["name"]
        if variable["type"] == "interval":
            chosen[name] = variable["auto_min"]
            continue
        if variable["type"] == "textbox":
            continue
        offered = values(server, variable["query"]["query"], chosen)
        assert offered, f"the variable {name} offers nothing: {variable['query']['query']} with {chosen}"
        if variable["includeAll"]:
            chosen[name] = every(variable, offered)
        else:
            assert wanted[name] in offered, f"{name}: {wanted[name]} is not among {offered}"
            chosen[name] = wanted[name]
    return chosen


@pytest.mark.slow
def test_every_expression_gives_something(answering, board):
    server = answering
    chosen = choices(server, board, {**POOL, "kind": "role"})
    wrong = []
    for panel in panels(board):
        for target in panel["targets"]:
            result = server.query(substitute(target["expr"], chosen))
            excused = (board["uid"], panel["title"]) in EMPTY
            if not result and not excused:
                wrong.append(f"{panel['title']}, {target['refId']}: nothing from {target['expr']}")
            if result and excused:
                wrong.append(f"{panel['title']}: has data, take it off the list of the empty ones")
            wrong += [f"{panel['title']}: {value} from {target['expr']}" for value in
                      (entry["value"][1] for entry in result) if value in ("NaN", "+Inf", "-Inf")]
    assert not wrong, "\n".join(wrong)


def test_the_first_choice_of_every_variable_leads_somewhere(server):
    """What a visitor sees who opens the board of one pool without a link."""
    board = load(next(path for path in FILES if path.stem == "bedrock-quota-pool"))
    chosen = {}
    for variable in board["templating"]["list"][1:]:
        if variable["type"] in ("interval", "textbox"):
            continue
        offered = values(server, variable["query"]["query"], chosen)
        assert offered, variable["name"]
        chosen[variable["name"]] = every(variable, offered) if variable["includeAll"] else sorted(offered)[0]
    first = next(panels(board))
    assert server.query(substitute(first["targets"][0]["expr"], chosen))


@pytest.mark.slow
def test_the_board_of_a_pool_shows_its_model_ids_and_no_others(server, demo):
    """Application inference profiles included, whose IDs do not name their model."""
    board = load(next(path for path in FILES if path.stem == "bedrock-quota-pool"))
    members = next(panel for panel in panels(board) if panel["title"] == "Requests by model ID")["targets"][0]["expr"]
    pools = demo.api("/api/v1/pools")["pools"]
    assert any("." not in model_id for pool in pools for model_id in pool["model_ids"]), "one with an application profile"
    # Parts have the model IDs of their wholes, and pools without a quota nothing to be set against: the board has neither.
    for pool in pools:
        if not pool["quotas"] or pool["scope"].endswith(("_reserved", "_long_context")):
            continue
        chosen = choices(server, board, pool)
        shown = {entry["metric"]["model_id"] for entry in server.query(substitute(members, chosen))}
        offered = values(server, next(
            one["query"]["query"] for one in board["templating"]["list"] if one["name"] == "model_id"), chosen)
        assert set(offered) == set(pool["model_ids"]), pool["model"]
        assert shown <= set(pool["model_ids"]), pool["model"]
