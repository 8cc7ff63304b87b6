# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 07 Factorization machines
#
# **Goals.** You will add up pairs the slow way and the fast way, give a column a vector for each
# field, count what that costs, and find the bugs in a field-aware factorization machine.
#
# **Before you start:** the lecture of unit 07. **Time:** 75 minutes.
#
# Each exercise is a function to complete: replace `raise NotImplementedError()` by your code. The
# cell below it checks your function and tells you what it found. `check.hint("name")` gives a
# hint. If you get stuck, go on: the lab then uses the course's own function.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from utils import evaluation, likes, movielens
from utils.checks import factorization_machines as check
from utils.plotting import BLUE, VERMILION, show
from utils.units.factorization_machines.fields import make_fields, write_rows
from utils.units.factorization_machines.models import FactorizationMachine

# %%
data = movielens.load("100k")
train, test = (likes.add_likes(part) for part in evaluation.split_random(data.ratings, seed=0))
fields = make_fields(data, train, ["user", "film", "age", "sex", "occupation", "genre", "year"])

# %% [markdown]
# ## 1. Every pair
#
# $$\sum_{i<j} (v_i \cdot v_j)\, x_i x_j$$
#
# `values` is a row of numbers $x_i$, one for each column; row $i$ of `vectors` is $v_i$. Each pair
# of two different columns counts once.
#
# Example: `values = [1, 2]` and `vectors = [[3, 0], [0.5, 4]]` have one pair. Its dot product is
# `1.5`, times 1 times 2 is `3.0`.


# %% exercise="sum_all_pairs"
def sum_all_pairs(values, vectors):
    """Add up the dot product of the vectors times both numbers, over all pairs of columns.

    Args:
        values: array (n,), the row x.
        vectors: array (n, k), the rows v_i.

    Returns:
        float.
    """
    ### BEGIN SOLUTION
    total = 0.0
    for i in range(len(values)):
        for j in range(i + 1, len(values)):
            total += vectors[i] @ vectors[j] * values[i] * values[j]
    return total
    ### END SOLUTION


# %% check="sum_all_pairs" points=1
check.sum_all_pairs()

# %%
float(check.to_numpy(sum_all_pairs(np.array([1.0, 2.0]), np.array([[3, 0], [0.5, 4]]))))

# %% [markdown]
# ## 2. The identity
#
# For each of the $k$ numbers of the vectors, with $a_i = x_i v_i$:
#
# $$\sum_{i<j} a_i a_j = \tfrac12 \Big[\Big(\sum_i a_i\Big)^2 - \sum_i a_i^2\Big]$$
#
# Write the sum over all pairs for many rows at once, without looking at a pair. The check tries it
# on long rows as well.
#
# Example: the row and the vectors of exercise 1, as `rows = [[1, 2]]`, give `[3.0]`.


# %% exercise="pair_sum"
def pair_sum(rows, vectors):
    """Return the sum over all pairs of columns for each row.

    Args:
        rows: array (m, n), a row x in each row.
        vectors: array (n, k), the rows v_i; the same for all rows.

    Returns:
        array (m,).
    """
    ### BEGIN SOLUTION
    total = rows @ vectors  # (m, k): the sum over the columns
    squares = rows**2 @ vectors**2  # each column squared before the sum
    return 0.5 * np.sum(total**2 - squares, axis=1)
    ### END SOLUTION


# %% check="pair_sum" points=2
check.pair_sum()

# %%
check.to_numpy(pair_sum(np.array([[1.0, 2.0]]), np.array([[3, 0], [0.5, 4]])))

# %% [markdown]
# A real row now: a rating of the test part, with ids and facts. How long do the two ways take?

# %%
generator = np.random.default_rng(0)
row = write_rows(fields, test.iloc[:1])
vectors = generator.normal(0, 0.1, (row.shape[1], 8))
print(f"{row.shape[1]:,} columns, {np.count_nonzero(row)} of them not zero")
started = time.perf_counter()
fast = check.to_numpy(pair_sum(row, vectors))[0]
print(f"identity: {fast:.4f} in {1e3 * (time.perf_counter() - started):.1f} milliseconds")
kept = np.flatnonzero(row)
slow = float(check.to_numpy(sum_all_pairs(row[0, kept], vectors[kept])))
print(f"pair by pair, zeros left out: {slow:.4f}")

