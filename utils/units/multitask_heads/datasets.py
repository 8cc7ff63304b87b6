"""Data for several tasks at once: a pair of tasks whose relation is known, three from MovieLens."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from utils import require
from utils.evaluation import interaction_matrix

NUM_FEATURES = 20
NUM_TRAIN = 1_000
NOISE = 0.3
TASKS = ["stars", "liked", "watch"]
NEGATIVES_PER_POSITIVE = 2


class Rows(NamedTuple):
    """Rows for several tasks, the three things that `fit` of Keras takes.

    Fields:
        inputs: array, or list of arrays, with one entry per row.
        targets: dict from task to float32 array (num_rows, 1).
        known: dict from task to float32 array (num_rows,), 1 where a label was collected, 0 where
            not: the weights of the rows.
    """

    inputs: object
    targets: dict
    known: dict


def make_pair(cosine, num_labels_b=NUM_TRAIN, scale_b=1.0, seed=0):
    """Draw two regression tasks whose relation is known.

    The label of task a is tanh(2 a1 . x) + tanh(2 a2 . x) plus noise, for two directions a1 and a2
    in the space of the features: two hidden units can learn it, one cannot. Task b is made alike
    from b1 and b2. `cosine` is the cosine of a1 and b1, and of a2 and b2; all others are 0.

    Args:
        cosine: float in [-1, 1]; 1 is the same task twice, 0 two unrelated ones, -1 the opposite.
        num_labels_b: int, how many of the 1,000 training rows have a label of task b.
        scale_b: float, the unit of b's labels: 10 multiplies them by ten.
        seed: int, for directions, features and noise.

    Returns:
        (train, validation, test), Rows of 1,000, 1,000 and 4,000 rows; the last two are complete.

    Raises:
        ValueError: if `cosine` or `num_labels_b` is out of range.
    """
    require.within("[-1, 1]", cosine=cosine)
    require.integers(f"[1, {NUM_TRAIN}]", num_labels_b=num_labels_b)
    require.finite(scale_b=scale_b)
    require.integers("[0, inf)", seed=seed)
    if not -1 <= cosine <= 1:
        raise ValueError(f"cosine must be in [-1, 1], received {cosine}.")
    if not 1 <= num_labels_b <= NUM_TRAIN:
        raise ValueError(f"num_labels_b must be in 1..{NUM_TRAIN}, received {num_labels_b}.")
    generator = np.random.default_rng([seed, 14])
    basis = np.linalg.qr(generator.standard_normal((NUM_FEATURES, 4)))[0]
    of_a = basis[:, :2]
    of_b = cosine * of_a + np.sqrt(1 - cosine**2) * basis[:, 2:]
    parts = []
    for num_rows, num_known_b in ((NUM_TRAIN, num_labels_b), (1_000, 1_000), (4_000, 4_000)):
        features = generator.standard_normal((num_rows, NUM_FEATURES))
        signals = [np.tanh(2 * features @ two).sum(axis=1) for two in (of_a, of_b)]
        noise = NOISE * generator.standard_normal((num_rows, 2))
        targets = ((np.column_stack(signals) + noise) * [1.0, scale_b]).astype("float32")
        known_b = np.arange(num_rows) < num_known_b
        parts.append(
            Rows(
                features.astype("float32"),
                {"a": targets[:, :1], "b": targets[:, 1:]},
                {"a": np.ones(num_rows, "float32"), "b": known_b.astype("float32")},
            )
        )
    return tuple(parts)


def make_movielens_rows(ratings, seen, num_users, num_items, share_stars=1.0, seed=0):
    """Return rows for three tasks: films rated, and films drawn as negatives.

    Args:
        ratings: DataFrame with `user_index`, `item_index` and `rating`.
        seen: DataFrame with `user_index` and `item_index`: pairs that may not become negatives.
        num_users, num_items: ints.
        share_stars: float in (0, 1], the share of ratings whose stars are told. Of the others
            it is only known that the film was watched.
        seed: int, for the negatives and for which stars are told.

    Returns:
        DataFrame, shuffled: `user_index`, `item_index`; the targets `stars` (1 to 5), `liked` (1
        for four stars or more) and `watch` (1 for a rated film, 0 for a negative); `told`, 1 where
        stars and liked are known. There are two negatives for each rating, drawn uniformly from
        the pairs that are not in `seen`.

    Raises:
        ValueError: if `share_stars` is not in (0, 1].
    """
    require.integers("[1, inf)", num_users=num_users, num_items=num_items)
    require.pairs(num_users, num_items, ratings=ratings, seen=seen)
    require.rows("rating", ratings=ratings)
    require.within("(0, 1]", share_stars=share_stars)
    require.integers("[0, inf)", seed=seed)
    if not 0 < share_stars <= 1:
        raise ValueError(f"share_stars must be in (0, 1], received {share_stars}.")
    generator = np.random.default_rng([seed, 14])
    users, items = np.nonzero(~interaction_matrix(seen, num_users, num_items))
    drawn = generator.choice(len(users), NEGATIVES_PER_POSITIVE * len(ratings), replace=False)
    told = generator.random(len(ratings)) < share_stars
    positives = pd.DataFrame(
        {
            "user_index": ratings["user_index"].to_numpy(),
            "item_index": ratings["item_index"].to_numpy(),
            "stars": np.where(told, ratings["rating"], 3.0),
            "liked": np.where(told, ratings["rating"] >= 4, 0.0),
            "watch": 1.0,
            "told": told.astype(float),
        }
    )
    negatives = pd.DataFrame(
        {
            "user_index": users[drawn],
            "item_index": items[drawn],
            "stars": 3.0,
            "liked": 0.0,
            "watch": 0.0,
            "told": 0.0,
        }
    )
    rows = pd.concat([positives, negatives], ignore_index=True)
    return rows.iloc[generator.permutation(len(rows))].reset_index(drop=True)
