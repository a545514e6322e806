"""Exercises of the page on experiments with Adai."""

from math import log, sqrt
from typing import Any

from d2l_ext.check.answers import NotYet, close
from d2l_ext.params import number, whole
from d2l_ext.theory import stability_limit


def experiments_limit(answer: float) -> str:
    """Largest learning rate for curvature 4 and inertia 0.5."""
    hint = "As heavy ball, averaged momentum has the learning rate η(1 - β₁). Where is heavy ball's limit?"
    return close("answer", answer, float(stability_limit(0.5)) / (1 - 0.5) / 4, hint)


def experiments_spread(answer: Any) -> str:
    """Rows where Adai or AdaiW has the smallest spread, and how far three runs may underrate theirs."""
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise TypeError(f"answer must be a pair (rows, factor), got {answer!r}")
    rows, factor = answer
    if whole("rows", rows) != 1:
        raise NotYet(f"You have {rows} rows. Row by row, which of the six numbers is smallest?")
    hint = "Where does χ² with 2 degrees of freedom have 2.5 % of its weight below it?"
    return close("factor", factor, sqrt(-1 / log(0.975)), hint)


def experiments_seeds(answer: int) -> str:
    """Seeds that show a difference of 0.27 with a standard deviation of 0.5."""
    answer = whole("answer", answer)
    if answer != 27:
        n = max(answer, 1)
        raise NotYet(
            f"With {answer} seeds the mean difference has standard deviation {0.5 / sqrt(n):.3f}. "
            "How many of these should 0.27 be, and what is the smallest number of seeds for that?"
        )
    return "Right: 27 seeds."


def experiments_cost(answer: float) -> str:
    """Operations of 90 epochs of ResNet50 on ImageNet."""
    hint = "Operations a multiplication, passes a step, images an epoch, epochs: what is their product?"
    truth = 6 * 4.1e9 * 1.28e6 * 90
    return close("answer in 1e18", number("answer", answer) / 1e18, truth / 1e18, hint)
