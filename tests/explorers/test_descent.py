"""DescentExplorer: its regimes against closed forms, its words, its landscape, its Python."""

from __future__ import annotations

import re
from importlib.resources import files

import numpy as np
import pytest

from d2l_ext import DescentExplorer, objective, objectives, ops, simulate, theory
from d2l_ext.explorers.course import TOLERANCES, course

from .hands import agrees, centre, differences

LIVE = files("d2l_ext.explorers") / "live"


def parabola(**options):
    return DescentExplorer(objectives.parabola.at(curvature=2.5), L=2.5, steps=200, **options)


@pytest.mark.parametrize(
    ("z", "kind", "turns"),
    [
        (0.0, "still", 0),
        (0.1, "settled", 0),
        (1.0, "settled", 0),
        (1.5, "settled", 23),
        (1.995, "under way", 199),
        (2.0, "cycle", 199),
        (2.01, "under way", 199),
        (2.1, "lost", 144),
        (4.0, "lost", 12),
    ],
)
def test_regimes_of_the_parabola(z, kind, turns):
    explorer = parabola(z=z)
    result = explorer.result()
    assert (result["kind"], result["turns"]) == (kind, turns)
    assert result["lr"] == z / 2.5
    x = (1 - z) ** np.arange(201.0)
    np.testing.assert_allclose(explorer.run().theta[:, 0], x, rtol=1e-9, atol=1e-12)
    if kind == "lost":
        assert result["step"] == int(np.argmax(abs(x) > 1e6)) and result["x"] is None
        assert result["rises"] == result["step"]
    else:
        assert result["x"] == pytest.approx(x[-1], rel=1e-9)
        assert (result["rises"] > 0) == (z > 2)
    if kind == "cycle":
        assert result["points"] == [-1, 1]


@pytest.mark.parametrize("lr", [2.1, 3.0, 4.0])
def test_log_cosh_ends_in_the_cycle_that_theory_gives(lr):
    result = DescentExplorer(objectives.log_cosh, L=1, z=lr, steps=200, start=1.7).result()
    assert result["kind"] == "cycle"
    cycle = theory.log_cosh_cycle(lr)
    np.testing.assert_allclose(sorted(result["points"]), [-cycle, cycle], rtol=1e-5)


@pytest.mark.parametrize(("off", "kind"), [(-0.01, "settled"), (0.01, "lost")])
def test_the_quartic_diverges_beyond_its_escape_distance(off, kind):
    lr = 0.5
    start = theory.quartic_escape(lr) + off
    explorer = DescentExplorer(objectives.quartic, z=13 * lr, start=start, steps=200, ranges={"z": (0, 8)})
    assert explorer.result()["L"] == 13 and explorer.result()["kind"] == kind


def test_a_run_that_wanders_shows_no_number_that_rounding_magnifies():
    explorer = DescentExplorer(lambda x: -ops.cos(x), L=1, z=3.9, steps=200)
    result = explorer.result()
    assert result["kind"] == "wandering"
    assert {name for name, value in result.items() if value is None} >= {"x", "loss", "rises", "turns"}


def courses():
    """Runs of every kind, each with a loss."""
    rng = np.random.default_rng(0)
    t = np.arange(101)
    runs = [np.full(2, 1.0), np.array([1.0, 0.5]), np.array([1.0, 0.0, 0.0]), np.zeros(60)]
    for factor in (0.0, 0.3, 0.9, 0.99, 1.0, 1.01, 1.3, 30.0):
        runs += [
            sign * 3 * (s * factor) ** t + shift for sign in (1, -1) for s in (1, -1) for shift in (0, 7)
        ]
    runs += [np.resize(rng.normal(size=period), 60) for period in range(1, 11)]
    runs += [np.resize(rng.normal(size=p), 90) + 0.8 ** np.arange(90) for p in range(1, 7)]
    for r in (2.8, 3.2, 3.5, 3.9):
        x = [0.3]
        while len(x) < 120:
            x.append(r * x[-1] * (1 - x[-1]))
        runs.append(np.array(x))
    runs += [np.array([1.0, 5.0, bad, bad]) for bad in (np.nan, np.inf, -1e7)]
    runs += [rng.normal(size=n) for n in (2, 3, 5, 40)]
    return [(x, x**2 / 2) for x in runs]


