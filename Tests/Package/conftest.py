"""What the tests of the package share."""

import os

import pytest
from bare_debian import LOG, base, built_package

from support import configuration, programs, world
from support.fake_aws import FakeAWS

FOLDER = programs.ROOT / ".build/package-life"


@pytest.fixture(scope="session", autouse=True)
def log():
    """A new log, and what cannot be done without."""
    if os.geteuid() != 0:
        pytest.exit("make package-life needs root: it installs the package in a folder, with chroot and mount", returncode=2)
    FOLDER.mkdir(parents=True, exist_ok=True)
    LOG.write_text("")


@pytest.fixture(scope="session")
def folder():
    """Where systems and packages lie."""
    return FOLDER


@pytest.fixture(scope="session")
def package():
    """The package that `make package` made."""
    return built_package()


@pytest.fixture(scope="session")
def bare(log):
    """The bare system that is copied."""
    return base(FOLDER)


@pytest.fixture
def cloud():
    """An AWS with steady traffic in one Region."""
    cloud = FakeAWS()
    cloud.data.add_identity(configuration.IDENTITY)
    world.furnish(cloud.data, world.SINGAPORE)
    for metric, value in (("InputTokenCount", 1000), ("Invocations", 10)):
        cloud.data.put(world.SINGAPORE, f"global.{world.SONNET}", metric, world.steady(value, ahead=240))
    yield cloud
    cloud.close()
    assert not cloud.problems
