"""Closed forms against eigenvalues, brute force, runs, and their own compiled selves."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import signal

from d2l_ext import objectives, ops, rules, simulate, symbolic, theory

RNG = np.random.default_rng(0)
COUNT = 200_000
BETA = RNG.uniform(0, 1, COUNT)
Z = RNG.uniform(-0.5, 4.5, COUNT)


def largest(matrices):
    return np.abs(np.linalg.eigvals(matrices)).max(-1)


def heavy_ball(z, beta):
    return largest(theory.momentum_matrix(1.0, beta, z))


def nesterov(z, beta):
    return largest(theory.nesterov_matrix(1.0, beta, z))


# -- Against the matrix --------------------------------------------------------------------------------------


def test_spectral_radius_is_that_of_the_matrix():
    error = np.abs(theory.spectral_radius(Z, BETA) - heavy_ball(Z, BETA))
    assert np.median(error) < 1e-15
    assert error.max() < 1e-11  # near a double eigenvalue, eigvals loses digits


def test_eigenvalues_are_those_of_the_matrix():
    a, b, c = theory.momentum_eigenvalues(Z, BETA)
    np.testing.assert_allclose(a + b, 1 + BETA - Z, atol=1e-14)
    np.testing.assert_allclose(a * b + c**2, BETA, atol=1e-14)
    assert (c * (a - b) == 0).all() and (a >= b).all() and (c >= 0).all()
    found = np.sort_complex(np.linalg.eigvals(theory.momentum_matrix(1.0, BETA, Z)))
    expected = np.sort_complex(np.stack([a + 1j * c, b - 1j * c], -1))
    np.testing.assert_allclose(found, expected, atol=1e-11)


def test_it_converges_where_the_radius_is_below_one():
    assert (theory.converges(Z, BETA) == (heavy_ball(Z, BETA) < 1)).all()


def test_regimes_name_what_the_eigenvalues_do():
    names = theory.regime(Z, BETA)
    a, b, c = theory.momentum_eigenvalues(Z, BETA)
    radius = theory.spectral_radius(Z, BETA)
    assert set(names) == {"over-damped", "under-damped", "ripples", "diverges"}
    assert ((names == "diverges") == (radius > 1)).all()
    assert ((names == "under-damped") == (c > 0)).all()
    assert (radius[c > 0] == np.sqrt(BETA[c > 0])).all()
    assert (b[names == "over-damped"] > 0).all() and (a[names == "ripples"] < 0).all()


@pytest.mark.parametrize("beta", [0.0, 0.1, 0.25, 0.5, 0.81, 0.9, 0.999])
def test_boundaries_have_names_of_their_own(beta):
    low, high = theory.critical(beta)
    limit = theory.stability_limit(beta)
    at_high = "critically damped ripples" if beta else "critically damped"
    assert theory.regime(low, beta) == "critically damped"
    assert theory.regime(high, beta) == at_high
    assert theory.regime(0, beta) == theory.regime(limit, beta) == "marginal"
    assert not theory.converges(limit, beta) and not theory.converges(0, beta)
    radii = [theory.spectral_radius(z, beta) for z in (0.0, low, high, limit)]
    np.testing.assert_allclose(radii, [1, beta**0.5, beta**0.5, 1], atol=1e-15)


def test_critical_damping_shrinks_with_a_transient():
    matrix = theory.momentum_matrix(theory.critical(0.25)[0], 0.25, 1.0)
    assert np.linalg.matrix_rank(matrix - 0.5 * np.eye(2)) == 1
    sizes = [np.linalg.norm(np.linalg.matrix_power(matrix, t)) / (t * 0.5**t) for t in (100, 200, 400)]
    np.testing.assert_allclose(sizes, sizes[-1], rtol=0.02)


@pytest.mark.parametrize("z", [0.01, 0.3, 1.0, 2.4, 3.9])
def test_no_momentum_is_better_than_the_best(z):
    best = theory.best_momentum(z)
    assert theory.spectral_radius(z, best) == pytest.approx(abs(1 - z**0.5), abs=1e-7)
    assert (heavy_ball(z, RNG.uniform(0, 1, 10_000)) >= abs(1 - z**0.5) - 1e-7).all()


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.9, 0.999])
def test_level_lines_are_straight(rho):
    *z, top = theory.level_corners(rho)
    share = np.linspace(0, 1, 11)
    for (z0, b0), (z1, b1) in pairwise(zip(z, (0, top, top, 0), strict=True)):
        radius = heavy_ball(z0 + share * (z1 - z0), b0 + share * (b1 - b0))
        np.testing.assert_allclose(radius, rho, atol=1e-7)  # at a double eigenvalue, half the digits


def test_nesterovs_radius_is_that_of_its_matrix():
    error = np.abs(theory.nesterov_radius(Z, BETA) - nesterov(Z, BETA))
    assert np.median(error) < 1e-15
    assert error.max() < 1e-7  # near a double eigenvalue, eigvals loses half the digits


def test_the_textbooks_nesterov_has_the_same_eigenvalues():
    """Its map of two successive iterates, x' = (1 + β)(1 - z) x - β(1 - z) x_before."""
    shrink = 1 - Z
    entries = [(1 + BETA) * shrink, -BETA * shrink, np.ones(COUNT), np.zeros(COUNT)]
    textbook = largest(np.stack(entries, -1).reshape(COUNT, 2, 2))
    np.testing.assert_allclose(textbook, nesterov(Z, BETA), atol=1e-7)


