# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 14 Multitask heads
#
# Will you start this film? Will you like it? How many stars will you give? Three questions about
# the same user and the same film. Three models, or one model with three heads?
#
# **Goals.** You will
# - write one trunk with several heads in Keras, and compile it with a loss for each head,
# - share layers between tasks in three ways, and say what each of them costs,
# - find out, on tasks whose relation is known, when sharing helps and when it hurts,
# - see how the unit of a label and a careless `sum` decide which task is learned,
# - write a `train_step` that balances losses by four published methods, and read what they can and
#   cannot repair,
# - compare one model with three heads on MovieLens with three models of the same budget.
#
# **Before you start:** unit 06 (matrix factorization). **Time:** 60 minutes to read, one minute to
# run. **Data:** a simulated pair of tasks, and MovieLens-100K.

# %%
from utils import notebook

notebook.start(seed=0)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops

from utils import evaluation, movielens, results
from utils.blocks import index_inputs, table, to_stars
from utils.figures import multitask_heads as figures
from utils.plotting import BLUE, GRAY, MARKERS, ORANGE, PALETTE, VERMILION, show
from utils.units.multitask_heads import datasets, pair, three_heads
from utils.units.multitask_heads.datasets import NUM_FEATURES, TASKS
from utils.units.multitask_heads.pair import STEPS_PER_EPOCH
from utils.units.multitask_heads.three_heads import BIAS_L2, ROW_L2

# %% [markdown]
# ## Three questions, one trunk
#
# Each rating of MovieLens answers all three questions. A film without a rating answers one: not
# watched, as far as we know. We draw such **negatives** at random, two for each rating.

# %% tags=["nbval-check-output"]
data = movielens.load("100k")
train, test = evaluation.split_random(data.ratings)
validation, fit_part = train[: three_heads.NUM_VALIDATION], train[three_heads.NUM_VALIDATION :]
sizes = data.num_users, data.num_items
rows = datasets.make_movielens_rows(fit_part, fit_part, *sizes)
columns = ["user_index", "item_index", "stars", "liked", "watch", "told"]
print(rows[columns].head(4).astype(int).to_string(index=False))
print(f"{len(rows):,} rows, {rows['told'].mean():.0%} of them with stars")

# %% [markdown]
# `told` says where stars and liked (four stars or more) are known. Elsewhere the numbers are
# fillers. The layers that all tasks use are called the **trunk**; what one task has for itself is
# its **head**.

# %%
show(*figures.three_heads())

# %% [markdown]
# In Keras the trunk is a function of the two inputs. `table` is the `Embedding` of unit 06 that
# charges the rows a batch uses. The hidden layer sees both vectors and their product, number by
# number.


# %% shows="utils.units.multitask_heads.three_heads.trunk"
def trunk(name, user, item, num_users, num_items, embedding_dim, width):
    users = table(num_users, embedding_dim, f"{name}_user_factors", ROW_L2)(user)
    items = table(num_items, embedding_dim, f"{name}_item_factors", ROW_L2)(item)
    features = layers.Concatenate()([users, items, users * items])
    return layers.Dense(width, activation="relu", name=name)(features)


# %% [markdown]
# A head is one linear unit, plus a bias for the user and one for the film. It ends in a sigmoid
# $p$ between 0 and 1; the head for stars stretches it to `1 + 4 * p`, from one star to five.


# %% shows="utils.units.multitask_heads.three_heads.head"
def head(task, hidden, user, item, num_users, num_items):
    score = layers.Dense(1, name=f"{task}_score")(hidden)
    score += table(num_users, 1, f"{task}_user_bias", BIAS_L2, spread=0)(user)
    score += table(num_items, 1, f"{task}_item_bias", BIAS_L2, spread=0)(item)
    return to_stars(score) if task == "stars" else ops.sigmoid(score)


# %% [markdown]
# One trunk, three heads: the tensor `hidden` is used three times. A model with several outputs
# returns a dict, one prediction per task.


# %% shows="utils.units.multitask_heads.three_heads.build_shared_heads"
def build_shared_heads(num_users, num_items, embedding_dim, width):
    user, item = index_inputs()
    hidden = trunk("trunk", user, item, num_users, num_items, embedding_dim, width)
    outputs = {
        task: head(task, hidden, user, item, num_users, num_items)
        for task in TASKS  # hidden is used three times
    }
    return keras.Model([user, item], outputs)


# %% [markdown]
# Three separate models differ in one line: each task gets a trunk of its own.


# %% shows="utils.units.multitask_heads.three_heads.build_separate_heads"
def build_separate_heads(num_users, num_items, embedding_dim, width):
    user, item = index_inputs()
    outputs = {}
    for task in TASKS:
        hidden = trunk(task, user, item, num_users, num_items, embedding_dim, width)
        outputs[task] = head(task, hidden, user, item, num_users, num_items)
    return keras.Model([user, item], outputs)


# %% [markdown]
# **Predict:** three separate models have how many times as many weights?

# %% tags=["nbval-check-output"]
for name, model in {
    "shared": build_shared_heads(*sizes, **three_heads.SIZES),
    "separate": build_separate_heads(*sizes, **three_heads.SIZES),
    "separate, a third as wide": build_separate_heads(*sizes, **three_heads.THIRD),
}.items():
    print(f"{name:26} {model.count_params():>7,} weights")

