"""The best single model of unit 08 on the five official folds u1 to u5, and the mean of its seeds.

Published errors on MovieLens-100K often use the fold u1, so ours are measured there as well. The
settings are those of the table, `utils.units.deep_recsys.settings`. They were chosen on ratings
that are spread over all five folds; the lecture says what follows from that.
"""

from functools import cache, partial

import keras
import numpy as np

from utils import evaluation, movielens, training
from utils.experiments import deep_recsys as experiment
from utils.units.deep_recsys.settings import BEST


def experiments():
    """Yield (settings, run) for two baselines and the best single model on every fold."""
    data = movielens.load("100k")
    for number, (train, test) in enumerate(evaluation.split_folds(data.ratings), start=1):
        for name in ("global mean", "biases"):
            fit = experiment.BASELINES[name]
            settings = {"fold": f"u{number}", "model": name}
            yield settings, partial(measure_baseline, fit, data, train, test)
        yield {"fold": f"u{number}", "model": BEST}, partial(measure_best, number)


def measure_baseline(fit, data, train, test, seed):
    """Return "rmse" and "mae" of a baseline of `utils.experiments.deep_recsys`, in stars."""
    return evaluation.rating_metrics(test["rating"], fit(data, train)[0](test))


def measure_best(number, seed):
    """Return the errors of the model with one seed, and of the mean of all seeds up to this one.

    Args:
        number: int, 1 to 5, of the fold.
        seed: int from 0. With seed 4, the mean is that of five models.

    Returns:
        dict of floats in stars: "rmse", "mae", "rmse_of_mean" and "mae_of_mean".
    """
    stars = _fold(number)[2]["rating"]
    members = [_predict(number, member) for member in range(seed + 1)]
    of_mean = evaluation.rating_metrics(stars, np.mean(members, axis=0))
    return {
        **evaluation.rating_metrics(stars, members[-1]),
        **{f"{name}_of_mean": value for name, value in of_mean.items()},
    }


def _fold(number):
    data = movielens.load("100k")
    return data, *evaluation.split_folds(data.ratings)[number - 1]


@cache
def _predict(number, seed):
    """Train the model on a fold; return its predictions of the test rows."""
    keras.utils.set_random_seed(seed)
    data, train, test = _fold(number)
    model = experiment.build_best(data, train)
    training.fit(model, train)
    return training.predict(model, test)
