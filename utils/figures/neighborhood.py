"""Drawings of unit 05: shrinkage, sweeps of k, explanations, and the models."""

import matplotlib.pyplot as plt
import numpy as np

from utils.diagrams import draw_network
from utils.plotting import BLUE, GRAY, ORANGE, SKY, VERMILION


def draw_shrinkage(correlations, shrunk, together, title, figsize=(8.5, 3.8)):
    """Draw the similarity of one film to all others against the number of common raters.

    Args:
        correlations, shrunk, together: arrays (num_items,), of one film with each other one.
        title: str, of the film.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt).
    """
    figure, panels = plt.subplots(1, 2, figsize=figsize, sharex=True, sharey=True)
    some = together > 0
    for axes, values, name in zip(
        panels, (correlations, shrunk), ("as measured", "shrunk"), strict=True
    ):
        best = some & (values >= np.sort(values[some])[-10])
        axes.scatter(together[some], values[some], s=9, color=SKY, linewidths=0, rasterized=True)
        axes.scatter(
            together[best], values[best], s=55, color=VERMILION, marker="D", label="ten largest"
        )
        axes.set(title=name, xlabel="common raters", xscale="log", ylim=(-1.1, 1.1))
    panels[0].set_ylabel("similarity")
    panels[1].legend(loc="lower right")
    return figure, (
        f"Similarity of {title} to each other film, against the number of common raters. As "
        "measured, the points fan out to plus and minus 1 at the left, and the ten largest have "
        "one or two common raters. Shrunk, the left end is flat and the ten largest have many."
    )


def draw_sweep(sweeps, best, figsize=(8.5, 3.8)):
    """Draw the validation error against the number of neighbors.

    Args:
        sweeps: dict from a title to (error of the biases, dict from "items" and "users" to a
            Series of errors indexed by the number of neighbors).
        best: int, the number of neighbors that was chosen.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt).
    """
    figure, panels = plt.subplots(1, len(sweeps), figsize=figsize)
    for axes, (title, (of_biases, curves)) in zip(panels, sweeps.items(), strict=True):
        for (name, errors), color, marker in zip(
            curves.items(), (BLUE, ORANGE), ("o", "s"), strict=True
        ):
            axes.plot(errors.index, errors, color=color, marker=marker, label=name)
        axes.axhline(of_biases, color=GRAY, linestyle=":", label="biases")
        axes.axvline(best, color=GRAY, linewidth=1)
        axes.set(title=title, xlabel="neighbors")
        axes.set_xscale("log", base=2)
        ticks = list(errors.index)
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
    panels[0].set_ylabel("validation RMSE, in stars")
    panels[0].legend()
    return figure, (
        "Validation error against the number of neighbors, one panel per split, for neighbors "
        "among films and among users, with the biases as a dotted line. All curves fall up to "
        "about twenty neighbors and are nearly flat from there. On the random split the films are "
        "lower, on warm rows of the temporal split the users."
    )


def draw_contributions(labels, values, baseline, figsize=(8, 4.5)):
    """Draw one prediction as a sum: the baseline, then what each part adds or takes away.

    Args:
        labels: list of str, one per part, the largest part first.
        values: array of the same length, in stars.
        baseline: float, in stars, where the sum starts.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt).
    """
    ends = baseline + np.cumsum(values)
    starts = ends - values
    figure, axes = plt.subplots(figsize=figsize)
    places = np.arange(len(values)) + 1
    colors = np.where(np.asarray(values) >= 0, BLUE, VERMILION)
    axes.barh(places, values, left=starts, color=colors, height=0.7)
    axes.plot(baseline, 0, "o", color=GRAY, markersize=9)
    axes.plot(ends[-1], len(values) + 1, "D", color=ORANGE, markersize=9)
    for place, value, end, start in zip(places, values, ends, starts, strict=True):
        axes.text(max(start, end), place, f" {value:+.2f}", va="center")
    axes.text(baseline, 0, f"  {baseline:.2f}", va="center")
    axes.text(ends[-1], len(values) + 1, f"  {ends[-1]:.2f}", va="center")
    axes.set_yticks(range(len(values) + 2), ["baseline", *labels, "prediction"])
    axes.set(title="Because you rated", xlabel="stars")
    axes.use_sticky_edges = False  # or the margins end at the bars
    axes.margins(x=0.15)
    axes.invert_yaxis()
    return figure, (
        f"A sum drawn as bars: from the baseline of {baseline:.2f} stars, each neighbor moves the "
        f"prediction a little, and the end of the last bar is {ends[-1]:.2f} stars."
    )


