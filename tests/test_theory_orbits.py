"""Closed forms of gradient descent on (1 - xy)²/2 against its own steps, roots of polynomials, and SymPy."""

import numpy as np
import pytest
import sympy

from d2l_ext import objectives, simulate, sweep, symbolic, theory

LR = np.linspace(1.0, 1.99, 34)


def plane_step(x, y, lr):
    return simulate(objectives.hyperbola, "gd", (x, y), steps=1, lr=lr).theta[1]


def jacobian(x, y, lr):
    """Of a step in the plane, by central differences."""
    d = 1e-6
    columns = [
        (plane_step(x + u, y + v, lr) - plane_step(x - u, y - v, lr)) / (2 * d) for u, v in ((d, 0), (0, d))
    ]
    return np.stack(columns, -1)


@pytest.mark.parametrize("lr", [0.9, 1.3, 1.95])
def test_the_line_is_the_plane_on_its_diagonal_and_the_double_well(lr):
    well = objectives.double_well.at(tilt=0)
    for x in (-1.3, -0.2, 0.0, 0.7, 1.4):
        there = theory.balanced_step(x, lr)
        assert plane_step(x, x, lr) == pytest.approx([there, there], abs=1e-14)
        assert simulate(well, "gd", x, steps=1, lr=lr).theta[1, 0] == pytest.approx(there, abs=1e-14)


def test_both_slopes_are_the_eigenvalues_of_a_step_on_the_line():
    for x, lr in ((0.3, 1.1), (0.9, 1.5), (-1.2, 1.9)):
        J = jacobian(x, x, lr)
        along, across = J @ [1, 1], J @ [1, -1]
        assert along == pytest.approx(theory.balanced_slope(x, lr) * np.array([1, 1]), abs=1e-7)
        assert across == pytest.approx(theory.balanced_across(x, lr) * np.array([1, -1]), abs=1e-7)


def test_the_turning_point_is_where_the_step_is_largest():
    x = np.linspace(0, 1.5, 300_001)
    for lr in (0.8, 1.3, 2.0):
        assert x[theory.balanced_step(x, lr).argmax()] == pytest.approx(theory.balanced_turn(lr), abs=5e-6)


def test_beyond_the_reach_all_run_away_and_within_none_below_lr_2():
    for lr in (0.8, 1.3, 1.95):
        b = theory.balanced_reach(lr)
        inside, outside = np.linspace(-b, b, 2001)[1:-1], b * (1 + np.geomspace(1e-6, 1, 50))
        for _ in range(200):
            inside = theory.balanced_step(inside, lr)
            outside = np.clip(theory.balanced_step(outside, lr), -1e9, 1e9)
        assert (np.abs(inside) <= b).all() and (np.abs(outside) == 1e9).all()


def test_the_margin_of_the_ellipse_keeps_its_sign():
    x, y, lr = sympy.symbols("x y lr", positive=True)
    r = 1 - x * y
    after = theory.ellipse_margin(x + lr * r * y, y + lr * r * x, lr)
    factor = 1 - lr**2 * r + lr**2 * r**2
    assert sympy.expand(sympy.simplify(after - theory.ellipse_margin(x, y, lr) * factor)) == 0
    z = sympy.Symbol("z")
    assert sympy.discriminant(1 - lr**2 * z + lr**2 * z**2, z).factor() == lr**2 * (lr - 2) * (lr + 2)


def test_what_is_inside_the_ellipse_stays_and_what_is_outside_runs_away():
    starts = np.random.default_rng(0).uniform(-2.6, 2.6, (4000, 2))
    for lr in (0.7, 1.3, 1.9):
        found = sweep(objectives.hyperbola, "gd", starts, steps=3000, lr=lr)
        inside = theory.ellipse_margin(*starts.T, lr) > 0
        assert (inside == (found.outcome != "diverged")).all() and 0.02 < inside.mean() < 0.98
        assert (theory.ellipse_margin(*found.theta[inside].T, lr) > 0).all()


