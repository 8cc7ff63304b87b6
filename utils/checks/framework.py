"""How the labs check an exercise: find the function, try it, say what happened, never block.

A check ends in one of these outcomes:

- not attempted: the function is still the stub of the lab;
- not run: there is no such function, for example because its cell has a syntax error;
- raised: the student's code stopped with an error, shown with the inputs it was given;
- no end: it did not come back within the time of the exercise, or was interrupted;
- not yours: it called the course's own answer;
- not yet: the function ran and its answer is wrong, with what was tested and what that suggests;
- right: one sentence to take away.

Unless the answer is right, the check puts the course's own function in place, so that the rest of
the lab runs; a second check still judges the student's last version. When nbgrader executes the
lab, anything but "right" raises, so that no points are given; `utils.tools.graded_checks` sees to
it that a line of the notebook cannot prevent that.
"""

import ast
import copy
import functools
import html
import inspect
import os
import signal
import sys
import textwrap
import threading
import time
import traceback
from _thread import interrupt_main
from contextlib import contextmanager
from dataclasses import dataclass

from IPython import get_ipython
from IPython.display import display

from utils import progress
from utils.checks.compare import NotYet, as_array, describe, is_same, show

RIGHT, WRONG, OPEN = (
    "#0072B2",
    "#D55E00",
    "#999999",
)  # colors safe for color-blind readers
COLORS = {"right": RIGHT, "not attempted": OPEN}
OWN_ANSWER = "This calls the course's own `{}`. Write the body yourself."


class CheckFailed(Exception):
    """What a check raises under nbgrader when the answer is not right."""

    def _render_traceback_(self):
        """Let IPython show the message alone: the way to it through the course helps nobody."""
        return str(self).splitlines()


