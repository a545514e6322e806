"""Explorers in a real browser: what a hand does to them, and that their numbers are those of PyTorch."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cases import CASES, STEPS, TOLERANCE

from d2l_ext import TraceExplorer, objectives, simulate, symbolic, theory
from d2l_ext.params import resolve

from .hands import centre, swipe
from .kinds import noisy, ravine, readers


def off(shown, run):
    """Distance of the shown end point from a run's, and of the losses, relative to max(1, size)."""
    theta = np.abs(np.array(shown["theta"]) - run.theta[-1]).max() / max(1, np.abs(run.theta).max())
    return max(theta, abs(shown["loss"] - run.loss[-1]) / max(1, abs(run.loss[-1])))


def agrees(explorer, result):
    """The explorer, set to what the page shows, runs in PyTorch to the same end points."""
    explorer.values = result["values"]
    for run in explorer.runs():
        assert off(result["runs"][run.rule.name], run) <= TOLERANCE


RUN = """async ([source, start, steps, hyper, params]) => {
  const url = URL.createObjectURL(new Blob([`export default ${source}`], { type: "text/javascript" }));
  const theta = new Float64Array(start.length * (steps + 1)), loss = new Float64Array(steps + 1);
  (await import(url)).default(start, steps, hyper, params, [], theta, loss);
  return { theta: [...theta], loss: [...loss] };
}"""


def test_every_listed_case_is_the_run_of_pytorch(browser):
    page, worst = browser.new_page(), 0.0
    for case in CASES:
        step = symbolic.step(case.objective, case.rule)
        hyper = resolve(case.rule.name, case.rule.hyper, case.hyper)
        params = {name: float(default) for name, default in case.objective.params.items()}
        source, start = step.javascript(), list(case.objective.start)
        found = page.evaluate(RUN, [source, start, STEPS, hyper, params])
        run = simulate(case.objective, case.rule, steps=STEPS, **case.hyper)
        theta = np.array(found["theta"]).reshape(run.theta.shape) - run.theta
        loss = np.array(found["loss"]) - run.loss
        error = max(
            np.abs(theta).max() / max(1, np.abs(run.theta).max()),
            np.abs(loss).max() / max(1, np.abs(run.loss).max()),
        )
        assert error <= TOLERANCE, case.name
        worst = max(worst, error)
    page.close()
    print(f"\nJavaScript against PyTorch, {len(CASES)} runs of {STEPS} steps: worst {worst:.1e}")


def test_explorers_show_the_run_of_pytorch(show):
    chosen = {case.rule.name: case for case in CASES if case.objective.name == "himmelblau"}
    explorers = [
        TraceExplorer(case.objective, case.rule, key=name.replace("_", "-"), steps=STEPS, **case.hyper)
        for name, case in chosen.items()
    ]
    for live, (name, case) in zip(show(*explorers), chosen.items(), strict=True):
        run = simulate(case.objective, case.rule, steps=STEPS, **case.hyper)
        assert off(live.result()["runs"][name], run) <= TOLERANCE


def test_a_finger_on_the_picture_scrolls_the_page_and_a_tap_sets_the_start(show):
    explorer, below = ravine(), ravine(key="below")
    live, _ = show(explorer, below, width=390, has_touch=True)
    before = live.result()
    x, y = centre(live.root.locator(".plane canvas"))
    swipe(live.page, (x + 60, y), (x + 60, y - 120))
    live.page.wait_for_function("scrollY > 40")
    assert live.result()["values"] == before["values"]
    live.page.wait_for_timeout(500)  # a tap on a page that still glides only stops it
    x, y = centre(live.root.locator(".plane canvas"))
    live.page.touchscreen.tap(x + 60, y)
    after = live.result()
    assert after["values"]["start.0"] != before["values"]["start.0"]
    agrees(explorer, after)


@pytest.mark.parametrize("make", [ravine, readers, noisy])
def test_the_copied_python_gives_the_same_end_point(show, make):
    (live,) = show(make(), permissions=["clipboard-read", "clipboard-write"])
    live.slider("lr").press("ArrowRight")
    live.slider("start.0").press("ArrowRight")
    live.slider("steps").press("ArrowRight")
    shown = live.result()
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    namespace = {}
    exec(live.page.evaluate("navigator.clipboard.readText()"), namespace)
    for name, end in shown["runs"].items():
        run = namespace[f"run_{name}"]
        assert run.steps == shown["values"]["steps"]
        assert off(end, run) <= TOLERANCE


