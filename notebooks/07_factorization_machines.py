# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 07 Factorization machines
#
# Every user and every film has a vector by now (unit 06), and so has every film in a bag. Now the
# age of the user, the genres, the decade. Does each new fact need a new model?
#
# **Goals.** You will
# - write a rating as one row of many columns, and let every pair of columns speak,
# - prove an identity that makes millions of pairs cheap, and write it as a Keras layer,
# - see matrix factorization and SVD++ come out as special cases, to the last digit,
# - predict stars and likes with one model, and ask whether its probabilities can be trusted,
# - find out which pairs matter, and whether a vector for each field is worth its price.
#
# **Before you start:** units 01 (embeddings) and 06 (matrix factorization). **Time:** 50 minutes to
# read, one minute to run. **Data:** MovieLens-100K.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import timeit

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers, ops

from utils import evaluation, likes, movielens, results, training
from utils.blocks import column_sum, fixed_table, index_inputs, table
from utils.figures import factorization_machines as figures
from utils.likes import LIKED_FROM
from utils.plotting import BLUE, GRAY, ORANGE, show
from utils.units import matrix_factorization as mf
from utils.units.factorization_machines import pairs
from utils.units.factorization_machines.fields import ALL_FIELDS, make_fields, write_rows
from utils.units.factorization_machines.heads import STARS, predict_given
from utils.units.factorization_machines.settings import FIELDS, SETTINGS

# %% [markdown]
# ## One row, many columns
#
# Here is all we know about one rating before we see its stars: who rated, which film, and a few
# facts about both.

# %% tags=["nbval-check-output"]
data = movielens.load("100k")
train, test = (likes.add_likes(part) for part in evaluation.split_random(data.ratings))
fields = make_fields(data, train)
rating = test.iloc[[3]]
row = write_rows(fields, rating)[0]
user, film = (data.users, "user_index"), (data.items, "item_index")
for facts, index in (user, film):
    print(facts.loc[rating[index].iloc[0]].drop(["zip_code"], errors="ignore").to_string(), "\n")
print(f"as a row: {len(row):,} columns, {np.count_nonzero(row)} of them not zero")

# %% [markdown]
# Each possible answer is a **column**, and a row has a 1 in the columns that apply. Columns that
# answer the same question form a **field**: the user, the film, the age in bands. In the bags of
# unit 06, "rated" (the films this user has rated) and "raters" (the users who have rated this
# film), each entry is one over the square root of how many there are.

# %%
words = {"user": "who", "film": "which film", "rated": "films the user rated"}
words |= {"raters": "users who rated the film", "age": "band of ages", "sex": "F or M"}
words |= {"occupation": "one of 21", "genre": "several may apply", "year": "band of years"}
words |= {"popularity": "log of training ratings"}
show(*figures.written_row(fields, row, words))

# %% [markdown]
# Bags and popularity count *training* ratings alone. Counting test rows would tell the model what
# it is asked to guess.
#
# A **linear** model learns one weight per column: generous users, good films. It cannot say "this
# user likes that genre", since that takes two columns at once. So give every *pair* of columns a
# weight? **Predict:** how many pairs are there, and how many ratings to learn them from?

# %% tags=["nbval-check-output"]
counts = pairs.count_parameters(len(row), len(fields), dim=32)
print(f"{len(train):,} training ratings")
for name, number in counts.items():
    print(f"{name:>10}: {number:>12,} numbers to learn")

# %% [markdown]
# Fourteen million weights from 80,000 ratings: most pairs never occur. The way out is that of unit
# 06. Give each column $i$ a **vector** $v_i$, and let the weight of a pair be a dot product. With
# $x_i$ the number in column $i$:
#
# $$s(x) = w_0 + \sum_i w_i x_i + \sum_{i<j} (v_i \cdot v_j)\, x_i x_j$$
#
# That is a **factorization machine** (Rendle, 2010). Two columns that never met in training still
# get a weight, since each has met others.

# %% [markdown]
# ## Every pair, by hand
#
# Five columns, two numbers each, and a row in which four columns are not zero.

