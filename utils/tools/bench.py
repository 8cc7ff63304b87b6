"""Measure every notebook against the budget of a laptop with two cores: `make bench`.

Run it on an idle machine. Times differ from machine to machine; the budget is what a reader with
two cores may be asked to wait.
"""

import sys
import threading
import time

import numpy as np
import psutil
from nbclient import NotebookClient

from utils import evaluation, feed, movielens
from utils.tools.build import execute, read_notebook
from utils.tools.course import ROOT, find_units
from utils.tools.environment import leave_out_settings

NOTEBOOK_SECONDS = 60
CELL_SECONDS = 20
MEMORY_GB = 2.0
RANKING_SECONDS = 1.0
FEED_SECONDS = 2.0
FIGURE_SECONDS = 20


def main():
    """Print one line per notebook, and return 1 if a budget is exceeded."""
    leave_out_settings()
    over = measure_ranking() > RANKING_SECONDS
    over = measure_feed() > FEED_SECONDS or over
    over = measure_first_figure() > FIGURE_SECONDS or over
    print(f"{'notebook':<42}{'seconds':>8}{'slowest cell':>14}{'peak GB':>9}")
    for path in sorted(path for folder in FOLDERS for path in ROOT.glob(f"{folder}/*.ipynb")):
        total, slowest, memory = measure(path)
        fits = total <= NOTEBOOK_SECONDS and slowest <= CELL_SECONDS and memory <= MEMORY_GB
        over = over or not fits
        name = f"{path.parent.name}/{path.stem}"
        print(
            f"{name:<42}{total:>8.1f}{slowest:>14.1f}{memory:>9.2f}{'' if fits else '  OVER'}",
            flush=True,
        )
    print(f"budget: {NOTEBOOK_SECONDS} s a notebook, {CELL_SECONDS} s a cell, {MEMORY_GB} GB")
    return int(over)


def measure_first_figure():
    """Run each lecture from its first cell to its first figure; print the seconds, return the most.

    That is how long a reader waits before there is something to see.
    """
    most = 0.0
    for unit in find_units():
        lecture = read_notebook(unit.lecture.with_suffix(".ipynb"))
        has_figure = [
            any("image/png" in output.get("data", {}) for output in cell.get("outputs", []))
            for cell in lecture.cells
        ]
        lecture.cells = lecture.cells[: has_figure.index(True) + 1]
        started = time.perf_counter()
        execute(lecture, unit.lecture.parent)
        seconds = time.perf_counter() - started
        print(f"{unit.name}, to its first figure: {seconds:.1f} s", flush=True)
        most = max(most, seconds)
    return most


FOLDERS = ("notebooks", "labs", "solutions")


def measure(path):
    """Execute a notebook and return (seconds in all, seconds of the slowest cell, peak memory).

    Args:
        path: Path of an .ipynb file.

    Returns:
        three floats: seconds including the start of the kernel, seconds, GB.
    """
    cell_starts, cell_seconds, peak = [], [], [0]
    client = NotebookClient(
        read_notebook(path),
        timeout=600,
        resources={"metadata": {"path": str(path.parent)}},
        on_cell_execute=lambda **_: cell_starts.append(time.perf_counter()),
        on_cell_executed=lambda **_: cell_seconds.append(time.perf_counter() - cell_starts[-1]),
    )
    done = threading.Event()
    watcher = threading.Thread(target=_watch_memory, args=(client, done, peak))
    watcher.start()
    started = time.perf_counter()
    try:
        client.execute()
    finally:
        done.set()
        watcher.join()
    return time.perf_counter() - started, max(cell_seconds), peak[0] / 1e9


def measure_ranking():
    """Score and rank all films for all users of MovieLens-100K; return and print the seconds."""
    data = movielens.load("100k")
    train, test = evaluation.split_random(data.ratings)
    rng = np.random.default_rng(0)
    users, items = rng.normal(size=(data.num_users, 64)), rng.normal(size=(data.num_items, 64))
    started = time.perf_counter()
    evaluation.ranking_metrics(users @ items.T, train, test)
    seconds = time.perf_counter() - started
    print(f"ranking all {data.num_items:,} films for {data.num_users} users: {seconds:.2f} s")
    return seconds


def measure_feed():
    """Simulate a million impressions of the feed; return and print the seconds."""
    world = feed.make_world()
    started = time.perf_counter()
    log, _ = feed.simulate(world, num_visits=100_000)
    seconds = time.perf_counter() - started
    print(f"simulating {len(log):,} impressions: {seconds:.2f} s")
    return seconds


def _watch_memory(client, done, peak):
    """Keep the largest memory of the kernel's process in peak[0], in bytes, until done."""
    while not done.wait(0.1):
        try:
            peak[0] = max(peak[0], psutil.Process(client.km.provisioner.pid).memory_info().rss)
        except (AttributeError, TypeError, ValueError, psutil.Error):
            continue  # the kernel is not there yet, or no longer


if __name__ == "__main__":
    sys.exit(main())
