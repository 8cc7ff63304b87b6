"""What the checks of lab 02 say to right, wrong and odd answers."""

from dataclasses import replace

import pytest
from attempts import Attempt, changed, judge, with_stub_and_solution

from utils.checks import similarity as check

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
        ("This is the dot product", "0.96"),
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
]

ALL_ATTEMPTS = [
    Attempt(
        "cosine_to_all",
        "a loop",
        "right",
        ALL
        + """\
    cosines = []
    for vector in vectors:
        lengths = np.linalg.norm(vector) * np.linalg.norm(query)
        cosines.append(vector @ query / lengths if lengths else 0.0)
    return cosines
""",
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
        "columns, hidden by a broadcast",
        "not yet",
        ALL
        + """\
    lengths = np.linalg.norm(vectors, axis=0 if len(vectors) == len(query) else 1)
    return vectors @ query / (lengths * np.linalg.norm(query))
""",
        ("those of the columns",),
    ),
    Attempt(
        "cosine_to_all",
        "columns",
        "raised",
        ALL + "    return vectors @ query / np.linalg.norm(vectors, axis=0)\n",
        ("ValueError", "query = [3. 4.]"),
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
        ("shape (4,); yours has (4, 1)",),
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
        ("Cut at 0 first",),
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
        ("0 beats a negative",),
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
        ("ValueError", "k = 10"),
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
        ("item_id is not a row of `vectors`",),
    ),
    Attempt(
        "nearest_films",
        "rows of the table as rows of the vectors",
        "not yet",
        films_with(
            'items.set_index("item_index").loc[order, "title"]', 'items["title"].loc[order]'
        ),
        ("`items` may be in any order",),
    ),
    Attempt(
        "nearest_films",
        "row as id",
        "not yet",
        films_with('set_index("item_index").loc', 'set_index("item_id").loc'),
        ("a row of `vectors` is not an item_id",),
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
        ("Asked for k = 5 titles; yours gave 4",),
    ),
    Attempt(
        "nearest_films",
        "in the order of the table",
        "not yet",
        films_with("[:k]", "[:k]\n    order = sorted(order)"),
        ("wrong order",),
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
        ("yours gave",),
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


def test_every_bug_of_the_film_lists_gives_a_list_of_its_own():
    case = check._films_case()
    lists = {tuple(check._nearest_films(13, *case, 5, bug)) for bug in [None, *check.NEIGHBOR_BUGS]}
    assert len(lists) == 1 + len(check.NEIGHBOR_BUGS)
