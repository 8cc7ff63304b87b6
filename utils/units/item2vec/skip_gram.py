"""Skip-gram with negative sampling by hand: one pair, its gradient, and where it all ends.

Notation: v is the input vector of the center, v' the output vector of a context. A pair that
occurred is to have sigmoid(v.v') near 1, k pairs drawn at random near 0.
"""

import numpy as np

from utils import require


def pair_loss(center, context, negatives):
    """Return -log sigmoid(v.v') of a pair minus the sum of log sigmoid(-v.v'_n) of its negatives.

    Args:
        center: float array (d,), the input vector of the center.
        context: float array (d,), the output vector of the context.
        negatives: float array (k, d), the output vectors of the films drawn.

    Returns:
        float.

    Source: Mikolov et al. (2013), equation 4.
    """
    require.arrays("(d,), (d,), (k, d)", center=center, context=context, negatives=negatives)
    require.full_precision(center=center, context=context, negatives=negatives)
    # log(1 + e^-s) is -log sigmoid(s), without a logarithm of 0.
    return float(np.logaddexp(0, -(context @ center)) + np.logaddexp(0, negatives @ center).sum())


def pair_gradients(center, context, negatives):
    """Return the gradients of `pair_loss`.

    Args:
        center, context, negatives: as in `pair_loss`.

    Returns:
        (of_center, of_context, of_negatives), arrays of the shapes of the arguments.
    """
    require.arrays("(d,), (d,), (k, d)", center=center, context=context, negatives=negatives)
    require.full_precision(center=center, context=context, negatives=negatives)
    missing = sigmoid(context @ center) - 1  # how far the pair is from 1
    too_much = sigmoid(negatives @ center)  # how far each negative is from 0
    of_center = missing * context + too_much @ negatives
    return of_center, missing * center, too_much[:, np.newaxis] * center


def sigmoid(scores):
    """Return 1 / (1 + e^-scores), for large numbers too."""
    require.arrays("(...)", scores=scores)
    require.full_precision(scores=scores)
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(scores)))


def negative_chances(counts, exponent):
    """Return how likely each film is drawn as a negative: its count to a power.

    Args:
        counts: array (num_items,), 0 or more, at least one above 0.
        exponent: float; 1 draws as often as films occur, 0 all alike, below 0 rare ones more
            often. A film that never occurs is never drawn.

    Returns:
        float array (num_items,), sum 1.
    """
    require.arrays("(num_items,)", counts=counts)
    require.entries("[0, inf)", counts=counts)
    require.finite(exponent=exponent)
    counts = np.asarray(counts, dtype=float)
    if not counts.any():
        raise ValueError("counts must have a number above 0, received only zeros.")
    powers = np.where(counts > 0, np.maximum(counts, 1e-12) ** exponent, 0)
    return powers / powers.sum()


def best_scores(pair_counts, chances, num_negatives):
    """Return the v.v' at which the loss of every pair is smallest, if the vectors are long enough.

    A pair occurs #(w, c) times and is drawn k #(w) q(c) times, so the best sigmoid is the share of
    the former: v.v' = log #(w, c) / (k #(w) q(c)). With q(c) the share of c itself that is
    PMI(w, c) - log k.

    Args:
        pair_counts: array (num_items, num_items), row = center.
        chances: array (num_items,), q.
        num_negatives: int, k.

    Returns:
        float array (num_items, num_items), minus infinity where a pair never occurs; 0 where it
        is neither seen nor drawn.

    Source: Levy and Goldberg, "Neural Word Embedding as Implicit Matrix Factorization" (2014).
    """
    require.arrays("(n, n), (n,)", pair_counts=pair_counts, chances=chances)
    require.entries("[0, inf)", pair_counts=pair_counts)
    require.probabilities("(n,)", chances=chances)
    require.integers("[1, inf)", num_negatives=num_negatives)
    seen = np.asarray(pair_counts, dtype=float)
    drawn = num_negatives * seen.sum(axis=1, keepdims=True) * chances
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(seen + drawn > 0, np.log(seen) - np.log(drawn), 0)


def market_chances(counts, markets, exponent):
    """Return how likely each film is drawn as a negative from the market of a center.

    Args:
        counts: array (num_items,), 0 or more.
        markets: int array (num_items,), the market of each film, such as its genre and decade.
        exponent: float, as in `negative_chances`.

    Returns:
        float array (num_items, num_items), row = center; a row adds up to 1, or is that of
        `negative_chances` if no film of its market ever occurs.

    Source: Grbovic and Cheng (2018), equation 5.
    """
    require.indices(None, "(num_items,)", markets=markets)
    require.lengths(counts=counts, markets=markets)
    overall = negative_chances(counts, exponent)
    inside = overall * (np.asarray(markets)[:, np.newaxis] == markets)
    sums = inside.sum(axis=1, keepdims=True)
    return np.where(sums > 0, inside / np.maximum(sums, 1e-300), overall)


def make_targets(pair_counts, chances, num_negatives):
    """Return how often each pair occurs and how often it is drawn, on average.

    Args:
        pair_counts: array (num_items, num_items), row = center.
        chances: array (num_items, num_items), the probability of each negative, row = center; or
            (num_items,), the same for all centers.
        num_negatives: int, k.

    Returns:
        float32 array (num_items, 2, num_items): row = center, then occurs or drawn, then context;
        all scaled alike, so that a center has one pair on average.
    """
    require.arrays("(n, n), (...)", pair_counts=pair_counts, chances=chances)
    require.entries("[0, inf)", pair_counts=pair_counts)
    shape = "(n, n), (n, n)" if np.ndim(chances) == 2 else "(n, n), (n,)"
    require.arrays(shape, pair_counts=pair_counts, chances=chances)
    require.probabilities("(...)", chances=chances)
    require.integers("[1, inf)", num_negatives=num_negatives)
    seen = np.asarray(pair_counts, dtype=float)
    if not seen.any():
        raise ValueError("pair_counts must have a pair, received only zeros.")
    drawn = num_negatives * seen.sum(axis=1, keepdims=True) * chances
    return (np.stack([seen, drawn], axis=1) * len(seen) / seen.sum()).astype("float32")
