"""Checks of lab 08: deep recommenders with metadata."""

from itertools import takewhile

import keras
import numpy as np
import pandas as pd

from utils.checks.compare import NotYet, as_array, expect_close, expect_function, show
from utils.checks.framework import Lab
from utils.checks.rating_models import (
    expect_own_rows,
    expect_score_of_biases_and_dot,
    prediction_table,
)

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


def course_multi_hot(genres, vocabulary):
    """Return one row per film with a 1 in the column of each of its genres."""
    return np.array([[float(name in of_film) for name in vocabulary] for of_film in genres])


@lab.exercise(
    course_multi_hot,
    takeaway="One column per genre, several ones in a row: no order, no distance made up.",
    hints=[
        "Start from np.zeros((len(genres), len(vocabulary))): one row per film, one column per "
        "name. Which entries become 1?",
        "vocabulary.index(name) is the column of a name. Mind the names the vocabulary lacks: "
        "`name in vocabulary`.",
        "[[float(name in of_film) for name in vocabulary] for of_film in genres], as an array.",
    ],
)
def multi_hot(answer):
    cases = [
        ([("War",), ("Comedy", "War")], ["War", "Western", "Comedy"]),
        (
            [("Drama",), ("Comedy", "Film-Noir"), (), ("Western", "Drama"), ("War", "Horror")],
            ["Drama", "Noir", "Film-Noir", "Comedy"],
        ),
        (
            [("Sci-Fi", "War"), ("Opera", "War"), ("Drama",)],
            ["War", "Romance", "Sci", "Sci-Fi"],
        ),
    ]
    first = answer(*cases[0])
    if isinstance(first, list) and len({np.size(row) for row in first}) > 1:
        raise NotYet(
            "Each row should have one entry, 0 or 1, for each name of the vocabulary; yours gave "
            f"rows of different lengths:\n{show(first)}"
        )
    expect_function(
        answer,
        course_multi_hot,
        cases,
        what="the table",
        mistakes=MULTI_HOT_MISTAKES,
        steps=_multi_hot_steps,
    )


def _cells(cell):
    """Return a table whose entries are cell(genres of the film, vocabulary, column)."""
    return lambda genres, vocabulary: np.array(
        [
            [float(cell(of_film, vocabulary, column)) for column in range(len(vocabulary))]
            for of_film in genres
        ]
    )


def _known(of_film, vocabulary):
    return [name for name in of_film if name in vocabulary]


def _until_unknown(of_film, vocabulary):
    return list(takewhile(lambda name: name in vocabulary, of_film))


def _columns_of_all(genres, vocabulary):
    names = list(vocabulary)
    names += [name for of_film in genres for name in of_film if name not in names]
    return course_multi_hot(genres, list(dict.fromkeys(names)))


NOT_IN_ORDER = "The columns are in another order: column j belongs to vocabulary[j]."
KEEPS_ONE = "A film may have several genres; yours keeps one of them."
INDEX_MINUS_1 = "A genre that is not in the vocabulary got the index -1, the last column."
MULTI_HOT_MISTAKES = [
    (
        lambda genres, vocabulary: course_multi_hot(genres, vocabulary).T,
        "Films are rows, genres are columns; yours is the other way round.",
    ),
    (
        lambda genres, vocabulary: course_multi_hot(genres, sorted(vocabulary)),
        f"{NOT_IN_ORDER} Do not sort it.",
    ),
    (lambda genres, vocabulary: course_multi_hot(genres, vocabulary[::-1]), NOT_IN_ORDER),
    (
        lambda genres, vocabulary: course_multi_hot(
            genres, list(dict.fromkeys(name for of_film in genres for name in of_film))
        ),
        "The columns are the genres of these films; they should be those of the vocabulary.",
    ),
    (
        lambda genres, vocabulary: course_multi_hot(
            genres, sorted({name for of_film in genres for name in of_film})
        ),
        "The columns are the genres of these films; they should be those of the vocabulary.",
    ),
    (_columns_of_all, "A genre that is not in the vocabulary gets no column."),
    (
        _cells(lambda names, words, j: words[j] in names and 1 / len(names)),
        "Each genre counts 1, also beside another one.",
    ),
    (
        _cells(lambda names, words, j: words[j] in names and 1 / len(_known(names, words))),
        "Each genre counts 1, also beside another one.",
    ),
    (_cells(lambda names, words, j: words[j] in names[:1]), KEEPS_ONE),
    (_cells(lambda names, words, j: words[j] in names[-1:]), KEEPS_ONE),
    (_cells(lambda names, words, j: words[j] in _known(names, words)[:1]), KEEPS_ONE),
    (_cells(lambda names, words, j: words[j] in _known(names, words)[-1:]), KEEPS_ONE),
    (
        _cells(lambda names, words, j: words[j] in _until_unknown(names, words)),
        "After a genre that is not in the vocabulary, the others of the same film still count.",
    ),
    (
        _cells(lambda names, words, j: words[j] in names and set(names) <= set(words)),
        "A film with a genre that is not in the vocabulary still has its others.",
    ),
    (
        _cells(
            lambda names, words, j: (
                words[j] in names or (j == len(words) - 1 and not set(names) <= set(words))
            )
        ),
        INDEX_MINUS_1,
    ),
    (
        _cells(lambda names, words, j: words[j] in " ".join(names)),
        "A name is part of another name: compare whole names.",
    ),
    (
        _cells(lambda names, words, j: words[j] in names and j + 1),
        "The table holds numbers of columns; each entry is 0 or 1.",
    ),
    (_cells(lambda names, words, j: words[j] not in names), "0 and 1 are the wrong way round."),
    (
        lambda genres, vocabulary: course_multi_hot(genres, vocabulary).sum(axis=0),
        "These are counts over all films; each film has a row of its own.",
    ),
    (lambda genres, vocabulary: np.zeros((len(genres), len(vocabulary))), "No entry became 1."),
]


