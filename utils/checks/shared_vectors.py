"""Judge a student's DeepFM: do its factorization machine and its network read the same vectors?"""

from itertools import combinations, product

import keras
import numpy as np
from keras import ops

from utils.checks.compare import NotYet, as_array, describe, expect_close
from utils.checks.joint_models import (
    draw_weights,
    expect_model,
    list_shapes,
    log_odds,
    sigmoid,
    spread_of,
)

SIZES, DIM, NUM_UNITS = [5, 8, 6], 4, 11
KERNEL = (len(SIZES) * DIM, NUM_UNITS)


def judge(answer):
    """Raise NotYet unless an answer builds a DeepFM.

    Args:
        answer: the student's function of (sizes, dim, width).
    """
    model = expect_model(answer(SIZES, DIM, NUM_UNITS))
    index = np.array(list(product(*map(range, SIZES))), dtype="int32")
    _predict(model, index)  # a model of one's own class has weights after its first call only
    start = model.get_weights()
    tables = _find_tables(model)
    _expect_fm(model, tables, index)
    _expect_network(model, tables, index)
    _expect_number_of_weights(model, SIZES, DIM, NUM_UNITS)
    _expect_both_gradients(model, tables)
    model.set_weights(start)
    if np.abs(tables.vectors(0)).max() < 1e-9:
        raise NotYet(
            "The vectors start at zero. Then every product is zero, and so is its gradient: the "
            "pairs never begin to learn. Leave the start of the vectors to Keras."
        )
    other = expect_model(answer([3, 7], 2, 6))
    _predict(other, index[:3, :2] % 3)
    _expect_number_of_weights(other, [3, 7], 2, 6)


def _predict(model, index):
    """Return the predictions for rows of indices, array (num_rows,)."""
    try:
        result = model([index[:, field] for field in range(index.shape[1])], training=False)
    except Exception as error:
        raise NotYet(
            f"Predicting for {len(index)} rows stopped with {describe(error)}\nDoes the model take "
            "a list with an index for each field, each of shape (batch,)?"
        ) from None
    result = as_array(result, "A prediction")
    if result.shape not in ((len(index), 1), (len(index),)):
        raise NotYet(
            f"For {len(index)} rows the model should give the shape ({len(index)}, 1); yours gave "
            f"{result.shape}. Is a sum over the factors missing, or its keepdims=True?"
        )
    return result.ravel()


class _Tables:
    """The vectors and biases of the fields, wherever the student's model keeps them."""

    def __init__(self, of_vectors, of_biases):
        self.of_vectors, self.of_biases = of_vectors, of_biases  # (variable, rows) of each field

    def vectors(self, field):
        """Return the vectors of a field, array (size, dim)."""
        variable, rows = self.of_vectors[field]
        return ops.convert_to_numpy(variable)[rows].astype(float)

    def look_up(self, index):
        """Return (vectors (num_rows, num_fields, dim), biases (num_rows, num_fields))."""
        fields = range(len(self.of_vectors))
        vectors = [self.vectors(field)[index[:, field]] for field in fields]
        biases = [
            ops.convert_to_numpy(variable)[rows, 0].astype(float)[index[:, field]]
            for field, (variable, rows) in enumerate(self.of_biases)
        ]
        return np.stack(vectors, axis=1), np.stack(biases, axis=1)

    def nudge(self, row, field, number, by):
        """Add to one number of the vector that a row has in a field."""
        variable, rows = self.of_vectors[field]
        values = ops.convert_to_numpy(variable).copy()
        values[(rows.start or 0) + row[0, field], number] += by
        variable.assign(values)


def _find_tables(model):
    """Return the _Tables of a model, or raise NotYet: one for each field, or one for all."""
    found = [_find_columns(model, DIM, "vectors"), _find_columns(model, 1, "biases")]
    frozen = [v.path for v in model.non_trainable_variables if v.shape[0] in (*SIZES, sum(SIZES))]
    if frozen:
        raise NotYet(f"These tables would never learn: {', '.join(frozen)}.")
    _expect_shapes_of_network(model)
    return _Tables(*found)


