"""What a student has done so far: the outcomes of the checks, kept in data/progress.json.

The start page of JupyterLab shows them. The file stays on this machine: git ignores it. What counts
are the notebooks of this folder that somebody has open in Jupyter, except the solutions, which are
the course's own work. Neither the tests nor nbgrader leave a trace.
"""

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "data" / "progress.json"
DONE = "right"
NOT_A_STUDENT = ("NBGRADER_EXECUTION", "PYTEST_CURRENT_TEST")


def keep(topic, exercise, outcome, place=PLACE):
    """Keep the outcome of a check; an exercise that was right once stays so.

    What cannot be written is not kept: nothing here may stop a lab.

    Args:
        topic: str, the name of the unit without its number, for example "embeddings".
        exercise: str, for example "one_hot".
        outcome: str, the kind of the outcome, for example "right" or "not yet".
        place: Path of the file.
    """
    if not _is_open_in_jupyter():
        return
    outcomes = load(place)
    of_topic = outcomes.setdefault(topic, {})
    if of_topic.get(exercise) in (DONE, outcome):
        return
    of_topic[exercise] = outcome
    # Two labs may be open at once: each writes a file of its own and puts it in place whole.
    partial = place.with_name(f"{place.name}.{secrets.token_hex(4)}.partial")
    with suppress(OSError):
        try:
            partial.write_text(json.dumps(outcomes, indent=1), encoding="utf-8")
            os.replace(partial, place)
        finally:
            partial.unlink(missing_ok=True)


def load(place=PLACE):
    """Return what was kept.

    Args:
        place: Path of the file.

    Returns:
        dict from a topic to a dict from an exercise to its outcome; empty if the file is missing
        or damaged.
    """
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        return {topic: dict(outcomes) for topic, outcomes in kept.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _is_open_in_jupyter():
    """Tell whether this kernel belongs to a notebook that a student of this course has open."""
    if any(name in os.environ for name in NOT_A_STUDENT):
        return False
    open_file = os.environ.get("JPY_SESSION_NAME")  # set by the server of Jupyter
    notebook = Path(open_file or "/").resolve()
    return notebook.is_relative_to(ROOT) and notebook.parent.name != "solutions"
