"""What the checks of lab 01 say to right, wrong and odd answers."""

import numpy as np
import pytest
from attempts import Attempt, judge, with_stub_and_solution

from utils.checks import embeddings as check
from utils.checks.compare import NotYet, expect_function
from utils.units.embeddings import symbols

ENCODE = "def encode(symbols, vocabulary, length):\n"
ONE_HOT = "def one_hot(indices, num_symbols):\n"
MEAN = "def mean_embedding(indices, table):\n"
GRADIENT = "def embedding_gradient(indices, output_gradient, num_symbols):\n"
PAIR = """\
def build_pair_model(num_symbols, embedding_dim):
    first = keras.Input(shape=(), dtype="int32")
    second = keras.Input(shape=(), dtype="int32")
    embedding = keras.layers.Embedding(num_symbols, embedding_dim)
    first_vector, second_vector = embedding(first), embedding(second)
"""
DOT = "keras.layers.Dot(axes=1)([first_vector, second_vector])"


def pair_returning(score):
    return PAIR + f"    return keras.Model([first, second], {score})\n"


ENCODE_ATTEMPTS = [
    Attempt(
        "encode",
        "a loop over the places",
        "right",
        ENCODE
        + """\
    result = np.zeros(length, dtype=int)
    for place, symbol in enumerate(symbols):
        if place < length:
            result[place] = vocabulary[symbol] if symbol in vocabulary else 1
    return result
""",
    ),
    Attempt(
        "encode",
        "a tensor",
        "right",
        ENCODE
        + """\
    padded = [vocabulary.get(symbol, 1) for symbol in symbols] + [0] * length
    return keras.ops.convert_to_tensor(padded[:length])
""",
    ),
    Attempt(
        "encode",
        "recursion, a tuple",
        "right",
        ENCODE
        + """\
    if length == 0:
        return ()
    head = vocabulary.get(symbols[0], 1) if symbols else 0
    return (head, *encode(symbols[1:], vocabulary, length - 1))
""",
    ),
    Attempt(
        "encode",
        "a series of pandas",
        "right",
        ENCODE
        + """\
    known = pd.Series(symbols, dtype=object).map(vocabulary).fillna(1).astype(int)
    return known.reindex(range(length), fill_value=0)
""",
    ),
    Attempt(
        "encode",
        "floats cannot pick a row",
        "not yet",
        ENCODE
        + """\
    result = np.zeros(length)
    for place, symbol in enumerate(symbols[:length]):
        result[place] = vocabulary.get(symbol, 1)
    return result
""",
        ("the numbers are right, but of the type float64", "dtype=int"),
    ),
    Attempt(
        "encode",
        "unknown as None",
        "not yet",
        ENCODE + "    return ([vocabulary.get(s) for s in symbols] + [0] * length)[:length]\n",
        ("should be numbers; yours is [3, None, 0, 0]",),
    ),
    Attempt(
        "encode",
        "stops at an unknown symbol",
        "not yet",
        ENCODE
        + """\
    indices = []
    for symbol in symbols:
        if symbol not in vocabulary:
            indices.append(1)
            break
        indices.append(vocabulary[symbol])
    return (indices + [0] * length)[:length]
""",
        ("What comes after an unknown symbol is lost",),
    ),
    Attempt(
        "encode",
        "pads the list of the caller",
        "not yet",
        ENCODE
        + """\
    while len(symbols) < length:
        symbols.append(None)
    return [0 if s is None else vocabulary.get(s, 1) for s in symbols[:length]]
""",
        ("changed its input `symbols`",),
    ),
    Attempt(
        "encode",
        "padding in front",
        "not yet",
        ENCODE
        + """\
    indices = [vocabulary.get(symbol, 1) for symbol in symbols][:length]
    return [0] * (length - len(indices)) + indices
""",
        ("padding belongs at the end", "[3 1 0 0]"),
    ),
    Attempt(
        "encode",
        "unknown is 0",
        "not yet",
        ENCODE
        + """\
    padded = [vocabulary.get(symbol, 0) for symbol in symbols] + [0] * length
    return padded[:length]
""",
        ("The unknown symbol is lost",),
    ),
    Attempt(
        "encode",
        "a growing vocabulary",
        "not yet",
        ENCODE
        + """\
    indices = [vocabulary.setdefault(s, 2 + len(vocabulary)) for s in symbols]
    return (indices + [0] * length)[:length]
""",
        ("A vocabulary does not grow",),
    ),
    Attempt(
        "encode",
        "no padding",
        "not yet",
        ENCODE + "    return [vocabulary.get(symbol, 1) for symbol in symbols]\n",
        ("shape (4,)", "padding is missing"),
    ),
    Attempt(
        "encode",
        "not cut",
        "not yet",
        ENCODE
        + """\
    indices = [vocabulary.get(symbol, 1) for symbol in symbols]
    return indices + [0] * (length - len(indices))
""",
        ("must be cut",),
    ),
    Attempt(
        "encode",
        "a set loses repeats",
        "not yet",
        ENCODE
        + """\
    indices = [vocabulary.get(symbol, 1) for symbol in dict.fromkeys(symbols)]
    return (indices + [0] * length)[:length]
""",
        ("twice must stay twice",),
    ),
    Attempt(
        "encode",
        "unknown symbol as a KeyError",
        "raised",
        ENCODE + "    return [vocabulary[symbol] for symbol in symbols]\n",
        ("KeyError: 'Sci-Fi'", "line 2 of your cell", "length = 4"),
    ),
    Attempt(
        "encode",
        "no return",
        "not yet",
        ENCODE + "    indices = [vocabulary.get(symbol, 1) for symbol in symbols]\n",
        ("returned None", "`return`"),
    ),
    Attempt(
        "encode",
        "Keras pads and cuts in front",
        "not yet",
        ENCODE
        + """\
    found = [[vocabulary.get(symbol, 1) for symbol in symbols]]
    return keras.utils.pad_sequences(found, maxlen=length)[0]
""",
        ("pad_sequences", 'truncating="post"'),
    ),
    Attempt(
        "encode",
        "one 1 for all unknown symbols",
        "not yet",
        ENCODE
        + """\
    indices = []
    for symbol in symbols:
        if symbol in vocabulary or 1 not in indices:
            indices.append(vocabulary.get(symbol, 1))
    return (indices + [0] * length)[:length]
""",
        ("'Horror' is not in the vocabulary: 1",),
    ),
    Attempt(
        "encode",
        "floats where there is no symbol",
        "not yet",
        ENCODE
        + """\
    indices = np.array([vocabulary.get(symbol, 1) for symbol in symbols][:length])
    return np.pad(indices, (0, length - len(indices)))
""",
        ("symbols = []", "of the type float64"),
    ),
    Attempt(
        "encode",
        "a return inside the loop",
        "not yet",
        ENCODE
        + """\
    for symbol in symbols:
        return [vocabulary.get(symbol, 1)] + [0] * (length - 1)
    return [0] * length
""",
        ("`return` stand inside the loop",),
    ),
]

