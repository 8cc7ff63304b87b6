"""Checks of lab 14: `from utils.checks import multitask_heads as check`."""

from itertools import combinations

import keras
import numpy as np

from utils.checks.compare import NotYet, as_array, describe, expect_close, show
from utils.checks.framework import Lab

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


def course_build_two_heads(num_features, width):
    """Build a model with one shared hidden layer and two heads: stars and liked."""
    features = keras.Input((num_features,))
    hidden = keras.layers.Dense(width, activation="relu")(features)
    share_of_scale = keras.layers.Dense(1, activation="sigmoid")(hidden)
    liked = keras.layers.Dense(1, activation="sigmoid")(hidden)
    return keras.Model(features, [1 + 4 * share_of_scale, liked])


NUM_FEATURES, WIDTH = 6, 5


@lab.exercise(
    course_build_two_heads,
    takeaway="One hidden layer, used twice; each head ends in the scale of its own target.",
    hints=[
        "Call one Dense layer on the input and keep its output in a variable. Both heads start "
        "from that variable.",
        "A head is Dense(1, activation='sigmoid'). For liked that is all. A number p between 0 and "
        "1 has to become 1 for p = 0 and 5 for p = 1.",
        "keras.Model(features, [1 + 4 * head_stars(hidden), head_liked(hidden)])",
    ],
)
def build_two_heads(answer):
    model = answer(NUM_FEATURES, WIDTH)
    if not isinstance(model, keras.Model):
        raise NotYet(f"Return a keras.Model. Yours returned {show(model)}.")
    rows = 30 * np.random.default_rng(0).normal(size=(400, NUM_FEATURES)).astype("float32")
    _two_outputs(model, rows)  # a model of one's own class has weights after its first call only
    weights = [
        1.5 * np.random.default_rng(place).normal(size=w.shape)
        for place, w in enumerate(model.weights)
    ]
    model.set_weights([4 * weight for weight in weights])  # a hidden sigmoid ends at 1
    stars, liked = _two_outputs(model, rows)
    _expect_range(liked, 0.0, 1.0, "The second output, the probability of liked,")
    _expect_range(stars, 1.0, 5.0, "The first output, the stars,")
    model.set_weights([np.zeros(weight.shape) for weight in weights])
    middle = [float(part[0]) for part in _two_outputs(model, rows)]
    if not np.allclose(middle, [3.0, 0.5], atol=1e-3):
        raise NotYet(
            "With all weights 0 a sigmoid gives p = 0.5, so that the outputs should be 3 stars and "
            f"0.5; yours are {middle[0]:.2f} and {middle[1]:.2f}. Cutting a number off at 1 and 5 "
            "is not enough: where it is cut off, no gradient is left to learn from."
        )
    model.set_weights(weights)
    reach = [_reach(model, rows, weights, place) for place in range(len(weights))]
    if not any(all(both) for both in reach):
        raise NotYet(
            "No weight of your model reaches both outputs: these are two models side by side. "
            "Both heads should start from the output of the same hidden layer."
        )
    for task, name in enumerate(("stars", "liked")):
        if not any(both[task] and not both[1 - task] for both in reach) and not any(
            weight.shape[-1] == 2 for weight in model.weights
        ):
            raise NotYet(f"The head {name} has no weights of its own: each task needs its layer.")
    expected = NUM_FEATURES * WIDTH + WIDTH + 2 * (WIDTH + 1)
    if model.count_params() != expected:
        raise NotYet(
            f"build_two_heads(6, 5) should have 6 x 5 + 5 + 2 x (5 + 1) = {expected} weights: one "
            f"hidden layer of 5 units and two heads. Yours has {model.count_params()}."
        )
    other = answer(4, 3)
    _two_outputs(other, rows[:, :4])
    if other.count_params() != 4 * 3 + 3 + 2 * (3 + 1):
        raise NotYet(
            "build_two_heads(4, 3) should have 4 x 3 + 3 + 2 x (3 + 1) = 23 weights; yours has "
            f"{other.count_params()}. Use `num_features` and `width`, no numbers of your own."
        )
    if not _bends(model, rows, weights):
        raise NotYet(
            "The hidden layer has no activation, so the model is a linear one: add "
            "activation='relu' or another."
        )
    stars, _ = _two_outputs(model, rows / 60)
    if len(np.unique(stars.round(4))) < 20:
        raise NotYet(
            f"For 400 rows the stars take {len(np.unique(stars.round(4)))} values only. Do not "
            "round them: a step has no gradient to learn from."
        )


