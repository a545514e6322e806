"""A line through many points leaves out only what no eye could see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from d2l_ext.explorers import assets

SOURCE = (Path(assets.__file__).parent / "live" / "lines.js").read_text("utf8")
DRAWN = """([values, wide]) => {
  const line = [], put = (...point) => { if (point.every(Number.isFinite)) line.push(point); };
  const pen = { beginPath() {}, stroke() {}, moveTo: put, lineTo: put };
  curve(pen, values, values.length - 1, (k) => wide * k, (v) => v);
  return line;
}"""


@pytest.fixture(scope="module")
def drawn(browser):
    """The corners of the line through values `wide` pixels apart."""
    page = browser.new_page()
    page.add_script_tag(content=SOURCE)
    yield lambda values, wide=1.0: np.array(page.evaluate(DRAWN, [list(values), wide]))
    page.close()


def walk(count):
    return np.cumsum(np.random.default_rng(3).normal(size=count))


@pytest.mark.parametrize("size", [0.05, 1, 30])
def test_it_passes_every_point_within_a_quarter_of_a_pixel(drawn, size):
    values = size * walk(400)
    line = drawn(values)
    assert np.abs(np.interp(np.arange(400), *line.T) - values).max() <= 0.25 + 1e-9
    assert line[0].tolist() == [0, values[0]] and line[-1].tolist() == [399, values[-1]]


def test_it_leaves_out_what_lies_on_it_and_keeps_every_corner(drawn):
    assert len(np.unique(drawn(np.arange(500.0)), axis=0)) == 2
    assert len(np.unique(drawn([0, 9] * 50), axis=0)) == 100


def test_of_many_values_on_a_pixel_it_keeps_the_extremes(drawn):
    values = walk(5000)
    line = drawn(values, 0.1)
    assert line[:, 1].min() == pytest.approx(values.min(), abs=0.25)
    assert line[:, 1].max() == pytest.approx(values.max(), abs=0.25)
    assert len(line) <= 2002


def test_it_ends_where_the_numbers_end(drawn):
    assert drawn([1.0, 2, 4, np.inf, 3])[-1].tolist() == [2, 4]
    assert len(drawn([np.nan, 1, 2])) == 0
