"""The simulated feed: what is drawn, shown and written down, and what stays hidden."""

import numpy as np
import pytest

from utils import feed
from utils.feed import serving
from utils.feed.behavior import describe_pairs
from utils.feed.settings import BAIT_SHARE

SMALL = feed.Settings(num_users=40, num_videos=60, page_size=5)
LOG = [
    *("visit", "day", "position", "user_index", "item_index", "clicked", "dwell_seconds"),
    *("watch_minutes", "watched_half", "completed", "shared", "satisfied"),
]


@pytest.fixture(scope="module")
def world():
    return feed.make_world()


@pytest.fixture(scope="module")
def run(world):
    return feed.simulate(world, 50_000)


def scores_of(world, seed=0):
    shape = world.settings.num_users, world.settings.num_videos
    return np.random.default_rng(seed).random(shape)


def is_within_noise(values, sigmas=4.5):
    """Tell whether a mean is 0 but for chance."""
    values = np.asarray(values, dtype=float)
    return abs(values.mean()) < sigmas * values.std() / np.sqrt(len(values))


def assert_same(one, other):
    for left, right in zip(one, other, strict=True):
        assert left.equals(right)


# Users and videos


def test_a_world_is_what_its_settings_say(world):
    hidden, videos = world.hidden, world.videos
    assert hidden.taste.shape == (1_000, 8)
    assert videos["item_index"].tolist() == list(range(1_000))
    assert set(videos["topic"]) == set(range(8))
    assert videos["upload_day"].between(-60, -1).all()
    assert np.mean(hidden.bait > 0) == pytest.approx(BAIT_SHARE, abs=0.05)
    assert hidden.bait.min() >= 0 and 0.95 < hidden.bait.max() <= 1
    assert videos["minutes"].median() == pytest.approx(4, rel=0.1)
    assert np.log(videos["minutes"]).std() == pytest.approx(1, rel=0.1)
    for values in (hidden.taste, hidden.quality):
        assert is_within_noise(values.ravel())
        assert values.std() == pytest.approx(1, rel=0.1)


def test_settings_change_one_thing_each():
    """So that a sweep compares the same users and videos."""
    base = feed.make_world(SMALL)
    others = {
        "num_users": feed.Settings(num_users=50, num_videos=60, page_size=5),
        "length_spread": feed.Settings(num_users=40, num_videos=60, page_size=5, length_spread=2.0),
    }
    more, longer = (feed.make_world(settings) for settings in others.values())
    assert more.videos.equals(base.videos)
    assert np.array_equal(more.hidden.taste[:40], base.hidden.taste)
    assert np.array_equal(longer.hidden.quality, base.hidden.quality)
    assert np.allclose(longer.videos["minutes"] / 4, (base.videos["minutes"] / 4) ** 2)


def test_a_seed_is_a_world():
    assert feed.make_world(SMALL, 3).videos.equals(feed.make_world(SMALL, 3).videos)
    assert not feed.make_world(SMALL, 3).videos.equals(feed.make_world(SMALL, 4).videos)


def test_what_is_seen_of_a_video_does_not_tell_what_is_hidden():
    """No feature of a video goes with its quality or bait, in any of ten worlds."""
    for seed in range(10):
        world = feed.make_world(seed=seed)
        assert list(world.videos) == ["item_index", "topic", "minutes", "upload_day"]
        hidden = {"quality": world.hidden.quality, "bait": world.hidden.bait}
        table = world.videos.assign(minutes=np.log(world.videos["minutes"]), **hidden).corr()
        seen = table.loc[["quality", "bait"], ["item_index", "topic", "minutes", "upload_day"]]
        assert np.abs(seen.to_numpy()).max() < 4.5 / np.sqrt(1_000)
        assert abs(table.loc["quality", "bait"]) < 4.5 / np.sqrt(1_000)


# Pages


def test_with_all_candidates_a_page_is_the_top_of_the_scores():
    world = feed.make_world(SMALL)
    scores = scores_of(world)
    visits = np.array([3, 0, 3])
    pages = feed.serve(world, visits, scores, num_candidates=60)
    assert pages.tolist() == np.argsort(-scores[visits], axis=1)[:, :5].tolist()


def test_a_page_ranks_its_candidates():
    """As many candidates as places: random videos in the order of the scores."""
    world = feed.make_world(SMALL)
    scores = scores_of(world)
    visits = np.arange(400) % 40
    pages = feed.serve(world, visits, scores, num_candidates=5)
    shown = scores[visits[:, np.newaxis], pages]
    assert (np.diff(shown, axis=1) < 0).all()
    assert shown.mean() == pytest.approx(0.5, abs=0.03)
    assert scores[visits[:, np.newaxis], feed.serve(world, visits, scores, 20)].mean() > 0.8


@pytest.mark.parametrize("num_candidates", [5, 7, 31, 60])
def test_no_video_comes_twice_on_a_page_and_all_come_alike(num_candidates):
    world = feed.make_world(SMALL)
    pages = feed.serve(world, np.zeros(6_000, dtype=int), np.zeros((40, 60)), num_candidates)
    assert all(len(set(page)) == 5 for page in pages[:500])
    counts = np.bincount(pages.ravel(), minlength=60)
    assert np.abs(counts - 500).max() < 4.5 * np.sqrt(500)
    top = np.bincount(pages[:, 0], minlength=60)  # ties are in random order
    assert np.abs(top - 100).max() < 4.5 * np.sqrt(100)


