"""Drawings of the simulated feed: places, watch times, labels against utility, bait."""

import matplotlib.pyplot as plt
import numpy as np

from utils.feed import examination
from utils.plotting import BLUE, GRAY, ORANGE, VERMILION

LABELS = {
    "clicked": "click",
    "dwell_seconds": "dwell time",
    "watch_minutes": "watch time",
    "watched_half": "watched half",
    "completed": "completion",
    "shared": "share",
    "satisfied": "satisfaction",
}


def click_rates(log, position_decay, figsize=(7, 4)):
    """Draw the share of impressions that are clicked, for each place on the page.

    Args:
        log: DataFrame from `feed.simulate`, of random pages.
        position_decay: float, of the settings: what the curve through all places has.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    rates = 100 * log.groupby("position")["clicked"].agg(["mean", "sem"])
    places = rates.index.to_numpy()
    looks = examination(places, position_decay)
    figure, axes = plt.subplots(figsize=figsize)
    curve = rates["mean"].mean() * looks / looks.mean()
    axes.plot(places, curve, color=GRAY, zorder=1, label="in proportion to the looks")
    style = {"fmt": "o", "color": BLUE, "capsize": 3, "label": "counted, two standard errors"}
    axes.errorbar(places, rates["mean"], 2 * rates["sem"], **style)
    axes.set(
        title="Further down, fewer clicks on the same videos",
        xlabel="place on the page",
        ylabel="clicks per 100 impressions",
        xticks=places,
        ylim=(0, None),
    )
    axes.legend()
    return figure, (
        f"Clicks per 100 impressions against the place: {rates['mean'].iloc[0]:.1f} at the top, "
        f"{rates['mean'].iloc[-1]:.1f} at the bottom. The dots lie on the curve of the chance that "
        "a user looks there."
    )


def watch_times(log, longest=20, figsize=(7, 4)):
    """Draw how long a video is watched after a click.

    Args:
        log: DataFrame from `feed.simulate`.
        longest: int, minutes; the last bar holds all longer ones as well.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    clicks = log[log["clicked"] == 1]
    kinds = {
        "left at once": (clicks["watch_minutes"] == 0, VERMILION),
        "left before the end": (
            (clicks["watch_minutes"] > 0) & (clicks["completed"] == 0),
            BLUE,
        ),
        "seen to the end": (clicks["completed"] == 1, ORANGE),
    }
    figure, axes = plt.subplots(figsize=figsize)
    axes.hist(
        [clicks["watch_minutes"][kind].clip(upper=longest - 0.01) for kind, _ in kinds.values()],
        bins=np.arange(longest + 1),
        weights=[np.full(kind.sum(), 100 / len(clicks)) for kind, _ in kinds.values()],
        color=[color for _, color in kinds.values()],
        label=[f"{name}, {kind.mean():.0%}" for name, (kind, _) in kinds.items()],
        stacked=True,
    )
    axes.set(
        title="Most views are short, a few are long",
        xlabel=f"minutes watched ({longest} and more in the last bar)",
        ylabel="% of clicks",
        xticks=range(0, longest + 1, 2),
    )
    axes.legend()
    median, mean = clicks["watch_minutes"].median(), clicks["watch_minutes"].mean()
    return figure, (
        f"Histogram of minutes watched after a click: it falls from the first minute on. Median "
        f"{median:.1f}, mean {mean:.1f} minutes. "
        + ", ".join(f"{kind.mean():.0%} {name}" for name, (kind, _) in kinds.items())
        + "."
    )


def labels_and_utility(expected, num_shown=10, figsize=(8, 4)):
    """Draw how near each label comes to the utility, on all pairs and in a ranking by it.

    Args:
        expected: Expected, of all users and videos.
        num_shown: int, the length of the ranking.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    best = _mean_of_top(expected.utility, expected.utility, num_shown)
    rows = {}
    for label, name in LABELS.items():
        scores = getattr(expected, label)
        agreement = np.corrcoef(scores.ravel(), expected.utility.ravel())[0, 1]
        rows[name] = agreement, _mean_of_top(expected.utility, scores, num_shown) / best
    rows = dict(sorted(rows.items(), key=lambda row: row[1][1]))
    figure, axes = plt.subplots(figsize=figsize)
    heights = range(len(rows))
    numbers = np.array(list(rows.values()))
    axes.hlines(heights, numbers.min(axis=1), numbers.max(axis=1), color=GRAY, linewidth=1)
    axes.plot(
        numbers[:, 0], heights, "o", color=BLUE, label="correlation with the utility, all pairs"
    )
    share = f"utility of the top {num_shown}, as a share of the best"
    axes.plot(numbers[:, 1], heights, "s", color=ORANGE, label=share)
    axes.set_yticks(heights, rows)
    axes.set(
        title="Perfect predictions of each label",
        xlabel="1 is as good as the utility itself",
        xlim=(min(0, numbers.min()) - 0.02, 1.02),
    )
    figure.legend(loc="outside lower center")
    return figure, (
        "Two dots for each label: its correlation with the true utility over all pairs, and the "
        "utility of a ranking by it as a share of the best. "
        + "; ".join(f"{name} {one:.2f} and {two:.2f}" for name, (one, two) in rows.items())
        + "."
    )


def bait_and_outcome(world, expected, figsize=(9, 4)):
    """Draw clicks and utility of each video against its bait.

    Args:
        world: World.
        expected: Expected, of the same world.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    bait = world.hidden.bait
    edges = np.array([0, 1e-9, 0.25, 0.5, 0.75, 1 + 1e-9])  # none, then four quarters
    groups = np.digitize(bait, edges) - 1
    figure, panels = plt.subplots(1, 2, figsize=figsize, sharex=True)
    ends = []
    rows = {"clicks": (expected.clicked, "o", BLUE), "utility": (expected.utility, "s", ORANGE)}
    for axes, (name, (values, marker, color)) in zip(panels, rows.items(), strict=True):
        of_videos = 100 * values.mean(axis=0)
        means = [of_videos[groups == group].mean() for group in np.unique(groups)]
        middles = [bait[groups == group].mean() for group in np.unique(groups)]
        axes.scatter(bait, of_videos, s=8, color=GRAY, alpha=0.35, linewidths=0)
        axes.plot(middles, means, marker=marker, color=color)
        axes.set(title=f"{name} per 100 looks", xlabel="bait of the video")
        ends.append((name, means[0], means[-1]))
    return figure, (
        "Each video as a dot, bait against what 100 looks at it lead to, with the mean of videos "
        "without bait and of four groups of bait. "
        + "; ".join(f"{name} from {first:.1f} to {last:.1f}" for name, first, last in ends)
        + "."
    )


def _mean_of_top(values, scores, num_shown):
    """Return the mean over users of the values at the highest scores."""
    top = np.argpartition(-scores, num_shown - 1, axis=1)[:, :num_shown]
    return np.take_along_axis(values, top, axis=1).mean()
