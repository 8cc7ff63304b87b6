"""Symbols as vectors: vocabularies, one-hot vectors, embedding tables and their gradients.

An embedding is a table with one row per symbol. Everything here is plain numpy, written once by
hand; `keras.layers.Embedding` does the same inside a model.
"""

import numpy as np

from utils import require

PADDING = 0
UNKNOWN = 1
NUM_RESERVED = 2  # the indices 0 and 1 belong to no symbol


def build_vocabulary(symbols):
    """Number the distinct symbols from 2 on, in the order of their first appearance.

    A vocabulary does not grow later: a trained table has no row for a symbol that comes then.

    Args:
        symbols: iterable of str; repeated ones count once.

    Returns:
        dict from str to int. Its table needs len(vocabulary) + NUM_RESERVED rows.

    Raises:
        ValueError: if `symbols` is a single str.
    """
    _require_list(symbols)
    return {symbol: NUM_RESERVED + n for n, symbol in enumerate(dict.fromkeys(symbols))}


def encode(symbols, vocabulary, length):
    """Turn symbols into a list of indices of fixed length, as a batch of them needs it.

    Args:
        symbols: list of str; cut after `length` symbols.
        vocabulary: dict from str to int, as `build_vocabulary` makes it.
        length: int >= 1.

    Returns:
        list of `length` ints: the index of each symbol, 1 for one that the vocabulary does not
        have, then 0 (padding) up to the end.

    Raises:
        ValueError: if `symbols` is a single str, or `length` is below 1.
    """
    require.indices(None, vocabulary=list(vocabulary.values()))
    require.entries(f"[{NUM_RESERVED}, inf)", vocabulary=list(vocabulary.values()))
    require.integers("[1, inf)", length=length)
    _require_list(symbols)
    if length < 1:
        raise ValueError(f"length must be at least 1, received {length}.")
    indices = [vocabulary.get(symbol, UNKNOWN) for symbol in symbols][:length]
    return indices + [PADDING] * (length - len(indices))


def one_hot(indices, num_symbols):
    """Return one row per index, all zeros but a one in the column of the index.

    Args:
        indices: int array of any shape, values in 0..num_symbols-1.
        num_symbols: int, the number of columns.

    Returns:
        float32 array of the shape of `indices` plus (num_symbols,).

    Raises:
        ValueError: if an index is no integer or out of range.
    """
    require.integers("[1, inf)", num_symbols=num_symbols)
    indices = _checked(indices, num_symbols)
    return (indices[..., np.newaxis] == np.arange(num_symbols)).astype("float32")


def look_up(indices, table):
    """Return the row of the table for each index: the same numbers as one_hot(...) @ table.

    Args:
        indices: int array of any shape, values in 0..num_symbols-1.
        table: array of shape (num_symbols, embedding_dim).

    Returns:
        array of the shape of `indices` plus (embedding_dim,).

    Raises:
        ValueError: if an index is no integer or out of range.
    """
    # Only the first row is read: a look-up must not cost more in a larger table.
    require.arrays("(num_symbols, embedding_dim)", table=table[:1])
    table = np.asarray(table)
    return table[_checked(indices, len(table))]


def mean_embedding(indices, table):
    """Return the mean vector of each list of indices; padding does not count.

    Args:
        indices: int array of shape (batch, length), 0 = padding.
        table: array of shape (num_symbols, embedding_dim).

    Returns:
        array of shape (batch, embedding_dim); zeros for a list of padding alone.

    Raises:
        ValueError: if an index is no integer or out of range.
    """
    require.indices(len(table), "(batch, length)", indices=indices)
    is_symbol = np.asarray(indices) != PADDING
    total = np.sum(look_up(indices, table) * is_symbol[..., np.newaxis], axis=1)
    # A list of padding alone has a sum of zeros: dividing it by 1 leaves zeros.
    return total / np.maximum(is_symbol.sum(axis=1), 1)[:, np.newaxis]


def embedding_gradient(indices, output_gradient, num_symbols):
    """Return the gradient of a loss for the whole table, given the one for the rows looked up.

    Since look_up is one_hot @ table, this is one_hot.T @ output_gradient: a row that was not
    used gets zeros, a row that was used twice gets the sum.

    Args:
        indices: int array of shape (batch,), the rows that were looked up.
        output_gradient: array of shape (batch, embedding_dim), the gradient of the loss with
            respect to the vectors that came out.
        num_symbols: int, the number of rows of the table.

    Returns:
        array of shape (num_symbols, embedding_dim).

    Raises:
        ValueError: if an index is no integer or out of range, or the batches differ in length.
    """
    require.integers("[1, inf)", num_symbols=num_symbols)
    require.arrays("(...)", output_gradient=output_gradient)
    indices = _checked(indices, num_symbols)
    output_gradient = np.asarray(output_gradient, dtype=float)
    if output_gradient.ndim != 2 or indices.shape != output_gradient.shape[:1]:
        raise ValueError(
            "output_gradient must have one row per index, shape "
            f"({indices.size}, embedding_dim), received {output_gradient.shape}."
        )
    gradient = np.zeros((num_symbols, output_gradient.shape[1]))
    # Not `gradient[indices] += ...`: that keeps only one of several rows with the same index.
    np.add.at(gradient, indices, output_gradient)
    return gradient


def _require_list(symbols):
    if isinstance(symbols, str):
        raise ValueError(f"symbols must be a list of str, received the single str {symbols!r}.")


def _checked(indices, num_symbols):
    """Return the indices as an array; numpy alone would take -1 for the last row."""
    indices = np.asarray(indices)
    if indices.size == 0:
        return indices.astype(int)
    if indices.dtype.kind not in "iu":
        raise ValueError(f"indices must be integers, received {indices.dtype}: {indices.flat[0]}.")
    outside = indices[(indices < 0) | (indices >= num_symbols)]
    if outside.size:
        raise ValueError(f"indices must be in 0..{num_symbols - 1}, received {outside[0]}.")
    return indices
