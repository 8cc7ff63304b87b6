"""Tell whether shapes are those that a text such as "(n, d), (n,)" asks for."""

import re

import numpy as np


def fit_shapes(shapes, values):
    """Raise a ValueError that names the values and their shapes if they do not fit."""
    wanted = re.findall(r"\(.*?\)", shapes)
    wanted *= len(values) // len(wanted)
    found = [_shape_of(value) for value in values.values()]
    lengths_of = {}
    if not all(_fits(*pair, lengths_of) for pair in zip(wanted, found, strict=True)):
        names, received = " and ".join(values), " and ".join(map(str, found))
        shared = "the shape" if len(values) == 1 else "one shape"
        accepted = f"{shared} {wanted[0]}" if len(set(wanted)) == 1 else f"the shapes {shapes}"
        raise ValueError(f"{names} must have {accepted}, received {received}.")


def _shape_of(value):
    """Return the shape of a value, or None for a tensor that does not know its own yet."""
    try:
        return tuple(value.shape) if hasattr(value, "shape") else np.shape(value)
    except ValueError:
        return None


def _fits(wanted, shape, lengths_of):
    parts = [part for part in wanted.strip("()").replace(" ", "").split(",") if part]
    if shape is None or parts == ["..."]:
        return True
    return len(parts) == len(shape) and all(
        _is_length(part, length, lengths_of) for part, length in zip(parts, shape, strict=True)
    )


def _is_length(part, length, lengths_of):
    if length is None:  # of a batch whose size is not known yet
        return True
    if part[0].isdecimal():
        return length == int(part) if part.isdecimal() else length >= int(part.rstrip("+"))
    letter = part.rstrip("*")
    return length >= (letter == part) and lengths_of.setdefault(letter, length) == length
