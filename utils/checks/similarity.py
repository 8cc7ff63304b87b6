"""Checks of lab 02: `from utils.checks import similarity as check`."""

import time

import numpy as np
import pandas as pd

from utils.checks.compare import NotYet, as_array, expect_close, expect_function, show
from utils.checks.framework import Lab
from utils.units.similarity import measures as course

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


def _pairs(*pairs):
    return [tuple(np.array(vector, dtype=float) for vector in pair) for pair in pairs]


# Some vectors are shorter than 1, some have a coordinate of 0 or the sum 0: no formula is right by
# accident.
COSINE_CASES = _pairs(
    ([2, 0.5], [1, 1.5]),
    ([0.4, -0.7, 0.2], [-0.5, 0.3, 0.6]),
    ([1.5, 0, -1.1], [2, 1, 0.5]),
    ([0.4, 0, 0.9], [-0.8, 0.3, 0.6]),
    ([-0.3, 1.2], [0.5, -0.5]),
    ([1.5, -0.5, -1], [0.2, 0.9, 1.3]),
)
ZERO_CASES = _pairs(
    ([0, 0], [1.2, 2.5]),
    ([0, 0, 0], [0.3, -0.4, 1.1]),
    ([3.1, 1.4], [0, 0]),
    ([0.7, -1.1, 0.3], [0, 0, 0]),
)
LENGTH = np.linalg.norm


def _cosine(x, y):
    """Return the plain formula: NaN for a vector of zeros."""
    return x @ y / (LENGTH(x) * LENGTH(y))


COSINE_MISTAKES = [
    (lambda x, y: x @ y, "This is the dot product; divide it by both lengths."),
    (
        lambda x, y: x @ y / ((x @ x) * (y @ y)),
        "The lengths are roots: the square root is missing.",
    ),
    (
        lambda x, y: x @ y / np.sqrt(LENGTH(x) * LENGTH(y)),
        "A length is the root of the sum of squares; here a root was taken once more.",
    ),
    (lambda x, y: x @ y / LENGTH(x), "Divide by the length of both vectors, not of one."),
    (lambda x, y: x @ y / LENGTH(y), "Divide by the length of both vectors, not of one."),
    (lambda x, y: x @ y / (x @ x), "The length of the first vector was used twice."),
    (lambda x, y: x @ y / (y @ y), "The length of the second vector was used twice."),
    (
        lambda x, y: x @ y / LENGTH(x) * LENGTH(y),
        "Divided by one length and multiplied by the other: a / b * c is (a / b) * c.",
    ),
    (lambda x, y: x @ y / (LENGTH(x) + LENGTH(y)), "The lengths are multiplied, not added."),
    (
        lambda x, y: x @ y / (abs(x).sum() * abs(y).sum()),
        "The length is the root of the sum of squares, not the sum.",
    ),
    (
        lambda x, y: x @ y / (abs(x).max() * abs(y).max()),
        "The length is the root of the sum of squares, not the largest coordinate.",
    ),
    (lambda x, y: x @ y / len(x) ** 2, "`len` counts coordinates; the length is a norm."),
    (
        lambda x, y: x @ y / LENGTH([x, y]) ** 2,
        "That is the norm of both vectors put together; each has its own.",
    ),
    (
        lambda x, y: x @ y / max(LENGTH(x) * LENGTH(y), 1),
        "Only a length of 0 needs care: lengths below 1 must stay as they are.",
    ),
    (
        lambda x, y: x @ y / (max(LENGTH(x), 1) * max(LENGTH(y), 1)),
        "Only a length of 0 needs care: lengths below 1 must stay as they are.",
    ),
    (
        lambda x, y: _cosine(x, y) / len(x),
        "That is the mean of the products over the lengths; the dot product is a sum.",
    ),
    (lambda x, y: x * y / (LENGTH(x) * LENGTH(y)), "The sum over the coordinates is missing."),
    (lambda x, y: 1 - _cosine(x, y), "This is 1 - cos, a distance; return the cosine."),
    (lambda x, y: -_cosine(x, y), "The sign is turned around, as in the loss of Keras."),
    (lambda x, y: abs(_cosine(x, y)), "The sign is lost."),
    (lambda x, y: max(_cosine(x, y), 0), "A cosine can be negative, down to -1."),
    (lambda x, y: _cosine(x, y) ** 2, "This is the square of the cosine."),
    (lambda x, y: np.sqrt(_cosine(x, y)), "This is the root of the cosine."),
    (lambda x, y: np.arccos(_cosine(x, y)), "This is the angle; return its cosine."),
    (
        lambda x, y: np.degrees(np.arccos(_cosine(x, y))),
        "This is the angle in degrees; return its cosine.",
    ),
    (
        lambda x, y: np.cos(_cosine(x, y)),
        "The formula gives the cosine already: `np.cos` is not needed.",
    ),
    (lambda x, y: LENGTH(x - y), "This is the Euclidean distance."),
    (
        lambda x, y: _cosine(x - x.mean(), y - y.mean()),
        "This is the correlation: the cosine takes the vectors as they are, not less their mean.",
    ),
    (
        lambda x, y: _cosine(x, y) * (x.all() and y.all()),
        "Only a vector whose coordinates are all 0 has no direction; yours gives 0 for one zero.",
    ),
    (
        lambda x, y: _cosine(x, y) * (abs(x.sum() * y.sum()) > 1e-9),
        "A sum of 0 does not make a vector of zeros: look at its length.",
    ),
    (
        lambda x, y: _cosine(x[:2], y[:2]),
        "Only two coordinates were used; vectors can have any number.",
    ),
    (lambda x, y: np.sqrt(1 - _cosine(x, y) ** 2), "This is the sine of the angle."),
    (lambda x, y: (1 + _cosine(x, y)) / 2, "The cosine goes from -1 to 1; do not rescale it."),
    (lambda x, y: -LENGTH(x - y), "This is the Euclidean distance with a minus."),
    (lambda x, y: 1 / (1 + LENGTH(x - y)), "This is made of the distance, not of the angle."),
    (
        lambda x, y: x.sum() * y.sum() / (LENGTH(x) * LENGTH(y)),
        "Multiply coordinate by coordinate first, then add up.",
    ),
    (
        lambda x, y: x @ y / np.sqrt(x @ x + y @ y),
        "That is the norm of both vectors put together; each has its own.",
    ),
    (
        lambda x, y: x @ y / np.sqrt(abs(x).sum() * abs(y).sum()),
        "The coordinates must be squared before they are added up to a length.",
    ),
]
NO_DIRECTION = "A vector of zeros has no direction: its cosine is 0 here, do not divide by 0."
ZERO_MISTAKES = [
    (_cosine, NO_DIRECTION),
    (lambda x, y: _cosine(x, y) if x.any() else 0, f"{NO_DIRECTION} Look at both vectors."),
    (lambda x, y: _cosine(x, y) if y.any() else 0, f"{NO_DIRECTION} Look at both vectors."),
    (lambda x, y: 1, NO_DIRECTION),
    (lambda x, y: -1, NO_DIRECTION),
]


