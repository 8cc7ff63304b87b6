"""Distance, cosine and dot product, and the nearest of many."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import pairwise

from utils.experiments.similarity import genre_overlap, measure_vectors
from utils.units import matrix_factorization
from utils.units.similarity import item_vectors, measures

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
    assert measures.cosine_similarity(first, second) == pytest.approx(cosine)


def test_cosine_ignores_the_length_of_every_row():
    scaled = VECTORS * np.arange(1, 41)[:, np.newaxis]
    before = measures.cosine_to_all(VECTORS[3], VECTORS)
    np.testing.assert_allclose(measures.cosine_to_all(7 * VECTORS[3], scaled), before)
    assert before[3] == pytest.approx(1)


def test_cosine_to_all_agrees_with_scikit_learn():
    np.testing.assert_allclose(
        measures.cosine_to_all(VECTORS[0], VECTORS),
        pairwise.cosine_similarity(VECTORS[:1], VECTORS)[0],
    )


def test_identity_on_unit_vectors():
    units = measures.normalize(VECTORS)
    cosines = measures.cosine_to_all(units[0], units)
    np.testing.assert_allclose(
        measures.distance_from_cosine(cosines),
        np.linalg.norm(units - units[0], axis=1),
        atol=1e-7,
    )


def test_distance_survives_rounding_above_1():
    cosines = np.array([1 + 1e-7, 1, 0.5, 0, -1])
    assert measures.distance_from_cosine(cosines).tolist() == [0, 0, 1, np.sqrt(2), 2]


def test_normalize_makes_unit_rows_and_leaves_zeros():
    rows = measures.normalize(np.array([[3.0, 4.0], [0.0, 0.0]], dtype="float32"))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]])
    assert rows.dtype == np.float32


def test_compare_all_agrees_with_scikit_learn():
    scores = measures.compare_all(VECTORS)
    np.testing.assert_allclose(
        scores["distance"], -pairwise.euclidean_distances(VECTORS), atol=1e-6
    )
    np.testing.assert_allclose(scores["cosine"], pairwise.cosine_similarity(VECTORS))
    np.testing.assert_allclose(scores["dot"], VECTORS @ VECTORS.T)


def test_the_three_measures_rank_unit_vectors_the_same():
    scores = measures.compare_all(measures.normalize(VECTORS))
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
    assert measures.top_k_ids(scores, ids, k, query_id).tolist() == expected


def test_top_k_agrees_with_sorting_for_every_k():
    scores, ids = VECTORS[:, 0], np.arange(40) + 100
    by_sorting = [film for film in ids[np.argsort(-scores)] if film != 105]
    for k in range(1, 45):
        assert measures.top_k_ids(scores, ids, k, 105).tolist() == by_sorting[:k]


def test_nearest_films_keeps_ids_rows_and_titles_apart():
    items = pd.DataFrame(
        {"item_id": [30, 10, 20, 40], "item_index": [2, 0, 3, 1], "title": ["C", "A", "D", "B"]}
    )
    vectors = np.array([[1.0, 0.0], [9.0, 9.0], [2.0, 0.2], [-1.0, 0.0]])
    assert measures.nearest_films(10, vectors, items, k=3) == ["C", "B", "D"]
    assert measures.nearest_films(40, vectors, items, k=1) == ["C"]


def test_nearest_rows_leaves_the_row_itself_out():
    scores = np.array([[9.0, 1, 2], [3, -9, 1], [1, 2, 0]])
    assert measures.nearest_rows(scores, k=1).tolist() == [[2], [0], [1]]
    assert sorted(measures.nearest_rows(scores, k=2)[0]) == [1, 2]
    assert scores[0, 0] == 9, "the scores of the caller stay"


@pytest.fixture(scope="module")
def train():
    """Users 0..9 like the items of even number, users 10..19 the others."""
    generator = np.random.default_rng(0)
    rows = pd.DataFrame(
        generator.integers(20, size=(4_000, 2)), columns=["user_index", "item_index"]
    )
    rows["rating"] = np.where((rows["user_index"] < 10) == (rows["item_index"] % 2 == 0), 5.0, 1.0)
    return rows


def test_penalized_model_adds_mean_biases_and_match():
    model = item_vectors.build_penalized_model(2, 3, 2, 3.5, row_l2=0.1, bias_l2=0.0)
    weights = {
        "user_factors": [[0, 0], [3, -1]],
        "item_factors": [[0, 0], [0, 0], [1, 2]],
        "user_bias": [[0], [0.5]],
        "item_bias": [[0], [0], [-1]],
    }
    for name, rows in weights.items():
        model.get_layer(name).set_weights([np.array(rows)])
    stars = model.predict([np.array([1, 0]), np.array([2, 2])], verbose=0)
    np.testing.assert_allclose(stars, [[3.5 + 0.5 - 1 + 1], [2.5]])
    # The squared lengths of p and q, once for the one rating of the batch.
    model([np.array([1]), np.array([2])])
    assert float(sum(model.losses)) == pytest.approx(0.1 * (10 + 5), rel=1e-5)


def test_item_vectors_tell_apart_what_different_users_like(train):
    keras.utils.set_random_seed(0)
    vectors = item_vectors.train_item_vectors(train, 20, 20, row_l2=0.0, bias_l2=0.0)
    assert vectors.shape == (20, item_vectors.EMBEDDING_DIM)
    cosines = measures.cosine_to_all(vectors[0], vectors)
    assert cosines[2::2].min() > cosines[1::2].max()


def test_penalty_makes_vectors_short(train):
    lengths = []
    for row_l2 in (0.0, 1.0):
        keras.utils.set_random_seed(0)
        vectors = item_vectors.train_item_vectors(train, 20, 20, row_l2, bias_l2=0.0)
        lengths.append(np.linalg.norm(vectors, axis=1).mean())
    assert lengths[1] < 0.8 * lengths[0]


def test_size_and_penalty_are_those_of_unit_06():
    assert item_vectors.PENALTIES["penalty of unit 06"] == {
        "row_l2": matrix_factorization.ROW_L2,
        "bias_l2": matrix_factorization.BIAS_L2,
    }
    assert item_vectors.EMBEDDING_DIM == matrix_factorization.EMBEDDING_DIM


def test_genre_overlap():
    overlap = genre_overlap([("Action", "War"), ("War",), ("Comedy",)])
    np.testing.assert_allclose(overlap, [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])


def test_measure_finds_a_planted_correlation():
    num_ratings = np.arange(40) + 100
    vectors = measures.normalize(VECTORS) * np.log1p(num_ratings)[:, np.newaxis]
    metrics = measure_vectors(vectors, num_ratings, [("Drama",)] * 40)
    assert metrics["correlation"] == pytest.approx(1)
    assert metrics["cosine: genres"] == pytest.approx(1)


def test_measure_finds_a_long_vector_in_every_list_of_the_dot_product_alone():
    vectors = np.abs(VECTORS)
    vectors[0] *= 100
    metrics = measure_vectors(vectors, np.full(40, 100) + np.arange(40), [("Drama",)] * 40)
    assert metrics["dot: largest"] == 39
    assert metrics["cosine: largest"] < 39
    assert metrics["distance: largest"] < 39
    assert metrics["distance: never"] >= 1 / 40


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: measures.cosine_similarity([1, 2], [1, 2, 3]), r"\(2,\) and \(3,\)"),
        (lambda: measures.cosine_to_all([[1, 2]], [[1, 2]]), r"\(1, 2\) and \(1, 2\)"),
        (lambda: measures.cosine_to_all([1], [1]), r"\(1,\) and \(1,\)"),
        (lambda: measures.distance_from_cosine([0.5, 1.2]), "cosine must be .* received 1.2"),
        (lambda: measures.distance_from_cosine(np.nan), "received nan"),
        (lambda: measures.top_k_ids([1, 2], [1], 1, 1), "same length"),
        (lambda: measures.top_k_ids([1, 2], [1, 2], 0, 1), "k must be at least 1, received 0"),
        (lambda: measures.nearest_rows(np.eye(3), 3), r"k must be in 1\.\.2, received 3"),
        (lambda: measures.nearest_rows(np.ones((2, 3)), 1), r"shape \(n, n\), received \(2, 3\)"),
        (
            lambda: measures.nearest_films(
                7, VECTORS, pd.DataFrame({"item_id": [1], "item_index": [0], "title": ["A"]}), 1
            ),
            "item_id must be in items, received 7",
        ),
    ],
    ids=[
        "two_lengths",
        "query_is_a_table",
        "vectors_are_none",
        "cosine_too_large",
        "cosine_nan",
        "scores_and_ids",
        "k_0",
        "k_too_large",
        "not_square",
        "no_such_film",
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
