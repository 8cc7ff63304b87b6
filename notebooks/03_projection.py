# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 03 Projection
#
# Vectors have 32 or 64 dimensions, a screen has two. Every map of vectors must lie somewhere. Where
# does it lie, and what may you still believe?
#
# **Goals.** You will
# - draw the best flat shadow of a cloud of vectors (PCA), and say what it costs to forget the mean,
# - build t-SNE from its parts: neighbors as probabilities, perplexity, heavy tails, the gradient,
# - measure what a map keeps, instead of judging it by its looks,
# - know what the size and the distance of clusters do not mean,
# - search an interactive map of films, and say how much of it is genre.
#
# **Before you start:** units 01 (embeddings) and 02 (similarity). **Time:** 45 minutes to read,
# half a minute to run. **Data:** digits that come with scikit-learn, MovieLens-100K.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from utils import results
from utils.experiments.projection import measure_map
from utils.figures import projection as figures
from utils.plotting import BLUE, GRAY, ORANGE, VERMILION, show
from utils.units.projection import datasets, quality, tsne

# %% [markdown]
# ## 64 numbers per point
#
# We start where the truth is known. 600 handwritten digits, each a picture of 8 x 8 gray pixels:
# a vector of 64 numbers. The labels 0 to 9 are never shown to a map. They only color it.

# %% tags=["nbval-check-output"]
digits, labels = datasets.load_digits(seed=0)
print(digits.shape, "pixels from", digits.min(), "to", digits.max())

# %%
figure, panels = plt.subplots(1, 8, figsize=(8, 1.5))
for axes, pixels, label in zip(panels, digits, labels, strict=False):
    axes.imshow(pixels.reshape(8, 8), cmap="gray_r")
    axes.set(title=label, xticks=[], yticks=[])
    axes.grid(False)
show(figure, "Eight small gray pictures of handwritten digits, with the label of each above it.")

# %% [markdown]
# ## PCA: the best flat shadow
#
# Hold a lamp to the cloud of points and look at its shadow on a wall: that is a **projection**.
# Some walls show more than others. PCA, principal component analysis, picks the wall on which the
# shadow is widest: the two directions along which the points vary most.
#
# Three lines do it. Subtract the mean, so that the cloud lies around the origin. Take the singular
# value decomposition: its rows are the directions, in order, at right angles. Multiply.

# %% tags=["nbval-check-output"]
centered = digits - digits.mean(axis=0)
_, lengths, directions = np.linalg.svd(centered, full_matrices=False)
by_pca = centered @ directions[:2].T
shares = lengths**2 / np.sum(lengths**2)
print("share of the variance:", shares[:5].round(3), "two together:", shares[:2].sum().round(2))

# %% [markdown]
# A squared length is the variance along its direction, up to a factor. The two best of 64
# directions hold 0.28 of it; the map has lost the rest. Is that good? A number needs a baseline:
# a wall at a random angle. **Predict:** will you recognize groups of digits on either map?

# %%
angles = np.random.default_rng(0).normal(size=(64, 2))
by_chance = digits @ angles
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4.2))
figures.draw_digits(left, by_chance, labels, "Random directions")
figures.draw_digits(right, by_pca, labels, "PCA")
show(
    figure,
    "Two maps of 600 digits drawn as numerals. On random directions all digits are mixed. On PCA "
    "the digits 4, 6, 0 and 3 lie at different edges, and the middle is mixed.",
)

# %% [markdown]
# Random directions show a heap. PCA pulls some digits to the edges and leaves a crowd in the
# middle: points that differ along the other 62 directions, one on top of another.
#
# The sign of a direction is arbitrary: turned around, it varies as much. Another library may show
# the mirror image. Is it the same map otherwise?

# %% tags=["nbval-check-output"]
from sklearn.decomposition import PCA

by_sklearn = PCA(n_components=2).fit_transform(digits)
print("same up to signs:", np.allclose(np.abs(by_sklearn), np.abs(by_pca), atol=1e-6))

# %% [markdown]
# ### Forgetting the mean
#
# The classic mistake: a decomposition of the vectors as they are. **Predict:** where does the
# first direction point then?

# %% tags=["nbval-check-output"]
_, lengths_raw, directions_raw = np.linalg.svd(digits, full_matrices=False)
mean = digits.mean(axis=0)
cosine = abs(directions_raw[0] @ mean) / np.linalg.norm(mean)
share = lengths_raw[0] ** 2 / np.sum(lengths_raw**2)
print(f"cosine of the first direction and the mean: {cosine:.3f}, its share: {share:.2f}")

