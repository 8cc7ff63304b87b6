"""What the checks of lab 06 say to right, wrong and odd answers."""

from itertools import product

import numpy as np
import pytest
from attempts import Attempt, changed, judge, with_stub_and_solution

from utils.checks import matrix_factorization as check

PREDICT = "def predict_ratings(P, Q, bu, bi, mu, users, items):\n    "
STEP = "def sgd_step(p, q, e, rate, l2):\n    "
ALS = "def als_user(r, Q, l2):\n    "
BUILD = """
from keras import layers, ops
def build_biased_model(num_users, num_items, embedding_dim, mean_rating):
    user, item = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    p = layers.Embedding(num_users, embedding_dim)(user)
    q = layers.Embedding(num_items, embedding_dim)(item)
    bu = layers.Embedding(num_users, 1, embeddings_initializer="zeros")(user)
    bi = layers.Embedding(num_items, 1, embeddings_initializer="zeros")(item)
    dot = layers.Dot(axes=1)([p, q])
    """
RECOMMEND = """
def recommend(user_id, scores, train, users, items, k):
    user_index = users.loc[users["user_id"] == user_id, "user_index"].item()
    seen = train.loc[train["user_id"] == user_id, "item_index"]
    s = np.array(scores[user_index])
    s[seen] = -np.inf
    best = np.argsort(-s)[:k]
    return items.set_index("item_index").loc[best, "title"].tolist()
"""


def recommend_with(old, new):
    return changed(RECOMMEND, old, new)


