"""Checks of lab 02: `from utils.checks import similarity as check`."""

import numpy as np
import pandas as pd

from utils.checks.compare import NotYet, as_array, expect_close, show
from utils.checks.framework import Lab
from utils.units.similarity import measures as course

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


@lab.exercise(
    course.cosine_similarity,
    takeaway="Product divided by both lengths: only the direction is left, from -1 to 1.",
    hints=[
        "You need three numbers: the dot product and the two lengths. What if a length is 0?",
        "The length of x is np.sqrt(np.sum(x**2)), or np.linalg.norm(x).",
        "Compute `lengths = np.linalg.norm(first) * np.linalg.norm(second)`, return 0.0 if it is "
        "0, and first @ second / lengths otherwise.",
    ],
)
def cosine_similarity(answer):
    def expect(first, second, cosine, mistakes=()):
        what = f"cosine_similarity({first}, {second})"
        got = as_array(answer(np.array(first), np.array(second)), what)
        got = got[0] if got.shape == (1,) else got
        expect_close(got, cosine, what, mistakes)

    expect(
        [3.0, 4.0],
        [4.0, 3.0],
        0.96,
        mistakes=[
            (24, "This is the dot product; divide it by both lengths."),
            (24 / 625, "The lengths are roots: the square root is missing."),
            (24 / 5, "Divide by the length of both vectors, not of one."),
            (2.4, "The lengths are multiplied, not added."),
            (24 / 49, "The length is the root of the sum of squares, not the sum."),
            (0.04, "This is 1 - cos, a distance; return the cosine."),
            (np.arccos(0.96), "This is the angle; return its cosine."),
            (np.degrees(np.arccos(0.96)), "This is the angle in degrees; return its cosine."),
            (np.sqrt(2), "This is the Euclidean distance."),
            (24 / 50, "That is the norm of both vectors put together; each has its own."),
            ([0.48, 0.48], "The sum over the coordinates is missing."),
        ],
    )
    expect([1.0, 2.0, -2.0], [-10.0, -20.0, 20.0], -1, [(1, "The sign is lost.")])
    expect([1, 0, 0], [0, 5, 0], 0)
    no_direction = "A vector of zeros has no direction: return 0, do not divide by 0."
    for pair in (([0.0, 0.0], [1.0, 2.0]), ([3.0, 1.0], [0.0, 0.0])):
        expect(*pair, 0, [(np.nan, no_direction), (1, no_direction)])


@lab.exercise(
    course.cosine_to_all,
    takeaway="One product, one length per row: a million cosines without a loop.",
    hints=[
        "`vectors @ query` holds all dot products. Which length belongs to which of them?",
        "`np.linalg.norm(vectors)` is one number for the whole array. With axis=1 it is one per "
        "row.",
        "Divide by `np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)`, after replacing the "
        "zeros among these products of lengths by 1: np.where(lengths > 0, lengths, 1).",
    ],
)
def cosine_to_all(answer):
    query = np.array([3.0, 4.0])
    vectors = np.array([[4.0, 3.0], [6.0, 8.0], [-4.0, 3.0], [-3.0, -4.0]])
    dots, lengths = vectors @ query, np.linalg.norm(vectors, axis=1)
    right = [0.96, 1, 0, -1]
    whole_array = (
        "The norm was taken over the whole array: one number for all rows. So the order is that "
        "of the dot product. Each row needs a length of its own: look at `axis=`."
    )
    expect_close(
        answer(query, vectors),
        right,
        f"With query = {query} and vectors =\n{vectors}\nthe cosines",
        mistakes=[
            (dots / (np.linalg.norm(vectors) * 5), whole_array),
            (dots / np.linalg.norm(vectors), whole_array),
            (dots, "These are the dot products; divide by the lengths."),
            (dots / 5, "The lengths of the rows are missing."),
            (dots / lengths, "The length of the query is missing."),
            (np.subtract(1, right), "This is 1 - cos, a distance; return the cosine."),
            (np.abs(right), "The sign is lost."),
            (dots / (5 * lengths**2), "The length of a row counts twice."),
            (dots / (25 * lengths**2), "The lengths are roots: the square root is missing."),
            (np.linalg.norm(vectors - query, axis=1), "These are Euclidean distances."),
        ],
    )
    square = np.array([[4.0, 3.0], [6.0, 8.0]])
    expect_close(
        answer(query, square),
        [0.96, 1],
        f"With query = {query} and vectors =\n{square}\nthe cosines",
        mistakes=[
            (
                square @ query / (5 * np.linalg.norm(square, axis=0)),
                "The lengths are those of the columns: the vectors are the rows, axis=1.",
            ),
        ],
    )
    nothing = "A vector of zeros has no direction: its cosine is 0, do not divide by 0."
    expect_close(
        answer(query, np.array([[0.0, 0.0], [3.0, 4.0]])),
        [0, 1],
        f"With query = {query} and vectors = [[0, 0], [3, 4]] the cosines",
        mistakes=[([np.nan, 1], nothing)],
    )
    expect_close(
        answer(np.zeros(2), vectors),
        np.zeros(4),
        "With a query of zeros the cosines",
        mistakes=[(np.full(4, np.nan), nothing)],
    )
    generator = np.random.default_rng(0)
    query, vectors = generator.normal(size=5), generator.normal(size=(30, 5))
    expect_close(
        answer(query, vectors), course.cosine_to_all(query, vectors), "With random vectors, cosines"
    )


