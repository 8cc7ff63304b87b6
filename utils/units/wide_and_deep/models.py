"""Wide, deep, both, and two ways to multiply features inside a network: DeepFM and DCN.

All take the fields of unit 07 and a head that turns a score into an answer. "Wide" is a weight for
each column and each cross; "deep" is a network on the vectors of the fields.
"""

import keras
from keras import layers, ops

from utils import require
from utils.units.factorization_machines.models import embed_fields, pair_products
from utils.units.wide_and_deep.crosses import cross_score


def wide_score(inputs, biases, crosses, num_bins, cross_l1):
    """Return the biases of the fields plus the weights of the crosses.

    Args:
        inputs, biases: from `embed_fields`.
        crosses: list of pairs of Fields.
        num_bins, cross_l1: as in `cross_score`.

    Returns:
        tensor (batch, 1).
    """
    for first, second in crosses:
        biases = biases + cross_score(inputs, first, second, num_bins, cross_l1)
    return biases


def deep_score(vectors, widths, dropout):
    """Put the vectors of the fields side by side into a network with one output.

    Args:
        vectors: tensor (batch, num_fields, dim).
        widths: list of ints, of the hidden layers.
        dropout: float in [0, 1), share of the units of each hidden layer dropped in training.

    Returns:
        tensor (batch, 1).
    """
    require.within("[0, 1)", dropout=dropout)
    hidden = layers.Flatten()(vectors)
    for place, width in enumerate(widths):
        require.integers("[1, inf)", width=width)
        hidden = layers.Dense(int(width), "relu", name=f"hidden_{place}")(hidden)
        hidden = layers.Dropout(dropout)(hidden)
    return layers.Dense(1, name="deep_score")(hidden)


def build_wide(fields, crosses, head, num_bins, bias_l2, column_l2, cross_l1):
    """Score a row by a weight for each of its columns and each of its crosses.

    Args:
        fields: list of Field, from `make_fields`.
        crosses: list of pairs of Fields.
        head: function from a score (batch, 1) to the output, such as `keras.ops.sigmoid`.
        num_bins: int, weights for each pair of fields.
        bias_l2, column_l2: floats >= 0, as in `embed_fields`.
        cross_l1: float >= 0, as in `cross_score`.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to what the head gives.
    """
    inputs, _, biases = embed_fields(fields, 1, 0.0, bias_l2, column_l2)
    return keras.Model(inputs, head(wide_score(inputs, biases, crosses, num_bins, cross_l1)))


def build_deep(fields, head, embedding_dim, widths, row_l2, column_l2, dropout):
    """Score a row by a network on the vectors of its fields.

    Args:
        fields, head: as in `build_wide`.
        embedding_dim: int, the length of the vectors.
        widths, dropout: as in `deep_score`.
        row_l2, column_l2: floats >= 0, as in `embed_fields`.

    Returns:
        Model as from `build_wide`.
    """
    inputs, vectors, _ = embed_fields(fields, embedding_dim, row_l2, 0.0, column_l2)
    return keras.Model(inputs, head(deep_score(vectors, widths, dropout)))


def build_wide_and_deep(
    fields,
    crosses,
    head,
    num_bins,
    embedding_dim,
    widths,
    row_l2,
    bias_l2,
    column_l2,
    cross_l1,
    dropout,
):
    """Add the score of the wide part and that of the deep part, under one head.

    Args:
        As in `build_wide` and `build_deep`.

    Returns:
        Model as from `build_wide`.

    Source: Cheng and others, "Wide & Deep Learning for Recommender Systems" (2016), equation 3.
    """
    inputs, vectors, biases = embed_fields(fields, embedding_dim, row_l2, bias_l2, column_l2)
    wide = wide_score(inputs, biases, crosses, num_bins, cross_l1)
    deep = deep_score(vectors, widths, dropout)
    return keras.Model(inputs, head(wide + deep))


def build_average(
    fields,
    crosses,
    head,
    num_bins,
    embedding_dim,
    widths,
    row_l2,
    bias_l2,
    column_l2,
    cross_l1,
    dropout,
):
    """Average what two heads answer, one on the wide part and one on the deep part.

    Not wide & deep, although it is often described so: here no part can correct the other.

    Args, Returns:
        As in `build_wide_and_deep`.
    """
    inputs, vectors, biases = embed_fields(fields, embedding_dim, row_l2, bias_l2, column_l2)
    wide = wide_score(inputs, biases, crosses, num_bins, cross_l1)
    deep = deep_score(vectors, widths, dropout)
    return keras.Model(inputs, 0.5 * (head(wide) + head(deep)))


def build_deepfm(
    fields,
    head,
    embedding_dim,
    widths,
    row_l2,
    bias_l2,
    column_l2,
    dropout,
    deep_dropout,
    products=pair_products,
):
    """Add a factorization machine and a network on the very same vectors.

    Args:
        fields, head, embedding_dim, row_l2, bias_l2, column_l2: as in `build_wide_and_deep`.
        widths: list of ints, of the hidden layers.
        dropout: float in [0, 1), share of the factors dropped in training.
        deep_dropout: float in [0, 1), share of the units of each hidden layer dropped in training.
        products: function as in `build_fm` of unit 07: all pairs, or some.

    Returns:
        Model as from `build_wide`.

    Source: Guo and others, "DeepFM" (2017), equations 1 to 4.
    """
    require.within("[0, 1)", dropout=dropout)
    inputs, vectors, biases = embed_fields(fields, embedding_dim, row_l2, bias_l2, column_l2)
    kept = layers.Dropout(dropout)(products(vectors))
    machine = biases + ops.sum(kept, axis=-1, keepdims=True)
    return keras.Model(inputs, head(machine + deep_score(vectors, widths, deep_dropout)))


class CrossLayer(layers.Layer):
    """Multiply the input of a network into a hidden layer: x0 * (W x + b) + x.

    Source: Wang and others, "DCN V2" (2021), equation 1.
    """

    def build(self, shapes):
        """Make the weights for two inputs of the shape (batch, width)."""
        width = shapes[0][-1]
        self.kernel = self.add_weight(shape=(width, width), name="kernel")
        self.bias = self.add_weight(shape=(width,), initializer="zeros", name="bias")

    def call(self, inputs):
        """Return x0 * (W x + b) + x, (batch, width), for inputs [x0, x]."""
        first, current = inputs
        return first * (ops.matmul(current, self.kernel) + self.bias) + current


def build_dcn(
    fields,
    head,
    embedding_dim,
    num_crosses,
    widths,
    row_l2,
    bias_l2,
    column_l2,
    dropout,
):
    """Score a row by cross layers and a network, side by side on the vectors of the fields.

    Args:
        fields, head, embedding_dim, widths, row_l2, bias_l2, column_l2, dropout: as in
            `build_wide_and_deep`.
        num_crosses: int, cross layers one after the other; with k of them, products of up to
            k + 1 entries.

    Returns:
        Model as from `build_wide`.

    Source: Wang and others, "DCN V2" (2021), the parallel structure; the biases are added here.
    """
    require.integers("[1, inf)", num_crosses=num_crosses)
    require.within("[0, 1)", dropout=dropout)
    inputs, vectors, biases = embed_fields(fields, embedding_dim, row_l2, bias_l2, column_l2)
    first = current = layers.Flatten()(vectors)
    for _ in range(num_crosses):
        current = CrossLayer()([first, current])
    crossed = layers.Dense(1, name="cross_score")(layers.Dropout(dropout)(current))
    return keras.Model(inputs, head(biases + crossed + deep_score(vectors, widths, dropout)))
