"""SharpnessExplorer: its numbers are the runs', its words hold at every step, its data are small."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from d2l_ext import FullBatch, SharpnessExplorer

from .hands import agrees
from .kinds import sharpness, train_waves, waves


def at(explorer, run, step):
    explorer.values = {"run": run, "step": step}
    return explorer.result()


@pytest.mark.parametrize("run", range(4))
def test_its_numbers_are_those_of_the_run(run):
    record = waves()[run]
    limit = (2 + 2 * record.hyper["momentum"]) / record.hyper["lr"]
    above = record.probed[record.sharpness >= limit]
    explorer = sharpness()
    for step in (0, 1, 14, 15, 37, 60, 200, 300):
        found = at(explorer, run, step)
        end = min(step, np.isfinite(record.loss).sum() - 1)
        assert found["step"] == end
        assert found["loss"] == pytest.approx(record.loss[end], rel=1e-6)
        assert found["measured"] == 15 * (end // 15)
        assert found["sharpness"] == pytest.approx(record.sharpness[end // 15], rel=1e-4)
        assert found["ratio"] == pytest.approx(found["sharpness"] / limit)
        crossed = above[0] if len(above) and above[0] <= end else None
        assert found["crossed"] == crossed
        rose = np.diff(record.loss[: end + 1]) > 0
        cut = end if crossed is None else crossed
        assert (found["risesBefore"], found["risesSince"]) == (rose[:cut].sum(), rose[cut:].sum())


def test_its_words_follow(show):
    (live,) = show(sharpness())
    summary = expect(live.root.locator(".summary"))
    found = live.result()
    summary.to_contain_text(f"{found['loss']:.3g} at step 0, the start.")
    summary.to_contain_text("8.1 at step 0: 1.22 of 2/η = 6.67.")
    summary.to_contain_text("reached from the start; the loss rose on 0 of 0 steps.")
    live.slider("step").press("End")
    record = waves()[1]
    rose = (np.diff(record.loss) > 0).sum()
    way = "lower" if record.loss[300] < record.loss[299] else "higher"
    summary.to_contain_text(f"at step 300, {way} than one step")
    summary.to_contain_text(f"the loss rose on {rose} of 300 steps.")
    live.slider("step").press("ArrowLeft")
    summary.to_contain_text("when last measured, at step 285: ")
    live.slider("run").press("Home")
    summary.to_contain_text("not reached so far; the loss rose on 0 of 299 steps.")
    expect(live.root.locator("output").first).to_have_text("η = 0.1")
    live.slider("run").press("End")
    summary.to_contain_text("After it the run is lost.")
    live.slider("run").press("ArrowLeft")
    summary.to_contain_text("(2 + 2β)/η = 18")
    summary.not_to_contain_text("reached by step 300")


def test_the_ring_takes_the_step_along(show):
    explorer = sharpness()
    (live,) = show(explorer)
    box = live.root.locator(".sharp canvas").bounding_box()
    live.page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.3 * box["height"])
    found = live.result()
    assert 100 < found["values"]["step"] < 200 and found["step"] == found["values"]["step"]
    agrees(explorer, found)


def test_five_long_runs_weigh_little():
    draw = np.random.default_rng(0)
    loss = np.exp(-np.linspace(0, 4, 2001)) * draw.uniform(0.9, 1.1, 2001)
    hyper = dict.fromkeys(["dampening", "nesterov", "weight_decay", "maximize", "momentum"], 0) | {"lr": 0.3}
    run = FullBatch(loss, np.arange(0, 2001, 20), draw.uniform(5, 7, (101, 1)), hyper)
    runs = [replace(run, loss=draw.permutation(loss)) for _ in range(5)]
    payload = json.dumps(SharpnessExplorer(runs).payload()).encode()
    assert len(gzip.compress(payload)) <= 150_000


def test_one_run_has_no_choice_of_runs(show):
    explorer = SharpnessExplorer(waves()[:1], step=40)
    assert [control["key"] for control in explorer.spec["controls"]] == ["step"]
    (live,) = show(explorer)
    agrees(explorer, live.result())


def test_without_the_training_its_python_holds_the_recorded_numbers(capsys):
    explorer = SharpnessExplorer(waves(), run=1, step=100)
    exec(explorer.spec["snippet"].replace("«run»", "1").replace("«step»", "100"), {})
    measured, loss, sharp, limit = map(float, capsys.readouterr().out.split())
    found = explorer.result()
    assert (measured, sharp) == (found["measured"], found["sharpness"])
    assert loss == pytest.approx(waves()[1].loss[90], rel=1e-6) and limit == pytest.approx(2 / 0.3)


def test_other_optimizers_are_turned_away():
    with pytest.raises(ValueError, match="runs must hold at least one run"):
        SharpnessExplorer([])
    with pytest.raises(TypeError, match="runs must hold what train_full_batch returns"):
        SharpnessExplorer([1])
    with pytest.raises(ValueError, match="runs must be of torch.optim.SGD"):
        SharpnessExplorer([replace(waves()[0], hyper={"lr": 0.1, "betas": (0.9, 0.999)})])
    with pytest.raises(ValueError, match="run must be in 0 to 3, got 4"):
        SharpnessExplorer(waves(), run=4)
    nesterov = partial(torch.optim.SGD, lr=0.1, momentum=0.9, nesterov=True)([torch.zeros(1)])
    with pytest.raises(ValueError, match="others have another line"):
        SharpnessExplorer([replace(train_waves(0.1, steps=1), hyper=nesterov.defaults)])
