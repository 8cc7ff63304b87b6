"""The settings of unit 08, read by its experiments, its lecture and its deck.

`SETTINGS` are those of each model's best trial in `utils.experiments.deep_recsys_search`; what is
not searched is the same for all: the training of `utils.training.fit`, and `BIAS_L2`.
"""

SETTINGS = {
    "MLP": {"embedding_dim": 32, "row_l2": 0.003, "dropout": 0.6},
    "MLP + metadata": {"embedding_dim": 32, "row_l2": 0.01, "dropout": 0.5},
    "MLP + bags + metadata": {
        "embedding_dim": 64,
        "row_l2": 1.0,
        "column_l2": 1e-4,
        "dropout": 0.2,
    },
    "dot + metadata": {"embedding_dim": 64, "row_l2": 0.003, "column_l2": 3e-4, "dropout": 0.5},
    "dot + bags": {"embedding_dim": 64, "row_l2": 0.3, "column_l2": 1e-4, "dropout": 0.3},
    "dot + bags + metadata": {
        "embedding_dim": 32,
        "row_l2": 0.3,
        "column_l2": 1e-4,
        "dropout": 0.3,
    },
}
BEST = "dot + bags + metadata"
BIAS_L2 = 0.02  # as in unit 06
MANY_FACTORS = 64
FIRST_RATINGS = (0, 1, 2, 5, 10)  # how many ratings of a new user are known

# What others report on the fold u1, in stars.
PUBLISHED_ON_U1 = {
    "GC-MC": 0.905,  # van den Berg, Kipf and Welling 2017, with facts about users and films
    "IGMC": 0.905,  # Zhang and Chen 2020, ratings alone
    "GLocal-K": 0.8889,  # Han and others 2021, ratings alone; the best epoch on the test rows
}
PUBLISHED_MAE_ON_U1 = {"GLocal-K": 0.695}
