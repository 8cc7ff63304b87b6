"""Refuse tables and lists: columns, gaps, indices, repetitions."""

import pandas as pd

from utils.require.of_arrays import arrays, indices
from utils.require.of_numbers import refused


def lengths(**values):
    """Refuse values that do not have one and the same number of rows.

    Args:
        values: anything with a length.
    """
    found = {name: len(value) for name, value in values.items()}
    if len(set(found.values())) > 1:
        names, received = " and ".join(found), " and ".join(map(str, found.values()))
        raise ValueError(f"{names} must have the same length, received {received}.")


def once(**values):
    """Refuse collections in which something comes twice.

    Args:
        values: lists or columns of a table.
    """
    for name, value in values.items():
        again = pd.Series(value)[pd.Series(value).duplicated().to_numpy()]
        if len(again):
            raise ValueError(f"{name} must have each entry once, received {again.iloc[0]} again.")


def each_is(kind, /, **values):
    """Refuse collections with an entry of another kind.

    Args:
        kind: type, such as str.
        values: lists or columns of a table.
    """
    for name, value in values.items():
        other = next((entry for entry in value if not isinstance(entry, kind)), None)
        if not all(isinstance(entry, kind) for entry in value):
            raise refused(name, f"entries of the kind {kind.__name__}", other)


def columns_named(columns, /, **values):
    """Refuse what is no table with these columns.

    Args:
        columns: str, the names with spaces between them.
        values: DataFrames.
    """
    for name, table in values.items():
        if not isinstance(table, pd.DataFrame):
            raise ValueError(f"{name} must be a DataFrame, received {type(table).__name__}.")
        missing = [column for column in columns.split() if column not in table]
        if missing:
            raise ValueError(
                f"{name} must have the column {missing[0]}, received {list(table.columns)}."
            )


def rows(columns, /, **values):
    """Refuse what is no table with these columns, or has a gap or a negative index in one.

    Args:
        columns: str, the names with spaces between them; those that end in "_index" hold integers
            of 0 or more, columns of numbers hold finite ones.
        values: DataFrames.
    """
    _look_into(columns, None, values)


def index_column(column, size, /, **values):
    """Refuse tables with an index in a column that is no place in 0..size-1.

    Args:
        column: str, such as "user_index".
        size: int.
        values: DataFrames.
    """
    _look_into(column, size, values)


def pairs(num_users, num_items, /, **values):
    """Refuse tables with a user or an item that is no place in 0..num_users-1, 0..num_items-1.

    Args:
        num_users, num_items: ints.
        values: DataFrames with `user_index` and `item_index`.
    """
    index_column("user_index", num_users, **values)
    index_column("item_index", num_items, **values)


def every_index(column, /, **values):
    """Refuse tables in which an index 0..n-1 is missing or comes twice.

    Args:
        column: str, the name of the index.
        values: DataFrames.
    """
    rows(column, **values)
    for name, table in values.items():
        if sorted(table[column]) != list(range(len(table))):
            raise ValueError(
                f"{name} must have each {column} of 0..{len(table) - 1} once, "
                f"received {table[column].tolist()!r:.60}."
            )


def in_order(column, /, **values):
    """Refuse tables whose row i does not have the index i.

    Args:
        column: str, the name of the index.
        values: DataFrames.
    """
    every_index(column, **values)
    for name, table in values.items():
        if list(table[column]) != list(range(len(table))):
            raise ValueError(f"{name} must be sorted by {column}: write {name}.sort_values(...).")


def _look_into(columns, size, tables):
    columns_named(columns, **tables)
    for name, table in tables.items():
        for column in columns.split():
            if table[column].isna().any():
                raise ValueError(f"{name} must have no gap in {column}, received a missing value.")
            if column.endswith("_index"):
                indices(size, **{column: table[column]})
            elif pd.api.types.is_numeric_dtype(table[column]):
                arrays("(n*,)", **{column: table[column]})
