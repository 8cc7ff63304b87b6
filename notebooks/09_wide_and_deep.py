# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 09 Wide & deep
#
# Most of what a recommender needs are rules: whoever likes *Alien* likes *Blade Runner*. But there
# are exceptions. Librarians click one action film, always, and no rule foretells which. Rules
# carry over to what was never seen; exceptions must be learned by heart. Can one model do both?
#
# **Goals.** You will
# - give each pair of two columns a weight of its own, by hashing, and count what collides,
# - see on data with known truth what the wide part knows, what the deep part knows, and what both
#   know together,
# - find out why their scores are added before the sigmoid, and trained together,
# - write a training step with two optimizers,
# - build DeepFM and DCN, two ways to multiply features inside a network,
# - turn a probability into a decision, and pay for a wrong threshold.
#
# **Before you start:** units 01 (embeddings) and 07 (factorization machines). **Time:** 50 minutes
# to read, one minute to run. **Data:** a generated click log, then MovieLens-100K.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import keras
import keras_rs
import numpy as np
import pandas as pd
from keras import layers, ops

from utils import likes, results, training
from utils.blocks import fixed_table
from utils.figures import wide_and_deep as figures
from utils.plotting import BLUE, GREEN, show
from utils.units.factorization_machines.models import build_fm, embed_fields, pair_products
from utils.units.wide_and_deep import click_log, settings
from utils.units.wide_and_deep.crosses import count_collisions, expected_collisions
from utils.units.wide_and_deep.decisions import THRESHOLDS
from utils.units.wide_and_deep.ensembles import sum_logits
from utils.units.wide_and_deep.training import loss_gradients, split_variables

# %% [markdown]
# ## A log with a rule and with exceptions
#
# A shop shows films and writes down who clicks. All it knows of a visitor is the occupation. On
# real data nobody knows the true chance of a click, so we make the log ourselves.
#
# - **The rule.** Occupations and films lie on a circle. The nearer, the likelier a click. That
#   holds for every pair.
# - **The exceptions.** Each occupation nearly always clicks one film from the far side.
#
# Only half of all pairs were ever shown when the log was written, the exceptions among them.

# %% tags=["nbval-check-output"]
log = click_log.make_click_log(seed=0)
shown = log.is_shown.sum()
print(f"{len(log.train):,} rows of {shown} of {log.chances.size:,} pairs: ", end="")
print(f"about {len(log.train) / shown:.0f} rows for a pair")
print(f"{log.is_exception.sum()} exceptions with a chance of {log.chances[log.is_exception][0]}")
print(f"mean chance of all others: {log.chances[~log.is_exception].mean():.2f}")

# %%
counts = log.train.pivot_table("clicked", "user_index", "item_index").reindex(
    index=range(click_log.NUM_OCCUPATIONS), columns=range(click_log.NUM_FILMS)
)
panels = {"the truth": log.chances, "share of clicks in the log": counts.to_numpy()}
show(*figures.heat_maps(panels, log.is_exception, figsize=(9, 5.2)))

# %% [markdown] cites=["943", "1,682", "1.6"]
# The slanted band is the rule; it comes in again at the other side, since a circle has no end. The
# framed cells are the exceptions. White cells were never shown.
#
# **Predict:** one model learns a weight for each cell, another learns a vector for each occupation
# and each film. What will each of them say about a framed cell? About a white one?
#
# ## Wide: a weight for each pair
#
# A linear model has a weight for each occupation and one for each film (unit 07). It cannot say
# "this occupation *and* this film". A **cross** of two columns is exactly that AND: a column that
# is 1 if both are. Give each cross a weight, and the model can learn any table by heart.
#
# Here there are few crosses. With 943 users and 1,682 films there are 1.6 million, and with three
# columns nobody wants to number them. So a **hash** picks one of a fixed number of bins: mix the
# two numbers thoroughly, take the remainder.


# %% shows="utils.units.wide_and_deep.crosses.cross_index"
def cross_index(first, second, num_bins):
    crossing = layers.HashedCrossing(num_bins)
    if isinstance(first, keras.KerasTensor):
        return crossing([first, second])
    return np.asarray(crossing([np.asarray(first), np.asarray(second)]))