def test_where_the_clipboard_is_closed_the_text_is_shown(show):
    (live,) = show(ravine())
    live.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('denied')); }")
    live.button("Copy as Python").click()
    area = live.root.get_by_role("textbox")
    area.wait_for()
    assert "simulate(f, rules.momentum" in area.input_value()
    assert area.evaluate("area => area === document.activeElement")


def test_values_in_a_link_are_taken_where_they_are_sound(show):
    (live,) = show(ravine(), path="index.html#ravine:lr=0.123456789,momentum=7,steps=12")
    values = live.result()["values"]
    assert (values["lr"], values["momentum"], values["steps"]) == (0.123456789, 0.99, 12)


def test_two_explorers_keep_their_own_state(show):
    one, other = show(ravine(key="one"), ravine(key="two"), path="index.html#two:lr=0.2")
    assert (one.result()["values"]["lr"], other.result()["values"]["lr"]) == (0.3, 0.2)
    one.page.evaluate("location.hash = '#one:lr=0.1'")
    assert (one.result()["values"]["lr"], other.result()["values"]["lr"]) == (0.1, 0.2)


def test_divergence_is_said_in_words(show):
    (live,) = show(TraceExplorer(objectives.ravine, "gd", lr=0.9, steps=60))
    assert "diverges: a coordinate passes 1e6 at step" in live.root.locator(".summary").inner_text()
    result = live.result()
    assert result["runs"]["gd"]["diverged"] is True


def test_every_control_has_a_name_a_value_and_a_unit(show):
    (live,) = show(ravine())
    slider = live.root.get_by_role("slider", name="angle φ")
    assert slider.get_attribute("aria-valuetext") == "0°"
    slider.press("ArrowRight")
    live.result()
    assert slider.get_attribute("aria-valuetext") == "1°"
    assert (
        live.root.get_by_role("slider", name="Gradient descent and Momentum on ravine: start, x").count() == 1
    )


def test_what_happened_is_described_once_the_hand_rests(show):
    (live,) = show(ravine())
    live.slider("lr").press("ArrowRight")
    live.page.wait_for_function(
        "() => document.querySelector('[aria-live]').textContent.startsWith('Gradient descent: loss falls')"
    )
    assert "seen from above. Gradient descent: loss" in live.root.locator("canvas").first.get_attribute(
        "aria-label"
    )


def test_the_theme_can_change_under_it(show):
    (live,) = show(ravine())
    pixel = """() => {
      const pen = document.querySelector(".chart canvas").getContext("2d");
      return [...pen.getImageData(0, 0, 90, 60).data];
    }"""
    light = live.page.evaluate(pixel)
    live.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    live.result()
    assert live.page.evaluate(pixel) != light


def test_python_values_are_json_safe(show):
    explorer = ravine()
    (live,) = show(explorer)
    assert json.loads(live.root.get_attribute("data-result"))["values"] == explorer.values


def test_a_mark_shows_the_best_value_and_follows_what_it_depends_on(show):
    def best_lr(kappa):
        return theory.optimal_gd(4 / kappa, 4).lr

    explorer = TraceExplorer(objectives.ravine, "gd", lr=0.3, kappa=20, marks={"lr": best_lr})
    (live,) = show(explorer)
    mark = live.root.locator(".mark")
    assert mark.inner_text() == f"best {best_lr(20):.4g}"
    assert live.slider("lr").get_attribute("aria-describedby") == mark.get_attribute("id")
    before = centre(mark)
    live.slider("kappa").press("Home")
    live.result()
    assert mark.inner_text() == "best 0.25" and centre(mark)[0] < before[0]


def test_a_link_on_the_page_leads_to_its_explorer(show):
    explorers = [ravine(key=f"number-{i}") for i in range(4)]
    *_, last = show(*explorers)
    assert last.page.evaluate("scrollY") == 0
    last.page.evaluate("location.hash = '#number-3:lr=0.2'")
    last.page.wait_for_function("scrollY > 400")
    assert last.result()["values"]["lr"] == 0.2
