# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 06 Matrix factorization
#
# A streaming service knows that you gave *Star Wars* five stars and *Speed* two.
# How many would you give *Fargo*?
#
# **Goals.** You will
# - write a rating as a dot product of two short vectors, first by hand, then as a Keras model,
# - improve the model one change at a time and know what each change is worth,
# - check Keras against a gradient step and a least-squares solution written by hand,
# - say what a good error on a random split does not promise.
#
# **Before you start:** unit 01 (embeddings). **Time:** 45 minutes to read, one minute to run.
# **Data:** MovieLens-100K.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from utils import baselines, evaluation, movielens, results, training
from utils.figures import matrix_factorization as figures
from utils.figures.embeddings import draw_look_up
from utils.plotting import BLUE, GRAY, ORANGE, VERMILION, show
from utils.recommendation import recommend
from utils.units import matrix_factorization as mf

# %% [markdown]
# ## A matrix that is mostly empty
#
# Put a user in each row, a film in each column and a rating in each cell that has one.
# **Predict:** 943 users, 1,682 films, 100,000 ratings. Which share of the cells is filled?

# %% tags=["nbval-check-output"]
data = movielens.load("100k")
num_cells = data.num_users * data.num_items
print(f"{data.num_users} users x {data.num_items} films = {num_cells:,} cells")
print(f"{len(data.ratings):,} ratings fill {len(data.ratings) / num_cells:.1%} of them")

# %% [markdown]
# Six cells of a hundred. And they are not spread evenly: below, the busiest users are at the top
# and the most rated films on the left.

# %%
rated = evaluation.interaction_matrix(data.ratings, data.num_users, data.num_items)
by_activity = rated[np.argsort(-rated.sum(axis=1))][:, np.argsort(-rated.sum(axis=0))]
figure, axes = plt.subplots(figsize=(7, 4.2))
axes.imshow(by_activity, cmap="Greys", aspect="auto", interpolation="none")
axes.grid(False)
axes.set(title="Who rated what", xlabel="films, most rated first", ylabel="users, busiest first")
show(
    figure,
    "The rating matrix as a picture, a black dot for each rating. The upper left corner is nearly "
    "black, the lower right half is white: few users rated rare films.",
)

# %% [markdown]
# A recommender fills the white. There are three ways to go about it.
#
# - **Content**: describe the films (genre, year, words of the plot) and find more of the same.
# - **Collaborative**: ignore what a film is, use only who liked what. This unit.
# - **Hybrid**: both. Unit 08 adds metadata to the model of this unit.
#
# Stars are **explicit** feedback: somebody said how good it was. Clicks and views are
# **implicit**: nobody said anything, and an empty cell may mean "disliked" or "never seen".
# Part 3 of the course is about those.

# %% [markdown]
# ## Five films by hand
#
# Before any training, let us invent two numbers for each film: how much *action* it has and how
# much of a *family film* it is, both from -1 to 1.

# %%
film_factors = pd.DataFrame(
    {"action": [0.9, 1.0, -0.7, -0.2, -1.0], "family": [0.6, -0.8, 1.0, -0.9, -0.3]},
    index=["Star Wars", "Terminator, The", "Babe", "Fargo", "Sense and Sensibility"],
)
film_factors

# %% [markdown]
# A user gets the same two numbers: how much they like action, and how much family films.
# Ann loves action and does not mind children. **Predict:** which film does she like least?

# %% tags=["nbval-check-output"]
ann = np.array([1.0, 0.2])
print((film_factors @ ann).round(2).to_string())

# %% [markdown]
# Each score is a **dot product**: 0.9 x 1.0 + 0.6 x 0.2 = 1.02 for *Star Wars*. Large where taste
# and film point the same way, negative where they point apart.
#
# With one row of numbers per user, all scores come from one matrix product.

# %% tags=["nbval-check-output"]
user_factors = pd.DataFrame(
    [ann, [-0.5, 1.0], [-0.8, -0.6]], index=["Ann", "Bob", "Eve"], columns=film_factors.columns
)
print((user_factors @ film_factors.T).round(2).T.to_string())

