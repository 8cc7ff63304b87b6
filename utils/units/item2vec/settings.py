"""The settings of unit 12, read by its experiments and its lecture; all chosen on validation likes.

A vector is as long, and the likes are read out, as for the skip-gram of a library beside which the
results stand.
"""

DIM = 64
WINDOW = 5
NUM_LAST, HALF_LIFE = 20, 5.0  # the likes from which the next one is predicted
EPOCHS = 15

# What a library for text takes unless told otherwise, and what suits films.
TEXT = {"exponent": 0.75, "num_negatives": 5}
FILMS = {"exponent": 0.25, "num_negatives": 1}
THRESHOLD = 1e-3  # of the subsampling for text

WALKS_PER_FILM, NUM_STEPS = 20, 10  # of walks on the graph

ALS = {"dim": 64, "confidence": 2.0, "l2": 10.0, "num_sweeps": 8}

LABELED = (10, 30, 100, 400)  # films with a label
MIN_LIKES = 5  # of a film that is labeled or judged
NUM_JUDGED = 300
LABEL_EPOCHS = 60
RATES = {"frozen": 0.02, "fine-tuned": 0.003, "random start": 0.003}
