# Everything that a person or a machine runs here. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
# Some machines forbid it, and then each process of the tests compiles everything anew.
export PYTHONDONTWRITEBYTECODE :=

PYTHON ?= python3
BIN := .venv/bin
UV := VIRTUAL_ENV=.venv UV_COMPILE_BYTECODE=1 UV_PYTHON_DOWNLOADS=never $(BIN)/uv --quiet
# The build's own requirements stand apart: Django comes along with htmx and is no business of the portal's.
BUILD := PYTHONPATH=.venv/build

RUN_PACKAGES := libpango-1.0-0 libpangoft2-1.0-0 fonts-dejavu-core
TEST_PACKAGES := $(RUN_PACKAGES) chromium poppler-utils

# Whoever has the tools of the tests also has all that the portal needs.
INSTALLED := $(if $(wildcard .venv/.dev),.venv/.dev,.venv/.run)
ASSETS := portal/assets/manifest.json
ASSET_SOURCES := $(shell find static -print 2>/dev/null; find portal -name '*.po' 2>/dev/null)
# Being traced doubles the time of a test. These prove the two layers by themselves, so no other is traced.
GATED := tests/domain tests/services
GATE_FLAGS := --cov=portal/domain --cov=portal/services --cov-report=term-missing:skip-covered --cov-fail-under=100

.PHONY: help run test test-all check format assets pictures coverage lock

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

run: $(INSTALLED) $(ASSETS) ## set up, then the portal with demo people, providers and phone
	@exec $(BIN)/portal demo

test: .venv/.dev $(ASSETS) ## set up, then every test but the long ones (GATE=1: and domain and services covered whole)
	@$(BIN)/pytest -n 2 -m "not full" $(if $(GATE),$(GATED) $(GATE_FLAGS))
	$(if $(GATE),@$(BIN)/pytest -n 2 -m "not full" $(GATED:%=--ignore=%))

test-all: .venv/.dev $(ASSETS) ## every test, the long ones too
	@$(BIN)/pytest -n 2 --hypothesis-profile=full

check: .venv/.dev $(ASSETS) ## style, types, layers, templates, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint templates portal/sandbox/templates --lint --quiet
	git ls-files -z | xargs -0 $(BIN)/codespell
	! git grep -nIiE 'py[p]i\.org|pythonhoste[d]\.org|npmj[s]\.(org|com)|deb\.[d]ebian\.org'

format: .venv/.dev ## lay out the code
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

assets: $(ASSETS) ## hashed static files and compiled catalogues, if one of them changed

pictures: .venv/.dev $(ASSETS) ## every page in both languages and two widths, into pictures/
	@$(BIN)/python -m tests.tools.pictures

coverage: .venv/.dev ## docs/coverage.md: which test proves which row of the feature list
	@$(BIN)/python -m tests.tools.coverage_page

lock: $(BIN)/uv ## the lock files anew (UPGRADE=1: with newer versions)
	@.ci/lock $(if $(UPGRADE),--upgrade)

# ---- set-up: each step leaves a stamp, so the second `make run` has nothing to do ----

$(BIN)/uv: requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	@PYTHON=$(PYTHON) .ci/debian python3-venv
	@echo "Setting up .venv (once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/build: requirements-build.lock $(BIN)/uv
	@rm -rf $@
	@$(UV) pip install --target $@ --require-hashes -r requirements-build.lock
	@touch $@

define install
	@$(UV) pip sync --require-hashes $(1)
	@$(BUILD) $(UV) pip install --no-build-isolation --no-deps --editable .
	@touch $@
endef

.venv/.run: requirements.lock pyproject.toml hatch_build.py .venv/build
	@.ci/debian $(RUN_PACKAGES)
	$(call install,requirements.lock)

.venv/.dev: requirements-dev.lock pyproject.toml hatch_build.py .venv/build
	@.ci/debian $(TEST_PACKAGES)
	$(call install,requirements-dev.lock)

$(ASSETS): $(ASSET_SOURCES) hatch_build.py .venv/build
	@$(BUILD) $(BIN)/python hatch_build.py
