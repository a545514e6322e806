"""FlowExplorer: its numbers against closed forms and SciPy, its words, its two pictures."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from d2l_ext import FlowExplorer, objectives, ops, theory

from .hands import agrees


@pytest.mark.parametrize("z", [0.05, 0.5, 1.0, 1.5, 2.1])
def test_errors_on_a_parabola_are_those_of_the_closed_form(z):
    errors = FlowExplorer(lr=z).result()["errors"]
    at = np.arange(13)
    expected = [np.abs(theory.flow_factor(z, n) ** at - (1 - z) ** at).max() for n in range(20)]
    np.testing.assert_allclose(errors, expected, rtol=1e-7, atol=1e-15)


def test_curvature_and_learning_rate_matter_as_a_product():
    one, other = FlowExplorer(lr=0.6), FlowExplorer(lr=0.15, curvature=4.0, show=["lr", "curvature"])
    np.testing.assert_allclose(one.result()["errors"], other.result()["errors"], rtol=1e-9, atol=1e-15)


# What is said at a learning rate, on the parabola.
CLOSER = "each is closer than the one before"
ON_A_LINE = "a flow on a line cannot turn back; the smallest error of orders 0 to 19 is"
WORDS = [
    (0.05, "never turns back", f"{CLOSER}, and from order 9 on only rounding is left"),
    (0.5, "never turns back", f"{CLOSER}; order 19 is off by"),
    (1.0, "never turns back", f"{CLOSER}; order 19 is off by 0.02739"),
    (1.5, "turning back 11 times", f"{ON_A_LINE} 0.5."),
    (2.1, "turning back 11 times", f"{ON_A_LINE} 3.138"),
]


def test_its_words_are_those_of_each_regime(show):
    explorer = FlowExplorer()
    (live,) = show(explorer)
    for lr, of_descent, of_orders in WORDS:
        live.page.evaluate("hash => { location.hash = hash; }", f"flow:lr={lr}")
        agrees(explorer, live.result())
        words = live.root.locator(".summary p").all_inner_texts()
        assert of_descent in words[0] and of_orders in words[2], words
        flow, order = (float(n) for n in re.findall(r"by ([\d.]+\d)", words[1].replace("−", "-")))
        assert [flow, order] == pytest.approx(live.result()["errors"][:2], rel=1e-3) or lr < 0.1


@pytest.mark.parametrize(
    ("lr", "said"),
    [(2.2, "the smallest error is 1.2, and order 2 is the first within a thousandth of it"), (0.8, CLOSER)],
)
def test_orders_that_are_equally_close_are_not_called_closest(show, lr, said):
    explorer = FlowExplorer(lr=lr, steps=1)
    (live,) = show(explorer)
    errors = live.result()["errors"]
    assert said in live.root.locator(".summary p").all_inner_texts()[2]
    assert (errors[2] <= 1.001 * min(errors) < errors[1]) == (lr > 1)


def test_the_closest_order_is_named_where_it_is_one(show):
    explorer = FlowExplorer(
        lambda x: x**2 / 2 + ops.sin(4 * x) / 10, lr=0.38, orders=8, start=2.0, ranges={"lr": (0.01, 0.6)}
    )
    (live,) = show(explorer)
    errors = live.result()["errors"]
    assert int(np.argmin(errors)) == 6
    said = live.root.locator(".summary p").all_inner_texts()[2]
    assert f"order 6 is the closest, off by {min(errors):.4g}; more terms do not help" in said


def test_the_order_slider_moves_the_curve_and_not_the_errors(show):
    explorer = FlowExplorer(lr=0.8)
    (live,) = show(explorer)
    before = live.result()
    live.slider("order").press("End")
    after = live.result()
    assert after["values"]["order"] == 19 and after["errors"] == before["errors"]
    assert after["modified"] < before["modified"] and after["flow"] == before["flow"]
    live.slider("order").press("Home")
    assert live.result()["modified"] == after["flow"]
    assert "order 0 is the gradient flow" in live.root.locator(".summary").inner_text()


def test_a_bent_objective_is_followed_step_by_step(show):
    explorer = FlowExplorer(objectives.quartic, lr=0.1, order=2)
    (live,) = show(explorer)
    x, fields = [1.0], [lambda x: -(x + x**3)]
    fields.append(lambda x: fields[0](x) - 0.05 * (x + x**3) * (1 + 3 * x**2))
    second = lambda x: (x + x**3) * (1 + 3 * x**2) ** 2 / 3 + (x + x**3) ** 2 * 6 * x / 12  # noqa: E731
    fields.append(lambda x: fields[1](x) - 0.01 * second(x))
    for _ in range(12):
        x.append(x[-1] + 0.1 * fields[0](x[-1]))
    at = np.minimum(0.1 * np.arange(13), 1.2)
    for error, field in zip(live.result()["errors"], fields, strict=False):
        solved = solve_ivp(
            lambda _, x, field=field: field(x), (0, 1.2), [1.0], "DOP853", at, rtol=1e-12, atol=1e-13
        )
        assert error == pytest.approx(np.abs(solved.y[0] - x).max(), abs=1e-9)
    for lr, start in ((0.05, 1.7), (0.3, -0.8), (0.45, 1.9)):
        live.page.evaluate("hash => { location.hash = hash; }", f"flow:lr={lr},start={start},order=4")
        agrees(explorer, live.result())


def test_a_run_that_leaves_everything_is_told(show):
    explorer = FlowExplorer(objectives.quartic, lr=0.5, start=2.0, steps=12, ranges={"lr": (0.1, 2)})
    (live,) = show(explorer)
    live.slider("lr").press("End")
    agrees(explorer, live.result())
    words = live.root.locator(".summary p").all_inner_texts()
    assert re.search(r"runs away: \|x\| passes 1e6 at step \d", words[0])
    assert "none has a number to compare" in words[2]


def test_readers_objective_is_copied_as_its_expression(show, capsys):
    explorer = FlowExplorer(lambda x, *, a=2.0: ops.log_cosh(a * x) + x**2, lr=0.1, order=3)
    (live,) = show(explorer, permissions=["clipboard-read", "clipboard-write"])
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    exec(live.page.evaluate("navigator.clipboard.readText()"), {})
    printed = re.findall(r"ends at (\S+)", capsys.readouterr().out)
    result = live.result()
    expected = [result["x"], result["flow"], result["modified"]]
    assert [float(number) for number in printed] == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((objectives.ravine,), {}, ValueError, "objective must have 1 coordinate, ravine has 2"),
        ((), {"lr": -0.1}, ValueError, "lr must be >= 0, got -0.1"),
        ((), {"order": 20}, ValueError, r"order must be in \[0, 20\), got 20"),
        ((), {"order": 1.5}, TypeError, "order must be a whole number, got 1.5"),
        ((), {"orders": 0}, ValueError, "orders must be >= 1, got 0"),
        ((), {"steps": 61}, ValueError, r"steps must be in \[1, 61\), got 61"),
        ((), {"curve": 1}, TypeError, "no parameter 'curve'"),
        ((), {"key": "A"}, ValueError, "key must be lower-case"),
        ((lambda x, *, steps=1.0: steps * x,), {}, ValueError, "must not call a parameter 'steps'"),
        ((lambda x: abs(x) if x > 0 else x,), {}, TypeError, "cannot run on symbols"),
    ],
)
def test_bad_input_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        FlowExplorer(*arguments, **options)
