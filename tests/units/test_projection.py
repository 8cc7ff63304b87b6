"""PCA and t-SNE against closed forms, finite differences and scikit-learn; the map of films."""

import base64

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import squareform
from sklearn.decomposition import PCA
from sklearn.manifold import _t_sne
from sklearn.manifold import trustworthiness as sklearn_trustworthiness

from utils import results
from utils.figures import projection as figures
from utils.units.projection import datasets, pca, quality, tsne

RNG = np.random.default_rng(0)
VECTORS = RNG.normal(size=(50, 6)) * [5, 3, 2, 1, 1, 0.5] + 7
POSITIONS = RNG.normal(size=(50, 2))


@pytest.fixture(scope="module")
def p():
    return tsne.joint_probabilities(VECTORS, 10)


def test_pca_of_points_on_a_line():
    mean, directions, shares = pca.fit_pca([[0, 0], [3, 4], [6, 8]], 2)
    assert mean == pytest.approx([3, 4])
    assert directions[0] == pytest.approx([0.6, 0.8])
    assert shares == pytest.approx([1, 0])


def test_pca_is_that_of_scikit_learn_up_to_signs():
    mean, directions, shares = pca.fit_pca(VECTORS, 3)
    oracle = PCA(3).fit(VECTORS)
    assert mean == pytest.approx(oracle.mean_)
    assert shares == pytest.approx(oracle.explained_variance_ratio_)
    assert np.abs(directions) == pytest.approx(np.abs(oracle.components_))
    assert directions @ directions.T == pytest.approx(np.eye(3))
    assert (directions.max(axis=1) > -directions.min(axis=1)).all()


def test_pca_does_not_see_where_the_cloud_lies():
    _, here, _ = pca.fit_pca(VECTORS, 2)
    _, there, _ = pca.fit_pca(VECTORS + 1000, 2)
    assert here == pytest.approx(there, abs=1e-6)


@pytest.mark.parametrize("number", [0, 7])
def test_pca_rejects_impossible_numbers_of_components(number):
    with pytest.raises(ValueError, match=f"num_components must be in 1..6, received {number}"):
        pca.fit_pca(VECTORS, number)


def test_pca_rejects_a_single_vector():
    with pytest.raises(ValueError, match=r"vectors must have the shape \(n, d\)"):
        pca.fit_pca(VECTORS[0], 1)


def test_squared_distances_by_hand():
    assert tsne.squared_distances([[0, 0], [3, 4]]).tolist() == [[0, 25], [25, 0]]


@pytest.mark.parametrize(
    ("chances", "expected"),
    [([1.0], 1), ([0.5, 0.5], 2), ([0.25] * 4 + [0.0], 4), ([0.5, 0.25, 0.25], 2**1.5)],
    ids=["one", "two", "four_and_a_zero", "unequal"],
)
def test_perplexity_by_hand(chances, expected):
    assert tsne.perplexity(np.array(chances)) == pytest.approx(expected)


def test_conditional_probabilities_by_hand_and_far_away():
    near = tsne.conditional_probabilities(np.array([0.0, np.log(3)]), 1.0)
    assert near == pytest.approx([0.75, 0.25])
    far = tsne.conditional_probabilities(np.array([0.0, np.log(3)]) + 1e6, 1.0)
    assert far == pytest.approx(near, rel=1e-6)


