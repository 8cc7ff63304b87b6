"""An instructor's day: the lab goes through nbgrader's autograde and comes back with points."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from utils.tools import build
from utils.tools.course import ROOT

UNIT = "01_embeddings"
EXERCISE_CELLS = {
    cell.metadata["exercise"]: cell.source
    for cell in build.read_source(ROOT / "solutions" / f"{UNIT}.py").cells
    if "exercise" in cell.metadata
}
EXERCISES = list(EXERCISE_CELLS)
STUDENTS = {"solved": EXERCISES, "untouched": [], "half": EXERCISES[1::2]}


def nbgrader(course, *arguments):
    """Run nbgrader as in an activated environment: it starts other programs by their name."""
    programs = Path(sys.executable).parent
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(
        command, cwd=course, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory):
    """The three submissions after the commands that the README gives to instructors."""
    course = tmp_path_factory.mktemp("course")
    source = course / "source" / UNIT
    source.mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / f"{UNIT}.ipynb", source)
    shutil.copy(ROOT / "utils" / "tools" / "nbgrader_config.py", course)
    nbgrader(course, "generate_assignment", UNIT)
    for student, solved in STUDENTS.items():
        lab = build.read_notebook(ROOT / "labs" / f"{UNIT}.ipynb")
        for cell in lab.cells:
            if cell.metadata.get("exercise") in solved:
                cell.source = EXERCISE_CELLS[cell.metadata["exercise"]]
        folder = course / "submitted" / student / UNIT
        folder.mkdir(parents=True)
        nbformat.write(lab, folder / f"{UNIT}.ipynb")
    nbgrader(course, "autograde", UNIT)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        yield course, book


def test_released_assignment_holds_no_answers(gradebook):
    course, _ = gradebook
    released = (course / "release" / UNIT / f"{UNIT}.ipynb").read_text(encoding="utf-8")
    solution = build.read_source(ROOT / "solutions" / f"{UNIT}.py")
    assert "BEGIN SOLUTION" not in released
    answers = [c.source for c in solution.cells if "solution" in c.metadata.get("tags", [])]
    assert answers
    for answer in answers:
        assert answer.splitlines()[0][:60] not in released


@pytest.mark.parametrize("student", STUDENTS)
def test_points_are_honest(gradebook, student):
    _, book = gradebook
    submission = book.find_submission_notebook(UNIT, UNIT, student)
    points = {grade.name.removeprefix("check_"): grade.score for grade in submission.grades}
    possible = {grade.name.removeprefix("check_"): grade.max_score for grade in submission.grades}
    assert list(sorted(points)) == sorted(EXERCISES)
    assert points == {
        name: possible[name] if name in STUDENTS[student] else 0 for name in EXERCISES
    }


def test_half_solved_is_worth_something_in_between(gradebook):
    _, book = gradebook
    scores = {
        student: book.find_submission_notebook(UNIT, UNIT, student).score for student in STUDENTS
    }
    assert 0 == scores["untouched"] < scores["half"] < scores["solved"]
