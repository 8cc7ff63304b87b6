"""What holds for every test: no network, no settings of the reader, two workers, units on demand.

    python -m pytest               the whole course, two workers side by side
    python -m pytest --unit 06     what belongs to one unit
    python -m pytest -n 0          in one process; so do tests that are named on the command line

What a lecture says of its results stands as asserts in tests/claims/NN_topic.py: percent format, a
title and a few lines per claim. They run in the kernel of the lecture, after its last cell; those
tagged "solution" run in the kernel of the lab with its answers.
"""

import os
import runpy
from collections import defaultdict
from pathlib import Path

import jupytext
import nbformat
import pytest
import selection
from xdist.scheduler import LoadScopeScheduling

from utils.tools.course import find_units
from utils.tools.environment import leave_out_settings

HERE = Path(__file__).resolve().parent
OFFLINE = HERE / "offline"
NUM_WORKERS = 2

leave_out_settings()
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(OFFLINE), *filter(None, [os.environ.get("PYTHONPATH")])]
)
os.environ["no_proxy"] = "*"  # a proxy on this machine would be a way out
if "PYTEST_XDIST_WORKER" in os.environ:
    # A core for each worker; threads beyond that only wait for one another.
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"
runpy.run_path(str(OFFLINE / "sitecustomize.py"))


def pytest_addoption(parser):
    parser.addoption("--unit", metavar="NN", help="run what belongs to one unit, for example 06")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Share the tests out, unless some are named on the command line."""
    try:
        chosen_unit(config)
    except ValueError as error:
        raise pytest.UsageError(f"--unit: {error}") from error
    is_whole = config.args_source == pytest.Config.ArgsSource.TESTPATHS
    is_plain = not (config.option.usepdb or hasattr(config, "workerinput"))
    if is_whole and is_plain and config.option.numprocesses is None:
        config.option.numprocesses = NUM_WORKERS
    if config.option.numprocesses and config.option.dist == "no":
        config.option.dist = "loadscope"
        config.option.loadscopereorder = False  # in the order of pytest_collection_modifyitems


def pytest_xdist_make_scheduler(config, log):
    return FileByFile(config, log)


class FileByFile(LoadScopeScheduling):
    """Give each worker one file at a time: the cells of a notebook share a kernel."""

    def _split_scope(self, nodeid):
        return selection.stays_together(nodeid)


def pytest_ignore_collect(collection_path, config):
    """Leave out the files of other units."""
    unit = chosen_unit(config)
    if unit and collection_path.is_file():
        return selection.is_of_another(collection_path, unit) or None
    return None


def pytest_collection_modifyitems(config, items):
    """Choose the tests of a unit, add the claims of the lectures, begin with what takes long."""
    unit = chosen_unit(config)
    if unit:
        others = [item for item in items if not selection.belongs(item.nodeid, unit)]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if selection.belongs(item.nodeid, unit)]
    for path in sorted((HERE / "claims").glob("*.py")):
        for folder in ("notebooks", "solutions"):
            notebook = HERE.parent / folder / f"{path.stem}.ipynb"
            cells = [place for place, item in enumerate(items) if item.path == notebook]
            if cells:
                claims = claims_of(path, items[cells[-1]], folder == "solutions")
                items[cells[-1] + 1 : cells[-1] + 1] = claims
    items.sort(key=lambda item: selection.rank(item.nodeid))


def chosen_unit(config):
    """Return the Unit that the command line names, or None."""
    number = config.getoption("unit")
    return find_units([number])[0] if number else None


def claims_of(path, last_cell, of_solution):
    """Return the claims of a file as tests that run in the kernel of a cell.

    Args:
        path: Path of a file in percent format, one titled cell per claim.
        last_cell: the pytest item of nbval for the last cell of the notebook.
        of_solution: bool, take the cells tagged "solution", or all others.

    Returns:
        list of pytest items.
    """
    cells = [
        cell
        for cell in jupytext.read(path).cells
        if ("solution" in cell.metadata.get("tags", [])) == of_solution
    ]
    return [
        type(last_cell).from_parent(
            last_cell.parent,
            name=cell.metadata["title"],
            cell_num=last_cell.cell_num + place,
            cell=nbformat.v4.new_code_cell(cell.source),
            options=defaultdict(bool),
        )
        for place, cell in enumerate(cells, start=1)
    ]
