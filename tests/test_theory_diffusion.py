"""Spread at a saddle against recursions of second moments, step by step, and against symbols."""

import numpy as np
import pytest
import sympy

from d2l_ext import theory


def spread(steps, lr, beta, curvature, noise=1.0, moving=0.0):
    """Variance of averaged momentum: the covariance of (θ, m) is carried from step to step."""
    step = np.array([[1 - lr * (1 - beta) * curvature, -lr * beta], [(1 - beta) * curvature, beta]])
    push = (1 - beta) * np.array([-lr, 1.0])
    now = np.diag([0.0, moving * noise * (1 - beta) / (1 + beta)])
    for _ in range(steps):
        now = step @ now @ step.T + noise * np.outer(push, push)
    return now[0, 0]


@pytest.mark.parametrize("H", [-0.01, -0.1, -1.0, 0.3, 0.0])
@pytest.mark.parametrize("steps", [10, 100, 300])
def test_theorem_1_is_sgd_up_to_the_size_of_a_step(H, steps):
    assert theory.saddle_variance(steps, 0.01, H, 0.4) == pytest.approx(
        spread(steps, 0.01, 0, H, 0.4), rel=0.04 * abs(H) + 1e-9
    )


@pytest.mark.parametrize("beta", [0, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("moving", [0, 0.3, 1])
def test_the_free_walk_is_exact(beta, moving):
    for steps in (1, 3, 40):
        assert theory.free_walk_variance(steps, 0.1, beta, 2.0, moving) == pytest.approx(
            spread(steps, 0.1, beta, 0.0, 2.0, moving), rel=1e-9
        )


@pytest.mark.parametrize("beta", [0, 0.5, 0.99])
def test_the_corrected_walk_is_the_sum_of_answers_to_single_gradients(beta):
    def end(gradients):
        theta = m = 0.0
        for t, g in enumerate(gradients, 1):
            m = beta * m + (1 - beta) * g
            theta -= 0.1 * m / (1 - beta**t)
        return theta

    wanted = 2 * sum(end(row) ** 2 for row in np.eye(20))
    assert theory.corrected_walk_variance(20, 0.1, beta, 2.0) == pytest.approx(wanted)


def test_drift_is_what_a_moving_start_adds():
    drift, diffusion = theory.momentum_saddle_terms(np.array([5, 50]), 0.1, 0.99, 2.0)
    adds = [spread(T, 0.1, 0.99, 0, 2.0, 1.0) - spread(T, 0.1, 0.99, 0, 2.0) for T in (5, 50)]
    np.testing.assert_allclose(drift, adds, rtol=0.02)
    np.testing.assert_allclose(diffusion, [0.1, 1.0])


def test_adam_forgets_a_small_curvature():
    found = theory.adam_saddle_variance(100, 1e-4, -np.array([0.001, 0.1]), np.array([0.001, 0.1]))
    np.testing.assert_allclose(found, 1e-6, rtol=0.01)
    # It is SGD on gradients that are divided by the noise.
    assert theory.adam_saddle_variance(50, 0.01, -0.3, 0.2) == pytest.approx(
        spread(50, 0.01, 0, -0.3 / 0.2**0.5), rel=0.02
    )


def test_adai_drift_has_no_direction():
    v = np.array([0.001, 0.003])
    drift, _ = theory.momentum_saddle_terms(1e6, 0.1, 1 - 0.1 * v / 0.2, v)
    np.testing.assert_allclose(drift, theory.adai_drift(0.1, 0.1, 0.2))


def test_flat_is_the_limit():
    flat = theory.saddle_variance(100, 0.1, 0.0, 0.5)
    near = theory.saddle_variance(100, 0.1, np.array([-1e-9, -1e-7, 1e-7]), 0.5)
    np.testing.assert_allclose(near, flat, rtol=1e-5)


def test_symbols_solve_the_equation():
    t, lr, H, C = sympy.symbols("t lr H C", positive=True)
    variance = theory.saddle_variance(t / lr, lr, -H, C)
    assert sympy.simplify(sympy.diff(variance, t) - 2 * H * variance - lr * C) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.saddle_variance(-1, 0.1, 1), "steps must be >= 0"),
        (lambda: theory.saddle_variance(1, -0.1, 1), "lr must be >= 0"),
        (lambda: theory.adam_saddle_variance(1, 0.1, 1, 0), "noise must be > 0"),
        (lambda: theory.free_walk_variance(1, 0.1, 1.0), "momentum must be"),
        (lambda: theory.corrected_walk_variance(-1, 0.1, 0.9), "steps must be >= 0"),
        (lambda: theory.adai_drift(0.1, 0, 1), "beta0 must be > 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
