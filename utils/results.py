"""Read what was measured: data/results/NN_topic.json of a unit, compare.json of other libraries.

`make results` writes the first kind, `make compare` the second.
"""

import json
from pathlib import Path

import pandas as pd

from utils import require

FOLDER = Path(__file__).resolve().parents[1] / "data" / "results"


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


def load_comparison(task):
    """Return what `make compare` measured on a task: the course's models and those of others.

    Args:
        task: "E1" or "E2", stars on the random and on the temporal split; "E3", liked or not;
            "I1", the next like.

    Returns:
        DataFrame with one row per model and setting: `library`, `model`, `is_chosen` (the setting
        that validation chose, not the defaults), the metrics, `seeds`, `seconds` of the processor,
        and `ratio`, these over one inverse of a matrix films by films.

    Raises:
        ValueError: if nothing was measured on the task.
    """
    content = json.loads((FOLDER / "compare.json").read_text(encoding="utf-8"))
    measured = sorted({row["task"] for row in content["rows"]})
    if task not in measured:
        raise ValueError(f"task must be one of {measured}, received {task!r}.")
    rows = pd.DataFrame([row for row in content["rows"] if row["task"] == task])
    return rows.drop(columns="task").dropna(axis="columns", how="all")


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
    require.arrays("(n,)", values=values)
    require.integers("[2, inf)", num_values=len(values))
    values = pd.Series(values)
    half = max(3 * values.std(), 0.002)
    return values.mean() - half, values.mean() + half
