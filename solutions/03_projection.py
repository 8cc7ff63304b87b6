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

from utils.checks import projection as check
from utils.figures import projection as figures
from utils.plotting import BLUE, ORANGE, show
from utils.units.projection import datasets
from utils.units.projection import quality as course_quality
from utils.units.projection import tsne as course

# %% [markdown]
# ## 1. PCA for new rows
#
# Learn mean and directions from `train`, then give the coordinates of the rows of `new`. The sign
# of each column is free. `np.linalg.svd` does the decomposition.
#
# Example: if all rows of `train` lie on the line through (0, 1) and (1, 2), their middle at (0, 1),
# then the new row (3, 4) has the coordinate $3\sqrt 2$ or $-3\sqrt 2$.


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

# %% [markdown]
# Learn the map on all digits but the eights, then place the eights on it. **Predict:** will they
# form a group of their own?

# %%
digits, labels = datasets.load_digits(seed=0)
is_eight = labels == 8
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
others = np.asarray(project_pca(digits[~is_eight], digits[~is_eight], 2))
eights = np.asarray(project_pca(digits[~is_eight], digits[is_eight], 2))
figures.draw_digits(left, others, labels[~is_eight], "Learned without eights")
is_new = np.repeat([0, 1], [len(others), len(eights)])
figures.draw_groups(right, np.concatenate([others, eights]), is_new, "Eights as orange squares")
show(
    figure,
    "Two PCA maps. Left: digits without eights. Right: the same map with the eights added as "
    "orange squares; they fall into the middle, among other digits.",
)

# %% [markdown] tags=["solution"]
# No. They land in the middle, among the others. The directions were chosen for what sets the
# *other* digits apart; what makes an eight lies along directions that the map threw away. A new
# kind of thing need not show on an old map.

# %% [markdown]
# ## 2. Distances become probabilities
#
# Point $i$ picks a neighbor with probabilities in proportion to $\exp(-\beta\,d_j)$, where $d_j$ is
# the *squared* distance to point $j$ and $\beta$ the precision.
#
# Example: for the squared distances 0 and 1 and precision 1 the probabilities are
# `[0.731, 0.269]`. Distances may be large: `[5000, 5001]` has the same answer.


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

# %% [markdown]
# Two groups in 50 dimensions, one ten times as wide as the other. **Predict:** which group has the
# larger precisions, and by which factor?

# %%
wide, groups = datasets.make_groups([0, 300], [1, 10], num_points=30)
precisions = []
for point, row in enumerate(course.squared_distances(wide)):
    others = np.delete(row, point)

    def perplexity_of(precision, others=others):
        return course.perplexity(np.asarray(conditional_probabilities(others, precision)))

    precisions.append(float(np.ravel(find_precision(perplexity_of, 10.0))[0]))

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

# %% [markdown] tags=["solution"]
# The narrow group has precisions a hundred times as large: ten squared, since a precision goes with
# the squared distance. Multiplied, precision and distance are alike in both groups. So t-SNE draws
# them equally large, and **the size of a cluster on the map says nothing about its width**.

# %% [markdown]
# ## 4. How far can a map be trusted?
#
# `course_quality.neighbor_ranks(points)` returns a table: row $i$ holds the rank of every point
# among the neighbors of $i$, 0 for itself, 1 for the nearest. You get two of them, one by vector
# and one by position on the map. With $n$ points,
#
# $$T = 1 - \frac{2}{n k (2n - 3k - 1)} \sum_i \sum_{j \text{ near } i \text{ on the map}}
# \max(0,\; r(i, j) - k)$$
#
# where *near* means a rank from 1 to $k$ on the map, and $r(i, j)$ is the true rank.
#
# Example: if both tables are the same, $T = 1$.


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

# %% [markdown]
# A map drawn by dice shows neighbors that are none. **Predict:** its trustworthiness? And that of
# PCA with 1, 2, 5 and 20 dimensions?

# %%
true_ranks = course_quality.neighbor_ranks(digits)
flat_maps = {"dice": np.random.default_rng(0).normal(size=(len(digits), 2))}
for components in (1, 2, 5, 20):
    flat_maps[f"PCA, {components} dimensions"] = project_pca(digits, digits, components)
for name, positions in flat_maps.items():
    trust = trustworthiness(true_ranks, course_quality.neighbor_ranks(positions), 10)
    print(f"{name:18} {float(trust):.2f}")

# %% [markdown] tags=["solution"]
# Dice get one half, so one half is the zero of this scale. PCA rises with every dimension and is
# nearly perfect with twenty: what a flat map lacks is room, not method.

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
# $q_{ij}$ sum to 1 over **all pairs of different points**. For a test, move one number by a hair
# and look at `course.kl_divergence(p, positions)`:

# %%
hair = np.zeros_like(positions)
hair[0, 0] = 1e-5
rise = course.kl_divergence(p, positions + hair) - course.kl_divergence(p, positions - hair)
print(f"slope of the loss for the first number: {rise / 2e-5:.4f}")


# %% exercise="gradient"
def gradient(p, positions):
    """Return the gradient of the loss of t-SNE for the positions on the map.

    Args:
        p: array (n, n), symmetric, sum 1, zeros on the diagonal.
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
        walker = walker - 10 * np.asarray(slope(p, walker))
    losses = [course.kl_divergence(p, y) for y in (positions, walker)]
    figures.draw_groups(axes, walker, groups, name)
    print(f"{name:9}: loss {losses[0]:.2f} at the start, {losses[1]:.2f} in the end")
show(
    figure,
    "Two maps after 200 steps, one with the colleague's gradient and one with the right one. Both "
    "show the three groups apart; the picture does not tell which gradient is wrong.",
)

# %% [markdown] tags=["solution"]
# Neither does. With four mistakes the groups still separate and the loss still falls nearly as
# far: near points pull, strangers push, and that is enough for a pretty map. A falling loss and a
# good picture do not prove a gradient. Finite differences do, and they take three lines.

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
