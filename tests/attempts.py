"""Tables of attempts: what a check must say to right, wrong and odd answers of students."""

import linecache
from dataclasses import dataclass

import keras
import numpy as np
import pandas as pd
from keras import layers, ops

from utils.tools import build
from utils.tools.course import ROOT


@dataclass(frozen=True)
class Attempt:
    """One answer to an exercise and what the check must say.

    Args:
        exercise: str, name of the exercise.
        label: str, the idea behind the answer.
        outcome: "right", "not yet", "raised" or "not attempted".
        code: str, what the student typed: source that defines the function. `np`, `pd`, `keras`
            and its `layers` and `ops` are imported.
        words: tuple of str, each must occur in the message.
    """

    exercise: str
    label: str
    outcome: str
    code: str
    words: tuple = ()

    def __str__(self):
        return f"{self.exercise}: {self.label}"


def table(exercise, rows):
    """Return the attempts at one exercise.

    Args:
        exercise: str, name of the exercise.
        rows: list of tuples (label, outcome, code) or (label, outcome, code, words).

    Returns:
        list of Attempt.
    """
    return [Attempt(exercise, *row) for row in rows]


def changed(code, *replacements):
    """Return code in which texts are replaced, each of which must occur.

    Args:
        code: str.
        replacements: str, an old text and its new one in turn.
    """
    for old, new in zip(replacements[::2], replacements[1::2], strict=True):
        assert old in code, old
        code = code.replace(old, new)
    return code


def judge(check, attempt):
    """Assert that a check gives the outcome and the words an attempt calls for.

    Args:
        check: module of utils.checks.
        attempt: Attempt.
    """
    namespace = run(attempt)
    function = namespace.get(attempt.exercise)
    outcome = check.lab.judge(attempt.exercise, namespace)
    assert outcome.kind == attempt.outcome, outcome.text
    for word in attempt.words:
        assert word in outcome.text
    stays = namespace[attempt.exercise] is function
    assert stays == (attempt.outcome == "right"), "a wrong answer must not stay"


def with_stub_and_solution(unit, attempts):
    """Add the lab's stub and the course's solution to a table, and check that it is complete.

    Args:
        unit: str, for example "01_embeddings".
        attempts: list of Attempt.

    Returns:
        The list with two more attempts per exercise, read from the notebooks.
    """
    solution = build.read_source(ROOT / "solutions" / f"{unit}.py")
    codes = {"right": _exercises(solution), "not attempted": _exercises(build.make_lab(solution))}
    for exercise in codes["right"]:
        outcomes = [attempt.outcome for attempt in attempts if attempt.exercise == exercise]
        assert outcomes.count("right") >= 2, f"{exercise} needs two other right ways"
        assert outcomes.count("not yet") >= 3, f"{exercise} needs three named mistakes"
    unknown = {attempt.exercise for attempt in attempts} - set(codes["right"])
    assert not unknown, f"{unit} has no exercise {unknown}"
    return attempts + [
        Attempt(exercise, label, outcome, code)
        for outcome, label in (("right", "the solution"), ("not attempted", "the stub"))
        for exercise, code in codes[outcome].items()
    ]


def run(attempt):
    """Run a student's source as a notebook would and return the names that it leaves, a dict."""
    file = f"<attempt at {attempt.exercise}>"
    lines = attempt.code.splitlines(keepends=True)
    linecache.cache[file] = (len(attempt.code), None, lines, file)
    namespace = {"np": np, "pd": pd, "keras": keras, "layers": layers, "ops": ops}
    exec(compile(attempt.code, file, "exec"), namespace)
    return namespace


def _exercises(notebook):
    return {
        cell.metadata["exercise"]: cell.source
        for cell in notebook.cells
        if "exercise" in cell.metadata
    }
