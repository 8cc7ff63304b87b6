"""Sharing and balancing against closed forms, finite differences and Keras; data against truth."""

import keras
import numpy as np
import pandas as pd
import pytest

from utils import results
from utils.units.multitask_heads import balance
from utils.units.multitask_heads import datasets as tasks
from utils.units.multitask_heads import pair as training
from utils.units.multitask_heads import sharing as heads
from utils.units.multitask_heads import three_heads as three

RNG = np.random.default_rng(0)
GRADIENTS = [[RNG.normal(size=(3, 2)), RNG.normal(size=2)] for _ in range(3)]


@pytest.fixture(scope="module")
def parts():
    return tasks.make_pair(0.5, num_labels_b=60, seed=0)


@pytest.fixture(scope="module")
def hard():
    keras.utils.set_random_seed(0)
    model = heads.build_hard_sharing(width=3)
    return model, training.make_task_gradients(model)


# The simulated pair


@pytest.mark.parametrize("cosine, sign", [(1.0, 1), (-1.0, -1)])
def test_same_and_opposite_tasks_differ_by_noise_alone(cosine, sign):
    targets = tasks.make_pair(cosine)[2].targets
    difference = targets[:, 1] - sign * targets[:, 0]
    assert difference.std() == pytest.approx(tasks.NOISE * np.sqrt(2), rel=0.05)


def test_labels_of_unrelated_tasks_are_uncorrelated():
    targets = tasks.make_pair(0.0)[2].targets
    assert np.corrcoef(targets.T)[0, 1] == pytest.approx(0, abs=0.05)


def test_pair_has_the_labels_asked_for(parts):
    assert [len(part.features) for part in parts] == [1_000, 1_000, 4_000]
    assert parts[0].known.sum(axis=0).tolist() == [1_000, 60]
    assert all(part.known.all() for part in parts[1:])


def test_unit_scales_the_labels_of_b_alone():
    plain, scaled = tasks.make_pair(0.0, seed=3)[0], tasks.make_pair(0.0, scale_b=0.1, seed=3)[0]
    assert scaled.targets == pytest.approx(plain.targets * [1, 0.1], rel=1e-5)
    assert np.array_equal(scaled.features, plain.features)
    assert not np.array_equal(tasks.make_pair(0.0, seed=4)[0].features, plain.features)


@pytest.mark.parametrize(
    "arguments, words",
    [((1.5,), "cosine must be in .-1, 1., received 1.5"), ((0.0, 0), "num_labels_b must be in 1")],
)
def test_impossible_pairs(arguments, words):
    with pytest.raises(ValueError, match=words):
        tasks.make_pair(*arguments)


# Rows of MovieLens


@pytest.fixture(scope="module")
def ratings():
    users, items = np.nonzero(np.random.default_rng(1).random((30, 40)) < 0.2)
    stars = np.random.default_rng(2).integers(1, 6, len(users))
    return pd.DataFrame({"user_index": users, "item_index": items, "rating": stars})


def test_negatives_were_never_seen(ratings):
    rows = tasks.make_movielens_rows(ratings[::2], ratings, 30, 40, seed=1)
    negatives = rows[rows["watch"] == 0]
    assert len(negatives) == 2 * len(ratings[::2])
    assert not negatives.duplicated(["user_index", "item_index"]).any()
    assert negatives.merge(ratings, on=["user_index", "item_index"]).empty
    assert (negatives["told"] == 0).all()


def test_targets_are_those_of_the_ratings(ratings):
    rows = tasks.make_movielens_rows(ratings, ratings, 30, 40)
    told = rows[rows["told"] == 1].merge(ratings, on=["user_index", "item_index"])
    assert len(told) == len(ratings)
    assert (told["stars"] == told["rating"]).all()
    assert ((told["liked"] == 1) == (told["rating"] >= 4)).all()
    assert (told["watch"] == 1).all()


def test_untold_stars_leave_no_trace(ratings):
    rows = tasks.make_movielens_rows(ratings, ratings, 30, 40, share_stars=0.25)
    untold = rows[rows["told"] == 0]
    assert rows["told"].sum() / len(ratings) == pytest.approx(0.25, abs=0.1)
    assert untold["stars"].nunique() == untold["liked"].nunique() == 1
    with pytest.raises(ValueError, match="share_stars must be in .0, 1., received 0"):
        tasks.make_movielens_rows(ratings, ratings, 30, 40, share_stars=0)


