"""Handing out and the steps of grading: what becomes of cells, outputs and pages."""

import copy
import subprocess
import sys
import zipfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.preprocessors import ComputeChecksums

from utils.tools import build, grading, grading_steps
from utils.tools.course import ROOT, find_units

UNIT = find_units(["02"])[0]
IN_ANOTHER_COPY = """\
import sys
for name in [name for name in sys.modules if name.split(".")[0] == "utils"]:
    del sys.modules[name]
sys.path.insert(0, "")
from utils.tools import course, start_page
print(start_page.render(course.find_units(), {}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """nbgrader's course folder, with unit 02 handed out."""
    folder = tmp_path_factory.mktemp("grading")
    grading.hand_out(UNIT, folder)
    return folder


def released(folder):
    return build.read_notebook(folder / "release" / UNIT.name / f"{UNIT.name}.ipynb")


def test_labs_are_what_nbgrader_releases(folder):
    lab, _ = ComputeChecksums().preprocess(build.read_notebook(UNIT.lab), {})
    assert released(folder) == lab


def test_a_handout_has_the_lab_and_what_it_needs_but_no_solution(folder):
    with zipfile.ZipFile(folder / "handout" / f"{UNIT.name}.zip") as archive:
        names = {name.removeprefix(f"{grading.TOP}/") for name in archive.namelist()}
    assert {f"labs/{UNIT.name}.ipynb", f"notebooks/{UNIT.name}.ipynb", "Makefile"} <= names
    assert {"utils/tools/bootstrap.py", "utils/checks/similarity.py", "requirements.txt"} <= names
    unwanted = ("solutions/", "tests/", "grading/", "labs/01", "notebooks/01", ".venv")
    assert not [name for name in names if name.startswith(unwanted) or "__pycache__" in name]


def test_an_unpacked_handout_is_a_course_of_one_unit(folder, tmp_path):
    with zipfile.ZipFile(folder / "handout" / f"{UNIT.name}.zip") as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER_COPY],
        cwd=tmp_path / grading.TOP,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert "02 Similarity" in done.stdout
    assert "01 Embeddings" not in done.stdout


def test_a_second_handout_is_the_same(folder):
    path = folder / "handout" / f"{UNIT.name}.zip"
    before = path.read_bytes()
    assert grading.pack(UNIT, folder / "release" / UNIT.name, folder / "handout") == path
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name], "a partial file is left"


