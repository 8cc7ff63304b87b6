"""Checks of lab 10: triplet loss and ranking from likes."""

import numpy as np

from utils.checks.compare import NotYet, as_array, expect_close, expect_function, show
from utils.checks.framework import Lab
from utils.units.triplet_loss import sampling

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy

SECONDS = 10.0  # a right answer takes less than one


def course_hinge(positive_distances, negative_distances, margin):
    """Return the mean triplet loss of a batch."""
    return np.mean(_hinge_rows(positive_distances, negative_distances, margin))


def _hinge_rows(near, far, margin):
    return np.maximum(margin + near - far, 0)


HINGE_CASES = [
    (np.array([0.31, 0.84]), np.array([1.27, 0.96]), 0.5),
    (np.array([0.62, 0.15, 1.73]), np.array([1.18, 2.31, 0.57]), 0.9),
    (np.array([0.72, 2.85, 0.26, 0.48, 1.31]), np.array([1.94, 0.83, 2.47, 1.12, 3.35]), 1.7),
]
HINGE_MISTAKES = [
    (
        lambda near, far, margin: np.mean(margin + near - far),
        "A row beyond the margin has a loss of 0. Cut off each row at 0.",
    ),
    (
        lambda near, far, margin: max(np.mean(margin + near - far), 0),
        "A row beyond the margin has a loss of 0. Cut off each row at 0 before the mean, not the "
        "mean.",
    ),
    (
        lambda near, far, margin: np.sum(_hinge_rows(near, far, margin)),
        "This is the sum; the loss of a batch is the mean over its rows.",
    ),
    (_hinge_rows, "These are the right losses of the rows; return their mean."),
    (
        lambda near, far, margin: np.max(_hinge_rows(near, far, margin)),
        "This is the largest loss of a row. np.maximum(row, 0) cuts each row at 0; the loss of the "
        "batch is their mean.",
    ),
    (
        lambda near, far, margin: _hinge_rows(near, far, margin)[0],
        "This is the loss of the first row alone.",
    ),
    (
        lambda near, far, margin: _hinge_rows(near, far, margin)[0] / len(near),
        "Only the first row was added up. Does a `return` stand inside the loop?",
    ),
    (
        lambda near, far, margin: course_hinge(far, near, margin),
        "Positive and negative are swapped: a small distance is good.",
    ),
    (
        lambda near, far, margin: course_hinge(near, far, -margin),
        "The sign of the margin is wrong: it asks for more distance to the negative.",
    ),
    (
        lambda near, far, margin: course_hinge(far, near, -margin),
        "This is what the negative has beyond the margin. The loss is what is missing to it.",
    ),
    (lambda near, far, margin: course_hinge(near, far, 0), "The margin is missing."),
    (
        lambda near, far, margin: course_hinge(near, far, 1),
        "This is the loss with a margin of 1: use the argument `margin`.",
    ),
    (
        lambda near, far, margin: margin + course_hinge(near, far, 0),
        "The margin was added after the cut. Add it before: a row is done only beyond it.",
    ),
    (
        lambda near, far, margin: course_hinge(near**2, far**2, margin),
        "These are squared distances; the lab's loss takes them as they are.",
    ),
    (
        lambda near, far, margin: np.mean(_hinge_rows(near, far, margin) ** 2),
        "The losses of the rows were squared.",
    ),
    (
        lambda near, far, margin: np.mean(np.abs(margin + near - far)),
        "A row beyond the margin has a loss of 0. The absolute value gives it a positive one.",
    ),
    (
        lambda near, far, margin: np.mean(np.minimum(margin + near - far, 0)),
        "np.minimum keeps what is below 0; np.maximum cuts it off.",
    ),
    (
        lambda near, far, margin: np.mean(np.log1p(np.exp(margin + near - far))),
        "This is a softplus, a smooth relative of the hinge. The hinge is exactly 0 beyond the "
        "margin.",
    ),
    (
        lambda near, far, margin: np.mean(np.clip(margin + near - far, 0, margin)),
        "A loss may be larger than the margin: only what is below 0 is cut off.",
    ),
    (
        lambda near, far, margin: np.mean(margin + near - far > 0),
        "This is the share of rows with a loss, not the mean of their losses.",
    ),
    (
        lambda near, far, margin: (
            np.sum(_hinge_rows(near, far, margin)) / np.sum(margin + near - far > 0)
        ),
        "The mean is over all rows, those with a loss of 0 as well.",
    ),
]


