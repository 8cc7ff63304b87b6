"""What the checks of lab 14 say to right, wrong and odd answers."""

import numpy as np
import pytest
from attempts import changed, judge, table, with_stub_and_solution

from utils.checks import multitask_heads as check
from utils.units.multitask_heads import balance

BUILD = "def build_two_heads(num_features, width):\n    "
TOTAL = "def uncertainty_total(losses, s):\n    "
PROJECT = "def project(g, h):\n    "
CHOOSE = "def choose_weight(weights, errors_a, errors_b, limit):\n    "
LOSSES = "def joint_losses(ratings, watched, p, q):\n    "

HEADS = (
    BUILD
    + """L = keras.layers
    x = keras.Input((num_features,))
    h = L.Dense(width, activation="tanh")(x)
    stars = 1 + 4 * L.Dense(1, activation="sigmoid")(h)
    liked = L.Dense(1, activation="sigmoid")(h)
    return keras.Model(x, [stars, liked])
"""
)
REPAIRED = (
    LOSSES
    + """stars = 1 + 4 * p
    rating_loss = np.nanmean((ratings - stars) ** 2)
    watch_loss = -np.mean(watched * np.log(q) + (1 - watched) * np.log(1 - q))
    return rating_loss, watch_loss
"""
)


ATTEMPTS = [
    *table(
        "build_two_heads",
        [
            ("tanh", "right", HEADS),
            (
                "a dict of outputs, which the lab cannot train",
                "not yet",
                changed(HEADS, "[stars, liked]", '{"stars": stars, "liked": liked}'),
                ("a list of targets",),
            ),
            ("a tuple of outputs", "right", changed(HEADS, "[stars, liked]", "(stars, liked)")),
            (
                "a Rescaling layer",
                "right",
                changed(HEADS, "1 + 4 * L", "L.Rescaling(4.0, offset=1.0)(L").replace(
                    "(h)\n    liked", "(h))\n    liked"
                ),
            ),
            (
                "a softmax over one unit",
                "not yet",
                changed(
                    HEADS,
                    'liked = L.Dense(1, activation="sigmoid")',
                    'liked = L.Dense(1, activation="softmax")',
                ),
                ("A softmax over one unit is always 1",),
            ),
            ("1 + 5 p", "not yet", changed(HEADS, "1 + 4 *", "1 + 5 *"), ("Stretch p", "to 6.00")),
            (
                "5 p cut off",
                "not yet",
                changed(HEADS, "[stars,", "[keras.ops.clip((stars - 1) * 1.25, 1, 5),"),
                ("yours are 2.50", "cut off at the ends"),
            ),
            (
                "rounded liked",
                "not yet",
                changed(HEADS, "liked]", "keras.ops.round(liked)]"),
                ("liked takes 2 values", "Do not round"),
            ),
            (
                "liked from stars",
                "not yet",
                changed(
                    HEADS,
                    'liked = L.Dense(1, activation="sigmoid")(h)',
                    'liked = L.Dense(1, activation="sigmoid")(stars)',
                ),
                ("start from the hidden layer, of `width` units",),
            ),
            (
                "a size of its own",
                "not yet",
                changed(HEADS, "(num_features,)", "(20,)"),
                ("Has the input the shape (num_features,)",),
            ),
            (
                "no bias",
                "not yet",
                changed(HEADS, 'activation="tanh"', 'activation="tanh", use_bias=False'),
                ("Yours has 42, in tables of the shapes (6, 5), (5, 1)",),
            ),
            (
                "one layer of two columns",
                "right",
                BUILD + "x = keras.Input((num_features,))\n"
                '    h = keras.layers.Dense(width, activation="elu")(x)\n'
                '    p = keras.layers.Dense(2, activation="sigmoid")(h)\n'
                "    return keras.Model(x, [p[:, :1] * 4 + 1, p[:, 1:]])",
            ),
            (
                "a Lambda of the sigmoid",
                "right",
                changed(
                    HEADS,
                    'L.Dense(1, activation="sigmoid")(h)\n    liked',
                    "keras.ops.sigmoid(L.Dense(1)(h))\n    liked",
                ),
            ),
            ("a hidden sigmoid", "right", changed(HEADS, "tanh", "sigmoid")),
            (
                "a class, built by its first call",
                "right",
                "class Heads(keras.Model):\n    def __init__(self, width):\n"
                "        super().__init__()\n        dense = keras.layers.Dense\n"
                '        self.hidden = dense(width, activation="relu")\n'
                '        self.stars = dense(1, activation="sigmoid")\n'
                '        self.liked = dense(1, activation="sigmoid")\n\n'
                "    def call(self, x):\n        h = self.hidden(x)\n"
                "        return [1 + 4 * self.stars(h), self.liked(h)]\n\n"
                + BUILD
                + "return Heads(width)",
            ),
            (
                "a width of its own",
                "not yet",
                changed(HEADS, "Dense(width", "Dense(5"),
                ("build_two_heads(4, 3)", "yours has 37"),
            ),
            (
                "rounded stars",
                "not yet",
                changed(HEADS, "[stars,", "[keras.ops.round(stars),"),
                ("Do not round",),
            ),
            (
                "normalized in between",
                "not yet",
                changed(HEADS, "(x)\n    stars", "(L.BatchNormalization()(x))\n    stars"),
                ("What else does your model hold?",),
            ),
            ("5 p", "not yet", changed(HEADS, "1 + 4 *", "5 *"), ("This is 5 p",)),
            ("not stretched", "not yet", changed(HEADS, "1 + 4 * ", ""), ("Stretch p",)),
            (
                "no activation on liked",
                "not yet",
                changed(
                    HEADS, 'liked = L.Dense(1, activation="sigmoid")(h)', "liked = L.Dense(1)(h)"
                ),
                ("A sigmoid keeps",),
            ),
            (
                "stars without an activation",
                "not yet",
                changed(
                    HEADS,
                    'L.Dense(1, activation="sigmoid")(h)\n    liked',
                    "L.Dense(1)(h)\n    liked",
                ),
                ("first output, the stars,", "A sigmoid keeps"),
            ),
            (
                "stars cut off",
                "not yet",
                changed(
                    HEADS,
                    '1 + 4 * L.Dense(1, activation="sigmoid")(h)',
                    "keras.ops.clip(L.Dense(1)(h), 1, 5)",
                ),
                ("no gradient is left",),
            ),
            (
                "3 + 2 tanh",
                "right",
                changed(
                    HEADS,
                    '1 + 4 * L.Dense(1, activation="sigmoid")(h)',
                    '3 + 2 * L.Dense(1, activation="tanh")(h)',
                ),
            ),
            ("swapped", "not yet", changed(HEADS, "[stars, liked]", "[liked, stars]"), ("order",)),
            (
                "two models side by side",
                "not yet",
                changed(
                    HEADS,
                    "liked = L",
                    'h = L.Dense(width, activation="tanh")(x)\n    liked = L',
                ),
                ("two models side by side",),
            ),
            (
                "one head for both",
                "not yet",
                BUILD + "x = keras.Input((num_features,))\n"
                '    h = keras.layers.Dense(width, activation="relu")(x)\n'
                '    p = keras.layers.Dense(1, activation="sigmoid")(h)\n'
                "    return keras.Model(x, [1 + 4 * p, p])",
                ("no weights of its own",),
            ),
            (
                "two hidden layers",
                "not yet",
                changed(HEADS, "stars =", 'h = L.Dense(width, activation="tanh")(h)\n    stars ='),
                ("= 47 weights", "Yours has 77"),
            ),
            (
                "no activation inside",
                "not yet",
                changed(HEADS, ', activation="tanh"', ""),
                ("no activation",),
            ),
            ("one output", "not yet", changed(HEADS, "[stars, liked]", "stars"), ("two outputs",)),
            ("no model", "not yet", BUILD + "return [1, 2]", ("Return a keras.Model",)),
            ("no return", "not yet", BUILD + "pass", ("returned None",)),
            ("a typing slip", "raised", BUILD + "return keras.Modl()", ("AttributeError",)),
        ],
    ),
    *table(
        "uncertainty_total",
        [
            (
                "a loop",
                "right",
                TOTAL + "return sum(np.exp(-v) * loss / 2 + v / 2 for loss, v in zip(losses, s))",
            ),
            (
                "keras",
                "right",
                TOTAL + "ops = keras.ops\n"
                "    return ops.sum(0.5 * ops.exp(-ops.array(s)) * losses + 0.5 * s)",
            ),
            (
                "an array of one number",
                "right",
                TOTAL + "return np.sum([np.exp(-s) * losses + s], axis=1) / 2",
            ),
            ("by a dot product", "right", TOTAL + "return (losses @ np.exp(-s) + s.sum()) / 2"),
            (
                "no s / 2",
                "not yet",
                TOTAL + "return np.sum(np.exp(-s) * losses) / 2",
                ("s / 2 is missing",),
            ),
            (
                "wrong sign",
                "not yet",
                TOTAL + "return np.sum(np.exp(s) * losses + s) / 2",
                ("count less",),
            ),
            (
                "s as the variance",
                "not yet",
                TOTAL + "return np.sum(losses / s + s) / 2",
                ("not 1 / s",),
            ),
            (
                "s as the root of the variance",
                "not yet",
                TOTAL + "return np.sum(losses / s**2 + np.log(s**2)) / 2",
                ("logarithm of the variance",),
            ),
            (
                "not summed",
                "not yet",
                TOTAL + "return (np.exp(-s) * losses + s) / 2",
                ("add them up",),
            ),
            (
                "mean",
                "not yet",
                TOTAL + "return np.mean(np.exp(-s) * losses + s) / 2",
                ("mean over the tasks",),
            ),
            ("no half", "not yet", TOTAL + "return np.sum(np.exp(-s) * losses + s)", ("1/2",)),
            ("text", "not yet", TOTAL + 'return "low"', ("should be numbers",)),
            (
                "changes its input",
                "not yet",
                TOTAL + "total = np.sum(np.exp(-s) * losses + s) / 2\n    s -= 1\n    return total",
                ("changed its input",),
            ),
            ("beyond the end", "raised", TOTAL + "return losses[9]", ("IndexError",)),
        ],
    ),
    *table(
        "project",
        [
            (
                "min with zero",
                "right",
                PROJECT + "return g - min(g @ h, 0) / max(h @ h, 1e-12) * h",
            ),
            (
                "a unit vector",
                "right",
                PROJECT + "if np.sum(g * h) < 0:\n        unit = h / np.linalg.norm(h)\n"
                "        return g - (g @ unit) * unit\n    return g.copy()",
            ),
            (
                "a list",
                "right",
                PROJECT + "d = sum(a * b for a, b in zip(g, h))\n    if d >= 0:\n"
                "        return list(g)\n    n = sum(b * b for b in h)\n"
                "    return [a - d / n * b for a, b in zip(g, h)]",
            ),
            (
                "keras",
                "right",
                PROJECT + "g, h = keras.ops.array(g), keras.ops.array(h)\n"
                "    d = keras.ops.sum(g * h)\n"
                "    return g if d >= 0 else g - d / keras.ops.sum(h * h) * h",
            ),
            (
                "always",
                "not yet",
                PROJECT + "return g - g @ h / max(h @ h, 1e-9) * h",
                ("do not conflict: leave",),
            ),
            (
                "only without a conflict",
                "not yet",
                PROJECT + "return g if g @ h < 0 else g - g @ h / (h @ h) * h",
                ("condition is turned around",),
            ),
            (
                "plus",
                "not yet",
                PROJECT + "return g if g @ h >= 0 else g + g @ h / (h @ h) * h",
                ("sign is wrong",),
            ),
            (
                "length, not squared",
                "not yet",
                PROJECT + "return g if g @ h >= 0 else g - g @ h / np.linalg.norm(h) * h",
                ("squared length",),
            ),
            (
                "own length",
                "not yet",
                PROJECT + "return g if g @ h >= 0 else g - g @ h / (g @ g) * h",
                ("not of `gradient`",),
            ),
            (
                "roles swapped",
                "not yet",
                PROJECT + "return h if g @ h >= 0 else h - g @ h / (g @ g) * g",
                ("roles are swapped",),
            ),
            (
                "the part alone",
                "not yet",
                PROJECT + "return g @ h / (h @ h) * h",
                ("should be taken away",),
            ),
            (
                "nan for zeros",
                "not yet",
                PROJECT + "with np.errstate(all='ignore'):\n"
                "        return g if g @ h > 0 else g - g @ h / (h @ h) * h",
                ("zeros", "Divide by it only if"),
            ),
            (
                "any entry",
                "not yet",
                PROJECT + "return g - g @ h / (h @ h) * h if np.any(g * h < 0) else g",
                ("dot product as a whole",),
            ),
            (
                "the sums",
                "not yet",
                PROJECT + "return g - g @ h / (h @ h) * h if g.sum() * h.sum() < 0 else g",
                ("not by that of the sums",),
            ),
            (
                "both gradients",
                "not yet",
                PROJECT + "if g @ h >= 0:\n        return g, h\n"
                "    return g - g @ h / (h @ h) * h, h - g @ h / (g @ g) * g",
                ("`gradient` alone",),
            ),
            (
                "the mean of the products: the steps",
                "not yet",
                PROJECT + "d = np.mean(g * h)\n    return g - d / (h @ h) * h if d < 0 else g",
                ("the part along h is -0.84 / 0.89 h = [ 0.7551 -0.4719]",),
            ),
            (
                "in place",
                "not yet",
                PROJECT + "if g @ h < 0:\n        g -= g @ h / (h @ h) * h\n    return g",
                ("changed its input",),
            ),
            (
                "only a large conflict",
                "not yet",
                PROJECT + "return g if g @ h > -1 else g - g @ h / (h @ h) * h",
                ("g . h = -0.84 is negative: a conflict",),
            ),
            (
                "the first entries alone",
                "not yet",
                PROJECT + "return g if g[0] * h[0] >= 0 else g - g @ h / (h @ h) * h",
                ("g . h = -0.32 is negative",),
            ),
            ("no return", "not yet", PROJECT + "g @ h", ("returned None",)),
        ],
    ),
    *table(
        "choose_weight",
        [
            (
                "infinity where forbidden",
                "right",
                CHOOSE + "return weights[np.argmin(np.where(errors_a <= limit, errors_b, np.inf))]",
            ),
            (
                "min of pairs",
                "right",
                CHOOSE + "rows = zip(weights, errors_a, errors_b)\n"
                "    return min((b, w) for w, a, b in rows if a <= limit)[1]",
            ),
            (
                "pandas",
                "right",
                CHOOSE + 'rows = pd.DataFrame({"w": weights, "a": errors_a, "b": errors_b})\n'
                '    return rows[rows["a"] <= limit].sort_values("b")["w"].iloc[0]',
            ),
            (
                "best for B",
                "not yet",
                CHOOSE + "return weights[np.argmin(errors_b)]",
                ("over the limit",),
            ),
            (
                "best for A",
                "not yet",
                CHOOSE + "return weights[np.argmin(errors_a)]",
                ("only has to stay within",),
            ),
            (
                "the place",
                "not yet",
                CHOOSE + "return int(np.argmin(np.where(errors_a <= limit, errors_b, np.inf)))",
                ("the place in the list",),
            ),
            (
                "the error",
                "not yet",
                CHOOSE + "return min(errors_b[errors_a <= limit])",
                ("the error of B",),
            ),
            (
                "place among the allowed",
                "not yet",
                CHOOSE + "return weights[np.argmin(errors_b[errors_a <= limit])]",
                ("counted among the allowed",),
            ),
            (
                "strictly below",
                "not yet",
                CHOOSE + "return weights[np.argmin(np.where(errors_a < limit, errors_b, 9))]",
                ("limit itself is allowed",),
            ),
            (
                "first allowed",
                "not yet",
                CHOOSE + "return weights[np.flatnonzero(errors_a <= limit)[0]]",
                ("not the first",),
            ),
            ("text", "not yet", CHOOSE + 'return "0.4"', ("should be numbers",)),
            (
                "several",
                "not yet",
                CHOOSE + "return weights[errors_a <= limit]",
                ("all allowed weights",),
            ),
            (
                "an array of one number",
                "right",
                CHOOSE + "b = np.where(errors_a <= limit, errors_b, np.inf)\n"
                "    return weights[b == b.min()]",
            ),
            (
                "times False",
                "not yet",
                CHOOSE + "return weights[np.argmin(errors_b * (errors_a <= limit))]",
                ("An error times False is 0",),
            ),
            (
                "lowest sum",
                "not yet",
                CHOOSE + "return weights[np.argmin(errors_a + errors_b)]",
                ("lowest sum of both errors",),
            ),
            (
                "closest to the limit",
                "not yet",
                CHOOSE + "return weights[np.argmin(np.abs(errors_a - limit))]",
                ("need not be close",),
            ),
            (
                "both within the limit: the steps",
                "not yet",
                CHOOSE + "ok = (errors_a <= limit) & (errors_b <= limit)\n"
                "    return weights[ok][np.argmin(errors_b[ok])] if ok.any() else 0",
                ("weight 0.6: error of A 0.24, within the limit; error of B 0.33",),
            ),
        ],
    ),
    *table(
        "joint_losses",
        [
            ("repaired", "right", REPAIRED),
            (
                "a mask and np.where",
                "right",
                LOSSES + "known = ~np.isnan(ratings)\n"
                "    error = ratings[known] - (1 + 4 * p[known])\n"
                "    chance = np.where(watched == 1, q, 1 - q)\n"
                "    return [np.sum(error**2) / known.sum(), -np.log(chance).mean()]",
            ),
            (
                "keras losses",
                "right",
                LOSSES + "k = keras.losses\n    known = ~np.isnan(ratings)\n"
                "    mse = k.mean_squared_error(ratings[known], 1 + 4 * p[known])\n"
                "    return mse, k.binary_crossentropy(watched, q)",
            ),
            (
                "a loop",
                "right",
                LOSSES + "s = [(r - 1 - 4 * x) ** 2 for r, x in zip(ratings, p) if r == r]\n"
                "    w = [np.log(x if y else 1 - x) for y, x in zip(watched, q)]\n"
                "    return sum(s) / len(s), -sum(w) / len(w)",
            ),
            (
                "one tensor",
                "right",
                changed(
                    REPAIRED,
                    "return rating_loss, watch_loss",
                    "return keras.ops.stack([rating_loss, watch_loss])",
                ),
            ),
            (
                "arrays of one number",
                "right",
                changed(
                    REPAIRED,
                    "return rating_loss, watch_loss",
                    "return np.array([rating_loss]), np.array([watch_loss])",
                ),
            ),
            (
                "watched for rated",
                "not yet",
                changed(
                    REPAIRED,
                    "np.nanmean((ratings - stars) ** 2)",
                    "np.mean((ratings - stars)[watched == 1] ** 2)",
                ),
                ("is nan where a film was watched and not rated",),
            ),
            (
                "nan is not equal to itself",
                "not yet",
                changed(
                    REPAIRED,
                    "np.nanmean((ratings - stars) ** 2)",
                    "np.mean((ratings - stars)[ratings != np.nan] ** 2)",
                ),
                ("np.isnan finds",),
            ),
            (
                "a small number in the logarithm",
                "right",
                changed(REPAIRED, "np.log(q)", "np.log(q + 1e-7)"),
            ),
            (
                "watching over the rated rows alone",
                "not yet",
                changed(REPAIRED, "* np.log(1 - q)", "* np.log(1 - q), where=~np.isnan(ratings)"),
                ("the mean over the rated rows",),
            ),
            (
                "4 p and the logarithm to base 2",
                "not yet",
                changed(REPAIRED, "1 + 4 * p", "4 * p", "np.log(", "np.log2("),
                ("2 mistakes are left", "come out as 4 p"),
            ),
            (
                "labels and outputs swapped: the steps",
                "not yet",
                changed(
                    REPAIRED,
                    "np.mean(watched * np.log(q) + (1 - watched) * np.log(1 - q))",
                    "np.mean(q * np.log(watched + 1e-7) + (1 - q) * np.log(1 - watched + 1e-7))",
                ),
                ("row 1: not rated; not watched, -log(1 - 0.4) = 0.5108",),
            ),
            (
                "unchanged",
                "not yet",
                LOSSES + "rating_loss = np.mean(np.nan_to_num((ratings - 5 * p) ** 2))\n"
                "    return rating_loss, -np.sum(watched * np.log(q))",
                ("4 mistakes are left", "5 p"),
            ),
            (
                "still 5 p",
                "not yet",
                changed(REPAIRED, "1 + 4 * p", "5 * p"),
                ("The stars come out as 5 p",),
            ),
            (
                "still over all rows",
                "not yet",
                changed(
                    REPAIRED,
                    "np.nanmean((ratings - stars) ** 2)",
                    "np.mean(np.nan_to_num((ratings - stars) ** 2))",
                ),
                ("number of all rows",),
            ),
            (
                "still a sum",
                "not yet",
                changed(REPAIRED, "-np.mean", "-np.sum"),
                ("is a sum over the rows",),
            ),
            (
                "still the positives only",
                "not yet",
                changed(REPAIRED, " + (1 - watched) * np.log(1 - q)", ""),
                ("cost nothing",),
            ),
            (
                "5 p and a sum",
                "not yet",
                changed(changed(REPAIRED, "1 + 4 * p", "5 * p"), "-np.mean", "-np.sum"),
                ("2 mistakes are left",),
            ),
            (
                "nan stays",
                "not yet",
                changed(REPAIRED, "nanmean", "mean"),
                ("is nan",),
            ),
            (
                "nan as no stars",
                "not yet",
                changed(REPAIRED, "(ratings - stars)", "(np.nan_to_num(ratings) - stars)"),
                ("ratings of 0 stars",),
            ),
            (
                "sign lost",
                "not yet",
                changed(REPAIRED, "-np.mean", "np.mean"),
                ("a minus belongs before it",),
            ),
            (
                "swapped",
                "not yet",
                changed(REPAIRED, "rating_loss, watch_loss\n", "watch_loss, rating_loss\n"),
                ("order",),
            ),
            (
                "the sum of both",
                "not yet",
                changed(REPAIRED, "rating_loss, watch_loss\n", "rating_loss + watch_loss\n"),
                ("Return two numbers",),
            ),
            (
                "one loss per row",
                "not yet",
                changed(REPAIRED, "np.nanmean((ratings - stars) ** 2)", "(ratings - stars) ** 2"),
                ("Each loss is one number",),
            ),
            (
                "fills its input",
                "not yet",
                LOSSES + "known = ~np.isnan(ratings)\n    ratings[~known] = 0\n"
                "    loss = np.mean((ratings - 1 - 4 * p)[known] ** 2)\n"
                "    return loss, -np.mean(np.log(np.where(watched == 1, q, 1 - q)))",
                ("changed its input",),
            ),
        ],
    ),
]


@pytest.mark.parametrize("attempt", with_stub_and_solution("14_multitask_heads", ATTEMPTS), ids=str)
def test_attempt(attempt):
    judge(check, attempt)


def test_the_lab_and_the_helper_project_alike():
    rng = np.random.default_rng(0)
    for _ in range(50):
        one, other = rng.normal(size=(2, 4))
        by_helper = np.asarray(balance.project_conflicts(np.array([one, other]))[0])
        assert check.course_project(one, other) == pytest.approx(by_helper)


def test_the_lab_and_the_helper_total_alike():
    losses, s = np.array([0.3, 2.0]), np.array([-1.0, 0.4])
    total = float(balance.uncertainty_loss(losses, s))
    assert check.course_uncertainty_total(losses, s) == pytest.approx(total)
