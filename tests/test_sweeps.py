"""Sweeps against single runs, and what they say of them."""

from itertools import product

import joblib
import numpy as np
import pytest

from d2l_ext import kernels, objective, objectives, rules, simulate, sweep, sweeps, symbolic
from d2l_ext.pieces import BOUNDED, CONVERGED, CYCLE, DIVERGED, OUTCOMES

BACKENDS = ["numba", "numpy"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_grid_holds_the_runs_of_its_combinations(backend):
    lrs, betas, kappas = np.linspace(0.1, 0.4, 3), [0.0, 0.5], [5.0, 20.0]
    found = sweep(
        objectives.ravine, "momentum", steps=30, lr=lrs, kappa=kappas, momentum=betas, backend=backend
    )
    assert list(found.axes) == ["lr", "kappa", "momentum"] and found.theta.shape == (3, 2, 2, 2)
    for (i, lr), (j, kappa), (k, beta) in product(*map(enumerate, (lrs, kappas, betas))):
        run = simulate(objectives.ravine.at(kappa=kappa), "momentum", steps=30, lr=lr, momentum=beta)
        np.testing.assert_allclose(found.theta[i, j, k], run.theta[-1], atol=1e-12)


def test_several_starts_are_the_last_axis():
    starts = [(-5.0, -2.0), (1.0, 1.0), (2.0, -2.0)]
    found = sweep(objectives.ravine, "adam", starts, steps=20, lr=[0.1, 0.2], betas=(0.9, 0.99))
    assert list(found.axes) == ["lr", "start"] and found.theta.shape == (2, 3, 2)
    run = simulate(objectives.ravine, "adam", starts[1], steps=20, lr=0.2, betas=(0.9, 0.99))
    np.testing.assert_allclose(found.theta[1, 1], run.theta[-1], atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_became_of_a_run(backend):
    found = sweep(objectives.parabola, "gd", steps=3000, lr=[0.5, 1.0, 1.99, 2.0, 2.5], backend=backend)
    assert found.outcome.tolist() == [CONVERGED, CONVERGED, CONVERGED, CYCLE, DIVERGED]
    assert found.period.tolist() == [0, 0, 0, 2, 0]
    assert (found.settled[:3] > 0).all() and (found.settled[3:] == -1).all()
    assert found.settled[0] < found.settled[2]
    assert repr(found) == "Sweep(5 lr: 1 diverged, 3 converged, 1 cycle)"


@pytest.mark.parametrize("backend", BACKENDS)
def test_cycles_have_their_published_periods(backend):
    """Orbits of gradient descent on (1 - xy)²/2, attracting at these learning rates."""
    for lr, start, period in [(1.1, (1.5, 0.3), 2), (1.25, (1.5, 0.3), 4), (1.45561, (0.82, 1.05), 3)]:
        found = sweep(objectives.hyperbola, "gd", start, steps=20_000, lr=lr, backend=backend)
        assert (found.outcome.item(), found.period.item()) == (CYCLE, period)


def test_chaos_is_bounded():
    found = sweep(objectives.hyperbola, "gd", (0.82, 1.05), steps=20_000, lr=1.4)
    assert found.outcome.item() == BOUNDED


@pytest.mark.parametrize("backend", BACKENDS)
def test_retiring_early_changes_no_outcome(backend):
    grid = {"lr": np.linspace(0.002, 0.9, 60), "momentum": np.linspace(0, 0.99, 50)}
    early = sweep(objectives.ravine, "momentum", steps=1000, backend=backend, **grid)
    late = sweep(objectives.ravine, "momentum", steps=1000, backend=backend, retire=False, **grid)
    assert (early.outcome != late.outcome).mean() < 1e-3


def test_backends_agree_on_outcomes():
    grid = {"lr": np.linspace(0.002, 0.9, 60), "momentum": np.linspace(0, 0.99, 50)}
    one, other = (sweep(objectives.ravine, "momentum", steps=500, backend=b, **grid) for b in BACKENDS)
    assert (one.outcome != other.outcome).mean() < 1e-3


def test_the_backend_is_the_one_that_measured_faster():
    assert sweep(objectives.himmelblau, "momentum", steps=1).backend == "numba"
    assert sweep(objectives.log_cosh, "momentum", steps=1).backend == "numpy"


def test_time_and_projection_reach_the_kernels():
    @objective(start=(0.5,), window=((-1, 1),), project=(-1.0, 1.0))
    def drifting(x, *, t):
        return (x - 0.1 * t) ** 2

    run = simulate(drifting, rules.adam, steps=40, lr=0.3)
    for backend in BACKENDS:
        found = sweep(drifting, rules.adam, steps=40, lr=0.3, backend=backend)
        np.testing.assert_allclose(found.theta, run.theta[-1], atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("rule", ["gd", "adam"])
def test_the_last_iterates_are_those_of_the_run(backend, rule):
    """With Adam the step count and the powers of its betas go on, too."""
    lrs = [0.05, 0.1, 0.3]
    found = sweep(objectives.ravine, rule, steps=40, lr=lrs, keep=15, backend=backend, retire=False)
    assert found.tail.shape == (3, 15, 2)
    for lr, tail, theta in zip(lrs, found.tail, found.theta, strict=True):
        run = simulate(objectives.ravine, rule, steps=40, lr=lr)
        np.testing.assert_allclose(tail, run.theta[-15:], rtol=1e-12, atol=1e-12)
        assert (theta == tail[-1]).all()


def test_how_many_iterates_are_kept_changes_no_outcome():
    grid = {"steps": 1000, "lr": np.linspace(0.9, 2.05, 60)}
    one, many = (sweep(objectives.hyperbola, "gd", (1.0, 0.9), keep=k, **grid) for k in (1, 300))
    assert (one.outcome == many.outcome).all() and (one.period == many.period).all()
    assert set(one.outcome) == {DIVERGED, CONVERGED, CYCLE, BOUNDED}
    all_of_it = sweep(objectives.parabola, "gd", steps=3, lr=0.5, keep=4)
    assert all_of_it.tail[:, 0].tolist() == [1, 0.5, 0.25, 0.125]


def test_a_large_array_of_starts_is_checked_at_once():
    starts = np.random.default_rng(0).uniform(-1, 1, (200_000, 2))
    assert sweep(objectives.ravine, "gd", starts, steps=1, lr=0.1).theta.shape == (200_000, 2)
    starts[7, 1] = np.nan
    with pytest.raises(ValueError, match=r"start.1 must be finite, got nan"):
        sweep(objectives.ravine, "gd", starts, steps=1)
    with pytest.raises(ValueError, match="start must have 2 coordinates, got 3"):
        sweep(objectives.ravine, "gd", np.ones((4, 3)), steps=1)


def test_a_sweep_that_was_stopped_picks_up_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr("d2l_ext.sweeps.PIECE", 100)
    grid = {"lr": np.linspace(0.01, 0.4, 350), "steps": 50, "backend": "numpy"}
    whole = sweep(objectives.ravine, "gd", **grid)

    calls, make = [], kernels.numpy_kernel

    def failing(source):
        kernel = make(source)

        def third_time_unlucky(*arguments):
            calls.append(1)
            if len(calls) == 3:
                raise KeyboardInterrupt
            kernel(*arguments)

        return third_time_unlucky

    monkeypatch.setitem(kernels.KERNELS, "numpy", failing)
    with pytest.raises(KeyboardInterrupt):
        sweep(objectives.ravine, "gd", store=tmp_path, **grid)
    assert len(list(tmp_path.glob("*.npz"))) == 2 and not list(tmp_path.glob("*.part"))
    again = sweep(objectives.ravine, "gd", store=tmp_path, **grid)
    assert len(calls) == 3 + 2, "two of four pieces were there already"
    np.testing.assert_array_equal(again.theta, whole.theta)
    sweep(objectives.ravine, "gd", store=tmp_path, **grid | {"steps": 51})
    assert len(calls) == 5 + 4, "another sweep takes nothing from this one"


@pytest.mark.parametrize(
    "backend, where", [("numba", "threading"), ("numpy", "threading"), ("numpy", "loky")]
)
def test_cores_and_pieces_change_no_bit(monkeypatch, backend, where):
    """Blocks of runs stop early together: so pieces are whole blocks, wherever they are computed."""
    assert sweeps.PIECE % kernels.CHUNK == kernels.CHUNK % kernels.BLOCK == 0
    lrs = np.linspace(0.01, 0.9, 2 * kernels.CHUNK + 1000)
    grid = {"steps": 60, "backend": backend, "lr": lrs, "momentum": 0.5, "keep": 2, "tol": 1e-3}
    one = sweep(objectives.ravine, "momentum", **grid)
    monkeypatch.setattr(sweeps, "PIECE", kernels.CHUNK)
    with joblib.parallel_config(where, n_jobs=2):
        other = sweep(objectives.ravine, "momentum", **grid)
    for name in ("tail", "outcome", "period", "settled"):
        assert getattr(other, name).tobytes() == getattr(one, name).tobytes(), name
    assert len(set(one.outcome)) > 2 and len(set(one.settled)) > 2


def test_source_is_a_few_lines_one_can_read():
    source = kernels.numpy_source(symbolic.step(objectives.himmelblau, rules.momentum))
    assert source.count("np.") == 22 and "loss" not in source


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"lr": -0.1}, ValueError, "lr must be >= 0, got -0.1"),
        ({"lr": [0.1, float("nan")]}, ValueError, "lr must be finite, got nan"),
        ({"lr": []}, ValueError, r"lr must be a number or one axis of them, got shape \(0,\)"),
        ({"lr": [[0.1]]}, ValueError, r"got shape \(1, 1\)"),
        ({"lr": "fast"}, TypeError, "lr must be a number or an array of numbers, got 'fast'"),
        ({"rate": 0.1}, TypeError, "no parameter 'rate'; it has: lr, kappa, angle"),
        ({"steps": -1}, ValueError, "steps must be >= 0, got -1"),
        ({"steps": 2.5}, TypeError, "steps must be a whole number, got 2.5"),
        ({"keep": 0}, ValueError, "keep must be in 1 to 6, got 0"),
        ({"keep": 9}, ValueError, "keep must be in 1 to 6, got 9"),
        ({"every": 0}, ValueError, "every must be >= 1, got 0"),
        ({"backend": "fortran"}, ValueError, "backend must be one of auto, numba, numpy, got 'fortran'"),
        ({"start": [(1.0,)]}, ValueError, "start must have 2 coordinates, got 1"),
        ({"kappa": 0.5}, ValueError, "kappa must be >= 1, got 0.5"),
    ],
)
def test_bad_input_is_named(arguments, error, message):
    with pytest.raises(error, match=message):
        sweep(objectives.ravine, "gd", **{"steps": 5} | arguments)


def test_outcomes_are_these_four():
    assert OUTCOMES == ("diverged", "converged", "cycle", "bounded")
