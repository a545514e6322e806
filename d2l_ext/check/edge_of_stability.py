"""Exercises of the page on the edge of stability."""

from math import acosh, exp, tanh

import numpy as np

from d2l_ext import theory
from d2l_ext.check.answers import close


def edge_of_stability_plateau(answer: float) -> str:
    """The sharpness around which gradient descent with lr 0.25 ends."""
    hint = "Up to which curvature is a step of this learning rate stable along a direction?"
    return close("answer", answer, theory.stability_limit(0) / 0.25, hint)


def edge_of_stability_momentum(answer: float) -> str:
    """The momentum with which a sharpness of 5.6 is the limit at lr 0.5."""
    line = theory.stability_limit(0.4) / 0.5
    hint = f"The line is at (2 + 2β)/η. With lr 0.5, which β puts it at {line:g}?"
    return close("answer", answer, 0.4, hint)


def edge_of_stability_valley(answer: float) -> str:
    """The curvature at which the rising valley with pull 0.1 settles at lr 0.5."""
    x = acosh(exp(0.1))
    hint = "First find the x with log cosh x = α. By how much is x / tanh x above 1?"
    return close("answer", answer, 2 / 0.5 * x / tanh(x), hint)


def edge_of_stability_preconditioned(answer: float) -> str:
    """The largest stable lr of preconditioned descent with P = diag(4, 1) on H = [[2, 1], [1, 3]]."""
    steepest = np.linalg.eigvalsh([[2 / 4, 1 / 2], [1 / 2, 3]])[-1]  # √P⁻¹ H √P⁻¹, similar to P⁻¹H
    hint = "Which matrix multiplies the error in a step, and what is its largest eigenvalue?"
    return close("answer", answer, 2 / float(steepest), hint)