def test_python_and_the_page_see_the_same_course(show):
    (live,) = show(parabola())
    for name in ("state.js", "course.js"):
        live.page.add_script_tag(content=(LIVE / name).read_text("utf8"))
    kinds = set()
    for x, loss in courses():
        with np.errstate(all="ignore"):
            expected = course(x, loss)
        spoken = [[None if np.isnan(v) else str(v) for v in values] for values in (x, loss)]
        found = live.page.evaluate(
            """([x, loss, tolerances]) => {
              const number = (text) => (text === null ? NaN : Number(text.replace("inf", "Infinity")));
              const read = (list) => Float64Array.from(list, number);
              return course(read(x), read(loss), x.length - 1, tolerances);
            }""",
            [*spoken, TOLERANCES],
        )
        assert not list(differences(found, expected, 1e-12)), x[:4]
        kinds.add(expected["kind"])
    assert kinds == {"lost", "still", "settled", "cycle", "under way", "wandering"}


def test_ripples_finer_than_a_pixel_fill_their_band(show):
    (live,) = show(parabola())
    for name in ("state.js", "landscape.js"):
        live.page.add_script_tag(content=(LIVE / name).read_text("utf8"))
    for width in (3e-5, 1e-4, 7.1e-4, 4 / 600 / 24):
        ends = live.page.evaluate(
            """(width) => {
              const { f } = profile((x) => Math.sin(x / width), [-2, 2], SAMPLES * 600), ends = [];
              for (let k = 0; k < f.length; k += SAMPLES) {
                const pixel = f.subarray(k, k + SAMPLES);
                ends.push([Math.min(...pixel), Math.max(...pixel)]);
              }
              return ends;
            }""",
            width,
        )
        low, high = np.array(ends).T
        assert (low < -0.9).mean() > 0.95 and (high > 0.9).mean() > 0.95, width


def said(live, line):
    return live.root.locator(".summary p").nth(line).inner_text()


def test_its_words_follow(show):
    (live,) = show(DescentExplorer(objectives.log_cosh, z=0.5, L=1, steps=60))
    assert said(live, 0).endswith("η = 0.5 is below 1/L; L = 1.")
    assert said(live, 1).endswith("settles at x = 0, from one side.")
    assert said(live, 2).endswith(
        f"never rises: from 2.309 to {live.result()['loss']:.3g}.".replace("e-", "e−")
    )
    live.page.evaluate("location.hash = '#log-cosh:z=3'")
    live.result()
    assert "η = 3 is above 2/L" in said(live, 0)
    assert "ends in a cycle of 2 points" in said(live, 1) and "1.288" in said(live, 1)
    assert re.search(r"rises on \d+ of 60 steps", said(live, 2))
    live.page.evaluate("location.hash = '#log-cosh:z=0'")
    live.result()
    assert said(live, 1).endswith("stays at x = 3.") and said(live, 2).endswith("stays at 2.309.")


@pytest.mark.parametrize(
    ("z", "rate", "run"),
    [
        (1, "η = 0.4 is 1/L", "settles at x = 0, in one step."),
        (1.5, "between 1/L and 2/L", "settles at x = 0, turning round on every step."),
        (2, "η = 0.8 is 2/L", "ends in a cycle of 2 points, −1 and 1."),
        (
            1.99,
            "between 1/L and 2/L",
            "turns round on every step, in shorter and shorter steps: x = 0.134 after 200 steps.",
        ),
        (
            2.01,
            "above 2/L",
            "turns round on every step, in longer and longer steps: x = 7.316 after 200 steps.",
        ),
        (4, "above 2/L", "from x = 1 diverges: |x| passes 1e6 at step 13."),
    ],
)
def test_words_of_the_parabola(show, z, rate, run):
    (live,) = show(parabola(z=z))
    assert rate in said(live, 0) and said(live, 1).endswith(run)
    agrees(parabola(), live.result())


@pytest.mark.parametrize(
    ("objective", "options", "run", "loss"),
    [
        (objectives.parabola, {"z": 2}, "from x = 1 ends in a cycle of 2 points, −1 and 1.", "stays at 0.5."),
        (
            objectives.parabola,
            {"z": 1.5, "steps": 1},
            "from x = 1 makes one step: x = −0.5 after 1 step.",
            "",
        ),
        (lambda x: -ops.cos(x), {"z": 3.9, "L": 1}, "not settled, nor in a cycle of up to 8 points.", ""),
    ],
)
def test_words_say_no_more_than_the_run_shows(show, objective, options, run, loss):
    (live,) = show(DescentExplorer(objective, key="words", **options))
    assert said(live, 1).endswith(run) and said(live, 2).endswith(loss)


def test_it_tells_where_its_L_comes_from(show):
    (live,) = show(DescentExplorer(lambda x: x**4, z=0.3, key="own"))
    # The window of a function with start 1 and lowest point 0 is [-1, 2].
    assert live.result()["L"] == pytest.approx(48)
    assert said(live, 0).endswith("L = 48, the largest |f″| in the window.")


