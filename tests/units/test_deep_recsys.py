"""Metadata as columns, hybrid models, and fold-in: hand-computed cases, neutral ids, oracles."""

import keras
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from utils import evaluation, metadata, movielens, results
from utils.experiments import deep_recsys as experiment
from utils.experiments import deep_recsys_search as search
from utils.figures import deep_recsys as figures
from utils.units.deep_recsys import fold_in, models, star_classes

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


def test_a_user_has_one_band_one_sex_one_occupation(data):
    facts = metadata.describe_users(data.users)
    for prefix in ("age ", "sex ", "occupation "):
        assert (facts.filter(like=prefix).sum(axis=1) == 1).all()
    assert facts.shape == (943, 6 + 2 + 21)
    first = facts.loc[0]  # 24 years, M, technician
    assert set(first.index[first == 1]) == {"age 18 to 24", "sex M", "occupation technician"}


@pytest.mark.parametrize(
    ("age", "band"),
    [(7, "under 18"), (17, "under 18"), (18, "18 to 24"), (34, "25 to 34"), (55, "55 or more")],
)
def test_age_bands_start_where_they_say(age, band):
    users = pd.DataFrame({"age": [age], "sex": ["F"], "occupation": ["none"]})
    assert metadata.describe_users(users)[f"age {band}"].tolist() == [1]


def test_film_facts_by_hand():
    items = pd.DataFrame(
        {
            "item_index": [0, 1, 2],
            "genres": [("Drama", "War"), ("War",), ("Comedy",)],
            "year": pd.array([1995, None, 1959], dtype="Int64"),
        }
    )
    train = pd.DataFrame({"item_index": [0, 0, 0, 1]})
    facts = metadata.describe_films(items, train)
    assert facts["genre War"].tolist() == [1, 1, 0]
    assert facts["genre Drama"].tolist() == [1, 0, 0]
    assert facts["year before 1960"].tolist() == [0, 0, 1]
    assert facts.filter(like="year").loc[1].sum() == 0, "a missing year lies in no band"
    assert facts["popularity"].tolist() == pytest.approx([1, np.log(2) / np.log(4), 0])


def test_genres_and_popularity_of_movielens(data):
    train = data.ratings[data.ratings["item_index"] != 3]
    facts = metadata.describe_films(data.items, train)
    assert facts.filter(like="genre").sum(axis=1).tolist() == data.items["genres"].map(len).tolist()
    assert facts.loc[3, "popularity"] == 0
    assert facts["popularity"].between(0, 1).all()


def test_cold_split_holds_out_whole_users_and_films(data):
    train, test = evaluation.split_cold(data.ratings, data.num_users, data.num_items, seed=3)
    assert len(train) + len(test) == 100_000
    assert not train.index.isin(test.index).any()
    user_is_new = ~test["user_index"].isin(train["user_index"])
    film_is_new = ~test["item_index"].isin(train["item_index"])
    assert (user_is_new | film_is_new).all()
    assert test.loc[user_is_new, "user_index"].nunique() == 94
    other = evaluation.split_cold(data.ratings, data.num_users, data.num_items, seed=4)[1]
    assert not other.index.equals(test.index)


@pytest.mark.parametrize("score", [-50.0, -1.0, 0.0, 3.0, 50.0])
def test_stars_lie_between_one_and_five(score):
    stars = float(models.to_stars(score))
    assert 1 <= stars <= 5
    assert stars == pytest.approx(1 + 4 / (1 + np.exp(-score)), abs=1e-5)


@pytest.mark.parametrize("stars", [1.2, 3.0, 4.9])
def test_score_is_the_inverse_of_stars(stars):
    assert float(models.to_stars(models.to_score(stars))) == pytest.approx(stars)


def test_hybrid_prediction_is_its_formula(rows):
    model = models.build_hybrid_model(*rows, 5, mean_rating=3.5)
    generator = np.random.default_rng(1)
    for variable in model.trainable_variables:
        variable.assign(generator.normal(0, 0.5, variable.shape))
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
        "hybrid": lambda: models.build_hybrid_model(*rows, 4, 3.5),
        "mlp": lambda: models.build_mlp_model(6, 8, 4, 3.5),
        "mlp with metadata": lambda: models.build_mlp_with_metadata(*rows, 4, 3.5),
        "mlp on sums": lambda: models.build_mlp_on_sums(*rows, 4, 3.5),
        "classifier": lambda: star_classes.build_star_classifier(*rows, 4),
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
        models.build_hybrid_model(*rows, 4, mean_rating),
        models.build_mlp_model(6, 8, 4, mean_rating),
    ):
        assert predict(model) == pytest.approx(mean_rating, abs=0.3)


def test_facts_are_not_trained(rows):
    model = models.build_hybrid_model(*rows, 4, 3.5)
    model.compile("sgd", loss="mse")
    model.train_on_batch(list(PAIRS), np.ones((48, 1)))
    assert model.get_layer("user_rows").get_weights()[0] == pytest.approx(rows[0])


def test_classifier_gives_probabilities_and_three_readings(rows):
    model = star_classes.build_star_classifier(*rows, 4)
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
    model = star_classes.build_star_classifier(*rows, 2)
    history = star_classes.fit_classifier(model, train, epochs=3, batch_size=200, learning_rate=0.1)
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
    model = models.build_hybrid_model(bags, rows[1], 5, mean_rating=3.2)
    generator = np.random.default_rng(1)
    for variable in model.trainable_variables:
        variable.assign(generator.normal(0, 0.5, variable.shape))
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
    [({"Film Z": 4}, "received 'Film Z'"), ({"Film A": 0}, "received 0"), ({"Film A": 6}, "6")],
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


def test_errors_of_parts_by_hand():
    train = pd.DataFrame({"user_index": [0, 1], "item_index": [0, 1], "rating": [3, 3]})
    test = pd.DataFrame(
        {"user_index": [0, 0, 2, 2], "item_index": [1, 2, 0, 2], "rating": [4, 4, 4, 4]}
    )
    measured = experiment.errors(train, test, np.array([3.0, 2.0, 1.0, 4.0]))
    assert measured["warm"] == pytest.approx(1)
    assert measured["cold_films"] == pytest.approx(2)
    assert measured["cold_users"] == pytest.approx(3)
    assert measured["rmse"] == pytest.approx(np.sqrt(14 / 4))


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
    chosen = experiment.SETTINGS[model_name]
    assert {name: best[name] for name in chosen} == chosen


def test_stored_results_say_what_the_lecture_says():
    runs = results.load("08_deep_recsys")
    assert runs.groupby(["split", "model"]).size().eq(5).all()
    rmse = runs.groupby(["split", "model"])["rmse"].mean()
    best = rmse["random", "dot + bags + metadata"]
    assert best <= 0.883
    assert runs["rmse_of_five"].dropna().max() <= 0.8785
    assert rmse["random", "MLP"] > rmse["random", "dot product (unit 06)"] + 0.01
    assert rmse["random", "dot + bags"] < rmse["random", "dot + metadata"] - 0.01
    assert rmse["random", "without dropout"] > best + 0.015
    films = runs[runs["split"] == "cold"].groupby("model")["cold_films"].mean()
    assert films["dot + metadata but popularity"] < films["biases"] - 0.05
    assert films["dot + metadata"] > films["biases"] + 0.05
    costs = runs[runs["model"] == "dot + bags + metadata"]["processor_seconds"] / 2
    assert costs.max() <= 30
