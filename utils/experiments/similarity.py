"""The results of unit 02 over seeds: norms, hubs and genres of trained film vectors."""

from functools import partial

import numpy as np

from utils import evaluation, movielens
from utils.units.similarity.item_vectors import PENALTIES, train_item_vectors
from utils.units.similarity.measures import WELL_KNOWN, K, compare_all, nearest_rows


def experiments():
    """Yield (settings, run) for the model without and with the penalty of unit 06."""
    data = movielens.load("100k")
    train, _ = evaluation.split_random(data.ratings)
    for name, penalties in PENALTIES.items():
        yield {"model": name}, partial(train_and_measure, data, train, penalties)


def train_and_measure(data, train, penalties, seed):
    """Train item vectors and measure them; the seed is set by the caller."""
    vectors = train_item_vectors(train, data.num_users, data.num_items, **penalties)
    num_ratings = np.bincount(train["item_index"], minlength=data.num_items)
    return measure_vectors(vectors, num_ratings, data.items["genres"])


def measure_vectors(vectors, num_ratings, genres):
    """Return what the norms know about popularity, and what the three measures make of it.

    Args:
        vectors: array (num_items, d), of the films.
        num_ratings: int array (num_items,), training ratings per film.
        genres: list of tuples of names.

    Returns:
        dict with "correlation" of the norm and the logarithm of 1 + number of ratings, and for
        each measure of `compare_all`, for lists of the 10 nearest films: "largest", in how many
        lists the most frequent film stands; "never", the share of films in no list; "genres", the
        mean overlap of genres between films with at least 100 ratings and their list.
    """
    norms = np.linalg.norm(vectors, axis=1)
    metrics = {"correlation": np.corrcoef(norms, np.log1p(num_ratings))[0, 1]}
    well_known = np.flatnonzero(num_ratings >= WELL_KNOWN)[:, np.newaxis]
    overlap = genre_overlap(genres)
    for name, scores in compare_all(vectors).items():
        neighbors = nearest_rows(scores, K)
        occurrences = np.bincount(neighbors.ravel(), minlength=len(vectors))
        metrics[f"{name}: largest"] = float(occurrences.max())
        metrics[f"{name}: never"] = np.mean(occurrences == 0)
        metrics[f"{name}: genres"] = overlap[well_known, neighbors[well_known[:, 0]]].mean()
    return {metric: float(value) for metric, value in metrics.items()}


def genre_overlap(genres):
    """Return how much the genres of every two films overlap: shared genres / genres of either.

    Args:
        genres: list of n non-empty tuples of names.

    Returns:
        array (n, n) in [0, 1], the Jaccard index.
    """
    names = sorted({name for film in genres for name in film})
    has = np.array([[name in film for name in names] for film in genres], dtype=float)
    shared, count = has @ has.T, has.sum(axis=1)
    return shared / (count[:, np.newaxis] + count - shared)
