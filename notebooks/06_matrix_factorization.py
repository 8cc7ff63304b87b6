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
# - change the model one step at a time, in its code, and know what each step is worth,
# - check Keras against a gradient step and a least-squares solution written by hand,
# - say what a good error on a random split does not promise.
#
# **Before you start:** unit 01 (embeddings). **Time:** 50 minutes to read, one minute to run.
# **Data:** MovieLens-100K.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers

from utils import baselines, evaluation, movielens, results, training
from utils.figures import matrix_factorization as figures
from utils.figures.embeddings import draw_look_up
from utils.plotting import BLUE, GRAY, ORANGE, VERMILION, show
from utils.recommendation import multiply_tables, recommend
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
# Three users times five films need 15 scores; we wrote down 6 + 10 numbers. With more users and
# films the saving grows. For ours, with the number of **factors** of this unit:

# %% tags=["nbval-check-output"]
num_weights = (data.num_users + data.num_items) * mf.EMBEDDING_DIM
print(f"{mf.EMBEDDING_DIM} factors each: {num_weights:,} numbers stand for {num_cells:,} cells")

# %% [markdown]
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
show(*figures.dot_product(data.num_users, data.num_items, mf.EMBEDDING_DIM))

# %% [markdown]
# The same in Keras, box by box. An `Input` takes one index for each pair of the batch. An
# `Embedding` is a table that starts with small random numbers, `"normal"` ones; called with
# indices, it looks up their rows. `Dot` multiplies two rows number by number and adds up. Axis 0 is
# the batch and axis 1 the factors, so `axes=1` stays *within* each pair.


# %% shows="utils.units.matrix_factorization.build_dot_model"
def build_dot_model(num_users, num_items, embedding_dim):
    user = keras.Input((), dtype="int32", name="user_index")
    item = keras.Input((), dtype="int32", name="item_index")
    users = layers.Embedding(num_users, embedding_dim, "normal", name="user_factors")
    items = layers.Embedding(num_items, embedding_dim, "normal", name="item_factors")
    stars = layers.Dot(axes=1)([users(user), items(item)])
    return keras.Model([user, item], stars)


# %% tags=["nbval-check-output"]
model = build_dot_model(data.num_users, data.num_items, mf.EMBEDDING_DIM)
for layer in model.layers:
    if layer.weights:
        print(f"{layer.name}: {layer.count_params():,} weights")
print("three pairs give the shape", model([np.array([0, 1, 2]), np.array([7, 8, 9])]).shape)

# %% [markdown]
# All models of this page are built like this, by a cell that you can change; what follows runs on
# the cell. Try another number of factors, or `axes=0`, and read what Keras says.
#
# ### Compile and fit
#
# To see learning as it happens, and to choose settings, we hold back a tenth of the *training*
# part for **validation**. The test part stays untouched until the end.

# %% tags=["nbval-check-output"]
validation, fit_part = train[:8_000], train[8_000:]
print(f"{len(fit_part):,} ratings to fit, {len(validation):,} to validate")
print(mf.TRAINING)

# %% [markdown]
# `compile` says how a model shall learn. The **loss** here is `"mse"`, the mean squared error.
# **Adam** is gradient descent with a step size of its own for each weight. The **learning rate**
# scales all steps; on a cosine it falls to 0 over the training, so that the last steps are small.


