"""Factorization machines in Keras: the layer on written-out rows, and models on fields.

A row of MovieLens has thousands of columns, nearly all of them zero. Models on fields never write
zeros: an id is a look-up in a table, a field of several columns is the sum of their vectors, each
times the number in its column. Then a factorization machine sees one vector per field.
"""

import keras
import numpy as np
from keras import layers, ops

from utils import require
from utils.blocks import column_sum, fixed_table, index_inputs, table


class FactorizationMachine(layers.Layer):
    """Score rows by a weight and a vector per column: w0 + w.x + the sum over all pairs.

    Args:
        dim: int, the length of the vectors.

    Source: Rendle, "Factorization Machines" (2010), equation 1 and lemma 3.1.
    """

    def __init__(self, dim, **layer_options):
        require.integers("[1, inf)", dim=dim)
        super().__init__(**layer_options)
        self.dim = int(dim)

    def build(self, shape):
        """Make the weights for rows of the shape (batch, num_columns)."""
        spread = keras.initializers.RandomNormal(stddev=0.05)
        self.offset = self.add_weight(shape=(1,), initializer="zeros", name="offset")
        self.linear = self.add_weight(shape=(shape[-1], 1), initializer="zeros", name="linear")
        self.vectors = self.add_weight(shape=(shape[-1], self.dim), initializer=spread, name="v")

    def call(self, rows):
        """Return the scores (batch, 1) of rows (batch, num_columns)."""
        total = ops.matmul(rows, self.vectors)
        squares = ops.matmul(rows**2, self.vectors**2)
        pairs = 0.5 * ops.sum(total**2 - squares, axis=-1, keepdims=True)
        return self.offset + ops.matmul(rows, self.linear) + pairs

    def get_config(self):
        """Return what it takes to make the layer again."""
        return {**super().get_config(), "dim": self.dim}


def read_row(inputs, field):
    """Return what a row has in the columns of a field: an index, or the numbers themselves.

    Args:
        inputs: list of the two index inputs, tensors (batch,).
        field: Field.

    Returns:
        tensor (batch,) if each user or film has a column of its own, else (batch, num_columns).
    """
    user, item = inputs
    index = user if field.index == "user_index" else item
    return index if field.rows is None else fixed_table(field.rows, f"{field.name}_rows")(index)


@require.sizes("dim")
def vector_of(row, field, dim, name, row_l2, column_l2, spread=0.01):
    """Return the vector of a field: a row of a table, or the sum of its columns' vectors.

    Args:
        row: tensor, from `read_row`.
        field: Field.
        dim: int, the length of the vector; 1 for a bias.
        name: str, of the layer.
        row_l2: float >= 0, penalty on the squared vector of an id, per rating.
        column_l2: float >= 0, penalty on the squared vectors of other columns, per batch.
        spread: float >= 0, standard deviation of the vectors of ids at the start.

    Returns:
        tensor (batch, dim).
    """
    if field.rows is None:
        return table(field.size, dim, name, row_l2, spread)(row)
    return column_sum(dim, name, column_l2)(row)


@require.sizes("dim")
def embed_fields(fields, dim, row_l2, bias_l2, column_l2):
    """Give every field its vector and its bias.

    Args:
        fields: list of Field, from `make_fields`.
        dim: int, the length of the vectors.
        row_l2, bias_l2: floats >= 0, penalties on the vectors and biases of ids, per rating.
        column_l2: float >= 0, penalty on vectors and biases of other columns, per batch.

    Returns:
        (inputs, vectors, biases): list of the two index inputs; tensor (batch, num_fields, dim);
        tensor (batch, 1), the sum of the biases.
    """
    inputs, vectors, biases = index_inputs(), [], []
    for field in fields:
        row = read_row(inputs, field)
        vectors.append(vector_of(row, field, dim, f"{field.name}_vectors", row_l2, column_l2))
        biases.append(vector_of(row, field, 1, f"{field.name}_biases", bias_l2, column_l2, 0.0))
    return inputs, ops.stack(vectors, axis=1), sum(biases)


