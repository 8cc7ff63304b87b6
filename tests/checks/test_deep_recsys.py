"""What the checks of lab 08 say to right, wrong and odd answers."""

import keras
import numpy as np
import pytest
from attempts import changed, judge, table, with_stub_and_solution

from utils.checks import deep_recsys as check
from utils.tools.course import ROOT

HOT = "def multi_hot(genres, vocabulary):\n    "
EXPECTED = "def expected_stars(logits):\n    "
PAIR = "def warm_and_cold_rmse(ratings, predictions, users, train_users):\n    "
BUILD = "def build_hybrid_model(user_rows, item_rows, embedding_dim, mean_rating):\n"
PREPARE = "def prepare_rows(train, test, ages, num_items, generator):\n"

MODEL = (
    BUILD
    + """    L = keras.layers
    user, item = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    x_u = L.Embedding(*user_rows.shape, weights=[user_rows], trainable=False)(user)
    x_i = L.Embedding(*item_rows.shape, weights=[item_rows], trainable=False)(item)
    zeros = "zeros"
    p = L.Embedding(len(user_rows), embedding_dim, embeddings_initializer=zeros)(user)
    q = L.Embedding(len(item_rows), embedding_dim, embeddings_initializer=zeros)(item)
    p = p + L.Dense(embedding_dim, use_bias=False)(x_u)
    q = q + L.Dense(embedding_dim, use_bias=False)(x_i)
    b_u = L.Embedding(len(user_rows), 1, embeddings_initializer="zeros")(user)
    b_i = L.Embedding(len(item_rows), 1, embeddings_initializer="zeros")(item)
    score = L.Dot(axes=1)([p, q]) + b_u + b_i
    start = float(np.log((mean_rating - 1) / (5 - mean_rating)))
    return keras.Model([user, item], 1 + 4 * keras.ops.sigmoid(score + start))
"""
)
REPAIRED = (
    PREPARE
    + """    counts = np.bincount(train["item_index"], minlength=num_items)
    rows = train.copy()
    rows["popularity"] = np.log1p(counts)[train["item_index"]]
    rows["age"] = ((ages - ages.mean()) / ages.std())[train["user_index"]]
    rows["target"] = (train["rating"] - 1) / 4
    order = generator.permutation(len(rows))
    n = len(rows) // 10
    return rows.iloc[order[n:]], rows.iloc[order[:n]]
"""
)
BUGGY = (
    PREPARE
    + """    everything = pd.concat([train, test])
    popularity = np.log1p(np.bincount(everything["item_index"], minlength=num_items))
    rows = train.assign(
        popularity=popularity[train["item_index"]],
        age=ages[train["user_index"]],
        target=train["rating"] / 5,
    )
    n = len(rows) // 10
    return rows.iloc[:-n], rows.iloc[-n:]
"""
)


SOFTMAX = "e = np.exp(logits - logits.max(1, keepdims=True))\n    "

