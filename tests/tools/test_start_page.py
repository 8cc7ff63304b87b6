"""What a reader sees first: the start page, and how JupyterLab is laid out."""

import asyncio
import json
import re
import shutil

import pytest
from jupyterlab_server.workspaces_handler import WorkspacesManager

from utils.tools import course, lab, start_page
from utils.tools.course import PARTS, ROOT, find_units

UNITS = find_units()
NUM_EXERCISES = sum(len(unit.exercises) for unit in UNITS)
ALL_RIGHT = {unit.topic: dict.fromkeys(unit.exercises, "right") for unit in UNITS}
FIRST = UNITS[0].exercises[0]


def rows_of(page):
    """Return the rows of the table below its head, each a list of cells."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def row_of(page, unit):
    (row,) = [row for row in rows_of(page) if row[0].startswith(f"**{unit.number} ")]
    return row


def test_units_come_in_order_each_below_its_part():
    heads = [row[0] for row in rows_of(start_page.render(UNITS, {}))]
    expected = []
    for part, numbers in PARTS.items():
        of_part = [unit for unit in UNITS if int(unit.number) in numbers]
        expected += [f"*{part}*"] * bool(of_part)
        expected += [f"**{unit.number} {unit.title}**<br>{unit.question}" for unit in of_part]
    assert heads == expected
    assert len(heads) > len(UNITS)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_has_its_sentence_and_links_that_lead_to_files(unit):
    row = row_of(start_page.render(UNITS, {}), unit)
    assert len(unit.question.split()) >= 6
    links = re.findall(r"\[(\w+)\]\(([^)]+)\)", " ".join(row))
    assert [label for label, _ in links] == ["lecture", "slides", "lab", "solution"]
    assert len({place for _, place in links}) == 4
    assert all((ROOT / place).is_file() and unit.name in place for _, place in links)
    assert row[4] == (", ".join(unit.needs) or "-")
    assert float(row[5]) == unit.hours


def test_without_outcomes_the_first_exercise_comes_next():
    page = start_page.render(UNITS, {})
    assert f"**0 of {NUM_EXERCISES} exercises solved.** Next: `{FIRST}` in [lab 01" in page
    assert "●" not in page


def test_what_is_solved_is_shown_and_what_is_open_comes_next():
    unit = UNITS[1]
    first, second, third = unit.exercises[:3]
    outcomes = {
        UNITS[0].topic: ALL_RIGHT[UNITS[0].topic],
        unit.topic: {first: "right", second: "not yet", third: "right", "gone": "right"},
        "no_such_unit": {"encode": "right"},
    }
    page = start_page.render(UNITS, outcomes)
    of_unit = len(unit.exercises)
    assert row_of(page, unit)[6] == f"●○●{'○' * (of_unit - 3)}<br>2 of {of_unit}"
    num_solved = len(UNITS[0].exercises) + 2
    assert f"**{num_solved} of {NUM_EXERCISES} exercises solved.**" in page
    assert f"Next: `{second}` in [lab {unit.number} {unit.title}](labs/{unit.name}.ipynb)." in page


def test_at_the_end_nothing_comes_next():
    page = start_page.render(UNITS, ALL_RIGHT)
    assert f"**{NUM_EXERCISES} of {NUM_EXERCISES} exercises solved.** That is all" in page
    assert "Next" not in page and "○" not in page


def test_a_handout_has_no_link_to_its_solution(tmp_path, monkeypatch):
    unit = UNITS[1]
    checks = ROOT / "utils" / "checks" / f"{unit.topic}.py"
    for path in (unit.lecture, unit.lab, unit.deck, checks):
        place = tmp_path / path.relative_to(ROOT)
        place.parent.mkdir(parents=True)
        shutil.copy(path, place)
    monkeypatch.setattr(course, "ROOT", tmp_path)
    row = row_of(start_page.render(find_units(), {}), unit)
    assert row[2] == f"[lab](labs/{unit.name}.ipynb)"
    assert row[3] == "-"
    (tmp_path / "solutions").mkdir()
    (tmp_path / "solutions" / f"{unit.name}.ipynb").touch()
    row = row_of(start_page.render(find_units(), {}), unit)
    assert row[3] == f"[solution](solutions/{unit.name}.ipynb)"


@pytest.fixture
def outcomes(monkeypatch):
    """The outcomes that are kept; a test may change them."""
    kept = {}
    monkeypatch.setattr(start_page.progress, "load", lambda: kept)
    return kept


def test_the_page_is_written_when_something_has_changed(tmp_path, outcomes):
    path = tmp_path / "start.md"
    start_page.write(path)
    first = path.stat().st_mtime_ns, path.stat().st_ino
    start_page.write(path)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == first
    outcomes["embeddings"] = {FIRST: "right"}
    start_page.write(path)
    assert "**1 of" in path.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [path], "a partial file is left"


def test_jupyterlab_gets_a_page_that_is_up_to_date(tmp_path, outcomes):
    (tmp_path / "other.md").write_text("# Mine")
    contents = start_page.CourseContents(root_dir=str(tmp_path))
    assert asyncio.run(contents.get("other.md"))["content"] == "# Mine"
    assert not (tmp_path / "start.md").exists()
    assert "**0 of" in asyncio.run(contents.get("start.md"))["content"]
    outcomes["embeddings"] = {FIRST: "right"}
    assert "**1 of" in asyncio.run(contents.get("/start.md"))["content"]


def test_the_table_of_contents_is_open_at_the_first_start(tmp_path):
    lab.lay_out(tmp_path)
    left = WorkspacesManager(str(tmp_path)).load("default")["data"]["layout-restorer:data"]["left"]
    assert left["current"] == "@jupyterlab/toc:plugin"
    assert left["visible"] and not left["collapsed"]


def test_the_layout_of_a_reader_stays(tmp_path):
    lab.lay_out(tmp_path)
    workspaces = WorkspacesManager(str(tmp_path))
    own = workspaces.load("default")
    own["data"]["layout-restorer:data"]["left"]["visible"] = False
    workspaces.save("default", json.dumps(own))
    lab.lay_out(tmp_path)
    assert not workspaces.load("default")["data"]["layout-restorer:data"]["left"]["visible"]
