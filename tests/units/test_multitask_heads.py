"""Sharing and balancing against closed forms, finite differences and Keras; data against truth."""

import keras
import numpy as np
import pandas as pd
import pytest

from utils.units.multitask_heads import (
    balance,
    balanced_models,
    datasets,
    fitting,
    gradients,
    pair,
    sharing,
    three_heads,
)

RNG = np.random.default_rng(0)
ONES = {"a": 1.0, "b": 1.0}
SMALL = {"embedding_dim": 2, "width": 3}


@pytest.fixture(scope="module")
def parts():
    return datasets.make_pair(0.5, num_labels_b=60, seed=0)


def hard(model_class=keras.Model, width=3, seed=0, **options):
    """A compiled model of hard sharing, with the same weights each time."""
    keras.utils.set_random_seed(seed)
    model = sharing.build_hard_sharing(width)
    return pair.compile_pair(model_class(model.input, model.output, **options))


def as_batch(rows, num_rows=None):
    """The arguments that a training step hands to `task_gradients`."""
    return keras.tree.map_structure(lambda part: part[:num_rows], tuple(rows))


# The simulated pair


@pytest.mark.parametrize("cosine, sign", [(1.0, 1), (-1.0, -1)], ids=["same", "opposite"])
def test_same_and_opposite_tasks_differ_by_noise_alone(cosine, sign):
    targets = datasets.make_pair(cosine)[2].targets
    difference = targets["b"] - sign * targets["a"]
    assert difference.std() == pytest.approx(datasets.NOISE * np.sqrt(2), rel=0.05)


def test_labels_of_unrelated_tasks_are_uncorrelated():
    targets = datasets.make_pair(0.0)[2].targets
    correlation = np.corrcoef(targets["a"].ravel(), targets["b"].ravel())[0, 1]
    assert correlation == pytest.approx(0, abs=0.05)


def test_pair_has_the_labels_asked_for(parts):
    assert [len(part.inputs) for part in parts] == [1_000, 1_000, 4_000]
    assert [parts[0].known[task].sum() for task in "ab"] == [1_000, 60]
    assert all(part.known[task].all() for part in parts[1:] for task in "ab")


def test_unit_scales_the_labels_of_b_alone():
    plain = datasets.make_pair(0.0, seed=3)[0]
    scaled = datasets.make_pair(0.0, scale_b=0.1, seed=3)[0]
    assert np.array_equal(scaled.targets["a"], plain.targets["a"])
    assert scaled.targets["b"] == pytest.approx(0.1 * plain.targets["b"], rel=1e-5)
    assert np.array_equal(scaled.inputs, plain.inputs)
    assert not np.array_equal(datasets.make_pair(0.0, seed=4)[0].inputs, plain.inputs)


@pytest.mark.parametrize(
    "arguments, words",
    [((1.5,), "cosine must be in .-1, 1., received 1.5"), ((0.0, 0), "num_labels_b must be in 1")],
    ids=["cosine", "labels"],
)
def test_impossible_pairs(arguments, words):
    with pytest.raises(ValueError, match=words):
        datasets.make_pair(*arguments)


def test_fixed_weights_add_up_to_two():
    assert pair.fixed_weights(0.3) == pytest.approx({"a": 0.6, "b": 1.4})


def test_an_epoch_visits_all_rows_ten_times(parts):
    ten_times = pair.repeat(parts[0])
    assert ten_times.inputs.shape == (10_000, datasets.NUM_FEATURES)
    assert np.array_equal(ten_times.inputs[3_000:4_000], parts[0].inputs)
    assert np.array_equal(ten_times.targets["b"][9_000:], parts[0].targets["b"])
    assert ten_times.known["b"].sum() == 600


# Rows of MovieLens


@pytest.fixture(scope="module")
def ratings():
    users, items = np.nonzero(np.random.default_rng(1).random((30, 40)) < 0.2)
    stars = np.random.default_rng(2).integers(1, 6, len(users))
    return pd.DataFrame({"user_index": users, "item_index": items, "rating": stars})


