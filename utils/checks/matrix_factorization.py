"""Checks of lab 06: matrix factorization."""

import tracemalloc
from itertools import product

import keras
import numpy as np
import pandas as pd

from utils.checks.compare import NotYet, expect_function, show
from utils.checks.framework import Lab
from utils.checks.rating_models import (
    all_pairs,
    expect_own_rows,
    expect_score_of_biases_and_dot,
    prediction_table,
)

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy

FACTORS = {1: "", 0: "is missing", 2: "counts twice", -1: "has the wrong sign", 0.5: "is halved"}


def _mistakes_in_a_sum(parts, names):
    """Yield (wrong function, text) for each way to leave out, double, halve or subtract parts.

    Args:
        parts: function of the exercise's arguments that returns the parts, whose sum is right.
        names: list of str, one for each part.
    """
    ways = sorted(
        product(FACTORS, repeat=len(names)), key=lambda way: sum(factor != 1 for factor in way)
    )
    for way in ways[1:]:
        faults = [
            f"The {name} {FACTORS[factor]}."
            for name, factor in zip(names, way, strict=True)
            if factor != 1
        ]
        yield (
            lambda *case, way=way: sum(
                factor * part for factor, part in zip(way, parts(*case), strict=True)
            ),
            " ".join(faults),
        )


def _numbers(generator, *shape):
    """Return an array of numbers with one digit, none of them zero."""
    return (generator.choice([-1, 1], shape) * generator.uniform(0.2, 2.2, shape)).round(1)


def course_predict_ratings(
    user_factors, item_factors, user_bias, item_bias, mean_rating, users, items
):
    """Predict one rating for each pair of a user and an item."""
    dots = np.sum(user_factors[users] * item_factors[items], axis=1)
    return mean_rating + user_bias[users] + item_bias[items] + dots


def _rating_cases():
    """Return three cases with as many pairs as factors, so that a sum over a wrong axis runs."""
    generator = np.random.default_rng(6)
    cases = []
    for mean_rating, users, items in (
        (3.4, [2, 0], [3, 1]),
        (2.9, [3, 1, 2], [4, 2, 0]),
        (3.7, [4, 4, 1, 0], [1, 5, 5, 3]),
    ):
        size = len(users)
        tables = [
            _numbers(generator, *shape)
            for shape in ((size + 1, size), (size + 2, size), (size + 1,), (size + 2,))
        ]
        cases.append((*tables, mean_rating, np.array(users), np.array(items)))
    return cases


def _rating_parts(p, q, user_bias, item_bias, mean_rating, users, items):
    dots = np.sum(p[users] * q[items], axis=1)
    return np.full(len(users), mean_rating), user_bias[users], item_bias[items], dots


def _rating_steps(p, q, user_bias, item_bias, mean_rating, users, items):
    lines = []
    for user, item in zip(users, items, strict=True):
        dot = " + ".join(f"{a:g} * {b:g}" for a, b in zip(p[user], q[item], strict=True))
        parts = f"{mean_rating:g} + {user_bias[user]:g} + {item_bias[item]:g} + {dot}"
        total = mean_rating + user_bias[user] + item_bias[item] + p[user] @ q[item]
        lines.append(f"User {user}, item {item}: {parts} = {total:.2f}".replace("+ -", "- "))
    return "\n".join(lines)


def _wrong_dot(dots):
    """Return a prediction whose dot products are replaced by dots(p of pairs, q of pairs)."""

    def predict(p, q, user_bias, item_bias, mean_rating, users, items):
        offsets = mean_rating + user_bias[users] + item_bias[items]
        return offsets + dots(p[users], q[items])

    return predict


def _lengths(vectors):
    return np.linalg.norm(vectors, axis=1)