ONE_HOT_ATTEMPTS = [
    Attempt(
        "one_hot",
        "Keras",
        "right",
        ONE_HOT + "    return keras.ops.one_hot(indices, num_symbols)\n",
    ),
    Attempt(
        "one_hot",
        "a comparison",
        "right",
        ONE_HOT + "    return indices[:, None] == np.arange(num_symbols)\n",
    ),
    Attempt(
        "one_hot",
        "a list of lists",
        "right",
        ONE_HOT + "    return [[int(i == j) for j in range(num_symbols)] for i in indices]\n",
    ),
    Attempt(
        "one_hot",
        "a sparse matrix",
        "right",
        ONE_HOT
        + """\
    import scipy.sparse
    size, places = len(indices), np.arange(len(indices))
    return scipy.sparse.coo_matrix((np.ones(size), (places, indices)), (size, num_symbols))
""",
    ),
    Attempt(
        "one_hot",
        "a table of pandas with all columns",
        "right",
        ONE_HOT
        + """\
    found = pd.get_dummies(indices)  # bool; the new columns are int
    return found.reindex(columns=range(num_symbols), fill_value=0)
""",
    ),
    Attempt(
        "one_hot",
        "a sparse tensor",
        "right",
        ONE_HOT + "    return keras.ops.one_hot(indices, num_symbols, sparse=True)\n",
    ),
    Attempt(
        "one_hot",
        "all rows are the same list",
        "not yet",
        ONE_HOT
        + """\
    vectors = [[0] * num_symbols] * len(indices)
    for place, index in enumerate(indices):
        vectors[place][index] = 1
    return vectors
""",
        ("not only its own",),
    ),
    Attempt(
        "one_hot",
        "transposed",
        "not yet",
        ONE_HOT + "    return np.eye(num_symbols)[:, indices]\n",
        ("shape (3, 4); yours has (4, 3)", "one row per index"),
    ),
    Attempt(
        "one_hot",
        "ones of all indices in every row",
        "not yet",
        ONE_HOT
        + """\
    vectors = np.zeros((len(indices), num_symbols))
    vectors[:, indices] = 1
    return vectors
""",
        ("not only its own",),
    ),
    Attempt(
        "one_hot",
        "one row for all",
        "not yet",
        ONE_HOT
        + """\
    vector = np.zeros(num_symbols)
    vector[indices] = 1
    return vector
""",
        ("a row of its own",),
    ),
    Attempt(
        "one_hot",
        "as many columns as the largest index",
        "not yet",
        ONE_HOT + "    return np.eye(indices.max() + 1)[indices]\n",
        ("whatever the largest index is",),
    ),
    Attempt(
        "one_hot",
        "columns of the symbols that occur",
        "not yet",
        ONE_HOT + "    return pd.get_dummies(indices)\n",
        ("Only the symbols that occur",),
    ),
    Attempt(
        "one_hot",
        "whole rows filled",
        "not yet",
        ONE_HOT
        + """\
    vectors = np.zeros((len(indices), num_symbols))
    vectors[indices] = 1
    return vectors
""",
        ("fills a whole row",),
    ),
    Attempt(
        "one_hot",
        "a mistake that no table foresees",
        "not yet",
        ONE_HOT
        + """\
    return np.eye(num_symbols)[indices] / 2
""",
        ("row 1: the index is 0, so the one stands in column 0",),
    ),
]

