"""Exercises of the page on the L2 penalty and weight decay."""

from collections.abc import Callable
from math import log

from d2l_ext import theory
from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number


def weight_decay_translate(answer: float) -> str:
    """PyTorch's weight_decay of AdamW for a decay of 2e-5 a step at the learning rate 4e-4."""
    hint = "AdamW multiplies your number by the learning rate. What must come out?"
    return close("answer", answer, 2e-5 / 4e-4, hint)


def weight_decay_half_life(answer: float) -> str:
    """Steps after which half of an idle weight is left under AdamW with PyTorch's defaults."""
    hint = "Which share of the weight is left after one step, and after t of them?"
    return close("answer", answer, log(0.5) / log(theory.decay_left(1, 1e-3, 0.01)), hint)


def weight_decay_heavy_ball(answer: float) -> str:
    """The decoupled decay with which heavy ball at 0.9 rests where an L2 penalty of 5e-4 puts it."""
    hint = "Write down what is zero at rest, once with each. By which factor does v exceed g there?"
    return close("answer", answer, 5e-4 / theory.heavy_ball_penalty(1, 0.9), hint)


def weight_decay_spring(candidate: Callable) -> str:
    """A function from β to the ηλ above which an L2 penalty through averaged momentum passes zero."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of β, got {candidate!r}")
    for beta in (0.0, 0.25, 0.5, 0.9, 0.99):
        found = number(f"candidate({beta:g})", candidate(beta))
        truth = theory.critical(beta)[0] / (1 - beta)
        if abs(found - truth) > 1e-3 * truth:
            raise NotYet(
                f"At β = {beta:g} you have {found:.6g}. Written as heavy ball, which learning rate and which "
                "curvature does this spring have, and where does it become under-damped?"
            )
    return "Right, at five values of β from 0 to 0.99."
