"""The README's example: a rule in at most ten lines, an objective in five; a run and an explorer of both."""

import inspect
import re
from pathlib import Path

import pytest

from d2l_ext import TraceExplorer, simulate

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def newcomer(tmp_path):
    """What the README's Python block defines."""
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf8"), flags=re.S)
    file = tmp_path / "newcomer.py"
    file.write_text(code, "utf8")
    namespace = {}
    exec(compile(code, file, "exec"), namespace)
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
