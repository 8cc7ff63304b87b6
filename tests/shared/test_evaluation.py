"""Splits and metrics against hand-computed rows, scikit-learn and keras-rs."""

import keras_rs
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import ndcg_score, roc_auc_score

from utils import evaluation, movielens


def rows(pairs):
    return pd.DataFrame(pairs, columns=["user_index", "item_index"])


@pytest.fixture
def ratings():
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "user_index": rng.integers(0, 20, 203),
            "item_index": np.arange(203),
            "rating": rng.integers(1, 6, 203),
            "timestamp": rng.integers(0, 50, 203),
        }
    )


# Splits


def test_random_split_is_the_first_fifth_of_the_permutation(ratings):
    train, test = evaluation.split_random(ratings, seed=0)
    permutation = np.random.default_rng(0).permutation(203)
    assert test["item_index"].tolist() == permutation[:41].tolist()
    assert train["item_index"].tolist() == permutation[41:].tolist()


@pytest.mark.parametrize("split", [evaluation.split_random, evaluation.split_temporal])
def test_parts_share_nothing_and_lose_nothing(ratings, split):
    train, test = split(ratings)
    assert sorted([*train["item_index"], *test["item_index"]]) == list(range(203))
    assert len(test) == 41


def test_temporal_split_never_trains_on_the_future(ratings):
    train, test = evaluation.split_temporal(ratings)
    assert train["timestamp"].max() <= test["timestamp"].min()
    together = pd.concat([train, test])
    expected = sorted(range(203), key=lambda row: (ratings["timestamp"][row], row))
    assert together["item_index"].tolist() == expected


def test_leave_one_out_takes_the_last_positive_and_the_lower_row_of_a_tie():
    positives = pd.DataFrame(
        [[0, 10, 5], [0, 11, 9], [0, 12, 9], [0, 13, 1], [0, 14, 2], [1, 10, 3], [1, 11, 4]],
        columns=["user_index", "item_index", "timestamp"],
    )
    train, test = evaluation.split_leave_one_out(positives)
    assert test[["user_index", "item_index"]].to_numpy().tolist() == [[0, 12]]
    assert train["item_index"].tolist() == [10, 11, 13, 14, 10, 11]


def test_leave_one_out_minimum_counts_the_test_row():
    positives = pd.DataFrame({"user_index": [0, 0], "item_index": [1, 2], "timestamp": [1, 2]})
    assert len(evaluation.split_leave_one_out(positives, min_positives=2)[1]) == 1
    assert len(evaluation.split_leave_one_out(positives, min_positives=3)[1]) == 0
    with pytest.raises(ValueError, match="min_positives must be at least 2, received 1"):
        evaluation.split_leave_one_out(positives, min_positives=1)


def test_cold_split_holds_out_whole_users_and_films():
    data = movielens.load("100k")
    train, test = evaluation.split_cold(data.ratings, data.num_users, data.num_items, seed=3)
    assert len(train) + len(test) == 100_000
    assert not train.index.isin(test.index).any()
    user_is_new = ~test["user_index"].isin(train["user_index"])
    film_is_new = ~test["item_index"].isin(train["item_index"])
    assert (user_is_new | film_is_new).all()
    assert test.loc[user_is_new, "user_index"].nunique() == 94
    other = evaluation.split_cold(data.ratings, data.num_users, data.num_items, seed=4)[1]
    assert not other.index.equals(test.index)


def test_folds_are_blocks_in_order_and_each_is_the_test_part_once(ratings):
    folds = evaluation.split_folds(ratings)
    assert [len(test) for _, test in folds] == [41, 41, 41, 40, 40]
    assert [row for _, test in folds for row in test["item_index"]] == list(range(203))
    for train, test in folds:
        assert sorted([*train["item_index"], *test["item_index"]]) == list(range(203))
        assert train["item_index"].is_monotonic_increasing


def test_folds_of_movielens_are_the_official_ones():
    """u1.test is the first 20,000 rows of u.data, which are of 459 users; u5.test has 927 users."""
    folds = evaluation.split_folds(movielens.load("100k").ratings)
    assert [len(test) for _, test in folds] == [20_000] * 5
    assert [test["user_index"].nunique() for _, test in folds] == [459, 653, 869, 923, 927]
    assert folds[0][1]["user_id"].max() == 462


def test_one_fold_is_refused(ratings):
    with pytest.raises(ValueError, match="num_folds must be at least 2, received 1"):
        evaluation.split_folds(ratings, 1)


@pytest.mark.parametrize("split", [evaluation.split_random, evaluation.split_temporal])
def test_too_few_rows_to_split(ratings, split):
    with pytest.raises(ValueError, match="at least 5 rows, received 4"):
        split(ratings[:4])


# Errors of predicted stars


