"""Ranking from likes: models that score films, losses that compare them, negatives to compare with.

A row of training is a user, a film the user likes (the positive) and one or more films without a
like (the negatives). A model scores the positive and its negatives side by side, shape
(batch, 1 + num_negatives), the positive first; a loss wants the first column to be the largest.
"""

import keras
import numpy as np
from keras import ops

MARGIN = 1.0


def draw_negatives(users, liked, num_negatives, generator, weights=None):
    """Draw films that a user does not like in training, anew where a draw hits a positive.

    Args:
        users: int array (n,), user_index of each row.
        liked: bool array (num_users, num_items), the training positives.
        num_negatives: int >= 1, films per row; a film may come twice.
        generator: numpy.random.Generator.
        weights: array (num_items,) >= 0, how often to draw each film; None for all alike.

    Returns:
        int32 array (n, num_negatives), item_index.

    Raises:
        ValueError: if a user of `users` likes every film that can be drawn.
    """
    num_items = liked.shape[1]
    if weights is not None:
        weights = np.asarray(weights) / np.sum(weights)
    can_be_drawn = np.ones(num_items, dtype=bool) if weights is None else weights > 0
    full = np.flatnonzero(liked[:, can_be_drawn].all(axis=1))
    if np.isin(users, full).any():
        raise ValueError(f"users must have a film without a like, but user {full[0]} has none.")
    users = np.repeat(users, num_negatives)
    drawn = generator.choice(num_items, len(users), p=weights)
    hits = np.flatnonzero(liked[users, drawn])
    while len(hits):
        drawn[hits] = generator.choice(num_items, len(hits), p=weights)
        hits = hits[liked[users[hits], drawn[hits]]]
    return drawn.reshape(-1, num_negatives).astype("int32")


def hardest(users, candidates, scores):
    """Keep the candidate that a model scores highest, row by row.

    Args:
        users: int array (n,), user_index of each row.
        candidates: int array (n, num_candidates), item_index.
        scores: array (num_users, num_items), what the model says now.

    Returns:
        array (n, 1), item_index.
    """
    best = scores[users[:, np.newaxis], candidates].argmax(axis=1)
    return np.take_along_axis(candidates, best[:, np.newaxis], axis=1)


def triplet_hinge(labels, scores):
    """Ask that the positive beats each negative by a margin; beyond it nothing is left to learn.

    Args:
        labels: array (batch, 1 + num_negatives), 1 for the positive in column 0, else 0. Keras
            passes them; the place says it already.
        scores: tensor of the same shape.

    Returns:
        tensor (batch,), max(0, MARGIN + negative - positive), the mean over the negatives.

    Source: Schroff, Kalenichenko and Philbin, "FaceNet" (2015), there for distances.
    """
    positive, negatives = scores[:, :1], scores[:, 1:]
    return ops.mean(ops.relu(MARGIN + negatives - positive), axis=1)


def bpr(labels, scores):
    """Return -log of the probability that the positive beats a negative, a sigmoid of their gap.

    Args and returns as in `triplet_hinge`.

    Source: Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback" (2009).
    """
    positive, negatives = scores[:, :1], scores[:, 1:]
    return ops.mean(ops.softplus(negatives - positive), axis=1)


def build_warp(num_items):
    """Return the hinge weighted by the logarithm of the rank the positive seems to have.

    If v of the n negatives come within the margin, about v / n of the catalog does. WARP itself
    draws negatives one by one until the first that does; the estimate here needs no loop.

    Args:
        num_items: int, the size of the catalog.

    Returns:
        A loss as `triplet_hinge`: log(1 + rank) times the mean hinge of the violating negatives.

    Source: Weston, Bengio and Usunier, "WSABIE: Scaling Up to Large Vocabulary Image
    Annotation" (2011).
    """

    def warp(labels, scores):
        hinges = ops.relu(MARGIN + scores[:, 1:] - scores[:, :1])
        violations = ops.sum(ops.cast(hinges > 0, "float32"), axis=1)
        rank = violations / hinges.shape[1] * (num_items - 1)
        # The weight steps from rank to rank, so it has no gradient of its own.
        return ops.log(1 + rank) * ops.sum(hinges, axis=1) / ops.maximum(violations, 1)

    return warp


def sampled_softmax(labels, scores):
    """Return -log of the probability of the positive among all films of its row.

    With one negative this is `bpr`. With several the strongest negative counts most.

    Args and returns as in `triplet_hinge`.
    """
    return ops.logsumexp(scores, axis=1) - scores[:, 0]


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
