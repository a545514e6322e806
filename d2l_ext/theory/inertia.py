r"""What Adai makes of the sizes of gradients: an inertia for every coordinate."""

from typing import Any

from d2l_ext import ops
from d2l_ext.theory.door import checked


def adai_inertia(share: Any, beta0: Any = 0.1, eps: Any = 1e-3) -> Any:
    r"""Adai's inertia :math:`\beta_1 = \mathrm{clip}(1 - \beta_0\,\hat v/\bar v,\ 0,\ 1 - \epsilon)`.

    The learning rate is the same for all coordinates; :math:`1/(1-\beta_1)` is about how many gradients are
    averaged (Xie et al. 2022, algorithm 2).

    Args:
        share: :math:`\hat v/\bar v`, the average squared gradient of a coordinate over the mean of all
            coordinates. With n of them it is at most n.
        beta0: What :math:`1-\beta_1` is on average, before it is clipped.
        eps: Smallest :math:`1-\beta_1`.

    Raises:
        ValueError: Unless ``share >= 0``, ``beta0 >= 0`` and ``0 <= eps <= 1``.

    Example:
        Three coordinates; the first has all the noise.

        >>> [f"{adai_inertia(share):g}" for share in (2.7, 0.3, 0.0)]
        ['0.73', '0.97', '0.999']
    """
    share = checked("share", share, ">= 0", lambda v: v >= 0)
    beta0 = checked("beta0", beta0, ">= 0", lambda v: v >= 0)
    eps = checked("eps", eps, ">= 0 and <= 1", lambda v: (v >= 0) & (v <= 1))
    return ops.clip(1 - beta0 * share, 0, 1 - eps)
