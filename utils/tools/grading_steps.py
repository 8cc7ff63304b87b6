"""What grading does beyond nbgrader's own steps; `nbgrader_config.py` puts these in their places.

- `AddHiddenTests`, before release: the graded check cells get a hidden test.
- `MendCells`, before a submission runs: cells that were split, copied or deleted stop nothing.
- `RunSubmission`: points need a proof that the check came to its end; time and output are limited.
- `FeedbackPage`: one file that a browser shows without network, formulas included.
"""

import re
import secrets
import time
from importlib.metadata import files

from nbclient.exceptions import DeadKernelError
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Bool, Integer

from utils.tools.warm_kernel import WarmKernelManager

DELETED = "deleted-check"
HIDDEN_TEST = """\
### BEGIN HIDDEN TESTS
check = __import__("runpy").run_module("utils.tools.graded_checks")["load"]("{topic}")
### END HIDDEN TESTS
"""
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n.*?### END HIDDEN TESTS\n", re.S)
DELETED_TEXT = (
    "This check was deleted from the notebook and counts 0. Whoever grades can have it judged all "
    "the same: judge_deleted_checks in nbgrader_config.py."
)
NO_PROOF_TEXT = "The check did not come to its end, so that it counts 0."
NO_TIME_TEXT = (
    "This cell did not run: the cells before it used up the time of the lab ({:g} seconds)."
)
DIED_TEXT = "The kernel died in this cell: it was told to, or there was not enough memory."
NO_KERNEL_TEXT = "This cell did not run: the kernel died in a cell before it."
CUT_TEXT = "\n... The output of this cell is longer and was cut here.\n"
MATHJAX = re.compile(r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.S)
ENTRY = re.compile(r'<a href="#((?:check|words)_\w+)">[^<]*</a>')
STYLE = "<style>.output_error {border-left: 4px solid #D55E00}</style>"  # as in the labs
MATHJAX_SETTINGS = """\
<script>
MathJax = {
  tex: {inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]]},
  options: {enableMenu: false, skipHtmlTags: {"[+]": ["code"]}},
  svg: {fontCache: "local"},
};
</script>
"""


class AddHiddenTests(NbGraderPreprocessor):
    """Give each check a hidden test: nbgrader takes it out at release and puts it back to grade.

    It comes first in its cell and makes `check` the course's own again, so that what the notebook
    has done to that name, or to the modules behind it, does not count.
    """

    def preprocess(self, nb, resources):
        """Add the hidden tests to a solution; the topic is that of its line `... as check`."""
        topic = find_topic(nb)
        for cell in nb.cells:
            if is_check(cell) and "HIDDEN TESTS" not in cell.source:
                cell.source = HIDDEN_TEST.format(topic=topic) + cell.source
        return nb, resources


