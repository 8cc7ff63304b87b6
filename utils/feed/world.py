"""Who watches and what there is to watch: the part of the simulated feed that stays as it is."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from utils import require
from utils.feed.settings import BAIT_SHARE, MEDIAN_MINUTES, OLDEST_DAYS, Settings


@dataclass(frozen=True, eq=False)
class Hidden:
    """What no model may see.

    Attributes:
        taste: array (num_users, num_topics), how much a user likes a topic; mean 0, sigma 1.
        quality: array (num_videos,), mean 0, sigma 1.
        bait: array (num_videos,) in [0, 1], how much more the thumbnail promises than the video
            holds; 0 for three videos in four.
    """

    taste: np.ndarray
    quality: np.ndarray
    bait: np.ndarray


@dataclass(frozen=True, eq=False)
class World:
    """Users and videos; of a user nothing is known but the index.

    Attributes:
        settings: Settings.
        videos: DataFrame with `item_index`, `topic` (0..num_topics-1), `minutes` (length) and
            `upload_day` (before day 0); row `i` has `item_index` `i`.
        hidden: Hidden.
    """

    settings: Settings
    videos: pd.DataFrame
    hidden: Hidden


def make_world(settings=None, seed=0):
    """Draw the users and videos of a feed.

    Each property is drawn apart: with the same seed, another `num_users` has the same videos, and
    another `length_spread` the same videos, only longer or shorter.

    Args:
        settings: Settings; None for the defaults.
        seed: int.

    Returns:
        World.
    """
    require.integers("[0, inf)", seed=seed)
    settings = Settings() if settings is None else settings
    require.instances(Settings, settings=settings)
    num_videos = settings.num_videos
    of_users, of_topics, of_quality, of_bait, of_length, of_upload = np.random.default_rng(
        [seed, 0]
    ).spawn(6)
    videos = pd.DataFrame(
        {
            "item_index": np.arange(num_videos),
            "topic": of_topics.integers(settings.num_topics, size=num_videos),
            "minutes": MEDIAN_MINUTES
            * np.exp(settings.length_spread * of_length.standard_normal(num_videos)),
            "upload_day": -1 - of_upload.integers(OLDEST_DAYS, size=num_videos),
        }
    )
    # The highest quarter of uniform numbers, stretched to 0..1; the others become 0.
    uniform = of_bait.random(num_videos)
    hidden = Hidden(
        taste=of_users.standard_normal((settings.num_users, settings.num_topics)),
        quality=of_quality.standard_normal(num_videos),
        bait=np.maximum(0, 1 - uniform / BAIT_SHARE),
    )
    return World(settings, videos, hidden)
