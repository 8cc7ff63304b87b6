"""What the checks of lab 09 say to right, wrong and odd answers."""

from itertools import product

import keras
import pytest
from attempts import Attempt, changed, judge, run, table, with_stub_and_solution

from utils.checks import wide_and_deep as check

CROSS = """
import zlib
def cross_columns(first, second, num_bins):
    bin_of = {}
    bins = []
    for a, b in zip(first, second):
        text = f"{a}_X_{b}"
        bin_of[text] = zlib.crc32(text.encode()) % num_bins
        bins.append(bin_of[text])
    taken = list(bin_of.values())
    return bins, sum(taken.count(place) > 1 for place in taken)
"""
COUNT = "sum(taken.count(place) > 1 for place in taken)"
MODEL = "import keras\nfrom keras import layers, ops\n"
JOINT = (
    MODEL
    + """
def build_joint(num_bins, num_columns, width):
    bins = keras.Input((), dtype="int32")
    features = keras.Input((num_columns,))
    wide = layers.Embedding(num_bins, 1, embeddings_initializer="zeros")(bins)
    hidden = layers.Dense(width, activation="relu")(features)
    deep = layers.Dense(1)(hidden)
    return keras.Model([bins, features], ops.sigmoid(wide + deep))
"""
)
JOIN = "ops.sigmoid(wide + deep)"
SHARED = (
    MODEL
    + """
def build_shared(sizes, dim, width):
    inputs = [keras.Input((), dtype="int32") for size in sizes]
    vectors = [layers.Embedding(size, dim)(x) for x, size in zip(inputs, sizes)]
    biases = [layers.Embedding(size, 1)(x) for x, size in zip(inputs, sizes)]
    fm = sum(biases)
    for i in range(len(sizes)):
        for j in range(i + 1, len(sizes)):
            fm = fm + ops.sum(vectors[i] * vectors[j], axis=1, keepdims=True)
    hidden = layers.Dense(width, activation="relu")(layers.Concatenate()(vectors))
    deep = layers.Dense(1)(hidden)
    return keras.Model(inputs, ops.sigmoid(fm + deep))
"""
)
IDENTITY = (
    MODEL
    + """
def build_shared(sizes, dim, width):
    inputs = [keras.Input((), dtype="int32") for size in sizes]
    v = ops.stack([layers.Embedding(s, dim)(x) for x, s in zip(inputs, sizes)], axis=1)
    biases = layers.Add()([layers.Embedding(s, 1)(x) for x, s in zip(inputs, sizes)])
    pairs = 0.5 * (ops.sum(v, axis=1) ** 2 - ops.sum(v**2, axis=1))
    fm = biases + ops.sum(pairs, axis=-1, keepdims=True)
    hidden = layers.Dense(width, activation="relu")(layers.Flatten()(v))
    return keras.Model(inputs, layers.Activation("sigmoid")(layers.Dense(1)(hidden) + fm))
"""
)
LAYERS = """
def cross_network(x0, kernels, biases):
    x = x0
    for w, b in zip(kernels, biases):
        x = x0 * (x @ w + b) + x
    return x
"""
STEP = "x0 * (x @ w + b) + x"
SPLIT = """
def split_by_layer(model, wide_layers):
    wide, deep = [], []
    for layer in model.layers:
        if layer.name in wide_layers:
            wide += layer.trainable_variables
        else:
            deep += layer.trainable_variables
    return wide, deep
"""
CLICK = (
    MODEL
    + """
def build_click_model(num_crosses, num_columns, width):
    crosses, features = keras.Input((num_crosses,)), keras.Input((num_columns,))
    hidden = layers.Dense(width, activation="relu")(features)
    deep = layers.Dense(1)(layers.Dropout(0.5)(hidden))
    wide = layers.Dense(1, use_bias=False)(crosses)
    model = keras.Model([crosses, features], ops.sigmoid(wide + deep))
    model.compile("adam", loss=keras.losses.BinaryCrossentropy())
    return model
"""
)
BUGGY = (
    MODEL
    + """
def build_click_model(num_crosses, num_columns, width):
    crosses, features = keras.Input((num_crosses,)), keras.Input((num_columns,))
    hidden = layers.Dense(width)(features)
    kept = layers.Dropout(0.5)(layers.Concatenate()([crosses, hidden]))
    wide = layers.Dense(1, activation="sigmoid")(kept[:, :num_crosses])
    deep = layers.Dense(1, activation="sigmoid")(kept[:, num_crosses:])
    model = keras.Model([crosses, features], (wide + deep) / 2)
    model.compile("adam", loss=keras.losses.BinaryCrossentropy(from_logits=True))
    return model
"""
)

