"""Checks of lab 03: `from utils.checks import projection as check`."""

from itertools import count, permutations, product

import numpy as np

from utils.checks.compare import NotYet, as_array, expect_close, show
from utils.checks.framework import Lab
from utils.units.projection import pca, quality
from utils.units.projection import tsne as course

lab = Lab()
hint, summary = lab.hint, lab.summary


def course_project_pca(train, new, num_components):
    """Learn PCA on some rows and return the coordinates of other rows."""
    mean, directions, _ = pca.fit_pca(train, num_components)
    return (new - mean) @ directions.T


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
    rng = np.random.default_rng(0)
    scales = np.array([5.0, 2.0, 1.0, 0.3])
    train = rng.normal(size=(30, 4)) * scales + [1.0, 8.0, -3.0, 2.0]
    new = rng.normal(size=(6, 4)) * scales + [-1.0, 7.0, -2.0, 2.0]
    for components in (2, 1, 3):
        _expect_projection(answer, train, new, components)
    shuffled = [3, 1, 2, 0]  # np.linalg.eig does not sort: here its first direction is not the best
    _expect_projection(answer, train[:20, shuffled], new[:5, shuffled], 2)


def _expect_projection(answer, train, new, components):
    what = f"project_pca(train, new, {components})"
    got = as_array(answer(train, new, components), what)
    expected = course_project_pca(train, new, components)
    if got.shape == (len(train), components):
        raise NotYet(
            f"{what} should return the {len(new)} new rows; yours returned the {len(train)} rows "
            "of train."
        )
    if got.shape == (components, len(new)) != expected.shape:
        raise NotYet(f"{what} has the shape {got.shape}: turn it, one row per new row.")
    if got.shape != expected.shape:
        raise NotYet(f"{what} should have the shape {expected.shape}; yours has {got.shape}.")
    if _same_up_to_signs(got, expected):
        return
    for wrong, text in _wrong_projections(train, new, components):
        if _same_up_to_signs(got, wrong):
            raise NotYet(f"{what} does not fit. {text}")
    raise NotYet(
        f"{what} should be, up to the sign of each column,\n{show(expected)}\n"
        f"yours gave\n{show(got)}"
    )


def _wrong_projections(train, new, components):
    def directions_of(rows):
        return np.linalg.svd(rows, full_matrices=False)[2]

    mean, both = train.mean(axis=0), np.concatenate([train, new])
    right, raw = directions_of(train - mean), directions_of(train)
    lengths = (train - mean).std(axis=0)
    first = slice(components)
    no_mean = "The mean was not subtracted before the decomposition."
    yield new @ raw[first].T, no_mean
    yield (new - mean) @ raw[first].T, no_mean
    yield new @ right[first].T, "The directions fit, but new rows need the mean subtracted as well."
    yield (
        (new - new.mean(axis=0)) @ right[first].T,
        "You subtracted the mean of new. The new rows would lose what sets them apart: subtract "
        "the mean of train.",
    )
    yield (
        (new - both.mean(axis=0)) @ directions_of(both - both.mean(axis=0))[first].T,
        "It was fitted on train and new together: nothing may be learned from new rows.",
    )
    yield course_project_pca(new, new, components), "It was fitted on new; fit it on train."
    own = "Every column has a mean of its own: train.mean(axis=0)."
    yield (new - train.mean()) @ directions_of(train - train.mean())[first].T, own
    by_row = directions_of(train - train.mean(axis=1, keepdims=True))
    yield (new - new.mean(axis=1, keepdims=True)) @ by_row[first].T, own
    yield (new - mean) @ right[-components:].T, "These are the last directions, not the first."
    yield (
        (new - mean) @ right[::-1][first].T,
        "These are the directions of the least variance: mind the order.",
    )
    for order in permutations(range(len(right)), components):
        if order != tuple(range(components)):
            yield (
                (new - mean) @ right[list(order)].T,
                "These are directions of the right kind, but not the first ones in order: sort "
                "them, the largest variance first.",
            )
    yield (
        (new - mean) @ right[:, first],
        "The directions are the rows of the third array of np.linalg.svd, not its columns.",
    )
    yield (
        (new - mean) / lengths @ directions_of((train - mean) / lengths)[first].T,
        "The columns were scaled to one standard deviation. Only subtract the mean.",
    )
    spread = (train - mean) @ right[first].T
    for degrees in (0, 1):
        yield (
            course_project_pca(train, new, components) / spread.std(axis=0, ddof=degrees),
            "The coordinates were scaled to one standard deviation (whitening). Leave them.",
        )