# %% tags=["nbval-check-output"]
print("occupations 0 to 4 with film 7:", cross_index(np.arange(5), np.full(5, 7), 1000))
print("the same again:                ", cross_index(np.arange(5), np.full(5, 7), 1000))
print("the columns swapped:           ", cross_index(np.full(5, 7), np.arange(5), 1000))
of_texts = layers.HashedCrossing(1000)([np.array(["0", "1"]), np.array(["7", "7"])])
print("as texts, 0 and 1:             ", of_texts.numpy())

# %% [markdown]
# `HashedCrossing` has no weights and learns nothing. The same pair always gets the same bin, in
# this program and in the next. But the order of the columns counts, and the *text* "7" is not the
# number 7: whoever trains with the one and serves with the other looks up wrong weights, and no
# error tells.
#
# Two pairs in one bin **collide**: they share a weight. **Predict:** 1,200 pairs, 1,200 bins. How
# many pairs have a bin for themselves?

# %% tags=["nbval-check-output"]
num_pairs = log.chances.size
shared = count_collisions(*log.chances.shape, num_pairs)
print(f"{num_pairs} pairs in {num_pairs} bins: {num_pairs - shared} alone, {shared} in shared bins")
print(f"expected: {expected_collisions(num_pairs, num_pairs):.0f} in shared bins")

# %% [markdown]
# Not even half are alone. A pair is alone if each of the other $n - 1$ pairs falls into one of
# the other bins. With $m$ bins:
#
# $$n \left(1 - \left(1 - \tfrac1m\right)^{n-1}\right) \approx n\,(1 - e^{-n/m})$$
#
# pairs share theirs. With as many bins as pairs that is the share $1 - 1/e$.

# %%
num_bins = 2 ** np.arange(6, 19)
counted_shares = [count_collisions(*log.chances.shape, bins) / num_pairs for bins in num_bins]
expected = [expected_collisions(num_pairs, bins) / num_pairs for bins in num_bins]
show(*figures.collisions(pd.Series(counted_shares, num_bins), pd.Series(expected, num_bins)))

# %% tags=["nbval-check-output"]
table = pd.DataFrame({"counted": counted_shares, "expected": expected}, num_bins)
print(table.loc[[1024, settings.NUM_BINS, 2**18]].round(3).to_string())

# %% [markdown]
# The hash is as good as chance. Ten bins for each pair leave a tenth of the pairs in shared bins;
# it takes many empty bins to keep collisions rare. We take `NUM_BINS` = 16,384.
#
# ### The wide part in Keras
#
# An embedding with one number per row is a table of weights. The code takes any two fields of
# unit 07: an id has one column, a field such as the genres several, and each of them is crossed.


# %% shows="utils.units.wide_and_deep.crosses.columns_of"
def columns_of(inputs, field, name):
    user, item = inputs
    index = user if field.index == "user_index" else item
    if field.rows is None:
        column = ops.expand_dims(index, axis=1)
        return column, ops.cast(ops.ones_like(column), "float32")
    numbers = fixed_table(field.rows, name)(index)
    places = ops.arange(field.num_columns, dtype="int32")
    return ops.zeros_like(numbers, dtype="int32") + places, numbers


# %% shows="utils.units.wide_and_deep.crosses.cross_score"
def cross_score(inputs, first, second, num_bins, cross_l1):
    name = f"{first.name}_{second.name}"
    left, x = columns_of(inputs, first, f"{name}_left")
    right, y = columns_of(inputs, second, f"{name}_right")
    left, x = ops.expand_dims(left, 2), ops.expand_dims(x, 2)
    right, y = ops.expand_dims(right, 1), ops.expand_dims(y, 1)
    pairs = [ops.reshape(left + 0 * right, (-1,)), ops.reshape(right + 0 * left, (-1,))]
    bins = ops.reshape(cross_index(*pairs, num_bins), (-1, left.shape[1], right.shape[2]))
    weights = layers.Embedding(num_bins, 1, "zeros", name=f"{name}_cross")(bins)
    told = layers.ActivityRegularization(l1=cross_l1)(weights[..., 0] * x * y)
    return ops.sum(told, axis=(1, 2))[:, np.newaxis]


# %% [markdown]
# `left + 0 * right` repeats each column of the one field beside each of the other. The weights
# start at zero: **a cross that never occurs in training says nothing.** Remember that.
#
# The wide part is the biases of the fields (unit 07) plus the crosses.


