"""BalancingExplorer: the bits of Python and of the page, its numbers against closed forms, its words."""

from __future__ import annotations

import numpy as np
import pytest

from d2l_ext import BalancingExplorer, objectives, rules, simulate, symbolic, theory

from .hands import agrees, centre, drag

# One place for each outcome: ηL, μ, start, steps.
CYCLING = 1.1 * float(theory.factorization_sharpness(1.5, 0.3))  # η = 1.1, where a cycle of period 2 attracts
PLACES = {
    "minimum": (3.0, 1.0, (4.0, 0.26), 60),
    "diverged": (4.05, 1.0, (4.0, 0.26), 60),
    "unstable": (2.55, 1.0, (4.0, 0.25), 60),
    "saddle": (0.5, 1.0, (1.0, -1.0), 200),
    "cycle": (CYCLING, 1.0, (1.5, 0.3), 400),
    "moving": (0.1, 1.0, (4.0, 0.26), 60),
}
WORDS = {
    "minimum": "converges to (1.353, 0.7391): imbalance 0.614, η × sharpness 0.4437.",
    "diverged": "diverges: a coordinate passes 1e6 at step 12.",
    "unstable": "stays at (4, 0.25), exactly on a minimum that is not stable: η × sharpness 2.55.",
    "saddle": ", which is a saddle.",
    "cycle": "goes round a cycle of period 2",
    "moving": "still moves, now at (3.999, 0.2501): imbalance 3.749",
}


def explorer_at(z, product, start, steps, **options):
    return BalancingExplorer(z=z, product=product, start=start, steps=steps, **options)


@pytest.mark.parametrize("outcome", PLACES)
def test_every_outcome_is_found_and_told(show, outcome):
    explorer = explorer_at(*PLACES[outcome])
    (live,) = show(explorer)
    found = live.result()
    assert found["outcome"] == outcome and WORDS[outcome] in live.root.locator(".summary").inner_text()
    agrees(explorer, found, 1e-14)


FOLLOW = """
async ([source, cases, steps]) => {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const program = await import(url);
  const theta = new Float64Array(2 * steps + 2), loss = new Float64Array(steps + 1);
  return cases.map(([z, product, x, y]) => {
    const lr = z / program.sharpness(x, y, product);
    program.gd([x, y], steps, { lr }, { product }, [], theta, loss);
    return [lr, ...theta.subarray(2 * steps), loss[steps]].map((v) => (Number.isFinite(v) ? v : null));
  });
}
"""


def test_page_and_python_have_the_same_bits_over_the_whole_range(show):
    """No rounding to magnify, however chaotic: 1600 runs of 400 steps, compared without tolerance."""
    (live,) = show(BalancingExplorer())
    places = [(1.0, 4.0, 0.26), (0.37, 2.3, -0.71), (1.0, 1.1, 0.9), (3.9, -0.3, 2.6)]
    cases = [(z, *place) for place in places for z in np.linspace(0.1, 4.1, 401).round(2).tolist()]
    shown = live.page.evaluate(FOLLOW, [BalancingExplorer().program, cases, 400])
    space = {"np": np}
    exec(symbolic.step(objectives.scalar_factorization, rules.gd).python(), space)
    kinds = set()
    for (z, product, x, y), found in zip(cases, shown, strict=True):
        lr = float(z / theory.factorization_sharpness(x, y, product))
        for k in range(400):
            (x, y), _ = space["step"](k, [x, y], [lr], [product])
        _, loss = space["step"](400, [x, y], [lr], [product])
        assert found == [v if np.isfinite(v) else None for v in (lr, x, y, loss)], (z, product)
        kinds.add("gone" if not np.isfinite(x) else "rest" if loss < 1e-20 else "restless")
    assert kinds == {"gone", "rest", "restless"}


@pytest.mark.parametrize("z", [0.1, 2.2, 3.2, 3.8, 4.0])
def test_autograd_takes_the_same_steps_to_the_last_bit(z):
    run = BalancingExplorer(z=z, steps=300).run()
    space = {"np": np}
    exec(symbolic.step(objectives.scalar_factorization, rules.gd).python(), space)
    x, y = run.theta[0].tolist()
    for k in range(run.steps):
        (x, y), loss = space["step"](k, [x, y], [run.hyper["lr"]], [1.0])
        assert [x, y] == run.theta[k + 1].tolist() and loss == run.loss[k]


