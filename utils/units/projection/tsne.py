"""From many dimensions to two: PCA, and t-SNE step by step.

Notation: point i has the vector x_i and the position y_i on the map; p_ij says how near two vectors
are, q_ij how near two positions are (L. van der Maaten and G. Hinton, "Visualizing Data using
t-SNE", 2008).
"""

import numpy as np
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from utils import require

BISECTION_STEPS = 60
PERPLEXITIES = (2, 5, 10, 30, 50, 100)  # of the sweep


def squared_distances(points):
    """Return the squared Euclidean distance of every two points.

    Args:
        points: array (n, d).

    Returns:
        array (n, n), zeros on the diagonal.
    """
    require.arrays("(n, d)", points=points)
    points = np.asarray(points, dtype=float)
    squares = np.sum(points**2, axis=1)
    distances = squares[:, np.newaxis] + squares - 2 * points @ points.T
    np.fill_diagonal(distances, 0)
    return np.maximum(distances, 0)  # rounding may leave a little below 0


def conditional_probabilities(distances, precision):
    """Return how likely a point is to pick each of the others as its neighbor.

    Args:
        distances: array (m,), squared distances from the point to the m others.
        precision: float > 0, 1 / (2 sigma^2) of the Gaussian around the point.

    Returns:
        array (m,), in proportion to exp(-precision * distance), with sum 1: p_{j|i}.
    """
    require.arrays("(m,)", distances=distances)
    require.entries("[0, inf)", distances=distances)
    require.full_precision(distances=distances)
    require.within("(0, inf)", precision=precision)
    # The nearest point gets exp(0): the sum cannot become 0, however far the others are.
    weights = np.exp(-precision * (distances - distances.min()))
    return weights / weights.sum()


def perplexity(probabilities):
    """Return how many equally likely choices are as uncertain as these: 2 to the entropy in bits.

    Args:
        probabilities: array (m,), sum 1; zeros are welcome.

    Returns:
        float in [1, m].
    """
    require.probabilities("(m,)", probabilities=probabilities)
    some = probabilities[probabilities > 0]
    return float(2 ** -np.sum(some * np.log2(some)))


def find_precision(distances, target):
    """Find the precision that gives a point the wanted perplexity, by bisection.

    Args:
        distances: array (m,), squared distances to the m others, not all equal.
        target: float in (1, m), the perplexity.

    Returns:
        float > 0; the larger, the nearer the points that count.

    Raises:
        ValueError: if target is out of range.
    """
    require.arrays("(m,)", distances=distances)
    require.varied(distances=distances)
    require.finite(target=target)
    if not 1 < target < len(distances):
        raise ValueError(
            f"target must be above 1 and below {len(distances)}, the number of other points, "
            f"received {target}."
        )
    low, high = np.array([1e-12, 1e12]) / np.mean(distances)
    for _ in range(BISECTION_STEPS):
        middle = np.sqrt(low * high)  # halves the range of exponents
        if perplexity(conditional_probabilities(distances, middle)) > target:
            low = middle  # too many neighbors: the Gaussian must become narrower
        else:
            high = middle
    return float(middle)


def joint_probabilities(vectors, target):
    """Return how near every two vectors are, as probabilities: p_ij = (p_j|i + p_i|j) / 2n.

    Args:
        vectors: array (n, d).
        target: float in (1, n - 1), the perplexity of every point.

    Returns:
        array (n, n), symmetric, sum 1, zeros on the diagonal.
    """
    require.arrays("(n, d)", vectors=vectors)
    require.finite(target=target)
    distances = squared_distances(vectors)
    conditional = np.zeros_like(distances)
    for point, row in enumerate(distances):
        others = np.arange(len(row)) != point
        precision = find_precision(row[others], target)
        conditional[point, others] = conditional_probabilities(row[others], precision)
    return (conditional + conditional.T) / (2 * len(conditional))