# %% [markdown]
# At the mean. The first direction only says that pixels are positive, and it claims a share of
# 0.70, of which hardly any is variance. An axis of the map is wasted.
#
# ## A number for a map
#
# Looks deceive, so measure. Look at the $k = 10$ points drawn nearest to a point $i$. Each of them,
# $j$, has a true rank $r(i, j)$ among the neighbors of $i$ in all dimensions. Ranks up to $k$ are
# fine; a stranger pays for each place beyond:
#
# $$T = 1 - \frac{2}{n k (2n - 3k - 1)} \sum_i \sum_{j \text{ near } i \text{ on the map}}
# \max(0,\; r(i, j) - k)$$
#
# This is the **trustworthiness** ([Venna and Kaski,
# 2001](https://doi.org/10.1007/3-540-44668-0_68)). The factor in front makes 1 the best and 0 the
# worst; a map drawn by dice has about one half. Beside it stand two simpler numbers: how well the
# **distances** of all pairs keep their order (rank correlation), and how many of the 10 nearest
# have the **same label**.

# %% tags=["nbval-check-output"]
maps = {"all 64 dimensions": digits, "random directions": by_chance, "PCA": by_pca}
table = pd.DataFrame({name: measure_map(digits, y, labels) for name, y in maps.items()}).T
print(table.round(2).to_string())

# %% [markdown]
# In all dimensions 0.91 of the neighbors have the same label; by chance 0.10. PCA keeps 0.54 of it,
# and its neighbors can be trusted to 0.83. Where does the rest go? A shadow can only be cast in
# straight lines: points far apart along a lost direction fall together. Nobody said a map must be
# a shadow.

# %% [markdown]
# ## t-SNE: neighbors as probabilities
#
# t-SNE ([van der Maaten and Hinton, 2008](https://www.jmlr.org/papers/v9/vandermaaten08a.html))
# gives up straight lines and far distances. It asks only for this: who is near whom should be the
# same on the map.
#
# Near is made a probability. Point $i$ picks a neighbor; $j$ gets picked in proportion to
# $\exp(-\beta_i |x_i - x_j|^2)$. The **precision** $\beta_i$ says how fast the chance falls.
# Here are four others at the distances 1, 2, 3 and 10:

# %% tags=["nbval-check-output"]
squared = np.array([1.0, 2.0, 3.0, 10.0]) ** 2
for precision in (0.001, 0.1, 0.3, 3.0):
    chances = tsne.conditional_probabilities(squared, precision)
    effective = tsne.perplexity(chances)
    print(f"precision {precision:5}: {chances.round(2)}, perplexity {effective:.2f}")

# %% [markdown]
# The **perplexity** is 2 to the entropy in bits: how many equally likely neighbors would be as
# uncertain. With a tiny precision all four count, 4.00. With a large one only the nearest does.
#
# You choose the perplexity, one number for the whole map. t-SNE then finds for each point the
# precision that gives it, by bisection. **Predict:** who gets the larger precision, a point in a
# crowd or a lonely one?

# %% tags=["nbval-check-output"]
for name, factor in {"in a crowd": 0.1, "as it is": 1.0, "lonely": 10.0}.items():
    distances = factor**2 * squared
    precision = tsne.find_precision(distances, target=2.0)
    chances = tsne.conditional_probabilities(distances, precision)
    print(f"{name:10} precision {precision:7.4f}, probabilities {chances.round(3)}")

# %% [markdown]
# The probabilities come out the same: each point measures in a unit of its own. Keep this in mind.
# **Density is divided out here**, before anything is drawn; it will cost us the size of
# clusters.
#
# Both directions are averaged, $p_{ij} = (p_{j|i} + p_{i|j}) / 2n$, so that all pairs sum to 1.

# %% [markdown]
# ### Heavy tails on the map
#
# On the map, nearness is $q_{ij} \propto 1 / (1 + |y_i - y_j|^2)$: Student's t instead of a
# Gaussian. Why another curve? Compare how they fall:

# %% tags=["nbval-check-output"]
print("distance   Gaussian   Student's t")
for distance in (0.5, 1, 2, 4):
    print(f"{distance:8}   {np.exp(-(distance**2)):8.5f}   {1 / (1 + distance**2):11.5f}")

