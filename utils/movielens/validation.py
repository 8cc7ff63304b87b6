"""Check that MovieLens files and tables are what was published; a fault is named with its place."""

import hashlib

from utils.movielens.lines import DataError

YEAR_2100 = 4_102_444_800  # in seconds since 1970


def check_ratings(name, ratings, users, items, stars):
    """Check each rating by itself and against the tables of users and items.

    Args:
        name: file name, for the message.
        ratings: table from `read_ratings`, whose index is the line number.
        users: table with the column `user_id`.
        items: table with the column `item_id`.
        stars: ratings that are accepted.

    Raises:
        DataError: if a rating is not one of `stars`, a time is not between 1970 and 2100, an id is
            not positive or in no table, or a user rates an item twice.
    """
    accepted_values = {
        "rating": (ratings["rating"].isin(stars), f"one of {', '.join(map(str, stars))}"),
        "timestamp": (
            ratings["timestamp"].between(1, YEAR_2100),
            f"positive, in seconds since 1970, and before 2100 ({YEAR_2100})",
        ),
        "user_id": (
            ratings["user_id"].isin(users["user_id"]) & (ratings["user_id"] > 0),
            "positive, and in the table of users",
        ),
        "item_id": (ratings["item_id"].isin(items["item_id"]), "in the table of items"),
    }
    for column, (is_right, accepted) in accepted_values.items():
        if not is_right.all():
            line = is_right.idxmin()
            raise DataError(
                f"{name}, line {line}, {column}: {ratings.at[line, column]} is not accepted; "
                f"it should be {accepted}"
            )
    again = ratings.duplicated(["user_id", "item_id"])
    if again.any():
        line = again.idxmax()
        user_id, item_id = ratings.loc[line, ["user_id", "item_id"]].astype("int64")
        raise DataError(
            f"{name}, line {line}: user {user_id} rates item {item_id} again; "
            f"a user rates an item once"
        )


def check_counts(tables, counts):
    """Check the number of rows of each table.

    Args:
        tables: dict from what a row is, such as "ratings", to the table.
        counts: dict with the same keys to the least and the greatest number of rows.

    Raises:
        DataError: if a table has too few or too many rows.
    """
    for rows, table in tables.items():
        least, most = counts[rows]
        if not least <= len(table) <= most:
            accepted = f"{least:,}" if least == most else f"{least:,} to {most:,}"
            raise DataError(f"{len(table):,} {rows} are not accepted; it should be {accepted}")


def check_files(folder, max_bytes, hashes):
    """Check the size of files, and their content where it is known, before anything reads them.

    Args:
        folder: where the files are.
        max_bytes: dict from the name of each file to the size that it may have.
        hashes: dict from a file name to its SHA-256, for the files that have one.

    Raises:
        DataError: if a file is too large or not the published one.
    """
    for name, most in max_bytes.items():
        size = (folder / name).stat().st_size
        if size > most:
            raise DataError(
                f"{name}: {size:,} bytes are not accepted; it should be at most {most:,}"
            )
        if name in hashes and (found := hash_file(folder / name)) != hashes[name]:
            raise DataError(
                f"{name}: not as published (SHA-256 {found}; it should be {hashes[name]})"
            )


def check_items(name, items, expected):
    """Check all that is used of a table of items; it does not depend on the source of the file.

    Args:
        name: file name, for the message.
        items: table of the items.
        expected: SHA-256 as from `hash_items`.

    Raises:
        DataError: if it differs.
    """
    found = hash_items(items)
    if found != expected:
        raise DataError(
            f"{name}: not as published (SHA-256 of its ids, titles, years and genres {found}; "
            f"it should be {expected})"
        )


def hash_file(path):
    """Hash a file of any size; returns its SHA-256 as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_items(items):
    """Hash the ids, titles, years and genres of items.

    Args:
        items: table of the items.

    Returns:
        SHA-256 as 64 hexadecimal digits.
    """
    columns = (items[column] for column in ("item_id", "title", "year", "genres"))
    text = "".join(
        f"{item_id}\t{title}\t{year}\t{'|'.join(genres)}\n"
        for item_id, title, year, genres in zip(*columns, strict=True)
    )
    return hashlib.sha256(text.encode()).hexdigest()
