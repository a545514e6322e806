"""Drift on the problem of the rare gradient: closed forms against averages and against runs."""

import numpy as np
import pytest

from d2l_ext import objectives, rules, sweep, symbolic, theory

CASES = [
    (3.0, 3, 0.0, 0.1),
    (3.0, 3, 0.0, 0.5),
    (4.0, 5, 0.5, 0.3),
    (101.0, 101, 0.9, 0.99),
    (2.5, 2, 0.2, 0.0),
]


def long_run(big, period, beta, power):
    """The leaky average of the gradients to this power, over a cycle after many of them."""
    average, kept = 0.0, []
    for t in range(60 * period):
        g = big if t % period == 0 else -1.0
        average = beta * average + (1 - beta) * g**power
        kept.append(average)
    return np.array(kept[-period:])


@pytest.mark.parametrize("big, period, beta1, beta2", CASES)
def test_moments_are_those_of_averages_in_the_long_run(big, period, beta1, beta2):
    places = np.arange(period)
    m, v = long_run(big, period, beta1, 1), long_run(big, period, beta2, 2)
    np.testing.assert_allclose(theory.online_first(places, big, period, beta1), m, rtol=1e-10)
    np.testing.assert_allclose(theory.online_second(places, big, period, beta2), v, rtol=1e-10)
    adam, amsgrad = theory.online_moves(places, big, period, beta1, beta2)
    np.testing.assert_allclose(adam, -m / v**0.5, rtol=1e-10)
    np.testing.assert_allclose(amsgrad, -m / v.max() ** 0.5, rtol=1e-10)


@pytest.mark.parametrize("big, period, beta1, beta2", CASES)
def test_a_cycle_of_a_run_moves_by_the_drift(big, period, beta1, beta2):
    lr, cycles = 1e-6, 4000 // period
    for rule, drift in zip(
        (rules.adam, rules.amsgrad_paper), theory.online_drift(big, period, beta1, beta2), strict=True
    ):
        how = {"lr": lr, "betas": (beta1, beta2), "big": big, "period": period, "retire": False}
        ends = [
            sweep(objectives.rare_gradient, rule, steps=n * period, backend="numpy", **how).theta.item()
            for n in (cycles, cycles + 1)
        ]
        assert (ends[1] - ends[0]) / lr == pytest.approx(drift, abs=1e-6)


def test_amsgrads_drift_has_the_sign_of_the_mean():
    big, beta2 = np.meshgrid(np.linspace(1.5, 12, 50), np.linspace(0, 0.99, 40))
    _, amsgrad = theory.online_drift(big, 6, 0.7, beta2)
    assert (np.sign(amsgrad) == np.sign(5 - big)).all()
    np.testing.assert_allclose(amsgrad, (5 - big) / theory.online_second(0, big, 6, beta2) ** 0.5, rtol=1e-9)


@pytest.mark.parametrize("period, beta1", [(3, 0.0), (5, 0.0), (4, 0.6), (30, 0.9)])
def test_the_border_is_where_the_last_sign_change_is(period, beta1):
    big = np.linspace(period - 0.9, 4 * period, 30)
    border = theory.online_border(big, period, beta1)
    found = np.isfinite(border)
    assert found[:3].all() and (found.all() or beta1 > 0)
    everywhere = theory.online_drift(big[~found], period, beta1, np.linspace(0, 0.9999, 500)[:, None])[0]
    assert (everywhere < 0).all()
    big, border = big[found], border[found]
    near = [theory.online_drift(big, period, beta1, border + d)[0] for d in (-1e-7, 1e-7)]
    assert (near[0] > 0).all() and (near[1] < 0).all()
    above = border + np.linspace(0.001, 1, 200)[:, None] * (1 - 1e-6 - border)
    assert (theory.online_drift(big, period, beta1, above)[0] < 0).all()
    alone = theory.online_border(float(big[2]), period, beta1)
    assert isinstance(alone, float) and alone == border[2]


def test_where_there_is_no_border_it_is_nan():
    assert np.isnan(theory.online_border(1.5))  # the mean points the way of the majority
    assert np.isnan(theory.online_border(2.00001))  # it lies above 0.9999
    assert np.isnan(theory.online_border(9.0, 2))


def test_on_symbols_they_print():
    source = symbolic.function(theory.online_moves, name="moves").javascript()
    assert source.startswith("function moves(place, big, period, beta1, beta2)") and "return [" in source


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.online_second(0, 0.5, 3, 0.5), "big must be >= 1, got 0.5"),
        (lambda: theory.online_first(0, 3.0, 1, 0.5), "period must be >= 2, got 1"),
        (lambda: theory.online_moves(-1, 3.0, 3, 0.0, 0.5), "place must be >= 0, got -1"),
        (lambda: theory.online_drift(3.0, 3, 0.0, 1.0), r"beta2 must be in \[0, 1\), got 1"),
        (lambda: theory.online_border(3.0, 3, -0.1), r"beta1 must be in \[0, 1\), got -0.1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_period_is_whole():
    with pytest.raises(TypeError, match="period must be a whole number"):
        theory.online_drift(3.0, 2.5, 0.0, 0.1)