MEAN_ATTEMPTS = [
    Attempt(
        "mean_embedding",
        "a loop",
        "right",
        MEAN
        + """\
    means = []
    for row in indices:
        rows = table[row[row > 0]]
        means.append(rows.mean(axis=0) if len(rows) else np.zeros(table.shape[1]))
    return means
""",
    ),
    Attempt(
        "mean_embedding",
        "counts times table",
        "right",
        MEAN
        + """\
    counts = np.stack([np.bincount(row, minlength=len(table)) for row in indices])
    counts[:, 0] = 0
    return counts @ table / np.maximum(counts.sum(axis=1, keepdims=True), 1)
""",
    ),
    Attempt(
        "mean_embedding",
        "Keras layers",
        "right",
        MEAN
        + """\
    layer = keras.layers.Embedding(*table.shape, weights=[table], mask_zero=True)
    mask = keras.ops.cast(layer.compute_mask(indices), "float32")
    total = keras.ops.sum(layer(indices) * mask[..., None], axis=1)
    return total / keras.ops.maximum(keras.ops.sum(mask, axis=1, keepdims=True), 1)
""",
    ),
    Attempt(
        "mean_embedding",
        "half precision",
        "right",
        MEAN
        + """\
    known = (indices != 0)[..., None]
    means = (table[indices] * known).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return means.astype("float16")
""",
    ),
    Attempt(
        "mean_embedding",
        "row 0 of the caller's table is overwritten",
        "not yet",
        MEAN
        + """\
    table[0] = 0
    return table[indices].sum(axis=1) / np.maximum((indices != 0).sum(axis=1, keepdims=True), 1)
""",
        ("changed its input `table`",),
    ),
    Attempt(
        "mean_embedding",
        "stops at the first padding",
        "not yet",
        MEAN
        + """\
    means = []
    for row in indices.tolist():
        row = row[: row.index(0)] if 0 in row else row
        means.append(table[row].mean(axis=0) if row else 0 * table[0])
    return means
""",
        ("Padding can stand anywhere",),
    ),
    Attempt(
        "mean_embedding",
        "padding counts",
        "not yet",
        MEAN + "    return table[indices].mean(axis=1)\n",
        ("padding must not count",),
    ),
    Attempt(
        "mean_embedding",
        "divided by the length",
        "not yet",
        MEAN + "    return (table[indices] * (indices != 0)[..., None]).mean(axis=1)\n",
        ("not by the length",),
    ),
    Attempt(
        "mean_embedding",
        "a sum",
        "not yet",
        MEAN + "    return (table[indices] * (indices != 0)[..., None]).sum(axis=1)\n",
        ("This is the sum; divide",),
    ),
    Attempt(
        "mean_embedding",
        "counts along the wrong axis",
        "not yet",
        MEAN
        + """\
    known = indices != 0
    return (table[indices] * known[..., None]).sum(axis=1) / known.sum(axis=1)
""",
        ("along the wrong axis",),
    ),
    Attempt(
        "mean_embedding",
        "one mean for the batch",
        "not yet",
        MEAN + "    return table[indices[indices != 0]].mean(axis=0)\n",
        ("one mean for the whole batch",),
    ),
    Attempt(
        "mean_embedding",
        "unknown does not count",
        "not yet",
        MEAN
        + """\
    known = (indices > 1)[..., None]
    return (table[indices] * known).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
""",
        ("An unknown symbol (1) counts",),
    ),
    Attempt(
        "mean_embedding",
        "nothing to divide by",
        "not yet",
        MEAN
        + """\
    known = (indices != 0)[..., None]
    with np.errstate(invalid="ignore"):
        return (table[indices] * known).sum(axis=1) / known.sum(axis=1)
""",
        ("divided by 0 symbols",),
    ),
    Attempt(
        "mean_embedding",
        "a symbol whose row is zeros is taken for padding",
        "not yet",
        MEAN
        + """\
    rows = table[indices] * (indices != 0)[..., None]
    known = rows.any(axis=2, keepdims=True)
    return rows.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
""",
        ("whose row is zeros",),
    ),
    Attempt(
        "mean_embedding",
        "padding between two symbols",
        "not yet",
        MEAN
        + """\
    found = [np.trim_zeros(row) for row in indices]
    return [table[row].mean(axis=0) if len(row) else 0 * table[0] for row in found]
""",
        ("between two symbols",),
    ),
    Attempt(
        "mean_embedding",
        "a root in the denominator",
        "not yet",
        MEAN
        + """\
    known = (indices != 0)[..., None]
    return (table[indices] * known).sum(axis=1) / np.maximum(known.sum(axis=1), 1) ** 0.5
""",
        ("list 0: ([2.5 4. ] + [ 6. -1.]) / 2 = [4.25 1.5 ]",),
    ),
]

