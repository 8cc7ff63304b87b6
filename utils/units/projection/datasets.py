"""What unit 03 draws maps of: digits, films and groups of points whose truth is known."""

import keras
import numpy as np
import pandas as pd
from sklearn import datasets

from utils import evaluation, movielens, require
from utils.units.similarity.item_vectors import PENALTIES, train_item_vectors
from utils.units.similarity.measures import normalize

NUM_DIGITS = 600
MIN_RATINGS = 50  # training ratings of a film on the map
# The first of these that a film has gives its color: the rarer genres come first.
GENRES = ("Children's", "Horror", "Action", "Comedy", "Drama")


def load_digits(seed):
    """Draw 600 of the 1,797 handwritten digits that come with scikit-learn.

    Args:
        seed: int, says which.

    Returns:
        (vectors, labels): float array (600, 64), the 8 x 8 pixels of each in [0, 1]; int array
        (600,), 0 to 9.

    Source: E. Alpaydin and C. Kaynak, "Cascading Classifiers", 1998.
    """
    require.integers("[0, inf)", seed=seed)
    pixels, labels = datasets.load_digits(return_X_y=True)
    drawn = np.random.default_rng(seed).permutation(len(pixels))[:NUM_DIGITS]
    return pixels[drawn] / 16, labels[drawn]


def load_films(seed):
    """Train film vectors on ratings and return those of well-known films, scaled to length 1.

    Args:
        seed: int, for the start of the training; the split is that of seed 0.

    Returns:
        (vectors, films): float array (n, 32); DataFrame with `title` and `genre` (one of GENRES or
        "other") of the n films that have at least 50 training ratings.
    """
    require.integers("[0, inf)", seed=seed)
    data = movielens.load("100k")
    train, _ = evaluation.split_random(data.ratings)
    keras.utils.set_random_seed(seed)
    penalties = PENALTIES["penalty of unit 06"]
    vectors = train_item_vectors(train, data.num_users, data.num_items, **penalties)
    num_ratings = np.bincount(train["item_index"], minlength=data.num_items)
    is_known = num_ratings >= MIN_RATINGS
    items = data.items[is_known]
    genres = [genre_for_color(genres) for genres in items["genres"]]
    films = pd.DataFrame({"title": items["title"].to_list(), "genre": genres})
    return normalize(vectors[is_known].astype(float)), films


def genre_for_color(genres):
    """Return the one genre that gives a film its color.

    Args:
        genres: tuple of names, as in `items["genres"]`.

    Returns:
        str, the first of GENRES that is among them, or "other".
    """
    require.each_is(tuple, genres=[genres])
    return next((genre for genre in GENRES if genre in genres), "other")


def make_groups(centers, spreads, num_points, seed=0):
    """Draw round groups of points in 50 dimensions, their centers on one line.

    Args:
        centers: list of floats, the place of each center on the line.
        spreads: list of floats > 0, the standard deviation of each group in every dimension.
        num_points: int, points per group.
        seed: int.

    Returns:
        (vectors, groups): arrays (len(centers) * num_points, 50) and, from 0, the group of each.
    """
    require.arrays("(groups,)", centers=centers, spreads=spreads)
    require.entries("(0, inf)", spreads=spreads)
    require.integers("[1, inf)", num_points=num_points)
    require.integers("[0, inf)", seed=seed)
    groups = np.repeat(np.arange(len(centers)), num_points)
    noise = np.random.default_rng(seed).normal(size=(len(groups), 50))
    vectors = noise * np.array(spreads)[groups, np.newaxis]
    vectors[:, 0] += np.array(centers)[groups]
    return vectors, groups
