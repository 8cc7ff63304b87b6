"""From dot product to MLP to metadata: models that know more of a user and a film than an id.

A user and a film are each described by a row of numbers, one per column: a one for "sex F", a one
for "occupation student", a share for each film rated. A row times a table of vectors adds up the
vectors of its columns. So metadata and the bags of SVD++ (unit 06) enter a model in the same way.
"""

import keras
import numpy as np
from keras import layers

from utils import training

STARS = np.arange(1.0, 6.0)


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
    inputs, vectors, biases = _towers(
        user_rows, item_rows, embedding_dim, row_l2, bias_l2, column_l2, dropout
    )
    score = layers.Dot(axes=1)(vectors) + sum(biases)
    return keras.Model(inputs, to_stars(score + to_score(mean_rating)))


def build_star_classifier(
    user_rows, item_rows, embedding_dim, row_l2=0.0, bias_l2=0.0, column_l2=0.0, dropout=0.0
):
    """Predict how likely each of 1, 2, 3, 4 and 5 stars is, from the vectors of the hybrid model.

    Args:
        As in `build_hybrid_model`.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to probabilities (batch, 5).
    """
    inputs, vectors, biases = _towers(
        user_rows, item_rows, embedding_dim, row_l2, bias_l2, column_l2, dropout
    )
    score = layers.Dot(axes=1)(vectors) + sum(biases)
    # Five weights and five biases: a higher score moves probability from low to high stars.
    to_classes = layers.Dense(
        len(STARS),
        activation="softmax",
        kernel_initializer=keras.initializers.Constant(STARS - STARS.mean()),
        name="to_classes",
    )
    return keras.Model(inputs, to_classes(score))


def fit_classifier(model, train, epochs=15, batch_size=1024, learning_rate=0.005):
    """Train a classifier of stars with cross-entropy; otherwise as `utils.training.fit`.

    Args:
        model: Model from `build_star_classifier`; trained in place.
        train: DataFrame with `user_index`, `item_index` and `rating` (1 to 5).
        epochs, batch_size: ints.
        learning_rate: float, at the start; it falls to 0 on a cosine.

    Returns:
        History of keras.
    """
    num_steps = epochs * -(-len(train) // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    model.compile(
        optimizer=keras.optimizers.Adam(schedule),
        loss="sparse_categorical_crossentropy",  # of probabilities: the softmax is in the model
        steps_per_execution=10,
    )
    classes = train["rating"].to_numpy("int32") - 1
    return model.fit(
        training.model_inputs(train), classes, batch_size=batch_size, epochs=epochs, verbose=0
    )


def predict_probabilities(model, rows):
    """Return the probabilities of 1 to 5 stars for rows, array (num_rows, 5)."""
    return model.predict(training.model_inputs(rows), batch_size=8192, verbose=0)


def expected_stars(probabilities):
    """Return the mean of the stars, each weighted with its probability.

    Args:
        probabilities: array (num_rows, 5), rows add up to 1.

    Returns:
        array (num_rows,), between 1 and 5. No other guess has a smaller expected squared error.
    """
    return probabilities @ STARS


def median_stars(probabilities):
    """Return the smallest number of stars that is reached with probability one half or more.

    Args:
        probabilities: array (num_rows, 5), rows add up to 1.

    Returns:
        array (num_rows,) of 1, 2, 3, 4 or 5. No other guess has a smaller expected absolute error.
    """
    at_most = np.cumsum(probabilities, axis=1)
    return STARS[np.argmax(at_most >= 0.5 - 1e-6, axis=1)]


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


def _towers(user_rows, item_rows, embedding_dim, row_l2, bias_l2, column_l2, dropout):
    """Return the inputs, the two summed vectors and the four biases of a hybrid model."""
    inputs = _index_inputs()
    drop = layers.Dropout(dropout)
    vectors, biases = [], []
    for index, rows, name in zip(inputs, (user_rows, item_rows), ("user", "item"), strict=True):
        own_vector = _own_numbers(len(rows), embedding_dim, f"{name}_factors", row_l2)(index)
        own_bias = _own_numbers(len(rows), 1, f"{name}_bias", bias_l2)(index)
        row = _look_up(rows, f"{name}_rows")(index)
        columns = _sum_of_columns(embedding_dim, f"{name}_columns", column_l2)(row)
        column_bias = _sum_of_columns(1, f"{name}_column_biases", column_l2)(row)
        vectors.append(drop(own_vector + columns))
        biases += [own_bias, column_bias]
    return inputs, vectors, biases


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


def _sum_of_columns(embedding_dim, name, l2):
    """Return a layer from a row to the sum of the vectors of its columns, each times its number."""
    return layers.Dense(
        embedding_dim,
        use_bias=False,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.05),
        kernel_regularizer=keras.regularizers.L2(l2),
        name=name,
    )