class MendCells(NbGraderPreprocessor):
    """Bring the graded cells of a submission back to what was handed out, whatever became of them.

    JupyterLab copies nbgrader's metadata when a cell is split or copied; other programs let
    students delete cells that are locked, or lose the metadata. Each cell that was handed out with
    points is there once afterwards, and all others are plain cells.
    """

    judge_deleted_checks = Bool(
        False, help="whether a check that was deleted is put back and judged; if not, it counts 0"
    ).tag(config=True)

    def preprocess(self, nb, resources):
        """Mend the cells of one submission; each change is said in the log."""
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as book:
            handed_out = book.find_notebook(names["notebook"], names["assignment"])
            sources = {cell.name: cell.to_dict() for cell in handed_out.source_cells}
            points = {cell.name: cell.max_score for cell in handed_out.grade_cells}
            answers = {cell.name for cell in handed_out.solution_cells}
        self.who = names["student"]
        self._drop_unknown(nb, sources)
        self._recognize(nb, sources)
        self._drop_copies(nb)
        for name, source in sources.items():
            if name not in places(nb) and name in points:
                self._put_back(nb, list(sources), source, name in answers)
        for name, place in places(nb).items():
            if sources[name]["locked"]:
                self._restore(nb.cells[place], name, sources[name]["source"])
            nb.cells[place].metadata["nbgrader"] = {
                "schema_version": 3,
                "grade_id": name,
                "grade": name in points,
                "solution": name in answers,
                "locked": sources[name]["locked"],
                "task": False,
                **({"points": points[name]} if name in points else {}),
            }
        return nb, resources

    def _drop_unknown(self, nb, sources):
        for cell in nb.cells:
            if "nbgrader" in cell.metadata and name_of(cell) not in sources:
                del cell.metadata["nbgrader"]

    def _recognize(self, nb, sources):
        """Name the locked cells that are as they were but have lost their metadata."""
        released = {
            HIDDEN.sub("", source["source"]): name
            for name, source in sources.items()
            if source["locked"]
        }
        known = places(nb)
        for cell in nb.cells:
            name = released.get(cell.source.strip())
            if name_of(cell) is None and name is not None and name not in known:
                cell.metadata["nbgrader"] = {"grade_id": name}

    def _drop_copies(self, nb):
        """Keep the last of several cells with the same metadata; texts are put together in it."""
        last = places(nb)
        for place, cell in enumerate(nb.cells):
            name = name_of(cell)
            if name is None or place == last[name]:
                continue
            self.log.warning("%s: the cell %s was split or copied.", self.who, name)
            del cell.metadata["nbgrader"]
            if cell.cell_type == "markdown":
                kept = nb.cells[last[name]]
                kept.source = f"{cell.source}\n\n{kept.source}"
                cell.source = "*The text that stood here is part of the answer below.*"

    def _restore(self, cell, name, source):
        """Set a locked cell to what it was, with its hidden test."""
        if cell.source.strip() not in (HIDDEN.sub("", source), source):
            self.log.warning("%s: the locked cell %s was changed.", self.who, name)
        cell.source = source

    def _put_back(self, nb, order, source, is_answer):
        """Add a cell that was deleted after the cell before it, or before the one after it."""
        name = source["name"]
        found = places(nb)
        rank = order.index(name)
        after = next((found[other] for other in order[rank + 1 :] if other in found), len(nb.cells))
        place = found[order[rank - 1]] + 1 if rank and order[rank - 1] in found else after
        if source["cell_type"] == "markdown":
            cell = new_markdown_cell(source["source"])
        else:
            cell = new_code_cell(source["source"])
            if not self.judge_deleted_checks:
                cell.metadata["tags"] = [DELETED]
        cell.metadata["nbgrader"] = {"grade_id": name}
        counts = "is judged" if self.judge_deleted_checks and not is_answer else "counts 0"
        self.log.warning("%s: the cell %s was deleted; it is back and %s.", self.who, name, counts)
        nb.cells.insert(place, cell)


