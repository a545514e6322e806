"""Exercises of the page on the ravine."""

from collections.abc import Callable

import numpy as np

from d2l_ext import objectives, rules, theory
from d2l_ext.check.answers import NotYet, close
from d2l_ext.simulation import simulate


def ravine_best_lr(answer: float) -> str:
    """The learning rate at which gradient descent shrinks the ravine with κ = 100 fastest."""
    steep, flat = 4.0, 4.0 / 100
    hint = "At the best rate both coordinates shrink equally fast, one of them with changing sign."
    return close("answer", answer, theory.optimal_gd(flat, steep).lr, hint)


def ravine_smallest_momentum(answer: float) -> str:
    """The momentum above which the ravine converges at lr = 0.9."""
    hint = "The steep direction has ηλ = 3.6, and the condition is ηλ < 2 + 2β."
    return close("answer", answer, 0.9 * 4 / 2 - 1, hint)


def ravine_averaged(candidate: Callable) -> str:
    """Momentum in averaging form, as a `Rule` with slot ``v``, hyperparameters ``lr`` and ``momentum``."""
    rule = rules.as_rule(candidate)
    heavy = simulate(objectives.ravine, rules.momentum, steps=50, lr=0.1, momentum=0.75)
    averaged = simulate(objectives.ravine, rule, steps=50, lr=0.4, momentum=0.75)
    off = float(np.abs(heavy.theta - averaged.theta).max())
    if not off < 1e-9:
        raise NotYet(
            f"At lr = 0.4 it should repeat heavy ball at lr = 0.1 (β = 0.75), but they part by {off:.3g}. "
            "What does v tend to when every gradient is the same?"
        )
    return f"Right: 50 steps agree to {off:.1g}."