def _hinge_steps(near, far, margin):
    rows = [
        f"row {row}: {margin} + {p} - {n} = {margin + p - n:.2f}"
        + (", below 0, so its loss is 0" if margin + p - n < 0 else "")
        for row, (p, n) in enumerate(zip(near, far, strict=True))
    ]
    return "\n".join([*rows, f"The loss is the mean over {len(rows)} rows."])


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
    seconds=SECONDS,
)
def hinge(answer):
    number = _converted(answer, _number)
    expect_function(
        number,
        course_hinge,
        HINGE_CASES,
        what="the loss",
        mistakes=HINGE_MISTAKES,
        steps=_hinge_steps,
        tolerance=2e-3,  # half precision is precise enough
    )
    easy = np.array([0.13, 0.42]), np.array([2.94, 1.87]), 0.7
    expect_close(
        number(*easy),
        0,
        f"With\n{answer.named(easy)}\nall negatives are beyond the margin: the loss",
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
NUM_FILMS = LIKED.shape[1]
SIGMAS = 5  # a fair draw is farther off once in a million


@lab.exercise(
    course_sample_negatives,
    takeaway="Draw, look, draw the hits again: uniform over what is not liked, and fast.",
    hints=[
        "`generator.integers(num_items, size=len(users))` draws a film for each row, "
        "`liked[users, films]` says which of them are hits.",
        "`hits = np.flatnonzero(liked[users, films])` holds the rows to draw again. The new draws "
        "may hit as well, so this needs a loop: draw these rows alone, and look at them again.",
        "`while len(hits):` draw `films[hits]` anew, then keep only the rows that still hit: "
        "`hits = hits[liked[users[hits], films[hits]]]`.",
    ],
    seconds=SECONDS,
    also=[sampling.draw_negatives],
)
def sample_negatives(answer):
    _draw(answer, np.array([0, 1, 4]), np.random.default_rng(0))  # small: to be redone by hand
    users = np.tile([4, 0, 1], 3_000)
    films = _draw(answer, users, np.random.default_rng(0))
    _expect_even_draws({user: films[users == user] for user in (0, 1, 4)})
    again = _draw(answer, users, np.random.default_rng(0))
    other = _draw(answer, users, np.random.default_rng(1))
    if np.array_equal(films, other):
        raise NotYet(
            "Two generators with different seeds gave the same films: each epoch would train on "
            "the same negatives. Take the random numbers from `generator`, not from one with a "
            "seed of its own."
        )
    if not np.array_equal(films, again):
        raise NotYet(
            "Two generators with the same seed gave different films. Take all random numbers from "
            "`generator`, none from np.random or elsewhere."
        )
    _draw(answer, np.tile([2, 3], 500), np.random.default_rng(0))  # all films liked but one


def _draw(answer, users, generator):
    """Return the films that an answer draws, or raise NotYet if one of them cannot be."""
    what = f"sample_negatives for {len(users):,} rows of users {np.unique(users)} and 6 films"
    films = _film_indices(answer(users, LIKED, generator))
    if films.shape != users.shape:
        raise NotYet(f"{what} should have the shape {users.shape}; yours has {films.shape}.")
    outside = films[(films < 0) | (films >= NUM_FILMS)]
    if outside.size:
        raise NotYet(f"{what}: films are 0 to {NUM_FILMS - 1}; yours gave {outside[0]}.")
    hits = LIKED[users, films]
    if not hits.any() or len(users) < 100:  # a few rows do not tell why some of them hit
        return films
    row = np.flatnonzero(hits)[0]
    blind = LIKED[users].mean()
    if not LIKED[np.sort(users), films].any():
        why = "The films fit the users one after the other: keep them in the order of the rows."
    elif hits.mean() > (1 + blind) / 2:
        why = "liked[user] is True for the films that the user likes: draw from the others."
    elif hits.mean() > 0.8 * blind:
        why = "Does the function look at liked[users, films], row by row?"
    else:
        why = "A film drawn anew may be a hit too: look at the same rows again, until none is left."
    raise NotYet(
        f"{what}: {hits.sum():,} draws hit a film that the user likes, for example film "
        f"{films[row]} for user {users[row]}. {why}"
    )


def _expect_even_draws(draws):
    """Raise NotYet unless each user's films without a like come equally often."""
    counts = {user: np.bincount(films, minlength=NUM_FILMS) for user, films in draws.items()}
    even = {user: ~LIKED[user] / np.sum(~LIKED[user]) for user in draws}
    uneven = [user for user in draws if not _fits(counts[user], even[user])]
    if not uneven:
        return
    user = uneven[0]
    total = counts[user].sum()
    shares = ", ".join(
        f"film {film}: {counts[user][film] / total:.0%}" for film in np.flatnonzero(~LIKED[user])
    )
    raise NotYet(
        f"The films that user {user} does not like should come equally often, each in "
        f"{even[user].max():.0%} of the rows; yours gave {shares}. {_explain_uneven(counts)}"
    )


def _fits(counts, shares):
    expected = counts.sum() * shares
    return np.all(np.abs(counts - expected) <= SIGMAS * np.sqrt(expected))


def _explain_uneven(counts):
    num_drawn = sum(counts.values())
    users = [user for user in counts if LIKED[user].any()]
    if all(np.count_nonzero(of_user) == 1 for of_user in counts.values()):
        return "Each row needs its own draw, also where the same user comes again."
    if num_drawn[-1] == 0:
        return "The last film never came: generator.integers leaves its upper end out."
    if num_drawn[0] == 0:
        return "Film 0 never came: an index counts from 0."
    for step in (1, -1):
        if all(_fits(counts[user], _moved(user, step)) for user in users):
            return "A hit should be drawn again among all films, not moved to a neighbor."
    if all(_fits(counts[user], _all_on_one(user, counts[user].argmax())) for user in users):
        return "All hits got the same film: each of them needs a draw of its own."
    return "Draw a hit again among all films, each of them with the same chance."


def _moved(user, step):
    """Return the shares of the films if each hit moves on by a step until it is none."""
    shares = np.zeros(NUM_FILMS)
    for film in range(NUM_FILMS):
        while LIKED[user, film]:
            film = (film + step) % NUM_FILMS
        shares[film] += 1 / NUM_FILMS
    return shares


def _all_on_one(user, film):
    """Return the shares of the films if all hits get the same one."""
    shares = ~LIKED[user] / NUM_FILMS
    shares[film] += np.mean(LIKED[user])
    return shares


def course_ndcg(relevance, k):
    """Return the NDCG of the first k places of a ranked list."""
    return _dcg(relevance[:k]) / _dcg(_best(relevance)[:k])


def _best(relevance):
    return np.sort(relevance)[::-1]


def _dcg(relevance, weight=lambda place: 1 / np.log2(1 + place)):
    relevance = np.asarray(relevance, dtype=float)
    return np.sum(relevance * weight(np.arange(1, len(relevance) + 1)))


def _ndcg_with(weight):
    return lambda r, k: _dcg(r[:k], weight) / _dcg(_best(r)[:k], weight)


NDCG_CASES = [
    ([0, 1, 1, 0], 2),
    ([0, 0, 1, 1, 0], 4),
    ([1, 0, 1, 0, 1], 2),
    ([1, 0, 0, 1, 0, 1, 0, 1], 7),
    (np.array([0, 1, 0, 0, 1, 1, 0, 1, 1]), 3),
]
NDCG_MISTAKES = [
    (
        lambda r, k: _dcg(r[:k]) / _dcg(_best(r[:k])),
        "This is the best order of the first k alone. Take that of the whole list: a hit below "
        "place k should have stood higher.",
    ),
    (lambda r, k: _dcg(r[:k]) / _dcg(_best(r)), "The best order has to be cut at k as well."),
    (lambda r, k: _dcg(r) / _dcg(_best(r)), "Only the first k places count."),
    (lambda r, k: _dcg(r) / _dcg(_best(r)[:k]), "Only the first k places of the list count."),
    (
        lambda r, k: _dcg(r[:k]) / _dcg(np.ones(k)),
        "The best order is one of the same list: it has no more 1s than the list has.",
    ),
    (
        lambda r, k: _dcg(r[:k]) / _dcg(np.sort(r)[:k]),
        "This is the worst order: np.sort puts the smallest first.",
    ),
    (lambda r, k: _dcg(r[:k]), "This is the DCG; divide it by the DCG of the best order."),
    (lambda r, k: 1.0, "This is 1 for each list. Is the DCG divided by that of the best order?"),
    (
        lambda r, k: _dcg(_best(r)[:k]) / _dcg(r[:k]),
        "The fraction is upside down: the best order has the larger DCG.",
    ),
    (
        lambda r, k: _dcg(r[:k]) / np.sum(r),
        "Divide by the DCG of the best order, not by the number of 1s.",
    ),
    (
        lambda r, k: course_ndcg(r, k - 1),
        "One place is missing: the first k places are relevance[:k].",
    ),
    (lambda r, k: np.mean(r[:k]), "This is the precision: places have no weight yet."),
    (lambda r, k: np.sum(r[:k]) / np.sum(r), "This is the recall: places have no weight yet."),
    (
        lambda r, k: 1 / (1 + np.argmax(r)),
        "This is 1 / place of the first hit. All hits count, each by 1 / log2(1 + place).",
    ),
    (
        _ndcg_with(lambda place: 1 / place),
        "Hits are divided by their place; the weight is 1 / log2(1 + place).",
    ),
    (
        _ndcg_with(lambda place: 1 / np.log2(2 + place)),
        "The first place is 1, so it weighs 1 / log2(2).",
    ),
    (
        _ndcg_with(lambda place: 1 / np.log2(place)),
        "The first place would weigh 1 / log2(1), and log2(1) is 0: the weight is "
        "1 / log2(1 + place).",
    ),
    (
        _ndcg_with(lambda place: 1 / np.maximum(1, np.log2(place))),
        "The weight is 1 / log2(1 + place), from the first place on.",
    ),
    (
        _ndcg_with(lambda place: np.log2(1 + place)),
        "A hit counts less the lower it stands: divide by log2(1 + place).",
    ),
]


def _ndcg_steps(relevance, k):
    def terms(values):
        parts = [f"{value}/log2({place})" for place, value in enumerate(values[:k], start=2)]
        return f"{' + '.join(parts)} = {_dcg(values[:k]):.4f}"

    best = [int(value) for value in _best(relevance)]
    return (
        f"DCG: {terms(relevance)}\nbest order {best}: {terms(best)}\n"
        f"NDCG: {_dcg(relevance[:k]):.4f} / {_dcg(best[:k]):.4f}"
    )


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
    seconds=SECONDS,
)
def ndcg(answer):
    number = _converted(answer, _number)
    expect_function(
        number,
        course_ndcg,
        NDCG_CASES,
        what="the NDCG",
        mistakes=NDCG_MISTAKES,
        steps=_ndcg_steps,
    )
    for relevance, k, where in (
        ([0, 1], 10, "where k is larger than the list: only places that exist count;"),
        ([0, 0, 1], 2, "with no hit among the first k,"),
        ([1, 1, 0], 3, "the best order,"),
    ):
        expect_close(
            number(relevance, k), course_ndcg(relevance, k), f"ndcg({relevance}, {k}), {where} it"
        )


