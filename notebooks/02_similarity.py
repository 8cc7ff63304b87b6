# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 02 Similarity
#
# "More like this" needs a number for *like*. Vectors offer three: distance, cosine and dot
# product. They answer different questions, and the wrong one fills a page with odd films.
#
# **Goals.** You will
# - compute the three by hand and say what each of them sees and ignores,
# - prove when they agree,
# - know which cosine is large, and which is just chance, in d dimensions,
# - see what the length of a trained vector means, and which films become hubs because of it,
# - find the k nearest of many vectors without a loop and without sorting.
#
# **Before you start:** unit 01 (embeddings). Unit 06 takes the model apart that trains the film
# vectors. **Time:** 40 minutes to read, half a minute to run.
# **Data:** MovieLens-100K.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import timeit

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers

from utils import evaluation, movielens, results, training
from utils.blocks import index_inputs
from utils.experiments.similarity import genre_overlap
from utils.figures import similarity as figures
from utils.plotting import BLUE, GRAY, MARKERS, PALETTE, SKY, VERMILION, show
from utils.units.similarity import item_vectors, measures

# %% [markdown]
# ## Three ways to compare
#
# A viewer has just watched a film with the vector (2, 1): a lot of action, some humor. Four
# other films are on offer.

# %%
query = np.array([2.0, 1.0])
films = pd.DataFrame(
    {"action": [2.0, 4.0, 3.0, -1.0], "humor": [2.0, 2.0, 5.0, 2.0]},
    index=["close", "same direction", "long", "right angle"],
)

# %%
figure, axes = plt.subplots(figsize=(6, 4.6))
arrow = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.009}
for name, vector in films.iterrows():
    axes.quiver(0, 0, *vector, color=BLUE, **arrow)
    axes.annotate(name, vector, xytext=vector + [0.1, 0.05])
axes.quiver(0, 0, *query, color=VERMILION, **arrow)
axes.annotate("query", query, xytext=(2.1, 0.7), color=VERMILION)
axes.set(title="Which film is most like the query?", xlabel="action", ylabel="humor")
axes.set(xlim=(-1.6, 5.9), ylim=(-0.3, 5.6), aspect="equal")
show(
    figure,
    "Five arrows from the origin. The query points to (2, 1). The film 'close' ends one step above "
    "it, 'same direction' is twice as long on the same line, 'long' is the longest and steeper, "
    "'right angle' points away at 90 degrees.",
)

# %% [markdown]
# **Predict:** which film is most like the query?
#
# The **Euclidean distance** is the length of the arrow from one tip to the other. The **dot
# product** multiplies coordinate by coordinate and adds. The **cosine** is the dot product divided
# by both lengths; what is left is the angle:
#
# $$|x - y| = \sqrt{\textstyle\sum_j (x_j - y_j)^2} \qquad
# x \cdot y = \textstyle\sum_j x_j y_j \qquad
# \cos(x, y) = \frac{x \cdot y}{|x|\,|y|}$$

# %% tags=["nbval-check-output"]
for name, vector in films.iterrows():
    distance = np.sqrt(np.sum((query - vector) ** 2))
    dot = np.sum(query * vector)
    cosine = dot / (np.sqrt(np.sum(query**2)) * np.sqrt(np.sum(vector**2)))
    print(f"{name:15} distance {distance:.2f}   cosine {cosine:.2f}   dot product {dot:5.1f}")

# %% [markdown]
# Three measures, three winners: *close* has the smallest distance, *same direction* the largest
# cosine, *long* the largest dot product. None is wrong; each asks something else. Distance asks
# "is it the same point?", cosine "does it point the same way?", and the dot product
# "how far does it go my way?".
#
# **Predict:** the vector of *close* is multiplied by 10. Which of its three numbers change?

# %% tags=["nbval-check-output"]
for factor in (1, 10):
    vector = factor * films.loc["close"].to_numpy()
    cosine = measures.cosine_similarity(query, vector)
    distance = np.linalg.norm(query - vector)
    print(f"x {factor:2}: distance {distance:.2f}, cosine {cosine:.2f}, dot {query @ vector:.0f}")

# %% [markdown]
# The cosine does not see length at all: it stays 0.95. The dot product grows with it, and the
# distance punishes it.
#
# Two more facts. A cosine lies between -1 and 1, both included. And a vector of **zeros** has no
# direction: the formula divides 0 by 0. In this course its cosine is 0, "like nothing".

