"""From a model to scores, from scores to a list of films."""

import numpy as np

from utils import require


def multiply_tables(model):
    """Return the scores of all items for all users in one product of the model's own tables.

    Args:
        model: Model that adds a dot product of its tables "user_factors" and "item_factors" and,
            where it has them, "user_bias" and "item_bias".

    Returns:
        array (num_users, num_items), up to a constant, which changes no ranking.
    """
    require.layers_named(model, "user_factors", "item_factors")
    tables = {layer.name: layer.get_weights()[0] for layer in model.layers if layer.weights}
    scores = tables["user_factors"] @ tables["item_factors"].T
    if "user_bias" in tables:
        scores += tables["user_bias"]
    if "item_bias" in tables:
        scores += tables["item_bias"].T
    return scores


def recommend(scores, seen, items, k=10):
    """Return the k best films a user has not seen.

    Args:
        scores: array (num_items,), a user's scores; position = item_index.
        seen: bool array (num_items,), True where the user has a training row.
        items: DataFrame with `item_index`, `item_id` and `title`, in any order.
        k: int >= 1.

    Returns:
        DataFrame with `item_id`, `title` and `score`, the best first; fewer than k rows if the
        user has seen nearly everything.

    Raises:
        ValueError: if the lengths differ or k is below 1.
    """
    require.arrays("(num_items,)", scores=scores)
    require.booleans("(num_items,)", seen=seen)
    require.every_index("item_index", items=items)
    require.rows("item_id title", items=items)
    require.integers("[1, inf)", k=k)
    if not len(scores) == len(seen) == len(items):
        raise ValueError(
            "scores, seen and items must have the same length, received "
            f"{len(scores)}, {len(seen)} and {len(items)}."
        )
    if k < 1:
        raise ValueError(f"k must be at least 1, received {k}.")
    best = np.argsort(-np.where(seen, -np.inf, scores), kind="stable")
    best = best[: min(k, np.sum(~np.asarray(seen)))]
    chosen = items.set_index("item_index").loc[best, ["item_id", "title"]]
    return chosen.assign(score=np.asarray(scores)[best]).reset_index(drop=True)
