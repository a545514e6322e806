"""Escape times against the exact mean of the diffusion, and against what must be equal."""

import numpy as np
import pytest
import sympy

from d2l_ext import theory

RNG = np.random.default_rng(0)


def exact(lr, k, height):
    """Mean steps from the bottom to the mirror image of the seam: an integral over all places (Itô)."""
    half = np.sqrt(height / k)
    x = np.linspace(-6 * np.sqrt(lr / 2) - 2 * half, 3 * half, 400_001)
    well = np.abs(x) > half
    value = np.where(
        well, 0.5 * k * (np.where(x < 0, x + 2 * half, x - 2 * half)) ** 2, height - 0.5 * k * x**2
    )
    phi = 2 * value / (lr * k)
    step = x[1] - x[0]
    below = np.cumsum(np.exp(-phi)) * step / (lr * k / 2)
    inside = (x >= -2 * half) & (x <= half)
    return (np.exp(phi) * below)[inside].sum() * step / lr


@pytest.mark.parametrize("lr, k", [(0.05, 1.0), (0.05, 2.0), (0.02, 4.0), (0.1, 0.6)])
def test_sgd_is_the_low_noise_limit_of_the_diffusion(lr, k):
    formula = theory.escape_sgd(lr, k, k, 0.2)
    assert formula == pytest.approx(exact(lr, k, 0.2), rel=0.05)


def test_only_lr_times_curvature_matters():
    lr, k, height = np.exp(RNG.uniform(-1.5, 0.5, (3, 50)))
    for escape, power in ((theory.escape_sgd, 1), (theory.escape_momentum, 1), (theory.escape_adam, 0.5)):
        np.testing.assert_allclose(escape(lr, k, k, height), escape(lr * k**power, 1, 1, height), rtol=1e-10)


def test_exponents_add_up_over_the_path():
    """Φ is the integral of slope over diffusion along the glued parabolas."""
    lr, a, b, height, batch = 0.1, 2.0, 5.0, 0.3, 2.0
    s = b / (a + b)
    assert theory.escape_share(a, b) == pytest.approx(s)
    by_hand = s * height / (lr * a / (2 * batch)) + (1 - s) * height / (lr * b / (2 * batch))
    assert theory.escape_exponent(lr, a, b, height, batch=batch) == pytest.approx(by_hand)


def test_small_momentum_and_wide_spectra():
    args = (0.01, 1.0, 1.0, 0.05)
    assert theory.escape_momentum(*args, momentum=0.0) / theory.escape_sgd(*args) == pytest.approx(
        1.0, abs=0.011
    )
    wide = theory.escape_adai(*args, mean=4.0) / theory.escape_adai(*args, mean=1.0)
    assert wide == pytest.approx((np.sqrt(1 + 1.6) + 1) / (np.sqrt(1.4) + 1))
    x = sympy.Symbol("x", positive=True)
    assert float(theory.escape_adam(x, 4.0, 4.0, 0.2).subs(x, 0.05)) == pytest.approx(
        theory.escape_adam(0.05, 4.0, 4.0, 0.2)
    )


@pytest.mark.parametrize("name", ["escape_sgd", "escape_momentum", "escape_adam", "escape_adai"])
def test_bad_input_is_named(name):
    escape = getattr(theory, name)
    with pytest.raises(ValueError, match="lr must be > 0, got -1"):
        escape(-1, 1, 1, 1)
    with pytest.raises(ValueError, match="height must be > 0"):
        escape(1, 1, 1, 0)
