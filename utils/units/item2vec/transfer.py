"""A few labels and many vectors: a classifier of films whose table starts in one of three ways."""

import keras
import numpy as np
from keras import layers

from utils import require
from utils.training import compile_model


def describe_by_neighbors(pair_counts):
    """Describe a film by the films it stands beside: shares that add up to 1.

    A vector of its own would say nothing of a film without a label: a table that starts at random
    learns the rows of labeled films alone. Neighbors are shared.

    Args:
        pair_counts: array (num_items, num_items), row = film.

    Returns:
        float32 array (num_items, num_items); zeros for a film without a neighbor.
    """
    require.arrays("(n, n)", pair_counts=pair_counts)
    require.entries("[0, inf)", pair_counts=pair_counts)
    counts = np.asarray(pair_counts, dtype="float32")
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1e-12)


def build_classifier(vectors, learns):
    """Tell films of a kind from others: the mean vector of the neighbors, and a weight per number.

    Args:
        vectors: float array (num_items, dim), where the table starts.
        learns: bool, False to keep the table as it is.

    Returns:
        Model that maps shares of neighbors (batch, num_items) to a probability (batch, 1).
    """
    require.arrays("(n, d)", vectors=vectors)
    require.one_of([True, False], learns=learns)
    shares = keras.Input((len(vectors),), name="shares")
    start = keras.initializers.Constant(np.asarray(vectors, dtype="float32"))
    table = layers.Dense(vectors.shape[1], use_bias=False, kernel_initializer=start, name="table")
    table.trainable = learns
    kind = layers.Dense(1, "sigmoid", kernel_initializer="zeros", name="kind")
    return keras.Model(shares, kind(table(shares)))


def fit_labels(model, shares, labels, epochs, learning_rate):
    """Train a classifier on a few labeled films, all in one batch.

    Args:
        model: Model from `build_classifier`, trained in place.
        shares: float array (num_films, num_items).
        labels: array (num_films,) of zeros and ones.
        epochs: int.
        learning_rate: float, of Adam, at the start.
    """
    require.arrays("(f, n), (f,)", shares=shares, labels=labels)
    require.zeros_and_ones(labels=labels)
    compile_model(model, "binary_crossentropy", len(labels), epochs, len(labels), learning_rate)
    model.fit(
        shares, np.asarray(labels, "float32"), batch_size=len(labels), epochs=epochs, verbose=0
    )


def scale_for(shares, vectors):
    """Return vectors times one number, so that mean vectors of neighbors have a spread of 1.

    Args:
        shares: float array (num_films, num_items).
        vectors: float array (num_items, dim).
    """
    require.arrays("(f, n), (n, d)", shares=shares, vectors=vectors)
    require.full_precision(shares=shares, vectors=vectors)
    return vectors / (shares @ vectors).std(axis=0).mean()
