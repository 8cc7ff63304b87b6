"""What the decks need beyond Sphinx, MyST-NB and sphinx-revealjs.

    :::{notes} 2 min            what to say, in Markdown, and how long the slide takes
    :::{notes} 2 min extra      the same; with ?minutes=45 the slide is left out
    ```{code-of} utils.units.dropout.dropout
    :steps: 1|2-3               code cut out of a helper module, without its docstring

Figures keep the alt text that `utils.plotting.show` was given, and formulas are drawn by the
MathJax of the package sphinx-mathjax-offline. The links of the title slide become names of files.
"""

import re
import shutil
from importlib.metadata import files
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.render import NbElementRenderer
from sphinx.util.docutils import SphinxDirective

from utils.tools.source import cut_out


def setup(app):
    """Register the directives with Sphinx."""
    app.add_directive("notes", Notes)
    app.add_directive("code-of", CodeOf)
    app.add_node(notes, revealjs=(_open_notes, _close_notes))
    app.connect("builder-inited", copy_mathjax)
    app.connect("source-read", name_files)
    app.connect("doctree-read", name_languages)
    return {"version": "1", "parallel_read_safe": True}


class RendererWithAlt(NbElementRenderer):
    """Give every figure the alt text that its cell has stored beside it."""

    def render_image(self, data):
        """Return the image of one output, with its alt text."""
        (image,) = super().render_image(data)
        image["alt"] = data.output_metadata.get(data.mime_type, {}).get("alt", "")
        return [image]


class notes(nodes.Element):
    """What the instructor says on a slide; `time` is a text such as "2 min" or "2 min extra"."""


class Notes(SphinxDirective):
    """The speaker's notes of a slide, in Markdown; the argument says how long it takes."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        """Return the notes as one node."""
        return [notes("", *self.parse_content_to_nodes(), time=self.arguments[0])]


class CodeOf(SphinxDirective):
    """The code of a function or class of a helper module, without its docstring."""

    required_arguments = 1
    option_spec = {"steps": directives.unchanged}

    def run(self):
        """Return the code as one block, with the steps in which its lines are pointed out."""
        code = cut_out(self.arguments[0])
        block = nodes.literal_block(code, code, language="python", linenos=False)
        if "steps" in self.options:
            block["data-line-numbers"] = self.options["steps"]
        return [block]


def name_files(app, name, source):
    """Name the notebooks of the unit: a built deck may lie on a stick, far away from them."""
    names = f"`{name}.ipynb` in `notebooks`, `labs` and `solutions`"
    source[0] = re.sub(r"^(Unit \d\d: ).*", rf"\g<1>{names}", source[0], count=1, flags=re.M)


def name_languages(app, doctree):
    """Give code the name that the highlighter of reveal.js knows, and leave outputs uncolored."""
    for block in doctree.findall(nodes.literal_block):
        is_code = block.get("language") in ("ipython3", "python")
        block["language"] = "python" if is_code else "plaintext"


def copy_mathjax(app):
    """Put the one file of MathJax that draws all formulas beside the decks."""
    source = next(
        file for file in files("sphinx-mathjax-offline") if file.name == "tex-svg-full.js"
    )
    target = Path(app.outdir) / "_static"
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(source.locate(), target)


def _open_notes(translator, node):
    mark = " data-extra" if node["time"].endswith("extra") else ""
    translator.body.append(f'<aside class="notes"{mark}><p><strong>{node["time"]}</strong></p>\n')


def _close_notes(translator, node):
    translator.body.append("</aside>\n")
