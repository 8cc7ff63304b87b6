"""Neighborhoods against closed forms, loops in Python, finite differences and unit 06."""

import keras
import numpy as np
import pandas as pd
import pytest

from utils import baselines, training
from utils.units import matrix_factorization
from utils.units.neighborhood import estimates, integrated, learned_weights, neighbors

NUM_USERS, NUM_ITEMS = 12, 9
BIASES = baselines.Biases(3.0, np.linspace(-0.5, 0.6, NUM_USERS), np.linspace(-1, 0.6, NUM_ITEMS))


@pytest.fixture
def train():
    """Ratings of half of the cells of a small table; user 11 and film 8 have none."""
    rng = np.random.default_rng(0)
    users, items = np.nonzero(rng.random((NUM_USERS - 1, NUM_ITEMS - 1)) < 0.5)
    stars = rng.integers(1, 6, len(users))
    return pd.DataFrame({"user_index": users, "item_index": items, "rating": stars})


@pytest.fixture
def matrices(train):
    biases = baselines.fit_biases(train, NUM_USERS, NUM_ITEMS)
    residuals, met = estimates.residual_matrix(biases, train)
    return residuals.astype(float), met.astype(float)


def set_at_random(model):
    rng = np.random.default_rng(1)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))


def predict_all(model):
    users, items = np.indices((NUM_USERS, NUM_ITEMS)).reshape(2, -1)
    rows = pd.DataFrame({"user_index": users, "item_index": items})
    return training.predict(model, rows).reshape(NUM_USERS, NUM_ITEMS)


def layer_weights(model, name):
    return model.get_layer(name).get_weights()[0]


# Baseline estimates


def test_no_other_biases_have_a_smaller_sum(train):
    best = estimates.solve_biases(train, NUM_USERS, NUM_ITEMS, l2=2.0)
    lowest = estimates.penalized_sum(best, train, 2.0)
    rng = np.random.default_rng(1)
    for _ in range(20):
        user = best.user + rng.normal(0, 0.01, NUM_USERS)
        item = best.item + rng.normal(0, 0.01, NUM_ITEMS)
        other = baselines.Biases(best.mean, user, item)
        assert estimates.penalized_sum(other, train, 2.0) > lowest


def test_alternating_converges_to_the_solution(train):
    exact = estimates.solve_biases(train, NUM_USERS, NUM_ITEMS, l2=2.0)
    by_turns = baselines.fit_biases(train, NUM_USERS, NUM_ITEMS, 2.0, 2.0, num_sweeps=200)
    assert by_turns.user == pytest.approx(exact.user, abs=1e-9)
    assert by_turns.item == pytest.approx(exact.item, abs=1e-9)


def test_keras_converges_to_the_solution(train):
    keras.utils.set_random_seed(0)
    exact = estimates.solve_biases(train, NUM_USERS, NUM_ITEMS, l2=2.0)
    model = estimates.build_bias_model(NUM_USERS, NUM_ITEMS, exact.mean, 2.0 / len(train))
    training.fit(model, train, epochs=300, batch_size=len(train), learning_rate=0.05)
    assert layer_weights(model, "user_bias").ravel() == pytest.approx(exact.user, abs=2e-3)
    assert layer_weights(model, "item_bias").ravel() == pytest.approx(exact.item, abs=2e-3)


def test_who_never_rated_adds_nothing(train):
    biases = estimates.solve_biases(train, NUM_USERS, NUM_ITEMS, l2=2.0)
    assert biases.user[11] == pytest.approx(0) and biases.item[8] == pytest.approx(0)


@pytest.mark.parametrize("l2", [0, -1.0, float("nan")])
def test_solving_needs_a_penalty(train, l2):
    with pytest.raises(ValueError, match="l2 must be .* received"):
        estimates.solve_biases(train, NUM_USERS, NUM_ITEMS, l2)


def test_baseline_and_residuals_add_up_to_the_ratings(train):
    biases = baselines.fit_biases(train, NUM_USERS, NUM_ITEMS)
    residuals, met = estimates.residual_matrix(biases, train)
    table = np.zeros((NUM_USERS, NUM_ITEMS))
    table[train["user_index"], train["item_index"]] = train["rating"]
    assert (estimates.baseline_matrix(biases) + residuals) * met == pytest.approx(table, abs=1e-6)
    assert not residuals[met == 0].any() and met.sum() == len(train)


# Similarity


