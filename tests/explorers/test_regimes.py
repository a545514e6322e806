"""RegimeExplorer: the map, the eigenvalues and the runs agree with the closed forms and with each other."""

from __future__ import annotations

import numpy as np
import pytest

from d2l_ext import RegimeExplorer, objectives, plots, rules, simulate, theory

from .hands import agrees, centre, drag

# One place in each regime, the double roots where rounding is worst among them.
PLACES = [
    ("over-damped", 0.12, 0.25),
    ("critically damped", 0.25, 0.25),
    ("critically damped", 0.01, 0.81),
    ("critically damped", 1.0, 0.0),
    ("under-damped", 2.4, 0.5),
    ("critically damped ripples", 2.25, 0.25),
    ("critically damped ripples", 3.61, 0.81),
    ("ripples", 2.4, 0.25),
    ("marginal", 0.0, 0.5),
    ("marginal", 2.5, 0.25),
    ("diverges", 4.0, 0.99),
    ("diverges", 4.0, 0.0),
]


def test_every_place_has_the_numbers_of_python(show):
    explorer = RegimeExplorer(kappa=20)
    (live,) = show(explorer)
    for name, z, beta in PLACES:
        live.page.evaluate(
            "hash => { location.hash = hash; }", f"regimes:z={z},momentum={beta},kappa=20,steps=60"
        )
        result = live.result()
        assert result["regime"] == name
        assert live.root.locator(".summary").inner_text().startswith(f"Steepest direction {name}: ")
        # Half the digits of an eigenvalue are lost where it is double.
        agrees(explorer, result, 1e-7 if name.startswith("critically") else 1e-9)


@pytest.mark.parametrize(("name", "z", "beta"), PLACES)
def test_what_is_said_of_a_run_is_so(name, z, beta):
    explorer = RegimeExplorer(z=z, momentum=beta, steps=60)
    x = explorer.run(z)
    sides = np.sign(x[np.abs(x) > 1e-9])
    changes = (sides[1:] != sides[:-1]).sum()
    if name in ("over-damped", "critically damped"):
        assert changes == 0
    if name == "under-damped":
        assert 2 <= changes < len(sides) - 1
    if "ripples" in name or name == "diverges" or (name == "marginal" and z > 0):
        assert changes == len(sides) - 1
    if name == "marginal" and z > 0:
        assert (np.diff(np.abs(x)) >= -1e-12).all()
        assert abs(x[-1]) == pytest.approx((1 + beta) / (1 - beta))
    assert (abs(x[-1]) < 1) == (name not in ("marginal", "diverges"))
    assert explorer.result()["rho"] == theory.spectral_radius(z, beta)


def test_the_ring_moves_the_trace_and_the_row_of_points(show):
    explorer = RegimeExplorer(z=0.9, momentum=0.3, kappa=100)
    (live,) = show(explorer)
    before = live.result()
    x, y = centre(live.root.locator(".handle"))
    drag(live.page, (x, y), (x + 60, y - 40))
    after = live.result()
    assert after["values"]["z"] > before["values"]["z"] and after["values"]["momentum"] > 0.3
    assert after["x"] != before["x"] and after["slowest"] != before["slowest"]
    agrees(explorer, after)
    assert live.slider("z").get_attribute("aria-valuetext") == f"{after['values']['z']:.4g}"


def test_a_click_on_the_map_puts_the_ring_there(show):
    """√(ηλ) is measured evenly across and β up: the middle of the map is ηλ = 1, β = ½."""
    (live,) = show(RegimeExplorer())
    box = live.root.locator(".map canvas").bounding_box()
    left, right, top, bottom = 42, 14, 30, 24  # the margins of the map
    at = left + (box["width"] - left - right) / 2, top + (box["height"] - top - bottom) / 2
    live.root.locator(".map canvas").click(position={"x": at[0], "y": at[1]})
    values = live.result()["values"]
    assert values["z"] == pytest.approx(1, abs=0.02) and values["momentum"] == pytest.approx(0.5, abs=0.01)


def test_the_ring_stays_on_the_map(show):
    explorer = RegimeExplorer(z=0.5, momentum=0.5)
    (live,) = show(explorer)
    handle = live.root.locator(".handle")
    for dx, dy in ((-2000, -2000), (3000, 3000)):
        x, y = centre(handle)
        drag(live.page, (x, y), (x + dx, y + dy))
        values = live.result()["values"]
        assert values["z"] in (0, 4) and values["momentum"] in (0, 0.99)
        agrees(explorer, live.result())


def test_the_map_shows_the_spectral_radius(show):
    """The colour under a place is the one that the scale has for its radius."""
    explorer = RegimeExplorer(z=4, momentum=0.99)
    (live,) = show(explorer)
    colors = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in explorer.spec["map"]["colors"]]
    for u, beta in ((0.25, 0.1), (0.7, 0.57), (1.3, 0.86)):  # on no line
        z = u * u
        rho = float(theory.spectral_radius(z, beta))
        at = rho * (len(colors) - 1)
        low = int(at)
        expected = [a + (at - low) * (b - a) for a, b in zip(colors[low], colors[low + 1], strict=True)]
        shown = live.page.evaluate(
            """([u, beta]) => {
              const canvas = document.querySelector(".map canvas"), wide = canvas.clientWidth;
              const x = 42 + (u / 2) * (wide - 56), y = 30 + (1 - beta) * (canvas.clientHeight - 54);
              const ratio = canvas.width / wide;
              return [...canvas.getContext("2d").getImageData(x * ratio, y * ratio, 1, 1).data].slice(0, 3);
            }""",
            [u, beta],
        )
        assert np.abs(np.subtract(shown, expected)).max() <= 8, (u, beta)