def _same_up_to_signs(got, expected):
    signs = np.where(np.sum(got * expected, axis=0) < 0, -1, 1)
    return np.allclose(got * signs, expected, rtol=1e-3, atol=1e-3)


@lab.exercise(
    course.conditional_probabilities,
    takeaway="Only differences of distances count, so the smallest can be subtracted first.",
    hints=[
        "First a weight for each of the others, then divide by the sum of the weights.",
        "The weight is exp(-precision * distance); the distances are squared already.",
        "Far points have weights of 0, and 0 / 0 is NaN. Subtract distances.min() inside exp: it "
        "cancels in the division.",
    ],
)
def conditional_probabilities(answer):
    distances, precision = np.array([1.0, 4.0, 9.0, 2.0]), 0.3
    right = np.exp(-precision * distances)

    def shares(weights):
        return weights / weights.sum()

    by_precision = "The precision multiplies the distance; a larger one makes a narrower Gaussian."
    expect_close(
        answer(distances, precision),
        shares(right),
        "conditional_probabilities([1, 4, 9, 2], 0.3)",
        mistakes=[
            (right, "The sum must be 1: divide by the sum of the weights."),
            (right / right.max(), "The sum must be 1: divide by the sum, not by the largest."),
            (shares(np.exp(-precision * distances**2)), "The distances are squared already."),
            (shares(np.exp(-precision * np.sqrt(distances))), "Take the squared distances as is."),
            (shares(np.exp(precision * distances)), "A minus is missing: far points got more."),
            (shares(np.exp(-distances)), "The precision is not used."),
            (shares(np.exp(-distances / precision)), by_precision),
            (shares(np.exp(-distances / (2 * precision**2))), by_precision + " It is no sigma."),
            (shares(np.exp(-distances / (2 * precision))), by_precision),
            (
                shares(np.exp(-precision * distances / 2)),
                "The precision holds the factor 1/2 already: exp(-precision * distance).",
            ),
            (shares(1 / (1 + distances)), "This is Student's t, the curve of the map."),
            (shares(1 / (1 + precision * distances)), "This is Student's t, the curve of the map."),
        ],
    )
    far = np.array([5_000.0, 5_001.0, 5_002.0])
    got = as_array(answer(far, 1.0), "conditional_probabilities([5000, 5001, 5002], 1)")
    if not np.isfinite(got).all() or np.sum(got) < 0.5:
        raise NotYet(
            f"For the distances {show(far)} and precision 1 it gave {show(got)}: exp(-5000) is 0 "
            "on a computer. Subtract the smallest distance first; it cancels in the division."
        )
    expect_close(
        got,
        shares(np.exp(-far + 5_000)),
        "conditional_probabilities([5000, 5001, 5002], 1)",
        mistakes=[
            (
                np.full(3, 1 / 3),
                "exp(-5000) is 0 on a computer, so that only what you added is left. Subtract the "
                "smallest distance instead; it cancels in the division.",
            )
        ],
    )
    wide = np.array([7_000.0, 5_000.0, 5_000.5, 10_000.0])
    got = as_array(answer(wide, 2.0), "conditional_probabilities([7000, 5000, 5000.5, 10000], 2)")
    if not np.isfinite(got).all():
        raise NotYet(
            f"For the distances {show(wide)} and precision 2 it gave {show(got)}: exp of a number "
            "far from 0 is 0 or infinite on a computer. The largest exponent should be 0: subtract "
            "the smallest distance, and do so before the precision multiplies it."
        )
    expect_close(
        got,
        shares(np.exp(-2 * (wide - 5_000))),
        "conditional_probabilities([7000, 5000, 5000.5, 10000], 2)",
    )
    expect_close(answer(np.array([3.0]), 2.0), [1.0], "conditional_probabilities([3], 2)")


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


