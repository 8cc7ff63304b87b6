"""Make .venv, and leave alone what lies under that name and is not the set-up's own."""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys

from utils.tools.setup.steps import SetupError, run, say


def venv_python(root):
    """Tell where the Python of the course is.

    Args:
        root: folder of the course.

    Returns:
        Path of the interpreter in .venv, whether it exists or not.
    """
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return root / ".venv" / folder / name


def refuse_what_is_not_ours(root):
    """End the set-up if .venv leads elsewhere or is no virtual environment.

    Args:
        root: folder of the course.

    Raises:
        SetupError: then; nothing has been changed.
    """
    venv = root / ".venv"
    if venv.resolve() != root.resolve() / ".venv":
        raise SetupError(
            f".venv is a link to {venv.resolve()}.\nThe set-up would change what lies there. "
            "Remove the link, and only the link, or\nrename it; then call again."
        )
    is_ours = (venv / "pyvenv.cfg").is_file() or not venv.exists()
    if not is_ours and not (venv.is_dir() and not any(venv.iterdir())):
        raise SetupError(
            f"{venv} is no virtual environment: its file pyvenv.cfg is missing.\n"
            "The set-up needs that name. Rename what is there, then call again."
        )


def runs(root, oldest, newest):
    """Tell whether the Python in .venv starts, fits the course and has a whole pip.

    Args:
        root: folder of the course.
        oldest, newest: (major, minor), the versions that fit.
    """
    # pip writes the list of its files last: where it is missing, making .venv was interrupted.
    test = (
        f"import importlib.metadata, sys; fits = {oldest} <= sys.version_info[:2] <= {newest}; "
        "sys.exit(not (fits and importlib.metadata.files('pip')))"
    )
    try:
        return subprocess.call([venv_python(root), "-c", test], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_venv(root):
    """Make .venv, an environment with pip and nothing else.

    Args:
        root: folder of the course.

    Raises:
        SetupError: if this Python cannot make it.
    """
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise SetupError(
            "This Python is made for Intel processors, and TensorFlow has no package for Intel\n"
            "Macs. On a Mac with an Apple chip, install https://www.python.org/downloads/."
        )
    if importlib.util.find_spec("ensurepip") is None:
        version = "{}.{}".format(*sys.version_info[:2])
        raise SetupError(
            "Python cannot make a virtual environment: its module ensurepip is missing.\n"
            f"Debian and Ubuntu: sudo apt install python{version}-venv"
        )
    say("Making .venv")
    venv = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(root / ".venv")]
    run(venv, root, "Making .venv")
    # As a step of its own, pip tells why it cannot be put there; the module venv would hide it.
    pip = [str(venv_python(root)), "-m", "ensurepip", "--upgrade", "--default-pip"]
    run(pip, root, "Making .venv")


def put_aside(venv, old):
    """Rename an environment that no longer fits, unless an earlier call has put one aside.

    Args:
        venv, old: Paths; where `old` exists, `venv` is what an interrupted call was making.
    """
    if venv.is_dir() and not old.is_dir():
        os.replace(venv, old)


def bring_back(old, venv):
    """Put an environment that was put aside back in place of one that could not be made.

    Args:
        old, venv: Paths; nothing happens where there is no `old`.
    """
    if old.is_dir():
        if venv.is_dir():
            shutil.rmtree(venv)
        os.replace(old, venv)
        say("The environment that was here before is back in .venv.")


def say_which_python(root, chosen):
    """Tell a reader who called another Python than the one .venv was made with.

    Args:
        root: folder of the course.
        chosen: bool, whether the reader named a Python; then another copy of the same version is
            told as well.
    """
    lines = (root / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    made = dict(line.split(" = ", 1) for line in lines if " = " in line)
    called = "{}.{}".format(*sys.version_info[:2])
    version, program = made.get("version", called), made.get("executable")
    is_other = chosen and program and os.path.realpath(program) != os.path.realpath(sys.executable)
    if not f"{version}.".startswith(f"{called}.") or is_other:
        say(
            f"The course runs with Python {version}, which .venv was made with"
            + (f"\n({program})" if is_other else "")
            + f"; this call came with {called}"
            + (f"\n({sys.executable})" if is_other else "")
            + ".\nTo change that, delete the folder .venv and call again."
        )
