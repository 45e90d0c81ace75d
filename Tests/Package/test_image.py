"""The image's root, built as the Dockerfile says on a bare Debian, and the program in it: read-only, unprivileged, alone.

The stage before, which compiles, is `make package` in a copy of what .dockerignore lets in (test_package.py).
"""

import json
import re
import shlex
import shutil
import subprocess

import pytest
import yaml
from bare_debian import CLEAN, NAME, BareDebian, note, run

from support import programs
from support.dockerfile import last_stage
from support.waiting import PATIENCE_SECONDS, wait_for

DOCKER = programs.ROOT / "deploy/docker"
STEPS = last_stage(DOCKER / "Dockerfile")
LAST = dict(STEPS)
HEALTH_CHECK = json.loads(LAST["HEALTHCHECK"].split("CMD", 1)[1])


@pytest.fixture(scope="module")
def image(bare, folder, package):
    """The root of the image, made by the instructions of the last stage."""
    system = BareDebian(bare, folder / "image")
    for name, rest in STEPS:
        if name != "RUN":
            assert name in ("FROM", "LABEL", "USER", "VOLUME", "WORKDIR", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT", "CMD"), name
            continue
        mount = re.match(r"--mount=type=bind,from=build,source=/src/\.build/package,target=(\S+)\s+", rest)
        system.within(mount[1]).mkdir()
        shutil.copy(package, system.within(mount[1]))
        system.run("/bin/sh", "-c", rest[mount.end():])
        shutil.rmtree(system.within(mount[1]))
    yield system
    system.close()


class Container:
    """The program in the image: root read-only, a volume at /data, loopback alone, the Dockerfile's user without rights."""

    def __init__(self, image, folder, command):
        user, group = LAST["USER"].split(":")
        self._drop = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--no-new-privs", "--bounding-set=-all",
                      "--inh-caps=-all", "env", "-i", f"PATH={CLEAN['PATH']}", f"HOME=/var/lib/{NAME}", f"--chdir={LAST['WORKDIR']}"]
        volume = folder / "volume"
        shutil.rmtree(volume, ignore_errors=True)
        run("cp", "-a", image.within(LAST["VOLUME"]), volume)
        root = shlex.quote(str(image.path))
        script = (f"ip link set lo up && mount --rbind {root} {root} && mount -t proc proc {root}/proc"
                  f" && mount -o remount,bind,ro {root} && mount --bind {shlex.quote(str(volume))} {root}{LAST['VOLUME']}"
                  f" && exec chroot {root} " + shlex.join([*self._drop, *json.loads(LAST["ENTRYPOINT"]), *command]))
        self.log = folder / "image.log"
        note(f"\n$ unshare --mount --net sh -c {shlex.quote(script)} &")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(["unshare", "--mount", "--net", "sh", "-c", script], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)

    def inside(self, *command):
        """A command beside the program, as its user; exit code and output."""
        done = subprocess.run(["nsenter", f"--target={self.process.pid}", "--mount", "--net", "--root", *self._drop, *command],
                              capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        return done.returncode, done.stdout + done.stderr

    def get(self, path):
        """A page, fetched from within its network."""
        return run("nsenter", f"--target={self.process.pid}", "--net", "curl", "-sS", "--noproxy", "*", f"http://127.0.0.1:9747{path}")

    def stop(self):
        """As STOPSIGNAL says, SIGTERM by default."""
        assert LAST["STOPSIGNAL"] == "SIGTERM"
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE_SECONDS)


@pytest.fixture
def container(image, folder, request):
    """A container with the command of the test's parameter."""
    container = Container(image, folder, request.param)
    yield container
    if container.process.poll() is None:
        container.process.kill()
        container.process.wait()


DEMO = yaml.safe_load((DOCKER / "compose.demo.yml").read_text())["services"]["exporter"]["command"]


@pytest.mark.parametrize("container", [DEMO], indirect=True)
def test_it_runs_read_only_and_unprivileged_and_is_healthy(container):
    def healthy():
        assert container.process.poll() is None, container.log.read_text()
        return container.inside(*HEALTH_CHECK)[0] == 0

    wait_for(healthy, lambda: f"healthy; its log:\n{container.log.read_text()}")
    assert "bedrock_quota_utilization_ratio{" in container.get("/metrics")
    status = dict(line.split(":\t", 1) for line in open(f"/proc/{container.process.pid}/status") if ":\t" in line)
    assert status["Uid"].split() == ["65532"] * 4 and status["Gid"].split() == ["65532"] * 4
    assert {status[name].strip("0\n") for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {""}
    assert status["NoNewPrivs"].strip() == "1"
    code, said = container.inside("touch", "/var/lib/here")
    assert code == 1 and "Read-only file system" in said
    assert container.inside("touch", "/data/here") == (0, "")
    assert container.stop() == 0


@pytest.mark.parametrize("container", [json.loads(LAST["CMD"])], indirect=True)
def test_without_an_account_it_lives_and_is_not_healthy(container):
    wait_for(lambda: "Listening on" in container.log.read_text(), lambda: container.log.read_text())
    assert container.get("/-/healthy")
    code, said = container.inside(*HEALTH_CHECK)
    assert code == 1 and "not ready" in said
    assert container.stop() == 0


def test_the_image_has_the_package_and_no_lists(image):
    assert image.run("dpkg-query", "-W", "-f", "${Status}", NAME) == "install ok installed"
    assert image.owner("/data") == ["700", NAME, NAME]
    assert not list(image.within("/var/lib/apt/lists").iterdir())
    assert image.run("id", "-u", NAME).strip() == LAST["USER"].split(":")[0]
