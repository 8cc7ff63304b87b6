"""Ask a student's model of two parts for its predictions, and tell how it joins the parts.

A model of a wide and a deep part is asked for all pairs of a wide input and a row of features. How
it joins them shows in what is additive over the two: the log-odds if logits were summed, the
probabilities if those were averaged, their logarithms if they were multiplied.
"""

import keras
import numpy as np

from utils.checks.compare import NotYet, as_array, describe, show


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
        raise NotYet(
            f"For a batch of {n} the model should give the shape ({n}, 1); yours gave "
            f"{result.shape}."
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
            return (
                f"The output reaches {high:.2f}: two probabilities are added. Sum the logits, then "
                "take one sigmoid."
            )
        return (
            f"The output reaches from {low:.2f} to {high:.2f} and is no probability: the sigmoid "
            "after the sum is missing."
        )
    if is_additive(log_odds(table)):
        return ""
    if is_additive(table, 1e-4):
        return (
            "This is an average of two probabilities: with one part sure of a click and the other "
            f"undecided it gives {large.max():.2f} at most. Sum the logits, then take one sigmoid."
            if large.max() < 0.99
            else "This is an average of two probabilities, one of each part: a part that is sure "
            "gets half a say. Sum the logits, then take one sigmoid."
        )
    if is_additive(np.log(np.maximum(table, 1e-12))):
        return (
            "This is a product of two probabilities: both parts have to say yes. Sum the logits, "
            "then take one sigmoid."
        )
    logits = log_odds(table)
    steps = logits[1, :2] - logits[0, :2]
    return (
        "Another wide input should add the same to the logit, whatever the features. Between the "
        f"first two it adds {steps[0]:.3f} for one row and {steps[1]:.3f} for another. Does the "
        "wide input enter the hidden layer, or is something multiplied? Sum two logits, one of "
        "each part, then take one sigmoid."
    )
