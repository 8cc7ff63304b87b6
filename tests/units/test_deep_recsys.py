"""Networks, hybrid models and fold-in: hand-computed cases, neutral ids, oracles."""

import keras
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from utils import blocks, evaluation, movielens, training
from utils.experiments import deep_recsys_folds as folds
from utils.experiments import deep_recsys_search as search
from utils.figures import deep_recsys as figures
from utils.units.deep_recsys import fold_in, models, star_classes
from utils.units.deep_recsys.settings import SETTINGS

FREE = {"row_l2": 0.0, "dropout": 0.0}
FREE_SUMS = {**FREE, "column_l2": 0.0}
FREE_SCORES = {**FREE_SUMS, "bias_l2": 0.0}
PAIRS = np.indices((6, 8)).reshape(2, -1).astype("int32")


@pytest.fixture(scope="module")
def data():
    return movielens.load("100k")


@pytest.fixture
def rows():
    generator = np.random.default_rng(0)
    return generator.random((6, 4)).astype("float32"), generator.random((8, 3)).astype("float32")


def predict(model):
    return np.asarray(model(list(PAIRS), training=False))


def randomize(model):
    """Give a model weights that are no zeros."""
    generator = np.random.default_rng(1)
    for variable in model.trainable_variables:
        variable.assign(generator.normal(0, 0.5, variable.shape))


def test_mlp_prediction_is_its_formula():
    model = models.build_mlp_model(6, 8, 3, 3.5, **FREE)
    randomize(model)
    users, films = (model.get_layer(f"{who}_factors").get_weights()[0] for who in ("user", "item"))
    hidden = np.hstack([users[PAIRS[0]], films[PAIRS[1]]])
    first, second, last = (
        layer.get_weights() for layer in model.layers if isinstance(layer, keras.layers.Dense)
    )
    for kernel, bias in (first, second):
        hidden = hidden @ kernel + bias
        hidden = hidden / (1 + np.exp(-hidden))  # silu
    scores = hidden @ last[0] + last[1] + np.log(2.5 / 1.5)
    assert predict(model) == pytest.approx(1 + 4 / (1 + np.exp(-scores)), abs=1e-4)


def test_a_network_is_shared_by_all_who_bring_vectors(rows):
    """Metadata and sums enter the same network as plain embeddings do."""
    for model in (
        models.build_mlp_with_metadata(*rows, 3, 3.5, **FREE),
        models.build_mlp_on_sums(*rows, 3, 3.5, **FREE_SUMS),
    ):
        units = [layer.units for layer in model.layers if hasattr(layer, "units")]
        assert units[-3:] == [64, 32, 1]


def test_an_own_vector_and_an_own_bias_are_added_to_those_of_the_columns(rows):
    index = keras.Input((), dtype="int32")
    vector, biases = models.sum_columns(index, rows[0], 5, "user", 0.0, 0.0, 0.0)
    model = keras.Model(index, [vector, *biases])
    randomize(model)
    table = {layer.name: layer.get_weights()[0] for layer in model.layers if layer.weights}
    users = np.array([4, 0, 4])
    vector, own_bias, column_bias = (np.asarray(part) for part in model(users))
    both = table["user_factors"] + rows[0] @ table["user_columns"]
    assert vector == pytest.approx(both[users], abs=1e-5)
    assert own_bias == pytest.approx(table["user_bias"][users])
    assert column_bias == pytest.approx((rows[0] @ table["user_column_biases"])[users], abs=1e-5)


def test_hybrid_prediction_is_its_formula(rows):
    model = models.build_hybrid_model(*rows, 5, 3.5, **FREE_SCORES)
    randomize(model)
    table = {layer.name: layer.get_weights()[0] for layer in model.layers if layer.weights}
    users = table["user_factors"] + rows[0] @ table["user_columns"]
    films = table["item_factors"] + rows[1] @ table["item_columns"]
    biases = table["user_bias"] + rows[0] @ table["user_column_biases"]
    biases = biases + (table["item_bias"] + rows[1] @ table["item_column_biases"]).T
    scores = users @ films.T + biases + np.log(2.5 / 1.5)
    assert predict(model).reshape(6, 8) == pytest.approx(1 + 4 / (1 + np.exp(-scores)), abs=1e-4)


