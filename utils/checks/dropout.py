"""Checks of lab 04: `from utils.checks import dropout as check`."""

from typing import NamedTuple

import keras
import numpy as np

from utils.checks.compare import NotYet, as_array, expect_close, expect_function, show
from utils.checks.framework import Lab

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy


class _Draw(NamedTuple):
    """What an answer made of values of which a share `rate` should be dropped."""

    what: str
    values: np.ndarray
    rate: float
    got: np.ndarray

    @property
    def share(self):
        return np.mean(self.got == 0)

    @property
    def factors(self):
        left = self.got != 0
        return self.got[left] / self.values[left]


def _values(*shape):
    """Return values of both signs, none near 0, so that a 0 was dropped."""
    generator = np.random.default_rng(0)
    return generator.uniform(0.5, 2, shape).round(2) * generator.choice([-1, 1], shape)


def _draw(answer, what, rate, arguments):
    values = arguments[0]
    got = as_array(answer(*arguments), "The result")
    if got.shape != values.shape:
        raise NotYet(
            f"{what} should have the shape of its input, {values.shape}; yours has {got.shape}."
        )
    if not np.isfinite(got).all():
        raise NotYet(
            f"{what}: what is dropped should be 0; yours holds {got[~np.isfinite(got)][0]}."
        )
    return _Draw(what, values, rate, got)


SHARE_MISTAKES = [
    (lambda rate: 1 - rate, "Keep and drop are swapped."),
    (lambda rate: 0, "Nothing was dropped."),
    (lambda rate: 1, "Everything was dropped."),
]
SCALE_MISTAKES = [
    (lambda draw: 1, "The values that are left are not scaled up, so that the mean falls."),
    (
        lambda draw: 1 - draw.rate,
        "The values that are left were multiplied where they should be divided.",
    ),
    (
        lambda draw: 1 / draw.rate,
        "They are divided by the share that is dropped; divide by the share that is kept.",
    ),
    (lambda draw: draw.rate, "They are multiplied by the share that is dropped."),
    (
        lambda draw: 1 / (1 - draw.share),
        "They are divided by the share that happened to be kept; divide by its probability.",
    ),
    (lambda draw: (1 - draw.rate) ** -2, "They were divided twice."),
    (lambda draw: (1 - draw.rate) ** -0.5, "There is a root too many."),
    (lambda draw: 1 + draw.rate, "1 + rate is not 1 / (1 - rate)."),
    (
        lambda draw: 1 / (1 - draw.rate) / draw.values[draw.got != 0],
        "This says what is kept; multiply the values by it.",
    ),
    (
        lambda draw: 1 / draw.values[draw.got != 0],
        "This says what is kept; multiply the values by it, and scale them up.",
    ),
]


def _expect_shares(draws):
    """Raise NotYet unless each draw dropped about the share that it should."""
    wrong = [draw for draw in draws if abs(draw.share - draw.rate) > 0.04]
    if not wrong:
        return
    why = next(
        (
            text
            for share, text in SHARE_MISTAKES
            if all(abs(draw.share - share(draw.rate)) < 0.04 for draw in draws)
        ),
        "generator.random() is below a number p with probability p.",
    )
    if {draw.share for draw in draws} == {0, 1}:
        why = "All values are dropped or kept together, as if one draw decided for all."
    if all(draw.share == 0 and np.ptp(draw.factors) > 1e-3 for draw in draws):
        why = "What is dropped becomes exactly 0."
    raise NotYet(
        f"{wrong[0].what} should hold about {wrong[0].rate:.0%} zeros; yours holds "
        f"{wrong[0].share:.0%}. {why}"
    )


def _expect_scales(draws):
    """Raise NotYet unless what is left is divided by the share that is kept."""
    scales = [1 / (1 - draw.rate) for draw in draws]
    wrong = [
        draw
        for draw, scale in zip(draws, scales, strict=True)
        if not np.allclose(draw.factors, scale, rtol=1e-3)
    ]
    if not wrong:
        return
    why = next(
        (
            text
            for scale, text in SCALE_MISTAKES
            if all(np.allclose(draw.factors, scale(draw), rtol=1e-3) for draw in draws)
        ),
        "",
    )
    draw = wrong[0]
    low, high = draw.factors.min(), draw.factors.max()
    found = f"{low:.3f}" if high - low < 1e-3 else f"{low:.3f} to {high:.3f}"
    raise NotYet(
        f"{draw.what}: the values that are left should be {1 / (1 - draw.rate):.3f} times what "
        f"they were; yours are {found} times that. {why}"
    )


