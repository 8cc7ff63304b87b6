"""Checks of lab 07: factorization machines."""

import time
import tracemalloc

import numpy as np

from utils.checks.compare import NotYet, expect_function, show
from utils.checks.framework import Lab

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


def _numbers(generator, *shape):
    """Return an array of numbers with one digit, none of them zero."""
    return (generator.choice([-1, 1], shape) * generator.uniform(0.2, 1.9, shape)).round(1)


def _grid(values, vectors):
    """Return <v_i, v_j> x_i x_j for all i and j, array (n, n)."""
    scaled = values[:, np.newaxis] * vectors
    return scaled @ scaled.T


def course_sum_all_pairs(values, vectors):
    """Add up <v_i, v_j> x_i x_j over all pairs i < j."""
    return np.sum(np.triu(_grid(values, vectors), k=1))


def _pair_steps(values, vectors):
    lines = []
    for i in range(len(values)):
        for j in range(i + 1, len(values)):
            dot = vectors[i] @ vectors[j]
            lines.append(
                f"Pair {i}, {j}: {dot:.2f} * {values[i]:g} * {values[j]:g} = "
                f"{dot * values[i] * values[j]:.3f}"
            )
    return "\n".join(lines)


DIAGONAL = "The pairs of a column with itself count as well: start j at i + 1."
TWICE = "Every pair counts twice, as i, j and as j, i: start j at i + 1."
BOTH = "Every pair counts twice, and each column with itself: start j at i + 1."
PAIR_MISTAKES = [
    (lambda x, v: np.sum(_grid(x, v)), BOTH),
    (lambda x, v: np.sum(_grid(x, v)) / 2, f"{BOTH} A half does not mend it."),
    (lambda x, v: np.sum(np.triu(_grid(x, v))), DIAGONAL),
    (lambda x, v: 2 * course_sum_all_pairs(x, v), TWICE),
    (lambda x, v: course_sum_all_pairs(np.ones(len(x)), v), "The numbers x_i and x_j are missing."),
    (
        lambda x, v: np.sum(np.triu((v @ v.T) * x[:, None], k=1)),
        "The number x_j is missing: a pair needs both numbers.",
    ),
    (
        lambda x, v: np.sum(np.triu((v @ v.T) * x, k=1)),
        "The number x_i is missing: a pair needs both numbers.",
    ),
    (
        lambda x, v: np.sum(np.triu((v @ v.T) * np.add.outer(x, x), k=1)),
        "The numbers x_i and x_j are multiplied, not added.",
    ),
    (
        lambda x, v: np.sum(np.diag(_grid(x, v), k=1)),
        "These are neighboring columns alone: j runs over all columns after i.",
    ),
    (lambda x, v: np.triu(_grid(x, v), k=1), "The pairs are right; their sum was asked for."),
    (
        lambda x, v: np.sum(np.triu(np.outer(x, x), k=1)),
        "The dot product of the vectors is missing.",
    ),
    (
        lambda x, v: course_sum_all_pairs(x, v / np.linalg.norm(v, axis=1, keepdims=True)),
        "This is the cosine of the vectors; a dot product is not divided by lengths.",
    ),
]


@lab.exercise(
    course_sum_all_pairs,
    takeaway="Each pair once, i before j, and no column with itself.",
    hints=[
        "Two loops: i over all columns, j over those after i.",
        "range(i + 1, len(values)) holds the columns after i.",
        "Inside: total += vectors[i] @ vectors[j] * values[i] * values[j]",
    ],
)
def sum_all_pairs(answer):
    generator = np.random.default_rng(4)
    expect_function(
        answer,
        course_sum_all_pairs,
        [
            (_numbers(generator, 3), _numbers(generator, 3, 2)),
            (_numbers(generator, 4), _numbers(generator, 4, 3)),
            (_numbers(generator, 6), _numbers(generator, 6, 2)),
        ],
        what="the sum over the pairs",
        mistakes=PAIR_MISTAKES,
        steps=_pair_steps,
    )
    expect_function(
        answer,
        course_sum_all_pairs,
        [
            (np.array([1.3]), np.array([[0.4, 0.7]])),
            (np.array([0.0, 1.0, 2.0]), _numbers(generator, 3, 2)),
        ],
        what="the sum over the pairs",
        steps=lambda x, v: _pair_steps(x, v) or "One column has no pair: the sum is 0.",
    )


