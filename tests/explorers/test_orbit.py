"""OrbitExplorer: its periods, exponents and words against theory, single runs and the known windows."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from d2l_ext import OrbitExplorer, objectives, simulate, symbolic, theory

from .hands import agrees, centre, drag

# Learning rate, start, period of what attracts (0: none found).
PLACES = [
    (0.9, (1.0, 0.5), 1),
    (1.1, (1.5, 0.3), 2),
    (1.25, (1.5, 0.3), 4),
    (1.2935, (1.0, 0.5), 8),
    (1.3945, (1.0, 0.5), 5),
    (1.4, (1.0, 0.5), 0),
    (1.45561, (0.82, 1.05), 3),
    (1.702, (1.0, 0.5), 6),
    (1.6, (1.0, 0.5), 0),
]


def words(live):
    return live.root.locator(".summary").inner_text()


def open_at(live, **values):
    pairs = ",".join(f"{key.replace('_', '.')}={value}" for key, value in values.items())
    live.page.evaluate("hash => { location.hash = hash; }", f"orbits:{pairs}")
    return live.result()


def test_known_orbits_have_their_periods_in_both_pictures_and_in_the_words(show):
    explorer = OrbitExplorer()
    (live,) = show(explorer)
    for lr, (x, y), period in PLACES:
        result = open_at(live, lr=lr, start_0=x, start_1=y, steps=900)
        assert (result["run"]["period"], result["line"]["period"]) == (period, period), lr
        said = words(live)
        if period > 1:
            assert f"period {period}: {period} steps after step 900 it is back, to 1e−9." in said
            assert f"η = {lr}: period {period}, multiplier" in said and "attracts." in said
        if period == 1:
            assert "at rest at (" in said
        if period == 0:
            assert "no period up to 64 is found" in said and "neighbours part" in said
        agrees(explorer, result)


def test_chaos_has_the_same_bits_here_and_there(show):
    """A different last bit would show after fifty steps."""
    explorer = OrbitExplorer(lr=1.7711, start=(0.9, 0.6))
    (live,) = show(explorer)
    result = open_at(live, lr=1.7711, start_0=0.9, start_1=0.6, steps=1000)
    assert result["line"]["exponent"] > 0.5 and result["run"]["gone"] == -1
    explorer.values = result["values"]
    assert explorer.run().theta[1000].tolist() == result["run"]["theta"]
    agrees(explorer, result)


def test_what_runs_away_is_told_by_its_step(show):
    explorer = OrbitExplorer()
    (live,) = show(explorer)
    result = open_at(live, lr=1.9, start_0=2, start_1=1.5)
    run = simulate(objectives.hyperbola, "gd", (2, 1.5), steps=20, lr=1.9)
    first = int((~(np.abs(run.theta) <= 1e6).all(1)).argmax())
    assert result["run"]["gone"] == first > 0
    assert f"runs away: a coordinate passes 1e6 at step {first}." in words(live)
    result = open_at(live, lr=2.02)
    assert result["line"] == {
        "gone": result["line"]["gone"],
        "period": 0,
        "multiplier": None,
        "exponent": None,
    }
    assert "the turning point runs away, at step" in words(live)
    agrees(explorer, live.result())


def test_the_ring_moves_eta_and_leaves_the_window_where_it_is(show):
    """The learning rate at the left edge of the window, from the ring's place, before and after."""
    (live,) = show(OrbitExplorer(lr=1.3, zoom=20, share=0.3))

    def edge(values):
        low, high = 0.8, 2.025
        return values["lr"] - values["share"] * (high - low) / values["zoom"]

    before = live.result()["values"]
    x, y = centre(live.root.locator(".bifurcation .handle"))
    drag(live.page, (x, y), (x + 90, y))
    after = live.result()["values"]
    assert after["lr"] > before["lr"] and after["share"] > before["share"]
    assert edge(after) == pytest.approx(edge(before), abs=4e-4)
    assert after["zoom"] == before["zoom"]