@pytest.mark.parametrize("factor", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("target", [1.5, 5.0, 18.0])
def test_find_precision_reaches_its_target_at_any_scale(factor, target):
    distances = factor * np.random.default_rng(1).uniform(1, 9, 20)
    precision = tsne.find_precision(distances, target)
    reached = tsne.perplexity(tsne.conditional_probabilities(distances, precision))
    assert reached == pytest.approx(target, rel=1e-6)


@pytest.mark.parametrize("target", [1, 4, 5])
def test_find_precision_rejects_what_no_precision_reaches(target):
    with pytest.raises(ValueError, match=f"target must be above 1 and below 4.*received {target}"):
        tsne.find_precision(np.arange(1.0, 5.0), target)


def test_joint_probabilities_are_those_of_scikit_learn(p):
    distances = tsne.squared_distances(VECTORS).astype("float32")
    oracle = squareform(_t_sne._joint_probabilities(distances, 10, 0))
    assert p == pytest.approx(oracle, abs=1e-6)
    assert p.sum() == pytest.approx(1)
    assert np.array_equal(p, p.T)


def test_gradient_is_that_of_finite_differences(p):
    slopes = np.zeros_like(POSITIONS)
    for place in np.ndindex(POSITIONS.shape):
        hair = np.zeros_like(POSITIONS)
        hair[place] = 1e-5
        rise = [tsne.kl_divergence(p, POSITIONS + side * hair) for side in (1, -1)]
        slopes[place] = (rise[0] - rise[1]) / 2e-5
    assert tsne.gradient(p, POSITIONS) == pytest.approx(slopes, abs=1e-9)


def test_loss_and_gradient_are_those_of_scikit_learn(p):
    loss, slopes = _t_sne._kl_divergence(POSITIONS.ravel(), squareform(p), 1, 50, 2)
    assert tsne.kl_divergence(p, POSITIONS) == pytest.approx(loss)
    assert tsne.gradient(p, POSITIONS).ravel() == pytest.approx(slopes)


def test_a_perfect_map_has_no_loss_and_no_slope():
    q, _ = tsne.map_probabilities(POSITIONS)
    assert tsne.kl_divergence(q, POSITIONS) == pytest.approx(0)
    assert tsne.gradient(q, POSITIONS) == pytest.approx(np.zeros((50, 2)))


def test_descend_starts_where_told_and_loses_loss(p):
    maps = tsne.descend(p, POSITIONS, num_steps=150)
    assert maps.shape == (151, 50, 2)
    assert np.array_equal(maps[0], POSITIONS)
    losses = [tsne.kl_divergence(p, maps[step]) for step in (0, 100, 150)]
    assert losses[2] < losses[1]
    assert losses[2] < losses[0] / 2


def test_first_plain_step_is_the_gradient(p):
    maps = tsne.descend(p, POSITIONS, 1, exaggeration=1.0, learning_rate=2.0)
    assert maps[1] == pytest.approx(POSITIONS - 2 * tsne.gradient(p, POSITIONS))


def test_ranks_by_hand_and_with_copies():
    ranks = quality.neighbor_ranks([[0.0], [1.0], [3.0]])
    assert ranks.tolist() == [[0, 1, 2], [1, 0, 2], [2, 1, 0]]
    assert np.diag(quality.neighbor_ranks(np.zeros((4, 2)))).tolist() == [0] * 4


@pytest.mark.parametrize("k", [1, 5, 24])
def test_trustworthiness_is_that_of_scikit_learn(k):
    oracle = sklearn_trustworthiness(VECTORS, POSITIONS, n_neighbors=k)
    assert quality.trustworthiness(VECTORS, POSITIONS, k) == pytest.approx(oracle)


def test_trustworthiness_is_1_for_a_turned_and_scaled_copy():
    turned = 3 * POSITIONS @ [[0, 1], [-1, 0]] + 8
    assert quality.trustworthiness(POSITIONS, turned, 7) == 1
    assert quality.distance_agreement(POSITIONS, turned) == pytest.approx(1)


@pytest.mark.parametrize("k", [0, 25])
def test_trustworthiness_rejects_impossible_k(k):
    with pytest.raises(ValueError, match=f"k must be at least 1 and below 25.0, received {k}"):
        quality.trustworthiness(VECTORS, POSITIONS, k)


def test_trustworthiness_rejects_maps_of_other_points():
    with pytest.raises(ValueError, match="received 49 rows for 50"):
        quality.trustworthiness(VECTORS, POSITIONS[1:], 5)


def test_same_label_and_its_chance_by_hand():
    points, labels = np.array([[0.0], [1.0], [10.0], [11.0]]), ["a", "a", "b", "a"]
    assert quality.same_label(points, labels, 1) == 0.5
    assert quality.label_chance(labels) == 0.5


def test_digits_of_a_seed():
    digits, labels = datasets.load_digits(0)
    again, other = datasets.load_digits(0)[0], datasets.load_digits(1)[0]
    assert digits.shape == (600, 64)
    assert (digits.min(), digits.max()) == (0, 1)
    assert set(labels) == set(range(10))
    assert np.array_equal(digits, again)
    assert not np.array_equal(digits, other)


@pytest.mark.parametrize(
    ("genres", "expected"),
    [
        (("Comedy", "Horror"), "Horror"),
        (("Drama",), "Drama"),
        (("Action", "Children's", "Drama"), "Children's"),
        (("Western",), "other"),
    ],
    ids=["two", "one", "three", "none"],
)
def test_genre_for_color(genres, expected):
    assert datasets.genre_for_color(genres) == expected


def test_groups_lie_where_told_and_are_as_wide_as_told():
    vectors, groups = datasets.make_groups([0, 40], [1, 10], 300)
    assert vectors.shape == (600, 50)
    assert vectors[groups == 1, 0].mean() == pytest.approx(40, abs=2)
    assert vectors[groups == 0].std() == pytest.approx(1, rel=0.05)
    assert vectors[groups == 1, 1:].std() == pytest.approx(10, rel=0.05)


@pytest.mark.parametrize("start", ["random", "pca"])
def test_fit_map_keeps_groups_apart_and_repeats(start):
    vectors, groups = datasets.make_groups([0, 100], [1, 1], 20)
    positions = tsne.fit_map(vectors, perplexity=5, seed=1, start=start)
    assert positions.shape == (40, 2)
    assert quality.same_label(positions, groups, 5) == 1
    assert np.array_equal(positions, tsne.fit_map(vectors, 5, seed=1, start=start))


def test_fit_map_with_a_pca_start_does_not_ask_for_the_seed():
    vectors, _ = datasets.make_groups([0, 100], [1, 1], 20)
    first, second = (tsne.fit_map(vectors, 5, seed, start="pca") for seed in (1, 2))
    assert np.array_equal(first, second)


FILMS = pd.DataFrame(
    {"title": ["Jaws", "Alien"], "genre": ["Action", "Horror"], "x": [0.123, 1], "y": [0, 1]}
)


def test_map_holds_titles_genres_and_rounded_positions_only():
    chart = figures.build_map(FILMS.assign(rating=5), ["Action", "Horror"], "Two films")
    (rows,) = chart.to_dict()["datasets"].values()
    assert rows[0] == {"title": "Jaws", "genre": "Action", "x": 0.12, "y": 0}
    assert rows[1] == {"title": "Alien", "genre": "Horror", "x": 1, "y": 1}


def test_output_has_a_chart_a_picture_and_words(monkeypatch):
    shown = []
    monkeypatch.setattr(
        figures, "display", lambda bundle, metadata, raw: shown.append((bundle, metadata))
    )
    chart = figures.build_map(FILMS, ["Action", "Horror"], "Two films")
    figures.show_map(chart, "Two films far apart.")
    ((bundle, metadata),) = shown
    specification = bundle[figures.CHART_TYPE]
    assert specification["description"] == bundle["text/plain"] == "Two films far apart."
    assert metadata["image/png"]["alt"] == "Two films far apart."
    assert metadata[figures.CHART_TYPE]["embed_options"] == {"actions": False}
    picture = bundle["image/png"]
    picture = base64.b64decode(picture) if isinstance(picture, str) else picture
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 100_000


def test_map_says_what_is_missing():
    with pytest.raises(ValueError, match="missing: {'x'}"):
        figures.build_map(FILMS.drop(columns="x"), ["Action"], "Map")
    with pytest.raises(ValueError, match="at most 6, received 7"):
        figures.build_map(FILMS, list("abcdefg"), "Map")
    with pytest.raises(ValueError, match="alt must describe"):
        figures.show_map(figures.build_map(FILMS, ["Action"], "Map"), " ")


def test_stored_results_say_what_the_lecture_says():
    runs = results.load("03_projection")
    means = runs.groupby(["data", "map"])[["trust", "distances", "same label", "chance"]].mean()
    for data in ("digits", "films"):
        of = means.loc[data]
        assert of.loc["t-SNE 30", "trust"] > of.loc["PCA", "trust"] + 0.1
        assert of.loc["PCA", "trust"] > of.loc["random projection", "trust"] + 0.1
        assert of.loc["t-SNE 30", "distances"] < of.loc["PCA", "distances"] - 0.03
    films = means.loc["films", "same label"]
    assert films["t-SNE 30"] < films["no map: all dimensions"] < 0.4
    assert films["t-SNE 30"] > films["PCA"] > means.loc["films", "chance"].max()
