# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 02 Similarity
#
# **Goals.** You will write the cosine of two vectors and of one vector with a million others, turn
# cosines into distances, take the best k without sorting everything, and put it all together into
# "more like this" for films.
#
# **Before you start:** the lecture of unit 02. **Time:** 60 minutes. **Data:** MovieLens-100K.
#
# Each exercise is a function to complete: replace `raise NotImplementedError()` by your code. The
# cell below it checks your function and tells you what it found. `check.hint("top_k_ids")` (or
# the name of another exercise) gives a hint. If you get stuck, go on: the lab then uses the
# course's own function.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import time
import timeit

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from utils import evaluation, movielens
from utils.checks import similarity as check
from utils.plotting import BLUE, GRAY, VERMILION, show
from utils.units.similarity import item_vectors, measures

# %% [markdown]
# ## 1. The cosine of two vectors
#
# $$\cos(x, y) = \frac{x \cdot y}{|x|\,|y|}$$
#
# Example: `cosine_similarity(np.array([3.0, 4.0]), np.array([4.0, 3.0]))` gives `0.96`. The
# cosine with a vector of zeros is 0 by our convention.


# %% exercise="cosine_similarity"
def cosine_similarity(first, second):
    """Return the cosine of the angle between two vectors.

    Args:
        first, second: arrays (d,).

    Returns:
        float; 0 if one of the vectors is all zeros.
    """
    ### BEGIN SOLUTION
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    return float(first @ second / lengths) if lengths > 0 else 0.0
    ### END SOLUTION


# %% check="cosine_similarity" points=1
check.cosine_similarity()

# %% [markdown]
# Three viewers gave stars to the same four films. Ann and Bob agree on the order; Eve wants the
# opposite. **Predict:** what are the cosines of Ann with Bob and of Ann with Eve?

# %% tags=["nbval-check-output"]
ann, bob, eve = np.array([5.0, 4, 2, 1]), np.array([4.0, 4, 2, 2]), np.array([1.0, 2, 4, 5])
for name, other in (("Bob", bob), ("Eve", eve)):
    plain = check.to_numpy(cosine_similarity(ann, other)).item()
    around_mean = cosine_similarity(ann - ann.mean(), other - other.mean())
    around_mean = check.to_numpy(around_mean).item()
    print(f"Ann and {name}: stars {plain:.2f}, stars less the mean {around_mean:.2f}")

# %% [markdown]
# **Read the numbers.** Why is the first cosine of Ann and Eve not negative, although their tastes
# are opposite? (`check.to_numpy` lets the lab go on with arrays and tensors, too.)

# %% [markdown] words="never_negative" points=2
# Stars are never negative, so all vectors of stars lie in one corner of the space, and no angle
# there is larger than 90 degrees. Less the mean, the vectors say "more or less than usual", and
# opposite tastes get a cosine of -1. Where zero is matters for a cosine.
#
# **Rubric.** One point: stars are positive, so every product of two of them is, and the cosine with
# them. One point: zero must be moved, here to the mean of each viewer, before opposite tastes can
# point in opposite directions. "They agree on some films" earns nothing: on no film do they.

# %% [markdown]
# ## 2. One against all
#
# Example: `cosine_to_all(np.array([3.0, 4.0]), np.array([[4.0, 3.0], [6.0, 8.0], [0.0, 0.0]]))`
# gives `[0.96, 1, 0]`. Write it without a loop: the check also looks at the clock. And mind whose
# length you divide by.


# %% exercise="cosine_to_all"
def cosine_to_all(query, vectors):
    """Return the cosine of one vector with every row of an array.

    Args:
        query: array (d,).
        vectors: array (n, d); it must not be changed.

    Returns:
        array (n,); 0 where the row, or the query, is all zeros.
    """
    ### BEGIN SOLUTION
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    return vectors @ query / np.where(lengths > 0, lengths, 1)
    ### END SOLUTION


# %% check="cosine_to_all" points=2
check.cosine_to_all()

# %% [markdown] quotes=["5,000"] cites=["256"]
# Now a catalog of a million vectors with 64 numbers each, 256 MB. **Predict:** how many times
# faster is your function than a loop over `cosine_similarity`? The loop gets only the first 5,000
# rows; the rest of its time is extrapolated.

