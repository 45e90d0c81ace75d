"""`config`: the configuration in effect and where it comes from; and its schema, against the program itself."""

import copy
import json
import os
import re
import subprocess
from collections import Counter

import jsonschema
import pytest
import yaml

from support import configuration, programs, secrets
from support.daemon import run
from support.waiting import PATIENCE_SECONDS, allow

SCHEMA = programs.ROOT / "config/bedrock-quota-exporter.schema.json"
EXAMPLES = [*sorted((programs.ROOT / "config").glob("*.yml")), programs.ROOT / "deploy/docker/exporter.yml"]

#: Every key, with values that are taken together.
ALL = {
    "web": {
        "listen_address": "127.0.0.1:1", "telemetry_path": "/m", "metrics": "quotas", "allowed_hosts": ["quotas.example.com"],
        "max_requests": 3, "basic_auth_users": {"bob": secrets.PASSWORD_HASH}},
    "storage": {
        "path": "a.db", "minute_retention": "90d", "rollup_retention": "400d",
        "backup": {"path": "/b", "interval": "2d", "keep": 3}},
    "accounts": [{
        "name": "prod", "regions": ["ap-southeast-1"], "profile": "p", "role_arn": "arn:aws:iam::111122223333:role/r",
        "external_id": secrets.EXTERNAL_ID, "endpoint_url": "http://127.0.0.1:5000", "profile_tags": ["team"],
        "callers": {"enabled": True, "by": ["role", "metadata:app"], "keep": 5, "log_group": "/g", "monthly_budget_gigabytes": 1.5}}],
    "organization": {
        "role_name": "monitor", "external_id_file": "/run/id", "regions": ["us-east-1"], "organizational_units": ["ou-ab12-11112222"],
        "exclude": ["111122223333"], "refresh": "30m", "profile": "p", "endpoint_url": "http://127.0.0.1:5000", "profile_tags": ["team"]},
    "shard": "1/2",
    "polling": {
        "interval": "30s", "reread_window": "20m", "settle_delay": "2m", "silence_timeout": "1h", "adaptive": True,
        "relaxed_interval": "10m", "monthly_budget": 20, "discovery_interval": "10m", "quota_interval": "2h", "backfill": "10d"},
    "quotas": {
        "overrides": [{
            "account": "prod", "region": "ap-southeast-1", "scope": "global", "model": "anthropic.claude-sonnet-4-6",
            "tokens_per_minute": 4000000, "requests_per_minute": 100, "tokens_per_day": 1e9}],
        "burndown_rates": [{"model": "anthropic.claude-opus-4-8*", "rate": 15}],
        "reservations": [{
            "account": "prod", "region": "ap-southeast-1", "scope": "global", "model": "anthropic.claude-sonnet-4-6",
            "input_tokens_per_minute": 1000, "output_tokens_per_minute": 100}]},
    "alerts": {
        "warning": 0.6, "critical": 0.9, "minutes": {"at_least": 3, "of": 6}, "for": "1m", "resolve_after": "4m", "hysteresis": 0.01,
        "page_url": "https://h/page", "runbook_base_url": "https://h/runbooks",
        "rules": {
            "throttling": {
                "enabled": True, "throttle_floor": 5, "throttle_warning": 0.02, "throttle_critical": 0.2, "client_error_floor": 5,
                "client_error_deviations": 7},
            "exhaustion_forecast": {"enabled": True, "days": 7}, "data_stale": {"enabled": False, "after": "20m"}},
        "overrides": [{
            "account": "prod", "region": "ap-southeast-1", "scope": "global", "model": "a.b*", "enabled": True, "warning": 0.5,
            "critical": 0.95, "minutes": {"at_least": 1, "of": 2}, "for": "1m", "resolve_after": "1m", "forecast_days": 3,
            "throttle_floor": 1, "throttle_warning": 0.1, "throttle_critical": 0.2, "client_error_floor": 1}],
        "receivers": [
            {"type": "alertmanager", "name": "am", "url": "http://127.0.0.1:9093", "resend": "2m"},
            {"type": "webhook", "name": "hook", "url": "https://h/x", "hmac_secret_file": "/k", "group": False},
            {"type": "slack", "name": "chat", "url_file": "/run/slack", "group": True},
            {"type": "sns", "name": "mail", "topic_arn": "arn:aws:sns:us-east-1:111122223333:t", "profile": "p",
             "role_arn": "arn:aws:iam::111122223333:role/r"},
            {"type": "command", "name": "page", "command": ["/bin/page", "--now"]}]},
    "remote_write": [
        {"url": "https://h/w", "name": "one", "basic_auth": {"username": "u", "password_file": "/p"},
         "external_labels": {"site": "x"}, "start": "1d"},
        {"url": "https://g/w", "name": "two", "bearer_token_file": "/t"},
        {"url": "https://i/w", "name": "three", "sigv4": {
            "region": "us-east-1", "profile": "p", "role_arn": "arn:aws:iam::111122223333:role/r"}}],
}

