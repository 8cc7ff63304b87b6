"""The predictions a model has to beat: means and biases, each in closed form."""

from typing import NamedTuple

import numpy as np


class Biases(NamedTuple):
    """What a rating owes to the user and to the item alone.

    Fields:
        mean: float, the mean rating of the training part, in stars.
        user: array (num_users,), how many stars a user adds; 0 for a user never seen.
        item: array (num_items,), how many stars an item adds; 0 for an item never seen.
    """

    mean: float
    user: np.ndarray
    item: np.ndarray


def fit_biases(train, num_users, num_items, user_shrinkage=5.0, item_shrinkage=3.0, num_sweeps=20):
    """Estimate the biases by alternating least squares.

    A bias is the sum of its residuals divided by their number plus the shrinkage, so that three
    ratings count for less than three hundred. With equal shrinkages this converges to ridge
    regression on one-hot users and items. An infinite shrinkage keeps the biases at 0.

    Args:
        train: DataFrame with `user_index`, `item_index` and `rating`.
        num_users, num_items: ints.
        user_shrinkage, item_shrinkage: floats >= 0, in ratings.
        num_sweeps: int, passes over items and users.

    Returns:
        Biases.

    Source: Koren and Bell, "Advances in Collaborative Filtering" (2011), section on baselines.
    """
    users, items = train["user_index"].to_numpy(), train["item_index"].to_numpy()
    mean = float(train["rating"].mean())
    centered = train["rating"].to_numpy(dtype=float) - mean
    user_bias, item_bias = np.zeros(num_users), np.zeros(num_items)
    for _ in range(num_sweeps):
        item_bias = _shrunken_means(items, centered - user_bias[users], num_items, item_shrinkage)
        user_bias = _shrunken_means(users, centered - item_bias[items], num_users, user_shrinkage)
    return Biases(mean, user_bias, item_bias)


def fit_item_means(train, num_users, num_items):
    """Return the Biases of the plain mean rating of each item; users add nothing."""
    return fit_biases(train, num_users, num_items, user_shrinkage=np.inf, item_shrinkage=0.0)


def predict_biases(biases, rows):
    """Return mean + user bias + item bias for each row.

    Args:
        biases: Biases.
        rows: DataFrame with `user_index` and `item_index`.

    Returns:
        array (num_rows,), in stars, not clipped.
    """
    return biases.mean + biases.user[rows["user_index"]] + biases.item[rows["item_index"]]


def _shrunken_means(groups, values, num_groups, shrinkage):
    counts = np.bincount(groups, minlength=num_groups)
    sums = np.bincount(groups, weights=values, minlength=num_groups)
    return np.divide(sums, counts + shrinkage, out=np.zeros(num_groups), where=counts > 0)
