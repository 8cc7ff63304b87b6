"""Look at a built deck in a browser and say what a reader in the last row would complain about."""

from axe_playwright_python.sync_playwright import Axe

from utils.tools import slides
from utils.tools.browser import SCREEN

# Runs in the page, on the slide in view. Sizes are those of a slide of 1280 x 720.
LOOK = r"""
() => {
  const slide = Reveal.getCurrentSlide(), box = slide.getBoundingClientRect();
  const scale = Reveal.getScale(), found = [];
  const say = (text) => { if (!found.includes(text)) found.push(text); };
  const name = (element) => (element.textContent.trim() || element.tagName).slice(0, 40);
  const hidden = (element) => element.closest("aside.notes, mjx-container, svg, style, script");

  for (const element of slide.querySelectorAll("*")) {
    if (hidden(element)) continue;
    const place = element.getBoundingClientRect();
    if (!place.width) continue;
    const right = (place.right - box.left) / scale, bottom = (place.bottom - box.top) / scale;
    if (right > 1281 || bottom > 721) say(`overflow: ${name(element)}`);
    if (/^(PRE|CODE)$/.test(element.tagName) && element.closest("pre") &&
        element.scrollWidth > element.clientWidth + 1 && element.clientWidth)
      say(`clipped code: ${name(element)}`);
  }

  const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.data.trim(), parent = texts.currentNode.parentElement;
    if (!text || hidden(parent)) continue;
    const isCode = parent.closest("pre, code");
    const size = parseFloat(getComputedStyle(parent).fontSize);
    if (size < (isCode ? 20 : 24)) say(`small text, ${size} px: ${text.slice(0, 40)}`);
    if (!isCode && /\\[a-zA-Z(\[]|\$/.test(text)) say(`raw math: ${text.slice(0, 40)}`);
    if (!isCode && /:::|\{[a-z.]/.test(text)) say(`raw markup: ${text.slice(0, 40)}`);
  }
  for (const error of slide.querySelectorAll("mjx-merror, [data-mjx-error]"))
    say(`formula: ${error.getAttribute("data-mjx-error") || error.textContent}`);

  for (const image of slide.querySelectorAll("img")) {
    if (!image.complete || !image.naturalWidth) say(`missing image: ${image.getAttribute("src")}`);
    if ((image.getAttribute("alt") || "").trim().split(/\s+/).length < 8)
      say(`alt text: "${image.getAttribute("alt")}"`);
    if (image.clientWidth < 0.85 * image.naturalWidth)
      say(`shrunk figure: ${image.clientWidth} of ${image.naturalWidth} px`);
  }
  if (!slide.querySelector("aside.notes")) say("no notes");
  return found;
}
"""


def open_deck(browser, path, query=""):
    """Open a deck and listen to what goes wrong meanwhile.

    Args:
        browser: playwright Browser.
        path: Path of the built page.
        query: str, what follows its address, such as "?minutes=45".

    Returns:
        (page, complaints): the playwright Page, and a list that grows with every console error,
        failed request, and request that leaves the folder of the deck.
    """
    page = browser.new_page(viewport=SCREEN)
    complaints = []
    page.on("console", lambda line: complaints.append(f"console: {line.text}"))
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: (
            request.url.startswith(("file:", "data:", "blob:", "about:"))
            or complaints.append(f"outside: {request.url}")
        ),
    )
    page.goto(path.as_uri() + query)
    slides.wait_until_ready(page)
    return page, complaints


def walk(page):
    """Press the right arrow until the last slide, and return the numbers of the slides seen."""
    seen = [0]
    for _ in range(300):
        page.keyboard.press("ArrowRight")
        seen.append(page.evaluate("Reveal.getIndices().h"))
        if page.evaluate("Reveal.isLastSlide()"):
            break
    return seen


def look_at_slides(page):
    """Return what is wrong on each slide, all its fragments shown, as "slide 3: ..." texts."""
    findings = []
    for place in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate("place => Reveal.slide(place, 0, 99)", place)
        findings += [f"slide {place + 1}: {finding}" for finding in page.evaluate(LOOK)]
    return findings


def check_access(page, is_dark):
    """Return the violations of WCAG 2 A and AA on all slides, as "slide 3: ..." texts.

    What axe cannot decide counts as a violation.

    Args:
        page: playwright Page with a deck.
        is_dark: bool, look at the dark slides: their colors only, all else is the same.
    """
    # Backgrounds and drawn formulas make axe slow and undecided.
    page.evaluate(
        """dark => {
          document.documentElement.classList.toggle("dark", dark);
          document.querySelectorAll(".backgrounds").forEach(e => e.remove());
          document.querySelectorAll("mjx-container").forEach(e => e.replaceChildren("formula"));
        }""",
        is_dark,
    )
    page.add_style_tag(content="* { transition: none !important }")
    page.evaluate(Axe().axe_script)
    rules = ["color-contrast"] if is_dark else ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
    options = {
        "runOnly": {"type": "rule" if is_dark else "tag", "values": rules},
        # Nobody zooms a slide with two fingers: its size is that of the screen.
        "rules": {} if is_dark else {"meta-viewport": {"enabled": False}},
        "resultTypes": ["violations", "incomplete"],
        "preload": False,
    }
    findings = []
    for place in range(page.evaluate("Reveal.getTotalSlides()")):
        page.evaluate("place => Reveal.slide(place, 0, 99)", place)
        answer = page.evaluate("options => axe.run('section.present', options)", options)
        findings += [
            f"slide {place + 1}: {rule['id']}: {node['html'][:100]}"
            for rule in answer["violations"] + answer["incomplete"]
            for node in rule["nodes"]
        ]
    return findings
