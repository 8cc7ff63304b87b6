# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Lab 09 Wide and deep
#
# **Goals.** You will cross two columns by hashing and count what that costs, sum the logits of a
# wide and a deep part, let a factorization machine and a network read the same vectors, multiply
# columns inside a network, share out variables between two optimizers, and repair a model with
# four mistakes.
#
# **Before you start:** the lecture of unit 09. **Time:** 75 minutes.
#
# Each exercise is a function to complete: replace `raise NotImplementedError()` by your code. The
# cell below it checks your function and tells you what it found. `check.hint("name")` gives a
# hint. If you get stuck, go on: the lab then uses the course's own function.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import zlib

import keras
import keras_rs
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers, ops

from utils import evaluation, movielens
from utils.checks import wide_and_deep as check
from utils.plotting import BLUE, ORANGE, VERMILION, show
from utils.units.wide_and_deep import click_log, crosses, models, settings, training

# %% [markdown]
# ## 1. A bin for every pair
#
# A cross of two columns has a weight for each *pair* of values. There are too many pairs to number
# them all, so a hash gives each pair one of `num_bins` bins. The hash here is `zlib.crc32` of a
# text: the first value, `_X_`, the second value.

# %% tags=["nbval-check-output"]
for text in ("3_X_17", "3_X_18", "31_X_7"):
    print(text, zlib.crc32(text.encode()), zlib.crc32(text.encode()) % 10)

# %% [markdown]
# The last number is the bin, if there are 10: the remainder. `HashedCrossing` of Keras does the
# same with another hash.
#
# Two *different* pairs in one bin **collide**: they share a weight. Count the pairs to which that
# happens. A pair that comes in several rows counts once.
#
# Example: three different pairs, A, B and C, lie in the bins 4, 4 and 9. A and B collide:
# `num_collisions` is 2, however often each of them comes.


# %% exercise="cross_columns"
import zlib


def cross_columns(first, second, num_bins):
    """Give each row the bin of its pair, and count the pairs that share their bin.

    Args:
        first, second: int arrays (n,), two columns of the same n rows.
        num_bins: int.

    Returns:
        (bins, num_collisions): int array (n,), the remainder of crc32("first_X_second") for each
        row; int, how many different pairs share their bin with another pair.
    """
    ### BEGIN SOLUTION
    pairs = [f"{a}_X_{b}" for a, b in zip(first, second, strict=True)]
    bin_of = {pair: zlib.crc32(pair.encode()) % num_bins for pair in pairs}
    sizes = np.bincount(list(bin_of.values()))  # different pairs: the dict holds each of them once
    return np.array([bin_of[pair] for pair in pairs]), sizes[sizes > 1].sum()
    ### END SOLUTION


# %% check="cross_columns" points=2
check.cross_columns()

# %% [markdown]
# Real pairs now: the occupation of a user and a film, as they occur among the training ratings.
# With as many bins as pairs a bit more than a third of them are alone, says the lecture.
# **Predict:** and with twice as many bins?

# %%
data = movielens.load("100k")
train, _ = evaluation.split_random(data.ratings, seed=0)
occupations = data.users["occupation"].astype("category").cat.codes.to_numpy(int)
columns = np.column_stack([occupations[train["user_index"]], train["item_index"]])
pairs, num_rows = np.unique(columns, axis=0, return_counts=True)
for num_bins in (len(pairs), 2 * len(pairs)):
    count = int(check.to_numpy(cross_columns(*pairs.T, num_bins)[1]))
    expected = crosses.expected_collisions(len(pairs), num_bins)
    print(
        f"{len(pairs):,} pairs, {num_bins:,} bins: {1 - count / len(pairs):.0%} are alone,", end=" "
    )
    print(f"{1 - expected / len(pairs):.0%} by chance")

# %% [markdown]
# Does a collision do harm? Look at the rows. The weight of a bin follows all rows in it, so a pair
# with less than half of them is *overruled*. Draw the share of pairs that collide, and the share of
# rows whose pair is overruled.

