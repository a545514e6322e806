r"""Where Adam's steps come from: their length at first, under noise, and at most.

Step t is :math:`\eta\,\hat m / (\sqrt{\hat v} + \epsilon)`, where :math:`\hat m = m/(1-\beta_1^t)` and
:math:`\hat v = v/(1-\beta_2^t)` are leaky averages of the gradient and of its square [1].

References:
    [1] Kingma & Ba, Adam: a method for stochastic optimization, ICLR 2015.
    [2] Cohen et al., Adaptive gradient methods at the edge of stability, 2022.
"""

from math import pi
from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.theory.average import leaky_samples, leaky_share
from d2l_ext.theory.door import checked, fitting, fraction


def turned(x: Any, y: Any, angle: Any) -> tuple[Any, Any]:
    """The point (x, y) turned about the origin by `angle` degrees, anticlockwise.

    Raises:
        ValueError: Unless all are finite.

    Example:
        Where `objectives.ravine` is turned by `angle`, a start turned with it has the same value.

        >>> from d2l_ext import objectives
        >>> f = objectives.ravine
        >>> [round(float(f(*turned(-5.0, -2.0, angle), angle=angle)), 9) for angle in (0.0, 30.0, 45.0)]
        [10.5, 10.5, 10.5]
    """
    x, y, angle = checked("x", x), checked("y", y), checked("angle", angle)
    c, s = ops.cos(angle * (pi / 180)), ops.sin(angle * (pi / 180))
    return c * x - s * y, s * x + c * y


def adam_rate(v: Any, t: Any, lr: Any, beta2: Any, eps: Any) -> Any:
    r"""Effective learning rate of a coordinate, :math:`\eta / (\sqrt{v/(1-\beta_2^t)} + \epsilon)`.

    What Adam's step t multiplies that coordinate's averaged gradient by; `v` is the second moment after it.

    Raises:
        ValueError: Unless ``v >= 0``, ``t >= 1``, ``lr >= 0``, ``0 <= beta2 < 1`` and ``eps > 0``.

    Example:
        >>> print(f"{adam_rate(0.001 * 3.0**2, 1, 0.06, 0.999, 1e-8):.6f}")
        0.020000
    """
    v, t = _not_negative("v", v), checked("t", t, ">= 1", lambda t: t >= 1)
    v_hat = v / leaky_share(t, fraction("beta2", beta2))
    return _not_negative("lr", lr) / (ops.sqrt(v_hat) + _positive("eps", eps))


def adam_first_step(g: Any, lr: Any, eps: Any) -> Any:
    r"""How far the first step goes down the gradient, :math:`\eta\, g/(|g| + \epsilon)`, whatever the betas.

    Raises:
        ValueError: Unless ``lr >= 0``, ``eps > 0`` and `g` is finite.

    Example:
        Half a step where the gradient is as small as ε:

        >>> [f"{adam_first_step(g, 1.0, 1e-8):.4f}" for g in (-50.0, 1e-6, 1e-8)]
        ['-1.0000', '0.9901', '0.5000']
    """
    g = checked("g", g)
    return _not_negative("lr", lr) * g / (ops.absolute(g) + _positive("eps", eps))


def adam_uncorrected(t: Any, beta1: Any, beta2: Any) -> Any:
    r"""How many times too long step t is without bias correction, :math:`(1-\beta_1^t)/\sqrt{1-\beta_2^t}`.

    For a gradient that stays the same, whose steps should have the length η.

    Raises:
        ValueError: Unless ``t >= 1`` and ``0 <= beta < 1`` for both.

    Example:
        >>> [f"{adam_uncorrected(t, 0.9, 0.999):.3f}" for t in (1, 12, 5000)]
        ['3.162', '6.569', '1.003']
    """
    t = checked("t", t, ">= 1", lambda t: t >= 1)
    return leaky_share(t, beta1) / ops.sqrt(leaky_share(t, beta2))


def adam_mean_step(s: Any) -> Any:
    r"""Mean step under noise in units of η, :math:`s/\sqrt{1+s^2}`, in the long run.

    The gradients of a coordinate are independent with mean μ and standard deviation σ, and s = μ/σ. Takes
    :math:`\hat v` for its mean :math:`\mu^2+\sigma^2`, so β₂ must be near 1.

    Raises:
        ValueError: Unless `s` is finite.

    Example:
        >>> print(f"{adam_mean_step(0.1):.4f}, {adam_mean_step(1.0):.4f}, {adam_mean_step(10.0):.4f}")
        0.0995, 0.7071, 0.9950
    """
    s = checked("s", s)
    return s / ops.sqrt(1 + s**2)


