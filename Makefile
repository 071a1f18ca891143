# 智惠国槐. `make help` tells what there is; every target is one line into deploy/ or tests/.
.DEFAULT_GOAL := help
PYTHON ?= python3
PY := .venv/bin/python
LOCAL := $(PY) -m deploy.local
STAMP := .venv/.installed
LOCK := $(PY) -m uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11
# tests run beside a platform that is up: other ports, another data folder
TEST := PORT_BASE=28000 GATEWAY_PORT=28080 MODE=test

.PHONY: up down reset status logs token sms demo help install check test proof mutants bench sizes generate migration operate replay redrive verify-audit lock

$(STAMP): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed: PYTHON=python3.12 make ...")'
	@echo "installing the Python packages of requirements.lock ..."
	@$(PYTHON) -m venv --without-pip .venv
	@$(PYTHON) -m pip --python $(PY) install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

install: $(STAMP)
	@$(PY) -m deploy.local.install

up: $(STAMP)
	@$(LOCAL) up
down status sms demo reset verify-audit: $(STAMP)
	@$(LOCAL) $@
logs: $(STAMP)
	@$(LOCAL) logs $(SERVICE)
token: $(STAMP)
	@$(LOCAL) token $(filter-out as,$(AS))  # make itself has an AS, the assembler
help:
	@cat deploy/local/help.txt
operate: $(STAMP)
	@$(LOCAL) operate $(SERVICE) $(WORDS)
replay: $(STAMP)
	@$(LOCAL) replay $(SERVICE) $(QUEUE) $(SINCE)
redrive: $(STAMP)
	@$(LOCAL) redrive $(SERVICE)

check: $(STAMP)
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) -m vulture
	$(PY) -m deploy.generate --check
	$(PY) -m pytest tests/architecture

test: install
	$(TEST) $(PY) -m pytest tests -m "not proof" --ignore=tests/architecture

proof: install
	@$(PY) -m deploy.local.install proof
	$(TEST) QUICK=$(QUICK) $(PY) -m tests.proof

mutants: install
	$(TEST) $(PY) -m tests.mutants

bench: install
	@$(PY) -m bench $(WORDS)
sizes: $(STAMP)
	@$(PY) -m deploy.sizes
generate: $(STAMP)
	@$(PY) -m deploy.generate
migration: $(STAMP)
	@$(PY) -m deploy.migration $(SERVICE) "$(MESSAGE)"
lock: $(STAMP)
	$(LOCK) --extra dev --extra reports -o requirements.lock
	$(LOCK) -c requirements.lock -o requirements.runtime.lock
	$(LOCK) --extra reports -c requirements.lock -o requirements.reports.lock