def course_auc(scores, seen, held_out):
    """Return the area under the ROC curve of one user."""
    return _auc(scores, held_out, ~held_out & ~seen)


def _auc(scores, positives, negatives, tie=0.5):
    return np.mean(_auc_rows(scores, positives, negatives, tie))


def _auc_rows(scores, positives, negatives, tie=0.5):
    """Return for each positive the share of negatives that it beats."""
    gaps = scores[positives][:, np.newaxis] - scores[negatives]
    return np.mean((gaps > 0) + tie * (gaps == 0), axis=1)


def _marked(num_films, *films):
    return np.isin(np.arange(num_films), films)


AUC_CASES = [
    (np.array([2.3, 0.7, 1.4, 0.7, -0.6, 1.9]), _marked(6, 0), _marked(6, 3, 5)),
    (
        np.array([0.4, -1.1, 2.6, 0.4, -0.3, 1.7, -0.7, 0.9]),
        _marked(8, 2, 4),
        _marked(8, 1, 3, 7),
    ),
    (
        np.array([-0.8, 1.2, 0.5, -0.8, 3.1, 0.5, -1.9, 2.2, 1.2, -0.8]),
        _marked(10, 1, 9),
        _marked(10, 2, 3, 4),
    ),
]
AUC_MISTAKES = [
    (
        lambda s, seen, out: _auc(s, out, ~out & ~seen, tie=0),
        "Equal scores count half; yours count them as wrong.",
    ),
    (
        lambda s, seen, out: _auc(s, out, ~out & ~seen, tie=1),
        "Equal scores count half; yours count them as right.",
    ),
    (
        lambda s, seen, out: _auc(s, out, ~out & ~seen, tie=1.5),
        "Equal scores count one and a half; >= holds for them already.",
    ),
    (
        lambda s, seen, out: _auc(s, out, ~out),
        "Films of the training part are no candidates: they are neither positive nor negative.",
    ),
    (
        lambda s, seen, out: _auc(np.where(seen, -np.inf, s), out, ~out),
        "Films of the training part count as negatives that always lose. Leave them out of the "
        "pairs.",
    ),
    (
        lambda s, seen, out: _auc(np.where(seen, 0, s), out, ~out),
        "Films of the training part count as negatives with a score of 0. Leave them out of the "
        "pairs.",
    ),
    (
        lambda s, seen, out: _auc(s, out | seen, ~out & ~seen),
        "Films of the training part count as positives; they are neither.",
    ),
    (
        lambda s, seen, out: _auc(s, out, seen),
        "The films of the training part are the negatives here. They are neither; the negatives "
        "are the films without a like.",
    ),
    (
        lambda s, seen, out: _auc(s, out, ~seen),
        "Held-out films are compared with each other and with themselves: a negative is neither "
        "seen nor held out.",
    ),
    (
        lambda s, seen, out: _auc(s, out, seen | ~seen),
        "Held-out films are compared with all films: a negative is neither seen nor held out.",
    ),
    (
        lambda s, seen, out: 1 - course_auc(s, seen, out),
        "The order is turned around: the positive should have the higher score.",
    ),
    (
        lambda s, seen, out: 2 * course_auc(s, seen, out) - 1,
        "This goes from -1 to 1: a pair in the wrong order counts -1. It should count 0, a tie "
        "0.5.",
    ),
    (
        lambda s, seen, out: course_auc(np.maximum(s, 0), seen, out),
        "Scores below 0 are as good as others: they were cut at 0.",
    ),
    (
        lambda s, seen, out: course_auc(s, seen, out) * out.sum() * np.sum(~out & ~seen),
        "This is the number of pairs in the right order; divide it by how many pairs there are.",
    ),
    (
        lambda s, seen, out: course_auc(s, seen, out) * np.sum(~out & ~seen),
        "Divide by the number of pairs: positives times negatives.",
    ),
    (
        lambda s, seen, out: course_auc(s, seen, out) * out.sum(),
        "Divide by the number of pairs: positives times negatives.",
    ),
    (
        lambda s, seen, out: course_auc(s, seen, out) * np.mean(~out & ~seen),
        "Divide by the number of pairs, positives times negatives; not all films are negatives.",
    ),
    (
        lambda s, seen, out: _auc_rows(s, out, ~out & ~seen),
        "This is one share for each held-out film; return their mean.",
    ),
    (
        lambda s, seen, out: _auc_rows(s, out, ~out & ~seen)[0],
        "This looks at the first held-out film alone; all of them count.",
    ),
    (
        lambda s, seen, out: _auc_rows(s, out, ~out & ~seen).max(),
        "This looks at the best held-out film alone; all of them count.",
    ),
    (
        lambda s, seen, out: np.mean(s[out].mean() > s[~out & ~seen]),
        "Compare each held-out film with each negative, not the mean of their scores.",
    ),
    (
        lambda s, seen, out: course_auc(np.argsort(np.argsort(s, kind="stable")), seen, out),
        "Places in a sorted list break ties by chance. Equal scores count half.",
    ),
]