def _multi_hot_steps(genres, vocabulary):
    lines = []
    for row, of_film in enumerate(genres):
        columns = [vocabulary.index(name) for name in _known(of_film, vocabulary)]
        lines.append(f"Row {row}, {of_film}: 1 in the columns {columns}")
    return "\n".join(lines)


def course_expected_stars(logits):
    """Return the mean number of stars under the softmax of five logits per row."""
    logits = np.asarray(logits, dtype=float)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)) @ np.arange(1, 6)


@lab.exercise(
    course_expected_stars,
    takeaway="Classes say how sure the model is; their mean is the guess for squared error.",
    hints=[
        "Softmax turns a row of logits into probabilities: np.exp of each, divided by the sum of "
        "its row. What must the sum run over, and which shape must it keep?",
        "The stars of the five columns are 1, 2, 3, 4, 5. Multiply each by its probability, add.",
        "np.exp(1000) is infinite. Subtract the largest logit of each row before: that changes "
        "no probability. Then powers / powers.sum(axis=1, keepdims=True) @ [1, 2, 3, 4, 5].",
    ],
)
def expected_stars(answer):
    usual = np.array([[0.3, -1.2, 0.5, 1.1, 0.7], [2.1, 0.4, 0.9, -0.6, -1.7]])
    generator = np.random.default_rng(4)
    expect_function(
        answer,
        course_expected_stars,
        [(usual,), (generator.normal(0, 1.5, (5, 5)).round(1),), (usual[:1] - 0.8,)],
        what="the mean number of stars",
        mistakes=EXPECTED_STARS_MISTAKES,
        steps=_expected_stars_steps,
    )
    large = np.array([[0.0, 0.0, 0.0, 1000.0, 1000.0], [-1000.0, -900.0, -1000.0, -1000.0, -1e4]])
    with np.errstate(all="ignore"):
        got = as_array(answer(large), "expected_stars of large logits")
    if got.shape != (2,) or not np.all(np.isfinite(got)):
        raise NotYet(
            f"For the logits\n{show(large)}\nyours gave {show(got)}: np.exp ran out of range. "
            "Subtract the largest logit of each row first; the probabilities stay the same."
        )
    expect_close(
        got,
        [4.5, 2.0],
        f"For the logits\n{show(large)}\nthe mean number of stars",
        mistakes=[
            ([4.5, 3.0], "Cut off, -900 and -1000 look equal: subtract the largest logit."),
            (got, "Subtract the largest logit of each row from its logits, nothing else."),
        ],
    )


STARS = np.arange(1, 6)


def _softmax(logits, axis=1):
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


