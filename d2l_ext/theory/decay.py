r"""What a weight decay does to weights, through each optimizer.

Here λ is the strength of the decay, not a curvature: an L2 penalty adds λθ to the gradient, a decoupled decay
multiplies the weights by 1 - ηλ.
"""

from typing import Any

from d2l_ext import ops
from d2l_ext.theory.average import leaky_filter
from d2l_ext.theory.door import checked, fitting, fraction


def decay_left(steps: Any, lr: Any, weight_decay: Any) -> Any:
    r"""Share :math:`(1 - \eta\lambda)^t` of a weight that t steps of decoupled decay leave.

    It is the mean over all noise wherever a step is as likely as its opposite: gradient descent, momentum and
    Adam on gradients without a mean.

    Raises:
        ValueError: Unless all are finite and none is negative.

    Example:
        >>> f"{decay_left(3000, 1e-3, 1.0):.4f}"
        '0.0497'
    """
    steps = checked("steps", steps, ">= 0", lambda v: v >= 0)
    lr, weight_decay = _strength(lr, weight_decay)
    return (1 - lr * weight_decay) ** steps


def decay_spread(lr: Any, weight_decay: Any, momentum: Any = 0.0) -> Any:
    r"""Standard deviation of AdamW's weights on pure noise in the end, :math:`\approx \sqrt{\eta/2\lambda}`.

    With much memory in its denominator, Adam steps by η times an average of noise of variance 1, whatever the
    size of the gradients. Let :math:`a = 1 - \eta\lambda` and β = `momentum`, Adam's β₁. Then

    .. math:: \operatorname{Var}\theta
        = \frac{\eta^2}{1-a^2}\cdot\frac{1-\beta}{1+\beta}\cdot\frac{1+a\beta}{1-a\beta} .

    Raises:
        ValueError: Unless ``0 < lr * weight_decay < 2`` and ``0 <= momentum < 1``.

    Example:
        >>> f"{decay_spread(1e-3, 1.0):.4f}", f"{decay_spread(1e-3, 1.0, 0.9):.4f}"
        ('0.0224', '0.0223')
    """
    lr, weight_decay = _strength(lr, weight_decay)
    beta, share = fraction("momentum", momentum), lr * weight_decay
    fitting(share=share, momentum=beta)
    checked("lr * weight_decay", share, "> 0 and < 2", lambda v: (v > 0) & (v < 2))
    a = 1 - share
    return lr * ops.sqrt((1 - beta) * (1 + a * beta) / ((1 + beta) * (1 - a * beta) * (1 - a) * (1 + a)))


def delayed_decay(weights: Any, lr: Any, momentum: Any, weight_decay: Any) -> Any:
    r"""What an L2 penalty takes through averaged momentum: a decay of weights that are past.

    .. math:: \eta\lambda(1-\beta)\sum_{k\ge0}\beta^k\theta_{t-1-k}

    Args:
        weights: All weights so far, the start first, shape ``(t, ...)``; for numbers and arrays.
        lr, momentum, weight_decay: η, β and λ.

    Returns:
        What step t takes from the weights, shape ``(...)``.

    Raises:
        ValueError: Unless ``0 <= momentum < 1`` and the others are not negative.

    Example:
        A weight that has always been 1 is decayed as if there were no delay; a first step takes a tenth.

        >>> import numpy as np
        >>> [f"{delayed_decay(np.ones(n), 0.1, 0.9, 0.5):.3f}" for n in (500, 1)]
        ['0.050', '0.005']
    """
    lr, weight_decay = _strength(lr, weight_decay)
    return lr * weight_decay * (1 - fraction("momentum", momentum)) * leaky_filter(weights, momentum)[-1]