# %% [markdown]
# Three users times five films need 15 scores; we wrote down 6 + 10 numbers. For 943 users and
# 1,682 films with 32 factors each, 84,000 numbers stand for 1,586,126 cells.
#
# **Matrix factorization** turns this around. Nobody writes the factors down: we look for the
# numbers whose dot products come close to the ratings we know. The columns then need not mean
# "action" or "family". They mean whatever helps.

# %% [markdown]
# ## What must be beaten
#
# A model is only as good as the dull predictions it beats. One fifth of the ratings, drawn at
# random, is kept for testing. The error is the **RMSE**, the root of the mean squared difference
# in stars, so large misses weigh more than in the **MAE**, the mean absolute difference.

# %% tags=["nbval-check-output"]
train, test = evaluation.split_random(data.ratings, seed=0)
mean_rating = float(train["rating"].mean())
guess = np.full(len(test), mean_rating)
errors = evaluation.rating_metrics(test["rating"], guess)
print(f"always {mean_rating:.2f} stars: RMSE {errors['rmse']:.3f}, MAE {errors['mae']:.3f}")

# %% [markdown]
# Always saying 3.53 misses by 1.12 stars. Some users are generous and some films are good,
# whoever watches. Write $\mu$ for the mean, $b_u$ for what user $u$ adds, $b_i$ for what film $i$
# adds:
#
# $$\hat r_{ui} = \mu + b_u + b_i$$
#
# Each **bias** is a mean of what is left over, pulled toward 0 when there are few ratings.
# **Predict:** how many stars can the most extreme user add or take away?

# %% tags=["nbval-check-output"]
biases = baselines.fit_biases(train, data.num_users, data.num_items)
print(f"user biases from {biases.user.min():.2f} to {biases.user.max():+.2f}")
print(f"film biases from {biases.item.min():.2f} to {biases.item.max():+.2f}")
errors = evaluation.rating_metrics(test["rating"], baselines.predict_biases(biases, test))
print(f"mean + biases: RMSE {errors['rmse']:.3f}, MAE {errors['mae']:.3f}")

# %% [markdown]
# 0.937, with one number per user and per film and no training loop. This is the bar: a model of
# *taste* has to do better than generosity plus quality.

# %% [markdown]
# ## Two embeddings and a dot product
#
# Now the factors. Two embedding tables (unit 01), one row per user and one per film; the model
# looks up both rows and multiplies them.

# %%
show(*figures.dot_product(data.num_users, data.num_items, embedding_dim=32))

# %% tags=["nbval-check-output"]
model = mf.build_dot_model(data.num_users, data.num_items, embedding_dim=32)
print(f"{model.count_params():,} weights = (943 + 1682) x 32")
print([layer.name for layer in model.layers if layer.weights])

# %% [markdown]
# To see learning as it happens, and to choose settings, we hold back a tenth of the *training*
# part. The test part stays untouched until the end.

# %%
validation, fit_part = train[:8_000], train[8_000:]
curves = {}
history = training.fit(model, fit_part, epochs=15, batch_size=1024, validation=validation)
curves["dot product"] = history.history["val_rmse"]

# %% [markdown]
# `training.fit` is `compile` and `fit` of Keras: Adam, squared error, batches of 1,024 ratings,
# 15 epochs, a learning rate that falls to 0. It stays the same for all models here; only the
# model changes.
#
# ### One change: biases
#
# $$\hat r_{ui} = \mu + b_u + b_i + p_u \cdot q_i$$

# %%
show(*figures.biased_product(data.num_users, data.num_items, embedding_dim=32))

# %% [markdown]
# The dot product need no longer explain that ratings are around 3.5. **Predict:** does
# the error on the validation part go down?

# %%
sizes = (data.num_users, data.num_items, 32, mean_rating)
history = training.fit(mf.build_biased_model(*sizes), fit_part, validation=validation)
curves["+ biases"] = history.history["val_rmse"]

