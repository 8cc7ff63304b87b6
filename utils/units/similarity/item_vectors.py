"""Where the vectors of films come from: a model of ratings whose long vectors cost."""

import keras
from keras import layers

from utils import require, training
from utils.blocks import index_inputs, table

EMBEDDING_DIM = 32
# On the squared length of a row of factors, and on a bias, each time a rating uses them.
PENALTIES = {
    "no penalty": {"row_l2": 0.0, "bias_l2": 0.0},
    "penalty of unit 06": {"row_l2": 0.1, "bias_l2": 0.02},
}


@require.sizes("num_users", "num_items", "embedding_dim")
def build_penalized_model(num_users, num_items, embedding_dim, mean_rating, row_l2, bias_l2):
    """Predict mu + b_u + b_i + p_u . q_i; rows of the tables pay each time they are used.

    Args:
        num_users, num_items, embedding_dim: ints.
        mean_rating: float, mu, the mean of the training ratings.
        row_l2: float >= 0, penalty on the squared length of the factors, per rating.
        bias_l2: float >= 0, the same for the biases.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    require.finite(mean_rating=mean_rating)
    user, item = index_inputs()
    users = table(num_users, embedding_dim, "user_factors", row_l2)
    items = table(num_items, embedding_dim, "item_factors", row_l2)
    user_bias = table(num_users, 1, "user_bias", bias_l2, spread=0)
    item_bias = table(num_items, 1, "item_bias", bias_l2, spread=0)
    dot = layers.Dot(axes=1)([users(user), items(item)])
    stars = dot + user_bias(user) + item_bias(item) + mean_rating
    return keras.Model([user, item], stars)


@require.sizes("num_users", "num_items")
def train_item_vectors(train, num_users, num_items, row_l2, bias_l2):
    """Train the penalized model and return its vectors of the items.

    Args:
        train: DataFrame with `user_index`, `item_index` and `rating`.
        num_users, num_items: ints.
        row_l2, bias_l2: floats >= 0, the penalties, as in PENALTIES.

    Returns:
        float32 array (num_items, 32); row = item_index.
    """
    require.pairs(num_users, num_items, train=train)
    require.rows("rating", train=train)
    mean_rating = float(train["rating"].mean())
    sizes = (num_users, num_items, EMBEDDING_DIM)
    model = build_penalized_model(*sizes, mean_rating, row_l2, bias_l2)
    training.fit(model, train)
    return model.get_layer("item_factors").get_weights()[0]
