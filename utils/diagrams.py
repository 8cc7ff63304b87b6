"""Diagrams of models in one style: boxes for layers, cells for one-hot vectors, arrows between."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch, Rectangle

from utils.plotting import BLUE, GRAY, GREEN, ORANGE, PINK

WIDTH, HEIGHT = 2.12, 0.84  # of a part, in inches
COLUMN, ROW = 2.4, 1.3  # from center to center
TEXT = 16
# What a part is, and the color of its frame; the text inside says the same in words.
KINDS = {
    "one-hot": BLUE,
    "bag": BLUE,
    "input": BLUE,
    "table": GREEN,
    "layer": ORANGE,
    "output": PINK,
    "loss": GRAY,
}


def draw_network(parts, arrows, figsize=None):
    """Draw a model as parts on a grid, data flowing along the arrows.

    Args:
        parts, arrows: as in `draw_into`.
        figsize: (width, height) in inches, or None for one that fits the grid.

    Returns:
        matplotlib Figure.
    """
    wide, high = (high - low for low, high in _limits(parts))
    figure, axes = plt.subplots(figsize=figsize or (COLUMN * wide, ROW * high))
    draw_into(axes, parts, arrows)
    return figure


def draw_into(axes, parts, arrows):
    """Draw a model into a panel of a figure.

    Args:
        axes: matplotlib Axes.
        parts: dict from a name to (kind, column, row, text): kind is one of KINDS; column and row
            are numbers, row 0 at the top; text may hold line breaks. A one-hot vector is drawn as
            a row of cells with one filled, a bag with several, the text under it.
        arrows: list of pairs of names, from and to.

    Raises:
        ValueError: if a kind is unknown or an arrow names no part.
    """
    for name, (kind, *_) in parts.items():
        if kind not in KINDS:
            raise ValueError(f"kind must be one of {list(KINDS)}, received {kind!r} for {name!r}.")
    unknown = {name for arrow in arrows for name in arrow} - set(parts)
    if unknown:
        raise ValueError(f"arrows must join parts {list(parts)}, received {sorted(unknown)}.")
    for start, end in arrows:
        _draw_arrow(axes, _center(parts[start]), _center(parts[end]))
    for part in parts.values():
        draw = _draw_cells if part[0] in ("one-hot", "bag") else _draw_box
        draw(axes, _center(part), part[0], part[3])
    (left, right), (top, bottom) = _limits(parts)
    axes.set(xlim=(COLUMN * left, COLUMN * right), ylim=(-ROW * bottom, -ROW * top))
    axes.set_axis_off()


def _limits(parts):
    """Return (left, right) in columns and (top, bottom) in rows, with half a cell around."""
    columns = [column for _, column, _, _ in parts.values()]
    rows = [row for _, _, row, _ in parts.values()]
    return [(min(places) - 0.5, max(places) + 0.5) for places in (columns, rows)]


def _center(part):
    _, column, row, _ = part
    return COLUMN * column, -ROW * row


def _draw_box(axes, center, kind, text):
    x, y = center
    box = FancyBboxPatch(
        (x - WIDTH / 2, y - HEIGHT / 2),
        WIDTH,
        HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.1",
        facecolor="white",
        edgecolor=KINDS[kind],
        linewidth=2.5,
    )
    axes.add_patch(box)
    axes.text(x, y, text, ha="center", va="center", fontsize=TEXT, linespacing=1.15)


def _draw_cells(axes, center, kind, text, num_cells=7):
    x, y = center
    side = WIDTH / num_cells
    filled = {2} if kind == "one-hot" else {1, 2, 5}
    for cell in range(num_cells):
        axes.add_patch(
            Rectangle(
                (x - WIDTH / 2 + cell * side, y - side / 2),
                side,
                side,
                facecolor=KINDS[kind] if cell in filled else "white",
                edgecolor=GRAY,
            )
        )
    axes.text(x, y - side / 2 - 0.08, text, ha="center", va="top", fontsize=TEXT, linespacing=1.15)


def _draw_arrow(axes, start, end):
    """Draw an arrow from the right of a part to the left of the next, or down within a column."""
    (x, y), (next_x, next_y) = start, end
    if x == next_x:
        sign = 1 if y > next_y else -1
        tail, head = (x, y - sign * HEIGHT / 2), (next_x, next_y + sign * HEIGHT / 2)
    else:
        sign = 1 if x < next_x else -1
        tail, head = (x + sign * WIDTH / 2, y), (next_x - sign * WIDTH / 2, next_y)
    style = {"arrowstyle": "-|>", "color": GRAY, "linewidth": 2, "shrinkA": 3, "shrinkB": 3}
    axes.annotate("", xy=head, xytext=tail, arrowprops=style)
