"""Peers that rank films by likes: implicit, cornac, scikit-learn."""

from functools import partial

import numpy as np
import scipy.sparse

from utils import evaluation
from utils.tools.compare.tasks import Peer


def implicit_factors(algorithm, data, train, rows, seed, **setting):
    """Fit a factorization of implicit; `algorithm` names its module and class."""
    model = _implicit(algorithm)(random_state=seed, **setting)
    model.fit(_liked(data, train), show_progress=False)
    return np.asarray(model.user_factors) @ np.asarray(model.item_factors).T


def implicit_neighbors(algorithm, data, train, rows, seed, **setting):
    """Fit a model of implicit that adds up the similarities to all films a user likes."""
    liked = _liked(data, train)
    model = _implicit(algorithm)(**setting)
    model.fit(liked, show_progress=False)
    return (liked @ model.similarity).toarray().astype(float)


def cornac_bpr(data, train, rows, seed, **setting):
    """Fit BPR of cornac; films without a like come last."""
    import cornac

    pairs = [(user, item, 1.0) for user, item in train[["user_index", "item_index"]].to_numpy()]
    table = cornac.data.Dataset.from_uir(pairs)
    model = cornac.models.BPR(seed=seed, verbose=False, **setting).fit(table)
    found = np.stack([model.score(user) for user in range(table.num_users)])
    scores = np.full((data.num_users, data.num_items), found.min() - 1)
    scores[np.ix_(list(table.uid_map), list(table.iid_map))] = found
    return scores


def nearest_films(data, train, rows, seed, num_neighbors):
    """Score films by cosine to the films a user likes, with scikit-learn's nearest neighbors."""
    from sklearn.neighbors import NearestNeighbors

    liked = _liked(data, train)
    search = NearestNeighbors(n_neighbors=num_neighbors + 1, metric="cosine").fit(liked.T)
    closeness = search.kneighbors_graph(liked.T, mode="distance")
    closeness.data = 1 - closeness.data
    closeness.setdiag(0)
    return (liked @ closeness.T).toarray()


def _implicit(name):
    import importlib

    module, _, algorithm = name.rpartition(".")
    return getattr(importlib.import_module(f"implicit.{module}"), algorithm)


def _liked(data, train):
    liked = evaluation.interaction_matrix(train, data.num_users, data.num_items)
    return scipy.sparse.csr_matrix(liked.astype(float))


ALS, BPR = "cpu.als.AlternatingLeastSquares", "cpu.bpr.BayesianPersonalizedRanking"
NEIGHBORS = "nearest_neighbours."
PEERS = [
    Peer(
        "scikit-learn",
        "NearestNeighbors",
        nearest_films,
        [{"num_neighbors": 5}, {"num_neighbors": 20}, {"num_neighbors": 100}],
    ),
    Peer(
        "implicit",
        "cosine",
        partial(implicit_neighbors, NEIGHBORS + "CosineRecommender"),
        [{}, {"K": 200}],
    ),
    Peer(
        "implicit",
        "BM25",
        partial(implicit_neighbors, NEIGHBORS + "BM25Recommender"),
        [{}, {"K": 100}],
    ),
    Peer(
        "implicit",
        "ALS",
        partial(implicit_factors, ALS),
        [
            {},
            {"factors": 100, "alpha": 2.0, "regularization": 10.0},
            {"factors": 64, "alpha": 3.0, "regularization": 30.0},
        ],
        num_seeds=3,
    ),
    Peer("implicit", "BPR", partial(implicit_factors, BPR), [{}], num_seeds=3),
    Peer(
        "cornac",
        "BPR",
        cornac_bpr,
        [{}, {"k": 50, "max_iter": 150, "learning_rate": 0.02, "lambda_reg": 0.02}],
        num_seeds=3,
    ),
]
