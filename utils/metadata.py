"""What a model may know of a user and a film besides their ids, as tables of numbers."""

import numpy as np
import pandas as pd

from utils import require

AGE_BANDS = {
    "under 18": 0,
    "18 to 24": 18,
    "25 to 34": 25,
    "35 to 44": 35,
    "45 to 54": 45,
    "55 or more": 55,
}
YEAR_BANDS = {
    "before 1960": 0,
    "1960s": 1960,
    "1970s": 1970,
    "1980s": 1980,
    "1990 to 1993": 1990,
    "1994 and 1995": 1994,
    "1996 or later": 1996,
}


def describe_users(users):
    """Return what a model may know of each user besides the id: age band, sex, occupation.

    Args:
        users: DataFrame with `age` (years), `sex` and `occupation`.

    Returns:
        DataFrame of float32, one row per user in the order given, one column per age band, sex
        and occupation, 1 where it applies and 0 elsewhere.
    """
    require.rows("age sex occupation", users=users)
    require.entries("[0, 150]", age=users["age"])
    require.each_is(str, sex=users["sex"], occupation=users["occupation"])
    facts = {
        "age": _band(users["age"], AGE_BANDS),
        "sex": users["sex"],
        "occupation": users["occupation"],
    }
    return pd.get_dummies(pd.DataFrame(facts), prefix_sep=" ").astype("float32")


def describe_films(items, train):
    """Return what a model may know of each film besides the id: genres, year band, popularity.

    Args:
        items: DataFrame with `item_index` 0..n-1 in order, `genres` (tuples) and `year`.
        train: DataFrame with `item_index`, the training ratings alone: popularity counts them.

    Returns:
        DataFrame of float32, one row per film in the order given: one column per genre (1 or 0;
        a film may have several), one per year band, and "popularity", log(1 + number of
        training ratings) divided by its largest value, so in [0, 1] and 0 for a new film.
    """
    require.columns_named("item_index genres year", items=items)
    require.in_order("item_index", items=items)
    require.each_is(tuple, genres=items["genres"])
    require.entries("[0, 3000]", year=items["year"].dropna())
    require.index_column("item_index", len(items), train=train)
    genres = items["genres"].str.join("|").str.get_dummies().add_prefix("genre ")
    years = pd.get_dummies(
        _band(items["year"], YEAR_BANDS).rename("year"), prefix="year", prefix_sep=" "
    )
    popularity = np.log1p(np.bincount(train["item_index"], minlength=len(items)))
    table = pd.concat([genres, years], axis=1).astype("float32")
    return table.assign(popularity=(popularity / popularity.max()).astype("float32"))


def _band(values, bands):
    """Name the band of each number; a missing number lies in none."""
    edges = [*bands.values(), np.inf]
    return pd.cut(values.astype(float), edges, right=False, labels=list(bands))
