"""Judge a student's click model, a wide and a deep part with dropout: which bugs are left?"""

import numpy as np
from keras import ops

from utils.checks.compare import NotYet, describe
from utils.checks.joint_models import (
    draw_weights,
    expect_model,
    how_it_joins,
    is_linear,
    list_shapes,
    log_odds,
    predict_all,
    sigmoid,
    wrong_end,
)

NUM_CROSSES, NUM_COLUMNS, WIDTH = 5, 3, 7
WIDE, LAST = (NUM_CROSSES, 1), (WIDTH, 1)
BOTH = (NUM_CROSSES + WIDTH, 1)  # one last layer over crosses and hidden units is right as well
CROSSES = np.array([[0] * 5, *np.eye(5), [1, 1, 0, 0, 1]], dtype="float32")
ROWS = np.random.default_rng(0).normal(size=(60, NUM_COLUMNS)).astype("float32")


def judge(answer):
    """Raise NotYet unless an answer builds the model without a mistake; say how many are left.

    Args:
        answer: the student's function of (num_crosses, num_columns, width).
    """
    model = expect_model(answer(NUM_CROSSES, NUM_COLUMNS, WIDTH))
    _predict(model, CROSSES)  # a model of one's own class has weights after its first call only
    found = [text for text in (*_wrong_parts(model), _wrong_loss(model)) if text]
    if found:
        left = "1 mistake is left." if len(found) == 1 else f"{len(found)} mistakes are left."
        raise NotYet(f"{left} {found[0]}")
    expected = NUM_CROSSES + (NUM_COLUMNS + 1) * WIDTH + WIDTH + 1
    if abs(model.count_params() - expected) > 1:  # one bias more or less makes no difference
        raise NotYet(
            f"build_click_model(5, 3, 7) should have 5 weights of the crosses, 3 x 7 + 7 of one "
            f"hidden layer and 7 + 1 of the last one; yours has {model.count_params()} in all, in "
            f"tables of the shapes {list_shapes(model)}."
        )
    small = expect_model(answer(4, 2, 3))
    predict_all(small, CROSSES[:, :4], ROWS[:, :2], "[crosses, features]")
    if model.count_params() - small.count_params() != (5 + 3 * 7 + 7 + 7) - (4 + 2 * 3 + 3 + 3):
        raise NotYet(
            f"build_click_model(4, 2, 3) has tables of the shapes {list_shapes(small)}. Use "
            "`num_crosses`, `num_columns` and `width`, no numbers of your own."
        )


def _predict(model, crosses, rows=ROWS, training=False):
    return predict_all(model, crosses, rows, "[crosses, features]", training)


def _wrong_parts(model):
    """Return a list of texts, one for each mistake in how the model computes."""
    way = how_it_joins(model, CROSSES, ROWS, "[crosses, features]")
    if np.ptp(_predict(model, CROSSES)) < 1e-6:
        return [way]  # where nothing comes out, nothing more can be told
    shapes = {tuple(weight.shape) for weight in model.trainable_variables}
    if not shapes & {WIDE, BOTH}:
        return [
            way,
            f"The wide part should have one weight for each cross, a table of the shape {WIDE}. "
            f"Yours has tables of the shapes {list_shapes(model)}.",
        ]
    way = way or _wrong_scale(model)
    return [
        way,
        _wrong_wide_part(model),
        _wrong_deep_part(model, is_sum=not way),
        _wrong_dropout(model, is_sum=not way),
    ]


def _set(model, ones, last=1.0):
    """Set all weights to zero, those of some shapes to one, and those of the last layer.

    Args:
        model: Model, changed in place.
        ones: list of shapes.
        last: float, the weights of shape LAST or BOTH if that is among the ones.
    """
    for variable in model.weights:
        shape = tuple(variable.shape)
        number = last if shape in (LAST, BOTH) else 1.0
        variable.assign(np.full(shape, number if shape in ones else 0.0))


def _wrong_scale(model):
    """Where parts are summed: does a weight of the wide part count once, as it is?"""
    _set(model, [WIDE, BOTH])
    logits = log_odds(_predict(model, CROSSES))
    step = logits[1, 0] - logits[0, 0]
    if abs(step) < 1e-4 or abs(step - 1) < 1e-3:
        return ""
    half = " The sum was asked for, not the mean." if abs(step - 0.5) < 1e-3 else ""
    moved = f"A cross with the weight 1 should raise the logit by 1; yours moves it by {step:.2f}."
    return moved + half


def _wrong_wide_part(model):
    """With the deep part at zero, what does the wide part say, in training and after it?"""
    _set(model, [WIDE, BOTH])
    still = _predict(model, CROSSES)
    if np.ptp(still) < 1e-4:
        return "The wide part does not reach the output."
    if np.abs(still - _predict(model, CROSSES, training=True)).max() > 1e-3:
        return (
            "The wide part goes through the dropout: with training=True a cross that is there "
            "counts in one row and not in the next. It should read the crosses as they are."
        )
    return ""


