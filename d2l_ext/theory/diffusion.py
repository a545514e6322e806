"""How far gradient noise carries a run from a saddle at which it starts."""

from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.params import whole
from d2l_ext.theory.door import checked, fitting, fraction

# Below this |2 lr curvature steps|, growth is 1 to nine digits: the limit is the better number.
_FLAT = 1e-9


def saddle_variance(steps: Any, lr: Any, curvature: Any, noise: Any = 1.0) -> Any:
    r"""Variance along a direction of curvature H, gradient noise of variance C (Xie et al. 2021, theorem 1).

    .. math:: \sigma^2 = \frac{D}{H}\left(1 - e^{-2H\eta T}\right), \qquad D = \tfrac\eta2 C

    The solution of :math:`\dot\sigma^2 = -2H\sigma^2 + 2D` from 0 at time :math:`t = \eta T`. With
    C = abs(H) / B it is ``sign(H) * lr / (2 * B) * (1 - exp(-2 * H * lr * steps))``.

    Args:
        steps, lr: T and η.
        curvature: H, of any sign; not 0 if it is a symbol.
        noise: C.

    Raises:
        ValueError: If `steps`, `lr` or `noise` is negative.

    Example:
        It solves the equation:

        >>> before, now, after = saddle_variance([29, 30, 31], 1.0, -0.01)
        >>> f"{(after - before) / 2:.3f} = {0.02 * now + 1:.3f}"
        '1.822 = 1.822'
    """
    steps, lr, noise = _positive(steps=steps, lr=lr, noise=noise)
    H = checked("curvature", curvature)
    fitting(steps=steps, lr=lr, curvature=H, noise=noise)
    flat = lr**2 * noise * steps
    if ops.is_symbolic(H):
        return lr * noise / (2 * H) * (1 - ops.exp(-2 * H * lr * steps))
    near = ops.absolute(2 * H * lr * steps) < _FLAT
    safe = ops.where(near, 1.0, H)
    return ops.where(near, flat, lr * noise / (2 * safe) * (1 - ops.exp(-2 * safe * lr * steps)))


def adam_saddle_variance(steps: Any, lr: Any, curvature: Any, noise: Any) -> Any:
    r"""Variance under Adam whose v is the noise's variance C, without a lag of the momentum.

    Adam divides the gradient by :math:`\sqrt C`: its noise has variance 1, its curvature is
    :math:`H/\sqrt C`. For :math:`\eta T|H|/\sqrt C \ll 1` this is :math:`\eta^2T`, whatever the curvature is
    (Xie et al. 2022, proposition 1 without its drift).

    Example:
        >>> [f"{adam_saddle_variance(10, 0.001, -h, h):.3e}" for h in (0.01, 0.1, 1.0)]
        ['1.001e-05', '1.003e-05', '1.010e-05']
    """
    noise = checked("noise", noise, "> 0", lambda v: v > 0)
    return saddle_variance(steps, lr, curvature / ops.sqrt(noise))


def free_walk_variance(steps: Any, lr: Any, momentum: Any = 0.0, noise: Any = 1.0, moving: Any = 0.0) -> Any:
    r"""Exact variance of averaged momentum after T steps where the gradient is noise alone.

    .. math:: \eta^2C\left[\sum_{k=1}^T(1-\beta^k)^2
        + \mu\,\frac{(1-\beta)\,\beta^2(1-\beta^T)^2}{(1+\beta)(1-\beta)^2}\right]

    With :math:`\mu = 0` it starts at rest, with 1 with the momentum that it has in the long run: there
    :math:`\operatorname{Var} m = C(1-\beta)/(1+\beta)`.

    Args:
        steps, lr, momentum, noise: T, η, β and C.
        moving: μ.

    Example:
        >>> round(free_walk_variance(2, 1.0, 0.5), 4)  # (1 - β)² + (1 - β²)²
        0.8125
        >>> from math import isclose
        >>> late = free_walk_variance(1000, 1.0, 0.9, moving=1.0)
        >>> isclose(late, 1000 - 2 * 0.9 / (1 - 0.9**2))
        True
    """
    steps, lr, noise = _positive(steps=steps, lr=lr, noise=noise)
    b = fraction("momentum", momentum)
    fitting(steps=steps, lr=lr, momentum=b, noise=noise, moving=moving)
    kept = b**steps
    diffusion = steps - 2 * b * (1 - kept) / (1 - b) + b**2 * (1 - kept**2) / (1 - b**2)
    drift = (b * (1 - kept)) ** 2 / (1 - b**2)
    return lr**2 * noise * (diffusion + moving * drift)


