"""A map of films to search in, as a live chart for JupyterLab and as a still picture for the web.

The output of one cell holds both. JupyterLab draws the chart by itself, without a network; a page
that cannot shows the picture.
"""

import io

import altair
from IPython.display import display

from utils.plotting import GRAY, PALETTE

CHART_TYPE = "application/vnd.vegalite.v5+json"
COLORS = [*PALETTE[:5], GRAY]
SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross"]
IS_FOUND = "indexof(lower(datum.title), lower(search)) >= 0"


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
    return chart.properties(width=560, height=420, title=title)


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
