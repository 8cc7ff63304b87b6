"""How Sphinx turns the decks of this folder into reveal.js pages; `make slides` calls it."""

project = "Recommender systems with Keras"
root_doc = "index"
exclude_patterns = ["_build"]

extensions = ["myst_nb", "sphinx.ext.mathjax", "sphinx_revealjs", "utils.tools.slides_extension"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "attrs_inline", "attrs_block"]

# Every cell is run; the cache is thrown away when a helper module or a result changes.
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_render_plugin = "course"  # takes the alt text from the figure, see utils.tools.slides_extension
nb_mime_priority_overrides = [
    ("revealjs", kind, place)
    for place, kind in enumerate(["image/svg+xml", "image/png", "text/markdown", "text/plain"])
]
nb_render_markdown_format = "myst"
suppress_warnings = ["toc.not_included"]  # a deck stands alone

html_favicon = "theme/favicon.svg"
revealjs_static_path = ["theme"]
revealjs_style_theme = "course.css"
revealjs_script_files = ["course.js"]
revealjs_script_plugins = [
    {"name": "RevealNotes", "src": "revealjs/plugin/notes/notes.js"},
    {"name": "RevealHighlight", "src": "revealjs/plugin/highlight/highlight.js"},
    {"name": "RevealSearch", "src": "revealjs/plugin/search/search.js"},
]
revealjs_script_conf = {
    "width": 1280,
    "height": 720,
    "margin": 0.04,
    "center": False,
    "hash": True,
    "slideNumber": "c/t",
    "transition": "none",
    "pdfSeparateFragments": False,
    "pdfMaxPagesPerSlide": 1,
}

mathjax_path = "tex-svg-full.js"
mathjax3_config = {
    "svg": {"fontCache": "local"},
    "options": {"enableMenu": False, "enableAssistiveMml": False},
    # Without these two a mistake in a formula stops its typesetting, and the tests see raw TeX.
    "tex": {"packages": {"[-]": ["noundefined", "noerrors"]}},
}
