"""Checks of lab 09: `from utils.checks import wide_and_deep as check`."""

import zlib

import keras
import numpy as np
from keras import layers, ops

from utils.checks import click_models, shared_vectors
from utils.checks.compare import NotYet, as_array, expect_function, show
from utils.checks.framework import Lab
from utils.checks.joint_models import (
    expect_model,
    how_it_joins,
    is_linear,
    list_shapes,
    log_odds,
    predict_all,
    sigmoid,
    spread_of,
    wrong_end,
)

lab = Lab()
hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy

SECONDS = 20.0  # a right answer takes less than two


class _Part:
    """A student's function followed by another one, for the `expect_*` functions."""

    def __init__(self, answer, then):
        self.answer, self.then, self.named = answer, then, answer.named

    def __call__(self, *case):
        return self.then(self.answer(*case))


def _hash(text):
    return zlib.crc32(text.encode())


def course_cross_columns(first, second, num_bins):
    """Return the bin of each row's pair, and how many different pairs share their bin."""
    pairs = [f"{a}_X_{b}" for a, b in zip(first, second, strict=True)]
    bin_of = {pair: zlib.crc32(pair.encode()) % num_bins for pair in pairs}
    sizes = np.bincount(list(bin_of.values()))
    return np.array([bin_of[pair] for pair in pairs]), sizes[sizes > 1].sum()


def _bins(first, second, num_bins):
    return course_cross_columns(first, second, num_bins)[0]


def _by_text(text):
    """Return the function that hashes another text of a pair."""
    return lambda first, second, num_bins: np.array(
        [_hash(text(a, b)) % num_bins for a, b in zip(first, second, strict=True)]
    )


def _by_hash(change):
    """Return the function that makes another bin of the right hash."""
    return lambda first, second, num_bins: np.array(
        [change(_hash(f"{a}_X_{b}"), num_bins) for a, b in zip(first, second, strict=True)]
    )


def _ranks(bins):
    """Number the bins in use from 0, in order."""
    return np.unique(bins, return_inverse=True)[1]