def _expect_generator(answer, arguments):
    """Raise NotYet unless the draws come from the generator, the last of the arguments."""
    first, again, other = (
        as_array(answer(*arguments, np.random.default_rng(seed)), "The result")
        for seed in (1, 1, 2)
    )
    if np.array_equal(first, other):
        raise NotYet(
            "Two generators with different seeds gave the same result: each step of training "
            "would drop the same. Draw the random numbers from `generator`, not from one with a "
            "seed of its own."
        )
    if not np.array_equal(first, again):
        raise NotYet(
            "Two generators with the same seed gave different results. Draw the random numbers "
            "from `generator`, none from np.random or elsewhere."
        )


def course_drop_films(vectors, rate, generator):
    """Drop the vectors of whole films at random and scale up the others, so that the mean stays."""
    kept = generator.random((len(vectors), 1)) >= rate
    return vectors * kept / (1 - rate)


FILM_RATES = (0.2, 0.65)


@lab.exercise(
    course_drop_films,
    takeaway="One number for each film, used for its whole row: the shape of the draw decides.",
    hints=[
        "The lecture draws one number for each value. How many do you need here, and how must they "
        "lie so that each of them reaches a whole row?",
        "`generator.random((len(vectors), 1))` is a column: one number for each film. Times a "
        "table, a column reaches all numbers of its row.",
        "`kept = generator.random((len(vectors), 1)) >= rate`, then `vectors * kept / (1 - rate)`.",
    ],
    seconds=10,
)
def drop_films(answer):
    vectors = _values(4_000, 3)
    draws = [
        _draw(
            answer,
            f"drop_films(vectors, {rate}, generator) for 4,000 films with 3 numbers each",
            rate,
            (vectors, rate, np.random.default_rng(1)),
        )
        for rate in FILM_RATES
    ]
    for draw in draws:
        _expect_whole_films(draw)
    _expect_shares(draws)
    _expect_scales(draws)
    _expect_generator(answer, (vectors, 0.5))
    _expect_lone_films(answer, vectors)
    few = np.array([[0.7, -1.2], [2.1, 0.4]])
    expect_close(
        answer(few, 0.0, np.random.default_rng(0)),
        few,
        "With rate 0 nothing is dropped: the result",
    )
    one = answer(np.ones((50, 1)), 0.5, np.random.default_rng(0))  # as the lab does next
    expect_close(np.shape(one), (50, 1), "For 50 films with one number each, the shape")


def _expect_whole_films(draw):
    zeros = draw.got == 0
    torn = zeros.any(axis=1) & ~zeros.all(axis=1)
    if not torn.any():
        return
    if (zeros == zeros[0]).all():
        why = "All films lost the same column. The draws should go down the table, one for a row."
    else:
        why = "Single numbers were dropped, as in the lecture: draw one number for each film."
    row = np.flatnonzero(torn)[0]
    raise NotYet(
        f"{draw.what}: each row should be all zeros or none. Row {row} was "
        f"{show(draw.values[row])}, yours is {show(draw.got[row])}. {why}"
    )


def _expect_lone_films(answer, vectors):
    """Raise NotYet if films are dropped in a fixed number, or by their place or size."""
    lost = np.array(
        [
            as_array(answer(vectors[:40], 0.5, np.random.default_rng(seed)), "The result")[:, 0]
            for seed in range(60)
        ]
    )
    if np.std(np.sum(lost == 0, axis=1)) < 1:  # a coin for each film: about 3
        raise NotYet(
            "Of 40 films nearly the same number was dropped in each of 60 draws. Each film should "
            "be dropped or kept on its own, whatever happens to the others."
        )
    shares = np.mean(lost == 0, axis=0)
    if np.abs(shares - 0.5).max() > 0.4 and np.ptp(shares) > 0:
        raise NotYet(
            f"In 60 draws with rate 0.5, film {shares.argmax()} was dropped in {shares.max():.0%} "
            f"and film {shares.argmin()} in {shares.min():.0%} of them. All have the same chance."
        )


def course_sum_moments(values, weights, rate):
    """Return mean and variance of a weighted sum whose values go through inverted dropout."""
    terms = weights * values
    return terms.sum(), rate / (1 - rate) * np.sum(terms**2)


