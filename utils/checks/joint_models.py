"""Ask a student's model of two parts for its predictions, and tell how it joins the parts.

A model of a wide and a deep part is asked for all pairs of a wide input and a row of features. How
it joins them shows in what is additive over the two: the log-odds if logits were summed, the
probabilities if those were averaged, their logarithms if they were multiplied.
"""

import keras
import numpy as np

from utils.checks.compare import NotYet, as_array, describe, show

SUM_LOGITS = "Sum the logits, one of each part, then take one sigmoid."


def expect_model(model):
    """Return what a student built, or raise NotYet if it is no model."""
    if not isinstance(model, keras.Model):
        raise NotYet(
            "Return a keras.Model, made by keras.Model(inputs, output). Yours returned "
            f"{show(model, 100)}."
        )
    return model


def list_shapes(model):
    """Return the shapes of a model's weights as text."""
    return ", ".join(str(tuple(variable.shape)) for variable in model.weights)


def predict_all(model, wide_inputs, rows, names, training=False):
    """Return the predictions for each wide input with each row.

    Args:
        model: what the student built; it should map [wide input, row] to one number.
        wide_inputs: array (n,) or (n, num_crosses).
        rows: array (m, num_columns).
        names: str, the inputs, for example "[bins, features]".
        training: bool.

    Returns:
        array (n, m).

    Raises:
        NotYet: if the model stops, gives another number of predictions, or mixes its rows.
    """
    first, second = np.indices((len(wide_inputs), len(rows))).reshape(2, -1)
    given = [wide_inputs[first], rows[second]]
    try:
        result = model(given, training=training)
        few = model([part[:3] for part in given], training=training)
    except Exception as error:
        raise NotYet(
            f"Predicting for inputs of the shapes {given[0].shape} and {given[1].shape} stopped "
            f"with {describe(error)}\nDoes the model take the list {names}, in this order?"
        ) from None
    if isinstance(result, (list, tuple, dict)):
        raise NotYet(f"The model has {len(result)} outputs. It should have one, the probability.")
    result, few = as_array(result, "A prediction"), as_array(few, "A prediction")
    n = len(first)
    if result.shape not in ((n, 1), (n,)):
        both = " Do two logits stand side by side, instead of their sum?"
        raise NotYet(
            f"For a batch of {n} the model should give the shape ({n}, 1); yours gave "
            f"{result.shape}.{both if result.shape == (n, 2) else ''}"
        )
    if not training and not np.allclose(result.ravel()[:3], few.ravel(), atol=1e-4):
        raise NotYet(
            "A prediction changes with the other rows of its batch. Look at the axes of sums and "
            "means."
        )
    return result.reshape(len(wide_inputs), len(rows))


def draw_weights(model, seed, scale=1.0):
    """Set all variables to random numbers, mostly between -1 and 1 times the scale."""
    generator = np.random.default_rng(seed)
    model.set_weights(
        [scale * generator.normal(0, 0.6, weight.shape) for weight in model.get_weights()]
    )


def log_odds(probabilities):
    """Return log(p / (1 - p)), kept finite."""
    inside = np.clip(np.asarray(probabilities, dtype=float), 1e-7, 1 - 1e-7)
    return np.log(inside / (1 - inside))


def sigmoid(x):
    """Return 1 / (1 + exp(-x)) of numbers."""
    return 1 / (1 + np.exp(-np.asarray(x, dtype=float)))


def spread_of(values, axis):
    """Return how far values reach along an axis, at most."""
    return np.ptp(values, axis=axis).max()


def is_additive(table, tolerance=1e-3):
    """Tell whether each entry is a number of its row plus a number of its column."""
    rest = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    return np.abs(rest).max() < tolerance


def is_linear(values, rows, tolerance=1e-3):
    """Tell whether values are a linear function of rows, up to a number."""
    table = np.column_stack([rows, np.ones(len(rows))])
    rest = values - table @ np.linalg.lstsq(table, values, rcond=None)[0]
    return np.abs(rest).max() < tolerance


