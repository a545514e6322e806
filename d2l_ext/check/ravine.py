"""Exercises of the page on the ravine."""

from d2l_ext import theory
from d2l_ext.check.answers import close


def ravine_best_lr(answer: float) -> str:
    """The learning rate at which gradient descent shrinks the ravine with κ = 100 fastest."""
    steep, flat = 4.0, 4.0 / 100
    hint = "At the best rate both coordinates shrink equally fast, one of them with changing sign."
    return close("answer", answer, theory.optimal_gd(flat, steep).lr, hint)


def ravine_smallest_momentum(answer: float) -> str:
    """The momentum above which the ravine converges at lr = 0.9."""
    hint = "The steep direction has ηλ = 3.6, and the condition is ηλ < 2 + 2β."
    return close("answer", answer, 0.9 * 4 / 2 - 1, hint)
