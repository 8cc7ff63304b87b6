"""The checks themselves: their outcomes, honest messages, a lab that never blocks."""

import functools
import signal
import sys
import time
import types

import keras
import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from utils.checks import compare, framework
from utils.checks.compare import NotYet, expect_close
from utils.checks.framework import CheckFailed, Lab
from utils.tools.graded_checks import load


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
        pytest.param(lambda x: x + x, "right", ["Twice is plus itself."], id="right"),
        pytest.param(lambda x: [2.0, 4.0], "right", [], id="a list"),
        pytest.param(stub, "not attempted", ["Replace `raise NotImplementedError()`"], id="stub"),
        pytest.param(library_gap, "raised", ["not for this dtype"], id="gap in a library"),
        pytest.param(
            lambda numbers: numbers + nonsense,  # noqa: F821
            "raised",
            ["NameError", "numbers = [1 2]"],
            id="unknown name",
        ),
        pytest.param(
            lambda a, b: a,
            "raised",
            ["missing 1 required positional argument"],
            id="another signature",
        ),
        pytest.param(
            lambda x: x**2,
            "not yet",
            ["should be\n[2 4]", "yours gave\n[1 4]", "the square"],
            id="known mistake",
        ),
        pytest.param(
            lambda x: [2.0],
            "not yet",
            ["shape (2,); yours has (1,):\n[2.]"],
            id="wrong shape",
        ),
        pytest.param(lambda x: "four", "not yet", ["should be numbers", "'four'"], id="text"),
        pytest.param(lambda x: ["2", "4"], "not yet", ["should be numbers"], id="digits as text"),
        pytest.param(lambda x: sys.exit(1), "raised", ["SystemExit"], id="exit"),
        pytest.param(lambda x: [np.nan, 4], "not yet", ["nan"], id="NaN"),
        pytest.param(lambda x: [[1], [1, 2]], "not yet", ["should be numbers"], id="ragged"),
        pytest.param(
            lambda x: [2, None],
            "not yet",
            ["should be numbers; yours is [2, None]"],
            id="None inside",
        ),
        pytest.param(
            lambda x: (2 * n for n in x),
            "not yet",
            ["should be numbers", "generator"],
            id="generator",
        ),
        pytest.param(functools.partial(np.multiply, 2), "right", [], id="partial"),
        pytest.param(
            functools.lru_cache(lambda x: 2 * x),
            "raised",
            ["TypeError: unhashable"],
            id="cache",
        ),
        pytest.param(3.0, "not yet", ["must be a function", "3.0"], id="no function"),
        pytest.param(None, "not run", ["no function `double`"], id="nothing"),
        pytest.param(course_double, "not yours", ["the course's own"], id="the course's own"),
    ],
)
def test_outcomes(lab, attempt, kind, words):
    namespace = {"double": attempt}
    outcome = lab.judge("double", namespace)
    assert outcome.kind == kind, outcome.text
    assert outcome is lab.outcomes["double"]
    for word in words:
        assert word in outcome.text
    assert (namespace["double"] is attempt) == (kind == "right")
    assert namespace["double"]([1, 2]) is not None, "the lab cannot go on"


def test_the_second_check_judges_the_students_last_version(lab):
    namespace = {"double": lambda x: x**2}
    for _ in range(3):
        lab.judge("double", namespace)
        assert lab.outcomes["double"].kind == "not yet"
        assert "the square" in lab.outcomes["double"].text
    namespace["double"] = lambda x: 2 * x
    lab.judge("double", namespace)
    assert lab.outcomes["double"].kind == "right"


def test_a_check_after_nothing_still_finds_nothing(lab):
    namespace = {}
    for _ in range(2):
        assert lab.judge("double", namespace).kind == "not run"
    assert namespace["double"]([1]) == [2]


def test_a_syntax_error_is_told_whatever_stood_there_before(lab):
    cells = ["", "def double(x):\n    return 2 * x", "def double(x):\n    return 2 *"]
    namespace = {"double": lambda x: 2 * x, "In": cells}
    outcome = lab.judge("double", namespace)
    assert outcome.kind == "not run"
    assert "SyntaxError in its line 2" in outcome.text
    assert "return 2 *" in outcome.text
    namespace["In"].append("def double(x):\n    return 2 * x")
    namespace["double"] = lambda x: 2 * x
    assert lab.judge("double", namespace).kind == "right"


def endless(numbers):
    while True:
        pass


def endless_and_deaf(numbers):
    while True:
        try:
            while True:
                pass
        except:  # noqa: E722
            if time.monotonic() > deadline:
                raise