def adam_rms_step(s: Any, beta1: Any) -> Any:
    r"""Root mean square of the steps under noise in units of η, see `adam_mean_step`.

    .. math:: \sqrt{\frac{s^2 + (1-\beta_1)/(1+\beta_1)}{1 + s^2}}

    The average m is as noisy as a plain mean of :math:`(1+\beta_1)/(1-\beta_1)` gradients.

    Raises:
        ValueError: Unless `s` is finite and ``0 <= beta1 < 1``.

    Example:
        >>> print(f"{adam_rms_step(0.0, 0.9):.4f}, {adam_rms_step(1.0, 0.9):.4f}")
        0.2294, 0.7255
    """
    s = checked("s", s)
    return ops.sqrt((s**2 + 1 / leaky_samples(beta1)) / (1 + s**2))


def adam_noise_step(t: Any, beta1: Any) -> Any:
    r"""Root mean square of step t under pure noise in units of η.

    .. math:: \sqrt{\frac{1-\beta_1}{1+\beta_1}\;\frac{1+\beta_1^t}{1-\beta_1^t}}

    For independent gradients of any one symmetric distribution, as β₂ tends to 1. Then the mean of
    :math:`g_k^2/\hat v` is 1 for each of them. For t → ∞ it is `adam_rms_step` at s = 0.

    Raises:
        ValueError: Unless ``t >= 1`` and ``0 <= beta1 < 1``.

    Example:
        >>> [f"{adam_noise_step(t, 0.9):.3f}" for t in (1, 2, 10, 1000)]
        ['1.000', '0.708', '0.330', '0.229']
    """
    share = leaky_share(checked("t", t, ">= 1", lambda t: t >= 1), beta1)
    return ops.sqrt((2 - share) / (share * leaky_samples(beta1)))


def adam_longest_step(t: Any, beta1: Any, beta2: Any) -> Any:
    r"""The length in units of η that no gradients can make step t exceed; for ``t = np.inf`` any step.

    By Cauchy and Schwarz, with :math:`q = \beta_1^2/\beta_2 < 1`,

    .. math:: \frac{|\hat m|}{\sqrt{\hat v}} \le
        \frac{1-\beta_1}{1-\beta_1^t} \sqrt{\frac{1-\beta_2^t}{1-\beta_2}}\, \sqrt{\frac{1-q^t}{1-q}} ,

    with equality where each gradient is :math:`\beta_2/\beta_1` times the one before. For numbers and arrays.

    Raises:
        ValueError: Unless ``t >= 1``, ``0 <= beta < 1`` for both and ``beta1**2 < beta2``.

    Example:
        >>> [round(float(adam_longest_step(t, 0.9, 0.999)), 3) for t in (1, 100, np.inf)]
        [1.0, 2.243, 7.27]
    """
    t = np.asarray(t, dtype=float)
    if not (t >= 1).all():
        raise ValueError(f"t must be >= 1, got {t[~(t >= 1)].flat[0]:g}")
    beta1, beta2 = fraction("beta1", beta1), fraction("beta2", beta2)
    fitting(t=t, beta1=beta1, beta2=beta2)
    if not np.all(np.square(beta1) < beta2):
        raise ValueError(f"beta2 must be > beta1**2, got beta1 = {beta1}, beta2 = {beta2}")
    q = np.square(beta1) / beta2
    first, second = (1 - beta1**t) / (1 - beta1), (1 - beta2**t) / (1 - beta2)
    return np.sqrt(second * (1 - q**t) / (1 - q)) / first


def adam_stability(lr: Any, beta1: Any) -> Any:
    r"""Line of stability :math:`(2+2\beta_1)/((1-\beta_1)\eta)` of h over :math:`\sqrt{\hat v} + \epsilon`.

    On a quadratic along the coordinates, while v hardly changes: a coordinate of curvature h above the line
    moves away from the minimum, as averaged momentum would with the effective learning rate [2].

    Raises:
        ValueError: Unless ``lr > 0`` and ``0 <= beta1 < 1``.

    Example:
        >>> round(adam_stability(1.0, 0.9), 9), adam_stability(0.5, 0.0)
        (38.0, 4.0)
    """
    beta1 = fraction("beta1", beta1)
    return (2 + 2 * beta1) / ((1 - beta1) * _positive("lr", lr))


def _not_negative(name: str, value: Any) -> Any:
    return checked(name, value, ">= 0", lambda v: v >= 0)


def _positive(name: str, value: Any) -> Any:
    return checked(name, value, "> 0", lambda v: v > 0)