def test_negatives_were_never_seen(ratings):
    rows = datasets.make_movielens_rows(ratings[::2], ratings, 30, 40, seed=1)
    negatives = rows[rows["watch"] == 0]
    assert len(negatives) == 2 * len(ratings[::2])
    assert not negatives.duplicated(["user_index", "item_index"]).any()
    assert negatives.merge(ratings, on=["user_index", "item_index"]).empty
    assert (negatives["told"] == 0).all()


def test_targets_are_those_of_the_ratings(ratings):
    rows = datasets.make_movielens_rows(ratings, ratings, 30, 40)
    told = rows[rows["told"] == 1].merge(ratings, on=["user_index", "item_index"])
    assert len(told) == len(ratings)
    assert (told["stars"] == told["rating"]).all()
    assert ((told["liked"] == 1) == (told["rating"] >= 4)).all()
    assert (told["watch"] == 1).all()


def test_untold_stars_leave_no_trace(ratings):
    rows = datasets.make_movielens_rows(ratings, ratings, 30, 40, share_stars=0.25)
    untold = rows[rows["told"] == 0]
    assert rows["told"].sum() / len(ratings) == pytest.approx(0.25, abs=0.1)
    assert untold["stars"].nunique() == untold["liked"].nunique() == 1
    with pytest.raises(ValueError, match="share_stars must be in .0, 1., received 0"):
        datasets.make_movielens_rows(ratings, ratings, 30, 40, share_stars=0)


# Ways to share


def test_cross_stitch_with_the_identity_is_two_single_models(parts):
    single, stitched = sharing.build_single_tasks(4), sharing.build_cross_stitch(4, 1.0, 0.0)
    weights = {layer.name: layer.get_weights() for layer in single.layers}
    for layer in stitched.layers:
        if layer.name in weights:
            layer.set_weights(weights[layer.name])
    rows = parts[2].inputs[:50]
    for task in "ab":
        assert np.asarray(single(rows)[task]) == pytest.approx(
            np.asarray(stitched(rows)[task]), abs=1e-6
        )


def test_cross_stitch_mixes_as_its_matrix_says():
    layer = sharing.CrossStitch(own=0.9, other=0.1)
    first, second = layer([np.array([[1.0, 2.0]]), np.array([[10.0, -10.0]])])
    assert np.asarray(first) == pytest.approx(np.array([[1.9, 0.8]]))
    assert np.asarray(second) == pytest.approx(np.array([[9.1, -8.8]]))


def test_soft_sharing_pays_for_the_distance():
    model = sharing.build_soft_sharing(3, strength=2.0)
    rows = np.ones((4, datasets.NUM_FEATURES), "float32")
    model(rows)
    assert float(sum(model.losses)) == 0
    one, other = model.get_layer("pair").pair
    other.set_weights([weight + 0.5 for weight in one.get_weights()])
    model(rows)
    assert float(sum(model.losses)) == pytest.approx(2 * 0.25 * (20 * 3 + 3), rel=1e-5)


def test_soft_sharing_without_a_penalty_is_two_single_models(parts):
    model = pair.compile_pair(sharing.build_soft_sharing(3, strength=0.0))
    _, both, _ = gradients.task_gradients(model, *as_batch(parts[0]))
    assert (np.asarray(both) != 0).sum(axis=0).max() == 1


@pytest.mark.parametrize(
    "layer", [sharing.CrossStitch(0.8, 0.2), sharing.SoftPair(5, 0.3)], ids=["stitch", "pair"]
)
def test_layers_can_be_made_again_from_their_config(layer):
    config = layer.get_config()
    assert type(layer).from_config(config).get_config() == config


@pytest.mark.parametrize(
    "build, num_weights",
    [
        (sharing.build_hard_sharing, 20 * 4 + 4 + 2 * 5),
        (sharing.build_single_tasks, 2 * (20 * 4 + 4 + 5)),
        (sharing.build_cross_stitch, 2 * (20 * 4 + 4 + 5) + 4),
    ],
    ids=["hard", "single", "stitch"],
)
def test_number_of_weights(build, num_weights):
    assert build(width=4).count_params() == num_weights


