# Each target sets up all it needs, in .venv. `make help` lists them.
WINDOWS := $(filter Windows_NT,$(OS))
SCRIPTS := $(if $(WINDOWS),Scripts,bin)
PYTHON  ?= $(if $(WINDOWS),python,python3)
BIN     := .venv/$(SCRIPTS)
READY   := .venv/ready
PIP     := -m pip install --quiet --disable-pip-version-check

# Notebooks run in their own folders, so a relative data folder is made absolute here.
ifdef D2L_EXT_DATA
export D2L_EXT_DATA := $(abspath $(D2L_EXT_DATA))
endif
# PyTorch's own index of CPU builds, for Linux machines where the default would bring CUDA.
ifdef CPU
INDEX := --extra-index-url https://download.pytorch.org/whl/cpu
endif

# Environments made anew by the tests of environments; their Pythons, oldest and newest.
ENVIRONMENTS ?= _build/environments
OLDEST ?= python3.11
NEWEST ?= python3.13

.PHONY: help book serve test lint bench clean repository wheel
.PHONY: test-wheel test-matrix test-oldest test-newest test-binder test-colab

help:
	@echo "make book    build the book: _build/html/index.html"
	@echo "make serve   build it and serve it at http://localhost:8000"
	@echo "make test    build it, then check style, types, code, notebooks and the site in a browser"
	@echo "make bench   measure explorers, sweeps and optimizers"
	@echo "make wheel   build what pip installs: _build/dist"
	@echo "make test-wheel   install it in an environment of its own, use it, run all notebooks"
	@echo "make test-matrix  test with the oldest and with the newest of all that we depend on"
	@echo "make test-binder, make test-colab   run all notebooks as they run there"
	@echo "make repository URL=https://github.com/OWNER/NAME   say where the book lives, for Binder and Colab; URL= takes it out"
	@echo "make clean   remove what was built; .venv stays"
	@echo "CPU=1 takes PyTorch's CPU builds; PYTHON=... chooses the interpreter (3.11 to 3.13)"

book: $(READY)
	$(BIN)/python -m d2l_ext.book

serve: book
	$(BIN)/python -m http.server --bind localhost --directory _build/html 8000

test: lint book
	$(BIN)/pytest

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pyright
	$(BIN)/actionlint -shellcheck= -pyflakes=

# One row compares with another library's Adai; without it the row says so.
bench: book
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps pytorch_optimizer==4.1.0
	$(BIN)/python -m benchmarks

# From the command line only: an URL that the environment happens to hold is not meant.
repository: $(READY)
	$(if $(filter command,$(origin URL)),,$(error say make repository URL=https://github.com/OWNER/NAME; an empty URL= takes it out))
	@$(BIN)/python -m d2l_ext.book.repository "$$URL"

# By way of the source archive: a file that is not in it cannot get into the wheel.
wheel: $(READY)
	rm -rf _build/dist
	$(BIN)/python -m build --no-isolation --outdir _build/dist

# Each of these makes an environment of its own, from nothing. $(call fresh,NAME,PYTHON) begins one.
fresh = $(2) -m venv --clear $(ENVIRONMENTS)/$(1)
inside = $(ENVIRONMENTS)/$(1)/$(SCRIPTS)/python

test-wheel: wheel
	$(call fresh,wheel,$(PYTHON))
	$(call inside,wheel) $(PIP) $(INDEX) "$(wildcard _build/dist/*.whl)[book]"
	$(call inside,wheel) -m d2l_ext.doctor
	$(call inside,wheel) tests/environments/wheel.py $(wildcard _build/dist/*.whl)
	$(call inside,wheel) tests/environments/notebooks.py

EXTRAS := book,cluster,experiments,numba,test

test-matrix: test-oldest test-newest

test-oldest:
	$(call fresh,oldest,$(OLDEST))
	$(OLDEST) tests/environments/oldest.py > $(ENVIRONMENTS)/oldest/oldest.txt
	$(call inside,oldest) $(PIP) $(INDEX) -c $(ENVIRONMENTS)/oldest/oldest.txt -e '.[$(EXTRAS)]'
	$(call test-end,oldest)

test-newest:
	$(call fresh,newest,$(NEWEST))
	$(call inside,newest) $(PIP) $(INDEX) -e '.[$(EXTRAS)]'
	$(call test-end,newest)

# What no browser is needed for. That other packages warn each other, as some do at either end, is no failure.
define test-end
$(call inside,$(1)) -m d2l_ext.doctor
REQUIRE_BROWSER= CHROME=none $(call inside,$(1)) -m pytest tests d2l_ext \
	--ignore=tests/site --ignore=tests/lab -W default::DeprecationWarning -W default::FutureWarning
$(call inside,$(1)) tests/environments/notebooks.py
endef

# From the files that Binder itself reads, and with what Colab brings.
test-binder:
	$(call fresh,binder,$(PYTHON))
	$(call inside,binder) $(PIP) -r .binder/requirements.txt
	PATH=$(abspath $(dir $(call inside,binder))):$$PATH .binder/postBuild
	.binder/start $(call inside,binder) -m tests.environments.binder

test-colab:
	$(call fresh,colab,$(PYTHON))
	$(call inside,colab) $(PIP) $(INDEX) -r tests/environments/colab.txt
	$(call inside,colab) tests/environments/colab.py

clean:
	rm -rf _build

# The stamp is written last and removed first: an environment that was interrupted is made anew.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14) and "Python 3.11 to 3.13 is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(if $(wildcard $(READY)),,--clear) .venv
	rm -f $@
	$(BIN)/python $(PIP) $(INDEX) -r requirements.txt
	$(BIN)/python $(PIP) --no-deps --no-build-isolation -e .
	touch $@
