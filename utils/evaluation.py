"""How good is a recommender? Splits of the ratings, errors of predicted stars, quality of rankings.

Every function takes the tables of `utils.movielens.load()`, or rows of them, and never changes
them. A ranking is judged over the full catalog: sampling a few negatives instead can reverse
the order of two models (Krichene and Rendle, "On Sampled Metrics for Item Recommendation", 2020).
"""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from utils import require

RANKING_METRICS = ["auc", "precision", "recall", "ndcg", "mrr"]


def split_random(ratings, seed=0):
    """Split ratings at random: one fifth for testing, the rest for training.

    The rows are shuffled by `numpy.random.default_rng(seed)`; the first fifth is the test part.
    Both parts stay in shuffled order.

    Args:
        ratings: DataFrame of ratings, at least 5 rows.
        seed: int, the seed of the shuffle.

    Returns:
        (train, test), two DataFrames that share no row.
    """
    require.rows("", ratings=ratings)
    require.integers("[0, inf)", seed=seed)
    _require_rows(ratings, 5)
    parts = np.array_split(np.random.default_rng(seed).permutation(len(ratings)), 5)
    return ratings.iloc[np.concatenate(parts[1:])], ratings.iloc[parts[0]]


def split_temporal(ratings):
    """Split ratings by time: the oldest 80% for training, the newest 20% for testing.

    Args:
        ratings: DataFrame with a column `timestamp`, at least 5 rows. Rows with the same
            timestamp keep their order.

    Returns:
        (train, test), two DataFrames, each from the oldest row to the newest.
    """
    require.rows("timestamp", ratings=ratings)
    _require_rows(ratings, 5)
    by_time = ratings.sort_values("timestamp", kind="stable")
    num_train = len(ratings) * 4 // 5
    return by_time.iloc[:num_train], by_time.iloc[num_train:]


def split_leave_one_out(positives, min_positives=5):
    """Keep the last positive of each user for testing and all others for training.

    Args:
        positives: DataFrame with `user_index` and `timestamp`, one row per item a user liked.
            Of two rows of a user with the same timestamp, the lower one counts as later.
        min_positives: int >= 2; a user with fewer rows stays in the training part alone.

    Returns:
        (train, test), two DataFrames; test has one row per user, train keeps the order given.
    """
    require.rows("user_index timestamp", positives=positives)
    require.integers("[2, inf)", min_positives=min_positives)
    _require_rows(positives, 1)
    if min_positives < 2:
        raise ValueError(f"min_positives must be at least 2, received {min_positives}.")
    place = np.arange(len(positives))
    by_time = positives.assign(_place=place).sort_values("timestamp", kind="stable")
    last = by_time.groupby("user_index").tail(1)["_place"].to_numpy()
    counts = positives.groupby("user_index")["timestamp"].transform("size").to_numpy()
    is_test = np.isin(place, last) & (counts >= min_positives)
    return positives[~is_test], positives[is_test]