# Ways to share


def test_cross_stitch_with_the_identity_is_two_single_models(parts):
    single, stitched = heads.build_single_tasks(4), heads.build_cross_stitch(4, own=1.0, other=0.0)
    weights = {layer.name: layer.get_weights() for layer in single.layers}
    for layer in stitched.layers:
        if layer.name in weights:
            layer.set_weights(weights[layer.name])
    rows = parts[2].features[:50]
    for one, other in zip(single(rows), stitched(rows), strict=True):
        assert np.asarray(one) == pytest.approx(np.asarray(other), abs=1e-6)


def test_cross_stitch_mixes_as_its_matrix_says():
    layer = heads.CrossStitch(own=0.9, other=0.1)
    hidden = np.array([[1.0, 2.0]]), np.array([[10.0, -10.0]])
    first, second = layer(hidden)
    assert np.asarray(first) == pytest.approx(np.array([[1.9, 0.8]]))
    assert np.asarray(second) == pytest.approx(np.array([[9.1, -8.8]]))


def test_soft_sharing_pays_for_the_distance():
    model = heads.build_soft_sharing(3, strength=2.0)
    rows = np.ones((4, tasks.NUM_FEATURES), "float32")
    model(rows)
    assert float(sum(model.losses)) == 0
    one, other = model.get_layer("pair").pair
    other.set_weights([weight + 0.5 for weight in one.get_weights()])
    model(rows)
    assert float(sum(model.losses)) == pytest.approx(2 * 0.25 * (20 * 3 + 3), rel=1e-5)


def test_soft_sharing_without_a_penalty_is_two_single_models(parts):
    model = heads.build_soft_sharing(3, strength=0.0)
    _, gradients = training.make_task_gradients(model)(model.get_weights(), parts[0])
    touched = np.array([[np.any(part) for part in own] for own in gradients])
    assert (touched.sum(axis=0) == 1).all()


@pytest.mark.parametrize(
    "layer", [heads.CrossStitch(0.8, 0.2), heads.SoftPair(5, 0.3)], ids=["stitch", "pair"]
)
def test_layers_can_be_made_again_from_their_config(layer):
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config


@pytest.mark.parametrize(
    "build, num_weights",
    [
        (heads.build_hard_sharing, 20 * 4 + 4 + 2 * 5),
        (heads.build_single_tasks, 2 * (20 * 4 + 4 + 5)),
        (heads.build_cross_stitch, 2 * (20 * 4 + 4 + 5) + 4),
    ],
)
def test_number_of_weights(build, num_weights):
    assert build(width=4).count_params() == num_weights


# Gradients and training


def test_gradients_agree_with_finite_differences(hard, parts):
    model, task_gradients = hard
    weights = model.get_weights()
    _, gradients = task_gradients(weights, parts[0])
    for place, index in ((0, (3, 1)), (1, (2,)), (2, (0, 0)), (4, (1, 0))):
        moved = [[part.copy() for part in weights] for _ in range(2)]
        for sign, copy in zip((1, -1), moved, strict=True):
            copy[place][index] += sign * 1e-2
        above, below = (task_gradients(copy, parts[0])[0] for copy in moved)
        slopes = [own[place][index] for own in gradients]
        assert (above - below) / 2e-2 == pytest.approx(slopes, abs=2e-3)


def test_losses_are_means_over_the_known_labels(hard, parts):
    model, task_gradients = hard
    weights = model.get_weights()
    rows = parts[0]
    predictions = np.concatenate([np.asarray(part) for part in model(rows.features)], axis=1)
    squares = (rows.targets - predictions) ** 2
    losses, _ = task_gradients(weights, rows)
    assert losses == pytest.approx([squares[:, 0].mean(), squares[:60, 1].mean()], rel=1e-4)
    other = rows._replace(targets=np.where(rows.known == 1, rows.targets, 1e3).astype("float32"))
    assert task_gradients(weights, other)[0] == pytest.approx(losses)


