"""The first cell is quiet, repeatable and the same for everybody; figures carry their alt text."""

import json
import os
import subprocess
import sys

import keras
import matplotlib.pyplot as plt
import nbformat
import pytest
from matplotlib.figure import Figure

from utils import notebook, plotting
from utils.tools import build

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


FIRST_CELLS = """
from utils import notebook
notebook.start()
---
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from utils import metadata, movielens

inputs = np.random.normal(size=(256, 64)).astype("float32")
model = keras.Sequential([keras.layers.Dense(64, "relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
history = model.fit(inputs, inputs[:, 0], epochs=3, verbose=0)
print("training", history.history["loss"], model.predict(inputs, verbose=0).sum())
print("keras", keras.backend.backend(), keras.config.floatx(), keras.config.epsilon())
print("numbers", np.array([1 / 3]), pd.Series([2 / 3]).to_string())
data = movielens.load("100k")
print("data", data.items["title"].iloc[541], *metadata.describe_users(data.users).columns)
plt.plot([0.0, 1.0], [0.0, 1.0])
"""
START_UP_FILE = """
import numpy, pandas
numpy.set_printoptions(precision=2)
pandas.set_option("display.precision", 2)
"""


def run_first_cells(folder):
    """Return (what is printed, the picture) of a notebook whose kernel is started as of now."""
    cells = [nbformat.v4.new_code_cell(code.strip()) for code in FIRST_CELLS.split("---\n")]
    outputs = build.execute(nbformat.v4.new_notebook(cells=cells), folder).cells[1].outputs
    (picture,) = [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    return "".join(output.get("text", "") for output in outputs), picture


def test_settings_for_other_work_change_nothing(tmp_path, monkeypatch):
    """A reader with files of his own in his home, who starts Jupyter in his own way."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    expected = run_first_cells(tmp_path)
    home = tmp_path / "home"
    files = {
        ".keras/keras.json": json.dumps(
            {"backend": "torch", "floatx": "float16", "epsilon": 0.1, "max_epochs": 1}
        ),
        "ipython/profile_default/startup/mine.py": START_UP_FILE,
        "matplotlibrc": "backend: TkAgg\nfigure.figsize: 1, 1\nlines.linewidth: 9\n",
    }
    for name, content in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(content, encoding="utf-8")
    for name, value in {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "KERAS_BACKEND": "jax",
        "KERAS_HOME": str(home / ".keras"),
        "KERAS_MAX_EPOCHS": "1",
        "KERAS_MAX_STEPS_PER_EPOCH": "1",
        "LC_ALL": "C",
        "MATPLOTLIBRC": str(home / "matplotlibrc"),
        "MPLBACKEND": "TkAgg",
        "OMP_NUM_THREADS": "1",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONHASHSEED": "1",
        "PYTHONUTF8": "0",
        "TF_ENABLE_ONEDNN_OPTS": "0",
    }.items():
        monkeypatch.setenv(name, value)
    assert run_first_cells(tmp_path) == expected


@pytest.mark.parametrize(
    ("variable", "backend", "words"),
    [
        ("TF_ENABLE_ONEDNN_OPTS", "tensorflow", "TF_ENABLE_ONEDNN_OPTS=0 is set"),
        ("UNIMPORTANT", "jax", "Keras runs on jax"),
    ],
)
def test_settings_that_came_too_early_are_named(monkeypatch, variable, backend, words):
    monkeypatch.setenv(variable, "0")
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setitem(os.environ, "KERAS_BACKEND", "tensorflow")
    with pytest.raises(RuntimeError, match=f"{words}, and Keras was imported before.*Restart"):
        notebook.start()


def test_no_file_is_read_in_the_encoding_of_the_reader():
    code = """
import warnings
warnings.filterwarnings("error", category=EncodingWarning, module="utils")
from utils import movielens, results
from utils.tools import build, check_env, course, measuring, readme, slides
movielens.load("100k")
results.load("06_matrix_factorization")
build.read_source(course.find_units()[0].lecture)
measuring.code_digest("06_matrix_factorization")
slides.keep_outputs(slides.find_decks()[1])
readme.render(readme.README.read_text("utf-8"))
check_env.packages(course.ROOT / "pyproject.toml")
"""
    subprocess.run([sys.executable, "-X", "warn_default_encoding", "-c", code], check=True)


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