# %% [markdown]
# There is little room in two dimensions: a point can have ten neighbors at the same distance in
# ten dimensions, but not in a plane. Heavy tails help. A pair that is *a little* apart in truth
# can be drawn *far* apart at hardly any cost: 0.06 of nearness is left at distance 4, where a
# Gaussian has nothing.

# %% [markdown]
# ### The loss and its gradient
#
# The loss compares the two sets of probabilities: the Kullback-Leibler divergence. Its gradient is
# a sum of springs:
#
# $$L = \sum_{i \ne j} p_{ij} \log \frac{p_{ij}}{q_{ij}} \qquad
# \frac{\partial L}{\partial y_i} = 4 \sum_j
# \frac{(p_{ij} - q_{ij})(y_i - y_j)}{1 + |y_i - y_j|^2}$$
#
# If $j$ is nearer in truth than on the map, $p_{ij} > q_{ij}$, a step down the gradient pulls $i$
# toward $j$; otherwise it pushes. The divergence weighs with $p$: true neighbors drawn apart are
# expensive, strangers drawn together are cheap.
#
# A formula with so many places to slip is tested before use. 50 points in 10 dimensions, five
# groups, and a random map. **Finite differences**: move one number by a hair and look at the loss.

# %%
toy_centers = 3 * np.random.default_rng(0).normal(size=(5, 10))
groups = np.repeat(np.arange(5), 10)
toy = toy_centers[groups] + np.random.default_rng(1).normal(size=(50, 10))
p = tsne.joint_probabilities(toy, target=5)
positions = np.random.default_rng(2).normal(size=(50, 2))


def by_differences(positions, step=1e-5):
    slopes = np.zeros_like(positions)
    for place in np.ndindex(positions.shape):
        hair = np.zeros_like(positions)
        hair[place] = step
        rise = [tsne.kl_divergence(p, positions + side * hair) for side in (1, -1)]
        slopes[place] = (rise[0] - rise[1]) / (2 * step)
    return slopes


# %% tags=["nbval-check-output"]
formula = tsne.gradient(p, positions)
difference = np.abs(formula - by_differences(positions)).max()
print("numbers compared:", formula.size, " agree to 8 digits:", difference < 1e-8)

# %% [markdown]
# All 100 numbers agree. Now walk downhill with momentum: each step keeps a part of the one before.
# In the first 100 steps every $p_{ij}$ counts four times as much, the **early exaggeration** of the
# paper.


# %% shows="utils.units.projection.tsne.descend"
def descend(p, start, num_steps, exaggeration=4.0, exaggerated_steps=100, learning_rate=10.0):
    maps, velocity = [np.asarray(start, dtype=float)], 0.0
    for step in range(num_steps):
        early = step < exaggerated_steps
        slope = tsne.gradient(p * exaggeration if early else p, maps[-1])
        velocity = (0.5 if early else 0.8) * velocity - learning_rate * slope
        maps.append(maps[-1] + velocity)
    return np.array(maps)


# %%
start = 3 * np.random.default_rng(4).normal(size=(50, 2))
frames = descend(p, start, num_steps=300)
figure, panels = plt.subplots(1, 5, figsize=(11, 2.7))
for axes, step in zip(panels, (0, 10, 50, 100, 300), strict=True):
    loss = tsne.kl_divergence(p, frames[step])
    figures.draw_groups(axes, frames[step], groups, f"step {step}, loss {loss:.2f}")
show(
    figure,
    "Five frames of t-SNE on 50 points in five groups. The start is a mix; after 50 exaggerated "
    "steps each group is a tight clump; without exaggeration the clumps open into loose groups.",
)

# %% [markdown]
# While exaggerated, groups are pulled into tight clumps that can still pass through each other.
# Then the true $p_{ij}$ return, and each clump opens. What if we skip the exaggeration? Ten random
# starts, each with and without. **Predict:** does it change the final loss?

# %%
final = {}
for name, exaggeration in (("exaggerated", 4.0), ("plain", 1.0)):
    for seed in range(10):
        cloud = 3 * np.random.default_rng(seed).normal(size=(50, 2))
        final[name, seed] = descend(p, cloud, 300, exaggeration)[-1]
losses = pd.Series({key: tsne.kl_divergence(p, y) for key, y in final.items()})
worst = losses["plain"].idxmax()

