r"""Adam on the problem of the rare gradient: a large gradient C, then p - 1 times the gradient -1.

After many cycles the moments repeat: those of the j-th step of a cycle are the same in every cycle. Then
a cycle moves the iterate by a fixed multiple of the learning rate, the drift; its sign says where it goes.
The problem is that of Reddi, Kale & Kumar [1].

References:
    [1] Reddi, Kale & Kumar, On the convergence of Adam and beyond, ICLR 2018. arXiv:1904.09237
"""

from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.params import whole
from d2l_ext.theory.door import checked, fraction

# Where a border is looked for, from β₂ = 0 on, and how often the interval around it is halved.
LEVELS = 1 - np.geomspace(1, 1e-4, 193)
HALVINGS = 40


def online_first(place: Any, big: Any, period: Any, beta1: Any) -> Any:
    r"""First moment at the j = `place`-th step of a cycle, in the long run.

    .. math:: m_j = -1 + (C + 1)\,\frac{1-\beta_1}{1-\beta_1^p}\,\beta_1^j

    The large gradient arrives at j = 0.

    Raises:
        ValueError: Unless ``big >= 1``, ``period >= 2``, ``place >= 0`` and ``0 <= beta1 < 1``.

    Example:
        What a step makes of the moment before it:

        >>> m = [online_first(j, 3.0, 3, 0.5) for j in range(3)]
        >>> [round(0.5 * before + 0.5 * g - now, 12) for before, g, now in zip(m[-1:] + m, [3, -1, -1], m)]
        [0.0, 0.0, 0.0]
    """
    return -1 + (_big(big) + 1) * online_share(place, period, fraction("beta1", beta1))


def online_second(place: Any, big: Any, period: Any, beta2: Any) -> Any:
    r"""Second moment at the j = `place`-th step of a cycle, in the long run.

    .. math:: v_j = 1 + (C^2 - 1)\,\frac{1-\beta_2}{1-\beta_2^p}\,\beta_2^j

    It is largest at j = 0, and no v before the long run is larger than that: what AMSGrad ends up with.

    Raises:
        ValueError: Unless ``big >= 1``, ``period >= 2``, ``place >= 0`` and ``0 <= beta2 < 1``.

    Example:
        >>> v = [online_second(j, 3.0, 3, 0.5) for j in range(3)]
        >>> [round(0.5 * before + 0.5 * g**2 - now, 12) for before, g, now in zip(v[-1:] + v, [3, -1, -1], v)]
        [0.0, 0.0, 0.0]
    """
    return 1 + (_big(big) ** 2 - 1) * online_share(place, period, fraction("beta2", beta2))


def online_moves(place: Any, big: Any, period: Any, beta1: Any, beta2: Any) -> tuple[Any, Any]:
    r"""Moves of Adam, :math:`-m_j/\sqrt{v_j}`, and of AMSGrad, :math:`-m_j/\sqrt{v_0}`, in units of η.

    At the j = `place`-th step of a cycle, in the long run, away from the ends of the interval, with ε = 0.

    Raises:
        ValueError: As `online_first` and `online_second`.

    Example:
        >>> adam, amsgrad = zip(*(online_moves(j, 3.0, 3, 0.0, 0.1) for j in range(3)))
        >>> print(*(f"{move:.3f}" for move in (*adam, *amsgrad)))
        -1.047 0.762 0.966 -1.047 0.349 0.349
    """
    big, first = _big(big), online_share(place, period, fraction("beta1", beta1))
    now, most = (online_share(j, period, fraction("beta2", beta2)) for j in (place, 0))
    return adam_move(big, first, now), adam_move(big, first, most)


def online_share(place: Any, period: Any, beta: Any) -> Any:
    r"""Weight in the average, `place` steps later, of all large gradients so far: all that β, j and p do.

    .. math:: \frac{1-\beta}{1-\beta^p}\,\beta^j

    Raises:
        ValueError: Unless ``period >= 2`` and ``place >= 0``.

    Example:
        Over a cycle the weights are those of an average:

        >>> print(f"{sum(online_share(j, 5, 0.7) for j in range(5)):.12f}")
        1.000000000000
    """
    place = checked("place", place, ">= 0", lambda v: v >= 0)
    period = checked("period", period, ">= 2", lambda v: v >= 2)
    return (1 - beta) * beta**place / (1 - beta**period)


def adam_move(big: Any, first: Any, second: Any) -> Any:
    r"""A move in units of η, of the weights of the large gradients in m and in v.

    .. math:: \frac{1 - (C+1)\,a}{\sqrt{1 + (C^2-1)\,b}}

    Example:
        >>> print(f"{adam_move(3.0, 1.0, online_share(0, 3, 0.1)):.3f}")
        -1.047
    """
    return (1 - (big + 1) * first) / ops.sqrt(1 + (big * big - 1) * second)


def online_drift(big: Any, period: int, beta1: Any, beta2: Any) -> tuple[Any, Any]:
    r"""How far a cycle moves Adam and AMSGrad in the long run, in units of η; for numbers and arrays.

    The sum of `online_moves` over a cycle. AMSGrad's is :math:`(p-1-C)/\sqrt{v_0}`: its sign is always right.

    Raises:
        TypeError: If `period` is no whole number.
        ValueError: As `online_moves`.

    Example:
        Adam the wrong way, AMSGrad the right one:

        >>> print(*(f"{drift:.3f}" for drift in online_drift(3.0, 3, 0.0, 0.1)))
        0.681 -0.349
    """
    moves = [online_moves(j, big, period, beta1, beta2) for j in range(whole("period", period, 2))]
    adam, amsgrad = zip(*moves, strict=True)
    return sum(adam), sum(amsgrad)


def online_border(big: Any, period: int = 3, beta1: float = 0.0) -> Any:
    """The largest β₂ up to 0.9999 at which the sign of Adam's drift changes; for numbers and arrays.

    Found by bisection; NaN where the sign is the same at all of `LEVELS`.

    Args:
        big: The large gradient.
        period: Steps in a cycle.
        beta1: Decay rate of the first moment.

    Raises:
        TypeError, ValueError: As `online_drift`.

    Example:
        >>> border = online_border(3.0)
        >>> print(f"{border:.4f}", abs(online_drift(3.0, 3, 0.0, border)[0]) < 1e-12)
        0.4723 True
    """
    big = np.asarray(_big(big))
    up = online_drift(big[..., None], period, beta1, LEVELS)[0] > 0
    changes = up[..., 1:] != up[..., :-1]
    last = changes.shape[-1] - 1 - np.argmax(changes[..., ::-1], -1)
    low, high, below = LEVELS[last], LEVELS[last + 1], np.take_along_axis(up, last[..., None], -1)[..., 0]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        same = (online_drift(big, period, beta1, middle)[0] > 0) == below
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    found = np.where(changes.any(-1), (low + high) / 2, np.nan)
    return found if found.ndim else float(found)


def _big(big: Any) -> Any:
    return checked("big", big, ">= 1", lambda v: v >= 1)