MOMENT_CASES = [
    (np.array([1.5, 0.7]), np.array([0.8, 2.0]), 0.2),
    (np.array([0.9, -1.3, 2.2]), np.array([1.4, 0.6, 0.5]), 0.35),
    (np.array([-0.4, 1.1, 0.6, 2.5]), np.array([0.7, 1.9, -1.2, 0.3]), 0.6),
]


def _moments(mean, variance):
    """Return a wrong function, given those of the terms w x and the rate."""
    return lambda values, weights, rate: [
        mean(weights * values, rate),
        variance(weights * values, rate),
    ]


def _mean(terms, rate):
    return terms.sum()


def _variance(terms, rate):
    return rate / (1 - rate) * np.sum(terms**2)


NO_SCALING = "without scaling: what is kept is divided by 1 - rate."
ONE_BY_ONE = "The terms are dropped one by one: square each, then add."
MEAN_STAYS = "The mean is not lowered: scaling makes up for the drops."
MOMENT_MISTAKES = [
    (
        _moments(_mean, lambda t, rate: (1 - rate) / rate * np.sum(t**2)),
        "Keep and drop are swapped: 1 - rate of the values are kept.",
    ),
    (
        _moments(_mean, lambda t, rate: np.sqrt(_variance(t, rate))),
        "This is the standard deviation; square it.",
    ),
    (
        _moments(_mean, lambda t, rate: rate * (1 - rate) * np.sum(t**2)),
        f"The variance is that of dropout {NO_SCALING}",
    ),
    (_moments(lambda t, rate: (1 - rate) * t.sum(), _variance), MEAN_STAYS),
    (_moments(lambda t, rate: rate * t.sum(), _variance), MEAN_STAYS),
    (
        _moments(_mean, lambda t, rate: rate / 1 - rate * np.sum(t**2)),
        "rate / 1 - rate is not rate / (1 - rate): the bracket is missing.",
    ),
    (
        _moments(
            lambda t, rate: (1 - rate) * t.sum(),
            lambda t, rate: rate * (1 - rate) * np.sum(t**2),
        ),
        f"These are the moments {NO_SCALING}",
    ),
    (
        _moments(lambda t, rate: t.sum() / (1 - rate), _variance),
        "This is the sum if all are kept. Some are dropped, so the mean is lower.",
    ),
    (_moments(_mean, lambda t, rate: rate / (1 - rate) * t.sum() ** 2), ONE_BY_ONE),
    (_moments(_mean, lambda t, rate: rate * (1 - rate) * t.sum() ** 2), ONE_BY_ONE),
    (
        lambda x, w, rate: [np.sum(w * x), rate / (1 - rate) * np.sum(x**2)],
        "The weights are missing in the variance.",
    ),
    (
        lambda x, w, rate: [x.sum(), rate / (1 - rate) * np.sum(x**2)],
        "The weights are missing: the sum is of w x.",
    ),
    (
        lambda x, w, rate: [np.sum(w * x), rate / (1 - rate) * np.sum(w * x**2)],
        "A weight counts squared in a variance.",
    ),
    (
        lambda x, w, rate: [np.sum(w * x), rate / (1 - rate) * np.sum(w**2 * x)],
        "A value counts squared in a variance.",
    ),
    (
        _moments(_mean, lambda t, rate: rate / (1 - rate) * t.sum()),
        "The terms are not squared in the variance.",
    ),
    (
        _moments(_mean, lambda t, rate: rate / (1 - rate) * np.abs(t).sum()),
        "The terms are not squared in the variance.",
    ),
    (
        _moments(_mean, lambda t, rate: np.sum(t**2) / (1 - rate)),
        "This is the mean of the square; subtract the squared mean.",
    ),
    (
        _moments(_mean, lambda t, rate: np.sum(t**2) / (1 - rate) - t.sum() ** 2),
        "The squared mean is subtracted term by term: (w x)^2, then add up. The mean of the "
        "squares of the terms is not that of the square of the sum.",
    ),
    (
        _moments(_mean, lambda t, rate: rate * np.sum(t**2)),
        "The kept terms are larger, so the variance is, too: divide by 1 - rate.",
    ),
    (
        _moments(_mean, lambda t, rate: rate / (1 - rate) ** 2 * np.sum(t**2)),
        "One 1 - rate too many: being kept or dropped has the variance rate * (1 - rate), and the "
        "scale 1 / (1 - rate) counts squared.",
    ),
    (
        _moments(_mean, lambda t, rate: (rate / (1 - rate)) ** 2 * np.sum(t**2)),
        "rate / (1 - rate) is not squared; the terms are.",
    ),
    (
        _moments(_mean, lambda t, rate: rate / (1 - rate) * np.mean(t**2)),
        "The variances of the terms are added up, not averaged.",
    ),
    (
        _moments(lambda t, rate: t.mean(), _variance),
        "The mean of a sum is the sum of the means: add the terms up.",
    ),
    (
        _moments(lambda t, rate: t.mean(), lambda t, rate: rate / (1 - rate) * np.mean(t**2)),
        "Add the terms up, their means and their variances; do not average them.",
    ),
    (
        _moments(_mean, lambda t, rate: t.var()),
        "np.var says how the terms differ from each other. Asked for is how the sum changes from "
        "draw to draw.",
    ),
    (
        _moments(lambda t, rate: t.mean(), lambda t, rate: t.var()),
        "These describe how the terms differ from each other. Asked for is how the sum changes "
        "from draw to draw.",
    ),
    (
        _moments(_mean, lambda t, rate: rate / (1 - rate) * t.var()),
        "Squared are the terms themselves, not their distances from their mean.",
    ),
    (_moments(_variance, _mean), "The order is swapped: first the mean, then the variance."),
    (
        _moments(lambda t, rate: t, lambda t, rate: rate / (1 - rate) * t**2),
        "These are the means and the variances of the terms: add them up.",
    ),
]