def _cosine_steps(first, second):
    def length(name, vector):
        squares = " + ".join(f"{x:g}^2" if x >= 0 else f"({x:g})^2" for x in vector)
        return f"  length of {name}: sqrt({squares}) = {LENGTH(vector):.4g}"

    products = " + ".join(f"{x:g} * {y:g}" for x, y in zip(first, second, strict=True))
    steps = [
        f"  dot product: {products} = {first @ second:.4g}",
        length("first", first),
        length("second", second),
    ]
    if first.any() and second.any():
        lengths = f"({LENGTH(first):.4g} * {LENGTH(second):.4g})"
        steps.append(f"  {first @ second:.4g} / {lengths} = {_cosine(first, second):.4g}")
    else:
        steps.append("  a length is 0: the cosine is 0")
    return "\n".join(steps)


class _OneNumber:
    """A student's function whose array of one number is taken for the number."""

    def __init__(self, answer):
        self.answer, self.named = answer, answer.named

    def __call__(self, *arguments):
        got = as_array(self.answer(*arguments), "The cosine")
        return got.item() if got.size == 1 else got


@lab.exercise(
    course.cosine_similarity,
    takeaway="Product divided by both lengths: only the direction is left, from -1 to 1.",
    hints=[
        "You need three numbers: the dot product and the two lengths. What if a length is 0?",
        "The length of x is np.sqrt(np.sum(x**2)), or np.linalg.norm(x).",
        "Compute `lengths = np.linalg.norm(first) * np.linalg.norm(second)`, return 0.0 if it is "
        "0, and first @ second / lengths otherwise.",
    ],
    seconds=10,
)
def cosine_similarity(answer):
    for cases, mistakes in ((COSINE_CASES, COSINE_MISTAKES), (ZERO_CASES, ZERO_MISTAKES)):
        expect_function(
            _OneNumber(answer),
            course.cosine_similarity,
            cases,
            what="the cosine",
            mistakes=mistakes,
            steps=_cosine_steps,
        )


# As many rows as columns, so that a mixed-up axis gives a wrong array, not an error.
ALL_CASES = _pairs(
    ([2, 0.5], [[-0.4, 0.2], [1, 1.5]]),
    ([0.6, -1.2, 0.5], [[0.9, 0.2, -0.7], [-1.4, 2.3, 0.8], [0.1, 0.4, 0.3]]),
)
ALL_ZERO_CASES = _pairs(
    ([2, 0.5], [[0, 0], [1, 1.5], [-0.4, 0.3]]),
    ([0, 0], [[1, 1.5], [-0.4, 0.3], [2, -0.6]]),
    ([0.6, -1.2, 0.5], [[0.9, 0.2, -0.7], [0, 0, 0]]),
    ([0, 0, 0], [[0.9, 0.2, -0.7], [-1.4, 2.3, 0.8]]),
)
MANY_ROWS = 300_000
TIMES_SLOWER = 15  # a loop over the rows is slower than that, no way of numpy or Keras is


