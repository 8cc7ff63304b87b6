"""Who may import whom, and the rooms of a unit."""

import ast
import subprocess
import sys

import pytest

from utils.tools.course import ROOT, find_units

MODULES = sorted(ROOT.glob("utils/**/*.py"))
UNITS = find_units()
NUMBERS = {unit.topic: unit.number for unit in UNITS}
# What the modules of a room may import, besides those at the top of utils and the data.
MAY_IMPORT = {
    "shared": set(),
    "units": {"units"},
    "figures": {"units", "figures"},
    "checks": {"units", "figures", "checks"},
    "experiments": {"units", "figures", "experiments"},
    "notebooks": {"units", "figures", "experiments"},
    "solutions": {"units", "figures", "experiments", "checks"},
}


def room_and_topic(name):
    """Return the room of a module of utils and, where it has one, the topic of its unit."""
    parts = name.split(".")[1:] + [""]
    if parts[0] in ("units", "figures", "checks", "experiments", "tools"):
        return parts[0], parts[1].removesuffix("_search").removesuffix("_folds")
    return "shared", ""


def imports_of(path):
    """Return the modules of utils that a source imports, as "utils.room.topic", a set."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "utils"}


def module_name(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def identify(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_modules_import_along_the_arrows(path):
    room, topic = room_and_topic(module_name(path))
    if room == "tools":
        return
    for name in imports_of(path):
        other, other_topic = room_and_topic(name)
        assert other == "shared" or other in MAY_IMPORT[room], f"{room} imports {name}"
        if other_topic in NUMBERS and topic in NUMBERS:
            assert NUMBERS[other_topic] <= NUMBERS[topic], f"{topic} imports the later {name}"


@pytest.mark.parametrize("folder", ["notebooks", "solutions"])
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_notebooks_import_along_the_arrows(unit, folder):
    for name in imports_of(ROOT / folder / f"{unit.name}.py"):
        room, topic = room_and_topic(name)
        assert room == "shared" or room in MAY_IMPORT[folder], f"{folder} imports {name}"
        if topic in NUMBERS:
            assert NUMBERS[topic] <= unit.number, f"{unit.name} imports the later {name}"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_has_all_its_rooms(unit):
    for path in (
        unit.lecture,
        unit.solution,
        unit.lab,
        unit.deck,
        ROOT / "utils" / "checks" / f"{unit.topic}.py",
        ROOT / "tests" / "checks" / f"test_{unit.topic}.py",
        ROOT / "tests" / "units" / f"test_{unit.topic}.py",
        ROOT / "tests" / "claims" / f"{unit.name}.py",
    ):
        assert path.is_file(), path
    module = ROOT / "utils" / "units" / unit.topic
    assert module.with_suffix(".py").is_file() or (module / "__init__.py").is_file()


def test_every_room_holds_names_of_units_only():
    topics = {unit.topic for unit in UNITS}
    helpers = {
        "units": set(),
        "figures": {"feed"},  # the drawings of the data that several units share
        "experiments": {f"{topic}_{kind}" for topic in topics for kind in ("search", "folds")},
        "checks": {
            *("framework", "compare", "rating_models"),
            *("joint_models", "click_models", "shared_vectors"),
        },
    }
    for room, others in helpers.items():
        names = {path.stem for path in (ROOT / "utils" / room).glob("[!_]*")}
        assert names <= topics | others, room


@pytest.mark.parametrize("module", ["results", "movielens", "evaluation", "baselines"])
def test_reading_needs_no_workshop(module):
    """What a notebook imports first must not bring nbgrader, a database or a server along."""
    code = f"import sys, utils.{module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"nbgrader", "sqlalchemy", "jupyter_server", "nbclient", "playwright"}
