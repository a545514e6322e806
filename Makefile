# Each target sets up all it needs, in .venv. `make help` lists them.
PYTHON ?= python3
BIN    := .venv/bin
READY  := .venv/ready

# Notebooks run in their own folders, so a relative data folder is made absolute here.
ifdef D2L_EXT_DATA
export D2L_EXT_DATA := $(abspath $(D2L_EXT_DATA))
endif
# PyTorch's own index of CPU builds, for Linux machines where the default would bring CUDA.
ifdef CPU
INDEX := --extra-index-url https://download.pytorch.org/whl/cpu
endif

.PHONY: help book serve test lint bench clean

help:
	@echo "make book    build the book: _build/html/index.html"
	@echo "make serve   build it and serve it at http://localhost:8000"
	@echo "make test    build it, then check style, types, code, notebooks and the site in a browser"
	@echo "make bench   measure explorers, sweeps and optimizers"
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

# One row compares with another library's Adai; without it the row says so.
bench: book
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps pytorch_optimizer==4.1.0
	$(BIN)/python -m benchmarks

clean:
	rm -rf _build

# The stamp is written last and removed first: an environment that was interrupted is made anew.
$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14) and "Python 3.11 to 3.13 is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(if $(wildcard $(READY)),,--clear) .venv
	rm -f $@
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(INDEX) -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