# Losses and gradients of the tasks


def test_losses_are_means_over_the_known_labels(parts):
    model, (x, y, known) = hard(), as_batch(parts[0])
    predictions = model(x)
    squares = {task: (y[task] - np.asarray(predictions[task])) ** 2 for task in "ab"}
    losses = gradients.task_losses(model, y, predictions, known)
    expected = [squares["a"].mean(), squares["b"][:60].mean()]
    assert np.asarray(losses) == pytest.approx(expected, rel=1e-4)
    fillers = {**y, "b": np.where(known["b"][:, None] == 1, y["b"], 1e3).astype("float32")}
    again = gradients.task_losses(model, fillers, predictions, known)
    assert np.asarray(again) == pytest.approx(np.asarray(losses))
    all_rows = gradients.task_losses(model, y, predictions, None)
    assert float(all_rows[1]) == pytest.approx(squares["b"].mean(), rel=1e-4)


def test_gradients_agree_with_finite_differences(parts):
    model, batch = hard(), as_batch(parts[0])
    vector = np.concatenate([weight.ravel() for weight in model.get_weights()])
    _, both, _ = gradients.task_gradients(model, *batch)
    for place in (7, 61, 64, -1):  # the trunk's kernel and bias, the head of a, that of b
        losses = []
        for sign in (1, -1):
            moved = vector.copy()
            moved[place] += sign * 1e-2
            model.set_weights(gradients.as_variables(moved, model.trainable_variables))
            losses.append(np.asarray(gradients.task_gradients(model, *batch)[0]))
        slopes = (losses[0] - losses[1]) / 2e-2
        assert slopes == pytest.approx(np.asarray(both)[:, place], abs=2e-3)


def test_a_penalty_counts_an_equal_share_for_each_task(parts):
    model, batch = pair.compile_pair(sharing.build_soft_sharing(3, 2.0)), as_batch(parts[0])
    one, other = model.get_layer("pair").pair
    other.set_weights([weight + 0.5 for weight in one.get_weights()])
    _, with_penalty, _ = gradients.task_gradients(model, *batch)
    model.get_layer("pair").strength = 0.0
    _, without, _ = gradients.task_gradients(model, *batch)
    share = np.asarray(with_penalty) - np.asarray(without)
    assert share[0] == pytest.approx(share[1], abs=1e-5)
    # The slope of 2 |distance|^2 by each of the 63 numbers of a layer is 4 x 0.5, half for each.
    assert sorted(set(share[0].round(3))) == [-1, 0, 1]


def test_shared_weights_are_those_both_tasks_reach(parts):
    model = hard()
    _, both, _ = gradients.task_gradients(model, *as_batch(parts[0]))
    reached = (np.asarray(both) != 0).all(axis=0)
    assert gradients.shared_weights(model) == pytest.approx(reached.astype(float))
    assert reached.sum() == 20 * 3 + 3
    assert not gradients.shared_weights(sharing.build_single_tasks(2)).any()


def test_a_vector_is_cut_into_the_shapes_of_the_variables():
    variables = [keras.Variable(np.zeros(shape)) for shape in ((2, 3), (1,), (2,))]
    cut = gradients.as_variables(keras.ops.arange(9), variables)
    assert [part.shape for part in cut] == [(2, 3), (1,), (2,)]
    assert np.asarray(cut[0]).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert np.asarray(cut[2]).tolist() == [7, 8]


# The algebra of balancing


def test_cosine_by_hand():
    one, other = np.array([3.0, 4.0]), np.array([4.0, -3.0])
    assert float(balance.cosine(one, other)) == 0
    assert float(balance.cosine(one, one)) == pytest.approx(1)
    assert float(balance.cosine(one, -2 * one)) == pytest.approx(-1)
    assert float(balance.cosine(one, np.zeros(2))) == 0


def test_mean_cosine_is_that_of_all_pairs():
    rows = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, 0.0]])  # 0, -1 and 0
    assert float(balance.mean_cosine(rows)) == pytest.approx(-1 / 3)
    assert float(balance.mean_cosine(rows[:2])) == 0