ATTEMPTS = [
    *table(
        "cross_columns",
        [
            (
                "Python's hash",
                "not yet",
                changed(CROSS, "zlib.crc32(text.encode())", "hash((int(a), int(b)))"),
                ("Python's own hash",),
            ),
            (
                "a share",
                "not yet",
                changed(CROSS, COUNT, COUNT + " / len(taken)"),
                ("This is a share of the pairs",),
            ),
            ("loops and a list", "right", CROSS),
            (
                "unique and bincount",
                "right",
                "import zlib\ndef cross_columns(first, second, num_bins):\n"
                "    texts = [str(a) + '_X_' + str(b) for a, b in zip(first, second)]\n"
                "    hashes = np.array([zlib.crc32(bytes(t, 'ascii')) for t in texts])\n"
                "    different = [zlib.crc32(t.encode()) % num_bins for t in set(texts)]\n"
                "    sizes = np.bincount(different)\n"
                "    return hashes % num_bins, sizes[sizes > 1].sum()",
            ),
            (
                "pandas",
                "right",
                "import zlib\ndef cross_columns(first, second, num_bins):\n"
                "    t = pd.DataFrame({'a': first, 'b': second})\n"
                "    t['bin'] = [zlib.crc32(f'{a}_X_{b}'.encode()) % num_bins\n"
                "                for a, b in t.to_numpy()]\n"
                "    d = t.drop_duplicates()\n"
                "    return t['bin'], int(d['bin'].duplicated(keep=False).sum())",
            ),
            (
                "no separator",
                "not yet",
                changed(CROSS, "{a}_X_{b}", "{a}{b}"),
                ("1, 23 and 12, 3 are the same text",),
            ),
            (
                "the other way round",
                "not yet",
                changed(CROSS, "{a}_X_{b}", "{b}_X_{a}"),
                ("The order is wrong",),
            ),
            (
                "another separator",
                "not yet",
                changed(CROSS, "_X_", "_"),
                ('"_X_", not "_"',),
            ),
            (
                "each on its own",
                "not yet",
                changed(
                    CROSS,
                    "zlib.crc32(text.encode())",
                    "(zlib.crc32(str(a).encode()) + zlib.crc32(str(b).encode()))",
                ),
                ("Each column was hashed on its own",),
            ),
            (
                "no remainder",
                "not yet",
                changed(CROSS, " % num_bins", ""),
                ("The remainder is missing",),
            ),
            ("bins from 1", "not yet", changed(CROSS, "% num_bins", "% num_bins + 1"), ("from 0",)),
            (
                "no hash",
                "not yet",
                changed(CROSS, "zlib.crc32(text.encode())", "(a + b)"),
                ("adds the indices",),
            ),
            (
                "rows counted",
                "not yet",
                changed(CROSS, "list(bin_of.values())", "bins"),
                ("Rows were counted",),
            ),
            (
                "the first of a bin left out",
                "not yet",
                changed(CROSS, COUNT, "len(taken) - len(set(taken))"),
                ("The first pair of each shared bin is missing",),
            ),
            (
                "bins counted",
                "not yet",
                changed(CROSS, COUNT, "sum(taken.count(place) > 1 for place in set(taken))"),
                ("Bins were counted",),
            ),
            (
                "pairs of pairs",
                "not yet",
                changed(
                    CROSS, COUNT, "sum(x == y for i, x in enumerate(taken) for y in taken[:i])"
                ),
                ("pairs of pairs",),
            ),
            (
                "rows in shared bins",
                "not yet",
                changed(CROSS, COUNT, "sum(taken.count(place) > 1 for place in bins)"),
                ("rows in shared bins",),
            ),
            (
                "off by one",
                "not yet",
                changed(CROSS, COUNT, "1 + " + COUNT),
                ("different pairs are not alone",),
            ),
            ("bins alone", "not yet", changed(CROSS, ", " + COUNT, ""), ("Return two results",)),
            (
                "swapped",
                "not yet",
                changed(CROSS, "return bins, " + COUNT, f"return {COUNT}, bins"),
                ("the bins come first",),
            ),
            ("bytes forgotten", "raised", changed(CROSS, ".encode()", ""), ("TypeError",)),
        ],
    ),
    *table(
        "build_joint",
        [
            (
                "a table with one row too many",
                "right",
                changed(JOINT, "Embedding(num_bins, 1", "Embedding(num_bins + 1, 1"),
            ),
            (
                "a difference of logits",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(wide - deep)"),
                ("Where the logit of the deep part grows, the probability falls",),
            ),
            (
                "a softmax over both",
                "not yet",
                changed(JOINT, JOIN, "ops.softmax(layers.Concatenate()([wide, deep]))[:, :1]"),
                ("A softmax over the two logits is such a difference",),
            ),
            (
                "half of the deep logit",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(wide + deep / 2)"),
                ("that of the model grows by 0.50",),
            ),
            (
                "a hard sigmoid",
                "not yet",
                changed(JOINT, JOIN, "ops.hard_sigmoid(wide + deep)"),
                ("cut off at 0 and 1",),
            ),
            (
                "a sigmoid of a sigmoid",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(ops.sigmoid(wide + deep))"),
                ("a sigmoid of a sigmoid",),
            ),
            (
                "bins start at one",
                "not yet",
                changed(JOINT, '"zeros"', '"ones"'),
                ("the weights of the bins are not zero",),
            ),
            (
                "bins frozen",
                "not yet",
                changed(JOINT, '"zeros")', '"zeros", trainable=False)'),
                ("would never learn",),
            ),
            (
                "sigmoid layer",
                "right",
                changed(JOINT, JOIN, "layers.Activation('sigmoid')(wide + deep)"),
            ),
            (
                "one last layer over both",
                "right",
                MODEL + "def build_joint(num_bins, num_columns, width):\n"
                "    bins, x = keras.Input((), dtype='int32'), keras.Input((num_columns,))\n"
                "    crosses = layers.CategoryEncoding(num_bins, 'one_hot')(bins)\n"
                "    hidden = layers.Dense(width, activation='tanh')(x)\n"
                "    both = layers.Concatenate()([hidden, crosses])\n"
                "    out = layers.Dense(1, 'sigmoid', kernel_initializer='zeros')(both)\n"
                "    return keras.Model([bins, x], out)",
            ),
            (
                "a linear layer on one-hot bins",
                "right",
                changed(
                    JOINT,
                    'layers.Embedding(num_bins, 1, embeddings_initializer="zeros")(bins)',
                    "layers.Dense(1, kernel_initializer='zeros')(ops.one_hot(bins, num_bins))",
                ),
            ),
            (
                "a class",
                "right",
                MODEL + "class M(keras.Model):\n"
                "    def __init__(self, n, width):\n        super().__init__()\n"
                "        self.w = layers.Embedding(n, 1, 'zeros')\n"
                "        self.h = layers.Dense(width, 'relu')\n        self.o = layers.Dense(1)\n"
                "    def call(self, inputs):\n        bins, x = inputs\n"
                "        return ops.sigmoid(self.w(bins) + self.o(self.h(x)))\n"
                "def build_joint(num_bins, num_columns, width):\n    return M(num_bins, width)",
            ),
            (
                "average of probabilities",
                "not yet",
                changed(JOINT, JOIN, "(ops.sigmoid(wide) + ops.sigmoid(deep)) / 2"),
                ("average of two probabilities",),
            ),
            (
                "sum of probabilities",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(wide) + ops.sigmoid(deep)"),
                ("two probabilities are added",),
            ),
            (
                "product of probabilities",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(wide) * ops.sigmoid(deep)"),
                ("product of two probabilities",),
            ),
            ("no sigmoid", "not yet", changed(JOINT, JOIN, "wide + deep"), ("the sigmoid",)),
            (
                "mean of logits",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(layers.Average()([wide, deep]))"),
                ("grows by 0.50", "not the mean"),
            ),
            (
                "a layer over the two logits",
                "not yet",
                changed(
                    JOINT, JOIN, "layers.Dense(1, 'sigmoid')(layers.Concatenate()([wide, deep]))"
                ),
                ("Another layer weighs it once more",),
            ),
            (
                "a sigmoid inside the sigmoid",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(ops.sigmoid(wide) + deep)"),
                ("through a sigmoid before the sum",),
            ),
            (
                "a sigmoid on the deep logit",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(wide + ops.sigmoid(deep))"),
                ("a sigmoid or tanh keeps it small",),
            ),
            (
                "both sigmoids, then one more",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(ops.sigmoid(wide) + ops.sigmoid(deep))"),
                ("Two probabilities are added, and then one more sigmoid",),
            ),
            (
                "relu on the deep logit",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(wide + ops.relu(deep))"),
                ("a relu after the deep part",),
            ),
            (
                "no activation",
                "not yet",
                changed(JOINT, ', activation="relu"', ""),
                ("no activation",),
            ),
            (
                "no deep part",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(wide + 0 * deep)"),
                ("deep part does not reach",),
            ),
            (
                "no wide part",
                "not yet",
                changed(JOINT, JOIN, "ops.sigmoid(0 * wide + deep)"),
                ("wide part does not reach",),
            ),
            (
                "bins do not start at zero",
                "not yet",
                changed(JOINT, ', embeddings_initializer="zeros"', ""),
                ("Before training",),
            ),
            (
                "wide into the network",
                "not yet",
                changed(JOINT, "(features)\n", "(layers.Concatenate()([features, wide]))\n"),
                ("whatever the features",),
            ),
            (
                "softmax",
                "not yet",
                changed(JOINT, JOIN, "ops.softmax(wide + deep)"),
                ("always 1",),
            ),
            (
                "two outputs",
                "not yet",
                changed(JOINT, JOIN, "[ops.sigmoid(wide), ops.sigmoid(deep)]"),
                ("2 outputs",),
            ),
            (
                "bins as numbers",
                "not yet",
                changed(
                    JOINT,
                    'layers.Embedding(num_bins, 1, embeddings_initializer="zeros")(bins)',
                    "layers.Dense(1)(ops.cast(bins, 'float32')[:, None])",
                ),
                ("one weight per bin",),
            ),
            (
                "a number of one's own",
                "not yet",
                changed(JOINT, "Dense(width,", "Dense(5,"),
                ("no numbers of your own",),
            ),
            (
                "two hidden layers",
                "not yet",
                changed(
                    JOINT,
                    "deep = layers.Dense(1)(hidden)",
                    "deep = layers.Dense(1)(layers.Dense(width, 'relu')(hidden))",
                ),
                ("should have 7 weights of the bins",),
            ),
            (
                "inputs swapped",
                "not yet",
                changed(JOINT, "[bins, features]", "[features, bins]"),
                ("in this order",),
            ),
            (
                "the tensor alone",
                "not yet",
                changed(JOINT, "keras.Model([bins, features], " + JOIN + ")", JOIN),
                ("Return a keras.Model",),
            ),
        ],
    ),
    *table(
        "build_shared",
        [
            (
                "the network twice",
                "not yet",
                changed(SHARED, "ops.sigmoid(fm + deep)", "ops.sigmoid(fm + 2 * deep)"),
                ("that of the model grows by 2.00",),
            ),
            (
                "half of the pairs",
                "not yet",
                changed(IDENTITY, "pairs = 0.5 *", "pairs = 0.25 *"),
                ("Half of the pairs is missing",),
            ),
            (
                "two hidden layers",
                "not yet",
                changed(
                    SHARED,
                    "layers.Dense(1)(hidden)",
                    "layers.Dense(1)(layers.Dense(width, 'relu')(hidden))",
                ),
                ("should have 19 x (4 + 1) numbers in its tables",),
            ),
            (
                "no hidden layer",
                "not yet",
                changed(
                    SHARED,
                    'hidden = layers.Dense(width, activation="relu")(',
                    "hidden = (",
                ),
                ("The network has no hidden layer",),
            ),
            (
                "cosines",
                "not yet",
                changed(
                    SHARED,
                    "ops.sum(vectors[i] * vectors[j], axis=1, keepdims=True)",
                    "layers.Dot(axes=1, normalize=True)([vectors[i], vectors[j]])",
                ),
                ("These are cosines",),
            ),
            (
                "the network reads indices",
                "not yet",
                changed(
                    SHARED,
                    "layers.Concatenate()(vectors)",
                    "ops.cast(ops.stack(inputs, axis=1), 'float32')",
                ),
                ("The network reads 3 numbers",),
            ),
            (
                "the gradient of the pairs stops",
                "not yet",
                changed(
                    SHARED, "vectors[i] * vectors[j]", "ops.stop_gradient(vectors[i] * vectors[j])"
                ),
                ("The pairs read the vectors, but training does not move them",),
            ),
            (
                "a number of one's own",
                "not yet",
                changed(SHARED, "layers.Dense(width,", "layers.Dense(11,"),
                ("build_shared([3, 7], 2, 6) should have",),
            ),
            ("pair by pair", "right", SHARED),
            ("the identity", "right", IDENTITY),
            (
                "one table for all fields",
                "right",
                MODEL + "def build_shared(sizes, dim, width):\n"
                "    inputs = [keras.Input((), dtype='int32') for s in sizes]\n"
                "    starts = np.cumsum([0, *sizes[:-1]])\n"
                "    rows = ops.stack([x + int(s) for x, s in zip(inputs, starts)], axis=1)\n"
                "    v = layers.Embedding(sum(sizes), dim)(rows)\n"
                "    b = layers.Embedding(sum(sizes), 1)(rows)\n"
                "    pairs = (ops.sum(v, 1) ** 2 - ops.sum(v * v, 1)) / 2\n"
                "    fm = ops.sum(b, axis=1) + ops.sum(pairs, axis=1, keepdims=True)\n"
                "    hidden = layers.Dense(width, 'gelu')(ops.reshape(v, (-1, len(sizes) * dim)))\n"
                "    return keras.Model(inputs, ops.sigmoid(fm + layers.Dense(1)(hidden)))",
            ),
            (
                "tables of their own for the network",
                "not yet",
                changed(
                    SHARED,
                    "layers.Concatenate()(vectors)",
                    "layers.Concatenate()([layers.Embedding(s, dim)(x)"
                    " for x, s in zip(inputs, sizes)])",
                ),
                ("two tables of vectors", "look up each vector once"),
            ),
            (
                "no biases",
                "not yet",
                changed(SHARED, "fm = sum(biases)", "fm = 0.0"),
                ("biases are missing",),
            ),
            (
                "average of probabilities",
                "not yet",
                changed(
                    SHARED, "ops.sigmoid(fm + deep)", "(ops.sigmoid(fm) + ops.sigmoid(deep)) / 2"
                ),
                ("averages probabilities",),
            ),
            (
                "sum of probabilities",
                "not yet",
                changed(SHARED, "ops.sigmoid(fm + deep)", "ops.sigmoid(fm) + ops.sigmoid(deep)"),
                ("adds probabilities",),
            ),
            (
                "sigmoid on the network alone",
                "not yet",
                changed(SHARED, "ops.sigmoid(fm + deep)", "ops.sigmoid(fm + ops.sigmoid(deep))"),
                ("The network has a sigmoid of its own",),
            ),
            (
                "no sigmoid",
                "not yet",
                changed(SHARED, "ops.sigmoid(fm + deep)", "fm + deep"),
                ("the sigmoid is missing",),
            ),
            (
                "no half",
                "not yet",
                changed(IDENTITY, "0.5 * ", ""),
                ("the half of the identity is missing",),
            ),
            (
                "no squares",
                "not yet",
                changed(IDENTITY, " - ops.sum(v**2, axis=1)", ""),
                ("Each vector still meets itself",),
            ),
            (
                "every pair twice",
                "not yet",
                changed(SHARED, "range(i + 1, len(sizes))", "set(range(len(sizes))) - {i}"),
                ("Every pair counts twice",),
            ),
            (
                "neighbors alone",
                "not yet",
                changed(SHARED, "range(i + 1, len(sizes))", "range(i + 1, min(i + 2, len(sizes)))"),
                ("Only neighboring fields meet",),
            ),
            (
                "the network reads the sum",
                "not yet",
                changed(SHARED, "layers.Concatenate()(vectors)", "layers.Add()(vectors)"),
                ("one vector of 4 numbers",),
            ),
            (
                "the network reads one field",
                "not yet",
                changed(SHARED, "layers.Concatenate()(vectors)", "vectors[0]"),
                ("side by side",),
            ),
            (
                "the network reads one field three times",
                "not yet",
                changed(SHARED, "Concatenate()(vectors)", "Concatenate()([vectors[0]] * 3)"),
                ("does not read the vector of field 1",),
            ),
            (
                "the network reads the biases",
                "not yet",
                changed(SHARED, "Concatenate()(vectors)", "Concatenate()(vectors + biases)"),
                ("The network reads the biases as well",),
            ),
            (
                "no activation",
                "not yet",
                changed(SHARED, ', activation="relu"', ""),
                ("no activation",),
            ),
            (
                "a relu at the end",
                "not yet",
                changed(SHARED, "layers.Dense(1)(hidden)", "layers.Dense(1, 'relu')(hidden)"),
                ("The last layer has no activation",),
            ),
            (
                "the gradient stops",
                "not yet",
                changed(
                    SHARED,
                    "Concatenate()(vectors)",
                    "Concatenate()([ops.stop_gradient(v) for v in vectors])",
                ),
                ("training does not move them",),
            ),
            (
                "a layer over the two logits",
                "not yet",
                changed(
                    SHARED,
                    "ops.sigmoid(fm + deep)",
                    "layers.Dense(1, 'sigmoid')(layers.Concatenate()([fm, deep]))",
                ),
                ("weighs the logit of the FM",),
            ),
            (
                "vectors start at zero",
                "not yet",
                changed(
                    SHARED, "layers.Embedding(size, dim)", "layers.Embedding(size, dim, 'zeros')"
                ),
                ("start at zero",),
            ),
            (
                "vectors frozen",
                "not yet",
                changed(
                    SHARED,
                    "layers.Embedding(size, dim)",
                    "layers.Embedding(size, dim, trainable=False)",
                ),
                ("never learn",),
            ),
            (
                "numpy sizes",
                "raised",
                changed(
                    SHARED, "layers.Embedding(size, dim)", "layers.Embedding(np.int64(size), dim)"
                ),
                ("ValueError",),
            ),
        ],
    ),
    *table(
        "cross_network",
        [
            ("numpy", "right", LAYERS),
            (
                "keras",
                "right",
                "from keras import ops\n"
                + changed(LAYERS, STEP, "ops.multiply(x0, ops.dot(x, w) + b) + x"),
            ),
            (
                "einsum, transposed",
                "right",
                changed(LAYERS, "x @ w", "np.einsum('ij,ki->kj', w, x)"),
            ),
            (
                "by recursion",
                "right",
                "def cross_network(x0, ws, bs):\n    if not ws:\n        return x0\n"
                "    x = cross_network(x0, ws[:-1], bs[:-1])\n"
                "    return x0 * (x @ ws[-1] + bs[-1]) + x",
            ),
            ("x0 lost", "not yet", changed(LAYERS, STEP, "x * (x @ w + b) + x"), ("x0 is lost",)),
            (
                "no x at the end",
                "not yet",
                changed(LAYERS, " + x\n", "\n"),
                ("missing at the end",),
            ),
            ("x0 at the end", "not yet", changed(LAYERS, "+ b) + x", "+ b) + x0"), ("not x0",)),
            (
                "x0 in every layer",
                "not yet",
                changed(LAYERS, "(x @ w", "(x0 @ w"),
                ("should read x",),
            ),
            ("transposed", "not yet", changed(LAYERS, "x @ w", "x @ w.T"), ("transposed",)),
            (
                "bias outside",
                "not yet",
                changed(LAYERS, "(x @ w + b)", "(x @ w) + b"),
                ("inside the brackets",),
            ),
            ("no bias", "not yet", changed(LAYERS, " + b", ""), ("The bias is missing",)),
            (
                "added, not multiplied",
                "not yet",
                changed(LAYERS, "x0 * (", "x0 + ("),
                ("number by number",),
            ),
            (
                "a relu",
                "not yet",
                changed(LAYERS, "(x @ w + b)", "np.maximum(x @ w + b, 0)"),
                ("no activation",),
            ),
            (
                "a return in the loop",
                "not yet",
                changed(LAYERS, "    return x", "        return x"),
                ("inside the loop",),
            ),
            (
                "only the last",
                "not yet",
                changed(LAYERS, "(x @ w", "(x0 @ w", "+ b) + x", "+ b) + x0"),
                ("Only the last layer counts",),
            ),
            (
                "a scalar",
                "not yet",
                changed(LAYERS, "x @ w + b", "(x @ w).mean() + b"),
                ("Layer 0, first row",),
            ),
            (
                "matrix product with x0",
                "raised",
                changed(LAYERS, "x0 * (", "x0 @ ("),
                ("ValueError",),
            ),
        ],
    ),
    *table(
        "split_by_layer",
        [
            (
                "the end of a name",
                "not yet",
                changed(
                    SPLIT, "layer.name in wide_layers", "layer.name.endswith(tuple(wide_layers))"
                ),
                ("not_wide", "is not in wide_layers"),
            ),
            (
                "a part of the list as text",
                "not yet",
                changed(SPLIT, "layer.name in wide_layers", "layer.name in str(wide_layers)"),
                ("cross/kernel is in the wide list",),
            ),
            ("layer by layer", "right", SPLIT),
            (
                "by id",
                "right",
                "def split_by_layer(model, wide_layers):\n"
                "    wide = [v for n in wide_layers\n"
                "            for v in model.get_layer(n).trainable_variables]\n"
                "    ids = {id(v) for v in wide}\n"
                "    return wide, [v for v in model.trainable_variables if id(v) not in ids]",
            ),
            (
                "by path",
                "right",
                "def split_by_layer(model, wide_layers):\n    wide, deep = [], []\n"
                "    for v in model.trainable_weights:\n"
                "        (wide if v.path.split('/')[0] in wide_layers else deep).append(v)\n"
                "    return tuple(wide), tuple(deep)",
            ),
            (
                "part of a name",
                "not yet",
                changed(
                    SPLIT, "layer.name in wide_layers", "any(w in layer.name for w in wide_layers)"
                ),
                ("one that contains another is not the same",),
            ),
            (
                "by the word wide",
                "not yet",
                changed(SPLIT, "layer.name in wide_layers", "'wide' in layer.name"),
                ("crosses", "Go by wide_layers"),
            ),
            (
                "swapped",
                "not yet",
                changed(SPLIT, "return wide, deep", "return deep, wide"),
                ("The order is wrong",),
            ),
            (
                "what is not trained",
                "not yet",
                changed(SPLIT, "deep += layer.trainable_variables", "deep += layer.variables"),
                ("Take trainable_variables",),
            ),
            (
                "all in the deep list",
                "not yet",
                changed(
                    SPLIT, "    return wide, deep", "    return wide, model.trainable_variables"
                ),
                ("is in both lists",),
            ),
            (
                "kernels alone",
                "not yet",
                changed(
                    SPLIT,
                    "deep += layer.trainable_variables",
                    "deep += layer.trainable_variables[:1]",
                ),
                ("is in no list",),
            ),
            (
                "Dense layers alone",
                "not yet",
                changed(SPLIT, "else:", "elif isinstance(layer, keras.layers.Dense):"),
                ("is in no list",),
            ),
            (
                "layers",
                "not yet",
                changed(SPLIT, "wide += layer.trainable_variables", "wide.append(layer)"),
                ("holds the layer",),
            ),
            (
                "lists in lists",
                "not yet",
                changed(
                    SPLIT,
                    "wide += layer.",
                    "wide.append(layer.",
                    "trainable_variables\n        else",
                    "trainable_variables)\n        else",
                ),
                ("use extend",),
            ),
            (
                "numbers",
                "not yet",
                changed(SPLIT, "deep += layer.trainable_variables", "deep += layer.get_weights()"),
                ("no copies and no numbers",),
            ),
            (
                "one list",
                "not yet",
                changed(SPLIT, "return wide, deep", "return wide + deep"),
                ("Return two lists",),
            ),
            (
                "in, with variables",
                "raised",
                "def split_by_layer(model, wide_layers):\n"
                "    wide = [v for n in wide_layers\n"
                "            for v in model.get_layer(n).trainable_variables]\n"
                "    return wide, [v for v in model.trainable_variables if v not in wide]",
                ("ValueError",),
            ),
        ],
    ),
    *table(
        "build_click_model",
        [
            (
                "two hidden layers",
                "not yet",
                changed(
                    CLICK,
                    "layers.Dropout(0.5)(hidden)",
                    "layers.Dropout(0.5)(layers.Dense(width, 'relu')(hidden))",
                ),
                ("should have 5 weights of the crosses",),
            ),
            (
                "another dropout",
                "not yet",
                changed(CLICK, "layers.Dropout(0.5)", "layers.GaussianDropout(0.5)"),
                ("1 mistake is left", "either dropped or kept"),
            ),
            (
                "an average of logits",
                "not yet",
                changed(CLICK, "ops.sigmoid(wide + deep)", "ops.sigmoid((wide + deep) / 2)"),
                ("1 mistake is left", "moves it by 0.50", "not the mean"),
            ),
            (
                "another rate",
                "not yet",
                changed(CLICK, "Dropout(0.5)", "Dropout(0.2)"),
                ("1 mistake is left", "the rate of yours is 0.20"),
            ),
            (
                "dropout of the features as well",
                "not yet",
                changed(CLICK, "(features)\n", "(layers.Dropout(0.5)(features))\n"),
                ("1 mistake is left", "go through a dropout as well"),
            ),
            (
                "a relu at the end",
                "not yet",
                changed(CLICK, "layers.Dense(1)(layers.Dr", "layers.Dense(1, 'relu')(layers.Dr"),
                ("1 mistake is left", "a relu after the deep part"),
            ),
            (
                "two sigmoids and one more",
                "not yet",
                changed(CLICK, "wide + deep)", "ops.sigmoid(wide) + ops.sigmoid(deep))"),
                ("1 mistake is left", "and then one more sigmoid"),
            ),
            (
                "the wide part into the hidden layer",
                "not yet",
                changed(CLICK, "(features)\n", "(layers.Concatenate()([features, crosses]))\n"),
                ("Another wide input should add the same to the logit",),
            ),
            (
                "a number of one's own",
                "not yet",
                changed(CLICK, "layers.Dense(width", "layers.Dense(7"),
                ("no numbers of your own",),
            ),
            ("mended line by line", "right", CLICK),
            (
                "one last layer",
                "right",
                MODEL + "def build_click_model(num_crosses, num_columns, width):\n"
                "    c, x = keras.Input((num_crosses,)), keras.Input((num_columns,))\n"
                "    h = layers.Dropout(0.5)(layers.Dense(width, 'relu')(x))\n"
                "    p = layers.Dense(1, 'sigmoid')(layers.Concatenate()([c, h]))\n"
                "    model = keras.Model([c, x], p)\n"
                "    model.compile(keras.optimizers.Adam(), 'binary_crossentropy')\n"
                "    return model",
            ),
            (
                "nothing mended",
                "not yet",
                BUGGY,
                ("4 mistakes are left", "average of two probabilities"),
            ),
            (
                "wide through the dropout",
                "not yet",
                changed(
                    CLICK,
                    "use_bias=False)(crosses)",
                    "use_bias=False)(layers.Dropout(0.5)(crosses))",
                ),
                ("1 mistake is left", "The wide part goes through the dropout"),
            ),
            (
                "no activation",
                "not yet",
                changed(CLICK, ', activation="relu"', ""),
                ("1 mistake is left", "two linear layers"),
            ),
            (
                "average of probabilities",
                "not yet",
                changed(
                    CLICK, "ops.sigmoid(wide + deep)", "(ops.sigmoid(wide) + ops.sigmoid(deep)) / 2"
                ),
                ("1 mistake is left", "average of two probabilities"),
            ),
            (
                "from_logits",
                "not yet",
                changed(CLICK, "entropy()", "entropy(from_logits=True)"),
                ("1 mistake is left", "a second sigmoid"),
            ),
            (
                "no dropout",
                "not yet",
                changed(CLICK, "layers.Dropout(0.5)(hidden)", "hidden"),
                ("1 mistake is left", "The dropout is gone"),
            ),
            (
                "dropout of the features",
                "not yet",
                changed(
                    CLICK,
                    "(features)\n",
                    "(layers.Dropout(0.5)(features))\n",
                    "layers.Dropout(0.5)(hidden)",
                    "hidden",
                ),
                ("1 mistake is left", "before the hidden layer"),
            ),
            (
                "dropout of the logit",
                "not yet",
                changed(
                    CLICK,
                    "layers.Dense(1)(layers.Dropout(0.5)(hidden))",
                    "layers.Dropout(0.5)(layers.Dense(1)(hidden))",
                ),
                ("1 mistake is left", "The whole deep part is dropped"),
            ),
            (
                "squared error",
                "not yet",
                changed(CLICK, "keras.losses.BinaryCrossentropy()", "'mse'"),
                ("squared error",),
            ),
            (
                "not compiled",
                "not yet",
                changed(
                    CLICK, '    model.compile("adam", loss=keras.losses.BinaryCrossentropy())\n', ""
                ),
                ("not compiled",),
            ),
            (
                "logits, with a loss of logits",
                "not yet",
                changed(
                    CLICK,
                    "ops.sigmoid(wide + deep)",
                    "wide + deep",
                    "entropy()",
                    "entropy(from_logits=True)",
                ),
                ("2 mistakes are left", "the sigmoid"),
            ),
        ],
    ),
]


