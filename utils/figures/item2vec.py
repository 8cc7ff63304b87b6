"""Drawings of unit 12: a window, the optimum, settings, a graph, attention, learning curves."""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyArrowPatch, Rectangle

from utils.plotting import BLUE, GRAY, MARKERS, ORANGE, PALETTE, SKY


def window(names, window, figsize=(9, 3.4)):
    """Draw a list with a window around its middle (unit 12).

    Args:
        names: list of str, the titles in their order.
        window: int, places to each side.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    middle = len(names) // 2
    for place, name in enumerate(names):
        gap = abs(place - middle)
        face = ORANGE if gap == 0 else SKY if gap <= window else "white"
        axes.add_patch(
            Rectangle((0, -place - 0.42), 4, 0.84, facecolor=face, alpha=0.7, edgecolor=GRAY)
        )
        axes.text(2, -place, name, ha="center", va="center")
        if 0 < gap <= window:
            arrow = FancyArrowPatch(
                (4.05, -middle),
                (4.05, -place),
                connectionstyle=f"arc3,rad={-0.5 if place > middle else 0.5}",
                arrowstyle="->",
                mutation_scale=14,
                color=BLUE,
            )
            axes.add_patch(arrow)
    axes.text(4.9, -middle, "center and its contexts", va="center")
    axes.set(xlim=(-0.2, 8), ylim=(-len(names) + 0.4, 0.6))
    axes.set_axis_off()
    return figure, (
        f"A list of {len(names)} films from top to bottom. The one in the middle is the center; "
        f"arrows lead to {window} films above it and {window} below it, its contexts."
    )


def learned_against(expected, learned, figsize=(5, 4.4)):
    """Draw learned dot products against what they should be (unit 12).

    Args:
        expected, learned: arrays of one shape.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    ends = [np.min(expected), np.max(expected)]
    axes.plot(ends, ends, color=GRAY, linestyle=":", label="equal")
    axes.scatter(np.ravel(expected), np.ravel(learned), s=18, color=BLUE, label="pairs")
    axes.set(title="Where the dot products end", xlabel="PMI - log k", ylabel="learned dot product")
    axes.legend()
    return figure, (
        "Learned dot products of all pairs against PMI minus log k. All dots lie on the diagonal."
    )


def variants(runs, label, figsize=(8, 3.8)):
    """Draw a quality of each setting as a dot with three standard deviations (unit 12).

    Args:
        runs: DataFrame with `model`, `ndcg` and `cosine_ndcg`, a row per seed.
        label: str, what is drawn.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    groups = runs.groupby("model", sort=False)[["ndcg", "cosine_ndcg"]].agg(["mean", "std"])
    ways = (("ndcg", "contexts", BLUE, "o"), ("cosine_ndcg", "cosines", ORANGE, "s"))
    for metric, name, color, marker in ways:
        axes.errorbar(
            groups[metric]["mean"],
            groups.index,
            xerr=3 * groups[metric]["std"],
            fmt=marker,
            color=color,
            capsize=3,
            label=name,
        )
    axes.invert_yaxis()
    axes.set(xlabel=f"{label}, bars of 3 standard deviations")
    axes.legend(title="read by")
    return figure, (
        f"{label} for {len(groups)} settings, read by contexts and by cosines. With five negatives "
        "contexts depend much on the exponent, with one negative less."
    )


def neighborhood(weights, titles, start, figsize=(9, 4.6)):
    """Draw the strongest arrows out of a film, and on from there (unit 12).

    Args:
        weights: array (num_items, num_items), row = from.
        titles: Series of str, index = item_index.
        start: int, item_index.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    size = 0.85 * plt.rcParams["font.size"]
    first = np.argsort(-weights[start], kind="stable")[:3]
    places = {int(start): (0.0, 0.0)}
    arrows = []
    for row, film in enumerate(first):
        places.setdefault(int(film), (1.0, 1.2 * (1 - row)))
        arrows.append((int(start), int(film)))
        onward = [int(o) for o in np.argsort(-weights[film], kind="stable") if o not in places][:2]
        for side, other in enumerate(onward):
            places[other] = (2.0, 1.2 * (1 - row) + 0.3 - 0.6 * side)
            arrows.append((int(film), other))
    for origin, target in arrows:
        (x, y), (to_x, to_y) = places[origin], places[target]
        style = {"arrowstyle": "->", "color": BLUE, "linewidth": 1 + weights[origin, target] / 8}
        axes.annotate("", (to_x - 0.36, to_y), (x + 0.36, y), arrowprops=style)
        middle = (x + to_x) / 2, (y + to_y) / 2
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text(*middle, f"{weights[origin, target]:.0f}", ha="center", va="center", bbox=box)
    for film, (x, y) in places.items():
        name = textwrap.fill(titles[film], 16)
        axes.text(x, y, name, ha="center", va="center", fontsize=size, linespacing=0.95)
    axes.set(xlim=(-0.45, 2.5), ylim=(-1.8, 1.8))
    axes.set_axis_off()
    return figure, (
        f"Arrows from {titles[start]} to the three films most often liked right after it, and from "
        "each of them to two more, with counts on the arrows."
    )


def attention(weights, likes_of, names, figsize=(8, 3.8)):
    """Draw the learned weights of a film's vectors against its number of likes (unit 12).

    Args:
        weights: array (num_items, num_fields), rows add up to 1.
        likes_of: int array (num_items,).
        names: list of str, one per field.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    edges = [1, 2, 5, 10, 20, 50, 100, 200, 1000]
    labels = ["1", *(f"{a} to {b - 1}" for a, b in zip(edges[1:], edges[2:], strict=False))]
    groups = np.digitize(likes_of, edges) - 1
    for place, name in enumerate(names):
        means = [weights[groups == group, place].mean() for group in range(len(labels))]
        axes.plot(labels, means, color=PALETTE[place], marker=MARKERS[place], label=name)
    axes.axhline(1 / len(names), color=GRAY, linestyle=":", label="at the start")
    axes.set(xlabel="likes of the film", ylabel="mean weight", title="What EGES listens to")
    axes.tick_params(axis="x", labelrotation=30)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))  # beside the curves, which cross
    return figure, (
        "Mean weight of a film's own vector, of its genres and of its years, for films with few "
        "and with many likes; a dotted line marks the start, a third for each."
    )


def learning_curves(runs, numbers, figsize=(8, 4.2)):
    """Draw AUC against the number of labels, with the spread over the seeds (unit 12).

    Args:
        runs: DataFrame with `model` and a column "auc_010" and so on for each number.
        numbers: list of ints.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    for place, (name, own) in enumerate(runs.groupby("model", sort=False)):
        columns = own[[f"auc_{number:03}" for number in numbers]]
        shifted = [number * (1 + 0.04 * place) for number in numbers]
        axes.errorbar(
            shifted,
            columns.mean(),
            yerr=columns.std(),
            color=PALETTE[place],
            marker=MARKERS[place],
            capsize=3,
            label=name,
        )
    axes.axhline(0.5, color=GRAY, linestyle=":")
    axes.set(xscale="log", xlabel="labeled films", ylabel="AUC: drama or not")
    axes.set_xticks(numbers, [str(number) for number in numbers])
    axes.minorticks_off()
    axes.legend(loc="upper left")
    return figure, (
        "AUC of telling dramas from other films against the number of labeled films, for a frozen "
        "table, a fine-tuned one, a random start and a logistic regression; bars of one standard "
        "deviation over five seeds."
    )