def test_uncertainty_loss_by_hand_and_lowest_at_log_loss():
    losses = np.array([4.0, 1.0])
    assert float(balance.uncertainty_loss(losses, np.zeros(2))) == 2.5
    best = float(balance.uncertainty_loss(losses, np.log(losses)))
    assert best == pytest.approx(1 + np.log(4) / 2)
    for step in ([0.1, 0], [-0.1, 0], [0, 0.1], [0, -0.1]):
        assert float(balance.uncertainty_loss(losses, np.log(losses) + step)) > best


def test_dwa_weights():
    def weights(*losses):
        return np.asarray(balance.dwa_weights(*map(np.array, losses)))

    assert weights([2.0, 8.0], [4.0, 16.0]) == pytest.approx([1, 1])
    unequal = weights([1.0, 1.0], [1.0, 2.0])
    assert unequal == pytest.approx(2 / (1 + np.exp([-0.25, 0.25])))
    assert unequal.sum() == pytest.approx(2)
    assert unequal[0] > unequal[1]  # the first did not fall
    assert weights([1e4, 1.0], [1.0, 1.0]) == pytest.approx([2, 0])


@pytest.mark.parametrize("alpha, targets", [(0.0, [2, 2]), (1.0, [1, 3])], ids=["equal", "slow"])
def test_gradnorm_targets(alpha, targets):
    lengths, losses, first = np.array([3.0, 1.0]), np.array([0.2, 0.6]), np.ones(2)
    got = balance.gradnorm_targets(lengths, losses, first, alpha)
    assert np.asarray(got) == pytest.approx(targets)


def test_projected_gradients_are_orthogonal_to_the_originals():
    one = RNG.normal(size=8)
    both = np.array([one, 0.3 - one])
    assert both[0] @ both[1] < 0
    projected = np.asarray(balance.project_conflicts(both))
    assert projected[0] @ both[1] == pytest.approx(0, abs=1e-9)
    assert projected[1] @ both[0] == pytest.approx(0, abs=1e-9)


def test_gradients_without_a_conflict_stay():
    friends = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]])
    assert np.array_equal(np.asarray(balance.project_conflicts(friends)), friends)


def test_three_tasks_are_projected_on_originals_in_any_order():
    rows = np.array([[1.0, 0.0], [-1.0, 1.0], [-1.0, 2.0]])
    # First b, then c: (0.5, 0.5), which c does not mind. First c: (0.8, 0.4); then b: (0.6, 0.6).
    seen = {
        tuple(np.asarray(balance.project_conflicts(rows, seed=seed)[0]).round(6))
        for seed in range(10)
    }
    assert seen == {(0.5, 0.5), (0.6, 0.6)}


def test_the_order_of_the_tasks_changes_from_step_to_step():
    import tensorflow

    step = tensorflow.function(balance.project_conflicts)
    rows = keras.ops.array([[1.0, 0.0], [-1.0, 1.0], [-1.0, 2.0]])
    assert len({float(step(rows)[0, 0].numpy().round(4)) for _ in range(20)}) == 2


# Models that balance


def test_without_more_a_balanced_model_trains_like_any_other(parts):
    train = pair.repeat(datasets.Rows(*as_batch(parts[0], 100)))
    histories = []
    for model_class in (keras.Model, balanced_models.BalancedModel):
        model = hard(model_class)
        _, history = fitting.fit(model, train, parts[1], epochs=2, batch_size=100, shuffle=False)
        histories.append(history)
    plain, balanced = histories
    assert set(balanced) - set(plain) == {"cosine", "val_cosine"}
    for name in plain:
        assert balanced[name] == pytest.approx(plain[name], rel=1e-4), name
    assert all(-1 <= angle <= 1 and angle != 0 for angle in balanced["cosine"])


def balanced_step(model, losses, both):
    """What a model makes of losses and gradients, as an array."""
    both = keras.ops.convert_to_tensor(np.array(both, "float32"))
    return np.asarray(model.balance(keras.ops.convert_to_tensor(losses), both))


