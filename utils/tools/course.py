"""Where the parts of a unit lie: one name, such as 06_matrix_factorization, in every folder."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


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
