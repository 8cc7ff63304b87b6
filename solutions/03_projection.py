# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 03 Projection
#
# **Goals.** You will project new rows with PCA, turn distances into probabilities, find the
# precision for a perplexity, measure how far a map can be trusted, and repair a t-SNE gradient with
# four mistakes.
#
# **Before you start:** the lecture of unit 03. **Time:** 75 minutes.
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
import pandas as pd

from utils.checks import projection as check
from utils.figures import projection as figures
from utils.plotting import BLUE, ORANGE, show
from utils.units.projection import datasets
from utils.units.projection import quality as course_quality
from utils.units.projection import tsne as course

# %% [markdown] quotes=["4.24"]
# ## 1. PCA for new rows
#
# Learn mean and directions from `train`, then give the coordinates of the rows of `new`. The sign
# of each column is free. `np.linalg.svd` does the decomposition.
#
# Example: the rows of `train` lie on one line, at (-1, 0), (0, 1) and (1, 2). Their middle is
# (0, 1), the direction of most variance is that of the line. The new row (3, 4) lies 3 to the right
# of the middle and 3 above it, so its coordinate is $3\sqrt 2$ or $-3\sqrt 2$, about 4.24.


# %% exercise="project_pca"
def project_pca(train, new, num_components):
    """Learn PCA on some rows and return the coordinates of other rows.

    Args:
        train: array (n, d), the rows to learn from.
        new: array (m, d), the rows to place on the map.
        num_components: int in 1..min(n, d).

    Returns:
        array (m, num_components), the direction of most variance first.
    """
    ### BEGIN SOLUTION
    mean = train.mean(axis=0)
    _, _, directions = np.linalg.svd(train - mean, full_matrices=False)
    return (new - mean) @ directions[:num_components].T
    ### END SOLUTION


# %% check="project_pca" points=2
check.project_pca()

# %%
project_pca(np.array([[-1.0, 0.0], [0.0, 1.0], [1.0, 2.0]]), np.array([[3.0, 4.0]]), 1)

# %% [markdown]
# Learn the map on all digits but the eights, then place the eights on it. **Predict:** will they
# form a group of their own?

# %%
digits, labels = datasets.load_digits(seed=0)
is_eight = labels == 8
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
others = check.to_numpy(project_pca(digits[~is_eight], digits[~is_eight], 2))
eights = check.to_numpy(project_pca(digits[~is_eight], digits[is_eight], 2))
figures.draw_digits(left, others, labels[~is_eight], "Learned without eights")
is_new = np.repeat([0, 1], [len(others), len(eights)])
figures.draw_groups(right, np.concatenate([others, eights]), is_new, "Eights as orange squares")
show(
    figure,
    "Two PCA maps. Left: digits without eights. Right: the same map with the eights added as "
    "orange squares; they fall into the middle, among other digits.",
)

# %% [markdown]
# **Read the plot.** Where do the eights land? What did the map learn, and what did it not, that
# they land there? (`check.to_numpy` lets the lab go on with lists and tensors, too.)

# %% [markdown] words="old_map" points=2
# They land in the middle, among the others, and form no group of their own. The directions were
# chosen for what sets the *other* digits apart; what makes an eight lies along directions that the
# map threw away. A new kind of thing need not show on an old map.
#
# **Rubric.** One point: the eights lie among the others, mostly in the middle. One point for the
# reason: the two directions are those in which the other digits vary, and what tells an eight from
# them lies in other directions. "Eights look like other digits" earns nothing for the reason: it
# is the map that cannot see the difference.

# %% [markdown] cites=["0.368"] quotes=["0.731", "0.269", "5000", "5001"]
# ## 2. Distances become probabilities
#
# Point $i$ picks a neighbor with probabilities in proportion to $\exp(-\beta\,d_j)$, where $d_j$ is
# the *squared* distance to point $j$ and $\beta$ the precision.
#
# Example: for the squared distances 0 and 1 and precision 1 the weights are $e^0 = 1$ and
# $e^{-1} = 0.368$; divided by their sum they are 0.731 and 0.269. Distances may be large: 5000 and
# 5001 have the same answer, since only differences count.


