"""Checks of lab 06: matrix factorization."""

import tracemalloc
from itertools import combinations

import keras
import numpy as np
import pandas as pd

from utils.checks.compare import NotYet, expect_close, show
from utils.checks.framework import Lab
from utils.checks.rating_models import all_pairs, prediction_table

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


def course_predict_ratings(
    user_factors, item_factors, user_bias, item_bias, mean_rating, users, items
):
    """Predict one rating for each pair of a user and an item."""
    dots = np.sum(user_factors[users] * item_factors[items], axis=1)
    return mean_rating + user_bias[users] + item_bias[items] + dots


@lab.exercise(
    course_predict_ratings,
    takeaway="Look up the rows of all pairs, multiply, sum over the factors: no loop.",
    hints=[
        "user_factors[users] has one row per pair. What does item_factors[items] hold?",
        "Multiply both arrays element by element, then sum over the factors: which axis is that?",
        "mean_rating + user_bias[users] + ... + np.sum(user_factors[users] * item_factors[items], "
        "axis=1)",
    ],
)
def predict_ratings(answer):
    p = np.array([[1.0, 2.0, 0.0], [0.0, -1.0, 3.0]])
    q = np.array([[2.0, 0.0, 1.0], [1.0, 1.0, 1.0], [0.0, 3.0, -1.0], [4.0, 0.0, 0.5]])
    user_bias, item_bias = np.array([0.5, -0.25]), np.array([1.0, -1.0, 0.125, 2.0])
    users, items = np.array([0, 1, 1]), np.array([3, 2, 0])
    args = (p, q, user_bias, item_bias, 3.0, users, items)
    dots = np.array([4.0, -6.0, 3.0])
    offsets = np.array([5.5, 2.875, 3.75])
    expect_close(
        answer(*args),
        offsets + dots,
        f"With p = {p.tolist()}, q = {q.tolist()}, user bias {user_bias}, item bias {item_bias}\n"
        f"and the mean 3, the prediction for users {users} and items {items}",
        mistakes=[
            (dots, "These are the dot products alone: mean and biases are missing."),
            (offsets, "The dot products of the factors are missing."),
            (offsets + dots - 3, "The mean rating is missing."),
            (offsets + dots - user_bias[users], "The user bias is missing."),
            (offsets + dots - item_bias[items], "The item bias is missing."),
            (
                offsets + (p[users] * q[items]).sum(axis=0),
                "Your sum runs over the pairs of the batch. Each pair needs a sum over its own "
                "factors: look at `axis=`.",
            ),
            (
                offsets + (p[users] * q[items]).sum(),
                "All pairs got the same dot product, a sum over everything: look at `axis=`.",
            ),
            (
                offsets[:, None] + p[users] @ q[items].T,
                "A matrix product pairs every user with every item of the batch; only the "
                "diagonal was asked for.",
            ),
            (
                offsets + p[users] @ q[items].T,
                "A matrix product pairs every user with every item of the batch; only the "
                "diagonal was asked for.",
            ),
            (
                p @ q.T + user_bias[:, None] + item_bias + 3,
                "Use `users` and `items`: one rating a pair.",
            ),
        ],
    )
    one = answer(*args[:5], np.array([1]), np.array([3]))
    expect_close(one, [3.0 - 0.25 + 2.0 + 1.5], "The prediction for one pair")
    many = np.zeros(2_000, dtype=int)
    tracemalloc.start()
    answer(*args[:5], many, many)
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
    p, q = np.array([1.0, -2.0, 0.0]), np.array([0.5, 3.0, -1.0])
    error, rate, row_l2 = 2.0, 0.1, 0.5
    right = course_sgd_step(p, q, error, rate, row_l2)
    new_p = right[0]

    def step(move_p, move_q):
        return np.stack([p + rate * move_p, q + rate * move_q])

    expect_close(
        _two_vectors(answer(p, q, error, rate, row_l2)),
        np.stack(right),
        f"With p = {p}, q = {q}, error 2, rate 0.1, row_l2 0.5, the new p and q",
        mistakes=[
            (
                np.stack([new_p, q + rate * (error * new_p - row_l2 * q)]),
                "Your new q was computed with the new p. Both steps start from the old vectors.",
            ),
            (step(error * q, error * p), "The penalty is missing."),
            (
                step(-error * q + row_l2 * p, -error * p + row_l2 * q),
                "This step goes up the gradient: the error would grow. Turn the sign.",
            ),
            (
                step(error * q + row_l2 * p, error * p + row_l2 * q),
                "The penalty has the wrong sign: it should pull the vectors toward zero.",
            ),
            (
                step(error * q - row_l2 * q, error * p - row_l2 * p),
                "The penalty on p needs p, not q.",
            ),
            (
                step(error * p - row_l2 * p, error * q - row_l2 * q),
                "The derivative of the error by p contains q: p moves toward q, not toward itself.",
            ),
            (
                step(2 * (error * q - row_l2 * p), 2 * (error * p - row_l2 * q)),
                "Twice the step: the loss has a factor 1/2, so no factor 2 is left.",
            ),
            (
                step(2 * error * q - row_l2 * p, 2 * error * p - row_l2 * q),
                "The error counts twice: the loss has a factor 1/2, so no factor 2 is left.",
            ),
            (
                np.stack([rate * (error * q - row_l2 * p), rate * (error * p - row_l2 * q)]),
                "This is the change alone; return the new vectors.",
            ),
            (
                np.stack([p + error * q - row_l2 * p, q + error * p - row_l2 * q]),
                "The learning rate is missing.",
            ),
            (
                np.stack([p + rate * error * q - row_l2 * p, q + rate * error * p - row_l2 * q]),
                "The learning rate belongs to the whole step, the penalty too.",
            ),
            (np.stack(right[::-1]), "The order is wrong: the new p comes first."),
        ],
    )
    p, q = np.array([1.0, 0.5]), np.array([0.0, 2.0])
    expect_close(
        _two_vectors(answer(p, q, -1.0, 0.1, 0.0)),
        np.stack(course_sgd_step(p, q, -1.0, 0.1, 0.0)),
        f"With p = {p}, q = {q}, error -1, rate 0.1, row_l2 0, the new p and q",
    )