OVER_THE_BATCH = "Your sum runs over the pairs of the batch. Each pair needs a sum over its own "
OVER_THE_BATCH += "factors: look at `axis=`."
ALL_WITH_ALL = "A matrix product pairs every user with every item of the batch; only the diagonal "
ALL_WITH_ALL += "was asked for."
RATING_MISTAKES = [
    (_wrong_dot(lambda p, q: (p * q).sum(axis=0)), OVER_THE_BATCH),
    (
        _wrong_dot(lambda p, q: (p * q).sum()),
        "All pairs got the same dot product, a sum over everything: look at `axis=`.",
    ),
    (_wrong_dot(lambda p, q: p @ q.T), ALL_WITH_ALL),
    (
        lambda p, q, b_u, b_i, mean, u, i: mean + b_u[u][:, None] + b_i[i] + p[u] @ q[i].T,
        ALL_WITH_ALL,
    ),
    (_wrong_dot(lambda p, q: p @ q), "This is a matrix product: one number a pair was asked for."),
    (
        lambda p, q, b_u, b_i, mean, u, i: mean + (b_u[u] + b_i[i])[:, None] + p[u] * q[i],
        "The products of the factors are there, their sum for each pair is missing.",
    ),
    (_wrong_dot(lambda p, q: p * q), "The sum of the products for each pair is missing."),
    (
        lambda p, q, b_u, b_i, mean, u, i: p @ q.T + b_u[:, None] + b_i + mean,
        "Use `users` and `items`: one rating a pair.",
    ),
    (
        _wrong_dot(lambda p, q: (p * q).mean(axis=1)),
        "This is the mean over the factors; a dot product is their sum.",
    ),
    (_wrong_dot(lambda p, q: (p + q).sum(axis=1)), "A dot product sums products, not sums."),
    (
        _wrong_dot(lambda p, q: (p * q).sum(axis=1) / (_lengths(p) * _lengths(q))),
        "This is the cosine; the dot product is not divided by the lengths.",
    ),
    (
        lambda *case: course_predict_ratings(*case[:5], case[5] - 1, case[6] - 1),
        "`users` and `items` count from 0, as rows do: nothing to subtract.",
    ),
    (
        lambda *case: course_predict_ratings(
            *case[:5], np.arange(len(case[5])), np.arange(len(case[6]))
        ),
        "You took the first rows; `users` and `items` say which rows to take.",
    ),
    (
        lambda *case: np.clip(course_predict_ratings(*case), 1, 5),
        "Do not cut the predictions off at 1 and 5.",
    ),
    (lambda *case: course_predict_ratings(*case).round(), "Do not round the predictions."),
]


@lab.exercise(
    course_predict_ratings,
    takeaway="Look up the rows of all pairs, multiply, sum over the factors.",
    hints=[
        "user_factors[users] has one row per pair. What does item_factors[items] hold?",
        "Multiply both arrays element by element, then sum over the factors: which axis is that?",
        "mean_rating + user_bias[users] + ... + np.sum(user_factors[users] * item_factors[items], "
        "axis=1)",
    ],
)
def predict_ratings(answer):
    cases = _rating_cases()
    names = ["mean rating", "user bias", "item bias", "dot product of the factors"]
    mistakes = [*RATING_MISTAKES, *_mistakes_in_a_sum(_rating_parts, names)]
    what = "the predictions"
    expect_function(
        answer,
        course_predict_ratings,
        cases,
        what=what,
        mistakes=mistakes,
        steps=_rating_steps,
    )
    *tables, _, _ = cases[1]
    pairs = [([2], [4]), ([0, 3, 3, 1, 2], [3, 0, 4, 4, 1])]  # fewer and more than factors
    expect_function(
        answer,
        course_predict_ratings,
        [(*tables, np.array(users), np.array(items)) for users, items in pairs],
        what=what,
        steps=_rating_steps,
    )
    many = np.zeros(2_000, dtype=int)
    tracemalloc.start()
    answer(*tables, many, many)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    if most_bytes > 4 * len(many) ** 2:
        raise NotYet(
            "The numbers are right, but for 2,000 pairs your function needs "
            f"{most_bytes / 1e6:.0f} MB: it computes every user with every item of the batch, to "
            "keep the diagonal. The lab asks for 1.6 million pairs; multiply row by row and sum."
        )


def course_sgd_step(user_factors, item_factors, error, rate, row_l2):
    """Move the factors of one user and one item by one step of gradient descent."""
    return (
        user_factors + rate * (error * item_factors - row_l2 * user_factors),
        item_factors + rate * (error * user_factors - row_l2 * item_factors),
    )


def _step_parts(p, q, error, rate, row_l2):
    old, other = np.stack([p, q]), np.stack([q, p])
    return old, rate * error * other, -rate * row_l2 * old


