"""The checks themselves: four outcomes, honest messages, a lab that never blocks."""

import functools
import sys

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from utils.checks import compare, framework
from utils.checks.compare import NotYet, expect_close
from utils.checks.framework import CheckFailed, Lab


def course_double(numbers):
    return 2 * np.asarray(numbers)


@pytest.fixture
def lab():
    lab = Lab()

    @lab.exercise(course_double, takeaway="Twice is plus itself.", hints=["Add.", "x + x"])
    def double(answer):
        expect_close(
            answer(np.array([1, 2])),
            [2, 4],
            "double([1, 2])",
            mistakes=[([1, 4], "That is the square.")],
        )

    lab.check = double
    return lab


def stub(numbers):
    raise NotImplementedError()


def library_gap(numbers):
    def deeper():
        raise NotImplementedError("not for this dtype")

    return deeper()


@pytest.mark.parametrize(
    ("attempt", "kind", "words"),
    [
        (lambda x: x + x, "right", ["Twice is plus itself."]),
        (lambda x: [2.0, 4.0], "right", []),
        (stub, "not attempted", ["Replace `raise NotImplementedError()`"]),
        (library_gap, "raised", ["not for this dtype"]),
        (lambda numbers: numbers + nonsense, "raised", ["NameError", "numbers = [1 2]"]),  # noqa: F821
        (lambda a, b: a, "raised", ["missing 1 required positional argument"]),
        (lambda x: x**2, "not yet", ["should be\n[2 4]", "yours gave\n[1 4]", "the square"]),
        (lambda x: [2.0], "not yet", ["shape (2,); yours has (1,):\n[2.]"]),
        (lambda x: None, "not yet", ["returned None", "return"]),
        (lambda x: "four", "not yet", ["should be numbers", "'four'"]),
        (lambda x: ["2", "4"], "not yet", ["should be numbers"]),
        (lambda x: sys.exit(1), "raised", ["SystemExit"]),
        (lambda x: [np.nan, 4], "not yet", ["nan"]),
        (lambda x: [[1], [1, 2]], "not yet", ["should be numbers"]),
        (lambda x: [2, None], "not yet", ["should be numbers; yours is [2, None]"]),
        (lambda x: (2 * n for n in x), "not yet", ["should be numbers", "generator"]),
        (lambda x: double(x), "raised", ["NameError: name 'double'"]),  # noqa: F821
        (functools.partial(np.multiply, 2), "right", []),
        (functools.lru_cache(lambda x: 2 * x), "raised", ["TypeError: unhashable"]),
        (3.0, "not yet", ["the function itself", "3.0"]),
    ],
)
def test_outcomes(lab, attempt, kind, words):
    returned = lab.check(attempt)
    outcome = lab.outcomes["double"]
    assert outcome.kind == kind, outcome.text
    for word in words:
        assert word in outcome.text
    assert returned is (attempt if kind == "right" else course_double)


def test_wrong_answer_checked_twice_is_not_right(lab):
    double = lab.check(lambda x: x)
    lab.check(double)
    assert lab.outcomes["double"].kind == "not attempted"
    assert "Run the cell with your function again" in lab.outcomes["double"].text


def test_student_cannot_change_the_inputs_of_the_check():
    lab = Lab()
    given = np.array([1, 2])

    @lab.exercise(course_double, takeaway="", hints=["h"])
    def double(answer):
        answer(given)

    def in_place(numbers):
        numbers *= 2
        return numbers

    double(in_place)
    assert given.tolist() == [1, 2]
    assert lab.outcomes["double"].kind == "not yet"
    assert "changed its input `numbers`" in lab.outcomes["double"].text


def test_answer_the_test_cannot_use_is_not_a_traceback():
    lab = Lab()

    @lab.exercise(course_double, takeaway="", hints=["h"])
    def double(answer):
        answer(1).count_params()

    double(lambda x: "no model")
    assert lab.outcomes["double"].kind == "not yet"
    assert "could not use what your function returned" in lab.outcomes["double"].text


def test_under_nbgrader_only_right_answers_pass(lab, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert lab.check(lambda x: 2 * x) is not course_double
    for attempt in (stub, lambda x: x, lambda x: 1 / 0):
        with pytest.raises(CheckFailed):
            lab.check(attempt)


def test_hints_go_one_further_each_time(lab, capsys):
    for _ in range(3):
        lab.hint("double")
    assert capsys.readouterr().out.splitlines() == [
        "Hint 1 of 2: Add.",
        "Hint 2 of 2: x + x This is the last hint.",
        "Hint 2 of 2: x + x This is the last hint.",
    ]
    with pytest.raises(ValueError, match="one of 'double', received 'dobule'"):
        lab.hint("dobule")


def test_summary_tells_done_from_open(lab, capsys):
    for attempt in (None, lambda x: x, lambda x: 2 * x):
        if attempt:
            lab.check(attempt)
        capsys.readouterr()
        lab.summary()
        text = capsys.readouterr().out
        if attempt is None:
            assert "0 of 1 exercises done." in text
            assert "double: open, its check has not run" in text
    assert "1 of 1 exercises done." in text
    assert "double: done" in text


def test_colored_form_says_the_same_and_escapes_markup():
    outcome = framework.Outcome("not yet", "a < b & c")
    assert repr(outcome) == "a < b & c"
    assert "a &lt; b &amp; c" in outcome._repr_html_()


@pytest.mark.parametrize(
    "data",
    [[1, 2], {"a": 1}, np.array([1.0, np.nan]), pd.DataFrame({"a": [1.0, np.nan]}), (3, [4.0])],
)
def test_input_that_stays_as_it_is_counts_as_unchanged(data):
    lab = Lab()

    @lab.exercise(course_double, takeaway="", hints=["h"])
    def double(answer):
        answer(data, print, 0.5)

    double(lambda data, function, number: 1)
    assert lab.outcomes["double"].kind == "right"


def test_errors_of_keras_are_told_in_plain_text():
    error = ValueError(
        "\x1b[1mBad {{node x}} shape\x1b[0m\n\nArguments received by Dot.call():\n x"
    )
    assert compare.describe(error) == "ValueError: Bad shape"


def test_long_values_are_cut():
    assert compare.show(pd.DataFrame({"a": range(99)})) == "table of 99 rows with the columns a"
    assert "shape (1000, 1000)" in compare.show(np.zeros((1000, 1000)))
    assert len(compare.show("x" * 10_000)) < 500


def test_expect_close_takes_any_kind_of_numbers():
    for same in (
        ([1, 0],),
        np.float32([[1, 0]]),
        np.array([[1, 0]], dtype=object),
        pd.DataFrame({"flag": [True], "number": [0]}),
        scipy.sparse.csr_matrix([[1, 0]]),
        keras.ops.array([[1.0, 0.0]]),
        keras.ops.one_hot(np.array([0]), 2, sparse=True),
        keras.ops.array([[1.0, 0.0]], dtype="bfloat16"),
    ):
        expect_close(same, [[1, 0]], "it")
    expect_close(np.float16([1 / 3]), [1 / 3], "it")
    with pytest.raises(NotYet):
        expect_close([[1, 0.001]], [[1, 0]], "it")
