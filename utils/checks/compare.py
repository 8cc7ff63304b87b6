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
    if "float16" in str(got.dtype):
        tolerance = max(tolerance, 1e-2)  # half precision: two to three digits
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
        raise NotYet(
            f"{what} should have the shape {expected.shape}; yours has {got.shape}:\n{show(got)}"
            f"{explanation}"
        )
    raise NotYet(f"{what} should be\n{show(expected)}\nyours gave\n{show(got)}{explanation}")


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


def _wide(array):
    return array.astype(np.int64 if array.dtype.kind in "biu" else np.float64)


def _close(got, expected, tolerance):
    try:
        return np.allclose(got, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    except TypeError:
        return False
