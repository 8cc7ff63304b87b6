"""What the checks of lab 02 say to right, wrong and odd answers."""

from dataclasses import replace

import numpy as np
import pytest
from attempts import Attempt, changed, judge, with_stub_and_solution

from utils.checks import similarity as check
from utils.checks.compare import NotYet, expect_function
from utils.units.similarity import measures

PAIR = "def cosine_similarity(first, second):\n"
ALL = "def cosine_to_all(query, vectors):\n"
DISTANCE = "def distance_from_cosine(cosine):\n"
TOP = "def top_k_ids(scores, ids, k, query_id):\n"
FILMS = "def nearest_films(item_id, vectors, items, k):\n"

PAIR_ATTEMPTS = [
    Attempt(
        "cosine_similarity",
        "a loop and the formula in full",
        "right",
        PAIR
        + """\
    dot = sum(x * y for x, y in zip(first, second))
    lengths = (sum(x**2 for x in first) * sum(y**2 for y in second)) ** 0.5
    return dot / lengths if lengths else 0
""",
    ),
    Attempt(
        "cosine_similarity",
        "scikit-learn, an array of one number",
        "right",
        PAIR
        + """\
    from sklearn.metrics.pairwise import cosine_similarity
    return cosine_similarity([first], [second])[0]
""",
    ),
    Attempt(
        "cosine_similarity",
        "Keras",
        "right",
        PAIR
        + """\
    first, second = (keras.ops.normalize(x.astype("float32")[None]) for x in (first, second))
    return keras.ops.sum(first * second)
""",
    ),
    Attempt(
        "cosine_similarity",
        "dot product",
        "not yet",
        PAIR + "    return first @ second\n",
        ("This is the dot product", "0.7399"),
    ),
    Attempt(
        "cosine_similarity",
        "no square root",
        "not yet",
        PAIR + "    return first @ second / ((first @ first) * (second @ second))\n",
        ("the square root is missing",),
    ),
    Attempt(
        "cosine_similarity",
        "one length only",
        "not yet",
        PAIR + "    return first @ second / np.linalg.norm(first)\n",
        ("both vectors, not of one",),
    ),
    Attempt(
        "cosine_similarity",
        "one norm for both",
        "not yet",
        PAIR + "    return first @ second / np.linalg.norm([first, second]) ** 2\n",
        ("both vectors put together",),
    ),
    Attempt(
        "cosine_similarity",
        "sums instead of lengths",
        "not yet",
        PAIR + "    return first @ second / (np.abs(first).sum() * np.abs(second).sum())\n",
        ("root of the sum of squares",),
    ),
    Attempt(
        "cosine_similarity",
        "no sum",
        "not yet",
        PAIR + "    return first * second / (np.linalg.norm(first) * np.linalg.norm(second))\n",
        ("sum over the coordinates is missing",),
    ),
    Attempt(
        "cosine_similarity",
        "scipy's distance",
        "not yet",
        PAIR
        + """\
    from scipy.spatial.distance import cosine
    return cosine(first, second)
""",
        ("This is 1 - cos",),
    ),
    Attempt(
        "cosine_similarity",
        "no sign",
        "not yet",
        PAIR
        + """\
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    return abs(first @ second) / lengths if lengths else 0
""",
        ("The sign is lost",),
    ),
    Attempt(
        "cosine_similarity",
        "zero divided by zero",
        "not yet",
        PAIR
        + """\
    with np.errstate(invalid="ignore"):
        return first @ second / (np.linalg.norm(first) * np.linalg.norm(second))
""",
        ("A vector of zeros has no direction",),
    ),
    Attempt(
        "cosine_similarity",
        "a division by zero that raises",
        "raised",
        PAIR
        + """\
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / lengths
""",
        ("ZeroDivisionError", "first = [0. 0.]"),
    ),
    Attempt(
        "cosine_similarity",
        "scikit-learn, an array of one row and one column",
        "right",
        PAIR
        + """\
    from sklearn.metrics.pairwise import cosine_similarity
    return cosine_similarity([first], [second])
""",
    ),
    Attempt(
        "cosine_similarity",
        "one coordinate of 0 is taken for a vector of zeros",
        "not yet",
        PAIR
        + """\
    if not first.all() or not second.all():
        return 0.0
    return first @ second / (np.linalg.norm(first) * np.linalg.norm(second))
""",
        ("coordinates are all 0",),
    ),
    Attempt(
        "cosine_similarity",
        "lengths are at least 1",
        "not yet",
        PAIR
        + """\
    return first @ second / max(np.linalg.norm(first) * np.linalg.norm(second), 1)
""",
        ("lengths below 1 must stay",),
    ),
    Attempt(
        "cosine_similarity",
        "a correlation",
        "not yet",
        PAIR
        + """\
    return np.corrcoef(first, second)[0, 1]
""",
        ("This is the correlation",),
    ),
    Attempt(
        "cosine_similarity",
        "a mistake that no table foresees",
        "not yet",
        PAIR
        + """\
    squares = first @ first + second @ second
    return 2 * (first @ second) / squares if squares else 0.0
""",
        ("dot product: 2 * 1 + 0.5 * 1.5 = 2.75", "2.75 / (2.062 * 1.803) = 0.7399"),
    ),
]

