"""The settings of unit 07, read by its experiments, its lecture and its deck.

Chosen on a fifth of the random training part, never on test rows, in about twenty trials judged by
the log loss of likes and the RMSE of stars. What is not listed is the training of
`utils.training.fit`.
"""

from utils.units.factorization_machines.fields import ALL_FIELDS, BAGS, FACTS, IDS

FIELDS = {
    "ids": IDS,
    "ids + facts": (*IDS, *FACTS),
    "ids + bags": (*IDS, *BAGS),
    "all fields": ALL_FIELDS,
}
BASE = {"embedding_dim": 32, "bias_l2": 0.02, "column_l2": 1e-4}
# An id that stands alone must say more than one beside a bag, and so costs less.
SETTINGS = {
    "ids": {**BASE, "row_l2": 0.1, "dropout": 0.3},
    "ids + facts": {**BASE, "row_l2": 0.03, "dropout": 0.5},
    "ids + bags": {**BASE, "row_l2": 0.3, "dropout": 0.5},
    "all fields": {**BASE, "row_l2": 0.3, "dropout": 0.5},
}
FROM_LIKES = {**SETTINGS["all fields"], "row_l2": 0.1, "column_l2": 3e-5}
FFM = {**SETTINGS["all fields"], "embedding_dim": 4}
