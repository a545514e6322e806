"""The cloud in which a constant learning rate ends when gradients are noisy."""

from typing import Any

from d2l_ext import ops
from d2l_ext.theory.door import checked, fitting, fraction
from d2l_ext.theory.quadratic import converges


def stationary_variance(lr: Any, momentum: Any, curvature: Any, noise: Any = 1.0) -> Any:
    r"""Variance of the heavy ball's x in the long run, if each gradient is λx plus noise.

    .. math:: \operatorname{Var} x
        = \frac{\eta\,s^2}{\lambda(1-\beta)}\cdot\frac{1+\beta}{2+2\beta-\eta\lambda}
        \approx \frac{\eta}{1-\beta}\cdot\frac{s^2}{2\lambda} \quad\text{for small } \eta\lambda

    This x is an autoregression of order two, with :math:`\xi` the noise,

    .. math:: x_{t+1} = (1+\beta-\eta\lambda)\,x_t - \beta\,x_{t-1} - \eta\,\xi_t ,

    and its variance follows from the equations of Yule and Walker.

    Args:
        lr, momentum: η and β.
        curvature: λ.
        noise: Variance s² of the noise, whose values are independent and have mean 0.

    Raises:
        ValueError: Unless the run converges without noise, ``0 < lr * curvature < 2 + 2 * momentum``, and
            ``noise >= 0``.

    Example:
        At the same η / (1 - β), momentum leaves the cloud nearly as it was.

        >>> [round(stationary_variance(lr, beta, 1.0), 5) for lr, beta in ((0.02, 0.0), (0.002, 0.9))]
        [0.0101, 0.01001]
    """
    lr, beta = checked("lr", lr, "> 0", lambda v: v > 0), fraction("momentum", momentum)
    curvature = checked("curvature", curvature, "> 0", lambda v: v > 0)
    noise = checked("noise", noise, ">= 0", lambda v: v >= 0)
    fitting(lr=lr, momentum=beta, curvature=curvature, noise=noise)
    z = lr * curvature
    if not ops.is_symbolic(z) and not ops.is_symbolic(beta):
        checked("lr * curvature", z, "< 2 + 2 * momentum", lambda v: converges(v, beta))
    return lr * noise / (curvature * (1 - beta)) * (1 + beta) / (2 + 2 * beta - z)
