"""How alike are two vectors? Distance, cosine and dot product, and the k nearest of many.

Vectors are the rows of an array. A vector of zeros has no direction: its cosine with anything is
defined as 0 here, so that a film nobody rated is near to nothing instead of giving NaN.
"""

import numpy as np

from utils import require

K = 10  # length of a list of neighbors
WELL_KNOWN = 100  # training ratings of a film that is judged


def cosine_similarity(first, second):
    """Return the cosine of the angle between two vectors.

    Args:
        first, second: arrays (d,).

    Returns:
        float in [-1, 1] up to rounding; 0 if one of the vectors is all zeros.

    Raises:
        ValueError: if the vectors do not have one and the same length d.
    """
    require.arrays("(d,)", first=first, second=second)
    return float(cosine_to_all(first, np.asarray(second)[np.newaxis])[0])


def cosine_to_all(query, vectors):
    """Return the cosine of one vector with every row of an array, without a loop.

    Args:
        query: array (d,).
        vectors: array (n, d).

    Returns:
        array (n,) in [-1, 1] up to rounding; 0 where one of the two vectors is all zeros.

    Raises:
        ValueError: if the shapes do not fit.
    """
    require.arrays("(d,), (n, d)", query=query, vectors=vectors)
    require.full_precision(query=query, vectors=vectors)
    query, vectors = np.asarray(query), np.asarray(vectors)
    if vectors.ndim != 2 or query.shape != vectors.shape[1:]:
        raise ValueError(
            "query must have one number per column of vectors, "
            f"received the shapes {query.shape} and {vectors.shape}."
        )
    # The norm of each row: np.linalg.norm without an axis is one number for the whole array.
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    return (vectors @ query) / np.where(lengths > 0, lengths, 1)


def distance_from_cosine(cosine):
    """Return the Euclidean distance of unit vectors from their cosine: |x - y|^2 = 2 (1 - cos).

    Args:
        cosine: number or array, in [-1, 1] up to rounding.

    Returns:
        float or array of the same shape, in [0, 2].

    Raises:
        ValueError: if a cosine is out of range by more than 1e-5.
    """
    require.arrays("(...)", cosine=cosine)
    cosine = np.asarray(cosine)
    outside = cosine[~(np.abs(cosine) <= 1 + 1e-5)]
    if outside.size:
        raise ValueError(f"cosine must be in [-1, 1], received {outside.flat[0]}.")
    # Rounding makes cosines like 1.0000001, and the root of a negative number is NaN.
    return np.sqrt(np.maximum(2 * (1 - cosine), 0))


def normalize(vectors):
    """Scale every row to length 1; rows of zeros stay as they are.

    Args:
        vectors: array (n, d).

    Returns:
        array (n, d).
    """
    require.arrays("(n, d)", vectors=vectors)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


def compare_all(vectors):
    """Score every row against every row under three measures; larger means more alike.

    Args:
        vectors: array (n, d).

    Returns:
        dict with "distance" (the Euclidean distance with a minus sign), "cosine" and "dot", each
        an array (n, n).
    """
    require.arrays("(n, d)", vectors=vectors)
    require.full_precision(vectors=vectors)
    vectors = np.asarray(vectors)
    dot = vectors @ vectors.T
    squares = np.diag(dot)
    squared_distance = squares[:, np.newaxis] + squares - 2 * dot
    units = normalize(vectors)
    return {
        "distance": -np.sqrt(np.maximum(squared_distance, 0)),
        "cosine": units @ units.T,
        "dot": dot,
    }


def top_k_ids(scores, ids, k, query_id):
    """Return the ids of the k best scores, the best first, without sorting all of them.

    Args:
        scores: array (n,), any sign, larger is better.
        ids: array (n,), the id that belongs to each score.
        k: int >= 1.
        query_id: the id that was asked about; it is left out.

    Returns:
        array of k ids, fewer if there are fewer; equal scores come in any order.

    Raises:
        ValueError: if the lengths differ or k is below 1.
    """
    require.arrays("(n,)", scores=scores)
    require.integers("[1, inf)", k=k)
    scores, ids = np.asarray(scores, dtype=float), np.asarray(ids)
    if scores.ndim != 1 or scores.shape != ids.shape:
        raise ValueError(
            f"scores and ids must have the same length, received {scores.shape} and {ids.shape}."
        )
    if k < 1:
        raise ValueError(f"k must be at least 1, received {k}.")
    others = ids != query_id
    scores, ids = scores[others], ids[others]
    k = min(k, len(ids))
    if k < len(ids):
        # Puts the k best in front, in any order, in one pass; only those k are then sorted.
        best = np.argpartition(-scores, k)[:k]
        scores, ids = scores[best], ids[best]
    return ids[np.argsort(-scores)]


def nearest_films(item_id, vectors, items, k):
    """Return the titles of the k films whose vectors point most nearly in the same direction.

    Args:
        item_id: int, the film that is asked about.
        vectors: array (num_items, d); row = item_index.
        items: DataFrame with `item_id`, `item_index` and `title`, in any order.
        k: int >= 1.

    Returns:
        list of k titles, the most similar first, without the film itself.

    Raises:
        ValueError: if `items` has no such film, or k is below 1.
    """
    require.columns_named("item_id title", items=items)
    require.index_column("item_index", len(vectors), items=items)
    require.once(item_id=items["item_id"], item_index=items["item_index"])
    require.arrays("(num_items, d)", vectors=vectors)
    by_id = items.set_index("item_id")
    if item_id not in by_id.index:
        raise ValueError(f"item_id must be in items, received {item_id}.")
    cosines = cosine_to_all(vectors[by_id.loc[item_id, "item_index"]], vectors)
    best = top_k_ids(cosines[by_id["item_index"]], by_id.index, k, item_id)
    return by_id.loc[best, "title"].tolist()


def nearest_rows(scores, k):
    """Return, for every row of a square array of scores, the k other rows with the best scores.

    Args:
        scores: array (n, n), larger is better.
        k: int in 1..n-1.

    Returns:
        int array (n, k), each row in any order.

    Raises:
        ValueError: if the scores are not square or k is out of range.
    """
    require.arrays("(n, n)", scores=scores)
    require.integers("[1, inf)", k=k)
    scores = np.array(scores, dtype=float)
    if scores.ndim != 2 or scores.shape[0] != scores.shape[1]:
        raise ValueError(f"scores must be square, received the shape {scores.shape}.")
    if not 1 <= k < len(scores):
        raise ValueError(f"k must be in 1..{len(scores) - 1}, received {k}.")
    np.fill_diagonal(scores, -np.inf)
    return np.argpartition(-scores, k - 1, axis=1)[:, :k]
