"""Settings that a reader has made for other work, kept away from what the course starts.

`make lab`, `make test`, `make build`, `make results` and `make slides` call `leave_out_settings`
before they start a kernel, so that files in the reader's home cannot change numbers or figures.
What a notebook can set right by itself, `utils.notebook.start` does, however it was started.
"""

import os
import sys
from pathlib import Path

from utils.notebook import VARIABLES

UNWANTED = (
    *VARIABLES,
    "JUPYTER_CONFIG_PATH",
    "MATPLOTLIBRC",
    "MPLBACKEND",
    "PYTHONOPTIMIZE",  # would take the asserts out of the tests
    "PYTHONSTARTUP",  # a kernel runs that file, too
    "PYTHONWARNINGS",
)


def leave_out_settings(environment=os.environ):
    """Change the variables of this process, and so of all that it starts.

    Args:
        environment: mapping to change in place.
    """
    for name in UNWANTED:
        environment.pop(name, None)
    own = Path(sys.prefix)
    environment["KERAS_BACKEND"] = "tensorflow"
    environment["KERAS_HOME"] = str(own / "keras")  # instead of ~/.keras with its keras.json
    environment["IPYTHONDIR"] = str(own / "ipython")  # start-up files, and what prints how
    environment["JUPYTER_CONFIG_DIR"] = str(own / "jupyter")
    environment["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel of this Python