EXPECTED_STARS_MISTAKES = [
    (lambda z: _softmax(z) @ np.arange(5), "The classes count from 0, but the stars from 1."),
    (lambda z: z.argmax(axis=1) + 1, "This is the most likely star; take the mean."),
    (lambda z: z.argmax(axis=1), "This is the column of the most likely star, not the mean."),
    (
        lambda z: _softmax(z) @ STARS / 5,
        "This is the mean over five columns; the probabilities are the weights.",
    ),
    (
        lambda z: _softmax(z, axis=0) @ STARS,
        "The softmax runs over the rows; the five logits of one row compete.",
    ),
    (lambda z: np.exp(z) @ STARS, "The powers must be divided by the sum of their row."),
    (
        lambda z: np.exp(z - z.max(axis=1, keepdims=True)) @ STARS,
        "The powers must be divided by the sum of their row.",
    ),
    (
        lambda z: np.exp(z) / np.exp(z).sum() @ STARS,
        "Divide by the sum of each row, not of all rows.",
    ),
    (lambda z: z @ STARS, "These are weighted logits: softmax is missing."),
    (
        lambda z: z @ STARS / z.sum(axis=1),
        "The logits were divided by their sum: softmax takes np.exp of each first.",
    ),
    (lambda z: _softmax(_softmax(z)) @ STARS, "Softmax was applied twice."),
    (lambda z: _softmax(-z) @ STARS, "Softmax takes np.exp of the logits, not of their negatives."),
    (lambda z: _softmax(z) @ STARS[::-1], "The first column is 1 star, the last one 5."),
    (
        lambda z: _softmax(z).max(axis=1),
        "This is the largest probability; the mean number of stars was asked for.",
    ),
    (
        lambda z: 1 / (1 + np.exp(-z)) @ STARS,
        "This is the sigmoid of each logit; the five of a row compete: softmax.",
    ),
    (lambda z: 2 ** _log2_softmax(z) @ STARS, "Softmax takes powers of e, not of 2."),
    (
        lambda z: _softmax(z),
        "These are the probabilities; their mean number of stars was asked for.",
    ),
    (
        lambda z: _softmax(z) * STARS,
        "These are the stars times their probabilities; the sum of each row is missing.",
    ),
    (lambda z: (_softmax(z) @ STARS).mean(), "Each row has a mean of its own; yours is over all."),
    (lambda z: (_softmax(z) @ STARS)[:, None], "The numbers are right; drop the second axis."),
    (lambda z: (_softmax(z) @ STARS).round(), "Do not round the mean."),
]


def _log2_softmax(logits):
    return logits - np.log2((2.0**logits).sum(axis=1, keepdims=True))


def _expected_stars_steps(logits):
    return "\n".join(
        f"Row {row}: the softmax is {show(chances)}, the mean "
        + " + ".join(f"{star} * {chance:.3f}" for star, chance in zip(STARS, chances, strict=True))
        for row, chances in enumerate(_softmax(logits))
    )


def course_warm_and_cold_rmse(ratings, predictions, users, train_users):
    """Return the RMSE of users with training ratings and of users without."""
    errors = np.asarray(ratings, dtype=float) - predictions
    is_warm = np.isin(users, train_users)
    return tuple(
        float(np.sqrt(np.mean(errors[part] ** 2))) if part.any() else float("nan")
        for part in (is_warm, ~is_warm)
    )


@lab.exercise(
    course_warm_and_cold_rmse,
    takeaway="One number for all rows hides who is served well and who is not.",
    hints=[
        "np.isin(users, train_users) is True where the user of a row has training ratings.",
        "Take the errors of the warm rows alone: square, mean, root. Then the cold rows: ~is_warm.",
        "If a part has no row, return float('nan'): `if part.any()`.",
    ],
)
def warm_and_cold_rmse(answer):
    first = answer(*_WARM_AND_COLD[0])
    is_pair = hasattr(first, "__len__") and not isinstance(first, (str, dict, pd.DataFrame))
    if not is_pair or len(first) != 2:
        raise NotYet(f"Return two numbers, (warm, cold). Yours returned {show(first)}.")
    if any(as_array(part, "Each of the two").shape for part in first):
        raise NotYet(f"Each of the two should be one number. Yours returned {show(first)}.")
    expect_function(
        answer,
        course_warm_and_cold_rmse,
        _WARM_AND_COLD,
        what="the pair (warm, cold)",
        mistakes=WARM_AND_COLD_MISTAKES,
        steps=_warm_and_cold_steps,
    )
    ratings, predictions, users, _ = _WARM_AND_COLD[0]
    for part, trained in (("cold", users), ("warm", np.array([100, 100]))):
        arguments = ratings, predictions, users, trained
        with np.errstate(all="ignore"):
            got = as_array(answer(*arguments), "The pair")
        right = course_warm_and_cold_rmse(*arguments)
        expect_close(got, right, f"With no {part} row, for which nan is due, the pair")


_WARM_AND_COLD = [
    (
        np.array([4.0, 2.0, 5.0, 1.0, 3.0]),
        np.array([3.4, 2.3, 2.8, 2.9, 5.6]),
        np.array([7, 7, 2, 9, 4]),
        np.array([7, 1, 4, 7, 1, 7]),
    ),
    (
        np.array([1.0, 5.0, 2.0, 4.0, 3.0, 5.0, 4.0]),
        np.array([0.3, 4.2, 2.9, 2.6, 4.8, 3.3, 4.4]),
        np.array([6, 0, 0, 3, 6, 2, 6]),
        np.array([5, 2, 0, 2, 5, 2]),
    ),
]


def _squares(ratings, predictions):
    return (ratings - predictions) ** 2


def _parts(function):
    """Return a pair: function of the numbers of the warm rows, then of the cold rows.

    Args:
        function: function of (ratings, predictions, users) of a part.
    """

    def pair(ratings, predictions, users, train_users):
        warm = np.isin(users, train_users)
        return [function(ratings[part], predictions[part], users[part]) for part in (warm, ~warm)]

    return pair


