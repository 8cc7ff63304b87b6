"""How the labs check an exercise: try the student's function, say what happened, never block.

A check ends in one of four outcomes:

- not attempted: the function is still the stub of the lab;
- raised: the student's code stopped with an error, shown with the inputs it was given;
- not yet: the function ran and its answer is wrong, with what was tested and what that suggests;
- right: one sentence to take away.

Unless the answer is right, the check returns the course's own function, so that the rest of the
lab runs. When nbgrader executes the lab, anything but "right" raises, so that no points are given.
"""

import copy
import html
import inspect
import os
import traceback
from dataclasses import dataclass

from IPython import get_ipython
from IPython.display import display

from utils.checks.compare import NotYet, as_array, describe, is_same, show

COLORS = {"right": "#0072B2", "not yet": "#D55E00", "raised": "#D55E00", "not attempted": "#999999"}


class CheckFailed(Exception):
    """What a check raises under nbgrader when the answer is not right."""


class _NotAttempted(Exception):
    """The student's function is still the stub."""


class _Raised(Exception):
    """The student's code raised an error; the text says where and with which inputs."""


@dataclass(frozen=True)
class Outcome:
    """What a check found: one of the four kinds, and the text for the student."""

    kind: str
    text: str

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        return (
            f'<pre style="border-left: 4px solid {COLORS[self.kind]}; padding-left: 0.8em; '
            'white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere">'
            f"{html.escape(self.text)}</pre>"
        )


class Lab:
    """The exercises of one lab.

    A module of `utils.checks` makes one, registers its exercises with `exercise`, and hands out
    `hint`, `summary` and `to_numpy` to the student:

        lab = Lab()
        hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy

        @lab.exercise(course_function, takeaway="...", hints=["...", "..."])
        def one_hot(answer):
            expect_close(answer([2], 3), [[0, 0, 1]], "one_hot([2], 3)")
    """

    def __init__(self):
        self.outcomes = {}
        self._hints = {}
        self._hints_given = {}

    def exercise(self, reference, *, takeaway, hints):
        """Turn a test of an answer into a check; its name is the name of the exercise.

        Args:
            reference: the course's own function, used when the answer is not right.
            takeaway: str, shown with a right answer.
            hints: list of str, from a nudge to nearly the answer.

        Returns:
            A decorator for a function `test(answer)`. It calls `answer` like the student's
            function and raises `NotYet` (or lets an `expect_*` raise it) if the result is wrong.
        """

        def decorate(test):
            name = test.__name__
            self.outcomes[name] = None
            self._hints[name] = hints

            def check(attempt):
                outcome = _try(test, name, attempt, reference, takeaway)
                self.outcomes[name] = outcome
                if os.environ.get("NBGRADER_EXECUTION") and outcome.kind != "right":
                    _put_in_notebook(name, reference)
                    raise CheckFailed(outcome.text)
                display(outcome)
                return attempt if outcome.kind == "right" else reference

            check.__name__ = name
            check.__doc__ = f"Check the exercise `{name}` and return a function the lab can use."
            return check

        return decorate

    def hint(self, name):
        """Print the next hint of an exercise; each call goes one hint further.

        Args:
            name: str, the exercise, for example `hint("one_hot")`.

        Raises:
            ValueError: if the lab has no such exercise.
        """
        if name not in self._hints:
            known = ", ".join(repr(known) for known in self._hints)
            raise ValueError(f"name must be one of {known}, received {name!r}.")
        hints = self._hints[name]
        number = min(self._hints_given.get(name, 0) + 1, len(hints))
        self._hints_given[name] = number
        last = "" if number < len(hints) else " This is the last hint."
        print(f"Hint {number} of {len(hints)}: {hints[number - 1]}{last}")

    def summary(self):
        """Print which exercises are done and which are open."""
        kinds = [
            outcome.kind if outcome else "its check has not run"
            for outcome in self.outcomes.values()
        ]
        print(f"{kinds.count('right')} of {len(kinds)} exercises done.")
        for name, kind in zip(self.outcomes, kinds, strict=True):
            print(f"  {name}: {'done' if kind == 'right' else f'open, {kind}'}")

    @staticmethod
    def to_numpy(result):
        """Return what a student's function returned as an array, so that the lab can go on.

        Args:
            result: numbers in a list, a tensor, a table or a sparse matrix.
        """
        return as_array(result, "The result")


