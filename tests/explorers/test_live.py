"""Explorers in a real browser: what a hand does to them, and that their numbers are those of PyTorch."""

from __future__ import annotations

import json

import numpy as np
import pytest
from cases import CASES, STEPS, TOLERANCE

from d2l_ext import TraceExplorer, objectives, ops, param, rule, rules, simulate, symbolic
from d2l_ext.params import resolve


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


def ravine(**options):
    return TraceExplorer(objectives.ravine, [rules.gd, rules.momentum], lr=0.3, momentum=0.5, **options)


@rule(v=0.0)
def forgetful(theta, grad, state, *, lr=0.1, keep=param(0.8, (0, 1), symbol="k")):
    v = ops.where(state["v"] * grad > 0, keep * state["v"], 0 * grad) + grad
    return theta - lr * ops.clip(v, -3, 3), {"v": v}


def readers():
    """A function and a rule that the package has never seen."""
    return TraceExplorer(
        lambda x, y, *, bend=0.5: ops.log(1 + x**2) + (y - bend * ops.sin(2 * x)) ** 2,
        [rules.adam, forgetful],
        key="own",
        lr=0.1,
    )


KINDS = [pytest.param(ravine, id="ravine"), pytest.param(readers, id="readers")]


@pytest.mark.parametrize("make", KINDS)
def test_every_slider_moves_by_keyboard(show, make):
    explorer = make()
    (live,) = show(explorer)
    for control in explorer.spec["controls"]:
        key, before = control["key"], live.result()
        up = before["values"][key] < control["max"]
        for press in ("ArrowRight", "ArrowRight", "ArrowUp") if up else ("ArrowLeft", "ArrowDown"):
            live.slider(key).press(press)
        after = live.result()
        assert (after["values"][key] > before["values"][key]) == up, key
        changed = {name for name in after["values"] if after["values"][name] != before["values"][name]}
        assert changed == {key}
        agrees(explorer, after)


@pytest.mark.parametrize("make", KINDS)
def test_the_start_moves_by_keyboard(show, make):
    explorer = make()
    (live,) = show(explorer)
    before = live.result()
    live.slider("start.0").press("ArrowLeft")
    live.slider("start.1").press("ArrowUp")
    live.slider("start.1").press("Shift+ArrowUp")
    after = live.result()
    assert after["values"]["start.0"] < before["values"]["start.0"]
    assert after["values"]["start.1"] > before["values"]["start.1"]
    assert after["runs"] != before["runs"]
    agrees(explorer, after)


def centre(locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("make", KINDS)
def test_sliders_and_start_move_by_mouse(show, make):
    explorer = make()
    (live,) = show(explorer)
    mouse = live.page.mouse
    for key in [c["key"] for c in explorer.spec["controls"]]:
        before = live.result()
        box = live.slider(key).bounding_box()
        y = box["y"] + box["height"] / 2
        mouse.move(box["x"] + 0.3 * box["width"], y)
        mouse.down()
        mouse.move(box["x"] + 0.62 * box["width"], y, steps=5)
        mouse.up()
        after = live.result()
        assert after["values"][key] != before["values"][key], key
        agrees(explorer, after)
    x, y = centre(live.root.locator(".handle"))
    before = live.result()
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 40, y - 25, steps=4)
    mouse.up()
    after = live.result()
    assert after["values"]["start.0"] > before["values"]["start.0"]
    assert after["values"]["start.1"] > before["values"]["start.1"]
    agrees(explorer, after)


def swipe(page, start, end):
    """A finger from one point to another."""
    session = page.context.new_cdp_session(page)
    (x0, y0), (x1, y1) = start, end

    def touch(kind, *points):
        session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]}
        )

    touch("touchStart", start)
    for share in np.linspace(0.1, 1, 10):
        touch("touchMove", (x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
        page.wait_for_timeout(16)  # a frame: faster, and the browser takes it for a jump
    touch("touchEnd")


@pytest.mark.parametrize("make", KINDS)
def test_sliders_and_start_move_by_touch(show, make):
    explorer = make()
    (live,) = show(explorer, width=390, has_touch=True)
    for key in [c["key"] for c in explorer.spec["controls"]]:
        before = live.result()
        live.slider(key).scroll_into_view_if_needed()
        box = live.slider(key).bounding_box()
        y = box["y"] + box["height"] / 2
        swipe(live.page, (box["x"] + 0.35 * box["width"], y), (box["x"] + 0.7 * box["width"], y))
        after = live.result()
        assert after["values"][key] != before["values"][key], key
        agrees(explorer, after)
    live.root.locator(".handle").scroll_into_view_if_needed()
    x, y = centre(live.root.locator(".handle"))
    before = live.result()
    swipe(live.page, (x, y), (x + 30, y - 20))
    after = live.result()
    assert after["values"]["start.0"] > before["values"]["start.0"]
    agrees(explorer, after)


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


@pytest.mark.parametrize("make", KINDS)
def test_the_link_brings_back_the_state(show, make):
    explorer = make()
    (live,) = show(explorer, permissions=["clipboard-read", "clipboard-write"])
    live.slider("lr").press("PageDown")
    live.slider("start.1").press("ArrowDown")
    shown = live.result()
    live.button("Copy link").click()
    live.button("Copied").wait_for()
    link = live.page.evaluate("navigator.clipboard.readText()")
    assert link == live.page.url
    live.page.goto("about:blank")
    live.page.goto(link)
    live.root.locator("canvas").first.wait_for()
    again = live.result()
    assert again == shown
    live.button("Reset").click()
    assert live.result()["values"] == explorer.spec["initial"]


@pytest.mark.parametrize("make", KINDS)
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


HOSTILE = [
    "#ravine:lr=1e999,momentum=5,kappa=-3",
    "#ravine:lr=alert(1),momentum=<img src=x onerror=window.pwned=1>",
    "#ravine:__proto__=1,constructor=2,lr=0.2=3,=,,",
    "#ravine:steps=1e9,start.0=99,start.1=-99",
    "#ravine:steps=3.7,lr=NaN,momentum=Infinity,angle=",
    "#ravine:%E0%A4%A",
    "#<script>window.pwned=1</script>",
    "#ravine:lr=0x10,momentum=%27%3Balert(1)",
]


@pytest.mark.parametrize("fragment", HOSTILE)
def test_a_hostile_link_changes_nothing_but_clamped_numbers(show, fragment):
    explorer = ravine()
    (live,) = show(explorer, path=f"index.html{fragment}")
    bounds = {c["key"]: c for c in [*explorer.spec["controls"], *explorer.spec["points"]]}
    result = live.result()
    assert set(result["values"]) == set(explorer.values)
    for key, value in result["values"].items():
        assert bounds[key]["min"] <= value <= bounds[key]["max"]
    assert result["values"]["steps"] == int(result["values"]["steps"])
    assert live.page.evaluate("window.pwned === undefined && ({}).lr === undefined")
    assert live.page.locator("img, script:not([src])").count() == 0
    agrees(explorer, result)


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
