"""Wide & deep: what the hash does, sums that must be exact, and who gets which optimizer."""

import keras
import keras_rs
import numpy as np
import pandas as pd
import pytest

from utils.likes import log_loss
from utils.training import fit, model_inputs, predict
from utils.units.factorization_machines.fields import Field
from utils.units.factorization_machines.heads import to_like
from utils.units.factorization_machines.models import build_fm
from utils.units.wide_and_deep import (
    click_log,
    crosses,
    decisions,
    ensembles,
    models,
    training,
)

USERS, FILMS, BINS = 6, 8, 1000
ALL_PAIRS = np.indices((USERS, FILMS)).reshape(2, -1).astype("int32")
ROWS = pd.DataFrame({"user_index": ALL_PAIRS[0], "item_index": ALL_PAIRS[1]})
FREE = {"row_l2": 0.0, "bias_l2": 0.0, "column_l2": 0.0}
CROSS = {"num_bins": BINS, "cross_l1": 0.0}
GENRES = np.random.default_rng(2).integers(0, 2, (FILMS, 3)).astype("float32")
IDS = [Field("user", "user_index", USERS, None), Field("film", "item_index", FILMS, None)]
MIXED = [*IDS, Field("genre", "item_index", FILMS, GENRES)]
USER_FILM, USER_GENRE = (MIXED[0], MIXED[1]), (MIXED[0], MIXED[2])
MULTIPLIER = np.uint64(0xC6A4A7935BD1E995)


def score(head_input):
    return head_input


def build_all(head=score):
    """Return one model of each kind."""
    deep = {"embedding_dim": 3, "widths": [5, 4]}
    both = {**deep, **FREE, **CROSS, "dropout": 0.0}
    return {
        "wide": models.build_wide(MIXED, [USER_FILM], head, BINS, 0.0, 0.0, 0.0),
        "deep": models.build_deep(MIXED, head, 3, [5, 4], 0.0, 0.0, 0.0),
        "wide and deep": models.build_wide_and_deep(MIXED, [USER_FILM], head, **both),
        "average": models.build_average(MIXED, [USER_FILM], head, **both),
        "DeepFM": models.build_deepfm(MIXED, head, **deep, **FREE, dropout=0.0, deep_dropout=0.0),
        "DCN": models.build_dcn(MIXED, head, num_crosses=2, **deep, **FREE, dropout=0.0),
    }


def randomize(model, seed=1):
    """Give a model weights that are no zeros."""
    generator = np.random.default_rng(seed)
    for variable in model.trainable_variables:
        variable.assign(generator.normal(0, 0.5, variable.shape))


def copy_weights(source, target):
    """Give layers of one model the weights of the layers of the same names in another."""
    names = {layer.name for layer in source.layers}
    for layer in target.layers:
        if layer.name in names and layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())


def silence(model, name="deep_score"):
    """Set the weights of a layer to zero."""
    layer = model.get_layer(name)
    layer.set_weights([0 * weight for weight in layer.get_weights()])


def answer(model):
    return np.asarray(model(list(ALL_PAIRS), training=False))


def mix(values):
    return values ^ (values >> np.uint64(47))


def fingerprint(first, second, num_bins):
    """Hash as TensorFlow does (FingerprintCat64 in its fingerprint.h, key 0xDECAFCAFFE)."""
    first, second = np.atleast_1d(first, second)
    found = np.full(first.shape, 0xDECAFCAFFE, dtype=np.uint64)
    for column in (first, second):
        found ^= MULTIPLIER
        found ^= mix(column.astype("uint64") * MULTIPLIER) * MULTIPLIER
        found = mix(mix(found * MULTIPLIER) * MULTIPLIER)
    return (found % np.uint64(num_bins)).astype(int)


@pytest.mark.parametrize("num_bins", [1, 7, 1000, 2**18])
def test_bins_are_those_of_the_published_hash(num_bins):
    first, second = np.indices((50, 70)).reshape(2, -1)
    bins = crosses.cross_index(first, second, num_bins)
    assert bins.tolist() == fingerprint(first, second, num_bins).tolist()
    assert bins.min() >= 0 and bins.max() < num_bins


