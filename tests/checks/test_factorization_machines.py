"""What the checks of lab 07 say to right, wrong and odd answers."""

from itertools import product

import numpy as np
import pytest
from attempts import changed, judge, table, with_stub_and_solution

from utils.checks import factorization_machines as check

SLOW = """
def sum_all_pairs(x, v):
    total = 0.0
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            total += v[i] @ v[j] * x[i] * x[j]
    return total
"""
FAST = "def pair_sum(x, v):\n    "
FIELDS = """
def field_pair_sum(x, f, v):
    total = 0.0
    for i in range(len(x)):
        for j in range(i + 1, len(x)):
            total += v[i, f[j]] @ v[j, f[i]] * x[i] * x[j]
    return total
"""
COUNT = "def count_parameters(n, f, k):\n    return "
LIKE = """
def predict_like(rows, fields, offset, weights, vectors):
    out = []
    for row in rows:
        s = offset + np.sum(weights * row)
        for i in range(len(row)):
            for j in range(i + 1, len(row)):
                s += vectors[i, fields[j]] @ vectors[j, fields[i]] * row[i] * row[j]
        out.append(1 / (1 + np.exp(-s)))
    return out
"""
BUGGY = """
def predict_like(rows, fields, offset, weights, vectors):
    probabilities = []
    for row in rows:
        score = offset + np.sum(weights[row != 0])
        for i in range(len(row)):
            for j in range(len(row)):
                score += vectors[i, fields[i]] @ vectors[j, fields[j]] * row[i] * row[j]
        probabilities.append(1 / (1 + np.exp(score)))
    return np.array(probabilities)
"""
J_AFTER_I, J_ALL, J_FROM_I = "range(i + 1, len(x))", "range(len(x))", "range(i, len(x))"

