"""The integrated model: biases, factors and a neighborhood, added up."""

import keras
import numpy as np
from keras import layers

from utils import require
from utils.blocks import column_sum, fixed_table, index_inputs, table
from utils.units.neighborhood.learned_weights import neighborhood, start_at


def scale_rows(met):
    """Divide every row of a 0/1 matrix by the root of its sum, so that busy users weigh no more.

    Args:
        met: array (n, m) of 0 and 1.

    Returns:
        array of the same shape; rows have length 1, or 0 where there is nothing.
    """
    require.arrays("(n, m)", met=met)
    require.zeros_and_ones(met=met)
    return met / np.sqrt(np.maximum(met.sum(axis=1, keepdims=True), 1))


@require.sizes("embedding_dim")
def factor_product(user, item, met, embedding_dim, row_l2, column_l2, dropout):
    """Multiply a vector of the user with one of the film, each with those it met added (SVD++).

    Args:
        user, item: tensors (batch,), the inputs of a model.
        met: array (num_users, num_items), 1 where there is a training rating.
        embedding_dim: int.
        row_l2: float >= 0, penalty on the own vectors, per rating.
        column_l2: float >= 0, penalty on the vectors that are added, per batch.
        dropout: float in [0, 1), share of the entries of both sums dropped in training.

    Returns:
        tensor (batch, 1), in stars.

    Source: Koren, "Factorization Meets the Neighborhood" (2008), equation 15; the bag of users is
        its mirror image (Rendle, Zhang and Koren, 2019).
    """
    require.within("[0, 1)", dropout=dropout)
    sums = []
    for index, bags, own, others in (
        (user, scale_rows(met), "user_factors", "rated_vectors"),
        (item, scale_rows(met.T), "item_factors", "rater_vectors"),
    ):
        vector = table(len(bags), embedding_dim, own, row_l2)(index)
        bag = fixed_table(bags, f"{others}_of")(index)
        vector = vector + column_sum(embedding_dim, others, column_l2)(bag)
        sums.append(layers.Dropout(dropout)(vector))
    return layers.Dot(axes=1)(sums)


@require.sizes("embedding_dim")
def build_integrated_model(
    biases, near, bias_l2, pair_l2, embedding_dim, row_l2, column_l2, dropout
):
    """Predict mu + b_u + b_i + the product of factors + the neighborhood.

    Args:
        biases, near, bias_l2, pair_l2: as in `build_neighborhood_model`.
        embedding_dim, row_l2, column_l2, dropout: as in `factor_product`.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).

    Source: Koren, "Factorization Meets the Neighborhood" (2008), equation 16.
    """
    require.arrays(
        "(), (num_users,), (num_items,), (num_users, num_items)",
        **biases._asdict(),
        met=near.met,
    )
    user, item = index_inputs()
    user_bias = start_at(biases.user, "user_bias", bias_l2)
    item_bias = start_at(biases.item, "item_bias", bias_l2)
    around = neighborhood(user, item, near, pair_l2)
    product = factor_product(user, item, near.met, embedding_dim, row_l2, column_l2, dropout)
    stars = product + around + user_bias(user) + item_bias(item) + biases.mean
    return keras.Model([user, item], stars)
