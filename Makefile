# Everything runs in .venv, made from the hashed lock. A machine needs Python 3.11 or newer with its
# venv module, and make; `make PYTHON=/some/python test` names the interpreter.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python
LOCK := .ci/requirements.lock
RELEASE_LOCK := .ci/release.lock
READY := $(VENV)/.ready
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Empty: the newest one found of those that `setup` tries.
PYTHON ?=
# Further arguments for pytest: `make test ARGS='tests/house -x'`.
ARGS ?=

# Pinned and hashed for every platform, and without a word about where packages come from.
RESOLVE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --upgrade \
	--custom-compile-command 'make lock'

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help setup demo test cover cover-journeys lint format check bench schemas picture golden lock clean

help: ## List these targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		while IFS='|' read -r name text; do printf '%-20s %s\n' "$$name" "$$text"; done

setup: $(READY) ## Make .venv (the other targets do so by themselves)

# Redone when the lock or the project file change. The lock is complete, so nothing is left to
# resolve, and byte code is made when a module is first imported: a third of the time saved. Each
# candidate is started, not only looked up: a name on the PATH may be the shim of a version that is
# not installed.
$(READY): $(LOCK) pyproject.toml
	@if ! $(RUN) -m pip --version >/dev/null 2>&1; then \
		found=; \
		for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
			if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
				>/dev/null 2>&1; then found=$$python; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo 'make: Python 3.11 or newer is needed and was not found;' \
				'name one with: make PYTHON=/path/to/python3' >&2; exit 1; \
		fi; \
		if ! "$$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then \
			echo "make: $$found has no venv module (on Debian: the package python3-venv)" >&2; \
			exit 1; \
		fi; \
		echo "Making $(VENV) with $$("$$found" --version)"; \
		"$$found" -m venv --clear $(VENV) || exit 1; \
	fi
	@echo 'Installing what the lock names'
	@$(RUN) -m pip install -qq --no-deps --no-compile --require-hashes --requirement $(LOCK)
	@$(RUN) -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## The whole round in a minute, on the embedded panel
	@$(BIN)/reconciler demo

test: $(READY) ## Run the tests on all cores, in random order
	@$(RUN) -m pytest -n $(JOBS) $(ARGS)

cover: $(READY) ## Run the tests and hold their branch coverage against the floor
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n $(JOBS) $(ARGS)
	@$(BIN)/coverage combine --quiet
	@printf 'Branch coverage in percent: '; $(BIN)/coverage report --format=total

cover-journeys: $(READY) ## List the functions that no command enters
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -n $(JOBS) tests/journeys $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(RUN) -m tests.house.unreached

lint: $(READY) ## Check form, style, types, layers and workflows
	@$(BIN)/ruff format --check --quiet . || { echo 'not formatted: make format' >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/actionlint -shellcheck=
	@$(BIN)/zizmor --offline --quiet --no-progress --persona pedantic .github

format: $(READY) ## Put the code into its form
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

check: lint test ## All that must hold before a change is proposed

bench: $(READY) ## Measure; prints figures, keeps them in bench.json, and judges none
	@$(RUN) -m tests.benchmarks $(ARGS)

schemas: $(READY) ## Write the JSON Schemas and the reference of kinds and fields to schemas/
	@$(BIN)/reconciler schema --write schemas

picture: $(READY) ## Draw the plan and the comment that the README shows, from a real run
	@$(RUN) -m tests.house.picture
	@$(RUN) -m tests.house.comment_picture

golden: $(READY) ## Write the reports of large plans that tests compare, to be looked at
	@$(RUN) -m tests.unit.report.golden

lock: $(READY) ## Resolve the dependencies anew and write the locks
	@$(RUN) -m pip install -qq 'uv>=0.8,<1'
	@$(RESOLVE) --group dev --all-extras --output-file $(LOCK) pyproject.toml
	@$(RESOLVE) --group release --output-file $(RELEASE_LOCK)

clean: ## Remove what was built and cached (not .venv)
	@rm -rf build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache \
		tests/*/node_modules
	@find . -name $(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +
