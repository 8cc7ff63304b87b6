"""The report for asking for help is complete, honest and never crashes."""

import importlib.metadata
from pathlib import Path

import pytest

from utils import movielens
from utils.tools import check_env

NUMPY = importlib.metadata.version("numpy")


@pytest.fixture
def course(tmp_path):
    """A folder with a pyproject.toml and no data."""
    (tmp_path / "pyproject.toml").write_text(
        f'dependencies = [\n    "numpy=={NUMPY}",\n    "pandas==0.1",\n    "no-such==1.0",\n]\n',
        encoding="utf-8",
    )
    return tmp_path


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


def test_every_direct_dependency_of_the_course_is_reported():
    lines = check_env.packages(check_env.ROOT / "pyproject.toml")
    assert {"tensorflow", "keras", "jupyterlab"} <= {line.split()[0] for line in lines}


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
