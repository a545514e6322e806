r"""The leaky average that a velocity is.

The heavy ball keeps the sum :math:`v \leftarrow \beta v + g`. Divided by the sum of its weights, 1 / (1 - β),
it is an average of past gradients; statisticians know it as the exponentially weighted moving average [1].

References:
    [1] Roberts, Control chart tests based on geometric moving averages, Technometrics 1959.
    [2] Kish, Survey sampling, Wiley 1965.
"""

from typing import Any

import numpy as np

from d2l_ext import ops
from d2l_ext.theory.door import checked, fitting, fraction


def leaky_step(v: Any, g: Any, beta: Any) -> Any:
    r"""The next velocity, :math:`\beta v + g`: what `rules.momentum` does to its own.

    Raises:
        ValueError: Unless ``0 <= beta < 1`` and all are finite.

    Example:
        >>> leaky_step(2.0, 1.0, 0.5)
        2.0
    """
    return fraction("beta", beta) * checked("v", v) + checked("g", g)


def leaky_filter(gradients: Any, beta: Any) -> np.ndarray:
    """Velocities after each of several gradients, from v = 0; for numbers and arrays.

    Args:
        gradients: Step by step along the first axis, shape ``(steps, ...)``.
        beta: Momentum; broadcasts against one gradient.

    Returns:
        Velocities, shape ``(steps, ...)``.

    Raises:
        ValueError: Unless there is such an axis, ``0 <= beta < 1`` and all are finite.

    Example:
        One gradient, and what becomes of it:

        >>> leaky_filter([1, 0, 0, 0], 0.5).tolist()
        [1.0, 0.5, 0.25, 0.125]
    """
    gradients, beta = np.asarray(checked("gradients", gradients)), fraction("beta", beta)
    if not gradients.ndim:
        raise ValueError(f"gradients must be a sequence, got {gradients:g}")
    fitting(gradient=np.empty(gradients.shape[1:]), beta=beta)
    v = np.zeros(np.broadcast_shapes(gradients.shape[1:], np.shape(beta)))
    velocities = np.empty((len(gradients), *v.shape))
    for t, g in enumerate(gradients):
        velocities[t] = v = leaky_step(v, g, beta)
    return velocities


def leaky_weight(age: Any, beta: Any) -> Any:
    r"""Weight :math:`\beta^\tau` of a gradient τ = `age` steps old.

    Unrolled, the heavy ball's velocity is :math:`v_t = \sum_\tau \beta^\tau g_{t-\tau}`.

    Raises:
        ValueError: Unless ``age >= 0`` and ``0 <= beta < 1``.

    Example:
        >>> import numpy as np
        >>> leaky_weight(np.arange(4), 0.5).tolist()
        [1.0, 0.5, 0.25, 0.125]
    """
    return fraction("beta", beta) ** checked("age", age, ">= 0", lambda v: v >= 0)


def leaky_sum(beta: Any) -> Any:
    """Sum of all weights, 1 / (1 - β): the number of gradients that v adds up, in effect.

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> import numpy as np
        >>> bool(np.isclose(leaky_sum(0.9), leaky_weight(np.arange(1000), 0.9).sum()))
        True
    """
    return 1 / (1 - fraction("beta", beta))


def leaky_share(terms: Any, beta: Any) -> Any:
    r"""Share :math:`1 - \beta^n` of all weight that the n = `terms` latest gradients carry.

    Of the latest 1 / (1 - β) it tends to 1 - 1/e as β tends to 1. After t steps from v = 0 there are only t
    of them: what they carry is the factor that Adam divides by.

    Raises:
        ValueError: Unless ``terms >= 0`` and ``0 <= beta < 1``.

    Example:
        >>> [f"{leaky_share(leaky_sum(beta), beta):.3f}" for beta in (0.9, 0.95, 0.99)]
        ['0.651', '0.642', '0.634']
    """
    return 1 - leaky_weight(checked("terms", terms, ">= 0", lambda v: v >= 0), beta)


def leaky_half_life(beta: Any) -> Any:
    r"""Steps after which the weight of a gradient has halved, :math:`\ln 2 / (-\ln\beta)`; 0 for β = 0.

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> print(f"{leaky_half_life(0.9):.4f}, {leaky_weight(leaky_half_life(0.9), 0.9):.4f}")
        6.5788, 0.5000
    """
    with np.errstate(divide="ignore"):
        return ops.LOG_2 / -ops.log(fraction("beta", beta))


