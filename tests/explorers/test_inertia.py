"""InertiaExplorer: its runs are those of the production optimizer, its inertia the rule's, its words true."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from d2l_ext import InertiaExplorer, noise, objectives, rules, simulate, theory
from d2l_ext.optim import Adai

from .hands import agrees


def go(live, **values):
    pairs = ",".join(f"{name}={value}" for name, value in values.items())
    live.page.evaluate("hash => { location.hash = hash; }", f"{live.key}:{pairs}")
    return live.result()


def summary(live):
    return live.root.locator(".summary").inner_text()


def test_its_iterates_are_those_of_the_production_optimizer():
    theta = torch.ones(5, dtype=torch.float64, requires_grad=True)
    optimizer = Adai([theta], lr=0.2, betas=(0.3, 0.9), eps=0.01)
    explorer = InertiaExplorer(lr=0.2, betas=(0.3, 0.9), eps=0.01, ratio=30, steps=150, seed=4)
    sizes = torch.tensor([30 ** (-i / 4) for i in range(5)], dtype=torch.float64)
    for k, xi in enumerate(noise.standard_normal((150, 5), seed=4), 1):
        before = 1 - optimizer.state[theta]["exp_avg_one"] if k > 1 else torch.ones(5)
        theta.grad = theta.detach() + sizes * torch.from_numpy(xi)
        optimizer.step()
        ratio = (1 - optimizer.state[theta]["exp_avg_one"]) / before
        if k <= 5:  # the product of all β₁ is still far from rounding
            np.testing.assert_allclose(explorer.beta1()[k - 1], ratio, atol=1e-9)
    np.testing.assert_allclose(explorer.run()[0][-1], theta.detach(), atol=1e-11)


def test_without_noise_to_tell_them_apart_all_have_the_mean_inertia():
    even = InertiaExplorer(ratio=1, betas=(0.1, 0.999), steps=2000).beta1()[-1]
    assert np.abs(even - 0.9).max() < 0.03
    apart = InertiaExplorer(ratio=1000, steps=2000).result()["beta1"]
    assert apart[0] < 0.6 and min(apart[1:]) > 0.97


def test_five_coordinates_reach_no_inertia_only_from_a_fifth_on():
    for beta0, below in ((0.2, False), (0.23, True)):
        beta1 = InertiaExplorer(ratio=1000, steps=1500, betas=(beta0, 0.9)).beta1()
        assert (beta1[:, 0] == 0).any() == below


def test_the_first_step_is_that_of_gradient_descent():
    for beta0 in (0.0, 0.1, 1.0):
        found = InertiaExplorer(steps=1, betas=(beta0, 0.99)).result()
        xi = noise.standard_normal((1, 5), seed=0)
        plain = simulate(objectives.voices.at(ratio=100), rules.gd, steps=1, lr=0.1, noise=xi).theta[-1]
        assert found["x"] == pytest.approx(plain.tolist(), rel=1e-12)


def test_its_words_are_true_at_the_ends(show):
    explorer = InertiaExplorer(key="words")
    (live,) = show(explorer)
    result = live.result()
    assert re.search(rf"Line 1 β₁ = {result['beta1'][0]:.4g}, a memory of 2\.2 steps; x =", summary(live))
    assert "before clipping 0.9; none clipped." in summary(live)
    result = go(live, **{"betas.0": 1, "ratio": 1000, "betas.1": 0.99, "steps": 900})
    agrees(explorer, result)
    assert result["beta1"][0] == 0 and result["below"] == 1
    assert "β₁ = 0, no inertia: the step of SGD; x =" in summary(live)
    assert "before clipping 0; 2 clipped at 1 − ε, 1 clipped at 0." in summary(live)
    result = go(live, **{"betas.0": 0, "steps": 50})
    assert result["above"] == 5 and result["beta1"] == [0.999] * 5
    assert "a memory of 1000 steps" in summary(live) and "5 clipped at 1 − ε." in summary(live)


def test_its_words_tell_what_is_held_above_and_below(show):
    explorer = InertiaExplorer(key="both")
    (live,) = show(explorer)
    result = go(live, **{"betas.0": 0.1, "ratio": 1000, "betas.1": 0, "steps": 300})
    agrees(explorer, result)
    told = f"{result['above']} clipped at 1 − ε." if result["above"] else "none clipped."
    assert result["below"] == 0 and told in summary(live)


def test_inertia_is_clipped_and_its_mean_is_not():
    v = np.array([5.0, 0.9, 0.09, 0.01])
    share = v / v.mean()
    assert (1 - 0.1 * share).mean() == pytest.approx(0.9, abs=1e-15)
    np.testing.assert_allclose(theory.adai_inertia(share), [2 / 3, 0.94, 0.994, 0.999], rtol=1e-12)
    assert theory.adai_inertia(10) == 0 and theory.adai_inertia(9.99) > 0
    assert theory.adai_inertia(0.01) == pytest.approx(0.999) and theory.adai_inertia(0.011) < 0.999


@pytest.mark.parametrize("values", [{"share": -1}, {"share": 1, "beta0": -0.1}, {"share": 1, "eps": 2}])
def test_inertia_of_nonsense_is_refused(values):
    with pytest.raises(ValueError, match=r"must be >= 0"):
        theory.adai_inertia(**values)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"ratio": 0.5}, ValueError, "ratio must be >= 1, got 0.5"),
        ({"lr": -1}, ValueError, "lr must be >= 0, got -1"),
        ({"steps": 0}, ValueError, "steps must be"),
        ({"noise": 3}, TypeError, "InertiaExplorer has no parameter 'noise'"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        InertiaExplorer(**options)


def test_alt_text_says_what_one_sees():
    alt = InertiaExplorer().alt
    assert "After 600 steps, from line 1 to line 5: 0.5504, 0.9596" in alt
    assert repr(InertiaExplorer(steps=5)).startswith("InertiaExplorer(ratio=100, lr=0.1, betas.0=0.1")
