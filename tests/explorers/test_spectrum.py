"""SpectrumExplorer: its numbers are those of runs and eigenvalues, its words those numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest

from d2l_ext import SpectrumExplorer, theory
from d2l_ext.explorers.spectrum import DIRECTIONS, slowest

from .hands import agrees

PLACES = [
    (20, 1.0, 150),
    (1.5, 1.0, 1000),
    (1e4, 1.0, 1000),
    (100, 0.9, 400),
    (20, 1.05, 300),  # gradient descent and heavy ball go neither up nor down
    (20, 1.06, 1000),
    (1000, 1.3, 200),
    (1.5, 1.4, 1),
    (1e4, 1.5, 1000),  # beyond all numbers
    (1e4, 0.2, 500),
]


def test_every_place_has_the_numbers_of_python(show):
    explorer = SpectrumExplorer()
    (live,) = show(explorer)
    for kappa, factor, steps in PLACES:
        place = f"spectrum:kappa={kappa:g},factor={factor},steps={steps}"
        live.page.evaluate("hash => { location.hash = hash; }", place)
        result = live.result()
        assert (result["values"]["kappa"], result["values"]["steps"]) == (kappa, steps)
        agrees(explorer, result)


@pytest.mark.parametrize(("kappa", "factor", "steps"), PLACES)
def test_rates_are_eigenvalues_and_the_best_are_those_of_theory(kappa, factor, steps):
    runs = SpectrumExplorer(kappa=kappa, factor=factor, steps=steps).result()["runs"]
    bests = theory.optimal_gd, theory.optimal_heavy_ball, theory.optimal_nesterov
    matrices = theory.momentum_matrix, theory.momentum_matrix, theory.nesterov_matrix
    for found, optimal, matrix in zip(runs.values(), bests, matrices, strict=True):
        best = optimal(1 / kappa, 1.0)
        assert found["lr"] == pytest.approx(factor * best.lr)
        assert found["momentum"] == pytest.approx(best.momentum)
        radii = np.abs(np.linalg.eigvals(matrix(found["lr"], found["momentum"], [1 / kappa, 1.0]))).max(1)
        np.testing.assert_allclose(found["rates"], radii, atol=1e-6)
        if factor == 1:
            assert max(found["rates"]) == pytest.approx(best.rate, abs=1e-12)


def test_the_step_is_the_first_below_a_millionth():
    explorer = SpectrumExplorer(kappa=20, steps=150)
    for run, found in zip(explorer.runs(), explorer.result()["runs"].values(), strict=True):
        error = np.linalg.norm(run.theta, axis=1) / np.sqrt(DIRECTIONS)
        assert error[found["steps"]] < 1e-6 <= error[: found["steps"]].min()
        assert error[-1] == pytest.approx(found["error"])
    short = SpectrumExplorer(kappa=20, steps=50).result()["runs"]
    assert [run["steps"] for run in short.values()] == [None, 38, None]


def test_what_cannot_be_a_number_is_none():
    found = SpectrumExplorer(kappa=1e4, factor=1.5, steps=1000).result()["runs"]["momentum"]
    assert found["error"] is None and found["diverged"] and found["slowest"] == "steep"


def test_the_slowest_end_is_named():
    assert [slowest(*rates) for rates in ((0.9, 0.8), (0.8, 0.9), (0.9, 0.9 + 1e-15))] == [
        "flat",
        "steep",
        "both",
    ]


def test_its_words_are_true(show):
    (live,) = show(SpectrumExplorer(), path="index.html#spectrum:kappa=20,factor=1.06,steps=600")
    summary = live.root.locator(".summary")
    live.result()
    assert "Gradient descent diverges; ρ = 1.019, set by the steep end." in summary.inner_text()
    assert "Nesterov falls to 10⁻⁶ in 48 steps; ρ = 0.7752, set by the flat end." in summary.inner_text()
    live.button("Reset").click()
    live.result()
    assert "Heavy ball falls to 10⁻⁶ in 38 steps; ρ = 0.6345, the same at both ends." in summary.inner_text()
    live.slider("kappa").press("End")
    live.result()
    assert re.search(
        r"Gradient descent ends at 0\.\d+ of its first error; ρ = 0\.9998",
        summary.inner_text(),
    )


def test_the_copied_python_prints_what_is_shown(show, capsys):
    (live,) = show(SpectrumExplorer(), permissions=["clipboard-read", "clipboard-write"])
    live.slider("factor").press("ArrowLeft")
    shown = live.result()["runs"]
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    exec(live.page.evaluate("navigator.clipboard.readText()"), {})
    for line in capsys.readouterr().out.splitlines():
        name, _, rest = line.partition(" ")
        error, steps = re.search(r"\} (\S+) \[(\d*)\]", rest).groups()
        assert float(error) == pytest.approx(shown[name]["error"], rel=1e-9, abs=1e-15)
        assert (int(steps) if steps else None) == shown[name]["steps"]
        shown[name]["seen"] = True
    assert all("seen" in run for run in shown.values())


@pytest.mark.parametrize("width", [1280, 390])
def test_three_pictures_side_by_side_or_one_below_the_other(show, width):
    (live,) = show(SpectrumExplorer(), width=width)
    boxes = [canvas.bounding_box() for canvas in live.root.locator("canvas").all()]
    assert len({box["y"] for box in boxes}) == (1 if width == 1280 else 3)
    assert len({box["x"] for box in boxes}) == (3 if width == 1280 else 1)
    assert all(box["height"] > 150 for box in boxes)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"kappa": 0.5}, ValueError, "kappa must be in"),
        ({"kappa": "steep"}, TypeError, "kappa must be a number"),
        ({"factor": -1}, ValueError, "factor must be in"),
        ({"steps": 0}, ValueError, "steps must be >= 1"),
        ({"steps": 2.5}, TypeError, "steps must be a whole number"),
        ({"show": ["lr"]}, ValueError, "show must name settings among kappa, factor, steps"),
        ({"key": "A b"}, ValueError, "key must be lower-case"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        SpectrumExplorer(**options)


def test_alt_text_says_what_one_sees():
    assert SpectrumExplorer().alt == (
        "Error against step on a logarithmic axis, in 9 directions of a quadratic with condition number 20, "
        "learning rates 1 times the usual. Gradient descent: error below 1e-06 after 131 steps, ρ = 0.9048; "
        "Heavy ball: error below 1e-06 after 38 steps, ρ = 0.6345; Nesterov: error below 1e-06 after 61 "
        "steps, ρ = 0.7764."
    )