ATTEMPTS = [
    *table(
        "sum_all_pairs",
        [
            (
                "combinations",
                "right",
                "from itertools import combinations\ndef sum_all_pairs(x, v):\n"
                "    return sum(v[i] @ v[j] * x[i] * x[j]"
                " for i, j in combinations(range(len(x)), 2))",
            ),
            (
                "a matrix and its triangle",
                "right",
                "def sum_all_pairs(x, v):\n    a = x[:, None] * v\n"
                "    return np.triu(a @ a.T, 1).sum()",
            ),
            (
                "the identity",
                "right",
                "def sum_all_pairs(x, v):\n    return 0.5 * np.sum((x @ v) ** 2 - x**2 @ v**2)",
            ),
            (
                "all i and j, without i = j, halved",
                "right",
                changed(SLOW, J_AFTER_I, J_ALL, "v[i] @ v[j]", "0.5 * (i != j) * v[i] @ v[j]"),
            ),
            (
                "all i and j",
                "not yet",
                changed(SLOW, J_AFTER_I, J_ALL),
                ("counts twice, and each column with itself",),
            ),
            ("the diagonal", "not yet", changed(SLOW, J_AFTER_I, J_FROM_I), ("with itself",)),
            (
                "every pair twice",
                "not yet",
                changed(SLOW, J_AFTER_I, J_ALL, "v[i] @ v[j]", "(i != j) * v[i] @ v[j]"),
                ("Every pair counts twice, as i, j and as j, i",),
            ),
            (
                "all halved, with the diagonal",
                "not yet",
                changed(SLOW, J_AFTER_I, J_ALL, "return total", "return total / 2"),
                ("A half does not mend it",),
            ),
            (
                "no numbers of the row",
                "not yet",
                changed(SLOW, " * x[i] * x[j]", ""),
                ("x_i and x_j are missing",),
            ),
            ("one number only", "not yet", changed(SLOW, " * x[j]", ""), ("x_j is missing",)),
            (
                "numbers alone",
                "not yet",
                changed(SLOW, "v[i] @ v[j] * ", ""),
                ("dot product of the vectors is missing",),
            ),
            (
                "neighbors alone",
                "not yet",
                changed(SLOW, J_AFTER_I, "range(i + 1, min(i + 2, len(x)))"),
                ("neighboring columns alone",),
            ),
            (
                "a return too early",
                "not yet",
                changed(SLOW, "    return total", "        return total"),
                ("Pair 0, 1",),
            ),
            ("past the end", "raised", changed(SLOW, J_AFTER_I, "range(i + 1, len(x) + 1)")),
        ],
    ),
    *table(
        "pair_sum",
        [
            (
                "keras",
                "right",
                "from keras import ops\n" + FAST + "t = ops.matmul(x, v)\n"
                "    return ops.sum(t * t - ops.matmul(x * x, v * v), axis=-1) / 2",
            ),
            (
                "einsum",
                "right",
                FAST + "a = np.einsum('mn,nk->mk', x, v)\n"
                "    b = np.einsum('mn,nk,mn,nk->mk', x, v, x, v)\n"
                "    return ((a**2 - b) / 2).sum(1)",
            ),
            (
                "a list, row by row",
                "right",
                FAST
                + "return [0.5 * ((r @ v) @ (r @ v) - np.sum((r[:, None] * v) ** 2)) for r in x]",
            ),
            (
                "the pairs, by a matrix",
                "not yet",
                FAST + "g = np.triu(v @ v.T, 1)\n    return np.einsum('mi,ij,mj->m', x, g, x)",
                ("The numbers are right", "1,500 columns", "every pair"),
            ),
            (
                "the pairs, by loops",
                "not yet",
                FAST + "return [sum(v[i] @ v[j] * r[i] * r[j] for i in range(len(r))"
                " for j in range(i + 1, len(r))) for r in x]",
                ("The numbers are right", "600 columns", "every pair"),
            ),
            (
                "no half",
                "not yet",
                FAST + "return np.sum((x @ v) ** 2 - x**2 @ v**2, axis=1)",
                ("The half is missing",),
            ),
            (
                "no squares taken away",
                "not yet",
                FAST + "return 0.5 * np.sum((x @ v) ** 2, axis=1)",
                ("still meets itself",),
            ),
            (
                "x not squared",
                "not yet",
                FAST + "return 0.5 * np.sum((x @ v) ** 2 - x @ v**2, axis=1)",
                ("x_i^2 v_i^2. With ones it does not matter",),
            ),
            (
                "square after the sum",
                "not yet",
                FAST + "return 0.5 * ((x @ v).sum(1) ** 2 - (x**2 @ v**2).sum(1))",
                ("The square comes before the sum",),
            ),
            (
                "no sum over the factors",
                "not yet",
                FAST + "return 0.5 * ((x @ v) ** 2 - x**2 @ v**2)",
                ("should have the shape (2,)", "`axis=`"),
            ),
            (
                "sum over the rows",
                "not yet",
                FAST + "return 0.5 * np.sum((x @ v) ** 2 - x**2 @ v**2, axis=0)",
                ("runs over the rows",),
            ),
            (
                "one number for all",
                "not yet",
                FAST + "return 0.5 * np.sum((x @ v) ** 2 - x**2 @ v**2)",
                ("All rows were added up",),
            ),
            (
                "a column",
                "not yet",
                FAST + "return 0.5 * np.sum((x @ v) ** 2 - x**2 @ v**2, axis=1, keepdims=True)",
                ("without a second axis",),
            ),
            ("wrong way round", "raised", FAST + "return np.sum(v @ x, axis=1)"),
        ],
    ),
    *table(
        "field_pair_sum",
        [
            (
                "with x first",
                "right",
                changed(
                    FIELDS, "v[i, f[j]] @", "x[i] * x[j] * v[i, f[j]] @", " * x[i] * x[j]\n", "\n"
                ),
            ),
            (
                "einsum and a triangle",
                "right",
                "def field_pair_sum(x, f, v):\n    a = x[:, None, None] * v\n"
                "    b = a[:, f]\n    return np.triu((b * b.swapaxes(0, 1)).sum(-1), 1).sum()",
            ),
            (
                "own fields",
                "not yet",
                changed(FIELDS, "v[i, f[j]] @ v[j, f[i]]", "v[i, f[i]] @ v[j, f[j]]"),
                ("for its own field", "vectors[i, fields[j]]"),
            ),
            (
                "both for the field of j",
                "not yet",
                changed(FIELDS, "v[j, f[i]]", "v[j, f[j]]"),
                ("Both columns used the vector for the field of j",),
            ),
            (
                "columns as fields",
                "raised",
                changed(FIELDS, "v[i, f[j]] @ v[j, f[i]]", "v[i, j] @ v[j, i]"),
                ("IndexError",),
            ),
            (
                "all i and j",
                "not yet",
                changed(FIELDS, J_AFTER_I, J_ALL),
                ("counts twice, and each column with itself",),
            ),
            ("the diagonal", "not yet", changed(FIELDS, J_AFTER_I, J_FROM_I), ("with itself",)),
            (
                "no numbers",
                "not yet",
                changed(FIELDS, " * x[i] * x[j]", ""),
                ("x_i and x_j are missing",),
            ),
            (
                "no pairs inside a field",
                "not yet",
                changed(FIELDS, "v[i, f[j]] @", "(f[i] != f[j]) * v[i, f[j]] @"),
                ("same field are missing",),
            ),
            (
                "one number of the row",
                "not yet",
                changed(FIELDS, " * x[j]", ""),
                ("Pair 0, 1: vectors[0, 1] @ vectors[1, 0]",),
            ),
        ],
    ),
    *table(
        "count_parameters",
        [
            ("one formula", "right", COUNT + "[1 + n * (1 + m * k) for m in (1, f)]"),
            ("an array", "right", COUNT + "np.array([1 + n + n * k, 1 + n + n * f * k])"),
            ("no offset", "not yet", COUNT + "n + n * k, n + n * f * k", ("offset is missing",)),
            ("vectors alone", "not yet", COUNT + "n * k, n * f * k", ("come on top",)),
            (
                "no own field",
                "not yet",
                COUNT + "1 + n + n * k, 1 + n + n * (f - 1) * k",
                ("a vector for its own field, too",),
            ),
            (
                "a vector for each column",
                "not yet",
                COUNT + "1 + n + n * k, 1 + n + n * n * k",
                ("for each field, not for each other column",),
            ),
            (
                "swapped",
                "not yet",
                COUNT + "1 + n + n * f * k, 1 + n + n * k",
                ("The order is wrong",),
            ),
            ("one number", "not yet", COUNT + "1 + n + n * k", ("Return two numbers",)),
        ],
    ),
    *table(
        "predict_like",
        [
            ("a list", "right", LIKE),
            (
                "arrays",
                "right",
                "def predict_like(x, f, w0, w, v):\n"
                "    a = x[:, :, None, None] * v\n    b = a[:, :, f]\n"
                "    p = (b * b.swapaxes(1, 2)).sum(-1)\n"
                "    s = w0 + x @ w + np.triu(p, 1).sum((1, 2))\n    return 1 / (1 + np.exp(-s))",
            ),
            ("nothing mended", "not yet", BUGGY, ("4 mistakes are left",)),
            (
                "the pairs are left",
                "not yet",
                changed(LIKE, "range(i + 1, len(row))", "range(len(row))"),
                ("1 mistake is left. Every pair counts twice",),
            ),
            (
                "every pair twice",
                "not yet",
                changed(LIKE, "in range(i + 1, len(row))", "in set(range(len(row))) - {i}"),
                ("1 mistake is left. Every pair counts twice, as i, j",),
            ),
            (
                "the fields are left",
                "not yet",
                changed(
                    LIKE,
                    "vectors[i, fields[j]] @ vectors[j, fields[i]]",
                    "vectors[i, fields[i]] @ vectors[j, fields[j]]",
                ),
                ("1 mistake is left. Each column uses the vector for its own field",),
            ),
            (
                "the weights are left",
                "not yet",
                changed(LIKE, "np.sum(weights * row)", "np.sum(weights[row != 0])"),
                ("1 mistake is left. The weight of a column counts in full",),
            ),
            (
                "the sigmoid is left",
                "not yet",
                changed(LIKE, "np.exp(-s)", "np.exp(s)"),
                ("1 mistake is left. The sigmoid falls",),
            ),
            (
                "the score, no sigmoid",
                "not yet",
                changed(LIKE, "1 / (1 + np.exp(-s))", "s"),
                ("its sigmoid",),
            ),
        ],
    ),
]


@pytest.mark.parametrize(
    "attempt", with_stub_and_solution("07_factorization_machines", ATTEMPTS), ids=str
)
def test_attempt(attempt):
    judge(check, attempt)


def test_each_set_of_bugs_is_told_apart():
    """Otherwise a message could name a bug that is mended."""
    ways = [dict(zip(check.BUGS, way, strict=True)) for way in product(*check.BUGS.values())]
    rng = np.random.default_rng(0)
    case = rng.normal(size=(3, 4)), np.array([0, 1, 2, 1]), 0.2, rng.normal(size=4)
    case = (*case, rng.normal(size=(4, 3, 2)))
    results = [check._predict_like(*case, **way) for way in ways]
    for place, one in enumerate(results):
        assert not any(np.allclose(one, other, atol=1e-4) for other in results[:place])
