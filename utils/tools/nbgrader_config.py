"""nbgrader's configuration for this course: copy it into the course folder, beside source/."""

from nbconvert.preprocessors import TagRemovePreprocessor
from nbgrader.converters import GenerateAssignment
from traitlets.config import get_config

c = get_config()

# Answers in words are cells tagged `solution`; students do not get them.
c.GenerateAssignment.preprocessors = [
    TagRemovePreprocessor,
    *GenerateAssignment.class_traits()["preprocessors"].default(),
]
c.TagRemovePreprocessor.enabled = True
c.TagRemovePreprocessor.remove_cell_tags = {"solution"}

# A lab trains small models: more than nbgrader's half minute for a cell on a busy machine.
c.ExecutePreprocessor.timeout = 300
