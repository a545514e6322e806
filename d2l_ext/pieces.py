"""One piece of a sweep: some runs side by side, from their starts to what became of them.

What is to be done is text and numbers, so that a piece can be computed in any process, on any machine.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from d2l_ext import kernels

DIVERGED, CONVERGED, CYCLE, BOUNDED = "diverged", "converged", "cycle", "bounded"
OUTCOMES = (DIVERGED, CONVERGED, CYCLE, BOUNDED)
LIMIT = 1e6
LONGEST_CYCLE = 16
RETURNS = 1e-8

# What a piece gives, each with a row a run: `tail`, `settled`, `outcome` (a place in OUTCOMES) and `period`.
Ends = dict[str, np.ndarray]


@dataclass(frozen=True)
class Plan:
    """What is done to every run of a sweep.

    Attributes:
        backend: A name in `kernels.KERNELS`.
        kernel: Source of the kernel.
        step: Source of one step, as of `Step.python`.
        carried: How many numbers a run carries from step to step, its coordinates first.
        hyper: How many of the inputs are hyperparameters; they come first.
        steps, every, tol, keep: As for `sweep`.
    """

    backend: str
    kernel: str
    step: str
    carried: int
    hyper: int
    steps: int
    every: int
    tol: float
    keep: int


@dataclass(frozen=True)
class Piece:
    """Some runs of a sweep.

    Attributes:
        plan: What is done to them.
        first: Number of the first of them.
        start: Their starts, shape ``(runs, d)``.
        inputs: Their hyperparameters, then their parameters, shape ``(n, runs)``.
    """

    plan: Plan
    first: int
    start: np.ndarray
    inputs: np.ndarray

    @property
    def key(self) -> str:
        """Name of the piece: what is computed, from what, and how."""
        told = repr(self.plan).encode()
        return hashlib.sha256(told + self.start.tobytes() + self.inputs.tobytes()).hexdigest()[:32]

    def onward(self, done: int, carried: np.ndarray, steps: int) -> Iterator[list[np.ndarray]]:
        """What the runs carry after each of some more steps, when `done` are behind them."""
        step = _step(self.plan.step)
        hyper, params = np.split(self.inputs, [self.plan.hyper])
        now = list(carried.T)
        for k in range(done, done + steps):
            following, _ = step(k, now, hyper, params)
            now = [np.broadcast_to(each, len(carried)) for each in following]
            yield now

    def some(self, which: np.ndarray) -> "Piece":
        """Those of its runs."""
        return Piece(self.plan, self.first, self.start[which], self.inputs[:, which])


def compute(piece: Piece) -> tuple[int, Ends]:
    """The number of the first run of a piece, and what became of all of them."""
    plan, (runs, d) = piece.plan, piece.start.shape
    kernel = kernels.KERNELS[plan.backend](plan.kernel)
    before = plan.steps + 1 - plan.keep
    tail, settled = np.empty((runs, plan.keep, d)), np.empty(runs, np.int64)
    final = np.empty((runs, plan.carried))
    with np.errstate(all="ignore"):
        kernel(piece.start, piece.inputs, before, plan.every, plan.tol, LIMIT, final, settled)
        tail[:, 0] = final[:, :d]
        for i, now in enumerate(piece.onward(before, final, plan.keep - 1), start=1):
            tail[:, i] = np.transpose(now[:d])
            if i == plan.keep - 1:
                final[:] = np.transpose(now)
        outcome, period = _classify(piece, final, settled)
    return piece.first, {"tail": tail, "settled": settled, "outcome": outcome, "period": period}


def _classify(piece: Piece, final: np.ndarray, settled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Outcome and period of each run; cycles are found by going on for a few steps."""
    number = {outcome: i for i, outcome in enumerate(OUTCOMES)}
    gone = ~(np.abs(final[:, : piece.start.shape[1]]).max(1) <= LIMIT)
    codes = np.full(len(final), number[BOUNDED], np.int8)
    codes[settled >= 0] = number[CONVERGED]
    codes[gone] = number[DIVERGED]
    period = np.zeros(len(final), np.int8)
    open_ = np.flatnonzero(codes == number[BOUNDED])
    if len(open_):
        period[open_] = _period(piece.some(open_), final[open_])
        codes[period > 0] = number[CYCLE]
    return codes, period


def _period(piece: Piece, carried: np.ndarray) -> np.ndarray:
    """Smallest p ≤ 16 after which each run is back where it ended; 0 if there is none."""
    d = piece.start.shape[1]
    found, end = np.zeros(len(carried), np.int8), carried[:, :d].T
    for p, now in enumerate(piece.onward(piece.plan.steps, carried, LONGEST_CYCLE), start=1):
        back = np.abs(np.array(now[:d]) - end).max(0) <= RETURNS
        found[(found == 0) & back] = p
    return found


@cache
def _step(source: str) -> Any:
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)
    return namespace["step"]
