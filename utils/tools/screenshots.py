"""Take the pictures of README.md that show a slide and a lab: `make screenshots`."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from utils.tools import slides
from utils.tools.browser import SCREEN, open_browser, replace_cell, run_notebook, start_lab
from utils.tools.build import read_notebook
from utils.tools.course import ROOT

FOLDER = ROOT / "data" / "results"
SLIDE = ("04_dropout", "None, a bit, too much: the curves")
LAB = "labs/04_dropout.ipynb"
SIGNATURE = "def drop_films(vectors, rate, generator):"
WRONG = """    kept = generator.random((len(vectors), 1)) >= rate
    return vectors * kept  # what is missing?"""


def main():
    """Build the deck, take both pictures, and return 0, or 1 if the deck has a mistake."""
    if slides.build(slides.SOURCES / f"{SLIDE[0]}.md"):
        return 1
    with open_browser() as browser:
        take_slide(browser.new_page(viewport=SCREEN), FOLDER / "readme_slide.png")
        take_lab(browser.new_page(viewport=SCREEN), FOLDER / "readme_lab.png")
    return 0


def take_slide(page, target):
    """Take the picture of a slide, all its steps shown."""
    deck, heading = SLIDE
    page.goto((slides.BUILT / f"{deck}.html").as_uri())
    slides.wait_until_ready(page)
    headings = page.locator(".slides section > h1, .slides section > h2").all_text_contents()
    page.evaluate("place => Reveal.slide(place, 0, 99)", headings.index(heading))
    _take(page, target)


def take_lab(page, target):
    """Take the picture of a lab in JupyterLab: a wrong answer, and what its check says."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "labs").mkdir()
        shutil.copy(ROOT / LAB, folder / LAB)
        with start_lab(folder) as address:
            cells = read_notebook(folder / LAB).cells
            num_cells = sum(cell.cell_type == "code" for cell in cells)
            run_notebook(page, address(LAB), num_cells)
            cell = replace_cell(page, SIGNATURE, f"{SIGNATURE}\n{WRONG}")
            cell.evaluate("cell => cell.scrollIntoView({block: 'center'})")
            _take(page, target)


def _take(page, target):
    partial = target.with_suffix(".partial.png")
    page.screenshot(path=partial)
    os.replace(partial, target)


if __name__ == "__main__":
    sys.exit(main())