def test_errors_by_hand():
    # errors 1, -1, 0 and 2: squares 1, 1, 0, 4
    metrics = evaluation.rating_metrics([4, 3, 5, 5], [3, 4, 5, 3])
    assert metrics == {"rmse": pytest.approx(np.sqrt(6 / 4)), "mae": pytest.approx(1.0)}


def test_predictions_are_clipped_to_the_scale():
    assert evaluation.rating_metrics([1, 5], [-3, 9])["rmse"] == 0
    assert evaluation.rating_metrics([0.5], [0.0], lowest=0.5)["mae"] == 0
    assert evaluation.rmse([1, 5], [0, 6]) == 1


@pytest.mark.parametrize(
    ("predictions", "words"),
    [
        (np.zeros((2, 1)), "shape of ratings"),
        ([1, np.nan], "predictions must be finite"),
    ],
)
def test_bad_predictions(predictions, words):
    with pytest.raises(ValueError, match=words):
        evaluation.rating_metrics([1, 2], predictions)


def test_no_rows_have_no_error():
    with pytest.raises(ValueError, match="empty"):
        evaluation.mae([], [])


def test_errors_of_warm_and_cold_rows_by_hand():
    train = pd.DataFrame({"user_index": [0, 1], "item_index": [0, 1], "rating": [3, 3]})
    test = pd.DataFrame(
        {"user_index": [0, 0, 2, 2], "item_index": [1, 2, 0, 2], "rating": [4, 4, 4, 4]}
    )
    measured = evaluation.warm_and_cold_metrics(train, test, np.array([3.0, 2.0, 1.0, 4.0]))
    assert measured["warm"] == pytest.approx(1)
    assert measured["cold_films"] == pytest.approx(2)
    assert measured["cold_users"] == pytest.approx(3)
    assert measured["rmse"] == pytest.approx(np.sqrt(14 / 4))


# Rankings


@pytest.mark.parametrize(
    ("name", "scores", "seen", "relevant", "expected"),
    [
        # place 1 of 5 candidates
        ("best", [5, 4, 3, 2, 1], [], [0], dict(auc=1, precision=1 / 2, recall=1, ndcg=1, mrr=1)),
        # place 3: two of four other candidates above, outside the top 2
        ("third", [5, 4, 3, 2, 1], [], [2], dict(auc=2 / 4, precision=0, recall=0, mrr=1 / 3)),
        # the two items above were seen in training, so it stands first of three
        ("seen left out", [5, 4, 3, 2, 1], [0, 1], [2], dict(auc=1, recall=1, ndcg=1, mrr=1)),
        # all five tied: place 1 + 4 / 2 = 3
        ("all tied", [7, 7, 7, 7, 7], [], [1], dict(auc=0.5, recall=0, ndcg=0, mrr=1 / 3)),
        # tied with one item above everything else: place 1.5
        ("tie at the top", [9, 9, 1, 1, 1], [], [0], dict(auc=3.5 / 4, recall=1, mrr=1 / 1.5)),
        # places 1 and 4; pairs in order: 3 of 3 and 1 of 3
        (
            "two relevant",
            [5, 4, 3, 2, 1],
            [],
            [0, 3],
            dict(auc=4 / 6, precision=0.5, recall=0.5, ndcg=1 / (1 + 1 / np.log2(3)), mrr=1),
        ),
        # three relevant, a list of two: the ideal list holds two of them
        ("more than k", [5, 4, 3, 2, 1], [], [0, 1, 2], dict(auc=1, recall=2 / 3, ndcg=1)),
    ],
)
def test_ranking_by_hand(name, scores, seen, relevant, expected):
    metrics = evaluation.ranking_metrics(
        np.array([scores]), rows([(0, i) for i in seen]), rows([(0, i) for i in relevant]), k=2
    )
    assert metrics.loc[0, list(expected)].to_dict() == pytest.approx(expected)


@pytest.fixture
def catalog():
    """Scores without ties, about 12% of the pairs seen and 4% relevant."""
    rng = np.random.default_rng(1)
    scores = rng.permutation(30 * 80).reshape(30, 80) / 1000
    kind = rng.choice(3, p=[0.84, 0.12, 0.04], size=(30, 80))
    return scores, rows(np.argwhere(kind == 1)), rows(np.argwhere(kind == 2)), kind


def test_auc_and_ndcg_equal_scikit_learn(catalog):
    scores, train, test, kind = catalog
    metrics = evaluation.ranking_metrics(scores, train, test, k=10)
    for user in metrics.index:
        candidates = kind[user] != 1
        relevant, candidate_scores = kind[user][candidates] == 2, scores[user][candidates]
        assert metrics["auc"][user] == pytest.approx(roc_auc_score(relevant, candidate_scores))
        assert metrics["ndcg"][user] == pytest.approx(
            ndcg_score([relevant], [candidate_scores], k=10)
        )


