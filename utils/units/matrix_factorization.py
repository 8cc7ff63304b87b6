"""Matrix factorization of ratings: two embeddings and a dot product, one improvement at a time.

Notation: user u has the factors p_u and the bias b_u, item i has q_i and b_i, mu is the mean
rating. The models predict mu + b_u + b_i + p_u . q_i (Koren, Bell and Volinsky, "Matrix
Factorization Techniques for Recommender Systems", 2009).
"""

import keras
import numpy as np
from keras import layers

from utils.baselines import predict_biases
from utils.evaluation import interaction_matrix


def build_dot_model(num_users, num_items, embedding_dim):
    """Predict a rating by the dot product p_u . q_i alone.

    Args:
        num_users, num_items, embedding_dim: ints.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    user, item = _index_inputs()
    user_factors = _factors(num_users, embedding_dim, "user_factors")(user)
    item_factors = _factors(num_items, embedding_dim, "item_factors")(item)
    return keras.Model([user, item], layers.Dot(axes=1)([user_factors, item_factors]))


def build_biased_model(
    num_users, num_items, embedding_dim, mean_rating, row_l2=0.0, bias_l2=0.0, table_l2=0.0
):
    """Predict mu + b_u + b_i + p_u . q_i.

    Args:
        num_users, num_items, embedding_dim: ints.
        mean_rating: float, mu, the mean of the training ratings.
        row_l2: float, penalty on the squared length of the factors a batch uses, per rating.
        bias_l2: float, the same for the biases.
        table_l2: float, penalty on both whole tables of factors, per batch.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).
    """
    user, item = _index_inputs()
    user_factors = _factors(num_users, embedding_dim, "user_factors", row_l2, table_l2)(user)
    item_factors = _factors(num_items, embedding_dim, "item_factors", row_l2, table_l2)(item)
    dot = layers.Dot(axes=1)([user_factors, item_factors])
    user_bias = _bias(num_users, "user_bias", bias_l2)(user)
    item_bias = _bias(num_items, "item_bias", bias_l2)(item)
    return keras.Model([user, item], dot + user_bias + item_bias + mean_rating)


def build_svdpp_model(
    user_bags,
    item_bags,
    embedding_dim,
    mean_rating,
    row_l2=0.0,
    bias_l2=0.0,
    bag_l2=0.0,
    dropout=0.0,
):
    """Predict mu + b_u + b_i + (p_u + sum of y_j) . (q_i + sum of x_v), as SVD++ does.

    y_j belongs to a film j that u rated, x_v to a user v who rated i; each sum is divided by the
    square root of its number of terms. SVD++ has the bag of films; the bag of users is its mirror
    image (Rendle, Zhang and Koren, "On the Difficulty of Evaluating Baselines", 2019).

    Args:
        user_bags, item_bags: float arrays (num_users, num_items) and (num_items, num_users),
            from `make_bags`.
        embedding_dim: int.
        mean_rating: float, mu.
        row_l2, bias_l2: floats, penalties per rating, as in `build_biased_model`.
        bag_l2: float, penalty on the tables of y and x, per batch.
        dropout: float in [0, 1), share of the entries of both summed vectors dropped in training.

    Returns:
        Model that maps [user_index (batch,), item_index (batch,)] to ratings (batch, 1).

    Source: Koren, "Factorization Meets the Neighborhood" (2008), equation 15.
    """
    num_users, num_items = user_bags.shape
    user, item = _index_inputs()
    user_factors = _factors(num_users, embedding_dim, "user_factors", row_l2)(user)
    item_factors = _factors(num_items, embedding_dim, "item_factors", row_l2)(item)
    user_factors += _bag_sum(user_bags, embedding_dim, "rated_films", bag_l2)(user)
    item_factors += _bag_sum(item_bags, embedding_dim, "rating_users", bag_l2)(item)
    drop = layers.Dropout(dropout)
    dot = layers.Dot(axes=1)([drop(user_factors), drop(item_factors)])
    user_bias = _bias(num_users, "user_bias", bias_l2)(user)
    item_bias = _bias(num_items, "item_bias", bias_l2)(item)
    return keras.Model([user, item], dot + user_bias + item_bias + mean_rating)


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


def score_all(model):
    """Return the predictions of a biased model for all users and items at once.

    Args:
        model: Model from `build_biased_model`.

    Returns:
        array (num_users, num_items), up to the constant mu, which changes no ranking.
    """
    table = {layer.name: layer.get_weights()[0] for layer in model.layers if layer.weights}
    return (
        table["user_factors"] @ table["item_factors"].T + table["user_bias"] + table["item_bias"].T
    )


def sgd_step(user_factors, item_factors, user_bias, item_bias, rating, mean_rating, rate, l2):
    """Move the factors and biases of one rating a step down the gradient of its squared error.

    The loss is (error^2 + l2 (|p|^2 + |q|^2 + b_u^2 + b_i^2)) / 2: the half spares a factor 2.

    Args:
        user_factors, item_factors: arrays (embedding_dim,), p_u and q_i.
        user_bias, item_bias, rating, mean_rating: floats, in stars.
        rate, l2: floats, learning rate and penalty.

    Returns:
        The new (user_factors, item_factors, user_bias, item_bias).
    """
    error = rating - (mean_rating + user_bias + item_bias + user_factors @ item_factors)
    return (
        user_factors + rate * (error * item_factors - l2 * user_factors),
        item_factors + rate * (error * user_factors - l2 * item_factors),
        user_bias + rate * (error - l2 * user_bias),
        item_bias + rate * (error - l2 * item_bias),
    )


def als_step(residuals, known, item_factors, l2):
    """Return the best user factors for fixed item factors: one ridge regression per user.

    Args:
        residuals: array (num_users, num_items), ratings minus mu, b_u and b_i; 0 where unknown.
        known: bool array of the same shape, True where there is a rating.
        item_factors: array (num_items, embedding_dim).
        l2: float > 0, penalty per rating, as `row_l2`.

    Returns:
        array (num_users, embedding_dim); a user without ratings gets zeros. For item factors
        transpose the matrices and swap the roles.
    """
    num_items, dim = item_factors.shape
    products = np.einsum("ik,il->ikl", item_factors, item_factors).reshape(num_items, dim * dim)
    gram = (known.astype(item_factors.dtype) @ products).reshape(-1, dim, dim)
    counts = np.maximum(known.sum(axis=1), 1)
    ridge = gram + l2 * counts[:, None, None] * np.eye(dim)
    return np.linalg.solve(ridge, (residuals @ item_factors)[:, :, None])[:, :, 0]


def fit_als(biases, train, embedding_dim, l2, num_sweeps, seed=0):
    """Fit factors to what the biases leave over, users and items in turn.

    Args:
        biases: Biases, from `utils.baselines.fit_biases`.
        train: DataFrame with `user_index`, `item_index` and `rating`.
        embedding_dim, num_sweeps: ints.
        l2: float > 0, penalty per rating.
        seed: int, for the item factors to start from.

    Returns:
        (user_factors, item_factors), arrays (num_users, embedding_dim), (num_items, embedding_dim).
    """
    num_users, num_items = len(biases.user), len(biases.item)
    known = interaction_matrix(train, num_users, num_items)
    residuals = np.zeros((num_users, num_items))
    residuals[train["user_index"], train["item_index"]] = train["rating"] - predict_biases(
        biases, train
    )
    item_factors = np.random.default_rng(seed).normal(0, 0.1, (num_items, embedding_dim))
    for _ in range(num_sweeps):
        user_factors = als_step(residuals, known, item_factors, l2)
        item_factors = als_step(residuals.T, known.T, user_factors, l2)
    return user_factors, item_factors


def _index_inputs():
    return [keras.Input((), dtype="int32", name=name) for name in ("user_index", "item_index")]


def _factors(size, embedding_dim, name, row_l2=0.0, table_l2=0.0):
    # Keras divides the penalty of an output by the batch size: row_l2 counts per rating.
    return layers.Embedding(
        size,
        embedding_dim,
        embeddings_initializer=keras.initializers.RandomNormal(stddev=0.05),
        activity_regularizer=keras.regularizers.L2(row_l2),
        embeddings_regularizer=keras.regularizers.L2(table_l2),
        name=name,
    )


def _bias(size, name, bias_l2):
    return layers.Embedding(
        size,
        1,
        embeddings_initializer="zeros",
        activity_regularizer=keras.regularizers.L2(bias_l2),
        name=name,
    )


def _bag_sum(bags, embedding_dim, name, bag_l2):
    """Return a model from an index to the sum of the vectors in its bag: a row of bags @ table."""
    index = keras.Input((), dtype="int32")
    bag = layers.Embedding(*map(int, bags.shape), weights=[bags], trainable=False)(index)
    table = layers.Dense(
        embedding_dim,
        use_bias=False,
        kernel_initializer=keras.initializers.RandomNormal(stddev=0.05),
        kernel_regularizer=keras.regularizers.L2(bag_l2),
        name="table",
    )
    return keras.Model(index, table(bag), name=name)
