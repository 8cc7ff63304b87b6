"""What the checks of lab 03 say to right, wrong and odd answers."""

import dataclasses

import numpy as np
import pytest
from attempts import Attempt, changed, judge, table, with_stub_and_solution
from sklearn.manifold import trustworthiness

from utils.checks import projection as check
from utils.checks.compare import NotYet, expect_function
from utils.units.projection import quality
from utils.units.projection import tsne as course

PCA = "def project_pca(train, new, num_components):\n    "
SHARES = "def conditional_probabilities(distances, precision):\n    "
FIND = "def find_precision(perplexity_of, target):\n    "
BISECT = (
    FIND
    + """low, high = 1e-20, 1e20
    for _ in range(80):
        middle = (low * high) ** 0.5
        if perplexity_of(middle) > target:
            low = middle
        else:
            high = middle
    return middle
"""
)
TRUST = "def trustworthiness(true, drawn, k):\n    n = len(true)\n    "
RANKS = (
    TRUST
    + """shown = (drawn >= 1) & (drawn <= k)
    paid = np.maximum(true[shown] - k, 0)
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * paid.sum()
"""
)
SLOPE = (
    "from utils.units.projection import tsne as course\n\ndef gradient(p, positions):\n"
    "    weights = 1 / (1 + course.squared_distances(positions))\n"
    "    np.fill_diagonal(weights, 0)\n"
    "    q = weights / weights.sum()\n"
    "    differences = positions[:, np.newaxis] - positions\n"
    "    return 4 * np.sum(((p - q) * weights)[:, :, np.newaxis] * differences, axis=1)\n"
)
NO_DIAGONAL = ("    np.fill_diagonal(weights, 0)\n", "")
BY_ROW = ("weights.sum()", "weights.sum(axis=1, keepdims=True)")
NO_WEIGHTS = ("((p - q) * weights)", "(p - q)")
NO_FOUR = ("4 * ", "")
DIFFERENCES = (
    "from utils.units.projection import tsne as course\n\ndef gradient(p, positions):\n"
    "    slopes = np.zeros_like(positions)\n"
    "    for place in np.ndindex(positions.shape):\n"
    "        up, down = positions.copy(), positions.copy()\n"
    "        up[place] += 1e-5\n        down[place] -= 1e-5\n"
    "        rise = course.kl_divergence(p, up) - course.kl_divergence(p, down)\n"
    "        slopes[place] = rise / 2e-5\n    return slopes"
)


def svd(train, new):
    """Return an answer that decomposes `train` and multiplies `new`, both given as source."""
    return (
        PCA + f"d = np.linalg.svd({train}, full_matrices=False)[2]\n"
        f"    return ({new}) @ d[:num_components].T"
    )