def leaky_age(beta: Any) -> Any:
    r"""Mean age of the weight, :math:`(1-\beta)\sum_\tau \tau\beta^\tau = \beta/(1-\beta)` steps.

    So many steps late is the average of gradients that change at a constant rate.

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> import numpy as np
        >>> ramp = np.arange(500.0)
        >>> bool(np.isclose(ramp[-1] - leaky_filter(ramp, 0.9)[-1] / leaky_sum(0.9), leaky_age(0.9)))
        True
    """
    return fraction("beta", beta) * leaky_sum(beta)


def leaky_variance(beta: Any) -> Any:
    r"""Variance of v in the long run, :math:`\sum_\tau \beta^{2\tau} = 1/(1-\beta^2)`.

    For gradients of variance 1 whose noise is independent.

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> import numpy as np
        >>> bool(np.isclose(leaky_variance(0.9), (leaky_weight(np.arange(1000), 0.9) ** 2).sum()))
        True
    """
    return leaky_sum(beta) / (1 + beta)


def leaky_samples(beta: Any) -> Any:
    r"""How many gradients a plain average of equal noise has, :math:`(1+\beta)/(1-\beta)`.

    Squared sum of the weights over the sum of their squares: Kish's effective sample size [2]. The averaged
    form, (1 - β) v, has the variance of one gradient divided by this.

    Raises:
        ValueError: Unless ``0 <= beta < 1``.

    Example:
        >>> round(leaky_samples(0.9), 9), round(leaky_sum(0.9) ** 2 / leaky_variance(0.9), 9)
        (19.0, 19.0)
    """
    return (1 + fraction("beta", beta)) * leaky_sum(beta)


def leaky_gain(omega: Any, beta: Any) -> Any:
    r"""Size of v when the gradients are cos ωt, :math:`1/\sqrt{1 - 2\beta\cos\omega + \beta^2}`.

    From 1 / (1 - β) for constant gradients (ω = 0) down to 1 / (1 + β) for alternating ones (ω = π).

    Raises:
        ValueError: Unless ``0 <= beta < 1`` and `omega` is finite.

    Example:
        >>> import numpy as np
        >>> [round(leaky_gain(omega, 0.9), 4).item() for omega in (0.0, np.pi)]
        [10.0, 0.5263]
        >>> round(abs(leaky_filter((-1.0) ** np.arange(300), 0.9)[-1]).item(), 4)
        0.5263
    """
    # In this form nothing cancels near ω = 0 and β = 1.
    omega, beta = checked("omega", omega), fraction("beta", beta)
    return 1 / ops.sqrt((1 - beta) ** 2 + 4 * beta * ops.sin(omega / 2) ** 2)


def leaky_best(ratio: Any) -> Any:
    r"""The β whose average follows a jumping mean with the least mean squared error.

    A mean that jumps by J every T steps (many of them), seen through noise of variance σ², has
    r = `ratio` = Tσ² / J². A jump costs :math:`J^2\beta^2/(1-\beta^2)`, the noise
    :math:`T\sigma^2(1-\beta)/(1+\beta)`. The sum is least where :math:`\beta/(1-\beta)^2 = r`.

    Raises:
        ValueError: Unless ``ratio >= 0``.

    Example:
        >>> [leaky_best(ratio).item() for ratio in (0.0, 20.0, 90.0)]
        [0.0, 0.8, 0.9]
    """
    root = ops.sqrt(0.25 + checked("ratio", ratio, ">= 0", lambda v: v >= 0))
    return 1 - 1 / (0.5 + root)


def effective_lr(lr: Any, beta: Any) -> Any:
    """Learning rate of the gradient descent that the heavy ball is along flat directions, η / (1 - β).

    Raises:
        ValueError: Unless ``lr >= 0`` and ``0 <= beta < 1``.

    Example:
        As z → 0 both shrink alike, by 1 - ηλ / (1 - β).

        >>> from d2l_ext.theory import spectral_radius
        >>> gap = spectral_radius(1e-6, 0.9) - spectral_radius(effective_lr(1e-6, 0.9), 0.0)
        >>> bool(abs(gap) < 1e-8)
        True
    """
    return checked("lr", lr, ">= 0", lambda v: v >= 0) * leaky_sum(beta)
