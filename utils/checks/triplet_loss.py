"""Checks of lab 10: triplet loss and ranking from likes."""

import numpy as np

from utils.checks.compare import NotYet, as_array, expect_close, show
from utils.checks.framework import Lab

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


def course_hinge(positive_distances, negative_distances, margin):
    """Return the mean triplet loss of a batch."""
    return np.mean(np.maximum(margin + positive_distances - negative_distances, 0))


@lab.exercise(
    course_hinge,
    takeaway="Beyond the margin a triplet is done: no loss, no slope.",
    hints=[
        "For one row: by how much is the negative nearer than it should be? It should be at "
        "positive distance + margin or farther.",
        "margin + positive_distances - negative_distances is that, row by row. Where it is below "
        "0, the loss of the row is 0.",
        "np.mean(np.maximum(margin + positive_distances - negative_distances, 0))",
    ],
)
def hinge(answer):
    near, far = np.array([0.5, 0.2, 1.0]), np.array([1.2, 1.9, 0.6])
    rows = np.array([0.3, 0.0, 1.4])
    swapped = np.maximum(1 + far - near, 0)
    _expect_number(
        answer(near, far, 1.0),
        rows.mean(),
        f"hinge({near}, {far}, 1.0)",
        [
            (
                1.0 / 3,
                "A row beyond the margin has a loss of 0. Cut off each row at 0, before the mean.",
            ),
            (rows.sum(), "This is the sum; the loss of a batch is the mean over its rows."),
            (rows, "These are the right losses of the rows; return their mean."),
            (swapped.mean(), "Positive and negative are swapped: a small distance is good."),
            (0.4 / 3, "The margin is missing."),
            (1.64 / 3, "These are squared distances; the lab's loss takes them as they are."),
            (1.7 / 2, "The mean is over all rows, those with a loss of 0 as well."),
        ],
    )
    near, far = np.array([0.9, 0.1, 0.4, 0.4]), np.array([1.0, 0.9, 0.4, 0.5])
    _expect_number(
        answer(near, far, 0.2),
        0.1,
        f"hinge({near}, {far}, 0.2)",
        [(0.75, "This is the loss with a margin of 1: use the argument `margin`.")],
    )
    _expect_number(
        answer(np.array([0.1]), np.array([3.0]), 1.0), 0.0, "hinge([0.1], [3.0], 1.0), an easy row"
    )


def course_sample_negatives(users, liked, generator):
    """Draw one film without a like for each row, all such films equally likely."""
    films = generator.integers(liked.shape[1], size=len(users))
    hits = np.flatnonzero(liked[users, films])
    while len(hits):
        films[hits] = generator.integers(liked.shape[1], size=len(hits))
        hits = hits[liked[users[hits], films[hits]]]
    return films


LIKED = np.array(
    [
        [True, False, False, True, False, False],
        [False, False, True, True, True, False],
        [True, True, True, True, True, False],
        [False, True, True, True, True, True],
        [False, False, False, False, False, False],
    ]
)


@lab.exercise(
    course_sample_negatives,
    takeaway="Draw, look, draw the hits again: uniform over what is not liked, and fast.",
    hints=[
        "`generator.integers(num_items, size=len(users))` draws a film for each row, "
        "`liked[users, films]` says which of them are hits.",
        "`hits = np.flatnonzero(liked[users, films])` holds the rows to draw again. The new draws "
        "may hit as well, so this needs a loop.",
        "`while len(hits):` draw `films[hits]` anew, then keep only the rows that still hit: "
        "`hits = hits[liked[users[hits], films[hits]]]`.",
    ],
)
def sample_negatives(answer):
    users = np.tile([0, 1, 2, 3, 4, 0, 0, 4], 1_500)
    what = "sample_negatives for 12,000 rows of 5 users and 6 films"
    got = _film_indices(answer(users, LIKED, np.random.default_rng(0)), (12_000,), what)
    outside = got[(got < 0) | (got > 5)]
    if outside.size:
        raise NotYet(f"{what}: films are 0 to 5; yours gave {outside[0]}.")
    hits = LIKED[users, got]
    if hits.any():
        row = np.flatnonzero(hits)[0]
        blind = hits.mean() > 0.3
        raise NotYet(
            f"{what}: {hits.mean():.0%} of the draws are films that the user likes, for example "
            f"film {got[row]} for user {users[row]}. "
            + (
                "Does the function look at liked[users, films]?"
                if blind
                else "A film drawn anew may be a hit too: go on until none is left."
            )
        )
    for user in range(5):
        _expect_even_draws(got[users == user], user)
    again = as_array(answer(users, LIKED, np.random.default_rng(0)), what)
    other = as_array(answer(users, LIKED, np.random.default_rng(1)), what)
    if not np.array_equal(got, again) or np.array_equal(got, other):
        raise NotYet(
            "The same generator should give the same films, and another generator other ones. "
            "Take the random numbers from `generator`."
        )
    few = _film_indices(
        answer(np.array([2, 3]), LIKED, np.random.default_rng(0)), (2,), "With users [2, 3]"
    )
    expect_close(few, [5, 0], "For users who like all films but one, sample_negatives([2, 3], ...)")


