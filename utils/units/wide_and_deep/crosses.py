"""Crosses of two columns: one weight for each pair that occurs, found by hashing.

A cross is the AND of two columns. With 943 users and 1,682 films there are 1.6 million of them,
too many to number them all; a hash gives each pair one of a fixed number of bins. Two pairs in one
bin share a weight: they collide.
"""

import keras
import numpy as np
from keras import layers, ops

from utils import require
from utils.blocks import fixed_table


@require.sizes("num_bins")
def cross_index(first, second, num_bins):
    """Return the bin of each pair of two columns.

    Args:
        first, second: int arrays or tensors (n,). The order counts: (2, 5) is not (5, 2).
        num_bins: int.

    Returns:
        int64 array (n,) of numbers in 0..num_bins-1, or a tensor if tensors were given.
    """
    require.indices(None, "(n,), (n,)", first=first, second=second)
    crossing = layers.HashedCrossing(num_bins)
    if isinstance(first, keras.KerasTensor):
        return crossing([first, second])
    return np.asarray(crossing([np.asarray(first), np.asarray(second)]))


@require.sizes("first_size", "second_size", "num_bins")
def count_collisions(first_size, second_size, num_bins):
    """Return how many of all pairs share their bin with another pair.

    Args:
        first_size, second_size: ints, how many values each column has.
        num_bins: int.

    Returns:
        int, between 0 and first_size * second_size.
    """
    first, second = np.indices((first_size, second_size)).reshape(2, -1)
    bins = cross_index(first, second, num_bins)
    in_bin = np.bincount(bins, minlength=num_bins)
    return int(np.sum(in_bin[bins] > 1))


def expected_collisions(num_pairs, num_bins):
    """Return how many pairs share their bin if a hash is as good as drawing bins at random.

    A pair is alone if each of the others falls into another bin.

    Args:
        num_pairs, num_bins: ints.

    Returns:
        float.
    """
    require.integers("[1, inf)", num_pairs=num_pairs, num_bins=num_bins)
    return float(num_pairs * (1 - (1 - 1 / num_bins) ** (num_pairs - 1)))


def columns_of(inputs, field, name):
    """Return which columns a row may have in a field, and the numbers in them.

    Args:
        inputs: list of the two index inputs, tensors (batch,).
        field: Field of unit 07.
        name: str, of the layer that looks them up.

    Returns:
        (columns, numbers): tensors (batch, n), int and float; n is 1 for an id.
    """
    user, item = inputs
    index = user if field.index == "user_index" else item
    if field.rows is None:
        column = ops.expand_dims(index, axis=1)
        return column, ops.cast(ops.ones_like(column), "float32")
    numbers = fixed_table(field.rows, name)(index)
    places = ops.arange(field.num_columns, dtype="int32")
    return ops.zeros_like(numbers, dtype="int32") + places, numbers


@require.sizes("num_bins")
def cross_score(inputs, first, second, num_bins, cross_l1):
    """Add up one weight for each pair of a column of one field and a column of another.

    Args:
        inputs: list of the two index inputs, tensors (batch,).
        first, second: Fields of unit 07; a pair counts the product of the two numbers.
        num_bins: int, how many weights there are.
        cross_l1: float >= 0, penalty on the absolute weights that a row uses, per rating.

    Returns:
        tensor (batch, 1).

    Source: Cheng and others, "Wide & Deep Learning for Recommender Systems" (2016), equation 1.
    """
    require.within("[0, inf)", cross_l1=cross_l1)
    name = f"{first.name}_{second.name}"
    left, x = columns_of(inputs, first, f"{name}_left")
    right, y = columns_of(inputs, second, f"{name}_right")
    left, x = ops.expand_dims(left, 2), ops.expand_dims(x, 2)
    right, y = ops.expand_dims(right, 1), ops.expand_dims(y, 1)
    pairs = [ops.reshape(left + 0 * right, (-1,)), ops.reshape(right + 0 * left, (-1,))]
    bins = ops.reshape(cross_index(*pairs, num_bins), (-1, left.shape[1], right.shape[2]))
    weights = layers.Embedding(num_bins, 1, "zeros", name=f"{name}_cross")(bins)
    told = layers.ActivityRegularization(l1=cross_l1)(weights[..., 0] * x * y)
    return ops.sum(told, axis=(1, 2))[:, np.newaxis]
