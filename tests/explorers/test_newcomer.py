"""The README's examples: a short rule and objective with a run and an explorer; training with Adai."""

import inspect
import re
from pathlib import Path

import pytest
import torch

from d2l_ext import TraceExplorer, simulate

README = Path(__file__).parents[2] / "README.md"
OWN, TRAIN = re.findall(r"```python\n(.*?)```", README.read_text("utf8"), flags=re.S)


@pytest.fixture
def newcomer(tmp_path):
    """What the README's first Python block defines."""
    file = tmp_path / "newcomer.py"
    file.write_text(OWN, "utf8")
    namespace = {}
    exec(compile(OWN, file, "exec"), namespace)
    return namespace


def test_a_newcomer_gets_a_run_and_a_live_explorer(newcomer, show):
    rule, objective = newcomer["momentum"], newcomer["valley"]
    assert len(inspect.getsource(rule.function).splitlines()) <= 10
    assert len(inspect.getsource(objective).splitlines()) <= 5

    run = simulate(objective, rule, steps=20)
    assert run.loss[-1] < run.loss[0]

    explorer = TraceExplorer(objective, rule, steps=20)
    (live,) = show(explorer)
    shown = live.result()["runs"]["momentum"]
    assert shown["theta"] == pytest.approx(run.theta[-1].tolist(), abs=1e-12)
    live.slider("steepness").press("ArrowRight")
    assert live.result()["values"]["steepness"] > 2.0


def test_a_newcomer_trains_with_adai():
    namespace = {"model": (model := torch.nn.Linear(3, 1))}
    exec(compile(TRAIN, README, "exec"), namespace)
    before = model.weight.detach().clone()
    model(torch.ones(3)).sum().backward()
    namespace["optimizer"].step()
    step = model.weight.detach() - before * (1 - 5e-4)
    assert step.tolist() == [pytest.approx([-1.0] * 3)]  # the first one is plain gradient descent's