def _try(test, name, attempt, reference, takeaway):
    if attempt is reference:
        return Outcome(
            "not attempted",
            f"{name}: not attempted. This is the course's own function, put in place by the last "
            "check. Run the cell with your function again, then this one.",
        )
    if not callable(attempt):
        return Outcome(
            "not yet",
            f"{name}: not yet. The check needs the function itself, {name}, without parentheses; "
            f"it received {show(attempt)}.",
        )
    go_on = (
        "\nThe lab goes on with the course's own function. "
        f'For a hint, run check.hint("{name}") in a new cell.'
    )
    answer = _Answer(attempt)
    try:
        test(answer)
        answer.expect_inputs_unchanged()
    except _NotAttempted:
        return Outcome(
            "not attempted",
            f"{name}: not attempted. Replace `raise NotImplementedError()` by your code, run that "
            "cell, then this one." + go_on,
        )
    except _Raised as error:
        return Outcome("raised", f"{name}: your code raised an error.\n{error}{go_on}")
    except NotYet as error:
        return Outcome("not yet", f"{name}: not yet. {error}{go_on}")
    except Exception as error:  # an answer of a kind that the test did not foresee
        return Outcome(
            "not yet",
            f"{name}: not yet. The check could not use what your function returned "
            f"({describe(error)}).{go_on}",
        )
    return Outcome("right", f"{name}: right. {takeaway}")


class _Answer:
    """The student's function: gets copies of its inputs, and its errors are told with them."""

    def __init__(self, function):
        self.function = function
        self._changed = None

    def __call__(self, *arguments):
        given = copy.deepcopy(arguments)
        try:
            result = self.function(*given)
        except (Exception, SystemExit) as error:
            frames = traceback.extract_tb(error.__traceback__)
            if isinstance(error, NotImplementedError) and len(frames) == 2:
                raise _NotAttempted from error  # the stub itself, not something it calls
            raise _Raised(self._story(error, frames, arguments)) from error
        for name, before, after in zip(self._names(arguments), arguments, given, strict=False):
            if not is_same(before, after):
                self._changed = name
        if result is None:
            raise NotYet(
                f"With the inputs\n{self._inputs(arguments)}\nyour function returned None. "
                "Is a `return` missing?"
            )
        return result

    def expect_inputs_unchanged(self):
        """Raise NotYet if a call wrote into its inputs; told last, when the results are right."""
        if self._changed:
            raise NotYet(
                f"The result is right, but your function changed its input `{self._changed}`, "
                "which whoever called it may still need. Work on a copy."
            )

    def _story(self, error, frames, arguments):
        own = [frame for frame in frames if frame.filename == _file_of(self.function)]
        where = f" in line {own[-1].lineno} of your cell: {own[-1].line}" if own else ""
        return f"{describe(error)}{where}\nIt was called with\n{self._inputs(arguments)}"

    def _inputs(self, arguments):
        lines = []
        for name, value in zip(self._names(arguments), arguments, strict=False):
            lines.append(f"  {name} = " + show(value).replace("\n", "\n" + " " * (len(name) + 5)))
        return "\n".join(lines)

    def _names(self, arguments):
        try:
            names = list(inspect.signature(self.function).parameters)
        except (TypeError, ValueError):
            names = []
        return names + [f"argument {place + 1}" for place in range(len(names), len(arguments))]


def _file_of(function):
    code = getattr(function, "__code__", None)
    return code.co_filename if code else None


def _put_in_notebook(name, reference):
    """Let the cells after a failed check use the course's function, since nothing is assigned."""
    shell = get_ipython()
    if shell is not None:
        shell.user_ns[name] = reference