# %%
grid = np.array([5_000, 10_000, 20_000, 50_000, 100_000, 200_000])
collide, overruled = [], []
for num_bins in grid:
    bins, count = map(check.to_numpy, cross_columns(*pairs.T, int(num_bins)))
    of_bin = np.bincount(bins, num_rows)[bins]  # rows in the bin of each pair
    collide.append(int(count) / len(pairs))
    overruled.append(num_rows[num_rows < of_bin / 2].sum() / num_rows.sum())
pd.DataFrame({"pairs that collide": collide, "rows overruled": overruled}, grid).round(2)

# %%
figure, axes = plt.subplots()
axes.plot(grid, collide, color=BLUE, marker="o", label="pairs that collide")
axes.plot(grid, overruled, color=VERMILION, marker="s", label="rows overruled")
axes.axvline(len(pairs), color=ORANGE, linestyle=":", label="a bin for each pair")
axes.set(xscale="log", ylim=(0, 1.05), xlabel="bins", ylabel="share")
axes.set(title="Many collide, fewer are harmed")
axes.legend()
show(
    figure,
    "Two shares over the number of bins, from 5,000 to 200,000. Pairs that collide: from nearly "
    "all to less than a tenth. Rows whose pair is overruled: from about half to nearly none, with "
    "20,000 bins about a sixth.",
)

# %% [markdown] cites=["300", "80"]
# **In words:** two pairs share a bin. One comes in 300 rows, of which 80% are likes; the other in
# three rows without a like. What does the weight of the bin say, and to whom does the collision do
# harm? Why does the curve of the rows lie so far below that of the pairs, and what does even that
# curve not see?

# %% [markdown] words="who_is_harmed" points=3 cites=["80"]
# The weight follows the rows, and nearly all of them belong to the first pair: it says "80%". The
# first pair hardly notices. The second one is told the taste of a stranger, and its own three rows
# cannot speak against it. In most collisions a pair with many rows overrules one with few, and few
# rows are lost: so the curve of the rows is lower. It does not see whether the two pairs differ.
# Two pairs of the same taste may share a weight and lose nothing.
#
# **Rubric.** One point: the weight is that of the frequent pair, and the rare pair is harmed. One
# point: the overruled pairs are the rare ones, so they hold few of the rows. One point: the curve
# does not see how much the tastes of the two pairs differ (or that both lose a little where both
# have as many rows). "Collisions are bad" or "take more bins" alone earns nothing.

# %% [markdown]
# ## 2. One sigmoid
#
# The wide part says a logit, the deep part says a logit. How do two opinions become one
# probability? Three ways, for a wide part that is sure and a deep part that is not:

# %% tags=["nbval-check-output"]
wide, deep = np.array([3.0, 3.0, 3.0]), np.array([-1.0, 0.0, 3.0])
for name, p in {
    "one sigmoid of the sum": ops.sigmoid(wide + deep),
    "average of two": (ops.sigmoid(wide) + ops.sigmoid(deep)) / 2,
    "sum of two": ops.sigmoid(wide) + ops.sigmoid(deep),
}.items():
    print(f"{name:22}", check.to_numpy(p).round(2))

# %% [markdown]
# A logit of zero means "I do not know". In the sum it changes nothing; in the average it takes
# half of what the other part knows. And two parts that agree should be surer than one.
#
# Build the model of the first line. The wide part is one weight for each bin of a cross, zero
# before training. The deep part has one hidden layer of `width` units, with an activation, and
# ends in one logit:
#
# $$p = \sigma\big(w_{\text{bin}} + \text{deep}(x)\big)$$


# %% exercise="build_joint"
def build_joint(num_bins, num_columns, width):
    """Build a wide and a deep part whose logits are summed in one sigmoid.

    Args:
        num_bins: int, weights of the wide part; they start at zero.
        num_columns: int, size of the input of the deep part.
        width: int, units of the hidden layer of the deep part.

    Returns:
        keras.Model that maps [bins, features], an int array (batch,) and a float array
        (batch, num_columns), to probabilities (batch, 1). It need not be compiled.
    """
    ### BEGIN SOLUTION
    bins, features = keras.Input((), dtype="int32"), keras.Input((num_columns,))
    wide = layers.Embedding(num_bins, 1, embeddings_initializer="zeros")(bins)
    hidden = layers.Dense(width, activation="relu")(features)
    deep = layers.Dense(1)(hidden)
    return keras.Model([bins, features], ops.sigmoid(wide + deep))
    ### END SOLUTION


