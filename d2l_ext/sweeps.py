"""Many runs at once: a grid of hyperparameters, parameters or starts, and what became of each."""

import io
import os
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from d2l_ext import kernels, symbolic
from d2l_ext.objectives import Objective, as_objective, as_start
from d2l_ext.params import Param, number, resolve, whole
from d2l_ext.pieces import OUTCOMES, Ends, Piece, Plan, compute
from d2l_ext.rules import Rule, as_rule
from d2l_ext.storing import in_place_of, said
from d2l_ext.symbolic import Step
from d2l_ext.workers import results

BACKENDS = ("auto", "numba", "numpy")
# Runs times steps from which on a progress bar is shown.
LONG = 10**9
# Runs a piece: what is computed at a time, saved, and counted by the progress bar. The split never depends on
# where pieces are computed, and kernels stop blocks of a piece early: any other number of runs, other bits.
PIECE = 2 * kernels.CHUNK
ADVICE = (
    "What is stored there already is safe. Free some space or name another folder as store, and run the same "
    "sweep again: it goes on from the pieces that it finds."
)
# Where numba has no vector form of a function, NumPy is the faster one.
_SCALAR_IN_NUMBA = {"exp", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh"}


@dataclass(frozen=True)
class Sweep:
    """The end of every run of a grid; all arrays but `theta` and `tail` have the shape of the grid.

    Attributes:
        axes: Values along each axis, by name, in order.
        codes: What became of each run, as a place in `OUTCOMES`; `outcome` has the words.
        period: Period of a cycle; 0 for anything else.
        settled: Steps until a run was first seen at rest for good; -1 if it never was.
        backend: What computed it.
        tail: The last iterates of each run, `theta` at the end, shape ``(*grid, keep, d)``.
    """

    axes: dict[str, np.ndarray]
    codes: np.ndarray
    period: np.ndarray
    settled: np.ndarray
    backend: str
    tail: np.ndarray

    @property
    def theta(self) -> np.ndarray:
        """Last iterates, shape ``(*grid, d)``."""
        return self.tail[..., -1, :]

    @property
    def outcome(self) -> np.ndarray:
        """One of `OUTCOMES` for each run; made on demand, for words take 36 bytes each."""
        return np.array(OUTCOMES)[self.codes]

    def __repr__(self) -> str:
        numbers = np.bincount(self.codes.ravel(), minlength=len(OUTCOMES))
        counts = ", ".join(f"{n} {o}" for n, o in zip(numbers, OUTCOMES, strict=True) if n)
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
    jobs: int | None = None,
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
        jobs: Threads at a time, -1 for all cores; default one, or what ``joblib.parallel_config`` says, which
            may choose processes or a cluster. The result is the same to the bit.
        **grid: Numbers or one-dimensional arrays, by name of a hyperparameter (``lr``; a tuple for ``betas``)
            or of a parameter of the objective (``objective.name`` where both have it).

    Raises:
        TypeError: For unknown names and values that are no numbers.
        ValueError: For values outside their valid range, empty axes, and arrays of more than one dimension.
        OSError: If a piece cannot be stored; those that are stored stay.

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
    plan = Plan(
        backend=chosen,
        kernel=kernels.SOURCES[chosen](step),
        step=step.python(),
        carried=len(step.carried),
        hyper=len(step.hyper),
        steps=steps,
        every=every if retire else max(steps, 1),
        tol=tol,
        keep=keep,
    )
    job = _Job(plan, inputs, axes, starts)
    bar = progress if progress is not None else np.prod(job.shape) * steps > LONG
    if store is not None:
        with said(Path(store), ADVICE):
            Path(store).mkdir(parents=True, exist_ok=True)
    ends = job.run(jobs, bool(bar), None if store is None else Path(store))
    ends = {name: each.reshape(job.shape + each.shape[1:]) for name, each in ends.items()}
    return Sweep(axes, ends["outcome"], ends["period"], ends["settled"], chosen, ends["tail"])


@dataclass
class _Job:
    """All runs of a sweep, numbered; the last axis varies fastest."""

    plan: Plan
    values: dict[str, np.ndarray]
    axes: dict[str, np.ndarray]
    starts: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.axes.values())

    def piece(self, first: int) -> Piece:
        """The runs from the first on, `PIECE` of them or what there is."""
        which = np.arange(first, min(first + PIECE, int(np.prod(self.shape))))
        places = np.unravel_index(which, self.shape) if self.shape else ()
        at = dict(zip(self.axes, places, strict=True))
        rows = [v[at[n]] if n in at else np.full(len(which), v) for n, v in self.values.items()]
        start = self.starts[at["start"]] if "start" in at else np.tile(self.starts, (len(which), 1))
        return Piece(self.plan, first, start, np.array(rows))

    def run(self, jobs: int | None, bar: bool, store: Path | None) -> Ends:
        """What became of every run."""
        runs, d = int(np.prod(self.shape)), self.starts.shape[-1]
        found = {
            "tail": np.empty((runs, self.plan.keep, d)),
            "settled": np.empty(runs, np.int64),
            "outcome": np.empty(runs, np.int8),
            "period": np.empty(runs, np.int8),
        }
        firsts = range(0, runs, PIECE)
        with tqdm(total=len(firsts), disable=not bar, unit="piece") as progress:
            for first, ends in self._ends(firsts, jobs, store):
                for name, array in found.items():
                    array[first : first + PIECE] = ends[name]
                progress.update()
        return found

    def _ends(self, firsts: range, jobs: int | None, store: Path | None) -> Iterator[tuple[int, Ends]]:
        """What became of each piece: first those that are stored, then the others, stored as they come."""
        places, missing = {}, []
        for first in firsts:
            if store is not None:
                places[first] = store / f"{self.piece(first).key}.npz"
                if ends := _stored(places[first]):
                    yield first, ends
                    continue
            missing.append(first)
        kernels.KERNELS[self.plan.backend](self.plan.kernel)  # here, or each thread would compile its own
        # Threads, since numba's kernels let go of Python's lock, and so do NumPy's calls while they last.
        for first, ends in results(compute, map(self.piece, missing), jobs=jobs, threads=True):
            if store is not None:
                whole = io.BytesIO()  # since an early NumPy leaves its archive open when a disk is full
                np.savez(whole, **ends)  # type: ignore[arg-type]
                with in_place_of(places[first], ADVICE) as file:
                    file.write(whole.getbuffer())
            yield first, ends


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
    if wanted == "numpy" or wanted == "auto" and _SCALAR_IN_NUMBA & kernels.functions(step):
        return "numpy"
    if find_spec("numba") is None:
        trouble = "it is not installed: pip install numba"
    else:
        try:
            import numba

            del numba
            return "numba"
        except Exception as error:  # whatever does not fit it: a newer NumPy, an older LLVM
            trouble = f"it does not load ({error}): pip install --upgrade numba"
            if wanted == "auto":
                warnings.warn(f"sweep is slower without numba, and {trouble}", stacklevel=3)
    if wanted == "numba":
        raise ValueError(f"backend 'numba' needs numba, and {trouble}, or use backend='numpy'")
    return "numpy"


def _stored(path: Path) -> Ends | None:
    """The piece at `path`, if it is there and whole."""
    if not path.exists():
        return None
    try:
        with np.load(io.BytesIO(path.read_bytes())) as arrays:  # a zip archive, with checksums
            return dict(arrays)
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        said = f"{path} is damaged ({error}), so this piece of the sweep is computed again"
        warnings.warn(said, stacklevel=2)
        return None