def _two_outputs(model, rows):
    try:
        outputs = model(rows)
    except Exception as error:
        raise NotYet(
            f"Predicting for an array of shape {rows.shape} stopped with {describe(error)}"
        ) from None
    outputs = list(outputs.values()) if isinstance(outputs, dict) else outputs
    if not isinstance(outputs, (list, tuple)) or len(outputs) != 2:
        raise NotYet(
            "The model should return two outputs, [stars, liked]; yours returned "
            f"{len(outputs) if isinstance(outputs, (list, tuple)) else 'one'}."
        )
    arrays = [as_array(part, "An output") for part in outputs]
    for part in arrays:
        if part.shape not in ((len(rows), 1), (len(rows),)):
            raise NotYet(
                f"For {len(rows)} rows each output should have the shape ({len(rows)}, 1); one "
                f"has {part.shape}."
            )
    return [part.ravel() for part in arrays]


def _expect_range(values, lowest, highest, what):
    low, high = values.min(), values.max()
    if (
        low >= lowest - 1e-4
        and high <= highest + 1e-4
        and low < lowest + 0.1 < highest - 0.1 < high
    ):
        return
    explanation = ""
    if lowest == 1 and abs(low) < 0.1 and abs(high - 5) < 0.1:
        explanation = "\nThis is 5 p. But p = 0 stands for one star: 1 + 4 p."
    elif lowest == 1 and low >= 0 and high <= 1 + 1e-4:
        explanation = "\nStretch p, which lies between 0 and 1, to the scale of the stars."
    elif lowest == 0 and low >= 1 - 1e-4 and high > 2:
        explanation = "\nIs the order [stars, liked]?"
    elif np.isnan(low):
        explanation = "\nThree Dense layers are enough. What else does your model hold?"
    elif low < lowest or high > highest:
        explanation = "\nA sigmoid keeps a number between 0 and 1."
    raise NotYet(
        f"{what} should reach from {lowest:g} to {highest:g} for extreme inputs; yours reaches "
        f"from {low:.2f} to {high:.2f}.{explanation}"
    )


def _reach(model, rows, weights, place):
    """Return which of the two outputs change when the weights at a place change."""
    before = _two_outputs(model, rows / 30)
    model.set_weights([w + 0.5 * (i == place) for i, w in enumerate(weights)])
    after = _two_outputs(model, rows / 30)
    model.set_weights(weights)
    return [not np.allclose(old, new, atol=1e-6) for old, new in zip(before, after, strict=True)]


def _bends(model, rows, weights):
    """Tell whether the logit of liked is more than a linear function of the features."""
    model.set_weights([w / 3 for w in weights])
    small = rows / 60
    liked = np.clip(_two_outputs(model, small)[1], 1e-6, 1 - 1e-6)
    logits = np.log(liked / (1 - liked))
    table = np.column_stack([small, np.ones(len(small))])
    rest = logits - table @ np.linalg.lstsq(table, logits, rcond=None)[0]
    return np.abs(rest).max() > 1e-3


def course_uncertainty_total(losses, log_variances):
    """Return the sum over the tasks of exp(-s) L / 2 + s / 2."""
    return np.sum(np.exp(-log_variances) * losses + log_variances) / 2


