"""The package's life in a bare Debian: installing, starting, upgrading, going back, removing, purging."""

import sqlite3

import pytest
from bare_debian import NAME, BareDebian, Service, run
from made_up import NEWER, OLDER, OLDER_HEAD, newer_package, older_package

from support import configuration, secrets, world
from support.waiting import wait_for
from support.web import free_port

CONFIGURATION = f"/etc/{NAME}/{NAME}.yml"
VARIABLES = f"/etc/default/{NAME}"


@pytest.fixture(scope="module")
def older(package, folder):
    """The package of a made-up older version."""
    return older_package(package, folder)


@pytest.fixture(scope="module")
def newer(folder):
    """The package of a made-up newer version, with another schema of the store."""
    return newer_package(folder)


@pytest.fixture
def system(bare, folder):
    """A bare Debian."""
    system = BareDebian(bare, folder / "life")
    yield system
    system.close()


def installed(system):
    """The version that is installed."""
    return system.run("dpkg-query", "-W", "-f", "${Version}", NAME)


def input_tokens(page):
    """A counter."""
    return page.value("bedrock_input_tokens_total", account="test", region=world.SINGAPORE, model_id=f"global.{world.SONNET}")


def configure(system, cloud, port):
    """Writes what an administrator would: configuration and credentials."""
    configuration.write(system.within(CONFIGURATION), configuration.settings(
        [world.SINGAPORE], web={"listen_address": f"127.0.0.1:{port}"}))
    variables = system.within(VARIABLES)
    variables.write_text(f"AWS_ENDPOINT_URL={cloud.url}\nAWS_EC2_METADATA_DISABLED=true\n"
                         f"AWS_ACCESS_KEY_ID={configuration.ACCESS_KEY}\nAWS_SECRET_ACCESS_KEY={secrets.SECRET_KEY}\n")
    variables.chmod(0o600)


def schema(path):
    """A store's schema, where its integrity is good."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return database.execute("PRAGMA user_version").fetchone()[0]


def test_a_life(system, package, older, newer, cloud):
    version = package.name.split("_")[1]
    port = free_port()

    # Installed, and not begun.
    system.install(older)
    assert installed(system) == OLDER
    assert system.owner(CONFIGURATION) == ["640", "root", NAME]
    assert system.owner(f"/etc/{NAME}") == ["750", "root", NAME]
    assert not list(system.within("/etc/systemd/system").glob(f"*/{NAME}*")), "not enabled: AWS bills each poll"

    # Started as the unit says.
    configure(system, cloud, port)
    service = Service(system, port)
    service.start().wait_until_ready()
    assert service.command().endswith(f"/usr/bin/{NAME}")
    page = service.scrape()
    seen = input_tokens(page)
    assert seen > 0 and set(page.matching("bedrock_exporter_up").values()) == {1}
    system.run(NAME, "health", f"--web.url={service.address}")
    store = f"{service.state}/usage.db"
    assert system.owner(store) == ["600", NAME, NAME]

    # Upgraded under the running program, as dpkg does it; the changed configuration stays.
    kept = system.within(CONFIGURATION).read_text()
    system.install(package)
    assert installed(system) == version
    assert system.within(CONFIGURATION).read_text() == kept
    assert not system.within(CONFIGURATION + ".dpkg-dist").read_text().startswith(OLDER_HEAD), "the new one lies beside it"
    assert system.owner(CONFIGURATION) == ["640", "root", NAME]
    service.stop()
    service.start().wait_until_ready()
    assert input_tokens(service.scrape()) >= seen, "no counter goes down"
    service.stop()
    first = schema(system.within(store))

    # Upgraded to another schema: the store is kept as it was.
    copy = f"{store}.schema-{first}"
    assert not system.within(copy).exists()
    system.install(newer)
    assert installed(system) == NEWER
    service.start().wait_until_ready()
    assert schema(system.within(store)) == first + 1
    assert schema(system.within(copy)) == first and system.owner(copy) == ["600", NAME, NAME]
    seen = input_tokens(service.scrape())
    service.stop()

    # Back: the older program changes nothing, and says where its store is.
    system.install(package, "--allow-downgrades")
    assert installed(system) == version
    assert service.start().end() == 1
    assert f"{copy} is the store as this version left it" in service.log()
    assert schema(system.within(store)) == first + 1
    for suffix in ("", "-wal", "-shm"):
        system.within(store + suffix).unlink(missing_ok=True)
    system.run("mv", copy, store)
    service.start().wait_until_ready()
    wait_for(lambda: input_tokens(service.scrape()) >= seen, "counters that have come as far as before")
    service.stop()

    # Removed: what belongs to the administrator stays.
    system.run("apt-get", "remove", "-y", NAME)
    assert not system.within(f"/usr/bin/{NAME}").exists()
    assert system.within(CONFIGURATION).read_text() == kept and schema(system.within(store)) == first

    # Purged: nothing stays but the user, whose number must not go to another.
    system.run("apt-get", "purge", "-y", NAME)
    assert system.files_named("bedrock") == []
    assert NAME in system.within("/etc/passwd").read_text()


def test_a_configuration_that_nobody_changed_is_the_new_one_after_an_upgrade(system, package, older):
    system.install(older)
    assert system.within(CONFIGURATION).read_text().startswith(OLDER_HEAD)
    system.install(package)
    assert not system.within(CONFIGURATION).read_text().startswith(OLDER_HEAD)
    assert system.owner(CONFIGURATION) == ["640", "root", NAME]
    assert system.files_named(".dpkg-") == []
    run("chroot", system.path, NAME, "--version")
