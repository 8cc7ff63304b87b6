"""Vectors of films from what is known of them: their mean (GES), or with learned weights (EGES)."""

import keras
import numpy as np
from keras import layers, ops

from utils import metadata, require
from utils.blocks import column_sum, fixed_table, table
from utils.units.item2vec.models import score_all_contexts


def describe_fields(items):
    """Return what is known of each film, field by field, in shares that add up to 1.

    Args:
        items: DataFrame with `item_index` 0..n-1 in order, `genres` and `year`.

    Returns:
        dict with "genre" and "year", float32 arrays (num_items, num_columns). A film of two genres
        has a half in the column of each; one of no known year has zeros.
    """
    facts = metadata.describe_films(items, train=items)  # popularity is left out below
    fields = {name: facts.filter(regex=f"^{name} ").to_numpy() for name in ("genre", "year")}
    return {
        name: (rows / np.maximum(rows.sum(axis=1, keepdims=True), 1)).astype("float32")
        for name, rows in fields.items()
    }


def find_markets(items):
    """Return a number for each film, the same for films of one first genre and one band of years.

    Args:
        items: DataFrame with `item_index` 0..n-1 in order, `genres` and `year`.

    Returns:
        int array (num_items,).
    """
    years = describe_fields(items)["year"].argmax(axis=1)
    first = [genres[0] if genres else "" for genres in items["genres"]]
    return np.unique(np.char.add(np.char.add(first, " "), years.astype(str)), return_inverse=True)[
        1
    ]


def embed_fields(center, fields, num_items, dim):
    """Return a vector of the film itself and one for each field.

    Args:
        center: tensor (batch,), item_index.
        fields: dict of arrays from `describe_fields`.
        num_items, dim: ints.

    Returns:
        tensor (batch, 1 + num_fields, dim), the film itself first.
    """
    require.integers("[1, inf)", num_items=num_items, dim=dim)
    vectors = [table(num_items, dim, "film_vectors")(center)]
    for name, rows in fields.items():
        require.arrays("(n, c)", rows=rows)
        row = fixed_table(rows, f"{name}_rows")(center)
        vectors.append(column_sum(dim, f"{name}_vectors")(row))
    return ops.stack(vectors, axis=1)


class FieldMean(layers.Layer):
    """The mean of the vectors of a film: graph embedding with side information, GES."""

    def call(self, center, vectors):
        """Return (batch, dim) from a center (batch,) and vectors (batch, num_fields, dim)."""
        return ops.mean(vectors, axis=1)


class FieldAttention(layers.Layer):
    """The mean with a weight for each film and field, learned: enhanced GES, EGES.

    The weights are a softmax of numbers that start at 0, so at first all are alike: GES.

    Args:
        num_items: int.

    Source: Wang et al. (2018), equation 7.
    """

    def __init__(self, num_items, **layer_options):
        require.integers("[1, inf)", num_items=num_items)
        super().__init__(**layer_options)
        self.num_items = int(num_items)

    def build(self, center_shape, vectors_shape):
        """Make a number for each film and each of its vectors."""
        shape = (self.num_items, vectors_shape[1])
        self.logits = self.add_weight(shape=shape, initializer="zeros", name="logits")

    def call(self, center, vectors):
        """Return (batch, dim) from a center (batch,) and vectors (batch, num_fields, dim)."""
        weights = ops.softmax(ops.take(self.logits, center, axis=0), axis=-1)
        return ops.sum(weights[:, :, None] * vectors, axis=1)

    def get_config(self):
        """Return what it takes to make the layer again."""
        return {**super().get_config(), "num_items": self.num_items}


def build_side_model(fields, dim, combine):
    """Score all contexts of a film by a vector made of its own and those of its fields.

    Args:
        fields: dict of arrays from `describe_fields`.
        dim: int.
        combine: layer of (center, vectors), `FieldMean` or `FieldAttention`.

    Returns:
        Model that maps center (batch,) to scores (batch, num_items); its layer "combine" gives
        the vectors of the films.
    """
    num_items = len(next(iter(fields.values())))
    center = keras.Input((), dtype="int32", name="center")
    vectors = embed_fields(center, fields, num_items, dim)
    hidden = combine(center, vectors)
    return keras.Model(center, score_all_contexts(hidden, num_items))


def hidden_vectors(model, num_items):
    """Return the vector of each film that a side model multiplies by the contexts.

    Args:
        model: Model from `build_side_model`.
        num_items: int.

    Returns:
        float32 array (num_items, dim).
    """
    require.layers_named(model, "output_vectors")
    require.integers("[1, inf)", num_items=num_items)
    hidden = keras.Model(model.input, model.get_layer("output_vectors").input)
    return hidden.predict(np.arange(num_items, dtype="int32"), batch_size=2048, verbose=0)


def cold_vectors(model, fields):
    """Return vectors of films that no sequence holds: the mean of the vectors of their fields.

    Args:
        model: Model from `build_side_model`, trained.
        fields: dict of arrays (num_films, num_columns), of any films.

    Returns:
        float array (num_films, dim).
    """
    require.layers_named(model, *(f"{name}_vectors" for name in fields))
    parts = []
    for name, rows in fields.items():
        vectors = model.get_layer(f"{name}_vectors").get_weights()[0]
        require.arrays("(n, c), (c, d)", rows=rows, vectors=vectors)
        parts.append(rows @ vectors)
    return np.mean(parts, axis=0)
