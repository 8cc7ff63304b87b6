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
    state = {"failing": True, "code": "code 1"}

    def run(name, seed):
        if name == "b" and seed == 1 and state["failing"]:
            raise KeyboardInterrupt
        calls.append((name, seed))
        return {"rmse": 0.9 + seed / 10}

    def experiments():
        for name in ("a", "b"):
            yield {"model": name}, lambda seed, name=name: run(name, seed)

    module = types.SimpleNamespace(experiments=experiments, SEEDS=range(3))
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(measuring, "find_measured", lambda: ["99_toy"])
    monkeypatch.setattr(measuring, "code_digest", lambda name: state["code"])
    monkeypatch.setitem(sys.modules, "utils.experiments.toy", module)
    return types.SimpleNamespace(calls=calls, state=state, file=tmp_path / "99_toy.json")


def test_measurement_goes_on_where_it_stopped(unit):
    with pytest.raises(KeyboardInterrupt):
        measuring.measure("99_toy")
    assert unit.calls == [("a", 0), ("b", 0), ("a", 1)]
    unit.state["failing"] = False
    measuring.measure("99_toy")
    assert unit.calls == [(name, seed) for seed in range(3) for name in "ab"]
    measuring.measure("99_toy")
    assert len(unit.calls) == 6
    assert results.load("99_toy").to_dict("list") == {
        "model": ["a", "b"] * 3,
        "seed": [0, 0, 1, 1, 2, 2],
        "rmse": [0.9, 0.9, 1.0, 1.0, 1.1, 1.1],
    }


def test_changed_code_starts_afresh(unit):
    unit.state.update(failing=False)
    measuring.measure("99_toy")
    unit.state.update(code="code 2")
    measuring.measure("99_toy")
    assert len(unit.calls) == 12
    assert len(json.loads(unit.file.read_text(encoding="utf-8"))["runs"]) == 6


def test_what_is_to_be_done_is_said_first_and_how_long_it_took_before(unit, capsys):
    unit.state.update(failing=False)
    measuring.main(["99_toy"])
    assert capsys.readouterr().out.startswith("99_toy: 0 runs are done, 6 to go\n99_toy 1/6: ")
    content = json.loads(unit.file.read_text(encoding="utf-8"))
    for run in content["runs"]:
        run["took"] = 30
    content["runs"] = content["runs"][:4]  # two seeds; the third took as long, probably
    unit.file.write_text(json.dumps(content), encoding="utf-8")
    measuring.main(["99_toy"])
    assert capsys.readouterr().out.startswith("99_toy: 4 runs are done, 2 to go (about 1 min)\n")
    unit.file.write_text(json.dumps(content), encoding="utf-8")
    unit.state.update(code="code 2")
    measuring.main(["99_toy"])
    assert capsys.readouterr().out.startswith("99_toy: 0 runs are done, 6 to go (about 3 min)\n")


def test_unknown_unit():
    with pytest.raises(ValueError, match="received '07_none'"):
        measuring.measure("07_none")


def test_a_search_is_measured_before_its_unit_and_folds_after_it():
    names = measuring.find_measured()
    of_unit_08 = [name for name in names if name.startswith("08")]
    assert of_unit_08 == ["08_deep_recsys_search", "08_deep_recsys", "08_deep_recsys_folds"]
    assert names.index("06_matrix_factorization") < names.index("08_deep_recsys_search")


def test_mean_and_spread_by_hand():
    runs = pd.DataFrame({"model": ["b", "b", "a"], "rmse": [1.0, 1.2, 2.0], "cold": [None] * 3})
    table = results.mean_and_spread(runs, ["model"], ["rmse", "cold"], digits=2)
    assert table.index.tolist() == ["b", "a"]
    assert table.loc["b"].tolist() == ["1.10 ± 0.14", "-"]


def test_band_is_three_standard_deviations_and_never_nothing():
    assert results.band([1.0, 1.2]) == pytest.approx((1.1 - 0.4243, 1.1 + 0.4243), abs=1e-4)
    assert results.band([1.0, 1.0]) == pytest.approx((0.998, 1.002))


@pytest.mark.parametrize("name", measuring.find_measured())
def test_committed_results_are_complete(name):
    runs = results.load(name)
    settings = list(runs.columns[: runs.columns.get_loc("seed")])
    for row, seeds in runs.groupby(settings)["seed"]:
        assert sorted(seeds) == list(measuring.seeds_of(name)), row


@pytest.mark.parametrize("name", measuring.find_measured())
def test_committed_results_were_measured_with_this_code(name):
    stored = json.loads((results.FOLDER / f"{name}.json").read_text(encoding="utf-8"))["code"]
    assert stored == measuring.code_digest(name), f"run `make results`: {name} is of other code"