# %%
generator = np.random.default_rng(seed=0)
million = generator.standard_normal((1_000_000, 64), dtype="float32")
query = million[123_456]

started = time.perf_counter()
cosines = check.to_numpy(cosine_to_all(query, million))
seconds_all = time.perf_counter() - started

started = time.perf_counter()
by_loop = np.array([cosine_similarity(query, vector) for vector in million[:5_000]]).ravel()
seconds_loop = (time.perf_counter() - started) * len(million) / len(by_loop)

# %%
print(f"all at once {seconds_all:.2f} s, loop {seconds_loop:.1f} s")
print(f"ratio {seconds_loop / seconds_all:.0f}")
print(f"largest difference {np.abs(cosines[:5_000] - by_loop).max():.0e}")

# %% [markdown]
# Most of the time at once goes into the million lengths, and they are the same for every query.
# **Predict:** what does a query cost if all vectors are normalized beforehand?

# %%
units = measures.normalize(million)  # once, for all queries to come
started = time.perf_counter()
by_product = units @ units[123_456]
seconds_product = time.perf_counter() - started
print(f"product alone {seconds_product:.3f} s, ratio {seconds_loop / seconds_product:.0f}")

# %% [markdown] tags=["solution"]
# One product of a matrix and a vector is left. This is why search engines for vectors store unit
# vectors.

# %% [markdown]
# These vectors are random numbers. The lecture says which cosines chance gives:

# %% tags=["nbval-check-output"]
others = np.delete(cosines, 123_456)
print(f"sd {others.std():.3f}, 1 / sqrt(64) = {1 / np.sqrt(64):.3f}")
print(f"largest of a million {others.max():.2f}")

# %% [markdown]
# **Read the numbers.** The best match among a million vectors that mean nothing has a cosine of
# 0.56. What does that say about "the most similar item" in a large catalog?

# %% [markdown] words="chance" points=2
# It is more than four standard deviations from 0, and still chance: among a million tries, a few
# come out that far. A nearest neighbor always exists, similar or not. The larger the catalog,
# the higher the cosine must be to mean anything.
#
# **Rubric.** One point: the best of a million is large by chance alone, so a nearest neighbor need
# not be similar. One point: what counts as large depends on the size of the catalog, or on what
# random vectors of the same dimension give. "A cosine of one half means half similar" earns
# nothing.

# %% [markdown]
# ## 3. From cosine to distance
#
# On unit vectors $|x - y|^2 = 2\,(1 - \cos(x, y))$. Write the distance as a function of the
# cosine. Rounding can give cosines like `1.0000001`, and their distance is 0.
#
# Example: `distance_from_cosine(np.array([1.0, 0.5, -1.0]))` gives `[0, 1, 2]`.


# %% exercise="distance_from_cosine"
def distance_from_cosine(cosine):
    """Return the Euclidean distances of unit vectors, given their cosines.

    Args:
        cosine: array (n,), from -1 to 1 up to rounding.

    Returns:
        array (n,), from 0 to 2.
    """
    ### BEGIN SOLUTION
    return np.sqrt(np.maximum(2 * (1 - cosine), 0))
    ### END SOLUTION


# %% check="distance_from_cosine" points=1
check.distance_from_cosine()

# %% [markdown]
# Measure instead of believing: the dots are distances taken directly, between unit vectors of 2,
# 8 and 64 dimensions; the line is your function.

# %%
figure, axes = plt.subplots(figsize=(6, 3.8))
for d, color, marker in ((2, GRAY, "o"), (8, VERMILION, "s"), (64, BLUE, "^")):
    units = measures.normalize(generator.standard_normal((60, d)))
    measured = np.linalg.norm(units[1:] - units[0], axis=1)
    axes.plot(units[1:] @ units[0], measured, marker, color=color, label=f"measured, d = {d}")
line = np.linspace(-1, 1, 201)
axes.plot(line, check.to_numpy(distance_from_cosine(line)), "k:", label="your function")
axes.set(title="Cosine and distance of unit vectors", xlabel="cosine", ylabel="distance")
axes.legend()
show(
    figure,
    "Distance over cosine of unit vectors. Dots of 2, 8 and 64 dimensions all lie on one falling "
    "curve from distance 2 at cosine -1 to distance 0 at cosine 1.",
)