# %% [markdown] cites=["400"]
# **In words:** leaving out the zeros helps the slow way, too. The row of a user who rated 400 films
# has 400 entries more, in a bag. How many pairs does it have then, and why does the identity not
# mind?

# %% [markdown] words="zeros_and_bags" points=2 cites=["400", "80,000"]
# The pairs grow with the square of the entries that are not zero: about 400 entries more mean about
# 80,000 pairs more. The identity has one term per entry in each of its two sums, so 400 entries
# mean 400 terms more.
#
# **Rubric.** One point: the number of pairs is about half the square of the number of entries, some
# 80,000. One point: the identity adds one term per entry, not per pair. "It uses matrices" or
# "numpy is fast" alone earns nothing.

# %% [markdown]
# In Keras the identity is a layer, with weights that learn. This is the one from the lecture, on
# rows that hold ids and facts. **Predict:** it knows user, film, age, sex, occupation, genres and
# decade; which share of test rows does it get right, if "more likely than not" counts as a like?

# %%
sample, others = train[:10_000], train[10_000:14_000]  # in random order already
model = keras.Sequential([keras.Input((row.shape[1],)), FactorizationMachine(8)])
model.compile(keras.optimizers.Adam(0.003), keras.losses.BinaryCrossentropy(from_logits=True))
history = model.fit(
    write_rows(fields, sample),
    sample["liked"].to_numpy(),
    batch_size=256,
    epochs=8,
    validation_data=(write_rows(fields, others), others["liked"].to_numpy()),
    verbose=0,
).history

# %%
figure, axes = plt.subplots()
axes.plot(range(1, 9), history["loss"], color=BLUE, marker="o", label="training")
axes.plot(range(1, 9), history["val_loss"], color=VERMILION, marker="s", label="other rows")
axes.set(title="A factorization machine without a penalty", xlabel="epoch", ylabel="log loss")
axes.legend()
show(
    figure,
    "Log loss over eight epochs. On the training rows it falls in every epoch; on other rows it "
    "falls for a few epochs and then rises.",
)
scores = model.predict(write_rows(fields, test[:4_000]), verbose=0).ravel()
print(f"right: {np.mean((scores > 0) == test['liked'][:4_000]):.0%} of the rows")

# %% [markdown]
# After a few epochs it learns the rows by heart. The machine of the lecture pays for its vectors
# and drops factors; this one does neither.
#
# ## 3. A vector for each field
#
# In a field-aware machine each column has a vector for every field it may meet. Column $i$ takes
# the one for the field of $j$, and column $j$ the one for the field of $i$:
#
# $$\sum_{i<j} (v_{i,f_j} \cdot v_{j,f_i})\, x_i x_j$$
#
# `fields[i]` is the field $f_i$ of column $i$, and `vectors[i, f]` the vector of column $i$ for
# field $f$.
#
# Example: two columns of the fields 0 and 1, both with the number 1. Then `vectors[0, 1]` meets
# `vectors[1, 0]`.


# %% exercise="field_pair_sum"
def field_pair_sum(values, fields, vectors):
    """Add up over all pairs of columns, each column with its vector for the field of the other.

    Args:
        values: array (n,), the row x.
        fields: int array (n,), the field of each column, counted from 0.
        vectors: array (n, num_fields, k).

    Returns:
        float.
    """
    ### BEGIN SOLUTION
    total = 0.0
    for i in range(len(values)):
        for j in range(i + 1, len(values)):
            dot = vectors[i, fields[j]] @ vectors[j, fields[i]]
            total += dot * values[i] * values[j]
    return total
    ### END SOLUTION


# %% check="field_pair_sum" points=2
check.field_pair_sum()

# %% [markdown]
# If all vectors of a column are equal, it should not matter which one is taken:

# %%
values, plain = generator.normal(size=5), generator.normal(size=(5, 2))
equal = np.repeat(plain[:, np.newaxis], 3, axis=1)
one = float(check.to_numpy(field_pair_sum(values, np.array([0, 1, 2, 0, 1]), equal)))
other = float(check.to_numpy(pair_sum(values[np.newaxis], plain))[0])
print(f"field-aware {one:.4f}, plain {other:.4f}")

# %% [markdown]
# **In words:** the identity of exercise 2 made the plain sum cheap. Why is there none for the
# field-aware sum?

