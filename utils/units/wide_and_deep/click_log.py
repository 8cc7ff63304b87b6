"""A generated click log with a rule and with exceptions, in which the true chances are known.

The rule: occupations and films lie on a circle, and whoever is shown a film from nearby clicks
more often. It holds for every pair. The exceptions: each occupation nearly always clicks one film
from the other side of the circle. No rule foretells which.

A row has no user, only an occupation; it stands in the column `user_index`, so that everything
written for ratings takes these rows as well.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from utils import require
from utils.units.factorization_machines.fields import Field

NUM_OCCUPATIONS, NUM_FILMS, NUM_EXCEPTIONS = 20, 60, 20
SHARE_SHOWN = 0.5  # of the pairs that were ever shown before the log ends
EXCEPTION = 0.95  # chance of a click


class ClickLog(NamedTuple):
    """Rows of a click log, and what nobody knows outside of a simulation.

    Fields:
        train: DataFrame with `user_index` (the occupation), `item_index` (the film) and `clicked`.
        validation: DataFrame alike. In it all pairs are shown equally often.
        chances: array (num_occupations, num_films), the true probability of a click.
        is_exception: bool array of the same shape.
        is_shown: bool array of the same shape, True for the pairs that training rows come from.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    chances: np.ndarray
    is_exception: np.ndarray
    is_shown: np.ndarray


def make_click_log(num_train=20_000, num_validation=10_000, seed=0):
    """Draw a click log.

    Args:
        num_train, num_validation: ints, rows.
        seed: int.

    Returns:
        ClickLog. All exceptions are among the pairs shown.
    """
    require.integers("[1, inf)", num_train=num_train, num_validation=num_validation)
    require.integers("[0, inf)", seed=seed)
    generator = np.random.default_rng(seed)
    chances = rule_chances(generator)
    is_exception = choose_exceptions(chances, generator)
    chances = np.where(is_exception, EXCEPTION, chances)
    is_shown = is_exception | (generator.random(chances.shape) < SHARE_SHOWN)
    train = _draw_rows(chances, np.argwhere(is_shown), num_train, generator)
    all_pairs = np.argwhere(np.ones_like(is_shown))
    validation = _draw_rows(chances, all_pairs, num_validation, generator)
    return ClickLog(train, validation, chances, is_exception, is_shown)


def rule_chances(generator):
    """Return the chances of a click that follow the rule, array (num_occupations, num_films).

    Args:
        generator: numpy Generator.
    """
    occupations = np.arange(NUM_OCCUPATIONS) / NUM_OCCUPATIONS
    films = np.arange(NUM_FILMS) / NUM_FILMS
    distance = np.abs(occupations[:, np.newaxis] - films)
    liked_by_all = generator.normal(0, 0.5, NUM_FILMS)
    score = 2.5 * np.cos(2 * np.pi * distance) - 1 + liked_by_all
    return 1 / (1 + np.exp(-score))


def choose_exceptions(chances, generator):
    """Choose pairs that the rule speaks against, the same number for each occupation.

    Args:
        chances: array (num_occupations, num_films).
        generator: numpy Generator.

    Returns:
        bool array of the same shape, True for NUM_EXCEPTIONS pairs, no two of one film.
    """
    is_exception = np.zeros(chances.shape, dtype=bool)
    far = np.where(chances < 0.1, generator.random(chances.shape), 0)
    for occupation in np.arange(NUM_EXCEPTIONS) % len(chances):
        film = far[occupation].argmax()
        is_exception[occupation, film] = True
        far[:, film] = 0
    return is_exception


def make_click_fields():
    """Return the two fields of a click log, occupation and film, a list of Field."""
    return [
        Field("occupation", "user_index", NUM_OCCUPATIONS, None),
        Field("film", "item_index", NUM_FILMS, None),
    ]


def all_pairs(log):
    """Return one row for each pair of an occupation and a film, a DataFrame.

    Args:
        log: ClickLog.
    """
    occupation, film = np.indices(log.chances.shape).reshape(2, -1)
    return pd.DataFrame({"user_index": occupation, "item_index": film})


def excess_log_loss(chances, predicted):
    """Return how much larger the log loss gets by predicting something else than the truth.

    Args:
        chances: array (n,), the true probabilities of a click.
        predicted: array (n,) in [0, 1]; moved away from 0 and 1 by 1e-7.

    Returns:
        array (n,), expected over clicks: the Kullback-Leibler divergence, 0 for the truth.
    """
    require.arrays("(n,)", chances=chances, predicted=predicted)
    require.entries("[0, 1]", chances=chances, predicted=predicted)
    truth = np.clip(np.asarray(chances, dtype=float), 1e-7, 1 - 1e-7)
    claimed = np.clip(np.asarray(predicted, dtype=float), 1e-7, 1 - 1e-7)
    click, none = np.log(truth / claimed), np.log((1 - truth) / (1 - claimed))
    return truth * click + (1 - truth) * none


def judge(log, predicted):
    """Return the mean excess of the log loss of predictions for all pairs.

    Args:
        log: ClickLog.
        predicted: array (num_occupations, num_films) of probabilities.

    Returns:
        dict of floats: "all", all pairs alike; "exceptions"; "seen", the other pairs shown in
        training; "unseen", the pairs never shown.
    """
    require.arrays("(n, d)", chances=log.chances, predicted=predicted)
    require.booleans("(n, d)", is_exception=log.is_exception, is_shown=log.is_shown)
    excess = excess_log_loss(log.chances.ravel(), np.ravel(predicted)).reshape(log.chances.shape)
    return {
        "all": float(excess.mean()),
        "exceptions": float(excess[log.is_exception].mean()),
        "seen": float(excess[log.is_shown & ~log.is_exception].mean()),
        "unseen": float(excess[~log.is_shown].mean()),
    }


def _draw_rows(chances, pairs, num_rows, generator):
    occupation, film = pairs[generator.integers(len(pairs), size=num_rows)].T
    clicked = generator.random(num_rows) < chances[occupation, film]
    return pd.DataFrame(
        {"user_index": occupation, "item_index": film, "clicked": clicked.astype(float)}
    )
