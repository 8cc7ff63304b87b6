# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 05 Neighborhood
#
# **Goals.** You will compare all films, predict from neighbors without falling for three traps,
# learn the weights of neighbors step by step, take a prediction apart into exact contributions, and
# find the bugs in a predictor that looks too good.
#
# **Before you start:** the lecture of unit 05. **Time:** 75 minutes.
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

from utils import baselines, evaluation, movielens
from utils.checks import neighborhood as check
from utils.figures.neighborhood import draw_contributions
from utils.plotting import BLUE, ORANGE, show
from utils.units.neighborhood import estimates

# %% [markdown]
# `residuals` holds what the baseline $\mu + b_u + b_i$ leaves of each training rating, a row for
# each user and a column for each film, and 0 where there is no rating. `met` holds 1 where there is
# a rating, else 0.

# %%
data = movielens.load("100k")
titles = data.items["title"].to_numpy()
film_of = {title: place for place, title in enumerate(titles)}
train, test = evaluation.split_random(data.ratings, seed=0)
biases = baselines.fit_biases(train, data.num_users, data.num_items)
residuals, met = estimates.residual_matrix(biases, train)
baseline = estimates.baseline_matrix(biases)

# %% [markdown] cites=["1.2", "0.7", "100", "101"]
# ## 1. Which films are rated alike?
#
# For films $i$ and $j$, all sums over the $n$ users who rated both, with $e$ for a residual:
#
# $$s_{ij} = \frac{n}{n + \beta} \cdot
# \frac{\sum_u e_{ui}\, e_{uj}}{\sqrt{\sum_u e_{ui}^2}\,\sqrt{\sum_u e_{uj}^2}}$$
#
# Compute it for all pairs at once. Where nobody rated both films, the similarity is 0.
#
# Example: one common rater, with the residuals $1.2$ and $-0.7$, and $\beta = 100$: the correlation
# is $-1$, and the similarity is $-1/101$.


# %% exercise="shrunk_similarity"
def shrunk_similarity(residuals, met, shrinkage):
    """Return the shrunk correlation of every two films over the users who rated both.

    Args:
        residuals: array (num_users, num_items), 0 where there is no rating.
        met: array (num_users, num_items), 1 where there is a rating, else 0.
        shrinkage: float > 0, beta.

    Returns:
        array (num_items, num_items), the diagonal included.
    """
    ### BEGIN SOLUTION
    together = met.T @ met
    squares = (residuals**2).T @ met  # of film i, over the users who rated film j as well
    scale = np.sqrt(squares * squares.T)
    products = residuals.T @ residuals
    correlations = np.divide(products, scale, out=np.zeros_like(scale), where=scale > 0)
    return correlations * together / (together + shrinkage)
    ### END SOLUTION


# %% check="shrunk_similarity" points=2
check.shrunk_similarity()

# %%
check.to_numpy(shrunk_similarity(np.array([[1.2, -0.7]]), np.array([[1.0, 1.0]]), 100.0))

# %% [markdown]
# Choose a film. **Predict:** which three films come first?

# %%
film = film_of["Toy Story"]
similarities = check.to_numpy(shrunk_similarity(residuals, met, 60))
nearest = np.argsort(-similarities[film])[:8]
pd.DataFrame({"title": titles[nearest], "similarity": similarities[film, nearest].round(2)})

# %% [markdown] cites=["0.5", "0.25", "0.75", "3.33"]
# ## 2. Predict from neighbors
#
# The prediction is the baseline plus the mean of the residuals of the `num_neighbors` most similar
# films, weighted by their similarity:
#
# $$\hat r_{ui} = b_{ui} + \frac{\sum_j s_{ij}\, e_{uj}}{\sum_j s_{ij}}$$
#
# Three guards: neighbors are films that the user rated, and never film $i$ itself; those with a
# similarity of 0 or less are left out; if nobody is left, the answer is the baseline.
#
# Example: `similarities = [1, 0.5, 0.25]`, `residuals = [0, 1, -1]`, `met = [0, 1, 1]`. For
# `item = 0`, `baseline = 3` and two neighbors: 3 + (0.5 - 0.25) / 0.75 = 3.33.