# %% shows="utils.units.wide_and_deep.models.wide_score"
def wide_score(inputs, biases, crosses, num_bins, cross_l1):
    for first, second in crosses:
        biases = biases + cross_score(inputs, first, second, num_bins, cross_l1)
    return biases


# %% shows="utils.units.wide_and_deep.models.build_wide"
def build_wide(fields, crosses, head, num_bins, bias_l2, column_l2, cross_l1):
    inputs, _, biases = embed_fields(fields, 1, 0.0, bias_l2, column_l2)
    return keras.Model(inputs, head(wide_score(inputs, biases, crosses, num_bins, cross_l1)))


# %% [markdown]
# ## Deep: a network on vectors
#
# The deep part knows no pairs. Each occupation and each film has a vector, and a network reads
# both side by side.


# %% shows="utils.units.wide_and_deep.models.deep_score"
def deep_score(vectors, widths, dropout):
    hidden = layers.Flatten()(vectors)
    for place, width in enumerate(widths):
        hidden = layers.Dense(int(width), "relu", name=f"hidden_{place}")(hidden)
        hidden = layers.Dropout(dropout)(hidden)
    return layers.Dense(1, name="deep_score")(hidden)


# %% shows="utils.units.wide_and_deep.models.build_deep"
def build_deep(fields, head, embedding_dim, widths, row_l2, column_l2, dropout):
    inputs, vectors, _ = embed_fields(fields, embedding_dim, row_l2, 0.0, column_l2)
    return keras.Model(inputs, head(deep_score(vectors, widths, dropout)))


# %% [markdown]
# ## Wide & deep: one sigmoid over the sum
#
# Both parts give a **score**. Wide & deep (Cheng and others, 2016) adds the two scores, and puts
# one sigmoid over the sum:
#
# $$p = \sigma(s_{\text{wide}} + s_{\text{deep}})$$

# %%
show(*figures.wide_and_deep())


# %% shows="utils.units.wide_and_deep.models.build_wide_and_deep"
def build_wide_and_deep(
    fields, crosses, head, num_bins, embedding_dim, widths, row_l2, bias_l2, column_l2, cross_l1,
    dropout,
):  # fmt: skip
    inputs, vectors, biases = embed_fields(fields, embedding_dim, row_l2, bias_l2, column_l2)
    wide = wide_score(inputs, biases, crosses, num_bins, cross_l1)
    deep = deep_score(vectors, widths, dropout)
    return keras.Model(inputs, head(wide + deep))


# %% [markdown]
# ## What each of them knows
#
# Three models, the same rows, the same 15 epochs. Each is then asked about **all** pairs, shown or
# not. Settings were chosen on validation rows of another log.

# %%
pairs = click_log.all_pairs(log)
occupation, film = click_log.make_click_fields()


def train_and_ask(model):
    """Train a model on the log; return its probabilities, (num_occupations, num_films)."""
    options = {**settings.FIT_CLICKS, "target": "clicked", "loss": "binary_crossentropy"}
    training.fit(model, log.train, **options)
    return training.predict(model, pairs).reshape(log.chances.shape)


# %%
parts = [occupation, film], [(occupation, film)]
wide_model = build_wide(*parts, ops.sigmoid, **settings.CLICKS["wide"])
wide = train_and_ask(wide_model)

# %%
deep = train_and_ask(build_deep(parts[0], ops.sigmoid, **settings.CLICKS["deep"]))

# %%
both_model = build_wide_and_deep(*parts, ops.sigmoid, **settings.CLICKS["wide + deep"])
both = train_and_ask(both_model)

# %% [markdown]
# **Predict** the three pictures before you look.

# %%
panels = {"the truth": log.chances, "wide": wide, "deep": deep, "wide & deep": both}
show(*figures.heat_maps(panels, log.is_exception, figsize=(9, 9)))

# %% [markdown]
# - **Wide** knows every exception. But it is a patchwork: a pair that was never shown gets what
#   its occupation and its film are worth on average, and the band breaks into pieces.
# - **Deep** has the band, also where nothing was ever shown. But the exceptions are pale, and
#   around some of them the picture is stained: to reach one cell, the network bends its whole
#   surface. The paper calls that over-generalizing.
# - **Wide & deep** has the band and the bright cells.
#
# How far from the truth is that? We know the true chance $p$, so we can compute by how much the
# expected log loss of a claim $q$ exceeds that of the truth: $p \log\frac pq + (1-p)
# \log\frac{1-p}{1-q}$. It is 0 for the truth alone.

