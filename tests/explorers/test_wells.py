"""WellsExplorer: its walkers are those of Python and simulate, its times those of theory, its words true."""

from __future__ import annotations

import numpy as np
import pytest

from d2l_ext import WellsExplorer, noise, objectives, rules, simulate

from .hands import agrees


def words(live):
    return live.root.locator(".summary").inner_text()


def go(live, **values):
    pairs = ",".join(f"{name}={value}" for name, value in values.items())
    live.page.evaluate("hash => { location.hash = hash; }", f"{live.key}:{pairs}")
    return live.result()


@pytest.mark.parametrize("method", range(4))
def test_the_page_counts_what_python_counts(show, method):
    explorer = WellsExplorer(key="walk", method=method, walkers=400)
    (live,) = show(explorer)
    for lr, ratio, steps in ((0.17, 3, 400), (0.3, 5, 500)):
        result = go(live, method=method, lr=lr, ratio=ratio, steps=steps, seed=5)
        assert result["sharp"]["left"] > 50
        agrees(explorer, result)


@pytest.mark.parametrize("method", range(4))
def test_a_walker_is_a_run_of_simulate(method):
    explorer = WellsExplorer(method=method, walkers=6, lr=0.2, ratio=3, steps=120)
    rule = [rules.gd, rules.ema_momentum, rules.adam, rules.adai][method]
    shocks = noise.standard_normal((500, 6), seed=0)[:120]
    f = objectives.glued_wells.at(left=3, right=1, height=0.2, batch=1)
    for i, bottom in enumerate([-2 * (0.2 / 3) ** 0.5] * 3 + [2 * 0.2**0.5] * 3):
        path = simulate(f, rule, bottom, steps=120, lr=0.2, noise=shocks[:, i : i + 1]).theta[:, 0]
        gone = path > 0.2**0.5 if i < 3 else path < -((0.2 / 3) ** 0.5)
        assert explorer._run()[0][i] == pytest.approx(path[-1], abs=1e-9)
        assert explorer._run()[1][i] == (gone.argmax() if gone.any() else 0)


@pytest.mark.parametrize("method, ratio", [(0, 1.5), (1, 1.5), (2, 2), (3, 1.5)])
def test_walkers_stay_as_long_as_theory_says(method, ratio):
    well = WellsExplorer(method=method, lr=0.12, ratio=ratio, steps=500, walkers=6000, seed=1).result()[
        "sharp"
    ]
    assert well["counted"] > 500
    assert well["risk"] / well["counted"] == pytest.approx(well["theory"], rel=0.15)


def test_the_objective_is_two_glued_parabolas_and_its_noise_their_curvature():
    f = objectives.glued_wells.at(left=4, right=1, height=0.2)
    single = objectives.glued_parabolas.at(well=4, barrier=4, height=0.2)
    bottom = -2 * (0.2 / 4) ** 0.5
    at = np.linspace(-0.2, -bottom, 51)
    np.testing.assert_allclose(f(bottom + at), single(at), atol=1e-12)
    pushed = [
        float(f(np.array(x + 1e-4), noise=(1.0,)) - f(np.array(x), noise=(1.0,))) / 1e-4 for x in (-0.3, 0.3)
    ]
    calm = [float(f(np.array(x + 1e-4)) - f(np.array(x))) / 1e-4 for x in (-0.3, 0.3)]
    np.testing.assert_allclose(np.subtract(pushed, calm), [2, 1], atol=1e-6)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"lr": 0.02, "ratio": 1}, "no exit seen: less than once in 62700 steps (95 % sure)."),
        ({"lr": 0.3, "ratio": 5, "steps": 500}, "is small for the formula."),
        ({"lr": 0.1}, "times longer."),
        ({"ratio": 1}, "both alike."),
        ({"ratio": 4}, "went out; beyond the grey once in"),
        ({"ratio": 4}, "times longer; but an exponent of 1 is small for the formula."),
    ],
)
def test_its_words_follow_the_run(show, values, said):
    (live,) = show(WellsExplorer(key="words"))
    result = go(live, **values)
    assert said in words(live)
    assert said[:7] != "no exit" or result["flat"]["left"] == result["sharp"]["left"] == 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"walkers": 3}, ValueError, "walkers must be even"),
        ({"lr": -0.1}, ValueError, "lr must be"),
        ({"ratio": 20}, ValueError, "ratio must be"),
        ({"method": 4}, ValueError, "method must be"),
        ({"steps": 1.5}, TypeError, "steps must be"),
        ({"show": ["beta"]}, ValueError, "show must name settings"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        WellsExplorer(**options)
