# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 04 Dropout
#
# **Goals.** You will write inverted dropout, compute what it does to a sum, predict with many
# thinned networks, find the epoch that early stopping keeps, and repair a dropout layer with four
# mistakes.
#
# **Before you start:** the lecture of unit 04. **Time:** 60 minutes.
#
# Each exercise is a function to complete: replace `raise NotImplementedError()` by your code. The
# cell below it checks your function and tells you what it found. `check.hint("name")` gives a
# hint. If you get stuck, go on: the lab then uses the course's own function.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import matplotlib.pyplot as plt
import numpy as np

from utils.checks import dropout as check
from utils.plotting import BLUE, GRAY, ORANGE, VERMILION, show
from utils.units import dropout as course

# %% [markdown]
# ## 1. Inverted dropout
#
# Every value is set to 0 with probability `rate`, each on its own; the others are divided by the
# share that is kept.
#
# Example: with `rate=0.5`, `[1, 2, 3]` may become `[2, 0, 6]` or `[0, 0, 6]` or any other of the
# eight combinations.


# %% exercise="dropout"
def dropout(values, rate, generator):
    """Drop values at random and scale up the others, so that the mean stays.

    Args:
        values: array of any shape.
        rate: float in [0, 1), the probability to drop a value.
        generator: numpy.random.Generator; take all random numbers from it.

    Returns:
        array of the same shape.
    """
    ### BEGIN SOLUTION
    kept = generator.random(values.shape) >= rate
    return values * kept / (1 - rate)
    ### END SOLUTION


# %% check="dropout" points=2
check.dropout()

# %% [markdown]
# What comes out of a sum of 100 ones? **Predict:** which of the three rates spreads most, and
# where are the three means?

# %%
rng = np.random.default_rng(0)
figure, axes = plt.subplots()
for rate, color, style in ((0.1, BLUE, "-"), (0.5, ORANGE, "--"), (0.9, VERMILION, ":")):
    sums = np.sum(dropout(np.ones((5_000, 100)), rate, rng), axis=1)
    bins = np.arange(5, 260, 10)  # 100 in the middle of a bin
    axes.hist(sums, bins, histtype="step", color=color, linestyle=style, label=f"rate {rate}")
axes.set(title="A sum of 100 ones after dropout", xlabel="sum", ylabel="draws of 5,000")
axes.legend()
show(
    figure,
    "Histograms of the sum for three rates, all around 100. With rate 0.1 it is narrow, with 0.5 "
    "wider, with 0.9 it reaches from about 20 to 200.",
)

# %% [markdown] tags=["solution"]
# All three lie around 100: the mean does not depend on the rate. The spread does. With rate 0.9
# only some ten of the hundred values are left, each ten times as large, and it matters how many.

# %% [markdown]
# ## 2. Mean and variance of a sum
#
# A unit of the next layer computes $s = \sum_i w_i x_i$. With inverted dropout on the $x_i$, $s$
# becomes random. Write down its mean and its variance, without drawing anything.
#
# Example: one value $x = 3$ with weight 1 and rate 0.5 is 0 or 6, each half of the time: mean 3,
# variance 9.


# %% exercise="sum_moments"
def sum_moments(values, weights, rate):
    """Return mean and variance of a weighted sum whose values go through inverted dropout.

    Args:
        values: array (n,), the x_i before dropout.
        weights: array (n,), the w_i.
        rate: float in [0, 1), the probability to drop a value.

    Returns:
        (mean, variance), two numbers.
    """
    ### BEGIN SOLUTION
    terms = weights * values
    return terms.sum(), rate / (1 - rate) * np.sum(terms**2)
    ### END SOLUTION


# %% check="sum_moments" points=2
check.sum_moments()

# %% [markdown]
# Does it agree with the drawn sums of exercise 1?

# %%
for rate in (0.1, 0.5, 0.9):
    mean, variance = sum_moments(np.ones(100), np.ones(100), rate)
    sums = np.sum(dropout(np.ones((5_000, 100)), rate, rng), axis=1)
    print(f"rate {rate}: mean {sums.mean():.0f}, formula {float(mean):.0f};", end=" ")
    print(f"standard deviation {sums.std():.0f}, formula {float(variance) ** 0.5:.0f}")

# %% [markdown]
# ## 3. The mean of many thinned networks
#
# `model(features, training=True)` leaves dropout on: each call is another thinned network, and
# returns another answer. Ask `num_passes` times and take the mean for each row.


# %% exercise="monte_carlo_mean"
def monte_carlo_mean(model, features, num_passes):
    """Return the mean prediction of many passes with dropout left on.

    Args:
        model: keras.Model that maps features (num_rows, n) to predictions (num_rows, 1).
        features: float array (num_rows, n).
        num_passes: int.

    Returns:
        array (num_rows,), the mean over the passes.
    """
    ### BEGIN SOLUTION
    passes = [np.ravel(model(features, training=True)) for _ in range(num_passes)]
    return np.mean(passes, axis=0)
    ### END SOLUTION


# %% check="monte_carlo_mean" points=2
check.monte_carlo_mean()

