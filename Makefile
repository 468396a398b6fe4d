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

# Of what pip says on stdout: how far it is. Warnings and errors are on stderr, and stay as they are. Fails
# unless pip says at the end that it has installed.
PROGRESS := { \
	all=$$(grep -c == requirements.lock); count=0; done=; \
	while read -r word what rest; do \
		case "$$word $$what" in \
		"Collecting "* | "Requirement already") \
			count=$$((count + 1)); \
			[ $$((count % 20)) -ne 0 ] || echo "make: found $$count of about $$all packages" >&2 ;; \
		"Installing collected") echo "make: unpacking them" >&2 ;; \
		"Successfully installed") done=yes; echo "make: installed" >&2 ;; \
		esac; \
	done; \
	[ "$$done" ]; }

.PHONY: install run demo clients test test-page lint format lock clean bench-requests bench-delivery bench-channels bench-herd bench-page bench-floods
.DELETE_ON_ERROR:

install: $(INSTALLED)

run: $(INSTALLED)
	@exec $(BIN)/python -m server serve --host $(HOST) --port $(PORT) --data-dir $(DATA)

# People and posts to look at, in the database of `make run`: while that runs, and else it is served then.
demo: $(INSTALLED)
	@exec $(BIN)/python -m server demo --serve --host $(HOST) --port $(PORT) --data-dir $(DATA)

test: $(INSTALLED)
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 $(ARGS)

# The page in Chromium, which is not installed by this: two people, outages, reloads. Part of `make test`, too,
# where there is a Chromium; here it is an error if there is none.
test-page: $(INSTALLED)
	@[ -n "$(CHROMIUM)" ] || command -v chromium google-chrome > /dev/null || { \
		echo "make: no Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM to its path" >&2; exit 1; }
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 4 tests/page tests/clients/test_chat_page.py $(ARGS)

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

# How long thousands wait who come back at once, each having missed events, and others meanwhile.
bench-herd: $(INSTALLED)
	$(BIN)/python -m benchmarks.herd $(ARGS)

# What a burst of messages costs the main thread of the page, in Chromium.
bench-page: $(INSTALLED)
	$(BIN)/python -m benchmarks.page $(ARGS)

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
	if ! $(BIN)/python -c '' 2>/dev/null; then \
		echo "make: making $(VENV) with $$found" >&2; $$found -m venv --clear $(VENV); \
	fi
	@echo "make: pip installs what requirements.lock names into $(VENV): a minute or so the first time" >&2
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off \
		--constraint requirements.lock --editable '.[dev]' | $(PROGRESS)
	@touch $@

# What the client libraries know of the API: written anew from its documents.
clients: $(INSTALLED)
	$(BIN)/python -m clients.generate
