"""Manual pages by the programs that show them, and completion by the shells themselves."""

import os
import re
import subprocess

import pytest

from support import programs
from support.waiting import PATIENCE_SECONDS

NAME = "bedrock-quota-exporter"


def run(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def exporter(*words):
    return run([programs.exporter(), *words])


def usages():
    """Every command line up to its flags, with its flags and their choices, as --help tells."""
    commands = re.findall(r"^  ([a-z]+) ", exporter("--help").split("Flags of serve")[0], re.MULTILINE)
    assert len(commands) > 14
    found = {}
    for command in commands:
        text = exporter(command, "--help")
        topics = re.findall(r"^  ([a-z][a-z -]*?)  ", text, re.MULTILINE) if "What can follow" in text else []
        for words in [f"{command} {topic}" for topic in topics] or [command]:
            lines = re.findall(r"^  --([a-z.-]+)(=\S+)? +(.*)$", exporter(*words.split(), "--help"), re.MULTILINE)
            found[words] = {name: choices(text) for name, _, text in lines}
    del found["help"]
    return found


def choices(text):
    match = re.match(r"(?:One of|Only one of) ([a-z_, ]+)[.;]", text)
    return match.group(1).split(", ") if match else []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The program by its name, its scripts, and a file to find."""
    folder = tmp_path_factory.mktemp("help")
    (folder / NAME).symlink_to(programs.exporter())
    for shell in ("bash", "zsh", "fish"):
        (folder / f"completion.{shell}").write_text(exporter("completion", shell))
    (folder / "some file.yml").write_text("")
    (folder / "some folder").mkdir()
    return folder


@pytest.mark.parametrize("words", [("man",), ("man", "config")], ids=" ".join)
def test_a_manual_page_is_what_groff_man_and_mandoc_want(words, tmp_path):
    page = tmp_path / "page"
    page.write_text(exporter("help", *words))
    groff = subprocess.run(["groff", "-ww", "-z", "-man", "-Tutf8", page], capture_output=True, text=True, timeout=60)
    assert (groff.returncode, groff.stderr) == (0, "")
    man = subprocess.run(
        ["man", "--warnings", "-l", page], capture_output=True, text=True, timeout=60, env={**os.environ, "MANWIDTH": "80", "LC_ALL": "C.UTF-8"})
    assert (man.returncode, man.stderr) == (0, "")
    assert "SEE ALSO" in man.stdout and NAME in man.stdout
    # A page of no known day is complete otherwise.
    lint = subprocess.run(["mandoc", "-T", "lint", page], capture_output=True, text=True, timeout=60).stdout
    assert [line for line in lint.splitlines() if "missing date" not in line] == []


def test_the_manual_can_be_read_without_groff(tmp_path):
    page = tmp_path / "page"
    page.write_text(exporter("help", "man"))
    text = run(["mandoc", "-T", "ascii", page])
    assert "--config.file=" in re.sub(".\b", "", text)


# MARK: bash

def bash(folder, line):
    """What bash offers where the line ends, without the package bash-completion."""
    script = f"""
        source completion.bash
        set -o noglob
        line=$1
        # As readline parts words, at = among others.
        read -r -a COMP_WORDS <<<"${{line//=/ = }}"
        [[ $line == *' ' ]] && COMP_WORDS+=('')
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        COMP_LINE=$line COMP_POINT=${{#line}}
        _bedrock_quota_exporter
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    return run(["bash", "--norc", "-u", "-c", script, "bash", line], cwd=folder).splitlines()


def fish(folder, line):
    """What fish offers."""
    script = "source completion.fish; complete -C $argv[1]"
    environment = {**os.environ, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "PATH": f"{folder}:{os.environ['PATH']}"}
    lines = run(["fish", "--no-config", "-c", script, line], cwd=folder, env=environment).splitlines()
    return [text.split("\t")[0] for text in lines]


def zsh(folder, line):
    """What zsh's completion adds."""
    capture = programs.ROOT / "Tests/EndToEnd/support/capture.zsh"
    environment = {
        **os.environ, "TMPDIR": str(folder), "ZDOTDIR": str(folder), "PATH": f"{folder}:{os.environ['PATH']}", "TERM": "dumb"}
    lines = run(["zsh", "-f", capture, line], cwd=folder, env=environment).splitlines()
    return [text.strip().rstrip("=") for text in lines]


SHELLS = {"bash": bash, "fish": fish, "zsh": zsh}


@pytest.fixture(params=SHELLS)
def offers(request, folder):
    """What a shell offers at the end of a line."""
    return lambda line: sorted(set(SHELLS[request.param](folder, f"{NAME} {line}")))


def test_commands_are_offered_and_the_words_that_follow_them(offers):
    commands = sorted({words.split()[0] for words in usages()} | {"help"})
    assert offers("") == commands
    assert offers("c") == ["callers", "check", "completion", "config"]
    assert offers("export ") == ["cloudwatch-alarms", "openmetrics"]
    assert offers("completion ") == ["bash", "fish", "zsh"]
    assert offers("help man ") == ["config"]
    assert set(offers("help ")) == {*commands, "metrics", "alerts", "endpoints", "man"} - {"help"}


def test_every_flag_of_every_command_is_offered(offers):
    for words, flags in usages().items():
        assert offers(f"{words} --") == sorted(f"--{name}" for name in flags), words
    assert offers("--web.l") == ["--web.listen-address"], "flags of serve, which need not be named"


def test_the_values_of_every_flag_that_has_few_are_offered(offers):
    tried = 0
    for words, flags in usages().items():
        for name, values in flags.items():
            if values:
                assert offers(f"{words} --{name} ") == sorted(values), (words, name)
                tried += 1
    assert tried > 10
    assert offers("query --format=j") in (["json"], ["--format=json"])
    assert offers("query --wide --format ") == ["csv", "json", "openmetrics", "table"]


def test_files_and_folders_are_offered_where_they_are_meant(offers):
    def names(line):
        return [text.replace("\\", "").rstrip("/") for text in offers(line) if text]

    assert names("serve --config.file some") == ["some file.yml", "some folder"]
    assert names("export cloudwatch-alarms --directory some") == ["some folder"]
    assert names("query --start some") == [], "not where something else is meant"


def test_the_script_for_bash_is_sound(folder):
    run(["shellcheck", "--shell=bash", "--exclude=SC2034", folder / "completion.bash"])
