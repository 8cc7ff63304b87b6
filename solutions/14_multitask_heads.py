# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 14 Multitask heads
#
# **Goals.** You will build a model with two heads, write two ways to balance their losses, choose
# a weight by what may not get worse, and repair a joint loss with four mistakes.
#
# **Before you start:** the lecture of unit 14. **Time:** 60 minutes.
#
# Each exercise is a function to complete: replace `raise NotImplementedError()` by your code. The
# cell below it checks your function and tells you what it found. `check.hint("name")` gives a
# hint. If you get stuck, go on: the lab then uses the course's own function.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from utils.checks import multitask_heads as check
from utils.checks.multitask_heads import to_numpy
from utils.plotting import BLUE, GRAY, ORANGE, SKY, VERMILION, show
from utils.units.multitask_heads import datasets, fitting, pair, sharing

# %% [markdown] quotes=["186"]
# ## 1. One trunk, two heads
#
# Build a model with one hidden layer of `width` units, with an activation. Both heads start from
# it. One predicts **stars**: a sigmoid gives $p$ between 0 and 1, and the scale of the stars
# reaches from 1 to 5. The other predicts the probability of **liked**.
#
# Example: `build_two_heads(20, 8)` has 20 x 8 + 8 + 2 x (8 + 1) = 186 weights. However large its
# inputs, it never predicts less than one star.


# %% exercise="build_two_heads"
def build_two_heads(num_features, width):
    """Build a model with one shared hidden layer and two heads: stars and liked.

    Args:
        num_features: int, size of the input.
        width: int, units of the hidden layer.

    Returns:
        keras.Model that maps (batch, num_features) to [stars, liked], each (batch, 1); stars
        between 1 and 5, liked between 0 and 1. It need not be compiled.
    """
    ### BEGIN SOLUTION
    features = keras.Input((num_features,))
    hidden = keras.layers.Dense(width, activation="relu")(features)
    share_of_scale = keras.layers.Dense(1, activation="sigmoid")(hidden)
    liked = keras.layers.Dense(1, activation="sigmoid")(hidden)
    return keras.Model(features, [1 + 4 * share_of_scale, liked])
    ### END SOLUTION


# %% check="build_two_heads" points=2
check.build_two_heads()

# %%
example = build_two_heads(20, 8)
stars, liked = example(np.zeros((1, 20)))
print(f"weights: {example.count_params()}, stars: {to_numpy(stars)}, liked: {to_numpy(liked)}")

# %% [markdown]
# Train it on stars that we make ourselves. **Predict:** which of the two losses is larger before
# training, the squared error or the cross-entropy?

# %%
features, targets, _ = datasets.make_pair(cosine=1.0, seed=0)[0]
stars = np.clip(np.round(3 + targets["a"]), 1, 5)
liked = (stars >= 4).astype("float32")
model = build_two_heads(datasets.NUM_FEATURES, 8)


def print_losses(when):
    of_stars, of_liked = (to_numpy(part).reshape(-1, 1) for part in model(features))
    squared = np.mean((stars - of_stars) ** 2)
    entropy = -np.mean(np.log(np.where(liked == 1, of_liked, 1 - of_liked)))
    print(f"{when}: squared error {squared:.2f}, cross-entropy {entropy:.2f}")


# %%
print_losses("before training")
losses = ["mse", "binary_crossentropy"]
model.compile(keras.optimizers.Adam(0.01), loss=losses, steps_per_execution=10)
model.fit(features, [stars, liked], epochs=20, batch_size=100, verbose=0)
print_losses("after training")

# %% [markdown] tags=["solution"]
# The squared error is larger, before and after. In a plain sum the head for stars has more to say,
# only because stars are counted from one to five and not from zero to one.

# %% [markdown]
# ## 2. Weights from uncertainty
#
# Uncertainty weighting gives each task a number $s$, the logarithm of its variance, and makes
# this total small:
#
# $$\sum_k \left(\tfrac12 e^{-s_k} L_k + \tfrac12 s_k\right)$$
#
# Example: for the losses 4 and 1 with $s = (0, 0)$ both weights are 1, and the total is
# `(4 + 0) / 2 + (1 + 0) / 2 = 2.5`. With $s = (1, 0)$ the first loss weighs less and its $s$
# costs something: `(4 / e + 1) / 2 + (1 + 0) / 2`.