def _moment_steps(values, weights, rate):
    def number(x):
        return f"{x:.4g}" if x >= 0 else f"({x:.4g})"

    lines = []
    for value, weight in zip(values, weights, strict=True):
        term, kept = number(weight * value), number(weight * value / (1 - rate))
        lines += [
            f"  {weight:g} * {value:g} = {term} becomes 0 with probability {rate:g}, {kept} with "
            f"{1 - rate:g}",
            f"    mean {rate:g} * 0 + {1 - rate:g} * {kept} = {term}",
            f"    variance {rate:g} * (0 - {term})^2 + {1 - rate:g} * ({kept} - {term})^2 = "
            f"{rate / (1 - rate) * (weight * value) ** 2:.4g}",
        ]
    return "\n".join([*lines, "  They are dropped independently: means and variances add up."])


def _two_numbers(names):
    """Return the function that makes an array of a pair, or raises NotYet if it is none."""

    def convert(result):
        if keras.ops.is_tensor(result) or hasattr(result, "to_numpy"):
            result = as_array(result, "The result")
        if not isinstance(result, (tuple, list, np.ndarray)) or len(result) != 2:
            raise NotYet(f"Return {names}. Yours returned {show(result)}.")
        parts = [as_array(part, "Each of the two") for part in result]
        if all(part.size == 1 for part in parts):
            parts = [part.reshape(()) for part in parts]
        if parts[0].shape != parts[1].shape:
            shapes = " and ".join(str(part.shape) for part in parts)
            raise NotYet(f"Return {names}; yours are arrays of the shapes {shapes}.")
        return np.array(parts)

    return convert


def _converted(answer, convert):
    """Return the student's function with its results converted, as `expect_function` needs it."""

    def converted(*case):
        return convert(answer(*case))

    converted.named = answer.named
    return converted


MANY_TERMS = 100  # listing all ways to drop some of them would never end


@lab.exercise(
    course_sum_moments,
    takeaway="Dropout leaves the mean alone and adds noise: more of it, the higher the rate.",
    hints=[
        "One term w x of the sum becomes 0 with probability rate, and w x / (1 - rate) otherwise. "
        "What are its mean and the mean of its square?",
        "The mean of the square is (w x)^2 / (1 - rate). The variance is that less the squared "
        "mean, (w x)^2.",
        "The terms are independent, so variances add: rate / (1 - rate) * sum of (w x)^2.",
    ],
    seconds=10,
)
def sum_moments(answer):
    pair = _converted(answer, _two_numbers("two numbers, (mean, variance)"))
    expect_function(
        pair,
        course_sum_moments,
        MOMENT_CASES,
        what="mean and variance",
        mistakes=MOMENT_MISTAKES,
        steps=_moment_steps,
        tolerance=1e-4,
    )
    values, weights, _ = MOMENT_CASES[0]
    expect_close(
        pair(values, weights, 0.0),
        (weights @ values, 0),
        "With rate 0 nothing is dropped: mean and variance",
    )
    many = np.linspace(-1, 2, MANY_TERMS), np.linspace(0.5, 1.5, MANY_TERMS), 0.3
    expect_close(
        pair(*many),
        course_sum_moments(*many),
        f"For {MANY_TERMS} values, mean and variance",
        tolerance=1e-4,
    )


