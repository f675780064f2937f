# A fresh machine needs Python 3.11 or newer and make; everything else is set up in $(VENV).
PYTHON ?= python3
VENV ?= .venv
SECONDS ?= 3600
BIN = $(VENV)/bin
COMPILED = $(VENV)/compiled
COMPILE = $(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header

.PHONY: demo test fuzz smoke test-compiled lint reformat examples docs site lock clean

demo: $(VENV)/run ## scan the example models
	@$(BIN)/modelassay scan examples; code=$$?; echo; echo "exit code $$code"; test $$code -eq 1

test: $(VENV)/dev ## run the tests
	$(BIN)/pytest --numprocesses auto --dist worksteal

test-compiled: $(COMPILED)/done ## run the tests against the wheel with the compiled pickle machine
	MODELASSAY_FORM=compiled $(COMPILED)/bin/python -m pytest --numprocesses auto --dist worksteal $(TESTS)

fuzz: $(VENV)/dev ## fuzz all formats for SECONDS, guided where atheris is installed
	$(BIN)/python fuzz/run.py --seconds $(SECONDS)

smoke: $(VENV)/dev ## a short one from fixed seeds
	$(BIN)/python fuzz/run.py --smoke --seconds 40 --cases 100

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
	$(BIN)/python -m tools.docs

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

# An environment of its own for the wheel, with the dependencies of the other.
$(COMPILED)/done: $(VENV)/dev hatch_build.py $(shell find src -name '*.py' -o -name '*.pxd' -o -name '*.json')
	rm -rf $(COMPILED)
	$(BIN)/python -m venv --without-pip $(COMPILED)
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> $$($(COMPILED)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/dependencies.pth
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir $(COMPILED)/wheel .
	$(BIN)/python -m pip --python $(COMPILED)/bin/python install --quiet --no-deps --ignore-installed \
		$(COMPILED)/wheel/*.whl
	touch $@
