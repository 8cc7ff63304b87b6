"""Factorization machines: pairs by hand, special cases that must be exact, gradients."""

import functools
import itertools

import keras
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from utils import movielens
from utils.evaluation import split_random
from utils.units import matrix_factorization as mf
from utils.units.factorization_machines import fields as fm_fields
from utils.units.factorization_machines import heads, models, pairs

FREE = {"row_l2": 0.0, "bias_l2": 0.0, "column_l2": 0.0, "dropout": 0.0}
USERS, FILMS = 6, 8
ALL_PAIRS = np.indices((USERS, FILMS)).reshape(2, -1).astype("int32")


@pytest.fixture(scope="module")
def data():
    return movielens.load("100k")


@pytest.fixture
def row():
    generator = np.random.default_rng(3)
    return generator.normal(size=5), generator.normal(size=(5, 3))


def make_field(name, index, num_columns=None, seed=0):
    size = USERS if index == "user_index" else FILMS
    rows = None
    if num_columns:
        rows = np.random.default_rng(seed).random((size, num_columns)).astype("float32")
    return fm_fields.Field(name, index, size, rows)


IDS = [make_field("user", "user_index"), make_field("film", "item_index")]
MIXED = [*IDS, make_field("rated", "user_index", 8, 1), make_field("genre", "item_index", 3, 2)]


def score(head_input):
    return head_input


def randomize(model):
    """Give a model weights that are no zeros."""
    generator = np.random.default_rng(1)
    for variable in model.trainable_variables:
        variable.assign(generator.normal(0, 0.5, variable.shape))


def set_weights(layer, offset, linear, vectors):
    layer.set_weights([np.array(offset), linear, vectors])


def predict(model):
    return np.asarray(model(list(ALL_PAIRS), training=False))


def weights(model):
    return {layer.name: layer.get_weights()[0] for layer in model.layers if layer.weights}


def as_rows(pairs_of_ids):
    return pd.DataFrame({"user_index": pairs_of_ids[0], "item_index": pairs_of_ids[1]})


def test_three_columns_by_hand():
    values = np.array([1.0, 2.0, -1.0])
    vectors = np.array([[1.0, 0.0], [0.5, 1.0], [2.0, -1.0]])
    # <v0, v1> = 0.5, <v0, v2> = 2, <v1, v2> = 0; times the values: 1 - 2 + 0.
    assert pairs.sum_all_pairs(values, vectors) == pytest.approx(-1)
    assert pairs.pair_sum(values, vectors) == pytest.approx(-1)


@pytest.mark.parametrize("num_columns", [1, 2, 5, 40])
def test_identity_is_exact(num_columns):
    generator = np.random.default_rng(num_columns)
    values, vectors = generator.normal(size=num_columns), generator.normal(size=(num_columns, 4))
    both = pairs.sum_all_pairs(values, vectors), pairs.pair_sum(values, vectors)
    assert both[0] == pytest.approx(both[1], abs=1e-12 * num_columns**2)


def test_sum_over_all_i_and_j_counts_pairs_twice_and_adds_the_diagonal(row):
    values, vectors = row
    scaled = values[:, np.newaxis] * vectors
    full = np.sum(scaled @ scaled.T)
    diagonal = np.sum(scaled**2)
    assert full == pytest.approx(2 * pairs.pair_sum(values, vectors) + diagonal)


def test_gradient_against_finite_differences(row):
    values, vectors = row
    slopes = approx_fprime(
        vectors.ravel(), lambda flat: pairs.pair_sum(values, flat.reshape(5, 3)), 1e-6
    )
    assert pairs.pair_gradient(values, vectors).ravel() == pytest.approx(slopes, abs=1e-4)
    values[2] = 0
    assert not pairs.pair_gradient(values, vectors)[2].any()


def test_field_aware_sum_has_two_special_cases(row):
    values, vectors = row
    one_field = vectors[:, np.newaxis, :]
    expected = pytest.approx(pairs.pair_sum(values, vectors))
    assert pairs.field_pair_sum(values, np.zeros(5, int), one_field) == expected
    equal_slices = np.repeat(one_field, 2, axis=1)
    assert pairs.field_pair_sum(values, np.array([0, 1, 1, 0, 1]), equal_slices) == expected


def test_a_column_meets_another_with_the_vector_for_the_others_field():
    vectors = np.zeros((2, 2, 1))
    vectors[0, 1], vectors[1, 0] = 3.0, 5.0  # 0 for field 1, 1 for field 0
    assert pairs.field_pair_sum(np.array([2.0, 1.0]), np.array([0, 1]), vectors) == 30


def test_parameters_are_those_of_the_layers():
    counts = pairs.count_parameters(num_columns=10, num_fields=3, dim=4)
    assert counts == {"linear": 11, "every pair": 56, "FM": 51, "FFM": 131}
    layer = models.FactorizationMachine(4)
    layer.build((None, 10))
    assert layer.count_params() == counts["FM"]
    columns = sum(field.num_columns for field in MIXED)
    counts = pairs.count_parameters(columns, len(MIXED), 4)
    for name, build in (("FM", models.build_fm), ("FFM", models.build_ffm)):
        learned = build(MIXED, score, 4, **FREE).trainable_weights
        assert sum(np.prod(weight.shape) for weight in learned) == counts[name] - 1  # no offset