GRADIENT_ATTEMPTS = [
    Attempt(
        "embedding_gradient",
        "a loop",
        "right",
        GRADIENT
        + """\
    gradient = np.zeros((num_symbols, len(output_gradient[0])))
    for index, row in zip(indices, output_gradient):
        gradient[index] += row
    return gradient
""",
    ),
    Attempt(
        "embedding_gradient",
        "a product",
        "right",
        GRADIENT + "    return np.eye(num_symbols)[indices].T @ output_gradient\n",
    ),
    Attempt(
        "embedding_gradient",
        "Keras",
        "right",
        GRADIENT
        + "    return keras.ops.segment_sum(output_gradient, indices, num_segments=num_symbols)\n",
    ),
    Attempt(
        "embedding_gradient",
        "a table of pandas",
        "right",
        GRADIENT
        + """\
    sums = pd.DataFrame(output_gradient).groupby(indices).sum()
    return sums.reindex(range(num_symbols), fill_value=0)
""",
    ),
    Attempt(
        "embedding_gradient",
        "bincount per dimension",
        "right",
        GRADIENT
        + """\
    columns = [np.bincount(indices, g, num_symbols) for g in output_gradient.T]
    return np.stack(columns, axis=1)
""",
    ),
    Attempt(
        "embedding_gradient",
        "a table of ints",
        "not yet",
        GRADIENT
        + """\
    gradient = np.zeros((num_symbols, output_gradient.shape[1]), dtype=int)
    for index, row in zip(indices, output_gradient):
        gradient[index] = gradient[index] + row
    return gradient
""",
        ("was cut to whole numbers",),
    ),
    Attempt(
        "embedding_gradient",
        "repeated indices are lost",
        "not yet",
        GRADIENT
        + """\
    gradient = np.zeros((num_symbols, output_gradient.shape[1]))
    gradient[indices] += output_gradient
    return gradient
""",
        ("only one gradient is left", "`gradient[indices] += ...`"),
    ),
    Attempt(
        "embedding_gradient",
        "averaged",
        "not yet",
        GRADIENT
        + """\
    sums = pd.DataFrame(output_gradient).groupby(indices).mean()
    return sums.reindex(range(num_symbols), fill_value=0)
""",
        ("added, not averaged",),
    ),
    Attempt(
        "embedding_gradient",
        "a row per place in the batch",
        "not yet",
        GRADIENT + "    return output_gradient\n",
        ("one row per symbol",),
    ),
    Attempt(
        "embedding_gradient",
        "rows up to the largest index",
        "not yet",
        GRADIENT
        + """\
    gradient = np.zeros((indices.max() + 1, output_gradient.shape[1]))
    np.add.at(gradient, indices, output_gradient)
    return gradient
""",
        ("num_symbols rows",),
    ),
    Attempt(
        "embedding_gradient",
        "a wrong shape",
        "raised",
        GRADIENT
        + """\
    gradient = np.zeros(num_symbols)
    gradient[indices] += output_gradient
    return gradient
""",
        ("ValueError", "indices = [1 1]", "num_symbols = 3"),
    ),
    Attempt(
        "embedding_gradient",
        "an index taken for a place in the batch",
        "not yet",
        GRADIENT
        + """\
    gradient = np.zeros((num_symbols, output_gradient.shape[1]))
    for index in indices:
        gradient[index] += output_gradient[index]
    return gradient
""",
        ("used as a place in the batch",),
    ),
    Attempt(
        "embedding_gradient",
        "row 0 taken for padding",
        "not yet",
        GRADIENT
        + """\
    gradient = np.zeros((num_symbols, output_gradient.shape[1]))
    np.add.at(gradient, indices, output_gradient)
    gradient[0] = 0
    return gradient
""",
        ("Row 0 is left out",),
    ),
    Attempt(
        "embedding_gradient",
        "a step, not a gradient",
        "not yet",
        GRADIENT
        + """\
    gradient = np.zeros((num_symbols, output_gradient.shape[1]))
    np.add.at(gradient, indices, -0.1 * output_gradient)
    return gradient
""",
        ("row 1: [ 1.5 10. ] + [ 2. 20.] = [ 3.5 30. ]",),
    ),
]