# %% exercise="predict_rating"
def predict_rating(item, similarities, residuals, met, baseline, num_neighbors):
    """Predict one rating from the user's ratings of the most similar films.

    Args:
        item: int, the film to predict.
        similarities: array (num_items,), of that film to every film, also to itself.
        residuals: array (num_items,), of one user; 0 where there is no rating.
        met: array (num_items,), 1 where that user rated, else 0.
        baseline: float, the baseline of that user and film, in stars.
        num_neighbors: int, how many films speak at most.

    Returns:
        float, in stars.
    """
    ### BEGIN SOLUTION
    films = np.flatnonzero((met > 0) & (similarities > 0))
    films = films[films != item]
    films = films[np.argsort(-similarities[films])][:num_neighbors]
    if len(films) == 0:
        return baseline
    weights = similarities[films]
    return baseline + np.sum(weights * residuals[films]) / np.sum(weights)
    ### END SOLUTION


# %% check="predict_rating" points=3
check.predict_rating()

# %%
example = np.array([1, 0.5, 0.25]), np.array([0, 1.0, -1.0]), np.array([0, 1, 1])
predict_rating(0, *example, 3.0, 2)

# %% [markdown]
# On two thousand test ratings. **Predict:** how far below the baseline does it get?

# %%
some = test[:2_000]
pairs = some[["user_index", "item_index"]].to_numpy()
by_neighbors = [
    predict_rating(item, similarities[item], residuals[user], met[user], baseline[user, item], 40)
    for user, item in pairs
]
at_pairs = baseline[pairs[:, 0], pairs[:, 1]]
for name, found in (("baseline", at_pairs), ("neighbors", check.to_numpy(by_neighbors))):
    print(f"{name}: RMSE {evaluation.rmse(some['rating'], found):.3f}")

# %% [markdown] cites=["0.1", "0.2"]
# ## 3. Learn a weight
#
# Now the weights are learned. For one rating, with $n$ neighbors of the film that the user rated,
#
# $$\hat r = b + \frac{1}{\sqrt n} \sum_j (w_j\, e_j + c_j), \qquad
# \text{loss} = \tfrac12 \Big((r - \hat r)^2 + \lambda \sum_j (w_j^2 + c_j^2)\Big)$$
#
# Derive how each $w_j$ and $c_j$ changes in one step down the slope with learning rate $\gamma$,
# and write it down. `error` is $r - \hat r$, computed before the step.
#
# Example: one neighbor with $e = 2$, $w = c = 0$, an error of 1, $\gamma = 0.1$ and $\lambda = 0$:
# the new $w$ is $0.2$, the new $c$ is $0.1$.


# %% exercise="weight_step"
def weight_step(weights, offsets, residuals, error, rate, pair_l2):
    """Move the weights of one rating by one step of gradient descent.

    Args:
        weights, offsets: arrays (n,), w_j and c_j of the n neighbors that the user rated, n >= 1.
        residuals: array (n,), e_j.
        error: float, the rating minus its prediction.
        rate: float, the learning rate.
        pair_l2: float, the penalty.

    Returns:
        (new_weights, new_offsets), two new arrays (n,).
    """
    ### BEGIN SOLUTION
    share = error / np.sqrt(len(weights))
    new_weights = weights + rate * (share * residuals - pair_l2 * weights)
    new_offsets = offsets + rate * (share - pair_l2 * offsets)
    return new_weights, new_offsets
    ### END SOLUTION


# %% check="weight_step" points=2
check.weight_step()

# %%
check.to_numpy(weight_step(np.zeros(1), np.zeros(1), np.array([2.0]), 1.0, 0.1, 0.0))

# %% [markdown]
# A formula for a slope can be checked without any algebra: move one number a little to either
# side and see by how much the loss changes. These are **finite differences**. A step with rate 1
# is minus the slope.

# %%
rng = np.random.default_rng(0)
w, c, e = rng.normal(size=(3, 3))
rating, base, l2 = 4.0, 3.2, 0.3