# %% exercise="conditional_probabilities"
def conditional_probabilities(distances, precision):
    """Return how likely a point is to pick each of the others as its neighbor.

    Args:
        distances: array (m,), squared distances to the m others.
        precision: float > 0.

    Returns:
        array (m,), sum 1.
    """
    ### BEGIN SOLUTION
    weights = np.exp(-precision * (distances - distances.min()))
    return weights / weights.sum()
    ### END SOLUTION


# %% check="conditional_probabilities" points=2
check.conditional_probabilities()

# %%
for distances in (np.array([0.0, 1.0]), np.array([5000.0, 5001.0])):
    shares = check.to_numpy(conditional_probabilities(distances, 1.0))
    print(f"squared distances {distances}: {shares.round(3)}")

# %% [markdown]
# ## 3. The precision for a perplexity
#
# You get a function: `perplexity_of(precision)` returns the perplexity of one point's
# probabilities. The larger the precision, the smaller the perplexity. Find the precision for which
# it is `target`, by **bisection**: keep an interval that holds the answer and halve it again and
# again.
#
# Example: with `perplexity_of = lambda precision: 10 / precision`, the target 2 has the
# precision 5. The answer may be tiny or huge: distances come in all units.


# %% exercise="find_precision"
def find_precision(perplexity_of, target):
    """Find the precision that gives a point the wanted perplexity.

    Args:
        perplexity_of: function of a precision (float > 0) that returns the perplexity; it falls.
        target: float, the perplexity; it is reached by a precision in 1e-12 to 1e12.

    Returns:
        float > 0, exact to three digits or better.
    """
    ### BEGIN SOLUTION
    low, high = 1e-12, 1e12
    for _ in range(100):
        middle = np.sqrt(low * high)  # the middle of the exponents: any size is found as fast
        if perplexity_of(middle) > target:
            low = middle  # too many neighbors count: the Gaussian must become narrower
        else:
            high = middle
    return middle
    ### END SOLUTION


# %% check="find_precision" points=3
check.find_precision()

# %%
find_precision(lambda precision: 10 / precision, 2.0)

# %% [markdown]
# Two groups in 50 dimensions, one ten times as wide as the other. **Predict:** which group has the
# larger precisions, and by which factor?

# %%
wide, groups = datasets.make_groups([0, 300], [1, 10], num_points=30)
precisions = []
for point, row in enumerate(course.squared_distances(wide)):
    others = np.delete(row, point)

    def perplexity_of(precision, others=others):
        return course.perplexity(check.to_numpy(conditional_probabilities(others, precision)))

    precisions.append(check.to_numpy(find_precision(perplexity_of, 10.0)).item())

# %%
figure, axes = plt.subplots()
for group, (color, marker, name) in enumerate(((BLUE, "o", "width 1"), (ORANGE, "s", "width 10"))):
    values = np.sort(np.array(precisions)[groups == group])
    axes.semilogy(values, marker, color=color, label=name)
axes.set(title="Every point finds its own unit", xlabel="points of a group, sorted")
axes.set(ylabel="precision")
axes.legend()
show(
    figure,
    "Precisions of two groups on a log axis. All of the narrow group lie about a hundred times "
    "higher than those of the wide group.",
)

# %% [markdown]
# **Read the plot.** By which factor do the precisions differ, and where does it come from? What
# follows for the size of a cluster on a t-SNE map?

# %% [markdown] words="own_unit" points=3
# The narrow group has precisions a hundred times as large: ten squared, since a precision goes with
# the squared distance. Multiplied, precision and distance are alike in both groups. So t-SNE draws
# them equally large, and the size of a cluster on the map says nothing about its width.
#
# **Rubric.** One point: about a hundred, and the narrow group has the larger precisions. One point:
# ten times the distance is a hundred times the squared distance, which the precision makes up for.
# One point: so the size of a cluster on the map says nothing about its width. "t-SNE is random" is
# true and earns nothing.

# %% [markdown]
# ## 4. How far can a map be trusted?
#
# Five films A to E have one number each, and so have their places on a map. On the map, E is drawn
# on the wrong side. `course_quality.neighbor_ranks(points)` returns a table: row $i$ holds the rank
# of every point among the neighbors of $i$, 0 for itself, 1 for the nearest.

# %% tags=["nbval-check-output"]
films = list("ABCDE")
five_true = course_quality.neighbor_ranks(np.array([[0], [1], [3], [7], [12]]))
five_map = course_quality.neighbor_ranks(np.array([[0], [1], [3], [7], [-2]]))
tables = {"true rank": five_true, "rank on the map": five_map}
frames = {name: pd.DataFrame(ranks, films, films) for name, ranks in tables.items()}
print(pd.concat(frames, axis=1).to_string())