# %%
answers = {"wide": wide, "deep": deep, "wide + deep": both}
here = pd.DataFrame({name: click_log.judge(log, answer) for name, answer in answers.items()}).T
here["claimed for exceptions"] = [answer[log.is_exception].mean() for answer in answers.values()]
print("excess of the log loss, one log:")
print(here.round(3).to_string())

# %% [markdown]
# Now over five seeds, each with a log of its own. A factorization machine with vectors of the same
# length joins in (unit 07).

# %% tags=["nbval-check-output"]
runs = results.load("09_wide_and_deep")
on_clicks = runs[runs["study"] == "clicks"]
metrics = ["all", "exceptions", "seen", "unseen"]
excess = results.mean_and_spread(on_clicks, ["model"], metrics)
print(excess.loc[["wide", "deep", "FM", "wide + deep"]].to_string())

# %%
names = {"exceptions": "excess on exceptions", "unseen": "excess on unseen pairs", "all": "on all"}
figure = figures.errors(on_clicks, names, ["wide", "FM", "deep", "wide + deep"], figures.COLORS)
show(
    figure,
    "Excess of the log loss of four models, bars of three standard deviations. Wide is good on "
    "exceptions and bad on unseen pairs, deep the other way round, both together are good at both.",
)

# %% [markdown]
# Read it column by column. On exceptions wide is best, on unseen pairs it is worst by far. Deep is
# the other way round, and so is the machine. Together they are best over all pairs, and on
# **unseen pairs better than the deep model alone**, although a cross says nothing there. How can
# that be? The crosses take the exceptions over, so the network need not bend around them.
#
# On exceptions the sum is not as good as wide alone. Its crosses pay a penalty (L1, see below),
# and what is paid for is a little too small.
#
# ## Why the scores are added
#
# "The two outputs are averaged": so wide & deep is often described. Take one exception, by hand.
# The rule says $-2$. What must the wide part say, so that the sum is right? And the average?


# %% tags=["nbval-check-output"]
def sigmoid(score):
    return 1 / (1 + np.exp(-score))


rule, target = -2.0, 0.95
needed = np.log(target / (1 - target)) - rule
print(f"added:    wide says {needed:6.2f}, the answer is {sigmoid(rule + needed):.2f}")
for score in (needed, 100.0):
    averaged = (sigmoid(rule) + sigmoid(score)) / 2
    print(f"averaged: wide says {score:6.2f}, the answer is {averaged:.2f}")

# %% [markdown]
# However loud the wide part gets, an average with a part that is sure of the contrary stays near a
# half. And on an unseen pair the average is pulled to a wide part that knows nothing; a score of 0
# in a sum is silent, a probability of one half in an average is not.
#
# There is a second choice. Two parts trained **together** share the work: the wide part need only
# learn what the deep part gets wrong. Two models trained **apart** each have to explain
# everything; added afterwards, they say everything twice. **Predict** the order of the four.

# %% tags=["nbval-check-output"]
ways = ["wide + deep", "average", "apart, averaged", "apart, summed"]
print(excess.loc[ways].to_string())

# %%
figure = figures.errors(on_clicks, names, ways, figures.COLORS)
show(
    figure,
    "Excess of the log loss of four ways to join a wide and a deep part. The sum of scores trained "
    "together is best on all pairs.",
)

# %% [markdown]
# - **Average**, even when trained together: exceptions are as pale as with deep alone.
# - **Apart, averaged**: half of a model that knows nothing about unseen pairs.
# - **Apart, summed**: good on exceptions, but look at the pairs seen in training. Both models have
#   learned the rule there, so the sum says it twice.
#
# ## Two optimizers
#
# The paper trains the wide part with FTRL and a penalty on the absolute size of the weights
# (**L1**), the deep part with AdaGrad. So far we had one Adam, with an L1 penalty on the crosses.
# In Keras two optimizers take a training step of our own. `loss_gradients` gives the loss of a
# batch, its gradient and the predictions; it is the one line of all this that must ask the
# backend.


