"""Drawings of unit 03: digits as glyphs, groups as markers, a map of films to search in.

The map is a live chart for JupyterLab and a still picture for the web, in the output of one cell.
JupyterLab draws the chart by itself, without a network; a page that cannot shows the picture.
"""

import io

import altair
import numpy as np
from IPython.display import display

from utils.plotting import GRAY, MARKERS, PALETTE

# Three more than the palette has: Tol, "Colour Schemes" (2021).
DIGIT_COLORS = [*PALETTE, "#000000", "#332288", "#882255"]
CHART_TYPE = "application/vnd.vegalite.v5+json"
COLORS = [*PALETTE[:5], GRAY]
SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross"]
IS_FOUND = "indexof(lower(datum.title), lower(search)) >= 0"


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


def build_map(films, genres, title):
    """Build a chart of films with titles on hover and a box to search them.

    Args:
        films: DataFrame with `title`, `genre`, `x` and `y`.
        genres: list of at most 6 names, in the order of the legend.
        title: str, above the chart.

    Returns:
        altair.LayerChart. Films whose title does not hold the searched text fade; from three
        letters on the others get their title written beside them.

    Raises:
        ValueError: if a column is missing or there are too many genres.
    """
    missing = {"title", "genre", "x", "y"} - set(films.columns)
    if missing:
        raise ValueError(f"films must have the columns title, genre, x and y; missing: {missing}.")
    if len(genres) > len(SHAPES):
        raise ValueError(f"genres must be at most {len(SHAPES)}, received {len(genres)}.")
    search = altair.param(
        name="search",
        value="",
        bind=altair.binding(input="search", placeholder="part of a title", name="Find: "),
    )
    base = altair.Chart(films[["title", "genre", "x", "y"]].round(2)).encode(
        x=altair.X("x", axis=None), y=altair.Y("y", axis=None)
    )
    colors = altair.Scale(domain=list(genres), range=COLORS[: len(genres)])
    shapes = altair.Scale(domain=list(genres), range=SHAPES[: len(genres)])
    points = base.mark_point(filled=True, size=45).encode(
        color=altair.Color("genre", scale=colors, title="Genre"),
        shape=altair.Shape("genre", scale=shapes, title="Genre"),
        opacity=altair.condition(IS_FOUND, altair.value(0.8), altair.value(0.08)),
        tooltip=["title", "genre"],
    )
    names = base.mark_text(align="left", dx=7, fontSize=11).encode(
        text="title",
        opacity=altair.condition(
            f"length(search) >= 3 && {IS_FOUND}", altair.value(1), altair.value(0)
        ),
    )
    # Points on top: a name that is not shown would still catch the mouse.
    chart = altair.layer(names, points).add_params(search)
    chart = chart.properties(width=560, height=420, title=title)
    # All colors are said: a page with a dark theme would change some of them and not the others.
    return (
        chart.configure(background="white")
        .configure_title(color="black")
        .configure_legend(labelColor="black", titleColor="black")
        .configure_view(stroke="#dddddd")
    )


def show_map(chart, alt):
    """Display a chart together with a still picture of it and a text for readers who see neither.

    Args:
        chart: altair chart.
        alt: str, what the picture shows, in a sentence or two.

    Raises:
        ValueError: if `alt` is empty.
    """
    if not alt or not alt.strip():
        raise ValueError("alt must describe the picture in words, received an empty text.")
    picture = io.BytesIO()
    chart.save(picture, format="png")
    bundle = {
        CHART_TYPE: chart.properties(description=alt).to_dict(),
        "image/png": picture.getvalue(),
        "text/plain": alt,
    }
    # Without its menu the chart offers nothing that would need a network.
    notes = {"image/png": {"alt": alt}, CHART_TYPE: {"embed_options": {"actions": False}}}
    display(bundle, metadata=notes, raw=True)
