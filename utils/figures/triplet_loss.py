"""Drawings of unit 10: what a triplet is, and the models that score films."""

from utils.diagrams import draw_network


def triplet():
    """Draw the training on (user, positive, negative): one film table, two scores (unit 10)."""
    parts = {
        "user": ("one-hot", 0, 0, "user"),
        "positive": ("one-hot", 0, 1, "positive: liked"),
        "negative": ("one-hot", 0, 2, "negative: not known"),
        "users": ("table", 1, 0, "user\nvectors"),
        "films": ("table", 1, 1.5, "film vectors\nand biases"),
        "up": ("layer", 2, 0.4, "score of\nthe positive"),
        "down": ("layer", 2, 1.6, "score of\nthe negative"),
        "loss": ("loss", 3, 1, "which one\nis higher?"),
    }
    arrows = [("user", "users"), ("positive", "films"), ("negative", "films"), ("users", "up")]
    arrows += [("users", "down"), ("films", "up"), ("films", "down")]
    arrows += [("up", "loss"), ("down", "loss")]
    return draw_network(parts, arrows, figsize=(12, 4.1)), (
        "A user, a positive and a negative film, each a one-hot vector. The user picks a row of "
        "the user table, both films pick rows of one film table. Two scores go into one loss."
    )


def deep_triplet(hidden_units):
    """Draw the network that scores a user and a film with metadata (unit 10).

    Args:
        hidden_units: int, size of the hidden layer.
    """
    parts = {
        "user": ("one-hot", 0, 1, "user"),
        "about user": ("input", 1, 0, "age, sex,\noccupation"),
        "film": ("one-hot", 0, 2, "film"),
        "about film": ("input", 1, 3, "genres, year,\npopularity"),
        "users": ("table", 1, 1, "user\nvectors"),
        "films": ("table", 1, 2, "film\nvectors"),
        "hidden": ("layer", 2, 1.5, f"{hidden_units} units\nReLU"),
        "score": ("output", 3, 1.5, "score,\nlinear"),
    }
    arrows = [("user", "users"), ("film", "films"), ("users", "hidden"), ("about user", "hidden")]
    arrows += [("films", "hidden"), ("about film", "hidden"), ("hidden", "score")]
    return draw_network(parts, arrows, figsize=(12, 5.2)), (
        "User and film vectors and what is known of both flow into one hidden layer of "
        f"{hidden_units} units and from there to one linear score."
    )


def mean_of_likes(dropout):
    """Draw the model in which a user is the mean of the films liked (unit 10).

    Args:
        dropout: float in [0, 1), share of the likes hidden in each training step.
    """
    parts = {
        "likes": ("bag", 0, 0, f"films a user likes,\n{dropout:.0%} of them hidden"),
        "films": ("table", 1, 0, "film\nvectors"),
        "mean": ("layer", 2, 0, "mean of\nthe vectors"),
        "scores": ("output", 3, 0, "softmax over\nall films"),
    }
    arrows = [("likes", "films"), ("films", "mean"), ("mean", "scores")]
    return draw_network(parts, arrows, figsize=(12, 2)), (
        "Films a user likes pick film vectors; their mean gives the scores of all films at once."
    )