#: Where a schema takes what the program refuses: it cannot compare values, does not know all bounds, and does not read text as a
#: name, an address or an ARN is read.
BEYOND = re.compile("|".join([
    r"(storage\.(minute|rollup)_retention|interval|refresh|reread_window|settle_delay|silence_timeout|backfill|for|resolve_after|after"
    r"|resend|start)$",  # how long
    r"(warning|critical|hysteresis|at_least|of)$",  # one below another
    r"\.account$",  # which accounts there are
    r"^accounts$",  # none at all without an organization
    r"(url|url_file|role_arn|topic_arn|allowed_hosts\.0)$",  # what is in a text
]))


def schema():
    return json.loads(SCHEMA.read_text())


VALIDATOR = jsonschema.Draft202012Validator(schema()) if SCHEMA.exists() else None


def judged(documents):
    """What the program says of each: None where it takes it."""
    tool = programs.ROOT / os.environ.get("BQE_BIN_DIR", ".build/debug") / "yaml-tree"
    # Thousands of documents: libyaml writes them ten times as fast.
    text = b"".join(yaml.dump(document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True).encode() + b"\0"
                    for document in documents)
    ended = subprocess.run([tool, "page"], input=text, capture_output=True, timeout=allow(PATIENCE_SECONDS) * 4)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line).get("error") for line in ended.stdout.splitlines()]


