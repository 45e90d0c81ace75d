"""Versions of the package that never were: an older one, and a newer one with another schema of the store."""

import re
import shutil

from bare_debian import NAME, built_package, run
from support import programs
from support.dockerfile import let_in

OLDER, NEWER = "0.0.9", "99.0.0"
OLDER_HEAD = "# Of the older version.\n"


def older_package(package, folder):
    """The same program under an older version, with another configuration file."""
    tree = folder / "older"
    shutil.rmtree(tree, ignore_errors=True)
    run("dpkg-deb", "-R", package, tree)
    control = tree / "DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", f"Version: {OLDER}", control.read_text(), count=1, flags=re.MULTILINE))
    configuration = tree / f"etc/{NAME}/{NAME}.yml"
    configuration.write_text(OLDER_HEAD + configuration.read_text())
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, folder / f"{NAME}_{OLDER}.deb")
    return folder / f"{NAME}_{OLDER}.deb"


def newer_package(folder):
    """Built from these sources with one step more of the schema; a debug build, as nothing is measured."""
    tree = folder / "newer"
    copy_what_is_let_in(tree, {"Sources/System/BuildInfo.swift": newer_version, "Sources/UsageStore/Schema.swift": newer_schema})
    run("swift", "build", "--package-path", tree, "--static-swift-stdlib", "--product", NAME, "-Xswiftc", "-use-ld=lld")
    run(tree / "deploy/debian/package.sh", tree / ".build/debug" / NAME)
    return built_package(tree / ".build/package")


def newer_version(text):
    """BuildInfo.swift of the newer version."""
    found, count = re.subn(r'(static let version = )"[\d.]+"', rf'\1"{NEWER}"', text)
    assert count == 1, "BuildInfo.swift no longer holds the version as it did"
    return found


def newer_schema(text):
    """Schema.swift of the newer version."""
    last = re.search(r"^( +Migration\(version: (\d+), .*\))\n    \]$", text, re.MULTILINE)
    assert last, "Schema.swift no longer holds the migrations as it did"
    step = f'Migration(version: {int(last[2]) + 1}, name: "made up", statements: ["CREATE TABLE later (x INTEGER)"]),'
    return text.replace(last[1], f"{last[1]},\n        {step}")


def copy_what_is_let_in(tree, changes):
    """The files that the image is built from, some changed. What is the same already stays untouched, and is not built anew."""
    wanted = {}
    for name in let_in(programs.ROOT / ".dockerignore"):
        path = programs.ROOT / name
        for file in [path] if path.is_file() else (file for file in path.rglob("*") if file.is_file()):
            if "__pycache__" not in file.parts:
                wanted[file.relative_to(programs.ROOT)] = file
    for relative, file in wanted.items():
        change = changes.get(str(relative))
        content = change(file.read_text()).encode() if change else file.read_bytes()
        target = tree / relative
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            shutil.copymode(file, target)
    for file in tree.rglob("*"):
        if file.is_file() and ".build" not in file.parts and file.relative_to(tree) not in wanted:
            file.unlink()
    return tree
