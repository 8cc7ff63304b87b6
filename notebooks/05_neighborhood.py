# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 05 Neighborhood
#
# You gave *The Empire Strikes Back* one star and *Return of the Jedi* one star. Nobody needs a
# neural network to guess what you think of *Star Wars*.
#
# **Goals.** You will
# - compute what a rating owes to the user and the film alone, in three ways that agree,
# - find films that are rated alike, and not fall for pairs that one single person rated,
# - predict every rating from neighbors at once, and explain each prediction exactly,
# - let Keras learn what one film says about another, and add that to a model with factors.
#
# **Before you start:** unit 02 (similarity). The last part looks ahead to the factors of unit 06.
# **Time:** 50 minutes to read, one minute to run. **Data:** MovieLens-100K.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import time
from typing import NamedTuple

import keras
import numpy as np
import pandas as pd
from keras import layers, ops

from utils import baselines, evaluation, movielens, results, training
from utils.baselines import Biases
from utils.blocks import column_sum, fixed_table, index_inputs, table
from utils.evaluation import interaction_matrix
from utils.figures import neighborhood as figures
from utils.plotting import show
from utils.units.neighborhood import estimates, neighbors, settings
from utils.units.neighborhood.integrated import scale_rows
from utils.units.neighborhood.learned_weights import find_neighbors
from utils.units.similarity.item_vectors import build_penalized_model

# %% [markdown]
# ## Before the neighbors: a baseline
#
# Take five stars from somebody who gives five stars to everything. Do they tell you that the film
# is good? First take out what a rating owes to the user and to the film alone:
#
# $$b_{ui} = \mu + b_u + b_i$$
#
# $\mu$ is the mean of all training ratings, $b_u$ what user $u$ adds, $b_i$ what film $i$ adds.
# Choose them so that this sum over the training ratings is as small as possible:
#
# $$\sum_{(u,\,i)} (r_{ui} - \mu - b_u - b_i)^2 + \lambda \Big(\sum_u b_u^2 + \sum_i b_i^2\Big)$$

# %% tags=["nbval-check-output"]
data = movielens.load("100k")
train, test = evaluation.split_random(data.ratings, seed=0)
sizes = (data.num_users, data.num_items)
print(f"{len(train):,} ratings to train, {sum(sizes):,} biases to find")

# %% [markdown]
# ### Way one: solve it
#
# Where the sum is smallest, its slope in every bias is zero. For a user with $n_u$ ratings that
# says $(n_u + \lambda)\, b_u + \sum_i b_i = \sum_i (r_{ui} - \mu)$, both sums over the films the
# user rated. One linear equation for each user, one for each film: a computer solves them.


# %% shows="utils.units.neighborhood.estimates.solve_biases"
def solve_biases(train, num_users, num_items, l2):
    met = interaction_matrix(train, num_users, num_items).astype(float)
    mean = float(train["rating"].mean())
    centered = np.zeros_like(met)
    centered[train["user_index"], train["item_index"]] = train["rating"] - mean
    counts = np.concatenate([met.sum(axis=1), met.sum(axis=0)])
    equations = np.diag(counts + l2)
    equations[:num_users, num_users:] = met
    equations[num_users:, :num_users] = met.T
    sums = np.concatenate([centered.sum(axis=1), centered.sum(axis=0)])
    solution = np.linalg.solve(equations, sums)
    return Biases(mean, solution[:num_users], solution[num_users:])


# %%
exact = solve_biases(train, *sizes, l2=settings.L2)

# %% [markdown]
# ### Way two: take turns
#
# Hold the users still, and each film's best bias is a mean of what is left over, pulled toward 0:
# the sum of the leftovers divided by their number plus $\lambda$. Then hold the films still. This
# is **alternating least squares**, and it is `fit_biases` of the course.

# %%
taking_turns = baselines.fit_biases(train, *sizes, settings.L2, settings.L2, num_sweeps=20)

# %% [markdown]
# ### Way three: Keras
#
# A bias is an embedding with one column. Keras takes the *mean* of the squared errors over a
# batch, so the penalty is $\lambda$ divided by the number of ratings. The batches are large: small
# ones are noisy, and under noise Adam leaves the biases of rare films off their place.