def test_the_order_of_the_columns_counts():
    first, second = np.arange(100), np.arange(100) + 7
    one, other = (crosses.cross_index(*pair, 10**6) for pair in ((first, second), (second, first)))
    assert np.mean(one == other) < 0.05


def test_words_and_numbers_are_hashed_differently():
    """Whoever trains on words and serves numbers looks up other weights."""
    layer, pair = keras.layers.HashedCrossing(10**6), (np.arange(50), np.arange(50) + 3)
    of_words = np.asarray(layer([column.astype(str) for column in pair]))
    assert np.mean(of_words == np.asarray(layer(pair))) < 0.05


def test_bins_in_a_model_are_those_outside():
    inputs = [keras.Input((), dtype="int32") for _ in range(2)]
    model = keras.Model(inputs, crosses.cross_index(*inputs, 500))
    inside = model.predict(list(ALL_PAIRS), verbose=0)
    assert inside.tolist() == crosses.cross_index(*ALL_PAIRS, 500).tolist()


def test_collisions_by_counting():
    first, second = np.indices((30, 40)).reshape(2, -1)
    bins = pd.Series(fingerprint(first, second, 2000))
    shared = bins.map(bins.value_counts()) > 1
    assert crosses.count_collisions(30, 40, 2000) == shared.sum()
    assert crosses.count_collisions(30, 40, 1) == 1200


@pytest.mark.parametrize("num_bins", [1000, 4096, 20_000, 2**18])
def test_collisions_are_as_many_as_by_chance(num_bins):
    """The number varies like a count of about its own size; four of its roots are far off."""
    expected = crosses.expected_collisions(2100, num_bins)
    assert abs(crosses.count_collisions(21, 100, num_bins) - expected) < 4 * np.sqrt(expected)


def test_expected_collisions_of_two_pairs_in_four_bins():
    assert crosses.expected_collisions(2, 4) == pytest.approx(2 / 4)
    assert crosses.expected_collisions(1, 4) == 0


def test_wide_is_a_weight_for_each_column_and_each_cross():
    model = models.build_wide(MIXED, [USER_FILM, USER_GENRE], score, BINS, 0.0, 0.0, 0.0)
    randomize(model)
    of = {layer.name: layer.get_weights()[0] for layer in model.layers if layer.weights}
    for place in (0, 13, 47):
        user, film = ALL_PAIRS[:, place]
        expected = of["user_biases"][user, 0] + of["film_biases"][film, 0]
        expected += GENRES[film] @ of["genre_biases"][:, 0]
        expected += of["user_film_cross"][fingerprint(user, film, BINS)[0], 0]
        bins = fingerprint(np.full(3, user), np.arange(3), BINS)
        expected += GENRES[film] @ of["user_genre_cross"][bins, 0]
        assert answer(model)[place, 0] == pytest.approx(expected, abs=1e-5)


def test_wide_and_deep_is_the_sum_of_the_scores():
    kinds = build_all()
    both = kinds["wide and deep"]
    randomize(both)
    for name in ("wide", "deep"):
        copy_weights(both, kinds[name])
    expected = answer(kinds["wide"]) + answer(kinds["deep"])
    assert answer(both) == pytest.approx(expected, abs=1e-5)
    silence(both)
    assert answer(both) == pytest.approx(answer(kinds["wide"]), abs=1e-6)


def test_average_has_two_heads():
    kinds = build_all(head=keras.ops.sigmoid)
    randomize(kinds["average"])
    for name in ("wide", "deep"):
        copy_weights(kinds["average"], kinds[name])
    expected = (answer(kinds["wide"]) + answer(kinds["deep"])) / 2
    assert answer(kinds["average"]) == pytest.approx(expected, abs=1e-6)


def test_deepfm_without_its_network_is_the_machine_of_unit_07():
    deep = build_all()["DeepFM"]
    plain = build_fm(MIXED, score, 3, **FREE, dropout=0.0)
    randomize(deep)
    copy_weights(deep, plain)
    assert np.abs(answer(deep) - answer(plain)).max() > 0.1
    silence(deep)
    assert np.abs(answer(deep) - answer(plain)).max() < 1e-6


