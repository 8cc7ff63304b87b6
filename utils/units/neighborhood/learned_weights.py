"""Neighbors whose weights are learned.

The weights belong to pairs of films: one for what the user's residual of film j says about film i,
one for what it says that the user rated j at all. Each film keeps those of its own neighbors, a row
of one table; a batch looks up the rows of its films and no others.
"""

from typing import NamedTuple

import keras
import numpy as np
from keras import layers, ops

from utils import require
from utils.blocks import fixed_table, index_inputs, table
from utils.units.neighborhood.neighbors import compare_films, nearest_films, shrink


class Neighbors(NamedTuple):
    """What a model with learned weights is given and never changes.

    Fields:
        films: int array (num_items, k), the neighbors of each film.
        weights: array (num_items, k), where the weights of these pairs start.
        residuals: array (num_users, num_items), what the baseline leaves of each training rating.
        met: array (num_users, num_items), 1 where there is a training rating, else 0.
    """

    films: np.ndarray
    weights: np.ndarray
    residuals: np.ndarray
    met: np.ndarray


def find_neighbors(residuals, met, shrinkage, num_neighbors, scale):
    """Choose the neighbors of each film by similarity, and where their weights start.

    Args:
        residuals, met: arrays (num_users, num_items), from `residual_matrix`.
        shrinkage: float >= 0, in raters.
        num_neighbors: int in 1..num_items-1.
        scale: float >= 0; a weight starts at so many times the similarity, at least at 0.

    Returns:
        Neighbors.
    """
    require.within("[0, inf)", scale=scale)
    similarities = shrink(*compare_films(residuals, met), shrinkage)
    films = nearest_films(similarities, num_neighbors)
    weights = scale * np.maximum(np.take_along_axis(similarities, films, axis=1), 0)
    return Neighbors(films, weights, residuals, met)


def neighborhood(user, item, near, pair_l2):
    """Add up what the user's ratings of the film's neighbors say, each with a learned weight.

    With R the neighbors of film i that user u rated, this is the sum over j in R of
    w_ij residual_uj + c_ij, divided by the root of the number of films in R.

    Args:
        user, item: tensors (batch,), the inputs of a model.
        near: Neighbors.
        pair_l2: float >= 0, penalty on the squares of what was learned in the w_ij and c_ij in
            use, per rating.

    Returns:
        tensor (batch, 1), in stars.

    Source: Koren, "Factorization Meets the Neighborhood" (2008), equation 10, where the w_ij start
        at 0.
    """
    require.arrays(
        "(num_items, k), (num_items, k), (num_users, num_items), (num_users, num_items)",
        **near._asdict(),
    )
    require.indices(len(near.films), films=near.films)
    require.zeros_and_ones(met=near.met)
    require.within("[0, inf)", pair_l2=pair_l2)
    num_items, k = map(int, near.films.shape)
    films = ops.cast(fixed_table(near.films, "films")(item), "int32")
    cells = ops.expand_dims(user, 1) * num_items + films
    rest = fixed_table(near.residuals.reshape(-1, 1), "residuals")(cells)[:, :, 0]
    rated = fixed_table(near.met.reshape(-1, 1), "rated")(cells)[:, :, 0]
    pay = layers.ActivityRegularization(l2=pair_l2)
    learned = pay(rated * table(num_items, k, "pair_weights", spread=0)(item))
    offsets = pay(rated * table(num_items, k, "pair_offsets", spread=0)(item))
    weights = fixed_table(near.weights, "start")(item) + learned
    total = ops.sum(rest * weights + offsets, axis=1, keepdims=True)
    return total / ops.sqrt(ops.maximum(ops.sum(rated, axis=1, keepdims=True), 1))


def start_at(values, name, row_l2):
    """Return a table of one column that starts at given numbers and learns on from there.

    Args:
        values: array (size,).
        name: str, of the layer.
        row_l2: float >= 0, penalty on a squared number, each time a rating uses it.

    Returns:
        keras layer from indices (batch,) to numbers (batch, 1).
    """
    require.arrays("(size,)", values=values)
    require.within("[0, inf)", row_l2=row_l2)
    penalty = keras.regularizers.L2(row_l2)
    column = np.asarray(values, dtype="float32").reshape(-1, 1)
    return layers.Embedding(
        len(column), 1, weights=[column], activity_regularizer=penalty, name=name
    )


def build_neighborhood_model(biases, near, bias_l2, pair_l2):
    """Predict mu + b_u + b_i + the neighborhood; the biases start at their estimates.

    Args:
        biases: Biases of the training part, those that gave the residuals.
        near: Neighbors.
        bias_l2: float >= 0, penalty on a squared bias, per rating.
        pair_l2: float >= 0, as in `neighborhood`.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
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
    return keras.Model([user, item], around + user_bias(user) + item_bias(item) + biases.mean)


def contributions(model, near, user, item):
    """Return what each neighbor adds to one prediction of a model with learned weights.

    Args:
        model: Model from `build_neighborhood_model` or `build_integrated_model`.
        near: the Neighbors it was built with.
        user, item: ints, indices.

    Returns:
        (films, of_stars, of_choice): int array (n,), the neighbors that the user rated; two arrays
        (n,), in stars: what the residual of each adds, and what it adds that the film was rated.
    """
    require.arrays(
        "(num_items, k), (num_items, k), (num_users, num_items), (num_users, num_items)",
        **near._asdict(),
    )
    require.indices(len(near.films), films=near.films)
    require.zeros_and_ones(met=near.met)
    require.layers_named(model, "pair_weights", "pair_offsets")
    require.indices(len(near.met), "()", user=user)
    require.indices(len(near.films), "()", item=item)
    learned, offsets = (
        model.get_layer(name).get_weights()[0][item] for name in ("pair_weights", "pair_offsets")
    )
    films = near.films[item]
    rated = near.met[user, films] > 0
    root = np.sqrt(max(rated.sum(), 1))
    of_stars = near.residuals[user, films] * (near.weights[item] + learned) / root
    return films[rated], of_stars[rated], offsets[rated] / root


def weight_step(weights, offsets, residuals, error, rate, pair_l2):
    """Move the weights of one rating a step down the gradient of its squared error.

    The loss is (error^2 + pair_l2 (sum of w_j^2 + sum of c_j^2)) / 2: the half spares a factor 2.

    Args:
        weights, offsets: arrays (n,), w_ij and c_ij of the n neighbors that the user rated, n >= 1.
        residuals: array (n,), what the baseline leaves of the user's ratings of them.
        error: float, the rating minus its prediction.
        rate, pair_l2: floats, learning rate and penalty.

    Returns:
        The new (weights, offsets).
    """
    require.arrays("(n,)", weights=weights, offsets=offsets, residuals=residuals)
    require.full_precision(weights=weights, offsets=offsets, residuals=residuals)
    require.finite(error=error)
    require.within("[0, inf)", rate=rate, pair_l2=pair_l2)
    share = error / np.sqrt(len(weights))
    return (
        weights + rate * (share * residuals - pair_l2 * weights),
        offsets + rate * (share - pair_l2 * offsets),
    )