@pytest.mark.parametrize("z", [1.5, 2.05, 2.5, 3.2, 3.5])
def test_the_circle_holds_what_is_stable_and_where_runs_end(z):
    explorer = BalancingExplorer(z=z, steps=1500)
    found = explorer.result()
    radius, lr = found["stable"]["radius"], found["lr"]
    c = np.geomspace(0.02, 50, 4001)
    x, y = theory.factorization_minimum(c)
    stable = lr * (x**2 + y**2) <= 2
    np.testing.assert_array_equal(stable, np.hypot(x, y) <= radius)
    assert np.abs(x - y)[stable].max() == pytest.approx(found["stable"]["imbalance"], rel=0.01)
    assert found["outcome"] == "minimum" and np.hypot(*found["theta"]) <= radius
    assert found["imbalance"] <= found["stable"]["imbalance"]


def test_where_no_minimum_is_stable_it_says_so(show):
    (live,) = show(explorer_at(*PLACES["cycle"]))
    found = live.result()
    assert found["stable"]["imbalance"] is None
    assert "none for η = 1.1: even the flattest has η × sharpness 2.2." in live.root.inner_text()


def test_a_loss_of_zero_stays_and_says_so(show):
    (live,) = show(explorer_at(*PLACES["unstable"]))
    assert "Loss stays 0." in live.root.locator(".summary").inner_text()


def test_the_ring_moves_run_circle_and_numbers(show):
    explorer = BalancingExplorer(z=1.5)
    (live,) = show(explorer)
    before, (x, y) = live.result(), centre(live.root.locator(".handle"))
    drag(live.page, (x, y), (x - 120, y - 60))
    after = live.result()
    assert after["values"]["start.0"] < 4 and after["values"]["start.1"] > 0.26
    assert after["stable"]["radius"] < before["stable"]["radius"] and after["lr"] > before["lr"]
    agrees(explorer, after, 1e-14)


def test_the_copied_python_prints_the_numbers_shown(show, capsys):
    (live,) = show(BalancingExplorer(z=3.8, product=1.3), permissions=["clipboard-read", "clipboard-write"])
    live.slider("z").press("ArrowLeft")
    shown = live.result()
    live.button("Copy as Python").click()
    live.button("Copied").wait_for()
    exec(live.page.evaluate("navigator.clipboard.readText()"), {})
    numbers = [float(each) for each in capsys.readouterr().out.split()]
    assert numbers == [shown["lr"], *shown["theta"], shown["highest"], shown["imbalance"], shown["rated"]]


def test_its_sharpness_is_that_of_the_hessian():
    import torch

    explorer = BalancingExplorer(z=1.7, product=2.0, start=(1.5, 0.4), steps=7)
    f = objectives.scalar_factorization.at(product=2.0)
    run = simulate(f, rules.gd, (1.5, 0.4), steps=7, lr=explorer.lr)
    at = torch.tensor(run.theta[-1])
    top = torch.linalg.eigvalsh(torch.autograd.functional.hessian(lambda p: f(*p), at))[-1]
    assert explorer.result()["rated"] == pytest.approx(explorer.lr * float(top), rel=1e-12)
    assert explorer.lr * float(theory.factorization_sharpness(1.5, 0.4, 2.0)) == pytest.approx(1.7)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"z": 0}, ValueError, "z must be >= 0.001, got 0"),
        ({"z": "fast"}, TypeError, "z must be a number"),
        ({"product": -1}, ValueError, "product must be >= 1e-12, got -1"),
        ({"start": (9, 0)}, ValueError, "start.0 must lie in the window"),
        ({"start": (1,)}, ValueError, "start must have 2 coordinates"),
        ({"steps": 0}, ValueError, "steps must be >= 1, got 0"),
        ({"show": ["lr"]}, ValueError, "show must name settings among z, product, steps"),
        ({"key": "A b"}, ValueError, "key must be lower-case"),
    ],
)
def test_bad_input_is_named(options, error, message):
    with pytest.raises(error, match=message):
        BalancingExplorer(**options)


def test_alt_text_says_what_one_sees():
    alt = BalancingExplorer().alt
    assert "circle of radius 3.27" in alt and "converges to (1.353, 0.7391)" in alt
    assert "diverges: a coordinate passes 1e+06 at step 12" in BalancingExplorer(z=4.05).alt
