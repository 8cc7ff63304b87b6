"""What is known of each MovieLens data set before it is read."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from utils.movielens.formats import read_items, read_items_100k, read_ratings, read_users


@dataclass(frozen=True)
class DataSet:
    """What a data set must look like.

    Attributes:
        sizes: dict from the files with ratings, items and, if there is one, users to their bytes
            as published.
        read: function of the paths of these files that returns the tables of ratings, items, users.
        counts: for "ratings", "users" and "items", the least and the greatest number of rows.
        stars: ratings that are accepted.
        hashes: dict from a file name to its SHA-256; "items" stands for `validation.hash_items`.
    """

    sizes: dict[str, int]
    read: Callable
    counts: dict[str, tuple[int, int]]
    stars: tuple[float, ...]
    hashes: dict[str, str] = field(default_factory=dict)

    @property
    def max_bytes(self):
        """Dict from the files to three times their size; what is larger is not even read."""
        return {name: 3 * size for name, size in self.sizes.items()}


def _read_100k(ratings_path, items_path, users_path):
    user_columns = ("user_id", "age", "sex", "occupation", "zip_code")
    ratings = read_ratings(ratings_path, "\t")
    return ratings, read_items_100k(items_path), read_users(users_path, "|", user_columns)


def _read_1m(ratings_path, items_path, users_path):
    user_columns = ("user_id", "sex", "age", "occupation", "zip_code")
    ratings = read_ratings(ratings_path, "::")
    return ratings, read_items(items_path, "::"), read_users(users_path, "::", user_columns)


def _read_csv(ratings_path, items_path):
    ratings = read_ratings(ratings_path, ",", "userId,movieId,rating,timestamp", "float64")
    users = pd.DataFrame({"user_id": np.unique(ratings["user_id"])})
    return ratings, read_items(items_path, ",", "movieId,title,genres"), users


def _exactly(ratings, users, items):
    return {"ratings": (ratings, ratings), "users": (users, users), "items": (items, items)}


WHOLE_STARS = (1, 2, 3, 4, 5)
HALF_STARS = (0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)
DATA_SETS = {
    "100k": DataSet(
        {"u.data": 1_979_173, "u.item": 236_344, "u.user": 22_628},
        _read_100k,
        _exactly(100_000, 943, 1_682),
        WHOLE_STARS,
        {
            "u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
            "u.user": "f120e114da2e8cf314fd28f99417c94ae9ddf1cb6db8ce0e4b5995d40e90e62c",
            "items": "6c3a3f6cc4a88c5c95a8542dfa3465c3c88843d2c215ca14ad6fd26e38eaed34",
        },
    ),
    "1m": DataSet(
        {"ratings.dat": 24_594_131, "movies.dat": 171_308, "users.dat": 134_368},
        _read_1m,
        _exactly(1_000_209, 6_040, 3_883),
        WHOLE_STARS,
    ),
    "25m": DataSet(
        {"ratings.csv": 678_260_987, "movies.csv": 3_038_099},
        _read_csv,
        _exactly(25_000_095, 162_541, 62_423),
        HALF_STARS,
    ),
    "32m": DataSet(
        {"ratings.csv": 877_076_222, "movies.csv": 4_242_926},
        _read_csv,
        _exactly(32_000_204, 200_948, 87_585),
        HALF_STARS,
    ),
    # This one is made anew from time to time, so its size is known only roughly.
    "latest-small": DataSet(
        {"ratings.csv": 2_500_000, "movies.csv": 500_000},
        _read_csv,
        {"ratings": (50_000, 200_000), "users": (300, 2_000), "items": (5_000, 20_000)},
        HALF_STARS,
    ),
}
