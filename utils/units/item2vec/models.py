"""Skip-gram with negative sampling in Keras: with negatives drawn, or with all of them at once."""

import keras
import numpy as np
from keras import layers, ops

from utils import require
from utils.blocks import table
from utils.training import compile_model


@require.sizes("num_items", "dim")
def build_skip_gram(num_items, dim):
    """Score films beside a center: the dot product of its input vector and their output vectors.

    Args:
        num_items, dim: ints.

    Returns:
        Model that maps [center (batch,), others (batch, n)] to scores (batch, n).
    """
    center = keras.Input((), dtype="int32", name="center")
    others = keras.Input((None,), dtype="int32", name="others")
    center_vector = table(num_items, dim, "input_vectors")(center)
    other_vectors = table(num_items, dim, "output_vectors")(others)
    scores = layers.Dot(axes=(1, 2))([center_vector, other_vectors])
    return keras.Model([center, others], scores)


def skip_gram_loss(labels, scores):
    """Return -log sigmoid(score) of what occurred plus -log sigmoid(-score) of what was drawn.

    Args:
        labels: array (batch, n), 1 for a context that occurred, 0 for a film drawn.
        scores: tensor (batch, n).

    Returns:
        tensor (batch,).
    """
    require.arrays("(batch, n)", labels=labels, scores=scores)
    require.full_precision(scores=scores)
    return ops.sum(ops.softplus(scores) - labels * scores, axis=-1)


@require.sizes("num_items", "dim")
def build_full_skip_gram(num_items, dim):
    """Score all films beside a center at once, with the same two tables.

    Args:
        num_items, dim: ints.

    Returns:
        Model that maps center (batch,) to scores (batch, num_items).
    """
    center = keras.Input((), dtype="int32", name="center")
    center_vector = table(num_items, dim, "input_vectors")(center)
    return keras.Model(center, score_all_contexts(center_vector, num_items))


@require.sizes("num_items")
def score_all_contexts(center_vector, num_items):
    """Multiply the vector of a center by the output vectors of all films.

    Args:
        center_vector: tensor (batch, dim).
        num_items: int.

    Returns:
        tensor (batch, num_items).
    """
    spread = keras.initializers.RandomNormal(stddev=0.05)
    return layers.Dense(
        num_items, use_bias=False, kernel_initializer=spread, name="output_vectors"
    )(center_vector)


def expected_loss(targets, scores):
    """Return what `skip_gram_loss` is on average over all draws, for all pairs of a center.

    Args:
        targets: array (batch, 2, num_items), how often each context occurs and is drawn.
        scores: tensor (batch, num_items).

    Returns:
        tensor (batch,).
    """
    require.arrays("(batch, 2, n), (batch, n)", targets=targets, scores=scores)
    require.full_precision(scores=scores)
    occurs, drawn = targets[:, 0], targets[:, 1]
    return ops.sum((occurs + drawn) * ops.softplus(scores) - occurs * scores, axis=-1)


def fit_sampled(model, pairs, chances, num_negatives, epochs, generator, **training):
    """Train on pairs, with negatives drawn anew in each epoch.

    Args:
        model: Model from `build_skip_gram`, trained in place.
        pairs: int array (num_pairs, 2), center and context.
        chances: float array (num_items,), the probability of each film as a negative.
        num_negatives: int >= 1 for each pair.
        epochs: int.
        generator: numpy.random.Generator.
        training: `batch_size` and `learning_rate`, which falls to 0 on a cosine.
    """
    require.indices(len(chances), "(n, 2)", pairs=pairs)
    require.probabilities("(n,)", chances=chances)
    require.integers("[1, inf)", num_negatives=num_negatives, epochs=epochs)
    batch_size = training.get("batch_size", 4096)
    learning_rate = training.get("learning_rate", 0.01)
    compile_model(model, skip_gram_loss, len(pairs), epochs, batch_size, learning_rate)
    labels = np.zeros((len(pairs), 1 + num_negatives), dtype="float32")
    labels[:, 0] = 1
    for _ in range(epochs):
        negatives = generator.choice(len(chances), (len(pairs), num_negatives), p=chances)
        others = np.column_stack([pairs[:, 1], negatives]).astype("int32")
        centers = pairs[:, 0].astype("int32")
        model.fit([centers, others], labels, batch_size=batch_size, verbose=0)


def fit_expected(model, targets, epochs, batch_size=128, learning_rate=0.03):
    """Train on all pairs of each center at once.

    Args:
        model: Model that maps center (batch,) to scores of all films; trained in place.
        targets: float array (num_items, 2, num_items) from `make_targets`.
        epochs, batch_size: ints; a row of a batch is a center.
        learning_rate: float, at the start; it falls to 0 on a cosine.
    """
    require.arrays("(n, 2, n)", targets=targets)
    require.entries("[0, inf)", targets=targets)
    require.integers("[1, inf)", epochs=epochs, batch_size=batch_size)
    require.within("(0, inf)", learning_rate=learning_rate)
    compile_model(model, expected_loss, len(targets), epochs, batch_size, learning_rate)
    centers = np.arange(len(targets), dtype="int32")
    model.fit(centers, targets, batch_size=batch_size, epochs=epochs, verbose=0)


def tables_of(model):
    """Return (input vectors, output vectors) of a skip-gram, two arrays (num_items, dim)."""
    require.layers_named(model, "input_vectors", "output_vectors")
    inputs = model.get_layer("input_vectors").get_weights()[0]
    outputs = model.get_layer("output_vectors").get_weights()[0]
    is_dense = isinstance(model.get_layer("output_vectors"), layers.Dense)
    return inputs, outputs.T if is_dense else outputs
