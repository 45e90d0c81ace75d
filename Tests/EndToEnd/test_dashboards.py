"""The dashboards: well formed as Grafana's provisioning wants them, and no panel empty against the demo."""

import json
import re
import time

import pytest

from support import programs
from support.prometheus import prometheus
from support.waiting import wait_for

FILES = sorted((programs.ROOT / "dashboards").glob("*.json"))
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
UNITS = {"none", "short", "percentunit", "s", "bytes", "reqps", "reqpm", "currencyUSD"}
#: Parts of every Grafana; anything else would be a plug-in.
PANELS = {"row", "stat", "timeseries", "table", "bargauge", "piechart", "state-timeline"}
#: Panels that rightly show nothing in the demo, and why.
EMPTY = {
    ("bedrock-quota-exporter-health", "Failures by code"): "no request fails in the demo",
    ("bedrock-quota-exporter-health", "Samples pushed"): "the demo has no receiver of remote write",
    ("bedrock-quota-exporter-health", "Age of the newest minute pushed"): "the demo has no receiver of remote write",
}
#: A pool of the demo that has all three kinds of quota, and traffic at every hour of the day.
POOL = {"account": "111122223333", "region": "ap-southeast-7", "scope": "global", "model": "anthropic.claude-haiku-4-5-20251001-v1:0"}
SCRAPE_SECONDS = 1
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


def test_there_are_three_with_names_of_their_own():
    boards = [load(path) for path in FILES]
    assert [path.stem for path in FILES] == sorted(board["uid"] for board in boards)
    assert len(FILES) == 3
    assert len({board["title"] for board in boards}) == 3


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
def demo(module_workshop):
    """The demonstration; the workshop ends it."""
    return module_workshop.daemon(None, command=("demo",), identity=None).start().wait_until_ready()


@pytest.fixture(scope="module")
def server(demo, tmp_path_factory):
    """A Prometheus that has scraped the demo for some seconds."""
    settings = {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "scrape_timeout": f"{SCRAPE_SECONDS}s"},
        "scrape_configs": [{
            "job_name": "bedrock", "honor_labels": True, "static_configs": [{"targets": [demo.address]}]}],
    }
    with prometheus(tmp_path_factory.mktemp("prometheus") / "server", settings) as server:
        server.wait_for_target()
        # Each minute of use is counted whole, so it can take one until a counter moves between two scrapes.
        series = f'region="{POOL["region"]}", model_id="global.{POOL["model"]}"'
        moved = f"rate(bedrock_invocations_total{{{series}}}[{WINDOW}]) > 0"
        wait_for(lambda: server.query(moved), "a minute that comes in between two scrapes")
        time.sleep(SCRAPE_SECONDS)
        yield server


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
        offered = values(server, variable["query"]["query"], chosen)
        assert offered, f"the variable {name} offers nothing: {variable['query']['query']} with {chosen}"
        if variable["includeAll"]:
            chosen[name] = every(variable, offered)
        else:
            assert wanted[name] in offered, f"{name}: {wanted[name]} is not among {offered}"
            chosen[name] = wanted[name]
    return chosen


@pytest.mark.slow
def test_every_expression_gives_something(server, board):
    chosen = choices(server, board, POOL)
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
        if variable["type"] == "interval":
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
