# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 04 Dropout
#
# One label in ten is wrong, and nobody says which. A large network can learn all of them by
# heart. What keeps it from doing so?
#
# **Goals.** You will
# - watch a wide network learn wrong labels, and tell it from the curves,
# - write dropout by hand and check its mean and variance against Keras,
# - tell the rate of Keras (drop) from the p of the paper (keep),
# - compare dropout with smaller layers, a penalty and early stopping, over several seeds,
# - predict with many thinned networks instead of one, and say what that is good for.
#
# **Before you start:** unit 01 (embeddings), and what a validation part is for. **Time:** 35
# minutes to read, half a minute to run. **Data:** drawn by the computer, so that the truth is
# known.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from keras import layers

from utils import results
from utils.figures import dropout as figures
from utils.plotting import BLUE, GRAY, ORANGE, VERMILION, show
from utils.units import dropout as course

# %% [markdown]
# ## Labels that are wrong
#
# 500 rows of 20 numbers, two classes. The rows lie around eight centers, four centers to a class,
# and one label in ten is turned around. Such labels are common: a slip of the mouse, a rating for
# the wrong film, a child on the parent's account.

# %% tags=["nbval-check-output"]
train, validation, test = course.make_parts(seed=0)
for name, rows in {"train": train, "validation": validation, "test": test}.items():
    wrong = np.mean(rows.labels != rows.true_labels)
    print(f"{name:10} {len(rows.labels):>5,} rows, {wrong:.0%} of the labels wrong")

# %% [markdown] quotes=["90"]
# The parts to choose and to judge are larger than usual, so that small differences show. Their
# labels are as noisy as those of the training part: in life there are no others.
#
# **Predict:** which accuracy would a model reach on the test part that knows the truth? And
# which cross-entropy, if it says 90% for the true class every time?

# %% tags=["nbval-check-output"]
of_truth = np.where(test.true_labels == 1, 0.9, 0.1)
best = course.measure_quality(of_truth, test.labels)
print(f"accuracy {best['accuracy']:.3f}, cross-entropy {best['loss']:.3f}")

# %% [markdown]
# That is the ceiling: 0.900. Whoever reports more on these labels has made a mistake. The
# cross-entropy punishes wrong answers that were given with confidence; 0.325 is its floor.

# %% [markdown] quotes=["256", "500"]
# ## Three wide layers
#
# The model has three hidden layers of 256 units each. How many weights is that for 500 rows?


# %%
def build_wide_network():
    features = keras.Input((course.NUM_FEATURES,))
    hidden = layers.Dense(course.WIDTH, "relu")(features)
    hidden = layers.Dense(course.WIDTH, "relu")(hidden)
    hidden = layers.Dense(course.WIDTH, "relu")(hidden)
    probability = layers.Dense(1, "sigmoid")(hidden)
    return keras.Model(features, probability)


# %% tags=["nbval-check-output"]
weights = build_wide_network().count_params()
print(f"{weights:,} weights, {weights / len(train.labels):.0f} for each row")
show(*figures.wide_network(course.NUM_FEATURES, course.WIDTH))

# %% [markdown]
# It learns with Adam, and its loss is the cross-entropy. Besides the loss we let Keras report the
# cross-entropy alone: further down the loss will hold a penalty as well.


# %% shows="utils.units.dropout.compile_classifier"
def compile_classifier(model):
    model.compile(
        optimizer=keras.optimizers.Adam(1e-3),
        loss="binary_crossentropy",
        metrics=[keras.metrics.BinaryCrossentropy(name="cross_entropy")],
        steps_per_execution=10,  # batches between two visits to Python
    )


# %% shows="utils.units.dropout.fit_classifier"
def fit_classifier(model, train, validation, callbacks=()):
    compile_classifier(model)
    history = model.fit(
        train.features,
        train.labels[:, np.newaxis],  # a column, as the predictions are
        batch_size=50,
        epochs=course.EPOCHS,
        validation_data=(validation.features, validation.labels[:, np.newaxis]),
        validation_batch_size=1_000,
        callbacks=list(callbacks),
        verbose=0,
    )
    return history.history


# %% [markdown]
# **Predict:** what do the two losses do over 30 epochs?

