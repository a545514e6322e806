"""Exercises of the page on Adam."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from d2l_ext import objectives, rules, theory
from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number
from d2l_ext.simulation import simulate


def adam_beta2(answer: float) -> str:
    """The β₂ at which, for β₁ = 0.9, the first step is right without correction."""
    hint = "After one gradient g, what are m and the root of v? Their ratio should be 1."
    return close("answer", answer, 0.99, hint)


def adam_batch(answer: float) -> str:
    """How many times longer Adam's mean step is when 16 times the batch takes s from 0.1 to 0.4."""
    factor = theory.adam_mean_step(0.4) / theory.adam_mean_step(0.1)
    return close(
        "answer", answer, factor, "What becomes of s when the noise is a quarter? Not all of it arrives."
    )


def adam_longest(gradients: Sequence[float]) -> str:
    """Gradients of one coordinate whose last step, at the default betas, is longer than 7 η."""
    g = np.asarray(gradients, dtype=float)
    if g.ndim != 1 or not len(g) or not np.isfinite(g).all():
        raise TypeError("gradients must be a sequence of finite numbers")
    theta, state = np.zeros(1), rules.adam.initial_state(np.zeros(1))
    for each in g:
        before = theta
        theta, state = rules.adam(theta, each, state, lr=1.0)
    last = float(abs(theta - before)[0])
    if last <= 7:
        raise NotYet(f"Your last step is {last:.4g} η. First let v forget, then let the gradients grow.")
    return f"Right: the last of your {len(g)} steps is {last:.4g} η."


def adam_invariant(rule: Any) -> str:
    """A rule that, like Adam, does not see the scale of f, but takes turned steps in a turned valley."""
    start, how = (-5.0, -2.0), {"steps": 60, "lr": 0.1}
    straight = simulate(objectives.ravine, rule, start, **how)
    for angle in (20.0, 45.0):
        f = objectives.ravine.at(angle=angle)
        turned = simulate(f, rule, theory.turned(*start, angle), **how).loss
        off = float(np.abs(turned - straight.loss).max())
        if not off < 1e-6:
            raise NotYet(f"In a valley turned by {angle:g} degrees the losses differ by up to {off:.3g}.")
    larger = simulate(lambda x, y: 1000 * objectives.ravine(x, y), rule, start, **how).theta
    off = float(np.abs(larger - straight.theta).max())
    if not off < 1e-4:
        raise NotYet(f"On 1000 f the path is another one: it differs by up to {off:.3g}.")
    if not number("loss", straight.loss[-1]) < straight.loss[0] / 2:
        raise NotYet(f"It turns with the valley, but in 60 steps the loss is still {straight.loss[-1]:.3g}.")
    return "Right: the same path on f and on 1000 f, and a turned path in a turned valley."


def adam_second_step(answer: float) -> str:
    """Root mean square of the second step under pure noise in units of η, for β₁ = 0.9 and β₂ near 1."""
    hint = "Which share of g₁² + g₂² has each of the two on average, and with which weights are they in m?"
    return close("answer", answer, theory.adam_noise_step(2, 0.9), hint)
