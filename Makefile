# The commands of the course; `make` alone lists them.
# Choices: make lab PORT=9999 BROWSER=no    make test UNIT=06    make test PYTHON=python3.12

PYTHON ?= python3
VENV := .venv/bin/python
quoted = '$(subst ','\'',$(1))'

.PHONY: help setup lab test slides slides-pdf handout grade build screenshots results compare bench lock

help:
	@echo "make lab          set up, then open the labs in JupyterLab (PORT=9999, BROWSER=no)"
	@echo "make test         set up, then run every test (UNIT=06: what belongs to one unit)"
	@echo "make slides       build the decks into slides/_build, for a browser without network (UNIT=06)"
	@echo "make slides-pdf   the same, and a PDF and a handout with notes of each deck"
	@echo "make handout      pack what students get, one zip per unit, for nbgrader to grade (UNIT=06)"
	@echo "make grade        grade answers in words in the browser (PORT=9999, BROWSER=no)"
	@echo "make build        run the notebooks that changed, write the labs and the README anew"
	@echo "make screenshots  take the pictures of the README that show a slide and a lab"
	@echo "make results      compute the tables of data/results (several seeds, long)"
	@echo "make compare      measure other libraries on the same splits, in .venv-compare (TASK=I1)"
	@echo "make bench        measure time and memory of every notebook"
	@echo "make lock         pin the dependencies of pyproject.toml in requirements.txt"

setup:
	@command -v $(call quoted,$(PYTHON)) > /dev/null || { echo No $(call quoted,$(PYTHON)) here. \
	"The course needs Python 3.11, 3.12 or 3.13: https://www.python.org/downloads/ (Debian, \
	Ubuntu: sudo apt install python3 python3-venv). If it has another name: make lab \
	PYTHON=python3.12"; exit 1; }
	@$(call quoted,$(PYTHON)) utils/tools/bootstrap.py $(if $(filter file,$(origin PYTHON)),,chosen)

lab: setup
	@$(VENV) -m utils.tools.lab $(if $(PORT),--port $(call quoted,$(PORT))) $(if $(filter no,$(BROWSER)),--no-browser)

test: setup
	@$(VENV) -m pytest $(if $(UNIT),--unit $(call quoted,$(UNIT)))

slides: setup
	@$(VENV) -m utils.tools.slides $(if $(UNIT),$(call quoted,$(UNIT)))

slides-pdf: setup
	@$(VENV) -m utils.tools.slides $(if $(UNIT),$(call quoted,$(UNIT))) pdf

handout: setup
	@$(VENV) -m utils.tools.grading handout $(if $(UNIT),$(call quoted,$(UNIT)))

grade: setup
	@$(VENV) -m utils.tools.grading grade $(if $(PORT),--port $(call quoted,$(PORT))) $(if $(filter no,$(BROWSER)),--no-browser)

build: setup
	@$(VENV) -m utils.tools.build $(if $(UNIT),$(call quoted,$(UNIT)))
	@$(VENV) -m utils.tools.readme

screenshots: setup
	@$(VENV) -m utils.tools.screenshots

results: setup
	@$(VENV) -m utils.tools.measuring

compare: setup
	@$(VENV) -m utils.tools.compare $(if $(TASK),$(call quoted,$(TASK)))

bench: setup
	@$(VENV) -m utils.tools.bench

lock: setup
	@$(VENV) -m pip install --quiet uv
	@$(VENV) -m uv pip compile --quiet --universal --python-version 3.11 --no-annotate \
		--no-emit-index-url --generate-hashes --custom-compile-command "make lock" \
		--output-file requirements.txt pyproject.toml
