"""Exercises of the page on the leaky average."""

from collections.abc import Callable

import numpy as np

from d2l_ext import theory
from d2l_ext.check.answers import NotYet, close


def leaky_average_lr(answer: float) -> str:
    """The learning rate that keeps lr = 0.02, momentum = 0.95 effectively, at a half-life of 50 steps."""
    hint = "The half-life fixes β; take it to five digits. Then η/(1 - β) should be what it was."
    return close("answer", answer, (1 - 0.5 ** (1 / 50)) * theory.effective_lr(0.02, 0.95), hint)


def leaky_average_noise(answer: float) -> str:
    """The momentum whose average has a tenth of the standard deviation of one gradient."""
    hint = "A tenth of the standard deviation is a hundredth of the variance."
    return close("answer", answer, 99 / 101, hint)


def leaky_average_dampening(answer: float) -> str:
    """Weight of the first gradient in PyTorch's tenth velocity, with momentum = dampening = 0.9."""
    hint = "PyTorch takes the first gradient as it is; every step after that multiplies it by 0.9."
    return close("answer", answer, 0.9**9, hint)


def leaky_average_corrected(candidate: Callable) -> str:
    """One step of the corrected average: ``candidate(mean, g, t, beta)``, with t counted from 1."""
    gradients, beta, mean = np.cos(np.arange(40.0)), 0.8, 0.0
    steps = np.arange(1, len(gradients) + 1)
    averages = theory.leaky_filter(gradients, beta) / theory.leaky_sum(beta)
    for t, g, wanted in zip(steps, gradients, averages / theory.leaky_share(steps, beta), strict=True):
        try:
            mean = float(candidate(mean, g, int(t), beta))
        except TypeError as error:
            raise NotYet(
                f"It should take (mean, g, t, beta) and return the new mean, but: {error}."
            ) from None
        if not np.isclose(mean, wanted, rtol=1e-9, atol=1e-12):
            raise NotYet(
                f"At step {t} it gives {mean:.6g}. With β = 0.8 the weights of the first two gradients "
                "in the second mean are 0.444 and 0.556: do yours add up to 1 at every step?"
            )
    return "Right: 40 steps agree."