def course_pair_sum(rows, vectors):
    """Return the sum over all pairs of columns for each row."""
    return 0.5 * np.sum((rows @ vectors) ** 2 - rows**2 @ vectors**2, axis=1)


def _identity_steps(rows, vectors):
    row = rows[0]
    return (
        f"For the first row, the sum of x_i v_i is {show(row @ vectors)}, its square "
        f"{show((row @ vectors) ** 2)};\nthe sum of x_i^2 v_i^2 is {show(row**2 @ vectors**2)}. "
        "Half of the difference, added up over the numbers of the vectors."
    )


IDENTITY_MISTAKES = [
    (
        lambda x, v: np.sum((x @ v) ** 2 - x**2 @ v**2, axis=1),
        "The half is missing: the square of the sum holds every pair twice.",
    ),
    (
        lambda x, v: 0.5 * np.sum((x @ v) ** 2, axis=1),
        "The squares of the columns were not taken away: each column still meets itself.",
    ),
    (
        lambda x, v: np.sum((x @ v) ** 2, axis=1),
        "This is the sum over all i and j: every pair twice, and the squares of the columns.",
    ),
    (
        lambda x, v: 0.5 * np.sum((x @ v) ** 2 + x**2 @ v**2, axis=1),
        "The squares are taken away, not added.",
    ),
    (
        lambda x, v: 0.5 * np.sum((x @ v) ** 2 - x @ v**2, axis=1),
        "The numbers of the row are squared as well: x_i^2 v_i^2. With ones it does not matter.",
    ),
    (
        lambda x, v: 0.5 * np.sum((x @ v) ** 2 - x**2 @ v, axis=1),
        "The vectors are squared as well: x_i^2 v_i^2.",
    ),
    (
        lambda x, v: 0.5 * (np.sum(x @ v, axis=1) ** 2 - np.sum(x**2 @ v**2, axis=1)),
        "The square comes before the sum over the numbers of the vectors, not after it.",
    ),
    (
        lambda x, v: 0.5 * ((x @ v) ** 2 - x**2 @ v**2),
        "The sum over the numbers of the vectors is missing: look at `axis=`.",
    ),
    (
        lambda x, v: 0.5 * np.sum((x @ v) ** 2 - x**2 @ v**2, axis=0),
        "This sum runs over the rows; each row needs a sum of its own: look at `axis=`.",
    ),
    (
        lambda x, v: 0.5 * np.sum((x @ v) ** 2 - x**2 @ v**2),
        "All rows were added up: look at `axis=`.",
    ),
    (
        lambda x, v: 0.5 * np.mean((x @ v) ** 2 - x**2 @ v**2, axis=1),
        "This is the mean over the numbers of the vectors; a dot product is a sum.",
    ),
    (
        lambda x, v: 0.5 * np.sum((x @ v) ** 2 - (x @ v**2) ** 2, axis=1),
        "The squares are taken column by column, before the sum over the columns.",
    ),
    (
        lambda x, v: 0.5 * np.sum((x @ v) ** 2 - x**2 @ v**2, axis=1, keepdims=True),
        "The numbers are right; return them as one row, without a second axis.",
    ),
]


