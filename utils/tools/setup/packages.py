"""Install the packages of requirements.txt into .venv, and mend what is not whole in it."""

import os
import re
import subprocess
from pathlib import Path

from utils.tools.setup.steps import SetupError, explain, run, say
from utils.tools.setup.venv import venv_python

LOOK = Path(__file__).resolve().parents[1] / "installed.py"
INSTALLING = "Installing requirements.txt"


def install(root):
    """Install requirements.txt, then the course itself, into .venv.

    Args:
        root: folder of the course.

    Raises:
        SetupError: if pip fails, or says that it has not and packages are missing all the same.
    """
    say("Installing requirements.txt (a few minutes the first time)")
    pinned = ["install", "--no-user", "-r", "requirements.txt"]  # pip compares the hashes in it
    run([*pip(root), *pinned], root, INSTALLING)
    if {"tensorflow", "tensorflow-cpu"} <= _installed(root):
        # Both fill the folder tensorflow; one is of an earlier version of the course.
        run([*pip(root), "uninstall", "--yes", "tensorflow", "tensorflow-cpu"], root, INSTALLING)
        run([*pip(root), *pinned], root, INSTALLING)
    mend(root, "all")
    install_course(root)
    put_utils_first(root)


def install_course(root):
    """Install the folder of the course itself, if its pyproject.toml says how.

    A folder has no hash, so it cannot stand in requirements.txt beside packages that have one.

    Args:
        root: folder of the course.

    Raises:
        SetupError: if pip fails.
    """
    if "[build-system]" not in (root / "pyproject.toml").read_text(encoding="utf-8"):
        return
    command = [*pip(root), "install", "--no-user", "--no-deps"]
    pins = (root / "requirements.txt").read_text(encoding="utf-8")
    if re.search("^setuptools==", pins, flags=re.M):  # then it is there, and pip need not fetch it
        command += ["--no-build-isolation"]
    run([*command, "--editable", "."], root, "Installing the course itself")


def mend(root, how):
    """Install packages again that are not whole in .venv.

    Args:
        root: folder of the course.
        how: "all" looks for every file, "quick" for the folders of each package.

    Raises:
        SetupError: if that does not help.
    """
    damaged = find_damaged(root, how)
    if not damaged:
        return
    say("Not whole, installed again: {}".format(" ".join(damaged)))
    again = root / ".venv" / "again.txt"
    again.write_text(pins_of(root, damaged), encoding="utf-8")
    what = "Installing packages again"
    command = [*pip(root), "install", "--no-user", "--no-deps", "-r", str(again)]
    try:
        run([*command, "--force-reinstall"], root, what)
    except SetupError:  # pip cannot remove a package whose list of files is missing
        run([*command, "--ignore-installed"], root, what)
    damaged = find_damaged(root, "all")
    if damaged:
        raise SetupError(
            "pip says that it is done, but these packages are not whole in .venv:\n  {}\n"
            "Some setting sends packages elsewhere: `python3 -m pip config list` and pip.conf\n"
            "show it (target, prefix, root, dry-run). Take it out for this installation.".format(
                "\n  ".join(damaged)
            )
        )


def find_damaged(root, how):
    """Return the pinned packages that are not whole in .venv, a list of "name==version".

    Args:
        root: folder of the course.
        how: "all" or "quick", as in `mend`.

    Raises:
        SetupError: if the Python in .venv cannot look.
    """
    look = subprocess.run(
        [venv_python(root), LOOK, root / "requirements.txt", how],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if look.returncode:
        raise SetupError(explain("Looking into .venv", look.stderr))
    return look.stdout.split()


def pins_of(root, packages):
    """Return the lines of requirements.txt that pin some packages, with their hashes.

    Args:
        root: folder of the course.
        packages: list of "name==version".

    Returns:
        str.
    """
    text = (root / "requirements.txt").read_text(encoding="utf-8")
    blocks = re.findall(r"^\S.*(?:\n .*)*", text, flags=re.M)  # a pin, then lines that go on
    return "\n".join(block for block in blocks if block.split()[0] in packages) + "\n"


def pip(root):
    """Return the beginning of a command of the pip in .venv, a list."""
    return [str(venv_python(root)), "-m", "pip", "--disable-pip-version-check", "--no-input"]


def put_utils_first(root):
    """Let every Python of .venv take `utils` from the course, whatever lies beside a notebook.

    Many people have a utils.py of their own, and Python looks beside the notebook first.

    Args:
        root: folder of the course.
    """
    line = f"import sys; sys.path.insert(0, {str(root)!a}); import utils; del sys.path[0]\n"
    (site_packages(root) / "recsys_course.pth").write_text(line, encoding="ascii")


def site_packages(root):
    """Return the folder in .venv that packages are installed into.

    Args:
        root: folder of the course.
    """
    pattern = "Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"
    return next((root / ".venv").glob(pattern))


def _installed(root):
    """Return the names of the packages in .venv, written as in requirements.txt, a set."""
    folders = site_packages(root).glob("*.dist-info")  # such as PyYAML-6.0.3.dist-info
    return {re.sub("[-_.]+", "-", path.name.split("-")[0]).lower() for path in folders}
