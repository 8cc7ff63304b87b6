"""The results of unit 08: from dot product to MLP to metadata, on three splits.

All splits are drawn with seed 0; the seed of a run draws weights and the order of the batches. The
settings were chosen on 8,000 rows of the random training part, never on test rows.
"""

import time
from functools import cache, partial

import numpy as np

from utils import (
    baselines,
    deep_recsys,
    evaluation,
    fold_in,
    metadata,
    movielens,
    notebook,
    training,
)
from utils.experiments.matrix_factorization import build_biased
from utils.matrix_factorization import make_bags

HYBRID_DIM, FEW_DIM, MLP_DIM = 64, 8, 32
HYBRID = {"row_l2": 0.2, "bias_l2": 0.02, "column_l2": 1.5e-4, "dropout": 0.4}
MLP = {"row_l2": 0.001, "dropout": 0.4}
MLP_WITH_METADATA = {"row_l2": 0.01, "dropout": 0.2}
METADATA_ONLY = {**HYBRID, "row_l2": 0.05, "dropout": 0.3}
FIRST_RATINGS = (0, 1, 2, 5, 10)
NUM_MEMBERS = 5


def experiments():
    """Yield (settings, run) for every model on the splits it is measured on."""
    data = movielens.load("100k")
    for split_name, (train, test) in split_all(data).items():
        for model_name, fit in MODELS[split_name].items():
            settings = {"split": split_name, "model": model_name}
            yield settings, partial(measure, fit, data, train, test)
    for split_name, model_name, run in (
        ("random", "dot + bags + metadata", measure_member),
        ("random", "mean of four", measure_mean_of_four),
        ("random", "classes", measure_classes),
        ("cold", "dot + bags + metadata", measure_first_ratings),
    ):
        yield {"split": split_name, "model": model_name}, partial(run, data)


def split_all(data):
    """Return a dict from the name of a split to (train, test)."""
    return {
        "random": evaluation.split_random(data.ratings),
        "temporal": evaluation.split_temporal(data.ratings),
        "cold": metadata.split_cold(data.ratings, data.num_users, data.num_items),
    }


def measure(fit, data, train, test, seed):
    """Return the errors of a model that predicts stars, what it cost, and its size.

    Args:
        fit: function of (data, train) that returns a function from rows to predictions, and the
            model; None for a baseline.
        data: MovieLens.
        train, test: DataFrames.
        seed: int; set for all libraries by the caller.

    Returns:
        dict with what `errors` returns; "seconds" on the clock and "processor_seconds" (of all
        cores together) for training and predicting; "parameters".
    """
    return _fit_and_measure(fit, data, train, test)[0]


def measure_member(data, seed):
    """Return the errors of the best single model on the random split."""
    return _member(seed)[0]


def measure_mean_of_four(data, seed):
    """Return the errors of the mean of the five best single models but one, and of all five.

    Five trainings give only one mean of five, so the spread is that of leaving one out: seed s
    names the model that is missing. "rmse_of_five" is the same number for every seed.
    """
    train, test = split_all(data)["random"]
    members = np.stack([_member(member)[1] for member in range(NUM_MEMBERS)])
    of_five = evaluation.rating_metrics(test["rating"], members.mean(axis=0))
    of_four = errors(train, test, np.delete(members, seed, axis=0).mean(axis=0))
    return {**of_four, "rmse_of_five": of_five["rmse"], "mae_of_five": of_five["mae"]}


def measure_classes(data, seed):
    """Return the errors of the classifier of stars on the random split, read in three ways."""
    train, test = split_all(data)["random"]
    started = time.perf_counter(), time.process_time()
    model = build_classes(data, train)
    deep_recsys.fit_classifier(model, train)
    probabilities = deep_recsys.predict_probabilities(model, test)
    cost = time.perf_counter() - started[0], time.process_time() - started[1]
    most_likely = deep_recsys.STARS[probabilities.argmax(axis=1)]
    likely = evaluation.rating_metrics(test["rating"], most_likely)
    median = evaluation.rating_metrics(test["rating"], deep_recsys.median_stars(probabilities))
    return {
        **errors(train, test, deep_recsys.expected_stars(probabilities)),
        "seconds": cost[0],
        "processor_seconds": cost[1],
        "parameters": _count_parameters(model),
        "rmse_most_likely": likely["rmse"],
        "mae_most_likely": likely["mae"],
        "rmse_median": median["rmse"],
        "mae_median": median["mae"],
    }