@keras.saving.register_keras_serializable("checks")
class _Square(keras.layers.Layer):
    """Squares the first number of each row, and counts in `calls` how often it got a batch."""

    calls = 0

    def call(self, inputs):
        _Square.calls += inputs.shape[0] is not None  # it is None while a model is built
        return keras.ops.square(inputs[:, :1])


def _square_model(rate):
    """Return a model whose passes are known: 0 with probability `rate`, else (x / (1 - rate))^2."""
    numbers = keras.Input((2,))
    return keras.Model(numbers, _Square()(keras.layers.Dropout(rate, seed=7)(numbers)))


def course_monte_carlo_mean(model, features, num_passes):
    """Return the mean prediction of many passes with dropout left on, by one call of the model."""
    rows = np.tile(features, (num_passes, 1))
    predictions = model(rows, training=True)
    return np.reshape(predictions, (num_passes, len(features))).mean(axis=0)


ROW_CASES = [
    (np.array([[0.5, 0.2], [1.2, 0.9], [2.0, 0.6]], dtype="float32"), 2),
    (np.array([[1.5, 0.3], [0.7, 0.8], [2.1, 0.4], [1.1, 0.1]], dtype="float32"), 3),
]


def _of_squares(arrange):
    """Return the function that arranges x^2 of the rows, as a model without dropout gives it."""
    return lambda features, num_passes: arrange(features[:, 0] ** 2, num_passes)


REPEAT_OR_TILE = (
    "The rows are mixed up. np.tile puts the whole batch after itself: reshape its predictions to "
    "(num_passes, num_rows). np.repeat puts each row after itself: reshape to (num_rows, "
    "num_passes)."
)
ROW_MISTAKES = [
    (
        _of_squares(lambda y, n: np.repeat(y, n).reshape(n, len(y)).mean(axis=0)),
        REPEAT_OR_TILE,
    ),
    (_of_squares(lambda y, n: np.tile(y, n).reshape(len(y), n).mean(axis=1)), REPEAT_OR_TILE),
    (
        _of_squares(lambda y, n: n * y),
        "This is the sum of the passes; divide by num_passes.",
    ),
    (
        _of_squares(lambda y, n: y.mean()),
        "All rows got one number: take the mean over the passes, not the rows.",
    ),
    (
        _of_squares(lambda y, n: np.full(n, y.mean())),
        "This is the mean over the rows for each pass: take it over the passes for each row.",
    ),
    (
        _of_squares(lambda y, n: np.tile(y, n)),
        "These are all passes one after the other: reshape them and take their mean.",
    ),
    (
        _of_squares(lambda y, n: np.repeat(y, n)),
        "These are all passes of each row: reshape them and take their mean.",
    ),
    (
        _of_squares(lambda y, n: np.tile(y, (n, 1))),
        "These are all passes; take the mean for each row.",
    ),
    (
        _of_squares(lambda y, n: np.repeat(y, n).reshape(-1, n)),
        "These are all passes; take the mean for each row.",
    ),
]


@lab.exercise(
    course_monte_carlo_mean,
    takeaway="Dropout draws for each row of a batch, so one call can hold many passes.",
    hints=[
        "Each row of a batch gets its own draw. So a batch that holds every row num_passes times "
        "is num_passes passes.",
        "`rows = np.tile(features, (num_passes, 1))` is the batch, num_passes times one after the "
        "other; `model(rows, training=True)` leaves dropout on.",
        "Reshape the predictions to (num_passes, len(features)) and take the mean over axis 0.",
    ],
)
def monte_carlo_mean(answer):
    exact = _square_model(0.0)

    def of_rows(features, num_passes):
        got = as_array(answer(exact, features, num_passes), "The mean prediction")
        return got[:, 0] if got.ndim == 2 and got.shape[1] == 1 else got

    of_rows.named = lambda case: answer.named((exact, *case))
    expect_function(
        of_rows,
        lambda features, num_passes: features[:, 0] ** 2,
        ROW_CASES,
        what="and a model that squares the first number of a row and drops nothing, the mean",
        mistakes=ROW_MISTAKES,
        steps=lambda features, num_passes: (
            f"Each of the {num_passes} passes gives {(features[:, 0] ** 2).round(2)}, so that is "
            "their mean, too, row by row."
        ),
    )
    _expect_passes(answer)


