"""What the checks of lab 12 say to right, wrong and odd answers."""

from itertools import product

import numpy as np
import pytest
from attempts import changed, judge, table, with_stub_and_solution

from utils.checks import item2vec as check

PAIRS = """
def window_pairs(s, w):
    out = []
    for i in range(len(s)):
        for j in range(max(0, i - w), min(len(s), i + w + 1)):
            if i != j:
                out.append([s[i], s[j]])
    return out
"""
CHANCES = "def negative_chances(c, e):\n    "
WALK = """
def walk(weights, start, draws):
    films = [start]
    for draw in draws:
        row = weights[films[-1]]
        if not row.any():
            return films
        films.append(np.searchsorted(np.cumsum(row / row.sum()), draw, side="right"))
    return films
"""
TURN = "def procrustes(x, y):\n    u, s, vt = np.linalg.svd(x.T @ y)\n    return u @ vt"
REPORT = """
def morning_report(recent, v, c, old, turn):
    rows = []
    turned = old @ turn
    for i in range(len(v)):
        score = sum(v[w] @ c[i] for w in recent if w != i)
        cos = v[i] @ turned[i] / np.linalg.norm(v[i]) / np.linalg.norm(turned[i])
        rows.append([score, cos])
    return rows
"""
BUGGY = """
def morning_report(recent, inputs, outputs, old_inputs, rotation):
    report = []
    for film in range(len(inputs)):
        score = sum(outputs[center] @ inputs[film] for center in recent)
        new, old = inputs[film], old_inputs[film]
        drift = new @ old / (np.linalg.norm(new) * np.linalg.norm(old))
        report.append((score, drift))
    return np.array(report)
"""