def measure_first_ratings(data, seed):
    """Return the errors of the best single model on the cold split, and after a few ratings.

    The first n ratings of each held-out user are revealed (n = 0, 1, 2, 5, 10); measured are the
    ratings after the tenth, of warm films: "facts_00" with age, sex and occupation, "nameless_00"
    without, "biases_00" for mean + biases.
    """
    train, test = split_all(data)["cold"]
    metrics, _, model = _fit_and_measure(_keras(build_best), data, train, test)
    tables = fold_in.read_tables(model, float(train["rating"].mean()))
    user_facts = metadata.describe_users(data.users).to_numpy()
    biases = baselines.fit_biases(train, data.num_users, data.num_items)

    def predict_with_facts(rated, stars, user_index):
        return fold_in.predict_new_user(tables, rated, stars, user_facts[user_index])

    def predict_without_facts(rated, stars, user_index):
        return fold_in.predict_new_user(tables, rated, stars, 0 * user_facts[0])

    def predict_biases(rated, stars, user_index):
        scores = biases.mean + biases.item
        return scores + np.sum(stars - scores[rated]) / (len(rated) + 5)  # shrunk as in fit_biases

    predictors = {
        "facts": predict_with_facts,
        "nameless": predict_without_facts,
        "biases": predict_biases,
    }
    for name, predict in predictors.items():
        for num_known in FIRST_RATINGS:
            metrics[f"{name}_{num_known:02}"] = _rmse_after(predict, train, test, num_known)
    return metrics


def errors(train, test, predictions):
    """Return the errors of predictions, of all rows and of warm and cold ones apart.

    Returns:
        dict of floats in stars: "rmse" and "mae" of all rows; the RMSE of "warm" rows (user and
        film have training ratings), of "cold_users" (the film has, the user has not) and of
        "cold_films" (the reverse), each left out if there is no such row.
    """
    user_is_known = test["user_index"].isin(train["user_index"]).to_numpy()
    film_is_known = test["item_index"].isin(train["item_index"]).to_numpy()
    parts = {
        "warm": user_is_known & film_is_known,
        "cold_users": ~user_is_known & film_is_known,
        "cold_films": user_is_known & ~film_is_known,
    }
    of_parts = {
        name: evaluation.rating_metrics(test["rating"][part], predictions[part])["rmse"]
        for name, part in parts.items()
        if part.any()
    }
    return {**evaluation.rating_metrics(test["rating"], predictions), **of_parts}


def describe(data, train, with_bags, with_metadata):
    """Return the rows that describe users and films to a hybrid model: bags, metadata, or both.

    Args:
        data: MovieLens.
        train: DataFrame, the training ratings alone.
        with_bags, with_metadata: bools, at least one of them True.

    Returns:
        (user_rows, item_rows), float32 arrays; the columns of a bag come first.
    """
    user_blocks, item_blocks = [], []
    if with_bags:
        user_bags, item_bags = make_bags(train, data.num_users, data.num_items)
        user_blocks.append(user_bags)
        item_blocks.append(item_bags)
    if with_metadata:
        user_blocks.append(metadata.describe_users(data.users).to_numpy())
        item_blocks.append(metadata.describe_films(data.items, train).to_numpy())
    return np.hstack(user_blocks), np.hstack(item_blocks)


def build_best(data, train, embedding_dim=HYBRID_DIM, dropout=HYBRID["dropout"]):
    """Return the hybrid model with bags and metadata and the settings of the table, untrained."""
    settings = {**HYBRID, "dropout": dropout}
    rows = describe(data, train, with_bags=True, with_metadata=True)
    mean_rating = float(train["rating"].mean())
    return deep_recsys.build_hybrid_model(*rows, embedding_dim, mean_rating, **settings)


def build_classes(data, train):
    """Return the classifier of stars with bags and metadata, untrained."""
    rows = describe(data, train, with_bags=True, with_metadata=True)
    return deep_recsys.build_star_classifier(*rows, HYBRID_DIM, **HYBRID)


def _fit_and_measure(fit, data, train, test):
    """Return (metrics, predictions of the test rows, model)."""
    started = time.perf_counter(), time.process_time()
    predict, model = fit(data, train)
    predictions = predict(test)
    metrics = errors(train, test, predictions)
    metrics["seconds"] = time.perf_counter() - started[0]
    metrics["processor_seconds"] = time.process_time() - started[1]
    if model is not None:
        metrics["parameters"] = _count_parameters(model)
    return metrics, predictions, model


