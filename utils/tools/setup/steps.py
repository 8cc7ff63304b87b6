"""Run a command of the set-up, and say in plain words why one failed."""

import collections
import os
import subprocess
import sys

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
        ("DO NOT MATCH THE HASHES", "HashMismatch"),
        "a package is not the one that was published.\n"
        "A proxy or a mirror may have changed it, or the download was cut off.",
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


def run(command, root, what):
    """Run a command in the folder of the course and show what it prints.

    Args:
        command: list of str.
        root: folder of the course.
        what: what is being done, to begin the message with.

    Raises:
        SetupError: if the command fails.
    """
    environment = {name: os.environ[name] for name in os.environ if name not in ELSEWHERE}
    # Whoever wants hashes of everything cannot install a folder; the packages have theirs.
    environment["PIP_REQUIRE_HASHES"] = "0"
    # Only errors pass through a pipe: pip shows its progress bars on nothing but a terminal.
    process = subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    errors = collections.deque(maxlen=200)
    with process:
        for line in process.stderr:
            say(line.rstrip())
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
    return "{} failed: {}\nLast lines:\n  {}".format(what, reason, "\n  ".join(last[-6:]))


def say(text):
    """Print a line at once, in step with what the commands print."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
