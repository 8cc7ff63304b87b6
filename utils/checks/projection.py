"""Checks of lab 03: `from utils.checks import projection as check`."""

import numpy as np

from utils.checks.compare import NotYet, as_array, expect_close, expect_function
from utils.checks.framework import Lab
from utils.units.projection import pca, quality
from utils.units.projection import tsne as course

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


def _converted(answer, convert):
    """Return the student's function with its results converted, as `expect_function` needs it."""

    def converted(*case):
        return convert(answer(*case), *case)

    converted.named = answer.named
    return converted


def _number(result, *case):
    """Let an array with one entry count as a number."""
    got = as_array(result, "The result")
    return got.reshape(()) if got.size == 1 else got


def course_project_pca(train, new, num_components):
    """Learn PCA on some rows and return the coordinates of other rows."""
    mean, directions, _ = pca.fit_pca(train, num_components)
    return (new - mean) @ directions.T


# In none of them is the first column, or the last, the direction of most variance.
PCA_CASES = [
    (
        np.array([[0.3, 1.1], [1.8, 2.9], [-1.2, 0.4], [2.4, 1.6]]),
        np.array([[2.1, 0.9], [-0.4, 3.2], [1.3, 2.2]]),
        1,
    ),
    (
        np.array(
            [
                [1.2, 4.1, 0.7],
                [-0.6, 1.9, 2.3],
                [0.4, 5.2, -1.1],
                [2.1, 0.3, 1.6],
                [-1.7, 2.8, 3.9],
                [0.9, -1.4, 2.2],
            ]
        ),
        np.array([[0.5, 3.3, -2.4], [1.1, -2.6, 0.8], [-2.2, 0.9, 1.7], [3.1, 1.4, 2.5]]),
        2,
    ),
    (
        np.array(
            [
                [-2.1, 0.6, 1.9, 3.4],
                [0.8, -1.3, 0.2, -0.7],
                [1.5, 2.2, -2.8, 1.1],
                [-3.7, 0.1, 4.3, 0.5],
                [2.6, -0.9, -1.4, -2.3],
                [0.4, 1.7, 0.6, 2.9],
                [-1.2, -2.4, 3.1, 1.8],
            ]
        ),
        np.array(
            [
                [0.7, 1.4, -0.3, 2.1],
                [3.3, -0.8, 1.2, -1.6],
                [-1.1, 2.5, 0.9, 0.4],
                [1.8, 0.2, -2.7, 3.6],
                [0.5, -1.9, 2.4, -0.2],
            ]
        ),
        3,
    ),
]


def _directions(rows, k=None):
    return np.linalg.svd(rows, full_matrices=False)[2][:k]


def _centered(train):
    return train - train.mean(axis=0)


def _lengths(train, k):
    return np.linalg.svd(_centered(train), full_matrices=False)[1][:k]


def _standardized(train, new, k, degrees):
    deviations = train.std(axis=0, ddof=degrees)
    scaled = (new - train.mean(axis=0)) / deviations
    return scaled @ _directions(_centered(train) / deviations, k).T


def _eigenvectors(table, choose):
    """Return the projection on eigenvectors of `table(train)` that `choose` picks."""
    return lambda train, new, k: (new - train.mean(axis=0)) @ choose(*table(train), k)


def _covariance(train):
    return np.linalg.eig(np.cov(train.T))


def _on_both(train, new, k, mean):
    both = np.concatenate([train, new])
    return (new - mean) @ _directions(both - mean, k).T