# %% [markdown]
# Train the classifier of the lecture and ask both ways. **Predict:** which has the lower loss,
# one pass with dropout on, one pass with dropout off, or the mean of 50 with dropout on?

# %%
train, validation, test = course.make_parts(seed=0)
model = course.build_classifier(rate=0.5)
history = course.fit_classifier(model, train, validation)
answers = {
    "dropout on, 1 pass": np.ravel(monte_carlo_mean(model, test.features[:1_000], 1)),
    "dropout off, 1 pass": course.predict_once(model, test.features[:1_000]),
    "dropout on, mean of 50": np.ravel(monte_carlo_mean(model, test.features[:1_000], 50)),
}
for name, probabilities in answers.items():
    quality = course.measure_quality(probabilities, test.labels[:1_000])
    print(f"{name}: accuracy {quality['accuracy']:.3f}, loss {quality['loss']:.3f}")

# %% [markdown] tags=["solution"]
# A single thinned network is the worst. Dropout off is a good stand-in for the mean of many. The
# mean has the lower loss, since it is less sure of itself; in accuracy the two are alike.

# %% [markdown]
# ## 4. Which epoch does early stopping keep?
#
# Training ends after `patience` epochs in a row without a *new lowest* validation loss. Kept are
# the weights of the best epoch; of equal losses the first counts. Epochs count from 0.
#
# Example: `best_epoch([0.6, 0.5, 0.55, 0.52, 0.4], 2)` is `(1, 3)`. Epochs 2 and 3 bring nothing
# new, training stops after epoch 3, and epoch 4 never happens.


# %% exercise="best_epoch"
def best_epoch(losses, patience):
    """Say which epoch early stopping keeps and which is the last one trained.

    Args:
        losses: list of floats, the validation loss after each epoch, at least one.
        patience: int >= 1.

    Returns:
        (best, last), two ints. Without a stop, `last` is the last epoch of the list.
    """
    ### BEGIN SOLUTION
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            return best, epoch
    return best, len(losses) - 1
    ### END SOLUTION


# %% check="best_epoch" points=2
check.best_epoch()

# %% [markdown]
# Where would it have stopped the training of exercise 3?

# %%
losses = history["val_cross_entropy"]
best, last = best_epoch(losses, 5)
figure, axes = plt.subplots()
axes.plot(losses, color=BLUE, marker="o", markersize=4, label="validation loss")
axes.axvline(best, color=VERMILION, linestyle="--", label="epoch kept")
axes.axvline(last, color=GRAY, linestyle=":", label="last epoch trained")
axes.set(title="Early stopping with patience 5", xlabel="epoch, from 0", ylabel="loss, in nats")
axes.legend()
show(
    figure,
    "Validation loss over 30 epochs with rate 0.5: it falls, stays low and rises slowly. A dashed "
    "line marks the epoch kept, a dotted line the last epoch that would be trained.",
)

# %% [markdown]
# ## 5. Find the bugs
#
# A colleague translated dropout from a paper. The paper's $p$ is the probability to **keep** a
# unit, so the argument is called `keep`. The function runs, the model learns a little, and it
# holds **four mistakes**.


# %%
def drop_units_with_bugs(values, keep, training, generator):
    mask = generator.random(values.shape[1]) < 1 - keep
    return values * mask


print(drop_units_with_bugs(np.ones((3, 8)), 0.75, True, np.random.default_rng(1)))

# %% [markdown]
# Write the function without the mistakes, as *inverted* dropout. Things to look at: how many
# values are left, whether rows differ, how large the values are that are left, and what happens
# with `training=False`.


# %% exercise="drop_units"
def drop_units(values, keep, training, generator):
    """Apply inverted dropout to the output of a layer.

    Args:
        values: array (batch, units).
        keep: float in (0, 1], the probability to keep a unit.
        training: bool, True in training, False at inference.
        generator: numpy.random.Generator.

    Returns:
        array (batch, units); at inference the values as they are.
    """
    ### BEGIN SOLUTION
    if not training:  # at inference all units take part
        return values
    mask = generator.random(values.shape) < keep  # one draw per row and unit; below keep: stays
    return values * mask / keep  # what is left makes up for what is gone
    ### END SOLUTION


# %% check="drop_units" points=3
check.drop_units()

# %% [markdown]
# The mean of the output, in training and at inference, should be the mean of the input: 1.
# **Predict:** which of the colleague's mistakes would this test alone not find?

# %%
for keep in (0.25, 0.5, 0.75):
    outputs = [
        np.mean(drop_units(np.ones((1_000, 50)), keep, training, np.random.default_rng(0)))
        for training in (True, False)
    ]
    print(f"keep {keep}: mean {outputs[0]:.2f} in training, {outputs[1]:.2f} at inference")

# %% [markdown] tags=["solution"]
# One mask for the whole batch leaves the mean alone on average, and so does dropout at inference
# once it scales. Keep and drop swapped *with the matching scale* passes too. A test of dropout
# needs the share of zeros, two rows side by side, and `training=False` on values that differ.

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
