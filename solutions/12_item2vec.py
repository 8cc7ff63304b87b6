# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 12 Item2vec
#
# **Goals.** You will cut a list into pairs, decide how often a film is drawn as a negative, walk
# on a graph, turn one table of vectors onto another, and find the bugs in a report on two
# versions.
#
# **Before you start:** the lecture of unit 12. **Time:** 75 minutes.
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

from utils import evaluation, movielens
from utils.checks import item2vec as check
from utils.plotting import BLUE, GREEN, ORANGE, show
from utils.units.item2vec import graph, sequences, skip_gram
from utils.units.item2vec.models import build_full_skip_gram, fit_expected, tables_of

# %%
data = movielens.load("100k")
likes = data.ratings[data.ratings["rating"] >= 4]
train, _ = evaluation.split_leave_one_out(likes)
lists = sequences.make_sequences(train)
titles = data.items["title"]

# %% [markdown]
# ## 1. Pairs from a window
#
# Each film of a list is a center once. Its contexts are the films at most `window` places before
# it or behind it. A film may come twice in a list: at another place it is a context like any
# other.
#
# Example: the list `[5, 6, 7]` and a window of 1 give `[[5, 6], [6, 5], [6, 7], [7, 6]]`.


# %% exercise="window_pairs"
def window_pairs(sequence, window):
    """Return all pairs (center, context) at most `window` places apart.

    Args:
        sequence: int array (n,), films in their order; n is at least 2.
        window: int >= 1.

    Returns:
        int array (num_pairs, 2), in the order of the place of the center, then of the context.
    """
    ### BEGIN SOLUTION
    pairs = []
    for center in range(len(sequence)):
        first, last = max(0, center - window), min(len(sequence), center + window + 1)
        for context in range(first, last):
            if context != center:  # places are compared, not films
                pairs.append((sequence[center], sequence[context]))
    return np.array(pairs)
    ### END SOLUTION


# %% check="window_pairs" points=2
check.window_pairs()

# %%
for center, context in check.to_numpy(window_pairs(lists[5][:4], 1)):
    print(f"{titles[center]} - {titles[context]}")

# %% [markdown]
# ## 2. How often is a film drawn?
#
# A film with $n$ likes is drawn as a negative with a chance proportional to $n^\alpha$. A film
# without a like is never drawn: it has no place in the training at all.
#
# Example: counts `[1, 4]` and exponent `0.5` give `[1/3, 2/3]`.


# %% exercise="negative_chances"
def negative_chances(counts, exponent):
    """Return how likely each film is drawn as a negative.

    Args:
        counts: int array (num_items,), likes of each film, 0 or more.
        exponent: float, may be 0 or negative.

    Returns:
        array (num_items,), sum 1.
    """
    ### BEGIN SOLUTION
    powers = np.zeros(len(counts))
    occurs = counts > 0  # 0 to a negative power is no number, and 0 to the power 0 is 1
    powers[occurs] = counts[occurs].astype(float) ** exponent
    return powers / powers.sum()
    ### END SOLUTION


# %% check="negative_chances" points=2
check.negative_chances()

# %%
counts = np.bincount(train["item_index"], minlength=data.num_items)
order = np.argsort(-counts)[: np.count_nonzero(counts)]
figure, axes = plt.subplots()
for exponent, color, style in ((1.0, BLUE, "-"), (0.25, GREEN, "--"), (-0.5, ORANGE, ":")):
    chances = check.to_numpy(negative_chances(counts, exponent))
    axes.plot(np.cumsum(chances[order]), color=color, linestyle=style, label=f"exponent {exponent}")
axes.set(title="Who is drawn?", xlabel="films, the most liked first", ylabel="share of all draws")
axes.legend()
show(
    figure,
    "Share of all draws that falls on the most liked films, for three exponents. With exponent 1 "
    "the few most liked films get most draws, with a negative one the rare films do.",
)

# %% [markdown]
# **In words:** with an exponent of 1 the dot product of a pair ends at PMI minus log k. You want
# to rank films by how likely they come *next*. Which exponent does the formula of the lecture
# suggest, and what is wrong with 1?

# %% [markdown] words="which_exponent" points=2 cites=["0.75"]
# The dot product ends at log P(context | center) minus the exponent times log of the context's
# count, and a constant. With exponent 0 only log P(context | center) is left, the order asked for.
# With 1 popularity is taken away: a rare film that came once after the center beats a popular one
# that comes often.
#
# **Rubric.** One point: an exponent of 0 (or near it) leaves the conditional probability. One
# point: 1 subtracts the popularity of the context, so rare films win. "0.75 is the default" earns
# nothing.

# %% [markdown]
# ## 3. A random walk
#
# `weights[i, j]` says how often film `j` was liked right after film `i`. From film `i` a walk goes
# on to `j` with the probability `weights[i, j]` over the sum of row `i`. It ends after all steps,
# or at a film from which no arrow leads on.
#
# So that a check is possible, chance comes from outside: for step number `s`, `draws[s]` is a
# number in $[0, 1)$. Go to the first film at which the running sum of the probabilities is
# **above** it.
#
# Example: from a row of weights `[0, 1, 3]` the running sum is `[0, 0.25, 1]`; a draw of `0.2`
# leads to film 1, a draw of `0.25` to film 2.


