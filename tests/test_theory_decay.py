"""Closed forms of weight decay against runs of the rules themselves."""

import numpy as np
import pytest

from d2l_ext import noise, rules, symbolic, theory


def mean_path(rule, sd, steps, runs=400, seed=0, **hyper):
    """Mean and standard deviation over runs of weights that start at 1, on gradients of pure noise."""
    theta = np.ones(runs)
    state = rule.initial_state(np.zeros(runs))
    means, spreads = [1.0], [0.0]
    for xi in noise.standard_normal((steps, runs), seed=seed):
        theta, state = rule(theta, sd * xi, state, **hyper)
        means.append(theta.mean())
        spreads.append(theta.std())
    return np.array(means), np.array(spreads)


ADAM = {"betas": (0.9, 0.999), "eps": 1e-8}


@pytest.mark.parametrize(
    "rule, sd, hyper",
    [
        (rules.gd, 0.5, {}),
        (rules.ema_momentum, 0.5, {"momentum": 0.9}),
        (rules.momentum, 0.05, {"momentum": 0.9}),
        (rules.adam, 100.0, ADAM),
        (rules.adam, 0.01, ADAM),
    ],
)
def test_a_decoupled_decay_takes_the_same_share_whatever_the_optimizer(rule, sd, hyper):
    mean, spread = mean_path(rules.decoupled(rule), sd, 1000, lr=1e-3, weight_decay=1.0, **hyper)
    expected = theory.decay_left(np.arange(1001), 1e-3, 1.0)
    assert (np.abs(mean - expected) <= 4.5 * spread / 400**0.5 + 1e-12).all()
    assert abs(mean[-1] - 1) > 100 * spread[-1] / 400**0.5


@pytest.mark.parametrize(
    "sd, weight_decay", [(100.0, 0.01), (10.0, 1.0), (0.01, 0.01), (0.01, 1.0), (0.3, 1.0)]
)
def test_the_mean_weight_under_adam_with_a_penalty(sd, weight_decay):
    steps, lr = 2000, 1e-3
    penalized = rules.coupled(rules.adam)
    mean, spread = mean_path(penalized, sd, steps, lr=lr, weight_decay=weight_decay, **ADAM)
    theta, m, v, path = 1.0, 0.0, 0.0, [1.0]
    for t in range(1, steps + 1):
        theta, m, v = theory.adam_penalty_step(theta, m, v, t, lr, weight_decay, sd, 0.9, 0.999, 1e-8)
        path.append(theta)
    assert (np.abs(mean - path) <= 4.5 * spread / 400**0.5 + 0.003).all()


def test_without_noise_the_mean_step_is_a_step_of_the_rule():
    penalized, theta, state = rules.coupled(rules.adam), 1.0, {"t": 0, "m": 0.0, "v": 0.0}
    mean, m, v = 1.0, 0.0, 0.0
    for t in range(1, 200):
        theta, state = penalized(theta, 0.0, state, lr=0.01, weight_decay=0.3, **ADAM)
        mean, m, v = theory.adam_penalty_step(mean, m, v, t, 0.01, 0.3, 0.0, 0.9, 0.999, 1e-8)
    assert mean == pytest.approx(theta, rel=1e-12) and abs(theta) < 0.2


def test_the_share_that_adam_takes_is_that_of_a_denominator_without_memory():
    """With β₁ = 0 and v at its mean, a step of the mean weight takes exactly this share."""
    for sd, decay in ((100.0, 1.0), (0.01, 1.0), (0.5, 0.2)):
        v = sd**2 + (decay * 0.7) ** 2
        after, _, _ = theory.adam_penalty_step(0.7, 0.0, v, 1e6, 1e-3, decay, sd, 0.0, 0.999, 0.0)
        share = theory.adam_penalty_share(0.7, 1e-3, decay, sd)
        assert 1 - after / 0.7 == pytest.approx(share, rel=1e-9)


