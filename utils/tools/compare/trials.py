"""Run the peers of a task: choose each one's setting on validation rows, fit again, measure."""

import json
import sys
import time

import numpy as np

from utils.tools.compare.tasks import TASKS

REFERENCE_SIZE = 1_682  # the films of MovieLens-100K


def measure(peer, task, data):
    """Return what a table says of a peer: with its defaults, and with the setting of its choice.

    Args:
        peer: Peer.
        task: Task.
        data: MovieLens.

    Returns:
        list of dicts, one row each: "library", "model", "setting", "is_chosen", "seeds", "seconds"
        of the processor for one fit with its predictions, "ratio" of these to the reference, and
        the metrics.
    """
    train, test = task.split(data)
    chosen = choose(peer, task, data, train)
    rows = []
    for setting in [peer.settings[0]] + ([chosen] if chosen != peer.settings[0] else []):
        reference, seconds, measured = time_reference(), [], []
        for seed in range(peer.num_seeds):
            started = time.process_time()
            predictions = peer.predict(data, train, test, seed, **setting)
            seconds.append(time.process_time() - started)
            measured.append(task.measure(train, test, predictions))
        rows.append(
            {
                "library": peer.library,
                "model": peer.name,
                "setting": setting,
                "is_chosen": setting == chosen,
                "seeds": peer.num_seeds,
                "seconds": min(seconds),
                "ratio": min(seconds) / reference,
                **{name: float(np.mean([row[name] for row in measured])) for name in measured[0]},
            }
        )
    return rows


def choose(peer, task, data, train):
    """Return the setting of a peer that is best on validation rows, with seed 0.

    Args:
        peer: Peer.
        task: Task.
        data: MovieLens.
        train: DataFrame, the training part; validation rows are cut from it.
    """
    if len(peer.settings) == 1:
        return peer.settings[0]
    fit, validation = task.split_again(train)

    def quality(setting):
        predictions = peer.predict(data, fit, validation, 0, **setting)
        return task.measure(fit, validation, predictions)[task.chosen_by]

    return task.best(peer.settings, key=quality)


def time_reference():
    """Return the processor seconds of one inverse of a matrix films by films, the best of three."""
    matrix = np.random.default_rng(0).normal(size=(REFERENCE_SIZE, REFERENCE_SIZE))
    seconds = []
    for _ in range(3):
        started = time.process_time()
        np.linalg.inv(matrix)
        seconds.append(time.process_time() - started)
    return min(seconds)


def find_peers(task_name):
    """Return the peers of a task.

    Args:
        task_name: "E1", "E2", "E3" or "I1".
    """
    if task_name == "I1":
        from utils.tools.compare.ranking import PEERS
    elif task_name == "E3":
        from utils.tools.compare.likes import PEERS
    else:
        from utils.tools.compare.stars import PEERS
    return PEERS


def main(names):
    """Measure the peers of some tasks; print one JSON object per row.

    Args:
        names: list of str.
    """
    from utils import movielens

    data = movielens.load("100k")
    for name in names:
        for peer in find_peers(name):
            for row in measure(peer, TASKS[name], data):
                print(json.dumps({"task": name, **row}), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