# %% shows="utils.training.compile_model"
def compile_model(model, loss, num_rows, epochs, batch_size, learning_rate, metrics=()):
    num_steps = epochs * -(-num_rows // batch_size)  # batches in one epoch, rounded up
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    model.compile(
        optimizer=keras.optimizers.Adam(schedule),
        loss=loss,
        metrics=list(metrics),
        steps_per_execution=10,  # saves time, changes nothing else
    )


# %% [markdown]
# `fit` does it. A **batch** of 1,024 ratings gives one step, and one **epoch** goes once through
# all ratings, in a new order. After each epoch Keras notes the error on both parts.

# %%
rmse = keras.metrics.RootMeanSquaredError(name="rmse")
compile_model(model, "mse", len(fit_part), **mf.TRAINING, metrics=[rmse])
history = model.fit(
    training.model_inputs(fit_part),  # [user_index, item_index]
    fit_part["rating"].to_numpy("float32"),
    validation_data=(training.model_inputs(validation), validation["rating"].to_numpy("float32")),
    batch_size=mf.TRAINING["batch_size"],
    epochs=mf.TRAINING["epochs"],
    verbose=0,
)
curves = {"dot product": history.history["val_rmse"]}

# %% [markdown]
# `training.fit` makes these two calls, with the same `compile_model` from `utils`. It stays the
# same for all models below; only the model changes.
#
# ### One change: biases
#
# $$\hat r_{ui} = \mu + b_u + b_i + p_u \cdot q_i$$

# %%
show(*figures.biased_product(data.num_users, data.num_items, mf.EMBEDDING_DIM))

# %% [markdown]
# A bias is an embedding with one column. It starts at zero, so that the first guess is the mean.


# %% shows="utils.units.matrix_factorization.build_biased_model"
def build_biased_model(num_users, num_items, embedding_dim, mean_rating):
    user = keras.Input((), dtype="int32", name="user_index")
    item = keras.Input((), dtype="int32", name="item_index")
    users = layers.Embedding(num_users, embedding_dim, "normal", name="user_factors")
    items = layers.Embedding(num_items, embedding_dim, "normal", name="item_factors")
    user_bias = layers.Embedding(num_users, 1, "zeros", name="user_bias")  # new
    item_bias = layers.Embedding(num_items, 1, "zeros", name="item_bias")  # new
    dot = layers.Dot(axes=1)([users(user), items(item)])
    stars = dot + user_bias(user) + item_bias(item) + mean_rating  # new
    return keras.Model([user, item], stars)


# %% [markdown]
# The dot product need no longer explain that ratings lie around the mean. **Predict:** does
# the error on the validation part go down?

# %%
sizes = (data.num_users, data.num_items, mf.EMBEDDING_DIM, mean_rating)
biased = build_biased_model(*sizes)
history = training.fit(biased, fit_part, **mf.TRAINING, validation=validation)
curves["+ biases"] = history.history["val_rmse"]

# %% [markdown]
# ### One change: a penalty
#
# 32 numbers for a user who has rated a few dozen films can hold every rating by heart. **L2
# regularization** adds a price for long vectors to the loss. There are two ways to charge it, and
# in Keras each is one argument of `Embedding`.
#
# - `embeddings_regularizer` charges the **whole table** at every step. A film seen once pays as
#   often as *Star Wars*.
# - `activity_regularizer` charges what comes *out* of the layer: the **rows a batch uses**. A
#   vector pays each time it is used, which is what the papers do: the price grows with the number
#   of ratings.
#
# From here on, what all models share is written once: the inputs, and a table.


# %% shows="utils.blocks.index_inputs"
def index_inputs():
    return [keras.Input((), dtype="int32", name=name) for name in ("user_index", "item_index")]


# %% [markdown]
# First the table that pays for the rows used. Keras divides the penalty of an output by the size of
# the batch, so `row_l2` is the price per rating. `spread` is how far from 0 the table starts; with
# `spread=0` it makes a bias.


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


# %% [markdown]
# The model is the one above; each table is now made by `table`, and pays.


# %% shows="utils.units.similarity.item_vectors.build_penalized_model"
def build_penalized_model(num_users, num_items, embedding_dim, mean_rating, row_l2, bias_l2):
    user, item = index_inputs()
    users = table(num_users, embedding_dim, "user_factors", row_l2)  # new: row_l2
    items = table(num_items, embedding_dim, "item_factors", row_l2)
    user_bias = table(num_users, 1, "user_bias", bias_l2, spread=0)  # new: bias_l2
    item_bias = table(num_items, 1, "item_bias", bias_l2, spread=0)
    dot = layers.Dot(axes=1)([users(user), items(item)])
    stars = dot + user_bias(user) + item_bias(item) + mean_rating
    return keras.Model([user, item], stars)


# %% [markdown]
# To compare, a table that pays as a whole, and a model whose factors do. The biases are free here.


# %% shows="utils.units.matrix_factorization.whole_table"
def whole_table(size, dim, name, table_l2):
    return layers.Embedding(
        size,
        dim,
        embeddings_initializer="normal",
        embeddings_regularizer=keras.regularizers.L2(table_l2),  # not activity_regularizer
        name=name,
    )


# %% shows="utils.units.matrix_factorization.build_table_penalized_model"
def build_table_penalized_model(num_users, num_items, embedding_dim, mean_rating, table_l2):
    user, item = index_inputs()
    users = whole_table(num_users, embedding_dim, "user_factors", table_l2)  # new: table_l2
    items = whole_table(num_items, embedding_dim, "item_factors", table_l2)
    user_bias = layers.Embedding(num_users, 1, "zeros", name="user_bias")
    item_bias = layers.Embedding(num_items, 1, "zeros", name="item_bias")
    dot = layers.Dot(axes=1)([users(user), items(item)])
    stars = dot + user_bias(user) + item_bias(item) + mean_rating
    return keras.Model([user, item], stars)


# %% tags=["nbval-check-output"]
print(f"whole tables: table_l2 {mf.TABLE_L2}")
print(f"rows used: row_l2 {mf.ROW_L2}, bias_l2 {mf.BIAS_L2}")
of_tables = build_table_penalized_model(*sizes, table_l2=mf.TABLE_L2)
of_rows = build_penalized_model(*sizes, row_l2=mf.ROW_L2, bias_l2=mf.BIAS_L2)
for name, model in {"+ L2 of whole tables": of_tables, "+ L2 of rows used": of_rows}.items():
    history = training.fit(model, fit_part, **mf.TRAINING, validation=validation)
    curves[name] = history.history["val_rmse"]

# %%
figure, axes = plt.subplots()
for (name, curve), color, marker in zip(
    curves.items(), (GRAY, VERMILION, ORANGE, BLUE), "osD^", strict=True
):
    axes.plot(range(1, len(curve) + 1), curve, color=color, marker=marker, label=name)
axes.set(title="One change at a time", xlabel="epoch", ylabel="validation RMSE, in stars")
axes.set(ylim=(0.88, 1.2))
axes.legend()
show(
    figure,
    "Validation error over 15 epochs. The plain dot product falls slowly, the model with biases "
    "falls at once and then rises far above its best value, both penalized ones stay low.",
)

# %% [markdown]
# Did you expect the second curve? Biases help at once, and then the model, free of the rough
# work, spends its 32 factors on learning the training ratings by heart. The dot product alone
# only looks safer: it spends its first epochs on what the biases know at once, and then the falling
# learning rate leaves it little time to overfit. With a penalty, biases pay off.
#
# Take the full training part and open the test part, once.

# %%
model = build_penalized_model(*sizes, row_l2=mf.ROW_L2, bias_l2=mf.BIAS_L2)
training.fit(model, train, **mf.TRAINING)
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
# other.


# %% shows="utils.units.matrix_factorization.sgd_step"
def sgd_step(user_factors, item_factors, user_bias, item_bias, rating, mean_rating, rate, row_l2):
    error = rating - (mean_rating + user_bias + item_bias + user_factors @ item_factors)
    return (
        user_factors + rate * (error * item_factors - row_l2 * user_factors),
        item_factors + rate * (error * user_factors - row_l2 * item_factors),
        user_bias + rate * (error - row_l2 * user_bias),
        item_bias + rate * (error - row_l2 * item_bias),
    )


# %% [markdown]
# Now a small model of the same kind, and one rating of 5 stars. Keras has no half in its loss, so
# half its learning rate gives the same step.

# %%
small = build_penalized_model(2, 3, 4, mean_rating, row_l2=0.1, bias_l2=0.1)
tables = {layer.name: layer.get_weights()[0] for layer in small.layers if layer.weights}
p, q = tables["user_factors"][1], tables["item_factors"][2]
by_hand = sgd_step(p, q, 0.0, 0.0, rating=5.0, mean_rating=mean_rating, rate=0.2, row_l2=0.1)

# %% tags=["nbval-check-output"]
small.compile(keras.optimizers.SGD(learning_rate=0.1), loss="mse")
small.train_on_batch([np.array([1]), np.array([2])], np.array([5.0]))
after = {layer.name: layer.get_weights()[0] for layer in small.layers if layer.weights}
print("same p:", np.allclose(after["user_factors"][1], by_hand[0], atol=1e-6))
print("same q:", np.allclose(after["item_factors"][2], by_hand[1], atol=1e-6))
print("same biases:", np.allclose([after["user_bias"][1], after["item_bias"][2]], by_hand[2]))
print("other user untouched:", np.array_equal(after["user_factors"][0], tables["user_factors"][0]))

# %% [markdown]
# Four lines of calculus, and Keras did the same from the model alone. Change the model, and the
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
user_als, item_als = mf.fit_als(biases, train, mf.EMBEDDING_DIM, mf.ALS_L2, mf.ALS_SWEEPS)
dots = np.sum(user_als[test["user_index"]] * item_als[test["item_index"]], axis=1)
als_predictions = baselines.predict_biases(biases, test) + dots
als_errors = evaluation.rating_metrics(test["rating"], als_predictions)

# %% tags=["nbval-check-output"]
print(f"ALS, {mf.ALS_SWEEPS} sweeps: RMSE {als_errors['rmse']:.2f}")
print(f"Keras, {mf.TRAINING['epochs']} epochs: RMSE {biased_errors['rmse']:.2f}")

# %% [markdown]
# Two very different ways down, the same hill: they agree to a hundredth of a star. ALS is the
# faster one here. What Keras buys is freedom, and the next step uses it.

# %% [markdown]
# ## What you rated says who you are
#
# A user who rated *Babe*, *Aladdin* and *Toy Story* probably has children, whatever the stars. The
# choice itself is a signal. **SVD++** ([Koren, 2008](https://doi.org/10.1145/1401890.1401944))
# adds a second vector $y_j$ for each film and sums those of the films $N(u)$ that $u$ rated:
#
# $$p_u + \frac{1}{\sqrt{|N(u)|}} \sum_{j \in N(u)} y_j$$
#
# In unit 01 a one-hot row times a table picked one vector. A row with several ones, a **bag**,
# picks several and adds them. So the whole change is a matrix of bags and a table of the $y_j$.

# %%
show(
    draw_look_up([1, 4, 6], np.arange(32).reshape(8, 4)),
    "A row of eight numbers with ones in places 1, 4 and 6, times a table of eight rows and four "
    "columns, gives the sum of rows 1, 4 and 6 of the table: 44, 47, 50, 53.",
)

# %% [markdown]
# In Keras that is a `Dense` layer without bias: its kernel is the table, its input the bag. Here
# with the numbers of the drawing:


# %% shows="utils.blocks.column_sum"
def column_sum(dim, name, column_l2=0.0):
    return layers.Dense(
        dim,
        use_bias=False,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.05),
        kernel_regularizer=keras.regularizers.L2(column_l2),
        name=name,
    )