@pytest.mark.parametrize("attempt", with_stub_and_solution("09_wide_and_deep", ATTEMPTS), ids=str)
def test_attempt(attempt):
    judge(check, attempt)


REPAIRS = [
    ("wide through the dropout", "(kept[:, :num_crosses])", "(crosses)"),
    ("linear hidden layer", "Dense(width)", 'Dense(width, activation="relu")'),
    (
        "average",
        ', activation="sigmoid"',
        "",
        "(wide + deep) / 2",
        "ops.sigmoid(wide + deep)",
    ),
    ("from_logits", "from_logits=True", ""),
]


@pytest.mark.parametrize("repaired", list(product([False, True], repeat=4)), ids=str)
def test_the_number_of_bugs_left_is_told(repaired):
    """Each bug of the hunt is found with and without the others."""
    code = BUGGY
    for (_, *texts), is_repaired in zip(REPAIRS, repaired, strict=True):
        code = changed(code, *texts) if is_repaired else code
    outcome = check.lab.judge("build_click_model", run(Attempt("build_click_model", "", "", code)))
    left = 4 - sum(repaired)
    said = {0: "build_click_model: right.", 1: "1 mistake is left."}
    assert said.get(left, f"{left} mistakes are left.") in outcome.text


def test_keras_mends_a_sigmoid_with_from_logits_on_tensorflow_alone():
    """What the check of the bug hunt says about `from_logits=True`; no other backend is tried."""
    model = check.course_build_joint(3, 2, 4)
    inputs, clicks = [[0, 1, 2], [[0.3, 1.2], [-0.5, 0.1], [2.0, -1.0]]], [[1.0], [0.0], [1.0]]
    inputs = [keras.ops.array(inputs[0]), keras.ops.array(inputs[1])]
    losses = []
    for from_logits in (False, True):
        loss = keras.losses.BinaryCrossentropy(from_logits=from_logits)
        model.compile("adam", loss=loss)
        losses.append(float(model.compute_loss(y=keras.ops.array(clicks), y_pred=model(inputs))))
    assert losses[0] == pytest.approx(losses[1])