@lab.exercise(
    course_pair_sum,
    takeaway="Two sums over the columns instead of one over all pairs.",
    hints=[
        "rows @ vectors is the sum over the columns, shape (m, k). Square it number by number.",
        "rows**2 @ vectors**2 is the sum of the squares, of the same shape.",
        "0.5 * np.sum(difference, axis=1): one number for each row.",
    ],
)
def pair_sum(answer):
    generator = np.random.default_rng(5)
    cases = [
        (_numbers(generator, rows, columns), _numbers(generator, columns, dim))
        for rows, columns, dim in ((2, 3, 2), (3, 4, 3), (5, 6, 4), (1, 5, 3), (4, 1, 2))
    ]
    expect_function(
        answer,
        course_pair_sum,
        cases,
        what="the sums over the pairs",
        mistakes=IDENTITY_MISTAKES,
        steps=_identity_steps,
    )
    looks = "your function still looks at every pair. Use the identity."
    long = generator.normal(size=(1, 600)), generator.normal(size=(600, 4))
    seconds = min(_seconds(answer, long) for _ in range(2))
    if seconds > 0.1:
        raise NotYet(
            f"The numbers are right, but a row of 600 columns takes {seconds:.1f} s: {looks}"
        )
    long = generator.normal(size=(1, 1500)), generator.normal(size=(1500, 4))
    tracemalloc.start()
    answer(*long)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    if most_bytes > 8e6:
        raise NotYet(
            f"The numbers are right, but a row of 1,500 columns takes {most_bytes / 1e6:.0f} MB: "
            f"{looks}"
        )


def _seconds(answer, case):
    started = time.perf_counter()
    answer(*case)
    return time.perf_counter() - started


def course_field_pair_sum(values, fields, vectors):
    """Add up <v_i for the field of j, v_j for the field of i> x_i x_j over all pairs i < j."""
    return _field_sum(lambda i, j, f: vectors[i, f[j]] @ vectors[j, f[i]], values, fields)


def _field_sum(dot, values, fields, pairs=lambda i, j: i < j):
    numbers = range(len(values))
    return sum(
        float(dot(i, j, fields) * values[i] * values[j])
        for i in numbers
        for j in numbers
        if pairs(i, j)
    )


def _field_steps(values, fields, vectors):
    lines = []
    for i in range(len(values)):
        for j in range(i + 1, len(values)):
            dot = vectors[i, fields[j]] @ vectors[j, fields[i]]
            lines.append(
                f"Pair {i}, {j}: vectors[{i}, {fields[j]}] @ vectors[{j}, {fields[i]}] = {dot:.2f},"
                f" times {values[i]:g} * {values[j]:g} = {dot * values[i] * values[j]:.3f}"
            )
    return "\n".join(lines)


FIELD_MISTAKES = [
    (
        lambda x, f, v: _field_sum(lambda i, j, f: v[i, f[i]] @ v[j, f[j]], x, f),
        "Each column used the vector for its own field. It needs the one for the other's field: "
        "vectors[i, fields[j]].",
    ),
    (
        lambda x, f, v: _field_sum(lambda i, j, f: v[i, f[j]] @ v[j, f[j]], x, f),
        "Both columns used the vector for the field of j; column j needs the one for the field of "
        "i.",
    ),
    (
        lambda x, f, v: _field_sum(lambda i, j, f: v[i, f[i]] @ v[j, f[i]], x, f),
        "Both columns used the vector for the field of i; column i needs the one for the field of "
        "j.",
    ),
    (
        lambda x, f, v: _field_sum(lambda i, j, f: v[i, f[j]] @ v[j, f[i]], x, f, lambda i, j: 1),
        BOTH,
    ),
    (
        lambda x, f, v: 2 * course_field_pair_sum(x, f, v),
        TWICE,
    ),
    (
        lambda x, f, v: _field_sum(
            lambda i, j, f: v[i, f[j]] @ v[j, f[i]], x, f, lambda i, j: i <= j
        ),
        DIAGONAL,
    ),
    (
        lambda x, f, v: course_field_pair_sum(np.ones(len(x)), f, v),
        "The numbers x_i and x_j are missing.",
    ),
    (
        lambda x, f, v: _field_sum(lambda i, j, f: v[i].sum(0) @ v[j].sum(0), x, f),
        "You added up the vectors of a column over all fields; a pair needs one of each.",
    ),
    (
        lambda x, f, v: _field_sum(lambda i, j, f: v[i, f[j]] @ v[j, f[i]] * (f[i] != f[j]), x, f),
        "Pairs of two columns of the same field are missing. They count as well.",
    ),
]


