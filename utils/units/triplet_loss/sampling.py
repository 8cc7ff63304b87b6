"""Items to compare a liked item with: drawn at random, or the hardest of several."""

import numpy as np

from utils import require


def draw_negatives(users, liked, num_negatives, generator, chances=None):
    """Draw items that a user does not like in training, anew where a draw hits a positive.

    Args:
        users: int array (n,), user_index of each row.
        liked: bool array (num_users, num_items), the training positives.
        num_negatives: int >= 1, items per row; an item may come twice.
        generator: numpy.random.Generator.
        chances: float array (num_items,), the probability of each item, sum 1; None for all alike.

    Returns:
        int32 array (n, num_negatives), item_index.

    Raises:
        ValueError: if a user of `users` likes every item that can be drawn.
    """
    require.booleans("(num_users, num_items)", liked=liked)
    require.indices(len(liked), "(n,)", users=users)
    require.integers("[1, inf)", num_negatives=num_negatives)
    require.drawable(users, liked, chances)
    can_come = True if chances is None else chances > 0
    stuck = users[~np.any(~liked & can_come, axis=1)[users]]
    if len(stuck):
        raise ValueError(f"users must have an item left to draw, but user {stuck[0]} has none.")
    rows = np.repeat(users, num_negatives)
    items = generator.choice(liked.shape[1], len(rows), p=chances)
    hits = np.flatnonzero(liked[rows, items])
    while len(hits):
        items[hits] = generator.choice(liked.shape[1], len(hits), p=chances)
        hits = hits[liked[rows[hits], items[hits]]]
    return items.reshape(-1, num_negatives).astype("int32")


def keep_hardest(users, candidates, scores):
    """Keep the candidate that a model scores highest, row by row.

    Args:
        users: int array (n,), user_index of each row.
        candidates: int array (n, num_candidates), item_index.
        scores: array (num_users, num_items), what the model says now.

    Returns:
        int array (n, 1), item_index.
    """
    require.arrays("(num_users, num_items)", scores=scores)
    require.indices(len(scores), "(n,)", users=users)
    require.indices(scores.shape[1], "(n, num_candidates)", candidates=candidates)
    require.lengths(users=users, candidates=candidates)
    best = scores[users[:, None], candidates].argmax(axis=1)
    return np.take_along_axis(candidates, best[:, None], axis=1)
