"""Install the other libraries in .venv-compare, measure them and the course, keep the table."""

import json
import os
import subprocess
import sys
import tempfile
import venv

from utils.tools.compare.stored import REQUIREMENTS, keep, table
from utils.tools.compare.tasks import TASKS
from utils.tools.course import ROOT
from utils.tools.environment import leave_out_settings

FOLDER = ROOT / ".venv-compare"
# One thread for everything: libraries that want all cores spin where steps are small, and ratios
# of seconds mean something.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
THREADS += ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def main(names):
    """Compare on some tasks, or on all; return 0, or 1 if something is wrong.

    Args:
        names: list of str, of "E1", "E2", "E3", "I1".
    """
    unknown = [name for name in names if name not in TASKS]
    if unknown:
        print(f"A task is one of {', '.join(TASKS)}, received {unknown[0]!r}.", file=sys.stderr)
        return 1
    leave_out_settings()
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        python = make_environment()
        rows = [
            *run([python, "-m", "utils.tools.compare.trials", *(names or TASKS)]),
            *run([sys.executable, "-m", "utils.tools.compare.own", *(names or TASKS)]),
        ]
    except subprocess.CalledProcessError as error:
        print(f"This failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    keep(rows)
    for name in names or TASKS:
        print(f"\n{name}, {TASKS[name].title}\n{table(name).to_string(index=False)}")
    return 0


def make_environment():
    """Make .venv-compare and install the libraries there; return the Path of its Python."""
    places = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    python = FOLDER.joinpath(*places)
    if not python.exists():
        venv.create(FOLDER, with_pip=True)
    command = [python, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]
    subprocess.run(command, check=True)
    return python


def run(command):
    """Run a program that prints one JSON object per row; return the rows, and show them meanwhile.

    Args:
        command: list of str.
    """
    rows = []
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,  # bars of progress, mostly
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, encoding="utf-8"
        ) as process,
    ):
        for line in process.stdout:
            if line.startswith("{"):
                rows.append(json.loads(line))
                print(rows[-1]["task"], rows[-1]["library"], rows[-1]["model"], flush=True)
        if process.wait():
            said.seek(0)
            print(said.read()[-3000:], file=sys.stderr)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