def predict_stars(w, c):
    return base + np.sum(w * e + c) / np.sqrt(3)


def loss(w, c):
    return ((rating - predict_stars(w, c)) ** 2 + l2 * np.sum(w**2 + c**2)) / 2


# %%
nudge = 1e-5 * np.eye(3)
slope_w = [(loss(w + row, c) - loss(w - row, c)) / 2e-5 for row in nudge]
slope_c = [(loss(w, c + row) - loss(w, c - row)) / 2e-5 for row in nudge]
new_w, new_c = check.to_numpy(weight_step(w, c, e, rating - predict_stars(w, c), 1.0, l2))
slopes, steps = [*slope_w, *slope_c], [*(new_w - w), *(new_c - c)]
pd.DataFrame({"minus the slope": -np.array(slopes), "step": steps})

# %% [markdown]
# Now let it learn on all training ratings of one film. The weights start at zero, and in each sweep
# every rating moves them once.

# %%
film = film_of["Return of the Jedi"]
films = np.argsort(-similarities[film])
films = films[films != film][:20]
parts = {"train": train, "test": test}
raters = {name: part[part["item_index"] == film] for name, part in parts.items()}


def predict_film(user, weights, offsets):
    rated = met[user, films] > 0
    said = residuals[user, films][rated] @ weights[rated] + offsets[rated].sum()
    return baseline[user, film] + said / np.sqrt(max(rated.sum(), 1))


def film_error(rows, weights, offsets):
    found = [predict_film(user, weights, offsets) for user in rows["user_index"]]
    return evaluation.rmse(rows["rating"], np.array(found))


# %%
weights, offsets = np.zeros(20), np.zeros(20)
curves = {name: [film_error(rows, weights, offsets)] for name, rows in raters.items()}
for _ in range(40):
    for user, stars in raters["train"][["user_index", "rating"]].to_numpy():
        rated = met[user, films] > 0
        if rated.any():
            error = stars - predict_film(user, weights, offsets)
            given = weights[rated], offsets[rated], residuals[user, films][rated], error
            moved = check.to_numpy(weight_step(*given, 0.005, 0.02))
            weights[rated], offsets[rated] = moved
    for name, rows in raters.items():
        curves[name].append(film_error(rows, weights, offsets))

# %%
figure, axes = plt.subplots(figsize=(6.5, 3.6))
for (name, errors), color, marker in zip(curves.items(), (BLUE, ORANGE), ("o", "s"), strict=True):
    axes.plot(errors, color=color, marker=marker, markersize=4, label=name)
axes.set(title="Learning the neighbors of one film", xlabel="sweep", ylabel="RMSE, in stars")
axes.legend()
show(
    figure,
    "Error on the training and test ratings of Return of the Jedi over forty sweeps. Both fall "
    "from the baseline, the training error further.",
)

# %% [markdown]
# Which film says most about this one?

# %%
learned = pd.DataFrame({"weight": weights, "offset": offsets}, index=titles[films])
learned.sort_values("weight", ascending=False).head(5).round(2)

# %% [markdown]
# **In words:** $w_j$ is multiplied with a residual, $c_j$ is not. Say in terms of viewers what a
# large positive $c_j$ means, and why a user who gave film $j$ one star receives it as well.

# %% [markdown] words="meaning_of_an_offset" points=2
# A large positive $c_j$: people who watched and rated film $j$ like film $i$ better than the
# baseline expects, whatever they thought of $j$. The choice of a film tells something about taste
# before any star is given. The one-star user chose the film as well; the disappointment is in the
# residual, and $w_j$ handles that.
#
# **Rubric.** One point: $c_j$ speaks of having rated (chosen) film $j$, not of how well it was
# liked. One point: the stars enter through the residual and $w_j$ alone, so a user with one star
# gets the same $c_j$. "It is the bias of film $j$" earns nothing: it depends on the pair.