def _auc_steps(scores, seen, held_out):
    negatives = np.flatnonzero(~held_out & ~seen)
    rows = []
    for film in np.flatnonzero(held_out):
        points = (scores[film] > scores[negatives]) + 0.5 * (scores[film] == scores[negatives])
        terms = " + ".join(f"{point:g}" for point in points)
        rows.append(f"film {film} with {scores[film]}: {terms} = {points.sum():g}")
    return "\n".join(
        [
            f"The negatives are the films {negatives}, with the scores {scores[negatives]}.",
            *rows,
            f"The AUC is the sum, divided by {len(rows)} x {len(negatives)} pairs.",
        ]
    )


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
    seconds=SECONDS,
)
def auc(answer):
    number = _converted(answer, _number)
    expect_function(
        number,
        course_auc,
        AUC_CASES,
        what="the AUC",
        mistakes=AUC_MISTAKES,
        steps=_auc_steps,
    )
    rng = np.random.default_rng(0)
    films = rng.permutation(500)
    held_out, seen = _marked(500, *films[:3]), _marked(500, *films[3:90])
    for scores, name in (
        (held_out * 1.0, "a model that knows the answer"),
        (held_out * -1.0, "a model that says the opposite"),
        (np.zeros(500), "a model that says the same of all films"),
        (rng.normal(size=500), "a model that scores at random"),
    ):
        expect_close(
            number(scores, seen, held_out),
            course_auc(scores, seen, held_out),
            f"For 500 films, the AUC of {name}",
        )


