"""Exercises of the page on AMSGrad."""

from collections.abc import Callable

import numpy as np

from d2l_ext import theory
from d2l_ext.check.answers import NotYet, close


def amsgrad_drift(candidate: Callable) -> str:
    """What a cycle of three moves Adam in the long run: ``candidate(big, beta2)``, in units of lr."""
    for big, beta2 in ((3.0, 0.1), (3.0, 0.6), (5.0, 0.0), (8.0, 0.3)):
        truth = float(theory.online_drift(big, 3, 0.0, beta2)[0])
        try:
            found = float(candidate(big, beta2))
        except TypeError as error:
            raise NotYet(f"It should take (big, beta2) and return a number, but: {error}.") from None
        if not np.isclose(found, truth, rtol=1e-6):
            raise NotYet(
                f"For C = {big:g}, β₂ = {beta2:g} it gives {found:.6g}. At C = 5, β₂ = 0 each v is the last "
                "squared gradient, and the three moves are -1, 1, 1: does yours give 1 there?"
            )
    return "Right: four places agree."


def amsgrad_border(answer: float) -> str:
    """The β₂ below which Adam goes to the worst point at C = 5, with β₁ = 0 and cycles of three."""
    hint = "It is where a cycle in the long run moves Adam nowhere; between β₂ = 0.2 and 0.3."
    return close("answer", answer, theory.online_border(5.0), hint)


def amsgrad_steps(answer: float) -> str:
    """Steps of AMSGrad from +1 to -1 at lr = 0.001, C = 3, β₂ = 0.1."""
    hint = "The way is 2. A cycle moves η(C - 2)/√v, with the largest v there is, and has three steps."
    return close("answer", answer, 6 / (-0.001 * float(theory.online_drift(3.0, 3, 0.0, 0.1)[1])), hint)


def amsgrad_growth(answer: float) -> str:
    """The most by which PyTorch's AMSGrad can raise an effective learning rate, with β₂ = 0.99."""
    hint = "While the largest v stays, only 1 - β₂^t changes: from its value at t = 1 to that of a long run."
    return close("answer", answer, 10.0, hint)
