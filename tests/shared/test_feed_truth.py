"""The formulas for the simulated feed: by hand, and against the mean of many draws."""

import numpy as np
import pandas as pd
import pytest

from utils import feed
from utils.feed.world import Hidden, World

LABELS = [
    *("clicked", "watched_half", "completed", "shared", "dwell_seconds", "watch_minutes"),
    "utility",
]


def one_user(**settings):
    """Return a world of an average user and two videos: without bait, and with half of it."""
    videos = pd.DataFrame(
        {
            "item_index": [0, 1],
            "topic": [0, 0],
            "minutes": 4 * np.log(2) * np.ones(2),  # an average user sees half of them to the end
            "upload_day": [-7, -7],
        }
    )
    given = {"click_rate": 0.5, "bait_strength": 2 * np.log(3), "freshness": 0.0, **settings}
    settings = feed.Settings(num_users=1, num_videos=2, num_topics=1, page_size=2, **given)
    return World(settings, videos, Hidden(np.zeros((1, 1)), np.zeros(2), np.array([0.0, 0.5])))


def test_by_hand():
    """Even odds of a click, three to one with bait; half of the clicks would come anyway."""
    expected = feed.expect(one_user())
    assert expected.clicked[0].tolist() == pytest.approx([1 / 2, 3 / 4])
    assert expected.completed[0].tolist() == pytest.approx([1 / 4, 1 / 4])
    assert expected.watched_half[0].tolist() == pytest.approx([0.5**1.5] * 2)
    assert expected.watch_minutes[0].tolist() == pytest.approx([1, 1])  # 1/2 * 4 * (1 - 1/2)
    square = 0.5 * 2 * 16 * (1 - (1 + np.log(2)) / 2)
    assert expected.watch_minutes_squared[0].tolist() == pytest.approx([square] * 2)
    assert expected.dwell_seconds[0].tolist() == pytest.approx([60 + 2.5, 60 + 3.75])
    assert expected.satisfied[0].tolist() == pytest.approx([1 / 4, 1 / 4])
    assert expected.shared[0].tolist() == pytest.approx([0.5 / (1 + np.exp(4))] * 2)
    assert expected.utility[0].tolist() == pytest.approx([0, -0.25 * 0.5])


def test_newness_by_hand():
    """After a week half of what newness adds to the log odds is left, after three an eighth."""
    world = one_user(freshness=np.log(16))
    assert feed.expect(world, day=0).clicked[0, 0] == pytest.approx(4 / 5)
    assert feed.expect(world, day=14).clicked[0, 0] == pytest.approx(np.sqrt(2) / (1 + np.sqrt(2)))


def test_taste_and_quality_by_hand():
    world = one_user(click_rate=0.5)
    world.hidden.taste[:], world.hidden.quality[:] = 1.0, [0.0, 2.0]
    expected = feed.expect(world)
    assert expected.clicked[0, 0] == pytest.approx(1 / (1 + np.exp(-1)))
    assert expected.clicked[0, 1] == pytest.approx(1 / (1 + np.exp(-2) / 3))
    joy = 3 / np.sqrt(2)
    assert expected.satisfied[0, 1] == pytest.approx(1 / (1 + np.exp(-2)) / (1 + np.exp(-2 * joy)))
    patience = 4 * np.exp(0.7 * joy)
    end = np.exp(-4 * np.log(2) / patience)
    assert expected.completed[0, 1] == pytest.approx(end / (1 + np.exp(-2)))


@pytest.fixture(scope="module", params=["default", "extreme"])
def drawn(request):
    """A log, what is hidden of it, and the exact mean of each label for each of its rows."""
    extreme = {"click_rate": 0.3, "bait_strength": 4.0, "position_decay": 0.1, "survey_share": 1.0}
    settings = feed.Settings(**({} if request.param == "default" else extreme))
    world = feed.make_world(settings, seed=1)
    log, hidden = feed.simulate(world, 60_000, day=3, seed=2)
    looks = feed.examination(log["position"], settings.position_decay)
    of_rows = {
        name: looks * values[log["user_index"], log["item_index"]]
        for name, values in feed.expect(world, day=3)._asdict().items()
    }
    return world, log.assign(utility=hidden["utility"]), of_rows


