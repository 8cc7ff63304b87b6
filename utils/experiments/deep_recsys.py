"""The results of unit 08: from dot product to MLP to metadata, on three splits.

All splits are drawn with seed 0; the seed of a run draws weights and the order of the batches. The
settings of each model are those of its best trial in `deep_recsys_search`, on validation rows of
the random training part (`utils.units.deep_recsys.settings`); they are kept on the other splits.
"""

import time
from functools import cache, partial

import keras
import numpy as np

from utils import baselines, evaluation, metadata, movielens, training
from utils.experiments import deep_recsys_search as search
from utils.experiments.matrix_factorization import build_biased
from utils.units.deep_recsys import fold_in, star_classes
from utils.units.deep_recsys.settings import BEST, BIAS_L2, FIRST_RATINGS, MANY_FACTORS, SETTINGS

SHRINKAGES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
NUM_MEMBERS = 5


def experiments():
    """Yield (settings, run) for every model on the splits it is measured on."""
    data = movielens.load("100k")
    for split_name, (train, test) in split_all(data).items():
        for model_name, fit in MODELS[split_name].items():
            settings = {"split": split_name, "model": model_name}
            yield settings, partial(measure, fit, data, train, test)
    for split_name, model_name, run in (
        ("random", BEST, measure_member),
        ("random", "mean of four", measure_mean_of_four),
        ("random", "classes", measure_classes),
        ("cold", BEST, measure_first_ratings),
    ):
        yield {"split": split_name, "model": model_name}, partial(run, data)