# %% shows="utils.units.neighborhood.estimates.build_bias_model"
def build_bias_model(num_users, num_items, mean_rating, table_l2):
    user, item = index_inputs()
    penalty = keras.regularizers.L2(table_l2)
    users = layers.Embedding(num_users, 1, "zeros", penalty, name="user_bias")
    items = layers.Embedding(num_items, 1, "zeros", penalty, name="item_bias")
    return keras.Model([user, item], users(user) + items(item) + mean_rating)


# %%
bias_model = build_bias_model(*sizes, exact.mean, settings.L2 / len(train))
training.fit(bias_model, train, **settings.BIAS_TRAINING)
columns = [
    bias_model.get_layer(name).get_weights()[0].ravel() for name in ("user_bias", "item_bias")
]
descending = Biases(exact.mean, *columns)

# %% [markdown]
# **Predict:** three algorithms, one sum to make small. In which digit do they differ?

# %% tags=["nbval-check-output"]
ways = {"solve": exact, "take turns": taking_turns, "Keras": descending}
rows = {}
for name, biases in ways.items():
    error = evaluation.rating_metrics(test["rating"], baselines.predict_biases(biases, test))
    total = estimates.penalized_sum(biases, train, settings.L2)
    rows[name] = {"sum / rows": total / len(train), "test RMSE": error["rmse"]}
print(pd.DataFrame(rows).T.round(3).to_string())

# %% [markdown]
# The three agree to three decimals, in the sum and on the test part. The equations are exact,
# taking turns is the fastest, and Keras is the one that will take the next idea on board.
#
# What is left of each rating is its **residual**, $r_{ui} - b_{ui}$: better or worse than expected
# *from this user for this film*. From here on neighbors see residuals only. (The penalties of
# users and films now differ a little, as in the rest of the course.)

# %% tags=["nbval-check-output"]
biases = baselines.fit_biases(train, *sizes)
residuals, met = estimates.residual_matrix(biases, train)
baseline_error = evaluation.rating_metrics(test["rating"], baselines.predict_biases(biases, test))
print(f"baseline: RMSE {baseline_error['rmse']:.3f}, the number to beat")

# %% [markdown] cites=["1,682", "1.4"]
# ## Which films are rated alike?
#
# Two films are neighbors if the people who like one more than expected like the other more than
# expected. In numbers: the correlation of their residuals over the users who rated both,
#
# $$\rho_{ij} = \frac{\sum_u e_{ui}\, e_{uj}}{\sqrt{\sum_u e_{ui}^2}\,\sqrt{\sum_u e_{uj}^2}}$$
#
# Each of these sums is a matrix product: an unknown rating has residual 0 and adds nothing to the
# top; below, a second matrix of ones and zeros says who counts. **Predict:** 1,682 films make 1.4
# million pairs. How long does it take?


# %% shows="utils.units.neighborhood.neighbors.compare_films"
def compare_films(residuals, met):
    together = met.T @ met
    products = residuals.T @ residuals
    # Row i, column j: the squares of film i over the users who rated film j as well.
    squares = np.square(residuals).T @ met
    scale = np.sqrt(squares * squares.T)
    correlations = np.divide(products, scale, out=np.zeros_like(scale), where=scale > 0)
    return correlations, together


# %%
started = time.perf_counter()
correlations, together = compare_films(residuals, met)
print(f"all pairs of {data.num_items:,} films: {time.perf_counter() - started:.2f} s")

# %% [markdown]
# Three matrix products, a fraction of a second. So who are the neighbors of *Star Wars*?

# %% tags=["nbval-check-output"]
titles = data.items["title"].to_numpy()
star_wars = int(np.flatnonzero(titles == "Star Wars")[0])


def nearest(similarities, k=6):
    films = neighbors.nearest_films(similarities, k)[star_wars]
    columns = {
        "similarity": similarities[star_wars, films],
        "common raters": together[star_wars, films],
    }
    return pd.DataFrame(columns, index=titles[films]).round(2)


print(nearest(correlations).to_string())

# %% [markdown]
# Perfect similarity with films nobody has heard of. Look at the last column.
#
# ### The trap of the single rater
#
# With one common rater the formula divides a product of two numbers by the product of their sizes:
# plus one or minus one, whatever the stars. And such pairs are not rare.

# %% tags=["nbval-check-output"]
pairs = together[np.triu_indices(data.num_items, k=1)]
print(f"{(pairs > 0).sum():,} pairs of films share a rater")
print(
    f"{(pairs == 1).sum():,} of them, {(pairs == 1).sum() / (pairs > 0).sum():.0%}, share one only"
)

