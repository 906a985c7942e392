# `make run` starts Amends, `make test` tests it. Both need Python 3.11 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed

.PHONY: venv run test lint real bench messages

venv: $(STAMP)

$(STAMP): requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: venv
	@exec $(BIN)/python manage.py up $(ARGS)

test: venv
	$(BIN)/pytest $(ARGS)

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

messages: venv
	$(BIN)/python manage.py makemessages --locale ko --no-obsolete --ignore .venv --ignore var
	$(BIN)/python manage.py compilemessages --locale ko --ignore .venv

bench: venv
	@echo "benchmarks/README.md says what is measured and how."

real: venv
	@echo "docs/real-run.md says how the real run goes."