# %%
keras.utils.set_random_seed(0)
wide_history = fit_classifier(build_wide_network(), train, validation)
curves = pd.DataFrame(wide_history, index=range(1, 1 + course.EPOCHS))
curves.loc[[1, 2, 4, 8, 16, 30], ["cross_entropy", "val_cross_entropy"]].round(2)

# %% [markdown]
# One training may be luck. All trainings of this unit were run with five seeds by `make results`.
# Each seed draws new rows *and* new weights, so the spread says how much luck is in both.

# %%
runs = results.load("04_dropout")
figure, axes = plt.subplots()
figures.draw_curves(axes, runs, "no dropout", best["loss"])
axes.set(ylabel="cross-entropy, in nats")
axes.legend()
show(
    figure,
    "Losses of three wide layers without dropout over 30 epochs, five seeds. Training loss falls "
    "to zero, validation loss falls for about four epochs and then rises far above its start.",
)

# %% [markdown]
# The band is one standard deviation over the seeds. After about four epochs the network knows
# what it can learn about new rows. The training loss goes on, far under the dotted line, which
# nobody gets under without learning wrong labels by heart. The validation loss pays for it. How
# many of the wrong labels does the network repeat in the end?

# %% tags=["nbval-check-output"]
no_dropout = runs[runs["model"] == "no dropout"]
print(f"wrong labels learned by heart: {no_dropout['by_heart'].mean():.0%}")
print(f"test accuracy: {no_dropout['accuracy'].mean():.2f}")

# %% [markdown]
# Every single one. The network has become a lookup table with a good memory for mistakes.

# %% [markdown]
# ## Dropout by hand
#
# **Dropout** makes memory unreliable. In each training step every unit is switched off with
# probability `rate`; the others are divided by $1 - \text{rate}$. A unit can no longer count on
# any other unit being there.


# %% shows="utils.units.dropout.dropout"
def dropout(values, rate, generator):
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be in [0, 1), received {rate}.")
    kept = generator.random(np.shape(values)) >= rate
    return np.where(kept, values, 0) / (1 - rate)


# %% tags=["nbval-check-output"]
values = np.arange(1.0, 9.0)
generator = np.random.default_rng(0)
for _ in range(4):
    print(dropout(values, 0.5, generator))

# %% [markdown]
# With rate 0.5, what is left is doubled. Why? The next layer adds up its inputs. A value $x$
# becomes $0$ or $x / (1 - \text{rate})$, and
#
# $$\text{mean} = (1 - \text{rate}) \cdot \frac{x}{1 - \text{rate}} = x, \qquad
# \text{variance} = \frac{x^2}{1 - \text{rate}} - x^2 = x^2\,\frac{\text{rate}}{1 - \text{rate}}$$
#
# The sum stays the same on average, so the next layer meets in training what it will meet later.
# This is **inverted dropout**. **Predict:** mean and variance of 1, 2 and 4 with rate 0.2?

# %% tags=["nbval-check-output"]
many = np.repeat([[1.0, 2.0, 4.0]], 100_000, axis=0)


def moments(dropped):
    columns = {"mean": dropped.mean(0), "variance": dropped.var(0), "zeros": (dropped == 0).mean(0)}
    return pd.DataFrame(columns, index=["x = 1", "x = 2", "x = 4"])


by_hand = moments(dropout(many, 0.2, np.random.default_rng(0)))
print(by_hand.round(2).to_string())

# %% [markdown] quotes=["0.2", "0.8", "0.25"]
# $x^2 \cdot 0.2 / 0.8$ is 0.25, 1 and 4, and a fifth is zero. Does `keras.layers.Dropout` draw from
# the same distribution? Not the same numbers, but the same moments.

# %%
layer = layers.Dropout(0.2, seed=0)
by_keras = moments(np.asarray(layer(many, training=True)))
print(by_keras.round(2).to_string())

# %% [markdown]
# And at inference, when the model is used? Nothing is dropped and nothing is scaled: all the
# arithmetic was done in training.

# %% tags=["nbval-check-output"]
print("unchanged at inference:", np.array_equal(layer(many, training=False), many))

# %% [markdown]
# `fit` switches dropout on; `predict`, `evaluate` and a plain `model(features)` leave it off.

# %% [markdown]
# ## None, a bit, too much
#
# Now into the network. What has changed: a `Dropout` layer follows each hidden layer, and a loop
# stands for the three pairs of lines. The argument `l2`, a penalty on large weights, is for later;
# both are off unless you ask for them.


