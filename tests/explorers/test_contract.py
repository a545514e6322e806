"""What every explorer promises, whatever it shows: hands move it, links keep it, Python repeats it."""

from __future__ import annotations

import json
from itertools import product

import pytest

from .hands import agrees, along, centre, drag, swipe
from .kinds import KINDS

each = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def visible(explorer):
    return [control for control in explorer.spec["controls"] if control["visible"]]


@each
def test_every_slider_moves_by_keyboard(show, make):
    explorer = make()
    (live,) = show(explorer)
    agrees(explorer, live.result())
    for control in visible(explorer):
        key, before = control["key"], live.result()
        up = before["values"][key] < control["max"]
        for press in ("ArrowRight", "ArrowRight", "ArrowUp") if up else ("ArrowLeft", "ArrowDown"):
            live.slider(key).press(press)
        after = live.result()
        assert (after["values"][key] > before["values"][key]) == up, key
        assert {k for k in after["values"] if after["values"][k] != before["values"][k]} == {key}
        agrees(explorer, after)


@each
def test_every_slider_goes_to_its_ends_and_stays_true(show, make):
    explorer = make()
    (live,) = show(explorer)
    for control, end in product(visible(explorer), ("Home", "End")):
        live.slider(control["key"]).press(end)
        result = live.result()
        bound = control["min" if end == "Home" else "max"]
        assert result["values"][control["key"]] == pytest.approx(bound, rel=0.01)
        agrees(explorer, result)
        live.button("Reset").click()


@each
def test_sliders_and_points_move_by_mouse(show, make):
    explorer = make()
    (live,) = show(explorer)
    for key in [control["key"] for control in visible(explorer)]:
        before = live.result()
        drag(live.page, along(live.slider(key), 0.3), along(live.slider(key), 0.62))
        after = live.result()
        assert after["values"][key] != before["values"][key], key
        agrees(explorer, after)
    for handle in live.root.locator(".handle").all():
        before, (x, y) = live.result(), centre(handle)
        moved = {point.get_attribute("data-point") for point in handle.locator("input").all()}
        drag(live.page, (x, y), (x + 40, y - 25))
        after = live.result()
        assert {k for k in after["values"] if after["values"][k] != before["values"][k]} == moved != set()
        assert all(after["values"][k] > before["values"][k] for k in moved)
        agrees(explorer, after)


@each
def test_sliders_and_points_move_by_touch(show, make):
    explorer = make()
    (live,) = show(explorer, width=390, has_touch=True)
    for key in [control["key"] for control in visible(explorer)]:
        before, slider = live.result(), live.slider(key)
        slider.scroll_into_view_if_needed()
        swipe(live.page, along(slider, 0.35), along(slider, 0.7))
        after = live.result()
        assert after["values"][key] != before["values"][key], key
        agrees(explorer, after)
    for handle in live.root.locator(".handle").all():
        handle.scroll_into_view_if_needed()
        before, (x, y) = live.result(), centre(handle)
        swipe(live.page, (x, y), (x + 30, y - 20))
        after = live.result()
        assert after["values"] != before["values"]
        agrees(explorer, after)


@each
def test_points_move_by_keyboard(show, make):
    explorer = make()
    (live,) = show(explorer)
    for point in live.root.locator("input[data-point]").all():
        key, before = point.get_attribute("data-point"), live.result()
        for press in ("ArrowRight", "ArrowUp", "Shift+ArrowUp"):
            point.press(press)
        after = live.result()
        assert after["values"][key] > before["values"][key]
        agrees(explorer, after)


@each
def test_the_link_brings_back_the_state(show, make):
    explorer = make()
    (live,) = show(explorer, permissions=["clipboard-read", "clipboard-write"])
    live.slider(visible(explorer)[0]["key"]).press("PageDown")
    live.slider(visible(explorer)[-1]["key"]).press("PageUp")
    shown = live.result()
    live.button("Copy link").click()
    live.button("Copied").wait_for()
    link = live.page.evaluate("navigator.clipboard.readText()")
    assert link == live.page.url
    live.page.goto("about:blank")
    live.page.goto(link)
    live.root.locator("canvas").first.wait_for()
    assert live.result() == shown
    live.button("Reset").click()
    assert live.result()["values"] == explorer.spec["initial"]


