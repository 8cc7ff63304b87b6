"""MovieLens as tables with dense indices, fetched on first use and checked at each load.

`python -m utils.movielens` fetches MovieLens-100K and says where it is. The tables, their sources
and their licenses are described in data/README.md.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from utils.movielens.formats import DataError, read_items, read_items_100k, read_ratings, read_users
from utils.movielens.sources import obtain
from utils.movielens.validation import check_counts, check_hashes, check_ratings

DATA_FOLDER = Path(__file__).resolve().parents[2] / "data"


@dataclass(frozen=True, eq=False)
class MovieLens:
    """The three tables of a MovieLens data set; `x_index` is the rank of `x_id`, from 0.

    Attributes:
        ratings: `user_id`, `item_id`, `rating` (stars), `timestamp` (seconds since 1970, UTC),
            `user_index`, `item_index`; in the order of the published file.
        users: `user_id`, `user_index`, and for "100k" and "1m" `age` (years), `sex` ("F", "M"),
            `occupation`, `zip_code`; row `i` has `user_index` `i`.
        items: `item_id`, `item_index`, `title` (without the year), `year` (Int64, may be missing),
            `genres` (tuple of names); row `i` has `item_index` `i`.
    """

    ratings: pd.DataFrame
    users: pd.DataFrame
    items: pd.DataFrame

    @property
    def num_users(self):
        """Number of users, as the Python int that Keras wants."""
        return len(self.users)

    @property
    def num_items(self):
        """Number of items, rated or not, as the Python int that Keras wants."""
        return len(self.items)


def load(name="100k", data_folder=None):
    """Load a MovieLens data set, after fetching it if it is not there yet.

    Args:
        name: "100k", "1m", "25m", "32m" or "latest-small".
        data_folder: folder that holds, or will hold, the folder of the data set ("ml-100k");
            None for the folder data/ of this repository.

    Returns:
        A MovieLens object.

    Raises:
        ValueError: if `name` is unknown.
        DataError: if the data can neither be found nor fetched, or a file is not what it should be.

    Source: F. M. Harper and J. A. Konstan, "The MovieLens Datasets: History and Context", 2015.
    """
    if name not in DATA_SETS:
        raise ValueError(f"name is {name!r}; accepted: {', '.join(map(repr, DATA_SETS))}")
    data_set = DATA_SETS[name]
    folder = Path(DATA_FOLDER if data_folder is None else data_folder).resolve() / f"ml-{name}"
    if not all((folder / file_name).is_file() for file_name in data_set.file_names):
        obtain(folder, data_set.file_names, check=lambda scratch: _read(scratch, data_set))
    try:
        return _read(folder, data_set)
    except DataError as error:
        raise DataError(f"{error}. Delete the folder {folder} and load again.") from error
    except OSError as error:
        raise DataError(f"Cannot read {error.filename} ({error.strerror}).") from error


def main(arguments=None):
    """Fetch and check the data sets named on the command line, and say where they are.

    Args:
        arguments: names of data sets; None for those of the command line.
    """
    parser = argparse.ArgumentParser(prog="python -m utils.movielens", description=main.__doc__)
    parser.add_argument("names", nargs="*", default=["100k"], metavar="name", help="such as 100k")
    for name in parser.parse_args(arguments).names:
        try:
            data = load(name)
        except (ValueError, DataError) as error:
            sys.exit(str(error))
        print(
            f"MovieLens {name}: {len(data.ratings):,} ratings, {data.num_users:,} users, "
            f"{data.num_items:,} films in {DATA_FOLDER / f'ml-{name}'}"
        )


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


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set before it is read.

    Attributes:
        file_names: the files with ratings, items and, if there is one, users.
        read: function of their paths that returns the tables of ratings, items and users.
        counts: for "ratings", "users" and "items", the least and the greatest number of rows.
        stars: ratings that are accepted.
        hashes: what `check_hashes` accepts.
    """

    file_names: tuple[str, ...]
    read: Callable
    counts: dict[str, tuple[int, int]]
    stars: tuple[float, ...]
    hashes: dict[str, str] = field(default_factory=dict)


def _read(folder, data_set):
    """Read and check the files of a data set, and add the indices."""
    paths = [folder / file_name for file_name in data_set.file_names]
    ratings, items, users = data_set.read(*paths)
    check_ratings(paths[0].name, ratings, users, items, data_set.stars)
    check_counts({"ratings": ratings, "users": users, "items": items}, data_set.counts)
    check_hashes(folder, items, data_set.hashes)
    users.insert(1, "user_index", np.arange(len(users)))
    items.insert(1, "item_index", np.arange(len(items)))
    # Both tables are sorted by id, so the rank of an id is its row.
    ratings["user_index"] = np.searchsorted(users["user_id"], ratings["user_id"])
    ratings["item_index"] = np.searchsorted(items["item_id"], ratings["item_id"])
    return MovieLens(ratings.reset_index(drop=True), users, items)


def _exactly(ratings, users, items):
    return {"ratings": (ratings, ratings), "users": (users, users), "items": (items, items)}


WHOLE_STARS = (1, 2, 3, 4, 5)
HALF_STARS = (0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5)
CSV_FILES = ("ratings.csv", "movies.csv")
DATA_SETS = {
    "100k": DataSet(
        ("u.data", "u.item", "u.user"),
        _read_100k,
        _exactly(100_000, 943, 1_682),
        WHOLE_STARS,
        {
            "u.data": "06416e597f82b7342361e41163890c81036900f418ad91315590814211dca490",
            "u.user": "f120e114da2e8cf314fd28f99417c94ae9ddf1cb6db8ce0e4b5995d40e90e62c",
            "items": "00779ec9a42621843e816271ec80cd8873d6d2d0a05f6f6d6d04975aa15e0905",
        },
    ),
    "1m": DataSet(
        ("ratings.dat", "movies.dat", "users.dat"),
        _read_1m,
        _exactly(1_000_209, 6_040, 3_883),
        WHOLE_STARS,
    ),
    "25m": DataSet(CSV_FILES, _read_csv, _exactly(25_000_095, 162_541, 62_423), HALF_STARS),
    "32m": DataSet(CSV_FILES, _read_csv, _exactly(32_000_204, 200_948, 87_585), HALF_STARS),
    # This one is made anew from time to time, so its size is known only roughly.
    "latest-small": DataSet(
        CSV_FILES,
        _read_csv,
        {"ratings": (50_000, 200_000), "users": (300, 2_000), "items": (5_000, 20_000)},
        HALF_STARS,
    ),
}
