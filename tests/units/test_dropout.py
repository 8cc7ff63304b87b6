"""Dropout by hand against its formulas and Keras; the noisy set against its own description."""

import keras
import numpy as np
import pytest

from utils import results
from utils.units import dropout

VALUES = np.repeat([[1.0, -2.0, 4.0]], 50_000, axis=0)


@pytest.fixture(scope="module")
def parts():
    return dropout.make_parts(seed=0)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("by", ["hand", "keras"])
def test_moments_are_those_of_the_formula(by, rate):
    if by == "hand":
        dropped = dropout.dropout(VALUES, rate, np.random.default_rng(0))
    else:
        dropped = np.asarray(keras.layers.Dropout(rate, seed=0)(VALUES, training=True))
    assert dropped.mean(axis=0) == pytest.approx([1, -2, 4], rel=0.04)
    factor = rate / (1 - rate)
    assert dropped.var(axis=0) == pytest.approx(np.array([1, 4, 16]) * factor, rel=0.04)
    assert (dropped == 0).mean(axis=0) == pytest.approx(rate, abs=0.01)


def test_values_are_dropped_or_scaled_and_nothing_else():
    dropped = dropout.dropout(VALUES, 0.2, np.random.default_rng(1))
    assert np.all((dropped == 0) | np.isclose(dropped, VALUES * 1.25))


def test_each_value_is_dropped_on_its_own():
    zeros = dropout.dropout(VALUES, 0.3, np.random.default_rng(2)) == 0
    assert np.corrcoef(zeros.T)[np.triu_indices(3, k=1)] == pytest.approx(np.zeros(3), abs=0.02)
    assert np.mean(zeros[1:, 0] & zeros[:-1, 0]) == pytest.approx(0.09, abs=0.01)


def test_rate_zero_changes_nothing_and_the_input_stays():
    values = np.array([1.0, -2.0, 3.0])
    assert dropout.dropout(values, 0, np.random.default_rng(0)).tolist() == [1, -2, 3]
    dropout.dropout(values, 0.9, np.random.default_rng(0))
    assert values.tolist() == [1, -2, 3]


@pytest.mark.parametrize("rate", [1, 1.5, -0.1, float("nan")], ids=str)
def test_impossible_rates(rate):
    with pytest.raises(ValueError, match=f"rate must be in .0, 1., received {rate}"):
        dropout.dropout(VALUES, rate, np.random.default_rng(0))


def test_one_label_in_ten_is_wrong(parts):
    for rows, num_rows in zip(parts, (500, 1_000, 5_000), strict=True):
        assert rows.features.shape == (num_rows, dropout.NUM_FEATURES)
        assert set(np.unique(rows.labels)) == set(np.unique(rows.true_labels)) == {0, 1}
        assert np.mean(rows.labels != rows.true_labels) == pytest.approx(0.1, abs=0.03)
        assert np.mean(rows.true_labels) == pytest.approx(0.5, abs=0.1)


def test_parts_share_no_row_and_repeat_by_seed(parts):
    everything = np.concatenate([rows.features for rows in parts])
    assert len(np.unique(everything, axis=0)) == len(everything)
    again, other = dropout.make_parts(seed=0), dropout.make_parts(seed=1)
    assert np.array_equal(again[2].labels, parts[2].labels)
    assert not np.array_equal(other[0].features, parts[0].features)


def test_true_labels_follow_from_the_features_alone(parts):
    """A classifier of neighbors gets nearer to the truth than to the labels it learned from."""
    train, _, test = parts
    distances = np.linalg.norm(test.features[:500, np.newaxis] - train.features, axis=-1)
    nearest = np.argsort(distances, axis=1)[:, :25]
    votes = train.labels[nearest].mean(axis=1) > 0.5
    on_truth = np.mean(votes == test.true_labels[:500])
    assert on_truth > np.mean(votes == test.labels[:500]) + 0.03
    assert on_truth > 0.75


def test_measure_by_hand():
    measured = dropout.measure_quality(np.array([0.9, 0.2, 0.5, 0.4]), np.array([1, 0, 0, 1]))
    assert measured["accuracy"] == 0.75
    assert measured["loss"] == pytest.approx(-np.log([0.9, 0.8, 0.5, 0.4]).mean())
    assert np.isfinite(dropout.measure_quality(np.array([0.0]), np.array([1]))["loss"])


