"""Peers that predict whether a film will be liked: myFM, LightGBM, scikit-learn."""

from functools import partial

import scipy.sparse

from utils.likes import LIKED_FROM
from utils.tools.compare.features import bag_blocks, facts, out_of_fold_table
from utils.tools.compare.tasks import Peer


def logistic_regression(data, train, rows, seed, with_metadata, **setting):
    """Fit scikit-learn's logistic regression on one-hot ids, or ids and metadata."""
    from sklearn.linear_model import LogisticRegression

    users, films = facts(data, train)

    def features(rows):
        parts = []
        for column, own in (("user_index", users), ("item_index", films)):
            parts.append(scipy.sparse.identity(len(own), format="csr")[rows[column].to_numpy()])
            if with_metadata:
                parts.append(scipy.sparse.csr_matrix(own[rows[column]]))
        return scipy.sparse.hstack(parts, format="csr")

    model = LogisticRegression(max_iter=1_000, **setting)
    return model.fit(features(train), _liked(train)).predict_proba(features(rows))[:, 1]


def boosted_trees(data, train, rows, seed, **setting):
    """Fit LightGBM on shares of likes of users and films, and what is known of them."""
    import lightgbm

    table, of_rows = out_of_fold_table(data, train, rows, _liked(train).astype(float))
    model = lightgbm.LGBMClassifier(random_state=seed, verbose=-1, **setting)
    return model.fit(table, _liked(train)).predict_proba(of_rows)[:, 1]


def myfm_classifier(data, train, rows, seed, with_bags, **setting):
    """Fit a factorization machine on the label by Gibbs sampling."""
    import myfm

    blocks = partial(bag_blocks, data, train, with_bags=with_bags)
    model = myfm.MyFMClassifier(random_seed=seed, **setting)
    model.fit(None, _liked(train).astype(float), X_rel=blocks(train), n_iter=200)
    return model.predict_proba(None, X_rel=blocks(rows))


def myfm_ordered_probit(data, train, rows, seed, with_bags, **setting):
    """Fit a factorization machine on all five stars, and add up the chances of 4 and 5."""
    import myfm

    blocks = partial(bag_blocks, data, train, with_bags=with_bags)
    model = myfm.MyFMOrderedProbit(random_seed=seed, **setting)
    model.fit(None, train["rating"].to_numpy() - 1, X_rel=blocks(train), n_iter=100)
    return model.predict_proba(None, X_rel=blocks(rows))[:, LIKED_FROM - 1 :].sum(axis=1)


def _liked(rows):
    return (rows["rating"] >= LIKED_FROM).to_numpy()


PEERS = [
    Peer(
        "scikit-learn",
        "logistic regression",
        logistic_regression,
        [{"with_metadata": False}, {"with_metadata": True}, {"with_metadata": True, "C": 0.3}],
    ),
    Peer(
        "LightGBM",
        "LGBMClassifier",
        boosted_trees,
        [{}, {"n_estimators": 400, "learning_rate": 0.03, "num_leaves": 15}],
    ),
    Peer("myFM", "classifier, ids", myfm_classifier, [{"with_bags": False, "rank": 8}]),
    Peer(
        "myFM",
        "classifier, ids, bags, metadata",
        myfm_classifier,
        [{"with_bags": True, "rank": 10}],
    ),
    Peer(
        "myFM",
        "ordered probit, ids, bags, metadata",
        myfm_ordered_probit,
        [{"with_bags": True, "rank": 10}],
    ),
]
