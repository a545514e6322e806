"""Exercises of the page on Adai."""

from collections.abc import Callable
from typing import Any

import numpy as np

from d2l_ext.check.answers import NotYet, close


def adai_groups(answer: float) -> str:
    """β₁ of the third of three groups of equal size with gradients 1, 2 and 3."""
    hint = "The mean is over all groups. What is it for the squares of 1, 2 and 3?"
    return close("answer", answer, 1 - 0.1 * 9 / (14 / 3), hint)


def adai_share(answer: float) -> str:
    """The largest share of coordinates that can be without inertia at β₀ = 0.1."""
    hint = "Each of them has at least ten times the mean. How many can there be without raising the mean?"
    return close("answer", answer, 0.1, hint)


def adai_clamped(answer: tuple[float, float]) -> str:
    """β₁ for gradients c and 3c of a program that clamps the mean, and from which c on it is Adai."""
    try:
        inertia, least = answer
    except (TypeError, ValueError):
        raise TypeError(f"answer must be a pair of numbers, got {answer!r}") from None
    close(
        "inertia", inertia, 0.91, "At c = 0.01 the mean is 0.0005, below the clamp. Put in the clamp instead."
    )
    close("c", least, (1e-3 / 5) ** 0.5, "When is the mean of c² and 9c² as large as the clamp?")
    return "Right: 0.91, and c ≥ 0.01414."


def adai_first_step(candidate: Callable[..., Any]) -> str:
    """A function ``(g, lr, dampening)`` that returns the first step of AdaiV2 where nothing is clipped."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of g, lr and dampening, got {candidate!r}")
    g = np.array([1.0, -0.5, 2.0, 0.25])
    for dampening in (1.0, 0.5, 0.0):
        truth = -0.3 * g * (g**2 / np.mean(g**2)) ** ((dampening - 1) / (3 - 2 * dampening))
        found = np.asarray(candidate(g, 0.3, dampening), dtype=float)
        if found.shape != g.shape:
            raise NotYet(f"The step must have the shape of g, {g.shape}; yours has {found.shape}.")
        if np.abs(found - truth).max() > 1e-9:
            raise NotYet(
                f"At dampening {dampening:g} the step is another. It is -η β₀^(1-δ) m/(1 - β₁) with "
                "m = (1 - β₁)^δ g. Put in 1 - β₁ = β₀ (v̂/v̄)^(1/(3 - 2δ)); β₀ must cancel."
            )
    return "Right, at dampening 1, 0.5 and 0."