# %% [markdown]
# ## On unit vectors the three agree
#
# Scale all vectors to length 1 and the quarrel ends. The proof takes two lines:
#
# $$|x - y|^2 = (x - y) \cdot (x - y) = |x|^2 + |y|^2 - 2\,x \cdot y$$
# $$|x| = |y| = 1 \;\Rightarrow\; |x - y|^2 = 2 - 2\,x \cdot y = 2\,(1 - \cos(x, y))$$
#
# The more similar, the closer, with nothing else in the formula. In numbers:

# %% tags=["nbval-check-output"]
unit_query = query / np.linalg.norm(query)
for name, unit in zip(films.index, measures.normalize(films.to_numpy()), strict=True):
    squared = np.sum((unit_query - unit) ** 2)
    print(f"{name:15} |x - y|^2 = {squared:.4f}   2 (1 - cos) = {2 * (1 - unit_query @ unit):.4f}")

# %% [markdown]
# So an index that only knows Euclidean distance can serve cosine: normalize first. **Predict:**
# what is the cosine of a vector with itself, on a computer?

# %%
vector = np.random.default_rng(0).standard_normal((2_000, 32), dtype="float32")
units = measures.normalize(vector)
with_itself = np.sum(units * units, axis=1)
print(f"from {with_itself.min():.8f} to {with_itself.max():.8f}")

# %% [markdown]
# Not always 1. If it comes out a little above, $1 - \cos$ is negative, its root is NaN, and the
# film is missing from its own list. Cut at 0 before you take a root:
# `measures.distance_from_cosine` does.

# %% [markdown]
# ## What cosine does chance give?
#
# Is a cosine of 0.3 a lot? Take vectors that have nothing to do with each other: random numbers.
# **Predict:** how does the spread of their cosines change from 2 to 1,024 dimensions?

# %%
generator = np.random.default_rng(seed=0)
dimensions = 2 ** np.arange(1, 11)
cosines = {}
for d in dimensions:
    first, second = generator.standard_normal((2, 4_000, d))
    cosines[d] = np.sum(measures.normalize(first) * measures.normalize(second), axis=1)

# %% tags=["nbval-check-output"]
for d in (2, 16, 128, 1024):
    mean, sd = cosines[d].mean(), cosines[d].std()
    print(f"d = {d:4}: mean {mean:6.3f}, sd {sd:.3f}, 1 / sqrt(d) = {1 / np.sqrt(d):.3f}")

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8))
for d, color in zip((2, 16, 256), (GRAY, VERMILION, BLUE), strict=True):
    left.hist(cosines[d], bins=np.linspace(-1, 1, 61), histtype="step", lw=2, color=color)
left.annotate("d = 2", (-0.97, 330), color=GRAY)
left.annotate("d = 16", (0.3, 260), color=VERMILION)
left.annotate("d = 256", (0.12, 700), color=BLUE)
left.set(title="Cosines of 4,000 random pairs", xlabel="cosine", ylabel="pairs")
right.loglog(dimensions, [cosines[d].std() for d in dimensions], "o", label="measured")
right.loglog(dimensions, 1 / np.sqrt(dimensions), color=GRAY, label="1 / sqrt(d)")
right.set(title="Their spread", xlabel="dimensions d", ylabel="standard deviation of the cosine")
right.legend()
show(
    figure,
    "Left: histograms of cosines of random vectors. In 2 dimensions they pile up at -1 and 1, in "
    "16 they form a broad bell around 0, in 256 a narrow one. Right: their standard deviation over "
    "d, on log axes, lies on the straight line of 1 over the square root of d.",
)

# %% [markdown]
# The mean is 0, and the standard deviation is exactly $1/\sqrt d$. Why? Turn the space until $x$
# is the first axis: then the cosine is the first coordinate of a random unit vector $y$. Its $d$
# squared coordinates add up to 1 and none is special, so each is $1/d$ on average.
#
# In 2 dimensions 0.3 is nothing. In 1,024 dimensions it is almost ten standard deviations, and
# random vectors are as good as at right angles.

# %% [markdown]
# ## Vectors of films
#
# Now trained vectors. The model predicts stars by $\mu + b_u + b_i + p_u \cdot q_i$. It is that of
# unit 01 with 32 coordinates in place of two, and a bias for films as well: $b_i$ holds whether a
# film is good, and $q_i$ is left with *who* likes it.

# %%
data = movielens.load("100k")
sizes = (data.num_users, data.num_items, item_vectors.EMBEDDING_DIM)
show(*figures.rating_model(*sizes, "compare films"))

# %% [markdown]
# One thing is new against unit 01: long vectors can be made to cost. `activity_regularizer` looks
# at the rows that a batch has just used and adds `row_l2` times their squared length to the loss.


