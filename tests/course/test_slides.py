"""The decks: built from the course's own code, seen in a browser as the last row sees them."""

import re
import shutil
from functools import cache

import deck_audit
import pytest

from utils.tools import slides, slides_extension
from utils.tools.browser import HOW_TO_INSTALL, find_chromium, open_browser
from utils.tools.course import ROOT, Unit, find_units, link_line
from utils.tools.source import cut_out

SOURCES = {path.stem: path for path in slides.find_decks()}
each_unit = pytest.mark.parametrize("unit", [unit.name for unit in find_units()])
each_deck = pytest.mark.parametrize("deck", SOURCES)
needs_browser = pytest.mark.skipif(find_chromium() is None, reason=f"no browser. {HOW_TO_INSTALL}")

# As in the notebooks: decimals, percentages, and numbers with a thousands separator.
QUOTED_NUMBER = re.compile(r"(?<![\w.,-])(\d{1,3}(?:,\d{3})+|\d+\.\d+|\d+(?:\.\d+)?(?=%))")


def read(deck):
    return SOURCES[deck].read_text(encoding="utf-8")


def split_cells(text):
    """Return (code, prose) of a deck: what is executed or cut out, and what is written."""
    code = "\n".join(re.findall(r"^```\{code-cell\}$(.*?)^```$", text, flags=re.M | re.S))
    prose = re.sub(r"^```.*?^```$|^---$.*?^---$", "", text, flags=re.M | re.S)
    return code, prose


@each_unit
def test_every_unit_has_a_deck(unit):
    assert unit in SOURCES


@each_unit
def test_deck_fits_a_lecture(unit):
    text = read(unit)
    headings = re.findall(r"^##? (.+)$", split_cells(text)[1], flags=re.M)
    assert 20 <= len(headings) <= 40
    assert headings.count("Pause: open the lab") == 1
    notes = re.findall(r"^:::\{notes\} (\d+) min(?: (lab|extra))?$", text, flags=re.M)
    assert len(notes) == len(headings), "each slide has notes with its minutes"
    minutes = {
        kind: [int(time) for time, of in notes if of == kind] for kind in ("", "extra", "lab")
    }
    assert 40 <= sum(minutes[""]) <= 45, "the short way"
    assert 50 <= sum(minutes[""] + minutes["extra"]) <= 60, "the long way; 90 minutes with the lab"
    assert len(minutes["lab"]) == 1
    assert text.count("**Ask.**") >= 0.6 * len(headings)


@each_deck
def test_numbers_come_from_the_code(deck):
    code, prose = split_cells(read(deck))
    prose = re.sub(r"`[^`]*`|\$[^$]*\$|(?<=\])\([^)\s]*\)", "", prose)  # no code, no addresses
    known = {float(number) for number in re.findall(r"\d+(?:\.\d+)?", code.replace("_", ""))}
    for quoted in QUOTED_NUMBER.findall(prose):
        assert float(quoted.replace(",", "")) in known, f"{quoted}: typed by hand? Use glue."


def test_code_is_cut_out_without_its_docstring():
    code = cut_out("utils.units.dropout.dropout")
    assert code.startswith("def dropout(values, rate, generator):\n    if not 0 <= rate < 1:")
    assert '"""' not in code
    method = "utils.tools.slides_extension.RendererWithAlt.render_image"
    assert cut_out(method).startswith("def render_")


@pytest.mark.parametrize("name", ["utils.units.dropout.gone", "utils.gone.dropout"])
def test_code_that_is_gone_breaks_the_build(name):
    with pytest.raises(ValueError, match=f"received '{name}'"):
        cut_out(name)


@each_unit
def test_a_deck_names_the_notebooks_of_its_unit(unit):
    """Links that hold in the repository would lead nowhere from a stick."""
    source = [read(unit)]
    slides_extension.name_files(None, unit, source)
    changed = set(read(unit).splitlines()) ^ set(source[0].splitlines())
    names = f"Unit {unit[:2]}: `{unit}.ipynb` in `notebooks`, `labs` and `solutions`"
    assert changed == {link_line(Unit(unit)), names}


