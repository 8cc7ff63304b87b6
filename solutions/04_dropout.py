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
# **Goals.** You will drop whole films instead of single numbers, compute what dropout does to a
# sum, ask many thinned networks in one call, find the epoch that early stopping keeps, and repair
# a dropout layer with four mistakes.
#
# **Before you start:** the lecture of unit 04. **Time:** 75 minutes.
#
# Each exercise is a function to complete: replace `raise NotImplementedError()` by your code. The
# cell below it checks your function and tells you what it found. `check.hint("name")` gives a
# hint. If you get stuck, go on: the lab then uses the course's own function.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import time
from itertools import product

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from utils.checks import dropout as check
from utils.plotting import BLUE, GRAY, ORANGE, VERMILION, show
from utils.units import dropout as course

# %% [markdown]
# ## 1. Drop whole films
#
# A recommender can describe a user by the sum of the vectors of the films they rated. The dropout
# of the lecture would set single numbers of these vectors to 0. Here **whole films** are dropped:
# each row of the table becomes all zeros with probability `rate`, each film on its own, and the
# other rows are divided by the share that is kept.
#
# Example: with `rate=0.5`, the two films `[[1, 2], [3, 4]]` may become `[[0, 0], [6, 8]]`, or
# `[[2, 4], [6, 8]]`, or either of two other tables. They never become `[[2, 0], [6, 8]]`.


# %% exercise="drop_films"
def drop_films(vectors, rate, generator):
    """Drop the vectors of whole films at random and scale up the others, so that the mean stays.

    Args:
        vectors: array (num_films, d), a row for each film.
        rate: float in [0, 1), the probability to drop a film.
        generator: numpy.random.Generator; take all random numbers from it.

    Returns:
        array (num_films, d).
    """
    ### BEGIN SOLUTION
    kept = generator.random((len(vectors), 1)) >= rate  # a column: one draw for a whole row
    return vectors * kept / (1 - rate)
    ### END SOLUTION


# %% check="drop_films" points=2
check.drop_films()

# %% [markdown]
# A user with one taste: ten films whose vectors point in nearly the same direction, some of them
# longer than others. Their sum is the vector of the user. **Predict:** draw it 300 times with rate
# 0.7, once dropping single numbers, once dropping films. Which cloud keeps the direction?

# %%
rng = np.random.default_rng(0)
lengths = rng.uniform(0.2, 2, size=(10, 1))
films = lengths * [1.0, 0.6] + rng.normal(0, 0.03, size=(10, 2))
by_number = np.array([course.dropout(films, 0.7, rng).sum(axis=0) for _ in range(300)])
by_film = np.array([check.to_numpy(drop_films(films, 0.7, rng)).sum(axis=0) for _ in range(300)])

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 4), sharex=True, sharey=True)
titles = ("single numbers dropped", "whole films dropped")
for axes, users, title in zip(panels, (by_number, by_film), titles, strict=True):
    axes.plot(*users.T, "o", color=BLUE, markersize=3, alpha=0.4, label="after dropout")
    axes.plot(*films.sum(axis=0), "X", color=VERMILION, markersize=11, label="without")
    axes.set(title=title, xlabel="first number of the user")
panels[0].set(ylabel="second number")
panels[0].legend()
show(
    figure,
    "Vectors of one user after 300 draws of dropout. Single numbers dropped: a round cloud around "
    "the vector without dropout. Whole films dropped: a narrow band along its direction.",
)

# %%
for name, users in {"single numbers": by_number, "whole films": by_film}.items():
    (m1, m2), (s1, s2) = users.mean(axis=0), users.std(axis=0)
    print(f"{name:15} mean {m1:4.1f} {m2:4.1f}, standard deviation {s1:.1f} {s2:.1f}")

# %% [markdown]
# **Read both.** What do the two ways have in common, and in what do they differ? Which vectors of
# users does a model meet in training only if single numbers are dropped? (`check.to_numpy` lets
# the lab go on with tensors and tables, too.)

# %% [markdown] words="whole_films" points=2
# Mean and standard deviation of each number agree, up to luck: one number of the sum does not
# know whether its neighbor was dropped with it. The direction differs. Without some films a user
# still has the same taste, only more or less of it: the cloud is a narrow band. Without some
# numbers, users appear in all directions, with tastes that no set of these films has.
#
# **Rubric.** One point: mean and spread of each number agree. One point: only whole films keep the
# numbers of a film together, and so the direction; single numbers make users that no set of the
# films gives. "Films are better" without such a reason earns nothing.

