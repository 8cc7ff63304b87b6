"""Negatives, losses, models and baselines of unit 10 against hand counts and closed forms."""

import time

import keras
import keras_rs
import numpy as np
import pytest
from scipy.optimize import minimize

from utils import baselines, evaluation, movielens, results
from utils.units.triplet_loss import fitting, losses, models, negatives

SCORES = np.array([[2.0, 0.5, 1.8, 4.0], [0.0, -3.0, -1.0, -2.5]], dtype="float32")
LABELS = np.array([[1.0, 0, 0, 0]] * 2, dtype="float32")
LIKED = np.random.default_rng(0).random((30, 12)) < 0.35


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        # gaps negative - positive: -1.5, -0.2, 2 and -3, -1, -2.5
        (losses.triplet_hinge, [(0.8 + 3) / 3, 0]),
        (losses.bpr, np.log1p(np.exp([[-1.5, -0.2, 2], [-3, -1, -2.5]])).mean(axis=1)),
        (losses.sampled_softmax, np.log1p(np.exp([[-1.5, -0.2, 2], [-3, -1, -2.5]]).sum(1))),
        # two of three negatives come within the margin: rank 2/3 of 1,681
        (losses.build_warp(1_682), [np.log(1 + 2 / 3 * 1_681) * (0.8 + 3) / 2, 0]),
    ],
    ids=["hinge", "bpr", "softmax", "warp"],
)
def test_losses_by_hand(loss, expected):
    assert np.asarray(loss(LABELS, SCORES)) == pytest.approx(np.asarray(expected), rel=1e-5)


@pytest.mark.parametrize(
    ("loss", "library"),
    [
        (losses.triplet_hinge, keras_rs.losses.PairwiseHingeLoss),
        (losses.bpr, keras_rs.losses.PairwiseLogisticLoss),
    ],
    ids=["hinge", "logistic"],
)
def test_pairwise_losses_agree_with_keras_rs(loss, library):
    ours = np.asarray(loss(LABELS, SCORES))
    theirs = library(reduction="none")(LABELS, SCORES)
    # keras_rs gives one number per item of the list; the pairs of the positive hold it all.
    assert np.asarray(theirs).sum(axis=1) == pytest.approx(3 * ours, rel=1e-5)


def test_softmax_with_one_negative_is_bpr():
    pairs = SCORES[:, :2]
    assert np.asarray(losses.sampled_softmax(LABELS, pairs)) == pytest.approx(
        np.asarray(losses.bpr(LABELS, pairs)), rel=1e-5
    )


def test_bpr_gradient_is_that_of_the_paper():
    """One SGD step moves the vectors by rate * z * (h_i - h_j) and so on, z = sigmoid(-gap)."""
    model = models.build_model(3, 4, 5, l2=0.0)
    users, films = (
        model.get_layer(f"{name}_vectors").get_weights()[0] for name in ("user", "film")
    )
    u, i, j = users[1], films[2], films[0]
    z = 1 / (1 + np.exp(u @ i - u @ j))
    model.compile(keras.optimizers.SGD(0.5), loss=losses.bpr)
    model.train_on_batch([np.array([1]), np.array([[2, 0]])], LABELS[:1, :2])
    after = [model.get_layer(f"{name}_vectors").get_weights()[0] for name in ("user", "film")]
    assert after[0][1] == pytest.approx(u + 0.5 * z * (i - j), abs=1e-5)
    assert after[1][2] == pytest.approx(i + 0.5 * z * u, abs=1e-5)
    assert after[1][0] == pytest.approx(j - 0.5 * z * u, abs=1e-5)
    assert np.array_equal(after[1][[1, 3]], films[[1, 3]])


def test_negatives_are_never_liked_and_uniform_over_the_rest():
    users = np.repeat(np.arange(30), 2_000)
    drawn = negatives.draw_negatives(users, LIKED, 3, np.random.default_rng(1))
    assert drawn.shape == (60_000, 3)
    assert drawn.dtype == "int32"
    assert not LIKED[users[:, np.newaxis], drawn].any()
    for user in range(30):
        allowed = ~LIKED[user]
        shares = np.bincount(drawn[users == user].ravel(), minlength=12) / 6_000
        assert shares == pytest.approx(allowed / allowed.sum(), abs=0.03)


def test_negatives_by_weight():
    weights = np.arange(12)
    users = np.repeat([4], 30_000)
    drawn = negatives.draw_negatives(users, LIKED, 1, np.random.default_rng(1), weights)
    expected = np.where(LIKED[4], 0, weights) / np.sum(weights[~LIKED[4]])
    assert np.bincount(drawn.ravel(), minlength=12) / 30_000 == pytest.approx(expected, abs=0.02)


def test_a_user_who_likes_everything_has_no_negative():
    liked = np.array([[True, False], [True, True]])
    draw = (1, np.random.default_rng(0))
    assert negatives.draw_negatives(np.array([0]), liked, *draw).tolist() == [[1]]
    with pytest.raises(ValueError, match="user 1 has none"):
        negatives.draw_negatives(np.array([0, 1]), liked, *draw)
    with pytest.raises(ValueError, match="user 0 has none"):
        negatives.draw_negatives(np.array([0]), liked, *draw, weights=[1, 0])