def test_on_the_rim_a_step_triples_the_angle():
    angle = np.linspace(-3, 3, 25)
    for lr in (0.6, 1.3, 1.95):
        x, y = theory.ellipse_rim(angle, lr)
        assert np.abs(theory.ellipse_margin(x, y, lr)).max() < 1e-12
        r = 1 - x * y
        there = theory.ellipse_rim(np.pi - 3 * angle, lr)
        np.testing.assert_allclose((x + lr * r * y, y + lr * r * x), there, atol=1e-12)
        assert np.abs(theory.ellipse_rim(np.linspace(0, 7, 9999), lr)).max() == pytest.approx(2 / lr**0.5)


def test_the_area_is_that_inside():
    side = np.linspace(-3, 3, 2001)
    for lr in (0.8, 1.5):
        share = (theory.ellipse_margin(side[:, None], side, lr) > 0).mean()
        assert share == pytest.approx(theory.ellipse_area(lr) / 36, abs=2e-3)


def test_the_two_cycle_is_what_a_polynomial_solver_finds():
    x, lr = sympy.symbols("x lr")
    once = sympy.expand((1 + lr) * x - lr * x**3)
    twice = sympy.expand(once.subs(x, once) - x)
    for value in (1.05, 1.2, 1.9):
        roots = sympy.Poly(twice.subs(lr, value), x).nroots()
        fixed = {0.0, 1.0, -1.0, theory.balanced_reach(value), -theory.balanced_reach(value)}
        real = sorted(float(r) for r in roots if abs(sympy.im(r)) < 1e-9)
        others = [r for r in real if min(abs(r - f) for f in fixed) > 1e-6]
        high, low = theory.two_cycle(value)
        assert others == pytest.approx([-high, -low, low, high])


def test_the_multipliers_of_the_two_cycle_are_those_of_two_steps():
    for lr in (1.0, 1.1, 1.2, 1.5):
        high, low = theory.two_cycle(lr)
        J = jacobian(low, low, lr) @ jacobian(high, high, lr)
        assert sorted(np.linalg.eigvals(J)) == pytest.approx(
            sorted(theory.two_cycle_multipliers(lr)), abs=1e-6
        )
    edge = np.sqrt(5) - 1
    assert theory.two_cycle_multipliers(edge)[0] == pytest.approx(-1)
    assert (np.abs(theory.two_cycle_multipliers(LR[(LR > 1) & (LR < edge)])) < 1).all()


def test_a_compiled_page_computes_the_same_bits():
    """Where an orbit is chaotic, one other bit is another orbit."""
    for function in (theory.balanced_step, theory.balanced_slope):
        namespace = {"np": np}
        exec(symbolic.function(function, name="f").python(), namespace)
        x, lr = np.random.default_rng(0).uniform((-1.5, 0.8), (1.5, 2.0), (10_000, 2)).T
        assert (namespace["f"](x, lr) == function(x, lr)).all()
    exec(symbolic.function(theory.balanced_turn, name="f").python(), namespace)
    assert (namespace["f"](LR) == theory.balanced_turn(LR)).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.balanced_step(np.inf, 1), "x must be finite, got inf"),
        (lambda: theory.balanced_slope(1, -0.1), "lr must be >= 0, got -0.1"),
        (lambda: theory.balanced_across([1, 2], [1, 2, 3]), "arrays must have shapes that fit"),
        (lambda: theory.balanced_turn(0), "lr must be > 0, got 0"),
        (lambda: theory.balanced_reach(-1), "lr must be > 0, got -1"),
        (lambda: theory.ellipse_margin(1, np.nan, 1), "y must be finite, got nan"),
        (lambda: theory.ellipse_rim(0, 2.1), r"lr must be in \(0, 2\], got 2.1"),
        (lambda: theory.ellipse_area(0), r"lr must be in \(0, 2\], got 0"),
        (lambda: theory.two_cycle(0.9), "lr must be >= 1, got 0.9"),
        (lambda: theory.two_cycle_multipliers(0.9), "lr must be >= 1, got 0.9"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
