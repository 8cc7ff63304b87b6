# ruff: noqa: UP031, UP032, E402
# Every Python, however old, must be able to read this file, so that it can say what is missing:
# no f-strings, no annotations, and the other imports follow the check of the version.
"""Set the course up: make .venv, install requirements.txt into it, fetch MovieLens-100K.

Run it with any Python 3.11 to 3.13: `python3 utils/tools/bootstrap.py`. It needs nothing but the
standard library, does only what is still to be done, and goes on where an interrupted call stopped.
The steps lie in `utils/tools/setup`.
"""

import sys

OLDEST, NEWEST = (3, 11), (3, 13)  # TensorFlow 2.21 has packages for these and for no newer one


def python_problem(version, bits):
    """Say why a Python cannot run the course.

    Args:
        version: (major, minor) of the Python.
        bits: size of its pointers, 32 or 64.

    Returns:
        A message for the reader, or None if this Python will do.
    """
    if OLDEST <= tuple(version) <= NEWEST and bits == 64:
        return None
    return (
        "This is Python %d.%d (%d bits). The course needs a 64-bit Python 3.11, 3.12 or 3.13:\n"
        "TensorFlow has no packages for others. Install one beside the one you have,\n"
        "https://www.python.org/downloads/, and name it:\n"
        "  Linux, macOS: make lab PYTHON=python3.12\n"
        "  Windows:      py -3.12 utils/tools/bootstrap.py" % (version[0], version[1], bits)
    )


PROBLEM = python_problem(sys.version_info[:2], 64 if sys.maxsize > 2**32 else 32)
if PROBLEM:
    sys.exit(PROBLEM)

import errno
import hashlib
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # as a program it begins with its own folder

from utils.tools.setup.packages import install, mend
from utils.tools.setup.steps import SetupError, explain, say
from utils.tools.setup.venv import (
    bring_back,
    make_venv,
    put_aside,
    refuse_what_is_not_ours,
    runs,
    say_which_python,
    venv_python,
)

DATA_FILES = ("u.data", "u.user", "u.item")


def main(root=ROOT, chosen=False):
    """Do what is still to be done so that the course runs.

    Args:
        root: folder of the course.
        chosen: bool, whether the reader has named the Python that runs this.

    Returns:
        0 if the course is ready, else the exit code of the step that failed.
    """
    try:
        lock = wait_for_others(root)
        try:
            set_up(root)
            say_which_python(root, chosen)
        finally:
            lock.close()
        if all((root / "data" / "ml-100k" / name).is_file() for name in DATA_FILES):
            return 0
        return subprocess.call([venv_python(root), "-m", "utils.movielens", "100k"], cwd=root)
    except (SetupError, OSError) as error:
        message = error if isinstance(error, SetupError) else explain("The set-up", str(error))
        line = "-" * 79
        say("\n%s\n%s" % (line, message))
        say("Nothing of yours was deleted. The same command goes on from here.\n%s" % line)
        return 1
    except KeyboardInterrupt:
        say("\nStopped. Call the same command again and it goes on from here.")
        return 130


def set_up(root):
    """Make .venv and fill it, or mend what is missing in it.

    The environment of an earlier call that no longer fits is put aside as .venv.old until the new
    one works; if that fails it comes back.

    Args:
        root: folder of the course.

    Raises:
        SetupError: if a step fails, or .venv is something that this file has not made.
    """
    refuse_what_is_not_ours(root)
    old = root / ".venv.old"
    try:
        if not is_usable(root):
            put_aside(root / ".venv", old)
            make_venv(root)
        if _read_stamp(root) == _wanted_stamp(root):
            mend(root, "quick")
        else:
            install(root)
            _write_stamp(root)
    except (SetupError, OSError):
        bring_back(old, root / ".venv")
        raise
    if old.is_dir():
        shutil.rmtree(str(old), ignore_errors=True)


def is_usable(root):
    """Tell whether .venv can be kept: its Python runs, pip is whole, the folder has not moved.

    Args:
        root: folder of the course.

    Returns:
        False if .venv is missing or must be made again.
    """
    stamp = _read_stamp(root)
    if stamp and stamp[0] != _wanted_stamp(root)[0]:
        return False
    return runs(root, OLDEST, NEWEST)


def wait_for_others(root):
    """Let only one set-up work in a folder at a time.

    Args:
        root: folder of the course.

    Returns:
        An open file; closing it lets the next set-up go on.
    """
    lock = open(str(root / ".setup.lock"), "a")  # noqa: SIM115
    try:
        _lock(lock, False)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            say("Another set-up is at work in this folder; waiting for it.")
            _lock(lock, True)
        # Other errors: a file system without locks. Then there is nothing to wait for.
    return lock


def _wanted_stamp(root):
    """Return what the stamp of a complete install says: the folder, and a hash of the pins."""
    names = ("requirements.txt", "pyproject.toml")
    contents = b"".join((root / name).read_bytes() for name in names)
    return [str(root.resolve()), hashlib.sha256(contents).hexdigest()]


def _read_stamp(root):
    """Return the lines of the stamp that the last complete install left, if there is one."""
    try:
        return (root / ".venv" / "installed.txt").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []


def _write_stamp(root):
    """Note what is installed, once all of it is."""
    partial = root / ".venv" / "installed.partial"
    partial.write_text("\n".join(_wanted_stamp(root)), encoding="utf-8")
    os.replace(str(partial), str(root / ".venv" / "installed.txt"))


def _lock(file, wait):
    """Lock a file for this process; without waiting, raise OSError if another one has it."""
    try:
        import fcntl
    except ImportError:  # Windows, where a call waits ten seconds at most
        import msvcrt

        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
                return
            except OSError:
                if not wait:
                    raise
    else:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


if __name__ == "__main__":
    sys.exit(main(chosen=sys.argv[1:] == ["chosen"]))
