"""The check of notebooks: it passes every chapter, and finds each fault."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from d2l_ext.book.notebooks import complaints

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").rglob("*.ipynb"))
HELLO = new_output("stream", name="stdout", text="hello")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapters_are_in_order(path):
    assert complaints(path) == []


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        (new_code_cell("print('hello')", outputs=[HELLO]), "stored with outputs"),
        (new_code_cell("1", execution_count=3), "stored with outputs or a count"),
        (new_code_cell("1", metadata={"tags": ["keep_output"]}), "has no output"),
        (new_code_cell("\n".join("abcdefghijklm")), "has 13 lines"),
        (new_code_cell("plots.trace(run)"), "does not say what it shows"),
        (new_code_cell("from d2l_ext.explorers import base"), "imports explorers"),
        (new_code_cell("from d2l_ext import _private"), "imports _private"),
        (new_code_cell("%matplotlib inline\nimport d2l_ext.explorers"), "imports explorers"),
    ],
)
def test_a_fault_is_found(tmp_path, cell, fault):
    first = new_code_cell("import d2l_ext", metadata={"tags": ["remove-input"]})
    path = tmp_path / "page.ipynb"
    nbformat.write(new_notebook(cells=[first, cell]), path)
    (found,) = complaints(path)
    assert "code cell 2" in found and fault in found


def test_the_first_cell_is_hidden(tmp_path):
    path = tmp_path / "page.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("import d2l_ext")]), path)
    assert complaints(path) == [f"{path}: the first code cell is not hidden (remove-input or hide-input)"]