# %% [markdown]
# A correlation from one person is no evidence; from three hundred it is. So **shrink** it by the
# number $n$ of common raters:
#
# $$s_{ij} = \frac{n_{ij}}{n_{ij} + \beta}\,\rho_{ij}$$


# %% shows="utils.units.neighborhood.neighbors.shrink"
def shrink(correlations, together, shrinkage):
    return correlations * (together / np.maximum(together + shrinkage, 1e-9))


# %% [markdown] cites=["100", "101"]
# With $\beta = 100$ a single common rater leaves 1/101 of the correlation, a hundred leave half.
# **Predict:** who will be first in the new list?

# %% tags=["nbval-check-output"]
similarities = shrink(correlations, together, 100)
print(nearest(similarities).to_string())

# %%
others = np.arange(data.num_items) != star_wars
of_star_wars = [matrix[star_wars, others] for matrix in (correlations, similarities, together)]
show(*figures.draw_shrinkage(*of_star_wars, "Star Wars"))

# %% [markdown]
# Left, the ten largest similarities sit where there is nothing to know. Right, they belong to
# films that many people rated together with *Star Wars*: two sequels, then *Raiders of the Lost
# Ark*.

# %% [markdown]
# ## Ask the neighbors
#
# One test rating, by hand. This user's stars for *Star Wars* are hidden. Here are the user's
# three most similar films with their residuals.

# %% tags=["nbval-check-output"]
user = 315
weights = np.maximum(similarities, 0)
np.fill_diagonal(weights, 0)
three = neighbors.explain(weights, residuals, met, user, star_wars, num_neighbors=3)
print(
    three.assign(title=titles[three["item_index"]]).drop(columns="item_index").round(2).to_string()
)

# %% [markdown]
# The prediction is the baseline plus the mean of the residuals, weighted by similarity:
#
# $$\hat r_{ui} = b_{ui} + \frac{\sum_{j} s_{ij}\, e_{uj}}{\sum_{j} s_{ij}}$$

# %% tags=["nbval-check-output"]
expected = estimates.baseline_matrix(biases)[user, star_wars]
mean = (three["weight"] * three["residual"]).sum() / three["weight"].sum()
print(f"baseline {expected:.2f}, neighbors {mean:+.2f}, prediction {expected + mean:.2f}")
truth = test[(test["user_index"] == user) & (test["item_index"] == star_wars)]
print("the user gave", truth["rating"].item())

# %% [markdown]
# A person to whom *Star Wars* is nothing: the baseline alone is off by almost three stars. (One of
# the clearest cases of the test part, picked for that.)
#
# Three guards belong to the formula. The film itself must not be its own neighbor. Negative
# similarities are left out, or the sum below can come near zero. And if no neighbor is left, the
# answer is the baseline.
#
# ### All users, all films
#
# A loop over users, and inside it everything at once: the user's films are the rows, all films of
# the catalog the columns. `partition` finds the k-th largest weight without sorting.


# %% shows="utils.units.neighborhood.neighbors.predict_from_neighbors"
def predict_from_neighbors(weights, residuals, met, num_neighbors, damping=0.0):
    predictions = np.zeros_like(residuals)
    for user, rated in enumerate(met > 0):
        films = np.flatnonzero(rated)
        near = weights[films]  # a column for each film to predict: the weights are symmetric
        if len(films) > num_neighbors:
            near *= near >= np.partition(near.T, -num_neighbors, axis=1)[:, -num_neighbors]
        sums, total = residuals[user, films] @ near, near.sum(axis=0) + damping
        predictions[user] = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
    return predictions


# %% tags=["nbval-check-output"]
def rmse_of(added):
    stars = estimates.baseline_matrix(biases) + added
    at_rows = stars[test["user_index"], test["item_index"]]
    return evaluation.rating_metrics(test["rating"], at_rows)["rmse"]


started = time.perf_counter()
added = predict_from_neighbors(weights, residuals, met, num_neighbors=40)
seconds_knn = time.perf_counter() - started
print(f"item-kNN, 40 neighbors: RMSE {rmse_of(added):.3f}")

# %%
print(f"{added.size:,} predictions in {seconds_knn:.1f} s")

# %% [markdown]
# Below the baseline by more than two hundredths of a star. Two refinements help, both chosen on
# validation rows. Square the weights: the most similar films speak louder. And add a small number
# to the sum below, the **damping**: neighbors that are hardly similar then move a prediction
# hardly, instead of fully.

