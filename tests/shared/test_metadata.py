"""What is known of users and films as columns: hand-computed rows, and MovieLens."""

import numpy as np
import pandas as pd
import pytest

from utils import metadata, movielens


@pytest.fixture(scope="module")
def data():
    return movielens.load("100k")


def test_a_user_has_one_band_one_sex_one_occupation(data):
    facts = metadata.describe_users(data.users)
    for prefix in ("age ", "sex ", "occupation "):
        assert (facts.filter(like=prefix).sum(axis=1) == 1).all()
    assert facts.shape == (943, 6 + 2 + 21)
    first = facts.loc[0]  # 24 years, M, technician
    assert set(first.index[first == 1]) == {"age 18 to 24", "sex M", "occupation technician"}


@pytest.mark.parametrize(
    ("age", "band"),
    [(7, "under 18"), (17, "under 18"), (18, "18 to 24"), (34, "25 to 34"), (55, "55 or more")],
)
def test_age_bands_start_where_they_say(age, band):
    users = pd.DataFrame({"age": [age], "sex": ["F"], "occupation": ["none"]})
    assert metadata.describe_users(users)[f"age {band}"].tolist() == [1]


def test_film_facts_by_hand():
    items = pd.DataFrame(
        {
            "item_index": [0, 1, 2],
            "genres": [("Drama", "War"), ("War",), ("Comedy",)],
            "year": pd.array([1995, None, 1959], dtype="Int64"),
        }
    )
    train = pd.DataFrame({"item_index": [0, 0, 0, 1]})
    facts = metadata.describe_films(items, train)
    assert facts["genre War"].tolist() == [1, 1, 0]
    assert facts["genre Drama"].tolist() == [1, 0, 0]
    assert facts["year before 1960"].tolist() == [0, 0, 1]
    assert facts.filter(like="year").loc[1].sum() == 0, "a missing year lies in no band"
    assert facts["popularity"].tolist() == pytest.approx([1, np.log(2) / np.log(4), 0])


def test_genres_and_popularity_of_movielens(data):
    train = data.ratings[data.ratings["item_index"] != 3]
    facts = metadata.describe_films(data.items, train)
    assert facts.filter(like="genre").sum(axis=1).tolist() == data.items["genres"].map(len).tolist()
    assert facts.loc[3, "popularity"] == 0
    assert facts["popularity"].between(0, 1).all()
