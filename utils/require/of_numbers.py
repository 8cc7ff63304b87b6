"""Refuse single values: sizes, counts, rates, choices."""

import functools
import inspect
import math
import numbers
import re

INTERVAL = re.compile(r"([\[(])(\S+), (\S+)([\])])")


def sizes(*names):
    """Let a function have whole numbers of 1 or more, and hand them on as the ints Keras wants.

    Lengths and counts of numpy are integers of numpy, which Keras refuses.

    Args:
        names: str, the arguments of the function that are sizes.

    Returns:
        A decorator.
    """

    def decorate(function):
        signature = inspect.signature(function)

        @functools.wraps(function)
        def guarded(*args, **kwargs):
            given = signature.bind(*args, **kwargs)
            found = {name: given.arguments[name] for name in names if name in given.arguments}
            integers("[1, inf)", **found)
            given.arguments.update({name: int(size) for name, size in found.items()})
            return function(*given.args, **given.kwargs)

        return guarded

    return decorate


def integers(interval, /, **values):
    """Refuse what is no whole number, or lies outside an interval.

    Args:
        interval: str such as "[1, inf)"; a square bracket takes the end in, a round one does not.
        values: ints of Python or numpy; True and False are none.
    """
    for name, value in values.items():
        if not isinstance(value, numbers.Integral) or isinstance(value, bool):
            raise refused(name, "an integer", value)
        check_interval(interval, name, value)


def within(interval, /, **values):
    """Refuse what is no number, NaN, or outside an interval.

    Args:
        interval: str such as "[0, 1)"; "[0, inf]" takes infinity in.
        values: numbers.
    """
    for name, value in values.items():
        if not isinstance(value, numbers.Real) or isinstance(value, bool):
            raise refused(name, "a number", value)
        check_interval(interval, name, value)


def finite(**values):
    """Refuse what is no number, infinite, or NaN.

    Args:
        values: numbers.
    """
    for name, value in values.items():
        is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            raise refused(name, "a finite number", value)


def one_of(accepted, /, **values):
    """Refuse what is not in a list.

    Args:
        accepted: list.
        values: anything.
    """
    for name, value in values.items():
        if value not in accepted:
            raise refused(name, f"one of {list(accepted)}", value)


def instances(kind, /, **values):
    """Refuse what is not made by a class of the course.

    Args:
        kind: type, such as `feed.Settings`.
        values: anything.
    """
    for name, value in values.items():
        if not isinstance(value, kind):
            raise refused(name, f"a {kind.__name__} of {kind.__module__}", value)


@functools.cache
def _ends(interval):
    left, low, high, right = INTERVAL.fullmatch(interval).groups()
    return float(low), float(high), left == "[", right == "]"


def check_interval(interval, name, value):
    """Raise a ValueError if a number lies outside an interval; NaN lies in none."""
    low, high, with_low, with_high = _ends(interval)
    above = value >= low if with_low else value > low
    below = value <= high if with_high else value < high
    if above and below:  # never for NaN
        return
    if high == math.inf > low > -math.inf and value == value:
        accepted = f"at least {low:g}" if with_low else f"above {low:g}"
    elif isinstance(value, numbers.Integral) and with_low and with_high:
        accepted = f"in {low:g}..{high:g}"
    else:
        accepted = f"in {interval}"
    raise ValueError(f"{name} must be {accepted}, received {value}.")


def refused(name, accepted, value):
    """Return the ValueError for a value, with what is accepted in its place."""
    kind = type(value).__name__
    return ValueError(f"{name} must be {accepted}, received {value!r:.60} ({kind}).")
