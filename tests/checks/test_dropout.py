"""What the checks of lab 04 say to right, wrong and odd answers."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from attempts import changed, judge, table, with_stub_and_solution

from utils.checks import dropout as check
from utils.checks.compare import NotYet, expect_function

FILMS = "def drop_films(vectors, rate, generator):\n    "
COLUMN = (
    FILMS
    + """kept = generator.random((len(vectors), 1)) >= rate
    return vectors * kept / (1 - rate)
"""
)
SUM = "def sum_moments(x, w, rate):\n    "
MOMENTS = SUM + "return w @ x, rate / (1 - rate) * np.sum((w * x) ** 2)"
MEAN = "def monte_carlo_mean(model, features, num_passes):\n    "
AT_ONCE = (
    MEAN
    + """rows = np.tile(features, (num_passes, 1))
    passes = np.asarray(model(rows, training=True)).reshape(num_passes, -1)
    return passes.mean(axis=0)
"""
)
BEST = "def best_epoch(losses, patience):\n    "
UNITS = "def drop_units(values, keep, training, generator):\n    "

STOP = (
    BEST
    + """best, wait = 0, 0
    for epoch in range(len(losses)):
        if epoch == 0 or losses[epoch] < losses[best]:
            best, wait = epoch, 0
        else:
            wait += 1
        if wait >= patience:
            break
    return best, epoch
"""
)
REPAIRED = (
    UNITS
    + """if not training:
        return values
    mask = generator.random(values.shape) < keep
    return values * mask / keep