def _by_user(errors, users):
    return np.array([errors[users == user].mean() for user in np.unique(users)])


def _with_warm(is_warm):
    """Return the right pair, with other rows taken for warm."""

    def pair(ratings, predictions, users, train_users):
        warm, squares = is_warm(users, train_users), _squares(ratings, predictions)
        return [np.sqrt(squares[part].sum() / part.sum()) for part in (warm, ~warm)]

    return pair


def _over_all_rows(ratings, predictions, users, train_users):
    warm, squares = np.isin(users, train_users), _squares(ratings, predictions)
    return np.sqrt([np.mean(squares * warm), np.mean(squares * ~warm)])


WARM_AND_COLD_MISTAKES = [
    (
        lambda *case: course_warm_and_cold_rmse(*case)[::-1],
        "The order is swapped: warm first.",
    ),
    (_parts(lambda r, p, u: np.mean(_squares(r, p))), "The root is missing."),
    (_parts(lambda r, p, u: np.abs(r - p).mean()), "This is the mean absolute error."),
    (_parts(lambda r, p, u: np.mean(r - p)), "This is the mean error; plus and minus cancel."),
    (_parts(lambda r, p, u: np.mean(p - r)), "This is the mean error; plus and minus cancel."),
    (
        _parts(lambda r, p, u: abs(np.mean(r - p))),
        "Square each error before you take the mean, or plus and minus cancel.",
    ),
    (_parts(lambda r, p, u: np.sqrt(np.sum(_squares(r, p)))), "Mean, not sum, under the root."),
    (
        _parts(lambda r, p, u: np.sqrt(np.sum(_squares(r, p))) / len(r)),
        "The root is taken of the sum; it belongs around the mean.",
    ),
    (_parts(lambda r, p, u: np.sum(_squares(r, p))), "Mean and root are missing."),
    (_parts(lambda r, p, u: np.std(r - p)), "This is the standard deviation of the errors."),
    (
        _parts(lambda r, p, u: np.sqrt(np.median(_squares(r, p)))),
        "This is the median of the squares; take their mean.",
    ),
    (
        _parts(lambda r, p, u: np.sqrt(np.sum(_squares(r, p)) / (len(r) - 1))),
        "Divide by the number of rows, without - 1.",
    ),
    (_over_all_rows, "Each part is divided by its own number of rows."),
    (
        _parts(lambda r, p, u: np.sqrt(_by_user(_squares(r, p), u).mean())),
        "This averages users; each row counts once.",
    ),
    (
        _parts(lambda r, p, u: np.sqrt(_by_user(_squares(r, p), u)).mean()),
        "This averages users; each row counts once.",
    ),
    (
        _parts(lambda r, p, u: np.sqrt(_squares(r, np.clip(p, 1, 5)).mean())),
        "Take the predictions as they are, also beyond 1 and 5 stars.",
    ),
    (
        _parts(lambda r, p, u: np.sqrt(_squares(r, p.round()).mean())),
        "Take the predictions as they are; do not round them.",
    ),
    (
        _with_warm(lambda users, train_users: users == train_users[0]),
        "Warm rows are those of every user seen in training, not of the first alone.",
    ),
    (
        _with_warm(lambda users, train_users: users <= train_users.max()),
        "A user below the largest in `train_users` need not be in it: np.isin.",
    ),
    (
        _with_warm(lambda users, train_users: np.isin(np.arange(len(users)), train_users)),
        "The numbers in `train_users` are users, not rows.",
    ),
    (
        _with_warm(
            lambda users, train_users: np.array([np.sum(users == user) > 1 for user in users])
        ),
        "Warm are users with rows in `train_users`, not those with several rows here.",
    ),
    (
        _with_warm(
            lambda users, train_users: np.array([np.sum(train_users == u) > 1 for u in users])
        ),
        "One training row is enough to be warm.",
    ),
]


def _warm_and_cold_steps(ratings, predictions, users, train_users):
    warm, squares = np.isin(users, train_users), _squares(ratings, predictions)
    return "\n".join(
        f"{name} rows are those of the users {sorted(set(users[part].tolist()))}. Their squared "
        f"errors are {show(squares[part])}; the root of the mean is "
        f"{np.sqrt(squares[part].mean()):.4f}."
        for name, part in (("Warm", warm), ("Cold", ~warm))
    )


def course_build_hybrid_model(user_rows, item_rows, embedding_dim, mean_rating):
    """Build a model whose vectors are sums: own numbers plus the vectors of the columns."""
    user, item = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    vectors, biases = [], []
    for index, rows in ((user, user_rows), (item, item_rows)):
        size, num_columns = map(int, np.shape(rows))
        rows = np.asarray(rows, dtype="float32")
        row = keras.layers.Embedding(size, num_columns, weights=[rows], trainable=False)(index)
        own = keras.layers.Embedding(size, embedding_dim, embeddings_initializer="zeros")(index)
        vectors.append(own + keras.layers.Dense(embedding_dim, use_bias=False)(row))
        biases.append(keras.layers.Embedding(size, 1, embeddings_initializer="zeros")(index))
    score = keras.layers.Dot(axes=1)(vectors) + biases[0] + biases[1]
    start = float(np.log((mean_rating - 1) / (5 - mean_rating)))
    return keras.Model([user, item], 1 + 4 * keras.ops.sigmoid(score + start))