@pytest.mark.parametrize(
    "kind", ["hybrid", "mlp", "mlp with metadata", "mlp on sums", "classifier"]
)
def test_an_id_never_trained_stays_neutral(rows, kind):
    """Users 0 and 1 share a row and are not trained; users 2 and 3 share one and are."""
    rows[0][1], rows[0][3] = rows[0][0], rows[0][2]
    build = {
        "hybrid": lambda: models.build_hybrid_model(*rows, 4, 3.5, **FREE_SCORES),
        "mlp": lambda: models.build_mlp_model(6, 8, 4, 3.5, **FREE),
        "mlp with metadata": lambda: models.build_mlp_with_metadata(*rows, 4, 3.5, **FREE),
        "mlp on sums": lambda: models.build_mlp_on_sums(*rows, 4, 3.5, **FREE_SUMS),
        "classifier": lambda: star_classes.build_star_classifier(*rows, 4, **FREE_SCORES),
    }
    keras.utils.set_random_seed(0)
    model = build[kind]()
    users, items = np.array([2, 2, 3, 3, 4]), np.array([1, 2, 1, 2, 5])
    stars = np.array([5, 4, 1, 2, 3])
    loss = "sparse_categorical_crossentropy" if kind == "classifier" else "mse"
    model.compile(keras.optimizers.Adam(0.1), loss=loss)
    targets = stars - 1 if kind == "classifier" else stars[:, np.newaxis]
    many = [np.tile(users, 25), np.tile(items, 25)], np.concatenate([targets] * 25)
    model.fit(*many, batch_size=5, shuffle=False, verbose=0)
    predictions = predict(model).reshape(6, 8, -1)
    assert predictions[0] == pytest.approx(predictions[1], abs=1e-6)
    gap = np.abs(predictions[2] - predictions[3])[[1, 2]]
    assert gap.max() > 0.2, "trained on other ratings, two users must come apart"


@pytest.mark.parametrize("mean_rating", [2.0, 3.53, 4.5])
def test_predictions_start_at_the_mean(rows, mean_rating):
    for model in (
        models.build_hybrid_model(*rows, 4, mean_rating, **FREE_SCORES),
        models.build_mlp_model(6, 8, 4, mean_rating, **FREE),
    ):
        assert predict(model) == pytest.approx(mean_rating, abs=0.3)


def test_facts_are_not_trained(rows):
    model = models.build_hybrid_model(*rows, 4, 3.5, **FREE_SCORES)
    model.compile("sgd", loss="mse")
    model.train_on_batch(list(PAIRS), np.ones((48, 1)))
    assert model.get_layer("user_rows").get_weights()[0] == pytest.approx(rows[0])


def test_classifier_and_hybrid_model_score_alike(rows):
    """Before training, more stars in one model are more stars in the other."""
    keras.utils.set_random_seed(0)
    stars = predict(models.build_hybrid_model(*rows, 4, 3.0, **FREE_SCORES)).ravel()
    keras.utils.set_random_seed(0)
    chances = predict(star_classes.build_star_classifier(*rows, 4, **FREE_SCORES))
    scores = [blocks.to_score(star) for star in stars]
    powers = np.exp(np.outer(scores, [-2, -1, 0, 1, 2]))
    assert chances == pytest.approx(powers / powers.sum(axis=1, keepdims=True), abs=1e-4)


def test_classifier_gives_probabilities_and_three_readings(rows):
    model = star_classes.build_star_classifier(*rows, 4, **FREE_SCORES)
    probabilities = predict(model)
    assert probabilities.shape == (48, 5)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-5)
    chances = np.array([[0.3, 0.1, 0.2, 0.2, 0.2], [0, 0, 0, 0.5, 0.5]])
    assert star_classes.expected_stars(chances) == pytest.approx([2.9, 4.5])
    assert star_classes.median_stars(chances).tolist() == [3, 4]


def test_claimed_spread_by_hand():
    chances = np.array([[0, 0, 1.0, 0, 0], [0.5, 0, 0, 0, 0.5], [0, 0.5, 0, 0.5, 0]])
    assert star_classes.claimed_spread(chances) == pytest.approx([0, 2, 1])


def test_calibration_of_an_honest_classifier():
    """Ratings drawn from the probabilities themselves: claimed and observed errors agree."""
    generator = np.random.default_rng(0)
    chances = generator.dirichlet(np.ones(5), size=40_000)
    ratings = 1 + (chances.cumsum(axis=1) < generator.random((40_000, 1))).sum(axis=1)
    claimed, observed = star_classes.calibrate(chances, ratings)
    assert (np.diff(claimed) > 0).all()
    assert observed == pytest.approx(claimed, abs=0.05)
    too_sure = chances**2 / (chances**2).sum(axis=1, keepdims=True)
    claimed, observed = star_classes.calibrate(too_sure, ratings)
    assert (observed > claimed).all()
    assert np.mean(observed - claimed) > 0.1