@pytest.mark.parametrize("attempt", [endless, endless_and_deaf], ids=["endless", "and deaf"])
def test_an_answer_without_end_is_stopped(attempt):
    global deadline
    deadline = time.monotonic() + 1.5
    lab = Lab()

    @lab.exercise(course_double, takeaway="", hints=["h"], seconds=0.3)
    def double(answer):
        answer([1, 2])

    namespace = {"double": attempt}
    outcome = lab.judge("double", namespace)
    assert outcome.kind == "no end"
    assert "stopped after 0.3 seconds" in outcome.text
    assert "numbers = [1, 2]" in outcome.text
    assert namespace["double"]([1])[0] == 2


def test_a_late_interrupt_does_not_reach_the_next_cell():
    lab = Lab()

    @lab.exercise(course_double, takeaway="", hints=["h"], seconds=0.02)
    def double(answer):
        answer([1])

    def at_the_limit(numbers):
        until = time.monotonic() + 0.02
        while time.monotonic() < until:
            pass
        return numbers

    usual, kinds = signal.getsignal(signal.SIGINT), set()
    for _ in range(100):
        kinds.add(lab.judge("double", {"double": at_the_limit}).kind)
        for _ in range(1000):  # an interrupt still on its way would end this test
            pass
    assert kinds <= {"right", "no end"}
    assert signal.getsignal(signal.SIGINT) is usual


def test_an_interrupt_is_an_outcome(lab):
    def interrupted(numbers):
        raise KeyboardInterrupt

    namespace = {"double": interrupted}
    assert lab.judge("double", namespace).kind == "no end"
    assert "interrupted after 0 seconds" in lab.outcomes["double"].text
    assert namespace["double"] is not interrupted


def test_all_calls_of_a_check_share_its_time():
    lab = Lab()

    @lab.exercise(course_double, takeaway="", hints=["h"], seconds=0.5)
    def double(answer):
        for _ in range(100):
            answer(1)

    def slow(numbers):
        until = time.monotonic() + 0.1
        while time.monotonic() < until:
            pass
        return numbers

    started = time.monotonic()
    assert lab.judge("double", {"double": slow}).kind == "no end"
    assert time.monotonic() - started < 5


def test_the_courses_own_answer_is_not_the_students(lab, monkeypatch):
    module = types.ModuleType("utils.units.toy")
    module.double = course_double
    monkeypatch.setitem(sys.modules, "utils.units.toy", module)

    def borrowed(numbers):
        return module.double(numbers)

    namespace = {"double": borrowed}
    assert lab.judge("double", namespace).kind == "not yours"
    assert module.double is course_double, "the trap is gone afterwards"


def test_a_helper_of_the_course_may_use_the_courses_answer(lab, monkeypatch):
    module = types.ModuleType("utils.units.toy")
    module.double = course_double
    exec("def helper(numbers):\n    return double(numbers)", vars(module))
    monkeypatch.setitem(sys.modules, "utils.units.toy", module)
    assert lab.judge("double", {"double": lambda x: module.helper(x)}).kind == "right"


def test_the_answer_under_another_name_is_not_the_students(monkeypatch):
    lab = Lab()
    module = types.ModuleType("utils.units.toy")
    exec("def twice(numbers):\n    return [2 * x for x in numbers]", vars(module))
    monkeypatch.setitem(sys.modules, "utils.units.toy", module)

    @lab.exercise(course_double, takeaway="", hints=["h"], also=[module.twice])
    def double(answer):
        expect_close(answer([1]), [2], "double([1])")

    for attempt in (module.twice, lambda x: module.twice(x)):
        outcome = lab.judge("double", {"double": attempt})
        assert outcome.kind == "not yours"
        assert "`twice`" in outcome.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("    x[0]", "It has no `return`."),
        ("    if x[0] > 5:\n        return x", "One way through it ends without a `return`."),
        ("    for i in x:\n        if i > 5:\n            return x", "One way through it"),
        ("    if len(x):\n        return x.sort()\n    else:\n        return x", "is None: some"),
        ("    return x.sort()", "is None: some functions change their input"),
    ],
    ids=["no return", "if", "loop", "both ways", "in place"],
)
def test_none_is_explained(lab, body, words, tmp_path):
    path = tmp_path / "cell.py"
    path.write_text(f"def double(x):\n{body}\n")
    namespace = {}
    exec(compile(path.read_text(), path, "exec"), namespace)
    outcome = lab.judge("double", namespace)
    assert outcome.kind == "not yet"
    assert words in outcome.text


def test_a_function_may_call_itself(lab):
    code = "def double(x):\n    return [2 * x[0], *double(x[1:])] if len(x) else []"
    namespace = {}
    exec(code, namespace)
    assert lab.judge("double", namespace).kind == "right"
    namespace["double"] = lambda x: x
    lab.judge("double", namespace)
    exec(code, namespace)
    assert lab.judge("double", namespace).kind == "right"