class _Ended(Exception):
    """An answer was not judged by its result; carries the Outcome's kind and text."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True)
class Outcome:
    """What a check found: its kind, and the text for the student."""

    kind: str
    text: str

    def __repr__(self):
        return self.text

    def _repr_html_(self):
        return (
            f'<pre style="border-left: 4px solid {COLORS.get(self.kind, WRONG)}; '
            "padding-left: 0.8em; white-space: pre-wrap; word-break: normal; "
            f'overflow-wrap: anywhere">{html.escape(self.text)}</pre>'
        )


@dataclass(frozen=True)
class _Exercise:
    """What a lab knows of one exercise; see `Lab.exercise`."""

    test: object
    reference: object
    takeaway: str
    hints: list
    seconds: float
    also: tuple


class Lab:
    """The exercises of one lab.

    A module of `utils.checks` makes one, registers its exercises with `exercise`, and hands out
    `hint`, `summary` and `to_numpy` to the student:

        lab = Lab()
        hint, summary, to_numpy = lab.hint, lab.summary, lab.to_numpy

        @lab.exercise(course_function, takeaway="...", hints=["...", "..."])
        def one_hot(answer):
            expect_close(answer([2], 3), [[0, 0, 1]], "one_hot([2], 3)")

    In the lab, `check.one_hot()` then judges the function `one_hot` of the notebook.
    """

    def __init__(self):
        self.outcomes = {}
        self.is_graded = bool(os.environ.get("NBGRADER_EXECUTION"))
        self._exercises = {}
        self._hints_given = {}

    def exercise(self, reference, *, takeaway, hints, seconds=30.0, also=()):
        """Turn a test of an answer into a check; its name is the name of the exercise.

        Args:
            reference: the course's own function, put in place when the answer is not right.
            takeaway: str, shown with a right answer.
            hints: list of str, from a nudge to nearly the answer.
            seconds: float, how long all calls of the answer may take together.
            also: functions of the course that are the answer too, under other names.

        Returns:
            A decorator for a function `test(answer)`. It calls `answer` like the student's
            function and raises `NotYet` (or lets an `expect_*` raise it) if the result is wrong.
        """

        def decorate(test):
            name = test.__name__
            self.outcomes[name] = None
            self._exercises[name] = _Exercise(
                test, reference, takeaway, hints, seconds, tuple(also)
            )

            def check():
                outcome = self.judge(name, get_ipython().user_ns)
                if self.is_graded and outcome.kind != "right":
                    raise CheckFailed(outcome.text)
                progress.keep(test.__module__.rsplit(".", 1)[-1], name, outcome.kind)
                display(outcome)

            check.__name__ = name
            check.__doc__ = f"Judge the function `{name}` of this notebook and say what was found."
            return check

        return decorate

    def judge(self, name, namespace):
        """Judge the function of a name, and put the course's own in its place if it is not right.

        Args:
            name: str, the exercise.
            namespace: dict, the names of the notebook; changed where the answer is not right.

        Returns:
            Outcome.
        """
        attempt = _students_version(namespace.get(name))
        reference = self._exercises[name].reference
        try:
            _require_function(name, attempt, namespace)
            for known in (reference, *self._exercises[name].also):
                if _is_same(attempt, known):
                    raise _Ended("not yours", OWN_ANSWER.format(known.__name__))
            outcome = self._try(name, attempt, namespace)
        except _Ended as end:
            outcome = Outcome(end.kind, f"{name}: {end.kind}. {end}")
        except KeyboardInterrupt:
            outcome = Outcome("no end", f"{name}: no end. The check was interrupted.")
        if outcome.kind != "right":
            namespace[name] = _stand_in(reference, attempt)
            outcome = Outcome(
                outcome.kind,
                f"{outcome.text}\nThe lab goes on with the course's own function. "
                f'For a hint, run check.hint("{name}") in a new cell.',
            )
        self.outcomes[name] = outcome
        return outcome

    def hint(self, name):
        """Print the next hint of an exercise; each call goes one hint further.

        Args:
            name: str, the exercise, for example `hint("one_hot")`.

        Raises:
            ValueError: if the lab has no such exercise.
        """
        if name not in self._exercises:
            known = ", ".join(repr(known) for known in self._exercises)
            raise ValueError(f"name must be one of {known}, received {name!r}.")
        hints = self._exercises[name].hints
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

    def _try(self, name, attempt, namespace):
        exercise = self._exercises[name]
        namespace[name] = attempt  # a function that calls itself must find itself
        answer = _Answer(name, attempt, exercise, namespace)
        try:
            exercise.test(answer)
            answer.expect_inputs_unchanged()
        except NotYet as error:
            raise _Ended("not yet", str(error)) from error
        except _Ended:
            raise
        except Exception as error:  # an answer of a kind that the test did not foresee
            raise _Ended(
                "not yet",
                f"The check could not use what your function returned ({describe(error)}).",
            ) from error
        return Outcome("right", f"{name}: right. {exercise.takeaway}")


class _Answer:
    """The student's function: gets copies of its inputs, and its errors are told with them."""

    def __init__(self, name, function, exercise, namespace):
        self.name, self.function, self.namespace = name, function, namespace
        self.own_answers, self.seconds = (exercise.reference, *exercise.also), exercise.seconds
        self._left = exercise.seconds
        self._changed = None

    def __call__(self, *arguments):
        given = copy.deepcopy(arguments)
        started = time.monotonic()
        try:
            with (
                _trap(self.name, self.own_answers, self.namespace),
                _time_limit(self._left),
            ):
                result = self.function(*given)
        except KeyboardInterrupt as error:
            raise _Ended("no end", self._no_end(started, arguments)) from error
        except _Ended:
            raise
        except (Exception, SystemExit) as error:
            frames = traceback.extract_tb(error.__traceback__)
            if isinstance(error, NotImplementedError) and len(frames) == 2:  # the stub itself
                raise _Ended(
                    "not attempted",
                    "Replace `raise NotImplementedError()` by your code, run that cell, then "
                    "this one.",
                ) from error
            raise _Ended("raised", self._story(error, frames, arguments)) from error
        self._left -= time.monotonic() - started
        for name, before, after in zip(self._names(arguments), arguments, given, strict=False):
            if not is_same(before, after):
                self._changed = name
        if result is None:
            raise NotYet(
                f"With the inputs\n{self.named(arguments)}\nyour function returned None. "
                f"{_why_none(self.function)}"
            )
        return result

    def expect_inputs_unchanged(self):
        """Raise NotYet if a call wrote into its inputs; told last, when the results are right."""
        if self._changed:
            raise NotYet(
                f"The result is right, but your function changed its input `{self._changed}`, "
                "which whoever called it may still need. Work on a copy."
            )

    def _no_end(self, started, arguments):
        took = time.monotonic() - started
        reason = (
            f"It was stopped after {self.seconds:g} seconds, the time of this exercise. Does "
            "every way through its loops come closer to their end?"
            if took >= self._left
            else f"It was interrupted after {took:.0f} seconds."
        )
        return f"Your function did not come back. {reason}\nIt was called with\n" + self.named(
            arguments
        )

    def _story(self, error, frames, arguments):
        own = [frame for frame in frames if frame.filename == _file_of(self.function)]
        where = f" in line {own[-1].lineno} of your cell: {own[-1].line}" if own else ""
        return (
            f"Your code raised an error.\n{describe(error)}{where}\n"
            f"It was called with\n{self.named(arguments)}"
        )

    def named(self, arguments):
        """Return the arguments of a call as text, one line for each, under the student's names."""
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


