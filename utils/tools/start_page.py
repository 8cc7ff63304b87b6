"""The page that JupyterLab opens on: what to read, what to solve, what is done so far.

It is written anew whenever JupyterLab asks for it, into start.md, which git ignores.
"""

import os
from pathlib import Path

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from utils import progress
from utils.tools.course import START_PAGE, find_units


class CourseContents(AsyncLargeFileManager):
    """The files of the course as JupyterLab sees them, with a start page that is up to date."""

    async def get(self, path, *arguments, **named):
        """Return a file or a folder; the start page is written first."""
        if path.strip("/") == START_PAGE:
            write(Path(self.root_dir) / START_PAGE)
        return await super().get(path, *arguments, **named)


def write(path):
    """Write the start page, unless it is there already; a reader never sees half of one.

    Args:
        path: Path of the file.
    """
    page = render(find_units(), progress.load())
    if not path.exists() or path.read_text(encoding="utf-8") != page:
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(page, encoding="utf-8")
        os.replace(partial, path)


def render(units, outcomes):
    """Return the start page in Markdown.

    Args:
        units: list of Unit, in order.
        outcomes: dict from a topic to a dict from an exercise to its outcome.
    """
    solved = {unit: _solved(unit, outcomes) for unit in units}
    num_solved, num_all = sum(map(len, solved.values())), sum(len(u.exercises) for u in units)
    lines = [
        "# Recommender systems with Keras",
        "Read the lecture, solve the lab, compare with the solution.",
        f"**{num_solved} of {num_all} exercises solved.** {_next(units, solved)}",
    ]
    lines += ["\n".join(_rows(units, solved))]
    lines += [
        "The last column follows the checks of your labs; they are kept on this machine, in "
        "`data/progress.json`. To see it move, choose Reload Markdown File from Disk in the menu "
        "File. Hours are those of lecture and lab together. Slides are shown here as they are "
        "written; `make slides` turns them into pages for a browser. More is in the "
        "[README](README.md)."
    ]
    return "\n\n".join(lines) + "\n"


def _rows(units, solved):
    """Return the lines of the table: a row per unit, and one above for each part of the course."""
    yield "| unit | read | solve | compare | first | hours | solved |"
    yield "|---|---|---|---|---|---|---|"
    for before, unit in zip([None, *units], units, strict=False):
        if before is None or before.part != unit.part:
            yield f"| *{unit.part}* |{' |' * 6}"
        cells = [
            f"**{unit.number} {unit.title}**<br>{unit.question}",
            f"[lecture](notebooks/{unit.name}.ipynb)<br>[slides](slides/{unit.name}.md)",
            f"[lab](labs/{unit.name}.ipynb)",
            _solution(unit),
            ", ".join(unit.needs) or "-",
            f"{unit.hours:g}" if unit.hours else "-",
            _bar(unit, solved[unit]),
        ]
        yield f"| {' | '.join(cells)} |"


def _solution(unit):
    """Return the link to the solution, or a dash: what a teacher hands out has none."""
    exists = unit.solution.with_suffix(".ipynb").is_file()
    return f"[solution](solutions/{unit.name}.ipynb)" if exists else "-"


def _solved(unit, outcomes):
    """Return the exercises of a unit that were right once, a set."""
    of_unit = outcomes.get(unit.topic, {})
    return {name for name in unit.exercises if of_unit.get(name) == progress.DONE}


def _bar(unit, solved):
    marks = "".join("●" if name in solved else "○" for name in unit.exercises)
    return f"{marks}<br>{len(solved)} of {len(unit.exercises)}"


def _next(units, solved):
    """Return where to go on: the first exercise that is open, in the order of the course."""
    for unit in units:
        for name in unit.exercises:
            if name not in solved[unit]:
                return (
                    f"Next: `{name}` in [lab {unit.number} {unit.title}](labs/{unit.name}.ipynb)."
                )
    return "That is all of them."
