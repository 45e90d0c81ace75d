"""The package as it lies in .build/package: what is in it, what lintian says, its bill of materials, the same bytes again."""

import gzip
import json
import re
import shutil
from email.utils import parsedate_to_datetime

import pytest
from bare_debian import NAME, run
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from made_up import copy_what_is_let_in

from support import programs


@pytest.fixture(scope="module")
def tree(package, folder):
    """The package, unpacked."""
    tree = folder / "unpacked"
    shutil.rmtree(tree, ignore_errors=True)
    run("dpkg-deb", "-R", package, tree)
    return tree


def field(package, name):
    """A field of the package's control file."""
    return run("dpkg-deb", "-f", package, name).strip()


def test_lintian_finds_neither_errors_nor_warnings(package):
    """Its manual pages included."""
    said = run("lintian", "--allow-root", "--profile", "debian", "--fail-on", "error,warning", package)
    assert not re.search(r"^[EW]: ", said, re.MULTILINE), said


def test_the_package_has_all_that_belongs_to_the_program(tree):
    documents = f"usr/share/doc/{NAME}"
    for path in (
        f"usr/bin/{NAME}", f"etc/{NAME}/{NAME}.yml", f"lib/systemd/system/{NAME}.service", f"usr/lib/sysusers.d/{NAME}.conf",
        f"usr/lib/tmpfiles.d/{NAME}.conf", f"usr/share/man/man1/{NAME}.1.gz", f"usr/share/man/man5/{NAME}.yml.5.gz",
        f"usr/share/bash-completion/completions/{NAME}", f"usr/share/zsh/vendor-completions/_{NAME}",
        f"usr/share/fish/vendor_completions.d/{NAME}.fish", f"{documents}/copyright", f"{documents}/changelog.gz",
        f"{documents}/CHANGELOG.md.gz", f"{documents}/examples/{NAME}.yml", f"{documents}/examples/prometheus/alerts.yml",
    ):
        assert (tree / path).stat().st_size > 0, path
    assert (tree / "DEBIAN/conffiles").read_text().split() == [f"/etc/{NAME}/{NAME}.yml"]
    # For editors: the files of the examples lie beside their schema.
    schema = re.match(r"# yaml-language-server: \$schema=/(.*)", (tree / f"etc/{NAME}/{NAME}.yml").read_text())[1]
    assert json.loads((tree / schema).read_text())
    example = re.match(r"# yaml-language-server: \$schema=(.*)", (tree / f"{documents}/examples/{NAME}.yml").read_text())[1]
    assert (tree / documents / "examples" / example).is_file()


def test_the_program_is_stripped_and_of_its_own_version(package, tree):
    program = tree / f"usr/bin/{NAME}"
    assert ".symtab" not in run("objdump", "-h", program)
    assert run(program, "--version").splitlines()[0] == f"{NAME}, version {field(package, 'Version')}"
    assert "libswift" not in run("objdump", "-p", program), "Swift's libraries are linked in"


def test_the_unit_is_that_of_the_project_at_its_place(tree):
    shipped = (tree / f"lib/systemd/system/{NAME}.service").read_text()
    own = (programs.ROOT / f"deploy/systemd/{NAME}.service").read_text()
    settings = [line for line in own.replace("/usr/local/bin/", "/usr/bin/").splitlines() if line and line[0] != "#"]
    assert [line for line in shipped.splitlines() if line and line[0] != "#" and not line.startswith("Documentation=")] == settings
    assert "install -" not in shipped, "nothing about doing by hand what the package does"


def test_man_shows_the_pages(tree):
    for page, word in ((f"man1/{NAME}.1.gz", "--config.file"), (f"man5/{NAME}.yml.5.gz", "minute_retention")):
        shown = run("env", "LC_ALL=C.UTF-8", "MANWIDTH=80", "man", "-l", tree / "usr/share/man" / page)
        assert "NAME" in shown and NAME in shown and word in shown


def test_the_bill_of_materials_is_valid_and_names_every_library(package):
    text = (package.parent / f"{NAME}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.replace('"library"', '"book"')), "the check can fail"
    document = json.loads(text)
    named = {component["name"]: component["version"] for component in document["components"]}
    depends = {entry.split()[0] for entry in field(package, "Depends").split(", ")}
    libraries = {name for name in depends if name.startswith("lib")}
    assert libraries >= {"libc6", "libcurl4", "libsqlite3-0"}
    assert set(named) == libraries | {"swift"}, "dpkg-shlibdeps found the same"
    assert all(named[name] == run("dpkg-query", "-W", "-f", "${Version}", f"{name}:{field(package, 'Architecture')}")
               for name in libraries)
    again = package.parent / "again.cdx.json"
    run("python3", programs.ROOT / "deploy/debian/sbom.py", package, again)
    assert again.read_text() == text, "the same again"
    again.unlink()


def test_what_the_image_is_built_from_makes_the_same_package(package, tree, folder):
    """In another place, from the files that .dockerignore lets in, byte by byte."""
    place = copy_what_is_let_in(folder / "let-in", {})
    run("swift", "package", "--package-path", place, "describe", "--type", "json")
    with gzip.open(tree / f"usr/share/doc/{NAME}/changelog.gz", "rt") as changelog:
        date = parsedate_to_datetime(re.search(r"^ -- .*>  (.*)$", changelog.read(), re.MULTILINE)[1])
    program = programs.ROOT / ".build/release" / NAME
    run("env", f"SOURCE_DATE_EPOCH={date.timestamp():.0f}", place / "deploy/debian/package.sh", program)
    assert (place / ".build/package" / package.name).read_bytes() == package.read_bytes()
