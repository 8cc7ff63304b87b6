"""Matrix factorization of ratings: two embeddings and a dot product, one improvement at a time.

Notation: user u has the factors p_u and the bias b_u, item i has q_i and b_i, mu is the mean
rating. The models predict mu + b_u + b_i + p_u . q_i (Koren, Bell and Volinsky, "Matrix
Factorization Techniques for Recommender Systems", 2009).
"""

import keras
import numpy as np
from keras import layers

from utils import require
from utils.baselines import predict_biases
from utils.blocks import column_sum, fixed_table, index_inputs, table
from utils.evaluation import interaction_matrix

# The settings of this unit, chosen on 8,000 rows of the random training part, never on test rows.
EMBEDDING_DIM = 32
TRAINING = {"epochs": 15, "batch_size": 1024, "learning_rate": 0.005}
TABLE_L2 = 1e-4
ROW_L2, BIAS_L2 = 0.1, 0.02
COLUMN_L2, DROPOUT = 2e-4, 0.3
ALS_L2, ALS_SWEEPS = 0.15, 10


@require.sizes("num_users", "num_items", "embedding_dim")
def build_dot_model(num_users, num_items, embedding_dim):
    """Predict a rating by the dot product p_u . q_i alone.

    Args:
        num_users, num_items, embedding_dim: ints.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    user = keras.Input((), dtype="int32", name="user_index")
    item = keras.Input((), dtype="int32", name="item_index")
    users = layers.Embedding(num_users, embedding_dim, "normal", name="user_factors")
    items = layers.Embedding(num_items, embedding_dim, "normal", name="item_factors")
    stars = layers.Dot(axes=1)([users(user), items(item)])
    return keras.Model([user, item], stars)


@require.sizes("num_users", "num_items", "embedding_dim")
def build_biased_model(num_users, num_items, embedding_dim, mean_rating):
    """Predict mu + b_u + b_i + p_u . q_i.

    Args:
        num_users, num_items, embedding_dim: ints.
        mean_rating: float, mu, the mean of the training ratings.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    require.finite(mean_rating=mean_rating)
    user = keras.Input((), dtype="int32", name="user_index")
    item = keras.Input((), dtype="int32", name="item_index")
    users = layers.Embedding(num_users, embedding_dim, "normal", name="user_factors")
    items = layers.Embedding(num_items, embedding_dim, "normal", name="item_factors")
    user_bias = layers.Embedding(num_users, 1, "zeros", name="user_bias")
    item_bias = layers.Embedding(num_items, 1, "zeros", name="item_bias")
    dot = layers.Dot(axes=1)([users(user), items(item)])
    stars = dot + user_bias(user) + item_bias(item) + mean_rating
    return keras.Model([user, item], stars)


@require.sizes("size", "dim")
def whole_table(size, dim, name, table_l2):
    """Return an Embedding that pays for all its rows at every step, used or not.

    It is `utils.blocks.table` with another regularizer.

    Args:
        size, dim: ints, rows and columns.
        name: str, of the layer.
        table_l2: float >= 0, penalty on the squared entries of the table, per batch.

    Returns:
        keras layer from indices (batch,) to rows (batch, dim).
    """
    require.within("[0, inf)", table_l2=table_l2)
    return layers.Embedding(
        size,
        dim,
        embeddings_initializer="normal",
        embeddings_regularizer=keras.regularizers.L2(table_l2),
        name=name,
    )


