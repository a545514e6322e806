"""Exercises of the page on the best learning rate and momentum."""

from math import log
from typing import Any

import numpy as np

from d2l_ext import theory
from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number


def optimal_tenfold(answer: float) -> str:
    """The κ at which ρ of the best heavy ball is the tenth power of that of the best gradient descent."""
    answer = number("answer", answer)
    if answer <= 1:
        raise NotYet(f"You have {answer:.6g}, but κ is more than 1.")
    ratio = log(theory.heavy_ball_rate(answer)) / log(theory.gd_rate(answer))
    if not np.isclose(ratio, 10, rtol=1e-3):
        raise NotYet(
            f"At κ = {answer:.6g} a step of the heavy ball is worth {ratio:.4g} of gradient descent."
        )
    return f"Right: at κ = {answer:.6g} the ratio is {ratio:.4g}."


def optimal_momentum(answer: float) -> str:
    """The best momentum for κ = 10⁴."""
    hint = "Both ends of the spectrum must be critical: β is the square of (√κ - 1)/(√κ + 1)."
    return close("answer", answer, theory.optimal_heavy_ball(1.0, 1e4).momentum, hint)


def optimal_rise(answer: float) -> str:
    """How far the best heavy ball's error rises before it falls, at κ = 10⁴."""
    rate, steps = theory.heavy_ball_rate(1e4), np.arange(1000)
    hint = "In the steep direction the error after t steps is (1 + (1 + ρ)t)ρᵗ in size. When is that largest?"
    return close("answer", answer, float(((1 + (1 + rate) * steps) * rate**steps).max()), hint)


def optimal_cautious(answer: float) -> str:
    """The best momentum at lr = 1/L, for κ = 100."""
    hint = "The steep direction has ηλ = 1. Which β makes the flat one, ηλ = 1/κ, critical?"
    return close("answer", answer, theory.best_momentum(0.01), hint)


def optimal_cycle(answer: Any) -> str:
    """The three points between which the heavy ball goes round on the piecewise quadratic."""
    given = np.atleast_1d(np.asarray(answer, dtype=object)).ravel()
    points = sorted(number(f"answer.{i}", value) for i, value in enumerate(given))
    if len(points) != 3:
        raise NotYet(f"The cycle has three points, you have {len(points)}.")
    if not np.allclose(points, [-2208 / 1225, 792 / 1225, 2592 / 1225], rtol=1e-3):
        found = ", ".join(f"{point:.6g}" for point in points)
        raise NotYet(
            f"You have {found}. Two of the points lie left of 1, one right of 2. "
            "Each follows from the two before it, and after three steps all is as it was."
        )
    return "Right: -2208/1225, 792/1225, 2592/1225."
