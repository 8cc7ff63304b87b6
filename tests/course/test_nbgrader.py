"""An instructor's week: two labs are handed out, seven submissions each come back, are graded."""

import copy
import csv
import html
import re
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook

from utils.tools import build, grading
from utils.tools.browser import find_chromium, open_browser
from utils.tools.course import find_units

NUM_EXERCISES = 2  # of each lab: what grading does with one more is the same
LIMITS = {"timeout = 120": "timeout = 6", "seconds = 600": "seconds = 60"}
UNITS = [unit.name for unit in find_units(["01", "02"])]
WORDS = """\
Why is that so, in $x^2$ words?

### BEGIN SOLUTION
The rubric: one point for the reason.
### END SOLUTION"""
CHEATS = {
    "environment": "import os\nos.environ.pop('NBGRADER_EXECUTION')",
    "name": "from unittest.mock import MagicMock\ncheck = MagicMock()",
    "framework": "from utils.checks import framework\n"
    "framework.Lab.judge = lambda *a: framework.Outcome('right', '')",
    "cells": "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass'])",
    "death": "import os\nos._exit(0)",
    "output": "print('long ' * 20_000_000)",
}
RIGHT = {  # the exercises that each submission gets points for
    "full": {0, 1},
    "empty": set(),
    "half": {1},
    "syntax_error": {1},
    "split_cell": {0, 1},
    "deleted_check": {0},
    "endless_loop": {1},
    **dict.fromkeys(CHEATS, set()),
    "copied_check": set(),
    "own_names": {0, 1},
}
BOTH_UNITS = list(RIGHT)[:7]


class Lab:
    """A lab cut to its first exercises, and what students make of it."""

    def __init__(self, name):
        self.unit = find_units([name])[0]
        self.solution = shorten(build.read_source(self.unit.solution))
        cells = [cell for cell in self.solution.cells if "exercise" in cell.metadata]
        self.answers = {cell.metadata["exercise"]: cell.source for cell in cells}
        self.exercises = list(self.answers)

    def solved(self, exercises):
        """Return the lab with the answers to some exercises, given by their numbers."""
        lab = build.make_lab(self.solution)
        for number in exercises:
            name = self.exercises[number]
            lab.cells[place(lab, "exercise", name)].source = self.answers[name]
        return lab

    def submission(self, student):
        """Return what a student hands in."""
        lab = self.solved({0, 1})
        first, second = self.exercises
        at = place(lab, "exercise", first)
        if student == "syntax_error":
            lab.cells[at].source = f"def {first}(:\n    pass"
        elif student == "endless_loop" and self.unit.number == "01":
            lab.cells[at].source = f"def {first}(*inputs):\n    while True:\n        pass"
        elif student == "endless_loop":
            lab.cells[at].source = "while True:\n    pass"
        elif student == "split_cell":  # JupyterLab copies the metadata
            lab.cells.insert(at + 1, copy_of(lab.cells[at], "answer_is_above = True"))
        elif student == "deleted_check":
            del lab.cells[place(lab, "check", second)]
        elif student == "copied_check":
            lab = self.solved(set())
            for name in self.exercises:
                check = lab.cells[place(lab, "check", name)]
                lab.cells.insert(place(lab, "check", name), copy_of(check, check.source))
        elif student == "own_names":  # a name of the student's, a warning, and prints cost nothing
            body = 'import sys\n    print("here")\n    print("warning", file=sys.stderr)\n    '
            lab.cells[at].source = re.sub(r'("""\n    )(?=###)', rf"\1{body}", lab.cells[at].source)
            assert "here" in lab.cells[at].source
            lab.cells.insert(at, new_code_cell("check = 3"))
        elif student in CHEATS:
            lab = self.solved(set())
            lab.cells.insert(at, new_code_cell(CHEATS[student]))
        elif student == "full":
            lab.cells[-1].source = "Because it is."
        else:
            lab = self.solved(RIGHT[student])
        return lab