# %% shows="utils.units.dropout.build_classifier"
def build_classifier(width=course.WIDTH, rate=0.0, l2=0.0):
    features = keras.Input((course.NUM_FEATURES,))
    hidden = features
    for _ in range(3):
        penalty = keras.regularizers.L2(l2)
        hidden = layers.Dense(width, "relu", kernel_regularizer=penalty)(hidden)
        hidden = layers.Dropout(rate)(hidden)
    probability = layers.Dense(1, "sigmoid")(hidden)
    return keras.Model(features, probability)


# %%
rate = course.SETTINGS["a bit of dropout"]["rate"]
show(*figures.dropout_network(course.NUM_FEATURES, course.WIDTH, rate))

# %% [markdown]
# After each of the three wide layers: nothing, rate 0.5, and rate 0.9. **Predict:** sketch the two
# curves for each.

# %%
figure, panels = plt.subplots(1, 3, figsize=(10, 3.8), sharey=True)
names = ("no dropout", "a bit of dropout", "too much dropout")
for axes, name in zip(panels, names, strict=True):
    figures.draw_curves(axes, runs, name, best["loss"])
panels[0].set(ylabel="cross-entropy, in nats")
panels[1].legend(loc="upper center")
show(
    figure,
    "Training and validation loss for three rates, five seeds. Without dropout validation loss "
    "rises steeply. With rate 0.5 it falls and rises a little. With rate 0.9 it stays at 0.69, and "
    "the training loss lies above it.",
)

# %% tags=["nbval-check-output"]
too_much = runs[runs["model"] == "too much dropout"]
print(f"too much dropout, last epoch: validation loss {too_much['validation_30'].mean():.3f}")
print(f"tossing a coin:               {np.log(2):.3f}")

# %% [markdown]
# **None** overfits. **A bit** slows the learning by heart: the validation loss stays low for long,
# but it does turn. **Too much** hardly learns: its loss stays at that of a coin, $\log 2$.
#
# The right panel has a riddle. Its training loss, which starts above the frame, stays *above* the
# validation loss to the end. Is the model better on rows it has never seen?

# %% [markdown]
# No. Keras reports the training loss with dropout **on** and the validation loss with dropout
# **off**: two different networks. Let us train one model with rate 0.5 and measure both in the
# same way.


# %% shows="utils.units.dropout.predict_once"
def predict_once(model, features):
    return np.ravel(model(features, training=False))


# %%
keras.utils.set_random_seed(0)
model = build_classifier(rate=rate)
history = fit_classifier(model, train, validation)
on_train = course.measure_quality(predict_once(model, train.features), train.labels)
print(f"training loss, as reported, dropout on: {history['cross_entropy'][-1]:.2f}")
print(f"training loss, dropout off:             {on_train['loss']:.2f}")

# %% [markdown]
# With dropout off, the training loss is lower. A gap between the two curves says how much a model
# overfits only if both were measured alike.

# %% [markdown] quotes=["500"]
# ## Beside it: smaller, penalized, stopped
#
# Dropout is one remedy of several. Layers can be **narrow**: 16 units cannot hold 500 labels so
# easily. An **L2** penalty makes large weights expensive. **Early stopping** ends the training
# when the validation loss has not improved for 5 epochs, and goes back to the best weights.
#
# In code the first two are one argument each, as the rate of dropout is:

# %% tags=["nbval-check-output"]
for name, settings in course.SETTINGS.items():
    arguments = ", ".join(f"{key}={value}" for key, value in settings.items())
    weights = build_classifier(**settings).count_params()
    print(f"{name:16}  {weights:>7,} weights  build_classifier({arguments})")

# %% [markdown]
# Early stopping changes the training, not the model. Keras has it as a *callback*, which `fit`
# asks after every epoch:


# %% shows="utils.units.dropout.early_stopping"
def early_stopping(patience):
    return keras.callbacks.EarlyStopping(
        "val_cross_entropy", mode="min", patience=patience, restore_best_weights=True
    )


