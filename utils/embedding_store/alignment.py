"""Turn one table of vectors so that it lies on another: orthogonal Procrustes.

Two trainings of the same model give vectors that differ by a rotation, since dot products do not
notice one. Vectors of the one and of the other may be compared after the rotation, not before.
"""

import numpy as np

from utils import require


def rotation_between(vectors, reference):
    """Return the rotation (or reflection) that brings vectors closest to others, row by row.

    With U S V' the singular value decomposition of vectors' reference, it is U V'.

    Args:
        vectors, reference: float arrays (n, d); row i of both is the same thing. At least d rows,
            or the rotation is not determined.

    Returns:
        float array (d, d), orthogonal: `vectors @ rotation` lies as close to `reference` as any
        rotation can bring it, in the sum of squared distances.

    Source: Schönemann, "A generalized solution of the orthogonal Procrustes problem" (1966).
    """
    require.arrays("(n, d), (n, d)", vectors=vectors, reference=reference)
    require.full_precision(vectors=vectors, reference=reference)
    if np.shape(vectors)[0] < np.shape(vectors)[1]:
        raise ValueError(
            f"vectors must have at least as many rows as columns, received {np.shape(vectors)}."
        )
    left, _, right = np.linalg.svd(np.asarray(vectors, float).T @ np.asarray(reference, float))
    return left @ right


def align(table, reference):
    """Return a table turned onto another one; the ids they share say how.

    Args:
        table: EmbeddingTable, with as many numbers per vector as `reference`.
        reference: EmbeddingTable.

    Returns:
        EmbeddingTable with the ids of `table`: same distances and angles among its own rows.
    """
    if table.dim != reference.dim:
        raise ValueError(
            f"table must have vectors of {reference.dim} numbers, as the reference has, "
            f"received {table.dim}."
        )
    shared = [known for known in table.ids if known in reference.places]
    if len(shared) < table.dim:
        raise ValueError(
            f"table must share at least {table.dim} ids with the reference, one for each number "
            f"of a vector, received {len(shared)}."
        )
    rotation = rotation_between(table.look_up(shared), reference.look_up(shared))
    return table.with_vectors((table.vectors @ rotation).astype(table.vectors.dtype))
