"""What was chosen for unit 10: on validation likes, with seed 0, from two to four values each."""

EMBEDDING_DIM = 64
EPOCHS = 40
CURVE_STEP = 5  # epochs between two points of a curve
NUM_SAMPLED = 10  # negatives beside each positive, for the losses that compare with several
BEST_OF = 5  # candidates of which the hardest one is kept

# The penalty `row_l2` of the dot product, by loss; "hard" is BPR with chosen negatives.
ROW_L2 = {"hinge": 0.01, "BPR": 0.004, "WARP": 0.06, "softmax": 0.01, "hard": 0.01}

DEEP = {"embedding_dim": 32, "hidden_units": 64, "row_l2": 0.004, "dropout": 0.1}
DEEP_TRAINING = {"epochs": 20, "learning_rate": 0.005}

MEAN_OF_LIKES = {"embedding_dim": EMBEDDING_DIM, "dropout": 0.5}
MEAN_EPOCHS = 100

EASE_L2 = 100.0
NUM_NEIGHBORS = 20

# The small model of the lab and of the slides: a few seconds.
QUICK = {"embedding_dim": 32, "row_l2": 0.004}
QUICK_EPOCHS = 12
