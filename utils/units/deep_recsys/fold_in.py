"""A new user rates a few films: what a trained hybrid model says before and after, at once.

The films keep the vectors they have. Only what is the new user's own is computed: the bag of
rated films enters through the columns, and a small regression finds the own vector and the own bias
that fit the stars. Nothing else in the model changes, so an answer takes milliseconds.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from utils import require
from utils.blocks import to_score
from utils.recommendation import recommend


class Tables(NamedTuple):
    """What a trained hybrid model knows, with each film's numbers already added up.

    Fields:
        item_vectors: array (num_items, embedding_dim), own vector + vectors of the columns.
        item_biases: array (num_items,), the same for the biases.
        column_vectors: array (num_user_columns, embedding_dim), of the columns of a user.
        column_biases: array (num_user_columns,).
        mean_score: float, the score of the mean rating.
    """

    item_vectors: np.ndarray
    item_biases: np.ndarray
    column_vectors: np.ndarray
    column_biases: np.ndarray
    mean_score: float


def read_tables(model, mean_rating):
    """Return the Tables of a model.

    Args:
        model: Model from `utils.units.deep_recsys.models.build_hybrid_model`, trained.
        mean_rating: float, the one it was built with.
    """
    require.layers_named(model, "user_columns", "item_rows", "item_factors")
    require.within("(1, 5)", mean_rating=mean_rating)
    weights = {layer.name: layer.get_weights()[0] for layer in model.layers if layer.weights}
    rows = weights["item_rows"]
    return Tables(
        weights["item_factors"] + rows @ weights["item_columns"],
        (weights["item_bias"] + rows @ weights["item_column_biases"]).ravel(),
        weights["user_columns"],
        weights["user_column_biases"].ravel(),
        to_score(mean_rating),
    )


def predict_new_user(tables, rated, stars, metadata, shrinkage=5.0):
    """Predict the stars a new user gives to every film, from a few ratings and the metadata.

    Args:
        tables: Tables of a model whose user columns are a bag of films, then metadata.
        rated: int array (n,), the item_index of each film rated; n may be 0.
        stars: array (n,), 1 to 5.
        metadata: float array (num_metadata_columns,), such as a row of `describe_users`, or zeros
            for "prefers not to say".
        shrinkage: float, as in `fit_own_numbers`.

    Returns:
        array (num_items,), between 1 and 5.
    """
    require.arrays("(n, d), (n,), (c, d), (c,), ()", **tables._asdict())
    require.indices(len(tables.item_vectors), "(n*,)", rated=rated)
    require.arrays("(n*,)", stars=stars)
    require.once(rated=rated)
    require.lengths(rated=rated, stars=stars)
    require.entries("[1, 5]", stars=stars)
    require.arrays("(num_metadata_columns,)", metadata=metadata)
    require.within("(0, inf)", shrinkage=shrinkage)
    rated, stars = np.asarray(rated, dtype=int), np.asarray(stars, dtype=float)
    bag = np.zeros(len(tables.item_vectors))
    bag[rated] = 1 / np.sqrt(max(len(rated), 1))
    row = np.concatenate([bag, metadata])
    scores = tables.item_vectors @ (row @ tables.column_vectors) + tables.item_biases
    scores += row @ tables.column_biases + tables.mean_score
    own, bias = fit_own_numbers(tables.item_vectors[rated], scores[rated], stars, shrinkage)
    return _to_stars(scores + tables.item_vectors @ own + bias)


def rate_and_recommend(tables, ratings, items, metadata, k=10):
    """Return the k films to recommend to a new user, and what the ratings changed.

    Args:
        tables: Tables.
        ratings: dict from title to stars (1 to 5); may be empty.
        items: DataFrame with `item_index`, `item_id` and `title`, row i has index i.
        metadata: float array, as in `predict_new_user`.
        k: int >= 1.

    Returns:
        DataFrame with `title`, `before` and `after` (predicted stars without and with the
        ratings), best after first. A film that was rated is not in it.

    Raises:
        ValueError: if a title is not in `items`, or stars are not in 1..5.
    """
    require.in_order("item_index", items=items)
    require.columns_named("item_id title", items=items)
    require.arrays("(n*,)", ratings=list(ratings.values()))
    require.integers("[1, inf)", k=k)
    unknown = [title for title in ratings if title not in set(items["title"])]
    if unknown:
        raise ValueError(f"ratings must have titles of items, received {unknown[0]!r}.")
    outside = [stars for stars in ratings.values() if not 1 <= stars <= 5]
    if outside:
        raise ValueError(f"ratings must be from 1 to 5 stars, received {outside[0]}.")
    by_title = items.drop_duplicates("title").set_index("title")["item_index"]
    rated = by_title.loc[list(ratings)].to_numpy(dtype=int)
    before = predict_new_user(tables, [], [], metadata)
    after = predict_new_user(tables, rated, list(ratings.values()), metadata)
    seen = items["title"].isin(list(ratings)).to_numpy()
    best = recommend(after, seen, items, k)
    places = items.set_index("item_id").loc[best["item_id"], "item_index"]
    return pd.DataFrame({"title": best["title"], "before": before[places], "after": after[places]})


def fit_own_numbers(item_vectors, scores, stars, shrinkage):
    """Find the own vector p and the own bias b of one user, with the films held still.

    What is made small is the sum over the ratings of (prediction - stars)^2, plus
    shrinkage * (|p|^2 + b^2): few ratings move a user little.

    Args:
        item_vectors: array (n, embedding_dim), of the films rated; n may be 0.
        scores: array (n,), the scores of those films without p and b.
        stars: array (n,), 1 to 5.
        shrinkage: float > 0, in ratings: with so many of them, they and zero pull about
            equally.

    Returns:
        (p, b): array (embedding_dim,) and float; zeros for a user without ratings.
    """
    require.arrays("(n*, d), (n*,), (n*,)", item_vectors=item_vectors, scores=scores, stars=stars)
    require.entries("[1, 5]", stars=stars)
    require.within("(0, inf)", shrinkage=shrinkage)
    ones = np.ones((len(stars), 1))
    features = np.hstack([item_vectors, ones])  # the bias is the weight of a column of ones

    def loss_and_gradient(own):
        predictions = _to_stars(scores + features @ own)
        errors = predictions - stars
        # The derivative of 1 + 4 sigmoid, written with the prediction itself.
        slopes = (predictions - 1) * (5 - predictions) / 4
        loss = np.sum(errors**2) + shrinkage * np.sum(own**2)
        return loss, 2 * (errors * slopes) @ features + 2 * shrinkage * own

    own = minimize(loss_and_gradient, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B").x
    return own[:-1], float(own[-1])


def _to_stars(scores):
    # `utils.blocks.to_stars` in numpy: the search for the minimum asks for it many times.
    return 1 + 4 / (1 + np.exp(-scores))