@lab.exercise(
    course_build_hybrid_model,
    takeaway="Own numbers for what is known of this id, columns for what is shared: just a sum.",
    hints=[
        "A frozen table looks up the row: keras.layers.Embedding(*map(int, user_rows.shape), "
        "weights=[user_rows], trainable=False)(user). A Dense layer without bias and activation "
        "sums the vectors of its columns.",
        "The own vector and the own bias are Embedding layers that start at zero "
        "(embeddings_initializer='zeros'). Add own vector and columns on each side, then "
        "keras.layers.Dot(axes=1).",
        "Which score gives mean_rating? Solve 1 + 4 sigmoid(s) = m: s = log((m - 1) / (5 - m)). "
        "The output is 1 + 4 * keras.ops.sigmoid(dot + b_u + b_i + s).",
    ],
)
def build_hybrid_model(answer):
    user_rows, item_rows = _rows()
    model = answer(user_rows, item_rows, DIM, MEAN_RATING)
    if not isinstance(model, keras.Model):
        raise NotYet(f"Return a keras.Model. Yours returned {show(model)}.")
    prediction_table(model, NUM_USERS, NUM_ITEMS)  # a subclass makes its weights when called
    start = model.get_weights()
    _expect_frozen_rows(model, user_rows, item_rows)
    _expect_start_at_mean(model)
    own = _own_tables(model, user_rows, item_rows)
    _expect_stars_of_a_dot(model)
    expect_own_rows(model, own, NUM_USERS, NUM_ITEMS)
    _expect_plain_sums(model, user_rows, item_rows)
    model.set_weights(start)
    _expect_zero_start(own)
    _train_a_few(model)
    trained = prediction_table(model, NUM_USERS, NUM_ITEMS)
    _expect_rows_matter(trained)
    _expect_own_numbers(trained)


NUM_USERS, NUM_ITEMS, DIM, MEAN_RATING = 9, 12, 3, 2.25  # not the example's mean
# Users 0 and 1 share a row and are never trained; user 2 has another row and is never trained.
# Users 3 and 4 share a row and are trained on opposite tastes for items 5 and 6. So with items.
_TRAINED = [(3, 5, 5), (3, 6, 1), (4, 5, 1), (4, 6, 5), (5, 3, 5), (6, 3, 1), (5, 4, 1), (6, 4, 5)]
_TRAINED += [(7, 7, 5), (8, 8, 1), (7, 8, 2), (8, 7, 4)]


def _rows():
    generator = np.random.default_rng(5)
    tables = []
    for size, num_columns in ((NUM_USERS, 6), (NUM_ITEMS, 5)):
        rows = generator.random((size, num_columns)).astype("float32")
        rows[1], rows[4] = rows[0], rows[3]
        tables.append(rows)
    return tables


def _expect_frozen_rows(model, user_rows, item_rows):
    for variable in model.trainable_variables:
        for name, rows in (("user_rows", user_rows), ("item_rows", item_rows)):
            if tuple(variable.shape) == rows.shape and np.allclose(variable, rows):
                raise NotYet(
                    f"The table with {name} would be trained and so overwritten. Facts stay as "
                    "they are: trainable=False."
                )
    for name, rows in (("user_rows", user_rows), ("item_rows", item_rows)):
        for variable in model.variables:
            values = np.asarray(variable)
            if values.shape == rows.shape and not np.allclose(values[0], values[1]):
                raise NotYet(
                    f"The model has a table of the shape of {name} with other numbers in it. Give "
                    f"the layer its numbers: weights=[{name}]."
                )
        for variable in model.non_trainable_variables:
            if tuple(variable.shape) == (rows.shape[1], DIM):
                raise NotYet(
                    f"The vectors of the columns of {name} would never be trained: only the rows "
                    "stay as they are."
                )


def _train_a_few(model):
    users, items, stars = np.tile(np.array(_TRAINED, dtype="int32").T, 40)  # 40 steps
    model.compile(keras.optimizers.Adam(0.1), loss="mse")
    targets = stars.astype("float32")[:, np.newaxis]
    model.fit([users, items], targets, batch_size=len(_TRAINED), shuffle=False, verbose=0)


def _expect_rows_matter(table):
    """Two ids without training, with different rows, must be told apart by their rows."""
    for name, of_ids in (("user", table), ("item", table.T)):
        if np.abs(of_ids[0] - of_ids[2]).max() < 1e-4:
            raise NotYet(
                f"Two {name}s with different rows and no training ratings get the same "
                f"predictions: the {name} rows do not reach the output, or V and W both start at "
                "zero, and then all vectors stay there."
            )