# %% exercise="walk"
def walk(weights, start, draws):
    """Walk from film to film.

    Args:
        weights: array (num_items, num_items), 0 or more; row = from, column = to.
        start: int, the first film.
        draws: float array (num_steps,), a number in [0, 1) for each step.

    Returns:
        int array of at most 1 + num_steps films, the first one is `start`.
    """
    ### BEGIN SOLUTION
    films = [start]
    for draw in draws:
        row = weights[films[-1]]
        if row.sum() == 0:
            break
        running = np.cumsum(row / row.sum())
        films.append(int(np.argmax(running > draw)))  # the first True
    return np.array(films)
    ### END SOLUTION


# %% check="walk" points=2
check.walk()

# %%
steps = graph.count_steps(lists, data.num_items).astype(float)
alien = titles.index[titles == "Alien"][0]
for film in check.to_numpy(walk(steps, alien, np.random.default_rng(1).random(4))):
    print(titles[film])

# %% [markdown]
# ## 4. One table turned onto another
#
# Two trainings give tables $X$ and $Y$ of the same films. The rotation $R$ that brings $X R$
# closest to $Y$ comes from the singular value decomposition $X^\top Y = U S V^\top$: it is $R = U
# V^\top$.
#
# `np.linalg.svd` returns $U$, the numbers of $S$, and $V^\top$, already transposed.


# %% exercise="procrustes"
def procrustes(vectors, reference):
    """Return the rotation that brings vectors closest to a reference, row by row.

    Args:
        vectors: array (n, d), X.
        reference: array (n, d), Y; row i is the same film.

    Returns:
        array (d, d), R: `vectors @ R` is close to `reference`.
    """
    ### BEGIN SOLUTION
    left, _, right = np.linalg.svd(vectors.T @ reference)
    return left @ right  # svd has transposed V already
    ### END SOLUTION


# %% check="procrustes" points=2
check.procrustes()

# %% [markdown]
# Two short trainings that differ in their seed alone. **Predict:** the mean cosine of a film with
# itself, before and after.


# %%
def train_vectors(seed):
    keras.utils.set_random_seed(seed)
    model = build_full_skip_gram(data.num_items, 16)
    chances = skip_gram.negative_chances(counts, 0.25)
    pairs = sequences.count_pairs(lists, data.num_items, window=5)
    fit_expected(model, skip_gram.make_targets(pairs, chances, 1), epochs=6)
    return tables_of(model)


def mean_cosine(one, other):
    known = counts >= 20
    one, other = one[known], other[known]
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.mean(np.sum(one * other, axis=1) / lengths)


# %%
(inputs, outputs), (old_inputs, _) = train_vectors(0), train_vectors(1)
rotation = check.to_numpy(procrustes(old_inputs, inputs))
print(f"as they are: {mean_cosine(old_inputs, inputs):.2f}")
print(f"turned:      {mean_cosine(old_inputs @ rotation, inputs):.2f}")

# %% [markdown]
# **In words:** a search page keeps the vectors of its queries from last week; the vectors of the
# films are trained anew every night. The page shows films by the cosine of the two. What will
# people see, and what should the team do? Name two ways.

# %% [markdown] words="two_versions" points=2
# The two tables differ by a rotation, so the cosines mean nothing: people see films as good as
# drawn at random. The team can read both from the same version, or align the new version with the
# old one by Procrustes before it is published; training on from the old vectors is a third way.
#
# **Rubric.** One point: the cosines are meaningless, since a rotation lies between the two
# trainings ("a bit worse" is not enough). One point: two of the ways: the same version for both,
# alignment, starting from the old vectors.

# %% [markdown]
# ## 5. Find the bugs
#
# A colleague writes a report every morning, with two numbers per film $i$:
#
# - its **score** after the films liked last: the sum over all centers $w$ in `recent` of $v_w
#   \cdot v'_i$, but a film is no context of itself: $w = i$ does not count,
# - its **drift**: the cosine of its input vector of today with that of yesterday, after
#   yesterday's table has been turned onto today's.
#
# It runs, and the numbers look fine. It holds **three mistakes**.


# %%
def morning_report_with_bugs(recent, inputs, outputs, old_inputs, rotation):
    report = []
    for film in range(len(inputs)):
        score = sum(outputs[center] @ inputs[film] for center in recent)
        new, old = inputs[film], old_inputs[film]
        drift = new @ old / (np.linalg.norm(new) * np.linalg.norm(old))
        report.append((score, drift))
    return np.array(report)


# %% exercise="morning_report"
def morning_report(recent, inputs, outputs, old_inputs, rotation):
    """Return the score and the drift of each film.

    Args:
        recent: int array (r,), films liked last, each once.
        inputs: array (num_items, d), today's input vectors v.
        outputs: array (num_items, d), today's output vectors v'.
        old_inputs: array (num_items, d), yesterday's input vectors.
        rotation: array (d, d): `old_inputs @ rotation` is close to `inputs`.

    Returns:
        array (num_items, 2): score and drift.
    """
    ### BEGIN SOLUTION
    report = []
    for film in range(len(inputs)):
        score = sum(inputs[center] @ outputs[film] for center in recent if center != film)
        new, old = inputs[film], old_inputs[film] @ rotation
        drift = new @ old / (np.linalg.norm(new) * np.linalg.norm(old))
        report.append((score, drift))
    return np.array(report)
    ### END SOLUTION


# %% check="morning_report" points=3
check.morning_report()

# %%
case = lists[5][-3:], inputs, outputs, old_inputs, rotation
with_bugs, right = morning_report_with_bugs(*case), check.to_numpy(morning_report(*case))
known = np.argsort(-counts)[:6]
columns = {"score, bugs": with_bugs[known, 0], "score": right[known, 0]}
columns |= {"drift, bugs": with_bugs[known, 1], "drift": right[known, 1]}
pd.DataFrame(columns, index=titles[known]).round(2)

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