def test_correlations_are_those_of_a_loop(matrices):
    residuals, met = matrices
    correlations, together = neighbors.compare_films(residuals, met)
    for i in range(NUM_ITEMS):
        for j in range(NUM_ITEMS):
            common = (met[:, i] > 0) & (met[:, j] > 0)
            x, y = residuals[common, i], residuals[common, j]
            scale = np.sqrt(x @ x * (y @ y))
            assert together[i, j] == common.sum()
            assert correlations[i, j] == pytest.approx(x @ y / scale if scale > 0 else 0)


def test_one_common_rater_correlates_fully():
    residuals = np.array([[0.2, -1.5, 0.0], [0.7, 0.0, 1.0]])
    correlations, together = neighbors.compare_films(residuals, (residuals != 0).astype(float))
    assert correlations == pytest.approx(np.array([[1, -1, 1], [-1, 1, 0], [1, 0, 1]]))
    assert together[0].tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    ("correlation", "together", "shrinkage", "expected"),
    [(-1, 1, 100, -1 / 101), (0.5, 100, 100, 0.25), (0.8, 7, 0, 0.8), (0, 0, 0, 0)],
    ids=["one rater", "half is left", "no shrinkage", "nobody"],
)
def test_shrink_by_hand(correlation, together, shrinkage, expected):
    shrunk = neighbors.shrink(np.array([[correlation]]), np.array([[together]]), shrinkage)
    assert shrunk.item() == pytest.approx(expected)


def test_shrinkage_cannot_be_negative():
    with pytest.raises(ValueError, match="shrinkage must be at least 0, received -1"):
        neighbors.shrink(np.ones((1, 1)), np.ones((1, 1)), -1)


def test_weights_are_symmetric_and_no_film_is_its_own_neighbor(matrices):
    weights = neighbors.weigh_films(*matrices, shrinkage=2, power=2)
    assert weights == pytest.approx(weights.T)
    assert not np.diag(weights).any() and weights.min() == 0 < weights.max() <= 1


# Neighbors


@pytest.mark.parametrize("num_neighbors", [1, 2, 3, 50])
@pytest.mark.parametrize("damping", [0.0, 0.4])
def test_predictions_are_those_of_a_loop(matrices, num_neighbors, damping):
    residuals, met = matrices
    weights = neighbors.weigh_films(residuals, met, shrinkage=1)
    found = neighbors.predict_from_neighbors(weights, residuals, met, num_neighbors, damping)
    for user in range(NUM_USERS):
        for item in range(NUM_ITEMS):
            near = [(weights[item, j], residuals[user, j]) for j in np.flatnonzero(met[user])]
            ranked = sorted((weight for weight, _ in near), reverse=True)[:num_neighbors]
            near = [pair for pair in near if pair[0] >= ranked[-1] and pair[0] > 0]
            total = sum(weight for weight, _ in near) + damping
            expected = sum(weight * rest for weight, rest in near) / total if near else 0
            assert found[user, item] == pytest.approx(expected)


def test_a_rating_does_not_predict_itself(matrices):
    residuals, met = matrices
    weights = neighbors.weigh_films(residuals, met, shrinkage=1)
    user, item = np.argwhere(met)[0]
    changed = residuals.copy()
    changed[user, item] += 1
    before, after = (
        neighbors.predict_from_neighbors(weights, table, met, 3) for table in (residuals, changed)
    )
    assert before[user, item] == after[user, item]


def test_transposed_matrices_give_neighbors_among_users(matrices):
    residuals, met = matrices
    weights = neighbors.weigh_films(residuals.T, met.T, shrinkage=1)
    found = neighbors.predict_from_neighbors(weights, residuals.T, met.T, 2).T
    user, item = 0, int(np.flatnonzero(met[0] == 0)[0])
    raters = np.flatnonzero(met[:, item])
    best = sorted(raters, key=lambda v: -weights[user, v])[:2]
    best = [v for v in best if weights[user, v] > 0]
    expected = np.average(residuals[best, item], weights=weights[user, best]) if best else 0
    assert found[user, item] == pytest.approx(expected)


def test_explanations_add_up_to_the_prediction(matrices):
    residuals, met = matrices
    weights = neighbors.weigh_films(residuals, met, shrinkage=1)
    predictions = neighbors.predict_from_neighbors(weights, residuals, met, 3, 0.1)
    for user in range(NUM_USERS):
        for item in range(NUM_ITEMS):
            table = neighbors.explain(weights, residuals, met, user, item, 3, 0.1)
            assert item not in set(table["item_index"])
            assert table["weight"].is_monotonic_decreasing
            assert table["contribution"].sum() == pytest.approx(predictions[user, item])


