"""Ask a student's rating model for all its predictions, or say why they cannot be had."""

import numpy as np

from utils.checks.compare import NotYet, as_array, describe


def all_pairs(num_users, num_items):
    """Return (user_index, item_index) of every pair, two int32 arrays (num_users * num_items,)."""
    return np.indices((num_users, num_items)).reshape(2, -1).astype("int32")


def prediction_table(model, num_users, num_items):
    """Return the predictions for all pairs.

    Args:
        model: what the student built; it should map [user_index, item_index] to ratings.
        num_users, num_items: ints.

    Returns:
        array (num_users, num_items).

    Raises:
        NotYet: if the model stops, gives another number of ratings, or mixes the rows of a batch.
    """
    users, items = all_pairs(num_users, num_items)
    try:
        table = as_array(model([users, items], training=False), "A prediction")
        few = as_array(model([users[:5], items[:5]], training=False), "A prediction")
    except NotYet:
        raise
    except Exception as error:
        raise NotYet(
            f"Predicting for users 0..{num_users - 1} and items 0..{num_items - 1} stopped with "
            f"{describe(error)}\nDoes the model take the list [user_index, item_index], in this "
            "order, and has each table its own size?"
        ) from None
    n = len(users)
    if table.shape not in ((n, 1), (n,)) or few.size != 5:
        raise NotYet(
            f"For a batch of {n} pairs the model should give {n} ratings, shape ({n}, 1) or ({n},);"
            f" yours gave the shape {table.shape}."
        )
    if not np.allclose(table.ravel()[:5], few.ravel(), atol=1e-4):
        raise NotYet(
            "The prediction for a pair changes with the other pairs in its batch: the dot product "
            "runs over the batch. It should run over the factors of each pair: look at the axes."
        )
    return table.reshape(num_users, num_items)