def course_recommend(user_scores, user_likes, train_counts, test_counts, k):
    """Return the k best films for a user, by taste plus log(1 + popularity)."""
    return _top(user_scores + np.log1p(train_counts), user_likes, k)


def _top(scores, likes, k):
    return np.argsort(-np.where(likes, -np.inf, scores), kind="stable")[:k]


def _list_by(score):
    """Return the function that ranks the films without a like by score(taste, train_counts)."""
    return lambda taste, likes, train, test, k: _top(score(taste, train), likes, k)


def _forty_films():
    """Return a case with a list so long that two formulas do not give the same one by chance."""
    rng = np.random.default_rng(4)
    taste, likes = rng.normal(size=40).round(2), _marked(40, *rng.permutation(40)[:8])
    return taste, likes, rng.permutation(40), rng.permutation(40), 20


LIST_CASES = [
    (
        np.array([1.4, -0.3, 2.2, 0.9, 1.7, 0.2, 3.3]),
        _marked(7, 2, 5),
        np.array([6, 12, 5, 2, 1, 8, 0]),
        np.array([0, 2, 9, 14, 1, 0, 3]),
        4,
    ),
    (
        np.array([-6.2, -7.1, -9.8, -3.9, -6.9, -5.1, -4.6, -8.4]),
        _marked(8, 0, 3),
        np.array([3, 9, 14, 0, 1, 2, 0, 25]),
        np.array([5, 0, 2, 8, 3, 0, 11, 1]),
        4,
    ),
    (
        np.array([0.6, -1.2, -0.4, 2.1, 0.3, -2.7, 1.1, -0.9, 1.5]),
        _marked(9, 3, 7),
        np.array([4, 17, 1, 2, 0, 40, 3, 6, 9]),
        np.array([2, 0, 13, 1, 5, 0, 3, 8, 1]),
        5,
    ),
    _forty_films(),
]
LIST_MISTAKES = [
    (
        _list_by(lambda taste, train: -taste - np.log1p(train)),
        "These are the worst films: np.argsort puts the smallest first.",
    ),
    (
        lambda *case: course_recommend(*case)[::-1],
        "The right films, but the worst of them comes first.",
    ),
    (
        lambda *case: course_recommend(*case) + 1,
        "Each is one too high: item_index counts from 0.",
    ),
    (
        lambda taste, likes, train, test, k: course_recommend(taste, likes, train, test, k + 1)[1:],
        "The best film is missing: the list starts at place 0.",
    ),
    (
        lambda taste, likes, train, test, k: np.argsort(-(taste + np.log1p(train))[~likes])[:k],
        "These are places among the films without a like, not item_index in the catalog.",
    ),
    (_list_by(lambda taste, train: taste), "Popularity is missing."),
    (_list_by(lambda taste, train: np.log1p(train)), "Taste is missing."),
    (_list_by(lambda taste, train: taste + train), "Popularity is added as log(1 + count)."),
    (
        _list_by(lambda taste, train: taste + np.log(train)),
        "log(0) is minus infinity, so that films with 0 likes never come up: log(1 + count).",
    ),
    (
        _list_by(lambda taste, train: taste + np.log2(1 + train)),
        "The logarithm is the natural one, np.log1p, not log2.",
    ),
    (
        _list_by(lambda taste, train: taste + np.log10(1 + train)),
        "The logarithm is the natural one, np.log1p, not log10.",
    ),
    (
        _list_by(lambda taste, train: taste * np.log1p(train)),
        "Taste and log(1 + popularity) are added, not multiplied.",
    ),
    (
        _list_by(lambda taste, train: taste - np.log1p(train)),
        "log(1 + popularity) is added, not taken away.",
    ),
    (
        _list_by(lambda taste, train: np.abs(taste) + np.log1p(train)),
        "A taste below 0 stays below 0: no absolute value.",
    ),
    (
        _list_by(lambda taste, train: np.maximum(taste, 0) + np.log1p(train)),
        "Tastes below 0 are cut off at 0: their order is lost.",
    ),
]


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
    seconds=SECONDS,
)
def recommend(answer):
    films = _converted(answer, _film_indices)
    for taste, likes, train, test, k in LIST_CASES:
        first, other = films(taste, likes, train, test, k), test[::-1] * 50
        second = films(taste, likes, train, other, k)
        if not np.array_equal(first, second):
            raise NotYet(
                f"With\n{answer.named((taste, likes, train, test, k))}\nyour list is {first}; with "
                f"the test counts {other} and all else the same it is {second}. What happens in "
                "the test part is not known yet when the list is made."
            )
    expect_function(
        films,
        course_recommend,
        LIST_CASES,
        what="the list",
        mistakes=LIST_MISTAKES,
        steps=lambda *case: _list_steps(films, case),
    )
    rng = np.random.default_rng(4)
    train, test = rng.integers(0, 30, (2, 1_682))  # so many that a partial sort is not a sort
    many = rng.normal(size=1_682), rng.random(1_682) < 0.1, train, test, 600
    got, right = films(*many), course_recommend(*many)
    expect_close(
        got,
        right,
        "With k = 600 of 1,682 films, the list",
        [(got, "The right films in the wrong order: the best comes first.")]
        if set(got) == set(right)
        else (),
    )