# %% shows="utils.blocks.table"
def table(size, dim, name, row_l2=0.0, spread=0.05):
    return layers.Embedding(
        size,
        dim,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=spread)
        if spread
        else "zeros",
        activity_regularizer=keras.regularizers.L2(row_l2),
        name=name,
    )


# %% shows="utils.units.similarity.item_vectors.build_penalized_model"
def build_penalized_model(num_users, num_items, embedding_dim, mean_rating, row_l2, bias_l2):
    user, item = index_inputs()
    users = table(num_users, embedding_dim, "user_factors", row_l2)
    items = table(num_items, embedding_dim, "item_factors", row_l2)
    user_bias = table(num_users, 1, "user_bias", bias_l2, spread=0)
    item_bias = table(num_items, 1, "item_bias", bias_l2, spread=0)
    dot = layers.Dot(axes=1)([users(user), items(item)])
    stars = dot + user_bias(user) + item_bias(item) + mean_rating
    return keras.Model([user, item], stars)


# %% [markdown]
# `index_inputs` makes the two `keras.Input`s of unit 01. `training.fit` calls `compile` and `fit`
# as there, with a learning rate that falls to zero. We train twice, without and with the penalty
# that unit 06 recommends, and keep nothing but the table of films.

# %%
train, _ = evaluation.split_random(data.ratings, seed=0)
mean_rating = float(train["rating"].mean())
vectors_by_model = {}
for name, penalties in item_vectors.PENALTIES.items():
    keras.utils.set_random_seed(0)
    model = build_penalized_model(*sizes, mean_rating, **penalties)
    training.fit(model, train)
    vectors_by_model[name] = model.get_layer("item_factors").get_weights()[0]

# %% [markdown]
# ### What does the length of a vector say?
#
# A rule of thumb says that norms encode popularity: the more ratings, the longer the vector.
# **Predict:** is that so? With the penalty as well?

# %%
num_ratings = np.bincount(train["item_index"], minlength=data.num_items)
figure, panels = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True)
group_of = np.digitize(num_ratings, [1, 3, 6, 12, 25, 50, 100, 200])
groups = [np.flatnonzero(group_of == number) for number in range(9)]
for axes, (name, vectors) in zip(panels, vectors_by_model.items(), strict=True):
    norms = np.linalg.norm(vectors, axis=1)
    axes.plot(1 + num_ratings, norms, ".", color=SKY, markersize=3)
    centers = [np.median(1 + num_ratings[group]) for group in groups]
    means = [norms[group].mean() for group in groups]
    axes.plot(centers, means, "s-", color=VERMILION, label="mean of the group")
    axes.set(title=name.capitalize(), xlabel="1 + training ratings", xscale="log")
panels[0].set_ylabel("length of the film's vector")
panels[0].legend()
show(
    figure,
    "Length of 1,682 film vectors over their number of ratings. Without a penalty the length grows "
    "with the number of ratings. With the penalty it rises up to about ten ratings and then falls.",
)

# %% [markdown]
# Without a penalty the rule holds: each rating pulls at the vector, and nothing pulls back. With
# the penalty it breaks. Films without ratings keep their short random start, a few ratings
# are soon learned by heart with a *long* vector, and for well-known films many viewers average
# out to a short one. The norm still says how much a film was rated, but not along a line.
# Over five seeds:

# %% tags=["nbval-check-output"]
runs = results.load("02_similarity")
correlations = results.mean_and_spread(runs, ["model"], ["correlation"], digits=2)["correlation"]
print("correlation of the norm and log(1 + ratings)")
print(correlations.to_string())

# %% [markdown]
# So do not repeat the rule, measure it: the norm depends on the data, on the loss and on the
# penalty.
#
# ## Neighbors under three measures
#
# From here on: the vectors with the penalty, the better model. **Predict:** which of the three
# measures will be led astray by those long vectors of films that hardly anybody rated?

# %%
vectors = vectors_by_model["penalty of unit 06"]
scores = measures.compare_all(vectors)
titles = data.items["title"].to_numpy()


def neighbors_of(title, k=5):
    """List the k nearest films under each measure, with their number of ratings."""
    position = np.flatnonzero(titles == title)[0]
    columns = {}
    for name, all_scores in scores.items():
        best = measures.top_k_ids(all_scores[position], np.arange(data.num_items), k, position)
        columns[name] = [f"{titles[film][:28]} ({num_ratings[film]})" for film in best]
    return pd.DataFrame(columns, index=range(1, k + 1))


# %%
neighbors_of("Star Wars")

# %%
neighbors_of("Pulp Fiction")

# %%
neighbors_of("Aladdin")