ALL_ATTEMPTS = [
    Attempt(
        "cosine_to_all",
        "a loop",
        "not yet",
        ALL
        + """\
    cosines = []
    for vector in vectors:
        lengths = np.linalg.norm(vector) * np.linalg.norm(query)
        cosines.append(vector @ query / lengths if lengths else 0.0)
    return cosines
""",
        ("300,000 rows took", "a loop over the rows"),
    ),
    Attempt(
        "cosine_to_all",
        "NaN replaced, a table of pandas",
        "right",
        ALL
        + """\
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors) * (query @ query))
    with np.errstate(invalid="ignore"):
        return pd.Series(vectors @ query / lengths).fillna(0)
""",
    ),
    Attempt(
        "cosine_to_all",
        "scikit-learn",
        "right",
        ALL
        + """\
    from sklearn.metrics.pairwise import cosine_similarity
    return cosine_similarity([query], vectors).ravel()
""",
    ),
    Attempt(
        "cosine_to_all",
        "Keras",
        "right",
        ALL
        + """\
    unit = keras.ops.normalize(vectors.astype("float32"))
    return keras.ops.matmul(unit, keras.ops.normalize(query.astype("float32")[None])[0])
""",
    ),
    Attempt(
        "cosine_to_all",
        "norm over the whole array",
        "not yet",
        ALL + "    return vectors @ query / (np.linalg.norm(vectors) * np.linalg.norm(query))\n",
        ("over the whole array", "`axis=`"),
    ),
    Attempt(
        "cosine_to_all",
        "norm over the whole array in two steps",
        "not yet",
        ALL
        + """\
    vectors = vectors / np.linalg.norm(vectors)
    query = query / np.linalg.norm(query)
    return np.dot(vectors, query)
""",
        ("over the whole array",),
    ),
    Attempt(
        "cosine_to_all",
        "dot products",
        "not yet",
        ALL + "    return vectors @ query\n",
        ("These are the dot products",),
    ),
    Attempt(
        "cosine_to_all",
        "only the query normalized",
        "not yet",
        ALL + "    return vectors @ query / np.linalg.norm(query)\n",
        ("lengths of the rows are missing",),
    ),
    Attempt(
        "cosine_to_all",
        "only the rows normalized",
        "not yet",
        ALL + "    return vectors @ query / np.linalg.norm(vectors, axis=1)\n",
        ("length of the query is missing",),
    ),
    Attempt(
        "cosine_to_all",
        "columns",
        "not yet",
        ALL + "    return vectors @ query / np.linalg.norm(vectors, axis=0)\n",
        ("those of the columns",),
    ),
    Attempt(
        "cosine_to_all",
        "a column of cosines",
        "not yet",
        ALL
        + """\
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) * np.linalg.norm(query)
    return vectors @ query[:, None] / lengths
""",
        ("shape (2,); yours has (2, 1)", "This is a column"),
    ),
    Attempt(
        "cosine_to_all",
        "zeros divided by zero",
        "not yet",
        ALL
        + """\
    with np.errstate(invalid="ignore"):
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
        return vectors @ query / lengths
""",
        ("its cosine is 0",),
    ),
    Attempt(
        "cosine_to_all",
        "the array of the caller is changed",
        "not yet",
        ALL
        + """\
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths > 0, lengths, 1)
    return vectors @ query / max(np.linalg.norm(query), 1e-12)
""",
        ("changed its input `vectors`",),
    ),
    Attempt(
        "cosine_to_all",
        "the unit vectors of the lab",
        "right",
        ALL
        + """\
    from utils.units.similarity import measures
    return measures.normalize(vectors) @ measures.normalize(query[np.newaxis])[0]
""",
    ),
    Attempt(
        "cosine_to_all",
        "only the lengths in a loop",
        "not yet",
        ALL
        + """\
    lengths = np.array([np.linalg.norm(vector) for vector in vectors]) * np.linalg.norm(query)
    return vectors @ query / np.where(lengths > 0, lengths, 1)
""",
        ("a loop over the rows",),
    ),
    Attempt(
        "cosine_to_all",
        "rows cared for, the query not",
        "not yet",
        ALL
        + """\
    lengths = np.linalg.norm(vectors, axis=1)
    return vectors @ (query / np.linalg.norm(query)) / np.where(lengths > 0, lengths, 1)
""",
        ("that of the query is not",),
    ),
]

