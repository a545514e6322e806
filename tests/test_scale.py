"""The page on scale shows what `benchmarks/RESULTS.md` has."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
ROWS = {
    "one core": "one core: time",
    "2 threads": "2 threads: time of one core",
    "2 processes": "2 processes: time of one core",
    "Dask, 2 workers": "Dask: time of one core",
    "Dask, one killed after two pieces": "Dask, one worker killed: time of one core",
}
# What a sentence says: the number, to as many digits as it has, and the row it comes from.
WORDS = {
    r"([\d.]+) s for the two workers to start": "Dask cluster of 2 worker processes: to start",
    r"([\d.]+) s until both had loaded": "the same, to load numba in each worker and compile the kernel",
    r"([\d.]+) ms with threads": "one task that does nothing, threading",
    r"([\d.]+) ms with processes": "one task that does nothing, loky",
    r"([\d.]+) ms with Dask": "one task that does nothing, dask",
}


@pytest.fixture(scope="module")
def page():
    cells = nbformat.read(ROOT / "chapters/back/scale.ipynb", 4).cells
    return "\n".join(cell.source for cell in cells)


def measured(row):
    """The number in a row of the table of results."""
    results = (ROOT / "benchmarks/RESULTS.md").read_text("utf8")
    found = re.search(rf"^\| {re.escape(row)} +\| (?:median )?([\d.]+)", results, re.M)
    assert found, f"no row {row!r}"
    return float(found[1])


@pytest.mark.parametrize("row", ROWS)
def test_the_page_has_the_measured_numbers(page, row):
    shown = re.search(rf"^\| {re.escape(row)} \| (.*) \| (.*) \|$", page, re.M)
    assert shown
    for kernel, cell in zip(("numba", "numpy"), shown.groups(), strict=True):
        number = re.findall(r"\d+(?:\.\d+)?", cell)[-1]
        expected = measured(f"sweep of 10⁸ trajectory-steps, {kernel}, {ROWS[row]}")
        assert float(number) == float(f"{expected:.2g}")


@pytest.mark.parametrize("words", WORDS)
def test_its_sentences_have_them_too(page, words):
    (number,) = re.findall(words, page)
    decimals = len(number.partition(".")[2])
    assert float(number) == round(measured(WORDS[words]), decimals)
