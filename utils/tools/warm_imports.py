"""What `warm_kernel` imports once for all submissions; nothing here may compute with TensorFlow."""

import os

from utils.notebook import _silent_stderr

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
with _silent_stderr():
    import ipykernel.kernelapp  # noqa: F401
    import keras  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import pandas  # noqa: F401
    import scipy.sparse  # noqa: F401