# %% shows="utils.units.wide_and_deep.training.TwoOptimizers"
class TwoOptimizers(keras.Model):
    def __init__(self, inputs, outputs, wide_optimizer):
        super().__init__(inputs, outputs)
        self.wide_optimizer = wide_optimizer
        self.wide_variables, self.deep_variables = split_variables(self)
        self.wide_optimizer.build(self.wide_variables)

    def train_step(self, data):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        variables = [*self.wide_variables, *self.deep_variables]
        loss, gradients, y_pred = loss_gradients(self, x, y, sample_weight, variables)
        num_wide = len(self.wide_variables)
        self.wide_optimizer.apply(gradients[:num_wide], self.wide_variables)
        self.optimizer.apply(gradients[num_wide:], self.deep_variables)
        self.metrics[0].update_state(loss)
        return self.compute_metrics(x, y, y_pred, sample_weight)


# %% [markdown]
# `split_variables` puts biases and crosses on one side, all else on the other. One gradient, cut
# in two: the loss is still one loss of one sum.

# %%
ftrl_model = build_wide_and_deep(*parts, ops.sigmoid, **settings.CLICKS["wide + deep, no L1"])
ftrl_model = TwoOptimizers(
    ftrl_model.inputs, ftrl_model.outputs, keras.optimizers.Ftrl(**settings.FTRL)
)
adagrad = keras.optimizers.Adagrad(**settings.ADAGRAD)
ftrl_model.compile(adagrad, "binary_crossentropy", steps_per_execution=10)
inputs, clicked = training.model_inputs(log.train), log.train["clicked"].to_numpy("float32")
ftrl_model.fit(inputs, clicked, batch_size=500, epochs=15, verbose=0)
by_two = training.predict(ftrl_model, pairs).reshape(log.chances.shape)
pd.Series(click_log.judge(log, by_two)).round(3)

# %% [markdown]
# Is it the optimizers, or is it L1? Both ways, with and without. "Weights" counts the crosses
# whose weight is not (nearly) zero. **Predict:** without a penalty the wide part may learn
# whatever it likes. What becomes of the deep part?

# %% tags=["nbval-check-output"]
ways = ["wide + deep", "wide + deep, no L1", "two optimizers", "two optimizers, no L1"]
counted = results.mean_and_spread(on_clicks, ["model"], ["weights"], digits=0)
print(excess.loc[ways].join(counted.loc[ways]).to_string())

# %%
figure = figures.errors(on_clicks, names, ways, figures.COLORS)
show(
    figure,
    "Excess of the log loss with one Adam and with two optimizers, each with and without L1. With "
    "L1 both are good; without it both are bad on unseen pairs.",
)

# %% [markdown]
# It is L1. With it one Adam and the two optimizers are both good. Without it both are bad on
# unseen pairs: the two optimizers as bad as wide alone, one Adam no better than deep alone. The
# wide part learns by heart what it sees, rule and exception, and leaves the deep part little to
# learn a rule from. A penalty makes each cross pay. An exception earns it, a pair that follows the
# rule does not.
#
# Then why FTRL? It sets weights to exactly zero, and a weight of zero need not be stored. With
# billions of crosses that decides whether the model can be served at all. AdaGrad gives rare
# columns larger steps; Adam does much the same.
#
# ## DeepFM: one table for two parts
#
# Crosses are chosen by hand. A factorization machine multiplies all pairs by itself, and DeepFM
# (Guo and others, 2017) puts it in the place of the wide part. The machine and the network read
# **the very same vectors**: each table learns from both.

# %%
show(*figures.deepfm())


# %% shows="utils.units.wide_and_deep.models.build_deepfm"
def build_deepfm(
    fields, head, embedding_dim, widths, row_l2, bias_l2, column_l2, dropout, deep_dropout,
    products=pair_products,
):  # fmt: skip
    inputs, vectors, biases = embed_fields(fields, embedding_dim, row_l2, bias_l2, column_l2)
    kept = layers.Dropout(dropout)(products(vectors))
    machine = biases + ops.sum(kept, axis=-1, keepdims=True)
    return keras.Model(inputs, head(machine + deep_score(vectors, widths, deep_dropout)))


# %% [markdown]
# A check that must come out exactly: silence the network, and the machine of unit 07 is left.

# %% tags=["nbval-check-output"]
deepfm = build_deepfm(parts[0], ops.sigmoid, **settings.CLICKS["DeepFM"])
machine = build_fm(parts[0], ops.sigmoid, **settings.CLICKS["FM"])
for layer in machine.layers:
    layer.set_weights(deepfm.get_layer(layer.name).get_weights() if layer.weights else [])
