"""Compare what a student's function returned with the right answer, and tell the difference."""

import re

import keras
import numpy as np


class NotYet(Exception):
    """A wrong answer; the text tells the student what was tested and what came back."""


def expect_close(got, expected, what, mistakes=(), tolerance=1e-5):
    """Raise NotYet unless an answer equals the expected numbers.

    Args:
        got: what the student's function returned: number, list, array, tensor or table.
        expected: number or array, the right answer.
        what: str, names what was computed, for example "one_hot([2], 3)".
        mistakes: pairs (wrong answer, explanation); the first that fits is told as well.
        tolerance: float, relative and absolute.
    """
    got, expected = _numbers(got, what), np.asarray(expected)
    tolerance = _tolerance(got, tolerance)
    got = _wide(got)
    if got.shape == expected.shape and _close(got, expected, tolerance):
        return
    explanation = next(
        (
            f"\n{text}"
            for wrong, text in mistakes
            if np.shape(wrong) == got.shape and _close(got, np.asarray(wrong), tolerance)
        ),
        "",
    )
    if got.shape != expected.shape:
        if not expected.shape:
            raise NotYet(
                f"{what} should be one number; yours is an array of shape {got.shape}:\n"
                f"{show(got)}{explanation}"
            )
        raise NotYet(
            f"{what} should have the shape {expected.shape}; yours has {got.shape}:\n{show(got)}"
            f"{explanation}"
        )
    raise NotYet(f"{what} should be\n{show(expected)}\nyours gave\n{show(got)}{explanation}")


def expect_function(answer, right, cases, *, what, mistakes=(), steps=None, tolerance=1e-5):
    """Raise NotYet unless an answer equals the right function on every case.

    The first case that is wrong is shown, so put the smallest first and use generic numbers: round
    ones make two formulas agree. A mistake is named only if the answer agrees with it on all cases
    and it differs from the right function on at least two of them; otherwise the steps are shown.

    Args:
        answer: the student's function, as a test of `Lab.exercise` gets it.
        right: function of the same arguments, the right one.
        cases: list of tuples of arguments, at least two.
        what: str, names the result, for example "the cosine".
        mistakes: pairs (function of the same arguments, explanation).
        steps: function of the same arguments that returns a text: how the right value comes about.
        tolerance: float, relative and absolute.
    """
    got = [_numbers(answer(*case), what) for case in cases]
    tolerance = max(_tolerance(theirs, tolerance) for theirs in got)
    got = [_wide(theirs) for theirs in got]
    expected = [np.asarray(right(*case)) for case in cases]
    wrong = [
        place
        for place, (ours, theirs) in enumerate(zip(expected, got, strict=True))
        if ours.shape != theirs.shape or not _close(theirs, ours, tolerance)
    ]
    if not wrong:
        return
    case = cases[wrong[0]]
    explanation = next(
        (
            text
            for mistake, text in mistakes
            if _is_mistake(mistake, cases, got, expected, tolerance)
        ),
        "",
    )
    if not explanation and steps:
        explanation = steps(*case)
    expect_close(
        got[wrong[0]],
        expected[wrong[0]],
        f"With\n{answer.named(case)}\n{what}",
        mistakes=[(got[wrong[0]], explanation)] if explanation else (),
        tolerance=tolerance,
    )


def _is_mistake(mistake, cases, got, expected, tolerance):
    """Whether all answers are those of a mistake, on at least two cases where it matters."""
    with np.errstate(all="ignore"):
        results = [np.asarray(mistake(*case), dtype=float) for case in cases]
    agrees = all(
        result.shape == theirs.shape and _close(theirs, result, tolerance)
        for result, theirs in zip(results, got, strict=True)
    )
    differs = [
        result.shape != ours.shape or not _close(result, ours, 1e-5)
        for result, ours in zip(results, expected, strict=True)
    ]
    return agrees and sum(differs) >= 2


def as_array(value, what):
    """Return an answer as a numpy array of numbers, or raise NotYet.

    Args:
        value: what the student's function returned.
        what: str, names what was computed.
    """
    return _wide(_numbers(value, what))


def describe(error, limit=400):
    """Return the name and the text of an error, without what Keras adds: color codes, inputs."""
    text = re.sub(r"\x1b\[[0-9;]*m|\{\{.*?\}\} ?", "", str(error))
    text = text.split("Arguments received by")[0].strip()
    return f"{type(error).__name__}: {text if len(text) <= limit else text[:limit] + ' ...'}"


def show(value, limit=400):
    """Return a short text for a value: arrays rounded, long texts cut."""
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=4, suppress_small=True, threshold=40)
        if value.size > 40:
            text = f"array of shape {value.shape}: {text}"
    elif hasattr(value, "columns"):  # a DataFrame
        text = f"table of {len(value)} rows with the columns {', '.join(map(str, value.columns))}"
    else:
        text = repr(value)
    return text if len(text) <= limit else text[:limit] + " ..."


def is_same(before, after):
    """Compare an input with itself after the call; what is not data counts as the same."""
    if isinstance(before, (list, tuple)):
        return len(before) == len(after) and all(map(is_same, before, after))
    if isinstance(before, dict):
        return before.keys() == after.keys() and all(is_same(before[k], after[k]) for k in before)
    if hasattr(before, "equals"):  # a DataFrame
        return before.equals(after)
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after, equal_nan=before.dtype.kind == "f")
    return not isinstance(before, (str, int)) or before == after


def _numbers(value, what):
    try:
        if keras.ops.is_tensor(value):
            value = keras.ops.convert_to_numpy(value)
        elif hasattr(value, "toarray"):  # a sparse matrix of scipy
            value = value.toarray()
        array = np.asarray(value)
        if array.dtype == object:  # a table with columns of several types, or a None somewhere
            array = np.asarray(array.tolist())
        if array.dtype.kind in "SUO":
            raise TypeError("text, or no array of numbers")
        return array
    except Exception:
        raise NotYet(f"{what} should be numbers; yours is {show(value)}.") from None


def _tolerance(array, tolerance):
    """Half precision keeps two to three digits only."""
    return max(tolerance, 1e-2) if "float16" in str(array.dtype) else tolerance


def _wide(array):
    return array.astype(np.int64 if array.dtype.kind in "biu" else np.float64)


def _close(got, expected, tolerance):
    try:
        return np.allclose(got, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    except TypeError:
        return False
