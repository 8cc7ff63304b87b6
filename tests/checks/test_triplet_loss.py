"""What the checks of lab 10 say to right, wrong and odd answers."""

import dataclasses

import keras
import numpy as np
import pandas as pd
import pytest
from attempts import Attempt, changed, judge, table, with_stub_and_solution
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
                "only the first row",
                "not yet",
                HINGE + "total = 0\n    for p, n in zip(near, far):\n"
                "        total += max(0, margin + p - n)\n        return total / len(near)",
                ("inside the loop",),
            ),
            (
                "the largest row",
                "not yet",
                HINGE + "return np.mean(np.max(margin + near - far, 0))",
                ("np.maximum(row, 0)",),
            ),
            (
                "a softplus",
                "not yet",
                HINGE + "return np.log1p(np.exp(margin + near - far)).mean()",
                ("softplus",),
            ),
            (
                "margin after the cut",
                "not yet",
                HINGE + "return margin + np.maximum(near - far, 0).mean()",
                ("Add it before",),
            ),
            (
                "a whole number: no sign of the margin is blamed",
                "not yet",
                HINGE + "return int(np.maximum(margin + near - far, 0).mean())",
                ("row 0: 0.5 + 0.31 - 1.27 = -0.46",),
            ),
            (
                "no named mistake: the steps",
                "not yet",
                HINGE + "return np.maximum(margin + near - far, 0).sum() / (len(near) - 1)",
                ("row 0: 0.5 + 0.31 - 1.27 = -0.46, below 0", "mean over 2 rows"),
            ),
            (
                "nan for an easy batch",
                "not yet",
                HINGE + "x = np.maximum(margin + near - far, 0)\n"
                "    return x.mean() / (x.max() > 0) if x.max() else np.nan",
                ("all negatives are beyond the margin",),
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
                "rows drawn whole until each has had a draw without a hit",
                "right",
                SAMPLE + "films = generator.integers(liked.shape[1], size=len(users))\n"
                "    while liked[users, films].any():\n"
                "        new = generator.integers(liked.shape[1], size=len(users))\n"
                "        films = np.where(liked[users, films], new, films)\n    return films",
            ),
            (
                "film 0 is left out",
                "not yet",
                changed(REDRAW, "integers(0,", "integers(1,"),
                ("Film 0 never came",),
            ),
            (
                "the upper end is left out twice",
                "not yet",
                changed(REDRAW, "liked.shape[1]", "liked.shape[1] - 1"),
                ("The last film never came",),
            ),
            (
                "as many films as users",
                "not yet",
                changed(REDRAW, "liked.shape[1]", "liked.shape[0]"),
                ("The last film never came",),
            ),
            (
                "one film for all hits",
                "not yet",
                changed(REDRAW, "liked.shape[1], hit.sum()", "liked.shape[1]"),
                ("All hits got the same film",),
            ),
            (
                "ten looks",
                "not yet",
                changed(REDRAW, "while liked[users, films].any():", "for _ in range(10):"),
                ("may be a hit too",),
            ),
            (
                "hits drawn from elsewhere",
                "not yet",
                changed(
                    REDRAW, "films[hit] = generator.integers", "films[hit] = np.random.randint"
                ),
                ("same seed gave different films",),
            ),
            (
                "user by user, not row by row",
                "not yet",
                SAMPLE + "draws = [generator.choice(np.flatnonzero(~liked[u]), np.sum(users == u))"
                "\n             for u in np.unique(users)]\n    return np.concatenate(draws)",
                ("in the order of the rows",),
            ),
            (
                "row for user",
                "raised",
                changed(REDRAW, "hit = liked[users, films]", "hit = liked[np.arange(9), films]"),
                ("IndexError",),
            ),
            (
                "blind",
                "not yet",
                SAMPLE + "return generator.integers(liked.shape[1], size=len(users))",
                ("hit a film that the user likes", "Does the function look"),
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
                ("True for the films that the user likes",),
            ),
            (
                "a column",
                "not yet",
                REDRAW.replace("return films", "return films[:, None]"),
                ("shape (3,); yours has (3, 1)",),
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
                ("best order of the first k alone",),
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
            ("dcg alone", "not yet", changed(DCG, "total / ideal", "total"), ("This is the DCG",)),
            (
                "ones in all of the first k",
                "not yet",
                changed(DCG, "sorted(relevance, reverse=True)", "[1] * k"),
                ("no more 1s than the list",),
            ),
            ("recall", "not yet", NDCG + "return sum(relevance[:k]) / sum(relevance)", ("recall",)),
            (
                "the first hit alone",
                "not yet",
                NDCG + "return 1 / (list(relevance).index(1) + 1)",
                ("of the first hit",),
            ),
            (
                "upside down",
                "not yet",
                changed(DCG, "total / ideal", "ideal / total if total else 0"),
                ("upside down",),
            ),
            (
                "smallest first",
                "not yet",
                changed(DCG, "sorted(relevance, reverse=True)", "sorted(relevance)"),
                ("the worst order",),
            ),
            (
                "average precision: the steps",
                "not yet",
                NDCG + "hits, total = 0, 0\n    for place, value in enumerate(relevance[:k], 1):\n"
                "        hits += value\n        total += value * hits / place\n"
                "    return total / min(k, sum(relevance))",
                ("DCG: 0/log2(2) + 1/log2(3) = 0.6309", "NDCG: 0.6309 / 1.6309"),
            ),
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
                "an array of one number",
                "right",
                AUC + "gap = scores[held_out][:, None] - scores[~held_out & ~seen]\n"
                "    return np.mean(np.sign(gap) / 2 + 0.5, keepdims=True)",
            ),
            (
                "held-out films among the negatives",
                "not yet",
                changed(PAIRS, "~held_out & ~seen", "~seen"),
                ("with themselves",),
            ),
            (
                "the first held-out film",
                "not yet",
                changed(PAIRS, "scores[held_out]", "scores[held_out][:1]"),
                ("first held-out film alone",),
            ),
            (
                "the signs",
                "not yet",
                AUC + "gap = scores[held_out][:, None] - scores[~held_out & ~seen]\n"
                "    return np.sign(gap).mean()",
                ("from -1 to 1",),
            ),
            (
                "divided by the positives",
                "not yet",
                changed(PAIRS, "right / pairs", "right / held_out.sum()"),
                ("positives times negatives",),
            ),
            (
                "side by side, not all with all: the steps",
                "not yet",
                AUC + "pairs = list(zip(scores[held_out], scores[~held_out & ~seen]))\n"
                "    return sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)",
                ("film 3 with 0.4: 0.5 + 0 + 1 = 1.5", "3 x 3 pairs"),
            ),
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
                "a partial sort, then a sort",
                "right",
                changed(
                    REPAIRED,
                    "return np.argsort(-scores)[:k]",
                    "top = np.argpartition(-scores, k - 1)[:k]\n"
                    "    return top[np.argsort(-scores[top])]",
                ),
            ),
            (
                "a partial sort alone",
                "not yet",
                changed(REPAIRED, "np.argsort(-scores)", "np.argpartition(-scores, k - 1)"),
                ("k = 600", "wrong order"),
            ),
            (
                "minus infinity, smallest first",
                "not yet",
                changed(REPAIRED, "-scores", "scores"),
                ("[2 5] are liked already", "[3 1] are the worst"),
            ),
            (
                "liked films out after the cut",
                "not yet",
                LIST + "order = np.argsort(-(taste + np.log1p(train_counts)))[:k]\n"
                "    return order[~likes[order]]",
                ("before you take k",),
            ),
            (
                "ReLU on the taste",
                "not yet",
                changed(REPAIRED, "= taste +", "= np.maximum(taste, 0) +"),
                ("Tastes below 0 are cut off",),
            ),
            (
                "counted from 1",
                "not yet",
                changed(REPAIRED, "[:k]", "[:k] + 1"),
                ("one too high",),
            ),
            ("scores", "not yet", LIST + "return np.sort(-taste)[:k]", ("should be integers",)),
            (
                "the logarithm to base 2",
                "not yet",
                changed(REPAIRED, "np.log1p(train_counts)", "np.log2(1 + train_counts)"),
                ("not log2",),
            ),
            (
                "unchanged",
                "not yet",
                LIST + "scores = np.maximum(taste + np.log1p(train_counts + test_counts), 0)\n"
                "    return np.argsort(scores)[:k]",
                ("with the test counts", "not known yet"),
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
                ("stays the same with other tastes", "cut off"),
            ),
            (
                "seen films",
                "not yet",
                changed(REPAIRED, "scores[likes] = -np.inf", "pass"),
                ("[2 5] are liked already",),
            ),
            (
                "seen films set to zero",
                "not yet",
                changed(REPAIRED, "-np.inf", "0"),
                ("[0 3] are liked already", "0 beats a negative one"),
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
                ("the worst of them comes first",),
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
            (
                "shares of the likes: popularity is too small, not missing",
                "not yet",
                changed(REPAIRED, "np.log1p(train_counts)", "train_counts / train_counts.sum()"),
                ("film 0: 1.4 + log(1 + 6) = 3.35",),
            ),
            ("no taste", "not yet", changed(REPAIRED, "taste + np", "np"), ("Taste is missing",)),
            (
                "too long",
                "not yet",
                changed(REPAIRED, "[:k]", ""),
                ("shape (4,); yours has (7,)", "k = 4 films"),
            ),
            (
                "logarithm of the count",
                "not yet",
                changed(REPAIRED, "np.log1p(train_counts)", "np.log(train_counts)"),
                ("films with 0 likes never come up",),
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
                ("not item_index in the catalog",),
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


@pytest.mark.parametrize(
    "again",
    [
        "films = generator.integers(liked.shape[1], size=len(users))",
        "films[hit] = generator.integers(0, liked.shape[1], hit.sum())",
        "hit = liked[users, films]\n"
        "        films[hit] = np.random.default_rng(0).integers(6, size=hit.sum())",
    ],
    ids=["all rows drawn again", "hits not looked at again", "a generator with a seed in the loop"],
)
def test_a_loop_without_end_is_stopped(again, monkeypatch):
    exercise = dataclasses.replace(check.lab._exercises["sample_negatives"], seconds=0.5)
    monkeypatch.setitem(check.lab._exercises, "sample_negatives", exercise)
    loop = (
        "while hit.any()" if again.startswith("films[hit]") else "while liked[users, films].any()"
    )
    code = (
        SAMPLE + "films = generator.integers(liked.shape[1], size=len(users))\n"
        f"    hit = liked[users, films]\n    {loop}:\n        {again}\n    return films"
    )
    judge(check, Attempt("sample_negatives", "no end", "no end", code, ("did not come back",)))


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
