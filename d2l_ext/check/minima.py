"""Exercises of the page on leaving a minimum."""

from collections.abc import Callable

import numpy as np

from d2l_ext import theory
from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number


def minima_batch(answer: float) -> str:
    """How many times longer SGD stays where k = 2, ΔL = 0.2, η = 0.05, if the batch size goes from 1 to 2."""
    one, two = (theory.escape_sgd(0.05, 2.0, 2.0, 0.2, batch=batch) for batch in (1.0, 2.0))
    hint = "Which two places of the formula could B stand in? What is the exponent for B = 1?"
    return close("answer", answer, float(two / one), hint)


def minima_scale(answer: float) -> str:
    """The learning rate of Adam on U(3θ) that repeats a run on U with 0.06."""
    hint = "U(3θ) is 9 times as sharp. What must stay the same for Adam, and what for SGD?"
    return close("answer", answer, 0.06 / 9**0.5, hint)


def minima_choice(candidate: Callable) -> str:
    """A function of (lr, k): how many times longer SGD stays in a well of curvature 1 than in one of k."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of (lr, k), got {candidate!r}")
    for lr, k in ((0.1, 2.0), (0.05, 4.0), (0.2, 1.5)):
        found = number(f"candidate({lr:g}, {k:g})", candidate(lr, k))
        flat, sharp = (theory.escape_sgd(lr, well, well, 0.2) for well in (1.0, k))
        if not np.isclose(found, flat / sharp, rtol=1e-3):
            raise NotYet(
                f"At η = {lr:g}, k = {k:g} you have {found:.5g}. Divide the two times: which factors cancel, "
                "in the prefactor and in the exponent?"
            )
    return "Right, for three pairs of η and k."


def minima_heavy_ball(answer: float) -> str:
    """The exponent of heavy ball with β = 0.9 where averaged momentum has 8, at the same η."""
    hint = "Heavy ball is averaged momentum with another learning rate. Which one?"
    return close("answer", answer, 8 * (1 - 0.9), hint)
