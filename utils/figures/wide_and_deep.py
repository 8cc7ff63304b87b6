"""Drawings of unit 09: heat maps of chances, collisions, the models, bars of errors, thresholds."""

import matplotlib.pyplot as plt
import numpy as np

from utils.diagrams import draw_network
from utils.plotting import BLUE, GRAY, GREEN, MARKERS, ORANGE, PINK, VERMILION

# One color for a model in all drawings of the unit.
COLORS = {
    "wide": BLUE,
    "deep": ORANGE,
    "wide + deep": GREEN,
    "apart, summed": PINK,
    "two optimizers": VERMILION,
}


def heat_maps(panels, is_exception, figsize=(9, 7.6)):
    """Draw the chance of a click for each pair of an occupation and a film, as shaded cells.

    Args:
        panels: dict from a title to an array (num_occupations, num_films) of probabilities; NaN
            stays white.
        is_exception: bool array of the same shape; these cells get a frame.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, all_axes = plt.subplots(len(panels), 1, figsize=figsize, sharex=True, squeeze=False)
    for axes, (title, chances) in zip(all_axes[:, 0], panels.items(), strict=True):
        picture = axes.imshow(chances, cmap="viridis", vmin=0, vmax=1, aspect="auto")
        for occupation, film in np.argwhere(is_exception):
            frame = plt.Rectangle((film - 0.5, occupation - 0.5), 1, 1, fill=False)
            frame.set(edgecolor=VERMILION, linewidth=1.6)
            axes.add_patch(frame)
        axes.set(title=title, ylabel="occupation", yticks=[])
        axes.grid(False)
    axes.set(xlabel="film")
    figure.colorbar(picture, ax=all_axes[:, 0], label="probability of a click")
    return figure, (
        "Heat maps of the probability of a click, occupations by films, one above the other: "
        f"{'; '.join(panels)}. The rule is a slanted bright band, the exceptions are framed cells "
        "far from it."
    )


def collisions(counted, expected, figsize=(7, 3.8)):
    """Draw the share of pairs that share their bin against the number of bins.

    Args:
        counted, expected: Series of shares, indexed by the number of bins.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    axes.plot(expected.index, expected, color=GRAY, label="bins drawn at random")
    axes.plot(counted.index, counted, color=BLUE, marker="o", linestyle="none", label="counted")
    axes.set(xscale="log", xlabel="bins", ylabel="share of pairs in a shared bin", ylim=(0, 1.05))
    axes.set_xscale("log", base=2)
    axes.legend()
    return figure, (
        "Share of pairs that share their bin against the number of bins: nearly all with few bins, "
        "nearly none with many. The counted shares lie on the curve of random bins."
    )


def wide_and_deep():
    """Draw wide & deep on two columns.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    parts = {
        "occupation": ("one-hot", 0, 1, "occupation"),
        "film": ("one-hot", 0, 2, "film"),
        "cross": ("one-hot", 1, 0, "their cross"),
        "wide": ("layer", 2, 0, "a weight\nfor each"),
        "v_occupation": ("table", 1, 1, "a vector"),
        "v_film": ("table", 1, 2, "a vector"),
        "deep": ("layer", 2, 1.5, "network"),
        "sum": ("layer", 3, 0.8, "sum of\ntwo scores"),
        "click": ("output", 4, 0.8, "one sigmoid"),
    }
    arrows = [(name, f"v_{name}") for name in ("occupation", "film")]
    arrows += [("occupation", "cross"), ("film", "cross"), ("cross", "wide")]
    arrows += [("v_occupation", "deep"), ("v_film", "deep")]
    arrows += [("wide", "sum"), ("deep", "sum"), ("sum", "click")]
    return draw_network(parts, arrows), (
        "Occupation and film go two ways. Their cross is a third one-hot vector with a weight for "
        "each bin: the wide part. Each also has a vector, and both vectors enter a network: the "
        "deep part. The two scores are added before one sigmoid."
    )


def deepfm():
    """Draw DeepFM on two columns: one table each for two parts.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    parts = {
        "occupation": ("one-hot", 0, 0, "occupation"),
        "film": ("one-hot", 0, 1.4, "film"),
        "v_occupation": ("table", 1, 0, "a vector"),
        "v_film": ("table", 1, 1.4, "a vector"),
        "pairs": ("layer", 2, 0, "all pairs\n+ biases"),
        "deep": ("layer", 2, 1.4, "network"),
        "sum": ("layer", 3, 0.7, "sum of\ntwo scores"),
        "click": ("output", 4, 0.7, "one sigmoid"),
    }
    arrows = [(name, f"v_{name}") for name in ("occupation", "film")]
    arrows += [(f"v_{name}", part) for name in ("occupation", "film") for part in ("pairs", "deep")]
    arrows += [("pairs", "sum"), ("deep", "sum"), ("sum", "click")]
    return draw_network(parts, arrows), (
        "Occupation and film each have one vector. The very same vectors enter the pairs of a "
        "factorization machine and a network; the two scores are added before one sigmoid."
    )


