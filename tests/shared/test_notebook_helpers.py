"""The first cell is quiet and repeatable; figures carry their alt text."""

import subprocess
import sys

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from utils import plotting

START_TWICE = """
from utils import notebook
for _ in range(2):
    notebook.start(seed=3)
    import keras, random
    import numpy as np
    print(random.random(), np.random.rand(), float(keras.random.uniform(())))
"""


def test_start_prints_nothing_and_fixes_every_seed():
    done = subprocess.run([sys.executable, "-c", START_TWICE], capture_output=True, text=True)
    assert done.stderr.replace("\n", "") == ""
    first, second = done.stdout.splitlines()
    assert first == second


@pytest.mark.parametrize(
    ("style", "kind", "beginning"),
    [
        (plotting.use_course_style, "image/png", "iVBOR"),  # base64 of the first bytes of a PNG
        (plotting.use_slide_style, "image/svg+xml", "<?xml"),
    ],
)
def test_figures_are_shown_with_their_alt_text_and_closed(monkeypatch, style, kind, beginning):
    shown = []
    monkeypatch.setattr(plotting, "display", lambda *args, **kwargs: shown.append((args, kwargs)))
    with plt.rc_context():
        style()
        figure, _ = plt.subplots()
        plotting.show(figure, alt="A line that rises.")
    ((bundle,), options) = shown[0]
    assert bundle[kind].startswith(beginning)
    assert options["metadata"] == {kind: {"alt": "A line that rises."}}
    assert not plt.fignum_exists(figure.number)


@pytest.mark.parametrize(
    ("figure", "alt", "words"), [(Figure(), " ", "alt must describe"), (3, "x", "received int")]
)
def test_show_refuses(figure, alt, words):
    with pytest.raises(ValueError, match=words):
        plotting.show(figure, alt)
