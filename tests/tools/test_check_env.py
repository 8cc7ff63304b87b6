"""The report for asking for help is complete, honest and never crashes."""

import importlib.metadata
import sys
from pathlib import Path

import pytest

from utils import movielens
from utils.tools import check_env

NUMPY = importlib.metadata.version("numpy")


@pytest.fixture
def course(tmp_path):
    """A folder with a pyproject.toml and no data."""
    write_dependencies(tmp_path, f"numpy=={NUMPY}", "pandas==0.1", "no-such==1.0")
    return tmp_path


def write_dependencies(root, *dependencies):
    text = f"[project]\ndependencies = {list(dependencies)}\n"
    (root / "pyproject.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def broken_keras(tmp_path, monkeypatch):
    """A keras that fails as a broken install does; it also saves the time of a real import."""
    (tmp_path / "keras.py").write_text("raise ImportError('no DLL')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def put_data(root):
    folder = root / "data" / "ml-100k"
    folder.mkdir(parents=True)
    for name in ("u.data", "u.user", "u.item"):
        (folder / name).write_text("nonsense\n", encoding="utf-8")


def test_packages_are_compared_with_the_pins(course):
    assert check_env.packages(course / "pyproject.toml") == [
        f"numpy           {NUMPY}",
        f"pandas          {importlib.metadata.version('pandas')}  <-- should be 0.1",
        "no-such         missing  <-- should be 1.0",
    ]


def test_only_what_this_machine_needs_is_reported(course):
    here, elsewhere = f"sys_platform == '{sys.platform}'", f"sys_platform != '{sys.platform}'"
    write_dependencies(course, f"numpy==0.1; {here}", f"no-such==1.0; {elsewhere}")
    assert check_env.packages(course / "pyproject.toml") == [
        f"numpy           {NUMPY}  <-- should be 0.1"
    ]


@pytest.mark.parametrize(
    ("versions", "line"),
    [
        ({"tensorflow-cpu": "2.21.0"}, "tensorflow-cpu  2.21.0"),
        ({"tensorflow": "2.21.0"}, "tensorflow      2.21.0"),
        ({"tensorflow": "2.20.0"}, "tensorflow      2.20.0  <-- should be 2.21.0"),
        ({}, "tensorflow      missing  <-- should be 2.21.0"),
    ],
    ids=["for the CPU", "for the GPU", "old one for the GPU", "none"],
)
def test_tensorflow_may_be_the_one_for_the_gpu(course, monkeypatch, versions, line):
    monkeypatch.setattr(check_env, "installed", lambda name: versions.get(name, "missing"))
    write_dependencies(course, "tensorflow-cpu==2.21.0")
    assert check_env.packages(course / "pyproject.toml") == [line]


def test_every_direct_dependency_of_the_course_is_reported():
    names = [line.split()[0] for line in check_env.packages(check_env.ROOT / "pyproject.toml")]
    assert {"keras", "jupyter", "jupyterlab"} <= set(names)
    assert len(names) == len(set(names))
    assert sum(name.startswith("tensorflow") for name in names) == 1


def test_missing_data_are_said_and_not_fetched(course, monkeypatch):
    monkeypatch.setattr(movielens, "load", lambda *_: pytest.fail("tried to fetch"))
    assert "not there: fetch it with: python -m utils.movielens 100k" in check_env.data(course)


def test_damaged_data_are_said(course):
    put_data(course)
    assert "does not load: DataError" in check_env.data(course)


def test_the_number_of_ratings_is_told(course, monkeypatch):
    put_data(course)
    hundred = type("Data", (), {"ratings": range(100_000)})
    monkeypatch.setattr(movielens, "load", lambda *_: hundred)
    assert check_env.data(course) == "data/ml-100k: 100,000 ratings, checked"


@pytest.mark.usefixtures("broken_keras")
def test_a_keras_that_does_not_start_is_said():
    assert check_env.backend() == "Keras does not start  <-- exit code 1: ImportError: no DLL"


@pytest.mark.usefixtures("broken_keras")
def test_the_whole_report_prints_with_everything_broken(course, capsys):
    assert check_env.main(course) == 1
    printed = capsys.readouterr().out
    for word in ("python ", "cores", "memory", "GB free", "no-such", "not there", "no DLL"):
        assert word in printed
    assert "Lines that need a look: 5" in printed  # .venv, keras, data, pandas, no-such


def test_home_folder_and_name_are_left_out(monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: Path("/home/alice"))
    line = check_env.anonymous("cannot read /home/alice/course/u.data\nowner alice, not malice")
    assert line == "cannot read ~/course/u.data owner USER, not malice"