ATTEMPTS = [
    *table(
        "project_pca",
        [
            (
                "scikit-learn",
                "right",
                "from sklearn.decomposition import PCA\n\n"
                + PCA
                + "return PCA(num_components).fit(train).transform(new)",
            ),
            (
                "eigenvectors of the covariance, as a list",
                "right",
                PCA + "_, vectors = np.linalg.eigh(np.cov(train.T))\n"
                "    best = vectors[:, ::-1][:, :num_components]\n"
                "    return ((new - train.mean(0)) @ best).tolist()",
            ),
            (
                "keras, other signs",
                "right",
                PCA + "mean = train.mean(0)\n"
                "    d = np.linalg.svd(train - mean)[2][:num_components]\n"
                "    return keras.ops.convert_to_tensor(-(new - mean) @ d.T)",
            ),
            ("not centered", "not yet", svd("train", "new"), ("mean was not subtracted",)),
            (
                "new not centered",
                "not yet",
                svd("train - train.mean(0)", "new"),
                ("new rows need the mean subtracted",),
            ),
            (
                "the mean of new",
                "not yet",
                svd("train - train.mean(0)", "new - new.mean(0)"),
                ("You subtracted the mean of new",),
            ),
            (
                "fitted on both",
                "not yet",
                PCA + "both = np.concatenate([train, new])\n    mean = both.mean(0)\n"
                "    d = np.linalg.svd(both - mean)[2][:num_components]\n"
                "    return (new - mean) @ d.T",
                ("fitted on train and new together",),
            ),
            (
                "fitted on new",
                "not yet",
                svd("new - new.mean(0)", "new - new.mean(0)"),
                ("fitted on new; fit it on train",),
            ),
            (
                "columns for rows",
                "not yet",
                PCA + "mean = train.mean(0)\n    d = np.linalg.svd(train - mean)[2]\n"
                "    return (new - mean) @ d[:, :num_components]",
                ("not its columns",),
            ),
            (
                "least variance",
                "not yet",
                PCA + "_, vectors = np.linalg.eigh(np.cov(train.T))\n"
                "    return (new - train.mean(0)) @ vectors[:, :num_components]",
                ("least variance",),
            ),
            (
                "whitened",
                "not yet",
                "from sklearn.decomposition import PCA\n\n"
                + PCA
                + "return PCA(num_components, whiten=True).fit(train).transform(new)",
                ("whitening",),
            ),
            (
                "standardized",
                "not yet",
                PCA + "m, s = train.mean(0), train.std(0)\n"
                "    d = np.linalg.svd((train - m) / s)[2][:num_components]\n"
                "    return (new - m) / s @ d.T",
                ("scaled to one standard deviation",),
            ),
            (
                "the rows of train",
                "not yet",
                svd("train - train.mean(0)", "train - train.mean(0)"),
                ("These are the rows of train",),
            ),
            (
                "turned",
                "not yet",
                PCA + "mean = train.mean(0)\n    d = np.linalg.svd(train - mean)[2]\n"
                "    return d[:num_components] @ (new - mean).T",
                ("one row per new row",),
            ),
            (
                "eigenvectors not sorted",
                "not yet",
                PCA + "_, vectors = np.linalg.eig(np.cov(train.T))\n"
                "    return (new - train.mean(0)) @ vectors[:, :num_components]",
                ("sort them",),
            ),
            (
                "without signs",
                "not yet",
                PCA + "d = np.linalg.svd(train - train.mean(0))[2][:num_components]\n"
                "    return abs((new - train.mean(0)) @ d.T)",
                ("a single number may not",),
            ),
            (
                "one mean for all columns",
                "not yet",
                svd("train - train.mean()", "new - train.mean()"),
                ("a mean of its own",),
            ),
            (
                "a mean for each row",
                "not yet",
                svd("train - train.mean(1, keepdims=True)", "new - new.mean(1, keepdims=True)"),
                ("a mean of its own",),
            ),
            (
                "the directions",
                "not yet",
                PCA + "return np.linalg.svd(train - train.mean(0))[2][:num_components]",
                ("These are the directions",),
            ),
            (
                "all coordinates",
                "not yet",
                PCA + "d = np.linalg.svd(train - train.mean(0))[2]\n"
                "    return (new - train.mean(0)) @ d.T",
                ("return the first num_components",),
            ),
            (
                "taken back to all columns",
                "not yet",
                PCA + "mean = train.mean(0)\n"
                "    d = np.linalg.svd(train - mean)[2][:num_components]\n"
                "    return (new - mean) @ d.T @ d + mean",
                ("Stop at the coordinates",),
            ),
            (
                "divided by the singular values",
                "not yet",
                PCA + "mean = train.mean(0)\n"
                "    _, s, d = np.linalg.svd(train - mean)\n"
                "    return (new - mean) @ d[:num_components].T / s[:num_components]",
                ("divided by the singular values",),
            ),
            (
                "columns of most variance",
                "not yet",
                PCA + "best = np.argsort(-train.var(0))[:num_components]\n"
                "    return (new - train.mean(0))[:, best]",
                ("a mixture of all columns",),
            ),
            (
                "half of the mean",
                "not yet",
                svd("train - train.mean(0)", "new - train.mean(0) / 2"),
                ("mean of train: [0.825 1.5  ]", "dot product with each direction: [0.7984]"),
            ),
            ("shapes", "raised", PCA + "return new @ train", ("ValueError", "num_components = 1")),
        ],
    ),
    *table(
        "conditional_probabilities",
        [
            (
                "softmax of scipy",
                "right",
                "from scipy.special import softmax\n\n"
                + SHARES
                + "return softmax(-precision * distances)",
            ),
            (
                "a loop",
                "right",
                SHARES + "least = min(distances)\n"
                "    weights = [np.exp(-precision * (d - least)) for d in distances]\n"
                "    return [weight / sum(weights) for weight in weights]",
            ),
            (
                "keras",
                "right",
                SHARES + "return keras.ops.softmax(-precision * distances)",
            ),
            (
                "not normalized",
                "not yet",
                SHARES + "return np.exp(-precision * distances)",
                ("divide by the sum of the weights",),
            ),
            (
                "squared again",
                "not yet",
                SHARES + "w = np.exp(-precision * distances**2)\n    return w / w.sum()",
                ("squared already",),
            ),
            (
                "no minus",
                "not yet",
                SHARES + "w = np.exp(precision * distances)\n    return w / w.sum()",
                ("A minus is missing",),
            ),
            (
                "as a sigma",
                "not yet",
                SHARES + "w = np.exp(-distances / (2 * precision**2))\n    return w / w.sum()",
                ("It is no sigma",),
            ),
            (
                "Student's t",
                "not yet",
                SHARES + "w = 1 / (1 + distances)\n    return w / w.sum()",
                ("Student's t",),
            ),
            (
                "underflow",
                "not yet",
                SHARES + "w = np.exp(-precision * distances)\n    return w / max(w.sum(), 1e-300)",
                ("exp(-5000) is 0", "Subtract the smallest distance"),
            ),
            (
                "overflow for a wide spread",
                "not yet",
                SHARES + "w = np.exp(-precision * (distances - distances.max()))\n"
                "    return w / w.sum()",
                ("10000", "only with the smallest distance"),
            ),
            (
                "the mean subtracted",
                "not yet",
                SHARES + "w = np.exp(-precision * (distances - distances.mean()))\n"
                "    return w / w.sum()",
                ("only with the smallest distance",),
            ),
            (
                "subtracted after the precision",
                "not yet",
                SHARES + "w = np.exp(-precision * distances + distances.min())\n"
                "    return w / w.sum()",
                ("before the precision multiplies it",),
            ),
            (
                "a little added",
                "not yet",
                SHARES + "w = np.exp(-precision * distances) + 1e-12\n    return w / w.sum()",
                ("only what you put in its place is left",),
            ),
            (
                "zeros for NaN",
                "not yet",
                SHARES
                + "w = np.exp(-precision * distances)\n    return np.nan_to_num(w / w.sum())",
                ("exp(-5000) is 0",),
            ),
            (
                "base 2",
                "not yet",
                SHARES + "w = 2.0 ** (-precision * distances)\n    return w / w.sum()",
                ("The base is e",),
            ),
            (
                "a tenth more",
                "not yet",
                SHARES + "w = np.exp(-1.1 * precision * distances)\n    return w / w.sum()",
                ("exp(-0.8 * (1.7 - 0.6)) = 0.4148", "the sum is 1.415"),
            ),
            (
                "half the precision",
                "not yet",
                SHARES + "w = np.exp(-precision * distances / 2)\n    return w / w.sum()",
                ("factor 1/2 already",),
            ),
            (
                "the input is changed",
                "not yet",
                SHARES + "distances -= distances.min()\n"
                "    w = np.exp(-precision * distances)\n    return w / w.sum()",
                ("changed its input `distances`",),
            ),
            ("no return", "not yet", SHARES + "distances * 2", ("It has no `return`.",)),
        ],
    ),
    *table(
        "find_precision",
        [
            ("bisection", "right", BISECT),
            (
                "scipy",
                "right",
                "from scipy.optimize import brentq\n\n"
                + FIND
                + "log = brentq(lambda x: perplexity_of(np.exp(x)) - target, -25, 25)\n"
                "    return np.exp(log)",
            ),
            (
                "doubling, as an array",
                "right",
                FIND + "high = 1e-12\n    while perplexity_of(high) > target:\n        high *= 2\n"
                "    low = high / 2\n    for _ in range(30):\n        middle = (low + high) / 2\n"
                "        if perplexity_of(middle) < target:\n            high = middle\n"
                "        else:\n            low = middle\n    return np.array([high])",
            ),
            (
                "turned around",
                "not yet",
                changed(BISECT, "> target", "< target"),
                ("The search is turned around",),
            ),
            (
                "entropy for perplexity",
                "not yet",
                changed(BISECT, "perplexity_of(middle)", "np.log2(perplexity_of(middle))"),
                ("its entropy in bits",),
            ),
            (
                "the perplexity of one half of the interval",
                "not yet",
                changed(BISECT, "    return middle", "        return middle"),
                ("Does a `return` stand inside the loop?",),
            ),
            ("the target", "not yet", FIND + "return target", ("This is the perplexity",)),
            (
                "rounded",
                "not yet",
                changed(BISECT, "return middle", "return round(middle, 2)"),
                ("Do not round",),
            ),
            (
                "both ends",
                "not yet",
                changed(BISECT, "return middle", "return low, high"),
                ("(2,)",),
            ),
            (
                "sigma",
                "not yet",
                changed(BISECT, "return middle", "return (1 / (2 * middle)) ** 0.5"),
                ("This is sigma",),
            ),
            (
                "variance",
                "not yet",
                changed(BISECT, "return middle", "return 1 / (2 * middle)"),
                ("This is a variance",),
            ),
            (
                "too few steps",
                "not yet",
                changed(BISECT, "range(80)", "range(9)"),
                ("halve more often",),
            ),
            (
                "one scale only",
                "not yet",
                changed(BISECT, "1e-20, 1e20", "1e-3, 1e3"),
                ("Your precision is 0.001, too large", "Does your first interval hold"),
            ),
            (
                "not as far as promised",
                "not yet",
                changed(BISECT, "1e-20, 1e20", "1e-6, 1e6"),
                ("first interval hold that number",),
            ),
            (
                "three digits",
                "right",
                changed(BISECT, "return middle", "return float(f'{middle:.3g}')"),
            ),
            (
                "nearly zero",
                "not yet",
                FIND + "return 1e-200",
                ("1e-200, too small", "down to 1.217"),
            ),
            ("huge", "not yet", FIND + "return 1e200", ("1e+200, too large",)),
            ("below zero", "not yet", FIND + "return -1.0", ("above 0",)),
        ],
    ),
    *table(
        "trustworthiness",
        [
            ("ranks", "right", RANKS),
            (
                "loops",
                "right",
                TRUST + "total = 0\n    for i in range(n):\n        for j in range(n):\n"
                "            if 0 < drawn[i, j] <= k and true[i, j] > k:\n"
                "                total += true[i, j] - k\n"
                "    return np.array([1 - total * 2 / n / k / (2 * n - 3 * k - 1)])[0]",
            ),
            (
                "keras",
                "right",
                TRUST + "shown = np.logical_and(drawn > 0, drawn <= k)\n"
                "    paid = keras.ops.sum(keras.ops.relu((true - k) * 1.0) * shown)\n"
                "    return 1 - 2 * paid / (n * k * (2 * n - 3 * k - 1))",
            ),
            (
                "continuity",
                "not yet",
                changed(RANKS, "(true, drawn, k)", "(drawn, true, k)"),
                ("continuity",),
            ),
            (
                "the point itself",
                "not yet",
                changed(RANKS, "(drawn >= 1) & (drawn <= k)", "drawn < k"),
                ("rank 0 is the point itself", "rank k belongs to them"),
            ),
            (
                "rank k forgotten",
                "not yet",
                changed(RANKS, "drawn <= k", "drawn < k"),
                ("rank k belongs to them",),
            ),
            (
                "one neighbor too many",
                "not yet",
                changed(RANKS, "drawn <= k", "drawn <= k + 1"),
                ("one too many",),
            ),
            (
                "a mean of what is paid",
                "not yet",
                changed(RANKS, "paid.sum()", "paid.mean()"),
                ("take the sum, not the mean",),
            ),
            (
                "an array of one number",
                "right",
                changed(RANKS, "return 1", "return np.array([1", "paid.sum()", "paid.sum()])"),
            ),
            (
                "always two neighbors",
                "not yet",
                changed(RANKS, "    shown", "    k = 2\n    shown"),
                ("row 5: near on the map", "T = 1 - 2 / (6 * 1 * 8) *"),
            ),
            (
                "columns for neighbors",
                "not yet",
                changed(RANKS, "true[shown]", "true[:, 1 : k + 1]"),
                ("The columns 1 to k are the points 1 to k",),
            ),
            (
                "a return in the loop",
                "not yet",
                TRUST + "total = 0\n    for i in range(n):\n        for j in range(n):\n"
                "            if 0 < drawn[i, j] <= k:\n"
                "                total += max(true[i, j] - k, 0)\n"
                "        return 1 - total * 2 / n / k / (2 * n - 3 * k - 1)",
                ("Does a `return` stand inside the loop?",),
            ),
            (
                "brackets forgotten",
                "not yet",
                changed(RANKS, "(n * k * (2 * n - 3 * k - 1))", "n * k * (2 * n - 3 * k - 1)"),
                ("need brackets",),
            ),
            (
                "strangers counted",
                "not yet",
                changed(RANKS, "np.maximum(true[shown] - k, 0)", "(true[shown] > k)"),
                ("This counts the strangers",),
            ),
            (
                "one for each point",
                "not yet",
                TRUST + "paid = np.maximum(true - k, 0) * (drawn >= 1) * (drawn <= k)\n"
                "    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * paid.sum(axis=1)",
                ("one number for each point",),
            ),
            (
                "of something else",
                "not yet",
                TRUST + "return 1 - np.abs(true - drawn).mean() / n",
                ("near on the map are the points", "they pay"),
            ),
            (
                "no free ranks",
                "not yet",
                changed(RANKS, "true[shown] - k, 0", "true[shown], 0"),
                ("up to k are free",),
            ),
            (
                "negative pay",
                "not yet",
                changed(RANKS, "np.maximum(true[shown] - k, 0)", "(true[shown] - k)"),
                ("must not earn",),
            ),
            (
                "not taken from 1",
                "not yet",
                changed(RANKS, "return 1 - 2", "return 2"),
                ("Subtract it from 1",),
            ),
            (
                "half the factor",
                "not yet",
                changed(RANKS, "1 - 2 /", "1 - 1 /"),
                ("has a 2 above the line",),
            ),
            (
                "share kept",
                "not yet",
                changed(
                    RANKS,
                    "return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * paid.sum()",
                    "return np.mean(paid == 0)",
                ),
                ("share of neighbors kept",),
            ),
            ("one", "not yet", TRUST + "return 1.0", ("This is 1 for every map",)),
        ],
    ),
    *table(
        "gradient",
        [
            ("repaired", "right", SLOPE),
            (
                "a loop, as a list",
                "right",
                "def gradient(p, positions):\n    n = len(positions)\n"
                "    w = [[0 if i == j else 1 / (1 + np.sum((positions[i] - positions[j]) ** 2))\n"
                "          for j in range(n)] for i in range(n)]\n"
                "    total = sum(map(sum, w))\n"
                "    return [[4 * sum((p[i, j] - w[i][j] / total) * w[i][j]\n"
                "                     * (positions[i, c] - positions[j, c]) for j in range(n))\n"
                "             for c in range(2)] for i in range(n)]",
            ),
            (
                "a table",
                "right",
                changed(SLOPE, "return 4 *", "return pd.DataFrame(4 *", "axis=1)", "axis=1))"),
            ),
            (
                "unchanged",
                "not yet",
                changed(SLOPE, *NO_DIAGONAL, *BY_ROW, *NO_WEIGHTS, *NO_FOUR),
                ("with two points q is 1/2 both ways",),
            ),
            (
                "diagonal",
                "not yet",
                changed(SLOPE, *NO_DIAGONAL),
                ("with two points q is 1/2 both ways",),
            ),
            (
                "share of each row",
                "not yet",
                changed(SLOPE, *BY_ROW),
                ("with two points q is 1/2 both ways",),
            ),
            (
                "no weights",
                "not yet",
                changed(SLOPE, *NO_WEIGHTS),
                ("different factors", "A map of two points", "point 2, y: -0.0264"),
            ),
            (
                "no weights, no 4",
                "not yet",
                changed(SLOPE, *NO_WEIGHTS, *NO_FOUR),
                ("different factors",),
            ),
            ("no 4", "not yet", changed(SLOPE, *NO_FOUR), ("All numbers are 0.25 times",)),
            (
                "q - p",
                "not yet",
                changed(SLOPE, "(p - q)", "(q - p)"),
                ("All numbers are -1 times",),
            ),
            (
                "summed over the wrong axis",
                "not yet",
                changed(SLOPE, "axis=1", "axis=0"),
                ("All numbers are -1 times",),
            ),
            (
                "for three points only",
                "not yet",
                changed(SLOPE, "4 * ", "len(p) // 2 * 4 * "),
                ("All numbers are 2 times", "point 3"),
            ),
            (
                "one number",
                "not yet",
                changed(SLOPE, ", axis=1", ""),
                ("should have the shape (2, 2)", "a slope of its own"),
            ),
            ("finite differences", "raised", DIFFERENCES, ("p must add up to 1",)),
            (
                "finite differences of a loss of one's own",
                "not yet",
                changed(
                    DIFFERENCES,
                    "course.kl_divergence(p, up) - course.kl_divergence(p, down)",
                    "p.sum() * (course.kl_divergence(p / p.sum(), up)\n"
                    "                - course.kl_divergence(p / p.sum(), down))",
                ),
                ("Are these finite differences of a loss?",),
            ),
            (
                "p scaled",
                "not yet",
                changed(SLOPE, "(p - q)", "(p / p.sum() - q)"),
                ("Take it as it is",),
            ),
        ],
    ),
]


