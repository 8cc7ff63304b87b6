"""Checks of lab 05: neighborhood."""

from itertools import product

import numpy as np

from utils.checks.compare import NotYet, expect_function, show
from utils.checks.framework import Lab

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


def _matrices(generator, num_users, num_items, apart=()):
    """Return (residuals, met) with generic numbers; films in a pair of `apart` share no rater."""
    met = (generator.random((num_users, num_items)) < 0.7).astype(float)
    met[0] = 1
    for one, other in apart:
        met[:, one] = np.arange(num_users) % 2
        met[:, other] = 1 - met[:, one]
    residuals = generator.choice([-1, 1], met.shape) * generator.uniform(0.2, 2.2, met.shape)
    return (met * residuals).round(1), met


def _combine(choices, compute):
    """Return a wrong function for each set of wrong choices, the fewest first.

    Args:
        choices: dict from a step to a dict from a way to do it to what is to be said; the right
            way comes first and says "".
        compute: function of (way of each step as keywords, arguments of the exercise).

    Returns:
        list of pairs (function of the arguments, text).
    """
    ways = [dict(zip(choices, way, strict=True)) for way in product(*choices.values())]
    texts = [
        " ".join(choices[step][choice] for step, choice in way.items() if choices[step][choice])
        for way in ways
    ]
    numbers = [
        sum(choice != next(iter(choices[step])) for step, choice in way.items()) for way in ways
    ]
    order = sorted(range(len(ways)), key=numbers.__getitem__)
    return [
        (lambda *case, way=ways[place]: compute(*case, **way), texts[place]) for place in order[1:]
    ]


# Shrunk similarity


def course_shrunk_similarity(residuals, met, shrinkage):
    """Return the shrunk correlation of every two films over the users who rated both."""
    together = met.T @ met
    squares = (residuals**2).T @ met
    scale = np.sqrt(squares * squares.T)
    products = residuals.T @ residuals
    correlations = np.divide(products, scale, out=np.zeros_like(scale), where=scale > 0)
    return correlations * together / np.maximum(together + shrinkage, 1e-9)


COUNTS = {
    "common": "",
    "minus one": "The formula of this lab is n / (n + shrinkage); you took n - 1 for n.",
    "none": "The shrinkage is missing.",
    "turned": "n belongs on top: with many common raters the correlation stays as it is.",
    "below alone": "n is missing above the line: n / (n + shrinkage).",
    "above alone": "You multiplied by n; what is left is n / (n + shrinkage).",
    "of the film": "n counts the users who rated both films, not all who rated one of them.",
    "either": "n counts the users who rated both films, not those who rated one of them or both.",
    "all": "n counts the users who rated both films, not all users.",
    "root": "What is left is n / (n + shrinkage), without a root.",
    "squared": "What is left is n / (n + shrinkage), not its square.",
}
SCALES = {
    "common": "",
    "of the film": "Below the line, the sums run over the users who rated both films. Yours run "
    "over all who rated one of them.",
    "no root": "The roots below the line are missing.",
    "whole": "Each pair of films has its own sums below the line; you divided by one number for "
    "all.",
    "none": "The division by both roots is missing.",
    "mean": "Divide by the roots of the two sums of squares, not by the number of common raters.",
}
BELOW = {
    "kept": "",
    "zero": "Keep what is negative: two films can be liked by opposite people.",
    "absolute": "Keep the sign: two films can be liked by opposite people.",
}


def _similarity(residuals, met, shrinkage, count, scale, below):
    together = met.T @ met
    products = residuals.T @ residuals
    squares = (residuals**2).T @ met
    own = np.diag(products)
    product_of_sums = squares * squares.T
    below_line = {
        "common": np.sqrt(product_of_sums),
        "of the film": np.sqrt(np.outer(own, own)),
        "no root": product_of_sums,
        "whole": np.full_like(products, np.sum(residuals**2)),
        "none": np.ones_like(products),
        "mean": together,
    }[scale]
    values = np.divide(products, below_line, out=np.zeros_like(below_line), where=(below_line > 0))
    n = {
        "of the film": np.broadcast_to(met.sum(axis=0), together.shape),
        "either": len(met) - (1 - met).T @ (1 - met),
        "all": np.full_like(together, len(met)),
        "minus one": np.maximum(together - 1, 0),
    }.get(count, together)
    left = n / (n + shrinkage)
    left = {
        "none": 1.0,
        "turned": shrinkage / (n + shrinkage),
        "below alone": 1 / (n + shrinkage),
        "above alone": n,
        "root": np.sqrt(left),
        "squared": left**2,
    }.get(count, left)
    values = values * left
    return {"kept": values, "zero": np.maximum(values, 0), "absolute": np.abs(values)}[below]