def _list_steps(films, case):
    """Tell what is wrong with a list as a whole, or else the scores that it should follow."""
    taste, likes, train, test, k = case
    got, scores = films(*case), taste + np.log1p(train)
    if np.any((got < 0) | (got >= len(taste))):
        return f"The films are 0 to {len(taste) - 1}."
    facts = []
    if len(got) < k:
        facts.append("Leave out the films with a like before you take k of the others.")
    if len(got) > k:
        facts.append(f"It should hold k = {k} films.")
    if likes[got].any():
        facts.append(f"Films {got[likes[got]]} are liked already and have to be left out.")
        if np.all(scores < 0) and likes[got[: likes.sum()]].all():
            facts.append("A score of 0 beats a negative one; minus infinity beats none.")
    others, worst = got[~likes[got]], _top(-scores, likes, k)
    if len(others) > 1 and np.array_equal(others, worst[: len(others)]):
        facts.append(f"Films {others} are the worst: np.argsort puts the smallest first.")
    if np.all(scores < 0) and np.array_equal(got, films(taste[::-1], likes, train, test, k)):
        facts.append(
            "All scores are below 0 here, and your list stays the same with other tastes: scores "
            "below 0 are cut off, so that all films are tied."
        )
    if not facts and set(got) == set(course_recommend(*case)):
        facts.append("The right films in the wrong order: the best comes first.")
    return " ".join(facts) or "\n".join(
        [
            "The films without a like:",
            *(
                f"film {film}: {taste[film]} + log(1 + {train[film]}) = {scores[film]:.2f}"
                for film in np.flatnonzero(~likes)
            ),
        ]
    )


def _converted(answer, convert):
    """Return the student's function with its results converted, as `expect_function` needs it."""

    def converted(*case):
        return convert(answer(*case))

    converted.named = answer.named
    return converted


def _number(result):
    """Let an array with one entry count as a number."""
    got = as_array(result, "The result")
    return got.reshape(()) if got.size == 1 else got


def _film_indices(result):
    got = as_array(result, "The result")
    if got.dtype.kind != "i":
        raise NotYet(
            f"The films should be integers, item_index; yours are {got.dtype}: {show(got[:5])}."
        )
    return got
