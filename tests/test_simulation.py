import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from d2l_ext import objective, objectives, ops, rules, simulate

SEED_RUNS = [
    ("gd", {"lr": 0.4}, "-0.943467, -0.000073"),
    ("gd", {"lr": 0.6}, "-0.387814, -1673.365109"),
    ("momentum", {"lr": 0.6, "momentum": 0.5}, "0.007188, 0.002553"),
    ("momentum", {"lr": 0.6, "momentum": 0.25}, "-0.126340, -0.186632"),
]


@pytest.mark.parametrize("rule, hyper, printed", SEED_RUNS)
def test_the_published_end_points(rule, hyper, printed):
    run = simulate(objectives.ravine, rule, steps=20, **hyper)
    assert ", ".join(f"{c:.6f}" for c in run.theta[-1]) == printed


def test_rows_and_shapes():
    run = simulate(objectives.ravine, rules.gd, (1.0, 2.0), steps=7, lr=0.1)
    assert run.theta.shape == (8, 2) and run.loss.shape == (8,) and run.steps == 7
    assert run.theta[0].tolist() == [1.0, 2.0]
    np.testing.assert_allclose(run.loss, [objectives.ravine(*p) for p in run.theta])


def test_no_steps_is_a_run_of_its_start():
    assert simulate(objectives.ravine, rules.gd, steps=0).theta.tolist() == [[-5.0, -2.0]]


def test_divergence_is_not_cut_off():
    run = simulate(objectives.ravine, rules.gd, steps=3000, lr=0.9)
    assert not np.isfinite(run.loss[-1])


def test_an_objective_may_follow_time():
    @objective(start=(0.0,), window=((-1, 1),), project=(-1.0, 1.0))
    def online(x, *, t):
        """3x on every third step, else -x."""
        return ops.where(t % 3 > 0.5, -x, 3 * x) if not isinstance(t, int) else (-x if t % 3 else 3 * x)

    run = simulate(online, rules.gd, steps=6, lr=0.5)
    assert run.theta[:, 0].tolist() == [0.0, 0.5, 1.0, -0.5, 0.0, 0.5, -1.0]


def test_noise_is_handed_in_and_shifts_the_gradient():
    @objective(start=(1.0, 1.0), window=((-2, 2),) * 2)
    def noisy(x, y, *, noise, sd=0.5):
        return x**2 + y**2 + sd * (noise[0] * x + noise[1] * y)

    noise = np.random.default_rng(0).standard_normal((4, 2))
    run = simulate(noisy, rules.gd, steps=4, lr=0.1, noise=noise)
    theta = np.ones(2)
    for row in noise:
        theta = theta - 0.1 * (2 * theta + 0.5 * row)
    np.testing.assert_allclose(run.theta[-1], theta)
    np.testing.assert_allclose(run.loss, (run.theta**2).sum(1))  # noise counts as zero
    with pytest.raises(ValueError, match=r"noise must have shape \(4, 2\), got \(3, 2\)"):
        simulate(noisy, rules.gd, steps=4, noise=noise[:3])
    with pytest.raises(TypeError, match="noisy needs noise"):
        simulate(noisy, rules.gd, steps=4)
    with pytest.raises(TypeError, match="ravine takes no noise"):
        simulate(objectives.ravine, rules.gd, steps=4, noise=noise)


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"steps": -1}, ValueError, "steps must be >= 0, got -1"),
        ({"steps": 2.5}, TypeError, "steps must be a whole number, got 2.5"),
        ({"steps": 3, "lr": -0.1}, ValueError, "lr must be >= 0, got -0.1"),
        ({"steps": 3, "eta": 0.1}, TypeError, "momentum has no parameter 'eta'"),
        ({"steps": 3, "momentum": 1.0}, ValueError, r"momentum must be in \[0, 1\), got 1"),
        ({"steps": 3, "start": "here"}, ValueError, "start must have 2 coordinates"),
    ],
)
def test_bad_input_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        simulate(objectives.ravine, rules.momentum, **arguments)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.floats(0, 0.49), st.floats(-5, 5), st.floats(-5, 5))
def test_below_the_limit_the_loss_never_rises(lr, x, y):
    loss = simulate(objectives.ravine, rules.gd, (x, y), steps=15, lr=lr).loss
    assert (np.diff(loss) <= 1e-12 * max(1, loss[0])).all()
