"""OnlineExplorer: its numbers against runs of other code, its words at the edges, its linked pictures."""

from __future__ import annotations

import re

import numpy as np
import pytest

from d2l_ext import OnlineExplorer, objectives, rules, sweep, theory

from .hands import agrees


def by_loop(explorer):
    """x of Adam and AMSGrad, and their last effective learning rates, in plain numbers."""
    v = explorer.values
    ends = {}
    for name in ("adam", "amsgrad"):
        x, m, s, most, rate = v["start.0"], 0.0, 0.0, 0.0, 0.0
        for t in range(1, v["steps"] + 1):
            g = v["big"] if t % v["period"] == 1 else -1.0
            m = v["betas.0"] * m + (1 - v["betas.0"]) * g
            s = v["betas.1"] * s + (1 - v["betas.1"]) * g * g
            most = max(most, s)
            adam = name == "adam"
            root = np.sqrt(s / (1 - v["betas.1"] ** t) if adam else most) + 1e-8
            rate = v["lr"] / t ** v["power"] / root
            x = min(1.0, max(-1.0, x - rate * m / (1 - v["betas.0"] ** t if adam else 1)))
        ends[name] = x, rate
    return ends


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"big": 5, "betas": (0.4, 0.3), "lr": 0.05, "steps": 61, "start": 1.0},
        {"big": 2.5, "betas": (0.0, 0.9), "power": 0.0, "lr": 0.01, "steps": 200, "start": -0.5},
        {"big": 12, "period": 10, "betas": (0.9, 0.99), "steps": 83, "ranges": {"big": (9.5, 30)}},
    ],
)
def test_its_numbers_are_those_of_a_plain_loop(options):
    explorer = OnlineExplorer(**options)
    result = explorer.result()
    for name, (x, rate) in by_loop(explorer).items():
        assert result[name]["x"] == pytest.approx(x, abs=1e-12)
        assert result[name]["rate"] == pytest.approx(rate, rel=1e-9)


def test_where_a_long_run_ends_is_where_its_drift_points():
    bigs, betas = [2.5, 3, 6, 9], [0.05, 0.14, 0.25, 0.44, 0.5, 0.6, 0.7]
    how = {"steps": 20_000, "lr": 0.5, "retire": False, "backend": "numba"}
    ends = [
        sweep(objectives.rare_gradient, rules.fading(rule), betas=(0, betas), big=bigs, **how).theta[..., 0]
        for rule in (rules.adam, rules.amsgrad_paper)
    ]
    for i, beta2 in enumerate(betas):
        for j, big in enumerate(bigs):
            result = OnlineExplorer(big=big, betas=(0, beta2), steps=1).result()
            for name, end in zip(("adam", "amsgrad"), ends, strict=True):
                assert abs(end[i, j] - np.sign(result[name]["drift"])) < 0.05
            assert (result["adam"]["drift"] > 0) == (beta2 < result["border"])


def test_its_words_say_where_each_goes(show):
    (live,) = show(OnlineExplorer())
    summary = live.root.locator(".summary")
    words = summary.inner_text()
    assert "x = 0.9476 after 100 steps; long run: +0.68 η a cycle, to the worst" in words
    assert "x = −1 after 100 steps; long run: −0.35 η a cycle, to the best" in words
    assert "β₂ = 0.4723 at C = 3; above, Adam goes to the best point. Here: below." in words
    live.slider("betas.1").press("End")
    result = live.result()
    assert result["adam"]["drift"] < 0
    words = summary.inner_text()
    assert words.count("a cycle, to the best point") == 2 and "Here: above." in words
    live.slider("steps").press("Home")
    assert live.result()["values"]["steps"] == 1
    assert "after 1 step;" in summary.inner_text()