# %% [markdown]
# In parentheses: training ratings. Distance and cosine find sequels and relatives, nearly the
# same ones for films of usual length. The dot product brings up films that a handful of people
# rated: they are long, and length alone earns a large product with everything on their side.

# %% [markdown]
# Can we trust our eyes, on three films out of 1,682? The model never saw a genre. Count how
# much the genres of a film overlap with those of its ten neighbors (shared genres, divided by
# genres of either), for all films with at least 100 training ratings.

# %%
overlap = genre_overlap(data.items["genres"])
well_known = np.flatnonzero(num_ratings >= measures.WELL_KNOWN)
by_chance = overlap[well_known].mean()

# %% tags=["nbval-check-output"]
names = {f"{name}: genres": name for name in scores}
print(f"{len(well_known)} films; overlap with films drawn at random {by_chance:.2f}")
overlaps = results.mean_and_spread(runs, ["model"], list(names)).rename(columns=names)
print(overlaps.T.to_string())

# %% [markdown]
# All three know something about genres that nobody told them. With the penalty, cosine and
# distance are level (their difference is smaller than the spread) and the dot product is clearly
# behind. Without the penalty the order turns: there a *short* vector is the sign of a film that
# nobody knows, the distance brings those up, and the dot product avoids them. The measure has to
# fit the norms.

# %% [markdown]
# ## Hubs
#
# Write down the ten nearest films of every film: 1,682 lists. On average a film stands in ten
# of them. **Predict:** in how many does the most frequent one stand?

# %%
figure, panels = plt.subplots(1, 3, figsize=(10, 3.6), sharey=True)
norms = np.linalg.norm(vectors, axis=1)
for axes, (name, all_scores), color, marker in zip(
    panels, scores.items(), PALETTE, MARKERS, strict=False
):
    neighbors = measures.nearest_rows(all_scores, measures.K)
    occurrences = np.bincount(neighbors.ravel(), minlength=data.num_items)
    axes.plot(norms, occurrences, marker, color=color, alpha=0.3, markersize=4)
    axes.axhline(measures.K, color=GRAY, linestyle="--")
    axes.set(title=name.capitalize(), xlabel="length of the vector")
panels[0].set(ylabel="lists that hold the film")
panels[2].annotate("mean: 10", (0.02, 16), color=GRAY)
show(
    figure,
    "In how many of 1,682 lists of ten a film stands, over the length of its vector, for three "
    "measures. By distance, short vectors stand in many lists. By cosine, length hardly matters. "
    "By dot product a few long vectors stand in hundreds of lists and short ones in none.",
)

# %% [markdown]
# A film in far too many lists is a **hub**. Hubs come with many dimensions under *any* measure
# ([Radovanović and others, 2010](https://www.jmlr.org/papers/v11/radovanovic10a.html)), but norms
# decide who they are. **Distance** favors short vectors, which lie in the middle and near to
# everybody. The **dot product** favors long ones. **Cosine** cannot see length, and its lists
# spread over more films. Over five seeds, the number of lists that hold the largest hub, and the
# share of films in no list:

# %% tags=["nbval-check-output"]
with_penalty = runs[runs["model"] == "penalty of unit 06"]
columns = {}
for column, digits in (("largest", 0), ("never", 2)):
    names = [f"{name}: {column}" for name in scores]
    row = results.mean_and_spread(with_penalty, ["model"], names, digits).iloc[0]
    columns[column] = row.to_list()
print(pd.DataFrame(columns, index=list(scores)).to_string())

# %% [markdown] quotes=["200"]
# The largest hub of the dot product stands in over 200 lists, and nearly half of all films stand
# in none: for a "more like this" page they do not exist. A model *trained* with a dot product
# ranks films for a **user** with it, and rightly so. Between films it was never trained to mean
# anything ([Steck and others, 2024](https://arxiv.org/abs/2403.05440)), so look at the lists
# before you ship them.

# %% [markdown]
# ## One against all, without a loop
#
# The cosine of one vector with all rows is one matrix product and one division. This is also where
# the most frequent bug of the subject lives. Here are two ways to write the division.
# **Predict:** which is wrong, and what will it return?

# %% tags=["nbval-check-output"]
rows = films.to_numpy()
first = rows @ query / (np.linalg.norm(rows) * np.linalg.norm(query))
second = rows @ query / (np.linalg.norm(rows, axis=1) * np.linalg.norm(query))
print(pd.DataFrame({"first": first, "second": second}, index=films.index).round(3).to_string())