def _find_columns(model, columns, name):
    """Return (variable, rows) of each field, for the vectors or for the biases."""
    own = [[v for v in model.weights if tuple(v.shape) == (s, columns)] for s in SIZES]
    whole = [v for v in model.weights if tuple(v.shape) == (sum(SIZES), columns)]
    numbers = {len(variables) for variables in own}
    if len(whole) == 1 and numbers == {0}:
        ends = np.cumsum(SIZES)
        return [(whole[0], slice(end - s, end)) for end, s in zip(ends, SIZES, strict=True)]
    if numbers == {1} and not whole:
        return [(variables[0], slice(None)) for variables in own]
    yours = f"\nYour tables have the shapes {list_shapes(model)}."
    if 2 in numbers or len(whole) == 2 or (whole and numbers != {0}):
        raise NotYet(
            f"There are two tables of {name} for a field. FM and network should read the same: "
            f"look up each vector once, and use it twice.{yours}"
        )
    shapes = ", ".join(f"({size}, {columns})" for size in SIZES)
    if columns == 1:
        raise NotYet(
            "The biases are missing: the linear part of the FM has one number for each value of "
            f"each field, tables of the shapes {shapes}.{yours}"
        )
    raise NotYet(
        f"build_shared({SIZES}, {DIM}, {NUM_UNITS}) should have a table of vectors for each field, "
        f"of the shapes {shapes}.{yours}"
    )


def _expect_shapes_of_network(model):
    shapes = [tuple(weight.shape) for weight in model.weights]
    yours = f"\nYour tables have the shapes {list_shapes(model)}."
    known = {*SIZES, sum(SIZES), NUM_UNITS, len(SIZES) * DIM}
    if any(len(shape) == 2 and shape[1] == 1 and shape[0] not in known for shape in shapes):
        raise NotYet(
            "A Dense layer weighs the logit of the FM once more. The two logits are summed, with "
            f"no weights of their own.{yours}"
        )
    if KERNEL in shapes and (NUM_UNITS, 1) in shapes:
        return
    if (KERNEL[0], 1) in shapes:
        raise NotYet(f"The network has no hidden layer: Dense(width) with an activation.{yours}")
    if (DIM, NUM_UNITS) in shapes:
        raise NotYet(
            f"The network reads one vector of {DIM} numbers: one field's, or the sum, the mean or "
            f"the products of all. In DeepFM it reads them side by side, {KERNEL[0]} numbers: "
            "Concatenate."
        )
    if (len(SIZES), NUM_UNITS) in shapes:
        raise NotYet(
            f"The network reads {len(SIZES)} numbers, one for each field: the indices, or the "
            "biases. It should read the vectors."
        )
    if (len(SIZES) * (DIM + 1), NUM_UNITS) in shapes:
        raise NotYet("The network reads the biases as well. It reads the vectors alone.")
    raise NotYet(
        f"The network should have a hidden layer of the shape {KERNEL} and a last layer of the "
        f"shape ({NUM_UNITS}, 1).{yours}"
    )


def _expect_number_of_weights(model, sizes, dim, width):
    expected = sum(sizes) * (dim + 1) + (len(sizes) * dim + 1) * width + width + 1
    if abs(model.count_params() - expected) > 1:  # one offset more or less makes no difference
        raise NotYet(
            f"build_shared({sizes}, {dim}, {width}) should have {sum(sizes)} x ({dim} + 1) numbers "
            f"in its tables, {len(sizes)} x {dim} x {width} + {width} in one hidden layer and "
            f"{width} + 1 in the last one, {expected} in all; yours has {model.count_params()}, in "
            f"tables of the shapes {list_shapes(model)}."
        )


def _pairs(vectors):
    return 0.5 * (_total(vectors) - _squares(vectors))


def _fm(vectors, biases):
    return biases.sum(axis=1) + _pairs(vectors)


def _total(vectors):
    return (vectors.sum(axis=1) ** 2).sum(axis=-1)


def _squares(vectors):
    return (vectors**2).sum(axis=(1, 2))


def _cosines(vectors):
    lengths = np.linalg.norm(vectors, axis=-1)
    return sum(
        (vectors[:, i] * vectors[:, j]).sum(axis=-1) / (lengths[:, i] * lengths[:, j])
        for i, j in combinations(range(vectors.shape[1]), 2)
    )


