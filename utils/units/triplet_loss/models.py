"""Models that score items for a user: a dot product, a network with metadata, a mean of likes."""

import keras
import numpy as np
from keras import layers, ops

from utils import require
from utils.blocks import fixed_table, table


@require.sizes("num_users", "num_items", "embedding_dim")
def build_ranking_model(num_users, num_items, embedding_dim, row_l2):
    """Score a list of items by a dot product with the user plus a bias for each item.

    Args:
        num_users, num_items, embedding_dim: ints.
        row_l2: float >= 0, penalty on the squared length of the factors a batch uses, per row.

    Returns:
        Model that maps [user_index (batch,), item_index (batch, n)] to scores (batch, n).
    """
    user = keras.Input((), dtype="int32", name="user_index")
    items = keras.Input((None,), dtype="int32", name="item_index")
    user_factors = table(num_users, embedding_dim, "user_factors", row_l2)(user)
    item_factors = table(num_items, embedding_dim, "item_factors", row_l2)(items)
    dots = layers.Dot(axes=(1, 2))([user_factors, item_factors])
    item_bias = table(num_items, 1, "item_bias", spread=0)(items)
    return keras.Model([user, items], dots + item_bias[..., 0])


@require.sizes("embedding_dim", "hidden_units")
def build_deep_model(user_features, item_features, embedding_dim, hidden_units, row_l2, dropout):
    """Score items by a network that sees factors and metadata of the user and of the item.

    The hidden layer is relu(W [user, item] + b). W is cut in two here, so that the part of the
    user is computed once for all items of a row. The last layer is linear: a ReLU there would
    make all scores below zero equal.

    Args:
        user_features: float array (num_users, a), row = user_index.
        item_features: float array (num_items, b), row = item_index.
        embedding_dim, hidden_units: ints.
        row_l2: float, as in `build_ranking_model`.
        dropout: float in [0, 1), on the hidden layer.

    Returns:
        Model that maps [user_index (batch,), item_index (batch, n)] to scores (batch, n).
    """
    require.within("[0, 1)", dropout=dropout)
    user = keras.Input((), dtype="int32", name="user_index")
    items = keras.Input((None,), dtype="int32", name="item_index")
    user_factors = table(len(user_features), embedding_dim, "user_factors", row_l2)(user)
    item_factors = table(len(item_features), embedding_dim, "item_factors", row_l2)(items)
    about_user = fixed_table(user_features, "user_features")(user)
    about_items = fixed_table(item_features, "item_features")(items)
    of_user = layers.Dense(hidden_units)(layers.concatenate([user_factors, about_user]))
    of_items = layers.Dense(hidden_units, use_bias=False)(
        layers.concatenate([item_factors, about_items])
    )
    hidden = layers.Dropout(dropout)(ops.relu(of_user[:, None] + of_items))
    scores = layers.Dense(1, use_bias=False)(hidden)
    item_bias = table(len(item_features), 1, "item_bias", spread=0)(items)
    return keras.Model([user, items], (scores + item_bias)[..., 0])


@require.sizes("num_items", "embedding_dim")
def build_mean_model(num_items, embedding_dim, dropout):
    """Describe a user by the mean vector of the items they like, and score all items at once.

    Args:
        num_items, embedding_dim: ints.
        dropout: float in [0, 1), share of the likes hidden in training. Without it an item could
            learn to recommend nothing but itself.

    Returns:
        Model that maps rows of likes (batch, num_items), 0 or 1, to scores (batch, num_items).
    """
    require.within("[0, 1)", dropout=dropout)
    likes = keras.Input((num_items,), name="likes")
    weights = likes / ops.maximum(ops.sum(likes, axis=1, keepdims=True), 1)
    # A row of weights times a table is the weighted sum of its rows: here, a mean.
    mean_of_likes = layers.Dense(embedding_dim, use_bias=False, name="liked_factors")
    user_vector = mean_of_likes(layers.Dropout(dropout)(weights))
    return keras.Model(likes, layers.Dense(num_items, name="item_factors")(user_vector))


def score_all(model, num_users, num_items):
    """Return what a model says of all items for all users.

    Args:
        model: Model that maps [user_index (batch,), item_index (batch, n)] to scores (batch, n).
        num_users, num_items: ints.

    Returns:
        float32 array (num_users, num_items).
    """
    require.integers("[1, inf)", num_users=num_users, num_items=num_items)
    require.rows_of(model, [[num_users - 1], [num_items - 1]])
    users = np.arange(num_users, dtype="int32")
    items = np.tile(np.arange(num_items, dtype="int32"), (num_users, 1))
    return model.predict([users, items], batch_size=32, verbose=0)
