"""Models that score films for a user: a dot product, a network with metadata, a mean of likes."""

import keras
import numpy as np
from keras import layers, ops


def build_model(num_users, num_items, embedding_dim, l2):
    """Score films by a dot product with the user plus a bias for each film.

    Args:
        num_users, num_items, embedding_dim: ints.
        l2: float, penalty on the squared length of the vectors a batch uses, per row.

    Returns:
        Model that maps [user_index (batch,), item_index (batch, n)] to scores (batch, n).
    """
    user, films = _index_inputs()
    user_vector = _vectors(num_users, embedding_dim, l2, "user_vectors")(user)[:, None]
    film_vectors = _vectors(num_items, embedding_dim, l2, "film_vectors")(films)
    dots = ops.sum(user_vector * film_vectors, axis=-1)
    return keras.Model([user, films], dots + _film_bias(num_items)(films)[..., 0])


def build_deep_model(user_features, film_features, embedding_dim, hidden_units, l2, dropout):
    """Score films by a network that sees vectors and metadata of the user and of the film.

    The hidden layer is relu(W [user, film] + b). W is cut in two here, so that the part of the
    user is computed once for all films of a row. The last layer is linear: a ReLU there would
    make all scores below zero equal.

    Args:
        user_features: float array (num_users, a), row = user_index.
        film_features: float array (num_items, b), row = item_index.
        embedding_dim, hidden_units: ints.
        l2: float, as in `build_model`.
        dropout: float in [0, 1), on the hidden layer.

    Returns:
        Model that maps [user_index (batch,), item_index (batch, n)] to scores (batch, n).
    """
    user, films = _index_inputs()
    num_users, num_items = len(user_features), len(film_features)
    user_vector = _vectors(num_users, embedding_dim, l2, "user_vectors")(user)
    film_vectors = _vectors(num_items, embedding_dim, l2, "film_vectors")(films)
    about_user = layers.concatenate([user_vector, _fixed_table(user_features)(user)])
    about_films = layers.concatenate([film_vectors, _fixed_table(film_features)(films)])
    of_user = layers.Dense(hidden_units)(about_user)[:, None]
    of_films = layers.Dense(hidden_units, use_bias=False)(about_films)
    hidden = layers.Dropout(dropout)(ops.relu(of_user + of_films))
    scores = layers.Dense(1, use_bias=False)(hidden)[..., 0]
    return keras.Model([user, films], scores + _film_bias(num_items)(films)[..., 0])


def build_mean_model(num_items, embedding_dim, dropout):
    """Describe a user by the mean vector of the films they like, and score all films at once.

    Args:
        num_items, embedding_dim: ints.
        dropout: float in [0, 1), share of the likes hidden in training. Without it a film could
            learn to recommend nothing but itself.

    Returns:
        Model that maps rows of likes (batch, num_items), 0 or 1, to scores (batch, num_items).
    """
    likes = keras.Input((num_items,), name="likes")
    weights = likes / ops.maximum(ops.sum(likes, axis=1, keepdims=True), 1)
    # A row of weights times a table is the weighted sum of its rows: here, a mean.
    user_vector = layers.Dense(embedding_dim, use_bias=False, name="film_vectors_in")(
        layers.Dropout(dropout)(weights)
    )
    return keras.Model(likes, layers.Dense(num_items, name="film_vectors_out")(user_vector))


def multiply_tables(model):
    """Return the scores of all films for all users in one product, for `build_model` alone.

    Args:
        model: Model from `build_model`.

    Returns:
        float32 array (num_users, num_items), the same numbers as `score_all`, sooner.
    """
    names = ("user_vectors", "film_vectors", "film_bias")
    users, films, bias = (model.get_layer(name).get_weights()[0] for name in names)
    return users @ films.T + bias[:, 0]


def score_all(model, num_users, num_items):
    """Return what a model says of all films for all users.

    Args:
        model: Model that maps [user_index (batch,), item_index (batch, n)] to scores (batch, n).
        num_users, num_items: ints.

    Returns:
        float32 array (num_users, num_items).
    """
    users = np.arange(num_users, dtype="int32")
    films = np.tile(np.arange(num_items, dtype="int32"), (num_users, 1))
    return model.predict([users, films], batch_size=32, verbose=0)


def _index_inputs():
    user = keras.Input((), dtype="int32", name="user_index")
    return user, keras.Input((None,), dtype="int32", name="item_index")


def _vectors(size, embedding_dim, l2, name):
    return layers.Embedding(
        size,
        embedding_dim,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=0.05),
        activity_regularizer=keras.regularizers.L2(l2),
        name=name,
    )


def _film_bias(num_items):
    return layers.Embedding(num_items, 1, embeddings_initializer="zeros", name="film_bias")


def _fixed_table(features):
    num_rows, num_columns = features.shape
    return layers.Embedding(
        num_rows,
        num_columns,
        embeddings_initializer=keras.initializers.Constant(features),
        trainable=False,
    )
