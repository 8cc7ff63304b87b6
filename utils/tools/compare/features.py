"""What several peers learn from: one-hot ids, bags, metadata, means of users and films."""

import numpy as np
import scipy.sparse
from sklearn.model_selection import KFold

from utils import metadata

NUM_FOLDS = 10


def facts(data, train):
    """Return what is known of users and of films besides their ids, two float arrays.

    Args:
        data: MovieLens.
        train: DataFrame; the popularity of films is counted in it.
    """
    users = metadata.describe_users(data.users).to_numpy()
    return users, metadata.describe_films(data.items, train).to_numpy()


def bag_blocks(data, train, rows, with_bags):
    """Return two relation blocks of myFM, of users and of films.

    Args:
        data: MovieLens.
        train: DataFrame; bags are made of its pairs.
        rows: DataFrame whose rows the blocks stand for.
        with_bags: bool; if so, a user also has the films that he rated, a film the users who rated
            it, each divided by the square root of their number, and both have their metadata.
    """
    from myfm import RelationBlock

    sizes = data.num_users, data.num_items
    pairs = train["user_index"], train["item_index"]
    rated = scipy.sparse.csr_matrix((np.ones(len(train)), pairs), shape=sizes)
    blocks = []
    for column, own, bag in zip(
        ("user_index", "item_index"), facts(data, train), (rated, rated.T), strict=True
    ):
        parts = [scipy.sparse.identity(len(own))]
        if with_bags:
            lengths = np.sqrt(np.maximum(bag.sum(axis=1).A1, 1))
            parts += [scipy.sparse.diags(1 / lengths) @ bag, scipy.sparse.csr_matrix(own)]
        features = scipy.sparse.hstack(parts, format="csr")
        blocks.append(RelationBlock(rows[column].to_numpy(), features))
    return blocks


def out_of_fold_table(data, train, rows, target):
    """Return features of training rows and of rows to predict, for models without factors.

    A mean of the target over a user's rows must not hold the target of the row itself: for training
    rows it is taken over the other folds.

    Args:
        data: MovieLens.
        train, rows: DataFrames.
        target: float array (num_train,).

    Returns:
        two float arrays with the same columns: means and counts of the user and of the film, then
        their metadata.
    """
    table = np.zeros((len(train), 4))
    for others, fold in KFold(NUM_FOLDS, shuffle=True, random_state=0).split(train):
        table[fold] = _means(train.iloc[others], target[others], train.iloc[fold], data)
    users, films = facts(data, train)

    def join(means, rows):
        return np.hstack([means, users[rows["user_index"]], films[rows["item_index"]]])

    return join(table, train), join(_means(train, target, rows, data), rows)


def _means(train, target, rows, data):
    columns = []
    for column, size in (("user_index", data.num_users), ("item_index", data.num_items)):
        counts = np.bincount(train[column], minlength=size)
        sums = np.bincount(train[column], weights=target, minlength=size)
        shrunk = (sums + 3 * target.mean()) / (counts + 3)
        columns += [shrunk[rows[column]], counts[rows[column]]]
    return np.stack(columns, axis=1)
