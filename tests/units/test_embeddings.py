"""Symbols as vectors: vocabularies, one-hot vectors, tables and their gradients."""

import keras
import numpy as np
import pandas as pd
import pytest

from utils.figures import embeddings as figures
from utils.units.embeddings import models, symbols

TABLE = np.arange(40, dtype="float32").reshape(10, 4)


def test_a_vocabulary_numbers_symbols_from_2_in_order_of_appearance():
    assert symbols.build_vocabulary(["b", "a", "b", "c"]) == {"b": 2, "a": 3, "c": 4}


@pytest.mark.parametrize(
    ("genres", "length", "indices"),
    [
        (["Drama", "Sci-Fi"], 4, [3, 1, 0, 0]),
        ([], 2, [0, 0]),
        (["Drama", "Comedy", "Drama"], 2, [3, 2]),
        (["Drama", "Drama"], 2, [3, 3]),
    ],
    ids=["unknown_and_padding", "nothing", "too_long", "twice"],
)
def test_encode(genres, length, indices):
    assert symbols.encode(genres, {"Comedy": 2, "Drama": 3}, length) == indices


def test_encode_agrees_with_keras():
    films = ["Alien", "Casablanca", "Fargo"]
    layer = keras.layers.StringLookup(vocabulary=films, mask_token="")
    by_keras = np.asarray(layer(["Fargo", "Heat", "Alien", "", ""]))
    by_hand = symbols.encode(["Fargo", "Heat", "Alien"], symbols.build_vocabulary(films), 5)
    assert by_hand == by_keras.tolist()


def test_one_hot_vectors_are_all_sqrt_2_apart():
    vectors = symbols.one_hot(np.arange(7), 7)
    distances = np.linalg.norm(vectors[:, np.newaxis] - vectors, axis=-1)
    np.testing.assert_allclose(distances, np.sqrt(2) * (1 - np.eye(7)), rtol=1e-6)


@pytest.mark.parametrize("indices", [3, [3, 7, 3], [[0, 9], [5, 5]], []], ids=str)
def test_look_up_product_and_keras_layer_give_exactly_the_same(indices):
    by_row = symbols.look_up(indices, TABLE)
    assert by_row.shape == (*np.shape(indices), 4)
    np.testing.assert_array_equal(by_row, symbols.one_hot(indices, 10) @ TABLE)
    layer = keras.layers.Embedding(10, 4, weights=[TABLE])
    np.testing.assert_array_equal(by_row, np.asarray(layer(np.array(indices, dtype="int32"))))


@pytest.mark.parametrize(
    ("indices", "mean"),
    [
        ([[2, 3, 0], [3, 0, 0]], [[4, 2], [6, 0]]),
        ([[0, 1, 3]], [[3.5, 1.5]]),
        ([[2, 2, 3]], [[10 / 3, 8 / 3]]),
        ([[0, 0]], [[0, 0]]),
    ],
    ids=["padding_at_the_end", "padding_in_front", "twice", "padding_alone"],
)
def test_mean_embedding_leaves_padding_out(indices, mean):
    table = [[9, 9], [1, 3], [2, 4], [6, 0]]
    np.testing.assert_allclose(symbols.mean_embedding(indices, table), mean)


def test_gradient_adds_repeats_and_leaves_unused_rows_at_zero():
    gradient = symbols.embedding_gradient([1, 1], [[1, 10], [2, 20]], 3)
    assert gradient.tolist() == [[0, 0], [3, 30], [0, 0]]


def test_gradient_agrees_with_finite_differences():
    generator = np.random.default_rng(0)
    table, indices = generator.normal(size=(5, 3)), np.array([4, 0, 0, 2])
    weights = generator.normal(size=(4, 3))

    def loss(table):
        return np.sum(weights * symbols.look_up(indices, table) ** 2)

    output_gradient = 2 * weights * table[indices]
    gradient = symbols.embedding_gradient(indices, output_gradient, 5)
    for cell in np.ndindex(table.shape):
        step = np.zeros_like(table)
        step[cell] = 1e-5
        slope = (loss(table + step) - loss(table - step)) / 2e-5
        assert gradient[cell] == pytest.approx(slope, abs=1e-8)


def test_pair_model_has_one_table_and_is_symmetric():
    model = models.build_pair_model(10, 4)
    assert model.count_params() == 40
    model.set_weights([TABLE])
    first, second = np.array([3, 0, 9]), np.array([7, 0, 1])
    scores = model.predict([first, second], verbose=0)
    np.testing.assert_allclose(scores, np.sum(TABLE[first] * TABLE[second], axis=1)[:, np.newaxis])
    np.testing.assert_array_equal(scores, model.predict([second, first], verbose=0))