MOST_CALLS = 200_000


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
)
def find_precision(answer):
    distances = np.random.default_rng(1).uniform(1, 20, size=12)
    cases = [(1.0, 5.0), (1.0, 2.0), (1.0, 11.0)]
    cases += [(factor, 5.0) for factor in (1e4, 1e-4, 1e10, 1e-10)]
    for factor, target in cases:
        what = f"For 12 squared distances around {10 * factor:g} and the target {target:g},"
        calls = count(1)

        def perplexity_of(precision, distances=factor * distances, calls=calls):
            if next(calls) > MOST_CALLS:  # a lab never blocks
                raise RuntimeError(
                    f"perplexity_of was called {MOST_CALLS} times for one target: does your loop "
                    "ever end? Halving 100 times is enough."
                )
            return course.perplexity(course.conditional_probabilities(distances, precision))

        got = as_array(answer(perplexity_of, target), "The precision")
        if got.size != 1:
            raise NotYet(f"{what} return one number; yours has the shape {got.shape}.")
        _expect_perplexity(float(got.ravel()[0]), perplexity_of, target, what)


SEARCH = "Is the interval wide enough? Or is the search turned around?"


def _expect_perplexity(precision, perplexity_of, target, what):
    if not (np.isfinite(precision) and precision > 0):
        raise NotYet(f"{what} yours returned {precision:.6g}: a precision is a number above 0.")
    reached = perplexity_of(precision)
    if np.isclose(reached, target, rtol=1e-3):
        return
    with np.errstate(divide="ignore", over="ignore"):  # a tiny or huge answer is no sigma
        variance, sigma = 1 / (2 * np.float64(precision)), 1 / (2 * np.float64(precision) ** 2)
    others = {
        "This is sigma; return the precision, 1 / (2 sigma^2).": sigma,
        "This is a variance; return the precision, 1 / (2 sigma^2).": variance,
        "This is one over the precision.": 2 * variance,
    }
    reason = "Is the interval wide enough, and halved often enough?"
    if np.isclose(np.log2(reached), target, rtol=1e-3):
        reason = "That is its entropy in bits; the target is a perplexity."
    elif reached > 11.4:
        reason = f"Nearly all points count: the precision is too small. {SEARCH}"
    elif reached < 1.05:
        reason = f"Only one point counts: the precision is too large. {SEARCH}"
    for text, value in others.items():
        if 0 < value < np.inf and np.isclose(perplexity_of(value), target, rtol=1e-3):
            reason = text
    raise NotYet(
        f"{what} yours returned {precision:.6g}, which has the perplexity {reached:.4g}. {reason}"
    )


def course_trustworthiness(true_ranks, map_ranks, k):
    """Return how far the neighbors shown on a map can be trusted, from two tables of ranks."""
    n = len(true_ranks)
    shown = (map_ranks >= 1) & (map_ranks <= k)
    too_far = np.maximum(true_ranks[shown] - k, 0)
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * too_far.sum()


@lab.exercise(
    course_trustworthiness,
    takeaway="1 says: whoever is drawn near is near. It does not ask who was torn apart.",
    hints=[
        "Which pairs pay, and how much? Look at the map ranks first, at the true ranks then.",
        "Pairs with a map rank of 1 to k pay max(0, true rank - k). Rank 0 is the point itself.",
        "Sum what they pay, times 2 / (n * k * (2 * n - 3 * k - 1)), and take that from 1.",
    ],
)
def trustworthiness(answer):
    rng = np.random.default_rng(4)
    for n, k in ((12, 3), (12, 1), (9, 2)):
        true_ranks = quality.neighbor_ranks(rng.normal(size=(n, 5)))
        map_ranks = quality.neighbor_ranks(rng.normal(size=(n, 2)))
        expect_close(
            answer(true_ranks, map_ranks, k),
            course_trustworthiness(true_ranks, map_ranks, k),
            f"The trustworthiness of {n} points on a random map, k = {k},",
            _wrong_trusts(true_ranks, map_ranks, k),
        )
    expect_close(answer(true_ranks, true_ranks, 2), 1.0, "For twice the same table of ranks, T")