# %%
figure, (left, middle, right) = plt.subplots(1, 3, figsize=(10, 3.3))
figures.draw_groups(left, final["plain", worst], groups, f"Plain, start {worst}")
figures.draw_groups(middle, final["exaggerated", worst], groups, f"Exaggerated, start {worst}")
for name, color, marker in (("plain", VERMILION, "s"), ("exaggerated", BLUE, "o")):
    right.plot(losses[name].index, losses[name], marker, color=color, label=name)
right.set(title="Ten starts", xlabel="start", ylabel="final loss, in nats")
right.legend()
show(
    figure,
    "Left: a plain run from one start; a point is cut off from its group by another group. Middle: "
    "the same start with exaggeration; five whole groups. Right: final losses of ten starts. "
    "Exaggerated ones are all alike, some plain ones are far higher.",
)

# %% [markdown]
# Most plain runs end as well as the others. But some are stuck: the square at the bottom is **cut
# off from its group** and cannot pass through what lies between. Nothing in the data sets it
# apart. A single map cannot tell you; a second start, or the loss, can.

# %% [markdown]
# ## The digits again
#
# Our code visits all pairs. scikit-learn's version approximates far ones and has a better step
# rule; from here on we use it. **Predict:** where will its three numbers be better than PCA's, and
# where not?

# %%
by_t_sne = {30: tsne.fit_map(digits, perplexity=30, seed=0)}
table.loc["t-SNE"] = measure_map(digits, by_t_sne[30], labels)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6))
figures.draw_digits(left, by_pca, labels, "PCA")
figures.draw_digits(right, by_t_sne[30], labels, "t-SNE, perplexity 30")
show(
    figure,
    "Two maps of the same digits. On PCA the middle is mixed. On t-SNE most digits form islands of "
    "their own, with a few numerals on the wrong island.",
)

# %%
table.round(2)

# %% [markdown]
# Islands, found without a single label. Neighbors can now be trusted nearly all the way, and they
# share a label at least as often as in all dimensions. The column *distances* did not gain: of
# *far* and *farther* this map knows no more than the flat shadow.

# %% [markdown]
# ### Perplexity from 2 to 100
#
# The one number you choose. **Predict:** what will perplexity 2 draw?

# %%
figure, panels = plt.subplots(1, 4, figsize=(9.5, 2.8))
for axes, number in zip(panels, (2, 5, 30, 100), strict=True):
    if number not in by_t_sne:
        by_t_sne[number] = tsne.fit_map(digits, perplexity=number, seed=0)
    figures.draw_digits(axes, by_t_sne[number], labels, f"perplexity {number}")
show(
    figure,
    "Four maps of the digits. Perplexity 2: many crumbs of a few points. Perplexity 5: ragged "
    "islands, some broken. Perplexity 30 and 100: about ten islands, at 100 wider and nearer.",
)

# %% [markdown]
# With 2, every point cares for two others: crumbs, and gaps between them that mean nothing. With
# 5, islands break. From 30 on most are whole. Which map is right? All show the same vectors, and
# a reader of a paper sees one of them.
#
# ### Three seeds
#
# Same digits, three random starts, once with perplexity 5 and once with 30. **Predict:** what
# stays, what changes?

# %%
by_seed = {number: [by_t_sne[number]] for number in (5, 30)}
figure, panels = plt.subplots(2, 3, figsize=(6.6, 4.7))
for row, (number, seed_maps) in zip(panels, by_seed.items(), strict=True):
    seed_maps += [tsne.fit_map(digits, number, seed) for seed in (1, 2)]
    for seed, axes in enumerate(row):
        figures.draw_digits(axes, seed_maps[seed], labels, f"perplexity {number}, seed {seed}")
show(
    figure,
    "Six maps of the digits, three seeds each. With perplexity 5 the islands lie at other places "
    "each time, and some break apart. With perplexity 30 the three maps are the same up to a turn "
    "or a mirror.",
)

# %%
trusts, agreements = {}, {}
for number, seed_maps in by_seed.items():
    trusts[number] = [quality.trustworthiness(digits, y, quality.K) for y in seed_maps]
    agreements[number] = [quality.distance_agreement(seed_maps[0], y) for y in seed_maps[1:]]
    print(f"perplexity {number:2}: trustworthiness", *np.round(trusts[number], 3), end="; ")
    print("distances agree with those of seed 0:", *np.round(agreements[number], 2))

