# Everything runs from a fresh clone with python3 (>= 3.11), its venv module and make.
# Another interpreter: make setup PYTHON=python3.12. Arguments for pip: make setup PIP_ARGS="--timeout 60".

PYTHON ?= python3
PIP_ARGS ?=
VENV_PYTHON = .venv/bin/python

.PHONY: setup browser demo test lint clean

setup:
	@$(PYTHON) tools/setup_env.py $(PIP_ARGS)

# What the tests of the annotator's page click with; without it they skip and say so (where CI is true they fail).
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { apt-get update && apt-get install -y --no-install-recommends chromium; }

demo: setup
	$(VENV_PYTHON) -m clickcut annotate --samples demo-out

test: setup
	$(VENV_PYTHON) -m pytest

lint: setup
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy
	.venv/bin/lint-imports --no-logo

clean:
	rm -rf .venv build dist demo-out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
