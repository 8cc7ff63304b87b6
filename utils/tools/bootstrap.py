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
import errno
import hashlib
import importlib.util
import os
import pathlib
import platform
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA_FILES = ("u.data", "u.user", "u.item")
LOOK = pathlib.Path(__file__).resolve().parent / "installed.py"

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


# Settings of pip for other work: where to put packages, or not to put them anywhere.
ELSEWHERE = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN", "PIP_NO_DEPS")


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
        lock = wait_for_others(root)
        try:
            set_up(root)
        finally:
            lock.close()
        if all((root / "data" / "ml-100k" / name).is_file() for name in DATA_FILES):
            return 0
        return subprocess.call(
            [str(venv_python(root)), "-m", "utils.movielens", "100k"], cwd=str(root)
        )
    except (SetupError, OSError) as error:
        message = error if isinstance(error, SetupError) else explain("The set-up", str(error))
        line = "-" * 79
        _say("\n%s\n%s" % (line, message))
        _say("Nothing of yours was deleted. The same command goes on from here.\n%s" % line)
        return 1
    except KeyboardInterrupt:
        _say("\nStopped. Call the same command again and it goes on from here.")
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
    except (SetupError, OSError):
        bring_back(old, root / ".venv")
        raise
    if old.is_dir():
        shutil.rmtree(str(old), ignore_errors=True)
    say_which_python(root)


def say_which_python(root):
    """Tell a reader who called another Python than the one .venv was made with.

    Args:
        root: folder of the course.
    """
    text = (root / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8")
    found = [line.split("=")[1].strip() for line in text.splitlines() if line.startswith("version")]
    called = "%d.%d" % sys.version_info[:2]
    if found and not (found[0] + ".").startswith(called + "."):
        _say(
            "The course runs with Python %s, which .venv was made with; this call came with %s.\n"
            "To change that, delete the folder .venv and call again." % (found[0], called)
        )


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
            ".venv is a link to %s.\nThe set-up would change what lies there. Remove the link, and "
            "only the link, or\nrename it; then call again." % venv.resolve()
        )
    is_ours = (venv / "pyvenv.cfg").is_file() or not venv.exists()
    if not is_ours and not (venv.is_dir() and not any(venv.iterdir())):
        raise SetupError(
            "%s is no virtual environment: its file pyvenv.cfg is missing.\n"
            "The set-up needs that name. Rename what is there, then call again." % venv
        )


def put_aside(venv, old):
    """Rename an environment that no longer fits, unless an earlier call has put one aside.

    Args:
        venv, old: Paths; where `old` exists, `venv` is what an interrupted call was making.
    """
    if venv.is_dir() and not old.is_dir():
        os.replace(str(venv), str(old))


def bring_back(old, venv):
    """Put an environment that was put aside back in place of one that could not be made.

    Args:
        old, venv: Paths; nothing happens where there is no `old`.
    """
    if old.is_dir():
        if venv.is_dir():
            shutil.rmtree(str(venv))
        os.replace(str(old), str(venv))
        _say("The environment that was here before is back in .venv.")


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
            _say("Another set-up is at work in this folder; waiting for it.")
            _lock(lock, True)
        # Other errors: a file system without locks. Then there is nothing to wait for.
    return lock


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
    """Install requirements.txt into .venv; leave the stamp once all is there.

    Args:
        root: folder of the course.

    Raises:
        SetupError: if pip fails, or says that it has not and packages are missing all the same.
    """
    _say("Installing requirements.txt (a few minutes the first time)")
    what = "Installing requirements.txt"
    run(_pip(root) + ["-r", "requirements.txt"], root, what)
    if {"tensorflow", "tensorflow-cpu"} <= _installed(root):
        # Both fill the folder tensorflow; one is of an earlier version of the course.
        both = ["uninstall", "--yes", "tensorflow", "tensorflow-cpu"]
        run(_pip(root)[:-3] + both, root, what)
        run(_pip(root) + ["-r", "requirements.txt"], root, what)
    mend(root, "all")
    put_utils_first(root)
    partial = root / ".venv" / "installed.partial"
    partial.write_text("\n".join(_wanted_stamp(root)), encoding="utf-8")
    os.replace(str(partial), str(root / ".venv" / "installed.txt"))


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
    _say("Not whole, installed again: %s" % " ".join(damaged))
    what = "Installing packages again"
    try:
        run(_pip(root) + ["--no-deps", "--force-reinstall"] + damaged, root, what)
    except SetupError:  # pip cannot remove a package whose list of files is missing
        run(_pip(root) + ["--no-deps", "--ignore-installed"] + damaged, root, what)
    damaged = find_damaged(root, "all")
    if damaged:
        raise SetupError(
            "pip says that it is done, but these packages are not whole in .venv:\n  %s\n"
            "Some setting sends packages elsewhere: `python3 -m pip config list` and pip.conf\n"
            "show it (target, prefix, root, dry-run). Take it out for this installation."
            % "\n  ".join(damaged)
        )


def find_damaged(root, how):
    """Return the pinned packages that are not whole in .venv, a list of "name==version".

    Args:
        root: folder of the course.
        how: "all" or "quick", as in `mend`.

    Raises:
        SetupError: if the Python in .venv cannot look.
    """
    look = [str(venv_python(root)), str(LOOK), str(root / "requirements.txt"), how]
    process = subprocess.Popen(
        look, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace"
    )
    damaged, errors = process.communicate()
    if process.returncode:
        raise SetupError(explain("Looking into .venv", errors))
    return damaged.split()


def _pip(root):
    """Return the beginning of a command that installs into .venv, a list."""
    pip = [str(venv_python(root)), "-m", "pip", "--disable-pip-version-check"]
    return pip + ["install", "--no-user", "--no-input"]


def _installed(root):
    """Return the names of the packages in .venv, written as in requirements.txt, a set."""
    folders = site_packages(root).glob("*.dist-info")  # such as PyYAML-6.0.3.dist-info
    return {re.sub("[-_.]+", "-", path.name.split("-")[0]).lower() for path in folders}


def site_packages(root):
    """Return the folder in .venv that packages are installed into.

    Args:
        root: folder of the course.
    """
    pattern = "Lib/site-packages" if os.name == "nt" else "lib/python*/site-packages"
    return next((root / ".venv").glob(pattern))


def put_utils_first(root):
    """Let every Python of .venv take `utils` from the course, whatever lies beside a notebook.

    Many people have a utils.py of their own, and Python looks beside the notebook first.

    Args:
        root: folder of the course.
    """
    line = "import sys; sys.path.insert(0, %s); import utils; del sys.path[0]\n" % ascii(str(root))
    (site_packages(root) / "recsys_course.pth").write_text(line, encoding="ascii")


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
    environment = {name: os.environ[name] for name in os.environ if name not in ELSEWHERE}
    process = subprocess.Popen(
        command,
        cwd=str(root),
        env=environment,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
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


def _say(text):
    """Print a line at once, in step with what the commands print."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