def _rows(vectors):
    return LENGTH(vectors, axis=1)


def _cosines(query, vectors):
    """Return the plain formula: NaN where a vector is all zeros."""
    return vectors @ query / (_rows(vectors) * LENGTH(query))


WHOLE_ARRAY = (
    "The norm was taken over the whole array: one number for all rows. So the order is that "
    "of the dot product. Each row needs a length of its own: look at `axis=`."
)
COLUMNS = "The lengths are those of the columns: the vectors are the rows, axis=1."
ALL_MISTAKES = [
    (lambda q, v: v @ q / (LENGTH(v) * LENGTH(q)), WHOLE_ARRAY),
    (lambda q, v: v @ q / LENGTH(v), WHOLE_ARRAY),
    (lambda q, v: v @ q / (LENGTH(v, axis=0) * LENGTH(q)), COLUMNS),
    (lambda q, v: v @ q / LENGTH(v, axis=0), COLUMNS),
    (lambda q, v: (v / LENGTH(v, axis=0)) @ q / LENGTH(q), COLUMNS),
    (lambda q, v: v @ q, "These are the dot products; divide by the lengths."),
    (lambda q, v: v @ q / LENGTH(q), "The lengths of the rows are missing."),
    (lambda q, v: v @ q / _rows(v), "The length of the query is missing."),
    (
        lambda q, v: v @ q / (q @ q),
        "The length of the query was used twice, that of the rows not at all.",
    ),
    (
        lambda q, v: v @ q / _rows(v) * LENGTH(q),
        "Divided by one length and multiplied by the other: a / b * c is (a / b) * c.",
    ),
    (lambda q, v: v @ q / (_rows(v) ** 2 * LENGTH(q)), "The length of a row counts twice."),
    (
        lambda q, v: v @ q / ((v**2).sum(axis=1) * (q @ q)),
        "The lengths are roots: the square root is missing.",
    ),
    (lambda q, v: v @ q / (_rows(v) + LENGTH(q)), "The lengths are multiplied, not added."),
    (
        lambda q, v: v @ q / (abs(v).sum(axis=1) * abs(q).sum()),
        "The length is the root of the sum of squares, not the sum.",
    ),
    (
        lambda q, v: v @ q / np.maximum(_rows(v) * LENGTH(q), 1),
        "Only a length of 0 needs care: lengths below 1 must stay as they are.",
    ),
    (
        lambda q, v: q @ v / (_rows(v) * LENGTH(q)),
        "`query @ vectors` adds up over the rows; the dot products with the rows are "
        "`vectors @ query`.",
    ),
    (
        lambda q, v: v @ q / (_rows(v)[:, np.newaxis] * LENGTH(q)),
        "A column of lengths under a row of products makes a square: leave out keepdims.",
    ),
    (lambda q, v: _cosines(q, v)[:, np.newaxis], "This is a column; return the shape (n,)."),
    (
        lambda q, v: v * q / (_rows(v)[:, np.newaxis] * LENGTH(q)),
        "The sum over the coordinates is missing.",
    ),
    (
        lambda q, v: np.stack([_cosines(row, v) for row in v]),
        "These are the cosines of all rows with all rows; asked for are those of the query.",
    ),
    (lambda q, v: 1 - _cosines(q, v), "This is 1 - cos, a distance; return the cosine."),
    (lambda q, v: abs(_cosines(q, v)), "The sign is lost."),
    (lambda q, v: -_cosines(q, v), "The sign is turned around."),
    (lambda q, v: np.maximum(_cosines(q, v), 0), "A cosine can be negative, down to -1."),
    (lambda q, v: np.sort(_cosines(q, v))[::-1], "Do not sort: number i belongs to row i."),
    (lambda q, v: _rows(v - q), "These are Euclidean distances."),
    (lambda q, v: -_rows(v - q), "These are Euclidean distances with a minus."),
    (
        lambda q, v: _cosines(q - q.mean(), v - v.mean(axis=1, keepdims=True)),
        "These are correlations: take the vectors as they are, not less their mean.",
    ),
    (
        lambda q, v: _cosines(q, v - v.mean(axis=0)),
        "Take the vectors as they are, not less the mean of all rows.",
    ),
    (lambda q, v: np.arccos(_cosines(q, v)), "These are the angles; return their cosines."),
    (
        lambda q, v: np.argsort(-_cosines(q, v)),
        "These are the row numbers, the nearest first; return the cosines.",
    ),
    (
        lambda q, v: v @ q / (_rows(v).mean() * LENGTH(q)),
        "Divided by the mean length of all rows; each row has its own.",
    ),
    (
        lambda q, v: v @ q / (_rows(v).max() * LENGTH(q)),
        "Divided by the largest length of all rows; each row has its own.",
    ),
]
ALL_ZERO_MISTAKES = [
    (_cosines, NO_DIRECTION),
    (
        lambda q, v: _cosines(q, v) if q.any() else np.zeros(len(v)),
        f"{NO_DIRECTION} That of the query is cared for, those of the rows are not.",
    ),
    (
        lambda q, v: np.where(v.any(axis=1), _cosines(q, v), 0),
        f"{NO_DIRECTION} Those of the rows are cared for, that of the query is not.",
    ),
    (lambda q, v: np.nan_to_num(_cosines(q, v), nan=1), NO_DIRECTION),
    (
        lambda q, v: np.nan_to_num(_cosines(q, v[v.any(axis=1)])),
        "Rows of zeros were left out; every row has a cosine, 0 here.",
    ),
    (lambda q, v: np.nan_to_num(_cosines(q, v), nan=-1), NO_DIRECTION),
]


