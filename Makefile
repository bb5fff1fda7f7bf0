# Everything starts here: `make run` serves, `make test` tests, `make check` is what CI runs.
.ONESHELL:
.SHELLFLAGS := -euc
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export DIALGATE_DATA_DIR ?= $(CURDIR)/instance

help:  ## Show what there is
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

run: .venv/ready  ## Serve Dialgate with demonstration data on http://127.0.0.1:8000 (PORT=…)
	@$(BIN)/python config.py --demo
	$(BIN)/flask db upgrade
	$(BIN)/flask demo load
	exec $(BIN)/flask serve

demo: .venv/ready  ## The main job in one screen, against a throw-away instance
	@$(BIN)/python -m app.demo.tour

drill: .venv/ready  ## Lose a throw-away database, restore it from a backup, and prove that all is told
	@$(BIN)/python -m app.demo.drill $(DRILL)

test: .venv/ready chromium  ## Run all tests: SQLite, PostgreSQL, browser
	@$(BIN)/python -m pytest -n 3 --dist loadgroup

soak: .venv/ready chromium  ## Run the long campaigns whole
	@DIALGATE_SOAK=1 $(BIN)/python -m pytest -n 2 --dist loadgroup -m soak

check: .venv/ready  ## Format, lint, types, import contracts, tests: what CI runs
	@$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory test

bench: .venv/ready bench-tools  ## Measure speed against its contenders within ten minutes; writes benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks

bench-full: .venv/ready bench-tools  ## The same with 10 M numbers and rows, and longer slices
	@$(BIN)/python -m benchmarks --full

bench-tools:
	@sh .ci/bench-tools
	sh .ci/environment "$(PYTHON)" --group bench

translations: .venv/ready  ## Collect the sentences of the pages and compile their translations
	@$(BIN)/python -m tests.pages.sentences

chromium:
	@sh .ci/chromium

.venv/ready: pyproject.toml uv.lock .ci/environment
	@sh .ci/environment "$(PYTHON)"
	touch .venv/ready

.PHONY: help run demo drill test soak check bench bench-full bench-tools translations chromium