def test_long_runs_are_served_in_parts(monkeypatch):
    world = feed.make_world(SMALL)
    visits = np.arange(500) % 40
    whole = feed.serve(world, visits, scores_of(world), 20)
    monkeypatch.setattr(serving, "CARDS_AT_ONCE", 100)
    assert np.array_equal(feed.serve(world, visits, scores_of(world), 20), whole)


# Seeds


def test_the_same_seed_gives_the_same_log(world):
    assert_same(feed.simulate(world, 300, seed=5), feed.simulate(world, 300, seed=5))
    log, other = feed.simulate(world, 300, seed=5)[0], feed.simulate(world, 300, seed=6)[0]
    assert (log["user_index"] == other["user_index"]).mean() < 0.05
    assert (log["item_index"] == other["item_index"]).mean() < 0.05


@pytest.mark.parametrize("num_candidates", [None, 7])
def test_a_longer_run_begins_with_the_shorter_one(num_candidates):
    world = feed.make_world(SMALL)
    policy = [] if num_candidates is None else [scores_of(world), num_candidates]
    short, long = feed.simulate(world, 70, *policy), feed.simulate(world, 900, *policy)
    assert_same(short, [table[: 70 * 5] for table in long])


def test_serving_leaves_the_world_as_it_is():
    world, untouched = feed.make_world(SMALL), feed.make_world(SMALL)
    feed.simulate(world, 200)
    feed.simulate(world, 200, scores_of(world), seed=1)
    assert world.videos.equals(untouched.videos)
    assert np.array_equal(world.hidden.taste, untouched.hidden.taste)
    assert np.array_equal(world.hidden.quality, untouched.hidden.quality)


# Behavior


def test_examination_by_hand():
    assert feed.examination([1, 2, 4], 0.5).tolist() == pytest.approx([1, 0.5**0.5, 0.5])
    assert feed.examination([1, 4, 10], 1).tolist() == pytest.approx([1, 0.25, 0.1])
    assert feed.examination([1, 4, 10], 0).tolist() == [1, 1, 1]


def test_a_log_is_what_a_service_sees(world, run):
    log, hidden = run
    assert list(log) == LOG
    assert list(hidden) == ["examined", "stayed", "utility"]
    assert len(log) == len(hidden) == 500_000
    assert log["visit"].tolist() == np.repeat(np.arange(50_000), 10).tolist()
    assert log["position"].tolist() == list(range(1, 11)) * 50_000
    assert (log.groupby("visit")["user_index"].nunique() == 1).all()
    assert not log.drop(columns="satisfied").isna().any().any()


def test_labels_follow_from_each_other(world, run):
    log, hidden = run
    minutes = world.videos["minutes"].to_numpy()[log["item_index"]]
    clicked, stayed = log["clicked"] == 1, hidden["stayed"] == 1
    assert (hidden["examined"][clicked] == 1).all()
    assert clicked[stayed].all()
    assert ((log["watch_minutes"] > 0) == stayed).all()
    assert (log["watch_minutes"] <= minutes * (1 + 1e-6)).all()
    clear = np.abs(log["watch_minutes"] - minutes / 2) > 1e-5
    assert ((log["watched_half"] == 1) == (log["watch_minutes"] > minutes / 2))[clear].all()
    assert ((log["completed"] == 1) == (log["watch_minutes"] == minutes.astype("float32"))).all()
    assert (log["dwell_seconds"][clicked] > 59.99 * log["watch_minutes"][clicked]).all()
    assert ((log["shared"] == 1) == (hidden["utility"] > 2)).all()
    asked = log["satisfied"].notna()
    assert ((log["satisfied"] == 1) == (hidden["utility"] > 0))[asked].all()
    assert asked[~clicked].sum() == 0


def test_without_a_click_nothing_tells_whether_the_user_looked(run):
    log, hidden = run
    unseen = log[(log["clicked"] == 0)]
    assert (
        (unseen[["dwell_seconds", "watch_minutes", "watched_half", "completed"]] == 0)
        .to_numpy()
        .all()
    )
    assert (hidden["utility"][unseen.index] == 0).all()
    assert 0 < hidden["examined"][unseen.index].mean() < 1


def test_who_is_asked_is_drawn_at_random(world, run):
    log, hidden = run
    clicks = log[log["clicked"] == 1].assign(utility=hidden["utility"])
    asked = clicks["satisfied"].notna()
    assert asked.mean() == pytest.approx(0.02, abs=4.5 * np.sqrt(0.02 / len(clicks)))
    gap = clicks["utility"] - clicks["utility"].mean()
    assert is_within_noise(gap[asked])