def test_a_million_negatives_take_less_than_half_a_second():
    liked = np.random.default_rng(0).random((943, 1_682)) < 0.06
    users = np.random.default_rng(1).integers(0, 943, 1_000_000)
    seconds = []
    for _ in range(3):
        started = time.process_time()
        negatives.draw_negatives(users, liked, 1, np.random.default_rng(2))
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.5


def test_hardest_keeps_the_candidate_with_the_best_score():
    scores = np.array([[0.1, 0.5, -1.0], [3.0, -2.0, 9.0]])
    chosen = negatives.hardest(np.array([0, 1, 1]), np.array([[0, 2], [1, 0], [2, 0]]), scores)
    assert chosen.tolist() == [[0], [0], [2]]


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
)
def test_impossible_settings(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_tables_give_the_scores_of_the_model():
    model = models.build_model(30, 12, 4, l2=0.01)
    model.get_layer("film_bias").set_weights([np.arange(12.0)[:, np.newaxis]])
    every_pair = models.score_all(model, 30, 12)
    assert every_pair.shape == (30, 12)
    assert models.multiply_tables(model) == pytest.approx(every_pair, abs=1e-5)


def test_deep_model_is_a_layer_on_user_and_film_side_by_side():
    rng = np.random.default_rng(0)
    about_users, about_films = rng.random((30, 3)), rng.random((12, 2))
    model = models.build_deep_model(about_users, about_films, 4, 6, l2=0.0, dropout=0.5)
    tables = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
    dense = [weights for name, weights in tables.items() if name.startswith("dense")]
    shapes = sorted(weights[0].shape for weights in dense)
    assert shapes == [(6, 1), (6, 6), (7, 6)]
    of_user, of_film, last = (
        next(weights for weights in dense if weights[0].shape == shape)
        for shape in ((7, 6), (6, 6), (6, 1))
    )
    user = np.append(tables["user_vectors"][0][3], about_users[3])
    film = np.append(tables["film_vectors"][0][5], about_films[5])
    hidden = np.maximum(user @ of_user[0] + of_user[1] + film @ of_film[0], 0)
    scores = models.score_all(model, 30, 12)
    assert scores[3, 5] == pytest.approx((hidden @ last[0])[0], abs=1e-5)
    assert (scores < 0).any()


def test_mean_model_averages_the_vectors_of_the_likes():
    model = models.build_mean_model(12, 5, dropout=0.5)
    vectors = model.get_layer("film_vectors_in").get_weights()[0]
    out, bias = model.get_layer("film_vectors_out").get_weights()
    scores = model.predict(LIKED.astype("float32"), verbose=0)
    user = next(user for user in range(30) if LIKED[user].sum() > 2)
    expected = vectors[LIKED[user]].mean(axis=0) @ out + bias
    assert scores[user] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("kind", ["pairs", "mean"])
def test_training_learns_blocks_of_taste(kind):
    """Two groups of users like two groups of films; one like of each user is hidden."""
    keras.utils.set_random_seed(0)
    taste = np.repeat(np.repeat(np.eye(2, dtype=bool), 20, axis=0), 10, axis=1)
    liked = taste.copy()
    liked[np.arange(40), np.where(np.arange(40) < 20, 0, 10) + np.arange(40) % 10] = False
    if kind == "mean":
        model = models.build_mean_model(20, 4, dropout=0.3)
        fitting.fit_mean_model(model, liked, epochs=20, batch_size=8, learning_rate=0.05)
        scores = model.predict(liked.astype("float32"), verbose=0)
    else:
        generator, epochs = np.random.default_rng(0), []
        model = models.build_model(40, 20, 4, l2=0.001)
        fitting.fit(
            model,
            losses.bpr,
            liked,
            lambda users: negatives.draw_negatives(users, liked, 1, generator),
            epochs=12,
            batch_size=64,
            after_epoch=lambda epoch, loss: epochs.append((epoch, loss)),
        )
        scores = models.multiply_tables(model)
        assert [epoch for epoch, _ in epochs] == list(range(12))
        assert epochs[-1][1] < epochs[0][1]
    hidden = taste & ~liked
    assert scores[hidden].min() > scores[~taste].max()


def test_protocol_and_baselines_are_those_of_the_stored_results():
    data = movielens.load("100k")
    likes = data.ratings[data.ratings["rating"] >= 4]
    train, test = evaluation.split_leave_one_out(likes)
    assert (len(likes), len(test), test["user_index"].nunique()) == (55_375, 938, 938)
    liked = evaluation.interaction_matrix(train, data.num_users, data.num_items)
    runs = results.load("10_triplet_loss").query("study == 'test'").groupby("model")
    for name, scores in {
        "EASE": baselines.ease(liked, 100.0),
        "popularity": baselines.popularity(liked),
    }.items():
        quality = evaluation.ranking_metrics(scores, train, test).mean()
        stored = runs.get_group(name)
        assert quality["ndcg"] == pytest.approx(stored["ndcg"].mean(), abs=2e-4)
        assert quality["auc"] == pytest.approx(stored["auc"].mean(), abs=2e-4)