# %%
keras.utils.set_random_seed(0)
stopped = build_classifier()
callbacks = [early_stopping(course.PATIENCE)]
losses = fit_classifier(stopped, train, validation, callbacks)["val_cross_entropy"]
print(f"{len(losses)} epochs trained, the weights of epoch {1 + np.argmin(losses)} kept")
of_stopped = course.measure_quality(predict_once(stopped, test.features), test.labels)
print(f"test accuracy {of_stopped['accuracy']:.2f}, cross-entropy {of_stopped['loss']:.2f}")

# %% [markdown]
# A fraction of the epochs, and the weights from before the rise. **Predict:** which of the four
# remedies comes closest to the truth? Again over five seeds:

# %% tags=["nbval-check-output"]
table = results.mean_and_spread(runs, ["model"], ["accuracy", "loss", "by_heart"])
print(table.to_string())

# %% [markdown]
# Test accuracy, test cross-entropy and the share of wrong training labels repeated, mean ±
# standard deviation over five seeds. The first two rows are the baselines, the last is the
# ceiling. Some of the spread comes from the draw of the rows, which all models share. So let us
# also compare seed by seed.

# %% tags=["nbval-check-output"]
by_seed = runs.pivot_table(values="accuracy", index="seed", columns="model")
for other in ("no dropout", "narrow layers", "L2", "early stopping"):
    gain = 100 * (by_seed["a bit of dropout"] - by_seed[other])
    print(f"dropout against {other:14} {gain.mean():+.1f} ± {gain.std():.1f} points")

# %%
order = ["logistic regression", "no dropout", "narrow layers", "a bit of dropout", "L2"]
order += ["early stopping", "the truth"]
figure, panels = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
for axes, metric, color in zip(panels, ("accuracy", "loss"), (BLUE, ORANGE), strict=True):
    means = runs.groupby("model")[metric].agg(["mean", "std"]).loc[order]
    axes.errorbar(means["mean"], order, xerr=means["std"], fmt="o", color=color, capsize=3)
panels[0].set(title="higher is better", xlabel="test accuracy")
panels[1].set(title="lower is better", xlabel="test cross-entropy, in nats")
panels[0].invert_yaxis()
show(
    figure,
    "Test accuracy and test loss of seven models with error bars. No dropout has by far the worst "
    "loss; dropout, L2 and early stopping lie close together; all stay well "
    "below the truth.",
)

# %% [markdown] quotes=["2.2", "0.519", "0.460", "500"]
# What the table says, and what it does not:
#
# - Dropout helps: 2.2 points of accuracy against none, in each of the five seeds, and less than
#   half the loss.
# - It does **not** beat early stopping here: the same accuracy and a worse loss, 0.519 against
#   0.460, for more epochs. Against L2 it gains half a point and loses in cross-entropy. On
#   this small set, stopping early is the better bargain.
# - The four remedies can be combined. Training on with dropout until epoch 30 is not what
#   a practitioner would do: the middle panel turns, so one would stop there as well.
# - All stay well below the truth: with 500 rows, some of them wrong, this is how far they get.
#
# Rate, penalty, width and patience were chosen by accuracy on the validation part of a sixth
# draw, among three values each. Chosen by loss, the rate would have been `0.7`: what is best
# depends on what you ask for, too.

# %% [markdown]
# ## Keep or drop?
#
# The paper that introduced dropout (Srivastava and others, 2014) writes $p$ for the probability
# to **keep** a unit. Keras' `rate` is the probability to **drop** it. The paper's $p = 0.9$ is
# `rate=0.1`. **Predict:** what does somebody get who reads 0.9 and writes `Dropout(0.9)`?

# %%
ones = np.ones((1, 100_000))
shares_kept = {}
for meant in (0.1, 0.9):
    dropped = np.asarray(layers.Dropout(meant, seed=0)(ones, training=True))
    shares_kept[meant] = np.mean(dropped != 0)
    print(f"Dropout({meant}): {shares_kept[meant]:.1%} kept, each as {dropped.max():.2f}")

# %% [markdown]
# Too much dropout, the right panel above. The mean is right, so no test of the mean finds it;
# only the curves look ill.
#
# The mix-up has a twin at inference. The paper does not scale in training; it multiplies the
# weights by $p$ afterwards. Many slides say "drop with probability $p$" *and* "multiply by $p$",
# one sentence from each convention. Here is a sum of inputs that should come out as 1:

