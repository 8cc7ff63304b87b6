"""Lists of films: the right titles, in the right order, none that was seen."""

import numpy as np
import pandas as pd
import pytest

from utils.recommendation import recommend


@pytest.fixture
def items():
    """Four films whose ids count down while their indices count up, in shuffled order."""
    return pd.DataFrame(
        {"item_id": [40, 10, 30, 20], "item_index": [0, 3, 1, 2], "title": ["A", "D", "B", "C"]}
    )


def test_recommend_maps_positions_to_films_and_leaves_out_the_seen(items):
    table = recommend(np.array([-1.0, -2, -5, -3]), np.array([1, 0, 0, 0], bool), items, k=2)
    assert table["title"].tolist() == ["B", "D"]
    assert table["item_id"].tolist() == [30, 10]
    assert table["score"].tolist() == [-2, -3]


def test_recommend_never_pads_with_seen_films(items):
    table = recommend(np.arange(4.0), np.array([True, True, True, False]), items, k=3)
    assert table["title"].tolist() == ["D"]


@pytest.mark.parametrize(
    ("scores", "k", "words"),
    [
        (np.zeros(3), 2, "same length, received 3, 4 and 4"),
        (np.zeros(4), 0, "k must be at least 1"),
    ],
)
def test_recommend_refuses_nonsense(items, scores, k, words):
    with pytest.raises(ValueError, match=words):
        recommend(scores, np.zeros(4, bool), items, k)