# %% [markdown]
# **Read the plot.** A library finds the nearest unit vectors by distance. Does it find the ones
# with the largest cosine? Why?

# %% [markdown] words="same_order" points=2
# Yes: the curve only falls, in every dimension. The smaller the distance, the larger the cosine,
# so both give the same list in the same order. The dots of 64 dimensions stay near the
# middle, where chance puts them.
#
# **Rubric.** One point for yes, the same vectors in the same order. One point for the reason: the
# distance falls wherever the cosine grows, in every dimension. "Yes" alone earns one point; "yes,
# if the dimension is large" earns none.

# %% [markdown]
# ## 4. The best k
#
# Four ids and their scores:

# %%
few_scores, few_ids = np.array([0.9, -0.2, 1.3, 0.3]), np.array([50, 10, 40, 30])

# %% [markdown]
# `top_k_ids(few_scores, few_ids, 2, 40)` gives `[50, 30]`. Ids, not positions; the best first; the
# query left out, wherever it stands. Sorting everything is right. Faster is `np.argpartition`,
# which finds the k best in any order, and a sort of those k; the cells below measure both.


# %% exercise="top_k_ids"
def top_k_ids(scores, ids, k, query_id):
    """Return the ids of the k best scores.

    Args:
        scores: float array (n,), any sign, larger is better.
        ids: int array (n,), the id that belongs to each score; each id once.
        k: int >= 1; if there are fewer than k others, return them all.
        query_id: int, the id that was asked about; it is left out.

    Returns:
        int array of ids, the best first.
    """
    ### BEGIN SOLUTION
    keep = ids != query_id
    scores, ids = scores[keep], ids[keep]
    if k < len(scores):
        best = np.argpartition(-scores, k)[:k]  # the k best, in any order
        scores, ids = scores[best], ids[best]
    return ids[np.argsort(-scores)]
    ### END SOLUTION


# %% check="top_k_ids" points=2
check.top_k_ids()

# %%
top_k_ids(few_scores, few_ids, 2, 40)

# %% [markdown]
# Back to the million, with catalog numbers that are no positions:

# %%
catalog_numbers = generator.permutation(1_000_000) + 5_000_000
best_of_million = check.to_numpy(top_k_ids(cosines, catalog_numbers, 5, catalog_numbers[123_456]))
by_sorting = catalog_numbers[np.argsort(-cosines)[1:6]]  # the first is the query itself
print(best_of_million, "the same by sorting:", np.array_equal(best_of_million, by_sorting))

# %%
for name, function in {
    "yours": lambda: top_k_ids(cosines, catalog_numbers, 5, catalog_numbers[123_456]),
    "sorting all": lambda: catalog_numbers[np.argsort(-cosines)[1:6]],
}.items():
    seconds = min(timeit.repeat(function, number=1, repeat=5))
    print(f"{name}: {1000 * seconds:.0f} ms")

# %% [markdown]
# ## 5. More like this
#
# Now films. The vectors come from the model of the lecture, trained with its penalty on the stars
# of the training part.

# %%
data = movielens.load("100k")
train, _ = evaluation.split_random(data.ratings, seed=0)
penalties = item_vectors.PENALTIES["penalty of unit 06"]
vectors = item_vectors.train_item_vectors(train, data.num_users, data.num_items, **penalties)

# %% [markdown]
# An `item_id` is the name of a film. Its `item_index` is its row in `vectors`. And the table
# `items` may list the films in any order. In MovieLens the three look alike, so here is a catalog
# in which they differ:

# %%
small_items = pd.DataFrame(
    {
        "item_id": [3, 0, 5, 1, 4, 2],
        "item_index": [1, 4, 0, 5, 2, 3],
        "title": ["Alien", "Brazil", "Casablanca", "Dracula", "Emma", "Fargo"],
    }
)
small_vectors = np.array([[0.4, 2.0], [3.0, 0.5], [0.6, 0.3], [-0.5, 1.0], [1.0, -0.4], [2.5, 2.0]])
small_items

# %% [markdown]
# `nearest_films(3, small_vectors, small_items, k=2)` asks about the film with the id 3. That is
# *Alien*; its vector is row 1, `[3, 0.5]`. Draw the six vectors: which two point most nearly in its
# direction? It gives `["Emma", "Dracula"]`. Use `cosine_to_all` and `top_k_ids`.


