"""Checks of lab 14: `from utils.checks import multitask_heads as check`."""

from itertools import product

import keras
import numpy as np

from utils.checks.compare import (
    NotYet,
    as_array,
    describe,
    expect_close,
    expect_function,
    show,
)
from utils.checks.framework import Lab
from utils.units.multitask_heads import balance

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy

SECONDS = 10.0  # a right answer takes less than one


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
        raise NotYet(
            "Return a keras.Model, made by keras.Model(inputs, outputs). Yours returned a "
            f"{type(model).__name__}."
        )
    rows = 30 * np.random.default_rng(0).normal(size=(400, NUM_FEATURES)).astype("float32")
    _two_outputs(model, rows)  # a model of one's own class has weights after its first call only
    weights = [
        1.5 * np.random.default_rng(place).normal(size=w.shape)
        for place, w in enumerate(model.weights)
    ]
    model.set_weights([40 * weight for weight in weights])
    wider = _two_outputs(model, rows)
    model.set_weights([4 * weight for weight in weights])  # a hidden sigmoid ends at 1
    stars, liked = _two_outputs(model, rows)
    _expect_range(liked, wider[1], 0.0, 1.0, "The second output, the probability of liked,")
    _expect_range(stars, wider[0], 1.0, 5.0, "The first output, the stars,")
    model.set_weights(weights)
    for name, values in zip(("stars", "liked"), _two_outputs(model, rows / 60), strict=True):
        num_values = len(np.unique(values.round(4)))
        if num_values < 20:
            raise NotYet(
                f"For {len(rows)} rows the output {name} takes {num_values} values only. Do not "
                "round it: a step has no gradient to learn from."
            )
    model.set_weights([np.zeros(weight.shape) for weight in weights])
    middle = [float(part[0]) for part in _two_outputs(model, rows)]
    if not np.allclose(middle, [3.0, 0.5], atol=1e-3):
        raise NotYet(
            "With all weights 0 a sigmoid gives p = 0.5, so that the outputs should be 3 stars and "
            f"0.5; yours are {middle[0]:.2f} and {middle[1]:.2f}. Is a number cut off at the ends "
            "of its scale? Where it is cut off, no gradient is left to learn from."
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
            f"hidden layer of 5 units and two heads. Yours has {model.count_params()}, in tables "
            f"of the shapes {', '.join(str(weight.shape) for weight in weights)}."
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


def _two_outputs(model, rows):
    try:
        outputs = model(rows)
    except Exception as error:
        raise NotYet(
            f"Predicting for an array of shape {rows.shape} stopped with {describe(error)}\n"
            "Has the input the shape (num_features,)?"
        ) from None
    if isinstance(outputs, dict):
        raise NotYet(
            f"The outputs are a dict with the keys {list(outputs)}. The lab trains the model with "
            "a list of targets: return keras.Model(inputs, [stars, liked])."
        )
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


def _expect_range(values, wider, lowest, highest, what):
    """Raise NotYet unless an output fills its range; `wider` are its values for larger weights."""
    low, high = values.min(), values.max()
    is_inside = low >= lowest - 1e-4 and high <= highest + 1e-4
    if is_inside and low < lowest + 0.1 < highest - 0.1 < high:
        return
    if np.isnan(low):
        why = "Three Dense layers are enough. What else does your model hold?"
    elif high - low < 1e-4 and np.isclose(high, highest):
        why = "A softmax over one unit is always 1; for one unit take a sigmoid."
    elif np.abs(wider).max() > 2 * np.abs(values).max():
        why = "It grows with the inputs without end. A sigmoid keeps a number between 0 and 1."
    elif is_inside:
        why = (
            "It never comes near one of the ends. Does the head start from the hidden layer, of "
            "`width` units, and end in one sigmoid?"
        )
    elif (lowest, highest) == (0, 1):
        is_stars = abs(low - 1) < 0.1 and abs(high - 5) < 0.1
        why = "Is the order [stars, liked]?" if is_stars else "A sigmoid reaches from 0 to 1."
    elif abs(low) < 0.1 and abs(high - 5) < 0.1:
        why = "This is 5 p. But p = 0 stands for one star: 1 + 4 p."
    else:
        why = (
            "Stretch p, which a sigmoid keeps between 0 and 1, to the scale of the stars: p = 0 is "
            "one star, p = 1 is five."
        )
    raise NotYet(
        f"{what} should reach from {lowest:g} to {highest:g} for extreme inputs; yours reaches "
        f"from {low:.2f} to {high:.2f}.\n{why}"
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


TOTAL_CASES = [
    (np.array([2.3, 0.7]), np.array([0.9, -0.4])),
    (np.array([4.1, 0.6, 1.3]), np.array([1.2, -1.7, 0.5])),
    (np.array([0.8, 3.7, 1.9, 0.3]), np.array([-0.6, 0.7, 2.1, -1.1])),
]
TOTAL_MISTAKES = [
    (lambda L, s: (np.exp(-s) * L + s) / 2, "These are the terms of the tasks; add them up."),
    (
        lambda L, s: np.mean(np.exp(-s) * L + s) / 2,
        "This is the mean over the tasks; add them up.",
    ),
    (
        lambda L, s: (np.exp(-s[0]) * L[0] + s[0]) / 2,
        "This is the term of the first task alone. Does a `return` stand inside a loop?",
    ),
    (lambda L, s: np.sum(np.exp(-s) * L + s), "The factor 1/2 is missing."),
    (lambda L, s: np.sum(np.exp(-s) * L / 2 + s), "s counts half as well: s / 2."),
    (
        lambda L, s: np.sum(np.exp(-s) * L + s / 2),
        "The weighted loss counts half: exp(-s) L / 2.",
    ),
    (
        lambda L, s: np.sum(np.exp(-s) * L + s / 2) / 2,
        "s was halved twice: both halves of the formula have one factor 1/2.",
    ),
    (
        lambda L, s: np.sum(np.exp(-s) * L) / 2,
        "The term s / 2 is missing: without it a task gets rid of its loss by letting s grow.",
    ),
    (
        lambda L, s: np.sum(np.exp(s) * L + s) / 2,
        "A large variance should make a task count less: the weight is exp(-s).",
    ),
    (
        lambda L, s: np.sum(np.exp(-s) * L - s) / 2,
        "s / 2 is added: it is the price of a large variance.",
    ),
    (
        lambda L, s: np.sum(np.exp(-s) * (L + s)) / 2,
        "exp(-s) weighs the loss alone; s / 2 stands outside.",
    ),
    (
        lambda L, s: np.sum(np.exp(-s * L) + s) / 2,
        "The loss stands beside exp(-s), not in the exponent.",
    ),
    (
        lambda L, s: (np.exp(-np.sum(s)) * np.sum(L) + np.sum(s)) / 2,
        "Each task has its own weight: weigh first, then add up.",
    ),
    (
        lambda L, s: np.sum(L / s**2 + np.log(s**2)) / 2,
        "s is the logarithm of the variance, not its root: the weight is exp(-s).",
    ),
    (
        lambda L, s: np.sum(L / s + s) / 2,
        "s is the logarithm of the variance: the weight is exp(-s), not 1 / s.",
    ),
    (
        lambda L, s: np.sum(L / s + np.log(s)) / 2,
        "s is the logarithm of the variance already: the weight is exp(-s), and s / 2 is added.",
    ),
    (
        lambda L, s: np.sum(np.exp(-s) * L + np.log(s)) / 2,
        "s is a logarithm already: add s / 2.",
    ),
    (
        lambda L, s: np.sum(np.exp(-2 * s) * L + 2 * s) / 2,
        "s is the logarithm of the variance, not of its root: no factor 2.",
    ),
    (lambda L, s: np.sum(np.exp(-L) * s + L) / 2, "The roles of L and s are swapped."),
    (
        lambda L, s: np.sum(np.exp(-s) / np.sum(np.exp(-s)) * L + s) / 2,
        "The weights exp(-s) need not add up to 1: do not divide by their sum.",
    ),
]


def _total_steps(losses, log_variances):
    terms = [
        f"task {task}: exp({-s:g}) x {loss} / 2 + {s} / 2 = {(np.exp(-s) * loss + s) / 2:.4f}"
        for task, (loss, s) in enumerate(zip(losses, log_variances, strict=True))
    ]
    return "\n".join([*terms, "The total is their sum."])


@lab.exercise(
    course_uncertainty_total,
    takeaway="A large s makes a task cheap and costs s / 2: the best s is log L.",
    hints=[
        "numpy works on whole arrays: np.exp(-log_variances) holds one weight for each task.",
        "Each task gives np.exp(-s) * L / 2 plus s / 2. Both halves belong to the formula.",
        "np.sum(np.exp(-log_variances) * losses + log_variances) / 2",
    ],
    seconds=SECONDS,
    also=[balance.uncertainty_loss],
)
def uncertainty_total(answer):
    expect_function(
        _converted(answer, _number),
        course_uncertainty_total,
        TOTAL_CASES,
        what="the total",
        mistakes=TOTAL_MISTAKES,
        steps=_total_steps,
    )


def course_project(gradient, other):
    """Remove from a gradient the part that points against another one."""
    overlap = np.dot(gradient, other)
    if overlap >= 0:
        return gradient
    return gradient - overlap / np.dot(other, other) * other


def _if_conflict(change):
    """Return the function that changes a gradient only if it conflicts with the other."""
    return lambda g, h: change(g, h) if g @ h < 0 else g


PROJECT_CASES = [
    (np.array([1.3, 0.4]), np.array([-0.8, 0.5])),
    (np.array([0.7, -1.1]), np.array([1.6, 0.3])),
    (np.array([1.1, -0.6]), np.array([0.2, 0.9])),
    (np.array([1.2, -0.7, 0.4]), np.array([-0.9, 0.5, 0.8])),
    (np.array([-0.6, 1.7, 0.9]), np.array([0.8, 0.7, 0.4])),
    (np.array([0.5, 1.2]), np.array([0.9, 0.3])),
]
PROJECT_MISTAKES = [
    (lambda g, h: g, "These two conflict: their dot product is negative."),
    (
        lambda g, h: g - g @ h / (h @ h) * h,
        "These two do not conflict: leave the gradient as it is.",
    ),
    (
        lambda g, h: g if g @ h < 0 else g - g @ h / (h @ h) * h,
        "The condition is turned around: a negative dot product is a conflict.",
    ),
    (
        lambda g, h: g - g @ h / (h @ h) * h if np.any(g * h < 0) else g,
        "These two do not conflict: their dot product as a whole decides, not one entry.",
    ),
    (
        lambda g, h: g - g @ h / (h @ h) * h if np.sum(g) * np.sum(h) < 0 else g,
        "Whether they conflict is told by the sign of the dot product, not by that of the sums.",
    ),
    (
        _if_conflict(lambda g, h: g + g @ h / (h @ h) * h),
        "The sign is wrong: subtract the part along `other`. It is negative already.",
    ),
    (
        _if_conflict(lambda g, h: g @ h / (h @ h) * h),
        "This is the part along `other`; it should be taken away.",
    ),
    (
        lambda g, h: g @ h / (h @ h) * h,
        "This is the part along `other`; it should be taken away, and only in a conflict.",
    ),
    (
        _if_conflict(lambda g, h: g - g @ h / np.sqrt(h @ h) * h),
        "Divide by the squared length of `other`, not by its length.",
    ),
    (_if_conflict(lambda g, h: g - g @ h * h), "Divide by the squared length of `other`."),
    (
        _if_conflict(lambda g, h: g - g @ h / (g @ g) * h),
        "Divide by the squared length of `other`, not of `gradient`.",
    ),
    (
        _if_conflict(lambda g, h: g - g @ h / np.sqrt((g @ g) * (h @ h)) * h),
        "Divide by the squared length of `other`, not by the product of both lengths.",
    ),
    (
        _if_conflict(lambda g, h: g - g @ h / (h @ h) / np.sqrt(h @ h) * h),
        "`other` was divided by its length once too often: h . h is its squared length.",
    ),
    (
        lambda g, h: h - g @ h / (g @ g) * g if g @ h < 0 else h,
        "The roles are swapped: change `gradient`, not `other`.",
    ),
    (
        _if_conflict(lambda g, h: h - g @ h / (g @ g) * g),
        "The roles are swapped: change `gradient`, not `other`.",
    ),
    (
        _if_conflict(lambda g, h: g - g @ h / (g @ g) * g),
        "You shortened `gradient` along itself. What has to go is its part along `other`.",
    ),
    (
        _if_conflict(lambda g, h: g - g @ h / (h @ h) * g),
        "You shortened `gradient` along itself. What has to go is its part along `other`.",
    ),
    (
        _if_conflict(lambda g, h: g - g * h / (h @ h) * h),
        "A dot product is one number: np.dot, not an elementwise product.",
    ),
    (
        _if_conflict(lambda g, h: g - g * h),
        "A dot product is one number: np.dot, not an elementwise product.",
    ),
    (
        lambda g, h: np.where(g * h < 0, 0, g),
        "Entries were set to 0 one by one. What has to go is the part along `other` as a whole.",
    ),
    (
        _if_conflict(lambda g, h: np.zeros(len(g))),
        "Nothing is left. Only the part along `other` has to go.",
    ),
    (
        _if_conflict(lambda g, h: -g),
        "The gradient is turned around. Only its part along `other` has to go.",
    ),
    (
        _if_conflict(
            lambda g, h: course_project(g, h) * np.sqrt((g @ g) / np.sum(course_project(g, h) ** 2))
        ),
        "The right direction, but stretched back to its old length. It may become shorter.",
    ),
    (
        lambda g, h: np.array([course_project(g, h), course_project(h, g)]),
        "Return the changed `gradient` alone.",
    ),
]


def _project_steps(gradient, other):
    overlap, square = gradient @ other, other @ other
    if overlap >= 0:
        return f"g . h = {overlap:.4g} is not negative: there is no conflict, g stays as it is."
    return (
        f"g . h = {overlap:.4g} is negative: a conflict. h . h = {square:.4g}, so the part along h "
        f"is {overlap:.4g} / {square:.4g} h = {show(overlap / square * other)}. Take it from g."
    )


@lab.exercise(
    course_project,
    takeaway="A conflicting gradient loses one direction and nothing else.",
    hints=[
        "np.dot tells whether two vectors conflict. Which sign means that they do?",
        "The part of g along h is (g . h / h . h) h. Take it away, but only if g . h < 0.",
        "return gradient - np.dot(gradient, other) / np.dot(other, other) * other, or gradient "
        "itself if the dot product is not negative",
    ],
    seconds=SECONDS,
    also=[balance.project_conflicts],
)
def project(answer):
    expect_function(
        answer,
        course_project,
        PROJECT_CASES,
        what="the result",
        mistakes=PROJECT_MISTAKES,
        steps=_project_steps,
    )
    for case, what in (
        ((np.array([0.4, -1.2]), np.zeros(2)), "a gradient of zeros conflicts with nothing:"),
        ((np.array([0.0, 2.1]), np.array([1.7, 0.0])), "at a right angle nothing is taken away:"),
    ):
        expect_close(
            answer(*case),
            case[0],
            f"With\n{answer.named(case)}\n{what} the result",
            [(np.full(2, np.nan), "h . h is 0 here. Divide by it only if g . h is negative.")],
        )


def course_choose_weight(weights, errors_a, errors_b, limit):
    """Return the weight with the lowest error of B among those that keep A within the limit."""
    return weights[_best_place(np.asarray(errors_a) <= limit, np.asarray(errors_b))]


def _best_place(allowed, errors):
    return np.argmin(np.where(allowed, errors, np.inf))


WEIGHTS = (
    np.array([0.05, 0.2, 0.4, 0.6, 0.8, 0.95]),
    np.array([0.91, 0.52, 0.3, 0.24, 0.19, 0.22]),
    np.array([0.07, 0.25, 0.21, 0.33, 0.45, 0.83]),
)
CHOOSE_CASES = [
    (
        np.array([0.7, 0.6, 0.5, 0.9]),
        np.array([0.42, 0.64, 0.33, 0.61]),
        np.array([0.58, 0.17, 0.29, 0.14]),
        0.45,
    ),
    (
        np.array([0.3, 0.9, 0.6, 0.1]),
        np.array([0.22, 0.41, 0.35, 0.77]),
        np.array([0.66, 0.29, 0.34, 0.52]),
        0.43,
    ),
    (
        np.array([0.35, 0.85, 0.15, 0.65, 0.95, 0.45]),
        np.array([0.27, 0.38, 0.71, 0.33, 0.12, 0.54]),
        np.array([0.41, 0.26, 0.15, 0.37, 0.62, 0.22]),
        0.5,
    ),
    (*WEIGHTS, 0.31),
    (*WEIGHTS, 0.24),
    (*WEIGHTS, 0.6),
    (*WEIGHTS, 0.91),
]
CHOOSE_MISTAKES = [
    (
        lambda w, a, b, limit: w[np.argmin(b)],
        "That is the best for B whatever A's error. Its error of A is over the limit.",
    ),
    (
        lambda w, a, b, limit: w[np.argmin(a)],
        "That is the best for A. A only has to stay within the limit.",
    ),
    (
        lambda w, a, b, limit: w[_best_place(a < limit, b)],
        "The limit itself is allowed: at most, not less than.",
    ),
    (
        lambda w, a, b, limit: w[_best_place(a >= limit, b)],
        "The condition is turned around: the error of A may be at most the limit.",
    ),
    (
        lambda w, a, b, limit: w[np.argmin(b[a <= limit])],
        "The place was counted among the allowed weights alone, and then looked up in all weights.",
    ),
    (
        lambda w, a, b, limit: _best_place(a <= limit, b),
        "This is the place in the list; return the weight that stands there.",
    ),
    (
        lambda w, a, b, limit: np.argmin(b[a <= limit]),
        "This is a place among the allowed weights; return the weight that stands there.",
    ),
    (
        lambda w, a, b, limit: b[_best_place(a <= limit, b)],
        "This is the error of B; return the weight that gives it.",
    ),
    (
        lambda w, a, b, limit: a[_best_place(a <= limit, b)],
        "This is the error of A; return the weight that gives it.",
    ),
    (lambda w, a, b, limit: w[a <= limit], "These are all allowed weights; return the best for B."),
    (
        lambda w, a, b, limit: np.array(
            [w[_best_place(a <= limit, b)], b[_best_place(a <= limit, b)]]
        ),
        "Return the weight alone.",
    ),
    (
        lambda w, a, b, limit: w[a <= limit][0],
        "Of the weights within the limit, not the first but the best for B.",
    ),
    (
        lambda w, a, b, limit: w[a <= limit][-1],
        "Of the weights within the limit, not the last but the best for B.",
    ),
    (
        lambda w, a, b, limit: w[a <= limit].min(),
        "Of the weights within the limit, not the smallest but the best for B.",
    ),
    (
        lambda w, a, b, limit: w[a <= limit].max(),
        "Of the weights within the limit, not the largest but the best for B.",
    ),
    (
        lambda w, a, b, limit: w[_best_place(a <= limit, -b)],
        "Of the weights within the limit this is the worst for B.",
    ),
    (
        lambda w, a, b, limit: w[_best_place(a <= limit, -a)],
        "A's error may be anywhere within the limit, it need not be close to it.",
    ),
    (
        lambda w, a, b, limit: w[np.argmin(np.abs(a - limit))],
        "A's error may be anywhere within the limit, it need not be close to it.",
    ),
    (
        lambda w, a, b, limit: w[_best_place(a <= limit, a + b)],
        "Within the limit A's error does not count any more: compare the errors of B alone.",
    ),
    (
        lambda w, a, b, limit: w[np.argmin(a + b)],
        "This weight has the lowest sum of both errors. A has a limit instead, and B alone is "
        "compared.",
    ),
    (
        lambda w, a, b, limit: w[_best_place(b <= limit, a)],
        "The roles are swapped: the limit is for A, and B should be as good as it can.",
    ),
    (
        lambda w, a, b, limit: w[np.argmin(b * (a <= limit))],
        "An error times False is 0, the lowest of all. Leave out what is over the limit, or set it "
        "to np.inf.",
    ),
]


def _choose_steps(weights, errors_a, errors_b, limit):
    rows = [
        f"weight {w}: error of A {a}, "
        + (f"within the limit; error of B {b}" if a <= limit else "over the limit")
        for w, a, b in zip(weights, errors_a, errors_b, strict=True)
    ]
    return "\n".join(rows)


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
    seconds=SECONDS,
)
def choose_weight(answer):
    expect_function(
        _converted(answer, _number),
        course_choose_weight,
        CHOOSE_CASES,
        what="the weight",
        mistakes=CHOOSE_MISTAKES,
        steps=_choose_steps,
    )


def course_joint_losses(ratings, watched, star_outputs, watch_outputs):
    """Return the loss of the stars and the loss of watching, both as means."""
    stars = 1 + 4 * star_outputs
    rating_loss = np.nanmean((ratings - stars) ** 2)
    terms = watched * np.log(watch_outputs) + (1 - watched) * np.log(1 - watch_outputs)
    return rating_loss, -np.mean(terms)


# Both losses in parts: of each the right one, then the colleague's mistake, then other ones.
SCALES = [
    ("", lambda p: 1 + 4 * p),
    (
        "The stars come out as 5 p: p = 0 would be no star at all. The scale is 1 + 4 p.",
        lambda p: 5 * p,
    ),
    ("The stars come out as 4 p: p = 0 would be no star at all. It is one star.", lambda p: 4 * p),
    ("The stars come out as 1 + 5 p: p = 1 would be six stars. It is five.", lambda p: 1 + 5 * p),
    ("p lies between 0 and 1. Stretch it to the scale of the stars, 1 to 5.", lambda p: p),
]
STAR_LOSSES = [
    ("", lambda ratings, stars, watched: np.nanmean((ratings - stars) ** 2)),
    (
        "The squared errors are divided by the number of all rows. Rows without a rating have no "
        "error: take the mean over the rated ones.",
        lambda ratings, stars, watched: np.nansum((ratings - stars) ** 2) / len(ratings),
    ),
    (
        "The squared errors are divided by the number of watched rows. A film may be watched and "
        "not rated: take the mean over the rated ones.",
        lambda ratings, stars, watched: np.nansum((ratings - stars) ** 2) / np.sum(watched),
    ),
    (
        "The loss of the stars is a sum over the rows; take the mean over the rated ones.",
        lambda ratings, stars, watched: np.nansum((ratings - stars) ** 2),
    ),
    (
        "The loss of the stars is nan: rows without a rating must be left out. np.isnan finds "
        "them; == and != do not.",
        lambda ratings, stars, watched: np.mean((ratings - stars) ** 2),
    ),
    (
        "The loss of the stars is nan where a film was watched and not rated: leave out the rows "
        "without a rating, not those that were not watched.",
        lambda ratings, stars, watched: np.mean((ratings - stars)[watched == 1] ** 2),
    ),
    (
        "Rows without a rating count as ratings of 0 stars. Leave them out of the loss.",
        lambda ratings, stars, watched: np.mean((np.nan_to_num(ratings) - stars) ** 2),
    ),
    (
        "This is the root of the mean squared error; the loss is without the root.",
        lambda ratings, stars, watched: np.sqrt(np.nanmean((ratings - stars) ** 2)),
    ),
    (
        "The errors of the stars are not squared, but taken as absolute values.",
        lambda ratings, stars, watched: np.nanmean(np.abs(ratings - stars)),
    ),
    (
        "The errors of the stars are not squared: those above and below cancel out.",
        lambda ratings, stars, watched: np.nanmean(ratings - stars),
    ),
    (
        "The error is measured in p. The loss is in stars: from p to stars, not from stars to p.",
        lambda ratings, stars, watched: np.nanmean((ratings - stars) ** 2) / 16,
    ),
]
WATCH_TERMS = [
    ("", lambda y, p: -y * np.log(p) - (1 - y) * np.log(1 - p)),
    (
        "Rows that were not watched cost nothing: a model that always says 1 would be perfect. The "
        "term (1 - y) log(1 - p) is missing.",
        lambda y, p: -y * np.log(p),
    ),
    (
        "Rows that were watched cost nothing: the term y log(p) is missing.",
        lambda y, p: -(1 - y) * np.log(1 - p),
    ),
    (
        "The loss of watching is negative: the logarithm of a probability is, so a minus belongs "
        "before it.",
        lambda y, p: y * np.log(p) + (1 - y) * np.log(1 - p),
    ),
    (
        "The two terms of the cross-entropy have different signs: the minus is for both.",
        lambda y, p: -y * np.log(p) + (1 - y) * np.log(1 - p),
    ),
    (
        "A row that was not watched costs -log(1 - p), not -log(p).",
        lambda y, p: -np.log(p),
    ),
    (
        "The cross-entropy takes the natural logarithm, np.log, not np.log2.",
        lambda y, p: (-y * np.log(p) - (1 - y) * np.log(1 - p)) / np.log(2),
    ),
    (
        "The loss of watching is a squared error; a probability gets a cross-entropy.",
        lambda y, p: (y - p) ** 2,
    ),
]
WATCH_MEANS = [
    ("", lambda terms, ratings, watched: np.mean(terms)),
    (
        "The cross-entropy is a sum over the rows, the squared error a mean: with another batch "
        "size the two would weigh differently. Take the mean of both.",
        lambda terms, ratings, watched: np.sum(terms),
    ),
    (
        "The cross-entropy is divided by the number of watched rows; all rows count.",
        lambda terms, ratings, watched: np.sum(terms) / np.sum(watched),
    ),
    (
        "The cross-entropy is the mean over the rated rows; all rows count.",
        lambda terms, ratings, watched: np.mean(terms[~np.isnan(ratings)]),
    ),
]


def _wrong_losses():
    """Return (function, text) for any one or two mistakes, and for all mixes of the colleague's."""
    found = []
    for parts in product(SCALES, STAR_LOSSES, WATCH_TERMS, WATCH_MEANS):
        texts = [text for text, _ in parts if text]
        known = SCALES[:2] + STAR_LOSSES[:2] + WATCH_TERMS[:2] + WATCH_MEANS[:2]
        if 1 <= len(texts) <= 2 or (texts and all(part in known for part in parts)):
            found.append((texts, _losses_of(*(function for _, function in parts))))
    found.sort(key=lambda mistakes: len(mistakes[0]))
    return [
        (losses, f"{len(texts)} mistakes are left. {texts[0]}" if len(texts) > 1 else texts[0])
        for texts, losses in found
    ]


def _losses_of(scale, star_loss, watch_terms, watch_mean):
    def losses(ratings, watched, star_outputs, watch_outputs):
        terms = watch_terms(watched, watch_outputs)
        return (
            star_loss(ratings, scale(star_outputs), watched),
            watch_mean(terms, ratings, watched),
        )

    return losses


JOINT_CASES = [
    (
        np.array([4.0, np.nan, 2.0]),
        np.array([1.0, 0.0, 1.0]),
        np.array([0.6, 0.3, 0.45]),
        np.array([0.7, 0.4, 0.85]),
    ),
    (
        np.array([np.nan, 3.0, 5.0, np.nan, 1.0]),
        np.array([1.0, 1.0, 1.0, 0.0, 1.0]),
        np.array([0.35, 0.7, 0.9, 0.55, 0.2]),
        np.array([0.25, 0.6, 0.9, 0.15, 0.8]),
    ),
    (
        np.array([1.0, np.nan, 5.0, 3.0, np.nan, 2.0, np.nan]),
        np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]),
        np.array([0.15, 0.7, 0.85, 0.65, 0.2, 0.5, 0.95]),
        np.array([0.9, 0.2, 0.7, 0.35, 0.6, 0.8, 0.1]),
    ),
]
JOINT_MISTAKES = [
    (
        lambda *case: course_joint_losses(*case)[::-1],
        "The order is wrong: the loss of the stars comes first.",
    ),
    *_wrong_losses(),
]


