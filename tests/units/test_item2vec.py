"""Vectors from sequences and graphs: pairs by hand, gradients, the optimum, walks, side facts."""

import keras
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from utils import movielens
from utils.units.item2vec import (
    graph,
    models,
    reading,
    sequences,
    side_info,
    skip_gram,
    transfer,
)


def likes_of(*rows):
    return pd.DataFrame(rows, columns=["user_index", "item_index", "timestamp", "rating"])


def test_sequences_are_in_the_order_of_time_and_the_lower_row_counts_as_later():
    rows = likes_of((1, 7, 50, 4), (0, 3, 20, 5), (0, 5, 10, 4), (0, 4, 20, 4))
    assert [one.tolist() for one in sequences.make_sequences(rows)] == [[5, 3, 4], [7]]


@pytest.mark.parametrize(("gap", "expected"), [(1800, [[1, 2], [3]]), (1801, [[1], [2], [3]])])
def test_a_session_ends_after_more_than_thirty_minutes(gap, expected):
    rows = likes_of((0, 1, 0, 4), (0, 2, gap, 4), (1, 3, gap, 4))
    found = [one["item_index"].tolist() for one in sequences.cut_sessions(rows)]
    assert found == expected


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (1, [[5, 6], [6, 5], [6, 5], [5, 6]]),
        (9, [[5, 6], [5, 5], [6, 5], [6, 5], [5, 5], [5, 6]]),
    ],
)
def test_pairs_of_a_window(window, expected):
    assert sequences.window_pairs(np.array([5, 6, 5]), window).tolist() == expected


def test_a_short_sequence_has_no_pairs():
    assert sequences.window_pairs(np.array([5]), 2).shape == (0, 2)
    assert sequences.window_pairs(np.array([], int), 2).shape == (0, 2)


def test_counts_are_the_pairs_added_up():
    generator = np.random.default_rng(0)
    walks = [generator.integers(0, 6, length) for length in (1, 2, 9, 30)]
    counts = sequences.count_pairs(walks, 6, 3)
    expected = np.zeros((6, 6))
    for walk in walks:
        for center, context in sequences.window_pairs(walk, 3):
            expected[center, context] += 1
    np.testing.assert_array_equal(counts, expected)


def test_the_film_rated_best_is_a_context_of_all_others():
    session = likes_of((0, 1, 0, 4), (0, 2, 1, 5), (0, 3, 2, 5), (0, 1, 3, 4))
    counts = sequences.count_global([session], 4)
    assert counts[1, 3] == 2 and counts[2, 3] == 1 and counts.sum() == 3


def test_frequent_films_are_thinned_out_and_rare_ones_stay():
    walks = [np.array([0] * 900 + list(range(1, 101)))] * 20
    kept = np.concatenate(sequences.thin_out(walks, 0.01, np.random.default_rng(0)))
    counts = np.bincount(kept)
    assert counts[1:].tolist() == [20] * 100  # each a thousandth of all, below the threshold
    assert counts[0] / 18_000 == pytest.approx(np.sqrt(0.01 / 0.9), abs=0.01)


def test_loss_of_a_pair_by_hand():
    center, context = np.array([1.0, 0.0]), np.array([np.log(3), 5.0])  # sigmoid 3/4
    negatives = np.array([[0.0, 1.0], [-np.log(3), 0.0]])  # sigmoids 1/2 and 1/4
    expected = -np.log(3 / 4) - np.log(1 / 2) - np.log(3 / 4)
    assert skip_gram.pair_loss(center, context, negatives) == pytest.approx(expected)


def test_a_huge_score_has_a_finite_loss():
    loss = skip_gram.pair_loss(np.array([1e3]), np.array([-1e3]), np.array([[0.0]]))
    assert loss == pytest.approx(1e6 + np.log(2))


def test_gradients_are_the_slopes():
    generator = np.random.default_rng(0)
    center, context, negatives = (generator.normal(size=size) for size in (4, 4, (3, 4)))

    def loss(numbers):
        return skip_gram.pair_loss(numbers[:4], numbers[4:8], numbers[8:].reshape(3, 4))

    point = np.concatenate([center, context, negatives.ravel()])
    found = skip_gram.pair_gradients(center, context, negatives)
    slopes = approx_fprime(point, loss, 1e-6)
    np.testing.assert_allclose(np.concatenate([part.ravel() for part in found]), slopes, atol=1e-5)


