"""What a unit is: where its parts lie, under one name in every folder, and what they say of it.

Title, prerequisites, hours and exercises are read from the sources of the unit, so that the start
page, the README and the lines of links need no list to keep in step.
"""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_PAGE = "start.md"  # what JupyterLab opens on; written by utils.tools.start_page
PARTS = {
    "Representations": range(1, 5),
    "Explicit feedback": range(5, 10),
    "Implicit feedback": range(10, 13),
    "Multitask": range(13, 17),
    "In practice": range(17, 19),
}


@dataclass(frozen=True)
class Unit:
    """A unit of the course.

    Args:
        name: str, number and topic, for example "06_matrix_factorization".
    """

    name: str

    @property
    def number(self):
        """The two digits in front, str."""
        return self.name.split("_", 1)[0]

    @property
    def topic(self):
        """The name without its number, which is also that of its modules in utils."""
        return self.name.split("_", 1)[1]

    @property
    def lecture(self):
        """Path of the source of the lecture; the executed .ipynb lies beside it."""
        return ROOT / "notebooks" / f"{self.name}.py"

    @property
    def solution(self):
        """Path of the source of the lab with its answers; the executed .ipynb lies beside it."""
        return ROOT / "solutions" / f"{self.name}.py"

    @property
    def lab(self):
        """Path of the lab that students get."""
        return ROOT / "labs" / f"{self.name}.ipynb"

    @property
    def deck(self):
        """Path of the source of the slides."""
        return ROOT / "slides" / f"{self.name}.md"

    @property
    def title(self):
        """The heading of the lecture without the number, str."""
        return re.search(r"^# # \d+ (.+)$", _read(self.lecture), flags=re.M)[1]

    @property
    def question(self):
        """The line below the title of the deck: what the unit is about, str."""
        return re.search(r"^# .+\n\n(.+)$", _read(self.deck), flags=re.M)[1]

    @property
    def part(self):
        """The part of the course, one of PARTS."""
        return next(part for part, numbers in PARTS.items() if int(self.number) in numbers)

    @property
    def needs(self):
        """The numbers of the units that come before it, a list of str."""
        said = re.search(
            r"\*\*(?:Before you start:|You need)\*\*(.*?)\*\*Time", _read(self.lecture), flags=re.S
        )
        return re.findall(r"\b(\d\d)[\s#]+\(", said[1])  # a line may end before the bracket

    @property
    def hours(self):
        """What lecture and lab say they take together, in half hours; None if one is silent."""
        # In the file of a notebook a line may end between the number and its unit.
        stated = re.compile(r"\*\*Time\W+(\d+)\W+(?:n\W+)?minutes")
        found = [stated.search(_read(path)) for path in (self.lecture, self.lab)]
        return round(sum(int(match[1]) for match in found) / 30) / 2 if all(found) else None

    @cached_property
    def exercises(self):
        """The names of the functions that the lab asks for and checks, a list of str."""
        checks = ast.parse(_read(ROOT / "utils" / "checks" / f"{self.topic}.py"))
        return [
            node.name
            for node in checks.body
            if isinstance(node, ast.FunctionDef)
            and any("lab.exercise(" in ast.unparse(mark) for mark in node.decorator_list)
        ]


def find_units(numbers=()):
    """Return the units that have a lecture, in order.

    Args:
        numbers: list of str, such as "06" or "06_matrix_factorization"; if empty, all units.

    Returns:
        list of Unit.

    Raises:
        ValueError: if there is no such unit.
    """
    units = [Unit(path.stem) for path in sorted(ROOT.glob("notebooks/*.py"))]
    for number in numbers:
        if not any(number in (unit.number, unit.name) for unit in units):
            known = [unit.number for unit in units]
            raise ValueError(f"numbers must be among {known}, received {number!r}.")
    return [unit for unit in units if not numbers or {unit.number, unit.name} & set(numbers)]


def link_line(unit):
    """Return the line that leads from each part of a unit to the others, in Markdown.

    Args:
        unit: Unit.

    Returns:
        str, with links that hold in every folder, in JupyterLab and on the web page.
    """
    places = {
        "lecture": f"notebooks/{unit.name}.ipynb",
        "lab": f"labs/{unit.name}.ipynb",
        "solution": f"solutions/{unit.name}.ipynb",
        "slides": f"slides/{unit.name}.md",
        "all units": "README.md#units",
    }
    links = [f"[{label}](../{place})" for label, place in places.items()]
    return f"Unit {unit.number}: {' · '.join(links)}"


def _read(path):
    return path.read_text(encoding="utf-8")
