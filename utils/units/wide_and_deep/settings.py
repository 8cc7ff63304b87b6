"""The settings of unit 09, read by its experiments, its lecture and its deck.

Those of the click log were chosen by the log loss of validation rows of one log (seed 100; the
measured logs have other seeds), in about fifty trials; those of likes on a fifth of the random
training part, in about ten. Test rows played no part.
"""

NUM_BINS = 2**14
FIT_CLICKS = {"epochs": 15, "batch_size": 500, "learning_rate": 0.02}
DEEP = {"embedding_dim": 8, "widths": [64], "dropout": 0.0}
BIASES = {"bias_l2": 0.001, "column_l2": 0.0}  # both fields of the log are ids
CROSSES = {"num_bins": NUM_BINS, "cross_l1": 0.1}
BOTH = {**DEEP, **BIASES, **CROSSES, "row_l2": 0.01}
CLICKS = {
    "wide": {**BIASES, **CROSSES, "cross_l1": 0.01},
    "deep": {**DEEP, "row_l2": 0.003, "column_l2": 0.0},
    "wide + deep": BOTH,
    "wide + deep, no L1": {**BOTH, "cross_l1": 0.0},
    "average": BOTH,
    "FM": {**BIASES, "embedding_dim": 8, "row_l2": 0.01, "dropout": 0.0},
    "DeepFM": {**DEEP, **BIASES, "row_l2": 0.01, "deep_dropout": 0.0},
    "DCN": {**DEEP, **BIASES, "row_l2": 0.01, "num_crosses": 2, "dropout": 0.2},
}
WITH_CROSSES = ("wide", "wide + deep", "wide + deep, no L1", "average")
FTRL = {
    "learning_rate": 0.3,
    "initial_accumulator_value": 1e-5,
    "l1_regularization_strength": 0.1,
}
ADAGRAD = {"learning_rate": 0.1, "initial_accumulator_value": 1e-4}

LIKES_CROSSES = (
    ("user", "genre"),
    ("user", "year"),
    ("film", "age"),
    ("film", "sex"),
    ("film", "occupation"),
)
LIKES_BIASES = {"bias_l2": 0.02, "column_l2": 1e-4}
LIKES_CROSS = {"num_bins": 2**18, "cross_l1": 0.1}
LIKES_DEEP = {"embedding_dim": 32, "widths": [64, 32], "row_l2": 0.3, "dropout": 0.5}
LIKES = {
    "wide": {**LIKES_BIASES, **LIKES_CROSS},
    "deep": {**LIKES_DEEP, "column_l2": 1e-4},
    "wide + deep": {**LIKES_DEEP, **LIKES_BIASES, **LIKES_CROSS},
    "DCN": {**LIKES_DEEP, **LIKES_BIASES, "num_crosses": 2},
    "DeepFM, pairs across": {
        **LIKES_DEEP,
        **LIKES_BIASES,
        "widths": [16],
        "deep_dropout": 0.7,
    },
}
# A network learns these rows by heart after a few epochs; the machine of unit 07 took 15.
LIKES_EPOCHS = {"wide": 4, "deep": 6, "wide + deep": 6, "DCN": 6, "DeepFM, pairs across": 10}
