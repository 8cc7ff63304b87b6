"""Measure the models of a unit over several seeds and keep the numbers in data/results.

    python -m utils.tools.measuring                              all units, one process each
    python -m utils.tools.measuring 06_matrix_factorization      one unit

A unit with results has a module `utils.experiments.<topic>` whose function `experiments()` yields
pairs (settings, run): `settings` is a dict of texts that names the row of the table, and
`run(seed)` returns a dict of numbers. Each number is written as soon as it is known, so that an
interrupted measurement goes on where it stopped. Changed code starts afresh. A unit whose settings
were searched has a second module, `<topic>_search`, with its own `SEEDS`: one per trial.
"""

import importlib
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version

from utils import notebook
from utils.results import FOLDER
from utils.tools.course import ROOT, Unit, find_units
from utils.tools.source import digest

SEEDS = range(5)
PACKAGES = ["keras", "tensorflow", "numpy", "pandas", "scikit-learn"]


def main():
    """Measure the units named on the command line, or all."""
    units = sys.argv[1:]
    if len(units) == 1:
        measure(units[0])
        return
    for unit in units or find_measured():
        subprocess.run([sys.executable, "-m", "utils.tools.measuring", unit], check=True)


def find_measured():
    """Return the names of the results files, in order, that of a search before its unit's."""
    return [
        name
        for unit in find_units()
        for name in (f"{unit.name}_search", unit.name)
        if experiment_of(name).is_file()
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


def measure(name):
    """Run every experiment of a results file with every seed that the file lacks.

    Args:
        name: str, for example "06_matrix_factorization".

    Raises:
        ValueError: if there are no such experiments.
    """
    if name not in find_measured():
        raise ValueError(f"unit must be one of {find_measured()}, received {name!r}.")
    notebook.start()
    module = _experiments(name)
    path = FOLDER / f"{name}.json"
    fresh = {
        "code": code_digest(name),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
        "runs": [],
    }
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else fresh
    results = stored if stored["code"] == fresh["code"] else fresh
    done = [(run["settings"], run["seed"]) for run in results["runs"]]
    waiting = [
        (settings, seed, run)
        for seed in seeds_of(name)
        for settings, run in module.experiments()
        if (settings, seed) not in done
    ]
    print(f"{name}: {len(done)} runs are done, {len(waiting)} to go", forecast(stored, waiting))
    for place, (settings, seed, run) in enumerate(waiting, start=1):
        notebook.start(seed)
        started = time.perf_counter()
        metrics = {metric: round(value, 5) for metric, value in run(seed).items()}
        took = round(time.perf_counter() - started, 1)
        done_now = {"settings": settings, "seed": seed, "took": took, "metrics": metrics}
        results["runs"].append(done_now)
        _write(results, path)
        row = " / ".join(settings.values())
        print(f"{name} {place}/{len(waiting)}: seed {seed} {row}: {metrics}", flush=True)


def forecast(stored, waiting):
    """Say about how long runs will take, from how long the same runs took before.

    Args:
        stored: dict, the content of a results file, perhaps of other code.
        waiting: list of (settings, seed, run).

    Returns:
        str, such as "(about 12 min)"; "" where nothing is known.
    """
    took = {
        json.dumps([run["settings"], run["seed"]]): run["took"]
        for run in stored["runs"]
        if "took" in run
    }
    known = [
        took[key] for settings, seed, _ in waiting if (key := json.dumps([settings, seed])) in took
    ]
    if not known:
        return ""
    return f"(about {sum(known) / len(known) * len(waiting) / 60:.0f} min)"


def _experiments(name):
    return importlib.import_module(f"utils.experiments.{Unit(name).topic}")


def _write(results, path):
    partial = path.with_suffix(".json.partial")
    partial.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, path)


if __name__ == "__main__":
    sys.exit(main())