NO_MEAN = "The mean was not subtracted before the decomposition."
OWN_MEAN = "Every column has a mean of its own: train.mean(axis=0)."
NO_ROWS = "The directions are the rows of the third array of np.linalg.svd, not its columns."
ON_BOTH = "It was fitted on train and new together: nothing may be learned from new rows."
NOT_SORTED = (
    "These are directions of the right kind, but not the first ones in order: sort them, the "
    "largest variance first."
)
STANDARDIZED = "The columns were scaled to one standard deviation. Only subtract the mean."
WHITENED = "The coordinates were scaled to one standard deviation (whitening). Leave them."
PCA_MISTAKES = [
    (lambda train, new, k: new @ _directions(train, k).T, NO_MEAN),
    (lambda train, new, k: (new - train.mean(axis=0)) @ _directions(train, k).T, NO_MEAN),
    (
        lambda train, new, k: new @ _directions(_centered(train), k).T,
        "The directions fit, but new rows need the mean subtracted as well.",
    ),
    (
        lambda train, new, k: _centered(new) @ _directions(_centered(train), k).T,
        "You subtracted the mean of new. The new rows would lose what sets them apart: subtract "
        "the mean of train.",
    ),
    (lambda *case: _on_both(*case, np.concatenate(case[:2]).mean(axis=0)), ON_BOTH),
    (lambda *case: _on_both(*case, case[0].mean(axis=0)), ON_BOTH),
    (
        lambda train, new, k: _centered(new) @ _directions(_centered(new), k).T,
        "It was fitted on new; fit it on train.",
    ),
    (
        lambda train, new, k: (new - train.mean(axis=0)) @ _directions(_centered(new), k).T,
        "The directions are those of new; take those of train.",
    ),
    (
        lambda train, new, k: course_project_pca(train, train, k),
        "These are the rows of train; return those of new.",
    ),
    (
        lambda train, new, k: np.linalg.svd(_centered(train), full_matrices=False)[0][:, :k],
        "This is the first array of np.linalg.svd, one row per row of train. Multiply the new rows "
        "with the directions.",
    ),
    (
        lambda train, new, k: _directions(_centered(train), k),
        "These are the directions; the new rows still have to be multiplied with them.",
    ),
    (
        lambda train, new, k: (new - train.mean()) @ _directions(train - train.mean(), k).T,
        OWN_MEAN,
    ),
    (
        lambda train, new, k: (
            (new - new.mean(axis=1, keepdims=True))
            @ _directions(train - train.mean(axis=1, keepdims=True), k).T
        ),
        OWN_MEAN,
    ),
    (
        lambda train, new, k: (
            (new - np.median(train, axis=0)) @ _directions(train - np.median(train, axis=0), k).T
        ),
        "The median was subtracted; the middle of PCA is the mean.",
    ),
    (
        lambda train, new, k: (
            (new - train.mean(axis=0)) @ _directions(_centered(train))[::-1][:k].T
        ),
        "These are the directions of the least variance: mind the order.",
    ),
    (_eigenvectors(_covariance, lambda values, vectors, k: vectors[:, :k]), NOT_SORTED),
    (
        lambda train, new, k: (new - train.mean(axis=0)) @ _directions(_centered(train), k)[::-1].T,
        NOT_SORTED,
    ),
    (
        lambda train, new, k: (new - train.mean(axis=0)) @ _directions(_centered(train))[-k:].T,
        "These are the last directions, not the first.",
    ),
    (
        _eigenvectors(_covariance, lambda values, vectors, k: vectors[np.argsort(-values)[:k]].T),
        "np.linalg.eig returns the directions as columns; yours were taken as rows.",
    ),
    (
        lambda train, new, k: (new - train.mean(axis=0)) @ _directions(_centered(train))[:, :k],
        NO_ROWS,
    ),
    (lambda *case: _standardized(*case, degrees=0), STANDARDIZED),
    (lambda *case: _standardized(*case, degrees=1), STANDARDIZED),
    (
        _eigenvectors(
            lambda train: np.linalg.eigh(np.corrcoef(train.T)),
            lambda values, vectors, k: vectors[:, ::-1][:, :k],
        ),
        "These are the directions of the correlations: the columns count as if scaled to one "
        "standard deviation. Take the covariances, or the centered rows.",
    ),
    (
        lambda train, new, k: course_project_pca(train, new, k) / _lengths(train, k),
        "The coordinates were divided by the singular values. Leave them.",
    ),
    (
        lambda train, new, k: course_project_pca(train, new, k) * _lengths(train, k),
        "The coordinates were multiplied by the singular values. Leave them.",
    ),
    (
        lambda train, new, k: (
            course_project_pca(train, new, k) / _lengths(train, k) * len(train) ** 0.5
        ),
        WHITENED,
    ),
    (
        lambda train, new, k: (
            course_project_pca(train, new, k) / _lengths(train, k) * (len(train) - 1) ** 0.5
        ),
        WHITENED,
    ),
    (
        lambda train, new, k: abs(course_project_pca(train, new, k)),
        "All signs are lost. A whole column may be turned, a single number may not.",
    ),
    (
        lambda train, new, k: (new - train.mean(axis=0)) @ _directions(_centered(train)).T,
        "These are all coordinates; return the first num_components.",
    ),
    (
        lambda train, new, k: course_project_pca(train, new, k).T,
        "The coordinates fit, but they lie on their side: one row per new row.",
    ),
    (
        lambda train, new, k: course_project_pca(train, new, k)[:, 0],
        "This is the first coordinate alone, as a flat array.",
    ),
    (
        lambda train, new, k: (
            (new - train.mean(axis=0))
            @ _directions(_centered(train), k).T
            @ _directions(_centered(train), k)
            + train.mean(axis=0)
        ),
        "These rows were projected and taken back to all columns. Stop at the coordinates.",
    ),
    (
        lambda train, new, k: (new - train.mean(axis=0))[:, :k],
        "These are the first columns of new less the mean; PCA makes new directions of all of "
        "them.",
    ),
    (
        lambda train, new, k: (new - train.mean(axis=0))[:, np.argsort(-train.var(axis=0))[:k]],
        "These are the columns of most variance; a direction of PCA is a mixture of all columns.",
    ),
]