def unit_gradients(model, on_trunk, on_heads=((0.0, 0.0), (0.0, 0.0))):
    """Gradients of two tasks: numbers for two shared weights, and for the biases of both heads."""
    both = np.zeros((2, len(model.shared)))
    both[:, :2] = on_trunk
    both[:, [-1, -5]] = on_heads
    return both


def test_task_weights_weigh_the_gradients():
    model = hard(balanced_models.BalancedModel)
    model.task_weights.assign([0.5, 2.0])
    step = balanced_step(model, [1.0, 1.0], unit_gradients(model, [[1, 0], [3, 1]]))
    assert step[:2] == pytest.approx([6.5, 2])


def test_pcgrad_projects_on_the_trunk_and_leaves_the_heads_alone():
    model = hard(balanced_models.PCGrad)
    both = unit_gradients(model, [[1, 0], [-1, 1]], [[5, 0], [0, -7]])
    step = balanced_step(model, [1.0, 1.0], both)
    assert step[:2] == pytest.approx([0.5 + 0.0, 0.5 + 1.0])
    assert step[[-1, -5]].tolist() == [5, -7]


def test_gradnorm_makes_gradients_of_equal_length():
    model = hard(balanced_models.GradNorm, rate=0.02)
    both = unit_gradients(model, [[10, 0], [0, 1]])
    for _ in range(80):
        step = balanced_step(model, [1.0, 1.0], both)
    assert step[0] == pytest.approx(step[1], rel=0.1)
    assert np.asarray(model.task_weights).sum() == pytest.approx(2, abs=1e-4)


def test_gradnorm_gives_more_to_the_task_that_lags_behind():
    model = hard(balanced_models.GradNorm, alpha=1.0, rate=0.02)
    both = unit_gradients(model, [[1, 0], [0, 1]])
    balanced_step(model, [1.0, 4.0], both)  # the first losses
    assert np.asarray(model.first_losses).tolist() == [1, 4]
    for _ in range(40):
        step = balanced_step(model, [0.5, 4.0], both)
    assert step[1] == pytest.approx(2 * step[0], rel=0.1)
    assert np.asarray(model.first_losses).tolist() == [1, 4]


def test_dwa_waits_two_epochs():
    model = hard(balanced_models.BalancedModel)
    callback, seen = balanced_models.DynamicWeightAverage(), []
    callback.set_model(model)
    for epoch, (loss_a, loss_b) in enumerate([(2.0, 1.0), (1.0, 1.0), (1.0, 0.5)]):
        callback.on_epoch_end(epoch, {"a_loss": loss_a, "b_loss": loss_b})
        seen.append(np.asarray(model.task_weights))
    expected = [
        np.ones(2),
        balance.dwa_weights(np.array([1.0, 1.0]), np.array([2.0, 1.0])),
        balance.dwa_weights(np.array([1.0, 0.5]), np.array([1.0, 1.0])),
    ]
    for weights, wanted in zip(seen, expected, strict=True):
        assert weights == pytest.approx(np.asarray(wanted), rel=1e-5)


@pytest.mark.parametrize(
    "model_class, callbacks",
    [
        (balanced_models.UncertaintyModel, []),
        (balanced_models.BalancedModel, [balanced_models.DynamicWeightAverage()]),
        (balanced_models.GradNorm, []),
        (balanced_models.PCGrad, []),
    ],
    ids=["uncertainty", "DWA", "GradNorm", "PCGrad"],
)
def test_every_method_learns_three_tasks_of_a_model_of_ones_own(model_class, callbacks):
    """Three tasks, two kinds of loss, a table of vectors, mini-batches, no weights of rows."""
    keras.utils.set_random_seed(0)
    index = keras.Input((), dtype="int32")
    vectors = keras.layers.Embedding(50, 4)(index)
    outputs = {"x": keras.layers.Dense(1)(vectors), "y": keras.layers.Dense(1)(vectors)}
    outputs["z"] = keras.layers.Dense(1, activation="sigmoid")(vectors)
    model = model_class(index, outputs)
    squared, entropy = keras.losses.MeanSquaredError(), keras.losses.BinaryCrossentropy()
    model.compile(keras.optimizers.Adam(0.05), loss={"x": squared, "y": squared, "z": entropy})
    rows = np.arange(500) % 50
    targets = {task: RNG.normal(size=50)[rows][:, None] for task in "xy"}
    targets["z"] = (targets["x"] > targets["y"]).astype(float)
    history = model.fit(rows, targets, epochs=6, batch_size=64, callbacks=callbacks, verbose=0)
    assert history.history["loss"][-1] < 0.8 * history.history["loss"][0]
    errors = model.evaluate(rows, targets, return_dict=True, verbose=0)
    assert all(np.isfinite(value) for value in errors.values())


