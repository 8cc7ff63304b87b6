"""A student's evening in a real browser: open a lab, run it, try, fail, and be told why."""

import shutil

import nbformat
import pytest
from jupyterlab_server.workspaces_handler import WorkspacesManager

from utils.tools import build
from utils.tools.browser import (
    HOW_TO_INSTALL,
    SCREEN,
    find_chromium,
    open_browser,
    replace_cell,
    run_notebook,
    start_lab,
)
from utils.tools.course import ROOT
from utils.tools.lab import WORKSPACES

pytestmark = pytest.mark.skipif(find_chromium() is None, reason=f"no browser. {HOW_TO_INSTALL}")

WRONG = "    return np.where(generator.random((len(vectors), 1)) >= rate, vectors, 0)"
RIGHT = WRONG + " / (1 - rate)"


SLIDERS = """
import pandas as pd
from utils.figures import deep_recsys

def answer(stars):
    return pd.DataFrame({"title": list(stars), "stars": list(stars.values())})

deep_recsys.show_sliders(["Alien", "Fargo", "Toy Story", "Titanic"], answer)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Notebooks that a student may change; other tests run all cells of all labs and lectures."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "labs").mkdir()
    lab = build.read_notebook(ROOT / "labs" / "04_dropout.ipynb")
    first_check = next(place for place, cell in enumerate(lab.cells) if "check" in cell.metadata)
    del lab.cells[first_check + 1 :]
    build.write_notebook(lab, folder / "labs" / "04_dropout.ipynb")
    shutil.copy(ROOT / "notebooks" / "03_projection.ipynb", folder / "labs")
    cells = [nbformat.v4.new_code_cell(SLIDERS.strip())]
    sliders = nbformat.v4.new_notebook(cells=cells, metadata=lab.metadata)
    build.write_notebook(sliders, folder / "labs" / "sliders.ipynb")
    return folder


@pytest.fixture(scope="module")
def lab(folder):
    with start_lab(folder) as address:
        yield address


@pytest.fixture
def page():
    """A page of JupyterLab; no request may leave this machine."""
    outside = []
    with open_browser() as browser:
        page = browser.new_page(viewport=SCREEN)
        page.on(
            "request",
            lambda request: (
                "127.0.0.1" in request.url[:20]
                or request.url.startswith(("data:", "blob:"))
                or outside.append(request.url)
            ),
        )
        yield page
    assert outside == []


def code_cells(folder, name):
    cells = build.read_notebook(folder / name).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def read(folder, name):
    """Return {exercise: what its check printed} and all outputs of a saved notebook."""
    cells = code_cells(folder, name)
    said = {
        cell.metadata["check"]: "".join(output["data"]["text/plain"] for output in cell.outputs)
        for cell in cells
        if "check" in cell.metadata
    }
    return said, [output for cell in cells for output in cell.outputs]


def test_the_start_page_leads_to_a_lab_and_the_layout_of_the_reader_stays(lab, page):
    layouts = WorkspacesManager(str(WORKSPACES))
    before = layouts.load("default")
    page.goto(lab("start.md"))
    page.locator(".jp-RenderedMarkdown a[href*='labs/04_dropout']").first.click(timeout=60_000)
    page.locator(".jp-NotebookPanel:visible h1", has_text="04 Dropout").wait_for(timeout=60_000)
    page.wait_for_timeout(2_000)  # a layout is saved a moment after it has changed
    assert "notebook:labs/04_dropout.ipynb" in layouts.load("tests")["data"]
    assert layouts.load("default") == before


def test_a_lab_from_untouched_to_right(lab, folder, page):
    name = "labs/04_dropout.ipynb"
    run_notebook(page, lab(name), len(code_cells(folder, name)))
    said, outputs = read(folder, name)
    assert said.keys() == {"drop_films"}
    assert "drop_films: not attempted." in said["drop_films"]
    assert not [output for output in outputs if output.output_type == "error"]

    signature = "def drop_films(vectors, rate, generator):"
    replace_cell(page, signature, f"{signature}\n{WRONG}")
    said, _ = read(folder, name)
    assert "not yet" in said["drop_films"]
    assert "the mean falls" in said["drop_films"]

    replace_cell(page, signature, f"{signature}\n{RIGHT}")
    said, _ = read(folder, name)
    assert "right" in said["drop_films"]


def test_the_map_of_films_shows_titles_and_finds_them(lab, page):
    page.goto(lab("labs/03_projection.ipynb"))
    chart = page.locator(".vega-embed")
    chart.wait_for(state="attached", timeout=60_000)
    chart.scroll_into_view_if_needed()
    canvas = chart.locator("canvas, svg.marks").first
    before = canvas.screenshot()
    chart.locator("input[type=search]").fill("star wars")
    page.wait_for_timeout(1_000)
    after = canvas.screenshot()
    assert before != after, "the search changes nothing on the map"
    box = canvas.bounding_box()
    title = page.locator("#vg-tooltip-element.visible")
    for place in range(40):  # from the left to the right through the middle of the map
        page.mouse.move(box["x"] + box["width"] * place / 60, box["y"] + box["height"] / 2)
        page.wait_for_timeout(50)
        if title.count():
            break
    assert "genre" in title.inner_text()


def test_the_sliders_change_the_recommendations(lab, folder, page):
    name = "labs/sliders.ipynb"
    run_notebook(page, lab(name), len(code_cells(folder, name)))
    assert "error" not in {output.output_type for output in read(folder, name)[1]}
    sliders = page.locator(".jupyter-widgets.widget-slider")
    table = page.locator(".jupyter-widgets table")
    sliders.first.scroll_into_view_if_needed()
    assert sliders.count() >= 4
    assert sliders.nth(1).locator(".noUi-base").bounding_box()["width"] > 100, "no room to slide"
    before = table.inner_text()
    handle = sliders.nth(1).locator(".noUi-handle")
    handle.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(2_000)
    assert table.inner_text() != before