def _turned(coordinates, *case):
    """Turn the columns of a student's coordinates that have the other sign."""
    got, right = as_array(coordinates, "The coordinates"), course_project_pca(*case)
    if got.shape == right.T.shape != right.shape:
        return _turned(got.T, *case).T
    if got.shape != right.shape:  # nothing to compare with: the first number of each is positive
        return got * np.where(got[:1] < 0, -1, 1)
    return got * np.where(np.sum(got * right, axis=0) < 0, -1, 1)


def _pca_steps(train, new, k):
    mean, directions, _ = pca.fit_pca(train, k)
    return "\n".join(
        [
            f"  mean of train: {mean.round(4)}",
            *(
                f"  direction {number}, of length 1: {direction.round(4)}"
                for number, direction in enumerate(directions)
            ),
            f"  row 0 of new, less that mean: {(new[0] - mean).round(4)}",
            f"  its dot product with each direction: {((new[0] - mean) @ directions.T).round(4)}",
        ]
    )


@lab.exercise(
    course_project_pca,
    takeaway="Mean and directions belong to the training rows; new rows only get projected.",
    hints=[
        "Two things are learned from train: its mean and the directions. What happens to new?",
        "`np.linalg.svd(train - mean, full_matrices=False)` returns three arrays; the rows of the "
        "third are the directions, the best first.",
        "`(new - mean) @ directions[:num_components].T`, with the mean of train.",
    ],
)
def project_pca(answer):
    expect_function(
        _converted(answer, _turned),
        course_project_pca,
        PCA_CASES,
        what="the coordinates (each column up to its sign)",
        mistakes=[
            (lambda *case, wrong=wrong: _turned(wrong(*case), *case), text)
            for wrong, text in PCA_MISTAKES
        ],
        steps=_pca_steps,
        tolerance=1e-3,  # half of the digits of float32
    )


SHARE_CASES = [
    (np.array([0.6, 1.7]), 0.8),
    (np.array([1.3, 4.2, 8.7, 2.1]), 0.3),
    (np.array([2.6, 0.9, 1.4]), 1.7),
    (np.array([3.7]), 2.1),
]
# exp(-5000) is 0, exp(5000) is infinite. With precision 1 some mistakes do not show.
FAR_CASES = [
    (np.array([5000.3, 5001.1]), 1.3),
    (np.array([6000.9, 6000.2, 6002.5]), 1.0),
    (np.array([7000.0, 5000.0, 5000.6, 10000.0]), 2.0),
    (np.array([12000.0, 3001.2, 3000.5]), 0.5),
]


def _shares(weights):
    return weights / weights.sum()


def _weights(distances, precision):
    return np.exp(-precision * distances)


SQUARED = "The distances are squared already: exp(-precision * distance)."
MULTIPLIES = "The precision multiplies the distance; a larger one makes a narrower Gaussian."
T_CURVE = "This is Student's t, the curve of the map."
SHARE_MISTAKES = [
    (_weights, "The sum must be 1: divide by the sum of the weights."),
    (
        lambda d, b: _weights(d - d.min(), b),
        "The sum must be 1: divide by the sum of the weights, not by the largest.",
    ),
    (
        lambda d, b: _shares(_weights(d, b)) * len(d),
        "The sum must be 1: divide by the sum, not by the mean.",
    ),
    (
        lambda d, b: _weights(d, b) / np.linalg.norm(_weights(d, b)),
        "The sum must be 1: divide by the sum, not by the root of the sum of squares.",
    ),
    (lambda d, b: _shares(_weights(d**2, b)), SQUARED),
    (lambda d, b: _shares(_weights(d, b**2)), "The precision is squared; take it as it is."),
    (lambda d, b: _shares(_weights(d**2, b**2)), f"{SQUARED} The precision is not."),
    (lambda d, b: _shares(_weights(np.sqrt(d), b)), f"{SQUARED} Yours takes a root."),
    (lambda d, b: _shares(_weights(-d, b)), "A minus is missing: far points got more."),
    (lambda d, b: _shares(_weights(d, 1)), "The precision is not used."),
    (lambda d, b: _shares(_weights(d, 1 / b)), MULTIPLIES),
    (lambda d, b: _shares(_weights(d, 1 / (2 * b**2))), f"{MULTIPLIES} It is no sigma."),
    (lambda d, b: _shares(_weights(d, 1 / b**2)), f"{MULTIPLIES} It is no sigma."),
    (lambda d, b: _shares(_weights(d, 1 / (2 * b))), MULTIPLIES),
    (
        lambda d, b: _shares(_weights(d, b / 2)),
        "The precision holds the factor 1/2 already: exp(-precision * distance).",
    ),
    (
        lambda d, b: _shares(_weights(d, 2 * b)),
        "The precision holds the factor 2 already: exp(-precision * distance).",
    ),
    (lambda d, b: _shares(2 ** (-b * d)), "The base is e, not 2: np.exp."),
    (lambda d, b: _shares(1 / (1 + d)), T_CURVE),
    (lambda d, b: _shares(1 / (1 + b * d)), T_CURVE),
    (lambda d, b: _shares(1 / d), "Shares of one over the distance; they go with exp."),
    (
        lambda d, b: _shares(_weights(d / d.max(), b)),
        "The distances were divided by the largest; the precision belongs to them as they are.",
    ),
    (
        lambda d, b: _shares(_weights(d / d.sum(), b)),
        "The distances were divided by their sum; the precision belongs to them as they are.",
    ),
    (
        lambda d, b: np.sqrt(b / np.pi) * _weights(d, b),
        "This is the density of the Gaussian. Divide its weights by their sum instead.",
    ),
    (
        lambda d, b: np.log(_shares(_weights(d, b))),
        "These are the logarithms of the probabilities.",
    ),
    (
        lambda d, b: np.sort(_shares(_weights(d, b)))[::-1],
        "Do not sort: number i belongs to point i.",
    ),
    (
        lambda d, b: np.eye(len(d))[d.argmin()],
        "All goes to the nearest; the others have a chance, too.",
    ),
    (
        lambda d, b: _shares(_weights(d, b) * (np.arange(len(d)) != d.argmin())),
        "The nearest point was left out. The point itself is not among the distances, so all "
        "count.",
    ),
    (lambda d, b: _shares(_weights(d, b)).round(2), "Do not round."),
]
UNDERFLOW = (
    "exp(-5000) is 0 on a computer. Subtract the smallest distance first; it cancels in the "
    "division."
)
OVERFLOW = (
    "exp of a number far from 0 is 0 or infinite on a computer. What you subtract cancels, but "
    "only with the smallest distance is the largest exponent 0."
)
ADDED = (
    "exp(-5000) is 0 on a computer, so that only what you put in its place is left. Subtract the "
    "smallest distance instead; it cancels in the division."
)
FAR_MISTAKES = [
    (lambda d, b: _shares(_weights(d, b)), UNDERFLOW),
    (lambda d, b: np.zeros(len(d)), UNDERFLOW),
    (lambda d, b: np.full(len(d), 1 / len(d)), ADDED),
    (lambda d, b: _shares(_weights(d - d.max(), b)), OVERFLOW),
    (lambda d, b: _shares(_weights(d - d.mean(), b)), OVERFLOW),
    (lambda d, b: _shares(_weights(d - d[0], b)), OVERFLOW),
    (
        lambda d, b: _shares(np.exp(-b * d + d.min())),
        "The smallest distance was subtracted from the product: do so before the precision "
        "multiplies it.",
    ),
    (
        lambda d, b: _weights(d - d.min(), b),
        "The sum must be 1: divide by the sum of these weights.",
    ),
]


def _share_steps(distances, precision):
    nearest = distances.min()
    weights = _weights(distances - nearest, precision)
    rows = [
        f"  point {point}: exp(-{precision:g} * ({distance:g} - {nearest:g})) = {weight:.4g}"
        for point, (distance, weight) in enumerate(zip(distances, weights, strict=True))
    ]
    return "\n".join(
        [
            f"The smallest distance, {nearest:g}, may be subtracted from all; it cancels.",
            *rows,
            f"  the sum is {weights.sum():.4g}; divide each by it",
        ]
    )


@lab.exercise(
    course.conditional_probabilities,
    takeaway="Only differences of distances count, so the smallest can be subtracted first.",
    hints=[
        "First a weight for each of the others, then divide by the sum of the weights.",
        "The weight is exp(-precision * distance); the distances are squared already.",
        "Far points have weights of 0, and 0 / 0 is NaN. Subtract distances.min() inside exp: it "
        "cancels in the division.",
    ],
    seconds=10,
)
def conditional_probabilities(answer):
    for cases, mistakes, tolerance in (
        (SHARE_CASES, SHARE_MISTAKES, 1e-5),
        (FAR_CASES, FAR_MISTAKES, 2e-3),  # float32 has three digits left of 10,000
    ):
        expect_function(
            answer,
            course.conditional_probabilities,
            cases,
            what="the probabilities",
            mistakes=mistakes,
            steps=_share_steps,
            tolerance=tolerance,
        )


class _PerplexityOf:
    """The perplexity as a function of the precision, with a text that the student can redo."""

    def __init__(self, distances):
        self.distances = distances

    def __call__(self, precision):
        return course.perplexity(course.conditional_probabilities(self.distances, precision))

    def __repr__(self):
        numbers = ", ".join(f"{distance:g}" for distance in self.distances)
        return f"the perplexity for the squared distances [{numbers}]"