# %% tags=["nbval-check-output"]
bag = np.zeros((1, 8))
bag[0, [1, 4, 6]] = 1
layer = column_sum(4, "sum_of_rows")
layer.build(bag.shape)
layer.set_weights([np.arange(32).reshape(8, 4)])
print(np.asarray(layer(bag)))

# %% [markdown]
# Where do the bags come from? They are the rows of the matrix "who rated what" of the training
# part, divided by the root of the number of films, so that busy users do not get long vectors. The
# columns of the same matrix give the mirror image: a film is described by *who* rated it.


# %% shows="utils.units.matrix_factorization.make_bags"
def make_bags(train, num_users, num_items):
    met = evaluation.interaction_matrix(train, num_users, num_items).astype("float32")
    return tuple(
        bags / np.sqrt(np.maximum(bags.sum(axis=1, keepdims=True), 1)) for bags in (met, met.T)
    )


# %% tags=["nbval-check-output"]
user_bags, item_bags = make_bags(train, data.num_users, data.num_items)
bag = user_bags[0]
print(f"user 0 rated {np.count_nonzero(bag)} films; each weighs {bag.max():.3f} in the bag")
print(f"1 / sqrt({np.count_nonzero(bag)}) = {1 / np.sqrt(np.count_nonzero(bag)):.3f}")