SUM_LOGITS = "Sum the logits of FM and network; the one sigmoid comes after the sum."
OUTPUT_MISTAKES = [  # of the logit of the FM, with a network whose logit is 0
    (lambda fm: (sigmoid(fm) + 0.5) / 2, f"This averages probabilities. {SUM_LOGITS}"),
    (lambda fm: sigmoid(fm) + 0.5, f"This adds probabilities. {SUM_LOGITS}"),
    (lambda fm: sigmoid(fm) / 2, f"This multiplies probabilities. {SUM_LOGITS}"),
    (lambda fm: sigmoid(sigmoid(fm) + 0.5), f"This is a sigmoid of sigmoids. {SUM_LOGITS}"),
    (lambda fm: sigmoid(sigmoid(fm)), f"The FM has a sigmoid of its own. {SUM_LOGITS}"),
    (lambda fm: sigmoid(fm + 0.5), f"The network has a sigmoid of its own. {SUM_LOGITS}"),
    (lambda fm: sigmoid(fm / 2), "This is the mean of the two logits: sum them."),
    (lambda fm: sigmoid(-fm), "The logit of the FM is taken away: its sign is turned around."),
    (lambda fm: fm, "This is the logit: the sigmoid is missing."),
    (
        lambda fm: sigmoid(0 * fm),
        "Without the network nothing is left: the FM does not reach the output.",
    ),
]
LOGIT_MISTAKES = [  # what the FM's logit may be instead
    (lambda v, b: b.sum(axis=1), "Only the biases are left: the pairs are missing."),
    (lambda v, b: _pairs(v), "Only the pairs are left: the biases do not reach the output."),
    (
        lambda v, b: b.sum(axis=1) + _total(v) - _squares(v),
        "Every pair counts twice: the half of the identity is missing.",
    ),
    (
        lambda v, b: b.sum(axis=1) + 0.5 * _total(v),
        "Each vector still meets itself: take away the sum of the squares.",
    ),
    (
        lambda v, b: b.sum(axis=1) + _total(v),
        "Every pair counts twice and each vector meets itself: 0.5 * (total**2 - squares).",
    ),
    (
        lambda v, b: b.sum(axis=1) + 0.5 * (_total(v) + _squares(v)),
        "Each vector meets itself as well: take the squares away, or start j at i + 1.",
    ),
    (lambda v, b: b.sum(axis=1) + _pairs(v) / 2, "Half of the pairs is missing: halve once."),
    (
        lambda v, b: b.sum(axis=1) - _pairs(v),
        "The pairs have the wrong sign: 0.5 * (total**2 - squares).",
    ),
    (
        lambda v, b: b.sum(axis=1) + _pairs(v) / DIM,
        "The pairs are averaged over the numbers of the vectors; a dot product is a sum.",
    ),
    (
        lambda v, b: b.sum(axis=1) + 0.5 * (_total(v) / len(SIZES) ** 2 - _squares(v)),
        "The total is the mean of the vectors; the identity needs their sum.",
    ),
    (
        lambda v, b: b.sum(axis=1) + np.prod(v, axis=1).sum(axis=-1),
        "This multiplies all three vectors at once; an FM adds up pairs.",
    ),
    (
        lambda v, b: b.sum(axis=1) + (v[:, 0] * v[:, 1]).sum(axis=-1),
        "Only the first two fields meet: every pair of fields counts.",
    ),
    (
        lambda v, b: b.sum(axis=1) + (v[:, :-1] * v[:, 1:]).sum(axis=(1, 2)),
        "Only neighboring fields meet: every pair of fields counts.",
    ),
    (
        lambda v, b: b.sum(axis=1) + _cosines(v),
        "These are cosines: the vectors were divided by their lengths. Take dot products.",
    ),
    (lambda v, b: b.mean(axis=1) + _pairs(v), "The biases are averaged; add them up."),
    (lambda v, b: b[:, -1] + _pairs(v), "Only the bias of the last field counts: add them up."),
    (lambda v, b: b[:, 0] + _pairs(v), "Only the bias of the first field counts: add them up."),
    (
        lambda v, b: b.sum(axis=1) + 0.5 * (v.sum(axis=(1, 2)) ** 2 - (v.sum(-1) ** 2).sum(1)),
        "The numbers of a vector were added up before the square: axis=1 is that of the fields.",
    ),
    (
        lambda v, b: b.sum(axis=1) + 0.5 * (v.sum(axis=(1, 2)) ** 2 - _squares(v)),
        "The numbers of a vector were added up before the square: square each of them first.",
    ),
    (
        lambda v, b: b.sum(axis=1) + 0.5 * ((v.sum(axis=-1) ** 2).sum(axis=1) - _squares(v)),
        "The sums run over the numbers of each vector. They should run over the fields: axis=1.",
    ),
]


def _fm_mistakes(vectors, biases):
    score = _fm(vectors, biases)
    parts = sigmoid(biases.sum(axis=1)), sigmoid(_pairs(vectors)), 0.5
    return [
        *((mistake(score), text) for mistake, text in OUTPUT_MISTAKES),
        *((sigmoid(mistake(vectors, biases)), text) for mistake, text in LOGIT_MISTAKES),
        (sum(parts) / 3, f"This averages three probabilities. {SUM_LOGITS}"),
    ]


