"""The results table of unit 05: from baseline estimates to neighbors with learned weights.

The settings of the models stand in `utils.units.neighborhood.settings`.
"""

import time
from functools import partial

import numpy as np

from utils import baselines, evaluation, movielens, training
from utils.units.neighborhood import learned_weights, neighbors, settings
from utils.units.neighborhood.estimates import residual_matrix
from utils.units.neighborhood.integrated import build_integrated_model


def experiments():
    """Yield (settings, run) for every model on the random and on the temporal split."""
    data = movielens.load("100k")
    splits = {"random": evaluation.split_random, "temporal": evaluation.split_temporal}
    for split_name, split in splits.items():
        train, test = split(data.ratings)
        for model_name, fit_and_predict in MODELS.items():
            row = {"split": split_name, "model": model_name}
            yield row, partial(measure, fit_and_predict, data, train, test)


def measure(fit_and_predict, data, train, rows, seed):
    """Return the errors of a model on rows that it has not seen, and what it cost.

    Args:
        fit_and_predict: function of (data, train, rows) that returns predictions of rows.
        data: MovieLens.
        train, rows: DataFrames.
        seed: int; the models that draw random numbers are Keras models, seeded by the caller.

    Returns:
        dict with what `evaluation.warm_and_cold_metrics` returns, in stars, and "seconds" for
        training and predicting.
    """
    started = time.perf_counter()
    predictions = fit_and_predict(data, train, rows)
    seconds = time.perf_counter() - started
    return {**evaluation.warm_and_cold_metrics(train, rows, predictions), "seconds": seconds}


def fit_baseline(data, train):
    """Return the Biases, residuals and met of a training part; see `residual_matrix`."""
    biases = baselines.fit_biases(train, data.num_users, data.num_items)
    return biases, *residual_matrix(biases, train)


def global_mean(data, train, rows):
    """Predict the mean rating for all rows."""
    return np.full(len(rows), train["rating"].mean())


def only_biases(data, train, rows):
    """Predict the baseline estimate of each row."""
    return baselines.predict_biases(fit_baseline(data, train)[0], rows)


def item_knn(data, train, rows, similarity, mean):
    """Predict rows from films that are rated alike.

    Args:
        data, train, rows: as in `measure`.
        similarity, mean: dicts, arguments of `weigh_films` and of `predict_from_neighbors`.
    """
    biases, residuals, met = fit_baseline(data, train)
    weights = neighbors.weigh_films(residuals, met, **similarity)
    found = neighbors.predict_from_neighbors(weights, residuals, met, **mean)
    at_rows = found[rows["user_index"], rows["item_index"]]
    return baselines.predict_biases(biases, rows) + at_rows


def user_knn(data, train, rows, similarity, mean):
    """Predict rows from users who rate alike; arguments as in `item_knn`."""
    biases, residuals, met = fit_baseline(data, train)
    weights = neighbors.weigh_films(residuals.T, met.T, **similarity)
    found = neighbors.predict_from_neighbors(weights, residuals.T, met.T, **mean).T
    at_rows = found[rows["user_index"], rows["item_index"]]
    return baselines.predict_biases(biases, rows) + at_rows


def learned(
    data, train, rows, near=settings.NEAR, pair_l2=settings.PAIR_L2, frozen=(), **training_settings
):
    """Train the model with learned weights and predict rows.

    Args:
        data, train, rows: as in `measure`.
        near: dict, arguments of `find_neighbors`.
        pair_l2: float, as in `build_neighborhood_model`.
        frozen: names of layers that do not learn.
        training_settings: for `training.fit`, if not those of the unit.
    """
    biases, residuals, met = fit_baseline(data, train)
    found = learned_weights.find_neighbors(residuals, met, **near)
    model = learned_weights.build_neighborhood_model(biases, found, settings.BIAS_L2, pair_l2)
    for name in frozen:
        model.get_layer(name).trainable = False
    training.fit(model, train, **{**settings.TRAINING, **training_settings})
    return training.predict(model, rows)


def integrated(data, train, rows, near=settings.NEAR_FACTORS, frozen=()):
    """Train factors and neighborhood together and predict rows; arguments as in `learned`."""
    biases, residuals, met = fit_baseline(data, train)
    found = learned_weights.find_neighbors(residuals, met, **near)
    model = build_integrated_model(
        biases, found, settings.BIAS_L2, settings.PAIR_L2_FACTORS, **settings.FACTORS
    )
    for name in frozen:
        model.get_layer(name).trainable = False
    training.fit(model, train, **settings.LONG_TRAINING)
    return training.predict(model, rows)


def names_of(part):
    """Return two arguments, named."""
    return dict(zip(("similarity", "mean"), part, strict=True))


MODELS = {
    "global mean": global_mean,
    "biases": only_biases,
    "user-kNN": partial(user_knn, **names_of(settings.USER_KNN)),
    "item-kNN, plain": partial(item_knn, **names_of(settings.PLAIN)),
    "item-kNN": partial(item_knn, **names_of(settings.ITEM_KNN)),
    "learned, from zero": partial(learned, near=settings.NEAR_ZERO, pair_l2=settings.PAIR_L2_ZERO),
    "learned weights": learned,
    "factors alone": partial(integrated, near=settings.NO_NEIGHBORS, frozen=settings.PAIRS),
    "integrated": integrated,
}