# %% [markdown]
# Inside the model, an `Embedding` that never learns looks up the bag of an index.


# %% shows="utils.blocks.fixed_table"
def fixed_table(rows, name):
    rows = np.asarray(rows, dtype="float32")
    return layers.Embedding(*map(int, rows.shape), weights=[rows], trainable=False, name=name)


# %% [markdown]
# With that many vectors in each sum, **dropout** (unit 04) on the two sums keeps the model from
# leaning on a few of them. The side of the user, drawn (that of the film looks the same):

# %%
show(*figures.bags_and_factors())


# %% shows="utils.units.matrix_factorization.build_svdpp_model"
def build_svdpp_model(
    user_bags, item_bags, embedding_dim, mean_rating, row_l2, bias_l2, column_l2, dropout
):
    user, item = index_inputs()
    users = table(len(user_bags), embedding_dim, "user_factors", row_l2)
    items = table(len(item_bags), embedding_dim, "item_factors", row_l2)
    user_bag = fixed_table(user_bags, "user_bags")(user)  # new, and the five lines below
    user_sum = users(user) + column_sum(embedding_dim, "rated", column_l2)(user_bag)
    item_bag = fixed_table(item_bags, "item_bags")(item)
    item_sum = items(item) + column_sum(embedding_dim, "raters", column_l2)(item_bag)
    drop = layers.Dropout(dropout)
    dot = layers.Dot(axes=1)([drop(user_sum), drop(item_sum)])
    user_bias = table(len(user_bags), 1, "user_bias", bias_l2, spread=0)
    item_bias = table(len(item_bags), 1, "item_bias", bias_l2, spread=0)
    stars = dot + user_bias(user) + item_bias(item) + mean_rating
    return keras.Model([user, item], stars)