def test_nesterov_converges_up_to_its_limit():
    stable = (Z > 0) & (theory.nesterov_limit(BETA) > Z)
    assert (stable == (nesterov(Z, BETA) < 1)).all()


@pytest.mark.parametrize("kappa", [1.5, 20.0, 1e4])
def test_the_best_momentum_tells_its_condition_number(kappa):
    beta = theory.optimal_heavy_ball(1.0, kappa).momentum
    assert theory.matching_kappa(beta) == pytest.approx(kappa)


@pytest.mark.parametrize("kappa", [1.5, 20.0, 1e4])
def test_the_best_gradient_descent_and_heavy_ball_stand_equally_near_their_limits(kappa):
    for best in (theory.optimal_gd(1.0, kappa), theory.optimal_heavy_ball(1.0, kappa)):
        limit = theory.stability_limit(best.momentum) / kappa
        assert limit / best.lr == pytest.approx(1 + 1 / kappa)


# -- Against runs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("z", "beta"), [(0.01, 0.5), (0.12, 0.25), (0.5, 0.8), (1.9, 0.0), (2.4, 0.25), (3.55, 0.8), (2.51, 0.25)]
)
def test_a_run_shrinks_by_the_spectral_radius(z, beta):
    """Factor per step, measured over 800 steps."""
    steps, before = 1000, 200
    bowl = objectives.parabola.at(curvature=4)
    x = simulate(bowl, rules.momentum, steps=steps, lr=z / 4, momentum=beta).theta[:, 0]
    size = np.hypot(x[1:], x[:-1])
    measured = (size[-1] / size[before - 1]) ** (1 / (steps - before))
    assert measured == pytest.approx(theory.spectral_radius(z, beta), rel=2e-3)


