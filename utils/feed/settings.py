"""What can be set in the simulated feed, and what is fixed."""

from dataclasses import dataclass

from utils import require

# What a sigma of taste and of quality adds to the log odds of a click: a thumbnail shows what a
# video is about better than how good it is.
TASTE_IN_CLICK, QUALITY_IN_CLICK = 1.0, 0.5
BAIT_SHARE = 0.25  # of the videos; the others have a plain thumbnail
FRESH_HALF_LIFE = 7.0  # days
OLDEST_DAYS = 60  # on day 0
MEDIAN_MINUTES = 4.0  # length of a video
PATIENCE_MINUTES = 4.0  # mean time until an average viewer has had enough of an average video
INTEREST = 0.7  # patience is multiplied by exp(0.7) for each sigma of enjoyment
LOOK_SECONDS = 5.0  # mean time on the page of a video before it runs, or before one leaves again
JOY_NOISE = 0.5  # scale of what one viewing differs from what the pair gives on average
SHARED_FROM = 2.0  # joy from which on a video is shared; from 0 on the answer is "worth my time"
DISAPPOINTMENT = 0.5  # utility lost by a click on bait that one does not stay for


@dataclass(frozen=True)
class Settings:
    """The settings of a simulated feed; data/README.md shows what the defaults lead to.

    Attributes:
        num_users, num_videos, num_topics: ints; each video has one topic.
        page_size: int, videos on a page.
        click_rate: float in (0, 1), the chance that a user who looks at a video clicks on it, for
            an average, old video with a plain thumbnail that fits an average taste.
        bait_strength: float in [0, 20], what the strongest bait adds to the log odds of a click.
        freshness: float in [-20, 20], what being new adds to the log odds of a click; half of it is
            left after a week.
        position_decay: float >= 0; a user looks at place p with the chance p ** -position_decay.
        length_spread: float in [0, 5], the standard deviation of the logarithm of the minutes.
        survey_share: float in [0, 1], the share of clicks after which satisfaction is asked for.
    """

    num_users: int = 1_000
    num_videos: int = 1_000
    num_topics: int = 8
    page_size: int = 10
    click_rate: float = 0.05
    bait_strength: float = 1.5
    freshness: float = 0.5
    position_decay: float = 0.7
    length_spread: float = 1.0
    survey_share: float = 0.02

    def __post_init__(self):
        require.integers("[1, inf)", num_users=self.num_users, num_topics=self.num_topics)
        require.integers("[1, inf)", page_size=self.page_size)
        require.integers(f"[{self.page_size}, inf)", num_videos=self.num_videos)
        require.within("(0, 1)", click_rate=self.click_rate)
        require.within("[0, 20]", bait_strength=self.bait_strength)
        require.within("[-20, 20]", freshness=self.freshness)
        require.within("[0, inf)", position_decay=self.position_decay)
        require.within("[0, 5]", length_spread=self.length_spread)
        require.within("[0, 1]", survey_share=self.survey_share)
