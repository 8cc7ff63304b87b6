"""Films to compare a liked film with: drawn at random, or the hardest of several."""

import numpy as np


def draw_negatives(users, liked, num_negatives, generator, weights=None):
    """Draw films that a user does not like in training, anew where a draw hits a positive.

    Args:
        users: int array (n,), user_index of each row.
        liked: bool array (num_users, num_items), the training positives.
        num_negatives: int >= 1, films per row; a film may come twice.
        generator: numpy.random.Generator.
        weights: array (num_items,) >= 0, how often to draw each film; None for all alike.

    Returns:
        int32 array (n, num_negatives), item_index.

    Raises:
        ValueError: if a user of `users` likes every film that can be drawn.
    """
    num_items = liked.shape[1]
    if weights is not None:
        weights = np.asarray(weights) / np.sum(weights)
    can_be_drawn = np.ones(num_items, dtype=bool) if weights is None else weights > 0
    full = np.flatnonzero(liked[:, can_be_drawn].all(axis=1))
    if np.isin(users, full).any():
        raise ValueError(f"users must have a film without a like, but user {full[0]} has none.")
    users = np.repeat(users, num_negatives)
    drawn = generator.choice(num_items, len(users), p=weights)
    hits = np.flatnonzero(liked[users, drawn])
    while len(hits):
        drawn[hits] = generator.choice(num_items, len(hits), p=weights)
        hits = hits[liked[users[hits], drawn[hits]]]
    return drawn.reshape(-1, num_negatives).astype("int32")


def hardest(users, candidates, scores):
    """Keep the candidate that a model scores highest, row by row.

    Args:
        users: int array (n,), user_index of each row.
        candidates: int array (n, num_candidates), item_index.
        scores: array (num_users, num_items), what the model says now.

    Returns:
        array (n, 1), item_index.
    """
    best = scores[users[:, np.newaxis], candidates].argmax(axis=1)
    return np.take_along_axis(candidates, best[:, np.newaxis], axis=1)
