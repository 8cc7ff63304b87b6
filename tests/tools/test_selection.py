"""`--unit` takes what belongs to a unit, and two workers never share a notebook."""

import subprocess
import sys
from pathlib import Path

import pytest
import selection

from utils.tools.course import ROOT, Unit

UNIT = Unit("06_matrix_factorization")


@pytest.mark.parametrize(
    ("nodeid", "expected"),
    [
        ("notebooks/06_matrix_factorization.ipynb::Cell 3", True),
        ("tests/units/test_matrix_factorization.py::test_fit_repeats_itself", True),
        ("tests/checks/test_matrix_factorization.py::test_attempt[sgd_step: a loop]", True),
        ("tests/course/test_slides.py::test_deck_reads_well[06_matrix_factorization]", True),
        ("tests/course/test_notebooks.py::test_x[labs/06_matrix_factorization]", True),
        ("tests/course/test_layout.py::test_x[utils/units/matrix_factorization.py]", True),
        ("tests/course/test_results.py::test_x[06_matrix_factorization_search]", True),
        ("tests/course/test_slides.py::test_deck_reads_well[08_deep_recsys]", False),
        ("tests/course/test_slides.py::test_every_planted_fault_is_found", False),
        ("tests/shared/test_evaluation.py::test_split[random]", False),
    ],
    ids=lambda value: value.rpartition("/")[2] if isinstance(value, str) else "",
)
def test_what_belongs_to_a_unit(nodeid, expected):
    assert selection.belongs(nodeid, UNIT) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("notebooks/08_deep_recsys.ipynb", True),
        ("tests/checks/test_deep_recsys.py", True),
        ("tests/checks/test_matrix_factorization.py", False),
        ("tests/course/test_slides.py", False),
        ("solutions/06_matrix_factorization.ipynb", False),
    ],
)
def test_files_of_other_units_are_not_even_read(name, expected):
    assert selection.is_of_another(Path(name), UNIT) == expected


def test_a_notebook_stays_together_and_decks_do_not():
    groups = [
        selection.stays_together(nodeid)
        for nodeid in (
            "notebooks/06_matrix_factorization.ipynb::Cell 0",
            "notebooks/06_matrix_factorization.ipynb::Cell 1",
            "notebooks/06_matrix_factorization.ipynb::A claim with 08_deep_recsys in its title",
            "tests/course/test_slides.py::test_a[06_matrix_factorization]",
            "tests/course/test_slides.py::test_b[06_matrix_factorization]",
            "tests/course/test_slides.py::test_a[08_deep_recsys]",
            "tests/course/test_nbgrader.py::test_points_are_honest[half]",
            "tests/course/test_nbgrader.py::test_points_are_honest[solved]",
        )
    ]
    assert len(set(groups[:3])) == len(set(groups[3:5])) == len(set(groups[6:])) == 1
    assert len(set(groups)) == 4


def test_long_ones_come_first():
    names = [
        "tests/tools/test_lab.py::a",
        "notebooks/01_embeddings.ipynb::b",
        "tests/course/x.py::c",
    ]
    assert [name[-1] for name in sorted(names, key=selection.rank)] == ["b", "c", "a"]


def test_a_unit_that_is_not_there_is_said():
    command = [sys.executable, "-m", "pytest", "--unit", "99"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode
    assert "must be among ['01', " in done.stdout + done.stderr
    assert "received '99'" in done.stdout + done.stderr