def _expect_own_numbers(table):
    for name, of_ids in (("user", table), ("item", table.T)):
        gap = of_ids[3, :] - of_ids[4, :]
        if np.abs(gap).max() < 0.1:
            raise NotYet(
                f"Two {name}s have the same row and were trained on opposite ratings, 5 where the "
                f"other has 1, and still get the same predictions. The {name}'s own vector is "
                "missing, or it cannot learn: two factors that start at zero both stay there."
            )


def _own_tables(model, user_rows, item_rows):
    """Return the trained tables that are not the vectors of the columns."""
    of_columns = {user_rows.shape[1], item_rows.shape[1]}
    tables = [
        variable
        for variable in model.trainable_variables
        if np.prod(variable.shape) > 1 and variable.shape[0] not in of_columns
    ]
    for table in tables:
        if tuple(table.shape) == (DIM,):
            raise NotYet(
                f"{table.path} adds a number to each of the {DIM} factors, whatever the row: a "
                "Dense layer with a bias. x_u V is the row times V alone: use_bias=False."
            )
    return tables


def _expect_zero_start(own):
    for table in own:
        values = keras.ops.convert_to_numpy(table)
        if np.abs(values).max() > 0:
            raise NotYet(
                f"The table {table.path} of shape {values.shape} starts at other numbers than "
                "zero. An id that is never trained would keep them, as noise: p_u, q_i, b_u and "
                'b_i start with embeddings_initializer="zeros".'
            )


def _assign(model, values_of):
    for variable in model.trainable_variables:
        if np.prod(variable.shape) > 1:  # a single number may be s_0
            variable.assign(values_of(variable))


def _scores(model):
    table = prediction_table(model, NUM_USERS, NUM_ITEMS)
    return np.log((table - 1) / (5 - table))


def _expect_start_at_mean(model):
    _assign(model, lambda variable: np.zeros(variable.shape))
    predictions = prediction_table(model, NUM_USERS, NUM_ITEMS)
    if np.abs(predictions - MEAN_RATING).max() > 0.002:
        raise NotYet(
            f"With all learned tables at zero the prediction should be mean_rating = {MEAN_RATING}"
            f"; yours is {predictions.mean():.2f}. The score of the mean m is "
            "log((m - 1) / (5 - m)), if the output is 1 + 4 * sigmoid(score). It is a fixed "
            "number, the only one in the score."
        )


def _expect_stars_of_a_dot(model):
    """With random weights the predictions must be 1 + 4 sigmoid of biases plus a dot product."""
    generator = np.random.default_rng(2)
    draws = {
        variable.path: generator.normal(0, 0.25, variable.shape)
        for variable in model.trainable_variables
    }
    _assign(model, lambda variable: 20 * draws[variable.path])
    large = prediction_table(model, NUM_USERS, NUM_ITEMS)
    if large.min() < 0.99 or large.max() > 5.01 or large.min() > 1.2 or large.max() < 4.8:
        raise NotYet(
            f"With large weights the predictions reach from {large.min():.2f} to "
            f"{large.max():.2f}. They should stay between 1 and 5 and reach both: "
            "1 + 4 * sigmoid(score)."
        )
    _assign(model, lambda variable: draws[variable.path])
    expect_score_of_biases_and_dot(
        _scores(model),
        DIM,
        "Own vector and columns are added, not put side by side, their vectors have embedding_dim "
        "numbers, and nothing but the sigmoid follows: 1 + 4 * sigmoid(score).",
    )


