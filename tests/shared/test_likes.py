"""Labels, AUC, log loss and calibration: values by hand, and scikit-learn as a second opinion."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from utils import likes

LIKED = np.array([1.0, 0, 1, 0, 0])
SCORES = np.array([0.9, 0.6, 0.6, 0.2, 0.8])


def test_four_stars_are_liked_and_three_are_not():
    ratings = pd.DataFrame({"rating": [1, 3, 4, 5]})
    assert likes.add_likes(ratings)["liked"].tolist() == [0, 0, 1, 1]
    assert list(ratings) == ["rating"]


def test_auc_by_hand():
    # Pairs of the liked 0.9: three right. Of the liked 0.6: right, tie, wrong.
    assert likes.auc(LIKED, SCORES) == pytest.approx((3 + 1.5) / 6)
    assert likes.auc(LIKED, -SCORES) == pytest.approx(1 - 4.5 / 6)


def test_log_loss_by_hand():
    assert likes.log_loss([1, 0], [0.8, 0.5]) == pytest.approx(-(np.log(0.8) + np.log(0.5)) / 2)
    assert likes.log_loss([1.0], [0.0]) == pytest.approx(-np.log(1e-7))


def test_scikit_learn_agrees():
    generator = np.random.default_rng(0)
    scores = generator.random(500).round(2)  # with ties
    liked = (generator.random(500) < scores).astype(float)
    assert likes.auc(liked, scores) == pytest.approx(metrics.roc_auc_score(liked, scores))
    scores = scores.clip(0.01, 0.99)
    assert likes.log_loss(liked, scores) == pytest.approx(metrics.log_loss(liked, scores))


def test_within_users_it_does_not_matter_who_rates_high():
    rows = pd.DataFrame({"user_index": [0, 0, 0, 1, 1, 2], "liked": [1, 1, 0, 1, 0, 1]})
    scores = np.array([0.9, 0.8, 0.7, 0.2, 0.1, 0.0])
    assert likes.user_auc(rows, scores) == 1
    assert likes.auc(rows["liked"], scores) < 1


def test_calibration_by_hand():
    bins = likes.calibrate([1, 0, 1, 1], [0.05, 0.15, 0.19, 1.0], num_bins=10)
    assert bins["claimed"].tolist() == pytest.approx([0.05, 0.17, 1.0])
    assert bins["observed"].tolist() == [1.0, 0.5, 1.0]
    assert bins["rows"].tolist() == [1, 2, 1]
    rows = pd.DataFrame({"user_index": [0, 0, 0, 0], "liked": [1, 0, 1, 1]})
    error = likes.like_metrics(rows, np.array([0.05, 0.15, 0.19, 1.0]))["calibration_error"]
    assert error == pytest.approx((0.95 + 2 * 0.33 + 0) / 4)


def test_one_kind_of_label_has_no_auc():
    with pytest.raises(ValueError, match="zeros and ones, received only 1"):
        likes.auc([1, 1], [0.1, 0.2])
    with pytest.raises(ValueError, match="a user with likes and other rows"):
        likes.user_auc(pd.DataFrame({"user_index": [0], "liked": [1]}), np.array([0.5]))