def _expect_even_draws(films, user):
    allowed = np.flatnonzero(~LIKED[user])
    counts = np.bincount(films, minlength=6)[allowed]
    expected = len(films) / len(allowed)
    # Five standard deviations of a fair draw: a right answer is turned down once in a million.
    if np.all(np.abs(counts - expected) < 5 * np.sqrt(expected)):
        return
    shares = ", ".join(
        f"film {film}: {count / len(films):.0%}"
        for film, count in zip(allowed, counts, strict=True)
    )
    if np.count_nonzero(counts) == 1:
        why = " Each row needs its own draw, also where the same user comes again."
    elif counts[-1] == 0 and allowed[-1] == 5:
        why = " The last film never came: the upper end of generator.integers is left out."
    elif counts[0] == 0 and allowed[0] == 0:
        why = " Film 0 never came: an index counts from 0."
    else:
        why = " A hit should be drawn again among all films, not moved to a neighbor."
    raise NotYet(
        f"The films that user {user} does not like should come equally often, each in "
        f"{1 / len(allowed):.0%} of the rows; yours gave {shares}.{why}"
    )


def course_ndcg(relevance, k):
    """Return the NDCG of the first k places of a ranked list."""
    return _dcg(relevance[:k]) / _dcg(np.sort(relevance)[::-1][:k])


def _dcg(relevance, first_place=1):
    relevance = np.asarray(relevance, dtype=float)
    return np.sum(relevance / np.log2(np.arange(len(relevance)) + 1 + first_place))


@lab.exercise(
    course_ndcg,
    takeaway="A hit counts less the lower it stands; the best possible list counts 1.",
    hints=[
        "Write the DCG as a function of its own: it is needed twice, for the list and for its "
        "best order.",
        "Place 1 weighs 1 / log2(2), place 2 weighs 1 / log2(3). The best order is "
        "np.sort(relevance)[::-1].",
        "dcg(relevance) / dcg(np.sort(relevance)[::-1]), where dcg takes the first k of what it is "
        "given and sums first / np.log2(np.arange(2, len(first) + 2)).",
    ],
)
def ndcg(answer):
    relevance, k = [0, 1, 1, 1, 0, 1], 2
    best = _dcg([1, 1])
    _expect_number(
        answer(list(relevance), k),
        course_ndcg(relevance, k),
        f"ndcg({relevance}, {k})",
        [
            (_dcg([0, 1]), "The best order of the whole list has a 1 in both first places."),
            (_dcg([0, 1]) / _dcg([1] * 4), "The best order has to be cut at k as well."),
            (_dcg(relevance) / _dcg([1] * 4), "Only the first k places count."),
            (_dcg(relevance) / best, "Only the first k places of the list count."),
            (0.5, "This is the precision: places have no weight yet."),
            (_dcg([0, 1], 2) / _dcg([1, 1], 2), "The first place is 1, so it weighs 1 / log2(2)."),
            (1 / 3, "Places are divided by their number; the weight is 1 / log2(1 + place)."),
        ],
    )
    relevance = [1, 0, 1, 0, 1]
    _expect_number(answer(list(relevance), 3), course_ndcg(relevance, 3), f"ndcg({relevance}, 3)")
    _expect_number(
        answer([0, 1], 10),
        course_ndcg([0, 1], 10),
        "ndcg([0, 1], 10), where k is larger than the list,",
    )
    _expect_number(answer([0, 0, 1], 2), 0.0, "ndcg([0, 0, 1], 2), with no hit in time,")
    array = np.array([1, 1, 0])
    _expect_number(answer(array, 3), 1.0, f"ndcg({array}, 3), the best order,")


