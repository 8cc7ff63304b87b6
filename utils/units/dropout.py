"""Dropout: a small set with wrong labels, a wide network that overfits it, and what helps.

`rate` is the probability to DROP a unit, as in Keras. The paper (Srivastava et al., "Dropout: A
Simple Way to Prevent Neural Networks from Overfitting", 2014) calls p the probability to KEEP it.
"""

from typing import NamedTuple

import keras
import numpy as np
from keras import layers

from utils import require

NUM_FEATURES = 20
NUM_ROWS = (500, 1_000, 5_000)  # to train, to choose and to judge
WRONG_LABELS = 0.1  # share

WIDTH = 256  # units of a hidden layer
EPOCHS = 30
PATIENCE = 5  # epochs, of early stopping
# What `build_classifier` gets for each network that is compared; the rest is as it is by default.
SETTINGS = {
    "no dropout": {},
    "a bit of dropout": {"rate": 0.5},
    "too much dropout": {"rate": 0.9},
    "narrow layers": {"width": 16},
    "L2": {"l2": 0.03},
}


class Rows(NamedTuple):
    """Rows of the noisy set: what is seen, what is said, and what is true.

    Args:
        features: float32 array (num_rows, 20).
        labels: float32 array (num_rows,), 0 or 1, about one of ten wrong.
        true_labels: float32 array (num_rows,), 0 or 1; no model may see them.
    """

    features: np.ndarray
    labels: np.ndarray
    true_labels: np.ndarray


def make_parts(seed):
    """Draw a small training part and larger parts to choose and to judge.

    A row lies around one of eight centers in 20 dimensions; its true label is that of the center
    nearest to it, four centers for each label. One label in ten is turned around, in all parts.

    Args:
        seed: int. The centers are the same for all seeds, the rows are not.

    Returns:
        (train, validation, test), Rows of 500, 1,000 and 5,000 rows.
    """
    require.integers("[0, inf)", seed=seed)
    return tuple(
        _draw_rows(num_rows, np.random.default_rng([seed, place]))
        for place, num_rows in enumerate(NUM_ROWS)
    )


def dropout(values, rate, generator):
    """Set each value to 0 with probability `rate` and divide the others by 1 - rate.

    Args:
        values: array of any shape.
        rate: float in [0, 1), the share to drop.
        generator: numpy.random.Generator.

    Returns:
        array of the same shape; its expected value is `values`.

    Raises:
        ValueError: if `rate` is not in [0, 1).
    """
    require.arrays("(...)", values=values)
    require.within("[0, 1)", rate=rate)
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be in [0, 1), received {rate}.")
    kept = generator.random(np.shape(values)) >= rate
    return np.where(kept, values, 0) / (1 - rate)


@require.sizes("width")
def build_classifier(width=WIDTH, rate=0.0, l2=0.0):
    """Build a network of three hidden layers of the same width, each followed by dropout.

    Args:
        width: int, units of each hidden layer.
        rate: float in [0, 1), the share of units to drop in training.
        l2: float, penalty on the squared weights of the hidden layers.

    Returns:
        Model that maps features (batch, 20) to the probability of label 1, (batch, 1).
    """
    require.within("[0, 1)", rate=rate)
    require.within("[0, inf)", l2=l2)
    features = keras.Input((NUM_FEATURES,))
    hidden = features
    for _ in range(3):
        penalty = keras.regularizers.L2(l2)
        hidden = layers.Dense(width, "relu", kernel_regularizer=penalty)(hidden)
        hidden = layers.Dropout(rate)(hidden)
    probability = layers.Dense(1, "sigmoid")(hidden)
    return keras.Model(features, probability)


def compile_classifier(model):
    """Compile a classifier with Adam; "cross_entropy" is its loss without penalties.

    Args:
        model: Model from `build_classifier`, changed in place.
    """
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss="binary_crossentropy",
        metrics=[keras.metrics.BinaryCrossentropy(name="cross_entropy")],
        steps_per_execution=10,  # batches between two visits to Python
    )


