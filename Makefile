# A fresh machine needs Python 3.11 or newer and make; everything else is set up in $(VENV).
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
COMPILE = $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header

.PHONY: demo test lint reformat examples docs site lock clean

demo: $(VENV)/run ## scan the example models
	@$(BIN)/modelassay scan examples; code=$$?; echo; echo "exit code $$code"; test $$code -eq 1

test: $(VENV)/dev ## run the tests
	$(BIN)/pytest

lint: $(VENV)/dev ## style, types, layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

reformat: $(VENV)/dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

examples: $(VENV)/dev ## make the example models anew
	$(BIN)/python examples/make.py

docs: $(VENV)/dev ## make the generated pages anew
	$(BIN)/python -m tools.docs

site: $(VENV)/dev ## build the documentation, and fail on a broken link
	$(BIN)/zensical build --strict --clean

lock: | $(BIN)/python ## resolve the dependencies anew
	$(BIN)/python -m pip install --quiet pip-tools
	$(COMPILE) --upgrade --output-file requirements/run.txt pyproject.toml
	$(COMPILE) --upgrade --only-build-deps --build-deps-for wheel --build-deps-for editable \
		--output-file requirements/build.txt pyproject.toml
	$(COMPILE) --upgrade --all-extras --output-file requirements/dev.txt pyproject.toml requirements/dev.in

clean:
	rm -rf $(VENV) dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: pyproject.toml requirements/run.txt requirements/build.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/dev: $(VENV)/run requirements/dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	touch $@
