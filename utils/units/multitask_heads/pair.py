"""Train two tasks at once: the losses, their gradients on the shared layers, one Adam for all.

Training works on lists of arrays, so that everything between the gradients of the two tasks and
the step of the optimizer can be read, and changed, in plain numpy.
"""

from typing import NamedTuple

import keras
import numpy as np

from utils.units.multitask_heads.balance import cosine


class Fitted(NamedTuple):
    """What a training gives back.

    Fields:
        weights: list over tasks of lists of arrays: the weights of the step at which the
            validation error of that task was lowest.
        losses: array (num_steps, 2), training losses, without penalties.
        cosines: array (num_steps,), cosine of the two gradients on the shared variables.
    """

    weights: list
    losses: np.ndarray
    cosines: np.ndarray


def fit(model, task_gradients, balance, train, validation, num_steps=200, rate=0.03):
    """Train a model of two tasks with Adam, every step on all rows.

    Args:
        model: Model with two predictions; not changed, its weights are where training starts.
        task_gradients: function from `make_task_gradients(model)`.
        balance: balancer from `utils.units.multitask_heads.balance`.
        train, validation: Rows.
        num_steps: int.
        rate: float, the learning rate.

    Returns:
        Fitted. Every tenth step the validation part is asked, for each task on its own.
    """
    weights = [np.array(variable) for variable in model.trainable_variables]
    shared = shared_places(model)
    moments = [(np.zeros_like(weight), np.zeros_like(weight)) for weight in weights]
    best, lowest = [weights, weights], [np.inf, np.inf]
    losses, cosines = [], []
    for step in range(1, num_steps + 1):
        task_losses, gradients = task_gradients(weights, train)
        losses.append(task_losses)
        cosines.append(cosine(*([own[place] for place in shared] for own in gradients)))
        combined = balance(task_losses, gradients)
        moments = [adam_moments(*pair, part) for pair, part in zip(moments, combined, strict=True)]
        weights = [
            weight - rate * adam_direction(*pair, step)
            for weight, pair in zip(weights, moments, strict=True)
        ]
        if step % 10 == 0:
            for task, error in enumerate(task_gradients(weights, validation)[0]):
                if error < lowest[task]:
                    best[task], lowest[task] = weights, error
    return Fitted(best, np.array(losses), np.array(cosines))


def test_errors(model, fitted, test):
    """Return the test error of each task, as a share of the variance of its labels.

    Args:
        model: Model.
        fitted: Fitted; each task is judged with the weights that its validation error chose.
        test: Rows.

    Returns:
        list of two floats: 0 is perfect, 1 is as good as predicting the mean.
    """
    errors = []
    for task, weights in enumerate(fitted.weights):
        model.set_weights(weights)
        predictions = np.ravel(model(test.features)[task])
        targets = test.targets[:, task]
        errors.append(float(np.mean((targets - predictions) ** 2) / np.var(targets)))
    return errors


def shared_places(model):
    """Return the places of the variables that belong to a layer named "trunk", list of ints."""
    trunks = [layer for layer in model.layers if layer.name == "trunk"]
    shared = {id(variable) for layer in trunks for variable in layer.trainable_variables}
    places = enumerate(model.trainable_variables)
    return [place for place, variable in places if id(variable) in shared]


def adam_moments(mean, square, gradient):
    """Return the two running means of Adam after one more gradient, arrays of its shape."""
    return 0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2


def adam_direction(mean, square, step):
    """Return the step of Adam for learning rate 1, from its running means and the step number."""
    return mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-7)


def make_task_gradients(model):
    """Return a function that gives the loss of each task and its gradients.

    This is the only place of the course that asks the backend for gradients by hand.

    Args:
        model: Model with two predictions.

    Returns:
        function of (weights, rows) -> (losses, gradients). `weights` is a list of arrays like
        model.trainable_variables, `losses` an array (2,) of mean squared errors over the known
        labels, gradients[task] a list like `weights`. A penalty of the model counts half for each
        task.
    """
    import tensorflow

    @tensorflow.function
    def ask_backend(weights, features, targets, known):
        with tensorflow.GradientTape(persistent=True) as tape:
            tape.watch(weights)
            outputs, _, penalties = model.stateless_call(weights, [], features, return_losses=True)
            errors = known * keras.ops.square(targets - keras.ops.concatenate(outputs, axis=1))
            losses = keras.ops.sum(errors, axis=0) / keras.ops.sum(known, axis=0)
            goals = [losses[task] + sum(penalties) / 2 for task in range(2)]
        return losses, [
            tape.gradient(goal, weights, unconnected_gradients="zero") for goal in goals
        ]

    def task_gradients(weights, rows):
        tensors = [keras.ops.convert_to_tensor(weight) for weight in weights]
        losses, gradients = ask_backend(tensors, *rows)
        return losses.numpy(), [[part.numpy() for part in own] for own in gradients]

    return task_gradients
