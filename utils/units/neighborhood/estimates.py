"""Baseline estimates mu + b_u + b_i, two more ways than `utils.baselines.fit_biases` knows.

All three make the same sum small: squared errors of the training ratings, plus l2 times the
squares of all biases. So they have to agree.
"""

import keras
import numpy as np
from keras import layers

from utils import require
from utils.baselines import Biases, predict_biases
from utils.blocks import index_inputs
from utils.evaluation import interaction_matrix


def solve_biases(train, num_users, num_items, l2):
    """Find the biases exactly: one linear equation for each user and each film.

    The equation of a user says (number of ratings + l2) b_u + sum of the b_i = sum of (r - mu);
    that of a film is its mirror image. Together they are the normal equations of ridge regression
    on one-hot users and films.

    Args:
        train: DataFrame with `user_index`, `item_index` and `rating`.
        num_users, num_items: ints.
        l2: float > 0, in ratings.

    Returns:
        Biases.
    """
    require.within("(0, inf)", l2=l2)
    require.rows("rating", train=train)
    met = interaction_matrix(train, num_users, num_items).astype(float)
    mean = float(train["rating"].mean())
    centered = np.zeros_like(met)
    centered[train["user_index"], train["item_index"]] = train["rating"] - mean
    counts = np.concatenate([met.sum(axis=1), met.sum(axis=0)])
    equations = np.diag(counts + l2)
    equations[:num_users, num_users:] = met
    equations[num_users:, :num_users] = met.T
    sums = np.concatenate([centered.sum(axis=1), centered.sum(axis=0)])
    solution = np.linalg.solve(equations, sums)
    return Biases(mean, solution[:num_users], solution[num_users:])


@require.sizes("num_users", "num_items")
def build_bias_model(num_users, num_items, mean_rating, table_l2):
    """Predict mu + b_u + b_i; both whole tables pay at every step.

    Args:
        num_users, num_items: ints.
        mean_rating: float, mu.
        table_l2: float >= 0. Keras takes the mean of the squared errors, not their sum, so l2 in
            ratings is l2 / number of training rows here.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    require.finite(mean_rating=mean_rating)
    require.within("[0, inf)", table_l2=table_l2)
    user, item = index_inputs()
    penalty = keras.regularizers.L2(table_l2)
    users = layers.Embedding(num_users, 1, "zeros", penalty, name="user_bias")
    items = layers.Embedding(num_items, 1, "zeros", penalty, name="item_bias")
    return keras.Model([user, item], users(user) + items(item) + mean_rating)


def penalized_sum(biases, train, l2):
    """Return what all three ways make small: squared errors plus l2 times the squared biases.

    Args:
        biases: Biases.
        train: DataFrame with `user_index`, `item_index` and `rating`.
        l2: float >= 0, in ratings.
    """
    require.within("[0, inf)", l2=l2)
    require.rows("rating", train=train)
    errors = train["rating"] - predict_biases(biases, train)
    return float(np.sum(errors**2) + l2 * (np.sum(biases.user**2) + np.sum(biases.item**2)))


def residual_matrix(biases, train):
    """Return what the baseline leaves of each training rating, as a matrix.

    Args:
        biases: Biases, fitted to the same rows.
        train: DataFrame with `user_index`, `item_index` and `rating`.

    Returns:
        (residuals, met): float32 arrays (num_users, num_items). `residuals` holds
        rating - mu - b_u - b_i, in stars, and 0 where there is no rating; `met` holds 1 where
        there is one.
    """
    require.arrays("(), (num_users,), (num_items,)", **biases._asdict())
    require.rows("rating", train=train)
    met = interaction_matrix(train, len(biases.user), len(biases.item)).astype("float32")
    residuals = np.zeros_like(met)
    rest = train["rating"] - predict_biases(biases, train)
    residuals[train["user_index"], train["item_index"]] = rest
    return residuals, met


def baseline_matrix(biases):
    """Return mu + b_u + b_i of every user and film, array (num_users, num_items)."""
    require.arrays("(), (num_users,), (num_items,)", **biases._asdict())
    return biases.mean + biases.user[:, np.newaxis] + biases.item