# %% tags=["nbval-check-output"]
similarity, average = settings.ITEM_KNN
print(similarity, average)
weights = neighbors.weigh_films(residuals, met, **similarity)
added = predict_from_neighbors(weights, residuals, met, **average)
print(f"item-kNN: RMSE {rmse_of(added):.3f}")

# %% [markdown]
# ### Because you rated
#
# A prediction from neighbors is a sum, so it explains itself. Each neighbor's part is its weight
# times its residual, divided by the same number for all.

# %%
parts = neighbors.explain(weights, residuals, met, user, star_wars, **average)
order = parts["contribution"].abs().sort_values(ascending=False).index
parts = parts.loc[order].assign(title=titles[parts.loc[order, "item_index"]])
largest, others = parts[:6], parts[6:]
labels = [*largest["title"], f"{len(others)} others"]
values = [*largest["contribution"], others["contribution"].sum()]
show(*figures.draw_contributions(labels, np.array(values), expected))

# %% tags=["nbval-check-output"]
print(f"sum of {len(parts)} contributions: {parts['contribution'].sum():.4f} stars")
print(f"the prediction adds:       {added[user, star_wars]:.4f} stars")

# %% [markdown]
# To the last digit: this is no story told afterwards, it is the computation itself. Few models of
# this course can say that.

# %% [markdown]
# ## How many neighbors? Films or users?
#
# Turn the matrices on their side and the same code finds *users* who rate alike. Which is
# better, and how many neighbors should speak? The answer comes from validation rows, part of the
# training ratings, on two splits: random, and by time. There only **warm** rows count, where
# both user and film have a past. **Predict:** what does a single neighbor do?

# %%
trials = results.load("05_neighborhood_search")
sweeps = {}
for split, title in (("random", "random split"), ("temporal", "temporal split, warm rows")):
    of_split = trials[(trials["study"] == "k") & (trials["split"] == split)]
    curves = {
        name: pd.Series(part["warm"].to_numpy(), index=part["trial"].astype(int))
        for name, part in of_split.groupby("model", sort=False)
    }
    of_biases = trials[(trials["study"] == "biases") & (trials["split"] == split)]["warm"].item()
    sweeps[title] = (of_biases, curves)
show(*figures.draw_sweep(sweeps, average["num_neighbors"]))

# %% tags=["nbval-check-output"]
for title, (of_biases, curves) in sweeps.items():
    for name, curve in curves.items():
        print(f"{title}, {name}: {curve.loc[[1, 10, 40, 160]].round(3).to_dict()}")
    print(f"{title}, biases: {of_biases:.3f}")

# %% [markdown]
# A single neighbor is one person's mood or one film's accident. From twenty on the curves are
# flat: the weights of the rest are small. On the random split films are the better neighbors, on
# warm rows of the temporal split users are. No curve on a random split could have told you that.
#
# For rows without a past there is nobody to ask, and the prediction is the baseline; the table at
# the end shows them apart.

# %% [markdown]
# ## Let Keras learn the weights
#
# So far the weight of *Empire* for *Star Wars* is a formula. Koren (2008) makes it a number to be
# learned, one for each pair of films and the same for all users:
#
# $$\hat r_{ui} = \mu + b_u + b_i + |R|^{-1/2} \sum_{j \in R} (w_{ij}\, e_{uj} + c_{ij})$$
#
# $R$ are the neighbors of film $i$ that user $u$ rated. $w_{ij}$ says what the *residual* of film
# $j$ means for film $i$; $c_{ij}$ says what it means that $u$ *chose* film $j$ at all. There is no
# division by the sum of the weights any more: much evidence may move a prediction more. The root
# holds busy users back.

# %%
show(*figures.learned_weights())

# %% [markdown] quotes=["1,682", "200"]
# All pairs would be two tables of 1,682 x 1,682 numbers. We keep the 200 most similar films of each
# film: row $i$ of a table holds the weights of the neighbors of film $i$, so that a batch looks up
# the rows of its films and no others.


# %% shows="utils.units.neighborhood.learned_weights.Neighbors"
class Neighbors(NamedTuple):
    films: np.ndarray
    weights: np.ndarray
    residuals: np.ndarray
    met: np.ndarray


