"""The pages of documentation: their links lead somewhere, each is found from the first, and the first stays short."""

import re

import pytest

from support import programs
from support.documents import anchors, links, prose

ROOT = programs.ROOT
FIRST = ROOT / "README.md"
FIRST_BYTES = 10_000
PAGES = sorted({path.resolve() for pattern in ("*.md", "[!.]*/**/*.md") for path in ROOT.glob(pattern)})


def name(page):
    """As it is called in the project."""
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page):
    for path, anchor in links(page):
        assert path.exists() and path.is_relative_to(ROOT), f"{path} is not in the project"
        assert not anchor or anchor in anchors(path), f"{name(path)} has no heading #{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_page_speaks_of_one_machine(page):
    assert not re.search(r"(?<![\w./~])/(?:home|root|work|Users|tmp)/", prose(page))


def test_the_first_page_is_short():
    assert FIRST.stat().st_size <= FIRST_BYTES


def test_every_page_is_found_from_the_first():
    found, todo = set(), [FIRST]
    while todo:
        page = todo.pop()
        found.add(page)
        todo += {path for path, _ in links(page) if path.suffix == ".md"} - found
    assert {name(page) for page in PAGES} - {name(page) for page in found} == set()
