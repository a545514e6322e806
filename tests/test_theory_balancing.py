"""Closed forms of a factorisation against dense Hessians, runs, and an integrated flow."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from d2l_ext import objectives, rules, simulate, sweep, theory

RNG = np.random.default_rng(0)
POINTS = RNG.uniform((-4, -4, 0.1), (4, 4, 3), (60, 3))


def test_sharpness_is_the_largest_eigenvalue_of_the_hessian():
    for x, y, product in POINTS:
        f = objectives.scalar_factorization.at(product=product)
        at = torch.tensor([x, y], dtype=torch.float64)
        top = torch.linalg.eigvalsh(torch.autograd.functional.hessian(lambda p, f=f: f(*p), at))[-1]
        assert theory.factorization_sharpness(x, y, product) == pytest.approx(float(top), rel=1e-12)
    many = theory.factorization_sharpness(*POINTS.T)
    assert many.shape == (60,) and many[0] == theory.factorization_sharpness(*POINTS[0])


def test_a_minimum_is_one_and_as_sharp_as_it_is_far():
    c, product = RNG.uniform(0.1, 9, 50), RNG.uniform(0.1, 3, 50)
    x, y = theory.factorization_minimum(c, product)
    np.testing.assert_allclose(x * y, product, rtol=1e-14)
    sharpness = theory.factorization_sharpness(x, y, product)
    np.testing.assert_allclose(sharpness, x**2 + y**2, rtol=1e-12)
    np.testing.assert_allclose(sharpness, (x - y) ** 2 + 2 * product, rtol=1e-12)


@pytest.mark.parametrize(("x", "y", "product"), POINTS[:12])
def test_the_flow_ends_where_an_integrator_does(x, y, product):
    def flow(_, p):
        r = product - p[0] * p[1]
        return [r * p[1], r * p[0]]

    end = solve_ivp(flow, (0, 400), (x, y), rtol=1e-11, atol=1e-13, method="LSODA").y[:, -1]
    np.testing.assert_allclose(theory.factorization_flow(x, y, product), end, atol=1e-6)


def test_from_the_anti_diagonal_the_flow_ends_in_the_saddle():
    assert theory.factorization_flow(1.5, -1.5) == (0, 0)


@pytest.mark.parametrize("lr", [0.1, 0.4, 0.9])
def test_runs_stay_near_stable_minima_and_leave_the_others(lr):
    """Pushed by a millionth, straight to the side."""
    _, imbalance, c = theory.factorization_stable(lr)
    for factor, stays in ((0.97, True), (1.03, False)):
        at = np.array(theory.factorization_minimum(1 + (c - 1) * factor))
        assert (abs(at[0] - at[1]) < imbalance) == stays
        run = simulate(objectives.scalar_factorization, rules.gd, at + 1e-6 * at[::-1], steps=600, lr=lr)
        assert (np.abs(run.theta - at).max() < 1e-5) == stays


def test_none_is_stable_past_one():
    _, imbalance, c = theory.factorization_stable(np.array([0.99, 1.0, 1.01]))
    assert np.isfinite(imbalance).tolist() == np.isfinite(c).tolist() == [True, True, False]
    assert imbalance[1] == 0 and c[1] == 1


def test_runs_below_the_proved_bound_converge():
    for x, y in RNG.uniform(-4, 4, (30, 2)):
        lr = 0.999 * theory.factorization_bound(x, y)
        found = sweep(objectives.scalar_factorization, "gd", (x, y), steps=20_000, lr=lr, backend="numpy")
        assert found.outcome == "converged" and abs(found.theta.prod() - 1) < 1e-6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.factorization_sharpness(1, 1, 0), "product must be > 0, got 0"),
        (lambda: theory.factorization_stable(0), "lr must be > 0, got 0"),
        (lambda: theory.factorization_minimum([1, 0]), "c must be not 0, got 0"),
        (lambda: theory.factorization_flow(np.inf, 1), "x must be finite, got inf"),
        (lambda: theory.factorization_bound([1, 2], [1, 2, 3]), "arrays must have shapes that fit"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