@lab.exercise(
    course_uncertainty_total,
    takeaway="A large s makes a task cheap and costs s / 2: the best s is log L.",
    hints=[
        "numpy works on whole arrays: np.exp(-log_variances) holds one weight for each task.",
        "Each task gives np.exp(-s) * L / 2 plus s / 2. Both halves belong to the formula.",
        "np.sum(np.exp(-log_variances) * losses + log_variances) / 2",
    ],
)
def uncertainty_total(answer):
    losses, s = np.array([4.0, 0.5, 1.0]), np.array([1.0, -2.0, 0.5])
    weighted = np.exp(-s) * losses
    got = as_array(answer(losses, s), "The total")
    expect_close(
        got[0] if got.shape == (1,) else got,
        (weighted + s).sum() / 2,
        f"uncertainty_total({losses}, {s})",
        mistakes=[
            ((weighted + s) / 2, "These are the terms of the tasks; add them up."),
            ((weighted + s).mean() / 2, "This is the mean over the tasks; add them up."),
            ((weighted + s).sum(), "The factor 1/2 is missing."),
            (
                weighted.sum() / 2,
                "The term s / 2 is missing: without it a task gets rid of its loss by letting s "
                "grow.",
            ),
            ((weighted / 2 + s).sum(), "s counts half as well: s / 2."),
            ((weighted + s / 2).sum(), "The weighted loss counts half: exp(-s) L / 2."),
            (
                (np.exp(s) * losses + s).sum() / 2,
                "A large variance should make a task count less: the weight is exp(-s).",
            ),
            (
                (weighted - s).sum() / 2,
                "s / 2 is added: it is the price of a large variance.",
            ),
            (
                (losses / s**2 + np.log(s**2)).sum() / 2,
                "s is the logarithm of the variance, not its root: the weight is exp(-s).",
            ),
            (
                (losses / s + s).sum() / 2,
                "s is the logarithm of the variance: the weight is exp(-s), not 1 / s.",
            ),
            (
                (np.exp(-2 * s) * losses + 2 * s).sum() / 2,
                "s is the logarithm of the variance, not of its root: no factor 2.",
            ),
        ],
    )
    two = np.array([4.0, 4.0])
    got = as_array(answer(two, np.log(two)), "The total")
    expect_close(
        got[0] if got.shape == (1,) else got,
        1 + np.log(4),
        "With s = log L for two losses of 4, the total",
    )


def course_project(gradient, other):
    """Remove from a gradient the part that points against another one."""
    overlap = np.dot(gradient, other)
    if overlap >= 0:
        return gradient
    return gradient - overlap / np.dot(other, other) * other


@lab.exercise(
    course_project,
    takeaway="A conflicting gradient loses one direction and nothing else.",
    hints=[
        "np.dot tells whether two vectors conflict. Which sign means that they do?",
        "The part of g along h is (g . h / h . h) h. Take it away, but only if g . h < 0.",
        "return gradient - np.dot(gradient, other) / np.dot(other, other) * other, or gradient "
        "itself if the dot product is not negative",
    ],
)
def project(answer):
    g, h = np.array([1.0, 2.0, -1.0]), np.array([-3.0, 0.0, 1.0])
    overlap, square = g @ h, h @ h
    expect_close(
        answer(g, h),
        g - overlap / square * h,
        f"project({g}, {h}), whose dot product is {overlap:g},",
        mistakes=[
            (g, "These two conflict: their dot product is negative."),
            (g + overlap / square * h, "The sign is wrong: subtract the part along `other`."),
            (overlap / square * h, "This is the part along `other`; it should be taken away."),
            (-overlap / square * h, "This is the part along `other`; it should be taken away."),
            (
                g - overlap / np.sqrt(square) * h,
                "Divide by the squared length of `other`, not by its length.",
            ),
            (g - overlap * h, "Divide by the squared length of `other`."),
            (
                g - overlap / (g @ g) * h,
                "Divide by the squared length of `other`, not of `gradient`.",
            ),
            (h - overlap / (g @ g) * g, "The roles are swapped: change `gradient`, not `other`."),
            (
                g - overlap / (g @ g) * g,
                "You shortened `gradient` along itself. What has to go is its part along `other`.",
            ),
            (g - g * h, "A dot product is one number: np.dot, not an elementwise product."),
            (np.zeros(3), "Nothing is left. Only the part along `other` has to go."),
        ],
    )
    kept = np.array([-1.0, 2.0, 1.0]), np.array([1.0, 2.0, 0.0])
    expect_close(
        answer(*kept),
        kept[0],
        f"project({kept[0]}, {kept[1]}), whose dot product is positive,",
        mistakes=[
            (
                kept[0] - 3 / 5 * kept[1],
                "They do not conflict: leave the gradient as it is.",
            )
        ],
    )
    g, h = np.array([1.0, -0.5]), np.array([0.1, 0.4])
    expect_close(
        answer(g, h),
        g - g @ h / (h @ h) * h,
        f"project({g}, {h}), whose dot product is {g @ h:g},",
        mistakes=[(g, "These two conflict: the dot product as a whole is negative, if only just.")],
    )
    expect_close(
        answer(np.array([0.0, 2.0]), np.array([3.0, 0.0])), [0, 2], "With a right angle, project"
    )
    expect_close(
        answer(np.array([1.0, -2.0]), np.zeros(2)),
        [1, -2],
        "With another gradient of zeros, which conflicts with nothing, project",
    )