# %% exercise="uncertainty_total"
def uncertainty_total(losses, log_variances):
    """Return the sum over the tasks of exp(-s) L / 2 + s / 2.

    Args:
        losses: array (num_tasks,), the L.
        log_variances: array (num_tasks,), the s.

    Returns:
        a number.
    """
    ### BEGIN SOLUTION
    return np.sum(np.exp(-log_variances) * losses + log_variances) / 2
    ### END SOLUTION


# %% check="uncertainty_total" points=2
check.uncertainty_total()

# %%
for s in ([0.0, 0.0], [1.0, 0.0]):
    total = uncertainty_total(np.array([4.0, 1.0]), np.array(s))
    print(f"losses 4 and 1 with s = {s}: total {to_numpy(total).item():.2f}")

# %% [markdown]
# Draw the total of one task over $s$, for two losses. **Predict:** where is the lowest point of
# each curve?

# %%
figure, axes = plt.subplots()
grid = np.linspace(-4, 4, 161)
for loss, color, style in ((4.0, BLUE, "-"), (0.25, ORANGE, "--")):
    totals = [uncertainty_total(np.array([loss]), np.array([s])) for s in grid]
    totals = np.array([to_numpy(total).item() for total in totals])
    axes.plot(grid, totals, color=color, linestyle=style, label=f"L = {loss}")
    print(f"L = {loss}: lowest at s = {grid[np.argmin(totals)]:.2f}, log L = {np.log(loss):.2f}")
axes.set(title="Every loss has its best s", xlabel="s", ylabel="total", ylim=(-1, 6))
axes.legend()
show(
    figure,
    "The total over s for the losses 4 and 0.25: two valleys of the same shape. The lowest point "
    "lies at the logarithm of the loss, right of zero for 4, left of zero for 0.25.",
)

# %% [markdown] quotes=["100"]
# **In words:** the loss of a task is measured in another unit, so that it is 100 times as large.
# What happens to the best $s$, and to the weight times the loss?

# %% [markdown] words="another_unit" points=2 quotes=["100"]
# The best $s$ is $\log L$: it grows by $\log 100$. The weight $e^{-s}$ becomes 100 times smaller,
# and weight times loss stays what it was. At its best $s$ a task pulls equally hard in any unit.
#
# **Rubric.** One point: the best $s$ grows by $\log 100$, since it is $\log L$; "it becomes 100
# times as large" or "it grows" earns none. One point: weight times loss stays the same, because
# the weight falls by the factor by which the loss has grown.

# %% [markdown]
# ## 3. Remove a conflict
#
# Two gradients conflict if their dot product is negative: a step for one task harms the other.
# [PCGrad](https://arxiv.org/abs/2001.06782) then takes from $g$ its part along the other gradient
# $h$:
#
# $$g - \frac{g \cdot h}{h \cdot h}\, h$$
#
# Without a conflict $g$ stays as it is. A gradient of zeros conflicts with nothing.
#
# Example: take $g = (2, 1)$. Against $h = (-3, 0)$ the dot product is $-6$, a conflict: $g$ loses
# its first entry and becomes $(0, 1)$. Beside $h = (3, 0)$ there is none, and $g$ stays $(2, 1)$.


# %% exercise="project"
def project(gradient, other):
    """Remove from a gradient the part that points against another one.

    Args:
        gradient: array (n,), the gradient to change; the array itself stays as it is.
        other: array (n,), the gradient of the other task.

    Returns:
        array (n,).
    """
    ### BEGIN SOLUTION
    overlap = np.dot(gradient, other)
    if overlap >= 0:
        return gradient
    return gradient - overlap / np.dot(other, other) * other
    ### END SOLUTION


# %% check="project" points=2
check.project()

# %%
for other in ([-3.0, 0.0], [3.0, 0.0]):
    projected = to_numpy(project(np.array([2.0, 1.0]), np.array(other)))
    print(f"g = [2, 1] beside h = {other}: {projected.round(2)}")

# %% [markdown]
# Two gradients, before and after. **Predict:** make task B's gradient ten times as long. Does the
# projected gradient of task A change?