# %% [markdown]
# So a fair comparison needs two baselines. Separate models of the *same width* get the same number
# of steps and three times the weights. Separate models a *third as wide* get the same steps and
# about the same weights.
#
# ### A loss for each head
#
# `compile` takes a dict of losses, one per output, and adds them up. `loss_weights` says how much
# each counts. Each row of `fit` may come with a `sample_weight` per task: 1 where the label is
# known, 0 where it is a filler. The reduction `"mean_with_sample_weight"` then divides by the
# number of known labels, not by that of all rows.


# %% shows="utils.units.multitask_heads.three_heads.compile_heads"
def compile_heads(model, loss_weights=None, watch_reduction="mean_with_sample_weight"):
    known = "mean_with_sample_weight"  # a mean over the rows whose label is known
    model.compile(
        optimizer=keras.optimizers.Adam(0.003),
        loss={
            "stars": keras.losses.MeanSquaredError(reduction=known),
            "liked": keras.losses.BinaryCrossentropy(reduction=known),
            "watch": keras.losses.BinaryCrossentropy(reduction=watch_reduction),
        },
        loss_weights=loss_weights,
        weighted_metrics={
            "stars": [keras.metrics.MeanSquaredError(name="error")],
            "liked": [keras.metrics.BinaryCrossentropy(name="error")],
            "watch": [keras.metrics.BinaryCrossentropy(name="error")],
        },
        steps_per_execution=10,
    )
    return model


# %% [markdown]
# Each head also gets its loss as a metric, `error`, so that validation can watch the heads one by
# one. Whether sharing pays on MovieLens comes last. First a case where we know what there is to
# share.
#
# ## Two tasks whose relation is known
#
# Task A predicts $\tanh(2\,a_1 \cdot x) + \tanh(2\,a_2 \cdot x)$ plus noise from 20 features $x$.
# Task B does the same with directions $b_1$ and $b_2$. The cosine of $a_1$ and $b_1$ (and of $a_2$
# and $b_2$) is ours to choose: 1 is the same task twice, 0 has nothing in common, and -1 turns
# every label of A around.

# %% tags=["nbval-check-output"]
for cosine in (-1.0, 0.0, 0.5, 1.0):
    inputs, targets, known = datasets.make_pair(cosine)[2]
    correlation = np.corrcoef(targets["a"].ravel(), targets["b"].ravel())[0, 1]
    print(f"{inputs.shape[1]} features, cosine {cosine:4.1f}: correlation {correlation:5.2f}")

# %% [markdown]
# Two hidden units can learn such a task, one cannot. There are several ways to arrange them.

# %%
show(*figures.sharing())

# %% [markdown]
# Each of them ends in two linear heads. What the heads start from makes the difference.


# %% shows="utils.units.multitask_heads.sharing.two_heads"
def two_heads(features, hidden):
    outputs = {}
    for task, part in zip("ab", hidden, strict=True):
        outputs[task] = layers.Dense(1, name=f"head_{task}")(part)
    return keras.Model(features, outputs)


# %% [markdown]
# **Hard sharing**: one layer, twice. Fewest weights; the tasks must agree.


# %% shows="utils.units.multitask_heads.sharing.build_hard_sharing"
def build_hard_sharing(width):
    features = keras.Input((NUM_FEATURES,))
    trunk = layers.Dense(width, activation="tanh", name="trunk")(features)
    return two_heads(features, [trunk, trunk])


# %% [markdown]
# **Nothing shared**: two layers.


# %% shows="utils.units.multitask_heads.sharing.build_single_tasks"
def build_single_tasks(width):
    features = keras.Input((NUM_FEATURES,))
    towers = [layers.Dense(width, activation="tanh", name=f"tower_{task}") for task in "ab"]
    return two_heads(features, [tower(features) for tower in towers])


# %% [markdown]
# **Soft sharing** ([Duong and others, 2015](https://doi.org/10.3115/v1/P15-2139)): two layers and
# a penalty on the squared distance between their weights. A layer of our own can do that:
# `add_loss` adds to the loss of whatever model it is part of. `get_config` says what it takes to
# make the layer again.


# %% shows="utils.units.multitask_heads.sharing.SoftPair"
class SoftPair(layers.Layer):
    def __init__(self, width, strength, **layer_options):
        super().__init__(**layer_options)
        self.width, self.strength = width, strength
        self.pair = [layers.Dense(width, activation="tanh") for _ in range(2)]

    def build(self, input_shape):
        for layer in self.pair:
            layer.build(input_shape)
        self.pair[1].set_weights(self.pair[0].get_weights())

    def call(self, features):
        weights = zip(self.pair[0].weights, self.pair[1].weights, strict=True)
        distance = sum(ops.sum(ops.square(one - other)) for one, other in weights)
        self.add_loss(self.strength * distance)
        return [layer(features) for layer in self.pair]

    def get_config(self):
        return {**super().get_config(), "width": self.width, "strength": self.strength}


# %% [markdown]
# Penalty 0 is two single models, a huge penalty is one.


# %% shows="utils.units.multitask_heads.sharing.build_soft_sharing"
def build_soft_sharing(width, strength):
    features = keras.Input((NUM_FEATURES,))
    return two_heads(features, SoftPair(width, strength, name="pair")(features))


# %% [markdown]
# **Cross-stitch** ([Misra and others, 2016](https://arxiv.org/abs/1604.03539)): two layers; each
# head gets `own` times its layer plus `other` times the other one. These four numbers are weights
# of the layer, and learned.


