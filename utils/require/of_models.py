"""Refuse what does not fit a model of Keras, or a draw of negatives."""

import math

import numpy as np
import pandas as pd

from utils.require.of_arrays import arrays, entries, indices, probabilities
from utils.require.of_tables import lengths, rows

# An item that comes once in more draws than this cannot be waited for.
MOST_DRAWS = 100_000


def rows_of(model, *inputs):
    """Refuse indices that a model has no row for; Keras itself takes -1 for the last row.

    Args:
        model: Model of keras.
        inputs: what `fit` and `predict` of Keras take, or tables with `user_index` and
            `item_index`; None is passed over.
    """
    tables = [layer for layer in getattr(model, "layers", []) if hasattr(layer, "input_dim")]
    for given in inputs:
        if isinstance(given, pd.DataFrame):
            rows("user_index item_index", rows=given)
            given = [given["user_index"], given["item_index"]]
        given = given if isinstance(given, (list, tuple)) else [given]
        for tensor, values in zip(getattr(model, "inputs", None) or [], given, strict=False):
            found = [table.input_dim for table in tables if _is_fed_by(table, tensor)]
            if found and values is not None:
                indices(min(found), **{tensor.name: values})
            elif values is not None:
                arrays(f"({', '.join(map(str, ('n', *tensor.shape[1:])))})", inputs=values)


def outputs(number, model):
    """Refuse a model that does not predict so many numbers for each row.

    Args:
        number: int.
        model: Model of keras.
    """
    shape = getattr(model, "output_shape", (None, number))
    if not isinstance(shape, tuple) or math.prod(shape[1:]) != number:
        raise ValueError(f"model must have the output shape (batch, {number}), received {shape}.")


def layers_named(model, *names):
    """Refuse a model that lacks a layer.

    Args:
        model: Model of keras.
        names: str, of layers.
    """
    found = [layer.name for layer in model.layers]
    missing = [name for name in names if name not in found]
    if missing:
        raise ValueError(f"model must have the layer {missing[0]}, received {found}.")


def labeled(**values):
    """Refuse rows for several tasks in which a label is no number, or a task has no label at all.

    Args:
        values: Rows of `utils.units.multitask_heads.datasets`.
    """
    for name, given in values.items():
        for task, targets in given.targets.items():
            lengths(**{f"{name} {task}": targets, f"{name} inputs": _first(given.inputs)})
            known = given.known[task]
            arrays("(n, 1), (n,)", **{f"{name} {task}": targets, f"{name} known": known})
            entries("[0, inf)", **{f"{name} known": known})
            if not np.any(known):
                raise ValueError(f"{name} must have a known label of {task}, received none.")


def drawable(users, liked, chances):
    """Refuse chances that are none, and users of whom hardly ever an item is left to draw.

    Args:
        users: int array, rows of `liked`.
        liked: bool array (num_users, num_items).
        chances: float array (num_items,), the probability of each item; None for all alike.
    """
    each = np.full(liked.shape[1], 1 / liked.shape[1]) if chances is None else chances
    probabilities(f"({liked.shape[1]},)", chances=each)
    left = (~liked[np.unique(users)]) @ np.asarray(each, dtype=float)
    if left.size and left.min() < 1 / MOST_DRAWS:
        user = np.unique(users)[left.argmin()]
        raise ValueError(
            f"users must have an item left to draw, but user {user} has none, or none that comes "
            f"once in {MOST_DRAWS:,} draws."
        )


def _first(inputs):
    return inputs[0] if isinstance(inputs, (list, tuple)) else inputs


def _is_fed_by(layer, tensor):
    try:
        return layer.input is tensor
    except (AttributeError, ValueError):  # a layer that is used twice has no one input
        return False