# %% [markdown]
# ## 4. Because you rated
#
# A prediction of exercise 3 is a sum. Say what each neighbor adds to it: a rated one
# $(e_j w_j + c_j)/\sqrt n$, the others nothing. If the user rated none of the neighbors, all add 0.
#
# Example: `films = [2, 0]`, both weights 1, both offsets 0, the user rated film 2 alone with the
# residual 0.5: the contributions are `[0.5, 0]`.


# %% exercise="contributions"
def contributions(films, weights, offsets, residuals, met):
    """Return what each neighbor of one film adds to the prediction for one user.

    Args:
        films: int array (k,), the neighbors of the film.
        weights, offsets: arrays (k,), w_j and c_j of these neighbors.
        residuals: array (num_items,), of the user; 0 where there is no rating.
        met: array (num_items,), 1 where the user rated, else 0.

    Returns:
        array (k,), in stars, in the order of `films`.
    """
    ### BEGIN SOLUTION
    rated = met[films] > 0
    return rated * (residuals[films] * weights + offsets) / np.sqrt(max(rated.sum(), 1))
    ### END SOLUTION


# %% check="contributions" points=2
check.contributions()

# %%
example = np.array([0, 0, 0.5]), np.array([0, 0, 1])
check.to_numpy(contributions(np.array([2, 0]), np.ones(2), np.zeros(2), *example))

# %% [markdown]
# One test rating, explained. The end of the last bar is the prediction.

# %%
user = 278
parts = check.to_numpy(contributions(films, weights, offsets, residuals[user], met[user]))
order = np.argsort(-np.abs(parts))[:6]
labels = [*titles[films[order]], "all others"]
values = np.array([*parts[order], parts.sum() - parts[order].sum()])
show(*draw_contributions(labels, values, baseline[user, film]))

# %%
rest = predict_film(user, weights, offsets) - baseline[user, film] - parts.sum()
print(f"prediction minus baseline minus contributions: {abs(rest):.6f}")

# %% [markdown]
# ## 5. Find the bugs
#
# A colleague predicts pairs of users and films from the stars. The function runs, its predictions
# look like stars, and nobody compared them with the baseline. It holds **three mistakes**.


# %%
def predict_pairs_with_bugs(stars, met, baseline, users, items, num_neighbors):
    residuals = (stars - baseline) * met
    n, squares = met.T @ met, (stars**2).T @ met
    similarities = stars.T @ stars / np.sqrt(squares * squares.T + 1e-12) * n / (n + 20)
    predictions = []
    for user, item in zip(users, items, strict=True):
        films = np.flatnonzero(met[user])
        order = np.argsort(-similarities[item, films])[:num_neighbors]
        weights = np.maximum(similarities[item, films[order]], 0)
        added = weights @ residuals[user, order] / weights.sum() if weights.sum() > 0 else 0
        predictions.append(baseline[user, item] + added)
    return np.array(predictions)


# %% [markdown]
# Write it again without the mistakes; start from a copy of the one above. The second and third
# line are those of exercise 1 with a shrinkage of 20; the small number keeps them from 0 / 0.


# %% exercise="predict_pairs"
def predict_pairs(stars, met, baseline, users, items, num_neighbors):
    """Predict the rating of each pair of a user and a film from the user's nearest films.

    Args:
        stars: array (num_users, num_items), 0 where there is no rating.
        met: array (num_users, num_items), 1 where there is a rating, else 0.
        baseline: array (num_users, num_items), in stars.
        users, items: int arrays (n,), the pairs to predict; a pair may be one of the training part.
        num_neighbors: int.

    Returns:
        array (n,), in stars.
    """
    ### BEGIN SOLUTION
    residuals = (stars - baseline) * met
    n, squares = met.T @ met, (residuals**2).T @ met  # of residuals, not of stars
    similarities = residuals.T @ residuals / np.sqrt(squares * squares.T + 1e-12) * n / (n + 20)
    predictions = []
    for user, item in zip(users, items, strict=True):
        films = np.flatnonzero(met[user])
        films = films[films != item]  # a film is no neighbor of its own
        order = np.argsort(-similarities[item, films])[:num_neighbors]
        near = films[order]  # a position in a list is not the index of a film
        weights = np.maximum(similarities[item, near], 0)
        added = weights @ residuals[user, near] / weights.sum() if weights.sum() > 0 else 0
        predictions.append(baseline[user, item] + added)
    return np.array(predictions)
    ### END SOLUTION


