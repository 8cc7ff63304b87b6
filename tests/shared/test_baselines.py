"""Means and biases against ridge regression and hand-computed tables."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
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


# Likes

LIKED = np.random.default_rng(0).random((30, 12)) < 0.35


def test_ease_is_the_best_matrix_with_an_empty_diagonal(l2=0.5):
    likes = LIKED.astype(float)

    def cost(flat):
        weights = flat.reshape(12, 12) * (1 - np.eye(12))
        error = likes @ weights - likes
        slope = 2 * (likes.T @ error + l2 * weights) * (1 - np.eye(12))
        return np.sum(error**2) + l2 * np.sum(weights**2), slope.ravel()

    best = minimize(cost, np.zeros(144), jac=True, tol=1e-12).x.reshape(12, 12)
    assert baselines.ease(LIKED, l2) == pytest.approx(likes @ best, abs=1e-4)


def test_item_knn_by_hand():
    liked = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1]], dtype=bool)
    # cosines: films 0 and 1: 1/2; films 1 and 2: 1/sqrt(2); films 0 and 2: 0
    scores = baselines.item_knn(liked, 1)
    assert scores[1] == pytest.approx([0, 0, 0])  # film 1 has film 2 as its nearest, not film 0
    assert scores[0] == pytest.approx([0.5, 0, np.sqrt(0.5)])
    assert baselines.item_knn(liked, 2)[1] == pytest.approx([0, 0.5, 0])


def test_popularity_counts_users():
    assert baselines.popularity(LIKED)[7].tolist() == LIKED.sum(axis=0).tolist()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: baselines.ease(LIKED, 0), "l2 must be above 0, received 0"),
        (lambda: baselines.item_knn(LIKED, 12), "must be in 1..11, received 12"),
    ],
    ids=["ease without a penalty", "more neighbors than items"],
)
def test_impossible_settings(call, message):
    with pytest.raises(ValueError, match=message):
        call()