@pytest.mark.parametrize(
    ("big", "period", "betas", "said"),
    [
        (
            1.5,
            3,
            (0.0, 0.1),
            ["a cycle, to the best point", "none at C = 1.5: Adam goes to the best point for all"],
        ),
        (
            2.0,
            3,
            (0.0, 0.1),
            ["+0.83 η a cycle, to +1", "leaves it where it is", "Adam goes to +1 for all"],
        ),
        (
            4.0,
            4,
            (0.3, 0.1),
            ["+0.84 η a cycle, to the worst point", "β₂ = 0.6094 at C = 4; above, Adam goes to the best"],
        ),
        (12.0, 4, (0.6, 0.3), ["none at C = 12: Adam goes to the best point for all β₂ up to 0.9999"]),
    ],
)
def test_its_words_hold_where_the_majority_is_right_where_none_is_and_without_a_border(
    show, big, period, betas, said
):
    explorer = OnlineExplorer(big=big, period=period, betas=betas, ranges={"big": (1.2, 12)})
    (live,) = show(explorer)
    agrees(explorer, live.result())
    words = live.root.locator(".summary").inner_text()
    for piece in said:
        assert piece in words


@pytest.mark.parametrize(
    ("options", "right"),
    [
        ({"betas": (0.3, 0.2)}, 10),
        ({"big": 4, "period": 5, "ranges": {"big": (1.5, 10)}}, 10),
        ({"big": 101, "period": 101, "betas": (0.9, 0.99)}, 140),
        ({"big": 101, "period": 101, "betas": (0.99, 0.99)}, 140),
    ],
)
def test_the_map_is_shaded_where_the_drift_points_to_the_worst_point(show, options, right):
    long = options.get("period") == 101
    ranges = {"big": (100.5, right), "betas.1": (0.9, 0.9999)} if long else options.pop("ranges", {})
    explorer = OnlineExplorer(steps=5, ranges=ranges, **options)
    (live,) = show(explorer)
    canvas = live.root.locator(".map canvas")
    box, seen = canvas.bounding_box(), []
    for i in range(1, 9):
        for j in range(1, 6):
            x, y = round(60 + (box["width"] - 82) * i / 9), round(36 + (box["height"] - 66) * j / 6)
            canvas.click(position={"x": x, "y": y}, force=True)
            v = live.result()["values"]
            near = np.array([v["betas.1"] + d for d in (-2e-2, 0, 2e-2)] if not long else [v["betas.1"]])
            if long:
                near = 1 - (1 - near) * np.array([0.85, 1, 1.18])
            around = v["big"] * np.array([0.997, 1, 1.003]), near.clip(0, 0.99995)[:, None]
            adam, amsgrad = theory.online_drift(around[0], v["period"], v["betas.0"], around[1])
            wrong = adam * amsgrad < 0
            if wrong.all() or not wrong.any():
                pixels = "(c, [x, y]) => { const r = c.width / c.clientWidth; return [...c.getContext('2d')"
                pixels += ".getImageData(x * r, (y - 2) * r, 1, 5 * r).data].filter((_, i) => i % 4 === 3); }"
                seen.append((bool(min(canvas.evaluate(pixels, [x, y])) > 0), bool(wrong.all()), v))
    assert len(seen) > 20 and {wrong for _, wrong, _ in seen} == {True, False}
    assert not [v for shaded, wrong, v in seen if shaded != wrong]


@pytest.mark.parametrize(
    ("big", "betas", "said"),
    [
        (129.6, (0.99, 0.9), "Here: below."),
        (129.6, (0.99, 0.914), "Here: between."),
        (129.6, (0.99, 0.93), "Here: above."),
        (135, (0.99, 0.93), "none at C = 135: Adam goes to the best point for all"),
    ],
)
def test_its_words_name_both_borders_where_there_are_two(show, big, betas, said):
    explorer = OnlineExplorer(big=big, period=101, betas=betas, steps=5, ranges={"big": (100, 140)})
    (live,) = show(explorer)
    agrees(explorer, live.result())
    words = live.root.locator(".summary").inner_text()
    assert said in words
    assert (live.result()["adam"]["drift"] > 0) == ("between." in words)
    if big < 130:
        assert "Adam to the worst point between β₂" in words
        low, high = map(float, re.search(r"between β₂ = ([\d.]+) and ([\d.]+)\.", words).groups())
        ends = theory.online_drift(
            big, 101, betas[0], np.array([low - 2e-4, low + 2e-4, high - 2e-4, high + 2e-4])
        )
        assert (np.sign(ends[0]) == [-1, 1, 1, -1]).all()