# %% check="predict_pairs" points=3
check.predict_pairs()

# %% [markdown]
# Now compare. **Predict:** is the colleague's function better than the baseline it starts from?

# %%
stars = (residuals + baseline) * met
rows = {}
for name, part in (("train", train[:2_000]), ("test", test[:2_000])):
    at = part["user_index"].to_numpy(), part["item_index"].to_numpy()
    for function in (predict_pairs_with_bugs, predict_pairs):
        found = check.to_numpy(function(stars, met, baseline, *at, 20))
        rows.setdefault(function.__name__, {})[name] = evaluation.rmse(part["rating"], found)
    rows.setdefault("baseline", {})[name] = evaluation.rmse(part["rating"], baseline[at])
pd.DataFrame(rows).T.round(3)

# %% [markdown]
# Three harmless-looking lines, and the neighbors are worth less than nothing.
#
# **In words:** take your function and put one mistake back: let a film be among its own neighbors.
# What happens to the training error and to the test error, and why? Which of the two errors would
# have told you about this mistake? Try it.

# %% [markdown] words="own_neighbor" points=2
# The training error falls, the test error stays as it is to the last digit. On a training row the
# film itself is the nearest neighbor, and its residual is the very rating to be predicted. A test
# rating is not in `met`, so the film is never among the user's films. The test error is blind to
# this mistake; a training error that is much too good gives it away.
#
# **Rubric.** One point: training error down, test error the same. One point: on training rows the
# rating predicts itself, on test rows the film is not among those the user rated. "Both get worse"
# earns nothing; the cell above, run again after the change, shows it.

# %% [markdown]
# ## 6. Proofread
#
# Lecture notes that many students copy print the models of this unit like this. $K$ are the known
# ratings, $S^k(i;u)$ the $k$ films most similar to $i$ among those that user $u$ rated.
#
# 1. "The rating is $R_{ui} = \mu + b_u + b_i$. Find the biases by making this as small as
#    possible:"
#    $$\sum_{(u,i) \in K} (r_{ui} - \mu - b_u - b_i)^2 +
#    \lambda\Big(\sum_u b_u^2 + \sum_u b_i^2\Big)$$
# 2. "$\hat r_{ui} = b_{ui} + \sum_{j \in S^k(i;u)} \theta_{ij}^u\,(r_{uj} - b_{uj})$, where
#    $r_{uj}$ is $u$'s rating of item $i$. Koren's model learns the weights $\theta_{ij}^u$."
# 3. "The integrated model is $\hat r_{ui} = b_{ui} + \sum_{j \in S^k(i;u)} \theta_{ij}^u\,(r_{uj} -
#    b_{uj}) + p_u \cdot q_i$."
#
# **In words:** find **four** mistakes, and write down what should stand there. The lecture has all
# that you need.

# %% [markdown] words="proofread" points=4
# 1. $\mu + b_u + b_i$ is the *estimate* $b_{ui}$, not the rating; the residual is what is left.
# 2. The second sum of the penalty runs over the films: $\sum_i b_i^2$. As printed, the letter $i$
#    under a sum over $u$ stands for no film in particular.
# 3. $r_{uj}$ is $u$'s rating of film $j$, the neighbor. With the rating of film $i$ the model would
#    be given what it has to predict.
# 4. In Koren's model the weights belong to a pair of films and are the same for all users,
#    $w_{ij}$. A $\theta_{ij}^u$ for each user has far more numbers than there are ratings.
# 5. The root is missing: the sum is divided by $\sqrt{|R|}$, or users with many rated neighbors
#    get extreme predictions.
# 6. What the mere choice says is missing: the offsets $c_{ij}$, and in the integrated model also
#    the vectors $y_j$ of all films that the user rated.
#
# **Rubric.** One point for each of these, four at most, if what should stand there is said as well.
# Half a point for a mistake that is only named. A preference ("the letter is ugly") earns nothing.

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
