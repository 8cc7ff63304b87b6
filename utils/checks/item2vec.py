"""Checks of lab 12: item2vec."""

import numpy as np

from utils.checks.compare import NotYet, expect_function, show
from utils.checks.framework import Lab
from utils.embedding_store.alignment import rotation_between
from utils.units.item2vec import graph, sequences, skip_gram

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


def course_window_pairs(sequence, window):
    """Return all pairs (center, context) at most `window` places apart."""
    return _pairs(sequence, window)


def _pairs(sequence, window, is_pair=lambda gap, w: 0 < abs(gap) <= w, turned=False):
    """Return the pairs whose distance in places is one that counts, center first or last."""
    places = range(len(sequence))
    found = [
        (sequence[context], sequence[center]) if turned else (sequence[center], sequence[context])
        for center in places
        for context in places
        if is_pair(context - center, window)
    ]
    return np.array(found, dtype=int).reshape(-1, 2)


def _pairs_around(sequence, window):
    """Return the pairs of somebody who lets places below 0 count from the end."""
    return np.array(
        [
            (sequence[center], sequence[context])
            for center in range(len(sequence))
            for context in range(center - window, min(len(sequence), center + window + 1))
            if context != center and context >= -len(sequence)
        ]
    )


def _without_equal(sequence, window):
    pairs = course_window_pairs(sequence, window)
    return pairs[pairs[:, 0] != pairs[:, 1]]


PAIR_MISTAKES = [
    (
        lambda s, w: _pairs(s, w, lambda gap, w: abs(gap) <= w),
        "Each film is paired with itself: the place of the context must differ from that of the "
        "center.",
    ),
    (
        _without_equal,
        "A film that comes twice in the list is lost: compare the places, not the films.",
    ),
    (
        lambda s, w: _pairs(s, w, lambda gap, w: 0 < gap <= w),
        "Only films behind the center are there; those before it are contexts as well.",
    ),
    (
        lambda s, w: _pairs(s, w, lambda gap, w: -w <= gap < 0),
        "Only films before the center are there; those behind it are contexts as well.",
    ),
    (
        lambda s, w: _pairs(s, w, lambda gap, w: 0 < abs(gap) < w),
        "The window ends one place too early on both sides.",
    ),
    (
        lambda s, w: _pairs(s, w, lambda gap, w: -w <= gap < w and gap != 0),
        "Behind the center the window ends one place too early: `range` leaves its end out.",
    ),
    (
        lambda s, w: _pairs(s, w, lambda gap, w: gap != 0),
        "All films of the list are paired: the window is ignored.",
    ),
    (
        _pairs_around,
        "Before the first film, place -1 is the last one of the list: begin at max(0, ...).",
    ),
    (
        lambda s, w: _pairs(s, w, turned=True),
        "Center and context have changed places: the center comes first.",
    ),
]


@lab.exercise(
    course_window_pairs,
    takeaway="Places make a pair, not films: a film liked twice is a context of itself.",
    hints=[
        "Two loops: over the place of the center, and over the places near it.",
        "They are range(max(0, center - window), min(len(sequence), center + window + 1)).",
        "Leave out context == center, and collect (sequence[center], sequence[context]).",
    ],
    also=(sequences.window_pairs,),
)
def window_pairs(answer):
    expect_function(
        answer,
        course_window_pairs,
        [
            (np.array([5, 6, 7]), 1),
            (np.array([3, 8, 3, 9]), 2),
            (np.array([4, 4, 7, 2, 7, 9]), 3),
            (np.array([1, 2]), 2),
        ],
        what="the pairs",
        mistakes=PAIR_MISTAKES,
        steps=lambda s, w: (
            f"The first center is {s[0]}; its contexts are {s[1 : w + 1].tolist()}. The pairs of "
            "the next center follow."
        ),
    )


def course_negative_chances(counts, exponent):
    """Return counts to a power as shares; what never occurs has none."""
    occurs = counts > 0
    powers = np.where(occurs, np.where(occurs, counts, 1.0) ** exponent, 0)
    return powers / powers.sum()