@pytest.mark.parametrize("lr, weight_decay, beta", [(1e-3, 3.0, 0.9), (0.1, 2.0, 0.9), (0.01, 1.0, 0.0)])
def test_adamw_ends_in_a_cloud_of_this_size(lr, weight_decay, beta):
    _, spread = mean_path(
        rules.adamw, 7.0, 1500, lr=lr, weight_decay=weight_decay, betas=(beta, 0.999), eps=1e-8
    )
    expected = theory.decay_spread(lr, weight_decay, beta)
    assert spread[-300:].mean() == pytest.approx(expected, rel=0.05)
    # An autoregression driven by an average: its covariance from the equation P = A P Aᵀ + noise.
    a = 1 - lr * weight_decay
    A = np.array([[a, -lr * beta], [0.0, beta]])
    B = (1 - beta) * np.array([-lr, 1.0])
    P = np.linalg.solve(np.eye(4) - np.kron(A, A), np.outer(B, B).ravel()).reshape(2, 2)
    assert expected == pytest.approx(P[0, 0] ** 0.5, rel=1e-9)


def test_a_penalty_through_momentum_is_a_delayed_decay():
    rng = np.random.default_rng(0)
    lr, beta, decay, grads = 0.1, 0.8, 0.5, rng.standard_normal((40, 3))
    hyper = {"lr": lr, "momentum": beta}
    rule, theta = rules.coupled(rules.ema_momentum), np.ones(3)
    state, weights = rule.initial_state(np.zeros(3)), [theta]
    v = np.zeros(3)
    for g in grads:
        v = beta * v + (1 - beta) * g
        expected = weights[-1] - lr * v - theory.delayed_decay(weights, lr, beta, decay)
        theta, state = rule(theta, g, state, weight_decay=decay, **hyper)
        np.testing.assert_allclose(theta, expected, rtol=1e-12)
        weights.append(theta)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_heavy_ball_rests_where_a_weaker_penalty_has_its_minimum(beta):
    rng = np.random.default_rng(1)
    A, b, decay = rng.standard_normal((9, 3)), rng.standard_normal(9), 0.2
    H, c = A.T @ A / 9, A.T @ b / 9
    for form, strength in (
        (rules.momentum, theory.heavy_ball_penalty(decay, beta)),
        (rules.ema_momentum, decay),
    ):
        rule, theta = rules.decoupled(form), np.zeros(3)
        state = rule.initial_state(theta)
        for _ in range(3000):
            theta, state = rule(theta, H @ theta - c, state, lr=0.1, momentum=beta, weight_decay=decay)
        np.testing.assert_allclose(theta, np.linalg.solve(H + strength * np.eye(3), c), atol=1e-12)


def test_they_take_symbols_and_broadcast():
    assert "sqrt" in symbolic.function(theory.adam_penalty_step, name="step").javascript()
    assert "sqrt" in symbolic.function(theory.decay_spread, name="spread").javascript()
    assert theory.decay_left(np.arange(3), 0.5, np.ones((2, 1))).tolist() == [[1, 0.5, 0.25]] * 2
    assert theory.delayed_decay(np.ones((4, 2)), 0.1, 0.0, 1.0).tolist() == [0.1, 0.1]
    assert np.shape(theory.adam_penalty_share(1.0, 1e-3, [1.0, 2.0], 0.1)) == (2,)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: theory.decay_left(-1, 0.1, 0.1), "steps must be >= 0, got -1"),
        (lambda: theory.decay_left(3, -0.1, 0.1), "lr must be >= 0, got -0.1"),
        (lambda: theory.decay_spread(0.1, 20.0), r"lr \* weight_decay must be > 0 and < 2, got 2"),
        (lambda: theory.delayed_decay([1.0], 0.1, 1.0, 0.1), r"momentum must be in \[0, 1\), got 1"),
        (lambda: theory.heavy_ball_penalty(-1, 0.9), "weight_decay must be >= 0, got -1"),
        (lambda: theory.adam_penalty_share(1.0, 0.1, 0.1, 0.0), "noise must be > 0, got 0"),
        (
            lambda: theory.adam_penalty_step(1, 0, 0, 0, 0.1, 0.1, 1, 0.9, 0.9, 0),
            "t must be >= 1, got 0",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
