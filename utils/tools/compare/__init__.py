"""Other libraries on the very splits of the course: `make compare`.

    python -m utils.tools.compare          all tasks, in an environment of their own, .venv-compare
    python -m utils.tools.compare E1 I1    some tasks

`tasks.py` says on which rows models are trained and judged, `stars.py`, `likes.py` and `ranking.py`
hold one function per library, `trials.py` chooses settings on validation rows and measures. The
table is stored in data/results/compare.json and shown in the README.
"""