def how_it_joins(model, wide_inputs, rows, names):
    """Return "" if a model puts one sigmoid on a sum of logits, else what it does instead.

    Args:
        model, wide_inputs, rows, names: as in `predict_all`. The weights of the model are random
            afterwards, those of `draw_weights(model, seed=1)`.
    """
    draw_weights(model, seed=1, scale=40)
    large = predict_all(model, wide_inputs, rows, names)
    draw_weights(model, seed=1)
    table = predict_all(model, wide_inputs, rows, names)
    if np.isnan(table).any():
        return "The model gives nan. What does it divide by, or take the logarithm of?"
    low, high = min(table.min(), large.min()), max(table.max(), large.max())
    if np.ptp(table) < 1e-6:
        if np.isclose(high, 1):
            return "The output is always 1: a softmax over one unit is. Take a sigmoid."
        return "The output is the same for all inputs."
    if low < -1e-6 or high > 1 + 1e-6:
        if low >= -1e-6 and high < 2 + 1e-6:
            return f"The output reaches {high:.2f}: two probabilities are added. {SUM_LOGITS}"
        return (
            f"The output reaches from {low:.2f} to {high:.2f} and is no probability: the sigmoid "
            "after the sum is missing."
        )
    if is_additive(log_odds(table)):
        if log_odds(large).min() > -1e-3 and log_odds(large).max() < 2 + 1e-3:
            return f"Two probabilities are added, and then one more sigmoid. {SUM_LOGITS}"
        return ""
    if low >= 0.5 - 1e-6 and high <= sigmoid(1) + 1e-6:
        return (
            f"The output stays between {low:.2f} and {high:.2f}: a sigmoid of a sigmoid. One is "
            "enough."
        )
    if is_additive(table, 1e-4):
        if not np.any(np.abs(large - 0.5) < 0.1):
            return (
                "The output is cut off at 0 and 1, where no gradient is left to learn from. Take "
                "the sigmoid itself."
            )
        return (
            "This is an average of two probabilities, one of each part: a part that is sure gets "
            f"half a say. {SUM_LOGITS}"
        )
    if is_additive(np.log(np.maximum(table, 1e-12))):
        return f"This is a product of two probabilities: both parts have to say yes. {SUM_LOGITS}"
    logits = log_odds(table)
    steps = logits[1:] - logits[:1]
    wide = int(np.argmax(np.ptp(steps, axis=1)))
    return (
        "Another wide input should add the same to the logit, whatever the features. Between two "
        f"wide inputs it adds {steps[wide].min():.3f} for one row and {steps[wide].max():.3f} for "
        "another. Does the wide input enter the hidden layer, or are the parts multiplied? "
        f"{SUM_LOGITS}"
    )


def wrong_end(model, logits):
    """Return "" if the last layer of the deep part has no activation, else what it does.

    Args:
        model: Model with one sigmoid on a sum of logits; its weights are random afterwards.
        logits: function of no arguments: the logits of some rows with one wide input, array (n,).
    """
    ties, reach = [], []
    for seed in range(6):
        draw_weights(model, seed, scale=2.0 ** (seed - 1))
        of_rows = logits()
        ties.append(np.isclose(of_rows, of_rows.min(), atol=1e-5).mean())
        reach.append(np.ptp(of_rows))
    if np.mean(ties[:3]) > 0.2:
        return (
            "Many rows get the very same logit, the lowest: a relu after the deep part cuts off "
            "all that speaks against a click. Its last layer has no activation."
        )
    if max(reach) < 2.1:
        return (
            f"However large its weights, the deep part moves the logit by {max(reach):.2f} at "
            "most: a sigmoid or tanh keeps it small. Its last layer has no activation; the one "
            "sigmoid comes after the sum."
        )
    draw_weights(model, seed=1)
    before = logits().mean()
    for variable in model.trainable_variables:
        if tuple(variable.shape) == (1,):  # the bias of a last layer
            variable.assign(variable + 1)
            step, before = logits().mean() - before, logits().mean()
            if step < -1e-3:
                return (
                    "Where the logit of the deep part grows, the probability falls: it is taken "
                    "from the other one. (A softmax over the two logits is such a difference.) Sum "
                    "them."
                )
            if abs(step - 1) > 1e-3:
                return (
                    f"Where the logit of the deep part grows by 1, that of the model grows by "
                    f"{step:.2f}. Sum the two as they are."
                )
    return ""
