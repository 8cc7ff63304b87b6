"""The settings of unit 05, read by its experiments, its lecture and its deck.

`utils.experiments.neighborhood_search` looked for them on 8,000 rows of the training part: random
ones for the random split, the newest ones for the temporal split.
"""

NUM_VALIDATION = 8_000
L2 = 4.0  # of the three ways to the baseline, in ratings
BIAS_TRAINING = {"epochs": 30, "batch_size": 8192, "learning_rate": 0.1}

# Neighbors by similarity: arguments of `weigh_films` and of `predict_from_neighbors`.
PLAIN = {"shrinkage": 100}, {"num_neighbors": 40}
ITEM_KNN = {"shrinkage": 60, "power": 2}, {"num_neighbors": 40, "damping": 0.1}
USER_KNN = {"shrinkage": 100}, {"num_neighbors": 40, "damping": 0.3}

# Learned weights: arguments of `find_neighbors`, the penalties, and the training.
NEAR = {"shrinkage": 60, "num_neighbors": 200, "scale": 2.5}
BIAS_L2, PAIR_L2 = 0.02, 1.0
TRAINING = {"epochs": 6, "batch_size": 1024, "learning_rate": 0.005}
NEAR_ZERO = {**NEAR, "scale": 0.0}  # all weights start at 0, as in the paper
PAIR_L2_ZERO = 0.03

# The integrated model: factors, as in unit 06, and a neighborhood.
FACTORS = {"embedding_dim": 32, "row_l2": 0.1, "column_l2": 2e-4, "dropout": 0.3}
LONG_TRAINING = {"epochs": 15, "batch_size": 1024, "learning_rate": 0.005}
NEAR_FACTORS = {"shrinkage": 60, "num_neighbors": 50, "scale": 0.5}
PAIR_L2_FACTORS = 10.0
NO_NEIGHBORS = {**NEAR_FACTORS, "scale": 0.0}
PAIRS = ("pair_weights", "pair_offsets")  # the layers that must not learn to have factors alone
