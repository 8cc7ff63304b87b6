"""The settings of nbgrader; `make handout` puts this file beside source/ and submitted/."""

import os
import sys

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor, TagRemovePreprocessor
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import (
    ClearHiddenTests,
    DeduplicateIds,
    Execute,
    GetGrades,
)
from traitlets.config import get_config

from utils.tools.build import PLACE_FOR_WORDS
from utils.tools.environment import leave_out_settings
from utils.tools.grading_steps import AddHiddenTests, FeedbackPage, MendCells, RunSubmission

c = get_config()
leave_out_settings()
# nbgrader starts a program that lies beside this Python by its name.
os.environ["PATH"] = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
# The models are small: more threads than one only wait for one another.
for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# The labs are part of the course; a file of that name beside a submission is none.
c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.py", "*.so", "*.pth"]

# How Moodle names the files of an assignment in its zip; other systems need another pattern.
c.FileNameCollectorPlugin.named_regexp = (
    r".*/(?P<student_id>[^/]+?)_\d+_assignsubmission_file.*?/(?P<file_id>\w+)[^/]*"
)

# Release. Text cells tagged `solution` are rubrics and answers; students do not get them.
c.GenerateAssignment.preprocessors = [
    TagRemovePreprocessor,
    AddHiddenTests,
    *GenerateAssignment.class_traits()["preprocessors"].default(),
]
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"solution"}
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}
c.ClearSolutions.text_stub = PLACE_FOR_WORDS

# Grading. One submission stops no other one, and none takes longer than ten minutes.
own = {DeduplicateIds: MendCells, Execute: RunSubmission}
for steps in ("sanitize_preprocessors", "autograde_preprocessors"):
    usual = Autograde.class_traits()[steps].default()
    c.Autograde[steps] = [own.get(step, step) for step in usual]
c.MendCells.judge_deleted_checks = False  # True: a check that was deleted is put back and judged
c.RunSubmission.seconds = 600
c.RunSubmission.timeout = 120  # of one cell
c.RunSubmission.raise_on_iopub_timeout = False
c.RunSubmission.error_on_timeout = {
    "ename": "OutOfTime",
    "evalue": "",
    "traceback": ["This cell did not come to its end and was stopped."],
}
c.LimitOutput.max_lines = 300

# Feedback. The student sees the message of a check, not how it was called for grading.
c.GenerateFeedback.exporter_class = FeedbackPage
c.GenerateFeedback.preprocessors = [GetGrades, ClearHiddenTests, CSSHTMLHeaderPreprocessor]
