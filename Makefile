# Works with Python 3.11+ and make alone; uses uv where it is installed.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
UV     := $(shell command -v uv 2>/dev/null)
VENV   := .venv
BIN    := $(VENV)/bin
export UV_PROJECT_ENVIRONMENT := $(VENV)

.PHONY: help demo test browser check docs outputs lint format bench lock clean
.DELETE_ON_ERROR:

help:
	@echo "make demo     install and run the main job on real data that ships with scikit-learn"
	@echo "make test     install and run every test"
	@echo "make browser  install and run the tests in a real browser; needs chromium in /usr/bin"
	@echo "make check    what CI runs: format, lint, types, rooms, tests"
	@echo "make docs     build the documentation into site/; warnings fail"
	@echo "make outputs  run the commands that pages show and write what they print"
	@echo "make format   put the code into shape"
	@echo "make bench    print quality and speed with their spread"
	@echo "make clean    remove what the other targets made"

demo: $(VENV)/.runtime
	$(BIN)/tilth demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q

browser: $(VENV)/.browser
	BROWSER_TESTS=required $(BIN)/python -m pytest -q tests/browser

check: lint test

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.docs
	$(BIN)/python docs/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

outputs: $(VENV)/.dev
	$(BIN)/python docs/generate.py --outputs

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev
	for script in benchmarks/[a-z]*.py; do $(BIN)/python $$script || exit 1; done

lock: pyproject.toml
	uv lock

# The stamps are older than pyproject.toml once it changes, so the install is repeated. Where
# uv cannot install (no way to the registry its lock names), venv and pip do.
$(VENV)/.runtime: pyproject.toml
ifneq ($(UV),)
	uv sync --quiet --no-dev --inexact || $(MAKE) $(VENV)/.pip
else
	@$(MAKE) --no-print-directory $(VENV)/.pip
endif
	@touch $@

$(VENV)/.dev: pyproject.toml
ifneq ($(UV),)
	uv sync --quiet --group dev || { $(MAKE) $(VENV)/.pip && $(BIN)/python -m pip install --quiet --group dev; }
else
	@$(MAKE) --no-print-directory $(VENV)/.pip
	$(BIN)/python -m pip install --quiet --group dev
endif
	@touch $@ $(VENV)/.runtime

# Groups of their own: what most people never need.
$(VENV)/.browser $(VENV)/.docs: $(VENV)/.dev
ifneq ($(UV),)
	uv pip install --quiet --python $(BIN)/python --group $(@F:.%=%) || $(BIN)/python -m pip install --quiet --group $(@F:.%=%)
else
	$(BIN)/python -m pip install --quiet --group $(@F:.%=%)
endif
	@touch $@

# Dependency groups need pip 25.1; Python 3.11 brings an older one.
$(VENV)/.pip: pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer found; try make PYTHON=/path/to/python3"; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

clean:
	rm -rf $(VENV) dist site tilth-demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +
