# ruff: noqa: UP031, UP032, E402
# Every Python, however old, must be able to read this file, so that it can say what is missing:
# no f-strings, no annotations, and the other imports follow the check of the version.
"""Set the course up: make .venv, install requirements.txt into it, fetch MovieLens-100K.

Run it with any Python 3.11 to 3.13: `python3 utils/tools/bootstrap.py`. It needs nothing but the
standard library, does only what is still to be done, and goes on where an interrupted call stopped.
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

import collections
import hashlib
import importlib.util
import os
import pathlib
import platform
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA_FILES = ("u.data", "u.user", "u.item")

# What pip and the system print, and what that means in plain words.
REASONS = (
    (
        ("No space left", "Errno 28", "not enough space on the disk", "quota exceeded"),
        "the disk is full, or the folder for temporary files is.\n"
        "The course needs about 4 GB, and as much again while it installs.",
    ),
    (
        ("Permission denied", "Errno 13", "Access is denied", "Read-only file system"),
        "a file or folder may not be written.\n"
        "Keep the course in a folder of your own, and do not use sudo.",
    ),
    (
        ("connection broken", "Max retries", "name resolution", "getaddrinfo failed", "timed out")
        + ("ProxyError", "SSLError", "ConnectionResetError", "IncompleteRead"),
        "no network, or the Python package index cannot be reached.\n"
        "Check the connection; behind a proxy, set HTTPS_PROXY.",
    ),
)


class SetupError(RuntimeError):
    """The set-up cannot go on; the message tells the reader why and what to do."""


def main(root=ROOT):
    """Do what is still to be done so that the course runs.

    Args:
        root: folder of the course.

    Returns:
        0 if the course is ready, else the exit code of the step that failed.
    """
    try:
        if not is_usable(root):
            make_venv(root)
        if _read_stamp(root) != _wanted_stamp(root):
            install(root)
        if all((root / "data" / "ml-100k" / name).is_file() for name in DATA_FILES):
            return 0
        return subprocess.call(
            [str(venv_python(root)), "-m", "utils.movielens", "100k"], cwd=str(root)
        )
    except (SetupError, OSError) as error:
        message = error if isinstance(error, SetupError) else explain("The set-up", str(error))
        line = "-" * 79
        _say("\n%s\n%s" % (line, message))
        _say("Nothing is lost: call the same command again and it goes on from here.\n%s" % line)
        return 1
    except KeyboardInterrupt:
        _say("\nStopped. Call the same command again and it goes on from here.")
        return 130


def venv_python(root):
    """Tell where the Python of the course is.

    Args:
        root: folder of the course.

    Returns:
        Path of the interpreter in .venv, whether it exists or not.
    """
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return root / ".venv" / folder / name


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
    # pip writes the list of its files last: where it is missing, making .venv was interrupted.
    test = (
        "import importlib.metadata, sys; fits = %r <= sys.version_info[:2] <= %r; "
        "sys.exit(not (fits and importlib.metadata.files('pip')))" % (OLDEST, NEWEST)
    )
    try:
        return subprocess.call([str(venv_python(root)), "-c", test], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_venv(root):
    """Make .venv, in place of a broken one if there is one.

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
        raise SetupError(
            "Python cannot make a virtual environment: its module ensurepip is missing.\n"
            "Debian and Ubuntu: sudo apt install python%d.%d-venv" % sys.version_info[:2]
        )
    _say("Making .venv")
    venv = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(root / ".venv")]
    run(venv, root, "Making .venv")
    # As a step of its own, pip tells why it cannot be put there; the module venv would hide it.
    pip = [str(venv_python(root)), "-m", "ensurepip", "--upgrade", "--default-pip"]
    run(pip, root, "Making .venv")


def install(root):
    """Install requirements.txt into .venv, and leave the stamp once everything is there.

    Args:
        root: folder of the course.

    Raises:
        SetupError: if pip fails.
    """
    _say("Installing requirements.txt (a few minutes the first time)")
    pip = [str(venv_python(root)), "-m", "pip", "--disable-pip-version-check", "install"]
    run(pip + ["--no-input", "-r", "requirements.txt"], root, "Installing requirements.txt")
    partial = root / ".venv" / "installed.partial"
    partial.write_text("\n".join(_wanted_stamp(root)), encoding="utf-8")
    os.replace(str(partial), str(root / ".venv" / "installed.txt"))


def run(command, root, what):
    """Run a command in the folder of the course and show what it prints.

    Args:
        command: list of str.
        root: folder of the course.
        what: what is being done, to begin the message with.

    Raises:
        SetupError: if the command fails.
    """
    # Only errors pass through a pipe: pip shows its progress bars on nothing but a terminal.
    process = subprocess.Popen(
        command, cwd=str(root), stderr=subprocess.PIPE, encoding="utf-8", errors="replace"
    )
    errors = collections.deque(maxlen=200)
    with process:
        for line in process.stderr:
            _say(line.rstrip())
            errors.append(line.rstrip())
    if process.returncode:
        raise SetupError(explain(what, "\n".join(errors)))


def explain(what, output):
    """Turn the output of a failed step into a message.

    Args:
        what: what was being done.
        output: what was printed.

    Returns:
        The probable reason in plain words, and the last lines of the output, errors before others.
    """
    reason = "see below. If it fails again, delete the folder .venv and start over."
    for signs, words in REASONS:
        if any(sign.lower() in output.lower() for sign in signs):
            reason = words
            break
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = [line for line in lines if line.startswith("ERROR")] or lines
    return "%s failed: %s\nLast lines:\n  %s" % (what, reason, "\n  ".join(last[-6:]))


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


def _say(text):
    """Print a line at once, in step with what the commands print."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