@lab.exercise(
    course.distance_from_cosine,
    takeaway="On unit vectors the cosine says the distance: an index for one serves the other.",
    hints=[
        "Write |x - y|^2 as a dot product and use |x| = |y| = 1.",
        "|x - y|^2 = 2 (1 - cos). What happens to the root if cos is 1.0000001?",
        "np.sqrt(np.maximum(2 * (1 - cosine), 0))",
    ],
)
def distance_from_cosine(answer):
    cosine = np.array([1.0, 0.0, -1.0, 0.5])
    expect_close(
        answer(cosine),
        [0, np.sqrt(2), 2, 1],
        f"distance_from_cosine({cosine})",
        mistakes=[
            ([0, 2, 4, 1], "This is the squared distance: the root is missing."),
            ([0, 1, np.sqrt(2), np.sqrt(0.5)], "The factor 2 under the root is missing."),
            ([0, 1, 2, 0.5], "1 - cos is often called cosine distance; it is not the Euclidean."),
            (np.arccos(cosine), "This is the angle, the way along the circle."),
            ([0, 2, 2 * np.sqrt(2), np.sqrt(2)], "The factor 2 stands under the root."),
            ([2, np.sqrt(2), 0, np.sqrt(3)], "The sign is wrong: similar vectors are close."),
            ([0, 1, 0, np.sqrt(0.75)], "This is the sine; at cosine -1 the distance is 2."),
        ],
    )
    expect_close(
        answer(np.array([1.0000001, 0.28])),
        [0, 1.2],
        "distance_from_cosine([1.0000001, 0.28])",
        mistakes=[
            (
                [np.nan, 1.2],
                "Rounding can put a cosine a little above 1, and the root of a negative number is "
                "NaN. Cut at 0 first.",
            )
        ],
        tolerance=1e-3,
    )


@lab.exercise(
    course.top_k_ids,
    takeaway="Partition, sort k, translate into ids; leave the query out by its id.",
    hints=[
        "Three steps: leave out the query, find the k best positions, translate them into ids.",
        "`keep = ids != query_id` selects from both scores and ids. `np.argpartition(-scores, k)`"
        "[:k] holds the k best positions in any order; it needs k < len(scores).",
        "best = np.argpartition(-scores, k)[:k]; best = best[np.argsort(-scores[best])]; return "
        "ids[best]. If k is too large, set k = min(k, len(scores)) and sort everything.",
    ],
)
def top_k_ids(answer):
    scores = np.array([0.9, -0.2, 1.0, 0.3, 0.8, 0.1])
    ids = np.array([50, 10, 40, 30, 20, 60])
    named = f"With scores = {scores} and ids = {ids},\n"
    in_order = "The k best are there, but not in order: argpartition does not sort them."
    worst = "These are the worst scores; larger is better."
    expect_close(
        answer(scores, ids, 3, 40),
        [50, 20, 30],
        f"{named}the 3 best for query 40",
        mistakes=[
            ([0, 4, 3], "These are positions in `scores`: translate them into ids."),
            ([0, 3, 2], "These are positions in a shortened array: translate them into ids."),
            ([40, 50, 20], "The query itself is in the list; leave it out."),
            ([2, 0, 4], "These are positions, and the query itself is among them."),
            ([50, 20], "Leave the query out first, then take k."),
            ([10, 60, 30], worst),
            ([30, 20, 50], "The order is turned around: the best comes first."),
            ([0.9, 0.8, 0.3], "These are the scores; return the ids."),
            *[(order, in_order) for order in ([20, 50, 30], [50, 30, 20], [20, 30, 50])],
            ([30, 50, 20], in_order),
        ],
    )
    expect_close(
        answer(scores, ids, 2, 20),
        [40, 50],
        f"{named}the 2 best for query 20",
        mistakes=[
            (
                [50, 20],
                "The first of the list was dropped. The query need not have the best score, by "
                "dot product for example: leave it out by its id.",
            ),
            ([40], "The query need not be in front: leave it out by its id."),
            ([50, 40], in_order),
        ],
    )
    negative = np.array([-5.0, -1.0, -2.0, -7.0])
    lost = "The query came up: a score of 0 beats a negative one. Leave it out instead."
    expect_close(
        answer(negative, ids[:4], 2, 30),
        [10, 40],
        f"With scores = {negative} and ids = {ids[:4]},\nthe 2 best for query 30",
        mistakes=[([30, 10], lost)],
    )
    expect_close(
        answer(scores, ids, 10, 40),
        [50, 20, 30, 60, 10],
        f"{named}the 10 best for query 40 (there are only 5 others)",
        mistakes=[([50, 20, 30, 60, 10, 40], "The query itself is in the list; leave it out.")],
    )
    expect_close(
        answer(scores, ids, 5, 40), [50, 20, 30, 60, 10], f"{named}the 5 best for query 40"
    )
    generator = np.random.default_rng(0)
    scores, ids = generator.permutation(200) / 7.0, 1000 + generator.permutation(200)
    right = course.top_k_ids(scores, ids, 20, 1000)
    got = as_array(answer(scores, ids, 20, 1000), "The 20 best of 200")
    why = [(got, in_order)] if sorted(got.ravel()) == sorted(right) else []
    expect_close(got, right, "The 20 best of 200", why)