def _expect_plain_sums(model, user_rows, item_rows):
    """Set all learned numbers to c and to -c: half the sum is the dot product, the rest biases."""
    number = 0.2
    # A bias made of the columns, beside the own one, is welcome.
    of_columns = {(user_rows.shape[1], 1), (item_rows.shape[1], 1)}

    def scores(sign):
        _assign(
            model,
            lambda variable: np.full(
                variable.shape, 0.0 if tuple(variable.shape) in of_columns else sign * number
            ),
        )
        return _scores(model)

    plus, minus = scores(1), scores(-1)
    start = np.log((MEAN_RATING - 1) / (5 - MEAN_RATING))
    dots, both_biases = (plus + minus) / 2 - start, (plus - minus) / 2
    sums = [number * (1 + rows.sum(axis=1, dtype=float)) for rows in (user_rows, item_rows)]
    right = DIM * np.outer(*sums)
    of_user, of_film = sums
    own = np.full_like(of_user, number), np.full_like(of_film, number)
    missing = [
        (of_user - number, of_film, "The users' own vectors p_u are missing, or not trained."),
        (of_user, of_film - number, "The films' own vectors q_i are missing, or not trained."),
        (own[0], of_film, "The rows of the users, x_u V, do not reach the vectors."),
        (of_user, own[1], "The rows of the films, x_i W, do not reach the vectors."),
        (*own, "The rows of users and films do not reach the vectors."),
        (of_user - number, of_film - number, "The own vectors p_u and q_i are missing."),
        (of_user / 2, of_film / 2, "Own vectors and columns are added, not averaged."),
        (of_user / DIM, of_film, "The dot product is a sum over the factors, not their mean."),
    ]
    for left, other, text in missing:
        if np.allclose(dots, DIM * np.outer(left, other), atol=2e-3):
            raise NotYet(text)
    if not np.allclose(dots, right, atol=2e-3):
        raise NotYet(
            f"With all learned numbers at {number}, each number of the vector of user 0 is "
            f"{number} + {number} * (sum of the row) = {sums[0][0]:.3f}, and of film 0 "
            f"{sums[1][0]:.3f}. Their dot product over {DIM} factors is {right[0, 0]:.3f}; yours "
            f"is {dots[0, 0]:.3f}. The vectors are plain sums of own numbers and columns, and the "
            "dot product is a plain sum, too: no mean, no scale, no activation."
        )
    if not np.allclose(both_biases, 2 * number, atol=2e-3):
        raise NotYet(
            f"With all learned numbers at {number}, the two biases add {number} + {number} = "
            f"{2 * number} to the score; yours add {both_biases[0, 0]:.3f}. Add each of them once "
            "and as it is: no mean, no minus, no scale."
        )


def course_prepare_rows(train, test, ages, num_items, generator):
    """Return rows to fit and rows to validate, with popularity, age and target."""
    popularity = np.log1p(np.bincount(train["item_index"], minlength=num_items))
    rows = train.assign(
        popularity=popularity[train["item_index"]],
        age=((ages - ages.mean()) / ages.std())[train["user_index"]],
        target=(train["rating"] - 1) / 4,
    )
    order = generator.permutation(len(rows))
    num_validation = len(rows) // 10
    return rows.iloc[order[num_validation:]], rows.iloc[order[:num_validation]]


@lab.exercise(
    course_prepare_rows,
    takeaway="Count on training rows, scale what goes in, invert what comes out, shuffle, split.",
    hints=[
        "Ask of each line: which rows does it look at, and in which range are its numbers? Print "
        "the validation rows: how many users are among them?",
        "generator.permutation(len(rows)) gives the rows in random order. (ages - ages.mean()) / "
        "ages.std() has mean 0 and spread 1.",
        "1 star should become 0 and 5 stars 1, so that stars = 1 + 4 * target. And which of the "
        "two tables does popularity count?",
    ],
)
def prepare_rows(answer):
    train, test, ages, num_items = _prepare_case()
    fit, validation = _two_tables(
        answer(train, test, ages, num_items, np.random.default_rng(1)), train
    )
    found = [
        *_wrong_columns(fit, validation, train, test, ages, num_items),
        *_wrong_split(validation, train, answer, (train, test, ages, num_items)),
    ]
    if found:
        left = "1 mistake is left." if len(found) == 1 else f"{len(found)} mistakes are left."
        raise NotYet(f"{left} {found[0]}")


def _prepare_case():
    """Return 195 rows sorted by user, of 20 users and 15 films; the last film is in no row."""
    generator = np.random.default_rng(4)
    pairs = [(user, item) for user in range(20) for item in generator.permutation(14)]
    table = pd.DataFrame(pairs, columns=["user_index", "item_index"])
    table["rating"] = generator.integers(1, 6, len(table))
    table["timestamp"] = generator.integers(880_000_000, 890_000_000, len(table))
    is_test = np.zeros(len(table), dtype=bool)
    is_test[generator.permutation(len(table))[:85]] = True
    ages = generator.integers(15, 70, 20).astype(float)
    return table[~is_test], table[is_test], ages, 15


def _two_tables(result, train):
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise NotYet(f"Return two tables, (fit, validation). Yours returned {show(result)}.")
    columns = [*train.columns, "popularity", "age", "target"]
    for name, table in zip(("fit", "validation"), result, strict=True):
        if not isinstance(table, pd.DataFrame) or not set(columns) <= set(table.columns):
            raise NotYet(
                f"{name} should be a DataFrame with the columns {', '.join(columns)}; yours is "
                f"{show(table)}."
            )
        if table[columns].isna().any().any():
            raise NotYet(f"{name} has missing values (NaN). Did an index get lost on the way?")
    pairs = pd.concat(result)[["user_index", "item_index"]].sort_values(
        ["user_index", "item_index"]
    )
    expected = train[["user_index", "item_index"]].sort_values(["user_index", "item_index"])
    if not np.array_equal(pairs.to_numpy(), expected.to_numpy()):
        raise NotYet(
            f"Each of the {len(train)} training rows belongs to exactly one of the two tables, and "
            f"no other row to either. Yours have {len(result[0])} and {len(result[1])} rows."
        )
    if len(result[1]) != len(train) // 10:
        raise NotYet(
            f"Validation should have {len(train) // 10} of the {len(train)} rows, a tenth rounded "
            f"down; yours has {len(result[1])}. It comes second."
        )
    return result


