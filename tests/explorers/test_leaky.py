"""LeakyExplorer: its numbers against weights added up, its words, its fine slider, its Python."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from d2l_ext import LeakyExplorer, noise, ops, theory

from .hands import agrees


@pytest.mark.parametrize("momentum", [0.0, 0.65, 0.9, 0.99])
@pytest.mark.parametrize("steps", [1, 7, 100])
def test_its_numbers_come_from_weights_added_up(momentum, steps):
    explorer = LeakyExplorer(momentum=momentum, noise=0.4, seed=3)
    explorer.values = {**explorer.values, "steps": steps}
    result = explorer.result()
    t = np.arange(1, 101)
    truth = np.where(t <= 60, 0.6 + 0.3 * np.sin(2 * np.pi * t / 50), -0.6)
    gradients = truth + 0.4 * noise.standard_normal(100, seed=3)
    weights = np.tril(momentum ** np.abs(t[:, None] - t[None, :]))[:steps, :steps]
    averages = (1 - momentum) * weights @ gradients[:steps]
    off = averages - truth[:steps]
    expected = {
        "average": averages[-1],
        "corrected": weights[-1] @ gradients[:steps] / weights[-1].sum(),
        "error": np.sqrt(np.mean(off**2)),
        "single": np.sqrt(np.mean((gradients - truth)[:steps] ** 2)),
        "share": (1 - momentum) * np.sort(weights[-1])[::-1][: result["count"]].sum(),
    }
    for name, value in expected.items():
        assert result[name] == pytest.approx(value, rel=1e-9, abs=1e-12), name
    assert result["count"] == min(round(1 / (1 - momentum)), steps)


def test_the_best_beta_is_the_best_of_all_it_shows():
    explorer = LeakyExplorer(noise=1, seed=5)
    best = explorer.result()["best"]
    errors = []
    for beta in explorer.spec["betas"]:
        explorer.values = {**explorer.values, "momentum": beta}
        errors.append(explorer.result()["error"])
    assert explorer.spec["betas"][int(np.argmin(errors))] == best
    assert errors[0] > min(errors) < errors[-1]


def test_its_words_follow(show):
    (live,) = show(LeakyExplorer(seed=2))
    summary = live.root.locator(".summary")
    words = summary.inner_text()
    assert "the last 10 gradients carry 65 % of the weight; it halves every 6.6 steps." in words
    assert "falls to 23 %, as in a plain mean of 19; the average is 9 steps late." in words
    live.slider("momentum").press("Home")
    assert live.result()["memory"] == 1
    assert "the last gradient is all there is." in summary.inner_text()
    assert "nothing is late" in summary.inner_text()
    live.slider("momentum").press("End")
    live.slider("steps").press("PageDown")
    result = live.result()
    assert result["count"] == result["values"]["steps"] < 100
    share = round(100 * (1 - 0.99 ** result["count"]))
    assert f"all {result['count']} gradients so far carry {share} % of the weight" in summary.inner_text()
    assert f"in the long run; {result['count']} gradients are too few for that." in summary.inner_text()
    assert "steps late" not in summary.inner_text()


def test_beta_is_fine_near_one(show):
    explorer = LeakyExplorer()
    (live,) = show(explorer)
    slider, betas = live.slider("momentum"), []
    for press in ("Home", "ArrowRight", "End", "ArrowLeft"):
        slider.press(press)
        betas.append(live.result()["values"]["momentum"])
        agrees(explorer, live.result())
    assert betas == [0, 0.01, 0.99, 0.989]
    live.button("Reset").click()
    assert live.result()["values"]["momentum"] == 0.9
    slider.press("ArrowRight")
    assert live.result()["values"]["momentum"] == 0.901


def test_the_copied_python_prints_the_shown_numbers(show, capsys):
    explorer = LeakyExplorer(lambda t: ops.where(t <= 50, 1, -1) + t / 100, key="own", noise=1, seed=4)
    (live,) = show(explorer, permissions=["clipboard-read", "clipboard-write"])
    live.slider("momentum").press("ArrowLeft")
    live.slider("steps").press("PageDown")
    shown = live.result()
    agrees(explorer, shown)
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    exec(live.page.evaluate("navigator.clipboard.readText()"), {})
    printed = [float(number) for number in re.findall(r"[-\d.e]+", capsys.readouterr().out)]
    expected = [shown[name] for name in ("memory", "age", "samples", "average", "error")]
    assert printed == pytest.approx(expected, rel=1e-12)


def test_a_readers_signal_a_constant_and_no_noise(show):
    explorer = LeakyExplorer(lambda t: 2.0, key="flat", steps=40, momentum=0.95, noise=0.0)
    (live,) = show(explorer)
    result = live.result()
    agrees(explorer, result)
    assert result["corrected"] == pytest.approx(2) and result["best"] == 0
    assert result["average"] == pytest.approx(2 * (1 - 0.95**40))
    assert live.slider("steps").get_attribute("aria-valuetext") == "40"


def test_the_best_can_be_marked(show):
    def best(noise):
        return theory.leaky_best(20 * noise**2)

    (live,) = show(
        LeakyExplorer(lambda t: ops.where(t <= 50, 1, -1), key="jump", noise=1, marks={"momentum": best})
    )
    assert live.root.locator(".mark").inner_text() == "best 0.8"


def test_a_mark_follows_the_steps_and_can_be_absent(show):
    def best(noise, steps):
        return ops.where(steps < 100, -1, theory.leaky_best(steps * noise**2 / 5))

    (live,) = show(
        LeakyExplorer(lambda t: ops.where(t <= 50, 1, -1), key="jump", noise=1, marks={"momentum": best})
    )
    mark = live.root.locator(".mark")
    assert mark.inner_text() == "best 0.8"
    live.slider("steps").press("ArrowLeft")
    assert live.result()["values"]["steps"] == 99
    assert mark.inner_text() == ""


def test_every_picture_says_what_it_shows(show):
    (live,) = show(LeakyExplorer())
    labels = [canvas.get_attribute("aria-label") for canvas in live.root.locator("canvas").all()]
    assert len(set(labels)) == 3 and all("Memory: the last 10 gradients" in label for label in labels)


def test_alt_text_says_what_one_sees():
    alt = LeakyExplorer(seed=2).alt
    assert alt.startswith("100 noisy gradients as dots, their true mean as a thin line, their leaky average")
    assert "the last 10 gradients carry 65%" in alt
    assert repr(LeakyExplorer(momentum=0.5)) == "LeakyExplorer(momentum=0.5, noise=0.5, steps=100, seed=0)"


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((), {"momentum": 1}, ValueError, r"momentum must be in \[0, 1\), got 1"),
        ((), {"momentum": "much"}, TypeError, "momentum must be a number"),
        ((), {"noise": -1}, ValueError, "noise must be >= 0, got -1"),
        ((), {"seed": 0.5}, TypeError, "seed must be a whole number"),
        ((), {"steps": 1}, ValueError, "steps must be in 2 to"),
        ((), {"show": ["lr"]}, ValueError, "show must name settings among momentum, noise, steps, seed"),
        ((), {"ranges": {"momentum": (0, 1)}}, ValueError, "momentum must be < 1 on a slider"),
        ((), {"key": "A"}, ValueError, "key must be lower-case"),
        ((3,), {}, TypeError, "signal must be a function of the step, got 3"),
        ((lambda t, x: t,), {}, TypeError, r"signal must take the step alone, got \(t, x\)"),
        ((lambda *, t: t,), {}, TypeError, "signal must take the step alone"),
        ((lambda t: t if t > 3 else 0,), {}, TypeError, "cannot run on symbols"),
        ((lambda t: ops.log(t - 3),), {}, ValueError, "signal must be finite, but is nan at step 1"),
    ],
)
def test_bad_input_is_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        LeakyExplorer(*arguments, **options)


def test_its_state_is_plain_data():
    explorer = LeakyExplorer(ranges={"momentum": (0.5, 0.999)}, momentum=0.9)
    assert json.loads(json.dumps(explorer.payload()))["state"]["values"] == explorer.values
    assert explorer.spec["betas"][0] == 0.5 and explorer.spec["betas"][-1] == pytest.approx(0.999)