def test_the_words_know_the_band_and_equal_directions(show):
    one, many = show(
        RegimeExplorer(key="one", kappa=1), RegimeExplorer(key="many", z=2.4, momentum=0.5, kappa=20)
    )
    assert "the same: with κ = 1 all are as steep." in one.root.locator(".summary").inner_text()
    assert "none: all 7 have ρ = √β = 0.7071." in many.root.locator(".summary").inner_text()
    many.slider("momentum").press("Home")
    many.result()
    assert "diverges: runs away, ρ = 1.4." in many.root.locator(".summary").inner_text()


@pytest.mark.parametrize(
    ("z", "beta", "words"),
    [
        (2.4, 0.5, "−0.45 ± 0.5454i, ten times closer every 6.6 steps."),
        (2.25, 0.25, "−0.5, twice, ten times closer every 3.3 steps."),
        (0.12, 0.25, "0.8281 and 0.3019, ten times closer every 12 steps."),
        (1, 0, "0, twice."),
        (2.5, 0.25, "−0.25 and −1."),
    ],
)
def test_a_lone_direction_is_neither_steepest_nor_slowest(show, z, beta, words):
    explorer = RegimeExplorer(z=z, momentum=beta, show=["z", "momentum", "steps"])
    (live,) = show(explorer)
    summary = live.root.locator(".summary").inner_text()
    assert summary.startswith("Direction ") and f"Eigenvalues {words}" in summary
    assert "steepest" not in live.root.inner_text().lower() and "spectrum" not in explorer.spec["snippet"]
    agrees(explorer, live.result(), 1e-7)


def test_one_of_equal_directions_with_a_slider_for_kappa_is_not_lone():
    assert RegimeExplorer(show=["z", "kappa"]).spec["lines"][1]["label"] == "Slowest direction"
    assert RegimeExplorer(kappa=5, show=["z"]).spec["lines"][1]["label"] == "Slowest direction"


def test_a_run_that_overflows_is_drawn_and_told(show):
    explorer = RegimeExplorer(z=4, momentum=0, steps=2000)
    (live,) = show(explorer)
    result = live.result()
    assert result["x"] is None and result["regime"] == "diverges"
    agrees(explorer, result)


def test_the_copied_python_prints_the_numbers_shown(show, capsys):
    explorer = RegimeExplorer(z=2.4, momentum=0.25, kappa=100)
    (live,) = show(explorer, permissions=["clipboard-read", "clipboard-write"])
    live.slider("momentum").press("ArrowRight")
    shown = live.result()
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    exec(live.page.evaluate("navigator.clipboard.readText()"), {})
    regime, rho, *rest = capsys.readouterr().out.split()
    *eigenvalues, x, slowest, radius = rest
    assert regime == shown["regime"]
    assert float(rho) == pytest.approx(shown["rho"], rel=1e-12)
    assert [complex(mu) for mu in eigenvalues] == pytest.approx([complex(*mu) for mu in shown["eigenvalues"]])
    assert float(x) == pytest.approx(shown["x"], rel=1e-9)
    assert [float(slowest), float(radius)] == pytest.approx([shown["slowest"]["z"], shown["slowest"]["rho"]])


# -- In Python -----------------------------------------------------------------------------------------------


def test_its_numbers_are_those_of_a_run_and_of_the_matrix():
    explorer = RegimeExplorer(z=2.4, momentum=0.25, kappa=20, steps=30)
    found = explorer.result()
    steep = objectives.parabola.at(curvature=4)
    run = simulate(steep, rules.momentum, steps=30, lr=0.6, momentum=0.25)
    assert found["x"] == pytest.approx(run.theta[-1, 0], rel=1e-9)
    eigenvalues = np.linalg.eigvals(theory.momentum_matrix(0.6, 0.25, 4.0))
    assert sorted(complex(*mu).real for mu in found["eigenvalues"]) == pytest.approx(sorted(eigenvalues.real))
    assert explorer.spectrum()[[0, -1]] == pytest.approx([2.4, 0.12])


def test_the_slowest_is_the_slowest():
    explorer = RegimeExplorer(z=1.2, momentum=0.5, kappa=300)
    radii = theory.spectral_radius(explorer.spectrum(), 0.5)
    slowest = explorer.result()["slowest"]
    assert slowest["rho"] == max(radii) and slowest["z"] == pytest.approx(1.2 / 300)
    assert slowest["regime"] == "over-damped"


def test_alt_text_says_where_it_is():
    alt = RegimeExplorer(z=2.4, momentum=0.25, kappa=20).alt
    assert "ηλ = 2.4, β = 0.25" in alt and "ripples" in alt and "20 to 1" in alt


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"z": -0.1}, r"z must be in \[0, 4\], got -0.1"),
        ({"z": 5}, r"z must be in \[0, 4\], got 5"),
        ({"momentum": 1}, r"momentum must be in \[0, 1\), got 1"),
        ({"kappa": 0.5}, "kappa must be >= 1, got 0.5"),
        ({"steps": 0}, "steps must be >= 1, got 0"),
        ({"show": ["lr"]}, "show must name settings among z"),
        ({"key": "A"}, "key must be lower-case"),
    ],
)
def test_bad_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        RegimeExplorer(**options)


def test_the_plot_of_the_map_leaves_what_diverges_blank():
    from matplotlib.figure import Figure

    z, beta = np.linspace(0, 2, 50) ** 2, np.linspace(0, 0.99, 40)
    rates = theory.spectral_radius(z[:, None], beta)
    (image,) = plots.plot_regimes(z, beta, rates, ax=Figure().subplots()).get_images()
    assert (image.get_array().mask == (rates >= 1).T).all()
