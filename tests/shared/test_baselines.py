"""Means and biases against ridge regression and hand-computed tables."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from utils import baselines


@pytest.fixture
def train():
    rng = np.random.default_rng(0)
    pairs = rng.permutation(12 * 9)[:60]
    return pd.DataFrame(
        {"user_index": pairs // 9, "item_index": pairs % 9, "rating": rng.integers(1, 6, 60)}
    )


def test_one_sweep_by_hand():
    # mean 3; item 0: residuals 1 and -1 -> 0; item 1: residual 0 and user 0 keeps (1 + 0) / (2 + 2)
    train = pd.DataFrame({"user_index": [0, 1, 0], "item_index": [0, 0, 1], "rating": [4, 2, 3]})
    biases = baselines.fit_biases(train, 2, 2, user_shrinkage=2, item_shrinkage=0, num_sweeps=1)
    assert biases.mean == 3
    assert biases.item.tolist() == [0, 0]
    assert biases.user == pytest.approx([1 / 4, -1 / 3])


def test_equal_shrinkage_is_ridge_regression(train):
    biases = baselines.fit_biases(train, 12, 9, 2.5, 2.5, num_sweeps=300)
    one_hot = np.hstack([np.eye(12)[train["user_index"]], np.eye(9)[train["item_index"]]])
    ridge = Ridge(alpha=2.5, fit_intercept=False).fit(one_hot, train["rating"] - biases.mean)
    assert np.append(biases.user, biases.item) == pytest.approx(ridge.coef_, abs=1e-6)


def test_item_means_are_means(train):
    means = baselines.fit_item_means(train, 12, 9)
    predicted = baselines.predict_biases(means, train)
    expected = train.groupby("item_index")["rating"].transform("mean")
    assert predicted == pytest.approx(expected.to_numpy())


def test_strangers_get_the_mean(train):
    known = train[(train["user_index"] < 11) & (train["item_index"] < 8)]
    stranger = pd.DataFrame({"user_index": [11], "item_index": [8]})
    for fit in (baselines.fit_biases, baselines.fit_item_means):
        predicted = baselines.predict_biases(fit(known, 12, 9), stranger)
        assert predicted == pytest.approx([known["rating"].mean()])


def test_shrinkage_pulls_toward_zero(train):
    sizes = [
        np.abs(baselines.fit_biases(train, 12, 9, shrinkage, shrinkage).user).sum()
        for shrinkage in (0.5, 5, 50)
    ]
    assert sizes[0] > sizes[1] > sizes[2] > 0