# %%
of_a, of_b = np.array([1.0, 0.6]), np.array([-0.9, 0.5])
figure, axes = plt.subplots(figsize=(6, 4))
arrows = [(of_a, BLUE, "A"), (of_b, ORANGE, "B")]
arrows += [(to_numpy(project(of_a, of_b)), SKY, "A'")]
arrows += [(to_numpy(project(of_b, of_a)), VERMILION, "B'")]
for vector, color, name in arrows:
    axes.annotate("", vector, (0, 0), arrowprops={"color": color, "width": 2, "headwidth": 9})
    axes.text(*(1.1 * vector), name, ha="center", va="center")
axes.set(xlim=(-1.2, 1.4), ylim=(-0.1, 1.2), aspect="equal")
axes.set(title="Each loses what hurts the other", xlabel="first weight", ylabel="second weight")
show(
    figure,
    "Four arrows from the origin. A points right, B points left: they conflict. A' and B' are "
    "their projections; each stands at a right angle to the other task's arrow.",
)
for times in (1, 10):
    print(f"B times {times:2}: A' is {to_numpy(project(of_a, times * of_b)).round(2)}")

# %% [markdown] tags=["solution"]
# A's projection is the same for any length of B: only B's direction matters. But B's own gradient
# keeps its length, and in the sum it is ten times as loud. PCGrad repairs directions, not scales.

# %% [markdown] quotes=["0.2", "0.3", "0.5", "0.6", "0.8", "0.1", "0.7"]
# ## 4. Choose a weight
#
# Two unrelated tasks share two hidden units, and each would need both. No weight serves both
# well. So say what may not happen: the error of task A may be at most `limit`. Of the weights
# that keep to it, take the one with the lowest error of B.
#
# Example: three weights with a limit of 0.3.
#
# | weight | error of A | error of B | |
# |---|---|---|---|
# | 0.2 | 0.6 | 0.1 | over the limit |
# | 0.5 | 0.3 | 0.2 | chosen: at the limit is within it |
# | 0.8 | 0.2 | 0.7 | within the limit, worse for B |


# %% exercise="choose_weight"
def choose_weight(weights, errors_a, errors_b, limit):
    """Return the weight with the lowest error of B among those that keep A within the limit.

    Args:
        weights: array (n,), the weights tried.
        errors_a: array (n,), the validation error of task A for each weight.
        errors_b: array (n,), the same for task B.
        limit: float, the largest error of A that is allowed; at least one weight keeps to it.

    Returns:
        float, one of the weights.
    """
    ### BEGIN SOLUTION
    allowed = np.flatnonzero(np.asarray(errors_a) <= limit)
    return weights[allowed[np.argmin(np.asarray(errors_b)[allowed])]]
    ### END SOLUTION


# %% check="choose_weight" points=2
check.choose_weight()

# %%
example = np.array([0.2, 0.5, 0.8]), np.array([0.6, 0.3, 0.2]), np.array([0.1, 0.2, 0.7]), 0.3
to_numpy(choose_weight(*example)).item()

# %% [markdown]
# Train with seven weights, given to `compile` as `loss_weights`, and choose on the validation part.

# %%
train, validation, _ = datasets.make_pair(cosine=0.0, seed=0)
weights, errors = np.array(pair.WEIGHTS_OF_A), []
for weight in weights:
    keras.utils.set_random_seed(0)
    model = sharing.build_hard_sharing(pair.SETTINGS["crowded"]["width"])
    pair.compile_pair(model, loss_weights={"a": 2 * weight, "b": 2 - 2 * weight})
    best_weights, _ = fitting.fit(model, pair.repeat(train), validation, **pair.TRAINING)
    errors.append(pair.relative_errors(model, best_weights, validation))
errors = pd.DataFrame(errors, index=pd.Index(weights, name="weight of A"))
errors.round(2)