# %% shows="utils.units.multitask_heads.sharing.CrossStitch"
class CrossStitch(layers.Layer):
    def __init__(self, own=0.9, other=0.1, **layer_options):
        super().__init__(**layer_options)
        self.own, self.other = own, other

    def build(self, input_shapes):
        self.mixture = self.add_weight(shape=(2, 2), name="mixture")
        self.mixture.assign([[self.own, self.other], [self.other, self.own]])

    def call(self, hidden):
        first, second = hidden
        return [row[0] * first + row[1] * second for row in ops.unstack(self.mixture)]

    def get_config(self):
        return {**super().get_config(), "own": self.own, "other": self.other}


# %% shows="utils.units.multitask_heads.sharing.build_cross_stitch"
def build_cross_stitch(width, own=0.9, other=0.1):
    features = keras.Input((NUM_FEATURES,))
    towers = [layers.Dense(width, activation="tanh", name=f"tower_{task}") for task in "ab"]
    stitch = CrossStitch(own, other, name="stitch")
    return two_heads(features, stitch([tower(features) for tower in towers]))


# %% [markdown]
# **Predict:** which of them has the most weights?

# %% tags=["nbval-check-output"]
for name, model in {
    "nothing shared": build_single_tasks(width=4),
    "soft sharing": build_soft_sharing(width=4, strength=pair.SOFT_STRENGTH),
    "cross-stitch": build_cross_stitch(width=4),
    "hard sharing": build_hard_sharing(width=4),
    "nothing shared, half width": build_single_tasks(width=2),
}.items():
    print(f"{name:27} {model.count_params():4} weights")

# %% [markdown]
# ## When sharing pays
#
# Two settings. **Scarce:** task A has many labels, task B few, and the trunk has room for both.
# **Crowded:** many labels each, and a trunk just large enough for one task.

# %% tags=["nbval-check-output"]
for name, setting in pair.SETTINGS.items():
    labels = f"{datasets.NUM_TRAIN:,} labels of A, {setting['num_labels_b']:,} of B"
    print(f"{name}: {labels}, {setting['width']} hidden units")

# %% [markdown]
# Both losses are squared errors.


# %% shows="utils.units.multitask_heads.pair.compile_pair"
def compile_pair(model, loss_weights=None):
    squared_error = keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")
    model.compile(
        optimizer=keras.optimizers.Adam(0.03),
        loss={"a": squared_error, "b": squared_error},
        loss_weights=loss_weights,
        weighted_metrics={task: [keras.metrics.MeanSquaredError(name="error")] for task in "ab"},
        steps_per_execution=STEPS_PER_EPOCH,
    )
    return model


# %% [markdown]
# The best epoch of one task need not be that of the other. A **callback** looks at the validation
# errors after each epoch and keeps the weights that are best so far, for each task.