PAIR_ATTEMPTS = [
    Attempt("build_pair_model", "shared layer", "right", pair_returning(DOT)),
    Attempt(
        "build_pair_model",
        "sum of a product, inputs of shape (1,)",
        "right",
        """\
def build_pair_model(num_symbols, embedding_dim):
    inputs = [keras.Input((1,), dtype="int64"), keras.Input((1,), dtype="int64")]
    table = keras.layers.Embedding(num_symbols, embedding_dim, embeddings_initializer="normal")
    left, right = (keras.layers.Flatten()(table(symbol)) for symbol in inputs)
    return keras.Model(inputs, keras.ops.sum(left * right, axis=-1, keepdims=True))
""",
    ),
    Attempt(
        "build_pair_model",
        "one-hot and a dense layer",
        "right",
        """\
def build_pair_model(num_symbols, embedding_dim):
    inputs = [keras.Input((), dtype="int32"), keras.Input((), dtype="int32")]
    table = keras.layers.Dense(embedding_dim, use_bias=False)
    left, right = (table(keras.ops.one_hot(symbol, num_symbols)) for symbol in inputs)
    return keras.Model(inputs, keras.layers.Dot(axes=-1)([left, right]))
""",
    ),
    Attempt(
        "build_pair_model",
        "a subclass",
        "right",
        """\
def build_pair_model(num_symbols, embedding_dim):
    class PairModel(keras.Model):
        def __init__(self):
            super().__init__()
            self.table = keras.layers.Embedding(num_symbols, embedding_dim)

        def call(self, inputs):
            first, second = inputs
            product = self.table(first) * self.table(second)
            return keras.ops.sum(product, axis=-1, keepdims=True)

    return PairModel()
""",
    ),
    Attempt(
        "build_pair_model",
        "dropout on one side",
        "right",
        pair_returning(DOT.replace("[first_vector", "[keras.layers.Dropout(0.5)(first_vector)")),
    ),
    Attempt(
        "build_pair_model",
        "a penalty on the table",
        "right",
        pair_returning(DOT).replace("_dim)\n", "_dim, embeddings_regularizer='l2')\n"),
    ),
    Attempt(
        "build_pair_model",
        "a relu on top",
        "not yet",
        pair_returning(f"keras.ops.relu({DOT})"),
        ("leave out the relu",),
    ),
    Attempt(
        "build_pair_model",
        "the 4 dimensions of the example",
        "not yet",
        pair_returning(DOT).replace("embedding_dim)\n", "4)\n"),
        ("should have one weight, a table of shape (4, 2)", "[(4, 4)]"),
    ),
    Attempt(
        "build_pair_model",
        "two arguments instead of a list",
        "not yet",
        """\
class build_pair_model(keras.Model):
    def __init__(self, num_symbols, embedding_dim):
        super().__init__()
        self.table = keras.layers.Embedding(num_symbols, embedding_dim)

    def call(self, first, second):
        return keras.ops.sum(self.table(first) * self.table(second), axis=-1)
""",
        ("could not be called with a list", "TypeError", "'second'"),
    ),
    Attempt(
        "build_pair_model",
        "two tables",
        "not yet",
        pair_returning(DOT).replace(
            "embedding(second)", "keras.layers.Embedding(num_symbols, embedding_dim)(second)"
        ),
        ("two tables of shape (4, 2)", "call it on both inputs"),
    ),
    Attempt(
        "build_pair_model",
        "side by side",
        "not yet",
        pair_returning("keras.layers.Concatenate()([first_vector, second_vector])"),
        ("(3, 4)", "side by side"),
    ),
    Attempt(
        "build_pair_model",
        "no sum",
        "not yet",
        pair_returning("first_vector * second_vector"),
        ("without the sum",),
    ),
    Attempt(
        "build_pair_model",
        "one score for the whole batch",
        "not yet",
        pair_returning("keras.ops.sum(first_vector * second_vector)"),
        ("sum over the whole batch",),
    ),
    Attempt(
        "build_pair_model",
        "every pair gets the sum over the batch",
        "not yet",
        pair_returning("0 * first_vector[:, :1] + keras.ops.sum(first_vector * second_vector)"),
        ("sum over the whole batch",),
    ),
    Attempt(
        "build_pair_model",
        "all against all",
        "not yet",
        pair_returning("first_vector @ keras.ops.transpose(second_vector)"),
        ("every first symbol against every second one",),
    ),
    Attempt(
        "build_pair_model",
        "a cosine",
        "not yet",
        pair_returning(DOT.replace("axes=1", "axes=1, normalize=True")),
        ("That is a cosine",),
    ),
    Attempt(
        "build_pair_model",
        "a sigmoid on top",
        "not yet",
        pair_returning(f"keras.ops.sigmoid({DOT})"),
        ("There is a sigmoid on top",),
    ),
    Attempt(
        "build_pair_model",
        "a distance",
        "not yet",
        pair_returning("keras.ops.norm(first_vector - second_vector, axis=-1, keepdims=True)"),
        ("That is a distance",),
    ),
    Attempt(
        "build_pair_model",
        "a dense layer on top",
        "not yet",
        pair_returning(f"keras.layers.Dense(1)({DOT})"),
        ("should have one weight", "(1, 1)"),
    ),
    Attempt(
        "build_pair_model",
        "only the first input is used",
        "not yet",
        pair_returning(DOT.replace("second_vector", "first_vector")),
        ("first symbols = [1 2 3]", "The second input is not used"),
    ),
    Attempt(
        "build_pair_model",
        "rows and columns swapped",
        "not yet",
        pair_returning(DOT).replace(
            "num_symbols, embedding_dim)\n", "embedding_dim, num_symbols)\n"
        ),
        ("shapes [(2, 4)]", "one row per symbol"),
    ),
    Attempt(
        "build_pair_model",
        "a table of zeros never learns",
        "not yet",
        pair_returning(DOT).replace("embedding_dim)\n", "embedding_dim, 'zeros')\n"),
        ("start equal",),
    ),
    Attempt(
        "build_pair_model",
        "a frozen table",
        "not yet",
        pair_returning(DOT).replace("embedding_dim)\n", "embedding_dim, trainable=False)\n"),
        ("frozen",),
    ),
    Attempt(
        "build_pair_model",
        "no gradient from one input",
        "not yet",
        pair_returning(DOT.replace("first_vector", "keras.ops.stop_gradient(first_vector)")),
        ("it moved [2]", "both inputs"),
    ),
    Attempt(
        "build_pair_model",
        "a tensor instead of a model",
        "not yet",
        PAIR + f"    return {DOT}\n",
        ("should return a keras.Model",),
    ),
    Attempt(
        "build_pair_model",
        "a model with one input",
        "not yet",
        pair_returning("first_vector").replace("[first, second]", "first"),
        ("should have two inputs; yours has 1",),
    ),
    Attempt(
        "build_pair_model",
        "as many rows as the first table that was asked for",
        "not yet",
        pair_returning(DOT).replace("num_symbols, embedding_dim)\n", "4, embedding_dim)\n"),
        ("build_pair_model(5, 4)", "[(4, 4)]"),
    ),
    Attempt(
        "build_pair_model",
        "a constant is added",
        "not yet",
        pair_returning(f"{DOT} + 3.5"),
        ("pair (1, 2): -0.6 * 0.9 + 1.7 * -2 = -3.94",),
    ),
    Attempt(
        "build_pair_model",
        "two outputs",
        "not yet",
        pair_returning("[first_vector, second_vector]"),
        ("one output",),
    ),
]

