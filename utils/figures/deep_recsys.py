"""Drawings of unit 08: the network, the hybrid model, and sliders for a new user."""

import ipywidgets
from IPython.display import display

from utils.diagrams import draw_network


def mlp():
    """Draw the network on two concatenated embeddings (unit 08)."""
    parts = {
        "user": ("one-hot", 0, 0, "user"),
        "film": ("one-hot", 0, 1, "film"),
        "p": ("table", 1, 0, "user vectors"),
        "q": ("table", 1, 1, "film vectors"),
        "both": ("layer", 2, 0.5, "side by side"),
        "mlp": ("layer", 3, 0.5, "64, 32 units"),
        "stars": ("output", 4, 0.5, "stars"),
    }
    arrows = [("user", "p"), ("film", "q"), ("p", "both"), ("q", "both"), ("both", "mlp")]
    return draw_network(parts, [*arrows, ("mlp", "stars")]), (
        "A user and a film, each one-hot, pick a vector; the two stand side by side and go through "
        "two dense layers to the stars."
    )


def hybrid():
    """Draw the dot product of summed vectors: own, facts, bag (unit 08)."""
    parts = {
        "user": ("one-hot", 0, 0, "user"),
        "facts": ("bag", 0, 1, "age, sex, job"),
        "seen": ("bag", 0, 2, "films rated"),
        "own": ("table", 1, 0, "own vector"),
        "fv": ("table", 1, 1, "fact vectors"),
        "sv": ("table", 1, 2, "bag vectors"),
        "sum": ("layer", 2, 1, "add, dropout"),
        "dot": ("layer", 3, 1, "dot product\n+ biases"),
        "film": ("input", 3, 2.1, "the film,\nlikewise"),
        "stars": ("output", 4, 1, "1 to 5 stars"),
    }
    arrows = [("user", "own"), ("facts", "fv"), ("seen", "sv"), ("own", "sum"), ("fv", "sum")]
    arrows += [("sv", "sum"), ("sum", "dot"), ("film", "dot"), ("dot", "stars")]
    return draw_network(parts, arrows), (
        "A user enters as a one-hot vector, as a bag of facts and as a bag of rated films. Their "
        "vectors are added up, dropout follows, and a dot product with the film gives the stars."
    )


def show_sliders(titles, answer):
    """Show one slider per film and a table that follows them.

    Args:
        titles: list of str.
        answer: function from a dict (title to stars) to a DataFrame; called at each move.
    """
    sliders = {
        title: ipywidgets.IntSlider(
            value=0,
            min=0,
            max=5,
            description=title,
            style={"description_width": "14em"},
            layout={"width": "32em"},  # titles are long; the slider needs room beside them
        )
        for title in titles
    }
    table = ipywidgets.HTML()

    def update(_):
        ratings = {title: slider.value for title, slider in sliders.items() if slider.value}
        table.value = answer(ratings).to_html(index=False, float_format="{:.2f}".format)

    for slider in sliders.values():
        slider.observe(update, names="value")
    update(None)
    bundle = ipywidgets.VBox([*sliders.values(), table])._repr_mimebundle_()
    # A page without a running notebook shows this text in place of the sliders.
    bundle["text/plain"] = "Run this cell in Jupyter to get one slider per film (0 = not seen)."
    display(bundle, raw=True)
