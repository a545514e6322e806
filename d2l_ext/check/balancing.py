"""Exercises of the page on balancing."""

from collections.abc import Callable

import numpy as np

from d2l_ext import objectives, rules, theory
from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number
from d2l_ext.simulation import simulate


def balancing_room(answer: float) -> str:
    """The largest imbalance of a stable minimum, for μ = 2 and η = 0.1."""
    _, imbalance, _ = theory.factorization_stable(0.1, 2.0)
    hint = "Stable means x² + y² ≤ 2/η. What is x² + y² in terms of |x - y| at a minimum?"
    return close("answer", answer, float(imbalance), hint)


def balancing_rate(answer: float) -> str:
    """The smallest learning rate that forces an imbalance of at most 1, for μ = 1."""
    lr = number("answer", answer)
    if lr <= 0:
        raise NotYet(f"You have {lr:g}. A learning rate is positive.")
    hint = "Which η makes 2/η - 2μ equal to the square of the imbalance?"
    return close("answer", lr, 2 / 3, hint)


def balancing_flow(answer: float) -> str:
    """The sharpness of the minimum where gradient flow from (2, 1) ends, for μ = 1."""
    x, y = theory.factorization_flow(2.0, 1.0)
    hint = "At the end x² - y² is what it was at the start, and xy = 1."
    return close("answer", answer, float(x**2 + y**2), hint)


def balancing_factor(candidate: Callable) -> str:
    """What one step multiplies x² - y² by: ``candidate(x, y, lr, product)``."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of x, y, lr, product, got {candidate!r}")
    for x, y, lr, product in np.random.default_rng(0).uniform((1, -2, 0.1, 0.5), (3, 0.9, 1, 2), (20, 4)):
        f = objectives.scalar_factorization.at(product=product)
        before, after = simulate(f, rules.gd, (x, y), steps=1, lr=lr).theta
        true = float((after[0] ** 2 - after[1] ** 2) / (before[0] ** 2 - before[1] ** 2))
        found = number("candidate(...)", candidate(float(x), float(y), float(lr), float(product)))
        if not np.isclose(found, true, rtol=1e-6, atol=1e-9):
            raise NotYet(
                f"From ({x:.3g}, {y:.3g}) with η = {lr:.3g}, μ = {product:.3g} you have {found:.6g}, "
                f"but the step multiplies by {true:.6g}. Square x + ηry and y + ηrx: which terms cancel?"
            )
    return "Right: 20 random steps agree."


def balancing_matrix(answer: float) -> str:
    """The learning rate above which no factorisation of a matrix with σ₁ = 5 is stable."""
    hint = "How sharp is the flattest minimum, and which of the singular values decides?"
    return close("answer", answer, 2 / (2 * 5), hint)