def _all_steps(query, vectors):
    lines = [f"  length of the query: {LENGTH(query):.4g}"]
    for row, vector in enumerate(vectors):
        lines.append(
            f"  row {row}: dot product {vector @ query:.4g}, length {LENGTH(vector):.4g}, cosine "
            f"{course.cosine_similarity(query, vector):.4g}"
        )
    return "\n".join(lines)


@lab.exercise(
    course.cosine_to_all,
    takeaway="One product, one length per row: a million cosines without a loop.",
    hints=[
        "`vectors @ query` holds all dot products. Which length belongs to which of them?",
        "`np.linalg.norm(vectors)` is one number for the whole array. With axis=1 it is one per "
        "row.",
        "Divide by `np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)`, after replacing the "
        "zeros among these products of lengths by 1: np.where(lengths > 0, lengths, 1).",
    ],
)
def cosine_to_all(answer):
    for cases, mistakes in ((ALL_CASES, ALL_MISTAKES), (ALL_ZERO_CASES, ALL_ZERO_MISTAKES)):
        expect_function(
            answer,
            course.cosine_to_all,
            cases,
            what="the cosines",
            mistakes=mistakes,
            steps=_all_steps,
        )
    generator = np.random.default_rng(0)
    many = generator.normal(size=4), generator.normal(size=(MANY_ROWS, 4))
    at_once = min(_seconds(course.cosine_to_all, many) for _ in range(3))
    limit = max(TIMES_SLOWER * at_once, 0.25)
    seconds = _seconds(answer, many)
    if seconds > limit and (seconds := _seconds(answer, many)) > limit:  # not busy by chance
        raise NotYet(
            f"The cosines are right, but {MANY_ROWS:,} rows took {seconds:.1f} s; at once it takes "
            f"{at_once:.2f} s. Is there a loop over the rows? One product of array "
            "and query gives all dot products, one call of a function all lengths."
        )


def _seconds(function, arguments):
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


DISTANCE_CASES = [
    (np.array([0.8, -0.3, 0.25]),),
    (np.array([-0.9, 0.6, 0.1, 0.35]),),
]
# A little above 1 and below -1, as rounding makes them.
ROUNDED_CASES = [
    (np.array([1.0000001, 0.28]),),
    (np.array([-1.0000001, 1.0000002, 0.4]),),
]
DISTANCE_MISTAKES = [
    (lambda c: 2 * (1 - c), "This is the squared distance: the root is missing."),
    (lambda c: np.sqrt(1 - c), "The factor 2 under the root is missing."),
    (lambda c: 2 * np.sqrt(1 - c), "The factor 2 stands under the root."),
    (
        lambda c: 1 - c,
        "1 - cos is often called cosine distance; it is not the Euclidean. If you meant a root: "
        "`** 1 / 2` halves, `** 0.5` is the root.",
    ),
    (lambda c: np.sqrt(2 * (1 + c)), "The sign is wrong: similar vectors are close."),
    (lambda c: np.sqrt(np.maximum(2 - c, 0)), "The 2 multiplies the bracket: 2 * (1 - cos)."),
    (lambda c: np.sqrt(np.maximum(1 - 2 * c, 0)), "The 2 multiplies the bracket: 2 * (1 - cos)."),
    (lambda c: np.sqrt(1 - 2 * c), "The 2 multiplies the bracket: 2 * (1 - cos)."),
    (lambda c: np.sqrt(1 - c**2), "This is the sine; at cosine -1 the distance is 2."),
    (lambda c: np.sqrt(2 * (1 - c**2)), "The cosine is not squared: 2 * (1 - cos)."),
    (
        lambda c: np.sqrt(2 * (1 - np.maximum(c, 0))),
        "Negative cosines are cut to 0; they are those of the largest distances.",
    ),
    (lambda c: np.sqrt(2 * (1 - abs(c))), "The sign of the cosine counts: opposite is far."),
    (
        lambda c: np.minimum(np.sqrt(2 * (1 - c)), 1),
        "The distance was cut at 1; it goes up to 2.",
    ),
    (np.arccos, "This is the angle, the way along the circle."),
    (lambda c: np.degrees(np.arccos(c)), "This is the angle, in degrees."),
    (lambda c: np.arccos(c) / np.pi, "This is the angle as a share of half a circle."),
    (lambda c: -np.sqrt(2 * (1 - c)), "A distance is not negative."),
    (
        lambda c: np.sqrt(np.sum(2 * (1 - c))),
        "All cosines became one number; each has a distance of its own.",
    ),
    (
        lambda c: np.linalg.norm(1 - c),
        "All cosines became one number; each has a distance of its own.",
    ),
    (lambda c: np.round(np.sqrt(2 * (1 - c)), 1), "Do not round."),
    (lambda c: np.round(np.sqrt(2 * (1 - c)), 2), "Do not round."),
    (lambda c: np.sqrt(2) * (1 - c), "The root goes over all of 2 * (1 - cos)."),
    (lambda c: np.sqrt(2) - c, "The root goes over all of 2 * (1 - cos)."),
    (
        lambda c: np.sort(np.sqrt(2 * (1 - c))),
        "Do not sort: number i is the distance of cosine i.",
    ),
]
OUT_OF_RANGE = (
    "Rounding can put a cosine a little above 1 or below -1, and then the root of a negative "
    "number or an arccos is NaN. Cut first."
)
ROUNDED_MISTAKES = [
    (lambda c: np.sqrt(2 * (1 - c)), OUT_OF_RANGE),
    (lambda c: np.arccos(c), OUT_OF_RANGE),
    (lambda c: 2 * np.sin(np.arccos(c) / 2), OUT_OF_RANGE),
    (
        lambda c: np.sqrt(2 * (1 - c[abs(c) <= 1])),
        "Cosines out of range were left out; they have a distance, too: 0 or 2.",
    ),
    (
        lambda c: np.sqrt(2 * (1 - c[c <= 1])),
        "Cosines above 1 were left out; they have a distance, too: 0.",
    ),
]


