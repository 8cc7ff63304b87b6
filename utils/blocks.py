"""Building blocks of Keras that several models share: inputs, tables, sums of columns, stars.

Units 01 and 06 write each of them out; later units import them from here.
"""

import keras
import numpy as np
from keras import layers

from utils import require


def index_inputs():
    """Return [user, item], the inputs of a rating model: int32 indices of shape (batch,)."""
    return [keras.Input((), dtype="int32", name=name) for name in ("user_index", "item_index")]


@require.sizes("size", "dim")
def table(size, dim, name, row_l2=0.0, spread=0.05):
    """Return an Embedding that pays for the rows a batch uses, each time it uses them.

    Keras divides the penalty of a layer's output by the batch size, so `row_l2` counts per rating.
    Where a batch uses a row several times, Keras on TensorFlow gives Adam the sum of the squared
    gradients, not the square of their sum; on the random split the other way was no better.

    Args:
        size, dim: ints, rows and columns.
        name: str, of the layer.
        row_l2: float >= 0, penalty on the squared length of a row, per use.
        spread: float >= 0, standard deviation of the entries at the start; with 0 they are zeros,
            and an id that is never trained stays neutral.

    Returns:
        keras layer from indices (batch,) to rows (batch, dim).
    """
    require.within("[0, inf)", row_l2=row_l2, spread=spread)
    return layers.Embedding(
        size,
        dim,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=spread)
        if spread
        else "zeros",
        activity_regularizer=keras.regularizers.L2(row_l2),
        name=name,
    )


def fixed_table(rows, name):
    """Return an Embedding that looks up given rows and never learns.

    Args:
        rows: float array (size, num_columns), such as bags or metadata.
        name: str, of the layer.

    Returns:
        keras layer from indices (batch,) to rows (batch, num_columns).
    """
    require.arrays("(n, d)", rows=rows)
    rows = np.asarray(rows, dtype="float32")
    return layers.Embedding(*map(int, rows.shape), weights=[rows], trainable=False, name=name)


@require.sizes("dim")
def column_sum(dim, name, column_l2=0.0):
    """Return a layer that adds up the vectors of a row's columns, each times the number in it.

    Args:
        dim: int, length of the vectors.
        name: str, of the layer.
        column_l2: float >= 0, penalty on the squared entries of all vectors, per batch.

    Returns:
        keras layer from rows (batch, num_columns) to sums (batch, dim).
    """
    require.within("[0, inf)", column_l2=column_l2)
    return layers.Dense(
        dim,
        use_bias=False,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.05),
        kernel_regularizer=keras.regularizers.L2(column_l2),
        name=name,
    )


def to_stars(score):
    """Squeeze any score into the scale of stars: 1 + 4 sigmoid(score).

    Args:
        score: array or tensor of any shape.

    Returns:
        tensor of the same shape, between 1 and 5.
    """
    require.arrays("(...)", score=score)
    require.full_precision(score=score)
    return 1 + 4 * keras.ops.sigmoid(score)


def to_score(stars):
    """Return the score whose `to_stars` is the given number of stars, a float in (1, 5)."""
    require.within("(1, 5)", stars=stars)
    return float(np.log((stars - 1) / (5 - stars)))