def _centered_again(residuals, met, shrinkage):
    """Return the textbook's Pearson, which subtracts the means over the common raters."""
    together = met.T @ met
    found = np.zeros_like(together)
    for i, j in np.ndindex(*found.shape):
        both = (met[:, i] > 0) & (met[:, j] > 0)
        x, y = residuals[both, i], residuals[both, j]
        x, y = x - x.mean() if both.any() else x, y - y.mean() if both.any() else y
        scale = np.sqrt((x @ x) * (y @ y))
        found[i, j] = x @ y / scale if scale > 1e-12 else 0
    return found * together / (together + shrinkage)


def _with_gaps(residuals, met, shrinkage):
    with np.errstate(all="ignore"):
        squares = (residuals**2).T @ met
        n = met.T @ met
        return residuals.T @ residuals / np.sqrt(squares * squares.T) * n / (n + shrinkage)


def _without_diagonal(*case):
    found = course_shrunk_similarity(*case)
    return found - np.diag(np.diag(found))


SIMILARITY_MISTAKES = [
    (
        _with_gaps,
        "Nobody rated both films of the pair with nan: 0 / 0. The similarity is 0 there. "
        "`np.divide(a, b, out=..., where=...)` or `np.nan_to_num` helps.",
    ),
    (
        lambda *case: np.nan_to_num(_with_gaps(*case), nan=1.0),
        "Two films that nobody rated both have the similarity 0.",
    ),
    (
        _without_diagonal,
        "The diagonal is a pair like any other: a film with itself has n / (n + shrinkage).",
    ),
    (
        lambda r, m, shrinkage: course_shrunk_similarity(r.T, m.T, shrinkage),
        "These are similarities of users. Films are the columns: `residuals.T @ residuals`.",
    ),
    (
        _centered_again,
        "You subtracted means once more. The residuals are what the baseline leaves; take them "
        "as they are.",
    ),
    *_combine({"count": COUNTS, "scale": SCALES, "below": BELOW}, _similarity),
]


def _similarity_steps(residuals, met, shrinkage):
    both = (met[:, 0] > 0) & (met[:, 1] > 0)
    x, y = residuals[both, 0], residuals[both, 1]
    n, top = int(both.sum()), x @ y
    right = course_shrunk_similarity(residuals, met, shrinkage)[0, 1]
    return (
        f"Films 0 and 1 have n = {n} common raters: residuals {show(x)} and {show(y)}.\n"
        f"Sum of products {top:.2f}, sums of squares {x @ x:.2f} and {y @ y:.2f}, and "
        f"{n} / ({n} + {shrinkage:g}) of the correlation is left: {right:.4f}."
    )


@lab.exercise(
    course_shrunk_similarity,
    takeaway="Four matrix products compare all films; few common raters are little evidence.",
    hints=[
        "An unknown rating has the residual 0, so `residuals.T @ residuals` holds the sums on top "
        "for all pairs. `met.T @ met` counts the common raters.",
        "(residuals**2).T @ met: row i, column j is the sum of the squares of film i over the "
        "users who rated film j as well. The other sum of the pair stands in its transpose.",
        "squares = (residuals**2).T @ met; scale = np.sqrt(squares * squares.T); divide where "
        "scale > 0; multiply by n / (n + shrinkage).",
    ],
)
def shrunk_similarity(answer):
    generator = np.random.default_rng(5)
    cases = [
        (
            np.array([[0.9, -0.4], [1.3, 0.7], [-0.6, 0.0]]),
            np.array([[1.0, 1], [1, 1], [1, 0]]),
            3.0,
        ),
        (*_matrices(generator, 5, 3, apart=[(1, 2)]), 2.5),
        (*_matrices(generator, 8, 4, apart=[(0, 3)]), 4.0),
        (*_matrices(generator, 9, 5), 7.0),
    ]
    expect_function(
        answer,
        course_shrunk_similarity,
        cases,
        what="the similarities",
        mistakes=SIMILARITY_MISTAKES,
        steps=_similarity_steps,
    )
    one_rater = np.array([[1.2, -0.7]]), np.array([[1.0, 1.0]]), 100.0
    expect_function(
        answer,
        course_shrunk_similarity,
        [one_rater, (np.zeros((2, 2)), np.zeros((2, 2)), 3.0)],
        what="the similarities",
        steps=lambda r, m, shrinkage: (
            "One common rater: the correlation is -1, and 1 / 101 of it is left."
            if m.any()
            else "Nobody rated anything: all similarities are 0."
        ),
    )