# %%
penalties = {"row_l2": mf.ROW_L2, "bias_l2": mf.BIAS_L2, "column_l2": mf.COLUMN_L2}
bags = (user_bags, item_bags)
svdpp = build_svdpp_model(*bags, mf.EMBEDDING_DIM, mean_rating, **penalties, dropout=mf.DROPOUT)
training.fit(svdpp, train, **mf.TRAINING)
svdpp_errors = evaluation.rating_metrics(test["rating"], training.predict(svdpp, test))

# %% [markdown]
# ## The table
#
# One training run is one throw of the dice. The numbers below are means over five seeds with
# their standard deviation, measured with the settings above by `make results`.

# %% tags=["nbval-check-output"]
runs = results.load("06_matrix_factorization")
summary = results.mean_and_spread(runs, ["split", "model"], ["rmse", "mae"])
print(summary.loc["random"].to_string())
random_means = runs[runs["split"] == "random"].groupby("model")["rmse"].mean()
gain = random_means["biases"] - random_means["SVD++ bags + dropout"]
print(f"\nthe best model against the biases: {gain:.2f} stars")

# %% [markdown]
# The two runs of this notebook should lie within three standard deviations of those means.

# %%
random_runs = runs[runs["split"] == "random"].groupby("model")["rmse"]
here = {"+ L2 of rows used": biased_errors["rmse"], "SVD++ bags + dropout": svdpp_errors["rmse"]}
bands = {name: results.band(random_runs.get_group(name)) for name in here}
for name, (low, high) in bands.items():
    print(f"{name}: {here[name]:.4f}, expected between {low:.4f} and {high:.4f}")

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

# %% [markdown] quotes=["0.05"]
# The bars are three standard deviations over seeds. On the **random split**, left, the best model
# is 0.05 stars better than the biases, many times the spread. The two ways to charge a penalty end
# in a tie: a difference smaller than the spread is none. The temporal split, right, tells another
# story.

# %% [markdown]
# ## The split decides what you measure
#
# A random test rating may be older than the training ratings of the same user: the model has seen
# the future. The **temporal split** trains on the oldest four fifths and tests on the newest fifth,
# as in life. **Predict:** how many of the test ratings come from users the model has never met?

# %% tags=["nbval-check-output"]
old, new = evaluation.split_temporal(data.ratings)
known = new["user_index"].isin(old["user_index"])
print(f"oldest {len(old) / len(data.ratings):.0%} to train, newest {len(new):,} to test")
print(f"{(~known).sum():,} test ratings by users without a training rating")
columns = ["rmse", "warm", "cold_users"]
temporal = results.mean_and_spread(runs[runs["split"] == "temporal"], ["model"], columns)
print(temporal.to_string())

# %% [markdown]
# Read the columns apart. A row is **warm** if both its user and its film have training ratings.
# There, on few rows, the penalties pay off and SVD++ is best, as on the random split; without a
# penalty, factors do not beat the biases. Of **cold users** nobody told the model who they are;
# only their films are known. There is nothing to factor, and SVD++ is worse than the biases. A
# likely reason: its film biases were learned together with vectors that new users do not have.
#
# This is the **cold start**, and no amount of factors repairs it. The cheap answer: use the
# model for warm rows and the biases for all others.

# %%
is_warm = known & new["item_index"].isin(old["item_index"])
cold_rows = new[~is_warm]
old_biases = baselines.fit_biases(old, data.num_users, data.num_items)
cold_guess = baselines.predict_biases(old_biases, cold_rows)
cold_rmse = evaluation.rating_metrics(cold_rows["rating"], cold_guess)["rmse"]
temporal_means = runs[runs["split"] == "temporal"].groupby("model")[["rmse", "warm"]].mean()
of_svdpp = temporal_means.loc["SVD++ bags + dropout"]
mixed = np.sqrt(is_warm.mean() * of_svdpp["warm"] ** 2 + (~is_warm).mean() * cold_rmse**2)