# %% exercise="nearest_films"
def nearest_films(item_id, vectors, items, k):
    """Return the titles of the k films whose vectors have the largest cosine with one film's.

    Args:
        item_id: int, the film that is asked about.
        vectors: array (num_items, d); row = item_index.
        items: DataFrame with item_id, item_index and title, one row per film, in any order.
        k: int, how many titles.

    Returns:
        list of k titles, the most similar first, without the film itself.
    """
    ### BEGIN SOLUTION
    by_id = items.set_index("item_id")
    row = by_id.loc[item_id, "item_index"]  # id -> row of vectors
    cosines = cosine_to_all(vectors[row], vectors)
    best = top_k_ids(cosines[by_id["item_index"]], by_id.index.to_numpy(), k, item_id)
    return by_id.loc[best, "title"].tolist()
    ### END SOLUTION


# %% check="nearest_films" points=3
check.nearest_films()

# %%
nearest_films(3, small_vectors, small_items, k=2)

# %% [markdown]
# And the films of the lecture's model:

# %%
asked = {50: "Star Wars", 56: "Pulp Fiction", 95: "Aladdin", 228: "Star Trek II"}
pd.DataFrame(
    {name: list(nearest_films(item_id, vectors, data.items, 6)) for item_id, name in asked.items()}
)

# %% [markdown]
# Some neighbors convince, others do not. How many ratings stand behind them? The next cell takes
# all films with at least 100 training ratings and their ten neighbors: once with your cosine, and
# once with the norm over the whole array, the bug of exercise 2.
#
# **Predict:** which list holds films that hardly anybody has rated?

# %%
num_ratings = np.bincount(train["item_index"], minlength=data.num_items)
rows = np.arange(data.num_items)
behind = {"cosine": [], "norm over the whole array": []}
for row in np.flatnonzero(num_ratings >= 100):
    whole = vectors @ vectors[row] / (np.linalg.norm(vectors) * np.linalg.norm(vectors[row]))
    by_cosine = check.to_numpy(cosine_to_all(vectors[row], vectors))
    for scores, counts in zip((by_cosine, whole), behind.values(), strict=True):
        best = check.to_numpy(top_k_ids(scores, rows, 10, row))
        counts.extend(num_ratings[best])

# %%
figure, axes = plt.subplots(figsize=(7, 3.8))
edges = [0, 3, 10, 30, 100, 300, 600]
labels = [f"{low} to {high - 1}" for low, high in zip(edges, edges[1:], strict=False)]
for (name, counts), color, shift, hatch in zip(
    behind.items(), (BLUE, VERMILION), (-0.2, 0.2), ("", "//"), strict=True
):
    shares = np.histogram(counts, bins=edges)[0] / len(counts)
    places = np.arange(len(labels)) + shift
    axes.bar(places, 100 * shares, 0.4, color=color, hatch=hatch, edgecolor="white", label=name)
axes.set_xticks(range(len(labels)), labels)
axes.set(title="Who are the neighbors of well-known films?", ylabel="share of neighbors (%)")
axes.set(xlabel="training ratings of the neighbor", ylim=(0, 50))
axes.legend(loc="upper center", ncols=2)
show(
    figure,
    "Shares of neighbors by their number of ratings. With the cosine, neighbors with 30 ratings or "
    "more are in the majority; with the norm over the whole array, those with fewer than 30.",
)

# %% [markdown]
# **Read the plot.** Where do the films with few ratings come from? Does the cosine keep them out?

# %% [markdown] words="few_ratings" points=2
# Dividing by the norm of the whole array leaves the order of the dot product, and that rewards
# length. In this model the long vectors belong to films with a handful of ratings (see the
# lecture), so more than half of the neighbors are films with fewer than 30 ratings. With
# the cosine, length counts for nothing. It still shows some rare films: their direction comes from
# very few ratings, and the cosine cannot know that. A page for readers would also ask for a
# minimum number of ratings.
#
# **Rubric.** One point: with the norm over the whole array the order is that of the dot product,
# which favors long vectors, and in this model films with few ratings have those. One point: the
# cosine shows fewer of them, not none, since the direction of a film with few ratings is uncertain
# as well. "There are many films with few ratings" is true, but explains neither list, and earns
# nothing.

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
