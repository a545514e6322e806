"""Exercises of the page on real data."""

from collections.abc import Callable
from typing import Any

import numpy as np

from d2l_ext import theory
from d2l_ext.check.answers import NotYet, close


def airfoil_partner_lr(answer: float) -> str:
    """The learning rate that has at β = 0.9 the effective rate of lr = 0.02 at β = 0.2."""
    hint = "The effective rate is η / (1 - β). Which one has (0.02, 0.2)?"
    return close("answer", answer, theory.effective_lr(0.02, 0.2) * (1 - 0.9), hint)


def airfoil_momentum(step: Callable) -> str:
    """One step of momentum on several curvatures, ``(x, v, lambdas, eta, beta) -> (x, v)``."""
    lambdas, eta, beta = 2.0 ** -np.arange(5), 0.1, 0.9
    x, v, state = np.ones(5), np.zeros(5), np.stack([np.zeros(5), np.ones(5)], -1)  # (v, x) by direction
    matrices = theory.momentum_matrix(eta, beta, lambdas)
    for k in range(1, 11):
        x, v = _pair(step(x.copy(), v.copy(), lambdas.copy(), eta, beta))
        state = (matrices @ state[..., None])[..., 0]
        off = float(np.abs(x - state[:, 1]).max())
        if not off < 1e-9:
            where = ", ".join(f"{c:.4g}" for c in x)
            raise NotYet(
                f"After step {k}, x is ({where}), off by {off:.3g}. "
                "A step with η = 0.1 should move x by a tenth of v. What is left of the old x in yours?"
            )
    return "Right: ten steps on five curvatures agree."


def airfoil_minimizer(minimizer: Callable) -> str:
    """The minimizer of ½ xᵀQx + cᵀx + b, as a function of ``Q`` and ``c``."""
    rng = np.random.default_rng(0)
    for d in (1, 2, 5):
        M, c = rng.standard_normal((d, d)), rng.standard_normal(d)
        Q = M @ M.T + np.eye(d)
        try:
            x = np.asarray(minimizer(Q.copy(), c.copy()), dtype=float)
        except (TypeError, ValueError) as error:
            raise NotYet(f"It should take Q and c and return x, but: {error}.") from None
        if x.shape != (d,):
            raise NotYet(f"For c of shape ({d},) it should return that shape, but gives {x.shape}.")
        slope = float(np.abs(Q @ x + c).max())
        if not slope < 1e-9:
            raise NotYet(f"At your x the gradient Qx + c is not zero, its largest entry is {slope:.3g}.")
    return "Right: the gradient vanishes there, in 1, 2 and 5 dimensions."


def airfoil_floor_factor(answer: float) -> str:
    """The factor by which β = 0.4 raises the noise floor at the same learning rate, for small steps."""
    hint = "The floor goes with the effective rate. How many gradients does v add up at β = 0.4?"
    return close("answer", answer, theory.leaky_sum(0.4), hint)


def airfoil_seeds(answer: float) -> str:
    """Seeds a setting that show a difference of 0.001 at three standard errors, if each has sd 0.002."""
    hint = "Both averages are uncertain: their variances add up."
    return close("answer", answer, 9 * (0.002**2 + 0.002**2) / 0.001**2, hint)


def _pair(result: Any) -> tuple[np.ndarray, np.ndarray]:
    """x and v of a reader's step."""
    try:
        x, v = (np.asarray(each, dtype=float) for each in result)
    except (TypeError, ValueError):
        raise NotYet(f"A step should return (x, v), but yours returns {result!r}.") from None
    if x.shape != (5,) or v.shape != (5,):
        raise NotYet(f"x and v should keep the shape (5,), but yours are {x.shape} and {v.shape}.")
    return x, v
