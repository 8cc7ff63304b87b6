"""From dot product to MLP to metadata: models that know more of a user and a film than an id.

A user and a film are each described by a row of numbers, one per column: a one for "sex F", a one
for "occupation student", a share for each film rated. A row times a table of vectors adds up the
vectors of its columns. So metadata and the bags of SVD++ (unit 06) enter a model in the same way.
"""

import keras
from keras import layers

from utils import require
from utils.blocks import column_sum, fixed_table, index_inputs, table, to_score, to_stars


def network(vectors, mean_rating, dropout):
    """Predict stars from vectors put side by side, by two dense layers and a third with one unit.

    Args:
        vectors: list of tensors (batch, any).
        mean_rating: float in (1, 5), where the predictions start.
        dropout: float in [0, 1), share of the concatenated numbers dropped in training.

    Returns:
        tensor (batch, 1), between 1 and 5.

    Source: He and others, "Neural Collaborative Filtering" (2017), the part called MLP.
    """
    require.within("(1, 5)", mean_rating=mean_rating)
    require.within("[0, 1)", dropout=dropout)
    hidden = layers.Dropout(dropout)(layers.Concatenate()(vectors))
    # silu is a relu with a rounded corner: relu has no slope
    # at 0, and there the embeddings start.
    hidden = layers.Dense(64, activation="silu")(hidden)
    hidden = layers.Dense(32, activation="silu")(hidden)
    return to_stars(layers.Dense(1)(hidden) + to_score(mean_rating))


@require.sizes("num_users", "num_items", "embedding_dim")
def build_mlp_model(num_users, num_items, embedding_dim, mean_rating, row_l2, dropout):
    """Predict a rating from the embeddings of user and film by a small network.

    Args:
        num_users, num_items, embedding_dim: ints.
        mean_rating: float, the mean of the training ratings.
        row_l2: float >= 0, penalty on the squared embeddings a batch uses, per rating.
        dropout: float, as in `network`.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    user, item = index_inputs()
    user_vector = table(num_users, embedding_dim, "user_factors", row_l2, spread=0)(user)
    item_vector = table(num_items, embedding_dim, "item_factors", row_l2, spread=0)(item)
    return keras.Model([user, item], network([user_vector, item_vector], mean_rating, dropout))


@require.sizes("embedding_dim")
def build_mlp_with_metadata(user_rows, item_rows, embedding_dim, mean_rating, row_l2, dropout):
    """Predict a rating as `build_mlp_model` does, with what is known of both beside the embeddings.

    Args:
        user_rows: float array (num_users, num_user_columns), such as `describe_users`.
        item_rows: float array (num_items, num_item_columns), such as `describe_films`.
        embedding_dim, mean_rating, row_l2, dropout: as in `build_mlp_model`.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    user, item = index_inputs()
    vectors = [
        table(len(user_rows), embedding_dim, "user_factors", row_l2, spread=0)(user),
        table(len(item_rows), embedding_dim, "item_factors", row_l2, spread=0)(item),
        fixed_table(user_rows, "user_rows")(user),
        fixed_table(item_rows, "item_rows")(item),
    ]
    return keras.Model([user, item], network(vectors, mean_rating, dropout))


@require.sizes("dim")
def sum_columns(index, rows, dim, name, row_l2, bias_l2, column_l2):
    """Describe users or films by a vector and two biases: the own ones and those of the columns.

    Args:
        index: tensor (batch,), the input user_index or item_index.
        rows: float array (size, num_columns): metadata, bags, or both side by side.
        dim: int, the length of the vectors.
        name: str, "user" or "item"; the names of the layers start with it.
        row_l2, bias_l2, column_l2: floats, as in `build_hybrid_model`.

    Returns:
        (vector, biases): tensor (batch, dim), the own vector plus those of the columns, and a
        list of two tensors (batch, 1), the own bias and that of the columns.
    """
    row = fixed_table(rows, f"{name}_rows")(index)
    own = table(len(rows), dim, f"{name}_factors", row_l2, spread=0)(index)
    vector = own + column_sum(dim, f"{name}_columns", column_l2)(row)
    own_bias = table(len(rows), 1, f"{name}_bias", bias_l2, spread=0)(index)
    column_bias = column_sum(1, f"{name}_column_biases", column_l2)(row)
    return vector, [own_bias, column_bias]


@require.sizes("dim")
def score_pairs(user_rows, item_rows, dim, row_l2, bias_l2, column_l2, dropout):
    """Score pairs of a user and a film: biases plus the dot product of two summed vectors.

    Args:
        user_rows, item_rows, row_l2, bias_l2, column_l2, dropout: as in `build_hybrid_model`.
        dim: int, the length of the vectors.

    Returns:
        (inputs, score): list of the two index inputs, and a tensor (batch, 1).
    """
    require.within("[0, 1)", dropout=dropout)
    user, item = index_inputs()
    penalties = row_l2, bias_l2, column_l2
    user_vector, user_biases = sum_columns(user, user_rows, dim, "user", *penalties)
    item_vector, item_biases = sum_columns(item, item_rows, dim, "item", *penalties)
    drop = layers.Dropout(dropout)
    dot = layers.Dot(axes=1)([drop(user_vector), drop(item_vector)])
    return [user, item], dot + sum(user_biases + item_biases)


@require.sizes("embedding_dim")
def build_hybrid_model(
    user_rows, item_rows, embedding_dim, mean_rating, row_l2, bias_l2, column_l2, dropout
):
    """Predict 1 + 4 sigmoid(score), the score being biases + a dot product of two summed vectors.

    The vector of a user is p_u, the user's own, plus the vectors of the user's columns; the same
    for biases and for films. What is the user's own starts at zero and is learned from the user's
    ratings. A user who is new has none, and so is described by the columns alone.

    Args:
        user_rows: float array (num_users, num_user_columns): metadata, bags, or both side by side.
        item_rows: float array (num_items, num_item_columns).
        embedding_dim: int.
        mean_rating: float, the mean of the training ratings, in (1, 5).
        row_l2, bias_l2: floats >= 0, penalties on p, q and on the own biases, per rating.
        column_l2: float >= 0, penalty on the vectors and biases of the columns, per batch.
        dropout: float in [0, 1), share of the entries of both summed vectors dropped in training.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1), between
        1 and 5.
    """
    require.within("(1, 5)", mean_rating=mean_rating)
    inputs, score = score_pairs(
        user_rows, item_rows, embedding_dim, row_l2, bias_l2, column_l2, dropout
    )
    return keras.Model(inputs, to_stars(score + to_score(mean_rating)))


@require.sizes("embedding_dim")
def build_mlp_on_sums(user_rows, item_rows, embedding_dim, mean_rating, row_l2, column_l2, dropout):
    """Predict a rating from the two summed vectors of the hybrid model by a small network.

    Args:
        user_rows, item_rows, embedding_dim, mean_rating, row_l2, column_l2: as in
            `build_hybrid_model`.
        dropout: float, as in `network`.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    user, item = index_inputs()
    penalties = row_l2, 0.0, column_l2  # the network has no use for the biases
    user_vector, _ = sum_columns(user, user_rows, embedding_dim, "user", *penalties)
    item_vector, _ = sum_columns(item, item_rows, embedding_dim, "item", *penalties)
    return keras.Model([user, item], network([user_vector, item_vector], mean_rating, dropout))