def test_adam_is_that_of_keras():
    optimizer = keras.optimizers.Adam(0.1)
    variable, weight = keras.Variable([1.0, -2.0]), np.array([1.0, -2.0])
    mean = square = np.zeros(2)
    for step in range(1, 6):
        gradient = np.array([0.3 * step, -1.0 / step])
        optimizer.apply([keras.ops.array(gradient, "float32")], [variable])
        mean, square = training.adam_moments(mean, square, gradient)
        weight = weight - 0.1 * training.adam_direction(mean, square, step)
    assert weight == pytest.approx(np.asarray(variable), abs=1e-4)


def test_training_two_separate_networks_at_once_changes_neither(parts):
    model = heads.build_single_tasks(2)
    task_gradients = training.make_task_gradients(model)
    fits = [
        training.fit(model, task_gradients, balance.fixed_balancer(weights), *parts[:2], 30)
        for weights in ([1.0, 1.0], [1.0, 0.0])
    ]
    errors = [training.test_errors(model, fitted, parts[2])[0] for fitted in fits]
    assert errors[0] == pytest.approx(errors[1], rel=1e-4)
    assert len(fits[0].losses) == len(fits[0].cosines) == 30
    assert not fits[0].cosines.any()


def test_predicting_the_mean_has_error_one(parts):
    model = heads.build_hard_sharing(width=3)
    constant = [np.zeros(weight.shape) for weight in model.get_weights()]
    constant[3][:], constant[5][:] = parts[2].targets.mean(axis=0)  # the biases of the heads
    fitted = training.Fitted([constant, constant], None, None)
    assert training.test_errors(model, fitted, parts[2]) == pytest.approx([1, 1], rel=1e-4)


def test_shared_places_are_those_both_gradients_reach(hard, parts):
    model, task_gradients = hard
    weights = model.get_weights()
    _, gradients = task_gradients(weights, parts[0])
    reached = [all(np.any(own[place]) for own in gradients) for place in range(len(weights))]
    assert training.shared_places(model) == np.flatnonzero(reached).tolist() == [0, 1]
    assert training.shared_places(heads.build_single_tasks(2)) == []


# Balancing


def test_cosine_and_dot_by_hand():
    one, other = [np.array([3.0]), np.array([4.0])], [np.array([4.0]), np.array([-3.0])]
    assert balance.dot(one, other) == 0
    assert balance.cosine(one, one) == pytest.approx(1)
    assert balance.cosine(one, [-2 * part for part in one]) == pytest.approx(-1)
    assert balance.cosine(one, [np.zeros(1), np.zeros(1)]) == 0


def test_weighted_sum_by_hand():
    total = balance.weighted_sum([[np.array([1.0, 2.0])], [np.array([10.0, 0.0])]], [2.0, 0.5])
    assert total[0].tolist() == [7, 4]


def test_uncertainty_slope_is_the_derivative_and_zero_at_log_loss():
    losses, s = np.array([0.3, 5.0]), np.array([0.7, -0.2])
    for task in range(2):
        step = 1e-5 * np.eye(2)[task]
        above, below = (balance.uncertainty_loss(losses, s + sign * step) for sign in (1, -1))
        slope = balance.uncertainty_slope(losses, s)[task]
        assert (above - below) / 2e-5 == pytest.approx(slope, abs=1e-6)
    assert balance.uncertainty_slope(losses, np.log(losses)) == pytest.approx([0, 0])


def test_uncertainty_balancer_finds_one_over_the_loss():
    balancer, losses = balance.uncertainty_balancer(), np.array([4.0, 0.25])
    for _ in range(600):
        weights = balancer(losses, [[np.array([1.0, 0.0])], [np.array([0.0, 1.0])]])[0]
    assert weights * losses == pytest.approx([0.5, 0.5], rel=1e-3)


def test_dwa_weights():
    assert balance.dwa_weights([2.0, 8.0], [4.0, 16.0]) == pytest.approx([1, 1])
    weights = balance.dwa_weights([1.0, 1.0], [1.0, 2.0])
    assert weights == pytest.approx(2 / (1 + np.exp([-0.25, 0.25])))
    assert weights.sum() == pytest.approx(2)
    assert weights[0] > weights[1]  # the first did not fall
    assert balance.dwa_weights([1e4, 1.0], [1.0, 1.0]) == pytest.approx([2, 0])


