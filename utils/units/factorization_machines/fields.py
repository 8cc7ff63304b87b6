"""What a row of a factorization machine holds: columns, in groups that are called fields.

A field is a question about a rating: who is the user, which film, what else has the user rated, in
which decade was the film made? Each possible answer is a column. A row has a number in the columns
of its answers and zeros elsewhere.
"""

from typing import NamedTuple

import numpy as np

from utils import metadata, require
from utils.units.matrix_factorization import make_bags

IDS = ("user", "film")
BAGS = ("rated", "raters")
FACTS = ("age", "sex", "occupation", "genre", "year", "popularity")
ALL_FIELDS = (*IDS, *BAGS, *FACTS)


class Field(NamedTuple):
    """A group of columns.

    Fields:
        name: str, such as "age".
        index: str, "user_index" or "item_index": of whom the field tells.
        size: int, how many users or films there are.
        rows: float array (size, num_columns), what each of them has in the columns; None if each
            has a column of its own, with a 1 in it.
    """

    name: str
    index: str
    size: int
    rows: np.ndarray | None

    @property
    def num_columns(self):
        """How many columns the field has."""
        return self.size if self.rows is None else self.rows.shape[1]


def make_fields(data, train, names=ALL_FIELDS):
    """Return fields of MovieLens.

    Args:
        data: MovieLens.
        train: DataFrame, the training ratings alone: bags and popularity count them.
        names: list of str, some of ALL_FIELDS: "user" and "film" are the ids, "rated" the bag of
            films that the user rated and "raters" that of users who rated the film (both of unit
            06), the others are facts (unit 08).

    Returns:
        list of Field, in the order of `names`.
    """
    for name in names:
        require.one_of(ALL_FIELDS, name=name)
    bags = make_bags(train, data.num_users, data.num_items)
    of_users = metadata.describe_users(data.users)
    of_films = metadata.describe_films(data.items, train)
    rows = {"user": None, "film": None, "rated": bags[0], "raters": bags[1]}
    for name in FACTS:
        facts = of_users if name in ("age", "sex", "occupation") else of_films
        rows[name] = facts.filter(regex=f"^{name}").to_numpy()
    is_of_user = {"user", "rated", "age", "sex", "occupation"}
    return [
        Field(name, "user_index", data.num_users, rows[name])
        if name in is_of_user
        else Field(name, "item_index", data.num_items, rows[name])
        for name in names
    ]


def write_rows(fields, ratings):
    """Write rows out, zeros included: what a factorization machine is defined on.

    Args:
        fields: list of Field.
        ratings: DataFrame with `user_index` and `item_index`.

    Returns:
        float32 array (num_ratings, num_columns), the columns of the fields one after the other.
    """
    require.rows("user_index item_index", ratings=ratings)
    blocks = []
    for field in fields:
        require.index_column(field.index, field.size, ratings=ratings)
        place = ratings[field.index].to_numpy()
        rows = np.eye(field.size, dtype="float32") if field.rows is None else field.rows
        blocks.append(rows[place])
    return np.hstack(blocks)