def test_position_moves_the_look_and_nothing_else(world, run):
    log, hidden = run
    looks = hidden["examined"].groupby(log["position"]).mean()
    assert looks.to_numpy() == pytest.approx(feed.examination(range(1, 11), 0.7), abs=0.01)
    expected = feed.expect(world)
    for label in ("clicked", "watch_minutes", "shared"):
        exact = getattr(expected, label)[log["user_index"], log["item_index"]]
        for position in (1, 5, 10):
            looked = (hidden["examined"] == 1) & (log["position"] == position)
            assert is_within_noise((log[label] - exact)[looked])


def test_without_decay_every_place_is_looked_at():
    settings = feed.Settings(num_users=40, num_videos=60, position_decay=0.0)
    log, hidden = feed.simulate(feed.make_world(settings), 300)
    assert (hidden["examined"] == 1).all()
    assert list(log) == LOG


def test_more_bait_means_more_clicks_and_no_more_watch_time():
    """The very same views; the clicks that come on top leave at once."""
    logs, clicks, utilities = [], [], []
    for strength in (0.0, 1.5, 4.0):
        log, hidden = feed.simulate(feed.make_world(feed.Settings(bait_strength=strength)), 5_000)
        logs.append(log)
        clicks.append(log["clicked"].sum())
        utilities.append(hidden["utility"].sum())
        assert hidden["stayed"].sum() == logs[0]["clicked"].sum()
    assert clicks[0] < clicks[1] < clicks[2]
    assert utilities[0] > utilities[1] > utilities[2]
    for log in logs[1:]:
        assert log["watch_minutes"].equals(logs[0]["watch_minutes"])
        assert log["shared"].equals(logs[0]["shared"])
        assert (log["clicked"] >= logs[0]["clicked"]).all()


def test_baited_videos_are_clicked_more_and_worth_less(world):
    expected = feed.expect(world)
    baited = world.hidden.bait > 0.5
    plain = world.hidden.bait == 0
    assert expected.clicked[:, baited].mean() > 1.5 * expected.clicked[:, plain].mean()
    assert expected.utility[:, baited].mean() < expected.utility[:, plain].mean()
    quality, users = world.hidden.quality, np.arange(1_000)
    for item in np.flatnonzero(baited)[:5]:  # the same video without its bait
        pair = describe_pairs(world, users, np.full(1_000, item), 0)
        assert (pair.click > pair.stay).all()
    assert abs(quality[baited].mean() - quality[plain].mean()) < 0.4


# What is refused


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("num_users", 0, "num_users must be at least 1, received 0"),
        ("num_videos", 9, "num_videos must be at least 10, received 9"),
        ("num_topics", 2.0, r"num_topics must be an integer, received 2.0 \(float\)"),
        ("page_size", True, r"page_size must be an integer, received True \(bool\)"),
        ("click_rate", 0, r"click_rate must be in \(0, 1\), received 0"),
        ("click_rate", 5, r"click_rate must be in \(0, 1\), received 5"),
        ("bait_strength", -1, r"bait_strength must be in 0..20, received -1"),
        ("freshness", np.nan, r"freshness must be in \[-20, 20\], received nan"),
        ("position_decay", -0.5, "position_decay must be at least 0, received -0.5"),
        ("length_spread", "1", r"length_spread must be a number, received '1' \(str\)"),
        ("survey_share", 1.5, r"survey_share must be in \[0, 1\], received 1.5"),
    ],
)
def test_settings_out_of_range_are_refused(name, value, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        feed.Settings(**{name: value})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda w: feed.make_world(5), "settings must be a Settings of .*, received 5"),
        (lambda w: feed.make_world(seed=-1), "seed must be at least 0, received -1"),
        *[
            (call, r"world must be a World of utils.feed.world, received Settings\(num_users=1000")
            for call in (
                lambda w: feed.simulate(feed.Settings(), 5),
                lambda w: feed.serve(feed.Settings(), [0]),
                lambda w: feed.react(feed.Settings(), [0], [[3]]),
                lambda w: feed.expect(feed.Settings()),
            )
        ],
        (lambda w: feed.simulate(w, 0), "num_visits must be at least 1, received 0"),
        (lambda w: feed.simulate(w, 5, day=-1), "day must be at least 0, received -1"),
        (lambda w: feed.serve(w, [40]), "visits must be in 0..39, received 40"),
        (
            lambda w: feed.serve(w, [0], np.zeros((60, 40))),
            r"scores must have the shape \(40, 60\), received \(60, 40\)",
        ),
        (
            lambda w: feed.serve(w, [0], np.full((40, 60), -np.inf)),
            "scores must be finite, received -inf",
        ),
        (
            lambda w: feed.serve(w, [0], np.zeros((40, 60)), 4),
            r"num_candidates must be in 5..60, received 4",
        ),
        (lambda w: feed.react(w, [0], [[60]]), "pages must be in 0..59, received 60"),
        (
            lambda w: feed.react(w, [0, 1], [[3]]),
            r"visits and pages must have the shapes .* received \(2,\) and \(1, 1\)",
        ),
        (lambda w: feed.examination([0], 1), "positions must be at least 1, received 0"),
        (lambda w: feed.expect(w, 0.5), "day must be an integer, received 0.5"),
    ],
)
def test_wrong_arguments_are_refused(call, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        call(feed.make_world(SMALL))