def test_share_learned_by_heart_counts_wrong_labels_only():
    rows = dropout.Rows(None, np.array([1, 0, 1, 0]), np.array([1, 1, 0, 0]))
    assert dropout.share_learned_by_heart(np.array([0.1, 0.1, 0.9, 0.9]), rows) == 1
    assert dropout.share_learned_by_heart(np.array([0.9, 0.1, 0.1, 0.1]), rows) == 0.5
    assert dropout.share_learned_by_heart(np.array([0.9, 0.9, 0.1, 0.1]), rows) == 0


def test_classifier_is_three_layers_of_one_width():
    model = dropout.build_classifier(width=7, rate=0.3, l2=0.5)
    assert model.count_params() == (20 * 7 + 7) + 2 * (7 * 7 + 7) + (7 + 1)
    rates = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert rates == [0.3, 0.3, 0.3]
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")][:3]
    penalty = 0.5 * sum(float(np.sum(np.asarray(kernel) ** 2)) for kernel in kernels)
    assert float(sum(model.losses)) == pytest.approx(penalty, rel=1e-5)


def test_dropout_is_off_in_predict_and_on_in_monte_carlo(parts):
    features = parts[0].features[:50]
    model = dropout.build_classifier(width=16, rate=0.5)
    once, again = dropout.predict_once(model, features), dropout.predict_once(model, features)
    assert once.shape == (50,)
    assert np.array_equal(once, again)
    passes = dropout.monte_carlo(model, features, num_passes=4)
    assert passes.shape == (4, 50)
    assert np.mean(passes[0] != passes[1]) > 0.9


def test_weight_scaling_is_exact_for_a_linear_unit(parts):
    """For one linear layer the mean of the passes goes to the prediction without dropout."""
    inputs = keras.Input((dropout.NUM_FEATURES,))
    output = keras.layers.Dense(1)(keras.layers.Dropout(0.3, seed=0)(inputs))
    model = keras.Model(inputs, output)
    features = parts[0].features[:10]
    passes = dropout.monte_carlo(model, features, num_passes=500)
    error = passes.std(axis=0) / np.sqrt(500)
    assert np.all(np.abs(passes.mean(axis=0) - dropout.predict_once(model, features)) < 5 * error)


def test_reported_cross_entropy_leaves_the_penalty_out(parts, monkeypatch):
    monkeypatch.setattr(dropout, "EPOCHS", 1)
    train, validation, _ = parts
    model = dropout.build_classifier(width=8, l2=0.5)
    history = dropout.fit_classifier(model, train, validation)
    assert len(history["loss"]) == 1
    assert history["val_loss"][0] > history["val_cross_entropy"][0] + 0.1
    plain = dropout.measure_quality(
        dropout.predict_once(model, validation.features), validation.labels
    )
    assert plain["loss"] == pytest.approx(history["val_cross_entropy"][0], abs=1e-4)


def test_early_stopping_keeps_the_best_epoch(parts, monkeypatch):
    monkeypatch.setattr(dropout, "EPOCHS", 12)
    keras.utils.set_random_seed(0)
    model = dropout.build_classifier(width=64)
    train, validation, _ = parts
    stop = dropout.early_stopping(patience=2)
    losses = dropout.fit_classifier(model, train, validation, [stop])["val_cross_entropy"]
    assert len(losses) < 12
    assert int(np.argmin(losses)) == len(losses) - 3
    kept = dropout.measure_quality(
        dropout.predict_once(model, validation.features), validation.labels
    )
    assert kept["loss"] == pytest.approx(min(losses), abs=1e-4)


def test_stored_results_say_what_the_lecture_says():
    runs = results.load("04_dropout")
    means = runs.groupby("model")[["accuracy", "loss", "by_heart"]].mean()
    assert means.loc["no dropout", "by_heart"] > 0.99
    assert means.loc["a bit of dropout", "accuracy"] > means.loc["no dropout", "accuracy"] + 0.01
    assert means.loc["too much dropout", "accuracy"] < 0.65
    assert means["accuracy"].idxmax() == "the truth"
    assert means.loc["the truth", "accuracy"] == pytest.approx(0.9, abs=0.01)
    entropy = -(0.1 * np.log(0.1) + 0.9 * np.log(0.9))
    assert means.loc["the truth", "loss"] == pytest.approx(entropy, abs=0.01)
