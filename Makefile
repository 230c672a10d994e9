# Lendmart. Prerequisites: Python 3.11 or newer, and make. Everything else goes into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
UV := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python

# No interpreter is downloaded, no tool reports usage, and certificates are those the system trusts (a firm's own too).
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := true
export DO_NOT_TRACK := 1

.DEFAULT_GOAL := help
.PHONY: help setup run up test lint lint-python lint-sql lineage bench fuzz truth chaos clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Create the virtual environment (.venv); the other targets do it too

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + " (choose another with PYTHON=…)")'
	@echo "installing the locked dependencies into $(VENV) (about 180 packages, 900 MB)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@$(UV) --require-hashes -r requirements.lock
	@$(UV) --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## Generate the demo bank, run the DAGs without a scheduler, publish a release
	@$(BIN)/lendmart demo
	@$(BIN)/python -m lendmart.airflow.make_run

up: setup ## Start Airflow with its scheduler and UI on http://127.0.0.1:8080 (stop with Ctrl-C)
	@$(BIN)/python -m lendmart.airflow.up

test: setup lint-python ## Lint of Python, then the whole test suite (SQL lint takes five minutes: make lint, and at each commit)
	$(BIN)/pytest -m "not long" -n 2 --dist loadgroup --no-loadscope-reorder

lint: lint-python lint-sql ## Check style and types of Python and SQL

lint-python: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# sqlfluff compiles the models with dbt, which asks for the key of the pseudonyms: this one protects nothing.
lint-sql: setup
	LENDMART_PSEUDONYM_KEY=$$(printf '0%.0s' $$(seq 64)) $(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models

lineage: setup ## Draw docs/lineage.svg again from the dbt project
	@$(BIN)/python -m lendmart.warehouse.lineage

bench: setup ## Measure make run, landing, the RFM and health models, and archetypes against segments (a quick try: BENCH=--small)
	@set -e; for script in benchmarks/bench_*.py; do $(BIN)/python $$script $(BENCH); done

fuzz: setup ## Land 10,000 damaged files of every format (FILES=n for another number)
	TEST_FUZZ_FILES=$(or $(FILES),10000) $(BIN)/pytest -q -x tests/unit/landing/test_landing_fuzz.py

truth: setup ## The long proofs: three demo banks with every fault there is, files and dates in other orders, portraits told apart
	TEST_BANKS="1 20 300" $(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder \
		tests/integration/test_demo_truth.py tests/integration/test_real_release.py \
		tests/integration/test_scheduler.py tests/unit/demo/test_demo_bytes.py tests/long

chaos: setup ## Kill 120 landings at instants all over; fail every system call that writes or reads once
	TEST_KILLS=120 $(BIN)/pytest -q -x tests/unit/landing/test_landing_kill.py tests/unit/landing/test_landing_faults.py

clean: ## Remove the virtual environment and caches; the state under var/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs
