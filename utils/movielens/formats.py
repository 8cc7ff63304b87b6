"""Read the file formats of the MovieLens data sets; a fault is named with its file and line."""

import csv
import io
import re
from pathlib import Path

import pandas as pd

RATING_COLUMNS = ("user_id", "item_id", "rating", "timestamp")
# The flags that end a line of u.item, in the order of the file u.genre.
GENRES_100K = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"),
    *("Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery"),
    *("Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
# "Toy Story (1995)"; "... (1995) (V)" for a video; "Fawlty Towers (1975-1979)" for a series
TITLE_AND_YEAR = re.compile(r"(.+?)\s*\((\d{4})(?:[-–]\s?\d{0,4})?\)(?: \(V\))?")
# int() and float() would also take 1_000, and numbers that do not fit into 64 bits.
NUMBER = {
    int: re.compile(r"-?\d{1,18}", re.ASCII),
    float: re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII),
}


class DataError(RuntimeError):
    """MovieLens could not be obtained, or a file of it is not what it should be."""


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
    next(_rows(path, separator, RATING_COLUMNS, header))
    source = path
    if separator == "::":  # the fast parser of pandas wants a separator of one byte
        source, separator = io.BytesIO(Path(path).read_bytes().replace(b"::", b"\t")), "\t"
    try:
        table = pd.read_csv(
            source,
            sep=separator,
            names=list(RATING_COLUMNS),
            dtype=types,
            skiprows=0 if header is None else 1,
            skip_blank_lines=False,
            quoting=csv.QUOTE_NONE,
            encoding="latin-1",
        )
    except (ValueError, OverflowError) as error:
        # Reading line by line is slow, but says which line pandas stumbled over.
        for line, fields in _rows(path, separator, RATING_COLUMNS, header):
            for column, text in zip(RATING_COLUMNS, fields, strict=True):
                _number(path, line, column, text, int if types[column] == "int64" else float)
        raise DataError(f"{Path(path).name}: {error}") from error
    table.index += 1 if header is None else 2
    return table


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
    for line, fields in _rows(path, separator, columns):
        user = dict(zip(columns, fields, strict=True))
        user["user_id"] = _new_id(path, line, "user_id", user["user_id"], seen)
        user["age"] = _number(path, line, "age", user["age"], int)
        if not 1 <= user["age"] <= 120:
            raise _fault(path, line, "age", user["age"], "1 to 120 years")
        if user["sex"] not in ("F", "M"):
            raise _fault(path, line, "sex", user["sex"], "F or M")
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
    rows = _rows(path, "|", columns, encoding=_encoding(path))
    for line, (item_id, title, _, _, _, *flags) in rows:
        for genre, flag in zip(GENRES_100K, flags, strict=True):
            if flag not in ("0", "1"):
                raise _fault(path, line, genre, flag, "0 or 1")
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
    rows = _rows(path, separator, ("item_id", "title", "genres"), header, _encoding(path))
    for line, (item_id, title, text) in rows:
        genres = () if text == "(no genres listed)" else tuple(text.split("|"))
        items.append(_item(path, line, item_id, title, genres, seen))
    return _items_table(items)


def _item(path, line, item_id, title, genres, seen):
    """Build one row of the table of items, the year taken out of the title."""
    title = title.strip()
    if not title:
        raise _fault(path, line, "title", title, "not empty")
    match = TITLE_AND_YEAR.fullmatch(title)
    title, year = match.groups() if match else (title, None)
    return _new_id(path, line, "item_id", item_id, seen), title, year and int(year), genres


def _items_table(items):
    table = pd.DataFrame(items, columns=["item_id", "title", "year", "genres"])
    return table.astype({"year": "Int64"}).sort_values("item_id", ignore_index=True)


def _rows(path, separator, columns, header=None, encoding="latin-1"):
    """Yield the line number and the fields of each line, which must be as many as `columns`."""
    name = Path(path).name
    with Path(path).open(encoding=encoding, newline="") as lines:
        if separator == "::":  # the csv module, too, wants a separator of one character
            lines, separator = (line.replace("::", "\t") for line in lines), "\t"
        quoting = csv.QUOTE_MINIMAL if separator == "," else csv.QUOTE_NONE
        reader = csv.reader(lines, delimiter=separator, quoting=quoting)
        try:
            if header is not None and (first := ",".join(next(reader, []))) != header:
                raise _fault(path, 1, "header", first, header)
            for fields in reader:
                if len(fields) != len(columns):
                    raise DataError(
                        f"{name}, line {reader.line_num}: {len(fields)} fields are not accepted; "
                        f"it should be {len(columns)} ({', '.join(columns)})"
                    )
                yield reader.line_num, fields
        except csv.Error as error:
            raise DataError(f"{name}, line {reader.line_num}: {error}") from error
        if reader.line_num == (0 if header is None else 1):
            raise DataError(f"{name}: no rows")


def _encoding(path):
    """Tell UTF-8 (newer sets) from Latin-1 (older ones), whose accents are no valid UTF-8."""
    try:
        Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _new_id(path, line, column, text, seen):
    number = _number(path, line, column, text, int)
    if number < 1 or number in seen:
        raise _fault(path, line, column, text, "a positive number that no other line has")
    seen.add(number)
    return number


def _number(path, line, column, text, number_type):
    if not NUMBER[number_type].fullmatch(text):
        accepted = "a whole number" if number_type is int else "a number"
        raise _fault(path, line, column, text, accepted)
    return number_type(text)


def _fault(path, line, column, value, accepted):
    return DataError(
        f"{Path(path).name}, line {line}, {column}: {value!r} is not accepted; "
        f"it should be {accepted}"
    )
