"""ChaosExplorer: the page's chaotic run is Python's, bit for bit; its numbers, its words, its Python."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from d2l_ext import ChaosExplorer, noise, objectives, ops, rules, simulate, theory

from .hands import agrees


def words(live):
    return live.root.locator(".summary").inner_text()


def go(live, **values):
    pairs = ",".join(f"{name}={value}" for name, value in values.items())
    live.page.evaluate("hash => { location.hash = hash; }", f"{live.key}:{pairs}")
    return live.result()


@pytest.mark.parametrize("objective", [objectives.multiscale, objectives.multiscale_well])
def test_a_chaotic_run_is_the_same_to_the_last_bit(show, objective):
    """An error in the last bit of one step would fill the whole cloud after thirty."""
    explorer = ChaosExplorer(objective, key="run", lr=0.17, epsilon=3e-5)
    (live,) = show(explorer)
    for lr, epsilon, start in ((0.17, 3e-5, 0.7), (0.31, 1e-5, -1.9), (0.05, 7e-4, 1.234)):
        result = go(live, **{"lr": lr, "epsilon": epsilon, "start.0": start, "steps": 10_000})
        explorer.values = result["values"]
        assert result["outcome"] == "wanders" and result["exponent"] > 3
        assert result["x"] == explorer.run()[-1]


def test_where_it_is_not_chaotic_it_is_the_run_of_simulate():
    explorer = ChaosExplorer(lr=0.01, start=1.3, steps=400)
    run = simulate(objectives.multiscale, rules.gd, 1.3, steps=400, lr=0.01)
    np.testing.assert_allclose(explorer.run(), run.theta[:, 0], atol=1e-12)
    found = explorer.result()
    assert found["outcome"] == "rests" and found["x"] == pytest.approx(run.theta[-1, 0])
    assert found["curvature"] == pytest.approx(1 - np.sin(found["x"] / 0.02) / 0.02)


def test_random_phases_are_the_autoregression_of_the_theory():
    explorer = ChaosExplorer(lr=0.3, start=0, steps=10_000, seed=3)
    kicks = np.cos(2 * np.pi * noise.uniform(10_000, seed=3))
    x = [0.0]
    for kick in kicks:
        x.append(0.7 * x[-1] - 0.3 * kick)
    np.testing.assert_allclose(explorer.scrambled(), x, atol=1e-12)
    variance = theory.stationary_variance(0.3, 0, 1, 0.5)
    assert explorer.result()["scrambled"]["sd"] == pytest.approx(variance**0.5, rel=0.05)


def test_gibbs_is_the_integral():
    explorer = ChaosExplorer(objectives.multiscale_well, lr=0.2, tilt=0.1)
    found = explorer.result()["gibbs"]
    x = np.linspace(-5, 5, 100_001)
    p = np.exp(-objectives.double_well(x, tilt=0.1) / 0.05)
    p /= p.sum()
    mean = p @ x
    expected = (0.05, mean, np.sqrt(p @ (x - mean) ** 2), p[x < 0].sum())
    assert tuple(found.values()) == pytest.approx(expected, abs=1e-4)


def test_a_wandering_run_is_as_wide_as_predicted():
    found = ChaosExplorer(lr=0.2, epsilon=1e-4, steps=10_000).result()
    assert found["sd"] == pytest.approx(theory.stationary_variance(0.2, 0, 1, 0.5) ** 0.5, rel=0.05)
    assert found["exponent"] == pytest.approx(theory.scrambled_exponent(0.2, 1e-4), abs=0.05)


@pytest.mark.parametrize(
    ("values", "outcome", "said"),
    [
        ({"lr": 0.01}, "rests", "rests at x = 0.9489: its curvature 17 is below 2/η = 200."),
        ({"lr": 0.1, "epsilon": 0.001}, "wanders", "does not rest: mean "),
        ({"lr": 0.0588}, "cycle", "ends in a cycle of period 2, between "),
        ({"lr": 0.001, "steps": 100}, "moves", "not at rest after 100 steps: between "),
    ],
)
def test_its_words_follow_the_run(show, values, outcome, said):
    explorer = ChaosExplorer(key="words")
    (live,) = show(explorer)
    result = go(live, **values)
    assert result["outcome"] == outcome, result
    assert words(live).startswith(f"Descent {said}")
    agrees(explorer, result)


def test_a_run_that_runs_away_says_so(show):
    explorer = ChaosExplorer(
        objectives.rippled(lambda x: x**4, start=(1.0,), window=((-2.0, 2.0),)), key="steep", lr=0.9, steps=50
    )
    (live,) = show(explorer)
    assert live.result()["outcome"] == "diverges" and "Descent runs away." in words(live)
    assert "Random phases run away." in words(live)
    agrees(explorer, live.result())


def test_only_wells_are_told_by_their_share(show):
    one, two = show(
        ChaosExplorer(key="one"), ChaosExplorer(objectives.multiscale_well, key="two", lr=0.3, epsilon=1e-3)
    )
    assert "left of 0" not in words(one)
    left = two.result()["gibbs"]["left"]
    assert f"{round(100 * left)} % left of 0." in words(two)


def test_the_copied_python_prints_the_shown_averages(show, capsys):
    own = objectives.rippled(lambda x, *, a=1.0: a * x**4 / 4, lambda u: ops.sin(u) + ops.cos(2 * u) / 3)
    explorers = [
        ChaosExplorer(key="rests", lr=0.01),
        ChaosExplorer(own, key="own", lr=0.1, epsilon=1e-3, steps=10_000, ranges={"lr": (1e-3, 0.3)}),
    ]
    lives = show(*explorers, permissions=["clipboard-read", "clipboard-write"])
    for live, close in zip(lives, (1e-9, 0.08), strict=True):
        live.slider("lr").press("ArrowRight")
        shown = live.result()
        live.button("Copy as Python").click()
        live.button("Copied").wait_for()
        exec(live.page.evaluate("navigator.clipboard.readText()"), {})
        printed = [float(n) for n in re.findall(r"(?<= )[-\d.e]+", capsys.readouterr().out)]
        names = ("mean", "sd", "left")
        assert printed[:3] == pytest.approx([shown[name] for name in names], abs=close)
        assert printed[3:] == pytest.approx([shown["gibbs"][name] for name in names], abs=5e-3)


def test_alt_text_says_what_one_sees():
    assert "They come to rest at x = 0.9489. Below it a histogram" in ChaosExplorer(lr=0.01).alt
    assert "wander without settling" in ChaosExplorer(lr=0.1, epsilon=1e-3).alt
    assert repr(ChaosExplorer(steps=99)).startswith(
        "ChaosExplorer(multiscale: lr=0.1, epsilon=0.02, steps=99"
    )


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        (
            (objectives.parabola,),
            {},
            TypeError,
            "must be made by objectives.rippled, got objectives.parabola",
        ),
        ((), {"lr": -0.1}, ValueError, "lr must be >= 0, got -0.1"),
        ((), {"epsilon": 0}, ValueError, "epsilon must be >= 1e-12, got 0"),
        ((), {"steps": 5}, ValueError, "steps must be in 10 to 10000, got 5"),
        ((), {"start": 7}, ValueError, "start.0 must lie in the window"),
        ((), {"kappa": 2}, TypeError, "kappa"),
        ((), {"show": ["beta"]}, ValueError, "show must name settings among lr, epsilon, steps, seed"),
    ],
)
def test_bad_input_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        ChaosExplorer(*arguments, **options)


def test_its_state_is_plain_data():
    explorer = ChaosExplorer(objectives.multiscale_well.at(tilt=0.1))
    assert json.loads(json.dumps(explorer.payload()))["state"]["values"] == explorer.values
    assert "tilt" not in explorer.values and explorer.result()["gibbs"]["left"] > 0.9
