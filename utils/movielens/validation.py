"""Check that MovieLens tables are what was published; a fault is named with its file and line."""

from hashlib import sha256

from utils.movielens.formats import DataError


def check_ratings(name, ratings, users, items, stars):
    """Check each rating by itself and against the tables of users and items.

    Args:
        name: file name, for the message.
        ratings: table from `read_ratings`, whose index is the line number.
        users: table with the column `user_id`.
        items: table with the column `item_id`.
        stars: ratings that are accepted.

    Raises:
        DataError: if a rating is not one of `stars`, a time is not after 1970, a user or an item is
            in no table, or a user rates an item twice.
    """
    faults = {
        "rating": (~ratings["rating"].isin(stars), f"one of {', '.join(map(str, stars))}"),
        "timestamp": (ratings["timestamp"] <= 0, "positive, in seconds since 1970"),
        "user_id": (~ratings["user_id"].isin(users["user_id"]), "in the table of users"),
        "item_id": (~ratings["item_id"].isin(items["item_id"]), "in the table of items"),
    }
    for column, (is_fault, accepted) in faults.items():
        if is_fault.any():
            line = is_fault.idxmax()
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


def check_hashes(folder, items, hashes):
    """Check files, and the content of the table of items, against what was published.

    Args:
        folder: where the files are.
        items: table of the items.
        hashes: dict from a file name to its SHA-256; the key "items" stands for `hash_items`.

    Raises:
        DataError: if one differs.
    """
    for name, expected in hashes.items():
        if name == "items":
            found = hash_items(items)
        else:
            found = sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise DataError(f"{name}: not as published (SHA-256 {found}; it should be {expected})")


def hash_items(items):
    """Hash the ids, years and genres of items, which do not depend on the source of the files.

    Args:
        items: table of the items.

    Returns:
        SHA-256 as 64 hexadecimal digits.
    """
    rows = zip(items["item_id"], items["year"], items["genres"], strict=True)
    text = "".join(f"{item_id},{year},{'|'.join(genres)}\n" for item_id, year, genres in rows)
    return sha256(text.encode()).hexdigest()