class RunSubmission(Execute):
    """Run a submission; a check earns its points by a proof, not by the absence of an error.

    The proof is a random text that the cell returns after its check. It is made for one run and is
    not kept in the notebook, so that a cell that does not run at all earns nothing.
    """

    seconds = Integer(600, help="how long all cells of a submission may take together").tag(
        config=True
    )
    max_characters = Integer(
        1_000_000, help="how much output of one cell is kept, in characters"
    ).tag(config=True)

    def __init__(self, **settings):
        super().__init__(**{"kernel_manager_class": WarmKernelManager, **settings})

    def preprocess(self, nb, resources=None, km=None):
        """Run all cells of one submission."""
        self._started, self._is_alive = time.monotonic(), True
        return super().preprocess(nb, resources, km)

    def preprocess_cell(self, cell, resources, index):
        """Run one cell; the outputs of a check become its message and nothing else."""
        self._characters = 0
        if cell.cell_type != "code":
            return cell, resources
        if DELETED in cell.metadata.get("tags", []):
            cell.outputs = [error("CheckDeleted", DELETED_TEXT)]
        elif not self._is_alive:
            cell.outputs = [error("KernelDied", NO_KERNEL_TEXT)]
        elif self._left() <= 0:
            cell.outputs = [error("OutOfTime", NO_TIME_TEXT.format(self.seconds))]
        else:
            try:
                if is_check(cell):
                    self._run_check(cell, resources, index)
                else:
                    super().preprocess_cell(cell, resources, index)
            except DeadKernelError:
                self.log.warning("%s: the kernel died.", resources["nbgrader"]["student"])
                self._is_alive = False
                cell.outputs = [error("KernelDied", DIED_TEXT)]
        return cell, resources

    def _run_check(self, cell, resources, index):
        source, proof = cell.source, secrets.token_hex(16)
        cell.source = f"{source}\n{proof!r}"
        try:
            super().preprocess_cell(cell, resources, index)
        finally:
            cell.source = source
        errors = [output for output in cell.outputs if output.output_type == "error"]
        said = [output for output in cell.outputs if output.output_type == "display_data"]
        if not any(is_proof(output, proof) for output in cell.outputs):
            cell.outputs = errors[:1] or [error("CheckFailed", NO_PROOF_TEXT)]
        else:
            cell.outputs = said  # a warning on stderr would cost the points

    def output(self, outs, msg, display_id, cell_index):
        """Keep an output unless the cell has too much of it; errors are always kept."""
        if msg["msg_type"] == "error":
            return super().output(outs, msg, display_id, cell_index)
        left = self.max_characters - self._characters
        if left <= 0:
            return None
        content = msg["content"]
        if msg["msg_type"] == "stream":
            size = len(content["text"])
            if size > left:
                content["text"] = content["text"][:left] + CUT_TEXT
        else:
            size = sum(len(str(part)) for part in content.get("data", {}).values())
            if size > left:
                content["data"] = {"text/plain": CUT_TEXT}
        self._characters += size
        return super().output(outs, msg, display_id, cell_index)

    def _left(self):
        return self.seconds - (time.monotonic() - self._started)

    def _get_timeout(self, cell):
        return max(1, min(self.timeout, int(self._left())))


class FeedbackPage(HTMLExporter):
    """The page of nbgrader with the names of the checks in its list of points.

    Formulas are drawn by a MathJax that is part of the page, so that it needs no network.
    """

    anchor_link_text = ""

    def from_notebook_node(self, nb, resources=None, **kw):
        """Return the page and the resources of a graded notebook."""
        page, resources = super().from_notebook_node(nb, resources, **kw)
        drawn = ""
        if any(cell.cell_type == "markdown" and "$" in cell.source for cell in nb.cells):
            program = read_mathjax().replace("</script", "<\\/script")
            drawn = f"{MATHJAX_SETTINGS}<script>{program}</script>"
        page = ENTRY.sub(r'<a href="#\1">\1</a>', page)
        return MATHJAX.sub(lambda _: STYLE + drawn, page), resources


def find_topic(notebook):
    """Return the module of `utils.checks` that a notebook imports as `check`.

    Args:
        notebook: NotebookNode.

    Returns:
        str, for example "embeddings".

    Raises:
        ValueError: if it imports none.
    """
    for cell in notebook.cells:
        found = re.search(r"^from utils\.checks import (\w+) as check$", cell.source, flags=re.M)
        if found:
            return found[1]
    raise ValueError("The notebook has no line `from utils.checks import ... as check`.")


def is_check(cell):
    """Tell whether a cell is a graded check, and not an answer in words."""
    return cell.cell_type == "code" and is_grade(cell) and not is_solution(cell)


def name_of(cell):
    """Return nbgrader's name of a cell, or None if it has none or none that can be read."""
    data = cell.metadata.get("nbgrader")
    name = data.get("grade_id") if isinstance(data, dict) else None
    return name if isinstance(name, str) else None


def places(notebook):
    """Return where the cells that have a name stand: dict from name to the last such place."""
    named = {name_of(cell): place for place, cell in enumerate(notebook.cells)}
    named.pop(None, None)
    return named


def is_proof(output, proof):
    """Tell whether an output is what a check cell returns at its end."""
    is_result = output.output_type == "execute_result"
    return is_result and output.data.get("text/plain") == repr(proof)


def error(name, text):
    """Return an output that looks like an error of a cell and says a text."""
    return new_output("error", ename=name, evalue=text, traceback=[text])


def read_mathjax():
    """Return the one file of MathJax that draws all formulas, a str."""
    found = [file for file in files("sphinx-mathjax-offline") if file.name == "tex-svg-full.js"]
    return found[0].read_text(encoding="utf-8")
