"""Flows: the terms against other derivations, the curves against SciPy, closed forms against both."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from scipy.integrate import solve_ivp

from d2l_ext import flow, flows, objectives, ops, rules, simulate, symbolic, theory
from d2l_ext.symbolic import TraceError


def terms_on_a_line(f, x, order):
    return theory.modified_terms(-f.diff(x), lambda g, field: sympy.expand(g.diff(x) * field), order)


def test_the_terms_satisfy_julias_equation():
    """A field whose flow takes x to g(x) satisfies F(g(x)) = g'(x) F(x)."""
    x, eta = sympy.symbols("x eta")
    f = x**4 / 4 + x**2 / 2 + x**3 / 5
    step = x - eta * f.diff(x)
    for order in range(4):
        field = sum(eta**n * term for n, term in enumerate(terms_on_a_line(f, x, order)))
        gap = sympy.Poly(field.subs(x, step) - step.diff(x) * field, eta)
        powers = [power for (power,), coefficient in gap.terms() if coefficient != 0]
        assert min(powers) == order + 2


def test_the_second_and_third_terms_are_those_of_the_literature():
    """Euler's method: -f'f/2, then f''(f, f)/12 + f'f'f/3 (Hairer, Lubich & Wanner IX.9, by trees)."""
    x = sympy.Symbol("x")
    f = sympy.Function("f")(x)
    d1, d2, d3 = (f.diff(x, k) for k in (1, 2, 3))
    _, first, second = terms_on_a_line(f, x, 2)
    assert sympy.expand(first + d1 * d2 / 2) == 0
    assert sympy.expand(second + d1 * d2**2 / 3 + d1**2 * d3 / 12) == 0


def test_on_a_quadratic_the_recursion_gives_the_series():
    x, lam, eta = sympy.symbols("x lambda eta")
    terms = terms_on_a_line(lam * x**2 / 2, x, 6)
    for order in range(7):
        field = sum(eta**n * term for n, term in enumerate(terms[: order + 1]))
        assert sympy.expand(field + lam * x * theory.flow_rate(eta * lam, order)) == 0


def test_the_series_is_that_of_the_logarithm():
    z = sympy.Symbol("z")
    series = (-sympy.log(1 - z) / z).series(z, 0, 9).removeO()
    assert sympy.expand(series - theory.flow_rate(z, 8)) == 0
    for exact in (0.01, 0.5, 0.9):
        assert theory.exact_flow_rate(exact) == pytest.approx(theory.flow_rate(exact, 400), rel=1e-13)
        assert np.exp(-exact * theory.exact_flow_rate(exact)) == pytest.approx(1 - exact)


def test_rates_are_sums_of_fractions():
    for order in (0, 1, 7):
        exact = sum(Fraction(3, 2) ** j / (j + 1) for j in range(order + 1))
        assert theory.flow_rate(1.5, order) == pytest.approx(float(exact), rel=1e-15)


@pytest.mark.parametrize("order", range(5))
def test_a_flow_is_the_one_of_scipy(order):
    lr, steps = 0.08, 12
    found = flow(objectives.quartic, order, 1.2, lr=lr, steps=steps)[:, 0]
    field, _ = flows.compiled(objectives.quartic, order)
    at = lr * np.arange(steps + 1)
    reference = solve_ivp(lambda t, x: field(x, lr), (0, at[-1]), [1.2], "DOP853", at, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(found, reference.y[0], atol=1e-10)


@pytest.mark.parametrize("order", range(4))
def test_global_errors_have_the_order_they_should(order):
    errors = []
    for steps in (40, 80, 160):
        x = simulate(objectives.log_cosh, rules.gd, 1.5, steps=steps, lr=2 / steps).theta[-1]
        errors.append(abs(flow(objectives.log_cosh, order, 1.5, lr=2 / steps, steps=steps)[-1] - x).item())
    slopes = np.log2(np.divide(errors[:-1], errors[1:]))
    np.testing.assert_allclose(slopes, order + 1, atol=0.1)


def test_in_a_plane_too():
    errors = []
    for steps in (50, 100):
        x = simulate(objectives.hyperbola, rules.gd, steps=steps, lr=1 / steps).theta[-1]
        curves = [flow(objectives.hyperbola, n, lr=1 / steps, steps=steps)[-1] for n in range(3)]
        errors.append([np.abs(curve - x).max() for curve in curves])
    np.testing.assert_allclose(np.log2(np.divide(*errors)), [1, 2, 3], atol=0.15)


def test_a_quadratic_with_a_minimum_elsewhere_has_a_closed_form():
    def bowl(x, *, a=3.0):
        return a * (x - 2) ** 2 / 2 + 1

    curve = flow(bowl, 2, 5.0, lr=0.1, steps=4)[:, 0]
    np.testing.assert_allclose(curve, 2 + 3 * theory.flow_factor(0.3, 2) ** np.arange(5), rtol=1e-13)
    assert symbolic.modified_flows(objectives.quartic, 0) is None
    slope = flow(lambda x: 2 * x, 3, 1.0, lr=0.25, steps=2)[:, 0]
    np.testing.assert_allclose(slope, [1, 0.5, 0], atol=1e-15)


def test_names_of_a_reader_do_not_collide_with_ours():
    def odd(d1, *, lr=2.0, time=1.0):
        return lr * d1**4 / 4 + time * d1**2 / 2

    def plain(x):
        return x**4 / 2 + x**2 / 2

    ours, theirs = (flow(f, 2, 0.7, lr=0.1, steps=5) for f in (plain, odd))
    np.testing.assert_allclose(theirs, ours, rtol=1e-12)


def test_a_flow_that_runs_away_ends():
    curve = flow(lambda x: -(x**4) / 4, 0, 1.0, lr=0.2, steps=5)[:, 0]  # infinite at t = 1/2
    assert np.isfinite(curve).tolist() == [True, True, True, False, False, False]
    assert curve[2] == pytest.approx((1 - 2 * 0.4) ** -0.5)


def test_more_points_lie_on_the_same_curve():
    coarse, fine = (flow(objectives.quartic, 1, lr=0.2, steps=6, finer=finer) for finer in (1, 5))
    np.testing.assert_allclose(fine[::5], coarse, atol=1e-10)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((objectives.parabola, -1), {}, ValueError, "order must be >= 0, got -1"),
        ((objectives.parabola, 1.5), {}, TypeError, "order must be a whole number, got 1.5"),
        ((objectives.parabola,), {"lr": -0.1}, ValueError, "lr must be >= 0, got -0.1"),
        ((objectives.parabola,), {"steps": -1}, ValueError, "steps must be >= 0, got -1"),
        ((objectives.parabola,), {"finer": 0}, ValueError, "finer must be >= 1, got 0"),
        ((objectives.noisy_valley,), {}, ValueError, "objective must take neither noise nor t"),
        ((lambda x: x if x > 0 else -x,), {}, TraceError, "cannot run on symbols"),
    ],
)
def test_bad_input_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        flow(*arguments, **{"lr": 0.1, "steps": 2, **options})


def test_rates_have_a_door():
    with pytest.raises(ValueError, match=r"z must be in \(0, 1\), got 1"):
        theory.exact_flow_rate(1.0)
    with pytest.raises(ValueError, match="order must be >= 0"):
        theory.flow_rate(0.5, -1)
    assert ops.is_symbolic(theory.flow_factor(sympy.Symbol("z"), 3))