@each
def test_the_copied_python_runs(show, make, capsys):
    (live,) = show(make(), permissions=["clipboard-read", "clipboard-write"])
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    exec(live.page.evaluate("navigator.clipboard.readText()"), {})
    assert capsys.readouterr().out.strip()


HOSTILE = [
    "lr=1e999,momentum=5,kappa=-3,z=1e9,noise=-1",
    "lr=alert(1),momentum=<img src=x onerror=window.pwned=1>",
    "__proto__=1,constructor=2,lr=0.2=3,=,,",
    "steps=1e9,start.0=99,start.1=-99,seed=-1",
    "steps=3.7,seed=0.5,lr=NaN,momentum=Infinity,angle=",
    "%E0%A4%A",
    "momentum=%27%3Balert(1),steps=0x10",
]


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_a_hostile_link_changes_nothing_but_clamped_numbers(show, make):
    explorer = make()
    (live,) = show(explorer)
    bounds = {c["key"]: c for c in [*explorer.spec["controls"], *explorer.spec["points"]]}
    for pairs in [*HOSTILE, None]:
        fragment = "<script>window.pwned=1</script>" if pairs is None else f"{explorer.key}:{pairs}"
        live.page.evaluate("hash => { location.hash = hash; }", fragment)
        result = live.result()
        assert set(result["values"]) == set(explorer.spec["initial"])
        for key, value in result["values"].items():
            assert bounds[key]["min"] <= value <= bounds[key]["max"]
            assert value == int(value) or not bounds[key].get("whole")
        assert live.page.evaluate("window.pwned === undefined && ({}).lr === undefined")
        assert live.page.locator("img, script:not([src])").count() == 0
        agrees(explorer, result)


@each
def test_its_picture_and_its_words_are_there_without_a_browser(make):
    explorer = make()
    assert len(explorer.alt) > 60
    assert json.loads(json.dumps(explorer.payload()))["state"]["values"] == explorer.values
    bundle = explorer._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["image/png"].startswith("iVBOR")


@each
def test_alive_it_is_as_high_as_it_was(show, make, tmp_path):
    """The skeleton that stands on the page before (assets.py) takes the same room."""
    from d2l_ext.explorers import assets

    explorer = make()
    for width in (1280, 390):
        (live,) = show(explorer, width=width)
        before, after = assets.skeleton(explorer.payload())
        heights = live.page.evaluate(
            """([html, name]) => {
              const still = document.createElement("div"), live = document.querySelector(".explorer");
              still.className = "explorer";
              still.dataset.explorer = name;
              still.innerHTML = html;
              live.after(still);
              return [still, live].map((node) => node.getBoundingClientRect().height);
            }""",
            [before + after, explorer.explorer],
        )
        assert abs(heights[0] - heights[1]) <= 1, (width, heights)


@each
def test_a_slider_lays_out_its_own_explorer_alone_and_what_is_below_stays(show, make, tmp_path):
    """Numbers and words have boxes of fixed size: a page of thousands of elements is not laid out."""
    explorer = make()
    (live,) = show(explorer, width=760)
    for control, press in product(visible(explorer), ("Home", "End")):  # the longest words it has there
        live.slider(control["key"]).press(press)
        live.result()
    live.button("Reset").click()
    live.result()
    height, browser = live.root.bounding_box()["height"], live.page.context.browser
    trace = tmp_path / "trace.json"
    browser.start_tracing(page=live.page, path=trace, categories=["devtools.timeline"])
    slider = live.slider(visible(explorer)[0]["key"])
    for press in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowLeft"):
        slider.press(press)
        live.result()
    browser.stop_tracing()
    assert live.root.bounding_box()["height"] == height
    layouts = [
        e for e in json.loads(trace.read_text())["traceEvents"] if e["name"] == "Layout" and e["ph"] == "X"
    ]
    assert layouts and all(each["args"]["beginData"]["partialLayout"] for each in layouts)
