"""Build the decks of slides/ into slides/_build/decks, and their PDFs into slides/_build/pdf.

python -m utils.tools.slides          pages for a browser, also without network: `make slides`
python -m utils.tools.slides pdf      the same, then a PDF and a handout per deck: `make slides-pdf`
"""

import hashlib
import os
import shutil
import sys

from playwright.sync_api import Error
from sphinx.cmd.build import build_main

from utils.tools.browser import HOW_TO_INSTALL, SCREEN, find_chromium, open_browser
from utils.tools.course import ROOT

SOURCES = ROOT / "slides"
BUILT = SOURCES / "_build" / "decks"


def main():
    """Build what the command line asks for; return 0, or 1 if something is wrong."""
    if sys.argv[1:] not in ([], ["pdf"]):
        print(
            f"Usage: python -m utils.tools.slides [pdf], received {sys.argv[1:]}.", file=sys.stderr
        )
        return 1
    if build():
        return 1
    print(f"\nOpen this page in a browser, S shows the notes: {(BUILT / 'index.html').as_uri()}")
    return print_decks(find_decks(), BUILT.parent / "pdf") if sys.argv[1:] else 0


def build(sources=SOURCES, target=BUILT):
    """Turn every deck of a folder into a page; cells whose helpers are unchanged are not run again.

    Args:
        sources: Path of a folder with conf.py and decks.
        target: Path of the folder to write to; what cells printed is kept beside it.

    Returns:
        0, or another number if a deck has a mistake; Sphinx has printed what it is.
    """
    parts = [*sorted(ROOT.glob("utils/**/*.py")), *sorted(ROOT.glob("data/results/*.json"))]
    contents = [part.read_bytes() for part in parts]
    names = [path.name.encode() for path in sorted(sources.glob("*.md"))]  # for the map
    digest = hashlib.sha256(b"\0".join(contents + names)).hexdigest()
    caches = target.parent / "cache"
    for cache in caches.glob("*"):
        if cache.name != digest:
            shutil.rmtree(cache)
    return build_main(
        ["-b", "revealjs", "-E", "-q", "-W", "--keep-going", "-c", str(SOURCES)]
        + ["-D", f"nb_execution_cache_path={caches / digest}"]
        + [str(sources), str(target)]
    )


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


def find_decks(target=BUILT):
    """Return the paths of the built decks, the one with the map of the course first."""
    names = sorted(path.stem for path in SOURCES.glob("[0-9]*.md"))
    return [target / f"{name}.html" for name in ["index", *names]]


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
    sys.exit(main())