def _step_text(p, q, error, rate, row_l2):
    _, pull, shrink = _step_parts(p, q, error, rate, row_l2)
    return (
        f"For p: the error times q, times the rate, is {show(pull[0])}; the penalty adds "
        f"{show(shrink[0])}.\n"
        f"For q: the error times p, times the rate, is {show(pull[1])}; the penalty adds "
        f"{show(shrink[1])}.\n"
        "Both are added to the old vector."
    )


def _wrong_step(move):
    """Return a step of size rate * move(own vector, other vector, error, row_l2)."""
    return lambda p, q, error, rate, row_l2: np.stack(
        [p + rate * move(p, q, error, row_l2), q + rate * move(q, p, error, row_l2)]
    )


def _one_after_the_other(p, q, *numbers, first):
    """Return the step in which the second vector is moved with the new first one."""
    if first == "q":
        return _one_after_the_other(q, p, *numbers, first="p")[::-1]
    new_p = course_sgd_step(p, q, *numbers)[0]
    return np.stack([new_p, course_sgd_step(new_p, q, *numbers)[1]])


STEP_MISTAKES = [
    (
        lambda *case: _one_after_the_other(*case, first="p"),
        "Your new q was computed with the new p. Both steps start from the old vectors.",
    ),
    (
        lambda *case: _one_after_the_other(*case, first="q"),
        "Your new p was computed with the new q. Both steps start from the old vectors.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: -(error * other - l2 * own)),
        "This step goes up the gradient: the error would grow. Turn the sign.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: error * other - l2 * other),
        "The penalty on p needs p, not q.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: error * own - l2 * own),
        "The derivative of the error by p contains q: p moves toward q, not toward itself.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: 2 * (error * other - l2 * own)),
        "Twice the step: the loss has a factor 1/2, so no factor 2 is left.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: 2 * error * other - l2 * own),
        "The error counts twice: the loss has a factor 1/2, so no factor 2 is left.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: error * other - 2 * l2 * own),
        "The penalty counts twice: the loss has a factor 1/2, so no factor 2 is left.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: error**2 * other - l2 * own),
        "The derivative of the squared error holds the error itself, not its square.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: error**2 / 2 * other - l2 * own),
        "The derivative of the squared error holds the error itself, not its square.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: other - l2 * own),
        "The error is missing: the larger it is, the larger the step.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: abs(error) * other - l2 * own),
        "The error keeps its sign: where it is negative, the vectors move apart.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: np.sign(error) * other - l2 * own),
        "Of the error you took the sign alone; its size counts as well.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: error * (other - l2 * own)),
        "The error was multiplied with the penalty, too: look at the brackets.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: error * other - l2),
        "The derivative of the penalty by p is row_l2 times p, a vector.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: error * other - l2 * own @ own),
        "The derivative of |p|^2 / 2 is the vector p, not a square.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: error * (own @ other) - l2 * own),
        "The derivative of p . q by p is the vector q, not the dot product.",
    ),
    (
        _wrong_step(lambda own, other, error, l2: (error - own @ other) * other - l2 * own),
        "`error` is the rating minus its prediction already: subtract no dot product.",
    ),
    (
        lambda *case: sum(_step_parts(*case)[1:]),
        "This is the change alone; return the new vectors.",
    ),
    (
        lambda *case: -sum(_step_parts(*case)[1:]),
        "This is the change alone, with the wrong sign; return the new vectors.",
    ),
    (
        lambda p, q, error, rate, l2: np.stack(
            [error * q - l2 * p, error * p - l2 * q],
        ),
        "This is the direction alone; return the new vectors, a step of `rate` farther.",
    ),
    (
        lambda p, q, error, rate, l2: np.stack([l2 * p - error * q, l2 * q - error * p]),
        "This is the gradient; return the new vectors, a step of `rate` against it.",
    ),
    (
        lambda p, q, error, rate, l2: course_sgd_step(p, q, error, 1.0, l2),
        "The learning rate is missing.",
    ),
    (
        lambda p, q, error, rate, l2: course_sgd_step(p, q, rate * error, 1.0, l2),
        "The learning rate belongs to the whole step, the penalty too.",
    ),
    (
        lambda p, q, error, rate, l2: course_sgd_step(p, q, error, 1.0, rate * l2),
        "The learning rate belongs to the whole step, the error too.",
    ),
    (lambda *case: course_sgd_step(*case)[::-1], "The order is wrong: the new p comes first."),
    (lambda *case: (course_sgd_step(*case)[0], case[1]), "q did not move."),
    (lambda *case: (case[0], course_sgd_step(*case)[1]), "p did not move."),
]


