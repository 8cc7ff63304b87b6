"""Checks of lab 04: `from utils.checks import dropout as check`."""

import keras
import numpy as np

from utils.checks.compare import NotYet, as_array, expect_close, show
from utils.checks.framework import Lab
from utils.units import dropout as course

lab = Lab()
hint, summary = lab.hint, lab.summary


@lab.exercise(
    course.dropout,
    takeaway="Drop with probability rate, divide what is left by 1 - rate: the mean stays.",
    hints=[
        "`generator.random(values.shape)` gives one number in [0, 1) per value. What share of "
        "those numbers is at least 0.2?",
        "`kept = generator.random(values.shape) >= rate` is True with probability 1 - rate.",
        "`values * kept / (1 - rate)` drops and scales.",
    ],
)
def dropout(answer):
    values = np.linspace(-2.0, 3.0, 500) * np.ones((200, 1))
    got = _answer_array(answer, (values, 0.2, np.random.default_rng(1)), values.shape)
    what = "dropout(values, 0.2, generator) on an array of shape (200, 500)"
    _expect_own_masks(got)
    _expect_share_dropped(got, values, 0.2, what)
    _expect_scale(got, values, 1.25, what, {1.0: NO_SCALE, 0.8: TIMES_KEEP, 5.0: BY_RATE})
    if (got == 0).sum(axis=1).std() < 2:
        raise NotYet(
            "Every row lost nearly the same number of values. Each value should be dropped or "
            "kept on its own, whatever happens to the others."
        )
    again = as_array(answer(values, 0.2, np.random.default_rng(1)), what)
    other = as_array(answer(values, 0.2, np.random.default_rng(2)), what)
    if not np.array_equal(got, again) or np.array_equal(got, other):
        raise NotYet(
            "The same generator should give the same result, and another generator another one. "
            "Draw the random numbers from `generator`."
        )
    line = np.array([1.0, -2.0, 3.0])
    expect_close(
        answer(line, 0.0, np.random.default_rng(0)), line, f"dropout({line}, 0.0, generator)"
    )
    most = _answer_array(answer, (values, 0.9, np.random.default_rng(3)), values.shape)
    _expect_share_dropped(most, values, 0.9, "dropout(values, 0.9, generator)")
    _expect_scale(most, values, 10.0, "dropout(values, 0.9, generator)", {1.0: NO_SCALE})


def course_sum_moments(values, weights, rate):
    """Return mean and variance of a weighted sum whose values go through inverted dropout."""
    terms = weights * values
    return terms.sum(), rate / (1 - rate) * np.sum(terms**2)


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
)
def sum_moments(answer):
    values, weights, rate = np.array([2.0, -1.0, 3.0]), np.array([1.0, 4.0, 0.5]), 0.2
    terms = weights * values
    mean, squares = terms.sum(), np.sum(terms**2)
    result = answer(values, weights, rate)
    if not isinstance(result, (tuple, list, np.ndarray)) or len(result) != 2:
        raise NotYet(f"Return two numbers, (mean, variance). Yours returned {show(result)}.")
    variance = rate / (1 - rate) * squares
    expect_close(
        np.array([as_array(part, "Mean and variance") for part in result]),
        [mean, variance],
        f"sum_moments({values}, {weights}, 0.2): mean and variance",
        mistakes=[
            ([mean, 4 * squares], "Keep and drop are swapped: 1 - rate of the values are kept."),
            ([mean, np.sqrt(variance)], "This is the standard deviation; square it."),
            (
                [mean, rate * (1 - rate) * squares],
                "The variance is that of dropout without scaling: the kept values are larger.",
            ),
            ([0.8 * mean, variance], "The mean is not lowered: scaling makes up for the drops."),
            (
                [0.8 * mean, rate * (1 - rate) * squares],
                "These are the moments without scaling: divide the kept values by 1 - rate.",
            ),
            (
                [mean, 0.25 * mean**2],
                "You squared the sum. The terms are dropped one by one: square each, then add.",
            ),
            (
                [mean, 0.25 * np.sum(values**2)],
                "The weights are missing in the variance.",
            ),
            (
                [mean, 0.25 * np.sum(weights * values**2)],
                "A weight counts squared in a variance.",
            ),
            ([mean, squares / 0.8], "This is the mean of the square; subtract the squared mean."),
        ],
    )
    expect_close(
        answer(np.array([3.0]), np.array([1.0]), 0.5), (3, 9), "sum_moments([3], [1], 0.5)"
    )
    expect_close(answer(values, weights, 0.0), (mean, 0), "With rate 0: mean and variance")


@keras.saving.register_keras_serializable("checks")
class _Square(keras.layers.Layer):
    def call(self, inputs):
        return keras.ops.square(inputs)