def _require_function(name, attempt, namespace):
    """End the check if the notebook has no function of the name, or its cell did not run."""
    cells = [cell for cell in namespace.get("In", []) if f"def {name}(" in cell]
    try:
        ast.parse(cells[-1] if cells else "")
    except SyntaxError as error:
        raise _Ended(
            "not run",
            f"The cell with your function did not run: {type(error).__name__} in its line "
            f"{error.lineno}, {error.msg}.\n  {(error.text or '').rstrip()}",
        ) from error
    if attempt is None:
        raise _Ended(
            "not run",
            f"There is no function `{name}` in this notebook. Run the cell above; if it stops "
            "with an error, mend that first.",
        )
    if not callable(attempt):
        raise _Ended("not yet", f"`{name}` must be a function; here it is {show(attempt)}.")


@contextmanager
def _time_limit(seconds):
    """Interrupt what runs inside after some seconds, as Ctrl+C would, and again until it ends.

    An interrupt that is on its way when the end is reached is dropped: it would reach a later cell.
    """
    done, is_over = threading.Event(), []
    usual = signal.getsignal(signal.SIGINT)

    def watch():
        wait = seconds
        while not done.wait(wait):
            interrupt_main()
            wait = 1  # code that catches everything is interrupted once more

    def interrupt(number, frame):
        if not is_over:
            raise KeyboardInterrupt

    watcher = threading.Thread(target=watch, daemon=True)
    signal.signal(signal.SIGINT, interrupt)
    try:
        watcher.start()
        try:
            yield
        finally:
            is_over.append(True)
    finally:
        done.set()
        watcher.join()
        signal.signal(signal.SIGINT, usual)


@contextmanager
def _trap(name, own_answers, namespace):
    """Let the course's own answer end the check where the student's function calls it.

    The course's own code may go on calling it: a helper that an answer may use stays usable.
    """
    modules = [module for key, module in sys.modules.items() if key.split(".")[0] == "utils"]
    places = [
        (names, key, value)
        for names in [*map(vars, modules), namespace]
        for key, value in list(names.items())
        if any(_is_same(value, own) for own in own_answers) or _is_course_function(value, name)
    ]
    for names, key, value in places:
        names[key] = _guarded(value)
    try:
        yield
    finally:
        for names, key, value in places:
            names[key] = value


def _guarded(function):
    """Return a function that ends the check unless the course's own code calls it."""

    @functools.wraps(function)
    def guarded(*arguments, **named):
        caller = sys._getframe(1).f_globals.get("__name__", "")
        if caller.startswith("utils."):
            return function(*arguments, **named)
        raise _Ended("not yours", OWN_ANSWER.format(function.__name__))

    return guarded


def _stand_in(reference, attempt):
    """Return a function that does what the course's does and remembers what it replaces."""

    @functools.wraps(reference)
    def stand_in(*arguments, **named):
        return reference(*arguments, **named)

    stand_in.replaces = attempt
    return stand_in


def _students_version(function):
    """Return what a stand-in replaces, or the function itself if it is none."""
    is_stand_in = inspect.isfunction(function) and hasattr(function, "replaces")
    return function.replaces if is_stand_in else function


def _is_same(value, reference):
    """Tell whether a value is the course's function, also where its module was loaded twice."""
    return value is reference or (
        inspect.isfunction(value)
        and value.__module__ == reference.__module__
        and value.__qualname__ == reference.__qualname__
    )


def _is_course_function(value, name):
    return (
        inspect.isfunction(value)
        and value.__name__ == name
        and (value.__module__ or "").startswith("utils.units")
    )


def _why_none(function):
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return "Is a `return` missing?"
    if not any(isinstance(node, ast.Return) and node.value for node in ast.walk(tree)):
        return "It has no `return`."
    if not _always_returns(tree.body[0].body):
        return "One way through it ends without a `return`."
    return "What it returns is None: some functions change their input and return nothing."


def _always_returns(statements):
    """Tell whether every way through these statements ends in a `return` or a `raise`."""
    last = statements[-1]
    if isinstance(last, ast.If):
        return bool(last.orelse) and all(map(_always_returns, (last.body, last.orelse)))
    if isinstance(last, ast.With):
        return _always_returns(last.body)
    return isinstance(last, (ast.Return, ast.Raise))


def _file_of(function):
    code = getattr(function, "__code__", None)
    return code.co_filename if code else None
