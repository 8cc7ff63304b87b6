"""The table of all comparisons, data/results/compare.json."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

from utils import results
from utils.tools.compare.tasks import TASKS

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def keep(rows):
    """Write rows to data/results/compare.json, in place of those of the same tasks.

    Args:
        rows: list of dicts.
    """
    path = results.FOLDER / "compare.json"
    old = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []
    measured = {row["task"] for row in rows}
    content = {
        "python": platform.python_version(),
        "packages": [f"keras=={version('keras')}", *pinned()],
        "rows": [row for row in old if row["task"] not in measured] + rows,
    }
    partial = path.with_suffix(".json.partial")
    partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, path)


def pinned():
    """Return the libraries and their versions, a list of str."""
    lines = REQUIREMENTS.read_text(encoding="utf-8").splitlines()
    return [line.split("#")[0].strip() for line in lines if not line.startswith("#")]


def table(name):
    """Return the rows of a task as a table, the best first.

    Args:
        name: str, for example "E1".
    """
    task = TASKS[name]
    metric = task.chosen_by
    columns = ["library", "model", "is_chosen", metric, *task.also, "seeds", "seconds", "ratio"]
    rows = results.load_comparison(name)
    return rows.sort_values(metric, ascending=task.best is min)[columns]
