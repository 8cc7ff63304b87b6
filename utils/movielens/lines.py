"""Read a text file line by line; a fault is named with its file, line, field and value."""

import csv
import re
from pathlib import Path

# int() and float() would also take 1_000, nan, and numbers that do not fit into 64 bits.
NUMBER = {
    int: re.compile(r"-?\d{1,18}", re.ASCII),
    float: re.compile(r"-?\d{1,18}(\.\d{1,18})?", re.ASCII),
}


class DataError(RuntimeError):
    """MovieLens could not be obtained, or a file of it is not what it should be."""


def read_lines(path, separator, columns, header=None, encoding="latin-1"):
    """Yield the fields of each line, which must be as many as `columns`.

    Args:
        path: the file.
        separator: what stands between the fields; quotes have a meaning only with ",".
        columns: names of the fields, for the message.
        header: the first line that the file must have; None if it has none.
        encoding: of the file.

    Yields:
        line number, list of str; a record in quotes may go over several lines, the first counts.

    Raises:
        DataError: if the header or the number of fields is not accepted, or there is no line.
    """
    name = Path(path).name
    with Path(path).open(encoding=encoding, newline="") as file:
        records = _records_in_quotes(name, file) if separator == "," else _records(file, separator)
        if header is not None:
            first = ",".join(next(records, (1, []))[1])
            if first != header:
                raise fault(path, 1, "header", first, header)
        line = None
        for line, fields in records:
            if len(fields) != len(columns):
                raise DataError(
                    f"{name}, line {line}: {len(fields)} fields are not accepted; "
                    f"it should be {len(columns)} ({', '.join(columns)})"
                )
            yield line, fields
        if line is None:
            raise DataError(f"{name}: no rows")


def encoding_of(path):
    """Tell UTF-8 (newer sets) from Latin-1 (older ones), whose accents are no valid UTF-8."""
    try:
        Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def to_number(path, line, column, text, number_type):
    """Return a field as int or float, or raise a DataError that names it."""
    if not NUMBER[number_type].fullmatch(text):
        accepted = "a whole number" if number_type is int else "a number"
        raise fault(path, line, column, text, accepted)
    return number_type(text)


def to_new_id(path, line, column, text, seen):
    """Return a field as an id that is not in the set `seen`, and add it there."""
    number = to_number(path, line, column, text, int)
    if number < 1 or number in seen:
        raise fault(path, line, column, text, "a positive number that no other line has")
    seen.add(number)
    return number


def fault(path, line, column, value, accepted):
    """Return the DataError for one field of one line; a long value is cut."""
    return DataError(
        f"{Path(path).name}, line {line}, {column}: {value!r:.80} is not accepted; "
        f"it should be {accepted}"
    )


def _records(file, separator):
    for line, text in enumerate(file, start=1):
        text = text.rstrip("\r\n")
        yield line, text.split(separator) if text else []


def _records_in_quotes(name, file):
    reader, line = csv.reader(file), 1
    try:
        for fields in reader:
            yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{name}, line {line}: {error}") from error
