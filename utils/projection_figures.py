"""Drawings of maps: digits as glyphs, groups as colored markers."""

import numpy as np

from utils.plotting import MARKERS, PALETTE

# Three more than the palette has: Tol, "Colour Schemes" (2021).
DIGIT_COLORS = [*PALETTE, "#000000", "#332288", "#882255"]


def draw_digits(axes, positions, labels, title):
    """Draw every digit of a map as the numeral that it is, in the color of its class.

    Args:
        axes: matplotlib Axes.
        positions: array (n, 2).
        labels: int array (n,), 0 to 9.
        title: str.
    """
    for digit in range(10):
        color = DIGIT_COLORS[digit]
        points = positions[labels == digit].T
        axes.plot(*points, linestyle="", marker=f"${digit}$", color=color, markersize=4)
    _finish(axes, title)


def draw_groups(axes, positions, groups, title):
    """Draw a map of groups, each with a color and a marker of its own.

    Args:
        axes: matplotlib Axes.
        positions: array (n, 2).
        groups: int array (n,), from 0, at most 7 of them.
        title: str.
    """
    for group in np.unique(groups):
        points = positions[groups == group].T
        marker, color = MARKERS[group], PALETTE[group]
        axes.plot(*points, linestyle="", marker=marker, color=color, markersize=4, alpha=0.8)
    _finish(axes, title)


def _finish(axes, title):
    axes.set(title=title, xticks=[], yticks=[], aspect="equal")
    axes.set_adjustable("datalim")  # equal scales in panels of equal size