@pytest.mark.parametrize(
    ("rule", "best", "end"),
    [
        (rules.gd, theory.optimal_gd(0.2, 4), (-0.6755, -0.2702)),
        (rules.momentum, theory.optimal_heavy_ball(0.2, 4), (-0.004649, -0.007539)),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_ravine_at_its_best_settings(rule, best, end):
    hyper = {name: getattr(best, name) for name in rule.hyper}
    run = simulate(objectives.ravine, rule, steps=20, **hyper)
    digits = len(str(end[0]).partition(".")[2])
    assert tuple(run.theta[-1].round(digits)) == end


# -- Optima --------------------------------------------------------------------------------------------------


def test_brute_force_finds_the_optimal_heavy_ball():
    """The smallest worst radius over lr and momentum, on a grid that closes in."""
    m, L = 0.2, 4.0
    (lr, beta), reach = (0.5, 0.5), np.array([0.5, 0.5])
    for _ in range(60):
        rates = lr + reach[0] * np.linspace(-1, 1, 41)[:, None]
        betas = np.clip(beta + reach[1] * np.linspace(-1, 1, 41), 0, 0.999)
        worst = np.maximum(theory.spectral_radius(rates * m, betas), theory.spectral_radius(rates * L, betas))
        i, j = np.unravel_index(worst.argmin(), worst.shape)
        lr, beta, reach = rates[i, 0], betas[j], reach * 0.8
    best = theory.optimal_heavy_ball(m, L)
    np.testing.assert_allclose([lr, beta, worst.min()], best, rtol=1e-5)
    assert [round(float(value), 6) for value in best] == [0.667907, 0.402605, 0.634512]


@pytest.mark.parametrize("kappa", [1.5, 10.0, 20.0, 100.0, 1000.0, 1e4])
def test_rates_are_the_worst_over_the_spectrum(kappa):
    curvatures = np.linspace(1, kappa, 2001)
    for radius, optimum in [
        (heavy_ball, theory.optimal_gd(1, kappa)),
        (heavy_ball, theory.optimal_heavy_ball(1, kappa)),
        (nesterov, theory.optimal_nesterov(1, kappa)),
        (nesterov, theory.optimal_nesterov(1, kappa, tuned=True)),
    ]:
        # At a double eigenvalue, where the best are, eigvals keeps half the digits.
        assert radius(optimum.lr * curvatures, optimum.momentum).max() == pytest.approx(
            optimum.rate, abs=1e-6
        )


@pytest.mark.parametrize("kappa", [10.0, 100.0])
def test_no_other_momentum_is_better_at_the_tuned_learning_rate(kappa):
    best = theory.optimal_nesterov(1, kappa, tuned=True)
    for lr, beta in [(0.99, 1), (1.01, 1), (1, 0.99), (1, 1.01), (0.99, 1.01), (1.01, 0.99)]:
        ends = best.lr * lr * np.array([1, kappa])
        assert nesterov(ends, min(best.momentum * beta, 1)).max() > best.rate


TABLE = [
    (1e1, (0.81818, 0.51949, 0.68377, 0.64079), (68.8, 21.1, 36.3)),
    (1e2, (0.98020, 0.81818, 0.90000, 0.88472), (690.8, 68.8, 131.1)),
    (1e3, (0.99800, 0.93869, 0.96838, 0.96349), (6907.8, 218.4, 429.9)),
    (1e4, (0.99980, 0.98020, 0.99000, 0.98845), (69077.6, 690.8, 1374.6)),
]


@pytest.mark.parametrize(("kappa", "rates", "steps"), TABLE)
def test_the_table_of_rates(kappa, rates, steps):
    functions = theory.gd_rate, theory.heavy_ball_rate, theory.nesterov_rate, theory.tuned_nesterov_rate
    found = [function(kappa) for function in functions]
    assert tuple(round(float(rate), 5) for rate in found) == rates
    assert tuple(round(float(theory.iterations_to(rate, 1e-6)), 1) for rate in found[:3]) == steps


def test_steps_until_are_those_of_a_run():
    spectrum = np.geomspace(0.05, 1, 5)
    for rule, matrix, best in [
        (rules.gd, theory.momentum_matrix, theory.optimal_gd(0.05, 1.0)),
        (rules.momentum, theory.momentum_matrix, theory.optimal_heavy_ball(0.05, 1.0)),
        (rules.nesterov, theory.nesterov_matrix, theory.optimal_nesterov(0.05, 1.0)),
    ]:
        hyper = {name: getattr(best, name) for name in rule.hyper}
        theta = simulate(objectives.quadratic(spectrum), rule, steps=300, **hyper).theta
        steps = theory.steps_until(matrix(best.lr, best.momentum, spectrum), 1e-6)
        assert steps == np.argmax(np.abs(theta).max(1) <= 1e-6) > 20


def test_numbers_of_the_text():
    seeds = [(0.6, 0.5, 0.2), (0.6, 0.5, 4.0), (0.6, 0.25, 0.2), (0.6, 0.25, 4.0)]
    radii = [float(theory.spectral_radius(lr * curvature, beta)) for lr, beta, curvature in seeds]
    assert [round(rho, 6) for rho in radii] == [0.707107, 0.707107, 0.828106, 0.858945]
    shares = [float(theory.leaky_share(theory.leaky_sum(b), b)) for b in (0.9, 0.95, 0.99, 1 - 1e-9)]
    assert [round(share, 4) for share in shares] == [0.6513, 0.6415, 0.634, round(1 - np.exp(-1), 4)]


# -- The leaky average ---------------------------------------------------------------------------------------

BETAS = np.array([0.0, 0.3, 0.9, 0.99])


def test_the_leaky_step_is_what_momentum_does_to_its_velocity():
    gradients = RNG.normal(size=100)
    state, velocities = rules.momentum.initial_state(0.0), theory.leaky_filter(gradients, 0.9)
    for g, v in zip(gradients, velocities, strict=True):
        assert theory.leaky_step(state["v"], g, 0.9) == 0.9 * state["v"] + g
        _, state = rules.momentum(0.0, g, state, lr=0.1, momentum=0.9)
        assert state["v"] == v


def test_the_filter_is_that_of_scipy_and_broadcasts():
    gradients = RNG.normal(size=(60, 5, 1))
    velocities = theory.leaky_filter(gradients, BETAS)
    assert velocities.shape == (60, 5, 4)
    for i, beta in enumerate(BETAS):
        expected = signal.lfilter([1], [1, -beta], gradients[:, :, 0], axis=0)
        np.testing.assert_allclose(velocities[:, :, i], expected, atol=1e-12)


def test_what_a_leaky_average_remembers_from_its_weights():
    age = np.arange(4000)
    weights = theory.leaky_weight(age, BETAS[:, None])
    total = weights.sum(1)
    np.testing.assert_allclose(theory.leaky_sum(BETAS), total, rtol=1e-9)
    np.testing.assert_allclose(theory.leaky_age(BETAS), (age * weights).sum(1) / total, rtol=1e-9)
    np.testing.assert_allclose(theory.leaky_variance(BETAS), (weights**2).sum(1), rtol=1e-9)
    np.testing.assert_allclose(theory.leaky_samples(BETAS), total**2 / (weights**2).sum(1), rtol=1e-9)
    np.testing.assert_allclose(BETAS[1:] ** theory.leaky_half_life(BETAS[1:]), 0.5, rtol=1e-12)
    assert theory.leaky_half_life(0) == theory.leaky_age(0) == 0
    assert theory.leaky_samples(0) == theory.leaky_variance(0) == 1


def test_gain_is_the_size_of_the_answer_to_a_swing():
    omega = np.linspace(0, np.pi, 9)
    swing = np.exp(1j * omega * np.arange(3000)[:, None])
    for beta in BETAS:
        last = theory.leaky_filter(swing.real, beta)[-1] + 1j * theory.leaky_filter(swing.imag, beta)[-1]
        np.testing.assert_allclose(theory.leaky_gain(omega, beta), abs(last), rtol=1e-9)
    np.testing.assert_allclose(theory.leaky_gain(0, BETAS), theory.leaky_sum(BETAS))


@pytest.mark.parametrize("ratio", [0.0, 0.3, 20.0, 90.0, 4000.0])
def test_no_other_average_follows_jumps_better(ratio):
    beta = np.linspace(0, 0.999, 1000)
    cost = (beta**2 + ratio * (1 - beta) ** 2) / (1 - beta**2)
    assert theory.leaky_best(ratio) == pytest.approx(beta[cost.argmin()], abs=1e-3)


# -- Compiled ------------------------------------------------------------------------------------------------


def leaky_share_of_sum(beta):
    return theory.leaky_share(theory.leaky_sum(beta), beta)


def test_the_cloud_is_what_the_matrix_and_the_noise_keep_in_balance():
    lr, beta, curvature = np.array([[0.1, 0.0, 1], [0.4, 0.4, 2], [0.02, 0.9, 0.2], [0.9, 0.5, 3]]).T
    found = theory.stationary_variance(lr, beta, curvature, 0.3)
    for k, R in enumerate(theory.momentum_matrix(lr, beta, curvature)):
        kick = np.array([1.0, -lr[k]])  # what a unit of noise does to (v, x)
        S = np.linalg.solve(np.eye(4) - np.kron(R, R), 0.3 * np.kron(kick, kick)).reshape(2, 2)
        np.testing.assert_allclose(found[k], S[1, 1], rtol=1e-12)


def tuned(m, L):
    return theory.optimal_nesterov(m, L, tuned=True)


def radius_where_stable(z, beta):
    return ops.where(theory.converges(z, beta), theory.spectral_radius(z, beta), 1.0)


FRACTIONS, CURVATURES, KAPPAS = RNG.uniform(0, 0.99, 300), RNG.uniform(0.1, 1, 300), RNG.uniform(1, 1e3, 300)
COMPILED = [
    (theory.momentum_eigenvalues, Z[:300], FRACTIONS),
    (theory.spectral_radius, Z[:300], FRACTIONS),
    (theory.critical, FRACTIONS),
    (theory.stability_limit, FRACTIONS),
    (theory.regime_number, Z[:300], FRACTIONS),
    (theory.best_momentum, 4 * FRACTIONS + 1e-3),
    (theory.level_corners, FRACTIONS),
    (theory.leaky_weight, np.arange(300), FRACTIONS),
    (theory.leaky_sum, FRACTIONS),
    (theory.leaky_share, np.arange(300), FRACTIONS),
    (leaky_share_of_sum, FRACTIONS),
    (theory.leaky_step, Z[:300], CURVATURES, FRACTIONS),
    (theory.leaky_half_life, FRACTIONS),
    (theory.leaky_age, FRACTIONS),
    (theory.leaky_variance, FRACTIONS),
    (theory.leaky_samples, FRACTIONS),
    (theory.leaky_gain, Z[:300], FRACTIONS),
    (theory.leaky_best, KAPPAS),
    (theory.effective_lr, CURVATURES, FRACTIONS),
    (theory.nesterov_radius, Z[:300], FRACTIONS),
    (theory.nesterov_limit, FRACTIONS),
    (theory.matching_kappa, FRACTIONS),
    (theory.optimal_gd, CURVATURES, KAPPAS),
    (theory.optimal_heavy_ball, CURVATURES, KAPPAS),
    (tuned, CURVATURES, KAPPAS),
    (theory.gd_rate, KAPPAS),
    (theory.heavy_ball_rate, KAPPAS),
    (theory.nesterov_rate, KAPPAS),
    (theory.tuned_nesterov_rate, KAPPAS),
    (theory.iterations_to, FRACTIONS, CURVATURES * 1e-3),
    (theory.stationary_variance, CURVATURES, FRACTIONS, CURVATURES[::-1], CURVATURES),
]


def rows(results):
    """Results of a function of arrays, one column per value: ``(300, values)``."""
    results = results if isinstance(results, tuple) else (results,)
    return np.stack([np.broadcast_to(value, 300) for value in results], -1)


def assert_equal(found, expected):
    """By the package's "equal": relative to max(1, size)."""
    assert (np.abs(found - expected) / np.maximum(1, np.abs(expected))).max() <= 1e-12


@pytest.mark.parametrize("case", COMPILED, ids=lambda case: case[0].__name__)
def test_compiled_python_repeats_the_closed_form(case):
    definition, *args = case
    namespace = {"np": np}
    exec(symbolic.function(definition).python(), namespace)
    assert_equal(rows(namespace[definition.__name__](*args)), rows(definition(*args)))


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


@pytest.mark.parametrize(
    "case", [*COMPILED, (radius_where_stable, Z[:300], FRACTIONS)], ids=lambda c: c[0].__name__
)
def test_compiled_javascript_repeats_the_closed_form(case, page):
    definition, *args = case
    source, name = symbolic.function(definition).javascript(), definition.__name__
    each = f"rows => {{ {source} return rows.map((row) => [{name}(...row)].flat()); }}"
    found = page.evaluate(each, np.stack(args, -1).tolist())
    assert_equal(np.array(found, dtype=float), rows(definition(*args)))


# -- At the door ---------------------------------------------------------------------------------------------

REFUSED = [
    (lambda: theory.momentum_matrix(-0.1, 0.5, 1), "lr must be >= 0, got -0.1"),
    (lambda: theory.momentum_matrix(0.1, 1, 1), r"momentum must be in \[0, 1\), got 1"),
    (lambda: theory.momentum_matrix(0.1, 0.5, np.inf), "curvature must be finite, got inf"),
    (lambda: theory.momentum_eigenvalues(np.nan, 0.5), "z must be finite, got nan"),
    (lambda: theory.spectral_radius(0.1, [0.1, -0.2]), r"beta must be in \[0, 1\), got -0.2"),
    (lambda: theory.critical(1.5), r"beta must be in \[0, 1\), got 1.5"),
    (lambda: theory.stability_limit(np.nan), "beta must be finite, got nan"),
    (lambda: theory.converges(np.inf, 0.5), "z must be finite, got inf"),
    (lambda: theory.regime(0.1, 1.0), r"beta must be in \[0, 1\), got 1"),
    (lambda: theory.best_momentum(0), r"z must be in \(0, 4\), got 0"),
    (lambda: theory.level_corners(1.5), r"rho must be in \[0, 1\], got 1.5"),
    (lambda: theory.leaky_weight(-1, 0.5), "age must be >= 0, got -1"),
    (lambda: theory.leaky_sum(1), r"beta must be in \[0, 1\), got 1"),
    (lambda: theory.leaky_share(-1, 0.5), "terms must be >= 0, got -1"),
    (lambda: theory.leaky_step(0, np.nan, 0.5), "g must be finite, got nan"),
    (lambda: theory.leaky_step(np.inf, 0, 0.5), "v must be finite, got inf"),
    (lambda: theory.leaky_filter(1.0, 0.5), "gradients must be a sequence, got 1"),
    (lambda: theory.leaky_filter([1, np.nan], 0.5), "gradients must be finite, got nan"),
    (lambda: theory.leaky_filter(np.zeros((5, 2)), np.zeros(3)), "must have shapes that fit, got .*"),
    (lambda: theory.leaky_half_life(1), r"beta must be in \[0, 1\), got 1"),
    (lambda: theory.leaky_age(-0.1), r"beta must be in \[0, 1\), got -0.1"),
    (lambda: theory.leaky_variance(1), r"beta must be in \[0, 1\), got 1"),
    (lambda: theory.leaky_samples(1), r"beta must be in \[0, 1\), got 1"),
    (lambda: theory.leaky_gain(np.inf, 0.5), "omega must be finite, got inf"),
    (lambda: theory.leaky_best(-1), "ratio must be >= 0, got -1"),
    (lambda: theory.effective_lr(-1, 0.5), "lr must be >= 0, got -1"),
    (lambda: theory.nesterov_matrix(-0.1, 0.5, 1), "lr must be >= 0, got -0.1"),
    (lambda: theory.nesterov_radius(np.nan, 0.5), "z must be finite, got nan"),
    (lambda: theory.nesterov_limit(1), r"beta must be in \[0, 1\), got 1"),
    (lambda: theory.matching_kappa(1), r"beta must be in \[0, 1\), got 1"),
    (lambda: theory.optimal_gd(0, 1), "m must be > 0, got 0"),
    (lambda: theory.optimal_heavy_ball(2, 1), "L must be >= m, got 1"),
    (lambda: theory.optimal_nesterov([1, 2, 3], 2), "L must be >= m, got 2"),
    (lambda: theory.gd_rate(0.5), "kappa must be >= 1, got 0.5"),
    (lambda: theory.iterations_to(1, 1e-6), r"rate must be in \(0, 1\), got 1"),
    (lambda: theory.steps_until(np.zeros((1, 2, 2)), 0), r"tolerance must be in \(0, 1\), got 0"),
    (lambda: theory.steps_until(2 * np.ones((1, 2, 2)), 0.1), "a spectral radius below 1"),
    (lambda: theory.iterations_to(0.5, 0), r"tolerance must be in \(0, 1\), got 0"),
    (lambda: theory.stationary_variance(0.1, 0.5, 0), "curvature must be > 0, got 0"),
    (lambda: theory.stationary_variance(0.1, 0.5, 1, -1), "noise must be >= 0, got -1"),
    (lambda: theory.stationary_variance(3, 0.5, 1), r"lr \* curvature must be < 2 \+ 2 \* momentum, got 3"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_bad_values_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=f"{message}$"):
        call()


@pytest.mark.parametrize("value", ["steep", None, [1, "a"], {}])
def test_what_is_no_number_is_refused_by_name(value):
    with pytest.raises((TypeError, ValueError), match="z must be"):
        theory.spectral_radius(value, 0.5)


def test_shapes_broadcast():
    z, beta = np.linspace(0.1, 2, 5)[:, None], np.linspace(0, 0.9, 4)
    assert theory.momentum_matrix(z, beta, 1.0).shape == (5, 4, 2, 2)
    assert theory.spectral_radius(z, beta).shape == theory.regime(z, beta).shape == (5, 4)
    assert theory.momentum_matrix(0.1, 0.5, 1.0).shape == (2, 2)
