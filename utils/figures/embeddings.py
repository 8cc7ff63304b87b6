"""Drawings of unit 01: one-hot vectors, bags, embedding tables and the first model."""

import matplotlib.pyplot as plt
import numpy as np

from utils import plotting
from utils.diagrams import draw_network


def look_up():
    """Draw an embedding: a one-hot vector picks a row of a table (unit 01)."""
    parts = {
        "symbol": ("one-hot", 0, 0, "one-hot vector\n1 × |V|"),
        "table": ("table", 1.5, 0, "table W\n|V| × d"),
        "vector": ("output", 3, 0, "embedding\n1 × d"),
    }
    figure = draw_network(parts, [("symbol", "table"), ("table", "vector")], figsize=(12, 2.2))
    return figure, (
        "A one-hot vector of length |V| goes into the table W with |V| rows and d columns; the "
        "embedding with d numbers comes out."
    )


def habit_and_match(num_users, num_items, embedding_dim):
    """Draw mean + habit + dot product of the coordinates of user and film (unit 01)."""
    parts = {
        "user": ("one-hot", 0, 0.4, "user u"),
        "film": ("one-hot", 0, 2, "film i"),
        "habits": ("table", 1, 0, f"habits\n{num_users:,} × 1"),
        "users": ("table", 1, 1, f"users\n{num_users:,} × {embedding_dim}"),
        "films": ("table", 1, 2, f"films\n{num_items:,} × {embedding_dim}"),
        "match": ("layer", 2, 1.5, "dot product"),
        "sum": ("layer", 3, 0.75, "add, and add\nthe mean μ"),
        "stars": ("output", 4, 0.75, "stars"),
    }
    arrows = [("user", "habits"), ("user", "users"), ("film", "films"), ("users", "match")]
    arrows += [("films", "match"), ("habits", "sum"), ("match", "sum"), ("sum", "stars")]
    return draw_network(parts, arrows, figsize=(12, 3.5)), (
        f"The one-hot vector of the user looks up a habit and {embedding_dim} coordinates, that of "
        f"the film {embedding_dim} coordinates; dot product, habit and the mean of all ratings add "
        "up to stars."
    )


def draw_one_hot(symbols, vectors):
    """Draw one-hot vectors as a grid: a row per symbol, the ones filled.

    Args:
        symbols: list of n str, the names of the rows.
        vectors: array of shape (n, num_symbols) of zeros and ones.

    Returns:
        matplotlib Figure.
    """
    vectors = np.asarray(vectors)
    figure, axes = plt.subplots(figsize=(5, 3.2))
    _draw_cells(axes, vectors, left=-0.5, top=-0.5, filled=vectors == 1)
    axes.set(
        xticks=range(vectors.shape[1]),
        yticks=range(len(symbols)),
        yticklabels=symbols,
        xlabel="column = index of the symbol",
        ylabel="film",
        title="One row per symbol, a single one in each",
        aspect="equal",
    )
    axes.grid(False)
    axes.invert_yaxis()
    return figure


def draw_look_up(indices, table):
    """Draw a row of zeros and ones times a table, and the row that comes out.

    Args:
        indices: list of distinct ints, where the ones stand: one index makes a one-hot vector,
            several make a bag, whose rows are added.
        table: array of shape (num_symbols, embedding_dim), shown as whole numbers.

    Returns:
        matplotlib Figure.
    """
    num_symbols, embedding_dim = table.shape
    ones = np.isin(np.arange(num_symbols), indices)
    result = ones[np.newaxis] @ table
    is_bag = len(indices) > 1
    names = ("bag", "sum of the rows") if is_bag else (f"one-hot vector of {indices[0]}", "row")
    middle = num_symbols / 2
    right = num_symbols + embedding_dim + 2
    figure, axes = plt.subplots(figsize=(9, 4))
    _draw_cells(axes, ones[np.newaxis], left=0, top=middle - 0.5, filled=ones[np.newaxis])
    chosen = np.repeat(ones[:, np.newaxis], embedding_dim, axis=1)
    _draw_cells(axes, table, left=num_symbols + 1, top=0, filled=chosen)
    _draw_cells(
        axes, result, left=right, top=middle - 0.5, filled=np.ones(result.shape, dtype=bool)
    )
    for x, sign in ((num_symbols + 0.5, "@"), (right - 0.5, "=")):
        axes.text(x, middle, sign, ha="center", va="center", fontsize=16)
    for x, name in (
        (num_symbols / 2, names[0]),
        (num_symbols + 1 + embedding_dim / 2, "table"),
        (right + embedding_dim / 2, names[1]),
    ):
        axes.text(x, -0.4, name, ha="center", va="bottom")
    axes.set(xlim=(-0.2, right + embedding_dim + 0.2), ylim=(num_symbols + 0.2, -1.2))
    title = "picks several rows and adds them" if is_bag else "picks one row of the table"
    axes.set(title=f"A {'bag' if is_bag else 'one-hot vector'} {title}", aspect="equal")
    axes.set_axis_off()
    return figure


def label_points(axes, positions, labels):
    """Write a name beside each point, on a white ground so that it can be read over others.

    Args:
        axes: matplotlib Axes.
        positions: array of shape (n, 2).
        labels: list of n str.
    """
    for position, label in zip(positions, labels, strict=True):
        axes.annotate(
            label,
            position,
            xytext=(5, 4),
            textcoords="offset points",
            fontsize=9,
            bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "alpha": 0.75, "linewidth": 0},
        )


def _draw_cells(axes, numbers, left, top, filled):
    """Draw a matrix as squares of side 1 with its numbers inside."""
    for row, column in np.ndindex(numbers.shape):
        is_filled = filled[row, column]
        corner = (left + column, top + row)
        face = plotting.BLUE if is_filled else "white"
        axes.add_patch(plt.Rectangle(corner, 1, 1, facecolor=face, edgecolor=plotting.GRAY))
        axes.text(
            corner[0] + 0.5,
            corner[1] + 0.5,
            f"{numbers[row, column]:.0f}",
            color="white" if is_filled else "black",
            ha="center",
            va="center",
            fontsize=9,
        )
    axes.autoscale_view()