def test_keras_has_the_same_loss_and_gradients():
    model = models.build_skip_gram(6, 3)
    inputs, outputs = np.random.default_rng(1).normal(size=(2, 6, 3)).astype("float32")
    model.get_layer("input_vectors").set_weights([inputs])
    model.get_layer("output_vectors").set_weights([outputs])
    model.compile(keras.optimizers.SGD(1.0), models.skip_gram_loss)
    given = [np.array([2]), np.array([[4, 0, 5]])]
    loss = model.train_on_batch(given, np.array([[1.0, 0, 0]]))
    pair = inputs[2], outputs[4], outputs[[0, 5]]
    assert float(loss) == pytest.approx(skip_gram.pair_loss(*pair), rel=1e-5)
    of_center, of_context, of_negatives = skip_gram.pair_gradients(*pair)
    new_inputs, new_outputs = models.tables_of(model)
    np.testing.assert_allclose(inputs[2] - new_inputs[2], of_center, atol=1e-5)
    np.testing.assert_allclose(outputs[4] - new_outputs[4], of_context, atol=1e-5)
    np.testing.assert_allclose(outputs[[0, 5]] - new_outputs[[0, 5]], of_negatives, atol=1e-5)
    np.testing.assert_array_equal(inputs[[0, 1, 3]], new_inputs[[0, 1, 3]])


@pytest.mark.parametrize(
    ("exponent", "expected"), [(1, [0.2, 0.8, 0]), (0, [0.5, 0.5, 0]), (-0.5, [2 / 3, 1 / 3, 0])]
)
def test_chances_of_negatives(exponent, expected):
    chances = skip_gram.negative_chances(np.array([1, 4, 0]), exponent)
    np.testing.assert_allclose(chances, expected)


def test_the_best_scores_are_pmi_minus_log_k():
    counts = np.array([[2.0, 6.0], [6.0, 2.0]])
    scores = skip_gram.best_scores(counts, np.array([0.5, 0.5]), 5)
    pmi = np.log(counts / 16 / (0.5 * 0.5))
    np.testing.assert_allclose(scores, pmi - np.log(5))
    assert skip_gram.best_scores(np.array([[0.0, 1], [1, 0]]), [0.5, 0.5], 1)[0, 0] == -np.inf


