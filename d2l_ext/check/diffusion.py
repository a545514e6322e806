"""Exercises of the page on noise as diffusion."""

from collections.abc import Callable

import numpy as np

from d2l_ext import theory
from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number


def diffusion_batch(answer: float) -> str:
    """How many more steps the median SGD walker needs at h = 0.01, η = 0.1, if B is 4 instead of 1."""
    one, four = (np.log(1 / (0.674 * np.sqrt(0.05 / batch))) / 0.001 for batch in (1, 4))
    hint = "Write the logarithm for both batch sizes. Which part of it is left in the difference?"
    return close("answer", answer, float(four - one), hint)


def diffusion_time(candidate: Callable) -> str:
    """A function of (lr, h): steps until SGD's standard deviation on a saddle is 1, for B = 1."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of (lr, h), got {candidate!r}")
    for lr, h in ((0.1, 0.1), (0.05, 0.02), (0.2, 0.7)):
        found = number(f"candidate({lr:g}, {h:g})", candidate(lr, h))
        reached = float(theory.saddle_variance(found, lr, -h, h)) if found >= 0 else 0.0
        if not np.isclose(reached, 1, rtol=1e-3):
            raise NotYet(
                f"At η = {lr:g}, h = {h:g} you have {found:.5g}; the variance is {reached:.5g} then. "
                "Set the formula of the theorem to 1, with H = -h, and solve for T."
            )
    return "Right, for three pairs of η and h."


def diffusion_lag(answer: float) -> str:
    """Steps that averaged momentum with β = 0.99 and a moving start is behind SGD in the long run."""
    steps = 10_000
    behind = steps - theory.free_walk_variance(steps, 1.0, 0.99, moving=1.0)
    hint = "Take the theorem on the free walk and let β to the power T go to 0."
    return close("answer", answer, float(behind), hint)


def diffusion_drift(answer: float) -> str:
    """The share of Proposition 3's drift that a direction with v = 0.18 has, if the other has 0.02."""
    beta = theory.adai_inertia(0.18 / 0.1)
    hint = "What is the mean of the two v, and β of the second? Then use the formula for discrete steps."
    return close("answer", answer, float(2 * beta**2 / (1 + beta)), hint)
