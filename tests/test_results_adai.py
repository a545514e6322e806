"""The stored results of the page on experiments with Adai: whole, of its code, the same made anew."""

from __future__ import annotations

import json
import linecache
from pathlib import Path

import numpy as np
import pytest
import torch

from d2l_ext import grids
from d2l_ext.fingerprint import fingerprint

PAGE = Path(__file__).parents[1] / "chapters" / "adai" / "experiments.ipynb"
MEASURES = {"test error, %", "train loss", "top eigenvalue"}


@pytest.fixture(scope="module")
def page():
    """The functions of the page that `train_few` reaches, with their source where Python looks for it."""
    sources = ["".join(cell["source"]) for cell in json.loads(PAGE.read_text("utf8"))["cells"]]
    defined = {"__name__": "__main__"}
    exec(sources[0].rpartition("\n")[0], defined)
    last = next(i for i, source in enumerate(sources) if source.startswith("def train_few("))
    for source in (each for each in sources[: last + 1] if each.startswith("def ")):
        name = f"<cell {source[:20]}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        exec(compile(source, name, "exec"), defined)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield defined
    torch.set_num_threads(threads)


def test_the_results_are_those_of_the_page(page):
    assert json.loads(grids.stored("adai").read_text())["code"] == fingerprint(page["train_few"])


@pytest.mark.parametrize("method", ["gd", "momentum", "adai", "adaiw", "adam", "adamw"])
def test_a_run_of_each_method_made_anew_is_as_stored(page, method):
    lr = {"momentum": 0.03, "adam": 0.01, "adamw": 0.01}.get(method, 0.3)
    decay = 0.03 if method in {"adai", "adamw"} else 0.002
    how = {"model": "mlp", "centred": True, "method": method, "lr": lr, "weight_decay": decay, "wrong": 0}
    (stored,) = grids.read(grids.stored("adai")).where(**how).values
    made = page["train_few"](**how)
    assert set(made) == set(stored) == MEASURES
    for measure in MEASURES:
        np.testing.assert_allclose(made[measure], stored[measure], rtol=1e-6)


def test_convolutions_made_anew_are_as_stored(page, monkeypatch):
    """Two of the five seeds, at a small learning rate: ReLU and pooling magnify rounding."""
    how = {"model": "cnn", "centred": False, "method": "adai", "lr": 0.1, "weight_decay": 0.0005}
    (stored,) = grids.read(grids.stored("adai")).where(**how).values
    monkeypatch.setitem(page, "range", lambda count: range(2))
    made = page["train_few"](**how)
    np.testing.assert_allclose(made["train loss"], stored["train loss"][:2], rtol=1e-3)
    np.testing.assert_allclose(made["top eigenvalue"], stored["top eigenvalue"][:2], rtol=2e-2)
    np.testing.assert_allclose(made["test error, %"], stored["test error, %"][:2], atol=0.25)


def test_the_results_are_small_and_whole():
    path = grids.stored("adai")
    assert path.stat().st_size < 300_000
    results = grids.read(path)
    assert len(results.values) == 2 * (5 * 5 + 6) * 9 + 6 * 3 + 7 + 2
    assert all(set(value) == MEASURES for value in results.values)
    assert all(len(value[measure]) == 5 for value in results.values for measure in MEASURES)
    failed = [np.isnan(v["top eigenvalue"]) == (np.array(v["train loss"]) < 1) for v in results.values]
    assert not np.any(failed)  # sharpness is measured where the network learned, and only there
