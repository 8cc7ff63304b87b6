"""Diagrams say what they show, and refuse what they cannot draw."""

import ast
import importlib
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest

from utils import figures
from utils.diagrams import KINDS, draw_network

PARTS = {
    "film": ("one-hot", 0, 0, "film 7"),
    "table": ("table", 1, 0, "table\nof vectors"),
    "stars": ("output", 2, 1, "stars"),
}


SIZES = (943, 1682)
DRAWINGS = {
    "embeddings": {"look_up": (), "habit_and_match": (*SIZES, 2)},
    "similarity": {"rating_model": (*SIZES, 32, "compare films")},
    "dropout": {"wide_network": (20, 256), "dropout_network": (20, 256, 0.5)},
    "matrix_factorization": {
        "dot_product": (*SIZES, 32),
        "biased_product": (*SIZES, 32),
        "bags_and_factors": (),
    },
    "deep_recsys": {"mlp": (*SIZES, 32, [64, 32]), "hybrid": ()},
    "neighborhood": {"learned_weights": (), "integrated": ()},
    "factorization_machines": {"machine": ()},
    "wide_and_deep": {"wide_and_deep": (), "deepfm": (), "cross_network": ()},
    "triplet_loss": {"triplet": (), "deep_triplet": (64,), "mean_of_likes": (0.5,)},
    "multitask_heads": {"three_heads": (), "sharing": ()},
}
ROWS = [(topic, name) for topic, names in DRAWINGS.items() for name in names]


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
    assert_texts_fit(figure)


@pytest.mark.parametrize(("topic", "name"), ROWS)
def test_drawings_of_the_models(topic, name):
    """Texts fit, the description names what is drawn, and what enters a table is one-hot."""
    draw = getattr(importlib.import_module(f"utils.figures.{topic}"), name)
    figure, alt = draw(*DRAWINGS[topic][name])
    assert_texts_fit(figure)
    assert len(alt.split()) > 10
    patches = [patch for axes in figure.axes for patch in axes.patches]
    green = matplotlib.colors.to_rgba(KINDS["table"])
    has_table = any(patch.get_edgecolor() == green for patch in patches)
    has_cells = any(type(patch).__name__ == "Rectangle" for patch in patches)
    assert has_table == has_cells
    plt.close(figure)


def test_all_drawings_of_models_are_tested():
    """A drawing of a model is a function of its own module that calls `draw_network`."""
    for path in Path(figures.__path__[0]).glob("[!_]*.py"):
        functions = [
            node.name
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef) and "draw_network(" in ast.unparse(node)
        ]
        tested = DRAWINGS.get(path.stem, {})
        assert set(functions) <= set(tested), path


def assert_texts_fit(figure):
    figure.canvas.draw()
    for axes in figure.axes:
        boxes = [patch for patch in axes.patches if type(patch).__name__ == "FancyBboxPatch"]
        for text in axes.texts:
            inside = text.get_window_extent()
            for box in boxes:
                outside = box.get_window_extent()
                if outside.contains((inside.x0 + inside.x1) / 2, (inside.y0 + inside.y1) / 2):
                    assert outside.x0 < inside.x0, text
                    assert inside.x1 < outside.x1, text
                    assert outside.y0 < inside.y0, text
                    assert inside.y1 < outside.y1, text


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