def test_zoom_keeps_the_ring_where_it_is_and_its_steps_become_finer(show):
    (live,) = show(OrbitExplorer(lr=1.456, zoom=4, share=0.5))
    ring = live.root.locator(".bifurcation .handle")
    before = centre(ring)
    for _ in range(40):
        live.slider("zoom").press("ArrowRight")
    assert live.result()["values"]["zoom"] >= 8
    assert centre(ring) == pytest.approx(before, abs=8)
    moved = []
    for zoom in (1, 1000):
        start = open_at(live, lr=1.456, zoom=zoom, share=0.5)["values"]["lr"]
        ring.locator("input").first.press("ArrowRight")
        moved.append(live.result()["values"]["lr"] - start)
    assert moved[0] == pytest.approx(0.01) and moved[1] == pytest.approx(1e-5)


def test_the_diagram_has_its_dots_where_the_cycle_is(show):
    """Above η = 1.2 the ink of a column lies at the closed form's two values and their mirror images."""
    (live,) = show(OrbitExplorer(lr=1.9))
    at = live.page.evaluate(
        """([lr, low, high]) => {
          const canvas = document.querySelector(".bifurcation canvas");
          const ratio = canvas.width / canvas.clientWidth;
          const left = 38, right = 12, top = 30, bottom = 24 + 108;
          const x = left + ((lr - low) / (high - low)) * (canvas.clientWidth - left - right);
          const tall = canvas.clientHeight - top - bottom;
          const { data } = canvas.getContext("2d").getImageData(x * ratio, top * ratio, 1, tall * ratio);
          const found = [];
          for (let row = 0; row < tall * ratio; row++) {
            if (data[4 * row + 3] > 100) found.push(1.5 - 3 * (row + 0.5) / (tall * ratio));
          }
          return found;
        }""",
        [1.2, 0.8, 2.025],
    )
    cycle = np.array(theory.two_cycle(1.2))
    expected = np.concatenate([cycle, -cycle])
    inked = np.array([v for v in at if min(abs(v - t) for t in (-1, 0, 1)) > 0.02])  # not the lines at ticks
    assert all(np.abs(inked - v).min() < 0.02 for v in expected)
    assert all(np.abs(expected - v).min() < 0.03 for v in inked)


def test_starts_that_run_away_are_shaded_and_those_that_stay_are_not(show):
    explorer = OrbitExplorer(lr=1.05)
    (live,) = show(explorer)
    live.result()
    for start in ((0.5, -0.2), (-0.9, -0.8), (2.3, 1.6), (-2.0, 1.9), (1.4, 0.9), (2.4, -1.9)):
        alpha = live.page.evaluate(
            """([x, y]) => {
              const canvas = document.querySelector(".plane canvas");
              const [wide, tall] = [canvas.clientWidth, canvas.clientHeight];
              const ratio = canvas.width / wide, scale = Math.min((wide - 24) / 5, (tall - 24) / 4);
              const [px, py] = [(wide / 2 + x * scale) * ratio, (tall / 2 - y * scale) * ratio];
              return canvas.getContext("2d").getImageData(px, py, 1, 1).data[3];
            }""",
            list(start),
        )
        run = simulate(objectives.hyperbola, "gd", start, steps=100, lr=1.05)
        assert (alpha > 200) == (not np.abs(run.theta[-1]).max() <= 1e6), start


def test_the_copied_python_prints_the_numbers_shown(show, capsys):
    (live,) = show(OrbitExplorer(lr=1.4), permissions=["clipboard-read", "clipboard-write"])
    for lr, word in ((1.4, "not found"), (1.25, "4"), (2.02, "not found")):
        shown = open_at(live, lr=lr)
        live.button("Copy as Python").click()
        live.button("Copied").wait_for()
        exec(live.page.evaluate("navigator.clipboard.readText()"), {})
        first, second = capsys.readouterr().out.strip().splitlines()
        assert first.endswith(f"period {word}")
        if lr > 2:
            assert "runs away" in second
            continue
        theta = [float(v) for v in first[1 : first.index("]")].split()]
        assert theta == pytest.approx(shown["run"]["theta"], abs=1e-7)
        assert float(second.split()[-1]) == pytest.approx(shown["line"]["exponent"], abs=1e-12)
        live.button("Copy as Python").wait_for()