def test_deepfm_shares_its_tables():
    """One table per field: a change in it reaches the network and the machine."""
    model = build_all()["DeepFM"]
    names = [layer.name for layer in model.layers if layer.name.endswith("_vectors")]
    assert names == ["user_vectors", "film_vectors", "genre_vectors"]
    randomize(model)
    both = keras.Model(model.inputs, [model.get_layer("deep_score").output, model.output])
    before = [np.asarray(part) for part in both(list(ALL_PAIRS))]
    model.get_layer("user_vectors").set_weights([np.ones((USERS, 3))])
    network, total = (
        np.asarray(now) - old for now, old in zip(both(list(ALL_PAIRS)), before, strict=True)
    )
    assert np.abs(network).max() > 0.01
    assert np.abs(total - network).max() > 0.01


def test_cross_layer_by_hand():
    layer = models.CrossLayer()
    layer.build([(None, 2), (None, 2)])
    layer.set_weights([np.array([[1.0, 0.0], [2.0, 1.0]]), np.array([0.5, 0.0])])
    first, current = np.array([[1.0, 2.0]]), np.array([[3.0, 1.0]])
    # W x + b = (3 + 2 + 0.5, 1); times x0: (5.5, 2); plus x.
    assert np.asarray(layer([first, current])).tolist() == [[8.5, 3.0]]
    again = models.CrossLayer.from_config(layer.get_config())
    assert again.name == layer.name


def test_cross_layer_is_that_of_keras_rs():
    generator = np.random.default_rng(0)
    first, current = generator.normal(size=(2, 7, 4)).astype("float32")
    layer, theirs = models.CrossLayer(), keras_rs.layers.FeatureCross()
    layer([first, current])
    theirs(first, current)
    theirs.dense.set_weights([generator.normal(size=(4, 4)), generator.normal(size=4)])
    layer.set_weights(theirs.dense.get_weights())
    expected = np.asarray(theirs(first, current))
    assert np.asarray(layer([first, current])) == pytest.approx(expected, abs=1e-5)


def test_cross_layers_make_products_and_nothing_else():
    """With k layers a polynomial of degree k + 1 along a line: its next difference is zero."""
    first = np.arange(6.0)[:, np.newaxis] * np.array([[1.0, -0.5, 2.0]]) / 3
    once = models.CrossLayer()([first, first])
    twice = models.CrossLayer()([first, once])
    assert np.abs(np.diff(np.asarray(once), n=3, axis=0)).max() < 1e-4
    assert np.abs(np.diff(np.asarray(twice), n=4, axis=0)).max() < 1e-4
    assert np.abs(np.diff(np.asarray(twice), n=3, axis=0)).max() > 1e-3


def test_dcn_is_its_formula():
    model = build_all()["DCN"]
    randomize(model)
    layer_names = [layer.name for layer in model.layers if "cross_layer" in layer.name]
    vectors = [model.get_layer(f"{name}_vectors").get_weights()[0] for name in ("user", "film")]
    of_genre = GENRES @ model.get_layer("genre_vectors").get_weights()[0]
    user, film = ALL_PAIRS
    first = current = np.hstack([vectors[0][user], vectors[1][film], of_genre[film]])
    for name in layer_names:
        kernel, bias = model.get_layer(name).get_weights()
        current = first * (current @ kernel + bias) + current
    kernel, bias = model.get_layer("cross_score").get_weights()
    crossed = current @ kernel + bias
    silence(model)
    with_crosses = answer(model)
    silence(model, "cross_score")
    assert with_crosses - answer(model) == pytest.approx(crossed, rel=1e-3, abs=1e-3)