def test_layer_is_the_formula_and_is_rebuilt_from_its_config(row):
    values, vectors = row
    layer = models.FactorizationMachine(3)
    layer.build((None, 5))
    set_weights(layer, [0.7], np.arange(5.0)[:, np.newaxis], vectors)
    expected = 0.7 + values @ np.arange(5.0) + pairs.sum_all_pairs(values, vectors)
    assert np.asarray(layer(values[np.newaxis])).item() == pytest.approx(expected, rel=1e-5)
    assert models.FactorizationMachine.from_config(layer.get_config()).dim == 3


def test_gradient_of_the_layer_by_finite_differences(row):
    values, vectors = row
    layer = models.FactorizationMachine(3)
    layer.build((None, 5))
    layer.vectors.assign(vectors)
    model = keras.Sequential([keras.Input((5,)), layer])
    model.compile(keras.optimizers.SGD(1.0), loss=lambda truth, scores: -scores)
    model.train_on_batch(values[np.newaxis].astype("float32"), np.zeros((1, 1), "float32"))
    step = np.asarray(layer.vectors) - vectors
    assert step == pytest.approx(pairs.pair_gradient(values, vectors), abs=1e-4)


def test_with_ids_alone_it_is_biased_matrix_factorization():
    biased = mf.build_biased_model(USERS, FILMS, 3, mean_rating=3.5)
    randomize(biased)
    users, films, of_users, of_films = (
        weights(biased)[name] for name in ("user_factors", "item_factors", "user_bias", "item_bias")
    )
    expected = predict(biased)
    layer = models.FactorizationMachine(3)
    layer.build((None, USERS + FILMS))
    set_weights(layer, [3.5], np.vstack([of_users, of_films]), np.vstack([users, films]))
    rows = np.hstack([np.eye(USERS)[ALL_PAIRS[0]], np.eye(FILMS)[ALL_PAIRS[1]]])
    assert np.asarray(layer(rows.astype("float32"))) == pytest.approx(expected, abs=1e-6)

    on_fields = models.build_fm(IDS, score, 3, **FREE)
    for name, value in (
        ("user_vectors", users),
        ("film_vectors", films),
        ("user_biases", of_users),
        ("film_biases", of_films),
    ):
        on_fields.get_layer(name).set_weights([value])
    assert predict(on_fields) + 3.5 == pytest.approx(expected, abs=1e-6)


def test_with_the_bag_of_rated_films_it_contains_svdpp_and_one_pair_more():
    """Biases + q.(p + sum of y) is SVD++ (unit 06); p.(sum of y) is the pair more."""
    model = models.build_fm(MIXED[:3], score, 3, **FREE)
    randomize(model)
    tables = weights(model)
    bag = MIXED[2].rows
    p, q, y = tables["user_vectors"], tables["film_vectors"], bag @ tables["rated_vectors"]
    of_users = tables["user_biases"] + bag @ tables["rated_biases"]
    svdpp = of_users + tables["film_biases"].T + (p + y) @ q.T
    more = np.sum(p * y, axis=1, keepdims=True)
    assert predict(model).reshape(USERS, FILMS) == pytest.approx(svdpp + more, abs=1e-5)


def test_on_fields_it_is_the_layer_on_written_out_rows_without_pairs_inside_a_field():
    model = models.build_fm(MIXED, score, 3, **FREE)
    randomize(model)
    tables = weights(model)
    rows = fm_fields.write_rows(MIXED, as_rows(ALL_PAIRS))
    vectors = [tables[f"{field.name}_vectors"] for field in MIXED]
    layer = models.FactorizationMachine(3)
    layer.build((None, rows.shape[1]))
    linear = np.vstack([tables[f"{field.name}_biases"] for field in MIXED])
    set_weights(layer, [0.0], linear, np.vstack(vectors))
    edges = np.cumsum([field.num_columns for field in MIXED])[:-1]
    inside = [
        [pairs.sum_all_pairs(part, of_field) for part in parts]
        for parts, of_field in zip(np.split(rows, edges, axis=1), vectors, strict=True)
    ]
    assert not np.any(inside[0]) and np.any(inside[2])  # an id has one column that is not zero
    expected = np.asarray(layer(rows)).ravel() - np.sum(inside, axis=0)
    assert predict(model).ravel() == pytest.approx(expected, abs=1e-4)


def test_products_of_all_pairs_of_vectors():
    vectors = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    expected = sum(vectors[:, f] * vectors[:, g] for f, g in itertools.combinations(range(4), 2))
    assert np.asarray(models.pair_products(vectors)) == pytest.approx(expected, abs=1e-5)