def paths(value, path=()):
    """The path of every key and item."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield path + (key,)
            yield from paths(item, path + (key,))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield path + (index,)
            yield from paths(item, path + (index,))


def section(name):
    """The section alone, with the accounts that others name."""
    return copy.deepcopy({key: value for key, value in ALL.items() if key == name or key == "accounts" and name in ("quotas", "alerts")})


def changed(path, value):
    document = section(path[0])
    place = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return document


def without(path):
    document = section(path[0])
    place = document
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    return document


def at(path):
    value = ALL
    for part in path:
        value = value[part]
    return value


def test_the_schema_is_one_and_holds_every_key():
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    text = programs.ROOT.joinpath("config/README.md").read_text()
    keys = re.findall(r"^\| `([a-z_0-9.\[\]]+)` \|", text, re.MULTILINE)
    assert len(keys) > 100
    for key in keys:
        place = schema()
        for part in key.split("."):
            place = place["properties"][part.removesuffix("[]")]
            place = place["items"] if part.endswith("[]") else place
        assert place["description"], key


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_names_the_schema_and_fits_it(path):
    first = path.read_text().splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert named != first and (path.parent / named).resolve() == SCHEMA.resolve()
    VALIDATOR.validate(yaml.safe_load(path.read_text()))


def test_the_schema_takes_what_the_program_takes():
    assert judged([ALL]) == [None]
    VALIDATOR.validate(ALL)
    optional = [without(path) for path in paths(ALL) if not isinstance(path[-1], int)]
    for document, error in zip(optional, judged(optional)):
        assert error is not None or VALIDATOR.is_valid(document), document


def test_the_schema_refuses_most_of_what_the_program_refuses():
    """Every value of every key in turn is replaced by others; what is left to the program is told by kind."""
    others = [[], {}, "", "x y", "nosuch", "0s", "200y", "a.b", "x" * 5000, -1, 0.5, 1e18, True, None, ["a", "a"], {"nosuch": "x"}, [{}]]
    documents, places = [], []
    for path in paths(ALL):
        for other in others:
            if other != at(path):
                documents.append(changed(path, other))
                places.append((path, other))
    counts, wrong = Counter(), []
    for document, (path, other), error in zip(documents, places, judged(documents)):
        fits = VALIDATOR.is_valid(document)
        counts["program" if error else "neither", fits] += 1
        if error is None and not fits:
            # A number, a switch, a list's null are text for the program where text is meant; an editor wants them in quotes.
            is_text = isinstance(other, (bool, int, float)) or other is None and isinstance(path[-1], int)
            if not (is_text and isinstance(at(path), str)):
                wrong.append((path, other))
        elif error is not None and fits and not BEYOND.search(".".join(str(part) for part in path)):
            wrong.append((path, other, error))
    assert not wrong, "\n".join(map(str, wrong))
    assert counts["program", False] > 0.97 * (counts["program", False] + counts["program", True]), counts
    assert counts["neither", True] > 100


def test_unknown_keys_are_refused_everywhere():
    places = [path for path in paths(ALL) if isinstance(at(path), dict)]
    free = {("web", "basic_auth_users"), ("remote_write", 0, "external_labels")}
    documents = [{"nosuch_key": 1}] + [changed(path + ("nosuch_key",), 1) for path in places if path not in free]
    assert len(documents) > 20
    assert all(judged(documents))
    assert not any(VALIDATOR.is_valid(document) for document in documents)


MISTAKES = {
    "a key of another receiver": {"alerts": {"receivers": [{"type": "slack", "url": "https://h/x", "topic_arn": "arn:aws:sns:us-east-1:111122223333:t"}]}},
    "two URLs": {"alerts": {"receivers": [{"type": "slack", "url": "https://h/x", "url_file": "/u"}]}},
    "no URL": {"alerts": {"receivers": [{"type": "webhook"}]}},
    "no topic": {"alerts": {"receivers": [{"type": "sns"}]}},
    "no type": {"alerts": {"receivers": [{"url": "https://h/x"}]}},
    "two ways of authentication": {"remote_write": [{"url": "https://h/w", "bearer_token_file": "/t", "sigv4": {"region": "us-east-1"}}]},
    "an external ID without a role": {"accounts": [{"name": "a", "external_id": "abc"}]},
    "an override without a limit": {"quotas": {"overrides": [{"model": "a.b"}]}},
    "an override of nothing": {"alerts": {"overrides": [{"region": "us-east-1"}]}},
    "an override of no pool": {"alerts": {"overrides": [{"warning": 0.5}]}},
    "no model": {"quotas": {"burndown_rates": [{"rate": 5}]}},
    "a rate in quotes": {"quotas": {"burndown_rates": [{"model": "a.b", "rate": "5"}]}},
    "a duration without unit": {"polling": {"interval": 60}},
    "a ratio above 1": {"alerts": {"warning": 70}},
    "a reserved label": {"remote_write": [{"url": "https://h/w", "external_labels": {"__a": "b"}}]},
    "no bcrypt": {"web": {"basic_auth_users": {"bob": "password"}}},
}


@pytest.mark.parametrize("document", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_for_both(document):
    assert judged([document])[0] and not VALIDATOR.is_valid(document)


# MARK: The command

def config(folder, text, *flags, code=0, **variables):
    file = configuration.write(folder / "config.yaml", text)
    ended = run(["config", f"--config.file={file}", *flags], configuration.environment(folder, **variables), folder)
    assert ended.returncode == code, ended.stderr
    assert not secrets.found_in(ended.stdout + ended.stderr)
    return ended.stderr if code else ended.stdout


TEXT = f"""# A comment.
accounts:
  - name: prod
    regions: [ap-southeast-1]
    role_arn: arn:aws:iam::111122223333:role/r
    external_id: {secrets.EXTERNAL_ID}