def _wrong_columns(fit, validation, train, test, ages, num_items):
    """Return what is wrong in the three columns, one text each."""
    rows = pd.concat([fit, validation]).merge(
        train[["user_index", "item_index", "rating"]].rename(columns={"rating": "_stars"}),
        on=["user_index", "item_index"],
    )
    users, items = rows["user_index"].to_numpy(), rows["item_index"].to_numpy()
    stars = rows["_stars"].to_numpy(dtype=float)
    counts = np.bincount(train["item_index"], minlength=num_items)
    of_fit = np.bincount(fit["item_index"], minlength=num_items)
    of_rows = ages[train["user_index"]]
    both = counts + np.bincount(test["item_index"], minlength=num_items)
    cases = {
        "popularity": (
            np.log1p(counts)[items],
            [
                (np.log1p(both)[items], "It counts the test rows too: that is looking ahead."),
                (np.log1p(of_fit)[items], "It counts the rows of fit alone: count all of train."),
                (counts[items], "The logarithm is missing: log(1 + number of ratings)."),
                (np.log(np.maximum(counts, 1))[items], "It is log(1 + number), so that 0 stays 0."),
            ],
        ),
        "age": (
            ((ages - ages.mean()) / ages.std())[users],
            [
                *(
                    (
                        ((ages - of_rows.mean()) / of_rows.std(ddof=ddof))[users],
                        "Mean and deviation were taken over the rows, where users with many "
                        "ratings count often; take them over the users.",
                    )
                    for ddof in (0, 1)
                ),
                (ages[users], "It is in years, ten times as large as the other columns: scale it."),
                ((ages - ages.mean())[users], "Divide by the standard deviation as well."),
                ((ages / ages.std())[users], "Subtract the mean as well."),
                (
                    ((ages - ages.min()) / np.ptp(ages))[users],
                    "It was scaled to 0..1; asked for are mean 0 and standard deviation 1.",
                ),
            ],
        ),
        "target": (
            (stars - 1) / 4,
            [
                (stars / 5, "1 star becomes 0.2, and stars are 5 p, not 1 + 4 p."),
                (stars, "It is in stars: the model puts out numbers from 0 to 1."),
                ((stars - 1) / 5, "5 stars become 0.8: divide by 4."),
                (stars / 4, "5 stars become 1.25: subtract 1 first."),
            ],
        ),
    }
    user, item = users[0], items[0]
    steps = {
        "popularity": f"log(1 + {counts[item]}), as film {item} has {counts[item]} rows in train",
        "age": f"({ages[user]:.0f} - {ages.mean():.2f}) / {ages.std():.2f}, with mean and standard "
        "deviation of `ages`",
        "target": f"({stars[0]:.0f} - 1) / 4",
    }
    found = []
    if not np.array_equal(rows["rating"], rows["_stars"]):
        found.append("The column rating was changed: the rows keep their columns.")
    for name, (right, mistakes) in cases.items():
        got = as_array(rows[name].to_numpy(), f"The column {name}")
        tolerance = 1e-2 if rows[name].dtype == "float16" else 1e-5
        accepted = [right, right * np.sqrt(1 - 1 / len(ages))] if name == "age" else [right]
        if any(np.allclose(got, way, atol=tolerance, rtol=tolerance) for way in accepted):
            continue
        with np.errstate(all="ignore"):
            why = next(
                (text for wrong, text in mistakes if np.allclose(got, wrong, atol=1e-4)), None
            )
        found.append(
            f"The column {name} is not what the docstring says.{f' {why}' if why else ''} "
            f"For user {user}, film {item} with {stars[0]:.0f} stars it should be {right[0]:.3f}, "
            f"which is {steps[name]}; yours is {got[0]:.3f}."
        )
    return found


def _wrong_split(validation, train, answer, arguments):
    """Return what is wrong with the draw of the validation rows, at most one text."""
    num_users = validation["user_index"].nunique()
    if num_users <= 5:
        return [
            f"The validation rows come from {num_users} of 20 users: the training rows are sorted "
            "by user, and a slice of them is no sample. Draw them at random."
        ]

    def draw(seed):
        table = _two_tables(answer(*arguments, np.random.default_rng(seed)), train)[1]
        return set(zip(table["user_index"], table["item_index"], strict=True))

    # Several: a draw with replacement may be lucky once.
    draws = [draw(seed) for seed in (1, 1, 2, 3, 4)]
    if draws[0] != draws[1] or draws[0] == draws[2]:
        return [
            "The same generator should give the same validation rows, and another generator other "
            "rows. Draw from `generator`."
        ]
    return []