@lab.exercise(
    course_sgd_step,
    takeaway="The error pulls each vector toward the other; the penalty pulls both toward zero.",
    hints=[
        "The derivative of e^2 / 2 by p_u is -e q_i, since e contains -p_u . q_i. A step goes "
        "against the gradient.",
        "The derivative of the penalty by p_u is row_l2 * p_u. Put both together, times the rate.",
        "new p = p + rate * (error * q - row_l2 * p); the same with p and q swapped, using old p.",
    ],
)
def sgd_step(answer):
    cases = [
        (np.array([0.9, -1.4, 0.5]), np.array([0.3, 1.7, -0.8]), 1.3, 0.1, 0.4),
        (np.array([-0.6, 1.1, 0.7]), np.array([1.9, 0.2, -0.8]), -1.6, 0.2, 0.3),
        (np.array([1.2, 0.5, -0.3]), np.array([-0.4, 0.8, 1.5]), -0.7, 0.05, 0.0),
    ]
    result = answer(*cases[0])
    is_pair = hasattr(result, "__len__") and not isinstance(result, dict) and len(result) == 2
    if not is_pair or any(vector is None for vector in result):
        raise NotYet(f"Return two arrays, (new p, new q). Yours returned {show(result)}.")
    expect_function(
        answer,
        course_sgd_step,
        cases,
        what="the new p and q",
        mistakes=[
            *STEP_MISTAKES,
            *_mistakes_in_a_sum(_step_parts, ["old vector", "pull of the error", "penalty"]),
        ],
        steps=_step_text,
    )


def course_als_user(residuals, item_factors, row_l2):
    """Return the best factors of one user for fixed item factors."""
    num_ratings, embedding_dim = item_factors.shape
    ridge = item_factors.T @ item_factors + num_ratings * row_l2 * np.eye(embedding_dim)
    return np.linalg.solve(ridge, item_factors.T @ residuals)


def _wrong_penalty(penalty):
    """Return the solution with penalty(n, d, row_l2) on the diagonal, or added as a matrix."""

    def solve(residuals, q, row_l2):
        added = np.asarray(penalty(*q.shape, row_l2))
        added = added if added.shape else added * np.eye(q.shape[1])
        return np.linalg.solve(q.T @ q + added, q.T @ residuals)

    return solve


def _centered(residuals, q, penalty):
    """Return the solution of a ridge regression that fits an intercept as well."""
    q = q - q.mean(axis=0)
    return np.linalg.solve(q.T @ q + penalty * np.eye(q.shape[1]), q.T @ residuals)


