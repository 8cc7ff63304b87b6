"""Three tasks on MovieLens: how many stars, four stars or more, will the user watch it at all."""

import keras
import numpy as np
from keras import layers
from sklearn.metrics import roc_auc_score

from utils import evaluation
from utils.training import model_inputs
from utils.units.multitask_heads.datasets import TASKS

LOSSES = {"stars": "mse", "liked": "binary_crossentropy", "watch": "binary_crossentropy"}
EPOCHS = 6
BATCH_SIZE = 2048
L2 = 0.02


def build_shared_heads(num_users, num_items, embedding_dim=16, width=32):
    """Build one trunk of user vectors, film vectors and a hidden layer, with a head for each task.

    A head is a linear unit plus a bias for the user and one for the film, and a sigmoid; the
    sigmoid p of the head "stars" is stretched to 1 + 4 p.

    Args:
        num_users, num_items, embedding_dim, width: ints.

    Returns:
        Model that maps [user_index, item_index] to a dict of predictions (batch, 1).
    """
    user, item = _index_inputs()
    hidden = _trunk(user, item, num_users, num_items, embedding_dim, width)
    outputs = {task: _head(task, hidden, user, item, num_users, num_items) for task in TASKS}
    return keras.Model([user, item], outputs)


def build_separate_heads(num_users, num_items, embedding_dim=16, width=32):
    """Build three networks, one for each task, that share nothing but their inputs.

    Args:
        num_users, num_items, embedding_dim, width: ints.

    Returns:
        Model as from `build_shared_heads`. Adam moves each weight by its own gradient alone, so
        training all three at once is the same as training one after the other.
    """
    user, item = _index_inputs()
    outputs = {}
    for task in TASKS:
        hidden = _trunk(user, item, num_users, num_items, embedding_dim, width)
        outputs[task] = _head(task, hidden, user, item, num_users, num_items)
    return keras.Model([user, item], outputs)


class UncertaintyModel(keras.Model):
    """A model that learns, for each head, how much its loss counts.

    The total is the sum of exp(-s) L / 2 + s / 2 for the squared error of the stars, and of
    exp(-s) L + s / 2 for the cross-entropies.

    Args:
        inputs, outputs: those of a model from `build_shared_heads`.

    Source: Kendall, Gal and Cipolla (2018), see `utils.units.multitask_heads.balance`.
    """

    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs)
        self.log_variances = self.add_weight(shape=(3,), initializer="zeros", name="s")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        total = sum(self.losses)
        for place, (task, factor) in enumerate(zip(TASKS, (0.5, 1.0, 1.0), strict=True)):
            error = keras.losses.get(LOSSES[task])(y[task], y_pred[task])
            loss = keras.ops.mean(keras.ops.squeeze(sample_weight[task]) * error)
            s = self.log_variances[place]
            total += factor * keras.ops.exp(-s) * loss + s / 2
        return total


class KeepBest(keras.callbacks.Callback):
    """Remember, for each task, the weights of the epoch with its lowest validation error."""

    def on_train_begin(self, logs=None):
        self.lowest = dict.fromkeys(TASKS, np.inf)
        self.weights = {}

    def on_epoch_end(self, epoch, logs=None):
        for task in TASKS:
            if logs[f"val_{task}_error"] < self.lowest[task]:
                self.lowest[task] = logs[f"val_{task}_error"]
                self.weights[task] = self.model.get_weights()


def fit(model, rows, validation, losses=LOSSES, loss_weights=None):
    """Train a model with three heads for six epochs of Adam.

    Args:
        model: Model; trained in place.
        rows, validation: DataFrames from `multitask_data.make_movielens_rows`.
        losses: dict, the loss of each task.
        loss_weights: dict, the weight of each task; None for 1.

    Returns:
        dict: for each task the weights of the model after the epoch that was best for it.
    """
    model.compile(
        optimizer=keras.optimizers.Adam(0.003),
        loss=losses,
        loss_weights=loss_weights,
        weighted_metrics={
            "stars": [keras.metrics.MeanSquaredError(name="error")],
            "liked": [keras.metrics.BinaryCrossentropy(name="error")],
            "watch": [keras.metrics.BinaryCrossentropy(name="error")],
        },
        steps_per_execution=10,
    )
    keep_best = KeepBest()
    inputs, targets, weights = _fit_arrays(rows)
    model.fit(
        inputs,
        targets,
        sample_weight=weights,
        validation_data=_fit_arrays(validation),
        validation_batch_size=8192,
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
        callbacks=[keep_best],
        verbose=0,
    )
    return keep_best.weights


def measure(model, best_weights, train, test, num_users, num_items):
    """Return the quality of each head on the test part, with the weights that are best for it.

    Args:
        model: Model with three heads.
        best_weights: dict from `fit`.
        train, test: DataFrames of ratings; training films are left out of the rankings.
        num_users, num_items: ints.

    Returns:
        dict of floats: "rmse" in stars, "liked_auc" over all test rows, "watch_auc" and
        "watch_ndcg", means over users of rankings of the full catalog.
    """
    model.set_weights(best_weights["stars"])
    stars = model.predict(model_inputs(test), batch_size=8192, verbose=0)["stars"]
    model.set_weights(best_weights["liked"])
    liked = model.predict(model_inputs(test), batch_size=8192, verbose=0)["liked"]
    model.set_weights(best_weights["watch"])
    pairs = list(np.indices((num_users, num_items), dtype="int32").reshape(2, -1))
    watch = model.predict(pairs, batch_size=65_536, verbose=0)["watch"]
    return measure_scores(stars, liked, watch.reshape(num_users, num_items), train, test)


def measure_scores(stars, liked, watch, train, test):
    """Return the metrics of `measure` for predictions of any origin.

    Args:
        stars, liked: arrays with one number per test row.
        watch: array (num_users, num_items).
        train, test: DataFrames of ratings.
    """
    ranking = evaluation.ranking_metrics(watch, train, test).mean()
    return {
        "rmse": evaluation.rating_metrics(test["rating"], np.ravel(stars))["rmse"],
        "liked_auc": float(roc_auc_score(test["rating"] >= 4, np.ravel(liked))),
        "watch_auc": float(ranking["auc"]),
        "watch_ndcg": float(ranking["ndcg"]),
    }


def _fit_arrays(rows):
    told = rows["told"].to_numpy("float32") / np.float32(rows["told"].mean())
    targets = {task: rows[task].to_numpy("float32")[:, np.newaxis] for task in TASKS}
    weights = {"stars": told, "liked": told, "watch": np.ones_like(told)}
    return model_inputs(rows), targets, weights


def _index_inputs():
    return [keras.Input((), dtype="int32", name=name) for name in ("user_index", "item_index")]


def _trunk(user, item, num_users, num_items, embedding_dim, width):
    vectors = [
        layers.Embedding(size, embedding_dim, activity_regularizer=keras.regularizers.L2(L2))(index)
        for size, index in ((num_users, user), (num_items, item))
    ]
    features = layers.Concatenate()([*vectors, vectors[0] * vectors[1]])
    return layers.Dense(width, activation="relu")(features)


def _head(task, hidden, user, item, num_users, num_items):
    logit = layers.Dense(1)(hidden)
    for size, index in ((num_users, user), (num_items, item)):
        penalty = keras.regularizers.L2(L2)
        bias = layers.Embedding(
            size, 1, embeddings_initializer="zeros", activity_regularizer=penalty
        )
        logit = logit + bias(index)
    if task == "stars":
        return 1 + 4 * keras.ops.sigmoid(logit)
    return keras.ops.sigmoid(logit)
