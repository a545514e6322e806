"""Sweeps and grids on a cluster of two worker processes, one of them killed on the way: nothing is lost."""

from __future__ import annotations

import json
import os
import time

import joblib
import numpy as np
import psutil
import pytest

from d2l_ext import grid, grids, objectives, sweep, sweeps

distributed = pytest.importorskip("distributed", reason="needs pip install d2l-ext[cluster]")


@pytest.fixture
def client(tmp_path):
    """Of two workers with a thread each, where joblib finds them; a new one each time, since some die."""
    how = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0", "silence_logs": 50}
    with (
        distributed.LocalCluster(local_directory=str(tmp_path / "workers"), **how) as cluster,
        distributed.Client(cluster) as client,
        joblib.parallel_config("dask"),
    ):
        client.wait_for_workers(2, timeout=60)
        yield client


def killing(client, module, monkeypatch, *, after, look=lambda: None):
    """Kill a worker when `after` results have arrived; returns what `look` saw at each arrival."""
    victim, *_ = client.run(os.getpid).values()
    results, seen = module.results, []

    def watched(*arguments, **options):
        for made in results(*arguments, **options):
            seen.append(look())
            if len(seen) == after:
                psutil.Process(victim).kill()
            yield made

    monkeypatch.setattr(module, "results", watched)
    return seen


def test_a_sweep_has_the_bits_of_one_core(client, tmp_path, monkeypatch):
    monkeypatch.setattr(sweeps, "PIECE", 1024)
    axes = {"lr": np.linspace(0.01, 0.5, 30), "momentum": np.linspace(0, 0.99, 1024)}
    plan = {"steps": 400, "backend": "numpy", **axes}
    with joblib.parallel_config(n_jobs=1, backend="sequential"):
        serial = sweep(objectives.ravine, "momentum", **plan)
    seen = killing(client, sweeps, monkeypatch, after=6)
    spread = sweep(objectives.ravine, "momentum", store=tmp_path / "pieces", **plan)
    assert len(seen) == 30 == len(list((tmp_path / "pieces").iterdir()))
    for name in ("theta", "outcome", "period", "settled"):
        assert getattr(spread, name).tobytes() == getattr(serial, name).tobytes(), name
    assert len(set(serial.outcome.ravel())) > 1


def test_a_grid_stores_each_run_as_it_arrives(client, tmp_path, monkeypatch):
    def slow(a):
        time.sleep(0.05)
        return {"is": a**0.5, "process": os.getpid()}

    store, plan = tmp_path / "results.json", grids.cells(a=range(16))
    stored = lambda: store.read_text().count('"of"') if store.exists() else 0  # noqa: E731
    seen = killing(client, grids, monkeypatch, after=5, look=stored)
    made = grid(slow, plan, store=store, bar=False)
    assert seen == list(range(16)), "every run was in the store before the next one was asked for"
    assert [each["is"] for each in made.values] == [a**0.5 for a in range(16)]
    assert len(json.loads(store.read_text())["runs"]) == 16
    assert os.getpid() not in {each["process"] for each in made.values}


def test_a_run_that_kills_its_workers_ends_in_an_error(client, tmp_path, monkeypatch):
    """Not in waiting for ever; what the others gave is stored."""
    parent = os.getpid()

    def deadly(a):
        if a == 7 and os.getpid() != parent:
            os._exit(1)
        return {"is": a}

    monkeypatch.setattr(client.cluster.scheduler, "allowed_failures", 0)
    store = tmp_path / "results.json"
    with pytest.raises(distributed.scheduler.KilledWorker, match="those workers died while running it"):
        grid(deadly, grids.cells(a=range(8)), store=store, bar=False)
    assert store.read_text().count('"of"') > 0
