"""Drawings of unit 08: the network, the hybrid model, the folds, and sliders for a new user."""

import ipywidgets
import matplotlib.pyplot as plt
from IPython.display import display

from utils.diagrams import draw_network
from utils.plotting import BLUE, GRAY, ORANGE, VERMILION


def mlp(num_users, num_items, embedding_dim, units):
    """Draw the network on two concatenated embeddings (unit 08).

    Args:
        num_users, num_items, embedding_dim: ints, the sizes of the two tables.
        units: list of ints, of the hidden dense layers, the first one first.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    parts = {
        "user": ("one-hot", 0, 0, "user $u$"),
        "film": ("one-hot", 0, 1, "film $i$"),
        "p": ("table", 1, 0, f"$p_u$: {num_users:,} × {embedding_dim}"),
        "q": ("table", 1, 1, f"$q_i$: {num_items:,} × {embedding_dim}"),
        "both": ("layer", 2, 0.5, f"side by side:\n{2 * embedding_dim} numbers"),
        "mlp": ("layer", 3, 0.5, f"{', '.join(map(str, units))} units"),
        "stars": ("output", 4, 0.5, "stars"),
    }
    arrows = [("user", "p"), ("film", "q"), ("p", "both"), ("q", "both"), ("both", "mlp")]
    return draw_network(parts, [*arrows, ("mlp", "stars")]), (
        "A user and a film, each one-hot, pick a vector; the two stand side by side and go through "
        "dense layers to the stars."
    )


def hybrid():
    """Draw the dot product of summed vectors: own, facts, bag (unit 08).

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
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


def folds(on_folds, model, random_rmse, published, figsize=(7.5, 3.6)):
    """Draw the errors of a model on the folds u1 to u5, and what others report on u1 (unit 08).

    Args:
        on_folds: DataFrame of the runs of `utils.experiments.deep_recsys_folds`.
        model: str, the model in it; it is drawn beside the biases.
        random_rmse: float, its RMSE on the random split.
        published: dict from the name of a model to its RMSE on u1.
        figsize: (width, height) in inches.

    Returns:
        (figure, alt): matplotlib Figure and str.
    """
    of_model = on_folds[on_folds["model"] == model]
    one = of_model.groupby("fold")["rmse"].agg(["mean", "std"])
    of_all_label = f"mean of {of_model['seed'].nunique()} models"
    of_all = of_model[of_model["seed"] == of_model["seed"].max()]
    biases = on_folds[on_folds["model"] == "biases"].groupby("fold")["rmse"].mean()
    figure, axes = plt.subplots(figsize=figsize)
    axes.axvline(random_rmse, color=GRAY, linestyle=":", label="one model, random split")
    style = {"fmt": "o", "color": BLUE, "capsize": 3, "label": "one model"}
    axes.errorbar(one["mean"], one.index, xerr=3 * one["std"], **style)
    axes.plot(of_all["rmse_of_mean"], of_all["fold"], "D", color=ORANGE, label=of_all_label)
    squares = {"marker": "s", "linestyle": "", "color": VERMILION, "label": "published"}
    axes.plot(list(published.values()), ["u1"] * len(published), **squares)
    for rmse in set(published.values()):
        names = ", ".join(name for name in published if published[name] == rmse)
        axes.annotate(names, (rmse, "u1"), (0, 9), textcoords="offset points", ha="center")
    axes.plot(biases, biases.index, "v", color=GRAY, label="biases")
    axes.set(xlabel="test RMSE, in stars", ylim=(len(one) - 0.5, -0.9))
    axes.legend(loc="lower left", bbox_to_anchor=(0.3, 0))
    return figure, (
        "Test errors on five folds. u1 is the hardest one, for the model and for the biases. The "
        "model is worse there than on the random split, and its mean over the seeds is a little "
        f"better than one model. Beside u1 stand published errors: {', '.join(published)}."
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