def course_find_precision(perplexity_of, target):
    """Find the precision that has the wanted perplexity, by bisection."""
    low, high = 1e-12, 1e12
    for _ in range(100):
        middle = np.sqrt(low * high)
        if perplexity_of(middle) > target:
            low = middle
        else:
            high = middle
    return middle


NEAR = np.array([1.3, 4.1, 0.7, 2.9])
FARTHER = np.array([3.1, 9.4, 1.2, 14.6, 7.7, 2.5, 11.9, 18.3, 5.8, 16.1, 8.6, 13.2])
FIND_CASES = [
    (_PerplexityOf(NEAR), 2.3),
    (_PerplexityOf(FARTHER), 5.0),
    (_PerplexityOf(FARTHER), 1.6),
    (_PerplexityOf(FARTHER), 11.0),
]
SCALE_CASES = [
    (_PerplexityOf(scale * NEAR), target)
    for scale, target in ((1e4, 2.3), (1e-4, 2.3), (1e9, 3.1), (1e-9, 1.7))
]


def _turned_around(perplexity_of, target):
    return course_find_precision(lambda precision: -perplexity_of(precision), -target)


FIND_MISTAKES = [
    (
        lambda of, target: np.sqrt(1 / (2 * course_find_precision(of, target))),
        "This is sigma; return the precision, 1 / (2 sigma^2).",
    ),
    (
        lambda of, target: 1 / (2 * course_find_precision(of, target)),
        "This is a variance; return the precision, 1 / (2 sigma^2).",
    ),
    (lambda of, target: 1 / course_find_precision(of, target), "This is one over the precision."),
    (
        lambda of, target: course_find_precision(lambda precision: np.log2(of(precision)), target),
        "That is its entropy in bits; the target is a perplexity.",
    ),
    (lambda of, target: target, "This is the perplexity; return the precision."),
    (
        _turned_around,
        "The search is turned around: a perplexity above the target asks for a larger precision.",
    ),
    (lambda of, target: 1.0, "This is one middle. Does a `return` stand inside the loop?"),
    (
        lambda of, target: round(course_find_precision(of, target), 2),
        "Do not round: a precision can be tiny.",
    ),
    (
        lambda of, target: np.log(course_find_precision(of, target)),
        "This is the logarithm of the precision.",
    ),
]


def _reached(precision, perplexity_of, target):
    """Return the perplexity of a student's precision, or raise NotYet if it is none."""
    got = as_array(precision, "The precision")
    if got.size != 1:
        raise NotYet(f"Return one number, the precision; yours has the shape {got.shape}.")
    precision = got.item()
    if not (np.isfinite(precision) and precision > 0):
        raise NotYet(
            f"Your precision is {precision:.6g}; a precision is a number above 0. The target was "
            f"{target:g}, and perplexity_of {perplexity_of}."
        )
    return perplexity_of(precision)


def _search_steps(answer):
    def steps(perplexity_of, target):
        precision = as_array(answer(perplexity_of, target), "The precision").item()
        right = course_find_precision(perplexity_of, target)
        which = "small: too many points count" if precision < right else "large: too few count"
        lines = [f"Your precision is {precision:.6g}, too {which}. This is how a search goes:"]
        low, high = 1e-12, 1e12
        for _ in range(3):
            middle = np.sqrt(low * high)
            reached = perplexity_of(middle)
            side = "above the target: upper" if reached > target else "not above: lower"
            lines.append(
                f"  {low:g} to {high:g}: the middle {middle:g} has the perplexity "
                f"{reached:.4g}, {side} half"
            )
            low, high = (middle, high) if reached > target else (low, middle)
        question = (
            "Yours is near it: halve more often, or end the search later."
            if right / 2 < precision < right * 2
            else "Does your first interval hold that number, and does the right end move?"
        )
        return "\n".join([*lines, f"  and so on, down to {right:.4g}. {question}"])

    return steps


@lab.exercise(
    course_find_precision,
    takeaway="Perplexity falls as precision rises, so halving an interval always finds it.",
    hints=[
        "A larger precision gives a smaller perplexity. Start with a precision that is surely too "
        "small and one that is surely too large.",
        "Take the middle. If its perplexity is above the target, it is the new lower end; else "
        "the new upper end. Repeat 100 times.",
        "The answer may be tiny or huge: start with 1e-12 and 1e12, and take np.sqrt(low * high) "
        "as the middle.",
    ],
    seconds=10,
)
def find_precision(answer):
    for cases in (FIND_CASES, SCALE_CASES):
        expect_function(
            _converted(answer, _reached),
            lambda perplexity_of, target: target,
            cases,
            what="the perplexity of your precision",
            mistakes=[
                (lambda of, target, wrong=wrong: of(max(wrong(of, target), 1e-300)), text)
                for wrong, text in FIND_MISTAKES
            ],
            steps=_search_steps(answer),
            tolerance=5e-3,  # of a precision exact to three digits
        )


