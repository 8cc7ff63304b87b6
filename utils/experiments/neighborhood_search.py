"""How the settings of unit 05 were found: errors on validation rows of the training part."""

from functools import partial

from utils import evaluation, movielens
from utils.experiments.neighborhood import (
    integrated,
    item_knn,
    learned,
    measure,
    only_biases,
    user_knn,
)
from utils.units.neighborhood import settings

SEEDS = range(1)  # a trial each; the differences that matter are larger than the spread of seeds
NUM_NEIGHBORS = (1, 2, 5, 10, 20, 40, 80, 160)


def experiments():
    """Yield (settings, run): a sweep of k on both splits, then trials on the random split."""
    data = movielens.load("100k")
    parts = {"random": random_part(data), "temporal": temporal_part(data)}
    for split, (fit_part, validation) in parts.items():
        row = {"study": "biases", "split": split, "model": "biases", "trial": "0"}
        yield row, partial(measure, only_biases, data, fit_part, validation)
        for name, (knn, chosen) in KNN.items():
            for k in NUM_NEIGHBORS:
                mean = {**chosen[1], "num_neighbors": k}
                run = partial(knn, similarity=chosen[0], mean=mean)
                row = {"study": "k", "split": split, "model": name, "trial": str(k)}
                yield row, partial(measure, run, data, fit_part, validation)
    for study, trials in (("kNN", knn_trials()), ("learned", LEARNED), ("integrated", INTEGRATED)):
        for name, run in trials.items():
            row = {"study": study, "split": "random", "model": study, "trial": name}
            yield row, partial(measure, run, data, *parts["random"])


def random_part(data):
    """Return (fit_part, validation) of the training part of the random split."""
    train, _ = evaluation.split_random(data.ratings, seed=0)
    return train[settings.NUM_VALIDATION :], train[: settings.NUM_VALIDATION]


def temporal_part(data):
    """Return (fit_part, validation) of the training part of the temporal split: newest rows."""
    train, _ = evaluation.split_temporal(data.ratings)
    return train[: -settings.NUM_VALIDATION], train[-settings.NUM_VALIDATION :]


def knn_trials():
    """Return trials of shrinkage, power and damping with 40 neighbors, a dict from name to run."""
    return {
        f"shrinkage {shrinkage}, power {power}, damping {damping}": partial(
            item_knn,
            similarity={"shrinkage": shrinkage, "power": power},
            mean={"num_neighbors": 40, "damping": damping},
        )
        for shrinkage in (10, 30, 60, 100)
        for power, damping in ((1, 0.0), (1, 0.3), (2, 0.0), (2, 0.1))
    }


KNN = {"items": (item_knn, settings.ITEM_KNN), "users": (user_knn, settings.USER_KNN)}
LEARNED = {
    "as chosen": learned,
    "100 neighbors": partial(learned, near={**settings.NEAR, "num_neighbors": 100}),
    "400 neighbors": partial(learned, near={**settings.NEAR, "num_neighbors": 400}),
    "start at 1.5": partial(learned, near={**settings.NEAR, "scale": 1.5}),
    "start at 2": partial(learned, near={**settings.NEAR, "scale": 2.0}),
    "start at 3": partial(learned, near={**settings.NEAR, "scale": 3.0}),
    "penalty 0.3": partial(learned, pair_l2=0.3),
    "penalty 3": partial(learned, pair_l2=3.0),
    "stars alone": partial(learned, frozen=("pair_offsets",)),
    "choice alone": partial(learned, frozen=("pair_weights",)),
    "nothing but biases learned": partial(learned, frozen=settings.PAIRS),
    "from zero, penalty 0.03": partial(
        learned, near=settings.NEAR_ZERO, pair_l2=settings.PAIR_L2_ZERO
    ),
    "from zero, penalty 0.3": partial(learned, near=settings.NEAR_ZERO, pair_l2=0.3),
}
INTEGRATED = {
    "as chosen": integrated,
    "factors alone": partial(integrated, near=settings.NO_NEIGHBORS, frozen=settings.PAIRS),
    "start at 0": partial(integrated, near=settings.NO_NEIGHBORS),
    "start at 1": partial(integrated, near={**settings.NEAR_FACTORS, "scale": 1.0}),
    "start at 1.5": partial(integrated, near={**settings.NEAR_FACTORS, "scale": 1.5}),
    "200 neighbors": partial(integrated, near={**settings.NEAR_FACTORS, "num_neighbors": 200}),
}
