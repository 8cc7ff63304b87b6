"""Build the notebooks: lectures and solutions from their .py sources, labs from the solutions.

    python -m utils.tools.build         all units
    python -m utils.tools.build 06      one unit

Sources are .py files in the percent format of jupytext. Besides the usual tags a cell can say

    # %% exercise="one_hot"           the student completes it; the answer stands between
                                      ### BEGIN SOLUTION and ### END SOLUTION
    # %% check="one_hot" points=2     the check of that exercise, worth 2 points
    # %% [markdown] words="why_zero" points=2
                                      an answer in words, with the rubric it is graded by; the lab
                                      has a cell to write in, worth 2 points
    # %% tags=["solution"]            left out of the lab

and the build turns that into the metadata of nbgrader. Below the title of each notebook and deck it
writes the line of links to the other parts of the unit. A notebook is executed again when the code
of its cells, a definition of `utils` that they use, or its results have changed; where only words
have changed, it keeps its outputs.
"""

import copy
import hashlib
import os
import re
import sys
import time

import jupytext
import nbformat
from nbclient import NotebookClient
from nbgrader.preprocessors import ClearOutput, ClearSolutions, ComputeChecksums, LockCells

from utils.tools.course import ROOT, Unit, find_units, link_line
from utils.tools.environment import leave_out_settings
from utils.tools.source import digest

CELL_SECONDS = 300
PLACE_FOR_WORDS = "*Your answer in words: double-click here, write, press Shift+Enter.*"


def main():
    """Execute what changed, rewrite the labs, print one line per notebook."""
    leave_out_settings()
    units = find_units(sys.argv[1:])
    for source in find_sources(units):
        notebook = read_source(source)
        target = source.with_suffix(".ipynb")
        if target.exists() and digest_of(read_notebook(target)) == digest_of(notebook):
            write_notebook(with_outputs(notebook, read_notebook(target)), target)
            print(f"unchanged  {target.relative_to(ROOT)}")
        else:
            started = time.perf_counter()
            write_notebook(execute(notebook, target.parent), target)
            seconds = time.perf_counter() - started
            print(f"executed   {target.relative_to(ROOT)}  {seconds:.0f} s", flush=True)
    for unit in units:
        write_notebook(make_lab(read_source(unit.solution)), unit.lab)
        print(f"written    {unit.lab.relative_to(ROOT)}")
        write_deck_links(unit)


def find_sources(units=None):
    """Return the paths of the notebook sources of some units, or of all: lectures first."""
    units = find_units() if units is None else units
    return [unit.lecture for unit in units] + [unit.solution for unit in units]


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
    results = sorted(ROOT.glob(f"data/results/{path.stem}*.json"))
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "course": {"digest": _digest(notebook, results)},
        }
    )
    if path.parent.name in ("notebooks", "solutions"):
        heading, _, text = notebook.cells[0].source.partition("\n")
        notebook.cells[0].source = f"{heading}\n\n{link_line(Unit(path.stem))}\n{text}"
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
        NotebookNode with stubs in place of answers, locked checks and no outputs: what nbgrader
        makes of the solution too.
    """
    lab = copy.deepcopy(solution)
    lab.cells = [cell for cell in lab.cells if "solution" not in cell.metadata.get("tags", [])]
    del lab.metadata["course"]
    stub = ClearSolutions(
        code_stub={"python": "raise NotImplementedError()"}, text_stub=PLACE_FOR_WORDS
    )
    for preprocessor in (LockCells(), stub, ClearOutput(), ComputeChecksums()):
        lab, _ = preprocessor.preprocess(lab, {})
    return lab


def write_deck_links(unit):
    """Write the line of links into the source of a deck, unless it is there."""
    text = unit.deck.read_text(encoding="utf-8")
    if text != with_deck_links(text, unit):
        partial = unit.deck.with_suffix(".md.partial")
        partial.write_text(with_deck_links(text, unit), encoding="utf-8")
        os.replace(partial, unit.deck)
        print(f"written    {unit.deck.relative_to(ROOT)}")


def with_deck_links(text, unit):
    """Return the source of a deck with the line of links on its title slide.

    Args:
        text: str, with the title, an empty line and one line that says what the unit is about.
        unit: Unit.
    """
    text = re.sub(r"^\{\.source\}\nUnit \d\d: .*\n\n", "", text, count=1, flags=re.M)
    line = f"\n{{.source}}\n{link_line(unit)}\n"
    return re.sub(r"^# .+\n\n.+\n", lambda found: found[0] + line, text, count=1, flags=re.M)


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


def with_outputs(notebook, executed):
    """Return a notebook with the outputs of an executed one whose code cells are the same."""
    old = (cell for cell in executed.cells if cell.cell_type == "code")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            done = next(old)
            cell.outputs, cell.execution_count = done.outputs, done.execution_count
    return notebook


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


def _digest(notebook, results):
    """Return what tells whether the outputs of a notebook are those of its code and results."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    # The code as it is, since outputs belong to cells; then what it uses, and what it reads.
    parts = ["\0".join(code), digest("\n".join(code))]
    parts += [path.read_text(encoding="utf-8") for path in results]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _nbgrader_role(cell, exercises, path):
    exercise, check = cell.metadata.get("exercise"), cell.metadata.get("check")
    words, points = cell.metadata.get("words"), cell.metadata.get("points")
    if exercise:
        return {"grade_id": exercise, "grade": False, "solution": True, "locked": False}
    if not check and not words:
        return None
    if not isinstance(points, int) or points < 1 or (check and check not in exercises):
        raise ValueError(
            f'{path.name}: the check "{check}" needs an exercise of that name and points >= 1, '
            f"received points={points!r}."
            if check
            else f'{path.name}: the words "{words}" need points >= 1, received points={points!r}.'
        )
    if words:
        return {
            "grade_id": f"words_{words}",
            "grade": True,
            "solution": True,
            "locked": False,
            "points": points,
        }
    return {
        "grade_id": f"check_{check}",
        "grade": True,
        "solution": False,
        "locked": True,
        "points": points,
    }


if __name__ == "__main__":
    sys.exit(main())
