"""DecayExplorer: its runs and their means against arithmetic, its words, its pictures, its Python."""

from __future__ import annotations

import re

import numpy as np
import pytest

from d2l_ext import DecayExplorer, noise, ops, rule, rules, theory

from .hands import agrees

SGD, AVERAGED, HEAVY_BALL, ADAM = 1, 2, 3, 4


def test_its_runs_are_adam_written_out():
    lr, decay, steps, sizes = 0.004, 0.6, 250, np.array([30.0, 0.02])
    found = DecayExplorer(lr=lr, weight_decay=decay, loud=30, quiet=0.02, steps=steps, seed=7).result()
    xi = noise.standard_normal((steps, 2), seed=7)[:, :1]
    for kind in ("l2", "decay"):
        theta, m, v = np.ones(2), 0.0, 0.0
        for t, g in enumerate(sizes * xi, 1):
            g = g + decay * theta if kind == "l2" else g
            theta = theta - lr * decay * theta if kind == "decay" else theta
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            theta = theta - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        assert [found["loud"][kind], found["quiet"][kind]] == pytest.approx(theta.tolist(), rel=1e-9)


@pytest.mark.parametrize("optimizer", [SGD, AVERAGED, HEAVY_BALL, ADAM])
def test_its_means_are_means_over_many_seeds(optimizer):
    explorer = DecayExplorer(optimizer=optimizer, lr=0.01, weight_decay=0.5, loud=2, quiet=0.2, steps=300)
    found = explorer.result()
    seeds, runs = 200, noise.standard_normal((300, 200), seed=1)
    rule = [rules.gd, rules.ema_momentum, rules.momentum, rules.adam][optimizer - 1]
    hyper = {"momentum": 0.9} if optimizer in (AVERAGED, HEAVY_BALL) else {}
    hyper |= {"betas": (0.9, 0.999), "eps": 1e-8} if optimizer == ADAM else {}
    for weight, size in (("loud", 2.0), ("quiet", 0.2)):
        for kind, make in (("l2", rules.coupled), ("decay", rules.decoupled)):
            theta, state = np.ones(seeds), make(rule).initial_state(np.zeros(seeds))
            for xi in runs:
                theta, state = make(rule)(theta, size * xi, state, lr=0.01, weight_decay=0.5, **hyper)
            off = abs(theta.mean() - found[weight][f"expected_{kind}"])
            assert off <= 4.5 * theta.std() / seeds**0.5 + 0.004, (weight, kind)


@pytest.mark.parametrize("optimizer", [SGD, AVERAGED, HEAVY_BALL, ADAM])
def test_a_decoupled_decay_is_on_average_the_closed_form(optimizer):
    found = DecayExplorer(optimizer=optimizer, lr=0.002, weight_decay=2, steps=500).result()
    for weight in ("loud", "quiet"):
        assert found[weight]["expected_decay"] == pytest.approx(theory.decay_left(500, 0.002, 2), rel=1e-12)


def test_under_sgd_both_are_the_same_and_under_adam_only_the_decay_is_fair():
    sgd = DecayExplorer(optimizer=SGD, quiet=0.3, steps=800).result()
    for weight in ("loud", "quiet"):
        assert sgd[weight]["l2"] == pytest.approx(sgd[weight]["decay"], rel=1e-12)
    adam = DecayExplorer(steps=1000).result()
    assert adam["loud"]["decay"] == pytest.approx(adam["quiet"]["decay"], rel=1e-5)
    assert adam["loud"]["l2"] > 0.9 > 0.3 > adam["quiet"]["l2"]


def test_averaged_momentum_with_a_penalty_is_a_spring():
    """Its mean is a damped oscillation of curvature λ: it passes zero, which a decay never does."""
    explorer = DecayExplorer(optimizer=AVERAGED, lr=0.1, weight_decay=1, loud=1, steps=40)
    found = explorer.result()["loud"]
    root = np.roots([1, -(1 + 0.9 - 0.1 * 0.1 * 1), 0.9])[0]
    assert root.imag != 0 and found["expected_l2"] < 0 < found["expected_decay"]


def test_its_words_follow(show):
    explorer = DecayExplorer(steps=600)
    (live,) = show(explorer)
    summary = live.root.locator(".summary")
    loud = live.result()["loud"]
    for name in ("l2", "decay", "expected_l2", "expected_decay"):
        assert f"{float(f'{loud[name]:.2g}'):g}" in summary.inner_text()
    assert re.search(
        r"Loud weight ends at [\d.]+ by L2, at [\d.]+ by decay; on average at", summary.inner_text()
    )
    live.slider("optimizer").press("Home")
    agrees(explorer, live.result())
    words = summary.inner_text()
    assert re.search(r"Loud weight ends at −?[\d.]+ by both; on average at 0.55\.", words)
    assert " by L2" not in words


