"""The results of unit 07: factorization machines on stars and on likes, random and temporal split.

Both splits are those of unit 06. A model that learns how likely each number of
stars is gets judged twice: by the stars it expects, and by the probability of four or five of them.
"""

import time
from functools import partial

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder

from utils import baselines, evaluation, likes, movielens, training
from utils.units.factorization_machines import heads, models
from utils.units.factorization_machines.fields import make_fields
from utils.units.factorization_machines.settings import (
    FFM,
    FIELDS,
    FROM_LIKES,
    SETTINGS,
)


def experiments():
    """Yield (settings, run) for every model on the splits it is measured on."""
    data = movielens.load("100k")
    splits = {"random": evaluation.split_random, "temporal": evaluation.split_temporal}
    for split_name, split in splits.items():
        train, test = (likes.add_likes(part) for part in split(data.ratings))
        for model_name in MODELS[split_name]:
            settings = {"split": split_name, "model": model_name}
            yield settings, partial(measure, MODELS[split_name][model_name], data, train, test)


def measure(fit_and_predict, data, train, test, seed):
    """Return the errors of a model on the test part, and what it cost.

    Args:
        fit_and_predict: function of (data, train, test) that returns a dict with "stars" and
            "like", arrays of predictions, or one of them; and "parameters", an int.
        data: MovieLens.
        train, test: DataFrames with the column `liked`.
        seed: int; set for all libraries by the caller.

    Returns:
        dict of floats: what `evaluation.warm_and_cold_metrics` says of the stars, what
        `likes.like_metrics` says of the likes; "seconds" on the clock and "processor_seconds" for
        training and predicting.
    """
    started = time.perf_counter(), time.process_time()
    predicted = fit_and_predict(data, train, test)
    metrics = {
        "seconds": time.perf_counter() - started[0],
        "processor_seconds": time.process_time() - started[1],
        "parameters": predicted["parameters"],
    }
    if "stars" in predicted:
        metrics |= evaluation.warm_and_cold_metrics(train, test, predicted["stars"])
    if "like" in predicted:
        metrics |= likes.like_metrics(test, predicted["like"])
    return metrics


def build(data, train, names):
    """Return a factorization machine of the stars given, untrained.

    Args:
        data: MovieLens.
        train: DataFrame.
        names: str, one of FIELDS.
    """
    fields = make_fields(data, train, FIELDS[names])
    return models.build_fm(fields, heads.to_stars_given, **SETTINGS[names])


def build_across(data, train):
    """Return one with pairs of a field of the user and a field of the film alone, untrained."""
    fields = make_fields(data, train)
    of_user = [field.index == "user_index" for field in fields]
    products = partial(models.cross_products, of_user=of_user)
    return models.build_fm(
        fields, heads.to_stars_given, products=products, **SETTINGS["all fields"]
    )


def fit_stars(model, train):
    """Train a model with the head `to_stars_given`, in place."""
    classes = train.assign(star_class=train["rating"] - 1)
    training.fit(model, classes, target="star_class", loss="sparse_categorical_crossentropy")


def build_field_aware(data, train):
    """Return a field-aware one of the stars given, untrained."""
    return models.build_ffm(make_fields(data, train), heads.to_stars_given, **FFM)


def _of_stars(build):
    def fit_and_predict(data, train, test):
        model = build(data, train)
        fit_stars(model, train)
        probabilities = heads.predict_given(model, test)
        return {
            "stars": heads.mean_stars(probabilities),
            "like": heads.like_probability(probabilities),
            "parameters": _count(model),
        }

    return fit_and_predict


def _from_likes(data, train, test):
    model = models.build_fm(make_fields(data, train), heads.to_like, **FROM_LIKES)
    training.fit(model, train, target="liked", loss="binary_crossentropy")
    return {"like": training.predict(model, test), "parameters": _count(model)}


def _biases(data, train, test):
    biases = baselines.fit_biases(train, data.num_users, data.num_items)
    return {
        "stars": baselines.predict_biases(biases, test),
        "parameters": 1 + data.num_users + data.num_items,
    }


def _film_share(data, train, test):
    """The share of likes of a film, pulled toward that of all films as by three ratings."""
    counts = np.bincount(train["item_index"], minlength=data.num_items)
    sums = np.bincount(train["item_index"], weights=train["liked"], minlength=data.num_items)
    shares = (sums + 3 * train["liked"].mean()) / (counts + 3)
    return {"like": shares[test["item_index"]], "parameters": data.num_items}


def _logistic(data, train, test):
    ids = ["user_index", "item_index"]
    encoder = OneHotEncoder(handle_unknown="ignore").fit(train[ids])
    model = LogisticRegression(max_iter=1000).fit(encoder.transform(train[ids]), train["liked"])
    like = model.predict_proba(encoder.transform(test[ids]))[:, 1]
    return {"like": like, "parameters": 1 + model.coef_.size}


def _count(model):
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


MODELS = {
    "random": {
        "biases": _biases,
        "share of likes": _film_share,
        "logistic regression": _logistic,
        **{f"FM, {names}": _of_stars(partial(build, names=names)) for names in FIELDS},
        "FM, learned from likes": _from_likes,
        "FM, pairs across": _of_stars(build_across),
        "FFM, all fields": _of_stars(build_field_aware),
    },
    "temporal": {
        "biases": _biases,
        "FM, ids": _of_stars(partial(build, names="ids")),
        "FM, all fields": _of_stars(partial(build, names="all fields")),
    },
}
