"""Drawings of unit 06: the models, one step after the other."""

from utils.diagrams import draw_network


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