def _square_model():
    """Return a model whose passes are known: 0 or (2x)^2, one as likely as the other."""
    number = keras.Input((1,))
    return keras.Model(number, _Square()(keras.layers.Dropout(0.5, seed=7)(number)))


def course_monte_carlo_mean(model, features, num_passes):
    """Return the mean prediction of many passes with dropout left on."""
    return course.monte_carlo(model, features, num_passes).mean(axis=0)


@lab.exercise(
    course_monte_carlo_mean,
    takeaway="Each pass asks another thinned network; the mean is the vote of all of them.",
    hints=[
        "`model.predict` and a plain `model(features)` switch dropout off. Which argument of the "
        "call leaves it on?",
        "`np.asarray(model(features, training=True)).ravel()` is one pass, shape (num_rows,). "
        "Collect num_passes of them.",
        "Stack the passes to shape (num_passes, num_rows) and take the mean over axis 0.",
    ],
)
def monte_carlo_mean(answer):
    features = np.repeat([[1.0], [3.0]], 300, axis=0).astype("float32")
    model = _square_model()
    what = (
        "The check uses a model that gives x^2, with dropout 0.5 on x: a pass gives 0 or 4 x^2. "
        "For 600 rows and 3 passes, "
    )
    got = as_array(answer(model, features, 3), "The mean prediction")
    if got.shape not in ((600,), (600, 1)):
        raise NotYet(f"{what}the result should have the shape (600,); yours has {got.shape}.")
    passes = 3 * got.ravel() / (4 * features.ravel() ** 2)  # how many of 3 passes kept the row
    if np.allclose(passes, 3 / 4, atol=1e-3):
        raise NotYet(
            f"{what}every row came out as exactly x^2: dropout was off. "
            "Call the model with training=True."
        )
    counts = np.unique(passes.round(3))
    if not np.isin(counts, [0, 1, 2, 3]).all() or len(counts) < 4:
        raise NotYet(_explain_passes(counts, what))
    many = as_array(answer(model, features[:2], 400), "The mean prediction").ravel()
    if np.abs(many - 2).max() > 0.6:
        raise NotYet(f"For x = 1 and 400 passes the mean is near 2; yours gave {many}.")


def _explain_passes(counts, what):
    if np.isin(counts, [0, 3]).all():
        return (
            f"{what}every row came out as 0 or 4 x^2, as if by one pass or a vote. Take the mean "
            "of num_passes passes, each with its own draw."
        )
    if np.isin(counts / 3, [0, 1, 2, 3]).all():
        return f"{what}this is the sum of the passes; divide by num_passes."
    if len(counts) == 1:
        return f"{what}all rows got one number: take the mean over the passes, not the rows."
    return (
        f"{what}a mean should be 0, 1, 2 or 3 thirds of 4 x^2; yours came out as "
        f"{show(counts / 3, 80)} of it. Is it a mean, of 3 passes, row by row?"
    )


