"""A bare Debian in a folder, made by debootstrap, and the exporter's service in it without a service manager.

Needs root, and a mount namespace of its own: the mounts go with it. What is done is written to .build/package-life.log.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

from support import programs
from support.exposition import Page
from support.waiting import PATIENCE_SECONDS, wait_for
from support.web import fetch

NAME = "bedrock-quota-exporter"
SUITE = "bookworm"
LOG = programs.ROOT / ".build/package-life.log"
#: apt and debootstrap fetch from the network.
SLOW_SECONDS = 1800
CLEAN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}


def note(text):
    """Writes to the log."""
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(text.rstrip("\n") + "\n")


def run(*command, expected=0, env=None, cwd=None):
    """Runs a command, which and whose output go to the log; gives the output."""
    command = [str(argument) for argument in command]
    note(f"\n$ {shlex.join(command)}")
    done = subprocess.run(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=SLOW_SECONDS)
    note(f"{done.stdout}\n=> {done.returncode}")
    assert done.returncode == expected, f"{shlex.join(command)}: {done.returncode}, not {expected}\n{done.stdout}"
    return done.stdout


def mirror():
    """Where apt on this machine takes Debian from."""
    sites = run("apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", f"Codename: {SUITE}", "Component: main")
    return sites.splitlines()[0]


def base(folder):
    """The bare system that others are copied from, with apt's lists; made once."""
    tree = folder / "base"
    if not (folder / "base.complete").exists():
        shutil.rmtree(tree, ignore_errors=True)
        run("debootstrap", "--variant=minbase", SUITE, tree, mirror())
        (folder / "base.complete").touch()
    return tree


class BareDebian:
    """A copy of the base."""

    def __init__(self, base, path):
        self.path = path
        shutil.rmtree(path, ignore_errors=True)
        run("cp", "-a", base, path)
        shutil.copy("/etc/resolv.conf", path / "etc/resolv.conf")
        run("mount", "-t", "proc", "proc", path / "proc")
        self.run("apt-get", "update")

    def close(self):
        """Takes the mount away, and the folder."""
        run("umount", self.path / "proc")
        shutil.rmtree(self.path)

    def run(self, *command, expected=0):
        """A command inside."""
        return run("chroot", self.path, *command, expected=expected, env=CLEAN)

    def install(self, package, *options):
        """Installs a package file and what it depends on; a changed configuration file stays."""
        shutil.copy(package, self.path / "tmp")
        return self.run("apt-get", "install", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *options,
                        f"/tmp/{package.name}")

    def within(self, path):
        """Where a path of the system is."""
        return self.path / path.lstrip("/")

    def owner(self, path):
        """Mode, user and group."""
        return self.run("stat", "-c", "%a %U %G", path).split()

    def files_named(self, part):
        """All files with this in their name."""
        return [line for line in self.run("find", "/", "-xdev", "-name", f"*{part}*", "-not", "-path", "/tmp/*").splitlines() if line]


class Service:
    """The installed unit, started as it says: its user, folder, environment and command."""

    def __init__(self, system, port):
        self._system = system
        self.address = f"http://127.0.0.1:{port}"
        self._process = None
        self._runs = 0
        text = system.within(f"/lib/systemd/system/{NAME}.service").read_text().replace("\\\n", " ")
        self._unit = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
        self.state = f"/var/lib/{self._unit['StateDirectory']}"

    def start(self):
        """Starts it, and waits for nothing."""
        unit, user = self._unit, self._unit["User"]
        # As systemd does for StateDirectory=.
        self._system.run("install", "-d", "-m", unit["StateDirectoryMode"], "-o", user, "-g", user, self.state)
        command = unit["ExecStart"].replace("%E", "/etc").replace("%S", "/var/lib").split()
        variables = self._system.within(unit["EnvironmentFile"].lstrip("-")).read_text().splitlines()
        self._runs += 1
        self._log = LOG.with_name(f"package-life-service-{self._runs}.log")
        whole = ["chroot", str(self._system.path), "setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups",
                 "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "env", "-i", f"--chdir={self.state}",
                 f"HOME={self.state}", f"PATH={CLEAN['PATH']}", *variables, *command]
        note(f"\n$ {shlex.join(argument for argument in whole if 'SECRET' not in argument)} &  # its log: {self._log.name}")
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                whole, stdin=subprocess.DEVNULL, stdout=log, stderr=log, umask=int(unit["UMask"], 8))
        return self

    def wait_until_ready(self):
        """Waits until every Region was polled with success."""
        def ready():
            assert self._process.poll() is None, f"ended with {self._process.returncode}:\n{self.log()}"
            try:
                return fetch(f"{self.address}/-/ready").status == 200
            except ConnectionRefusedError:
                return False

        wait_for(ready, lambda: f"ready; its log:\n{self.log()}")
        return self

    def log(self):
        """What this run wrote."""
        return self._log.read_text()

    def scrape(self):
        """The metrics page."""
        return Page(fetch(f"{self.address}/metrics").text)

    def command(self):
        """The path of the running program, seen from outside."""
        return os.readlink(f"/proc/{self._process.pid}/exe")

    def end(self):
        """Waits for a run that ends by itself; its exit code."""
        return self._process.wait(timeout=PATIENCE_SECONDS)

    def stop(self):
        """As systemd stops it."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            assert self._process.wait(timeout=PATIENCE_SECONDS) == 0
            note("(stopped)")


def built_package(folder=programs.ROOT / ".build/package"):
    """The package that `make package` made."""
    packages = list(Path(folder).glob("*.deb"))
    assert len(packages) == 1, f"{folder}: {packages}; one package was expected, 'make package' makes it"
    return packages[0]
