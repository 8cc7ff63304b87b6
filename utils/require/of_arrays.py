"""Refuse arrays: what they hold, their shapes, and the type that they compute in."""

import numpy as np
import pandas as pd

from utils.require.of_numbers import check_interval, refused
from utils.require.shapes import fit_shapes

# Squares of larger whole numbers, added up a few thousand times, no longer fit into 64 bits.
LARGEST_WHOLE = 2**26


def arrays(shapes, /, **values):
    """Refuse arrays that hold something else than finite numbers, or whose shapes do not fit.

    Args:
        shapes: str, the shape of all values, such as "(n, 2)", or one for each in their order:
            "(n, d), (n,)". A name stands for the same length wherever it comes, at least 1;
            with a star, "(n*,)", also 0. "2+" is 2 or more, "(...)" any shape.
        values: arrays, lists of numbers, or tensors.
    """
    for name, value in values.items():
        array = read(name, value)
        if array is not None and array.dtype.kind not in "biuf":
            raise refused(name, "an array of numbers", value)
        if array is not None and not np.isfinite(array).all():
            bad = array[~np.isfinite(array)].flat[0]
            raise ValueError(f"{name} must be finite, received {bad} among its numbers.")
    fit_shapes(shapes, values)


def entries(interval, /, **values):
    """Refuse arrays with a number outside an interval.

    Args:
        interval: str such as "[1, 5]".
        values: arrays, lists of numbers, or tensors.
    """
    for name, value in values.items():
        array = read(name, value)
        if array is not None and array.size:
            check_interval(interval, name, np.min(array))
            check_interval(interval, name, np.max(array))


def full_precision(**values):
    """Refuse arrays in whose own type sums and products would be cut off, such as uint8 and bool.

    Args:
        values: arrays, lists of numbers, or tensors.
    """
    for name, value in values.items():
        array = read(name, value)
        if array is None or array.dtype.kind == "f" and array.dtype.itemsize >= 4:
            continue
        is_int64 = array.dtype == np.int64
        if not is_int64 or array.size and np.abs(array).max() > LARGEST_WHOLE:
            kind = "integers too large to be squared" if is_int64 else array.dtype
            raise ValueError(
                f"{name} must be floats, received {kind}: write {name}.astype(float), or sums and "
                "products do not fit in."
            )


def booleans(shapes, /, **values):
    """Refuse arrays that are not of True and False: zeros and ones do not turn around with ~.

    Args:
        shapes: str, as in `arrays`.
        values: bool arrays.
    """
    for name, value in values.items():
        found = str(getattr(value, "dtype", type(value).__name__))
        if found != "bool":
            raise ValueError(
                f"{name} must be an array of bool, received {found}. Of zeros and ones, "
                f"{name} == 1 makes one."
            )
    fit_shapes(shapes, values)


def indices(size, shapes="(...)", /, **values):
    """Refuse what is no place in a table: numpy would take -1 for the last row.

    Args:
        size: int, the number of rows; 0..size-1 are accepted. None if it is not known.
        shapes: str, as in `arrays`.
        values: int arrays.
    """
    for name, value in values.items():
        array = read(name, value)
        if array is None or array.size == 0:
            continue
        if array.dtype.kind not in "iu":
            raise ValueError(
                f"{name} must be integers, received {array.dtype}: {array.flat[0]!r:.40}."
            )
        outside = array[(array < 0) | (array >= (np.inf if size is None else size))]
        if outside.size:
            accepted = "0 or more" if size is None else f"in 0..{size - 1}"
            raise ValueError(f"{name} must be {accepted}, received {outside.flat[0]}.")
    fit_shapes(shapes, values)


def probabilities(shapes, /, **values):
    """Refuse what is no distribution: entries below 0, or rows that do not add up to 1.

    Args:
        shapes: str, as in `arrays`.
        values: float arrays; the last axis adds up to 1, to 1e-3.
    """
    arrays(shapes, **values)
    for name, value in values.items():
        array = read(name, value)
        if array is None:
            continue
        sums = array.sum(axis=-1, dtype=float)
        wrong = sums[np.abs(sums - 1) > 1e-3] if sums.ndim else sums[abs(sums - 1) > 1e-3]
        if array.min() < 0:
            raise ValueError(f"{name} must be 0 or more, received {array.min()}.")
        if wrong.size:
            raise ValueError(f"{name} must add up to 1, received the sum {wrong.flat[0]:.4g}.")


def zeros_and_ones(**values):
    """Refuse arrays with another number than 0 and 1, and lists, which no == goes through.

    Args:
        values: arrays.
    """
    for name, value in values.items():
        if not hasattr(value, "dtype"):
            raise refused(name, "an array of zeros and ones", value)
        other = [entry for entry in np.unique(value) if entry not in (0, 1)]
        if other:
            raise ValueError(f"{name} must be zeros and ones, received {other[0]}.")


def no_gaps(shapes, /, **values):
    """Refuse collections with a missing value.

    Args:
        shapes: str, as in `arrays`.
        values: lists or columns of a table.
    """
    fit_shapes(shapes, values)
    for name, value in values.items():
        if pd.isna(np.asarray(value)).any():
            raise ValueError(f"{name} must have no gap, received a missing value.")


def varied(**values):
    """Refuse arrays whose rows are all alike: nothing can be found in them.

    Args:
        values: arrays, one entry or row for each point.
    """
    for name, value in values.items():
        array = read(name, value)
        if (array == array[0]).all():
            raise ValueError(f"{name} must have rows that differ, received the same everywhere.")


def more_rows_than_columns(**values):
    """Refuse tables with so few rows that a linear fit to any values is perfect.

    Args:
        values: arrays (n, d).
    """
    for name, value in values.items():
        shape = np.shape(value)
        if shape[0] <= shape[1]:
            raise ValueError(f"{name} must have more rows than columns, received {shape}.")


def symmetric(**values):
    """Refuse square arrays whose two halves differ.

    Args:
        values: arrays (n, n).
    """
    for name, value in values.items():
        array = np.asarray(value)
        if not (np.array_equal(array, array.T) or np.allclose(array, array.T, atol=1e-12)):
            raise ValueError(f"{name} must be symmetric, received another value for ij than ji.")


def read(name, value):
    """Return a value as an array, or None for a tensor that has no values yet."""
    try:
        return np.asarray(value)
    except ValueError as error:  # lists of different lengths
        if type(value) in (list, tuple):
            raise ValueError(f"{name} must be an array, received a ragged list.") from error
        return None
    except (NotImplementedError, TypeError, RuntimeError):
        return None
