"""The results of unit 14: when two tasks should share, how to weigh them, three heads on MovieLens.

Every seed of the simulated pair draws new directions, rows and weights. Widths, steps, learning
rates and penalties of the pair were chosen with seeds 100 to 102, which are not measured here;
those of MovieLens on 8,000 rows of the training part.
"""

import time
from functools import cache, partial

import keras
import numpy as np

from utils import baselines, evaluation, movielens
from utils.units.multitask_heads import balance
from utils.units.multitask_heads import datasets as data_of
from utils.units.multitask_heads import pair as training
from utils.units.multitask_heads import sharing as heads
from utils.units.multitask_heads import three_heads as three

COSINES = (-1.0, -0.9, -0.5, 0.0, 0.5, 0.9, 1.0)
# name: (labels of task B, hidden units)
SETTINGS = {"scarce": (60, 4), "crowded": (data_of.NUM_TRAIN, 2)}
SOFT_STRENGTH = 0.1
OTHER_UNIT = 0.1
WEIGHTS_OF_A = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)
FEW_STARS = 0.1
NUM_VALIDATION = 8_000


def experiments():
    """Yield (settings, run) for every row of the tables."""
    for setting, (num_labels, width) in SETTINGS.items():
        for cosine in COSINES:
            for model in ("single", "single, half width", "hard sharing"):
                settings = {"part": setting, "cosine": f"{cosine:.1f}", "model": model}
                yield settings, partial(run_pair, model, width, cosine, num_labels)
    for cosine in (0.0, 0.9, 1.0):
        for model in ("soft sharing", "cross-stitch"):
            settings = {"part": "scarce", "cosine": f"{cosine:.1f}", "model": model}
            yield settings, partial(run_pair, model, 4, cosine, 60)
    for scale_b in (1.0, OTHER_UNIT):
        for name in BALANCERS:
            settings = {"part": "balance", "unit of B": f"{scale_b:g}", "model": name}
            yield settings, partial(run_balance, BALANCERS[name], scale_b)
    for weight in WEIGHTS_OF_A:
        settings = {"part": "weights", "weight of A": f"{weight:.2f}", "model": "hard sharing"}
        balancer = partial(balance.fixed_balancer, [2 * weight, 2 - 2 * weight])
        yield settings, partial(run_balance, balancer, 1.0)
    for name, model in MOVIELENS.items():
        settings = {"part": "movielens", "stars told": "100%", "model": name}
        yield settings, partial(run_movielens, model, 1.0)
    for name in ("biases, popularity", "single", "shared, equal weights", "shared, uncertainty"):
        settings = {"part": "movielens", "stars told": f"{FEW_STARS:.0%}", "model": name}
        yield settings, partial(run_movielens, MOVIELENS[name], FEW_STARS)


def run_pair(model_name, width, cosine, num_labels, seed):
    """Train a model of the simulated pair with equal weights and return its errors.

    Args:
        model_name: str, a key of `ARCHITECTURES`.
        width: int, hidden units.
        cosine: float, the relation of the tasks.
        num_labels: int, training labels of task B.
        seed: int.

    Returns:
        dict: "error_a" and "error_b", shares of the variance of the test labels; for hard sharing
        also "angle_000", "angle_010" ..., means over ten steps of the cosine of the gradients.
    """
    model, task_gradients = _model(model_name, width)
    parts = data_of.make_pair(cosine, num_labels, seed=seed)
    return _fit_and_measure(model, task_gradients, balance.fixed_balancer([1.0, 1.0]), parts)


def run_balance(make_balancer, scale_b, seed):
    """Train two unrelated tasks on two hidden units with a balancer; returns as `run_pair`."""
    model, task_gradients = _model("hard sharing", 2)
    parts = data_of.make_pair(0.0, scale_b=scale_b, seed=seed)
    return _fit_and_measure(model, task_gradients, make_balancer(), parts)