# %% tags=["nbval-check-output"]
print(f"{is_warm.sum():,} warm rows of {len(new):,}")
print(f"SVD++ for all rows: RMSE {of_svdpp['rmse']:.3f}")
print(f"SVD++ for warm rows, biases for the others: RMSE {mixed:.3f}")

# %% [markdown]
# ## Ten films for one user
#
# Time to recommend. `multiply_tables` finds the tables of a model by the names we gave its layers
# and multiplies them: all users and films in one product. `recommend` leaves out what the user has
# rated, and takes care to turn positions into titles.

# %%
user_index = 195
seen = evaluation.interaction_matrix(train, data.num_users, data.num_items)
scores = multiply_tables(model)
ratings_of_user = train[train["user_index"] == user_index].merge(data.items, on="item_id")
ratings_of_user.nlargest(5, "rating")[["title", "rating"]]

# %%
recommend(scores[user_index], seen[user_index], data.items, k=10)

# %% [markdown]
# Plausible? RMSE cannot tell: it asks how well we guess ratings of films that people *chose* to
# rate. A list asks for the best of **all** films. Let us rank the whole catalog, without what a
# user rated in training, and see where the films stand that the user liked (4 or 5 stars) in the
# test part. **NDCG@10** is 1 if liked films fill the first ten places and 0 if none is there; a
# place further up counts more. **Predict:** does our model beat a list of the most popular films?

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
num_liked = liked.groupby("user_index").size().mean()
print(f"{num_liked:.0f} liked films to find, on average over users")
for name, row in quality.items():
    print(f"{name}: NDCG@10 {row['ndcg']:.2f}")

# %%
figure, axes = plt.subplots(figsize=(6, 3))
axes.barh(list(quality), [row["ndcg"] for row in quality.values()], color=[GRAY, ORANGE, BLUE])
axes.set(title="Liked films of the random test part", xlabel="NDCG@10, higher is better")
axes.invert_yaxis()
show(
    figure,
    "NDCG at 10 of three rankings. Random order is near zero, the most rated films come first, and "
    "matrix factorization stays below them.",
)

# %% [markdown]
# It does not. A model trained on stars never learned that an empty cell says something too. Most
# films of the catalog are rarely watched, and for rating error that did not matter. Part 3
# trains models for the list itself.
#
# Mind the **protocol** of these numbers: the films to find are those that a user liked among a
# *random fifth of all ratings*, a dozen for the average user, and popularity counts ratings of any
# stars. Unit 10 keeps back only the *last* film that each user liked: one film to find, in the
# future. There a list of the most popular films gets a much smaller NDCG@10. The two numbers
# answer different questions and must not be compared.

# %% [markdown]
# ## Takeaways
#
# - A rating is mean + biases + a dot product of two learned vectors.
# - Biases come first: they are cheap, and most of what can be predicted.
# - More freedom needs more restraint. Penalize the rows used, and watch a validation curve.
# - Keras takes the gradient step that we took by hand, and ALS reaches nearly the same error.
#   ALS is faster; Keras is easier to change.
# - What a user rated, apart from the stars, is a strong signal (SVD++).
# - A random split flatters. Report the temporal split, and warm rows and cold users apart.
# - A low RMSE does not make a good list.

# %% [markdown] quotes=["943", "1,682"]
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
# <details><summary>A colleague reports RMSE `0.89` on MovieLens-100K. What do you
# ask?</summary>Which split, how many seeds, what the biases reach on it, and whether the test
# part chose anything.</details>

# %% [markdown]
# ## Going further
#
# - Y. Koren, R. Bell, C. Volinsky, ["Matrix Factorization Techniques for Recommender
#   Systems"](https://doi.org/10.1109/MC.2009.263), 2009.
# - Y. Koren, ["Factorization Meets the Neighborhood: a Multifaceted Collaborative Filtering
#   Model"](https://doi.org/10.1145/1401890.1401944), 2008.
# - Y. Koren, R. Bell, ["Advances in Collaborative
#   Filtering"](https://doi.org/10.1007/978-0-387-85820-3_5), in the *Recommender Systems
#   Handbook*, 2011.
# - S. Rendle, L. Zhang, Y. Koren, ["On the Difficulty of Evaluating
#   Baselines"](https://arxiv.org/abs/1905.01395), 2019: how tuned baselines overtook years of
#   published progress.
