"""Answers to the book's exercises, checked in the reader's own session.

A right answer is confirmed; a wrong one raises `NotYet`, whose message says what was found and where to look
again, without giving the answer away.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from d2l_ext import objectives, rules
from d2l_ext.params import number
from d2l_ext.simulation import simulate


class NotYet(AssertionError):
    """An answer that is not right yet."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows this instead of a traceback: the message is all a reader needs.
        return [f"Not yet. {self}"]


def _close(name: str, answer: Any, truth: float, hint: str) -> str:
    answer = number(name, answer)
    if not np.isclose(answer, truth, rtol=1e-3):
        raise NotYet(f"You have {answer:.6g}. {hint}")
    return f"Right: {truth:.6g}."


def ravine_best_lr(answer: float) -> str:
    """The learning rate at which gradient descent shrinks the ravine with κ = 100 fastest."""
    steep, flat = 4.0, 4.0 / 100
    hint = "At the best rate both coordinates shrink equally fast, one of them with changing sign."
    return _close("answer", answer, 2 / (steep + flat), hint)


def ravine_smallest_momentum(answer: float) -> str:
    """The momentum above which the ravine converges at lr = 0.9."""
    hint = "The steep direction has ηλ = 3.6, and the condition is ηλ < 2 + 2β."
    return _close("answer", answer, 0.9 * 4 / 2 - 1, hint)


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
