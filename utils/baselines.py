"""The predictions a model has to beat, each in closed form.

For stars: means and biases. For likes: popularity, neighbors of films, and EASE; these take the
boolean matrix of training positives, `liked[user_index, item_index]`, and return scores of every
film for every user, array (num_users, num_items), higher is better.
"""

from typing import NamedTuple

import numpy as np
from sklearn.preprocessing import normalize

from utils import require


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
    require.integers("[1, inf)", num_users=num_users, num_items=num_items)
    require.pairs(num_users, num_items, train=train)
    require.rows("rating", train=train)
    require.within("[0, inf]", user_shrinkage=user_shrinkage, item_shrinkage=item_shrinkage)
    require.integers("[1, inf)", num_sweeps=num_sweeps)
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
    require.arrays("(), (num_users,), (num_items,)", **biases._asdict())
    require.pairs(len(biases.user), len(biases.item), rows=rows)
    return biases.mean + biases.user[rows["user_index"]] + biases.item[rows["item_index"]]


def popularity(liked):
    """Score a film by the number of users who like it, the same for every user.

    Args:
        liked: bool array (num_users, num_items), the training positives.

    Returns:
        float array (num_users, num_items).
    """
    require.booleans("(num_users, num_items)", liked=liked)
    return np.tile(liked.sum(axis=0, dtype=float), (len(liked), 1))


def item_knn(liked, num_neighbors):
    """Score a film by the cosines of its nearest neighbors, summed over those the user likes.

    The column of a film, one entry per user, is its vector.

    Args:
        liked: bool array (num_users, num_items), the training positives.
        num_neighbors: int in 1..num_items-1.

    Returns:
        float array (num_users, num_items).

    Raises:
        ValueError: if `num_neighbors` is out of range.

    Source: Deshpande and Karypis, "Item-Based Top-N Recommendation Algorithms" (2004).
    """
    require.booleans("(num_users, num_items)", liked=liked)
    require.integers("[1, inf)", num_neighbors=num_neighbors)
    num_items = liked.shape[1]
    if not 1 <= num_neighbors < num_items:
        raise ValueError(f"num_neighbors must be in 1..{num_items - 1}, received {num_neighbors}.")
    films = normalize(liked.T.astype(float))
    cosines = films @ films.T
    np.fill_diagonal(cosines, 0)
    weakest = np.partition(cosines, -num_neighbors, axis=1)[:, [-num_neighbors]]
    neighbors = np.where(cosines >= weakest, cosines, 0)  # row: a film, its neighbors in columns
    return liked.astype(float) @ neighbors.T


def ease(liked, l2):
    """Score films by the best linear model in which no film may predict itself.

    With X the matrix of likes, B minimizes |X - X B|^2 + l2 |B|^2 under the condition that the
    diagonal of B is 0. With P the inverse of X'X + l2 I, the solution is B_ij = -P_ij / P_jj.

    Args:
        liked: bool array (num_users, num_items), the training positives.
        l2: float > 0.

    Returns:
        float array (num_users, num_items), X B.

    Raises:
        ValueError: if `l2` is not above 0.

    Source: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (2019).
    """
    require.booleans("(num_users, num_items)", liked=liked)
    require.within("(0, inf)", l2=l2)
    if not l2 > 0:
        raise ValueError(f"l2 must be above 0, received {l2}.")
    likes = liked.astype(float)
    together = likes.T @ likes  # how many users like both films
    inverse = np.linalg.inv(together + l2 * np.eye(len(together)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return likes @ weights


def _shrunken_means(groups, values, num_groups, shrinkage):
    counts = np.bincount(groups, minlength=num_groups)
    sums = np.bincount(groups, weights=values, minlength=num_groups)
    return np.divide(sums, counts + shrinkage, out=np.zeros(num_groups), where=counts > 0)