def _distance_steps(cosine):
    return "\n".join(
        f"  cosine {c:.8g}: sqrt(2 * (1 - {c:.8g})) = {np.sqrt(2 * (1 - c)):.4g}"
        if c <= 1
        else f"  cosine {c:.8g}: above 1 by rounding, so the distance is 0"
        for c in cosine
    )


@lab.exercise(
    course.distance_from_cosine,
    takeaway="On unit vectors the cosine says the distance: an index for one serves the other.",
    hints=[
        "Write |x - y|^2 as a dot product and use |x| = |y| = 1.",
        "|x - y|^2 = 2 (1 - cos). What happens to the root if cos is 1.0000001?",
        "np.sqrt(np.maximum(2 * (1 - cosine), 0))",
    ],
    seconds=10,
)
def distance_from_cosine(answer):
    for cases, mistakes, tolerance in (
        (DISTANCE_CASES, DISTANCE_MISTAKES, 1e-5),
        (ROUNDED_CASES, ROUNDED_MISTAKES, 1e-3),
    ):
        expect_function(
            answer,
            course.distance_from_cosine,
            cases,
            what="the distances",
            mistakes=mistakes,
            steps=_distance_steps,
            tolerance=tolerance,
        )


# The ids are also places, so that mixing them up gives a wrong list, not an error.
TOP_CASES = [
    (np.array(scores), np.array(ids), k, query_id)
    for scores, ids, k, query_id in (
        ([0.9, -0.2, 1.3, 0.3, 0.8, 0.1], [3, 5, 0, 1, 4, 2], 3, 0),
        ([0.6, -2.1, 1.7, 0.4, 1.2], [2, 4, 0, 1, 3], 2, 3),
        ([-2.2, -5.1, -3.4, -7.3, -6.5], [1, 4, 0, 3, 2], 2, 4),
        ([-3.1, -1.6, -4.2, -2.8], [3, 1, 0, 2], 2, 0),
    )
]
FEW_CASES = [
    (np.array(scores), np.array(ids), k, query_id)
    for scores, ids, k, query_id in (
        ([0.9, -0.2, 1.3, 0.3], [50, 10, 40, 30], 3, 40),
        ([0.9, -0.2, 1.3, 0.3], [50, 10, 40, 30], 6, 40),
        ([0.4, 1.7, -2.1], [20, 60, 70], 4, 20),
    )
]


def _others(scores, ids, query_id):
    return scores[ids != query_id], ids[ids != query_id]


def _ranked(score, exclude=True):
    """Return the function that ranks by `score(scores)`, with the query or without it."""

    def rank(scores, ids, k, query_id):
        if exclude:
            scores, ids = _others(scores, ids, query_id)
        return ids[np.argsort(-score(scores))][:k]

    return rank


def _with_query_at(value):
    def rank(scores, ids, k, query_id):
        return ids[np.argsort(-np.where(ids == query_id, value, scores), kind="stable")[:k]]

    return rank


def _partition_alone(last, sort=False):
    def rank(scores, ids, k, query_id):
        scores, ids = _others(scores, ids, query_id)
        best = ids[np.argpartition(-scores, k - 1 + last)[:k]]
        return np.sort(best) if sort else best

    return rank


