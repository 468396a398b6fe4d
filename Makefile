# `make run` from a fresh clone needs Python 3.11 or later, git and nothing else.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= data

# Tried in this order for .venv; PYTHON=python3.13 takes that one or fails.
PYTHON ?= python3.11 python3.12 python3.13 python3.14 python3

# Test processes: each has servers of its own.
JOBS ?= auto

.PHONY: install run clients test lint format lock clean bench-requests bench-delivery bench-channels bench-floods
.DELETE_ON_ERROR:

install: $(INSTALLED)

run: $(INSTALLED)
	@exec $(BIN)/python -m server serve --host $(HOST) --port $(PORT) --data-dir $(DATA)

test: $(INSTALLED)
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 $(ARGS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What a request costs: rates, CPU and latency of reading the feed and of sending a message.
bench-requests: $(INSTALLED)
	$(BIN)/python -m benchmarks.requests

# What a Redis channel for each user costs, compared with a few that users share.
bench-channels: $(INSTALLED)
	$(BIN)/python -m benchmarks.channels

# What delivery costs, compared with stock python-socketio, Node's socket.io and bare sockets. Needs gcc and
# Node.js; ARGS="--quick", "--help" for more.
bench-delivery: $(INSTALLED)
	$(BIN)/python -m benchmarks.delivery $(ARGS)

# How long an innocent client waits for an ack while others flood the server; ARGS="--only KIND" for one flood.
bench-floods: $(INSTALLED)
	$(BIN)/python -m benchmarks.floods $(ARGS)

# Pins of everything, development included; commit what it writes. UPGRADE=1 takes newer versions.
lock: $(INSTALLED)
	$(BIN)/pip-compile --quiet --strip-extras --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
		--extra demo --extra embedded --extra heif --extra lint --extra lock --extra s3 --extra test $(if $(UPGRADE),--upgrade) \
		--output-file requirements.lock setup.cfg

clean:
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# The stamp is written last, so an interrupted installation is taken up again.
$(INSTALLED): setup.cfg pyproject.toml build_backend.py requirements.lock
	@for python in $(PYTHON); do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			found=$$python; break; \
		fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "make: Python 3.11 or later is needed (looked for: $(PYTHON)): install it, with its venv module" >&2; exit 1; \
	fi; \
	$(BIN)/python -c '' 2>/dev/null || $$found -m venv --clear $(VENV)
	@echo "make: pip installs what requirements.lock names into $(VENV): a minute or so the first time" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint requirements.lock --editable '.[dev]'
	@touch $@

# What the client libraries know of the API: written anew from its documents.
clients: $(INSTALLED)
	$(BIN)/python -m clients.generate
