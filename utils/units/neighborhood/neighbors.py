"""Neighbors by similarity: which films are rated alike, and what they say about each other.

The functions speak of films, the columns of a matrix with a row for each user. For neighbors among
users, hand in the transposed matrices and transpose what comes back.
"""

import numpy as np
import pandas as pd

from utils import require


def compare_films(residuals, met):
    """Correlate every two films over the users who rated both, without a loop.

    Args:
        residuals: array (num_users, num_items), 0 where there is no rating.
        met: array of the same shape, 1 where there is a rating, else 0.

    Returns:
        (correlations, together), arrays (num_items, num_items): the correlation of the residuals,
        in [-1, 1] up to rounding and 0 where it does not exist; the number of common raters.

    Source: Koren and Bell, "Advances in Collaborative Filtering" (2011), the section on
        neighborhoods.
    """
    require.arrays("(num_users, num_items)", residuals=residuals, met=met)
    require.full_precision(residuals=residuals, met=met)
    require.zeros_and_ones(met=met)
    together = met.T @ met
    products = residuals.T @ residuals
    # Row i, column j: the squares of film i over the users who rated film j as well.
    squares = np.square(residuals).T @ met
    scale = np.sqrt(squares * squares.T)
    correlations = np.divide(products, scale, out=np.zeros_like(scale), where=scale > 0)
    return correlations, together


def shrink(correlations, together, shrinkage):
    """Pull correlations of few common raters toward 0: n / (n + shrinkage) of them is left.

    Args:
        correlations, together: arrays (num_items, num_others), from `compare_films`.
        shrinkage: float >= 0, in raters; with so many of them half of the correlation is left.

    Returns:
        array of the same shape.
    """
    require.arrays("(num_items, num_others)", correlations=correlations, together=together)
    require.entries("[0, inf)", together=together)
    require.within("[0, inf)", shrinkage=shrinkage)
    return correlations * (together / np.maximum(together + shrinkage, 1e-9))


def weigh_films(residuals, met, shrinkage, power=1):
    """Return the weight of every film for every other: its shrunk similarity, if that is above 0.

    Args:
        residuals, met: as in `compare_films`.
        shrinkage: float >= 0, as in `shrink`.
        power: float > 0; 2 lets the most similar films speak louder.

    Returns:
        array (num_items, num_items), symmetric, at least 0; 0 on the diagonal, so that no film is
        its own neighbor.
    """
    require.within("(0, inf)", power=power)
    weights = np.maximum(shrink(*compare_films(residuals, met), shrinkage), 0) ** power
    np.fill_diagonal(weights, 0)
    return weights


def predict_from_neighbors(weights, residuals, met, num_neighbors, damping=0.0):
    """Predict what is left over the baseline, for every user and film.

    For user u and film i: of the films that u rated, the `num_neighbors` with the largest weight
    for i, and those that tie with the last of them; the mean of their residuals, weighted. It is 0
    if no film of u has a weight above 0.

    Args:
        weights: array (num_items, num_items), from `weigh_films`.
        residuals, met: arrays (num_users, num_items), as in `compare_films`.
        num_neighbors: int >= 1.
        damping: float >= 0, added to the sum of the weights: little evidence moves a prediction
            little.

    Returns:
        array (num_users, num_items), in stars, to be added to the baseline.
    """
    require.arrays(
        "(num_items, num_items), (num_users, num_items), (num_users, num_items)",
        weights=weights,
        residuals=residuals,
        met=met,
    )
    require.full_precision(weights=weights, residuals=residuals)
    require.entries("[0, inf)", weights=weights)
    require.symmetric(weights=weights)
    require.zeros_and_ones(met=met)
    require.integers("[1, inf)", num_neighbors=num_neighbors)
    require.within("[0, inf)", damping=damping)
    predictions = np.zeros_like(residuals)
    for user, rated in enumerate(met > 0):
        films = np.flatnonzero(rated)
        near = weights[films]  # a column for each film to predict: the weights are symmetric
        if len(films) > num_neighbors:
            near *= near >= np.partition(near.T, -num_neighbors, axis=1)[:, -num_neighbors]
        sums, total = residuals[user, films] @ near, near.sum(axis=0) + damping
        predictions[user] = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
    return predictions


def explain(weights, residuals, met, user, item, num_neighbors, damping=0.0):
    """Return what each neighbor adds to one prediction of `predict_from_neighbors`.

    Args:
        weights, residuals, met, num_neighbors, damping: as in `predict_from_neighbors`.
        user, item: ints, indices.

    Returns:
        DataFrame with a row for each neighbor, the largest weight first: `item_index`, `weight`,
        `residual` in stars, and `contribution` in stars; the contributions add up to the
        prediction.
    """
    require.arrays(
        "(num_items, num_items), (num_users, num_items), (num_users, num_items)",
        weights=weights,
        residuals=residuals,
        met=met,
    )
    require.full_precision(weights=weights, residuals=residuals)
    require.entries("[0, inf)", weights=weights)
    require.symmetric(weights=weights)
    require.zeros_and_ones(met=met)
    require.integers("[1, inf)", num_neighbors=num_neighbors)
    require.within("[0, inf)", damping=damping)
    require.indices(len(met), "()", user=user)
    require.indices(len(weights), "()", item=item)
    films = np.flatnonzero(met[user])
    films = films[weights[item, films] > 0]
    films = films[np.argsort(-weights[item, films], kind="stable")]
    ranked = weights[item, films]
    films = films[ranked >= ranked[:num_neighbors][-1:]]
    near, rest = weights[item, films], residuals[user, films]
    table = {"item_index": films, "weight": near, "residual": rest}
    return pd.DataFrame(table).assign(contribution=near * rest / (near.sum() + damping))


def nearest_films(similarities, num_neighbors):
    """Return, for every film, the films most similar to it, whoever asks.

    Args:
        similarities: array (num_items, num_items); the diagonal is ignored.
        num_neighbors: int in 1..num_items-1.

    Returns:
        int array (num_items, num_neighbors), the most similar first.
    """
    require.arrays("(num_items, num_items)", similarities=similarities)
    require.integers(f"[1, {len(similarities) - 1}]", num_neighbors=num_neighbors)
    others = np.array(similarities, dtype=float)
    np.fill_diagonal(others, -np.inf)
    return np.argsort(-others, axis=1, kind="stable")[:, :num_neighbors]