# Prediction from neighbors


def course_predict_rating(item, similarities, residuals, met, baseline, num_neighbors):
    """Predict one rating from the user's ratings of the most similar films."""
    films = np.flatnonzero((met > 0) & (similarities > 0))
    films = films[films != item]
    films = films[np.argsort(-similarities[films])][:num_neighbors]
    if len(films) == 0:
        return float(baseline)
    weights = similarities[films]
    return float(baseline + weights @ residuals[films] / weights.sum())


PREDICT_CHOICES = {
    "own": {
        "left out": "",
        "kept": "The film itself came in as its own neighbor: it knows the answer.",
    },
    "unknown": {
        "left out": "",
        "kept": "Films that the user has not rated came in, with a residual of 0. Choose the "
        "neighbors among the films the user rated.",
        "last": "You chose the nearest of all films and then those that the user rated. Choose "
        "the nearest among the films the user rated.",
    },
    "negative": {
        "left out": "",
        "kept": "Films with a negative similarity came in: leave them out.",
        "absolute": "You took negative similarities by their size: leave those films out.",
    },
    "which": {
        "largest": "",
        "all": "All films of the user came in: take the `num_neighbors` most similar ones.",
        "smallest": "You took the least similar films: np.argsort puts the smallest first.",
        "first": "You took the first films, not the most similar ones.",
    },
    "below": {
        "their sum": "",
        "their number": "Divide by the sum of the weights, not by the number of neighbors.",
        "num_neighbors": "Divide by the sum of the weights, not by `num_neighbors`.",
        "sum of all": "Divide by the sum of the weights of the neighbors, not of all films.",
        "nothing": "The division by the sum of the weights is missing.",
    },
    "baseline": {
        "added": "",
        "missing": "The baseline is missing.",
        "missing with neighbors": "The baseline is missing where there are neighbors.",
    },
}


def _predict(
    item,
    similarities,
    residuals,
    met,
    baseline,
    num_neighbors,
    own,
    unknown,
    negative,
    which,
    below,
    baseline_is,
):
    weights = np.abs(similarities) if negative == "absolute" else similarities
    fits = np.ones(len(met), dtype=bool) if unknown != "left out" else met > 0
    fits &= weights > (-np.inf if negative == "kept" else 0)
    fits[item] &= own == "kept"
    films = np.flatnonzero(fits)
    order = np.argsort(weights[films] if which == "smallest" else -weights[films])
    order = np.arange(len(films)) if which in ("first", "all") else order
    films = films[order][: None if which == "all" else num_neighbors]
    films = films[met[films] > 0] if unknown == "last" else films
    near = weights[films]
    total = {
        "their sum": near.sum(),
        "their number": len(films),
        "num_neighbors": num_neighbors,
        "sum of all": np.delete(weights, item).sum(),
        "nothing": 1.0,
    }[below]
    said = near @ residuals[films] / total if len(films) and total else 0.0
    start = {"added": baseline, "missing": 0.0}.get(baseline_is, 0.0 if len(films) else baseline)
    return start + said


def _predict_ways(*case, baseline, **ways):
    return _predict(*case, baseline_is=baseline, **ways)


def _or_else(value):
    """Return the right function, but with another answer where no neighbor is left."""

    def predict(item, similarities, residuals, met, baseline, num_neighbors):
        fits = (met > 0) & (similarities > 0)
        fits[item] = False
        if fits.any():
            return course_predict_rating(
                item, similarities, residuals, met, baseline, num_neighbors
            )
        return value(baseline)

    return predict


RATED = "Whether a film was rated stands in `met`; the residual of a rated film can be 0 as well."
PREDICT_MISTAKES = [
    (
        lambda item, s, residuals, met, *rest: course_predict_rating(
            item, s, residuals, residuals != 0, *rest
        ),
        RATED,
    ),
    (
        _or_else(lambda baseline: np.nan),
        "No neighbor is left here, so the sum of the weights is 0. The answer is the baseline.",
    ),
    (
        _or_else(lambda baseline: 0.0),
        "No neighbor is left here: the answer is the baseline, not 0.",
    ),
    (
        lambda *case: round(course_predict_rating(*case)),
        "Do not round the prediction.",
    ),
    *_combine(PREDICT_CHOICES, _predict_ways),
]


