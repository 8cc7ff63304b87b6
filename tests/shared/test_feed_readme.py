"""data/README.md says what the defaults of the simulated feed lead to: here it is counted."""

import dataclasses
import re

import numpy as np
import pytest

from utils import feed
from utils.feed.settings import BAIT_SHARE, MEDIAN_MINUTES
from utils.tools.course import ROOT

TEXT = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
SECTION = " ".join(TEXT.split("## The simulated feed")[1].split("\n## ")[0].split())


@pytest.fixture(scope="module")
def world():
    return feed.make_world()


@pytest.fixture(scope="module")
def log(world):
    return feed.simulate(world, 100_000)[0]


def expect(**settings):
    return feed.expect(feed.make_world(feed.Settings(**settings)))


def correlation(expected, label):
    return np.corrcoef(getattr(expected, label).ravel(), expected.utility.ravel())[0, 1]


def test_every_setting_stands_there_with_its_default():
    rows = re.findall(r"\| `(\w+)` \| ([\d.]+) \|", SECTION)
    defaults = dataclasses.asdict(feed.Settings())
    assert {name: float(default) for name, default in rows} == defaults


def test_every_column_of_the_log_stands_there(log, world):
    assert set(re.findall(r"`(\w+)`", SECTION)) >= {*log, *world.videos}


def test_clicks():
    looks = [100 * expect(click_rate=rate).clicked.mean() for rate in (0.05, 0.005, 0.2)]
    words = "{:.1f} clicks per 100 looks, since tastes differ; {:.1f} with 0.005, {:.1f} with 0.2"
    assert words.format(*looks) in SECTION


def test_bait(world):
    stay = expect(bait_strength=0.0).clicked.mean()
    clicks = [expect(bait_strength=strength).clicked.mean() for strength in (1.5, 0.0, 3.0)]
    words = "{:.0%} of the clicks are by users who leave at once; {:.0%} with 0, {:.0%} with 3"
    assert words.format(*[1 - stay / clicked for clicked in clicks]) in SECTION
    assert BAIT_SHARE == 1 / 4 and "a quarter of them have bait" in SECTION


def test_newness():
    odds = np.exp(0.5 * 2.0 ** -np.arange(3))
    words = "odds times {:.2f} for a new video, {:.2f} after a week, {:.2f} after two"
    assert words.format(*odds) in SECTION


def test_places(log):
    looks = feed.examination([2, 10], feed.Settings().position_decay)
    clicks = 100 * log["clicked"].mean()
    words = (
        "{:.0%} look at the second place, {:.0%} at the tenth; {:.1f} clicks per 100 impressions"
    )
    assert words.format(*looks, clicks) in SECTION


def test_lengths(world):
    ends = MEDIAN_MINUTES * np.exp([-1, 1])
    assert "median {:.0f} minutes; two thirds of the videos between {:.1f} and {:.1f}".format(
        MEDIAN_MINUTES, *ends
    ) in (SECTION)
    assert world.videos["minutes"].between(*ends).mean() == pytest.approx(2 / 3, abs=0.04)


def test_what_follows_a_click(log):
    clicks = log[log["clicked"] == 1]
    means = clicks[["watched_half", "completed", "watch_minutes", "satisfied"]].mean()
    assert (
        f"{means['watched_half']:.0%} watch half of the video and {means['completed']:.0%} see the "
        f"end, the median is {clicks['watch_minutes'].median():.1f} minutes and the mean "
        f"{means['watch_minutes']:.1f}; {means['satisfied']:.0%} of the answers"
    ) in SECTION
    assert f"{clicks['satisfied'].notna().sum()} answers in a million impressions" in SECTION


def test_labels_and_utility(world):
    labels = ("clicked", "watch_minutes", "watched_half", "satisfied")
    numbers = [correlation(feed.expect(world), label) for label in labels]
    words = "clicks {:.2f}, watch time {:.2f}, watched half {:.2f}, satisfaction {:.2f}."
    assert words.format(*numbers) in SECTION
    alike = correlation(expect(length_spread=0.0), "watch_minutes")
    plain = correlation(expect(bait_strength=0.0), "clicked")
    assert (
        f"of one length watch time comes to {alike:.2f}; without bait clicks come to {plain:.2f}"
        in (SECTION)
    )


def test_the_better_of_two_labels_depends_on_the_bait():
    assert "if `bait_strength` is 1, and less if it is 1.5" in SECTION
    for seed in range(5):
        clicks_are_better = []
        for strength in (1.0, 1.5):
            settings = feed.Settings(num_users=300, bait_strength=strength)
            expected = feed.expect(feed.make_world(settings, seed))
            worth = []
            for scores in (expected.clicked, expected.watch_minutes):
                top = np.argsort(-scores, axis=1)[:, :10]
                worth.append(np.take_along_axis(expected.utility, top, axis=1).mean())
            clicks_are_better.append(worth[0] > worth[1])
        assert clicks_are_better == [True, False]