# %% [markdown]
# ### One change: a penalty
#
# 32 numbers for a user who has rated a few dozen films can hold every rating by heart. **L2
# regularization** adds a price for long vectors to the loss. There are two ways to charge it.
#
# - `embeddings_regularizer` charges the **whole table** at every step. A film seen once pays as
#   often as *Star Wars*.
# - `activity_regularizer` charges the **rows a batch uses**. A vector pays each time it is used,
#   which is what the papers do: the price grows with the number of ratings.

# %%
for name, penalties in {
    "+ L2 of whole tables": {"table_l2": 1e-4},
    "+ L2 of rows used": {"row_l2": 0.1, "bias_l2": 0.02},
}.items():
    model = mf.build_biased_model(*sizes, **penalties)
    history = training.fit(model, fit_part, validation=validation)
    curves[name] = history.history["val_rmse"]

# %%
figure, axes = plt.subplots()
for (name, curve), color, marker in zip(
    curves.items(), (GRAY, VERMILION, ORANGE, BLUE), "osD^", strict=True
):
    axes.plot(range(1, 16), curve, color=color, marker=marker, label=name)
axes.set(title="One change at a time", xlabel="epoch", ylabel="validation RMSE, in stars")
axes.set(ylim=(0.88, 1.2))
axes.legend()
show(
    figure,
    "Validation error over 15 epochs. The plain dot product falls slowly, the model with biases "
    "falls at once and then rises far above its best value, both penalized models go on falling.",
)

# %%
assert curves["+ biases"][0] < curves["dot product"][0] - 0.5
assert curves["+ biases"][-1] > min(curves["+ biases"]) + 0.05
assert curves["+ L2 of rows used"][-1] < curves["dot product"][-1]

# %% [markdown]
# Did you expect the second curve? Biases help at once, and then the model, free of the rough
# work, spends its 32 factors on learning the training ratings by heart. The dot product alone
# only looks safer: it spends its first epochs on what the biases know at once, and then the falling
# learning rate leaves it little time to overfit. With a penalty, biases pay off.
#
# Take the full training part and open the test part, once.

# %%
model = mf.build_biased_model(*sizes, row_l2=0.1, bias_l2=0.02)
training.fit(model, train)
biased_errors = evaluation.rating_metrics(test["rating"], training.predict(model, test))

# %% [markdown]
# ## Is Keras doing what the papers say?
#
# Let us check its work. For one rating with error $e = r_{ui} - \hat r_{ui}$, the gradient of
# $\frac12\left(e^2 + \lambda\,(|p_u|^2 + |q_i|^2 + b_u^2 + b_i^2)\right)$ gives
#
# $$p_u \leftarrow p_u + \gamma\,(e\,q_i - \lambda\,p_u) \qquad
# q_i \leftarrow q_i + \gamma\,(e\,p_u - \lambda\,q_i)$$
# $$b_u \leftarrow b_u + \gamma\,(e - \lambda\,b_u) \qquad
# b_i \leftarrow b_i + \gamma\,(e - \lambda\,b_i)$$
#
# with learning rate $\gamma$ and penalty $\lambda$. Both new vectors use the *old* value of the
# other. Keras has no half in its loss, so half its learning rate gives the same step.

# %%
small = mf.build_biased_model(2, 3, 4, mean_rating, row_l2=0.1, bias_l2=0.1)
tables = {layer.name: layer.get_weights()[0] for layer in small.layers if layer.weights}
p, q = tables["user_factors"][1], tables["item_factors"][2]
by_hand = mf.sgd_step(p, q, 0.0, 0.0, rating=5.0, mean_rating=mean_rating, rate=0.2, l2=0.1)

# %% tags=["nbval-check-output"]
small.compile(keras.optimizers.SGD(learning_rate=0.1), loss="mse")
small.train_on_batch([np.array([1]), np.array([2])], np.array([5.0]))
after = {layer.name: layer.get_weights()[0] for layer in small.layers if layer.weights}
print("same p:", np.allclose(after["user_factors"][1], by_hand[0], atol=1e-6))
print("same q:", np.allclose(after["item_factors"][2], by_hand[1], atol=1e-6))
print("same biases:", np.allclose([after["user_bias"][1], after["item_bias"][2]], by_hand[2]))
print("other user untouched:", np.array_equal(after["user_factors"][0], tables["user_factors"][0]))

