"""The course's own models: quality from `make results`, seconds of one run beside the peers."""

import importlib
import json
import sys
import time

from utils import notebook, results
from utils.tools.compare.trials import time_reference
from utils.tools.course import Unit

STARS = ("06_matrix_factorization", "08_deep_recsys")
RANDOM, TEMPORAL = {"split": "random"}, {"split": "temporal"}
MODELS = {
    "E1": [
        (STARS[0], {**RANDOM, "model": "biases"}),
        (STARS[0], {**RANDOM, "model": "+ L2 of rows used"}),
        (STARS[0], {**RANDOM, "model": "SVD++ bags + dropout"}),
        (STARS[1], {**RANDOM, "model": "dot + bags + metadata"}),
    ],
    "E2": [
        (STARS[0], {**TEMPORAL, "model": "biases"}),
        (STARS[0], {**TEMPORAL, "model": "+ L2 of rows used"}),
        (STARS[1], {**TEMPORAL, "model": "dot + metadata"}),
        (STARS[1], {**TEMPORAL, "model": "dot + bags + metadata"}),
    ],
    "E3": [
        ("07_factorization_machines", {**RANDOM, "model": name})
        for name in (
            "share of likes",
            "logistic regression",
            "FM, ids",
            "FM, all fields",
            "FM, pairs across",
        )
    ],
    "I1": [
        ("10_triplet_loss", {"study": "test", "model": name})
        for name in ("popularity", "EASE", "BPR", "mean of likes")
    ],
}


def measure(unit_name, settings):
    """Return the row of one of the course's models.

    Args:
        unit_name: str, for example "06_matrix_factorization".
        settings: dict of texts that names the experiment.

    Returns:
        dict as those of `trials.measure`; the metrics are means over the seeds of `make results`,
        the processor seconds are those of seed 0, now.

    Raises:
        ValueError: if there is no such experiment.
    """
    stored = results.load(unit_name)
    for name, value in settings.items():
        stored = stored[stored[name] == value]
    experiments = importlib.import_module(f"utils.experiments.{Unit(unit_name).topic}")
    runs = [run for found, run in experiments.experiments() if found == settings]
    if not runs or stored.empty:
        raise ValueError(f"settings must name an experiment of {unit_name}, received {settings}.")
    notebook.start(seed=0)
    reference = time_reference()
    started = time.process_time()
    now = runs[0](0)
    in_all = time.process_time() - started
    seconds = now.get("processor_seconds", now.get("cpu_seconds", in_all))
    metrics = stored.drop(columns=[*settings, "seed"]).dropna(axis="columns").mean()
    return {
        "library": "this course",
        "model": settings["model"],
        "setting": {},
        "is_chosen": True,
        "seeds": len(stored),
        **{name: float(value) for name, value in metrics.items()},
        "seconds": seconds,
        "ratio": seconds / reference,
    }


def main(names):
    """Measure the course's models on some tasks; print one JSON object per row.

    Args:
        names: list of str.
    """
    notebook.start()
    for name in names:
        for unit_name, settings in MODELS[name]:
            print(json.dumps({"task": name, **measure(unit_name, settings)}), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