# %% [markdown]
# With 5, the islands stay but their **places** are dealt anew: "the eights lie beside the ones" may
# describe the seed. With 30, and on these digits, all three starts end at nearly the same map,
# turned or mirrored.
#
# Does that make the places true? No: these maps agree with each other, yet their distances agree
# with the vectors only in part, less well than PCA's in the table above. **Repeatable does
# not mean true.** The next section shows how far off a map can be.

# %% [markdown]
# ## What size and distance do not mean
#
# After Wattenberg, Viégas and Johnson, ["How to Use t-SNE
# Effectively"](https://doi.org/10.23915/distill.00002) (2016): groups whose truth we set. In 50
# dimensions, (a) two groups, one **ten times** as wide as the other; (b) three groups on a line,
# the second gap **four times** the first; (c) pure noise, no group at all.
#
# **Predict:** what will (a) and (b) look like, and what will (c) look like with perplexity 2?

# %%
sizes, size_groups = datasets.make_groups(centers=[0, 300], spreads=[1, 10], num_points=75)
gaps, gap_groups = datasets.make_groups([0, 20, 100], [1, 1, 1], num_points=50)
noise, noise_groups = datasets.make_groups([0], [1], num_points=150)
size_map = tsne.fit_map(sizes, perplexity=30)
gap_map = tsne.fit_map(gaps, perplexity=30)
noise_map = tsne.fit_map(noise, perplexity=2)

# %%
figure, panels = plt.subplots(1, 3, figsize=(10, 3.5))
figures.draw_groups(panels[0], size_map, size_groups, "(a) sizes 1 and 10")
figures.draw_groups(panels[1], gap_map, gap_groups, "(b) gaps 20 and 80")
figures.draw_groups(panels[2], noise_map, noise_groups, "(c) noise, perplexity 2")
show(
    figure,
    "Three t-SNE maps. (a) Two groups, one ten times as wide, are drawn equally large. (b) Three "
    "groups on a line are drawn as a triangle with equal sides. (c) Pure noise shows small clumps.",
)


# %%
def centers_and_widths(points, groups):
    members = [points[groups == group] for group in np.unique(groups)]
    centers = np.array([group.mean(axis=0) for group in members])
    widths = [np.sqrt(np.mean(np.sum((m - m.mean(axis=0)) ** 2, axis=1))) for m in members]
    return centers, np.array(widths)


def gaps_between(centers):
    return np.sqrt(tsne.squared_distances(centers)[[0, 1, 0], [1, 2, 2]])


# %%
widths = [centers_and_widths(points, size_groups)[1] for points in (sizes, size_map)]
spans = [gaps_between(centers_and_widths(points, gap_groups)[0]) for points in (gaps, gap_map)]
for name, width, span in zip(("truth", "map"), widths, spans, strict=True):
    print(f"{name:5}  (a) second width / first: {width[1] / width[0]:4.1f}", end="   ")
    print("(b) the three distances / the first:", (span / span[0]).round(1))

# %% [markdown]
# (a) Ten to one became about one to one: each point measures in its own unit, as we saw. (b) The
# line became a triangle with nearly equal sides: beyond the nearest neighbors all $p_{ij}$ are
# practically 0, so *far* and *five times as far* are the same to the loss. (c) Noise got clumps,
# since each point insists on two neighbors.
#
# So do not read: the **size** of an island, the **distance** between islands, a **shape**, or the
# existence of clumps at one perplexity. Read: who is near whom, and check that in the vectors.

# %% [markdown]
# ## Which perplexity?
#
# Now the sweep with numbers. `make results` drew every map for five seeds: other digits, other
# starts, and for the films of the next section vectors trained anew. **Predict:** where is the
# best trustworthiness, and how much does the choice matter?

# %%
runs = results.load("03_projection")


def draw_sweep(axes, data, column):
    measured = runs[runs["data"] == data].groupby("map")[column].agg(["mean", "std"])
    curve = measured.loc[[f"t-SNE {number}" for number in tsne.PERPLEXITIES]]
    axes.errorbar(
        tsne.PERPLEXITIES,
        curve["mean"],
        curve["std"],
        color=BLUE,
        marker="o",
        capsize=3,
        label="t-SNE",
    )
    for name, color, style in (("PCA", ORANGE, "--"), ("random projection", GRAY, ":")):
        mean, std = measured.loc[name]
        axes.axhline(mean, color=color, linestyle=style, label=name)
        axes.axhspan(mean - std, mean + std, color=color, alpha=0.15)
    axes.set(xscale="log", title=data.capitalize(), xlabel="perplexity")
    axes.set_xticks(tsne.PERPLEXITIES, tsne.PERPLEXITIES)
    axes.minorticks_off()