# %% [markdown]
# Ten lines of calculus, and Keras did the same from the model alone. Change the model, and the
# calculus has to be done again by hand; Keras just goes on.
#
# There is a second classic. Fix all film vectors: what is left is a **ridge regression** for each
# user, with an exact solution. Then fix the users and solve for the films, and repeat:
# alternating least squares, **ALS**.
#
# $$p_u = \left(Q_u^\top Q_u + \lambda\,n_u I\right)^{-1} Q_u^\top r_u$$
#
# The rows of $Q_u$ are the vectors of the $n_u$ films that $u$ rated, $r_u$ holds what the biases
# left.

# %%
user_als, item_als = mf.fit_als(biases, train, embedding_dim=32, l2=0.15, num_sweeps=10)
dots = np.sum(user_als[test["user_index"]] * item_als[test["item_index"]], axis=1)
als_predictions = baselines.predict_biases(biases, test) + dots
als_errors = evaluation.rating_metrics(test["rating"], als_predictions)

# %% tags=["nbval-check-output"]
print(f"ALS, 10 sweeps: RMSE {als_errors['rmse']:.2f}")
print(f"Keras, 15 epochs: RMSE {biased_errors['rmse']:.2f}")

# %% [markdown]
# Two very different ways down, the same hill: they agree to a hundredth of a star. ALS is the
# faster one here. What Keras buys is freedom, and the next step uses it.

# %% [markdown]
# ## What you rated says who you are
#
# A user who rated *Babe*, *Aladdin* and *Toy Story* probably has children, whatever the stars.
# The choice itself is a signal. **SVD++** (Koren, 2008) adds a second vector $y_j$ for each film
# and sums those of the films $N(u)$ that $u$ rated:
#
# $$p_u + \frac{1}{\sqrt{|N(u)|}} \sum_{j \in N(u)} y_j$$
#
# In unit 01 a one-hot row times a table picked one vector. A row with several ones, a **bag**,
# picks several and adds them. So the whole change is one matrix of bags and one `Dense` layer.

# %%
show(
    draw_look_up([1, 4, 6], np.arange(32).reshape(8, 4)),
    "A row of eight numbers with ones in places 1, 4 and 6, times a table of eight rows and four "
    "columns, gives the sum of rows 1, 4 and 6 of the table: 44, 47, 50, 53.",
)

# %% [markdown]
# The bags are divided by the root of the number of films, so that busy users do not get long
# vectors:

# %% tags=["nbval-check-output"]
user_bags, item_bags = mf.make_bags(train, data.num_users, data.num_items)
bag = user_bags[0]
print(f"user 0 rated {np.count_nonzero(bag)} films; each weighs {bag.max():.3f} in the bag")
print(f"1 / sqrt({np.count_nonzero(bag)}) = {1 / np.sqrt(np.count_nonzero(bag)):.3f}")

# %% [markdown]
# We do the same in the mirror: a film is described by *who* rated it. And with that many vectors in
# each sum, **dropout** on the two sums keeps the model from leaning on a few of them. The side of
# the user, drawn (that of the film looks the same):

# %%
show(*figures.bags_and_factors())

# %%
svdpp = mf.build_svdpp_model(
    user_bags, item_bags, 32, mean_rating, row_l2=0.1, bias_l2=0.02, bag_l2=2e-4, dropout=0.3
)
training.fit(svdpp, train)
svdpp_errors = evaluation.rating_metrics(test["rating"], training.predict(svdpp, test))

# %% [markdown]
# ## The table
#
# One training run is one throw of the dice. The numbers below are means over five seeds with
# their standard deviation, measured with the settings above by `make results`.

# %% tags=["nbval-check-output"]
runs = results.load("06_matrix_factorization")
table = results.mean_and_spread(runs, ["split", "model"], ["rmse", "mae"])
print(table.loc["random"].to_string())

# %% [markdown]
# The runs in this notebook should fall into the band of three standard deviations around those
# means. They do, or the next cell would stop.

