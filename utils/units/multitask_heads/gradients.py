"""The loss of each task and its gradient: the one place of the course that asks the backend."""

import math

import keras
import numpy as np
from keras import ops


def task_losses(model, y, y_pred, known):
    """Return the loss of each task, as `compile` was told, without weights and penalties.

    Args:
        model: Model, compiled with a dict of loss objects, such as `MeanSquaredError()`.
        y, y_pred: dicts from task to labels and predictions.
        known: dict from task to weights of the rows, or None for 1.

    Returns:
        tensor (num_tasks,), in the order of the losses in `compile`.
    """
    known = known or dict.fromkeys(model.loss)
    losses = [loss(y[task], y_pred[task], known[task]) for task, loss in model.loss.items()]
    return ops.stack(losses)


def task_gradients(model, x, y, known):
    """Return the loss of each task, its gradient by all weights, and the predictions.

    It speaks TensorFlow; whoever trains with another backend of Keras changes this function alone.

    Args:
        model, y, known: as in `task_losses`.
        x: inputs of the model.

    Returns:
        (losses, gradients, y_pred). `losses` is a tensor (num_tasks,), `gradients` a tensor
        (num_tasks, num_weights), 0 where a task does not reach a weight. A penalty of the model
        counts an equal share for each task.
    """
    import tensorflow

    variables = [variable.value for variable in model.trainable_variables]
    with tensorflow.GradientTape(persistent=True) as tape:
        y_pred = model(x, training=True)
        losses = task_losses(model, y, y_pred, known)
        penalty = sum(ops.sum(loss) for loss in model.losses) / len(model.loss)
        goals = [loss + penalty for loss in ops.unstack(losses)]
    rows = [tape.gradient(goal, variables, unconnected_gradients="zero") for goal in goals]
    return losses, ops.stack([_as_vector(row) for row in rows]), y_pred


def shared_weights(model):
    """Return 1 for each weight that lies on the way to every output of a model, else 0.

    Args:
        model: Functional Model.

    Returns:
        float32 array (num_weights,), in the order of the columns of `task_gradients`.
    """
    ways = [keras.Model(model.inputs, output) for output in model.outputs]
    on_the_way = [{id(variable) for variable in way.trainable_variables} for way in ways]
    shared = [
        all(id(variable) in variables for variables in on_the_way)
        for variable in model.trainable_variables
    ]
    return np.repeat(shared, _sizes(model.trainable_variables)).astype("float32")


def as_variables(vector, variables):
    """Cut one long vector into tensors of the shapes of variables, in their order.

    Args:
        vector: tensor (num_weights,).
        variables: list of variables with num_weights entries together.

    Returns:
        list of tensors.
    """
    parts = ops.split(vector, np.cumsum(_sizes(variables))[:-1].tolist())
    return [
        ops.reshape(part, variable.shape) for part, variable in zip(parts, variables, strict=True)
    ]


def _sizes(variables):
    return [math.prod(variable.shape) for variable in variables]


def _as_vector(tensors):
    # The gradient of a table comes as rows with their places; as a tensor it has all rows.
    return ops.concatenate([ops.reshape(ops.convert_to_tensor(part), (-1,)) for part in tensors])