def test_number_of_neighbors_is_checked(matrices):
    weights = neighbors.weigh_films(*matrices, shrinkage=1)
    with pytest.raises(ValueError, match="num_neighbors must be at least 1, received 0"):
        neighbors.predict_from_neighbors(weights, *matrices, 0)
    with pytest.raises(ValueError, match="num_neighbors must be in 1..8, received 9"):
        neighbors.nearest_films(weights, 9)


def test_nearest_films_are_sorted_and_leave_the_film_out():
    similarities = np.array([[1, 0.1, 0.7], [0.1, 1, -0.2], [0.7, -0.2, 1]])
    assert neighbors.nearest_films(similarities, 2).tolist() == [[2, 1], [0, 2], [0, 1]]


# Learned weights


def build(matrices, **changes):
    near = learned_weights.find_neighbors(*matrices, shrinkage=1, num_neighbors=4, scale=2)
    settings = {"bias_l2": 0.0, "pair_l2": 0.0, **changes}
    return near, learned_weights.build_neighborhood_model(BIASES, near, **settings)


def sum_by_hand(model, near):
    learned, offsets = (layer_weights(model, f"pair_{name}") for name in ("weights", "offsets"))
    sums = np.zeros(near.met.shape)
    for user, item in np.ndindex(*sums.shape):
        films = near.films[item]
        places = [place for place, j in enumerate(films) if near.met[user, j]]
        for place in places:
            weight = near.weights[item, place] + learned[item, place]
            part = near.residuals[user, films[place]] * weight + offsets[item, place]
            sums[user, item] += part / np.sqrt(len(places))
    return sums


def test_learned_weights_give_the_sum_of_a_loop(matrices):
    near, model = build(matrices)
    set_at_random(model)
    sums = sum_by_hand(model, near)
    biases = layer_weights(model, "user_bias") + layer_weights(model, "item_bias").T
    assert predict_all(model) == pytest.approx(3 + biases + sums, abs=1e-4)


def test_only_biases_and_pairs_are_learned_and_start_at_the_baseline(matrices):
    near, model = build(matrices)
    shapes = {weight.path.split("/")[0]: tuple(weight.shape) for weight in model.trainable_weights}
    pairs = (NUM_ITEMS, 4)
    expected = {"user_bias": (NUM_USERS, 1), "item_bias": (NUM_ITEMS, 1)}
    assert shapes == {**expected, "pair_weights": pairs, "pair_offsets": pairs}
    assert not layer_weights(model, "pair_weights").any()
    assert not layer_weights(model, "pair_offsets").any()
    start = estimates.baseline_matrix(BIASES) + sum_by_hand(model, near)
    assert predict_all(model) == pytest.approx(start, abs=1e-5)


def test_weights_start_at_the_similarity_and_never_below_zero(matrices):
    near = learned_weights.find_neighbors(*matrices, shrinkage=1, num_neighbors=4, scale=2)
    similarities = neighbors.shrink(*neighbors.compare_films(*matrices), 1)
    for item, films in enumerate(near.films):
        assert near.weights[item] == pytest.approx(2 * np.maximum(similarities[item, films], 0))
        assert item not in films


def test_a_batch_pays_only_for_the_pairs_it_uses(matrices):
    near, model = build(matrices, pair_l2=0.5)
    set_at_random(model)
    users, items = np.array([0, 3, 11]), np.array([1, 1, 8])
    model([users, items])
    paid = float(sum(model.losses))
    rated = np.stack(
        [near.met[user, near.films[item]] for user, item in zip(users, items, strict=True)]
    )
    squares = sum(layer_weights(model, f"pair_{n}")[items] ** 2 for n in ("weights", "offsets"))
    assert paid == pytest.approx(0.5 * np.sum(rated * squares) / 3, rel=1e-5)


def test_a_batch_moves_only_the_rows_of_its_films(train, matrices):
    _, model = build(matrices)
    rows = train[train["item_index"] == 2]
    training.fit(model, rows, epochs=1, batch_size=4)
    moved = np.flatnonzero(layer_weights(model, "pair_offsets").any(axis=1))
    assert moved.tolist() == [2]