ONCE_PER_RATING = "The penalty is paid once per rating: multiply it by the number of ratings."
DIAGONAL = "The penalty was added to every entry of the matrix. It belongs on the diagonal: np.eye."
INTERCEPT = "This regression fits an intercept as well; mean and biases are already subtracted."
ALS_MISTAKES = [
    (_wrong_penalty(lambda n, d, l2: l2), ONCE_PER_RATING),
    (_wrong_penalty(lambda n, d, l2: 0), "The penalty is missing."),
    (
        _wrong_penalty(lambda n, d, l2: d * l2),
        "You multiplied the penalty by the number of factors; it is paid once per rating.",
    ),
    (
        _wrong_penalty(lambda n, d, l2: n * d * l2),
        "You multiplied the penalty by all entries of the matrix; it is paid once per rating.",
    ),
    (_wrong_penalty(lambda n, d, l2: np.full((d, d), n * l2)), DIAGONAL),
    (_wrong_penalty(lambda n, d, l2: np.full((d, d), l2)), DIAGONAL),
    (_wrong_penalty(lambda n, d, l2: -n * l2), "The penalty has the wrong sign: add it."),
    (_wrong_penalty(lambda n, d, l2: n * l2**2), "The penalty is row_l2 itself, not its square."),
    (_wrong_penalty(lambda n, d, l2: l2 / n), "Multiply the penalty by n; you divided by it."),
    (_wrong_penalty(lambda n, d, l2: n + l2), "Multiply n and the penalty; you added them."),
    (_wrong_penalty(lambda n, d, l2: n), "`row_l2` is missing."),
    (_wrong_penalty(lambda n, d, l2: 2 * n * l2), "The penalty counts twice."),
    (
        _wrong_penalty(lambda n, d, l2: n**2 * l2),
        "The number of ratings counts twice: multiply the penalty by n, and divide nothing by it.",
    ),
    (
        _wrong_penalty(lambda n, d, l2: (n * l2) ** 2),
        "An extra row of the least squares holds the root of the penalty: it gets squared.",
    ),
    (
        lambda r, q, l2: q.T @ r / (np.sum(q**2, axis=0) + len(r) * l2),
        "You used the diagonal of the matrix alone. The columns of Q are not orthogonal: solve "
        "for all factors together.",
    ),
    (
        lambda r, q, l2: (q.T @ q + len(r) * l2 * np.eye(q.shape[1])) @ (q.T @ r),
        "Multiplied where it should be solved: the bracket is to the power -1.",
    ),
    (
        lambda r, q, l2: (1 / (q.T @ q + len(r) * l2 * np.eye(q.shape[1]))) @ (q.T @ r),
        "The power -1 of a matrix is its inverse, not 1 over each entry.",
    ),
    (lambda r, q, l2: _centered(r, q, len(r) * l2), INTERCEPT),
    (lambda r, q, l2: _centered(r, q, l2), f"{INTERCEPT} And: {ONCE_PER_RATING}"),
    (
        lambda r, q, l2: course_als_user(r - r.mean(), q, l2),
        "Take the residuals as they are: do not subtract their mean.",
    ),
    (
        lambda r, q, l2: course_als_user(np.ones(len(r)), q, l2),
        "The residuals are missing: Q^T r, not Q^T alone.",
    ),
    (lambda r, q, l2: q.T @ r, "This is Q^T r; the bracket is missing."),
    (
        lambda r, q, l2: q @ course_als_user(r, q, l2),
        "These are the predictions for the films; the user's factors were asked for.",
    ),
    (
        lambda r, q, l2: np.linalg.solve(q @ q.T + len(r) * l2 * np.eye(len(r)), r),
        "Q Q^T compares the films, one row for each; the bracket needs Q^T Q, a row per factor.",
    ),
    (
        lambda r, q, l2: course_als_user(r, q, l2)[:, None],
        "The numbers are right; return them as one row, without a second axis.",
    ),
]


def _als_steps(residuals, q, row_l2):
    return (
        f"Q^T Q is\n{show(q.T @ q)}\nn lambda = {len(q)} * {row_l2:g} = {len(q) * row_l2:g} is "
        f"added to its diagonal. Q^T r is {show(q.T @ residuals)}."
    )


@lab.exercise(
    course_als_user,
    takeaway="For fixed films a user is a ridge regression: exact, no learning rate.",
    hints=[
        "item_factors.T @ item_factors is the (d, d) matrix. np.eye(d) is the identity I.",
        "n is the number of rated items: item_factors.shape[0]. The penalty is n * row_l2.",
        "np.linalg.solve(A, b) returns p with A @ p = b. A is the bracket, b = item_factors.T @ "
        "residuals.",
    ],
)
def als_user(answer):
    generator = np.random.default_rng(8)
    first = np.array([[1.1, 0.4], [0.6, 1.9], [-0.7, 1.2]])
    expect_function(
        answer,
        course_als_user,
        [
            (np.array([0.9, -0.4, 1.7]), first, 0.3),
            (_numbers(generator, 5), _numbers(generator, 5, 4), 0.15),
            (_numbers(generator, 7), _numbers(generator, 7, 2), 0.6),
        ],
        what="the factors of the user",
        mistakes=ALS_MISTAKES,
        steps=_als_steps,
    )
    expect_function(  # fewer ratings than factors: without a penalty there is no solution
        answer,
        course_als_user,
        [
            (np.array([1.3]), np.array([[0.8, -0.5]]), 0.2),
            (np.array([0.7, -1.1]), _numbers(generator, 2, 3), 0.4),
        ],
        what="the factors of the user",
        steps=_als_steps,
    )