def course_auc(scores, seen, held_out):
    """Return the area under the ROC curve of one user."""
    positive, negative = scores[held_out][:, np.newaxis], scores[~held_out & ~seen]
    return np.mean((positive > negative) + 0.5 * (positive == negative))


@lab.exercise(
    course_auc,
    takeaway="AUC counts pairs in the right order, over the whole catalog: the top does not weigh "
    "more.",
    hints=[
        "Which films are the positives, which the negatives? Those of the training part are "
        "neither.",
        "scores[held_out][:, np.newaxis] > scores[~held_out & ~seen] compares all pairs at once.",
        "Take the mean of (positive > negative) + 0.5 * (positive == negative) over all pairs.",
    ],
)
def auc(answer):
    scores = np.array([2.0, 0.0, -1.5, -1.5, 0.5, 1.0, 0.5, -1.5, 0.5, 1.5])
    seen, held_out = np.zeros(10, dtype=bool), np.zeros(10, dtype=bool)
    seen[[0, 5]], held_out[[3, 7, 6]] = True, True
    nothing = np.zeros(10, dtype=bool)
    positive, negative = scores[held_out][:, None], scores[~held_out & ~seen]
    cut = np.maximum(scores, 0)
    hidden = np.where(seen, -np.inf, scores)
    _expect_number(
        answer(scores, seen, held_out),
        course_auc(scores, seen, held_out),
        f"The model gives the scores {scores}; films 0 and 5 are from training, films 3, 6 and 7 "
        "are held out. The AUC",
        [
            (np.mean(positive > negative), "Equal scores count half; yours count them as wrong."),
            (np.mean(positive >= negative), "Equal scores count half; yours count them as right."),
            (
                course_auc(scores, nothing, held_out),
                "Films of the training part are no candidates: they are neither positive nor "
                "negative.",
            ),
            (
                course_auc(hidden, nothing, held_out),
                "Films of the training part count as negatives that always lose. Leave them out of "
                "the pairs.",
            ),
            (
                course_auc(scores, nothing, held_out | seen),
                "Films of the training part count as positives; they are neither.",
            ),
            (
                1 - course_auc(scores, seen, held_out),
                "The order is turned around: the positive should have the higher score.",
            ),
            (
                course_auc(cut, seen, held_out),
                "Scores below 0 are as good as others: they were cut at 0.",
            ),
            (
                np.sum((positive > negative) + 0.5 * (positive == negative)),
                "This is the number of pairs; divide it by how many pairs there are.",
            ),
        ],
    )
    example = (np.array([3.0, 1, 2, 2]), *(np.arange(4) == place for place in (0, 3)))
    _expect_number(answer(*example), 0.75, "The AUC of the example")
    rng = np.random.default_rng(0)
    films = rng.permutation(500)
    held_out = np.isin(np.arange(500), films[:3])
    seen = np.isin(np.arange(500), films[3:90])
    for scores, name in (
        (held_out * 1.0, "a model that knows the answer"),
        (held_out * -1.0, "a model that says the opposite"),
        (np.zeros(500), "a model that says the same of all films"),
        (rng.normal(size=500), "a model that scores at random"),
    ):
        expected = course_auc(scores, seen, held_out)
        _expect_number(
            answer(scores, seen, held_out), expected, f"For 500 films, the AUC of {name}"
        )


def course_recommend(user_scores, user_likes, train_counts, test_counts, k):
    """Return the k best films for a user, by taste plus log(1 + popularity)."""
    scores = np.where(user_likes, -np.inf, user_scores + np.log1p(train_counts))
    return np.argsort(-scores)[:k]


