"""The results of unit 10: what a model of likes learns from, and what it has to beat.

Two studies. "test": every model, trained on all likes but the last of each user, judged on that
last one. "validation": the choice of negatives, trained without the last but one like of each
user as well and judged on that one, with curves. All settings were chosen there, with seed 0,
from two to four values each; the test likes chose nothing.
"""

import time
from functools import partial

import numpy as np

from utils import baselines, evaluation, metadata, movielens
from utils.units.triplet_loss import fitting, losses, models, negatives

EMBEDDING_DIM = 64
NUM_SAMPLED = 10
BEST_OF = 5
L2 = {"hinge": 0.01, "BPR": 0.004, "WARP": 0.06, "softmax": 0.01, "hard": 0.01, "deep": 0.004}
EASE_L2 = 100.0
NUM_NEIGHBORS = 20
EVERY = 5  # epochs between two points of a curve


def experiments():
    """Yield (settings, run) for every model on the test likes and every curve on validation."""
    data = movielens.load("100k")
    likes = data.ratings[data.ratings["rating"] >= 4]
    train, test = evaluation.split_leave_one_out(likes)
    fit_part, validation = evaluation.split_leave_one_out(train)
    for name, fit_and_score in MODELS.items():
        settings = {"study": "test", "model": name}
        yield settings, partial(measure, fit_and_score, data, train, test)
    for name, (draw_from, l2) in NEGATIVES.items():
        settings = {"study": "validation", "model": name}
        yield settings, partial(trace, draw_from, l2, data, fit_part, validation)


def measure(fit_and_score, data, train, test, seed):
    """Return the quality of a model on the test likes.

    Args:
        fit_and_score: function of (data, train, liked, seed) that returns scores.
        data: MovieLens.
        train, test: DataFrames of likes.
        seed: int.

    Returns:
        dict with "auc", "ndcg", "recall" and "mrr" (means over users), "auc_error" and
        "ndcg_error" (their standard errors over users), "ndcg_over_ease" and its
        "ndcg_over_ease_error" (user by user), "seconds" and "cpu_seconds" of training and scoring.
    """
    liked = evaluation.interaction_matrix(train, data.num_users, data.num_items)
    of_ease = evaluation.ranking_metrics(baselines.ease(liked, EASE_L2), train, test)
    started, cpu_started = time.perf_counter(), time.process_time()
    scores = fit_and_score(data, train, liked, seed)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    users = evaluation.ranking_metrics(scores, train, test)
    gain = users["ndcg"] - of_ease["ndcg"]
    return {
        **users[["auc", "ndcg", "recall", "mrr"]].mean(),
        "auc_error": users["auc"].sem(),
        "ndcg_error": users["ndcg"].sem(),
        "ndcg_over_ease": gain.mean(),
        "ndcg_over_ease_error": gain.sem(),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
    }


def trace(draw_from, l2, data, fit_part, validation, seed):
    """Return how BPR does on the validation likes while it learns from one kind of negatives.

    Args:
        draw_from: function of (liked, model, generator) that returns a function `draw`.
        l2: float.
        data: MovieLens.
        fit_part, validation: DataFrames of likes.
        seed: int.

    Returns:
        dict with "auc_05", "ndcg_05" and "loss_05" after 5 epochs, and so on; "false_negatives",
        the share of the negatives drawn in the last epoch that the user likes in `validation`.
    """
    liked = evaluation.interaction_matrix(fit_part, data.num_users, data.num_items)
    held_out = evaluation.interaction_matrix(validation, data.num_users, data.num_items)
    model = models.build_model(*liked.shape, EMBEDDING_DIM, l2)
    draw = draw_from(liked, model, np.random.default_rng(seed))
    metrics = {}

    def draw_and_count(users):
        negatives = draw(users)
        metrics["false_negatives"] = held_out[users[:, np.newaxis], negatives].mean()
        return negatives

    def after_epoch(epoch, loss):
        if (epoch + 1) % EVERY == 0:
            scores = models.multiply_tables(model)
            quality = evaluation.ranking_metrics(scores, fit_part, validation).mean()
            for name, value in (("auc", quality["auc"]), ("ndcg", quality["ndcg"]), ("loss", loss)):
                metrics[f"{name}_{epoch + 1:02}"] = value

    fitting.fit(model, losses.bpr, liked, draw_and_count, after_epoch=after_epoch)
    return metrics


