"""Fixtures of the end-to-end tests: an AWS, and the program under test, both ended whatever happens."""

import time

import pytest

from support import configuration
from support.daemon import Daemon
from support.fake_aws import FakeAWS


#: These take longest, by themselves or in waiting: begun first, so that none of them runs alone at the end.
LONGEST = [
    "test_page", "test_dashboards", "test_alert_delivery", "test_remote_write", "test_fleet", "test_adaptive", "test_budget",
    "test_backfill", "test_crash_backfill", "test_many_daemons", "test_config_command", "test_litellm", "test_failing_aws",
    "test_callers", "test_soak", "test_organization", "test_fault_matrix", "test_clock_and_keys", "test_deploy",
]


def pytest_collection_modifyitems(items):
    """The longest files first; others, and the tests of a file, stay in order."""
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


class Workshop:
    """Makes fake AWSs and daemons, and looks at them once more when they are no longer needed."""

    def __init__(self, folder):
        self.folder = folder
        self._clouds = []
        self._daemons = []

    def cloud(self):
        """A new AWS with the usual keys."""
        cloud = FakeAWS()
        cloud.data.add_identity(configuration.IDENTITY)
        self._clouds.append(cloud)
        return cloud

    def daemon(self, settings, cloud=None, variables=None, identity=configuration.IDENTITY, **options):
        """A daemon in a folder of its own, not started."""
        folder = self.folder / f"daemon-{len(self._daemons) + 1}"
        folder.mkdir()
        environment = configuration.environment(folder, cloud and cloud.url, identity, **(variables or {}))
        daemon = Daemon(folder, settings, environment, **options)
        self._daemons.append(daemon)
        return daemon

    def close(self):
        """Ends everything, then tells what no test may leave behind."""
        for daemon in self._daemons:
            daemon.kill()
        for cloud in self._clouds:
            cloud.close()
        # Where a test turns AWS's clock, a request that was signed just before may arrive after.
        problems = [problem for cloud in self._clouds for problem in cloud.problems
                    if cloud.data.now is time.time or "signed for another time" not in problem]
        assert not problems, "requests that AWS would not understand:\n" + "\n".join(problems[:20])
        shown = [secret for daemon in self._daemons for secret in daemon.secrets_shown()]
        assert not shown, f"secrets in what the program wrote or answered: {shown}"


@pytest.fixture
def workshop(tmp_path):
    """For one test."""
    workshop = Workshop(tmp_path)
    yield workshop
    workshop.close()


@pytest.fixture(scope="module")
def module_workshop(tmp_path_factory):
    """For all tests of a file."""
    workshop = Workshop(tmp_path_factory.mktemp("work"))
    yield workshop
    workshop.close()
