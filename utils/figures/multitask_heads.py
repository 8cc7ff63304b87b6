"""Drawings of unit 14: ways to share layers, three heads."""

import matplotlib.pyplot as plt

from utils.diagrams import TEXT, draw_into, draw_network


def three_heads():
    """Draw the model of stars, likes and watches: two tables, a trunk, three heads (unit 14)."""
    parts = {
        "user": ("one-hot", 0, 0.5, "a user"),
        "film": ("one-hot", 0, 1.5, "a film"),
        "users": ("table", 1, 0.5, "user vectors"),
        "films": ("table", 1, 1.5, "film vectors"),
        "trunk": ("layer", 2, 1, "hidden layer,\nshared by all"),
        "stars": ("output", 3, 0, "stars\n1 + 4 p"),
        "liked": ("output", 3, 1, "liked\np"),
        "watch": ("output", 3, 2, "watch\np"),
        "squared": ("loss", 4, 0, "mean squared\nerror"),
        "entropy": ("loss", 4, 1, "cross-entropy"),
        "entropy 2": ("loss", 4, 2, "cross-entropy"),
    }
    arrows = [("user", "users"), ("film", "films"), ("users", "trunk"), ("films", "trunk")]
    arrows += [("trunk", "stars"), ("trunk", "liked"), ("trunk", "watch")]
    arrows += [("stars", "squared"), ("liked", "entropy"), ("watch", "entropy 2")]
    return draw_network(parts, arrows, figsize=(12, 4.2)), (
        "One-hot user and film pick vectors from two tables; these feed one hidden layer, which "
        "feeds three heads: stars with a squared error, liked and watch with a cross-entropy each."
    )


def sharing():
    """Draw four ways for two tasks to share layers, from nothing to everything (unit 14)."""
    ends = {
        "features": ("input", 0, 0.5, "features"),
        "head A": ("output", 2, 0, "head A"),
        "head B": ("output", 2, 1, "head B"),
    }
    layers = {"A": ("layer", 1, 0, "layer A"), "B": ("layer", 1, 1, "layer B")}
    towers = [("features", "A"), ("features", "B"), ("A", "head A"), ("B", "head B")]
    trunk = {"trunk": ("layer", 1, 0.5, "one layer")}
    to_heads = [("features", "trunk"), ("trunk", "head A"), ("trunk", "head B")]
    ways = {
        "nothing shared": (layers, towers),
        "soft sharing: pulled together": (layers, [*towers, ("A", "B"), ("B", "A")]),
        "cross-stitch: heads mix both": (layers, [*towers, ("A", "head B"), ("B", "head A")]),
        "hard sharing: one for both": (trunk, to_heads),
    }
    figure, panels = plt.subplots(2, 2, figsize=(12, 5.4))
    for axes, (title, (middle, arrows)) in zip(panels.flat, ways.items(), strict=True):
        draw_into(axes, {**ends, **middle}, arrows)
        axes.set_title(title, fontsize=TEXT)
    return figure, (
        "Four architectures for two tasks. Nothing shared: two layers, two heads. Soft sharing: "
        "the two layers are pulled together. Cross-stitch: each head gets a mixture of both "
        "layers. Hard sharing: one layer feeds both heads."
    )
