"""The plug-in for LiteLLM: against a real daemon, and against exporters that are slow, broken or behind."""

import asyncio
import importlib.util
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from support import configuration, programs, world
from support.web import free_port
from support.world import JAKARTA, SINGAPORE, SONNET

FOLDER = programs.ROOT / "deploy" / "litellm"
GLOBAL = f"global.{SONNET}"


@pytest.fixture(scope="module")
def plugin():
    """Its module, as LiteLLM loads it: a file beside the configuration."""
    spec = importlib.util.spec_from_file_location("quota_headroom", FOLDER / "quota_headroom.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def deployment(model, region=None, **more):
    parameters = {"model": model, **({"aws_region_name": region} if region else {})}
    return {"model_name": "m", "litellm_params": parameters | more.pop("parameters", {}), **more}


def chosen(hook, deployments):
    """What the router is left with."""
    return asyncio.run(hook.async_filter_deployments("m", deployments, None, {}, None))


def hook_to(plugin, url, **options):
    return plugin.QuotaHeadroom(plugin.Headroom(url, **{"timeout": 30, **options}))


def test_a_daemon_with_a_full_and_an_idle_region(plugin, workshop):
    cloud = workshop.cloud()
    for region, tokens in ((SINGAPORE, 3_900_000), (JAKARTA, 40_000)):
        world.furnish(cloud.data, region)
        for metric, value in (("InputTokenCount", tokens), ("Invocations", 10)):
            cloud.data.put(region, GLOBAL, metric, world.steady(value))
    daemon = workshop.daemon(configuration.settings([SINGAPORE, JAKARTA]), cloud).start()
    daemon.wait_for_metrics(
        lambda page: all(page.matching("bedrock_quota_usage", region=region) for region in (SINGAPORE, JAKARTA)), "usage")
    hook = hook_to(plugin, f"http://{daemon.address}")
    full, idle = deployment(f"bedrock/{GLOBAL}", SINGAPORE), deployment(f"bedrock/converse/{GLOBAL}", JAKARTA)
    other, unknown = deployment("openai/gpt-6"), deployment("bedrock/us.acme.none", SINGAPORE)
    assert chosen(hook, [full, idle]) == [idle]
    assert chosen(hook, [full, other, unknown]) == [other, unknown], "what is not known stays"
    assert chosen(hook, [full]) == [full], "one is better than none"
    in_model = deployment(f"bedrock/{SINGAPORE}/{GLOBAL}", JAKARTA)
    assert chosen(hook, [in_model, idle]) == [idle], "the Region in the model's name counts"
    named = deployment(f"bedrock/{GLOBAL}", JAKARTA, model_info={"bedrock_account": "nobody"})
    assert chosen(hook, [full, named]) == [named], "an account that is not watched is not known"
    assert chosen(hook_to(plugin, f"http://{daemon.address}"), [
        deployment(f"bedrock/{GLOBAL}", SINGAPORE, model_info={"bedrock_account": "test"}), idle]) == [idle]
    # The exporter goes away: at most what was known for as long as it said, then all.
    daemon.stop()
    assert chosen(hook_to(plugin, f"http://{daemon.address}"), [full, idle]) == [full, idle]


class Exporter:
    """Answers what a test says, and remembers what was asked, and over how many connections."""

    def __init__(self, server):
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        self.status, self.headers, self.body = 200, {}, None
        self.asked, self.connections = [], 0
        self.pause = threading.Event()
        self.pause.set()

    def ratio(self, *ratios, as_of=None, limit=100, **headers):
        """An answer with a pool for each ratio."""
        as_of = as_of or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        pools = [{"quotas": [{"quota": "tokens_per_minute", "limit": limit, "ratio": ratio, "as_of": as_of},
                             {"quota": "requests_per_minute", "limit": 9, "ratio": None, "as_of": None}]} for ratio in ratios]
        self.status, self.body = 200, json.dumps({"pools": pools, "alternatives": []}).encode()
        self.headers = {"ETag": '"1"', "Cache-Control": "max-age=10", **headers}


@pytest.fixture
def exporter():
    with served() as exporter:
        yield exporter


@contextmanager
def served():
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self):
            super().setup()
            exporter.connections += 1

        def do_GET(self):
            exporter.asked.append((self.path, dict(self.headers)))
            exporter.pause.wait(timeout=60)
            is_known = exporter.status == 200 and self.headers.get("If-None-Match") == exporter.headers.get("ETag", "-")
            body = b"" if is_known else exporter.body
            try:
                self.send_response(304 if is_known else exporter.status)
                for name, value in {**exporter.headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    exporter = Exporter(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield exporter
    finally:
        exporter.pause.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=60)


class Clock:
    def __init__(self):
        self.time = time.time()

    def __call__(self):
        return self.time


def test_one_connection_and_an_answer_for_as_long_as_it_says(plugin, exporter):
    exporter.ratio(0.95)
    clock = Clock()
    headroom = plugin.Headroom(exporter.url, "me", "pass:word", timeout=30, now=clock)
    hook = plugin.QuotaHeadroom(headroom)
    full, other = deployment(f"bedrock/{GLOBAL}", SINGAPORE), deployment("openai/x")
    for _ in range(20):
        assert chosen(hook, [full, other]) == [other]
    assert len(exporter.asked) == 1
    path, headers = exporter.asked[0]
    assert path == f"/api/v1/headroom?model_id=bedrock%2F{GLOBAL}&region={SINGAPORE}"
    assert headers["Authorization"] == "Basic bWU6cGFzczp3b3Jk" and "If-None-Match" not in headers
    clock.time += 10
    assert chosen(hook, [full, other]) == [other], "304: as before"
    assert exporter.asked[1][1]["If-None-Match"] == '"1"'
    clock.time += 10
    exporter.ratio(0.2, ETag='"2"')
    assert chosen(hook, [full, other]) == [full, other]
    assert len(exporter.asked) == 3 and exporter.connections == 1


@pytest.mark.parametrize("ratios, says", [
    ((0.5,), 0.5), ((0.95, 0.2), 0.2), ((0.95, None), None), ((None,), None), ((), None),
])
def test_of_several_pools_the_one_with_most_room_if_all_are_known(plugin, exporter, ratios, says):
    exporter.ratio(*ratios)
    headroom = plugin.Headroom(exporter.url, timeout=30)
    asyncio.run(headroom.refresh([("x", None, None)]))
    assert headroom.ratio(("x", None, None)) == says


def test_old_figures_are_not_known_and_a_limit_of_zero_is_full(plugin, exporter):
    question = ("x", None, None)
    exporter.ratio(0.95, as_of="2026-01-01T00:00:00Z")
    old = plugin.Headroom(exporter.url, timeout=30)
    asyncio.run(old.refresh([question]))
    assert old.ratio(question) is None
    exporter.ratio(None, limit=0)
    zero = plugin.Headroom(exporter.url, timeout=30)
    asyncio.run(zero.refresh([question]))
    assert zero.ratio(question) == 1


@pytest.mark.parametrize("status, body", [
    (500, b"{}"), (503, b""), (200, b"not json"), (200, b"[]"), (200, b'{"pools": [{}]}'), (200, b'{"pools": 7}'),
    (200, b'{"pools": [{"quotas": [{"limit": 1, "ratio": "x", "as_of": "yesterday"}]}]}'), (401, b"{}"),
])
def test_a_broken_answer_is_no_answer_and_is_not_asked_for_at_once_again(plugin, exporter, status, body):
    exporter.status, exporter.body = status, body
    clock = Clock()
    hook = plugin.QuotaHeadroom(plugin.Headroom(exporter.url, timeout=30, now=clock))
    deployments = [deployment(f"bedrock/{GLOBAL}", SINGAPORE), deployment("openai/x")]
    for _ in range(5):
        assert chosen(hook, deployments) == deployments
    assert len(exporter.asked) == 1
    exporter.ratio(0.99)
    clock.time += plugin.REST_SECONDS
    assert chosen(hook, deployments) == deployments[1:], "it has come back"


def test_nobody_listens(plugin):
    hook = hook_to(plugin, f"http://127.0.0.1:{free_port()}")
    deployments = [deployment(f"bedrock/{GLOBAL}", SINGAPORE), deployment("openai/x")]
    assert chosen(hook, deployments) == deployments


def test_an_exporter_that_hangs_holds_no_request_up(plugin, exporter):
    exporter.ratio(0.99)
    exporter.pause.clear()
    hook = hook_to(plugin, exporter.url, timeout=0.2)
    deployments = [deployment(f"bedrock/{GLOBAL}", SINGAPORE), deployment("openai/x")]

    async def many():
        return await asyncio.gather(*(hook.async_filter_deployments("m", deployments, None) for _ in range(50)))

    assert asyncio.run(many()) == [deployments] * 50
    assert len(exporter.asked) <= 2, "one asks for all; a closed connection is tried once more"


def test_a_connection_that_the_exporter_closed_is_opened_again(plugin, exporter):
    exporter.ratio(0.95, Connection="close")
    clock = Clock()
    hook = plugin.QuotaHeadroom(plugin.Headroom(exporter.url, timeout=30, now=clock))
    deployments = [deployment(f"bedrock/{GLOBAL}", SINGAPORE), deployment("openai/x")]
    for _ in range(3):
        assert chosen(hook, deployments) == deployments[1:]
        clock.time += 10
    assert exporter.connections == 3


def test_what_is_kept_has_a_bound(plugin, exporter):
    exporter.ratio(0.1)
    headroom = plugin.Headroom(exporter.url, timeout=120)
    asyncio.run(headroom.refresh([(f"m{number}", None, None) for number in range(plugin.MOST_ANSWERS + 5)]))
    assert headroom.ratio(("m0", None, None)) is None
    assert headroom.ratio((f"m{plugin.MOST_ANSWERS + 4}", None, None)) == 0.1


def test_bounds_are_taken_one_after_the_other(plugin):
    ratios = {"a": 0.5, "b": 0.8, "c": 0.95, "d": None}
    def left(names):
        return "".join(plugin.with_room(list(names), ratios.get))
    assert (left("abc"), left("bc"), left("c"), left("abcd"), left("cd"), left("")) == ("a", "b", "c", "ad", "d", "")


@pytest.mark.parametrize("given, question", [
    (deployment("bedrock/us.x", "eu-west-1"), ("bedrock/us.x", "eu-west-1", None)),
    (deployment("bedrock/converse/us-gov-west-1/x"), ("bedrock/converse/us-gov-west-1/x", "us-gov-west-1", None)),
    (deployment("bedrock/x", "us-east-1", parameters={"model_id": "arn:aws:bedrock:us-east-1:1:application-inference-profile/a"}),
     ("arn:aws:bedrock:us-east-1:1:application-inference-profile/a", "us-east-1", None)),
    (deployment("x", "us-east-1", parameters={"custom_llm_provider": "bedrock"}), ("x", "us-east-1", None)),
    (deployment("openai/x"), None), ({}, None), ({"litellm_params": None}, None),
])
def test_what_is_asked_of_a_deployment(plugin, monkeypatch, given, question):
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_REGION_NAME", raising=False)
    assert plugin.question_of(given) == question


def test_the_example_names_the_plug_in_and_bedrock_alone(plugin):
    example = yaml.safe_load((FOLDER / "config.yaml").read_text())
    module, name = example["litellm_settings"]["callbacks"][0].split(".")
    assert (FOLDER / f"{module}.py").is_file() and isinstance(getattr(plugin, name), plugin.QuotaHeadroom)
    questions = [plugin.question_of(one) for one in example["model_list"]]
    assert len(set(questions)) == 3 and all(region for _, region, _ in questions)