# %% check="build_joint" points=3
check.build_joint()

# %% [markdown]
# Back to the click log of the lecture: a rule for all pairs of an occupation and a film, an
# exception for each occupation, and pairs that were never shown. The deep part gets one column for
# each occupation and each film; the bins come from your hash.

# %%
log = click_log.make_click_log(seed=0)
every_pair = click_log.all_pairs(log)
num_occupations, num_films = log.chances.shape


def index_of(rows):
    return [rows[name].to_numpy("int32") for name in ("user_index", "item_index")]


def inputs_of(rows, num_bins):
    occupation, film = index_of(rows)
    bins = check.to_numpy(cross_columns(occupation, film, num_bins)[0])
    return [bins, np.hstack([np.eye(num_occupations)[occupation], np.eye(num_films)[film]])]


# %%
def fit(model, inputs):
    model.compile(keras.optimizers.Adam(0.03), "binary_crossentropy", steps_per_execution=10)
    model.fit(inputs, log.train["clicked"].to_numpy(), batch_size=2_000, epochs=10, verbose=0)


def judge(model, inputs):
    chances = check.to_numpy(model(inputs)).reshape(log.chances.shape)
    return click_log.judge(log, chances)


# %% [markdown] quotes=["20,000"] cites=["1,200"]
# What do collisions cost? Train with 50 and with 20,000 bins for the 1,200 pairs. The numbers
# are how far the log loss lies above that of the true chances: 0 is perfect. **Predict:** who gains
# from more bins, the exceptions, the other pairs seen in training, or the pairs never shown?

# %%
results = {}
for num_bins in (50, 20_000):
    keras.utils.set_random_seed(0)
    model = build_joint(num_bins, num_occupations + num_films, 16)
    fit(model, inputs_of(log.train, num_bins))
    results[f"{num_bins:,} bins"] = judge(model, inputs_of(every_pair, num_bins))
pd.DataFrame(results).T.round(3)

# %% [markdown] tags=["solution"]
# The exceptions gain: no rule foretells them, and with few bins they share a weight with pairs that
# follow the rule. The pairs never shown gain nothing: no row ever moved a weight of theirs. This is
# one seed.

# %% [markdown]
# ## 3. The same vectors, read twice
#
# DeepFM has no crosses. Its first part is a factorization machine: a bias for each value of each
# field, and the dot product of each pair of fields. Its second part is a network that reads **the
# very same vectors**, side by side. Again the two logits are summed:
#
# $$p = \sigma\Big(\sum_f b_f + \sum_{f<g} v_f \cdot v_g + \text{net}(v_1, v_2, \dots)\Big)$$
#
# Example: `build_shared([5, 8, 6], 4, 11)` has 19 biases, 19 vectors of 4 numbers, a hidden layer
# of 12 x 11 + 11 weights and a last layer of 11 + 1. A second set of vectors would be a mistake.


# %% exercise="build_shared"
def build_shared(sizes, dim, width):
    """Build a factorization machine and a network that read the same vectors, logits summed.

    Args:
        sizes: list of ints, how many values each field has; at least two fields.
        dim: int, the length of the vectors.
        width: int, units of the one hidden layer of the network, which has an activation.

    Returns:
        keras.Model that maps a list of int arrays (batch,), one for each field, to probabilities
        (batch, 1). It need not be compiled.
    """
    ### BEGIN SOLUTION
    inputs = [keras.Input((), dtype="int32") for _ in sizes]
    vectors, score = [], 0.0
    for index, size in zip(inputs, sizes, strict=True):
        vectors.append(layers.Embedding(size, dim)(index))  # looked up once, read twice
        score = score + layers.Embedding(size, 1)(index)
    total, squares = sum(vectors), sum(vector**2 for vector in vectors)
    score = score + ops.sum(0.5 * (total**2 - squares), axis=1, keepdims=True)
    hidden = layers.Dense(width, activation="relu")(layers.Concatenate()(vectors))
    return keras.Model(inputs, ops.sigmoid(score + layers.Dense(1)(hidden)))
    ### END SOLUTION