@pytest.mark.parametrize("attempt", with_stub_and_solution("03_projection", ATTEMPTS), ids=str)
def test_attempt(attempt):
    judge(check, attempt)


def test_a_search_without_end_is_stopped(monkeypatch):
    exercise = dataclasses.replace(check.lab._exercises["find_precision"], seconds=0.5)
    monkeypatch.setitem(check.lab._exercises, "find_precision", exercise)
    code = FIND + "while perplexity_of(1.0) != target:\n        pass\n    return 1.0"
    words = ("did not come back", "the perplexity for the squared distances [1.3, 4.1, 0.7, 2.9]")
    judge(check, Attempt("find_precision", "no end", "no end", code, words))


@pytest.mark.parametrize(
    ("right", "cases", "mistakes"),
    [
        pytest.param(
            course.conditional_probabilities,
            check.SHARE_CASES,
            check.SHARE_MISTAKES,
            id="shares",
        ),
        pytest.param(
            course.conditional_probabilities, check.FAR_CASES, check.FAR_MISTAKES, id="far"
        ),
        pytest.param(
            check.course_trustworthiness, check.TRUST_CASES, check.TRUST_MISTAKES, id="trust"
        ),
        pytest.param(
            check.course_project_pca,
            check.PCA_CASES,
            [
                (lambda *case, wrong=wrong: check._turned(wrong(*case), *case), text)
                for wrong, text in check.PCA_MISTAKES
            ],
            id="pca",
        ),
    ],
)
def test_a_mistake_is_told_by_its_own_words(right, cases, mistakes):
    for mistake, text in mistakes:

        def answer(*case, mistake=mistake):
            return mistake(*case)

        answer.named = str
        with np.errstate(all="ignore"), pytest.raises(NotYet) as error:
            expect_function(answer, right, cases, what="the answer", mistakes=mistakes)
        assert text in str(error.value)


def test_course_trustworthiness_agrees_with_scikit_learn():
    generator = np.random.default_rng(0)
    vectors, positions = generator.normal(size=(40, 5)), generator.normal(size=(40, 2))
    tables = map(quality.neighbor_ranks, (vectors, positions))
    assert check.course_trustworthiness(*tables, 4) == pytest.approx(
        trustworthiness(vectors, positions, n_neighbors=4)
    )


def test_the_probabilities_of_the_gradient_cases_are_some():
    for p, positions in check.GRADIENT_CASES:
        assert len(p) == len(positions)
        assert p.sum() == pytest.approx(1)
        assert np.allclose(check._finite_differences(p, positions), course.gradient(p, positions))
