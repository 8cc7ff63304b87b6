"""The set-up does what is still to be done, no more, and says in plain words what is in the way."""

import ast
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from utils.tools import bootstrap
from utils.tools.setup import packages, venv
from utils.tools.setup.steps import SetupError, explain, run

ROOT = Path(__file__).resolve().parents[2]
FETCH_DATA = """
from pathlib import Path
folder = Path("data/ml-100k")
folder.mkdir(parents=True)
for name in ("u.data", "u.user", "u.item"):
    (folder / name).touch()
"""
SITE_PACKAGES = "Lib/site-packages" if os.name == "nt" else "lib/python3/site-packages"
NO_NETWORK = (
    "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError(...)'\n"
    "ERROR: Could not find a version that satisfies the requirement keras (from versions: none)\n"
    "ERROR: No matching distribution found for keras"
)


# A course that builds itself without setuptools.
OWN_BACKEND = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    about = "small_course-1.dist-info"
    tag = "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    files = {
        f"{about}/METADATA": "Metadata-Version: 2.1\\nName: small-course\\nVersion: 1\\n",
        f"{about}/WHEEL": tag,
    }
    files[f"{about}/RECORD"] = "".join(f"{name},,\\n" for name in [*files, f"{about}/RECORD"])
    with zipfile.ZipFile(f"{folder}/small_course-1-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return "small_course-1-py3-none-any.whl"
"""


def make_course(root):
    """Make a small course: no packages to install, and data that come from a file nearby."""
    (root / "utils").mkdir()
    (root / "utils" / "__init__.py").touch()
    (root / "utils" / "movielens.py").write_text(FETCH_DATA, encoding="utf-8")
    for name in ("requirements.txt", "pyproject.toml"):
        (root / name).write_text("", encoding="utf-8")
    return root


@pytest.fixture
def course(tmp_path):
    return make_course(tmp_path)


@pytest.fixture
def steps(course, monkeypatch):
    """Replace the slow steps; returns the list of those that were done."""
    done = []

    def make_venv(root):
        shutil.rmtree(root / ".venv", ignore_errors=True)
        (root / ".venv" / SITE_PACKAGES).mkdir(parents=True)
        (root / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\n")
        done.append("venv")

    def run(command, *_):
        assert command[1:4] == ["-m", "pip", "--disable-pip-version-check"]
        done.append("pip")

    def call(command, **options):
        # Without -S this Python would take `utils` from the course that it belongs to.
        own = ["-S"] if "utils.movielens" in command else []
        return call_really([command[0], *own, *command[1:]], **options)

    call_really = subprocess.call
    monkeypatch.setattr(bootstrap.subprocess, "call", call)
    monkeypatch.setattr(bootstrap, "make_venv", make_venv)
    monkeypatch.setattr(packages, "run", run)
    monkeypatch.setattr(packages, "find_damaged", lambda *_: [])
    for module in (bootstrap, packages, venv):
        monkeypatch.setattr(module, "venv_python", lambda _: Path(sys.executable))
    make_venv(course)
    done.clear()
    return done


def make(*arguments):
    """Run make; the choices of the make that runs this test do not reach it."""
    own = ("BROWSER", "MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "PORT", "PYTHON", "UNIT")
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
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, tuple) else None,
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


def put_package(root, name):
    """Pretend that pip has installed a package."""
    (root / ".venv" / SITE_PACKAGES / f"{name}-1.0.dist-info").mkdir()


def test_settings_that_send_packages_elsewhere_do_not_reach_pip(course, monkeypatch, capfd):
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_RETRIES", "3")
    code = (
        "import os; print([name for name in os.environ if name in ('PIP_TARGET', 'PIP_RETRIES')])"
    )
    run([sys.executable, "-c", code], course, "Testing")
    assert capfd.readouterr().out == "['PIP_RETRIES']\n"


def test_of_two_tensorflows_in_one_folder_the_old_one_goes(course, steps, monkeypatch):
    commands = []

    def run(command, *_):
        commands.append(command[5])
        if command[5] == "install":
            put_package(course, "tensorflow_cpu")
        else:
            for path in (course / ".venv" / SITE_PACKAGES).glob("tensorflow*"):
                path.rmdir()

    monkeypatch.setattr(packages, "run", run)
    put_package(course, "tensorflow")
    packages.install(course)
    assert commands == ["install", "uninstall", "install"]


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
    "end",
    [SetupError("pip failed"), OSError("no"), KeyboardInterrupt],
    ids=["pip fails", "the system refuses", "Ctrl+C"],
)
def test_an_interrupted_install_goes_on_at_the_next_call(course, steps, monkeypatch, end, capsys):
    def fail(*_):
        raise end

    with monkeypatch.context() as patch:
        patch.setattr(packages, "run", fail)
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
    monkeypatch.setattr(venv, "venv_python", lambda root: root / "python-that-is-gone")
    assert not bootstrap.is_usable(course)


def test_a_link_is_refused_and_what_it_leads_to_stays(course, tmp_path_factory, capsys):
    own = tmp_path_factory.mktemp("own")
    (own / "thesis.txt").write_text("precious", encoding="utf-8")
    (course / ".venv").symlink_to(own, target_is_directory=True)
    assert bootstrap.main(course) == 1
    assert (own / "thesis.txt").read_text(encoding="utf-8") == "precious"
    said = capsys.readouterr().err
    assert f".venv is a link to {own.resolve()}" in said
    assert "Nothing of yours was deleted" in said


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_environment_is_refused_and_stays(course, kind, capsys):
    place = course / ".venv"
    if kind == "folder":
        place.mkdir()
        place = place / "notes.txt"
    place.write_text("precious", encoding="utf-8")
    assert bootstrap.main(course) == 1
    assert place.read_text(encoding="utf-8") == "precious"
    assert "is no virtual environment" in capsys.readouterr().err


def test_an_environment_comes_back_if_no_new_one_can_be_made(course, steps, monkeypatch, capsys):
    bootstrap.main(course)
    (course / ".venv" / "mine.txt").touch()
    monkeypatch.setattr(bootstrap, "is_usable", lambda root: False)

    def fail(*_):
        assert not (course / ".venv" / "mine.txt").exists()
        raise SetupError(NO_NETWORK)

    with monkeypatch.context() as patch:
        patch.setattr(packages, "run", fail)
        assert bootstrap.main(course) == 1
    assert (course / ".venv" / "mine.txt").is_file()
    assert "is back in .venv" in capsys.readouterr().err
    assert bootstrap.main(course) == 0
    assert not (course / ".venv" / "mine.txt").exists()
    assert not (course / ".venv.old").exists()


def test_what_was_put_aside_stays_through_an_interrupt(course, steps, monkeypatch):
    bootstrap.main(course)
    (course / ".venv" / "mine.txt").touch()

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bootstrap, "is_usable", lambda root: False)
        patch.setattr(packages, "run", interrupt)
        for _ in range(2):
            assert bootstrap.main(course) == 130
            assert (course / ".venv.old" / "mine.txt").is_file()
    assert bootstrap.main(course) == 0
    assert not (course / ".venv.old").exists()


@pytest.mark.parametrize("chosen", [True, False])
def test_another_copy_of_the_same_python_is_told_to_those_who_named_one(
    course, steps, capsys, chosen
):
    version = ".".join(map(str, sys.version_info[:3]))
    bootstrap.main(course)
    (course / ".venv" / "pyvenv.cfg").write_text(f"version = {version}\nexecutable = /opt/python\n")
    capsys.readouterr()
    assert bootstrap.main(course, chosen) == 0
    assert (
        "(/opt/python); this call came with"
        in capsys.readouterr().err.replace("\n", " ").replace(" (/", "(/")
    ) == chosen


def test_another_python_than_that_of_the_environment_is_told(course, steps, capsys):
    bootstrap.main(course)
    (course / ".venv" / "pyvenv.cfg").write_text("version = 3.1.4\n")
    assert bootstrap.main(course) == 0
    assert "runs with Python 3.1.4, which .venv was made with" in capsys.readouterr().err


@pytest.fixture(scope="module")
def real_course(tmp_path_factory):
    """A small course with one package from a wheel nearby, really set up, by two calls at once."""
    root = make_course(tmp_path_factory.mktemp("real"))
    (root / "pyproject.toml").write_text(OWN_BACKEND, encoding="utf-8")
    (root / "backend.py").write_text(BACKEND, encoding="utf-8")
    about = "tinything-1.dist-info"
    tag = "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {
        "tinything/__init__.py": "x = 1\n",
        "tinything/part.py": "y = 2\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: tinything\nVersion: 1\n",
        f"{about}/WHEEL": tag,
    }
    with zipfile.ZipFile(root / "tinything-1-py3-none-any.whl", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        record = "".join(f"{name},,\n" for name in [*files, f"{about}/RECORD"])
        archive.writestr(f"{about}/RECORD", record)
    pin(root)
    return root


def pin(root):
    """Pin the package with the hash of its wheel."""
    found = hashlib.sha256((root / "tinything-1-py3-none-any.whl").read_bytes()).hexdigest()
    (root / "requirements.txt").write_text(f"tinything==1 \\\n    --hash=sha256:{found}\n")


@pytest.fixture
def from_nearby(monkeypatch, real_course):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(real_course))
    return real_course


def test_two_calls_at_once_make_one_environment(from_nearby):
    code = (
        f"import sys, pathlib; sys.path.insert(0, {str(ROOT / 'utils' / 'tools')!r})\n"
        f"import bootstrap; sys.exit(bootstrap.main(pathlib.Path({str(from_nearby)!r})))"
    )
    calls = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, encoding="utf-8")
        for _ in range(2)
    ]
    said = [call.communicate()[1] for call in calls]
    assert [call.returncode for call in calls] == [0, 0], said
    assert sum("Making .venv" in text for text in said) == 1
    assert sum("waiting for it" in text for text in said) == 1
    assert venv.venv_python(from_nearby).is_file()
    assert (from_nearby / "data" / "ml-100k" / "u.data").is_file()


def package_of(root):
    return next(root.glob(".venv/[Ll]ib/**/site-packages")) / "tinything"


def test_a_complete_environment_needs_nothing(from_nearby, capfd):
    assert bootstrap.main(from_nearby) == 0
    capfd.readouterr()
    assert bootstrap.main(from_nearby) == 0
    assert capfd.readouterr() == ("", "")


def test_a_missing_package_is_installed_again(from_nearby, capfd):
    assert bootstrap.main(from_nearby) == 0
    shutil.rmtree(package_of(from_nearby))
    assert bootstrap.main(from_nearby) == 0
    assert (package_of(from_nearby) / "part.py").is_file()
    assert "Not whole, installed again: tinything==1" in capfd.readouterr().err


def test_a_package_that_is_not_the_published_one_is_refused(from_nearby, capfd):
    assert bootstrap.main(from_nearby) == 0
    wheel = from_nearby / "tinything-1-py3-none-any.whl"
    published = wheel.read_bytes()
    shutil.rmtree(package_of(from_nearby))
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("tinything/more.py", "")
    assert bootstrap.main(from_nearby) == 1
    assert "a package is not the one that was published" in capfd.readouterr().err
    assert not package_of(from_nearby).exists()
    wheel.write_bytes(published)
    assert bootstrap.main(from_nearby) == 0
    assert (package_of(from_nearby) / "part.py").is_file()


def test_the_course_itself_is_installed_after_its_packages(from_nearby, monkeypatch):
    monkeypatch.setenv("PIP_REQUIRE_HASHES", "1")  # of a reader who wants that for other work
    (from_nearby / ".venv" / "installed.txt").unlink(missing_ok=True)
    assert bootstrap.main(from_nearby) == 0
    assert list(from_nearby.glob(".venv/[Ll]ib/**/small_course-1.dist-info/direct_url.json"))


def test_what_builds_the_course_is_pinned_and_not_fetched_again(course, steps, monkeypatch):
    commands = []
    monkeypatch.setattr(packages, "run", lambda command, *_: commands.append(command))
    for name in ("requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, course)
    packages.install_course(course)
    assert commands[0][-3:] == ["--no-build-isolation", "--editable", "."]


def test_a_package_that_pip_did_not_finish_is_installed_again(from_nearby):
    assert bootstrap.main(from_nearby) == 0
    package = package_of(from_nearby)
    (from_nearby / ".venv" / "installed.txt").unlink()
    (package.parent / "tinything-1.dist-info" / "RECORD").unlink()  # pip writes it last
    (package / "part.py").unlink()
    assert bootstrap.main(from_nearby) == 0
    assert (package / "part.py").is_file()


def test_settings_of_the_shell_that_send_packages_elsewhere_do_no_harm(
    from_nearby, monkeypatch, tmp_path
):
    assert bootstrap.main(from_nearby) == 0
    (from_nearby / ".venv" / "installed.txt").unlink()
    shutil.rmtree(package_of(from_nearby))
    for setting, value in (("PIP_TARGET", str(tmp_path)), ("PIP_USER", "1"), ("PIP_DRY_RUN", "1")):
        monkeypatch.setenv(setting, value)
    assert bootstrap.main(from_nearby) == 0
    assert (package_of(from_nearby) / "part.py").is_file()


def test_a_file_with_settings_that_send_packages_elsewhere_is_named(
    from_nearby, monkeypatch, tmp_path, capfd
):
    assert bootstrap.main(from_nearby) == 0
    (from_nearby / ".venv" / "installed.txt").unlink()
    shutil.rmtree(package_of(from_nearby))
    (tmp_path / "pip.conf").write_text(f"[install]\ntarget = {tmp_path / 'elsewhere'}\n")
    with monkeypatch.context() as patch:
        patch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
        assert bootstrap.main(from_nearby) == 1
    said = capfd.readouterr().err
    assert "tinything==1" in said
    assert "pip config list" in said
    assert not (from_nearby / ".venv" / "installed.txt").exists()
    assert bootstrap.main(from_nearby) == 0


def test_a_utils_of_the_reader_does_not_get_in_the_way(from_nearby):
    assert bootstrap.main(from_nearby) == 0
    for place in ("beside", "on the path"):
        (from_nearby / place).mkdir()
        (from_nearby / place / "utils.py").write_text("raise SystemExit('the wrong utils')")
    done = subprocess.run(
        [str(venv.venv_python(from_nearby)), "-c", "import utils; print(utils.__file__)"],
        cwd=from_nearby / "beside",
        env={**os.environ, "PYTHONPATH": str(from_nearby / "on the path")},
        capture_output=True,
        text=True,
    )
    expected = str(from_nearby / "utils" / "__init__.py")
    assert (done.stdout.strip(), done.stderr) == (expected, "")


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
    ids=[
        "no server",
        "no answer",
        "disk full, Linux",
        "disk full, Windows",
        "not allowed, Linux",
        "not allowed, Windows",
        "unknown",
    ],
)
def test_reasons_in_plain_words(output, words):
    message = explain("Installing", output)
    assert words in message
    assert message.endswith(output.splitlines()[-1])


def test_a_failing_command_is_shown_and_explained(course, capfd):
    code = "import sys; print('so far so good'); sys.exit('No space left on device')"
    with pytest.raises(SetupError, match="disk is full"):
        run([sys.executable, "-c", code], course, "Testing")
    out, err = capfd.readouterr()
    assert "so far so good" in out
    assert "No space left" in err


def test_every_requirement_is_pinned_with_its_hashes_and_names_no_server():
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert "make lock" in text.splitlines()[1]
    pin = r"[a-z0-9-]+==[\w.]+( ; [\w<>='. !()]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n"
    assert re.fullmatch(rf"(#.*\n)+({pin})+", text)


def read_pins(lines):
    """Return {(name, version): marker or None} of requirements."""
    requirements = [Requirement(line) for line in lines]
    return {(pin.name, str(pin.specifier).removeprefix("==")): pin.marker for pin in requirements}


@pytest.fixture(scope="module")
def direct():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return read_pins(tomllib.loads(text)["project"]["dependencies"])


@pytest.fixture(scope="module")
def locked():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return read_pins(line.removesuffix(" \\") for line in lines if "==" in line)


def test_the_lock_holds_the_versions_of_pyproject(direct, locked):
    assert direct.keys() <= locked.keys()


@pytest.mark.parametrize(
    ("system", "machine", "package"),
    [
        ("linux", "x86_64", "tensorflow-cpu"),
        ("linux", "aarch64", "tensorflow"),
        ("darwin", "arm64", "tensorflow"),
        ("win32", "AMD64", "tensorflow-cpu"),
    ],
)
def test_every_machine_gets_one_tensorflow(direct, locked, system, machine, package):
    """Where tensorflow-cpu exists it is taken: half the size, the same numbers."""
    here = {"sys_platform": system, "platform_machine": machine}
    for pins in (direct, locked):
        names = [
            name
            for (name, _), marker in pins.items()
            if name.startswith("tensorflow") and (marker is None or marker.evaluate(here))
        ]
        assert names == [package]


@pytest.mark.skipif(not shutil.which("make"), reason="no make here")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["lab", "PORT=9999", "BROWSER=no"], "-m utils.tools.lab --port '9999' --no-browser"),
        (["lab", "BROWSER=firefox"], "-m utils.tools.lab"),
        (["test"], "-m pytest"),
        (["test", "UNIT=06"], "-m pytest --unit '06'"),
        (["slides", "UNIT=06"], "-m utils.tools.slides '06'"),
        (["lab", "PORT=1; x 'y"], r"--port '1; x '\''y'"),
        (["lab", "PYTHON=py thon"], "'py thon' utils/tools/bootstrap.py chosen"),
        (["lab"], "'python3' utils/tools/bootstrap.py \n"),
        ([], "make lab"),
    ],
    ids=lambda value: " ".join(["make", *value]) if isinstance(value, list) else "",
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
