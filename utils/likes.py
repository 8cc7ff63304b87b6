"""Liked or not: the label, and what a predicted probability of a like is worth.

A rating of four or five stars counts as a like. Errors are over rows, as in
`evaluation.rating_metrics`; the AUC over all rows also rewards knowing who rates high, the AUC
within users does not.
"""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from utils import require

LIKED_FROM = 4  # stars


def add_likes(ratings):
    """Return ratings with a column `liked`: 1.0 for four or five stars, 0.0 for fewer.

    Args:
        ratings: DataFrame with `rating`.
    """
    require.rows("rating", ratings=ratings)
    return ratings.assign(liked=(ratings["rating"] >= LIKED_FROM).astype(float))


def auc(liked, scores):
    """Return the share of pairs (a liked row, another row) in which the liked one scores higher.

    Args:
        liked: array (n,) of zeros and ones, both of them.
        scores: array (n,); equal scores count half.

    Returns:
        float in [0, 1], 0.5 for scores that say nothing.
    """
    require.arrays("(n,)", liked=liked, scores=scores)
    liked = _as_labels(liked)
    num_liked, num_others = np.sum(liked), np.sum(1 - liked)
    if not (num_liked and num_others):
        raise ValueError(f"liked must hold zeros and ones, received only {liked[0]:g}.")
    rank_sum = rankdata(scores)[liked == 1].sum()
    return float((rank_sum - num_liked * (num_liked + 1) / 2) / (num_liked * num_others))


def log_loss(liked, probabilities):
    """Return the mean of -log(the probability given to what happened).

    Args:
        liked: array (n,) of zeros and ones.
        probabilities: array (n,) in [0, 1], of a like; moved away from 0 and 1 by 1e-7.
    """
    require.arrays("(n,)", liked=liked, probabilities=probabilities)
    require.entries("[0, 1]", probabilities=probabilities)
    inside = np.clip(np.asarray(probabilities, dtype=float), 1e-7, 1 - 1e-7)
    return float(-np.mean(np.log(np.where(_as_labels(liked) == 1, inside, 1 - inside))))


def user_auc(rows, scores):
    """Return the mean over users of the AUC within the rows of one user.

    Args:
        rows: DataFrame with `user_index` and `liked`; users with likes alone or none are left out.
        scores: array (num_rows,).
    """
    require.rows("user_index liked", rows=rows)
    require.arrays("(n,)", scores=scores)
    require.lengths(rows=rows, scores=scores)
    scored = rows.assign(liked=_as_labels(rows["liked"]), score=np.asarray(scores))
    of_users = [
        auc(own["liked"], own["score"])
        for _, own in scored.groupby("user_index")
        if 0 < own["liked"].mean() < 1
    ]
    if not of_users:
        raise ValueError("rows must have a user with likes and other rows, received none.")
    return float(np.mean(of_users))


def calibrate(liked, probabilities, num_bins=10):
    """Compare what is claimed with what happens, in bins of equal width.

    Args:
        liked: array (n,) of zeros and ones.
        probabilities: array (n,) in [0, 1].
        num_bins: int.

    Returns:
        DataFrame, one row per bin that is not empty: "claimed", the mean probability; "observed",
        the share of likes; "rows", how many.
    """
    require.arrays("(n,)", liked=liked, probabilities=probabilities)
    require.entries("[0, 1]", probabilities=probabilities)
    require.integers("[1, inf)", num_bins=num_bins)
    claimed = np.asarray(probabilities, dtype=float)
    bins = np.minimum((claimed * num_bins).astype(int), num_bins - 1)
    table = pd.DataFrame({"claimed": claimed, "observed": _as_labels(liked)}).groupby(bins)
    return table.mean().assign(rows=table.size())


def like_metrics(rows, probabilities):
    """Return how good predicted probabilities of a like are.

    Args:
        rows: DataFrame with `user_index` and `liked`.
        probabilities: array (num_rows,) in [0, 1].

    Returns:
        dict of floats: "auc", "user_auc", "log_loss", and "calibration_error", the mean distance
        between claimed and observed over ten bins, weighted by their rows.
    """
    require.rows("user_index liked", rows=rows)
    require.lengths(rows=rows, probabilities=probabilities)
    bins = calibrate(rows["liked"], probabilities)
    gaps = (bins["claimed"] - bins["observed"]).abs()
    return {
        "auc": auc(rows["liked"], probabilities),
        "user_auc": user_auc(rows, probabilities),
        "log_loss": log_loss(rows["liked"], probabilities),
        "calibration_error": float(np.average(gaps, weights=bins["rows"])),
    }


def _as_labels(liked):
    labels = np.asarray(liked, dtype=float)
    require.zeros_and_ones(liked=labels)
    return labels
