"""Programs with the same bits in every language: what they compute, and what they are made of."""

import re

import numpy as np
import pytest

from d2l_ext import objectives, ops, rules, simulate, symbolic
from d2l_ext.symbolic import COSINE, SINE, derivative, function, portable

BOTH = SINE.python() + COSINE.python()


def compiled(thing):
    namespace = {"np": np}
    exec(BOTH + thing.python(), namespace)
    return namespace[getattr(thing, "arguments", None) and thing.name or "step"]


@pytest.mark.parametrize(("reach", "error"), [(3.2, 4e-16), (1e4, 4e-16), (1e6, 4e-16), (1e9, 1e-12)])
def test_sine_and_cosine_are_sine_and_cosine(reach, error):
    x = np.concatenate(
        [np.random.default_rng(0).uniform(-reach, reach, 100_000), [0, -0.0, np.pi, -np.pi / 2]]
    )
    assert np.abs(compiled(SINE)(x) - np.sin(x)).max() <= error
    assert np.abs(compiled(COSINE)(x) - np.cos(x)).max() <= error


def test_sine_needs_nothing_but_what_ieee_fixes():
    """Plus, minus, times, and floor of what is below 2**53."""
    for wave in (SINE, COSINE):
        body = wave.python().partition("\n")[2]
        assert set(re.findall(r"[a-z]\w*(?:\.\w+)?(?=\()", body)) == {"np.floor"}
        assert "**" not in body and "Math.pow" not in wave.javascript()
        assert not set(re.findall(r"\d+/\d+", body)) - {"1/2"}


def test_powers_become_products():
    made = portable(function(lambda x: (x + 1) ** 3 + x**6 + 1 / (x - 2) ** 2 + ops.sin(x) ** 2, name="f"))
    for source in (made.python(), made.javascript()):
        assert "**" not in source and "pow" not in source and "sin(" not in source
    x = np.linspace(-1, 1, 50)
    expected = (x + 1) ** 3 + x**6 + 1 / (x - 2) ** 2 + np.sin(x) ** 2
    np.testing.assert_allclose(compiled(made)(x), expected, rtol=1e-14)


def test_a_portable_step_is_the_same_step():
    step = portable(symbolic.step(objectives.multiscale_well.at(epsilon=0.05), rules.gd))
    run = simulate(objectives.multiscale_well.at(epsilon=0.05), rules.gd, -0.3, steps=30, lr=0.01)
    advance, carried = compiled(step), [-0.3]
    for k in range(31):
        assert carried[0] == pytest.approx(run.theta[k, 0], abs=1e-13)
        carried, loss = advance(k, carried, [0.01], [0.05])
        assert loss == pytest.approx(run.loss[k], abs=1e-13)


def test_names_of_the_reader_are_kept():
    made = portable(function(lambda base, sine: (base + sine) ** 2 + ops.cos(base), name="f"))
    assert made.arguments == ("base", "sine_")
    assert compiled(made)(1.0, 2.0) == pytest.approx(9 + np.cos(1))


def test_derivatives_by_the_first_argument():
    def f(x, *, a=2.0):
        return a * x**4 + ops.sin(a * x)

    x = np.linspace(-1, 1, 9)
    for order, expected in [
        (1, 8 * x**3 + 2 * np.cos(2 * x)),
        (2, 24 * x**2 - 4 * np.sin(2 * x)),
        (3, 48 * x - 8 * np.cos(2 * x)),
    ]:
        made = derivative(f, order=order, name="slope")
        np.testing.assert_allclose(compiled(made)(x, 2.0), expected, atol=1e-12)
    assert derivative(f).name == "f"


def test_a_derivative_that_cannot_be_traced_is_an_error():
    with pytest.raises(symbolic.TraceError, match="cannot run on symbols"):
        derivative(lambda x: x if x > 0 else -x, name="f")