@lab.exercise(
    course_field_pair_sum,
    takeaway="A column meets another one with the vector that it keeps for the other's field.",
    hints=[
        "The loops are those of exercise 1. What changes is which vector of a column is taken.",
        "vectors[i] has one row per field. Column i takes the row of the field of column j.",
        "vectors[i, fields[j]] @ vectors[j, fields[i]] * values[i] * values[j]",
    ],
)
def field_pair_sum(answer):
    generator = np.random.default_rng(6)
    expect_function(
        answer,
        course_field_pair_sum,
        [
            (_numbers(generator, 3), np.array([0, 1, 1]), _numbers(generator, 3, 2, 2)),
            (_numbers(generator, 4), np.array([2, 0, 1, 2]), _numbers(generator, 4, 3, 2)),
            (_numbers(generator, 6), np.array([1, 0, 3, 1, 2, 0]), _numbers(generator, 6, 4, 3)),
        ],
        what="the sum over the pairs",
        mistakes=FIELD_MISTAKES,
        steps=_field_steps,
    )


def course_count_parameters(num_columns, num_fields, dim):
    """Return how many numbers a factorization machine and a field-aware one learn."""
    linear = 1 + num_columns
    return linear + num_columns * dim, linear + num_columns * num_fields * dim


def _counts(fm, ffm):
    return lambda n, f, k: np.array([fm(n, f, k), ffm(n, f, k)])


