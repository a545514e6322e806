"""Many runs at once: a grid of hyperparameters, parameters or starts, and what became of each."""

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from d2l_ext import kernels, symbolic
from d2l_ext.objectives import Objective, as_objective, as_start
from d2l_ext.params import Param, number, resolve, whole
from d2l_ext.rules import Rule, as_rule
from d2l_ext.symbolic import Step

DIVERGED, CONVERGED, CYCLE, BOUNDED = "diverged", "converged", "cycle", "bounded"
OUTCOMES = (DIVERGED, CONVERGED, CYCLE, BOUNDED)
LIMIT = 1e6
LONGEST_CYCLE = 16
RETURNS = 1e-8
BACKENDS = ("auto", "numba", "numpy")
# Runs times steps from which on a progress bar is shown.
LONG = 10**9
# Runs a piece: what is saved, and what the progress bar counts.
PIECE = 2**16
# Where numba has no vector form of a function, NumPy is the faster one.
_SCALAR_IN_NUMBA = {"exp", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh"}


@dataclass(frozen=True)
class Sweep:
    """The end of every run of a grid; all arrays but `theta` have the shape of the grid.

    Attributes:
        axes: Values along each axis, by name, in order.
        theta: Last iterates, shape ``(*grid, d)``.
        outcome: One of `OUTCOMES` for each run.
        period: Period of a cycle; 0 for anything else.
        settled: Steps until a run was first seen at rest for good; -1 if it never was.
        backend: What computed it.
        tail: The last iterates of each run, `theta` at the end, shape ``(*grid, keep, d)``.
    """

    axes: dict[str, np.ndarray]
    theta: np.ndarray
    outcome: np.ndarray
    period: np.ndarray
    settled: np.ndarray
    backend: str
    tail: np.ndarray

    def __repr__(self) -> str:
        counts = ", ".join(f"{(self.outcome == o).sum()} {o}" for o in OUTCOMES if (self.outcome == o).any())
        return f"Sweep({' x '.join(f'{len(v)} {n}' for n, v in self.axes.items()) or '1 run'}: {counts})"


def sweep(
    objective: Any,
    rule: Any,
    start: Any = None,
    *,
    steps: int,
    backend: str = "auto",
    tol: float = 1e-10,
    every: int = 25,
    retire: bool = True,
    keep: int = 1,
    progress: bool | None = None,
    store: str | os.PathLike | None = None,
    **grid: Any,
) -> Sweep:
    """Run `rule` on `objective` for every combination of the values given.

    Args:
        objective: An `Objective` or a function that can be traced; not one that takes noise.
        rule: A `Rule` or its name.
        start: Start, shape ``(d,)``, or several, shape ``(n, d)``: then they are the last axis, ``start``.
        steps: Number of updates.
        backend: ``numba``, ``numpy``, or ``auto``: numba where it is installed and the faster one.
        tol: A run rests when a step moves no coordinate by more than ``tol * max(1, largest coordinate)``.
        every: Steps between two looks at whether a group of runs may stop.
        retire: Stop a group of runs early, once each of them is at rest or gone.
        keep: How many of the last iterates to return, for a bifurcation diagram, say; 1 is `theta` alone.
        progress: Show a bar; default only for sweeps of more than 10⁹ steps.
        store: Folder for finished pieces. The same sweep picks up from there, whatever stopped it.
        **grid: Numbers or one-dimensional arrays, by name of a hyperparameter (``lr``; a tuple for ``betas``)
            or of a parameter of the objective (``objective.name`` where both have it).

    Raises:
        TypeError: For unknown names and values that are no numbers.
        ValueError: For values outside their valid range, empty axes, and arrays of more than one dimension.

    Example:
        >>> from d2l_ext import objectives
        >>> sweep(objectives.parabola, "gd", steps=2000, lr=[0.5, 1.0, 2.0, 2.5])
        Sweep(4 lr: 1 diverged, 2 converged, 1 cycle)
    """
    objective, rule = as_objective(objective), as_rule(rule)
    if "noise" in objective.inputs:
        raise ValueError(f"objective must take no noise, {objective.name} does")
    steps, every = whole("steps", steps), whole("every", every, 1)
    keep = whole("keep", keep, 1, steps + 1)
    inputs = _inputs(objective, rule, grid)
    axes = {name: value for name, value in inputs.items() if value.ndim}
    axes = {name: axes[name] for name in _split(grid, inputs) if name in axes}
    starts = _starts(objective, start)
    if starts.ndim == 2:
        axes["start"] = np.arange(len(starts))
    if number("tol", tol) < 0:
        raise ValueError(f"tol must be >= 0, got {tol:g}")
    step = symbolic.step(objective, rule)
    chosen = _backend(step, backend)
    job = _Job(step, chosen, inputs, axes, starts, steps, every if retire else max(steps, 1), tol, keep)
    bar = progress if progress is not None else job.runs * steps > LONG
    final, settled, tail = job.run(bar, store)
    outcome, period = job.classify(final, settled)
    tail = tail.reshape(*job.shape, keep, len(step.coordinates))
    outcome, period, settled = (each.reshape(job.shape) for each in (outcome, period, settled))
    return Sweep(axes, tail[..., -1, :], outcome, period, settled, chosen, tail)


@dataclass
class _Job:
    """All runs of a sweep, numbered; the last axis varies fastest."""

    step: Step
    backend: str
    values: dict[str, np.ndarray]
    axes: dict[str, np.ndarray]
    starts: np.ndarray
    steps: int
    every: int
    tol: float
    keep: int

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.axes.values())

    @property
    def runs(self) -> int:
        return int(np.prod(self.shape))

    def take(self, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Starts ``(len(which), d)`` and inputs ``(n, len(which))`` of these runs."""
        places = np.unravel_index(which, self.shape) if self.shape else ()
        at = dict(zip(self.axes, places, strict=True))
        rows = [v[at[n]] if n in at else np.full(len(which), v) for n, v in self.values.items()]
        start = self.starts[at["start"]] if "start" in at else np.tile(self.starts, (len(which), 1))
        return start, np.array(rows)

    def kernel(self) -> kernels.Kernel:
        if self.backend == "numba":
            return kernels.numba_kernel(kernels.numba_source(self.step))
        return kernels.numpy_kernel(self.step)

    def run(self, bar: bool, store: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What each run carries at its end, ``(runs, n)``, when it settled, and its last iterates."""
        from tqdm import tqdm

        kernel, runs = self.kernel(), self.runs
        folder = None if store is None else _folder(store)
        final = np.empty((runs, len(self.step.carried)))
        settled = np.empty(runs, np.int64)
        d = len(self.step.coordinates)
        tail = np.empty((runs, self.keep, d)) if self.keep > 1 else final[:, None, :d]
        for low in tqdm(range(0, runs, PIECE), disable=not bar, unit="piece"):
            here = slice(low, min(low + PIECE, runs))
            which = np.arange(here.start, here.stop)
            start, inputs = self.take(which)
            saved = None if folder is None else folder / f"{self._key(start, inputs)}.npz"
            if saved is not None and saved.exists():
                with np.load(saved) as piece:
                    final[here], settled[here], tail[here] = (piece[n] for n in ("final", "settled", "tail"))
                continue
            before = self.steps + 1 - self.keep
            with np.errstate(all="ignore"):
                kernel(start, inputs, before, self.every, self.tol, LIMIT, final[here], settled[here])
                self._trail(which, before, final[here], tail[here])
            if saved is not None:
                _save(saved, final=final[here], settled=settled[here], tail=tail[here])
        return final, settled, tail

    def _trail(self, which: np.ndarray, done: int, final: np.ndarray, tail: np.ndarray) -> None:
        """Fill `tail` with the iterates from here on; `final` becomes what is carried at the last."""
        d = len(self.step.coordinates)
        if self.keep == 1:
            return
        tail[:, 0] = final[:, :d]
        for i, now in enumerate(self._onward(which, done, final, self.keep - 1), start=1):
            tail[:, i] = np.transpose(now[:d])
            if i == self.keep - 1:
                final[:] = np.transpose(now)

    def _onward(
        self, which: np.ndarray, done: int, carried: np.ndarray, steps: int
    ) -> Iterator[list[np.ndarray]]:
        """What these runs carry after each of some more steps, when `done` are behind them."""
        namespace: dict[str, Any] = {"np": np}
        exec(self.step.python(), namespace)
        hyper, params = np.split(self.take(which)[1], [len(self.step.hyper)])
        now = list(carried.T)
        for k in range(done, done + steps):
            following, _ = namespace["step"](k, now, hyper, params)
            now = [np.broadcast_to(each, len(which)) for each in following]
            yield now

    def _key(self, start: np.ndarray, inputs: np.ndarray) -> str:
        """Name of a piece: what is computed, from what, and how."""
        told = f"{self.step.python()}{self.backend}{self.steps},{self.every},{self.tol},{self.keep}"
        return hashlib.sha256(told.encode() + start.tobytes() + inputs.tobytes()).hexdigest()[:32]

    def classify(self, final: np.ndarray, settled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Outcome and period of each run; cycles are found by going on for a few steps."""
        d = len(self.step.coordinates)
        with np.errstate(invalid="ignore"):
            gone = ~(np.abs(final[:, :d]).max(1) <= LIMIT)
        number = {outcome: i for i, outcome in enumerate(OUTCOMES)}
        # As numbers until the end: words of a million runs, made three times over, would take 100 MB.
        codes = np.full(len(final), number[BOUNDED], np.int8)
        codes[settled >= 0] = number[CONVERGED]
        codes[gone] = number[DIVERGED]
        period = np.zeros(len(final), int)
        open_ = np.flatnonzero(codes == number[BOUNDED])
        for some in np.array_split(open_, max(1, len(open_) // PIECE)):
            found = self._period(some, final[some])
            period[some] = found
            codes[some[found > 0]] = number[CYCLE]
        return np.array(OUTCOMES)[codes], period

    def _period(self, which: np.ndarray, carried: np.ndarray) -> np.ndarray:
        """Smallest p ≤ 16 after which each run is back where it ended; 0 if there is none."""
        found, d = np.zeros(len(which), int), len(self.step.coordinates)
        if not len(which):
            return found
        end = carried[:, :d].T
        with np.errstate(all="ignore"):
            for p, now in enumerate(self._onward(which, self.steps, carried, LONGEST_CYCLE), start=1):
                back = np.abs(np.array(now[:d]) - end).max(0) <= RETURNS
                found[(found == 0) & back] = p
        return found


def _split(grid: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The grid with the entries of tuples by themselves: ``betas`` as ``betas.0`` and ``betas.1``."""
    split: dict[str, Any] = {}
    for name, value in grid.items():
        if isinstance(value, tuple) and f"{name}.0" in known:
            split |= {f"{name}.{i}": entry for i, entry in enumerate(value)}
        else:
            split[name] = value
    return split


def _inputs(objective: Objective, rule: Rule, grid: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """A number or an axis for each input of the step, in its order, checked."""
    own = {f"objective.{n}" if n in rule.hyper else n: p for n, p in objective.params.items()}
    declared: dict[str, Param] = {**rule.hyper, **own}
    given = _split(grid, declared)
    for name in given:
        if name not in declared:
            raise TypeError(f"sweep has no parameter {name!r}; it has: {', '.join(declared)}")
    inputs = {}
    for name, default in declared.items():
        try:
            values = np.asarray(given.get(name, float(default)), dtype=float)
        except (TypeError, ValueError):
            raise TypeError(f"{name} must be a number or an array of numbers, got {given[name]!r}") from None
        if values.ndim > 1 or not values.size:
            raise ValueError(f"{name} must be a number or one axis of them, got shape {values.shape}")
        for extreme in (values.min(), values.max()):
            resolve("sweep", {name: default}, {name: extreme})
        inputs[name] = values
    return inputs


def _starts(objective: Objective, start: Any) -> np.ndarray:
    """One start ``(d,)`` or several ``(n, d)``."""
    several = isinstance(start, list | tuple | np.ndarray) and all(np.iterable(each) for each in start)
    if not several or isinstance(start, np.ndarray) and start.ndim < 2:
        return np.array(as_start(objective, start))
    if not len(start):
        raise ValueError("start must hold at least one start, got none")
    if isinstance(start, np.ndarray) and start.dtype.kind in "fiu" and start.ndim == 2:
        # One look at all: `as_start` on each of a million would take longer than their runs.
        wrong = np.flatnonzero(~np.isfinite(start).all(1))
        as_start(objective, start[wrong[0] if len(wrong) else 0])
        return np.asarray(start, float)
    return np.array([as_start(objective, each) for each in start])


def _backend(step: Step, wanted: str) -> str:
    """The backend to use, `auto` decided."""
    if not isinstance(wanted, str) or wanted not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, got {wanted!r}")
    installed = find_spec("numba") is not None
    if wanted == "numba" and not installed:
        raise ValueError("backend 'numba' needs numba: pip install numba, or use backend='numpy'")
    if wanted != "auto":
        return wanted
    return "numba" if installed and not _SCALAR_IN_NUMBA & kernels.functions(step) else "numpy"


def _folder(store: Any) -> Path:
    folder = Path(store)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _save(path: Path, **arrays: np.ndarray) -> None:
    """Write under another name, then rename: a piece is there whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        try:
            np.savez(part, **arrays)  # type: ignore[arg-type]
            part.close()
            os.replace(part.name, path)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