def _wrong_deep_part(model, is_sum):
    """Whatever joins the parts: what does the deep part make of the features?"""
    draw_weights(model, seed=2)
    for variable in model.trainable_variables:
        if tuple(variable.shape) in (WIDE, (1,)):
            variable.assign(np.zeros(variable.shape))
    only = _predict(model, CROSSES[:1])[0]
    if np.ptp(only) < 1e-6:
        return "The features change nothing: the deep part does not reach the output."
    # Its logit if the model is a sum of logits, an average, a sum or a product of probabilities.
    for logits in (only, *map(log_odds, (only, 2 * only - 0.5, only - 0.5, 2 * only))):
        if np.ptp(logits) > 1e-5 and is_linear(logits, ROWS):
            return (
                "The deep part is a linear function of the features: its hidden layer has no "
                "activation, and two linear layers are one."
            )
    if is_sum:
        return wrong_end(model, lambda: log_odds(_predict(model, CROSSES[:1])[0]))
    return ""


def _wrong_dropout(model, is_sum):
    """The units of the hidden layer should be dropped with rate 0.5, one by one, and no more."""
    draw_weights(model, seed=3)
    for variable in model.trainable_variables:
        if tuple(variable.shape) == WIDE:
            variable.assign(np.zeros(variable.shape))
    one = CROSSES[:1]
    if np.abs(_predict(model, one) - _predict(model, one, training=True)).max() < 1e-5:
        return (
            "The dropout is gone. It was no mistake: the hidden layer should keep its dropout of "
            "0.5, only the wide part should not go through it."
        )
    # All hidden units give the same: what is left tells how many of them were dropped.
    _set(model, [(WIDTH,), LAST, BOTH], last=0.2)
    levels, unit = _levels(model)
    if len(levels) == 1:
        return (
            "The features go through the dropout before the hidden layer. Drop the units of the "
            "hidden layer: the Dropout comes after it."
        )
    if len(levels) == 2:
        return (
            "The whole deep part is dropped at once. Drop the units of the hidden layer: the "
            "Dropout stands between the hidden layer and the last one."
        )
    if not is_sum:
        return ""  # what follows reads logits
    if len(levels) > WIDTH + 1:
        return "A hidden unit is either dropped or kept whole: take keras.layers.Dropout(0.5)."
    kept = unit / np.diff(levels).min()
    if abs(kept - 0.5) > 0.02:
        return f"Half of the hidden units should be dropped; the rate of yours is {1 - kept:.2f}."
    _set(model, [(NUM_COLUMNS, WIDTH), LAST, BOTH], last=0.07)
    levels, unit = _levels(model)
    if unit == 0:
        return ""  # more hidden layers than one: their weights are counted later
    counts = levels * 0.5 / unit
    if np.abs(counts - counts.round()).max() > 0.02:
        return (
            "The features go through a dropout as well, before the hidden layer. Only the units of "
            "the hidden layer are dropped."
        )
    return ""


def _levels(model):
    """Return the different logits that dropout leaves of equal rows, and what one unit gives."""
    rows = np.ones((300, NUM_COLUMNS), dtype="float32")
    still = log_odds(_predict(model, CROSSES[:1], rows)[0])
    moving = log_odds(_predict(model, CROSSES[:1], rows, training=True)[0])
    return np.unique(moving.round(3)), still[0] / WIDTH


def _wrong_loss(model):
    """The loss of given probabilities must be their cross-entropy."""
    if getattr(model, "loss", None) is None:
        return 'The model is not compiled, or without a loss: model.compile("adam", loss=...).'
    generator = np.random.default_rng(5)
    probabilities = generator.uniform(0.05, 0.95, (40, 1)).astype("float32")
    clicks = (generator.random((40, 1)) < 0.4).astype("float32")
    try:
        given = {"y": ops.convert_to_tensor(clicks), "y_pred": ops.convert_to_tensor(probabilities)}
        loss = float(ops.convert_to_numpy(model.compute_loss(**given)))
    except Exception as error:
        return f"Computing the loss of the model stopped with {describe(error)}"

    def entropy(p):
        return float(-np.mean(np.log(np.where(clicks == 1, p, 1 - p))))

    right = entropy(probabilities)
    if abs(loss - right) < 1e-3:
        return ""
    named = [
        (
            entropy(sigmoid(probabilities)),
            "it takes the output for a logit and puts a second sigmoid on it. from_logits=True "
            "belongs to a model without a sigmoid. (With TensorFlow, Keras warns and mends this "
            "where the last operation is a sigmoid; other backends do not.)",
        ),
        (40 * right, "it is the sum over the rows. Take the mean, so that it does not grow."),
        (float(np.mean((clicks - probabilities) ** 2)), "this is the squared error."),
    ]
    why = next((text for number, text in named if abs(loss - number) < 1e-3), "")
    return (
        f"For 40 probabilities whose cross-entropy is {right:.3f} the loss of the model is "
        f"{loss:.3f}{': ' + why if why else '. Take keras.losses.BinaryCrossentropy() as it is.'}"
    )
