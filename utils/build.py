"""Build the notebooks: lectures and solutions from their .py sources, labs from the solutions.

    python -m utils.build

Sources are .py files in the percent format of jupytext. Besides the usual tags a cell can say

    # %% exercise="one_hot"           the student completes it; the answer stands between
                                      ### BEGIN SOLUTION and ### END SOLUTION
    # %% check="one_hot" points=2     the check of that exercise, worth 2 points
    # %% [markdown] tags=["solution"] an answer in words; left out of the lab

and the build turns that into the metadata of nbgrader. A notebook is executed again when its
source, a helper module it imports, or its results file has changed.
"""

import ast
import copy
import hashlib
import os
import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbgrader.preprocessors import ClearOutput, ClearSolutions, LockCells

ROOT = Path(__file__).resolve().parent.parent
CELL_SECONDS = 300


def main():
    """Execute what changed, rewrite the labs, print one line per notebook."""
    for source in find_sources():
        notebook = read_source(source)
        target = source.with_suffix(".ipynb")
        if target.exists() and digest_of(read_notebook(target)) == digest_of(notebook):
            print(f"unchanged  {target.relative_to(ROOT)}")
        else:
            started = time.perf_counter()
            write_notebook(execute(notebook, target.parent), target)
            print(f"executed   {target.relative_to(ROOT)}  {time.perf_counter() - started:.0f} s")
        if source.parent.name == "solutions":
            lab = ROOT / "labs" / target.name
            write_notebook(make_lab(notebook), lab)
            print(f"written    {lab.relative_to(ROOT)}")


def find_sources():
    """Return the paths of all notebook sources, lectures first."""
    folders = ("notebooks", "solutions")
    return [path for folder in folders for path in sorted(ROOT.glob(f"{folder}/*.py"))]


def read_source(path):
    """Read a .py source into a notebook without outputs.

    Args:
        path: Path of a file in jupytext's percent format.

    Returns:
        NotebookNode with stable cell ids, nbgrader's metadata, and the digest of everything
        that can change its outputs.

    Raises:
        ValueError: if a check has no points or no exercise.
    """
    notebook = jupytext.read(path)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "course": {"digest": source_digest(path)},
        }
    )
    exercises = {cell.metadata.get("exercise") for cell in notebook.cells}
    for place, cell in enumerate(notebook.cells):
        cell.id = f"cell-{place}"
        role = _nbgrader_role(cell, exercises, path)
        if role:
            cell.metadata["nbgrader"] = {"schema_version": 3, "task": False, **role}
    return notebook


def make_lab(solution):
    """Turn a solution into the lab the students get.

    Args:
        solution: NotebookNode from `read_source`.

    Returns:
        NotebookNode with stubs in place of answers, locked checks and no outputs.
    """
    lab = copy.deepcopy(solution)
    lab.cells = [cell for cell in lab.cells if "solution" not in cell.metadata.get("tags", [])]
    del lab.metadata["course"]
    stub = ClearSolutions(code_stub={"python": "raise NotImplementedError()"})
    for preprocessor in (LockCells(), stub, ClearOutput()):
        lab, _ = preprocessor.preprocess(lab, {})
    return lab


def execute(notebook, folder):
    """Run all cells of a notebook in the given folder and return it with its outputs."""
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    executed = client.execute()
    # Keep the file the same on every machine: nbclient adds the version of Python.
    executed.metadata.language_info = {"name": "python"}
    return executed


def read_notebook(path):
    """Read an .ipynb file."""
    return nbformat.read(path, as_version=4)


def write_notebook(notebook, path):
    """Write an .ipynb file; a reader sees the old file or the new one, never half of one."""
    partial = path.with_suffix(".ipynb.partial")
    nbformat.write(notebook, partial)
    os.replace(partial, path)


def digest_of(notebook):
    """Return the digest a notebook was built from, or None."""
    return notebook.metadata.get("course", {}).get("digest")


def source_digest(path):
    """Return the SHA-256 of a .py file, the helper modules it imports, and its unit's results."""
    files = [path]
    for file in files:  # grows while it is walked
        files += [module for module in _helper_modules(file) if module not in files]
    files += (ROOT / "data" / "results").glob(f"{path.stem}*.json")
    content = b"\0".join(file.read_bytes() for file in [path, *sorted(files[1:])])
    return hashlib.sha256(content).hexdigest()


def _nbgrader_role(cell, exercises, path):
    exercise, check = cell.metadata.get("exercise"), cell.metadata.get("check")
    if exercise:
        return {"grade_id": exercise, "grade": False, "solution": True, "locked": False}
    if not check:
        return None
    points = cell.metadata.get("points")
    if check not in exercises or not isinstance(points, int) or points < 1:
        raise ValueError(
            f'{path.name}: the check "{check}" needs an exercise of that name and points >= 1, '
            f"received points={points!r}."
        )
    return {
        "grade_id": f"check_{check}",
        "grade": True,
        "solution": False,
        "locked": True,
        "points": points,
    }


def _helper_modules(file):
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "utils":
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    paths = [ROOT / Path(*name.split(".")).with_suffix(".py") for name in sorted(names)]
    return [path for path in paths if path.is_relative_to(ROOT / "utils") and path.exists()]


if __name__ == "__main__":
    sys.exit(main())
