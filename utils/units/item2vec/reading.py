"""From vectors of films to scores of the next film: what a user liked last, read in two ways."""

import numpy as np

from utils import require
from utils.units.similarity.measures import normalize


def weigh_recent(likes, num_users, num_items, num_last=20, half_life=5.0):
    """Return a weight for each of the last likes of a user, adding up to 1.

    Args:
        likes: DataFrame with `user_index`, `item_index` and `timestamp`.
        num_users, num_items: ints.
        num_last: int, likes that count.
        half_life: float > 0: a like so many places earlier counts half.

    Returns:
        float32 array (num_users, num_items); a row of zeros for a user without a like.
    """
    require.rows("user_index item_index timestamp", likes=likes)
    require.pairs(num_users, num_items, likes=likes)
    require.integers("[1, inf)", num_users=num_users, num_items=num_items, num_last=num_last)
    require.within("(0, inf)", half_life=half_life)
    newest_first = likes.iloc[::-1].sort_values("timestamp", kind="stable", ascending=False)
    place = newest_first.groupby("user_index").cumcount().to_numpy()
    weights = np.zeros((num_users, num_items), dtype="float32")
    users, items = newest_first["user_index"].to_numpy(), newest_first["item_index"].to_numpy()
    counts = place < num_last
    weights[users[counts], items[counts]] = 0.5 ** (place[counts] / half_life)
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-12)


def score_contexts(weights, inputs, outputs):
    """Score a film by its output vector times the mean input vector of what was liked last.

    Args:
        weights: array (num_users, num_items) from `weigh_recent`.
        inputs, outputs: arrays (num_items, dim).

    Returns:
        float array (num_users, num_items).
    """
    require.arrays("(u, n), (n, d), (n, d)", weights=weights, inputs=inputs, outputs=outputs)
    require.full_precision(weights=weights, inputs=inputs, outputs=outputs)
    return weights @ inputs @ np.asarray(outputs).T


def score_cosines(weights, vectors):
    """Score a film by the mean cosine of its vector with those of what was liked last.

    Args:
        weights: array (num_users, num_items).
        vectors: array (num_items, dim), the same table for both sides.

    Returns:
        float array (num_users, num_items).
    """
    require.arrays("(u, n), (n, d)", weights=weights, vectors=vectors)
    require.full_precision(weights=weights, vectors=vectors)
    unit = normalize(vectors)
    return weights @ unit @ unit.T