def pair_products(vectors):
    """Return, for each factor, the sum of the products of all pairs of vectors.

    Args:
        vectors: tensor (batch, num_fields, dim).

    Returns:
        tensor (batch, dim); added up over the factors, the dot products of all pairs.
    """
    require.arrays("(batch, num_fields, dim)", vectors=vectors)
    require.full_precision(vectors=vectors)
    return 0.5 * (ops.sum(vectors, axis=1) ** 2 - ops.sum(vectors**2, axis=1))


def cross_products(vectors, of_user):
    """Return the same for the pairs of a field of the user and a field of the film alone.

    Args:
        vectors: tensor (batch, num_fields, dim).
        of_user: list of num_fields bools, True for the fields of the user.

    Returns:
        tensor (batch, dim): the sum of the one kind times the sum of the other.
    """
    require.arrays("(batch, num_fields, dim), (num_fields,)", vectors=vectors, of_user=of_user)
    require.full_precision(vectors=vectors)
    require.each_is(bool, of_user=of_user)
    of_user = np.array(of_user, dtype="float32")[:, np.newaxis]
    return ops.sum(vectors * of_user, axis=1) * ops.sum(vectors * (1 - of_user), axis=1)


@require.sizes("embedding_dim")
def build_fm(
    fields,
    head,
    embedding_dim,
    row_l2,
    bias_l2,
    column_l2,
    dropout,
    products=pair_products,
):
    """Score a rating by the biases of its fields and the dot products of pairs of fields.

    Args:
        fields: list of Field, from `make_fields`.
        head: function from a score (batch, 1) to the output, such as `to_stars_given`.
        embedding_dim: int, the length of the vectors.
        row_l2, bias_l2, column_l2: floats >= 0, as in `embed_fields`.
        dropout: float in [0, 1), share of the factors dropped in training.
        products: function from vectors (batch, num_fields, dim) to sums of products (batch, dim):
            all pairs, or some.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to what the head gives.
    """
    require.within("[0, 1)", dropout=dropout)
    inputs, vectors, biases = embed_fields(
        fields,
        embedding_dim,
        row_l2,
        bias_l2,
        column_l2,
    )
    kept = layers.Dropout(dropout)(products(vectors))
    score = biases + ops.sum(kept, axis=-1, keepdims=True)
    return keras.Model(inputs, head(score))


def field_aware_products(vectors):
    """Return, for each factor, the sum over pairs of fields, each with its vectors for the other.

    Args:
        vectors: tensor (batch, num_fields, num_fields, dim); [:, f, g] is the vector of field f
            for meeting field g. Those for meeting itself are not used.

    Returns:
        tensor (batch, dim).
    """
    require.arrays("(batch, num_fields, num_fields, dim)", vectors=vectors)
    require.full_precision(vectors=vectors)
    products = vectors * ops.swapaxes(vectors, 1, 2)
    is_pair = np.triu(np.ones(products.shape[1:3], dtype="float32"), k=1)
    return ops.sum(products * is_pair[:, :, np.newaxis], axis=(1, 2))


@require.sizes("embedding_dim")
def build_ffm(fields, head, embedding_dim, row_l2, bias_l2, column_l2, dropout):
    """Score as `build_fm` does, with a vector of each field for each other field.

    Args:
        As in `build_fm`; a field gets as many vectors as there are fields.

    Returns:
        Model as from `build_fm`.

    Source: Juan and others, "Field-aware Factorization Machines" (2016).
    """
    require.within("[0, 1)", dropout=dropout)
    num_fields = len(fields)
    inputs, vectors, biases = embed_fields(
        fields, num_fields * embedding_dim, row_l2, bias_l2, column_l2
    )
    vectors = ops.reshape(vectors, (-1, num_fields, num_fields, embedding_dim))
    kept = layers.Dropout(dropout)(field_aware_products(vectors))
    score = biases + ops.sum(kept, axis=-1, keepdims=True)
    return keras.Model(inputs, head(score))
