"""Models of several tasks that weigh their losses, or their gradients, while they train.

Each takes the inputs and the dict of outputs of a Functional model, one output per task, and is
compiled and fitted like any other:

    model = GradNorm(model.input, model.output)
    model.compile(optimizer="adam", loss={"a": MeanSquaredError(), "b": BinaryCrossentropy()})
    model.fit(x, {"a": ..., "b": ...}, sample_weight={"a": ..., "b": ...})

`loss` is a dict of loss objects; `loss_weights` of `compile` does not reach these models.
"""

import keras
import numpy as np
from keras import ops

from utils import require
from utils.units.multitask_heads.balance import (
    dwa_weights,
    gradnorm_targets,
    mean_cosine,
    project_conflicts,
    uncertainty_loss,
)
from utils.units.multitask_heads.gradients import (
    as_variables,
    shared_weights,
    task_gradients,
    task_losses,
)


class UncertaintyModel(keras.Model):
    """A model that learns, with its other weights, how much the loss of each task counts.

    Args:
        inputs, outputs: those of a Functional model, the outputs as a dict.

    Source: see `utils.units.multitask_heads.balance.uncertainty_loss`.
    """

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.log_variances = self.add_weight(
            shape=(len(outputs),), initializer="zeros", name="log_variances"
        )

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Return the total that training makes small: losses, their price, penalties."""
        losses = task_losses(self, y, y_pred, sample_weight)
        return uncertainty_loss(losses, self.log_variances) + sum(self.losses)


class BalancedModel(keras.Model):
    """A model that asks for the gradient of each task before it takes one step for all.

    Without more the gradients are added up, each times its entry of `task_weights`. The metric
    "cosine" is that of the angle between the gradients on the weights that all tasks share.

    Args:
        inputs, outputs: those of a Functional model, the outputs as a dict.
    """

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.task_weights = self.add_weight(
            shape=(len(outputs),), initializer="ones", trainable=False, name="task_weights"
        )
        self.shared = shared_weights(self)
        self.cosine = keras.metrics.Mean(name="cosine")

    def train_step(self, data):
        """Take one step of the optimizer on a batch; return the metrics so far, a dict."""
        x, y, known = keras.utils.unpack_x_y_sample_weight(data)
        losses, gradients, y_pred = task_gradients(self, x, y, known)
        step = as_variables(self.balance(losses, gradients), self.trainable_variables)
        self.optimizer.apply(step, self.trainable_variables)
        self.cosine.update_state(mean_cosine(gradients * self.shared))
        # The metrics of Keras itself: "loss", and for each task "a_loss", "b_loss".
        self.metrics[0].update_state(self.compute_loss(x, y, y_pred, known))
        return self.compute_metrics(x, y, y_pred, known)

    def balance(self, losses, gradients):
        """Return one gradient for all tasks, a tensor (num_weights,).

        Args:
            losses: tensor (num_tasks,).
            gradients: tensor (num_tasks, num_weights).
        """
        return ops.matmul(self.task_weights, gradients)


class DynamicWeightAverage(keras.callbacks.Callback):
    """Set the weights of a BalancedModel after every epoch but the first: DWA.

    Source: see `utils.units.multitask_heads.balance.dwa_weights`.
    """

    def on_epoch_end(self, epoch, logs=None):
        """Compare the mean losses of this epoch with those of the one before."""
        losses = np.array([logs[f"{task}_loss"] for task in self.model.loss])
        if epoch > 0:
            self.model.task_weights.assign(dwa_weights(losses, self.losses_before))
        self.losses_before = losses


class GradNorm(BalancedModel):
    """A model whose tasks get gradients of the lengths that GradNorm wants.

    A step multiplies each weight by exp(rate) or exp(-rate), whichever brings the length nearer to
    its target; the weights then add up to the number of tasks again. The paper learns them by
    gradient descent on the distance; this is its sign.

    Args:
        inputs, outputs: those of a Functional model, the outputs as a dict.
        alpha: float, see `gradnorm_targets`.
        rate: float > 0, relative step of the weights.

    Source: see `utils.units.multitask_heads.balance.gradnorm_targets`.
    """

    def __init__(self, inputs, outputs, alpha=0.2, rate=0.05):
        require.within("[0, inf)", alpha=alpha)
        require.within("(0, inf)", rate=rate)
        super().__init__(inputs, outputs)
        self.alpha, self.rate = alpha, rate
        self.first_losses = self.add_weight(
            shape=(len(outputs),), initializer="zeros", trainable=False, name="first_losses"
        )

    def balance(self, losses, gradients):
        """Return the weighted sum of the gradients, and move the weights for the next step."""
        first = ops.where(self.first_losses == 0, losses, self.first_losses)
        weights = ops.convert_to_tensor(self.task_weights)
        lengths = weights * ops.norm(gradients * self.shared, axis=1)
        targets = gradnorm_targets(lengths, losses, first, self.alpha)
        moved = weights * ops.exp(self.rate * ops.sign(targets - lengths))
        self.task_weights.assign(moved / ops.mean(moved))
        self.first_losses.assign(first)
        return ops.matmul(weights, gradients)


class PCGrad(BalancedModel):
    """A model that removes from each task's gradient what hurts another task.

    Only shared weights can be in conflict; a head follows its own task.

    Source: see `utils.units.multitask_heads.balance.project_conflicts`.
    """

    def balance(self, losses, gradients):
        """Return the sum of the gradients, on the shared weights after the projection."""
        trunk = gradients * self.shared
        return ops.sum(gradients - trunk + project_conflicts(trunk), axis=0)
