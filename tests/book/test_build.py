"""The build keeps its promises: a small book, broken in every way it may break."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from .small_book import SHOW, notebook, page


def test_a_good_build_takes_the_place_of_the_last(book):
    (book.site / "stale.html").write_text("from the last build")
    assert book.build().returncode == 0
    assert not (book.site / "stale.html").exists()
    assert sorted(path.name for path in (book.root / "_build").iterdir()) == [
        "cache",
        "doctrees",
        "html",
        "jupyter_execute",
    ]


def test_a_false_claim(book):
    book.write(page('from d2l_ext import claim\nclaim("No.", 1 == 2, id="no", measured=1, expected=2)'))
    book.must_keep_its_site("ClaimError", "page.ipynb")


def test_a_package_broken_after_a_cached_build(book):
    book.write(page("from d2l_ext import ops\nassert ops"))
    assert book.build().returncode == 0
    (book.root / "d2l_ext/ops.py").write_text("raise RuntimeError('broken rule')\n")
    book.must_keep_its_site("RuntimeError: broken rule", "page.ipynb")


def test_a_failing_cell(book):
    book.write(page("1 / 0"))
    book.must_keep_its_site("ZeroDivisionError", "page.ipynb")


def test_a_warning(book):
    index = book.root / "chapters/index.md"
    index.write_text(index.read_text() + "\n{ref}`nowhere`\n")
    book.must_keep_its_site("undefined label", "index.md")


def test_a_changed_output(book):
    promised = new_output("stream", name="stdout", text="epoch 20, x1: -0.943467\n")
    cell = new_code_cell("print('epoch 20, x1: -0.943468')", execution_count=1, outputs=[promised])
    book.write(notebook(new_markdown_cell("# Page"), cell))
    book.must_keep_its_site("chapters/page", "cell 1", "-0.943467", "-0.943468")


def test_two_explorers_or_two_claims_of_one_name(book):
    twice = 'from d2l_ext import claim\nclaim("Yes.", True, id="same", measured=1)'
    book.write(page(SHOW.replace("KEY", "'same'"), SHOW.replace("KEY", "'same'"), twice, twice))
    book.must_keep_its_site("two explorers with the key 'same'", "claim 'same' is made twice")