# %%
figure, panels = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
for axes, data in zip(panels, ("digits", "films"), strict=True):
    draw_sweep(axes, data, "trust")
panels[0].set(ylabel="trustworthiness of the 10 nearest", ylim=(0.5, 1.0))
panels[1].legend(loc="lower right", bbox_to_anchor=(1, 0.3))
show(
    figure,
    "Trustworthiness over perplexity 2 to 100 with five seeds. Digits: t-SNE near 0.98 from "
    "perplexity 5 on, PCA near 0.83, random near 0.65. Films: t-SNE 0.89 to 0.93, PCA near 0.80.",
)

# %% tags=["nbval-check-output"]
columns = ["trust", "distances", "same label", "chance"]
print(results.mean_and_spread(runs[runs["data"] == "digits"], ["map"], columns, 2).to_string())

# %% [markdown] quotes=["100", "0.98", "0.99", "0.60", "0.94", "0.91"]
# Mean ± standard deviation over five seeds. From 5 to 100 the trustworthiness of digits stays at
# 0.98 or 0.99: here the choice hardly matters, and only 2 is worse. The distances rise with the
# perplexity and still never pass PCA's 0.60. And note the same label: t-SNE puts 0.94 beside each
# other, more than the 0.91 of all dimensions. A map can look cleaner than the data is.
#
# A PCA start (`init="pca"`, scikit-learn's default) makes a map repeatable. It is good practice; on
# these digits it raises no number by more than the spread. And note what a default does: try three
# seeds with it, and all three start from the same place.

# %% [markdown]
# ## A map of films
#
# Now vectors whose truth nobody knows: the 32 numbers per film that the model of unit 02 learned
# from ratings, with its penalty, scaled to length 1. We take films with at least 50 training
# ratings. For its color a film needs one genre: the first of *Children's*, *Horror*, *Action*,
# *Comedy*, *Drama* that it has. **Predict:** will the map show islands of genres?

# %%
vectors, films = datasets.load_films(seed=0)
films["x"], films["y"] = tsne.fit_map(vectors, perplexity=30, start="pca").T
genre_counts = films["genre"].value_counts()
print(f"{len(films)} films with at least {datasets.MIN_RATINGS} training ratings:")
print(", ".join(f"{name} {n}" for name, n in genre_counts.items()))

# %%
chart = figures.build_map(films, [*datasets.GENRES, "other"], "Films, placed by ratings alone")
figures.show_map(
    chart,
    "A t-SNE map of films colored by genre. There are no islands. Children's films gather in one "
    "part and action films in another, but all genres overlap.",
)

# %% [markdown]
# In JupyterLab this map is alive, also without a network. Point at a film to read its title. Type
# `star` into the box below it: films without it in their title fade, the others show their names.
# (On a web page you see a still picture.)
#
# Find a film you know. Are its neighbors a good recommendation? Then look at the colors: no
# islands. Some regions lean to a genre, and everywhere others are mixed in. Numbers again:

# %% tags=["nbval-check-output"]
print(results.mean_and_spread(runs[runs["data"] == "films"], ["map"], columns, 2).to_string())

# %% [markdown] quotes=["0.34", "0.31", "0.26", "0.22", "0.71", "0.65"]
# Of the ten nearest films, 0.34 have the genre of the film in all 32 dimensions, 0.31 on the t-SNE
# map, 0.26 on the PCA map, and 0.22 by chance. So t-SNE loses little; there was not much to lose.
# The weak colors are no fault of the map but a fact about the vectors: trained on ratings, they
# know taste, and genre is a small part of it. For distances PCA is the better map, 0.71 against
# 0.65. Is the weak link the same for all genres?

# %%
is_near = quality.neighbor_ranks(vectors) <= quality.K
np.fill_diagonal(is_near, False)
by_genre = {}
for genre in datasets.GENRES:
    has = (films["genre"] == genre).to_numpy()
    by_genre[genre] = {"films": has.sum(), "chance": has.mean()}
    by_genre[genre]["nearest 10"] = is_near[has][:, has].sum(axis=1).mean() / quality.K
