"""Negatives, losses, models and baselines of unit 10 against hand counts and closed forms."""

from functools import partial

import keras
import keras_rs
import numpy as np
import pytest

from utils import baselines, evaluation, movielens, results
from utils.experiments import triplet_loss as experiments
from utils.recommendation import multiply_tables
from utils.units.triplet_loss import fitting, losses, models, sampling, settings

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
        # with a margin of 2 the gap of -1 counts as well, that of -1.5 too
        (partial(losses.triplet_hinge, margin=2.0), [(0.5 + 1.8 + 4) / 3, 1 / 3]),
        (losses.build_warp(11, margin=2.0), [np.log(11) * 6.3 / 3, np.log(1 + 10 / 3) * 1]),
    ],
    ids=["hinge", "bpr", "softmax", "warp", "hinge, margin 2", "warp, margin 2"],
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
    labels = LABELS[:, :2]
    assert np.asarray(losses.sampled_softmax(labels, pairs)) == pytest.approx(
        np.asarray(losses.bpr(labels, pairs)), rel=1e-5
    )


def test_softmax_of_likes_by_hand():
    scores, likes = SCORES, np.array([[1, 0, 0, 1], [0, 0, 1, 0]], dtype="float32")
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    expected = [-(logs[0, 0] + logs[0, 3]), -logs[1, 2]]
    assert np.asarray(losses.softmax_of_likes(likes, scores)) == pytest.approx(expected, rel=1e-5)


def test_softmax_of_likes_has_its_slope_for_several_likes():
    """The sum of the likes times the softmax, minus the likes; one step of SGD shows it."""
    likes = np.array([[1, 0, 1, 1]], dtype="float32")
    before, after = one_step(losses.softmax_of_likes, likes)
    slope = 3 * np.exp(before) / np.exp(before).sum() - likes[0]
    assert after == pytest.approx(before - 0.5 * slope, abs=1e-5)


def test_cross_entropy_of_keras_has_the_same_value_and_another_slope():
    """Why the lecture writes the softmax of likes by hand."""
    likes = np.array([[1, 0, 1, 1]], dtype="float32")
    of_keras = keras.losses.CategoricalCrossentropy(from_logits=True)
    value = losses.softmax_of_likes(likes, SCORES[:1])
    assert np.asarray(of_keras(likes, SCORES[:1])) == pytest.approx(np.asarray(value)[0], rel=1e-5)
    before, after = one_step(of_keras, likes)
    slope = np.exp(before) / np.exp(before).sum() - likes[0]  # as if the targets added up to 1
    assert after == pytest.approx(before - 0.5 * slope, abs=1e-5)