def _predict_steps(item, similarities, residuals, met, baseline, num_neighbors):
    films = np.flatnonzero((met > 0) & (similarities > 0))
    films = films[films != item]
    films = films[np.argsort(-similarities[films])][:num_neighbors]
    if len(films) == 0:
        return f"No neighbor is left: the prediction is the baseline, {baseline:g}."
    top = " + ".join(f"{similarities[j]:g} * {residuals[j]:g}" for j in films).replace("* -", "* -")
    below = " + ".join(f"{similarities[j]:g}" for j in films)
    return (
        f"Neighbors: films {', '.join(map(str, films))}.\n"
        f"{baseline:g} + ({top}) / ({below}) = "
        f"{course_predict_rating(item, similarities, residuals, met, baseline, num_neighbors):.4f}"
    )


def _predict_cases():
    similarities = np.array([0.42, 0.9, 0.17, -0.35, 0.31, 0.26, 0.0, 0.55])
    residuals = np.array([0.8, 0.0, -1.1, 0.6, 1.7, 0.0, 0.9, 0.0])  # film 5: as expected
    met = np.array([1.0, 0, 1, 1, 1, 1, 1, 0])
    own = np.where(np.arange(8) == 1, 1.0, met)
    with_own = np.where(np.arange(8) == 1, -1.3, residuals)
    few = np.array([0.0, 0, 1, 1, 0, 0, 1, 0])
    none = np.array([0.0, 0, 0, 1, 0, 0, 1, 0])
    return [
        (1, similarities, residuals, met, 3.4, 2),
        (1, similarities, residuals, met, 3.1, 3),
        (1, similarities, with_own, own, 3.4, 2),
        (1, similarities, with_own, own, 2.7, 3),
        (1, similarities, few * residuals, few, 3.6, 4),
        (1, similarities, met * residuals, met, 3.3, 7),
        (1, similarities, none * residuals, none, 3.8, 3),
        (1, similarities, np.zeros(8), np.zeros(8), 2.9, 3),
    ]


@lab.exercise(
    course_predict_rating,
    takeaway="A weighted mean of residuals, with three guards: own film, negative, nobody.",
    hints=[
        "Which films may speak? Those with met > 0, with a similarity above 0, and not `item`. "
        "np.flatnonzero turns a condition into indices.",
        "films[np.argsort(-similarities[films])][:num_neighbors] are the most similar ones; with "
        "fewer films it takes them all.",
        "If no film is left, return baseline. Else baseline + sum(weights * residuals[films]) / "
        "sum(weights) with weights = similarities[films].",
    ],
)
def predict_rating(answer):
    expect_function(
        answer,
        course_predict_rating,
        _predict_cases(),
        what="the prediction",
        mistakes=PREDICT_MISTAKES,
        steps=_predict_steps,
    )


# One step of gradient descent


def course_weight_step(weights, offsets, residuals, error, rate, pair_l2):
    """Move the weights of one rating a step down the gradient of its squared error."""
    share = error / np.sqrt(len(weights))
    return (
        weights + rate * (share * residuals - pair_l2 * weights),
        offsets + rate * (share - pair_l2 * offsets),
    )


STEP_CHOICES = {
    "root": {
        "root": "",
        "none": "The prediction divides by the root of the number of neighbors, so its slope does.",
        "number": "Divide by the root of the number of neighbors, not by their number.",
    },
    "weights": {
        "residual": "",
        "none": "The slope of the prediction in w_ij holds the residual of film j.",
    },
    "offsets": {
        "one": "",
        "residual": "The slope of the prediction in c_ij holds no residual: c_ij stands alone.",
    },
    "penalty": {
        "own": "",
        "none": "The penalty is missing.",
        "no rate": "The rate belongs to the whole step, the penalty too.",
        "twice": "The penalty counts twice: the loss has a factor 1/2, so no factor 2 is left.",
        "up": "The penalty has the wrong sign: it pulls toward 0.",
        "constant": "The slope of the penalty in w_ij is pair_l2 times w_ij.",
        "weights alone": "The c_ij pay the penalty, too.",
    },
    "pull": {
        "once": "",
        "twice": "The error counts twice: the loss has a factor 1/2, so no factor 2 is left.",
        "up": "This goes up the slope of the error: turn the sign.",
        "squared": "The slope of the squared error holds the error itself, not its square.",
        "no rate": "The rate belongs to the whole step, the error too.",
    },
    "result": {
        "new": "",
        "change": "This is the change alone; return the new weights.",
        "turned": "The order is wrong: the new w_ij come first.",
        "same offsets": "The c_ij did not move.",
        "same weights": "The w_ij did not move.",
    },
}