def _expect_passes(answer):
    """Raise NotYet unless each row got num_passes draws of its own, in one call."""
    features = np.repeat([[1.0, 0.5], [3.0, 0.5]], 300, axis=0).astype("float32")
    model = _square_model(0.5)
    what = (
        "The check uses a model that squares the first number x of a row, with dropout 0.5 on x: "
        "a pass gives 0 or 4 x^2. For 600 rows and 3 passes, "
    )
    _Square.calls = 0
    got = as_array(answer(model, features, 3), "The mean prediction")
    calls = _Square.calls
    passes = 3 * got.ravel() / (4 * features[:, 0] ** 2)  # how many of 3 passes kept the row
    if np.allclose(passes, 3 / 4, atol=1e-3):
        raise NotYet(
            f"{what}every row came out as exactly x^2: dropout was off. "
            "Call the model with training=True."
        )
    counts = np.unique(passes.round(3))
    if np.isin(counts, [0, 3]).all():
        raise NotYet(
            f"{what}every row came out as 0 or 4 x^2, as if by one pass or a vote. Take the mean "
            "of num_passes passes, each with its own draw."
        )
    if not np.isin(counts, [0, 1, 2, 3]).all():
        raise NotYet(
            f"{what}a mean should be 0, 1, 2 or 3 thirds of 4 x^2; yours came out as "
            f"{show(counts / 3, 80)} of it. Is it a mean, of 3 passes, row by row?"
        )
    if calls != 1:
        raise NotYet(
            f"The mean is right, but the model was called {calls} times for 3 passes. Call it "
            "once, with a batch that holds every row 3 times: dropout draws for each row anew."
        )
    many = as_array(answer(model, features[:2], 400), "The mean prediction").ravel()
    if np.abs(many - 2).max() > 0.6:
        raise NotYet(f"For x = 1 and 400 passes the mean is near 2; yours gave {many}.")


def course_best_epoch(losses, patience):
    """Say which epoch early stopping keeps and which is the last one trained."""
    return _walk(losses, patience, lambda epoch, best: losses[epoch] < losses[best])


def _walk(losses, patience, is_better):
    best = 0
    for epoch in range(1, len(losses)):
        if is_better(epoch, best):
            best = epoch
        if epoch - best >= patience:
            return best, epoch
    return best, len(losses) - 1


STOP_CASES = [
    ([0.61, 0.52, 0.58, 0.55, 0.43], 2),
    ([0.57, 0.93, 0.84, 0.41, 0.76, 0.68, 0.52, 0.36], 3),
    ([0.62, 0.54, 0.54, 0.54, 0.41, 0.47], 2),
    ([0.92, 0.51, 0.73, 0.64, 0.66, 0.48], 4),
    ([0.88, 0.71, 0.79, 0.71, 0.77, 0.69, 0.72], 3),
    ([0.93, 0.72, 0.81, 0.54, 0.63, 0.57, 0.61, 0.42], 2),
    ([0.83, 0.66, 0.74, 0.58, 0.69], 3),
]


def _total_without(losses, patience):
    """Count all epochs without a new lowest loss, whatever comes between them."""
    best, without = 0, 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        elif epoch:
            without += 1
        if without == patience:
            break
    return best, epoch


def _stop_first(losses, patience):
    """Look whether patience is over before looking at the loss of the epoch."""
    best = 0
    for epoch, loss in enumerate(losses):
        if epoch - best >= patience:
            return best, epoch
        if loss < losses[best]:
            best = epoch
    return best, len(losses) - 1


def _then(change):
    """Return the function that changes the right pair (best, last), given the losses, too."""
    return lambda losses, patience: change(*course_best_epoch(losses, patience), losses, patience)