def course_build_biased_model(num_users, num_items, embedding_dim, mean_rating):
    """Build a model that predicts mean_rating + b_u + b_i + p_u . q_i."""
    user, item = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    user_factors = keras.layers.Embedding(num_users, embedding_dim)(user)
    item_factors = keras.layers.Embedding(num_items, embedding_dim)(item)
    dot = keras.layers.Dot(axes=1)([user_factors, item_factors])
    user_bias = keras.layers.Embedding(num_users, 1, embeddings_initializer="zeros")(user)
    item_bias = keras.layers.Embedding(num_items, 1, embeddings_initializer="zeros")(item)
    return keras.Model([user, item], mean_rating + user_bias + item_bias + dot)


NUM_USERS, NUM_ITEMS, EMBEDDING_DIM, MEAN_RATING = 8, 12, 4, 2.25  # not those of the example


@lab.exercise(
    course_build_biased_model,
    takeaway="Four look-ups and a dot product; the gradients came for free.",
    hints=[
        "user = keras.Input((), dtype='int32'); p = keras.layers.Embedding(num_users, "
        "embedding_dim)(user) has the shape (batch, embedding_dim).",
        "keras.layers.Dot(axes=1)([p, q]) gives one number per pair, shape (batch, 1). A bias is "
        "an Embedding with output_dim 1, so it has the same shape.",
        "Start the biases at zero (embeddings_initializer='zeros') and leave the factors at their "
        "small random values. Then keras.Model([user, item], mean_rating + b_u + b_i + dot).",
    ],
)
def build_biased_model(answer):
    model = answer(NUM_USERS, NUM_ITEMS, EMBEDDING_DIM, MEAN_RATING)
    if not isinstance(model, keras.Model):
        raise NotYet(f"Return a keras.Model. Yours returned {show(model)}.")
    untrained = prediction_table(model, NUM_USERS, NUM_ITEMS)
    start = model.get_weights()
    # A single number may be the mean, kept as a weight: it stays as it is.
    tables = [weight for weight in model.weights if np.prod(weight.shape) > 1]
    generator = np.random.default_rng(3)
    for table in tables:
        table.assign(generator.normal(size=table.shape))
    expect_own_rows(model, tables, NUM_USERS, NUM_ITEMS)
    expect_score_of_biases_and_dot(
        prediction_table(model, NUM_USERS, NUM_ITEMS),
        EMBEDDING_DIM,
        "Is embedding_dim used for both tables, and is there an activation at the end (none is "
        "needed)?",
    )
    _expect_plain_sums(model, tables, untrained)
    model.set_weights(start)
    if abs(untrained.mean() - MEAN_RATING) > 1:
        raise NotYet(
            f"Before training, the predictions should lie around mean_rating = {MEAN_RATING}; the "
            f"mean of yours is {untrained.mean():.2f}. Let the biases start at zero and the "
            "factors at small random numbers."
        )
    _expect_all_learn(model, tables)


def _expect_plain_sums(model, tables, untrained):
    """Set all tables to c: the prediction must be mean + c + c + embedding_dim * c * c."""

    def predict(number):
        for table in tables:
            table.assign(np.full(table.shape, number))
        return prediction_table(model, NUM_USERS, NUM_ITEMS)[0, 0]

    zeros, ones, minus_ones = predict(0.0), predict(1.0), predict(-1.0)
    is_start_of_a_bias = zeros == 0 and abs(untrained.mean() - MEAN_RATING) < 0.2
    if not np.isclose(zeros, MEAN_RATING, atol=1e-3) and not is_start_of_a_bias:
        raise NotYet(
            f"With all tables at 0 the prediction should be mean_rating = {MEAN_RATING}; yours is "
            f"{zeros:.2f}. Is mean_rating added, once and as it is, and no other constant?"
        )
    dot, both_biases = (ones + minus_ones) / 2 - zeros, (ones - minus_ones) / 2
    if not np.isclose(dot, EMBEDDING_DIM, atol=1e-2):
        raise NotYet(
            f"With all tables at 1, the dot product of {EMBEDDING_DIM} factors is {EMBEDDING_DIM}; "
            f"yours is {dot:.2f}. It is a plain sum: no mean, no cosine, no scale."
        )
    if not np.isclose(both_biases, 2, atol=1e-2):
        raise NotYet(
            "With all tables at 1, the two biases add 1 + 1 = 2 to the prediction; yours add "
            f"{both_biases:.2f}. Add each of them once and as it is: no mean, no minus, no scale."
        )