def _step(w, c, residuals, error, rate, pair_l2, root, weights, offsets, penalty, pull, result):
    n = len(w)
    share = error**2 if pull == "squared" else error
    share = share / {"root": np.sqrt(n), "none": 1, "number": n}[root]
    share = share * {"twice": 2, "up": -1}.get(pull, 1) * (1 if pull == "no rate" else rate)
    pay = pair_l2 * {"none": 0, "twice": 2, "up": -1}.get(penalty, 1)
    pay = pay * (1 if penalty == "no rate" else rate)
    moves = [
        share * (residuals if weights == "residual" else np.ones(n))
        - pay * (1 if penalty == "constant" else w),
        share * (residuals if offsets == "residual" else np.ones(n))
        - (0 if penalty == "weights alone" else pay * (1 if penalty == "constant" else c)),
    ]
    new = np.stack([w + moves[0], c + moves[1]])
    return {
        "new": new,
        "change": np.stack(moves),
        "turned": new[::-1],
        "same offsets": np.stack([new[0], c]),
        "same weights": np.stack([w, new[1]]),
    }[result]


def _step_text(weights, offsets, residuals, error, rate, pair_l2):
    n = len(weights)
    share = error / np.sqrt(n)
    return (
        f"The error divided by the root of {n} is {share:.4f}.\n"
        f"w moves by {rate:g} * ({share:.4f} * residuals - {pair_l2:g} * w) = "
        f"{show(rate * (share * residuals - pair_l2 * weights))},\n"
        f"c by {rate:g} * ({share:.4f} - {pair_l2:g} * c) = "
        f"{show(rate * (share - pair_l2 * offsets))}."
    )


@lab.exercise(
    course_weight_step,
    takeaway="The error, shared out by the root, moves each weight as much as its film spoke.",
    hints=[
        "The loss is (e^2 + ...) / 2 and e = r - prediction. The slope of e^2 / 2 in w_ij is -e "
        "times the slope of the prediction in w_ij. What is that?",
        "The prediction holds residual_j * w_ij / root(n) and c_ij / root(n). The slope of the "
        "penalty is pair_l2 * w_ij, and pair_l2 * c_ij.",
        "new w = w + rate * (error / np.sqrt(len(w)) * residuals - pair_l2 * w); for c the same "
        "without residuals.",
    ],
)
def weight_step(answer):
    cases = [
        (np.array([0.4]), np.array([-0.3]), np.array([1.7]), 1.3, 0.1, 0.4),
        (np.array([0.3, -0.6]), np.array([0.1, 0.7]), np.array([-1.2, 0.5]), -0.9, 0.2, 0.3),
        (
            np.array([0.9, -0.4, 0.2]),
            np.array([0.6, 0.3, -0.8]),
            np.array([0.7, 1.9, -1.4]),
            1.6,
            0.05,
            0.6,
        ),
    ]
    result = answer(*cases[0])
    is_pair = hasattr(result, "__len__") and not isinstance(result, dict) and len(result) == 2
    if not is_pair or any(vector is None for vector in result):
        raise NotYet(f"Return two arrays, (new w, new c). Yours returned {show(result)}.")
    expect_function(
        answer,
        course_weight_step,
        cases,
        what="the new w and c",
        mistakes=_combine(STEP_CHOICES, _step),
        steps=_step_text,
    )


# Contributions


def course_contributions(films, weights, offsets, residuals, met):
    """Return what each neighbor of one film adds to the prediction for one user."""
    rated = met[films] > 0
    root = np.sqrt(max(rated.sum(), 1))
    return rated * (residuals[films] * weights + offsets) / root


