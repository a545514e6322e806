"""Exercises of the page on AdamW."""

from math import prod
from typing import Any

import numpy as np

from d2l_ext import rules
from d2l_ext.check.answers import NotYet, close
from d2l_ext.minibatch import half_cosine
from d2l_ext.params import number
from d2l_ext.simulation import simulate


def adamw_translated(answer: float) -> str:
    """PyTorch's weight decay for a decay of 0.0005 per step at a learning rate of 0.002."""
    hint = "What does PyTorch multiply its weight_decay by, and what should come out?"
    return close("answer", answer, 0.25, hint)


def adamw_left(answer: float) -> str:
    """What 10 000 steps at η = 0.003, λ = 0.1 leave of a weight, under half a cosine."""
    hint = "Every step multiplies by 1 - s η λ. What is the mean of s over the run?"
    left = prod(1 - 0.003 * 0.1 * half_cosine(step / 10_000) for step in range(10_000))
    return close("answer", answer, left, hint)


def adamw_sheared(answer: float) -> str:
    """R² of rows plus columns for (b - a)² + a², with a and b from -2 to 2."""
    hint = "Multiply out: which terms depend on one of the two numbers alone?"
    return close("answer", answer, 14 / 30, hint)


def adamw_rescaled(answer: Any) -> str:
    """Learning rate and decay that repeat a run with (0.004, 0.5) from a start five times as large."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise TypeError(f"answer must be a pair (η, λ), got {answer!r}")
    lr, decay = number("η", answer[0]), number("λ", answer[1])

    def losses(size: float, lr: float, weight_decay: float) -> np.ndarray:
        hyper = {"lr": lr, "weight_decay": weight_decay, "eps": 0.0}
        return simulate(_angle, rules.adamw, (3 * size, size), steps=200, **hyper).loss

    wanted, found = losses(1, 0.004, 0.5), losses(5, lr, decay)
    off = np.abs(wanted - found)
    if not off.max() < 1e-6:
        at = int(np.argmax(~(off < 1e-6)))
        raise NotYet(
            f"With ({lr:g}, {decay:g}) the losses part at step {at}: {found[at]:.6f}, not {wanted[at]:.6f}. "
            "By what is each of the two numbers multiplied when the weights are?"
        )
    return "Right: the same losses for 200 steps."


def _angle(x: Any, y: Any) -> Any:
    """A loss that depends on the direction of (x, y) alone."""
    return (x + y) ** 2 / (x**2 + y**2)