def split_cold(ratings, num_users, num_items, seed=0):
    """Hold out all ratings of one user in ten and of one film in ten.

    Args:
        ratings: DataFrame with `user_index` and `item_index`.
        num_users, num_items: ints.
        seed: int, draws the users and the films.

    Returns:
        (train, test), two DataFrames that share no row. A test row has a user without training
        ratings, or a film without any, or both.
    """
    require.integers("[1, inf)", num_users=num_users, num_items=num_items)
    require.pairs(num_users, num_items, ratings=ratings)
    require.integers("[0, inf)", seed=seed)
    generator = np.random.default_rng(seed)
    users = generator.permutation(num_users)[: num_users // 10]
    items = generator.permutation(num_items)[: num_items // 10]
    is_test = ratings["user_index"].isin(users) | ratings["item_index"].isin(items)
    return ratings[~is_test], ratings[is_test]


def split_folds(ratings, num_folds=5):
    """Cut ratings into blocks of equal size, in their order; each block is the test part once.

    For MovieLens-100K in its published order these are the official folds u1 to u5.

    Args:
        ratings: DataFrame of ratings, at least `num_folds` rows.
        num_folds: int >= 2.

    Returns:
        list of `num_folds` pairs (train, test) of DataFrames that keep the order given.
    """
    require.rows("", ratings=ratings)
    require.integers("[2, inf)", num_folds=num_folds)
    if num_folds < 2:
        raise ValueError(f"num_folds must be at least 2, received {num_folds}.")
    _require_rows(ratings, num_folds)
    rows = np.arange(len(ratings))
    blocks = np.array_split(rows, num_folds)
    return [(ratings.iloc[np.delete(rows, block)], ratings.iloc[block]) for block in blocks]


def rmse(ratings, predictions):
    """Return the root mean squared error, in stars.

    Args:
        ratings, predictions: arrays of the same shape (num_rows,).
    """
    require.arrays("(...)", ratings=ratings, predictions=predictions)
    ratings, predictions = _same_shape(ratings, predictions)
    return float(np.sqrt(np.mean((ratings - predictions) ** 2)))


def mae(ratings, predictions):
    """Return the mean absolute error, in stars.

    Args:
        ratings, predictions: arrays of the same shape (num_rows,).
    """
    require.arrays("(...)", ratings=ratings, predictions=predictions)
    ratings, predictions = _same_shape(ratings, predictions)
    return float(np.mean(np.abs(ratings - predictions)))


def rating_metrics(ratings, predictions, lowest=1.0, highest=5.0):
    """Return RMSE and MAE of predicted stars, clipped to the scale of the ratings first.

    Args:
        ratings, predictions: arrays of the same shape (num_rows,).
        lowest, highest: the ends of the scale, in stars.

    Returns:
        dict with the floats "rmse" and "mae".
    """
    require.arrays("(...)", ratings=ratings, predictions=predictions)
    require.finite(lowest=lowest, highest=highest)
    require.entries(f"[{lowest}, {highest}]", ratings=ratings)
    predictions = np.clip(_same_shape(ratings, predictions)[1], lowest, highest)
    return {"rmse": rmse(ratings, predictions), "mae": mae(ratings, predictions)}


def warm_and_cold_metrics(train, test, predictions):
    """Return the errors of all test rows, and of warm and cold rows apart.

    A row is warm if both its user and its item have training ratings.

    Args:
        train, test: DataFrames with `user_index` and `item_index`; test also with `rating`.
        predictions: array (num_test_rows,), in stars.

    Returns:
        dict of floats in stars: "rmse" and "mae" of all rows; the RMSE of "warm" rows, of
        "cold_users" (the item has training ratings, the user has none) and of "cold_films" (the
        reverse), each left out if there is no such row.
    """
    require.rows("user_index item_index", train=train)
    require.rows("user_index item_index rating", test=test)
    require.arrays("(n,)", predictions=predictions)
    require.lengths(test=test, predictions=predictions)
    user_is_known = test["user_index"].isin(train["user_index"]).to_numpy()
    item_is_known = test["item_index"].isin(train["item_index"]).to_numpy()
    parts = {
        "warm": user_is_known & item_is_known,
        "cold_users": ~user_is_known & item_is_known,
        "cold_films": user_is_known & ~item_is_known,
    }
    predictions = np.asarray(predictions)
    of_parts = {
        name: rating_metrics(test["rating"][part], predictions[part])["rmse"]
        for name, part in parts.items()
        if part.any()
    }
    return {**rating_metrics(test["rating"], predictions), **of_parts}


def interaction_matrix(rows, num_users, num_items):
    """Return a boolean matrix that is True where a user has a row for an item.

    Args:
        rows: DataFrame with `user_index` in 0..num_users-1 and `item_index` in 0..num_items-1.
        num_users, num_items: ints, the shape of the matrix.

    Returns:
        bool array of shape (num_users, num_items).

    Raises:
        ValueError: if an index is out of range.
    """
    require.integers("[1, inf)", num_users=num_users, num_items=num_items)
    require.pairs(num_users, num_items, rows=rows)
    for column, size in (("user_index", num_users), ("item_index", num_items)):
        outside = rows[column][(rows[column] < 0) | (rows[column] >= size)]
        if len(outside):
            raise ValueError(f"{column} must be in 0..{size - 1}, received {outside.iloc[0]}.")
    matrix = np.zeros((num_users, num_items), dtype=bool)
    matrix[rows["user_index"], rows["item_index"]] = True
    return matrix


def ranking_metrics(scores, train, test, k=10):
    """Rank the items a user has not seen in training and measure where the test items stand.

    The candidates of a user are all items but those of the user's training rows. A test item with
    b better candidates and t tied ones stands at place 1 + b + t / 2: ties count half.

    Args:
        scores: array of shape (num_users, num_items), finite, higher is better.
        train, test: DataFrames with `user_index` and `item_index`; no pair twice, none in both.
        k: int >= 1, the length of the list for precision, recall and NDCG.

    Returns:
        DataFrame with one row per user who has a test row, indexed by `user_index`. Columns:
        "auc": share of (test item, other candidate) pairs in the right order, NaN if a user
        has no other candidate; "precision", "recall", "ndcg": of the first k places; "mrr":
        1 / place of the best test item. Take `.mean()` over users, and `.sem()` for its error.

    Raises:
        ValueError: if an argument breaks one of the rules above.
    """
    require.full_precision(scores=scores)
    require.integers("[1, inf)", k=k)
    scores = np.asarray(scores)
    if scores.ndim != 2:
        raise ValueError(
            f"scores must have the shape (num_users, num_items), received {scores.shape}."
        )
    if not np.isfinite(scores).all():
        raise ValueError(
            "scores must be finite, received NaN or infinity. Pass the plain scores: "
            "training items are left out here."
        )
    if k < 1:
        raise ValueError(f"k must be at least 1, received {k}.")
    seen = interaction_matrix(train, *scores.shape)
    relevant = interaction_matrix(test, *scores.shape)
    if (seen & relevant).any():
        raise ValueError("train and test must share no (user, item) pair, but they do.")
    for name, rows in (("train", train), ("test", test)):
        if rows.duplicated(["user_index", "item_index"]).any():
            raise ValueError(f"{name} holds a (user, item) pair twice; each pair may stand once.")

    users, items = np.nonzero(relevant)
    places = _places(scores, seen)[users, items]
    num_users = len(scores)

    def sum_per_user(values):
        return np.bincount(users, weights=values, minlength=num_users)

    num_relevant = relevant.sum(axis=1)
    num_candidates = (~seen).sum(axis=1)
    in_list = places <= k
    hits = sum_per_user(in_list)
    gains = sum_per_user(in_list / np.log2(1 + places))
    ideal = np.cumsum(1 / np.log2(1 + np.arange(1, k + 1)))
    best_place = np.full(num_users, np.inf)
    np.minimum.at(best_place, users, places)
    # Pairs in the wrong order: candidates above each test item, less the test items among them.
    wrong_pairs = sum_per_user(places - 1) - num_relevant * (num_relevant - 1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        table = pd.DataFrame(
            {
                "auc": 1 - wrong_pairs / (num_relevant * (num_candidates - num_relevant)),
                "precision": hits / k,
                "recall": hits / num_relevant,
                "ndcg": gains / ideal[np.clip(num_relevant, 1, k) - 1],
                "mrr": 1 / best_place,
            },
            columns=RANKING_METRICS,
        ).rename_axis("user_index")
    return table[num_relevant > 0]


def _places(scores, seen):
    """Return each item's place in its user's ranking, 1 = best, ties sharing their mean place."""
    below_all = np.where(seen, np.inf, -scores)
    return rankdata(below_all, axis=1)


def _same_shape(ratings, predictions):
    ratings, predictions = np.asarray(ratings, dtype=float), np.asarray(predictions, dtype=float)
    if ratings.shape != predictions.shape:
        raise ValueError(
            f"predictions must have the shape of ratings, {ratings.shape}, "
            f"received {predictions.shape}. A column (n, 1) against a row (n,) would be paired "
            "all with all."
        )
    if ratings.size == 0:
        raise ValueError("ratings is empty: an error needs at least one row.")
    if not np.isfinite(predictions).all():
        raise ValueError("predictions must be finite, received NaN or infinity.")
    return ratings, predictions


def _require_rows(rows, minimum):
    if len(rows) < minimum:
        raise ValueError(f"ratings must have at least {minimum} rows, received {len(rows)}.")
