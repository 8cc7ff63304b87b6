"""The simulated pair: the settings of its training, and how its errors are counted."""

import keras
import numpy as np

from utils import require
from utils.units.multitask_heads.datasets import NUM_TRAIN, Rows

# Labels of task b and units of the hidden layer. One task needs two units.
SETTINGS = {
    "scarce": {"num_labels_b": 60, "width": 4},
    "crowded": {"num_labels_b": NUM_TRAIN, "width": 2},
}
SOFT_STRENGTH = 0.1
OTHER_UNIT = 0.1  # what b's labels are multiplied with in a unit ten times as large
WEIGHTS_OF_A = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)  # fixed weights; b has the rest
STEPS_PER_EPOCH = 10
TRAINING = {"epochs": 20, "batch_size": NUM_TRAIN, "shuffle": False}


def compile_pair(model, loss_weights=None):
    """Compile a model of two tasks: the mean squared error of each over its known labels.

    Args:
        model: Model with the outputs "a" and "b".
        loss_weights: dict, the weight of each task; None for 1.

    Returns:
        The model.
    """
    require.within("[0, inf)", **(loss_weights or {}))
    squared_error = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    model.compile(
        optimizer=keras.optimizers.Adam(0.03),
        loss={"a": squared_error, "b": squared_error},
        loss_weights=loss_weights,
        weighted_metrics={task: [keras.metrics.MeanSquaredError(name="error")] for task in "ab"},
        steps_per_execution=STEPS_PER_EPOCH,
    )
    return model


def fixed_weights(weight_of_a):
    """Return the `loss_weights` of a pair, which add up to two, for a's share of them."""
    require.within("[0, 1]", weight_of_a=weight_of_a)
    return {"a": 2 * weight_of_a, "b": 2 - 2 * weight_of_a}


def repeat(rows):
    """Return rows ten times over: an epoch is then ten steps, each on all rows.

    Args:
        rows: Rows, all of which fit into one batch.
    """

    def ten_times(part):
        return np.concatenate([part] * STEPS_PER_EPOCH)

    return Rows(*keras.tree.map_structure(ten_times, tuple(rows)))


def relative_errors(model, best_weights, rows):
    """Return the error of each task, as a share of the variance of its labels.

    Args:
        model: Model.
        best_weights: dict from `fitting.fit`, the weights with which each task is judged.
        rows: Rows.

    Returns:
        dict from task to float: 0 is perfect, 1 is as good as predicting the mean.
    """
    require.rows_of(model, rows.inputs)
    require.labeled(rows=rows)
    errors = {}
    for task, weights in best_weights.items():
        model.set_weights(weights)
        targets = rows.targets[task]
        squares = (targets - np.asarray(model(rows.inputs)[task])) ** 2
        errors[task] = float(np.mean(squares) / np.var(targets))
    return errors
