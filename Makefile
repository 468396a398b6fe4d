# `make run` from a fresh clone needs Python 3.11 or later, git and nothing else.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
HOST ?= 127.0.0.1
PORT ?= 8000
DATA ?= data

# Tried in this order for .venv; PYTHON=python3.13 takes that one or fails.
PYTHON ?= python3.11 python3.12 python3.13 python3.14 python3

# Test processes: each has servers of its own, and takes neighbouring tests, which share what they need,
# as long as none has run out of them.
JOBS ?= auto

# How long `make rules`, `make chaos` and `make soak` take.
MINUTES ?= 10

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

.PHONY: install run demo clients test test-page lint format lock audit sbom clean bench-requests bench-delivery bench-channels bench-herd bench-idle bench-page bench-floods bench-endpoints bench-rest bench-chat bench-quick mutants rules chaos soak docs
.DELETE_ON_ERROR:

install: $(INSTALLED)

run: $(INSTALLED)
	@exec $(BIN)/python -m server serve --host $(HOST) --port $(PORT) --data-dir $(DATA)

# People and posts to look at, in the database of `make run`: while that runs, and else it is served then.
demo: $(INSTALLED)
	@exec $(BIN)/python -m server demo --serve --host $(HOST) --port $(PORT) --data-dir $(DATA)

test: $(INSTALLED)
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 8 --dist worksteal $(ARGS)

# The page in Chromium, which is not installed by this: two people, outages, reloads. Part of `make test`, too,
# where there is a Chromium; here it is an error if there is none.
test-page: $(INSTALLED)
	@[ -n "$(CHROMIUM)" ] || command -v chromium-headless-shell > /dev/null || command -v chromium > /dev/null || command -v google-chrome > /dev/null || { \
		echo "make: no Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM to its path" >&2; exit 1; }
	$(BIN)/python -m pytest -n $(JOBS) --maxprocesses 4 tests/page tests/clients/test_chat_page.py $(ARGS)

# Breaks mechanisms one at a time, in a copy, and sees that the test of each fails. ARGS="WORD ..." for some.
mutants: $(INSTALLED)
	$(BIN)/python -m tests.mutants $(ARGS)

# People do anything in any order, and everything must stay as a model says: 2,040 steps are part of `make test`.
rules: $(INSTALLED)
	RULES_MINUTES=$(MINUTES) $(BIN)/python -m pytest -q -s -o faulthandler_timeout=0 tests/rules $(ARGS)

# Three instances, Redis and PostgreSQL are killed, stopped, cut off and black-holed amid sends, and nothing may be
# lost, doubled or out of order. CHAOS_SEED=N has the faults in another order.
chaos: $(INSTALLED)
	CHAOS_MINUTES=$(MINUTES) $(BIN)/python -m pytest -q -s -o faulthandler_timeout=0 tests/chaos $(ARGS)

# A thousand sockets come and go: memory, tasks, descriptors and connections must stay flat.
soak: $(INSTALLED)
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES) $(ARGS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The documents as a site in build/site, which needs no network to be read; no link of it leads nowhere.
docs: $(INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --site-dir build/site
	@echo "make: built; read it at http://127.0.0.1:8001/ with $(BIN)/python -m http.server --bind 127.0.0.1 --directory build/site 8001"

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# What a request costs: rates, CPU and latency of reading the feed and of sending a message.
bench-requests: $(INSTALLED)
	$(BIN)/python -m benchmarks.requests

# What the web process spends on a request, beside bare aiohttp with the same bytes.
bench-endpoints: $(INSTALLED)
	$(BIN)/python -m benchmarks.rest.endpoints $(ARGS)

# The same for every change, in under 3 minutes; ARGS="--against DIR" compares with another checkout.
bench-quick: $(INSTALLED)
	$(BIN)/python -m benchmarks.quick $(ARGS)

# What REST costs beside Django, FastAPI and fastify, on data of three sizes, which the first time take half an
# hour to build in build/bench. Peers come from the registries; ARGS="--sizes 1/16" for one size.
bench-rest: $(INSTALLED)
	$(BIN)/python -m benchmarks.rest.compare $(ARGS)

# What a direct message costs beside ejabberd, prosody and Synapse, from Debian (as root) and PyPI.
bench-chat: $(INSTALLED)
	$(BIN)/python -m benchmarks.chat $(ARGS)

# What a Redis channel for each user costs, compared with a few that users share.
bench-channels: $(INSTALLED)
	$(BIN)/python -m benchmarks.channels

# How long thousands wait who come back at once, each having missed events, and others meanwhile.
bench-herd: $(INSTALLED)
	$(BIN)/python -m benchmarks.herd $(ARGS)

# What 5,000 sockets cost on which nothing happens; ARGS="--beside 5" for a site on which others write.
bench-idle: $(INSTALLED)
	$(BIN)/python -m benchmarks.idle $(ARGS)

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
lock:
	@test -x $(BIN)/pip-compile || $(MAKE) install  # which may fail until the lock is written
	$(BIN)/pip-compile --quiet --strip-extras --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
		--extra demo --extra docs --extra embedded --extra heif --extra lint --extra lock --extra otel --extra s3 --extra test $(if $(UPGRADE),--upgrade) \
		--output-file requirements.lock setup.cfg
	$(BIN)/pip-compile --quiet --strip-extras --no-header --no-annotate --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
		--extra otel --extra s3 --constraint requirements.lock --output-file requirements-image.lock setup.cfg

# What is known to be unsafe among the locked versions; says so where nobody can be asked.
audit: $(INSTALLED)
	$(BIN)/python .ci/audit.py

# What is in the image of Python's packages, in CycloneDX' form: dist/sbom.json. With what Debian adds:
# docker buildx build --sbom=true.
sbom: $(INSTALLED)
	$(BIN)/python -m venv --clear build/sbom/image
	build/sbom/image/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-image.lock
	build/sbom/image/bin/pip install --quiet --disable-pip-version-check --no-deps .
	$(BIN)/python -m venv --clear build/sbom/tool
	build/sbom/tool/bin/pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7,<8'
	mkdir -p dist
	build/sbom/tool/bin/cyclonedx-py environment --output-reproducible --output-file dist/sbom.json build/sbom/image
	@echo "make: dist/sbom.json" >&2

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