web:
  listen_address: ":1"
  basic_auth_users: {{ "bob": "{secrets.PASSWORD_HASH}" }}
alerts:
  receivers:
    - {{ type: slack, url: "https://h/{secrets.HOOK_PATH}" }}
    - type: slack
      url_file: url
"""


def test_each_value_is_printed_with_where_it_comes_from(tmp_path):
    (tmp_path / "url").write_text(f"https://h/{secrets.HOOK_TOKEN}\n")
    text = config(tmp_path, TEXT, "--storage.path=/x.db", BQE_SHARD="2/8")
    lines = dict(re.findall(r"^[ -]*([a-z_\"]+): .*  # (.*)$", text, re.MULTILINE))
    assert lines["listen_address"] == "line 8" and lines["telemetry_path"] == "default"
    assert lines["path"] == "flag --storage.path" and lines["shard"] == "environment BQE_SHARD"
    assert lines["external_id"] == "line 6" and lines['"bob"'] == "line 9" and lines["url_file"] == "line 14"
    for line in text.splitlines()[2:]:
        assert line.endswith(":") or "  # " in line, line
    read = yaml.safe_load(text)
    assert read["storage"]["path"] == "/x.db" and read["shard"] == "2/8"
    assert read["accounts"][0]["external_id"] == "<secret>"
    assert [receiver.get("url") for receiver in read["alerts"]["receivers"]] == ["https://h/<secret>", None]


def test_it_says_what_the_page_of_a_running_exporter_says(workshop):
    cloud = workshop.cloud()
    daemon = workshop.daemon(configuration.settings(["ap-southeast-1"]), cloud)
    daemon.start()
    page = yaml.safe_load(daemon.get("/config").text)
    assert daemon.stop() == 0
    text = config(daemon.folder, daemon.config_file.read_text(), f"--storage.path={daemon.store}", "--web.listen-address=127.0.0.1:0")
    assert yaml.safe_load(text) == page


def test_fed_back_it_is_the_same(tmp_path):
    plain = {key: value for key, value in ALL.items() if key not in ("accounts", "organization", "web")}
    plain["alerts"] = {**ALL["alerts"], "receivers": [r for r in ALL["alerts"]["receivers"] if r["name"] in ("am", "mail")]}
    plain["accounts"] = [{"name": "prod", "regions": ["ap-southeast-1"]}]
    first = config(tmp_path, yaml.safe_dump(plain))
    VALIDATOR.validate(yaml.safe_load(first))
    again = config(tmp_path, first)
    assert yaml.safe_load(again) == yaml.safe_load(first)
    assert yaml.safe_load(first)["polling"]["interval"] == "30s"


def test_without_a_file_it_is_the_defaults(tmp_path):
    ended = run(["config"], configuration.environment(tmp_path), tmp_path)
    assert ended.returncode == 0
    values = [line for line in ended.stdout.splitlines()[2:] if not line.endswith(":")]
    assert all(line.endswith("  # default") for line in values)


def test_what_is_wrong_is_told_as_by_check(tmp_path):
    error = config(tmp_path, "polling: { interval: 5 }\n", code=1)
    assert re.search(r"config\.yaml:1:22: polling\.interval: \"5\" has no unit", error)
    error = config(tmp_path, TEXT, code=1)
    assert "config.yaml:14:17: alerts.receivers[1].url_file: url: no such file" in error


def test_the_schema_is_printed(tmp_path):
    ended = run(["config", "--schema"], configuration.environment(tmp_path), tmp_path)
    assert (ended.returncode, ended.stdout) == (0, SCHEMA.read_text())