def corrected_walk_variance(steps: int, lr: float, momentum: float = 0.0, noise: float = 1.0) -> float:
    r"""Exact variance of averaged momentum with bias correction after T steps on noise alone.

    .. math:: \eta^2C\sum_{i=1}^T\Big(\sum_{t=i}^T\frac{(1-\beta)\,\beta^{t-i}}{1-\beta^t}\Big)^2

    It starts with m = 0 and steps by :math:`m/(1-\beta^t)`, as Adam does whose v is the noise's variance.
    Takes one number each.

    Example:
        The first step uses the first gradient whole; later it is ahead of SGD:

        >>> round(corrected_walk_variance(1, 0.1, 0.9, 4.0), 9)
        0.04
        >>> f"{corrected_walk_variance(1000, 1.0, 0.9) - 1000:.2f}"
        '12.25'
    """
    lr, noise = _positive(lr=lr, noise=noise)
    b, steps = fraction("momentum", momentum), whole("steps", steps, 0)
    bias, weights = 1 - b ** np.arange(1, steps + 1), (1 - b) * b ** np.arange(steps)
    used = [(weights[: steps - i] / bias[i:]).sum() for i in range(steps)]
    return float(lr**2 * noise * np.square(used).sum())


def momentum_saddle_terms(steps: Any, lr: Any, momentum: Any, noise: Any = 1.0) -> tuple[Any, Any]:
    r"""The two terms printed for averaged momentum at a saddle: drift and diffusion.

    .. math:: \frac{\eta^2C}{2(1-\beta)}\left(1-e^{-(1-\beta)T}\right)^2, \qquad \eta^2CT

    Xie et al. (2022), theorem 2 with :math:`\beta_3 = 1-\beta` and :math:`|H|\eta T \ll 1`. The first is what
    a momentum carries that moves from the start; the second holds in the long run, so the sum is too large.

    Example:
        >>> drift, diffusion = momentum_saddle_terms(1000, 1.0, 0.9)
        >>> f"{drift:.6f} {diffusion:.6f}"
        '5.000000 1000.000000'
    """
    steps, lr, noise = _positive(steps=steps, lr=lr, noise=noise)
    rest = 1 - fraction("momentum", momentum)
    fitting(steps=steps, lr=lr, momentum=momentum, noise=noise)
    return lr**2 * noise / (2 * rest) * (1 - ops.exp(-rest * steps)) ** 2, lr**2 * noise * steps


def adai_drift(lr: Any, beta0: Any, mean_noise: Any) -> Any:
    r"""What a moving start adds under Adai, the same in each direction: :math:`\bar v\eta^2/(2\beta_0)`.

    Xie et al. (2022), proposition 3: :math:`\beta_{1,i} = 1 - \beta_0 v_i/\bar v` near 1 and not clipped, T
    much longer than :math:`\bar v/(\beta_0 v_i)`.

    Example:
        >>> drift, _ = momentum_saddle_terms(1e6, 0.01, 1 - 0.1 * 0.01 / 0.37, 0.01)
        >>> f"{drift / adai_drift(0.01, 0.1, 0.37):.9f}"
        '1.000000000'
    """
    lr, mean_noise = _positive(lr=lr, mean_noise=mean_noise)
    beta0 = checked("beta0", beta0, "> 0", lambda v: v > 0)
    return mean_noise * lr**2 / (2 * beta0)


def _positive(**values: Any) -> list[Any]:
    return [checked(name, value, ">= 0", lambda v: v >= 0) for name, value in values.items()]
