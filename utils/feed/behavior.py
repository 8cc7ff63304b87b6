"""What a user does with a page: look, click, watch, share, answer."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from utils import require
from utils.feed.settings import (
    DISAPPOINTMENT,
    FRESH_HALF_LIFE,
    INTEREST,
    JOY_NOISE,
    LOOK_SECONDS,
    PATIENCE_MINUTES,
    QUALITY_IN_CLICK,
    SHARED_FROM,
    TASTE_IN_CLICK,
)
from utils.feed.world import World


class Pair(NamedTuple):
    """What decides about an impression of a video that the user looks at; arrays of one shape.

    Fields:
        click: the chance of a click.
        stay: the chance of a click by someone who then watches; `click` for a plain thumbnail.
        enjoyment: of watching, mean 0 and sigma 1 over all pairs.
    """

    click: np.ndarray
    stay: np.ndarray
    enjoyment: np.ndarray


def examination(positions, position_decay):
    """Return the chance that a user looks at a place of the page.

    Args:
        positions: int array, 1 is the top.
        position_decay: float >= 0; 0 looks at every place.

    Source: Joachims, Swaminathan and Schnabel 2017, "Unbiased Learning-to-Rank with Biased
    Feedback", the propensities of their simulation.
    """
    require.entries("[1, inf)", positions=positions)
    require.indices(None, positions=positions)
    require.within("[0, inf)", position_decay=position_decay)
    return np.asarray(positions, dtype=float) ** -position_decay


def describe_pairs(world, users, items, day):
    """Return what decides about impressions, for pairs of a user and a video.

    Args:
        world: World.
        users, items: int arrays (num_pairs,).
        day: int >= 0.

    Returns:
        Pair of arrays (num_pairs,).
    """
    require.instances(World, world=world)
    settings, hidden = world.settings, world.hidden
    require.arrays("(n*,), (n*,)", users=users, items=items)
    require.indices(settings.num_users, users=users)
    require.indices(settings.num_videos, items=items)
    require.integers("[0, inf)", day=day)
    topics = world.videos["topic"].to_numpy()
    age = day - world.videos["upload_day"].to_numpy()
    of_video = (
        np.log(settings.click_rate / (1 - settings.click_rate))
        + QUALITY_IN_CLICK * hidden.quality
        + settings.freshness * 2 ** (-age / FRESH_HALF_LIFE)
    )
    # Odds are multiplied where log odds are added: the tables are smaller than the log.
    odds = np.exp(TASTE_IN_CLICK * hidden.taste)[users, topics[items]] * np.exp(of_video)[items]
    baited = odds * np.exp(settings.bait_strength * hidden.bait)[items]
    return Pair(
        click=baited / (1 + baited),
        stay=odds / (1 + odds),
        enjoyment=(hidden.taste[users, topics[items]] + hidden.quality[items]) / np.sqrt(2),
    )


def patience(enjoyment):
    """Return the mean minutes after which a user would leave a video without an end.

    Args:
        enjoyment: array, of a Pair.
    """
    require.arrays("(...)", enjoyment=enjoyment)
    return PATIENCE_MINUTES * np.exp(INTEREST * np.asarray(enjoyment, dtype=float))


def react(world, visits, pages, day=0, seed=0):
    """Let users look at their pages, and write down what they do.

    Args:
        world: World.
        visits: int array (num_visits,), the user of each visit.
        pages: int array (num_visits, num_places), the `item_index` at each place.
        day: int >= 0.
        seed: int.

    Returns:
        (log, hidden), two DataFrames with a row per impression, visit by visit. The log is what a
        service records: `visit`, `day`, `position` (1 is the top), `user_index`, `item_index`;
        `clicked`, `watched_half`, `completed`, `shared` (0 or 1); `dwell_seconds` on the page of
        the video, `watch_minutes`; `satisfied`, 0 or 1 where it was asked for and NaN elsewhere.
        `hidden` is what it cannot know: `examined` and `stayed` (0 or 1), and `utility`.
    """
    require.instances(World, world=world)
    settings = world.settings
    require.arrays("(n*,), (n*, m)", visits=visits, pages=pages)
    require.indices(settings.num_users, visits=visits)
    require.indices(settings.num_videos, pages=pages)
    require.integers("[0, inf)", seed=seed)
    pages = np.asarray(pages)
    places = np.arange(1, pages.shape[1] + 1)
    users, items = np.repeat(visits, len(places)), pages.ravel()
    pair = describe_pairs(world, users, items, day)
    looks, clicks, looking, watching, joys, asks = np.random.default_rng([seed, 2]).spawn(6)

    num_rows = len(items)
    examined = looks.random(pages.shape) < examination(places, settings.position_decay)
    # One number decides: who would have come without bait stays, who came for the bait leaves.
    chance = clicks.random(num_rows)
    clicked = np.flatnonzero(examined.ravel() & (chance < pair.click))
    stayed = clicked[chance[clicked] < pair.stay[clicked]]

    enjoyment = pair.enjoyment[stayed]
    minutes = world.videos["minutes"].to_numpy()[items[stayed]]
    left_after = patience(enjoyment) * watching.standard_exponential(len(stayed))
    watch = _column(num_rows, stayed, np.minimum(left_after, minutes))
    dwell = 60 * watch
    dwell[clicked] += LOOK_SECONDS * looking.standard_exponential(len(clicked))
    joy = enjoyment + joys.logistic(0, JOY_NOISE, len(stayed))
    satisfied = _column(num_rows, stayed, joy > 0)
    asked = clicked[asks.random(len(clicked)) < settings.survey_share]
    answers = np.full(num_rows, np.nan, dtype="float32")
    answers[asked] = satisfied[asked]
    utility = _column(num_rows, clicked, -DISAPPOINTMENT)
    utility[stayed] = joy

    log = pd.DataFrame(
        {
            "visit": np.repeat(np.arange(len(pages)), len(places)),
            "day": day,
            "position": np.tile(places, len(pages)),
            "user_index": users,
            "item_index": items,
            "clicked": _column(num_rows, clicked, 1),
            "dwell_seconds": dwell,
            "watch_minutes": watch,
            "watched_half": _column(num_rows, stayed, left_after >= minutes / 2),
            "completed": _column(num_rows, stayed, left_after >= minutes),
            "shared": _column(num_rows, stayed, joy > SHARED_FROM),
            "satisfied": answers,
        }
    )
    hidden = pd.DataFrame(
        {
            "examined": examined.ravel().astype("float32"),
            "stayed": _column(num_rows, stayed, 1),
            "utility": utility,
        }
    )
    return log, hidden


def _column(num_rows, rows, values):
    """Return zeros with values at some rows."""
    column = np.zeros(num_rows, dtype="float32")
    column[rows] = values
    return column
