"""Drawings of unit 02: the model whose item vectors are compared."""

from utils.diagrams import draw_network


def rating_model(num_users, num_items, embedding_dim, purpose):
    """Draw the model that predicts stars, and what its table of films is kept for (units 02, 03).

    Args:
        num_users, num_items, embedding_dim: ints.
        purpose: str, the text of the last box.

    Returns:
        (matplotlib Figure, alt text).
    """
    parts = {
        "user": ("one-hot", 0, 0, "user $u$"),
        "film": ("one-hot", 0, 1.2, "film $i$"),
        "users": ("table", 1.1, 0, f"$p_u$, $b_u$\n{num_users:,} × ({embedding_dim} + 1)"),
        "films": ("table", 1.1, 1.2, f"$q_i$, $b_i$\n{num_items:,} × ({embedding_dim} + 1)"),
        "sum": ("layer", 2.2, 0, "$p_u \\cdot q_i$\n$+\\ b_u + b_i + \\mu$"),
        "stars": ("output", 3.3, 0, "stars"),
        "purpose": ("output", 3.3, 1.2, purpose),
    }
    arrows = [("user", "users"), ("film", "films"), ("users", "sum"), ("films", "sum")]
    arrows += [("sum", "stars"), ("films", "purpose")]
    return draw_network(parts, arrows, figsize=(12, 3.5)), (
        f"A one-hot user and a one-hot film each pick {embedding_dim} numbers and a bias; their "
        "dot product, both biases and the mean give stars. The rows of films are kept to "
        f"{purpose}."
    )