def _place_as_id(scores, ids, k, query_id):
    scores = scores.copy()
    scores[query_id] = -np.inf
    return ids[np.argsort(-scores)[:k]]


CAME_UP = (
    "The query came up: a score can be lower than the 0 or -1 it was given. Leave it out instead."
)
QUERY_STAYS = "The query itself is in the list; leave it out."
UNSORTED = "The k best are there, but not in order: argpartition does not sort them."
TOP_MISTAKES = [
    (
        lambda s, i, k, q: np.argsort(-np.where(i == q, -np.inf, s))[:k],
        "These are positions in `scores`: translate them into ids.",
    ),
    (
        lambda s, i, k, q: np.argsort(-s)[:k],
        "These are positions, and the query itself may be among them.",
    ),
    (
        lambda s, i, k, q: np.argsort(-s[i != q])[:k],
        "These are positions in a shortened array: translate them into ids.",
    ),
    (
        lambda s, i, k, q: i[np.argsort(-s[i != q])[:k]],
        "The scores were shortened, the ids were not, so that they no longer belong together.",
    ),
    (
        lambda s, i, k, q: i[np.argsort(-s)][i != q][:k],
        "The mask belongs to the order of `ids`, but was used on the sorted ones.",
    ),
    (_ranked(lambda s: s, exclude=False), QUERY_STAYS),
    (
        lambda s, i, k, q: i[np.argsort(-s)[1 : k + 1]],
        "The first of the list was dropped. The query need not have the best score, by dot "
        "product for example: leave it out by its id.",
    ),
    (
        lambda s, i, k, q: [best for best in i[np.argsort(-s)[:k]] if best != q],
        "Leave the query out first, then take k.",
    ),
    (_place_as_id, "`query_id` is an id, but was used as a position."),
    (_with_query_at(0), CAME_UP),
    (_with_query_at(-1), CAME_UP),
    (_ranked(lambda s: -s), "These are the worst scores; larger is better."),
    (
        lambda s, i, k, q: _ranked(lambda s: s)(s, i, k, q)[::-1],
        "The order is turned around: the best comes first.",
    ),
    (_ranked(abs), "The sign of a score counts: a negative one is worse than a positive one."),
    (
        lambda s, i, k, q: _ranked(lambda s: s)(s, i, k - 1, q),
        "One is missing: k are asked for, and the query is not one of them.",
    ),
    (
        lambda s, i, k, q: _ranked(lambda s: s)(s, i, k + 1, q),
        "There is one too many: k are asked for.",
    ),
    (lambda s, i, k, q: _ranked(lambda s: s)(s, i, len(s), q), "Only the k best are asked for."),
    (
        lambda s, i, k, q: np.sort(s[i != q])[::-1][:k],
        "These are the scores; return the ids.",
    ),
    (lambda s, i, k, q: np.sort(i[i != q])[::-1][:k], "Sort by the scores, not by the ids."),
    (lambda s, i, k, q: np.sort(i[i != q])[:k], "Sort by the scores, not by the ids."),
    (lambda s, i, k, q: i[i != q][:k], "These are the first ids, not those of the best scores."),
    (lambda s, i, k, q: i[i != q][np.argmax(s[i != q])], "Only the best id; k are asked for."),
    (_partition_alone(0), UNSORTED),
    (_partition_alone(1), UNSORTED),
    (_partition_alone(0, sort=True), f"{UNSORTED} Yours come in the order of the ids."),
    (
        lambda s, i, k, q: [best for best in i if best in _ranked(lambda s: s)(s, i, k, q)],
        f"{UNSORTED} Yours come in the order of `ids`.",
    ),
    (
        lambda s, i, k, q: [[s[i == best][0], best] for best in _ranked(lambda s: s)(s, i, k, q)],
        "These are pairs of score and id; return the ids alone.",
    ),
]
FEW_MISTAKES = [
    (_with_query_at(-np.inf), f"{QUERY_STAYS} With fewer than k others it came up again."),
    (
        lambda s, i, k, q: [*course.top_k_ids(s, i, k, q), *[0] * (k - len(i) + 1)],
        "If there are fewer than k others, return them all, and nothing else.",
    ),
    (
        lambda s, i, k, q: course.top_k_ids(s, i, k, q)[: len(i) - 2],
        "If there are fewer than k others, return them all.",
    ),
]


def _top_steps(scores, ids, k, query_id):
    scores, ids = _others(scores, ids, query_id)
    order = np.argsort(-scores)
    listed = [f"id {i} with {s:g}" for i, s in zip(ids[order], scores[order], strict=True)]
    return f"  Without the query {query_id}, the best first: {', '.join(listed)}."


