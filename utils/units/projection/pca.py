"""PCA: the directions in which vectors spread most."""

import numpy as np

from utils import require


def fit_pca(vectors, num_components):
    """Find the directions along which centered vectors vary most.

    Args:
        vectors: array (n, d), the rows to learn from.
        num_components: int in 1..min(n, d).

    Returns:
        (mean, directions, shares): array (d,); array (num_components, d) of unit vectors at right
        angles; array (num_components,), the share of the variance along each, falling. Of the two
        signs of a direction the one is taken that makes its largest number positive.

    Raises:
        ValueError: if `vectors` is no table or num_components is out of range.

    Source: I. T. Jolliffe, "Principal Component Analysis", 2002.
    """
    require.arrays("(n, d)", vectors=vectors)
    require.varied(vectors=vectors)
    require.integers(f"[1, {min(np.shape(vectors))}]", num_components=num_components)
    vectors = np.asarray(vectors, dtype=float)
    if vectors.ndim != 2:
        raise ValueError(f"vectors must have the shape (n, d), received {vectors.shape}.")
    if not 1 <= num_components <= min(vectors.shape):
        raise ValueError(
            f"num_components must be in 1..{min(vectors.shape)}, received {num_components}."
        )
    mean = vectors.mean(axis=0)
    _, lengths, directions = np.linalg.svd(vectors - mean, full_matrices=False)
    directions, shares = directions[:num_components], lengths**2 / np.sum(lengths**2)
    largest = np.abs(directions).argmax(axis=1)
    signs = np.sign(directions[np.arange(num_components), largest])
    return mean, directions * signs[:, np.newaxis], shares[:num_components]
