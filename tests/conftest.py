"""Every test runs with the network cut off; lectures are asked for what their text claims.

What a lecture says of its results stands as asserts in tests/claims/NN_topic.py: percent format, a
title and a few lines per claim. They run in the kernel of the lecture, after its last cell.
"""

import os
import runpy
from collections import defaultdict
from pathlib import Path

import jupytext
import nbformat

HERE = Path(__file__).resolve().parent
OFFLINE = HERE / "offline"

os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(OFFLINE), *filter(None, [os.environ.get("PYTHONPATH")])]
)
os.environ["no_proxy"] = "*"  # a proxy on this machine would be a way out
runpy.run_path(str(OFFLINE / "sitecustomize.py"))


def pytest_collection_modifyitems(items):
    """Put the claims of a lecture behind its last cell."""
    for path in sorted((HERE / "claims").glob("*.py")):
        lecture = HERE.parent / "notebooks" / f"{path.stem}.ipynb"
        cells = [place for place, item in enumerate(items) if item.path == lecture]
        if cells:
            items[cells[-1] + 1 : cells[-1] + 1] = claims_of(path, items[cells[-1]])


def claims_of(path, last_cell):
    """Return the claims of a file as tests that run in the kernel of a cell.

    Args:
        path: Path of a file in percent format, one titled cell per claim.
        last_cell: the pytest item of nbval for the last cell of the lecture.

    Returns:
        list of pytest items.
    """
    return [
        type(last_cell).from_parent(
            last_cell.parent,
            name=cell.metadata["title"],
            cell_num=last_cell.cell_num + place,
            cell=nbformat.v4.new_code_cell(cell.source),
            options=defaultdict(bool),
        )
        for place, cell in enumerate(jupytext.read(path).cells, start=1)
    ]
