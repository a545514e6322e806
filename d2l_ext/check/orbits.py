"""Exercises of the page on orbits."""

from collections.abc import Callable

import numpy as np

from d2l_ext import objectives
from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import whole
from d2l_ext.pieces import DIVERGED
from d2l_ext.sweeps import sweep


def orbits_fastest(answer: float) -> str:
    """The learning rate at which the cycle of two is reached fastest along the line."""
    hint = "Which value of its multiplier shrinks an error most?"
    return close("answer", answer, 3 / 2**0.5 - 1, hint)


def orbits_merge(answer: float) -> str:
    """The learning rate from which on a run on the line visits both sides of zero."""
    hint = "Compare the largest value of the map with the x > 0 at which the map is zero."
    return close("answer", answer, 1.5 * 3**0.5 - 1, hint)


def orbits_target(answer: float) -> str:
    """The learning rate above which no minimum of (4 - xy)²/2 holds gradient descent."""
    hint = "What is the curvature of the flattest minimum, (2, 2)?"
    return close("answer", answer, 0.25, hint)


def orbits_cycles(answer: int) -> str:
    """How many cycles of period 5 the line has at η = 2."""
    cycles = whole("answer", answer)
    if cycles != 48:
        raise NotYet(
            f"You have {cycles}. How many x return after five steps, which of them after one, and how many "
            "make one cycle?"
        )
    return "Right: 48, as 243 points return, 3 of them are fixed, and 5 make a cycle."


def orbits_stays(candidate: Callable) -> str:
    """A function of x, y and the learning rate that says whether the run from there stays."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of x, y and lr, got {candidate!r}")
    starts = np.random.default_rng(5).uniform(-2.5, 2.5, (1000, 2))
    for lr in (0.7, 1.1, 1.5, 1.9):
        stayed = (
            sweep(objectives.hyperbola, "gd", starts, steps=2000, lr=lr, backend="numpy").outcome != DIVERGED
        )
        said = np.array([bool(candidate(x, y, lr)) for x, y in starts.tolist()])
        wrong = np.flatnonzero(said != stayed)
        if len(wrong):
            (x, y), what = starts[wrong[0]], "stays" if stayed[wrong[0]] else "runs away"
            raise NotYet(
                f"At η = {lr} the run from ({x:.3f}, {y:.3f}) {what}, you say the opposite; so it is with "
                f"{len(wrong)} of 1000 starts."
            )
    return "Right: 1000 runs at each of four learning rates do as you say."
