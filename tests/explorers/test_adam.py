"""AdamExplorer: its runs against PyTorch's, its rates against Adam's state, what turns and what does not."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from d2l_ext import AdamExplorer, objective, objectives, ops, rules, simulate, theory

from .hands import agrees

TURNED = {"kappa": 100, "angle": 25, "adam_lr": 0.13}


def test_its_runs_are_those_of_pytorch():
    explorer = AdamExplorer(**TURNED, lr=0.3, momentum=0.8, steps=70, start=(-4.0, 1.5))
    f = objectives.ravine.at(kappa=100, angle=25)
    c, s = np.cos(np.deg2rad(25)), np.sin(np.deg2rad(25))
    start = (-4 * c - 1.5 * s, -4 * s + 1.5 * c)
    found = explorer.result()["runs"]
    for rule, hyper in [
        (rules.gd, {"lr": 0.3}),
        (rules.momentum, {"lr": 0.3, "momentum": 0.8}),
        (rules.adam, {"lr": 0.13}),
        (rules.sign_gd, {"lr": 0.13}),
    ]:
        run = simulate(f, rule, start, steps=70, **hyper)
        np.testing.assert_allclose(found[rule.name]["theta"], run.theta[-1], rtol=0, atol=1e-12)
        assert found[rule.name]["loss"] == pytest.approx(run.loss[-1], rel=1e-9)


def test_the_rates_are_those_of_adams_own_state():
    explorer = AdamExplorer(**TURNED, betas=(0.8, 0.95), eps=1e-4, steps=30)
    f = objectives.ravine.at(kappa=100, angle=25)
    theta = torch.tensor(theory.turned(-5.0, -2.0, 25.0), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Adam([theta], lr=0.13, betas=(0.8, 0.95), eps=1e-4)
    for t, rates in enumerate(explorer.rates(), 1):
        optimizer.zero_grad()
        f(*theta).backward()
        optimizer.step()
        v_hat = optimizer.state[theta]["exp_avg_sq"] / (1 - 0.95**t)
        np.testing.assert_allclose(rates, (0.13 / (v_hat.sqrt() + 1e-4)).numpy(), rtol=1e-10)


def test_turning_the_axes_moves_adam_and_sign_descent_alone(show):
    explorer = AdamExplorer(kappa=100, steps=60)
    (live,) = show(explorer)
    straight = live.result()
    live.slider("angle").press("PageUp")
    for _ in range(3):
        live.slider("angle").press("ArrowRight")
    turned = live.result()
    agrees(explorer, turned)
    assert turned["values"]["angle"] > 10
    for name in ("gd", "momentum"):
        at = theory.turned(*straight["runs"][name]["theta"], turned["values"]["angle"])
        assert turned["runs"][name]["theta"] == pytest.approx(at, abs=1e-12)
        assert turned["runs"][name]["loss"] == pytest.approx(straight["runs"][name]["loss"], rel=1e-9)
    for name in ("adam", "sign_gd"):
        assert turned["runs"][name]["loss"] > 3 * straight["runs"][name]["loss"]


def test_its_words_follow(show):
    (live,) = show(AdamExplorer(kappa=100, momentum=0.7, steps=60))
    words = live.root.locator(".summary").inner_text
    assert "Gradient descent loss falls from 8.5 to 0.07217, at every angle." in words()
    assert "Adam loss falls from 8.5 to 0.001109." in words()
    assert re.search(r"x 1\.675, y 0\.0618: 27 times apart\. Gradient descent has 0\.4 for both\.", words())
    live.page.evaluate("location.hash = '#adam:angle=45'")
    live.result()
    assert "Gradient descent loss falls from 8.5 to 0.07217, at every angle." in words()
    assert "Adam loss falls from 8.5 to 0.3" in words()
    assert ": nearly equal. Gradient descent has 0.4 for both." in words()
    live.slider("lr").press("End")
    assert live.result()["runs"]["gd"]["diverged"]
    assert re.search(r"diverges: a coordinate passes 1e6 at step \d+, at every angle\.", words())


def test_the_page_makes_the_run_of_python_bit_for_bit(show):
    """Also where the sign of a gradient hangs on how the last digit is rounded."""
    explorers = [
        AdamExplorer(key="ties", adam_lr=0.1, kappa=100, steps=2000),
        AdamExplorer(key="turned", angle=45, adam_lr=0.1, kappa=100, steps=2000, start=(-5, 0)),
        AdamExplorer(key="bursts", angle=30, adam_lr=0.9, betas=(0.9, 0.95), steps=2000),
    ]
    for live, explorer in zip(show(*explorers), explorers, strict=True):
        assert live.result()["runs"] == explorer.result()["runs"]
    # The first one stands on the minimum, a rounding error beside it.
    assert 0 < explorers[0].result()["runs"]["sign_gd"]["loss"] < 1e-25


def test_the_copied_python_prints_the_shown_numbers(show, capsys):
    explorer = AdamExplorer(**TURNED, betas=(0.9, 0.99))
    (live,) = show(explorer, permissions=["clipboard-read", "clipboard-write"])
    live.slider("angle").press("ArrowLeft")
    live.slider("steps").press("ArrowLeft")
    shown = live.result()
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    np.set_printoptions(precision=17)
    try:
        exec(live.page.evaluate("navigator.clipboard.readText()"), {})
    finally:
        np.set_printoptions(precision=8)
    printed = [float(number) for number in re.findall(r"-?\d[\d.e+-]*", capsys.readouterr().out)]
    expected = [n for run in shown["runs"].values() for n in (*run["theta"], run["loss"])] + shown["rates"]
    assert printed == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_readers_function_is_turned(show):
    def bowl(a, b, *, bend=0.5):
        return ops.log_cosh(a) / 10 + bend * b**2

    explorer = AdamExplorer(bowl, key="own", start=(2.0, -1.0), bend=2.0, angle=40)
    (live,) = show(explorer)
    result = live.result()
    agrees(explorer, result)
    assert result["values"]["bend"] == 2

    @objective(start=(1.0, 1.0), window=((-4, 4),) * 2)
    def by_hand(x, y):
        c, s = np.cos(np.deg2rad(40)), np.sin(np.deg2rad(40))
        return ops.log_cosh(c * x + s * y) / 10 + 2 * (c * y - s * x) ** 2

    start = theory.turned(2.0, -1.0, 40.0)
    run = simulate(by_hand, rules.adam, start, steps=100, lr=0.15)
    np.testing.assert_allclose(result["runs"]["adam"]["theta"], run.theta[-1], atol=1e-10)
    assert np.abs(np.subtract(result["rates"], explorer.rates()[-1])).max() < 1e-12


def test_on_a_flat_place_nothing_moves(show):
    explorer = AdamExplorer(start=(0.0, 0.0))
    (live,) = show(explorer)
    result = live.result()
    agrees(explorer, result)
    assert result["runs"]["adam"] == {"theta": [0, 0], "loss": 0, "diverged": False}
    assert result["rates"] == pytest.approx([0.15e8] * 2)
    words = live.root.locator(".summary").inner_text()
    assert words.count("loss stays at 0") == 4 and "nearly equal" in words


def test_every_picture_says_what_it_shows(show):
    (live,) = show(AdamExplorer())
    labels = [canvas.get_attribute("aria-label") for canvas in live.root.locator("canvas").all()]
    assert len(set(labels)) == 3 and all("Adam's rates: x " in label for label in labels)


def test_alt_text_says_what_one_sees():
    alt = AdamExplorer(kappa=100, angle=45, steps=60, momentum=0.7).alt
    assert alt.startswith("Contours of ravine, the axes turned against it by 45 degrees, with four traces.")
    assert re.search(r"after 60 steps: Gradient descent: 0\.0722; .*Adam: 0\.37\d; ", alt)
    assert repr(AdamExplorer(steps=5)).startswith(
        "AdamExplorer(ravine; angle=0, lr=0.4, adam_lr=0.15, steps=5"
    )


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((objectives.parabola,), {}, ValueError, "objective must have 2 coordinates, parabola has 1"),
        ((objectives.noisy_valley,), {}, ValueError, "objective must take no noise and no time"),
        ((), {"angle": "steep"}, TypeError, "angle must be a number"),
        ((), {"lr": -0.1}, ValueError, "lr must be >= 0, got -0.1"),
        ((), {"adam_lr": 0.0}, ValueError, "adam_lr must be > 0 on a logarithmic slider"),
        ((), {"betas": (0.9, 1.0)}, ValueError, r"betas.1 must be in \[0, 1\), got 1"),
        ((), {"eps": 0.0}, ValueError, "eps must be > 0 on a logarithmic slider"),
        ((), {"steps": 0}, ValueError, "steps must be >= 1"),
        ((), {"start": (9, 0)}, ValueError, "start.0 must lie in the window"),
        ((), {"show": ["beta"]}, ValueError, "show must name settings among angle, lr, adam_lr, steps"),
        ((), {"key": "A"}, ValueError, "key must be lower-case"),
        ((), {"kapa": 3}, TypeError, "kapa"),
        ((lambda x, y: x if x > 0 else y,), {}, TypeError, "cannot run on symbols"),
    ],
)
def test_bad_input_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        AdamExplorer(*arguments, **options)