def cross_network():
    """Draw a DCN: cross layers and a network side by side.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    parts = {
        "ids": ("one-hot", 0, 0.7, "columns"),
        "vectors": ("table", 1, 0.7, "vectors,\nside by side"),
        "first": ("layer", 2, 0, "x1 = cross\n(x0, x0)"),
        "second": ("layer", 3, 0, "x2 = cross\n(x0, x1)"),
        "deep": ("layer", 2.5, 1.4, "network"),
        "sum": ("layer", 4, 0.7, "sum of\nscores"),
        "click": ("output", 5, 0.7, "one sigmoid"),
    }
    arrows = [("ids", "vectors"), ("vectors", "first"), ("first", "second"), ("second", "sum")]
    arrows += [("vectors", "deep"), ("deep", "sum"), ("sum", "click")]
    return draw_network(parts, arrows), (
        "The vectors of all columns, side by side, enter two cross layers one after the other and, "
        "beside them, a network. Each cross layer multiplies its result with the first input and "
        "adds what came in. The scores are added before one sigmoid."
    )


def errors(runs, metrics, models, colors, figsize=(10, 3.4)):
    """Draw the mean of metrics for models, with bars of three standard deviations over the seeds.

    Args:
        runs: DataFrame with a column "model" and the metrics, one row per seed.
        metrics: dict from a metric to the name of its axis.
        models: list of str, from top to bottom.
        colors: dict from a model to a color, such as COLORS; all others are gray squares.
        figsize: (width, height) in inches.

    Returns:
        matplotlib Figure.
    """
    figure, panels = plt.subplots(1, len(metrics), figsize=figsize, sharey=True, squeeze=False)
    for axes, (metric, label) in zip(panels[0], metrics.items(), strict=True):
        found = runs.groupby("model")[metric].agg(["mean", "std"]).loc[models]
        for name, (mean, spread) in found.iterrows():
            style = {"color": colors.get(name, GRAY), "fmt": "o" if name in colors else "s"}
            axes.errorbar(mean, name, xerr=3 * spread, capsize=3, **style)
        axes.set(xlabel=label)
        axes.locator_params(axis="x", nbins=4)
    panels[0, 0].invert_yaxis()
    return figure


def reliability(curves, figsize=(6, 4.2)):
    """Draw how often something happens against how often it is claimed to happen.

    Args:
        curves: dict from one of COLORS to a DataFrame with "claimed", "observed" and "rows", from
            `likes.calibrate`.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    axes.plot([0, 1], [0, 1], color=GRAY, linestyle=":", label="as claimed")
    for (name, bins), marker in zip(curves.items(), MARKERS, strict=False):
        style = {"color": COLORS[name], "marker": marker, "label": name}
        axes.plot(bins["claimed"], bins["observed"], **style)
    axes.set(xlabel="probability claimed", ylabel="share of clicks")
    axes.legend()
    return figure, (
        "Share of clicks against the probability claimed, in ten bins, beside the diagonal: "
        f"{', '.join(curves)}."
    )


def costs(curves, marked, figsize=(7, 3.8)):
    """Draw the cost of a decision against the threshold it is made at.

    Args:
        curves: dict from one of COLORS to a Series of costs, indexed by the threshold.
        marked: float, a threshold to mark.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    for (name, curve), marker in zip(curves.items(), MARKERS, strict=False):
        axes.plot(curve.index, curve, color=COLORS[name], label=name)
        axes.plot(curve.idxmin(), curve.min(), color=COLORS[name], marker=marker, markersize=9)
    axes.axvline(marked, color=GRAY, linestyle=":", label=f"{marked:.2f}, by the costs alone")
    axes.set(xlabel="threshold: show the film from here on", ylabel="cost of a row")
    axes.legend()
    return figure, (
        "Cost of a row against the threshold, one curve each for "
        f"{', '.join(curves)}; the lowest point of each is marked. A dotted line marks the "
        "threshold that follows from the costs alone."
    )
