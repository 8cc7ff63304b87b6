"""Stars as five classes: how likely is each, and which single number should be told?

The classes 0 to 4 stand for 1 to 5 stars. Training is that of every model of the course:
`utils.training.fit` with such a column as its target and cross-entropy as its loss.
"""

import keras
import numpy as np
from keras import layers

from utils import require, training
from utils.units.deep_recsys.models import score_pairs

STARS = np.arange(1.0, 6.0)


def to_probabilities(score):
    """Turn a score into the probabilities of 1 to 5 stars, by a layer that learns how.

    Args:
        score: tensor (batch, 1).

    Returns:
        tensor (batch, 5), rows add up to 1. A higher score moves probability to higher stars.
    """
    require.arrays("(batch, 1)", score=score)
    start = keras.initializers.Constant([-2, -1, 0, 1, 2])
    layer = layers.Dense(5, activation="softmax", kernel_initializer=start)
    return layer(score)


@require.sizes("embedding_dim")
def build_star_classifier(user_rows, item_rows, embedding_dim, row_l2, bias_l2, column_l2, dropout):
    """Predict how likely each of 1, 2, 3, 4 and 5 stars is, from the score of the hybrid model.

    Args:
        As in `utils.units.deep_recsys.models.build_hybrid_model`.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to probabilities (batch, 5).
    """
    inputs, score = score_pairs(
        user_rows, item_rows, embedding_dim, row_l2, bias_l2, column_l2, dropout
    )
    return keras.Model(inputs, to_probabilities(score))


def predict_probabilities(model, rows):
    """Return the probabilities of 1 to 5 stars for rows, array (num_rows, 5)."""
    require.rows_of(model, rows)
    require.outputs(5, model)
    return model.predict(training.model_inputs(rows), batch_size=8192, verbose=0)


def expected_stars(probabilities):
    """Return the mean of the stars, each weighted with its probability.

    Args:
        probabilities: array (num_rows, 5), rows add up to 1.

    Returns:
        array (num_rows,), between 1 and 5. No other guess has a smaller expected squared error.
    """
    require.probabilities("(n, 5)", probabilities=probabilities)
    return probabilities @ STARS


def median_stars(probabilities):
    """Return the smallest number of stars that is reached with probability one half or more.

    Args:
        probabilities: array (num_rows, 5), rows add up to 1.

    Returns:
        array (num_rows,) of 1, 2, 3, 4 or 5. No other guess has a smaller expected absolute error.
    """
    require.probabilities("(n, 5)", probabilities=probabilities)
    at_most = np.cumsum(probabilities, axis=1)
    return STARS[np.argmax(at_most >= 0.5 - 1e-6, axis=1)]


def claimed_spread(probabilities):
    """Return the standard deviation of the stars under the probabilities of each row.

    Args:
        probabilities: array (num_rows, 5), rows add up to 1.

    Returns:
        array (num_rows,), in stars: 0 if the classifier is sure, 2 if it is torn between 1 and 5.
    """
    require.probabilities("(n, 5)", probabilities=probabilities)
    squares = probabilities @ STARS**2 - expected_stars(probabilities) ** 2
    return np.sqrt(np.maximum(squares, 0))


def calibrate(probabilities, ratings, num_groups=10):
    """Compare the error a classifier claims with the error it has, from its surest rows on.

    Args:
        probabilities: array (num_rows, 5), rows add up to 1.
        ratings: array (num_rows,), in stars.
        num_groups: int, groups of equal size, sorted by the claimed spread.

    Returns:
        (claimed, observed), two arrays (num_groups,): the root mean square of the claimed spread,
        and the RMSE of the expected stars. Equal if the probabilities can be trusted.
    """
    require.arrays("(n, 5), (n,)", probabilities=probabilities, ratings=ratings)
    require.entries("[1, 5]", ratings=ratings)
    require.integers(f"[1, {len(ratings)}]", num_groups=num_groups)
    spread = claimed_spread(probabilities)
    errors = expected_stars(probabilities) - np.asarray(ratings)
    groups = np.array_split(np.argsort(spread, kind="stable"), num_groups)
    claimed = [np.sqrt(np.mean(spread[group] ** 2)) for group in groups]
    observed = [np.sqrt(np.mean(errors[group] ** 2)) for group in groups]
    return np.array(claimed), np.array(observed)
