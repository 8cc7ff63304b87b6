"""Every pair of columns: the sum, the identity that makes it cheap, and a vector for each field.

Notation: a row x has n columns, column i the vector v_i of k numbers. Written for one row of a few
columns, to be read beside the formulas; `models` has the same in Keras for many rows.
"""

import numpy as np

from utils import require


def sum_all_pairs(values, vectors):
    """Add up <v_i, v_j> x_i x_j over all pairs i < j, one pair after the other.

    Args:
        values: array (n,), the row x.
        vectors: array (n, k), the rows v_i.

    Returns:
        float. The work grows with n squared.
    """
    require.arrays("(n,), (n, k)", values=values, vectors=vectors)
    require.full_precision(values=values, vectors=vectors)
    total = 0.0
    for i in range(len(values)):
        for j in range(i + 1, len(values)):
            total += vectors[i] @ vectors[j] * values[i] * values[j]
    return float(total)


def pair_sum(values, vectors):
    """Return the same sum from two sums over the columns, without looking at a pair.

    Args:
        values, vectors: as in `sum_all_pairs`.

    Returns:
        float. The work grows with n.

    Source: Rendle, "Factorization Machines" (2010), lemma 3.1.
    """
    require.arrays("(n,), (n, k)", values=values, vectors=vectors)
    require.full_precision(values=values, vectors=vectors)
    return float(0.5 * np.sum((values @ vectors) ** 2 - values**2 @ vectors**2))


def pair_gradient(values, vectors):
    """Return the gradient of `pair_sum` with respect to the vectors.

    Args:
        values, vectors: as in `sum_all_pairs`.

    Returns:
        array (n, k): x_i (sum of all x_j v_j) - x_i^2 v_i; a column with a zero gets zeros.
    """
    require.arrays("(n,), (n, k)", values=values, vectors=vectors)
    require.full_precision(values=values, vectors=vectors)
    column = np.asarray(values)[:, np.newaxis]
    return column * (values @ vectors) - column**2 * vectors


def field_pair_sum(values, fields, vectors):
    """Add up <v_i for the field of j, v_j for the field of i> x_i x_j over all pairs i < j.

    Args:
        values: array (n,), the row x.
        fields: int array (n,), the field of each column, 0..num_fields-1.
        vectors: array (n, num_fields, k): each column has a vector for each field it may meet.

    Returns:
        float. No identity makes this cheap.

    Source: Juan and others, "Field-aware Factorization Machines" (2016), equation 4.
    """
    require.arrays("(n,), (n, num_fields, k)", values=values, vectors=vectors)
    require.full_precision(values=values, vectors=vectors)
    require.indices(np.shape(vectors)[1], "(n,)", fields=fields)
    require.lengths(values=values, fields=fields)
    total = 0.0
    for i in range(len(values)):
        for j in range(i + 1, len(values)):
            dot = vectors[i, fields[j]] @ vectors[j, fields[i]]
            total += dot * values[i] * values[j]
    return float(total)


def count_parameters(num_columns, num_fields, dim):
    """Return how many numbers each kind of model learns, offset included.

    Args:
        num_columns, num_fields: ints, of a row.
        dim: int, the length of a vector.

    Returns:
        dict of ints: "linear" has a weight per column; "every pair" adds a weight for each pair of
        columns, "FM" a vector per column, "FFM" a vector per column and field.
    """
    require.integers("[1, inf)", num_columns=num_columns, num_fields=num_fields, dim=dim)
    linear = 1 + num_columns
    return {
        "linear": linear,
        "every pair": linear + num_columns * (num_columns - 1) // 2,
        "FM": linear + num_columns * dim,
        "FFM": linear + num_columns * num_fields * dim,
    }
