"""Notebooks come from their sources, labs from their solutions, and nothing is edited by hand."""

import nbformat
import pytest

from utils import build

SOURCE = '''# %% [markdown]
# # Lab

# %% exercise="double"
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check="double" points=2
double = check.double(double)

# %% [markdown] tags=["solution"]
# The secret.
'''


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "99_toy.py"
    path.write_text(SOURCE, encoding="utf-8")
    return path


def test_reading_twice_gives_the_same_notebook(source):
    assert build.read_source(source) == build.read_source(source)


def test_lab_has_stubs_and_no_answers(source):
    lab = build.make_lab(build.read_source(source))
    text = nbformat.writes(lab)
    assert "2 * x" not in text
    assert "secret" not in text
    assert "SOLUTION" not in text
    assert lab.cells[1].source.endswith('"""Twice x."""\n    raise NotImplementedError()')


def test_lab_keeps_what_nbgrader_needs(source):
    lab = build.make_lab(build.read_source(source))
    answer, check = lab.cells[1].metadata, lab.cells[2].metadata
    assert answer["nbgrader"]["solution"] is True
    assert check["nbgrader"] == {
        "schema_version": 3,
        "task": False,
        "grade_id": "check_double",
        "grade": True,
        "solution": False,
        "locked": True,
        "points": 2,
    }
    assert check["editable"] is False
    nbformat.validate(lab)


@pytest.mark.parametrize(
    ("old", "new"),
    [(" points=2", ""), ("points=2", "points=0"), ('check="double"', 'check="other"')],
)
def test_check_without_points_or_exercise(source, old, new):
    source.write_text(SOURCE.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match="needs an exercise of that name and points >= 1"):
        build.read_source(source)


def test_digest_follows_the_source_and_its_helpers(tmp_path, monkeypatch):
    (tmp_path / "utils" / "checks").mkdir(parents=True)
    helper = tmp_path / "utils" / "helper.py"
    deeper = tmp_path / "utils" / "checks" / "deeper.py"
    helper.write_text("from utils.checks import deeper\n")
    deeper.write_text("X = 1\n")
    path = tmp_path / "01_toy.py"
    path.write_text("from utils import helper\n")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    digests = [build.source_digest(path)]
    for file, text in ((deeper, "X = 2\n"), (path, "import utils.helper\n")):
        file.write_text(text)
        digests.append(build.source_digest(path))
    (tmp_path / "utils" / "unrelated.py").write_text("Y = 1\n")
    assert build.source_digest(path) == digests[-1]
    assert len(set(digests)) == 3


def test_execution_keeps_outputs_and_stops_at_errors(tmp_path):
    path = tmp_path / "01_toy.py"
    path.write_text("# %%\nprint(6 * 7)\n")
    notebook = build.execute(build.read_source(path), tmp_path)
    assert notebook.cells[0].outputs[0]["text"] == "42\n"
    assert notebook.cells[0].execution_count == 1
    path.write_text("# %%\n1 / 0\n")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        build.execute(build.read_source(path), tmp_path)


def test_interrupted_write_leaves_the_old_notebook(tmp_path, monkeypatch):
    path = tmp_path / "01_toy.ipynb"
    build.write_notebook(nbformat.v4.new_notebook(), path)
    before = path.read_bytes()
    monkeypatch.setattr(build.os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        build.write_notebook(nbformat.v4.new_notebook(metadata={"a": 1}), path)
    assert path.read_bytes() == before
