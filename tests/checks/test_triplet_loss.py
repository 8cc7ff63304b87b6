"""What the checks of lab 10 say to right, wrong and odd answers."""

import keras
import numpy as np
import pandas as pd
import pytest
from attempts import changed, judge, table, with_stub_and_solution
from sklearn.metrics import ndcg_score, roc_auc_score

from utils import evaluation
from utils.checks import triplet_loss as check

HINGE = "def hinge(near, far, margin):\n    "
SAMPLE = "def sample_negatives(users, liked, generator):\n    "
NDCG = "def ndcg(relevance, k):\n    "
AUC = "def auc(scores, seen, held_out):\n    "
LIST = "def recommend(taste, likes, train_counts, test_counts, k):\n    "

REDRAW = (
    SAMPLE
    + """films = generator.integers(0, liked.shape[1], len(users))
    while liked[users, films].any():
        hit = liked[users, films]
        films[hit] = generator.integers(0, liked.shape[1], hit.sum())
    return films
"""
)
DCG = (
    NDCG
    + """total = ideal = 0.0
    for place, value in enumerate(relevance, start=1):
        if place <= k:
            total += value / np.log2(1 + place)
    for place, value in enumerate(sorted(relevance, reverse=True), start=1):
        if place <= k:
            ideal += value / np.log2(1 + place)
    return total / ideal
"""
)
PAIRS = (
    AUC
    + """right = pairs = 0
    for good in scores[held_out]:
        for bad in scores[~held_out & ~seen]:
            right += 1 if good > bad else 0.5 if good == bad else 0
            pairs += 1
    return right / pairs
"""
)
REPAIRED = (
    LIST
    + """scores = taste + np.log1p(train_counts)
    scores[likes] = -np.inf
    return np.argsort(-scores)[:k]
"""
)


