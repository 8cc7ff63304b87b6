"""The results of unit 14: when two tasks should share, how to weigh them, three heads on MovieLens.

Every seed of the simulated pair draws new directions, rows and weights. Widths, steps, learning
rates and penalties of the pair were chosen with seeds 100 to 102, which are not measured here;
those of MovieLens on 8,000 rows of the training part.
"""

from functools import cache, partial

import keras
import numpy as np

from utils import baselines, evaluation, movielens
from utils.units.multitask_heads import fitting, pair, sharing, three_heads
from utils.units.multitask_heads.balanced_models import (
    BalancedModel,
    DynamicWeightAverage,
    GradNorm,
    PCGrad,
    UncertaintyModel,
)
from utils.units.multitask_heads.datasets import make_movielens_rows, make_pair

COSINES = (-1.0, -0.9, -0.5, 0.0, 0.5, 0.9, 1.0)


def experiments():
    """Yield (settings, run) for every row of the tables."""
    for part in pair.SETTINGS:
        for cosine in COSINES:
            for model in ("single", "single, half width", "hard sharing"):
                settings = {"part": part, "cosine": f"{cosine:.1f}", "model": model}
                yield settings, partial(run_pair, model, part, cosine)
    for cosine in (0.0, 0.9, 1.0):
        for model in ("soft sharing", "cross-stitch"):
            settings = {"part": "scarce", "cosine": f"{cosine:.1f}", "model": model}
            yield settings, partial(run_pair, model, "scarce", cosine)
    for scale_b in (1.0, pair.OTHER_UNIT):
        for name in BALANCED:
            settings = {"part": "balance", "unit of B": f"{scale_b:g}", "model": name}
            yield settings, partial(run_balanced, name, scale_b)
    for weight in pair.WEIGHTS_OF_A:
        settings = {"part": "weights", "weight of A": f"{weight:.2f}", "model": "hard sharing"}
        yield settings, partial(run_weights, weight)
    for name in MOVIELENS:
        settings = {"part": "movielens", "stars told": "100%", "model": name}
        yield settings, partial(run_movielens, name, 1.0)
    for name in ("biases, popularity", "single", "shared, equal weights", "shared, uncertainty"):
        settings = {
            "part": "movielens",
            "stars told": f"{three_heads.FEW_STARS:.0%}",
            "model": name,
        }
        yield settings, partial(run_movielens, name, three_heads.FEW_STARS)


def run_pair(model_name, part, cosine, seed):
    """Train a model of the simulated pair with equal weights and return its errors.

    Args:
        model_name: str, a key of `ARCHITECTURES`.
        part: str, a key of `pair.SETTINGS`.
        cosine: float, the relation of the tasks.
        seed: int.

    Returns:
        dict: "error_a" and "error_b", shares of the variance of the test labels; for hard sharing
        also "angle_000", "angle_010" ..., means over ten steps of the cosine of the gradients.
    """
    setting = pair.SETTINGS[part]
    model = ARCHITECTURES[model_name](setting["width"])
    if model_name == "hard sharing":
        model = BalancedModel(model.input, model.output)
    parts = make_pair(cosine, setting["num_labels_b"], seed=seed)
    return _fit_and_measure(pair.compile_pair(model), parts)


def run_balanced(name, scale_b, seed):
    """Train two unrelated tasks on two hidden units with one of `BALANCED`; see `run_pair`."""
    balanced_model, callbacks = BALANCED[name]
    model = sharing.build_hard_sharing(pair.SETTINGS["crowded"]["width"])
    model = pair.compile_pair(balanced_model(model.input, model.output))
    parts = make_pair(0.0, scale_b=scale_b, seed=seed)
    return _fit_and_measure(model, parts, [callback() for callback in callbacks])


