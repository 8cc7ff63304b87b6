"""The first cell of every notebook: quiet imports, a seed, the look of the figures.

Somebody who uses Keras, pandas or matplotlib elsewhere has settings for that work. Where they would
change the numbers or figures of the course, `start` takes them back for this one notebook.
"""

import logging
import os
import sys
from contextlib import contextmanager

# What a shell may say to Keras and TensorFlow: how to compute, how soon to stop.
VARIABLES = (
    "KERAS_BACKEND",
    "KERAS_MAX_EPOCHS",
    "KERAS_MAX_STEPS_PER_EPOCH",
    "KERAS_NNX_ENABLED",
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_USE_LEGACY_KERAS",
    "TF_XLA_FLAGS",
    "XLA_FLAGS",
)


def start(seed=0):
    """Import Keras without TensorFlow's banner, fix the random seeds, set the style of figures.

    Args:
        seed: int, for Python, numpy and the backend of Keras.

    Raises:
        RuntimeError: if Keras was imported before, with settings that can no longer be taken back.
    """
    _leave_out_variables()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silent_stderr():
        import keras

        if keras.backend.backend() != "tensorflow":
            raise RuntimeError(_too_late(f"Keras runs on {keras.backend.backend()}"))
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
        keras.config.set_epsilon(1e-7)
        keras.config.set_image_data_format("channels_last")
        keras.config.set_max_epochs(None)
        keras.config.set_max_steps_per_epoch(None)
        # The first operation makes TensorFlow set up its devices, which prints as well.
        keras.utils.set_random_seed(seed)
        keras.ops.zeros(1)
    # A course builds many small models: the advice to reuse one would fill the page.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    _print_and_draw_as_usual()


def _leave_out_variables():
    """Drop what the shell says to Keras, and pass over its file ~/.keras/keras.json."""
    found = [name for name in VARIABLES if name in os.environ]
    for name in found:
        if "tensorflow" in sys.modules and name.startswith(("TF_", "XLA_")):
            raise RuntimeError(_too_late(f"{name}={os.environ[name]} is set"))
        del os.environ[name]
    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["KERAS_HOME"] = os.path.join(sys.prefix, "keras")


def _print_and_draw_as_usual():
    """Set how numbers are printed and figures drawn, whatever a start-up file has said before."""
    import matplotlib
    import numpy as np
    import pandas as pd
    from IPython import get_ipython

    from utils import plotting

    np.set_printoptions(
        precision=8, suppress=False, threshold=1000, edgeitems=3, linewidth=75, formatter=None
    )
    pd.reset_option("^display")
    shell = get_ipython()
    if hasattr(shell, "kernel") and "inline" not in matplotlib.get_backend():
        shell.run_line_magic("matplotlib", "inline")
    plotting.use_course_style()


def _too_late(fault):
    """Return the message for settings that hold since Keras was imported."""
    return (
        f"{fault}, and Keras was imported before notebook.start(). Restart the kernel and run the "
        "cell with notebook.start() first. If that does not help, look at KERAS_BACKEND, "
        "~/.keras/keras.json and the start-up files of your IPython profile."
    )


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
