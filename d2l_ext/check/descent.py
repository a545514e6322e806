"""Exercises of the page on gradient descent and its learning rate."""

from collections.abc import Callable
from math import tanh

from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number
from d2l_ext.simulation import simulate
from d2l_ext.theory import gradient_bound


def descent_largest_lr(answer: float) -> str:
    """2/L of log(1 + exp(-3x))."""
    hint = "What is the largest second derivative? The inner slope of 3 counts twice."
    return close("answer", answer, 8 / 9, hint)


def descent_steps(answer: float) -> str:
    """Steps until a squared gradient of at most 1e-6 is sure: gap 2, L = 5, lr = 1/5."""
    # The bound falls like 1/N, so that of one step, divided by the goal, is N.
    hint = "Put η = 1/L into the second inequality, and mind that it bounds the squared length."
    return close("answer", answer, gradient_bound(2.0, 1, 0.2, 5.0) / 1e-6, hint)


def descent_cycle(answer: float) -> str:
    """The learning rate at which gradient descent on log cosh jumps between 2 and -2."""
    hint = "A step from 2 must end at -2. How long is it, and what is the slope there?"
    return close("answer", answer, 4 / tanh(2), hint)


def descent_fourth_power(candidate: Callable) -> str:
    """A function from x₀ > 0 to the learning rate above which gradient descent on x⁴/4 diverges."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of x₀, got {candidate!r}")
    for start in (0.5, 1.0, 2.0, 3.0):
        limit = number(f"candidate({start:g})", candidate(start))
        if limit <= 0:
            raise NotYet(f"From x₀ = {start:g} you have {limit:.6g}. A learning rate is positive.")
        for share, expected in ((0.99, False), (1.01, True)):
            run = simulate(lambda x: x**4 / 4, "gd", start, steps=400, lr=share * limit)
            diverges = not abs(run.theta[-1, 0]) <= start
            if diverges != expected:
                found = "diverges" if diverges else "does not diverge"
                raise NotYet(
                    f"From x₀ = {start:g} you have {limit:.6g}, but with {share:.0%} of it the run {found}. "
                    "By what factor does a step multiply x?"
                )
    return "Right: 1 % less stays and 1 % more diverges, from four starts."