def test_handing_out_again_keeps_the_instructors_settings(folder):
    settings = folder / "nbgrader_config.py"
    settings.write_text(settings.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    grading.hand_out(UNIT, folder)
    assert settings.read_text(encoding="utf-8").endswith("# mine\n")


def test_git_leaves_the_grades_alone(folder):
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_an_unknown_unit_is_named(capsys):
    assert grading.main(["handout", "99"]) == 1
    assert "received '99'" in capsys.readouterr().err


def test_grading_before_handing_out_says_what_to_do(tmp_path, capsys):
    assert grading.open_formgrader(tmp_path, 0, False) == 1
    assert "make handout" in capsys.readouterr().err


def test_a_failure_of_nbgrader_is_told(tmp_path):
    with pytest.raises(RuntimeError, match="generate_assignment nothing failed"):
        grading.run_nbgrader(tmp_path, "generate_assignment", "nothing")


def test_the_server_for_grading_listens_here_and_asks_for_a_token(tmp_path):
    options = grading.formgrader_options(tmp_path, 9999, False)
    assert "--ServerApp.ip=127.0.0.1" in options
    assert "--ServerApp.port=9999" in options
    assert any(option.startswith("--IdentityProvider.token=") for option in options)
    assert f"--ServerApp.root_dir={tmp_path}" in options
    (panels,) = (option for option in options if "jpserver_extensions" in option)
    assert "'nbgrader.server_extensions.formgrader': True" in panels


def mend(folder, notebook, judge=False):
    step = grading_steps.MendCells(judge_deleted_checks=judge)
    names = {"notebook": UNIT.name, "assignment": UNIT.name, "student": "anna"}
    url = f"sqlite:///{folder / 'gradebook.db'}"
    mended, _ = step.preprocess(notebook, {"nbgrader": {**names, "db_url": url}})
    return mended


def names(notebook):
    return [name for name in map(grading_steps.name_of, notebook.cells) if name]


def place(notebook, name):
    return grading_steps.places(notebook)[name]


def test_an_untouched_lab_needs_no_mending(folder):
    lab = released(folder)
    mended = mend(folder, copy.deepcopy(lab))
    assert names(mended) == names(lab)
    assert "HIDDEN TESTS" in mended.cells[place(mended, "check_top_k_ids")].source


@pytest.mark.parametrize("damage", [{}, 17, {"schema_version": 99}, {"grade_id": "mine"}])
def test_metadata_that_is_damaged_is_mended(folder, damage):
    lab = released(folder)
    check = place(lab, "check_top_k_ids")
    expected = names(lab)
    lab.cells[check].metadata["nbgrader"] = damage
    lab.cells.insert(0, new_code_cell("x = 1", metadata={"nbgrader": damage}))
    mended = mend(folder, lab)
    assert names(mended) == expected
    assert "nbgrader" not in mended.cells[0].metadata
    assert mended.cells[check + 1].metadata["nbgrader"]["points"] == 2


@pytest.mark.parametrize("judge", [False, True])
def test_a_deleted_check_is_back_after_its_exercise(folder, judge):
    lab = released(folder)
    del lab.cells[place(lab, "check_top_k_ids")]
    mended = mend(folder, lab, judge)
    at = place(mended, "check_top_k_ids")
    assert at == place(mended, "top_k_ids") + 1
    marked = grading_steps.DELETED in mended.cells[at].metadata.get("tags", [])
    assert marked == (not judge)


def test_a_check_whose_exercise_is_gone_comes_before_the_next_one(folder):
    lab = released(folder)
    gone = ("top_k_ids", "check_top_k_ids")
    lab.cells = [cell for cell in lab.cells if grading_steps.name_of(cell) not in gone]
    mended = mend(folder, lab)
    assert place(mended, "check_top_k_ids") == place(mended, "nearest_films") - 1


def test_a_changed_check_is_restored(folder):
    lab = released(folder)
    lab.cells[place(lab, "check_top_k_ids")].source = "pass"
    mended = mend(folder, lab)
    source = mended.cells[place(mended, "check_top_k_ids")].source
    assert source.endswith("check.top_k_ids()")


def test_hidden_tests_need_to_know_the_checks():
    with pytest.raises(ValueError, match="as check"):
        grading_steps.find_topic(new_notebook(cells=[new_code_cell("import check")]))


def test_every_solution_says_which_checks_it_uses():
    for unit in find_units():
        assert grading_steps.find_topic(build.read_source(unit.solution)) == unit.topic


def message(kind, **content):
    header = {"msg_id": "1"}
    return {"msg_type": kind, "header": {"msg_type": kind}, "parent_header": header} | {
        "content": content
    }


def test_output_is_cut_and_errors_are_kept():
    step = grading_steps.RunSubmission(max_characters=10)
    step.reset_execution_trackers()
    step.clear_before_next_output = False
    step._characters, outputs = 0, []
    for _ in range(3):
        step.output(outputs, message("stream", name="stdout", text="1234567"), None, 0)
    step.output(outputs, message("error", ename="E", evalue="v", traceback=["t" * 99]), None, 0)
    assert "".join(out.text for out in outputs[:-1]) == "1234567123" + grading_steps.CUT_TEXT
    assert outputs[-1].traceback == ["t" * 99]


@pytest.mark.parametrize(("text", "drawn"), [("$x^2$ is", True), ("no formula", False)])
def test_a_page_carries_what_draws_its_formulas(text, drawn):
    notebook = new_notebook(cells=[new_markdown_cell(text)])
    page, _ = grading_steps.FeedbackPage().from_notebook_node(notebook)
    assert ("MathJax = {" in page) == drawn
    assert "cdnjs.cloudflare.com/ajax/libs/mathjax" not in page


def test_the_settings_are_those_of_the_course(folder):
    assert (ROOT / "utils" / "tools" / "nbgrader_config.py").read_text(encoding="utf-8") in (
        folder / "nbgrader_config.py"
    ).read_text(encoding="utf-8")
    nbformat.validate(released(folder))