def test_uncertainty_model_adds_up_the_formula():
    shared = three_heads.build_shared_heads(5, 6, **SMALL)
    model = balanced_models.UncertaintyModel(shared.input, shared.output)
    three_heads.compile_heads(model)
    s = np.array([0.5, -1.0, 0.2])
    model.log_variances.assign(s)
    y = {task: np.ones((2, 1), "float32") for task in datasets.TASKS}
    predictions = {
        "stars": np.array([[3.0], [1.0]], "float32"),
        "liked": np.full((2, 1), 0.5, "float32"),
        "watch": np.full((2, 1), 0.25, "float32"),
    }
    weights = {task: np.array([1.0, 0.0], "float32") for task in datasets.TASKS}
    total = float(model.compute_loss(None, y, predictions, weights))
    losses = np.array([4.0, np.log(2), np.log(4)])
    assert total == pytest.approx(np.sum(np.exp(-s) * losses + s) / 2, rel=1e-4)


# Training


def test_training_two_separate_networks_at_once_changes_neither(parts):
    train = pair.repeat(datasets.Rows(*as_batch(parts[0], 100)))
    errors = []
    for weight_of_b in (1.0, 0.1):
        keras.utils.set_random_seed(0)
        model = pair.compile_pair(sharing.build_single_tasks(2), {"a": 1.0, "b": weight_of_b})
        best, _ = fitting.fit(model, train, parts[1], epochs=2, batch_size=100, shuffle=False)
        errors.append(pair.relative_errors(model, best, parts[2]))
    assert errors[0]["a"] == pytest.approx(errors[1]["a"], rel=1e-4)


def test_predicting_the_mean_has_error_one(parts):
    model = sharing.build_hard_sharing(width=3)
    constant = [np.zeros(weight.shape) for weight in model.get_weights()]
    constant[3][:], constant[5][:] = (parts[2].targets[task].mean() for task in "ab")
    errors = pair.relative_errors(model, {"a": constant, "b": constant}, parts[2])
    assert errors == pytest.approx({"a": 1, "b": 1}, rel=1e-4)


def test_errors_are_told_with_the_weights_of_each_task(parts):
    model = sharing.build_hard_sharing(width=3)
    zeros = [np.zeros(weight.shape) for weight in model.get_weights()]
    far = [np.full(weight.shape, 2.0) for weight in model.get_weights()]
    errors = pair.relative_errors(model, {"a": zeros, "b": far}, parts[2])
    assert errors["a"] == pytest.approx(1, abs=0.01)
    assert errors["b"] > 5


def test_keep_best_takes_the_lowest_validation_error_of_each_task():
    keep = fitting.KeepBest()
    for epoch, errors in enumerate([(3.0, 0.5, 0.1), (2.0, 0.6, 0.2), (2.5, 0.4, 0.3)]):
        model = type("Model", (), {"get_weights": lambda self, epoch=epoch: epoch})()
        model.output = dict.fromkeys(datasets.TASKS)
        keep.set_model(model)
        if epoch == 0:
            keep.on_train_begin()
        logs = {f"val_{task}_error": e for task, e in zip(datasets.TASKS, errors, strict=True)}
        keep.on_epoch_end(epoch, logs)
    assert keep.weights == {"stars": 1, "liked": 2, "watch": 0}


# Three heads


