"""Every test runs with the network cut off: here, and in every Python that a test starts."""

import os
import runpy
from pathlib import Path

OFFLINE = Path(__file__).resolve().parent / "offline"

os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(OFFLINE), *filter(None, [os.environ.get("PYTHONPATH")])]
)
os.environ["no_proxy"] = "*"  # a proxy on this machine would be a way out
runpy.run_path(str(OFFLINE / "sitecustomize.py"))