# %% [markdown] words="no_identity" points=2
# The identity needs one vector per column, so that the sum of all columns can be squared. Here the
# vector of a column changes with the field of its partner: there is no one sum whose square holds
# all pairs. At best one can add up the columns of each field, one sum for every pair of fields.
#
# **Rubric.** One point: the vector of a column depends on the partner. One point: so no single sum
# contains every product; a sum for each pair of fields is the best there is. "It has more
# parameters" earns nothing.

# %% [markdown]
# ## 4. What does it cost?
#
# Count what both machines learn: one offset, one weight per column, and the vectors. A field-aware
# machine has a vector for *every* field in each column, its own field included.
#
# Example: 2 columns, 2 fields and vectors of 3 numbers: 1 + 2 + 6 = 9 and 1 + 2 + 12 = 15.


# %% exercise="count_parameters"
def count_parameters(num_columns, num_fields, dim):
    """Count the numbers that a factorization machine and a field-aware one learn.

    Args:
        num_columns, num_fields: ints, of a row.
        dim: int, the length of each vector.

    Returns:
        (fm, ffm), two ints, offset included.
    """
    ### BEGIN SOLUTION
    linear = 1 + num_columns
    return linear + num_columns * dim, linear + num_columns * num_fields * dim
    ### END SOLUTION


# %% check="count_parameters" points=1
check.count_parameters()

# %%
everything = make_fields(data, train)
num_columns = sum(field.num_columns for field in everything)
table = {dim: count_parameters(num_columns, len(everything), dim) for dim in (4, 8, 16, 32)}
pd.DataFrame(table, index=["FM", "FFM"]).T.rename_axis("dim")

# %% [markdown]
# The plain machine with vectors of 32 numbers is smaller than the field-aware one with 4.
#
# ## 5. Find the bugs
#
# A colleague wrote a field-aware machine for likes. It runs, it returns numbers between 0 and 1,
# and its training even improves them. It holds **four mistakes**.


# %%
def predict_like_with_bugs(rows, fields, offset, weights, vectors):
    probabilities = []
    for row in rows:
        score = offset + np.sum(weights[row != 0])
        for i in range(len(row)):
            for j in range(len(row)):
                score += vectors[i, fields[i]] @ vectors[j, fields[j]] * row[i] * row[j]
        probabilities.append(1 / (1 + np.exp(score)))
    return np.array(probabilities)


# %% [markdown]
# Write it again without the mistakes; start from a copy of the one above. What it should return for
# a row $x$ is the sigmoid $1 / (1 + e^{-s})$ of
#
# $$s = w_0 + \sum_i w_i x_i + \sum_{i<j} (v_{i,f_j} \cdot v_{j,f_i})\, x_i x_j$$


# %% exercise="predict_like"
def predict_like(rows, fields, offset, weights, vectors):
    """Return the probability of a like for each row, by a field-aware factorization machine.

    Args:
        rows: array (m, n), a row x in each row; any numbers, not only 0 and 1.
        fields: int array (n,), the field of each column.
        offset: float, w_0.
        weights: array (n,), w.
        vectors: array (n, num_fields, k).

    Returns:
        array (m,), between 0 and 1.
    """
    ### BEGIN SOLUTION
    probabilities = []
    for row in rows:
        score = offset + weights @ row  # each weight times the number in its column
        for i in range(len(row)):
            for j in range(i + 1, len(row)):  # each pair once, no column with itself
                dot = vectors[i, fields[j]] @ vectors[j, fields[i]]  # the field of the other
                score += dot * row[i] * row[j]
        probabilities.append(1 / (1 + np.exp(-score)))  # rises with the score
    return np.array(probabilities)
    ### END SOLUTION


# %% check="predict_like" points=3
check.predict_like()

# %% [markdown]
# How far off was the colleague? The same weights, a few random rows:

# %%
rows = generator.integers(0, 3, (4, 5)) / 2
of_columns = np.array([0, 0, 1, 2, 2])
weights, aware = generator.normal(size=5), generator.normal(0, 0.7, (5, 3, 2))
case = rows, of_columns, 0.1, weights, aware
with_bugs = predict_like_with_bugs(*case)
right = check.to_numpy(predict_like(*case))
pd.DataFrame({"with bugs": with_bugs, "without": right}).round(3)

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
