"""Distance, cosine and dot product, and the nearest of many."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import pairwise

from utils.experiments.similarity import genre_overlap, measure
from utils.units import similarity

VECTORS = np.random.default_rng(0).normal(size=(40, 6))


@pytest.mark.parametrize(
    ("first", "second", "cosine"),
    [
        ([3, 4], [4, 3], 0.96),
        ([2, 1], [4, 2], 1),
        ([1, 0, 0], [0, -2, 0], 0),
        ([1, 2], [-3, -6], -1),
        ([0, 0], [1, 2], 0),
        ([1, 2], [0, 0], 0),
    ],
    ids=["36_degrees", "same", "right_angle", "opposite", "zero_first", "zero_second"],
)
def test_cosine_of_two_vectors(first, second, cosine):
    assert similarity.cosine_similarity(first, second) == pytest.approx(cosine)


def test_cosine_ignores_the_length_of_every_row():
    scaled = VECTORS * np.arange(1, 41)[:, np.newaxis]
    before = similarity.cosine_to_all(VECTORS[3], VECTORS)
    np.testing.assert_allclose(similarity.cosine_to_all(7 * VECTORS[3], scaled), before)
    assert before[3] == pytest.approx(1)


def test_cosine_to_all_agrees_with_scikit_learn():
    np.testing.assert_allclose(
        similarity.cosine_to_all(VECTORS[0], VECTORS),
        pairwise.cosine_similarity(VECTORS[:1], VECTORS)[0],
    )


def test_identity_on_unit_vectors():
    units = similarity.normalize(VECTORS)
    cosines = similarity.cosine_to_all(units[0], units)
    np.testing.assert_allclose(
        similarity.distance_from_cosine(cosines),
        np.linalg.norm(units - units[0], axis=1),
        atol=1e-7,
    )


def test_distance_survives_rounding_above_1():
    cosines = np.array([1 + 1e-7, 1, 0.5, 0, -1])
    assert similarity.distance_from_cosine(cosines).tolist() == [0, 0, 1, np.sqrt(2), 2]


def test_normalize_makes_unit_rows_and_leaves_zeros():
    rows = similarity.normalize(np.array([[3.0, 4.0], [0.0, 0.0]], dtype="float32"))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])
    assert rows.dtype == np.float32


def test_compare_all_agrees_with_scikit_learn():
    scores = similarity.compare_all(VECTORS)
    np.testing.assert_allclose(
        scores["distance"], -pairwise.euclidean_distances(VECTORS), atol=1e-6
    )
    np.testing.assert_allclose(scores["cosine"], pairwise.cosine_similarity(VECTORS))
    np.testing.assert_allclose(scores["dot"], VECTORS @ VECTORS.T)


def test_the_three_measures_rank_unit_vectors_the_same():
    scores = similarity.compare_all(similarity.normalize(VECTORS))
    orders = [np.argsort(-all_scores[0])[1:].tolist() for all_scores in scores.values()]
    assert orders[0] == orders[1] == orders[2]


@pytest.mark.parametrize(
    ("k", "query_id", "expected"),
    [
        (2, 40, [50, 20]),
        (2, 20, [40, 50]),
        (4, 40, [50, 20, 30, 10]),
        (9, 40, [50, 20, 30, 10]),
        (1, 99, [40]),
    ],
    ids=["query_first", "query_third", "all_others", "more_than_there_are", "query_not_there"],
)
def test_top_k_ids(k, query_id, expected):
    scores, ids = [0.9, -0.2, 1.0, 0.3, 0.8], [50, 10, 40, 30, 20]
    assert similarity.top_k_ids(scores, ids, k, query_id).tolist() == expected


def test_top_k_agrees_with_sorting_for_every_k():
    scores, ids = VECTORS[:, 0], np.arange(40) + 100
    by_sorting = [film for film in ids[np.argsort(-scores)] if film != 105]
    for k in range(1, 45):
        assert similarity.top_k_ids(scores, ids, k, 105).tolist() == by_sorting[:k]


def test_nearest_films_keeps_ids_rows_and_titles_apart():
    items = pd.DataFrame(
        {"item_id": [30, 10, 20, 40], "item_index": [2, 0, 3, 1], "title": ["C", "A", "D", "B"]}
    )
    vectors = np.array([[1.0, 0.0], [9.0, 9.0], [2.0, 0.2], [-1.0, 0.0]])
    assert similarity.nearest_films(10, vectors, items, k=3) == ["C", "B", "D"]
    assert similarity.nearest_films(40, vectors, items, k=1) == ["C"]


def test_nearest_rows_leaves_the_row_itself_out():
    scores = np.array([[9.0, 1, 2], [3, -9, 1], [1, 2, 0]])
    assert similarity.nearest_rows(scores, k=1).tolist() == [[2], [0], [1]]
    assert sorted(similarity.nearest_rows(scores, k=2)[0]) == [1, 2]
    assert scores[0, 0] == 9, "the scores of the caller stay"


def test_genre_overlap():
    overlap = genre_overlap([("Action", "War"), ("War",), ("Comedy",)])
    np.testing.assert_allclose(overlap, [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])


def test_measure_finds_a_planted_correlation():
    num_ratings = np.arange(40) + 100
    vectors = similarity.normalize(VECTORS) * np.log1p(num_ratings)[:, np.newaxis]
    metrics = measure(vectors, num_ratings, [("Drama",)] * 40)
    assert metrics["correlation"] == pytest.approx(1)
    assert metrics["cosine: genres"] == pytest.approx(1)


def test_measure_finds_a_long_vector_in_every_list_of_the_dot_product_alone():
    vectors = np.abs(VECTORS)
    vectors[0] *= 100
    metrics = measure(vectors, np.full(40, 100) + np.arange(40), [("Drama",)] * 40)
    assert metrics["dot: largest"] == 39
    assert metrics["cosine: largest"] < 39
    assert metrics["distance: largest"] < 39
    assert metrics["distance: never"] >= 1 / 40


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: similarity.cosine_similarity([1, 2], [1, 2, 3]), r"\(2,\) and \(1, 3\)"),
        (lambda: similarity.cosine_to_all([[1, 2]], [[1, 2]]), r"\(1, 2\) and \(1, 2\)"),
        (lambda: similarity.cosine_to_all([1], [1]), r"\(1,\) and \(1,\)"),
        (lambda: similarity.distance_from_cosine([0.5, 1.2]), "cosine must be .* received 1.2"),
        (lambda: similarity.distance_from_cosine(np.nan), "received nan"),
        (lambda: similarity.top_k_ids([1, 2], [1], 1, 1), "same length"),
        (lambda: similarity.top_k_ids([1, 2], [1, 2], 0, 1), "k must be at least 1, received 0"),
        (lambda: similarity.nearest_rows(np.eye(3), 3), r"k must be in 1\.\.2, received 3"),
        (lambda: similarity.nearest_rows(np.ones((2, 3)), 1), r"square, received .*\(2, 3\)"),
        (
            lambda: similarity.nearest_films(
                7, VECTORS, pd.DataFrame({"item_id": [1], "item_index": [0], "title": ["A"]}), 1
            ),
            "item_id must be in items, received 7",
        ),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