def course_trustworthiness(true_ranks, map_ranks, k):
    """Return how far the neighbors shown on a map can be trusted, from two tables of ranks."""
    return 1 - _factor(len(true_ranks), k) * _paid(true_ranks, map_ranks, k).sum()


def _factor(n, k):
    return 2 / (n * k * (2 * n - 3 * k - 1))


def _shown(map_ranks, k):
    return (map_ranks >= 1) & (map_ranks <= k)


def _paid(true_ranks, map_ranks, k):
    """Return the table of what every pair pays."""
    return np.maximum(true_ranks - k, 0) * _shown(map_ranks, k)


def _random_ranks(seed, n, k):
    generator = np.random.default_rng(seed)
    return (
        quality.neighbor_ranks(generator.normal(size=(n, 4))),
        quality.neighbor_ranks(generator.normal(size=(n, 2))),
        k,
    )


TRUST_CASES = [
    _random_ranks(seed, n, k) for seed, n, k in ((6, 5, 2), (1, 6, 1), (2, 8, 2), (3, 12, 3))
]


def _trust(paid):
    """Return the function that takes the factor times a sum of payments from 1."""
    return lambda true, drawn, k: 1 - _factor(len(true), k) * np.sum(paid(true, drawn, k))


def _trust_with(factor):
    return lambda true, drawn, k: 1 - factor(len(true), k) * _paid(true, drawn, k).sum()


