"""Exercises of the page on the flows behind gradient descent."""

from collections.abc import Callable

import numpy as np

from d2l_ext import theory
from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number, whole


def modified_equation_loss(candidate: Callable) -> str:
    """The modified loss of x⁴/4: ``candidate(x, lr)``."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of x and lr, got {candidate!r}")
    for x, lr in ((0.5, 0.1), (1.0, 0.2), (-1.5, 0.05)):
        found = number(f"candidate({x:g}, {lr:g})", candidate(x, lr))
        if not np.isclose(found, x**4 / 4 + lr / 4 * x**6, rtol=1e-9):
            raise NotYet(
                f"At x = {x:g} with lr = {lr:g} you have {found:.6g}. "
                "What is the gradient of x⁴/4, and what is its square?"
            )
    return "Right, at three places."


def modified_equation_order(answer: int) -> str:
    """The first order that leaves less than 0.202 after one step at ηλ = 0.8."""
    order = whole("answer", answer)
    first = next(n for n in range(100) if theory.flow_factor(0.8, n) < 0.202)
    if order != first:
        left = theory.flow_factor(0.8, min(order, 10_000))
        said = "but is not the first that is close enough" if order > first else "which is too much"
        raise NotYet(f"Order {order} leaves {left:.4f}, {said}.")
    return f"Right: order {first} leaves {theory.flow_factor(0.8, first):.4f}."


def modified_equation_third(answer: float) -> str:
    """F₃ at x = 0 for f = exp(x)."""
    hint = "At 0 every derivative of exp is 1. Which numbers stand before the products in F₃?"
    return close("answer", answer, -5 / 12, hint)


def modified_equation_velocity(candidate: Callable) -> str:
    """The velocity at the first of four iterates: ``candidate(x0, x1, x2, x3, lr)``, to O(η³)."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of x0, x1, x2, x3, lr, got {candidate!r}")
    errors = []
    for lr in (0.02, 0.01):
        # On a parabola of curvature 1 the velocity is known: the exact rate times the distance.
        iterates = (1 - lr) ** np.arange(4)
        found = number("candidate(...)", candidate(*iterates.tolist(), lr))
        errors.append(abs(found + theory.exact_flow_rate(lr)))
    if errors[0] > 1e-5 or errors[1] > errors[0] / 7:
        raise NotYet(
            f"On ½x² from x = 1 you are off by {errors[0]:.2g} at lr = 0.02 and {errors[1]:.2g} at 0.01. "
            "An error of O(η³) would fall to an eighth."
        )
    return f"Right: the error falls from {errors[0]:.2g} to {errors[1]:.2g} when lr is halved."
