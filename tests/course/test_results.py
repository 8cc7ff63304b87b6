"""Results are measured once per seed, survive an interruption, and start afresh with new code."""

import json
import sys
import types

import pandas as pd
import pytest

from utils import results
from utils.tools import measuring


@pytest.fixture
def unit(tmp_path, monkeypatch):
    """A unit with two experiments that note their calls; the second fails on seed 1 at first."""
    calls = []
    failing = {"on": True}

    def run(name, seed):
        if name == "b" and seed == 1 and failing["on"]:
            raise KeyboardInterrupt
        calls.append((name, seed))
        return {"rmse": 0.9 + seed / 10}

    def experiments():
        for name in ("a", "b"):
            yield {"model": name}, lambda seed, name=name: run(name, seed)

    module = types.SimpleNamespace(experiments=experiments)
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(results, "SEEDS", range(3))
    monkeypatch.setattr(results, "find_units", lambda: ["99_toy"])
    monkeypatch.setitem(sys.modules, "utils.experiments.toy", module)
    monkeypatch.setattr(results, "source_digest", lambda path: "code 1")
    return types.SimpleNamespace(calls=calls, failing=failing, file=tmp_path / "99_toy.json")


def test_measurement_goes_on_where_it_stopped(unit):
    with pytest.raises(KeyboardInterrupt):
        measuring.measure("99_toy")
    assert unit.calls == [("a", 0), ("b", 0), ("a", 1)]
    unit.failing["on"] = False
    measuring.measure("99_toy")
    assert unit.calls == [(name, seed) for seed in range(3) for name in "ab"]
    measuring.measure("99_toy")
    assert len(unit.calls) == 6
    assert results.load("99_toy").to_dict("list") == {
        "model": ["a", "b"] * 3,
        "seed": [0, 0, 1, 1, 2, 2],
        "rmse": [0.9, 0.9, 1.0, 1.0, 1.1, 1.1],
    }


def test_changed_code_starts_afresh(unit, monkeypatch):
    unit.failing["on"] = False
    measuring.measure("99_toy")
    monkeypatch.setattr(results, "source_digest", lambda path: "code 2")
    measuring.measure("99_toy")
    assert len(unit.calls) == 12
    assert len(json.loads(unit.file.read_text(encoding="utf-8"))["runs"]) == 6


def test_unknown_unit():
    with pytest.raises(ValueError, match="received '07_none'"):
        measuring.measure("07_none")


def test_mean_and_spread_by_hand():
    runs = pd.DataFrame({"model": ["b", "b", "a"], "rmse": [1.0, 1.2, 2.0], "cold": [None] * 3})
    table = results.mean_and_spread(runs, ["model"], ["rmse", "cold"], digits=2)
    assert table.index.tolist() == ["b", "a"]
    assert table.loc["b"].tolist() == ["1.10 ± 0.14", "-"]


def test_band_is_three_standard_deviations_and_never_nothing():
    assert results.band([1.0, 1.2]) == pytest.approx((1.1 - 0.4243, 1.1 + 0.4243), abs=1e-4)
    assert results.band([1.0, 1.0]) == pytest.approx((0.998, 1.002))


@pytest.mark.parametrize("unit_name", measuring.find_units())
def test_committed_results_are_complete(unit_name):
    runs = results.load(unit_name)
    settings = list(runs.columns[: runs.columns.get_loc("seed")])
    for row, seeds in runs.groupby(settings)["seed"]:
        assert sorted(seeds) == list(measuring.seeds_of(unit_name)), row


def test_unit_06_reaches_its_goals():
    runs = results.load("06_matrix_factorization")
    rmse = runs[runs["split"] == "random"].groupby("model")["rmse"].mean()
    assert rmse["+ L2 of rows used"] <= 0.910
    assert rmse["SVD++ bags + dropout"] <= 0.895
    assert rmse["+ L2 of rows used"] < rmse["biases"] < rmse["film mean"] < rmse["global mean"]