def dozen():
    """A corpus of a dozen symbols in which each pair occurs: those of one group more often."""
    generator = np.random.default_rng(0)
    symbols = np.arange(12)
    weights = 0.5 + 2.0 * (symbols[:, np.newaxis] // 3 == symbols // 3) + np.linspace(0, 1, 12)
    return graph.walk_from_all(weights, 300, 20, generator)


def test_trained_skip_gram_reaches_pmi_minus_log_k():
    counts = sequences.count_pairs(dozen(), 12, 2)
    chances = counts.sum(axis=0) / counts.sum()
    keras.utils.set_random_seed(0)
    model = models.build_full_skip_gram(12, 12)
    targets = skip_gram.make_targets(counts, chances, 3)
    models.compile_model(model, models.expected_loss, 12 * 100, 20, 12, 0.1)
    rounds = np.tile(np.arange(12), 100)  # 2,000 steps in 20 epochs: an epoch has its price
    model.fit(rounds, targets[rounds], batch_size=12, epochs=20, shuffle=False, verbose=0)
    inputs, outputs = models.tables_of(model)
    pmi = np.log(counts * counts.sum() / np.outer(counts.sum(axis=1), counts.sum(axis=0)))
    best = skip_gram.best_scores(counts, chances, 3)
    np.testing.assert_allclose(best, pmi - np.log(3), atol=1e-5)
    assert np.abs(inputs @ outputs.T - (pmi - np.log(3))).max() < 0.005


def test_the_expected_loss_is_the_mean_over_draws():
    generator = np.random.default_rng(2)
    counts = generator.integers(1, 9, (4, 4)).astype(float)
    chances = np.array([0.1, 0.2, 0.3, 0.4])
    inputs, outputs = generator.normal(size=(2, 4, 3))
    targets = skip_gram.make_targets(counts, chances, 2)
    expected = np.sum(models.expected_loss(targets, inputs @ outputs.T))
    total = 0.0
    for center in range(4):
        for context in range(4):
            pair = np.logaddexp(0, -inputs[center] @ outputs[context])
            drawn = 2 * chances @ np.logaddexp(0, outputs @ inputs[center])
            total += counts[center, context] * (pair + drawn)
    assert expected == pytest.approx(4 / counts.sum() * total, rel=1e-4)


def test_both_trainings_learn_the_same_scores():
    """With negatives drawn the scores are those without, but for the luck of the draws."""
    walks = dozen()
    pairs = np.concatenate([sequences.window_pairs(walk, 1) for walk in walks])[:40_000]
    counts = np.zeros((12, 12))
    np.add.at(counts, (pairs[:, 0], pairs[:, 1]), 1)
    chances = counts.sum(axis=0) / counts.sum()
    keras.utils.set_random_seed(0)
    model = models.build_skip_gram(12, 12)
    models.fit_sampled(
        model, pairs, chances, 3, 25, np.random.default_rng(0), batch_size=4000, learning_rate=0.05
    )
    inputs, outputs = models.tables_of(model)
    best = skip_gram.best_scores(counts, chances, 3)
    assert np.abs(inputs @ outputs.T - best).mean() < 0.05


def test_recent_likes_weigh_more():
    rows = likes_of((0, 3, 10, 4), (0, 1, 10, 5), (0, 2, 5, 4), (2, 0, 1, 4))
    weights = reading.weigh_recent(rows, 3, 4, num_last=2, half_life=1.0)
    np.testing.assert_allclose(weights, [[0, 2 / 3, 0, 1 / 3], [0] * 4, [1, 0, 0, 0]], rtol=1e-6)


def test_scores_of_the_next_film_by_hand():
    weights = np.array([[0.5, 0.5, 0.0]])
    inputs = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]])
    outputs = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
    np.testing.assert_allclose(reading.score_contexts(weights, inputs, outputs), [[1, 0.5, 3]])
    np.testing.assert_allclose(reading.score_cosines(weights, inputs), [[0.5, 0.5, 0.5]])


def test_steps_have_a_direction():
    weights = graph.count_steps([np.array([0, 1, 0, 1]), np.array([2])], 3)
    assert weights.tolist() == [[0, 2, 0], [1, 0, 0], [0, 0, 0]]


WEIGHTS = np.array([[0.0, 1, 3, 0], [2, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]])


def test_a_walk_follows_arrows_and_ends_where_none_leads_on():
    generator = np.random.default_rng(0)
    for _ in range(50):
        walk = graph.random_walk(WEIGHTS, 0, 6, generator)
        assert (WEIGHTS[walk[:-1], walk[1:]] > 0).all()
        assert len(walk) == 7 or walk[-1] == 3
    assert graph.random_walk(WEIGHTS, 3, 6, generator).tolist() == [3]
    assert graph.random_walk(WEIGHTS, 0, 0, generator).tolist() == [0]


def test_steps_are_as_likely_as_their_weights():
    generator = np.random.default_rng(1)
    one_by_one = [graph.random_walk(WEIGHTS, 0, 1, generator)[1] for _ in range(4000)]
    at_once = [walk[1] for walk in graph.walk_from_all(WEIGHTS, 4000, 1, generator)[:4000]]
    for steps in (one_by_one, at_once):
        assert np.mean(np.array(steps) == 2) == pytest.approx(0.75, abs=0.025)


def test_walks_from_all_follow_arrows_too():
    walks = graph.walk_from_all(WEIGHTS, 30, 6, np.random.default_rng(2))
    assert np.bincount([walk[0] for walk in walks]).tolist() == [30, 30, 30]
    for walk in walks:
        assert (WEIGHTS[walk[:-1], walk[1:]] > 0).all()
        assert len(walk) == 7 or walk[-1] == 3


FIELDS = {
    "genre": np.array([[1, 0], [0.5, 0.5], [0, 1], [0, 0]], "float32"),
    "year": np.eye(4, 3, dtype="float32"),
}


def test_fields_are_shares():
    items = movielens.load("100k").items
    fields = side_info.describe_fields(items)
    assert list(fields) == ["genre", "year"]
    two = np.flatnonzero(items["genres"].str.len() == 2)[0]
    assert sorted(fields["genre"][two])[-2:] == [0.5, 0.5]
    sums = fields["year"].sum(axis=1)
    assert set(sums) <= {0.0, 1.0} and sums.sum() == items["year"].notna().sum()