ATTEMPTS = [
    # predict_ratings
    Attempt(
        "predict_ratings",
        "einsum",
        "right",
        PREDICT + "return mu + bu[users] + bi[items] + np.einsum('nd,nd->n', P[users], Q[items])",
    ),
    Attempt(
        "predict_ratings",
        "a loop, as a list",
        "right",
        PREDICT + "return [mu + bu[u] + bi[i] + P[u] @ Q[i] for u, i in zip(users, items)]",
    ),
    Attempt(
        "predict_ratings",
        "all scores, then picked",
        "right",
        PREDICT + "return (mu + bu[:, None] + bi + P @ Q.T)[users, items]",
    ),
    Attempt(
        "predict_ratings",
        "keras",
        "right",
        PREDICT + "return mu + bu[users] + bi[items] + keras.ops.sum(P[users] * Q[items], -1)",
    ),
    Attempt(
        "predict_ratings",
        "a series of single precision",
        "right",
        PREDICT + "dots = np.vecdot(P[users], Q[items])\n"
        "    return pd.Series(mu + bu[users] + bi[items] + dots, dtype='float32')",
    ),
    Attempt(
        "predict_ratings",
        "the diagonal of all with all",
        "not yet",
        PREDICT + "return mu + bu[users] + bi[items] + np.diag(P[users] @ Q[items].T)",
        ("The numbers are right", "32 MB", "row by row"),
    ),
    Attempt(
        "predict_ratings",
        "a column",
        "not yet",
        PREDICT + "dots = np.sum(P[users] * Q[items], axis=1, keepdims=True)\n"
        "    return mu + bu[users, None] + bi[items, None] + dots",
        ("users = [2 0]", "shape (2,); yours has (2, 1)"),
    ),
    Attempt(
        "predict_ratings",
        "the caller's biases change",
        "not yet",
        PREDICT + "bu += mu\n    return bu[users] + bi[items] + np.vecdot(P[users], Q[items])",
        ("changed its input `bu`",),
    ),
    Attempt(
        "predict_ratings",
        "no biases",
        "not yet",
        PREDICT + "return np.sum(P[users] * Q[items], axis=1)",
        ("The mean rating is missing. The user bias is missing. The item bias",),
    ),
    Attempt(
        "predict_ratings",
        "no mean",
        "not yet",
        PREDICT + "return bu[users] + bi[items] + np.sum(P[users] * Q[items], axis=1)",
        ("The mean rating is missing",),
    ),
    Attempt(
        "predict_ratings",
        "sum over the batch",
        "not yet",
        PREDICT + "return mu + bu[users] + bi[items] + np.sum(P[users] * Q[items], axis=0)",
        ("runs over the pairs of the batch", "axis="),
    ),
    Attempt(
        "predict_ratings",
        "matrix product of the batch",
        "not yet",
        PREDICT + "return mu + bu[users] + bi[items] + P[users] @ Q[items].T",
        ("shape (2,)", "every user with every item"),
    ),
    Attempt(
        "predict_ratings",
        "all users and items",
        "not yet",
        PREDICT + "return P @ Q.T + bu[:, None] + bi + mu",
        ("one rating a pair",),
    ),
    Attempt(
        "predict_ratings",
        "biases of the wrong rows",
        "raised",
        PREDICT + "return mu + bu[items] + bi[users]",
        ("IndexError", "line 2", "bu[items]"),
    ),
    # sgd_step
    Attempt(
        "sgd_step",
        "in-place on copies",
        "right",
        STEP + "a, b = p.copy(), q.copy()\n    a += rate * (e * q - l2 * p)\n"
        "    b += rate * (e * p - l2 * q)\n    return [a, b]",
    ),
    Attempt(
        "sgd_step",
        "one matrix, one product",
        "right",
        STEP + "keep, mix = 1 - rate * l2, rate * e\n"
        "    return np.array([[keep, mix], [mix, keep]]) @ np.stack([p, q])",
    ),
    Attempt(
        "sgd_step",
        "a list of single precision",
        "right",
        STEP + "new = [p + rate * (e * q - l2 * p), q + rate * (e * p - l2 * q)]\n"
        "    return [vector.astype('float32') for vector in new]",
    ),
    Attempt(
        "sgd_step",
        "in-place",
        "not yet",
        STEP + "old = p.copy()\n    p += rate * (e * q - l2 * p)\n"
        "    q += rate * (e * old - l2 * q)\n    return p, q",
        ("The result is right", "changed its input"),
    ),
    Attempt(
        "sgd_step",
        "new q first",
        "not yet",
        STEP + "return q + rate * (e * p - l2 * q), p + rate * (e * q - l2 * p)",
        ("the new p comes first",),
    ),
    Attempt(
        "sgd_step",
        "rate forgotten for the penalty",
        "not yet",
        STEP + "return p + rate * e * q - l2 * p, q + rate * e * p - l2 * q",
        ("belongs to the whole step",),
    ),
    Attempt(
        "sgd_step",
        "size of the error",
        "not yet",
        STEP + "e = abs(e)\n    return p + rate * (e * q - l2 * p), q + rate * (e * p - l2 * q)",
        ("e = -1.6", "keeps its sign"),
    ),
    Attempt(
        "sgd_step",
        "two times nothing",
        "not yet",
        STEP + "return None, None",
        ("Return two arrays", "(None, None)"),
    ),
    Attempt(
        "sgd_step",
        "weight decay form",
        "right",
        STEP + "c = 1 - rate * l2\n    return c * p + rate * e * q, c * q + rate * e * p",
    ),
    Attempt(
        "sgd_step",
        "new p in the step of q",
        "not yet",
        STEP + "p = p + rate * (e * q - l2 * p)\n    return p, q + rate * (e * p - l2 * q)",
        ("computed with the new p",),
    ),
    Attempt(
        "sgd_step",
        "up the gradient",
        "not yet",
        STEP + "return p - rate * (e * q - l2 * p), q - rate * (e * p - l2 * q)",
        ("up the gradient",),
    ),
    Attempt(
        "sgd_step",
        "no penalty",
        "not yet",
        STEP + "return p + rate * e * q, q + rate * e * p",
        ("penalty is missing",),
    ),
    Attempt(
        "sgd_step",
        "factor 2",
        "not yet",
        STEP + "return p + 2*rate*(e * q - l2 * p), q + 2*rate*(e * p - l2 * q)",
        ("factor 1/2",),
    ),
    Attempt(
        "sgd_step",
        "the change alone",
        "not yet",
        STEP + "return rate * (e * q - l2 * p), rate * (e * p - l2 * q)",
        ("change alone",),
    ),
    Attempt(
        "sgd_step",
        "one array",
        "not yet",
        STEP + "return p + rate * (e * q - l2 * p)",
        ("two arrays",),
    ),
    Attempt("sgd_step", "no return", "not yet", STEP + "p = p + rate * e * q", ("None", "return")),
    Attempt(
        "sgd_step",
        "new q in the step of p",
        "not yet",
        STEP + "q = q + rate * (e * p - l2 * q)\n    return p + rate * (e * q - l2 * p), q",
        ("computed with the new q",),
    ),
    Attempt(
        "sgd_step",
        "squared error",
        "not yet",
        STEP + "return p + rate * (e**2 * q - l2 * p), q + rate * (e**2 * p - l2 * q)",
        ("the error itself, not its square",),
    ),
    Attempt(
        "sgd_step",
        "the step of q without a penalty",
        "not yet",
        STEP + "return p + rate * (e * q - l2 * p), q + rate * e * p",
        ("For q: the error times p, times the rate, is [ 0.117", "the penalty adds [-0.012"),
    ),
    # als_user
    Attempt(
        "als_user",
        "inverse",
        "right",
        ALS + "return np.linalg.inv(Q.T @ Q + len(r) * l2 * np.eye(Q.shape[1])) @ Q.T @ r",
    ),
    Attempt(
        "als_user",
        "least squares with extra rows",
        "right",
        ALS + "n, d = Q.shape\n    A = np.vstack([Q, np.sqrt(n * l2) * np.eye(d)])\n"
        "    return np.linalg.lstsq(A, np.append(r, np.zeros(d)), rcond=None)[0]",
    ),
    Attempt(
        "als_user",
        "scikit-learn",
        "right",
        "from sklearn.linear_model import Ridge\n"
        + ALS
        + "return Ridge(alpha=len(r) * l2, fit_intercept=False, tol=1e-10).fit(Q, r).coef_",
    ),
    Attempt(
        "als_user",
        "a matrix of n x n",
        "right",
        ALS + "n = len(r)\n    return Q.T @ np.linalg.solve(Q @ Q.T + n * l2 * np.eye(n), r)",
    ),
    Attempt(
        "als_user",
        "a column",
        "not yet",
        ALS + "A = Q.T @ Q + len(r) * l2 * np.eye(Q.shape[1])\n"
        "    return np.linalg.solve(A, (Q.T @ r)[:, None])",
        ("without a second axis", "shape (2,); yours has (2, 1)"),
    ),
    Attempt(
        "als_user",
        "penalty once",
        "not yet",
        ALS + "return np.linalg.solve(Q.T @ Q + l2 * np.eye(Q.shape[1]), Q.T @ r)",
        ("once per rating",),
    ),
    Attempt(
        "als_user",
        "penalty on every entry",
        "not yet",
        ALS + "return np.linalg.solve(Q.T @ Q + len(r) * l2, Q.T @ r)",
        ("diagonal", "np.eye"),
    ),
    Attempt(
        "als_user",
        "no penalty",
        "not yet",
        ALS + "return np.linalg.lstsq(Q, r, rcond=None)[0]",
        ("penalty is missing",),
    ),
    Attempt(
        "als_user",
        "number of factors",
        "not yet",
        ALS + "d = Q.shape[1]\n    return np.linalg.solve(Q.T @ Q + d * l2 * np.eye(d), Q.T @ r)",
        ("number of factors",),
    ),
    Attempt(
        "als_user",
        "Q Q^T",
        "raised",
        ALS + "return np.linalg.solve(Q @ Q.T + len(r) * l2 * np.eye(len(r)), Q.T @ r)",
        ("ValueError", "line 2"),
    ),
    Attempt(
        "als_user",
        "columns one by one",
        "not yet",
        ALS + "return Q.T @ r / ((Q**2).sum(axis=0) + len(r) * l2)",
        ("columns of Q are not orthogonal",),
    ),
    Attempt(
        "als_user",
        "scikit-learn with an intercept",
        "not yet",
        "from sklearn.linear_model import Ridge\n"
        + ALS
        + "return Ridge(alpha=len(r) * l2).fit(Q, r).coef_",
        ("fits an intercept",),
    ),
    Attempt(
        "als_user",
        "penalty on the right-hand side",
        "not yet",
        ALS + "return np.linalg.solve(Q.T @ Q, Q.T @ r + len(r) * l2)",
        ("n lambda = 3 * 0.3 = 0.9 is added to its diagonal",),
    ),
    # build_biased_model
    Attempt(
        "build_biased_model",
        "inputs of shape (1,) and Flatten",
        "right",
        """
from keras import layers
def build_biased_model(num_users, num_items, embedding_dim, mean_rating):
    user, item = keras.Input((1,)), keras.Input((1,))
    def rows(size, dim, index):
        return layers.Flatten()(layers.Embedding(size, dim)(index))
    p, q = rows(num_users, embedding_dim, user), rows(num_items, embedding_dim, item)
    dot = layers.Dot(1)([p, q])
    total = layers.Add()([dot, rows(num_users, 1, user), rows(num_items, 1, item)])
    return keras.Model([user, item], layers.Lambda(lambda x: x + mean_rating)(total))
""",
    ),
    Attempt(
        "build_biased_model",
        "a subclass, ratings of shape (batch,)",
        "right",
        """
from keras import layers, ops
class MF(keras.Model):
    def __init__(self, n, m, d, mean):
        super().__init__()
        self.p, self.q = layers.Embedding(n, d), layers.Embedding(m, d)
        self.bu, self.bi = layers.Embedding(n, 1), layers.Embedding(m, 1)
        self.mean = mean
    def call(self, inputs):
        u, i = inputs
        dot = ops.sum(self.p(u) * self.q(i), axis=-1)
        return self.mean + self.bu(u)[:, 0] + self.bi(i)[:, 0] + dot
def build_biased_model(num_users, num_items, embedding_dim, mean_rating):
    return MF(num_users, num_items, embedding_dim, mean_rating)
""",
    ),
    Attempt(
        "build_biased_model",
        "the bias as one more column",
        "right",
        """
from keras import layers, ops
def build_biased_model(num_users, num_items, embedding_dim, mean_rating):
    user, item = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    p = layers.Embedding(num_users, embedding_dim + 1)(user)
    q = layers.Embedding(num_items, embedding_dim + 1)(item)
    dot = ops.sum(p[:, 1:] * q[:, 1:], axis=1)
    return keras.Model([user, item], dot + p[:, 0] + q[:, 0] + mean_rating)
""",
    ),
    Attempt(
        "build_biased_model",
        "sum of products, regularized",
        "right",
        BUILD.replace(
            "(num_users, embedding_dim)",
            "(num_users, embedding_dim, activity_regularizer=keras.regularizers.L2(0.1))",
        )
        + "return keras.Model([user, item], layers.Dot(1)([q, p]) + bi + bu + mean_rating)",
    ),
    Attempt(
        "build_biased_model",
        "large random start",
        "right",
        BUILD.replace("embedding_dim)(", "embedding_dim, embeddings_initializer='he_normal')(")
        + "return keras.Model([user, item], dot + bu + bi + mean_rating)",
    ),
    Attempt(
        "build_biased_model",
        "tables a row too long, dropout",
        "right",
        BUILD.replace("Embedding(num_users", "Embedding(num_users + 1")
        + "dot = layers.Dot(axes=1)([layers.Dropout(0.3)(p), q])\n"
        "    return keras.Model([user, item], dot + bu + bi + mean_rating)",
    ),
    Attempt(
        "build_biased_model",
        "the mean as a fixed weight",
        "right",
        BUILD
        + """start = keras.initializers.Constant(mean_rating)
    mean = layers.Embedding(1, 1, start, trainable=False)
    return keras.Model([user, item], dot + bu + bi + mean(0 * user))
""",
    ),
    Attempt(
        "build_biased_model",
        "the mean as the start of a bias",
        "right",
        BUILD.replace('"zeros")(user)', "keras.initializers.Constant(mean_rating))(user)")
        + "return keras.Model([user, item], dot + bu + bi)",
    ),
    Attempt(
        "build_biased_model",
        "the numbers of the example",
        "not yet",
        BUILD + "return keras.Model([user, item], dot + bu + bi + 3.5)",
        ("With all tables at 0", "yours is 3.50"),
    ),
    Attempt(
        "build_biased_model",
        "the mean as an int",
        "not yet",
        BUILD + "return keras.Model([user, item], dot + bu + bi + int(mean_rating))",
        ("With all tables at 0", "yours is 2.00"),
    ),
    Attempt(
        "build_biased_model",
        "a cosine",
        "not yet",
        BUILD.replace("axes=1)", "axes=1, normalize=True)")
        + "return keras.Model([user, item], dot + bu + bi + mean_rating)",
        ("plain sum", "no cosine"),
    ),
    Attempt(
        "build_biased_model",
        "a mean over the factors",
        "not yet",
        BUILD + "dot = ops.mean(p * q, axis=1, keepdims=True)\n"
        "    return keras.Model([user, item], dot + bu + bi + mean_rating)",
        ("the dot product of 4 factors is 4; yours is 1.00",),
    ),
    Attempt(
        "build_biased_model",
        "a frozen table",
        "not yet",
        BUILD.replace("(num_users, embedding_dim)", "(num_users, embedding_dim, trainable=False)")
        + "return keras.Model([user, item], dot + bu + bi + mean_rating)",
        ("did not move", "of shape (8, 4)", "trainable=False"),
    ),
    Attempt(
        "build_biased_model",
        "three axes",
        "not yet",
        BUILD + "return keras.Model([user, item], (dot + bu + bi + mean_rating)[:, :, None])",
        ("(96, 1) or (96,)", "(96, 1, 1)"),
    ),
    Attempt(
        "build_biased_model",
        "no biases",
        "not yet",
        BUILD + "return keras.Model([user, item], dot + mean_rating)",
        ("Both biases are missing",),
    ),
    Attempt(
        "build_biased_model",
        "no item bias",
        "not yet",
        BUILD + "return keras.Model([user, item], dot + bu + mean_rating)",
        ("The item bias is missing",),
    ),
    Attempt(
        "build_biased_model",
        "no user bias",
        "not yet",
        BUILD + "return keras.Model([user, item], dot + bi + mean_rating)",
        ("The user bias is missing",),
    ),
    Attempt(
        "build_biased_model",
        "no mean",
        "not yet",
        BUILD + "return keras.Model([user, item], dot + bu + bi)",
        ("yours is 0.00", "Is mean_rating added"),
    ),
    Attempt(
        "build_biased_model",
        "no dot product",
        "not yet",
        BUILD + "return keras.Model([user, item], bu + bi + mean_rating)",
        ("dot product of the factors does not reach",),
    ),
    Attempt(
        "build_biased_model",
        "dot over the batch",
        "not yet",
        BUILD + "return keras.Model([user, item], ops.tensordot(p, q, 2) + bu + bi + mean_rating)",
        ("changes with the other pairs", "axes"),
    ),
    Attempt(
        "build_biased_model",
        "all with all",
        "not yet",
        BUILD
        + "return keras.Model([user, item], ops.matmul(p, ops.transpose(q)) + bu + mean_rating)",
        ("96 ratings",),
    ),
    Attempt(
        "build_biased_model",
        "relu at the end",
        "not yet",
        BUILD + "return keras.Model([user, item], ops.relu(dot + bu + bi + mean_rating))",
        ("activation",),
    ),
    Attempt(
        "build_biased_model",
        "another embedding_dim",
        "not yet",
        BUILD.replace("embedding_dim)(", "2)(")
        + "return keras.Model([user, item], dot + bu + bi + mean_rating)",
        ("2 factors", "embedding_dim used for both"),
    ),
    Attempt(
        "build_biased_model",
        "factors start at zero",
        "not yet",
        BUILD.replace("embedding_dim)(", "embedding_dim, embeddings_initializer='zeros')(")
        + "return keras.Model([user, item], dot + bu + bi + mean_rating)",
        ("did not move", "zero gradient"),
    ),
    Attempt(
        "build_biased_model",
        "inputs swapped",
        "not yet",
        BUILD + "return keras.Model([item, user], dot + bu + bi + mean_rating)",
        ("in this order",),
    ),
    Attempt(
        "build_biased_model",
        "no model",
        "not yet",
        BUILD + "return dot + bu + bi + mean_rating",
        ("Return a keras.Model",),
    ),
    Attempt(
        "build_biased_model",
        "a misspelled layer",
        "raised",
        BUILD + "return keras.Model([user, item], layers.Sum()([dot, bu]))",
        ("AttributeError", "num_users = 8"),
    ),
    Attempt(
        "build_biased_model",
        "one table with the films behind the users",
        "right",
        BUILD
        + """rows = layers.Embedding(num_users + num_items, embedding_dim)
    dot = layers.Dot(axes=1)([rows(user), rows(item + num_users)])
    return keras.Model([user, item], dot + bu + bi + mean_rating)
""",
    ),
    Attempt(
        "build_biased_model",
        "one table for users and films",
        "not yet",
        BUILD
        + """rows = layers.Embedding(max(num_users, num_items), embedding_dim)
    dot = layers.Dot(axes=1)([rows(user), rows(item)])
    return keras.Model([user, item], dot + bu + bi + mean_rating)
""",
        ("used for a user and for a film", "tables of their own"),
    ),
    Attempt(
        "build_biased_model",
        "one bias for both",
        "not yet",
        BUILD
        + """bias = layers.Embedding(num_items, 1)
    return keras.Model([user, item], dot + bias(user) + bias(item) + mean_rating)
""",
        ("of shape (12, 1) is used for a user and for a film",),
    ),
    Attempt(
        "build_biased_model",
        "10,000 rows whatever the size",
        "not yet",
        BUILD.replace("Embedding(num_users", "Embedding(10_000")
        + "return keras.Model([user, item], dot + bu + bi + mean_rating)",
        ("has 10000 rows, but here are 8 users",),
    ),
    Attempt(
        "build_biased_model",
        "a constant in the score",
        "not yet",
        BUILD + "return keras.Model([user, item], dot + bu + bi + mean_rating + 0.1)",
        ("yours is 2.35", "no other constant"),
    ),
    Attempt(
        "build_biased_model",
        "the average of the biases",
        "not yet",
        BUILD + "return keras.Model([user, item], dot + (bu + bi) / 2 + mean_rating)",
        ("add 1 + 1 = 2 to the prediction; yours add 1.00",),
    ),
    Attempt(
        "build_biased_model",
        "a layer on both vectors",
        "not yet",
        BUILD
        + """score = layers.Dense(1)(layers.Concatenate()([p, q]))
    return keras.Model([user, item], score + bu + bi + mean_rating)
""",
        ("8 users and 12 films", "no other weights"),
    ),
    Attempt(
        "build_biased_model",
        "biases of one",
        "not yet",
        BUILD.replace('"zeros"', '"ones"')
        + "return keras.Model([user, item], dot + bu + bi + mean_rating)",
        ("the mean of yours is 4.2", "start at zero"),
    ),
    # recommend
    Attempt("recommend", "mask", "right", RECOMMEND),
    Attempt(
        "recommend",
        "a loop over sorted films",
        "right",
        """
def recommend(user_id, scores, train, users, items, k):
    index = dict(zip(users.user_id, users.user_index))[user_id]
    seen = set(train.item_index[train.user_index == index])
    title = dict(zip(items.item_index, items.title))
    order = sorted(range(scores.shape[1]), key=lambda i: scores[index, i], reverse=True)
    return [title[i] for i in order if i not in seen][:k]
""",
    ),
    Attempt(
        "recommend",
        "pandas",
        "right",
        """
def recommend(user_id, scores, train, users, items, k):
    row = users.query("user_id == @user_id").user_index.iloc[0]
    table = items.assign(score=scores[row, items.item_index])
    table = table[~table.item_id.isin(train.item_id[train.user_id == user_id])]
    return table.nlargest(k, "score").title
""",
    ),
    Attempt(
        "recommend",
        "unchanged",
        "not yet",
        """
def recommend(user_id, scores, train, users, items, k):
    user_scores = np.array(scores[user_id])
    seen = train.loc[train["user_id"] == user_id, "item_id"]
    user_scores[seen] = 0.0
    best = np.argsort(user_scores)[:k]
    return items.set_index("item_id").reindex(best)["title"].tolist()
""",
        ("5 mistakes are left", "scores of the wrong user"),
    ),
    Attempt(
        "recommend",
        "id as row",
        "not yet",
        recommend_with("scores[user_index]", "scores[user_id]"),
        ("1 mistake is left", "wrong user"),
    ),
    Attempt(
        "recommend",
        "ids of seen films",
        "not yet",
        recommend_with('"item_index"]\n    s =', '"item_id"]\n    s ='),
        ("1 mistake is left", "wrong films were left out"),
    ),
    Attempt(
        "recommend",
        "seen set to zero",
        "not yet",
        recommend_with("-np.inf", "0"),
        ("1 mistake is left", "0 beats a negative"),
    ),
    Attempt(
        "recommend",
        "worst first",
        "not yet",
        recommend_with("-s)", "s)"),
        ("np.argsort", "worst films"),
    ),
    Attempt(
        "recommend",
        "position as id",
        "not yet",
        recommend_with('set_index("item_index")', 'set_index("item_id")'),
        ("1 mistake is left", "titles are of other films"),
    ),
    Attempt(
        "recommend",
        "two mistakes",
        "not yet",
        recommend_with("-np.inf", "0").replace("scores[user_index]", "scores[user_id]"),
        ("2 mistakes are left",),
    ),
    Attempt(
        "recommend",
        "nothing left out",
        "not yet",
        recommend_with("    s[seen] = -np.inf\n", ""),
        ("1 mistake is left. Films the user has rated came up",),
    ),
    Attempt(
        "recommend",
        "films of another user left out",
        "not yet",
        recommend_with('train["user_id"] == user_id', 'train["user_index"] == user_id'),
        ("1 mistake is left. The films that another user rated",),
    ),
    Attempt(
        "recommend",
        "the caller's scores change",
        "not yet",
        recommend_with("np.array(scores[user_index])", "scores[user_index]"),
        ("The result is right", "changed its input `scores`"),
    ),
    Attempt(
        "recommend",
        "a table",
        "not yet",
        recommend_with('"title"].tolist()', '["title"]]'),
        ("Return a list of titles, each a str", "table of 8 rows"),
    ),
    Attempt(
        "recommend",
        "always eight",
        "not yet",
        recommend_with("[:k]", "[:8]"),
        ("k = 3 titles; yours gave 8",),
    ),
    Attempt(
        "recommend",
        "best k, unsorted",
        "not yet",
        recommend_with("np.argsort(-s)[:k]", "np.sort(np.argsort(-s)[:k])"),
        ("wrong order",),
    ),
    Attempt(
        "recommend",
        "index as id - 1",
        "not yet",
        recommend_with("scores[user_index]", "scores[user_id - 1]"),
        ("1 mistake is left", "an index is not id - 1"),
    ),
    Attempt(
        "recommend",
        "ids instead of titles",
        "not yet",
        recommend_with('"title"', '"item_id"'),
        ("each a str",),
    ),
    Attempt(
        "recommend",
        "one film short",
        "not yet",
        recommend_with("[:k]", "[: k - 1]"),
        ("k = 8", "yours gave 7"),
    ),
    Attempt(
        "recommend",
        "id missing as an index label",
        "raised",
        recommend_with("scores[user_index]", "scores[user_id + 100]"),
        ("IndexError", "user_id = "),
    ),
]


@pytest.mark.parametrize(
    "attempt", with_stub_and_solution("06_matrix_factorization", ATTEMPTS), ids=str
)
def test_attempt(attempt):
    judge(check, attempt)


def test_each_set_of_wrong_choices_gives_a_list_of_its_own():
    scores, train, users, items = check._recommend_case(6, 30, check.SEED)
    ways = [dict(zip(check.CHOICES, way, strict=True)) for way in product(*check.CHOICES.values())]
    # Where nothing is left out, it cannot show how it would have been.
    ways = [
        way
        for way in ways
        if way["seen_by"] != "nobody"
        or (way["seen_column"], way["score_of_seen"]) == ("index", "never")
    ]
    lists = {
        tuple(
            title
            for user_id in range(6)
            for title in check._recommend(user_id, scores, train, users, items, 8, **way)
        )
        for way in ways
    }
    assert len(lists) == len(ways) == 513


def test_partition_of_the_large_catalog_comes_unsorted_on_any_processor():
    scores = check._recommend_case(3, 1500, check.SEED)[0][1]
    best = np.argpartition(-scores, 700)[:700]
    assert not np.array_equal(best, np.argsort(-scores)[:700])