CONTRIBUTION_CHOICES = {
    "root": {
        "of the rated": "",
        "of all": "Take the root of the number of neighbors that the user rated, not of all.",
        "number": "Divide by the root of the number of rated neighbors, not by the number.",
        "none": "The division by the root of the number of rated neighbors is missing.",
        "of the user": "Count the neighbors of this film that the user rated, not all films of the "
        "user.",
    },
    "parts": {
        "both": "",
        "residuals": "The offsets c_ij are missing: that the film was rated counts, too.",
        "offsets": "The residuals times the weights are missing.",
        "residuals of all": "Residuals without weights: multiply them by w_ij.",
    },
    "offsets_of": {
        "rated": "",
        "all": "A neighbor that the user has not rated adds nothing, no offset either.",
    },
    "rows": {
        "films": "",
        "first": "You took the first residuals; `films` says whose they have to be.",
    },
    "sign": {"plus": "", "minus": "The sign is wrong."},
}


def _contributions(films, weights, offsets, residuals, met, root, parts, offsets_of, rows, sign):
    rated = met[films] > 0
    below = {
        "of the rated": np.sqrt(rated.sum()),
        "of all": np.sqrt(len(films)),
        "number": rated.sum(),
        "none": 1,
        "of the user": np.sqrt(met.sum()),
    }[root]
    said = residuals[: len(films)] if rows == "first" else residuals[films]
    said = said * (1 if parts == "residuals of all" else weights) * rated
    chosen = offsets * (1 if offsets_of == "all" else rated)
    total = {"residuals": said, "offsets": chosen}.get(parts, said + chosen)
    return total / max(below, 1) * (1 if sign == "plus" else -1)


CONTRIBUTION_MISTAKES = [
    (lambda *case: course_contributions(*case[:4], case[3] != 0), RATED),
    (
        lambda *case: np.sum(course_contributions(*case)),
        "This is their sum; one number for each neighbor was asked for.",
    ),
    (
        lambda *case: course_contributions(*case)[case[4][case[0]] > 0],
        "Return a number for every neighbor in `films`; those not rated get 0.",
    ),
    (
        lambda films, *rest: np.bincount(
            films, course_contributions(films, *rest), minlength=len(rest[-1])
        ),
        "Return a number for every neighbor in `films`, in their order, not for every film.",
    ),
    (
        lambda films, weights, offsets, residuals, met: np.divide(
            (met[films] > 0) * (residuals[films] * weights + offsets),
            np.sqrt((met[films] > 0).sum()),
        ),
        "The user rated none of the neighbors: 0 / 0. Each of them adds 0.",
    ),
    *_combine(CONTRIBUTION_CHOICES, _contributions),
]


def _contribution_steps(films, weights, offsets, residuals, met):
    rated = np.flatnonzero(met[films] > 0)
    if len(rated) == 0:
        return "The user rated none of the neighbors: each adds 0."
    place = rated[0]
    film, root = films[place], np.sqrt(len(rated))
    value = (residuals[film] * weights[place] + offsets[place]) / root
    return (
        f"The user rated {len(rated)} of the {len(films)} neighbors. Neighbor {place} is film "
        f"{film}: ({residuals[film]:g} * {weights[place]:g} + {offsets[place]:g}) / root of "
        f"{len(rated)} = {value:.4f}."
    ).replace("+ -", "- ")


@lab.exercise(
    course_contributions,
    takeaway="The prediction is a sum, so its terms explain it without a rest.",
    hints=[
        "met[films] > 0 says for each neighbor whether the user rated it; residuals[films] are "
        "the user's residuals of the neighbors.",
        "Each rated neighbor adds (residual * weight + offset) / root(n), n the number of rated "
        "ones. The others add 0.",
        "rated = met[films] > 0; return rated * (residuals[films] * weights + offsets) / "
        "np.sqrt(max(rated.sum(), 1)).",
    ],
)
def contributions(answer):
    residuals = np.array([0.7, -1.2, 0.0, 1.6, -0.5, 0.0, 0.9])
    met = np.array([1.0, 1, 0, 1, 1, 1, 1])  # film 5 was rated as expected
    few = np.where(np.arange(7) == 3, met, 0)
    weights, offsets = np.array([0.6, 0.3, -0.2, 0.5]), np.array([-0.1, 0.4, 0.25, 0.15])
    films = np.array([4, 2, 1, 6])
    cases = [
        (films, weights, offsets, residuals, met),
        (np.array([5, 3, 2, 0]), offsets, weights, residuals, met),
        (np.array([3, 6, 4, 5, 2]), np.append(weights, 0.45), np.append(offsets, -0.3), residuals)
        + (met,),
        (np.array([2, 3, 1, 0]), weights, offsets, few * residuals, few),
        (np.array([2, 5]), weights[:2], offsets[:2], few * residuals, few),
        (np.array([5, 2, 1]), weights[:3], offsets[:3], few * residuals, few),
    ]
    expect_function(
        answer,
        course_contributions,
        cases,
        what="the contributions",
        mistakes=CONTRIBUTION_MISTAKES,
        steps=_contribution_steps,
    )