def _expect_all_learn(model, tables):
    before = [keras.ops.convert_to_numpy(table).copy() for table in tables]
    model.compile(keras.optimizers.SGD(0.5), loss="mse", run_eagerly=True)
    ratings = np.linspace(-5.0, 9.0, NUM_USERS * NUM_ITEMS, dtype="float32")
    model.train_on_batch(list(all_pairs(NUM_USERS, NUM_ITEMS)), ratings)
    for table, old in zip(tables, before, strict=True):
        if np.allclose(old, keras.ops.convert_to_numpy(table), atol=1e-7):
            name = f"the table {table.path} of shape {tuple(table.shape)}"
            raise NotYet(
                f"One training step should move every table, but {name} did not move: "
                + (
                    "factors that all start at zero have a zero gradient."
                    if table.trainable
                    else "it is frozen, trainable=False."
                )
            )


CHOICES = {  # the right way of each step first, then the wrong ones with what to say
    "row": {
        "index": "",
        "id": "The scores of the wrong user were taken: user_id is not a row of `scores`.",
        "id - 1": "The scores of the wrong user were taken: an index is not id - 1 here; look it "
        "up in `users`.",
    },
    "seen_by": {
        "user": "",
        "another": "The films that another user rated were left out: user_id is not a user_index "
        "in `train` either.",
        "mixed": "The films of the wrong user were left out: an index was compared with user_id in "
        "`train`.",
        "nobody": "Films the user has rated came up: they have to be left out.",
    },
    "seen_column": {
        "index": "",
        "id": "The wrong films were left out: item_id is not a column of `scores`.",
        "id - 1": "The wrong films were left out: an index is not id - 1 here; `train` has both.",
    },
    "score_of_seen": {
        "never": "",
        "zero": "A film the user has rated came up: a score of 0 beats a negative one.",
    },
    "order": {
        "best first": "",
        "worst first": "The list holds the worst films: np.argsort puts the smallest first.",
        "best last": "The best films are there, but the best stands last.",
    },
    "title_of": {
        "index": "",
        "id": "The titles are of other films: a column of `scores` is not an item_id.",
        "id - 1": "The titles are of other films: an item_id is not index + 1 here; look it up in "
        "`items`.",
    },
}


def course_recommend(user_id, scores, train, users, items, k):
    """Return the titles of the k best films that a user has not rated in the training part."""
    return _recommend(user_id, scores, train, users, items, k)


def _recommend(
    user_id,
    scores,
    train,
    users,
    items,
    k,
    row="index",
    seen_by="user",
    seen_column="index",
    score_of_seen="never",
    order="best first",
    title_of="index",
):
    """Recommend with some of the CHOICES wrong, so that a list can be told by what it holds."""
    index = users.set_index("user_id").loc[user_id, "user_index"]
    user_scores = np.array(
        scores[{"index": index, "id": user_id, "id - 1": user_id - 1}[row]], dtype=float
    )
    of_user = train["user_id" if seen_by == "mixed" else "user_index"] == (
        user_id if seen_by == "another" else index
    )
    seen = train.loc[of_user, "item_index" if seen_column == "index" else "item_id"]
    if seen_by != "nobody":
        lowest = 0.0 if score_of_seen == "zero" else -np.inf
        user_scores[seen - (seen_column == "id - 1")] = lowest
    best = np.argsort(user_scores if order == "worst first" else -user_scores)[:k]
    best = best[::-1] if order == "best last" else best
    titles = items.set_index("item_index" if title_of == "index" else "item_id")["title"]
    return titles.reindex(best + (title_of == "id - 1")).tolist()


