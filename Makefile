# make help lists what there is. Two commands do everything: make chat, make test.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# The question reaches the program as it was typed: make would expand Q, and the shell what is left.
unexport Q
export TYPED := $(value Q)

.PHONY: help
help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: chat
chat: $(VENV)/.installed ## Chat with the shipped article in the browser, at http://127.0.0.1:7860
	@$(BIN)/assistant ui

.PHONY: ask
ask: $(VENV)/.installed ## Ask the shipped article: make ask Q="How far can the missile fly?"
	@if [ -z "$$TYPED" ]; then echo 'name a question: make ask Q="How far can the missile fly?"' >&2; exit 2; fi; \
	if [ "$$TYPED" = "-" ]; then TYPED=" -"; fi; \
	$(BIN)/assistant ask -- "$$TYPED"

.PHONY: setup
setup: $(VENV)/.installed ## Install what asking needs into .venv

.PHONY: test
test: $(VENV)/.installed-dev ## Run the tests
	$(BIN)/python -m pytest -m "not slow"

.PHONY: test-browser
test-browser: $(VENV)/.installed-dev ## Run the tests of the page alone, in Debian's Chromium
	CI_BROWSER=required $(BIN)/python -m pytest -m "not slow" tests/ui tests/evals/test_page.py

.PHONY: test-slow
test-slow: $(VENV)/.installed-dev ## Run the long proofs: kills, memory, a network that is not there
	$(BIN)/python -m pytest -m slow --timeout 3000

.PHONY: eval
eval: $(VENV)/.installed ## Run the eval suites; fail when a case that was right is wrong
	$(BIN)/assistant eval --check

.PHONY: check
check: lint types test ## Format, lint, types and tests: what a commit must pass

.PHONY: lint
lint: $(VENV)/.installed-dev ## Format and lint, changing nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

.PHONY: format
format: $(VENV)/.installed-dev ## Format the code, and mend what lint can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: types
types: $(VENV)/.installed-dev ## Check the types
	$(BIN)/mypy

DATA ?= ../shared/data
START ?= $(DATA)/../models/reader-second
OUT ?= build/reader

.PHONY: reader
reader: $(VENV)/.installed-models ## Make the reader again, in hours: make reader DATA=../shared/data
	$(BIN)/python models/train/make.py --data $(DATA) --start $(START) --out $(OUT)

.PHONY: support
support: $(VENV)/.installed-models ## Make the support check's model again, in hours: make support DATA=../shared/data
	$(BIN)/python models/support.py --data $(DATA)

BENCH ?= build/bench

.PHONY: bench
bench: $(VENV)/.installed-dev ## Measure speed, memory and disk: make bench DATA=../shared/data
	$(BIN)/python -m benchmarks.run --data $(DATA)/train --out $(BENCH)

.PHONY: bench-peers
bench-peers: $(VENV)/.installed-dev ## The same beside LlamaIndex' starter and txtai, installed below build/bench
	$(BIN)/python -m benchmarks.run --peers --data $(DATA)/train --out $(BENCH)

.PHONY: lock
lock: ## Resolve the dependencies anew (needs uv; docs/development.md)
	uv pip compile $(LOCK) --extra build -o requirements.lock
	uv pip compile $(LOCK) --extra build --extra dev -o requirements-dev.lock

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate pyproject.toml

.PHONY: clean
clean: ## Remove the environment and the index
	rm -rf $(VENV) index/gen-* index/build-* index/CURRENT* index/LOCK

# Everything below writes to standard error: make ask prints the reply and nothing else.

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing (about a minute, once)" >&2
	@$(INSTALL) --require-hashes -r requirements.lock >&2
	@$(INSTALL) --no-build-isolation -e . >&2
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "installing (about a minute and a half, once)" >&2
	@$(INSTALL) --require-hashes -r requirements-dev.lock >&2
	@$(INSTALL) --no-build-isolation -e . >&2
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-models: pyproject.toml $(VENV)/.installed
	@echo "installing torch and transformers (minutes, once)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[models]" >&2
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "there is no $(PYTHON); run: sudo apt install python3 python3-venv" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$$($(PYTHON) --version) is too old: Python 3.11 or newer is needed; name one: make PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "python3-venv is missing; run: sudo apt install python3-venv" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) >&2