def test_rating_model_adds_mean_habit_and_match():
    model = models.build_rating_model(3, 4, 2, mean_rating=3.5)
    weights = {
        "user_bias": [[0.0], [0.2], [0.0]],
        "user_factors": [[0, 0], [0.8, -0.5], [0, 0]],
        "item_factors": [[0, 0], [0, 0], [0.6, 0.4], [0, 0]],
    }
    for name, rows in weights.items():
        model.get_layer(name).set_weights([np.array(rows)])
    stars = model.predict([np.array([1, 0]), np.array([2, 2])], verbose=0)
    np.testing.assert_allclose(stars, [[3.98], [3.5]], rtol=1e-6)


def test_rating_model_starts_with_different_tables_and_no_habits():
    model = models.build_rating_model(5, 5, 2, mean_rating=3.5)
    tables = [
        model.get_layer(name).get_weights()[0]
        for name in ("user_factors", "item_factors", "user_bias")
    ]
    assert not np.any(tables[0] == tables[1])
    assert np.all(tables[2] == 0)


def test_fit_learns_the_habits_of_users():
    generator = np.random.default_rng(0)
    train = pd.DataFrame(
        generator.integers(20, size=(4_000, 2)), columns=["user_index", "item_index"]
    )
    train["rating"] = np.where(train["user_index"] < 10, 3.0, 4.0)
    keras.utils.set_random_seed(0)
    model = models.build_rating_model(20, 20, 2, mean_rating=3.5)
    history = models.fit_rating_model(model, train).history
    assert len(history["loss"]) == len(history["val_loss"]) == 8
    assert history["val_loss"][-1] < 0.5 * history["val_loss"][0]
    habits = model.get_layer("user_bias").get_weights()[0].ravel()
    assert habits[:10].max() < -0.2 < 0.2 < habits[10:].min()


def test_best_direction_finds_a_planted_one():
    vectors = np.random.default_rng(0).normal(size=(50, 2))
    direction, correlation = models.best_direction(vectors, 5 + vectors @ [3, -4])
    np.testing.assert_allclose(direction, [0.6, -0.8])
    assert correlation == pytest.approx(1)


def test_best_direction_does_not_depend_on_the_rotation_of_the_space():
    generator = np.random.default_rng(1)
    vectors, values = generator.normal(size=(50, 2)), generator.normal(size=50)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    direction, correlation = models.best_direction(vectors, values)
    turned, same_correlation = models.best_direction(vectors @ turn, values)
    assert same_correlation == pytest.approx(correlation)
    np.testing.assert_allclose(turned, direction @ turn)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: symbols.build_vocabulary("Drama"), "symbols must be a list of str.*'Drama'"),
        (lambda: symbols.encode("Drama", {}, 3), "symbols must be a list of str.*'Drama'"),
        (lambda: symbols.encode(["Drama"], {}, 0), "length must be at least 1, received 0"),
        (lambda: symbols.one_hot([3], 3), r"indices must be in 0\.\.2, received 3"),
        (lambda: symbols.one_hot([-1], 3), r"indices must be in 0\.\.2, received -1"),
        (lambda: symbols.look_up([0.5], TABLE), "indices must be integers.*0.5"),
        (lambda: symbols.look_up([10], TABLE), r"indices must be in 0\.\.9, received 10"),
        (lambda: symbols.mean_embedding([[-1]], TABLE), "received -1"),
        (
            lambda: symbols.embedding_gradient([0, 1], [[1.0]], 3),
            r"one row per index, shape \(2, embedding_dim\), received \(1, 1\)",
        ),
        (lambda: models.best_direction(np.eye(3), [1, 2]), r"received \(3, 3\) and \(2,\)"),
        (lambda: models.best_direction(np.eye(3), [1, 2, 4]), "more rows than columns"),
        (lambda: models.best_direction(np.eye(4)[:, 1:], [1, 1, 1, 1]), "must vary"),
        (lambda: models.best_direction(np.ones((3, 2)), [1, 2, 3]), "must vary"),
    ],
    ids=[
        "vocabulary_of_a_str",
        "encode_a_str",
        "length_0",
        "one_hot_too_large",
        "one_hot_negative",
        "look_up_float",
        "look_up_too_large",
        "mean_negative",
        "gradient_of_other_length",
        "direction_of_other_length",
        "as_many_coordinates_as_vectors",
        "values_all_equal",
        "vectors_all_equal",
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_drawings_show_every_number_of_their_matrices():
    one_hot = figures.draw_one_hot(["a", "b"], np.eye(2))
    assert [text.get_text() for text in one_hot.axes[0].texts] == ["1", "0", "0", "1"]
    look_up = figures.draw_look_up([3], TABLE)
    texts = [text.get_text() for text in look_up.axes[0].texts]
    assert texts[:10] == list("0001000000")
    assert texts[10:50] == [str(number) for number in range(40)]
    assert texts[50:54] == ["12", "13", "14", "15"]