def fit_classifier(model, train, validation, callbacks=()):
    """Compile a classifier and train it for 30 epochs of 10 batches.

    Args:
        model: Model from `build_classifier`; trained in place.
        train, validation: Rows.
        callbacks: callbacks of keras, such as `early_stopping(5)`.

    Returns:
        dict of lists, one value per epoch: "cross_entropy", "val_cross_entropy" and others.
    """
    require.arrays("(n, 20), (n,)", features=train.features, labels=train.labels)
    require.arrays("(n, 20), (n,)", features=validation.features, labels=validation.labels)
    require.zeros_and_ones(train=train.labels, validation=validation.labels)
    compile_classifier(model)
    history = model.fit(
        train.features,
        train.labels[:, np.newaxis],  # a column, as the predictions are
        batch_size=50,
        epochs=EPOCHS,
        validation_data=(validation.features, validation.labels[:, np.newaxis]),
        validation_batch_size=1_000,
        callbacks=list(callbacks),
        verbose=0,
    )
    return history.history


def early_stopping(patience):
    """Return a callback that ends a training and goes back to the best weights.

    Args:
        patience: int, epochs without a new lowest validation loss.
    """
    require.integers("[0, inf)", patience=patience)
    return keras.callbacks.EarlyStopping(
        "val_cross_entropy", mode="min", patience=patience, restore_best_weights=True
    )


def predict_once(model, features):
    """Return the probabilities of label 1 with dropout switched off, array (num_rows,)."""
    require.arrays("(n, 20)", features=features)
    return np.ravel(model(features, training=False))


def monte_carlo(model, features, num_passes):
    """Return the probabilities of label 1 in many passes with dropout left on.

    Args:
        model: Model from `build_classifier`.
        features: float array (num_rows, 20).
        num_passes: int.

    Returns:
        array (num_passes, num_rows).

    Source: Gal and Ghahramani, "Dropout as a Bayesian Approximation" (2016).
    """
    require.arrays("(n, 20)", features=features)
    require.integers("[1, inf)", num_passes=num_passes)
    passes = [np.ravel(model(features, training=True)) for _ in range(num_passes)]
    return np.stack(passes)


def measure_quality(probabilities, labels):
    """Return accuracy and cross-entropy of predicted probabilities.

    Args:
        probabilities: array (num_rows,), of label 1.
        labels: array (num_rows,), 0 or 1.

    Returns:
        dict with the floats "accuracy" and "loss" (in nats, natural logarithm).
    """
    require.arrays("(n,)", probabilities=probabilities, labels=labels)
    require.entries("[0, 1]", probabilities=probabilities)
    require.zeros_and_ones(labels=labels)
    likelihoods = np.where(labels == 1, probabilities, 1 - probabilities)
    return {
        "accuracy": float(np.mean((probabilities > 0.5) == (labels == 1))),
        "loss": float(-np.log(np.clip(likelihoods, 1e-7, 1)).mean()),
    }


def share_learned_by_heart(probabilities, rows):
    """Return which share of the wrong labels of rows a model repeats.

    Args:
        probabilities: array (num_rows,), predictions for those rows.
        rows: Rows.
    """
    require.arrays("(n,)", probabilities=probabilities, labels=rows.labels, true=rows.true_labels)
    require.entries("[0, 1]", probabilities=probabilities)
    wrong = rows.labels != rows.true_labels
    return float(np.mean((probabilities > 0.5)[wrong] == (rows.labels[wrong] == 1)))


def _draw_rows(num_rows, generator):
    centers = np.random.default_rng(0).standard_normal((8, NUM_FEATURES))
    centers *= 3 / np.linalg.norm(centers, axis=1, keepdims=True)
    origins = centers[generator.integers(8, size=num_rows)]
    features = origins + generator.standard_normal((num_rows, NUM_FEATURES))
    distances = np.linalg.norm(features[:, np.newaxis] - centers, axis=-1)
    true_labels = distances.argmin(axis=1) % 2
    wrong = generator.random(num_rows) < WRONG_LABELS
    return Rows(
        features.astype("float32"),
        np.where(wrong, 1 - true_labels, true_labels).astype("float32"),
        true_labels.astype("float32"),
    )