@require.sizes("num_users", "num_items", "embedding_dim")
def build_table_penalized_model(num_users, num_items, embedding_dim, mean_rating, table_l2):
    """Predict as `build_biased_model` does; both whole tables of factors pay at every step.

    Args:
        num_users, num_items, embedding_dim, mean_rating: as in `build_biased_model`.
        table_l2: float >= 0, penalty on the squared factors of all users and items, per batch.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    require.finite(mean_rating=mean_rating)
    user, item = index_inputs()
    users = whole_table(num_users, embedding_dim, "user_factors", table_l2)
    items = whole_table(num_items, embedding_dim, "item_factors", table_l2)
    user_bias = layers.Embedding(num_users, 1, "zeros", name="user_bias")
    item_bias = layers.Embedding(num_items, 1, "zeros", name="item_bias")
    dot = layers.Dot(axes=1)([users(user), items(item)])
    stars = dot + user_bias(user) + item_bias(item) + mean_rating
    return keras.Model([user, item], stars)


@require.sizes("embedding_dim")
def build_svdpp_model(
    user_bags, item_bags, embedding_dim, mean_rating, row_l2, bias_l2, column_l2, dropout
):
    """Predict mu + b_u + b_i + (p_u + sum of y_j) . (q_i + sum of x_v), as SVD++ does.

    y_j belongs to an item j that u rated, x_v to a user v who rated i; each sum is divided by the
    square root of its number of terms. SVD++ has the bag of items; the bag of users is its mirror
    image (Rendle, Zhang and Koren, "On the Difficulty of Evaluating Baselines", 2019).

    Args:
        user_bags, item_bags: float arrays (num_users, num_items) and (num_items, num_users),
            from `make_bags`.
        embedding_dim, mean_rating, row_l2, bias_l2: as in `build_penalized_model` of unit 02,
            the model that this one extends.
        column_l2: float >= 0, penalty on the squared entries of all y and x, per batch.
        dropout: float in [0, 1), share of the entries of both summed vectors dropped in training.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).

    Source: Koren, "Factorization Meets the Neighborhood" (2008), equation 15.
    """
    require.arrays(
        "(num_users, num_items), (num_items, num_users)", user_bags=user_bags, item_bags=item_bags
    )
    require.finite(mean_rating=mean_rating)
    require.within("[0, 1)", dropout=dropout)
    user, item = index_inputs()
    users = table(len(user_bags), embedding_dim, "user_factors", row_l2)
    items = table(len(item_bags), embedding_dim, "item_factors", row_l2)
    user_bag = fixed_table(user_bags, "user_bags")(user)
    user_sum = users(user) + column_sum(embedding_dim, "rated", column_l2)(user_bag)
    item_bag = fixed_table(item_bags, "item_bags")(item)
    item_sum = items(item) + column_sum(embedding_dim, "raters", column_l2)(item_bag)
    drop = layers.Dropout(dropout)
    dot = layers.Dot(axes=1)([drop(user_sum), drop(item_sum)])
    user_bias = table(len(user_bags), 1, "user_bias", bias_l2, spread=0)
    item_bias = table(len(item_bags), 1, "item_bias", bias_l2, spread=0)
    stars = dot + user_bias(user) + item_bias(item) + mean_rating
    return keras.Model([user, item], stars)


def make_bags(train, num_users, num_items):
    """Return, for each user and each item, whom they met in training, scaled by 1 / sqrt(count).

    Args:
        train: DataFrame with `user_index` and `item_index`; test rows here would leak.
        num_users, num_items: ints.

    Returns:
        (user_bags, item_bags), float32 arrays of shapes (num_users, num_items) and
        (num_items, num_users). Rows have length 1, or 0 where there is nothing in the bag.
    """
    met = interaction_matrix(train, num_users, num_items).astype("float32")
    return tuple(
        bags / np.sqrt(np.maximum(bags.sum(axis=1, keepdims=True), 1)) for bags in (met, met.T)
    )


def sgd_step(user_factors, item_factors, user_bias, item_bias, rating, mean_rating, rate, row_l2):
    """Move the factors and biases of one rating a step down the gradient of its squared error.

    The loss is (error^2 + row_l2 (|p|^2 + |q|^2 + b_u^2 + b_i^2)) / 2: the half spares a factor 2.

    Args:
        user_factors, item_factors: arrays (embedding_dim,), p_u and q_i.
        user_bias, item_bias, rating, mean_rating: floats, in stars.
        rate, row_l2: floats, learning rate and penalty.

    Returns:
        The new (user_factors, item_factors, user_bias, item_bias).
    """
    require.arrays("(d,)", user_factors=user_factors, item_factors=item_factors)
    require.full_precision(user_factors=user_factors, item_factors=item_factors)
    require.arrays(
        "()", user_bias=user_bias, item_bias=item_bias, rating=rating, mean_rating=mean_rating
    )
    require.within("[0, inf)", rate=rate, row_l2=row_l2)
    error = rating - (mean_rating + user_bias + item_bias + user_factors @ item_factors)
    return (
        user_factors + rate * (error * item_factors - row_l2 * user_factors),
        item_factors + rate * (error * user_factors - row_l2 * item_factors),
        user_bias + rate * (error - row_l2 * user_bias),
        item_bias + rate * (error - row_l2 * item_bias),
    )


def als_step(residuals, known, item_factors, row_l2):
    """Return the best user factors for fixed item factors: one ridge regression per user.

    Args:
        residuals: array (num_users, num_items), ratings minus mu, b_u and b_i; 0 where unknown.
        known: bool array of the same shape, True where there is a rating.
        item_factors: array (num_items, embedding_dim).
        row_l2: float > 0, penalty per rating.

    Returns:
        array (num_users, embedding_dim); a user without ratings gets zeros. For item factors
        transpose the matrices and swap the roles.
    """
    require.arrays(
        "(n, m), (n, m), (m, dim)", residuals=residuals, known=known, item_factors=item_factors
    )
    require.full_precision(residuals=residuals, item_factors=item_factors)
    require.booleans("(n, m)", known=known)
    require.within("(0, inf)", row_l2=row_l2)
    num_items, dim = item_factors.shape
    products = np.einsum("ik,il->ikl", item_factors, item_factors).reshape(num_items, dim * dim)
    gram = (known.astype(item_factors.dtype) @ products).reshape(-1, dim, dim)
    counts = np.maximum(known.sum(axis=1), 1)
    ridge = gram + row_l2 * counts[:, None, None] * np.eye(dim)
    return np.linalg.solve(ridge, (residuals @ item_factors)[:, :, None])[:, :, 0]


def fit_als(biases, train, embedding_dim, row_l2, num_sweeps, seed=0):
    """Fit factors to what the biases leave over, users and items in turn.

    Args:
        biases: Biases, from `utils.baselines.fit_biases`.
        train: DataFrame with `user_index`, `item_index` and `rating`.
        embedding_dim, num_sweeps: ints.
        row_l2: float > 0, penalty per rating.
        seed: int, for the item factors to start from.

    Returns:
        (user_factors, item_factors), arrays (num_users, embedding_dim), (num_items, embedding_dim).
    """
    require.arrays("(), (num_users,), (num_items,)", **biases._asdict())
    require.rows("rating", train=train)
    require.integers("[1, inf)", embedding_dim=embedding_dim, num_sweeps=num_sweeps)
    require.integers("[0, inf)", seed=seed)
    num_users, num_items = len(biases.user), len(biases.item)
    known = interaction_matrix(train, num_users, num_items)
    residuals = np.zeros((num_users, num_items))
    residuals[train["user_index"], train["item_index"]] = train["rating"] - predict_biases(
        biases, train
    )
    item_factors = np.random.default_rng(seed).normal(0, 0.1, (num_items, embedding_dim))
    for _ in range(num_sweeps):
        user_factors = als_step(residuals, known, item_factors, row_l2)
        item_factors = als_step(residuals.T, known.T, user_factors, row_l2)
    return user_factors, item_factors