NEIGHBORS = (
    "The neighbors have the ranks 1 to k: rank 0 is the point itself, and rank k belongs to them."
)
NO_PART = "Compare your factor with 2 / (n k (2n - 3k - 1)): {}."
TRUST_MISTAKES = [
    (lambda *case: 1 - course_trustworthiness(*case), "Subtract it from 1."),
    (lambda *case: 2 - course_trustworthiness(*case), "The cost is taken from 1, not added to it."),
    (
        _trust(
            lambda true, drawn, k: np.maximum(
                np.take_along_axis(true, drawn[:, 1 : k + 1], axis=1) - k, 0
            )
        ),
        "A row of the map's table holds ranks, not the neighbors in order: look where its ranks "
        "are 1 to k.",
    ),
    (
        _trust(lambda true, drawn, k: np.maximum(true - k, 0) * _shown(drawn.T, k)),
        "Rows and columns are mixed up: row i of both tables belongs to point i.",
    ),
    (
        _trust(lambda true, drawn, k: true * _shown(drawn, k)),
        "Ranks up to k are free: max(0, rank - k).",
    ),
    (
        _trust(lambda true, drawn, k: true * _shown(drawn, k) * (true > k)),
        "Paid is what a rank lies above k: max(0, rank - k).",
    ),
    (
        _trust(lambda true, drawn, k: (true - k) * _shown(drawn, k)),
        "A rank below k must not earn anything: max(0, rank - k).",
    ),
    (
        _trust(lambda true, drawn, k: abs(true - k) * _shown(drawn, k)),
        "A rank below k must not pay anything: max(0, rank - k).",
    ),
    (
        _trust(lambda true, drawn, k: (true > k) * _shown(drawn, k)),
        "This counts the strangers; each pays by how far it is, max(0, rank - k).",
    ),
    (
        _trust(lambda true, drawn, k: np.maximum(true - drawn, 0) * _shown(drawn, k)),
        "The rank on the map only says who pays; paid is max(0, true rank - k).",
    ),
    (
        _trust(lambda true, drawn, k: abs(true - drawn)),
        "Only neighbors on the map pay, and they pay max(0, true rank - k).",
    ),
    (
        _trust(lambda true, drawn, k: np.maximum(true - k, 0)),
        "All pairs pay here; only those near each other on the map should.",
    ),
    (
        lambda true, drawn, k: course_trustworthiness(drawn, true, k),
        "The two tables are swapped: that is called continuity. The map says which pairs pay.",
    ),
    (_trust(lambda true, drawn, k: np.maximum(true - k, 0) * (drawn < k)), NEIGHBORS),
    (
        _trust(lambda true, drawn, k: np.maximum(true - k, 0) * (drawn == k)),
        "Only the k-th neighbor pays here; all of the ranks 1 to k should.",
    ),
    (
        _trust(lambda true, drawn, k: np.maximum(true - k, 0) * (drawn <= k + 1)),
        "The neighbors have the ranks 1 to k: one too many was counted.",
    ),
    (
        _trust(lambda true, drawn, k: np.maximum(true[:, 1 : k + 1] - k, 0)),
        "The columns 1 to k are the points 1 to k. The neighbors are where the table of the map "
        "holds the ranks 1 to k.",
    ),
    (
        _trust(lambda true, drawn, k: np.maximum(true[:, :k] - k, 0)),
        "The first k columns are the first k points. The neighbors are where the table of the map "
        "holds the ranks 1 to k.",
    ),
    (
        _trust(lambda true, drawn, k: np.maximum(true - 1 - k, 0) * _shown(drawn, k)),
        "Ranks count from 1: rank k + 1 pays 1.",
    ),
    (
        _trust(lambda true, drawn, k: _paid(true, drawn, k)[0]),
        "Only the first row was added up. Does a `return` stand inside the loop?",
    ),
    (
        _trust(lambda true, drawn, k: np.tril(_paid(true, drawn, k))),
        "Only half of the table was added up. i near j is not j near i: both count.",
    ),
    (
        _trust(lambda true, drawn, k: np.triu(_paid(true, drawn, k))),
        "Only half of the table was added up. i near j is not j near i: both count.",
    ),
    (
        lambda true, drawn, k: (
            1 - _factor(len(true), k) * _paid(true, drawn, k)[_shown(drawn, k)].mean()
        ),
        "The factor holds 1 / n already: take the sum, not the mean.",
    ),
    (
        lambda true, drawn, k: 1 - _factor(len(true), k) * _paid(true, drawn, k).mean(),
        "The factor holds 1 / n already: take the sum, not the mean.",
    ),
    (
        lambda true, drawn, k: 1 - _factor(len(true), k) * _paid(true, drawn, k).sum() / len(true),
        "The factor holds 1 / n already: take the sum, not the mean.",
    ),
    (
        lambda true, drawn, k: 1 - _factor(len(true), k) * _paid(true, drawn, k).sum(axis=1),
        "This is one number for each point: sum over the points as well.",
    ),
    (
        lambda true, drawn, k: np.mean(true[_shown(drawn, k)] <= k),
        "This is the share of neighbors kept; trustworthiness weighs how far a stranger is.",
    ),
    (_trust_with(lambda n, k: _factor(n, k) / 2), NO_PART.format("it has a 2 above the line")),
    (_trust_with(lambda n, k: 1 / (n * k)), NO_PART.format("2n - 3k - 1 is missing")),
    (_trust_with(lambda n, k: 2 / (n * k)), NO_PART.format("2n - 3k - 1 is missing")),
    (_trust_with(lambda n, k: n * _factor(n, k)), NO_PART.format("n is missing")),
    (_trust_with(lambda n, k: k * _factor(n, k)), NO_PART.format("k is missing")),
    (
        _trust_with(lambda n, k: 2 / n * k * (2 * n - 3 * k - 1)),
        NO_PART.format("all three are below the line, so they need brackets"),
    ),
    (
        _trust_with(lambda n, k: 2 / (n * k) * (2 * n - 3 * k - 1)),
        NO_PART.format("all three are below the line, so they need brackets"),
    ),
    (
        _trust_with(lambda n, k: 2 / (n * k * (2 * n - 3 * k + 1))),
        NO_PART.format("the 1 has a minus"),
    ),
    (_trust_with(lambda n, k: 2 / (n * k * (2 * n - 3 * k))), NO_PART.format("the 1 is missing")),
    (_trust_with(lambda n, k: 2 / (n * k * (2 * n - k - 1))), NO_PART.format("it has 3k")),
    (
        _trust_with(lambda n, k: _factor(n - 1, k) if n > 5 else 2 / 4 / k / (7 - 3 * k)),
        NO_PART.format("n counts all points, the point itself as well"),
    ),
    (lambda true, drawn, k: 1.0, "This is 1 for every map. Which pairs pay?"),
]


def _trust_steps(true_ranks, map_ranks, k):
    n = len(true_ranks)
    paid = _paid(true_ranks, map_ranks, k)
    lines = []
    for row in range(n):
        near = np.argsort(map_ranks[row])[1 : k + 1]
        terms = " + ".join(f"{term}" for term in paid[row, near])
        lines.append(
            f"  row {row}: near on the map are the points {near}, their true ranks are "
            f"{true_ranks[row, near]}, they pay {terms}"
        )
    factor = f"2 / ({n} * {k} * {2 * n - 3 * k - 1})"
    result = 1 - _factor(n, k) * paid.sum()
    return "\n".join([*lines, f"  T = 1 - {factor} * {paid.sum()} = {result:.4g}"])


