"""The tasks: what is predicted, from which rows, how it is judged; and what a peer is."""

from collections.abc import Callable
from typing import NamedTuple

from utils import evaluation, likes

NUM_VALIDATION = 8_000


class Task(NamedTuple):
    """One question asked of all models.

    Attributes:
        title: str, for the reader.
        split: function of MovieLens that returns (train, test).
        split_again: function of train that returns (fit, validation); settings are chosen there.
        measure: function of (train, test, predictions) that returns a dict of floats.
        chosen_by: str, the metric that chooses.
        best: min or max.
        also: list of str, other metrics that the reader is shown.
    """

    title: str
    split: Callable
    split_again: Callable
    measure: Callable
    chosen_by: str
    best: Callable
    also: list


class Peer(NamedTuple):
    """A model of another library.

    Attributes:
        library, name: str.
        predict: function of (data, train, rows, seed, **setting) that returns predictions of rows:
            stars, chances of a like, or scores (num_users, num_items).
        settings: list of dicts; the first is the library's own defaults.
        num_seeds: int; 1 if nothing is random.
    """

    library: str
    name: str
    predict: Callable
    settings: list
    num_seeds: int = 1


def _cut_first(train):
    return train.iloc[NUM_VALIDATION:], train.iloc[:NUM_VALIDATION]


def _cut_newest(train):
    return train.iloc[:-NUM_VALIDATION], train.iloc[-NUM_VALIDATION:]


def _likes(data):
    return data.ratings[data.ratings["rating"] >= likes.LIKED_FROM]


def _measure_stars(train, test, predictions):
    return evaluation.warm_and_cold_metrics(train, test, predictions)


def _measure_likes(train, test, predictions):
    liked = likes.add_likes(test)["liked"]
    return {"log_loss": likes.log_loss(liked, predictions), "auc": likes.auc(liked, predictions)}


def _measure_ranking(train, test, predictions):
    return dict(
        evaluation.ranking_metrics(predictions, train, test)[["ndcg", "auc", "recall"]].mean()
    )


TASKS = {
    "E1": Task(
        "stars, random split",
        lambda data: evaluation.split_random(data.ratings),
        _cut_first,
        _measure_stars,
        "rmse",
        min,
        ["mae"],
    ),
    "E2": Task(
        "stars, temporal split",
        lambda data: evaluation.split_temporal(data.ratings),
        _cut_newest,
        _measure_stars,
        "rmse",
        min,
        ["mae", "warm"],
    ),
    "E3": Task(
        "liked or not, random split",
        lambda data: evaluation.split_random(data.ratings),
        _cut_first,
        _measure_likes,
        "log_loss",
        min,
        ["auc"],
    ),
    "I1": Task(
        "the next like",
        lambda data: evaluation.split_leave_one_out(_likes(data)),
        evaluation.split_leave_one_out,
        _measure_ranking,
        "ndcg",
        max,
        ["auc", "recall"],
    ),
}
