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


@pytest.mark.parametrize("row", ROWS)
def test_the_page_has_the_measured_numbers(row):
    cells = nbformat.read(ROOT / "chapters/back/scale.ipynb", 4).cells
    page = "\n".join(cell.source for cell in cells)
    results = (ROOT / "benchmarks/RESULTS.md").read_text("utf8")
    shown = re.search(rf"^\| {re.escape(row)} \| (.*) \| (.*) \|$", page, re.M)
    assert shown
    for kernel, cell in zip(("numba", "numpy"), shown.groups(), strict=True):
        name = re.escape(f"sweep of 10⁸ trajectory-steps, {kernel}, {ROWS[row]}")
        measured = re.search(rf"^\| {name} +\| (?:median )?([\d.]+)", results, re.M)
        assert measured
        number = re.findall(r"\d+(?:\.\d+)?", cell)[-1]
        assert float(number) == float(f"{float(measured[1]):.2g}")