def test_the_rings_of_both_pictures_are_the_sliders(show):
    explorer = OnlineExplorer()
    (live,) = show(explorer)
    before = live.result()["values"]
    chart, map_ = live.root.locator(".positions"), live.root.locator(".map")
    box = chart.bounding_box()
    live.page.mouse.click(box["x"] + 200, box["y"] + 40)
    moved = live.result()
    assert moved["values"]["start.0"] > 0.8 and moved["values"]["big"] == before["big"]
    agrees(explorer, moved)
    box = map_.bounding_box()
    live.page.mouse.click(box["x"] + box["width"] - 30, box["y"] + 60)
    moved = live.result()
    assert moved["values"]["big"] > 8 and moved["values"]["betas.1"] > 0.7
    assert float(live.slider("big").input_value()) > 0
    agrees(explorer, moved)


def test_the_copied_python_prints_the_shown_numbers(show, capsys):
    explorer = OnlineExplorer(key="long", big=8, period=6, betas=(0.5, 0.3), start=0.25, steps=50)
    (live,) = show(explorer, permissions=["clipboard-read", "clipboard-write"])
    live.slider("betas.1").press("ArrowRight")
    shown = live.result()
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    exec(live.page.evaluate("navigator.clipboard.readText()"), {})
    printed = [float(number) for number in re.findall(r"[-\d.e]+", capsys.readouterr().out)]
    both = [shown[name] for name in ("adam", "amsgrad")]
    expected = [*(each["x"] for each in both), shown["gd"]["x"], *(each["drift"] for each in both)]
    assert printed == pytest.approx([*expected, shown["border"]], rel=1e-9)


def test_the_border_of_the_page_is_that_of_theory(show):
    explorer = OnlineExplorer(period=7, big=9.0, betas=(0.3, 0.2), ranges={"big": (6.5, 20)})
    (live,) = show(explorer)
    assert live.result()["border"] == pytest.approx(theory.online_border(9.0, 7, 0.3), abs=1e-12)


def test_alt_text_says_what_one_sees():
    alt = OnlineExplorer().alt
    assert "Adam is at 0.948 after 100 steps and moves +0.68 learning rates a cycle" in alt
    assert "at C = 3 it has its border at β₂ = 0.472" in alt
    assert "it has no border" in OnlineExplorer(big=1.5, ranges={"big": (1.2, 10)}).alt
    assert repr(OnlineExplorer()).startswith("OnlineExplorer(big=3, period=3, betas.0=0, betas.1=0.1, lr=0.5")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"big": 0.5}, ValueError, "big must be >= 1, got 0.5"),
        ({"period": 2.5}, TypeError, "period must be a whole number"),
        ({"period": 1}, ValueError, "period must be >= 2, got 1"),
        ({"betas": (0, 1)}, ValueError, r"betas.1 must be in \[0, 1\), got 1"),
        ({"betas": 0.9}, ValueError, "betas must have 2 entries"),
        ({"lr": -0.1}, ValueError, "lr must be >= 0, got -0.1"),
        ({"start": 1.5}, ValueError, r"start.0 must lie in the window \[-1, 1\], got 1.5"),
        ({"start": "left"}, TypeError, "start must be a number"),
        ({"steps": 0}, ValueError, "steps must be in 1 to|steps must be >= 1"),
        ({"show": ["kappa"]}, ValueError, "show must name settings among big, period"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        OnlineExplorer(**options)
