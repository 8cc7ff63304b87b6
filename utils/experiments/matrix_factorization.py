"""The results table of unit 06: each improvement of matrix factorization, on two splits.

The settings were chosen on 8,000 rows of the random training part, never on test rows.
"""

import time
from functools import partial

import numpy as np

from utils import baselines, evaluation, movielens, training
from utils.units import matrix_factorization

EMBEDDING_DIM = 32
BIASED = {"row_l2": 0.1, "bias_l2": 0.02}
SVDPP = {**BIASED, "bag_l2": 2e-4}
DROPOUT = 0.3
TABLE_L2 = 1e-4
ALS_L2, ALS_SWEEPS = 0.15, 10


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
    """Return the errors of a model on the test part, on its known users and on its new users.

    Args:
        fit_and_predict: function of (data, train, rows, seed) that returns predictions of rows.
        data: MovieLens.
        train, test: DataFrames.
        seed: int.

    Returns:
        dict with "rmse", "mae" in stars; "warm_rmse" for users who have training ratings and, if
        there are others, "cold_rmse" for those; "seconds" for training and predicting.
    """
    started = time.perf_counter()
    predictions = fit_and_predict(data, train, test, seed)
    seconds = time.perf_counter() - started
    warm = test["user_index"].isin(train["user_index"]).to_numpy()
    metrics = evaluation.rating_metrics(test["rating"], predictions)
    for name, part in (("warm_rmse", warm), ("cold_rmse", ~warm)):
        if part.any():
            metrics[name] = evaluation.rating_metrics(test["rating"][part], predictions[part])[
                "rmse"
            ]
    return {**metrics, "seconds": seconds}


def build_biased(data, train):
    """Return the biased model with the settings of the table, untrained."""
    return matrix_factorization.build_biased_model(
        data.num_users, data.num_items, EMBEDDING_DIM, float(train["rating"].mean()), **BIASED
    )


def build_svdpp(data, train, dropout=DROPOUT):
    """Return the SVD++ model with the settings of the table, untrained."""
    bags = matrix_factorization.make_bags(train, data.num_users, data.num_items)
    mean_rating = float(train["rating"].mean())
    return matrix_factorization.build_svdpp_model(
        *bags, EMBEDDING_DIM, mean_rating, dropout=dropout, **SVDPP
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
        training.fit(model, train)
        return training.predict(model, rows)

    return fit_and_predict


def _dot(data, train):
    return matrix_factorization.build_dot_model(data.num_users, data.num_items, EMBEDDING_DIM)


def _with_biases(data, train):
    return matrix_factorization.build_biased_model(
        data.num_users, data.num_items, EMBEDDING_DIM, float(train["rating"].mean())
    )


def _with_table_l2(data, train):
    return matrix_factorization.build_biased_model(
        data.num_users,
        data.num_items,
        EMBEDDING_DIM,
        float(train["rating"].mean()),
        table_l2=TABLE_L2,
    )


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