def _recommend_case(num_users, num_items, seed):
    """Return a catalog in which each set of wrong choices gives a list of its own.

    Ids are the indices in another order: mixing them up raises no error, as in real life.
    """
    rng = np.random.default_rng(seed)
    users = pd.DataFrame({"user_id": rng.permutation(num_users), "user_index": range(num_users)})
    items = pd.DataFrame({"item_id": rng.permutation(num_items), "item_index": range(num_items)})
    items["title"] = [f"Film {chr(65 + place % 26)}{place // 26}" for place in range(num_items)]
    scores = rng.normal(-1.5, 1.0, (num_users, num_items))
    user_index, item_index = np.nonzero(rng.random((num_users, num_items)) < 0.3)
    train = pd.DataFrame({"user_index": user_index, "item_index": item_index})
    train = train.merge(users, on="user_index").merge(items, on="item_index")
    train["rating"] = 4
    return scores, train.drop(columns="title"), users, items


@lab.exercise(
    course_recommend,
    takeaway="Ids name things, indices find rows; a score of 0 is not 'never'.",
    hints=[
        "Write down for each name in the function whether it holds ids or indices.",
        "users.set_index('user_id').loc[user_id, 'user_index'] turns an id into an index.",
        "What should stand in the place of a seen film so that it loses against every score? And "
        "which end of np.argsort holds the best?",
    ],
)
def recommend(answer):
    small = _recommend_case(num_users=6, num_items=30, seed=SEED)
    # So many films that the best 700 come unsorted out of a partition on any processor.
    large = _recommend_case(num_users=3, num_items=1500, seed=SEED)
    cases = [(user_id, *small, 8) for user_id in small[2]["user_id"].tolist()]
    cases += [(user_id, *small, 3) for user_id in (2, 4)] + [(1, *large, 700)]
    lists = [_titles(answer(*case)) for case in cases]
    for case, titles in zip(cases, lists, strict=True):
        if titles != course_recommend(*case):
            raise NotYet(_explain_choices(cases, lists) or _explain_titles(titles, case))


SEED = 74


def _titles(result):
    is_list = hasattr(result, "__len__") and not isinstance(result, (str, dict, pd.DataFrame))
    if not is_list or not all(isinstance(title, str) for title in result):
        missing = is_list and any(isinstance(title, float) for title in result)
        raise NotYet(
            f"Return a list of titles, each a str. Yours returned {show(result)}."
            + (" A nan is a film that `items` has not: is it an id or an index?" if missing else "")
        )
    return list(result)


def _explain_choices(cases, lists):
    """Return which wrong choices lead to exactly these lists, or None."""
    ways = [dict(zip(CHOICES, way, strict=True)) for way in product(*CHOICES.values())]
    texts = [
        [CHOICES[name][choice] for name, choice in way.items() if CHOICES[name][choice]]
        for way in ways
    ]
    for place in sorted(range(len(ways)), key=lambda place: len(texts[place])):
        if all(
            titles == _recommend(*case, **ways[place])
            for case, titles in zip(cases, lists, strict=True)
        ):
            number = len(texts[place])
            left = "1 mistake is left." if number == 1 else f"{number} mistakes are left."
            return f"{left} {texts[place][0]}"
    return None


def _explain_titles(titles, case):
    user_id, scores, train, users, items, k = case
    right = course_recommend(*case)
    if len(titles) != k:
        return f"Asked for k = {k} titles; yours gave {len(titles)}:\n{show(titles)}"
    place = next(place for place in range(k) if titles[place] != right[place])
    index = users.set_index("user_id").loc[user_id, "user_index"]

    def film(title):
        facts = items[items["title"] == title]
        if facts.empty:
            return f"{title!r}, no title of `items`"
        item_id, item_index, _ = facts.iloc[0]
        rated = train.query("user_index == @index and item_index == @item_index")
        return (
            f"{title!r} (item_id {item_id}, item_index {item_index}, score "
            f"{scores[index, item_index]:.2f}{'' if rated.empty else ', rated by this user'})"
        )

    start = (
        "These are the right films in the wrong order: the best comes first.\n"
        if sorted(titles) == sorted(right)
        else ""
    )
    absent = "" if right[place] in titles else "\nThe first of them is nowhere in your list."
    return (
        f"{start}For user_id {user_id}, user_index {index}, and k = {k}, place {place + 1} of the "
        f"list should be\n{film(right[place])}\nyours has\n{film(titles[place])}{absent}"
    )
