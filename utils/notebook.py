"""The first cell of every notebook: quiet imports, a seed, the look of the figures."""

import logging
import os
import sys
from contextlib import contextmanager

from utils import plotting


def start(seed=0):
    """Import Keras without TensorFlow's banner, fix the random seeds, set the style of figures.

    Args:
        seed: int, for Python, numpy and the backend of Keras.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silent_stderr():
        import keras

        # The first operation makes TensorFlow set up its devices, which prints as well.
        keras.utils.set_random_seed(seed)
        keras.ops.zeros(1)
    # A course builds many small models: the advice to reuse one would fill the page.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    plotting.use_course_style()


@contextmanager
def _silent_stderr():
    """Send what C++ code writes to file descriptor 2 to nowhere; Python errors still arrive."""
    sys.stderr.flush()
    saved = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