def course_best_epoch(losses, patience):
    """Say which epoch early stopping keeps and which is the last one trained."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            return best, epoch
    return best, len(losses) - 1


@lab.exercise(
    course_best_epoch,
    takeaway="The weights to keep are those of the best epoch, not of the last.",
    hints=[
        "Walk through the losses and remember the epoch of the lowest one so far.",
        "Stop as soon as the current epoch is `patience` epochs after the best one.",
        "`if loss < losses[best]: best = epoch`, then `if epoch - best == patience: return best, "
        "epoch`. After the loop, the last epoch is len(losses) - 1.",
    ],
)
def best_epoch(answer):
    for losses, patience, expected, mistakes in EARLY_STOPPING:
        result = answer(losses, patience)
        if not isinstance(result, (tuple, list, np.ndarray)) or len(result) != 2:
            raise NotYet(f"Return two epochs, (best, last). Yours returned {show(result)}.")
        expect_close(
            np.array([as_array(part, "An epoch") for part in result]),
            expected,
            f"best_epoch({losses}, {patience}): best and last epoch",
            mistakes,
        )


EARLY_STOPPING = [
    (
        [0.6, 0.5, 0.55, 0.52, 0.4],
        2,
        (1, 3),
        [
            ((4, 4), "Training stopped at epoch 3: two epochs in a row without a new lowest loss."),
            ((3, 1), "The order is swapped: first the best epoch, then the last."),
            ((2, 4), "Epochs count from 0."),
            ((3, 3), "The last epoch is right, but the one to keep is that of the lowest loss."),
            ((1, 2), "It stopped one epoch too early: patience is 2."),
            ((1, 4), "It stopped too late: epochs 2 and 3 make two without a new lowest loss."),
            ((0.5, 3), "The first number is a loss; return the epoch, its place in the list."),
        ],
    ),
    (
        [0.6, 0.5, 0.5, 0.5, 0.4],
        2,
        (1, 3),
        [
            ((4, 4), "An equal loss is no new lowest one: it does not reset the count."),
            ((3, 3), "Of equal losses the first counts."),
        ],
    ),
    (
        [0.5, 0.9, 0.8, 0.4, 0.7, 0.6, 0.5],
        3,
        (3, 6),
        [
            (
                (0, 3),
                "Epoch 3 brought a new lowest loss just in time. Compare first, then stop.",
            ),
            (
                (3, 4),
                "Count epochs without a new lowest loss in a row: epoch 3 resets the count.",
            ),
            (
                (0, 2),
                "It stopped one epoch too early: with patience 3, epochs 1, 2 and 3 may all fail.",
            ),
            (
                (3, 5),
                "The count starts anew after epoch 3: epochs 4, 5 and 6 are the three without.",
            ),
        ],
    ),
    (
        [0.9, 0.5, 0.7, 0.6, 0.65],
        3,
        (1, 4),
        [
            (
                (1, 3),
                "It stopped too early: three epochs in a row without a new lowest loss are "
                "allowed, and the third is epoch 4.",
            ),
        ],
    ),
    ([0.9, 0.7, 0.5], 2, (2, 2), []),
    ([0.4], 1, (0, 0), []),
]


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
)
def drop_units(answer):
    values = np.linspace(1.0, 2.0, 400) * np.ones((200, 1))
    case = (values, 0.9, True, np.random.default_rng(5))
    got = _answer_array(answer, case, values.shape)
    what = "drop_units(values, keep=0.9, training=True, generator)"
    _expect_share_dropped(got, values, 0.1, what)
    _expect_own_masks(got)
    _expect_scale(
        got,
        values,
        1 / 0.9,
        what,
        {1.0: NO_SCALE, 0.9: TIMES_KEEP, 10.0: "The kept values are divided by 1 - keep."},
    )
    off = as_array(answer(values, 0.9, False, np.random.default_rng(5)), what)
    if off.shape != values.shape or not np.allclose(off, values):
        raise NotYet(_explain_inference(off, values))
    half = _answer_array(answer, (values, 0.6, True, np.random.default_rng(6)), values.shape)
    _expect_share_dropped(half, values, 0.4, "With keep = 0.6, the result")
    _expect_scale(half, values, 1 / 0.6, "With keep = 0.6, the result", {1.0: NO_SCALE})


NO_SCALE = "The values that are left are not scaled up, so that the mean falls."
TIMES_KEEP = "The values that are left were multiplied where they should be divided."
BY_RATE = "They are divided by rate; divide by the share that is kept, 1 - rate."


def _answer_array(answer, arguments, shape):
    got = as_array(answer(*arguments), "The result")
    if got.shape != shape:
        raise NotYet(f"The result should have the shape {shape}; yours has {got.shape}.")
    return got


def _expect_share_dropped(got, values, rate, what):
    share = np.mean((got == 0)[values != 0])
    if abs(share - rate) < 0.02:
        return
    if abs(share - (1 - rate)) < 0.02:
        why = " Keep and drop are swapped."
    elif share == 0:
        why = " Nothing was dropped."
    else:
        why = ""
    raise NotYet(f"{what} should hold about {rate:.0%} zeros; yours holds {share:.0%}.{why}")


def _expect_own_masks(got):
    zeros = got == 0
    if zeros.all() or not zeros.any():
        return  # the share dropped tells more
    if (zeros == zeros[0]).all():
        raise NotYet(
            "All rows lost the same places. Each row of a batch needs its own draw: "
            "look at the shape of the random numbers."
        )
    if (zeros == zeros[:, :1]).all():
        raise NotYet("Whole rows were dropped. Each value needs its own draw.")


def _expect_scale(got, values, scale, what, mistakes):
    left = got != 0
    factors = got[left] / values[left]
    if np.allclose(factors, scale, rtol=1e-4):
        return
    why = next((text for wrong, text in mistakes.items() if np.allclose(factors, wrong)), "")
    found = f"{factors.min():.3f} to {factors.max():.3f}" if np.ptp(factors) > 1e-6 else ""
    raise NotYet(
        f"{what}: the values that are left should be {scale:.3f} times what they were; yours are "
        f"{found or f'{factors[0]:.3f}'} times that. {why}"
    )


def _explain_inference(off, values):
    if off.shape == values.shape and (off == 0).any():
        return "With training=False some values are 0: dropout is still active at inference."
    return (
        "With training=False the values should come back as they are; yours changed. Inverted "
        "dropout scales in training, so that nothing is left to do at inference."
    )