def _two_vectors(result):
    is_pair = hasattr(result, "__len__") and not isinstance(result, (dict, pd.DataFrame))
    if not is_pair or len(result) != 2 or any(vector is None for vector in result):
        raise NotYet(f"Return two arrays, (new p, new q). Yours returned {show(result)}.")
    return list(result)


def course_als_user(residuals, item_factors, row_l2):
    """Return the best factors of one user for fixed item factors."""
    num_ratings, embedding_dim = item_factors.shape
    ridge = item_factors.T @ item_factors + num_ratings * row_l2 * np.eye(embedding_dim)
    return np.linalg.solve(ridge, item_factors.T @ residuals)


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
    q = np.array([[1.0, 0.0], [0.5, 2.0], [-1.0, 1.0]])
    r, row_l2 = np.array([1.0, -0.5, 2.0]), 0.4
    gram, target = q.T @ q, q.T @ r

    def solution(penalty):
        return np.linalg.solve(gram + penalty, target)

    expect_close(
        answer(r, q, row_l2),
        solution(3 * row_l2 * np.eye(2)),
        f"With residuals {r}, item factors {q.tolist()} and row_l2 = 0.4, the factors of the user",
        mistakes=[
            (
                solution(row_l2 * np.eye(2)),
                "The penalty is paid once per rating: multiply it by the number of ratings.",
            ),
            (solution(0), "The penalty is missing."),
            (
                solution(2 * row_l2 * np.eye(2)),
                "You multiplied the penalty by the number of factors; it is paid once per rating.",
            ),
            (
                solution(3 * row_l2),
                "The penalty was added to every entry of the matrix. It belongs on the diagonal: "
                "np.eye.",
            ),
            (
                solution(row_l2),
                "The penalty was added to every entry of the matrix. It belongs on the diagonal: "
                "np.eye.",
            ),
            ((gram + 3 * row_l2 * np.eye(2)) @ target, "Multiplied where it should be solved."),
        ],
    )
    expect_close(
        answer(np.array([2.0]), np.array([[1.0, 0.0]]), 1.0),
        [1.0, 0.0],
        "The example with one film",
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
    mean_rating = 2.25  # not the numbers of the example: they may have been copied
    model = answer(NUM_USERS, NUM_ITEMS, EMBEDDING_DIM, mean_rating)
    if not isinstance(model, keras.Model):
        raise NotYet(f"Return a keras.Model. Yours returned {show(model)}.")
    untrained = prediction_table(model, NUM_USERS, NUM_ITEMS)
    if abs(untrained.mean() - mean_rating) > 1:
        raise NotYet(
            "Before training, the predictions should lie around mean_rating = 2.25; the mean of "
            f"yours is {untrained.mean():.2f}. Is mean_rating added, once and as it is?"
        )
    before = model.get_weights()
    model.compile(keras.optimizers.SGD(0.5), loss="mse", run_eagerly=True)
    ratings = np.linspace(-5.0, 9.0, untrained.size, dtype="float32")
    model.train_on_batch(list(all_pairs(NUM_USERS, NUM_ITEMS)), ratings)
    still = [
        weight.path
        for weight, old, new in zip(model.weights, before, model.get_weights(), strict=True)
        if old.size > 1 and np.allclose(old, new, atol=1e-7)  # one number may be a fixed mean
    ]
    if still:
        raise NotYet(
            f"One training step should move every table, but {', '.join(still)} did not move. "
            "Factors that all start at zero have a zero gradient, a frozen table has none; does "
            "every table reach the output?"
        )
    rng = np.random.default_rng(3)
    model.set_weights([rng.normal(size=weight.shape) for weight in before])
    _expect_dot_plus_biases(prediction_table(model, NUM_USERS, NUM_ITEMS))
    _expect_plain_sums(model, mean_rating)


NUM_USERS, NUM_ITEMS, EMBEDDING_DIM = 8, 12, 4


def _expect_dot_plus_biases(table):
    """Tell from a table of predictions alone what the model adds up, however it was built.

    With random weights a dot product of d factors gives a table of rank d, and subtracting the
    means of rows and columns leaves the rank but removes every bias. A user bias adds the row of
    ones to what the rows can combine to, an item bias the column of ones to the columns.
    """

    def rank(matrix):
        return np.linalg.matrix_rank(matrix, tol=1e-4 * np.linalg.norm(table, 2))

    centered = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    num_factors, full_rank = rank(centered), rank(table)
    if num_factors == 0:
        raise NotYet("The dot product of the factors does not reach the prediction.")
    if num_factors != EMBEDDING_DIM:
        raise NotYet(
            f"The predictions are not mean + biases + a dot product of {EMBEDDING_DIM} factors; "
            f"it takes {num_factors} factors to explain them. Is embedding_dim used for both "
            "tables, and is there an activation at the end (none is needed)?"
        )
    if full_rank == EMBEDDING_DIM + 2:
        return
    has_user_bias = rank(np.vstack([table, np.ones((1, NUM_ITEMS))])) == full_rank
    has_item_bias = rank(np.hstack([table, np.ones((NUM_USERS, 1))])) == full_rank
    if has_user_bias == has_item_bias:
        raise NotYet("Both biases are missing: the prediction is the mean plus the dot product.")
    raise NotYet(f"The {'item' if has_user_bias else 'user'} bias is missing.")


def _expect_plain_sums(model, mean_rating):
    """Set all weights to one number c: the prediction must be mean + 2 c + embedding_dim c^2."""

    def predict(number):
        model.set_weights([np.full(weight.shape, number) for weight in model.weights])
        return prediction_table(model, NUM_USERS, NUM_ITEMS)[0, 0]

    zeros, ones, twos = predict(0.0), predict(1.0), predict(2.0)
    if not np.isclose(zeros, mean_rating, atol=1e-2) and zeros != 0:  # 0: the mean is a weight
        raise NotYet(
            f"With all weights 0 the prediction should be mean_rating = {mean_rating}; yours is "
            f"{zeros:.2f}."
        )
    dot = (twos - 2 * ones + zeros) / 2  # the biases grow with c and fall out, the product stays
    if not np.isclose(dot, EMBEDDING_DIM, atol=1e-2):
        raise NotYet(
            f"With all weights 1, the dot product of {EMBEDDING_DIM} factors is {EMBEDDING_DIM}; "
            f"yours is {dot:.2f}. It is a plain sum: no mean, no cosine, no scale."
        )


BUGS = {
    "nothing left out": "Films the user has rated came up: they have to be left out.",
    "films of another user": "The films that another user rated were left out: user_id is not a "
    "user_index in `train` either.",
    "user id as row": "The scores of the wrong user were taken: user_id is not a row of `scores`.",
    "item id as column": "The wrong films were left out: item_id is not a column of `scores`.",
    "seen set to zero": "A film the user has rated came up: a score of 0 beats a negative one.",
    "worst first": "The list holds the worst films: np.argsort puts the smallest first.",
    "column as item id": "The titles are of other films: a column of `scores` is not an item_id.",
}


def course_recommend(user_id, scores, train, users, items, k):
    """Return the titles of the k best films that a user has not rated in the training part."""
    return _recommend(user_id, scores, train, users, items, k, bugs=())


def _recommend(user_id, scores, train, users, items, k, bugs):
    """Recommend with some bugs left in, so that a wrong list can be told by what it holds."""
    row = users.set_index("user_id").loc[user_id, "user_index"]
    row = user_id if "user id as row" in bugs else row
    seen_key = "item_id" if "item id as column" in bugs else "item_index"
    title_key = "item_id" if "column as item id" in bugs else "item_index"
    user_scores = np.array(scores[row], dtype=float)
    user_key = "user_index" if "films of another user" in bugs else "user_id"
    seen = train.loc[train[user_key] == user_id, seen_key]
    if "nothing left out" not in bugs:
        user_scores[seen] = 0.0 if "seen set to zero" in bugs else -np.inf
    best = np.argsort(user_scores if "worst first" in bugs else -user_scores)[:k]
    return items.set_index(title_key).loc[best, "title"].tolist()


def _recommend_case():
    """Return a small catalog in which each set of bugs gives a list of its own.

    Ids are the indices in another order: mixing them up raises no error, as in real life.
    """
    rng = np.random.default_rng(74)
    users = pd.DataFrame({"user_id": [3, 5, 4, 0, 1, 2], "user_index": np.arange(6)})
    items = pd.DataFrame({"item_id": rng.permutation(30), "item_index": np.arange(30)})
    items["title"] = [f"Film {chr(65 + place % 26)}{place // 26}" for place in range(30)]
    scores = rng.normal(-1.5, 1.0, (6, 30))
    seen = rng.random((6, 30)) < 0.3
    user_index, item_index = np.nonzero(seen)
    train = pd.DataFrame({"user_index": user_index, "item_index": item_index})
    train = train.merge(users, on="user_index").merge(items, on="item_index")
    train["rating"] = 4
    user_id = int(users["user_id"][2])
    return user_id, scores, train.drop(columns="title"), users, items


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
    some_user, *tables = _recommend_case()
    for user_id, k in [(some_user, 8), *((user_id, 3) for user_id in range(6))]:
        case = (user_id, *tables, k)
        titles, right = _titles(answer(*case)), course_recommend(*case)
        if titles != right:
            raise NotYet(_explain_titles(titles, right, case))


def _titles(result):
    is_list = hasattr(result, "__len__") and not isinstance(result, (str, dict, pd.DataFrame))
    if not is_list or not all(isinstance(title, str) for title in result):
        raise NotYet(f"Return a list of titles, each a str. Yours returned {show(result)}.")
    return list(result)


def _explain_titles(titles, right, case):
    for number in range(1, len(BUGS) + 1):
        for bugs in combinations(BUGS, number):
            if titles == _recommend(*case, bugs=bugs):
                left = "1 mistake is left." if number == 1 else f"{number} mistakes are left."
                return f"{left} {BUGS[bugs[0]]}"
    if sorted(titles) == sorted(right):
        return f"The right films in the wrong order. Best first:\n{right}\nyours gave\n{titles}"
    if len(titles) != len(right):
        return f"Asked for k = {len(right)} titles; yours gave {len(titles)}:\n{titles}"
    return (
        f"For user_id {case[0]} of this test the list should be\n{right}\nyours gave\n{titles}\n"
        "Mind that in the test ids come in any order: an index cannot be computed as id - 1."
    )