# Find the bugs


def course_predict_pairs(stars, met, baseline, users, items, num_neighbors):
    """Predict the rating of each pair of a user and a film from the user's nearest films."""
    return _predict_pairs(
        stars, met, baseline, users, items, num_neighbors, "residuals", "left out", "films", "added"
    )


PAIR_CHOICES = {
    "compared": {
        "residuals": "",
        "stars": "The similarities are those of raw stars: they tell how generous people are, not "
        "which films they like alike.",
        "unmasked": "The residuals of films that nobody rated are not 0: multiply by `met`.",
    },
    "own": {
        "left out": "",
        "kept": "A film is among its own neighbors: on training rows its rating predicts itself.",
    },
    "said": {
        "films": "",
        "positions": "The residuals are of other films: a position in the sorted list is not the "
        "index of a film.",
        "target": "The residual of the film to predict was taken, not those of its neighbors.",
    },
    "start": {"added": "", "missing": "The baseline is missing in the prediction."},
}


def _predict_pairs(stars, met, baseline, users, items, num_neighbors, compared, own, said, start):
    residuals = (stars - baseline) * met
    rest = {"residuals": residuals, "stars": stars, "unmasked": stars - baseline}[compared]
    similarities = course_shrunk_similarity(rest, met, 20)
    residuals = rest if compared == "unmasked" else residuals
    predictions = []
    for user, item in zip(users, items, strict=True):
        films = np.flatnonzero(met[user])
        films = films if own == "kept" else films[films != item]
        order = np.argsort(-similarities[item, films])[:num_neighbors]
        weights = np.maximum(similarities[item, films[order]], 0)
        places = {"films": films[order], "positions": order, "target": np.full(len(order), item)}
        total = weights.sum()
        added = weights @ residuals[user, places[said]] / total if total > 0 else 0.0
        predictions.append((baseline[user, item] if start == "added" else 0.0) + added)
    return np.array(predictions)


def _pair_case(seed, num_users=6, num_items=5):
    """Return a case without ties: any two films have two raters or more in common."""
    generator = np.random.default_rng(seed)
    met = (generator.random((num_users, num_items)) < 0.5).astype(float)
    met[:2] = 1
    stars = generator.uniform(1, 5, met.shape).round(1) * met
    baseline = generator.uniform(2.5, 4.2, met.shape).round(1)
    rated, unrated = np.argwhere(met > 0), np.argwhere(met == 0)
    pairs = np.concatenate([generator.permutation(unrated)[:3], generator.permutation(rated)[:3]])
    return stars, met, baseline, pairs[:, 0], pairs[:, 1], 2


@lab.exercise(
    course_predict_pairs,
    takeaway="Residuals, not stars; another film, not itself; a film's index, not its place.",
    hints=[
        "Of what does exercise 1 compute the similarity? And this function?",
        "On a training row, `films` holds the film to predict. What is its similarity to itself?",
        "`order` counts within `films`. Which films are meant? films[order].",
    ],
)
def predict_pairs(answer):
    expect_function(
        answer,
        course_predict_pairs,
        [_pair_case(seed) for seed in (1, 2, 3)],
        what="the predictions (three unknown ratings, then three of the training part)",
        mistakes=_combine(PAIR_CHOICES, _predict_pairs),
        steps=_pair_steps,
    )


def _pair_steps(stars, met, baseline, users, items, num_neighbors):
    user, item = users[0], items[0]
    similarities = course_shrunk_similarity((stars - baseline) * met, met, 20)
    films = np.flatnonzero(met[user])
    near = films[films != item]
    near = near[np.argsort(-similarities[item, near])][:num_neighbors]
    return (
        f"User {user}, film {item}: the nearest films are {show(near)} with similarities "
        f"{show(similarities[item, near])} and residuals "
        f"{show((stars - baseline)[user, near])}; the baseline is {baseline[user, item]:g}."
    )
