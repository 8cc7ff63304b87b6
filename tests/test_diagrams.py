"""Diagrams say what they show, and refuse what they cannot draw."""

import matplotlib.pyplot as plt
import pytest

from utils.diagrams import draw_network

PARTS = {
    "film": ("one-hot", 0, 0, "film 7"),
    "table": ("table", 1, 0, "table\nof vectors"),
    "stars": ("output", 2, 1, "stars"),
}


@pytest.fixture
def figure():
    figure = draw_network(PARTS, [("film", "table"), ("table", "stars")])
    yield figure
    plt.close(figure)


def test_every_part_is_named_and_joined(figure):
    axes = figure.axes[0]
    texts = [text.get_text() for text in axes.texts]
    assert {"film 7", "table\nof vectors", "stars"} <= set(texts)
    assert (
        sum(text.arrow_patch is not None for text in axes.texts if hasattr(text, "arrow_patch"))
        == 2
    )


def test_a_one_hot_vector_has_one_filled_cell(figure):
    cells = [patch for patch in figure.axes[0].patches if type(patch).__name__ == "Rectangle"]
    assert len(cells) == 7
    assert sum(tuple(cell.get_facecolor()) != (1, 1, 1, 1) for cell in cells) == 1


def test_texts_stay_inside_their_boxes(figure):
    figure.canvas.draw()
    boxes = [p for p in figure.axes[0].patches if type(p).__name__ == "FancyBboxPatch"]
    for text in figure.axes[0].texts:
        inside = text.get_window_extent()
        for box in boxes:
            outside = box.get_window_extent()
            if outside.contains((inside.x0 + inside.x1) / 2, (inside.y0 + inside.y1) / 2):
                assert outside.x0 < inside.x0 and inside.x1 < outside.x1


@pytest.mark.parametrize(
    ("parts", "arrows", "words"),
    [
        ({"film": ("circle", 0, 0, "")}, [], "kind must be one of .* received 'circle' for 'film'"),
        (PARTS, [("film", "gone")], r"arrows must join parts .* received \['gone'\]"),
    ],
)
def test_bad_diagrams_are_refused(parts, arrows, words):
    with pytest.raises(ValueError, match=words):
        draw_network(parts, arrows)
