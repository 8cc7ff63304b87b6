"""From a score to an answer: was it liked, and how many stars were given?

A like is four or five stars. A model that learns how likely each number of stars is learns more
from a rating than one that learns "liked or not", and it can be asked for both.
"""

import keras
import numpy as np
from keras import layers

from utils import require
from utils.likes import LIKED_FROM
from utils.training import model_inputs

STARS = np.arange(1.0, 6.0)


def to_like(score):
    """Turn a score into the probability of a like, by a layer that learns offset and scale.

    Args:
        score: tensor (batch, 1).

    Returns:
        tensor (batch, 1), between 0 and 1.
    """
    require.arrays("(batch, 1)", score=score)
    return layers.Dense(1, "sigmoid", kernel_initializer="ones")(score)


def to_stars_given(score):
    """Turn a score into the probabilities of one to five stars, by a layer that learns how.

    Args:
        score: tensor (batch, 1).

    Returns:
        tensor (batch, 5), rows add up to 1. A higher score moves probability to more stars.
    """
    require.arrays("(batch, 1)", score=score)
    slopes = keras.initializers.Constant([-2, -1, 0, 1, 2])
    return layers.Dense(5, "softmax", kernel_initializer=slopes)(score)


def predict_given(model, rows):
    """Return the probabilities of one to five stars for rows, array (num_rows, 5).

    Args:
        model: Model with the head `to_stars_given`.
        rows: DataFrame with `user_index` and `item_index`.
    """
    require.rows_of(model, rows)
    require.outputs(5, model)
    return model.predict(model_inputs(rows), batch_size=8192, verbose=0)


def mean_stars(probabilities):
    """Return the number of stars to expect: the mean, each number weighted with its probability.

    Args:
        probabilities: array (num_rows, 5), rows add up to 1.

    Returns:
        array (num_rows,), between 1 and 5.
    """
    require.probabilities("(n, 5)", probabilities=probabilities)
    return probabilities @ STARS


def like_probability(probabilities):
    """Return the probability of four or five stars.

    Args:
        probabilities: array (num_rows, 5), rows add up to 1.

    Returns:
        array (num_rows,), between 0 and 1.
    """
    require.probabilities("(n, 5)", probabilities=probabilities)
    return np.clip(np.sum(probabilities[:, LIKED_FROM - 1 :], axis=1), 0, 1)