def uniform(liked, model, generator, num_negatives=1):
    """Return a function that draws from all films alike."""
    return partial(
        negatives.draw_negatives, liked=liked, num_negatives=num_negatives, generator=generator
    )


def by_popularity(liked, model, generator):
    """Return a function that draws films in proportion to their number of likes."""
    weights = liked.sum(axis=0)
    return partial(uniform(liked, model, generator), weights=weights)


def best_of_some(liked, model, generator):
    """Return a function that draws 5 films and keeps the one the model scores highest."""
    draw_some = uniform(liked, model, generator, BEST_OF)

    def draw(users):
        scores = models.multiply_tables(model)
        return negatives.hardest(users, draw_some(users), scores)

    return draw


def hardest_of_all(liked, model, generator):
    """Return a function that takes, of all films without a like, the one scored highest."""

    def draw(users):
        scores = np.where(liked, -np.inf, models.multiply_tables(model))
        return scores.argmax(axis=1)[users][:, np.newaxis]

    return draw


def _random(data, train, liked, seed):
    return np.random.default_rng(seed).random(liked.shape)


def _warp(labels, scores):
    return losses.build_warp(num_items=1_682)(labels, scores)


def _pairwise(loss, l2, draw_from=uniform):
    def fit_and_score(data, train, liked, seed):
        model = models.build_model(*liked.shape, EMBEDDING_DIM, l2)
        draw = draw_from(liked, model, np.random.default_rng(seed))
        fitting.fit(model, loss, liked, draw)
        return models.multiply_tables(model)

    return fit_and_score


def _deep(data, train, liked, seed):
    user_features = metadata.describe_users(data.users).to_numpy()
    film_features = metadata.describe_films(data.items, train).to_numpy()
    model = models.build_deep_model(
        user_features, film_features, 32, hidden_units=64, l2=L2["deep"], dropout=0.1
    )
    draw = uniform(liked, model, np.random.default_rng(seed))
    fitting.fit(model, losses.bpr, liked, draw, epochs=20, learning_rate=0.005)
    return models.score_all(model, *liked.shape)


def _mean_of_likes(data, train, liked, seed):
    model = models.build_mean_model(data.num_items, EMBEDDING_DIM, dropout=0.5)
    fitting.fit_mean_model(model, liked)
    return model.predict(liked.astype("float32"), batch_size=1024, verbose=0)


SEVERAL = partial(uniform, num_negatives=NUM_SAMPLED)
MODELS = {
    "random": _random,
    "popularity": lambda data, train, liked, seed: baselines.popularity(liked),
    "item-kNN": lambda data, train, liked, seed: baselines.item_knn(liked, NUM_NEIGHBORS),
    "EASE": lambda data, train, liked, seed: baselines.ease(liked, EASE_L2),
    "triplet hinge": _pairwise(losses.triplet_hinge, L2["hinge"]),
    "BPR": _pairwise(losses.bpr, L2["BPR"]),
    "WARP-style": _pairwise(_warp, L2["WARP"], SEVERAL),
    "BPR, best of 5": _pairwise(losses.bpr, L2["hard"], best_of_some),
    "deep BPR, metadata": _deep,
    "sampled softmax": _pairwise(losses.sampled_softmax, L2["softmax"], SEVERAL),
    "mean of likes": _mean_of_likes,
}
NEGATIVES = {
    "uniform": (uniform, L2["BPR"]),
    "by popularity": (by_popularity, L2["BPR"]),
    "best of 5": (best_of_some, L2["hard"]),
    "hardest of all": (hardest_of_all, L2["hard"]),
}
