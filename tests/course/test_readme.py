"""The README says what is there."""

import re

import pytest

from utils.tools import readme
from utils.tools.course import ROOT

TEXT = readme.README.read_text(encoding="utf-8")


def test_generated_parts_are_current():
    assert readme.render(TEXT) == TEXT, "run `make build`"


def test_picture_is_the_one_in_the_lecture():
    assert readme.PICTURE.read_bytes() == readme.picture(), "run `make build`"


def test_links_lead_to_files():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert len(links) > 6
    for link in links:
        assert (ROOT / link).is_file(), link


def test_commands_of_make_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in re.findall(r"make ([a-z]+)", TEXT):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


def test_missing_marker_is_an_error():
    with pytest.raises(ValueError, match="<!-- begin ratings -->"):
        readme.render("<!-- begin units -->\n<!-- end units -->")