BIN_MISTAKES = [
    (
        _by_text(lambda a, b: f"{a}{b}"),
        'Without "_X_" between them, the pairs 1, 23 and 12, 3 are the same text.',
    ),
    (_by_text(lambda a, b: f"{b}_X_{a}"), "The order is wrong: first, then second."),
    (_by_text(lambda a, b: f"{a}_x_{b}"), 'Between the two stands "_X_", with a capital X.'),
    *(
        (
            _by_text(lambda a, b, sign=sign: f"{a}{sign}{b}"),
            f'Between the two stands "_X_", not "{sign}".',
        )
        for sign in ("_", "X", "x", "-", ",", " ", "|", "_X", "X_", " X ", " x ", " _X_ ")
    ),
    (
        _by_text(lambda a, b: str((int(a), int(b)))),
        'The text of a pair is "first_X_second", not that of a tuple.',
    ),
    (_by_text(lambda a, b: "first_X_second"), "Every row hashes the same text: put in a and b."),
    (_by_text(lambda a, b: str(a)), "Only the first column was hashed: that is no cross."),
    (_by_text(lambda a, b: str(b)), "Only the second column was hashed: that is no cross."),
    (
        lambda f, s, m: np.array(
            [(_hash(str(a)) + _hash(str(b))) % m for a, b in zip(f, s, strict=True)]
        ),
        "Each column was hashed on its own. Hash the text of the pair.",
    ),
    (
        lambda f, s, m: np.array(
            [_hash(str(a)) % m + _hash(str(b)) % m for a, b in zip(f, s, strict=True)]
        ),
        "Each column was hashed on its own. Hash the text of the pair.",
    ),
    (
        lambda f, s, m: np.array(
            [zlib.adler32(f"{a}_X_{b}".encode()) % m for a, b in zip(f, s, strict=True)]
        ),
        "This is another hash: take zlib.crc32.",
    ),
    (
        lambda f, s, m: np.array([hash((int(a), int(b))) % m for a, b in zip(f, s, strict=True)]),
        "This is Python's own hash, which may change from one run to the next: take zlib.crc32.",
    ),
    (
        lambda f, s, m: np.array([hash(f"{a}_X_{b}") % m for a, b in zip(f, s, strict=True)]),
        "This is Python's own hash, which changes from one run to the next: take zlib.crc32.",
    ),
    (
        _by_hash(lambda h, m: h & (m - 1)),
        "h & (num_bins - 1) is a remainder for powers of two alone: take h % num_bins.",
    ),
    (_by_hash(lambda h, m: h), "The remainder is missing: hash % num_bins."),
    (_by_hash(lambda h, m: h // m), "A bin is the remainder, %, not the quotient, //."),
    (_by_hash(lambda h, m: h % m + 1), "Bins count from 0."),
    (_by_hash(lambda h, m: h % (m - 1) + 1), "Divide by num_bins; bins count from 0."),
    (_by_hash(lambda h, m: h % (m + 1)), "Divide by num_bins, not by num_bins + 1."),
    (_by_hash(lambda h, m: h % (m - 1)), "Divide by num_bins, not by num_bins - 1."),
    (lambda f, s, m: (f + s) % m, "This adds the indices: 1, 4 and 2, 3 would be one pair."),
    (lambda f, s, m: f * s % m, "This multiplies the indices: 2, 6 and 3, 4 would be one pair."),
    (
        lambda f, s, m: (f * m + s) % m,
        "first * num_bins + second has the remainder of second alone. Hash the text of the pair.",
    ),
    (
        lambda f, s, m: (f * (s.max() + 1) + s) % m,
        "This numbers the pairs without a hash. Neighbors then lie in neighboring bins.",
    ),
    (
        lambda f, s, m: np.unique([f, s], axis=1, return_inverse=True)[1].ravel(),
        "This numbers the pairs that occur; a pair that comes later has no number. Hash it.",
    ),
    (
        lambda f, s, m: _ranks(_bins(f, s, m)),
        "The bins were numbered anew. Keep the remainders as they are.",
    ),
    (
        lambda f, s, m: np.unique(_bins(f, s, m)),
        "These are the different bins; each row needs its own.",
    ),
]


def _sizes(first, second, num_bins):
    """Return for each bin in use (different pairs, rows), two arrays."""
    keys = np.stack([first, second, _bins(first, second, num_bins)])
    different = np.unique(keys, axis=1)[2]
    return (np.bincount(bins, minlength=num_bins) for bins in (different, keys[2]))


def _count(of_sizes):
    """Return the function of a case that counts something in its bins."""
    return lambda *case: of_sizes(*_sizes(*case))


COUNT_MISTAKES = [
    (
        _count(lambda pairs, rows: rows[rows > 1].sum()),
        "Rows were counted. The same pair in two rows does not collide: count different pairs.",
    ),
    (
        _count(lambda pairs, rows: rows[pairs > 1].sum()),
        "These are the rows in shared bins; count each different pair once.",
    ),
    (
        _count(lambda pairs, rows: pairs.sum() - (pairs > 0).sum()),
        "The first pair of each shared bin is missing. It has to share as well.",
    ),
    (
        _count(lambda pairs, rows: rows.sum() - (rows > 0).sum()),
        "This is rows minus bins in use. Count different pairs, and all that share a bin.",
    ),
    (_count(lambda pairs, rows: (pairs > 1).sum()), "Bins were counted; count the pairs in them."),
    (
        _count(lambda pairs, rows: (rows > 1).sum()),
        "Bins were counted, those with several rows; count different pairs in shared bins.",
    ),
    (
        _count(lambda pairs, rows: (pairs * (pairs - 1) // 2).sum()),
        "This counts pairs of pairs: three pairs in one bin would count three times, four six.",
    ),
    (
        _count(lambda pairs, rows: (pairs * (pairs - 1)).sum()),
        "This counts pairs of pairs, each twice.",
    ),
    (
        _count(lambda pairs, rows: (rows * (rows - 1) // 2).sum()),
        "This counts pairs of rows in one bin; count different pairs in shared bins.",
    ),
    (
        _count(lambda pairs, rows: pairs[pairs > 1].sum() / pairs.sum()),
        "This is a share of the pairs; their number was asked for.",
    ),
    (
        _count(lambda pairs, rows: pairs[pairs > 1].sum() / rows.sum()),
        "This was divided by the rows; the number of pairs was asked for.",
    ),
    (
        _count(lambda pairs, rows: pairs[pairs > 2].sum()),
        "Two pairs in one bin collide already: more than one, not more than two.",
    ),
    (_count(lambda pairs, rows: pairs.sum()), "These are all different pairs, also those alone."),
    (_count(lambda pairs, rows: (pairs > 0).sum()), "These are the bins in use."),
    (_count(lambda pairs, rows: (pairs == 1).sum()), "These are the pairs that are alone."),
    (_count(lambda pairs, rows: pairs.max()), "This is the fullest bin alone."),
    (_count(lambda pairs, rows: len(pairs) - (pairs > 0).sum()), "These are the empty bins."),
    (
        _count(lambda pairs, rows: max(pairs.sum() - len(pairs), 0)),
        "This is pairs minus bins. Bins stay empty while others are shared: look at each.",
    ),
]


def _bin_steps(first, second, num_bins):
    pairs = dict.fromkeys(f"{a}_X_{b}" for a, b in zip(first, second, strict=True))
    return "\n".join(
        f'zlib.crc32(b"{pair}") is {_hash(pair)}, and {_hash(pair)} % {num_bins} is '
        f"{_hash(pair) % num_bins}."
        for pair in list(pairs)[:4]
    )


def _count_steps(first, second, num_bins):
    pairs = sorted({(int(a), int(b)) for a, b in zip(first, second, strict=True)})
    places = {}
    for a, b in pairs:
        places.setdefault(_hash(f"{a}_X_{b}") % num_bins, []).append(f"{a}, {b}")
    shared = {place: inside for place, inside in sorted(places.items()) if len(inside) > 1}
    lines = [f"Bin {place} holds {' and '.join(inside)}." for place, inside in shared.items()]
    count = sum(map(len, shared.values()))
    return "\n".join([*lines[:6], f"{count} of {len(pairs)} different pairs are not alone."])


def _cross_cases():
    generator = np.random.default_rng(0)
    cases = [(np.array([1, 12, 1, 12]), np.array([23, 3, 23, 30]), 3)]
    for num_rows, top, num_bins in ((6, 4, 5), (30, 6, 17), (40, 15, 211), (60, 30, 40)):
        first, second = generator.integers(0, top, (2, num_rows))
        cases.append((first, second, num_bins))
    return cases


def _two_results(result):
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise NotYet(f"Return two results, (bins, num_collisions). Yours: {show(result)}.")
    bins, count = (as_array(part, "A result") for part in result)
    if bins.size == 1 and count.ndim == 1:
        raise NotYet("The order is (bins, num_collisions): the bins come first.")
    if count.size != 1:
        raise NotYet(f"num_collisions should be one number; yours is {show(count)}.")
    return bins, count.reshape(())


@lab.exercise(
    course_cross_columns,
    takeaway="Any two columns fit into any number of bins; the price is strangers in one bin.",
    hints=[
        'Make the text of each pair: f"{a}_X_{b}". Then zlib.crc32(text.encode()) % num_bins.',
        "For the collisions forget how often a pair occurs: put pairs and their bins into a dict, "
        "or take np.unique. Then ask how many of the different pairs each bin holds.",
        "sizes = np.bincount(list(bin_of.values())), then sizes[sizes > 1].sum()",
    ],
    seconds=SECONDS,
)
def cross_columns(answer):
    cases = _cross_cases()
    expect_function(
        _Part(answer, lambda result: _two_results(result)[0]),
        _bins,
        cases,
        what="the bins",
        mistakes=BIN_MISTAKES,
        steps=_bin_steps,
    )
    expect_function(
        _Part(answer, lambda result: _two_results(result)[1]),
        lambda *case: course_cross_columns(*case)[1],
        cases,
        what="num_collisions",
        mistakes=COUNT_MISTAKES,
        steps=_count_steps,
    )


def course_build_joint(num_bins, num_columns, width):
    """Build a wide part and a deep part whose logits are summed in one sigmoid."""
    bins, features = keras.Input((), dtype="int32"), keras.Input((num_columns,))
    wide = layers.Embedding(num_bins, 1, embeddings_initializer="zeros")(bins)
    hidden = layers.Dense(width, activation="relu")(features)
    deep = layers.Dense(1)(hidden)
    return keras.Model([bins, features], ops.sigmoid(wide + deep))


NUM_BINS, NUM_COLUMNS, WIDTH = 7, 4, 5


@lab.exercise(
    course_build_joint,
    takeaway="Evidence adds up as logits. One sigmoid at the end, one error for both parts.",
    hints=[
        "A weight for each bin is an Embedding with vectors of one number. The deep part is a "
        "Dense layer with an activation, then Dense(1) without one.",
        'The weights of the bins start at zero: embeddings_initializer="zeros".',
        "keras.Model([bins, features], keras.ops.sigmoid(wide + deep))",
    ],
    seconds=SECONDS,
)
def build_joint(answer):
    model = expect_model(answer(NUM_BINS, NUM_COLUMNS, WIDTH))
    bins = np.arange(NUM_BINS, dtype="int32")
    rows = np.random.default_rng(0).normal(size=(60, NUM_COLUMNS)).astype("float32")
    names = "[bins, features]"
    predict_all(model, bins, rows, names)  # a model of one's own class has weights after a call
    start = model.get_weights()
    way = how_it_joins(model, bins, rows, names)
    if way:
        raise NotYet(way)
    table = log_odds(predict_all(model, bins, rows, names))
    _expect_a_weight_per_bin(model, table)
    _expect_deep_part(model, bins, rows, names)
    _expect_number_of_weights(model)
    small = expect_model(answer(4, 3, 2))
    predict_all(small, bins[:4], rows[:, :3], names)
    if small.count_params() - model.count_params() != (4 + 3 * 2 + 2 + 2) - (7 + 4 * 5 + 5 + 5):
        raise NotYet(
            f"build_joint(4, 3, 2) has tables of the shapes {list_shapes(small)}. Use `num_bins`, "
            "`num_columns` and `width`, no numbers of your own."
        )
    model.set_weights(start)
    change = spread_of(log_odds(predict_all(model, bins, rows, names)), axis=0)
    if change > 1e-5 or any(np.any(own) for own in _columns(model) if len(own) == NUM_BINS):
        raise NotYet(
            f"Before training, the weights of the bins are not zero; between two bins they change "
            f"the logit by up to {change:.3f}. A bin that never occurs would keep its weight, as "
            'noise: embeddings_initializer="zeros".'
        )


def _expect_a_weight_per_bin(model, table):
    """Raise NotYet unless the logit moves with the bin exactly as one column of weights does."""
    effect = table.mean(axis=1) - table.mean()
    if np.abs(effect).max() < 1e-5:
        raise NotYet("The bin changes nothing: the wide part does not reach the output.")
    for weights in _columns(model):
        # A last layer may hold them beside those of the hidden units, or have one for no bin.
        if len(weights) not in (NUM_BINS, NUM_BINS + 1, NUM_BINS + WIDTH):
            continue
        for first in {0, len(weights) - NUM_BINS}:
            own = weights[first : first + NUM_BINS]
            factor = _factor(effect, own - own.mean())
            if factor is not None and abs(factor - 1) < 1e-3:
                return
            if factor is not None:
                half = " The sum was asked for, not the mean." if abs(factor - 0.5) < 1e-3 else ""
                extra = (
                    " Another layer weighs it once more; the sum has no weights of its own."
                    if _num_extra(model) > 1
                    else ""
                )
                raise NotYet(
                    f"Where the weight of a bin grows by 1, the logit should grow by 1; yours grows"
                    f" by {factor:.2f}.{half}{extra}"
                )
            for bend, name in ((sigmoid, "sigmoid"), (np.tanh, "tanh"), (_relu, "relu")):
                bent = bend(own)
                if _factor(effect, bent - bent.mean()) is not None:
                    raise NotYet(
                        f"The weight of a bin goes through a {name} before the sum. Sum the two "
                        "logits as they are; the one sigmoid comes after it."
                    )
    if any(tuple(variable.shape) == (NUM_BINS, 1) for variable in model.non_trainable_variables):
        raise NotYet("The weights of the bins would never learn: trainable=False is too much here.")
    raise NotYet(
        "The logit should move with the bin as one weight per bin does: a table of the shape "
        f"({NUM_BINS}, 1), without activation. Yours has tables of the shapes {list_shapes(model)}."
    )


def _columns(model):
    return [
        np.asarray(ops.convert_to_numpy(variable), dtype=float).ravel()
        for variable in model.trainable_variables
        if variable.shape[-1] == 1
    ]


def _factor(effect, weights):
    """Return c if effect = c * weights, else None."""
    factor = effect @ weights / max(weights @ weights, 1e-12)
    return factor if np.abs(effect - factor * weights).max() < 1e-3 else None


def _relu(x):
    return np.maximum(x, 0)


def _expect_deep_part(model, bins, rows, names):
    logits = log_odds(predict_all(model, bins, rows, names))[0]
    if np.ptp(logits) < 1e-5:
        raise NotYet("The features change nothing: the deep part does not reach the output.")
    if is_linear(logits, rows):
        raise NotYet(
            "The logit is a linear function of the features: the hidden layer has no activation, "
            "or there is none. Add activation='relu' or another."
        )
    way = wrong_end(model, lambda: log_odds(predict_all(model, bins, rows, names))[0])
    if way:
        raise NotYet(way)


def _num_extra(model):
    expected = NUM_BINS + NUM_COLUMNS * WIDTH + WIDTH + WIDTH + 1
    return model.count_params() - expected


def _expect_number_of_weights(model):
    if abs(_num_extra(model)) > 1:  # one bias more or less makes no difference
        raise NotYet(
            f"build_joint(7, 4, 5) should have 7 weights of the bins, 4 x 5 + 5 of the hidden layer"
            f" and 5 + 1 of the last one; yours has {model.count_params()} in all, in tables of the"
            f" shapes {list_shapes(model)}."
        )


def course_build_shared(sizes, dim, width):
    """Build an FM and a network that read the same vectors, their logits summed."""
    inputs = [keras.Input((), dtype="int32") for _ in sizes]
    vectors, score = [], 0.0
    for index, size in zip(inputs, sizes, strict=True):
        vectors.append(layers.Embedding(size, dim)(index))
        score = score + layers.Embedding(size, 1, embeddings_initializer="zeros")(index)
    total, squares = sum(vectors), sum(vector**2 for vector in vectors)
    score = score + ops.sum(0.5 * (total**2 - squares), axis=1, keepdims=True)
    hidden = layers.Dense(width, activation="relu")(layers.Concatenate()(vectors))
    return keras.Model(inputs, ops.sigmoid(score + layers.Dense(1)(hidden)))


@lab.exercise(
    course_build_shared,
    takeaway="One vector per value, read twice: what the pairs teach, the network knows.",
    hints=[
        "Look up each vector once and keep it in a list. The pairs and the network both start "
        "from that list.",
        "The identity of unit 07: with the total of the vectors and the total of their squares, "
        "0.5 * (total**2 - squares), then a sum over the numbers, axis=1. Or add up "
        "vectors[i] * vectors[j] over all pairs.",
        "The network: Concatenate()(vectors), Dense(width, activation='relu'), Dense(1). "
        "keras.ops.sigmoid(biases + pairs + network).",
    ],
    seconds=SECONDS,
)
def build_shared(answer):
    shared_vectors.judge(answer)


def course_cross_network(x0, kernels, biases):
    """Apply cross layers one after the other: x0 * (x W + b) + x."""
    x = x0
    for kernel, bias in zip(kernels, biases, strict=True):
        x = x0 * (ops.matmul(x, kernel) + bias) + x
    return x


def _layers(step):
    """Return the function that applies another layer again and again."""

    def network(x0, kernels, biases):
        x = x0
        for kernel, bias in zip(kernels, biases, strict=True):
            x = step(x0, x, kernel, bias)
        return x

    return network


def _cross(x0, x, kernel, bias):
    return x0 * (x @ kernel + bias) + x


CROSS_MISTAKES = [
    (
        _layers(lambda x0, x, w, b: x * (x @ w + b) + x),
        "From the second layer on, x0 is lost: the factor in front is always the input of the "
        "network, not that of the layer.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 * (x @ w + b)),
        "The input of the layer is missing at the end: ... + x.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 * (x @ w + b) + x0),
        "Added at the end is x, the input of this layer, not x0.",
    ),
    (
        _layers(lambda x0, x, w, b: _cross(x0, x, w, b) + x0),
        "Added at the end is x alone, not x and x0.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 * (x @ w + b) - x),
        "x is added at the end, not taken away.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 * (x @ w + b + x)),
        "x stands outside the brackets: x0 does not multiply it.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 * (x @ w) + x * b),
        "The bias stands inside the brackets: x0 multiplies it, not x.",
    ),
    (
        _layers(lambda x0, x, w, b: x0**2 * (x @ w + b) + x),
        "x0 multiplies the brackets once.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 * (x @ w[:, :1] + b) + x),
        "Only the first column of the kernel is used, as in the first version of the network: the "
        "kernel is a whole matrix.",
    ),
    *(
        (
            _layers(lambda x0, x, w, b, bend=bend: x0 * bend(x @ w + b) + x),
            "A cross layer has no activation: the product is what bends.",
        )
        for bend in (np.tanh, sigmoid)
    ),
    (
        lambda x0, ws, bs: _layers(_cross)(x0, ws[:-1], bs[:-1]),
        "The last layer is missing.",
    ),
    (
        lambda x0, ws, bs: _layers(_cross)(x0, ws[1:], bs[1:]),
        "The first layer is missing.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 * (x0 @ w + b) + x),
        "Every layer reads x0. It should read x, the output of the layer before.",
    ),
    (
        _layers(lambda x0, x, w, b: x * (x0 @ w + b) + x),
        "The roles are swapped: x0 stands in front, and x goes through the kernel.",
    ),
    (
        lambda x0, ws, bs: _layers(_cross)(x0, [w.T for w in ws], bs),
        "The kernels are transposed. Keras multiplies rows from the left: x @ kernel.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 * (x @ w) + b + x),
        "The bias stands inside the brackets: x0 multiplies it as well.",
    ),
    (_layers(lambda x0, x, w, b: x0 * (x @ w) + x), "The bias is missing."),
    (
        _layers(lambda x0, x, w, b: x0 * (x @ w - b) + x),
        "The bias is added, not taken away.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 + (x @ w + b) + x),
        "x0 multiplies the brackets, number by number; it is not added.",
    ),
    (
        _layers(lambda x0, x, w, b: x @ w + b),
        "These are plain Dense layers: x0 * (...) + x is missing.",
    ),
    (
        _layers(lambda x0, x, w, b: x @ w + b + x),
        "The factor x0 is missing: without it the network stays linear.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 * np.maximum(x @ w + b, 0) + x),
        "A cross layer has no activation: the product is what bends.",
    ),
    (
        _layers(lambda x0, x, w, b: np.maximum(_cross(x0, x, w, b), 0)),
        "A cross layer has no activation: the product is what bends.",
    ),
    (
        _layers(lambda x0, x, w, b: x0 * (x * np.diag(w) + b) + x),
        "Only the diagonal of the kernel is used: x @ kernel is a product of matrices.",
    ),
    (
        _layers(lambda x0, x, w, b: np.sum(x0 * (x @ w + b), axis=-1, keepdims=True) + x),
        "The product is not summed over the columns: each column keeps its own.",
    ),
    (
        lambda x0, ws, bs: _cross(x0, x0, ws[0], bs[0]),
        "Only the first layer counts. Does a `return` stand inside the loop?",
    ),
    (
        lambda x0, ws, bs: _cross(x0, x0, ws[-1], bs[-1]),
        "Only the last layer counts: its input is the output of the layer before.",
    ),
    (
        lambda x0, ws, bs: _layers(_cross)(x0, [ws[0]] * len(ws), [bs[0]] * len(bs)),
        "Every layer has the kernel and bias of the first. Each has its own.",
    ),
    (
        lambda x0, ws, bs: _layers(_cross)(x0, [ws[0]] * len(ws), bs),
        "Every layer has the kernel of the first. Each has its own.",
    ),
    (
        lambda x0, ws, bs: _layers(_cross)(x0, ws, [bs[0]] * len(bs)),
        "Every layer has the bias of the first. Each has its own.",
    ),
    (
        lambda x0, ws, bs: _layers(_cross)(x0, ws[::-1], bs[::-1]),
        "The layers come in the wrong order.",
    ),
    (
        lambda x0, ws, bs: sum(_cross(x0, x0, w, b) for w, b in zip(ws, bs, strict=True)),
        "The layers stand side by side and are added up. One reads the output of the other.",
    ),
    (
        lambda x0, ws, bs: _layers(_cross)(x0, ws, bs) - x0,
        "The input x0 is missing in the sum.",
    ),
]


def _cross_steps(x0, kernels, biases):
    x, lines = x0, []
    for place, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
        inside = x @ kernel + bias
        lines.append(
            f"Layer {place}, first row: x is {show(x[0])}, x @ kernel + bias is {show(inside[0])}, "
            f"times x0 {show((x0 * inside)[0])}, plus x {show((x0 * inside + x)[0])}"
        )
        x = x0 * inside + x
    return "\n".join(lines)


def _cross_case(generator, num_rows, num_columns, num_layers):
    def draw(*shape):
        return (generator.choice([-1, 1], shape) * generator.uniform(0.2, 1.1, shape)).round(1)

    return (
        draw(num_rows, num_columns),
        [draw(num_columns, num_columns) for _ in range(num_layers)],
        [draw(num_columns) for _ in range(num_layers)],
    )


@lab.exercise(
    course_cross_network,
    takeaway="Each layer multiplies by the input once more: one more column in every product.",
    hints=[
        "Start with x = x0, and let a loop over kernels and biases replace x.",
        "A layer is a Dense layer without activation, times x0 number by number, plus x.",
        "x = x0 * (keras.ops.matmul(x, kernel) + bias) + x; x0 itself never changes.",
    ],
    seconds=SECONDS,
)
def cross_network(answer):
    generator = np.random.default_rng(3)
    shapes = [(1, 2, 1), (2, 3, 1), (1, 2, 2), (3, 4, 2), (4, 3, 3)]
    expect_function(
        answer,
        lambda x0, kernels, biases: _layers(_cross)(x0, kernels, biases),
        [_cross_case(generator, *shape) for shape in shapes],
        what="the output of the last layer",
        mistakes=CROSS_MISTAKES,
        steps=_cross_steps,
        tolerance=1e-4,
    )


def course_split_by_layer(model, wide_layers):
    """Return the trainable variables of the wide layers and all other ones."""
    wide, deep = [], []
    for layer in model.layers:
        part = wide if layer.name in wide_layers else deep
        part.extend(layer.trainable_variables)
    return wide, deep


class _WideAndDeep(keras.Model):
    """A model that a check hands over as it is: a copy would have variables of its own."""

    def __deepcopy__(self, memo):
        return self


def _small_model():
    """One wide table beside a hidden layer, with batch normalization and a frozen table."""
    index, features = keras.Input((), dtype="int32"), keras.Input((3,))
    wide = layers.Embedding(5, 1, name="crosses")(index)
    facts = layers.Embedding(5, 2, trainable=False, name="facts")(index)
    hidden = layers.Dense(4, name="hidden")(layers.Concatenate(name="both")([features, facts]))
    deep = layers.Dense(1, name="logit")(layers.BatchNormalization(name="scale")(hidden))
    return _WideAndDeep([index, features], ops.sigmoid(wide + deep), name="small"), ["crosses"]


def _named_alike():
    """Deep layers with names that begin or end like those of wide ones, or are a part of them."""
    index, features = keras.Input((), dtype="int32"), keras.Input((3,))
    wide = layers.Embedding(6, 1, name="crosses")(index)
    wide = wide + layers.Dense(1, name="wide")(features)
    hidden = layers.Dense(8, activation="relu", name="wide_hidden")(features)
    hidden = layers.Dense(4, activation="relu", name="cross")(hidden)
    deep = layers.Dense(1, use_bias=False, name="not_wide")(hidden)
    return _WideAndDeep([index, features], ops.sigmoid(wide + deep), name="alike"), [
        "crosses",
        "wide",
    ]


def _nested():
    """The deep part is a model of its own, and one of its tables is used twice."""
    index, other = keras.Input((), dtype="int32"), keras.Input((), dtype="int32")
    wide = layers.Embedding(7, 1, name="weights")(index)
    table = layers.Embedding(7, 3, name="shared_table")
    vectors = layers.Concatenate(name="vectors")([table(index), table(other)])
    inside = keras.Input((6,))
    output = layers.Dense(1, name="logit")(layers.Dense(4, name="hidden")(inside))
    tower = keras.Model(inside, output, name="tower")
    total = wide + tower(vectors)
    return _WideAndDeep([index, other], ops.sigmoid(total), name="nested"), ["weights"]


@lab.exercise(
    course_split_by_layer,
    takeaway="Count them: what is in no list never learns, what is in both learns twice.",
    hints=[
        "model.layers is the list of layers; each has a name and its trainable_variables.",
        "Go through the layers. If layer.name is in wide_layers, its variables go to the wide "
        "list, else to the deep one.",
        "With variables, `in` compares their numbers and fails: ask for layer names, or for "
        "id(variable).",
    ],
    seconds=SECONDS,
)
def split_by_layer(answer):
    for model, wide_layers in (_small_model(), _named_alike(), _nested()):
        result = answer(model, wide_layers)
        _judge_split(result, model, wide_layers)


def _judge_split(result, model, wide_layers):
    lists = _two_lists(result)
    right = course_split_by_layer(model, wide_layers)
    names = {
        id(variable): f"{layer.name}: {variable.path}"
        for layer in model.layers
        for variable in layer.variables
    }
    got = [[id(variable) for variable in part] for part in lists]
    expected = [[id(variable) for variable in part] for part in right]
    if [set(part) for part in got] == [set(part) for part in expected] and all(
        len(part) == len(set(part)) for part in got
    ):
        return
    about = (
        f"With wide_layers = {wide_layers} and the model of the layers "
        f"{', '.join(layer.name for layer in model.layers if layer.variables)}:\n"
    )
    frozen = {id(variable) for variable in model.non_trainable_variables}
    both = got[0] + got[1]
    if any(variable not in names for variable in both):
        raise NotYet(
            f"{about}One of your variables does not belong to this model. Return the variables "
            "themselves, no copies and no numbers."
        )
    if got == expected[::-1]:
        raise NotYet(f"{about}The order is wrong: (wide, deep).")
    held = [names[variable] for variable in both if variable in frozen]
    if held:
        raise NotYet(
            f"{about}{held[0]} is in a list, but training leaves it alone: it is frozen, or a mean "
            "that the layer keeps itself. Take trainable_variables."
        )
    doubled = set(got[0]) & set(got[1])
    if doubled:
        raise NotYet(
            f"{about}{names[doubled.pop()]} is in both lists: two optimizers would move it in "
            "every step."
        )
    again = [variable for part in got for variable in part if part.count(variable) > 1]
    if again:
        raise NotYet(
            f"{about}{names[again[0]]} is twice in one list. Each variable belongs there once, "
            "however often its layer is used."
        )
    lost = [variable for part in expected for variable in part if variable not in both]
    if lost:
        raise NotYet(f"{about}{names[lost[0]]} is in no list: it would never learn.{_why(got)}")
    stray = [variable for variable in got[0] if variable in expected[1]]
    if stray:
        raise NotYet(
            f"{about}{names[stray[0]]} is in the wide list, but its layer is not in wide_layers. "
            "Go by whole names: one that contains another is not the same."
        )
    stray = [variable for variable in got[1] if variable in expected[0]]
    raise NotYet(
        f"{about}{names[stray[0]]} is in the deep list, but its layer is in wide_layers. Go by "
        "wide_layers, not by how a name looks."
    )


def _why(got):
    """Return a guess why variables are in no list."""
    if not any(got):
        return " Both lists are empty. Does a `return` stand inside the loop?"
    return " Take all variables of a layer, its kernel and its bias, and all kinds of layers."


def _two_lists(result):
    if not isinstance(result, (tuple, list)) or len(result) != 2:
        raise NotYet(
            f"Return two lists of variables, (wide, deep). Yours returned {show(result, 200)}."
        )
    lists = []
    for part in result:
        if isinstance(part, dict):
            part = list(part.values())
        if isinstance(part, keras.Variable):
            part = [part]
        if not hasattr(part, "__iter__") or isinstance(part, (str, np.ndarray)):
            raise NotYet(f"A part should be a list of variables; yours is {show(part, 200)}.")
        part = list(part)
        for variable in part:
            if isinstance(variable, keras.layers.Layer):
                raise NotYet(
                    f"A list holds the layer {variable.name}. An optimizer moves variables: take "
                    "layer.trainable_variables."
                )
            if isinstance(variable, (list, tuple)):
                raise NotYet(
                    "A list holds another list: use extend, or +=, to add the variables of a layer "
                    "one by one."
                )
            if not isinstance(variable, keras.Variable):
                raise NotYet(
                    f"A list holds {show(variable, 100)}. Return the variables themselves, no "
                    "names, no copies and no numbers."
                )
        lists.append(part)
    return lists


def course_build_click_model(num_crosses, num_columns, width):
    """Build and compile a wide and a deep part with dropout, joined in one probability."""
    crosses, features = keras.Input((num_crosses,)), keras.Input((num_columns,))
    wide = layers.Dense(1, use_bias=False)(crosses)
    hidden = layers.Dense(width, activation="relu")(features)
    deep = layers.Dense(1)(layers.Dropout(0.5)(hidden))
    model = keras.Model([crosses, features], ops.sigmoid(wide + deep))
    model.compile("adam", loss=keras.losses.BinaryCrossentropy())
    return model


@lab.exercise(
    course_build_click_model,
    takeaway="Nothing stopped it and the loss fell: only weights that you know show such bugs.",
    hints=[
        "What does the model return for extreme weights, and what does the loss think it gets? "
        "Which inputs are still there with training=True?",
        "Four places: which parts go through the dropout, the hidden layer, how the two parts are "
        "joined, and what from_logits says of the output.",
        "wide = Dense(1)(crosses) without dropout; hidden with activation='relu'; one sigmoid of "
        "wide + deep; BinaryCrossentropy() for probabilities.",
    ],
    seconds=SECONDS,
)
def build_click_model(answer):
    click_models.judge(answer)
