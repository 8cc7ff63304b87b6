"""Two models trained apart, and two ways to put their answers together afterwards."""

import numpy as np

from utils import require


def average(first, second):
    """Return the mean of two probabilities.

    Args:
        first, second: arrays (n,) in [0, 1].

    Returns:
        array (n,).
    """
    _check(first, second)
    return (np.asarray(first, dtype=float) + second) / 2


def sum_logits(first, second):
    """Return the probability whose logit is the sum of the logits of two probabilities.

    Args:
        first, second: arrays (n,) in [0, 1]; moved away from 0 and 1 by 1e-7.

    Returns:
        array (n,). Where both models say the same, it is surer than each of them.
    """
    _check(first, second)
    first, second = (np.clip(np.asarray(p, dtype=float), 1e-7, 1 - 1e-7) for p in (first, second))
    odds = first / (1 - first) * second / (1 - second)
    return odds / (1 + odds)


def _check(first, second):
    require.arrays("(n,)", first=first, second=second)
    require.entries("[0, 1]", first=first, second=second)