@cache
def _member(seed):
    """Train the best single model on the random split; return (metrics, test predictions)."""
    notebook.start(seed)
    data = movielens.load("100k")
    train, test = split_all(data)["random"]
    return _fit_and_measure(_keras(build_best), data, train, test)[:2]


def _rmse_after(predict, train, test, num_known, num_skipped=10):
    """Return the RMSE of new users' ratings after the tenth, the first `num_known` being known."""
    is_judged = ~test["user_index"].isin(train["user_index"]) & test["item_index"].isin(
        train["item_index"]
    )
    predictions, ratings = [], []
    by_time = test[is_judged].sort_values("timestamp", kind="stable")
    for user_index, rows in by_time.groupby("user_index"):
        items, stars = rows["item_index"].to_numpy(), rows["rating"].to_numpy()
        of_all = predict(items[:num_known], stars[:num_known], user_index)
        predictions.append(of_all[items[num_skipped:]])
        ratings.append(stars[num_skipped:])
    return evaluation.rating_metrics(np.concatenate(ratings), np.concatenate(predictions))["rmse"]


def _count_parameters(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


def _global_mean(data, train):
    mean_rating = train["rating"].mean()
    return lambda rows: np.full(len(rows), mean_rating), None


def _biases(data, train):
    biases = baselines.fit_biases(train, data.num_users, data.num_items)
    return lambda rows: baselines.predict_biases(biases, rows), None


def _keras(build):
    def fit(data, train):
        model = build(data, train)
        training.fit(model, train)
        return partial(training.predict, model), model

    return fit


def _mlp(data, train):
    mean_rating = float(train["rating"].mean())
    return deep_recsys.build_mlp_model(data.num_users, data.num_items, MLP_DIM, mean_rating, **MLP)


def _mlp_with_metadata(data, train):
    rows = describe(data, train, with_bags=False, with_metadata=True)
    mean_rating = float(train["rating"].mean())
    return deep_recsys.build_mlp_with_metadata(*rows, MLP_DIM, mean_rating, **MLP_WITH_METADATA)


def _dot_with_metadata(data, train):
    return _hybrid_of(train, *describe(data, train, with_bags=False, with_metadata=True))


def _hybrid_of(train, user_facts, film_facts):
    mean_rating = float(train["rating"].mean())
    return deep_recsys.build_hybrid_model(
        user_facts, film_facts, HYBRID_DIM, mean_rating, **METADATA_ONLY
    )


def _dot_with_bags(data, train):
    rows = describe(data, train, with_bags=True, with_metadata=False)
    mean_rating = float(train["rating"].mean())
    return deep_recsys.build_hybrid_model(*rows, HYBRID_DIM, mean_rating, **HYBRID)


def _without_user_facts(data, train):
    user_facts, film_facts = describe(data, train, with_bags=False, with_metadata=True)
    return _hybrid_of(train, 0 * user_facts, film_facts)


def _without_popularity(data, train):
    user_facts, film_facts = describe(data, train, with_bags=False, with_metadata=True)
    return _hybrid_of(train, user_facts, film_facts[:, :-1])


BASELINES = {"global mean": _global_mean, "biases": _biases}
MODELS = {
    "random": {
        **BASELINES,
        "dot product (unit 06)": _keras(build_biased),
        "MLP": _keras(_mlp),
        "MLP + metadata": _keras(_mlp_with_metadata),
        "dot + metadata": _keras(_dot_with_metadata),
        "dot + bags": _keras(_dot_with_bags),
        "without dropout": _keras(partial(build_best, dropout=0.0)),
        "with 8 factors": _keras(partial(build_best, embedding_dim=FEW_DIM)),
    },
    "temporal": {
        **BASELINES,
        "dot product (unit 06)": _keras(build_biased),
        "MLP + metadata": _keras(_mlp_with_metadata),
        "dot + metadata": _keras(_dot_with_metadata),
        "dot + bags": _keras(_dot_with_bags),
        "dot + bags + metadata": _keras(build_best),
    },
    "cold": {
        **BASELINES,
        "dot product (unit 06)": _keras(build_biased),
        "MLP + metadata": _keras(_mlp_with_metadata),
        "dot + metadata": _keras(_dot_with_metadata),
        "dot + bags": _keras(_dot_with_bags),
        "dot + metadata but age, sex, occupation": _keras(_without_user_facts),
        "dot + metadata but popularity": _keras(_without_popularity),
    },
}