"""
)


ATTEMPTS = [
    *table(
        "drop_films",
        [
            ("a column", "right", COLUMN),
            (
                "np.where, as a table",
                "right",
                FILMS + "gone = generator.uniform(size=len(vectors)) < rate\n"
                "    return pd.DataFrame(np.where(gone[:, None], 0, vectors / (1 - rate)))",
            ),
            (
                "a copy, then in place",
                "right",
                FILMS + "vectors = vectors / (1 - rate)\n"
                "    vectors[generator.random(len(vectors)) < rate] = 0\n    return vectors",
            ),
            (
                "a loop, as a list",
                "right",
                FILMS + "return [[0] * len(film) if generator.random() < rate else "
                "list(film / (1 - rate))\n            for film in vectors]",
            ),
            (
                "the dropout of the lecture on a column of ones",
                "right",
                "from utils.units import dropout as course\n\n"
                + FILMS
                + "return vectors * course.dropout(np.ones((len(vectors), 1)), rate, generator)",
            ),
            (
                "single numbers",
                "not yet",
                changed(COLUMN, "(len(vectors), 1)", "vectors.shape"),
                ("Single numbers were dropped", "Row 0 was [-1.46 -0.9   0.56], yours is"),
            ),
            (
                "whole columns",
                "not yet",
                changed(COLUMN, "(len(vectors), 1)", "vectors.shape[1]"),
                ("All films lost the same column",),
            ),
            (
                "a row for a column",
                "raised",
                changed(COLUMN, "(len(vectors), 1)", "len(vectors)"),
                ("could not be broadcast",),
            ),
            (
                "one draw for all",
                "not yet",
                changed(COLUMN, "(len(vectors), 1)", ""),
                ("as if one draw decided for all",),
            ),
            (
                "keep and drop swapped",
                "not yet",
                changed(COLUMN, ">= rate", "< rate"),
                ("Keep and drop are swapped", "20% zeros; yours holds 80%"),
            ),
            (
                "one half, whatever the rate",
                "not yet",
                changed(COLUMN, ">= rate", ">= 0.5"),
                ("yours holds 50%", "below a number p with probability p"),
            ),
            (
                "not scaled",
                "not yet",
                changed(COLUMN, " / (1 - rate)", ""),
                ("not scaled up", "1.250"),
            ),
            (
                "scaled the wrong way",
                "not yet",
                changed(COLUMN, "/ (1 - rate)", "* (1 - rate)"),
                ("multiplied where they should be divided",),
            ),
            (
                "divided by rate",
                "not yet",
                changed(COLUMN, "/ (1 - rate)", "/ rate"),
                ("divided by the share that is dropped",),
            ),
            (
                "divided by what was kept",
                "not yet",
                changed(COLUMN, "/ (1 - rate)", "/ kept.mean()"),
                ("the share that happened to be kept",),
            ),
            (
                "the mask alone",
                "not yet",
                changed(COLUMN, "vectors * kept", "np.ones_like(vectors) * kept"),
                ("multiply the values by it",),
            ),
            (
                "the mean for dropped",
                "not yet",
                changed(COLUMN, "vectors * kept", "np.where(kept, vectors, vectors.mean(axis=0))"),
                ("becomes exactly 0",),
            ),
            (
                "NaN for dropped",
                "not yet",
                changed(COLUMN, "vectors * kept", "np.where(kept, vectors, np.nan)"),
                ("what is dropped should be 0; yours holds nan",),
            ),
            (
                "the same number of films each time",
                "not yet",
                FILMS + "kept = generator.permutation(len(vectors)) >= rate * len(vectors)\n"
                "    return vectors * kept[:, None] / (1 - rate)",
                ("on its own",),
            ),
            (
                "the first films",
                "not yet",
                FILMS + "kept = np.arange(len(vectors)) >= rate * len(vectors)\n"
                "    return vectors * kept[:, None] / (1 - rate)",
                ("Draw the random numbers from `generator`",),
            ),
            (
                "another generator",
                "not yet",
                changed(COLUMN, "generator.random(", "np.random.random("),
                ("none from np.random",),
            ),
            (
                "always the same draw",
                "not yet",
                changed(COLUMN, "generator.random(", "np.random.default_rng(0).random("),
                ("not from one with a seed of its own",),
            ),
            (
                "the kept films alone",
                "not yet",
                FILMS + "return vectors[generator.random(len(vectors)) >= rate] / (1 - rate)",
                ("shape of its input, (4000, 3)",),
            ),
            ("nothing", "not yet", FILMS + "return vectors", ("Nothing was dropped",)),
            ("no return", "not yet", FILMS + "vectors * 2", ("It has no `return`.",)),
            (
                "the input is changed",
                "not yet",
                FILMS + "vectors[generator.random(len(vectors)) < rate] = 0\n"
                "    return vectors / (1 - rate)",
                ("changed its input `vectors`",),
            ),
        ],
    ),
    *table(
        "sum_moments",
        [
            (
                "dot products",
                "right",
                SUM + "return w @ x, (w**2) @ (x**2) / (1 - rate) - (w**2) @ (x**2)",
            ),
            (
                "a loop",
                "right",
                SUM + "mean = variance = 0\n    for a, b in zip(x, w):\n        mean += a * b\n"
                "        variance += (a * b) ** 2 * rate / (1 - rate)\n    return [mean, variance]",
            ),
            (
                "arrays with one entry",
                "right",
                SUM + "terms = (w * x)[None]\n"
                "    return terms.sum(1), rate / (1 - rate) * (terms**2).sum(1)",
            ),
            (
                "a tensor",
                "right",
                SUM + "terms = keras.ops.convert_to_tensor(w * x)\n"
                "    variance = rate / (1 - rate) * keras.ops.sum(terms**2)\n"
                "    return keras.ops.stack([keras.ops.sum(terms), variance])",
            ),
            (
                "keep and drop swapped",
                "not yet",
                changed(MOMENTS, "rate / (1 - rate)", "(1 - rate) / rate"),
                ("Keep and drop are swapped",),
            ),
            (
                "standard deviation",
                "not yet",
                SUM + "return w @ x, np.sqrt(rate / (1 - rate) * np.sum((w * x) ** 2))",
                ("standard deviation; square it",),
            ),
            (
                "without scaling",
                "not yet",
                SUM + "return (1 - rate) * (w @ x), rate * (1 - rate) * np.sum((w * x) ** 2)",
                ("moments without scaling",),
            ),
            (
                "variance without scaling",
                "not yet",
                changed(MOMENTS, "rate / (1 - rate)", "rate * (1 - rate)"),
                ("dropout without scaling",),
            ),
            (
                "mean lowered",
                "not yet",
                changed(MOMENTS, "w @ x", "(1 - rate) * w @ x"),
                ("The mean is not lowered",),
            ),
            (
                "square of the sum",
                "not yet",
                SUM + "return w @ x, rate / (1 - rate) * (w @ x) ** 2",
                ("square each, then add",),
            ),
            (
                "weights forgotten",
                "not yet",
                changed(MOMENTS, "(w * x)", "x"),
                ("weights are missing in the variance",),
            ),
            (
                "mean of the square",
                "not yet",
                changed(MOMENTS, "rate / (1 - rate)", "1 / (1 - rate)"),
                ("subtract the squared mean",),
            ),
            (
                "squared mean of the sum",
                "not yet",
                SUM + "return w @ x, np.sum((w * x) ** 2) / (1 - rate) - (w @ x) ** 2",
                ("subtracted term by term",),
            ),
            (
                "spread of the terms",
                "not yet",
                SUM + "return np.sum(w * x), np.var(w * x)",
                ("how the sum changes from draw to draw",),
            ),
            (
                "the terms",
                "not yet",
                SUM + "return w * x, rate / (1 - rate) * (w * x) ** 2",
                ("means and the variances of the terms: add them up",),
            ),
            (
                "half the variance",
                "not yet",
                changed(MOMENTS, "rate / (1 - rate)", "rate / (1 - rate) / 2"),
                ("variance 0.2 * (0 - 1.2)^2 + 0.8 * (1.5 - 1.2)^2 = 0.36", "variances add up"),
            ),
            (
                "for two terms only",
                "not yet",
                SUM + "return w[:2] @ x[:2], rate / (1 - rate) * np.sum((w[:2] * x[:2]) ** 2)",
                ("0.5 * 2.2 = 1.1 becomes 0 with probability 0.35",),
            ),
            (
                "divided by the rate",
                "raised",
                SUM + "keep = float(1 - rate)\n"
                "    return w @ x, np.sum((w * x) ** 2) * rate / keep * (rate / rate)",
                ("ZeroDivisionError", "rate = 0.0"),
            ),
            ("one number", "not yet", SUM + "return w @ x", ("Return two numbers",)),
            ("text", "not yet", SUM + "return 'mean', 'variance'", ("should be numbers",)),
        ],
    ),
    *table(
        "monte_carlo_mean",
        [
            ("tile", "right", AT_ONCE),
            (
                "repeat, as a tensor",
                "right",
                MEAN + "rows = keras.ops.repeat(features, num_passes, axis=0)\n"
                "    out = keras.ops.reshape(model(rows, training=True), (-1, num_passes))\n"
                "    return keras.ops.mean(out, axis=1)",
            ),
            (
                "a column",
                "right",
                MEAN + "rows = np.concatenate([features] * num_passes)\n"
                "    out = np.asarray(model(rows, training=True))\n"
                "    return np.mean(np.split(out, num_passes), axis=0)",
            ),
            (
                "the loop of the lecture",
                "not yet",
                MEAN + "return np.mean([np.ravel(model(features, training=True)) "
                "for _ in range(num_passes)], axis=0)",
                ("called 3 times for 3 passes",),
            ),
            (
                "dropout off",
                "not yet",
                changed(AT_ONCE, ", training=True", ""),
                ("dropout was off", "training=True"),
            ),
            (
                "predict",
                "not yet",
                MEAN + "return model.predict(features, verbose=0)",
                ("dropout was off",),
            ),
            (
                "one pass",
                "not yet",
                MEAN + "return np.ravel(model(features, training=True))",
                ("as if by one pass",),
            ),
            (
                "the same pass many times",
                "not yet",
                MEAN + "one = np.ravel(model(features, training=True))\n"
                "    return np.tile(one, (num_passes, 1)).mean(axis=0)",
                ("as if by one pass",),
            ),
            (
                "median",
                "not yet",
                changed(AT_ONCE, "passes.mean(axis=0)", "np.median(passes, axis=0)"),
                ("a vote",),
            ),
            (
                "repeat, reshaped as if by tile",
                "not yet",
                changed(
                    AT_ONCE,
                    "np.tile(features, (num_passes, 1))",
                    "np.repeat(features, num_passes, axis=0)",
                ),
                ("The rows are mixed up", "should be\n[0.25 1.44 4.  ]"),
            ),
            (
                "tile, reshaped as if by repeat",
                "not yet",
                changed(AT_ONCE, "reshape(num_passes, -1)", "reshape(-1, num_passes).T"),
                ("The rows are mixed up",),
            ),
            (
                "sum",
                "not yet",
                changed(AT_ONCE, "passes.mean", "passes.sum"),
                ("divide by num_passes",),
            ),
            (
                "mean over the rows",
                "not yet",
                changed(AT_ONCE, "mean(axis=0)", "mean(axis=1)"),
                ("mean over the rows for each pass", "shape (3,); yours has (2,)"),
            ),
            (
                "all passes",
                "not yet",
                changed(AT_ONCE, "passes.mean(axis=0)", "passes"),
                ("These are all passes",),
            ),
            (
                "spread",
                "not yet",
                changed(AT_ONCE, "passes.mean", "passes.std"),
                ("Each of the 2 passes gives [0.25 1.44 4.  ]",),
            ),
            (
                "another number of passes",
                "not yet",
                changed(
                    AT_ONCE,
                    "    passes =",
                    "    num_passes = 100\n    passes =",
                    "(num_passes, 1)",
                    "(100, 1)",
                ),
                ("of 3 passes",),
            ),
            (
                "tiled to the right",
                "raised",
                changed(AT_ONCE, "(num_passes, 1)", "num_passes"),
                ("expected shape=(None, 2), found shape=(3, 4)",),
            ),
            (
                "training for predict",
                "raised",
                MEAN + "return model.predict(features, training=True)",
                ("TypeError", "num_passes = 2"),
            ),
        ],
    ),
    *table(
        "best_epoch",
        [
            ("a counter", "right", STOP),
            (
                "slices",
                "right",
                BEST + "for last in range(len(losses)):\n"
                "        best = losses.index(min(losses[: last + 1]))\n"
                "        if last - best >= patience:\n            return [best, last]\n"
                "    return [best, last]",
            ),
            (
                "numpy",
                "right",
                BEST + "bests = np.array([np.argmin(losses[: n + 1]) for n in range(len(losses))])"
                "\n    stops = np.flatnonzero(np.arange(len(losses)) - bests >= patience)\n"
                "    last = stops[0] if len(stops) else len(losses) - 1\n"
                "    return bests[last], last",
            ),
            (
                "lowest of all",
                "not yet",
                BEST + "return int(np.argmin(losses)), len(losses) - 1",
                ("what comes later never happens",),
            ),
            ("swapped", "not yet", changed(STOP, "best, epoch\n", "epoch, best\n"), ("order",)),
            (
                "from 1",
                "not yet",
                changed(STOP, "return best, epoch", "return best + 1, epoch + 1"),
                ("Epochs count from 0",),
            ),
            (
                "the last epoch is kept",
                "not yet",
                changed(STOP, "return best, epoch", "return epoch, epoch"),
                ("the one to keep",),
            ),
            (
                "one too early",
                "not yet",
                changed(STOP, ">= patience", "+ 1 >= patience"),
                ("one epoch too early",),
            ),
            (
                "one too late",
                "not yet",
                changed(STOP, ">= patience", "> patience"),
                ("one epoch too late",),
            ),
            (
                "ties count as better",
                "not yet",
                changed(STOP, "< losses[best]", "<= losses[best]"),
                ("An equal loss is no new lowest one",),
            ),
            (
                "the count is never reset",
                "not yet",
                changed(STOP, "best, wait = epoch, 0", "best = epoch"),
                ("resets the count",),
            ),
            (
                "compared with the epoch before",
                "not yet",
                changed(STOP, "< losses[best]", "< losses[epoch - 1]"),
                ("Compare with the lowest loss so far",),
            ),
            (
                "stopped before looking",
                "not yet",
                BEST + "best = 0\n    for epoch, loss in enumerate(losses):\n"
                "        if epoch - best >= patience:\n            break\n"
                "        if loss < losses[best]:\n            best = epoch\n"
                "    return best, epoch",
                ("may come just in time",),
            ),
            (
                "the highest",
                "not yet",
                changed(STOP, "< losses[best]", "> losses[best]"),
                ("the lowest is the best",),
            ),
            (
                "beyond the end of the list",
                "not yet",
                changed(STOP, "return best, epoch", "return best, best + patience"),
                ("Without a stop",),
            ),
            (
                "a number of epochs",
                "not yet",
                changed(STOP, "return best, epoch", "return best, epoch + 1"),
                ("not a number of epochs",),
            ),
            (
                "floats",
                "right",
                changed(STOP, "return best, epoch", "return float(best), 1.0 * epoch"),
            ),
            (
                "the loss",
                "not yet",
                changed(STOP, "return best, epoch", "return losses[best], epoch"),
                ("The first number is a loss",),
            ),
            (
                "never stopped",
                "not yet",
                BEST + "return losses.index(min(losses)), losses.index(min(losses)) + patience",
                ("epoch 3: 0.55, nothing new for 2 of 2", "Then training stops"),
            ),
            ("one number", "not yet", BEST + "return 1", ("Return two epochs",)),
            (
                "beyond the end",
                "raised",
                BEST + "return losses[len(losses)], 0",
                ("IndexError", "patience = 2"),
            ),
        ],
    ),
    *table(
        "drop_units",
        [
            ("repaired", "right", REPAIRED),
            (
                "binomial",
                "right",
                UNITS + "keep = keep if training else 1\n"
                "    return values / keep * generator.binomial(1, keep, values.shape)",
            ),
            (
                "by rate",
                "right",
                UNITS + "if training:\n        rate = 1 - keep\n"
                "        gone = generator.random(values.shape) < rate\n"
                "        values = np.where(gone, 0, values / (1 - rate))\n    return values",
            ),
            (
                "a seed of its own",
                "not yet",
                UNITS + "layer = keras.layers.Dropout(1 - keep, seed=1)\n"
                "    return layer(values, training=training)",
                ("not from one with a seed of its own",),
            ),
            (
                "np.random",
                "not yet",
                changed(REPAIRED, "generator.random", "np.random.random"),
                ("none from np.random",),
            ),
            (
                "the same number in each row",
                "not yet",
                changed(
                    REPAIRED,
                    "generator.random(values.shape) < keep",
                    "generator.random(values.shape).argsort().argsort() < keep * values.shape[1]",
                ),
                ("on its own",),
            ),
            (
                "unchanged",
                "not yet",
                UNITS + "mask = generator.random(values.shape[1]) < 1 - keep\n"
                "    return values * mask",
                ("All rows lost the same places",),
            ),
            (
                "still swapped",
                "not yet",
                changed(REPAIRED, "< keep", "< 1 - keep"),
                ("10% zeros; yours holds 90%", "Keep and drop are swapped"),
            ),
            (
                "swapped with the matching scale",
                "not yet",
                changed(changed(REPAIRED, "< keep", "< 1 - keep"), "/ keep", "/ (1 - keep)"),
                ("Keep and drop are swapped",),
            ),
            (
                "still one mask",
                "not yet",
                changed(REPAIRED, "values.shape)", "values.shape[1])"),
                ("All rows lost the same places",),
            ),
            (
                "still not scaled",
                "not yet",
                changed(REPAIRED, " / keep", ""),
                ("not scaled up",),
            ),
            (
                "scaled the wrong way",
                "not yet",
                changed(REPAIRED, "/ keep", "* keep"),
                ("multiplied where they should be divided",),
            ),
            (
                "divided by the share dropped",
                "not yet",
                changed(REPAIRED, "/ keep", "/ (1 - keep)"),
                ("divided by the share that is dropped",),
            ),
            (
                "still on at inference",
                "not yet",
                changed(REPAIRED, "not training", "False"),
                ("still active at inference",),
            ),
            (
                "scaled at inference as in the paper",
                "not yet",
                changed(REPAIRED, "return values\n", "return values * keep\n"),
                ("nothing is left to do at inference",),
            ),
            (
                "training the wrong way round",
                "not yet",
                changed(REPAIRED, "not training", "training"),
                ("the wrong way round",),
            ),
        ],
    ),
]


@pytest.mark.parametrize("attempt", with_stub_and_solution("04_dropout", ATTEMPTS), ids=str)
def test_attempt(attempt):
    judge(check, attempt)


@pytest.mark.parametrize(
    ("right", "cases", "mistakes"),
    [
        pytest.param(
            check.course_sum_moments, check.MOMENT_CASES, check.MOMENT_MISTAKES, id="moments"
        ),
        pytest.param(
            lambda features, num_passes: features[:, 0] ** 2,
            check.ROW_CASES,
            check.ROW_MISTAKES,
            id="rows",
        ),
        pytest.param(check.course_best_epoch, check.STOP_CASES, check.STOP_MISTAKES, id="stop"),
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


def test_dropping_films_keeps_the_mean():
    generator = np.random.default_rng(0)
    films = np.array([[1.5, -0.4], [0.3, 2.2]])
    draws = [check.course_drop_films(films, 0.4, generator) for _ in range(20_000)]
    assert np.mean(draws, axis=0) == pytest.approx(films, abs=0.05)


def test_best_epoch_agrees_with_keras():
    rng = np.random.default_rng(0)
    for _ in range(200):
        losses = rng.integers(0, 8, rng.integers(1, 12)).tolist()
        patience = int(rng.integers(1, 4))
        stopper = keras.callbacks.EarlyStopping("val_loss", patience=patience, mode="min")
        stopper.set_model(SimpleNamespace(stop_training=False, get_weights=list))
        stopper.on_train_begin()
        for epoch, loss in enumerate(losses):
            stopper.on_epoch_end(epoch, {"val_loss": loss})
            if stopper.model.stop_training:
                break
        assert check.course_best_epoch(losses, patience) == (stopper.best_epoch, epoch)


def test_sum_moments_agree_with_draws():
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=6), rng.normal(size=6)
    draws = values * (rng.random((200_000, 6)) >= 0.3) / 0.7 @ weights
    mean, variance = check.course_sum_moments(values, weights, 0.3)
    assert draws.mean() == pytest.approx(mean, abs=0.02)
    assert draws.var() == pytest.approx(variance, rel=0.02)
