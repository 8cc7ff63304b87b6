"""What the checks of lab 04 say to right, wrong and odd answers."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
from attempts import changed, judge, table, with_stub_and_solution

from utils.checks import dropout as check

DROP = "def dropout(values, rate, generator):\n    "
SUM = "def sum_moments(x, w, rate):\n    "
MEAN = "def monte_carlo_mean(model, features, num_passes):\n    "
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
        "dropout",
        [
            (
                "binomial mask",
                "right",
                DROP + "return values * generator.binomial(1, 1 - rate, values.shape) / (1 - rate)",
            ),
            (
                "np.where",
                "right",
                DROP + "gone = generator.uniform(size=values.shape) < rate\n"
                "    return np.where(gone, 0, values / (1 - rate))",
            ),
            (
                "a copy, then in place",
                "right",
                DROP + "values = values / (1 - rate)\n"
                "    values[generator.random(values.shape) < rate] = 0\n    return values",
            ),
            (
                "a loop, as a list",
                "right",
                DROP + "if values.ndim > 1:\n"
                "        return [dropout(row, rate, generator) for row in values]\n"
                "    return [0 if generator.random() < rate else v / (1 - rate) for v in values]",
            ),
            (
                "keep and drop swapped",
                "not yet",
                DROP + "return values * (generator.random(values.shape) < rate) / rate",
                ("Keep and drop are swapped", "20% zeros; yours holds 80%"),
            ),
            (
                "not scaled",
                "not yet",
                DROP + "return values * (generator.random(values.shape) >= rate)",
                ("not scaled up", "1.250"),
            ),
            (
                "scaled the wrong way",
                "not yet",
                DROP + "return values * (generator.random(values.shape) >= rate) * (1 - rate)",
                ("multiplied where they should be divided",),
            ),
            (
                "divided by rate",
                "not yet",
                DROP + "return values * (generator.random(values.shape) >= rate) / rate",
                ("divided by rate",),
            ),
            (
                "one mask for all rows",
                "not yet",
                DROP + "return values * (generator.random(values.shape[-1]) >= rate) / (1 - rate)",
                ("All rows lost the same places",),
            ),
            (
                "whole rows",
                "not yet",
                DROP + "kept = generator.random(len(values)) >= rate\n"
                "    return (values.T * kept).T / (1 - rate)",
                ("Whole rows were dropped",),
            ),
            (
                "the same number in each row",
                "not yet",
                DROP + "order = generator.random(values.shape).argsort(-1).argsort(-1)\n"
                "    return values * (order >= rate * values.shape[-1]) / (1 - rate)",
                ("on its own",),
            ),
            (
                "another generator",
                "not yet",
                DROP + "return values * (np.random.random(values.shape) >= rate) / (1 - rate)",
                ("Draw the random numbers from `generator`",),
            ),
            (
                "always the same draw",
                "not yet",
                DROP + "r = np.random.default_rng(0).random(values.shape)\n"
                "    return values * (r >= rate) / (1 - rate)",
                ("Draw the random numbers from `generator`",),
            ),
            (
                "the kept values alone",
                "not yet",
                DROP + "return values[generator.random(values.shape) >= rate] / (1 - rate)",
                ("should have the shape (200, 500)",),
            ),
            ("nothing", "not yet", DROP + "return values", ("Nothing was dropped",)),
            ("no return", "not yet", DROP + "values * 2", ("It has no `return`.",)),
            (
                "the generator as a function",
                "raised",
                DROP + "return values * (generator(values.shape) >= rate)",
                ("TypeError", "rate = 0.2"),
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
                "keep and drop swapped",
                "not yet",
                SUM + "return w @ x, (1 - rate) / rate * np.sum((w * x) ** 2) if rate else 0",
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
                SUM + "return w @ x, rate * (1 - rate) * np.sum((w * x) ** 2)",
                ("dropout without scaling",),
            ),
            (
                "mean lowered",
                "not yet",
                SUM + "return (1 - rate) * (w @ x), rate / (1 - rate) * np.sum((w * x) ** 2)",
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
                SUM + "return w @ x, rate / (1 - rate) * np.sum(x**2)",
                ("weights are missing in the variance",),
            ),
            (
                "mean of the square",
                "not yet",
                SUM + "return w @ x, np.sum((w * x) ** 2) / (1 - rate)",
                ("subtract the squared mean",),
            ),
            ("one number", "not yet", SUM + "return w @ x", ("Return two numbers",)),
            ("text", "not yet", SUM + "return 'mean', 'variance'", ("should be numbers",)),
        ],
    ),
    *table(
        "monte_carlo_mean",
        [
            (
                "running sum",
                "right",
                MEAN + "total = 0\n    for _ in range(num_passes):\n"
                "        total = total + model(features, training=True).numpy()[:, 0]\n"
                "    return total / num_passes",
            ),
            (
                "all passes in one call, as a tensor",
                "right",
                MEAN + "rows = np.tile(features, (num_passes, 1))\n"
                "    out = keras.ops.reshape(model(rows, training=True), (num_passes, -1))\n"
                "    return keras.ops.mean(out, axis=0)",
            ),
            (
                "a column",
                "right",
                MEAN + "return sum(np.asarray(model(features, training=True)) "
                "for _ in range(num_passes)) / num_passes",
            ),
            (
                "dropout off",
                "not yet",
                MEAN + "return np.mean([np.ravel(model(features)) for _ in range(num_passes)], 0)",
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
                "    return np.mean([one] * num_passes, axis=0)",
                ("as if by one pass",),
            ),
            (
                "median",
                "not yet",
                MEAN + "return np.median([np.ravel(model(features, training=True)) "
                "for _ in range(num_passes)], axis=0)",
                ("a vote",),
            ),
            (
                "sum",
                "not yet",
                MEAN + "return sum(np.ravel(model(features, training=True)) "
                "for _ in range(num_passes))",
                ("divide by num_passes",),
            ),
            (
                "mean over the rows",
                "not yet",
                MEAN + "return np.mean([np.ravel(model(features, training=True)) "
                "for _ in range(num_passes)], axis=1)",
                ("shape (600,); yours has (3,)",),
            ),
            (
                "another number of passes",
                "not yet",
                MEAN + "return np.mean([np.ravel(model(features, training=True)) "
                "for _ in range(100)], axis=0)",
                ("of 3 passes",),
            ),
            (
                "training for predict",
                "raised",
                MEAN + "return model.predict(features, training=True)",
                ("TypeError", "num_passes = 3"),
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
                ("Training stopped at epoch 3",),
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
                ("Training stopped at epoch 3",),
            ),
            (
                "ties count as better",
                "not yet",
                changed(STOP, "< losses[best]", "<= losses[best]"),
                ("no new lowest one",),
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
            ),
            ("the loss", "not yet", BEST + "return min(losses), 3", ("yours gave",)),
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
                "keras",
                "right",
                UNITS + "layer = keras.layers.Dropout(1 - keep, seed=1)\n"
                "    return layer(values, training=training)",
            ),
            (
                "unchanged",
                "not yet",
                UNITS + "mask = generator.random(values.shape[1]) < 1 - keep\n"
                "    return values * mask",
                ("swapped",),
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
                ("divided by 1 - keep",),
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
                ("Nothing was dropped",),
            ),
        ],
    ),
]


@pytest.mark.parametrize("attempt", with_stub_and_solution("04_dropout", ATTEMPTS), ids=str)
def test_attempt(attempt):
    judge(check, attempt)


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
