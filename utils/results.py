"""Measure the models of a unit over several seeds and keep the numbers in data/results.

    python -m utils.results                              all units, one process each
    python -m utils.results 06_matrix_factorization      one unit

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
from importlib.metadata import version

import pandas as pd

from utils import notebook
from utils.build import ROOT, source_digest

FOLDER = ROOT / "data" / "results"
SEEDS = range(5)
PACKAGES = ["keras", "tensorflow", "numpy", "pandas", "scikit-learn"]


def main():
    """Measure the units named on the command line, or all."""
    units = sys.argv[1:]
    if len(units) == 1:
        measure(units[0])
        return
    for unit in units or find_units():
        subprocess.run([sys.executable, "-m", "utils.results", unit], check=True)


def find_units():
    """Return the names of the units that have experiments, in order, a search before its unit."""
    topics = {path.stem for path in (ROOT / "utils" / "experiments").glob("[!_]*.py")}
    units = sorted(path.stem for path in ROOT.glob("notebooks/*.py"))
    return [name for unit in units for name in (f"{unit}_search", unit) if name[3:] in topics]


def seeds_of(unit):
    """Return the seeds that every experiment of a unit is run with."""
    module = importlib.import_module(f"utils.experiments.{unit[3:]}")
    return getattr(module, "SEEDS", SEEDS)


def measure(unit):
    """Run every experiment of a unit with every seed that its file lacks.

    Args:
        unit: str, for example "06_matrix_factorization".

    Raises:
        ValueError: if the unit has no experiments.
    """
    if unit not in find_units():
        raise ValueError(f"unit must be one of {find_units()}, received {unit!r}.")
    notebook.start()
    module = importlib.import_module(f"utils.experiments.{unit[3:]}")
    path = FOLDER / f"{unit}.json"
    fresh = {
        "code": source_digest(ROOT / "utils" / "experiments" / f"{unit[3:]}.py"),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in PACKAGES},
        "runs": [],
    }
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else fresh
    results = stored if stored["code"] == fresh["code"] else fresh
    done = [(run["settings"], run["seed"]) for run in results["runs"]]
    for seed in seeds_of(unit):
        for settings, run in module.experiments():
            if (settings, seed) in done:
                continue
            notebook.start(seed)
            metrics = {name: round(value, 5) for name, value in run(seed).items()}
            results["runs"].append({"settings": settings, "seed": seed, "metrics": metrics})
            _write(results, path)
            print(f"{unit} seed {seed} {' / '.join(settings.values())}: {metrics}", flush=True)


def load(unit):
    """Return the runs of a unit as a table.

    Args:
        unit: str, for example "06_matrix_factorization".

    Returns:
        DataFrame with one row per run: the settings, `seed`, and one column per metric.
    """
    content = json.loads((FOLDER / f"{unit}.json").read_text(encoding="utf-8"))
    return pd.DataFrame(
        [{**run["settings"], "seed": run["seed"], **run["metrics"]} for run in content["runs"]]
    )


def mean_and_spread(runs, by, metrics, digits=3):
    """Return a table of texts "mean ± standard deviation" over the seeds.

    Args:
        runs: DataFrame from `load`.
        by: list of str, the settings that name a row, in the order of the runs.
        metrics: list of str, the columns.
        digits: int, decimals.

    Returns:
        DataFrame of str, indexed by `by`; "-" where a metric was not measured.
    """
    groups = runs.groupby(by, sort=False)[metrics]
    means, spreads = groups.mean(), groups.std()
    return pd.DataFrame(
        {
            metric: [
                "-" if pd.isna(mean) else f"{mean:.{digits}f} ± {spread:.{digits}f}"
                for mean, spread in zip(means[metric], spreads[metric], strict=True)
            ]
            for metric in metrics
        },
        index=means.index,
    )


def band(values):
    """Return the interval in which one more run is expected: mean +/- 3 standard deviations.

    Args:
        values: Series or list of numbers, the same metric for several seeds.

    Returns:
        (low, high), at least 0.004 apart: processors differ in the last digits.
    """
    values = pd.Series(values)
    half = max(3 * values.std(), 0.002)
    return values.mean() - half, values.mean() + half


def _write(results, path):
    partial = path.with_suffix(".json.partial")
    partial.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, path)


if __name__ == "__main__":
    sys.exit(main())
