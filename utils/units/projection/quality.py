"""What a map keeps of its vectors, as numbers: near neighbors, far distances, labels."""

import numpy as np
from scipy.stats import spearmanr

from utils import require
from utils.units.projection.tsne import squared_distances

K = 10  # nearest neighbors that a map is judged by


def neighbor_ranks(points):
    """Return the place of every point in the list of neighbors of every other.

    Args:
        points: array (n, d).

    Returns:
        int array (n, n): row i says 1 for the nearest neighbor of i, 2 for the next, ..., and 0
        for i itself.
    """
    require.arrays("(n, d)", points=points)
    distances = squared_distances(points)
    np.fill_diagonal(distances, -1)  # first in its own list, even before a copy of itself
    return distances.argsort(axis=1, kind="stable").argsort(axis=1)


def trustworthiness(vectors, positions, k):
    """Return how far the neighbors shown on a map can be trusted to be neighbors.

    T = 1 - 2 / (n k (2n - 3k - 1)) * sum over the k nearest j on the map of max(0, r(i, j) - k),
    where r(i, j) is the rank of j among the neighbors of i by its vector.

    Args:
        vectors: array (n, d).
        positions: array (n, 2), the map.
        k: int in 1..n/2, how many neighbors to look at.

    Returns:
        float in [0, 1]; 1 if all k nearest on the map are among the k nearest by vector; around
        one half for a random map with k far below n.

    Raises:
        ValueError: if the lengths differ or k is out of range.

    Source: J. Venna and S. Kaski, "Neighborhood Preservation in Nonlinear Projection Methods: An
    Experimental Study", 2001.
    """
    require.integers("(-inf, inf)", k=k)
    n = len(vectors)
    if len(positions) != n:
        raise ValueError(
            f"positions must have one row per vector, received {len(positions)} rows for {n}."
        )
    if not 1 <= k < n / 2:
        raise ValueError(f"k must be at least 1 and below {n / 2}, received {k}.")
    true_ranks, map_ranks = neighbor_ranks(vectors), neighbor_ranks(positions)
    shown = (map_ranks >= 1) & (map_ranks <= k)
    too_far = np.maximum(true_ranks[shown] - k, 0)
    return float(1 - 2 / (n * k * (2 * n - 3 * k - 1)) * too_far.sum())


def distance_agreement(vectors, positions):
    """Return Spearman's rank correlation of all distances by vector and on the map.

    Args:
        vectors: array (n, d).
        positions: array (n, 2).

    Returns:
        float in [-1, 1]; 1 if larger distances are always drawn larger.
    """
    require.arrays("(n, d), (n, e)", vectors=vectors, positions=positions)
    require.varied(vectors=vectors, positions=positions)
    pairs = np.triu_indices(len(vectors), k=1)
    return float(spearmanr(*(squared_distances(p)[pairs] for p in (vectors, positions)))[0])


def same_label(points, labels, k):
    """Return how many of the k nearest neighbors have the label of the point.

    Args:
        points: array (n, d), vectors or positions.
        labels: array (n,).
        k: int in 1..n-1.

    Returns:
        float in [0, 1], the mean share; `label_chance` says what chance gives.
    """
    require.lengths(points=points, labels=labels)
    require.no_gaps("(n,)", labels=labels)
    require.integers(f"[1, {len(labels)})", k=k)
    ranks, labels = neighbor_ranks(points), np.asarray(labels)
    near = (ranks >= 1) & (ranks <= k)
    return float(np.mean((labels[:, np.newaxis] == labels)[near]))


def label_chance(labels):
    """Return the share of pairs of different points that have the same label.

    Args:
        labels: array (n,).

    Returns:
        float in [0, 1].
    """
    require.no_gaps("(n,)", labels=labels)
    require.integers("[2, inf)", num_labels=len(labels))
    labels = np.asarray(labels)
    same = np.sum(labels[:, np.newaxis] == labels) - len(labels)
    return float(same / (len(labels) * (len(labels) - 1)))