last = deepfm.get_layer("deep_score")
last.set_weights([0 * weight for weight in last.get_weights()])
one, other = (training.predict(model, pairs) for model in (deepfm, machine))
print(f"{len(pairs)} answers, largest difference below 1e-6: {np.abs(one - other).max() < 1e-6}")

# %% [markdown]
# ## DCN: multiply in every layer
#
# A network of dense layers adds; products it has to imitate. A **cross layer** (Wang and others,
# 2017 and 2021) multiplies: what comes out of the layer before, mixed by a matrix, times the first
# input, entry by entry. Then it adds what came in:
#
# $$x_{l+1} = x_0 \odot (W x_l + b) + x_l$$
#
# **Predict:** $x_0$ is a number, 3, and $W = 2$, $b = 0$. What are $x_1$ and $x_2$?


# %% shows="utils.units.wide_and_deep.models.CrossLayer"
class CrossLayer(layers.Layer):
    def build(self, shapes):
        width = shapes[0][-1]
        self.kernel = self.add_weight(shape=(width, width), name="kernel")
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")

    def call(self, inputs):
        first, current = inputs
        return first * (ops.matmul(current, self.kernel) + self.bias) + current


# %% tags=["nbval-check-output"]
cross = CrossLayer()
cross.build([(None, 1), (None, 1)])
cross.set_weights([np.array([[2.0]]), np.array([0.0])])
first = current = np.array([[3.0]])
for place in (1, 2):
    current = cross([first, current])
    print(f"x{place} = {float(current[0, 0]):.0f}")

# %% [markdown]
# 3 times 6 plus 3, then 3 times 42 plus 21: with each layer the degree grows by one. After $k$
# layers the output holds products of up to $k + 1$ entries. Keras has the layer in `keras_rs`; on
# the same weights it must say the same.

# %% tags=["nbval-check-output"]
numbers = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("float32")
mine, theirs = CrossLayer(), keras_rs.layers.FeatureCross()
mine([numbers[0], numbers[1]]), theirs(numbers[0], numbers[1])
mine.set_weights(theirs.get_weights())
gap = ops.max(ops.abs(mine([numbers[0], numbers[1]]) - theirs(numbers[0], numbers[1])))
print(f"keras_rs says the same to 1e-5: {float(gap) < 1e-5}")

# %%
show(*figures.cross_network())


# %% shows="utils.units.wide_and_deep.models.build_dcn"
def build_dcn(
    fields, head, embedding_dim, num_crosses, widths, row_l2, bias_l2, column_l2, dropout
):
    inputs, vectors, biases = embed_fields(fields, embedding_dim, row_l2, bias_l2, column_l2)
    first = current = layers.Flatten()(vectors)
    for _ in range(num_crosses):
        current = CrossLayer()([first, current])
    crossed = layers.Dense(1, name="cross_score")(layers.Dropout(dropout)(current))
    return keras.Model(inputs, head(biases + crossed + deep_score(vectors, widths, dropout)))


# %% [markdown]
# DeepFM and DCN have no crosses by hand, and no table of pairs. Will they learn exceptions?

# %%
products = {
    "DeepFM": train_and_ask(build_deepfm(parts[0], ops.sigmoid, **settings.CLICKS["DeepFM"])),
    "DCN": train_and_ask(build_dcn(parts[0], ops.sigmoid, **settings.CLICKS["DCN"])),
}
print("excess of the log loss, one log:")
products = {name: click_log.judge(log, answer) for name, answer in products.items()}
print(pd.DataFrame(products).T.round(3).to_string())

# %% tags=["nbval-check-output"]
models = ["deep", "FM", "DeepFM", "DCN", "wide + deep"]
print(excess.loc[models].to_string())

# %%
figure = figures.errors(on_clicks, names, models, figures.COLORS)
show(
    figure,
    "Excess of the log loss of five models. DeepFM and DCN know more of exceptions than deep, "
    "no more of unseen pairs, and wide & deep is best on all.",
)