def test_a_click_puts_the_start_and_keeps_it_on_the_curve(show):
    explorer = DescentExplorer(objectives.double_well.at(tilt=0), z=1)
    (live,) = show(explorer)
    canvas = live.root.locator(".landscape canvas")
    box = canvas.bounding_box()
    canvas.click(position={"x": 60, "y": 40})
    result = live.result()
    assert result["values"]["start.0"] < -1.5
    agrees(explorer, result)
    x, _ = centre(live.root.locator(".landscape .handle"))
    assert x - box["x"] == pytest.approx(60, abs=2)
    live.slider("start.0").press("ArrowUp")
    assert live.result()["values"]["start.0"] > result["values"]["start.0"]


def test_the_copied_python_prints_the_shown_numbers(show, capsys):
    explorer = DescentExplorer(lambda x, *, bend=0.5: ops.log_cosh(x) + bend * x**2, key="own", z=0.7)
    (live,) = show(explorer, permissions=["clipboard-read", "clipboard-write"])
    live.slider("bend").press("PageUp")
    shown = live.result()
    agrees(explorer, shown)
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    exec(live.page.evaluate("navigator.clipboard.readText()"), {})
    printed = [float(number) for number in re.findall(r"[-\d.]+(?:e-?\d+)?", capsys.readouterr().out)]
    assert printed == pytest.approx([shown["L"], shown["x"], shown["loss"]], rel=1e-7, abs=1e-12)


def test_a_straight_line_has_no_limit(show):
    explorer = DescentExplorer(lambda x, *, a=0.0: a * x**2, z=1, key="flat", steps=20)
    (live,) = show(explorer)
    agrees(explorer, live.result())
    assert live.result()["kind"] == "still" and live.result()["L"] == 0
    assert said(live, 0).endswith("there is no curvature in the window.")


def test_a_run_that_leaves_the_domain_is_not_said_to_diverge(show):
    entropy = objective(start=(1.0,), window=((0, 2.5),))(lambda x: x * ops.log(x))
    explorer = DescentExplorer(entropy, L=1, z=2, key="entropy")
    (live,) = show(explorer)
    agrees(explorer, live.result())
    assert (live.result()["kind"], live.result()["step"]) == ("lost", 2)
    assert said(live, 2).endswith("0 at first, no number in the end.")
    assert said(live, 1).endswith("leaves where the function is defined: no x at step 2.")
    explorer.figure()


def test_a_kink_is_no_curvature(show):
    explorer = DescentExplorer(lambda x: abs(x) + x**2, z=1.3, key="kink")
    (live,) = show(explorer)
    agrees(explorer, live.result())
    assert live.result()["L"] == 2


def test_alt_text_says_what_one_sees():
    assert "is lost at step 13" in parabola(z=4).alt
    assert "ends in a cycle between -1.288 and 1.288" in DescentExplorer(
        objectives.log_cosh, L=1, z=3, steps=61
    ).alt.replace("1.288 and -1.288", "-1.288 and 1.288")
    assert repr(parabola(z=1)) == "DescentExplorer(parabola; z=1, steps=200, start.0=1)"


@pytest.mark.parametrize(
    ("given", "options", "error", "message"),
    [
        (objectives.ravine, {}, ValueError, "objective must have 1 coordinate, ravine has 2"),
        (3, {}, TypeError, "objective must be a function"),
        (lambda x, *, noise: x**2 + noise[0] * x, {}, ValueError, "must not change from step to step"),
        (lambda x: x if x > 0 else -x, {}, TypeError, "cannot run on symbols"),
        (objectives.parabola, {"L": 0}, ValueError, "L must be > 0, got 0"),
        (objectives.parabola, {"L": "much"}, TypeError, "L must be a number"),
        (objectives.parabola, {"z": -1}, ValueError, "z must be >= 0, got -1"),
        (objectives.parabola, {"start": 9}, ValueError, "start.0 must lie in the window"),
        (objectives.parabola, {"steps": 0}, ValueError, "steps must be >= 1"),
        (objectives.parabola, {"lr": 1}, TypeError, "has no parameter 'lr'"),
        (objectives.parabola, {"key": 7}, TypeError, "key must be a string"),
    ],
)
def test_bad_input_is_named(given, options, error, message):
    with pytest.raises(error, match=message):
        DescentExplorer(given, **options)


def test_its_run_is_that_of_simulate():
    explorer = DescentExplorer(objectives.double_well, z=1.2, start=0.3, tilt=0.1, steps=30)
    L = 3 * 2**2 - 1
    run = simulate(objectives.double_well.at(tilt=0.1), "gd", 0.3, steps=30, lr=1.2 / L)
    assert explorer.result()["L"] == pytest.approx(L)
    np.testing.assert_allclose(explorer.run().theta, run.theta, rtol=1e-12)