def test_dwa_balancer_waits_two_epochs():
    balancer = balance.dwa_balancer(steps_per_epoch=2)
    unit = [[np.array([1.0, 0.0])], [np.array([0.0, 1.0])]]
    weights = [
        balancer(np.array(losses), unit)[0]
        for losses in [(1.0, 1.0), (3.0, 1.0), (1.0, 1.0), (1.0, 1.0), (9.0, 9.0), (9.0, 9.0)]
    ]
    assert np.array(weights[:4]) == pytest.approx(1)
    assert weights[4] == pytest.approx(balance.dwa_weights([1.0, 1.0], [2.0, 1.0]))
    assert weights[5] == pytest.approx(weights[4])


def test_gradnorm_targets():
    norms, losses, first = np.array([3.0, 1.0]), np.array([0.2, 0.6]), np.array([1.0, 1.0])
    assert balance.gradnorm_targets(norms, losses, first, 0.0) == pytest.approx([2, 2])
    assert balance.gradnorm_targets(norms, losses, first, 1.0) == pytest.approx([1, 3])


def test_gradnorm_balancer_makes_gradients_of_equal_length():
    balancer = balance.gradnorm_balancer([0], rate=0.01)
    gradients = [[np.array([10.0, 0.0])], [np.array([0.0, 1.0])]]
    for _ in range(500):
        total = balancer(np.array([1.0, 1.0]), gradients)[0]
    assert total[0] == pytest.approx(total[1], rel=0.05)
    assert total @ [0.1, 1.0] == pytest.approx(2)  # the weights still add up to two


def test_projected_gradients_are_orthogonal_to_the_originals():
    one, other = GRADIENTS[0], [-part + 0.3 for part in GRADIENTS[0]]
    assert balance.dot(one, other) < 0
    projected = balance.project_conflicts([one, other], np.random.default_rng(0))
    assert balance.dot(projected[0], other) == pytest.approx(0, abs=1e-9)
    assert balance.dot(projected[1], one) == pytest.approx(0, abs=1e-9)


def test_gradients_without_a_conflict_stay():
    friends = [[np.array([1.0, 0.0])], [np.array([1.0, 1.0])], [np.array([0.0, 0.0])]]
    projected = balance.project_conflicts(friends, np.random.default_rng(0))
    for before, after in zip(friends, projected, strict=True):
        assert np.array_equal(before[0], after[0])


def test_three_tasks_are_projected_on_originals_in_any_order():
    a, b, c = np.array([1.0, 0.0]), np.array([-1.0, 1.0]), np.array([-1.0, -1.0])
    seen = set()
    for seed in range(10):
        generator = np.random.default_rng(seed)
        first = balance.project_conflicts([[a], [b], [c]], generator)[0][0]
        seen.add(tuple(np.round(first, 6)))
    # a loses its part along b: (0.5, 0.5); that conflicts with the original c: (0, 0)
    assert seen == {(0.0, 0.0)}
    assert a.tolist() == [1, 0]


def test_pcgrad_balancer_leaves_the_heads_alone():
    balancer = balance.pcgrad_balancer([0])
    gradients = [
        [np.array([1.0, 0.0]), np.array([5.0]), np.array([0.0])],
        [np.array([-1.0, 1.0]), np.array([0.0]), np.array([-7.0])],
    ]
    total = balancer(np.ones(2), gradients)
    assert total[0] == pytest.approx([0.5 + 0.0, 0.5 + 1.0])
    assert (total[1].tolist(), total[2].tolist()) == ([5], [-7])


# Three heads


@pytest.mark.parametrize("build", [three.build_shared_heads, three.build_separate_heads])
def test_heads_keep_to_their_scales(build):
    model = build(30, 40, embedding_dim=3, width=4)
    model.set_weights([RNG.normal(0, 5, weight.shape) for weight in model.get_weights()])
    users, items = np.indices((30, 40), dtype="int32").reshape(2, -1)
    outputs = {task: np.asarray(part) for task, part in model([users, items]).items()}
    assert list(outputs) == tasks.TASKS
    assert outputs["stars"].min() == pytest.approx(1, abs=0.05)
    assert outputs["stars"].max() == pytest.approx(5, abs=0.05)
    for task in ("liked", "watch"):
        assert 0 <= outputs[task].min() < 0.1 < 0.9 < outputs[task].max() <= 1