@lab.exercise(
    course.top_k_ids,
    takeaway="Partition, sort k, translate into ids; leave the query out by its id.",
    hints=[
        "Three steps: leave out the query, find the k best positions, translate them into ids.",
        "`keep = ids != query_id` selects from both scores and ids. `np.argpartition(-scores, k)`"
        "[:k] holds the k best positions in any order; it needs k < len(scores).",
        "best = np.argpartition(-scores, k)[:k]; best = best[np.argsort(-scores[best])]; return "
        "ids[best]. If k is too large, set k = min(k, len(scores)) and sort everything.",
    ],
    seconds=10,
)
def top_k_ids(answer):
    for cases, mistakes in ((TOP_CASES, TOP_MISTAKES), (FEW_CASES, FEW_MISTAKES)):
        expect_function(
            answer,
            course.top_k_ids,
            cases,
            what=f"the {'k' if cases is TOP_CASES else 'few'} best ids",
            mistakes=mistakes,
            steps=_top_steps,
        )
    # So many that a partition comes out unsorted on every processor; some sort short arrays whole.
    generator = np.random.default_rng(0)
    case = generator.permutation(5000) / 10, 100 + generator.permutation(5000), 1000, 100
    got = as_array(answer(*case), "The 1,000 best of 5,000")
    right = course.top_k_ids(*case)
    is_unsorted = np.array_equal(np.sort(got.ravel()), np.sort(right))
    expect_close(got, right, "The 1,000 best of 5,000", [(got, UNSORTED)] if is_unsorted else [])
    if got.dtype.kind != "i":
        raise NotYet(
            f"The ids are right, but of the type {got.dtype}; an id is an int. An array of "
            "scores and ids together turns the ids into floats."
        )


# By id 0 to 5, by row and by place in the table the films differ, as in a catalog they do.
SMALL_ITEMS = pd.DataFrame(
    {
        "item_id": [3, 0, 5, 1, 4, 2],
        "item_index": [1, 4, 0, 5, 2, 3],
        "title": ["Alien", "Brazil", "Casablanca", "Dracula", "Emma", "Fargo"],
    }
)
SMALL_VECTORS = np.array([[0.4, 2.0], [3.0, 0.5], [0.6, 0.3], [-0.5, 1.0], [1.0, -0.4], [2.5, 2.0]])


def _large_catalog():
    generator = np.random.default_rng(4)
    vectors = generator.normal(size=(24, 6)) * generator.uniform(0.3, 3, size=(24, 1))
    items = pd.DataFrame({"item_id": generator.permutation(24), "item_index": np.arange(24)})
    items["title"] = [f"Film {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWX"]
    return vectors, items.sample(frac=1, random_state=1, ignore_index=True)


def _film_cases():
    """Return (item_id, vectors, items, k) of a catalog to look at and of a larger one."""
    small = [(item_id, SMALL_VECTORS, SMALL_ITEMS, 2) for item_id in (3, 2)]
    large = [(item_id, *_large_catalog(), k) for item_id, k in ((1, 5), (15, 5))]
    return small + large


ROWS = {
    "": lambda item_id, items: items.set_index("item_id")["item_index"][item_id],
    "The id was used as the row of the film: look its item_index up in `items`. ": (
        lambda item_id, items: item_id
    ),
    "id - 1 is the row by accident, in MovieLens: look the item_index up in `items`. ": (
        lambda item_id, items: item_id - 1
    ),
    "The place in the table was used as the row of the film: `items` may come in any order, the "
    "row is its item_index. ": (
        lambda item_id, items: np.flatnonzero(items["item_id"] == item_id)[0]
    ),
    "`items` was asked for its row number item_id: look for the id in the column item_id. ": (
        lambda item_id, items: items["item_index"].iloc[item_id]
    ),
}
TITLES = {
    "": lambda items: items.sort_values("item_index")["title"],
    "Titles were taken by place in the table: `items` may come in any order, row i of `vectors` "
    "is the film whose item_index is i.": lambda items: items["title"],
    "Titles were taken by id: a row of `vectors` is an item_index, not an item_id.": (
        lambda items: items.sort_values("item_id")["title"]
    ),
}
SCORES = {
    "The order is that of the dot product. Divide by the length of each row.": (
        lambda query, vectors: vectors @ query
    ),
    "The order is that of the Euclidean distance; use the cosine.": (
        lambda query, vectors: -_rows(vectors - query)
    ),
    "The order is that of the largest Euclidean distance; use the cosine.": (
        lambda query, vectors: _rows(vectors - query)
    ),
    "These are the least similar films.": lambda query, vectors: -_cosines(query, vectors),
    "The sign of the cosine counts: opposite films are not similar.": (
        lambda query, vectors: abs(_cosines(query, vectors))
    ),
    "The order is that of correlations; take the vectors as they are.": (
        lambda query, vectors: _cosines(
            query - query.mean(), vectors - vectors.mean(axis=1, keepdims=True)
        )
    ),
}


