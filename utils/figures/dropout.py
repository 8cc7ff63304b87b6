"""Drawings of unit 04."""

from utils.diagrams import draw_network


def wide_network():
    """Draw the network that has too much room for its data (unit 04)."""
    names = ["20 features", *["256 units\nReLU"] * 3, "probability\nof label 1"]
    kinds = ["input", "layer", "layer", "layer", "output"]
    parts = {
        str(place): (kind, place, 0, name)
        for place, (kind, name) in enumerate(zip(kinds, names, strict=True))
    }
    arrows = [(str(place), str(place + 1)) for place in range(4)]
    return draw_network(parts, arrows, figsize=(12, 1.6)), (
        "Twenty features flow through three hidden layers of 256 units to one probability."
    )
