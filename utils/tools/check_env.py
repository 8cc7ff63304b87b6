"""Print what the course runs on: `python -m utils.tools.check_env`, to paste in a question."""

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from utils.tools.bootstrap import DATA_FILES, ROOT

# The README says how to get the second in place of the first.
SAME_WITH_GPU = {"tensorflow-cpu": "tensorflow"}
FETCH = "fetch it with: python -m utils.movielens 100k"


def main(root=ROOT):
    """Print the report between two lines that mark what to paste.

    Args:
        root: folder of the course.

    Returns:
        0 if all is well, 1 if a line of the report asks for attention.
    """
    lines = report(root)
    problems = [line for line in lines if "<--" in line]
    print("When asking for help, paste from here ...")
    print("\n".join(["-" * 79, *lines, "-" * 79]))
    print("... to here, with the command or cell you ran and the whole message you got.")
    print(f"Lines that need a look: {len(problems)}" if problems else "All is well.")
    return 1 if problems else 0


def report(root=ROOT):
    """Describe Python, the packages, the machine and the data.

    Args:
        root: folder of the course.

    Returns:
        A list of lines; one that needs attention has "<--" and the reason. The reader's home folder
        and name do not appear.
    """
    in_venv = Path(sys.prefix).resolve() == (root / ".venv").resolve()
    lines = [
        f"system      {platform.platform()}",
        f"python      {platform.python_version()}"
        + ("" if in_venv else "  <-- not the Python in .venv"),
        f"machine     {os.cpu_count()} cores, {memory()}",
        f"disk        {free_space(root)}",
        f"backend     {backend()}",
        f"data        {data(root)}",
        *packages(root / "pyproject.toml"),
    ]
    return [anonymous(line) for line in lines]


def packages(pyproject):
    """Compare the installed packages with the versions that the course asks for on this machine.

    Args:
        pyproject: path of pyproject.toml, whose dependencies are `name==version` or
            `name==version; marker`.

    Returns:
        A list of lines, one for each package.
    """
    lines = []
    for requirement in tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"][
        "dependencies"
    ]:
        requirement, _, marker = requirement.partition(";")
        if marker and not applies(marker):
            continue
        name, wanted = requirement.strip().split("==")
        found = installed(name)
        if found == "missing" and name in SAME_WITH_GPU:
            name = SAME_WITH_GPU[name]
            found = installed(name)
        remark = "" if found == wanted else f"  <-- should be {wanted}"
        lines.append(f"{name:<16}{found}{remark}")
    return lines


def applies(marker):
    """Tell whether a marker such as "sys_platform == 'win32'" is true on this machine.

    Args:
        marker: str.
    """
    try:
        from packaging.markers import Marker
    except ImportError:  # the report goes on in a broken environment
        from pip._vendor.packaging.markers import Marker
    return Marker(marker.strip()).evaluate()


def installed(name):
    """Return the version of an installed package, or "missing"."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def memory():
    """Tell the memory of the machine.

    Returns:
        Text with GB in all and GB free.
    """
    try:
        import psutil
    except ImportError:
        return "memory unknown (psutil is missing)"
    found = psutil.virtual_memory()
    return f"{found.total / 1e9:.1f} GB of memory, {found.available / 1e9:.1f} GB of it free"


def free_space(root):
    """Tell how much the disk under the course still takes.

    Args:
        root: folder of the course.

    Returns:
        Text with GB free.
    """
    free = shutil.disk_usage(root).free / 1e9
    return f"{free:.1f} GB free" + ("  <-- nearly full" if free < 1 else "")


def backend():
    """Import Keras in a process of its own, so that not even a crash can stop the report.

    Returns:
        Text with the name of the backend, or the reason why Keras does not start.
    """
    code = "import keras; print('backend', keras.backend.backend())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", errors="replace"
    )
    if done.returncode == 0:
        return done.stdout.split()[-1]
    last = done.stderr.strip().splitlines()[-1:] or ["no message"]
    return f"Keras does not start  <-- exit code {done.returncode}: {last[0]}"


def data(root):
    """Load MovieLens-100K if it is there; nothing is fetched.

    Args:
        root: folder of the course.

    Returns:
        Text with the folder, relative to the course, and the number of ratings or what is wrong.
    """
    if not all((root / "data" / "ml-100k" / name).is_file() for name in DATA_FILES):
        return f"data/ml-100k  <-- not there: {FETCH}"
    try:
        from utils import movielens

        ratings = movielens.load("100k", root / "data").ratings
    except Exception as error:  # whatever is wrong with the data, the report goes on
        return f"data/ml-100k  <-- does not load: {type(error).__name__}: {error}"
    return f"data/ml-100k: {len(ratings):,} ratings, checked"


def anonymous(text):
    """Take the reader's home folder and name out of a line.

    Args:
        text: a line of the report.

    Returns:
        One line, with "~" for the home folder and "USER" for its name.
    """
    home = Path.home()
    text = " ".join(text.replace(str(home), "~").split("\n"))
    return re.sub(rf"\b{re.escape(home.name)}\b", "USER", text) if home.name else text


if __name__ == "__main__":
    sys.exit(main())