def _joint_steps(ratings, watched, star_outputs, watch_outputs):
    rows = []
    for row, (rating, seen, p, q) in enumerate(
        zip(ratings, watched, star_outputs, watch_outputs, strict=True)
    ):
        star = f"({rating:g} - (1 + 4 x {p}))^2 = {(rating - 1 - 4 * p) ** 2:.4f}"
        chance = f"{q}" if seen else f"1 - {q}"
        cost = -np.log(q if seen else 1 - q)
        rows.append(
            f"row {row}: {'not rated' if np.isnan(rating) else star}; "
            f"{'watched' if seen else 'not watched'}, -log({chance}) = {cost:.4f}"
        )
    return "\n".join(
        [*rows, "The first loss is the mean over the rated rows, the second over all rows."]
    )


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
    seconds=SECONDS,
)
def joint_losses(answer):
    losses = _converted(answer, _pair)
    expect_function(
        losses,
        course_joint_losses,
        JOINT_CASES,
        what="the two losses",
        mistakes=JOINT_MISTAKES,
        steps=_joint_steps,
        tolerance=1e-4,  # a small number added inside the logarithm does no harm
    )
    one = tuple(part[:1] for part in JOINT_CASES[0])
    expect_close(losses(*one), course_joint_losses(*one), "For one row, the two losses")


def _pair(result):
    if not isinstance(result, (tuple, list)):
        result = np.atleast_1d(as_array(result, "(rating_loss, watch_loss)"))
    if len(result) != 2:
        raise NotYet(f"Return two numbers, (rating_loss, watch_loss). Yours: {show(result)}.")
    parts = [as_array(part, "A loss") for part in result]
    if any(part.size != 1 for part in parts):
        raise NotYet(f"Each loss is one number; yours returned {show(result)}.")
    return np.array([float(part.ravel()[0]) for part in parts])


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