def shorten(solution):
    """Cut a solution to its first exercises, and ask one question in words at its end."""
    checks = [place for place, cell in enumerate(solution.cells) if "check" in cell.metadata]
    words = nbformat.v4.new_markdown_cell(WORDS, id="words")
    words.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": "words_why",
        "grade": True,
        "solution": True,
        "locked": False,
        "task": False,
        "points": 2,
    }
    kept = solution.cells[: checks[NUM_EXERCISES - 1] + 1]
    solution.cells = [cell for cell in kept if "words" not in cell.metadata] + [words]
    return solution


def place(notebook, key, name):
    """Return where the cell stands whose metadata has a value."""
    return next(n for n, cell in enumerate(notebook.cells) if cell.metadata.get(key) == name)


def copy_of(cell, source):
    """Return a cell with the same metadata and another text."""
    return nbformat.from_dict({**copy.deepcopy(cell), "id": f"{cell.id}-copy", "source": source})


class Course:
    """nbgrader's course folder after the commands of the README."""

    def __init__(self, folder, patch):
        self.folder, self.logs, self.labs = folder, {}, {name: Lab(name) for name in UNITS}
        patch.setattr(grading, "read_source", lambda path: shorten(build.read_source(path)))
        for name, lab in self.labs.items():
            grading.hand_out(lab.unit, folder)
            for student in RIGHT if name == UNITS[0] else BOTH_UNITS:
                target = folder / "submitted" / student / name
                target.mkdir(parents=True)
                text = nbformat.writes(lab.submission(student))
                (target / f"{name}.ipynb").write_text(text, encoding="utf-8")
        settings = folder / "nbgrader_config.py"
        text = settings.read_text(encoding="utf-8")
        for old, new in LIMITS.items():
            assert old in text
            text = text.replace(old, new)
        settings.write_text(text, encoding="utf-8")
        for name in UNITS:
            self.logs[name] = grading.run_nbgrader(folder, "autograde", name)
            grading.run_nbgrader(folder, "generate_feedback", name)
        grading.run_nbgrader(folder, "export")

    def points(self, unit, student):
        """Return what nbgrader has in its book: dict from the name of a cell to its points."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as book:
            graded = book.find_submission_notebook(unit, unit, student)
            return {grade.name: grade.score for grade in graded.grades}

    def possible(self, unit):
        """Return the points that can be had: dict from the name of a check to its points."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as book:
            cells = book.find_notebook(unit, unit).grade_cells
            return {cell.name: cell.max_score for cell in cells}

    def page(self, unit, student):
        """Return the path of a feedback page."""
        return self.folder / "feedback" / student / unit / f"{unit}.html"

    def messages(self, unit, student):
        """Return what stands below each check of a feedback page: dict from its name to a text."""
        text = self.page(unit, student).read_text(encoding="utf-8")
        found = {}
        for part in text.split('<div class="panel-heading">')[2:]:
            name = re.search(r"Grade cell: <code>(\w+)</code>", part)
            if name:
                outputs = re.findall(r"<pre.*?>(.*?)</pre>", part.split("text_cell")[0], re.S)
                plain = [re.sub("<.*?>", "", output) for output in outputs[1:]]  # 0 is the code
                found[name[1]] = html.unescape("\n".join(plain)).strip()
        return found


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        return Course(tmp_path_factory.mktemp("course"), patch)


GRADED = [(UNITS[0], student) for student in RIGHT]
GRADED += [(UNITS[1], student) for student in BOTH_UNITS]
# Without the names of the units: two workers would each grade the whole class.
IDS = [f"{student}-{unit[:2]}" for unit, student in GRADED]
graded = pytest.mark.parametrize(("unit", "student"), GRADED, ids=IDS)
each_unit = pytest.mark.parametrize("unit", UNITS, ids=["01", "02"])