def test_no_guess_beats_mean_and_median():
    generator = np.random.default_rng(0)
    guesses = np.linspace(1, 5, 401)
    for chances in generator.dirichlet(np.ones(5), size=20):
        errors = star_classes.STARS - guesses[:, None]
        mean = star_classes.expected_stars(chances[None])[0]
        median = star_classes.median_stars(chances[None])[0]
        assert mean == pytest.approx(guesses[np.argmin(errors**2 @ chances)], abs=0.01)
        absolute = np.abs(errors) @ chances
        assert np.abs(star_classes.STARS - median) @ chances == pytest.approx(absolute.min())


def test_classifier_learns_from_fit(data):
    train = data.ratings.head(2_000)
    rows = np.ones((943, 1), "float32"), np.ones((1682, 1), "float32")
    model = star_classes.build_star_classifier(*rows, 2, **FREE_SCORES)
    history = training.fit(
        model,
        train.assign(star_class=train["rating"] - 1),
        epochs=3,
        batch_size=200,
        learning_rate=0.1,
        target="star_class",
        loss="sparse_categorical_crossentropy",
    )
    assert history.history["loss"][-1] < history.history["loss"][0]
    shares = train["rating"].value_counts(normalize=True).sort_index().to_numpy()
    probabilities = star_classes.predict_probabilities(model, train)
    assert probabilities.mean(axis=0) == pytest.approx(shares, abs=0.05)


@pytest.fixture
def tables():
    """Six films: 0, 1, 2 lie along the first axis, 3, 4, 5 along the second."""
    films = np.repeat(np.eye(2) * 1.5, 3, axis=0)
    columns = np.vstack([films, [[0.2, 0.0]]])  # a bag of six films and one fact
    return fold_in.Tables(films, np.linspace(0, 0.5, 6), columns * 0.1, np.zeros(7), 0.4)


@pytest.fixture
def items():
    return pd.DataFrame(
        {"item_index": range(6), "item_id": range(10, 16), "title": [f"Film {n}" for n in "ABCDEF"]}
    )


def test_read_tables_agrees_with_the_model(rows):
    bags = np.hstack([np.zeros((6, 8)), rows[0]]).astype("float32")
    model = models.build_hybrid_model(bags, rows[1], 5, 3.2, **FREE_SCORES)
    randomize(model)
    for name in ("user_factors", "user_bias"):
        layer = model.get_layer(name)
        layer.set_weights([np.zeros_like(layer.get_weights()[0])])
    tables = fold_in.read_tables(model, 3.2)
    for user, of_model in enumerate(predict(model).reshape(6, 8)):
        assert fold_in.predict_new_user(tables, [], [], rows[0][user]) == pytest.approx(
            of_model, abs=1e-4
        )


def test_own_numbers_are_where_the_gradient_is_zero():
    generator = np.random.default_rng(0)
    films, scores, stars = generator.normal(size=(4, 3)), generator.normal(size=4), [5, 1, 4, 2]

    def loss(own):
        predictions = 1 + 4 / (1 + np.exp(-(scores + films @ own[:3] + own[3])))
        return np.sum((predictions - stars) ** 2) + 5 * np.sum(own**2)

    own, bias = fold_in.fit_own_numbers(films, scores, np.array(stars), shrinkage=5)
    solution = np.append(own, bias)
    assert approx_fprime(solution, loss, 1e-6) == pytest.approx(np.zeros(4), abs=1e-2)
    assert loss(solution) < loss(np.zeros(4))


def test_without_ratings_nothing_is_a_users_own():
    own, bias = fold_in.fit_own_numbers(np.zeros((0, 3)), np.zeros(0), np.zeros(0), shrinkage=5)
    assert own.tolist() == [0, 0, 0]
    assert bias == 0


def test_stars_pull_the_films_alike(tables):
    fact = np.zeros(1)
    before = fold_in.predict_new_user(tables, [], [], fact)
    loves = fold_in.predict_new_user(tables, [0, 1], [5, 5], fact)
    hates = fold_in.predict_new_user(tables, [0, 1], [1, 1], fact)
    assert loves[2] > before[2] > hates[2]
    assert loves[2] - before[2] > loves[5] - before[5], "films of the same kind move most"
    more = fold_in.predict_new_user(tables, [0, 1, 2], [5, 5, 5], fact)
    assert more[2] > loves[2]


def test_order_of_the_ratings_does_not_matter(tables):
    first = fold_in.predict_new_user(tables, [0, 4], [5, 2], np.ones(1))
    second = fold_in.predict_new_user(tables, [4, 0], [2, 5], np.ones(1))
    assert first == pytest.approx(second, abs=1e-4)