ATTEMPTS = [
    *table(
        "hinge",
        [
            (
                "keras",
                "right",
                HINGE + "return keras.ops.mean(keras.ops.relu(margin + near - far))",
            ),
            (
                "a loop",
                "right",
                HINGE + "return sum(max(0, margin + p - n) for p, n in zip(near, far)) / len(near)",
            ),
            (
                "clip, an array of one number",
                "right",
                HINGE + "return np.clip(near - far + margin, 0, None).mean(keepdims=True)",
            ),
            (
                "half precision",
                "right",
                HINGE + "return np.maximum(near - far + margin, 0).mean().astype('float16')",
            ),
            (
                "no cut",
                "not yet",
                HINGE + "return np.mean(margin + near - far)",
                ("each row at 0",),
            ),
            (
                "cut after the mean",
                "not yet",
                HINGE + "return max(0, np.mean(margin + near - far))",
                ("before the mean",),
            ),
            (
                "ReLU on the distances",
                "not yet",
                HINGE + "return np.mean(margin + np.maximum(near, 0) - np.maximum(far, 0))",
                ("each row at 0",),
            ),
            (
                "swapped",
                "not yet",
                HINGE + "return np.mean(np.maximum(margin + far - near, 0))",
                ("swapped",),
            ),
            (
                "sum",
                "not yet",
                HINGE + "return np.sum(np.maximum(margin + near - far, 0))",
                ("the mean over its rows",),
            ),
            (
                "rows",
                "not yet",
                HINGE + "return np.maximum(margin + near - far, 0)",
                ("return their mean",),
            ),
            (
                "no margin",
                "not yet",
                HINGE + "return np.mean(np.maximum(near - far, 0))",
                ("margin is missing",),
            ),
            (
                "its own margin",
                "not yet",
                HINGE + "return np.mean(np.maximum(1 + near - far, 0))",
                ("use the argument",),
            ),
            (
                "squared",
                "not yet",
                HINGE + "return np.mean(np.maximum(margin + near**2 - far**2, 0))",
                ("squared distances",),
            ),
            (
                "mean of the rows with a loss",
                "not yet",
                HINGE + "x = margin + near - far\n    return x[x > 0].mean()",
                ("all rows",),
            ),
            (
                "in place",
                "not yet",
                HINGE + "near += margin\n    return np.mean(np.maximum(near - far, 0))",
                ("changed its input `near`",),
            ),
            ("no return", "not yet", HINGE + "np.maximum(near - far, 0)", ("None",)),
            ("text", "not yet", HINGE + "return 'loss'", ("should be numbers",)),
            ("scores", "raised", HINGE + "return near @ far.T[:, None] + marg", ("NameError",)),
        ],
    ),
    *table(
        "sample_negatives",
        [
            ("masks", "right", REDRAW),
            (
                "a choice for each row",
                "right",
                SAMPLE + "return [generator.choice(np.flatnonzero(~liked[u])) for u in users]",
            ),
            (
                "random keys",
                "right",
                SAMPLE + "return np.where(liked[users], -1, generator.random((len(users), "
                "liked.shape[1]))).argmax(axis=1)",
            ),
            (
                "a tensor",
                "right",
                SAMPLE + "keys = np.where(liked[users], -1, generator.random(liked[users].shape))\n"
                "    return keras.ops.argmax(keys, axis=1)",
            ),
            (
                "blind",
                "not yet",
                SAMPLE + "return generator.integers(liked.shape[1], size=len(users))",
                ("films that the user likes", "Does the function look"),
            ),
            (
                "one second draw",
                "not yet",
                changed(changed(REDRAW, "while", "if"), "integers", "integers"),
                ("may be a hit too",),
            ),
            (
                "the last film is left out",
                "not yet",
                SAMPLE + "keys = np.where(liked[users], -1, generator.random(liked[users].shape))\n"
                "    films = keys[:, :-1].argmax(axis=1)\n"
                "    return np.where(liked[users, films], 5, films)",
                ("The last film never came",),
            ),
            (
                "moved to the next film",
                "not yet",
                SAMPLE + "films = generator.integers(liked.shape[1], size=len(users))\n"
                "    while liked[users, films].any():\n"
                "        films = (films + liked[users, films]) % liked.shape[1]\n    return films",
                ("not moved to a neighbor",),
            ),
            (
                "one draw a user",
                "not yet",
                SAMPLE + "own = [generator.choice(np.flatnonzero(~row)) for row in liked]\n"
                "    return np.array(own)[users]",
                ("Each row needs its own draw",),
            ),
            (
                "its own seed",
                "not yet",
                SAMPLE + "rng = np.random.default_rng(0)\n    return [rng.choice(np.flatnonzero("
                "~liked[u])) for u in users]",
                ("from `generator`",),
            ),
            (
                "the positives",
                "not yet",
                SAMPLE + "return np.where(liked[users], generator.random(liked[users].shape), "
                "-1).argmax(axis=1)",
                ("of the draws are films that the user likes",),
            ),
            (
                "a column",
                "not yet",
                REDRAW.replace("return films", "return films[:, None]"),
                ("shape (12000,); yours has (12000, 1)",),
            ),
            (
                "floats",
                "not yet",
                REDRAW.replace("return films", "return films / 1"),
                ("integers",),
            ),
            (
                "from 1",
                "not yet",
                REDRAW.replace("return films", "return films + 1"),
                ("films are 0 to 5; yours gave 6",),
            ),
            (
                "likes changed",
                "not yet",
                REDRAW.replace("return films", "liked[users, films] = True\n    return films"),
                ("changed its input `liked`",),
            ),
        ],
    ),
    *table(
        "ndcg",
        [
            ("loops", "right", DCG),
            ("natural logarithms", "right", changed(DCG, "log2", "log")),
            (
                "scikit-learn",
                "right",
                "from sklearn.metrics import ndcg_score\n"
                + NDCG
                + "return ndcg_score([relevance], [-np.arange(len(relevance))], k=k)",
            ),
            (
                "a table of discounts",
                "right",
                NDCG + "r = np.asarray(relevance)\n    d = 1 / np.log2(np.arange(len(r)) + 2)\n"
                "    d[k:] = 0\n    return (r @ d) / (np.sort(r)[::-1] @ d)",
            ),
            (
                "best order of the first k alone",
                "not yet",
                changed(DCG, "sorted(relevance,", "sorted(relevance[:k],"),
                ("best order of the whole list",),
            ),
            (
                "best order not cut",
                "not yet",
                changed(DCG, "if place <= k:\n            ideal", "if True:\n            ideal"),
                ("cut at k as well",),
            ),
            ("no cut", "not yet", changed(DCG, "place <= k", "True"), ("Only the first k places",)),
            (
                "list not cut",
                "not yet",
                changed(DCG, "if place <= k:\n            total", "if True:\n            total"),
                ("first k places of the list",),
            ),
            ("precision", "not yet", NDCG + "return np.mean(relevance[:k])", ("the precision",)),
            (
                "places from 2",
                "not yet",
                changed(DCG, "log2(1 + place)", "log2(2 + place)"),
                ("The first place is 1",),
            ),
            (
                "reciprocal places",
                "not yet",
                changed(DCG, "np.log2(1 + place)", "place"),
                ("1 / log2(1 + place)",),
            ),
            ("dcg alone", "not yet", changed(DCG, "total / ideal", "total"), ("should be",)),
            (
                "k beyond the end",
                "raised",
                NDCG + "d = sum(relevance[n] / np.log2(n + 2) for n in range(k))\n"
                "    best = sorted(relevance, reverse=True)\n"
                "    return d / sum(best[n] / np.log2(n + 2) for n in range(k))",
                ("IndexError", "k = 10"),
            ),
            (
                "sorted in place",
                "not yet",
                NDCG + "d = sum(r / np.log2(n + 2) for n, r in enumerate(relevance[:k]))\n"
                "    relevance.sort()\n    best = relevance[::-1][:k]\n"
                "    return d / sum(r / np.log2(n + 2) for n, r in enumerate(best))",
                ("changed its input `relevance`",),
            ),
        ],
    ),
    *table(
        "auc",
        [
            ("loops", "right", PAIRS),
            (
                "scikit-learn",
                "right",
                "from sklearn.metrics import roc_auc_score\n"
                + AUC
                + "return roc_auc_score(held_out[~seen], scores[~seen])",
            ),
            (
                "ranks",
                "right",
                "from scipy.stats import rankdata\n"
                + AUC
                + "left = ~seen\n    ranks = rankdata(scores[left])[held_out[left]]\n"
                "    n, m = len(ranks), left.sum() - len(ranks)\n"
                "    return (ranks.sum() - n * (n + 1) / 2) / (n * m)",
            ),
            (
                "signs, a tensor",
                "right",
                AUC + "gap = scores[held_out][:, None] - scores[~held_out & ~seen]\n"
                "    return keras.ops.convert_to_tensor((np.sign(gap).mean() + 1) / 2)",
            ),
            (
                "ties are wrong",
                "not yet",
                changed(PAIRS, "0.5 if good == bad else 0", "0"),
                ("count half; yours count them as wrong",),
            ),
            (
                "ties are right",
                "not yet",
                changed(PAIRS, "good > bad", "good >= bad"),
                ("count half; yours count them as right",),
            ),
            (
                "training films are negatives",
                "not yet",
                changed(PAIRS, " & ~seen", ""),
                ("no candidates",),
            ),
            (
                "training films always lose",
                "not yet",
                AUC + "scores = np.where(seen, -1e9, scores)\n    right = []\n"
                "    for good in scores[held_out]:\n        bad = scores[~held_out]\n"
                "        right.append(np.mean((good > bad) + 0.5 * (good == bad)))\n"
                "    return np.mean(right)",
                ("always lose",),
            ),
            (
                "training films are positives",
                "not yet",
                changed(PAIRS, "scores[held_out]", "scores[held_out | seen]"),
                ("count as positives",),
            ),
            (
                "turned around",
                "not yet",
                changed(PAIRS, "good > bad", "good < bad"),
                ("turned around",),
            ),
            (
                "ReLU first",
                "not yet",
                changed(
                    PAIRS, "right = pairs = 0", "right = pairs = 0; scores = np.maximum(scores, 0)"
                ),
                ("cut at 0",),
            ),
            ("not divided", "not yet", changed(PAIRS, "right / pairs", "right"), ("divide it",)),
            (
                "precision at 3",
                "not yet",
                AUC + "return held_out[np.argsort(-scores)[:3]].mean()",
                ("should be",),
            ),
            (
                "scores written over",
                "not yet",
                AUC + "scores[seen] = 0\n    gap = scores[held_out][:, None] - "
                "scores[~held_out & ~seen]\n    return (np.sign(gap).mean() + 1) / 2",
                ("changed its input `scores`",),
            ),
        ],
    ),
    *table(
        "recommend",
        [
            ("repaired", "right", REPAIRED),
            (
                "sorted in Python",
                "right",
                LIST + "s = taste + np.log(1 + train_counts)\n"
                "    left = [f for f in range(len(s)) if not likes[f]]\n"
                "    return sorted(left, key=lambda f: -s[f])[:k]",
            ),
            (
                "pandas",
                "right",
                LIST + "s = pd.Series(taste + np.log1p(train_counts))[~likes]\n"
                "    return s.nlargest(k).index",
            ),
            (
                "keras",
                "right",
                LIST + "s = np.where(likes, -1e9, taste + np.log1p(train_counts))\n"
                "    return keras.ops.top_k(s, k)[1]",
            ),
            (
                "unchanged",
                "not yet",
                LIST + "scores = np.maximum(taste + np.log1p(train_counts + test_counts), 0)\n"
                "    return np.argsort(scores)[:k]",
                ("other likes in the test part",),
            ),
            (
                "test likes",
                "not yet",
                changed(REPAIRED, "log1p(train_counts)", "log1p(train_counts + test_counts)"),
                ("not known yet",),
            ),
            (
                "ReLU",
                "not yet",
                changed(
                    REPAIRED,
                    "taste + np.log1p(train_counts)",
                    "np.maximum(taste + np.log1p(train_counts), 0)",
                ),
                ("scores are negative", "cut off"),
            ),
            (
                "seen films",
                "not yet",
                changed(REPAIRED, "scores[likes] = -np.inf", "pass"),
                ("likes already",),
            ),
            (
                "seen films set to zero",
                "not yet",
                changed(REPAIRED, "-np.inf", "0"),
                ("scores are negative", "0 beats a negative one"),
            ),
            (
                "worst first",
                "not yet",
                changed(changed(REPAIRED, "-scores", "scores"), "-np.inf", "np.inf"),
                ("the worst films",),
            ),
            (
                "worst first, best last",
                "not yet",
                changed(REPAIRED, "[:k]", "[:k][::-1]"),
                ("wrong order",),
            ),
            (
                "no popularity",
                "not yet",
                changed(REPAIRED, "taste + np.log1p(train_counts)", "taste.copy()"),
                ("Popularity is missing",),
            ),
            (
                "counts as they are",
                "not yet",
                changed(REPAIRED, "np.log1p(train_counts)", "train_counts"),
                ("log(1 + count)",),
            ),
            ("no taste", "not yet", changed(REPAIRED, "taste + np", "np"), ("Taste is missing",)),
            (
                "too long",
                "not yet",
                changed(REPAIRED, "[:k]", ""),
                ("shape (8,); yours has (60,)",),
            ),
            (
                "logarithm of the count",
                "not yet",
                changed(
                    REPAIRED, "np.log1p(train_counts)", "np.log(np.maximum(train_counts, 1e-9))"
                ),
                ("A film with 0 likes is missing",),
            ),
            (
                "the best k in any order",
                "not yet",
                changed(REPAIRED, "np.argsort(-scores)[:k]", "np.sort(np.argsort(-scores)[:k])"),
                ("wrong order",),
            ),
            (
                "positions among the unseen",
                "not yet",
                LIST
                + "s = (taste + np.log1p(train_counts))[~likes]\n    return np.argsort(-s)[:k]",
                ("the list should be",),
            ),
            (
                "in place",
                "not yet",
                changed(
                    REPAIRED,
                    "scores = taste + np.log1p(train_counts)",
                    "scores = taste\n    scores += np.log1p(train_counts)",
                ),
                ("changed its input `taste`",),
            ),
        ],
    ),
]


