"""The results of unit 10: what a model of likes learns from, and what it has to beat.

Two studies. "test": every model, trained on all likes but the last of each user, judged on that
last one. "validation": the choice of negatives, trained without the last but one like of each
user as well and judged on that one, with curves. All settings were chosen there; the test likes
chose nothing.
"""

import time
from functools import partial

import numpy as np

from utils import baselines, evaluation, metadata, movielens
from utils.recommendation import multiply_tables
from utils.units.triplet_loss import fitting, losses, models, sampling, settings


def experiments():
    """Yield (settings, run) for every model on the test likes and every curve on validation."""
    data = movielens.load("100k")
    likes = data.ratings[data.ratings["rating"] >= 4]
    train, test = evaluation.split_leave_one_out(likes)
    fit_part, validation = evaluation.split_leave_one_out(train)
    for name, fit_and_score in MODELS.items():
        row = {"study": "test", "model": name}
        yield row, partial(measure, fit_and_score, data, train, test)
    for name, (draw_from, row_l2) in NEGATIVES.items():
        row = {"study": "validation", "model": name}
        yield row, partial(trace, draw_from, row_l2, data, fit_part, validation)


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
    of_ease = evaluation.ranking_metrics(baselines.ease(liked, settings.EASE_L2), train, test)
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


def trace(draw_from, row_l2, data, fit_part, validation, seed):
    """Return how BPR does on the validation likes while it learns from one kind of negatives.

    Args:
        draw_from: function of (liked, model, generator) that returns a function `draw`.
        row_l2: float, penalty of the model.
        data: MovieLens.
        fit_part, validation: DataFrames of likes.
        seed: int.

    Returns:
        dict with "auc_05", "ndcg_05" and "loss_05" after 5 epochs, and so on; "false_negatives",
        the share of the negatives of all epochs that the user likes in `validation`.
    """
    liked = evaluation.interaction_matrix(fit_part, data.num_users, data.num_items)
    held_out = evaluation.interaction_matrix(validation, data.num_users, data.num_items)
    model = models.build_ranking_model(*liked.shape, settings.EMBEDDING_DIM, row_l2)
    draw = draw_from(liked, model, np.random.default_rng(seed))
    metrics, shares = {}, []

    def draw_and_count(users):
        items = draw(users)
        shares.append(held_out[users[:, None], items].mean())
        return items

    def report(epoch, loss):
        if (epoch + 1) % settings.CURVE_STEP == 0:
            scores = multiply_tables(model)
            quality = evaluation.ranking_metrics(scores, fit_part, validation).mean()
            for name, value in (("auc", quality["auc"]), ("ndcg", quality["ndcg"]), ("loss", loss)):
                metrics[f"{name}_{epoch + 1:02}"] = value

    fitting.fit_with_negatives(
        model, losses.bpr, liked, draw_and_count, settings.EPOCHS, report=report
    )
    return {**metrics, "false_negatives": np.mean(shares)}


def uniform(liked, model, generator, num_negatives=1):
    """Return a function that draws from all items alike."""
    return partial(
        sampling.draw_negatives, liked=liked, num_negatives=num_negatives, generator=generator
    )


def by_popularity(liked, model, generator):
    """Return a function that draws items in proportion to their number of likes."""
    return partial(uniform(liked, model, generator), chances=liked.sum(axis=0) / liked.sum())


def best_of_some(liked, model, generator):
    """Return a function that draws some items and keeps the one the model scores highest."""
    draw_some = uniform(liked, model, generator, settings.BEST_OF)

    def draw(users):
        return sampling.keep_hardest(users, draw_some(users), multiply_tables(model))

    return draw


def hardest_of_all(liked, model, generator):
    """Return a function that takes, of all items without a like, the one scored highest."""

    def draw(users):
        scores = np.where(liked, -np.inf, multiply_tables(model))
        return scores.argmax(axis=1)[users][:, None]

    return draw


def _random(data, train, liked, seed):
    return np.random.default_rng(seed).random(liked.shape)


def _pairwise(loss, row_l2, draw_from=uniform):
    def fit_and_score(data, train, liked, seed):
        model = models.build_ranking_model(*liked.shape, settings.EMBEDDING_DIM, row_l2)
        draw = draw_from(liked, model, np.random.default_rng(seed))
        fitting.fit_with_negatives(model, loss, liked, draw, settings.EPOCHS)
        return multiply_tables(model)

    return fit_and_score


def _warp(data, train, liked, seed):
    fit_and_score = _pairwise(losses.build_warp(data.num_items), settings.ROW_L2["WARP"], SEVERAL)
    return fit_and_score(data, train, liked, seed)


def _deep(data, train, liked, seed):
    user_features = metadata.describe_users(data.users).to_numpy()
    item_features = metadata.describe_films(data.items, train).to_numpy()
    model = models.build_deep_model(user_features, item_features, **settings.DEEP)
    draw = uniform(liked, model, np.random.default_rng(seed))
    fitting.fit_with_negatives(model, losses.bpr, liked, draw, **settings.DEEP_TRAINING)
    return models.score_all(model, *liked.shape)


def _mean_of_likes(data, train, liked, seed):
    model = models.build_mean_model(data.num_items, **settings.MEAN_OF_LIKES)
    fitting.fit_mean_model(model, liked, settings.MEAN_EPOCHS)
    return model.predict(liked.astype("float32"), batch_size=1024, verbose=0)


SEVERAL = partial(uniform, num_negatives=settings.NUM_SAMPLED)
MODELS = {
    "random": _random,
    "popularity": lambda data, train, liked, seed: baselines.popularity(liked),
    "item-kNN": lambda data, train, liked, seed: baselines.item_knn(liked, settings.NUM_NEIGHBORS),
    "EASE": lambda data, train, liked, seed: baselines.ease(liked, settings.EASE_L2),
    "triplet hinge": _pairwise(losses.triplet_hinge, settings.ROW_L2["hinge"]),
    "BPR": _pairwise(losses.bpr, settings.ROW_L2["BPR"]),
    "WARP-style": _warp,
    "BPR, best of 5": _pairwise(losses.bpr, settings.ROW_L2["hard"], best_of_some),
    "deep BPR, metadata": _deep,
    "sampled softmax": _pairwise(losses.sampled_softmax, settings.ROW_L2["softmax"], SEVERAL),
    "mean of likes": _mean_of_likes,
}
NEGATIVES = {
    "uniform": (uniform, settings.ROW_L2["BPR"]),
    "by popularity": (by_popularity, settings.ROW_L2["BPR"]),
    "best of 5": (best_of_some, settings.ROW_L2["hard"]),
    "hardest of all": (hardest_of_all, settings.ROW_L2["hard"]),
}
