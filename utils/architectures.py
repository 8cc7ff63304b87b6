"""The models of the course as drawings, each with its description: for lectures and slides alike.

Every function returns (figure, alt), so that `show(*architectures.look_up())` displays both.
"""

import matplotlib.pyplot as plt

from utils.diagrams import TEXT, draw_into, draw_network


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


def habit_and_match(num_users, num_items):
    """Draw mean + habit + dot product of two coordinates (unit 01)."""
    parts = {
        "user": ("one-hot", 0, 0.4, "user u"),
        "film": ("one-hot", 0, 2, "film i"),
        "habits": ("table", 1, 0, f"habits\n{num_users:,} × 1"),
        "users": ("table", 1, 1, f"users\n{num_users:,} × 2"),
        "films": ("table", 1, 2, f"films\n{num_items:,} × 2"),
        "match": ("layer", 2, 1.5, "dot product"),
        "sum": ("layer", 3, 0.75, "add, and add\nthe mean μ"),
        "stars": ("output", 4, 0.75, "stars"),
    }
    arrows = [("user", "habits"), ("user", "users"), ("film", "films"), ("users", "match")]
    arrows += [("films", "match"), ("habits", "sum"), ("match", "sum"), ("sum", "stars")]
    return draw_network(parts, arrows, figsize=(12, 3.5)), (
        "The one-hot vector of the user looks up a habit and two coordinates, that of the film two "
        "coordinates; dot product, habit and the mean of all ratings add up to stars."
    )


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


def dot_product(num_users, num_items, embedding_dim):
    """Draw matrix factorization as two look-ups and a product (unit 06)."""
    parts = {
        "user": ("one-hot", 0, 0, "user $u$"),
        "film": ("one-hot", 0, 1, "film $i$"),
        "p": ("table", 1, 0, f"$p_u$: {num_users:,} × {embedding_dim}"),
        "q": ("table", 1, 1, f"$q_i$: {num_items:,} × {embedding_dim}"),
        "dot": ("layer", 2, 0.5, "$p_u \\cdot q_i$"),
        "stars": ("output", 3, 0.5, "stars"),
    }
    arrows = [("user", "p"), ("film", "q"), ("p", "dot"), ("q", "dot"), ("dot", "stars")]
    return draw_network(parts, arrows, figsize=(12, 3.6)), (
        "A user and a film, each a one-hot vector, pick a row of their table. The dot product of "
        "the two rows is the predicted number of stars."
    )


def biased_product(num_users, num_items, embedding_dim):
    """Draw matrix factorization with biases (unit 06)."""
    parts = {
        "user": ("one-hot", 0, 0.5, "user $u$"),
        "film": ("one-hot", 0, 2.5, "film $i$"),
        "b_u": ("table", 2, 0, f"$b_u$: {num_users:,} × 1"),
        "p": ("table", 1, 1, f"$p_u$: {num_users:,} × {embedding_dim}"),
        "q": ("table", 1, 2, f"$q_i$: {num_items:,} × {embedding_dim}"),
        "b_i": ("table", 2, 3, f"$b_i$: {num_items:,} × 1"),
        "dot": ("layer", 2, 1.5, "$p_u \\cdot q_i$"),
        "sum": ("layer", 3, 1.5, "$+\\mu + b_u + b_i$"),
        "stars": ("output", 4, 1.5, "stars"),
    }
    arrows = [("user", "b_u"), ("user", "p"), ("film", "q"), ("film", "b_i"), ("p", "dot")]
    arrows += [("q", "dot"), ("b_u", "sum"), ("b_i", "sum"), ("dot", "sum"), ("sum", "stars")]
    return draw_network(parts, arrows, figsize=(12, 4.5)), (
        f"The user picks a row of {embedding_dim} factors and one bias, the film as well. The dot "
        "product of the factors, both biases and the mean are added up to the predicted stars."
    )


def bags_and_factors():
    """Draw SVD++ with dropout: a bag of films adds its vectors to the user's own (unit 06)."""
    parts = {
        "user": ("one-hot", 0, 0, "user $u$"),
        "bag": ("bag", 0, 1, "films that $u$ rated"),
        "film": ("one-hot", 0, 2, "film $i$"),
        "p": ("table", 1, 0, "$p_u$"),
        "y": ("table", 1, 1, "sum of $y_j$"),
        "q": ("table", 1, 2, "$q_i$"),
        "sum": ("layer", 2, 0.5, "add"),
        "drop": ("layer", 3, 0.5, "dropout"),
        "dot": ("layer", 4, 1.25, "dot product\n+ biases"),
    }
    arrows = [("user", "p"), ("bag", "y"), ("film", "q"), ("p", "sum"), ("y", "sum")]
    arrows += [("sum", "drop"), ("drop", "dot"), ("q", "dot")]
    return draw_network(parts, arrows, figsize=(12, 4.4)), (
        "The user picks one row of a table; the bag of films the user rated picks several rows of "
        "another table and adds them. Their sum, with dropout, meets the vector of the film."
    )


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


def deep_triplet():
    """Draw the network that scores a user and a film with metadata (unit 10)."""
    parts = {
        "user": ("one-hot", 0, 1, "user"),
        "about user": ("input", 1, 0, "age, sex,\noccupation"),
        "film": ("one-hot", 0, 2, "film"),
        "about film": ("input", 1, 3, "genres, year,\npopularity"),
        "users": ("table", 1, 1, "user\nvectors"),
        "films": ("table", 1, 2, "film\nvectors"),
        "hidden": ("layer", 2, 1.5, "64 units\nReLU"),
        "score": ("output", 3, 1.5, "score,\nlinear"),
    }
    arrows = [("user", "users"), ("film", "films"), ("users", "hidden"), ("about user", "hidden")]
    arrows += [("films", "hidden"), ("about film", "hidden"), ("hidden", "score")]
    return draw_network(parts, arrows, figsize=(12, 5.2)), (
        "User and film vectors and what is known of both flow into one hidden layer of 64 units "
        "and from there to one linear score."
    )


def mean_of_likes():
    """Draw the model in which a user is the mean of the films liked (unit 10)."""
    parts = {
        "likes": ("bag", 0, 0, "films a user likes,\nhalf of them hidden"),
        "films": ("table", 1, 0, "film\nvectors"),
        "mean": ("layer", 2, 0, "mean of\nthe vectors"),
        "scores": ("output", 3, 0, "softmax over\nall films"),
    }
    arrows = [("likes", "films"), ("films", "mean"), ("mean", "scores")]
    return draw_network(parts, arrows, figsize=(12, 2)), (
        "Films a user likes pick film vectors; their mean gives the scores of all films at once."
    )


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