# %% check="build_shared" points=3
check.build_shared()

# %% [markdown]
# How much of the work does the network do? Train the model, then **silence** its network: set the
# last layer to zero, so that only the factorization machine speaks. Beside it, a machine that was
# trained without a network from the start. **Predict:** which of the two machines is better?


# %%
def silence(model):
    for variable in model.weights:
        if tuple(variable.shape) in ((16, 1), (1,)):  # the last layer of a network of 16 units
            variable.assign(np.zeros(variable.shape))
            variable.trainable = False


# %%
both, alone = (build_shared([num_occupations, num_films], 8, 16) for _ in range(2))
fit(both, index_of(log.train))
results = {"DeepFM": judge(both, index_of(every_pair))}
silence(both)
results["its FM, the network silenced"] = judge(both, index_of(every_pair))
silence(alone)
fit(alone, index_of(log.train))
results["an FM trained alone"] = judge(alone, index_of(every_pair))
pd.DataFrame(results).T.round(3)

# %% [markdown]
# **In words:** one might read the first two rows as "so much is the network worth". Why is that
# wrong, and what does the third row say?

# %% [markdown] words="silenced" points=2
# The two parts were trained together: each learned what the other one left over, and the vectors
# were moved by both. Without the network the machine lacks what it never had to learn. The first
# two rows show what this machine misses, not what a machine could do. The third row is the fair
# comparison: a machine that had to do all the work. The network is worth the difference between the
# first row and the third.
#
# **Rubric.** One point: parts trained jointly rely on each other, so taking one away is not the
# same as training without it. One point: the network's worth is the first row against the third.
# "The network is more important than the FM" earns nothing.

# %% [markdown]
# ## 4. Multiply inside a network
#
# A cross layer multiplies the input of the network into what the layer before has made:
#
# $$x_{l+1} = x_0 \odot (x_l W_l + b_l) + x_l$$
#
# $\odot$ multiplies number by number. Write the whole chain of layers. Rows are multiplied from
# the left, as Keras does: `x @ kernel`.
#
# Example: one column, `x0 = [[2.0]]`, a kernel of `[[3.0]]` and a bias of `[1.0]` give
# `2 * (2 * 3 + 1) + 2 = 16`. A second layer with the same numbers gives `2 * (16 * 3 + 1) + 16`.


# %% exercise="cross_network"
def cross_network(x0, kernels, biases):
    """Apply cross layers one after the other.

    Args:
        x0: array (batch, n), the input of the first layer, and a factor in every layer.
        kernels: list of arrays (n, n), one for each layer.
        biases: list of arrays (n,), one for each layer.

    Returns:
        array (batch, n), the output of the last layer.
    """
    ### BEGIN SOLUTION
    x = x0
    for kernel, bias in zip(kernels, biases, strict=True):
        x = x0 * (ops.matmul(x, kernel) + bias) + x
    return x
    ### END SOLUTION


# %% check="cross_network" points=2
check.cross_network()

# %% [markdown]
# `FeatureCross` of `keras_rs` is such a layer. Copy its weights: do both chains give the same?

# %%
generator = np.random.default_rng(0)
x0 = generator.normal(size=(6, 4)).astype("float32")
chain = [keras_rs.layers.FeatureCross(bias_initializer="ones") for _ in range(3)]
output = x0
for layer in chain:
    output = layer(x0, output)
kernels, biases = zip(*[layer.get_weights() for layer in chain], strict=True)
ours = check.to_numpy(cross_network(x0, list(kernels), list(biases)))
print(f"largest difference: {np.abs(ours - check.to_numpy(output)).max():.6f}")