COUNT_FROM_0 = "Epochs count from 0."
STOP_MISTAKES = [
    (
        lambda losses, patience: (int(np.argmin(losses)), len(losses) - 1),
        "Training stops after `patience` epochs in a row without a new lowest loss; what comes "
        "later never happens.",
    ),
    (
        _then(lambda best, last, losses, patience: (int(np.argmin(losses)), last)),
        "The last epoch is right. The best one is looked for among those that were trained.",
    ),
    (
        _then(lambda best, last, losses, patience: (best, len(losses) - 1)),
        "The best epoch is right, but training stops before the end of the list.",
    ),
    (
        _then(lambda best, last, losses, patience: (last, best)),
        "The order is swapped: first the best epoch, then the last.",
    ),
    (_then(lambda best, last, losses, patience: (best + 1, last + 1)), COUNT_FROM_0),
    (
        _then(lambda best, last, losses, patience: (best + 1, last)),
        f"{COUNT_FROM_0} The best one is one too high.",
    ),
    (
        _then(lambda best, last, losses, patience: (best, last + 1)),
        f"{COUNT_FROM_0} The last one is one too high: it is an epoch, not a number of epochs.",
    ),
    (
        _then(lambda best, last, losses, patience: (last, last)),
        "The last epoch is right, but the one to keep is that of the lowest loss.",
    ),
    (
        _then(lambda best, last, losses, patience: (best, best)),
        "The best epoch is right; the last one comes after it, when patience is over.",
    ),
    (
        _then(lambda best, last, losses, patience: (last - best, last)),
        "The first number counts epochs without a new lowest loss; return the best epoch.",
    ),
    (
        _then(lambda best, last, losses, patience: (losses[best], last)),
        "The first number is a loss; return the epoch, its place in the list.",
    ),
    (
        _then(lambda best, last, losses, patience: (losses[best], losses[last])),
        "These are losses; return the epochs, their places in the list.",
    ),
    (
        _then(
            lambda best, last, losses, patience: (
                best,
                last if last - best >= patience else len(losses),
            )
        ),
        "Without a stop, the last epoch is len(losses) - 1: epochs count from 0.",
    ),
    (
        _then(lambda best, last, losses, patience: (best, best + patience)),
        "Without a stop, the last epoch is that of the end of the list.",
    ),
    (
        lambda losses, patience: course_best_epoch(losses, patience + 1),
        "It stopped one epoch too late: it stops as soon as `patience` epochs brought nothing.",
    ),
    (
        lambda losses, patience: course_best_epoch(losses, patience - 1),
        "It stopped one epoch too early: `patience` epochs in a row may bring nothing.",
    ),
    (
        _then(lambda best, last, losses, patience: (best, max(last - 1, 0))),
        "The epoch at which training stops was trained, too: it is the last one.",
    ),
    (
        lambda losses, patience: course_best_epoch(losses, 1),
        "It stopped at the first epoch without a new lowest loss: `patience` is not used.",
    ),
    (
        lambda losses, patience: _walk(losses, patience, lambda e, best: losses[e] <= losses[best]),
        "An equal loss is no new lowest one: it does not reset the count, and of equal ones the "
        "first counts.",
    ),
    (
        lambda losses, patience: _walk(losses, patience, lambda e, best: losses[e] < losses[e - 1]),
        "Compare with the lowest loss so far, not with that of the epoch before.",
    ),
    (
        lambda losses, patience: _walk(losses, patience, lambda e, best: losses[e] > losses[best]),
        "These are losses: the lowest is the best.",
    ),
    (
        _total_without,
        "Count epochs without a new lowest loss in a row: a new lowest one resets the count.",
    ),
    (
        _stop_first,
        "A new lowest loss may come just in time: look at the loss first, then at the count.",
    ),
    (
        lambda losses, patience: (int(np.argmin(losses[: patience + 1])), patience),
        "The count starts anew after each new lowest loss, not once at epoch 0.",
    ),
]


def _stop_steps(losses, patience):
    best, last = course_best_epoch(losses, patience)
    lines, lowest = [], 0
    for epoch in range(last + 1):
        if losses[epoch] < losses[lowest] or not epoch:
            lowest = epoch
            lines.append(f"  epoch {epoch}: {losses[epoch]}, the lowest so far")
        else:
            lines.append(
                f"  epoch {epoch}: {losses[epoch]}, nothing new for {epoch - lowest} of {patience}"
            )
    end = "the list ends" if last - best < patience else "training stops"
    return "\n".join([*lines, f"  Then {end}. The lowest loss was that of epoch {best}."])