# %% tags=["nbval-check-output"]
print(settings.NEAR)
near = find_neighbors(residuals, met, **settings.NEAR)
print("films", near.films.shape, "and weights to start from", near.weights.shape)
print(titles[near.films[star_wars, :3]], near.weights[star_wars, :3].round(2))

# %% [markdown]
# Where should the weights start? The paper says 0. With 80,000 ratings for hundreds of thousands
# of weights, zero is a poor guess, and we have a better one: a multiple of the similarity. Keras
# learns how far to move away from it, and only that pays a penalty. The layer of the course, line
# by line: which neighbors; where they lie in the rating matrix, written as one long column; what
# the user's residuals of them are; which of them were rated; weights; sum.


# %% shows="utils.units.neighborhood.learned_weights.neighborhood"
def neighborhood(user, item, near, pair_l2):
    num_items, k = map(int, near.films.shape)
    films = ops.cast(fixed_table(near.films, "films")(item), "int32")
    cells = ops.expand_dims(user, 1) * num_items + films
    rest = fixed_table(near.residuals.reshape(-1, 1), "residuals")(cells)[:, :, 0]
    rated = fixed_table(near.met.reshape(-1, 1), "rated")(cells)[:, :, 0]
    pay = layers.ActivityRegularization(l2=pair_l2)
    learned = pay(rated * table(num_items, k, "pair_weights", spread=0)(item))
    offsets = pay(rated * table(num_items, k, "pair_offsets", spread=0)(item))
    weights = fixed_table(near.weights, "start")(item) + learned
    total = ops.sum(rest * weights + offsets, axis=1, keepdims=True)
    return total / ops.sqrt(ops.maximum(ops.sum(rated, axis=1, keepdims=True), 1))


# %% [markdown]
# `ActivityRegularization` charges what passes through it: the weights in use, each time a rating
# uses them. The biases start at their estimates and learn on. If they started at 0 while the
# neighbors are already at work, they would learn from errors that the neighbors have made small.


# %% shows="utils.units.neighborhood.learned_weights.start_at"
def start_at(values, name, row_l2):
    penalty = keras.regularizers.L2(row_l2)
    column = np.asarray(values, dtype="float32").reshape(-1, 1)
    return layers.Embedding(
        len(column), 1, weights=[column], activity_regularizer=penalty, name=name
    )


# %% shows="utils.units.neighborhood.learned_weights.build_neighborhood_model"
def build_neighborhood_model(biases, near, bias_l2, pair_l2):
    user, item = index_inputs()
    user_bias = start_at(biases.user, "user_bias", bias_l2)
    item_bias = start_at(biases.item, "item_bias", bias_l2)
    around = neighborhood(user, item, near, pair_l2)
    return keras.Model([user, item], around + user_bias(user) + item_bias(item) + biases.mean)


# %%
model = build_neighborhood_model(biases, near, settings.BIAS_L2, settings.PAIR_L2)
started = time.perf_counter()
training.fit(model, train, **settings.TRAINING)
seconds_learned = time.perf_counter() - started
learned_errors = evaluation.rating_metrics(test["rating"], training.predict(model, test))

# %% tags=["nbval-check-output"]
print(f"learned weights: RMSE {learned_errors['rmse']:.2f}")

# %% [markdown]
# Better than the best mean of neighbors. Compare the weights of *Star Wars* with their start, and
# look at what the mere choice of a film says.

# %%
learned_by_pair = model.get_layer("pair_weights").get_weights()[0][star_wars]
offsets = model.get_layer("pair_offsets").get_weights()[0][star_wars]
columns = {"start": near.weights[star_wars], "learned": learned_by_pair, "choice": offsets}
by_film = pd.DataFrame(columns, index=titles[near.films[star_wars]])
print(by_film.head(5).round(2).to_string())

# %% [markdown]
# ### Was it the learning?
#
# The start is large, what was learned is small. So take the learning away: the same model with both
# tables of pairs frozen. Only the biases move. **Predict:** how much is lost?

# %%
frozen = build_neighborhood_model(biases, near, settings.BIAS_L2, settings.PAIR_L2)
for name in ("pair_weights", "pair_offsets"):
    frozen.get_layer(name).trainable = False
training.fit(frozen, train, **settings.TRAINING)
frozen_errors = evaluation.rating_metrics(test["rating"], training.predict(frozen, test))

