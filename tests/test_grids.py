"""Grids of runs: nothing finished is lost or made twice, nothing stale or damaged is shown."""

from __future__ import annotations

import json
import linecache
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch

from d2l_ext import grid, grids
from d2l_ext.fingerprint import fingerprint
from d2l_ext.grids import ResultsError, additive, cells

quietly = {"jobs": 1, "bar": False}
PAGE = Path(__file__).parents[1] / "chapters" / "adam" / "adamw.ipynb"
USED = ("noisy_digits", "optimizer_of", "digits_network", "train_digits")
PLAN = cells(a=[1, 2, 3], b=[10, 20])


def noted(calls):
    """A function that notes in a file how often it was called."""
    calls.touch()

    def add(a, b):
        with calls.open("a") as file:
            file.write(f"{a} {b}\n")
        return {"sum": a + b, "both": [a, b]}

    return add, lambda: calls.read_text().splitlines()


def test_a_grid_is_what_the_function_returns(tmp_path):
    add, called = noted(tmp_path / "calls")
    made = grid(add, PLAN, **quietly)
    assert made.configurations == PLAN and made.values == [add(**each) for each in PLAN]
    assert made.axis("b") == [10, 20] and made.axis("b", a=2) == [10, 20]
    assert made.table("sum", up="b", across="a").tolist() == [[11, 12, 13], [21, 22, 23]]
    assert made.table("both", up="b", across="a").shape == (2, 3, 2)
    assert made.mean("both", up="b", across="a").tolist() == [[5.5, 6, 6.5], [10.5, 11, 11.5]]
    assert made.where(a=2).values == [add(2, 10), add(2, 20)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_is_stored_is_not_made_again(tmp_path, jobs):
    add, called = noted(tmp_path / "calls")
    how = {"store": tmp_path / "deep" / "results.json", "jobs": jobs, "bar": False}
    first = grid(add, PLAN[:4], **how)
    again = grid(add, PLAN, **how)
    assert sorted(called()) == sorted(f"{each['a']} {each['b']}" for each in PLAN)
    assert again.values[:4] == first.values and again == grid(add, PLAN, **how)
    assert len(called()) == len(PLAN)
    assert grid(add, PLAN[2:3], **how).values == [first.values[2]]


def test_the_store_is_text_sorted_a_run_a_line(tmp_path):
    add, _ = noted(tmp_path / "calls")
    stores = [tmp_path / name for name in ("one.json", "other.json")]
    for store, plan in zip(stores, (PLAN, PLAN[::-1]), strict=True):
        grid(add, plan, store=store, **quietly)
    lines = stores[0].read_text().splitlines()
    assert len(lines) == len(PLAN) + 2 and lines[1:-1] == sorted(lines[1:-1])
    assert stores[0].read_bytes() == stores[1].read_bytes()
    assert os.listdir(tmp_path).count("one.json") == len([n for n in os.listdir(tmp_path) if "one" in n])
    assert len(json.loads(stores[0].read_text())["runs"]) == len(PLAN)


KILLED = """
import os, sys, time
from pathlib import Path
from d2l_ext import grid, grids

def slow(a):
    if os.path.exists(sys.argv[2]) or a < 3:
        with open(sys.argv[3], "a") as file:
            file.write(f"{a} ")
        return {"is": a}
    time.sleep(60)

grid(slow, grids.cells(a=range(8)), store=sys.argv[1], recompute=sys.argv[4] == "anew", jobs=1, bar=False)
"""


@pytest.mark.parametrize("way", ["first", "anew"])
def test_a_process_killed_halfway_goes_on_where_it_was(tmp_path, way):
    """SIGKILL leaves no time to tidy up."""
    (tmp_path / "killed.py").write_text(KILLED)
    store, go_on, calls = (tmp_path / name for name in ("results.json", "go-on", "calls"))
    command = [sys.executable, "killed.py", store, go_on, calls, way]
    growing = store.with_name("results.json.recomputing") if way == "anew" else store
    process = subprocess.Popen(command, cwd=tmp_path)
    try:
        until = time.monotonic() + 60
        while not (growing.exists() and growing.read_text().count('"of"') == 3):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    go_on.touch()
    subprocess.run(command, cwd=tmp_path, check=True)
    assert calls.read_text().split() == list("01234567")
    assert [run["is"]["is"] for run in json.loads(store.read_text())["runs"]] == list(range(8))
    assert {path.name for path in tmp_path.iterdir()} == {"killed.py", "results.json", "go-on", "calls"}


def test_joblib_decides_where_the_runs_are_made():
    """As on a cluster: the backend is chosen outside."""

    def where(a):
        return {"process": os.getpid(), "thread": threading.get_ident()}

    with joblib.parallel_config("threading"):
        here = grid(where, cells(a=range(4)), jobs=2, bar=False).values
    assert {each["process"] for each in here} == {os.getpid()}
    assert threading.get_ident() not in {each["thread"] for each in here}
    away = grid(where, cells(a=range(4)), jobs=2, bar=False).values
    assert os.getpid() not in {each["process"] for each in away}


def test_an_error_in_a_run_loses_none_of_the_others(tmp_path):
    broken = [3]

    def run(a):
        if a in broken:
            raise ZeroDivisionError
        return {"is": a}

    store = tmp_path / "results.json"
    with pytest.raises(ZeroDivisionError):
        grid(run, cells(a=range(6)), store=store, **quietly)
    assert store.read_text().count('"of"') == 3


def test_results_of_other_code_are_refused_until_made_anew(tmp_path):
    store = tmp_path / "results.json"
    grid(lambda a, b: {"is": a + b}, PLAN, store=store, **quietly)
    before = store.read_text()

    def product(a, b):
        return {"is": a * b}

    with pytest.raises(ResultsError, match="results.json holds results of other code .*recompute=True"):
        grid(product, PLAN, store=store, **quietly)
    assert store.read_text() == before
    made = grid(product, PLAN, store=store, recompute=True, **quietly)
    assert made.values == [{"is": a * b} for a, b in ((each["a"], each["b"]) for each in PLAN)]
    assert grid(product, PLAN, store=store, **quietly) == made
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_one_flag_makes_all_anew_and_drops_what_is_not_asked_for(tmp_path):
    add, called = noted(tmp_path / "calls")
    store = tmp_path / "results.json"
    grid(add, PLAN, store=store, **quietly)
    grid(add, PLAN[:2], store=store, recompute=True, **quietly)
    assert called() == [*(f"{each['a']} {each['b']}" for each in PLAN), "1 10", "1 20"]
    assert store.read_text().count('"of"') == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"sum": 12', '"sum": 13', r"results.json is damaged in line 4, the run of .*restore the file"),
        ('"a": 2', '"a": 7', "damaged in line 4"),
        ("\n]}\n", "\n", "results.json is damaged"),
        ('"of"', '"off"', "results.json is damaged"),
        ('{"code"', "[", "results.json is damaged"),
    ],
)
def test_damage_is_noticed(tmp_path, old, new, said):
    add, called = noted(tmp_path / "calls")
    store = tmp_path / "results.json"
    grid(add, PLAN, store=store, **quietly)
    text = store.read_text()
    assert old in text
    store.write_text(text.replace(old, new, 1))
    with pytest.raises(ResultsError, match=f"(?i){said}"):
        grid(add, PLAN, store=store, **quietly)
    assert len(called()) == len(PLAN)
    assert grid(add, PLAN, store=store, recompute=True, **quietly).values == grid(add, PLAN, **quietly).values


