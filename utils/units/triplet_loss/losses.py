"""Losses that compare the scores of items a user likes with those of items without a like."""

from keras import ops

from utils import require


def triplet_hinge(labels, scores, margin=1.0):
    """Ask that the positive beats each negative by a margin; beyond it nothing is left to learn.

    Args:
        labels: array (batch, 1 + num_negatives), 1 for the positive in column 0, else 0. Keras
            passes them; the place says it already.
        scores: tensor of the same shape.
        margin: float > 0.

    Returns:
        tensor (batch,), max(0, margin + negative - positive), the mean over the negatives.

    Source: Schroff, Kalenichenko and Philbin, "FaceNet" (2015), there for distances.
    """
    require.arrays("(batch, n)", labels=labels, scores=scores)
    require.arrays("(batch, 2+)", scores=scores)
    require.full_precision(scores=scores)
    require.within("(0, inf)", margin=margin)
    positive, negatives = scores[:, :1], scores[:, 1:]
    return ops.mean(ops.relu(margin + negatives - positive), axis=1)


def bpr(labels, scores):
    """Return -log of the probability that the positive beats a negative, a sigmoid of their gap.

    Args:
        labels, scores: as in `triplet_hinge`.

    Returns:
        tensor (batch,), -log sigmoid(positive - negative), the mean over the negatives.

    Source: Rendle et al., "BPR: Bayesian Personalized Ranking from Implicit Feedback" (2009).
    """
    require.arrays("(batch, n)", labels=labels, scores=scores)
    require.arrays("(batch, 2+)", scores=scores)
    require.full_precision(scores=scores)
    positive, negatives = scores[:, :1], scores[:, 1:]
    return ops.mean(ops.softplus(negatives - positive), axis=1)


def build_warp(num_items, margin=1.0):
    """Return the hinge weighted by the logarithm of the rank the positive seems to have.

    If v of the n negatives come within the margin, about v / n of the catalog does. WARP itself
    draws negatives one by one until the first that does; the estimate here needs no loop.

    Args:
        num_items: int, the size of the catalog.
        margin: float > 0.

    Returns:
        A loss as `triplet_hinge`: log(1 + rank) times the mean hinge of the violating negatives.

    Source: Weston, Bengio and Usunier, "WSABIE: Scaling Up to Large Vocabulary Image
    Annotation" (2011).
    """
    require.integers("[2, inf)", num_items=num_items)
    require.within("(0, inf)", margin=margin)

    def warp(labels, scores):
        require.arrays("(batch, n)", labels=labels, scores=scores)
        require.arrays("(batch, 2+)", scores=scores)
        hinges = ops.relu(margin + scores[:, 1:] - scores[:, :1])
        violations = ops.sum(ops.cast(hinges > 0, "float32"), axis=1)
        rank = violations / hinges.shape[1] * (num_items - 1)
        # The weight steps from rank to rank, so it has no gradient of its own.
        return ops.log(1 + rank) * ops.sum(hinges, axis=1) / ops.maximum(violations, 1)

    return warp


def sampled_softmax(labels, scores):
    """Return -log of the probability of the positive among all items of its row.

    With one negative this is `bpr`. With several the strongest negative counts most.

    Args:
        labels, scores: as in `triplet_hinge`.

    Returns:
        tensor (batch,), log(sum of exp(score) over the row) - positive.
    """
    require.arrays("(batch, n)", labels=labels, scores=scores)
    require.arrays("(batch, 2+)", scores=scores)
    require.full_precision(scores=scores)
    return ops.logsumexp(scores, axis=1) - scores[:, 0]


def softmax_of_likes(likes, scores):
    """Return -log of the probabilities of all items a user likes, in a softmax over the catalog.

    The cross-entropy of Keras will not do: its gradient with TensorFlow is right only for targets
    that add up to 1.

    Args:
        likes: tensor (batch, num_items), 1 for a like, else 0.
        scores: tensor of the same shape.

    Returns:
        tensor (batch,), the sum over the likes of a user.

    Source: Liang, Krishnan, Hoffman and Jebara, "Variational Autoencoders for Collaborative
    Filtering" (2018), the multinomial likelihood.
    """
    require.arrays("(batch, num_items)", likes=likes, scores=scores)
    require.entries("[0, inf)", likes=likes)
    return -ops.sum(likes * ops.log_softmax(scores, axis=1), axis=1)
