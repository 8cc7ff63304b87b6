"""Which tests belong to a unit, which stay together, and which come first."""

import re


def is_of_another(path, unit):
    """Tell whether a file holds nothing but tests of another unit.

    Args:
        path: Path of a file with tests.
        unit: Unit of the course.
    """
    if path.suffix == ".ipynb":
        return path.stem != unit.name
    return path.parent.name in ("units", "checks") and path.stem != f"test_{unit.topic}"


def belongs(nodeid, unit):
    """Tell whether a test is about a unit: its file or one of its parameters names the unit.

    Args:
        nodeid: str, what pytest calls the test.
        unit: Unit of the course.
    """
    words = re.split(r"\W+", nodeid)
    return any(
        word in (unit.topic, f"test_{unit.topic}") or word.startswith(unit.name) for word in words
    )


def stays_together(nodeid):
    """Return the name of the group whose tests run one after the other in one worker.

    That is the file, since its tests share what is slow to make; of the tests that are the same for
    every unit, it is the unit.
    """
    path, _, test = nodeid.partition("::")
    unit = re.search(r"\d\d_[a-z_]+", test.partition("[")[2])
    return f"{path} {unit[0]}" if unit and "/course/" in path else path


def rank(nodeid):
    """Return a number that is small for tests to begin with: what takes long comes first."""
    path = nodeid.partition("::")[0]
    return 0 if path.endswith(".ipynb") else 1 if "/course/" in path else 2