@pytest.mark.parametrize("attempt", with_stub_and_solution("10_triplet_loss", ATTEMPTS), ids=str)
def test_attempt(attempt):
    judge(check, attempt)


def test_course_ndcg_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    for _ in range(50):
        relevance = rng.permutation([1, *rng.integers(0, 2, rng.integers(1, 9))])
        k = int(rng.integers(1, 12))
        oracle = ndcg_score([relevance], [-np.arange(len(relevance))], k=k)
        assert check.course_ndcg(relevance, k) == pytest.approx(oracle)


def test_course_auc_agrees_with_scikit_learn_and_the_course_metric():
    rng = np.random.default_rng(0)
    scores = rng.integers(-4, 5, (20, 30)).astype(float)
    seen = rng.random((20, 30)) < 0.3
    held_out = (rng.random((20, 30)) < 0.2) & ~seen
    held_out[np.arange(20), (~seen).argmax(axis=1)] = True
    rows = [
        pd.DataFrame(np.argwhere(of), columns=["user_index", "item_index"])
        for of in (seen, held_out)
    ]
    table = evaluation.ranking_metrics(scores, *rows)
    for user in range(20):
        auc = check.course_auc(scores[user], seen[user], held_out[user])
        left = ~seen[user]
        assert auc == pytest.approx(roc_auc_score(held_out[user][left], scores[user][left]))
        assert auc == pytest.approx(table.loc[user, "auc"])


def test_course_hinge_agrees_with_keras():
    rng = np.random.default_rng(0)
    near, far = rng.random((2, 50))
    right = keras.losses.Hinge()(np.ones(50), (far - near) / 0.3) * 0.3  # max(0, 1 - gap / margin)
    assert check.course_hinge(near, far, 0.3) == pytest.approx(float(right), rel=1e-5)