# %% [markdown]
# ## 2. Mean and variance of a sum
#
# What comes out of a sum of 100 ones? **Predict:** which of the three rates spreads most, and
# where are the three means?

# %%
figure, axes = plt.subplots()
for rate, color, style in ((0.1, BLUE, "-"), (0.5, ORANGE, "--"), (0.9, VERMILION, ":")):
    sums = np.sum(course.dropout(np.ones((5_000, 100)), rate, rng), axis=1)
    bins = np.arange(5, 260, 10)  # 100 in the middle of a bin
    axes.hist(sums, bins, histtype="step", color=color, linestyle=style, label=f"rate {rate}")
axes.set(title="A sum of 100 ones after dropout", xlabel="sum", ylabel="draws of 5,000")
axes.legend()
show(
    figure,
    "Histograms of the sum for three rates, all around 100. With rate 0.1 it is narrow, with 0.5 "
    "wider, with 0.9 it reaches from about 20 to 200.",
)

# %% [markdown]
# Can that be computed without drawing anything? A unit of the next layer adds up its inputs, each
# times a weight: $s = w_1 x_1 + w_2 x_2 + \dots$ Take two inputs, $w_1 x_1 = 3$ and
# $w_2 x_2 = 1$, and rate 0.2. There are only four cases:

# %% tags=["nbval-check-output"]
terms, rate = np.array([3.0, 1.0]), 0.2
rows = []
for kept in product([True, False], repeat=2):
    probability = np.prod([1 - rate if is_kept else rate for is_kept in kept])
    rows.append([*kept, probability, np.sum(terms * kept) / (1 - rate)])
cases = pd.DataFrame(rows, columns=["3 kept", "1 kept", "probability", "sum"])
print(cases.round(2).to_string(index=False))

# %% tags=["nbval-check-output"]
mean = np.sum(cases["probability"] * cases["sum"])
variance = np.sum(cases["probability"] * (cases["sum"] - mean) ** 2)
print(f"mean {mean:.2f}, variance {variance:.2f}")

# %% [markdown] quotes=["0.2", "0.8", "3.75", "0.25", "100"] cites=["0.75", "2.25"]
# The mean is 4, the sum without dropout. The variance can be had from the terms one by one: the 3
# alone becomes 0 with probability 0.2 and 3.75 with 0.8, so its mean is 3 and its variance
# $0.2 \cdot 3^2 + 0.8 \cdot 0.75^2 = 2.25$. The 1 alone has the variance 0.25. They are dropped
# independently, and then variances add up.
#
# Write a function that finds mean and variance from the terms. It must not list the cases: for 100
# inputs there are $2^{100}$.


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

# %%
sum_moments(np.array([3.0, 1.0]), np.array([1.0, 1.0]), 0.2)

# %% [markdown]
# Does it agree with the drawn sums of 100 ones?

# %%
for rate in (0.1, 0.5, 0.9):
    moments = sum_moments(np.ones(100), np.ones(100), rate)
    mean, variance = (check.to_numpy(number).item() for number in moments)
    sums = np.sum(course.dropout(np.ones((5_000, 100)), rate, rng), axis=1)
    print(f"rate {rate}: mean {sums.mean():.0f}, formula {mean:.0f};", end=" ")
    print(f"standard deviation {sums.std():.0f}, formula {variance**0.5:.0f}")

# %% [markdown]
# **Read the numbers.** What does the rate change, what not? Say for rate 0.9 how that comes about.

# %% [markdown] words="three_rates" points=2 quotes=["0.9", "100"]
# All three means are near 100: the mean does not depend on the rate. The spread does. With rate 0.9
# only some ten of the hundred values are left, each ten times as large, and it matters how many.
#
# **Rubric.** One point: the mean stays, the spread grows with the rate. One point: with rate 0.9
# few values are left, each of them much larger, so that one more or less changes the sum by a lot.
# "More is dropped" alone earns nothing for the reason: without scaling that would lower the mean.

# %% [markdown]
# ## 3. Many thinned networks in one call
#
# `model(features, training=True)` leaves dropout on: each call is another thinned network, and
# returns another answer. The lecture calls the model once for each pass. But dropout draws anew for
# **each row of a batch**. So a batch that holds every row `num_passes` times is `num_passes` passes
# in one call. Here are two ways to make it; look at the order of the rows:

