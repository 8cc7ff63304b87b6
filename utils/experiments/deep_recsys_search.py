"""The settings of unit 08: 32 trials for every model, found in the same way, on validation rows.

A fifth of the random training part is held back for validation; test rows are never touched. The
first 16 trials draw their settings from one grid. Each later one starts from the best trial of the
model so far and moves every setting by one place in the grid, or not at all. A model ignores the
settings it does not have. What is not searched is the same everywhere: the training of
`utils.training.fit`, and the penalty on biases.
"""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from utils import evaluation, metadata, movielens, training
from utils.units.deep_recsys import models
from utils.units.deep_recsys.settings import BIAS_L2
from utils.units.matrix_factorization import make_bags

SEEDS = range(32)  # one per trial
NUM_RANDOM = 16
FILE = Path(__file__).parents[2] / "data" / "results" / "08_deep_recsys_search.json"
GRID = {
    "embedding_dim": [16, 32, 64],
    "row_l2": [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0],
    "column_l2": [1e-5, 3e-5, 1e-4, 3e-4, 1e-3],
    "dropout": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
}


def experiments():
    """Yield (settings, run) for every model."""
    data = movielens.load("100k")
    train, validation = evaluation.split_random(evaluation.split_random(data.ratings)[0], seed=1)
    for name in BUILDERS:
        yield {"model": name}, partial(run_trial, name, data, train, validation)


def run_trial(model_name, data, train, validation, seed):
    """Train a model with the settings of a trial.

    Args:
        model_name: str, one of `BUILDERS`.
        data: MovieLens.
        train, validation: DataFrames.
        seed: int, the number of the trial; draws the settings.

    Returns:
        dict of floats: "rmse" on the validation rows, in stars, and the settings.
    """
    generator = np.random.default_rng(seed)
    if seed < NUM_RANDOM:
        drawn = {name: values[generator.integers(len(values))] for name, values in GRID.items()}
    else:
        drawn = move(best_settings(load_trials(), model_name), generator)
    model = BUILDERS[model_name](data, train, drawn)
    training.fit(model, train)
    predictions = training.predict(model, validation)
    return {"rmse": evaluation.rmse(validation["rating"], predictions), **drawn}


def move(settings, generator):
    """Move every setting by one place in the grid, up or down, or not at all.

    Args:
        settings: dict with the keys of `GRID`.
        generator: numpy.random.Generator.

    Returns:
        dict like `settings`.
    """
    moved = {}
    for name, values in GRID.items():
        place = values.index(settings[name]) + int(generator.integers(-1, 2))
        moved[name] = values[min(max(place, 0), len(values) - 1)]
    return moved


def load_trials():
    """Return the trials made so far, DataFrame with "model", "trial", "rmse" and the settings."""
    runs = json.loads(FILE.read_text(encoding="utf-8"))["runs"]
    return pd.DataFrame(
        [{**run["settings"], "trial": run["seed"], **run["metrics"]} for run in runs]
    )


def best_settings(trials, model_name):
    """Return the settings of the trial with the lowest validation error.

    Args:
        trials: DataFrame from `load_trials`.
        model_name: str, one of `BUILDERS`.

    Returns:
        dict with the keys of `GRID`.
    """
    of_model = trials[trials["model"] == model_name]
    return of_model.loc[of_model["rmse"].idxmin(), list(GRID)].to_dict()


def describe(data, train, with_bags, with_metadata):
    """Return the rows that describe users and films to a model: bags, metadata, or both.

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


def build_mlp(data, train, settings):
    """Return the network on the embeddings alone, untrained."""
    chosen = _take(settings, "embedding_dim", "row_l2", "dropout")
    mean_rating = float(train["rating"].mean())
    return models.build_mlp_model(data.num_users, data.num_items, mean_rating=mean_rating, **chosen)


def build_mlp_with_metadata(data, train, settings):
    """Return the network on embeddings and facts, untrained."""
    rows = describe(data, train, with_bags=False, with_metadata=True)
    chosen = _take(settings, "embedding_dim", "row_l2", "dropout")
    return models.build_mlp_with_metadata(
        *rows, mean_rating=float(train["rating"].mean()), **chosen
    )


def build_mlp_with_everything(data, train, settings):
    """Return the network on the vectors of the hybrid model with bags and facts, untrained."""
    rows = describe(data, train, with_bags=True, with_metadata=True)
    chosen = _take(settings, "embedding_dim", "row_l2", "column_l2", "dropout")
    return models.build_mlp_on_sums(*rows, mean_rating=float(train["rating"].mean()), **chosen)


def build_hybrid(data, train, settings, with_bags, with_metadata):
    """Return the hybrid model on bags, facts, or both, untrained."""
    return build_hybrid_of(train, settings, *describe(data, train, with_bags, with_metadata))


def build_hybrid_of(train, settings, user_rows, item_rows):
    """Return the hybrid model on given rows, untrained."""
    mean_rating = float(train["rating"].mean())
    return models.build_hybrid_model(
        user_rows, item_rows, mean_rating=mean_rating, bias_l2=BIAS_L2, **_take(settings, *GRID)
    )


BUILDERS = {
    "MLP": build_mlp,
    "MLP + metadata": build_mlp_with_metadata,
    "MLP + bags + metadata": build_mlp_with_everything,
    "dot + metadata": partial(build_hybrid, with_bags=False, with_metadata=True),
    "dot + bags": partial(build_hybrid, with_bags=True, with_metadata=False),
    "dot + bags + metadata": partial(build_hybrid, with_bags=True, with_metadata=True),
}


def _take(settings, *names):
    return {name: settings[name] for name in names}