def course_choose_weight(weights, errors_a, errors_b, limit):
    """Return the weight with the lowest error of B among those that keep A within the limit."""
    allowed = np.flatnonzero(np.asarray(errors_a) <= limit)
    return weights[allowed[np.argmin(np.asarray(errors_b)[allowed])]]


@lab.exercise(
    course_choose_weight,
    takeaway="Say first what may not get worse; the data then choose the weight.",
    hints=[
        "Which places have errors_a <= limit? Only those are candidates.",
        "Of the candidates take the one whose entry of errors_b is lowest, and return its weight, "
        "not its place.",
        "allowed = np.flatnonzero(errors_a <= limit); return weights[allowed[np.argmin(errors_b["
        "allowed])]]",
    ],
)
def choose_weight(answer):
    weights = np.array([0.05, 0.2, 0.4, 0.6, 0.8, 0.95])
    a = np.array([0.90, 0.52, 0.30, 0.24, 0.20, 0.22])
    b = np.array([0.07, 0.25, 0.21, 0.33, 0.45, 0.80])
    cases = [
        (
            0.31,
            0.4,
            {
                0.05: "Its error of A is over the limit.",
                0.8: "That is the best for A. A only has to stay within the limit.",
                0.95: "That is the worst for B.",
                0.2: "Its error of A is over the limit.",
            },
        ),
        (0.24, 0.6, {0.8: "The limit itself is allowed: at most 0.24.", 0.4: "0.3 is over 0.24."}),
        (0.60, 0.4, {0.2: "Of the weights within the limit, not the first but the best for B."}),
        (1.0, 0.05, {}),
    ]
    for limit, expected, explanations in cases:
        got = as_array(answer(weights, a, b, limit), "The weight")
        if got.size == 1 and np.isclose(got.item(), expected):
            continue
        text = next((t for w, t in explanations.items() if got.size == 1 and got.item() == w), "")
        place = int(np.argmin(np.abs(weights - expected)))
        if got.size == 1 and got.item() == place:
            text = "This is the place in the list; return the weight that stands there."
        if got.size == 1 and np.isclose(got.item(), b[place]):
            text = "This is the error of B; return the weight that gives it."
        raise NotYet(
            f"With weights {weights}\nerrors of A {a}\nerrors of B {b}\nand the limit {limit}, the "
            f"weight should be {expected}; yours is {show(got)}. {text}"
        )


BUGS = {
    "five p": "The stars come out as 5 p: p = 0 would be no star at all. The scale is 1 + 4 p.",
    "all rows": "The squared errors are divided by the number of all rows. Rows without a rating "
    "have no error: take the mean over the rated ones.",
    "sum": "The cross-entropy is a sum over the rows, the squared error a mean: with another batch "
    "size the two would weigh differently. Take the mean of both.",
    "positives only": "Rows that were not watched cost nothing: a model that always says 1 would "
    "be perfect. The term (1 - y) log(1 - p) is missing.",
}