@pytest.mark.parametrize(
    "build",
    [three_heads.build_shared_heads, three_heads.build_separate_heads],
    ids=["shared", "separate"],
)
def test_heads_keep_to_their_scales(build):
    model = build(30, 40, embedding_dim=3, width=4)
    model.set_weights([RNG.normal(0, 5, weight.shape) for weight in model.get_weights()])
    users, items = np.indices((30, 40), dtype="int32").reshape(2, -1)
    outputs = {task: np.asarray(part) for task, part in model([users, items]).items()}
    assert list(outputs) == datasets.TASKS
    assert outputs["stars"].min() == pytest.approx(1, abs=0.05)
    assert outputs["stars"].max() == pytest.approx(5, abs=0.05)
    for task in ("liked", "watch"):
        assert 0 <= outputs[task].min() < 0.1 < 0.9 < outputs[task].max() <= 1


def test_what_the_heads_share():
    shared, separate = (
        build(5, 6, **SMALL)
        for build in (three_heads.build_shared_heads, three_heads.build_separate_heads)
    )
    assert gradients.shared_weights(shared).sum() == (5 + 6) * 2 + 3 * 6 + 3
    assert gradients.shared_weights(separate).sum() == 0


def test_rows_without_stars_have_no_say(ratings):
    table = datasets.make_movielens_rows(ratings, ratings, 30, 40)
    rows = three_heads.to_rows(table)
    assert rows.known["stars"].tolist() == rows.known["liked"].tolist() == table["told"].tolist()
    assert rows.known["watch"].all()
    assert rows.targets["liked"].shape == (len(table), 1)
    assert rows.inputs[1].tolist() == table["item_index"].tolist()


@pytest.mark.parametrize(
    "reduction, factor", [("mean_with_sample_weight", 1), ("sum", 4)], ids=["mean", "sum"]
)
def test_a_summed_loss_grows_with_the_batch(reduction, factor):
    model = three_heads.build_shared_heads(5, 6, **SMALL)
    three_heads.compile_heads(model, watch_reduction=reduction)
    y = {task: np.ones((4, 1), "float32") for task in datasets.TASKS}
    known = {task: np.ones(4, "float32") for task in datasets.TASKS}
    predictions = {task: np.full((4, 1), 0.5, "float32") for task in datasets.TASKS}
    losses = np.asarray(gradients.task_losses(model, y, predictions, known))
    assert losses == pytest.approx([0.25, np.log(2), factor * np.log(2)], rel=1e-4)


def test_fit_and_measure_with_the_best_epoch_of_each_head(ratings):
    rows = datasets.make_movielens_rows(ratings[::2], ratings[::2], 30, 40)
    validation = datasets.make_movielens_rows(ratings[1::2], ratings, 30, 40)
    model = three_heads.compile_heads(three_heads.build_shared_heads(30, 40, **SMALL))
    best, history = fitting.fit(
        model, three_heads.to_rows(rows), three_heads.to_rows(validation), epochs=3, batch_size=64
    )
    assert set(best) == set(datasets.TASKS)
    assert len(history["val_watch_error"]) == 3
    measured = three_heads.measure(model, best, ratings[::2], ratings[1::2], 30, 40)
    assert set(measured) == {"rmse", "liked_auc", "watch_auc", "watch_ndcg"}
    assert all(np.isfinite(value) for value in measured.values())


def test_scores_by_hand():
    train = pd.DataFrame({"user_index": [0], "item_index": [0]})
    test = pd.DataFrame({"user_index": [0, 0], "item_index": [1, 2], "rating": [5, 2]})
    measured = three_heads.measure_scores(
        [4.0, 2.0], [0.9, 0.1], np.array([[9.0, 3, 1, 2]]), train, test
    )
    assert measured["rmse"] == pytest.approx(np.sqrt(0.5))
    assert measured["liked_auc"] == 1
    assert measured["watch_auc"] == 0.5  # item 1 before item 3, item 2 after it
    assert measured["watch_ndcg"] == pytest.approx((1 + 0.5) / (1 + 1 / np.log2(3)))
