"""Drawings of unit 04: the network without and with dropout, and its losses while it learns."""

from utils.diagrams import draw_network
from utils.plotting import BLUE, GRAY, VERMILION

NUM_LAYERS = 3


def wide_network(num_features, width):
    """Draw the network that has too much room for its data (unit 04)."""
    parts, arrows = _hidden_layers(num_features, width)
    return draw_network(parts, arrows, figsize=(12, 1.6)), (
        f"{num_features} features flow through {NUM_LAYERS} hidden layers of {width} units to one "
        "probability."
    )


def dropout_network(num_features, width, rate):
    """Draw the same network with dropout between its layers (unit 04)."""
    parts, arrows = _hidden_layers(num_features, width)
    for place in range(1, NUM_LAYERS + 1):
        parts[f"drop {place}"] = ("layer", place, 1, f"dropout\nrate {rate}")
        arrows.remove((str(place), str(place + 1)))
        arrows += [(str(place), f"drop {place}"), (f"drop {place}", str(place + 1))]
    return draw_network(parts, arrows, figsize=(12, 2.8)), (
        f"{num_features} features flow through {NUM_LAYERS} hidden layers of {width} units to one "
        f"probability; the output of each hidden layer goes through dropout with rate {rate}."
    )


def draw_curves(axes, runs, model, floor):
    """Draw training and validation loss of a model over the epochs, mean and spread of the seeds.

    Args:
        axes: matplotlib Axes.
        runs: DataFrame, the stored results of unit 04.
        model: str, whose.
        floor: float, the loss of one who knows the truth.
    """
    some = runs[runs["model"] == model]
    for part, color, marker in (("train", BLUE, "o"), ("validation", VERMILION, "s")):
        losses = some.filter(regex=rf"^{part}_\d+$")
        epochs = range(1, 1 + losses.shape[1])
        mean, spread = losses.mean(), losses.std()
        axes.plot(epochs, mean, color=color, marker=marker, markevery=5, label=part)
        axes.fill_between(epochs, mean - spread, mean + spread, color=color, alpha=0.25)
    axes.axhline(floor, color=GRAY, linestyle=":", label="knowing the truth")
    axes.set(title=model, xlabel="epoch", ylim=(0, 1.5))


def _hidden_layers(num_features, width):
    """Return (parts, arrows) of features, hidden layers and a probability in a row."""
    names = [f"{num_features} features", *[f"{width} units\nReLU"] * NUM_LAYERS]
    kinds = ["input", *["layer"] * NUM_LAYERS, "output"]
    parts = {
        str(place): (kind, place, 0, name)
        for place, (kind, name) in enumerate(
            zip(kinds, [*names, "probability\nof label 1"], strict=True)
        )
    }
    return parts, [(str(place), str(place + 1)) for place in range(NUM_LAYERS + 1)]