def test_uncertainty_model_adds_up_the_formula():
    shared = three.build_shared_heads(5, 6, embedding_dim=2, width=3)
    model = three.UncertaintyModel(shared.inputs, shared.output)
    s = np.array([0.5, -1.0, 0.2])
    model.log_variances.assign(s)
    y = {task: np.ones((2, 1), "float32") for task in tasks.TASKS}
    predictions = {
        "stars": np.array([[3.0], [1.0]], "float32"),
        "liked": np.full((2, 1), 0.5, "float32"),
        "watch": np.full((2, 1), 0.25, "float32"),
    }
    weights = {task: np.array([2.0, 0.0], "float32") for task in tasks.TASKS}
    total = float(model.compute_loss(None, y, predictions, weights))
    losses = np.array([4.0, np.log(2), np.log(4)])
    expected = np.sum([0.5, 1, 1] * np.exp(-s) * losses + s / 2)
    assert total == pytest.approx(expected, rel=1e-4)


def test_fit_keeps_the_best_epoch_of_each_head(ratings, monkeypatch):
    monkeypatch.setattr(three, "EPOCHS", 3)
    monkeypatch.setattr(three, "BATCH_SIZE", 64)
    rows = tasks.make_movielens_rows(ratings[::2], ratings[::2], 30, 40)
    validation = tasks.make_movielens_rows(ratings[1::2], ratings, 30, 40)
    shared = three.build_shared_heads(30, 40, embedding_dim=2, width=3)
    model = three.UncertaintyModel(shared.inputs, shared.output)
    best = three.fit(model, rows, validation)
    assert set(best) == set(tasks.TASKS)
    assert np.any(np.asarray(model.log_variances))
    measured = three.measure(model, best, ratings[::2], ratings[1::2], 30, 40)
    assert set(measured) == {"rmse", "liked_auc", "watch_auc", "watch_ndcg"}
    assert all(np.isfinite(value) for value in measured.values())


def test_keep_best_takes_the_lowest_validation_error_of_each_task():
    epochs = [(3.0, 0.5, 0.1), (2.0, 0.6, 0.2), (2.5, 0.4, 0.3)]
    keep = three.KeepBest()
    keep.on_train_begin()
    for epoch, errors in enumerate(epochs):
        keep.set_model(type("Model", (), {"get_weights": lambda self, e=epoch: e})())
        logs = {f"val_{task}_error": e for task, e in zip(tasks.TASKS, errors, strict=True)}
        keep.on_epoch_end(epoch, logs)
    assert keep.weights == {"stars": 1, "liked": 2, "watch": 0}


def test_scores_by_hand():
    train = pd.DataFrame({"user_index": [0], "item_index": [0]})
    test = pd.DataFrame({"user_index": [0, 0], "item_index": [1, 2], "rating": [5, 2]})
    measured = three.measure_scores([4.0, 2.0], [0.9, 0.1], np.array([[9.0, 3, 1, 2]]), train, test)
    assert measured["rmse"] == pytest.approx(np.sqrt(0.5))
    assert measured["liked_auc"] == 1
    assert measured["watch_auc"] == 0.5  # item 1 before item 3, item 2 after it
    assert measured["watch_ndcg"] == pytest.approx((1 + 0.5) / (1 + 1 / np.log2(3)))


# Stored results


def test_stored_results_say_what_the_lecture_says():
    runs = results.load("14_multitask_heads")
    assert runs["seed"].nunique() == 5
    pair = runs.groupby(["part", "cosine", "model"])[["error_a", "error_b"]].mean()
    for cosine in ("-1.0", "1.0"):
        single, shared = (
            pair.loc[("scarce", cosine, model), "error_b"] for model in ("single", "hard sharing")
        )
        assert shared < single - 0.1
    crowded = pair.loc[("crowded", "0.0")]
    assert (crowded.loc["hard sharing"] > crowded.loc["single"] + 0.05).all()
    films = runs[runs["stars told"] == "100%"].groupby("model")[["rmse", "watch_auc"]].mean()
    assert films.loc["shared, equal weights", "rmse"] < films.loc["single", "rmse"]
    assert films.loc["shared, equal weights", "watch_auc"] < films.loc["single", "watch_auc"]
