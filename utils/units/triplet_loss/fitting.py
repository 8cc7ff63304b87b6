"""Train a model of likes: with negatives drawn anew in each epoch, or with a softmax over all."""

import numpy as np

from utils import require
from utils.training import compile_model
from utils.units.triplet_loss.losses import softmax_of_likes


def fit_with_negatives(
    model, loss, liked, draw, epochs, batch_size=2048, learning_rate=0.01, report=None
):
    """Train a model with Adam on all likes; the negatives are drawn anew in each epoch.

    Args:
        model: Model that maps [user_index, item_index] to scores; trained in place.
        loss: function of (labels, scores).
        liked: bool array (num_users, num_items), the training positives.
        draw: function of an int array users (n,) that returns negatives (n, num_negatives).
        epochs, batch_size: ints.
        learning_rate: float, at the start; it falls to 0 on a cosine.
        report: function of (epoch, loss), called after each epoch, or None.
    """
    require.booleans("(num_users, num_items)", liked=liked)
    require.rows_of(model, [[len(liked) - 1], [liked.shape[1] - 1]])
    require.integers("[1, inf)", epochs=epochs, batch_size=batch_size)
    users, positives = np.nonzero(liked)
    compile_model(model, loss, len(users), epochs, batch_size, learning_rate)
    for epoch in range(epochs):
        items = np.column_stack([positives, draw(users)])
        require.rows_of(model, [users, items])
        labels = np.zeros(items.shape)
        labels[:, 0] = 1
        history = model.fit([users, items], labels, batch_size=batch_size, verbose=0)
        if report:
            report(epoch, history.history["loss"][0])


def fit_mean_model(model, liked, epochs, batch_size=128, learning_rate=0.01):
    """Train with a softmax over the full catalog: the items a user likes share the probability.

    Args:
        model: Model from `build_mean_model`, trained in place.
        liked: bool array (num_users, num_items), the training positives.
        epochs, batch_size: ints; a row of a batch is a user.
        learning_rate: float, at the start; it falls to 0 on a cosine.
    """
    require.booleans("(num_users, num_items)", liked=liked)
    require.integers("[1, inf)", epochs=epochs, batch_size=batch_size)
    likes = liked.astype("float32")
    compile_model(model, softmax_of_likes, len(likes), epochs, batch_size, learning_rate)
    targets = likes / likes.sum(axis=1).mean()  # a row adds up to 1 on average
    model.fit(likes, targets, batch_size=batch_size, epochs=epochs, verbose=0)