# %% [markdown]
# Look at the $k = 2$ nearest on the map. For A these are B and E. B is truly near, with the rank 1,
# and costs nothing. E truly has the rank 4, which is 2 more than allowed: it costs $4 - 2 = 2$. For
# D they are C, which costs nothing, and B with the true rank 3, which costs 1.
#
# **By hand:** what do the neighbors of B, of C and of E cost? All five rows together cost 6. The
# **trustworthiness** is 1 less that cost, times a factor for which the worst map of $n$ points gets
# 0:
#
# $$T = 1 - \frac{2}{n k (2n - 3k - 1)} \sum_i \sum_{j \text{ near } i \text{ on the map}}
# \max(0,\; r(i, j) - k)$$
#
# where *near* means a rank from 1 to $k$ on the map, and $r(i, j)$ is the true rank. Here the
# factor is $2 / (5 \cdot 2 \cdot 3) = 1 / 15$, so $T = 1 - 6 / 15 = 3 / 5$. Two equal tables have
# $T = 1$.


# %% exercise="trustworthiness"
def trustworthiness(true_ranks, map_ranks, k):
    """Return how far the neighbors shown on a map can be trusted to be neighbors.

    Args:
        true_ranks, map_ranks: int arrays (n, n), from `neighbor_ranks` of vectors and positions.
        k: int, at least 1 and below n / 2.

    Returns:
        float in [0, 1].
    """
    ### BEGIN SOLUTION
    n = len(true_ranks)
    shown = (map_ranks >= 1) & (map_ranks <= k)
    too_far = np.maximum(true_ranks[shown] - k, 0)
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * too_far.sum()
    ### END SOLUTION


# %% check="trustworthiness" points=3
check.trustworthiness()

# %%
for name, ranks in {"the five films": five_map, "two equal tables": five_true}.items():
    trust = trustworthiness(five_true, ranks, 2)
    print(f"{name}: {check.to_numpy(trust).item():.2f}")

# %% [markdown]
# A map drawn by dice shows neighbors that are none. **Predict:** its trustworthiness? And that of
# PCA with 1, 2, 5 and 20 dimensions?

# %%
true_ranks = course_quality.neighbor_ranks(digits)
flat_maps = {"dice": np.random.default_rng(0).normal(size=(len(digits), 2))}
for components in (1, 2, 5, 20):
    coordinates = check.to_numpy(project_pca(digits, digits, components))
    flat_maps[f"PCA, {components} dimensions"] = coordinates
for name, positions in flat_maps.items():
    trust = trustworthiness(true_ranks, course_quality.neighbor_ranks(positions), 10)
    print(f"{name:18} {check.to_numpy(trust).item():.2f}")

# %% [markdown]
# **Read the numbers.** Which trustworthiness means "no better than chance"? What is it that a map
# of two dimensions lacks?

# %% [markdown] words="zero_of_trust" points=2
# Dice get one half, so one half is the zero of this scale. PCA rises with every dimension and is
# nearly perfect with twenty: what a flat map lacks is room, not method.
#
# **Rubric.** One point: chance gives about one half, so values have to be read from there, not from
# 0. One point: the same method gets better with each dimension, so what is missing is room.
# "PCA is too simple" earns nothing here: with twenty dimensions it is the same PCA.

# %% [markdown]
# ## 5. Find the bugs
#
# A colleague wrote the gradient of t-SNE. The map moves, it even looks like something. It holds
# **four mistakes**.


# %%
def gradient_with_bugs(p, positions):
    differences = positions[:, np.newaxis] - positions  # y_i - y_j
    weights = 1 / (1 + np.sum(differences**2, axis=2))
    q = weights / weights.sum(axis=1, keepdims=True)
    return np.sum((p - q)[:, :, np.newaxis] * differences, axis=1)


vectors, groups = datasets.make_groups([0, 20, 40], [1, 1, 1], num_points=15)
p = course.joint_probabilities(vectors, 10)
positions = np.random.default_rng(0).normal(size=(len(vectors), 2))
gradient_with_bugs(p, positions)[:3].round(4)

