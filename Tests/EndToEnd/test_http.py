"""The web server from outside: good requests, bad requests, reloads, logins, and the end."""

import base64
import signal
import socket

import pytest

from support import configuration, secrets, world
from support.fake_aws import faults
from support.waiting import PATIENCE_SECONDS, allow, wait_for
from support.web import send_raw

LOGIN = "Basic " + base64.b64encode(f"scraper:{secrets.PASSWORD}".encode()).decode()


@pytest.fixture(scope="module")
def daemon(module_workshop):
    """A daemon for requests that change nothing."""
    cloud = module_workshop.cloud()
    account = {"name": "test", "regions": [world.SINGAPORE]}
    settings = {"accounts": [account], "polling": configuration.POLLING}
    return module_workshop.daemon(settings, cloud).start().wait_until_ready()


def status_of(daemon, data):
    """The status of the answer to raw bytes."""
    answer = send_raw(daemon.host_and_port, data)
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer.split(b" ", 2)[1])


def request(line="GET /-/healthy HTTP/1.1", *fields, body=b""):
    """A request that closes its connection."""
    return "\r\n".join([line, "Host: localhost", "Connection: close", *fields, "", ""]).encode() + body


@pytest.mark.parametrize(("data", "status"), [
    (request(), 200),
    (b"GET /-/healthy HTTP/1.1\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    (b"GET\r\n\r\n", 400),
    (request("GET /-/healthy HTTP/1.1", "Host: again"), 400),
    (request("GET /-/healthy HTTP/1.1", "Bad Name: x"), 400),
    (request("GET /%zz HTTP/1.1"), 400),
    (request("POST /-/reload HTTP/1.1", "Content-Length: 1", "Content-Length: 2", body=b"xx"), 400),
    (request("POST /-/reload HTTP/1.1", "Content-Length: 1", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400),
    (request("POST /-/reload HTTP/1.1", "Content-Length: -1"), 400),
    (request("GET /nothing HTTP/1.1"), 404),
    (request("GET /metrics/ HTTP/1.1"), 404),
    (request("POST /metrics HTTP/1.1", "Content-Length: 0"), 405),
    (request("GET /-/reload HTTP/1.1"), 405),
    (request("POST /-/reload HTTP/1.1", "Content-Length: 99999999"), 413),
    (request(f"GET /{'x' * 9000} HTTP/1.1"), 414),
    (request("GET /-/healthy HTTP/1.1", "X: " + "x" * 17_000), 431),
    (request("GET /-/healthy HTTP/1.1", *[f"X-{n}: x" for n in range(101)]), 431),
    (request("GET /-/healthy HTTP/3.0"), 505),
])
def test_status(daemon, data, status):
    assert status_of(daemon, data) == status
    assert daemon.get("/-/healthy").status == 200


def test_a_request_that_never_ends_is_given_up(daemon):
    with socket.create_connection(daemon.host_and_port, timeout=allow(60)) as connection:
        connection.sendall(b"GET /-/healthy HTTP/1.1\r\nHost: loc")
        answer = connection.recv(1000)
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_errors_of_the_api_are_json(daemon):
    response = daemon.get("/api/v1/nothing")
    assert response.status == 404
    assert response.headers["content-type"].startswith("application/json")
    assert response.json()["error"]


def test_a_method_that_is_not_allowed_names_those_that_are(daemon):
    assert daemon.get("/metrics", "DELETE").headers["allow"] == "GET, HEAD"


def test_a_connection_serves_several_requests_also_in_one_piece(daemon):
    keep = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = send_raw(daemon.host_and_port, keep + keep + request())
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 3
    with socket.create_connection(daemon.host_and_port, timeout=allow(60)) as connection:
        for _ in range(3):
            connection.sendall(keep)
            assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")


def test_the_page_for_people(daemon):
    response = daemon.get("/")
    assert response.headers["content-type"].startswith("text/html")
    assert "https:" not in response.text and 'href="metrics"' in response.text
    assert daemon.get("/-/healthy").status == 200


def test_it_listens_on_ipv6(workshop):
    cloud = workshop.cloud()
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), cloud, listen="[::1]:0").start()
    assert daemon.host_and_port[0] == "::1"
    assert daemon.get("/-/healthy").status == 200


def test_ready_only_after_the_first_poll(workshop):
    cloud = workshop.cloud()
    fault = cloud.fail(faults.hanging(cloud.closing), region=world.JAKARTA)
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE, world.JAKARTA]), cloud).start()
    daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_up", account="test", region=world.SINGAPORE) == 1, "one Region up")
    wait_for(lambda: fault.hits, "a request of the other")
    assert daemon.get("/-/ready").status == 503
    assert daemon.get("/-/healthy").status == 200