# %% tags=["nbval-check-output"]
names = ["Ann", "Alien", "age 18 to 24", "Sci-Fi", "Musical"]
values = np.array([1.0, 1.0, 1.0, 0.5, 0.0])
vectors = np.array([[0.9, -0.2], [1.0, -0.4], [0.3, 0.5], [0.8, -0.6], [-0.7, 1.0]])
products = np.triu(vectors @ vectors.T * np.outer(values, values), k=1)
print((pd.DataFrame(products, names, names).round(2) + 0).to_string())
print(f"\nsum of the {len(names) * (len(names) - 1) // 2} pairs: {products.sum():.3f}")

# %% [markdown]
# Ann and *Alien* point the same way: 0.98. *Musical* is not in the row, so its pairs count nothing.
# Five columns have ten pairs. Our row has fourteen million. Must we look at all of them?
#
# ## The identity
#
# Multiply out the square of a sum. Every pair comes twice, and the squares once:

# %%
show(*figures.square_of_sum([3, 2, 2.4], ["a", "b", "c"]))

# %% [markdown]
# With $a_i = x_i v_i$, for each of the $k$ numbers of the vectors:
#
# $$\Big(\sum_i a_i\Big)^2 = \sum_i a_i^2 + \sum_{i \ne j} a_i a_j$$
#
# $$\sum_{i \ne j} a_i a_j = 2 \sum_{i<j} a_i a_j$$
#
# $$\sum_{i<j} a_i a_j = \tfrac12 \Big[\Big(\sum_i a_i\Big)^2 - \sum_i a_i^2\Big]$$
#
# Both sums on the right run over *columns*. **Predict:** what comes out for the row of Ann?

# %% tags=["nbval-check-output"]
total = values @ vectors
squares = values**2 @ vectors**2
print("sum over the columns:", total, " of the squares:", squares)
print(f"half of the difference, added up: {0.5 * np.sum(total**2 - squares):.3f}")

# %% [markdown]
# The same number, without looking at a pair. Is it exact, or did we have luck? Here is a long
# random row, and beside it a mistake that has been printed more than once: the sum over *all* i and
# j.

# %% tags=["nbval-check-output"]
generator = np.random.default_rng(0)
many, their_vectors = generator.normal(size=300), generator.normal(size=(300, 8))
one_by_one = pairs.sum_all_pairs(many, their_vectors)
difference = abs(one_by_one - pairs.pair_sum(many, their_vectors))
print(
    f"one pair after the other: {one_by_one:.3f}, the identity differs by less than 1e-9:", end=" "
)
print(difference < 1e-9)
over_all = np.sum((many @ their_vectors) ** 2)
print(f"over all i and j: {over_all:.3f}, twice the pairs plus the squares")

# %% [markdown]
# Now the time. With $n$ columns there are $n(n-1)/2$ pairs, but only $n$ terms in each sum of the
# identity. **Predict:** with ten times the columns, how much longer does each way take?