# %% [markdown] cites=["30"]
# More than deep. But on unseen pairs DeepFM is level with deep, and DCN is worse. Products help to
# reach a single cell; a vector that is bent for one cell is bent for its whole row. No model
# without crosses comes near the sum. That is so in *this* log, whose exceptions have no structure
# at all. In the papers, on logs with millions of columns, interactions have some, and there DeepFM
# and DCN are ahead.
#
# ## From a probability to a decision
#
# A film is shown or it is not. Suppose that showing for nothing costs 1, and a click that was
# missed costs 3. With probability $p$ of a click, showing costs $1 - p$ on average, not showing
# $3p$. So show from $p = 1/4$ on, **if the probability can be trusted**. Can it? Among the rows
# for which a model claims 30%, were 30% clicked?

# %%
validation = log.validation
rows = validation["user_index"], validation["item_index"]
answers["apart, summed"] = sum_logits(wide.ravel(), deep.ravel()).reshape(wide.shape)
bins = {
    name: likes.calibrate(validation["clicked"], answers[name][rows])
    for name in ("deep", "wide + deep", "apart, summed")
}
show(*figures.reliability(bins))

# %% [markdown]
# Wide & deep keeps its promises, but for the highest ones, which are a little too high. Deep
# promises more there than it keeps: those are the stains around exceptions. The two that were
# trained apart and added are too sure at both ends.
#
# What no curve shows is an exception. Calibration is an average over all rows with the same claim:
# a model can do well here and be wrong about every librarian.
#
# The cost of a threshold on validation rows, for all thresholds:


# %% shows="utils.units.wide_and_deep.decisions.threshold_costs"
def threshold_costs(clicked, probabilities, cost_of_nothing, cost_of_click):
    clicked = np.asarray(clicked, dtype=float)
    is_shown = np.asarray(probabilities) >= THRESHOLDS[:, np.newaxis]
    cost = np.where(is_shown, cost_of_nothing * (1 - clicked), cost_of_click * clicked)
    return pd.Series(cost.mean(axis=1), THRESHOLDS)


# %%
costs = {name: threshold_costs(validation["clicked"], answers[name][rows], 1, 3) for name in bins}
show(*figures.costs(costs, marked=1 / 4))

# %% [markdown]
# A threshold read off this curve is chosen on validation rows. What it costs is then a question
# for other rows; here the true chances of all pairs answer it.

# %%
true_costs = {
    name: threshold_costs(log.chances.ravel(), answers[name].ravel(), 1, 3) for name in bins
}
table = pd.DataFrame({
    "chosen": {name: costs[name].idxmin() for name in bins},
    "cost there": {name: true_costs[name][costs[name].idxmin()] for name in bins},
    "cost at 0.25": {name: true_costs[name][0.25] for name in bins},
    "cost at 0.50": {name: true_costs[name][0.5] for name in bins},
})  # fmt: skip
print(table.round(3).to_string())
of_truth = threshold_costs(log.chances.ravel(), log.chances.ravel(), 1, 3)[0.25]
print(f"with the true chances: {of_truth:.3f}")

# %% [markdown]
# One half, the threshold that accuracy suggests, is wrong for all of them: it misses clicks that
# cost three times as much as a film shown for nothing. With probabilities that can be trusted the
# formula is as good as a search. Where they are too sure, a search on validation rows gains a
# little. No threshold brings back what a model does not know: the order of the rows stays as it is.
#
# ## Real ratings
#
# Back to MovieLens, and to the question of unit 07: liked or not? The rows and fields are those of
# unit 07, and every model learns the stars given and is then asked for four or five. The wide part
# crosses user with genre, user with decade, and film with age, sex and occupation. Settings come
# from a fifth of the training part, in about ten trials; only those of DCN and DeepFM were tried
# exactly as they stand, the sum takes those of its parts. Five seeds.
#
# **Predict:** which of them beats the factorization machine?

# %% tags=["nbval-check-output"]
of_07 = results.load("07_factorization_machines").query("split == 'random'")
likes_runs = pd.concat([of_07, runs[runs["study"] == "likes"]])
scores = ["auc", "user_auc", "log_loss", "calibration_error"]
of_likes = results.mean_and_spread(likes_runs, ["model"], scores, digits=4)
simple = ["share of likes", "logistic regression"]
networks = ["wide", "deep", "wide + deep", "DCN", "DeepFM, pairs across"]
machines = ["FM, all fields", "FM, pairs across"]
print(of_likes.loc[[*simple, *networks, *machines]].to_string())