def run_movielens(fit_and_measure, share, seed):
    """Return the metrics of `multitask_movielens.measure` and the seconds of one model.

    Args:
        fit_and_measure: function of (rows, validation rows, training ratings, test ratings,
            sizes) that returns the metrics.
        share: float, the share of training ratings whose stars are told.
        seed: int.
    """
    data, train, test = split_movielens()
    sizes = data.num_users, data.num_items
    rows = data_of.make_movielens_rows(
        train[NUM_VALIDATION:], train[NUM_VALIDATION:], *sizes, share, seed
    )
    validation = data_of.make_movielens_rows(train[:NUM_VALIDATION], train, *sizes)
    started = time.perf_counter()
    metrics = fit_and_measure(rows, validation, train, test, sizes)
    return {**metrics, "seconds": time.perf_counter() - started}


@cache
def split_movielens():
    """Return (data, train, test) of the random split; the first 8,000 of train validate."""
    data = movielens.load("100k")
    return data, *evaluation.split_random(data.ratings)


@cache
def _gradients_of(model_name, width):
    model = ARCHITECTURES[model_name](width)
    return training.make_task_gradients(model)  # compiled once, for the weights of every run


def _model(model_name, width):
    return ARCHITECTURES[model_name](width), _gradients_of(model_name, width)


def _fit_and_measure(model, task_gradients, balancer, parts):
    train, validation, test = parts
    fitted = training.fit(model, task_gradients, balancer, train, validation)
    error_a, error_b = training.test_errors(model, fitted, test)
    metrics = {"error_a": error_a, "error_b": error_b}
    if training.shared_places(model):
        means = fitted.cosines.reshape(-1, 10).mean(axis=1)
        metrics |= {f"angle_{10 * place:03}": float(mean) for place, mean in enumerate(means)}
    return metrics


def _baseline(rows, validation, train, test, sizes):
    known = rows[rows["told"] == 1]
    biases = baselines.fit_biases(known.assign(rating=known["stars"]), *sizes)
    stars = baselines.predict_biases(biases, test)
    popularity = np.bincount(rows.loc[rows["watch"] == 1, "item_index"], minlength=sizes[1])
    watch = np.tile(popularity, (sizes[0], 1))
    return three.measure_scores(stars, stars, watch, train, test)


def _network(build, uncertainty=False, losses=three.LOSSES):
    def fit_and_measure(rows, validation, train, test, sizes):
        model = build(*sizes)
        if uncertainty:
            model = three.UncertaintyModel(model.inputs, model.output)
        best = three.fit(model, rows, validation, losses)
        return three.measure(model, best, train, test, *sizes)

    return fit_and_measure


ARCHITECTURES = {
    "single": heads.build_single_tasks,
    "single, half width": lambda width: heads.build_single_tasks(width // 2),
    "hard sharing": heads.build_hard_sharing,
    "soft sharing": partial(heads.build_soft_sharing, strength=SOFT_STRENGTH),
    "cross-stitch": heads.build_cross_stitch,
}
BALANCERS = {
    "equal weights": partial(balance.fixed_balancer, [1.0, 1.0]),
    "uncertainty": balance.uncertainty_balancer,
    "DWA": partial(balance.dwa_balancer, 10),
    "GradNorm": partial(balance.gradnorm_balancer, [0, 1]),
    "PCGrad": partial(balance.pcgrad_balancer, [0, 1]),
}
SUMMED = {**three.LOSSES, "watch": keras.losses.BinaryCrossentropy(reduction="sum")}
MOVIELENS = {
    "biases, popularity": _baseline,
    "single": _network(three.build_separate_heads),
    "single, third": _network(partial(three.build_separate_heads, embedding_dim=5, width=10)),
    "shared, equal weights": _network(three.build_shared_heads),
    "shared, uncertainty": _network(three.build_shared_heads, uncertainty=True),
    "shared, watch summed": _network(three.build_shared_heads, losses=SUMMED),
}