# %%
def seconds_for(compute, num_columns):
    """Return the seconds that a way to compute needs for one row of random numbers."""
    row, vectors = generator.normal(size=num_columns), generator.normal(size=(num_columns, 8))
    number = max(1, 200 // num_columns)
    return min(timeit.repeat(lambda: compute(row, vectors), number=number, repeat=3)) / number


def field_aware(row, vectors):
    return pairs.field_pair_sum(row, np.arange(len(row)) % 5, vectors[:, np.newaxis].repeat(5, 1))


ways = {"pair by pair": pairs.sum_all_pairs, "field-aware": field_aware}
ways["identity"] = pairs.pair_sum
times = pd.DataFrame(
    {name: [seconds_for(way, n) for n in (10, 30, 100, 300)] for name, way in ways.items()},
    index=[10, 30, 100, 300],
)
show(*figures.growth(times))

# %% [markdown]
# A straight line that climbs two decades while the columns climb one: the time of the pairs grows
# with the square. The identity hardly notices. ("Field-aware" comes below. It has no identity.)
#
# ## The layer in Keras
#
# Three weights: $w_0$, one number per column, one vector per column. `rows` has the shape (batch,
# columns), so a matrix product does the sums for the whole batch.


# %% shows="utils.units.factorization_machines.models.FactorizationMachine"
class FactorizationMachine(layers.Layer):
    def __init__(self, dim, **layer_options):
        super().__init__(**layer_options)
        self.dim = int(dim)

    def build(self, shape):
        spread = keras.initializers.RandomNormal(stddev=0.05)
        self.offset = self.add_weight(shape=(1,), initializer="zeros", name="offset")
        self.linear = self.add_weight(shape=(shape[-1], 1), initializer="zeros", name="linear")
        self.vectors = self.add_weight(shape=(shape[-1], self.dim), initializer=spread, name="v")

    def call(self, rows):
        total = ops.matmul(rows, self.vectors)
        squares = ops.matmul(rows**2, self.vectors**2)
        pairs = 0.5 * ops.sum(total**2 - squares, axis=-1, keepdims=True)
        return self.offset + ops.matmul(rows, self.linear) + pairs

    def get_config(self):
        return {**super().get_config(), "dim": self.dim}


# %% tags=["nbval-check-output"]
layer = FactorizationMachine(dim=2)
layer.build((None, 5))
layer.vectors.assign(vectors)
print(f"{layer.count_params()} weights; Ann's row: {layer(values[np.newaxis]).numpy().item():.3f}")

# %% [markdown]
# Its gradient is as cheap. From the identity, for column $i$:
#
# $$\frac{\partial s}{\partial v_i} = x_i \Big(\sum_j x_j v_j\Big) - x_i^2 v_i$$
#
# A column with a zero gets no gradient at all. Do Keras, this formula, and a slope measured by
# moving a number a little agree? A step of plain gradient *ascent* with learning rate 1 moves the
# vectors by exactly their gradient.

# %% tags=["nbval-check-output"]
model = keras.Sequential([keras.Input((5,)), layer])
model.compile(keras.optimizers.SGD(1.0), loss=lambda target, score: -score)
model.train_on_batch(values[np.newaxis], np.zeros((1, 1)))
by_keras = layer.vectors.numpy() - vectors
moved = vectors + [[1e-6, 0], *[[0, 0]] * 4]
slope = (pairs.pair_sum(values, moved) - pairs.pair_sum(values, vectors)) / 1e-6
print("formula:\n", pairs.pair_gradient(values, vectors).round(3) + 0)
print("Keras agrees:", np.allclose(by_keras, pairs.pair_gradient(values, vectors), atol=1e-5))
print(f"measured slope of Ann's first number: {slope:.4f}")

# %% [markdown]
# ## Old friends
#
# Take a row with two columns that are not zero, the user and the film, both 1. One pair is left:
#
# $$s = w_0 + w_u + w_i + v_u \cdot v_i$$
#
# That is biased matrix factorization. Not similar to it: take the weights of a model from unit 06,
# put them into the layer, and compare all predictions.

# %% tags=["nbval-check-output"]
biased = mf.build_biased_model(5, 7, 3, mean_rating=3.5)
for variable in biased.weights:
    variable.assign(generator.normal(size=variable.shape))
of = {layer.name: layer.get_weights()[0] for layer in biased.layers if layer.weights}
layer = FactorizationMachine(dim=3)
layer.build((None, 5 + 7))
layer.offset.assign([3.5])
layer.linear.assign(np.vstack([of["user_bias"], of["item_bias"]]))
layer.vectors.assign(np.vstack([of["user_factors"], of["item_factors"]]))
users, films = np.indices((5, 7)).reshape(2, -1)
rows = np.hstack([np.eye(5)[users], np.eye(7)[films]])
largest = np.abs(layer(rows).numpy() - biased([users, films]).numpy()).max()
print(f"{len(rows)} predictions, all equal to 1e-5: {largest < 1e-5}")

# %% [markdown] cites=["1,024"]
# Add the bag of rated films, and the pairs are: user with film, film with each rated film, user
# with each rated film, rated films with each other. The first two are SVD++, $v_i \cdot (v_u +
# \sum_j v_j / \sqrt{n})$. The others are **more** than SVD++. Remember them: they come back when we
# ask which pairs matter.
#
# ## Rows without their zeros
#
# A batch of 1,024 rows has five million entries, nearly all of them zero. Nobody writes them down.
# Look at one field at a time. The sum of its columns' vectors, each times its number, is **one
# vector of the field**: for an id a look-up in a table, for other fields a `column_sum`. Then the
# machine sees ten vectors instead of thousands, and adds up the pairs of *fields*.

# %%
show(*figures.machine())

# %% [markdown]
# (Pairs inside one field, such as two genres of a film, fall away. Ids have none. A test of the
# course compares the two forms: they differ by exactly those pairs.)


# %% shows="utils.units.factorization_machines.models.read_row"
def read_row(inputs, field):
    user, item = inputs
    index = user if field.index == "user_index" else item
    return index if field.rows is None else fixed_table(field.rows, f"{field.name}_rows")(index)


# %% shows="utils.units.factorization_machines.models.vector_of"
def vector_of(row, field, dim, name, row_l2, column_l2, spread=0.01):
    if field.rows is None:
        return table(field.size, dim, name, row_l2, spread)(row)
    return column_sum(dim, name, column_l2)(row)


# %% shows="utils.units.factorization_machines.models.embed_fields"
def embed_fields(fields, dim, row_l2, bias_l2, column_l2):
    inputs, vectors, biases = index_inputs(), [], []
    for field in fields:
        row = read_row(inputs, field)
        vectors.append(vector_of(row, field, dim, f"{field.name}_vectors", row_l2, column_l2))
        biases.append(vector_of(row, field, 1, f"{field.name}_biases", bias_l2, column_l2, 0.0))
    return inputs, ops.stack(vectors, axis=1), sum(biases)


# %% [markdown]
# A bias is a vector with one number. `table`, `fixed_table` and `column_sum` stood in unit 06, with
# their penalties: `row_l2` for the rows of ids that a batch uses, `column_l2` for all other
# vectors.
#
# The identity, on the vectors of the fields, and the model:


# %% shows="utils.units.factorization_machines.models.pair_products"
def pair_products(vectors):
    return 0.5 * (ops.sum(vectors, axis=1) ** 2 - ops.sum(vectors**2, axis=1))


# %% shows="utils.units.factorization_machines.models.build_fm"
def build_fm(
    fields, head, embedding_dim, row_l2, bias_l2, column_l2, dropout, products=pair_products
):
    inputs, vectors, biases = embed_fields(fields, embedding_dim, row_l2, bias_l2, column_l2)
    kept = layers.Dropout(dropout)(products(vectors))
    score = biases + ops.sum(kept, axis=-1, keepdims=True)
    return keras.Model(inputs, head(score))


# %% [markdown]
# `pair_products` stops before the last sum, so that dropout can fall on **factors**: a factor is
# dropped with all its pairs. `head` turns a score into an answer.
#
# ## Stars and likes
#
# Two questions are asked of a recommender. How many stars? And: **liked or not**, where four or
# five stars are a like? A head that says how likely each number of stars is answers both. Five
# outputs and a softmax; their weights start with numbers that rise, so that a higher score means
# more stars.


# %% shows="utils.units.factorization_machines.heads.to_stars_given"
def to_stars_given(score):
    slopes = keras.initializers.Constant([-2, -1, 0, 1, 2])
    return layers.Dense(5, "softmax", kernel_initializer=slopes)(score)


# %% shows="utils.units.factorization_machines.heads.mean_stars"
def mean_stars(probabilities):
    return probabilities @ STARS


# %% shows="utils.units.factorization_machines.heads.like_probability"
def like_probability(probabilities):
    return np.clip(np.sum(probabilities[:, LIKED_FROM - 1 :], axis=1), 0, 1)


# %% [markdown]
# **Predict:** two films, both with a mean of three stars. Can one of them be liked more often?

# %% tags=["nbval-check-output"]
given = np.array([[0.1, 0.2, 0.4, 0.2, 0.1], [0.5, 0.0, 0.0, 0.0, 0.5]])
print("mean stars:", mean_stars(given), " probability of a like:", like_probability(given))

# %% [markdown]
# It can: nobody is sure about the first, and half the people love the second.
#
# ### Ids alone, then everything
#
# **Predict:** the same machine with two fields and with ten. By how much does the error fall?


# %%
def train_and_ask(names, epochs):
    """Return a machine on some fields, trained, and its probabilities for the test rows."""
    chosen = [field for field in fields if field.name in FIELDS[names]]
    model = build_fm(chosen, to_stars_given, **SETTINGS[names])
    classes = train.assign(star_class=train["rating"] - 1)
    loss = "sparse_categorical_crossentropy"
    training.fit(model, classes, epochs=epochs, target="star_class", loss=loss)
    return model, predict_given(model, test)


def judge(probabilities):
    stars = evaluation.rating_metrics(test["rating"], mean_stars(probabilities))
    return {"rmse": stars["rmse"], **likes.like_metrics(test, like_probability(probabilities))}


# %%
_, of_ids = train_and_ask("ids", epochs=15)

# %%
machine, of_all = train_and_ask("all fields", epochs=10)  # 15 below; this page shall be short
here = pd.DataFrame({"ids": judge(of_ids), "all fields": judge(of_all)}).T
print("trained once, on this page:")
print(here.round(3).to_string())

# %% [markdown]
# - **RMSE** is the error in stars, as in unit 06.
# - **AUC**: take a liked row and one that is not. How often does the liked one get the higher
#   probability? 0.5 is a coin.
# - **User AUC**: the same within the rows of one user. The plain AUC also rewards knowing who likes
#   nearly everything, which helps nobody to choose a film.
# - **Log loss**: the mean of minus the logarithm of the probability given to what happened. It
#   punishes being sure and wrong.
# - **Calibration error**: how far claimed probabilities lie from the shares that happen.
#
# Now over five seeds, beside what is simple: the share of likes of each film, and a logistic
# regression on the two ids, which is the linear part alone. Settings were chosen on a fifth of the
# training part, in about twenty trials.

# %% tags=["nbval-check-output"]
runs = results.load("07_factorization_machines")
on_random = runs[runs["split"] == "random"]
metrics = ["auc", "user_auc", "log_loss", "calibration_error"]
of_likes = results.mean_and_spread(on_random, ["model"], metrics, digits=4)
simple = ["share of likes", "logistic regression"]
machines = [f"FM, {names}" for names in FIELDS]
print(of_likes.loc[[*simple, *machines]].to_string())

# %%
figure, panels = plt.subplots(1, 2, figsize=(10, 3.4), sharey=True)
means = on_random.groupby("model")[["auc", "user_auc", "log_loss"]].agg(["mean", "std"])
for axes, metric in zip(panels, ("log_loss", "auc"), strict=True):
    for name in [*simple, *machines]:
        mean, spread = means.loc[name, metric]
        color, marker = (GRAY, "s") if name in simple else (BLUE, "o")
        axes.errorbar(mean, name, xerr=3 * spread, fmt=marker, color=color, capsize=3)
    axes.set(xlabel=f"test {metric.replace('_', ' ')}, bars of 3 standard deviations")
panels[0].invert_yaxis()
show(
    figure,
    "Log loss and AUC of six models of likes. Each kind of field added to the ids lowers the log "
    "loss and raises the AUC; the bags do most of it.",
)

# %% [markdown]
# Vectors instead of weights gain two hundredths of AUC from the same two ids. Facts add a little,
# bags add more than all facts, and beside the bags the facts add next to nothing: which films you
# rated says more than your age.
#
# Compare the first two rows by user AUC. By AUC the regression is far ahead of the share of likes;
# within users the two are nearly alike. Most of what ids give a linear model is who likes nearly
# everything. That chooses no film.

# %% tags=["nbval-check-output"]
of_stars = results.mean_and_spread(on_random, ["model"], ["rmse", "mae"], digits=4)
print(of_stars.loc[["biases", *machines]].to_string())
unit_06 = results.load("06_matrix_factorization").query("split == 'random'")
svdpp = unit_06.loc[unit_06["model"] == "SVD++ bags + dropout", "rmse"].mean()
print(f"\nSVD++ with dropout, unit 06: {svdpp:.4f}")

# %% [markdown]
# The same models, asked for stars. Ids with bags are the fields of SVD++, and the error lies a
# little below that of unit 06. The facts take off a thousandth or two.
#
# ### Why not learn the likes themselves?
#
# The label "liked" throws away half of a rating: a three and a one are the same to it. The same
# machine, with one sigmoid instead of five classes, learned from likes alone. **Predict:** which is
# better *on likes*?

# %% tags=["nbval-check-output"]
print(of_likes.loc[["FM, learned from likes", "FM, all fields"]].to_string())

# %% [markdown] cites=["70"]
# The machine that learned stars, and by a good margin, though both are judged by likes and each has
# settings chosen for it. A one and a three are both "not liked", but they say different things
# about a taste, and the label has thrown that away.
#
# ### Can the probabilities be trusted?
#
# Take all test rows for which the machine claims about 70%. Were 70% of them liked?

# %%
bins = likes.calibrate(test["liked"], like_probability(of_all))
figure, axes = plt.subplots(figsize=(6, 4.2))
axes.plot([0, 1], [0, 1], color=GRAY, linestyle=":", label="as claimed")
axes.scatter(bins["claimed"], bins["observed"], s=bins["rows"] / 12, color=BLUE, label="test rows")
axes.set(title="Claimed and observed", xlabel="probability claimed", ylabel="share of likes")
axes.legend()
show(
    figure,
    "Share of likes against the claimed probability, in ten bins. The dots lie close to the "
    "diagonal; larger dots hold more rows.",
)

# %%
print(bins.round(3).to_string())

# %% [markdown]
# Yes, over the whole scale: no dot lies much more than two hundredths from the diagonal.
#
# ## Which pairs matter?
#
# Ten fields have 45 pairs. For each test row, a pair adds a dot product to the score. If that
# number is nearly the same in all rows, the pair says nothing; so its **standard deviation** over
# the test rows is the strength of the pair. **Predict:** which pair is the strongest?

# %%
vectors_of = keras.Model(
    machine.inputs, [machine.get_layer(f"{name}_vectors").output for name in ALL_FIELDS]
)
vectors = np.stack(
    vectors_of.predict(training.model_inputs(test), batch_size=8192, verbose=0), axis=1
)
contributions = np.einsum("bfk,bgk->bfg", vectors, vectors)
strength = np.where(np.triu(np.ones((10, 10)), k=1), contributions.std(axis=0), np.nan)
strength = pd.DataFrame(strength, ALL_FIELDS, ALL_FIELDS)
show(*figures.heat_map(strength, "standard deviation, in units of the score"))

# %%
strongest = strength.reset_index(names="one").melt("one", var_name="other").dropna()
print(strongest.nlargest(6, "value").round(3).to_string(index=False))

# %% [markdown]
# By far the strongest pair is "rated" with "raters": who rated what says most about who will like
# what. The pair of user and film, all of matrix factorization, is one of the weakest. Beside the
# bags, and with a penalty on ids, the own vectors have little left to say.
#
# ### The price of a field
#
# Another way to ask: what if a field is gone? Here its vector is replaced by the mean over all test
# rows, in the machine as it is, and its bias likewise. (Whoever trains without the field pays less:
# other fields take over part of its work. The rows of the table above show that for whole groups.)


# %%
def log_loss_without(field):
    """Return the log loss of likes if a field says the same about every row."""
    frozen = vectors.copy()
    frozen[:, field] = vectors[:, field].mean(axis=0)
    score = biases - biases_of[:, field] + biases_of[:, field].mean()
    score += 0.5 * np.sum(frozen.sum(axis=1) ** 2 - np.sum(frozen**2, axis=1), axis=1)
    given = machine.layers[-1](score[:, np.newaxis]).numpy()
    return likes.log_loss(test["liked"], like_probability(given))


# %%
bias_layers = [machine.get_layer(f"{name}_biases").output for name in ALL_FIELDS]
biases_of = keras.Model(machine.inputs, bias_layers).predict(
    training.model_inputs(test), batch_size=8192, verbose=0
)
biases_of = np.hstack(biases_of)
biases = biases_of.sum(axis=1)
usual = here.loc["all fields", "log_loss"]
price = pd.Series(
    [log_loss_without(place) - usual for place in range(len(ALL_FIELDS))], ALL_FIELDS
).sort_values()
figure, axes = plt.subplots(figsize=(7, 3.6))
axes.barh(price.index, price, color=ORANGE)
axes.set(title="Log loss added when a field says nothing", xlabel="increase of the log loss")
show(
    figure,
    "Increase of the log loss for each field that is silenced. The two bags cost most, then the "
    "user; sex and popularity cost next to nothing.",
)

# %% [markdown]
# The two bags cost most, then the user, whose bias tells the generous from the strict. Sex and
# popularity cost nothing: what they know, other fields know as well.
#
# ### Pairs that cannot choose a film
#
# Look again at a pair such as user with rated films, or age with occupation: both fields tell of
# the *user*. For one user such a pair has the same value for every film. It can shift all of this
# user's films up or down, which the bias of the user does already; it can never change their order.
# Two fields of the film say the same thing to every user, and so does the bias of the film. Only
# pairs **across** can say that *this* user will like *that* film. **Predict:** what if we keep
# those alone?


# %% shows="utils.units.factorization_machines.models.cross_products"
def cross_products(vectors, of_user):
    of_user = np.array(of_user, dtype="float32")[:, np.newaxis]
    return ops.sum(vectors * of_user, axis=1) * ops.sum(vectors * (1 - of_user), axis=1)


# %%
of_user = [field.index == "user_index" for field in fields]
one_user = (test["user_index"] == test["user_index"].mode()[0]).to_numpy()
parts = {"two fields of the user": np.outer(of_user, of_user)}
parts["two fields of the film"] = np.outer(np.invert(of_user), np.invert(of_user))
moves = {
    name: 0.5 * np.sum(contributions[one_user] * part * (1 - np.eye(10)), axis=(1, 2))
    for name, part in parts.items()
}
moves["across"] = np.sum(cross_products(vectors[one_user], of_user), axis=1)
print(f"standard deviation over {one_user.sum()} films of one user:")
print(pd.DataFrame(moves).std().round(3).to_string())

# %% [markdown]
# As it must be, the first kind does not move at all. Trained anew with the pairs across alone:

# %% tags=["nbval-check-output"]
num_across = sum(of_user) * (len(fields) - sum(of_user))
print(f"{num_across} of {len(fields) * (len(fields) - 1) // 2} pairs of fields are across")
names = ["FM, all fields", "FM, pairs across"]
print(of_stars.loc[names, ["rmse"]].join(of_likes.loc[names, metrics[:3]]).to_string())

# %% [markdown]
# Better on every count, with fewer pairs. The pairs inside one side are useless at best, and they
# pull on the same vectors: what would serve a film well must also serve the meetings that only
# shift a user up and down. "Every pair" is a fine default when nothing is known about the columns.
# Here something is: a recommendation needs both sides. Unit 08 starts from there, and sums each
# side before it multiplies.
#
# How good is that? The best library that we have tried on these rows, with much the same fields, is
# myFM. It draws all vectors anew a hundred times or more from their distribution (Gibbs sampling)
# and averages the answers, where we descend to one set of vectors.

# %% tags=["nbval-check-output"]
compared = results.load_comparison("E3").set_index("model")
best_of_myfm = compared[compared["library"] == "myFM"].nsmallest(1, "log_loss")
print(best_of_myfm[["auc", "log_loss"]].round(4).to_string())

# %% [markdown]
# The two are level: less than a thousandth apart in both columns.
#
# ## A vector for each field
#
# One vector must serve all meetings: with a film, with an age, with a decade. A **field-aware**
# factorization machine (Juan and others, 2016) gives each column a vector for every field it may
# meet. With $f_i$ the field of column $i$:
#
# $$\sum_{i<j} (v_{i,f_j} \cdot v_{j,f_i})\, x_i x_j$$
#
# Mind the indices: column $i$ takes the vector for the *other's* field.

# %% tags=["nbval-check-output"]
of_columns = np.array([0, 1, 2])  # three columns, each in a field of its own
aware = generator.normal(size=(3, 3, 2)).round(1)
for i, j in ((0, 1), (0, 2), (1, 2)):
    one, two = aware[i, of_columns[j]], aware[j, of_columns[i]]
    print(f"column {i} for field {j}: {one}, column {j} for field {i}: {two}, {one @ two:.2f}")
print(f"sum: {pairs.field_pair_sum(np.ones(3), of_columns, aware):.2f}")

# %% [markdown]
# Two checks. With one field there is one vector per column: the plain machine. And with many fields
# but equal vectors for all of them, the same.

# %% tags=["nbval-check-output"]
plain = pairs.pair_sum(np.ones(3), aware[:, 0])
one_field = pairs.field_pair_sum(np.ones(3), np.zeros(3, int), aware[:, :1])
equal = pairs.field_pair_sum(np.ones(3), of_columns, aware[:, :1].repeat(3, axis=1))
print(f"plain {plain:.3f}, one field {one_field:.3f}, equal vectors {equal:.3f}")


# %% shows="utils.units.factorization_machines.models.field_aware_products"
def field_aware_products(vectors):
    products = vectors * ops.swapaxes(vectors, 1, 2)
    is_pair = np.triu(np.ones(products.shape[1:3], dtype="float32"), k=1)
    return ops.sum(products * is_pair[:, :, np.newaxis], axis=(1, 2))


# %% [markdown]
# `vectors` has four axes: the batch, the field, the field it meets, the numbers. Swapping the two
# fields puts the two vectors of a pair on top of each other; `np.triu` keeps each pair once. There
# is no square to complete here: every pair has vectors of its own, so every pair must be looked at.

# %% tags=["nbval-check-output"]
size = on_random.groupby("model")[["parameters", "processor_seconds"]].mean()
names = ["FM, all fields", "FFM, all fields"]
table_of = of_stars.loc[names, ["rmse"]].join(of_likes.loc[names, ["auc", "log_loss"]])
print(table_of.join(size["parameters"].astype(int)).to_string())

# %% [markdown]
# Worse here, with more numbers to learn. The vectors are short (four numbers instead of 32, or the
# table would not be affordable), and each must be learned from the meetings with one field alone.
# Field-aware machines won contests on click logs with many millions of rows. We have 80,000.
#
# **Why do deep models not build on FFM?** DeepFM feeds the vectors of the machine into a
# network as well: one vector per column, shared by both parts. A field-aware machine has no *one*
# vector to share, and with vectors of the same length it would need ten times the table:

# %% tags=["nbval-check-output"]
for dim in (4, 32):
    counts = pairs.count_parameters(len(row), len(fields), dim)
    print(f"vectors of {dim:>2} numbers: FM {counts['FM']:>9,}, FFM {counts['FFM']:>9,}")

# %% [markdown]
# ## The future
#
# All this was on a random split. On the **temporal** split of unit 06 the newest fifth is to be
# predicted, and most of its users are new. An id without ratings has the vector it started with,
# close to zero, and its bag is empty; age and occupation are known.

# %% tags=["nbval-check-output"]
on_temporal = runs[runs["split"] == "temporal"]
columns = ["rmse", "warm", "cold_users", "auc", "log_loss"]
print(results.mean_and_spread(on_temporal, ["model"], columns).to_string())

# %% [markdown]
# On warm rows all fields help even more than on the random split. For new users they draw level
# with the biases; ids alone fall behind them. So over all rows the gain is small: most rows are of
# users about whom age and occupation are all we know. Unit 08 takes such users, and films, apart.
#
# ## Takeaways
#
# - A row of columns describes any example. A weight per column is a linear model; a vector per
#   column gives every pair a weight as well.
# - Half of (square of the sum minus sum of the squares): all pairs for the price of the columns.
# - Matrix factorization is the machine with two fields. With a bag it is SVD++ and some pairs more.
# - Nobody writes zeros: an id is a look-up, a field a sum of vectors.
# - Learn the whole rating, even if only "liked" is asked.
# - AUC within users, log loss and calibration each see something else.
# - Pairs of two facts about the user cannot choose a film. Know your columns before you multiply
#   all.
# - A vector for each field multiplies the table by the number of fields. It takes data to fill it.
#
# ## Questionnaire
#
# <details><summary>Why does a pair that never occurs in training still get a sensible
# weight?</summary>Its weight is a dot product of two vectors, and each of them was learned from
# other pairs.</details>
#
# <details><summary>Somebody sums over all i and j and takes half of it. What is
# wrong?</summary>Each column has met itself: half of the sum of the squares is left over.</details>
#
# <details><summary>The row holds only ones and zeros. May one forget to square the numbers in the
# second sum?</summary>With ones it does not matter, with a bag or a popularity it does.</details>
#
# <details><summary>Which pairs does SVD++ lack, of those of user, film and rated
# films?</summary>User with rated films, and rated films with each other.</details>
#
# <details><summary>Why can age with occupation not change the order of two films?</summary>For one
# user the pair has the same value for both films.</details>
#
# <details><summary>A model has a high AUC and a user AUC near that of a film's share of likes. What
# does it know?</summary>Who gives many likes. For choosing among films for one user, that is of no
# use.</details>
#
# <details><summary>Why has the field-aware sum no identity?</summary>The vector of a column depends
# on the field of its partner, so there is no one sum to be squared.</details>
#
# ## Going further
#
# - S. Rendle, ["Factorization Machines"](https://doi.org/10.1109/ICDM.2010.127), 2010.
# - S. Rendle, ["Factorization Machines with libFM"](https://doi.org/10.1145/2168752.2168771), 2012:
#   learning without a learning rate, by Gibbs sampling.
# - Y. Juan, Y. Zhuang, W. Chin, C. Lin, ["Field-aware Factorization Machines for CTR
#   Prediction"](https://doi.org/10.1145/2959100.2959134), 2016.
# - J. Pan and others, ["Field-weighted Factorization Machines for Click-Through Rate Prediction in
#   Display Advertising"](https://arxiv.org/abs/1806.03514), 2018: one learned number for each pair
#   of fields.