# %% [markdown]
# **Predict:** multiply a row by a number $t$ and look at one output as a function of $t$. It is a
# polynomial. Of which degree, after one, two and three layers?

# %%
t = np.linspace(-1, 1, 21)
for num_layers in (1, 2, 3):
    along = cross_network(t[:, np.newaxis] * x0[0], kernels[:num_layers], biases[:num_layers])
    values = check.to_numpy(along)[:, 0]
    misfits = [np.std(values - np.polyval(np.polyfit(t, values, d), t)) for d in range(1, 6)]
    degree = 1 + int(np.argmax(np.array(misfits) < 1e-5))
    print(f"{num_layers} layers: a polynomial of degree {degree}")

# %% [markdown]
# ## 5. Two optimizers
#
# The paper trains the wide part with FTRL and the deep part with AdaGrad. Each optimizer needs a
# list of its variables. Go by the names of layers: the variables of the layers in `wide_layers` are
# wide, all other ones deep. Only what is trained belongs in a list.
#
# Example: a model has the layers `crosses`, `hidden` and `logit`. With
# `wide_layers = ["crosses"]` the wide list holds one variable, the deep list four: two kernels and
# two biases.


# %% exercise="split_by_layer"
def split_by_layer(model, wide_layers):
    """Share out the trained variables of a model between two lists.

    Args:
        model: keras.Model; a layer may be frozen, or be a model itself.
        wide_layers: list of str, names of some of the layers in `model.layers`.

    Returns:
        (wide, deep), two lists of keras variables: those of the named layers, and all other ones.
    """
    ### BEGIN SOLUTION
    wide, deep = [], []
    for layer in model.layers:
        part = wide if layer.name in wide_layers else deep
        part.extend(layer.trainable_variables)
    return wide, deep
    ### END SOLUTION


# %% check="split_by_layer" points=2
check.split_by_layer()

# %% [markdown]
# Your lists at work, on the wide and deep model of the lecture. FTRL with L1 leaves a weight at
# zero that does not earn its price. **Predict:** which pairs get a weight that is not zero?

# %%
fields = click_log.make_click_fields()
model = models.build_wide_and_deep(
    fields, [tuple(fields)], ops.sigmoid, **settings.CLICKS["wide + deep, no L1"]
)
ftrl = keras.optimizers.Ftrl(**settings.FTRL)
model = training.TwoOptimizers(model.inputs, model.outputs, ftrl)
wide, deep = split_by_layer(model, ["occupation_biases", "film_biases", "occupation_film_cross"])
for name, part in {"wide": wide, "deep": deep}.items():
    print(name, [variable.path for variable in part])

# %%
model.wide_variables, model.deep_variables = list(wide), list(deep)
adagrad = keras.optimizers.Adagrad(**settings.ADAGRAD)
model.compile(adagrad, "binary_crossentropy", steps_per_execution=10)
clicked = log.train["clicked"].to_numpy("float32")[:, np.newaxis]
model.fit(index_of(log.train), clicked, batch_size=1_000, epochs=10, verbose=0)
weights = model.get_layer("occupation_film_cross").get_weights()[0].ravel()
of_pairs = weights[crosses.cross_index(*index_of(every_pair), settings.NUM_BINS)]
is_used = of_pairs.reshape(log.chances.shape) != 0
kinds = {
    "exceptions": log.is_exception,
    "other pairs seen": log.is_shown & ~log.is_exception,
    "pairs never shown": ~log.is_shown,
}
for name, part in kinds.items():
    print(f"{name}: {is_used[part].sum()} of {part.sum()} have a weight")

# %% [markdown]
# **In words:** a colleague's split forgets one bias and puts one kernel into both lists. The loss
# still falls. What happens to the two variables in a step, why does the loss not tell, and how
# would you notice?

# %% [markdown] words="lost_and_doubled" points=3
# The bias that is in no list keeps its first value: nobody moves it. The kernel in both lists is
# moved twice in each step, by two optimizers with rates of their own. The loss falls because
# the other variables learn, and partly make up for it. One notices by counting: both lists
# together must hold each trainable variable once. Or one compares the variables before and after a
# step.
#
# **Rubric.** One point: the lost variable stays as it is, and the doubled one takes two steps. One
# point: the others go on learning, so that the loss falls. One point for a test that would find
# both: counting against `model.trainable_variables`, or comparing values before and after a step.
# "Look at the loss" or "look at the accuracy" earns nothing.

