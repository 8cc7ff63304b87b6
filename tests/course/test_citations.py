"""Whoever reads a citation gets to the paper with one click, and everywhere to the same place."""

import re
from collections import defaultdict
from urllib.parse import urlsplit

import jupytext
import pytest

from utils.tools import build, slides
from utils.tools.course import ROOT, find_units

PLACES = {  # what follows the host of a publisher, or of an author where nobody publishes a paper
    "doi.org": r"/10\.\d{4,}/\S+",
    "arxiv.org": r"/abs/\d{4}\.\d{4,5}",
    "www.jmlr.org": r"/papers/v\d+/\w+\.html",
    "proceedings.mlr.press": r"/v\d+/\w+\.html",
    "papers.nips.cc": r"/paper_files/paper/\d{4}/hash/\w+-Abstract\.html",
    "www.cs.toronto.edu": r"/~hinton/absps/\w+\.pdf",
}
LINK = re.compile(r"\[([^\[\]]+)\]\((https?:[^)\s]+)\)")
TITLE = re.compile(r'"([^"]+)"')
CITATION = re.compile(r'"([A-Z][^"]+)",? (?:in the \*[^*]+\*, )?\(?(?:19|20)\d\d')
PATHS = [*build.find_sources(), *slides.find_decks()]


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


def text_of(path):
    """Return the text of a source, each line break and indentation one space."""
    if path.suffix == ".md":
        return " ".join(
            re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.M | re.S).split()
        )
    cells = jupytext.read(path).cells
    return " ".join(" ".join(c.source for c in cells if c.cell_type == "markdown").split())


def without_links(text):
    return LINK.sub("", text)


def list_of_readings(text):
    """Return the items of the list at the end of a lecture that name a publication."""
    items = re.split(r" - (?=\S)", text.split("## Going further")[1])[1:]
    return [item for item in items if re.search(r"\b(?:19|20)\d\d\b", without_links(item))]


@each([unit.lecture for unit in find_units()])
def test_every_reading_is_a_link(path):
    readings = list_of_readings(text_of(path))
    assert len(readings) >= 3
    for reading in readings:
        assert LINK.search(reading), reading
        assert not TITLE.search(without_links(reading)), reading


@each(PATHS)
def test_every_title_with_a_year_is_a_link(path):
    assert CITATION.findall(text_of(path)) == []


@each(PATHS)
def test_links_lead_to_publishers(path):
    for _, address in LINK.findall(text_of(path)):
        parts = urlsplit(address)
        assert parts.scheme == "https", address
        assert re.fullmatch(PLACES.get(parts.netloc, "nowhere"), parts.path), address
        assert not parts.query and not parts.fragment, address


def test_a_title_has_one_address_and_an_address_one_title():
    places, titles = defaultdict(set), defaultdict(set)
    for path in PATHS:
        for label, address in LINK.findall(text_of(path)):
            for title in TITLE.findall(label):
                places[title].add(address)
                titles[address].add(title)
    assert len(places) > 40
    assert {title: found for title, found in places.items() if len(found) > 1} == {}
    for found in titles.values():  # a title may be cut short
        assert all(max(found, key=len).startswith(title) for title in found), found


def test_a_citation_without_a_link_is_found():
    text = (
        '## Going further - The lab. - A. Bee, "A Title", 1999: why. '
        '- C. Dee, ["Two"](https://doi.org/10.1000/2), 2001.'
    )
    bare, linked = list_of_readings(text)
    assert not LINK.search(bare) and LINK.search(linked)
    assert TITLE.search(without_links(bare)) and not TITLE.search(without_links(linked))
    assert CITATION.findall(text) == ["A Title"]
    assert CITATION.findall('after Bee, "A Title" (2016)') == ["A Title"]
