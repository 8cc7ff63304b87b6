"""MovieLens as tables with dense indices, fetched on first use and checked at each load.

`python -m utils.movielens` fetches MovieLens-100K and says where it is. The tables, their sources
and their licenses are described in data/README.md.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from utils.movielens.data_sets import DATA_SETS
from utils.movielens.lines import DataError
from utils.movielens.sources import obtain, sweep
from utils.movielens.validation import check_counts, check_files, check_items, check_ratings

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
    sweep(folder)
    if not all((folder / file_name).is_file() for file_name in data_set.max_bytes):
        obtain(folder, data_set.max_bytes, check=lambda scratch: _read(scratch, data_set))
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
        except KeyboardInterrupt:
            sys.exit(130)  # as a shell does; what it means for the data is said already
        print(
            f"MovieLens {name}: {len(data.ratings):,} ratings, {data.num_users:,} users, "
            f"{data.num_items:,} films in {DATA_FOLDER / f'ml-{name}'}"
        )


def _read(folder, data_set):
    """Read and check the files of a data set, and add the indices."""
    check_files(folder, data_set.max_bytes, data_set.hashes)
    paths = [folder / file_name for file_name in data_set.max_bytes]
    ratings, items, users = data_set.read(*paths)
    check_ratings(paths[0].name, ratings, users, items, data_set.stars)
    check_counts({"ratings": ratings, "users": users, "items": items}, data_set.counts)
    if "items" in data_set.hashes:
        check_items(paths[1].name, items, data_set.hashes["items"])
    users.insert(1, "user_index", np.arange(len(users)))
    items.insert(1, "item_index", np.arange(len(items)))
    # Both tables are sorted by id, so the rank of an id is its row.
    ratings["user_index"] = np.searchsorted(users["user_id"], ratings["user_id"])
    ratings["item_index"] = np.searchsorted(items["item_id"], ratings["item_id"])
    return MovieLens(ratings.reset_index(drop=True), users, items)
