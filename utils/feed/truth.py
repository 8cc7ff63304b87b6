"""The truth about every user and video, as formulas: what no log tells, and no model may be fed."""

from typing import NamedTuple

import numpy as np

from utils import require
from utils.feed.behavior import Pair, describe_pairs, patience
from utils.feed.settings import DISAPPOINTMENT, JOY_NOISE, LOOK_SECONDS, SHARED_FROM
from utils.feed.world import World


class Expected(NamedTuple):
    """The mean of each entry of a log over many impressions that the user looks at.

    All are arrays (num_users, num_videos). At place p of a page they are multiplied by the chance
    that the user looks there; divided by `clicked` they are means over clicks.

    Fields:
        clicked, watched_half, completed, shared: probabilities.
        satisfied: probability of a click with the answer yes, if all were asked.
        dwell_seconds, watch_minutes: means.
        watch_minutes_squared: mean of the square, for the best error that can be reached.
        utility: mean, the yardstick of a ranking.
    """

    clicked: np.ndarray
    watched_half: np.ndarray
    completed: np.ndarray
    shared: np.ndarray
    satisfied: np.ndarray
    dwell_seconds: np.ndarray
    watch_minutes: np.ndarray
    watch_minutes_squared: np.ndarray
    utility: np.ndarray


def expect(world, day=0):
    """Return the expected label of every user and video, exactly.

    Someone who stays leaves at a constant rate of 1 / patience, or when the video is over. With
    r = minutes / patience the chance to see the end is exp(-r), the mean time patience (1 -
    exp(-r)) and the mean square 2 patience^2 (1 - (1 + r) exp(-r)).

    Args:
        world: World.
        day: int >= 0.

    Returns:
        Expected.
    """
    require.instances(World, world=world)
    shape = world.settings.num_users, world.settings.num_videos
    users, items = np.indices(shape).reshape(2, -1)
    pair = Pair(*(part.reshape(shape) for part in describe_pairs(world, users, items, day)))
    stay, minutes = pair.stay, patience(pair.enjoyment)
    lengths = world.videos["minutes"].to_numpy() / minutes
    to_the_end = np.exp(-lengths)
    watch_minutes = stay * minutes * (1 - to_the_end)
    return Expected(
        clicked=pair.click,
        watched_half=stay * np.exp(-lengths / 2),
        completed=stay * to_the_end,
        shared=stay * _chance_of_joy(pair.enjoyment, SHARED_FROM),
        satisfied=stay * _chance_of_joy(pair.enjoyment, 0),
        dwell_seconds=pair.click * LOOK_SECONDS + 60 * watch_minutes,
        watch_minutes=watch_minutes,
        watch_minutes_squared=stay * 2 * minutes**2 * (1 - (1 + lengths) * to_the_end),
        utility=stay * pair.enjoyment - (pair.click - stay) * DISAPPOINTMENT,
    )


def _chance_of_joy(enjoyment, threshold):
    """Return the chance that the joy of one viewing exceeds a threshold: it varies logistically."""
    return 1 / (1 + np.exp(-(enjoyment - threshold) / JOY_NOISE))