# -- In Python -----------------------------------------------------------------------------------------------


def test_the_line_has_the_exponent_of_its_multiplier():
    """Where there is a cycle, the exponent is log |multiplier| / period; at η = 2 it is log 3."""
    for lr in (1.1, 1.25, 1.45561):
        found = OrbitExplorer(lr=lr).follow()
        assert found["exponent"] == pytest.approx(log(abs(found["multiplier"])) / found["period"], abs=1e-3)
    assert OrbitExplorer(lr=1.2).follow()["multiplier"] == pytest.approx(theory.two_cycle_multipliers(1.2)[0])
    assert OrbitExplorer(lr=1.9999999).follow()["exponent"] == pytest.approx(log(3), abs=0.02)


def test_no_cycle_of_the_line_is_missing_from_the_diagram():
    """Runs from everywhere end where the turning point ends, or at its mirror image."""
    for lr in (1.1, 1.25, 1.3945, 1.45561, 1.702, 1.83):
        orbit = np.array(OrbitExplorer(lr=lr).follow()["orbit"])
        x = np.linspace(-1, 1, 401)[1:] * theory.balanced_reach(lr) * 0.999
        x = x[x != 0]
        for _ in range(6000):
            x = theory.balanced_step(x, lr)
        apart = np.abs(np.abs(x)[:, None] - np.abs(orbit)).min(1)
        assert (apart < 1e-6).mean() > 0.99, lr


def test_the_map_of_the_page_is_the_step_of_the_double_well():
    """Any one-dimensional map can be shown; gradient descent on the double well is this one."""
    x, lr = np.random.default_rng(1).uniform((-1.4, 0.8), (1.4, 2), (100, 2)).T
    namespace = {"np": np}
    exec(symbolic.step(objectives.double_well.at(tilt=0), "gd").python(), namespace)
    (after,), _ = namespace["step"](0, [x], [lr], [])
    np.testing.assert_allclose(after, theory.balanced_step(x, lr), atol=1e-14)


@pytest.mark.parametrize(
    ("lr", "steps", "marked"), [(1.125, 500, 2), (1.25, 500, 4), (1.125, 20, 10), (1.4, 2000, 300)]
)
def test_the_plane_marks_one_round_of_a_cycle_or_the_second_half_of_a_run(lr, steps, marked):
    dots = OrbitExplorer(lr=lr, steps=steps).figure().axes[1].lines[-1]
    assert len(dots.get_xdata()) == marked


def test_alt_text_says_what_is_found():
    alt = OrbitExplorer(lr=1.25, start=(1.5, 0.3)).alt
    assert "η = 1.25, where it has period 4" in alt and "from (1.5, 0.3): it has period 4" in alt
    assert "runs away at step" in OrbitExplorer(lr=1.9, start=(2, 1.5)).alt
    assert "no period up to 64 is found" in OrbitExplorer(lr=1.4).alt


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": 0}, "lr must be in"),
        ({"lr": -1}, "lr must be in"),
        ({"zoom": 0.5}, "zoom must be >= 1, got 0.5"),
        ({"share": 1.2}, r"share must be in \[0.02, 0.98\], got 1.2"),
        ({"start": (3, 0)}, r"start.0 must lie in the window"),
        ({"start": (1, 2, 3)}, "start must have 2 coordinates"),
        ({"steps": 0}, "steps must be >= 1, got 0"),
        ({"show": ["kappa"]}, "show must name settings among lr"),
        ({"key": "A"}, "key must be lower-case"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        OrbitExplorer(**options)
