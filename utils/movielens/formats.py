"""Read the file formats of the MovieLens data sets into tables."""

import csv
import io
import re
from pathlib import Path

import pandas as pd

from utils.movielens.lines import (
    DataError,
    encoding_of,
    fault,
    read_lines,
    to_new_id,
    to_number,
)

RATING_COLUMNS = ("user_id", "item_id", "rating", "timestamp")
# The flags that end a line of u.item, in the order of the file u.genre.
GENRES_100K = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"),
    *("Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery"),
    *("Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
# "Toy Story (1995)"; "... (1995) (V)" for a video; "Fawlty Towers (1975-1979)" for a series
TITLE_AND_YEAR = re.compile(r"(.+?)\s*\((\d{4})(?:[-–]\s?\d{0,4})?\)(?: \(V\))?")


def read_ratings(path, separator, header=None, rating_type="int64"):
    """Read a file with the fields user, item, rating and time on each line.

    Args:
        path: the file.
        separator: what stands between the fields.
        header: the first line that the file must have; None if it has none.
        rating_type: "int64" for whole stars, "float64" for half stars.

    Returns:
        DataFrame with the columns `user_id`, `item_id`, `rating` and `timestamp` (seconds since
        1970, UTC), in the order of the file; its index is the line number.

    Raises:
        DataError: if a line has not four fields, or one that is not a number.
    """
    types = dict.fromkeys(RATING_COLUMNS, "int64") | {"rating": rating_type}
    # pandas takes the number of fields from the first line, so that line must be right.
    next(read_lines(path, separator, RATING_COLUMNS, header))
    try:
        table = pd.read_csv(
            _with_tabs(path) if separator == "::" else path,
            sep="\t" if separator == "::" else separator,
            names=list(RATING_COLUMNS),
            dtype=types,
            skiprows=0 if header is None else 1,
            skip_blank_lines=False,
            keep_default_na=False,
            quoting=csv.QUOTE_MINIMAL if separator == "," else csv.QUOTE_NONE,
            encoding="latin-1",
        )
    except (ValueError, OverflowError) as error:
        # Reading line by line is slow, but says which line pandas stumbled over.
        for line, fields in read_lines(path, separator, RATING_COLUMNS, header):
            for column, text in zip(RATING_COLUMNS, fields, strict=True):
                to_number(path, line, column, text, int if types[column] == "int64" else float)
        raise DataError(f"{Path(path).name}, line {line}: {error}") from error
    table.index += 1 if header is None else 2
    return table


def _with_tabs(path):
    """Return a file with "::" as one with tabs; the fast parser of pandas wants one byte there."""
    content = Path(path).read_bytes()
    if b"\t" in content:
        raise ValueError("a tab where :: should be")
    return io.BytesIO(content.replace(b"::", b"\t"))


def read_users(path, separator, columns):
    """Read a file with one user on each line.

    Args:
        path: the file.
        separator: what stands between the fields.
        columns: the order of the fields `user_id`, `age`, `sex`, `occupation` and `zip_code`.

    Returns:
        DataFrame with the columns `user_id`, `age` (years), `sex` ("F" or "M"), `occupation` and
        `zip_code`, sorted by `user_id`.

    Raises:
        DataError: if a line has a wrong number of fields or a value that is not accepted.
    """
    users, seen = [], set()
    for line, fields in read_lines(path, separator, columns):
        user = dict(zip(columns, fields, strict=True))
        user["user_id"] = to_new_id(path, line, "user_id", user["user_id"], seen)
        user["age"] = to_number(path, line, "age", user["age"], int)
        if not 1 <= user["age"] <= 120:
            raise fault(path, line, "age", user["age"], "1 to 120 years")
        if user["sex"] not in ("F", "M"):
            raise fault(path, line, "sex", user["sex"], "F or M")
        users.append(user)
    table = pd.DataFrame(users, columns=["user_id", "age", "sex", "occupation", "zip_code"])
    return table.sort_values("user_id", ignore_index=True)


def read_items_100k(path):
    """Read u.item of MovieLens-100K: 24 fields a line, of which the last 19 are genre flags.

    Args:
        path: the file.

    Returns:
        DataFrame with the columns `item_id`, `title` (without the year), `year` (Int64, may be
        missing) and `genres` (a tuple of names in the order of `GENRES_100K`), sorted by `item_id`.

    Raises:
        DataError: if a line has a wrong number of fields or a value that is not accepted.
    """
    columns = ("item_id", "title", "date", "video date", "link", *GENRES_100K)
    items, seen = [], set()
    rows = read_lines(path, "|", columns, encoding=encoding_of(path))
    for line, (item_id, title, _, _, _, *flags) in rows:
        for genre, flag in zip(GENRES_100K, flags, strict=True):
            if flag not in ("0", "1"):
                raise fault(path, line, genre, flag, "0 or 1")
        genres = tuple(g for g, flag in zip(GENRES_100K, flags, strict=True) if flag == "1")
        items.append(_item(path, line, item_id, title, genres, seen))
    return _items_table(items)


def read_items(path, separator, header=None):
    """Read a file with the fields item, title and genres, the genres separated by `|`.

    Args:
        path: the file.
        separator: what stands between the fields.
        header: the first line that the file must have; None if it has none.

    Returns:
        DataFrame as from `read_items_100k`, genres in the order of the file; an item with
        "(no genres listed)" has an empty tuple.

    Raises:
        DataError: if a line has a wrong number of fields or a value that is not accepted.
    """
    items, seen = [], set()
    rows = read_lines(path, separator, ("item_id", "title", "genres"), header, encoding_of(path))
    for line, (item_id, title, text) in rows:
        genres = () if text == "(no genres listed)" else tuple(text.split("|"))
        items.append(_item(path, line, item_id, title, genres, seen))
    return _items_table(items)


def _item(path, line, item_id, title, genres, seen):
    """Build one row of the table of items, the year taken out of the title."""
    title = title.strip()
    if not title or any(character in title for character in "\r\n\0"):
        raise fault(path, line, "title", title, "a line of text, not empty")
    if "" in genres:
        raise fault(path, line, "genres", "|".join(genres), "names with | between them")
    match = TITLE_AND_YEAR.fullmatch(title)
    title, year = match.groups() if match else (title, None)
    return to_new_id(path, line, "item_id", item_id, seen), title, year and int(year), genres


def _items_table(items):
    table = pd.DataFrame(items, columns=["item_id", "title", "year", "genres"])
    return table.astype({"year": "Int64"}).sort_values("item_id", ignore_index=True)