@pytest.mark.parametrize("length", [0, 1, 40, 200, -30, -4])
def test_half_a_file_is_noticed(tmp_path, length):
    add, _ = noted(tmp_path / "calls")
    store = tmp_path / "results.json"
    grid(add, PLAN, store=store, **quietly)
    store.write_text(store.read_text()[:length])
    with pytest.raises(ResultsError, match="is damaged"):
        grid(add, PLAN, store=store, **quietly)


def test_a_result_is_the_same_made_or_read_again(tmp_path):
    def odd(a):
        return {"pair": (a, 0.1 + 0.2), "lost": float("nan"), "far": float("inf"), "word": "η"}

    how = {"store": tmp_path / "results.json", **quietly}
    made, read = (grid(odd, cells(a=[1]), **how).values[0] for _ in range(2))
    assert repr(made) == repr(read) and made["pair"] == [1, 0.30000000000000004] and made["word"] == "η"


def test_the_bar_is_there_only_if_there_is_something_to_do(tmp_path, capsys):
    add, _ = noted(tmp_path / "calls")
    how = {"store": tmp_path / "results.json", "jobs": 1}
    grid(add, PLAN, **how)
    assert "6/6" in capsys.readouterr().err
    grid(add, PLAN, **how)
    assert capsys.readouterr().err == ""