by_genre = pd.DataFrame(by_genre).T
by_genre.round(2)

# %% [markdown]
# These are neighbors in all 32 dimensions, so no map is to blame. Children's films stand out: about
# four times as many children's films around them as by chance. Action and horror have about twice
# their share. For drama the link is slight, for comedy there is hardly any. Whoever sees an island
# of comedy on the map sees a story.
#
# ## And UMAP?
#
# UMAP ([McInnes, Healy and Melville, 2018](https://arxiv.org/abs/1802.03426)) is the other map you
# will meet. It is not part of this course's software, so only in words. It also turns vectors into
# a graph of near neighbors, with a scale of its own for each point (`n_neighbors` plays the part
# of the perplexity). It also puts a heavy-tailed curve on the map, pulls neighbors together and
# pushes others apart. Its loss is a cross-entropy over pairs, so no sum over all pairs is needed,
# and a step pushes away only a few strangers drawn at random: that makes it fast on large data.
#
# The two differ less than their pictures. [Kobak and Linderman
# (2021)](https://doi.org/10.1038/s41587-020-00809-z) show that much of what was credited to UMAP,
# the better places of far islands, came from its start: give t-SNE as good a start, and the two
# are alike in that. Read a UMAP with the same care.

# %% [markdown]
# ## Takeaways
#
# - PCA is a shadow: straight, fast, repeatable, the same for new points. Center first.
# - t-SNE keeps who is near whom. Size, distance and shape of its islands mean nothing.
# - Perplexity is an effective number of neighbors; each point finds its own scale for it, and
#   density is divided out.
# - The gradient is tested by finite differences before use. A stuck run shows in the loss.
# - Draw several seeds and perplexities. Report a number, beside PCA and a random map.
# - Maps are for questions. Check the answers in the vectors.

# %% [markdown]
# ## Questionnaire
#
# <details><summary>You fit PCA on uncentered vectors with positive numbers. What is the first
# direction?</summary>Nearly the mean. It says that the numbers are positive, nothing about how
# points differ.</details>
#
# <details><summary>On a t-SNE map one island is twice as large as another. What do you
# conclude?</summary>Perhaps that it has more points. Nothing about its width: every point measures
# distance in a unit of its own.</details>
#
# <details><summary>Which perplexity has a point with eight equally likely neighbors and no
# other?</summary>Eight: the entropy is 3 bits.</details>
#
# <details><summary>Why Student's t and not a Gaussian on the map?</summary>Two dimensions have less
# room than many. With heavy tails, pairs that are a little apart in truth may be drawn far apart at
# hardly any cost.</details>
#
# <details><summary>Three runs with three seeds look exactly alike. Is the map a
# fact?</summary>First look at the start: with a PCA start all seeds begin at the same place. Then
# measure.</details>
#
# <details><summary>A new film arrives. Where is it on the PCA map, where on the t-SNE
# map?</summary>PCA: subtract the mean of the old films and multiply by the old directions. t-SNE
# has no formula for new points; the map must be drawn again.</details>
#
# <details><summary>The film map shows no islands of genres. Are the vectors bad?</summary>Not for
# their task. They were trained to predict ratings, and taste does not follow genres
# closely.</details>
#
# ## Going further
#
# - L. van der Maaten, G. Hinton, ["Visualizing Data using
#   t-SNE"](https://www.jmlr.org/papers/v9/vandermaaten08a.html), 2008.
# - M. Wattenberg, F. Viégas, I. Johnson, ["How to Use t-SNE
#   Effectively"](https://doi.org/10.23915/distill.00002), 2016: play with groups whose truth you
#   know.
# - L. van der Maaten, ["Accelerating t-SNE using Tree-Based
#   Algorithms"](https://www.jmlr.org/papers/v15/vandermaaten14a.html), 2014: what scikit-learn
#   does.
# - J. Venna, S. Kaski, ["Neighborhood Preservation in Nonlinear Projection Methods: An
#   Experimental Study"](https://doi.org/10.1007/3-540-44668-0_68), 2001.
# - D. Kobak, G. C. Linderman, ["Initialization is critical for preserving global data structure in
#   both t-SNE and UMAP"](https://doi.org/10.1038/s41587-020-00809-z), 2021.
# - L. McInnes, J. Healy, J. Melville, ["UMAP: Uniform Manifold Approximation and Projection for
#   Dimension Reduction"](https://arxiv.org/abs/1802.03426), 2018.