def test_a_rated_film_is_never_recommended(tables, items):
    ratings = {"Film A": 5, "Film E": 4}
    answer = fold_in.rate_and_recommend(tables, ratings, items, np.zeros(1), k=6)
    assert sorted(answer["title"]) == ["Film B", "Film C", "Film D", "Film F"]
    assert answer["after"].is_monotonic_decreasing


def test_without_ratings_before_is_after(tables, items):
    answer = fold_in.rate_and_recommend(tables, {}, items, np.zeros(1), k=6)
    cold = fold_in.predict_new_user(tables, [], [], np.zeros(1))
    assert answer["before"].tolist() == pytest.approx(np.sort(cold)[::-1].tolist())
    assert answer["after"].tolist() == answer["before"].tolist()


def test_before_belongs_to_the_film_beside_it(tables, items):
    answer = fold_in.rate_and_recommend(tables, {"Film A": 1}, items, np.zeros(1), k=6)
    cold = fold_in.predict_new_user(tables, [], [], np.zeros(1))
    places = items.set_index("title").loc[answer["title"], "item_index"]
    assert answer["before"].tolist() == pytest.approx(cold[places].tolist())


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ({"Film Z": 4}, "received 'Film Z'"),
        ({"Film A": 0}, "received 0"),
        ({"Film A": 6}, "received 6"),
    ],
    ids=["no such film", "no stars", "six stars"],
)
def test_impossible_ratings_are_refused(tables, items, ratings, message):
    with pytest.raises(ValueError, match=message):
        fold_in.rate_and_recommend(tables, ratings, items, np.zeros(1))


def test_moving_a_slider_changes_the_table(tables, items, monkeypatch):
    shown = []
    monkeypatch.setattr(figures, "display", lambda bundle, raw: shown.append(bundle))
    boxes = []
    monkeypatch.setattr(
        figures.ipywidgets, "VBox", lambda children: boxes.append(children) or _Box()
    )
    asked = []

    def answer(ratings):
        asked.append(ratings)
        return fold_in.rate_and_recommend(tables, ratings, items, np.zeros(1), 3)

    figures.show_sliders(["Film A", "Film D"], answer)
    assert asked == [{}], "nothing is rated at the start"
    first, _, table = boxes[0]
    before = table.value
    first.value = 5
    assert asked[-1] == {"Film A": 5}
    assert table.value != before
    assert "Film A" not in table.value
    assert "Run this cell" in shown[0]["text/plain"]


class _Box:
    def _repr_mimebundle_(self):
        return {"text/plain": "VBox(...)"}


def test_a_move_stays_in_the_grid_and_near():
    generator = np.random.default_rng(0)
    for _ in range(200):
        start = {
            name: values[generator.integers(len(values))] for name, values in search.GRID.items()
        }
        moved = search.move(start, generator)
        for name, values in search.GRID.items():
            assert abs(values.index(moved[name]) - values.index(start[name])) <= 1
    corner = {name: values[0] for name, values in search.GRID.items()}
    moves = [search.move(corner, generator)["dropout"] for _ in range(50)]
    assert set(moves) == {0.0, 0.1}


def test_the_search_never_sees_a_test_row(data):
    _, test = evaluation.split_random(data.ratings)
    for _, run in search.experiments():
        _, _, train, validation = run.args
        for part in (train, validation):
            assert not part.index.isin(test.index).any()
        assert not validation.index.isin(train.index).any()


@pytest.mark.parametrize("model_name", search.BUILDERS)
def test_the_table_uses_the_best_of_equally_many_trials(model_name):
    trials = search.load_trials()
    assert sorted(trials.loc[trials["model"] == model_name, "trial"]) == list(search.SEEDS)
    best = search.best_settings(trials, model_name)
    chosen = SETTINGS[model_name]
    assert {name: best[name] for name in chosen} == chosen


def test_the_mean_of_the_seeds_so_far_is_measured_beside_each(monkeypatch):
    """Errors 1, -1 and 1 of three seeds: each alone has 1, the mean of them 1, 0 and 1/3."""
    test = pd.DataFrame({"rating": [3, 3]})
    predictions = {0: [4.0, 4.0], 1: [2.0, 2.0], 2: [4.0, 4.0]}
    monkeypatch.setattr(folds, "_fold", lambda number: (None, None, test))
    monkeypatch.setattr(folds, "_predict", lambda number, seed: np.array(predictions[seed]))
    measured = [folds.measure_best(1, seed) for seed in range(3)]
    assert [metrics["rmse"] for metrics in measured] == pytest.approx([1, 1, 1])
    assert [metrics["rmse_of_mean"] for metrics in measured] == pytest.approx([1, 0, 1 / 3])
    assert [metrics["mae_of_mean"] for metrics in measured] == pytest.approx([1, 0, 1 / 3])
