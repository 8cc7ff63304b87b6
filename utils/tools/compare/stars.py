"""Peers that predict stars: Surprise, cornac, myFM, scikit-learn."""

from functools import partial

import numpy as np

from utils.tools.compare.features import bag_blocks, out_of_fold_table
from utils.tools.compare.tasks import Peer


def surprise(algorithm, data, train, rows, seed, **setting):
    """Fit a model of Surprise; `algorithm` is the name of its class."""
    import surprise

    reader = surprise.Reader(rating_scale=(1, 5))
    columns = train[["user_index", "item_index", "rating"]]
    table = surprise.Dataset.load_from_df(columns, reader).build_full_trainset()
    if algorithm in ("SVD", "SVDpp"):
        setting["random_state"] = seed
    model = getattr(surprise, algorithm)(**setting).fit(table)
    pairs = zip(rows["user_index"], rows["item_index"], strict=True)
    return np.array([model.predict(user, item).est for user, item in pairs])


def cornac_mf(data, train, rows, seed, **setting):
    """Fit matrix factorization of cornac, by stochastic gradient descent with biases."""
    import cornac

    columns = train[["user_index", "item_index", "rating"]].astype(float)
    table = cornac.data.Dataset.from_uir(list(columns.itertuples(index=False, name=None)))
    model = cornac.models.MF(seed=seed, verbose=False, **setting).fit(table)
    users = [table.uid_map.get(user, -1) for user in rows["user_index"].astype(float)]
    items = [table.iid_map.get(item, -1) for item in rows["item_index"].astype(float)]
    known = table.num_users, table.num_items
    users = np.where(np.array(users) < 0, known[0], users)
    items = np.where(np.array(items) < 0, known[1], items)

    def of(table, index):  # one more row of zeros for whom the model does not know
        return np.concatenate([table, np.zeros((1, *table.shape[1:]))])[index]

    dots = np.sum(of(model.u_factors, users) * of(model.i_factors, items), axis=1)
    biases = of(model.u_biases, users) + of(model.i_biases, items)
    return model.global_mean + biases + dots


def myfm_regressor(data, train, rows, seed, with_bags, **setting):
    """Fit a factorization machine by Gibbs sampling: ids alone, or with bags and metadata."""
    import myfm

    blocks = partial(bag_blocks, data, train, with_bags=with_bags)
    model = myfm.MyFMRegressor(random_seed=seed, **setting)
    model.fit(None, train["rating"].to_numpy(float), X_rel=blocks(train), n_iter=200)
    return model.predict(None, X_rel=blocks(rows))


def boosted_trees(data, train, rows, seed, **setting):
    """Fit scikit-learn's gradient boosting on means and metadata of users and films."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    table, of_rows = out_of_fold_table(data, train, rows, train["rating"].to_numpy(float))
    model = HistGradientBoostingRegressor(random_state=seed, **setting)
    return model.fit(table, train["rating"]).predict(of_rows)


QUIET = {"verbose": False}
BY_ITEM = {"sim_options": {"name": "pearson_baseline", "user_based": False}, **QUIET}
PEERS = [
    Peer(
        "Surprise",
        "BaselineOnly",
        partial(surprise, "BaselineOnly"),
        [
            QUIET,
            {"bsl_options": {"method": "als", "reg_i": 3, "reg_u": 5, "n_epochs": 20}, **QUIET},
            {"bsl_options": {"method": "sgd", "learning_rate": 0.005, "reg": 0.05}, **QUIET},
        ],
    ),
    Peer(
        "Surprise",
        "KNNBaseline, items",
        partial(surprise, "KNNBaseline"),
        [BY_ITEM, {"min_k": 3, **BY_ITEM}],
    ),
    Peer(
        "Surprise",
        "SVD",
        partial(surprise, "SVD"),
        [
            {},
            {"n_epochs": 60, "reg_all": 0.08},
            {"n_epochs": 80, "reg_all": 0.1, "n_factors": 200, "lr_all": 0.004},
        ],
        num_seeds=3,
    ),
    Peer("Surprise", "SVDpp", partial(surprise, "SVDpp"), [{}]),
    Peer(
        "cornac",
        "MF",
        cornac_mf,
        [
            {"use_bias": True},
            {"use_bias": True, "max_iter": 40, "learning_rate": 0.01, "lambda_reg": 0.06},
        ],
        num_seeds=3,
    ),
    Peer(
        "scikit-learn",
        "HistGradientBoosting",
        boosted_trees,
        [{}, {"max_iter": 300, "learning_rate": 0.05}],
    ),
    Peer("myFM", "FM, ids", myfm_regressor, [{"with_bags": False, "rank": 8}], num_seeds=2),
    Peer("myFM", "FM, ids, bags, metadata", myfm_regressor, [{"with_bags": True, "rank": 10}]),
]