def build_both():
    mean = side_info.build_side_model(FIELDS, 3, side_info.FieldMean())
    attention = side_info.build_side_model(FIELDS, 3, side_info.FieldAttention(4))
    generator = np.random.default_rng(3)
    for weight in mean.trainable_variables:
        weight.assign(generator.normal(size=weight.shape))
    for layer in mean.layers:
        if layer.weights:
            attention.get_layer(layer.name).set_weights(layer.get_weights())
    return mean, attention


def test_at_the_start_attention_is_the_mean():
    mean, attention = build_both()
    np.testing.assert_allclose(attention(np.arange(4)), mean(np.arange(4)), atol=1e-6)


def test_the_hidden_vector_is_the_mean_of_film_and_fields():
    mean, _ = build_both()
    tables = {layer.name: layer.get_weights()[0] for layer in mean.layers if layer.weights}
    expected = tables["film_vectors"] + sum(
        rows @ tables[f"{name}_vectors"] for name, rows in FIELDS.items()
    )
    np.testing.assert_allclose(side_info.hidden_vectors(mean, 4), expected / 3, atol=1e-6)


def test_attention_weighs_as_a_softmax_says():
    layer = side_info.FieldAttention(2)
    vectors = np.array([[[1.0, 0.0], [0.0, 1.0]]] * 2, "float32")
    layer(np.array([0, 1]), vectors)
    layer.logits.assign([[np.log(3), 0], [0, 0]])
    np.testing.assert_allclose(layer(np.array([0, 1]), vectors), [[0.75, 0.25], [0.5, 0.5]])
    again = side_info.FieldAttention.from_config(layer.get_config())
    assert again.num_items == 2


def test_cold_films_have_the_mean_of_their_fields():
    mean, _ = build_both()
    tables = {layer.name: layer.get_weights()[0] for layer in mean.layers if layer.weights}
    film = {"genre": np.array([[0.5, 0.5]]), "year": np.array([[0.0, 0.0, 1.0]])}
    expected = (tables["genre_vectors"].mean(axis=0) + tables["year_vectors"][2]) / 2
    np.testing.assert_allclose(side_info.cold_vectors(mean, film)[0], expected, atol=1e-6)


def test_shares_of_neighbors():
    shares = transfer.describe_by_neighbors(np.array([[0, 1, 3], [0, 0, 0], [2, 0, 0]]))
    np.testing.assert_allclose(shares, [[0, 0.25, 0.75], [0, 0, 0], [1, 0, 0]])


@pytest.mark.parametrize("learns", [True, False])
def test_a_frozen_table_stays_and_another_learns(learns):
    vectors = np.random.default_rng(4).normal(size=(5, 2)).astype("float32")
    model = transfer.build_classifier(vectors, learns)
    shares = np.random.default_rng(5).random((6, 5))
    transfer.fit_labels(model, shares, np.array([0, 1, 0, 1, 1, 0]), 5, 0.1)
    table = model.get_layer("table").get_weights()[0]
    assert np.array_equal(table, vectors) != learns
    assert np.abs(model.get_layer("kind").get_weights()[0]).min() > 0


def test_scaled_vectors_have_a_spread_of_one():
    generator = np.random.default_rng(6)
    shares, vectors = generator.random((9, 5)), generator.normal(size=(5, 3))
    scaled = transfer.scale_for(shares, vectors)
    assert (shares @ scaled).std(axis=0).mean() == pytest.approx(1)
    assert np.allclose(scaled / vectors, (scaled / vectors)[0, 0])


def test_negatives_of_the_same_market():
    counts, markets = np.array([1, 3, 5, 0]), np.array([0, 0, 1, 2])
    chances = skip_gram.market_chances(counts, markets, 1.0)
    overall = counts / 9
    expected = [[0.25, 0.75, 0, 0], [0.25, 0.75, 0, 0], [0, 0, 1, 0], overall]
    np.testing.assert_allclose(chances, expected)
    targets = skip_gram.make_targets(np.ones((4, 4)), chances, 2)
    np.testing.assert_allclose(targets[:, 1], 2 * np.array(expected), rtol=1e-6)
