"""Drawings of unit 07: the square of a sum, a row and its fields, the model, pairs of fields."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from utils.diagrams import draw_network
from utils.plotting import BLUE, GRAY, MARKERS, ORANGE, PALETTE


def square_of_sum(numbers, names, figsize=(9, 3.6)):
    """Draw that the square of a sum holds every pair twice and the squares once (unit 07).

    Args:
        numbers: list of positive floats, the sides.
        names: list of str.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    edges = np.concatenate([[0], np.cumsum(numbers)])
    figure, panels = plt.subplots(1, 3, figsize=figsize)
    titles = ["square of the sum", "minus the squares", "and a half of the rest"]
    for step, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        for i, height in enumerate(numbers):
            for j, width in enumerate(numbers):
                is_shown = i != j if step == 1 else i < j if step == 2 else True
                face = ORANGE if i == j else BLUE
                box = Rectangle(
                    (edges[j], edges[-1] - edges[i + 1]),
                    width,
                    height,
                    facecolor=face if is_shown else "white",
                    alpha=0.6 if is_shown else 1,
                    edgecolor=GRAY,
                )
                axes.add_patch(box)
                if is_shown:
                    middle = edges[j] + width / 2, edges[-1] - edges[i + 1] + height / 2
                    text = f"{names[i]}·{names[j]}"
                    axes.text(*middle, text, ha="center", va="center")
        axes.set(xlim=(0, edges[-1]), ylim=(0, edges[-1]), aspect="equal", title=title)
        axes.set_axis_off()
    return figure, (
        "Three copies of a square with sides cut into the same parts. The first is full: every "
        "product of two parts. In the second the squares on the diagonal are gone, in the third "
        "the half below the diagonal as well: each pair is left once."
    )


def written_row(fields, row, names, figsize=(9, 3)):
    """Draw the columns of a row that are not zero, one strip for each field (unit 07).

    Args:
        fields: list of Field.
        row: array (num_columns,), from `write_rows`.
        names: dict from the name of a field to what the row says in it, in words.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    start = 0
    for place, field in enumerate(fields):
        part = row[start : start + field.num_columns]
        start += field.num_columns
        color = PALETTE[place % 6]
        axes.add_patch(Rectangle((0, -place - 0.4), 1, 0.8, facecolor="#eeeeee"))
        positions = (np.flatnonzero(part) + 0.5) / field.num_columns
        axes.vlines(positions, -place - 0.4, -place + 0.4, color=color, linewidth=2)
        axes.text(-0.02, -place, field.name, ha="right", va="center")
        axes.text(1.02, -place, names[field.name], ha="left", va="center")
    axes.set(xlim=(-0.25, 1.6), ylim=(-len(fields) + 0.4, 0.6))
    axes.set_axis_off()
    return figure, (
        f"One rating as a row: a gray strip for each of {len(fields)} fields, with a line at each "
        "column that is not zero. Ids have one line, the bags have many, most facts have one."
    )


def machine():
    """Draw a factorization machine on fields (unit 07).

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    parts = {
        "user": ("one-hot", 0, 0, "user"),
        "rated": ("bag", 0, 1, "films rated"),
        "film": ("one-hot", 0, 2, "film"),
        "genre": ("bag", 0, 3, "genres"),
        "v_user": ("table", 1, 0, "a vector"),
        "v_rated": ("table", 1, 1, "sum of vectors"),
        "v_film": ("table", 1, 2, "a vector"),
        "v_genre": ("table", 1, 3, "sum of vectors"),
        "pairs": ("layer", 2, 1.5, "all pairs,\ndropout"),
        "score": ("layer", 3, 1.5, "+ biases\nof the fields"),
        "answers": ("output", 4, 1.5, "1 to 5 stars:\nhow likely?"),
    }
    arrows = [(name, f"v_{name}") for name in ("user", "rated", "film", "genre")]
    arrows += [(f"v_{name}", "pairs") for name in ("user", "rated", "film", "genre")]
    arrows += [("pairs", "score"), ("score", "answers")]
    return draw_network(parts, arrows), (
        "Four fields, user, films rated, film and genres, each give one vector. All pairs of the "
        "vectors are multiplied and added up, the biases of the fields are added, and the score "
        "says how likely each number of stars is."
    )


def heat_map(table, label, figsize=(7, 5.4)):
    """Draw a number for each pair of fields as a shaded cell (unit 07).

    Args:
        table: DataFrame (num_fields, num_fields), NaN below the diagonal and on it.
        label: str, what the numbers are.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    picture = axes.imshow(table, cmap="Blues", vmin=0)
    largest, size = np.nanmax(table.to_numpy()), 0.7 * plt.rcParams["font.size"]
    for i, line in enumerate(table.to_numpy()):
        for j, number in enumerate(line):
            if np.isfinite(number):
                color = "white" if number > 0.6 * largest else "black"
                style = {"ha": "center", "va": "center", "color": color, "fontsize": size}
                axes.text(j, i, f"{number:.2f}".removeprefix("0"), **style)
    axes.set_xticks(range(len(table)), table.columns, rotation=45, ha="right")
    axes.set_yticks(range(len(table)), table.index)
    axes.grid(False)
    figure.colorbar(picture, label=label)
    place = np.unravel_index(np.nanargmax(table), table.shape)
    return figure, (
        "A triangle of cells, one for each pair of fields, darker where the pair moves the score "
        f"more. The darkest is {table.index[place[0]]} with {table.columns[place[1]]}."
    )


def growth(times, figsize=(7, 4)):
    """Draw seconds against the number of columns, both on logarithmic axes (unit 07).

    Args:
        times: DataFrame, a column for each way to compute and a row for each number of columns.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    figure, axes = plt.subplots(figsize=figsize)
    for name, color, marker in zip(times, PALETTE, MARKERS, strict=False):
        axes.plot(times.index, 1e3 * times[name], color=color, marker=marker, label=name)
    axes.set(xscale="log", yscale="log", xlabel="columns", ylabel="milliseconds for one row")
    axes.legend()
    return figure, (
        "Time for one row against its columns, on logarithmic axes. The two ways that look at "
        "every pair rise with the square of the columns; the identity stays nearly flat."
    )
