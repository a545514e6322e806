"""Exercises of the page on momentum and quadratics."""

from collections.abc import Callable
from math import log

import numpy as np

from d2l_ext import objectives, rules, theory
from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number, whole
from d2l_ext.simulation import simulate


def quadratics_largest_lr(answer: float) -> str:
    """The learning rate at which momentum 0.9 stops to converge on curvatures from 0.5 to 10."""
    hint = "Which of the two ends reaches the limit first, and where on the map is the limit for β = 0.9?"
    return close("answer", answer, theory.stability_limit(0.9) / 10, hint)


def quadratics_alternates(answer: float) -> str:
    """An ηλ at which momentum 0.5 changes side on every step and yet converges."""
    z = number("answer", answer)
    if z < 0:
        raise NotYet(f"You have {z:g}. A learning rate and a curvature are positive here.")
    steps = 400
    x = simulate(objectives.parabola, rules.momentum, 1.0, steps=steps, lr=z, momentum=0.5).theta[:, 0]
    changes = int((x[1 : steps // 4] * x[: steps // 4 - 1] < 0).sum())
    if changes < steps // 4 - 1:
        raise NotYet(f"At ηλ = {z:g} it changes side at {changes} of the first {steps // 4 - 1} steps only.")
    if not abs(x[-1]) < abs(x[steps // 2]):
        raise NotYet(f"At ηλ = {z:g} it does change side on every step, but it does not come closer.")
    return f"Right: at ηλ = {z:g} the run changes side {changes} times in {changes} steps and shrinks."


def quadratics_best_momentum(candidate: Callable) -> str:
    """A function from ηλ in (0, 4) to the β that converges fastest."""
    if not callable(candidate):
        raise TypeError(f"candidate must be a function of ηλ, got {candidate!r}")
    betas = np.linspace(0, 0.9999, 20_001)
    for z in (0.01, 0.09, 0.5, 1.0, 2.25, 3.61):
        beta = number(f"candidate({z:g})", candidate(z))
        if not 0 <= beta < 1:
            raise NotYet(f"At ηλ = {z:g} you have β = {beta:.6g}; momentum lies in [0, 1).")
        best = theory.spectral_radius(z, betas).min()
        found = theory.spectral_radius(z, beta)
        if found > best + 1e-3:
            raise NotYet(
                f"At ηλ = {z:g} you have β = {beta:.6g} with ρ = {found:.4f}; another β has {best:.4f}. "
                "Where is the best on a vertical line of the map?"
            )
    return "Right: no other β is better, at six places from 0.01 to 3.61."


def quadratics_steps_per_digit(answer: float) -> str:
    """The least number of steps a decimal digit takes at β = 0.95, whatever the learning rate."""
    hint = "What does the product of the two eigenvalues say about the larger one?"
    return close("answer", answer, 2 * log(0.1) / log(0.95), hint)


def quadratics_first_peak(answer: int) -> str:
    """The step at which the run with β = 0.9025, ηλ = 3.8025 from rest is farthest from the minimum."""
    step = whole("answer", answer)
    x = simulate(objectives.parabola, rules.momentum, 1.0, steps=100, lr=3.8025, momentum=0.9025).theta[:, 0]
    peak = int(np.abs(x).argmax())
    if step != peak:
        raise NotYet(f"You have step {step}. Which μ is there twice, and when does the next step add less?")
    return f"Right: step {peak}, at a distance of {abs(x[peak]):.4g}."