def split_all(data):
    """Return a dict from the name of a split to (train, test)."""
    return {
        "random": evaluation.split_random(data.ratings),
        "temporal": evaluation.split_temporal(data.ratings),
        "cold": evaluation.split_cold(data.ratings, data.num_users, data.num_items),
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
        dict with what `evaluation.warm_and_cold_metrics` returns; "seconds" on the clock and
        "processor_seconds" (of all cores together) for training and predicting; "parameters".
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
    of_four = evaluation.warm_and_cold_metrics(
        train, test, np.delete(members, seed, axis=0).mean(axis=0)
    )
    return {**of_four, "rmse_of_five": of_five["rmse"], "mae_of_five": of_five["mae"]}


def measure_classes(data, seed):
    """Return the errors of the classifier of stars on the random split, read in three ways.

    "claimed_0" to "observed_9" is what `star_classes.calibrate` returns, the surest tenth first.
    """
    train, test = split_all(data)["random"]
    started = time.perf_counter(), time.process_time()
    model = build_classes(data, train)
    classes = train.assign(star_class=train["rating"] - 1)
    training.fit(model, classes, target="star_class", loss="sparse_categorical_crossentropy")
    probabilities = star_classes.predict_probabilities(model, test)
    cost = time.perf_counter() - started[0], time.process_time() - started[1]
    most_likely = star_classes.STARS[probabilities.argmax(axis=1)]
    likely = evaluation.rating_metrics(test["rating"], most_likely)
    median = evaluation.rating_metrics(test["rating"], star_classes.median_stars(probabilities))
    claimed, observed = star_classes.calibrate(probabilities, test["rating"])
    tenths = {
        **{f"claimed_{place}": spread for place, spread in enumerate(claimed)},
        **{f"observed_{place}": error for place, error in enumerate(observed)},
    }
    return {
        **evaluation.warm_and_cold_metrics(train, test, star_classes.expected_stars(probabilities)),
        **tenths,
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
    without, "biases_00" for mean + biases. How strongly the numbers of a new user are pulled toward
    zero is chosen for each of the three on users held out of the training part, with a model
    that has not seen them: "facts_shrinkage" and so on.
    """
    train, test = split_all(data)["cold"]
    metrics, _, model = _fit_and_measure(_keras(build_best), data, train, test)
    inner_train, inner_test = evaluation.split_cold(train, data.num_users, data.num_items, seed=1)
    inner_model = build_best(data, inner_train)
    training.fit(inner_model, inner_train)
    trials = _predictors_of_new_users(data, inner_train, inner_model)
    for name, predict in _predictors_of_new_users(data, train, model).items():
        errors_of = {
            shrinkage: np.mean(
                [
                    _rmse_after(trials[name], shrinkage, inner_train, inner_test, num_known)
                    for num_known in FIRST_RATINGS
                ]
            )
            for shrinkage in SHRINKAGES
        }
        shrinkage = min(errors_of, key=errors_of.get)
        metrics[f"{name}_shrinkage"] = shrinkage
        for num_known in FIRST_RATINGS:
            rmse = _rmse_after(predict, shrinkage, train, test, num_known)
            metrics[f"{name}_{num_known:02}"] = rmse
    return metrics


def build_best(data, train, **changes):
    """Return the best single model, untrained, with the settings of the table or changed ones."""
    return search.BUILDERS[BEST](data, train, {**SETTINGS[BEST], **changes})


def build_classes(data, train):
    """Return the classifier of stars with bags and metadata, untrained."""
    rows = search.describe(data, train, with_bags=True, with_metadata=True)
    return star_classes.build_star_classifier(*rows, bias_l2=BIAS_L2, **SETTINGS[BEST])


def _fit_and_measure(fit, data, train, test):
    """Return (metrics, predictions of the test rows, model)."""
    started = time.perf_counter(), time.process_time()
    predict, model = fit(data, train)
    predictions = predict(test)
    metrics = evaluation.warm_and_cold_metrics(train, test, predictions)
    metrics["seconds"] = time.perf_counter() - started[0]
    metrics["processor_seconds"] = time.process_time() - started[1]
    if model is not None:
        metrics["parameters"] = _count_parameters(model)
    return metrics, predictions, model


@cache
def _member(seed):
    """Train the best single model on the random split; return (metrics, test predictions)."""
    keras.utils.set_random_seed(seed)
    data = movielens.load("100k")
    train, test = split_all(data)["random"]
    return _fit_and_measure(_keras(build_best), data, train, test)[:2]


def _predictors_of_new_users(data, train, model):
    """Return a dict of functions (rated, stars, user_index, shrinkage) -> stars of all films."""
    tables = fold_in.read_tables(model, float(train["rating"].mean()))
    user_facts = metadata.describe_users(data.users).to_numpy()
    biases = baselines.fit_biases(train, data.num_users, data.num_items)

    def predict_with_facts(rated, stars, user_index, shrinkage):
        return fold_in.predict_new_user(tables, rated, stars, user_facts[user_index], shrinkage)

    def predict_without_facts(rated, stars, user_index, shrinkage):
        return fold_in.predict_new_user(tables, rated, stars, 0 * user_facts[0], shrinkage)

    def predict_biases(rated, stars, user_index, shrinkage):
        scores = biases.mean + biases.item
        return scores + np.sum(stars - scores[rated]) / (len(rated) + shrinkage)

    return {
        "facts": predict_with_facts,
        "nameless": predict_without_facts,
        "biases": predict_biases,
    }


def _rmse_after(predict, shrinkage, train, test, num_known, num_skipped=10):
    """Return the RMSE of new users' ratings after the tenth, the first `num_known` being known."""
    is_judged = ~test["user_index"].isin(train["user_index"]) & test["item_index"].isin(
        train["item_index"]
    )
    predictions, ratings = [], []
    by_time = test[is_judged].sort_values("timestamp", kind="stable")
    for user_index, rows in by_time.groupby("user_index"):
        items, stars = rows["item_index"].to_numpy(), rows["rating"].to_numpy()
        of_all = predict(items[:num_known], stars[:num_known], user_index, shrinkage)
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


def _searched(name):
    def build(data, train):
        return search.BUILDERS[name](data, train, SETTINGS[name])

    return _keras(build)


def _without_user_facts(data, train):
    user_facts, item_facts = search.describe(data, train, with_bags=False, with_metadata=True)
    return search.build_hybrid_of(train, SETTINGS["dot + metadata"], 0 * user_facts, item_facts)


def _without_popularity(data, train):
    user_facts, item_facts = search.describe(data, train, with_bags=False, with_metadata=True)
    settings = SETTINGS["dot + metadata"]
    return search.build_hybrid_of(train, settings, user_facts, item_facts[:, :-1])


BASELINES = {"global mean": _global_mean, "biases": _biases}
BEFORE = {**BASELINES, "dot product (unit 06)": _keras(build_biased)}
WITH_FACTS = {
    name: _searched(name)
    for name in ("MLP + metadata", "MLP + bags + metadata", "dot + metadata", "dot + bags")
}
MODELS = {
    "random": {
        **BEFORE,
        "MLP": _searched("MLP"),
        **WITH_FACTS,
        "without dropout": _keras(partial(build_best, dropout=0.0)),
        "with 64 factors": _keras(partial(build_best, embedding_dim=MANY_FACTORS)),
    },
    "temporal": {**BEFORE, **WITH_FACTS, BEST: _searched(BEST)},
    "cold": {
        **BEFORE,
        **WITH_FACTS,
        "dot + metadata but age, sex, occupation": _keras(_without_user_facts),
        "dot + metadata but popularity": _keras(_without_popularity),
    },
}