def heavy_ball_penalty(weight_decay: Any, momentum: Any) -> Any:
    r"""The L2 penalty λ(1 - β) at whose minimum heavy ball with the decoupled decay λ comes to rest.

    At rest :math:`v = g/(1-\beta)`, so :math:`\eta\lambda\theta + \eta g/(1-\beta) = 0`. In the averaging
    form :math:`v = g`, and it is λ itself.

    Raises:
        ValueError: Unless ``weight_decay >= 0`` and ``0 <= momentum < 1``.

    Example:
        >>> round(heavy_ball_penalty(0.05, 0.9), 12)
        0.005
    """
    _, weight_decay = _strength(0.0, weight_decay)
    return weight_decay * (1 - fraction("momentum", momentum))


def adam_penalty_share(theta: Any, lr: Any, weight_decay: Any, noise: Any) -> Any:
    r"""Share of a weight that Adam with an L2 penalty takes in a step.

    .. math:: \eta\lambda / \sqrt{\sigma^2 + \lambda^2\theta^2}

    The gradient is noise of standard deviation σ plus λθ; Adam divides by its root mean square, here that of
    the current θ. A loud weight (σ much larger than λθ) loses ηλ/σ of itself, a quiet one η in all.

    Raises:
        ValueError: Unless ``noise > 0`` and `lr` and `weight_decay` are not negative.

    Example:
        >>> [f"{adam_penalty_share(1.0, 1e-3, 1.0, sd):.0e}" for sd in (100.0, 0.01)]
        ['1e-05', '1e-03']
    """
    lr, weight_decay = _strength(lr, weight_decay)
    noise = checked("noise", noise, "> 0", lambda v: v > 0)
    return lr * weight_decay / ops.sqrt(noise**2 + (weight_decay * checked("theta", theta)) ** 2)


def adam_penalty_step(
    theta: Any,
    m: Any,
    v: Any,
    t: Any,
    lr: Any,
    weight_decay: Any,
    noise: Any,
    beta1: Any,
    beta2: Any,
    eps: Any,
) -> tuple[Any, Any, Any]:
    r"""A step of the mean weight under Adam with an L2 penalty, on gradients of pure noise.

    It is Adam's step with the gradient λθ, where :math:`v` also gets the noise's mean square σ². So m and v
    are replaced by their means: good when β₂ is near 1, because then v hardly varies.

    Args:
        theta, m, v: The weight and the two moments before the step.
        t: Number of the step, from 1.
        lr, weight_decay, noise: η, λ and σ.
        beta1, beta2, eps: Adam's.

    Returns:
        The same three after the step.

    Raises:
        ValueError: Unless ``t >= 1``, ``0 <= beta1, beta2 < 1`` and the rest is not negative.

    Example:
        >>> theta, m, v = 1.0, 0.0, 0.0
        >>> for t in range(1, 3001):
        ...     theta, m, v = adam_penalty_step(theta, m, v, t, 1e-3, 0.01, 0.01, 0.9, 0.999, 1e-8)
        >>> f"{theta:.3f}"
        '0.073'
    """
    lr, weight_decay = _strength(lr, weight_decay)
    noise, eps = (checked(n, x, ">= 0", lambda u: u >= 0) for n, x in (("noise", noise), ("eps", eps)))
    t = checked("t", t, ">= 1", lambda u: u >= 1)
    beta1, beta2 = fraction("beta1", beta1), fraction("beta2", beta2)
    g = weight_decay * checked("theta", theta)
    m = beta1 * checked("m", m) + (1 - beta1) * g
    v = beta2 * checked("v", v) + (1 - beta2) * (g**2 + noise**2)
    step = m / (1 - beta1**t) / (ops.sqrt(v / (1 - beta2**t)) + eps)
    return theta - lr * step, m, v


def _strength(lr: Any, weight_decay: Any) -> tuple[Any, Any]:
    """Learning rate and decay, if neither is negative."""
    lr = checked("lr", lr, ">= 0", lambda v: v >= 0)
    weight_decay = checked("weight_decay", weight_decay, ">= 0", lambda v: v >= 0)
    fitting(lr=lr, weight_decay=weight_decay)
    return lr, weight_decay
