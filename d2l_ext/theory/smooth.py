r"""What smoothness promises about gradient descent, and what it does where there is no promise.

References:
    [1] Nesterov, Lectures on Convex Optimization, 2nd edition, 2018. doi:10.1007/978-3-319-91578-4
    [2] Strogatz, Nonlinear Dynamics and Chaos, 2nd edition, 2015.
"""

from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.theory.door import checked


def quadratic_bound(y: Any, x: Any, value: Any, slope: Any, L: Any) -> Any:
    r"""The parabola over an L-smooth function that touches it at x [1].

    .. math:: f(y) \le f(x) + f'(x)(y-x) + \tfrac L2(y-x)^2

    Args:
        y: Where to look.
        x: Where the parabola touches.
        value: f(x).
        slope: f'(x).
        L: Smoothness constant.

    Example:
        >>> quadratic_bound(0.5, 2.0, 4.0, 4.0, 2.0)  # of x²: the function itself
        0.25
    """
    return value + slope * (y - x) + 0.5 * L * (y - x) ** 2


def descent_share(lr: Any, L: Any) -> Any:
    r"""The decrease that a step surely makes, per squared gradient: :math:`\eta(1-\tfrac{L\eta}2)` [1].

    .. math:: f(x_{k+1}) \le f(x_k) - \eta\left(1-\tfrac{L\eta}2\right)\lVert\nabla f(x_k)\rVert^2

    It is positive for :math:`0<\eta<2/L`, and largest at 1/L.

    Raises:
        ValueError: Unless ``L > 0``.

    Example:
        >>> [descent_share(lr, 2.0) for lr in (0.0, 0.25, 0.5, 1.0)]
        [0.0, 0.1875, 0.25, 0.0]
    """
    return lr * (1 - 0.5 * checked("L", L, "> 0", lambda v: v > 0) * lr)


def gradient_bound(gap: Any, steps: Any, lr: Any, L: Any) -> Any:
    r"""What the smallest squared gradient of the first `steps` iterates cannot exceed [1].

    .. math:: \min_{k<N}\lVert\nabla f(x_k)\rVert^2
        \le \frac{f(x_0)-\inf f}{N\,\eta\,(1-L\eta/2)}

    Args:
        gap: f(x₀) less the infimum of f.
        steps: N, at least 1.
        lr: η, between 0 and 2/L.
        L: Smoothness constant.

    Raises:
        ValueError: Unless ``0 < lr < 2/L`` and ``steps >= 1``.

    Example:
        >>> gradient_bound(2.0, 10, 0.5, 2.0)
        0.8
    """
    steps = checked("steps", steps, ">= 1", lambda v: v >= 1)
    share = checked("lr * (1 - L * lr / 2)", descent_share(lr, L), "> 0", lambda v: v > 0)
    return gap / (steps * share)


def log_cosh_cycle(lr: Any) -> Any:
    r"""The x > 0 between which and -x gradient descent on :math:`\log\cosh x` jumps; 0 up to lr = 2.

    .. math:: 2x = \eta\tanh x

    For numbers and arrays. Newton's method from η/2, which lies beyond the root: tanh is concave there, so it
    comes down to the root and never passes it.

    Raises:
        ValueError: Unless ``lr >= 0``.

    Example:
        >>> x = log_cosh_cycle(3.0)
        >>> round(x, 6), bool(np.isclose(x - 3 * np.tanh(x), -x))
        (1.287839, True)
    """
    lr = np.asarray(checked("lr", lr, ">= 0", lambda v: v >= 0), dtype=float)
    with np.errstate(all="ignore"):
        x = lr / 2
        for _ in range(100):
            t = np.tanh(x)
            x = x - (lr * t - 2 * x) / (lr * (1 - t * t) - 2)
    x = np.where(lr > 2, x, 0.0)
    return x if x.ndim else x.item()


def quartic_escape(lr: Any) -> Any:
    r"""The distance from 0 beyond which gradient descent on :math:`\tfrac14x^4+\tfrac12x^2` runs away.

    .. math:: x^2 = \frac2\eta - 1

    From :math:`|x_0|` below a run converges to 0, from beyond it diverges, and exactly there it jumps between
    x and -x for ever.

    Raises:
        ValueError: Unless ``0 < lr < 2``.

    Example:
        >>> from d2l_ext import objectives, rules, simulate
        >>> quartic_escape(0.4).item()
        2.0
        >>> float(simulate(objectives.quartic, rules.gd, 1.999, steps=2000, lr=0.4).loss[-1])
        0.0
    """
    lr = checked("lr", lr, "in (0, 2)", lambda v: (v > 0) & (v < 2))
    return ops.sqrt(2 / lr - 1)
