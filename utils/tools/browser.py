"""The installed browser, driven by a program: to print decks, to take pictures, to test."""

import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

from utils.tools.course import ROOT

SCREEN = {"width": 1280, "height": 720}
ADDRESS = re.compile(r"(http://\S+)/lab/tree/\S+\?token=(\w+)")
HOW_TO_INSTALL = "Debian, Ubuntu: sudo apt install chromium. Others: install Chromium or Chrome."


def find_chromium():
    """Return the path of an installed Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    places = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "C:/Program Files/Google/Chrome/Application/chrome.exe",
    ]
    found = [*map(shutil.which, names), *filter(os.path.exists, places)]
    return next(filter(None, found), None)


@contextmanager
def open_browser():
    """Start the installed browser without a window and without network; stop it at the end.

    Raises:
        FileNotFoundError: if there is none.
    """
    if find_chromium() is None:
        raise FileNotFoundError(f"No Chromium or Chrome here. {HOW_TO_INSTALL}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=[
                "--no-sandbox",  # as root, in a container, Chromium does not start otherwise
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            ],
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def start_lab(folder):
    """Start JupyterLab as `make lab` does, for the notebooks of a folder; stop it at the end.

    Args:
        folder: Path of a folder that holds a folder labs/; a copy, since notebooks are saved.

    Yields:
        function from the path of a notebook, for example "labs/04_dropout.ipynb", to its address.

    Raises:
        RuntimeError: if JupyterLab does not start.
    """
    program = (
        "import sys; from pathlib import Path; from utils.tools import lab; "
        "sys.exit(lab.main(['--port', '0', '--no-browser'], root=Path(sys.argv[1])))"
    )
    own = {f"JUPYTER_{kind}_DIR": str(folder / ".jupyter") for kind in ("CONFIG", "RUNTIME")}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    ) as server:
        try:
            printed = (ADDRESS.search(line) for line in server.stdout)
            found = next(filter(None, printed), None)
            if found is None:
                raise RuntimeError(f"JupyterLab did not start in {folder}.")
            # In a workspace of its own: the layout of the reader stays as it is.
            place = f"{found[1]}/lab/workspaces/tests/tree"
            yield lambda path: f"{place}/{path}?reset&token={found[2]}"
        finally:
            server.terminate()


def run_notebook(page, address, num_cells, seconds=180):
    """Open a notebook without outputs in JupyterLab, run all its cells, and save it.

    Args:
        page: playwright Page.
        address: str, from `start_lab`.
        num_cells: int, how many code cells the notebook has.
        seconds: int, how long to wait for the last cell.
    """
    page.goto(address)
    wait_for_prompts(page, lambda now: len(now) == num_cells, seconds=60)
    # Before the kernel is there, JupyterLab would ask which one to take.
    page.locator(".jp-StatusBar-Left", has_text="| Idle").wait_for(timeout=60_000)
    choose(page, "Run", "Run All Cells")
    wait_for_prompts(page, lambda now: all(re.match(r"\[\d+\]", text) for text in now), seconds)
    save(page)


def choose(page, menu, entry):
    """Choose an entry of a menu of JupyterLab, for example "Run", "Run All Cells"."""
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{menu}$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{entry}")).first.click()


def prompts(page):
    """Return what stands beside the cells: "[ ]:", "[*]:" while one waits or runs, "[3]:" after."""
    return page.locator(".jp-CodeCell .jp-InputArea-prompt").all_text_contents()


def wait_for_prompts(page, is_right, seconds):
    """Wait until the prompts of a notebook are as wanted.

    Args:
        page: playwright Page with a notebook in JupyterLab.
        is_right: function of `prompts` that returns whether the wait is over.
        seconds: int, how long to wait.

    Raises:
        TimeoutError: if it takes longer.
    """
    end = time.monotonic() + seconds
    while not is_right(now := prompts(page)):
        if time.monotonic() > end:
            raise TimeoutError(f"The cells are not done after {seconds} s: {now}")
        page.wait_for_timeout(200)


def save(page):
    """Save the notebook and wait until that is done."""
    page.keyboard.press("Control+s")
    page.locator(".jp-mod-current.jp-mod-dirty").wait_for(state="detached", timeout=20_000)


def replace_cell(page, words, text):
    """Replace the code of a cell, run it and the cell below it, and save the notebook.

    Args:
        page: playwright Page with a notebook in JupyterLab.
        words: str, code that only this cell holds.
        text: str, its new code.

    Returns:
        playwright Locator of the cell.
    """
    cell = page.locator(".jp-CodeCell", has_text=words).first
    before = prompts(page)
    cell.scroll_into_view_if_needed()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    wait_for_prompts(
        page,
        lambda now: "[*]:" not in now and sum(map(str.__ne__, now, before)) >= 2,
        seconds=60,
    )
    save(page)
    return cell