ATTEMPTS = with_stub_and_solution(
    "01_embeddings",
    ENCODE_ATTEMPTS + ONE_HOT_ATTEMPTS + MEAN_ATTEMPTS + GRADIENT_ATTEMPTS + PAIR_ATTEMPTS,
)


@pytest.mark.parametrize("attempt", ATTEMPTS, ids=str)
def test_attempt(attempt):
    judge(check, attempt)


@pytest.mark.parametrize(
    ("right", "cases", "mistakes"),
    [
        pytest.param(symbols.encode, check.ENCODE_CASES, check.ENCODE_MISTAKES, id="encode"),
        pytest.param(symbols.one_hot, check.ONE_HOT_CASES, check.ONE_HOT_MISTAKES, id="one_hot"),
        pytest.param(symbols.mean_embedding, check.MEAN_CASES, check.MEAN_MISTAKES, id="mean"),
        pytest.param(
            symbols.embedding_gradient, check.GRADIENT_CASES, check.GRADIENT_MISTAKES, id="gradient"
        ),
        pytest.param(check._dots, check.PAIR_CASES, check.PAIR_MISTAKES, id="pairs"),
    ],
)
def test_every_mistake_shows_in_two_cases(right, cases, mistakes):
    """A student who makes one is told that one, or one with the same words before it."""
    for mistake, text in mistakes:

        def answer(*case, mistake=mistake):
            return mistake(*case)

        answer.named = str
        with np.errstate(all="ignore"), pytest.raises(NotYet) as error:
            expect_function(answer, right, cases, what="the answer", mistakes=mistakes)
        assert text in str(error.value)