def test_the_other_decks_stay_as_they_are():
    source = [read("index")]
    slides_extension.name_files(None, "index", source)
    assert source == [read("index")]


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Return a function that builds a deck, once for all tests, and gives the Path of its page."""

    @cache
    def build(deck):
        folder = tmp_path_factory.mktemp(deck)
        message = "the deck has a mistake; Sphinx has printed it above"
        assert slides.build(SOURCES[deck], folder / "decks") == 0, message
        return folder / "decks" / f"{deck}.html"

    return build


@pytest.fixture
def browser():
    with open_browser() as browser:
        yield browser


@needs_browser
@each_deck
def test_deck_reads_well_and_walks_to_its_end(build, browser, deck):
    page, complaints = deck_audit.open_deck(browser, build(deck))
    seen = deck_audit.walk(page)
    assert sorted(set(seen)) == list(range(page_count(deck)))
    assert seen == sorted(seen)
    findings = deck_audit.look_at_slides(page)
    findings += deck_audit.check_access(page, is_dark=False)
    findings += deck_audit.check_access(page, is_dark=True)
    page.close()
    assert findings + complaints == []


@needs_browser
def test_the_short_way_leaves_out_the_extra_slides(build, browser):
    deck = "05_neighborhood"
    page, complaints = deck_audit.open_deck(browser, build(deck), "?minutes=45")
    seen = page.evaluate(
        "Reveal.getSlides().map(slide => slide.querySelector('.notes strong').textContent)"
    )
    page.close()
    times = re.findall(r"^:::\{notes\} (.+)$", read(deck), flags=re.M)
    assert seen == [time for time in times if not time.endswith("extra")]
    assert len(seen) == len(times) - 4
    assert complaints == []


@needs_browser
def test_code_is_as_large_as_its_slide_has_room_for(build, browser):
    page, _ = deck_audit.open_deck(browser, build("04_dropout"))
    sizes = []
    for place in range(page_count("04_dropout")):
        page.evaluate("place => Reveal.slide(place, 0, 99)", place)
        page.wait_for_timeout(20)  # the code grows once formulas are drawn
        size = page.evaluate(
            """() => {
              const code = Reveal.getCurrentSlide().querySelector("pre");
              return code ? parseFloat(getComputedStyle(code).fontSize) : null;
            }"""
        )
        if size is None:
            continue
        sizes.append(size)
        if size < 28:
            page.evaluate(
                "size => Reveal.getCurrentSlide().style.setProperty('--code-size', size)",
                f"{size + 2}px",
            )
            larger = page.evaluate(deck_audit.LOOK)
            assert any(finding.startswith(("overflow", "clipped")) for finding in larger), place
    page.close()
    assert max(sizes) == 28
    assert min(sizes) == 22


def test_a_built_deck_links_to_no_file_beside_it(build):
    page = build("04_dropout").read_text(encoding="utf-8")
    assert "04_dropout.ipynb" in page
    links = re.findall(r'<a [^>]*href="([^"]+)"', page)
    assert links
    assert [link for link in links if not link.startswith(("https://", "#"))] == []


def test_the_map_leads_to_every_deck(build):
    links = re.findall(r'href="(\d\d_\w+)\.html"', build("index").read_text(encoding="utf-8"))
    assert links == [deck for deck in SOURCES if deck != "index"]


@needs_browser
def test_every_slide_is_printed_and_every_note(build, tmp_path):
    assert slides.print_decks([build("index")], tmp_path) == 0
    for name, expected in (
        ("index", page_count("index")),
        ("index_handout", 2 * page_count("index")),
    ):
        pages = (tmp_path / f"{name}.pdf").read_bytes().count(b"/Type /Page\n")
        assert pages == expected, name


def page_count(deck):
    return len(re.findall(r"^##? ", split_cells(read(deck))[1], flags=re.M))


@needs_browser
def test_speaker_view_shows_notes_and_a_running_timer(build, browser):
    page, _ = deck_audit.open_deck(browser, build("index"))
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    speaker = opened.value
    notes = speaker.locator(".speaker-controls-notes .value")
    speaker.wait_for_function("document.querySelector('.value')?.innerText.includes('Say.')")
    assert "This deck opens the course" in notes.inner_text()
    seconds = "document.querySelector('.timer .seconds-value').innerText"
    before = speaker.evaluate(seconds)
    speaker.wait_for_function(f"{seconds} !== {before!r}", timeout=5_000)
    page.keyboard.press("ArrowRight")
    speaker.wait_for_function(
        "document.querySelector('.value').innerText.includes('Collect ideas')"
    )
    speaker.close()
    page.close()


@needs_browser
def test_every_planted_fault_is_found(browser, tmp_path):
    sources = tmp_path / "sources"
    sources.mkdir()
    here = ROOT / "tests"
    shutil.copy(here / "deck_with_faults.md", sources / "index.md")
    (sources / "point.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="90">'
        '<circle cx="9" cy="9" r="9"/></svg>'
    )
    assert slides.build(sources / "index.md", tmp_path / "built") == 0
    page, complaints = deck_audit.open_deck(browser, tmp_path / "built" / "index.html")
    findings = deck_audit.look_at_slides(page) + deck_audit.check_access(page, is_dark=False)
    page.close()
    planted = re.findall(r"^## (.+)$", (here / "deck_with_faults.md").read_text(), flags=re.M)
    for place, fault in enumerate(planted, start=2):
        if fault in ("outside", "console"):
            assert any(complaint.startswith(f"{fault}:") for complaint in complaints), fault
        else:
            assert any(finding.startswith(f"slide {place}: {fault}") for finding in findings), fault
    assert not [finding for finding in findings if finding.startswith("slide 1:")]
