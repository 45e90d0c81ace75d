"""`watch` in a real terminal: tmux draws, keys go in, and what it leaves behind is looked at."""

import json
import os
import re
import shlex
import signal
import subprocess
from operator import itemgetter

import pytest

from support import programs
from support.waiting import PATIENCE_SECONDS, wait_for


class Terminal:
    """A shell in a tmux server of its own."""

    def __init__(self, folder, columns, rows, **variables):
        self._command = [programs.required("tmux"), "-S", str(folder / "tmux"), "-f", "/dev/null", "-u"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8", "PS1": "$ ", **variables}
        subprocess.run(
            [*self._command, "new-session", "-d", "-x", str(columns), "-y", str(rows), "/bin/sh"],
            env=environment, check=True, timeout=60)

    def tmux(self, *arguments):
        return subprocess.run([*self._command, *arguments], capture_output=True, text=True, timeout=60).stdout

    def text(self, *options):
        return self.tmux("capture-pane", "-p", *options)

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def run(self, *words):
        self.type(shlex.join(str(word) for word in words))
        self.keys("Enter")

    def shows(self, pattern):
        """Waits for the pattern on the screen; gives the screen."""
        def screen():
            text = self.text()
            return text if re.search(pattern, text, re.MULTILINE) else None

        return wait_for(screen, lambda: f"{pattern!r} on the screen:\n{self.text()}")

    def settings(self):
        """What the shell's terminal is set to."""
        self.run("sh", "-c", "stty -a; echo END-$((40+2))")
        return self.shows(r"^END-42")

    def close(self):
        self.tmux("kill-server")


@pytest.fixture(scope="module")
def demo(module_workshop):
    demo = module_workshop.daemon(None, command=("demo", "--duration=1h"), identity=None)
    demo.start()
    demo.wait_until_ready()
    return demo


@pytest.fixture
def terminal(tmp_path):
    terminal = Terminal(tmp_path, 120, 30)
    yield terminal
    terminal.close()


def watch(demo):
    return (programs.exporter(), "watch", f"--web.url=http://{demo.address}", "--refresh=1s")


def children(terminal):
    """The program under the shell."""
    shell = terminal.tmux("list-panes", "-F", "#{pane_pid}").strip()
    found = subprocess.run(["pgrep", "-P", shell], capture_output=True, text=True).stdout.split()
    return [int(pid) for pid in found]


def test_it_shows_pools_and_obeys_keys(demo, terminal):
    terminal.run(*watch(demo))
    screen = terminal.shows(r"next minute \d+ s")
    assert re.search(r"\d+ pools, \d+ at 80 % or more", screen)
    assert "TOKENS/MIN" in screen and "REQUESTS/MIN" in screen and "ap-southeast-1" in screen
    assert "sort: utilization" in screen
    assert re.search(r"\d+ %|\d\.\d %", screen) and "█" in screen
    terminal.keys("s")
    terminal.shows("sort: throttles")
    terminal.type("/haiku")
    screen = terminal.shows("^/haiku_")
    pools = [line for line in screen.splitlines() if re.match(r"[> ][!+x ] a[a-z]+-[a-z]+-\d ", line)]
    assert pools and all("claude-h" in line for line in pools), screen
    terminal.keys("Enter")
    terminal.shows("filter: haiku")
    terminal.keys("Escape")
    terminal.shows(r"/ filter  ")
    terminal.keys("?")
    terminal.shows("any key goes back")
    terminal.keys("Down")
    terminal.shows("sort: throttles")
    terminal.keys("Down")
    terminal.shows(r"2 of \d+")


def test_a_resize_is_followed(demo, terminal):
    terminal.run(*watch(demo))
    terminal.shows("TOKENS/MIN")
    terminal.tmux("resize-window", "-x", "44", "-y", "12")
    wait_for(lambda: "TOKENS/MIN" in terminal.text() and "REQUESTS" not in terminal.text(),
             lambda: terminal.text())
    assert max(len(line) for line in terminal.text().splitlines()) <= 44


@pytest.mark.parametrize("how", ["q", "C-c", signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT], ids=str)
def test_the_terminal_is_given_back(demo, terminal, how):
    before = terminal.settings()
    assert " echo " in before and " icanon " in before
    terminal.run("clear")
    terminal.run(*watch(demo))
    terminal.shows("next minute")
    assert terminal.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").strip() == "1 0"
    if isinstance(how, str):
        terminal.keys(how)
    else:
        child, = children(terminal)
        os.kill(child, how)
    wait_for(lambda: not children(terminal), lambda: terminal.text())
    after = terminal.settings()
    assert " echo " in after and " icanon " in after and "next minute" not in after
    assert terminal.tmux("display-message", "-p", "#{alternate_on} #{cursor_flag} #{wrap_flag}").strip() == "0 1 1"


def test_it_stops_and_goes_on(demo, terminal):
    terminal.run(*watch(demo))
    terminal.shows("next minute")
    terminal.keys("C-z")
    wait_for(lambda: terminal.tmux("display-message", "-p", "#{alternate_on}").strip() == "0", "the shell's screen")
    terminal.run("fg")
    wait_for(lambda: terminal.tmux("display-message", "-p", "#{alternate_on}").strip() == "1", "its own screen")
    terminal.shows("next minute")
    terminal.keys("q")
    wait_for(lambda: not children(terminal), "the end")


def test_without_color_and_unicode(demo, tmp_path):
    terminal = Terminal(tmp_path, 100, 24, LC_ALL="C", NO_COLOR="1")
    try:
        terminal.run(*watch(demo))
        terminal.shows(r"next minute \d+ s")
        styled = terminal.text("-e")
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", styled), "no color"
        assert styled.isascii()
    finally:
        terminal.close()


def test_plain_lines_where_there_is_no_terminal(demo):
    once = subprocess.run([*watch(demo), "--once"], capture_output=True, text=True, timeout=60)
    assert once.returncode == 0 and once.stderr == ""
    lines = once.stdout.splitlines()
    assert any(re.search(r"ap-southeast-1 global anthropic\.\S+  TPM .*RPM .*throttled", line) for line in lines)
    assert "\x1b" not in once.stdout
    flow = subprocess.Popen(watch(demo), stdout=subprocess.PIPE, text=True)
    try:
        assert "TPM" in flow.stdout.readline()
        flow.send_signal(signal.SIGTERM)
        flow.stdout.read()
        assert flow.wait(timeout=60) == 0
    finally:
        flow.kill()


def test_nobody_there():
    done = subprocess.run(
        [programs.exporter(), "watch", "--once", "--web.url=http://127.0.0.1:1"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "cannot connect to 127.0.0.1" in done.stderr


def test_one_reading_as_a_document(demo):
    said = subprocess.run(
        [programs.exporter(), "watch", "--once", "--format=json", f"--web.url=http://{demo.address}"],
        capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert (said.returncode, said.stderr) == (0, "")
    document = json.loads(said.stdout)
    assert set(document) == {"time", "exporter", "ready", "regions", "pools", "unmapped", "alerts"}
    assert document["ready"] is True and document["exporter"] == f"http://{demo.address}"
    theirs = demo.api("/api/v1/pools")
    # What the exporter's own documents have is called the same there.
    assert document["pools"] and all(set(pool) <= set(theirs["pools"][0]) for pool in document["pools"])
    quotas = [quota for pool in document["pools"] for quota in pool["quotas"]]
    assert quotas and all(set(quota) <= set(theirs["pools"][0]["quotas"][0]) for quota in quotas)
    name = itemgetter("account", "region", "scope", "model")
    assert {name(pool) for pool in document["pools"]} == {name(pool) for pool in theirs["pools"]}
    assert all(set(region) <= set(demo.api("/api/v1/status")["regions"][0]) for region in document["regions"])
    assert all({"alert", "severity", "state", "since", "labels"} == set(alert) for alert in document["alerts"])
    assert [set(one) for one in document["unmapped"]] == [
        {"account", "region", "model_id", "profile_name", "reason"}] * len(theirs["unmapped"])
