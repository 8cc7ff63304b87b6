"""Balance the losses of several tasks: the algebra first, then the balancers that use it.

`gradients[task][place]` is the gradient of a task's loss by the variable at that place, an array:
a list of lists. L stands for the loss of a task, w for its weight, s for its log-variance.
A balancer is a function of (losses, gradients) that returns one gradient per variable.
"""

import numpy as np


def weighted_sum(gradients, weights):
    """Add up the gradients of all tasks, each times its weight.

    Args:
        gradients: list over tasks of lists of arrays.
        weights: list of floats, one per task.

    Returns:
        list of arrays, one per variable.
    """
    return [
        sum(weight * part for weight, part in zip(weights, parts, strict=True))
        for parts in zip(*gradients, strict=True)
    ]


def dot(one, other):
    """Return the dot product of two gradients, each a list of arrays, as one long vector each."""
    return float(sum(np.sum(a * b) for a, b in zip(one, other, strict=True)))


def cosine(one, other):
    """Return the cosine of the angle between two gradients; 0 if one of them is zero."""
    lengths = np.sqrt(dot(one, one) * dot(other, other))
    return dot(one, other) / lengths if lengths else 0.0


def uncertainty_loss(losses, log_variances):
    """Return the sum of exp(-s) L / 2 + s / 2 over the tasks, the form for squared errors.

    Args:
        losses, log_variances: arrays (num_tasks,), L and s.

    Source: Kendall, Gal and Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses for
    Scene Geometry and Semantics" (2018).
    """
    losses, log_variances = np.asarray(losses), np.asarray(log_variances)
    return float(np.sum(np.exp(-log_variances) * losses + log_variances) / 2)


def uncertainty_slope(losses, log_variances):
    """Return the derivative of `uncertainty_loss` by each s, array (num_tasks,); 0 at e^s = L."""
    return (1 - np.exp(-np.asarray(log_variances)) * np.asarray(losses)) / 2


def dwa_weights(losses, losses_before, temperature=2.0):
    """Weigh a task the more, the less its loss has fallen: dynamic weight average.

    Args:
        losses, losses_before: arrays (num_tasks,), mean losses of the last two epochs.
        temperature: float > 0; the higher, the more equal the weights.

    Returns:
        array (num_tasks,), with sum num_tasks.

    Source: Liu, Johns and Davison, "End-to-End Multi-Task Learning with Attention" (2019).
    """
    exponents = np.asarray(losses) / np.asarray(losses_before) / temperature
    powers = np.exp(exponents - exponents.max())  # the same shares, and no overflow
    return len(powers) * powers / powers.sum()


def gradnorm_targets(norms, losses, first_losses, alpha):
    """Return the gradient norm that GradNorm wants for each task.

    Args:
        norms: array (num_tasks,), norm of w times the task's gradient on the shared variables.
        losses, first_losses: arrays (num_tasks,), now and in the first step.
        alpha: float >= 0; with 0 all tasks get the same norm, above it slow tasks get more.

    Returns:
        array (num_tasks,): mean norm times (relative loss / mean relative loss) ** alpha.

    Source: Chen and others, "GradNorm: Gradient Normalization for Adaptive Loss Balancing in Deep
    Multitask Networks" (2018).
    """
    relative = np.asarray(losses) / np.asarray(first_losses)
    return np.mean(norms) * (relative / relative.mean()) ** alpha


def project_conflicts(gradients, generator):
    """Remove from each task's gradient what points against another task's: PCGrad.

    Args:
        gradients: list over tasks of lists of arrays; not changed.
        generator: numpy.random.Generator, for the order in which the others are visited.

    Returns:
        list over tasks of lists of arrays. For two tasks each is orthogonal to the other's
        original gradient, or unchanged if they did not conflict.

    Source: Yu and others, "Gradient Surgery for Multi-Task Learning" (2020).
    """
    projected = []
    for task, own in enumerate(gradients):
        for other in generator.permutation(len(gradients)):
            original = gradients[other]
            overlap = dot(own, original)
            if other != task and overlap < 0:
                share = overlap / dot(original, original)
                own = [a - share * b for a, b in zip(own, original, strict=True)]
        projected.append(own)
    return projected


def fixed_balancer(weights):
    """Return a balancer that weighs each task by a number chosen beforehand."""

    def balance(losses, gradients):
        return weighted_sum(gradients, weights)

    return balance


def uncertainty_balancer(rate=0.1):
    """Return a balancer that learns s for each task and weighs it by exp(-s) / 2.

    Args:
        rate: float, learning rate of s, by plain gradient descent.
    """
    log_variances = np.zeros(2)

    def balance(losses, gradients):
        weights = np.exp(-log_variances) / 2
        log_variances[:] -= rate * uncertainty_slope(losses, log_variances)
        return weighted_sum(gradients, weights)

    return balance


def dwa_balancer(steps_per_epoch):
    """Return a balancer that sets the weights once per epoch; the first two epochs are equal.

    Args:
        steps_per_epoch: int, steps whose mean counts as the loss of an epoch.
    """
    history = []

    def balance(losses, gradients):
        history.append(losses)
        epoch = (len(history) - 1) // steps_per_epoch
        if epoch < 2:
            return weighted_sum(gradients, np.ones(len(losses)))
        done = np.array(history[: epoch * steps_per_epoch]).reshape(epoch, steps_per_epoch, -1)
        return weighted_sum(gradients, dwa_weights(*done.mean(axis=1)[[-1, -2]]))

    return balance


def gradnorm_balancer(shared, alpha=0.2, rate=0.05):
    """Return a balancer that learns weights whose gradients have the norms GradNorm wants.

    Args:
        shared: list of ints, places of the shared variables.
        alpha: float, see `gradnorm_targets`.
        rate: float, relative step of the weights; their sum stays the number of tasks.
    """
    state = {}

    def balance(losses, gradients):
        weights = state.setdefault("weights", np.ones(len(losses)))
        first_losses = state.setdefault("first_losses", np.array(losses))
        lengths = np.array([_length([own[place] for place in shared]) for own in gradients])
        targets = gradnorm_targets(weights * lengths, losses, first_losses, alpha)
        # The derivative of |w length - target| by log w has this sign; targets count as constant.
        moved = weights * np.exp(-rate * np.sign(weights * lengths - targets))
        state["weights"] = len(moved) * moved / moved.sum()
        return weighted_sum(gradients, weights)

    return balance


def pcgrad_balancer(shared, seed=0):
    """Return a balancer that projects conflicts away on the shared variables and adds up.

    Args:
        shared: list of ints, places of the shared variables.
        seed: int, for the order of the tasks.
    """
    generator = np.random.default_rng(seed)

    def balance(losses, gradients):
        total = weighted_sum(gradients, np.ones(len(gradients)))
        on_shared = [[own[place] for place in shared] for own in gradients]
        projected = project_conflicts(on_shared, generator)
        for place, part in zip(shared, zip(*projected, strict=True), strict=True):
            total[place] = sum(part)
        return total

    return balance


def _length(gradient):
    return np.sqrt(dot(gradient, gradient))