# %% tags=["nbval-check-output"]
lost = frozen_errors["rmse"] - learned_errors["rmse"]
print(f"pairs frozen: RMSE {frozen_errors['rmse']:.2f}, a change of {abs(lost):.2f} stars")

# %% [markdown]
# Nothing is lost. The trials on validation rows say the same, and more: left to learn from zero, as
# in the paper, the model does not even reach the mean of neighbors.

# %%
of_study = {name: part.set_index("trial")["rmse"] for name, part in trials.groupby("study")}
knn = trials[(trials["study"] == "k") & (trials["split"] == "random")]
knn = knn[(knn["model"] == "items") & (knn["trial"] == "40")]["rmse"].item()
chosen = {
    "from zero, penalty 0.3": "from zero, high penalty",
    "from zero, penalty 0.03": "from zero",
    "as chosen": "from the similarity",
    "nothing but biases learned": "the similarity, frozen",
}
learned_trials = of_study["learned"][list(chosen)].rename(chosen)
lines = {"biases": of_study["biases"].iloc[0], "item-kNN": knn}
show(*figures.draw_trials(learned_trials, lines))

# %% tags=["nbval-check-output"]
print(learned_trials.round(3).to_string())
print({name: round(float(error), 3) for name, error in lines.items()})

# %% [markdown]
# So what beats the kNN is not the learning. It is the other two changes: the sum is no longer
# divided by the sum of the weights, so that much evidence moves a prediction further than little;
# and the biases are fitted anew around the neighbors. The learning itself has too little to go by:
# a pair of films has a handful of common raters. Koren had a hundred million ratings, more than a
# thousand for each one here, and there the learned weights won.

# %% [markdown]
# ### One matrix product predicts it all
#
# The weights are the same for all users. So put each film's row back into a matrix of all films,
# and every prediction for every user comes from three products: residuals times weights, ones
# times offsets, ones times "is a neighbor", which counts for the root.


# %%
def spread_out(rows):
    matrix = np.zeros((data.num_items, data.num_items), dtype="float32")
    np.put_along_axis(matrix, near.films, rows, axis=1)
    return matrix


pair_weights, pair_offsets = (
    model.get_layer(name).get_weights()[0] for name in ("pair_weights", "pair_offsets")
)
matrices = [spread_out(rows) for rows in (near.weights + pair_weights, pair_offsets)]
is_near = spread_out(np.ones_like(near.weights))

# %%
started = time.perf_counter()
sums = residuals @ matrices[0].T + met @ matrices[1].T
around = sums / np.sqrt(np.maximum(met @ is_near.T, 1))
print(f"{around.size:,} predictions in {time.perf_counter() - started:.2f} s")

# %% tags=["nbval-check-output"]
user_bias, item_bias = (
    model.get_layer(name).get_weights()[0] for name in ("user_bias", "item_bias")
)
all_stars = biases.mean + user_bias + item_bias.T + around
by_matrix = all_stars[test["user_index"], test["item_index"]]
gap = np.abs(by_matrix - training.predict(model, test)).max()
print("matrix and model agree to three decimals:", bool(gap < 5e-4))

# %% [markdown]
# ### What does it cost?
#
# **Predict:** a batch of 1,024 ratings. How many weights does it look up, of how many there are?

# %% tags=["nbval-check-output"]
k = near.films.shape[1]
num_weights = 2 * data.num_items * k
print(f"{k} neighbors: {num_weights:,} weights, a batch looks up {2 * 1024 * k:,} of them")
everything = 2 * data.num_items**2
print(f"all pairs:     {everything:,} weights, a batch would look up {2 * 1024 * data.num_items:,}")

# %% [markdown]
# A batch touches only rows of its own films, and only 200 numbers in each. The optimizer is less
# modest: Adam keeps two more numbers for each weight and visits all of them at each step. With all
# pairs that would be most of the work.

# %% [markdown]
# ## Neighbors and factors
#
# Unit 06 describes users and films by vectors, **factors**, whose product predicts a rating. Its
# best model, SVD++, also adds up a vector for each film that a user rated. Factors see the
# broad lines of taste; neighbors see that two films belong together, like a film and its sequel.
# Koren's **integrated model** simply adds them:
#
# $$\hat r_{ui} = \mu + b_u + b_i + \text{product of factors} + \text{neighborhood}$$

# %%
show(*figures.integrated())

# %% [markdown]
# Here is the product; unit 06 builds it up piece by piece, so read it lightly now. Vectors of the
# user and the film; to each, the sum of the vectors of those it met; dropout; product.