# %% tags=["nbval-check-output"]
print("dropped   mean in training   times keep   times drop")
for drop in (0.1, 0.2, 0.5, 0.8):
    keep = 1 - drop
    print(f"{drop:7.1f}   {keep:16.1f}   {1 * keep:10.1f}   {1 * drop:10.1f}")

# %% [markdown]
# At inference the sum must be what it was in training: "times keep" is, "times drop" is not. With
# 0.2 dropped, the wrong factor makes the sums four times too small. With 0.5 both agree, and 0.5
# is what everybody tries first: that is how the mistake survives.
#
# Inverted dropout leaves no factor to forget. In old code, look out for `Dropout(p=0.5)`: Keras 3
# does not know the name `p`.

# %% tags=["nbval-check-output"]
try:
    layers.Dropout(p=0.5)
except (TypeError, ValueError) as error:
    print(type(error).__name__, "- the argument is called rate")

# %% [markdown]
# ## One network or many?
#
# Each training step trained another **thinned** network, all sharing their weights. Who should
# predict? There are two answers.
#
# - **Weight scaling**: the whole network, dropout off. One pass; what `predict` does.
# - **Monte-Carlo dropout**: leave dropout on, ask many thinned networks, take the mean.
#
# For one linear layer the two agree exactly, since the mean goes through a sum. With ReLU and a
# sigmoid in between, weight scaling is an approximation. In code, all that changes is one word,
# `training`:


# %% shows="utils.units.dropout.monte_carlo"
def monte_carlo(model, features, num_passes):
    passes = [np.ravel(model(features, training=True)) for _ in range(num_passes)]
    return np.stack(passes)


# %% [markdown]
# **Predict:** how good is the approximation?

# %%
some = course.Rows(*(part[:1_000] for part in test))
one_pass = predict_once(model, some.features)
passes = monte_carlo(model, some.features, num_passes=200)
mean_of_passes = passes.mean(axis=0)
scores = {"weight scaling": one_pass, "one thinned network": passes[0]}
scores["mean of 200"] = mean_of_passes
pd.DataFrame({name: course.measure_quality(p, some.labels) for name, p in scores.items()}).T.round(
    3
)

# %%
num_passes = np.array([1, 2, 5, 10, 20, 50, 100, 200])
gaps = [np.abs(passes[:number].mean(axis=0) - one_pass).mean() for number in num_passes]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4))
left.plot([0, 1], [0, 1], color=GRAY, linestyle=":")
left.plot(one_pass, mean_of_passes, "o", color=BLUE, markersize=3, alpha=0.4)
left.set(title="1,000 test rows", xlabel="probability, weight scaling")
left.set(ylabel="probability, mean of 200 passes")
right.semilogx(num_passes, gaps, "s-", color=VERMILION)
right.set(title="More passes", xlabel="passes", ylabel="mean distance from weight scaling")
right.set_ylim(bottom=0)
show(
    figure,
    "Left: probabilities of weight scaling and of the Monte-Carlo mean lie along the diagonal on a "
    "flat S: the mean is less extreme. Right: their distance falls with the number of passes and "
    "levels off above zero.",
)

# %%
same_class = np.mean((one_pass > 0.5) == (mean_of_passes > 0.5))
print(f"same class for {same_class:.0%} of the rows")

# %% [markdown]
# Weight scaling puts nearly all rows in the same class, for the price of one pass. The distance
# falls as chance averages out, then levels off: what remains is the error of the approximation,
# and more passes do not remove it. Single thinned networks are worse than both. The mean of many
# is less sure of itself than weight scaling, the flat S on the left. That lowers the loss here,
# where the model is too sure; the accuracy hardly moves.
#
# ### What the spread says
#
# The passes disagree more about some rows than about others. Is their standard deviation a
# measure of doubt? Sort the rows into four groups of equal size by it, and count the mistakes.
# Beside it, the same with the plain distance of the probability from one half.

# %%
spread = passes.std(axis=0)
wrong = (mean_of_passes > 0.5) != (some.labels == 1)
closeness = -np.abs(one_pass - 0.5)
quarters = {"by spread": spread, "by closeness to 0.5": closeness}
groups = {name: np.array_split(np.argsort(by), 4) for name, by in quarters.items()}
mistakes = pd.DataFrame(
    {name: [wrong[group].mean() for group in four] for name, four in groups.items()},
    index=["surest quarter", "second", "third", "least sure quarter"],
)
mistakes.round(2)