def ready(optimizers, seed=0):
    """Return (model, variables by path before, after) of one step with two optimizers."""
    keras.utils.set_random_seed(seed)
    model = build_all(to_like)["wide and deep"]
    model = training.TwoOptimizers(model.inputs, model.outputs, optimizers[0])
    model.compile(optimizers[1], "binary_crossentropy")
    clicked = (ALL_PAIRS.sum(axis=0) % 2).astype("float32")[:, np.newaxis]
    before = {variable.path: variable.numpy() for variable in model.trainable_variables}
    model.train_on_batch(list(ALL_PAIRS), clicked)
    return model, before, {v.path: v.numpy() for v in model.trainable_variables}


@pytest.mark.parametrize("still", ["wide", "deep"])
def test_each_optimizer_has_its_own_variables(still):
    rates = (0.0, 0.5) if still == "wide" else (0.5, 0.0)
    model, before, after = ready([keras.optimizers.SGD(rate) for rate in rates])
    wide = {variable.path for variable in model.wide_variables}
    assert any("cross" in path for path in wide) and any("biases" in path for path in wide)
    assert not any("vectors" in path or "hidden" in path for path in wide)
    moved = {path for path in before if np.abs(after[path] - before[path]).max() > 0}
    assert (
        moved and (moved <= wide) == (still == "deep") and bool(moved & wide) == (still == "deep")
    )


def test_two_optimizers_of_one_kind_are_one_optimizer():
    sgd = [keras.optimizers.SGD(0.3), keras.optimizers.SGD(0.3)]
    model, before, after = ready(sgd)
    keras.utils.set_random_seed(0)
    plain = build_all(to_like)["wide and deep"]
    plain.compile(keras.optimizers.SGD(0.3), "binary_crossentropy")
    clicked = (ALL_PAIRS.sum(axis=0) % 2).astype("float32")[:, np.newaxis]
    plain.train_on_batch(list(ALL_PAIRS), clicked)
    assert answer(model) == pytest.approx(answer(plain), abs=1e-6)
    for path in ("user_film_cross/embeddings", "hidden_0/kernel"):
        (other,) = [variable for variable in plain.variables if variable.path == path]
        assert np.abs(after[path] - before[path]).max() > 0
        assert after[path] == pytest.approx(other.numpy(), abs=1e-6)


def test_penalties_reach_the_gradients():
    model = models.build_wide_and_deep(
        MIXED, [USER_FILM], to_like, 50, 2, [3], 0.5, 0.5, 0.5, 0.5, 0.0
    )
    model = training.TwoOptimizers(model.inputs, model.outputs, keras.optimizers.SGD(0.1))
    model.compile("sgd", "binary_crossentropy")
    randomize(model)
    y = np.ones((48, 1), "float32")
    loss, gradients, _ = training.loss_gradients(
        model, list(ALL_PAIRS), y, None, model.trainable_variables
    )
    plain = keras.losses.BinaryCrossentropy()(y, answer(model))
    assert float(loss) > float(plain) + 1
    assert len(gradients) == len(model.trainable_variables)


def test_a_model_without_a_wide_part_is_refused():
    deep = build_all()["deep"]
    with pytest.raises(ValueError, match="num_wide_variables must be"):
        training.TwoOptimizers(deep.inputs, deep.outputs, keras.optimizers.SGD(0.1))


@pytest.fixture(scope="module")
def log():
    return click_log.make_click_log()


def test_the_log_holds_what_it_promises(log):
    assert log.chances.shape == (click_log.NUM_OCCUPATIONS, click_log.NUM_FILMS)
    assert log.is_exception.sum() == click_log.NUM_EXCEPTIONS
    assert log.is_exception.sum(axis=0).max() == 1
    assert (log.is_exception.sum(axis=1) == 1).all()
    assert log.is_shown[log.is_exception].all()
    shown = log.is_shown[log.train["user_index"], log.train["item_index"]]
    assert shown.all()
    shown = log.is_shown[log.validation["user_index"], log.validation["item_index"]]
    assert shown.mean() == pytest.approx(log.is_shown.mean(), abs=0.03)