# %% shows="utils.units.multitask_heads.fitting.KeepBest"
class KeepBest(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.lowest = dict.fromkeys(self.model.output, np.inf)
        self.weights = {}

    def on_epoch_end(self, epoch, logs=None):
        for task, lowest in self.lowest.items():
            error = logs[f"val_{task}_error"]
            if error < lowest:
                self.lowest[task] = error
                self.weights[task] = self.model.get_weights()


# %% [markdown]
# `fit` is that of Keras, with this callback. It serves for the pair and for the films.


# %% shows="utils.units.multitask_heads.fitting.fit"
def fit(model, train, validation, epochs, batch_size, shuffle=True, callbacks=()):
    best = KeepBest()
    history = model.fit(
        train.inputs,
        train.targets,
        sample_weight=train.known,
        validation_data=tuple(validation),
        validation_batch_size=8192,
        epochs=epochs,
        batch_size=batch_size,
        shuffle=shuffle,
        callbacks=[best, *callbacks],
        verbose=0,
    )
    return best.weights, history.history


# %% [markdown]
# One training of the scarce setting with cosine 1. The pair is small: each step takes all rows, and
# `repeat` makes an epoch of ten such steps. Errors are shares of the variance of the test labels: 1
# is predicting the mean.

# %%
scarce = pair.SETTINGS["scarce"]
train_rows, validation_rows, test_rows = datasets.make_pair(
    cosine=1.0, num_labels_b=scarce["num_labels_b"], seed=0
)
keras.utils.set_random_seed(0)
model = compile_pair(build_hard_sharing(scarce["width"]))
best_weights, history = fit(model, pair.repeat(train_rows), validation_rows, **pair.TRAINING)
scarce_errors = pair.relative_errors(model, best_weights, test_rows)
for task, error in scarce_errors.items():
    print(f"task {task}: {train_rows.known[task].sum():5,.0f} labels, test error {error:.2f}")

# %% [markdown]
# **Predict:** draw the gain of sharing, error of single models less error of hard sharing, over
# the cosine from -1 to 1. Where does it cross zero? What happens at -1?

# %%
runs = results.load("14_multitask_heads")


def draw_gain(axes, part, baseline, color, marker, label):
    errors = runs[runs["part"] == part].set_index(["cosine", "seed", "model"])
    errors = errors[["error_b"] if part == "scarce" else ["error_a", "error_b"]].mean(axis=1)
    by_model = errors.unstack("model")
    gains = (by_model[baseline] - by_model["hard sharing"]).unstack("seed")
    gains.index = gains.index.astype(float)
    gains = gains.sort_index()
    mean, spread = gains.mean(axis=1), gains.std(axis=1)
    axes.plot(gains.index, mean, color=color, marker=marker, label=label)
    axes.fill_between(gains.index, mean - spread, mean + spread, color=color, alpha=0.2)


# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3.6))
titles = {"scarce": "Scarce: task B, few labels", "crowded": "Crowded: both tasks, two units"}
for axes, (part, title) in zip(panels, titles.items(), strict=True):
    draw_gain(axes, part, "single", BLUE, "o", "against the same width")
    draw_gain(axes, part, "single, half width", ORANGE, "s", "against the same weights")
    axes.axhline(0, color=GRAY, linestyle=":")
    axes.set(title=title, xlabel="cosine of the two tasks", xticks=[-1, -0.5, 0, 0.5, 1])
panels[0].set(ylabel="gain of sharing, in error")
panels[0].legend(loc="upper center")
show(
    figure,
    "Gain of hard sharing over the cosine, five seeds. Scarce labels: a large gain near -1 and 1, "
    "around zero in between. Crowded trunk: against the same width a loss between, none at the "
    "ends; against the same number of weights no loss in between, a gain at the ends.",
)

# %% [markdown]
# Three things to read.
#
# - **The sign hardly matters.** A head can turn its trunk around with one weight, so opposite tasks
#   can share as equal ones do. The wider band at -1 comes from a seed that got stuck on the way.
# - **Scarce labels gain** where the tasks are close: 60 labels are too few to find the directions,
#   and task A has found them already.
# - **A crowded trunk loses** against single models of the same width: two units cannot serve four
#   directions. This is **negative transfer**. Against models of the same number of weights, which
#   have one unit each, there is nothing left to lose. The baseline decides the headline.

# %% tags=["nbval-check-output"]
near = runs[(runs["part"] == "scarce") & runs["cosine"].isin(["0.0", "0.9", "1.0"])]
near = near.sort_values("cosine", kind="stable")
summary = results.mean_and_spread(near, ["cosine", "model"], ["error_a", "error_b"], digits=2)
print(summary.to_string())

# %% [markdown]
# With the same task twice, hard sharing is best: it has the fewest weights to learn from 60 labels.
# With unrelated tasks it gains nothing and takes task A down with it. Soft sharing and
# cross-stitch risk less and gain less. Our cross-stitch starts from scratch and may simply need
# longer to find out how much to mix.

# %% [markdown]
# ### Why does it work at all?
#
# [Caruana (1997)](https://doi.org/10.1023/A:1007379606734) asked first; [Ruder's overview
# (2017)](https://arxiv.org/abs/1706.05098) sums up five ways in which a second target helps:
#
# 1. **More data**: two noisy targets average their noise out in the trunk.
# 2. **Attention**: the second task confirms which features matter.
# 3. **Eavesdropping**: B learns through A what is hard to see in B's own labels.
# 4. **Bias**: the trunk prefers what several tasks can use.
# 5. **Regularization**: a trunk with two masters cannot learn one of them by heart.
#
# An **auxiliary target** is one that nobody needs in the end. It may even be unknown when the
# model is used: whether a film was watched to the end is known only afterward, so it cannot be a
# feature, but it can be a target.

# %% [markdown]
# ## A sum beside a mean
#
# Losses are added up, so their sizes matter. A batch of 2,048 rows, a model that knows nothing:
# it says 3.53 stars (about the mean) and "one in three" for watching. **Predict:** how large are
# the losses of stars and of watching? And if they are divided by all rows, or by nothing?

# %% tags=["nbval-check-output"]
batch = three_heads.to_rows(rows[:2_048])
guesses = {
    "stars": (keras.losses.MeanSquaredError, 3.53),
    "watch": (keras.losses.BinaryCrossentropy, 1 / 3),
}
for reduction in ("mean_with_sample_weight", "sum_over_batch_size", "sum"):
    for task, (loss, guess) in guesses.items():
        labels = batch.targets[task]
        size = loss(reduction=reduction)(labels, np.full_like(labels, guess), batch.known[task])
        print(f"{task}, {reduction:24}{float(size):8.2f}")

# %% [markdown]
# The default, `"sum_over_batch_size"`, divides by all rows: where two rows of three have no stars,
# the stars count a third. With `reduction="sum"` on one head, "both weights are 1" means one to a
# thousand, and the ratio changes with the batch size. At least one published tutorial adds such a
# sum to a mean. The **unit** does the same more quietly: stars scaled to 0..1 have a squared error
# 16 times smaller.

# %% [markdown]
# ## Five ways to choose weights
#
# The first is in `compile`: **fixed** `loss_weights`, chosen by hand on a validation part. The
# other four change the weights, or the gradients, while the model trains. Each is written here for
# a `keras.Model` that you can carry to your own layers, tasks and losses.
#
# ### Learn the weights with the rest
#
# **Uncertainty weighting** ([Kendall and others, 2018](https://arxiv.org/abs/1705.07115)) learns a
# number $s$ for each task and makes the sum of $\frac12 e^{-s} L + \frac12 s$ small. Where is the
# best $s$?


# %% shows="utils.units.multitask_heads.balance.uncertainty_loss"
def uncertainty_loss(losses, log_variances):
    return ops.sum(ops.exp(-log_variances) * losses + log_variances) / 2


# %% tags=["nbval-check-output"]
losses = np.array([4.0, 0.04])
for s in (np.zeros(2), np.log(losses), np.log(losses) + 0.5):
    total = float(uncertainty_loss(losses, s))
    print(f"s = {s.round(2)}: total {total:5.2f}, weight x loss {(np.exp(-s) * losses).round(2)}")

# %% [markdown]
# The total is lowest at $s = \log L$, where weight times loss is 1 for every task. The unit of a
# label drops out. In Keras $s$ is one more weight of the model, and the total is what
# `compute_loss` returns. A first function gives the loss of each task, as `compile` was told.


# %% shows="utils.units.multitask_heads.gradients.task_losses"
def task_losses(model, y, y_pred, known):
    known = known or dict.fromkeys(model.loss)  # without weights of rows: None
    losses = [loss(y[task], y_pred[task], known[task]) for task, loss in model.loss.items()]
    return ops.stack(losses)


# %% shows="utils.units.multitask_heads.balanced_models.UncertaintyModel"
class UncertaintyModel(keras.Model):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.log_variances = self.add_weight(
            shape=(len(outputs),), initializer="zeros", name="log_variances"
        )

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        losses = task_losses(self, y, y_pred, sample_weight)
        return uncertainty_loss(losses, self.log_variances) + sum(self.losses)


# %% [markdown]
# `sum(self.losses)` are the penalties of layers, such as that of a table. The formula is the one
# for squared errors. For a cross-entropy the paper leaves out the $\frac12$ before $L$; that moves
# the best $s$ by $\log 2$ and changes nothing else.
#
# ### A training step of our own
#
# The other methods need more than one total: the loss *and the gradient* of each task. The place
# for that is `train_step`, which Keras calls for every batch.
#
# - `task_gradients` returns the losses, and the gradients as a matrix: a row for each task, a
#   column for each weight of the model. It is the one function that asks TensorFlow.
# - `balance` makes one row of them. Each method will replace it.
# - `as_variables` cuts the row into the shapes of the weights, for the optimizer.

# %%
from utils.units.multitask_heads.balance import mean_cosine
from utils.units.multitask_heads.gradients import as_variables, shared_weights, task_gradients


# %% shows="utils.units.multitask_heads.balanced_models.BalancedModel"
class BalancedModel(keras.Model):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.task_weights = self.add_weight(
            shape=(len(outputs),), initializer="ones", trainable=False, name="task_weights"
        )
        self.shared = shared_weights(self)
        self.cosine = keras.metrics.Mean(name="cosine")

    def train_step(self, data):
        x, y, known = keras.utils.unpack_x_y_sample_weight(data)
        losses, gradients, y_pred = task_gradients(self, x, y, known)
        step = as_variables(self.balance(losses, gradients), self.trainable_variables)
        self.optimizer.apply(step, self.trainable_variables)
        self.cosine.update_state(mean_cosine(gradients * self.shared))
        # The metrics of Keras itself: "loss", and for each task "a_loss", "b_loss".
        self.metrics[0].update_state(self.compute_loss(x, y, y_pred, known))
        return self.compute_metrics(x, y, y_pred, known)

    def balance(self, losses, gradients):
        return ops.matmul(self.task_weights, gradients)


# %% [markdown]
# Without more it adds the gradients up, each times its weight, as Keras does. `shared` holds a 1
# for each weight that lies on the way to every head: the trunk. The metric `cosine` is that of the
# angle between the gradients there.
#
# ### Look at the speed
#
# **Dynamic weight average**, DWA ([Liu and others, 2019](https://arxiv.org/abs/1803.10704)),
# compares each loss with its own value one epoch before. The task that falls more slowly gets more
# weight.


# %% shows="utils.units.multitask_heads.balance.dwa_weights"
def dwa_weights(losses, losses_before, temperature=2.0):
    return len(losses) * ops.softmax(losses / losses_before / temperature)


# %% tags=["nbval-check-output"]
now, before = np.array([0.9, 0.5]), np.array([1.0, 1.0])
for unit in (1, 100):
    weights = dwa_weights(now * [1, unit], before * [1, unit])
    print(f"second loss times {unit:3}: weights {weights.numpy().round(2)}")

# %% [markdown]
# Only ratios enter. So DWA does not see units at all: it neither suffers from them nor repairs
# them. It looks once per epoch, which in Keras is the time of a callback.


# %% shows="utils.units.multitask_heads.balanced_models.DynamicWeightAverage"
class DynamicWeightAverage(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        losses = np.array([logs[f"{task}_loss"] for task in self.model.loss])
        if epoch > 0:
            self.model.task_weights.assign(dwa_weights(losses, self.losses_before))
        self.losses_before = losses


# %% [markdown]
# ### Look at the length
#
# **GradNorm** ([Chen and others, 2018](https://arxiv.org/abs/1711.02257)) looks at the length of
# each task's gradient on the trunk and moves the weights until the lengths match a target. A task
# that lags behind its start gets a longer one.


# %% shows="utils.units.multitask_heads.balance.gradnorm_targets"
def gradnorm_targets(lengths, losses, first_losses, alpha):
    relative = losses / first_losses
    return ops.mean(lengths) * (relative / ops.mean(relative)) ** alpha


# %% tags=["nbval-check-output"]
lengths, losses, first_losses = np.array([3.0, 1.0]), np.array([0.2, 0.8]), np.ones(2)
for alpha in (0.0, 0.2, 1.0):
    targets = gradnorm_targets(lengths, losses, first_losses, alpha)
    print(f"lengths {lengths}, alpha {alpha}: targets {targets.numpy().round(2)}")

# %% [markdown]
# The model keeps the first losses, and moves its weights by a small factor in each step: up where
# the gradient is too short, down where it is too long. The paper learns them by gradient descent;
# this takes only the sign of its step.


# %% shows="utils.units.multitask_heads.balanced_models.GradNorm"
class GradNorm(BalancedModel):
    def __init__(self, inputs, outputs, alpha=0.2, rate=0.05):
        super().__init__(inputs, outputs)
        self.alpha, self.rate = alpha, rate
        self.first_losses = self.add_weight(
            shape=(len(outputs),), initializer="zeros", trainable=False, name="first_losses"
        )

    def balance(self, losses, gradients):
        first = ops.where(self.first_losses == 0, losses, self.first_losses)
        weights = ops.convert_to_tensor(self.task_weights)
        lengths = weights * ops.norm(gradients * self.shared, axis=1)
        targets = gradnorm_targets(lengths, losses, first, self.alpha)
        moved = weights * ops.exp(self.rate * ops.sign(targets - lengths))
        self.task_weights.assign(moved / ops.mean(moved))
        self.first_losses.assign(first)
        return ops.matmul(weights, gradients)


# %% [markdown]
# ### Look at the direction
#
# **PCGrad** ([Yu and others, 2020](https://arxiv.org/abs/2001.06782)) leaves lengths alone and
# looks at directions. If two gradients conflict (negative dot product), each loses its part along
# the other. With more than two tasks the others are visited in random order.


# %% shows="utils.units.multitask_heads.balance.project_conflicts"
def project_conflicts(gradients, seed=None):
    rows, projected = ops.unstack(gradients), []
    for task, own in enumerate(rows):
        others = ops.stack(rows[:task] + rows[task + 1 :])
        for other in ops.unstack(keras.random.shuffle(others, seed=seed)):
            overlap = ops.minimum(ops.sum(own * other), 0)  # 0 without a conflict
            own = own - ops.divide_no_nan(overlap, ops.sum(other * other)) * other
        projected.append(own)
    return ops.stack(projected)


# %% tags=["nbval-check-output"]
conflict = np.array([[1.0, 0.6], [-0.9, 0.5]])
projected = project_conflicts(conflict).numpy()
for before, after, other in zip(conflict, projected, conflict[::-1], strict=True):
    print(f"{before} becomes {after.round(2)}, times the other {abs(after @ other):.2f}")

# %% [markdown]
# Each row now stands at a right angle to the other's old one. The heads stay out of it: each
# follows its own task.


# %% shows="utils.units.multitask_heads.balanced_models.PCGrad"
class PCGrad(BalancedModel):
    def balance(self, losses, gradients):
        trunk = gradients * self.shared
        return ops.sum(gradients - trunk + project_conflicts(trunk), axis=0)


# %% [markdown] quotes=["0.1", "100"]
# ### The test
#
# The crowded setting, two unrelated tasks, and B's labels in a unit ten times as large: its numbers
# are 0.1 times what they were, and its loss is 100 times smaller. A model of the last section
# becomes any of these with one line, and then `compile` and `fit` as always. **Predict:** which
# methods give B a chance?

# %%
methods = {
    "equal weights": (BalancedModel, []),
    "uncertainty": (UncertaintyModel, []),
    "DWA": (BalancedModel, [DynamicWeightAverage()]),
    "GradNorm": (GradNorm, []),
    "PCGrad": (PCGrad, []),
}
train_rows, validation_rows, test_rows = datasets.make_pair(0.0, scale_b=pair.OTHER_UNIT, seed=0)
method_errors = {}
for name, (balanced_model, callbacks) in methods.items():
    keras.utils.set_random_seed(0)
    model = build_hard_sharing(pair.SETTINGS["crowded"]["width"])
    model = compile_pair(balanced_model(model.input, model.output))
    options = {**pair.TRAINING, "callbacks": callbacks}
    best_weights, history = fit(model, pair.repeat(train_rows), validation_rows, **options)
    method_errors[name] = pair.relative_errors(model, best_weights, test_rows)
    print(f"{name:14} A {method_errors[name]['a']:.2f}   B {method_errors[name]['b']:.2f}")

# %% [markdown]
# That was one seed. Five seeds, and for comparison both labels in the same unit:

# %% tags=["nbval-check-output"]
balanced = runs[runs["part"] == "balance"]
by = ["unit of B", "model"]
print(results.mean_and_spread(balanced, by, ["error_a", "error_b"], digits=2).to_string())
served = balanced.assign(both=balanced[["error_a", "error_b"]].max(axis=1) < 0.5)
print(served[served["unit of B"] == "0.1"].groupby("model", sort=False)["both"].sum().to_string())

# %% [markdown]
# The last lines count the seeds in which *both* tasks ended below an error of one half.
#
# - In the same unit all methods agree: each task gets one hidden unit.
# - With B in the small unit, **equal weights** leave B nothing, and **DWA** cannot know better.
# - **Uncertainty weighting** and **GradNorm** see the scale, and yet they rescue B in two seeds of
#   five. Their weights need time to move, and by then A may hold both units.
# - **PCGrad** was not made for scales, and rescues B once. Two of five against one of five is no
#   difference: with this spread the three cannot be ranked.
#
# The cheap remedy is in the first half of the table: measure each label in units of its standard
# deviation, *before* training. Then choose a method, if one is still needed.

# %% [markdown] quotes=["200"]
# ## The angle between the tasks
#
# PCGrad acts when the gradients conflict. How often do they? The metric `cosine` of our model
# tells, one mean for each epoch of ten steps. **Predict:** for the cosines 1 and 0 of the tasks,
# draw the cosine of the two gradients over 200 steps. Then one seed of the same task twice:

# %%
crowded = pair.SETTINGS["crowded"]
train_rows, validation_rows, test_rows = datasets.make_pair(cosine=1.0, seed=0)
keras.utils.set_random_seed(0)
model = build_hard_sharing(crowded["width"])
model = compile_pair(BalancedModel(model.input, model.output))
_, history = fit(model, pair.repeat(train_rows), validation_rows, **pair.TRAINING)
print(np.round(history["cosine"], 1))

# %% [markdown]
# And five seeds, beside those of two unrelated tasks:

# %%
angle_columns = [column for column in runs if column.startswith("angle")]
steps = [int(column[-3:]) + 5 for column in angle_columns]
shared = runs[(runs["part"] == "crowded") & (runs["model"] == "hard sharing")]
figure, axes = plt.subplots()
for cosine, color, marker in (("1.0", BLUE, "o"), ("0.0", VERMILION, "s")):
    angles = shared.loc[shared["cosine"] == cosine, angle_columns]
    mean, spread = angles.mean(), angles.std()
    axes.plot(steps, mean, color=color, marker=marker, markevery=3, label=f"tasks at {cosine}")
    axes.fill_between(steps, mean - spread, mean + spread, color=color, alpha=0.2)
axes.axhline(0, color=GRAY, linestyle=":")
axes.set(title="Gradients on the trunk", xlabel="step", ylabel="cosine of the two gradients")
axes.legend()
show(
    figure,
    "Cosine of the gradients of two tasks over 200 steps, five seeds. For the same task twice it "
    "is positive for about seventy steps, then falls to minus one. For unrelated tasks it is "
    "negative nearly from the start.",
)

# %% [markdown]
# Early on the angle tells the relation. Late it does not: even the same task twice ends at -1,
# its loss being near its lowest. At a minimum of $L_A + L_B$ the two gradients add up to zero, so
# they point in exactly opposite directions, or vanish both. A conflict at the end says "finished",
# not "unrelated".

# %% [markdown]
# ## The trade-off between heads
#
# Back to one unit for both labels, and fixed `loss_weights` in `compile`: A gets the share below, B
# the rest. **Predict:** how do the two errors change from row to row?

# %% tags=["nbval-check-output"]
swept = runs[runs["part"] == "weights"].groupby("weight of A")[["error_a", "error_b"]].mean()
print(swept.round(2).to_string())

# %% [markdown]
# The same as a picture, a gray point for each row. The colored points are the methods of the last
# table, with B in the small unit.

# %%
figure, axes = plt.subplots(figsize=(7, 4.5))
axes.plot(swept["error_a"], swept["error_b"], "o-", color=GRAY, label="fixed weights")
small_unit = balanced[balanced["unit of B"] == "0.1"]
points = small_unit.groupby("model", sort=False)[["error_a", "error_b"]].mean()
for (name, point), color, marker in zip(points.iterrows(), PALETTE, MARKERS[1:], strict=False):
    axes.plot(*point, marker=marker, color=color, markersize=9, linestyle="", label=name)
axes.set(title="Two tasks, two hidden units", xlabel="test error of A", ylabel="test error of B")
axes.legend()
show(
    figure,
    "Test error of task B over test error of task A. Gray points for fixed weights run from good "
    "for B and bad for A, through a corner where both are mediocre, to good for A and bad for B. "
    "The methods with B in a small unit lie between the corner and the end that serves A.",
)

# %% [markdown]
# The fixed weights jump: the corner with one unit for each task, or both units for one. No weight
# gives a bit more of this for a bit less of that. A method can only pick a place on this curve; one
# that lies off it is a mean over seeds which ended at different places.

# %% [markdown]
# ## Three heads on MovieLens
#
# Back to films, to the cells of the first section. Train one model with three heads and weights of
# 1; the validation part, cut from the training part, chooses an epoch for each head.

# %%
validation_rows = datasets.make_movielens_rows(validation, train, *sizes)
keras.utils.set_random_seed(0)
model = compile_heads(build_shared_heads(*sizes, **three_heads.SIZES))
parts = three_heads.to_rows(rows), three_heads.to_rows(validation_rows)
best_weights, history = fit(model, *parts, **three_heads.TRAINING)
measured = three_heads.measure(model, best_weights, train, test, *sizes)
print({name: round(value, 2) for name, value in measured.items()})

# %% [markdown]
# Below, the random split of unit 06 over five seeds, which change negatives and weights. `rmse` is
# in stars (lower is better). `liked_auc` is the area under the curve over all test ratings,
# `watch_auc` and `watch_ndcg` rank the full catalog (higher is better). The first row needs no
# network. **Predict:** which columns gain from sharing?

# %% tags=["nbval-check-output"]
films = runs[(runs["part"] == "movielens") & (runs["stars told"] == "100%")]
metrics = ["rmse", "liked_auc", "watch_auc", "watch_ndcg"]
print(results.mean_and_spread(films, ["model"], metrics).to_string())


# %% tags=["nbval-check-output"]
def print_gains(part, names):
    for name in names:
        for metric in metrics:
            by_seed = part.pivot_table(values=metric, index="seed", columns="model")
            gain = by_seed[name] - by_seed["single"]
            print(f"{name:22} {metric:10} {gain.mean():+.3f} ± {gain.std():.3f}")


print("difference to single models of the same width, seed by seed")
print_gains(films, ["shared, equal weights", "shared, uncertainty"])

# %% [markdown]
# - **Stars and liked gain** from the shared trunk, by little. **Watch pays** for it: its ranking
#   falls clearly behind that of a model of its own.
# - **Uncertainty weighting** keeps the gain and gives back most of the price. The loss of watching
#   is the smallest of the three, so it gets the largest weight.
# - **Watch summed**: the head for stars falls behind biases that need no network. The trunk belongs
#   to watching, and nobody said so.
# - Models a third as wide, with about the weights of the shared one, do as well on stars and liked
#   as wide ones. Against them watch pays with equal weights, and no longer with uncertainty
#   weighting: that difference is within the spread.
#
# So is one model with three heads better than three models? It is smaller, a little better at
# stars, a little worse at ranking. The multitask tutorial of TensorFlow Recommenders ends with a
# similar sentence. Whoever shows one head only can claim anything.

# %% [markdown]
# ### Fewer stars
#
# Stars are scarce in practice: many watch, few rate. Now only 10% of the training ratings tell
# their stars; of the others we know that the film was watched. Should sharing help more?

# %% tags=["nbval-check-output"]
few = runs[(runs["part"] == "movielens") & (runs["stars told"] == "10%")]
print(results.mean_and_spread(few, ["model"], metrics).to_string())
print()
print_gains(few, ["shared, equal weights", "shared, uncertainty"])

# %% [markdown]
# No. Liked still gains a little, the stars no more than the spread, and the biases beat every
# network on both. Watch pays more than before: stars and liked now rest on a tenth of the rows, and
# with equal weights their few rows are as loud in the trunk as all the rows of watching. This time
# uncertainty weighting gives little of the price back.
#
# On the simulated pair the rich task had found the very directions the scarce one needed. Whether
# users *watch* a film says less about how they *rate* it.

# %% [markdown] quotes=["100"]
#
# ## Takeaways
#
# - Sharing helps a task with few labels if the other task needs the same directions; the sign of
#   the relation does not matter.
# - A trunk too small for both tasks makes both worse: negative transfer.
# - A claim of gain needs its budget: same steps, same width, same number of weights.
# - Losses meet in a sum. Check reduction, rows and unit before any clever weighting.
# - A `train_step` that asks for the gradient of each task can balance any Functional model;
#   `compile` and `fit` stay as they are.
# - Uncertainty weighting and GradNorm see scales; DWA sees only rates; PCGrad only directions.
# - On MovieLens one head gains and another pays. Report all heads.
#
# ## Questionnaire
#
# <details><summary>Two tasks have labels with correlation -1. Can they share a trunk?</summary>Yes.
# A head turns the sign around with one weight.</details>
#
# <details><summary>A paper compares one shared model with single models a third as wide. What is
# missing?</summary>Single models of the same width. With the same number of weights a single
# model may be too narrow for its task.</details>
#
# <details><summary>One head uses a sum over the batch, the others a mean. What happens when the
# batch size doubles?</summary>The weight of that head doubles.</details>
#
# <details><summary>Two rows of three have no stars, and their `sample_weight` is 0. What does the
# default reduction of Keras do to the loss of the stars?</summary>It divides by all rows, so the
# stars count a third. `mean_with_sample_weight` divides by the known rows.</details>
#
# <details><summary>What is the best s of uncertainty weighting for a loss L, and what follows for
# units?</summary>s = log L. Weight times loss is then 1 in any unit.</details>
#
# <details><summary>Why does DWA not repair a loss that is 100 times too small?</summary>It compares
# a loss with its own past; a constant factor cancels.</details>
#
# <details><summary>The gradients of two tasks point in opposite directions at the end of training.
# Are the tasks unrelated?</summary>Not necessarily. At a minimum of the sum they always do, unless
# both are zero.</details>
#
# ## Going further
#
# - R. Caruana, ["Multitask Learning"](https://doi.org/10.1023/A:1007379606734), 1997.
# - S. Ruder, ["An Overview of Multi-Task Learning in Deep Neural
#   Networks"](https://arxiv.org/abs/1706.05098), 2017.
# - L. Duong, T. Cohn, S. Bird, P. Cook, ["Low Resource Dependency Parsing: Cross-lingual Parameter
#   Sharing in a Neural Network Parser"](https://doi.org/10.3115/v1/P15-2139), 2015.
# - I. Misra, A. Shrivastava, A. Gupta, M. Hebert, ["Cross-Stitch Networks for Multi-Task
#   Learning"](https://arxiv.org/abs/1604.03539), 2016.
# - A. Kendall, Y. Gal, R. Cipolla, ["Multi-Task Learning Using Uncertainty to Weigh Losses for
#   Scene Geometry and Semantics"](https://arxiv.org/abs/1705.07115), 2018.
# - Z. Chen, V. Badrinarayanan, C.-Y. Lee, A. Rabinovich, ["GradNorm: Gradient Normalization for
#   Adaptive Loss Balancing in Deep Multitask Networks"](https://arxiv.org/abs/1711.02257), 2018.
# - S. Liu, E. Johns, A. Davison, ["End-to-End Multi-Task Learning with
#   Attention"](https://arxiv.org/abs/1803.10704), 2019.
# - T. Yu, S. Kumar, A. Gupta, S. Levine, K. Hausman, C. Finn, ["Gradient Surgery for Multi-Task
#   Learning"](https://arxiv.org/abs/2001.06782), 2020.
