"""The numbers in the text are those that the code beside it prints.

A number in a text cell must stand in the outputs of the two code cells before it or of the one
after it, rounded if need be, or as a constant in their code. One of four or more digits, which
nothing prints by accident, may stand anywhere on the page. A cell that quotes otherwise, or stands
beside so many numbers that a wrong one would pass, lists all its numbers in its header:

    # %% [markdown] quotes=["0.93", "938"]     printed by the code, or typed there, on this page
    # %% [markdown] cites=["0.905"]            from a publication, or worked out by hand
"""

import random
import re
from collections import Counter

import pytest

from utils.tools import build
from utils.tools.course import ROOT, find_units

NUM_BEFORE, NUM_AFTER = 2, 1  # code cells in which a number is looked for
NUM_DIGITS = 4  # a number of so many digits may stand anywhere on the page
NUM_PLANTS = 20  # wrong numbers in place of each number of a lecture
SHARE_CAUGHT = 0.9

# 0.93, 1,682, 938 or 80%, but no years and no counts below 100. What stands in backticks is code.
IN_TEXT = re.compile(
    r"(?<![\w.,@])(?!(?:19|20)\d\d(?!\d|,\d|\.\d))"
    r"(?:\d[\d,]*\.\d+|\d{1,3}(?:,\d{3})+|\d{3,}|\d+(?=%))(?!\w|[.,]\d)"
)
CODE_OR_ADDRESS = re.compile(r"```.*?```|`[^`]*`|(?<=\])\([^)\s]*\)", flags=re.S)
IN_CODE = re.compile(r"(?<![\w.@])\d+(?:\.\d+)?(?:e-?\d+)?(?!\w)")

BUILT = [path.with_suffix(".ipynb") for path in build.find_sources()]
LECTURES = [unit.lecture.with_suffix(".ipynb") for unit in find_units()]


def each(paths):
    return pytest.mark.parametrize(
        "path", paths, ids=lambda path: str(path.relative_to(ROOT).with_suffix(""))
    )


def text_cells(notebook):
    """Return (place, numbers) of each text cell."""
    found = []
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            found.append((place, IN_TEXT.findall(without_code_and_addresses(cell.source))))
    return found


def without_code_and_addresses(text):
    """Return the words of a text in Markdown: no code, and links without where they lead."""
    return CODE_OR_ADDRESS.sub("", text)


def numbers_of(text):
    return [float(number) for number in IN_CODE.findall(re.sub(r"(?<=\d)[,_](?=\d{3})", "", text))]


def printed(cells):
    """Return the numbers that code cells have printed."""
    outputs = [output for cell in cells for output in cell.outputs]
    texts = [
        output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs
    ]
    return numbers_of("\n".join(texts))


def typed(cells):
    """Return the constants in the code of cells."""
    return numbers_of("\n".join(cell.source for cell in cells))


def is_in(number, cells):
    """Tell whether cells print a number, perhaps with more decimals, or hold it as a constant."""
    value, decimals = float(number.replace(",", "")), len(number.partition(".")[2])
    return value in {round(other, decimals) for other in printed(cells)} or value in typed(cells)


def is_told_by_the_code(number, place, notebook):
    """Tell whether a number in the text cell at a place may stand there."""
    quotes, cites = listed(notebook.cells[place])
    before = [cell for cell in notebook.cells[:place] if cell.cell_type == "code"]
    after = [cell for cell in notebook.cells[place:] if cell.cell_type == "code"]
    if quotes or cites:
        return number in cites or (number in quotes and is_in(number, before + after))
    digits = re.sub(r"\D", "", number).lstrip("0")
    is_anywhere = len(digits) >= NUM_DIGITS and is_in(number, before + after)
    return is_anywhere or is_in(number, before[-NUM_BEFORE:] + after[:NUM_AFTER])


def listed(cell):
    """Return the numbers that a text cell lists in its header, (quotes, cites)."""
    return cell.metadata.get("quotes", []), cell.metadata.get("cites", [])


def plant(number, generator):
    """Return another number of the same form: one digit is changed, or all are."""
    places = [place for place, sign in enumerate(number) if sign.isdigit()]
    if generator.random() < 0.5:
        places = [generator.choice(places)]
    while True:
        wrong = "".join(
            generator.choice("0123456789") if place in places else sign
            for place, sign in enumerate(number)
        )
        same = float(wrong.replace(",", "")) == float(number.replace(",", ""))
        if not same and not re.match(r"0\d|0,", wrong):
            return wrong


@each(BUILT)
def test_numbers_in_the_text_are_told_by_the_code(path):
    notebook = build.read_notebook(path)
    wrong = {}
    for place, numbers in text_cells(notebook):
        missing = [n for n in numbers if not is_told_by_the_code(n, place, notebook)]
        if missing:
            wrong[notebook.cells[place].source[:60]] = missing
    assert not wrong, f"wrong, or to be listed in the header of the cell: {wrong}"


@each(BUILT)
def test_what_is_listed_stands_in_the_text(path):
    notebook = build.read_notebook(path)
    for place, numbers in text_cells(notebook):
        quotes, cites = listed(notebook.cells[place])
        assert set(quotes + cites) <= set(numbers)


@each(LECTURES)
def test_wrong_numbers_are_caught(path):
    """In nine of ten cases, so that a slip of the pen or a result measured anew does not stay."""
    notebook = build.read_notebook(path)
    generator = random.Random(0)
    passed, total = Counter(), 0
    for place, numbers in text_cells(notebook):
        for number in numbers:
            for _ in range(NUM_PLANTS):
                total += 1
                wrong = plant(number, generator)
                passed[number, place] += is_told_by_the_code(wrong, place, notebook)
    caught = 1 - passed.total() / max(total, 1)
    print(f"{path.stem}: {caught:.3f} of {total} wrong numbers caught")
    worst = [
        f"{number} in {notebook.cells[place].source[:40]!r}"
        for (number, place), _ in passed.most_common(5)
    ]
    assert caught >= SHARE_CAUGHT, f"only {caught:.2f}; list quotes=[...] for {worst}"


def test_what_counts_as_a_number_of_the_text():
    text = "0.93 and 1,682 films of 943 in 1997, NDCG@10, 80% of 12, v2.21.0, 3.5."
    assert IN_TEXT.findall(text) == ["0.93", "1,682", "943", "80", "3.5"]
    linked = 'after ["The 0.5 rule"](https://doi.org/10.1145/2827872), `0.25` (0.75)'
    assert IN_TEXT.findall(without_code_and_addresses(linked)) == ["0.5", "0.75"]