@lab.exercise(
    course_trustworthiness,
    takeaway="1 says: whoever is drawn near is near. It does not ask who was torn apart.",
    hints=[
        "Which pairs pay, and how much? Look at the map ranks first, at the true ranks then.",
        "Pairs with a map rank of 1 to k pay max(0, true rank - k). Rank 0 is the point itself.",
        "Sum what they pay, times 2 / (n * k * (2 * n - 3 * k - 1)), and take that from 1.",
    ],
    seconds=10,
)
def trustworthiness(answer):
    number = _converted(answer, _number)
    expect_function(
        number,
        course_trustworthiness,
        TRUST_CASES,
        what="the trustworthiness",
        mistakes=TRUST_MISTAKES,
        steps=_trust_steps,
    )
    true_ranks = TRUST_CASES[-1][0]
    expect_close(
        number(true_ranks, true_ranks, 2), 1.0, "For twice the same table, the trustworthiness"
    )


def _symmetric(*above):
    """Return a table of probabilities, given those above the diagonal, row by row."""
    n = int(np.sqrt(2 * len(above))) + 1
    p = np.zeros((n, n))
    p[np.triu_indices(n, k=1)] = above
    return p + p.T


GRADIENT_CASES = [
    (_symmetric(0.5), np.array([[0.4, -0.3], [1.2, 0.8]])),
    (_symmetric(0.21, 0.07, 0.22), np.array([[0.4, -0.3], [1.2, 0.8], [-0.7, 1.5]])),
    (
        _symmetric(0.13, 0.04, 0.09, 0.11, 0.02, 0.11),
        np.array([[0.3, 1.1], [-0.6, 0.2], [1.7, -0.9], [0.8, 0.5]]),
    ),
    (
        _symmetric(0.08, 0.03, 0.05, 0.07, 0.02, 0.06, 0.04, 0.05, 0.07, 0.03),
        np.array([[0.9, -1.3], [-0.2, 0.6], [1.4, 0.1], [-1.1, -0.8], [0.5, 2.3]]),
    ),
]
HAIR = 1e-5


def _finite_differences(p, positions):
    slopes = np.zeros_like(positions)
    for place in np.ndindex(positions.shape):
        hair = np.zeros_like(positions)
        hair[place] = HAIR
        rise = course.kl_divergence(p, positions + hair) - course.kl_divergence(p, positions - hair)
        slopes[place] = rise / (2 * HAIR)
    return slopes


def _gradient_steps(answer):
    """Return the steps: what finite differences say, beside the student's numbers.

    The mistakes are not named. To find them with these numbers is the exercise.
    """

    def steps(p, positions):
        got = as_array(answer(p, positions), "The gradient")
        slopes = _finite_differences(p, positions)
        if got.shape != slopes.shape:
            return "Each number of the map has a slope of its own."
        if len(p) == 2:
            return (
                "Finite differences say 0: with two points q is 1/2 both ways, wherever they lie, "
                "and so is p. Moving a point changes nothing. Compare your p and q for this map."
            )
        ratios = got / slopes
        lines = [
            f"  point {point}, {'xy'[axis]}: {slopes[point, axis]:.4f}, yours "
            f"{got[point, axis]:.4f}, that is {ratios[point, axis]:.2f} times as much"
            for point, axis in np.ndindex(slopes.shape)
        ]
        if np.ptp(ratios) < 1e-3 * np.abs(ratios).max():
            verdict = (
                f"All numbers are {ratios.mean():.4g} times what they should be: a factor is off."
            )
        else:
            verdict = (
                "The numbers are off by different factors, so no constant can repair them. A map "
                "of two points, where q is 1/2 both ways, came out right."
            )
        return "\n".join(["Finite differences of the loss say", *lines, verdict])

    return steps


@lab.exercise(
    course.gradient,
    takeaway="Finite differences find what reading does not: test a gradient before you use it.",
    hints=[
        "Repair one thing, then compare with finite differences again. With two points only q "
        "matters. If all numbers are off by one factor, a constant is missing.",
        "q sums to 1 over all pairs of different points. Print q.sum() and its diagonal for a map "
        "of two points. Then compare your sum with the formula, factor by factor.",
        "4 * sum over j of (p - q) * weights * (y_i - y_j), with weights = 1 / (1 + distance^2) "
        "whose diagonal is set to 0, and q = weights / weights.sum().",
    ],
    seconds=10,
)
def gradient(answer):
    expect_function(
        answer,
        course.gradient,
        GRADIENT_CASES,
        what="the gradient",
        steps=_gradient_steps(answer),
        tolerance=1e-4,
    )
    p, positions = GRADIENT_CASES[1]
    right = course.gradient(p, positions)
    expect_close(
        answer(4 * p, positions),
        course.gradient(4 * p, positions),
        "The gradient is right where p has the sum 1. With 4 * p in its place, as in the first "
        f"steps of t-SNE, and\n{answer.named((4 * p, positions))}\nthe formula",
        [
            (right, "p was scaled to the sum 1. Take it as it is."),
            (
                4 * right,
                "This is 4 times the gradient for p. Are these finite differences of a loss? The "
                "formula does without them.",
            ),
        ],
        tolerance=1e-4,
    )
