"""Closed forms of descent on ripples against drawn noise, integrals and runs; objectives on two scales."""

import numpy as np
import pytest
from scipy import integrate, stats

from d2l_ext import objectives, ops, rules, simulate, symbolic, theory


@pytest.mark.parametrize("z", [0.05, 0.5, 1.3])
def test_variance_and_kurtosis_of_a_noisy_cloud(z):
    """Two million steps of the very recursion, kicked by the slope of a sine at random phases."""
    rng, x = np.random.default_rng(1), np.zeros(20_000)
    for _ in range(100 + int(5 / z)):
        x = (1 - z) * x - z * np.cos(rng.uniform(0, 2 * np.pi, len(x)))
    assert x.var() == pytest.approx(theory.stationary_variance(z, 0, 1, 0.5), rel=0.04)
    assert stats.kurtosis(x) == pytest.approx(theory.stationary_kurtosis(z), abs=0.12)


def test_the_temperature_is_the_limit_of_the_variance():
    for lr in (1e-2, 1e-3):
        assert theory.stationary_variance(lr, 0, 2.0, 0.3) * 2.0 == pytest.approx(
            theory.gibbs_temperature(lr, 0.3), rel=1.1 * lr
        )


def test_the_exponent_is_the_mean_of_a_logarithm():
    mean, _ = integrate.quad(lambda u: np.log(abs(300 * np.sin(u))), 0, np.pi, points=[0, np.pi])
    assert theory.scrambled_exponent(0.3, 0.001) == pytest.approx(mean / np.pi, abs=1e-6)


def test_gibbs_on_a_grid():
    x = np.linspace(-3, 3, 3001)
    p = theory.gibbs_density(objectives.double_well(x), x, 0.1)
    total, _ = integrate.quad(lambda u: np.exp(-objectives.double_well(u) / 0.1), -3, 3)
    np.testing.assert_allclose(p, np.exp(-objectives.double_well(x) / 0.1) / total, rtol=1e-6)


def test_kramers_against_the_exact_mean_time_of_a_diffusion():
    """(1/T) ∫ e^{f/T} ∫ e^{-f/T}, from the well over the barrier to the other well."""
    f, temperature, lr = objectives.double_well.at(tilt=0.05), 0.015, 0.1
    roots = np.sort(np.roots([1, 0, -1, 0.05]).real)
    left, top, right = roots
    x = np.linspace(left, 3, 40_001)
    low = f(right)
    tail = np.cumsum(np.exp(-(f(x) - low) / temperature)[::-1])[::-1] * (x[1] - x[0])
    way = x <= right
    exact = np.trapezoid(np.exp((f(x[way]) - low) / temperature) * tail[way], x[way]) / temperature / lr
    found = theory.kramers_steps(lr, temperature, f(top) - low, 3 * right**2 - 1, 1 - 3 * top**2)
    assert found == pytest.approx(exact, rel=0.1)


def test_all_are_compiled():
    for closed, values in (
        (theory.gibbs_temperature, (0.2, 0.7)),
        (theory.gibbs_weight, (0.3, 0.1, 0.05)),
        (theory.scrambled_exponent, (0.2, 1e-3)),
        (theory.stationary_kurtosis, (0.4, -1.2)),
        (theory.kramers_steps, (0.1, 0.05, 0.2, 2.0, 1.0)),
    ):
        namespace = {"np": np}
        exec(symbolic.function(closed, name="made").python(), namespace)
        assert namespace["made"](*values) == pytest.approx(closed(*values), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.gibbs_temperature(0), "lr must be > 0, got 0"),
        (lambda: theory.gibbs_temperature(0.1, -1), "noise must be > 0, got -1"),
        (lambda: theory.scrambled_exponent(0.1, 0), "epsilon must be > 0"),
        (lambda: theory.stationary_kurtosis(2), r"z must be in \(0, 2\), got 2"),
        (lambda: theory.kramers_steps(0.1, 0.1, -1, 1, 1), "height must be > 0"),
        (lambda: theory.gibbs_density([1, 2], [1, 2, 3], 1), "values and x must have one shape"),
        (lambda: theory.gibbs_density([1, 2], [1, 2], 0), "temperature must be > 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# -- Objectives on two scales --------------------------------------------------------------------------------


def test_an_objective_knows_its_parts():
    well = objectives.multiscale_well.at(tilt=0.2)
    assert list(well.params) == ["epsilon"] and well.is_shipped
    assert well.macro(0.7) == objectives.double_well(0.7, tilt=0.2)
    assert objectives.multiscale.macro(2.0) == 2.0


def test_a_readers_parts_make_an_objective():
    own = objectives.rippled(lambda x, *, a=3.0: a * x**2, ops.cos, name="own")
    assert own.name == "own" and list(own.params) == ["a", "epsilon"] and not own.is_shipped
    assert own(0.3, a=2.0, epsilon=0.1) == pytest.approx(2 * 0.09 + 0.1 * np.cos(3))
    run = simulate(own.at(epsilon=1.0), rules.gd, 0.3, steps=1, lr=0.1)
    assert run.theta[1, 0] == pytest.approx(0.3 - 0.1 * (6 * 0.3 - np.sin(0.3)))


def test_kicked_is_the_macro_part_with_slopes_of_ones_own():
    kicks = np.array([[0.5], [-1.0]])
    run = simulate(objectives.multiscale.kicked, rules.gd, 1.0, steps=2, lr=0.1, noise=kicks)
    assert run.theta[:, 0].tolist() == pytest.approx([1, 0.85, 0.865])


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((lambda x, y: x + y,), ValueError, "macro must be a function of one coordinate"),
        ((lambda x, *, noise: x * noise[0],), ValueError, "macro must be a function of one coordinate alone"),
        ((lambda x, *, epsilon=1.0: x * epsilon,), ValueError, "no parameter named epsilon"),
        ((lambda x: x, 3), TypeError, "ripple must be a function, got 3"),
    ],
)
def test_parts_that_do_not_fit_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        objectives.rippled(*arguments)
