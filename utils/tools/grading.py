"""Hand out labs to a class and grade what comes back, with nbgrader.

    python -m utils.tools.grading handout 02    grading/handout/02_similarity.zip: `make handout`
    python -m utils.tools.grading grade         grade answers in words by hand: `make grade`

The folder grading/ is the course folder of nbgrader: source/ and release/ are made by `handout`,
what students hand in goes to submitted/STUDENT/02_similarity/02_similarity.ipynb. Git leaves the
folder alone. README.md tells the whole way, from handing out to a table of grades.
"""

import argparse
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from utils.tools.build import read_source, write_notebook
from utils.tools.course import ROOT, find_units
from utils.tools.environment import leave_out_settings
from utils.tools.lab import port_number, server_options, start_problem

FOLDER = ROOT / "grading"
CONFIG = Path(__file__).with_name("nbgrader_config.py")
TOP = "recsys-course"  # the folder in a zip: unpacked twice, units come to lie beside each other
SHARED = (
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "requirements.txt",
    "data/README.md",
    "data/results/*",
    "utils/**/*",
)
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same files make the same zip


def main(arguments=None):
    """Do what the command line asks for; return 0, or 1 if something is wrong.

    Args:
        arguments: list of str; the command line if None.
    """
    options = parse(arguments)
    try:
        if options.command == "grade":
            return open_formgrader(FOLDER, options.port, options.browser)
        for unit in find_units(options.units):
            print(f"written    {hand_out(unit, FOLDER)}", flush=True)
    except (ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def parse(arguments=None):
    """Read the command line.

    Args:
        arguments: list of str; the command line if None.

    Returns:
        A namespace with `command`, and `units` (list of str) or `port` and `browser`.
    """
    parser = argparse.ArgumentParser(prog="python -m utils.tools.grading", description="Grade.")
    commands = parser.add_subparsers(dest="command", required=True)
    handout = commands.add_parser("handout", help="make what students get, one zip per unit")
    handout.add_argument("units", nargs="*", metavar="02", help="units; all if none is given")
    grade = commands.add_parser("grade", help="grade answers in words in the browser")
    grade.add_argument("--port", type=port_number, default=8888, help="8888 if not given")
    grade.add_argument("--no-browser", dest="browser", action="store_false")
    return parser.parse_args(arguments)


def hand_out(unit, folder):
    """Make the assignment of a unit known to nbgrader, and pack what its students get.

    Args:
        unit: Unit.
        folder: Path of nbgrader's course folder; made if it is not there.

    Returns:
        Path of the zip.

    Raises:
        RuntimeError: if nbgrader refuses, for example because the lab has changed since it was
            handed out and submissions were graded.
    """
    source = folder / "source" / unit.name
    source.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")  # grades are nobody else's business
    settings = folder / CONFIG.name
    if not settings.exists():  # an instructor may have changed it
        shutil.copy(CONFIG, settings)
    notebook = read_source(unit.solution)
    del notebook.metadata["course"]
    write_notebook(notebook, source / f"{unit.name}.ipynb")
    run_nbgrader(folder, "generate_assignment", unit.name, "--force")
    return pack(unit, folder / "release" / unit.name, folder / "handout")


def pack(unit, release, target):
    """Pack the lab of a unit, its lecture and slides, and what they need, but no solution.

    Args:
        unit: Unit.
        release: Path of the folder in which nbgrader has put the lab.
        target: Path of the folder for the zip.

    Returns:
        Path of the zip.
    """
    content = {f"labs/{unit.lab.name}": release / unit.lab.name}
    shared = [path for pattern in SHARED for path in ROOT.glob(pattern)]
    for path in (unit.lecture, unit.lecture.with_suffix(".ipynb"), unit.deck, *shared):
        if path.is_file() and "__pycache__" not in path.parts:
            content[path.relative_to(ROOT).as_posix()] = path
    target.mkdir(parents=True, exist_ok=True)
    partial = target / f"{unit.name}.zip.partial"
    with zipfile.ZipFile(partial, "w") as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(f"{TOP}/{name}", LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content[name].read_bytes())
    done = partial.with_suffix("")
    os.replace(partial, done)
    return done


def run_nbgrader(folder, *arguments):
    """Run a command of nbgrader in its course folder.

    Args:
        folder: Path.
        arguments: str, as they would be typed.

    Returns:
        str, the log.

    Raises:
        RuntimeError: if it fails; with the end of the log.
    """
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise RuntimeError(f"nbgrader {' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    return done.stderr


def open_formgrader(folder, port, browser):
    """Serve the page on which answers are graded by hand, until it is stopped.

    Args:
        folder: Path of nbgrader's course folder.
        port: int from 0 to 65535.
        browser: bool, whether to open one.

    Returns:
        0 after the server was stopped, 1 if it cannot start.
    """
    problem = start_problem(ROOT, port)
    if not (folder / CONFIG.name).is_file():
        problem = f"There is no {folder}: run `make handout UNIT=02` first."
    if problem:
        print(problem, file=sys.stderr)
        return 1
    leave_out_settings()
    os.chdir(folder)  # nbgrader reads its settings from there
    from jupyterlab.labapp import LabApp

    server = LabApp.initialize_server(argv=formgrader_options(folder, port, browser))
    server.io_loop.add_callback(print_address, server)
    server.start()
    return 0


def formgrader_options(folder, port, browser):
    """Return the options of the server: those of the labs, with nbgrader's panels switched on.

    Args:
        folder: Path of nbgrader's course folder.
        port: int from 0 to 65535.
        browser: bool, whether to open one.
    """
    panels = {"nbgrader.server_extensions.formgrader": True}
    kept = ("--ServerApp.", "--IdentityProvider.", "--LabApp.log", "--no-browser")
    own = ("jpserver_extensions", "contents_manager_class", "static_custom_path")
    return [
        *(
            option
            for option in server_options(folder, port, browser)
            if option.startswith(kept) and not any(name in option for name in own)
        ),
        f"--ServerApp.jpserver_extensions={panels}",
        "--LabApp.default_url=/formgrader",
    ]


def print_address(server):
    """Print where the page is to be found.

    Args:
        server: the running Jupyter server.
    """
    address = f"http://127.0.0.1:{server.port}{server.base_url}formgrader"
    print("\nFormgrader is running. Open this address in a browser:\n")
    print(f"    {address}?token={server.identity_provider.token}\n")
    print("To stop it, press Ctrl+C here, twice.\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