NEIGHBOR_BUGS = {
    "dot product": "The order is that of the dot product. Divide by the length of each row.",
    "distance": "The order is that of the Euclidean distance; use the cosine.",
    "id as row": "The vector of another film was taken: item_id is not a row of `vectors`.",
    "row of the table": "A row of `vectors` belongs to an item_index; `items` may be in any order.",
    "row as id": "The titles are of other films: a row of `vectors` is not an item_id.",
    "query stays": "The film itself is in the list; leave it out.",
    "worst first": "These are the least similar films.",
}


def _nearest_films(item_id, vectors, items, k, bug=None):
    """Find the nearest films with at most one bug, so that a wrong list can be told by it."""
    row = item_id if bug == "id as row" else items.set_index("item_id")["item_index"][item_id]
    scores = {
        "dot product": vectors @ vectors[row],
        "distance": -np.linalg.norm(vectors - vectors[row], axis=1),
    }.get(bug, course.cosine_to_all(vectors[row], vectors))
    order = np.argsort(scores if bug == "worst first" else -scores, kind="stable")
    order = order[: k + 1] if bug == "query stays" else order[order != row]
    titles = {
        "row of the table": items["title"].to_numpy(),
        "row as id": items.sort_values("item_id")["title"].to_numpy(),
    }.get(bug, items.sort_values("item_index")["title"].to_numpy())
    return titles[order[:k]].tolist()


def _films_case():
    """Return a small catalog in which every bug gives a list of its own and raises no error."""
    generator = np.random.default_rng(4)
    vectors = generator.normal(size=(24, 6)) * generator.uniform(0.3, 3, size=(24, 1))
    items = pd.DataFrame({"item_id": generator.permutation(24), "item_index": np.arange(24)})
    items["title"] = [f"Film {letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWX"]
    return vectors, items.sample(frac=1, random_state=1, ignore_index=True)


@lab.exercise(
    course.nearest_films,
    takeaway="From id to row, from row to cosines, from the best rows back to titles.",
    hints=[
        "item_id -> item_index -> a row of `vectors`. And back for the result.",
        "`items.set_index('item_id').loc[item_id, 'item_index']` is the row of the film. Sort "
        "`items` by item_index, and row i of both tables is the same film.",
        "by_row = items.sort_values('item_index'); cosines = cosine_to_all(vectors[row], vectors); "
        "best = top_k_ids(cosines, np.arange(len(vectors)), k, row); return "
        "by_row['title'].iloc[best].tolist()",
    ],
)
def nearest_films(answer):
    vectors, items = _films_case()
    for item_id, k in ((13, 5), (7, 5), (0, 1), (22, 8)):
        got = _titles(answer(item_id, vectors, items, k))
        right = _nearest_films(item_id, vectors, items, k)
        if got == right:
            continue
        text = f"In a small catalog, the {k} nearest films of item_id {item_id}"
        why = [
            words
            for bug, words in NEIGHBOR_BUGS.items()
            if got == _nearest_films(item_id, vectors, items, k, bug)
        ]
        if len(got) != len(right):
            why = [f"Asked for k = {k} titles; yours gave {len(got)}."]
        elif sorted(got) == sorted(right):
            why = ["The right films in the wrong order: the most similar comes first."]
        raise NotYet(f"{text} should be\n{right}\nyours gave\n{got}\n{' '.join(why[:1])}".rstrip())


def _titles(result):
    if isinstance(result, (str, pd.DataFrame)) or not np.iterable(result):
        raise NotYet(f"Return a list of titles. Yours returned {show(result)}.")
    return [str(title) for title in result]
