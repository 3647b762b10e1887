# Two commands do everything on a machine that has only Python (3.11 or later) and make:
#   make report   run the main job on the shipped study and say where the report is
#   make test     lint, types, doctests, notebooks and tests: what CI runs
PYTHON ?= python3
STUDY ?= data/ai-strategy/study.yaml
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: report test lab lock clean

report: $(READY)
	@$(BIN)/surveykit report $(STUDY)

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

lab: $(READY)
	$(BIN)/python -m pip install --quiet --editable '.[lab]' --no-build-isolation
	$(BIN)/jupyter lab notebooks

# Installs exactly what requirements.lock names, by hash, then this package; again only when either changes.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "surveykit needs Python 3.11 or later: set PYTHON=/path/to/python3.11"; exit 2; }
	@echo "Building the environment in $(VENV), once: two to three minutes."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# For maintainers: pin anew from pyproject.toml. Names no index and no machine.
lock:
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --no-emit-index-url --no-emit-find-links --upgrade --quiet --output-file requirements.lock

clean:
	rm -rf $(VENV) reports/*/ .mypy_cache .ruff_cache .pytest_cache .hypothesis