# %%
figure = figures.errors(
    likes_runs,
    {"log_loss": "test log loss", "auc": "test AUC"},
    [*simple, *networks, *machines],
    {**dict.fromkeys(networks, GREEN), **dict.fromkeys(machines, BLUE)},
)
show(
    figure,
    "Log loss and AUC of likes for simple models, networks and machines. The machines and DeepFM "
    "are ahead of all others.",
)

# %% [markdown] cites=["80,000"]
# None of them. **DeepFM is level with the machine** that it contains, with a network that had to
# be held small: the network adds nothing that could be measured. DCN, which multiplies as well, is
# next. Wide, deep and their sum are level with each other, closer to the logistic regression than
# to the machine; here the sum gains nothing over its parts.
#
# Why not, after all these pictures? On the log a pair came thirty times, and its exception could
# be counted. Here a user rates a film once: **each pair to be predicted is an unseen pair**, and a
# cross of user and film would say nothing about any of them. The crosses that do come again, user
# with genre or film with age, are pairs of columns, which the machine multiplies anyway. And the
# rule itself is a dot product across the two sides. A network has to imitate it from 80,000 rows
# (unit 08 has seen the same with stars), and knows its rows by heart after a few epochs. The
# papers had billions.
#
# ## Takeaways
#
# - A cross is an AND of columns, with a weight of its own. It learns by heart and says nothing
#   about what it never saw.
# - Hashing gives crosses a bin without numbering them. With as many bins as pairs most of them
#   collide.
# - A deep part carries a rule over to unseen pairs, and bends it around exceptions.
# - Add the scores under one sigmoid and train them together: then each part does what the other
#   cannot.
# - Keep the wide part small. Without L1 it learns the rule by heart as well, and the deep part has
#   nothing left to learn from.
# - Two optimizers take one training step of your own. Ask first whether it is the optimizer that
#   helps.
# - DeepFM shares its tables between a machine and a network; a cross layer multiplies and adds.
# - A threshold follows from the costs if the probabilities are right. If not, choose it on
#   validation rows.
# - A known truth tells models apart. On real data they may not be.
#
# ## Questionnaire
#
# <details><summary>What does a cross say about a pair that was never shown?</summary>Nothing: its
# weight is still zero, unless another pair has moved the same bin.</details>
#
# <details><summary>There are as many bins as pairs. About which share of the pairs has a bin for
# itself?</summary>1/e, a bit more than a third.</details>
#
# <details><summary>A model was trained on occupations as numbers and serves texts. What
# happens?</summary>The hash of a text differs from that of the number: nearly all crosses get the
# weights of others, without an error.</details>
#
# <details><summary>Why does an average of two probabilities fail on an exception?</summary>The
# deep part is sure of the contrary, and no probability of the wide part can bring the mean near
# 1.</details>
#
# <details><summary>Two models trained apart are added. Why are they too sure?</summary>Each has
# learned the whole score, so the sum says what both know twice.</details>
#
# <details><summary>Why does the wide part need L1?</summary>Without it the crosses also learn what
# the rule explains. L1 leaves a weight at zero unless it earns its price.</details>
#
# <details><summary>How can you tell that a DeepFM shares its tables?</summary>There is one table
# per field, and a change in it moves both parts. With the network silenced, the machine of unit 07
# is left.</details>
#
# <details><summary>Which degree has the output of three cross layers?</summary>Four: each
# multiplies once more with the input.</details>
#
# ## Going further
#
# - H.-T. Cheng and others, ["Wide & Deep Learning for Recommender
#   Systems"](https://doi.org/10.1145/2988450.2988454), 2016.
# - H. Guo and others, ["DeepFM: A Factorization-Machine based Neural Network for CTR
#   Prediction"](https://arxiv.org/abs/1703.04247), 2017.
# - R. Wang, B. Fu, G. Fu, M. Wang, ["Deep & Cross Network for Ad Click
#   Predictions"](https://doi.org/10.1145/3124749.3124754), 2017.
# - R. Wang and others, ["DCN V2: Improved Deep & Cross Network and Practical Lessons for Web-scale
#   Learning to Rank Systems"](https://doi.org/10.1145/3442381.3450078), 2021.
# - H. B. McMahan and others, ["Ad Click Prediction: a View from the
#   Trenches"](https://doi.org/10.1145/2487575.2488200), 2013: FTRL with L1 in production.
