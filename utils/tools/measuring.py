"""Measure the models of a unit over several seeds and keep the numbers in data/results.

    python -m utils.tools.measuring                              all results, one process each
    python -m utils.tools.measuring 06_matrix_factorization      one file of data/results

A unit with results has a module `utils.experiments.<topic>` whose function `experiments()` yields
pairs (settings, run): `settings` is a dict of texts that names the row of the table, and
`run(seed)` returns a dict of numbers. Each number is written as soon as it is known, so that an
interrupted measurement goes on where it stopped. Changed code starts afresh. A unit can have two
more modules: `<topic>_search`, which looked for its settings (its `SEEDS` are the numbers of the
trials), and `<topic>_folds`, which measures it on the five official folds.
"""

import importlib
import json
import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from utils import notebook, results
from utils.tools.course import ROOT, Unit, find_units
from utils.tools.environment import leave_out_settings
from utils.tools.source import digest

SEEDS = range(5)
PACKAGES = ["keras", "tensorflow", "numpy", "pandas", "scikit-learn"]


def main(names):
    """Say what is to be measured and about how long it takes, then measure it.

    Args:
        names: list of str, names of results files; if empty, all.
    """
    leave_out_settings()
    notebook.start()  # before the experiments import Keras
    names = names or find_measured()
    for name in names:
        print(outlook(name, *prepare(name)), flush=True)
    if len(names) == 1:
        measure(names[0])
        return
    for name in names:
        subprocess.run([sys.executable, "-m", "utils.tools.measuring", name], check=True)


def find_measured():
    """Return the names of the results files: a unit's search, the unit, and its folds."""
    return [
        f"{unit.name}{kind}"
        for unit in find_units()
        for kind in ("_search", "", "_folds")
        if experiment_of(f"{unit.name}{kind}").is_file()
    ]


def experiment_of(name):
    """Return the Path of the module that measures the results file of a name."""
    return ROOT / "utils" / "experiments" / f"{Unit(name).topic}.py"


def code_digest(name):
    """Return the digest of all code that computes a results file."""
    return digest(experiment_of(name).read_text(encoding="utf-8"))


def seeds_of(name):
    """Return the seeds that every experiment of a results file is run with."""
    return getattr(_experiments(name), "SEEDS", SEEDS)


def prepare(name):
    """Look what is done and what is to be done.

    Args:
        name: str, for example "06_matrix_factorization".

    Returns:
        (results, waiting, stored): the content of the file to go on with, a list of (settings,
        seed, run) that it lacks, and the content as it is, perhaps of other code.

    Raises:
        ValueError: if there are no such experiments.
    """
    if name not in find_measured():
        raise ValueError(f"name must be one of {find_measured()}, received {name!r}.")
    path = results.FOLDER / f"{name}.json"
    fresh = {
        "code": code_digest(name),
        "python": platform.python_version(),
        "packages": {package: _version(package) for package in PACKAGES},
        "runs": [],
    }
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else fresh
    found = stored if stored["code"] == fresh["code"] else fresh
    done = [(run["settings"], run["seed"]) for run in found["runs"]]
    waiting = [
        (settings, seed, run)
        for seed in seeds_of(name)
        for settings, run in _experiments(name).experiments()
        if (settings, seed) not in done
    ]
    return found, waiting, stored


def outlook(name, found, waiting, stored):
    """Say what is done, what is to be done, and how long that took before.

    Args:
        name: str.
        found, waiting, stored: from `prepare`.

    Returns:
        str, a line such as "06_matrix_factorization: 30 runs are done, 60 to go (about 12 min)".
    """
    line = f"{name}: {len(found['runs'])} runs are done, {len(waiting)} to go"
    took = defaultdict(list)  # of other seeds, or of other code
    for run in stored["runs"]:
        took[json.dumps(run["settings"])] += [run["took"]] if "took" in run else []
    known = [np.mean(took[key]) for settings, *_ in waiting if took[key := json.dumps(settings)]]
    return f"{line} (about {np.mean(known) * len(waiting) / 60:.0f} min)" if known else line


def measure(name):
    """Run every experiment of a results file with every seed that the file lacks.

    Args:
        name: str, for example "06_matrix_factorization".

    Raises:
        ValueError: if there are no such experiments.
    """
    notebook.start()
    found, waiting, _ = prepare(name)
    for place, (settings, seed, run) in enumerate(waiting, start=1):
        notebook.start(seed)
        started = time.perf_counter()
        metrics = {metric: round(value, 5) for metric, value in run(seed).items()}
        took = round(time.perf_counter() - started, 1)
        done_now = {"settings": settings, "seed": seed, "took": took, "metrics": metrics}
        found["runs"].append(done_now)
        _write(found, results.FOLDER / f"{name}.json")
        row = " / ".join(settings.values())
        print(f"{name} {place}/{len(waiting)}: seed {seed} {row}: {metrics}", flush=True)


def _experiments(name):
    return importlib.import_module(f"utils.experiments.{Unit(name).topic}")


def _version(package):
    """Return the version of a package; that of TensorFlow under either of its names."""
    try:
        return version(package)
    except PackageNotFoundError:
        return version(f"{package}-cpu")


def _write(content, path):
    partial = path.with_suffix(".json.partial")
    partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
