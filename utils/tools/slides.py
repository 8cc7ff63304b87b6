"""Build the decks of slides/ into slides/_build/decks, and their PDFs into slides/_build/pdf.

python -m utils.tools.slides          pages for a browser, also without network: `make slides`
python -m utils.tools.slides 06       one deck
python -m utils.tools.slides pdf      also a PDF and a handout per deck: `make slides-pdf`
"""

import hashlib
import os
import re
import shutil
import sys

from playwright.sync_api import Error
from sphinx.cmd.build import build_main

from utils.tools.browser import HOW_TO_INSTALL, SCREEN, find_chromium, open_browser
from utils.tools.course import ROOT, find_units
from utils.tools.environment import leave_out_settings
from utils.tools.source import digest

SOURCES = ROOT / "slides"
BUILT = SOURCES / "_build" / "decks"


def main(arguments):
    """Build what the command line asks for; return 0, or 1 if something is wrong.

    Args:
        arguments: list of str, numbers of units and "pdf".
    """
    numbers = [argument for argument in arguments if argument != "pdf"]
    try:
        decks = [unit.deck for unit in find_units(numbers)] if numbers else find_decks()
    except ValueError as error:
        print(f"Usage: python -m utils.tools.slides [06 ...] [pdf]. {error}", file=sys.stderr)
        return 1
    leave_out_settings()
    faults = [deck.name for deck in decks if build(deck)]
    if faults:
        print(f"Not built: {', '.join(faults)}", file=sys.stderr)
        return 1
    first = BUILT / f"{decks[0].stem}.html"
    print(f"\nOpen this page in a browser, S shows the notes: {first.as_uri()}")
    if len(numbers) == len(arguments):
        return 0
    return print_decks([BUILT / f"{deck.stem}.html" for deck in decks], BUILT.parent / "pdf")


def find_decks():
    """Return the Paths of the sources of all decks, the one with the map of the course first."""
    return [SOURCES / "index.md", *sorted(SOURCES.glob("[0-9]*.md"))]


def build(deck, target=BUILT):
    """Turn a deck into a page; cells are run again only if what they use has changed.

    Args:
        deck: Path of a .md file.
        target: Path of the folder to write to.

    Returns:
        0, or another number if the deck has a mistake; Sphinx has printed what it is.
    """
    others = [path.name for path in deck.parent.glob("*.md") if path != deck]
    options = {
        "root_doc": deck.stem,
        "exclude_patterns": ",".join(["_build", *others]),
        "nb_execution_cache_path": keep_outputs(deck),
    }
    return build_main(
        ["-b", "revealjs", "-E", "-q", "-W", "--keep-going", "-c", str(SOURCES)]
        + ["-d", str(target / ".doctrees" / deck.stem)]
        + [f"-D{name}={value}" for name, value in options.items()]
        + [str(deck.parent), str(target)]
    )


def keep_outputs(deck):
    """Return the Path of the folder for what the cells of a deck print, made with this code.

    Args:
        deck: Path of a .md file.
    """
    text = deck.read_text(encoding="utf-8")
    cells = re.findall(r"^```\{code-cell\}.*\n(?::.*\n)*(.*?)^```$", text, flags=re.M | re.S)
    names = [path.name for path in find_decks()]  # for the map
    parts = ["\n".join(cells), digest("\n".join(cells)), *names]
    parts += [path.read_text("utf-8") for path in sorted(ROOT.glob("data/results/*.json"))]
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    folder = BUILT.parent / "cache" / deck.stem
    for old in folder.glob("*"):
        if old.name != name:
            shutil.rmtree(old)
    return folder / name


def print_decks(decks, folder):
    """Write a PDF of each deck, and a handout in which the notes follow each slide.

    Args:
        decks: list of Paths of built decks.
        folder: Path of the folder to write to; made if it does not exist.

    Returns:
        0, or 1 if there is no browser to print with.
    """
    if find_chromium() is None:
        print(f"Printing needs Chromium or Chrome. {HOW_TO_INSTALL}", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    with open_browser() as browser:
        page = browser.new_page(viewport=SCREEN)
        page.add_init_script("addEventListener('pdf-ready', () => (window.pagesAreCut = true))")
        for deck in decks:
            for name, query in (
                (deck.stem, "print-pdf"),
                (f"{deck.stem}_handout", "print-pdf&showNotes=separate-page"),
            ):
                page.goto(f"{deck.as_uri()}?{query}")
                wait_until_ready(page)
                # reveal.js cuts the deck into pages after it calls itself ready.
                page.wait_for_function("window.pagesAreCut")
                num_pages = page.locator(".pdf-page, .speaker-notes-pdf").count()
                partial = folder / f"{name}.pdf.partial"
                page.pdf(
                    path=partial,
                    page_ranges=f"1-{num_pages}",  # or an empty page follows the last note
                    prefer_css_page_size=True,
                    tagged=True,
                    outline=True,
                )
                os.replace(partial, folder / f"{name}.pdf")
                print(f"written  {folder / name}.pdf")
    return 0


def wait_until_ready(page):
    """Wait until reveal.js has laid out the deck and MathJax has drawn its formulas.

    Args:
        page: playwright Page with a deck.

    Raises:
        RuntimeError: if that takes more than 30 seconds.
    """
    try:
        page.wait_for_function("window.Reveal && Reveal.isReady()", timeout=30_000)
        page.evaluate("window.MathJax ? MathJax.startup.promise.then(() => true) : true")
        page.evaluate("document.fonts.ready.then(() => true)")
    except Error as error:
        raise RuntimeError(f"The deck {page.url} does not start: {error}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