def draw_trials(errors, lines, figsize=(7, 2.8)):
    """Draw validation errors of one model, trained in several ways, against simpler ones.

    Args:
        errors: Series of errors in stars, indexed by the way.
        lines: dict from the name of a simpler model to its error.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt).
    """
    figure, axes = plt.subplots(figsize=figsize)
    axes.plot(errors, errors.index, "D", color=BLUE, markersize=9)
    for (name, error), style in zip(lines.items(), (":", "--"), strict=True):
        axes.axvline(error, color=GRAY, linestyle=style)
        axes.text(error, -0.7, name, ha="center", va="bottom", color=GRAY)
    axes.set(xlabel="validation RMSE, in stars", ylim=(len(errors) - 0.5, -0.7))
    axes.set_title("Weights of pairs, learned or not", pad=24)
    return figure, (
        "Validation error of the model with weights of pairs. Started at zero it stays to the "
        "right of the item-kNN, between it and the biases. Started at the similarity it lies to "
        "the left of the item-kNN, and just as far left with the pairs frozen."
    )


def draw_leftovers(rows, figsize=(7, 4)):
    """Draw how far test ratings lie above a prediction, against what the neighbors say.

    Args:
        rows: dict from a name to (said, left): arrays (num_rows,), what the neighbors would add to
            the baseline, and the rating minus the prediction, in stars.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt).
    """
    figure, axes = plt.subplots(figsize=figsize)
    for (name, (said, left)), color, marker in zip(
        rows.items(), (GRAY, BLUE, ORANGE), ("o", "s", "D"), strict=True
    ):
        groups = np.array_split(np.argsort(said), 12)
        x = [said[group].mean() for group in groups]
        y = [left[group].mean() for group in groups]
        axes.plot(x, y, color=color, marker=marker, label=name)
    axes.axhline(0, color=GRAY, linewidth=1)
    axes.set(
        title="What the neighbors still know",
        xlabel="what the neighbors add, in stars",
        ylabel="rating minus prediction, in stars",
    )
    axes.legend()
    return figure, (
        "Twelve groups of test ratings, sorted by what the neighbors add. Over the biases the "
        "points rise as steeply as the neighbors say, and a little more. Over the factors the line "
        "is about half as steep, over the integrated model flatter still."
    )


def learned_weights():
    """Draw the model with learned weights: one user, one film, the film's neighbors."""
    parts = {
        "user": ("one-hot", 0, 0, "user $u$"),
        "film": ("one-hot", 0, 2, "film $i$"),
        "rated": ("table", 1, 0, "residuals of $u$"),
        "near": ("table", 1, 1, "neighbors of $i$"),
        "pairs": ("table", 1, 2, "$w_{ij}$, $c_{ij}$"),
        "pick": ("layer", 2, 0.5, "those that\n$u$ rated"),
        "sum": ("layer", 3, 1.25, "weighted sum\n/ root of $|R|$"),
        "stars": ("output", 4, 1.25, "+ biases"),
    }
    arrows = [("user", "rated"), ("film", "near"), ("film", "pairs"), ("rated", "pick")]
    arrows += [("near", "pick"), ("pick", "sum"), ("pairs", "sum"), ("sum", "stars")]
    return draw_network(parts, arrows, figsize=(12, 4.2)), (
        "The user picks a row of residuals, the film picks a row of neighbors and a row of "
        "weights. The neighbors that the user rated are weighted and added up, and the biases are "
        "added."
    )


def integrated():
    """Draw the integrated model: biases, factors and neighborhood add up."""
    parts = {
        "user": ("one-hot", 0, 0.5, "user $u$"),
        "film": ("one-hot", 0, 1.5, "film $i$"),
        "biases": ("table", 1.3, 0, "$\\mu + b_u + b_i$"),
        "factors": ("layer", 1.3, 1, "product\nof factors"),
        "near": ("layer", 1.3, 2, "neighborhood"),
        "sum": ("layer", 2.6, 1, "add"),
        "stars": ("output", 3.8, 1, "stars"),
    }
    middle = ("biases", "factors", "near")
    arrows = [(start, end) for start in ("user", "film") for end in middle]
    arrows += [(start, "sum") for start in middle] + [("sum", "stars")]
    return draw_network(parts, arrows, figsize=(12, 4.2)), (
        "User and film each feed three parts: biases, a product of factors, and the neighborhood. "
        "The three numbers are added up to stars."
    )
