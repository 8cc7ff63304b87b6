"""What the sources say of a unit, and the ways between its parts."""

import re

import pytest

from utils.tools import build, course
from utils.tools.course import ROOT, Unit, find_units, link_line

UNITS = find_units()
LINK = re.compile(r"\]\(([^)#]+)(?:#\w+)?\)")
NUMBERS = {unit.number for unit in UNITS}
each_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)

TEXTS = [
    path
    for pattern in ("*.md", "data/*.md", "slides/*.md", "*/[0-9]*.py", "utils/**/*.py")
    for path in sorted(ROOT.glob(pattern))
    if path.name != "start.md"
]
# "unit 06", "units 01 (embeddings), 04 (dropout) and 06", "lab 10", "Unit 1 of the course"
NAMED = re.compile(
    r"\b(?:unit|lecture|lab|deck)s? (\d\d?\b(?:(?: \([^)]*\))?(?:,| and| or| to)+ \d\d\b)*)",
    flags=re.IGNORECASE,
)


def units_named(text):
    """Return the numbers of the units that a text names, a list of str of two digits."""
    words = " ".join(re.sub(r"^\s*#+ ?", "", text, flags=re.M).split())
    without_asides = [re.sub(r"\([^)]*\)", "", found) for found in NAMED.findall(words)]
    return [number.zfill(2) for found in without_asides for number in re.findall(r"\d+", found)]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_names_a_unit_that_is_not_there(path):
    assert set(units_named(path.read_text(encoding="utf-8"))) <= NUMBERS


def test_how_a_unit_is_named():
    text = """# see units 01 (embeddings),
        # 04 (dropout, and more) and 06. Unit 1 of 12; LAB 10
        # has 64 units, and unit tests. A unit 17 or 18 to come"""
    assert units_named(text) == ["01", "04", "06", "01", "10", "17", "18"]
    assert sum(len(units_named(path.read_text("utf-8"))) for path in TEXTS) > 50


@each_unit
def test_a_unit_says_what_comes_first_and_how_long_it_takes(unit):
    assert unit.needs == sorted({other.number for other in UNITS if other.number in unit.needs})
    assert all(number < unit.number for number in unit.needs)
    assert bool(unit.needs) == (unit.number != "01")
    assert 1 <= unit.hours <= 3


@pytest.mark.parametrize(
    ("lecture", "lab", "hours"),
    [
        ("**Time:** 40 minutes to read", "**Time:** 60 minutes.", 1.5),
        ("**Time**: 45\n# minutes", '"**Time:** 75\\n",\n    "minutes"', 2.0),
        ("**Time:** 40 minutes to read", "An hour.", None),
        ("40 minutes to read", "**Time:** 60 minutes.", None),
    ],
    ids=["rounded to halves", "at the end of a line", "silent lab", "silent lecture"],
)
def test_hours_are_those_of_lecture_and_lab(monkeypatch, lecture, lab, hours):
    said = {".py": lecture, ".ipynb": lab}
    monkeypatch.setattr(course, "_read", lambda path: said[path.suffix])
    assert Unit("02_similarity").hours == hours


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        (
            "**Before you start:** units 01 (embeddings) and 02 (similarity). **Time:**",
            ["01", "02"],
        ),
        ("**Before you start:** unit 06\n# (trees). Unit 08 goes on. **Time:**", ["06"]),
        ("**You need** Python. **Time:** 3, then unit 04 (dropout).", []),
    ],
)
def test_needs_stand_before_the_time(monkeypatch, text, needs):
    monkeypatch.setattr(course, "_read", lambda path: text)
    assert Unit("10_triplet_loss").needs == needs


@each_unit
def test_exercises_are_those_of_the_lab_in_its_order(unit):
    cells = build.read_notebook(unit.lab).cells
    of_lab = [cell.metadata["exercise"] for cell in cells if "exercise" in cell.metadata]
    assert unit.exercises == of_lab
    assert len(of_lab) >= 4


@each_unit
@pytest.mark.parametrize("folder", ["notebooks", "labs", "solutions", "slides"])
def test_every_part_of_a_unit_leads_to_the_others(unit, folder):
    place = ROOT / folder / unit.name
    if folder == "slides":
        first = place.with_suffix(".md").read_text(encoding="utf-8").split("\n:::{notes}")[0]
    else:
        first = build.read_notebook(place.with_suffix(".ipynb")).cells[0].source
    (line,) = [line for line in first.splitlines() if line.startswith("Unit ")]
    assert line == link_line(unit)
    places = [(place.parent / link).resolve() for link in LINK.findall(line)]
    assert places == [
        unit.lecture.with_suffix(".ipynb"),
        unit.lab,
        unit.solution.with_suffix(".ipynb"),
        unit.deck,
        ROOT / "README.md",
    ]
    assert all(path.is_file() for path in places)


def test_the_link_to_all_units_leads_to_their_heading():
    (heading,) = re.findall(r"README\.md#(\w+)\)", link_line(UNITS[0]))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"\n## {heading.capitalize()}\n" in readme