# %%
errors_a, errors_b = errors["a"].to_numpy(), errors["b"].to_numpy()
chosen = to_numpy(choose_weight(weights, errors_a, errors_b, 0.3)).item()
figure, axes = plt.subplots()
axes.plot(weights, errors_a, color=BLUE, marker="o", label="task A")
axes.plot(weights, errors_b, color=ORANGE, marker="s", linestyle="--", label="task B")
axes.axhline(0.3, color=GRAY, linestyle=":", label="limit for A")
axes.axvline(chosen, color=VERMILION, linestyle="-.", label="chosen")
axes.set(title="Errors over the weight of A", xlabel="weight of A", ylabel="validation error")
axes.legend()
show(
    figure,
    "Validation errors of two tasks over the weight of task A. A's error falls and B's rises with "
    "the weight; in the middle both are nearly flat. A vertical line marks the weight chosen.",
)

# %% [markdown] quotes=["0.5", "0.7"]
# **In words:** how much does it matter whether the weight is 0.5 or 0.7? And why do the curves
# jump at the ends?

# %% [markdown] words="how_exact" points=2
# In the middle it hardly matters: each task holds one of the two units, and a different weight does
# not change that. At the ends the heavier task takes both units. One would choose a weight
# by orders of magnitude first, then stop looking.
#
# **Rubric.** One point: in the middle the errors stay nearly the same, with one hidden unit for
# each task. One point: at the ends the task with the large weight takes both units, and the other
# one is left with none. A description of the curves without the two units earns one point in all.

# %% [markdown]
# ## 5. Find the bugs
#
# A colleague computes the losses of two heads. `star_outputs` is $p$ of the sigmoid of the head
# for stars, `ratings` holds `nan` where a film was not rated. The function runs, the total falls
# in training, and it holds **four mistakes**. Two of them stand in published tutorials.


# %%
def joint_losses_with_bugs(ratings, watched, star_outputs, watch_outputs):
    stars = 5 * star_outputs
    rating_loss = np.mean(np.nan_to_num((ratings - stars) ** 2))
    watch_loss = -np.sum(watched * np.log(watch_outputs))
    return rating_loss, watch_loss


ratings, watched = np.array([4.0, np.nan, 1.0]), np.array([1.0, 0.0, 1.0])
joint_losses_with_bugs(ratings, watched, np.array([0.75, 0.3, 0.0]), np.array([0.8, 0.6, 0.5]))

# %% [markdown]
# In the example the head predicts 4 stars and 1 star, both exactly right: the loss of the stars
# should be 0. Write the function without the mistakes, both losses as **means**. Look at the
# scale of the stars, at the rows without a rating, at the rows that were not watched, and at
# what happens when the batch is twice as long.


# %% exercise="joint_losses"
def joint_losses(ratings, watched, star_outputs, watch_outputs):
    """Return the loss of the stars and the loss of watching, both as means.

    Args:
        ratings: float array (n,), 1 to 5; nan where there is no rating. At least one is known.
        watched: float array (n,), 1 if the film was watched, else 0.
        star_outputs: float array (n,), p between 0 (one star) and 1 (five stars).
        watch_outputs: float array (n,), predicted probability of watching, between 0 and 1.

    Returns:
        (rating_loss, watch_loss): mean squared error in stars over the rated rows, and mean
        cross-entropy over all rows.
    """
    ### BEGIN SOLUTION
    stars = 1 + 4 * star_outputs  # p = 0 is one star
    rating_loss = np.nanmean((ratings - stars) ** 2)  # over the rated rows alone
    terms = watched * np.log(watch_outputs) + (1 - watched) * np.log(1 - watch_outputs)
    return rating_loss, -np.mean(terms)  # a mean, as the other loss
    ### END SOLUTION


# %% check="joint_losses" points=3
check.joint_losses()

# %% [markdown]
# Do the losses stay the same when the batch is repeated a hundred times?

# %%
outputs = np.array([0.75, 0.3, 0.0]), np.array([0.8, 0.6, 0.5])
for times in (1, 100):
    batch = [np.tile(part, times) for part in (ratings, watched, *outputs)]
    pairs = to_numpy(joint_losses(*batch)).ravel(), np.array(joint_losses_with_bugs(*batch))
    print(f"{times:3} times: repaired {pairs[0].round(2)}, with bugs {pairs[1].round(2)}")

# %% [markdown] tags=["solution"]
# The repaired losses stay. The colleague's loss of watching grows with the batch: whoever doubles
# the batch size doubles the weight of that task without knowing it.

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