DISTANCE_ATTEMPTS = [
    Attempt(
        "distance_from_cosine",
        "clipped first",
        "right",
        DISTANCE + "    return (2 - 2 * np.clip(cosine, -1, 1)) ** 0.5\n",
    ),
    Attempt(
        "distance_from_cosine",
        "a chord: twice the sine of half the angle",
        "right",
        DISTANCE + "    return 2 * np.sin(np.arccos(np.clip(cosine, -1, 1)) / 2)\n",
    ),
    Attempt(
        "distance_from_cosine",
        "a loop over numbers",
        "right",
        DISTANCE + "    return [max(2 * (1 - c), 0) ** 0.5 for c in cosine]\n",
    ),
    Attempt(
        "distance_from_cosine",
        "squared",
        "not yet",
        DISTANCE + "    return 2 * (1 - cosine)\n",
        ("squared distance",),
    ),
    Attempt(
        "distance_from_cosine",
        "no factor 2",
        "not yet",
        DISTANCE + "    return np.sqrt(1 - cosine)\n",
        ("factor 2 under the root is missing",),
    ),
    Attempt(
        "distance_from_cosine",
        "cosine distance",
        "not yet",
        DISTANCE + "    return 1 - cosine\n",
        ("not the Euclidean",),
    ),
    Attempt(
        "distance_from_cosine",
        "angle",
        "not yet",
        DISTANCE + "    return np.arccos(cosine)\n",
        ("This is the angle",),
    ),
    Attempt(
        "distance_from_cosine",
        "wrong sign",
        "not yet",
        DISTANCE + "    return np.sqrt(2 * (1 + cosine))\n",
        ("The sign is wrong",),
    ),
    Attempt(
        "distance_from_cosine",
        "sine",
        "not yet",
        DISTANCE + "    return np.sqrt(1 - cosine**2)\n",
        ("This is the sine",),
    ),
    Attempt(
        "distance_from_cosine",
        "root of a negative number",
        "not yet",
        DISTANCE
        + """\
    with np.errstate(invalid="ignore"):
        return np.sqrt(2 * (1 - cosine))
""",
        ("a little above 1", "Cut first"),
    ),
    Attempt(
        "distance_from_cosine",
        "half instead of a root",
        "not yet",
        DISTANCE
        + """\
    return (2 * (1 - cosine)) ** 1 / 2
""",
        ("`** 1 / 2` halves",),
    ),
    Attempt(
        "distance_from_cosine",
        "negative cosines cut",
        "not yet",
        DISTANCE
        + """\
    return np.sqrt(2 * (1 - np.clip(cosine, 0, 1)))
""",
        ("Negative cosines are cut to 0",),
    ),
]

