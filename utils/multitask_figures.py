"""Drawings of the ways to share layers between tasks."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from utils.plotting import BLUE, GRAY, ORANGE, SKY

BOX_WIDTH, BOX_HEIGHT = 1.6, 0.8


def draw_sharing():
    """Draw four ways for two tasks to share layers, from nothing to everything.

    Returns:
        matplotlib Figure.
    """
    figure, panels = plt.subplots(1, 4, figsize=(11, 3.8))
    _draw_two_towers(panels[0], "nothing shared")
    _draw_two_towers(panels[1], "soft sharing")
    _draw_link(panels[1], "pulled\ntogether", style="<->")
    _draw_two_towers(panels[2], "cross-stitch")
    for start, end in ((1, 3), (3, 1)):
        _draw_arrow(panels[2], (start, 2.4), (end, 3.6))
    panels[2].text(2, 2.62, "mixed", ha="center", va="center", fontsize=9)
    panels[3].set_title("hard sharing")
    _draw_box(panels[3], (2, 2), "hidden\nlayer", SKY)
    _draw_box(panels[3], (2, 0.5), "features", "white")
    _draw_arrow(panels[3], (2, 0.9), (2, 1.6))
    for place, (task, color) in zip((1, 3), (("A", BLUE), ("B", ORANGE)), strict=True):
        _draw_box(panels[3], (place, 4), f"head {task}", color)
        _draw_arrow(panels[3], (2, 2.4), (place, 3.6))
    for axes in panels:
        axes.set(xlim=(0, 4), ylim=(0, 4.6))
        axes.set_axis_off()
    return figure


def draw_three_heads():
    """Draw the model of MovieLens: two tables, a hidden layer, three heads and their losses.

    Returns:
        matplotlib Figure.
    """
    figure, axes = plt.subplots(figsize=(8, 3.9))
    for left, name in ((2.6, "user vector"), (5.4, "film vector")):
        _draw_box(axes, (left, 0.5), name, SKY, width=2.2)
        _draw_arrow(axes, (left, 0.9), (4 + (left - 4) / 3, 1.6))
    _draw_box(axes, (4, 2), "hidden layer, shared by all", SKY, width=4.4)
    heads = (
        (1.2, "head: stars", "mean squared error", BLUE),
        (4, "head: liked", "cross-entropy", ORANGE),
        (6.8, "head: watch", "cross-entropy", ORANGE),
    )
    for place, name, loss, color in heads:
        _draw_box(axes, (place, 3.5), name, color, width=2.3)
        _draw_arrow(axes, (4 + (place - 4) / 2, 2.4), (place, 3.1))
        axes.text(place, 4.0, loss, ha="center", va="bottom", fontsize=9, color=GRAY)
    axes.set(xlim=(-0.2, 8.2), ylim=(0, 4.5), title="One trunk, three heads")
    axes.set_axis_off()
    return figure


def _draw_two_towers(axes, title):
    axes.set_title(title)
    for place, (task, color) in zip((1, 3), (("A", BLUE), ("B", ORANGE)), strict=True):
        _draw_box(axes, (place, 4), f"head {task}", color)
        _draw_box(axes, (place, 2), f"hidden\nlayer {task}", color)
        _draw_arrow(axes, (place, 2.4), (place, 3.6))
        _draw_arrow(axes, (2, 0.9), (place, 1.6))
    _draw_box(axes, (2, 0.5), "features", "white")


def _draw_link(axes, text, style):
    _draw_arrow(axes, (1.86, 2), (2.14, 2), style)
    axes.text(2, 2.5, text, ha="center", va="bottom", fontsize=9)


def _draw_box(axes, center, text, color, width=BOX_WIDTH):
    corner = (center[0] - width / 2, center[1] - BOX_HEIGHT / 2)
    style = "round,pad=0,rounding_size=0.12"
    axes.add_patch(
        FancyBboxPatch(
            corner, width, BOX_HEIGHT, boxstyle=style, facecolor=color, alpha=0.35, edgecolor="none"
        )
    )
    axes.add_patch(
        FancyBboxPatch(corner, width, BOX_HEIGHT, boxstyle=style, fill=False, edgecolor=GRAY)
    )
    axes.text(*center, text, ha="center", va="center", fontsize=9, linespacing=1.2)


def _draw_arrow(axes, start, end, style="->"):
    axes.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle=style, mutation_scale=12, color=GRAY, shrinkA=0, shrinkB=0
        )
    )