def _films(row_of="", titles_of="", score=course.cosine_to_all, cut=slice(None), keeps=False):
    """Return a way to find the nearest films, the right one or one with a mistake.

    Args:
        row_of, titles_of: keys of ROWS and TITLES.
        score: function of the query and the vectors.
        cut: slice of the list without the film itself, before k of it are taken.
        keeps: bool, whether the film itself stays in the list.
    """

    def find(item_id, vectors, items, k):
        row = ROWS[row_of](item_id, items)
        order = np.argsort(-score(vectors[row], vectors), kind="stable")
        others = order if keeps else order[order != row % len(order)]
        return TITLES[titles_of](items).to_numpy()[others[cut][:k]].tolist()

    return find


def _ids_of_the_table(row_of):
    """Return the way that gives row i of the vectors the id at place i of the table."""

    def find(item_id, vectors, items, k):
        scores = course.cosine_to_all(vectors[ROWS[row_of](item_id, items)], vectors)
        best = course.top_k_ids(scores, items["item_id"], k, item_id)
        return items.set_index("item_id").loc[best, "title"].tolist()

    return find


def _without_row_id(item_id, vectors, items, k):
    scores = course.cosine_to_all(vectors[ROWS[""](item_id, items)], vectors)
    best = course.top_k_ids(scores, np.arange(len(vectors)), k, item_id)
    return items.set_index("item_index").loc[best, "title"].tolist()


NOT_ALIGNED = (
    "Cosine i belongs to item_index i, but got the id at place i of `items`, which may come in "
    "any order."
)
FILM_MISTAKES = [
    *[
        (_films(row_of, titles_of), row_of + titles_of)
        for row_of in ROWS
        for titles_of in TITLES
        if row_of or titles_of
    ],
    *[(_films(score=score), text) for text, score in SCORES.items()],
    *[(_ids_of_the_table(row_of), row_of + NOT_ALIGNED) for row_of in list(ROWS)[:3]],
    (
        _without_row_id,
        "The row of the number item_id was left out, not that of the film: scores by row need ids "
        "by row.",
    ),
    (_films(keeps=True), "The film itself is in the list; leave it out."),
    (_films(cut=slice(1, None)), "The nearest film is missing: only the film itself is left out."),
]


def _film_steps(item_id, vectors, items, k):
    row = ROWS[""](item_id, items)
    by_row = items.set_index("item_index")
    cosines = course.cosine_to_all(vectors[row], vectors)
    lines = [f"  The film with the id {item_id} has the item_index {row}, its vector is "]
    lines[0] += f"{show(vectors[row])}. The cosines of the others with it:"
    for other in np.argsort(-cosines):
        if other != row:
            film = by_row.loc[other]
            lines.append(
                f"  {film['title']} (item_id {film['item_id']}, item_index {other}): "
                f"{cosines[other]:.3f}"
            )
    return "\n".join(lines[: k + 4])


@lab.exercise(
    course.nearest_films,
    takeaway="From id to row, from row to cosines, from the best rows back to titles.",
    hints=[
        "item_id -> item_index -> a row of `vectors`. And back for the result.",
        "`items.set_index('item_id').loc[item_id, 'item_index']` is the row of the film. Sort "
        "`items` by item_index, and row i of both tables is the same film.",
        "by_row = items.sort_values('item_index'); cosines = cosine_to_all(vectors[row], vectors); "
        "best = top_k_ids(cosines, np.arange(len(vectors)), k, row); return "
        "by_row['title'].iloc[best].tolist()",
    ],
)
def nearest_films(answer):
    cases = _film_cases()
    got = [_titles(answer(*case)) for case in cases]
    expected = [_films()(*case) for case in cases]
    wrong = [place for place, titles in enumerate(got) if titles != expected[place]]
    if not wrong:
        return
    case, theirs, ours = (of[wrong[0]] for of in (cases, got, expected))
    item_id, vectors, items, k = case
    if len(theirs) != len(ours):
        why = f"Asked for k = {k} titles; yours gave {len(theirs)}."
    elif [sorted(titles) for titles in got] == [sorted(titles) for titles in expected]:
        why = "The right films, but not in order: the most similar comes first."
    else:
        named = (
            text
            for mistake, text in FILM_MISTAKES
            if all(mistake(*case) == titles for case, titles in zip(cases, got, strict=True))
        )
        why = next(named, _film_steps(*case))
    catalog = (
        f"With vectors =\n{show(vectors)}\nand items =\n{items.to_string(index=False)}\n"
        if items is SMALL_ITEMS
        else "In a catalog of 24 films "
    )
    raise NotYet(
        f"{catalog}the {k} nearest films of item_id {item_id} should be\n{ours}\nyours gave\n"
        f"{theirs}\n{why}"
    )


def _titles(result):
    is_list = isinstance(result, (list, tuple, np.ndarray, pd.Series, pd.Index))
    if not is_list:
        raise NotYet(f"Return a list of titles, the nearest first. Yours returned {show(result)}.")
    titles = list(result)
    if not all(isinstance(title, str) for title in titles):
        raise NotYet(
            f"Return a list of titles. Yours returned {show(titles)}: rows or ids are not yet "
            "titles."
        )
    return [str(title) for title in titles]