# %% shows="utils.units.neighborhood.integrated.factor_product"
def factor_product(user, item, met, embedding_dim, row_l2, column_l2, dropout):
    sums = []
    for index, bags, own, others in (
        (user, scale_rows(met), "user_factors", "rated_vectors"),
        (item, scale_rows(met.T), "item_factors", "rater_vectors"),
    ):
        vector = table(len(bags), embedding_dim, own, row_l2)(index)
        bag = fixed_table(bags, f"{others}_of")(index)
        vector = vector + column_sum(embedding_dim, others, column_l2)(bag)
        sums.append(layers.Dropout(dropout)(vector))
    return layers.Dot(axes=1)(sums)


# %% [markdown]
# And the sum. Compare with `build_neighborhood_model`: one line is new.


# %% shows="utils.units.neighborhood.integrated.build_integrated_model"
def build_integrated_model(
    biases, near, bias_l2, pair_l2, embedding_dim, row_l2, column_l2, dropout
):
    user, item = index_inputs()
    user_bias = start_at(biases.user, "user_bias", bias_l2)
    item_bias = start_at(biases.item, "item_bias", bias_l2)
    around = neighborhood(user, item, near, pair_l2)
    product = factor_product(user, item, near.met, embedding_dim, row_l2, column_l2, dropout)
    stars = product + around + user_bias(user) + item_bias(item) + biases.mean
    return keras.Model([user, item], stars)


# %% [markdown]
# On validation rows the factors leave less for the neighbors to do: fewer of them, a start at a
# fifth of the size, a penalty ten times as high. To keep this page short, seven epochs; the table
# below has models of fifteen.

# %%
print(settings.NEAR_FACTORS, settings.PAIR_L2_FACTORS)
few = find_neighbors(residuals, met, **settings.NEAR_FACTORS)
penalties = (settings.BIAS_L2, settings.PAIR_L2_FACTORS)
both = build_integrated_model(biases, few, *penalties, **settings.FACTORS)
training.fit(both, train, **{**settings.LONG_TRAINING, "epochs": 7})
both_errors = evaluation.rating_metrics(test["rating"], training.predict(both, test))
print(f"integrated, after seven epochs: RMSE {both_errors['rmse']:.3f}")

# %% [markdown]
# ## The table
#
# One training run is one throw of the dice. These are means over five seeds with their standard
# deviation, with the settings above. Models without chance have a deviation of zero.

# %% tags=["nbval-check-output"]
runs = results.load("05_neighborhood")
summary = results.mean_and_spread(runs, ["split", "model"], ["rmse", "mae"])
print(summary.loc["random"].to_string())

# %% [markdown]
# The run of the learned weights on this page should lie within three standard deviations of its
# mean; the integrated model, which has had fewer epochs, not far above.

# %%
random_runs = runs[runs["split"] == "random"].groupby("model")["rmse"]
low, high = results.band(random_runs.get_group("learned weights"))
here = learned_errors["rmse"]
print(f"learned weights: {here:.4f}, expected between {low:.4f} and {high:.4f}")

# %% [markdown]
# Read it from the top. Similarity, well shrunk, squared and damped, is worth more than any plain
# kNN. The learned weights come out below it, for the reasons found above; from zero they do not.
# The factors are far ahead of all neighbors. And the neighbors still add something to the factors:

# %% tags=["nbval-check-output"]
means = runs[runs["split"] == "random"].groupby("model")["rmse"].agg(["mean", "std"])
gain = means.loc["factors alone", "mean"] - means.loc["integrated", "mean"]
spread = means.loc[["factors alone", "integrated"], "std"].max()
print(f"integrated against factors alone: {gain:.3f} stars, spread over seeds {spread:.3f}")

# %% [markdown]
# Small, and more than the spread. By time, warm rows and users without a past apart:

# %% tags=["nbval-check-output"]
temporal = runs[runs["split"] == "temporal"]
print(results.mean_and_spread(temporal, ["model"], ["warm", "cold_users", "rmse"]).to_string())

# %% [markdown]
# On warm rows the order is nearly the same. Users are better neighbors there than films, and what
# the neighbors add to the factors is lost in the spread. Whom nobody knows, no neighbor can help:
# the column of cold users stands where the baseline left it.