def test_field_aware_model_is_its_formula():
    model = models.build_ffm(MIXED, score, 2, **FREE)
    randomize(model)
    tables = weights(model)
    rows = fm_fields.write_rows(MIXED, as_rows(ALL_PAIRS))
    vectors = np.vstack([tables[f"{field.name}_vectors"] for field in MIXED]).reshape(-1, 4, 2)
    of_field = np.repeat(np.arange(4), [field.num_columns for field in MIXED])
    linear = rows @ np.vstack([tables[f"{field.name}_biases"] for field in MIXED])
    for place in (0, 13, 47):
        row = rows[place].astype(float)
        inside = sum(
            pairs.field_pair_sum(row * (of_field == field), of_field, vectors) for field in range(4)
        )
        expected = linear[place] + pairs.field_pair_sum(row, of_field, vectors) - inside
        assert predict(model)[place] == pytest.approx(expected, abs=1e-4)


def test_with_equal_slices_a_field_aware_model_is_the_plain_one():
    plain, aware = (build(MIXED, score, 3, **FREE) for build in (models.build_fm, models.build_ffm))
    randomize(plain)
    for name, table in weights(plain).items():
        if not name.endswith("rows"):
            copies = len(MIXED) if name.endswith("vectors") else 1
            aware.get_layer(name).set_weights([np.tile(table, copies)])
    assert predict(aware) == pytest.approx(predict(plain), abs=1e-5)


def test_pairs_across_are_those_of_the_user_with_those_of_the_film():
    vectors = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")
    across = models.cross_products(vectors, [True, False, True, False])
    expected = sum(vectors[:, f] * vectors[:, g] for f in (0, 2) for g in (1, 3))
    assert np.asarray(across) == pytest.approx(expected, abs=1e-5)
    inside = vectors[:, 0] * vectors[:, 2] + vectors[:, 1] * vectors[:, 3]
    both = np.asarray(across) + inside
    assert both == pytest.approx(np.asarray(models.pair_products(vectors)), abs=1e-5)


def test_pairs_inside_the_fields_of_a_user_are_the_same_for_every_film():
    """So they can move a user's bias, and nothing else."""
    of_user = [field.index == "user_index" for field in MIXED]
    all_pairs, across = (
        models.build_fm(MIXED, score, 3, **FREE, products=products)
        for products in (
            models.pair_products,
            functools.partial(models.cross_products, of_user=of_user),
        )
    )
    randomize(all_pairs)
    across.set_weights(all_pairs.get_weights())
    left = (predict(all_pairs) - predict(across)).reshape(USERS, FILMS)
    without_biases = left - left.mean(axis=0) - left.mean(axis=1, keepdims=True) + left.mean()
    assert np.abs(without_biases).max() < 1e-5 < np.abs(left).max()


def test_heads():
    model = models.build_fm(IDS, heads.to_like, 2, **FREE)
    assert predict(model) == pytest.approx(np.full((48, 1), 0.5), abs=1e-2)  # nothing learned yet
    model = models.build_fm(IDS, heads.to_stars_given, 2, **FREE)
    given = predict(model)
    assert given.shape == (48, 5)
    assert given.sum(axis=1) == pytest.approx(np.ones(48), abs=1e-5)
    assert heads.predict_given(model, as_rows(ALL_PAIRS)) == pytest.approx(given, abs=1e-6)


def test_stars_and_likes_of_a_distribution():
    given = np.array([[0.1, 0.2, 0.4, 0.2, 0.1], [0, 0, 0, 0, 1]])
    assert heads.mean_stars(given) == pytest.approx([3.0, 5.0])
    assert heads.like_probability(given) == pytest.approx([0.3, 1.0])


def test_dropout_drops_factors_with_all_their_pairs():
    model = models.build_fm(MIXED, score, 50, **{**FREE, "dropout": 0.9})
    randomize(model)
    outputs = [np.asarray(model(list(ALL_PAIRS), training=True)) for _ in range(2)]
    assert np.abs(outputs[0] - outputs[1]).max() > 0.1
    assert predict(model) == pytest.approx(predict(model))


def test_fields_of_movielens(data):
    train, test = split_random(data.ratings)
    fields = {field.name: field for field in fm_fields.make_fields(data, train)}
    assert list(fields) == list(fm_fields.ALL_FIELDS)
    columns = {name: field.num_columns for name, field in fields.items()}
    assert columns["user"] == columns["raters"] == data.num_users == 943
    assert columns["film"] == columns["rated"] == data.num_items == 1682
    assert (columns["age"], columns["sex"], columns["occupation"]) == (6, 2, 21)
    assert (columns["genre"], columns["year"], columns["popularity"]) == (19, 7, 1)
    for name in ("rated", "age", "sex", "occupation", "user"):
        assert fields[name].index == "user_index"
    rows = fm_fields.write_rows(fields.values(), test.head(3))
    assert rows.shape == (3, sum(columns.values()))
    first = test.iloc[0]
    assert rows[0, first["user_index"]] == rows[0, 943 + first["item_index"]] == 1


def test_bags_know_training_ratings_alone(data):
    train, test = split_random(data.ratings)
    rated = fm_fields.make_fields(data, train, ["rated"])[0].rows
    assert not rated[test["user_index"], test["item_index"]].any()
    assert rated[train["user_index"], train["item_index"]].all()


def test_unknown_field(data):
    with pytest.raises(ValueError, match="name must be one of .*, received 'color'"):
        fm_fields.make_fields(data, data.ratings, ["color"])
