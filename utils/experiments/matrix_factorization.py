"""The results table of unit 06: each improvement of matrix factorization, on two splits.

The settings of the models stand in `utils.units.matrix_factorization`.
"""

import time
from functools import partial

import numpy as np

from utils import baselines, evaluation, movielens, training
from utils.units import matrix_factorization
from utils.units.matrix_factorization import (
    ALS_L2,
    ALS_SWEEPS,
    BIAS_L2,
    COLUMN_L2,
    DROPOUT,
    EMBEDDING_DIM,
    ROW_L2,
    TABLE_L2,
    TRAINING,
)
from utils.units.similarity.item_vectors import build_penalized_model


def experiments():
    """Yield (settings, run) for every model on the random and on the temporal split."""
    data = movielens.load("100k")
    splits = {"random": evaluation.split_random, "temporal": evaluation.split_temporal}
    for split_name, split in splits.items():
        train, test = split(data.ratings)
        for model_name, fit_and_predict in MODELS.items():
            settings = {"split": split_name, "model": model_name}
            yield settings, partial(measure, fit_and_predict, data, train, test)


def measure(fit_and_predict, data, train, test, seed):
    """Return the errors of a model on the test part, and what it cost.

    Args:
        fit_and_predict: function of (data, train, rows, seed) that returns predictions of rows.
        data: MovieLens.
        train, test: DataFrames.
        seed: int.

    Returns:
        dict with what `evaluation.warm_and_cold_metrics` returns, in stars, and "seconds" for
        training and predicting.
    """
    started = time.perf_counter()
    predictions = fit_and_predict(data, train, test, seed)
    seconds = time.perf_counter() - started
    return {**evaluation.warm_and_cold_metrics(train, test, predictions), "seconds": seconds}


def build_biased(data, train):
    """Return the biased model that pays for rows used, with the settings of the unit, untrained."""
    return build_penalized_model(*_sizes(data, train), row_l2=ROW_L2, bias_l2=BIAS_L2)


def build_svdpp(data, train, dropout=DROPOUT):
    """Return the SVD++ model with the settings of the unit, untrained."""
    return matrix_factorization.build_svdpp_model(
        *matrix_factorization.make_bags(train, data.num_users, data.num_items),
        EMBEDDING_DIM,
        float(train["rating"].mean()),
        row_l2=ROW_L2,
        bias_l2=BIAS_L2,
        column_l2=COLUMN_L2,
        dropout=dropout,
    )


def _global_mean(data, train, rows, seed):
    return np.full(len(rows), train["rating"].mean())


def _item_mean(data, train, rows, seed):
    means = baselines.fit_item_means(train, data.num_users, data.num_items)
    return baselines.predict_biases(means, rows)


def _biases(data, train, rows, seed):
    biases = baselines.fit_biases(train, data.num_users, data.num_items)
    return baselines.predict_biases(biases, rows)


def _als(data, train, rows, seed):
    biases = baselines.fit_biases(train, data.num_users, data.num_items)
    user_factors, item_factors = matrix_factorization.fit_als(
        biases, train, EMBEDDING_DIM, ALS_L2, ALS_SWEEPS, seed
    )
    dots = np.sum(user_factors[rows["user_index"]] * item_factors[rows["item_index"]], axis=1)
    return baselines.predict_biases(biases, rows) + dots


def _keras(build):
    def fit_and_predict(data, train, rows, seed):
        model = build(data, train)
        training.fit(model, train, **TRAINING)
        return training.predict(model, rows)

    return fit_and_predict


def _dot(data, train):
    return matrix_factorization.build_dot_model(data.num_users, data.num_items, EMBEDDING_DIM)


def _with_biases(data, train):
    return matrix_factorization.build_biased_model(*_sizes(data, train))


def _with_table_l2(data, train):
    sizes = _sizes(data, train)
    return matrix_factorization.build_table_penalized_model(*sizes, table_l2=TABLE_L2)


def _sizes(data, train):
    return data.num_users, data.num_items, EMBEDDING_DIM, float(train["rating"].mean())


MODELS = {
    "global mean": _global_mean,
    "film mean": _item_mean,
    "biases": _biases,
    "dot product": _keras(_dot),
    "+ biases": _keras(_with_biases),
    "+ L2 of whole tables": _keras(_with_table_l2),
    "+ L2 of rows used": _keras(build_biased),
    "the same by ALS": _als,
    "SVD++ bags": _keras(partial(build_svdpp, dropout=0.0)),
    "SVD++ bags + dropout": _keras(build_svdpp),
}