def one_step(loss, likes):
    """Return four scores before and after one step of SGD at the rate 0.5."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(4, use_bias=False)])
    before = model.get_weights()[0][0]
    model.compile(keras.optimizers.SGD(0.5), loss=loss)
    model.train_on_batch(np.ones((1, 1)), likes)
    return before, model.get_weights()[0][0]


def test_bpr_gradient_is_that_of_the_paper():
    """One SGD step moves the vectors by rate * z * (h_i - h_j) and so on, z = sigmoid(-gap)."""
    model = models.build_ranking_model(3, 4, 5, row_l2=0.0)
    users, items = (
        model.get_layer(f"{name}_factors").get_weights()[0] for name in ("user", "item")
    )
    u, i, j = users[1], items[2], items[0]
    z = 1 / (1 + np.exp(u @ i - u @ j))
    model.compile(keras.optimizers.SGD(0.5), loss=losses.bpr)
    model.train_on_batch([np.array([1]), np.array([[2, 0]])], LABELS[:1, :2])
    after = [model.get_layer(f"{name}_factors").get_weights()[0] for name in ("user", "item")]
    assert after[0][1] == pytest.approx(u + 0.5 * z * (i - j), abs=1e-5)
    assert after[1][2] == pytest.approx(i + 0.5 * z * u, abs=1e-5)
    assert after[1][0] == pytest.approx(j - 0.5 * z * u, abs=1e-5)
    assert np.array_equal(after[1][[1, 3]], items[[1, 3]])


def test_penalty_counts_each_use_of_a_row():
    model = models.build_ranking_model(3, 4, 5, row_l2=0.1)
    users, items = (
        model.get_layer(f"{name}_factors").get_weights()[0] for name in ("user", "item")
    )
    model.compile(loss=lambda labels, scores: 0 * scores[:, 0])
    used = [np.array([1, 1]), np.array([[2, 0], [2, 3]])]
    penalty = np.sum(users[[1, 1]] ** 2) + np.sum(items[[2, 0, 2, 3]] ** 2)
    loss = model.evaluate(used, LABELS[:, :2], verbose=0)
    assert loss == pytest.approx(0.1 * penalty / 2, rel=1e-5)  # divided by the batch size


def test_negatives_are_never_liked_and_uniform_over_the_rest():
    users = np.repeat(np.arange(30), 2_000)
    drawn = sampling.draw_negatives(users, LIKED, 3, np.random.default_rng(1))
    assert drawn.shape == (60_000, 3)
    assert drawn.dtype == "int32"
    assert not LIKED[users[:, np.newaxis], drawn].any()
    for user in range(30):
        allowed = ~LIKED[user]
        shares = np.bincount(drawn[users == user].ravel(), minlength=12) / 6_000
        assert shares == pytest.approx(allowed / allowed.sum(), abs=0.03)


def test_negatives_by_chance():
    chances = np.arange(12) / np.sum(np.arange(12))
    users = np.repeat([4], 30_000)
    drawn = sampling.draw_negatives(users, LIKED, 1, np.random.default_rng(1), chances)
    expected = np.where(LIKED[4], 0, chances) / np.sum(chances[~LIKED[4]])
    assert np.bincount(drawn.ravel(), minlength=12) / 30_000 == pytest.approx(expected, abs=0.02)


def test_a_user_who_likes_everything_has_no_negative():
    liked = np.array([[True, True], [True, False], [True, True]])
    draw = (1, np.random.default_rng(0))
    assert sampling.draw_negatives(np.array([1]), liked, *draw).tolist() == [[1]]
    with pytest.raises(ValueError, match="user 2 has none"):  # user 0 is not among the rows
        sampling.draw_negatives(np.array([1, 2]), liked, *draw)
    with pytest.raises(ValueError, match="user 1 has none"):
        sampling.draw_negatives(np.array([1]), liked, *draw, chances=np.array([1.0, 0.0]))


def test_keep_hardest_takes_the_candidate_with_the_best_score():
    scores = np.array([[0.1, 0.5, -1.0], [3.0, -2.0, 9.0]])
    chosen = sampling.keep_hardest(np.array([0, 1, 1]), np.array([[0, 2], [1, 0], [2, 0]]), scores)
    assert chosen.tolist() == [[0], [0], [2]]


@pytest.mark.parametrize("name", ["uniform", "by_popularity", "best_of_some", "hardest_of_all"])
def test_four_ways_to_draw_negatives(name):
    keras.utils.set_random_seed(0)
    model = models.build_ranking_model(30, 12, 4, row_l2=0.0)
    model.get_layer("item_bias").set_weights([np.arange(12.0)[:, np.newaxis]])
    users = np.repeat(np.arange(30), 400)
    draw = getattr(experiments, name)(LIKED, model, np.random.default_rng(0))
    items = draw(users)
    assert items.shape == (12_000, 1)
    assert not LIKED[users, items[:, 0]].any()
    # The bias of an item is its index, so that harder negatives have a larger one.
    best = np.where(LIKED, -1, np.arange(12)).max(axis=1)[users]
    share_best = np.mean(items[:, 0] == best)
    if name == "hardest_of_all":
        assert share_best == 1
    elif name == "best_of_some":
        assert 0.35 < share_best < 0.6
    else:
        assert share_best < 0.3


def test_tables_give_the_scores_of_the_model():
    model = models.build_ranking_model(30, 12, 4, row_l2=0.01)
    model.get_layer("item_bias").set_weights([np.arange(12.0)[:, np.newaxis]])
    every_pair = models.score_all(model, 30, 12)
    assert every_pair.shape == (30, 12)
    assert multiply_tables(model) == pytest.approx(every_pair, abs=1e-5)


def test_deep_model_is_a_layer_on_user_and_item_side_by_side():
    rng = np.random.default_rng(0)
    about_users, about_items = rng.random((30, 3)), rng.random((12, 2))
    model = models.build_deep_model(about_users, about_items, 4, 6, row_l2=0.0, dropout=0.5)
    model.get_layer("item_bias").set_weights([np.arange(12.0)[:, np.newaxis]])
    tables = {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
    dense = [weights for name, weights in tables.items() if name.startswith("dense")]
    shapes = sorted(weights[0].shape for weights in dense)
    assert shapes == [(6, 1), (6, 6), (7, 6)]
    of_user, of_item, last = (
        next(weights for weights in dense if weights[0].shape == shape)
        for shape in ((7, 6), (6, 6), (6, 1))
    )
    user = np.append(tables["user_factors"][0][3], about_users[3])
    item = np.append(tables["item_factors"][0][5], about_items[5])
    hidden = np.maximum(user @ of_user[0] + of_user[1] + item @ of_item[0], 0)
    scores = models.score_all(model, 30, 12)
    assert scores[3, 5] == pytest.approx((hidden @ last[0])[0] + 5, abs=1e-5)
    assert (scores[:, 0] < 0).any()  # the last layer is linear


def test_mean_model_averages_the_vectors_of_the_likes():
    model = models.build_mean_model(12, 5, dropout=0.5)
    vectors = model.get_layer("liked_factors").get_weights()[0]
    out, bias = model.get_layer("item_factors").get_weights()
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
        model = models.build_ranking_model(40, 20, 4, row_l2=0.001)
        fitting.fit_with_negatives(
            model,
            losses.bpr,
            liked,
            lambda users: sampling.draw_negatives(users, liked, 1, generator),
            epochs=12,
            batch_size=64,
            report=lambda epoch, loss: epochs.append((epoch, loss)),
        )
        scores = multiply_tables(model)
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
        "EASE": baselines.ease(liked, settings.EASE_L2),
        "popularity": baselines.popularity(liked),
    }.items():
        quality = evaluation.ranking_metrics(scores, train, test).mean()
        stored = runs.get_group(name)
        assert quality["ndcg"] == pytest.approx(stored["ndcg"].mean(), abs=2e-4)
        assert quality["auc"] == pytest.approx(stored["auc"].mean(), abs=2e-4)
