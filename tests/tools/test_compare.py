"""`make compare` on a thousand rows, with the one library that is here anyway."""

import dataclasses
import json

import numpy as np
import pytest

from utils import movielens
from utils.tools.compare import __main__ as compare
from utils.tools.compare import likes, own, ranking, stars, stored, trials
from utils.tools.compare.tasks import TASKS, Peer

QUICK = {"E1": {"max_iter": 20}, "E3": {"with_metadata": True}, "I1": {"num_neighbors": 5}}
PEERS = {"E1": stars.PEERS, "E3": likes.PEERS, "I1": ranking.PEERS}
each_task = pytest.mark.parametrize("name", TASKS)


@pytest.fixture(scope="module")
def small():
    """A thousand ratings: those of the first users, so that each has several."""
    data = movielens.load("100k")
    ratings = data.ratings.sort_values("user_index", kind="stable").iloc[:1_000]
    return dataclasses.replace(data, ratings=ratings)


@pytest.fixture(autouse=True)
def few_rows(monkeypatch):
    monkeypatch.setattr("utils.tools.compare.tasks.NUM_VALIDATION", 100)
    monkeypatch.setattr(trials, "REFERENCE_SIZE", 100)


class Recorder:
    """A peer that predicts the truth plus an error, and keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, data, train, rows, seed, error):
        self.asked.append((train, rows, error))
        if self.task == "I1":
            scores = 2 * error * np.random.default_rng(0).random((data.num_users, data.num_items))
            scores[rows["user_index"], rows["item_index"]] += 1
            return scores
        truth = rows["rating"].to_numpy(float)
        return (truth >= 4) * (1 - error) + error / 2 if self.task == "E3" else truth + error


@pytest.fixture
def recorder(name):
    recorder = Recorder()
    recorder.task = name
    return recorder


@each_task
def test_the_setting_is_chosen_on_validation_rows_and_never_on_test_rows(name, recorder, small):
    settings = [{"error": 0.9}, {"error": 0.1}, {"error": 0.5}]
    rows = trials.measure(Peer("lib", "model", recorder, settings, 2), TASKS[name], small)
    train, test = TASKS[name].split(small)
    choosing, judging = recorder.asked[:3], recorder.asked[3:]
    for fit, validation, _ in choosing:
        assert not set(validation.index) & (set(test.index) | set(fit.index))
        assert set(validation.index) | set(fit.index) == set(train.index)
    assert [error for *_, error in judging] == [0.9, 0.9, 0.1, 0.1], "two seeds each"
    assert all(set(asked.index) == set(test.index) for _, asked, _ in judging)
    assert [row["setting"] for row in rows] == [{"error": 0.9}, {"error": 0.1}]
    assert [row["is_chosen"] for row in rows] == [False, True]


@pytest.mark.parametrize("name", ["E1", "E3", "I1"])
def test_scikit_learn_beats_a_guess(name, small):
    (peer,) = [peer for peer in PEERS[name] if peer.library == "scikit-learn"]
    quick = peer._replace(settings=[QUICK[name]])
    (row,) = trials.measure(quick, TASKS[name], small)
    train, test = TASKS[name].split(small)
    guesses = {
        "E3": np.full(len(test), 0.5),
        "I1": np.zeros((small.num_users, small.num_items)),
    }
    guess = guesses.get(name, np.full(len(test), 3.0))
    metric, best = TASKS[name].chosen_by, TASKS[name].best
    assert best(row[metric], TASKS[name].measure(train, test, guess)[metric]) == row[metric]
    assert row["seconds"] > 0 and row["ratio"] > 0


@each_task
def test_the_courses_own_rows_are_measured_ones(name):
    for unit_name, settings in own.MODELS[name]:
        stored = own.results.load(unit_name)
        assert (stored[list(settings)] == list(settings.values())).all(axis=1).any()


def test_the_table_keeps_other_tasks_and_has_the_best_first(tmp_path, monkeypatch):
    monkeypatch.setattr(stored.results, "FOLDER", tmp_path)

    def row(task, model, **metrics):
        return {"task": task, "library": "lib", "model": model, "setting": {}, **COST, **metrics}

    COST = {"is_chosen": True, "seeds": 1, "seconds": 1.0, "ratio": 2.0}
    COST |= {"mae": 0.0, "auc": 0.0, "recall": 0.0}
    stored.keep([row("E1", "old", rmse=0.9)])
    stored.keep([row("I1", "worse", ndcg=0.1), row("I1", "better", ndcg=0.2)])
    stored.keep([row("E1", "bad", rmse=1.0), row("E1", "good", rmse=0.8)])
    assert stored.table("E1")["model"].tolist() == ["good", "bad"]
    assert stored.table("I1")["model"].tolist() == ["better", "worse"]
    packages = json.loads((tmp_path / "compare.json").read_text(encoding="utf-8"))["packages"]
    assert all("==" in package for package in packages) and len(packages) > 5
    assert [path.name for path in tmp_path.iterdir()] == ["compare.json"]
    with pytest.raises(ValueError, match="task must be one of .* received 'E2'"):
        stored.table("E2")


def test_an_unknown_task_is_named(capsys):
    assert compare.main(["E9"]) == 1
    assert "'E9'" in capsys.readouterr().err
