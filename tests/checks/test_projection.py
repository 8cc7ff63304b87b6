"""What the checks of lab 03 say to right, wrong and odd answers."""

import pytest
from attempts import changed, judge, table, with_stub_and_solution

from utils.checks import projection as check

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
                ("returned the 30 rows of train",),
            ),
            (
                "turned",
                "not yet",
                PCA + "mean = train.mean(0)\n    d = np.linalg.svd(train - mean)[2]\n"
                "    return d[:num_components] @ (new - mean).T",
                ("turn it",),
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
                ("up to the sign of each column",),
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
            ("shapes", "raised", PCA + "return new @ train", ("ValueError", "num_components = 2")),
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
                ("10000", "subtract the smallest distance"),
            ),
            (
                "the mean subtracted",
                "not yet",
                SHARES + "w = np.exp(-precision * (distances - distances.mean()))\n"
                "    return w / w.sum()",
                ("subtract the smallest distance",),
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
                ("only what you added is left",),
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
                ("too", "turned"),
            ),
            (
                "entropy for perplexity",
                "not yet",
                changed(BISECT, "perplexity_of(middle)", "np.log2(perplexity_of(middle))"),
                (),
            ),
            (
                "entropy 2 for perplexity 2",
                "not yet",
                changed(
                    BISECT,
                    "if perplexity_of(middle) > target",
                    "reached = perplexity_of(middle)\n"
                    "        if (np.log2(reached) if target < 3 else reached) > target",
                ),
                ("its entropy in bits",),
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
                ("halved often enough",),
            ),
            (
                "one scale only",
                "not yet",
                changed(BISECT, "1e-20, 1e20", "1e-3, 1e3"),
                ("around 100000", "interval wide enough"),
            ),
            (
                "not as far as promised",
                "not yet",
                changed(BISECT, "1e-20, 1e20", "1e-6, 1e6"),
                ("around 1e+11", "interval wide enough"),
            ),
            (
                "three digits",
                "right",
                changed(BISECT, "return middle", "return float(f'{middle:.3g}')"),
            ),
            (
                "never ends",
                "raised",
                FIND + "while perplexity_of(1.0) != target:\n        pass\n    return 1.0",
                ("does your loop ever end?",),
            ),
            ("nearly zero", "not yet", FIND + "return 1e-200", ("precision is too small",)),
            ("huge", "not yet", FIND + "return 1e200", ("precision is too large",)),
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
                "for twelve points only",
                "not yet",
                changed(RANKS, "    shown", "    n = 12\n    shown"),
                ("of 9 points",),
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
            ("one", "not yet", TRUST + "return 1.0", ("k = 3",)),
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
                "finite differences",
                "right",
                "from utils.units.projection import tsne as course\n\ndef gradient(p, positions):\n"
                "    slopes = np.zeros_like(positions)\n"
                "    for place in np.ndindex(positions.shape):\n"
                "        up, down = positions.copy(), positions.copy()\n"
                "        up[place] += 1e-5\n        down[place] -= 1e-5\n"
                "        rise = course.kl_divergence(p, up) - course.kl_divergence(p, down)\n"
                "        slopes[place] = rise / 2e-5\n    return slopes",
            ),
            (
                "unchanged",
                "not yet",
                changed(
                    SLOPE,
                    "    np.fill_diagonal(weights, 0)\n",
                    "",
                    "weights.sum()",
                    "weights.sum(axis=1, keepdims=True)",
                    "((p - q) * weights)",
                    "(p - q)",
                    "4 * ",
                    "",
                ),
                ("diagonal of the weights is 0",),
            ),
            (
                "two left",
                "not yet",
                changed(
                    SLOPE,
                    "weights.sum()",
                    "weights.sum(axis=1, keepdims=True)",
                    "4 * ",
                    "",
                ),
                ("2 mistakes are left", "sum over all pairs"),
            ),
            (
                "q - p",
                "not yet",
                changed(SLOPE, "(p - q)", "(q - p)"),
                ("1 mistake is left", "(p - q) * (y_i - y_j)"),
            ),
            (
                "for seven points only",
                "not yet",
                changed(SLOPE, "/ weights.sum()", "/ weights.sum() * len(p) / 7"),
                ("For 4 points",),
            ),
            (
                "diagonal",
                "not yet",
                changed(SLOPE, "    np.fill_diagonal(weights, 0)\n", ""),
                ("diagonal of the weights is 0",),
            ),
            (
                "share of each row",
                "not yet",
                changed(SLOPE, "weights.sum()", "weights.sum(axis=1, keepdims=True)"),
                ("sum over all pairs",),
            ),
            (
                "no weights",
                "not yet",
                changed(SLOPE, "((p - q) * weights)", "(p - q)"),
                ("are missing in the sum",),
            ),
            ("no 4", "not yet", changed(SLOPE, "4 * ", ""), ("The factor 4 is missing",)),
            (
                "turned",
                "not yet",
                changed(SLOPE, "4 * ", "-4 * "),
                ("The sign is turned",),
            ),
            (
                "summed over the wrong axis",
                "not yet",
                changed(SLOPE, "axis=1", "axis=0"),
                ("The sign is turned",),
            ),
            (
                "one number",
                "not yet",
                changed(SLOPE, ", axis=1", ""),
                ("should have the shape (7, 2)",),
            ),
        ],
    ),
]


@pytest.mark.parametrize("attempt", with_stub_and_solution("03_projection", ATTEMPTS), ids=str)
def test_attempt(attempt):
    judge(check, attempt)
