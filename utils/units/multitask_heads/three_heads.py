"""Three tasks on MovieLens: how many stars, four stars or more, will the user watch it at all."""

import keras
import numpy as np
from keras import layers, ops
from sklearn.metrics import roc_auc_score

from utils import evaluation, require
from utils.blocks import index_inputs, table, to_stars
from utils.training import model_inputs
from utils.units.multitask_heads.datasets import TASKS, Rows

NUM_VALIDATION = 8_000  # ratings of the training part that choose the epoch of each head
SIZES = {"embedding_dim": 16, "width": 32}
THIRD = {"embedding_dim": 5, "width": 10}  # three such models have the weights of one of SIZES
ROW_L2, BIAS_L2 = 0.02, 0.02  # penalties on vectors and biases, per use
TRAINING = {"epochs": 6, "batch_size": 2048}
FEW_STARS = 0.1  # the share of ratings that tell their stars where stars are scarce


@require.sizes("num_users", "num_items", "embedding_dim", "width")
def trunk(name, user, item, num_users, num_items, embedding_dim, width):
    """Look up a user's and an item's vector; send both and their product through one layer.

    Args:
        name: str, of the layer; its tables are named after it.
        user, item: tensors of `index_inputs`.
        num_users, num_items, embedding_dim, width: ints.

    Returns:
        tensor (batch, width).
    """
    users = table(num_users, embedding_dim, f"{name}_user_factors", ROW_L2)(user)
    items = table(num_items, embedding_dim, f"{name}_item_factors", ROW_L2)(item)
    features = layers.Concatenate()([users, items, users * items])
    return layers.Dense(width, activation="relu", name=name)(features)


@require.sizes("num_users", "num_items")
def head(task, hidden, user, item, num_users, num_items):
    """Predict one task: a linear unit, a bias for the user, one for the item, a sigmoid.

    Args:
        task: str, of `TASKS`.
        hidden: tensor from `trunk`.
        user, item: tensors of `index_inputs`.
        num_users, num_items: ints.

    Returns:
        tensor (batch, 1): 1 to 5 for "stars", else a probability.
    """
    require.one_of(TASKS, task=task)
    score = layers.Dense(1, name=f"{task}_score")(hidden)
    score += table(num_users, 1, f"{task}_user_bias", BIAS_L2, spread=0)(user)
    score += table(num_items, 1, f"{task}_item_bias", BIAS_L2, spread=0)(item)
    return to_stars(score) if task == "stars" else ops.sigmoid(score)


@require.sizes("num_users", "num_items", "embedding_dim", "width")
def build_shared_heads(num_users, num_items, embedding_dim, width):
    """Build one trunk with a head for each task.

    Args:
        num_users, num_items, embedding_dim, width: ints.

    Returns:
        Model that maps [user_index, item_index] to a dict of predictions (batch, 1).
    """
    user, item = index_inputs()
    hidden = trunk("trunk", user, item, num_users, num_items, embedding_dim, width)
    outputs = {
        task: head(task, hidden, user, item, num_users, num_items)
        for task in TASKS  # hidden is used three times
    }
    return keras.Model([user, item], outputs)


@require.sizes("num_users", "num_items", "embedding_dim", "width")
def build_separate_heads(num_users, num_items, embedding_dim, width):
    """Build three networks, one for each task, that share nothing but their inputs.

    Args:
        num_users, num_items, embedding_dim, width: ints.

    Returns:
        Model as from `build_shared_heads`. Adam moves each weight by its own gradient alone, so
        training all three at once is the same as training one after the other.
    """
    user, item = index_inputs()
    outputs = {}
    for task in TASKS:
        hidden = trunk(task, user, item, num_users, num_items, embedding_dim, width)
        outputs[task] = head(task, hidden, user, item, num_users, num_items)
    return keras.Model([user, item], outputs)


def compile_heads(model, loss_weights=None, watch_reduction="mean_with_sample_weight"):
    """Compile a model with three heads: for each a loss, and the same as a metric, "error".

    Args:
        model: Model from `build_shared_heads` or alike.
        loss_weights: dict, the weight of each task; None for 1.
        watch_reduction: str, what becomes of the losses of the rows of the task "watch"; "sum"
            shows a mistake.

    Returns:
        The model.
    """
    require.within("[0, inf)", **(loss_weights or {}))
    require.one_of(("mean_with_sample_weight", "sum"), watch_reduction=watch_reduction)
    known = "mean_with_sample_weight"  # a mean over the rows whose label is known
    model.compile(
        optimizer=keras.optimizers.Adam(0.003),
        loss={
            "stars": keras.losses.MeanSquaredError(reduction=known),
            "liked": keras.losses.BinaryCrossentropy(reduction=known),
            "watch": keras.losses.BinaryCrossentropy(reduction=watch_reduction),
        },
        loss_weights=loss_weights,
        weighted_metrics={
            "stars": [keras.metrics.MeanSquaredError(name="error")],
            "liked": [keras.metrics.BinaryCrossentropy(name="error")],
            "watch": [keras.metrics.BinaryCrossentropy(name="error")],
        },
        steps_per_execution=10,
    )
    return model


def to_rows(examples):
    """Return the Rows that `fit` takes of a DataFrame from `datasets.make_movielens_rows`."""
    require.rows("user_index item_index stars liked watch told", examples=examples)
    require.entries(
        "[0, 1]", liked=examples["liked"], watch=examples["watch"], told=examples["told"]
    )
    told = examples["told"].to_numpy("float32")
    targets = {task: examples[task].to_numpy("float32")[:, np.newaxis] for task in TASKS}
    known = {"stars": told, "liked": told, "watch": np.ones_like(told)}
    return Rows(model_inputs(examples), targets, known)


def measure(model, best_weights, train, test, num_users, num_items):
    """Return the quality of each head on the test part, with the weights that are best for it.

    Args:
        model: Model with three heads.
        best_weights: dict from `fitting.fit`.
        train, test: DataFrames of ratings; training films are left out of the rankings.
        num_users, num_items: ints.

    Returns:
        dict of floats: "rmse" in stars, "liked_auc" over all test rows, "watch_auc" and
        "watch_ndcg", means over users of rankings of the full catalog.
    """
    require.integers("[1, inf)", num_users=num_users, num_items=num_items)
    require.pairs(num_users, num_items, train=train, test=test)
    pairs = list(np.indices((num_users, num_items), dtype="int32").reshape(2, -1))
    inputs = {"stars": model_inputs(test), "liked": model_inputs(test), "watch": pairs}
    predictions = {}
    for task, weights in best_weights.items():
        model.set_weights(weights)
        predictions[task] = model.predict(inputs[task], batch_size=65_536, verbose=0)[task]
    watch = predictions["watch"].reshape(num_users, num_items)
    return measure_scores(predictions["stars"], predictions["liked"], watch, train, test)


def measure_scores(stars, liked, watch, train, test):
    """Return the metrics of `measure` for predictions of any origin.

    Args:
        stars, liked: arrays with one number per test row.
        watch: array (num_users, num_items).
        train, test: DataFrames of ratings.
    """
    require.lengths(stars=stars, liked=liked, test=test)
    require.rows("rating", test=test)
    require.arrays("(...)", stars=stars, liked=liked)
    ranking = evaluation.ranking_metrics(watch, train, test).mean()
    return {
        "rmse": evaluation.rating_metrics(test["rating"], np.ravel(stars))["rmse"],
        "liked_auc": float(roc_auc_score(test["rating"] >= 4, np.ravel(liked))),
        "watch_auc": float(ranking["auc"]),
        "watch_ndcg": float(ranking["ndcg"]),
    }
