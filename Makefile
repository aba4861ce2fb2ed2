# Every target works alone on a fresh clone: .venv is made and filled the first time it is needed.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
VERSION = $(shell $(BIN)/python -m tests.release --version)

# Threads that wait by spinning make small models many times slower on a machine that does anything else.
export OMP_WAIT_POLICY ?= passive

# tests/conftest.py says over how many processes; a file of tests stays in one of them.
SPREAD := -n auto --dist loadfile --no-loadscope-reorder

.PHONY: demo test test-all lint docs floors interop wheel-test changelog dist release-check clean

demo: $(STAMP)
	$(BIN)/python examples/digits/demo.py
	@echo "What to try next: . $(BIN)/activate, then"
	@echo "    vlm-rewards score examples/digits/rewards.yaml examples/digits/sample.jsonl"
	@echo "    vlm-rewards train gspo examples/digits/gspo.yaml"

test: $(STAMP)
	$(BIN)/python -m pytest $(SPREAD) -m "not slow"

test-all: $(STAMP)
	$(BIN)/python -m pytest $(SPREAD) --hypothesis-profile thorough

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The site goes to build/site. The notebooks are executed too, in a temporary copy; `docs/notebooks/run.py` renews their
# outputs.
docs: $(STAMP)
	$(BIN)/python docs/site/build.py
	$(BIN)/python -m pytest $(SPREAD) tests/docs docs README.md

# The oldest releases that pyproject.toml allows.
floors:
	$(PYTHON) -m venv .venv-floors
	.venv-floors/bin/python -m pip install --quiet --constraint constraints-floor.txt --editable ".[dev]"
	.venv-floors/bin/python -m pytest $(SPREAD) tests/core tests/packs tests/trainers -m "not slow"

# Other frameworks, each in an environment of its own, one after another; the table of docs/everywhere.md is renewed.
interop: $(STAMP)
	$(BIN)/python -m tests.interop.run

wheel-test: $(STAMP)
	PYTHON=$(PYTHON) bash tests/wheel.sh

# What the next release will say of itself, from the files in changelog/.
changelog: $(STAMP) .venv-release
	.venv-release/bin/towncrier build --draft --version $(VERSION)

dist: $(STAMP) .venv-release
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	.venv-release/bin/twine check --strict dist/*

# See RELEASING.md.
release-check: $(STAMP)
	$(BIN)/python -m tests.release
	$(MAKE) changelog dist lint test-all docs floors
	for one in python3.11 python3.12 python3.13; do PYTHON=$$one bash tests/wheel.sh || exit; done

.venv-release:
	$(PYTHON) -m venv $@
	$@/bin/python -m pip install --quiet towncrier twine

$(STAMP): pyproject.toml constraints.txt
	@echo "Installing into .venv: this takes some minutes, and about 2 GB."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

clean:
	rm -rf .venv .venv-floors .venv-interop .venv-release runs dist build
	rm -rf .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