@graded
def test_points_are_honest(course, unit, student):
    names = [f"check_{name}" for name in course.labs[unit].exercises]
    possible = course.possible(unit)
    expected = {
        name: possible[name] if number in RIGHT[student] else 0 for number, name in enumerate(names)
    }
    assert course.points(unit, student) == {**expected, "words_why": 0}


@each_unit
def test_table_of_grades_has_every_submission(course, unit):
    with open(course.folder / "grades.csv", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == unit]
    scores = {row["student_id"]: float(row["score"]) for row in rows}
    for student in BOTH_UNITS:
        assert scores[student] == sum(course.points(unit, student).values())
    assert 0 == scores["empty"] < scores["half"] < scores["full"]
    assert {float(row["max_score"]) for row in rows} == {sum(course.possible(unit).values())}


@graded
def test_feedback_says_what_the_check_says_and_nothing_else(course, unit, student):
    messages = course.messages(unit, student)
    assert len(messages) == NUM_EXERCISES
    for number, name in enumerate(course.labs[unit].exercises):
        text = messages[f"check_{name}"]
        if number in RIGHT[student]:
            assert text.startswith(f"{name}: right.")
        elif student == "deleted_check":
            assert text.startswith("This check was deleted")
        elif student == "death":
            assert "the kernel died" in text
        elif student == "cells":
            assert text.startswith("The check did not come to its end")
        else:
            assert text.startswith(f"{name}: ")
        for internal in ("Traceback", "HIDDEN", "NBGRADER", "framework.py", "site-packages"):
            assert internal not in text


@each_unit
def test_feedback_names_the_mistake(course, unit):
    first, second = (f"check_{name}" for name in course.labs[unit].exercises)
    assert "not attempted" in course.messages(unit, "empty")[first]
    assert "not run" in course.messages(unit, "syntax_error")[first]
    kind = "no end" if unit == UNITS[0] else "not run"
    assert kind in course.messages(unit, "endless_loop")[first]


@each_unit
def test_log_says_what_was_mended(course, unit):
    first, second = course.labs[unit].exercises
    log = course.logs[unit]
    assert f"deleted_check: the cell check_{second} was deleted" in log
    assert f"split_cell: the cell {first} was split or copied" in log


def test_long_output_is_cut(course):
    assert course.page(UNITS[0], "output").stat().st_size < 5e6


@pytest.mark.parametrize(("student", "waits"), [("full", True), ("half", False)])
def test_answers_in_words_wait_for_a_person(course, student, waits):
    with Gradebook(f"sqlite:///{course.folder / 'gradebook.db'}") as book:
        graded = book.find_submission_notebook(UNITS[0], UNITS[0], student).grades
        assert [grade.name for grade in graded if grade.needs_manual_grade] == (
            ["words_why"] if waits else []  # an empty place for an answer gets 0 by itself
        )


@each_unit
def test_students_get_what_is_graded_and_no_answers(course, unit):
    released = course.folder / "release" / unit / f"{unit}.ipynb"
    with zipfile.ZipFile(course.folder / "handout" / f"{unit}.zip") as archive:
        packed = archive.read(f"{grading.TOP}/labs/{unit}.ipynb").decode()
        assert not [name for name in archive.namelist() if "solutions/" in name]
    assert packed == released.read_text(encoding="utf-8")
    lab = build.make_lab(course.labs[unit].solution)
    assert nbformat.reads(packed, as_version=4) == lab, "labs/ holds another lab"
    assert "raise NotImplementedError()" in packed
    for hidden in ("BEGIN SOLUTION", "HIDDEN TESTS", "The rubric", "graded_checks"):
        assert hidden not in packed


@pytest.mark.skipif(find_chromium() is None, reason="needs Chromium")
def test_formulas_of_the_feedback_need_no_network(course):
    with open_browser() as browser:
        page = browser.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(course.page(UNITS[1], "half").as_uri())
        page.locator("mjx-container").first.wait_for(timeout=20_000)
        assert page.locator("mjx-merror").count() == 0
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]