def test_its_words_round_what_is_gone_to_zero_and_tell_two_averages_apart(show):
    """Where only rounding is left it says 0, and it merges two averages only if they are equal."""
    explorer = DecayExplorer(lr=0.1)
    (live,) = show(explorer)
    summary = live.root.locator(".summary")
    assert abs(live.result()["quiet"]["expected_l2"]) < 1e-60
    assert summary.inner_text().rstrip().endswith("on average at 0.")
    live.page.evaluate(f"location.hash = '#{explorer.key}:optimizer=2,lr=0.1,steps=200'")
    live.page.wait_for_function("document.querySelector('.summary').textContent.includes('e−10')")
    assert live.result()["quiet"]["expected_decay"] == pytest.approx(0.9**200, rel=1e-9)
    assert re.search(r"on average at −4\.3e−6 and 7\.1e−10\.", summary.inner_text())


def test_the_optimizers_have_names_and_colours(show):
    explorer = DecayExplorer(steps=200)
    (live,) = show(explorer)
    slider, seen = live.slider("optimizer"), []
    for _ in range(4):
        seen.append(slider.get_attribute("aria-valuetext"))
        slider.press("ArrowLeft")
        agrees(explorer, live.result())
    assert seen == ["Adam", "heavy ball", "averaged", "SGD"]
    looks = [(m["l2"]["color"], m["decay"]["color"]) for m in explorer.spec["methods"]]
    assert looks == [("gd", "gd"), ("momentum", "momentum"), ("momentum", "momentum"), ("adam", "adamw")]
    assert all(m["l2"]["dash"] and not m["decay"]["dash"] for m in explorer.spec["methods"])


def test_a_rule_nobody_knows_has_no_mean_and_may_be_lost(show):
    @rule()
    def fleeing(theta, grad, state, *, lr=0.1):
        return theta * (1 + lr * ops.exp(theta)), {}

    explorer = DecayExplorer([fleeing], key="fleeing", lr=0.1, steps=300)
    (live,) = show(explorer)
    result = live.result()
    assert result["loud"] == {"l2": None, "decay": None}
    assert "no number is left of it" in live.root.locator(".summary").inner_text()
    assert "on average" not in live.root.locator(".summary").inner_text()
    agrees(explorer, result)
    live.page.evaluate("location.hash = '#fleeing:optimizer=2,steps=30'")
    assert live.result()["values"]["steps"] == 30
    agrees(explorer, live.result())


def test_the_copied_python_prints_the_shown_numbers(show, capsys):
    explorer = DecayExplorer(steps=200)
    (live,) = show(explorer, permissions=["clipboard-read", "clipboard-write"])
    live.slider("optimizer").press("ArrowLeft")
    live.slider("lr").press("PageUp")
    shown = live.result()
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    exec(live.page.evaluate("navigator.clipboard.readText()"), {})
    l2, decay = capsys.readouterr().out.splitlines()
    assert l2.startswith("coupled_momentum") and decay.startswith("decoupled_momentum")
    for line, kind in ((l2, "l2"), (decay, "decay")):
        printed = [float(number) for number in line.split()[1:]]
        assert printed == pytest.approx([shown["loud"][kind], shown["quiet"][kind]], rel=1e-9)


def test_alt_text_says_what_one_sees():
    alt = DecayExplorer(steps=600).alt
    assert alt.startswith("Two weights over 600 steps of Adam, dashed for an L2 penalty and solid")
    assert "The loud one, with gradients of size 100, goes from 1 to" in alt
    assert repr(DecayExplorer(steps=5)).startswith("DecayExplorer(optimizer=4, lr=0.001, weight_decay=1,")


@pytest.mark.parametrize(
    "arguments, options, error, message",
    [
        ((), {"optimizer": 5}, ValueError, "optimizer must be in 1 to 4, got 5"),
        ((), {"optimizer": 1.5}, TypeError, "optimizer must be a whole number"),
        ((), {"lr": -0.1}, ValueError, "lr must be >= 0, got -0.1"),
        ((), {"weight_decay": -1}, ValueError, "weight_decay must be >= 0, got -1"),
        ((), {"loud": "much"}, TypeError, "loud must be a number"),
        ((), {"steps": 0}, ValueError, "steps must be in 1 to"),
        ((), {"momentum": 0.9}, TypeError, "DecayExplorer has no parameter 'momentum'"),
        (([],), {}, ValueError, "rules must be one or several different ones"),
        ((["adam", "adam"],), {}, ValueError, "rules must be one or several different ones"),
        ((["sgd"],), {}, TypeError, "one of gd, sign_gd"),
    ],
)
def test_bad_input_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        DecayExplorer(*arguments, **options)