def groups_of(world, log):
    """Yield parts of a log in which an error of a formula would stand out."""
    minutes = world.videos["minutes"].to_numpy()[log["item_index"]]
    quality = world.hidden.quality[log["item_index"]]
    taste = world.hidden.taste[log["user_index"], world.videos["topic"].to_numpy()[log.item_index]]
    age = -world.videos["upload_day"].to_numpy()[log["item_index"]]
    yield from [
        ("all", np.ones(len(log), dtype=bool)),
        ("short", minutes < 1.5),
        ("long", minutes > 10),
        ("good", quality > 1),
        ("bad", quality < -1),
        ("to taste", taste > 1),
        ("baited", world.hidden.bait[log["item_index"]] > 0.5),
        ("new", age < 5),
        ("at the top", log["position"] == 1),
    ]


@pytest.mark.parametrize("label", LABELS)
def test_the_formula_is_the_mean_of_many_draws(drawn, label):
    world, log, exact = drawn
    rest = (log[label] - exact[label]).to_numpy()
    for name, part in groups_of(world, log):
        of_part = rest[np.asarray(part)]
        standard_error = of_part.std() / np.sqrt(len(of_part))
        assert abs(of_part.mean()) < 4.5 * standard_error, name


def test_the_square_is_the_mean_of_many_squares(drawn):
    world, log, exact = drawn
    rest = (log["watch_minutes"] ** 2 - exact["watch_minutes_squared"]).to_numpy()
    for name, part in groups_of(world, log):
        of_part = rest[np.asarray(part)]
        assert abs(of_part.mean()) < 5 * of_part.std() / np.sqrt(len(of_part)), name


def test_answers_of_a_sample_stand_for_all_clicks(drawn):
    world, log, exact = drawn
    asked = log["satisfied"].notna()
    rest = (log["satisfied"] - exact["satisfied"] / exact["clicked"])[asked]
    assert abs(rest.mean()) < 4.5 * rest.std() / np.sqrt(asked.sum())


def test_what_cannot_be():
    """Chances are chances, and no label is likelier than what it needs."""
    world = feed.make_world(feed.Settings(click_rate=0.5, bait_strength=20.0, length_spread=5.0))
    expected = feed.expect(world)
    for values in expected:
        assert np.isfinite(values).all()
    assert (expected.clicked <= 1).all()
    for smaller, larger in [
        (expected.completed, expected.watched_half),
        (expected.watched_half, expected.clicked),
        (expected.satisfied, expected.clicked),
        (expected.shared, expected.satisfied),
        (expected.watch_minutes, expected.clicked * world.videos["minutes"].to_numpy()),
        (expected.watch_minutes**2, expected.watch_minutes_squared),
    ]:
        assert (smaller <= larger + 1e-9).all()


def test_settings_reach_what_they_are_for_and_nothing_else():
    base = feed.expect(feed.make_world())
    placed = feed.expect(feed.make_world(feed.Settings(position_decay=0.0, survey_share=1.0)))
    for one, other in zip(base, placed, strict=True):
        assert np.array_equal(one, other)
    longer = feed.expect(feed.make_world(feed.Settings(length_spread=1.5)))
    assert np.array_equal(base.clicked, longer.clicked)
    assert np.array_equal(base.utility, longer.utility)
    baited = feed.expect(feed.make_world(feed.Settings(bait_strength=3.0)))
    assert np.array_equal(base.watch_minutes, baited.watch_minutes)
    assert (baited.clicked >= base.clicked).all()
    assert (baited.utility <= base.utility).all()