def test_auc_with_ties_equals_scikit_learn(catalog):
    scores, train, test, kind = catalog
    coarse = np.round(scores)
    metrics = evaluation.ranking_metrics(coarse, train, test)
    for user in metrics.index:
        candidates = kind[user] != 1
        expected = roc_auc_score(kind[user][candidates] == 2, coarse[user][candidates])
        assert metrics["auc"][user] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("column", "keras_metric"),
    [
        ("precision", keras_rs.metrics.PrecisionAtK(k=10)),
        ("recall", keras_rs.metrics.RecallAtK(k=10)),
        ("ndcg", keras_rs.metrics.NDCG(k=10)),
        ("mrr", keras_rs.metrics.MeanReciprocalRank()),
    ],
)
def test_equal_to_keras_rs(catalog, column, keras_metric):
    scores, train, test, kind = catalog
    metrics = evaluation.ranking_metrics(scores, train, test, k=10)
    relevant = (kind == 2).astype("float32")[metrics.index]
    visible = np.where(kind == 1, scores.min() - 1, scores)[metrics.index]
    keras_metric.reset_state()
    keras_metric.update_state(relevant, visible)
    assert metrics[column].mean() == pytest.approx(float(keras_metric.result()), abs=1e-6)


def test_only_the_order_of_scores_matters(catalog):
    scores, train, test, _ = catalog
    plain = evaluation.ranking_metrics(scores, train, test)
    pd.testing.assert_frame_equal(plain, evaluation.ranking_metrics(np.exp(scores), train, test))


def test_renumbering_the_items_changes_nothing(catalog):
    scores, train, test, _ = catalog
    order = np.random.default_rng(2).permutation(80)
    new_index = np.argsort(order)
    moved = [part.assign(item_index=new_index[part["item_index"]]) for part in (train, test)]
    pd.testing.assert_frame_equal(
        evaluation.ranking_metrics(scores, train, test),
        evaluation.ranking_metrics(scores[:, order], *moved),
    )


def test_longer_lists_find_more(catalog):
    scores, train, test, _ = catalog
    metrics = [evaluation.ranking_metrics(scores, train, test, k) for k in range(1, 81)]
    recalls = [table["recall"].mean() for table in metrics]
    assert all(np.diff(recalls) >= 0)
    assert recalls[-1] == 1


def test_users_without_a_test_row_have_no_metric():
    metrics = evaluation.ranking_metrics(np.zeros((3, 4)), rows([(0, 1)]), rows([(2, 0)]))
    assert metrics.index.tolist() == [2]


def test_auc_without_another_candidate_is_missing():
    metrics = evaluation.ranking_metrics(np.zeros((1, 2)), rows([(0, 0)]), rows([(0, 1)]))
    assert np.isnan(metrics.loc[0, "auc"])
    assert metrics.loc[0, "mrr"] == 1


@pytest.mark.parametrize(
    ("scores", "train", "test", "k", "words"),
    [
        (np.zeros(4), [], [(0, 1)], 10, "shape .num_users, num_items., received .4,."),
        (np.full((1, 2), np.nan), [], [(0, 1)], 10, "scores must be finite"),
        (np.full((1, 2), -np.inf), [], [(0, 1)], 10, "training items are left out here"),
        (np.zeros((1, 2)), [], [(0, 1)], 0, "k must be at least 1, received 0"),
        (np.zeros((1, 2)), [(0, 1)], [(0, 1)], 10, "share no"),
        (np.zeros((1, 2)), [], [(0, 1), (0, 1)], 10, "test holds a .user, item. pair twice"),
        (np.zeros((1, 2)), [(0, 0), (0, 0)], [(0, 1)], 10, "train holds"),
        (np.zeros((1, 2)), [], [(0, 2)], 10, "item_index must be in 0..1, received 2"),
        (np.zeros((1, 2)), [(-1, 0)], [(0, 1)], 10, "user_index must be in 0..0, received -1"),
    ],
)
def test_bad_arguments(scores, train, test, k, words):
    with pytest.raises(ValueError, match=words):
        evaluation.ranking_metrics(scores, rows(train), rows(test), k)


def test_scores_that_know_nothing_have_auc_one_half():
    rng = np.random.default_rng(0)
    pairs = rng.permutation(943 * 1682)[:100_000]
    table = rows(np.stack([pairs // 1682, pairs % 1682], axis=1))
    users, items = rng.normal(size=(943, 64)), rng.normal(size=(1682, 64))
    metrics = evaluation.ranking_metrics(users @ items.T, table[:80_000], table[80_000:])
    assert metrics["auc"].mean() == pytest.approx(0.5, abs=0.02)
