"""The blocks that several models share: tables, sums of columns, stars from scores and back."""

import random

import keras
import numpy as np
import pytest

from utils import blocks

ROWS = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 0.0]], dtype="float32")


def test_inputs_are_the_user_then_the_item():
    assert [tensor.name for tensor in blocks.index_inputs()] == ["user_index", "item_index"]


@pytest.mark.parametrize(("spread", "low", "high"), [(0.05, 0.04, 0.06), (0.5, 0.4, 0.6)])
def test_a_table_starts_with_the_spread_asked_for(spread, low, high):
    keras.utils.set_random_seed(0)
    vectors = blocks.table(50, 20, "user_factors", spread=spread)(np.arange(50))
    assert low < np.asarray(vectors).std() < high


def test_a_table_of_zeros_draws_nothing():
    """Models with and without such a table start from the same random numbers."""
    keras.utils.set_random_seed(0)
    before = random.getstate()
    vectors = blocks.table(50, 20, "user_factors", spread=0)(np.arange(50))
    assert not np.asarray(vectors).any()
    assert random.getstate() == before


def test_the_penalty_of_a_table_counts_each_use_of_a_row():
    layer = blocks.table(3, 2, "item_factors", row_l2=0.1)
    layer.build(None)
    layer.set_weights([np.array([[1.0, 2.0], [3.0, 0.0], [9.0, 9.0]])])
    layer(np.array([0, 0, 1, 1]))  # squared lengths 5, 5, 9, 9; row 2 is not used
    assert float(layer.losses[0]) == pytest.approx(0.1 * (5 + 5 + 9 + 9) / 4)


def test_a_fixed_table_looks_up_rows_and_never_learns():
    layer = blocks.fixed_table(ROWS, "user_rows")
    assert np.asarray(layer(np.array([2, 0]))) == pytest.approx(ROWS[[2, 0]])
    assert layer.trainable_weights == []


def test_a_column_sum_is_a_row_times_a_table():
    layer = blocks.column_sum(3, "user_columns", column_l2=0.1)
    sums = np.asarray(layer(ROWS))
    (vectors,) = layer.get_weights()
    assert sums == pytest.approx(ROWS @ vectors, abs=1e-6)
    assert sums[2] == pytest.approx(np.zeros(3)), "an empty row adds nothing up"
    assert float(layer.losses[0]) == pytest.approx(0.1 * np.sum(vectors**2), rel=1e-5)


@pytest.mark.parametrize("score", [-50.0, -1.0, 0.0, 3.0, 50.0])
def test_stars_lie_between_one_and_five(score):
    stars = float(blocks.to_stars(score))
    assert 1 <= stars <= 5
    assert stars == pytest.approx(1 + 4 / (1 + np.exp(-score)), abs=1e-5)


@pytest.mark.parametrize("stars", [1.2, 3.0, 4.9])
def test_score_is_the_inverse_of_stars(stars):
    assert float(blocks.to_stars(blocks.to_score(stars))) == pytest.approx(stars)


def test_adam_adds_up_the_squares_of_a_row_that_a_batch_uses_twice():
    """What Keras does with sparse gradients on TensorFlow; if it changes, measure results anew."""
    ids = np.array([0, 0, 1])
    table = blocks.table(3, 1, "table", spread=1.0)
    index = keras.Input((), dtype="int32")
    model = keras.Model(index, table(index))
    optimizer = keras.optimizers.Adam(0.1)
    model.compile(optimizer, "mse")
    entries = np.asarray(table.embeddings)
    model.train_on_batch(ids, np.zeros((3, 1)))
    gradient = 2 * entries[:, 0] / len(ids)  # of one use of each row
    second_moment = np.asarray(optimizer._velocities[0])[:, 0]
    np.testing.assert_allclose(second_moment, 0.001 * gradient**2 * [2, 1, 0], rtol=1e-4)
