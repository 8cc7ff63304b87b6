"""What a model of likes has to beat: popularity, neighbors of films, and EASE in closed form.

All three take the boolean matrix of training positives, `liked[user_index, item_index]`, and
return scores of every film for every user, array (num_users, num_items), higher is better.
"""

import numpy as np

from utils.similarity import normalize


def popularity(liked):
    """Score a film by the number of users who like it, the same for every user.

    Args:
        liked: bool array (num_users, num_items), the training positives.

    Returns:
        float array (num_users, num_items).
    """
    return np.tile(liked.sum(axis=0, dtype=float), (len(liked), 1))


def item_knn(liked, num_neighbors):
    """Score a film by the cosines of its nearest neighbors, summed over those the user likes.

    The column of a film, one entry per user, is its vector.

    Args:
        liked: bool array (num_users, num_items), the training positives.
        num_neighbors: int in 1..num_items-1.

    Returns:
        float array (num_users, num_items).

    Raises:
        ValueError: if `num_neighbors` is out of range.

    Source: Deshpande and Karypis, "Item-Based Top-N Recommendation Algorithms" (2004).
    """
    num_items = liked.shape[1]
    if not 1 <= num_neighbors < num_items:
        raise ValueError(f"num_neighbors must be in 1..{num_items - 1}, received {num_neighbors}.")
    films = normalize(liked.T.astype(float))
    cosines = films @ films.T
    np.fill_diagonal(cosines, 0)
    weakest = np.partition(cosines, -num_neighbors, axis=1)[:, [-num_neighbors]]
    neighbors = np.where(cosines >= weakest, cosines, 0)  # row: a film, its neighbors in columns
    return liked.astype(float) @ neighbors.T


def ease(liked, l2):
    """Score films by the best linear model in which no film may predict itself.

    With X the matrix of likes, B minimizes |X - X B|^2 + l2 |B|^2 under the condition that the
    diagonal of B is 0. With P the inverse of X'X + l2 I, the solution is B_ij = -P_ij / P_jj.

    Args:
        liked: bool array (num_users, num_items), the training positives.
        l2: float > 0.

    Returns:
        float array (num_users, num_items), X B.

    Raises:
        ValueError: if `l2` is not above 0.

    Source: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data" (2019).
    """
    if not l2 > 0:
        raise ValueError(f"l2 must be above 0, received {l2}.")
    likes = liked.astype(float)
    together = likes.T @ likes  # how many users like both films
    inverse = np.linalg.inv(together + l2 * np.eye(len(together)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return likes @ weights