@lab.exercise(
    course_recommend,
    takeaway="No ReLU on a score, no look at the test part, no film twice, and the best first.",
    hints=[
        "Call the function with numbers you know: all scores negative, one film that is popular "
        "in the test part alone, one film the user likes best of all and has seen.",
        "Which of the five arguments should have no influence at all? And which is given and not "
        "used?",
        "scores = np.where(user_likes, -np.inf, user_scores + np.log1p(train_counts)), then the k "
        "best of it; np.argsort puts the smallest first.",
    ],
)
def recommend(answer):
    rng = np.random.default_rng(4)
    for shift, num_films, what in (
        (9.0, 60, "positive"),
        (-9.0, 60, "negative"),
        (0.0, 1_682, "of any sign"),
    ):
        taste = rng.normal(size=num_films) + shift
        likes = np.isin(np.arange(num_films), rng.permutation(num_films)[: num_films // 5])
        train_counts, test_counts = rng.integers(0, 30, (2, num_films))
        favorite = np.where(likes, -np.inf, taste).argmax()  # a film that nobody has liked yet
        taste[favorite], train_counts[favorite] = taste[favorite] + 3, 0
        case = (taste, likes, train_counts, test_counts, 8)
        got = _film_indices(answer(*case), (8,), "With k = 8, the list")
        right = course_recommend(*case)
        other_test = (taste, likes, train_counts, test_counts[::-1] * 50, 8)
        again = as_array(answer(*other_test), "The list")
        if not np.array_equal(got, again):
            raise NotYet(
                "With the same taste and the same training part, but other likes in the test part, "
                f"your list changed from {got} to {again}. What happens in the test part is not "
                "known yet when the list is made."
            )
        if not np.array_equal(got, right):
            raise NotYet(
                f"With {num_films} films whose scores are {what}, of which the user likes "
                f"{show(np.flatnonzero(likes))}, the list should be {right}; yours is {got}. "
                + _explain_list(got, right, case)
            )


def _explain_list(got, right, case):
    taste, likes, train_counts, test_counts, k = case
    if ((got < 0) | (got >= len(taste))).any():
        return f"Films are 0 to {len(taste) - 1}."
    if len(set(got)) < k:
        return "A film came up twice."
    if likes[got].all() and taste.max() < 0:
        return "Films the user likes came first: a score of 0 beats a negative one."
    if likes[got].any():
        return "It holds films that the user likes already: they have to be left out."
    popularity = np.log1p(train_counts)
    others = [
        (-taste - popularity, "These are the worst films: np.argsort puts the smallest first."),
        (taste, "Popularity is missing."),
        (popularity, "Taste is missing."),
        (taste + train_counts, "Popularity is added as log(1 + count)."),
    ]
    for scores, why in others:
        if np.array_equal(got, np.argsort(-np.where(likes, -np.inf, scores))[:k]):
            return why
    without = right[train_counts[right] > 0]
    if np.array_equal(got[: len(without)], without):
        return "A film with 0 likes is missing. log(0) is minus infinity: add 1 before."
    if set(got) == set(right):
        return "The right films in the wrong order: the best comes first."
    if (taste + popularity)[~likes].min() < 0:
        return "Are scores below 0 cut off? Then all of them are tied, and their order is lost."
    return "Which films does the user like, and which scores are the highest of the others?"


def _expect_number(result, expected, what, mistakes=()):
    """Compare one number, which may come as an array with one entry."""
    got = as_array(result, what)
    one_entry = got.size == 1 and got.ndim > 0
    expect_close(got.reshape(()) if one_entry else result, expected, what, mistakes)


def _film_indices(result, shape, what):
    got = as_array(result, what)
    if got.shape != shape:
        raise NotYet(f"{what} should have the shape {shape}; yours has {got.shape}.")
    if got.dtype.kind != "i":
        raise NotYet(
            f"{what} should hold integers, item_index; yours holds {got.dtype}: {show(got[:5])}."
        )
    return got