# %% [markdown]
# ### What the neighbors know, the factors know in part
#
# The parts do not add up: whoever knows the factors gains little from the neighbors. To
# see why, sort the test ratings by what the item-kNN adds to the baseline, and ask how far the
# truth lies above a prediction. Over the baseline, the neighbors should be right. **Predict:** and
# over a model with factors that has never heard of neighbors?

# %%
factors = build_penalized_model(*sizes, 32, biases.mean, row_l2=0.1, bias_l2=0.02)
training.fit(factors, train)
said = added[test["user_index"], test["item_index"]]
guesses = {
    "over the biases": baselines.predict_biases(biases, test),
    "over the factors": training.predict(factors, test),
    "over the integrated model": training.predict(both, test),
}
left_over = {name: test["rating"].to_numpy() - guess for name, guess in guesses.items()}
show(*figures.draw_leftovers({name: (said, left) for name, left in left_over.items()}))

# %% tags=["nbval-check-output"]
slopes = {name: np.polyfit(said, left, 1)[0] for name, left in left_over.items()}
print("for each star that the neighbors add, the truth is farther up by")
print(pd.Series(slopes).round(1).to_string())

# %% [markdown]
# Over the biases the neighbors are right, and even too modest: the damping holds them back. The
# factors have found about half of it by themselves; sequels are rated alike, so their vectors lie
# close together. The integrated model picks up part of the rest. What a neighbor knows, and no
# vector of 32 numbers can hold, is small on these data.

# %% [markdown]
# ## Takeaways
#
# - Take out the baseline first. Three algorithms find the same biases, since they make the same sum
#   small.
# - A similarity is worth as much as the number of people behind it. Shrink it.
# - Neighbors predict with a weighted mean of residuals, and three guards: not the film itself, no
#   negative similarity, the baseline if nobody is left.
# - A prediction that is a sum explains itself, to the last digit.
# - Learned weights need data. Here they stay where they start; freeze what you believe was learned,
#   and see what is lost.
# - Factors know the broad lines, neighbors the close pairs. Together they are a little better than
#   either.
# - Films or users: the split decides.

# %% [markdown]
# ## Questionnaire
#
# <details><summary>Why do neighbors look at residuals and not at stars?</summary>Two films can have
# high stars from the same people since those people are generous or the films are good. Residuals
# hold what is left: taste.</details>
#
# <details><summary>Two films share one rater. What is their correlation, and what does it
# prove?</summary>Plus or minus one, and nothing: a product of two numbers divided by their
# sizes.</details>
#
# <details><summary>Why must a film not be its own neighbor?</summary>On a training row its residual
# is the answer. The training error gets too good; the test error does not tell, since a test rating
# is not among the user's films.</details>
#
# <details><summary>What is the difference between w and c?</summary>w is multiplied with the
# residual of the neighbor: how it was liked. c counts that it was rated at all.</details>
#
# <details><summary>Why the root of the number of neighbors, and not the sum of the
# weights?</summary>With the sum of the weights below, one neighbor moves a prediction as far as
# fifty. With the root, more evidence moves it more, but not fifty times.</details>
#
# <details><summary>How did we find out that the pairs had learned next to nothing?</summary>By
# freezing them. The same model without their learning was as good.</details>
#
# <details><summary>Which models of this page can say why, exactly?</summary>The kNN and the
# weights of pairs: their predictions are sums with a term for each film. A product of factors has
# no such terms.</details>

# %% [markdown]
# ## Going further
#
# - Y. Koren, ["Factorization Meets the Neighborhood: a Multifaceted Collaborative Filtering
#   Model"](https://doi.org/10.1145/1401890.1401944), 2008: the learned weights and the integrated
#   model.
# - Y. Koren, R. Bell, ["Advances in Collaborative
#   Filtering"](https://doi.org/10.1007/978-0-387-85820-3_5), in the *Recommender Systems
#   Handbook*, 2011: baselines, shrinkage, neighborhoods.
# - B. Sarwar, G. Karypis, J. Konstan, J. Riedl, ["Item-Based Collaborative Filtering Recommendation
#   Algorithms"](https://doi.org/10.1145/371920.372071), 2001.
# - X. Ning, G. Karypis, ["SLIM: Sparse Linear Methods for Top-N Recommender
#   Systems"](https://doi.org/10.1109/ICDM.2011.134), 2011: learned weights between items for lists
#   instead of stars. EASE in unit 10 is its closed-form relative.
