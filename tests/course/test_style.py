"""One style for all code, and nothing that belongs to one machine."""

import re
import subprocess
import sys

import pytest

from utils.tools.course import ROOT


@pytest.mark.parametrize(
    "command",
    [
        ["check", "utils", "tests", "notebooks", "solutions"],
        ["format", "--check", "utils", "tests"],
    ],
    ids=["lint", "format"],
)
def test_ruff_is_content(command):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("pattern", ["*/*.ipynb", "data/results/*.json"])
def test_generated_files_hold_no_path_of_a_machine(pattern):
    paths = sorted(ROOT.glob(pattern))
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/home/\w|/Users/\w|/root/|/tmp/|:\\+Users", text), path