def map_probabilities(positions):
    """Return how near every two positions on the map are, by Student's t with heavy tails.

    Args:
        positions: array (n, 2).

    Returns:
        (q, weights), arrays (n, n): weights 1 / (1 + distance^2) with zeros on the diagonal, and
        q, the same divided by their sum.
    """
    require.arrays("(n, 2)", positions=positions)
    weights = 1 / (1 + squared_distances(positions))
    np.fill_diagonal(weights, 0)
    return weights / weights.sum(), weights


def kl_divergence(p, positions):
    """Return the loss of t-SNE: the sum of p_ij log(p_ij / q_ij), in nats.

    Args:
        p: array (n, n), from `joint_probabilities`.
        positions: array (n, 2).

    Returns:
        float >= 0; 0 only if the map has the same probabilities as the vectors.
    """
    require.arrays("(n, n), (n, 2)", p=p, positions=positions)
    require.probabilities("(n,)", p=np.ravel(p))
    q, _ = map_probabilities(positions)
    near = p > 0
    return float(np.sum(p[near] * np.log(p[near] / q[near])))


def gradient(p, positions):
    """Return the gradient of the loss: 4 sum_j (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2).

    Args:
        p: array (n, n), from `joint_probabilities`.
        positions: array (n, 2).

    Returns:
        array (n, 2).
    """
    require.arrays("(n, n), (n, 2)", p=p, positions=positions)
    require.entries("[0, inf)", p=p)
    require.symmetric(p=p)
    q, weights = map_probabilities(positions)
    pull = (p - q) * weights
    # sum_j pull_ij (y_i - y_j), without an array of all differences.
    return 4 * (pull.sum(axis=1, keepdims=True) * positions - pull @ positions)


def descend(p, start, num_steps, exaggeration=4.0, exaggerated_steps=100, learning_rate=10.0):
    """Walk down the gradient with momentum and keep every map on the way.

    The first steps see every p_ij times the exaggeration: points that belong together move
    together while the map is still small. Momentum is 0.5 in those steps and 0.8 after them.

    Args:
        p: array (n, n), from `joint_probabilities`.
        start: array (n, 2), a small cloud.
        num_steps, exaggerated_steps: ints.
        exaggeration: float >= 1; 1 for none.
        learning_rate: float.

    Returns:
        array (num_steps + 1, n, 2), the start first.
    """
    require.arrays("(n, n), (n, 2)", p=p, start=start)
    require.probabilities("(n,)", p=np.ravel(p))
    require.integers("[0, inf)", num_steps=num_steps, exaggerated_steps=exaggerated_steps)
    require.within("[1, inf)", exaggeration=exaggeration)
    require.within("(0, inf)", learning_rate=learning_rate)
    maps, velocity = [np.asarray(start, dtype=float)], 0.0
    for step in range(num_steps):
        early = step < exaggerated_steps
        slope = gradient(p * exaggeration if early else p, maps[-1])
        velocity = (0.5 if early else 0.8) * velocity - learning_rate * slope
        maps.append(maps[-1] + velocity)
    return np.array(maps)


def fit_map(vectors, perplexity, seed=0, start="random"):
    """Return the map of scikit-learn's t-SNE, which approximates far points to save time.

    Args:
        vectors: array (n, d).
        perplexity: float, at least 1 and below n.
        seed: int, for a random start.
        start: "random" or "pca".

    Returns:
        float array (n, 2).

    Source: L. van der Maaten, "Accelerating t-SNE using Tree-Based Algorithms", 2014.
    """
    require.arrays("(n, d)", vectors=vectors)
    require.within(f"[1, {len(vectors)})", perplexity=perplexity)
    require.integers("[0, inf)", seed=seed)
    model = TSNE(perplexity=perplexity, init=start, random_state=seed)
    # One thread: on a busy machine several would spend their time waiting for each other.
    with threadpool_limits(1):
        return model.fit_transform(np.asarray(vectors, dtype="float32"))