def run_weights(weight, seed):
    """Train two unrelated tasks on two hidden units with fixed weights; see `run_pair`."""
    model = sharing.build_hard_sharing(pair.SETTINGS["crowded"]["width"])
    model = pair.compile_pair(model, loss_weights=pair.fixed_weights(weight))
    return _fit_and_measure(model, make_pair(0.0, seed=seed))


def run_movielens(name, share_stars, seed):
    """Return the metrics of `three_heads.measure` for one of `MOVIELENS`.

    Args:
        name: str.
        share_stars: float, the share of training ratings whose stars are told.
        seed: int, for negatives, told stars and weights.
    """
    data, train, test = split_movielens()
    sizes = data.num_users, data.num_items
    cut = three_heads.NUM_VALIDATION
    rows = make_movielens_rows(train[cut:], train[cut:], *sizes, share_stars, seed)
    validation = make_movielens_rows(train[:cut], train, *sizes)
    return MOVIELENS[name](rows, validation, train, test, sizes)


@cache
def split_movielens():
    """Return (data, train, test) of the random split; the first 8,000 of train validate."""
    data = movielens.load("100k")
    return data, *evaluation.split_random(data.ratings)


def _fit_and_measure(model, parts, callbacks=()):
    train, validation, test = parts
    best_weights, history = fitting.fit(
        model, pair.repeat(train), validation, **pair.TRAINING, callbacks=callbacks
    )
    errors = pair.relative_errors(model, best_weights, test)
    metrics = {f"error_{task}": error for task, error in errors.items()}
    for epoch, angle in enumerate(history.get("cosine", [])):
        metrics[f"angle_{pair.STEPS_PER_EPOCH * epoch:03}"] = angle
    return metrics


def _baseline(rows, validation, train, test, sizes):
    known = rows[rows["told"] == 1]
    biases = baselines.fit_biases(known.assign(rating=known["stars"]), *sizes)
    stars = baselines.predict_biases(biases, test)
    popularity = np.bincount(rows.loc[rows["watch"] == 1, "item_index"], minlength=sizes[1])
    watch = np.tile(popularity, (sizes[0], 1))
    return three_heads.measure_scores(stars, stars, watch, train, test)


def _network(build, model_class=keras.Model, **compile_options):
    def fit_and_measure(rows, validation, train, test, sizes):
        model = build(*sizes)
        model = model_class(model.input, model.output)
        three_heads.compile_heads(model, **compile_options)
        best_weights, _ = fitting.fit(
            model,
            three_heads.to_rows(rows),
            three_heads.to_rows(validation),
            **three_heads.TRAINING,
        )
        return three_heads.measure(model, best_weights, train, test, *sizes)

    return fit_and_measure


ARCHITECTURES = {
    "single": sharing.build_single_tasks,
    "single, half width": lambda width: sharing.build_single_tasks(width // 2),
    "hard sharing": sharing.build_hard_sharing,
    "soft sharing": partial(sharing.build_soft_sharing, strength=pair.SOFT_STRENGTH),
    "cross-stitch": sharing.build_cross_stitch,
}
# name: (class of the model, classes of callbacks)
BALANCED = {
    "equal weights": (BalancedModel, []),
    "uncertainty": (UncertaintyModel, []),
    "DWA": (BalancedModel, [DynamicWeightAverage]),
    "GradNorm": (GradNorm, []),
    "PCGrad": (PCGrad, []),
}
SEPARATE = partial(three_heads.build_separate_heads, **three_heads.SIZES)
SEPARATE_THIRD = partial(three_heads.build_separate_heads, **three_heads.THIRD)
SHARED = partial(three_heads.build_shared_heads, **three_heads.SIZES)
MOVIELENS = {
    "biases, popularity": _baseline,
    "single": _network(SEPARATE),
    "single, third": _network(SEPARATE_THIRD),
    "shared, equal weights": _network(SHARED),
    "shared, uncertainty": _network(SHARED, UncertaintyModel),
    "shared, watch summed": _network(SHARED, watch_reduction="sum"),
}