TOP_ATTEMPTS = [
    Attempt(
        "top_k_ids",
        "everything sorted",
        "right",
        TOP + "    return [i for s, i in sorted(zip(-scores, ids)) if i != query_id][:k]\n",
    ),
    Attempt(
        "top_k_ids",
        "query set to minus infinity",
        "right",
        TOP
        + """\
    scores = np.where(ids == query_id, -np.inf, scores)
    k = min(k, len(scores) - 1)
    best = np.argpartition(scores, -k)[-k:]
    return ids[best[np.argsort(scores[best])[::-1]]]
""",
    ),
    Attempt(
        "top_k_ids",
        "pandas",
        "right",
        TOP + "    return pd.Series(scores, ids).drop(query_id).nlargest(k).index\n",
    ),
    Attempt(
        "top_k_ids",
        "positions",
        "not yet",
        TOP
        + """\
    scores = np.where(ids == query_id, -np.inf, scores)
    return np.argsort(-scores)[: min(k, len(scores) - 1)]
""",
        ("These are positions", "translate them into ids"),
    ),
    Attempt(
        "top_k_ids",
        "positions of a shortened array",
        "not yet",
        TOP + "    return np.argsort(-scores[ids != query_id])[:k]\n",
        ("positions in a shortened array",),
    ),
    Attempt(
        "top_k_ids",
        "query in the list",
        "not yet",
        TOP + "    return ids[np.argsort(-scores)[:k]]\n",
        ("The query itself is in the list",),
    ),
    Attempt(
        "top_k_ids",
        "the first one dropped",
        "not yet",
        TOP + "    return ids[np.argsort(-scores)[1 : k + 1]]\n",
        ("The first of the list was dropped",),
    ),
    Attempt(
        "top_k_ids",
        "left out after the cut",
        "not yet",
        TOP + "    return [i for i in ids[np.argsort(-scores)[:k]] if i != query_id]\n",
        ("Leave the query out first",),
    ),
    Attempt(
        "top_k_ids",
        "worst first",
        "not yet",
        TOP
        + """\
    keep = ids != query_id
    return ids[keep][np.argsort(scores[keep])[:k]]
""",
        ("These are the worst scores",),
    ),
    Attempt(
        "top_k_ids",
        "partition without a sort",
        "not yet",
        TOP
        + """\
    keep = ids != query_id
    scores, ids = scores[keep], ids[keep]
    if k >= len(ids):
        return ids[np.argsort(-scores)]
    return np.sort(ids[np.argpartition(-scores, k)[:k]])
""",
        ("not in order",),
    ),
    Attempt(
        "top_k_ids",
        "query set to zero",
        "not yet",
        TOP
        + """\
    scores = np.where(ids == query_id, 0, scores)
    return ids[np.argsort(-scores)[:k]]
""",
        ("a score can be lower than the 0",),
    ),
    Attempt(
        "top_k_ids",
        "scores",
        "not yet",
        TOP + "    return np.sort(scores[ids != query_id])[::-1][:k]\n",
        ("These are the scores",),
    ),
    Attempt(
        "top_k_ids",
        "k too large for the partition",
        "raised",
        TOP
        + """\
    keep = ids != query_id
    scores, ids = scores[keep], ids[keep]
    best = np.argpartition(-scores, k)[:k]
    return ids[best[np.argsort(-scores[best])]]
""",
        ("ValueError", "k = 3"),
    ),
    Attempt(
        "top_k_ids",
        "a partition taken for sorted",
        "not yet",
        TOP
        + """\
    keep = ids != query_id
    scores, ids = scores[keep], ids[keep]
    k = min(k, len(scores))
    return ids[np.argpartition(-scores, k - 1)[:k]]
""",
        ("argpartition does not sort them",),
    ),
    Attempt(
        "top_k_ids",
        "shortened scores, whole ids",
        "not yet",
        TOP
        + """\
    order = np.argsort(-scores[ids != query_id])
    return ids[order[:k]]
""",
        ("the ids were not",),
    ),
    Attempt(
        "top_k_ids",
        "an id used as a position",
        "not yet",
        TOP
        + """\
    scores = scores.copy()
    scores[query_id] = -np.inf
    return ids[np.argsort(-scores)[:k]]
""",
        ("used as a position",),
    ),
    Attempt(
        "top_k_ids",
        "ids that became floats",
        "not yet",
        TOP
        + """\
    both = np.stack([scores, ids], axis=1)[ids != query_id]
    return both[np.argsort(-both[:, 0])][:k, 1]
""",
        ("of the type float64",),
    ),
]