# %%
random_runs = runs[runs["split"] == "random"].groupby("model")["rmse"]
here = {"+ L2 of rows used": biased_errors, "SVD++ bags + dropout": svdpp_errors}
for name, errors in here.items():
    low, high = results.band(random_runs.get_group(name))
    assert low < errors["rmse"] < high, (name, errors["rmse"], low, high)
seconds = runs.groupby("model")["seconds"].mean()
assert seconds["the same by ALS"] < seconds["+ L2 of rows used"]

# %%
means = runs.groupby(["split", "model"], sort=False)["rmse"].agg(["mean", "std"])
figure, panels = plt.subplots(1, 2, figsize=(8.5, 4), sharey=True)
for axes, split, color in zip(panels, ("random", "temporal"), (BLUE, VERMILION), strict=True):
    rows = means.loc[split]
    axes.errorbar(rows["mean"], rows.index, xerr=3 * rows["std"], fmt="o", color=color, capsize=3)
    axes.set(title=f"{split} split", xlabel="test RMSE, in stars")
panels[0].invert_yaxis()
panels[0].set_xlim(0.87, 1.13)
panels[1].set_xlim(0.97, 1.13)
panels[1].annotate("off the chart", (1.125, "dot product"), ha="right", va="center", color=GRAY)
show(
    figure,
    "Test error of each model on two splits. On the random split the errors fall from 1.12 for the "
    "global mean to 0.89 for SVD++. On the temporal split hardly any model beats the biases.",
)

# %% [markdown]
# The bars are three standard deviations over seeds. On the **random split**, left, the best model
# is 0.05 stars better than the biases, many times the spread. The two ways to charge a penalty end
# in a tie: a difference smaller than the spread is none. The temporal split, right, tells another
# story.
#
# ## The split decides what you measure
#
# A random test rating may be older than the training ratings of the same user: the model has seen
# the future. The **temporal split** trains on the oldest 80% and tests on the newest 20%, as in
# life. **Predict:** how many of the test ratings come from users the model has never met?

# %% tags=["nbval-check-output"]
old, new = evaluation.split_temporal(data.ratings)
known = new["user_index"].isin(old["user_index"])
print(f"oldest {len(old) / len(data.ratings):.0%} to train, newest {len(new):,} to test")
print(f"{(~known).sum():,} test ratings by users without a training rating")
columns = ["rmse", "warm_rmse", "cold_rmse"]
temporal = results.mean_and_spread(runs[runs["split"] == "temporal"], ["model"], columns)
print(temporal.to_string())

# %% [markdown]
# Read the columns apart. For the few **warm** users the penalties pay off and SVD++ is best, as on
# the random split; without a penalty, factors do worse than the biases. For **cold** users there is
# nothing to factor: nobody told the model who they are. There SVD++ is worse than the biases. A
# likely reason: its film biases were learned together with vectors that new users do not have.
#
# This is the **cold start**, and no amount of factors repairs it. The cheap answer: use the
# model for users with ratings and the biases for everybody else.

# %%
warm_test, cold_test = new[known], new[~known]
cold_biases = baselines.fit_biases(old, data.num_users, data.num_items)
cold_predictions = baselines.predict_biases(cold_biases, cold_test)
cold_rmse = evaluation.rating_metrics(cold_test["rating"], cold_predictions)["rmse"]
temporal_means = runs[runs["split"] == "temporal"].groupby("model")[["rmse", "warm_rmse"]].mean()
svdpp_means = temporal_means.loc["SVD++ bags + dropout"]
mixed = (svdpp_means["warm_rmse"] ** 2 * len(warm_test) + cold_rmse**2 * len(cold_test)) / len(new)

# %% tags=["nbval-check-output"]
print(f"SVD++ for all: RMSE {svdpp_means['rmse']:.3f}")
print(f"SVD++ for warm users, biases for cold ones: RMSE {np.sqrt(mixed):.3f}")

# %% [markdown]
# ## Ten films for one user
#
# Time to recommend. `score_all` multiplies the two tables: all users and films in one product.
# `recommend` leaves out what the user has rated, and takes care to turn positions into titles.

# %%
user_index = 195
seen = evaluation.interaction_matrix(train, data.num_users, data.num_items)
scores = mf.score_all(model)
ratings_of_user = train[train["user_index"] == user_index].merge(data.items, on="item_id")
ratings_of_user.nlargest(5, "rating")[["title", "rating"]]

# %%
recommend(scores[user_index], seen[user_index], data.items, k=10)

# %% [markdown]
# Plausible? RMSE cannot tell: it asks how well we guess ratings of films that people *chose* to
# rate. A list asks for the best of **all** films. Let us rank the whole catalog and see where
# the films stand that users liked (4 or 5 stars) in the test part. **Predict:** does our model
# beat a list of the most popular films?

# %%
liked = test[test["rating"] >= 4]
popularity = np.tile(seen.sum(axis=0), (data.num_users, 1))
rng = np.random.default_rng(0)
candidates = {
    "random order": rng.random(scores.shape),
    "most rated first": popularity,
    "matrix factorization": scores,
}
quality = {
    name: evaluation.ranking_metrics(scores_of_all, train, liked).mean()
    for name, scores_of_all in candidates.items()
}

# %%
figure, axes = plt.subplots(figsize=(6, 3))
axes.barh(list(quality), [row["ndcg"] for row in quality.values()], color=[GRAY, ORANGE, BLUE])
axes.set(title="Ranking all films, random split", xlabel="NDCG@10, higher is better")
axes.invert_yaxis()
show(
    figure,
    "NDCG at 10 of three rankings. Random order is near zero, the most rated films come first, and "
    "matrix factorization stays below them.",
)

# %%
assert quality["random order"]["ndcg"] < 0.02
assert quality["matrix factorization"]["ndcg"] < quality["most rated first"]["ndcg"]

# %% [markdown]
# It does not. A model trained on stars never learned that an empty cell says something too. Most
# films of the catalog are rarely watched, and for rating error that did not matter. Part 3
# trains models for the list itself.
#
# ## Takeaways
#
# - A rating is mean + biases + a dot product of two learned vectors.
# - Biases come first: they are cheap, and most of what can be predicted.
# - More freedom needs more restraint. Penalize the rows used, and watch a validation curve.
# - Keras takes the gradient step that we took by hand, and ALS reaches nearly the same error.
#   ALS is faster; Keras is easier to change.
# - What a user rated, apart from the stars, is a strong signal (SVD++).
# - A random split flatters. Report the temporal split, and warm and cold users apart.
# - A low RMSE does not make a good list.
#
# ## Questionnaire
#
# <details><summary>Why can the matrix product of 943 x 32 and 32 x 1,682 numbers stand for so many
# cells?</summary>Because tastes repeat: the table is nearly of low rank. What is
# particular to one user and one film is lost.</details>
#
# <details><summary>Why did adding biases raise the final validation error?</summary>With the
# biases in place the factors had nothing rough left to explain and fitted the noise of the
# training ratings. The penalty cures it.</details>
#
# <details><summary>What is the difference between L2 on the whole table and on the rows
# used?</summary> The first shrinks every row at every step, so that films with few ratings are
# pulled hardest. The second shrinks a row once per rating.</details>
#
# <details><summary>Why must the step for q use the old p?</summary>Both are parts of one
# gradient, taken at one point. With the new p it is another, usually similar,
# algorithm.</details>
#
# <details><summary>Why must the bags hold training rows only?</summary>A bag with a test film
# tells the model that the user rated it: the answer to "will they watch it" leaks.</details>
#
# <details><summary>A colleague reports RMSE 0.89 on MovieLens-100K. What do you
# ask?</summary>Which split, how many seeds, what the biases reach on it, and whether the test
# part chose anything.</details>
#
# ## Going further
#
# - Y. Koren, R. Bell, C. Volinsky, "Matrix Factorization Techniques for Recommender Systems",
#   2009.
# - Y. Koren, "Factorization Meets the Neighborhood: a Multifaceted Collaborative Filtering
#   Model", 2008.
# - Y. Koren, R. Bell, "Advances in Collaborative Filtering", in the *Recommender Systems
#   Handbook*.
# - S. Rendle, L. Zhang, Y. Koren, "On the Difficulty of Evaluating Baselines", 2019: how
#   tuned baselines overtook years of published progress.