ATTEMPTS = [
    *table(
        "window_pairs",
        [
            ("lists", "right", PAIRS),
            (
                "all places, then a mask",
                "right",
                "def window_pairs(s, w):\n    i, j = np.indices((len(s), len(s)))\n"
                "    near = (abs(i - j) <= w) & (i != j)\n"
                "    return np.column_stack([s[i[near]], s[j[near]]])",
            ),
            (
                "context equals center",
                "not yet",
                changed(PAIRS, "if i != j", "if True"),
                ("paired with itself",),
            ),
            (
                "films compared",
                "not yet",
                changed(PAIRS, "i != j", "s[i] != s[j]"),
                ("compare the places, not the films",),
            ),
            (
                "one side",
                "not yet",
                changed(PAIRS, "max(0, i - w)", "i + 1"),
                ("Only films behind the center",),
            ),
            (
                "range leaves its end out",
                "not yet",
                changed(PAIRS, "i + w + 1", "i + w"),
                ("`range` leaves its end out",),
            ),
            (
                "no window",
                "not yet",
                changed(PAIRS, "range(max(0, i - w), min(len(s), i + w + 1))", "range(len(s))"),
                ("the window is ignored",),
            ),
            (
                "context first",
                "not yet",
                changed(PAIRS, "[s[i], s[j]]", "[s[j], s[i]]"),
                ("have changed places",),
            ),
            (
                "negative places",
                "not yet",
                changed(PAIRS, "max(0, i - w)", "i - w"),
                ("place -1 is the last one",),
            ),
            (
                "pairs of the first film alone",
                "not yet",
                changed(PAIRS, "for i in range(len(s))", "for i in range(1)"),
                ("The first center is 5; its contexts are [6]",),
            ),
            ("past the end", "raised", changed(PAIRS, "min(len(s), i + w + 1)", "i + w + 1")),
        ],
    ),
    *table(
        "negative_chances",
        [
            (
                "where",
                "right",
                CHANCES + "p = np.where(c > 0, np.maximum(c, 1).astype(float) ** e, 0)\n"
                "    return p / p.sum()",
            ),
            (
                "a list",
                "right",
                CHANCES + "p = [float(n) ** e if n else 0.0 for n in c]\n"
                "    return [x / sum(p) for x in p]",
            ),
            (
                "zero to a power",
                "not yet",
                CHANCES + "p = c.astype(float) ** e\n    return p / p.sum()",
                ("A film without a like: 0 to the power 0 is 1",),
            ),
            (
                "whole numbers to a negative power",
                "raised",
                CHANCES + "p = c ** int(np.floor(e))\n    return p / p.sum()",
            ),
            (
                "at least one like",
                "not yet",
                CHANCES + "p = np.maximum(c, 1.0) ** e\n    return p / p.sum()",
                ("drawn as if it had one",),
            ),
            (
                "one added",
                "not yet",
                CHANCES + "p = (c + 1.0) ** e\n    return p / p.sum()",
                ("added to all counts",),
            ),
            (
                "no sum",
                "not yet",
                CHANCES + "return np.where(c > 0, np.maximum(c, 1.0) ** e, 0)",
                ("do not add up to 1",),
            ),
            (
                "sum of the counts",
                "not yet",
                CHANCES + "return np.where(c > 0, np.maximum(c, 1.0) ** e, 0) / c.sum()",
                ("sum of the powers",),
            ),
            ("no exponent", "not yet", CHANCES + "return c / c.sum()", ("exponent is ignored",)),
        ],
    ),
    *table(
        "walk",
        [
            ("searchsorted", "right", WALK),
            (
                "a loop",
                "right",
                "def walk(w, s, d):\n    out = [s]\n    for x in d:\n        total = 0.0\n"
                "        size = sum(w[out[-1]])\n        if size == 0:\n            break\n"
                "        for j, one in enumerate(w[out[-1]]):\n            total += one / size\n"
                "            if total > x:\n                break\n        out.append(j)\n"
                "    return np.array(out)",
            ),
            (
                "equal is enough",
                "not yet",
                changed(WALK, '"right"', '"left"'),
                ("above the draw, not equal",),
            ),
            (
                "backward",
                "not yet",
                changed(WALK, "weights[films[-1]]", "weights[:, films[-1]]"),
                ("followed backward",),
            ),
            (
                "no start",
                "not yet",
                changed(WALK, "    return films\n", "    return films[1:]\n").replace(
                    "            return films\n", "            return films[1:]\n"
                ),
                ("`start`, is missing",),
            ),
            (
                "always from the start",
                "not yet",
                changed(WALK, "weights[films[-1]]", "weights[start]"),
                ("Go on from the film reached last",),
            ),
            (
                "arrows alike",
                "not yet",
                changed(WALK, "row = weights[films[-1]]", "row = 1.0 * (weights[films[-1]] > 0)"),
                ("All arrows count alike",),
            ),
            (
                "the heaviest arrow",
                "not yet",
                changed(
                    WALK,
                    'np.searchsorted(np.cumsum(row / row.sum()), draw, side="right")',
                    "np.argmax(row)",
                ),
                ("heaviest arrow",),
            ),
            (
                "on from a dead end",
                "not yet",
                changed(
                    WALK,
                    "            return films\n",
                    "            films.append(0)\n            continue\n",
                ),
                ("the walk ends",),
            ),
            (
                "not divided",
                "not yet",
                changed(WALK, "row / row.sum()", "row"),
                ("the running sum is",),
            ),
        ],
    ),
    *table(
        "procrustes",
        [
            ("as in the lecture", "right", TURN),
            (
                "scipy",
                "right",
                "from scipy.linalg import orthogonal_procrustes\n"
                "def procrustes(x, y):\n    return orthogonal_procrustes(x, y)[0]",
            ),
            (
                "by the other product",
                "right",
                "def procrustes(x, y):\n    u, s, vt = np.linalg.svd(y.T @ x)\n"
                "    return (u @ vt).T",
            ),
            (
                "the other way",
                "not yet",
                changed(TURN, "x.T @ y", "y.T @ x"),
                ("the other way round",),
            ),
            (
                "transposed twice",
                "not yet",
                changed(TURN, "u @ vt", "u @ vt.T"),
                ("transposed already",),
            ),
            ("stretched", "not yet", changed(TURN, "u @ vt", "u * s @ vt"), ("singular values",)),
            (
                "least squares",
                "not yet",
                "def procrustes(x, y):\n    return np.linalg.lstsq(x, y, rcond=None)[0]",
                ("which also stretches",),
            ),
            ("rows for columns", "not yet", changed(TURN, "x.T @ y", "x @ y.T"), ("shape (2, 2)",)),
        ],
    ),
    *table(
        "morning_report",
        [
            ("a list", "right", REPORT),
            (
                "arrays",
                "right",
                "def morning_report(r, v, c, old, turn):\n    s = v[r] @ c.T\n"
                "    s[np.arange(len(r)), r] = 0\n    t = old @ turn\n"
                "    n = lambda a: a / np.linalg.norm(a, axis=1, keepdims=True)\n"
                "    return np.stack([s.sum(0), (n(v) * n(t)).sum(1)], axis=1)",
            ),
            ("nothing mended", "not yet", BUGGY, ("3 mistakes are left",)),
            (
                "the tables are left",
                "not yet",
                changed(REPORT, "v[w] @ c[i]", "c[w] @ v[i]"),
                ("1 mistake is left. The tables are swapped",),
            ),
            (
                "its own context is left",
                "not yet",
                changed(REPORT, " if w != i", ""),
                ("1 mistake is left. A film in `recent`",),
            ),
            (
                "the two versions are left",
                "not yet",
                changed(REPORT, "old @ turn", "old"),
                ("1 mistake is left. The drift compares",),
            ),
            (
                "turned backward",
                "not yet",
                changed(REPORT, "old @ turn", "old @ turn.T"),
                ("1 mistake is left. Yesterday's vectors are turned the wrong way",),
            ),
            (
                "no drift",
                "not yet",
                changed(REPORT, "[score, cos]", "score"),
                ("two columns, score and drift",),
            ),
        ],
    ),
]


@pytest.mark.parametrize("attempt", with_stub_and_solution("12_item2vec", ATTEMPTS), ids=str)
def test_attempt(attempt):
    judge(check, attempt)


def test_each_set_of_bugs_is_told_apart():
    """Otherwise a message could name a bug that is mended."""
    ways = [dict(zip(check.BUGS, way, strict=True)) for way in product(*check.BUGS.values())]
    generator = np.random.default_rng(0)
    turn, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    case = np.array([1, 4]), *generator.normal(size=(3, 6, 3)), turn
    results = [check._report(*case, **way) for way in ways]
    for place, one in enumerate(results):
        assert not any(np.allclose(one, other, atol=1e-4) for other in results[:place])
