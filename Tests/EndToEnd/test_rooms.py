"""The walls of the house: what each room of Sources may import, by the table in Sources/README.md, against Package.swift and
against what every file imports."""

import json
import re
import subprocess

import pytest

from support import programs

SOURCES = programs.ROOT / "Sources"
#: What every room may import: the toolchain's own, and the system's libc.
TOOLCHAIN = {"Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization"}
#: The system's libraries: each belongs to the rooms that name it.
LIBRARIES = {path.parent.name for path in SOURCES.glob("*/module.modulemap")}
IMPORT = re.compile(
    r"^(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+"
    r"(?:(?:typealias|struct|class|enum|protocol|let|var|func)\s+)?(\w+)", re.MULTILINE)


@pytest.fixture(scope="module")
def targets(tmp_path_factory):
    """{target below Sources: what Package.swift has it depend on}, system libraries left out."""
    command = [programs.required("swift"), "package", "--scratch-path", tmp_path_factory.mktemp("package"), "dump-package"]
    result = subprocess.run(command, cwd=programs.ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return {target["name"]: {dependency["byName"][0] for dependency in target["dependencies"]}
            for target in json.loads(result.stdout)["targets"]
            if target["type"] in ("regular", "executable") and not target.get("path")}


@pytest.fixture(scope="module")
def table():
    """{room: the words of its row that say what it may import}, from the ground up."""
    rows = re.findall(r"^\|.*\| \[(\w+)\]\(\w+/README\.md\) \|.*\| (.+) \|$", (SOURCES / "README.md").read_text(), re.MULTILINE)
    return dict(rows)


@pytest.fixture(scope="module")
def allowed(table):
    """{room: what it may import}: what its row names and, of rooms, what those may import."""
    found = {}
    for room, words in table.items():
        named = set(re.findall(r"\b[A-Z]\w+", words)) | (set(found) if "all above" in words else set())
        assert named <= set(found) | LIBRARIES, f"{room} stands above what it imports"
        found[room] = named.union(*(found[other] - LIBRARIES for other in named - LIBRARIES))
    return found


def imports(room):
    """{file: what it imports}."""
    return {path: set(IMPORT.findall(path.read_text())) for path in (SOURCES / room).rglob("*.swift")}


def test_the_table_has_every_room(targets, table):
    rooms = {name for name in targets if name != "bedrock-quota-exporter"}
    assert set(table) == rooms


def test_no_room_depends_on_more_than_the_table_allows(targets, allowed):
    over = {room: targets[room] - names for room, names in allowed.items()}
    assert {room: names for room, names in over.items() if names} == {}


def test_no_file_imports_more_than_the_table_allows(allowed):
    over = {str(path.relative_to(SOURCES)): found - names - TOOLCHAIN
            for room, names in allowed.items() for path, found in imports(room).items()}
    assert {path: names for path, names in over.items() if names} == {}


def test_the_first_page_of_a_room_says_the_same(table):
    pages = {room: (SOURCES / room / "README.md").read_text() for room in table}
    assert [room for room, words in table.items() if f"\nMay import: {words}.\n" not in pages[room]] == []
