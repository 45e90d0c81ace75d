"""What is wrong from the start: a clear message and the exit code of the manual, 1 for failed, 2 for bad usage."""

import socket
import sqlite3

import pytest

from support import configuration, secrets, world
from support.daemon import run


@pytest.fixture
def environment(tmp_path):
    """With keys, and with an AWS that is not there."""
    return configuration.environment(tmp_path, "http://127.0.0.1:9")


@pytest.mark.parametrize(("arguments", "words"), [
    (["--no-such-flag"], ["--no-such-flag"]),
    (["--log.level=loud"], ["--log.level", "loud", "debug"]),
    (["--log.format"], ["--log.format", "needs a value"]),
    (["--web.listen-address=nonsense"], ["--web.listen-address", "nonsense"]),
    (["--web.listen-address=127.0.0.1:1", "--web.listen-address=127.0.0.1:2"], ["--web.listen-address", "twice"]),
    (["sevre"], ["sevre", "serve"]),
    (["serve", "extra"], ["extra"]),
    (["demo", "--duration=soon"], ["--duration", "soon"]),
])
def test_bad_usage(environment, tmp_path, arguments, words):
    ended = run(arguments, environment, tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert all(word in ended.stderr for word in words), ended.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["check", "--help"], ["--version"], ["version"]])
def test_help_and_version_go_to_standard_output(environment, tmp_path, arguments):
    ended = run(arguments, environment, tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "bedrock-quota-exporter" in ended.stdout


@pytest.mark.parametrize(("text", "place", "words"), [
    ("accounts: [unclosed\n", ":1:", []),
    ("polling:\n\tinterval: 60s\n", ":2:1", ["tab"]),
    ("polling:\n  intreval: 60s\n", ":2:3: polling.intreval", ["interval"]),
    ("polling:\n  interval: soon\n", ":2:13: polling.interval", ["soon"]),
    ("polling: {interval: 10m, reread_window: 5m}\n", ":1:", ["reread_window"]),
    ("accounts:\n- regions: [nowhere]\n", ":2:13: accounts[0].regions[0]", ["nowhere"]),
    ("quotas: {overrides: [{model: us.x.y}]}\n", ":1:", ["overrides"]),
    ("web: {basic_auth_users: {me: plain-text}}\n", ":1:30: web.basic_auth_users.me", ["bcrypt"]),
    ("web: {listen_address: '1.2.3.4'}\n", ":1:23: web.listen_address", ["port"]),
    ("storage: {path: a}\nstorage: {path: b}\n", ":2:1", ["storage"]),
    ("\xff\xfe", "", []),
])
def test_bad_configuration(environment, tmp_path, text, place, words):
    file = tmp_path / "config.yaml"
    file.write_bytes(text.encode("latin-1"))
    ended = run([f"--config.file={file}", "--web.listen-address=127.0.0.1:0"], environment, tmp_path)
    assert ended.returncode == 1
    assert f"{file}{place}" in ended.stderr
    assert all(word in ended.stderr for word in words), ended.stderr
    assert "plain-text" not in ended.stderr


def test_a_configuration_file_that_does_not_exist(environment, tmp_path):
    ended = run([f"--config.file={tmp_path / 'none.yaml'}"], environment, tmp_path)
    assert ended.returncode == 1
    assert "none.yaml" in ended.stderr


def start_fails(environment, folder, store, *flags, listen="127.0.0.1:0"):
    """What a start that has to fail writes to standard error."""
    arguments = [f"--storage.path={store}", f"--web.listen-address={listen}", *flags]
    ended = run(arguments, environment, folder)
    assert ended.returncode == 1, ended.stderr
    assert not secrets.found_in(ended.stdout + ended.stderr)
    return ended.stderr


def test_an_occupied_port(environment, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        error = start_fails(environment, tmp_path, tmp_path / "usage.db", listen=address)
    assert address in error
    assert "in use" in error


def test_a_folder_that_cannot_be_made(environment, tmp_path):
    (tmp_path / "file").touch()
    error = start_fails(environment, tmp_path, tmp_path / "file" / "usage.db")
    assert str(tmp_path / "file") in error
    assert "not a folder" in error


def test_a_file_that_is_no_database(environment, tmp_path):
    store = tmp_path / "usage.db"
    store.write_bytes(b"this is not a database, but a letter\n" * 1000)
    error = start_fails(environment, tmp_path, store)
    assert str(store) in error
    assert "not a database" in error
    assert store.read_bytes().startswith(b"this is not a database")


def test_a_database_of_another_program(environment, tmp_path):
    store = tmp_path / "usage.db"
    with sqlite3.connect(store) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    before = store.read_bytes()
    assert "another program" in start_fails(environment, tmp_path, store)
    assert store.read_bytes() == before


def test_a_database_of_a_newer_version(workshop, environment, tmp_path):
    store = a_store(workshop)
    with sqlite3.connect(store) as database:
        database.execute("PRAGMA user_version = 999")
    error = start_fails(environment, tmp_path, store)
    assert "newer version" in error
    assert "999" in error


def test_a_damaged_database(workshop, environment, tmp_path):
    store = a_store(workshop)
    damaged = bytearray(store.read_bytes())
    damaged[4096:3 * 4096] = b"\xa5" * 8192
    store.write_bytes(damaged)
    error = start_fails(environment, tmp_path, store)
    assert str(store) in error
    assert any(word in error for word in ("damaged", "malformed"))


def a_store(workshop):
    """The store of a daemon that has stopped, in one file."""
    cloud = workshop.cloud()
    cloud.data.put(world.SINGAPORE, world.SONNET, "Invocations", world.steady(1))
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), cloud).start().wait_until_ready()
    assert daemon.stop() == 0
    assert [path.name for path in daemon.folder.glob("usage.db*")] != []
    with sqlite3.connect(daemon.store) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return daemon.store


def test_a_store_has_one_daemon(workshop, environment, tmp_path):
    cloud = workshop.cloud()
    daemon = workshop.daemon(configuration.settings([world.SINGAPORE]), cloud).start()
    error = start_fails(environment, tmp_path, daemon.store)
    assert f"another bedrock-quota-exporter (process {daemon.process.pid})" in error
    assert daemon.get("/-/healthy").status == 200


def test_a_profile_that_does_not_exist(environment, tmp_path):
    file = configuration.write(tmp_path / "config.yaml", {"accounts": [{"profile": "nobody"}]})
    assert "nobody" in start_fails(environment, tmp_path, tmp_path / "usage.db", f"--config.file={file}")
