"""Exercises of the page on two scales and chaos."""

from collections.abc import Callable

import numpy as np

from d2l_ext import theory
from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number


def multiscale_temperature(answer: float) -> str:
    """T for the ripples sin u + sin(3u)/3 at a learning rate of 0.05."""
    u = 2 * np.pi * np.arange(720) / 720
    noise = np.var(np.cos(u) + np.cos(3 * u))
    hint = (
        "The slope of the ripples is the sum of two cosines. What is the variance of that sum over a period?"
    )
    return close("answer", answer, theory.gibbs_temperature(0.05, float(noise)), hint)


def multiscale_kurtosis(answer: float) -> str:
    """Excess kurtosis at η = 0.5 on x²/2 if the slope of the ripples is 1 or -1, each half of the time."""
    hint = "Such a slope has excess kurtosis -2, not -3/2. Or: what does a sum of ±1/2, ±1/4, ... look like?"
    return close("answer", answer, theory.stationary_kurtosis(0.5, -2.0), hint)


def multiscale_trap(candidate: Callable) -> str:
    """A function of (lr, epsilon): the smallest |x| where a minimum of x²/2 + ε sin(x/ε) can hold descent."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of (lr, epsilon), got {candidate!r}")
    for lr, epsilon in ((0.1, 0.01), (0.1, 0.02), (0.2, 0.01), (0.5, 0.1)):
        found = number(f"candidate({lr:g}, {epsilon:g})", candidate(lr, epsilon))
        # Over all phases: minima have slope 0 and positive curvature, and hold if that is below 2/lr.
        u = np.linspace(0, 2 * np.pi, 400_001)
        curvature = 1 - np.sin(u) / epsilon
        least = np.abs(np.cos(u))[(curvature > 0) & (curvature < 2 / lr)].min()
        if not abs(found - least) < 1e-3:
            raise NotYet(
                f"At η = {lr:g}, ε = {epsilon:g} you have |x| = {found:.5g}, but traps begin "
                f"{'further out' if found < least else 'nearer'}. Which two conditions hold at a trap?"
            )
    return "Right: it is where traps begin, for four pairs of η and ε."


def multiscale_waiting(answer: float) -> str:
    """How many times more steps Kramers asks for at η = 0.1 than at 0.2, with a barrier of 0.2019."""
    long, short = (theory.kramers_steps(lr, theory.gibbs_temperature(lr), 0.2019, 1, 1) for lr in (0.1, 0.2))
    hint = "T is η/4. Which two places of the formula does the learning rate stand in?"
    return close("answer", answer, long / short, hint)