# %% [markdown]
# The formula is in the lecture: $4 \sum_j (p_{ij} - q_{ij}) (y_i - y_j) / (1 + |y_i - y_j|^2)$. The
# $q_{ij}$ sum to 1 over **all pairs of different points**. But reading is a poor test. A better
# one: move one number of the map by a hair, up and down, and look at how much the loss changes.
# These **finite differences** know nothing of the formula.


# %%
def finite_differences(p, positions, hair=1e-5):
    slopes = np.zeros_like(positions)
    for place in np.ndindex(positions.shape):
        step = np.zeros_like(positions)
        step[place] = hair
        up, down = (course.kl_divergence(p, y) for y in (positions + step, positions - step))
        slopes[place] = (up - down) / (2 * hair)
    return slopes


# %% [markdown]
# Start with the smallest map there is. With two points $p$ and $q$ are $1/2$ both ways, wherever
# they lie. No move changes the loss, so all slopes are 0. Then four points:

# %%
two = np.array([[0, 0.5], [0.5, 0]])
four = course.joint_probabilities(vectors[[0, 1, 15, 30]], 2)
for probabilities in (two, four):
    places = positions[: len(probabilities)]
    print(f"{len(places)} points: finite differences, then the colleague's gradient")
    print(finite_differences(probabilities, places).round(4) + 0.0)
    print(gradient_with_bugs(probabilities, places).round(4))

# %% [markdown]
# Repair one mistake at a time and compare again: put `gradient` in the colleague's place in the
# cell above. What the check says about a wrong gradient is what finite differences say, no more.
# They are a test of a gradient, not its body: a walk asks for it hundreds of times, and the first
# steps of t-SNE ask with $4p$ in place of $p$ (early exaggeration).


# %% exercise="gradient"
def gradient(p, positions):
    """Return the gradient of the loss of t-SNE for the positions on the map.

    Args:
        p: array (n, n), symmetric, zeros on the diagonal; its sum is 1, or 4 in the first steps.
        positions: array (n, 2).

    Returns:
        array (n, 2).
    """
    ### BEGIN SOLUTION
    differences = positions[:, np.newaxis] - positions
    weights = 1 / (1 + np.sum(differences**2, axis=2))
    np.fill_diagonal(weights, 0)  # no point is its own neighbor
    q = weights / weights.sum()  # over all pairs, not per row
    springs = (p - q) * weights  # the weights come back as a factor
    return 4 * np.sum(springs[:, :, np.newaxis] * differences, axis=1)
    ### END SOLUTION


# %% check="gradient" points=3
check.gradient()

# %% [markdown]
# Let both walk downhill from the same start, 200 steps of size 10. **Predict:** will the picture,
# or the loss, tell you which of the two is wrong?

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 4))
slopes = {"Colleague": gradient_with_bugs, "Yours": gradient}
for axes, (name, slope) in zip(panels, slopes.items(), strict=True):
    walker = positions.copy()
    for _ in range(200):
        walker = walker - 10 * check.to_numpy(slope(p, walker))
    losses = [course.kl_divergence(p, y) for y in (positions, walker)]
    figures.draw_groups(axes, walker, groups, name)
    print(f"{name:9}: loss {losses[0]:.2f} at the start, {losses[1]:.2f} in the end")
show(
    figure,
    "Two maps after 200 steps, one with the colleague's gradient and one with the right one. Both "
    "show the three groups apart; the picture does not tell which gradient is wrong.",
)

# %% [markdown]
# **In your words.** Which four mistakes did you find, and what gave each away? Would the picture or
# the loss have told you?

# %% [markdown] words="four_mistakes" points=3
# Two are in $q$, and the map of two points shows them: the diagonal of the weights was not set to
# 0, and each row was divided by its own sum, not by that of all pairs. The third is a factor that
# differs from pair to pair, $1 / (1 + |y_i - y_j|^2)$ in the sum: the ratios to finite differences
# differ from number to number. The fourth is the factor 4: all numbers are a quarter of what they
# should be. Neither picture nor loss tells. The groups separate and the loss falls nearly as far:
# near points pull, strangers push, and that is enough for a pretty map.
#
# **Rubric.** Two points for the four mistakes, one for two or three of them: the diagonal, the
# share of each row, the missing weights, the missing 4. One point: both walks look alike and both
# losses fall, so only a test such as finite differences tells. A list of changes without a word on
# what gave them away loses no point.

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
