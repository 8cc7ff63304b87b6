"""Notebooks come from their sources, labs from their solutions, and nothing is edited by hand."""

import nbformat
import pytest
from nbgrader.utils import compute_checksum

from utils.tools import build

SOURCE = '''# %% [markdown]
# # Lab

# %% exercise="double"
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check="double" points=2
check.double()

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
        "cell_type": "code",
        "checksum": compute_checksum(lab.cells[2]),
    }
    assert check["editable"] is False
    nbformat.validate(lab)


@pytest.mark.parametrize(
    ("old", "new"),
    [(" points=2", ""), ("points=2", "points=0"), ('check="double"', 'check="other"')],
    ids=["no points", "zero points", "no exercise"],
)
def test_check_without_points_or_exercise(source, old, new):
    source.write_text(SOURCE.replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match="needs an exercise of that name and points >= 1"):
        build.read_source(source)


def test_words_may_change_without_running_the_cells_again(source):
    before = build.read_source(source)
    source.write_text(SOURCE.replace("# # Lab", "# # The lab"), encoding="utf-8")
    words = build.read_source(source)
    source.write_text(SOURCE.replace("2 * x", "x + x"), encoding="utf-8")
    code = build.read_source(source)
    digests = [build.digest_of(notebook) for notebook in (before, words, code)]
    assert digests[0] == digests[1] != digests[2]


def test_outputs_are_carried_to_the_same_cells(tmp_path):
    path = tmp_path / "01_toy.py"
    path.write_text("# %%\nprint(6 * 7)\n")
    executed = build.execute(build.read_source(path), tmp_path)
    path.write_text("# %% [markdown]\n# # Title\n\n# %%\nprint(6 * 7)\n")
    notebook = build.with_outputs(build.read_source(path), executed)
    assert notebook.cells[1].outputs[0]["text"] == "42\n"


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
