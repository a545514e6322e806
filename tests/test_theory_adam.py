"""Closed forms about Adam against the rule itself, PyTorch's and brute force."""

import numpy as np
import pytest
import sympy
import torch

from d2l_ext import noise, objectives, rules, simulate, symbolic, theory


def steps_of(gradients, **hyper):
    """Adam's steps down these gradients, lr = 1: what `rules.adam` does, whatever the objective."""
    theta, state, steps = np.zeros(np.shape(gradients)[1:]), None, []
    state = rules.adam.initial_state(np.zeros_like(theta))
    for g in gradients:
        new, state = rules.adam(theta, g, state, **{"lr": 1.0, "betas": (0.9, 0.999), "eps": 1e-8, **hyper})
        steps.append(theta - new)
        theta = new
    return np.array(steps)


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.0, 0.5), (0.5, 0.99)])
def test_the_first_step(betas):
    g = np.array([-3.0, 1e-3, 1e-6, 1e-8, 1e-12, 0.0])
    (step,) = steps_of([g], betas=betas, lr=0.02)
    np.testing.assert_allclose(step, theory.adam_first_step(g, 0.02, 1e-8), rtol=1e-9)
    weight = torch.zeros(6, dtype=torch.float64, requires_grad=True)
    weight.grad = torch.tensor(g)
    torch.optim.Adam([weight], lr=0.02, betas=betas).step()
    np.testing.assert_allclose(-weight.detach().numpy(), theory.adam_first_step(g, 0.02, 1e-8), rtol=1e-9)


def test_without_correction():
    m = v = 0.0
    for t in range(1, 400):
        m, v = 0.9 * m + 0.1 * 5.0, 0.999 * v + 0.001 * 25.0
        assert m / v**0.5 == pytest.approx(theory.adam_uncorrected(t, 0.9, 0.999), rel=1e-9)


def test_steps_under_noise():
    s = np.array([0.0, 0.1, 0.5, 1.0, 3.0])
    shocks = noise.standard_normal((3000, 5 * 400), seed=0).reshape(3000, 5, 400)
    for beta1 in (0.9, 0.5):
        steps = steps_of(s[:, None] + shocks, betas=(beta1, 0.999))[1500:]
        np.testing.assert_allclose(steps.mean((0, 2)), theory.adam_mean_step(s), atol=0.004)
        rms = np.sqrt((steps**2).mean((0, 2)))
        np.testing.assert_allclose(rms, theory.adam_rms_step(s, beta1), atol=0.004)


@pytest.mark.parametrize("beta1", [0.9, 0.5])
def test_early_steps_under_pure_noise_of_any_size(beta1):
    shocks = noise.standard_normal((12, 40_000), seed=5)
    heavy = (
        shocks * np.abs(noise.standard_normal((12, 40_000), seed=6)) ** -1.0
    )  # so large tails have no variance
    known = theory.adam_noise_step(np.arange(1, 13), beta1)
    assert known[0] == pytest.approx(1)
    for gradients in (shocks, heavy):
        steps = steps_of(gradients, betas=(beta1, 1 - 1e-7), eps=1e-300)
        np.testing.assert_allclose(np.sqrt((steps**2).mean(1)), known, atol=0.01)
    assert theory.adam_noise_step(1e4, beta1) == pytest.approx(theory.adam_rms_step(0.0, beta1))


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.9), (0.0, 0.99)])
def test_no_step_is_longer_and_one_is_as_long(betas):
    beta1, beta2 = betas
    shocks = noise.standard_normal((60, 500), seed=1) * np.exp(noise.standard_normal((60, 500), seed=2) * 3)
    longest = theory.adam_longest_step(np.arange(1, 61), *betas)
    assert (np.abs(steps_of(shocks, betas=betas, eps=1e-300)) <= longest[:, None] * (1 + 1e-12)).all()
    assert (longest <= theory.adam_longest_step(np.inf, *betas)).all()
    for t in (1, 5, 60):
        worst = (beta1 / beta2) ** np.arange(t)[::-1] if beta1 else np.eye(t)[-1]
        last = steps_of(worst[:, None], betas=betas, eps=1e-300)[-1, 0]
        assert last == pytest.approx(longest[t - 1], rel=1e-12)
    assert theory.adam_longest_step(np.inf, *betas) == pytest.approx(
        theory.adam_longest_step(1e7, *betas), rel=1e-6
    )


@pytest.mark.parametrize(("share", "grows"), [(0.99, False), (1.01, True)])
def test_the_line_of_stability(share, grows):
    """With v held at one value, Adam is averaged momentum with the effective learning rate."""
    lr, v = 0.03, 0.04
    curvature = share * theory.adam_stability(lr, 0.9) * v**0.5
    run = simulate(
        objectives.parabola, rules.ema_momentum, 1.0, steps=3000, lr=lr * curvature / v**0.5, momentum=0.9
    )
    x = np.abs(run.theta[:, 0])
    assert (x[-50:].max() > x[1000:1050].max()) == grows


def test_the_rate_follows_adams_second_moment():
    g = noise.standard_normal((40, 3), seed=3)
    v = 0.01 * theory.leaky_filter(g**2, 0.99)
    m = 0.1 * theory.leaky_filter(g, 0.9)
    after = np.arange(1, 41)[:, None]
    rates = theory.adam_rate(v, after, 0.5, 0.99, 1e-6)
    steps = steps_of(g, lr=0.5, betas=(0.9, 0.99), eps=1e-6)
    np.testing.assert_allclose(rates * m / (1 - 0.9**after), steps, rtol=1e-9)


def test_a_turned_point_is_a_complex_product():
    x, y = noise.standard_normal((2, 50), seed=4)
    for angle in (0.0, 30.0, 90.0, -200.0):
        turned = (x + 1j * y) * np.exp(1j * np.deg2rad(angle))
        np.testing.assert_allclose(theory.turned(x, y, angle), (turned.real, turned.imag), atol=1e-15)


def test_closed_forms_take_symbols():
    s, t = sympy.symbols("s t", positive=True)
    assert sympy.simplify(theory.adam_mean_step(s) ** 2 - s**2 / (1 + s**2)) == 0
    assert float(theory.adam_uncorrected(t, 0.9, 0.999).subs(t, 1)) == pytest.approx(10**0.5)
    assert "Math.sqrt" in symbolic.function(theory.adam_rate, name="rate").javascript()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.adam_rate(-1.0, 1, 0.1, 0.9, 1e-8), "v must be >= 0, got -1"),
        (lambda: theory.adam_rate(1.0, 0, 0.1, 0.9, 1e-8), "t must be >= 1, got 0"),
        (lambda: theory.adam_rate(1.0, 1, 0.1, 0.9, 0.0), "eps must be > 0, got 0"),
        (lambda: theory.adam_first_step(1.0, -0.1, 1e-8), "lr must be >= 0, got -0.1"),
        (lambda: theory.adam_uncorrected(1, 1.0, 0.9), r"beta must be in \[0, 1\), got 1"),
        (lambda: theory.adam_mean_step(np.nan), "s must be finite, got nan"),
        (lambda: theory.adam_noise_step(0, 0.9), "t must be >= 1, got 0"),
        (lambda: theory.adam_longest_step(0, 0.9, 0.999), "t must be >= 1, got 0"),
        (lambda: theory.adam_longest_step(5, 0.9, 0.8), r"beta2 must be > beta1\*\*2"),
        (lambda: theory.adam_stability(0.0, 0.9), "lr must be > 0, got 0"),
        (lambda: theory.turned(np.inf, 0.0, 0.0), "x must be finite, got inf"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