def test_clicks_happen_as_often_as_the_chances_say(log):
    for rows in (log.train, log.validation):
        chances = log.chances[rows["user_index"], rows["item_index"]]
        assert rows["clicked"].mean() == pytest.approx(chances.mean(), abs=0.02)
        entropy = -np.mean(chances * np.log(chances) + (1 - chances) * np.log(1 - chances))
        assert log_loss(rows["clicked"], chances) == pytest.approx(entropy, abs=0.02)


def test_the_rule_speaks_against_every_exception():
    generator = np.random.default_rng(0)
    rule = click_log.rule_chances(generator)
    is_exception = click_log.choose_exceptions(rule, generator)
    assert rule[is_exception].max() < 0.1 < click_log.EXCEPTION
    score = np.log(rule / (1 - rule))
    # A bias per film, a constant, and a cosine of a difference: two products.
    assert np.linalg.matrix_rank(score - score.mean(axis=0), tol=1e-8) == 2


def test_excess_is_the_expected_log_loss_beyond_that_of_the_truth():
    chances, predicted = np.array([0.3, 0.9, 0.5]), np.array([0.3, 0.2, 0.9])

    def loss(claimed):
        return -(chances * np.log(claimed) + (1 - chances) * np.log(1 - claimed))

    expected = loss(predicted) - loss(chances)
    assert click_log.excess_log_loss(chances, predicted) == pytest.approx(expected)
    assert expected[0] == 0 and expected[1:].min() > 0


def test_judge_weighs_its_parts(log):
    assert set(click_log.judge(log, log.chances).values()) == {0.0}
    found = click_log.judge(log, np.full(log.chances.shape, 0.3))
    sizes = [
        log.is_exception.sum(),
        (log.is_shown & ~log.is_exception).sum(),
        (~log.is_shown).sum(),
    ]
    parts = [found[name] for name in ("exceptions", "seen", "unseen")]
    assert found["all"] == pytest.approx(np.average(parts, weights=sizes))


def test_the_wide_part_learns_an_exception_and_no_unseen_pair(log):
    """What is never shown keeps the biases alone: the weight of its cross stays zero."""
    fields = click_log.make_click_fields()
    num_bins = 2**20  # hardly any collisions
    model = models.build_wide(fields, [tuple(fields)], to_like, num_bins, 0.0, 0.0, 0.0)
    fit(
        model,
        log.train,
        epochs=2,
        learning_rate=0.3,
        target="clicked",
        loss="binary_crossentropy",
    )
    table = model.get_layer("occupation_film_cross").get_weights()[0][:, 0]
    pairs = click_log.all_pairs(log)
    bins = crosses.cross_index(*model_inputs(pairs), num_bins)
    weights = table[bins].reshape(log.chances.shape)
    assert (weights[log.is_exception] > 0.5).all()
    assert np.mean(weights[~log.is_shown] == 0) > 0.99
    found = predict(model, pairs).reshape(log.chances.shape)
    assert found[log.is_exception].mean() > 0.8


def test_sum_of_logits_by_hand():
    # Odds of 3 and 1/3 cancel; odds of 3 and 3 make 9; one half is silent.
    found = ensembles.sum_logits(np.array([0.75, 0.75, 0.8]), np.array([0.25, 0.75, 0.5]))
    assert found == pytest.approx([0.5, 0.9, 0.8])
    assert ensembles.average(np.array([0.75]), np.array([0.25])) == pytest.approx([0.5])


def test_threshold_follows_from_the_costs():
    assert decisions.best_threshold(1, 3) == 0.25
    chances = np.linspace(0, 1, 1001)
    costs = decisions.threshold_costs(chances, chances, 1, 3)
    assert costs.idxmin() == pytest.approx(0.25, abs=0.011)


def test_cost_of_a_threshold_by_hand():
    clicked, claimed = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.7, 0.2, 0.1])
    costs = decisions.threshold_costs(clicked, claimed, 1, 3)
    assert costs[0.0] == pytest.approx(2 / 4)  # all shown: two for nothing
    assert costs[0.5] == pytest.approx((1 + 3) / 4)  # one for nothing, one click missed
    assert costs[1.0] == pytest.approx(6 / 4)  # none shown: two clicks missed
