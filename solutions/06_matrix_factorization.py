# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 06 Matrix factorization
#
# **Goals.** You will write the prediction of matrix factorization, two classic ways to learn it,
# a Keras model that does the same, and you will find the bugs in a recommender.
#
# **Before you start:** the lecture of unit 06. **Time:** 75 minutes.
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

from utils import baselines, evaluation, movielens, training
from utils.checks import matrix_factorization as check
from utils.plotting import BLUE, ORANGE, show

# %%
data = movielens.load("100k")
train, test = evaluation.split_random(data.ratings, seed=0)
biases = baselines.fit_biases(train, data.num_users, data.num_items)

# %% [markdown]
# ## 1. Predict
#
# $$\hat r_{ui} = \mu + b_u + b_i + p_u \cdot q_i$$
#
# The factors of all users are the rows of one array, those of all films the rows of another.
# `users` and `items` say which row to take for each prediction; there may be a million of them.
#
# Example: with all factors 0, `mean_rating = 3.0`, a user bias of `0.5` and an item bias of
# `-1.0`, the prediction is `2.5`.


# %% exercise="predict_ratings"
def predict_ratings(user_factors, item_factors, user_bias, item_bias, mean_rating, users, items):
    """Predict one rating for each pair of a user and an item.

    Args:
        user_factors: array (num_users, embedding_dim), the rows p_u.
        item_factors: array (num_items, embedding_dim), the rows q_i.
        user_bias: array (num_users,).
        item_bias: array (num_items,).
        mean_rating: float.
        users: int array (n,), the user of each pair; n may be a million.
        items: int array (n,), the item of each pair.

    Returns:
        array (n,), the predicted ratings.
    """
    ### BEGIN SOLUTION
    dots = np.sum(user_factors[users] * item_factors[items], axis=1)
    return mean_rating + user_bias[users] + item_bias[items] + dots
    ### END SOLUTION


# %% check="predict_ratings" points=1
check.predict_ratings()

# %%
example = np.zeros((1, 2)), np.zeros((1, 2)), np.array([0.5]), np.array([-1.0]), 3.0
check.to_numpy(predict_ratings(*example, np.array([0]), np.array([0])))

# %% [markdown]
# With factors of zero, only the biases speak. This is the error that taste has to beat:

# %%
no_factors = np.zeros((data.num_users, 1)), np.zeros((data.num_items, 1))
users, items = test["user_index"].to_numpy(), test["item_index"].to_numpy()
predictions = predict_ratings(*no_factors, biases.user, biases.item, biases.mean, users, items)
evaluation.rating_metrics(test["rating"], check.to_numpy(predictions))

# %% [markdown] cites=["0.1"]
# ## 2. One step down the gradient
#
# For one rating, let $e = r_{ui} - \hat r_{ui}$ be the error. Derive from $\frac12\left(e^2 +
# \lambda\,(|p_u|^2 + |q_i|^2)\right)$ how $p_u$ and $q_i$ change in one step with learning rate
# $\gamma$, and write it down.
#
# Example: with $p_u = (1, 0)$, $q_i = (0, 1)$, $e = 1$, $\gamma = 0.1$ and $\lambda = 0$, the new
# vectors are $(1, 0.1)$ and $(0.1, 1)$.


# %% exercise="sgd_step"
def sgd_step(user_factors, item_factors, error, rate, row_l2):
    """Move the factors of one user and one item by one step of gradient descent.

    Args:
        user_factors: array (embedding_dim,), p_u.
        item_factors: array (embedding_dim,), q_i.
        error: float, the rating minus its prediction.
        rate: float, the learning rate.
        row_l2: float, the penalty.

    Returns:
        (new_user_factors, new_item_factors), two new arrays (embedding_dim,).
    """
    ### BEGIN SOLUTION
    return (
        user_factors + rate * (error * item_factors - row_l2 * user_factors),
        item_factors + rate * (error * user_factors - row_l2 * item_factors),
    )
    ### END SOLUTION


# %% check="sgd_step" points=2
check.sgd_step()

# %%
check.to_numpy(sgd_step(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 1.0, 0.1, 0.0))

# %% [markdown]
# Watch it learn a single rating. The prediction starts at the mean and should end near 5 stars.
# **Predict:** with a penalty, will it get there?

# %%
figure, axes = plt.subplots()
rate = 0.2
for row_l2, color, marker in ((0.0, BLUE, "o"), (0.3, ORANGE, "s")):
    p, q, path = np.array([0.3, -0.1]), np.array([0.2, 0.4]), []
    for _ in range(40):
        path.append(3.5 + p @ q)
        p, q = check.to_numpy(sgd_step(p, q, 5.0 - path[-1], rate, row_l2))
    axes.plot(path, color=color, marker=marker, markersize=4, label=f"penalty {row_l2}")
