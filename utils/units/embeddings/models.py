"""Models with embedding tables, and what the coordinates of a trained table agree with."""

import keras
import numpy as np
from keras import layers

from utils import require

EMBEDDING_DIM = 2  # of a film: two coordinates make a map
WELL_KNOWN = 100  # training ratings of a film on that map


@require.sizes("num_symbols", "embedding_dim")
def build_pair_model(num_symbols, embedding_dim):
    """Build a model that scores two symbols by the dot product of their rows in one shared table.

    Args:
        num_symbols, embedding_dim: ints, the shape of the table.

    Returns:
        keras.Model, inputs two int arrays of shape (batch,), output of shape (batch, 1).
    """
    embedding = layers.Embedding(num_symbols, embedding_dim)
    first = keras.Input(shape=(), dtype="int32", name="first_index")
    second = keras.Input(shape=(), dtype="int32", name="second_index")
    score = layers.Dot(axes=1)([embedding(first), embedding(second)])
    return keras.Model([first, second], score)


@require.sizes("num_users", "num_items", "embedding_dim")
def build_rating_model(num_users, num_items, embedding_dim, mean_rating):
    """Predict stars by the mean rating + the habit of the user + p_u . q_i.

    Args:
        num_users, num_items: ints.
        embedding_dim: int, coordinates of a user and of a film.
        mean_rating: float, the mean of the training ratings.

    Returns:
        keras.Model, inputs [user_index, item_index], int arrays of shape (batch,), output stars of
        shape (batch, 1). Its tables are "user_bias", "user_factors" and "item_factors".
    """
    require.finite(mean_rating=mean_rating)
    # Wider than the default: from numbers near zero some seeds need many more epochs.
    # One for each table: the same initializer twice would give the same numbers twice.
    starts = [keras.initializers.RandomNormal(stddev=0.1) for _ in range(2)]
    user = keras.Input(shape=(), dtype="int32", name="user_index")
    item = keras.Input(shape=(), dtype="int32", name="item_index")
    habits = layers.Embedding(num_users, 1, "zeros", name="user_bias")
    users = layers.Embedding(num_users, embedding_dim, starts[0], name="user_factors")
    items = layers.Embedding(num_items, embedding_dim, starts[1], name="item_factors")
    match = layers.Dot(axes=1)([users(user), items(item)])
    stars = layers.Add()([habits(user), match])
    stars = layers.Rescaling(1.0, offset=mean_rating)(stars)
    return keras.Model([user, item], stars)


def fit_rating_model(model, train):
    """Train a rating model for eight epochs, the last tenth of the rows for validation.

    Args:
        model: Model from `build_rating_model`; trained in place.
        train: DataFrame with `user_index`, `item_index` and `rating`, its rows in random order.

    Returns:
        History of keras, with "loss" and "val_loss", mean squared errors.
    """
    require.rows("rating", train=train)
    require.rows_of(model, train)
    model.compile(keras.optimizers.Adam(0.02), loss="mean_squared_error")
    return model.fit(
        [train["user_index"], train["item_index"]],
        train["rating"],
        batch_size=512,
        epochs=8,
        validation_split=0.1,  # the last rows: fair, since split_random has shuffled them
        verbose=0,
    )


def best_direction(vectors, values):
    """Find the direction of the space along which the vectors agree best with some values.

    Args:
        vectors: array of shape (n, embedding_dim), n > embedding_dim.
        values: array of shape (n,), not all equal.

    Returns:
        (direction, correlation): a unit vector of shape (embedding_dim,), and Pearson's
        correlation, 0..1, of `vectors @ direction` with the values. It is the multiple
        correlation of linear least squares, the same for every rotation of the space.

    Raises:
        ValueError: if the shapes do not fit, or the vectors or values do not vary.
    """
    require.arrays("(n, d), (n,)", vectors=vectors, values=values)
    require.more_rows_than_columns(vectors=vectors)
    vectors, values = np.asarray(vectors, dtype=float), np.asarray(values, dtype=float)
    if vectors.ndim != 2 or values.shape != vectors.shape[:1]:
        raise ValueError(
            "values must have one number per row of vectors, "
            f"received the shapes {values.shape} and {vectors.shape}."
        )
    centered, deviations = vectors - vectors.mean(axis=0), values - values.mean()
    direction = np.linalg.lstsq(centered, deviations, rcond=None)[0]
    length = np.linalg.norm(direction)
    if np.ptp(values) == 0 or not length > 0:
        raise ValueError("vectors and values must vary together, but no direction fits them.")
    correlation = np.corrcoef(centered @ direction, deviations)[0, 1]
    return direction / length, float(correlation)
