"""Ask a student's rating model for all its predictions, and tell from them what it adds up."""

import keras
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
            + (" Is the sum over the factors missing?" if table.shape[:1] == (n,) else "")
        )
    if not np.allclose(table.ravel()[:5], few.ravel(), atol=1e-4):
        raise NotYet(
            "The prediction for a pair changes with the other pairs in its batch: the dot product "
            "runs over the batch. It should run over the factors of each pair: look at the axes."
        )
    return table.reshape(num_users, num_items)


def expect_own_rows(model, tables, num_users, num_items):
    """Raise NotYet unless each row of each table belongs to one user or to one film.

    One row at a time is changed: the predictions of one user, or of one film, must change. One row
    of each table may belong to nobody, as a place for unknown ids.

    Args:
        model: keras.Model that holds the tables, with numbers other than zero.
        tables: list of variables (num_rows, ...).
        num_users, num_items: ints.
    """

    def predict():
        pairs = list(all_pairs(num_users, num_items))
        return as_array(model(pairs, training=False), "A prediction").reshape(num_users, num_items)

    usual = predict()
    for table in tables:
        name = f"the table {table.path} of shape {tuple(table.shape)}"
        values = keras.ops.convert_to_numpy(table)
        unused = 0
        for row in range(min(len(values), num_users + num_items + 2)):
            changed = values.copy()
            changed[row] += 1
            table.assign(changed)
            moved = np.abs(predict() - usual) > 1e-5
            table.assign(values)
            num_moved_users, num_moved_items = moved.any(axis=1).sum(), moved.any(axis=0).sum()
            unused += not moved.any()
            if min(num_moved_users, num_moved_items) <= 1:
                continue
            if moved.all(axis=1).sum() == 1 and moved.all(axis=0).sum() == 1:
                raise NotYet(
                    f"Row {row} of {name} is used for a user and for a film: a change of it moves "
                    f"the predictions of user {moved.all(axis=1).argmax()} and of film "
                    f"{moved.all(axis=0).argmax()}. Users and films need tables of their own."
                )
            raise NotYet(
                f"A change of row {row} of {name} moves the predictions of {num_moved_users} "
                f"users and {num_moved_items} films. Each row should belong to one user or to one "
                "film; no other weights were asked for."
            )
        if unused == len(values):
            raise NotYet(f"{name.capitalize()} does not reach the output.")
        if unused > 1:
            raise NotYet(
                f"{name.capitalize()} has {len(values)} rows, but here are {num_users} users and "
                f"{num_items} films: a table of users needs num_users rows, one of films num_items."
            )


def expect_score_of_biases_and_dot(scores, embedding_dim, other_causes):
    """Raise NotYet unless a table can be a sum of biases and a dot product, however computed.

    With random weights a dot product of d factors gives a table of rank d, and subtracting the
    means of rows and columns leaves the rank but removes every bias. A user bias adds the row of
    ones to what the rows can combine to, an item bias the column of ones to the columns.

    Args:
        scores: array (num_users, num_items), from random weights.
        embedding_dim: int, d.
        other_causes: str, what to look at if the rank is another one.
    """
    num_users, num_items = scores.shape

    def rank(matrix):
        return np.linalg.matrix_rank(matrix, tol=2e-4 * np.linalg.norm(scores, 2))

    num_factors, full_rank = rank(without_means(scores)), rank(scores)
    if num_factors == 0:
        raise NotYet("The dot product of the factors does not reach the prediction.")
    if num_factors != embedding_dim:
        raise NotYet(
            f"The prediction is not biases + a dot product of {embedding_dim} factors: it takes "
            f"{num_factors} factors to explain the differences between users and films. "
            f"{other_causes}"
        )
    if full_rank == embedding_dim + 2:
        return
    has_user_bias = rank(np.vstack([scores, np.ones((1, num_items))])) == full_rank
    has_item_bias = rank(np.hstack([scores, np.ones((num_users, 1))])) == full_rank
    if has_user_bias == has_item_bias:
        raise NotYet("Both biases are missing: b_u for each user and b_i for each film.")
    raise NotYet(f"The {'item' if has_user_bias else 'user'} bias is missing.")


def without_means(table):
    """Return a table minus the means of its rows and columns, so that no bias is left."""
    return table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