def course_joint_losses(ratings, watched, star_outputs, watch_outputs):
    """Return the loss of the stars and the loss of watching, both as means."""
    return _joint_losses(ratings, watched, star_outputs, watch_outputs, bugs=())


def _joint_losses(ratings, watched, star_outputs, watch_outputs, bugs):
    """Compute both losses with some bugs left in, so that a wrong pair can be told by its value."""
    stars = 5 * star_outputs if "five p" in bugs else 1 + 4 * star_outputs
    squares = (ratings - stars) ** 2
    rating_loss = np.nan_to_num(squares).mean() if "all rows" in bugs else np.nanmean(squares)
    terms = watched * np.log(watch_outputs)
    if "positives only" not in bugs:
        terms = terms + (1 - watched) * np.log(1 - watch_outputs)
    return rating_loss, -(terms.sum() if "sum" in bugs else terms.mean())


@lab.exercise(
    course_joint_losses,
    takeaway="Before two losses meet in a sum: same rows, same reduction, same scale.",
    hints=[
        "Call the function with a batch and with the same batch twice over. Which loss changes?",
        "What is the smallest number of stars the function can predict? What does a row without a "
        "rating add to the error, and what to the number of rows? What does a film cost that was "
        "not watched?",
        "stars = 1 + 4 * star_outputs; np.nanmean of the squared errors; minus np.mean of y log p "
        "+ (1 - y) log(1 - p)",
    ],
)
def joint_losses(answer):
    ratings = np.array([1.0, np.nan, 5.0, 3.0, np.nan, 2.0, np.nan])
    watched = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0])  # the last was watched, not rated
    star_outputs = np.array([0.1, 0.7, 0.8, 0.6, 0.2, 0.5, 0.9])
    watch_outputs = np.array([0.9, 0.2, 0.7, 0.4, 0.6, 0.8, 0.1])
    case = (ratings, watched, star_outputs, watch_outputs)
    got = _pair(answer(*case))
    right = course_joint_losses(*case)
    if not np.allclose(got, right, rtol=1e-4):
        raise NotYet(_explain_losses(got, right, case))
    one = tuple(part[:1] for part in case)
    expect_close(_pair(answer(*one)), course_joint_losses(*one), "For one row, the two losses")


def _pair(result):
    if not isinstance(result, (tuple, list)):
        result = np.atleast_1d(as_array(result, "(rating_loss, watch_loss)"))
    if len(result) != 2:
        raise NotYet(f"Return two numbers, (rating_loss, watch_loss). Yours: {show(result)}.")
    parts = [as_array(part, "A loss") for part in result]
    if any(part.size != 1 for part in parts):
        raise NotYet(f"Each loss is one number; yours returned {show(result)}.")
    return np.array([float(part.ravel()[0]) for part in parts])


def _explain_losses(got, right, case):
    for number in range(1, len(BUGS) + 1):
        for bugs in combinations(BUGS, number):
            if np.allclose(got, _joint_losses(*case, bugs=bugs), rtol=1e-4):
                left = "1 mistake is left." if number == 1 else f"{number} mistakes are left."
                return f"{left} {BUGS[bugs[0]]}"
    if np.allclose(got[::-1], right, rtol=1e-4):
        return "The order is wrong: the loss of the stars comes first."
    if np.isnan(got[0]):
        return "The loss of the stars is nan: rows without a rating must be left out, np.nanmean."
    if np.isclose(got[0], right[0], rtol=1e-4):
        what = "The loss of the stars is right, that of watching is not"
    elif np.isclose(got[1], right[1], rtol=1e-4):
        what = "The loss of watching is right, that of the stars is not"
    else:
        what = "Neither loss is right"
    return (
        f"{what}: for ratings {case[0]}, watched {case[1]}, star_outputs {case[2]} and "
        f"watch_outputs {case[3]} the two should be {np.round(right, 4)}; yours are "
        f"{np.round(got, 4)}."
    )
