// deck.html?minutes=45 leaves out the slides whose notes are marked as extra.
if (new URLSearchParams(location.search).get("minutes") === "45")
  for (const notes of document.querySelectorAll("aside.notes[data-extra]"))
    notes.closest("section").dataset.visibility = "hidden";

// Key D: dark slides for a bright screen in a dark room, light ones for a projector.
Reveal.on("ready", () =>
  Reveal.addKeyBinding({ keyCode: 68, key: "D", description: "Dark or light slides" }, () =>
    document.documentElement.classList.toggle("dark")
  )
);

// Code is as large as its slide has room for: 28, 26 or 24 px, or the 22 px of the style sheet.
function growCode(slide) {
  if (!slide.querySelector("pre")) return;
  const blocks = [...slide.querySelectorAll("pre, pre code")];
  const fits = () =>
    slide.scrollHeight <= Reveal.getConfig().height &&
    [slide, ...blocks].every((box) => box.scrollWidth <= box.clientWidth);
  for (const size of [28, 26, 24]) {
    slide.style.setProperty("--code-size", `${size}px`);
    if (fits()) return;
  }
  slide.style.removeProperty("--code-size");
}

// What a slide has room for is known once its formulas are drawn.
const grow = (slides) =>
  Promise.resolve(window.MathJax?.startup?.promise).then(() => slides.forEach(growCode));
Reveal.on("ready", ({ currentSlide }) => grow([currentSlide]));
Reveal.on("slidechanged", ({ currentSlide }) => grow([currentSlide]));
Reveal.on("pdf-ready", () => grow(Reveal.getSlides()));