UNITS = """\
    row = items.set_index("item_id")["item_index"][item_id]
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = units @ units[row]
    order = [i for i in np.argsort(-scores) if i != row][:k]
    return items.set_index("item_index").loc[order, "title"].tolist()
"""


def films_with(old, new):
    return FILMS + changed(UNITS, old, new)


FILMS_ATTEMPTS = [
    Attempt("nearest_films", "normalized first", "right", FILMS + UNITS),
    Attempt(
        "nearest_films",
        "a table sorted by pandas, returned as a column",
        "right",
        FILMS
        + """\
    table = items.sort_values("item_index").reset_index(drop=True)
    query = vectors[table.index[table["item_id"] == item_id][0]]
    table["cosine"] = vectors @ query / np.linalg.norm(vectors, axis=1)
    return table[table["item_id"] != item_id].nlargest(k, "cosine")["title"]
""",
    ),
    Attempt(
        "nearest_films",
        "a dictionary of titles",
        "right",
        FILMS
        + """\
    index_of = dict(zip(items["item_id"], items["item_index"]))
    title_of = dict(zip(items["item_index"], items["title"]))
    query = vectors[index_of[item_id]]
    cosine = lambda row: vectors[row] @ query / np.linalg.norm(vectors[row])
    others = [row for row in title_of if row != index_of[item_id]]
    return np.array([title_of[row] for row in sorted(others, key=cosine, reverse=True)[:k]])
""",
    ),
    Attempt(
        "nearest_films",
        "dot product",
        "not yet",
        films_with("units @ units[row]", "vectors @ vectors[row]"),
        ("that of the dot product",),
    ),
    Attempt(
        "nearest_films",
        "norm over the whole array",
        "not yet",
        films_with("np.linalg.norm(vectors, axis=1, keepdims=True)", "np.linalg.norm(vectors)"),
        ("that of the dot product", "length of each row"),
    ),
    Attempt(
        "nearest_films",
        "distance",
        "not yet",
        films_with("units @ units[row]", "-np.linalg.norm(vectors - vectors[row], axis=1)"),
        ("Euclidean distance",),
    ),
    Attempt(
        "nearest_films",
        "id as row",
        "not yet",
        films_with('items.set_index("item_id")["item_index"][item_id]', "item_id"),
        ("The id was used as the row",),
    ),
    Attempt(
        "nearest_films",
        "rows of the table as rows of the vectors",
        "not yet",
        films_with(
            'items.set_index("item_index").loc[order, "title"]', 'items["title"].loc[order]'
        ),
        ("Titles were taken by place in the table",),
    ),
    Attempt(
        "nearest_films",
        "row as id",
        "not yet",
        films_with('set_index("item_index").loc', 'set_index("item_id").loc'),
        ("Titles were taken by id",),
    ),
    Attempt(
        "nearest_films",
        "the film itself",
        "not yet",
        films_with(" if i != row", ""),
        ("The film itself is in the list",),
    ),
    Attempt(
        "nearest_films",
        "worst first",
        "not yet",
        films_with("(-scores)", "(scores)"),
        ("least similar",),
    ),
    Attempt(
        "nearest_films",
        "one short",
        "not yet",
        films_with("[:k]", "[: k - 1]"),
        ("Asked for k = 2 titles; yours gave 1",),
    ),
    Attempt(
        "nearest_films",
        "in the order of the table",
        "not yet",
        films_with("[:k]", "[:k]\n    order = [i for i in items['item_index'] if i in order]"),
        ("The right films, but not in order",),
    ),
    Attempt(
        "nearest_films",
        "a table",
        "not yet",
        films_with(', "title"].tolist()', "]"),
        ("Return a list of titles",),
    ),
    Attempt(
        "nearest_films",
        "rows instead of titles",
        "not yet",
        films_with('items.set_index("item_index").loc[order, "title"].tolist()', "order"),
        ("rows or ids are not yet titles",),
    ),
    Attempt(
        "nearest_films",
        "id - 1 as row",
        "not yet",
        films_with('items.set_index("item_id")["item_index"][item_id]', "item_id - 1"),
        ("id - 1 is the row by accident",),
    ),
    Attempt(
        "nearest_films",
        "scores by row, ids by place in the table",
        "not yet",
        films_with(
            """\
    order = [i for i in np.argsort(-scores) if i != row][:k]
    return items.set_index("item_index").loc[order, "title"].tolist()
""",
            """\
    best = top_k_ids(scores, items["item_id"].to_numpy(), k, item_id)
    return items.set_index("item_id").loc[best, "title"].tolist()
""",
        ),
        ("got the id at place i of `items`",),
    ),
    Attempt(
        "nearest_films",
        "a set",
        "not yet",
        films_with(
            'return items.set_index("item_index").loc[order, "title"].tolist()',
            'return set(items.set_index("item_index").loc[order, "title"])',
        ),
        ("the nearest first",),
    ),
    Attempt(
        "nearest_films",
        "a mistake that no table foresees",
        "not yet",
        films_with("[:k]", "[1::2][:k]"),
        ("The film with the id 3 has the item_index 1", "Emma (item_id 4, item_index 2)"),
    ),
]

