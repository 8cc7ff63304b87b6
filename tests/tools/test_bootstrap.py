"""The set-up does what is still to be done, no more, and says in plain words what is in the way."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from utils.tools import bootstrap

ROOT = Path(__file__).resolve().parents[2]
FETCH_DATA = """
from pathlib import Path
folder = Path("data/ml-100k")
folder.mkdir(parents=True)
for name in ("u.data", "u.user", "u.item"):
    (folder / name).touch()
"""
NO_NETWORK = (
    "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(...)'\n"
    "ERROR: Could not find a version that satisfies the requirement keras (from versions: none)\n"
    "ERROR: No matching distribution found for keras"
)


@pytest.fixture
def course(tmp_path):
    """A small course: no packages to install, and data that come from a file nearby."""
    (tmp_path / "utils").mkdir()
    (tmp_path / "utils" / "__init__.py").touch()
    (tmp_path / "utils" / "movielens.py").write_text(FETCH_DATA, encoding="utf-8")
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).write_text("", encoding="utf-8")
    return tmp_path


@pytest.fixture
def steps(course, monkeypatch):
    """Replace the slow steps; returns the list of those that were done."""
    done = []

    def make_venv(root):
        shutil.rmtree(root / ".venv", ignore_errors=True)
        (root / ".venv").mkdir()
        done.append("venv")

    def run(command, *_):
        assert command[1:4] == ["-m", "pip", "--disable-pip-version-check"]
        done.append("pip")

    monkeypatch.setattr(bootstrap, "make_venv", make_venv)
    monkeypatch.setattr(bootstrap, "run", run)
    monkeypatch.setattr(bootstrap, "venv_python", lambda _: Path(sys.executable))
    make_venv(course)
    done.clear()
    return done


def make(*arguments):
    """Run make; the choices of the make that runs this test do not reach it."""
    own = ("BROWSER", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "PORT", "PYTHON")
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in own},
        capture_output=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("version", "bits", "fits"),
    [
        ((2, 7), 64, False),
        ((3, 6), 64, False),
        ((3, 10), 64, False),
        ((3, 11), 64, True),
        ((3, 12), 64, True),
        ((3, 13), 64, True),
        ((3, 14), 64, False),
        ((3, 12), 32, False),
    ],
)
def test_which_pythons_fit(version, bits, fits):
    problem = bootstrap.python_problem(version, bits)
    assert (problem is None) == fits
    if problem:
        assert "This is Python %d.%d (%d bits)" % (*version, bits) in problem  # noqa: UP031
        assert "64-bit Python 3.11, 3.12 or 3.13" in problem


def test_an_old_python_can_read_the_file():
    tree = ast.parse((ROOT / "utils" / "tools" / "bootstrap.py").read_text(encoding="ascii"))
    too_new = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.AsyncFunctionDef, ast.Starred)
    for node in ast.walk(tree):
        assert not isinstance(node, (*too_new, ast.Match, ast.Nonlocal)), ast.unparse(node)
        if isinstance(node, ast.FunctionDef):
            parts = node.args
            assert not (parts.kwonlyargs or parts.posonlyargs or node.returns), node.name
            assert not any(argument.annotation for argument in parts.args), node.name
        if isinstance(node, ast.Raise):
            assert node.cause is None, ast.unparse(node)
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) != "print", "the statement of Python 2 differs"


def test_only_sys_is_imported_before_the_version_is_checked():
    body = ast.parse((ROOT / "utils" / "tools" / "bootstrap.py").read_text(encoding="ascii")).body
    check = next(i for i, node in enumerate(body) if isinstance(node, ast.If))
    before = [node for node in body[:check] if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in before] == ["import sys"]


def test_a_real_environment_is_made_once(course, capfd):
    assert bootstrap.main(course) == 0
    assert bootstrap.venv_python(course).is_file()
    assert (course / "data" / "ml-100k" / "u.data").is_file()
    capfd.readouterr()
    assert bootstrap.main(course) == 0
    assert capfd.readouterr() == ("", "")  # the second call has nothing to do


def test_install_runs_again_only_when_the_requirements_change(course, steps):
    for _ in range(2):
        assert bootstrap.main(course) == 0
    assert steps == ["pip"]
    (course / "requirements.txt").write_text("numpy\n", encoding="utf-8")
    assert bootstrap.main(course) == 0
    (course / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    assert bootstrap.main(course) == 0
    assert steps == ["pip"] * 3


@pytest.mark.parametrize(
    "end", [bootstrap.SetupError("pip failed"), OSError("no"), KeyboardInterrupt]
)
def test_an_interrupted_install_goes_on_at_the_next_call(course, steps, monkeypatch, end, capsys):
    def fail(*_):
        raise end

    with monkeypatch.context() as patch:
        patch.setattr(bootstrap, "run", fail)
        assert bootstrap.main(course) in (1, 130)
    assert "goes on from here" in capsys.readouterr().err
    assert bootstrap.main(course) == 0
    assert steps == ["pip"]  # and .venv was kept


def test_a_moved_folder_gets_a_new_environment(course, steps, tmp_path_factory):
    bootstrap.main(course)
    moved = tmp_path_factory.mktemp("elsewhere") / "course"
    shutil.move(course, moved)
    assert bootstrap.main(moved) == 0
    assert steps == ["pip", "venv", "pip"]


def test_a_broken_environment_is_made_again(course, steps, monkeypatch):
    bootstrap.main(course)
    monkeypatch.setattr(bootstrap, "venv_python", lambda root: root / "python-that-is-gone")
    assert not bootstrap.is_usable(course)


def test_data_that_cannot_be_fetched_stop_the_setup_until_they_can(course, steps):
    script = course / "utils" / "movielens.py"
    script.write_text("raise SystemExit(7)", encoding="utf-8")
    assert bootstrap.main(course) == 7
    script.write_text(FETCH_DATA, encoding="utf-8")
    assert bootstrap.main(course) == 0
    assert steps == ["pip"]


def test_debian_without_venv_is_told_the_package(course, monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert bootstrap.main(course) == 1
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"sudo apt install python{version}-venv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "words"),
    [
        (NO_NETWORK, "no network"),
        ("socket.timeout: The read operation timed out", "no network"),
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "disk is full"),
        ("OSError: [WinError 112] There is not enough space on the disk", "disk is full"),
        ("Error: [Errno 13] Permission denied: '/opt/course/.venv'", "may not be written"),
        ("PermissionError: [WinError 5] Access is denied", "may not be written"),
        ("ERROR: something nobody thought of", "delete the folder .venv"),
    ],
)
def test_reasons_in_plain_words(output, words):
    message = bootstrap.explain("Installing", output)
    assert words in message
    assert message.endswith(output.splitlines()[-1])


def test_a_failing_command_is_shown_and_explained(course, capfd):
    code = "import sys; print('so far so good'); sys.exit('No space left on device')"
    with pytest.raises(bootstrap.SetupError, match="disk is full"):
        bootstrap.run([sys.executable, "-c", code], course, "Testing")
    out, err = capfd.readouterr()
    assert "so far so good" in out
    assert "No space left" in err


def test_every_requirement_is_pinned_and_names_no_server():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert "make lock" in lines[0] + lines[1]
    assert lines[-1] == "-e ."
    pins = [line for line in lines[:-1] if not line.startswith("#")]
    for line in pins:
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [\w<>='. !()]+)?", line), line


def test_the_lock_holds_the_versions_of_pyproject():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    direct = set(re.findall(r'^ *"([\w-]+==[\w.]+)",', text, re.MULTILINE))
    assert "tensorflow==2.21.0" in direct
    assert direct <= set((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())


@pytest.mark.skipif(not shutil.which("make"), reason="no make here")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lab", "PORT=9999", "BROWSER=no"], "-m utils.tools.lab --port 9999 --no-browser"),
        (["lab", "BROWSER=firefox"], "-m utils.tools.lab"),
        (["test"], "-m pytest"),
        ([], "make lab"),
    ],
)
def test_make_passes_choices_on(arguments, words):
    done = make("--dry-run", *arguments)
    assert words in done.stdout
    assert ("--no-browser" in done.stdout) == ("BROWSER=no" in arguments)


@pytest.mark.skipif(not shutil.which("make"), reason="no make here")
def test_make_without_python_says_what_to_install():
    done = make("test", "PYTHON=no-python-here")
    assert done.returncode
    assert "Python 3.11, 3.12 or 3.13: https://www.python.org/downloads/" in done.stdout
