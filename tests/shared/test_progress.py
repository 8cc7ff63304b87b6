"""Progress is kept for students, once and for all, and never in the way."""

import json

import pytest

from utils import progress

LAB = str(progress.ROOT / "labs" / "01_embeddings.ipynb")


@pytest.fixture
def student(monkeypatch):
    """A kernel of a lab that a student has open."""
    monkeypatch.setattr(progress, "NOT_A_STUDENT", ("NBGRADER_EXECUTION",))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setenv("JPY_SESSION_NAME", LAB)
    return monkeypatch


@pytest.fixture
def place(tmp_path):
    return tmp_path / "progress.json"


def test_outcomes_are_kept_per_exercise(student, place):
    progress.keep("embeddings", "encode", "not yet", place)
    progress.keep("embeddings", "one_hot", "right", place)
    progress.keep("dropout", "dropout", "raised", place)
    assert progress.load(place) == {
        "embeddings": {"encode": "not yet", "one_hot": "right"},
        "dropout": {"dropout": "raised"},
    }


def test_right_stays_right(student, place):
    for outcome in ("not yet", "right", "raised"):
        progress.keep("embeddings", "encode", outcome, place)
    assert progress.load(place) == {"embeddings": {"encode": "right"}}


@pytest.mark.parametrize(
    "notebook", ["", str(progress.ROOT / "solutions" / "01_embeddings.ipynb"), "/elsewhere/a.ipynb"]
)
def test_only_a_lab_of_the_course_counts(student, place, notebook):
    student.setenv("JPY_SESSION_NAME", notebook)
    progress.keep("embeddings", "encode", "right", place)
    assert not place.exists()


def test_nbgrader_leaves_no_trace(student, place):
    student.setenv("NBGRADER_EXECUTION", "autograde")
    progress.keep("embeddings", "encode", "right", place)
    assert not place.exists()


def test_tests_leave_no_trace(monkeypatch, place):
    monkeypatch.setenv("JPY_SESSION_NAME", LAB)
    progress.keep("embeddings", "encode", "right", place)
    assert not place.exists()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[1, 2]", b"3", b'{"embeddings": 3}', b'{"a": [1]}']
)
def test_a_damaged_file_is_an_empty_one(student, place, content):
    place.write_bytes(content)
    assert progress.load(place) == {}
    progress.keep("embeddings", "encode", "right", place)
    assert progress.load(place) == {"embeddings": {"encode": "right"}}


def test_what_cannot_be_written_is_not_kept(student, tmp_path):
    progress.keep("embeddings", "encode", "right", tmp_path / "gone" / "progress.json")
    folder = tmp_path / "progress.json"
    folder.mkdir()
    progress.keep("embeddings", "encode", "right", folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_an_interrupted_write_leaves_the_old_file(student, place):
    progress.keep("embeddings", "encode", "right", place)

    def stop(*_):
        raise KeyboardInterrupt

    student.setattr(progress.os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        progress.keep("embeddings", "one_hot", "right", place)
    assert json.loads(place.read_text()) == {"embeddings": {"encode": "right"}}
    assert list(place.parent.iterdir()) == [place]