def test_a_good_file_takes_effect_and_a_bad_one_changes_nothing(workshop):
    cloud = workshop.cloud()
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), cloud).start().wait_until_ready()

    daemon.reconfigure(configuration.settings([world.SINGAPORE, world.JAKARTA]))
    assert daemon.get("/-/reload", "POST").status == 200
    daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_up", account="test", region=world.JAKARTA) == 1, "the new Region up")
    good = daemon.get("/config").text
    assert world.JAKARTA in good

    daemon.reconfigure("accounts:\n- name: test\n  regoins: [ap-southeast-1]\n")
    response = daemon.get("/-/reload", "POST")
    assert response.status == 500
    assert f"{daemon.config_file}:3:3: accounts[0].regoins" in response.text
    assert daemon.get("/config").text == good
    page = daemon.metrics()
    assert page.only("bedrock_exporter_config_last_reload_successful") == 0
    assert page.only("bedrock_exporter_config_reloads_total") == 2
    assert page.only("bedrock_exporter_config_reload_failures_total") == 1
    assert set(page.matching("bedrock_exporter_up").values()) == {1}


def test_sighup_reloads(workshop):
    cloud = workshop.cloud()
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), cloud).start().wait_until_ready()
    daemon.reconfigure("nonsense: 1\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_for_metrics(lambda page: page.only("bedrock_exporter_config_last_reload_successful") == 0, "a failure")
    daemon.reconfigure(configuration.settings([world.JAKARTA]))
    daemon.process.send_signal(signal.SIGHUP)
    page = daemon.wait_for_metrics(
        lambda page: page.value("bedrock_exporter_up", account="test", region=world.JAKARTA) == 1
        and page.only("bedrock_exporter_config_last_reload_successful") == 1, "the new Region up, and a success")
    assert page.value("bedrock_exporter_up", account="test", region=world.SINGAPORE) is None


def test_login_and_hidden_secrets(workshop):
    cloud = workshop.cloud()
    account = {"name": "test", "regions": [world.SINGAPORE], "external_id": secrets.EXTERNAL_ID,
               "role_arn": "arn:aws:iam::111122223333:role/none"}
    settings = {"accounts": [account], "polling": configuration.POLLING,
                "web": {"basic_auth_users": {"scraper": secrets.PASSWORD_HASH}}}
    daemon = workshop.daemon(settings, cloud).start()
    for path in ("/metrics", "/", "/config", "/api/v1/pools"):
        refused = daemon.get(path)
        assert refused.status == 401
        assert refused.headers["www-authenticate"].startswith("Basic ")
        assert daemon.get(path, headers={"Authorization": LOGIN}).status == 200
    assert daemon.get("/metrics", headers={"Authorization": "Basic c2NyYXBlcjp3cm9uZw=="}).status == 401
    shown = daemon.get("/config", headers={"Authorization": LOGIN}).text
    assert shown.count("<secret>") == 2, shown


def test_users_in_a_file_are_rotated_by_a_reload(workshop, tmp_path):
    users = tmp_path / "users"
    users.write_text(f"# Who scrapes.\nscraper:{secrets.PASSWORD_HASH}\n")
    settings = configuration.settings([world.SINGAPORE]) | {"web": {"basic_auth_users_file": str(users)}}
    daemon = workshop.daemon(settings, workshop.cloud()).start()

    def status(path="/metrics", user="scraper", **how):
        login = base64.b64encode(f"{user}:{secrets.PASSWORD}".encode()).decode()
        return daemon.get(path, headers={"Authorization": f"Basic {login}"}, **how).status

    assert daemon.get("/metrics").status == 401 and status() == 200
    shown = daemon.get("/config", headers={"Authorization": LOGIN}).text
    assert str(users) in shown and "scraper" not in shown and not secrets.found_in(shown)
    for bad in ("", "# scraper\n", f"scraper:{secrets.PASSWORD}\n"):
        users.write_text(bad)
        answer = daemon.get("/-/reload", method="POST", headers={"Authorization": LOGIN})
        assert answer.status == 500 and "web.basic_auth_users_file" in answer.text
        assert not secrets.found_in(answer.text) and status() == 200 and daemon.get("/metrics").status == 401
    users.write_text(f"other:{secrets.PASSWORD_HASH}\n")
    assert status("/-/reload", method="POST") == 200
    assert status() == 401 and status(user="other") == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(workshop, number):
    cloud = workshop.cloud()
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), cloud).start().wait_until_ready()
    daemon.process.send_signal(number)
    assert daemon.wait(PATIENCE_SECONDS) == 0
    with pytest.raises(ConnectionRefusedError):
        daemon.get("/-/healthy")


def test_it_ends_while_a_poll_hangs(workshop):
    cloud = workshop.cloud()
    fault = cloud.fail(faults.hanging(cloud.closing))
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), cloud).start()
    wait_for(lambda: fault.hits, "a request that hangs")
    assert daemon.stop() == 0