def test_one_step_is_the_slope_by_finite_differences():
    rng = np.random.default_rng(0)
    weights, offsets, rest = rng.normal(size=(3, 5))
    rate, l2, rating, others = 0.1, 0.3, 4.0, 3.2

    def predict(w, c):
        return others + np.sum(rest * w + c) / np.sqrt(5)

    def loss(both):
        w, c = both
        return ((rating - predict(w, c)) ** 2 + l2 * np.sum(w**2 + c**2)) / 2

    error = rating - predict(weights, offsets)
    found = np.stack(learned_weights.weight_step(weights, offsets, rest, error, rate, l2))
    start = np.stack([weights, offsets])
    for place in np.ndindex(2, 5):
        nudge = np.zeros((2, 5))
        nudge[place] = 1e-5
        slope = (loss(start + nudge) - loss(start - nudge)) / 2e-5
        assert found[place] == pytest.approx(start[place] - rate * slope, abs=1e-8)


def test_keras_takes_that_step(matrices):
    """Half the rate: the mean squared error has no half in front."""
    near, model = build(matrices, pair_l2=0.2)
    films, met = near.films, near.met
    set_at_random(model)
    user, item = next((u, i) for u, i in np.argwhere(met) if met[u, films[i]].sum() >= 2)
    rated = met[user, films[item]] > 0
    before = [layer_weights(model, f"pair_{name}")[item] for name in ("weights", "offsets")]
    inputs = [np.array([user]), np.array([item])]
    error = 5.0 - float(model(inputs)[0, 0])
    model.compile(optimizer=keras.optimizers.SGD(0.05), loss="mse")
    model.train_on_batch(inputs, np.array([5.0]))
    after = [layer_weights(model, f"pair_{name}")[item] for name in ("weights", "offsets")]
    rest = near.residuals[user, films[item]][rated]
    expected = learned_weights.weight_step(
        before[0][rated], before[1][rated], rest, error, 0.1, 0.2
    )
    assert after[0][rated] == pytest.approx(expected[0], abs=1e-5)
    assert after[1][rated] == pytest.approx(expected[1], abs=1e-5)
    assert np.array_equal(after[0][~rated], before[0][~rated])


def build_integrated(matrices, scale, **changes):
    near = learned_weights.find_neighbors(*matrices, shrinkage=1, num_neighbors=4, scale=scale)
    settings = {"bias_l2": 0.0, "pair_l2": 0.0, "embedding_dim": 3, "row_l2": 0.0}
    settings.update({"column_l2": 0.0, "dropout": 0.4, **changes})
    return near, integrated.build_integrated_model(BIASES, near, **settings)


def test_without_pair_weights_the_integrated_model_is_that_of_unit_06(train, matrices):
    _, model = build_integrated(matrices, scale=0)
    set_at_random(model)
    for name in ("pair_weights", "pair_offsets"):
        model.get_layer(name).set_weights([np.zeros((NUM_ITEMS, 4))])
    bags = matrix_factorization.make_bags(train, NUM_USERS, NUM_ITEMS)
    twin = matrix_factorization.build_svdpp_model(*bags, 3, 3.0, 0.0, 0.0, 0.0, 0.4)
    for theirs, ours in (("rated", "rated_vectors"), ("raters", "rater_vectors")):
        twin.get_layer(theirs).set_weights(model.get_layer(ours).get_weights())
    for name in ("user_factors", "item_factors", "user_bias", "item_bias"):
        twin.get_layer(name).set_weights(model.get_layer(name).get_weights())
    assert predict_all(model) == pytest.approx(predict_all(twin), abs=1e-4)


def test_without_factors_the_integrated_model_is_the_neighborhood(matrices):
    near, model = build_integrated(matrices, scale=2)
    set_at_random(model)
    for name in ("user_factors", "rated_vectors"):
        weights = layer_weights(model, name)
        model.get_layer(name).set_weights([np.zeros_like(weights)])
    sums = sum_by_hand(model, near)
    biases = layer_weights(model, "user_bias") + layer_weights(model, "item_bias").T
    assert predict_all(model) == pytest.approx(3 + biases + sums, abs=1e-4)


def test_contributions_add_up_to_the_sum(matrices):
    near, model = build(matrices)
    set_at_random(model)
    sums = sum_by_hand(model, near)
    for user, item in np.ndindex(*sums.shape):
        films, *parts = learned_weights.contributions(model, near, user, item)
        assert set(films) <= set(np.flatnonzero(near.met[user]))
        assert np.sum(parts) == pytest.approx(sums[user, item], abs=1e-5)


def test_scaled_rows_have_length_one_or_nothing_in_them(matrices):
    lengths = np.linalg.norm(integrated.scale_rows(matrices[1]), axis=1)
    assert lengths == pytest.approx(np.array([1] * 11 + [0]))