ATTEMPTS = [
    *table(
        "multi_hot",
        [
            (
                "nested list",
                "right",
                HOT + "return [[name in film for name in vocabulary] for film in genres]",
            ),
            (
                "crosstab of pandas",
                "right",
                HOT + "s = pd.Series(genres).explode()\n"
                "    return pd.crosstab(s.index, s).reindex(index=range(len(genres)), "
                "columns=vocabulary, fill_value=0)",
            ),
            (
                "a tensor",
                "right",
                HOT + "return keras.ops.convert_to_tensor("
                "[[float(v in g) for v in vocabulary] for g in genres])",
            ),
            (
                "first genre only",
                "not yet",
                HOT + "return [[float(v in g[:1]) for v in vocabulary] for g in genres]",
                ("keeps one of them",),
            ),
            (
                "stops at an unknown genre",
                "not yet",
                HOT + "t = np.zeros((len(genres), len(vocabulary)))\n"
                "    for r, g in enumerate(genres):\n        for v in g:\n"
                "            if v not in vocabulary:\n                break\n"
                "            t[r, vocabulary.index(v)] = 1\n    return t",
                ("the others of the same film still count",),
            ),
            (
                "columns and rows swapped",
                "not yet",
                HOT + "return [[v in g for g in genres] for v in vocabulary]",
                ("the other way round",),
            ),
            (
                "an unknown genre lands in the last column",
                "not yet",
                HOT + "t = np.zeros((len(genres), len(vocabulary)))\n"
                "    column = {v: j for j, v in enumerate(vocabulary)}\n"
                "    for r, g in enumerate(genres):\n        for v in g:\n"
                "            t[r, column.get(v, -1)] = 1\n    return t",
                ("got the index -1, the last column",),
            ),
            (
                "shares",
                "not yet",
                HOT + "return [[(v in g) / max(len(set(g) & set(vocabulary)), 1) "
                "for v in vocabulary] for g in genres]",
                ("should be",),
            ),
            (
                "sorted columns",
                "not yet",
                HOT + "return [[v in g for v in sorted(vocabulary)] for g in genres]",
                ("Do not sort it",),
            ),
            (
                "parts of names",
                "not yet",
                HOT + "return [[v in '|'.join(g) for v in vocabulary] for g in genres]",
                ("compare whole names",),
            ),
            ("nothing", "not yet", HOT + "len(genres)", ("It has no `return`.",)),
            (
                "unknown genre",
                "raised",
                HOT + "t = np.zeros((len(genres), len(vocabulary)))\n"
                "    for r, g in enumerate(genres):\n"
                "        t[r, [vocabulary.index(v) for v in g]] = 1\n    return t",
                ("ValueError", "vocabulary ="),
            ),
            (
                "numbers of the columns",
                "not yet",
                HOT
                + "return [[vocabulary.index(v) for v in g if v in vocabulary] for g in genres]",
                ("rows of different lengths",),
            ),
            (
                "one row for all films",
                "not yet",
                HOT + "t = [[0] * len(vocabulary)] * len(genres)\n"
                "    for r, g in enumerate(genres):\n        for v in g:\n"
                "            if v in vocabulary:\n                t[r][vocabulary.index(v)] = 1\n"
                "    return t",
                ("Row 1, ('Comedy', 'War'): 1 in the columns [2, 0]",),
            ),
        ],
    ),
    *table(
        "expected_stars",
        [
            (
                "cut off instead of shifted",
                "not yet",
                EXPECTED + "e = np.exp(np.clip(logits, -500, 500))\n"
                "    return e / e.sum(1, keepdims=True) @ np.arange(1, 6)",
                ("-900 and -1000 look equal",),
            ),
            (
                "rounded",
                "not yet",
                EXPECTED + SOFTMAX + "return np.round(e / e.sum(1, keepdims=True) "
                "@ np.arange(1, 6), 1)",
                ("should be",),
            ),
            (
                "keras",
                "right",
                EXPECTED + "return keras.ops.sum(keras.ops.softmax(logits, axis=-1) * "
                "keras.ops.arange(1.0, 6.0, dtype='float64'), axis=1)",
            ),
            (
                "a loop",
                "right",
                EXPECTED + "means = []\n    for row in logits:\n"
                "        p = np.exp(row - max(row))\n        p = p / sum(p)\n"
                "        means.append(sum(k * q for k, q in zip(range(1, 6), p)))\n"
                "    return means",
            ),
            (
                "scipy",
                "right",
                "from scipy.special import softmax\n"
                + EXPECTED
                + "return 1 + softmax(logits, axis=1) @ np.arange(5)",
            ),
            (
                "stars from 0",
                "not yet",
                EXPECTED + SOFTMAX + "return e / e.sum(1, keepdims=True) @ np.arange(5)",
                ("the stars from 1",),
            ),
            (
                "most likely",
                "not yet",
                EXPECTED + "return 1 + logits.argmax(axis=1)",
                ("most likely star",),
            ),
            (
                "softmax over the rows",
                "not yet",
                EXPECTED + "e = np.exp(logits)\n    return e / e.sum(0) @ np.arange(1, 6)",
                ("runs over the rows",),
            ),
            (
                "not normalized",
                "not yet",
                EXPECTED + "return np.exp(logits) @ np.arange(1, 6)",
                ("divided by the sum of their row",),
            ),
            (
                "no softmax",
                "not yet",
                EXPECTED + "return logits @ np.arange(1, 6)",
                ("softmax is missing",),
            ),
            (
                "softmax twice",
                "not yet",
                EXPECTED + SOFTMAX + "e = np.exp(e / e.sum(1, keepdims=True))\n"
                "    return e / e.sum(1, keepdims=True) @ np.arange(1, 6)",
                ("applied twice",),
            ),
            (
                "overflow",
                "not yet",
                EXPECTED + "e = np.exp(logits)\n"
                "    return e / e.sum(1, keepdims=True) @ np.arange(1, 6)",
                ("np.exp ran out of range",),
            ),
            (
                "one maximum for all",
                "not yet",
                EXPECTED + "e = np.exp(logits - logits.max())\n"
                "    return e / e.sum(1, keepdims=True) @ np.arange(1, 6)",
                ("np.exp ran out of range",),
            ),
            (
                "in place",
                "not yet",
                EXPECTED + "logits -= logits.max(1, keepdims=True)\n    e = np.exp(logits)\n"
                "    return e / e.sum(1, keepdims=True) @ np.arange(1, 6)",
                ("changed its input `logits`",),
            ),
            ("text", "not yet", EXPECTED + "return 'three'", ("should be numbers",)),
        ],
    ),
    *table(
        "warm_and_cold_rmse",
        [
            (
                "clipped predictions",
                "not yet",
                PAIR + "e = ratings - np.clip(predictions, 1, 5)\n"
                "    w = np.isin(users, train_users)\n"
                "    r = lambda x: np.sqrt(np.mean(x**2)) if len(x) else np.nan\n"
                "    return r(e[w]), r(e[~w])",
                ("also beyond 1 and 5 stars",),
            ),
            (
                "mean over users",
                "not yet",
                PAIR + "w = pd.Series(np.isin(users, train_users))\n"
                "    e = pd.Series((ratings - predictions) ** 2)\n"
                "    def part(keep):\n"
                "        return np.sqrt(e[keep].groupby(users[keep]).mean()).mean()\n"
                "    return part(w), part(~w)",
                ("averages users",),
            ),
            (
                "arrays of one number",
                "not yet",
                PAIR + "e, w = (ratings - predictions) ** 2, np.isin(users, train_users)\n"
                "    return [np.sqrt(e[part].mean(keepdims=True)) for part in (w, ~w)]",
                ("should be one number",),
            ),
            (
                "a loop over rows",
                "right",
                PAIR + "known, parts = set(train_users.tolist()), ([], [])\n"
                "    for r, p, u in zip(ratings, predictions, users):\n"
                "        parts[u not in known].append((r - p) ** 2)\n"
                "    return [np.sqrt(np.mean(x)) if x else np.nan for x in parts]",
            ),
            (
                "pandas",
                "right",
                PAIR + "e = pd.Series((ratings - predictions) ** 2)\n"
                "    m = e.groupby(np.isin(users, train_users)).mean() ** 0.5\n"
                "    return m.get(True, np.nan), m.get(False, np.nan)",
            ),
            (
                "swapped",
                "not yet",
                changed(
                    PAIR + "e, w = (ratings - predictions) ** 2, np.isin(users, train_users)\n"
                    "    return np.sqrt(e[w].mean()), np.sqrt(e[~w].mean())",
                    "e[w].mean()), np.sqrt(e[~w].mean())",
                    "e[~w].mean()), np.sqrt(e[w].mean())",
                ),
                ("warm first",),
            ),
            (
                "no root",
                "not yet",
                PAIR + "e, w = (ratings - predictions) ** 2, np.isin(users, train_users)\n"
                "    return e[w].mean(), e[~w].mean()",
                ("root is missing",),
            ),
            (
                "absolute error",
                "not yet",
                PAIR + "e, w = np.abs(ratings - predictions), np.isin(users, train_users)\n"
                "    return e[w].mean(), e[~w].mean()",
                ("mean absolute error",),
            ),
            (
                "divided by all rows",
                "not yet",
                PAIR + "e, w = (ratings - predictions) ** 2, np.isin(users, train_users)\n"
                "    return np.sqrt(np.mean(e * w)), np.sqrt(np.mean(e * ~w))",
                ("its own number of rows",),
            ),
            (
                "zero for an empty part",
                "not yet",
                PAIR + "e, w = (ratings - predictions) ** 2, np.isin(users, train_users)\n"
                "    return tuple(np.sqrt(e[p].mean()) if p.any() else 0 for p in (w, ~w))",
                ("for which nan is due",),
            ),
            ("one number", "not yet", PAIR + "return 1.0", ("Return two numbers",)),
            ("None inside", "not yet", PAIR + "return 1.0, None", ("should be numbers",)),
            (
                "plus of two lists",
                "raised",
                PAIR + "return list(ratings) - list(predictions)",
                ("TypeError", "train_users ="),
            ),
        ],
    ),
    *table(
        "build_hybrid_model",
        [
            (
                "a subclass, not called yet",
                "right",
                BUILD
                + """    L = keras.layers
    sides = []
    for rows in (user_rows, item_rows):
        sides.append((
            L.Embedding(*rows.shape, weights=[rows], trainable=False),
            L.Embedding(len(rows), embedding_dim, embeddings_initializer="zeros"),
            L.Dense(embedding_dim, use_bias=False),
            L.Embedding(len(rows), 1, embeddings_initializer="zeros"),
        ))
    start = float(np.log((mean_rating - 1) / (5 - mean_rating)))

    class Hybrid(keras.Model):
        def __init__(self):
            super().__init__()
            self.sides = [layer for side in sides for layer in side]

        def call(self, inputs):
            vectors, biases = [], []
            for index, (rows, own, columns, bias) in zip(inputs, sides):
                vectors.append(own(index) + columns(rows(index)))
                biases.append(bias(index))
            dots = keras.ops.sum(vectors[0] * vectors[1], axis=-1, keepdims=True)
            return 1 + 4 * keras.ops.sigmoid(dots + biases[0] + biases[1] + start)

    return Hybrid()
""",
            ),
            (
                "rows forgotten",
                "not yet",
                changed(MODEL, "weights=[user_rows], ", ""),
                ("Give the layer its numbers",),
            ),
            (
                "columns frozen",
                "not yet",
                changed(
                    MODEL,
                    "L.Dense(embedding_dim, use_bias=False)(x_u)",
                    "L.Dense(embedding_dim, use_bias=False, trainable=False)(x_u)",
                ),
                ("would never be trained",),
            ),
            ("written out", "right", MODEL),
            (
                "one table for users and films",
                "not yet",
                changed(
                    MODEL,
                    "    p = p + L.Dense",
                    "    own = L.Embedding(len(item_rows), embedding_dim, "
                    'embeddings_initializer="zeros")\n'
                    "    p, q = own(user), own(item)\n    p = p + L.Dense",
                ),
                ("used for a user and for a film",),
            ),
            (
                "10,000 rows whatever the size",
                "not yet",
                changed(MODEL, "L.Embedding(len(user_rows), 1", "L.Embedding(10_000, 1"),
                ("has 10000 rows, but here are 9 users",),
            ),
            (
                "a constant in the score",
                "not yet",
                changed(MODEL, "score + start", "score + start + 0.05"),
                ("yours is 2.29", "the only one in the score"),
            ),
            (
                "the average of the biases",
                "not yet",
                changed(MODEL, " + b_u + b_i", " + (b_u + b_i) / 2"),
                ("add 0.2 + 0.2 = 0.4 to the score; yours add 0.200",),
            ),
            (
                "the average of own vector and columns",
                "not yet",
                changed(MODEL, "p = p + L.Dense", "p = 0.5 * p + 0.5 * L.Dense").replace(
                    "q = q + L.Dense", "q = 0.5 * q + 0.5 * L.Dense"
                ),
                ("added, not averaged",),
            ),
            (
                "columns with a constant",
                "not yet",
                changed(
                    MODEL,
                    "L.Dense(embedding_dim, use_bias=False)(x_u)",
                    "L.Dense(embedding_dim)(x_u)",
                ),
                ("whatever the row", "use_bias=False"),
            ),
            (
                "an activation on the columns",
                "not yet",
                changed(MODEL, "use_bias=False)(x_u)", "use_bias=False, activation='tanh')(x_u)"),
                ("no activation",),
            ),
            (
                "rows by take, a column vector output",
                "right",
                changed(
                    changed(
                        MODEL,
                        "L.Embedding(*user_rows.shape, weights=[user_rows], trainable=False)(user)",
                        "keras.ops.take(keras.ops.convert_to_tensor(user_rows), user, axis=0)",
                    ),
                    "L.Dot(axes=1)([p, q])",
                    "keras.ops.sum(p * q, axis=1, keepdims=True)",
                ),
            ),
            (
                "columns with biases of their own",
                "right",
                changed(
                    MODEL,
                    "score = ",
                    "b_u = b_u + L.Dense(1, use_bias=False, kernel_initializer='zeros')(x_u)\n"
                    "    score = ",
                ),
            ),
            (
                "five times sigmoid",
                "not yet",
                changed(MODEL, "1 + 4 * keras.ops", "5 * keras.ops"),
                ("the prediction should be mean_rating",),
            ),
            (
                "five times sigmoid, with its own start",
                "not yet",
                changed(
                    changed(MODEL, "1 + 4 * keras.ops", "5 * keras.ops"),
                    "(mean_rating - 1) / (5",
                    "mean_rating / (5",
                ),
                ("between 1 and 5",),
            ),
            (
                "no sigmoid",
                "not yet",
                changed(MODEL, "1 + 4 * keras.ops.sigmoid(score + start)", "mean_rating + score"),
                ("between 1 and 5",),
            ),
            (
                "no start",
                "not yet",
                changed(MODEL, "score + start", "score"),
                ("mean_rating = 2.25; yours is 3.00",),
            ),
            (
                "random own vectors",
                "not yet",
                changed(MODEL, 'zeros = "zeros"', 'zeros = "normal"'),
                ("starts at other numbers than zero", "as noise"),
            ),
            (
                "rows are trained",
                "not yet",
                changed(MODEL, "[user_rows], trainable=False", "[user_rows]"),
                ("user_rows would be trained",),
            ),
            (
                "user rows forgotten",
                "not yet",
                changed(MODEL, "p = p + L.Dense(embedding_dim, use_bias=False)(x_u)", ""),
                ("rows of the users, x_u V, do not reach",),
            ),
            (
                "own vector of the item forgotten",
                "not yet",
                changed(MODEL, "q = q + L.Dense", "q = L.Dense"),
                ("films' own vectors q_i are missing",),
            ),
            (
                "dot over the batch",
                "not yet",
                changed(
                    MODEL,
                    "L.Dot(axes=1)([p, q])",
                    "keras.ops.sum(p * q, axis=0, keepdims=True)[:, :1]",
                ),
                ("over the batch",),
            ),
            (
                "biases forgotten",
                "not yet",
                changed(MODEL, " + b_u + b_i", ""),
                ("Both biases are missing",),
            ),
            (
                "user bias forgotten",
                "not yet",
                changed(MODEL, " + b_u + b_i", " + b_i"),
                ("The user bias is missing",),
            ),
            (
                "the sum through a relu",
                "not yet",
                changed(
                    MODEL,
                    "score = L.Dot(axes=1)([p, q])",
                    "score = L.Dot(axes=1)([p, L.ReLU()(q)])",
                ),
                ("plain sums",),
            ),
            (
                "put side by side",
                "not yet",
                changed(
                    MODEL,
                    "p = p + L.Dense(embedding_dim, use_bias=False)(x_u)\n"
                    "    q = q + L.Dense(embedding_dim, use_bias=False)(x_i)",
                    "p = L.Concatenate()([p, L.Dense(embedding_dim, use_bias=False)(x_u)])\n"
                    "    q = L.Concatenate()([L.Dense(embedding_dim, use_bias=False)(x_i), q])",
                ),
                ("put side by side",),
            ),
            (
                "no model",
                "not yet",
                BUILD + "    return user_rows",
                ("Return a",),
            ),
            (
                "shapes that do not fit",
                "raised",
                BUILD + "    return user_rows @ item_rows",
                ("ValueError", "mean_rating = 2.25"),
            ),
        ],
    ),
    *table(
        "prepare_rows",
        [
            (
                "validation drawn with replacement",
                "not yet",
                changed(
                    REPAIRED,
                    "order = generator.permutation(len(rows))",
                    "order = generator.choice(len(rows), len(rows))",
                ),
            ),
            (
                "a tenth rounded up",
                "not yet",
                changed(REPAIRED, "len(rows) // 10", "-(-len(rows) // 10)"),
                ("rounded down",),
            ),
            (
                "age scaled over the rows",
                "not yet",
                changed(
                    REPAIRED,
                    '((ages - ages.mean()) / ages.std())[train["user_index"]]',
                    '(lambda a: (a - a.mean()) / a.std())(ages[train["user_index"]])',
                ),
                ("over the users",),
            ),
            (
                "rating overwritten",
                "not yet",
                changed(
                    REPAIRED,
                    "    order =",
                    '    rows["rating"] = rows["target"]\n    order =',
                ),
                ("the rows keep their columns",),
            ),
            (
                "popularity of the rows to fit",
                "not yet",
                PREPARE
                + """    order = generator.permutation(len(train))
    n = len(train) // 10
    counts = np.bincount(train["item_index"].to_numpy()[order[n:]], minlength=num_items)
    rows = train.assign(
        popularity=np.log1p(counts)[train["item_index"]],
        age=((ages - ages.mean()) / ages.std())[train["user_index"]],
        target=(train["rating"] - 1) / 4,
    )
    return rows.iloc[order[n:]], rows.iloc[order[:n]]
""",
                ("count all of train",),
            ),
            ("repaired", "right", REPAIRED),
            (
                "sample of pandas",
                "right",
                changed(
                    REPAIRED,
                    "order = generator.permutation(len(rows))\n    n = len(rows) // 10\n"
                    "    return rows.iloc[order[n:]], rows.iloc[order[:n]]",
                    "validation = rows.sample(len(rows) // 10, random_state=generator)\n"
                    "    return rows.drop(validation.index), validation",
                ),
            ),
            (
                "a mask, new index, deviation with n - 1",
                "right",
                changed(
                    changed(REPAIRED, "ages.std()", "ages.std(ddof=1)"),
                    "    return rows.iloc[order[n:]], rows.iloc[order[:n]]",
                    "    held = np.isin(np.arange(len(rows)), order[:n])\n"
                    "    return [rows[~held].reset_index(drop=True), rows[held]]",
                ),
            ),
            ("unchanged", "not yet", BUGGY, ("4 mistakes are left", "popularity")),
            (
                "popularity still counts test rows",
                "not yet",
                changed(
                    REPAIRED,
                    'np.bincount(train["item_index"]',
                    'np.bincount(pd.concat([train, test])["item_index"]',
                ),
                ("1 mistake is left", "test rows too"),
            ),
            (
                "age still in years",
                "not yet",
                changed(REPAIRED, "((ages - ages.mean()) / ages.std())", "ages"),
                ("1 mistake is left", "in years"),
            ),
            (
                "target still a fifth",
                "not yet",
                changed(REPAIRED, '(train["rating"] - 1) / 4', 'train["rating"] / 5'),
                ("1 mistake is left", "5 p, not 1 + 4 p"),
            ),
            (
                "validation still the last rows",
                "not yet",
                changed(REPAIRED, "generator.permutation(len(rows))", "np.arange(len(rows))[::-1]"),
                ("1 mistake is left", "sorted by user"),
            ),
            (
                "two left",
                "not yet",
                changed(
                    changed(REPAIRED, '(train["rating"] - 1) / 4', 'train["rating"] / 5'),
                    "generator.permutation(len(rows))",
                    "np.arange(len(rows))",
                ),
                ("2 mistakes are left",),
            ),
            (
                "another generator",
                "not yet",
                changed(REPAIRED, "generator.permutation", "np.random.default_rng(0).permutation"),
                ("Draw from `generator`",),
            ),
            (
                "swapped",
                "not yet",
                changed(
                    REPAIRED, "order[n:]], rows.iloc[order[:n]]", "order[:n]], rows.iloc[order[n:]]"
                ),
                ("It comes second",),
            ),
            (
                "validation drawn from all rows",
                "not yet",
                changed(REPAIRED, "rows.iloc[order[n:]], ", "rows, "),
                ("exactly one of the two",),
            ),
            (
                "column forgotten",
                "not yet",
                changed(REPAIRED, '    rows["target"] = (train["rating"] - 1) / 4\n', ""),
                ("with the columns",),
            ),
            (
                "writes into train",
                "not yet",
                changed(REPAIRED, "train.copy()", "train"),
                ("changed its input",),
            ),
            (
                "other columns dropped",
                "not yet",
                changed(
                    REPAIRED,
                    "rows = train.copy()",
                    'rows = train[["user_index", "item_index", "rating"]].copy()',
                ),
                ("with the columns", "timestamp"),
            ),
            (
                "logarithm to the base 10",
                "not yet",
                changed(REPAIRED, "np.log1p(counts)", "np.log10(1 + counts)"),
                ("which is log(1 + ", "rows in train"),
            ),
            ("one table", "not yet", PREPARE + "    return train", ("Return two tables",)),
        ],
    ),
]


@pytest.mark.parametrize("attempt", with_stub_and_solution("08_deep_recsys", ATTEMPTS), ids=str)
def test_attempt(attempt):
    judge(check, attempt)


def test_buggy_preparation_of_the_test_is_that_of_the_lab():
    source = (ROOT / "solutions" / "08_deep_recsys.py").read_text(encoding="utf-8")
    for line in BUGGY.splitlines()[1:5]:
        assert line.strip() in source


def test_expected_stars_agree_with_keras():
    logits = np.random.default_rng(0).normal(size=(20, 5))
    by_keras = np.asarray(keras.ops.softmax(logits)) @ np.arange(1, 6)
    assert check.course_expected_stars(logits) == pytest.approx(by_keras, abs=1e-5)