# %% [markdown]
# Without `axis=1`, `np.linalg.norm` is one number for the **whole array**. No error, no number
# above 1, nothing looks strange. But dividing all products by the same number leaves their order
# as it was: the first column ranks *long* first, as the dot product does. You get the hubs,
# under the name of a cosine. The test is easy: `cosine(x, x)` must be 1.

# %% [markdown]
# ## The best ten without sorting a million
#
# A page shows ten films. Sorting a million scores to read ten of them is waste.
# `np.argpartition` puts the k best in front, in any order, and leaves the rest unsorted; then
# only those k need sorting. **Predict:** how much faster?

# %%
many_scores = generator.standard_normal(1_000_000, dtype="float32")


def by_sorting(scores, k):
    return np.argsort(-scores)[:k]


def by_partition(scores, k):
    best = np.argpartition(-scores, k)[:k]  # the k best, in any order
    return best[np.argsort(-scores[best])]


# %%
seconds = {
    function.__name__: min(timeit.repeat(lambda f=function: f(many_scores, 10), number=1, repeat=5))
    for function in (by_sorting, by_partition)
}
for name, value in seconds.items():
    print(f"{name}: {value * 1000:.0f} ms")
same = np.array_equal(by_sorting(many_scores, 10), by_partition(many_scores, 10))
print("the same ten:", same)

# %% [markdown]
# The same ten, several times faster. One trap is left: what comes out are **positions** in the
# array of scores, not ids of films. If films were left out before scoring, or the ids do
# not count from 0, the position is the name of another film:

# %% tags=["nbval-check-output"]
ids = np.array([50, 181, 172, 174])
some_scores = np.array([1.0, 0.6, 0.9, 0.2])
print("positions:", by_partition(some_scores, 2))
print("ids:      ", ids[by_partition(some_scores, 2)])
print("without the film itself:", measures.top_k_ids(some_scores, ids, k=2, query_id=50))

# %% [markdown] quotes=["100", "0.05"]
# The film asked about is its own best match, by cosine. Leave it out by its id. To drop
# whatever comes first is not the same: by dot product, a longer film may come before it.
#
# ## Takeaways
#
# - Distance, cosine and dot product ask different questions. Cosine ignores length, the dot
#   product rewards it, distance punishes a difference in it.
# - On unit vectors $|x-y|^2 = 2(1-\cos)$: all three give the same order.
# - Random vectors have cosine 0 with standard deviation $1/\sqrt d$. Judge a cosine by that.
# - What a norm encodes depends on data, loss and penalty. Plot it before you use it.
# - Distance makes hubs of short vectors, the dot product of long ones.
# - Norms need `axis=1`, zero vectors a decision, top-k a partial sort and ids.
#
# ## Questionnaire
#
# <details><summary>All vectors of a table are doubled. Which of the three rankings for a fixed
# query change?</summary>Cosine and dot product keep their order. The ranking by distance may
# change, if the query itself is not doubled.</details>
#
# <details><summary>Two unit vectors have distance 1. What is their cosine?</summary>From
# 1 = 2 (1 - cos) it is one half: 60 degrees.</details>
#
# <details><summary>In 100 dimensions you measure a cosine of 0.05 between two films. What do you
# conclude?</summary>Nothing. Chance has a standard deviation of one tenth.</details>
#
# <details><summary>A "cosine" search for a film does not return that film first. What do you
# suspect?</summary>The norm over the whole array: the order is that of the dot
# product.</details>
#
# <details><summary>Why are films with very few ratings hubs of the dot product here?</summary>The
# penalty is paid once per rating, and a few ratings can be learned by heart. Their vectors are
# long, and the dot product rewards length.</details>
#
# <details><summary>A vector database offers only Euclidean distance. How do you get
# cosine?</summary>Normalize all vectors and the query to length 1. The order by distance is
# then the order by cosine.</details>
#
# ## Going further
#
# - M. Radovanović, A. Nanopoulos, M. Ivanović, ["Hubs in Space: Popular Nearest Neighbors in
#   High-Dimensional Data"](https://www.jmlr.org/papers/v11/radovanovic10a.html), 2010.
# - H. Steck, C. Ekanadham, N. Kallus, ["Is Cosine-Similarity of Embeddings Really About
#   Similarity?"](https://arxiv.org/abs/2403.05440), 2024: how the penalty decides what a cosine
#   means.
# - J. Johnson, M. Douze, H. Jégou, ["Billion-scale similarity search with
#   GPUs"](https://arxiv.org/abs/1702.08734), 2017.
# - T. Cai, J. Fan, T. Jiang, ["Distributions of Angles in Random Packing on
#   Spheres"](https://arxiv.org/abs/1306.0256), 2013.