def test_bad_input_is_named():
    def odd(a):
        return {1, 2}

    with pytest.raises(TypeError, match="result of .* must be what JSON can hold"):
        grid(odd, cells(a=[1]), **quietly)
    with pytest.raises(TypeError, match="configurations must be what JSON can hold"):
        grid(odd, [{"a": object()}], **quietly)
    made = grid(lambda a, b=0: {"is": a}, [{"a": 1, "b": 2}, {"a": 1, "b": 3}, {"a": 2, "b": 2}], **quietly)
    with pytest.raises(ValueError, match="1 places of a × b have no run"):
        made.table("is", up="a", across="b")
    with pytest.raises(ValueError, match="must have one run; fix what differs"):
        grid(lambda a, b, c: {"is": a}, cells(a=[1], b=[2], c=[3, 4]), **quietly).table("is", "a", "b")
    with pytest.raises(ValueError, match="have no seed"):
        made.axis("seed")
    with pytest.raises(ValueError, match="values have no measure 'was'; there are: is"):
        made.table("was", up="a", across="b")


def test_rows_and_columns_are_fitted_by_least_squares():
    draw = np.random.default_rng(0)
    table = draw.normal(size=(4, 6))
    dummies = np.array([[*np.eye(4)[i], *np.eye(6)[j]] for i in range(4) for j in range(6)])
    solved = dummies @ np.linalg.lstsq(dummies, table.ravel(), rcond=None)[0]
    fit, share = additive(table)
    np.testing.assert_allclose(fit.ravel(), solved, atol=1e-12)
    assert share == pytest.approx(1 - ((table - fit) ** 2).sum() / ((table - table.mean()) ** 2).sum())
    assert additive(np.add.outer([1, 5], [0, 2, 7]))[1] == pytest.approx(1)
    assert additive([[1, 0], [0, 1]])[1] == pytest.approx(0)
    for wrong in ([1, 2], [[1, np.inf]], [[2, 2]]):
        with pytest.raises(ValueError, match="table must be two-dimensional, finite and not constant"):
            additive(wrong)


@pytest.fixture(scope="module")
def page():
    """What the page on AdamW defines, with its source where Python looks for it: the cells named here."""
    cells = {cell["id"]: "".join(cell["source"]) for cell in json.loads(PAGE.read_text("utf8"))["cells"]}
    defined = {"__name__": "__main__"}
    exec(cells["adamw-00"].rpartition("\n")[0], defined)
    for source in cells.values():
        if source.startswith("def ") and any(f"def {name}(" in source for name in USED):
            name = f"<cell {source[:20]}>"
            linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
            exec(compile(source, name, "exec"), defined)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as on the page: the networks are small
    yield defined
    torch.set_num_threads(threads)


def test_the_books_results_are_those_of_the_page(page):
    assert json.loads(grids.stored("adamw").read_text())["code"] == fingerprint(page["train_digits"])


@pytest.mark.parametrize(
    ("method", "lr", "weight_decay", "normalised", "tolerance"),
    [
        ("coupled_adam", 0.002, 0.01, False, 1e-8),
        ("adamw", 0.005, 1.0, False, 1e-8),
        ("independent_adam", 0.01, 0.03, False, 1e-8),
        ("independent_adam", 0.001, 0.001, True, 1e-4),
        ("coupled_adam", 0.001, 0.01, True, 1e-4),
    ],
)
def test_some_of_the_books_runs_made_anew_are_as_stored(
    page, method, lr, weight_decay, normalised, tolerance
):
    configuration = {"method": method, "lr": lr, "weight_decay": weight_decay, "normalised": normalised}
    (stored,) = grids.read(grids.stored("adamw")).where(**configuration).values
    made = page["train_digits"](**configuration)
    assert set(made) == set(stored) == {"test cross-entropy", "test error, %"}
    for measure in made:
        np.testing.assert_allclose(made[measure], stored[measure], rtol=tolerance)


def test_the_books_results_are_small_and_whole():
    path = grids.stored("adamw")
    assert path.stat().st_size < 200_000
    content = json.loads(path.read_text())
    assert len(content["runs"]) == 273
    lines = path.read_text().splitlines()
    assert lines[1:-1] == sorted(lines[1:-1])
