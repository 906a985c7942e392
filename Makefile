# `make run` starts Amends, `make test` tests it. Both need Python 3.11 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))

.PHONY: venv run test lint real bench messages

venv: $(STAMP)

$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("Amends needs Python 3.11 or later.")'
	@test -x $(BIN)/python || { echo "Making $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing packages …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# Compiled by Babel: msgfmt is not on every machine.
%.mo: %.po $(STAMP)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ --locale $(word 2,$(subst /, ,$<))

run: venv $(CATALOGUES)
	@exec $(BIN)/python manage.py up $(ARGS)

test: venv $(CATALOGUES)
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

# Needs gettext's xgettext.
messages: venv
	$(BIN)/python manage.py makemessages --locale ko --no-obsolete --ignore .venv --ignore var
	$(MAKE) $(CATALOGUES)

bench: venv
	$(BIN)/python -m benchmarks.intake --batches 10 --singles 2000
	$(BIN)/python -m benchmarks.opening --rows 100000
	$(BIN)/python -m benchmarks.planning --rows 20000
	$(BIN)/python -m benchmarks.sending
	$(BIN)/python -m benchmarks.queue --cases 1000000

real: venv
	@test -f "$(DATA)" || { echo "Name the file: make real DATA=…/airtime-advances.csv"; exit 2; }
	$(BIN)/python manage.py rehearse "$(DATA)" --merchant airtime --mapping docs/mappings/airtime-advances.toml \
		--from 2019-01-16 --to 2019-12-31 $(ARGS)