def test_student_cannot_change_the_inputs_of_the_check():
    lab = Lab()
    given = np.array([1, 2])

    @lab.exercise(course_double, takeaway="", hints=["h"])
    def double(answer):
        answer(given)

    def in_place(numbers):
        numbers *= 2
        return numbers

    outcome = lab.judge("double", {"double": in_place})
    assert given.tolist() == [1, 2]
    assert outcome.kind == "not yet"
    assert "changed its input `numbers`" in outcome.text


def test_answer_the_test_cannot_use_is_not_a_traceback():
    lab = Lab()

    @lab.exercise(course_double, takeaway="", hints=["h"])
    def double(answer):
        answer(1).count_params()

    outcome = lab.judge("double", {"double": lambda x: "no model"})
    assert outcome.kind == "not yet"
    assert "could not use what your function returned" in outcome.text


@pytest.fixture
def notebook(monkeypatch):
    """The names of a notebook, in which checks look for the student's function."""
    shell = types.SimpleNamespace(user_ns={})
    monkeypatch.setattr(framework, "get_ipython", lambda: shell)
    return shell.user_ns


def lab_with_double():
    lab = Lab()

    @lab.exercise(course_double, takeaway="", hints=["h"])
    def double(answer):
        expect_close(answer(np.array([1, 2])), [2, 4], "double([1, 2])")

    return lab, double


def test_under_nbgrader_only_right_answers_pass(monkeypatch, notebook):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    _, double = lab_with_double()
    monkeypatch.delenv("NBGRADER_EXECUTION")
    notebook["double"] = lambda x: 2 * x
    double()
    for attempt in (stub, lambda x: x, lambda x: 1 / 0, None):
        notebook["double"] = attempt
        with pytest.raises(CheckFailed):
            double()
        assert notebook["double"]([1]).tolist() == [2]


def test_what_a_failed_check_shows_is_its_message():
    shown = "\n".join(CheckFailed("double: not yet.\nTry again.")._render_traceback_())
    assert shown == "double: not yet.\nTry again."


def test_a_check_that_was_loaded_again_judges_the_students_version(notebook):
    for attempt, kind in ((lambda x: x**2, "not yet"), (None, "not run"), (stub, "not attempted")):
        notebook["double"] = attempt
        for _ in range(2):
            lab, _ = lab_with_double()
            assert lab.judge("double", notebook).kind == kind
    notebook["double"] = lambda x: 2 * x
    assert lab_with_double()[0].judge("double", notebook).kind == "right"


@pytest.fixture
def graded():
    """The checks of lab 02 as grading loads them, in a process that has loaded them before."""
    from utils.checks import similarity

    check = load("similarity")
    assert check is not similarity
    return check


def test_graded_checks_leave_the_loaded_course_alone(graded):
    from utils.checks import similarity
    from utils.units.similarity import measures

    assert sys.modules["utils.checks.similarity"] is similarity
    assert sys.modules["utils.checks.framework"] is framework
    assert similarity.lab.is_graded is False
    assert graded.lab.is_graded is True
    assert graded.lab._exercises["cosine_similarity"].reference is not measures.cosine_similarity


def test_graded_checks_pass_over_what_the_notebook_has_changed(monkeypatch):
    monkeypatch.setattr(Lab, "judge", lambda *a: framework.Outcome("right", ""))
    namespace = {"cosine_similarity": lambda first, second: 1.0}
    assert load("similarity").lab.judge("cosine_similarity", namespace).kind == "not yet"


@pytest.mark.parametrize("way", ["the function itself", "a call"])
def test_graded_checks_know_the_courses_own_answer(graded, way):
    from utils.units.similarity import measures

    namespace = {"measures": measures}
    if way == "a call":
        exec("def cosine_similarity(a, b): return measures.cosine_similarity(a, b)", namespace)
    else:
        namespace["cosine_similarity"] = measures.cosine_similarity
    assert graded.lab.judge("cosine_similarity", namespace).kind == "not yours"


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
            lab.judge("double", {"double": attempt})
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
    [
        [1, 2],
        {"a": 1},
        np.array([1.0, np.nan]),
        pd.DataFrame({"a": [1.0, np.nan]}),
        (3, [4.0]),
    ],
)
def test_input_that_stays_as_it_is_counts_as_unchanged(data):
    lab = Lab()

    @lab.exercise(course_double, takeaway="", hints=["h"])
    def double(answer):
        answer(data, print, 0.5)

    attempt = {"double": lambda data, function, number: 1}
    assert lab.judge("double", attempt).kind == "right"


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
    for halves in (lambda x: np.float16(x / 3), lambda x: keras.ops.cast(x / 3, "bfloat16")):
        compare.expect_function(halves, lambda x: x / 3, [(np.ones(1),), (np.ones(2),)], what="it")
    with pytest.raises(NotYet):
        expect_close([[1, 0.001]], [[1, 0]], "it")
