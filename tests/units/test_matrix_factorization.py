"""Matrix factorization against closed forms, finite differences and tables made by hand."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from utils import baselines, training
from utils.recommendation import multiply_tables
from utils.units import matrix_factorization as mf
from utils.units.similarity.item_vectors import build_penalized_model

PAIRS = np.indices((5, 7)).reshape(2, -1).astype("int32")


@pytest.fixture
def train():
    """Ratings of rank 2 without noise: 40 users, 30 items, half of the cells."""
    rng = np.random.default_rng(0)
    table = 3 + rng.normal(size=(40, 2)) @ rng.normal(size=(30, 2)).T / 2
    users, items = np.nonzero(rng.random(table.shape) < 0.5)
    return pd.DataFrame({"user_index": users, "item_index": items, "rating": table[users, items]})


def tables(model):
    return {layer.name: layer.get_weights()[0] for layer in model.layers if layer.weights}


def randomize(model):
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
    return tables(model)


def predict_pairs(model):
    rows = pd.DataFrame({"user_index": PAIRS[0], "item_index": PAIRS[1]})
    return training.predict(model, rows).reshape(5, 7)


def test_dot_model_is_the_product_of_its_tables():
    model = mf.build_dot_model(5, 7, 3)
    weights = randomize(model)
    expected = weights["user_factors"] @ weights["item_factors"].T
    assert predict_pairs(model) == pytest.approx(expected, abs=1e-5)


BIASED = {
    "no penalty": lambda *sizes: mf.build_biased_model(*sizes),
    "rows used": lambda *sizes: build_penalized_model(*sizes, row_l2=0.1, bias_l2=0.1),
    "whole tables": lambda *sizes: mf.build_table_penalized_model(*sizes, table_l2=0.1),
}


@pytest.mark.parametrize("build", BIASED.values(), ids=BIASED)
def test_biased_models_add_mean_and_biases(build):
    model = build(5, 7, 3, 3.5)
    weights = randomize(model)
    expected = 3.5 + weights["user_factors"] @ weights["item_factors"].T
    expected = expected + weights["user_bias"] + weights["item_bias"].T
    assert predict_pairs(model) == pytest.approx(expected, abs=1e-5)
    assert multiply_tables(model) + 3.5 == pytest.approx(predict_pairs(model), abs=1e-5)


@pytest.mark.parametrize("build", BIASED.values(), ids=BIASED)
def test_biased_models_start_near_the_mean(build):
    model = build(5, 7, 3, 3.5)
    assert predict_pairs(model) == pytest.approx(3.5, abs=0.2)
    weights = tables(model)
    assert not weights["user_bias"].any() and not weights["item_bias"].any()
    assert not np.array_equal(weights["user_factors"][:5], weights["item_factors"][:5])


def build_svdpp(bags, **changes):
    penalties = {"row_l2": 0.0, "bias_l2": 0.0, "column_l2": 0.0, "dropout": 0.0, **changes}
    return mf.build_svdpp_model(*bags, 3, 3.5, **penalties)


def test_svdpp_adds_the_sums_of_the_bags():
    rows = pd.DataFrame({"user_index": [0, 0, 1, 4], "item_index": [0, 6, 6, 2]})
    model = build_svdpp(mf.make_bags(rows, 5, 7), dropout=0.4)
    rng = np.random.default_rng(1)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))
    weights = tables(model)
    y, x = weights["rated"], weights["raters"]
    users, items = weights["user_factors"].copy(), weights["item_factors"].copy()
    users[0] += (y[0] + y[6]) / np.sqrt(2)
    users[1] += y[6]
    users[4] += y[2]
    items[0] += x[0]
    items[2] += x[4]
    items[6] += (x[0] + x[1]) / np.sqrt(2)
    expected = 3.5 + users @ items.T + weights["user_bias"] + weights["item_bias"].T
    assert predict_pairs(model) == pytest.approx(expected, abs=1e-5)


def test_svdpp_drops_entries_of_both_sums_in_training_only():
    rows = pd.DataFrame({"user_index": [0, 0, 1, 4], "item_index": [0, 6, 6, 2]})
    model = build_svdpp(mf.make_bags(rows, 5, 7), dropout=0.5)
    for weight in model.trainable_weights:
        weight.assign(np.ones(weight.shape))
    user, item = np.zeros(200, "int32"), np.full(200, 2, "int32")
    kept = np.unique((model([user, item], training=True).numpy().ravel() - 5.5).round(4))
    # 3 factors, each (1 + sqrt 2) (1 + 1), doubled on both sides or dropped on one of them
    assert kept == pytest.approx(np.arange(4) * 8 * (1 + np.sqrt(2)), abs=1e-3)
    assert np.ptp(model([user, item], training=False).numpy()) == 0


def test_the_bags_themselves_are_not_trained():
    bags = mf.make_bags(pd.DataFrame({"user_index": [0], "item_index": [1]}), 5, 7)
    model = build_svdpp(bags)
    # factors 5 x 3 and 7 x 3, tables y 7 x 3 and x 5 x 3, biases 5 and 7
    assert sum(np.prod(w.shape) for w in model.trainable_weights) == 15 + 21 + 21 + 15 + 5 + 7


def test_bags_have_length_one_or_zero():
    rows = pd.DataFrame({"user_index": [0, 0, 0, 2], "item_index": [1, 2, 3, 3]})
    user_bags, item_bags = mf.make_bags(rows, 3, 4)
    assert user_bags[0] == pytest.approx([0, 3**-0.5, 3**-0.5, 3**-0.5])
    assert np.linalg.norm(user_bags, axis=1) == pytest.approx([1, 0, 1])
    assert np.linalg.norm(item_bags, axis=1) == pytest.approx([0, 1, 1, 1])


PENALIZED = {
    "row_l2": lambda: build_penalized_model(5, 7, 3, 0.0, row_l2=0.5, bias_l2=0.0),
    "bias_l2": lambda: build_penalized_model(5, 7, 3, 0.0, row_l2=0.0, bias_l2=0.5),
    "table_l2": lambda: mf.build_table_penalized_model(5, 7, 3, 0.0, table_l2=0.5),
}


@pytest.mark.parametrize("penalty", PENALIZED)
def test_penalties_are_what_they_say(penalty):
    model = PENALIZED[penalty]()
    weights = randomize(model)
    users, items = np.array([1, 1, 4]), np.array([0, 2, 2])
    model.compile(loss="mse")
    loss = model.test_on_batch([users, items], np.array([1.0, 2.0, 3.0]))
    error = np.mean((model([users, items]).numpy().ravel() - [1, 2, 3]) ** 2)
    p, q = weights["user_factors"], weights["item_factors"]
    bu, bi = weights["user_bias"], weights["item_bias"]
    expected = {
        "row_l2": np.mean(np.sum(p[users] ** 2, 1) + np.sum(q[items] ** 2, 1)),
        "bias_l2": np.mean(bu[users] ** 2 + bi[items] ** 2),
        "table_l2": np.sum(p**2) + np.sum(q**2),
    }
    assert loss == pytest.approx(error + 0.5 * expected[penalty], rel=1e-5)


def test_a_whole_table_pays_for_rows_nobody_uses():
    layer = mf.whole_table(4, 2, "factors", table_l2=0.5)
    layer.build()
    layer.set_weights([np.arange(8.0).reshape(4, 2)])
    rows = layer(np.array([1, 1]))
    assert rows.numpy().tolist() == [[2, 3], [2, 3]]
    assert float(layer.losses[0]) == pytest.approx(0.5 * sum(n * n for n in range(8)))


def test_columns_of_bags_pay_as_a_whole():
    bags = mf.make_bags(pd.DataFrame({"user_index": [0], "item_index": [1]}), 5, 7)
    model = build_svdpp(bags, column_l2=0.5)
    for weight in model.trainable_weights:
        weight.assign(np.ones(weight.shape))
    model.compile(loss="mse")
    nobody = [np.array([4]), np.array([6])]  # empty bags, and a prediction of 3.5 + 2 + 3
    assert model.test_on_batch(nobody, np.array([8.5])) == pytest.approx(0.5 * (7 + 5) * 3)


def test_sgd_step_is_minus_the_gradient():
    rng = np.random.default_rng(2)
    start = np.concatenate([rng.normal(size=6), [0.3, -0.2]])

    def loss(flat):
        p, q, bu, bi = flat[:3], flat[3:6], flat[6], flat[7]
        error = 4.0 - (3.5 + bu + bi + p @ q)
        return (error**2 + 0.1 * (p @ p + q @ q + bu**2 + bi**2)) / 2

    nudges = np.eye(8) * 1e-6
    gradient = np.array([(loss(start + n) - loss(start - n)) / 2e-6 for n in nudges])
    p, q, bu, bi = mf.sgd_step(start[:3], start[3:6], start[6], start[7], 4.0, 3.5, 0.01, 0.1)
    assert np.concatenate([p, q, [bu, bi]]) == pytest.approx(start - 0.01 * gradient, abs=1e-9)


def test_als_step_is_ridge_regression_per_user():
    rng = np.random.default_rng(3)
    residuals, known = rng.normal(size=(4, 9)), rng.random((4, 9)) < 0.5
    known[3] = False
    item_factors = rng.normal(size=(9, 3))
    factors = mf.als_step(residuals * known, known, item_factors, row_l2=0.2)
    for user in range(3):
        seen = known[user]
        ridge = Ridge(alpha=0.2 * seen.sum(), fit_intercept=False)
        ridge.fit(item_factors[seen], residuals[user][seen])
        assert factors[user] == pytest.approx(ridge.coef_, abs=1e-8)
    assert factors[3].tolist() == [0, 0, 0]


def test_als_finds_factors_that_are_there(train):
    biases = baselines.Biases(3.0, np.zeros(40), np.zeros(30))
    users, items = mf.fit_als(biases, train, embedding_dim=2, row_l2=1e-4, num_sweeps=30)
    dots = np.sum(users[train["user_index"]] * items[train["item_index"]], axis=1)
    assert np.abs(3 + dots - train["rating"]).max() < 0.05


def test_keras_finds_factors_that_are_there(train):
    keras.utils.set_random_seed(0)
    model = mf.build_biased_model(40, 30, 4, mean_rating=3.0)
    training.fit(model, train, epochs=60, batch_size=64, learning_rate=0.02)
    errors = training.predict(model, train) - train["rating"]
    assert np.sqrt(np.mean(errors**2)) < 0.1 * train["rating"].std()


def test_fit_repeats_itself(train):
    runs = []
    for _ in range(2):
        keras.utils.set_random_seed(5)
        model = mf.build_biased_model(40, 30, 4, mean_rating=3.0)
        history = training.fit(model, train, epochs=2, batch_size=64, validation=train[:50])
        runs.append(history.history["val_rmse"])
    assert runs[0] == runs[1]