axes.set(title="Learning one rating of 5 stars", xlabel="step", ylabel="prediction, in stars")
axes.legend()
show(
    figure,
    "The prediction over 40 steps, starting at 3.5 stars. Without a penalty it climbs to 5 stars, "
    "with a penalty it stops short of it.",
)

# %% [markdown]
# **In words:** with the penalty the curve stops short of 5 stars. Set the step of exercise 2 to
# zero: how large is the error where the vectors come to rest, and why does the penalty stop them
# there?

# %% [markdown] words="penalty_stops_short" points=2 quotes=["0.3"]
# At rest the step is zero: the error times q equals the penalty times p, and the same with p and q
# swapped. Both hold together only if the error equals the penalty, so the prediction stops 0.3
# stars below 5. There, one more bit of fit costs as much length as it gains.
#
# **Rubric.** One point: the error at rest equals the penalty, 0.3 stars, from setting the step to
# zero. One point: longer vectors would lower the error, but the penalty on them would grow by as
# much. "It needs more steps" or "the learning rate is too small" earns nothing: the curve is flat.

# %% [markdown]
# ## 3. The exact solution for one user
#
# Hold the films' vectors still. Then the best vector of a user is a ridge regression: find $p$
# that makes $\sum_i \left((r_i - q_i \cdot p)^2 + \lambda |p|^2\right)$ smallest. The sum runs
# over the $n$ films the user rated, so the penalty is paid $n$ times:
#
# $$p = \left(Q^\top Q + n\,\lambda\,I\right)^{-1} Q^\top r$$
#
# Example: one film with $q = (1, 0)$, $r = 2$ and $\lambda = 1$ gives $p = (1, 0)$.


# %% exercise="als_user"
def als_user(residuals, item_factors, row_l2):
    """Return the best factors of one user for fixed item factors.

    Args:
        residuals: array (n,), the user's ratings minus mean and biases.
        item_factors: array (n, embedding_dim), the rows q_i of the n items the user rated.
        row_l2: float > 0, the penalty per rating.

    Returns:
        array (embedding_dim,), the user's factors.
    """
    ### BEGIN SOLUTION
    num_ratings, embedding_dim = item_factors.shape
    ridge = item_factors.T @ item_factors + num_ratings * row_l2 * np.eye(embedding_dim)
    return np.linalg.solve(ridge, item_factors.T @ residuals)
    ### END SOLUTION


# %% check="als_user" points=2
check.als_user()

# %%
check.to_numpy(als_user(np.array([2.0]), np.array([[1.0, 0.0]]), 1.0))

# %% [markdown]
# Users and films take turns. Each line below solves one ridge regression per user and one per
# film: no learning rate, no epochs of small steps.


# %%
def solve_all(rows, own, other, other_factors, num):
    """Solve for the factors of every user (or film) that has ratings."""
    factors = np.zeros((num, other_factors.shape[1]))
    for index, part in rows.groupby(own):
        solution = als_user(part["residual"].to_numpy(), other_factors[part[other]], 0.15)
        factors[index] = check.to_numpy(solution)
    return factors


rows = train.assign(residual=train["rating"] - baselines.predict_biases(biases, train))
item_factors = np.random.default_rng(0).normal(0, 0.1, (data.num_items, 16))

# %%
for sweep in range(6):
    user_factors = solve_all(rows, "user_index", "item_index", item_factors, data.num_users)
    item_factors = solve_all(rows, "item_index", "user_index", user_factors, data.num_items)
    tables = (user_factors, item_factors, biases.user, biases.item, biases.mean)
    predictions = check.to_numpy(predict_ratings(*tables, users, items))
    errors = evaluation.rating_metrics(test["rating"], predictions)
    print(f"sweep {sweep + 1}: RMSE {errors['rmse']:.3f}")

# %% [markdown] cites=["3.5"]
# ## 4. The same model in Keras
#
# Now let Keras find the gradients. Build the model of exercise 1 from `Embedding` layers. Biases
# are embeddings with one column. Watch the shapes: the product of two vectors must be taken
# *within* each pair of the batch.
#
# Example: `build_biased_model(7, 11, 3, 3.5)` has 7 x 3 + 11 x 3 + 7 + 11 = 72 weights, and
# before training it predicts about 3.5 for every pair.


# %% exercise="build_biased_model"
def build_biased_model(num_users, num_items, embedding_dim, mean_rating):
    """Build a model that predicts mean_rating + b_u + b_i + p_u . q_i.

    Args:
        num_users, num_items, embedding_dim: ints.
        mean_rating: float.

    Returns:
        keras.Model that maps [user_index, item_index], two int arrays (batch,), to ratings
        (batch, 1) or (batch,). It need not be compiled.
    """
    ### BEGIN SOLUTION
    user = keras.Input((), dtype="int32")
    item = keras.Input((), dtype="int32")
    dot = keras.layers.Dot(axes=1)(
        [
            keras.layers.Embedding(num_users, embedding_dim)(user),
            keras.layers.Embedding(num_items, embedding_dim)(item),
        ]
    )
    user_bias = keras.layers.Embedding(num_users, 1, embeddings_initializer="zeros")(user)
    item_bias = keras.layers.Embedding(num_items, 1, embeddings_initializer="zeros")(item)
    return keras.Model([user, item], mean_rating + user_bias + item_bias + dot)
    ### END SOLUTION


