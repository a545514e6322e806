"""SaddleExplorer: its walkers are those of Python and simulate, its formula theorem 1, its words true."""

from __future__ import annotations

import re

import numpy as np
import pytest

from d2l_ext import SaddleExplorer, noise, objectives, rules, simulate, theory
from d2l_ext.explorers import saddle

from .hands import agrees


def go(live, **values):
    pairs = ",".join(f"{name}={value}" for name, value in values.items())
    live.page.evaluate("hash => { location.hash = hash; }", f"{live.key}:{pairs}")
    return live.result()


def test_the_page_finds_what_python_finds(show):
    explorer = SaddleExplorer(key="walk", walkers=100)
    (live,) = show(explorer)
    for method in range(4):
        for lr, descent, steps in ((0.2, 1, 300), (0.01, 0.004, 250), (0.05, 0.1, 2)):
            result = go(live, method=method, lr=lr, descent=descent, steps=steps, batch=2, seed=5)
            assert result["square"] > 0
            agrees(explorer, result)


@pytest.mark.parametrize("method", range(4))
def test_a_walker_is_a_run_of_simulate(method):
    explorer = SaddleExplorer(method=method, walkers=5, lr=0.05, descent=0.3, steps=80)
    rule = [rules.gd, rules.ema_momentum, rules.adam, rules.adai][method]
    f, shocks = objectives.noisy_saddle.at(descent=0.3, batch=1), noise.standard_normal((300, 5, 2), seed=0)
    places, squares = explorer._run()
    for i in range(5):
        path = simulate(f, rule, (0, 0), steps=80, lr=0.05, noise=shocks[:80, i]).theta
        np.testing.assert_allclose(places[i], path[-1], atol=1e-12)
    assert squares[-1] == pytest.approx(np.mean(places[:, 1] ** 2))


@pytest.mark.parametrize(("lr", "descent", "steps"), [(0.01, 0.1, 100), (0.05, 0.3, 200), (0.1, 0.01, 300)])
def test_sgd_spreads_as_theorem_1_says(lr, descent, steps):
    found = SaddleExplorer(lr=lr, descent=descent, steps=steps, walkers=4000).result()
    assert found["square"] == pytest.approx(found["formula"], abs=4 * found["error"])
    assert found["error"] == pytest.approx(found["square"] * (2 / 4000) ** 0.5, rel=0.2)


def test_momentum_spreads_as_the_walk_from_rest():
    found = SaddleExplorer(method=1, lr=0.01, steps=30, walkers=4000).result()
    assert found["square"] == pytest.approx(theory.free_walk_variance(30, 0.01, 0.9, 0.1), rel=0.12)
    assert found["formula"] > 1.5 * found["square"]


def test_the_noise_has_the_size_of_the_curvature():
    f, eps = objectives.noisy_saddle.at(descent=0.25, batch=4), 1e-6
    for direction, size in (((eps, 0), 0.5), ((0, eps), 0.25)):
        pushed, calm = (float(f(*direction, noise=shock)) for shock in ((1.0, 1.0), (0.0, 0.0)))
        assert (pushed - calm) / eps == pytest.approx(size)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"lr": 0.005}, "diffusion alone, so far."),
        ({"lr": 0.05}, "the slope begins to help."),
        ({"lr": 0.05, "descent": 0.5}, "the slope drives."),
        ({"lr": 0.05}, "within two errors of it."),
        ({"lr": 0.05, "method": 3}, "the walkers have 2.38 of it; it is for averages that have settled."),
        ({"lr": 0.01, "method": 1, "steps": 30}, " of the dotted line."),
        ({"lr": 0.2, "descent": 1, "steps": 300}, "400 of 400 beyond |y| = 1, all outside the picture."),
        (
            {"lr": 0.2, "descent": 1, "steps": 300},
            "; with ηh = 0.2 steps are too large for the formula.",
        ),
        (
            {"lr": 0.2, "descent": 1, "steps": 300, "method": 2},
            "drives; the formula's sd is above ηT.",
        ),
        ({"lr": 0.01, "method": 2}, "ηT√(Bh) = 0.316"),
    ],
)
def test_its_words_follow_the_run(show, values, said):
    (live,) = show(SaddleExplorer(key="words"))
    go(live, **values)
    assert said in live.root.locator(".summary").inner_text()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"walkers": 1}, ValueError, "walkers must be"),
        ({"lr": -0.1}, ValueError, "lr must be"),
        ({"descent": 5}, ValueError, "descent must be"),
        ({"method": 4}, ValueError, "method must be"),
        ({"steps": 1.5}, TypeError, "steps must be"),
        ({"show": ["beta"]}, ValueError, "show must name settings"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        SaddleExplorer(**options)


def test_momentum_is_also_measured_by_the_dotted_line(show):
    (live,) = show(SaddleExplorer(key="rest"))
    found = go(live, method=1, lr=0.01, descent=0.01, steps=30)
    said = live.root.locator(".summary").inner_text()
    share = float(re.search(r", and ([\d.]+) of the dotted line", said)[1])
    assert share == pytest.approx(found["square"] / theory.free_walk_variance(30, 0.01, 0.9, 0.01), rel=6e-3)


def test_the_steps_fall_short_of_the_formula_by_what_is_said():
    lr, h, steps = 0.1, 0.5, 60
    exact = lr**2 * h * sum((1 + lr * h) ** (2 * k) for k in range(steps))
    short = saddle._shortfalls(steps, lr, h, 1.0)[0]
    assert np.log(theory.saddle_variance(steps, lr, -h, h) / exact) == pytest.approx(short, rel=0.2)
