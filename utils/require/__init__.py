"""Refuse bad arguments in one line, before they turn into plausible wrong numbers.

    require.integers("[1, inf)", k=k)
    require.arrays("(n, d), (n,)", vectors=vectors, labels=labels)

Each function takes the values under the names that they have where it is called. It does nothing
if they are right; otherwise it raises a ValueError that names the argument, the value received and
what is accepted. Inside a training step of Keras tensors have a shape but no values yet: there the
shape alone is looked at.
"""

from utils.require.of_arrays import (
    arrays,
    booleans,
    entries,
    full_precision,
    indices,
    more_rows_than_columns,
    no_gaps,
    probabilities,
    symmetric,
    varied,
    zeros_and_ones,
)
from utils.require.of_models import drawable, labeled, layers_named, outputs, rows_of
from utils.require.of_numbers import finite, instances, integers, one_of, sizes, within
from utils.require.of_tables import (
    columns_named,
    each_is,
    every_index,
    in_order,
    index_column,
    lengths,
    once,
    pairs,
    rows,
)

__all__ = [
    "arrays",
    "booleans",
    "columns_named",
    "drawable",
    "each_is",
    "entries",
    "every_index",
    "finite",
    "full_precision",
    "in_order",
    "index_column",
    "indices",
    "instances",
    "integers",
    "labeled",
    "layers_named",
    "lengths",
    "more_rows_than_columns",
    "no_gaps",
    "once",
    "one_of",
    "outputs",
    "pairs",
    "probabilities",
    "rows",
    "rows_of",
    "sizes",
    "symmetric",
    "varied",
    "within",
    "zeros_and_ones",
]
