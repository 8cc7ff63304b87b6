"""Train a model of likes: with negatives drawn anew in each epoch, or with a softmax over all."""

import keras
import numpy as np
from keras import ops


def fit(model, loss, liked, draw, epochs=40, batch_size=2048, learning_rate=0.01, after_epoch=None):
    """Train a model with Adam on all likes; the negatives are drawn anew in each epoch.

    Args:
        model: Model that maps [user_index, item_index] to scores; trained in place.
        loss: function of (labels, scores).
        liked: bool array (num_users, num_items), the training positives.
        draw: function of an int array users (n,) that returns negatives (n, num_negatives).
        epochs, batch_size: ints.
        learning_rate: float, at the start; it falls to 0 on a cosine.
        after_epoch: function of (epoch, loss) called after each epoch, or None.
    """
    users, positives = (indices.astype("int32") for indices in np.nonzero(liked))
    num_steps = epochs * -(-len(users) // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    model.compile(keras.optimizers.Adam(schedule), loss=loss, steps_per_execution=10)
    for epoch in range(epochs):
        films = np.column_stack([positives, draw(users)]).astype("int32")
        labels = np.zeros(films.shape, dtype="float32")
        labels[:, 0] = 1
        history = model.fit([users, films], labels, batch_size=batch_size, verbose=0)
        if after_epoch:
            after_epoch(epoch, history.history["loss"][0])


def fit_mean_model(model, liked, epochs=100, batch_size=128, learning_rate=0.01):
    """Train with a softmax over the full catalog: the films a user likes share the probability.

    Args:
        model: Model from `build_mean_model`, trained in place.
        liked: bool array (num_users, num_items), the training positives.
        epochs, batch_size: ints; a row of a batch is a user.
        learning_rate: float, at the start; it falls to 0 on a cosine.

    Source: Liang, Krishnan, Hoffman and Jebara, "Variational Autoencoders for Collaborative
    Filtering" (2018), the multinomial likelihood, here with linear layers.
    """
    likes = liked.astype("float32")
    mean_count = float(likes.sum(axis=1).mean())

    def softmax_of_likes(likes, scores):
        log_probabilities = ops.log_softmax(scores, axis=1)
        return -ops.sum(likes * log_probabilities, axis=1) / mean_count

    num_steps = epochs * -(-len(likes) // batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    model.compile(keras.optimizers.Adam(schedule), softmax_of_likes, steps_per_execution=10)
    model.fit(likes, likes, batch_size=batch_size, epochs=epochs, verbose=0)