def _wrong_trusts(true_ranks, map_ranks, k):
    n = len(true_ranks)
    factor = 2 / (n * k * (2 * n - 3 * k - 1))
    shown = (map_ranks >= 1) & (map_ranks <= k)
    paid = np.maximum(true_ranks - k, 0)
    full = factor * paid[shown].sum()
    yield full, "Subtract it from 1."
    yield 1 - factor * true_ranks[shown].sum(), "Ranks up to k are free: max(0, rank - k)."
    yield (
        1 - factor * (true_ranks[shown] - k).sum(),
        "A rank below k must not earn anything: max(0, rank - k).",
    )
    yield (
        course_trustworthiness(map_ranks, true_ranks, k),
        "The two tables are swapped: that is called continuity. The map says which pairs pay.",
    )
    yield (
        1 - factor * paid[map_ranks < k].sum(),
        "The neighbors have the ranks 1 to k: rank 0 is the point itself, and rank k belongs to "
        "them.",
    )
    yield (
        1 - factor * paid[map_ranks <= k + 1].sum(),
        "The neighbors have the ranks 1 to k: one too many was counted.",
    )
    for num_terms in (n, n * k, n * n):
        yield (
            1 - full / num_terms,
            "The factor holds 1 / n already: take the sum, not the mean.",
        )
    yield 1 - full / 2, "The factor has a 2 above the line."
    yield 1 - paid[shown].sum() / (n * k), "The last part of the factor is missing: 2n - 3k - 1."
    yield 1 - factor * np.maximum(true_ranks[shown] - 1 - k, 0).sum(), "Ranks count from 1."
    yield (
        np.mean(true_ranks[shown] <= k),
        "This is the share of neighbors kept; trustworthiness weighs how far a stranger is.",
    )


MISTAKES = [
    "The point itself still counts in q: the diagonal of the weights is 0.",
    "q is a share of each row: divide by the sum over all pairs.",
    "The weights 1 / (1 + distance^2) are missing in the sum.",
    "The factor 4 is missing.",
]


def _gradient(p, positions, diagonal, by_row, no_weights, no_four):
    weights = 1 / (1 + course.squared_distances(positions))
    if not diagonal:
        np.fill_diagonal(weights, 0)
    q = weights / weights.sum(axis=1 if by_row else None, keepdims=True)
    springs = (p - q) * (1 if no_weights else weights)
    differences = positions[:, np.newaxis] - positions
    return (1 if no_four else 4) * np.sum(springs[:, :, np.newaxis] * differences, axis=1)


@lab.exercise(
    course.gradient,
    takeaway="Finite differences find what reading does not: test a gradient before you use it.",
    hints=[
        "Compare with finite differences of course.kl_divergence. If all numbers are off by one "
        "factor, a constant is missing; if not, look at q and at the sum.",
        "q sums to 1 over all pairs of different points. Print q.sum() and its diagonal.",
        "4 * sum over j of (p - q) * weights * (y_i - y_j), with weights = 1 / (1 + distance^2) "
        "whose diagonal is set to 0, and q = weights / weights.sum().",
    ],
)
def gradient(answer):
    rng = np.random.default_rng(3)
    p = course.joint_probabilities(rng.normal(size=(7, 4)), 3)
    positions = rng.normal(size=(7, 2))
    got = as_array(answer(p, positions), "The gradient")
    expected = course.gradient(p, positions)
    if got.shape != expected.shape:
        raise NotYet(f"The gradient should have the shape (7, 2); yours has {got.shape}.")
    if np.allclose(got, expected, rtol=1e-3, atol=1e-5):
        _expect_rest(answer, p, positions)
        return
    for sign, mistakes in product((1, -1), product((False, True), repeat=4)):
        if np.allclose(got, sign * _gradient(p, positions, *mistakes), rtol=1e-4, atol=1e-6):
            found = ["The sign is turned: (p - q) * (y_i - y_j)."] * (sign < 0)
            found += [text for text, made in zip(MISTAKES, mistakes, strict=True) if made]
            left = "1 mistake is" if len(found) == 1 else f"{len(found)} mistakes are"
            raise NotYet(f"For 7 points and their map {left} left in the gradient. {found[0]}")
    raise NotYet(
        "For 7 points and their map, the first row should be (by finite differences of the loss) "
        f"{show(expected[0])}; yours is {show(got[0])}."
    )


def _expect_rest(answer, p, positions):
    q, _ = course.map_probabilities(positions)
    expect_close(
        answer(q, positions), np.zeros((7, 2)), "Where the map has the probabilities p, the slope"
    )
    expect_close(
        answer(p, positions + 100.0),
        course.gradient(p, positions),
        "After moving the whole map by 100, the gradient",
        tolerance=1e-4,
    )
    few = course.joint_probabilities(np.arange(8.0).reshape(4, 2) ** 2, 2)
    expect_close(
        answer(few, positions[:4]),
        course.gradient(few, positions[:4]),
        "For 4 points, the gradient",
    )
