"""One style for all code, and nothing that belongs to one machine."""

import re
import subprocess
import sys

import pytest

from utils.tools import bootstrap
from utils.tools.course import ROOT

TEXT_FILES = [
    "*.md",
    "*.toml",
    "*.txt",
    "*/*.py",
    "*/*.ipynb",
    "*/*.md",
    "utils/**/*.py",
    "tests/**/*.py",
]
SOURCES = ["utils", "tests", "notebooks", "solutions", "slides/conf.py"]


@pytest.mark.parametrize(
    "command",
    [
        ["check", *SOURCES],
        ["format", "--check", *SOURCES],
    ],
    ids=["lint", "format"],
)
def test_ruff_is_content(command):
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "pattern", ["*/*.ipynb", "data/results/*.json"], ids=["notebooks", "results"]
)
def test_generated_files_hold_no_path_of_a_machine(pattern):
    paths = sorted(ROOT.glob(pattern))
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"/home/\w|/Users/\w|/root/|/tmp/|:\\+Users", text), path


def test_the_same_bytes_on_every_system():
    """Git leaves line ends alone, so that hashes and comparisons hold on Windows as well."""
    attributes = (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert "* text=auto eol=lf" in attributes
    paths = [path for pattern in TEXT_FILES for path in ROOT.glob(pattern)]
    assert len(paths) > 100
    for path in paths:
        assert b"\r" not in path.read_bytes(), path


def test_the_forge_and_this_machine_run_the_same():
    workflow = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    assert "bash .ci/run" in workflow
    for minor in range(bootstrap.OLDEST[1], bootstrap.NEWEST[1] + 1):
        assert f'"3.{minor}"' in workflow
    for command in ("utils/tools/bootstrap.py", "-m pytest"):
        assert command in workflow