# %%
surest = groups["by spread"][0]
turned_around = (some.labels != some.true_labels)[surest][wrong[surest]]
print(f"{turned_around.mean():.0%} of the mistakes in the surest quarter are wrong labels")

# %% [markdown] quotes=["200"]
# The spread does find the doubtful rows. But so does the single pass: a probability near one half
# says the same without 200 passes. The surest quarter still has mistakes; most of them are the
# test labels that were turned around, which no model can foresee. And the spread depends on the
# rate that *we* chose. Read it as a ranking of rows, not as an error bar.

# %% [markdown]
# ## Dropout on embeddings
#
# In a recommender the layer to protect is the table of vectors. Dropout after an `Embedding`
# sets single numbers of the looked-up vectors to zero. Unit 06 does it with SVD++, whose vector
# for a user is a sum over all films the user rated, and rate 0.3 on that sum:

# %% tags=["nbval-check-output"]
mf_runs = results.load("06_matrix_factorization")
mf_runs = mf_runs[(mf_runs["split"] == "random") & mf_runs["model"].str.startswith("SVD++")]
print(results.mean_and_spread(mf_runs, ["model"], ["rmse"]).to_string())

# %% [markdown] quotes=["0.894", "0.887", "0.8", "0.2", "0.5"]
# From 0.894 to 0.887 stars on the random split, several times the spread of five seeds: there
# dropout comes on top of an L2 penalty and still helps. Whether it does is a question for a
# validation part, each time anew.
#
# ## Takeaways
#
# - A wide network learns wrong labels by heart, all of them. The validation loss tells.
# - Inverted dropout: drop with probability `rate`, divide the rest by 1 - rate, do nothing at
#   inference. The mean stays, the variance is $x^2\,\text{rate} / (1 - \text{rate})$.
# - Keras' `rate` drops, the paper's $p$ keeps. At one half nobody notices.
# - Training loss with dropout on and validation loss with dropout off are not comparable.
# - Here dropout helped, and early stopping helped as much for less. Compare on a validation part.
# - Weight scaling is a good stand-in for the mean of many thinned networks.
#
# ## Questionnaire
#
# <details><summary>Why are the kept values divided by 1 - rate?</summary>So that the sum the next
# layer computes has the same mean in training as at inference, where nothing is
# dropped.</details>
#
# <details><summary>The training loss lies above the validation loss. What do you check
# first?</summary>Whether dropout is on for the one and off for the other. Evaluate the training
# rows with dropout off.</details>
#
# <details><summary>A paper says "dropout with p = 0.8". What do you write in Keras?</summary>First
# find out whether p keeps or drops. In the convention of Srivastava and others it keeps: a
# rate of 0.2 in Keras.</details>
#
# <details><summary>Why did the wrong test-time factor go unnoticed at 0.5?</summary>Because one
# half is kept and one half is dropped: both factors are the same.</details>
#
# <details><summary>Why does the distance between weight scaling and the Monte-Carlo mean not go to
# zero?</summary>Because the mean of a nonlinear function is not the function of the mean. More
# passes remove the chance, not this difference.</details>
#
# <details><summary>Dropout beats no dropout in every seed, and ties with early stopping. What may
# you report?</summary>Both: with the number of seeds, the spread, and how the rate was
# chosen.</details>
#
# ## Going further
#
# - N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, ["Dropout: A Simple
#   Way to Prevent Neural Networks from
#   Overfitting"](https://www.jmlr.org/papers/v15/srivastava14a.html), 2014.
# - S. Wager, S. Wang, P. Liang, ["Dropout Training as Adaptive
#   Regularization"](https://arxiv.org/abs/1307.1493), 2013: for linear models dropout is nearly an
#   L2 penalty.
# - Y. Gal, Z. Ghahramani, ["Dropout as a Bayesian Approximation: Representing Model Uncertainty in
#   Deep Learning"](https://arxiv.org/abs/1506.02142), 2016.
# - C. Zhang, S. Bengio, M. Hardt, B. Recht, O. Vinyals, ["Understanding Deep Learning Requires
#   Rethinking Generalization"](https://arxiv.org/abs/1611.03530), 2017: large networks learn even
#   random labels by heart.