@lab.exercise(
    course_best_epoch,
    takeaway="The weights to keep are those of the best epoch, not of the last.",
    hints=[
        "Walk through the losses and remember the epoch of the lowest one so far.",
        "Stop as soon as the current epoch is `patience` epochs after the best one.",
        "`if loss < losses[best]: best = epoch`, then `if epoch - best == patience: return best, "
        "epoch`. After the loop, the last epoch is len(losses) - 1.",
    ],
    seconds=10,
)
def best_epoch(answer):
    pair = _converted(answer, _two_numbers("two epochs, (best, last)"))
    expect_function(
        pair,
        course_best_epoch,
        STOP_CASES,
        what="best and last epoch",
        mistakes=STOP_MISTAKES,
        steps=_stop_steps,
    )
    for losses, patience in (([0.9, 0.7, 0.5], 2), ([0.4, 0.6], 1), ([0.4], 1)):
        expect_close(
            pair(losses, patience),
            course_best_epoch(losses, patience),
            f"best_epoch({losses}, {patience}): best and last epoch",
        )


def course_drop_units(values, keep, training, generator):
    """Apply inverted dropout to a layer's output; the paper's p is the share to keep."""
    if not training:
        return values
    return values * (generator.random(values.shape) < keep) / keep


@lab.exercise(
    course_drop_units,
    takeaway="Four questions for any dropout code: drop or keep, per row, scaled, off at the end?",
    hints=[
        "Try the function on an array of ones with keep = 0.9 and count the zeros. Look at two "
        "rows. Look at the numbers that are left. Then set training=False.",
        "A random number is below keep with probability keep. Each row needs its own numbers.",
        "Return values unchanged unless training; else values * (generator.random(values.shape) "
        "< keep) / keep.",
    ],
    seconds=10,
)
def drop_units(answer):
    values = _values(150, 200)
    draws = [
        _draw(
            answer,
            f"drop_units(values, {keep}, True, generator) for 150 rows of 200 units",
            1 - keep,
            (values, keep, True, np.random.default_rng(1)),
        )
        for keep in (0.9, 0.4)
    ]
    off = as_array(answer(values, 0.4, False, np.random.default_rng(5)), "The result")
    if (off == 0).any() and not any(draw.share for draw in draws):
        raise NotYet(
            "With training=False some values are dropped, with training=True none: it is the wrong "
            "way round."
        )
    for draw in draws:
        _expect_own_masks(draw.got == 0)
    _expect_shares(draws)
    _expect_scales(draws)
    if np.std(np.sum(draws[1].got == 0, axis=1)) < 3:  # a coin for each unit: about 7
        raise NotYet(
            "Every row lost nearly the same number of values. Each value should be dropped or "
            "kept on its own, whatever happens to the others."
        )
    for keep in (0.9, 0.4):
        off = as_array(answer(values, keep, False, np.random.default_rng(5)), "The result")
        if off.shape != values.shape or not np.allclose(off, values):
            raise NotYet(_explain_inference(off, values))
    _expect_generator(_in_training(answer), (values, 0.7))
    few = np.array([[0.7, -1.2], [2.1, 0.4]])
    expect_close(
        answer(few, 1.0, True, np.random.default_rng(0)),
        few,
        "With keep = 1 nothing is dropped: the result",
    )


def _in_training(answer):
    return lambda values, keep, generator: answer(values, keep, True, generator)


def _expect_own_masks(zeros):
    if zeros.all() or not zeros.any():
        return  # the share dropped tells more
    if (zeros == zeros[:, :1]).all():
        raise NotYet("Whole rows were dropped. Each value needs its own draw.")
    num_masks = len(np.unique(zeros, axis=0))
    if num_masks < len(zeros):
        raise NotYet(
            f"{'All' if num_masks == 1 else 'Some'} rows lost the same places. Each row of a batch "
            "needs its own draw: look at the shape of the random numbers."
        )


def _explain_inference(off, values):
    if off.shape == values.shape and (off == 0).any():
        return "With training=False some values are 0: dropout is still active at inference."
    return (
        "With training=False the values should come back as they are; yours changed. Inverted "
        "dropout scales in training, so that nothing is left to do at inference."
    )
