"""Drawings of the simulated feed show the numbers that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from utils import feed
from utils.feed.truth import Expected
from utils.figures import feed as figures


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def log_of(**columns):
    return pd.DataFrame({name: np.array(values, dtype=float) for name, values in columns.items()})


def test_click_rates_are_those_of_the_log():
    log = log_of(clicked=[1, 0, 1, 1, 0, 0, 0, 0]).assign(position=[1, 2] * 4)
    figure, alt = figures.click_rates(log, position_decay=1.0)
    curve, dots = figure.axes[0].lines[0], figure.axes[0].containers[0][0]
    assert dots.get_ydata().tolist() == [50, 25]
    assert curve.get_ydata() == pytest.approx([50, 25])  # half as many looks
    assert "50.0 at the top, 25.0 at the bottom" in alt


def test_watch_times_are_stacked_and_add_up():
    log = log_of(
        clicked=[1, 1, 1, 1, 0],
        watch_minutes=[0, 0.5, 2.5, 90, 0],
        completed=[0, 0, 1, 1, 0],
    )
    figure, alt = figures.watch_times(log, longest=5)
    heights = np.array([[bar.get_height() for bar in bars] for bars in figure.axes[0].containers])
    assert heights.tolist() == [[25, 0, 0, 0, 0], [25, 0, 0, 0, 0], [0, 0, 25, 0, 25]]
    assert "25% left at once, 25% left before the end, 50% seen to the end" in alt
    assert "Median 1.5, mean 23.2 minutes" in alt


def test_labels_beside_the_utility():
    """The click is the utility upside down, all else the utility itself."""
    utility = np.random.default_rng(0).random((3, 8))
    expected = Expected(*[utility] * 9)._replace(clicked=1 - utility)
    figure, alt = figures.labels_and_utility(expected, num_shown=2)
    correlations, shares = (line.get_xdata() for line in figure.axes[0].lines)
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    lowest, best = np.sort(utility)[:, :2].mean(), np.sort(utility)[:, -2:].mean()
    assert names[0] == "click"
    assert correlations == pytest.approx([-1] + [1] * 6)
    assert shares == pytest.approx([lowest / best] + [1] * 6)
    assert "satisfaction 1.00 and 1.00" in alt
    assert figure.axes[0].get_xlim()[0] < -1


def test_bait_beside_clicks_and_utility():
    world = feed.make_world()
    expected = feed.expect(world)
    figure, alt = figures.bait_and_outcome(world, expected)
    means = [axes.lines[0].get_ydata() for axes in figure.axes]
    plain = world.hidden.bait == 0
    assert means[0][0] == pytest.approx(100 * expected.clicked[:, plain].mean())
    assert means[1][0] == pytest.approx(100 * expected.utility[:, plain].mean())
    assert len(means[0]) == 5
    assert means[0][-1] > means[0][0] and means[1][-1] < means[1][0]
    assert f"clicks from {means[0][0]:.1f} to {means[0][-1]:.1f}" in alt


@pytest.mark.parametrize("make", [figures.click_rates, figures.watch_times])
def test_drawings_of_a_log_have_title_axes_and_words(make):
    world = feed.make_world()
    log, _ = feed.simulate(world, 2_000)
    figure, alt = make(log, 0.7) if make is figures.click_rates else make(log)
    axes = figure.axes[0]
    assert axes.get_title() and axes.get_xlabel() and axes.get_ylabel() and axes.get_legend()
    assert len(alt.split()) > 10