def _expect_fm(model, tables, index):
    """With the last layer of the network at zero the model must be the FM."""
    for seed in (1, 2):
        draw_weights(model, seed)
        for variable in _last_layer(model):
            variable.assign(np.zeros(variable.shape))
        vectors, biases = tables.look_up(index)
        score, got = _fm(vectors, biases), _predict(model, index)
        steps = (
            f"For the first row the biases add up to {biases[0].sum():.3f} and the pairs to "
            f"{score[0] - biases[0].sum():.3f}; the sigmoid of {score[0]:.3f} is "
            f"{sigmoid(score[0]):.4f}."
        )
        expect_close(
            got,
            sigmoid(score),
            "With the last layer of the network at zero the model is the FM alone. Its "
            f"probabilities for all {len(index)} rows",
            mistakes=[*_fm_mistakes(vectors, biases), (got, steps)],
            tolerance=1e-4,
        )


def _last_layer(model):
    return [v for v in model.trainable_variables if tuple(v.shape) in ((NUM_UNITS, 1), (1,))]


def _network_logits(model, tables, index):
    """Return what the network adds to the logit of the FM, array (num_rows,)."""
    return log_odds(_predict(model, index)) - _fm(*tables.look_up(index))


def _expect_network(model, tables, index):
    draw_weights(model, 3, scale=0.6)
    logits = _network_logits(model, tables, index).reshape(SIZES)
    for field in range(len(SIZES)):
        if spread_of(logits, axis=field) < 1e-4:
            raise NotYet(
                f"The network does not read the vector of field {field}: it gives the same, "
                "whatever that field holds."
            )
    for variable in _last_layer(model):
        variable.assign(-2 * variable)
    turned = _network_logits(model, tables, index).reshape(SIZES)
    if not np.allclose(turned, -2 * logits, atol=5e-3):
        raise NotYet(
            "With the weights of its last layer times -2, the network should add -2 times as much "
            f"to the logit; for the first row it added {logits.flat[0]:.3f} and then "
            f"{turned.flat[0]:.3f}. The last layer has no activation."
        )
    step = _step_of_bias(model, tables, index)
    if abs(step - 1) > 1e-3:
        raise NotYet(
            f"Where the logit of the network grows by 1, that of the model grows by {step:.2f}. "
            "Sum the two as they are."
        )
    if not _mixes_fields(logits):
        raise NotYet(
            "The hidden layer of the network has no activation: each field adds its own number to "
            "the logit, and no two of them mix. Add activation='relu' or another."
        )


def _step_of_bias(model, tables, index):
    """Return how far the logit moves if the bias of the last layer grows by 1; 1 without one."""
    biases = [v for v in model.trainable_variables if tuple(v.shape) == (1,)]
    before = _network_logits(model, tables, index).mean()
    for variable in biases:
        variable.assign(variable + 1)
    after = _network_logits(model, tables, index).mean()
    return (after - before) / len(biases) if biases else 1.0


def _mixes_fields(logits):
    """Tell whether logits are more than a sum of one number for each field."""
    one_by_one = sum(
        logits.mean(axis=tuple({0, 1, 2} - {field}), keepdims=True) for field in range(3)
    )
    return np.abs(logits - one_by_one + 2 * logits.mean()).max() > 1e-3


def _expect_both_gradients(model, tables):
    """One step of plain descent on one row must move a vector by what both parts say."""
    field, row = 1, np.array([[1, 2, 3]], dtype="int32")
    draw_weights(model, 4, scale=0.5)
    drawn = model.get_weights()
    model.compile(keras.optimizers.SGD(1.0), loss="binary_crossentropy", run_eagerly=True)
    error = _predict(model, row)[0] - 1.0
    before = tables.look_up(row)[0][0]
    model.train_on_batch(list(row.T), np.ones((1, 1), dtype="float32"))
    moved = (before - tables.look_up(row)[0][0])[field] / error
    model.set_weights(drawn)
    of_fm = before.sum(axis=0) - before[field]
    of_network = np.zeros(DIM)
    for number, sign in product(range(DIM), (1, -1)):
        tables.nudge(row, field, number, sign * 1e-2)
        of_network[number] += sign * _network_logits(model, tables, row)[0] / 2e-2
        model.set_weights(drawn)
    stops = (
        "the vectors, but training does not move them for {}: the gradient stops on the way. Both "
        "parts should teach the same tables."
    )
    if np.allclose(moved, of_fm, atol=5e-3) and np.abs(of_network).max() > 0.02:
        raise NotYet(f"The network reads {stops.format('it')}")
    if np.allclose(moved, of_network, atol=2e-2) and np.abs(of_fm).max() > 0.05:
        raise NotYet(f"The pairs read {stops.format('them')}")