COUNT_MISTAKES = [
    (_counts(lambda n, f, k: n + n * k, lambda n, f, k: n + n * f * k), "The offset is missing."),
    (
        _counts(lambda n, f, k: n * k, lambda n, f, k: n * f * k),
        "These are the vectors; a weight for each column and the offset come on top.",
    ),
    (
        _counts(lambda n, f, k: 1 + n * k, lambda n, f, k: 1 + n * f * k),
        "The weights of the columns are missing.",
    ),
    (
        _counts(lambda n, f, k: 1 + n + n * k, lambda n, f, k: 1 + n + n * (f - 1) * k),
        "FFM: a column has a vector for its own field, too; two columns of it may meet.",
    ),
    (
        _counts(lambda n, f, k: 1 + n + n * k, lambda n, f, k: 1 + n + f * k),
        "FFM: each column has its own vectors, one for each field. Yours belong to the fields.",
    ),
    (
        _counts(lambda n, f, k: 1 + n + n * k, lambda n, f, k: 1 + n + n * n * k),
        "FFM: a vector for each field, not for each other column.",
    ),
    (
        _counts(lambda n, f, k: 1 + n + n * k, lambda n, f, k: (1 + n + n * k) * f),
        "FFM: offset and weights do not multiply with the fields; the vectors do.",
    ),
    (
        _counts(lambda n, f, k: 1 + n + n * f * k, lambda n, f, k: 1 + n + n * k),
        "The order is wrong: the factorization machine comes first.",
    ),
    (
        _counts(lambda n, f, k: 1 + n + n * (n - 1) // 2, lambda n, f, k: 1 + n + n * (n - 1) // 2),
        "These are weights for each pair; a vector for each column takes their place.",
    ),
]


@lab.exercise(
    course_count_parameters,
    takeaway="The price of a vector for each field is the number of fields.",
    hints=[
        "Both have an offset and one weight per column: 1 + num_columns.",
        "A factorization machine has one vector of dim numbers per column. A field-aware one has "
        "as many as there are fields.",
        "1 + num_columns + num_columns * dim, and the same with num_fields * dim",
    ],
)
def count_parameters(answer):
    result = answer(5, 2, 3)
    if not hasattr(result, "__len__") or isinstance(result, dict) or len(result) != 2:
        raise NotYet(f"Return two numbers, (FM, FFM). Yours returned {show(result)}.")
    expect_function(
        answer,
        lambda *case: np.array(course_count_parameters(*case)),
        [(7, 3, 4), (12, 5, 2), (53, 10, 8)],
        what="the two counts",
        mistakes=COUNT_MISTAKES,
        steps=lambda n, f, k: (
            f"Offset 1, weights {n}, vectors {n} * {k} for the one and {n} * {f} * {k} for the "
            "other."
        ),
    )


def course_predict_like(rows, fields, offset, weights, vectors):
    """Return the probability of a like for each row, by a field-aware factorization machine."""
    return _predict_like(rows, fields, offset, weights, vectors)


PARTNERS = {  # of column i in a row of n columns
    "after": lambda i, n: range(i + 1, n),
    "all": lambda i, n: range(n),
    "others": lambda i, n: [j for j in range(n) if j != i],
    "same": lambda i, n: range(i, n),
}


def _predict_like(
    rows, fields, offset, weights, vectors, first="after", vector="other", weighted=True, sign=1
):
    """Predict with mistakes of the bug hunt in it, so that a result can be told by what it is."""
    scores = []
    for row in rows:
        score = offset + (weights @ row if weighted else np.sum(weights[row != 0]))
        for i in range(len(row)):
            for j in PARTNERS[first](i, len(row)):
                one, two = (fields[j], fields[i]) if vector == "other" else (fields[i], fields[j])
                score += vectors[i, one] @ vectors[j, two] * row[i] * row[j]
        scores.append(score)
    return 1 / (1 + np.exp(-sign * np.array(scores)))


BUGS = {
    "first": {"after": "", "all": BOTH, "others": TWICE, "same": DIAGONAL},
    "vector": {
        "other": "",
        "own": "Each column uses the vector for its own field, not for the field it meets.",
    },
    "weighted": {
        True: "",
        False: "The weight of a column counts in full, whatever number the row has in it.",
    },
    "sign": {1: "", -1: "The sigmoid falls where the score rises: look at its sign."},
}


def _left_over():
    """Return pairs (function with some bugs left, what to say), those with fewest bugs first."""
    found = []
    for first in BUGS["first"]:
        for vector in BUGS["vector"]:
            for weighted in BUGS["weighted"]:
                for sign in BUGS["sign"]:
                    chosen = {
                        "first": first,
                        "vector": vector,
                        "weighted": weighted,
                        "sign": sign,
                    }
                    texts = [BUGS[name][choice] for name, choice in chosen.items()]
                    texts = [text for text in texts if text]
                    number = "1 mistake is" if len(texts) == 1 else f"{len(texts)} mistakes are"
                    if texts:
                        found.append((len(texts), chosen, f"{number} left. {texts[0]}"))
    found.sort(key=lambda entry: entry[0])
    return [
        (lambda *case, chosen=chosen: _predict_like(*case, **chosen), text)
        for _, chosen, text in found
    ]


def _like_steps(rows, fields, offset, weights, vectors):
    pairs = course_field_pair_sum(rows[0], fields, vectors)
    score = offset + weights @ rows[0] + pairs
    return (
        f"For the first row: offset {offset:g}, weights times numbers {weights @ rows[0]:.3f}, "
        f"pairs {pairs:.3f}; the score is {score:.3f}, its sigmoid {1 / (1 + np.exp(-score)):.4f}."
    )


@lab.exercise(
    course_predict_like,
    takeaway="A wrong sum of pairs still looks like a probability: only a known case tells.",
    hints=[
        "Take a row of two columns and work it out on paper. Which terms should there be?",
        "Compare with exercises 1 and 3: where does j start, and which vector does a column take?",
        "Four mistakes: where j starts, the vectors of the fields, the weights, the sigmoid.",
    ],
)
def predict_like(answer):
    generator = np.random.default_rng(7)
    cases = []
    for num_rows, fields in ((1, [0, 1]), (2, [1, 0, 1]), (3, [0, 2, 1, 0, 2])):
        size = len(fields)
        rows = (_numbers(generator, num_rows, size) / 2).round(2)
        rows[:, -1] *= generator.integers(0, 2, num_rows)
        vectors = _numbers(generator, size, max(fields) + 1, 2)
        cases.append((rows, np.array(fields), 0.3, _numbers(generator, size), vectors))
    expect_function(
        answer,
        course_predict_like,
        cases,
        what="the probabilities",
        mistakes=_left_over(),
        steps=_like_steps,
    )
