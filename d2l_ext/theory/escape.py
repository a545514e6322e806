r"""How many steps it takes to leave a minimum, when gradient noise is as large as the curvature says.

The noise has variance :math:`H_a/B` in the well and :math:`|H_b|/B` on the barrier, and pushes the walker
over a height of ΔL (Kramers 1940; Xie, Sato & Sugiyama 2021; Xie et al. 2022, theorem 3, propositions 2, 4).
Times are in steps: the dynamical time divided by η. The formulas hold for small ηH and an exponent that is
not small; all of them have the prefactor of the paper, which is right for :math:`H_a = |H_b|`.
"""

from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.theory.door import checked, fitting


def escape_share(well: Any, barrier: Any) -> Any:
    r"""The share :math:`s = |H_b|/(H_a + |H_b|)` of the height that lies in the well of two glued parabolas.

    Example:
        >>> escape_share(1.0, 4.0)
        0.8
    """
    well, barrier = _positive(well=well, barrier=barrier)
    return barrier / (well + barrier)


def escape_exponent(lr: Any, well: Any, barrier: Any, height: Any, *, batch: Any = 1.0) -> Any:
    r"""The exponent of SGD, averaged momentum and Adai.

    .. math:: \frac{2B\Delta L}{\eta}\Big(\frac{s}{H_a} + \frac{1-s}{|H_b|}\Big)

    Args:
        lr: η.
        well, barrier: Curvature :math:`H_a` of the well and size :math:`|H_b|` of that of the barrier.
        height: ΔL.
        batch: B.

    Example:
        With :math:`H_a = |H_b| = k` it is :math:`2B\Delta L/(\eta k)`.

        >>> escape_exponent(0.05, 4.0, 4.0, 0.2)
        2.0
    """
    lr, well, barrier, height, batch = _positive(
        lr=lr, well=well, barrier=barrier, height=height, batch=batch
    )
    share = barrier / (well + barrier)
    return 2 * batch * height / lr * (share / well + (1 - share) / barrier)


def escape_sgd(lr: Any, well: Any, barrier: Any, height: Any, *, batch: Any = 1.0) -> Any:
    r"""Mean steps of SGD, :math:`\frac{2\pi}{\eta|H_b|}` times e to the exponent (`escape_exponent`).

    Raises:
        ValueError: Unless all are positive.

    Example:
        >>> round(escape_sgd(0.05, 4.0, 4.0, 0.2))
        232
    """
    exponent = escape_exponent(lr, well, barrier, height, batch=batch)
    return 2 * np.pi / (lr * barrier) * ops.exp(exponent)


def escape_momentum(
    lr: Any, well: Any, barrier: Any, height: Any, *, momentum: Any = 0.9, batch: Any = 1.0
) -> Any:
    r"""Mean steps of averaged momentum: the exponent of SGD, a larger prefactor.

    .. math:: \frac{\pi}{\eta|H_b|}\Big[\sqrt{1 + \tfrac{4\eta|H_b|}{1-\beta}} + 1\Big]

    Heavy ball is averaged momentum with :math:`\eta/(1-\beta)` in the place of η.

    Raises:
        ValueError: Unless all are positive and ``momentum < 1``.

    Example:
        >>> round(escape_momentum(0.05, 4.0, 4.0, 0.2))
        464
    """
    exponent = escape_exponent(lr, well, barrier, height, batch=batch)
    momentum = checked("momentum", momentum, "in [0, 1)", lambda v: (v >= 0) & (v < 1))
    return _inertial(lr * barrier, 1 - momentum) * ops.exp(exponent)


def escape_adam(
    lr: Any, well: Any, barrier: Any, height: Any, *, momentum: Any = 0.9, batch: Any = 1.0
) -> Any:
    r"""Mean steps of Adam, whose learning rate is :math:`\eta\sqrt{B/H}` where the curvature is H.

    .. math::
        \frac{\pi}{\eta\sqrt{B|H_b|}}\Big[\sqrt{1 + \tfrac{4\eta\sqrt{B|H_b|}}{1-\beta_1}} + 1\Big]
        \exp\Big[\frac{2\sqrt B\Delta L}{\eta}\Big(\frac{s}{\sqrt{H_a}} + \frac{1-s}{\sqrt{|H_b|}}\Big)\Big]

    The second moment must follow the curvature. It does not while a walker crosses the barrier, so this is
    for :math:`H_a = |H_b|`.

    Raises:
        ValueError: Unless all are positive and ``momentum < 1``.

    Example:
        >>> round(float(escape_adam(0.05, 4, 4, 0.2) / escape_momentum(0.025, 4, 4, 0.2)), 6)
        1.0
    """
    share = escape_share(well, barrier)
    (lr, height, batch) = _positive(lr=lr, height=height, batch=batch)
    momentum = checked("momentum", momentum, "in [0, 1)", lambda v: (v >= 0) & (v < 1))
    exponent = 2 * ops.sqrt(batch) * height / lr * (share / ops.sqrt(well) + (1 - share) / ops.sqrt(barrier))
    return _inertial(lr * ops.sqrt(batch * barrier), 1 - momentum) * ops.exp(exponent)


def escape_adai(
    lr: Any,
    well: Any,
    barrier: Any,
    height: Any,
    *,
    inertia: Any = 0.1,
    mean: Any = None,
    batch: Any = 1.0,
) -> Any:
    r"""Mean steps of Adai: :math:`1 - \beta_1 = \beta_0|H_b|/\bar H` with the mean size of all curvatures, H̄.

    .. math:: \frac{\pi}{\eta|H_b|}\Big[\sqrt{1 + \tfrac{4\eta\bar H}{\beta_0}} + 1\Big]

    times e to the exponent of SGD.

    Args:
        lr, well, barrier, height, batch: As in `escape_exponent`.
        inertia: β₀.
        mean: H̄ at the barrier; default `barrier`, as in one dimension.

    Raises:
        ValueError: Unless all are positive.

    Example:
        In one dimension it is averaged momentum with β = 1 - β₀.

        >>> round(float(escape_adai(0.05, 4, 4, 0.2) - escape_momentum(0.05, 4, 4, 0.2)), 6)
        0.0
    """
    exponent = escape_exponent(lr, well, barrier, height, batch=batch)
    mean = barrier if mean is None else mean
    inertia, mean = _positive(inertia=inertia, mean=mean)
    return _inertial(lr * barrier, inertia * barrier / mean) * ops.exp(exponent)


def _inertial(push: Any, friction: Any) -> Any:
    """Steps before the exponential, of momentum that loses the share `friction` a step; `push` is η|H_b|."""
    return np.pi / push * (ops.sqrt(1 + 4 * push / friction) + 1)


def _positive(**values: Any) -> Any:
    found = [checked(name, value, "> 0", lambda v: v > 0) for name, value in values.items()]
    fitting(**values)
    return found
