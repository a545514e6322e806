"""theory.smooth and smoothness: against runs, root finders and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from scipy.optimize import brentq

from d2l_ext import objective, objectives, ops, simulate, smoothness, sweep, theory


def waves(x):
    """A 2-smooth function that is not convex, and bounded below."""
    return ops.log_cosh(x) + 0.25 * ops.sin(2 * x)


def slope(x):
    return np.tanh(x) + 0.5 * np.cos(2 * x)


NOWHERE = objective(start=(-1.5,), window=((-2, -1),))(lambda x: ops.sqrt(x))


def test_the_bound_lies_above_touches_and_has_its_lowest_point_at_one_over_L():
    x, y = np.meshgrid(np.linspace(-4, 4, 201), np.linspace(-4, 4, 203))
    bound = theory.quadratic_bound(y, x, waves(x), slope(x), 2.0)
    assert (bound - waves(y)).min() >= -1e-12
    assert (theory.quadratic_bound(y, x, waves(x), slope(x), 1.0) < waves(y) - 1e-3).any(), "L matters"
    h = 1e-6
    near = [theory.quadratic_bound(0.7 + s * h, 0.7, waves(0.7), slope(0.7), 2.0) for s in (-1, 0, 1)]
    assert near[1] == waves(0.7) and (near[2] - near[0]) / (2 * h) == pytest.approx(slope(0.7))
    steps = np.linspace(-5, 5, 100_001)
    lowest = steps[theory.quadratic_bound(steps, 0.7, waves(0.7), slope(0.7), 2.0).argmin()]
    assert lowest == pytest.approx(0.7 - slope(0.7) / 2, abs=1e-4)


@pytest.mark.parametrize("lr", [0.05, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("start", [-3.0, 0.4, 2.5])
def test_every_step_keeps_the_promise(lr, start):
    run = simulate(waves, "gd", start, steps=300, lr=lr)
    drops, squares = -np.diff(run.loss), slope(run.theta[:-1, 0]) ** 2
    assert (drops >= theory.descent_share(lr, 2.0) * squares - 1e-14).all()
    infimum = waves(np.linspace(-3, 3, 100_001)).min()
    counts = np.arange(1, 301)
    bounds = theory.gradient_bound(run.loss[0] - infimum, counts, lr, 2.0)
    assert (np.minimum.accumulate(squares) <= bounds * (1 + 1e-12)).all()


def test_the_promise_is_exact_on_the_parabola_of_that_curvature():
    for z in (0.3, 1.0, 1.7):
        run = simulate(objectives.parabola.at(curvature=4), "gd", 1.5, steps=50, lr=z / 4)
        squares = (4 * run.theta[:-1, 0]) ** 2
        np.testing.assert_allclose(-np.diff(run.loss), theory.descent_share(z / 4, 4.0) * squares, atol=1e-12)
        assert squares.mean() == pytest.approx(theory.gradient_bound(run.loss[0], 50, z / 4, 4.0), rel=1e-6)


def test_the_share_is_largest_at_one_over_L_and_ends_at_two():
    lr = np.linspace(0, 1, 1001)
    share = theory.descent_share(lr, 3.0)
    assert lr[share.argmax()] == pytest.approx(1 / 3, abs=1e-3)
    assert ((share > 0) == ((lr > 0) & (lr < 2 / 3))).all()


@pytest.mark.parametrize("lr", [2.0001, 2.1, 3.0, 4.0, 50.0])
def test_the_cycle_of_log_cosh(lr):
    root = brentq(lambda x: 2 * x - lr * np.tanh(x), 1e-4, lr)
    assert theory.log_cosh_cycle(lr) == pytest.approx(root, rel=1e-9)
    if 2.05 < lr < 10:
        x = sweep(objectives.log_cosh, "gd", 3.0, steps=5000, lr=[lr]).theta.item()
        assert abs(x) == pytest.approx(root, rel=1e-9)


def test_it_is_born_at_two():
    assert theory.log_cosh_cycle(np.array([0.0, 1.0, 2.0])).tolist() == [0, 0, 0]
    past = np.array([1e-4, 1e-3, 1e-2])
    # tanh x = x - x³/3 + ..., so x² = 3 (η - 2)/η to first order.
    np.testing.assert_allclose(theory.log_cosh_cycle(2 + past), np.sqrt(3 * past / 2), rtol=0.01)


@pytest.mark.parametrize("lr", [0.1, 0.4, 1.0, 1.9])
def test_the_quartic_diverges_from_beyond_its_escape_distance_only(lr):
    escape = theory.quartic_escape(lr)
    starts = np.array([[0.3], [0.999], [1.001], [1.5]]) * escape
    outcome = sweep(objectives.quartic, "gd", starts, steps=20_000, lr=lr).outcome
    assert outcome.tolist() == ["converged", "converged", "diverged", "diverged"]


def test_smoothness_is_the_largest_second_derivative():
    assert smoothness(objectives.quartic) == 13
    assert smoothness(objectives.parabola.at(curvature=0.3)) == pytest.approx(0.3)
    assert smoothness(objectives.log_cosh) == pytest.approx(1, abs=1e-12)
    assert smoothness(objectives.double_well, (-0.5, 0.5)) == pytest.approx(1)
    x = np.linspace(-3, 3, 200_001)
    bent = np.gradient(slope(x), x)
    assert smoothness(waves, (-3, 3)) == pytest.approx(abs(bent).max(), rel=1e-4)
    assert smoothness(lambda x: 3 * x, (0, 1)) == 0 == smoothness(lambda x: 2.0, (0, 1))
    root = objective(start=(0.5,), window=((0, 1),))(lambda x: ops.sqrt(x))
    assert smoothness(root) == pytest.approx(0.25 * 0.001**-1.5), "places without a derivative are left out"


def test_symbols_pass():
    L, lr, x = sympy.symbols("L lr x", positive=True)
    assert sympy.simplify(theory.descent_share(lr, L) - lr * (1 - L * lr / 2)) == 0
    assert sympy.simplify(theory.quartic_escape(lr) ** 2 - 2 / lr + 1) == 0
    assert theory.quadratic_bound(x, x, 1, 5, L) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.descent_share(0.1, 0), "L must be > 0, got 0"),
        (lambda: theory.gradient_bound(1, 0, 0.1, 1), "steps must be >= 1, got 0"),
        (lambda: theory.gradient_bound(1, 5, 2.0, 1), "must be > 0"),
        (lambda: theory.log_cosh_cycle(-1), "lr must be >= 0, got -1"),
        (lambda: theory.quartic_escape(2), r"lr must be in \(0, 2\), got 2"),
        (lambda: smoothness(objectives.ravine), "objective must have 1 coordinate, ravine has 2"),
        (lambda: smoothness(NOWHERE), "must have a second derivative"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
