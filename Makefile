# Huiyin 回音: everything a person or the build runs. `make up` and `make test` need nothing but Python and make.
# The first Python on the path that is new enough; name another with PYTHON=.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
PY := .venv/bin/python
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

DATA ?=
PROGRAMME ?=
ARGS ?=
# Its plugin draws reports nobody asked for; the browser's driver keeps an event loop, so screens run apart.
PYTEST = $(PY) -m pytest -q -p no:schemathesis
STEP = $(PY) -m deploy.step

.PHONY: help up down status env dev browser test lint rules types imports contracts parts unit integration e2e installations screens proof bench trial lock i18n schemas eventmap clean

help: ## this list
	@grep -hE '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## (.*)/\1\t\2/' | expand -t 12

up: env ## start everything; Ctrl-C stops it   (HUIYIN_PORT=8080)
	@exec $(PY) -m deploy.local up $(ARGS)

down: env ## stop what `make up` started elsewhere
	@$(PY) -m deploy.local down $(ARGS)

status: env ## what runs
	@$(PY) -m deploy.local status $(ARGS)

env:
	@$(PYTHON) deploy/local/environment.py
	@mkdir -p bin && printf '#!/usr/bin/env bash\nexec "$$(dirname "$$(readlink -f "$$0")")/../.venv/bin/python" -m deploy.cli "$$@"\n' > bin/huiyin && chmod +x bin/huiyin

dev:
	@$(PYTHON) deploy/local/environment.py --dev
	@$(MAKE) --no-print-directory env

browser: dev
	@$(PY) -m deploy.browser

test: dev lint imports rules parts e2e ## everything the build checks, in about ten minutes

lint: dev ## style and formatting
	@$(STEP) lint $(PY) -m ruff check . && $(STEP) format $(PY) -m ruff format --check .

rules: dev ## types beside contracts: mypy uses one core
	@$(MAKE) --no-print-directory -j2 types contracts

types: dev ## mypy, strict
	@$(STEP) types $(PY) -m mypy

imports: dev ## who may import whom
	@$(STEP) imports .venv/bin/lint-imports

contracts: dev ## events, schemas, golden files, packs, architecture
	@$(STEP) contracts $(PYTEST) -n 2 tests/contracts tests/packs tests/arch

parts: dev ## `unit` and `integration` at once: every test is read only once
	@$(STEP) parts $(PYTEST) -n 2 -m "not e2e and not fault and not proof" \
		--ignore=tests/contracts --ignore=tests/packs --ignore=tests/arch --ignore=tests/e2e --ignore=tests/fault tests

unit: dev ## decisions and everything else without servers
	@$(STEP) unit $(PYTEST) -n 2 -m "not integration and not e2e and not fault and not proof" \
		--ignore=tests/contracts --ignore=tests/packs --ignore=tests/arch tests

integration: dev ## with real PostgreSQL and NATS
	@$(STEP) integration $(PYTEST) -n 2 -m "integration and not e2e and not fault and not proof" tests

e2e: dev browser ## faults and whole installations, and beside them the screens: about as long
	@$(MAKE) --no-print-directory -j2 installations screens

installations: dev
	@$(STEP) faults $(PYTEST) -m "fault and not proof" tests/fault && \
	$(STEP) installations $(PYTEST) -m "e2e and not fault and not proof" --ignore=tests/trial/test_months.py \
		tests/e2e/test_installation.py tests/trial

screens: dev browser
	@export HUIYIN_CHROMIUM=$$($(PY) -m deploy.browser --path); \
	$(STEP) screens $(PYTEST) -m "e2e and not fault and not proof" --ignore=tests/e2e/test_installation.py tests/e2e && \
	$(STEP) months $(PYTEST) -m "e2e and not fault and not proof" tests/trial/test_months.py

proof: dev browser ## the long runs: hundreds of faults, full trials (report in docs/proof)
	@$(PY) -m pytest -m proof tests $(ARGS)

bench: dev ## measurements as ratios, with their bars   (ARGS=--json)
	@$(PY) -m deploy.bench $(ARGS)

trial: env ## real messages through the whole loop   (DATA=messages.csv, else a synthetic file); PROGRAMME=jw|lt: a whole programme
	@$(PY) $(if $(PROGRAMME),-m deploy.trial.programmes $(PROGRAMME),-m deploy.trial $(if $(DATA),"$(DATA)")) $(ARGS)

lock: ## write the lock files anew from pyproject.toml
	@$(PYTHON) deploy/local/environment.py --dev
	@$(PY) -m deploy.lock

i18n: dev ## collect the Chinese strings into the English catalogue
	@$(PY) -m services.ui.catalogue update

schemas: dev ## write the JSON Schemas, the AsyncAPI document and the event map anew
	@$(PY) -m contracts.documents && $(PY) -m deploy.eventmap

clean: ## remove caches; the data in .huiyin stays
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build