# %% check="build_biased_model" points=3
check.build_biased_model()

# %%
build_biased_model(7, 11, 3, 3.5).count_params()

# %% [markdown]
# Train it with no penalty and look at both errors. **Predict:** where will the gap between
# the two curves open?

# %%
model = build_biased_model(data.num_users, data.num_items, 16, biases.mean)
history = training.fit(model, train[8_000:], epochs=10, validation=train[:8_000]).history
figure, axes = plt.subplots()
axes.plot(range(1, 11), history["rmse"], color=BLUE, marker="o", label="training")
axes.plot(range(1, 11), history["val_rmse"], color=ORANGE, marker="s", label="validation")
axes.set(title="Factors without a penalty", xlabel="epoch", ylabel="RMSE, in stars")
axes.legend()
show(
    figure,
    "Training error falls over all ten epochs. Validation error falls for a few epochs, "
    "then turns and rises.",
)

# %% [markdown]
# **In words:** at which epoch would you stop, and what does the model learn after it? Name one
# change to the model that lets it train longer without harm.

# %% [markdown] words="gap_of_the_curves" points=2
# Stop where the validation error is lowest, after a few epochs. From there on the model learns the
# training ratings by heart: their error goes on falling, that of new ratings rises. A penalty on
# the rows used in a batch, `activity_regularizer=keras.regularizers.L2(0.1)` as in the lecture,
# moves that point past the last epoch.
#
# **Rubric.** One point: the epoch is read off the validation curve, and what comes after it is said
# to fit the training ratings alone. One point: a change that holds the factors back, such as a
# penalty on them or fewer of them. A smaller learning rate or more epochs earns nothing; nor does a
# stop where the training error is lowest.

# %% [markdown]
# ## 5. Find the bugs
#
# A colleague wrote the function below. It runs, it returns titles, and nobody noticed for a year.
# It holds **five mistakes**; all five were found in published tutorials.


# %%
def recommend_with_bugs(user_id, scores, train, users, items, k):
    user_scores = np.array(scores[user_id])
    seen = train.loc[train["user_id"] == user_id, "item_id"]
    user_scores[seen] = 0.0
    best = np.argsort(user_scores)[:k]
    return items.set_index("item_id").reindex(best)["title"].tolist()


# %% [markdown] cites=["943", "1682"]
# Write the function again without the mistakes; start from a copy of the one above. Two facts to
# keep in mind. An **id** is the name of a user or film in the data, here from 1 to
# 943 and from 1 to 1682. An **index** is its row in an array and counts from 0. And scores may be
# negative.

# %%
all_users, all_items = np.indices((data.num_users, data.num_items)).reshape(2, -1)
scores = check.to_numpy(predict_ratings(*tables, all_users, all_items))
scores = scores.reshape(data.num_users, data.num_items)
recommend_with_bugs(196, scores, train, data.users, data.items, 5)


# %% exercise="recommend"
def recommend(user_id, scores, train, users, items, k):
    """Return the titles of the k best films that a user has not rated in the training part.

    Args:
        user_id: int, a raw id, as in users["user_id"].
        scores: array (num_users, num_items); row = user_index, column = item_index; any sign.
        train: DataFrame with user_id, user_index, item_id and item_index, the training ratings.
        users: DataFrame with user_id and user_index.
        items: DataFrame with item_id, item_index and title.
        k: int, how many titles.

    Returns:
        list of k titles, the best first.
    """
    ### BEGIN SOLUTION
    user_index = users.set_index("user_id").loc[user_id, "user_index"]  # id -> index
    user_scores = np.array(scores[user_index], dtype=float)
    seen = train.loc[train["user_index"] == user_index, "item_index"]  # positions, not ids
    user_scores[seen] = -np.inf  # 0 would still beat a negative score
    best = np.argsort(-user_scores)[:k]  # argsort puts the smallest first
    return items.set_index("item_index").loc[best, "title"].tolist()  # positions again
    ### END SOLUTION


# %% check="recommend" points=3
check.recommend()

# %% [markdown]
# What does user 196 like, and what would we recommend?

# %%
ratings_of_user = train[train["user_id"] == 196].merge(data.items, on="item_id")
favorites = ratings_of_user.nlargest(5, "rating")["title"].tolist()
recommended = list(recommend(196, scores, train, data.users, data.items, 5))
pd.DataFrame({"rated best": favorites, "recommended": recommended})

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