def _powers(counts, exponent):
    return np.where(counts > 0, np.maximum(counts, 1.0) ** exponent, 0)


CHANCE_MISTAKES = [
    (
        lambda c, e: np.maximum(c, 1.0) ** e / np.sum(np.maximum(c, 1.0) ** e),
        "A film without a like is drawn as if it had one. Its chance is 0.",
    ),
    (
        lambda c, e: (c + 1.0) ** e / np.sum((c + 1.0) ** e),
        "Something was added to all counts; a film without a like is never drawn.",
    ),
    (
        lambda c, e: c.astype(float) ** e / np.sum(c.astype(float) ** e),
        "A film without a like: 0 to the power 0 is 1, and 0 to a negative power is infinite. Take "
        "films with likes alone.",
    ),
    (_powers, "The chances do not add up to 1: divide by their sum."),
    (
        lambda c, e: _powers(c, e) / c.sum(),
        "You divided by the sum of the counts. Divide by the sum of the powers.",
    ),
    (
        lambda c, e: (c / c.sum()) ** abs(e) / np.sum((c / c.sum()) ** abs(e)),
        "The sign of the exponent is lost.",
    ),
    (lambda c, e: c / c.sum(), "The exponent is ignored."),
    (
        lambda c, e: np.exp(e * c) / np.exp(e * c).sum(),
        "This is a softmax, e to the power of the counts. The counts are raised to the exponent.",
    ),
]


@lab.exercise(
    course_negative_chances,
    takeaway="An exponent of 1 draws as films are liked, 0 all alike, below 0 rare films most.",
    hints=[
        "First the powers, then divide by their sum.",
        "Which films have no likes? What is 0 ** 0, and what is 0.0 ** -0.5?",
        "powers = np.zeros(len(counts)); fill in counts[counts > 0].astype(float) ** exponent.",
    ],
    also=(skip_gram.negative_chances,),
)
def negative_chances(answer):
    with np.errstate(all="ignore"):
        expect_function(
            answer,
            course_negative_chances,
            [
                (np.array([1, 4, 9]), 0.5),
                (np.array([3, 0, 7, 2]), 0.75),
                (np.array([5, 0, 2]), 0.0),
                (np.array([0, 4, 16, 0, 1]), -0.5),
                (np.array([2, 3, 0]), -1.0),
            ],
            what="the chances",
            mistakes=CHANCE_MISTAKES,
            steps=lambda c, e: (
                f"The counts to the power {e:g} are {show(_powers(c, e))}; divide by their sum."
            ),
        )


def course_walk(weights, start, draws):
    """Walk from film to film, a number in [0, 1) deciding each step."""
    return _walk(weights, start, draws)


def _walk(weights, start, draws, above=np.greater, turned=False, ends=True, first=True):
    films = [int(start)]
    for draw in draws:
        row = weights[:, films[-1]] if turned else weights[films[-1]]
        if row.sum() == 0:
            if ends:
                break
            films.append(0)
            continue
        films.append(int(np.argmax(above(np.cumsum(row / row.sum()), draw))))
    return np.array(films if first else films[1:])


WALK_MISTAKES = [
    (
        lambda w, s, d: _walk(w, s, d, above=np.greater_equal),
        "Go to the first film whose running sum is above the draw, not equal to it: a draw of 0 "
        "would lead to a film of weight 0.",
    ),
    (
        lambda w, s, d: _walk(w, s, d, turned=True),
        "The arrows are followed backward: row = from, column = to.",
    ),
    (
        lambda w, s, d: _walk(w, s, d, ends=False),
        "Where no arrow leads on, the walk ends; yours goes on to film 0.",
    ),
    (
        lambda w, s, d: _walk(w, s, d, first=False),
        "The first film, `start`, is missing.",
    ),
    (
        lambda w, s, d: np.array([s, *(_walk(w, s, [draw])[-1] for draw in d)]),
        "Every step starts at the first film again. Go on from the film reached last.",
    ),
    (
        lambda w, s, d: _walk((w > 0).astype(float), s, d),
        "All arrows count alike; a step is as likely as its weight.",
    ),
    (
        lambda w, s, d: _walk(np.eye(len(w))[np.argmax(w, 1)] * (w.sum(1) > 0)[:, None], s, d),
        "Your walk always takes the heaviest arrow. The draw decides.",
    ),
]


