"""Ranking from likes: models that score films, losses that compare them, negatives to compare with.

A row of training is a user, a film the user likes (the positive) and one or more films without a
like (the negatives). A model scores the positive and its negatives side by side, shape
(batch, 1 + num_negatives), the positive first; a loss wants the first column to be the largest.
"""

from keras import ops

MARGIN = 1.0


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
