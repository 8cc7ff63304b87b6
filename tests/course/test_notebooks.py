"""Notebooks match their sources and can be read by everybody; nbval runs their cells."""

import base64
import importlib
import re

import pytest
from nbclient import NotebookClient

from utils.tools import build, source
from utils.tools.course import ROOT

MAX_IMAGE_BYTES = 100_000
MAX_NOTEBOOK_BYTES = 1_000_000
MAX_CELL_LINES = 25
MAX_CELL_SECONDS = 300
MAX_SHOWN_LINES = 25

SOURCES = build.find_sources()
SOLUTIONS = [path for path in SOURCES if path.parent.name == "solutions"]
BUILT = [path.with_suffix(".ipynb") for path in SOURCES]
LABS = [ROOT / "labs" / path.with_suffix(".ipynb").name for path in SOLUTIONS]


def unit_and_folder(path):
    return f"{path.parent.name}/{path.stem}"


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=unit_and_folder)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text_cells(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def test_every_lecture_has_its_lab_and_every_lab_its_lecture():
    lectures = [path.stem for path in SOURCES if path.parent.name == "notebooks"]
    assert lectures == [path.stem for path in SOLUTIONS]
    assert len(lectures) >= 2
    assert sorted(path.stem for path in ROOT.glob("labs/*.ipynb")) == sorted(lectures)


@each(SOURCES)
def test_notebook_is_its_source(path):
    source, built = build.read_source(path), build.read_notebook(path.with_suffix(".ipynb"))
    message = "the .py and the .ipynb differ: run `make build`"
    assert [cell.source for cell in built.cells] == [cell.source for cell in source.cells], message
    assert [cell.metadata for cell in built.cells] == [c.metadata for c in source.cells], message


@each(SOURCES)
def test_outputs_are_those_of_this_code(path):
    """Also where the code of a cell is the same, but a helper or a result it reads is not."""
    source, built = build.read_source(path), build.read_notebook(path.with_suffix(".ipynb"))
    message = "what the cells use has changed: run `make build`"
    assert build.digest_of(built) == build.digest_of(source), message


@each(SOLUTIONS)
def test_lab_is_its_solution_without_the_answers(path):
    lab = build.read_notebook(ROOT / "labs" / path.with_suffix(".ipynb").name)
    expected = build.make_lab(build.read_source(path))
    assert lab == expected, "labs/ is not what the solutions give: run `make build`"


@each(BUILT)
def test_cells_were_run_in_order_without_noise(path):
    notebook = build.read_notebook(path)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for output in outputs(notebook):
        assert output.output_type != "error"
        assert output.get("name") != "stderr", output.text
    assert cells[0].outputs == [], "the first cell prints something"


@each(BUILT)
def test_headings_are_in_order(path):
    # A line in a fenced block is code, not a heading.
    text = re.sub(r"```.*?```", "", "\n".join(text_cells(build.read_notebook(path))), flags=re.S)
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.M)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper - level <= 1 for level, deeper in zip(levels, levels[1:], strict=False))


@each(BUILT)
def test_code_is_short_and_keras_only(path):
    for cell in code_cells(build.read_notebook(path)):
        lines = cell.source.splitlines()
        # The signature and docstring of an exercise come on top of its few lines.
        assert len(lines) <= MAX_CELL_LINES + 15 * ("exercise" in cell.metadata), cell.source
        assert max(map(len, lines)) <= 100, cell.source
        assert not re.search(r"\btf\.|import tensorflow", cell.source)


@each(SOURCES)
def test_code_on_the_page_is_the_code_of_utils(path):
    """A cell with shows="utils.units.topic.function" holds that function, which later units use."""
    cells = code_cells(build.read_source(path))
    page = "\n".join(cell.source for cell in cells)
    for cell in cells:
        if "shows" in cell.metadata:
            name = cell.metadata["shows"]
            assert source.shows(page, cell.source, name), f"the cell and {name} differ"
            lines = source.cut_out(name).splitlines()
            assert len(lines) <= MAX_SHOWN_LINES, f"{name} is too long for a page"


@each(BUILT)
def test_every_picture_is_small_and_described(path):
    assert path.stat().st_size <= MAX_NOTEBOOK_BYTES
    for output in outputs(build.read_notebook(path)):
        if "image/png" in output.get("data", {}):
            assert len(base64.b64decode(output.data["image/png"])) <= MAX_IMAGE_BYTES
            alt = output.metadata.get("image/png", {}).get("alt", "")
            assert len(alt.split()) >= 8, f"alt text is missing or too short: {alt!r}"


@each(LABS)
def test_lab_has_exercises_and_a_closing_cell(path):
    lab = build.read_notebook(path)
    exercises = [cell.metadata["exercise"] for cell in lab.cells if "exercise" in cell.metadata]
    checks = [cell.metadata["check"] for cell in lab.cells if "check" in cell.metadata]
    assert exercises == checks
    assert 3 <= len(exercises) <= 6
    assert lab.cells[-1].source == "check.summary()"


@each(LABS)
def test_every_exercise_has_a_check_with_graded_hints(path, capsys):
    check = importlib.import_module(f"utils.checks.{path.stem.split('_', 1)[1]}")
    cells = build.read_notebook(path).cells
    assert set(check.lab.outcomes) == {cell.metadata.get("exercise") for cell in cells} - {None}
    for exercise in check.lab.outcomes:
        for _ in range(3):
            check.hint(exercise)
        hints = capsys.readouterr().out.splitlines()
        assert len(set(hints)) == 3
        assert hints[-1].endswith("This is the last hint.")


@each(LABS)
def test_untouched_lab_runs_to_its_end(path):
    lab = build.read_notebook(path)
    NotebookClient(
        lab, timeout=MAX_CELL_SECONDS, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    for cell in code_cells(lab):
        said = str(cell.outputs)
        assert not any(output.output_type == "error" for output in cell.outputs)
        if "check" in cell.metadata:
            assert f"{cell.metadata['check']}: not attempted." in said
    assert "0 of" in str(lab.cells[-1].outputs)