def _walk_steps(weights, start, draws):
    row = weights[start]
    return (
        f"From film {start} the running sum is {show(np.cumsum(row / max(row.sum(), 1e-9)))}; the "
        f"first draw is {draws[0]:g}."
    )


@lab.exercise(
    course_walk,
    takeaway="A running sum and one number in [0, 1) draw from any weights.",
    hints=[
        "Keep a list of the films reached. Each step looks at the row of the last one.",
        "np.cumsum(row / row.sum()) is the running sum; np.argmax(running > draw) the first above.",
        "If row.sum() is 0, break before dividing.",
    ],
    also=(graph.random_walk,),
)
def walk(answer):
    small = np.array([[0, 1.0, 3], [2, 0, 0], [1, 1, 0]])
    ends = np.array([[0, 2.0, 1, 1], [0, 0, 4, 1], [3, 0, 0, 2], [0, 0, 0, 0]])
    generator = np.random.default_rng(3)
    large = generator.integers(0, 5, (6, 6)) * (generator.random((6, 6)) < 0.7).astype(float)
    large[5] = 0
    np.fill_diagonal(large, 0)
    expect_function(
        answer,
        course_walk,
        [
            (small, 0, np.array([0.25, 0.7, 0.1, 0.0])),
            (ends, 0, np.array([0.3, 0.9, 0.6, 0.2])),
            (ends, 1, np.array([0.0, 0.0, 0.1, 0.99, 0.5])),
            (large, 1, generator.random(8).round(2)),
            (large, 3, generator.random(8).round(2)),
        ],
        what="the films",
        mistakes=WALK_MISTAKES,
        steps=_walk_steps,
    )


def course_procrustes(vectors, reference):
    """Return the rotation that brings vectors closest to a reference, row by row."""
    return rotation_between(vectors, reference)


def _svd(product):
    return np.linalg.svd(product)


def _from_svd(combine, product=lambda x, y: x.T @ y):
    return lambda x, y: combine(*_svd(product(x, y)))


PROCRUSTES_MISTAKES = [
    (
        _from_svd(lambda u, s, vt: u @ vt, lambda x, y: y.T @ x),
        "This turns the reference onto the vectors, the other way round: X comes first in X' Y.",
    ),
    (
        _from_svd(lambda u, s, vt: (u @ vt).T),
        "The rotation is transposed, so it turns the other way.",
    ),
    (
        _from_svd(lambda u, s, vt: u @ vt.T),
        "np.linalg.svd returns V transposed already: do not transpose it again.",
    ),
    (
        _from_svd(lambda u, s, vt: u * s @ vt),
        "The singular values are left in, so vectors are stretched. A rotation keeps lengths.",
    ),
    (lambda x, y: x.T @ y, "This is X' Y itself; its singular value decomposition is missing."),
    (
        lambda x, y: np.linalg.lstsq(x, y, rcond=None)[0],
        "Least squares finds any matrix, which also stretches. A rotation keeps lengths.",
    ),
]


@lab.exercise(
    course_procrustes,
    takeaway="A rotation changes no cosine inside a table and all cosines between two.",
    hints=[
        "vectors.T @ reference has the shape (d, d).",
        "left, values, right = np.linalg.svd(vectors.T @ reference); right is V transposed.",
        "The answer is left @ right; the values are not needed.",
    ],
    also=(rotation_between,),
)
def procrustes(answer):
    generator = np.random.default_rng(4)
    cases = []
    for rows, dim in ((5, 2), (8, 3), (12, 4)):
        vectors = generator.normal(size=(rows, dim)).round(1)
        turn, _ = np.linalg.qr(generator.normal(size=(dim, dim)))
        noise = 0.1 * generator.normal(size=(rows, dim))
        cases.append((vectors, (1.5 * vectors @ turn + noise).round(2)))
    expect_function(
        answer,
        course_procrustes,
        cases,
        what="the rotation",
        mistakes=PROCRUSTES_MISTAKES,
        steps=lambda x, y: f"X' Y is\n{show(x.T @ y)}",
    )