# %% [markdown]
# ## 6. Find the bugs
#
# A colleague's model for clicks. `crosses` holds a 1 for each cross that a row has; the deep part
# reads `features`, has one hidden layer and drops half of its units in training. It runs, the loss
# falls, and it holds **four mistakes**.


# %%
def build_click_model_with_bugs(num_crosses, num_columns, width):
    crosses, features = keras.Input((num_crosses,)), keras.Input((num_columns,))
    hidden = layers.Dense(width)(features)
    kept = layers.Dropout(0.5)(layers.Concatenate()([crosses, hidden]))
    wide = layers.Dense(1, activation="sigmoid", use_bias=False)(kept[:, :num_crosses])
    deep = layers.Dense(1, activation="sigmoid")(kept[:, num_crosses:])
    model = keras.Model([crosses, features], (wide + deep) / 2)
    model.compile("adam", loss=keras.losses.BinaryCrossentropy(from_logits=True))
    return model


# %% [markdown]
# Write it again without the mistakes; start from a copy. It should return the probability of a
# click, and be compiled with a loss that knows it.


# %% exercise="build_click_model"
def build_click_model(num_crosses, num_columns, width):
    """Build and compile a wide part and a deep part with dropout, joined in one probability.

    Args:
        num_crosses: int, columns of the wide part, which gives each of them one weight.
        num_columns: int, columns of the deep part.
        width: int, units of the hidden layer of the deep part; half of them drop in training.

    Returns:
        keras.Model that maps [crosses, features], float arrays (batch, num_crosses) and
        (batch, num_columns), to probabilities (batch, 1). Compiled with the cross-entropy.
    """
    ### BEGIN SOLUTION
    crosses, features = keras.Input((num_crosses,)), keras.Input((num_columns,))
    hidden = layers.Dense(width, activation="relu")(features)  # without it, two linear layers
    kept = layers.Dropout(0.5)(hidden)  # of the deep part alone
    wide = layers.Dense(1, use_bias=False)(crosses)
    deep = layers.Dense(1)(kept)
    model = keras.Model([crosses, features], ops.sigmoid(wide + deep))  # logits are summed
    model.compile("adam", loss=keras.losses.BinaryCrossentropy())  # of a probability
    return model
    ### END SOLUTION


# %% check="build_click_model" points=3
check.build_click_model()

# %% [markdown]
# Why did nobody see it? The loss of such a model falls. Bugs like these show where you know the
# answer: set all weights to zero, and the weight of one cross to 3. **Predict:** what should the
# model say to a row with that cross, after training and with `training=True`? And what should the
# loss be if it says 0.99 and the click comes?

# %%
row = [np.ones((1_000, 1)), np.zeros((1_000, 1))]  # a thousand times the same
results = {}
for name, build in (("with bugs", build_click_model_with_bugs), ("repaired", build_click_model)):
    model = build(1, 1, 2)
    for variable in model.weights:
        variable.assign(np.full(variable.shape, 3.0 if variable.shape == (1, 1) else 0.0))
    in_training = check.to_numpy(model(row, training=True))
    results[name] = {
        "says": check.to_numpy(model(row)).mean(),
        "in training, lowest": in_training.min(),
        "in training, highest": in_training.max(),
        "loss": float(model.compute_loss(y=np.ones((1, 1)), y_pred=ops.full((1, 1), 0.99))),
    }
pd.DataFrame(results).T.round(2)

# %% [markdown] tags=["solution"]
# The average cannot say what the wide part knows, in training the cross comes and goes, and the
# second sigmoid makes a nearly perfect answer costly. The missing activation shows in none of these
# numbers: all features are zero here. Each bug needs a test that it can fail.

# %% [markdown]
# ## What is done, what is open

# %%
check.summary()
