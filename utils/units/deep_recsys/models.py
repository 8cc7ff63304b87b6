"""From dot product to MLP to metadata: models that know more of a user and a film than an id.

A user and a film are each described by a row of numbers, one per column: a one for "sex F", a one
for "occupation student", a share for each film rated. A row times a table of vectors adds up the
vectors of its columns. So metadata and the bags of SVD++ (unit 06) enter a model in the same way.
"""

import keras
import numpy as np
from keras import layers


def build_mlp_model(num_users, num_items, embedding_dim, mean_rating, row_l2=0.0, dropout=0.0):
    """Predict a rating from the concatenated embeddings of user and film by a small network.

    Args:
        num_users, num_items, embedding_dim: ints.
        mean_rating: float, the mean of the training ratings; where the predictions start.
        row_l2: float, penalty on the squared embeddings a batch uses, per rating.
        dropout: float in [0, 1), share of the concatenated numbers dropped in training.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).

    Source: He and others, "Neural Collaborative Filtering" (2017), the part called MLP.
    """
    user, item = _index_inputs()
    vectors = [
        _own_numbers(num_users, embedding_dim, "user_factors", row_l2)(user),
        _own_numbers(num_items, embedding_dim, "item_factors", row_l2)(item),
    ]
    return keras.Model([user, item], _network(vectors, mean_rating, dropout))


def build_mlp_with_metadata(
    user_rows, item_rows, embedding_dim, mean_rating, row_l2=0.0, dropout=0.0
):
    """Predict a rating as `build_mlp_model` does, with what is known of both beside the embeddings.

    Args:
        user_rows: float array (num_users, num_user_columns), such as `describe_users`.
        item_rows: float array (num_items, num_item_columns), such as `describe_films`.
        embedding_dim, mean_rating, row_l2, dropout: as in `build_mlp_model`.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    user, item = _index_inputs()
    vectors = [
        _own_numbers(len(user_rows), embedding_dim, "user_factors", row_l2)(user),
        _own_numbers(len(item_rows), embedding_dim, "item_factors", row_l2)(item),
        _look_up(user_rows, "user_rows")(user),
        _look_up(item_rows, "item_rows")(item),
    ]
    return keras.Model([user, item], _network(vectors, mean_rating, dropout))


def build_hybrid_model(
    user_rows,
    item_rows,
    embedding_dim,
    mean_rating,
    row_l2=0.0,
    bias_l2=0.0,
    column_l2=0.0,
    dropout=0.0,
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
        row_l2, bias_l2: floats, penalties on p, q and on the own biases, per rating.
        column_l2: float, penalty on the vectors and biases of the columns, per batch.
        dropout: float in [0, 1), share of the entries of both summed vectors dropped in training.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1), between
        1 and 5.
    """
    inputs, vectors, biases = sum_columns(
        user_rows, item_rows, embedding_dim, row_l2, bias_l2, column_l2
    )
    drop = layers.Dropout(dropout)
    score = layers.Dot(axes=1)([drop(vector) for vector in vectors]) + sum(biases)
    return keras.Model(inputs, to_stars(score + to_score(mean_rating)))


def build_mlp_on_sums(
    user_rows, item_rows, embedding_dim, mean_rating, row_l2=0.0, column_l2=0.0, dropout=0.0
):
    """Predict a rating from the two summed vectors of the hybrid model by a small network.

    Args:
        user_rows, item_rows, embedding_dim, mean_rating, row_l2, column_l2: as in
            `build_hybrid_model`.
        dropout: as in `build_mlp_model`.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    inputs, vectors, _ = sum_columns(
        user_rows, item_rows, embedding_dim, row_l2, column_l2=column_l2
    )
    return keras.Model(inputs, _network(vectors, mean_rating, dropout))


def sum_columns(user_rows, item_rows, embedding_dim, row_l2=0.0, bias_l2=0.0, column_l2=0.0):
    """Describe a user and a film by one vector each: the own one plus those of the columns.

    Args:
        As in `build_hybrid_model`.

    Returns:
        (inputs, vectors, biases): lists of the two index inputs, of the two summed vectors
        (batch, embedding_dim), and of four biases (batch, 1): own and of the columns, user first.
    """
    inputs = _index_inputs()
    vectors, biases = [], []
    for index, rows, name in zip(inputs, (user_rows, item_rows), ("user", "item"), strict=True):
        row = _look_up(rows, f"{name}_rows")(index)
        own_vector = _own_numbers(len(rows), embedding_dim, f"{name}_factors", row_l2)(index)
        vectors.append(own_vector + _columns(embedding_dim, f"{name}_columns", column_l2)(row))
        own_bias = _own_numbers(len(rows), 1, f"{name}_bias", bias_l2)(index)
        biases += [own_bias, _columns(1, f"{name}_column_biases", column_l2)(row)]
    return inputs, vectors, biases


def to_stars(score):
    """Squeeze any score into the scale of stars: 1 + 4 sigmoid(score).

    Args:
        score: array or tensor of any shape.

    Returns:
        The same shape, between 1 and 5.
    """
    return 1 + 4 * keras.ops.sigmoid(score)


def to_score(stars):
    """Return the score whose `to_stars` is the given number of stars, in (1, 5)."""
    return float(np.log((stars - 1) / (5 - stars)))


def _network(vectors, mean_rating, dropout):
    # silu is a relu with a rounded corner: relu has no slope at 0, where the embeddings start.
    hidden = layers.Dropout(dropout)(layers.Concatenate()(vectors))
    hidden = layers.Dense(64, activation="silu")(hidden)
    hidden = layers.Dense(32, activation="silu")(hidden)
    return to_stars(layers.Dense(1)(hidden) + to_score(mean_rating))


def _index_inputs():
    return [keras.Input((), dtype="int32", name=name) for name in ("user_index", "item_index")]


def _own_numbers(size, embedding_dim, name, l2):
    # Zeros at the start: an id that is never trained stays neutral instead of random.
    return layers.Embedding(
        size,
        embedding_dim,
        embeddings_initializer="zeros",
        activity_regularizer=keras.regularizers.L2(l2),
        name=name,
    )


def _look_up(rows, name):
    rows = np.asarray(rows, dtype="float32")
    return layers.Embedding(*map(int, rows.shape), weights=[rows], trainable=False, name=name)


def _columns(embedding_dim, name, l2):
    """Return a layer from a row to the sum of the vectors of its columns, each times its number."""
    return layers.Dense(
        embedding_dim,
        use_bias=False,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.05),
        kernel_regularizer=keras.regularizers.L2(l2),
        name=name,
    )
