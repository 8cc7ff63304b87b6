"""The algebra of balancing, for arrays of numpy and tensors of a training step alike.

`gradients` has one row per task: the gradient of that task's loss by all weights of a model, as one
long vector. L stands for the loss of a task, s for its log-variance.
"""

from itertools import combinations

import keras
from keras import ops

from utils import require


def cosine(one, other):
    """Return the cosine of the angle between two gradients; 0 if one of them is zero.

    Args:
        one, other: arrays (num_weights,).
    """
    require.arrays("(num_weights,)", one=one, other=other)
    require.full_precision(one=one, other=other)
    lengths = ops.sqrt(ops.sum(one * one) * ops.sum(other * other))
    return ops.divide_no_nan(ops.sum(one * other), lengths)


def mean_cosine(gradients):
    """Return the mean of `cosine` over all pairs of tasks.

    Args:
        gradients: array (num_tasks, num_weights), at least two tasks.
    """
    require.arrays("(2+, num_weights)", gradients=gradients)
    require.full_precision(gradients=gradients)
    angles = [cosine(one, other) for one, other in combinations(ops.unstack(gradients), 2)]
    return sum(angles) / len(angles)


def uncertainty_loss(losses, log_variances):
    """Return the sum of exp(-s) L / 2 + s / 2 over the tasks; it is lowest at s = log L.

    Args:
        losses, log_variances: arrays (num_tasks,), L and s.

    Source: Kendall, Gal and Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses for
    Scene Geometry and Semantics" (2018). This is their form for squared errors. That for
    cross-entropies has no 1/2 before L, which moves the best s by log 2 and nothing else.
    """
    require.arrays("(num_tasks,)", losses=losses, log_variances=log_variances)
    require.full_precision(losses=losses, log_variances=log_variances)
    return ops.sum(ops.exp(-log_variances) * losses + log_variances) / 2


def dwa_weights(losses, losses_before, temperature=2.0):
    """Weigh a task the more, the less its loss has fallen: dynamic weight average.

    Args:
        losses, losses_before: arrays (num_tasks,), mean losses of the last two epochs.
        temperature: float > 0; the higher, the more equal the weights.

    Returns:
        tensor (num_tasks,), with sum num_tasks.

    Source: Liu, Johns and Davison, "End-to-End Multi-Task Learning with Attention" (2019).
    """
    require.arrays("(num_tasks,)", losses=losses, losses_before=losses_before)
    require.entries("[0, inf)", losses=losses)
    require.entries("(0, inf)", losses_before=losses_before)
    require.within("(0, inf)", temperature=temperature)
    return len(losses) * ops.softmax(losses / losses_before / temperature)


def gradnorm_targets(lengths, losses, first_losses, alpha):
    """Return the length that GradNorm wants for the gradient of each task.

    Args:
        lengths: array (num_tasks,), of each task's gradient on the shared weights, times the
            weight of the task.
        losses, first_losses: arrays (num_tasks,), now and in the first step.
        alpha: float >= 0; with 0 all tasks get the same length, above it slow tasks get more.

    Returns:
        tensor (num_tasks,): mean length times (relative loss / mean relative loss) ** alpha.

    Source: Chen and others, "GradNorm: Gradient Normalization for Adaptive Loss Balancing in Deep
    Multitask Networks" (2018).
    """
    require.arrays("(num_tasks,)", lengths=lengths, losses=losses, first_losses=first_losses)
    require.entries("[0, inf)", lengths=lengths)
    require.entries("(0, inf)", losses=losses, first_losses=first_losses)
    require.within("[0, inf)", alpha=alpha)
    relative = losses / first_losses
    return ops.mean(lengths) * (relative / ops.mean(relative)) ** alpha


def project_conflicts(gradients, seed=None):
    """Remove from each task's gradient what points against another task's: PCGrad.

    Args:
        gradients: array (num_tasks, num_weights), at least two tasks; not changed.
        seed: int or keras.random.SeedGenerator, for the order in which the others are visited.

    Returns:
        tensor (num_tasks, num_weights). For two tasks each row is orthogonal to the other's
        original gradient, or unchanged if they did not conflict.

    Source: Yu and others, "Gradient Surgery for Multi-Task Learning" (2020).
    """
    require.arrays("(2+, num_weights)", gradients=gradients)
    require.full_precision(gradients=gradients)
    rows, projected = ops.unstack(gradients), []
    for task, own in enumerate(rows):
        others = ops.stack(rows[:task] + rows[task + 1 :])
        for other in ops.unstack(keras.random.shuffle(others, seed=seed)):
            overlap = ops.minimum(ops.sum(own * other), 0)
            own = own - ops.divide_no_nan(overlap, ops.sum(other * other)) * other
        projected.append(own)
    return ops.stack(projected)