# %% tags=["nbval-check-output"]
few = np.array([[1, 2], [3, 4]])
print(np.tile(few, (3, 1)).tolist())
print(np.repeat(few, 3, axis=0).tolist())

# %% [markdown]
# Call the model once, and return the mean over the passes for each row.


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
    rows = np.tile(features, (num_passes, 1))  # the whole batch, again and again
    passes = np.reshape(model(rows, training=True), (num_passes, len(features)))
    return passes.mean(axis=0)
    ### END SOLUTION


# %% check="monte_carlo_mean" points=2
check.monte_carlo_mean()

# %% [markdown]
# Train the classifier of the lecture and ask both ways. **Predict:** which has the lower loss,
# one pass with dropout on, one pass with dropout off, or the mean of 50 with dropout on?

# %%
train, validation, test = course.make_parts(seed=0)
keras.utils.set_random_seed(0)
model = course.build_classifier(rate=0.5)
history = course.fit_classifier(model, train, validation)
some = test.features[:1_000]
answers = {
    "dropout on, 1 pass": monte_carlo_mean(model, some, 1),
    "dropout off, 1 pass": course.predict_once(model, some),
    "dropout on, mean of 50": monte_carlo_mean(model, some, 50),
}
for name, probabilities in answers.items():
    quality = course.measure_quality(check.to_numpy(probabilities).ravel(), test.labels[:1_000])
    print(f"{name:22} accuracy {quality['accuracy']:.3f}, loss {quality['loss']:.3f}")

# %% [markdown]
# What does the single call save? Time it for a page with 5 rows and for all 1,000:

# %%
for num_rows in (5, 1_000):
    milliseconds = {}
    for name, predict in {"loop": course.monte_carlo, "one call": monte_carlo_mean}.items():
        predict(model, some[:num_rows], 20)  # the first call is slower
        started = time.perf_counter()
        predict(model, some[:num_rows], 20)
        milliseconds[name] = 1000 * (time.perf_counter() - started)
    told = ", ".join(f"{name} {ms:.0f} ms" for name, ms in milliseconds.items())
    print(f"{num_rows:5,} rows, 20 passes: {told}")

# %% [markdown]
# **Read the numbers.** Which of the three would you use, and for what? When does the single call
# pay?

# %% [markdown] words="many_or_one" points=2
# A single thinned network is the worst. Dropout off is a good stand-in for the mean of many, at
# the price of one pass: in accuracy the two are alike. The mean has the lower loss, since it is
# less sure of itself, so it is worth its price where the probability itself is used. The single
# call pays for few rows, where starting a call costs more than the arithmetic. With many rows
# there is as much to compute either way.
#
# **Rubric.** One point: dropout off for the class, the mean of many where the probability counts,
# one pass with dropout on for neither. One point: the single call saves the cost of starting calls,
# which shows with few rows. "The mean is always better" earns nothing: its accuracy is the same.

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

# %%
best_epoch([0.6, 0.5, 0.55, 0.52, 0.4], 2)

# %% [markdown]
# Where would it have stopped the training of exercise 3?

# %%
losses = history["val_cross_entropy"]
best, last = (int(check.to_numpy(epoch).item()) for epoch in best_epoch(losses, 5))
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
        generator: numpy.random.Generator; take all random numbers from it.

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
    means = []
    for training in (True, False):
        output = drop_units(np.ones((1_000, 50)), keep, training, np.random.default_rng(0))
        means.append(check.to_numpy(output).mean())
    print(f"keep {keep}: mean {means[0]:.2f} in training, {means[1]:.2f} at inference")

# %% [markdown]
# **In your words.** Which mistakes does a test of the mean not find? What would you look at as
# well?

# %% [markdown] words="beyond_the_mean" points=3
# One mask for the whole batch leaves the mean alone on average, and so does dropout at inference
# once it scales. Keep and drop swapped *with the matching scale* passes too. Only the missing scale
# changes the mean. A test of dropout needs the share of zeros, two rows side by side, and
# `training=False` on values that differ.
#
# **Rubric.** One point for one mask that passes for all rows, one for dropout that stays on at
# inference or for keep and drop swapped with the matching scale. One point for what to look at:
# at least two of the share of zeros, two rows, and the output at inference.

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