# In the lab two functions are there when the last exercise begins.
EARLIER = "from utils.units.similarity.measures import cosine_to_all, top_k_ids\n\n\n"
ATTEMPTS = [
    replace(attempt, code=EARLIER + attempt.code)
    if attempt.exercise == "nearest_films"
    else attempt
    for attempt in with_stub_and_solution(
        "02_similarity",
        PAIR_ATTEMPTS + ALL_ATTEMPTS + DISTANCE_ATTEMPTS + TOP_ATTEMPTS + FILMS_ATTEMPTS,
    )
]


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_attempt(attempt):
    judge(check, attempt)


@pytest.mark.parametrize(
    ("right", "cases", "mistakes"),
    [
        pytest.param(
            measures.cosine_similarity, check.COSINE_CASES, check.COSINE_MISTAKES, id="cosine"
        ),
        pytest.param(
            measures.cosine_similarity, check.ZERO_CASES, check.ZERO_MISTAKES, id="cosine of zeros"
        ),
        pytest.param(measures.cosine_to_all, check.ALL_CASES, check.ALL_MISTAKES, id="all"),
        pytest.param(
            measures.cosine_to_all, check.ALL_ZERO_CASES, check.ALL_ZERO_MISTAKES, id="all zeros"
        ),
        pytest.param(
            measures.distance_from_cosine,
            check.DISTANCE_CASES,
            check.DISTANCE_MISTAKES,
            id="distance",
        ),
        pytest.param(measures.top_k_ids, check.TOP_CASES, check.TOP_MISTAKES, id="top"),
        pytest.param(measures.top_k_ids, check.FEW_CASES, check.FEW_MISTAKES, id="few"),
    ],
)
def test_a_mistake_is_told_by_its_own_words(right, cases, mistakes):
    for mistake, text in mistakes:
        if text == check.UNSORTED:  # on some processors a short partition comes out sorted
            continue

        def answer(*case, mistake=mistake):
            return mistake(*case)

        answer.named = str
        with np.errstate(all="ignore"), pytest.raises(NotYet) as error:
            expect_function(answer, right, cases, what="the answer", mistakes=mistakes)
        assert text in str(error.value)


def test_every_mistake_in_the_film_lists_gives_lists_of_its_own():
    cases = check._film_cases()
    right = [check._films()(*case) for case in cases]
    found = set()
    for mistake, text in check.FILM_MISTAKES:
        lists = [mistake(*case) for case in cases]
        assert sum(a != b for a, b in zip(lists, right, strict=True)) >= 2, text
        found.add(str(lists))
    assert len(found) == len(check.FILM_MISTAKES)