def course_morning_report(recent, inputs, outputs, old_inputs, rotation):
    """Return the score and the drift of each film."""
    return _report(recent, inputs, outputs, old_inputs, rotation)


def _report(recent, inputs, outputs, old_inputs, rotation, own=False, swapped=False, turn=1):
    """Report with mistakes of the bug hunt in it, so that a result can be told by what it is."""
    centers, contexts = (outputs, inputs) if swapped else (inputs, outputs)
    products = centers[recent] @ contexts.T
    if not own:
        products[np.arange(len(recent)), recent] = 0
    turned = {0: old_inputs, 1: old_inputs @ rotation, -1: old_inputs @ rotation.T}[turn]
    lengths = np.linalg.norm(inputs, axis=1) * np.linalg.norm(turned, axis=1)
    return np.column_stack([products.sum(axis=0), np.sum(inputs * turned, axis=1) / lengths])


BUGS = {
    "swapped": {
        False: "",
        True: "The tables are swapped: a center has an input vector, a context an output vector.",
    },
    "own": {False: "", True: "A film in `recent` is a context of itself: leave center = film out."},
    "turn": {
        1: "",
        0: "The drift compares vectors of two versions as they are: turn yesterday's first.",
        -1: "Yesterday's vectors are turned the wrong way: old @ rotation.",
    },
}


def _left_over():
    """Return pairs (function with some bugs left, what to say), those with fewest bugs first."""
    found = []
    for swapped in BUGS["swapped"]:
        for own in BUGS["own"]:
            for turn in BUGS["turn"]:
                chosen = {"swapped": swapped, "own": own, "turn": turn}
                texts = [BUGS[name][choice] for name, choice in chosen.items()]
                texts = [text for text in texts if text]
                number = "1 mistake is" if len(texts) == 1 else f"{len(texts)} mistakes are"
                if texts:
                    found.append((len(texts), chosen, f"{number} left. {texts[0]}"))
    found.sort(key=lambda entry: entry[0])
    return [
        (lambda *case, chosen=chosen: _report(*case, **chosen), text) for _, chosen, text in found
    ]


@lab.exercise(
    course_morning_report,
    takeaway="Swapped tables and unturned versions still give numbers that look like numbers.",
    hints=[
        "Work out one film that is in `recent` and one that is not, on paper.",
        "Which vector does a center have, which a context? Is a film its own context?",
        "Three mistakes: the tables in the score, center = film, the rotation in the drift.",
    ],
)
def morning_report(answer):
    generator = np.random.default_rng(5)
    cases = []
    for recent, dim in (([1], 2), ([0, 2], 2), ([3, 1, 4], 3)):
        size = max(recent) + 2
        inputs, outputs, old = generator.normal(size=(3, size, dim)).round(1)
        turn, _ = np.linalg.qr(generator.normal(size=(dim, dim)))
        if np.allclose(turn, turn.T, atol=0.2):
            turn = turn[:, ::-1]
        cases.append((np.array(recent), inputs, outputs, old, turn))
    result = answer(*cases[0])
    if np.ndim(result) != 2 and np.shape(result) != (3, 2):
        raise NotYet(
            "Return an array with a row per film and two columns, score and drift. Yours has the "
            f"shape {np.shape(result)}."
        )
    expect_function(
        answer,
        course_morning_report,
        cases,
        what="the report",
        mistakes=_left_over(),
        steps=lambda recent, v, c, old, turn: (
            f"The score of film 0 is {course_morning_report(recent, v, c, old, turn)[0, 0]:.3f}: "
            f"inputs of {recent.tolist()} times outputs[0]; old_inputs[0] turned is "
            f"{show(old[0] @ turn)}."
        ),
    )
